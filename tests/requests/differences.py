"""The one table of differences: the written configurations for which a command under assume-env asks otherwise.

A row that does not come about any more is as wrong as a difference that has no row.
"""

from __future__ import annotations

from typing import NamedTuple

import reasons


class Row(NamedTuple):
    """A configuration by its name, and why it differs."""

    case: str
    why: reasons.Reason


def _rows(why: reasons.Reason, *cases: str) -> list[Row]:
    return [Row(case, why) for case in cases]


TABLE = [
    *_rows(
        reasons.NO_VARIABLE,
        "parameter_validation = false",
        "api_versions.cloudwatch = 2010-08-01",
        "cli_timestamp_format = iso8601",
        "s3.addressing_style = path",
        "s3.use_accelerate_endpoint = true",
        "s3.use_dualstack_endpoint = true",
        "s3.payload_signing_enabled = true",
        "s3.signature_version = s3",
        "s3.multipart_threshold = 5MB",
        "s3 keys with and without a variable",
        "all settings of [default], which the profile has too",
    ),
    *_rows(
        reasons.DEFAULT,
        "all settings of [default], which the profile has too",
        "endpoint_url of [default] and services",
        "region of [default]",
        "retry_mode of [default]",
        "max_attempts of [default]",
        "sdk_ua_app_id of [default]",
        "data_path of [default]",
        "s3 of [default]",
    ),
    *_rows(reasons.INCLUDE, "settings of an included profile"),
    *_rows(reasons.OWN_REGION, "region and AWS_DEFAULT_REGION"),
    *_rows(reasons.HOME_REGION, "endpoint_url without a region"),
    *_rows(reasons.DATA_PATH, "data_path = ~/models"),
    *_rows(reasons.EMPTY, "an empty AWS_USE_DUALSTACK_ENDPOINT"),
    *_rows(reasons.PLAIN_HTTP, "endpoint_url over http to another machine"),
    *_rows(reasons.BAD_SWITCH, "use_fips_endpoint neither true nor false"),
    *_rows(reasons.OTHER_PARTITION, "a region of another partition"),
]
