# assume-env hook for tcsh. Write it into a file: assume-env --init tcsh > ~/.assume-env.tcsh
# In ~/.tcshrc: source ~/.assume-env.tcsh
#
# tcsh has no functions: variables hold texts of several lines, and aliases evaluate them. tcsh drops empty
# words, and reads a command between "` and `" twice: so labels begin with _, and such a command is an alias.
# sh does the work that tcsh cannot do, such as replacing a character of a name; never for a prompt that is
# equal to the prompt before.

if ( ! $?__assume_env_previous ) set __assume_env_previous = ( _ _ _ )
if ( ! $?__assume_env_also ) set __assume_env_also = ( )
# The MFA session is a variable of the shell, which no program inherits. A value that another shell exported
# by hand does not belong to this shell.
unsetenv ASSUME_ENV_BASE

# The labels, each after a _. If they do not belong to the keys in the environment there is no session, and
# all three are _.
set __assume_env_look = '\
set __assume_env_labels = ( _ _ _ )\
set __assume_env_ids = ( _ _ )\
if ( $?ASSUME_ENV_KEY_ID ) then\
set __assume_env_ids[1] = _$ASSUME_ENV_KEY_ID:q\
endif\
if ( $?AWS_ACCESS_KEY_ID ) then\
set __assume_env_ids[2] = _$AWS_ACCESS_KEY_ID:q\
endif\
if ( $__assume_env_ids[1]:q == $__assume_env_ids[2]:q && $__assume_env_ids[1]:q != _ ) then\
set __assume_env_labels[1] = "_?"\
if ( $?ASSUME_ENV_PROFILE ) then\
if ( _$ASSUME_ENV_PROFILE:q != _ ) set __assume_env_labels[1] = _$ASSUME_ENV_PROFILE:q\
endif\
if ( $?ASSUME_ENV_SOURCE ) then\
set __assume_env_labels[2] = _$ASSUME_ENV_SOURCE:q\
endif\
if ( $?ASSUME_ENV_NARROWED ) then\
set __assume_env_labels[3] = _$ASSUME_ENV_NARROWED:q\
endif\
endif'

# A label without its _ and without special characters, so that it can be shown.
set __assume_env_clean = 'printf %s "${1#_}" | LC_ALL=C tr -c A-Za-z0-9_.,+=@:/- "?" | sed "s/^\(.\{37\}\).\{4,\}/\1.../"'

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

# Status 0: with these arguments the program prints no text for a shell, so the line runs unchanged: eval must
# never get the name of a profile. Status 2: with --clear the program gets no MFA session.
set __assume_env_unevaluated = 'for arg; do case $arg in --clear) exit 2 ;; esac; case $arg in @unevaluated.glob@) exit 0 ;; esac; done; exit 1'

# fzf quotes the name for sh. Another shell could run a part of the name.
set __assume_env_picks = 'assume-env --list 2>/dev/null | SHELL=/bin/sh fzf --no-multi "--prompt=role> " --preview-window=wrap "--preview=assume-env --explain {}"'

# The arguments that lead to the role before this one, one on each line.
set __assume_env_returns = '\
name=$(sh -c "$4" sh "$1") role=${1#_} source=${2#_} flag=\
say() { printf "assume-env: %s\n  %s\n" "$1" "$2" >&2; exit 1; }\
case $role in\
    "" | -*) say "@message.no-previous-role@" "@message.no-previous-role.hint@" ;;\
esac\
case ${3#_} in\
    "") ;;\
    read-only) flag=--read-only ;;\
    *) say "@message.restricted $name@" "@message.restricted.hint $name@" ;;\
esac\
case $role in\
    arn:* | [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]:*)\
        if [ -z "$source" ]; then say "@message.source-gone $name@" "@message.source-gone.hint $name@"; fi ;;\
    *) source= ;;\
esac\
printf "%s\n" "$role" ${flag:+"$flag"} ${source:+"--source-profile=$source"}'

# ASSUME_ENV_ALSO_SET: variables that have the name of the role too, until the session ends. A variable with a
# value of the user's own keeps it. Prints the commands for tcsh: names and roles have no character that is
# special between quotes.
set __assume_env_follows = '\
set -f\
before=$(sh -c "$3" sh "$1") role=$(sh -c "$3" sh "$2") also=" $4 "\
for name in $ASSUME_ENV_ALSO_SET; do\
    case $name in\
        AWS_VAULT | AWS_SSO_PROFILE) may=y ;;\
        AWS_* | ASSUME_ENV_* | BASH_* | COMP_* | DYLD_* | FISH_* | HIST_* | LC_* | LD_* | PROMPT_* | ZSH_* | *_PATH | *_COMMAND) may= ;;\
        *_*) may=$(LC_ALL=C expr "$name" : "\([A-Z][A-Z0-9_]*\)$") ;;\
        *) may= ;;\
    esac\
    if [ -z "$may" ]; then\
        printf "assume-env: %s\n  %s\n" "@message.also-set-name@" "@message.also-set-name.hint@" >&2\
        continue\
    fi\
    value=$(printenv "$name")\
    case $also in\
        *" $name "*) ;;\
        *)\
            if [ -n "$value" ] && [ "$value" != "$before" ]; then\
                echo "assume-env: @message.also-set-taken $name@" >&2\
                continue\
            fi ;;\
    esac\
    if [ -n "$role" ]; then\
        echo "setenv $name \"$role\";"\
        case $also in *" $name "*) ;; *) also="$also$name " ;; esac\
    else\
        echo "unsetenv $name;"\
    fi\
done\
if [ -z "$role" ]; then also=; fi\
echo "set __assume_env_also = ( $also )"'

alias __assume_env_follow 'sh -c $__assume_env_follows:q sh $__assume_env_before[1]:q $__assume_env_labels[1]:q $__assume_env_clean:q "$__assume_env_also"'
alias __assume_env_pick 'sh -c $__assume_env_picks:q'
alias __assume_env_back 'sh -c $__assume_env_returns:q sh $__assume_env_previous:q $__assume_env_clean:q'
alias __assume_env_text 'assume-env -f csh $__assume_env_flag $__assume_env_args:q'
# A command between backquotes has an environment of its own.
alias __assume_env_text_with_base 'setenv ASSUME_ENV_BASE $ASSUME_ENV_BASE:q; __assume_env_text'

set __assume_env_function = '\
eval "$__assume_env_look:q"\
set __assume_env_before = ( $__assume_env_labels:q )\
set __assume_env_do = switch\
set __assume_env_flag = --base-session\
set __assume_env_status = 0\
set __assume_env_first = pick\
if ( $#__assume_env_args ) then\
set __assume_env_first = _$__assume_env_args[1]:q\
endif\
switch ( $__assume_env_first:q )\
case pick:\
set __assume_env_do = status\
if ( { test -t 0 -a -t 2 } ) then\
if ( { sh -c "command -v fzf >/dev/null" } ) then\
set __assume_env_do = switch\
set __assume_env_args = "`__assume_env_pick`"\
set __assume_env_status = $status\
endif\
endif\
breaksw\
case _-:\
set __assume_env_more = ( $__assume_env_args[2-]:q )\
set __assume_env_args = "`__assume_env_back`"\
set __assume_env_status = $status\
set __assume_env_args = ( $__assume_env_args:q $__assume_env_more:q )\
breaksw\
case _--renew:\
set __assume_env_args[1] = --fresh\
breaksw\
case _--forget:\
set __assume_env_do = forget\
breaksw\
default:\
sh -c $__assume_env_unevaluated:q sh $__assume_env_args:q\
switch ( $status )\
case 0:\
set __assume_env_do = unchanged\
breaksw\
case 2:\
set __assume_env_flag =\
endsw\
endsw\
if ( $__assume_env_status == 0 ) then\
switch ( $__assume_env_do )\
case status:\
assume-env --status\
set __assume_env_status = $status\
breaksw\
case forget:\
unset ASSUME_ENV_BASE\
breaksw\
case unchanged:\
assume-env $__assume_env_args:q\
set __assume_env_status = $status\
breaksw\
default:\
set __assume_env_traced = ( $?echo $?verbose )\
unset echo verbose\
if ( $?ASSUME_ENV_BASE && $__assume_env_flag != "" ) then\
set __assume_env_answer = "`__assume_env_text_with_base`"\
set __assume_env_status = $status\
else\
set __assume_env_answer = "`__assume_env_text`"\
set __assume_env_status = $status\
endif\
if ( $__assume_env_status == 0 ) then\
if ( $__assume_env_answer:q =~ unsetenv\ *\; ) then\
eval $__assume_env_answer:q\
else\
sh -c "echo assume-env: @message.no-text tcsh@ >&2"\
set __assume_env_status = 1\
endif\
endif\
unset __assume_env_answer\
if ( $__assume_env_traced[1] ) set echo\
if ( $__assume_env_traced[2] ) set verbose\
eval "$__assume_env_look:q"\
if ( $__assume_env_before[1]:q != _ && $__assume_env_status == 0 ) then\
if ( "$__assume_env_before:q" != "$__assume_env_labels:q" ) set __assume_env_previous = ( $__assume_env_before:q )\
endif\
if ( $__assume_env_status == 0 && $?ASSUME_ENV_ALSO_SET ) then\
set __assume_env_answer = "`__assume_env_follow`"\
eval "$__assume_env_answer:q"\
unset __assume_env_answer\
endif\
endsw\
endif\
unset __assume_env_args __assume_env_more __assume_env_first __assume_env_flag\
( exit $__assume_env_status )'

alias assume 'set __assume_env_args = ( \!* ); eval "$__assume_env_function:q"'

# --- prompt: the role, before the user's own prompt; tcsh would need a process to tell the time ---

alias __assume_env_name 'sh -c $__assume_env_clean:q sh $__assume_env_seen[1]:q'

# The prompt contains the name of a variable, so that the name of a role is never a part of the prompt itself.
set __assume_env_render = '\
eval "$__assume_env_look:q"\
if ( "$__assume_env_seen:q" != "$__assume_env_labels:q" ) then\
set __assume_env_seen = ( $__assume_env_labels:q )\
set __assume_env_shown =\
if ( $__assume_env_seen[1]:q != _ ) then\
set __assume_env_mark =\
if ( $__assume_env_seen[3]:q != _ ) set __assume_env_mark = "*"\
if ( $__assume_env_seen[3]:q == _read-only ) set __assume_env_mark = " ro"\
set __assume_env_shown = "[`__assume_env_name`$__assume_env_mark] "\
endif\
endif\
if ( $?prompt ) then\
if ( $prompt:q =~ *__assume_env_shown* ) then\
else\
set prompt = "$__assume_env_begin"$prompt:q\
endif\
endif'

# After the precmd of the user, which can write the prompt again.
if ( ! $?__assume_env_begin ) then
    set __assume_env_begin = '%$__assume_env_shown%{%}'
    set __assume_env_shown = ''
    set __assume_env_seen = ( _ _ _ )
    alias __assume_env_precmd 'eval "$__assume_env_render:q"'
    alias __assume_env_users_precmd "`alias precmd`"
    alias precmd '__assume_env_users_precmd; __assume_env_precmd'
endif

# --- expiry: left out, because tcsh would need a process to tell the time ---

# --- completion: the program says what fits, from COMMAND_LINE; tcsh quotes what it inserts ---

set __assume_env_fits = 'exec assume-env --complete tcsh 2>/dev/null'
complete assume n/--/c/ 'p/*/`sh -c $__assume_env_fits:q`/'
complete assume-env n/--/c/ 'p/*/`sh -c $__assume_env_fits:q`/'
