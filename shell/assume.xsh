# assume-env hook for xonsh 0.13 and later. In ~/.config/xonsh/rc.xsh: execx($(assume-env --init xonsh))
# It is plain Python, so that every Python can parse it; xonsh keeps its variables in XSH.env.

import re as __assume_env_re
import signal as __assume_env_signal
import subprocess as __assume_env_subprocess
import sys as __assume_env_sys
import time as __assume_env_time

from xonsh.built_ins import XSH as __assume_env_xsh
from xonsh.tools import uncapturable as __assume_env_uncapturable
from xonsh.tools import unthreadable as __assume_env_unthreadable

# A start-up file that is read again finds the state of the first reading: the role before, the keys whose
# expiry was reported, the MFA session, the variables of ASSUME_ENV_ALSO_SET that this hook has set, and the
# handlers that exist. No program inherits a name of Python.
__assume_env_state = __assume_env_xsh.ctx.setdefault(
    "__assume_env_state", {"previous": None, "reported": "", "base": "", "also": set(), "handlers": set()}
)
__assume_env_state["renew"] = "execx($(assume-env -f xonsh) or 'raise')"


# A value that another shell exported by hand does not belong to this shell.
if "ASSUME_ENV_BASE" in __assume_env_xsh.env:
    del __assume_env_xsh.env["ASSUME_ENV_BASE"]


# A variable as a program gets it. The value in xonsh itself is not always a text.
def __assume_env_value(name):
    if name not in __assume_env_xsh.env:
        return ""
    return __assume_env_xsh.env.detype().get(name, "")


# Whether this shell holds a session: the labels must belong to the keys in the environment.
def __assume_env_held():
    key_id = __assume_env_value("ASSUME_ENV_KEY_ID")
    return key_id != "" and key_id == __assume_env_value("AWS_ACCESS_KEY_ID")


# A name without special characters, so that it can be shown.
def __assume_env_clean(name):
    name = __assume_env_re.sub("[^A-Za-z0-9_.,+=@:/-]", "?", name)
    return name if len(name) <= 40 else name[:37] + "..."


# The seconds that are left; None when the expiry is unknown.
def __assume_env_rest():
    expires = __assume_env_value("ASSUME_ENV_EXPIRES")
    if not __assume_env_re.fullmatch("[1-9][0-9]{0,11}", expires):
        return None
    return int(expires) - int(__assume_env_time.time())


# Registers a handler of an event, only once even if this file is read again.
def __assume_env_on(event, handler):
    if handler.__name__ not in __assume_env_state["handlers"]:
        __assume_env_state["handlers"].add(handler.__name__)
        event(handler)


# --- function: changes the variables of this shell; its exit status is that of assume-env ---

__assume_env_state["renew"] = "assume --renew"


# On this thread and with the terminal, because the program can ask for an MFA code.
@__assume_env_uncapturable
@__assume_env_unthreadable
def __assume_env_function(args, stdin=None, stdout=None, stderr=None):
    try:
        if not args:
            return __assume_env_pick(stdin, stdout, stderr)
        if args[0] == "-":
            return __assume_env_back(args[1:], stdin, stderr)
        if args[0] == "--renew":
            return __assume_env_switch(["--fresh", *args[1:]], stdin, stderr)
        if args[0] == "--forget":
            __assume_env_state["base"] = ""
            return 0
        # With these arguments the program prints no text for a shell, so the line runs unchanged: execx must
        # never get the name of a profile.
        unevaluated = "@unevaluated.regex@"
        if any(__assume_env_re.fullmatch(unevaluated, arg, __assume_env_re.DOTALL) for arg in args):
            return __assume_env_call(args, stdin, stdout, stderr)
        return __assume_env_switch(args, stdin, stderr)
    except KeyboardInterrupt:
        return 130
    except FileNotFoundError:
        return __assume_env_say("there is no program assume-env on PATH", "see $PATH", stderr, 127)


def __assume_env_say(message, hint, stderr, status=1):
    print(f"assume-env: {message}\n  {hint}", file=stderr or __assume_env_sys.stderr)
    return status


# The number of a stream, for a program; None for an object of xonsh that is no real stream.
def __assume_env_stream(stream):
    try:
        return stream.fileno()
    except (AttributeError, OSError, ValueError):
        return None


# Runs a program to its end, also after Ctrl-C, which the terminal sends to the program too: subprocess would
# kill it at once, before it can restore the echo of the terminal or clean up. Returns the status as a shell
# has it.
def __assume_env_run(command, **more):
    before = __assume_env_signal.signal(__assume_env_signal.SIGINT, lambda *_: None)
    try:
        done = __assume_env_subprocess.run(command, **more)
    finally:
        __assume_env_signal.signal(__assume_env_signal.SIGINT, before or __assume_env_signal.default_int_handler)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode, done.stdout


def __assume_env_call(args, stdin, stdout, stderr):
    for stream in (__assume_env_sys.stdout, stdout):
        if stream is not None:
            stream.flush()
    status, _ = __assume_env_run(
        ["assume-env", *args],
        stdin=__assume_env_stream(stdin),
        stdout=__assume_env_stream(stdout),
        stderr=__assume_env_stream(stderr),
        env=__assume_env_xsh.env.detype(),
    )
    return status


# The status and the output of a program: $(...) of xonsh 0.13 sometimes loses a part of the output.
def __assume_env_output(command, stdin=None, stderr=None, given=None, **more):
    streams = {"input": given} if given is not None else {"stdin": __assume_env_stream(stdin)}
    status, text = __assume_env_run(
        command,
        stdout=__assume_env_subprocess.PIPE,
        stderr=__assume_env_stream(stderr),
        env={**__assume_env_xsh.env.detype(), **more},
        **streams,
    )
    return status, text.decode("utf-8", "surrogateescape")


# Switches to the role that the user picks with fzf; without fzf or a terminal, prints the status.
def __assume_env_pick(stdin, stdout, stderr):
    import shutil

    terminal = __assume_env_sys.stdin.isatty() and __assume_env_sys.stderr.isatty()
    if not terminal or not shutil.which("fzf", path=__assume_env_xsh.env.detype().get("PATH")):
        return __assume_env_call(["--status"], stdin, stdout, stderr)
    names = __assume_env_names()
    # fzf quotes the name for sh. Another shell could run a part of the name.
    fzf = ["fzf", "--no-multi", "--prompt=role> ", "--preview-window=wrap", "--preview=assume-env --explain {}"]
    status, picked = __assume_env_output(
        fzf, given="\n".join(names).encode("utf-8", "surrogateescape"), SHELL="/bin/sh"
    )
    return status or __assume_env_switch([picked.rstrip("\n")], stdin, stderr)


def __assume_env_names():
    command = ["assume-env", "--list"]
    done = __assume_env_subprocess.run(
        command,
        stdin=__assume_env_subprocess.DEVNULL,
        stdout=__assume_env_subprocess.PIPE,
        stderr=__assume_env_subprocess.DEVNULL,
        env=__assume_env_xsh.env.detype(),
    )
    return done.stdout.decode("utf-8", "surrogateescape").splitlines()


# Switches to the role before this one, with its own source.
def __assume_env_back(args, stdin, stderr):
    role, source, narrowed = __assume_env_state["previous"] or ("", "", "")
    if role == "" or role.startswith("-"):
        return __assume_env_say("@message.no-previous-role@", "@message.no-previous-role.hint@", stderr)
    name = __assume_env_clean(role)
    flags = []
    if narrowed == "read-only":
        flags.append("--read-only")
    elif narrowed:
        return __assume_env_say(f"@message.restricted {name}@", f"@message.restricted.hint {name}@", stderr)
    if __assume_env_re.match("arn:|[0-9]{12}:", role):
        if not source:
            return __assume_env_say(f"@message.source-gone {name}@", f"@message.source-gone.hint {name}@", stderr)
        flags.append("--source-profile=" + source)
    return __assume_env_switch([role, *flags, *args], stdin, stderr)


def __assume_env_labels():
    if not __assume_env_held():
        return None
    return tuple(__assume_env_value(f"ASSUME_ENV_{name}") for name in ("PROFILE", "SOURCE", "NARROWED"))


# Evaluates the text that the program prints, and keeps the labels of the session before.
def __assume_env_switch(args, stdin, stderr):
    before = __assume_env_labels()
    keeps = "--clear" not in args
    command = ["assume-env", "-f", "xonsh", *(["--base-session"] if keeps else []), *args]
    base = __assume_env_state["base"]
    handed = {"ASSUME_ENV_BASE": base} if keeps and base else {}
    status, text = __assume_env_output(command, stdin, stderr, **handed)
    if status == 0 and not (text.startswith("try: pass; ") and text.endswith("finally: 0\n")):
        return __assume_env_say("@message.no-text xonsh@", "look at the program that runs: which assume-env", stderr)
    if status == 0:
        names = {}
        __assume_env_xsh.builtins.execx(text, "exec", names)
        __assume_env_state["base"] = names.get("ASSUME_ENV_BASE", base)
    if status == 0 and before and before != __assume_env_labels():
        __assume_env_state["previous"] = before
    if status == 0:
        __assume_env_follow(before[0] if before else "", stderr)
    return status


# ASSUME_ENV_ALSO_SET: variables that have the name of the role too, until the session ends. A variable with a
# value of the user's own keeps it.
def __assume_env_follow(before, stderr):
    env, also = __assume_env_xsh.env, __assume_env_state["also"]
    role = __assume_env_clean(__assume_env_value("ASSUME_ENV_PROFILE")) if __assume_env_held() else ""
    for name in __assume_env_value("ASSUME_ENV_ALSO_SET").split():
        if not __assume_env_may_follow(name):
            __assume_env_say("@message.also-set-name@", "@message.also-set-name.hint@", stderr)
        elif __assume_env_value(name) not in ("", __assume_env_clean(before)) and name not in also:
            print(f"assume-env: @message.also-set-taken {name}@", file=stderr or __assume_env_sys.stderr)
        elif role:
            env[name] = role
            also.add(name)
        elif name in env:
            del env[name]
    if not role:
        also.clear()


def __assume_env_may_follow(name):
    plain = __assume_env_re.fullmatch("[A-Z][A-Z0-9]*_[A-Z0-9_]*", name)
    read = "(AWS|ASSUME_ENV|BASH|COMP|DYLD|FISH|HIST|LC|LD|PROMPT|XONSH|ZSH)_|.*_(PATH|COMMAND)$"
    return name in ("AWS_VAULT", "AWS_SSO_PROFILE") or plain and not __assume_env_re.match(read, name)


__assume_env_xsh.aliases["assume"] = __assume_env_function

# --- prompt: the role and the time left, before the user's own prompt ---


# The text of the prompt and its colour; both empty without a session.
def __assume_env_describe():
    if not __assume_env_held():
        return "", ""
    shown = __assume_env_clean(__assume_env_value("ASSUME_ENV_PROFILE") or "?")
    narrowed = __assume_env_value("ASSUME_ENV_NARROWED")
    shown += {"": "", "read-only": " ro"}.get(narrowed, "*")
    left = __assume_env_rest()
    if left is None:
        return shown, ""
    if left <= 0:
        return shown + " expired", "RED"
    if left < 60:
        shown += " <1m"
    elif left < 3600:
        shown += f" {left // 60}m"
    else:
        shown += f" {left // 3600}h{left // 60 % 60:02}m"
    return shown, "YELLOW" if left < 600 else ""


# A field for prompts that users write themselves: {assume_env}. A name has no braces here.
def __assume_env_prompt():
    shown, color = __assume_env_describe()
    if not shown:
        return ""
    plain = __assume_env_value("NO_COLOR") or __assume_env_value("TERM") in ("", "dumb")
    return f"[{shown}] " if plain or not color else f"{{{color}}}[{shown}]{{RESET}} "


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
    __assume_env_put()
    __assume_env_on(__assume_env_xsh.builtins.events.on_pre_prompt_format, __assume_env_put)

# --- expiry: one line before the first command after the keys have expired ---


def __assume_env_expiry(cmd="", **_):
    # A command that renews the keys needs no such line.
    if "assume-env" in cmd or cmd.startswith("assume") or not __assume_env_held():
        return
    key_id, left = __assume_env_value("ASSUME_ENV_KEY_ID"), __assume_env_rest()
    if left is None or left > 0 or __assume_env_state.get("reported") == key_id:
        return
    __assume_env_state["reported"] = key_id
    name, renew = __assume_env_clean(__assume_env_value("ASSUME_ENV_PROFILE") or "?"), __assume_env_state["renew"]
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
