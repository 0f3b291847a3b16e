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

# Whether this shell holds a session: the labels must belong to the keys in the environment.
fn __assume_env_held {
    var id = (__assume_env_value ASSUME_ENV_KEY_ID)
    and (not-eq $id '') (eq $id (__assume_env_value AWS_ACCESS_KEY_ID))
}

# A name without special characters, so that it can be shown.
fn __assume_env_clean {|name|
    set name = (re:replace '[^A-Za-z0-9_.,+=@:/ -]' '?' $name)
    if (> (count $name) 40) {
        set name = $name[..37]...
    }
    put $name
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

# Evaluates the answer of the program if it is whole.
fn assume {|@args|
    set __assume_env_calls = (+ $__assume_env_calls 1)
    var id = $pid'.'$__assume_env_calls
    var text = (__assume_env_ask $id $@args | slurp)
    var whole = (and (str:has-prefix $text 'var __assume_env_mark = begin.'$id';') (str:has-suffix $text ' set __assume_env_mark = '$id';'))
    if (not $whole) {
        fail 'assume-env: @message.no-answer@'
    }
    eval $text &ns=(ns [&args=$args]) &on-end={|names|
        if (has-key $names ASSUME_ENV_BASE) {
            set __assume_env_base = $names[ASSUME_ENV_BASE]
        }
    }
}

edit:add-var assume~ $assume~

# --- prompt: the role, before the user's own prompt; elvish would need a process to tell the time ---

fn __assume_env_prompt {
    if (not (__assume_env_held)) {
        return
    }
    var narrowed = (__assume_env_value ASSUME_ENV_NARROWED)
    var mark = ''
    if (eq $narrowed read-only) {
        set mark = ' ro'
    } elif (not-eq $narrowed '') {
        set mark = '*'
    }
    var name = (__assume_env_clean (__assume_env_value ASSUME_ENV_PROFILE))
    if (eq $name '') {
        set name = '?'
    }
    put '['$name$mark'] '
}

# Whether the prompt already has the role, as when a start-up file is read again. The default prompt of elvish
# has no body.
fn __assume_env_is_ours {
    try {
        str:contains $edit:prompt[body] __assume_env_users_prompt
    } catch {
        put $false
    }
}

# At every prompt, because another tool can set the prompt later.
fn __assume_env_put {
    if (not (__assume_env_is_ours)) {
        var __assume_env_users_prompt~ = $edit:prompt
        set edit:prompt = { __assume_env_prompt; __assume_env_users_prompt }
    }
}
__assume_env_put
set edit:before-readline = [$@edit:before-readline $__assume_env_put~]

# --- expiry: left out, because elvish would need a process to tell the time ---

# --- completion: profiles, flags and their values; after --, the completion of the command ---

var __assume_env_flags = [@flags@]
var __assume_env_regions = [@regions@]

fn __assume_env_names {
    try {
        (external assume-env) --list 2>/dev/null | from-lines
    } catch {
        nop
    }
}

# The values that the word after a flag can have.
fn __assume_env_value_of {|word|
    for entry $__assume_env_flags {
        var name letter values brief = (str:split &max=4 : $entry)
        # Of several letters in one word, the last one can need a value.
        if (or (eq $name $word) (and (not-eq $letter '') (re:match '^-[^-]*'$letter'$' $word))) {
            put $values
            return
        }
    }
    put ''
}

# The values of one kind, each with the text before it.
fn __assume_env_values {|kind before|
    if (eq $kind @profile) {
        __assume_env_names | each {|name| put $before$name }
    } elif (eq $kind @region) {
        each {|name| put $before$name } $__assume_env_regions
    } elif (and (not-eq $kind '') (not-eq $kind @text)) {
        str:split , $kind | each {|name| put $before$name }
    }
}

fn __assume_env_complete {|@words|
    var last = $words[-1]
    var wanted = ''
    var role = $false
    var at = 0
    for word $words[1..-1] {
        set at = (+ $at 1)
        if (eq $word --) {
            edit:complete-sudo (all $words[$at..])
            return
        } elif (not-eq $wanted '') {
            set wanted = ''
        } elif (re:match '^-.' $word) {
            set wanted = (__assume_env_value_of $word)
        } else {
            set role = $true
        }
    }
    if (not-eq $wanted '') {
        __assume_env_values $wanted ''
    } elif (re:match '^--[a-z-]+=' $last) {
        var flag = (str:split &max=2 = $last | take 1)
        __assume_env_values (__assume_env_value_of $flag) $flag=
    } elif (str:has-prefix $last -) {
        for entry $__assume_env_flags {
            var name letter values brief = (str:split &max=4 : $entry)
            edit:complex-candidate $name &display=$name' ('$brief')'
        }
        if (not-eq $words[0] assume-env) {
            edit:complex-candidate --renew &display='--renew (@message.about-renew@)'
            edit:complex-candidate --forget &display='--forget (@message.about-forget@)'
        }
    } elif (not $role) {
        __assume_env_values @profile ''
    }
}

for __assume_env_name [assume assume-env] {
    set edit:completion:arg-completer[$__assume_env_name] = $__assume_env_complete~
}
