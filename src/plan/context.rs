//! What the plan is made from, and the look-ups that several parts of planning share: the held session, the
//! default profile, the settings, the similar names of a profile that does not exist.

use crate::cli::session_args::SessionArgs;
use crate::common::origin::{Located, Origin};
use crate::common::suggest;
use crate::config::{Config, Profile, SectionKind};
use crate::env::{Environment, HeldSession, SessionLabels};
use crate::plan::endpoint::ProfileSettings;
use crate::plan::error::Error;

/// What the plan needs besides the command line, the environment and the files.
pub struct PlanContext<'a> {
    /// The session name when no flag, profile or variable names one.
    pub default_name: &'a str,
    /// Now, in epoch seconds (UTC).
    pub now: i64,
    /// Whether this machine is an EC2 instance. Called only when the answer matters.
    pub on_instance: fn() -> bool,
}

/// Everything that planning looks things up in.
pub(crate) struct Planner<'a> {
    pub args: &'a SessionArgs,
    pub env: &'a Environment,
    pub config: &'a Config<'a>,
    pub context: &'a PlanContext<'a>,
    /// The session that the environment holds.
    pub held: Option<&'a HeldSession>,
    /// The profile whose settings apply: the one that the user names; for a role ARN, the one that the role
    /// starts from.
    pub settings_profile: Option<&'a Profile<'a>>,
}

impl<'a> Planner<'a> {
    /// A planner without a profile whose settings apply.
    pub(crate) fn new(
        args: &'a SessionArgs,
        env: &'a Environment,
        config: &'a Config<'_>,
        context: &'a PlanContext<'_>,
    ) -> Result<Self, Error> {
        Ok(Self { args, env, config, context, held: env.held()?, settings_profile: None })
    }

    /// The session that is made again as it was made: with `-` the one before, and without a role the held
    /// one.
    pub(crate) fn renewed(&self) -> Option<&'a SessionLabels> {
        if self.args.back {
            return self.env.previous();
        }
        self.held.filter(|_| self.args.role.is_none()).map(|held| &held.labels)
    }

    /// The session from whose source a role that is named by its ARN is assumed again: with `-` the one
    /// before, else the held one.
    pub(crate) fn known(&self) -> Option<&'a SessionLabels> {
        if self.args.back { self.env.previous() } else { self.held.map(|held| &held.labels) }
    }

    /// A variable of the user's environment, as a value with its origin.
    pub(crate) fn variable(&self, name: &'static str) -> Option<Located<&'a str>> {
        Some(Located::new(self.env.var(name)?, Origin::Variable(name)))
    }

    /// The name of the user's profile in the environment. botocore reads AWS_DEFAULT_PROFILE first.
    pub(crate) fn profile_variable(&self) -> Option<Located<&'a str>> {
        ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].into_iter().find_map(|name| self.variable(name))
    }

    /// The profile that the environment names, else `default`, if it exists.
    pub(crate) fn default_profile(&self) -> Result<Option<&'a Profile<'a>>, Error> {
        match self.profile_variable() {
            Some(named) => self.profile_named(named.value, named.origin).map(Some),
            None => Ok(self.config.profile("default")),
        }
    }

    /// A profile that a setting, a variable or a flag names.
    pub(crate) fn profile_named(&self, name: &str, origin: Origin) -> Result<&'a Profile<'a>, Error> {
        self.config.profile(name).ok_or_else(|| self.unknown_profile(name, Some(origin)))
    }

    /// The profile that `source_profile` names.
    pub(crate) fn source_profile(&self, source: Located<&str>) -> Result<&'a Profile<'a>, Error> {
        self.profile_named(source.value, source.origin).map_err(|mut error| {
            if let Error::UnknownProfile { keys_in_environment, .. } = &mut error {
                *keys_in_environment = self.has_keys_in_environment();
            }
            error
        })
    }

    /// Whether the environment has keys of the user's own that can be used.
    pub(crate) fn has_keys_in_environment(&self) -> bool {
        matches!(self.env.own_keys(), Ok(Some(_)))
    }

    /// The error for a profile that does not exist, with the names that are similar. `origin` says what names
    /// it; `None` for the role on the command line.
    pub(crate) fn unknown_profile(&self, name: &str, origin: Option<Origin>) -> Error {
        let names = self.config.profiles().map(Profile::name);
        Error::UnknownProfile {
            name: name.into(),
            origin,
            near: suggest::nearest(name, names).into_iter().map(str::to_owned).collect(),
            searched: self.config.searched().to_vec(),
            no_home: self.env.home().is_none(),
            misnamed: self.config.misnamed(SectionKind::Profile, name),
            keys_in_environment: false,
        }
    }

    /// The settings that apply.
    pub(crate) fn settings(&self) -> ProfileSettings<'a> {
        ProfileSettings {
            env: self.env,
            config: self.config,
            profile: self.settings_profile,
            allow_http: self.args.allow_http,
        }
    }
}
