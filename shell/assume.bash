# assume-env hook for bash 3.2 and later. In ~/.bashrc: eval "$(assume-env --init bash)"
# shellcheck shell=bash

# A value that another shell exported, by hand or under set -a, does not belong to this shell.
if [[ ${__assume_env_shell-} != "$$" ]]; then
    unset ASSUME_ENV_BASE __assume_env_reported 2>/dev/null || true
    __assume_env_shell=$$
fi
__assume_env_calls=0
# shellcheck disable=SC2016
__assume_env_renew='eval "$(assume-env)"'

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

__assume_env_renew='assume --renew'

\builtin unalias assume 2>/dev/null || true
function assume() {
    \builtin local __assume_env_options=${-//[!xvTE]/} __assume_env_status=0
    # From bash 4.4 on `local -` restores the options, after Ctrl-C too.
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then \builtin local -; fi
    # A trace, or a trap that functions inherit, would get the keys. Where /dev/null cannot be opened, the
    # trace shows this line.
    { \builtin set +xvTE; } 2>/dev/null || \builtin set +xvTE
    __assume_env_call "$@" || __assume_env_status=$?
    if [[ -n $__assume_env_options ]]; then \builtin set "-$__assume_env_options"; fi
    \builtin return "$__assume_env_status"
}

# Hands the words to the program unread, and evaluates its answer if it is whole.
__assume_env_call() {
    \builtin local __assume_env_text='' __assume_env_mark='' __assume_env_status=0 __assume_env_letters=k
    __assume_env_calls=$((__assume_env_calls + 1))
    \builtin local __assume_env_id=$$.$__assume_env_calls
    if ((BASH_SUBSHELL)); then __assume_env_letters+=s; fi
    if [[ $- == *a* ]]; then
        # The MFA session would be exported, so the shell keeps none.
        \builtin unset ASSUME_ENV_BASE
        __assume_env_letters=${__assume_env_letters#k}
    elif [[ -n ${ASSUME_ENV_BASE-} ]]; then
        \builtin export -n ASSUME_ENV_BASE
    fi
    # The answer comes on descriptor 3, the MFA session goes to descriptor 4.
    {
        __assume_env_text=$(\builtin printf %s "${ASSUME_ENV_BASE-}" | {
            \command assume-env "--hook=1:bash:assume:$__assume_env_id:$__assume_env_letters" "$@" 4<&0 0<&5 3>&1 1>&6 5<&- 6>&-
        })
    } 5<&0 6>&1 || __assume_env_status=$?
    case $__assume_env_status:$__assume_env_text in
        "0:__assume_env_mark=begin.$__assume_env_id;"*"__assume_env_mark=$__assume_env_id;")
            \builtin eval "$__assume_env_text" || __assume_env_status=$?
            ;;
        # The program has said why.
        [!0]*":failed $__assume_env_id") __assume_env_mark=$__assume_env_id ;;
    esac
    if [[ $__assume_env_mark != "$__assume_env_id" ]]; then
        \builtin printf 'assume-env: %s\n' '@message.no-answer@' >&2
        if ((__assume_env_status == 0)); then __assume_env_status=1; fi
    fi
    \builtin return "$__assume_env_status"
}

# --- prompt: the role and the time left, before the user's own prompt ---

# PS1 contains the names of these variables and is expanded once: bash shows their values and does not expand
# them. Each prompt counts the turn up, and __assume_env_prompt sets it to 0. When PROMPT_COMMAND was replaced,
# the next prompt shows the second text, which says so, and later ones nothing: never an earlier role.
# shellcheck disable=SC2016
__assume_env_ps1='\[${__assume_env_on-}\]${__assume_env_say[*]:+${__assume_env_say[__assume_env_turn++]-}}\[${__assume_env_off-}\]'

# --- expiry: one line at the first prompt after the keys have expired ---

if [[ $- == *i* ]]; then
    # Puts the time into __assume_env_now. Not from EPOCHSECONDS and SECONDS, which the user can unset and set.
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 402)); then
        __assume_env_clock() { \builtin printf -v __assume_env_now '%(%s)T' -1; }
    else
        __assume_env_clock() { __assume_env_now=$(\command date +%s); }
    fi

    # Puts the texts of the prompt into __assume_env_say, empty without a session; the escapes of their colour
    # into __assume_env_on and __assume_env_off; the second at which they become wrong into __assume_env_until,
    # empty for never; and whether the keys have expired into __assume_env_over.
    __assume_env_look() {
        local left color text
        color='' __assume_env_say=('') __assume_env_on='' __assume_env_off='' __assume_env_until='' __assume_env_over=''
        if [[ ${ASSUME_ENV_KEY_ID:-?} != "${AWS_ACCESS_KEY_ID-}" ]]; then return; fi
        __assume_env_name=${ASSUME_ENV_PROFILE:-?}
        if ((${#__assume_env_name} > 40)); then __assume_env_name=${__assume_env_name:0:37}...; fi
        # Ranges such as A-Z contain more letters in some locales.
        __assume_env_name=${__assume_env_name//[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,+=@:\/ -]/?}
        text=$__assume_env_name${ASSUME_ENV_NARROWED:+*}
        if [[ ${ASSUME_ENV_NARROWED-} == read-only ]]; then text="$__assume_env_name ro"; fi
        # Arithmetic can run commands that are in a value, so it gets digits only.
        case ${ASSUME_ENV_EXPIRES-} in
            '' | 0* | *[!0123456789]* | ?????????????*) ;;
            *)
                __assume_env_clock
                left=$((ASSUME_ENV_EXPIRES - __assume_env_now))
                if ((left < 600)); then color=33; fi
                if ((left <= 0)); then
                    text+=' expired' color=31 __assume_env_over=1
                elif ((left < 60)); then
                    text+=' <1m' __assume_env_until=$ASSUME_ENV_EXPIRES
                else
                    __assume_env_until=$((ASSUME_ENV_EXPIRES - left / 60 * 60 + 1)) left=$((left / 60))
                    if ((left < 60)); then text+=" ${left}m"; else text+=" $((left / 60))h$((left % 60 / 10))$((left % 10))m"; fi
                fi
                ;;
        esac
        if [[ -n $color && -z ${NO_COLOR-} && ${TERM:-dumb} != dumb ]]; then __assume_env_on=$'\e['${color}m __assume_env_off=$'\e[0m'; fi
        # The message of IGNOREEOF brings a second prompt.
        __assume_env_say=("[$text] " ${IGNOREEOF+"[$text] "} $'assume-env: @message.replaced@\n  @message.replaced.hint@\n')
    }

    # A failing status would end a shell with set -e.
    __assume_env_prompt() {
        __assume_env_was=$?
        local seen part
        seen="${ASSUME_ENV_KEY_ID-}:${AWS_ACCESS_KEY_ID-}:${ASSUME_ENV_EXPIRES-}:${ASSUME_ENV_NARROWED-}:${NO_COLOR-}:${TERM-}:${IGNOREEOF-}:${ASSUME_ENV_PROFILE-}"
        # Most prompts are equal to the prompt before.
        if [[ $seen == "$__assume_env_seen" && -n $__assume_env_until ]]; then __assume_env_clock; fi
        if [[ $seen != "$__assume_env_seen" ]] || ((__assume_env_now >= ${__assume_env_until:-9999999999})); then
            __assume_env_seen=$seen
            __assume_env_look
            if [[ -n $__assume_env_over && ${__assume_env_reported-} != "$ASSUME_ENV_KEY_ID" ]]; then
                __assume_env_reported=$ASSUME_ENV_KEY_ID
                \builtin printf 'assume-env: %s\n' "@message.expired $__assume_env_name $__assume_env_renew@" >&2
            fi
        fi
        __assume_env_turn=0
        # At every prompt, because some tools write PS1 again each time. Without promptvars (liquidprompt) bash would
        # show the names of the variables.
        if [[ -n ${__assume_env_ps1-} && ${PS1-} != *"$__assume_env_ps1"* ]]; then
            part=$__assume_env_ps1
            if ! \builtin shopt -q promptvars; then part=${__assume_env_say[0]:+"\[$__assume_env_on\]${__assume_env_say[0]}\[$__assume_env_off\]"}; fi
            PS1=$part${PS1#"$__assume_env_part"} __assume_env_part=$part
        fi
        if [[ ${PROMPT_COMMAND[*]-} != *"$__assume_env_entry" && ${#__assume_env_moves} -lt 5 ]]; then __assume_env_attach; fi
        if [[ $- == *e* ]]; then return 0; fi
        return "$__assume_env_was"
    }

    # Makes the function the last one of PROMPT_COMMAND, from the next prompt on.
    __assume_env_attach() {
        __assume_env_moves+=x
        if [[ -n ${PROMPT_COMMAND[1]+x} ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
            PROMPT_COMMAND+=("$__assume_env_entry")
        else
            # shellcheck disable=SC2128,SC2178
            PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$__assume_env_entry
        fi
    }

    # A shell that inherits PROMPT_COMMAND but has no hook runs nothing: __assume_env_seen is not exported. The
    # quotes are for users who have _ in IFS.
    # shellcheck disable=SC2016
    __assume_env_entry='${__assume_env_seen:+"__assume_env_prompt"}'
    __assume_env_seen=none __assume_env_now=0 __assume_env_until='' __assume_env_moves='' __assume_env_part=''
    if [[ ${PROMPT_COMMAND[*]-} != *"$__assume_env_entry" ]]; then __assume_env_attach; fi
fi

# --- completion: profiles, flags and their values; after --, the completion of the command ---

__assume_env_flags=(@flags@)
__assume_env_regions=(@regions@)

# Splits a line into words as the shell does, and finds the quote that is still open. readline splits words at
# : = @ too.
__assume_env_split() {
    local line=$1 i char word='' begun=
    words=() quote=''
    for ((i = 0; i < ${#line}; i++)); do
        char=${line:i:1}
        case ${quote:-_}$char in
            "''" | '""') quote='' ;;
            "'"*) word+=$char ;;
            \"\\)
                if [[ ${line:i+1:1} == ["\"\\\$\`"] ]]; then ((i += 1)); fi
                word+=${line:i:1}
                ;;
            '"'*) word+=$char ;;
            _[[:blank:]])
                if [[ -n $begun ]]; then words+=("$word"); fi
                word='' begun=
                continue
                ;;
            _\\)
                ((i += 1))
                word+=${line:i:1}
                ;;
            "_'" | '_"') quote=$char ;;
            *) word+=$char ;;
        esac
        begun=1
    done
    words+=("$word")
}

# Puts the values that the word after a flag can have into wanted.
__assume_env_value_of() {
    local entry rest letters=${1#-} flag=$1
    wanted=
    while :; do
        if [[ $1 != --* ]]; then flag=${letters:0:1} letters=${letters:1}; fi
        for entry in "${__assume_env_flags[@]}"; do
            rest=${entry#*:}
            if [[ ${entry%%:*} == "$flag" || ${rest%%:*} == "$flag" ]]; then
                rest=${rest#*:} wanted=${rest%%:*}
                break
            fi
        done
        # The value of a letter can follow it in the same word.
        if [[ $1 == --* || -z $letters ]]; then return; fi
        if [[ -n $wanted ]]; then
            wanted=
            return
        fi
    done
}

# Puts the lines of a text into lines, without expanding them.
__assume_env_lines() {
    local IFS=$'\n' glob=${-//[!f]/}
    set -f
    # shellcheck disable=SC2206
    lines=($1)
    if [[ -z $glob ]]; then set +f; fi
}

__assume_env_complete() {
    local __assume_env_i
    COMPREPLY=()
    for ((__assume_env_i = 1; __assume_env_i < COMP_CWORD; __assume_env_i++)); do
        if [[ ${COMP_WORDS[__assume_env_i]} == -- ]]; then
            __assume_env_of_command $((__assume_env_i + 1)) "$2" "$3"
            return 0
        fi
    done
    __assume_env_of_ours "$2"
}

__assume_env_of_ours() {
    local words quote line=${COMP_LINE:0:COMP_POINT} word i wanted='' role='' lines=() open name rest
    __assume_env_split "$line"
    word=${words[${#words[@]} - 1]} open=$quote
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        if [[ -n $wanted ]]; then
            wanted=
        elif [[ ${words[i]} == -?* ]]; then
            __assume_env_value_of "${words[i]}"
        else
            role=1
        fi
    done
    name=''
    if [[ -z $wanted && $word == --*=* ]]; then
        name=${word%%=*}=
        __assume_env_value_of "${word%%=*}"
    elif [[ -z $wanted && $word == -* ]]; then
        wanted=@flag
    elif [[ -z $wanted && -z $role ]]; then
        wanted=@profile
    fi
    __assume_env_candidates "$wanted"
    # Cut off the text before the part that readline replaces.
    __assume_env_split "${line%"$1"}"
    rest=${words[${#words[@]} - 1]}
    __assume_env_reply "$name" "$word" "$rest" "$open"
}

# Puts the candidates of a kind into lines.
__assume_env_candidates() {
    case $1 in
        @profile) __assume_env_lines "$(\command assume-env --list 2>/dev/null)" ;;
        @region) lines=("${__assume_env_regions[@]}") ;;
        @flag)
            lines=("${__assume_env_flags[@]%%:*}")
            if [[ ${words[0]} != assume-env ]]; then lines+=(--renew --forget); fi
            ;;
        @text | '') lines=() ;;
        *) __assume_env_lines "${1//,/$'\n'}" ;;
    esac
}

# Offers the candidates that begin with the word, quoted for the line, without the part that readline keeps.
# The cheapest test comes first, because there can be ten thousand names.
__assume_env_reply() {
    local name word=${2#"$1"}
    for name in ${lines[@]+"${lines[@]}"}; do
        [[ $name == "$word"* ]] || continue
        name=$1$name
        name=${name#"$3"}
        case $4 in
            \') if [[ $name == *\'* ]]; then continue; fi ;;
            '"') name=${name//\\/\\\\} name=${name//\"/\\\"} name=${name//\$/\\\$} name=${name//\`/\\\`} ;;
            *) \printf -v name %q "$name" ;;
        esac
        COMPREPLY+=("$name")
    done
}

# The completion of the command itself: from bash-completion, or the one that is registered for it.
__assume_env_of_command() {
    if declare -F _command_offset >/dev/null; then
        _command_offset "$1"
        return
    fi
    local spec lines=() before=${COMP_LINE%%[[:blank:]]--[[:blank:]]*} command=${COMP_WORDS[$1]-}
    if (($1 == COMP_CWORD)); then
        __assume_env_lines "$(compgen -c -- "$2")"
        COMPREPLY=(${lines[@]+"${lines[@]}"})
        return
    fi
    before=$before${COMP_LINE:${#before}:4}
    COMP_WORDS=("${COMP_WORDS[@]:$1}") COMP_CWORD=$((COMP_CWORD - $1))
    COMP_LINE=${COMP_LINE:${#before}} COMP_POINT=$((COMP_POINT - ${#before}))
    spec=$(complete -p "$command" 2>/dev/null)
    if [[ $spec =~ \ -F\ ([^[:blank:]]+) ]]; then
        "${BASH_REMATCH[1]}" "$command" "$2" "$3"
    elif [[ $spec =~ \ -C\ \'?([^[:blank:]\']+) ]]; then
        __assume_env_lines "$(
            \builtin export COMP_LINE COMP_POINT COMP_KEY COMP_TYPE
            "${BASH_REMATCH[1]}" "$command" "$2" "$3"
        )"
        COMPREPLY=(${lines[@]+"${lines[@]}"})
    else
        compopt -o default 2>/dev/null
    fi
}

complete -F __assume_env_complete assume assume-env
