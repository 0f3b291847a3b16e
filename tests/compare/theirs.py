"""What botocore, the AWS CLI's own library, makes of a configuration: worked out when the test runs, never written down.

A profile is resolved as `aws --profile NAME` does it; without a role, as `aws` does it with the environment alone; a bare
ARN as `aws sts assume-role --role-arn ARN` does it, or with a source profile, as a profile with that `source_profile` does.
One process resolves all of them: the environment is swapped, and nothing is kept from one configuration to the next but the
service models, which cost most of the time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import botocore.loaders
import botocore.session
from botocore import credentials, tokens
from botocore.compat import compat_shell_split
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError, ClientError, InvalidConfigError
from botocore.httpsession import URLLib3Session
from outcome import Case, Outcome
from standin import LOGIN_KEY, StandIn

_LOADER = botocore.loaders.create_loader()


class _NoCredentialsError(Exception):
    """botocore gave none, or a key without an id."""


#: What botocore raises for a configuration. Anything else is a mistake in this program.
_ERRORS = (BotoCoreError, ClientError, ValueError, OSError, _NoCredentialsError)


Change = Callable[[botocore.session.Session], None]


def resolve(
    case: Case, env: Mapping[str, str], change: Change = lambda _session: None, session_token: bool = False
) -> Outcome:
    """What botocore does. `change` may change what it has read; with `session_token`, long-lived keys that no role follows
    are turned into a session of their user, as somebody would do it by hand."""
    aws = StandIn()
    with _environment(env), _inside(aws, env["HOME"]):
        try:
            session = _session(case)
            change(session)
            key = _resolve(session, case)
            if session_token and not aws.calls and key.startswith("AKIA"):
                _get_session_token(session)
            session_region = _profile_region(session, case)
        except _ERRORS as error:
            return Outcome(error=type(error).__name__)
    source = aws.source or f"key {aws.first_key or key}"
    return Outcome(source=source, sso=aws.sso, calls=tuple(aws.calls), session_region=session_region)


def read(env: Mapping[str, str]) -> dict[str, Any]:
    """Both files as botocore reads them: `profiles`, `services` and more; empty when it cannot read one."""
    with _environment(env):
        try:
            return botocore.session.Session().full_config
        except BotoCoreError:
            return {"profiles": {}, "services": {}}


def configured_address(
    read_: Mapping[str, Any], profile: Mapping[str, Any], env: Mapping[str, str], service: str
) -> str | None:
    """The address of a service that a variable or a file names, whether or not botocore is to use it."""
    try:
        return ConfiguredEndpointProvider(read_, profile, service, environ=env).provide()
    except InvalidConfigError:
        return None


def expand(path: str, env: Mapping[str, str]) -> str:
    """A path as botocore expands it."""
    with _environment(env):
        return os.path.expanduser(os.path.expandvars(path))


def partition_of(region: str) -> str:
    """The partition of a region; one that nobody knows is taken for a commercial one."""
    for partition in _LOADER.load_data("partitions")["partitions"]:
        if region in partition["regions"] or re.match(partition["regionRegex"], region):
            return partition["id"]
    return "aws"


#: The profile of a bare role. No file can name it.
_BARE = "\n"


def _session(case: Case) -> botocore.session.Session:
    session = botocore.session.Session(profile=case.source_profile if case.is_arn else case.role)
    session.register_component("data_loader", _LOADER)
    roles = session.get_component("credential_provider").get_provider("assume-role")
    roles._prompter = lambda _prompt: "123456"
    if case.source_profile is not None:
        # The session keeps the settings of the source; only the credentials are those of the role.
        bare = {"role_arn": case.role, "source_profile": case.source_profile, "role_session_name": case.session_name}
        session.full_config["profiles"][_BARE] = bare
        roles._profile_name, roles._visited_profiles = _BARE, [_BARE]
    return session


def _resolve(session: botocore.session.Session, case: Case) -> str:
    """Asks for the credentials, and gives their key id; for a bare ARN, makes the last call too."""
    found = session.get_credentials()
    if found is None:
        raise _NoCredentialsError
    key = found.get_frozen_credentials().access_key
    if not key:
        raise _NoCredentialsError
    if case.is_arn and case.source_profile is None:
        # The AWS CLI has no name of its own here; the one that botocore makes up elsewhere stands for that.
        name = case.session_name or "botocore-session-1"
        session.create_client("sts").assume_role(RoleArn=case.role, RoleSessionName=name)
    return key


def _get_session_token(session: botocore.session.Session) -> None:
    serial = session.get_scoped_config().get("mfa_serial")
    asked = {"SerialNumber": serial, "TokenCode": "123456"} if serial else {}
    session.create_client("sts").get_session_token(**asked)


def _profile_region(session: botocore.session.Session, case: Case) -> str | None:
    """The region that the profile of the role itself names."""
    return None if case.is_arn else session.get_scoped_config().get("region")


@contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    with patch.dict(os.environ, env, clear=True):
        yield


@contextmanager
def _inside(aws: StandIn, home: str) -> Iterator[None]:
    """Puts the stand-in where botocore would send, run a program or open a browser's login."""
    cache = os.path.join(home, ".aws", "sso", "cache")

    def send(_self: Any, request: Any) -> Any:
        return aws.send(request)

    def run(self: Any, command: str) -> dict[str, Any]:
        if not compat_shell_split(command):
            raise ValueError("no program")
        aws.came_from(f"process of {self._profile_name}")
        return {"access_key": "AKIAPROCESS", "secret_key": "s", "token": None, "expiry_time": None}

    def login(self: Any) -> credentials.Credentials | None:
        profile = self._load_config()["profiles"].get(self._profile_name, {})
        if "login_session" not in profile:
            return None
        aws.came_from(f"login of {self._profile_name}")
        return credentials.Credentials(LOGIN_KEY, "s", "t", method=self.METHOD)

    ask_portal = credentials.SSOCredentialFetcher._get_credentials

    def portal(self: Any) -> dict[str, Any]:
        aws.sso["region"], aws.sso["start_url"] = self._sso_region, self._start_url
        return ask_portal(self)

    with (
        patch.object(URLLib3Session, "send", send),
        patch.object(credentials.ProcessProvider, "_retrieve_credentials_using", run),
        patch.object(credentials.LoginProvider, "load", login),
        patch.object(credentials.SSOCredentialFetcher, "_get_credentials", portal),
        # Both are worked out from the home folder of whoever imports botocore.
        patch.object(credentials.SSOProvider, "_SSO_TOKEN_CACHE_DIR", cache),
        patch.object(tokens.SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", cache),
    ):
        yield
