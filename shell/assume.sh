# assume-env hook for dash, ksh, mksh, busybox and yash. In the file that $ENV names: eval "$(assume-env --init posix)"
# shellcheck shell=sh

# What another shell had exported, by hand or under set -a, says nothing about this one.
if [ "${__assume_env_shell-}" != "$$" ]; then
    unset ASSUME_ENV_BASE __assume_env_previous __assume_env_previous_source __assume_env_previous_narrowed __assume_env_also || :
    __assume_env_shell=$$
fi

# The labels belong to the keys beside them, or there is no session.
__assume_env_held() {
    [ -n "${ASSUME_ENV_KEY_ID-}" ] && [ "${ASSUME_ENV_KEY_ID-}" = "${AWS_ACCESS_KEY_ID-}" ]
}

# A name as it may be shown, in __assume_env_name. Ranges such as A-Z would mean more than that in some locales.
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

# The time, in __assume_env_now. Of these shells only dash and yash need a process for it.
if [ -n "${EPOCHSECONDS-}" ]; then
    __assume_env_clock() { __assume_env_now=$EPOCHSECONDS; }
elif [ -n "${EPOCHREALTIME-}" ]; then
    __assume_env_clock() { __assume_env_now=${EPOCHREALTIME%%[!0123456789]*}; }
elif [ "$(\command printf '%(%s)T' now 2>/dev/null || :)" -gt 0 ] 2>/dev/null; then
    __assume_env_clock() { __assume_env_now=$(\command printf '%(%s)T' now); }
else
    __assume_env_clock() { __assume_env_now=$(\command date +%s); }
fi

# The seconds that are left, in __assume_env_left; empty when nobody knows. Arithmetic runs what it is given, so it is given
# digits alone.
__assume_env_rest() {
    __assume_env_left=
    case ${ASSUME_ENV_EXPIRES-} in
        '' | 0* | *[!0123456789]* | ?????????????*) return 0 ;;
    esac
    __assume_env_clock
    __assume_env_left=$((ASSUME_ENV_EXPIRES - __assume_env_now))
}

# --- function: evaluates in this shell; its exit status is the program's ---

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
            # What prints no text for a shell runs as it is: a profile's name must never come near eval.
            -- | --whoami | --buckets | --explain | --list | --status | --init | --init=* | --help | --version | --json | --show | \
                --format | --format=* | -h* | -V* | -f* | -[qv]*[hVf]*)
                unset __assume_env_arg
                \command assume-env "$@"
                return
                ;;
        esac
    done
    unset __assume_env_arg
    __assume_env_switch "$@"
}

# The role that fzf picks on the terminal; without fzf or a terminal, the status.
__assume_env_pick() {
    if ! [ -t 0 ] || ! [ -t 2 ] || ! \command -v fzf >/dev/null; then
        \command assume-env --status
        return
    fi
    # fzf quotes the name for sh. fish would read that otherwise, and run what a name says.
    __assume_env_picked=$(
        { \command assume-env --list 2>/dev/null || :; } |
            SHELL=/bin/sh \command fzf --no-multi --prompt='role> ' --preview-window=wrap --preview='assume-env --explain {}'
    ) || return
    __assume_env_switch "$__assume_env_picked"
}

# The role before this one, from its own source.
__assume_env_back() {
    case ${__assume_env_previous-} in
        '' | -*)
            \command printf 'assume-env: this shell held no other role before\n  name one: assume ROLE\n' >&2
            return 1
            ;;
    esac
    __assume_env_clean "$__assume_env_previous"
    case $__assume_env_previous in
        arn:* | [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]:*)
            if [ -z "${__assume_env_previous_source-}" ]; then
                \command printf 'assume-env: %s came from a session or keys that are gone\n  name its source: assume --source-profile NAME %s\n' \
                    "$__assume_env_name" "$__assume_env_name" >&2
                return 1
            fi
            set -- "--source-profile=$__assume_env_previous_source" "$@"
            ;;
    esac
    case ${__assume_env_previous_narrowed-} in
        '') ;;
        read-only) set -- --read-only "$@" ;;
        *)
            \command printf 'assume-env: the session of %s was narrowed or tagged, and how is not kept\n  name it again with its flags: assume %s ...\n' \
                "$__assume_env_name" "$__assume_env_name" >&2
            return 1
            ;;
    esac
    __assume_env_switch "$__assume_env_previous" "$@"
}

# Evaluates what the program prints, and remembers what was held before.
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
    # Under set -a the base session would be exported: none is kept.
    case $- in
        *a*)
            unset ASSUME_ENV_BASE
            __assume_env_flag=
            ;;
    esac
    if [ -n "${ASSUME_ENV_BASE-}" ] && [ -n "$__assume_env_flag" ]; then
        # Whoever exported it: from here on it is not. The copy is gone before Ctrl-C could leave it behind.
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

# Behind a switch: what was held before is the way back, and the names of other prompt tools follow.
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

# ASSUME_ENV_ALSO_SET: names that get the role too, and lose it with the session. A value that is not ours stays.
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
        \command printf 'assume-env: ASSUME_ENV_ALSO_SET has a name that cannot be set\n  a name has capitals, digits and an underscore, as AWSUME_PROFILE, and is not one that AWS or a shell reads\n' >&2
        return
    fi
    \eval "__assume_env_value=\${$1-}"
    case ${__assume_env_value:+set}:" ${__assume_env_also-} " in
        :* | *" $1 "*) ;;
        *)
            if [ "$__assume_env_value" != "$__assume_env_before" ]; then
                \command printf 'assume-env: %s is set already, so it stays\n' "$1" >&2
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

# --- prompt: the role and the time left, before the first line of the user's own ---

# What is shown, in __assume_env_shown; nothing without a session.
__assume_env_describe() {
    __assume_env_shown=
    if ! __assume_env_held; then return 0; fi
    __assume_env_clean "${ASSUME_ENV_PROFILE:-?}"
    __assume_env_shown=$__assume_env_name
    case ${ASSUME_ENV_NARROWED-} in
        '') ;;
        read-only) __assume_env_shown="$__assume_env_shown ro" ;;
        *) __assume_env_shown="$__assume_env_shown*" ;;
    esac
    __assume_env_rest
    if [ -z "$__assume_env_left" ]; then
        return 0
    elif [ "$__assume_env_left" -le 0 ]; then
        __assume_env_shown="$__assume_env_shown expired"
    elif [ "$__assume_env_left" -lt 60 ]; then
        __assume_env_shown="$__assume_env_shown <1m"
    elif [ "$__assume_env_left" -lt 3600 ]; then
        __assume_env_shown="$__assume_env_shown $((__assume_env_left / 60))m"
    else
        __assume_env_now=$((__assume_env_left / 60 % 60 + 100))
        __assume_env_shown="$__assume_env_shown $((__assume_env_left / 3600))h${__assume_env_now#1}m"
    fi
}

# Runs in a subshell while a session is held: these shells have nothing that runs before a prompt. Without colours, because they
# cannot be told which characters take no room.
__assume_env_prompt() {
    __assume_env_status=$?
    __assume_env_describe
    if [ -n "$__assume_env_shown" ]; then \command printf '[%s] ' "$__assume_env_shown"; fi
    return "$__assume_env_status"
}

# A shell that inherits PS1 and has no hook shows nothing: the first name is not exported. zsh has a hook of its own. yash
# prefers YASH_PS1 where there is one.
# shellcheck disable=SC2016
case $-:${ZSH_VERSION-}:${PS1-}${YASH_PS1-} in
    *i*::*__assume_env_prompt*) ;;
    *i*::*)
        __assume_env_mark='${__assume_env_shell:+${ASSUME_ENV_KEY_ID:+$(__assume_env_prompt)}}'
        if [ -n "${YASH_PS1-}" ]; then YASH_PS1=$__assume_env_mark$YASH_PS1; fi
        PS1=$__assume_env_mark${PS1-}
        unset __assume_env_mark
        ;;
esac

# --- expiry: no line of its own, because these shells run nothing before a command; the prompt says it ---

# --- completion: none in these shells ---
