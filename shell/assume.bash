# assume-env hook for bash 3.2 and later. In ~/.bashrc: eval "$(assume-env --init bash)"
# shellcheck shell=bash disable=SC2016,SC2128,SC2178,SC2206

# A value that another shell exported, by hand or under set -a, does not belong to this shell.
if [[ ${__assume_env_shell-} != "$$" ]]; then
    unset ASSUME_ENV_BASE __assume_env_reported 2>/dev/null || true
    __assume_env_shell=$$
fi
__assume_env_calls=0
__assume_env_renew='@renew@'

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

\builtin unalias assume 2>/dev/null || true
function assume() {
    \builtin local __assume_env_options=${-//[!xvTE]/} __assume_env_status=0
    # From bash 4.4 on `local -` restores the options, after Ctrl-C too.
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then \builtin local -; fi
    # A trace, or a trap that functions inherit, would get the keys. Without /dev/null, the trace shows this line.
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

# PS1 contains names of variables and is expanded once: bash does not expand their values. Each prompt counts the
# turn up, and __assume_env_prompt sets it to 0. When PROMPT_COMMAND was replaced, the next prompt shows the second
# text, which says so, and later ones nothing: never an earlier role.
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
        if [[ -z ${ASSUME_ENV_KEY_ID-}${ASSUME_ENV_HELPER-} || ${ASSUME_ENV_KEY_ID-} != "${AWS_ACCESS_KEY_ID-}" ]]; then return; fi
        __assume_env_name=${ASSUME_ENV_PROFILE:-?}
        if ((${#__assume_env_name} > 40)); then __assume_env_name=${__assume_env_name:0:37}...; fi
        # Ranges such as A-Z contain more letters in some locales.
        __assume_env_name=${__assume_env_name//[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,+=@:\/ -]/?}
        text=$__assume_env_name${ASSUME_ENV_NARROWED:+*}
        if [[ ${ASSUME_ENV_NARROWED-} == read-only ]]; then text="$__assume_env_name ro"; fi
        # Keys of --refresh: the name of the helper's process says whether they are renewed.
        if [[ -z ${ASSUME_ENV_KEY_ID-} ]]; then
            left='' __assume_env_until=0
            if ! { \builtin read -r left <"/proc/${ASSUME_ENV_HELPER//[!0123456789]/}/comm"; } 2>/dev/null || [[ $left != assume-env-keys ]]; then text+=' not renewed' color=31; fi
        fi
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
        seen="${ASSUME_ENV_KEY_ID-}:${AWS_ACCESS_KEY_ID-}:${ASSUME_ENV_EXPIRES-}:${ASSUME_ENV_NARROWED-}:${NO_COLOR-}:${TERM-}:${IGNOREEOF-}:${ASSUME_ENV_PROFILE-}:${ASSUME_ENV_HELPER-}"
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
            PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$__assume_env_entry
        fi
    }

    # A shell that inherits PROMPT_COMMAND but has no hook runs nothing: __assume_env_seen is not exported. The
    # quotes are for users who have _ in IFS.
    __assume_env_entry='${__assume_env_seen:+"__assume_env_prompt"}'
    __assume_env_seen=none __assume_env_now=0 __assume_env_until='' __assume_env_moves='' __assume_env_part=''
    if [[ ${PROMPT_COMMAND[*]-} != *"$__assume_env_entry" ]]; then __assume_env_attach; fi
fi

# --- completion: the program says what fits; after --, the completion of the command ---

# Puts the lines of a text into COMPREPLY, without expanding them.
__assume_env_reply() {
    \builtin local IFS=$'\n' glob="${-//[!f]/}"
    \builtin set -f
    COMPREPLY=($1)
    if [[ ${COMPREPLY-} == *: ]]; then \builtin compopt -o nospace 2>/dev/null || \builtin true; fi
    if [[ -z $glob ]]; then \builtin set +f; fi
}

__assume_env_complete() {
    \builtin local __assume_env_i
    for ((__assume_env_i = 1; __assume_env_i < COMP_CWORD; __assume_env_i++)); do
        if [[ ${COMP_WORDS[__assume_env_i]} == -- ]]; then
            __assume_env_of_command "$((__assume_env_i + 1))" "$2" "$3"
            \builtin return 0
        fi
    done
    __assume_env_reply "$(\builtin command assume-env --complete bash "${COLUMNS-}" "${COMP_TYPE-}" "$2" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)"
}

# The completion of the command itself: from bash-completion, or the one that is registered for it.
__assume_env_of_command() {
    \builtin local spec line="${COMP_LINE#*[[:blank:]]--[[:blank:]]}"
    if \builtin declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif (($1 == COMP_CWORD)); then
        __assume_env_reply "$(\builtin compgen -c -- "$2")"
    else
        COMP_POINT=$((COMP_POINT - ${#COMP_LINE} + ${#line})) COMP_LINE=$line
        COMP_WORDS=("${COMP_WORDS[@]:$1}") COMP_CWORD=$((COMP_CWORD - $1))
        spec=$(\builtin complete -p "${COMP_WORDS[0]}" 2>/dev/null) || true
        if [[ $spec =~ \ -F\ ([^[:blank:]]+) ]]; then
            "${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "$2" "$3"
        elif [[ $spec =~ \ -C\ \'?([^[:blank:]\']+) ]]; then
            __assume_env_reply "$(
                \builtin export COMP_LINE COMP_POINT COMP_KEY COMP_TYPE
                "${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "$2" "$3"
            )"
        else
            \builtin compopt -o default 2>/dev/null
        fi
    fi
}

\builtin complete -F __assume_env_complete assume assume-env
