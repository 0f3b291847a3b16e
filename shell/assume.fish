# assume-env hook for fish 3.1 and later. In ~/.config/fish/config.fish: assume-env --init fish | source

# A value that another shell exported by hand does not belong to this shell.
if test "$__assume_env_shell" != $fish_pid
    set -eg ASSUME_ENV_BASE
    set -g __assume_env_previous
    set -g __assume_env_also
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
    if test (count $argv) -eq 0
        __assume_env_pick
        return
    end
    switch $argv[1]
        case -
            __assume_env_back $argv[2..-1]
            return
        case --renew
            __assume_env_switch --fresh $argv[2..-1]
            return
        case --forget
            set -eg ASSUME_ENV_BASE
            return 0
    end
    for arg in $argv
        # With these arguments the program prints no text for a shell, so the line runs unchanged: eval must
        # never get the name of a profile.
        if string match -qr -- '^(@unevaluated.regex@)$' $arg
            command assume-env $argv
            return
        end
    end
    __assume_env_switch $argv
end

# Switches to the role that the user picks with fzf; without fzf or a terminal, prints the status.
function __assume_env_pick
    if not test -t 0 -a -t 2; or not command -sq fzf
        command assume-env --status
        return
    end
    # fzf quotes the name for sh. Another shell, such as fish, could run a part of the name.
    set -l picked (command assume-env --list 2>/dev/null | SHELL=/bin/sh command fzf --no-multi --prompt='role> ' --preview-window=wrap --preview='assume-env --explain {}')
    or return
    __assume_env_switch $picked
end

# Switches to the role before this one, with its own source.
function __assume_env_back
    set -l role $__assume_env_previous[1]
    set -l source $__assume_env_previous[2]
    set -l narrowed $__assume_env_previous[3]
    set -l flags
    if test -z "$role"; or string match -q -- '-*' $role
        printf 'assume-env: %s\n  %s\n' '@message.no-previous-role@' '@message.no-previous-role.hint@' >&2
        return 1
    end
    set -l name (__assume_env_clean $role)
    switch "$narrowed"
        case ''
        case read-only
            set flags --read-only
        case '*'
            printf 'assume-env: %s\n  %s\n' "@message.restricted $name@" "@message.restricted.hint $name@" >&2
            return 1
    end
    if string match -qr -- '^(arn:|[0-9]{12}:)' $role
        if test -z "$source"
            printf 'assume-env: %s\n  %s\n' "@message.source-gone $name@" "@message.source-gone.hint $name@" >&2
            return 1
        end
        set -a flags --source-profile=$source
    end
    __assume_env_switch $role $flags $argv
end

# Evaluates the text that the program prints, and keeps the labels of the session before.
function __assume_env_switch
    # fish_trace would print the keys.
    set -l fish_trace
    set -l before
    set -l flag --base-session
    set -l code 0
    set -l text
    if __assume_env_held
        set before "$ASSUME_ENV_PROFILE" "$ASSUME_ENV_SOURCE" "$ASSUME_ENV_NARROWED"
    end
    contains -- --clear $argv
    and set flag
    set -l base
    if test -n "$flag"; and test -n "$ASSUME_ENV_BASE"
        set -gu ASSUME_ENV_BASE $ASSUME_ENV_BASE
        set base $ASSUME_ENV_BASE
    end
    # When Ctrl-C kills a program in a pipe, fish leaves the function with the status of the command before
    # it. In a substitution the status is right, but messages do not go where the caller redirects them.
    if isatty stderr
        set text (__assume_env_ask $base -- $flag $argv | string collect)
        set code $pipestatus[1]
    else
        __assume_env_ask $base -- $flag $argv | read -z text
        set code $pipestatus[1]
    end
    set base
    if test $code -eq 0; and string match -q 'begin; set -l assume_env_u;*' -- "$text"
        eval $text
        set code $status
    end
    set text
    test $code -eq 0
    and __assume_env_switched $before
    return $code
end

# Runs the program with the MFA session, which is the argument before the --, in the environment of this one
# call.
function __assume_env_ask
    if test "$argv[1]" = --
        command assume-env -f fish $argv[2..-1]
    else
        ASSUME_ENV_BASE=$argv[1] command assume-env -f fish $argv[3..-1]
    end
end

# After a switch: keeps the role before for the next `assume -`, and sets the variables of other prompt tools.
function __assume_env_switched
    set -l now
    __assume_env_held
    and set now "$ASSUME_ENV_PROFILE" "$ASSUME_ENV_SOURCE" "$ASSUME_ENV_NARROWED"
    if test -n "$argv[1]"; and test "$argv" != "$now"
        set -g __assume_env_previous $argv
    end
    __assume_env_follow "$argv[1]" "$now[1]"
end

# ASSUME_ENV_ALSO_SET: variables that have the name of the role too, until the session ends. A variable with a
# value of the user's own keeps it.
function __assume_env_follow
    set -l before (__assume_env_clean "$argv[1]")
    set -l role (__assume_env_clean "$argv[2]")
    for name in (string split ' ' -- "$ASSUME_ENV_ALSO_SET" | string split \t | string match -v '')
        if not __assume_env_may_follow $name
            printf 'assume-env: %s\n  %s\n' '@message.also-set-name@' '@message.also-set-name.hint@' >&2
        else if test -n "$$name"; and not contains $name $__assume_env_also; and test "$$name" != "$before"
            printf 'assume-env: %s\n' "@message.also-set-taken $name@" >&2
        else if test -n "$role"
            set -gx $name $role
            contains $name $__assume_env_also
            or set -ga __assume_env_also $name
        else
            set -eg $name
        end
    end
    test -n "$role"
    or set -g __assume_env_also
    return 0
end

function __assume_env_may_follow
    contains -- $argv[1] AWS_VAULT AWS_SSO_PROFILE
    and return 0
    string match -qr '^[A-Z][A-Z0-9]*_[A-Z0-9_]*\z' -- $argv[1]
    and not string match -qr '^(AWS|ASSUME_ENV|BASH|COMP|FISH|HIST|LC|LD|DYLD|PROMPT|ZSH)_|_(PATH|COMMAND)\z' -- $argv[1]
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
