//! The two tables of environment variables: [`VARIABLES`], which a session sets, unsets and restores, and
//! [`INPUTS`], which are only read.
//!
//! Everything that handles variables uses these tables: the environment, the session, the man page. A
//! variable that is in neither table must not be read or changed; a test searches the sources for such names.

use std::borrow::Cow;

use crate::common::credentials::Secret;

/// The name of a variable. The names of endpoint variables are made from the names of services.
pub(crate) type Name = Cow<'static, str>;

/// How a session treats a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A part of the keys.
    Key,
    /// Describes the keys; a session sets its own value.
    Described,
    /// A region; a session sets it only if a flag or the role's profile names a region.
    Region,
    /// A setting of the role's profile; a session sets it only if the user did not.
    Setting,
    /// A label of this program (`ASSUME_ENV_*`).
    Label,
    /// A label that outlives its session: the role before.
    Memory,
    /// Would override or contradict the session's keys, so a session unsets it.
    Conflict,
    /// Leads to the keys that renew themselves (`--refresh`), or would lead past them. Sessions without `--refresh` do not
    /// change it.
    Refresh,
}

/// What a variable has of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionPart {
    /// The access key id.
    KeyId,
    /// The secret access key.
    SecretKey,
    /// The session token.
    Token,
    /// The expiry: RFC 3339, UTC.
    Expiration,
    /// The expiry: epoch seconds, UTC.
    ExpirationSeconds,
    /// The account.
    Account,
    /// The region, if the session sets one.
    Region,
    /// The role as it was typed.
    RoleAsTyped,
    /// The ARN of the assumed role.
    RoleArn,
    /// The session name.
    SessionName,
    /// The source of a role that was assumed by its ARN, or a fingerprint of the source of keys without a
    /// role.
    Source,
    /// What the role was assumed with, so that a renewal can compare it.
    SourceId,
    /// How the session is restricted or tagged.
    Restriction,
    /// The values that the session replaced.
    Restore,
    /// Those of the replaced values that direnv set for a folder.
    Folder,
    /// The settings that the session set.
    Settings,
    /// The names of `ASSUME_ENV_ALSO_SET` that the session set.
    AlsoSet,
    /// The labels of the session before this one.
    Previous,
    /// The address where the helper serves the keys.
    Address,
    /// The token for that address.
    AddressToken,
    /// A file of profiles, which a command must not read.
    ProfileFile,
    /// Tells SDKs to read the variables of the files.
    LoadConfig,
    /// The process id of the helper.
    Helper,
    /// What the session with `--refresh` set.
    RefreshMark,
}

impl SessionPart {
    /// Whether it is one of the keys, or has no meaning without them: keys that renew themselves do not have it.
    pub(crate) fn is_of_keys(self) -> bool {
        use SessionPart::{Expiration, ExpirationSeconds, KeyId, SecretKey, Token};
        [KeyId, SecretKey, Token, Expiration, ExpirationSeconds].contains(&self)
    }
}

/// A setting of a profile that is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileSetting {
    /// Its keys in a profile, in the order in which they are read.
    pub keys: &'static [SettingKey],
    /// Whether the value is a path, in which `~` and variables are expanded.
    pub is_path: bool,
    /// Whether an empty value has a meaning. Otherwise it counts as absent, in a profile and in a variable.
    pub may_be_empty: bool,
    /// Whether the setting changes whom a command asks or trusts: what the summary calls it.
    pub summary: Option<&'static str>,
    /// The value that is the same as none.
    pub default: Option<&'static str>,
}

/// The place of a setting in a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKey {
    /// A key of the profile.
    Plain(&'static str),
    /// A key of an indented block of the profile.
    Nested(&'static str, &'static str),
}

/// A variable that a session sets, unsets or restores.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: &'static str,
    /// How a session treats it.
    pub group: Group,
    /// What it has of a session; `None` for a conflict, which a session only unsets, and for a setting.
    pub part: Option<SessionPart>,
    /// The setting that it is, for [`Group::Setting`].
    pub setting: Option<ProfileSetting>,
    /// Whether the value that a session replaces is stored and restored. A secret never is.
    pub restored: bool,
    /// Whether the value has no meaning without the keys that it was set with.
    pub dies_with_keys: bool,
    /// What it has in a session; of a conflict, what it is.
    pub about: &'static str,
    /// What the user's own value is used for, if this program reads it.
    pub input: Option<&'static str>,
}

/// A variable that this program, a library in it or its shell hooks only read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Input {
    /// The name.
    pub name: &'static str,
    /// Whether a value that is not UTF-8 is an error. Otherwise such a value counts as absent, or is used as
    /// bytes.
    pub must_be_utf8: bool,
    /// What it is used for.
    pub about: &'static str,
}

impl Variable {
    const fn new(name: &'static str, group: Group, part: Option<SessionPart>, about: &'static str) -> Self {
        let restored = !matches!(group, Group::Key | Group::Label | Group::Memory);
        Self { name, group, part, setting: None, restored, dies_with_keys: false, about, input: None }
    }

    const fn secret(mut self) -> Self {
        self.restored = false;
        self
    }

    const fn dies_with_keys(mut self) -> Self {
        self.dies_with_keys = true;
        self
    }

    const fn input(mut self, about: &'static str) -> Self {
        self.input = Some(about);
        self
    }

    /// A setting that the summary names.
    const fn in_summary(mut self, words: &'static str) -> Self {
        if let Some(setting) = &mut self.setting {
            setting.summary = Some(words);
        }
        self
    }

    /// A setting whose absence has the same meaning as this value.
    const fn default(mut self, value: &'static str) -> Self {
        if let Some(setting) = &mut self.setting {
            setting.default = Some(value);
        }
        self
    }

    const fn path(mut self) -> Self {
        if let Some(setting) = &mut self.setting {
            setting.is_path = true;
        }
        self
    }

    const fn may_be_empty(mut self) -> Self {
        if let Some(setting) = &mut self.setting {
            setting.may_be_empty = true;
        }
        self
    }

    /// Whether `ASSUME_ENV_REFRESH` has its value, if a session with `--refresh` sets it: never a secret, and not what the values
    /// of all sessions are restored from.
    pub(crate) fn is_in_refresh_mark(&self) -> bool {
        const LEFT_OUT: [SessionPart; 4] =
            [SessionPart::AddressToken, SessionPart::Restore, SessionPart::Helper, SessionPart::RefreshMark];
        !matches!(self.group, Group::Key | Group::Conflict | Group::Memory)
            && !self.part.is_some_and(|part| LEFT_OUT.contains(&part))
    }

    /// Its name for a person: the row of many names has a word in capitals.
    fn shown_name(&self) -> Cow<'static, str> {
        match self.name {
            ENDPOINT_OF_SERVICE => Cow::Owned(format!("{ENDPOINT_OF_SERVICE}SERVICE")),
            name => Cow::Borrowed(name),
        }
    }
}

/// The beginning of the variables that name the endpoint of one service. The row of [`VARIABLES`] with this
/// name is that of all of them.
pub(crate) const ENDPOINT_OF_SERVICE: &str = "AWS_ENDPOINT_URL_";

/// The row of a variable.
pub(crate) fn lookup(name: &str) -> Option<&'static Variable> {
    let is_service = |service: &str| {
        (1..=100).contains(&service.len())
            && service.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    let row = match name.strip_prefix(ENDPOINT_OF_SERVICE) {
        Some(service) if is_service(service) => ENDPOINT_OF_SERVICE,
        Some(_) => return None,
        None => name,
    };
    VARIABLES.iter().find(|variable| variable.name == row)
}

const fn key(name: &'static str, part: SessionPart, about: &'static str) -> Variable {
    Variable::new(name, Group::Key, Some(part), about).secret()
}

const fn described(name: &'static str, part: SessionPart, about: &'static str) -> Variable {
    Variable::new(name, Group::Described, Some(part), about)
}

const fn region(name: &'static str) -> Variable {
    let about = "The region, only if --region or the role's profile names one.";
    Variable::new(name, Group::Region, Some(SessionPart::Region), about)
}

const fn label(name: &'static str, part: SessionPart, about: &'static str) -> Variable {
    Variable::new(name, Group::Label, Some(part), about)
}

const fn of_profile(name: &'static str, keys: &'static [SettingKey]) -> Variable {
    let setting = ProfileSetting { keys, is_path: false, may_be_empty: false, summary: None, default: None };
    let mut variable = Variable::new(name, Group::Setting, None, SETTINGS);
    variable.setting = Some(setting);
    variable
}

const fn conflict(name: &'static str, about: &'static str) -> Variable {
    Variable::new(name, Group::Conflict, None, about)
}

const fn refresh(name: &'static str, part: Option<SessionPart>, about: &'static str) -> Variable {
    Variable::new(name, Group::Refresh, part, about)
}

const SETTINGS: &str = "Settings of the role's profile, if the profile has them and you have not set the \
     variable: then `-- COMMAND` asks the same addresses by the same rules as with --profile.";
const OWN_ENDPOINT: &str =
    "The endpoint of one service: STS, the portal and the token service of IAM Identity Center, S3.";
const OWN_KEYS: &str = "Your own keys: the source of a role ARN without --source-profile, and of a profile \
     with credential_source = Environment.";
const OWN_REGION: &str = "The region of STS, if neither --region nor the role's profile names one.";
const OTHER_NAMES: &str = "Other names of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, for version 1 of the AWS SDK for \
     Java and s3cmd. They are keys, so they are not restored.";
const OWN_PROFILE: &str = "The profile if ROLE is left out, and the source of a role ARN without \
     --source-profile. AWS_DEFAULT_PROFILE is read first, as the AWS CLI does.";
const WEB_IDENTITY: &str = "The token file and the role of a web identity, as EKS sets them.";

use SettingKey::{Nested, Plain};

/// Every variable that a session touches, in the order in which texts list them.
pub const VARIABLES: &[Variable] = &[
    key("AWS_ACCESS_KEY_ID", SessionPart::KeyId, "The keys.").input(OWN_KEYS),
    key("AWS_SECRET_ACCESS_KEY", SessionPart::SecretKey, "The keys.").input(OWN_KEYS),
    key("AWS_SESSION_TOKEN", SessionPart::Token, "The keys.").input(OWN_KEYS),
    described(
        "AWS_CREDENTIAL_EXPIRATION",
        SessionPart::Expiration,
        "The expiry of the keys, RFC 3339 in UTC.",
    )
    .dies_with_keys(),
    described("AWS_ACCOUNT_ID", SessionPart::Account, "The account of the session."),
    region("AWS_REGION").input(OWN_REGION),
    region("AWS_DEFAULT_REGION").input(OWN_REGION),
    label("ASSUME_ENV_PROFILE", SessionPart::RoleAsTyped, "The role as it was typed."),
    label("ASSUME_ENV_ROLE_ARN", SessionPart::RoleArn, "The assumed role."),
    label("ASSUME_ENV_SESSION", SessionPart::SessionName, "The session name."),
    label(
        "ASSUME_ENV_SOURCE",
        SessionPart::Source,
        "The profile or other source that a role ARN was assumed from; for keys without a role, 16 hex digits \
         over their source.",
    ),
    label(
        "ASSUME_ENV_SOURCE_ID",
        SessionPart::SourceId,
        "What the keys come from: its name, # and 16 hex digits over its settings. A renewal compares it.",
    ),
    label("ASSUME_ENV_REGION", SessionPart::Region, "The region that the session set, if it set one."),
    label(
        "ASSUME_ENV_EXPIRES",
        SessionPart::ExpirationSeconds,
        "The expiry of the keys, in seconds since 1970.",
    ),
    label("ASSUME_ENV_KEY_ID", SessionPart::KeyId, "The key id that these labels belong to."),
    label(
        "ASSUME_ENV_NARROWED",
        SessionPart::Restriction,
        "How the session is restricted or tagged, if it is: read-only, or 16 hex digits over policies, tags and \
         source identity.",
    ),
    label(
        "ASSUME_ENV_RESTORE",
        SessionPart::Restore,
        "The values that the session replaced, never a secret; --clear restores them.",
    ),
    label(
        "ASSUME_ENV_FOLDER",
        SessionPart::Folder,
        "16 hex digits over DIRENV_DIFF, and the names of the replaced values that are from there.",
    ),
    label(
        "ASSUME_ENV_SETTINGS",
        SessionPart::Settings,
        "The settings of the profile that the session set; --clear unsets them.",
    ),
    label(
        "ASSUME_ENV_ALSO",
        SessionPart::AlsoSet,
        "The names of ASSUME_ENV_ALSO_SET that the session set; --clear unsets them.",
    ),
    Variable::new(
        "ASSUME_ENV_PREVIOUS",
        Group::Memory,
        Some(SessionPart::Previous),
        "The labels of the session before this one, for `assume-env -`. No secret; --clear keeps it.",
    ),
    of_profile("AWS_ENDPOINT_URL", &[Plain("endpoint_url")])
        .in_summary("endpoint")
        .input("The endpoint of all services."),
    // The keys are the blocks of the services section.
    of_profile(ENDPOINT_OF_SERVICE, &[]).in_summary("endpoint of").input(OWN_ENDPOINT),
    of_profile("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", &[Plain("ignore_configured_endpoint_urls")])
        .default("false")
        .in_summary("configured endpoints are ignored")
        .input("With true, endpoint_url and the variables AWS_ENDPOINT_URL are ignored."),
    of_profile("AWS_USE_FIPS_ENDPOINT", &[Plain("use_fips_endpoint")])
        .default("false")
        .in_summary("FIPS endpoints")
        .input("With true, FIPS endpoints are used."),
    of_profile("AWS_USE_DUALSTACK_ENDPOINT", &[Plain("use_dualstack_endpoint")])
        .default("false")
        .in_summary("dual-stack endpoints")
        .input("With true, dual-stack endpoints (IPv4 and IPv6) are used."),
    of_profile("AWS_STS_REGIONAL_ENDPOINTS", &[Plain("sts_regional_endpoints")])
        .default("regional")
        .input("regional [default] or legacy: which endpoint of STS older regions use."),
    of_profile("AWS_CA_BUNDLE", &[Plain("ca_bundle")])
        .path()
        .in_summary("CA bundle")
        .input("The file of trusted certificate authorities."),
    of_profile("AWS_MAX_ATTEMPTS", &[Plain("max_attempts")])
        .input("The largest number of attempts per request [default: 3]."),
    of_profile("AWS_RETRY_MODE", &[Plain("retry_mode")]),
    of_profile("AWS_DEFAULTS_MODE", &[Plain("defaults_mode")]).default("legacy"),
    of_profile("AWS_ACCOUNT_ID_ENDPOINT_MODE", &[Plain("account_id_endpoint_mode")]).default("preferred"),
    of_profile("AWS_SDK_UA_APP_ID", &[Plain("sdk_ua_app_id")]),
    of_profile("AWS_REQUEST_CHECKSUM_CALCULATION", &[Plain("request_checksum_calculation")])
        .default("when_supported"),
    of_profile("AWS_RESPONSE_CHECKSUM_VALIDATION", &[Plain("response_checksum_validation")])
        .default("when_supported"),
    of_profile("AWS_DISABLE_REQUEST_COMPRESSION", &[Plain("disable_request_compression")]).default("false"),
    of_profile("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", &[Plain("request_min_compression_size_bytes")])
        .default("10240"),
    of_profile("AWS_SIGV4A_SIGNING_REGION_SET", &[Plain("sigv4a_signing_region_set")]),
    of_profile("AWS_AUTH_SCHEME_PREFERENCE", &[Plain("auth_scheme_preference")]),
    of_profile("AWS_DISABLE_HOST_PREFIX_INJECTION", &[Plain("disable_host_prefix_injection")])
        .default("false"),
    // botocore reads one name of this variable, the other SDKs and their reference the other.
    of_profile("AWS_ENDPOINT_DISCOVERY_ENABLED", &[Plain("endpoint_discovery_enabled")]),
    of_profile("AWS_ENABLE_ENDPOINT_DISCOVERY", &[Plain("endpoint_discovery_enabled")]),
    of_profile(
        "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
        &[Plain("s3_us_east_1_regional_endpoint"), Nested("s3", "us_east_1_regional_endpoint")],
    ),
    of_profile("AWS_S3_USE_ARN_REGION", &[Plain("s3_use_arn_region"), Nested("s3", "use_arn_region")]),
    of_profile(
        "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS",
        &[
            Nested("s3", "s3_disable_multiregion_access_points"),
            Plain("s3_disable_multiregion_access_points"),
        ],
    ),
    of_profile("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", &[Plain("s3_disable_express_session_auth")]),
    of_profile("AWS_EC2_METADATA_SERVICE_ENDPOINT", &[Plain("ec2_metadata_service_endpoint")])
        .input("The address of the metadata service of an EC2 instance."),
    of_profile("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", &[Plain("ec2_metadata_service_endpoint_mode")])
        .input("ipv4 [default] or ipv6."),
    of_profile("AWS_EC2_METADATA_V1_DISABLED", &[Plain("ec2_metadata_v1_disabled")])
        .input("With true, that service is not used without a token (IMDSv1)."),
    of_profile("AWS_IMDS_USE_IPV6", &[Plain("imds_use_ipv6")]),
    of_profile("AWS_METADATA_SERVICE_TIMEOUT", &[Plain("metadata_service_timeout")])
        .input("The time limit of a request to that service, in seconds [default: 1]."),
    of_profile("AWS_METADATA_SERVICE_NUM_ATTEMPTS", &[Plain("metadata_service_num_attempts")])
        .input("The largest number of attempts per request to that service [default: 1]."),
    of_profile("AWS_DEFAULT_OUTPUT", &[Plain("output")]),
    of_profile("AWS_PAGER", &[Plain("cli_pager")]).may_be_empty(),
    of_profile("AWS_CLI_AUTO_PROMPT", &[Plain("cli_auto_prompt")]).default("off"),
    of_profile("AWS_CLI_ERROR_FORMAT", &[Plain("cli_error_format")]),
    of_profile("AWS_DATA_PATH", &[Plain("data_path")]),
    of_profile("AWS_CSM_ENABLED", &[Plain("csm_enabled")]),
    of_profile("AWS_CSM_HOST", &[Plain("csm_host")]),
    of_profile("AWS_CSM_PORT", &[Plain("csm_port")]),
    of_profile("AWS_CSM_CLIENT_ID", &[Plain("csm_client_id")]),
    of_profile("AWS_EC2_INSTANCE_PROFILE_NAME", &[Plain("ec2_instance_profile_name")]),
    of_profile("AWS_DISABLE_CLOCK_SKEW_CORRECTION", &[Plain("disable_clock_skew_correction")]),
    of_profile("AWS_CORRECT_CLOCK_SKEW", &[Plain("correct_clock_skew")]),
    of_profile("AWS_ADAPTIVE_RETRY_WAIT_TO_FILL", &[Plain("adaptive_retry_wait_to_fill")]),
    of_profile("BOTOCORE_TCP_KEEPALIVE", &[Plain("tcp_keepalive")]),
    conflict("AWS_PROFILE", "Another profile.").input(OWN_PROFILE),
    conflict("AWS_DEFAULT_PROFILE", "Another profile.").input(OWN_PROFILE),
    conflict(
        "AWS_SECURITY_TOKEN",
        "The older name of AWS_SESSION_TOKEN. It is a secret, so it is not restored.",
    )
    .secret()
    .input("The older name of AWS_SESSION_TOKEN; it is read first, as botocore does."),
    conflict("AWS_ACCESS_KEY", OTHER_NAMES).secret(),
    conflict("AWS_SECRET_KEY", OTHER_NAMES).secret(),
    conflict("AWS_CREDENTIAL_FILE", "A file of access keys, which botocore reads."),
    conflict("AWS_WEB_IDENTITY_TOKEN_FILE", "The token and the role of a web identity.").input(WEB_IDENTITY),
    conflict("AWS_ROLE_ARN", "The token and the role of a web identity.").input(WEB_IDENTITY),
    conflict("AWS_ROLE_SESSION_NAME", "The session name of a web identity.")
        .input("The session name, if neither --session-name nor the profile names one."),
    conflict("AWS_SESSION_EXPIRATION", "The expiry of other keys, which some tools set.").dies_with_keys(),
    refresh(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        Some(SessionPart::Address),
        "The address on this machine that serves the keys.",
    )
    .input(CONTAINER),
    refresh(
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        Some(SessionPart::AddressToken),
        "The token for that address. Your own token is a secret, so it is not restored.",
    )
    .secret()
    .input(CONTAINER_TOKEN),
    refresh("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", None, "Another address, which has priority.").input(CONTAINER),
    refresh("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", None, "Another token, which has priority.").input(CONTAINER_TOKEN),
    refresh(
        "AWS_SHARED_CREDENTIALS_FILE",
        Some(SessionPart::ProfileFile),
        "/dev/null: keys of a profile default have priority over the address.",
    )
    .input("The credentials file [default: ~/.aws/credentials]."),
    refresh(
        "AWS_CONFIG_FILE",
        Some(SessionPart::ProfileFile),
        "/dev/null, but only if the profile default of the config file names credentials.",
    )
    .input("The config file [default: ~/.aws/config]."),
    refresh(
        "AWS_SDK_LOAD_CONFIG",
        Some(SessionPart::LoadConfig),
        "1: without it, the AWS SDK for JavaScript 2 ignores AWS_SHARED_CREDENTIALS_FILE.",
    ),
    refresh(
        "ASSUME_ENV_HELPER",
        Some(SessionPart::Helper),
        "The process id of the helper that renews the keys. Its name is assume-env-keys, and renewal-failed while no new keys can be \
         had: the prompt reads it (Linux).",
    )
    .secret(),
    refresh(
        "ASSUME_ENV_REFRESH",
        Some(SessionPart::RefreshMark),
        "The mark of keys that renew themselves, with what was set for them, never a secret: --clear comes back to it.",
    )
    .secret(),
];

/// A variable that is an error if it is not UTF-8.
const fn text(name: &'static str, about: &'static str) -> Input {
    Input { name, must_be_utf8: true, about }
}

/// A variable that can be any bytes: it is used as bytes, or an optional hint, or a library reads it.
const fn bytes(name: &'static str, about: &'static str) -> Input {
    Input { name, must_be_utf8: false, about }
}

const HTTPS_PROXY: &str = "The proxy for https. Plain http never uses a proxy.";
const ALL_PROXY: &str = "The proxy, if HTTPS_PROXY and https_proxy are not set.";
const NO_PROXY: &str = "Hosts without a proxy, separated by commas.";
const CONTAINER: &str = "The address of the credentials of a container (ECS, EKS Pod Identity).";
const CONTAINER_TOKEN: &str = "The token for that address, or the file that has it.";
const DISPLAY: &str = "Whether this machine has a display, for the browser of --login.";
const FAR: &str = "Whether --login must use the device code, because the browser is elsewhere.";
const OTHER_TOOL: &str =
    "Set by another tool (aws-vault, awsume, awsu, aws-sso-cli); --explain warns about it.";

/// Every variable that is only read, in the order of the man page.
pub(crate) const INPUTS: &[Input] = &[
    bytes("HOME", "The folder for ~ in paths [default: the home folder of the user in /etc/passwd]."),
    text(
        "REQUESTS_CA_BUNDLE",
        "The certificate authorities, if neither AWS_CA_BUNDLE nor ca_bundle names a file.",
    ),
    text("SSL_CERT_FILE", "The same, if REQUESTS_CA_BUNDLE does not name a file either."),
    bytes(
        "SSL_CERT_DIR",
        "The folder of trusted certificate authorities, on a system without a bundle file.",
    ),
    text("https_proxy", HTTPS_PROXY),
    text("HTTPS_PROXY", HTTPS_PROXY),
    text("all_proxy", ALL_PROXY),
    text("ALL_PROXY", ALL_PROXY),
    bytes("no_proxy", NO_PROXY),
    bytes("NO_PROXY", NO_PROXY),
    text("AWS_EC2_METADATA_DISABLED", "With true, the metadata service of an EC2 instance is not used."),
    bytes("USER", "The user in the default session name, user@host."),
    bytes("LOGNAME", "The same, if USER is not set."),
    bytes("PATH", "The folders in which COMMAND is searched."),
    bytes("TZ", "The time zone of the times in messages."),
    bytes("ASSUME_ENV_BASE", "The MFA session of --base-session, which the hook passes to one call."),
    text(
        "ASSUME_ENV_RUNNING",
        "What the programs that assume-env has started and that are running are for: the credentials or the MFA code \
         of a profile. A program that asks for the same again is stopped.",
    ),
    bytes(
        "ASSUME_ENV_ALSO_SET",
        "A list of names, separated by blanks, that a session sets to the role too, for other prompt tools.",
    ),
    text(
        "ASSUME_ENV_BROWSER",
        "The command that opens the page of --login: words, in which {url} is the address. Without it, BROWSER, wslview, \
         open and xdg-open are tried.",
    ),
    bytes("BROWSER", "Commands that open a web page, separated by colons."),
    bytes("DISPLAY", DISPLAY),
    bytes("WAYLAND_DISPLAY", DISPLAY),
    bytes("WSL_DISTRO_NAME", DISPLAY),
    bytes("SSH_CONNECTION", FAR),
    bytes("SSH_CLIENT", FAR),
    bytes("SSH_TTY", FAR),
    bytes("CODESPACES", FAR),
    bytes("REMOTE_CONTAINERS", FAR),
    bytes(
        "DIRENV_DIFF",
        "What direnv set for the current folder. A value from there is not restored when the folder was left.",
    ),
    bytes("NO_COLOR", "If it is set, the hook's prompt has no colours."),
    bytes("TERM", "With dumb, the hook's prompt has no colours."),
    bytes("AWS_VAULT", OTHER_TOOL),
    bytes("AWSUME_PROFILE", OTHER_TOOL),
    bytes("AWSU_PROFILE", OTHER_TOOL),
    bytes("AWS_SSO_PROFILE", OTHER_TOOL),
    bytes(
        "AWS_BEARER_TOKEN_BEDROCK",
        "A key for Amazon Bedrock, which Bedrock uses instead of the session's keys; --explain warns about \
         it.",
    ),
    bytes("AWS_EXECUTION_ENV", "A part of the user agent of requests, as in every AWS SDK."),
    bytes(
        "SMITHY_CLIENT_SDK_CUSTOM_PARTITION",
        "Must not be set: it replaces the list of partitions of the AWS SDK.",
    ),
];

/// Whether this program reads the variable and cannot use a value that is not UTF-8.
pub(crate) fn must_be_utf8(name: &str) -> bool {
    lookup(name).is_some() || INPUTS.iter().any(|input| input.name == name && input.must_be_utf8)
}

/// The variables that a session of this program sets, for the man page: names and text.
pub(crate) fn set_by_session() -> Vec<(String, &'static str)> {
    let set = VARIABLES.iter().filter(|variable| !matches!(variable.group, Group::Conflict | Group::Refresh));
    with_shared_text(set.map(|variable| (variable.shown_name(), variable.about)))
}

/// The variables that a session of this program unsets, for the man page: names and text.
pub(crate) fn unset_by_session() -> Vec<(String, &'static str)> {
    let unset = VARIABLES.iter().filter(|variable| variable.group == Group::Conflict);
    with_shared_text(unset.map(|variable| (variable.shown_name(), variable.about)))
}

/// The variables that `--refresh` sets, or unsets, in addition: names and text.
pub(crate) fn changed_by_refresh() -> Vec<(String, &'static str)> {
    let changed = VARIABLES.iter().filter(|variable| variable.group == Group::Refresh);
    with_shared_text(changed.map(|variable| (variable.shown_name(), variable.about)))
}

/// The variables of the user that are read, for the man page: names and text.
pub(crate) fn read_from_user() -> Vec<(String, &'static str)> {
    let of_session = VARIABLES.iter().filter_map(|variable| Some((variable.shown_name(), variable.input?)));
    with_shared_text(of_session.chain(INPUTS.iter().map(|input| (input.name.into(), input.about))))
}

/// Joins the names of consecutive rows with the same text.
fn with_shared_text(rows: impl Iterator<Item = (Name, &'static str)>) -> Vec<(String, &'static str)> {
    let mut joined: Vec<(String, &'static str)> = Vec::new();
    for (name, about) in rows {
        match joined.last_mut() {
            Some((names, same)) if *same == about => {
                names.push_str(", ");
                names.push_str(&name);
            }
            _ => joined.push((name.into_owned(), about)),
        }
    }
    joined
}

/// A change of one variable.
#[derive(Debug)]
pub enum EnvChange {
    /// It gets this value.
    Set(Name, Secret),
    /// It is unset.
    Unset(Name),
}

impl EnvChange {
    /// Sets a variable.
    pub fn set(name: impl Into<Name>, value: Secret) -> Self {
        Self::Set(name.into(), value)
    }

    /// Unsets a variable.
    pub fn unset(name: impl Into<Name>) -> Self {
        Self::Unset(name.into())
    }

    /// The variable's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Set(name, _) | Self::Unset(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn is_in_a_table(name: &str) -> bool {
        lookup(name).is_some() || name == ENDPOINT_OF_SERVICE || INPUTS.iter().any(|input| input.name == name)
    }

    #[test]
    fn no_variable_is_in_the_tables_twice() {
        let names =
            VARIABLES.iter().map(|variable| variable.name).chain(INPUTS.iter().map(|input| input.name));
        let distinct: BTreeSet<&str> = names.clone().collect();
        assert_eq!(distinct.len(), names.count());
    }

    #[test]
    fn a_secret_is_never_restored() {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"]
        {
            assert!(VARIABLES.iter().any(|variable| variable.name == name && !variable.restored), "{name}");
        }
    }

    #[test]
    fn only_conflicts_and_settings_have_no_part_of_a_session() {
        for variable in VARIABLES {
            let is_setting = variable.group == Group::Setting;
            let may_have_none = variable.group == Group::Refresh && variable.part.is_none();
            assert_eq!(
                variable.part.is_none(),
                is_setting || variable.group == Group::Conflict || may_have_none,
                "{}",
                variable.name
            );
            assert_eq!(variable.setting.is_some(), is_setting, "{}", variable.name);
        }
    }

    #[test]
    fn the_endpoint_variable_of_any_service_has_a_row() {
        assert_eq!(lookup("AWS_ENDPOINT_URL_S3").unwrap().name, ENDPOINT_OF_SERVICE);
        assert_eq!(lookup("AWS_ENDPOINT_URL").unwrap().name, "AWS_ENDPOINT_URL");
        for bad in
            ["AWS_ENDPOINT_URL_", "AWS_ENDPOINT_URL_s3", "AWS_ENDPOINT_URL_A-B", "AWS_ENDPOINT_URL_A=B"]
        {
            assert!(lookup(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn rows_with_the_same_text_are_joined() {
        let read = read_from_user();
        assert!(read.contains(&("https_proxy, HTTPS_PROXY".to_owned(), HTTPS_PROXY)), "{read:?}");
        assert!(read.contains(&("AWS_REGION, AWS_DEFAULT_REGION".to_owned(), OWN_REGION)), "{read:?}");
    }

    /// The names of variables in a source text: string literals that look like one of AWS or of this program,
    /// and the literal arguments of the functions that read a variable or name one as an origin.
    fn names_in(source: &str) -> BTreeSet<&str> {
        let is_name =
            |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let looks_like_one = |text: &&str| {
            ["AWS_", "ASSUME_ENV_"].iter().any(|start| text.len() > start.len() && text.starts_with(start))
                && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        let literals = source.split('"').filter(is_name).filter(looks_like_one);
        let arguments = [".var(\"", ".os(\"", "Origin::Variable(\""].into_iter().flat_map(|call| {
            source.split(call).skip(1).filter_map(|rest| rest.split('"').next()).filter(is_name)
        });
        literals.chain(arguments).collect()
    }

    fn check_folder(folder: &Path, found: &mut usize) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                check_folder(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                for name in names_in(&source) {
                    assert!(
                        is_in_a_table(name),
                        "{} names {name}, which is in neither table",
                        path.display()
                    );
                    *found += 1;
                }
            }
        }
    }

    #[test]
    fn every_variable_that_the_sources_name_is_in_a_table() {
        let mut found = 0;
        check_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found > 100, "only {found} names found");
    }
}
