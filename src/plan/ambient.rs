//! The sources that AWS gives to a program without any profile: a web identity (EKS), the container's
//! credentials (ECS, EKS Pod Identity), the instance's role (EC2).
//!
//! Follows botocore's order and settings. The instance metadata service is asked only when a setting names it
//! or the machine is an EC2 instance: anywhere else the question would only be a wait.

use crate::common::credentials::Secret;
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::origin::{Located, Origin};
use crate::config::expand;
use crate::plan::context::Planner;
use crate::plan::endpoint;
use crate::plan::error::Error;
use crate::plan::hop_of;
use crate::plan::source::{AmbientSource, Authorization, Container, Instance, Source};

/// The address of the instance metadata service (EC2 user guide).
const METADATA: &str = "http://169.254.169.254";
/// The same by IPv6.
const METADATA_IPV6: &str = "http://[fd00:ec2::254]";

/// The address to which `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` belongs (ECS).
const CONTAINER: &str = "http://169.254.170.2";

const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const TOKEN_ROLE: &str = "AWS_ROLE_ARN";
const METADATA_DISABLED: &str = "AWS_EC2_METADATA_DISABLED";

/// An ambient source that a flag, a variable or a profile asks for.
pub(super) fn of(planner: &Planner<'_>, ambient: AmbientSource, origin: Origin) -> Result<Source, Error> {
    match ambient {
        AmbientSource::WebIdentity => web_identity(planner)?.ok_or(Error::NoWebIdentity { origin }),
        AmbientSource::Container => match container(planner, origin.clone()) {
            Some(container) => Ok(Source::Container(container)),
            None => Err(Error::NoContainer { origin }),
        },
        AmbientSource::Instance => instance(planner, origin).map(Source::Instance),
    }
}

/// The container's credentials, else the instance's role: what the AWS CLI uses when nothing names a source.
pub(super) fn of_machine(planner: &Planner<'_>) -> Result<Option<Source>, Error> {
    if let Some(container) = container(planner, Origin::Default) {
        return Ok(Some(Source::Container(container)));
    }
    let settings = planner.settings();
    let named = settings.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint").is_some();
    if metadata_is_off(planner) || !(named || (planner.context.on_instance)()) {
        return Ok(None);
    }
    instance(planner, Origin::Default).map(Source::Instance).map(Some)
}

/// The web identity of the environment, as EKS sets it.
pub(super) fn web_identity(planner: &Planner<'_>) -> Result<Option<Source>, Error> {
    let Some(file) = planner.variable(TOKEN_FILE) else { return Ok(None) };
    match planner.variable(TOKEN_ROLE) {
        Some(arn) => web_identity_of(planner, None, file, arn).map(Some),
        None => Err(Error::WebIdentityWithoutRole { origin: file.origin, missing: TOKEN_ROLE }),
    }
}

/// The role that the environment names together with a token for it.
pub(super) fn role_of_web_identity<'a>(planner: &Planner<'a>) -> Option<Located<&'a str>> {
    planner.env.var(TOKEN_FILE).and(planner.variable(TOKEN_ROLE))
}

/// A web identity of a token file and a role ARN; `profile` is the profile that names both, if one does.
pub(super) fn web_identity_of(
    planner: &Planner<'_>,
    profile: Option<&str>,
    file: Located<&str>,
    arn: Located<&str>,
) -> Result<Source, Error> {
    Ok(Source::WebIdentity {
        role: hop_of::role_arn(arn)?,
        token_file: Located::new(expand(file.value, planner.env), file.origin),
        profile: profile.map(str::to_owned),
    })
}

fn container(planner: &Planner<'_>, origin: Origin) -> Option<Container> {
    let named = |variable| Some((variable, planner.env.var(variable)?));
    let (variable, url) = match named("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some((variable, path)) => (variable, format!("{CONTAINER}/{}", path.trim_start_matches('/'))),
        None => named("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(|(name, url)| (name, url.to_owned()))?,
    };
    let file = planner.env.var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    let token = || planner.env.var("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    let authorization = match file {
        Some(file) => Some(Authorization::File(file.into())),
        None => token().map(|token| Authorization::Token(Secret::new(token.to_owned()))),
    };
    Some(Container { variable, url, authorization, origin })
}

fn metadata_is_off(planner: &Planner<'_>) -> bool {
    planner.env.var(METADATA_DISABLED).is_some_and(|off| off.eq_ignore_ascii_case("true"))
}

/// The instance's role, with the settings of the AWS CLI.
fn instance(planner: &Planner<'_>, origin: Origin) -> Result<Instance, Error> {
    if metadata_is_off(planner) {
        return Err(Error::InstanceOff { origin, variable: METADATA_DISABLED });
    }
    let settings = planner.settings();
    let named = settings.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    let mode = settings.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    let endpoint = match (named, mode) {
        (Some(url), _) => endpoint::checked_metadata_url(url, settings.allow_http)?,
        (None, Some(mode)) if mode.value.eq_ignore_ascii_case("ipv6") => {
            Located::new(METADATA_IPV6.to_owned(), mode.origin)
        }
        (None, Some(mode)) if !mode.value.eq_ignore_ascii_case("ipv4") => {
            return Err(InvalidValue::new(mode.value, mode.origin, Rule::MetadataMode).into());
        }
        (None, _) => Located::new(METADATA.to_owned(), Origin::Default),
    };
    let number = |variable, key| match settings.get(variable, key) {
        None => Ok(1),
        Some(text) => match text.value.trim().parse::<u32>() {
            Ok(number @ 1..=600) => Ok(number),
            _ => Err(InvalidValue::new(text.value, text.origin, Rule::MetadataNumber)),
        },
    };
    Ok(Instance {
        endpoint,
        timeout: u64::from(number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout")?),
        attempts: number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts")?,
        v1_disabled: settings.is_on("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled")?,
        origin,
    })
}
