"""A stand-in for AWS inside botocore: answers every request before it reaches a socket, and writes down what was asked.

STS refuses here what the real one refuses (names, lengths, a code on behalf of a role), because assume-env refuses most of
that before the call: both are an error then, and nothing has to be listed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.awsrequest import AWSResponse
from outcome import DEFAULT_NAME, Call

EXPIRY = "2099-01-01T00:00:00Z"
IMDS = "169.254.169.254"
CONTAINER = "169.254.170.2"

SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[!-~]*?[\w+=,.@-]{1,64}", re.ASCII)


class _Body:
    """What an AWSResponse reads its content from."""

    def __init__(self, text: str) -> None:
        self._bytes = text.encode()

    def stream(self) -> list[bytes]:
        return [self._bytes]


def _answer(url: str, status: int, text: str) -> AWSResponse:
    return AWSResponse(url, status, {}, _Body(text))


@dataclass
class StandIn:
    """AWS, as one configuration sees it."""

    calls: list[Call] = field(default_factory=list)
    #: What the first credentials came from, as soon as something was asked for them.
    source: str | None = None
    sso: dict[str, str | None] = field(default_factory=dict)
    #: The key that signed the first call.
    first_key: str | None = None

    def came_from(self, source: str) -> None:
        """Notes the first source; what comes after it is a hop."""
        self.source = self.source or source

    def send(self, request: Any) -> AWSResponse:
        """Takes the place of `URLLib3Session.send`."""
        url = urlsplit(request.url)
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        if "Action=" in body:
            return self._sts(request, dict(parse_qsl(body, keep_blank_values=True)))
        if url.path.endswith("/federation/credentials"):
            return self._portal(request.url, dict(parse_qsl(url.query)))
        if url.hostname == IMDS:
            return self._imds(request.url, url.path)
        if url.hostname == CONTAINER or url.path == "/container":
            self.came_from("container")
            return _answer(request.url, 200, json.dumps(_metadata_keys("CONTAINER")))
        raise AssertionError(f"botocore asked {request.url}, which the stand-in does not know")

    def _imds(self, url: str, path: str) -> AWSResponse:
        if path.endswith("/token"):
            return _answer(url, 200, "imds-token")
        if path.endswith("/security-credentials/"):
            return _answer(url, 200, "machine")
        self.came_from("instance")
        return _answer(url, 200, json.dumps(_metadata_keys("INSTANCE")))

    def _portal(self, url: str, query: dict[str, str]) -> AWSResponse:
        self.came_from("sso")
        self.sso["account"] = query["account_id"]
        self.sso["role"] = query["role_name"]
        self.sso["endpoint"] = url.partition("/federation/")[0]
        keys = {"accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "t", "expiration": 4070908800000}
        return _answer(url, 200, json.dumps({"roleCredentials": keys}))

    def _sts(self, request: Any, asked: dict[str, str]) -> AWSResponse:
        action = asked["Action"]
        key, region = _signature(request)
        if action == "AssumeRoleWithWebIdentity":
            self.came_from("web-identity")
        self.first_key = self.first_key or key
        role, name, length = asked.get("RoleArn"), asked.get("RoleSessionName"), asked.get("DurationSeconds")
        self.calls.append(
            Call(
                action=action,
                role=role,
                session_name=DEFAULT_NAME if re.fullmatch(r"botocore-session-\d+", name or "") else name,
                external_id=asked.get("ExternalId"),
                duration=None if length is None else int(length),
                mfa_serial=asked.get("SerialNumber"),
                endpoint=request.url.rstrip("/"),
                region=region,
            )
        )
        # What a login turns out to be is not known before it is asked.
        temporary = "X-Amz-Security-Token" in request.headers and key != LOGIN_KEY
        refused = _refusal(asked, key, temporary)
        if refused:
            error = f"<Error><Type>Sender</Type><Code>ValidationError</Code><Message>{refused}</Message></Error>"
            return _answer(request.url, 400, f"<ErrorResponse>{error}</ErrorResponse>")
        return _answer(request.url, 200, _granted(action, role))


def _metadata_keys(name: str) -> dict[str, str]:
    return {
        "Code": "Success",
        "AccessKeyId": f"ASIA{name}",
        "SecretAccessKey": "s",
        "Token": "t",
        "Expiration": EXPIRY,
    }


def _signature(request: Any) -> tuple[str | None, str | None]:
    """The key that signed a request and the region that it was signed for."""
    header = request.headers.get("Authorization")
    if header is None:
        return None, None
    text = header.decode() if isinstance(header, bytes) else header
    key, _day, region, _service, _end = text.partition("Credential=")[2].partition(",")[0].split("/")
    return key, region


def _refusal(asked: dict[str, str], key: str | None, temporary: bool) -> str | None:
    """Why STS says no, if it does."""
    if key == "":
        return "no key"
    if asked["Action"] == "GetSessionToken":
        return "temporary keys" if temporary else None
    if not ROLE_ARN.fullmatch(asked["RoleArn"]):
        return "no role"
    if not SESSION_NAME.fullmatch(asked["RoleSessionName"]):
        return "session name"
    if "ExternalId" in asked and not EXTERNAL_ID.fullmatch(asked["ExternalId"]):
        return "external ID"
    if not 900 <= int(asked.get("DurationSeconds", 3600)) <= (3600 if temporary else 43200):
        return "duration"
    if "SerialNumber" in asked and key in ROLE_KEYS:
        return "a role has no MFA device"
    return None


LOGIN_KEY = "ASIALOGIN"

#: The keys that this stand-in hands out for roles.
ROLE_KEYS = {"ASIAROLE", "ASIASSO", "ASIAINSTANCE", "ASIACONTAINER"}


def _granted(action: str, role: str | None) -> str:
    keys = f"""<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
        <SessionToken>t</SessionToken><Expiration>{EXPIRY}</Expiration></Credentials>"""
    user = f"<AssumedRoleUser><Arn>{role}</Arn><AssumedRoleId>r:s</AssumedRoleId></AssumedRoleUser>"
    return f"<{action}Response><{action}Result>{keys}{user}</{action}Result></{action}Response>"
