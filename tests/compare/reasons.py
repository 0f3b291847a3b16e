"""Why assume-env differs from botocore where it differs on purpose.

Most reasons are a `Rewrite`: the configuration with which botocore does what assume-env does with the one that was written.
botocore then has to agree in every field, so a reason never excuses more than it says. The others are a `Refusal`: what
assume-env may take for a mistake, and botocore goes on with.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import theirs
from botocore.configloader import raw_config_parse
from outcome import Case, Outcome
from setting import Setting


@dataclass(frozen=True)
class Rewrite:
    """A reason that another configuration expresses. `apply` changes the setting, and tells whether there was anything to change."""

    why: str
    apply: Callable[[Setting], bool]


@dataclass(frozen=True)
class Refusal:
    """A reason for an error where botocore sees none. `holds` looks at the setting and at what botocore makes of it."""

    why: str
    holds: Callable[[Setting, Outcome], bool]


# Empty values.


#: A role or a part of a key that nobody filled in is a mistake for both: without them another identity would come of it.
_MISTAKES = {"role_arn", "aws_access_key_id", "aws_secret_access_key"}


def _drop_empty(setting: Setting) -> bool:
    found = False
    for values in [setting.env, *setting.profiles.values()]:
        for key in [key for key, value in values.items() if value == ""]:
            if key not in _MISTAKES:
                del values[key]
                found = True
    return found


EMPTY = Rewrite(
    "an empty value counts as absent, in a file as in the environment; botocore takes some for a value and fails, or passes over the role",
    _drop_empty,
)


# Which role, which source.


def _ask_for_the_profile(setting: Setting) -> bool:
    if setting.case.role is not None or not setting.ambient:
        return False
    beaten = setting.env.get("AWS_ACCESS_KEY_ID") or setting.env.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    setting.case = replace(setting.case, role=setting.ambient)
    return bool(beaten)


ROLE_FIRST = Rewrite(
    "AWS_PROFILE names the role that is wanted; keys in the environment, which win in botocore, are no role",
    _ask_for_the_profile,
)


def _include(setting: Setting) -> bool:
    found = False
    for name, profile in setting.profiles.items():
        included = setting.profiles.get(profile.get("include_profile", ""))
        if included is not None:
            setting.profiles[name] = {**included, **profile}
            found = True
    return found


INCLUDE = Rewrite("include_profile is read, as aws-vault reads it", _include)

_SOURCES = {name.lower(): name for name in ("Environment", "Ec2InstanceMetadata", "EcsContainer")}


def _spell_sources(setting: Setting) -> bool:
    found = False
    for profile in setting.profiles.values():
        written = profile.get("credential_source", "")
        meant = _SOURCES.get(written.lower(), written)
        if meant != written:
            profile["credential_source"], found = meant, True
    return found


SPELLING = Rewrite(
    "credential_source is told by its letters, not by their case, as the SDKs do and as botocore itself looks it up",
    _spell_sources,
)


def _make_sessions(setting: Setting) -> bool:
    setting.session_token = True
    return setting.role() is None and not setting.case.is_arn


SESSION_TOKEN = Rewrite(
    "long-lived keys never reach a child: without a role they become a session of the same user, with MFA where the profile names a device",
    _make_sessions,
)


# What is asked of STS.


def _name_sessions(setting: Setting) -> bool:
    name, found = setting.env.get("AWS_ROLE_SESSION_NAME"), False
    for profile in setting.chain():
        if name and "role_arn" in profile and "role_session_name" not in profile:
            profile["role_session_name"], found = name, True
    if name and setting.case.is_arn:
        setting.case, found = replace(setting.case, session_name=name), True
    return found


SESSION_NAME = Rewrite(
    "AWS_ROLE_SESSION_NAME names the session of each role for which its profile has no role_session_name; botocore reads it for a web "
    "identity alone, where it has priority over the profile, and not at all with --profile",
    _name_sessions,
)

_UNITS = {"h": 3600, "m": 60, "s": 1}


def _count_seconds(setting: Setting) -> bool:
    found = False
    for profile in setting.chain():
        written = profile.get("duration_seconds", "")
        if re.fullmatch(r"(\d+h)?(\d+m)?(\d+s)?", written) and written:
            parts = re.findall(r"(\d+)([hms])", written)
            profile["duration_seconds"] = str(sum(int(count) * _UNITS[unit] for count, unit in parts))
            found = True
    return found


UNITS = Rewrite("duration_seconds can have units, as --duration; botocore does not send such a value", _count_seconds)


def _time_web_identity(setting: Setting) -> bool:
    for profile in setting.chain():
        written = profile.get("duration_seconds", "")
        if profile.get("web_identity_token_file") and re.fullmatch(r"\d+", written):
            setting.web_duration = int(written)
    return setting.web_duration is not None


WEB_DURATION = Rewrite(
    "duration_seconds is the length of a web identity's session too, as in the SDK for Go; botocore ignores it there",
    _time_web_identity,
)


# Where STS is asked.

_HOMES = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
}


def _partition(setting: Setting) -> str:
    role = setting.role() or ""
    return role.split(":")[1] if role.startswith("arn:") and role.count(":") > 1 else "aws"


def _fits(setting: Setting, region: str) -> bool:
    """Whether a region lies in the role's partition. With an address of one's own, every region does."""
    if setting.role() is None or setting.address():
        return True
    return theirs.partition_of(region) == _partition(setting)


def _from(find: Callable[[Setting], list[str | None]]) -> Callable[[Setting], bool]:
    """Takes the first region of those that fits, unless an earlier reason has settled the region."""

    def apply(setting: Setting) -> bool:
        if setting.region is not None:
            return False
        setting.region = next((region for region in find(setting) if region and _fits(setting, region)), None)
        return setting.region is not None and setting.region != (
            setting.env.get("AWS_DEFAULT_REGION") or setting.scoped().get("region")
        )

    return apply


OWN_REGION = Rewrite(
    "the region that the role's own profile names wins over the environment's, as in the session that comes of it",
    _from(lambda setting: [setting.own().get("region")]),
)

AWS_REGION = Rewrite(
    "AWS_REGION is read, before AWS_DEFAULT_REGION, as by the AWS CLI 2 and every other SDK",
    _from(lambda setting: [setting.env.get("AWS_REGION"), setting.env.get("AWS_DEFAULT_REGION")]),
)

SOURCE_REGION = Rewrite(
    "the region of a source profile is better than none",
    _from(lambda setting: [profile.get("region") for profile in setting.chain()]),
)

HOME_REGION = Rewrite(
    "without a region of its partition a role is asked for in the partition's own; botocore asks the global address of the commercial one, or not at all",
    _from(lambda setting: [_HOMES.get(_partition(setting))]),
)


# What is refused.


def _role_missing(setting: Setting, _theirs: Outcome) -> bool:
    return setting.asked is None


NO_ROLE = Refusal(
    "a role has to be named, by hand or by AWS_PROFILE: [default] is not taken by accident", _role_missing
)


def _is_no_instance(setting: Setting, theirs_: Outcome) -> bool:
    named = any("credential_source" in profile for profile in setting.chain())
    address = setting.env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or setting.scoped().get("ec2_metadata_service_endpoint")
    return theirs_.source == "instance" and not named and not address


NO_INSTANCE = Refusal(
    "without credential_source, the metadata service is asked only on an EC2 instance, which this machine is not, or at an address "
    "that a setting names: elsewhere the question is only a wait",
    _is_no_instance,
)


def _sections(setting: Setting) -> list[dict[str, str]]:
    names = ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"), ("AWS_CONFIG_FILE", ".aws/config")
    files = [theirs.expand(setting.env.get(variable, f"~/{usual}"), setting.env) for variable, usual in names]
    return [section for file in files if os.path.isfile(file) for section in raw_config_parse(file).values()]


def _half_keys(setting: Setting, _theirs: Outcome) -> bool:
    return any(
        bool(section.get("aws_access_key_id")) != bool(section.get("aws_secret_access_key"))
        for section in _sections(setting)
    )


HALF_KEYS = Refusal("a half key is a mistake, even where the other file has a whole one", _half_keys)


def _wrong_token(setting: Setting, _theirs: Outcome) -> bool:
    def is_wrong(key_id: str | None, token: str | None) -> bool:
        key_id = key_id or ""
        return (key_id.startswith("AKIA") and bool(token)) or (key_id.startswith("ASIA") and not token)

    env = setting.env
    token = env.get("AWS_SECURITY_TOKEN") or env.get("AWS_SESSION_TOKEN")
    return is_wrong(env.get("AWS_ACCESS_KEY_ID"), token) or any(
        is_wrong(
            section.get("aws_access_key_id"), section.get("aws_security_token") or section.get("aws_session_token")
        )
        for section in _sections(setting)
    )


WRONG_TOKEN = Refusal(
    "a long-lived key has no session token, and a temporary key has one: what cannot be a key is not sent", _wrong_token
)


def _bad_duration(setting: Setting, _theirs: Outcome) -> bool:
    profiles = setting.chain()
    # The last profile of a chain has no session of its own, unless it is the one that was asked for.
    asks = [profile for profile in profiles if "role_arn" in profile] or profiles[:1]
    written = [profile.get("duration_seconds", "900") for profile in asks]
    return any(not re.fullmatch(r"[0-9]+", text) or not 900 <= int(text) <= 43200 for text in written)


BAD_DURATION = Refusal(
    "a duration is a number of seconds from 900 to 43200, in digits, or with units; botocore sends what Python reads as an integer, also "
    "+900 and 1_000, and does not send the rest: such a session has the default length",
    _bad_duration,
)


def _bad_switch(setting: Setting, _theirs: Outcome) -> bool:
    names = "use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls"
    return any(setting.setting(name, "false").lower() not in ("true", "false") for name in names)


BAD_SWITCH = Refusal("a switch is true or false; botocore takes everything else for false", _bad_switch)


def _plain_http(setting: Setting, theirs_: Outcome) -> bool:
    services = ["sts", "sso", "sso-oidc"] if theirs_.source == "sso" else ["sts"]
    urls = [urlsplit(setting.address(service) or "") for service in services]
    return any(url.scheme == "http" and url.hostname not in ("127.0.0.1", "localhost", "::1") for url in urls)


PLAIN_HTTP = Refusal("the answer holds the keys: over http it is taken from this machine alone", _plain_http)


def _no_services(setting: Setting, _theirs: Outcome) -> bool:
    named = setting.scoped().get("services")
    return named is not None and named not in setting.config.get("services", {})


NO_SERVICES = Refusal(
    "a services section that does not exist is a mistake: its endpoints would go along to the command, whatever STS is asked by", _no_services
)


def _other_partition(setting: Setting, _theirs: Outcome) -> bool:
    region = setting.own().get("region")
    return region is not None and not _fits(setting, region)


OTHER_PARTITION = Refusal(
    "a profile whose region lies in another partition than its role cannot work: said before the call", _other_partition
)


def _file_missing(setting: Setting, _theirs: Outcome) -> bool:
    named = [setting.env.get(name) for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")]
    return any(name and not os.path.isfile(theirs.expand(name, setting.env)) for name in named)


FILE_MISSING = Refusal("a file that a variable names has to be there; botocore takes it for empty", _file_missing)


#: In the order in which they are applied: what is asked for first, then what of it, then where.
REWRITES: Mapping[str, Rewrite] = {
    "EMPTY": EMPTY,
    "ROLE_FIRST": ROLE_FIRST,
    "INCLUDE": INCLUDE,
    "SPELLING": SPELLING,
    "SESSION_TOKEN": SESSION_TOKEN,
    "SESSION_NAME": SESSION_NAME,
    "UNITS": UNITS,
    "WEB_DURATION": WEB_DURATION,
    "OWN_REGION": OWN_REGION,
    "AWS_REGION": AWS_REGION,
    "SOURCE_REGION": SOURCE_REGION,
    "HOME_REGION": HOME_REGION,
}

REFUSALS: Mapping[str, Refusal] = {
    "NO_ROLE": NO_ROLE,
    "NO_INSTANCE": NO_INSTANCE,
    "HALF_KEYS": HALF_KEYS,
    "WRONG_TOKEN": WRONG_TOKEN,
    "BAD_DURATION": BAD_DURATION,
    "BAD_SWITCH": BAD_SWITCH,
    "PLAIN_HTTP": PLAIN_HTTP,
    "NO_SERVICES": NO_SERVICES,
    "OTHER_PARTITION": OTHER_PARTITION,
    "FILE_MISSING": FILE_MISSING,
}


@dataclass(frozen=True)
class Expectation:
    """What assume-env has to make of a configuration: botocore's outcome, but for the reasons that apply."""

    outcome: Outcome
    rewrites: list[Rewrite] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def expect(case: Case, env: Mapping[str, str], theirs_: Outcome) -> Expectation:
    """Applies every reason. `theirs_` is what botocore makes of the configuration as it is."""
    setting = Setting(case, dict(env), theirs.read(env))
    rewrites = [reason for reason in REWRITES.values() if reason.apply(setting)]
    outcome = setting.resolve() if rewrites else theirs_
    if outcome.error is not None:
        return Expectation(outcome, rewrites)
    refusals = [reason for reason in REFUSALS.values() if reason.holds(setting, outcome)]
    return Expectation(outcome, rewrites, refusals)
