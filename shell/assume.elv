# assume-env hook for elvish 0.19 and later. In ~/.config/elvish/rc.elv: eval (assume-env --init elvish | slurp)

use re
use str

var __assume_env_previous = ['' '' '']

# The base session, which one MFA code has made: no program inherits a variable of elvish. What another shell had exported, by
# hand, says nothing about this one.
var __assume_env_base = ''
unset-env ASSUME_ENV_BASE

# The names that follow the role.
var __assume_env_also = []

fn __assume_env_value {|name|
    if (has-env $name) { get-env $name } else { put '' }
}

# The labels belong to the keys beside them, or there is no session.
fn __assume_env_held {
    var id = (__assume_env_value ASSUME_ENV_KEY_ID)
    and (not-eq $id '') (eq $id (__assume_env_value AWS_ACCESS_KEY_ID))
}

# A name as it may be shown.
fn __assume_env_clean {|name|
    set name = (re:replace '[^A-Za-z0-9_.,+=@:/-]' '?' $name)
    if (> (count $name) 40) {
        set name = $name[..37]...
    }
    put $name
}

# --- function: evaluates in this shell; a failure is an exception, as that of any program ---

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

# ASSUME_ENV_ALSO_SET: names that get the role too, and lose it with the session. A value that is not ours stays.
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
            echo "assume-env: ASSUME_ENV_ALSO_SET has a name that cannot be set\n  a name has capitals, digits and an underscore, as AWSUME_PROFILE, and is not one that AWS or a shell reads" >&2
        } elif (and (not (has-value ['' $before] $value)) (not (has-value $__assume_env_also $name))) {
            echo 'assume-env: '$name' is set already, so it stays' >&2
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

# Runs the program with the base session in its environment, and in that of nothing else: sh reads it from a pipe, which stands
# where standard input was, and becomes the program.
fn __assume_env_hand_over {|@args|
    {
        echo $__assume_env_base |
            (external sh) -c 'IFS= read -r ASSUME_ENV_BASE; export ASSUME_ENV_BASE; exec assume-env "$@" <&3 3<&-' sh $@args
    } 3<&0
}

# Evaluates what the program prints, and remembers what was held before.
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
        fail 'assume-env printed no text for elvish'
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

# The role that fzf picks on the terminal; without fzf or a terminal, the status.
fn __assume_env_pick {
    if (or (not (has-external fzf)) (not ?((external test) -t 0 -a -t 2))) {
        (external assume-env) --status
        return
    }
    # fzf quotes the name for sh. Another shell would read that otherwise, and run what a name says.
    var picked = (
        { try { (external assume-env) --list 2>/dev/null } catch { nop } } | (external env) SHELL=/bin/sh fzf --no-multi --prompt='role> ' --preview-window=wrap --preview='assume-env --explain {}' | slurp
    )
    __assume_env_switch (str:trim-right $picked "\n")
}

# The role before this one, from its own source.
fn __assume_env_back {|@args|
    var role source narrowed = $@__assume_env_previous
    if (or (eq $role '') (str:has-prefix $role -)) {
        fail 'this shell held no other role before: name one with assume ROLE'
    }
    var name = (__assume_env_clean $role)
    var flags = []
    if (eq $narrowed read-only) {
        set flags = [--read-only]
    } elif (not-eq $narrowed '') {
        fail 'the session of '$name' was narrowed or tagged, and how is not kept: name it again with its flags, assume '$name' ...'
    }
    if (re:match '^(arn:|[0-9]{12}:)' $role) {
        if (eq $source '') {
            fail $name' came from a session or keys that are gone: name its source, assume --source-profile NAME '$name
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
        # What prints no text for a shell runs as it is: a profile's name must never come near eval.
        if (re:match '^(?s:--|--(whoami|buckets|explain|list|status|help|version|json|show)|--(init|format)(=.*)?|-[hVf].*|-[qv]+[hVf].*)$' $arg) {
            (external assume-env) $@args
            return
        }
    }
    __assume_env_switch $@args
}

edit:add-var assume~ $assume~

# --- prompt: the role, before the first line of the user's own; elvish cannot tell the time without a process ---

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

# Whether the prompt is ours already, as when a start-up file is read again. A prompt of elvish's own has no text.
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

# --- expiry: left out, because elvish cannot tell the time without a process ---

# --- completion: profiles, flags and their values; behind --, that of the command ---

var __assume_env_flags = [@flags@]
var __assume_env_regions = [@regions@]

fn __assume_env_names {
    try {
        (external assume-env) --list 2>/dev/null | from-lines
    } catch {
        nop
    }
}

# The values that a flag still waits for: those of the next word.
fn __assume_env_value_of {|word|
    for entry $__assume_env_flags {
        var name letter values brief = (str:split &max=4 : $entry)
        # Of letters that stand together the last one may wait.
        if (or (eq $name $word) (and (not-eq $letter '') (re:match '^-[^-]*'$letter'$' $word))) {
            put $values
            return
        }
    }
    put ''
}

# The values of one kind, each behind the text that stands before it.
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
            edit:complex-candidate --renew &display='--renew (the held role once more)'
            edit:complex-candidate --forget &display='--forget (drop the base session)'
        }
    } elif (not $role) {
        __assume_env_values @profile ''
    }
}

for __assume_env_name [assume assume-env] {
    set edit:completion:arg-completer[$__assume_env_name] = $__assume_env_complete~
}
