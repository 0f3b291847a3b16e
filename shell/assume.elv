# assume-env hook for elvish 0.19 and later. In ~/.config/elvish/rc.elv:
#     eval (assume-env --init elvish | slurp)

use re
use str

# The MFA session: no program inherits a variable of elvish. A value that another shell exported by hand does
# not belong to this shell.
var __assume_env_base = ''
unset-env ASSUME_ENV_BASE

var __assume_env_calls = 0

fn __assume_env_value {|name|
    if (has-env $name) { get-env $name } else { put '' }
}

# --- function: changes the variables of this shell; a failure is an exception, as that of every program ---

# Hands the words to the program unread. The MFA session goes through a pipe, and the standard input to
# descriptor 3.
fn __assume_env_ask {|id @args|
    if (eq $__assume_env_base '') {
        (external assume-env) --hook=1:elvish:assume:$id':k' $@args
    } else {
        { print $__assume_env_base | (external assume-env) --hook=1:elvish:assume:$id':kb' $@args } 3<&0
    }
}

# Evaluates the answer of the program if it is whole. An exception that the last line throws has the shortest
# traceback that elvish can show.
fn assume {|@args|
    set __assume_env_calls = (+ $__assume_env_calls 1)
    var id = $pid'.'$__assume_env_calls
    try {
        var text = (__assume_env_ask $id $@args | slurp)
        if (not (and (str:has-prefix $text 'var __assume_env_mark = begin.'$id';') (str:has-suffix $text ' set __assume_env_mark = '$id';'))) {
            fail 'assume-env: @message.no-answer@'
        }
        eval $text &ns=(ns [&args=$args]) &on-end={|names|
            if (has-key $names ASSUME_ENV_BASE) { set __assume_env_base = $names[ASSUME_ENV_BASE] }
        }
    } catch e { fail $e[reason] }
}

edit:add-var assume~ $assume~

# --- prompt: the role, before the user's own prompt; elvish would need a process to tell the time ---

fn __assume_env_prompt {
    var id = (__assume_env_value ASSUME_ENV_KEY_ID)
    if (or (eq $id(__assume_env_value ASSUME_ENV_HELPER) '') (not-eq $id (__assume_env_value AWS_ACCESS_KEY_ID))) { return }
    var name = (re:replace '[^A-Za-z0-9_.,+=@:/ -]' '?' (__assume_env_value ASSUME_ENV_PROFILE))
    if (eq $name '') { set name = '?' }
    if (> (count $name) 40) { set name = $name[..37]... }
    var narrowed = (__assume_env_value ASSUME_ENV_NARROWED)
    if (eq $narrowed read-only) { set name = $name' ro' } elif (not-eq $narrowed '') { set name = $name'*' }
    put '['$name'] '
}

# At every prompt, because another tool can set the prompt later. The default prompt of elvish has no body.
fn __assume_env_put {
    var is-ours = $false
    try { set is-ours = (str:contains $edit:prompt[body] __assume_env_users_prompt) } catch { }
    if (not $is-ours) {
        var __assume_env_users_prompt~ = $edit:prompt
        set edit:prompt = { __assume_env_prompt; __assume_env_users_prompt }
    }
}
__assume_env_put
set edit:before-readline = [$@edit:before-readline $__assume_env_put~]

# --- expiry: left out, because elvish would need a process to tell the time ---

# --- completion: the program says what fits; after --, the completion of the command ---

fn __assume_env_complete {|@words|
    var at = 0
    for word $words[..-1] {
        if (eq $word --) {
            edit:complete-sudo (all $words[$at..])
            return
        }
        set at = (+ $at 1)
    }
    try {
        (external assume-env) --complete elvish $@words 2>/dev/null | from-lines | each {|line|
            var word about = (str:split &max=2 "\t" $line)
            edit:complex-candidate $word &display=(str:trim-right $word'  '$about ' ')
        }
    } catch {
        nop
    }
}

for __assume_env_name [assume assume-env] {
    set edit:completion:arg-completer[$__assume_env_name] = $__assume_env_complete~
}
