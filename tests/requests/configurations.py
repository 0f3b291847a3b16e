"""The configurations that are written down: each small, each for one setting or one rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from case import Case, Settings
from settings import OF_BOTO, WITHOUT_VARIABLE, Setting

EUROPE = {"region": "eu-west-1"}
VIRGINIA = {"region": "us-east-1"}

ALL_HOSTS = "https://all.example.test"
OTHER = "https://other.example.test"


def _in_europe(name: str, profile: Settings | None = None, **more: object) -> Case:
    return Case(name, {**EUROPE, **(profile or {})}, **more)  # type: ignore[arg-type]


def _endpoint(url: str) -> Mapping[str, str]:
    return {"endpoint_url": url}


#: What a setting needs so that it shows.
_WITH: Mapping[str, Settings] = {
    "ignore_configured_endpoint_urls": {**EUROPE, "endpoint_url": ALL_HOSTS},
    "use_fips_endpoint": {"region": "us-east-2"},
    "s3_us_east_1_regional_endpoint": VIRGINIA,
    "s3.us_east_1_regional_endpoint": VIRGINIA,
    "csm_host": {**EUROPE, "csm_enabled": "true"},
    "csm_port": {**EUROPE, "csm_enabled": "true"},
}


def _alone(setting: Setting, value: str) -> Case:
    # The bundle of the environment would hide that of the profile.
    env = {"AWS_CA_BUNDLE": None} if setting.key == "ca_bundle" else {}
    name = f"{setting.key} = {value.strip('{}') if setting.key == 'ca_bundle' else value}"
    profile = {**_WITH.get(setting.key, EUROPE), **setting.inside(value)}
    return Case(name, profile, env=env, in_requests=setting.in_requests)


def _each_alone() -> Iterator[Case]:
    for setting in OF_BOTO:
        for value in setting.values:
            yield _alone(setting, value)


#: Values that differ from those of `settings.py`, for what must not count.
_NOISE: Settings = {
    "use_fips_endpoint": "true",
    "use_dualstack_endpoint": "true",
    "retry_mode": "adaptive",
    "max_attempts": "7",
    "sdk_ua_app_id": "noise",
    "request_checksum_calculation": "when_required",
    "account_id_endpoint_mode": "disabled",
    "sts_regional_endpoints": "legacy",
    "endpoint_url": "https://noise.example.test",
    "output": "text",
    "s3": {"addressing_style": "path"},
}

#: The user's own values for settings that the profile has too.
_OWN = {
    "AWS_USE_FIPS_ENDPOINT": "false",
    "AWS_USE_DUALSTACK_ENDPOINT": "false",
    "AWS_RETRY_MODE": "legacy",
    "AWS_MAX_ATTEMPTS": "3",
    "AWS_SDK_UA_APP_ID": "own",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_supported",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_supported",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "preferred",
    "AWS_STS_REGIONAL_ENDPOINTS": "regional",
    "AWS_DEFAULT_OUTPUT": "json",
    "AWS_DISABLE_REQUEST_COMPRESSION": "false",
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "100000",
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "legacy",
}

_OPPOSITE: Settings = {
    **VIRGINIA,
    "use_fips_endpoint": "true",
    "use_dualstack_endpoint": "true",
    "retry_mode": "adaptive",
    "max_attempts": "7",
    "sdk_ua_app_id": "of-profile",
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
    "account_id_endpoint_mode": "disabled",
    "sts_regional_endpoints": "legacy",
    "output": "text",
    "disable_request_compression": "true",
    "request_min_compression_size_bytes": "500",
    "s3_us_east_1_regional_endpoint": "regional",
}

_LOCAL = {
    "local": {
        "s3": _endpoint("{loopback}/s3"),
        "dynamodb": _endpoint("https://tables.example.test/path"),
        "cloudwatch": _endpoint("{loopback}"),
        "route_53": _endpoint("https://zones.example.test"),
        "servicediscovery": _endpoint("https://map.example.test"),
    }
}

ENDPOINTS = [
    _in_europe("endpoint_url", {"endpoint_url": ALL_HOSTS}),
    _in_europe("endpoint_url on loopback", {"endpoint_url": "{loopback}"}),
    _in_europe("endpoint_url on loopback, with a path", {"endpoint_url": "{loopback}/api"}),
    _in_europe("endpoint_url with a port", {"endpoint_url": "https://all.example.test:8443"}),
    Case("endpoint_url without a region", {"endpoint_url": ALL_HOSTS}),
    _in_europe("endpoint_url in the credentials file", credentials={"endpoint_url": ALL_HOSTS}),
    _in_europe("endpoint_url in both files", {"endpoint_url": OTHER}, credentials={"endpoint_url": ALL_HOSTS}),
    _in_europe("endpoint_url of the source alone", source={"endpoint_url": ALL_HOSTS}),
    _in_europe("endpoint_url and AWS_ENDPOINT_URL", {"endpoint_url": ALL_HOSTS}, env={"AWS_ENDPOINT_URL": OTHER}),
    _in_europe("endpoint_url and an empty AWS_ENDPOINT_URL", {"endpoint_url": ALL_HOSTS}, env={"AWS_ENDPOINT_URL": ""}),
    _in_europe("endpoint_url and AWS_ENDPOINT_URL_S3", {"endpoint_url": ALL_HOSTS}, env={"AWS_ENDPOINT_URL_S3": OTHER}),
    _in_europe("endpoint_url and FIPS", {"endpoint_url": ALL_HOSTS, "use_fips_endpoint": "true"}),
    _in_europe("endpoint_url and dual-stack", {"endpoint_url": ALL_HOSTS, "use_dualstack_endpoint": "true"}),
    _in_europe(
        "endpoint_url over http to another machine",
        {"endpoint_url": "http://all.example.test"},
        env={"HTTP_PROXY": "{loopback}"},
    ),
    _in_europe("services", {"services": "local"}, services=_LOCAL),
    _in_europe("services and endpoint_url", {"services": "local", "endpoint_url": ALL_HOSTS}, services=_LOCAL),
    _in_europe(
        "services and AWS_ENDPOINT_URL", {"services": "local"}, services=_LOCAL, env={"AWS_ENDPOINT_URL": OTHER}
    ),
    _in_europe(
        "services and an empty AWS_ENDPOINT_URL", {"services": "local"}, services=_LOCAL, env={"AWS_ENDPOINT_URL": ""}
    ),
    _in_europe(
        "services and AWS_ENDPOINT_URL_S3", {"services": "local"}, services=_LOCAL, env={"AWS_ENDPOINT_URL_S3": OTHER}
    ),
    _in_europe(
        "services of STS alone", {"services": "only"}, services={"only": {"sts": _endpoint("https://sts.example.test")}}
    ),
    _in_europe(
        "services with a name that is none",
        {"services": "odd"},
        services={"odd": {"elastic-load-balancing": _endpoint(OTHER), "S3": _endpoint(ALL_HOSTS)}},
    ),
    _in_europe("services of the source alone", source={"services": "local"}, services=_LOCAL),
    _in_europe(
        "two sections of services",
        {"services": "b"},
        services={"a": {"s3": _endpoint(OTHER)}, "b": {"s3": _endpoint(ALL_HOSTS)}},
    ),
    _in_europe("services that are missing", {"services": "nowhere"}),
    _in_europe("services that are malformed", {"services": "bad"}, more="[services bad]\ns3 =\n  nonsense\n"),
    _in_europe(
        "services that are ignored", {"services": "local", "ignore_configured_endpoint_urls": "true"}, services=_LOCAL
    ),
    _in_europe(
        "services that are ignored, and AWS_ENDPOINT_URL",
        {"services": "local", "ignore_configured_endpoint_urls": "true"},
        services=_LOCAL,
        env={"AWS_ENDPOINT_URL": OTHER},
    ),
    _in_europe(
        "services that the user ignores",
        {"services": "local", "endpoint_url": ALL_HOSTS},
        services=_LOCAL,
        env={"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    ),
    _in_europe(
        "services that the user does not ignore",
        {"services": "local", "ignore_configured_endpoint_urls": "true"},
        services=_LOCAL,
        env={"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
    ),
]

REGIONS = [
    Case("no region"),
    Case("no region, AWS_DEFAULT_REGION", env={"AWS_DEFAULT_REGION": "eu-north-1"}),
    Case("no region, AWS_REGION", env={"AWS_REGION": "eu-north-1"}),
    Case("no region, one of the source", source=EUROPE),
    _in_europe("region and AWS_REGION", env={"AWS_REGION": "eu-north-1"}),
    _in_europe("region and AWS_DEFAULT_REGION", env={"AWS_DEFAULT_REGION": "eu-north-1"}),
    Case("us-east-1", VIRGINIA),
    Case("us-east-1, sts_regional_endpoints = legacy", {**VIRGINIA, "sts_regional_endpoints": "legacy"}),
    Case("us-east-1, FIPS and dual-stack", {**VIRGINIA, "use_fips_endpoint": "true", "use_dualstack_endpoint": "TRUE"}),
    Case("aws-global", {"region": "aws-global"}),
    Case("aws-global and FIPS", {"region": "aws-global", "use_fips_endpoint": "true"}),
    Case("fips-us-west-2", {"region": "fips-us-west-2"}),
    Case("us-west-2-fips", {"region": "us-west-2-fips"}),
    Case("a region that is new", {"region": "mars-north-7"}),
    Case("cn-north-1", {"region": "cn-north-1"}, partition="aws-cn"),
    Case(
        "cn-northwest-1 and dual-stack",
        {"region": "cn-northwest-1", "use_dualstack_endpoint": "true"},
        partition="aws-cn",
    ),
    Case("us-gov-west-1", {"region": "us-gov-west-1"}, partition="aws-us-gov"),
    Case("us-gov-east-1 and FIPS", {"region": "us-gov-east-1", "use_fips_endpoint": "true"}, partition="aws-us-gov"),
    Case("fips-us-gov-west-1", {"region": "fips-us-gov-west-1"}, partition="aws-us-gov"),
    Case("a region of another partition", {"region": "cn-north-1"}),
]

OWN = [
    Case("the user's own values for thirteen settings", _OPPOSITE, env=_OWN),
    _in_europe("the user's own ca_bundle", {"ca_bundle": "{stranger}"}),
    _in_europe("a ca_bundle that does not hold", {"ca_bundle": "{stranger}"}, env={"AWS_CA_BUNDLE": None}),
    _in_europe("a ca_bundle with a tilde", {"ca_bundle": "~/bundle.pem"}, env={"AWS_CA_BUNDLE": None}),
    _in_europe(
        "a ca_bundle in the environment of another name", env={"AWS_CA_BUNDLE": None, "REQUESTS_CA_BUNDLE": "{bundle}"}
    ),
    _in_europe(
        "AWS_USE_FIPS_ENDPOINT for the profile's", {"use_fips_endpoint": "false"}, env={"AWS_USE_FIPS_ENDPOINT": "true"}
    ),
    _in_europe(
        "an empty AWS_USE_DUALSTACK_ENDPOINT",
        {"use_dualstack_endpoint": "true"},
        env={"AWS_USE_DUALSTACK_ENDPOINT": ""},
    ),
    _in_europe("AWS_S3_USE_ARN_REGION", {"s3_use_arn_region": "false"}, env={"AWS_S3_USE_ARN_REGION": "true"}),
    _in_europe(
        "the other name of endpoint discovery",
        {"endpoint_discovery_enabled": "true"},
        env={"AWS_ENABLE_ENDPOINT_DISCOVERY": "false"},
    ),
    _in_europe(
        "AWS_PROFILE for another profile", {"sdk_ua_app_id": "ledger"}, env={"AWS_PROFILE": "base"}, source=_NOISE
    ),
    _in_europe("AWS_ACCOUNT_ID of another account", env={"AWS_ACCOUNT_ID": "999999999999"}),
    _in_europe(
        "a proxy that the user keeps away from a host", {"endpoint_url": "{loopback}"}, env={"NO_PROXY": "127.0.0.1"}
    ),
]

OTHERS = [
    _in_europe("settings of an included profile", {"max_attempts": "2"}, included=_NOISE),
    _in_europe("settings of the source alone", source=_NOISE),
    _in_europe("settings of each profile of a chain", {"sdk_ua_app_id": "ledger"}, source=_NOISE, kind="chain"),
    _in_europe("FIPS of [default]", default={"use_fips_endpoint": "true"}),
    _in_europe("dual-stack of [default]", default={"use_dualstack_endpoint": "true"}),
    _in_europe("endpoint_url of [default]", default={"endpoint_url": ALL_HOSTS}),
    _in_europe("services of [default]", default={"services": "local"}, services=_LOCAL),
    _in_europe(
        "ignored endpoints of [default]",
        {"endpoint_url": ALL_HOSTS},
        default={"ignore_configured_endpoint_urls": "true"},
    ),
    _in_europe(
        "endpoint_url of [default] and of the profile", {"endpoint_url": OTHER}, default={"endpoint_url": ALL_HOSTS}
    ),
    _in_europe(
        "endpoint_url of [default] and services",
        {"services": "local"},
        services=_LOCAL,
        default={"endpoint_url": ALL_HOSTS},
    ),
    Case("region of [default]", default=EUROPE),
    _in_europe("retry_mode of [default]", default={"retry_mode": "adaptive"}),
    _in_europe("max_attempts of [default]", default={"max_attempts": "7"}),
    _in_europe("sdk_ua_app_id of [default]", default={"sdk_ua_app_id": "noise"}),
    _in_europe("data_path of [default]", default={"data_path": "~/models"}),
    _in_europe("s3 of [default]", default={"s3": {"addressing_style": "path"}}),
    _in_europe(
        "all settings of [default], which the profile has too",
        _NOISE,
        default={**_OPPOSITE, "s3": {"addressing_style": "virtual"}},
    ),
]

SOURCES = [
    _in_europe("keys alone", kind="keys"),
    _in_europe(
        "keys alone and settings",
        {"use_fips_endpoint": "true", "region": "us-east-2", "retry_mode": "adaptive"},
        kind="keys",
    ),
    _in_europe("aws_account_id and keys", {"aws_account_id": "123456789012"}, kind="keys"),
    _in_europe("aws_account_id and a role", {"aws_account_id": "999999999999"}),
    _in_europe("credential_process", {"use_dualstack_endpoint": "true"}, kind="process"),
    _in_europe("sso", {"sdk_ua_app_id": "ledger"}, kind="sso"),
    _in_europe("sso and an endpoint", {"endpoint_url": ALL_HOSTS}, kind="sso"),
    _in_europe("web identity", {"use_fips_endpoint": "true", "region": "us-east-2"}, kind="web"),
    _in_europe("credential_source Environment", {"max_attempts": "2"}, kind="environment"),
]

MISTAKES = [
    _in_europe("use_fips_endpoint neither true nor false", {"use_fips_endpoint": "maybe"}),
    _in_europe("a retry_mode that is none", {"retry_mode": "eager"}),
    _in_europe("max_attempts that is no number", {"max_attempts": "many"}),
    _in_europe("request_checksum_calculation that is none", {"request_checksum_calculation": "never"}),
    _in_europe("an app id that is long", {"sdk_ua_app_id": "ledger" * 10}),
    _in_europe("an app id with a blank and quotes", {"sdk_ua_app_id": 'it\'s "a" $ledger'}),
    _in_europe("settings in capitals", {"USE_DUALSTACK_ENDPOINT": "true", "Sdk_Ua_App_Id": "ledger"}),
    _in_europe("empty settings", {"use_fips_endpoint": "", "endpoint_url": "", "sdk_ua_app_id": ""}),
]


def _without_variable() -> Iterator[Case]:
    for key, value in WITHOUT_VARIABLE.items():
        if isinstance(value, str):
            yield _in_europe(f"{key} = {value}", {key: value})
            continue
        for name, text in value.items():
            yield _in_europe(f"{key}.{name} = {text}", {key: {name: text}})


ALL = [
    *_each_alone(),
    *ENDPOINTS,
    *REGIONS,
    *OWN,
    *OTHERS,
    *SOURCES,
    *MISTAKES,
    *_without_variable(),
    _in_europe("s3 keys with and without a variable", {"s3": {"addressing_style": "path", "use_arn_region": "false"}}),
]
