"""What is compared: a configuration on one side, what it leads to on the other.

Both libraries' answers are brought into one form, `Outcome`, whose fields have the same names and spellings, so that a
difference is always a field and two values and never a matter of how somebody writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields

DEFAULT_NAME = "a default"
NONE = "none"


@dataclass(frozen=True)
class Case:
    """A configuration, and the role as somebody types it. `{home}` stands for the home folder in texts and variables."""

    name: str
    role: str | None = None
    config: str = ""
    credentials: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    source_profile: str | None = None
    #: The session name of a bare role, which has no profile that could name it.
    session_name: str | None = None

    @property
    def is_arn(self) -> bool:
        """Whether a bare ARN is typed, which no profile knows."""
        return self.role is not None and self.role.startswith("arn:")

    def show(self) -> str:
        """The configuration as somebody would write it down, to find out why it differs."""
        lines = [f"  role: {self.role or '(left out)'}"]
        if self.source_profile:
            lines.append(f"  --source-profile {self.source_profile}")
        lines += [f"  {name}={value}" for name, value in self.env.items()]
        for file, text in (("config", self.config), ("credentials", self.credentials)):
            lines += [f"  {file}: {line}" for line in text.splitlines()]
        return "\n".join(lines)


@dataclass(frozen=True)
class Call:
    """One call of STS."""

    action: str
    role: str | None = None
    session_name: str | None = None
    external_id: str | None = None
    duration: int | None = None
    mfa_serial: str | None = None
    endpoint: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a configuration leads to: an error, or a source, the calls after it, and the region of the session."""

    error: str | None = None
    source: str | None = None
    sso: Mapping[str, str | None] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    session_region: str | None = None

    def rows(self) -> dict[str, str]:
        """Its fields by name. An error has no other field: which error it is, is everybody's own business."""
        if self.error is not None:
            return {"error": self.error}
        rows = {
            "error": NONE,
            "source": str(self.source),
            "session region": self.session_region or NONE,
            "calls": ", ".join(call.action for call in self.calls) or NONE,
        }
        rows.update({f"sso {name}": value or NONE for name, value in self.sso.items()})
        for number, call in enumerate(self.calls, 1):
            for column in fields(call):
                value = getattr(call, column.name)
                rows[f"{number} {column.name}"] = NONE if value is None else str(value)
        return rows


@dataclass(frozen=True)
class Difference:
    """One field in which the two do not agree."""

    field: str
    theirs: str
    ours: str

    def __str__(self) -> str:
        return f"{self.field}: botocore {self.theirs}, assume-env {self.ours}"


def differences(theirs: Outcome, ours: Outcome) -> Iterator[Difference]:
    """Where the two do not agree. When they do not make the same calls, the calls are not compared one by one."""
    if theirs.error is not None and ours.error is not None:
        return
    left, right = theirs.rows(), ours.rows()
    if theirs.error is not None or ours.error is not None:
        yield Difference("error", left["error"], right["error"])
        return
    same_calls = left["calls"] == right["calls"]
    for name in sorted(left.keys() | right.keys()):
        if name[0].isdigit() and not same_calls:
            continue
        one, other = left.get(name, NONE), right.get(name, NONE)
        if one != other:
            yield Difference(name, one, other)
