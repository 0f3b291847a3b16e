"""What assume-env makes of a configuration, read from `assume-env --explain --json`."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from typing import Any

from outcome import DEFAULT_NAME, Call, Case, Outcome

ERROR = "an error"
CRASH = "a crash"


def resolve(binary: str, case: Case, env: Mapping[str, str]) -> tuple[Outcome, str]:
    """What assume-env would do, and what it said of an error."""
    command = [binary, "--explain", "--json"]
    if case.source_profile is not None:
        command += ["--source-profile", case.source_profile]
    if case.role is not None:
        command.append(case.role)
    done = subprocess.run(
        command, env=env, cwd=env["HOME"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    if done.returncode in (1, 2):
        crashed = "a mistake in assume-env itself" in done.stderr
        return Outcome(error=CRASH if crashed else ERROR), done.stderr
    if done.returncode != 0:
        return Outcome(error=CRASH), f"exit status {done.returncode}\n{done.stderr}"
    plan = json.loads(done.stdout)
    if plan["problem"] is not None:
        # A token that is missing or has expired: the plan can be explained, and not be carried out.
        return Outcome(error=ERROR), plan["problem"]
    source, sso = _source(plan["source"], env)
    return (
        Outcome(
            source=source,
            sso=sso,
            calls=tuple(_call(hop) for hop in plan["hops"]),
            session_region=_value(plan["session_region"]),
        ),
        "",
    )


def _value(located: Any) -> Any:
    """The value alone of a value that tells where it came from."""
    return located["value"] if isinstance(located, dict) else located


def _call(hop: dict[str, Any]) -> Call:
    def get(name: str) -> Any:
        return _value(hop.get(name))

    name = hop.get("session_name")
    by_default = isinstance(name, dict) and name["from"] == "the default"
    # Nothing signs a web identity's request, so there is no region to compare.
    signed = hop["action"] != "AssumeRoleWithWebIdentity"
    return Call(
        action=hop["action"],
        role=get("role_arn"),
        session_name=DEFAULT_NAME if by_default else _value(name),
        external_id=get("external_id"),
        # A user's session may be as long as it likes; botocore never asks for one.
        duration=None if hop["action"] == "GetSessionToken" else get("duration_seconds"),
        mfa_serial=get("mfa_serial"),
        endpoint=(get("endpoint") or "").rstrip("/"),
        region=get("region") if signed else None,
    )


def _source(source: dict[str, Any], env: Mapping[str, str]) -> tuple[str, dict[str, str | None]]:
    kind, profile, text = source["kind"], source.get("profile"), source["description"]
    if kind == "profile":
        return f"key {_key_id(text)}", {}
    if kind == "environment":
        return f"key {env['AWS_ACCESS_KEY_ID']}", {}
    if kind == "login" or (kind == "process" and "login_session" in text):
        return f"login of {profile}", {}
    if kind == "process":
        return f"process of {profile}", {}
    if kind == "sso":
        return "sso", {
            "account": _value(source.get("account_id")),
            "role": _value(source.get("role_name")),
            "endpoint": (_value(source.get("endpoint")) or "").rstrip("/"),
            "region": _value(source.get("region")),
            "start_url": _value(source.get("start_url")),
        }
    return kind, {}


def _key_id(text: str) -> str:
    """The key id in the line that the description names: which of several keys is meant, not only that there is one."""
    place = re.search(r"\((.+):(\d+)\)$", text)
    if place is None:
        return f"that nobody can find: {text}"
    with open(place[1], encoding="utf-8") as lines:
        line = lines.read().splitlines()[int(place[2]) - 1]
    return re.split("[=:]", line, maxsplit=1)[1].strip()
