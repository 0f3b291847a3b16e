# assume-env hook for bash 3.2 and later. In ~/.bashrc: eval "$(assume-env --init bash)"
# shellcheck shell=bash

# --- the function: evaluates in this shell; its exit status is the program's ---

assume() {
    local __assume_env_arg __assume_env_text='' __assume_env_status=0 __assume_env_trace=''
    for __assume_env_arg in "$@"; do
        case $__assume_env_arg in
            # What prints no text for a shell runs as it is: a profile's name must never come near eval.
            -- | --whoami | --buckets | --explain | --list | --status | --init | --init=* | --help | --version | --json | --show | \
                --format | --format=* | -h* | -V* | -f* | -[qv]*[hVf]*)
                \command assume-env "$@"
                return
                ;;
        esac
    done
    # set -x would print the keys.
    case $- in *x*)
        __assume_env_trace=1
        { set +x; } 2>/dev/null
        ;;
    esac
    __assume_env_text=$(\command assume-env "$@") || __assume_env_status=$?
    case $__assume_env_status:$__assume_env_text in
        '0:unset '*) \builtin eval "$__assume_env_text" || __assume_env_status=$? ;;
    esac
    __assume_env_text=
    if [ -n "$__assume_env_trace" ]; then set -x; fi
    return "$__assume_env_status"
}

# --- completion: the names of the profiles; behind --, that of the command ---

__assume_env_complete() {
    local i name quoted cut
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == -- ]]; then
            if declare -F _command_offset >/dev/null; then
                _command_offset $((i + 1))
            else
                compopt -o default 2>/dev/null
            fi
            return 0
        fi
    done
    # readline breaks words at : = @, so the whole word is taken from the line, and what stands before the break is cut off.
    local word=${COMP_LINE:0:COMP_POINT}
    word=${word##*[[:blank:]]}
    cut=${word%"${word##*["$COMP_WORDBREAKS"]}"}
    while IFS= \read -r name; do
        \printf -v quoted %q "$name"
        if [[ $name == "$word"* ]] || [[ $quoted == "$word"* ]]; then
            COMPREPLY+=("${quoted#"$cut"}")
        fi
    done < <(\command assume-env --list 2>/dev/null)
    return 0
}

complete -F __assume_env_complete assume assume-env
