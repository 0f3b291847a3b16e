# assume-env hook for elvish 0.19 and later. In ~/.config/elvish/rc.elv:
#     eval (assume-env --init elvish | slurp)

use re
use str

var __assume_env_previous = ['' '' '']

# The MFA session: no program inherits a variable of elvish. A value that another shell exported by hand does
# not belong to this shell.
var __assume_env_base = ''
unset-env ASSUME_ENV_BASE

# The variables of ASSUME_ENV_ALSO_SET that this hook has set.
var __assume_env_also = []

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
    set name = (re:replace '[^A-Za-z0-9_.,+=@:/-]' '?' $name)
    if (> (count $name) 40) {
        set name = $name[..37]...
    }
    put $name
}

# --- function: changes the variables of this shell; a failure is an exception, as that of every program ---

fn __assume_env_labels {
    if (__assume_env_held) {
        put [(each $__assume_env_value~ [ASSUME_ENV_PROFILE ASSUME_ENV_SOURCE ASSUME_ENV_NARROWED])]
    } else {
        put ['' '' '']
    }
}

fn __assume_env_may_follow {|name|
    or (has-value [AWS_VAULT AWS_SSO_PROFILE] $name) (and (re:match '^[A-Z][A-Z0-9]*_[A-Z0-9_]*$' $name) (
        not (re:match '^(AWS|ASSUME_ENV|BASH|COMP|DYLD|ELVISH|FISH|HIST|LC|LD|PROMPT|ZSH)_|_(PATH|COMMAND)$' $name)))
}

# ASSUME_ENV_ALSO_SET: variables that have the name of the role too, until the session ends. A variable with a
# value of the user's own keeps it.
fn __assume_env_follow {|before|
    set before = (__assume_env_clean $before)
    var role = ''
    if (__assume_env_held) {
        set role = (__assume_env_clean (__assume_env_value ASSUME_ENV_PROFILE))
    }
    re:find '\S+' (__assume_env_value ASSUME_ENV_ALSO_SET) | each {|found|
        var name = $found[text]
        var value = (__assume_env_value $name)
        if (not (__assume_env_may_follow $name)) {
            echo "assume-env: @message.also-set-name@\n  @message.also-set-name.hint@" >&2
        } elif (and (not (has-value ['' $before] $value)) (not (has-value $__assume_env_also $name))) {
            echo 'assume-env: @message.also-set-taken '$name'@' >&2
        } elif (eq $role '') {
            unset-env $name
        } else {
            set-env $name $role
            if (not (has-value $__assume_env_also $name)) {
                set __assume_env_also = [$@__assume_env_also $name]
            }
        }
    }
    if (eq $role '') {
        set __assume_env_also = []
    }
}

# Runs the program with the MFA session in its environment, and in that of no other process: sh reads it from
# a pipe in place of standard input, and becomes the program.
fn __assume_env_hand_over {|@args|
    {
        echo $__assume_env_base |
            (external sh) -c 'IFS= read -r ASSUME_ENV_BASE; export ASSUME_ENV_BASE; exec assume-env "$@" <&3 3<&-' sh $@args
    } 3<&0
}

# Evaluates the text that the program prints, and keeps the labels of the session before.
fn __assume_env_switch {|@args|
    var before = (__assume_env_labels)
    var text = (
        if (has-value $args --clear) {
            (external assume-env) -f elvish $@args | slurp
        } elif (eq $__assume_env_base '') {
            (external assume-env) -f elvish --base-session $@args | slurp
        } else {
            __assume_env_hand_over -f elvish --base-session $@args | slurp
        }
    )
    if (not (and (str:has-prefix $text 'unset-env ') (str:has-suffix $text ";\n"))) {
        fail 'assume-env: @message.no-text elvish@'
    }
    eval $text &on-end={|names|
        if (has-key $names ASSUME_ENV_BASE) {
            set __assume_env_base = $names[ASSUME_ENV_BASE]
        }
    }
    set text = ''
    if (and (not-eq $before[0] '') (not-eq $before (__assume_env_labels))) {
        set __assume_env_previous = $before
    }
    __assume_env_follow $before[0]
}

# Switches to the role that the user picks with fzf; without fzf or a terminal, prints the status.
fn __assume_env_pick {
    if (or (not (has-external fzf)) (not ?((external test) -t 0 -a -t 2))) {
        (external assume-env) --status
        return
    }
    # fzf quotes the name for sh. Another shell could run a part of the name.
    var picked = (
        { try { (external assume-env) --list 2>/dev/null } catch { nop } } | (external env) SHELL=/bin/sh fzf --no-multi --prompt='role> ' --preview-window=wrap --preview='assume-env --explain {}' | slurp
    )
    __assume_env_switch (str:trim-right $picked "\n")
}

# Switches to the role before this one, with its own source.
fn __assume_env_back {|@args|
    var role source narrowed = $@__assume_env_previous
    if (or (eq $role '') (str:has-prefix $role -)) {
        fail '@message.no-previous-role@; @message.no-previous-role.hint@'
    }
    var name = (__assume_env_clean $role)
    var flags = []
    if (eq $narrowed read-only) {
        set flags = [--read-only]
    } elif (not-eq $narrowed '') {
        fail '@message.restricted '$name'@; @message.restricted.hint '$name'@'
    }
    if (re:match '^(arn:|[0-9]{12}:)' $role) {
        if (eq $source '') {
            fail '@message.source-gone '$name'@; @message.source-gone.hint '$name'@'
        }
        set flags = [$@flags --source-profile=$source]
    }
    __assume_env_switch $role $@flags $@args
}

fn assume {|@args|
    if (eq $args []) {
        __assume_env_pick
        return
    } elif (eq $args[0] -) {
        __assume_env_back (all $args[1..])
        return
    } elif (eq $args[0] --renew) {
        __assume_env_switch --fresh (all $args[1..])
        return
    } elif (eq $args[0] --forget) {
        set __assume_env_base = ''
        return
    }
    for arg $args {
        # With these arguments the program prints no text for a shell, so the line runs unchanged: eval must
        # never get the name of a profile.
        if (re:match '^(?s:@unevaluated.regex@)$' $arg) {
            (external assume-env) $@args
            return
        }
    }
    __assume_env_switch $@args
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

if (not (__assume_env_is_ours)) {
    var __assume_env_users_prompt~ = $edit:prompt
    set edit:prompt = { __assume_env_prompt; __assume_env_users_prompt }
}

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
