"""A configuration as botocore reads it, which the reasons of a difference may change before botocore goes on with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import theirs
from outcome import Case, Outcome


@dataclass
class Setting:
    """Role, environment and files; `region`, `session_token` and `web_duration` are for `resolve`."""

    case: Case
    env: dict[str, str]
    config: dict[str, Any]
    region: str | None = None
    session_token: bool = False
    web_duration: int | None = None

    @property
    def profiles(self) -> dict[str, dict[str, Any]]:
        return self.config["profiles"]

    @property
    def asked(self) -> str | None:
        """The profile that the settings of the calls are taken from, by name."""
        if self.case.is_arn:
            return self.case.source_profile or self.ambient or "default"
        return self.case.role or self.ambient

    @property
    def ambient(self) -> str | None:
        return self.env.get("AWS_DEFAULT_PROFILE") or self.env.get("AWS_PROFILE")

    def chain(self) -> list[dict[str, Any]]:
        """The profiles from the one that was asked for down to the source, as far as they are there."""
        found: list[str] = []
        name = self.asked
        while name in self.profiles and name not in found:
            found.append(name)
            profile = self.profiles[name]
            if "role_arn" not in profile or (len(found) > 1 and "aws_access_key_id" in profile):
                break
            name = profile.get("source_profile")
        return [self.profiles[name] for name in found]

    def scoped(self) -> dict[str, Any]:
        """The profile that the settings of the calls are taken from."""
        return self.profiles.get(self.asked or "", {})

    def setting(self, name: str, default: str) -> str:
        """What the environment says, else the profile."""
        return self.env.get(f"AWS_{name.upper()}", self.scoped().get(name, default))

    def address(self, service: str = "sts") -> str | None:
        """The address of a service that is configured."""
        if self.setting("ignore_configured_endpoint_urls", "false").lower() == "true":
            return None
        return theirs.configured_address(self.config, self.scoped(), self.env, service)

    def own(self) -> dict[str, Any]:
        """The profile of the role itself; a bare ARN has none."""
        return {} if self.case.is_arn else self.scoped()

    def role(self) -> str | None:
        return self.case.role if self.case.is_arn else self.own().get("role_arn")

    def resolve(self) -> Outcome:
        outcome = theirs.resolve(self.case, self.env, self.change, self.session_token)
        if self.web_duration is None:
            return outcome
        # botocore has no way to be told of it.
        calls = (
            replace(call, duration=self.web_duration) if call.action == "AssumeRoleWithWebIdentity" else call
            for call in outcome.calls
        )
        return replace(outcome, calls=tuple(calls))

    def change(self, session: Any) -> None:
        """Puts what the reasons changed where botocore looks for it."""
        session.full_config["profiles"].update(self.config["profiles"])
        if self.region is not None:
            session.set_config_variable("region", self.region)
