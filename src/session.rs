//! The session, and the one list of variables that a session sets, unsets and gives back.
//!
//! Printing, running, clearing, the documentation and the tests all go by [`VARIABLES`]: what is not in it is not touched.
//! A [`Session`] exists only complete: it is made in one place from an answer that was checked.

use crate::common::arn::Assumed;
use crate::common::variables::EnvChange;
use crate::common::variables::Group;
use crate::common::variables::VARIABLES;
use crate::common::variables::Variable;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::common::credentials::{Secret, TemporaryKeys};
use crate::env::{Environment, Restore};

/// Temporary keys, and whose they are.
#[derive(Debug)]
pub struct Session {
    /// The keys.
    pub keys: TemporaryKeys,
    /// When the keys expire, in whole seconds, UTC. Temporary keys that stand in a profile do not say it.
    pub expires: Option<OffsetDateTime>,
    /// The role as it was typed.
    pub label: String,
    /// The assumed role; a profile without a role leads to none.
    pub assumed: Option<Assumed>,
    /// The ARN of the session itself, as STS gave it.
    pub arn: Option<String>,
    /// The twelve digits of the session's account, if they are known.
    pub account: Option<String>,
    /// How it is narrowed or marked, if it is: see [`crate::common::session_policy::Shape::fingerprint`].
    pub narrowed: Option<String>,
    /// The region that a flag or the role's profile names.
    pub region: Option<String>,
    /// What a bare role was assumed from, so that it can be renewed from there.
    pub source: Option<String>,
}

impl Session {
    /// The expiry in RFC 3339, UTC, whole seconds: `2026-11-23T12:13:14Z`.
    pub fn expiration(&self) -> Option<String> {
        let form = |time: OffsetDateTime| {
            time.format(&Rfc3339).expect("a time between the years 0 and 9999 has an RFC 3339 form")
        };
        self.expires.map(form)
    }

    /// What this session changes in the caller's environment; printing and running both do exactly this.
    pub fn changes(&self, env: &Environment) -> Vec<EnvChange> {
        let restore = Restore::of(env, self.region.is_some()).encode();
        let change = |(variable, fate): (&'static Variable, VariableAction)| match fate {
            VariableAction::Set => match self.value(variable.name, &restore) {
                Some(value) => EnvChange::Set(variable.name, value),
                None => EnvChange::Unset(variable.name),
            },
            VariableAction::Unset => EnvChange::Unset(variable.name),
            VariableAction::Back(value) => EnvChange::Set(variable.name, Secret::new(value)),
        };
        plan_changes(self.region.is_some(), env).into_iter().map(change).collect()
    }

    /// The value of a variable, if this session has one for it.
    fn value(&self, name: &str, restore: &str) -> Option<Secret> {
        Some(Secret::new(match name {
            "AWS_ACCESS_KEY_ID" | "ASSUME_ENV_KEY_ID" => self.keys.id.clone(),
            "AWS_SECRET_ACCESS_KEY" => return Some(self.keys.secret.clone()),
            "AWS_SESSION_TOKEN" => return Some(self.keys.token.clone()),
            "AWS_CREDENTIAL_EXPIRATION" => self.expiration()?,
            "AWS_ACCOUNT_ID" => self.account.clone()?,
            "AWS_REGION" | "AWS_DEFAULT_REGION" | "ASSUME_ENV_REGION" => self.region.clone()?,
            "ASSUME_ENV_PROFILE" => self.label.clone(),
            "ASSUME_ENV_ROLE_ARN" => self.assumed.as_ref()?.role.to_string(),
            "ASSUME_ENV_SESSION" => self.assumed.as_ref()?.session_name.clone(),
            "ASSUME_ENV_EXPIRES" => self.expires?.unix_timestamp().to_string(),
            "ASSUME_ENV_NARROWED" => self.narrowed.clone()?,
            "ASSUME_ENV_SOURCE" => self.source.clone()?,
            "ASSUME_ENV_RESTORE" => restore.to_owned(),
            _ => return None,
        }))
    }
}

/// What a session does to a variable.
#[derive(Debug, PartialEq, Eq)]
pub enum VariableAction {
    /// It gets the session's value; of a label that has none, it goes away.
    Set,
    /// It goes away.
    Unset,
    /// It gets the user's own value back, which an earlier session had replaced.
    Back(String),
}

/// What a session does to each variable that it touches, given whether it sets a region.
pub fn plan_changes(sets_region: bool, env: &Environment) -> Vec<(&'static Variable, VariableAction)> {
    let fate = |variable: &'static Variable| match variable.group {
        Group::Region if !sets_region => users_region(variable, env),
        Group::Conflict => Some(VariableAction::Unset),
        _ => Some(VariableAction::Set),
    };
    VARIABLES.iter().filter_map(|variable| Some((variable, fate(variable)?))).collect()
}

/// What ends the session that the caller holds: its variables go, what they replaced comes back.
///
/// Keys that are not ours stay; then only the labels go.
pub fn ending(env: &Environment) -> Vec<EnvChange> {
    let fate = |variable: &'static Variable| match variable.group {
        Group::Label => Some(VariableAction::Unset),
        _ if !env.has_session_variables() => None,
        Group::Key if env.has_session_keys() => Some(VariableAction::Unset),
        Group::Key => (variable.name == "AWS_SESSION_TOKEN" && env.token_is_left_over())
            .then_some(VariableAction::Unset),
        Group::Region => users_region(variable, env),
        // A secret is never written here: one that stands in such a variable now was put there since, and stays.
        _ if !variable.restored => None,
        Group::Described | Group::Conflict => Some(back(variable, env)),
    };
    let change = |variable: &'static Variable| {
        Some(match fate(variable)? {
            VariableAction::Back(value) => EnvChange::Set(variable.name, Secret::new(value)),
            _ => EnvChange::Unset(variable.name),
        })
    };
    VARIABLES.iter().filter_map(change).collect()
}

/// A region that an earlier session set goes back to the user's own; any other is left alone.
fn users_region(variable: &'static Variable, env: &Environment) -> Option<VariableAction> {
    env.session_set_region(variable.name).then(|| back(variable, env))
}

/// The user's own value, or none.
fn back(variable: &Variable, env: &Environment) -> VariableAction {
    env.own(variable.name).map_or(VariableAction::Unset, |value| VariableAction::Back(value.to_owned()))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::common::arn::RoleArn;
    use std::collections::BTreeMap;

    /// A session whose keys are obviously fake.
    pub fn session(label: &str, region: Option<&str>) -> Session {
        Session {
            keys: TemporaryKeys {
                id: "ASIAFAKE000000000000".into(),
                secret: Secret::new("fake/secret+".into()),
                token: Secret::new("fake-token==".into()),
            },
            expires: OffsetDateTime::from_unix_timestamp(1_795_435_994).ok(),
            label: label.into(),
            assumed: Some(Assumed {
                role: RoleArn::parse("arn:aws:iam::123456789012:role/r").unwrap(),
                session_name: "ann@laptop".into(),
            }),
            arn: Some("arn:aws:sts::123456789012:assumed-role/r/ann@laptop".into()),
            account: Some("123456789012".into()),
            narrowed: None,
            region: region.map(str::to_owned),
            source: None,
        }
    }

    type Env = BTreeMap<String, String>;

    fn environment(vars: &Env) -> Environment {
        Environment::new(vars.iter().map(|(k, v)| (k.into(), v.into()))).unwrap()
    }

    fn apply(env: &Env, changes: Vec<EnvChange>) -> Env {
        let mut env = env.clone();
        for change in changes {
            match change {
                EnvChange::Set(name, value) => env.insert(name.into(), value.expose().into()),
                EnvChange::Unset(name) => env.remove(name),
            };
        }
        env
    }

    fn start(env: &Env, region: Option<&str>) -> Env {
        apply(env, session("s3", region).changes(&environment(env)))
    }

    /// Every mix of absent, empty and set for the variables that a session replaces, through one or two sessions.
    #[test]
    fn a_session_gives_back_what_it_found() {
        let names: Vec<&str> = VARIABLES.iter().filter(|v| v.restored).map(|v| v.name).collect();
        let names: Vec<&str> = names.into_iter().filter(|n| !n.starts_with("ASSUME_ENV")).collect();
        let states = 3_usize.pow(u32::try_from(names.len()).unwrap());
        let mut seed = 1_usize;
        for _ in 0..2000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut mix = (seed >> 20) % states;
            let mut env = Env::from([("PATH".to_owned(), "/bin".to_owned())]);
            for name in &names {
                match mix % 3 {
                    1 => drop(env.insert((*name).into(), String::new())),
                    2 => drop(env.insert((*name).into(), format!("value of {name}, 100% 'mine'"))),
                    _ => {}
                }
                mix /= 3;
            }
            for (first, second) in
                [(None, None), (Some("r1"), None), (None, Some("r2")), (Some("r1"), Some("r2"))]
            {
                let one = start(&env, first);
                assert_eq!(apply(&one, ending(&environment(&one))), env, "after one session");
                let two = start(&one, second);
                assert_eq!(two, start(&env, second), "a second session starts from the user's own");
                assert_eq!(apply(&two, ending(&environment(&two))), env, "after two sessions");
            }
        }
    }

    #[test]
    fn a_session_has_every_variable_that_it_should() {
        let env = start(&Env::from([("AWS_PROFILE".into(), "base".into())]), None);
        let names: Vec<&str> = env.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "ASSUME_ENV_EXPIRES",
                "ASSUME_ENV_KEY_ID",
                "ASSUME_ENV_PROFILE",
                "ASSUME_ENV_RESTORE",
                "ASSUME_ENV_ROLE_ARN",
                "ASSUME_ENV_SESSION",
                "AWS_ACCESS_KEY_ID",
                "AWS_ACCOUNT_ID",
                "AWS_CREDENTIAL_EXPIRATION",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
            ]
        );
        assert_eq!(env["AWS_CREDENTIAL_EXPIRATION"], "2026-11-23T12:13:14Z");
        assert_eq!(env["ASSUME_ENV_EXPIRES"], "1795435994");
    }

    #[test]
    fn keys_that_are_not_ours_survive_the_end() {
        let env = Env::from([
            ("AWS_ACCESS_KEY_ID".into(), "AKIAMINE".into()),
            ("AWS_SECRET_ACCESS_KEY".into(), "mine".into()),
            ("ASSUME_ENV_KEY_ID".into(), "ASIAOLD".into()),
            ("AWS_REGION".into(), "mine".into()),
        ]);
        let after = apply(&env, ending(&environment(&env)));
        assert_eq!(after.len(), 3, "{:?}", after.keys());
    }

    #[test]
    fn clearing_writes_no_secret() {
        let mut env = start(&Env::new(), None);
        env.insert("AWS_SECURITY_TOKEN".into(), "secret".into());
        let written =
            format!("{:?}", ending(&environment(&env)).iter().map(EnvChange::name).collect::<Vec<_>>());
        assert!(!written.contains("AWS_SECURITY_TOKEN"), "{written}");
    }

    #[test]
    fn no_secret_is_ever_kept() {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"]
        {
            assert!(VARIABLES.iter().any(|v| v.name == name && !v.restored));
        }
    }
}
