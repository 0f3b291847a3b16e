# assume-env hook for zsh 5.1 and later. In ~/.zshrc: eval "$(assume-env --init zsh)"

# A value that another shell exported, by hand or under set -a, does not belong to this shell.
if [[ ${__assume_env_shell-} != $$ ]]; then
    unset ASSUME_ENV_BASE __assume_env_previous __assume_env_previous_source __assume_env_previous_narrowed \
        __assume_env_also __assume_env_reported __assume_env_seen 2>/dev/null || true
    __assume_env_shell=$$
fi
__assume_env_renew='eval "$(assume-env)"'
autoload -Uz add-zsh-hook

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

if [[ -o interactive ]]; then
    # PROMPT shows elements of psvar, one for each colour; zsh does not expand their values.
    __assume_env_mark='%(97V.[%97v] .)%(98V.%F{yellow}[%98v]%f .)%(99V.%F{red}[%99v]%f .)'
    # Whether the prompt should show them and does not, because a theme has written PROMPT again.
    __assume_env_lost() {
        [[ ${__assume_env_place-} == prompt && ${PROMPT-} != *%97v* && -o prompt_percent ]]
    }

    __assume_env_prompt() {
        if __assume_env_lost; then PROMPT=$__assume_env_mark${PROMPT-}; fi
        \builtin emulate -LR zsh
        # After the other functions, from the next prompt on.
        __assume_env_last=$precmd_functions[-1]
        if [[ $__assume_env_last != __assume_env_prompt ]]; then
            precmd_functions=(${precmd_functions:#__assume_env_prompt} __assume_env_prompt)
        fi
        # powerlevel10k writes PROMPT again at any time, and has a segment of its own.
        if [[ -z $__assume_env_place ]]; then
            __assume_env_place=prompt
            if (( ${+functions[p10k]} )); then __assume_env_place=line; fi
            if [[ " $POWERLEVEL9K_LEFT_PROMPT_ELEMENTS $POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS " == *' assume_env '* ]]; then
                __assume_env_place=segment
            fi
            __assume_env_prompt
            return
        fi
        # Most prompts are equal to the prompt before, unless another tool emptied psvar.
        local seen="$ASSUME_ENV_KEY_ID:$AWS_ACCESS_KEY_ID:$ASSUME_ENV_EXPIRES:$ASSUME_ENV_NARROWED:$NO_COLOR:$TERM:$ASSUME_ENV_PROFILE"
        if [[ $seen == $__assume_env_seen && ${(%)__assume_env_clock} < $__assume_env_until && $#psvar -ge 99 ]]; then return; fi
        __assume_env_seen=$seen
        __assume_env_look
        psvar[97]='' psvar[98]='' psvar[99]=''
        psvar[__assume_env_level]=$__assume_env_shown
    }

    # After the last of the other functions. A theme that draws PROMPT again while the user types would drop the
    # role: there it goes to the start of the line.
    __assume_env_line() {
        if __assume_env_lost; then
            PROMPT=$__assume_env_mark${PROMPT-}
            zle .reset-prompt
        elif [[ ${__assume_env_place-}${CONTEXT-} == linestart && -n ${__assume_env_shown-} ]]; then
            PREDISPLAY="[$__assume_env_shown] "
        fi
    }
    \builtin autoload -Uz add-zle-hook-widget
    add-zle-hook-widget line-init __assume_env_line 2>/dev/null || true

    # The segment assume_env of powerlevel10k.
    prompt_assume_env() {
        \builtin emulate -LR zsh
        __assume_env_look
        if [[ -n $__assume_env_shown ]]; then
            p10k segment -f "${${__assume_env_level/98/yellow}/99/red}" -t "$__assume_env_shown"
        fi
    }

    __assume_env_place= __assume_env_seen=
    add-zsh-hook precmd __assume_env_prompt
fi

# --- expiry: one line before the first command after the keys have expired ---

if [[ -o interactive ]]; then
    # Puts the text of the prompt into __assume_env_shown, empty without a session; the element of psvar for
    # its colour into __assume_env_level; the second at which they become wrong into __assume_env_until;
    # and whether the keys have expired into __assume_env_over. Arithmetic gets digits only, and the clock is
    # that of prompts: the variable EPOCHSECONDS can have a value of the environment.
    __assume_env_clock='%D{%s}'
    __assume_env_look() {
        local -i left now=${(%)__assume_env_clock}
        __assume_env_shown= __assume_env_level=97 __assume_env_until=9999999999 __assume_env_over=
        if [[ -z $ASSUME_ENV_KEY_ID || $ASSUME_ENV_KEY_ID != "$AWS_ACCESS_KEY_ID" ]]; then return 0; fi
        # Ranges such as A-Z contain more letters in some locales.
        __assume_env_name=${${ASSUME_ENV_PROFILE:-?}//[^ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,+=@:\/ -]/?}
        if (( $#__assume_env_name > 40 )); then __assume_env_name=$__assume_env_name[1,37]...; fi
        case $ASSUME_ENV_NARROWED in
            ('') __assume_env_shown=$__assume_env_name ;;
            (read-only) __assume_env_shown="$__assume_env_name ro" ;;
            (*) __assume_env_shown="$__assume_env_name*" ;;
        esac
        case $ASSUME_ENV_EXPIRES in
            (''|0*|*[^0123456789]*|?????????????*) return 0 ;;
        esac
        left=$(( ASSUME_ENV_EXPIRES - now ))
        if (( left < 600 )) && [[ -z $NO_COLOR && ${TERM:-dumb} != dumb ]]; then __assume_env_level=$(( left > 0 ? 98 : 99 )); fi
        __assume_env_until=$(( ASSUME_ENV_EXPIRES - (left < 60 ? 0 : left / 60 * 60 - 1) ))
        if (( left <= 0 )); then
            __assume_env_shown+=' expired' __assume_env_until=9999999999 __assume_env_over=1
        elif (( left < 60 )); then
            __assume_env_shown+=' <1m'
        elif (( left < 3600 )); then
            __assume_env_shown+=" $(( left / 60 ))m"
        else
            __assume_env_shown+=" $(( left / 3600 ))h${(l:2::0:)$(( left / 60 % 60 ))}m"
        fi
    }

    __assume_env_expiry() {
        if [[ ${__assume_env_last-} == __assume_env_prompt ]] && __assume_env_lost; then __assume_env_place=line; fi
        \builtin emulate -LR zsh
        if [[ $ASSUME_ENV_KEY_ID == "$__assume_env_reported" ]]; then return; fi
        # A command that renews the keys needs no such line.
        case $1 in
            (assume*|*assume-env*) return 0 ;;
        esac
        __assume_env_look
        if [[ -n $__assume_env_over ]]; then
            __assume_env_reported=$ASSUME_ENV_KEY_ID
            \builtin printf 'assume-env: %s\n' "@message.expired $__assume_env_name $__assume_env_renew@" >&2
        fi
    }

    add-zsh-hook preexec __assume_env_expiry
fi

# --- completion: profiles, flags and their values; after --, the completion of the command ---

__assume_env_flags=(@flags@)
__assume_env_regions=(@regions@)

# Puts the values that the word after a flag can have into wanted.
__assume_env_value_of() {
    local entry flag=$1 letters=${1#-}
    local -a field
    wanted=
    while true; do
        if [[ $1 != --* ]]; then flag=$letters[1] letters=$letters[2,-1]; fi
        for entry in $__assume_env_flags; do
            field=("${(@s.:.)entry}")
            if [[ $field[1] == $flag || $field[2] == $flag ]]; then
                wanted=$field[3]
                break
            fi
        done
        # The value of a letter can follow it in the same word.
        if [[ $1 == --* || -z $letters ]]; then return 0; fi
        if [[ -n $wanted ]]; then
            wanted=
            return 0
        fi
    done
}

__assume_env_complete() {
    local -i i dashes=${words[(i)--]}
    if (( dashes < CURRENT )); then
        (( CURRENT -= dashes ))
        shift $dashes words
        _normal
        return
    fi
    local wanted='' role='' entry expl
    local -a lines
    for (( i = 2; i < CURRENT; i++ )); do
        if [[ -n $wanted ]]; then
            wanted=
        elif [[ $words[i] == -?* ]]; then
            __assume_env_value_of $words[i]
        else
            role=1
        fi
    done
    if [[ -z $wanted && $PREFIX == --*=* ]]; then
        __assume_env_value_of ${PREFIX%%=*}
        compset -P '*='
    elif [[ -z $wanted && $PREFIX == -* ]]; then
        wanted=@flag
    elif [[ -z $wanted && -z $role ]]; then
        wanted=@profile
    fi
    # compadd for the names, because _describe would cut them at a colon.
    case $wanted in
        (@profile)
            lines=(${(f)"$(\command assume-env --list 2>/dev/null)"})
            _wanted profiles expl profile compadd -a lines
            ;;
        (@region) _wanted regions expl region compadd -a __assume_env_regions ;;
        (@flag)
            for entry in $__assume_env_flags; do lines+=("${entry%%:*}:${entry#*:*:*:}"); done
            if [[ $words[1] != assume-env ]]; then lines+=('--renew:@message.about-renew@' '--forget:@message.about-forget@'); fi
            _describe -o flag lines
            ;;
        (@text|'') return 1 ;;
        (*)
            lines=(${(s:,:)wanted})
            _wanted values expl value compadd -a lines
            ;;
    esac
}

# compdef exists only after compinit, which can come later in the start-up file.
__assume_env_register() {
    emulate -L zsh
    if (( ! ${+_comps} )); then return 0; fi
    compdef __assume_env_complete assume assume-env
    add-zsh-hook -d precmd __assume_env_register
}
if (( ${+_comps} )); then
    compdef __assume_env_complete assume assume-env
elif [[ -o interactive ]]; then
    add-zsh-hook precmd __assume_env_register
fi
