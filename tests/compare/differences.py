"""The one table of differences: where, in the configurations that are written down, assume-env does not do what botocore does.

A row that does not come about any more is as wrong as a difference that has no row, so the table is always the whole truth.
"""

from __future__ import annotations

from typing import NamedTuple

import reasons
from ours import ERROR
from outcome import DEFAULT_NAME, NONE, Difference

GLOBAL = "https://sts.amazonaws.com"


def sts(region: str) -> str:
    return f"https://sts.{region}.amazonaws.com"


class Row(NamedTuple):
    """A configuration by its name, a field, what botocore makes of it and what assume-env does, and why."""

    case: str
    field: str
    theirs: str
    ours: str
    why: reasons.Rewrite | reasons.Refusal

    def difference(self) -> Difference:
        return Difference(self.field, self.theirs, self.ours)


TABLE = [
    Row("empty external_id", "error", "ParamValidationError", NONE, reasons.EMPTY),
    Row("empty mfa_serial", "error", "ParamValidationError", NONE, reasons.EMPTY),
    Row("empty region", "error", "ValueError", NONE, reasons.EMPTY),
    Row("empty credential_source beside source_profile", "error", "InvalidConfigError", NONE, reasons.EMPTY),
    Row("empty web_identity_token_file", "calls", NONE, "AssumeRole", reasons.EMPTY),
    Row("empty web_identity_token_file", "source", "instance", "key AKIABASE", reasons.EMPTY),
    Row("empty credential_process", "error", "ValueError", NONE, reasons.EMPTY),
    Row("empty AWS_DEFAULT_REGION", "error", "ValueError", NONE, reasons.EMPTY),
    Row("AWS_PROFILE and keys in the environment", "calls", NONE, "AssumeRole", reasons.ROLE_FIRST),
    Row("AWS_PROFILE and keys in the environment", "source", "key AKIAENV", "key AKIABASE", reasons.ROLE_FIRST),
    Row("include_profile", "error", "PartialCredentialsError", NONE, reasons.INCLUDE),
    Row("credential_source in mixed case", "error", "InvalidConfigError", NONE, reasons.SPELLING),
    Row("keys alone", "calls", NONE, "GetSessionToken", reasons.SESSION_TOKEN),
    Row("keys alone with an MFA device", "calls", NONE, "GetSessionToken", reasons.SESSION_TOKEN),
    Row("credential_process", "calls", NONE, "GetSessionToken", reasons.SESSION_TOKEN),
    Row("keys in the config file yield to credential_process", "calls", NONE, "GetSessionToken", reasons.SESSION_TOKEN),
    Row("AWS_ROLE_SESSION_NAME", "1 session_name", DEFAULT_NAME, "of-environment", reasons.SESSION_NAME),
    Row(
        "AWS_ROLE_SESSION_NAME and a bare role", "1 session_name", DEFAULT_NAME, "of-environment", reasons.SESSION_NAME
    ),
    Row("services section that is not there, and nothing to ask", "error", NONE, ERROR, reasons.NO_SERVICES),
    Row("duration_seconds of a web identity", "1 duration", NONE, "7200", reasons.WEB_DURATION),
    Row(
        "web identity of the environment behind a bare role", "2 session_name", DEFAULT_NAME, "pod", reasons.SESSION_NAME
    ),
    Row("duration_seconds with a unit", "1 duration", NONE, "900", reasons.UNITS),
    Row(
        "region of the profile and of the environment",
        "1 endpoint",
        sts("eu-north-1"),
        sts("eu-west-1"),
        reasons.OWN_REGION,
    ),
    Row("region of the profile and of the environment", "1 region", "eu-north-1", "eu-west-1", reasons.OWN_REGION),
    Row("AWS_REGION", "1 endpoint", GLOBAL, sts("eu-west-1"), reasons.AWS_REGION),
    Row("AWS_REGION", "1 region", "us-east-1", "eu-west-1", reasons.AWS_REGION),
    Row("AWS_REGION and AWS_DEFAULT_REGION", "1 endpoint", sts("eu-north-1"), sts("eu-west-1"), reasons.AWS_REGION),
    Row("AWS_REGION and AWS_DEFAULT_REGION", "1 region", "eu-north-1", "eu-west-1", reasons.AWS_REGION),
    Row("region of the source", "1 endpoint", GLOBAL, sts("eu-west-1"), reasons.SOURCE_REGION),
    Row("region of the source", "1 region", "us-east-1", "eu-west-1", reasons.SOURCE_REGION),
    Row("no region at all", "1 endpoint", GLOBAL, sts("us-east-1"), reasons.HOME_REGION),
    Row("endpoint_url without a region", "error", "NoRegionError", NONE, reasons.HOME_REGION),
    Row(
        "role of another partition without a region",
        "1 endpoint",
        GLOBAL,
        "https://sts.cn-north-1.amazonaws.com.cn",
        reasons.HOME_REGION,
    ),
    Row("role of another partition without a region", "1 region", "us-east-1", "cn-north-1", reasons.HOME_REGION),
    Row(
        "role of another partition than the region of the environment",
        "1 endpoint",
        sts("eu-west-1"),
        sts("us-gov-west-1"),
        reasons.HOME_REGION,
    ),
    Row(
        "role of another partition than the region of the environment",
        "1 region",
        "eu-west-1",
        "us-gov-west-1",
        reasons.HOME_REGION,
    ),
    Row("no role at all", "error", NONE, ERROR, reasons.NO_ROLE),
    Row("sso_session alone in a profile", "error", NONE, ERROR, reasons.NO_INSTANCE),
    Row("a profile without credentials", "error", NONE, ERROR, reasons.NO_INSTANCE),
    Row("a bare role from nothing", "error", NONE, ERROR, reasons.NO_INSTANCE),
    Row("[default] behind [profile default]", "error", NONE, ERROR, reasons.NO_INSTANCE),
    Row("a session token next to a long-lived key", "error", NONE, ERROR, reasons.WRONG_TOKEN),
    Row("a temporary key without a session token", "error", NONE, ERROR, reasons.WRONG_TOKEN),
    Row("a secret alone in the credentials file, whole keys in the other", "error", NONE, ERROR, reasons.HALF_KEYS),
    Row("duration_seconds that is no number", "error", NONE, ERROR, reasons.BAD_DURATION),
    Row("duration_seconds with a comment", "error", NONE, ERROR, reasons.BAD_DURATION),
    Row("duration_seconds with a sign", "error", NONE, ERROR, reasons.BAD_DURATION),
    Row("duration_seconds with an underscore", "error", NONE, ERROR, reasons.BAD_DURATION),
    Row("use_fips_endpoint neither true nor false", "error", NONE, ERROR, reasons.BAD_SWITCH),
    Row("endpoint_url over http to another machine", "error", NONE, ERROR, reasons.PLAIN_HTTP),
    Row("role of another partition than its own region", "error", NONE, ERROR, reasons.OTHER_PARTITION),
    Row("AWS_CONFIG_FILE that is not there", "error", NONE, ERROR, reasons.FILE_MISSING),
]
