//! The two tables of environment variables: [`VARIABLES`], which a session sets, unsets and restores, and
//! [`INPUTS`], which are only read.
//!
//! Everything that handles variables uses these tables: the environment, the session, the man page. A
//! variable that is in neither table must not be read or changed; a test searches the sources for such names.

use crate::common::credentials::Secret;

/// How a session treats a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A part of the keys.
    Key,
    /// Describes the keys; a session sets its own value.
    Described,
    /// A region; a session sets it only if a flag or the role's profile names a region.
    Region,
    /// A label of this program (`ASSUME_ENV_*`).
    Label,
    /// Would override or contradict the session's keys, so a session unsets it.
    Conflict,
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
}

/// A variable that a session sets, unsets or restores.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: &'static str,
    /// How a session treats it.
    pub group: Group,
    /// What it has of a session; `None` for a conflict, which a session only unsets.
    pub part: Option<SessionPart>,
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
pub struct Input {
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
        let restored = matches!(group, Group::Described | Group::Region | Group::Conflict);
        Self { name, group, part, restored, dies_with_keys: false, about, input: None }
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

const fn conflict(name: &'static str, about: &'static str) -> Variable {
    Variable::new(name, Group::Conflict, None, about)
}

const OWN_KEYS: &str = "Your own keys: the source of a role ARN without --source-profile, and of a profile \
     with credential_source = Environment.";
const OWN_REGION: &str = "The region of STS, if neither --region nor the role's profile names one.";
const OWN_PROFILE: &str = "The profile if ROLE is left out, and the source of a role ARN without \
     --source-profile. AWS_DEFAULT_PROFILE is read first, as the AWS CLI does.";
const WEB_IDENTITY: &str = "The token file and the role of a web identity, as EKS sets them.";

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
    conflict("AWS_PROFILE", "Another profile.").input(OWN_PROFILE),
    conflict("AWS_DEFAULT_PROFILE", "Another profile.").input(OWN_PROFILE),
    conflict(
        "AWS_SECURITY_TOKEN",
        "The older name of AWS_SESSION_TOKEN. It is a secret, so it is not restored.",
    )
    .secret()
    .input("The older name of AWS_SESSION_TOKEN; it is read first, as botocore does."),
    conflict("AWS_CREDENTIAL_FILE", "A file of access keys, which botocore reads."),
    conflict("AWS_WEB_IDENTITY_TOKEN_FILE", "The token and the role of a web identity.").input(WEB_IDENTITY),
    conflict("AWS_ROLE_ARN", "The token and the role of a web identity.").input(WEB_IDENTITY),
    conflict("AWS_ROLE_SESSION_NAME", "The session name of a web identity.")
        .input("The session name, if neither --session-name nor the profile names one."),
    conflict("AWS_SESSION_EXPIRATION", "The expiry of other keys, which some tools set.").dies_with_keys(),
];

/// A variable that is an error if it is not UTF-8.
const fn text(name: &'static str, about: &'static str) -> Input {
    Input { name, must_be_utf8: true, about }
}

/// A variable that can be any bytes: it is used as bytes, or an optional hint, or a library reads it.
const fn bytes(name: &'static str, about: &'static str) -> Input {
    Input { name, must_be_utf8: false, about }
}

const OWN_ENDPOINT: &str =
    "The endpoint of one service: STS, the portal and the token service of IAM Identity Center, S3.";
const HTTPS_PROXY: &str = "The proxy for https. Plain http never uses a proxy.";
const ALL_PROXY: &str = "The proxy, if HTTPS_PROXY and https_proxy are not set.";
const NO_PROXY: &str = "Hosts without a proxy, separated by commas.";
const CONTAINER: &str = "The address of the credentials of a container (ECS, EKS Pod Identity).";
const CONTAINER_TOKEN: &str = "The token for that address, or the file that has it.";
const OTHER_TOOL: &str =
    "Set by another tool (aws-vault, awsume, awsu, aws-sso-cli); --explain warns about it.";

/// Every variable that is only read, in the order of the man page.
pub const INPUTS: &[Input] = &[
    text("AWS_CONFIG_FILE", "The config file [default: ~/.aws/config]."),
    text("AWS_SHARED_CREDENTIALS_FILE", "The credentials file [default: ~/.aws/credentials]."),
    bytes("HOME", "The folder for ~ in paths."),
    text("AWS_ENDPOINT_URL", "The endpoint of all services."),
    text("AWS_ENDPOINT_URL_STS", OWN_ENDPOINT),
    text("AWS_ENDPOINT_URL_SSO", OWN_ENDPOINT),
    text("AWS_ENDPOINT_URL_SSO_OIDC", OWN_ENDPOINT),
    text("AWS_ENDPOINT_URL_S3", OWN_ENDPOINT),
    text(
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "With true, endpoint_url and the variables AWS_ENDPOINT_URL are ignored.",
    ),
    text(
        "AWS_STS_REGIONAL_ENDPOINTS",
        "regional [default] or legacy: which endpoint of STS older regions use.",
    ),
    text("AWS_USE_FIPS_ENDPOINT", "With true, FIPS endpoints are used."),
    text("AWS_USE_DUALSTACK_ENDPOINT", "With true, dual-stack endpoints (IPv4 and IPv6) are used."),
    text("AWS_MAX_ATTEMPTS", "The largest number of attempts per request [default: 3]."),
    text("AWS_CA_BUNDLE", "The file of trusted certificate authorities."),
    text("SSL_CERT_FILE", "The same, if neither AWS_CA_BUNDLE nor ca_bundle names a file."),
    bytes(
        "SSL_CERT_DIR",
        "The folder of trusted certificate authorities, on a system without a bundle file.",
    ),
    text("HTTPS_PROXY", HTTPS_PROXY),
    text("https_proxy", HTTPS_PROXY),
    text("ALL_PROXY", ALL_PROXY),
    text("all_proxy", ALL_PROXY),
    bytes("NO_PROXY", NO_PROXY),
    bytes("no_proxy", NO_PROXY),
    text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", CONTAINER),
    text("AWS_CONTAINER_CREDENTIALS_FULL_URI", CONTAINER),
    bytes("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN),
    bytes("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", CONTAINER_TOKEN),
    text("AWS_EC2_METADATA_DISABLED", "With true, the metadata service of an EC2 instance is not used."),
    text("AWS_EC2_METADATA_SERVICE_ENDPOINT", "The address of that service."),
    text("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv4 [default] or ipv6."),
    text(
        "AWS_METADATA_SERVICE_TIMEOUT",
        "The time limit of a request to that service, in seconds [default: 1].",
    ),
    text(
        "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
        "The largest number of attempts per request to that service [default: 1].",
    ),
    bytes("USER", "The user in the default session name, user@host."),
    bytes("LOGNAME", "The same, if USER is not set."),
    bytes("PATH", "The folders in which COMMAND is searched."),
    bytes("TZ", "The time zone of the times in messages."),
    bytes("ASSUME_ENV_BASE", "The MFA session of --base-session, which the hook passes to one call."),
    text(
        "ASSUME_ENV_RUNNING",
        "The profiles whose credential_process is running. A program that asks for one of them again is \
         stopped.",
    ),
    bytes(
        "ASSUME_ENV_ALSO_SET",
        "A list of names, separated by blanks, that the hook's function sets to the role too, for other prompt \
         tools.",
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
pub fn must_be_utf8(name: &str) -> bool {
    VARIABLES.iter().any(|variable| variable.name == name)
        || INPUTS.iter().any(|input| input.name == name && input.must_be_utf8)
}

/// The variables that a session of this program sets, for the man page: names and text.
pub fn set_by_session() -> Vec<(String, &'static str)> {
    let set = VARIABLES.iter().filter(|variable| variable.group != Group::Conflict);
    with_shared_text(set.map(|variable| (variable.name, variable.about)))
}

/// The variables that a session of this program unsets, for the man page: names and text.
pub fn unset_by_session() -> Vec<(String, &'static str)> {
    let unset = VARIABLES.iter().filter(|variable| variable.group == Group::Conflict);
    with_shared_text(unset.map(|variable| (variable.name, variable.about)))
}

/// The variables of the user that are read, for the man page: names and text.
pub fn read_from_user() -> Vec<(String, &'static str)> {
    let of_session = VARIABLES.iter().filter_map(|variable| Some((variable.name, variable.input?)));
    with_shared_text(of_session.chain(INPUTS.iter().map(|input| (input.name, input.about))))
}

/// Joins the names of consecutive rows with the same text.
fn with_shared_text(rows: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<(String, &'static str)> {
    let mut joined: Vec<(String, &'static str)> = Vec::new();
    for (name, about) in rows {
        match joined.last_mut() {
            Some((names, same)) if *same == about => {
                names.push_str(", ");
                names.push_str(name);
            }
            _ => joined.push((name.to_owned(), about)),
        }
    }
    joined
}

/// A change of one variable.
#[derive(Debug)]
pub enum EnvChange {
    /// It gets this value.
    Set(&'static str, Secret),
    /// It is unset.
    Unset(&'static str),
}

impl EnvChange {
    /// The variable's name.
    pub fn name(&self) -> &'static str {
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
        VARIABLES.iter().any(|variable| variable.name == name)
            || INPUTS.iter().any(|input| input.name == name)
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
    fn only_a_conflict_has_no_part_of_a_session() {
        for variable in VARIABLES {
            assert_eq!(variable.part.is_none(), variable.group == Group::Conflict, "{}", variable.name);
        }
    }

    #[test]
    fn rows_with_the_same_text_are_joined() {
        let read = read_from_user();
        assert!(read.contains(&("HTTPS_PROXY, https_proxy".to_owned(), HTTPS_PROXY)), "{read:?}");
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
