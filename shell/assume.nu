# assume-env hook for nushell 0.108 and later. Once: assume-env --init nu | save -f ~/.config/nushell/assume.nu; and in
# ~/.config/nushell/config.nu: source ~/.config/nushell/assume.nu

# A record, which no program inherits: the way back, which keys have been called expired, which names follow the role,
# and the base session, which one MFA code has made.
if ($env.__assume_env? | describe) !~ '^record' {
    $env.__assume_env = {previous: ['' '' ''] told: '' base: '' also: []}
}
$env.__assume_env.renew = 'assume-env -f nu | from json | load-env'
# What another shell had exported, by hand, says nothing about this one.
hide-env -i ASSUME_ENV_BASE

def __assume_env_value [name: string] {
    $env | get -o $name | default '' | into string
}

# The labels belong to the keys beside them, or there is no session.
def __assume_env_held [] {
    let id = __assume_env_value ASSUME_ENV_KEY_ID
    $id != '' and $id == (__assume_env_value AWS_ACCESS_KEY_ID)
}

# A name as it may be shown.
def __assume_env_clean [name: string] {
    let shown = $name | str replace --all --regex '[^A-Za-z0-9_.,+=@:/-]' '?'
    if ($shown | str length) > 40 { $"($shown | str substring 0..36)..." } else { $shown }
}

# The seconds that are left; null when nobody knows.
def __assume_env_rest [] {
    let expires = __assume_env_value ASSUME_ENV_EXPIRES
    if $expires !~ '^[1-9][0-9]{0,11}\z' { return null }
    ($expires | into int) - (date now | format date '%s' | into int)
}

# --- function: evaluates in this shell; a failure is an error, as that of any program ---

$env.__assume_env.renew = 'assume --renew'

def __assume_env_labels [] {
    if not (__assume_env_held) { return ['' '' ''] }
    [ASSUME_ENV_PROFILE ASSUME_ENV_SOURCE ASSUME_ENV_NARROWED] | each {|name| __assume_env_value $name }
}

# The role that fzf picks, then the program, in the place of sh: nu takes the terminal back a little after a program has ended,
# even from the next one. fzf quotes the name for sh. Another shell would read that otherwise, and run what a name says.
const __assume_env_picks = [sh -c 'picked=$(
    assume-env --list 2>/dev/null |
        SHELL=/bin/sh fzf --no-multi "--prompt=role> " --preview-window=wrap "--preview=assume-env --explain {}"
) && exec assume-env "$@" "$picked"' sh]

# Does what the program's document says, and remembers what was held before.
def --env __assume_env_switch [args: list<string> --pick] {
    let before = __assume_env_labels
    let clears = '--clear' in $args
    let flags = if $clears { [] } else { [--base-session] }
    let handed = if $clears or $env.__assume_env.base == '' { {} } else { {ASSUME_ENV_BASE: $env.__assume_env.base} }
    let program = if $pick { $__assume_env_picks } else { [assume-env] }
    let answer = with-env $handed { ^$program.0 ...($program | skip 1) -f nu ...$flags ...$args } | from json
    if 'ASSUME_ENV_KEY_ID' not-in ($answer | default {} | columns) {
        error make -u {msg: 'assume-env printed no text for nu'}
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

# ASSUME_ENV_ALSO_SET: names that get the role too, and lose it with the session. A value that is not ours stays.
def --env __assume_env_follow [before: string] {
    let before = __assume_env_clean $before
    let role = if (__assume_env_held) { __assume_env_clean (__assume_env_value ASSUME_ENV_PROFILE) } else { '' }
    for name in (__assume_env_value ASSUME_ENV_ALSO_SET | split row --regex '\s+' | where {|name| $name != '' }) {
        if not (__assume_env_may_follow $name) {
            print --stderr "assume-env: ASSUME_ENV_ALSO_SET has a name that cannot be set\n  a name has capitals, digits and an underscore, as AWSUME_PROFILE, and is not one that AWS or a shell reads"
        } else if (__assume_env_value $name) not-in ['' $before] and $name not-in $env.__assume_env.also {
            print --stderr $"assume-env: ($name) is set already, so it stays"
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

# Whether fzf can let a person pick a role.
def __assume_env_can_pick [] {
    (which -a fzf | where type == external | is-not-empty) and (is-terminal --stdin) and (is-terminal --stderr)
}

def __assume_env_names [] {
    try { ^assume-env --list e> /dev/null | lines } catch { [] }
}

# The role before this one, from its own source: the words that lead to it.
def __assume_env_back [] {
    let role = $env.__assume_env.previous.0
    let source = $env.__assume_env.previous.1
    let narrowed = $env.__assume_env.previous.2
    if $role == '' or ($role | str starts-with '-') {
        error make -u {msg: 'assume-env: this shell held no other role before; name one: assume ROLE'}
    }
    let name = __assume_env_clean $role
    let flags = match $narrowed {
        '' => []
        'read-only' => [--read-only]
        _ => {
            error make -u {msg: $"assume-env: the session of ($name) was narrowed or tagged, and how is not kept; name it again with its flags: assume ($name) ..."}
        }
    }
    if $role !~ '^(arn:|[0-9]{12}:)' { return [$role ...$flags] }
    if $source == '' {
        error make -u {msg: $"assume-env: ($name) came from a session or keys that are gone; name its source: assume --source-profile NAME ($name)"}
    }
    [$role ...$flags $"--source-profile=($source)"]
}

# Put an AWS role into this shell.
@complete external
def --env --wrapped assume [...args: string] {
    let first = $args | get -o 0 | default ''
    # What prints no text for a shell runs as it is.
    let as_it_is = $args | any {|arg|
        $arg =~ '^(?s:--|--(whoami|buckets|explain|list|status|help|version|json|show)|--(init|format)(=.*)?|-[hVf].*|-[qv]+[hVf].*)\z'
    }
    if ($args | is-empty) {
        if (__assume_env_can_pick) { __assume_env_switch [] --pick } else { ^assume-env --status }
    } else if $first == '-' {
        __assume_env_switch [...(__assume_env_back) ...($args | skip 1)]
    } else if $first == '--renew' {
        __assume_env_switch [--fresh ...($args | skip 1)]
    } else if $first == '--forget' {
        $env.__assume_env.base = ''
    } else if $as_it_is {
        ^assume-env ...$args
    } else {
        __assume_env_switch $args
    }
}

# --- prompt: the role and the time left, before the first line of the user's own ---

# What is shown and how urgent it is, nothing without a session.
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

# The user's own prompt, a closure or a text; without one nu shows the folder.
const __assume_env_mark = '__assume_env_users_prompt'
let __assume_env_users_prompt = $env.PROMPT_COMMAND? | default { {|| $env.PWD } }
if ($__assume_env_users_prompt | describe) != 'closure' or (view source $__assume_env_users_prompt) !~ $__assume_env_mark {
    $env.PROMPT_COMMAND = {||
        let own = if ($__assume_env_users_prompt | describe) == 'closure' { do $__assume_env_users_prompt } else { $__assume_env_users_prompt }
        $"(__assume_env_prompt)($own)"
    }
}

# --- expiry: one line when a command is about to run behind the end of the keys ---

def --env __assume_env_expiry [command: string] {
    let key_id = __assume_env_value ASSUME_ENV_KEY_ID
    # Who renews knows.
    if not (__assume_env_held) or $env.__assume_env.told == $key_id or $command =~ '^assume|assume-env' { return }
    let left = __assume_env_rest
    if $left == null or $left > 0 { return }
    $env.__assume_env.told = $key_id
    print --stderr $"assume-env: the keys of (__assume_env_clean (__assume_env_value ASSUME_ENV_PROFILE)) have expired; to renew them, type ($env.__assume_env.renew)"
}

let __assume_env_hooks = $env.config.hooks.pre_execution? | default []
if ($__assume_env_hooks | all {|hook| ($hook | describe) != 'closure' or (view source $hook) !~ __assume_env_expiry }) {
    $env.config.hooks.pre_execution = ($__assume_env_hooks | append {|| __assume_env_expiry (commandline) })
}

# --- completion: profiles, flags and their values; behind --, what nu itself knows ---

const __assume_env_flags = [@flags@]
const __assume_env_regions = [@regions@]

# The fields of each flag: its name, its letter, the values that it takes, and what it does.
def __assume_env_table [] {
    $__assume_env_flags | each {|entry|
        let field = $entry | split row --number 4 ':'
        {name: $field.0 letter: $field.1 values: $field.2 brief: $field.3}
    }
}

# The values that a flag still waits for: those of the next word.
def __assume_env_value_of [word: string] {
    let letter = if $word =~ '^-[^-]' { $word | str substring (-1).. } else { '' }
    __assume_env_table | where {|flag| $flag.name == $word or ($letter != '' and $flag.letter == $letter) } | get -o 0.values | default ''
}

# A word of nu that is this name.
def __assume_env_word [name: string] {
    if $name =~ '^[A-Za-z][A-Za-z0-9_./:-]*\z' { $name } else { $name | to json --raw }
}

def __assume_env_complete [typed: list<string>] {
    let last = $typed | last
    mut wanted = ''
    mut role = false
    for word in ($typed | skip 1 | drop 1) {
        if $wanted != '' {
            $wanted = ''
        } else if $word =~ '^-.' {
            $wanted = __assume_env_value_of $word
        } else {
            $role = true
        }
    }
    if $wanted == '' and ($last | str starts-with '-') {
        let flags = __assume_env_table | each {|flag| {value: $flag.name description: $flag.brief} }
        let more = if $typed.0 == 'assume-env' { [] } else {
            [[value description]; [--renew 'the held role once more'] [--forget 'drop the base session']]
        }
        return ($flags | append $more | where {|flag| $flag.value | str starts-with $last })
    }
    if $wanted == '' and not $role { $wanted = '@profile' }
    let values = match $wanted {
        '@profile' => (__assume_env_names)
        '@region' => $__assume_env_regions
        '@text' | '' => []
        _ => ($wanted | split row ',')
    }
    # What is typed may have begun with a quote.
    let begun = $last | str trim --left --char '"' | str trim --left --char "'"
    $values | where {|value| $value | str starts-with $begun } | each {|value| __assume_env_word $value }
}

# The completer of the user sees every other command, and the one behind --.
let __assume_env_users_completer = $env.config.completions.external.completer?
if $__assume_env_users_completer == null or (view source $__assume_env_users_completer) !~ __assume_env_users_completer {
    $env.config.completions.external.completer = {|spans|
        let ours = $spans.0 in [assume assume-env]
        let dashes = $spans | enumerate | where item == '--' | get -o 0.index
        if $ours and ($dashes == null or $dashes == ($spans | length) - 1) {
            __assume_env_complete $spans
        } else if $__assume_env_users_completer != null {
            do $__assume_env_users_completer (if $ours { $spans | skip ($dashes + 1) } else { $spans })
        }
    }
}
