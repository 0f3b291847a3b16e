//! The user's view of the environment: without the variables of a held session, with the values that it
//! replaced.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::common::also_set::{self, AlsoSet};
use crate::common::arn::RoleArn;
use crate::common::clock;
use crate::common::credentials::{KeyPart, Keys, Secret};
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::mfa_session::MfaSession;
use crate::common::origin::Origin;
use crate::common::variables::{Group, Name, SessionPart, VARIABLES, Variable, lookup};
use crate::env::error::Error;
use crate::env::folder;
use crate::env::held::{HeldSession, SessionLabels, SessionState};
use crate::env::passwd;
use crate::env::raw::RawVariables;
use crate::env::restore::{InvalidRestore, Restore};

/// The variable that remembers the session before.
const PREVIOUS: &str = "ASSUME_ENV_PREVIOUS";

/// The environment as the user set it up.
#[derive(Debug)]
pub struct Environment {
    raw: RawVariables,
    state: SessionState,
    restore: Result<Restore, InvalidRestore>,
    /// The settings that the session set.
    settings: Result<Restore, InvalidRestore>,
    /// The variables whose replaced values direnv has taken back since.
    taken_back: Vec<String>,
    /// The session before the held one, or the last one if none is held.
    previous: Option<SessionLabels>,
    /// The MFA session that the function of a hook handed over.
    mfa_session: Option<Secret>,
    /// What a session with `--refresh` set, if its address is still set.
    refreshed: Result<Option<Restore>, InvalidRestore>,
}

const REFRESH_MARK: &str = "ASSUME_ENV_REFRESH";
const HELPER: &str = "ASSUME_ENV_HELPER";
const ADDRESS: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const ADDRESS_TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

impl Environment {
    /// Takes ownership of the variables of the process.
    ///
    /// # Errors
    /// A variable that this program reads and that is not UTF-8.
    pub fn new(vars: impl Iterator<Item = (OsString, OsString)>) -> Result<Self, Error> {
        let raw = RawVariables::new(vars)?;
        let mut state = SessionState::of(&raw);
        let refreshed = refreshed_in(&raw);
        let has_keys =
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].iter().any(|name| raw.filled(name).is_some());
        if matches!((&refreshed, &state), (Ok(Some(_)), SessionState::OtherKeys)) && !has_keys {
            state = SessionState::Refreshed;
        }
        let stored =
            |name, parse: fn(&str) -> Result<Restore, InvalidRestore>| match (&state, raw.filled(name)) {
                (SessionState::NoLabels, _) | (_, None) => Ok(Restore::default()),
                (_, Some(text)) => parse(text),
            };
        let restore = stored("ASSUME_ENV_RESTORE", Restore::parse);
        let settings = stored("ASSUME_ENV_SETTINGS", Restore::parse_settings);
        let previous = raw.filled(PREVIOUS).and_then(|text| {
            let labels = Restore::parse_labels(text).ok()?;
            SessionLabels::read(|name| labels.value(name)).ok()
        });
        let taken_back = folder::taken_back(raw.filled("ASSUME_ENV_FOLDER"), raw.text(folder::DIFF));
        let mut env =
            Self { raw, state, restore, settings, taken_back, previous, refreshed, mfa_session: None };
        let replaced_region = VARIABLES
            .iter()
            .any(|variable| variable.group == Group::Region && env.replaced(variable.name).is_some());
        if matches!(env.state, SessionState::Held(_))
            && replaced_region
            && env.raw.filled("ASSUME_ENV_REGION").is_none()
        {
            env.state = SessionState::Damaged("ASSUME_ENV_REGION");
        }
        Ok(env)
    }

    /// Checks that the values that a session replaced, and the settings that it set, can be read. Only a mode that does not use them may
    /// skip this.
    ///
    /// # Errors
    /// An `ASSUME_ENV_RESTORE` or `ASSUME_ENV_SETTINGS` that this program did not write.
    pub fn check(&self) -> Result<(), Error> {
        for (variable, stored) in
            [("ASSUME_ENV_RESTORE", &self.restore), ("ASSUME_ENV_SETTINGS", &self.settings)]
        {
            if let Err(why) = *stored {
                return Err(Error::RestoreBroken { variable, why });
            }
        }
        if let Err(why) = self.refreshed {
            return Err(Error::RestoreBroken { variable: REFRESH_MARK, why });
        }
        Ok(())
    }

    /// The session that this environment holds, if its labels belong to its keys.
    ///
    /// # Errors
    /// A session of which a part was changed or unset by hand.
    pub fn held(&self) -> Result<Option<&HeldSession>, Error> {
        match &self.state {
            SessionState::Held(held) => Ok(Some(held)),
            SessionState::NoLabels | SessionState::OtherKeys | SessionState::Refreshed => Ok(None),
            SessionState::Damaged(variable) => Err(Error::SessionBroken { variable }),
        }
    }

    /// The session before the held one; if none is held, the last one.
    pub fn previous(&self) -> Option<&SessionLabels> {
        self.previous.as_ref()
    }

    /// The text that remembers the held session, when the next one is of another role, source or restriction;
    /// `None` if what is remembered does not change.
    pub fn remembered(&self, next: Option<(&str, Option<&str>, Option<&str>)>) -> Option<String> {
        let SessionState::Held(held) = &self.state else { return None };
        let is = (&*held.role_as_typed, held.source.as_deref(), held.narrowed.as_deref());
        if next == Some(is) {
            return None;
        }
        let values = held.values().into_iter().map(|(name, value)| (name.into(), value));
        Some(Restore::new(values.collect()).encode())
    }

    /// What becomes of the names in `ASSUME_ENV_ALSO_SET` when a session begins.
    pub(crate) fn also_set(&self) -> AlsoSet {
        let mut also = AlsoSet::default();
        for name in self.raw.filled(also_set::VARIABLE).unwrap_or_default().split_whitespace() {
            let has_own =
                self.raw.filled(name).is_some() && !self.session_also_set().any(|ours| ours == name);
            let names = match (also_set::is_allowed(name), has_own) {
                (false, _) => &mut also.refused,
                (true, true) => &mut also.kept,
                (true, false) => &mut also.set,
            };
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        also
    }

    /// The names of `ASSUME_ENV_ALSO_SET` that the session set, and whose values are still the session's.
    pub fn session_also_set(&self) -> impl Iterator<Item = &str> {
        let role = self.raw.filled("ASSUME_ENV_PROFILE").map(also_set::shown_role);
        let names = self.raw.filled("ASSUME_ENV_ALSO").unwrap_or_default().split(' ');
        names.filter(move |name| {
            also_set::is_allowed(name) && role.is_some() && role.as_deref() == self.raw.text(name)
        })
    }

    /// What a session with `--refresh` set, if commands get its keys: no other keys are in the environment.
    pub fn refreshed(&self) -> Option<&Restore> {
        self.below().filter(|_| matches!(self.state, SessionState::Refreshed))
    }

    /// What a session with `--refresh` set, if its address is still set. Another session can have priority over it.
    pub fn below(&self) -> Option<&Restore> {
        self.refreshed.as_ref().ok()?.as_ref()
    }

    /// The address and the token of the helper of a session with `--refresh`.
    pub fn helper(&self) -> Option<(&str, &str)> {
        self.refreshed()?;
        Some((self.raw.filled(ADDRESS)?, self.raw.filled(ADDRESS_TOKEN)?))
    }

    /// Whether there are labels of a session and the keys are not the session's.
    pub fn has_foreign_keys(&self) -> bool {
        matches!(self.state, SessionState::OtherKeys)
    }

    /// Whether the keys belong to a session of this program, which may be damaged.
    pub fn has_session_keys(&self) -> bool {
        matches!(self.state, SessionState::Held(_) | SessionState::Damaged(_))
    }

    /// Whether there are variables of a session of this program, with or without its keys.
    pub fn has_session_variables(&self) -> bool {
        !matches!(self.state, SessionState::NoLabels)
    }

    /// Whether `AWS_SESSION_TOKEN` is left over from a session whose other keys were replaced by long-lived
    /// ones, which have no token.
    pub fn token_is_left_over(&self) -> bool {
        let is_long_lived = |id: &str| id.starts_with("AKIA");
        self.has_foreign_keys() && self.raw.filled("AWS_ACCESS_KEY_ID").is_some_and(is_long_lived)
    }

    /// The user's own value of a variable; an empty one counts as absent.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.own(name).filter(|value| !value.is_empty())
    }

    /// The user's own value of a variable, which may be empty: the value to restore.
    pub fn own(&self, name: &str) -> Option<&str> {
        let current = self.raw.text(name);
        let Some(variable) = lookup(name) else { return current };
        match variable.group {
            Group::Label | Group::Memory => None,
            Group::Key if self.has_session_keys() => None,
            Group::Key if variable.part == Some(SessionPart::Token) && self.token_is_left_over() => None,
            // The session unset these, so a value that is set now is newer than the stored one.
            Group::Conflict => current.or_else(|| self.replaced(name)),
            Group::Region if self.session_set_region(name) => self.replaced(name),
            Group::Described if self.describes_session(variable) => self.replaced(name),
            Group::Setting if self.session_set_setting(name) => self.replaced(name),
            Group::Refresh => self.own_below(variable, current),
            Group::Key | Group::Region | Group::Described | Group::Setting => current,
        }
    }

    /// The user's own value of a variable that a session with `--refresh` changes; `current` is its value now.
    fn own_below<'a>(&'a self, variable: &Variable, current: Option<&'a str>) -> Option<&'a str> {
        let Some(set) = self.below() else {
            return current.filter(|_| ![REFRESH_MARK, HELPER].contains(&variable.name));
        };
        match variable.part {
            Some(SessionPart::RefreshMark | SessionPart::AddressToken | SessionPart::Helper) => None,
            Some(_) if self.refresh_set(variable.name) => self.replaced(variable.name),
            // The session unset it.
            None if set.value(variable.name).is_none() => current.or_else(|| self.replaced(variable.name)),
            _ => current,
        }
    }

    /// Whether a session with `--refresh` set this variable, and its value is still that session's.
    pub fn refresh_set(&self, name: &str) -> bool {
        let set = self.below().and_then(|set| set.value(name));
        set.is_some() && set == self.raw.text(name)
    }

    /// Whether the session set this setting of a profile, and its value is still the session's.
    pub fn session_set_setting(&self, name: &str) -> bool {
        let set = self.settings.as_ref().ok().and_then(|settings| settings.value(name));
        set.is_some() && set == self.raw.text(name)
    }

    /// The names of the settings that the session set, and whose values are still the session's.
    pub fn session_settings(&self) -> impl Iterator<Item = &Name> {
        let names = self.settings.iter().flat_map(Restore::entries).map(|(name, _)| name);
        names.filter(|name| self.session_set_setting(name))
    }

    /// Whether the session set this region variable, and its value is still the session's.
    pub fn session_set_region(&self, name: &str) -> bool {
        let region = self.raw.filled("ASSUME_ENV_REGION");
        self.has_session_variables() && region.is_some() && region == self.raw.text(name)
    }

    /// Whether this variable describes the session's keys and not the user's own: it has the value that the labels name.
    /// What they do not name is the session's while it is held.
    fn describes_session(&self, variable: &Variable) -> bool {
        let expiry = || self.raw.filled("ASSUME_ENV_EXPIRES")?.parse().ok().map(clock::utc);
        let account = || {
            let role = RoleArn::parse(self.raw.filled("ASSUME_ENV_ROLE_ARN")?).ok()?;
            Some(role.account().to_owned())
        };
        let of_session = if variable.part == Some(SessionPart::Account) { account() } else { expiry() };
        match (&self.state, of_session) {
            (SessionState::NoLabels, _) | (SessionState::OtherKeys, None) => false,
            // Its labels can be what is damaged.
            (SessionState::Damaged(_), _) => true,
            (_, Some(value)) => Some(&*value) == self.raw.text(variable.name),
            (SessionState::Held(_) | SessionState::Refreshed, None) => true,
        }
    }

    /// The value that a session replaced, unless it was of a folder that was left since.
    fn replaced(&self, name: &str) -> Option<&str> {
        let is_taken_back = self.taken_back.iter().any(|taken| taken == name);
        self.restore.as_ref().ok()?.value(name).filter(|_| !is_taken_back)
    }

    /// The label for those of these replaced values that direnv set; `None` without one.
    pub(crate) fn folder_label(&self, replaced: &Restore) -> Option<String> {
        folder::label(self.raw.text(folder::DIFF), replaced)
    }

    /// The replaced values that are not restored, because direnv set them for a folder that was left since.
    pub(crate) fn not_restored(&self) -> impl Iterator<Item = (&Name, &str)> {
        let replaced = self.restore.iter().flat_map(Restore::entries);
        replaced.filter(|(name, _)| {
            self.taken_back.iter().any(|taken| *taken == ***name) && self.own(name).is_none()
        })
    }

    /// The values that a new session replaces and `--clear` restores. `sets_region`: the session sets a
    /// region; `settings`: the settings that it sets; `refresh`: the variables that `--refresh` changes.
    pub fn values_to_restore(
        &self,
        sets_region: bool,
        settings: &[(Name, String)],
        refresh: &[&str],
    ) -> Restore {
        // Keys are not restored. The expiry of such keys would make the SDKs reject the user's next keys.
        let keys_are_lost = self.has_own_secrets();
        let is_stored = |variable: &Variable| {
            variable.restored
                && variable.group != Group::Setting
                && (variable.group != Group::Region || sets_region)
                && (variable.group != Group::Refresh
                    || self.below().is_some()
                    || refresh.contains(&variable.name))
                && !(variable.dies_with_keys && keys_are_lost)
        };
        let stored = VARIABLES.iter().filter(|variable| is_stored(variable));
        let names = stored
            .map(|variable| Name::Borrowed(variable.name))
            .chain(settings.iter().map(|(name, _)| name.clone()));
        Restore::new(
            names.filter_map(|name| self.own(&name).map(str::to_owned).map(|value| (name, value))).collect(),
        )
    }

    /// The names of all variables whose values are UTF-8, with those of a held session.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.raw.names()
    }

    /// A variable whose value may not be UTF-8, such as `PATH`.
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.raw.os(name)
    }

    /// The home folder, as Python's `expanduser` finds it for the AWS CLI: `HOME`, where an empty value is
    /// the root folder, else that of the user's entry in the password database.
    pub fn home(&self) -> Option<PathBuf> {
        match self.os("HOME") {
            Some(home) if home.is_empty() => Some(PathBuf::from("/")),
            Some(home) => Some(PathBuf::from(home)),
            None => passwd::home(),
        }
    }

    /// The user's own keys in the environment. The keys of a held session are not the user's own.
    ///
    /// # Errors
    /// An access key id without a secret access key, or the reverse; a value that is not a key.
    pub fn own_keys(&self) -> Result<Option<Keys>, Error> {
        if self.has_session_keys() {
            return Ok(None);
        }
        let (id, secret) =
            match (self.raw.filled("AWS_ACCESS_KEY_ID"), self.raw.filled("AWS_SECRET_ACCESS_KEY")) {
                (None, None) => return Ok(None),
                (Some(id), Some(secret)) => (id, secret),
                (Some(_), None) => return Err(Error::HalfKeys { missing: "AWS_SECRET_ACCESS_KEY" }),
                (None, Some(_)) => return Err(Error::HalfKeys { missing: "AWS_ACCESS_KEY_ID" }),
            };
        // The older name of the token is read first, as botocore does.
        let token = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"]
            .into_iter()
            .find_map(|name| Some((name, self.var(name)?)));
        let keys = Keys::new(id.to_owned(), secret.to_owned(), token.map(|(_, token)| token.to_owned()));
        let Some(fault) = keys.fault() else { return Ok(Some(keys)) };
        let name = match fault.part() {
            KeyPart::Id => "AWS_ACCESS_KEY_ID",
            KeyPart::Secret => "AWS_SECRET_ACCESS_KEY",
            KeyPart::Token => token.map_or("AWS_SESSION_TOKEN", |(name, _)| name),
        };
        Err(InvalidValue::new("", Origin::Variable(name), Rule::Key(fault)).into())
    }

    /// This environment, in a shell whose hook handed over this MFA session.
    pub fn with_mfa_session(self, mfa_session: Option<Secret>) -> Self {
        Self { mfa_session, ..self }
    }

    /// The MFA session that the shell's hook handed over, if it is valid and has not expired; `now` is in
    /// epoch seconds.
    pub fn mfa_session(&self, now: i64) -> Option<MfaSession> {
        MfaSession::parse(self.mfa_session.as_ref()?.expose(), now)
    }

    /// Whether the environment has secrets of the user that a session replaces and cannot restore.
    pub fn has_own_secrets(&self) -> bool {
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        let has_own_keys = !self.has_session_keys() && keys.iter().any(|name| self.var(name).is_some());
        has_own_keys
            || ["AWS_SECURITY_TOKEN", "AWS_SECRET_KEY"].iter().any(|name| self.raw.filled(name).is_some())
    }
}

/// What a session with `--refresh` set: only if its address is still set, and has a token.
fn refreshed_in(raw: &RawVariables) -> Result<Option<Restore>, InvalidRestore> {
    let Some(mark) = raw.filled(REFRESH_MARK) else { return Ok(None) };
    let set = Restore::parse_refresh(mark)?;
    let address = set.value(ADDRESS).filter(|address| raw.filled(ADDRESS) == Some(*address));
    Ok((address.is_some() && raw.filled(ADDRESS_TOKEN).is_some()).then_some(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(vars: &[(&str, &str)]) -> Environment {
        Environment::new(vars.iter().map(|(k, v)| (k.into(), v.into()))).unwrap()
    }

    const HELD: [(&str, &str); 9] = [
        ("ASSUME_ENV_RESTORE", "1"),
        ("AWS_ACCESS_KEY_ID", "ASIAFAKE"),
        ("AWS_SECRET_ACCESS_KEY", "fake"),
        ("AWS_SESSION_TOKEN", "fake"),
        ("ASSUME_ENV_KEY_ID", "ASIAFAKE"),
        ("ASSUME_ENV_PROFILE", "s3"),
        ("ASSUME_ENV_ROLE_ARN", "arn:aws:iam::123456789012:role/r"),
        ("ASSUME_ENV_SESSION", "me"),
        ("ASSUME_ENV_EXPIRES", "1795435994"),
    ];

    fn held(more: &[(&str, &str)]) -> Environment {
        let mut vars = HELD.to_vec();
        vars.extend(more);
        env(&vars)
    }

    #[test]
    fn without_a_session_every_value_is_the_users_own() {
        let c = env(&[("AWS_PROFILE", "a"), ("AWS_REGION", ""), ("AWS_ACCESS_KEY_ID", "AKIA")]);
        assert_eq!(c.own("AWS_PROFILE"), Some("a"));
        assert_eq!((c.own("AWS_REGION"), c.var("AWS_REGION")), (Some(""), None));
        assert!(c.held().unwrap().is_none());
        assert!(c.own_keys().is_err(), "half an access key");
    }

    #[test]
    fn the_values_of_a_held_session_are_absent_and_the_replaced_ones_present() {
        let c = held(&[
            ("ASSUME_ENV_RESTORE", "1,AWS_DEFAULT_REGION=eu,AWS_PROFILE=base"),
            ("ASSUME_ENV_REGION", "session"),
            ("AWS_REGION", "session"),
            ("AWS_DEFAULT_REGION", "session"),
            ("AWS_ACCOUNT_ID", "123456789012"),
        ]);
        assert!(c.held().unwrap().is_some());
        assert_eq!(c.own("AWS_PROFILE"), Some("base"));
        // The session's keys are not the user's.
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            assert!(c.raw.filled(name).is_some() && c.own(name).is_none(), "{name}");
        }
        assert_eq!((c.own("AWS_REGION"), c.own("AWS_DEFAULT_REGION")), (None, Some("eu")));
        assert_eq!(c.own("AWS_ACCOUNT_ID"), None);
        assert!(c.own_keys().unwrap().is_none() && !c.has_own_secrets());
    }

    #[test]
    fn a_region_that_the_session_did_not_set_is_the_users_own() {
        let c = held(&[("AWS_REGION", "mine")]);
        assert_eq!(c.own("AWS_REGION"), Some("mine"));
        assert!(!c.session_set_region("AWS_REGION"));
        // A region that was exported during the session is the user's own too.
        let c = held(&[("ASSUME_ENV_REGION", "session"), ("AWS_REGION", "mine")]);
        assert_eq!(c.own("AWS_REGION"), Some("mine"));
    }

    #[test]
    fn a_profile_that_was_exported_during_the_session_wins_over_the_stored_one() {
        let c = held(&[("ASSUME_ENV_RESTORE", "1,AWS_PROFILE=old"), ("AWS_PROFILE", "new")]);
        assert_eq!(c.own("AWS_PROFILE"), Some("new"));
    }

    #[test]
    fn labels_of_other_keys_are_not_a_session() {
        let c = env(&[
            ("AWS_ACCESS_KEY_ID", "AKIAOTHER"),
            ("AWS_SECRET_ACCESS_KEY", "fake"),
            ("ASSUME_ENV_KEY_ID", "ASIAFAKE"),
            ("ASSUME_ENV_RESTORE", "1,AWS_PROFILE=old"),
        ]);
        assert!(c.held().unwrap().is_none() && c.has_foreign_keys());
        assert_eq!(c.own("AWS_PROFILE"), Some("old"), "the replaced value can still be restored");
        assert_eq!(c.own_keys().unwrap().unwrap().id, "AKIAOTHER");
    }

    #[test]
    fn the_account_and_expiry_of_a_session_do_not_describe_other_keys() {
        let labels = [
            ("AWS_ACCESS_KEY_ID", "AKIAOTHER"),
            ("AWS_SECRET_ACCESS_KEY", "fake"),
            ("ASSUME_ENV_KEY_ID", "ASIAFAKE"),
            ("ASSUME_ENV_ROLE_ARN", "arn:aws:iam::123456789012:role/r"),
            ("ASSUME_ENV_EXPIRES", "1795435994"),
        ];
        let with = |account, expiry| {
            let described = [("AWS_ACCOUNT_ID", account), ("AWS_CREDENTIAL_EXPIRATION", expiry)];
            env(&[&labels[..], &described].concat())
        };
        let stale = with("123456789012", "2026-11-23T12:13:14Z");
        assert_eq!((stale.own("AWS_ACCOUNT_ID"), stale.own("AWS_CREDENTIAL_EXPIRATION")), (None, None));
        let new = with("210987654321", "2027-01-01T00:00:00Z");
        assert!(new.own("AWS_ACCOUNT_ID").is_some() && new.own("AWS_CREDENTIAL_EXPIRATION").is_some());
    }

    #[test]
    fn a_session_without_one_of_its_parts_is_an_error() {
        for (i, (name, _)) in HELD.iter().enumerate() {
            let mut vars = HELD.to_vec();
            vars.remove(i);
            match (*name, env(&vars).held()) {
                (name, Err(Error::SessionBroken { variable })) => assert_eq!(variable, name),
                (name, held) => panic!("{name}: {held:?}"),
            }
        }
        for bad in ["", "soon", "-5", "x[$(id)]", "1e9", "9999999999999", "999999999999"] {
            assert!(held(&[("ASSUME_ENV_EXPIRES", bad)]).held().is_err(), "{bad}");
        }
        let c = held(&[("AWS_SECRET_ACCESS_KEY", ""), ("ASSUME_ENV_RESTORE", "1,AWS_PROFILE=mine")]);
        assert_eq!(c.own("AWS_PROFILE"), Some("mine"), "the replaced value can still be restored");
    }

    #[test]
    fn a_label_without_keys_is_not_a_session() {
        let own =
            [("AWS_ACCESS_KEY_ID", "ASIA"), ("AWS_SECRET_ACCESS_KEY", "fake"), ("AWS_SESSION_TOKEN", "fake")];
        let c = env(&[&own[..], &[("ASSUME_ENV_PROFILE", "mine")]].concat());
        assert!(c.held().unwrap().is_none() && c.own_keys().unwrap().is_some());
    }

    /// A derived `Debug` of plain strings would show the keys of the environment.
    #[test]
    fn its_debug_form_shows_no_secret() {
        let c = held(&[("AWS_SECURITY_TOKEN", "hunter2"), ("ASSUME_ENV_BASE", "hunter2")]);
        let shown = format!("{c:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("\"fake\""), "{shown}");
    }

    #[test]
    fn the_encoded_values_to_restore_are_read_back() {
        let c = env(&[("AWS_PROFILE", "a b,=%'é\n"), ("AWS_REGION", "eu-west-1"), ("AWS_ROLE_ARN", "")]);
        let restore = c.values_to_restore(true, &[], &[]);
        let text = restore.encode();
        assert_eq!(text, "1,AWS_REGION=eu-west-1,AWS_PROFILE=a%20b%2C%3D%25%27%C3%A9%0A,AWS_ROLE_ARN=");
        assert_eq!(Restore::parse(&text).unwrap(), restore);
        assert_eq!(env(&[]).values_to_restore(false, &[], &[]).encode(), "1");
    }

    #[test]
    fn the_expiry_of_keys_that_are_not_restored_is_not_stored() {
        let c = env(&[
            ("AWS_ACCESS_KEY_ID", "ASIA"),
            ("AWS_SECRET_ACCESS_KEY", "fake"),
            ("AWS_CREDENTIAL_EXPIRATION", "2026-01-01T00:00:00Z"),
            ("AWS_PROFILE", "a"),
        ]);
        assert_eq!(c.values_to_restore(false, &[], &[]).encode(), "1,AWS_PROFILE=a");
    }

    #[test]
    fn a_setting_of_the_session_is_absent_until_another_program_changes_it() {
        let set = "1,AWS_ENDPOINT_URL=http://127.0.0.1:1,AWS_ENDPOINT_URL_S3=http://127.0.0.1:2,AWS_PAGER=";
        let c = held(&[
            ("ASSUME_ENV_SETTINGS", set),
            ("ASSUME_ENV_RESTORE", "1,AWS_ENDPOINT_URL="),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9"),
            ("AWS_PAGER", ""),
            ("AWS_RETRY_MODE", "adaptive"),
        ]);
        assert!(c.check().is_ok());
        assert_eq!(c.own("AWS_ENDPOINT_URL"), Some(""));
        assert_eq!(c.own("AWS_ENDPOINT_URL_S3"), Some("http://127.0.0.1:9"));
        assert_eq!((c.own("AWS_PAGER"), c.own("AWS_RETRY_MODE")), (None, Some("adaptive")));
        assert_eq!(c.session_settings().collect::<Vec<_>>(), ["AWS_ENDPOINT_URL", "AWS_PAGER"]);
        let broken = held(&[("ASSUME_ENV_SETTINGS", "1,PATH=/evil")]).check();
        assert!(matches!(broken, Err(Error::RestoreBroken { variable: "ASSUME_ENV_SETTINGS", .. })));
    }
}
