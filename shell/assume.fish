# assume-env hook for fish 3.1 and later. In ~/.config/fish/config.fish: assume-env --init fish | source

# A value that another shell exported by hand does not belong to this shell.
if test "$__assume_env_shell" != $fish_pid
    set -eg ASSUME_ENV_BASE
    set -g __assume_env_calls
    set -g __assume_env_reported
    set -g __assume_env_seen
    set -g __assume_env_shell $fish_pid
end
set -g __assume_env_renew 'assume-env -f fish | source'

# Whether this shell holds a session: the labels must belong to the keys in the environment.
function __assume_env_held
    test -n "$ASSUME_ENV_KEY_ID"; and test "$ASSUME_ENV_KEY_ID" = "$AWS_ACCESS_KEY_ID"
end

# A name without special characters, so that it can be shown.
function __assume_env_clean
    set -l name (string replace -ra '[^A-Za-z0-9_.,+=@:/-]' '?' -- "$argv[1]")
    if test (string length -- "$name") -gt 40
        set name (string sub -l 37 -- $name)...
    end
    printf '%s\n' "$name"
end

# Prints the time. fish needs a process for it before version 3.6.
if contains path (builtin -n); and path mtime -R / >/dev/null 2>/dev/null
    function __assume_env_clock
        math (path mtime /) + (path mtime -R /)
    end
    # Whether __assume_env_until is in the past. Substitutions are slow in fish, so this has only one. When
    # the root folder has changed since, its age says nothing, and the answer is yes.
    function __assume_env_is_past
        set -l clock (path mtime /; path mtime -R /)
        test "$clock[1]" != "$__assume_env_root" -o "$clock[2]" -gt "$__assume_env_age"
    end
    function __assume_env_wait
        set -g __assume_env_root (path mtime /)
        set -g __assume_env_age (math $__assume_env_until - $__assume_env_root)
    end
else
    function __assume_env_clock
        command date +%s
    end
    function __assume_env_is_past
        test (__assume_env_clock) -gt $__assume_env_until
    end
    function __assume_env_wait
    end
end

# Puts the seconds that are left into __assume_env_left; empty when the expiry is unknown. math gets digits
# only.
function __assume_env_rest
    set -g __assume_env_left
    string match -qr '^[1-9][0-9]{0,11}\z' -- "$ASSUME_ENV_EXPIRES"
    and set __assume_env_left (math $ASSUME_ENV_EXPIRES - (__assume_env_clock))
    return 0
end

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

set -g __assume_env_renew 'assume --renew'

function assume --description '@message.about-function@'
    # fish_trace would print the keys.
    set -l fish_trace
    set -g __assume_env_calls $__assume_env_calls x
    set -l id $fish_pid.(count $__assume_env_calls)
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
    if test "$__assume_env_mark" != $id
        echo 'assume-env: @message.no-answer@' >&2
        test "$code" != 0
        or set code 1
    end
    return $code
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

# Puts the text of the prompt into __assume_env_shown and its urgency into __assume_env_level, both empty
# without a session; and the last second for which they are right into __assume_env_until.
function __assume_env_describe
    set -g __assume_env_shown
    set -g __assume_env_level
    set -g __assume_env_until 9999999999
    __assume_env_held
    or return 0
    set -l label $ASSUME_ENV_PROFILE
    test -n "$label"
    or set label '?'
    set __assume_env_shown (__assume_env_clean "$label")
    set __assume_env_level calm
    switch "$ASSUME_ENV_NARROWED"
        case ''
        case read-only
            set __assume_env_shown "$__assume_env_shown ro"
        case '*'
            set __assume_env_shown "$__assume_env_shown*"
    end
    __assume_env_rest
    set -l left $__assume_env_left
    if test -z "$left"
        return 0
    else if test $left -le 0
        set __assume_env_level over
        set __assume_env_shown "$__assume_env_shown expired"
        return 0
    else if test $left -lt 600
        set __assume_env_level soon
    end
    set __assume_env_until (math -s0 $ASSUME_ENV_EXPIRES - (math -s0 $left / 60) x 60)
    if test $left -lt 60
        set __assume_env_until (math $ASSUME_ENV_EXPIRES - 1)
        set __assume_env_shown "$__assume_env_shown <1m"
    else if test $left -lt 3600
        set __assume_env_shown $__assume_env_shown' '(math -s0 $left / 60)m
    else
        set __assume_env_shown $__assume_env_shown' '(printf '%dh%02dm' (math -s0 $left / 3600) (math -s0 $left % 3600 / 60))
    end
end

function __assume_env_render
    __assume_env_describe
    __assume_env_wait
    set -g __assume_env_seen $argv[1]
    set -g __assume_env_line
    test -n "$__assume_env_shown"
    or return 0
    set -l color
    if test -z "$NO_COLOR"; and not contains -- "$TERM" '' dumb
        switch $__assume_env_level
            case soon
                set color yellow
            case over
                set color red
        end
    end
    if test -n "$color"
        set __assume_env_line (set_color $color)"[$__assume_env_shown]"(set_color normal)' '
    else
        set __assume_env_line "[$__assume_env_shown] "
    end
end

# Most prompts are equal to the prompt before.
function __assume_env_prompt
    set -l seen "$ASSUME_ENV_KEY_ID:$AWS_ACCESS_KEY_ID:$ASSUME_ENV_EXPIRES:$ASSUME_ENV_NARROWED:$NO_COLOR:$TERM:$ASSUME_ENV_PROFILE"
    if test "$seen" != "$__assume_env_seen"
        __assume_env_render $seen
    else if test $__assume_env_until != 9999999999; and __assume_env_is_past
        __assume_env_render $seen
    end
    printf %s $__assume_env_line
end

# Replaces the function fish_prompt at the first prompt, after all start-up files have run. The user's own
# prompt is called first, because it can read the status of the last command.
function __assume_env_wrap --on-event fish_prompt
    functions -e __assume_env_wrap
    functions -q fish_prompt
    and not functions fish_prompt | string match -q '*__assume_env_users_prompt*'
    or return 0
    functions -e __assume_env_users_prompt
    functions -c fish_prompt __assume_env_users_prompt
    function fish_prompt
        set -l shown (__assume_env_users_prompt | string collect --no-trim-newlines)
        __assume_env_prompt
        printf %s "$shown"
    end
end

# --- expiry: one line before the first command after the keys have expired ---

function __assume_env_expiry --on-event fish_preexec
    test "$__assume_env_reported" != "$ASSUME_ENV_KEY_ID"
    and __assume_env_held
    and string match -qr '^[1-9][0-9]{0,11}\z' -- "$ASSUME_ENV_EXPIRES"
    and test (__assume_env_clock) -ge $ASSUME_ENV_EXPIRES
    # A command that renews the keys needs no such line.
    and not string match -qr -- '^assume|assume-env' "$argv[1]"
    or return 0
    set -g __assume_env_reported $ASSUME_ENV_KEY_ID
    set -l name (__assume_env_clean "$ASSUME_ENV_PROFILE")
    printf 'assume-env: %s\n' "@message.expired $name $__assume_env_renew@" >&2
end

# --- completion: the program says what fits; after --, the completion of the command ---

function __assume_env_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    if set -l dashes (contains -i -- -- $words)
        set -e words[1..$dashes]
        complete -C (string join ' ' -- (string escape -- $words) $typed)
    else
        command assume-env --complete fish $words "$typed" 2>/dev/null
    end
end

for name in assume assume-env
    complete -c $name -e
    complete -c $name -f -a '(__assume_env_complete)'
end
