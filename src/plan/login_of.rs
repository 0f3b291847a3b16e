//! Reads the settings of a login of IAM Identity Center: of an `sso-session`, of a profile that names one, or of a
//! profile of the older form.
//!
//! Follows the AWS CLI (`aws sso login`) and botocore (`SSOTokenLoader`).

use http::Uri;

use crate::common::origin::Located;
use crate::config::{Profile, SectionKind};
use crate::plan::context::Planner;
use crate::plan::endpoint::{self, ServiceId};
use crate::plan::error::Error;
use crate::plan::sso_login::{self, SsoLogin};
use crate::plan::sso_slip;

/// The scope with which IAM Identity Center gives a refresh token (AWS CLI, `_DEFAULT_SCOPES`; IAM Identity Center
/// User Guide, "Access scopes").
const ACCOUNT_ACCESS: &str = "sso:account:access";

/// The login that a profile names itself.
pub(super) fn profile(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<SsoLogin, Error> {
    let session = match profile.get("sso_session") {
        None => None,
        Some(name) => Some((name.value, session_section(planner, name)?)),
    };
    section(planner, Some(profile), session)
}

/// The login of a session by its name.
pub(super) fn session_named(planner: &Planner<'_>, name: Located<&str>) -> Result<SsoLogin, Error> {
    let found = session_section(planner, name)?;
    section(planner, None, Some((found.name(), found)))
}

fn session_section<'a>(planner: &Planner<'a>, name: Located<&str>) -> Result<&'a Profile<'a>, Error> {
    planner.config.sso_session(name.value).ok_or_else(|| Error::NoSsoSession {
        misnamed: planner.config.misnamed(SectionKind::SsoSession, name.value),
        sessions: planner.config.sso_sessions().map(|section| section.name().to_owned()).collect(),
        name: name.value.into(),
        origin: name.origin,
    })
}

/// The login of a profile, of an `sso-session`, or of a profile that names a session: at least one of them is given.
pub(super) fn section(
    planner: &Planner<'_>,
    profile: Option<&Profile<'_>>,
    session: Option<(&str, &Profile<'_>)>,
) -> Result<SsoLogin, Error> {
    // A key that the profile or its sso-session has; in both, it must be the same.
    let found = |key: &'static str| {
        let of_session = session.and_then(|(_, section)| section.get(key));
        match (of_session, profile.and_then(|profile| profile.get(key))) {
            (Some(one), Some(other)) if one.value != other.value => {
                Err(Error::SsoInconsistent { key, first: other.origin, second: one.origin })
            }
            (found, other) => Ok(found.or(other)),
        }
    };
    let needed = |key: &'static str| {
        found(key)?.ok_or_else(|| {
            let section = session.map(|(_, section)| section).or(profile);
            Error::SsoIncomplete {
                profile: profile.map(|profile| profile.name().to_owned()),
                session: session.map(|(name, _)| name.to_owned()),
                missing: key,
                place: section.map(Profile::place),
            }
        })
    };
    let (region, start_url) = (needed("sso_region")?, needed("sso_start_url")?);
    let region = endpoint::checked_region(region)?;
    let home = planner.env.home().ok_or_else(|| Error::NoHome { origin: start_url.origin.clone() })?;
    let settings = planner.settings();
    let oidc = settings.service(ServiceId::SsoOidc, &region)?;
    let sign_in = match is_dual_stack(start_url.value) && settings.url(ServiceId::SsoOidc)?.is_none() {
        true => settings.dual_stack_oidc(&region)?,
        false => oidc.clone(),
    };
    Ok(SsoLogin {
        profile: profile.map(|profile| profile.name().to_owned()),
        session: session.map(|(name, _)| name.to_owned()),
        slips: sso_slip::all(planner.config, profile, session.map(|(_, section)| section), &start_url),
        token_file: sso_login::token_file(&home, session.map_or(start_url.value, |(name, _)| name)),
        portal: settings.service(ServiceId::Sso, &region)?,
        oidc,
        sign_in,
        scopes: scopes(session.map(|(_, section)| section), profile),
        start_url: Located::new(start_url.value.to_owned(), start_url.origin),
        region,
    })
}

/// The scopes of a session, or of a profile without one.
fn scopes(session: Option<&Profile<'_>>, profile: Option<&Profile<'_>>) -> Vec<String> {
    let written = session.or(profile).and_then(|section| section.get("sso_registration_scopes"));
    match written {
        Some(written) => {
            let scopes = written.value.split(',').map(str::trim).filter(|scope| !scope.is_empty());
            scopes.map(str::to_owned).collect()
        }
        None if session.is_some() => vec![ACCOUNT_ACCESS.to_owned()],
        None => Vec::new(),
    }
}

/// Whether a start URL is of the dual-stack portal, such as `https://ssoins-1.portal.eu-west-1.app.aws`.
fn is_dual_stack(start_url: &str) -> bool {
    start_url.parse::<Uri>().is_ok_and(|url| url.host().is_some_and(|host| host.ends_with(".app.aws")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_url_of_the_dual_stack_portal_is_known_by_its_host() {
        assert!(is_dual_stack("https://ssoins-1.portal.eu-west-1.app.aws"));
        assert!(is_dual_stack("https://ssoins-1.portal.eu-west-1.app.aws/start"));
        assert!(!is_dual_stack("https://corp.awsapps.com/start/?a=.app.aws"));
    }
}
