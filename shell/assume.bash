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

# --- completion: the program says what fits; after --, the completion of the command ---

# Puts the lines of a text into COMPREPLY, without expanding them.
__assume_env_reply() {
    local IFS=$'\n' glob=${-//[!f]/}
    set -f
    # shellcheck disable=SC2206
    COMPREPLY=($1)
    if [[ -z $glob ]]; then set +f; fi
}

__assume_env_complete() {
    local __assume_env_i
    for ((__assume_env_i = 1; __assume_env_i < COMP_CWORD; __assume_env_i++)); do
        if [[ ${COMP_WORDS[__assume_env_i]} == -- ]]; then
            __assume_env_of_command $((__assume_env_i + 1)) "$2" "$3"
            return 0
        fi
    done
    __assume_env_reply "$(\builtin command assume-env --complete bash "${COLUMNS-}" "${COMP_TYPE-}" "$2" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)"
}

# The completion of the command itself: from bash-completion, or the one that is registered for it.
__assume_env_of_command() {
    local spec line=${COMP_LINE#*[[:blank:]]--[[:blank:]]}
    if declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif (($1 == COMP_CWORD)); then
        __assume_env_reply "$(compgen -c -- "$2")"
    else
        COMP_POINT=$((COMP_POINT - ${#COMP_LINE} + ${#line})) COMP_LINE=$line
        COMP_WORDS=("${COMP_WORDS[@]:$1}") COMP_CWORD=$((COMP_CWORD - $1))
        spec=$(complete -p "${COMP_WORDS[0]}" 2>/dev/null) || true
        if [[ $spec =~ \ -F\ ([^[:blank:]]+) ]]; then
            "${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "$2" "$3"
        elif [[ $spec =~ \ -C\ \'?([^[:blank:]\']+) ]]; then
            __assume_env_reply "$(
                \builtin export COMP_LINE COMP_POINT COMP_KEY COMP_TYPE
                "${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "$2" "$3"
            )"
        else
            compopt -o default 2>/dev/null
        fi
    fi
}

complete -F __assume_env_complete assume assume-env
