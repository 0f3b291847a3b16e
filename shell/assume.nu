# assume-env hook for nushell 0.108 and later. Write it into a file:
#     assume-env --init nu | save -f ~/.config/nushell/assume.nu
# In ~/.config/nushell/config.nu: source ~/.config/nushell/assume.nu

# A record, which no program inherits: the role before, the keys whose expiry was reported, the MFA session,
# and the variables of ASSUME_ENV_ALSO_SET that this hook has set.
if ($env.__assume_env? | describe) !~ '^record' {
    $env.__assume_env = {previous: ['' '' ''] reported: '' base: '' also: []}
}
$env.__assume_env.renew = 'assume-env -f nu | from json | load-env'
# A value that another shell exported by hand does not belong to this shell.
hide-env -i ASSUME_ENV_BASE

def __assume_env_value [name: string] {
    $env | get -o $name | default '' | into string
}

# Whether this shell holds a session: the labels must belong to the keys in the environment.
def __assume_env_held [] {
    let id = __assume_env_value ASSUME_ENV_KEY_ID
    $id != '' and $id == (__assume_env_value AWS_ACCESS_KEY_ID)
}

# A name without special characters, so that it can be shown.
def __assume_env_clean [name: string] {
    let shown = $name | str replace --all --regex '[^A-Za-z0-9_.,+=@:/-]' '?'
    if ($shown | str length) > 40 { $"($shown | str substring 0..36)..." } else { $shown }
}

# The seconds that are left; null when the expiry is unknown.
def __assume_env_rest [] {
    let expires = __assume_env_value ASSUME_ENV_EXPIRES
    if $expires !~ '^[1-9][0-9]{0,11}\z' { return null }
    ($expires | into int) - (date now | format date '%s' | into int)
}

# --- function: changes the variables of this shell; a failure is an error, as that of every program ---

$env.__assume_env.renew = 'assume --renew'

def __assume_env_labels [] {
    if not (__assume_env_held) { return ['' '' ''] }
    [ASSUME_ENV_PROFILE ASSUME_ENV_SOURCE ASSUME_ENV_NARROWED] | each {|name| __assume_env_value $name }
}

# The user picks a role with fzf, then sh becomes the program: nu takes the terminal back a moment after a
# program has ended, even from the next program. fzf quotes the name for sh. Another shell could run a part of
# the name.
const __assume_env_picks = [sh -c 'picked=$(
    assume-env --list 2>/dev/null |
        SHELL=/bin/sh fzf --no-multi "--prompt=role> " --preview-window=wrap "--preview=assume-env --explain {}"
) && exec assume-env "$@" "$picked"' sh]

# Makes the changes of the program's document, and keeps the labels of the session before.
def --env __assume_env_switch [args: list<string> --pick] {
    let before = __assume_env_labels
    let clears = '--clear' in $args
    let flags = if $clears { [] } else { [--base-session] }
    let handed = if $clears or $env.__assume_env.base == '' { {} } else { {ASSUME_ENV_BASE: $env.__assume_env.base} }
    let program = if $pick { $__assume_env_picks } else { [assume-env] }
    let answer = with-env $handed { ^$program.0 ...($program | skip 1) -f nu ...$flags ...$args } | from json
    if 'ASSUME_ENV_KEY_ID' not-in ($answer | default {} | columns) {
        error make -u {msg: 'assume-env: @message.no-text nu@'}
    }
    if ASSUME_ENV_BASE in $answer { $env.__assume_env.base = ($answer.ASSUME_ENV_BASE | default [''] | first) }
    let changes = $answer | reject -o ASSUME_ENV_BASE | transpose name value
    for change in $changes {
        if $change.value == null { hide-env -i $change.name }
    }
    load-env ($changes | where value != null | reduce -f {} {|change all| $all | insert $change.name $change.value })
    if $before.0 != '' and $before != (__assume_env_labels) { $env.__assume_env.previous = $before }
    __assume_env_follow $before.0
}

# ASSUME_ENV_ALSO_SET: variables that have the name of the role too, until the session ends. A variable with a
# value of the user's own keeps it.
def --env __assume_env_follow [before: string] {
    let before = __assume_env_clean $before
    let role = if (__assume_env_held) { __assume_env_clean (__assume_env_value ASSUME_ENV_PROFILE) } else { '' }
    for name in (__assume_env_value ASSUME_ENV_ALSO_SET | split row --regex '\s+' | where {|name| $name != '' }) {
        if not (__assume_env_may_follow $name) {
            print --stderr "assume-env: @message.also-set-name@\n  @message.also-set-name.hint@"
        } else if (__assume_env_value $name) not-in ['' $before] and $name not-in $env.__assume_env.also {
            print --stderr $"assume-env: @message.also-set-taken ($name)@"
        } else if $role == '' {
            hide-env -i $name
        } else {
            load-env {$name: $role}
            $env.__assume_env.also = ($env.__assume_env.also | append $name | uniq)
        }
    }
    if $role == '' { $env.__assume_env.also = [] }
}

def __assume_env_may_follow [name: string] {
    let plain = $name =~ '^[A-Z][A-Z0-9]*_[A-Z0-9_]*\z'
    let read = $name =~ '^(AWS|ASSUME_ENV|BASH|COMP|DYLD|FISH|HIST|LC|LD|NU|PROMPT|ZSH)_|_(PATH|COMMAND)\z'
    $name in [AWS_VAULT AWS_SSO_PROFILE] or ($plain and not $read)
}

# Whether the user can pick a role with fzf.
def __assume_env_can_pick [] {
    (which -a fzf | where type == external | is-not-empty) and (is-terminal --stdin) and (is-terminal --stderr)
}

def __assume_env_names [] {
    try { ^assume-env --list e> /dev/null | lines } catch { [] }
}

# The arguments that lead to the role before this one.
def __assume_env_back [] {
    let role = $env.__assume_env.previous.0
    let source = $env.__assume_env.previous.1
    let narrowed = $env.__assume_env.previous.2
    if $role == '' or ($role | str starts-with '-') {
        error make -u {msg: 'assume-env: @message.no-previous-role@; @message.no-previous-role.hint@'}
    }
    let name = __assume_env_clean $role
    let flags = match $narrowed {
        '' => []
        'read-only' => [--read-only]
        _ => {
            error make -u {msg: $"assume-env: @message.restricted ($name)@; @message.restricted.hint ($name)@"}
        }
    }
    if $role !~ '^(arn:|[0-9]{12}:)' { return [$role ...$flags] }
    if $source == '' {
        error make -u {msg: $"assume-env: @message.source-gone ($name)@; @message.source-gone.hint ($name)@"}
    }
    [$role ...$flags $"--source-profile=($source)"]
}

# @message.about-function@
@complete external
def --env --wrapped assume [...args: string] {
    let first = $args | get -o 0 | default ''
    # With these arguments the program prints no text for a shell, so the line runs unchanged.
    let unevaluated = $args | any {|arg|
        $arg =~ '^(?s:@unevaluated.regex@)\z'
    }
    if ($args | is-empty) {
        if (__assume_env_can_pick) { __assume_env_switch [] --pick } else { ^assume-env --status }
    } else if $first == '-' {
        __assume_env_switch [...(__assume_env_back) ...($args | skip 1)]
    } else if $first == '--renew' {
        __assume_env_switch [--fresh ...($args | skip 1)]
    } else if $first == '--forget' {
        $env.__assume_env.base = ''
    } else if $unevaluated {
        ^assume-env ...$args
    } else {
        __assume_env_switch $args
    }
}

# --- prompt: the role and the time left, before the user's own prompt ---

# The text of the prompt and its colour; both empty without a session.
def __assume_env_describe [] {
    if not (__assume_env_held) { return {shown: '' color: ''} }
    let profile = __assume_env_value ASSUME_ENV_PROFILE
    let mark = match (__assume_env_value ASSUME_ENV_NARROWED) {
        '' => ''
        'read-only' => ' ro'
        _ => '*'
    }
    let name = $"(__assume_env_clean (if $profile == '' { '?' } else { $profile }))($mark)"
    let left = __assume_env_rest
    if $left == null { return {shown: $name color: ''} }
    if $left <= 0 { return {shown: $"($name) expired" color: red} }
    let minutes = $left // 60
    let time = if $minutes == 0 {
        '<1m'
    } else if $minutes < 60 {
        $"($minutes)m"
    } else {
        $"($minutes // 60)h($minutes mod 60 | fill --alignment right --character '0' --width 2)m"
    }
    {shown: $"($name) ($time)" color: (if $left < 600 { 'yellow' } else { '' })}
}

def __assume_env_prompt [] {
    let it = __assume_env_describe
    if $it.shown == '' { return '' }
    if $it.color == '' or (__assume_env_value NO_COLOR) != '' or (__assume_env_value TERM) in ['' 'dumb'] { return $"[($it.shown)] " }
    $"(ansi $it.color)[($it.shown)](ansi reset) "
}

# The user's own prompt, a closure or a text; without one, nu shows the folder.
const __assume_env_mark = '__assume_env_users_prompt'
let __assume_env_users_prompt = $env.PROMPT_COMMAND? | default { {|| $env.PWD } }
if ($__assume_env_users_prompt | describe) != 'closure' or (view source $__assume_env_users_prompt) !~ $__assume_env_mark {
    $env.PROMPT_COMMAND = {||
        let own = if ($__assume_env_users_prompt | describe) == 'closure' { do $__assume_env_users_prompt } else { $__assume_env_users_prompt }
        $"(__assume_env_prompt)($own)"
    }
}

# --- expiry: one line before the first command after the keys have expired ---

def --env __assume_env_expiry [command: string] {
    let key_id = __assume_env_value ASSUME_ENV_KEY_ID
    # A command that renews the keys needs no such line.
    if not (__assume_env_held) or $env.__assume_env.reported? == $key_id or $command =~ '^assume|assume-env' { return }
    let left = __assume_env_rest
    if $left == null or $left > 0 { return }
    $env.__assume_env.reported = $key_id
    let name = __assume_env_clean (__assume_env_value ASSUME_ENV_PROFILE)
    print --stderr $"assume-env: @message.expired ($name) ($env.__assume_env.renew)@"
}

let __assume_env_hooks = $env.config.hooks.pre_execution? | default []
if ($__assume_env_hooks | all {|hook| ($hook | describe) != 'closure' or (view source $hook) !~ __assume_env_expiry }) {
    $env.config.hooks.pre_execution = ($__assume_env_hooks | append {|| __assume_env_expiry (commandline) })
}

# --- completion: the program says what fits; after --, the user's own completer ---

# The user's own completer completes every other command, and the command after --.
let __assume_env_users_completer = $env.config.completions.external.completer?
if $__assume_env_users_completer == null or (view source $__assume_env_users_completer) !~ __assume_env_users_completer {
    $env.config.completions.external.completer = {|spans|
        let ours = $spans.0 in [assume assume-env]
        let dashes = $spans | drop 1 | enumerate | where item == '--' | get -o 0.index
        if $ours and $dashes == null {
            try { ^assume-env --complete nu ...$spans e> /dev/null | lines | split column --number 2 "\t" value description } catch { [] }
        } else if $__assume_env_users_completer != null {
            do $__assume_env_users_completer (if $ours { $spans | skip ($dashes + 1) } else { $spans })
        }
    }
}
