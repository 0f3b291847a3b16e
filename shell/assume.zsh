# assume-env hook for zsh 5.1 and later. In ~/.zshrc: eval "$(assume-env --init zsh)"

# A value that another shell exported, by hand or under set -a, does not belong to this shell.
if [[ ${__assume_env_shell-} != $$ ]]; then
    unset ASSUME_ENV_BASE __assume_env_reported __assume_env_seen 2>/dev/null || true
    __assume_env_shell=$$
fi
typeset -g __assume_env_calls=0
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

\builtin unalias assume 2>/dev/null || true
function assume {
    # Traps and options are local: they come back at the end, after Ctrl-C too. A trace or a trap would get the
    # keys.
    local __assume_env_options=$-
    \builtin emulate -L zsh
    \builtin trap - DEBUG ZERR
    \builtin setopt no_xtrace no_verbose no_err_exit no_err_return unset
    # In $(…), zsh would make 1 of the status of Ctrl-C. So it waits for the status here.
    TRAPINT() {
        \builtin return 0
    }
    local __assume_env_text='' __assume_env_mark='' __assume_env_status=0 __assume_env_letters=k
    __assume_env_calls=$((__assume_env_calls + 1))
    local __assume_env_id=$$.$__assume_env_calls
    if ((ZSH_SUBSHELL)); then __assume_env_letters+=s; fi
    if [[ $__assume_env_options == *a* ]]; then
        # The MFA session would be exported, so the shell keeps none.
        \builtin unset ASSUME_ENV_BASE
        __assume_env_letters=${__assume_env_letters#k}
    elif [[ -n ${ASSUME_ENV_BASE-} ]]; then
        \builtin typeset -g +x ASSUME_ENV_BASE
    fi
    # The answer comes on descriptor 3, the MFA session goes to descriptor 4.
    {
        __assume_env_text=$(\builtin printf %s "${ASSUME_ENV_BASE-}" | {
            \command assume-env "--hook=1:zsh:assume:$__assume_env_id:$__assume_env_letters" "$@" 4<&0 0<&5 3>&1 1>&6 5<&- 6>&-
        })
    } 5<&0 6>&1 || __assume_env_status=$?
    case $__assume_env_status:$__assume_env_text in
        ("0:__assume_env_mark=begin.$__assume_env_id;"*"__assume_env_mark=$__assume_env_id;")
            \builtin eval "$__assume_env_text" || __assume_env_status=$?
            ;;
        # The program has said why.
        ([^0]*":failed $__assume_env_id") __assume_env_mark=$__assume_env_id ;;
    esac
    if [[ $__assume_env_mark != "$__assume_env_id" ]]; then
        \builtin print -ru2 -- 'assume-env: @message.no-answer@'
        if ((__assume_env_status == 0)); then __assume_env_status=1; fi
    fi
    if ((__assume_env_status == 130)); then
        # A program that ends so ends the line that was typed, with the status 130.
        \builtin trap - INT
        \command sh -c 'kill -2 $$'
    fi
    \builtin return $__assume_env_status
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
