"""Configurations that nobody thought of: chains of profiles with a random choice of keys, the same for the same seed.

Most values are sensible, because a configuration with three mistakes shows only the first of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from configurations import KEYS, START, WEB, token
from outcome import Case

ROLE = "arn:{partition}:iam::123456789012:role/{name}"
REGIONS = {
    "aws": ["eu-west-1", "us-east-1", "us-west-2", "eu-south-1", "mars-north-7"],
    "aws-cn": ["cn-north-1", "cn-northwest-1"],
    "aws-us-gov": ["us-gov-west-1", "us-gov-east-1"],
}
SESSION = f"[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = {START}\n"
SERVICES = "[services local]\nsts =\n  endpoint_url = https://sts.example.org\n"
MFA = "arn:aws:iam::123456789012:mfa/me"


def cases(seed: int, count: int) -> Iterator[Case]:
    """`count` configurations that follow from the seed."""
    dice = random.Random(seed)
    for number in range(count):
        yield _Maker(dice).case(f"random {number}")


class _Maker:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.partition = dice.choices(list(REGIONS), weights=[8, 1, 1])[0]
        self.config: dict[str, dict[str, str]] = {}
        self.credentials: dict[str, dict[str, str]] = {}
        self.env: dict[str, str] = {}

    def maybe(self, chance: float) -> bool:
        return self.dice.random() < chance

    def region(self) -> str:
        partition = self.partition if self.maybe(0.95) else "aws"
        return self.dice.choice(REGIONS[partition])

    def case(self, name: str) -> Case:
        names = [f"p{number}" for number in range(self.dice.choice([1, 2, 2, 2, 3, 3, 4]))]
        for number, profile in enumerate(names):
            self.config[profile] = {}
            if number + 1 < len(names):
                self.hop(profile, names[number + 1], names)
            else:
                self.leaf(profile)
            self.extras(profile)
        self.environment(names)
        role: str | None = names[0]
        source = None
        if self.maybe(0.1):
            role, self.env["AWS_PROFILE"] = None, names[0]
        elif self.maybe(0.1):
            role, source = ROLE.format(partition=self.partition, name="bare"), names[0]
        return Case(
            name,
            role,
            self.text(self.config, "profile ") + SESSION + SERVICES,
            self.text(self.credentials, ""),
            env=self.env,
            files={**token("corp"), **token(START), **WEB},
            source_profile=source,
        )

    def hop(self, name: str, behind: str, names: list[str]) -> None:
        """A role, and nearly always the next profile as its source."""
        profile = self.config[name]
        profile["role_arn"] = ROLE.format(partition=self.partition, name=name)
        if self.maybe(0.03):
            behind = self.dice.choice([*names, "nobody"])
        profile["source_profile"] = behind
        if self.maybe(0.03):
            del profile["source_profile"]
        if self.maybe(0.05):
            profile["credential_source"] = "Environment"
        if self.maybe(0.1):
            self.keys(name)

    def leaf(self, name: str) -> None:
        """Where the first credentials come from; sometimes from more than one place, or from none."""
        for _ in range(self.dice.choices([0, 1, 2], weights=[1, 20, 4])[0]):
            self.dice.choice(
                [
                    self.keys,
                    self.keys,
                    self.keys,
                    self.itself,
                    self.process,
                    self.login,
                    self.sso,
                    self.legacy,
                    self.web,
                    self.machine,
                ]
            )(name)

    def keys(self, name: str) -> None:
        section = self.dice.choice([self.config, self.config, self.credentials]).setdefault(name, {})
        place = "CRED" if section is self.credentials.get(name) else "CONF"
        temporary = self.maybe(0.2)
        section["aws_access_key_id"] = f"{'ASIA' if temporary else 'AKIA'}{place}{name.upper()}"
        section["aws_secret_access_key"] = "s"
        if temporary:
            section["aws_session_token"] = "t"
        if self.maybe(0.05):
            section.pop(self.dice.choice(["aws_access_key_id", "aws_secret_access_key"]))

    def itself(self, name: str) -> None:
        self.keys(name)
        self.config[name]["role_arn"] = ROLE.format(partition=self.partition, name=name)
        self.config[name]["source_profile"] = name

    def process(self, name: str) -> None:
        self.config[name]["credential_process"] = "/bin/helper"

    def login(self, name: str) -> None:
        self.config[name]["login_session"] = "arn:aws:iam::123456789012:user/me"

    def sso(self, name: str) -> None:
        self.config[name]["sso_session"] = "corp" if self.maybe(0.95) else "nobody"
        self.assignment(name)
        if self.maybe(0.1):
            self.config[name]["sso_region"] = self.dice.choice(["eu-west-1", "us-east-1"])

    def legacy(self, name: str) -> None:
        self.config[name] |= {"sso_region": "eu-west-1", "sso_start_url": START}
        self.assignment(name)

    def assignment(self, name: str) -> None:
        self.config[name] |= {"sso_account_id": "123456789012", "sso_role_name": "ReadOnly"}
        if self.maybe(0.05):
            self.config[name].pop(self.dice.choice(["sso_account_id", "sso_role_name"]))

    def web(self, name: str) -> None:
        self.config[name]["web_identity_token_file"] = "{home}/token"
        if self.maybe(0.95):
            self.config[name]["role_arn"] = ROLE.format(partition=self.partition, name=f"{name}-web")

    def machine(self, name: str) -> None:
        source = self.dice.choice(["Environment", "Ec2InstanceMetadata", "EcsContainer", "environment"])
        self.config[name]["role_arn"] = ROLE.format(partition=self.partition, name=name)
        self.config[name]["credential_source"] = source

    def extras(self, name: str) -> None:
        """What a profile says beside its source. A tenth stands in the credentials file instead."""
        choices = {
            "region": (0.7 if name == "p0" else 0.2, self.region()),
            "external_id": (0.2, self.dice.choice(["a:b/c", "x=1", "y-2", "z/3", "a b"])),
            "role_session_name": (
                0.2,
                self.dice.choice([f"me-{name}", f"you@{name}", f"they@{name}", f"we.{name}", "a b"]),
            ),
            "duration_seconds": (
                0.2,
                self.dice.choice(["900", "1800", "3600", "3600", "3600", "7200", "899", "soon", "15m"]),
            ),
            "mfa_serial": (0.04, MFA),
            "endpoint_url": (
                0.05,
                self.dice.choice(["http://127.0.0.1:4566", "https://x.example.org/sts", "http://x.example.org"]),
            ),
            "services": (0.08, self.dice.choice(["local", "local", "local", "nowhere"])),
            "sts_regional_endpoints": (0.1, self.dice.choice(["legacy", "regional"])),
            "use_fips_endpoint": (0.08, self.dice.choice(["true", "true", "false", "TRUE", "maybe"])),
            "use_dualstack_endpoint": (0.08, self.dice.choice(["true", "false"])),
            "ignore_configured_endpoint_urls": (0.05, "true"),
            "output": (0.2, "json"),
        }
        for key, (chance, value) in choices.items():
            if self.maybe(chance):
                file = self.credentials if self.maybe(0.1) else self.config
                file.setdefault(name, {})[key] = "" if self.maybe(0.01) else value

    def environment(self, names: list[str]) -> None:
        if self.maybe(0.2):
            self.env |= KEYS
        choices = {
            "AWS_DEFAULT_REGION": (0.2, self.region()),
            "AWS_REGION": (0.15, self.region()),
            "AWS_ROLE_SESSION_NAME": (0.1, "of-environment"),
            "AWS_ENDPOINT_URL": (0.08, "http://127.0.0.1:4566"),
            "AWS_ENDPOINT_URL_STS": (0.08, "https://env.example.org"),
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": (0.05, self.dice.choice(["true", "false"])),
            "AWS_STS_REGIONAL_ENDPOINTS": (0.08, self.dice.choice(["legacy", "regional"])),
            "AWS_USE_FIPS_ENDPOINT": (0.05, self.dice.choice(["true", "false"])),
            "AWS_USE_DUALSTACK_ENDPOINT": (0.05, "true"),
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": (0.1, "/v2/credentials/x"),
            "AWS_DEFAULT_PROFILE": (0.05, names[-1]),
        }
        for name, (chance, value) in choices.items():
            if self.maybe(chance):
                self.env[name] = value

    @staticmethod
    def text(sections: dict[str, dict[str, str]], prefix: str) -> str:
        lines = []
        for name, section in sections.items():
            lines.append(f"[{prefix}{name}]")
            lines += [f"{key} = {value}" for key, value in section.items()]
        return "".join(f"{line}\n" for line in lines)
