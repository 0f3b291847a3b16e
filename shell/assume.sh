# assume-env hook for dash, ksh, mksh, busybox and yash. In the file that $ENV names:
#     eval "$(assume-env --init posix)"
# shellcheck shell=sh disable=SC2016,SC2030,SC2031,SC3047

# A value that another shell exported, by hand or under set -a, does not belong to this shell.
if [ "${__assume_env_shell-}" != "$$" ]; then
    unset ASSUME_ENV_BASE || :
    __assume_env_shell=$$
fi
__assume_env_calls=0

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

\unalias assume 2>/dev/null || :
assume() {
    # A trace, or a trap of ksh93 that functions inherit, would get the keys. Where /dev/null cannot be opened,
    # the trace shows this line.
    __assume_env_options=$-
    { \command set +xv; } 2>/dev/null || \command set +xv
    __assume_env_traps=$(\command trap)
    case $__assume_env_traps in
        *DEBUG* | *ERR*) \command trap - DEBUG ERR ;;
        *) __assume_env_traps= ;;
    esac
    __assume_env_status=0
    __assume_env_call "$@" || __assume_env_status=$?
    \unset __assume_env_text __assume_env_mark __assume_env_letters
    if [ -n "$__assume_env_traps" ]; then \eval "$__assume_env_traps"; fi
    case $__assume_env_options in *v*) \command set -v ;; esac
    case $__assume_env_options in *x*) \command set -x ;; esac
    \return "$__assume_env_status"
}

# Hands the words to the program unread, and evaluates its answer if it is whole.
__assume_env_call() {
    __assume_env_calls=$((__assume_env_calls + 1))
    __assume_env_id=$$.$__assume_env_calls __assume_env_mark='' __assume_env_status=0 __assume_env_letters=k
    # The files of the process that reads them: a subshell has another number than its shell. Of ksh93, a
    # subshell need not be a process.
    if \command read -r __assume_env_text __assume_env_mark </proc/self/stat && [ "$__assume_env_text" != $$ ]; then
        __assume_env_letters=ks
    fi 2>/dev/null
    case $- in
        *a*)
            # The MFA session would be exported, so the shell keeps none.
            \command unset ASSUME_ENV_BASE
            __assume_env_letters=${__assume_env_letters#k}
            ;;
        *)
            # If the user exported the variable, it is no longer exported after this.
            __assume_env_text=${ASSUME_ENV_BASE-}
            \command unset ASSUME_ENV_BASE
            if [ -n "$__assume_env_text" ]; then ASSUME_ENV_BASE=$__assume_env_text; fi
            ;;
    esac
    # The answer comes on descriptor 3, the MFA session goes to descriptor 4.
    {
        __assume_env_text=$(\command printf %s "${ASSUME_ENV_BASE-}" | {
            \command assume-env "--hook=1:posix:assume:$__assume_env_id:$__assume_env_letters" "$@" 4<&0 0<&5 3>&1 1>&6 5<&- 6>&-
        })
    } 5<&0 6>&1 || __assume_env_status=$?
    # The status of Ctrl-C is 258 in ksh93 and 386 in yash.
    if [ "$__assume_env_status" -gt 255 ]; then __assume_env_status=$((__assume_env_status % 128 + 128)); fi
    case $__assume_env_status:$__assume_env_text in
        "0:__assume_env_mark=begin.$__assume_env_id;"*"__assume_env_mark=$__assume_env_id;")
            \command eval "$__assume_env_text" || __assume_env_status=$?
            ;;
        # The program has said why.
        [!0]*":failed $__assume_env_id") __assume_env_mark=$__assume_env_id ;;
    esac
    if [ "$__assume_env_mark" != "$__assume_env_id" ]; then
        \command printf 'assume-env: %s\n' '@message.no-answer@' >&2
        if [ "$__assume_env_status" -eq 0 ]; then __assume_env_status=1; fi
    fi
    \return "$__assume_env_status"
}

# --- prompt: the role and the time left, before the user's own prompt ---

# Runs in a subshell while a session is held, because these shells have no function that runs before a prompt.
# Without colours, because these shells would count the escape characters as visible.
__assume_env_prompt() {
    __assume_env_status=$?
    if [ -z "${ASSUME_ENV_KEY_ID-}${ASSUME_ENV_HELPER-}" ] || [ "${ASSUME_ENV_KEY_ID-}" != "${AWS_ACCESS_KEY_ID-}" ]; then return "$__assume_env_status"; fi
    __assume_env_more=${ASSUME_ENV_PROFILE:-?} __assume_env_shown='' __assume_env_count=0
    # Ranges such as A-Z contain more letters in some locales.
    while [ -n "$__assume_env_more" ] && [ "$__assume_env_count" -lt 40 ]; do
        __assume_env_char=${__assume_env_more%"${__assume_env_more#?}"}
        case $__assume_env_char in
            [ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,+=@:/\ -]) ;;
            *) __assume_env_char='?' ;;
        esac
        __assume_env_more=${__assume_env_more#?} __assume_env_shown=$__assume_env_shown$__assume_env_char
        __assume_env_count=$((__assume_env_count + 1))
    done
    if [ -n "$__assume_env_more" ]; then __assume_env_shown=${__assume_env_shown%???}...; fi
    if [ "${ASSUME_ENV_NARROWED-}" = read-only ]; then
        __assume_env_shown="$__assume_env_shown ro"
    else
        __assume_env_shown=$__assume_env_shown${ASSUME_ENV_NARROWED:+*}
    fi
    __assume_env_clock
    # Arithmetic can run commands that are in a value, so it gets digits only.
    case x${ASSUME_ENV_EXPIRES-}x$__assume_env_now in
        x0* | xx* | *x | x*[!0123456789]*x* | *[!0123456789x]* | x?????????????*x*) ;;
        *)
            __assume_env_left=$((ASSUME_ENV_EXPIRES - __assume_env_now))
            if [ "$__assume_env_left" -le 0 ]; then
                __assume_env_shown="$__assume_env_shown expired"
            elif [ "$__assume_env_left" -lt 60 ]; then
                __assume_env_shown="$__assume_env_shown <1m"
            elif [ "$__assume_env_left" -lt 3600 ]; then
                __assume_env_shown="$__assume_env_shown $((__assume_env_left / 60))m"
            else
                __assume_env_count=$((__assume_env_left / 60 % 60 + 100))
                __assume_env_shown="$__assume_env_shown $((__assume_env_left / 3600))h${__assume_env_count#1}m"
            fi
            ;;
    esac
    \command printf '[%s] ' "$__assume_env_shown"
    return "$__assume_env_status"
}

# A shell that inherits PS1 but has no hook shows nothing: __assume_env_shell is not exported. zsh has a hook
# of its own. yash uses YASH_PS1 if it is set.
case $-:${ZSH_VERSION-}:${PS1-}${YASH_PS1-} in
    *i*::*)
        # Puts the time into __assume_env_now. Of these shells only dash and yash need a process for it. A
        # variable that keeps an assigned value is an ordinary one: its value can come from the environment.
        if [ "$(EPOCHSECONDS=1 && \command printf '%s' "${EPOCHSECONDS-}")" != 1 ]; then
            __assume_env_clock() { __assume_env_now=${EPOCHSECONDS-}; }
        elif [ "$(EPOCHREALTIME=1 && \command printf '%s' "${EPOCHREALTIME-}")" != 1 ]; then
            __assume_env_clock() { __assume_env_now=${EPOCHREALTIME%%[!0123456789]*}; }
        elif [ "$(\command printf '%(%s)T' now 2>/dev/null || :)" -gt 0 ] 2>/dev/null; then
            __assume_env_clock() { __assume_env_now=$(\command printf '%(%s)T' now); }
        else
            __assume_env_clock() { __assume_env_now=$(\command date +%s); }
        fi
        __assume_env_ps1='${__assume_env_shell:+${ASSUME_ENV_PROFILE:+$(__assume_env_prompt)}}'
        case ${PS1-}${YASH_PS1-} in
            *__assume_env_prompt*) ;;
            *)
                if [ -n "${YASH_PS1-}" ]; then YASH_PS1=$__assume_env_ps1$YASH_PS1; fi
                PS1=$__assume_env_ps1${PS1-}
                ;;
        esac
        ;;
esac

# --- expiry: no line, because these shells run no function before a command; the prompt says `expired` ---

# --- completion: none in these shells ---
