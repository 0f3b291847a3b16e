"""The settings of a profile and their variables, as the sources of the AWS CLI, botocore and the SDKs have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BOTO = "botocore"


@dataclass(frozen=True)
class Setting:
    """A setting that has a variable. The name of a nested one is `block.key`."""

    key: str
    variables: tuple[str, ...]
    #: Values with which it changes something, and that are right for every tool.
    values: tuple[str, ...]
    #: Who reads it. What botocore does not read changes no request of this test: its variable is looked at instead.
    reader: str = BOTO
    #: Whether a request of this test can show it; otherwise only the clients' own settings show it.
    in_requests: bool = True

    @property
    def block(self) -> str | None:
        return self.key.partition(".")[0] if "." in self.key else None

    def inside(self, value: str) -> Mapping[str, str | Mapping[str, str]]:
        """The setting with a value, as a profile has it."""
        block, _dot, name = self.key.rpartition(".")
        return {block: {name: value}} if block else {name: value}


def _boto(key: str, *values: str, variable: str | None = None) -> Setting:
    return Setting(key, (variable or f"AWS_{key.upper()}",), values)


def _unseen(key: str, *values: str, variable: str | None = None) -> Setting:
    return Setting(key, (variable or f"AWS_{key.upper()}",), values, in_requests=False)


def _other(key: str, variable: str, value: str, reader: str) -> Setting:
    return Setting(key, (variable,), (value,), reader)


#: `region`, `endpoint_url` and the entries of `services` are not among these: they have rules of their own.
SETTINGS = [
    _boto("use_fips_endpoint", "true"),
    _boto("use_dualstack_endpoint", "true"),
    _boto("ignore_configured_endpoint_urls", "true"),
    _boto("ca_bundle", "{bundle}"),
    _boto("sts_regional_endpoints", "legacy"),
    _boto("retry_mode", "standard", "adaptive", "legacy"),
    _boto("max_attempts", "2", "6"),
    _boto("defaults_mode", "standard", "in-region"),
    _boto("account_id_endpoint_mode", "disabled", "required"),
    _boto("sdk_ua_app_id", "ledger"),
    _boto("request_checksum_calculation", "when_required"),
    _boto("response_checksum_validation", "when_required"),
    _boto("disable_request_compression", "true"),
    _boto("request_min_compression_size_bytes", "500"),
    _boto("sigv4a_signing_region_set", "us-west-2,eu-west-1"),
    _boto("auth_scheme_preference", "sigv4,httpBearerAuth"),
    _boto("disable_host_prefix_injection", "true"),
    Setting(
        "endpoint_discovery_enabled", ("AWS_ENDPOINT_DISCOVERY_ENABLED", "AWS_ENABLE_ENDPOINT_DISCOVERY"), ("true",)
    ),
    _boto("s3_disable_express_session_auth", "true"),
    _boto("s3_use_arn_region", "false"),
    _boto("s3.use_arn_region", "false", variable="AWS_S3_USE_ARN_REGION"),
    _boto("s3_us_east_1_regional_endpoint", "regional"),
    _boto("s3.us_east_1_regional_endpoint", "regional", variable="AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"),
    _boto("s3.s3_disable_multiregion_access_points", "true", variable="AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS"),
    _unseen("ec2_metadata_service_endpoint", "http://127.0.0.1:1338"),
    _unseen("ec2_metadata_service_endpoint_mode", "IPv6"),
    _unseen("ec2_metadata_v1_disabled", "true"),
    _unseen("imds_use_ipv6", "true"),
    _unseen("metadata_service_timeout", "3"),
    _unseen("metadata_service_num_attempts", "4"),
    _unseen("tcp_keepalive", "true", variable="BOTOCORE_TCP_KEEPALIVE"),
    _boto("data_path", "~/models"),
    _unseen("csm_enabled", "true"),
    _unseen("csm_host", "127.0.0.2"),
    _unseen("csm_port", "31001"),
    _unseen("csm_client_id", "ledger"),
    _unseen("output", "text", "table", variable="AWS_DEFAULT_OUTPUT"),
    # Only the AWS CLI 2 reads these (awscli/clidriver.py of its branch v2). An empty pager means none.
    _other("cli_pager", "AWS_PAGER", "less -R", "the AWS CLI 2"),
    _other("cli_pager", "AWS_PAGER", "", "the AWS CLI 2"),
    _other("cli_auto_prompt", "AWS_CLI_AUTO_PROMPT", "on-partial", "the AWS CLI 2"),
    _other("cli_error_format", "AWS_CLI_ERROR_FORMAT", "legacy", "the AWS CLI 2"),
    # botocore reads this one inside of `s3 =` alone; the SDKs for Go, Java, JavaScript, Kotlin and Ruby read it here.
    _other(
        "s3_disable_multiregion_access_points", "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "true", "the other SDKs"
    ),
    _other("ec2_instance_profile_name", "AWS_EC2_INSTANCE_PROFILE_NAME", "machine", "the SDK for Java"),
    _other("disable_clock_skew_correction", "AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true", "the SDK for Rust"),
    _other("correct_clock_skew", "AWS_CORRECT_CLOCK_SKEW", "false", "the SDK for Ruby"),
    _other("adaptive_retry_wait_to_fill", "AWS_ADAPTIVE_RETRY_WAIT_TO_FILL", "false", "the SDK for Ruby"),
]

OF_BOTO = [setting for setting in SETTINGS if setting.reader == BOTO]

#: What botocore or the AWS CLI 1 reads in a profile, and no variable says.
WITHOUT_VARIABLE: Mapping[str, str | Mapping[str, str]] = {
    "parameter_validation": "false",
    "api_versions": {"cloudwatch": "2010-08-01"},
    "cli_timestamp_format": "iso8601",
    "s3": {
        "addressing_style": "path",
        "use_accelerate_endpoint": "true",
        "use_dualstack_endpoint": "true",
        "payload_signing_enabled": "true",
        "signature_version": "s3",
        "multipart_threshold": "5MB",
    },
}
