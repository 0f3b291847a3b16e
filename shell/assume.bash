# assume-env hook for bash 3.2 and later. In ~/.bashrc: eval "$(assume-env --init bash)"
# shellcheck shell=bash

# A value that another shell exported, by hand or under set -a, does not belong to this shell.
if [[ ${__assume_env_shell-} != "$$" ]]; then
    unset ASSUME_ENV_BASE __assume_env_reported __assume_env_seen 2>/dev/null || true
    __assume_env_shell=$$
fi
__assume_env_calls=0
# shellcheck disable=SC2016
__assume_env_renew='eval "$(assume-env)"'

# Whether this shell holds a session: the labels must belong to the keys in the environment.
__assume_env_held() {
    [[ -n ${ASSUME_ENV_KEY_ID-} && ${ASSUME_ENV_KEY_ID-} == "${AWS_ACCESS_KEY_ID-}" ]]
}

# Puts a name without special characters into __assume_env_name. Ranges such as A-Z contain more letters in
# some locales.
__assume_env_clean() {
    __assume_env_name=$1
    if ((${#__assume_env_name} > 40)); then __assume_env_name=${__assume_env_name:0:37}...; fi
    __assume_env_name=${__assume_env_name//[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,+=@:\/-]/?}
}

# Puts the time into __assume_env_now, without a process.
if ((BASH_VERSINFO[0] >= 5)); then
    __assume_env_clock() { __assume_env_now=$EPOCHSECONDS; }
elif ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 402)); then
    __assume_env_clock() { \printf -v __assume_env_now '%(%s)T' -1; }
else
    __assume_env_started=$(($(\date +%s) - SECONDS))
    __assume_env_clock() { __assume_env_now=$((__assume_env_started + SECONDS)); }
fi

# Puts the seconds that are left into __assume_env_left; empty when the expiry is unknown. Arithmetic can run
# commands that are in a value, so it gets digits only.
__assume_env_rest() {
    __assume_env_left=
    case ${ASSUME_ENV_EXPIRES-} in
        '' | 0* | *[!0123456789]* | ?????????????*) return 0 ;;
    esac
    __assume_env_clock
    __assume_env_left=$((ASSUME_ENV_EXPIRES - __assume_env_now))
}

# Runs a function at every prompt, after the commands of the user. A shell that inherits PROMPT_COMMAND but
# has no hook runs nothing: __assume_env_shell is not exported.
__assume_env_at_prompt() {
    local entry="\${__assume_env_shell:+$1}"
    case $-:"${PROMPT_COMMAND[*]-}" in
        *i*:*"$entry"*) ;;
        *i*:*)
            if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) && [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
                PROMPT_COMMAND+=("$entry")
            else
                # shellcheck disable=SC2128,SC2178
                PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$entry
            fi
            ;;
    esac
}

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

# Puts the text of the prompt into __assume_env_shown and its urgency into __assume_env_level, both empty
# without a session; and the last second for which they are right into __assume_env_until.
__assume_env_describe() {
    __assume_env_shown='' __assume_env_level='' __assume_env_until=9999999999
    if ! __assume_env_held; then return 0; fi
    __assume_env_clean "${ASSUME_ENV_PROFILE:-?}"
    __assume_env_shown=$__assume_env_name __assume_env_level=calm
    case ${ASSUME_ENV_NARROWED-} in
        '') ;;
        read-only) __assume_env_shown+=' ro' ;;
        *) __assume_env_shown+='*' ;;
    esac
    __assume_env_rest
    if [[ -z $__assume_env_left ]]; then return 0; fi
    if ((__assume_env_left <= 0)); then
        __assume_env_shown+=' expired' __assume_env_level=over
        return 0
    fi
    if ((__assume_env_left < 600)); then __assume_env_level=soon; fi
    __assume_env_until=$((ASSUME_ENV_EXPIRES - __assume_env_left / 60 * 60))
    if ((__assume_env_left < 60)); then
        __assume_env_shown+=' <1m' __assume_env_until=$((ASSUME_ENV_EXPIRES - 1))
    elif ((__assume_env_left < 3600)); then
        __assume_env_shown+=" $((__assume_env_left / 60))m"
    else
        local minutes=$((__assume_env_left / 60 % 60 + 100))
        __assume_env_shown+=" $((__assume_env_left / 3600))h${minutes#1}m"
    fi
}

# PS1 contains the names of these variables and is expanded once: bash shows their values and does not expand
# them.
__assume_env_render() {
    __assume_env_seen=$1
    __assume_env_describe
    __assume_env_on='' __assume_env_off=''
    if [[ -n $__assume_env_shown ]]; then __assume_env_shown="[$__assume_env_shown] "; fi
    if [[ -n ${NO_COLOR-} || ${TERM:-dumb} == dumb ]]; then return 0; fi
    case $__assume_env_level in
        soon) __assume_env_on=$'\e[33m' __assume_env_off=$'\e[0m' ;;
        over) __assume_env_on=$'\e[31m' __assume_env_off=$'\e[0m' ;;
    esac
}

__assume_env_prompt() {
    local status=$? seen="${ASSUME_ENV_KEY_ID-}:${AWS_ACCESS_KEY_ID-}:${ASSUME_ENV_EXPIRES-}:${ASSUME_ENV_NARROWED-}:${NO_COLOR-}:${TERM-}:${ASSUME_ENV_PROFILE-}"
    # Most prompts are equal to the prompt before. The times are compared as texts, because arithmetic
    # must not get a value of the environment. Without EPOCHSECONDS, before bash 5, each prompt is made anew.
    if [[ $seen != "${__assume_env_seen-}" || ${EPOCHSECONDS-9} > $__assume_env_until ]]; then __assume_env_render "$seen"; fi
    # At every prompt, because some tools write PS1 again each time. Without promptvars bash would show the
    # names of the variables.
    # shellcheck disable=SC2016
    if [[ ${PS1-} != *'${__assume_env_shown-}'* ]] && shopt -q promptvars; then
        PS1='\[${__assume_env_on-}\]${__assume_env_shown-}\[${__assume_env_off-}\]'${PS1-}
    fi
    # A failing status would end a shell with set -e.
    if [[ $- == *e* ]]; then return 0; fi
    return "$status"
}

__assume_env_at_prompt __assume_env_prompt

# --- expiry: one line at the first prompt after the keys have expired ---

__assume_env_expiry() {
    local status=$?
    # A comparison of texts is enough for most prompts; the others need the exact time.
    if [[ ${EPOCHSECONDS-9} > ${ASSUME_ENV_EXPIRES-} && ${ASSUME_ENV_KEY_ID-} != "${__assume_env_reported-}" ]] && __assume_env_held; then
        __assume_env_rest
        if [[ -n $__assume_env_left ]] && ((__assume_env_left <= 0)); then
            __assume_env_reported=$ASSUME_ENV_KEY_ID
            __assume_env_clean "${ASSUME_ENV_PROFILE:-?}"
            \printf 'assume-env: %s\n' "@message.expired $__assume_env_name $__assume_env_renew@" >&2
        fi
    fi
    if [[ $- == *e* ]]; then return 0; fi
    return "$status"
}

__assume_env_at_prompt __assume_env_expiry

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
