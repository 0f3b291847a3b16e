"""The configurations that are written down: each small, each for one rule of the AWS CLI's."""

from __future__ import annotations

import hashlib
import json

from outcome import Case

ROLE = "arn:aws:iam::123456789012:role"

BASE = """\
[profile base]
aws_access_key_id = AKIABASE
aws_secret_access_key = s
"""

ANYWHERE = f"""\
[profile r]
role_arn = {ROLE}/r
source_profile = base
"""

#: With a region, because without one nearly every configuration would differ in the same way.
R = ANYWHERE + "region = eu-west-1\n"

#: What nearly every configuration is: a role and the user behind it.
PLAIN = BASE + R

#: A role for which a configuration names the region by itself.
HERE = BASE + ANYWHERE

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"}

EUROPE = {"AWS_DEFAULT_REGION": "eu-west-1"}

#: A user with a region, who can do without a role.
USER = BASE + "region = eu-west-1\n"

TEMPORARY = USER.replace("AKIABASE", "ASIABASE") + "aws_session_token = t\n"

WEB = {"token": "web-token"}

START = "https://d-0123456789.awsapps.com/start"

SSO = f"""\
[sso-session corp]
sso_region = eu-west-1
sso_start_url = {START}

[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = ReadOnly
"""

LEGACY_SSO = f"""\
[profile sso]
sso_region = eu-west-1
sso_start_url = {START}
sso_account_id = 123456789012
sso_role_name = ReadOnly
"""


def role_of(source: str) -> str:
    """A role behind another profile than `base`."""
    return R.replace("base", source)


def token(login: str) -> dict[str, str]:
    """The AWS CLI's token of a login: of an sso-session's name, or of a start URL in the legacy form."""
    path = f".aws/sso/cache/{hashlib.sha1(login.encode()).hexdigest()}.json"
    text = {"startUrl": START, "region": "eu-west-1", "accessToken": "token", "expiresAt": "2099-01-01T00:00:00Z"}
    return {path: json.dumps(text)}


def sso(name: str, config: str, role: str = "sso", login: str = "corp", **more: object) -> Case:
    return Case(name, role, config, files=token(login), **more)  # type: ignore[arg-type]


CHAINS = [
    Case("source_profile", "r", PLAIN),
    Case("chain of two", "r2", PLAIN + f"[profile r2]\nrole_arn = {ROLE}/r2\nregion = eu-west-1\nsource_profile = r\n"),
    Case(
        "chain of three, each with its own",
        "r3",
        PLAIN
        + f"""\
external_id = one
[profile r2]
role_arn = {ROLE}/r2
source_profile = r
role_session_name = second
duration_seconds = 1800
[profile r3]
role_arn = {ROLE}/r3
region = eu-west-1
source_profile = r2
external_id = three
""",
    ),
    Case("itself as source", "r", role_of("r") + "aws_access_key_id = AKIASELF\naws_secret_access_key = s\n"),
    Case(
        "itself as source, keys in the credentials file",
        "r",
        role_of("r"),
        "[r]\naws_access_key_id = AKIACRED\naws_secret_access_key = s\n",
    ),
    Case(
        "itself as source, credential_process before keys",
        "r",
        role_of("r") + "aws_access_key_id = AKIASELF\naws_secret_access_key = s\ncredential_process = /bin/helper\n",
    ),
    sso(
        "itself as source, sso before keys",
        SSO
        + f"role_arn = {ROLE}/r\nsource_profile = sso\nregion = eu-west-1\naws_access_key_id = AKIASELF\naws_secret_access_key = s\n",
    ),
    Case(
        "keys of a source win over its role",
        "r",
        BASE + f"role_arn = {ROLE}/other\nsource_profile = nobody\n" + R,
    ),
    Case(
        "role wins over keys of the profile asked for",
        "r",
        PLAIN + "aws_access_key_id = AKIAR\naws_secret_access_key = s\n",
    ),
    Case(
        "keys in the credentials file",
        "r",
        R + "[profile base]\n",
        "[base]\naws_access_key_id = AKIACRED\naws_secret_access_key = s\n",
    ),
    Case(
        "source that only the credentials file has",
        "r",
        R,
        "[base]\naws_access_key_id = AKIACRED\naws_secret_access_key = s\n",
    ),
    Case("keys in both files", "r", PLAIN, "[base]\naws_access_key_id = AKIACRED\naws_secret_access_key = s\n"),
    Case(
        "the credentials file wins key by key",
        "r",
        PLAIN + "external_id = of-config\nrole_session_name = of-config\n",
        "[r]\nexternal_id = of-credentials\n",
    ),
    Case(
        "role in the credentials file",
        "r",
        BASE,
        f"[r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\nsource_profile = base\n",
    ),
    Case("temporary keys and a long chain", "r", TEMPORARY + R + "duration_seconds = 3600\n"),
    Case("temporary keys and too long a session", "r", TEMPORARY + R + "duration_seconds = 7200\n"),
    Case(
        "too long a session in a chain",
        "r2",
        PLAIN
        + f"[profile r2]\nrole_arn = {ROLE}/r2\nregion = eu-west-1\nsource_profile = r\nduration_seconds = 7200\n",
    ),
    Case("keys alone", "base", USER),
    Case("temporary keys alone", "base", TEMPORARY),
    Case("keys alone with an MFA device", "base", USER + "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"),
    Case(
        "both names of the token",
        "base",
        TEMPORARY + "aws_security_token = older\n",
    ),
]

SOURCES = [
    Case(
        "credential_source Environment",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = Environment\n",
        env=KEYS,
    ),
    Case(
        "credential_source in mixed case",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = eNVIRONMENT\n",
        env=KEYS,
    ),
    Case(
        "credential_source Environment without keys",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = Environment\n",
    ),
    Case(
        "credential_source Environment with half keys",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = Environment\n",
        env={"AWS_ACCESS_KEY_ID": "AKIAENV"},
    ),
    Case(
        "credential_source Ec2InstanceMetadata",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = Ec2InstanceMetadata\n",
    ),
    Case(
        "credential_source EcsContainer",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = EcsContainer\n",
        env={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"},
    ),
    Case(
        "credential_source EcsContainer with a whole address",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = EcsContainer\n",
        env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/container"},
    ),
    Case(
        "credential_source EcsContainer outside of one",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = EcsContainer\n",
    ),
    Case(
        "credential_source nobody knows",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = Vault\n",
    ),
    Case(
        "credential_source on the second hop",
        "r2",
        f"[profile r]\nrole_arn = {ROLE}/r\nregion = eu-west-1\ncredential_source = Environment\n"
        f"[profile r2]\nrole_arn = {ROLE}/r2\nregion = eu-west-1\nsource_profile = r\n",
        env=KEYS,
    ),
    sso("sso_session", SSO),
    sso("sso_session as the leaf of a chain", SSO + role_of("sso"), role="r"),
    sso("sso_session and its region again in the profile", SSO + "sso_region = eu-west-1\n"),
    sso("sso_session whose region the profile contradicts", SSO + "sso_region = us-east-1\n"),
    sso("sso_session that is not there", SSO.replace("[sso-session corp]", "[sso-session other]")),
    sso("sso_session without a start URL", SSO.replace(f"sso_start_url = {START}\n", "")),
    sso("sso_session without a role name", SSO.replace("sso_role_name = ReadOnly\n", "")),
    sso("sso_session without an account", SSO.replace("sso_account_id = 123456789012\n", "")),
    sso(
        "sso_session with a quoted name",
        SSO.replace("[sso-session corp]", '[sso-session "my corp"]').replace("= corp", "= my corp"),
        login="my corp",
    ),
    sso("sso_session alone in a profile", SSO.partition("sso_account_id")[0] + BASE),
    sso("sso wins over keys", SSO + "aws_access_key_id = AKIASSOKEYS\naws_secret_access_key = s\n"),
    sso(
        "keys of a source and sso",
        SSO + "aws_access_key_id = AKIASSOKEYS\naws_secret_access_key = s\n" + role_of("sso"),
        role="r",
    ),
    sso(
        "sso in a profile with a role", SSO + f"role_arn = {ROLE}/r\nregion = eu-west-1\nsource_profile = base\n" + BASE
    ),
    sso("legacy sso", LEGACY_SSO, login=START),
    sso("legacy sso as the leaf of a chain", LEGACY_SSO + role_of("sso"), role="r", login=START),
    sso("legacy sso without a region", LEGACY_SSO.replace("sso_region = eu-west-1\n", ""), login=START),
    sso("legacy sso without a start URL", LEGACY_SSO.replace(f"sso_start_url = {START}\n", ""), login=START),
    sso("sso with a region of its own", SSO + "region = ap-south-1\n"),
    Case(
        "web_identity_token_file",
        "web",
        f"[profile web]\nregion = eu-west-1\nrole_arn = {ROLE}/web\nweb_identity_token_file = {{home}}/token\n",
        files=WEB,
    ),
    Case(
        "web_identity_token_file and a session name",
        "web",
        f"[profile web]\nregion = eu-west-1\nrole_arn = {ROLE}/web\nweb_identity_token_file = {{home}}/token\nrole_session_name = me\n",
        files=WEB,
    ),
    Case(
        "web_identity_token_file as the leaf of a chain",
        "r",
        f"[profile web]\nregion = eu-west-1\nrole_arn = {ROLE}/web\nweb_identity_token_file = {{home}}/token\n"
        + role_of("web"),
        files=WEB,
    ),
    Case(
        "web_identity_token_file without a role",
        "web",
        "[profile web]\nweb_identity_token_file = {home}/token\n",
        files=WEB,
    ),
    Case(
        "web_identity_token_file that is not there",
        "web",
        f"[profile web]\nregion = eu-west-1\nrole_arn = {ROLE}/web\nweb_identity_token_file = {{home}}/token\n",
    ),
    Case(
        "web_identity_token_file beside a source_profile",
        "r",
        PLAIN + "web_identity_token_file = {home}/token\n",
        files=WEB,
    ),
    Case(
        "web_identity_token_file beside keys of a source",
        "r",
        BASE + f"role_arn = {ROLE}/web\nweb_identity_token_file = {{home}}/token\n" + R,
        files=WEB,
    ),
    Case("services section that is not there, and nothing to ask", "base", TEMPORARY + "services = nowhere\n"),
    Case(
        "duration_seconds of a web identity",
        "web",
        f"[profile web]\nregion = eu-west-1\nrole_arn = {ROLE}/web\nweb_identity_token_file = {{home}}/token\nduration_seconds = 7200\n",
        files=WEB,
    ),
    Case(
        "web identity of the environment behind a bare role",
        f"{ROLE}/r",
        env={
            "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token",
            "AWS_ROLE_ARN": f"{ROLE}/web",
            "AWS_ROLE_SESSION_NAME": "pod",
            **EUROPE,
        },
        files=WEB,
    ),
    Case(
        "web identity of the environment and a named profile",
        "r",
        PLAIN,
        env={"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token", "AWS_ROLE_ARN": f"{ROLE}/web"},
        files=WEB,
    ),
    Case(
        "credential_process",
        "proc",
        "[profile proc]\nregion = eu-west-1\ncredential_process = /bin/helper --name 'a b'\n",
    ),
    Case(
        "credential_process as the leaf of a chain",
        "r",
        "[profile proc]\nregion = eu-west-1\ncredential_process = /bin/helper\n" + role_of("proc"),
    ),
    Case(
        "credential_process with an open quote",
        "proc",
        "[profile proc]\nregion = eu-west-1\ncredential_process = /bin/helper 'a b\n",
    ),
    Case("keys in the config file yield to credential_process", "base", USER + "credential_process = /bin/helper\n"),
    Case(
        "keys in the credentials file win over credential_process",
        "r",
        "[profile base]\ncredential_process = /bin/helper\n" + R,
        "[base]\naws_access_key_id = AKIACRED\naws_secret_access_key = s\n",
    ),
    Case(
        "login_session", "r", "[profile login]\nlogin_session = arn:aws:iam::123456789012:user/me\n" + role_of("login")
    ),
    Case(
        "login_session before credential_process",
        "r",
        "[profile login]\nlogin_session = arn:aws:iam::123456789012:user/me\ncredential_process = /bin/helper\n"
        + role_of("login"),
    ),
    Case("a source without credentials", "r", "[profile base]\nregion = eu-west-1\n" + R),
    Case("a profile without credentials", "base", "[profile base]\nregion = eu-west-1\n"),
    Case(
        "a profile without credentials in a container",
        "base",
        "[profile base]\nregion = eu-west-1\n",
        env={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"},
    ),
    Case(
        "a profile without credentials, and the address of the instance",
        "base",
        "[profile base]\nregion = eu-west-1\n",
        env={"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://169.254.169.254/"},
    ),
    Case(
        "a source without credentials in a container",
        "r",
        "[profile base]\nregion = eu-west-1\n" + R,
        env={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"},
    ),
]

SHAPES = [
    Case("external_id", "r", PLAIN + "external_id = a:b/c-1\n"),
    Case("external_id that STS refuses", "r", PLAIN + "external_id = a b\n"),
    Case("role_session_name", "r", PLAIN + "role_session_name = me@laptop\n"),
    Case("role_session_name that STS refuses", "r", PLAIN + "role_session_name = a b\n"),
    Case("AWS_ROLE_SESSION_NAME", "r", PLAIN, env={"AWS_ROLE_SESSION_NAME": "of-environment"}),
    Case(
        "AWS_ROLE_SESSION_NAME and a bare role",
        f"{ROLE}/r",
        USER,
        env={"AWS_ROLE_SESSION_NAME": "of-environment"},
        source_profile="base",
    ),
    Case(
        "AWS_ROLE_SESSION_NAME and role_session_name",
        "r",
        PLAIN + "role_session_name = me\n",
        env={"AWS_ROLE_SESSION_NAME": "of-environment"},
    ),
    Case("duration_seconds", "r", PLAIN + "duration_seconds = 43200\n"),
    Case("duration_seconds too short", "r", PLAIN + "duration_seconds = 899\n"),
    Case("duration_seconds too long", "r", PLAIN + "duration_seconds = 43201\n"),
    Case("duration_seconds that is no number", "r", PLAIN + "duration_seconds = soon\n"),
    Case("duration_seconds with a comment", "r", PLAIN + "duration_seconds = 900 # short\n"),
    Case("duration_seconds with a sign", "r", PLAIN + "duration_seconds = +900\n"),
    Case("duration_seconds with an underscore", "r", PLAIN + "duration_seconds = 1_000\n"),
    Case("duration_seconds of the source, which is no duration", "r", BASE + "duration_seconds = soon\n" + R),
    Case("duration_seconds with a unit", "r", PLAIN + "duration_seconds = 15m\n"),
    Case("mfa_serial", "r", PLAIN + "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"),
    Case("mfa_serial of a hardware device", "r", PLAIN + "mfa_serial = GAHT12345678\n"),
    Case("mfa_serial of the source alone", "r", BASE + "mfa_serial = arn:aws:iam::123456789012:mfa/me\n" + R),
    Case(
        "mfa_serial on the second hop",
        "r2",
        PLAIN
        + f"[profile r2]\nrole_arn = {ROLE}/r2\nregion = eu-west-1\nsource_profile = r\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n",
    ),
    sso(
        "mfa_serial of a role behind sso",
        SSO + role_of("sso") + "mfa_serial = arn:aws:iam::123456789012:mfa/me\n",
        role="r",
    ),
    sso("too long a session behind sso", SSO + role_of("sso") + "duration_seconds = 7200\n", role="r"),
    Case("role_arn that is none", "r", PLAIN.replace(f"{ROLE}/r", "arn:aws:iam::123456789012:user/me")),
    Case("a bare role from a profile", f"{ROLE}/r", USER, source_profile="base"),
    Case("a bare role from the keys of the environment", f"{ROLE}/r", env={**KEYS, **EUROPE}),
    Case("a bare role from AWS_PROFILE", f"{ROLE}/r", USER, env={"AWS_PROFILE": "base"}),
    Case("a bare role from a profile with a role", f"{ROLE}/r2", PLAIN, source_profile="r"),
    Case(
        "a bare role from a profile with a role and keys",
        f"{ROLE}/r2",
        PLAIN + "aws_access_key_id = AKIAR\naws_secret_access_key = s\n",
        source_profile="r",
    ),
    Case(
        "a bare role from AWS_PROFILE with a role and keys",
        f"{ROLE}/r2",
        PLAIN + "aws_access_key_id = AKIAR\naws_secret_access_key = s\n",
        env={"AWS_PROFILE": "r"},
    ),
    Case("a bare role from a profile, and keys in the environment", f"{ROLE}/r", USER, env=KEYS, source_profile="base"),
    Case("a bare role from a profile that is not there", f"{ROLE}/r", USER, source_profile="nobody"),
    Case("a bare role from [default]", f"{ROLE}/r", USER.replace("profile base", "default")),
    Case("a bare role from nothing", f"{ROLE}/r"),
    Case(
        "a bare role in a container",
        f"{ROLE}/r",
        env={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x", **EUROPE},
    ),
]

LEGACY = "sts_regional_endpoints = legacy\n"
LOCAL = "http://127.0.0.1:4566"
OTHER = "https://sts.example.org"

ENDPOINTS = [
    Case("no region at all", "r", HERE),
    Case("region of the profile", "r", HERE + "region = eu-west-1\n"),
    Case("region of the source", "r", BASE + "region = eu-west-1\n" + ANYWHERE),
    Case("AWS_DEFAULT_REGION", "r", HERE, env={"AWS_DEFAULT_REGION": "eu-west-1"}),
    Case("AWS_REGION", "r", HERE, env={"AWS_REGION": "eu-west-1"}),
    Case(
        "AWS_REGION and AWS_DEFAULT_REGION",
        "r",
        HERE,
        env={"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-north-1"},
    ),
    Case(
        "region of the profile and of the environment",
        "r",
        HERE + "region = eu-west-1\n",
        env={"AWS_DEFAULT_REGION": "eu-north-1"},
    ),
    Case("region that nobody knows yet", "r", HERE + "region = mars-north-7\n"),
    Case("region that cannot be one", "r", HERE + "region = eu west\n"),
    Case("region aws-global", "r", HERE + "region = aws-global\n"),
    Case("sts_regional_endpoints legacy", "r", HERE + "region = eu-west-1\n" + LEGACY),
    Case("sts_regional_endpoints legacy in a newer region", "r", HERE + "region = eu-south-1\n" + LEGACY),
    Case("sts_regional_endpoints legacy without a region", "r", HERE + LEGACY),
    Case("sts_regional_endpoints regional", "r", HERE + "region = eu-west-1\nsts_regional_endpoints = regional\n"),
    Case("sts_regional_endpoints misspelt", "r", HERE + "region = eu-west-1\nsts_regional_endpoints = local\n"),
    Case("sts_regional_endpoints of the source", "r", BASE + LEGACY + ANYWHERE + "region = eu-west-1\n"),
    Case(
        "AWS_STS_REGIONAL_ENDPOINTS legacy",
        "r",
        HERE + "region = eu-west-1\n",
        env={"AWS_STS_REGIONAL_ENDPOINTS": "legacy"},
    ),
    Case(
        "AWS_STS_REGIONAL_ENDPOINTS beats the profile",
        "r",
        HERE + "region = eu-west-1\n" + LEGACY,
        env={"AWS_STS_REGIONAL_ENDPOINTS": "regional"},
    ),
    Case(
        "sts_regional_endpoints legacy and FIPS", "r", HERE + "region = us-west-2\nuse_fips_endpoint = true\n" + LEGACY
    ),
    Case(
        "sts_regional_endpoints legacy and an address",
        "r",
        HERE + f"region = us-west-2\nendpoint_url = {OTHER}\n" + LEGACY,
    ),
    Case("endpoint_url", "r", HERE + f"region = eu-west-1\nendpoint_url = {LOCAL}\n"),
    Case("endpoint_url with a path", "r", HERE + f"region = eu-west-1\nendpoint_url = {OTHER}/sts\n"),
    Case("endpoint_url of the source", "r", BASE + f"endpoint_url = {LOCAL}\n" + ANYWHERE + "region = eu-west-1\n"),
    Case("endpoint_url without a region", "r", HERE + f"endpoint_url = {LOCAL}\n"),
    Case(
        "endpoint_url over http to another machine",
        "r",
        HERE + "region = eu-west-1\nendpoint_url = http://sts.example.org\n",
    ),
    Case("endpoint_url that is none", "r", HERE + "region = eu-west-1\nendpoint_url = sts.example.org\n"),
    Case(
        "services",
        "r",
        HERE
        + f"region = eu-west-1\nservices = local\n[services local]\ns3 =\n  endpoint_url = {LOCAL}\nsts =\n  endpoint_url = {OTHER}\n",
    ),
    Case(
        "services for S3 alone",
        "r",
        HERE + f"region = eu-west-1\nservices = local\n[services local]\ns3 =\n  endpoint_url = {LOCAL}\n",
    ),
    Case(
        "services before endpoint_url",
        "r",
        HERE
        + f"region = eu-west-1\nendpoint_url = {LOCAL}\nservices = local\n[services local]\nsts =\n  endpoint_url = {OTHER}\n",
    ),
    Case(
        "services of the source",
        "r",
        BASE
        + "services = local\n"
        + ANYWHERE
        + f"region = eu-west-1\n[services local]\nsts =\n  endpoint_url = {OTHER}\n",
    ),
    Case("services that are not there", "r", HERE + "region = eu-west-1\nservices = nowhere\n"),
    Case("AWS_ENDPOINT_URL", "r", HERE + "region = eu-west-1\n", env={"AWS_ENDPOINT_URL": LOCAL}),
    Case(
        "AWS_ENDPOINT_URL_STS before AWS_ENDPOINT_URL",
        "r",
        HERE + "region = eu-west-1\n",
        env={"AWS_ENDPOINT_URL": LOCAL, "AWS_ENDPOINT_URL_STS": OTHER},
    ),
    Case(
        "AWS_ENDPOINT_URL before services",
        "r",
        HERE + f"region = eu-west-1\nservices = local\n[services local]\nsts =\n  endpoint_url = {OTHER}\n",
        env={"AWS_ENDPOINT_URL": LOCAL},
    ),
    sso("endpoint_url of a role and sso behind it", SSO + role_of("sso") + f"endpoint_url = {OTHER}/all\n", role="r"),
    sso("endpoint_url beside sso", SSO + f"region = eu-west-1\nendpoint_url = {OTHER}/all\n"),
    sso(
        "services beside sso",
        SSO + f"region = eu-west-1\nservices = local\n[services local]\nsso =\n  endpoint_url = {OTHER}\n",
    ),
    sso("AWS_ENDPOINT_URL and sso", SSO + role_of("sso"), role="r", env={"AWS_ENDPOINT_URL": LOCAL}),
    sso("AWS_ENDPOINT_URL_SSO", SSO + role_of("sso"), role="r", env={"AWS_ENDPOINT_URL_SSO": LOCAL}),
    Case(
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "r",
        HERE + f"region = eu-west-1\nendpoint_url = {LOCAL}\n",
        env={"AWS_ENDPOINT_URL": LOCAL, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    ),
    Case(
        "ignore_configured_endpoint_urls",
        "r",
        HERE + f"region = eu-west-1\nendpoint_url = {LOCAL}\nignore_configured_endpoint_urls = true\n",
    ),
    Case("use_fips_endpoint", "r", HERE + "region = us-east-2\nuse_fips_endpoint = true\n"),
    Case("use_fips_endpoint neither true nor false", "r", HERE + "region = us-east-2\nuse_fips_endpoint = maybe\n"),
    Case(
        "AWS_USE_FIPS_ENDPOINT beats the profile",
        "r",
        HERE + "region = us-east-2\nuse_fips_endpoint = true\n",
        env={"AWS_USE_FIPS_ENDPOINT": "false"},
    ),
    Case("use_dualstack_endpoint", "r", HERE + "region = eu-west-1\nuse_dualstack_endpoint = TRUE\n"),
    Case(
        "AWS_USE_DUALSTACK_ENDPOINT and FIPS",
        "r",
        HERE + "region = us-east-2\n",
        env={"AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_USE_FIPS_ENDPOINT": "true"},
    ),
    Case(
        "use_fips_endpoint of the source", "r", BASE + "use_fips_endpoint = true\n" + ANYWHERE + "region = us-east-2\n"
    ),
    sso("sso with FIPS", SSO + "use_fips_endpoint = true\nregion = us-east-2\n"),
]


def partition(name: str, region: str, *more: str) -> Case:
    config = HERE.replace("arn:aws:", f"arn:{name}:") + f"region = {region}\n" + "".join(f"{line}\n" for line in more)
    return Case(" ".join(["partition", name, *more]), "r", config)


FIPS, DUAL = "use_fips_endpoint = true", "use_dualstack_endpoint = true"

PARTITIONS = [
    partition("aws-cn", "cn-north-1"),
    partition("aws-cn", "cn-northwest-1", DUAL),
    partition("aws-us-gov", "us-gov-east-1"),
    partition("aws-us-gov", "us-gov-west-1", FIPS),
    partition("aws-us-gov", "us-gov-west-1", FIPS, DUAL),
    partition("aws-us-gov", "us-gov-west-1", LEGACY.strip()),
    partition("aws-eusc", "eusc-de-east-1"),
    partition("aws-iso", "us-iso-east-1"),
    partition("aws-iso-b", "us-isob-east-1", FIPS),
    partition("aws-iso-e", "eu-isoe-west-1"),
    partition("aws-iso-f", "us-isof-south-1"),
    Case("role of another partition without a region", "r", HERE.replace("arn:aws:", "arn:aws-cn:")),
    Case(
        "role of another partition than the region of the environment",
        "r",
        HERE.replace("arn:aws:", "arn:aws-us-gov:"),
        env={"AWS_DEFAULT_REGION": "eu-west-1"},
    ),
    Case(
        "role of another partition than its own region",
        "r",
        HERE.replace("arn:aws:", "arn:aws-cn:") + "region = eu-west-1\n",
    ),
    sso("sso in China", SSO.replace("eu-west-1", "cn-north-1") + "region = cn-north-1\n"),
]

FILES = [
    Case("AWS_PROFILE", None, PLAIN, env={"AWS_PROFILE": "r"}),
    Case(
        "AWS_DEFAULT_PROFILE before AWS_PROFILE",
        None,
        PLAIN + role_of("base").replace("profile r", "profile p"),
        env={"AWS_DEFAULT_PROFILE": "r", "AWS_PROFILE": "p"},
    ),
    Case("AWS_PROFILE that is not there", None, PLAIN, env={"AWS_PROFILE": "nobody"}),
    Case("AWS_PROFILE and keys in the environment", None, PLAIN, env={"AWS_PROFILE": "r", **KEYS}),
    Case("a named profile and keys in the environment", "r", PLAIN, env=KEYS),
    Case("a named profile and AWS_PROFILE", "r", PLAIN, env={"AWS_PROFILE": "base"}),
    Case("no role at all", None, "[default]\n" + R.partition("\n")[2] + BASE),
    Case("profile that is not there", "nobody", PLAIN),
    Case("quoted profile name", "my role", PLAIN.replace("[profile r]", '[profile "my role"]')),
    Case(
        "quoted source profile",
        "r",
        PLAIN.replace("[profile base]", "[profile 'my base']").replace("= base", "= my base"),
    ),
    Case("three words in a section name", "my", PLAIN.replace("[profile r]", "[profile my role]")),
    Case("tab in a section name", "r", PLAIN.replace("[profile r]", "[profile\tr]")),
    Case("[default]", "default", PLAIN.replace("[profile r]", "[default]")),
    Case("[profile default]", "default", PLAIN.replace("[profile r]", "[profile default]")),
    Case(
        "[profile default] behind [default]",
        "default",
        BASE + "[default]\nexternal_id = of-default\n" + R.replace("profile r", "profile default"),
    ),
    Case(
        "[default] behind [profile default]",
        "default",
        PLAIN.replace("[profile r]", "[profile default]") + "[default]\nregion = eu-west-1\n",
    ),
    Case("[default] is not inherited", "r", "[default]\nregion = eu-north-1\nexternal_id = of-default\n" + PLAIN),
    Case("[DEFAULT] is inherited", "r", "[DEFAULT]\nregion = eu-north-1\nexternal_id = of-default\n" + PLAIN),
    Case("[profile r] in the credentials file is named so", "r", BASE, R),
    Case("[r] in the config file is no profile", "r", BASE + R.replace("profile r", "r")),
    Case(
        "comments between lines",
        "r",
        "# first\n" + PLAIN.replace("source_profile", "; between\n# again\nsource_profile"),
    ),
    Case("a comment behind a value belongs to it", "r", PLAIN.replace("= base", "= base # mine")),
    Case("a comment behind a name belongs to it", "r", PLAIN + "role_session_name = me # not you\n"),
    Case("colon instead of an equals sign", "r", PLAIN.replace(" = ", ": ")),
    Case("colons and equals signs in a value", "r", PLAIN + "external_id : a=b:c\n"),
    Case("keys in capitals", "r", PLAIN.replace("role_arn", "ROLE_ARN").replace("source_profile", "Source_Profile")),
    Case("continued value", "r", PLAIN + "external_id = one\n  two\n"),
    Case("line ends of Windows", "r", PLAIN.replace("\n", "\r\n")),
    Case("byte order mark", "r", "\ufeff" + PLAIN),
    Case(
        "AWS_CONFIG_FILE with a tilde",
        "r",
        files={"elsewhere/config": PLAIN},
        env={"AWS_CONFIG_FILE": "~/elsewhere/config"},
    ),
    Case(
        "AWS_CONFIG_FILE with a variable",
        "r",
        files={"elsewhere/config": PLAIN},
        env={"AWS_CONFIG_FILE": "$PLACE/config", "PLACE": "{home}/elsewhere"},
    ),
    Case(
        "AWS_CONFIG_FILE that is not there",
        "base",
        credentials=TEMPORARY.replace("profile ", ""),
        env={"AWS_CONFIG_FILE": "{home}/nowhere"},
    ),
    Case(
        "AWS_SHARED_CREDENTIALS_FILE",
        "r",
        R,
        files={"keys": "[base]\naws_access_key_id = AKIACRED\naws_secret_access_key = s\n"},
        env={"AWS_SHARED_CREDENTIALS_FILE": "~/keys"},
    ),
    Case(
        "include_profile",
        "r",
        PLAIN.replace("source_profile = base", "include_profile = shared")
        + "[profile shared]\nsource_profile = base\n",
    ),
]

ERRORS = [
    Case("ring of two", "r", role_of("q") + role_of("r").replace("profile r", "profile q")),
    Case(
        "ring behind the first profile",
        "p",
        role_of("q") + role_of("r").replace("profile r", "profile q") + role_of("r").replace("profile r", "profile p"),
    ),
    Case("itself as source, without keys", "r", role_of("r")),
    Case(
        "itself as source of a chain, without keys",
        "r2",
        role_of("r") + role_of("r").replace("profile r", "profile r2"),
    ),
    Case("source_profile that is not there", "r", R),
    Case("a session token next to a long-lived key", "r", USER + "aws_session_token = t\n" + R),
    Case("a temporary key without a session token", "r", USER.replace("AKIABASE", "ASIABASE") + R),
    Case("source_profile and credential_source", "r", PLAIN + "credential_source = Environment\n", env=KEYS),
    Case("neither source_profile nor credential_source", "r", f"[profile r]\nrole_arn = {ROLE}/r\n"),
    Case(
        "neither, with keys of its own",
        "r",
        f"[profile r]\nrole_arn = {ROLE}/r\naws_access_key_id = AKIAR\naws_secret_access_key = s\n",
    ),
    Case("neither, with keys in the environment", "r", f"[profile r]\nrole_arn = {ROLE}/r\n", env=KEYS),
    Case("half keys: the secret is missing", "r", PLAIN.replace("aws_secret_access_key = s\n", "")),
    Case("half keys: the id is missing", "r", PLAIN.replace("aws_access_key_id = AKIABASE\n", "")),
    Case(
        "half keys in one file each",
        "r",
        PLAIN.replace("aws_secret_access_key = s\n", ""),
        "[base]\naws_secret_access_key = s\n",
    ),
    Case(
        "half keys in the credentials file, whole ones in the other",
        "r",
        PLAIN,
        "[base]\naws_access_key_id = AKIACRED\n",
    ),
    Case(
        "a secret alone in the credentials file, whole keys in the other",
        "r",
        PLAIN,
        "[base]\naws_secret_access_key = s\n",
    ),
    Case("empty key id", "r", PLAIN.replace("AKIABASE", "")),
    Case("empty external_id", "r", PLAIN + "external_id =\n"),
    Case("empty role_session_name", "r", PLAIN + "role_session_name =\n"),
    Case("empty duration_seconds", "r", PLAIN + "duration_seconds =\n"),
    Case("empty mfa_serial", "r", PLAIN + "mfa_serial =\n"),
    Case("empty region", "r", HERE + "region =\n"),
    Case("empty role_arn", "r", BASE + "[profile r]\nrole_arn =\nsource_profile = base\n"),
    Case("empty role_arn beside keys", "base", USER + "role_arn =\nsource_profile = base\n"),
    Case("empty source_profile", "r", BASE + f"[profile r]\nrole_arn = {ROLE}/r\nsource_profile =\n"),
    Case("empty credential_source beside source_profile", "r", PLAIN + "credential_source =\n"),
    Case("empty web_identity_token_file", "r", PLAIN + "web_identity_token_file =\n"),
    Case("empty credential_process", "base", USER + "credential_process =\n"),
    Case("empty endpoint_url", "r", PLAIN + "endpoint_url =\n"),
    Case("empty AWS_DEFAULT_REGION", "r", HERE, env={"AWS_DEFAULT_REGION": ""}),
    Case("empty AWS_ENDPOINT_URL", "r", PLAIN, env={"AWS_ENDPOINT_URL": ""}),
    Case("line that is none", "r", PLAIN + "nonsense\n"),
    Case("key before the first section", "r", "region = eu-west-1\n" + PLAIN),
    Case("duplicate section", "r", PLAIN + R),
    Case("duplicate key", "r", PLAIN + "source_profile = base\n"),
    Case("broken credentials file", "r", PLAIN, "[base\n"),
    Case("nested block that is none", "r", PLAIN + "s3 =\n  nonsense\n"),
]

ALL = [*CHAINS, *SOURCES, *SHAPES, *ENDPOINTS, *PARTITIONS, *FILES, *ERRORS]
