# assume-env hook for xonsh 0.13 and later. In ~/.config/xonsh/rc.xsh: execx($(assume-env --init xonsh))
# It is plain Python, so that every Python can parse it; xonsh keeps its variables in XSH.env.

import os as __assume_env_os
import re as __assume_env_re
import signal as __assume_env_signal
import subprocess as __assume_env_subprocess
import sys as __assume_env_sys, time as __assume_env_time

from xonsh.built_ins import XSH as __assume_env_xsh
from xonsh.tools import uncapturable as __assume_env_uncapturable, unthreadable as __assume_env_unthreadable

# A start-up file that is read again finds the state of the first reading: the keys whose expiry was reported,
# the MFA session, the number of calls, and the handlers that exist. No program inherits a name of Python.
__assume_env_state = __assume_env_xsh.ctx.setdefault(
    "__assume_env_state", {"reported": "", "base": "", "calls": 0, "handlers": set()}
)
__assume_env_state["renew"] = "@renew@"

# A value that another shell exported by hand does not belong to this shell.
if "ASSUME_ENV_BASE" in __assume_env_xsh.env:
    del __assume_env_xsh.env["ASSUME_ENV_BASE"]

# Registers a handler of an event, only once even if this file is read again.
def __assume_env_on(event, handler):
    if handler.__name__ not in __assume_env_state["handlers"]:
        __assume_env_state["handlers"].add(handler.__name__)
        event(handler)

# --- function: changes the variables of this shell; its exit status is that of assume-env ---

# Hands the words to the program unread, and evaluates its answer if it is whole. On this thread and with the
# terminal, because the program can ask for an MFA code.
@__assume_env_uncapturable
@__assume_env_unthreadable
def __assume_env_function(args, stdin=None, stdout=None, stderr=None):
    state = __assume_env_state
    state["calls"] += 1
    mark = f"{__assume_env_os.getpid()}.{state['calls']}"
    # The MFA session goes through a pipe.
    base = state["base"]
    given = {"input": base.encode()} if base else {"stdin": __assume_env_stream(stdin)}
    flag = f"--hook=1:xonsh:assume:{mark}:k{'b' if base else ''}"
    pipe = __assume_env_subprocess.PIPE
    status, text = __assume_env_run([flag, *args], stderr, stdout=pipe, **given)
    begin, end = f"__assume_env_mark = 'begin.{mark}'\n", f"__assume_env_mark = '{mark}'\n"
    names = {}
    if status == 0 and text.startswith(begin) and text.endswith(end):
        __assume_env_xsh.builtins.execx(text, "exec", names)
        state["base"] = names.get("ASSUME_ENV_BASE", base)
    elif status != 0 and text.endswith(f"failed {mark}"):
        return status
    if names.get("__assume_env_mark") != mark:
        print("assume-env: @message.no-answer@", file=stderr or __assume_env_sys.stderr)
        return status or 1
    if "__assume_env_pass_on" not in names:
        return 0
    for stream in (__assume_env_sys.stdout, stdout):
        if stream is not None:
            stream.flush()
    words = [names["__assume_env_pass_on"], *args]
    out = __assume_env_stream(stdout)
    return __assume_env_run(words, stderr, stdin=__assume_env_stream(stdin), stdout=out)[0]

# The number of a stream, for a program; None for an object of xonsh that is no real stream.
def __assume_env_stream(stream):
    try:
        return stream.fileno()
    except (AttributeError, OSError, ValueError):
        return None

# Runs the program to its end, also after Ctrl-C, which the terminal sends to the program too: subprocess would
# kill it at once, before it can restore the echo of the terminal or clean up. Returns the status as a shell
# has it, and the output.
def __assume_env_run(words, stderr, **more):
    env = __assume_env_xsh.env.detype()
    before = __assume_env_signal.signal(__assume_env_signal.SIGINT, lambda *_: None)
    try:
        done = __assume_env_subprocess.run(
            ["assume-env", *words], stderr=__assume_env_stream(stderr), env=env, **more
        )
    except OSError as error:
        return 126 if isinstance(error, PermissionError) else 127, ""
    finally:
        __assume_env_signal.signal(__assume_env_signal.SIGINT, before or __assume_env_signal.default_int_handler)
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return status, (done.stdout or b"").decode("utf-8", "surrogateescape")

__assume_env_xsh.aliases["assume"] = __assume_env_function

# --- prompt: the role and the time left, before the user's own prompt ---

# A field for prompts that users write themselves: {assume_env}. A name has no braces here.
def __assume_env_prompt():
    shown, color, _ = __assume_env_look()
    return shown and (f"{{{color}}}[{shown}]{{RESET}} " if color else f"[{shown}] ")

# At every prompt, because a later line of a start-up file, or a theme, can write the prompt again.
def __assume_env_put(**_):
    prompt = __assume_env_xsh.env["PROMPT"]
    if callable(prompt):
        if not getattr(prompt, "__assume_env__", False):
            both = lambda: __assume_env_prompt() + prompt()
            both.__assume_env__ = True
            __assume_env_xsh.env["PROMPT"] = both
    elif "{assume_env}" not in prompt:
        __assume_env_xsh.env["PROMPT"] = "{assume_env}" + prompt

if __assume_env_xsh.env.get("XONSH_INTERACTIVE"):
    __assume_env_xsh.env["PROMPT_FIELDS"]["assume_env"] = __assume_env_prompt
    __assume_env_on(__assume_env_xsh.builtins.events.on_pre_prompt_format, __assume_env_put)

# --- expiry: one line before the first command after the keys have expired ---

# The text of the prompt and its colour, both empty without a session, and the name if the keys have expired.
def __assume_env_look():
    env = __assume_env_xsh.env
    # As a program gets it: the value in xonsh itself is not always a text.
    value = lambda name: env.detype().get(name, "") if name in env else ""
    if not value("ASSUME_ENV_KEY_ID") + value("ASSUME_ENV_HELPER") or value("ASSUME_ENV_KEY_ID") != value("AWS_ACCESS_KEY_ID"):
        return "", "", ""
    name = __assume_env_re.sub("[^A-Za-z0-9_.,+=@:/ -]", "?", value("ASSUME_ENV_PROFILE") or "?")
    name = name if len(name) <= 40 else name[:37] + "..."
    shown = name + {"": "", "read-only": " ro"}.get(value("ASSUME_ENV_NARROWED"), "*")
    if not __assume_env_re.fullmatch("[1-9][0-9]{0,11}", value("ASSUME_ENV_EXPIRES")):
        return shown, "", ""
    left = int(value("ASSUME_ENV_EXPIRES")) - int(__assume_env_time.time())
    plain = left >= 600 or value("NO_COLOR") or value("TERM") in ("", "dumb")
    if left <= 0:
        return shown + " expired", "" if plain else "RED", name
    time = "<1m" if left < 60 else f"{left // 60}m" if left < 3600 else f"{left // 3600}h{left // 60 % 60:02}m"
    return f"{shown} {time}", "" if plain else "YELLOW", ""

def __assume_env_expiry(cmd="", **_):
    key_id, name = __assume_env_xsh.env.get("ASSUME_ENV_KEY_ID"), __assume_env_look()[2]
    # A command that renews the keys needs no such line.
    if name and __assume_env_state["reported"] != key_id and "assume-env" not in cmd and not cmd.startswith("assume"):
        __assume_env_state["reported"] = key_id
        renew = __assume_env_state["renew"]
        print(f"assume-env: @message.expired {name} {renew}@", file=__assume_env_sys.stderr)

if __assume_env_xsh.env.get("XONSH_INTERACTIVE"):
    __assume_env_on(__assume_env_xsh.builtins.events.on_precommand, __assume_env_expiry)

# --- completion: the program says what fits; after --, the completion of the command ---

# The candidates of xonsh for the command that begins at this word.
def __assume_env_behind(command, begin):
    from xonsh.completers.commands import complete_command
    from xonsh.parsers.completion_context import CompletionContext

    own = command._replace(args=command.args[begin:], arg_index=command.arg_index - begin)
    if own.arg_index == 0:
        return complete_command(own)
    return __assume_env_xsh.shell.shell.completer.complete_from_context(CompletionContext(own))

def __assume_env_complete(context):
    from xonsh.completers.tools import RichCompletion

    command = context.command
    if command is None or not any(command.completing_command(name) for name in ("assume", "assume-env")):
        return None
    words = [arg.value for arg in command.args[: command.arg_index]]
    if "--" in words:
        return __assume_env_behind(command, words.index("--") + 1)
    # Inside quotes, xonsh completes by itself.
    if command.opening_quote:
        return None
    asked = ["assume-env", "--complete", "xonsh", *words, command.prefix]
    null, env = __assume_env_subprocess.DEVNULL, __assume_env_xsh.env.detype()
    try:
        text = __assume_env_subprocess.check_output(asked, stdin=null, stderr=null, env=env).decode("utf-8", "replace")
    except (OSError, __assume_env_subprocess.SubprocessError):
        return None
    fits = (line.split("\t", 1) for line in text.split("\n") if line)
    found = {RichCompletion(word, description=about, append_space=True) for word, about in fits}
    return found, len(command.prefix)

def __assume_env_register():
    from xonsh.completers.completer import add_one_completer
    from xonsh.completers.tools import contextual_completer

    add_one_completer("assume_env", contextual_completer(__assume_env_complete), "start")

if __assume_env_xsh.env.get("XONSH_INTERACTIVE"):
    __assume_env_register()
