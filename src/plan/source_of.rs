//! The end of a chain: where the credentials of one profile come from, or of no profile at all.
//!
//! botocore's order: a web identity, IAM Identity Center, keys of the credentials file, the console's login, a program, keys of
//! the config file; for what is asked for by itself also the container and the instance. The metadata service of an instance
//! is asked only when a setting speaks of it or the machine says that it is an instance: anywhere else it would be a wait.

use super::{Planner, endpoint};
use crate::common::arn::{self, RoleArn};
use crate::common::origin::{Located, Origin};
use crate::config::{FileKind, Profile, expand, shell_words};
use crate::error::Error;
use crate::plan::source::{self, Sso};
use crate::plan::source::{Container, Instance};
use crate::plan::source::{ReplacedKeys, Source};

/// The address of the metadata service of an instance.
const METADATA: &str = "http://169.254.169.254";
/// The same by IPv6.
const METADATA_IPV6: &str = "http://[fd00:ec2::254]";

/// A role that the token of an identity provider assumes.
pub struct WebIdentity {
    pub role: Located<RoleArn>,
    pub source: Source,
}

/// The web identity of a profile.
pub fn web_identity(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<Option<WebIdentity>, Error> {
    let Some(file) = profile.get("web_identity_token_file") else { return Ok(None) };
    let Some(arn) = profile.get("role_arn") else {
        return Err(Error::WebIdentityWithoutRole { origin: file.origin, missing: "role_arn" });
    };
    web_identity_of(planner, Some(profile.name()), file, arn).map(Some)
}

const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const TOKEN_ROLE: &str = "AWS_ROLE_ARN";

/// The web identity of the environment, as EKS sets it up.
pub fn web_identity_of_environment(planner: &Planner<'_>) -> Result<Option<WebIdentity>, Error> {
    let Some(file) = planner.env.var(TOKEN_FILE) else { return Ok(None) };
    let file = Located::new(file, Origin::Variable(TOKEN_FILE));
    let Some(arn) = planner.env.var(TOKEN_ROLE) else {
        return Err(Error::WebIdentityWithoutRole { origin: file.origin, missing: TOKEN_ROLE });
    };
    web_identity_of(planner, None, file, Located::new(arn, Origin::Variable(TOKEN_ROLE))).map(Some)
}

/// The role that the environment names together with a token for it.
pub fn role_of_environment<'a>(planner: &Planner<'a>) -> Option<&'a str> {
    planner.env.var(TOKEN_FILE).and(planner.env.var(TOKEN_ROLE))
}

fn web_identity_of(
    planner: &Planner<'_>,
    profile: Option<&str>,
    file: Located<&str>,
    arn: Located<&str>,
) -> Result<WebIdentity, Error> {
    let role = role_arn(arn)?;
    let token_file = Located::new(expand(file.value, planner.env), file.origin);
    let source = Source::WebIdentity { profile: profile.map(str::to_owned), token_file };
    Ok(WebIdentity { role, source })
}

/// A role ARN, wherever it stands.
pub fn role_arn(arn: Located<&str>) -> Result<Located<RoleArn>, Error> {
    match RoleArn::parse(arn.value) {
        Ok(role) => Ok(Located::new(role, arn.origin)),
        Err(why) => Err(Error::BadRoleArn { text: arn.value.into(), why, origin: arn.origin }),
    }
}

/// The profile's own source, if it has one.
pub fn of_profile(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<Option<Source>, Error> {
    if let Some(sso) = sso(planner, profile)? {
        return Ok(Some(Source::Sso(Box::new(sso))));
    }
    // The AWS CLI asks the credentials file, then other sources, and the config file last.
    if let Some(source) = own_keys(profile, FileKind::Credentials)? {
        return Ok(Some(source));
    }
    if let Some(Located { origin, .. }) = profile.get("login_session") {
        // The SDK's own provider would write keys into a cache file; the AWS CLI keeps its own.
        let words =
            ["aws", "configure", "export-credentials", "--profile", profile.name(), "--format", "process"];
        let command = Located::new(words.map(str::to_owned).to_vec(), origin);
        return Ok(Some(program(profile, "login_session", command)));
    }
    if let Some(Located { value, origin }) = profile.get("credential_process") {
        let words = shell_words(value)
            // The program alone: a password may stand among its arguments.
            .ok_or_else(|| Error::OpenQuote {
                program: value.split_whitespace().next().unwrap_or_default().into(),
                origin: origin.clone(),
            })?;
        return Ok(Some(program(profile, "credential_process", Located::new(words, origin))));
    }
    own_keys(profile, FileKind::Config)
}

fn program(profile: &Profile<'_>, key: &'static str, command: Located<Vec<String>>) -> Source {
    Source::Process { profile: profile.name().into(), key, command }
}

fn own_keys(profile: &Profile<'_>, kind: FileKind) -> Result<Option<Source>, Error> {
    let keys = profile.static_keys(kind)?;
    Ok(keys.map(|keys| Source::Profile { name: profile.name().into(), keys }))
}

/// The source that `credential_source` names.
pub fn named(planner: &Planner<'_>, profile: &Profile<'_>, setting: Located<&str>) -> Result<Source, Error> {
    match setting.value.to_ascii_lowercase().as_str() {
        "environment" => environment(planner, profile, setting),
        "ec2instancemetadata" => instance(planner, setting.origin).map(Source::Instance),
        "ecscontainer" => match container(planner, setting.origin.clone()) {
            Some(container) => Ok(Source::Container(container)),
            None => Err(Error::NoContainer { origin: setting.origin }),
        },
        _ => Err(Error::BadCredentialSource { text: setting.value.into(), origin: setting.origin }),
    }
}

fn environment(
    planner: &Planner<'_>,
    profile: &Profile<'_>,
    setting: Located<&str>,
) -> Result<Source, Error> {
    if let Some(keys) = planner.env.own_keys()? {
        return Ok(Source::Environment(keys));
    }
    let (profile, origin) = (profile.name().to_owned(), setting.origin);
    if planner.held.is_some() {
        return Ok(Source::ReplacedKeys(ReplacedKeys::OfEnvironment { profile, origin }));
    }
    Err(Error::NoKeysInEnvironment { profile, origin, session_held: false })
}

/// What is left when nobody names credentials: those that AWS puts beside a program.
pub fn ambient(planner: &Planner<'_>) -> Result<Option<Source>, Error> {
    if let Some(container) = container(planner, Origin::Default) {
        return Ok(Some(Source::Container(container)));
    }
    let settings = planner.settings(None)?;
    let spoken_of =
        settings.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint").is_some();
    let switched_off = planner.env.var(OFF).is_some_and(|off| off.eq_ignore_ascii_case("true"));
    if switched_off || !(spoken_of || (planner.on_instance)()) {
        return Ok(None);
    }
    instance(planner, Origin::Default).map(Source::Instance).map(Some)
}

/// The container's credentials, if the environment speaks of a container.
pub fn container(planner: &Planner<'_>, origin: Origin) -> Option<Container> {
    let variables = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    let variable = variables.into_iter().find(|name| planner.env.var(name).is_some())?;
    Some(Container { variable, origin })
}

const OFF: &str = "AWS_EC2_METADATA_DISABLED";

/// The instance's role, with the settings of the AWS CLI.
pub fn instance(planner: &Planner<'_>, origin: Origin) -> Result<Instance, Error> {
    if planner.env.var(OFF).is_some_and(|off| off.eq_ignore_ascii_case("true")) {
        return Err(Error::InstanceOff { origin, variable: OFF });
    }
    let settings = planner.settings(None)?;
    let named = settings.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    let mode = settings.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    let endpoint = match (named, mode) {
        (Some(url), _) => endpoint::checked_metadata_url(url)?,
        (None, Some(mode)) if mode.value.eq_ignore_ascii_case("ipv6") => {
            Located::new(METADATA_IPV6.to_owned(), mode.origin)
        }
        (None, Some(mode)) if !mode.value.eq_ignore_ascii_case("ipv4") => {
            return Err(Error::BadMetadataMode { text: mode.value.into(), origin: mode.origin });
        }
        (None, _) => Located::new(METADATA.to_owned(), Origin::Default),
    };
    let number = |variable, key| match settings.get(variable, key) {
        None => Ok(1),
        Some(text) => match text.value.trim().parse::<u32>() {
            Ok(number @ 1..=600) => Ok(number),
            _ => Err(Error::BadMetadataNumber { text: text.value.into(), origin: text.origin }),
        },
    };
    Ok(Instance {
        endpoint,
        timeout: u64::from(number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout")?),
        attempts: number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts")?,
        origin,
    })
}

/// The role of IAM Identity Center that a profile names. As in botocore, one of the two keys is enough to mean it.
fn sso(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<Option<Sso>, Error> {
    let (account, role) = (profile.get("sso_account_id"), profile.get("sso_role_name"));
    if account.is_none() && role.is_none() {
        return Ok(None);
    }
    let missing =
        |key| Error::SsoIncomplete { profile: profile.name().into(), missing: key, place: profile.place() };
    let session = match profile.get("sso_session") {
        None => None,
        Some(name) => match planner.config.sso_session(name.value) {
            Some(section) => Some((name.value, section)),
            None => return Err(Error::NoSsoSession { name: name.value.into(), origin: name.origin }),
        },
    };
    let from = |key: &'static str| -> Result<Located<String>, Error> {
        let own = profile.get(key);
        let found = match (session.and_then(|(_, section)| section.get(key)), own) {
            (Some(one), Some(other)) if one.value != other.value => {
                return Err(Error::SsoInconsistent { key, first: other.origin, second: one.origin });
            }
            (Some(found), _) => found,
            (None, Some(found)) => found,
            _ => {
                let place = session.map_or_else(|| profile.place(), |(_, section)| section.place());
                return Err(Error::SsoIncomplete { profile: profile.name().into(), missing: key, place });
            }
        };
        Ok(Located::new(found.value.to_owned(), found.origin))
    };
    let (region, start_url) = (from("sso_region")?, from("sso_start_url")?);
    let account = account.ok_or_else(|| missing("sso_account_id"))?;
    if !arn::is_account(account.value) {
        return Err(Error::BadAccount { text: account.value.into(), origin: account.origin });
    }
    let role = role.ok_or_else(|| missing("sso_role_name"))?;
    let region = endpoint::checked_region(Located::new(&*region.value, region.origin))?;
    let settings = planner.settings(None)?;
    let home = planner.env.home().ok_or_else(|| Error::NoHome {
        what: "the token of IAM Identity Center",
        origin: role.origin.clone(),
    })?;
    let owned = |text: Located<&str>| Located::new(text.value.to_owned(), text.origin);
    let key = session.map_or(&*start_url.value, |(name, _)| name);
    Ok(Some(Sso {
        profile: profile.name().into(),
        session: session.map(|(name, _)| name.to_owned()),
        token_file: source::sso_token_file(&home, key),
        portal: settings.service("sso", &region)?,
        oidc: settings.service("sso_oidc", &region)?,
        account: owned(account),
        role: owned(role),
        region,
        start_url,
    }))
}
