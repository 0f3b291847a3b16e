"""What the server answers: keys to a client that assumes a role, and else the least that a client takes for success.

Two operations always fail, so that a client shows how often it tries.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from recorder import Request

ACCOUNT = "123456789012"
EXPIRY = "2099-01-01T00:00:00Z"
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEXAMPLETOKEN"


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    kind: str = "text/xml"
    headers: dict[str, str] = field(default_factory=dict)


def keys_xml(name: str = "ASIAROLE") -> str:
    return (
        f"<Credentials><AccessKeyId>{key_id(name)}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
        f"<SessionToken>{TOKEN}</SessionToken><Expiration>{EXPIRY}</Expiration></Credentials>"
    )


def key_id(name: str) -> str:
    """A key id of the usual length."""
    return name.ljust(20, "X")


def credential_calls(request: Request) -> bool:
    """Whether a request asks for credentials, and for nothing else: those are no requests to a service."""
    return _action(request) in _GRANTS or urlsplit(request.target).path.endswith(_PORTAL)


_PORTAL = "/federation/credentials"


def answer(request: Request) -> Answer:
    """The answer to a request, by the operation that it names."""
    action = _action(request)
    operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    path = urlsplit(request.target).path
    if action in _GRANTS:
        return _grant(action, dict(parse_qsl(request.body.decode())))
    if path.endswith(_PORTAL):
        keys = {
            "accessKeyId": key_id("ASIASSO"),
            "secretAccessKey": SECRET,
            "sessionToken": TOKEN,
            "expiration": 4070908800000,
        }
        return _json({"roleCredentials": keys})
    if operation == "DescribeLimits":
        return _json({"__type": "InternalServerError", "message": "always"}, 500)
    if path.endswith("/account-settings"):
        return _json({"Type": "Service", "Message": "always"}, 503)
    if operation == "DescribeEndpoints":
        return _json({"Endpoints": [{"Address": "discovered.example.test", "CachePeriodInMinutes": 60}]})
    if operation:
        return _json({"ListTables": {"TableNames": []}}.get(operation, {}))
    if action:
        return Answer(f"<{action}Response>{_RESULTS.get(action, '')}</{action}Response>".encode())
    if "/service/" in path:
        return Answer(b"\xa0", kind="application/cbor", headers={"smithy-protocol": "rpc-v2-cbor"})
    if re.search(r"/\d{4}-\d\d-\d\d/", path):
        return Answer(_HOSTED_ZONES)
    return _s3(request)


def _action(request: Request) -> str:
    """The operation of a service of the query protocol."""
    if "x-www-form-urlencoded" not in request.headers.get("Content-Type", ""):
        return ""
    return dict(parse_qsl(request.body.decode())).get("Action", "")


def _json(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status, "application/x-amz-json-1.0")


_GRANTS = {"AssumeRole", "AssumeRoleWithWebIdentity", "GetSessionToken"}

_RESULTS = {
    "GetCallerIdentity": "<GetCallerIdentityResult><Account>123456789012</Account><UserId>AIDA</UserId>"
    "<Arn>arn:aws:iam::123456789012:user/me</Arn></GetCallerIdentityResult>",
    "ListUsers": "<ListUsersResult><Users><member><UserName>me</UserName><UserId>AIDA</UserId><Path>/</Path>"
    "<Arn>arn:aws:iam::123456789012:user/me</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate></member></Users>"
    "<IsTruncated>false</IsTruncated></ListUsersResult>",
    "DescribeRegions": "<regionInfo/>",
}

_HOSTED_ZONES = b"<ListHostedZonesResponse><HostedZones/><IsTruncated>false</IsTruncated></ListHostedZonesResponse>"


def _grant(action: str, asked: dict[str, str]) -> Answer:
    user = ""
    if role := asked.get("RoleArn"):
        _arn, partition, _iam, _region, account, name = role.split(":", 5)
        session = asked["RoleSessionName"]
        arn = f"arn:{partition}:sts::{account}:assumed-role/{name.rpartition('/')[2]}/{session}"
        user = f"<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROAROLE:{session}</AssumedRoleId></AssumedRoleUser>"
    return Answer(f"<{action}Response><{action}Result>{keys_xml()}{user}</{action}Result></{action}Response>".encode())


def _s3(request: Request) -> Answer:
    target = urlsplit(request.target)
    if request.method == "PUT":
        return Answer(b"", headers={"ETag": '"e"'})
    if "session" in target.query:
        body = f"<CreateSessionResult>{keys_xml('ASIAEXPRESS')}</CreateSessionResult>"
        return Answer(body.encode())
    if target.path.endswith("/key"):
        return Answer(b"content", kind="binary/octet-stream", headers={"ETag": '"e"'})
    return Answer(b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>")
