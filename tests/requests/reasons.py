"""Why a command under assume-env asks otherwise than with `--profile`, where it does so on purpose.

Most reasons are a `Rewrite`: the configuration that makes `--profile` do what assume-env does with the written one. The
two have to agree then in everything, so a reason never excuses more than it says. The others are a `Refusal`: what
assume-env takes for a mistake, and botocore does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from case import Case, Settings, Value
from settings import OF_BOTO, WITHOUT_VARIABLE


@dataclass(frozen=True)
class Rewrite:
    """`apply` gives the other configuration; the same one when the reason does not apply."""

    why: str
    apply: Callable[[Case], Case]


@dataclass(frozen=True)
class Refusal:
    why: str
    holds: Callable[[Case], bool]


# What a profile includes.


def _include(case: Case) -> Case:
    return replace(case, profile={**case.included, **case.profile}, included={})


INCLUDE = Rewrite("include_profile is read, as aws-vault reads it; botocore does not know it", _include)


# What no variable says.

_KEYS = {setting.key for setting in OF_BOTO}


def _has_variable(block: str, settings: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if f"{block}.{name}" in _KEYS}


def _sayable(settings: Settings) -> dict[str, Value]:
    """The settings that have variables."""
    kept: dict[str, Value] = {}
    for key, value in settings.items():
        if not isinstance(value, str):
            if inside := _has_variable(key, value):
                kept[key] = inside
        elif key not in WITHOUT_VARIABLE:
            kept[key] = value
    return kept


def _drop_unsayable(case: Case) -> Case:
    return replace(case, profile=_sayable(case.profile), credentials=_sayable(case.credentials))


NO_VARIABLE = Rewrite(
    "no variable says this setting, so a process without AWS_PROFILE cannot have it; --explain names it",
    _drop_unsayable,
)


# What the section [default] does.

#: What a variable takes back exactly, for every tool: a value of it means the same as none.
_TAKEN_BACK = {
    "use_fips_endpoint",
    "use_dualstack_endpoint",
    "ignore_configured_endpoint_urls",
    "sts_regional_endpoints",
    "defaults_mode",
    "account_id_endpoint_mode",
    "request_checksum_calculation",
    "response_checksum_validation",
    "disable_request_compression",
    "request_min_compression_size_bytes",
    "disable_host_prefix_injection",
}

_ENDPOINTS = {"endpoint_url", "services"}


def _names_endpoints(case: Case) -> bool:
    named = any(name.startswith("AWS_ENDPOINT_URL") and value for name, value in case.env.items())
    return named or bool(_ENDPOINTS & case.settings().keys())


def _fall_back_on_default(case: Case) -> Case:
    left = {key: value for key, value in case.default.items() if key not in _TAKEN_BACK}
    if not _names_endpoints(case):
        left = {key: value for key, value in left.items() if key not in _ENDPOINTS}
    own = case.settings()
    merged: dict[str, Value] = {**left, **case.profile}
    for key, value in left.items():
        if isinstance(value, Mapping) and isinstance(own.get(key), Mapping):
            merged[key] = {**value, **own[key]}  # type: ignore[dict-item]
    return replace(case, profile=merged)


DEFAULT = Rewrite(
    "a process without AWS_PROFILE reads [default]; what only that section names cannot be taken back where the tools' "
    "own defaults differ, or where no value means none",
    _fall_back_on_default,
)


# Which value counts.


def _own_region(case: Case) -> Case:
    if "region" not in case.settings() or not case.env.get("AWS_DEFAULT_REGION"):
        return case
    return replace(case, env={name: value for name, value in case.env.items() if name != "AWS_DEFAULT_REGION"})


OWN_REGION = Rewrite("the region that the role's own profile names wins over the environment's", _own_region)


def _assume_without_region(case: Case) -> Case:
    named = "region" in case.settings() or case.env.get("AWS_DEFAULT_REGION")
    return case if named or case.kind in ("process", "sso", "keys") else replace(case, kind="process")


HOME_REGION = Rewrite(
    "without a region assume-env asks in the partition's own; botocore assumes no role then where it has an endpoint",
    _assume_without_region,
)


def _data_path_of_cli(case: Case) -> Case:
    path = case.settings().get("data_path")
    if not isinstance(path, str) or case.env.get("AWS_DATA_PATH"):
        return case
    return replace(case, env={**case.env, "AWS_DATA_PATH": path})


DATA_PATH = Rewrite(
    "the AWS CLI sets AWS_DATA_PATH for itself: it reads the user's variable, never the data_path of a profile",
    _data_path_of_cli,
)


_KEY_OF = {variable: setting.key for setting in OF_BOTO for variable in setting.variables}


def _drop_empty(case: Case) -> Case:
    own = case.settings()
    kept = {name: value for name, value in case.env.items() if value != "" or _KEY_OF.get(name) not in own}
    return replace(case, env=kept)


EMPTY = Rewrite(
    "an empty variable counts as absent, so the profile's setting holds; botocore takes it for a value", _drop_empty
)


# What is refused.


def _plain_http(case: Case) -> bool:
    texts = [*case.settings().values(), *case.env.values()]
    for section in case.services.values():
        texts += [url for block in section.values() if isinstance(block, Mapping) for url in block.values()]
    urls = [urlsplit(text) for text in texts if isinstance(text, str)]
    return any(url.scheme == "http" and url.hostname not in ("127.0.0.1", "localhost", None) for url in urls)


PLAIN_HTTP = Refusal("the answer holds the keys: over http it is taken from this machine alone", _plain_http)

_SWITCHES = "use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls"


def _bad_switch(case: Case) -> bool:
    values = [case.env.get(f"AWS_{key.upper()}") or case.settings().get(key, "false") for key in _SWITCHES]
    return any(str(value).lower() not in ("true", "false") for value in values)


BAD_SWITCH = Refusal("a switch is true or false; botocore takes everything else for false", _bad_switch)

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "fips-us-gov-": "aws-us-gov"}


def _other_partition(case: Case) -> bool:
    region = str(case.settings().get("region", ""))
    partition = next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")
    return bool(region) and partition != case.partition


OTHER_PARTITION = Refusal(
    "a profile whose region lies in another partition than its role cannot work: an error before the call",
    _other_partition,
)

#: In the order in which they are applied.
REWRITES = {
    "INCLUDE": INCLUDE,
    "NO_VARIABLE": NO_VARIABLE,
    # The data_path of [default] becomes no variable, so it is looked for after that of the profile.
    "DATA_PATH": DATA_PATH,
    "DEFAULT": DEFAULT,
    "OWN_REGION": OWN_REGION,
    "HOME_REGION": HOME_REGION,
    "EMPTY": EMPTY,
}

REFUSALS = {"PLAIN_HTTP": PLAIN_HTTP, "BAD_SWITCH": BAD_SWITCH, "OTHER_PARTITION": OTHER_PARTITION}

Reason = Rewrite | Refusal


def rewritten(case: Case) -> tuple[Case, list[Reason]]:
    """The configuration that `--profile` has to be run with, and the reasons for it."""
    applied: list[Reason] = []
    for reason in REWRITES.values():
        other = reason.apply(case)
        if other != case:
            applied.append(reason)
            case = other
    return case, applied


def refusals(case: Case) -> list[Reason]:
    return [reason for reason in REFUSALS.values() if reason.holds(case)]
