# assume-env hook for zsh 5.1 and later. In ~/.zshrc: eval "$(assume-env --init zsh)"

# A value that another shell exported, by hand or under set -a, does not belong to this shell.
if [[ ${__assume_env_shell-} != $$ ]]; then
    unset ASSUME_ENV_BASE __assume_env_reported 2>/dev/null || true
    __assume_env_shell=$$
fi
typeset -g __assume_env_calls=0
__assume_env_renew='@renew@'
if [[ -o interactive ]]; then autoload -Uz add-zsh-hook add-zle-hook-widget; fi

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

\builtin unalias assume 2>/dev/null || true
function assume {
    # Traps and options are local, and come back after Ctrl-C too: a trace or a trap would get the keys.
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
    # Without exec, which a restricted shell does not have, zsh would wait for ever when the program was stopped as a
    # job. With it, the status of such a program is 255, so its text decides.
    local -a __assume_env_run=(builtin exec command)
    if [[ -o restricted ]]; then __assume_env_run=(command); fi
    # The answer comes on descriptor 3, the MFA session goes to descriptor 4.
    {
        __assume_env_text=$(\builtin printf %s "${ASSUME_ENV_BASE-}" | {
            $__assume_env_run assume-env "--hook=1:zsh:assume:$__assume_env_id:$__assume_env_letters" "$@" 4<&0 0<&5 3>&1 1>&6 5<&- 6>&-
        })
    } 5<&0 6>&1 || __assume_env_status=$?
    if ((__assume_env_status == 255)) && [[ $__assume_env_text == *"=$__assume_env_id;" ]]; then __assume_env_status=0; fi
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

if [[ -o interactive ]]; then
    # PROMPT shows elements of psvar, one for each colour; zsh does not expand their values.
    __assume_env_ps1='%(97V.[%97v] .)%(98V.%F{yellow}[%98v]%f .)%(99V.%F{red}[%99v]%f .)'
    # Whether the prompt should show them and does not, because a theme has written PROMPT again.
    __assume_env_lost() { [[ ${__assume_env_place-} == prompt && ${PROMPT-} != *%97v* && -o prompt_percent ]]; }

    __assume_env_prompt() {
        if __assume_env_lost; then PROMPT=$__assume_env_ps1${PROMPT-}; fi
        # At the first prompt, and when another tool has taken the place of the function.
        if [[ -z ${__assume_env_begun-} ]]; then add-zle-hook-widget line-init __assume_env_line 2>/dev/null || true; fi
        __assume_env_begun=
        \builtin emulate -LR zsh
        # powerlevel10k writes PROMPT again at any time, and has a segment of its own.
        if [[ -z $__assume_env_place ]]; then
            __assume_env_place=prompt
            if (( ${+functions[p10k]} )); then __assume_env_place=line; fi
            case " $POWERLEVEL9K_LEFT_PROMPT_ELEMENTS $POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS " in
                (*' assume_env '*) __assume_env_place=segment ;;
            esac
        fi
        # Most prompts are equal to the prompt before, unless another tool emptied psvar.
        local seen="$ASSUME_ENV_KEY_ID:$AWS_ACCESS_KEY_ID:$ASSUME_ENV_EXPIRES:$ASSUME_ENV_NARROWED:$NO_COLOR:$TERM:$ASSUME_ENV_PROFILE:$ASSUME_ENV_HELPER"
        if [[ $seen == "$__assume_env_seen" && ${(%)__assume_env_clock} < $__assume_env_until && $#psvar -ge 99 ]]; then return; fi
        __assume_env_seen=$seen
        __assume_env_look
        psvar[97]='' psvar[98]='' psvar[99]=''
        psvar[__assume_env_level]=$__assume_env_shown
    }

    # Runs after all functions of precmd. A theme that draws PROMPT again while the user types drops the role:
    # there it goes to the start of the line.
    __assume_env_line() {
        __assume_env_begun=1
        if __assume_env_lost; then
            PROMPT=$__assume_env_ps1${PROMPT-}
            \builtin zle .reset-prompt
        elif [[ ${__assume_env_place-}${CONTEXT-} == linestart && -n ${__assume_env_shown-} ]]; then
            PREDISPLAY="[$__assume_env_shown] "
            case ${__assume_env_level-} in
                (98) region_highlight+=("P0 ${#PREDISPLAY} fg=yellow") ;;
                (99) region_highlight+=("P0 ${#PREDISPLAY} fg=red") ;;
            esac
        fi
    }
    # Before a command: PROMPT was complete when the line began.
    __assume_env_end_of_line() { if [[ -n ${__assume_env_begun-} ]] && __assume_env_lost; then __assume_env_place=line; fi; }
    # The segment assume_env of powerlevel10k.
    prompt_assume_env() {
        \builtin emulate -LR zsh
        __assume_env_look
        case $__assume_env_level$__assume_env_shown in
            (97) ;;
            (97*) p10k segment -t "$__assume_env_shown" ;;
            (*) p10k segment -f "${${__assume_env_level/98/yellow}/99/red}" -t "$__assume_env_shown" ;;
        esac
    }

    __assume_env_place= __assume_env_seen= __assume_env_begun=
    add-zsh-hook precmd __assume_env_prompt
    add-zsh-hook preexec __assume_env_end_of_line
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
        local renewing
        __assume_env_shown= __assume_env_level=97 __assume_env_until=9999999999 __assume_env_over=
        if [[ -z $ASSUME_ENV_KEY_ID$ASSUME_ENV_HELPER || $ASSUME_ENV_KEY_ID != "$AWS_ACCESS_KEY_ID" ]]; then return 0; fi
        # Ranges such as A-Z contain more letters in some locales.
        __assume_env_name=${${ASSUME_ENV_PROFILE:-?}//[^ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,+=@:\/ -]/?}
        if (( $#__assume_env_name > 40 )); then __assume_env_name=$__assume_env_name[1,37]...; fi
        __assume_env_shown=$__assume_env_name${ASSUME_ENV_NARROWED:+*}
        if [[ $ASSUME_ENV_NARROWED == read-only ]]; then __assume_env_shown="$__assume_env_name ro"; fi
        # Keys of --refresh: the name of the helper's process says whether they are renewed.
        if [[ -z $ASSUME_ENV_KEY_ID ]]; then
            __assume_env_until=0
            { \builtin read -r renewing <"/proc/${ASSUME_ENV_HELPER//[^0123456789]/}/comm"; } 2>/dev/null || renewing=
            if [[ $renewing != assume-env-keys ]]; then
                __assume_env_shown+=' not renewed'
                if [[ -z $NO_COLOR && ${TERM:-dumb} != dumb ]]; then __assume_env_level=99; fi
            fi
        fi
        case $ASSUME_ENV_EXPIRES in (''|0*|*[^0123456789]*|?????????????*) return 0 ;; esac
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
        \builtin emulate -LR zsh
        if [[ $ASSUME_ENV_KEY_ID == "$__assume_env_reported" ]]; then return; fi
        # A command that renews the keys needs no such line.
        case $1 in (assume*|*assume-env*) return 0 ;; esac
        __assume_env_look
        if [[ -n $__assume_env_over ]]; then
            __assume_env_reported=$ASSUME_ENV_KEY_ID
            \builtin printf 'assume-env: %s\n' "@message.expired $__assume_env_name $__assume_env_renew@" >&2
        fi
    }

    add-zsh-hook preexec __assume_env_expiry
fi

# --- completion: the program says what fits; after --, the completion of the command ---

__assume_env_complete() {
    local -i dashes=${words[(i)--]}
    if (( dashes < CURRENT )); then
        (( CURRENT -= dashes ))
        \builtin shift $dashes words
        _normal
        return
    fi
    local expl
    local -a lines names shown unfinished
    lines=("${(@f)$(\builtin command assume-env --complete zsh $COLUMNS "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    names=("${(@)lines[2,-1]%%$'\t'*}") shown=("${(@)lines[2,-1]#*$'\t'}")
    if [[ $names[1] == *: ]]; then unfinished=(-S ''); fi
    # The second call is for names that contain the typed text without beginning with it.
    _wanted "$lines[1]s" expl "$lines[1]" compadd "${unfinished[@]}" -l -d shown -a names ||
        _wanted "$lines[1]s" expl "$lines[1]" compadd "${unfinished[@]}" -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]} l:|=* r:|=*' -l -d shown -a names
}

# compdef exists only after compinit, which can come later in the start-up file.
__assume_env_register() {
    \builtin emulate -L zsh
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
