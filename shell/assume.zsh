# assume-env hook for zsh 5.1 and later. In ~/.zshrc: eval "$(assume-env --init zsh)"

# A value that another shell exported, by hand or under set -a, does not belong to this shell.
if [[ ${__assume_env_shell-} != $$ ]]; then
    unset ASSUME_ENV_BASE __assume_env_previous __assume_env_previous_source __assume_env_previous_narrowed \
        __assume_env_also __assume_env_reported __assume_env_seen 2>/dev/null || true
    __assume_env_shell=$$
fi
__assume_env_renew='eval "$(assume-env)"'
autoload -Uz add-zsh-hook
zmodload -F zsh/datetime p:EPOCHSECONDS 2>/dev/null || true

# Whether this shell holds a session: the labels must belong to the keys in the environment.
__assume_env_held() {
    [[ -n ${ASSUME_ENV_KEY_ID-} && ${ASSUME_ENV_KEY_ID-} == "${AWS_ACCESS_KEY_ID-}" ]]
}

# Puts a name without special characters into __assume_env_name. Ranges such as A-Z contain more letters in
# some locales.
__assume_env_clean() {
    __assume_env_name=$1
    if (( $#__assume_env_name > 40 )); then __assume_env_name=${__assume_env_name[1,37]}...; fi
    __assume_env_name=${__assume_env_name//[^ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,+=@:\/-]/?}
}

# Puts the seconds that are left into __assume_env_left; empty when the expiry is unknown. Arithmetic can run
# commands that are in a value, so it gets digits only.
__assume_env_rest() {
    __assume_env_left=
    case ${ASSUME_ENV_EXPIRES-} in
        (''|0*|*[^0123456789]*|?????????????*) return 0 ;;
    esac
    if (( ! ${+EPOCHSECONDS} )); then return 0; fi
    __assume_env_left=$(( ASSUME_ENV_EXPIRES - EPOCHSECONDS ))
}

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

__assume_env_renew='assume --renew'

unalias assume 2>/dev/null || true
function assume {
    local __assume_env_options=$-
    emulate -L zsh; setopt no_err_exit no_err_return unset
    local __assume_env_arg
    if (( $# == 0 )); then
        __assume_env_pick
        return
    fi
    case $1 in
        (-)
            __assume_env_back "${@:2}"
            return
            ;;
        (--renew)
            __assume_env_switch --fresh "${@:2}"
            return
            ;;
        (--forget)
            unset ASSUME_ENV_BASE
            return
            ;;
    esac
    for __assume_env_arg in "$@"; do
        case $__assume_env_arg in
            # With these arguments the program prints no text for a shell, so the line runs unchanged: eval
            # must never get the name of a profile.
            (@unevaluated.glob@)
                \command assume-env "$@"
                return
                ;;
        esac
    done
    __assume_env_switch "$@"
}

# Switches to the role that the user picks with fzf; without fzf or a terminal, prints the status.
__assume_env_pick() {
    local __assume_env_picked
    if ! [[ -t 0 && -t 2 ]] || ! whence -p fzf >/dev/null; then
        \command assume-env --status
        return
    fi
    # fzf quotes the name for sh. Another shell, such as fish, could run a part of the name.
    __assume_env_picked=$(
        { \command assume-env --list 2>/dev/null || true; } |
            SHELL=/bin/sh \command fzf --no-multi --prompt='role> ' --preview-window=wrap --preview='assume-env --explain {}'
    ) || return
    __assume_env_switch "$__assume_env_picked"
}

# Switches to the role before this one, with its own source.
__assume_env_back() {
    local -a __assume_env_flags
    case ${__assume_env_previous-} in
        (''|-*)
            printf 'assume-env: %s\n  %s\n' '@message.no-previous-role@' '@message.no-previous-role.hint@' >&2
            return 1
            ;;
    esac
    __assume_env_clean "$__assume_env_previous"
    case ${__assume_env_previous_narrowed-} in
        ('') ;;
        (read-only) __assume_env_flags+=(--read-only) ;;
        (*)
            printf 'assume-env: %s\n  %s\n' "@message.restricted $__assume_env_name@" \
                "@message.restricted.hint $__assume_env_name@" >&2
            return 1
            ;;
    esac
    case $__assume_env_previous in
        (arn:*|[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]:*)
            if [[ -z ${__assume_env_previous_source-} ]]; then
                printf 'assume-env: %s\n  %s\n' "@message.source-gone $__assume_env_name@" \
                    "@message.source-gone.hint $__assume_env_name@" >&2
                return 1
            fi
            __assume_env_flags+=("--source-profile=$__assume_env_previous_source")
            ;;
    esac
    __assume_env_switch "$__assume_env_previous" "${__assume_env_flags[@]}" "$@"
}

# Evaluates the text that the program prints, and keeps the labels of the session before.
__assume_env_switch() {
    # set -x and set -v would print the keys; local_options restores them at the end, after Ctrl-C too.
    { setopt local_options no_xtrace no_verbose; } 2>/dev/null
    local __assume_env_text='' __assume_env_status=0 __assume_env_flag=--base-session
    local __assume_env_role='' __assume_env_source='' __assume_env_narrowed=''
    if __assume_env_held; then
        __assume_env_role=${ASSUME_ENV_PROFILE-} __assume_env_source=${ASSUME_ENV_SOURCE-} __assume_env_narrowed=${ASSUME_ENV_NARROWED-}
    fi
    if (( ${@[(I)--clear]} )); then __assume_env_flag=; fi
    # Under set -a the MFA session would be exported, so the shell keeps none.
    if [[ $__assume_env_options == *a* ]]; then
        unset ASSUME_ENV_BASE
        __assume_env_flag=
    fi
    if [[ -n ${ASSUME_ENV_BASE-} && -n $__assume_env_flag ]]; then
        typeset -g +x ASSUME_ENV_BASE
        __assume_env_text=$(ASSUME_ENV_BASE=$ASSUME_ENV_BASE \command assume-env $__assume_env_flag "$@") || __assume_env_status=$?
    else
        __assume_env_text=$(\command assume-env $__assume_env_flag "$@") || __assume_env_status=$?
    fi
    case $__assume_env_status:$__assume_env_text in
        ('0:unset '*) \builtin eval "$__assume_env_text" || __assume_env_status=$? ;;
    esac
    __assume_env_text=
    if (( __assume_env_status == 0 )); then __assume_env_switched; fi
    return $__assume_env_status
}

# After a switch: keeps the role before for the next `assume -`, and sets the variables of other prompt tools.
__assume_env_switched() {
    local now=''
    if __assume_env_held; then now=${ASSUME_ENV_PROFILE-}:${ASSUME_ENV_SOURCE-}:${ASSUME_ENV_NARROWED-}; fi
    if [[ -n $__assume_env_role && $now != "$__assume_env_role:$__assume_env_source:$__assume_env_narrowed" ]]; then
        __assume_env_previous=$__assume_env_role
        __assume_env_previous_source=$__assume_env_source
        __assume_env_previous_narrowed=$__assume_env_narrowed
    fi
    __assume_env_follow
}

# ASSUME_ENV_ALSO_SET: variables that have the name of the role too, until the session ends. A variable with a
# value of the user's own keeps it.
__assume_env_follow() {
    local name before role=''
    __assume_env_clean "$__assume_env_role"
    before=$__assume_env_name
    if __assume_env_held; then
        __assume_env_clean "${ASSUME_ENV_PROFILE-}"
        role=$__assume_env_name
    fi
    for name in ${=ASSUME_ENV_ALSO_SET-}; do
        if ! __assume_env_may_follow $name; then
            printf 'assume-env: %s\n  %s\n' '@message.also-set-name@' '@message.also-set-name.hint@' >&2
        elif [[ -n ${(P)name-} && " ${__assume_env_also-} " != *" $name "* && ${(P)name} != "$before" ]]; then
            printf 'assume-env: %s\n' "@message.also-set-taken $name@" >&2
        elif [[ -n $role ]]; then
            \builtin export "$name=$role"
            if [[ " ${__assume_env_also-} " != *" $name "* ]]; then __assume_env_also="${__assume_env_also-} $name"; fi
        else
            unset $name
        fi
    done
    if [[ -z $role ]]; then __assume_env_also=; fi
}

__assume_env_may_follow() {
    case $1 in
        (AWS_VAULT|AWS_SSO_PROFILE) return 0 ;;
        ([^ABCDEFGHIJKLMNOPQRSTUVWXYZ]*|*[^ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]*) return 1 ;;
        (AWS_*|ASSUME_ENV_*|BASH_*|COMP_*|FISH_*|HIST_*|LC_*|LD_*|DYLD_*|PROMPT_*|ZSH_*|*_PATH|*_COMMAND) return 1 ;;
        (*_*) return 0 ;;
    esac
    return 1
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
        ('') ;;
        (read-only) __assume_env_shown+=' ro' ;;
        (*) __assume_env_shown+='*' ;;
    esac
    __assume_env_rest
    if [[ -z $__assume_env_left ]]; then return 0; fi
    if (( __assume_env_left <= 0 )); then
        __assume_env_shown+=' expired' __assume_env_level=over
        return 0
    fi
    if (( __assume_env_left < 600 )); then __assume_env_level=soon; fi
    __assume_env_until=$(( ASSUME_ENV_EXPIRES - __assume_env_left / 60 * 60 ))
    if (( __assume_env_left < 60 )); then
        __assume_env_shown+=' <1m' __assume_env_until=$(( ASSUME_ENV_EXPIRES - 1 ))
    elif (( __assume_env_left < 3600 )); then
        __assume_env_shown+=" $(( __assume_env_left / 60 ))m"
    else
        __assume_env_shown+=" $(( __assume_env_left / 3600 ))h${(l:2::0:)$(( __assume_env_left / 60 % 60 ))}m"
    fi
}

# PROMPT shows elements of psvar, one for each colour; zsh does not expand their values.
__assume_env_render() {
    emulate -L zsh; setopt no_err_exit no_err_return unset
    local -i at=97
    __assume_env_seen=$1
    __assume_env_describe
    if (( $#psvar >= 97 )); then psvar[97]='' psvar[98]='' psvar[99]=''; fi
    if [[ -z $__assume_env_shown ]]; then return 0; fi
    if [[ -z ${NO_COLOR-} && ${TERM:-dumb} != dumb ]]; then
        case $__assume_env_level in
            (soon) at=98 ;;
            (over) at=99 ;;
        esac
    fi
    psvar[at]=$__assume_env_shown
}

__assume_env_prompt() {
    local seen="${ASSUME_ENV_KEY_ID-}:${AWS_ACCESS_KEY_ID-}:${ASSUME_ENV_EXPIRES-}:${ASSUME_ENV_NARROWED-}:${NO_COLOR-}:${TERM-}:${ASSUME_ENV_PROFILE-}"
    # Most prompts are equal to the prompt before, unless another tool emptied psvar. The times are compared
    # as texts, because arithmetic must not get a value of the environment.
    if [[ $seen != "${__assume_env_seen-}" || ${EPOCHSECONDS-9} > $__assume_env_until ]] || (( ${#psvar[@]} < 97 )); then
        __assume_env_render "$seen"
    fi
    # At every prompt, because themes write PROMPT again. powerlevel10k does so each time, and has a segment
    # of its own.
    if [[ -o prompt_percent && ${PROMPT-} != *%97v* ]] && ! typeset -f p10k >/dev/null; then
        PROMPT='%(97V.[%97v] .)%(98V.%F{yellow}[%98v]%f .)%(99V.%F{red}[%99v]%f .)'${PROMPT-}
    fi
}

# The segment assume_env of powerlevel10k.
prompt_assume_env() {
    emulate -L zsh; setopt no_err_exit no_err_return unset
    local -a color
    __assume_env_describe
    if [[ -z $__assume_env_shown ]]; then return 0; fi
    case $__assume_env_level in
        (soon) color=(-f yellow) ;;
        (over) color=(-f red) ;;
    esac
    p10k segment $color -t "${__assume_env_shown//\%/%%}"
}

if [[ -o interactive ]]; then add-zsh-hook precmd __assume_env_prompt; fi

# --- expiry: one line before the first command after the keys have expired ---

__assume_env_expiry() {
    # A comparison of texts is enough for most commands; the others need the exact time.
    if [[ ${EPOCHSECONDS-9} > ${ASSUME_ENV_EXPIRES-} && ${ASSUME_ENV_KEY_ID-} != "${__assume_env_reported-}" ]]; then
        __assume_env_tell "$1"
    fi
}

__assume_env_tell() {
    emulate -L zsh; setopt no_err_exit no_err_return unset
    # A command that renews the keys needs no such line.
    case $1 in
        (assume*|*assume-env*) return 0 ;;
    esac
    if ! __assume_env_held; then return 0; fi
    __assume_env_rest
    if [[ -n $__assume_env_left ]] && (( __assume_env_left <= 0 )); then
        __assume_env_reported=$ASSUME_ENV_KEY_ID
        __assume_env_clean "${ASSUME_ENV_PROFILE:-?}"
        printf 'assume-env: %s\n' "@message.expired $__assume_env_name $__assume_env_renew@" >&2
    fi
    return 0
}

if [[ -o interactive ]]; then add-zsh-hook preexec __assume_env_expiry; fi

# --- completion: the program says what fits; after --, the completion of the command ---

__assume_env_complete() {
    local -i dashes=${words[(i)--]}
    if (( dashes < CURRENT )); then
        (( CURRENT -= dashes ))
        shift $dashes words
        _normal
        return
    fi
    local expl
    local -a lines names shown
    lines=("${(@f)$(\builtin command assume-env --complete zsh $COLUMNS "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    names=("${(@)lines[2,-1]%%$'\t'*}") shown=("${(@)lines[2,-1]#*$'\t'}")
    # The second call is for names that contain the typed text without beginning with it.
    _wanted "$lines[1]s" expl "$lines[1]" compadd -l -d shown -a names ||
        _wanted "$lines[1]s" expl "$lines[1]" compadd -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]} l:|=* r:|=*' -l -d shown -a names
}

# compdef exists only after compinit, which can come later in the start-up file.
__assume_env_register() {
    emulate -L zsh
    if (( ! ${+_comps} )); then return 0; fi
    precmd_functions=(${precmd_functions:#__assume_env_register})
    compdef __assume_env_complete assume assume-env
}

# As a file in a folder of fpath, this text is the body of the function _assume-env.
if [[ ${funcstack[1]-} == _assume-env ]]; then
    __assume_env_complete "$@"
elif (( ${+_comps} )); then
    compdef __assume_env_complete assume assume-env
elif [[ -o interactive ]]; then
    precmd_functions+=(__assume_env_register)
fi
