"""What a client did, in a form that can be compared: its requests, without what is new in each, and its settings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from urllib.parse import urlsplit

from botocore.useragent import _USERAGENT_FEATURE_MAPPINGS

from answers import credential_calls
from recorder import Request

NONE = "-"

#: By the name of a field.
Fields = dict[str, str]

#: New in each request, or part of the signature, which is taken apart below.
_NEW = {"authorization", "x-amz-date", "x-amz-security-token", "amz-sdk-invocation-id", "host", "user-agent"}

#: How the credentials were come by has to differ.
_OF_CREDENTIALS = {mark for name, mark in _USERAGENT_FEATURE_MAPPINGS.items() if name.startswith("CREDENTIALS_")}

_SIGNATURE = re.compile(r"(\S+) Credential=[^/]*/\d{8}/([^/]*)/([^/]*)/aws4_request, *SignedHeaders=([^,]*)")


@dataclass(frozen=True)
class Observed:
    """What one client made of one configuration."""

    #: The requests of each operation; those that differ only in the number of the try are one.
    requests: Mapping[str, list[Fields]] = field(default_factory=dict)
    #: How each operation ended.
    outcomes: Mapping[str, Fields] = field(default_factory=dict)
    settings: Fields = field(default_factory=dict)
    #: Why there is nothing of all that.
    refused: str | None = None

    @property
    def helpless(self) -> bool:
        """Whether the client could not ask any service at all."""
        return self.refused is None and not any(self.requests.values())


def observe(result: Mapping, requests: Iterable[Request], replaced: Mapping[str, str]) -> Observed:
    """`replaced` has the texts that differ from run to run, and what takes their place."""

    def same(fields: Mapping[str, str]) -> Fields:
        return {name: _replace(value, replaced) for name, value in fields.items()}

    services = [request for request in requests if not credential_calls(request)]
    by_operation: dict[str, list[Fields]] = {name: [] for name in result["outcomes"]}
    for operation, group in groupby(services, key=lambda request: request.operation):
        by_operation[operation] = list(_tries(same(_fields(request)) for request in group))
    outcomes = {name: same(outcome) for name, outcome in result["outcomes"].items()}
    settings = same({name: _unset(value) for name, value in result["settings"].items()})
    # botocore's default of this one is a number, and what it reads from a file or a variable is a text.
    size = "request_min_compression_size_bytes"
    if isinstance(value := settings.get(size), str):
        settings[size] = value.strip("'")
    # Endpoints that are ignored do not differ from endpoints that are not there; the requests show which of them count.
    settings.pop("ignore_configured_endpoint_urls", None)
    return Observed(by_operation, outcomes, settings)


def _replace(text: str, replaced: Mapping[str, str]) -> str:
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text


def _unset(value: str) -> str:
    """A switch that is off, an empty text and what is not set are the same to botocore."""
    return "None" if value in ("False", "''") else value


#: The header that counts the tries. In the mode `legacy` the first try does not have the limit.
_TRY = "amz-sdk-request"


def _tries(requests: Iterable[Fields]) -> Iterator[Fields]:
    for _one, group in groupby(requests, key=lambda fields: {**fields, _TRY: NONE}):
        *_before, last = tries = list(group)
        yield {**last, "tries": str(len(tries))}


def _fields(request: Request) -> Fields:
    headers = {name.lower(): value for name, value in request.headers.items()}
    target = urlsplit(request.target)
    signature = _SIGNATURE.match(headers.get("authorization", ""))
    algorithm, region, service, signed = signature.groups() if signature else (NONE,) * 4
    fields = {
        "method": request.method,
        "scheme": request.scheme,
        "host": headers.get("host", NONE),
        **dict(_tunnel(request)),
        "path": target.path,
        "query": target.query,
        "signature": algorithm,
        "signing region": region,
        "signing name": service,
        # A session's token is signed too; a user's own keys have none.
        "signed headers": ";".join(name for name in signed.split(";") if name != "x-amz-security-token"),
        "body": _body(request.body),
    }
    for name, value in headers.items():
        if name == _TRY:
            fields[name] = "; ".join(part for part in value.split("; ") if part.startswith("max="))
        elif name not in _NEW:
            fields[name] = value
    fields.update(_agent(headers.get("user-agent", "")))
    return fields


def _tunnel(request: Request) -> Iterator[tuple[str, str]]:
    """Whom a proxy, or TLS, is asked for, where that is not the host of the request itself."""
    host = request.headers.get("Host", NONE)
    asked = (request.tunnel or urlsplit(request.target).netloc or host).removesuffix(":443")
    if asked != host.removesuffix(":443"):
        yield "tunnel", asked


def _body(body: bytes) -> str:
    # The time in a compressed body's head is the only thing that changes.
    if body.startswith(b"\x1f\x8b"):
        return f"{len(body)} bytes, compressed"
    return f"{len(body)} bytes, {hashlib.sha256(body).hexdigest()[:12]}" if body else NONE


def _agent(agent: str) -> Iterator[tuple[str, str]]:
    """What a user agent says of settings, each by its kind, and the rest of it."""
    rest = []
    for part in agent.split():
        kind, _slash, marks = part.partition("/")
        if kind == "m":
            yield "features", ",".join(sorted(set(marks.split(",")) - _OF_CREDENTIALS))
        elif kind in ("app", "cfg"):
            yield f"agent {kind}", marks
        else:
            rest.append(part)
    yield "agent", " ".join(rest)


@dataclass(frozen=True)
class Difference:
    """One field in which the two do not agree; `place` is an operation, or the settings."""

    place: str
    field: str
    theirs: str
    ours: str

    def what(self) -> str:
        return f"{self.field}: --profile {_short(self.theirs)}, assume-env {_short(self.ours)}"


def _short(text: str) -> str:
    text = text.replace("\n", " ").strip()
    return text if len(text) <= 160 else f"{text[:157]}..."


def differences(theirs: Observed, ours: Observed) -> Iterator[Difference]:
    """Where the two do not agree."""
    if ours.refused is not None:
        if not theirs.helpless:
            yield Difference("assume-env", "error", NONE, ours.refused)
        return
    for name in theirs.outcomes:
        yield from _of_operation(name, theirs, ours)
    yield from _of_fields("setting", theirs.settings, ours.settings)


def _of_operation(name: str, theirs: Observed, ours: Observed) -> Iterator[Difference]:
    yield from _of_fields(name, theirs.outcomes[name], ours.outcomes[name])
    left, right = theirs.requests[name], ours.requests[name]
    if len(left) != len(right):
        yield Difference(name, "requests", _list(left), _list(right))
        return
    for one, other in zip(left, right, strict=True):
        yield from _of_fields(name, one, other)


def _list(requests: list[Fields]) -> str:
    return ", ".join(f"{request['method']} {request['host']}{request['path']}" for request in requests) or NONE


def _of_fields(place: str, left: Fields, right: Fields) -> Iterator[Difference]:
    for name in left.keys() | right.keys():
        one, other = left.get(name, NONE), right.get(name, NONE)
        if one != other:
            yield Difference(place, name, one, other)


def count(theirs: Observed, ours: Observed) -> tuple[int, int]:
    """How many requests are equal, and how many are not or have no counterpart."""
    equal = different = 0
    for name in theirs.outcomes:
        left, right = theirs.requests[name], ours.requests.get(name, [])
        for number in range(max(len(left), len(right))):
            if left[number : number + 1] == right[number : number + 1]:
                equal += int(left[number]["tries"])
            else:
                different += 1
    return equal, different
