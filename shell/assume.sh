# assume-env hook for dash, ksh, mksh, busybox and yash. In the file that $ENV names:
#     eval "$(assume-env --init posix)"
# shellcheck shell=sh

# A value that another shell exported, by hand or under set -a, does not belong to this shell.
if [ "${__assume_env_shell-}" != "$$" ]; then
    unset ASSUME_ENV_BASE __assume_env_previous __assume_env_previous_source __assume_env_previous_narrowed __assume_env_also || :
    __assume_env_shell=$$
fi

# Whether this shell holds a session: the labels must belong to the keys in the environment.
__assume_env_held() {
    [ -n "${ASSUME_ENV_KEY_ID-}" ] && [ "${ASSUME_ENV_KEY_ID-}" = "${AWS_ACCESS_KEY_ID-}" ]
}

# Puts a name without special characters into __assume_env_name. Ranges such as A-Z contain more letters in
# some locales.
__assume_env_clean() {
    __assume_env_name=
    __assume_env_more=$1
    while [ -n "$__assume_env_more" ] && [ "${#__assume_env_name}" -lt 40 ]; do
        __assume_env_char=${__assume_env_more%"${__assume_env_more#?}"}
        __assume_env_more=${__assume_env_more#?}
        case $__assume_env_char in
            [ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,+=@:/-]) ;;
            *) __assume_env_char='?' ;;
        esac
        __assume_env_name=$__assume_env_name$__assume_env_char
    done
    if [ -n "$__assume_env_more" ]; then __assume_env_name=${__assume_env_name%???}...; fi
    unset __assume_env_more __assume_env_char
}

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

\unalias assume 2>/dev/null || :
assume() {
    if [ "$#" -eq 0 ]; then
        __assume_env_pick
        return
    fi
    case $1 in
        -)
            shift
            __assume_env_back "$@"
            return
            ;;
        --renew)
            shift
            __assume_env_switch --fresh "$@"
            return
            ;;
        --forget)
            unset ASSUME_ENV_BASE __assume_env_text
            return
            ;;
    esac
    for __assume_env_arg in "$@"; do
        case $__assume_env_arg in
            # With these arguments the program prints no text for a shell, so the line runs unchanged: eval
            # must never get the name of a profile.
            @unevaluated.glob@)
                unset __assume_env_arg
                \command assume-env "$@"
                return
                ;;
        esac
    done
    unset __assume_env_arg
    __assume_env_switch "$@"
}

# Switches to the role that the user picks with fzf; without fzf or a terminal, prints the status.
__assume_env_pick() {
    if ! [ -t 0 ] || ! [ -t 2 ] || ! \command -v fzf >/dev/null; then
        \command assume-env --status
        return
    fi
    # fzf quotes the name for sh. Another shell, such as fish, could run a part of the name.
    __assume_env_picked=$(
        { \command assume-env --list 2>/dev/null || :; } |
            SHELL=/bin/sh \command fzf --no-multi --prompt='role> ' --preview-window=wrap --preview='assume-env --explain {}'
    ) || return
    __assume_env_switch "$__assume_env_picked"
}

# Switches to the role before this one, with its own source.
__assume_env_back() {
    case ${__assume_env_previous-} in
        '' | -*)
            \command printf 'assume-env: %s\n  %s\n' '@message.no-previous-role@' '@message.no-previous-role.hint@' >&2
            return 1
            ;;
    esac
    __assume_env_clean "$__assume_env_previous"
    case $__assume_env_previous in
        arn:* | [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]:*)
            if [ -z "${__assume_env_previous_source-}" ]; then
                \command printf 'assume-env: %s\n  %s\n' "@message.source-gone $__assume_env_name@" \
                    "@message.source-gone.hint $__assume_env_name@" >&2
                return 1
            fi
            set -- "--source-profile=$__assume_env_previous_source" "$@"
            ;;
    esac
    case ${__assume_env_previous_narrowed-} in
        '') ;;
        read-only) set -- --read-only "$@" ;;
        *)
            \command printf 'assume-env: %s\n  %s\n' "@message.restricted $__assume_env_name@" \
                "@message.restricted.hint $__assume_env_name@" >&2
            return 1
            ;;
    esac
    __assume_env_switch "$__assume_env_previous" "$@"
}

# Evaluates the text that the program prints, and keeps the labels of the session before.
__assume_env_switch() {
    # set -x and set -v would print the keys.
    case $- in
        *x*v* | *v*x*) __assume_env_options=xv ;;
        *x*) __assume_env_options=x ;;
        *v*) __assume_env_options=v ;;
        *) __assume_env_options= ;;
    esac
    { set +xv; } 2>/dev/null
    __assume_env_status=0 __assume_env_flag=--base-session __assume_env_role='' __assume_env_source='' __assume_env_narrowed=''
    if __assume_env_held; then
        __assume_env_role=${ASSUME_ENV_PROFILE-} __assume_env_source=${ASSUME_ENV_SOURCE-} __assume_env_narrowed=${ASSUME_ENV_NARROWED-}
    fi
    for __assume_env_arg in "$@"; do
        case $__assume_env_arg in --clear) __assume_env_flag= ;; esac
    done
    # Under set -a the MFA session would be exported, so the shell keeps none.
    case $- in
        *a*)
            unset ASSUME_ENV_BASE
            __assume_env_flag=
            ;;
    esac
    if [ -n "${ASSUME_ENV_BASE-}" ] && [ -n "$__assume_env_flag" ]; then
        # If the user exported the variable, it is no longer exported after this. The copy is unset at once,
        # so that Ctrl-C cannot leave it.
        __assume_env_text=$ASSUME_ENV_BASE
        unset ASSUME_ENV_BASE
        ASSUME_ENV_BASE=$__assume_env_text
        unset __assume_env_text
        __assume_env_text=$(ASSUME_ENV_BASE=$ASSUME_ENV_BASE \command assume-env "$__assume_env_flag" "$@") || __assume_env_status=$?
    else
        __assume_env_text=$(\command assume-env ${__assume_env_flag:+"$__assume_env_flag"} "$@") || __assume_env_status=$?
    fi
    case $__assume_env_status:$__assume_env_text in
        '0:unset '*) \eval "$__assume_env_text" || __assume_env_status=$? ;;
    esac
    unset __assume_env_text
    if [ "$__assume_env_status" -eq 0 ]; then __assume_env_switched; fi
    unset __assume_env_arg __assume_env_flag __assume_env_role __assume_env_source __assume_env_narrowed
    if [ -n "$__assume_env_options" ]; then set "-$__assume_env_options"; fi
    return "$__assume_env_status"
}

# After a switch: keeps the role before for the next `assume -`, and sets the variables of other prompt tools.
__assume_env_switched() {
    __assume_env_arg=
    if __assume_env_held; then __assume_env_arg=${ASSUME_ENV_PROFILE-}:${ASSUME_ENV_SOURCE-}:${ASSUME_ENV_NARROWED-}; fi
    if [ -n "$__assume_env_role" ] && [ "$__assume_env_arg" != "$__assume_env_role:$__assume_env_source:$__assume_env_narrowed" ]; then
        __assume_env_previous=$__assume_env_role
        __assume_env_previous_source=$__assume_env_source
        __assume_env_previous_narrowed=$__assume_env_narrowed
    fi
    __assume_env_follow
}

# ASSUME_ENV_ALSO_SET: variables that have the name of the role too, until the session ends. A variable with a
# value of the user's own keeps it.
__assume_env_follow() {
    __assume_env_clean "$__assume_env_role"
    __assume_env_before=$__assume_env_name
    __assume_env_name=
    if __assume_env_held; then __assume_env_clean "${ASSUME_ENV_PROFILE-}"; fi
    __assume_env_names=${ASSUME_ENV_ALSO_SET-}
    while [ -n "$__assume_env_names" ]; do
        __assume_env_arg=${__assume_env_names%%[[:space:]]*}
        __assume_env_names=${__assume_env_names#"$__assume_env_arg"}
        __assume_env_names=${__assume_env_names#?}
        if [ -n "$__assume_env_arg" ]; then __assume_env_follow_one "$__assume_env_arg"; fi
    done
    if [ -z "$__assume_env_name" ]; then __assume_env_also=; fi
    unset __assume_env_before __assume_env_names __assume_env_value
}

__assume_env_follow_one() {
    if ! __assume_env_may_follow "$1"; then
        \command printf 'assume-env: %s\n  %s\n' '@message.also-set-name@' '@message.also-set-name.hint@' >&2
        return
    fi
    \eval "__assume_env_value=\${$1-}"
    case ${__assume_env_value:+set}:" ${__assume_env_also-} " in
        :* | *" $1 "*) ;;
        *)
            if [ "$__assume_env_value" != "$__assume_env_before" ]; then
                \command printf 'assume-env: %s\n' "@message.also-set-taken $1@" >&2
                return
            fi
            ;;
    esac
    if [ -z "$__assume_env_name" ]; then
        unset "$1"
        return
    fi
    \export "$1=$__assume_env_name"
    case " ${__assume_env_also-} " in
        *" $1 "*) ;;
        *) __assume_env_also="${__assume_env_also-} $1" ;;
    esac
}

__assume_env_may_follow() {
    case $1 in
        AWS_VAULT | AWS_SSO_PROFILE) return 0 ;;
        [!ABCDEFGHIJKLMNOPQRSTUVWXYZ]* | *[!ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]*) return 1 ;;
        AWS_* | ASSUME_ENV_* | BASH_* | COMP_* | FISH_* | HIST_* | LC_* | LD_* | DYLD_* | PROMPT_* | ZSH_* | *_PATH | *_COMMAND) return 1 ;;
        *_*) return 0 ;;
    esac
    return 1
}

# --- prompt: the role and the time left, before the user's own prompt ---

# Runs in a subshell while a session is held, because these shells have no function that runs before a prompt.
# Without colours, because these shells would count the escape characters as visible.
__assume_env_prompt() {
    __assume_env_status=$?
    if [ "${ASSUME_ENV_KEY_ID-}" != "${AWS_ACCESS_KEY_ID-}" ]; then return "$__assume_env_status"; fi
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
    case ${ASSUME_ENV_NARROWED-} in
        '') ;;
        read-only) __assume_env_shown="$__assume_env_shown ro" ;;
        *) __assume_env_shown="$__assume_env_shown*" ;;
    esac
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
# shellcheck disable=SC2016
case $-:${ZSH_VERSION-}:${PS1-}${YASH_PS1-} in
    *i*::*)
        # Puts the time into __assume_env_now. Of these shells only dash and yash need a process for it. A
        # variable that keeps what is assigned to it is none of the shell: it can come from the environment.
        # shellcheck disable=SC2030,SC2031
        if [ "$(EPOCHSECONDS=1 && \command printf '%s' "${EPOCHSECONDS-}")" != 1 ]; then
            __assume_env_clock() { __assume_env_now=${EPOCHSECONDS-}; }
        elif [ "$(EPOCHREALTIME=1 && \command printf '%s' "${EPOCHREALTIME-}")" != 1 ]; then
            __assume_env_clock() { __assume_env_now=${EPOCHREALTIME%%[!0123456789]*}; }
        elif [ "$(\command printf '%(%s)T' now 2>/dev/null || :)" -gt 0 ] 2>/dev/null; then
            __assume_env_clock() { __assume_env_now=$(\command printf '%(%s)T' now); }
        else
            __assume_env_clock() { __assume_env_now=$(\command date +%s); }
        fi
        __assume_env_mark='${__assume_env_shell:+${ASSUME_ENV_KEY_ID:+$(__assume_env_prompt)}}'
        case ${PS1-}${YASH_PS1-} in
            *__assume_env_prompt*) ;;
            *)
                if [ -n "${YASH_PS1-}" ]; then YASH_PS1=$__assume_env_mark$YASH_PS1; fi
                PS1=$__assume_env_mark${PS1-}
                ;;
        esac
        ;;
esac

# --- expiry: no line, because these shells run no function before a command; the prompt says `expired` ---

# --- completion: none in these shells ---
