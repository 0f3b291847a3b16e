# assume-env hook for fish 3.1 and later. In ~/.config/fish/config.fish: assume-env --init fish | source

# --- the function: evaluates in this shell; its exit status is the program's ---

function assume --description 'put an AWS role into this shell'
    # fish_trace would print the keys.
    set -l fish_trace
    for __assume_env_arg in $argv
        # What prints no text for a shell runs as it is: a profile's name must never come near eval.
        if string match -qr -- '^(--|--(whoami|buckets|explain|list|status|help|version|json|show)|--(init|format)(=.*)?|-[hVf].*|-[qv]+[hVf].*)$' $__assume_env_arg
            command assume-env $argv
            return
        end
    end
    set -l __assume_env_text (command assume-env -f fish $argv | string collect)
    set -l __assume_env_status $pipestatus[1]
    if test $__assume_env_status -eq 0
        eval $__assume_env_text
        set __assume_env_status $status
    end
    set __assume_env_text
    return $__assume_env_status
end

# --- completion: the names of the profiles; behind --, that of the command ---

function __assume_env_before_command
    not contains -- -- (commandline -opc)
end

function __assume_env_command
    set -l words (commandline -opc) (commandline -ct)
    set -l dashes (contains -i -- -- $words)
    and complete -C (string join -- ' ' (string escape -- $words[(math $dashes + 1)..-1]))
end

for __assume_env_name in assume assume-env
    complete -c $__assume_env_name -f
    complete -c $__assume_env_name -n __assume_env_before_command -a '(command assume-env --list 2>/dev/null)'
    complete -c $__assume_env_name -n 'not __assume_env_before_command' -a '(__assume_env_command)'
end
set -e __assume_env_name
