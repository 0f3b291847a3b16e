//! Finds the login that a sign-in or a sign-out is for, and how its services are asked.
//!
//! A profile whose role starts from another profile leads to the login of that one. Pure, like the plan of a role.

use std::path::PathBuf;

use crate::cli::session_args::SessionArgs;
use crate::common::origin::{Located, Origin};
use crate::common::partition;
use crate::config::{Config, Profile};
use crate::env::Environment;
use crate::net::Proxy;
use crate::plan::chain::Chain;
use crate::plan::context::{PlanContext, Planner};
use crate::plan::endpoint::{ProfileSettings, ServiceId};
use crate::plan::error::Error;
use crate::plan::login_of;
use crate::plan::source::Source;
use crate::plan::source_of::NamedAs;
use crate::plan::sso_login::{CACHE, SsoLogin};
use crate::plan::sso_role;

/// How services are asked.
#[derive(Debug)]
pub(crate) struct Requests {
    /// The file of trusted certificate authorities, if a setting names one.
    pub ca_bundle: Option<Located<PathBuf>>,
    /// The proxy.
    pub proxy: Proxy,
    /// The largest number of attempts of a request.
    pub attempts: u32,
}

impl Requests {
    fn of(settings: &ProfileSettings<'_>) -> Result<Self, Error> {
        Ok(Self { ca_bundle: settings.ca_bundle(), proxy: settings.proxy()?, attempts: settings.attempts()? })
    }
}

/// A login, and how its services are asked.
#[derive(Debug)]
pub(crate) struct LoginPlan {
    /// The login.
    pub login: SsoLogin,
    /// How its services are asked.
    pub requests: Requests,
}

/// Finds the login of a profile, of an `sso-session` that is named by a flag, or of the environment.
///
/// # Errors
/// A profile or a session that does not exist, or has nothing to do with IAM Identity Center; a login that is
/// not named where there are several; settings that are missing or invalid.
pub(crate) fn login_plan(
    args: &SessionArgs,
    env: &Environment,
    config: &Config<'_>,
    context: &PlanContext<'_>,
) -> Result<LoginPlan, Error> {
    let mut planner = Planner::new(args, env, config, context)?;
    // The one that is named, or that of the role without a profile that this environment holds.
    let session = sso_role::session(&planner);
    let profile = if session.is_some() { None } else { named_profile(&planner)? };
    let login = match (session, profile) {
        (Some(name), _) => {
            planner.settings_profile = planner.default_profile()?;
            login_of::session_named(&planner, name)?
        }
        (None, Some(profile)) => {
            planner.settings_profile = Some(profile);
            of_any_profile(&planner, profile)?
        }
        (None, None) => {
            let mut sessions = config.sso_sessions();
            match (sessions.next(), sessions.next()) {
                (Some(only), None) => login_of::section(&planner, None, Some((only.name(), only)))?,
                _ => {
                    return Err(Error::NoLoginNamed {
                        sessions: config.sso_sessions().map(|section| section.name().to_owned()).collect(),
                        searched: config.searched().to_vec(),
                    });
                }
            }
        }
    };
    Ok(LoginPlan { login, requests: Requests::of(&planner.settings())? })
}

/// All logins of a user, and how their portals are asked.
#[derive(Debug)]
pub(crate) struct AllLogins {
    /// The folder of the AWS CLI's token files.
    pub folder: PathBuf,
    /// The folder in which the AWS CLI keeps keys of roles.
    pub cli_cache: PathBuf,
    /// The address of every portal, if a setting names one.
    configured: Option<String>,
    fips: bool,
    dual_stack: bool,
    /// How its services are asked.
    pub requests: Requests,
}

impl AllLogins {
    /// The address of the portal in a region; `None` if the text is not a region.
    pub(crate) fn portal(&self, region: &str) -> Option<String> {
        match &self.configured {
            Some(url) => Some(url.clone()),
            None if partition::is_region(region) => {
                let real = partition::real_region(region);
                let fips = self.fips || real.is_fips;
                Some(partition::service_url(partition::PORTAL, &real.name, fips, self.dual_stack))
            }
            None => None,
        }
    }
}

/// Finds what all logins need.
///
/// # Errors
/// Settings that are invalid; no home folder.
pub(crate) fn all_logins(
    args: &SessionArgs,
    env: &Environment,
    config: &Config<'_>,
    context: &PlanContext<'_>,
) -> Result<AllLogins, Error> {
    let mut planner = Planner::new(args, env, config, context)?;
    planner.settings_profile = planner.default_profile()?;
    let settings = planner.settings();
    let home = env.home().ok_or(Error::NoHome { origin: Origin::Flag("--all") })?;
    Ok(AllLogins {
        folder: home.join(CACHE),
        cli_cache: home.join(".aws/cli/cache"),
        configured: settings.url(ServiceId::Sso)?.map(|url| url.value),
        fips: settings.fips()?,
        dual_stack: settings.dual_stack()?,
        requests: Requests::of(&settings)?,
    })
}

/// The profile that is named on the command line, by the held session or by the environment; else `default`, if
/// it uses IAM Identity Center.
fn named_profile<'a>(planner: &Planner<'a>) -> Result<Option<&'a Profile<'a>>, Error> {
    if let Some(name) = &planner.args.role {
        return planner.config.profile(name).map(Some).ok_or_else(|| planner.unknown_profile(name, None));
    }
    let of_held = planner.held.and_then(|held| planner.config.profile(&held.role_as_typed));
    if let Some(profile) = of_held {
        return Ok(Some(profile));
    }
    match planner.profile_variable() {
        Some(named) => planner.profile_named(named.value, named.origin).map(Some),
        None => Ok(planner.config.profile("default").filter(|profile| names_login(profile))),
    }
}

/// The login that the held session came from, if it came from one.
///
/// # Errors
/// Settings that are missing or invalid.
pub(crate) fn login_of_held(
    env: &Environment,
    config: &Config<'_>,
    context: &PlanContext<'_>,
) -> Result<Option<SsoLogin>, Error> {
    let args = SessionArgs::default();
    let mut planner = Planner::new(&args, env, config, context)?;
    let Some(held) = planner.held else { return Ok(None) };
    if let Some(session) = sso_role::session(&planner) {
        planner.settings_profile = planner.default_profile()?;
        return login_of::session_named(&planner, session).map(Some);
    }
    let names = [Some(held.role_as_typed.as_str()), held.source.as_deref()];
    let Some(profile) = names.into_iter().flatten().find_map(|name| config.profile(name)) else {
        return Ok(None);
    };
    planner.settings_profile = Some(profile);
    match Chain::of_profile(&planner, profile, NamedAs::Profile)?.source {
        Source::Sso(sso) => Ok(Some(sso.login)),
        _ => Ok(None),
    }
}

fn names_login(profile: &Profile<'_>) -> bool {
    ["sso_session", "sso_start_url"].iter().any(|key| profile.get(key).is_some())
}

/// The login of a profile: that of the source of its role, or its own.
fn of_any_profile(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<SsoLogin, Error> {
    match Chain::of_profile(planner, profile, NamedAs::Profile) {
        Ok(Chain { source: Source::Sso(sso), .. }) => Ok(sso.login),
        // Without an account and a role, it can still be signed in to, as with the AWS CLI.
        _ if names_login(profile) => login_of::profile(planner, profile),
        Ok(_) => Err(Error::NoLogin {
            profile: profile.name().to_owned(),
            place: Origin::File(profile.place()),
            sessions: planner.config.sso_sessions().map(|section| section.name().to_owned()).collect(),
        }),
        Err(error) => Err(error),
    }
}
