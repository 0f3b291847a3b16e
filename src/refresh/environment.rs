//! The variables of a command whose keys renew themselves.
//!
//! The command gets an address instead of keys. Everything that has priority over the address must be absent: keys and a profile
//! in the environment, another address, and credentials of the profile `default` in the files, which every SDK reads before
//! it asks the address.

use crate::common::origin::Located;
use crate::common::partition;
use crate::common::variables::{EnvChange, Group, Name, SessionPart, VARIABLES, lookup};
use crate::config::{Config, FileKind, Profile, known_keys};
use crate::env::{Environment, Restore};
use crate::plan::Plan;
use crate::refresh::helper::Address;
use crate::session::Session;

use crate::common::credentials::Secret;
use crate::common::origin::Origin;

/// What an empty file is.
const NO_FILE: &str = "/dev/null";
const CONFIG_FILE: &str = "AWS_CONFIG_FILE";

/// What the command must not read.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    /// The first key with which the profile `default` of the config file names credentials. Then the file is hidden.
    pub config: Option<Located<String>>,
    /// The same of the credentials file, which is always hidden: keys can come into it while the command runs.
    pub credentials: Option<Located<String>>,
    /// The region of the profile `default` in a hidden file, if neither the session nor the user has another one.
    pub region: Option<Located<String>>,
}

impl Hidden {
    /// Finds it.
    pub(crate) fn of(plan: &Plan, env: &Environment, config: &Config<'_>) -> Self {
        let Some(default) = config.profile("default") else { return Self::default() };
        let named = |kind| naming_credentials(default, kind);
        let (in_config, in_credentials) = (named(FileKind::Config), named(FileKind::Credentials));
        let has_region = plan.region.is_some()
            || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(|name| env.var(name).is_some());
        let is_hidden = |origin: &Origin| match origin {
            Origin::File(place) => {
                let is_of = |kind| {
                    default
                        .sections()
                        .any(|part| part.file.kind() == kind && part.file.path() == place.parts().0)
                };
                in_config.is_some() && is_of(FileKind::Config) || is_of(FileKind::Credentials)
            }
            _ => false,
        };
        let region = default
            .own("region")
            .filter(|region| !has_region && partition::is_region(region.value) && is_hidden(&region.origin))
            .map(|region| Located::new(region.value.to_owned(), region.origin));
        Self { config: in_config, credentials: in_credentials, region }
    }

    /// The variables that change in addition to those of each session, and their values; `None` is unset.
    fn changed<'a>(&self, env: &Environment, url: &'a str) -> Vec<(&'static str, Option<&'a str>)> {
        let of = |name: &'static str, part| match part {
            Some(SessionPart::Address) => Some((name, Some(url))),
            Some(SessionPart::ProfileFile) if name == CONFIG_FILE && self.config.is_none() => {
                // A session with `--refresh` around this one may have hidden it.
                env.refresh_set(name).then_some((name, None))
            }
            Some(SessionPart::ProfileFile) => Some((name, Some(NO_FILE))),
            Some(SessionPart::LoadConfig) => Some((name, Some("1"))),
            Some(_) => None,
            None => Some((name, None)),
        };
        let refresh = VARIABLES.iter().filter(|variable| variable.group == Group::Refresh);
        refresh.filter_map(|variable| of(variable.name, variable.part)).collect()
    }

    /// For `--explain`: the names that are set, and those that are unset.
    pub(crate) fn names(&self, env: &Environment) -> (Vec<Name>, Vec<Name>) {
        let changed = self.changed(env, "");
        let is_set = |set: bool| {
            let of = changed.iter().filter(move |(_, value)| value.is_some() == set);
            of.map(|(name, _)| Name::Borrowed(*name)).collect::<Vec<Name>>()
        };
        let mut set = is_set(true);
        set.insert(1, TOKEN.into());
        (set, is_set(false))
    }

    /// The lines that say what is hidden and why, for the summary and for `--explain`.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(Located { value: key, origin }) = &self.credentials {
            lines.push(format!(
                "the credentials file is hidden from the command: {key} of [default] ({origin}) has priority"
            ));
        }
        if let Some(Located { value: key, origin }) = &self.config {
            lines.push(format!(
                "the config file is hidden from the command: {key} of [default] ({origin}) has priority; settings of the role's \
                 profile are passed on"
            ));
        }
        if let Some(Located { value: region, origin }) = &self.region {
            lines.push(format!("the region {region} of [default] ({origin}) is passed on"));
        }
        lines
    }
}

const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// The first key of the profile's section in a file that names credentials.
fn naming_credentials(profile: &Profile<'_>, kind: FileKind) -> Option<Located<String>> {
    const OTHERS: [&str; 5] =
        ["role_arn", "aws_access_key_id", "aws_secret_access_key", "sso_start_url", "aws_session_token"];
    let names_credentials = |key: &str| {
        known_keys::names_source(key) || OTHERS.iter().any(|other| key.eq_ignore_ascii_case(other))
    };
    let part = profile.sections().find(|part| part.file.kind() == kind)?;
    let setting = part.section.settings.iter().find(|setting| names_credentials(setting.key))?;
    let origin = Origin::File(part.file.place(setting.line));
    Some(Located::new(setting.key.to_ascii_lowercase(), origin))
}

/// The changes to the user's environment that lead the command to an address. `session` is the first session.
pub(crate) fn changes(
    session: &Session,
    env: &Environment,
    address: &Address,
    hidden: &Hidden,
) -> Vec<EnvChange> {
    let refresh = hidden.changed(env, &address.url);
    let names: Vec<&str> = refresh.iter().map(|(name, _)| *name).collect();
    let mut changes: Vec<EnvChange> =
        session.changes_with(env, &names).into_iter().map(without_keys).collect();
    for (name, value) in refresh {
        changes.push(match (value, env.own(name)) {
            (Some(value), _) => EnvChange::set(name, Secret::wiped(value.to_owned())),
            // Only a hidden file comes back.
            (None, Some(own)) if name == CONFIG_FILE => EnvChange::set(name, Secret::wiped(own.to_owned())),
            (None, _) => EnvChange::unset(name),
        });
    }
    let mark = changes.iter().filter_map(|change| match change {
        EnvChange::Set(name, value) if lookup(name).is_some_and(|variable| variable.is_in_refresh_mark()) => {
            Some((name.clone(), value.expose().to_owned()))
        }
        EnvChange::Set(..) | EnvChange::Unset(_) => None,
    });
    let mark = Restore::new(mark.collect()).encode();
    changes.push(EnvChange::set(TOKEN, address.token.clone()));
    // Elsewhere no shell can see the name of a process without another one.
    if cfg!(target_os = "linux") {
        changes.push(EnvChange::set("ASSUME_ENV_HELPER", Secret::wiped(address.helper.to_string())));
    }
    changes.push(EnvChange::set("ASSUME_ENV_REFRESH", Secret::wiped(mark)));
    changes
}

/// The keys, and what has no meaning without them, are unset.
fn without_keys(change: EnvChange) -> EnvChange {
    let part = lookup(change.name()).and_then(|variable| variable.part);
    match change {
        EnvChange::Set(name, _) if part.is_some_and(SessionPart::is_of_keys) => EnvChange::Unset(name),
        change => change,
    }
}
