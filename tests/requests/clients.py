"""The real clients: one process that has loaded the AWS CLI or boto3, and forks of it, each for a few configurations.

    clients.py cli|boto3 PORT

A job comes in as a line of JSON, and its outcome goes out as one; the first line that goes out tells what the client
reads. A fork needs less time than a new program, and has exactly the environment of the job, as a new program would.
The pauses between the tries of a request take no time.
"""

from __future__ import annotations

import functools
import gc
import inspect
import json
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TextIO

# Before the clients are loaded, since some of them keep the function.
time.sleep = lambda _seconds: None

from operations import Operation, Outcome, sdk  # noqa: E402

#: No configuration needs as long; the default action of SIGALRM ends the fork.
TIME_LIMIT = 120

#: The exit status of a fork that finds no job.
AT_END = 3

_Result = dict[str, Any]


def main() -> None:
    kind, port = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    client: Cli | Boto = Cli(port) if kind == "cli" else Boto(port)
    client.warm_up()
    # A fork does not live long enough to collect anything, and would copy what it looks at.
    gc.disable()
    answers.write(json.dumps(client.variables()) + "\n")
    answers.flush()
    while True:
        child = os.fork()
        if child == 0:
            os._exit(serve(client, answers))
        _pid, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == AT_END:
            return
        if status != 0:
            answers.write(json.dumps({"crash": f"wait status {status}"}) + "\n")
            answers.flush()


def serve(client: Client, answers: TextIO) -> int:
    """Does one job, and gives the exit status of the fork. Only one: a client leaves variables and caches for the next job."""
    line = sys.stdin.readline()
    if not line:
        return AT_END
    signal.alarm(TIME_LIMIT)
    answers.write(json.dumps(client.run(json.loads(line))) + "\n")
    answers.flush()
    return 0


class Client:
    """What both have in common."""

    def __init__(self, port: int) -> None:
        self.port = port

    def run(self, job: Mapping[str, Any]) -> _Result:
        self.enter(job["env"])
        try:
            # Before anything is performed: a client writes into what its session has read.
            settings = self.settings(job["profile"])
        except Exception as error:
            settings = {"session": type(error).__name__}
        outcomes = {}
        for name in job["operations"]:
            self.mark(name)
            outcomes[name] = self.perform(Operation[name], job["profile"])
        return {"outcomes": outcomes, "settings": settings}

    def enter(self, env: Mapping[str, str]) -> None:
        os.environ.clear()
        os.environ.update(env)
        os.chdir(env["HOME"])
        _read_sso_tokens_in(env["HOME"])

    def mark(self, operation: str) -> None:
        """Tells the server what begins."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(f"GET /.operation/{operation} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
            while connection.recv(4096):
                pass

    def variables(self) -> dict[str, list[str]]:
        """The settings that it reads in a profile, nested ones as `block.key`, and the variables of each."""
        from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, DEFAULT_S3_CONFIG_VARS

        found: dict[str, list[str]] = {}
        for keys, names, *_rest in [
            *BOTOCORE_DEFAUT_SESSION_VARIABLES.values(),
            *DEFAULT_S3_CONFIG_VARS.values(),
            *self.more_variables(),
        ]:
            for key in keys if isinstance(keys, list) else [keys]:
                if key is not None:
                    written = ".".join(key) if isinstance(key, tuple) else key
                    found[written] = names if isinstance(names, list) else [names] if names else []
        return found

    def more_variables(self) -> Iterable[tuple]:
        return ()

    def perform(self, operation: Operation, profile: str | None) -> Outcome:
        raise NotImplementedError

    def settings(self, profile: str | None) -> dict[str, str]:
        raise NotImplementedError

    def warm_up(self) -> None:
        """Does everything once without a server, so that models and modules are loaded before the first fork."""
        with tempfile.TemporaryDirectory() as home:
            keys = {"AWS_ACCESS_KEY_ID": "AKIAWARM", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "eu-west-1"}
            no_server = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
            before = dict(os.environ)
            self.enter({**before, "HOME": home, **keys, **no_server})
            for operation in Operation:
                self.perform(operation, None)
            os.environ.clear()
            os.environ.update(before)
            os.chdir("/")


def _read_sso_tokens_in(home: str) -> None:
    """Both folders are worked out when the module is loaded."""
    from botocore import credentials, tokens

    cache = os.path.join(home, ".aws", "sso", "cache")
    credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = cache
    tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache


def _work_out_once() -> None:
    """Keeps for the whole process what each session works out again and no configuration changes: the models that come
    with the client, their list, the names of events, and what a handler accepts."""
    from botocore import hooks
    from botocore.loaders import JSONFileLoader, Loader

    load = JSONFileLoader.load_file
    kept = functools.cache(functools.partial(load, JSONFileLoader()))

    def load_file(self: Any, path: str) -> Any:
        return kept(path) if path.startswith(sys.prefix) else load(self, path)

    JSONFileLoader.load_file = load_file

    find, found = Loader.list_available_services, dict[tuple, list[str]]()

    def list_available_services(self: Any, type_name: str) -> list[str]:
        place = (*self.search_paths, type_name)
        if place not in found:
            found[place] = find(self, type_name)
        return list(found[place])

    Loader.list_available_services = list_available_services

    alias = functools.cache(functools.partial(hooks.EventAliaser._alias_event_name, hooks.EventAliaser(None)))
    hooks.EventAliaser._alias_event_name = lambda _self, name: alias(name)
    accepts = hooks.accepts_kwargs

    def accepts_kwargs(handler: Any) -> bool:
        code = getattr(getattr(handler, "__func__", handler), "__code__", None)
        return accepts(handler) if code is None else bool(code.co_flags & inspect.CO_VARKEYWORDS)

    hooks.accepts_kwargs = accepts_kwargs


def _settings_of(session: Any) -> dict[str, str]:
    """What a session of botocore makes of each setting that it knows, and of those of S3 and proxies."""
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

    names = [*BOTOCORE_DEFAUT_SESSION_VARIABLES, "s3", "proxies_config"]
    if "output" in session.session_var_map:
        names.append("output")
    # The profile itself is the one thing that has to differ.
    return {name: _told(lambda name=name: session.get_config_variable(name)) for name in names if name != "profile"}


def _told(get: Callable[[], Any]) -> str:
    try:
        value = get()
        return repr(dict(sorted(value.items())) if isinstance(value, dict) else value)
    except Exception as error:
        return type(error).__name__


class Boto(Client):
    def __init__(self, port: int) -> None:
        super().__init__(port)
        _work_out_once()
        self._sessions: dict[str | None, Any] = {}
        self._clients: dict[tuple[str | None, str], Any] = {}

    def enter(self, env: Mapping[str, str]) -> None:
        super().enter(env)
        self._sessions, self._clients = {}, {}

    def session(self, profile: str | None) -> Any:
        import boto3

        # One session, as in a program: the role is assumed once.
        if profile not in self._sessions:
            self._sessions[profile] = boto3.Session(profile_name=profile)
        return self._sessions[profile]

    def perform(self, operation: Operation, profile: str | None) -> Outcome:
        return sdk(operation, lambda service: self.client(profile, service))

    def client(self, profile: str | None, service: str) -> Any:
        # One client of a service, as in a program: to make one takes most of an operation's time.
        place = profile, service
        if place not in self._clients:
            self._clients[place] = self.session(profile).client(service)
        return self._clients[place]

    def settings(self, profile: str | None) -> dict[str, str]:
        return _settings_of(self.session(profile)._session)


class Cli(Client):
    def __init__(self, port: int) -> None:
        super().__init__(port)
        import awscli

        # Loading the AWS CLI adds its own models to those that the variable names.
        self._models = os.environ.pop("AWS_DATA_PATH").rpartition(os.pathsep)[2]
        assert self._models.startswith(os.path.dirname(awscli.__file__))
        _work_out_once()
        self._output = tempfile.TemporaryFile()
        self._errors = tempfile.TemporaryFile()

    def enter(self, env: Mapping[str, str]) -> None:
        from awscli.customizations import assumerole

        named = [
            os.path.expanduser(os.path.expandvars(path)) for path in env.get("AWS_DATA_PATH", "").split(os.pathsep)
        ]
        super().enter({**env, "AWS_DATA_PATH": os.pathsep.join([*filter(None, named), self._models])})
        assumerole.CACHE_DIR = os.path.join(env["HOME"], ".aws", "cli", "cache")

    def perform(self, operation: Operation, profile: str | None) -> Outcome:
        from awscli.clidriver import create_clidriver

        arguments = [*operation.value.words, *([] if profile is None else ["--profile", profile])]
        output, errors = os.dup(1), os.dup(2)
        os.dup2(self._output.fileno(), 1)
        os.dup2(self._errors.fileno(), 2)
        try:
            status = create_clidriver().main(arguments)
        except SystemExit as end:
            status = end.code
        except Exception as error:
            status = f"{type(error).__name__}: {error}"
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(output, 1)
        os.dup2(errors, 2)
        os.close(output)
        os.close(errors)
        return {"status": str(status), "output": _emptied(self._output), "errors": _emptied(self._errors)}

    def more_variables(self) -> Iterable[tuple]:
        from awscli import EnvironmentVariables

        return EnvironmentVariables.values()

    def settings(self, profile: str | None) -> dict[str, str]:
        from awscli.clidriver import create_clidriver

        session = create_clidriver().session
        if profile is not None:
            session.set_config_variable("profile", profile)
        return _settings_of(session)


def _emptied(file: Any) -> str:
    file.seek(0)
    text = file.read().decode()
    file.seek(0)
    file.truncate()
    return text


if __name__ == "__main__":
    main()
