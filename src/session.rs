//! The session, and the changes of variables that begin and end one.
//!
//! Printing, running, clearing and `--explain` all use these changes, which follow the table [`VARIABLES`]: a
//! variable that is not in it is not changed. A [`Session`] is always complete: it is built from an answer
//! that was checked.

use time::OffsetDateTime;

use crate::common::also_set;
use crate::common::arn::AssumedRole;
use crate::common::clock;
use crate::common::credentials::{Secret, TemporaryKeys};
use crate::common::source_id::SourceId;
use crate::common::variables::{EnvChange, Group, Name, SessionPart, VARIABLES, Variable, lookup};
use crate::env::{Environment, Restore};

/// Temporary keys and their description.
#[derive(Debug)]
pub struct Session {
    /// The keys.
    pub keys: TemporaryKeys,
    /// The expiry of the keys, in whole seconds, UTC; `None` if their source does not report one, as for
    /// temporary keys in a profile.
    pub expires: Option<OffsetDateTime>,
    /// The role as it was typed.
    pub role_as_typed: String,
    /// The assumed role; `None` for a profile without a role.
    pub assumed: Option<AssumedRole>,
    /// The ARN of the session itself, from STS; `None` if STS was not asked for a role.
    pub arn: Option<String>,
    /// The account of the session, if it is known.
    pub account: Option<String>,
    /// How it is restricted or tagged, if it is: see
    /// `SessionPolicy::fingerprint`.
    pub narrowed: Option<String>,
    /// The region that the session sets, which a flag or the role's profile names.
    pub region: Option<String>,
    /// The source of a role that was assumed by its ARN, from which it can be renewed; of keys without a
    /// role, a fingerprint of their source.
    pub source: Option<String>,
    /// What the session was made from, to be compared when it is renewed.
    pub source_id: Option<SourceId>,
    /// The settings of the profile that the session sets: variables and their values.
    pub settings: Vec<(Name, String)>,
}

impl Session {
    /// The changes of this session to the user's environment. Printing and running make exactly these.
    pub fn changes(&self, env: &Environment) -> Vec<EnvChange> {
        self.changes_with(env, &[])
    }

    /// As [`Session::changes`]; `refresh` are the variables that `--refresh` changes in addition, so that their values can be
    /// restored.
    pub(crate) fn changes_with(&self, env: &Environment, refresh: &[&str]) -> Vec<EnvChange> {
        let replaced = env.values_to_restore(self.region.is_some(), &self.settings, refresh);
        let restore = replaced.encode();
        let next = (&*self.role_as_typed, self.source.as_deref(), self.narrowed.as_deref());
        let also = env.also_set().set;
        let value = |part| match part {
            SessionPart::AlsoSet => (!also.is_empty()).then(|| Secret::wiped(also.join(" "))),
            SessionPart::Folder => env.folder_label(&replaced).map(Secret::wiped),
            part => self.value(part, &restore),
        };
        let change = |change: PlannedChange| match change.action {
            VariableAction::Set => match change.part.and_then(value) {
                Some(value) => EnvChange::Set(change.name, value),
                None => EnvChange::Unset(change.name),
            },
            VariableAction::Unset => EnvChange::Unset(change.name),
            VariableAction::Restore(value) | VariableAction::Setting(value) => {
                EnvChange::Set(change.name, Secret::wiped(value))
            }
        };
        let role = also_set::shown_role(&self.role_as_typed);
        let also = also.iter().map(|name| EnvChange::set(name.clone(), Secret::wiped(role.clone())));
        let ended = env.session_also_set().filter(|ours| !env.also_set().set.iter().any(|name| name == ours));
        plan_changes(self.region.is_some(), &self.settings, env)
            .into_iter()
            .map(change)
            .chain(also)
            .chain(ended.map(|name| EnvChange::unset(name.to_owned())))
            .chain(remember(env.remembered(Some(next))))
            .collect()
    }

    /// A part of this session as the text of a variable, if the session has this part.
    fn value(&self, part: SessionPart, restore: &str) -> Option<Secret> {
        Some(Secret::wiped(match part {
            SessionPart::KeyId => self.keys.id.clone(),
            SessionPart::SecretKey => return Some(self.keys.secret.clone()),
            SessionPart::Token => return Some(self.keys.token.clone()),
            SessionPart::Expiration => clock::utc(self.expires?.unix_timestamp()),
            SessionPart::ExpirationSeconds => self.expires?.unix_timestamp().to_string(),
            SessionPart::Account => self.account.clone()?,
            SessionPart::Region => self.region.clone()?,
            SessionPart::RoleAsTyped => self.role_as_typed.clone(),
            SessionPart::RoleArn => self.assumed.as_ref()?.role.to_string(),
            SessionPart::SessionName => self.assumed.as_ref()?.session_name.clone(),
            SessionPart::Source => self.source.clone()?,
            SessionPart::SourceId => self.source_id.as_ref()?.to_string(),
            SessionPart::Restriction => self.narrowed.clone()?,
            SessionPart::Restore => restore.to_owned(),
            SessionPart::Settings if self.settings.is_empty() => return None,
            SessionPart::Settings => Restore::new(self.settings.clone()).encode(),
            // What these have depends on the environment before the session.
            SessionPart::AlsoSet | SessionPart::Previous | SessionPart::Folder => return None,
            SessionPart::Address
            | SessionPart::AddressToken
            | SessionPart::ProfileFile
            | SessionPart::LoadConfig
            | SessionPart::Helper
            | SessionPart::RefreshMark => return None,
        }))
    }
}

/// The change of a session to one variable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum VariableAction {
    /// It gets the session's value. It is unset if the session has none for it.
    Set,
    /// It is unset.
    Unset,
    /// It gets the user's own value again, which an earlier session replaced.
    Restore(String),
    /// It gets this value, which a profile names.
    Setting(String),
}

/// The change of a session to one variable, and what is changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PlannedChange {
    /// The variable.
    pub name: Name,
    /// Its group.
    pub group: Group,
    /// What it has of a session.
    pub part: Option<SessionPart>,
    /// The change.
    pub action: VariableAction,
}

/// The change of a new session to each variable. `sets_region`: the session sets a region; `settings`: the
/// settings that it sets.
pub(crate) fn plan_changes(
    sets_region: bool,
    settings: &[(Name, String)],
    env: &Environment,
) -> Vec<PlannedChange> {
    let mut changes = Vec::new();
    let mut settings = Some(settings_of(settings, env));
    for variable in VARIABLES {
        let action = match variable.group {
            Group::Region if !sets_region => region_without_session(variable.name, env),
            Group::Conflict => Some(VariableAction::Unset),
            Group::Memory => None,
            Group::Key | Group::Described | Group::Region | Group::Label => Some(VariableAction::Set),
            // In place of their first row.
            Group::Setting => {
                changes.extend(settings.take().into_iter().flatten());
                None
            }
            Group::Refresh => None,
        };
        let (group, part) = (variable.group, variable.part);
        changes.extend(action.map(|action| PlannedChange {
            name: variable.name.into(),
            group,
            part,
            action,
        }));
    }
    changes
}

/// The changes of settings: a new session sets its own, and those of the held session end.
fn settings_of(settings: &[(Name, String)], env: &Environment) -> Vec<PlannedChange> {
    let change =
        |name: &Name, action| PlannedChange { name: name.clone(), group: Group::Setting, part: None, action };
    let set = settings.iter().map(|(name, value)| change(name, VariableAction::Setting(value.clone())));
    let is_set_again = |name: &Name| settings.iter().any(|(set, _)| set == name);
    let ended = env.session_settings().filter(|name| !is_set_again(name));
    set.chain(ended.map(|name| change(name, users_own(name, env)))).collect()
}

/// The changes of `--clear`: they end the held session. If the keys below it renew themselves, its environment is that of those
/// keys again; else it is the user's own.
pub(crate) fn clearing(env: &Environment) -> Vec<EnvChange> {
    match env.below() {
        Some(below) if env.has_session_keys() => back_to(below, env),
        _ => ending(env),
    }
}

/// The changes that end a session over keys that renew themselves. `below` is what was set for those.
fn back_to(below: &Restore, env: &Environment) -> Vec<EnvChange> {
    let set_below = |name: &str| below.value(name).map(str::to_owned);
    let is_setting = |name: &str| lookup(name).is_some_and(|variable| variable.group == Group::Setting);
    let settings: Vec<(Name, String)> = below
        .entries()
        .filter(|(name, _)| is_setting(name))
        .map(|(name, value)| (name.clone(), value.to_owned()))
        .collect();
    let sets_region = below.value("ASSUME_ENV_REGION").is_some();
    let restore = env.values_to_restore(sets_region, &settings, &[]);
    let mut changes = Vec::new();
    let mut settings_changes = Some(settings_of(&settings, env));
    for variable in VARIABLES {
        let name = variable.name;
        let set = |value: String| EnvChange::set(name, Secret::wiped(value));
        let change = match (variable.group, set_below(name)) {
            (Group::Label, _) if variable.part == Some(SessionPart::Restore) => Some(set(restore.encode())),
            (Group::Label, _) if variable.part == Some(SessionPart::Folder) => {
                Some(env.folder_label(&restore).map_or_else(|| EnvChange::unset(name), set))
            }
            (Group::Label | Group::Described | Group::Region, Some(value)) => Some(set(value)),
            (Group::Label | Group::Described | Group::Key, None) => Some(EnvChange::unset(name)),
            (Group::Region, None) => {
                region_without_session(name, env).map(|action| ended(name.into(), action))
            }
            (Group::Setting, _) => {
                let below = settings_changes.take().into_iter().flatten();
                changes.extend(below.map(|it| ended(it.name, it.action)));
                None
            }
            // Neither session sets any of them, and the address stays.
            (Group::Conflict | Group::Refresh | Group::Key | Group::Memory, _) => None,
        };
        changes.extend(change);
    }
    changes.extend(also_set_below(below, env));
    changes.extend(remember(env.remembered(None)));
    changes
}

/// The names of `ASSUME_ENV_ALSO_SET` have the role of the keys that renew themselves again.
fn also_set_below(below: &Restore, env: &Environment) -> Vec<EnvChange> {
    let role = also_set::shown_role(below.value("ASSUME_ENV_PROFILE").unwrap_or_default());
    let names_below = || below.value("ASSUME_ENV_ALSO").unwrap_or_default().split(' ');
    let change = |name: &str| match names_below().any(|set| set == name) {
        true => EnvChange::set(name.to_owned(), Secret::wiped(role.clone())),
        false => EnvChange::unset(name.to_owned()),
    };
    env.session_also_set().map(change).collect()
}

/// The changes that end all sessions: their variables are unset, and the values that they replaced are
/// restored.
///
/// Keys that are not the session's stay; then only the labels and what describes the session change.
pub fn ending(env: &Environment) -> Vec<EnvChange> {
    let mut changes = Vec::new();
    let mut settings = Some(settings_of(&[], env));
    for variable in VARIABLES {
        let action = match variable.group {
            Group::Label => Some(VariableAction::Unset),
            Group::Memory => None,
            _ if !env.has_session_variables() => None,
            Group::Key if env.has_session_keys() => Some(VariableAction::Unset),
            Group::Key => (variable.part == Some(SessionPart::Token) && env.token_is_left_over())
                .then_some(VariableAction::Unset),
            Group::Region => region_without_session(variable.name, env),
            // A secret is never written here. One that such a variable has now was set during the session,
            // and stays.
            Group::Described | Group::Conflict if !variable.restored => None,
            Group::Described | Group::Conflict => Some(users_own(variable.name, env)),
            Group::Setting => {
                changes.extend(settings.take().into_iter().flatten().map(|it| ended(it.name, it.action)));
                None
            }
            Group::Refresh => refresh_without_session(variable, env),
        };
        changes.extend(action.map(|action| ended(variable.name.into(), action)));
    }
    changes.extend(env.session_also_set().map(|name| EnvChange::unset(name.to_owned())));
    changes.extend(remember(env.remembered(None)));
    changes
}

/// The change that remembers a session, so that `-` finds it.
fn remember(labels: Option<String>) -> Option<EnvChange> {
    labels.map(|labels| EnvChange::set("ASSUME_ENV_PREVIOUS", Secret::wiped(labels)))
}

/// The change of a variable when a session ends: it gets a value only of the user's own, or of the keys below the session.
fn ended(name: Name, action: VariableAction) -> EnvChange {
    match action {
        VariableAction::Restore(value) | VariableAction::Setting(value) => {
            EnvChange::Set(name, Secret::wiped(value))
        }
        VariableAction::Set | VariableAction::Unset => EnvChange::Unset(name),
    }
}

/// The change to a region that no session sets any more. A region that a session did not set stays unchanged.
fn region_without_session(name: &str, env: &Environment) -> Option<VariableAction> {
    env.session_set_region(name).then(|| users_own(name, env))
}

/// The change to a variable of keys that renew themselves, when their address is not used any more.
fn refresh_without_session(variable: &Variable, env: &Environment) -> Option<VariableAction> {
    env.below()?;
    let is_changed = env.refresh_set(variable.name)
        || !matches!(
            variable.part,
            Some(SessionPart::Address | SessionPart::ProfileFile | SessionPart::LoadConfig)
        );
    is_changed.then(|| users_own(variable.name, env))
}

/// Restores the user's own value, or unsets a variable that the user did not set.
fn users_own(name: &str, env: &Environment) -> VariableAction {
    env.own(name).map_or(VariableAction::Unset, |value| VariableAction::Restore(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::arn::RoleArn;
    use std::collections::BTreeMap;

    /// A session with fake keys.
    fn session(role: &str, region: Option<&str>) -> Session {
        Session {
            keys: TemporaryKeys {
                id: "ASIAFAKE000000000000".into(),
                secret: Secret::new("fake/secret+".into()),
                token: Secret::new("fake-token==".into()),
            },
            expires: OffsetDateTime::from_unix_timestamp(1_795_435_994).ok(),
            role_as_typed: role.into(),
            assumed: Some(AssumedRole {
                role: RoleArn::parse("arn:aws:iam::123456789012:role/r").unwrap(),
                session_name: "ann@laptop".into(),
            }),
            arn: Some("arn:aws:sts::123456789012:assumed-role/r/ann@laptop".into()),
            account: Some("123456789012".into()),
            narrowed: None,
            region: region.map(str::to_owned),
            source: None,
            source_id: None,
            settings: Vec::new(),
        }
    }

    type Env = BTreeMap<String, String>;

    fn environment(vars: &Env) -> Environment {
        Environment::new(vars.iter().map(|(k, v)| (k.into(), v.into()))).unwrap()
    }

    fn apply(env: &Env, changes: Vec<EnvChange>) -> Env {
        let mut env = env.clone();
        // It outlives each session; a test of its own looks at it.
        let lasts = |change: &EnvChange| change.name() != "ASSUME_ENV_PREVIOUS";
        for change in changes.into_iter().filter(lasts) {
            match change {
                EnvChange::Set(name, value) => env.insert(name.into_owned(), value.expose().into()),
                EnvChange::Unset(name) => env.remove(&*name),
            };
        }
        env
    }

    fn start(env: &Env, region: Option<&str>) -> Env {
        apply(env, session("s3", region).changes(&environment(env)))
    }

    /// Every mix of absent, empty and set variables that a session replaces, through one or two sessions.
    #[test]
    fn the_end_of_a_session_restores_what_it_replaced() {
        let restored = VARIABLES.iter().filter(|v| v.restored && v.group != Group::Setting);
        let names: Vec<&str> = restored.map(|v| v.name).collect();
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
                assert_eq!(two, start(&env, second), "a second session starts from the user's own values");
                assert_eq!(apply(&two, ending(&environment(&two))), env, "after two sessions");
            }
        }
    }

    #[test]
    fn the_settings_of_a_session_end_with_it_unless_another_program_changed_them() {
        let own = Env::from([
            ("AWS_ENDPOINT_URL".to_owned(), String::new()),
            ("AWS_RETRY_MODE".to_owned(), "adaptive".to_owned()),
        ]);
        let with = |settings: &[(&'static str, &str)], env: &Env| {
            let mut session = session("s3", None);
            session.settings =
                settings.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
            apply(env, session.changes(&environment(env)))
        };
        let local =
            [("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2")];
        let held = with(&local, &own);
        assert_eq!(held["AWS_ENDPOINT_URL_S3"], "http://127.0.0.1:2");
        assert_eq!(held["AWS_RETRY_MODE"], "adaptive");
        assert_eq!(
            held["ASSUME_ENV_SETTINGS"],
            "1,AWS_ENDPOINT_URL=http://127.0.0.1:1,AWS_ENDPOINT_URL_S3=http://127.0.0.1:2"
        );
        assert_eq!(apply(&held, ending(&environment(&held))), own);
        let second = with(&[("AWS_PAGER", "")], &held);
        assert_eq!(second, with(&[("AWS_PAGER", "")], &own), "a second session starts from the user's own");
        assert_eq!(with(&local, &second), held);
        let mut changed = held;
        changed.insert("AWS_ENDPOINT_URL_S3".to_owned(), "http://127.0.0.1:3".to_owned());
        let after = apply(&changed, ending(&environment(&changed)));
        assert_eq!(after["AWS_ENDPOINT_URL_S3"], "http://127.0.0.1:3");
        assert_eq!(after["AWS_ENDPOINT_URL"], "");
    }

    #[test]
    fn a_session_sets_every_variable_that_it_has_a_value_for() {
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
    fn the_next_session_and_the_end_remember_the_session_before() {
        let remembered = |changes: Vec<EnvChange>| {
            let of = |change| match change {
                EnvChange::Set(name, value) if name == "ASSUME_ENV_PREVIOUS" => {
                    Some(value.expose().to_owned())
                }
                _ => None,
            };
            changes.into_iter().find_map(of)
        };
        let held = start(&Env::new(), Some("eu-west-1"));
        let env = environment(&held);
        assert_eq!(remembered(session("s3", None).changes(&env)), None, "the same role");
        let text = remembered(session("other", None).changes(&env)).unwrap();
        assert_eq!(Some(&text), remembered(ending(&env)).as_ref());
        let mut next = held.clone();
        next.insert("ASSUME_ENV_PREVIOUS".into(), text);
        let next = environment(&next);
        let was = next.previous().unwrap();
        assert_eq!((was.role_as_typed.as_str(), was.region.as_deref()), ("s3", Some("eu-west-1")));
        assert_eq!(*was, env.held().unwrap().unwrap().labels);
    }

    #[test]
    fn other_names_have_the_role_until_the_session_ends() {
        let own = Env::from([
            ("ASSUME_ENV_ALSO_SET".to_owned(), "AWSUME_PROFILE AWS_VAULT PATH MY_OWN".to_owned()),
            ("MY_OWN".to_owned(), "mine".to_owned()),
        ]);
        let held = start(&own, None);
        assert_eq!((held["AWSUME_PROFILE"].as_str(), held["AWS_VAULT"].as_str()), ("s3", "s3"));
        assert_eq!(held["ASSUME_ENV_ALSO"], "AWSUME_PROFILE AWS_VAULT");
        assert_eq!(start(&held, None), held);
        assert_eq!(apply(&held, ending(&environment(&held))), own);
        // A name that is no longer listed is unset by the next session; one that was changed since stays.
        let mut fewer = held.clone();
        fewer.insert("ASSUME_ENV_ALSO_SET".to_owned(), "AWS_VAULT".to_owned());
        assert!(!start(&fewer, None).contains_key("AWSUME_PROFILE"));
        fewer.insert("AWSUME_PROFILE".to_owned(), "changed".to_owned());
        assert_eq!(start(&fewer, None)["AWSUME_PROFILE"], "changed");
    }

    #[test]
    fn keys_that_are_not_the_sessions_stay_when_it_ends() {
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
    fn the_end_of_a_session_writes_no_secret() {
        let mut env = start(&Env::new(), None);
        env.insert("AWS_SECURITY_TOKEN".into(), "secret".into());
        let written =
            format!("{:?}", ending(&environment(&env)).iter().map(EnvChange::name).collect::<Vec<_>>());
        assert!(!written.contains("AWS_SECURITY_TOKEN"), "{written}");
    }
}
