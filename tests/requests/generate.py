"""Configurations that follow from a seed: random settings for the profile, its source, [default] and the user."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from case import Case, Value
from settings import OF_BOTO, WITHOUT_VARIABLE

REGIONS = {
    "aws": ["eu-west-1", "us-east-1", "us-east-2", "us-west-2", "ap-south-1"],
    "aws-cn": ["cn-north-1", "cn-northwest-1"],
    "aws-us-gov": ["us-gov-west-1", "us-gov-east-1"],
}
KINDS = {"role": 10, "chain": 2, "keys": 2, "process": 1, "sso": 1, "web": 1, "environment": 1}
SERVICES = "s3", "dynamodb", "lambda", "iam", "cloudwatch", "route_53", "servicediscovery", "ec2", "kms"
URLS = "https://one.example.test", "https://two.example.test/path", "{loopback}", "{loopback}/three"

#: What a random choice leaves out: the bundle, which the environment has, and what the user and [default] rarely have.
_CHOICE = [setting for setting in OF_BOTO if setting.key != "ca_bundle"]


def cases(seed: int, count: int) -> Iterator[Case]:
    """`count` configurations that follow from the seed."""
    dice = random.Random(seed)
    for number in range(count):
        yield _case(dice, f"random {number}")


def _case(dice: random.Random, name: str) -> Case:
    partition = dice.choices(list(REGIONS), weights=[8, 1, 1])[0]
    services: dict[str, Mapping[str, Value]] = {}
    profile = _settings(dice, 5)
    if dice.random() < 0.9:
        profile["region"] = dice.choice(REGIONS[partition])
    if dice.random() < 0.3:
        profile["endpoint_url"] = dice.choice(URLS)
    if dice.random() < 0.3:
        profile["services"] = "mine"
        chosen = dice.sample(SERVICES, dice.randint(1, 4))
        services["mine"] = {service: {"endpoint_url": dice.choice(URLS)} for service in chosen}
    if dice.random() < 0.2:
        key = dice.choice(list(WITHOUT_VARIABLE))
        value = WITHOUT_VARIABLE[key]
        if isinstance(value, Mapping):
            inside = profile.get(key, {})
            value = {**(inside if isinstance(inside, Mapping) else {}), **dict([dice.choice(list(value.items()))])}
        profile[key] = value
    credentials = {}
    if dice.random() < 0.2 and profile:
        moved = dice.choice(list(profile))
        credentials[moved] = profile.pop(moved)
    return Case(
        name,
        profile,
        credentials=credentials,
        source=_settings(dice, 3) if dice.random() < 0.3 else {},
        default=_settings(dice, 3) if dice.random() < 0.2 else {},
        services=services,
        env=_environment(dice),
        kind=dice.choices(list(KINDS), weights=list(KINDS.values()))[0],
        partition=partition,
    )


def _settings(dice: random.Random, most: int) -> dict[str, Value]:
    settings: dict[str, Value] = {}
    for setting in dice.sample(_CHOICE, dice.randint(0, most)):
        for key, value in setting.inside(dice.choice(setting.values)).items():
            before = settings.get(key)
            both = isinstance(value, Mapping) and isinstance(before, Mapping)
            settings[key] = {**before, **value} if both else value  # type: ignore[dict-item]
    return settings


def _environment(dice: random.Random) -> dict[str, str]:
    env = {}
    if dice.random() < 0.4:
        for setting in dice.sample(_CHOICE, dice.randint(1, 3)):
            env.update(dict.fromkeys(setting.variables, dice.choice(setting.values)))
    if dice.random() < 0.1:
        env[dice.choice(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])] = dice.choice(URLS)
    if dice.random() < 0.15:
        env[dice.choice(["AWS_REGION", "AWS_DEFAULT_REGION"])] = "eu-west-1"
    return env
