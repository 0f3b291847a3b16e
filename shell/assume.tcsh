# assume-env hook for tcsh. Write it into a file: assume-env --init tcsh > ~/.assume-env.tcsh
# In ~/.tcshrc: source ~/.assume-env.tcsh
#
# tcsh has no functions: variables hold texts of several lines, and aliases evaluate them. tcsh drops empty
# words, and reads a command between "` and `" twice: so labels begin with _, and such a command is an alias.
# sh does the work that tcsh cannot do, such as replacing a character of a name; never for a prompt that is
# equal to the prompt before.

set __assume_env_calls = 0
# The MFA session is a variable of the shell, which no program inherits. A value that another shell exported
# by hand does not belong to this shell.
unsetenv ASSUME_ENV_BASE

# The labels, each after a _. If they do not belong to the keys in the environment there is no session, and
# both are _.
set __assume_env_look = '\
set __assume_env_labels = ( _ _ )\
set __assume_env_ids = ( _ _ )\
if ( $?ASSUME_ENV_KEY_ID ) then\
set __assume_env_ids[1] = _$ASSUME_ENV_KEY_ID:q\
endif\
if ( $?AWS_ACCESS_KEY_ID ) then\
set __assume_env_ids[2] = _$AWS_ACCESS_KEY_ID:q\
endif\
if ( $__assume_env_ids[1]:q == $__assume_env_ids[2]:q && ( $__assume_env_ids[1]:q != _ || $?ASSUME_ENV_HELPER ) ) then\
set __assume_env_labels[1] = "_?"\
if ( $?ASSUME_ENV_PROFILE ) then\
if ( _$ASSUME_ENV_PROFILE:q != _ ) set __assume_env_labels[1] = _$ASSUME_ENV_PROFILE:q\
endif\
if ( $?ASSUME_ENV_NARROWED ) then\
set __assume_env_labels[2] = _$ASSUME_ENV_NARROWED:q\
endif\
endif'

# A label without its _ and without special characters, so that it can be shown.
set __assume_env_clean = 'printf %s "${1#_}" | LC_ALL=C tr -c "A-Za-z0-9_.,+=@:/ -" "?" | sed "s/^\(.\{37\}\).\{4,\}/\1.../"'

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

# The MFA session goes through a pipe. echo is a builtin, so no process has it among its words.
alias __assume_env_ask '\assume-env --hook=1:tcsh:assume:${__assume_env_id}:k $__assume_env_args:q'
alias __assume_env_ask_with_base 'echo -n $ASSUME_ENV_BASE:q | \assume-env --hook=1:tcsh:assume:${__assume_env_id}:kb $__assume_env_args:q'

# Hands the words to the program unread, and evaluates its answer if it is whole. `set echo` and `set verbose`
# would print the keys.
set __assume_env_function = '\
set __assume_env_traced = ( $?echo $?verbose )\
unset echo verbose\
@ __assume_env_calls++\
set __assume_env_id = $$.$__assume_env_calls\
set __assume_env_mark =\
if ( $?ASSUME_ENV_BASE ) then\
set __assume_env_answer = "`__assume_env_ask_with_base`"\
set __assume_env_code = $status\
else\
set __assume_env_answer = "`__assume_env_ask`"\
set __assume_env_code = $status\
endif\
set __assume_env_status = $__assume_env_code\
if ( $__assume_env_code == 0 && $__assume_env_answer:q =~ set\ __assume_env_mark=begin.${__assume_env_id}\;*set\ __assume_env_mark=${__assume_env_id}\; ) then\
eval $__assume_env_answer:q\
else if ( $__assume_env_code != 0 && $__assume_env_answer:q =~ *failed\ $__assume_env_id ) then\
set __assume_env_mark = $__assume_env_id\
endif\
unset __assume_env_answer __assume_env_args\
if ( $__assume_env_mark != $__assume_env_id ) then\
sh -c "echo assume-env: @message.no-answer@ >&2"\
if ( $__assume_env_status == 0 ) set __assume_env_status = 1\
endif\
if ( $__assume_env_traced[1] ) set echo\
if ( $__assume_env_traced[2] ) set verbose\
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
if ( $__assume_env_seen[2]:q != _ ) set __assume_env_mark = "*"\
if ( $__assume_env_seen[2]:q == _read-only ) set __assume_env_mark = " ro"\
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
    set __assume_env_seen = ( _ _ )
    alias __assume_env_precmd 'eval "$__assume_env_render:q"'
    alias __assume_env_users_precmd "`alias precmd`"
    alias precmd '__assume_env_users_precmd; __assume_env_precmd'
endif

# --- expiry: left out, because tcsh would need a process to tell the time ---

# --- completion: the program says what fits, from COMMAND_LINE; tcsh quotes what it inserts ---

set __assume_env_fits = 'exec assume-env --complete tcsh 2>/dev/null'
complete assume n/--/c/ 'p/*/`sh -c $__assume_env_fits:q`/'
complete assume-env n/--/c/ 'p/*/`sh -c $__assume_env_fits:q`/'
