# assume-env hook for nushell 0.108 and later. Write it into a file:
#     assume-env --init nu | save -f ~/.config/nushell/assume.nu
# In ~/.config/nushell/config.nu: source ~/.config/nushell/assume.nu

# A record, which no program inherits: the keys whose expiry was reported, the MFA session, the number of calls.
if ($env.__assume_env? | describe) !~ '^record' {
    $env.__assume_env = {reported: '' base: '' calls: 0}
}
$env.__assume_env.renew = '@renew@'
# A value that another shell exported by hand does not belong to this shell.
hide-env -i ASSUME_ENV_BASE

def __assume_env_value [name: string] {
    $env | get -o $name | default '' | into string
}

# --- function: changes the variables of this shell; a failure is an error, as that of every program ---

# @message.about-function@
# Hands the words to the program unread, and makes the changes of its answer, which is a whole document or
# none. The MFA session goes through a pipe.
@complete external
def --env --wrapped assume [...args: string] {
    $env.__assume_env.calls += 1
    let id = $"($nu.pid).($env.__assume_env.calls)"
    let base = $env.__assume_env.base
    let text = if $base == '' {
        ^assume-env $"--hook=1:nu:assume:($id):k" ...$args
    } else {
        $base | ^assume-env $"--hook=1:nu:assume:($id):kb" ...$args
    }
    let answer = try { $text | from json } catch { null }
    if ($answer | describe) !~ '^record' or ($answer | get -o __assume_env_mark) != $id {
        error make -u {msg: 'assume-env: @message.no-answer@'}
    }
    if __assume_env_pass_on in $answer {
        ^assume-env $answer.__assume_env_pass_on ...$args
        return
    }
    if ASSUME_ENV_BASE in $answer { $env.__assume_env.base = ($answer.ASSUME_ENV_BASE | default [''] | first) }
    let changes = $answer | reject -o ASSUME_ENV_BASE __assume_env_mark | transpose name value
    for change in $changes {
        if $change.value == null { hide-env -i $change.name }
    }
    load-env ($changes | where value != null | reduce -f {} {|change all| $all | insert $change.name $change.value })
}

# --- prompt: the role and the time left, before the user's own prompt ---

def __assume_env_prompt [] {
    let it = __assume_env_look
    if $it.shown == '' { return '' }
    if $it.color == '' or (__assume_env_value NO_COLOR) != '' or (__assume_env_value TERM) in ['' 'dumb'] { return $"[($it.shown)] " }
    $"(ansi $it.color)[($it.shown)](ansi reset) "
}

# At every prompt, because another tool can set the prompt later. The user's own prompt is a closure or a text;
# without one, nu shows the folder.
def --env __assume_env_put [] {
    let users = $env.PROMPT_COMMAND? | default { {|| $env.PWD } }
    let is_closure = ($users | describe) == 'closure'
    if $is_closure and (view source $users) =~ __assume_env_prompt { return }
    $env.PROMPT_COMMAND = {|| $"(__assume_env_prompt)(if $is_closure { do $users } else { $users })" }
}
__assume_env_put
let __assume_env_hooks = $env.config.hooks.pre_prompt? | default []
if ($__assume_env_hooks | all {|hook| ($hook | describe) != 'closure' or (view source $hook) !~ __assume_env_put }) {
    $env.config.hooks.pre_prompt = ($__assume_env_hooks | append {|| __assume_env_put })
}

# --- expiry: one line before the first command after the keys have expired ---

# The text of the prompt and its colour, both empty without a session, and the name if the keys have expired.
def __assume_env_look [] {
    let key_id = __assume_env_value ASSUME_ENV_KEY_ID
    if $key_id + (__assume_env_value ASSUME_ENV_HELPER) == '' or $key_id != (__assume_env_value AWS_ACCESS_KEY_ID) { return {shown: '' color: '' expired: ''} }
    let profile = __assume_env_value ASSUME_ENV_PROFILE | default -e '?' | str replace --all --regex '[^A-Za-z0-9_.,+=@:/ -]' '?'
    let name = if ($profile | str length) > 40 { $"($profile | str substring 0..36)..." } else { $profile }
    let shown = match (__assume_env_value ASSUME_ENV_NARROWED) { '' => $name, 'read-only' => $"($name) ro", _ => $"($name)*" }
    let expires = __assume_env_value ASSUME_ENV_EXPIRES
    if $expires !~ '^[1-9][0-9]{0,11}\z' { return {shown: $shown color: '' expired: ''} }
    let left = ($expires | into int) - (date now | format date '%s' | into int)
    if $left <= 0 { return {shown: $"($shown) expired" color: red expired: $name} }
    let minutes = $left // 60
    let time = if $minutes == 0 { '<1m' } else if $minutes < 60 { $"($minutes)m" } else {
        $"($minutes // 60)h($minutes mod 60 | fill --alignment right --character '0' --width 2)m"
    }
    {shown: $"($shown) ($time)" color: (if $left < 600 { 'yellow' } else { '' }) expired: ''}
}

def --env __assume_env_expiry [command: string] {
    let name = (__assume_env_look).expired
    let key_id = __assume_env_value ASSUME_ENV_KEY_ID
    # A command that renews the keys needs no such line.
    if $name == '' or $env.__assume_env.reported? == $key_id or $command =~ '^assume|assume-env' { return }
    $env.__assume_env.reported = $key_id
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
