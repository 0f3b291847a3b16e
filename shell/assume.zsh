# assume-env hook for zsh. In ~/.zshrc: eval "$(assume-env --init zsh)"

# --- the function: evaluates in this shell; its exit status is the program's ---

assume() {
    # set -x would print the keys; the user's own options come back at the end.
    { emulate -L zsh; setopt no_xtrace no_err_exit no_err_return unset; } 2>/dev/null
    local __assume_env_arg __assume_env_text='' __assume_env_status=0
    for __assume_env_arg in "$@"; do
        case $__assume_env_arg in
            # What prints no text for a shell runs as it is: a profile's name must never come near eval.
            (--|--whoami|--buckets|--explain|--list|--status|--init|--init=*|--help|--version|--json|--show|--format|--format=*|-h*|-V*|-f*|-[qv]*[hVf]*)
                \command assume-env "$@"
                return
                ;;
        esac
    done
    __assume_env_text=$(\command assume-env "$@") || __assume_env_status=$?
    case $__assume_env_status:$__assume_env_text in
        ('0:unset '*) \builtin eval "$__assume_env_text" || __assume_env_status=$? ;;
    esac
    __assume_env_text=
    return $__assume_env_status
}

# --- completion: the names of the profiles; behind --, that of the command ---

__assume_env_complete() {
    emulate -L zsh
    local -i dashes=${words[(i)--]}
    if (( dashes < CURRENT )); then
        (( CURRENT -= dashes ))
        shift $dashes words
        _normal
        return
    fi
    local -a names
    names=(${(f)"$(\command assume-env --list 2>/dev/null)"})
    # compadd, because _describe would cut names at a colon.
    compadd -a names
}

# compdef is there only after compinit, which may come later in the start-up file.
if (( $+functions[compdef] )); then
    compdef __assume_env_complete assume assume-env
else
    __assume_env_register() {
        if (( $+functions[compdef] )); then
            compdef __assume_env_complete assume assume-env
        fi
        add-zsh-hook -d precmd __assume_env_register
        unfunction __assume_env_register
    }
    autoload -Uz add-zsh-hook
    add-zsh-hook precmd __assume_env_register
fi
