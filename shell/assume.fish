# assume-env hook for fish 3.1 and later. In ~/.config/fish/config.fish: assume-env --init fish | source

# A value that another shell exported by hand does not belong to this shell.
if test "$__assume_env_shell" != $fish_pid
    set -eg ASSUME_ENV_BASE
    set -g __assume_env_calls 0
    set -g __assume_env_reported
    set -g __assume_env_shell $fish_pid
end
set -g __assume_env_renew '@renew@'

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

function assume --description '@message.about-function@'
    # fish_trace would print the keys.
    set -l fish_trace
    string match -q '????????????????*' $__assume_env_calls
    and set -g __assume_env_calls 0
    set -g __assume_env_calls x$__assume_env_calls
    set -l id $fish_pid.$__assume_env_calls
    set -l code 1
    set -l text
    set -g __assume_env_mark
    # When Ctrl-C kills a program in a pipe, fish leaves the function with the status of the command before
    # it. In a substitution the status is right, but messages and input do not follow a redirection.
    if isatty stdin; and isatty stderr
        set text (__assume_env_ask $id $argv | string collect)
        set code $pipestatus[1]
    else
        __assume_env_ask $id $argv | read -z text
        set code $pipestatus[1]
    end
    set -g __assume_env_status 0
    if test "$code" = 0; and string match -q -- "set -g __assume_env_mark begin.$id;*set -g __assume_env_mark $id;" "$text"
        eval $text
        or test $__assume_env_status != 0
        or set -g __assume_env_status $status
        set code $__assume_env_status
    else if test "$code" != 0; and string match -q -- "*failed $id" "$text"
        # The program has said why.
        set __assume_env_mark $id
    end
    test "$__assume_env_mark" = $id
    and return $code
    echo 'assume-env: @message.no-answer@' >&2
    test "$code" != 0
    and return $code
    return 1
end

# Hands the words to the program unread. The MFA session, which is never exported, goes through a pipe, and the
# standard input to descriptor 5.
function __assume_env_ask
    if test -z "$ASSUME_ENV_BASE"
        command assume-env --hook=1:fish:assume:$argv[1]:k $argv[2..-1]
        return
    end
    set -gu ASSUME_ENV_BASE $ASSUME_ENV_BASE
    printf %s $ASSUME_ENV_BASE | command assume-env --hook=1:fish:assume:$argv[1]:kb $argv[2..-1] 5<&0
end

# --- prompt: the role and the time left, before the user's own prompt ---

if builtin status is-interactive
    # fish puts the text of fish_mode_prompt before the prompt. The function fish_prompt, which virtualenv and
    # themes rename and replace, does not change. The first line of tide is as wide as the terminal, so the
    # role goes to the right. Also runs when another tool has replaced the function.
    function __assume_env_wrap
        set -l place fish_mode_prompt
        builtin functions -q _tide_print_item fish_prompt; and set place fish_right_prompt
        set -l users __assume_env_users_prompt
        builtin contains assume_env $tide_left_prompt_items $tide_right_prompt_items
        or builtin functions $place 2>/dev/null | builtin string match -q '*__assume_env_prompt*'; and return
        # A name of its own each time: the function can call an earlier one of this hook.
        while builtin functions -q $users
            set users "$users"_
        end
        builtin functions -q $place; and builtin functions -c $place $users; or function $users
        end
        builtin echo "function $place; __assume_env_prompt $users; $users; end" | builtin source
        set -g __assume_env_outer $users
    end

    # The builtin read shows fish_mode_prompt too, but no role.
    function __assume_env_prompt
        set -g __assume_env_drawn 1
        test "$argv[1]$__assume_env_ready" = "$__assume_env_outer"1; and builtin printf %s $__assume_env_line
    end

    # Most prompts are equal to the prompt before.
    function __assume_env_at_prompt --on-event fish_prompt
        test -n "$__assume_env_drawn"; or __assume_env_wrap
        set -g __assume_env_drawn
        set -g __assume_env_ready 1
        set -l seen "$ASSUME_ENV_KEY_ID:$AWS_ACCESS_KEY_ID:$ASSUME_ENV_EXPIRES:$ASSUME_ENV_NARROWED:$NO_COLOR:$TERM:$ASSUME_ENV_PROFILE:$ASSUME_ENV_HELPER"
        if test "$seen" != "$__assume_env_seen"
            set -g __assume_env_seen $seen
        else if test -z "$__assume_env_until"
            return
        else
            __assume_env_clock
            test $__assume_env_now[1] = $__assume_env_root -a $__assume_env_now[2] -le $__assume_env_until; and return
        end
        __assume_env_look
    end

    set -gu __assume_env_drawn
    set -gu __assume_env_seen
end

# --- expiry: one line before the first command after the keys have expired ---

if builtin status is-interactive
    # The time is the sum of two numbers: substitutions are slow in fish, so this has only one. fish needs a
    # process for the time before version 3.6.
    if builtin path mtime -R / >/dev/null 2>/dev/null
        function __assume_env_clock
            set -g __assume_env_now (builtin path mtime /; builtin path mtime -R /)
        end
    else
        function __assume_env_clock
            set -g __assume_env_now 0 (command date +%s)
        end
    end

    # Puts the text of the prompt into __assume_env_line, empty without a session; the name into
    # __assume_env_name; how much can be added to __assume_env_root until they are wrong into
    # __assume_env_until, empty for anything; and whether the keys have expired into __assume_env_over.
    function __assume_env_look
        set -g __assume_env_line
        set -g __assume_env_until
        set -g __assume_env_over
        test -n "$ASSUME_ENV_KEY_ID$ASSUME_ENV_HELPER" -a "$ASSUME_ENV_KEY_ID" = "$AWS_ACCESS_KEY_ID"; or return
        set -g __assume_env_name (builtin string replace -ra '[^A-Za-z0-9_.,+=@:/ -]' '?' -- "$ASSUME_ENV_PROFILE")
        test -n "$__assume_env_name"; or set __assume_env_name '?'
        test (builtin string length -- $__assume_env_name) -gt 40
        and set __assume_env_name (builtin string sub -l 37 -- $__assume_env_name)...
        set -l color
        set -l text $__assume_env_name
        test "$ASSUME_ENV_NARROWED" = read-only; and set text "$text ro"; or test -z "$ASSUME_ENV_NARROWED"; or set text "$text*"
        # Keys of --refresh: the name of the helper's process says whether they are renewed.
        if test -z "$ASSUME_ENV_KEY_ID"
            set __assume_env_until 0
            set -g __assume_env_root -
            set -l comm /proc/(builtin string replace -ra '[^0-9]' '' -- "$ASSUME_ENV_HELPER")/comm
            builtin test -r $comm; and builtin read -l renewing <$comm; and test "$renewing" = assume-env-keys
            or begin
                set color red
                set text "$text not renewed"
            end
        end
        # math gets digits only.
        if builtin string match -qr '^[1-9][0-9]{0,11}\z' -- "$ASSUME_ENV_EXPIRES"
            __assume_env_clock
            set -g __assume_env_root $__assume_env_now[1]
            set -l expires (builtin math $ASSUME_ENV_EXPIRES - $__assume_env_root)
            set -l left (builtin math $expires - $__assume_env_now[2])
            set -l minutes (builtin math -s0 $left / 60)
            test $left -lt 600; and set color yellow
            if test $left -le 0
                set __assume_env_over 1
                set color red
                set text "$text expired"
            else if test $left -lt 60
                set __assume_env_until (builtin math $expires - 1)
                set text "$text <1m"
            else
                set __assume_env_until (builtin math $expires - $minutes x 60)
                test $left -lt 3600; and set text "$text $minutes"m
                or set text "$text "(builtin printf '%dh%02dm' (builtin math -s0 $minutes / 60) (builtin math $minutes % 60))
            end
        end
        set __assume_env_line "[$text] "
        test -n "$color" -a -z "$NO_COLOR"; and not builtin contains -- "$TERM" '' dumb
        and set __assume_env_line (builtin set_color $color)"[$text]"(builtin set_color normal)' '
        return 0
    end

    function __assume_env_expiry --on-event fish_preexec
        set -g __assume_env_ready
        test "$__assume_env_reported" != "$ASSUME_ENV_KEY_ID"; and __assume_env_look; and test -n "$__assume_env_over"
        # A command that renews the keys needs no such line.
        and not builtin string match -qr -- '^assume|assume-env' "$argv[1]"; or return 0
        set -g __assume_env_reported $ASSUME_ENV_KEY_ID
        builtin printf 'assume-env: %s\n' "@message.expired $__assume_env_name $__assume_env_renew@" >&2
    end
end

# --- completion: the program says what fits; after --, the completion of the command ---

function __assume_env_complete
    set -l words (builtin commandline -opc)
    set -l typed (builtin commandline -ct)
    if set -l dashes (builtin contains -i -- -- $words)
        set -e words[1..$dashes]
        builtin complete -C (builtin string join ' ' -- (builtin string escape -- $words) $typed)
    else
        command assume-env --complete fish $words "$typed" 2>/dev/null
    end
end

builtin complete -c assume -c assume-env -e
builtin complete -c assume -c assume-env -f -a '(__assume_env_complete)'
