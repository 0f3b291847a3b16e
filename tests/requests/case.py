"""A configuration as files in a home folder: a profile, the profiles around it, and the variables of the user."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from answers import ACCOUNT, SECRET, TOKEN, key_id

#: A setting's value, or the settings of a nested block.
Value = str | Mapping[str, str]
Settings = Mapping[str, Value]

PROFILE = "p"

START = "https://d-0123456789.awsapps.com/start"

#: What the profile gets its credentials from, by the name of the kind.
KINDS: Mapping[str, Settings] = {
    "role": {"role_arn": "arn:{partition}:iam::123456789012:role/r", "source_profile": "base"},
    "chain": {"role_arn": "arn:{partition}:iam::123456789012:role/r", "source_profile": "middle"},
    "environment": {"role_arn": "arn:{partition}:iam::123456789012:role/r", "credential_source": "Environment"},
    "web": {"role_arn": "arn:{partition}:iam::123456789012:role/r", "web_identity_token_file": "{home}/token"},
    "process": {"credential_process": "cat {home}/keys.json"},
    "sso": {"sso_session": "corp", "sso_account_id": ACCOUNT, "sso_role_name": "r"},
    "keys": {"aws_access_key_id": key_id("AKIABASE"), "aws_secret_access_key": SECRET},
}

_KEYS_OF_ENVIRONMENT = {"AWS_ACCESS_KEY_ID": key_id("AKIAENV"), "AWS_SECRET_ACCESS_KEY": SECRET}


@dataclass(frozen=True)
class Case:
    """In a value, `{home}` is the home folder, `{bundle}` the CA bundle that fits the server, `{stranger}` one that
    does not, and `{loopback}` the server's address without a proxy."""

    name: str
    #: The settings of the profile, in the config file and in the credentials file.
    profile: Settings = field(default_factory=dict)
    credentials: Settings = field(default_factory=dict)
    #: Those of the profile that it includes, of its source, and of [default].
    included: Settings = field(default_factory=dict)
    source: Settings = field(default_factory=dict)
    default: Settings = field(default_factory=dict)
    #: Sections of services by their names.
    services: Mapping[str, Settings] = field(default_factory=dict)
    #: The user's own variables; `None` takes away one that every configuration has.
    env: Mapping[str, str | None] = field(default_factory=dict)
    kind: str = "role"
    partition: str = "aws"
    #: Text at the end of the config file.
    more: str = ""
    #: Whether each operation is performed, or only a few.
    in_requests: bool = True

    def settings(self) -> dict[str, Value]:
        """The profile's settings as the AWS CLI reads them: the credentials file wins."""
        return {**self.profile, **self.credentials}

    def config(self) -> str:
        include = {"include_profile": "shared"} if self.included else {}
        sections: dict[str, Settings] = {f"profile {PROFILE}": {**KINDS[self.kind], **include, **self.profile}}
        if self.included:
            sections["profile shared"] = self.included
        if self.default:
            sections["default"] = self.default
        if self.kind in ("role", "chain"):
            sections["profile base"] = {**KINDS["keys"], **self.source}
        if self.kind == "chain":
            middle = {"role_arn": "arn:{partition}:iam::123456789012:role/middle", "source_profile": "base"}
            sections["profile middle"] = {**middle, **self.source}
        if self.kind == "sso":
            sections["sso-session corp"] = {"sso_region": "eu-west-1", "sso_start_url": START}
        sections.update({f"services {name}": section for name, section in self.services.items()})
        return _text(sections).replace("{partition}", self.partition) + self.more

    def show(self) -> str:
        """The whole configuration, for a person to read."""
        parts = ["~/.aws/config:", *self.config().replace(SECRET, "s").splitlines()]
        if self.credentials:
            parts += ["~/.aws/credentials:", *_text({PROFILE: self.credentials}).splitlines()]
        parts += [f"{name}={value}" if value is not None else f"{name} is not set" for name, value in self.env.items()]
        return "".join(f"    {part}\n" for part in parts)


@dataclass(frozen=True)
class World:
    """What a configuration is laid out in."""

    port: int
    bundle: Path
    stranger: Path

    def lay_out(self, case: Case, home: Path) -> dict[str, str]:
        """Writes the configuration below an empty home folder, and gives the environment for it."""
        loopback = f"http://127.0.0.1:{self.port}"
        places = {"home": home, "bundle": self.bundle, "stranger": self.stranger, "loopback": loopback}

        def fill(text: str) -> str:
            for name, place in places.items():
                text = text.replace(f"{{{name}}}", str(place))
            return text

        files = {".aws/config": fill(case.config()), "token": "web-token", "keys.json": _PROCESS}
        if case.credentials:
            files[".aws/credentials"] = fill(_text({PROFILE: case.credentials}))
        if case.kind == "sso":
            files[f".aws/sso/cache/{hashlib.sha1(b'corp').hexdigest()}.json"] = _SSO_TOKEN
        for name, text in files.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text, encoding="utf-8")
        env: dict[str, str | None] = {
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "HTTPS_PROXY": loopback,
            "AWS_CA_BUNDLE": str(self.bundle),
            # Without a region some SDKs and tools ask the machine for it.
            "AWS_EC2_METADATA_DISABLED": "true",
            **(_KEYS_OF_ENVIRONMENT if case.kind == "environment" else {}),
            **case.env,
        }
        return {name: fill(value) for name, value in env.items() if value is not None}


_PROCESS = json.dumps(
    {
        "Version": 1,
        "AccessKeyId": key_id("ASIAPROCESS"),
        "SecretAccessKey": SECRET,
        "SessionToken": TOKEN,
        "Expiration": "2099-01-01T00:00:00Z",
        "AccountId": ACCOUNT,
    }
)

_SSO_TOKEN = json.dumps(
    {"startUrl": START, "region": "eu-west-1", "accessToken": "token", "expiresAt": "2099-01-01T00:00:00Z"}
)


def _text(sections: Mapping[str, Settings]) -> str:
    return "".join(f"[{name}]\n{''.join(_lines(section))}" for name, section in sections.items())


def _lines(section: Settings) -> Iterator[str]:
    for key, value in section.items():
        if isinstance(value, str):
            yield f"{key} = {value}\n"
        else:
            yield f"{key} =\n"
            yield from (f"  {name} = {text}\n" for name, text in value.items())
