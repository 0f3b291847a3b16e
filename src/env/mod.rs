//! The one view of the caller's environment. No other room reads a variable.
//!
//! While this environment holds a session of ours, the session's own variables count as absent and what it replaced counts
//! as present, so that renewing, switching and nesting start from the user's own settings: a session never hides its own
//! source. What was replaced is kept in `ASSUME_ENV_RESTORE`, whose form is described at [`Restore`].

pub mod error;
pub mod host;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use time::OffsetDateTime;

use crate::common::arn::Assumed;
use crate::common::arn::{RoleArn, is_session_name};
use crate::common::clock;
use crate::common::credentials::{KeyPart, Keys, Secret, SecretBytes, TemporaryKeys};
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::mfa_session::{self, MfaSession};
use crate::common::origin::Origin;
use crate::common::variables::{Group, VARIABLES, Variable};
use crate::env::error::Error;

/// The session that the environment holds.
#[derive(Debug)]
pub struct Held {
    /// The role as it was typed (`ASSUME_ENV_PROFILE`).
    pub label: String,
    /// The role that was assumed; a profile without a role leads to none.
    pub assumed: Option<Assumed>,
    /// When the keys expire, in whole seconds, UTC, if that is known.
    pub expires: Option<OffsetDateTime>,
    /// How the session is narrowed, if it is.
    pub narrowed: Option<String>,
    /// The region that the session set.
    pub region: Option<String>,
    /// What a bare role was assumed from.
    pub source: Option<String>,
    /// The account that stands beside the keys.
    pub account: Option<String>,
    /// The keys themselves.
    pub keys: TemporaryKeys,
}

impl Held {
    /// The account of the role; without a role, the one that stands beside the keys.
    pub fn known_account(&self) -> Option<&str> {
        self.assumed.as_ref().map(|was| was.role.account()).or(self.account.as_deref())
    }
}

/// The environment as the user set it up.
#[derive(Debug)]
pub struct Environment {
    all: BTreeMap<OsString, SecretBytes>,
    text: BTreeMap<String, Secret>,
    state: State,
    restore: Restore,
    restore_fault: Option<&'static str>,
}

/// The variables that are read beside those of the one list, and have to be text.
const READ: &[&str] = &[
    "ALL_PROXY",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_MAX_ATTEMPTS",
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    "AWS_METADATA_SERVICE_TIMEOUT",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "ASSUME_ENV_RUNNING",
    "HTTPS_PROXY",
    "SSL_CERT_FILE",
    "all_proxy",
    "https_proxy",
];

fn is_read(name: &str) -> bool {
    READ.contains(&name) || VARIABLES.iter().any(|variable| variable.name == name)
}

/// What the labels (`ASSUME_ENV_*`) say about the keys beside them.
#[derive(Debug)]
enum State {
    /// There are no labels: everything is the user's own.
    Own,
    /// The labels belong to other keys than those that are set, which are the user's own.
    Foreign,
    /// A session of ours.
    Held(Box<Held>),
    /// What is left of a session of ours whose named variable was changed or unset by hand. It can still be cleared.
    Broken(&'static str),
}

impl Environment {
    /// Takes the environment in.
    ///
    /// # Errors
    /// A variable that we read and that is not UTF-8.
    pub fn new(vars: impl Iterator<Item = (OsString, OsString)>) -> Result<Self, Error> {
        let all: BTreeMap<OsString, SecretBytes> =
            vars.map(|(name, value)| (name, SecretBytes::from(value))).collect();
        let mut text = BTreeMap::new();
        for (name, value) in &all {
            let Some(name) = name.to_str() else { continue };
            match value.expose().to_str() {
                Some(value) => {
                    text.insert(name.to_owned(), Secret::new(value.to_owned()));
                }
                None if is_read(name) => return Err(Error::VariableNotUtf8 { name: name.to_owned() }),
                None => {}
            }
        }
        let mut env = Self { all, text, state: State::Own, restore: Restore::default(), restore_fault: None };
        env.state = env.find_state();
        if !matches!(env.state, State::Own)
            && let Some(written) = env.filled("ASSUME_ENV_RESTORE")
        {
            match Restore::parse(written) {
                Ok(restore) => env.restore = restore,
                Err(why) => env.restore_fault = Some(why),
            }
        }
        let names_region =
            VARIABLES.iter().any(|v| v.group == Group::Region && env.restore.value(v.name).is_some());
        if matches!(env.state, State::Held(_)) && names_region && env.filled("ASSUME_ENV_REGION").is_none() {
            env.state = State::Broken("ASSUME_ENV_REGION");
        }
        Ok(env)
    }

    /// Whether what a session replaced can be told; only a mode that does not look at it may go on without asking this.
    ///
    /// # Errors
    /// An `ASSUME_ENV_RESTORE` that we did not write.
    pub fn check(&self) -> Result<(), Error> {
        match self.restore_fault {
            Some(why) => Err(Error::RestoreBroken { why }),
            None => Ok(()),
        }
    }

    fn find_state(&self) -> State {
        let Some(label_id) = self.filled("ASSUME_ENV_KEY_ID") else { return self.without_mark() };
        match self.filled("AWS_ACCESS_KEY_ID") {
            // Whoever unset all three has dropped the keys, and knows it.
            None if ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
                .iter()
                .all(|n| self.filled(n).is_none()) =>
            {
                State::Foreign
            }
            None => State::Broken("AWS_ACCESS_KEY_ID"),
            Some(id) if id == label_id => match self.read_held(id) {
                Ok(held) => State::Held(Box::new(held)),
                Err(broken) => State::Broken(broken),
            },
            Some(_) => State::Foreign,
        }
    }

    /// Labels without the one that says whose they are: a damaged session, if they name a role and there are temporary keys
    /// that they can be of. A label that somebody exported by hand is nobody's session.
    fn without_mark(&self) -> State {
        let mut labels = VARIABLES.iter().filter(|variable| variable.group == Group::Label);
        let has = |name: &str| self.filled(name).is_some();
        match has("AWS_SESSION_TOKEN") && (has("ASSUME_ENV_ROLE_ARN") || has("ASSUME_ENV_RESTORE")) {
            true => State::Broken("ASSUME_ENV_KEY_ID"),
            _ if labels.any(|label| self.filled(label.name).is_some()) => State::Foreign,
            _ => State::Own,
        }
    }

    /// Takes the session out of the variables; the error is the variable that is missing or no longer what we wrote.
    fn read_held(&self, id: &str) -> Result<Held, &'static str> {
        let need = |name: &'static str| self.filled(name).ok_or(name);
        let secret = |name| need(name).map(|text| Secret::new(text.to_owned()));
        need("ASSUME_ENV_RESTORE")?;
        let keys = TemporaryKeys {
            id: id.to_owned(),
            secret: secret("AWS_SECRET_ACCESS_KEY")?,
            token: secret("AWS_SESSION_TOKEN")?,
        };
        if Keys::from(keys.clone()).unusable().is_some() {
            return Err("one of its keys");
        }
        Ok(Held {
            label: need("ASSUME_ENV_PROFILE")?.to_owned(),
            assumed: self.read_assumed()?,
            expires: self.read_expiry()?,
            region: self.filled("ASSUME_ENV_REGION").map(str::to_owned),
            source: self.filled("ASSUME_ENV_SOURCE").map(str::to_owned),
            narrowed: self.filled("ASSUME_ENV_NARROWED").map(str::to_owned),
            account: self.filled("AWS_ACCOUNT_ID").map(str::to_owned),
            keys,
        })
    }

    /// The role and the session name: both, or neither.
    fn read_assumed(&self) -> Result<Option<Assumed>, &'static str> {
        const ROLE: &str = "ASSUME_ENV_ROLE_ARN";
        const NAME: &str = "ASSUME_ENV_SESSION";
        let (role, name) = match (self.filled(ROLE), self.filled(NAME)) {
            (None, None) => return Ok(None),
            (Some(role), Some(name)) => (role, name),
            (Some(_), None) => return Err(NAME),
            (None, Some(_)) => return Err(ROLE),
        };
        let role = RoleArn::parse(role).map_err(|_| ROLE)?;
        if !is_session_name(name) {
            return Err(NAME);
        }
        Ok(Some(Assumed { role, session_name: name.to_owned() }))
    }

    /// The expiry: in both of its variables, or in neither.
    fn read_expiry(&self) -> Result<Option<OffsetDateTime>, &'static str> {
        const LABEL: &str = "ASSUME_ENV_EXPIRES";
        let Some(text) = self.filled(LABEL) else {
            let described = self.filled("AWS_CREDENTIAL_EXPIRATION").is_some();
            return if described || self.filled("ASSUME_ENV_ROLE_ARN").is_some() {
                Err(LABEL)
            } else {
                Ok(None)
            };
        };
        let digits = text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
        let time = text.parse().ok().filter(|_| digits);
        time.and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok()).map(Some).ok_or(LABEL)
    }

    /// The session that this environment holds, if its labels belong to its keys.
    ///
    /// # Errors
    /// A session of which a part was changed or unset by hand: no guess is made about the rest.
    pub fn held(&self) -> Result<Option<&Held>, Error> {
        match &self.state {
            State::Held(held) => Ok(Some(held)),
            State::Own | State::Foreign => Ok(None),
            State::Broken(variable) => Err(Error::SessionBroken { variable }),
        }
    }

    /// Whether labels of ours stand beside keys that are not the session's.
    pub fn has_foreign_keys(&self) -> bool {
        matches!(self.state, State::Foreign)
    }

    /// Whether the keys in the environment are those of a session of ours, or what is left of them.
    pub fn has_session_keys(&self) -> bool {
        matches!(self.state, State::Held(_) | State::Broken(_))
    }

    /// Whether a session of ours left variables here, with or without its keys.
    pub fn has_session_variables(&self) -> bool {
        !matches!(self.state, State::Own)
    }

    /// Whether the token is that of a session whose other keys were replaced by long-lived ones, which have none.
    pub fn token_is_left_over(&self) -> bool {
        let long_lived = |id: &str| id.starts_with("AKIA");
        self.has_foreign_keys() && self.filled("AWS_ACCESS_KEY_ID").is_some_and(long_lived)
    }

    /// The user's own value of a variable; empty counts as absent.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.own(name).filter(|value| !value.is_empty())
    }

    /// The user's own value of a variable, the empty one included: what giving back has to give.
    pub fn own(&self, name: &str) -> Option<&str> {
        let group = VARIABLES.iter().find(|v| v.name == name).map(|v| v.group);
        match group {
            Some(Group::Label) => None,
            Some(Group::Key) if self.has_session_keys() => None,
            Some(Group::Key) if name == "AWS_SESSION_TOKEN" && self.token_is_left_over() => None,
            // The session had unset these, so a value that is there now is newer than the one that was kept.
            Some(Group::Conflict) => self.raw(name).or_else(|| self.restore.value(name)),
            Some(Group::Region) if self.session_set_region(name) => self.restore.value(name),
            Some(Group::Described) if self.session_described(name) => self.restore.value(name),
            _ => self.raw(name),
        }
    }

    /// Whether the session put its own region into this variable, and it still stands there.
    pub fn session_set_region(&self, name: &str) -> bool {
        let region = self.filled("ASSUME_ENV_REGION");
        self.has_session_variables() && region.is_some() && region == self.raw(name)
    }

    /// Whether what this variable says is said of the session's keys.
    fn session_described(&self, name: &str) -> bool {
        match self.state {
            State::Own => false,
            State::Held(_) | State::Broken(_) => true,
            // Beside other keys it may be the user's own; the labels tell.
            State::Foreign => {
                let expiry = || self.filled("ASSUME_ENV_EXPIRES")?.parse().ok().map(clock::utc);
                let account = || {
                    let role = RoleArn::parse(self.filled("ASSUME_ENV_ROLE_ARN")?).ok()?;
                    Some(role.account().to_owned())
                };
                let said = if name == "AWS_ACCOUNT_ID" { account() } else { expiry() };
                said.is_some() && said.as_deref() == self.raw(name)
            }
        }
    }

    /// A variable whose value need not be text, such as `PATH`.
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.all.get(OsStr::new(name)).map(SecretBytes::expose)
    }

    /// The home folder, if `HOME` names one.
    pub fn home(&self) -> Option<PathBuf> {
        self.os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
    }

    /// The user's own keys in the environment; those of a held session are not the user's own.
    ///
    /// # Errors
    /// A key id without a secret, or the other way round; something that is no key.
    pub fn own_keys(&self) -> Result<Option<Keys>, Error> {
        if self.has_session_keys() {
            return Ok(None);
        }
        let (id, secret) = match (self.filled("AWS_ACCESS_KEY_ID"), self.filled("AWS_SECRET_ACCESS_KEY")) {
            (None, None) => return Ok(None),
            (Some(id), Some(secret)) => (id, secret),
            (Some(_), None) => return Err(Error::HalfKeys { missing: "AWS_SECRET_ACCESS_KEY" }),
            (None, Some(_)) => return Err(Error::HalfKeys { missing: "AWS_ACCESS_KEY_ID" }),
        };
        // The older name of the token is asked first, as botocore does.
        let token = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"]
            .into_iter()
            .find_map(|name| Some((name, self.var(name)?)));
        let keys = Keys {
            id: id.to_owned(),
            secret: Secret::new(secret.to_owned()),
            token: token.map(|(_, token)| Secret::new(token.to_owned())),
        };
        let Some(what) = keys.unusable() else { return Ok(Some(keys)) };
        let name = match what {
            KeyPart::Id => "AWS_ACCESS_KEY_ID",
            KeyPart::Secret => "AWS_SECRET_ACCESS_KEY",
            KeyPart::Token => token.map_or("AWS_SESSION_TOKEN", |(name, _)| name),
        };
        Err(InvalidValue::new("", Origin::Variable(name), Rule::Key(what)).into())
    }

    /// The base session that the shell's hook handed over, if it is one and lasts; `now` is in epoch seconds.
    pub fn base(&self, now: i64) -> Option<MfaSession> {
        MfaSession::parse(self.filled(mfa_session::VARIABLE)?, now)
    }

    /// Whether secrets stand in the environment that a session replaces and cannot give back.
    pub fn has_own_secrets(&self) -> bool {
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        let own_keys = !self.has_session_keys() && keys.iter().any(|name| self.var(name).is_some());
        own_keys || self.filled("AWS_SECURITY_TOKEN").is_some()
    }

    fn raw(&self, name: &str) -> Option<&str> {
        self.text.get(name).map(Secret::expose)
    }

    fn filled(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }
}

/// What a session replaced: `1,NAME=VALUE,…` in the order of the one list of variables.
///
/// Bytes outside `[A-Za-z0-9_./:@-]` stand as `%XX`. `NAME=` was empty; a name that is absent was unset.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Restore(Vec<(&'static Variable, String)>);

impl Restore {
    /// What the session that is about to begin replaces, given whether it sets a region.
    pub fn of(env: &Environment, sets_region: bool) -> Self {
        // The expiry of keys that are not given back would make the SDKs refuse the user's next keys.
        let keys_die = env.has_own_secrets();
        let replaced = |variable: &Variable| {
            variable.restored
                && (variable.group != Group::Region || sets_region)
                && !(variable.dies_with_keys && keys_die)
        };
        let kept = VARIABLES.iter().filter(|variable| replaced(variable));
        Self(kept.filter_map(|variable| Some((variable, env.own(variable.name)?.to_owned()))).collect())
    }

    /// The text for the environment; `1` alone when nothing was replaced.
    pub fn encode(&self) -> String {
        let mut text = String::from("1");
        for (variable, value) in &self.0 {
            text.push(',');
            text.push_str(variable.name);
            text.push('=');
            for byte in value.bytes() {
                if is_bare(byte) {
                    text.push(char::from(byte));
                } else {
                    text.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        text
    }

    /// The names and values, in the order of the list.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(variable, value)| (variable.name, value.as_str()))
    }

    /// Reads what [`Restore::encode`] wrote.
    ///
    /// # Errors
    /// Anything that it would not have written: giving back a guess could be worse than giving back nothing.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        // Far above what the longest values make, and low enough that a hostile text costs nothing.
        const LIMIT: usize = 256 * 1024;
        if text.len() > LIMIT {
            return Err("it is too long");
        }
        let mut parts = text.split(',');
        if parts.next() != Some("1") {
            return Err("it does not start with 1,");
        }
        let mut kept: Vec<(&'static Variable, String)> = Vec::new();
        for part in parts {
            let (name, value) = part.split_once('=').ok_or("one of its values is missing")?;
            let variable = VARIABLES
                .iter()
                .find(|v| v.name == name && v.restored)
                .ok_or("it names a variable that no session replaces")?;
            if kept.iter().any(|(known, _)| known.name == name) {
                return Err("it names a variable twice");
            }
            kept.push((variable, decode(value).ok_or("one of its values is damaged")?));
        }
        Ok(Self(kept))
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(variable, _)| variable.name == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a byte stands as it is.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./:@-".contains(&byte)
}

/// Undoes `%XX`; `None` for a broken escape, a byte that is escaped and need not be or the other way round, or a value that is
/// not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                let upper = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
                let written = |b: &u8| upper && *b != 0 && !is_bare(*b);
                bytes.push(u8::from_str_radix(digits, 16).ok().filter(written)?);
            }
            b if is_bare(b) => bytes.push(b),
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
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
    fn without_a_session_the_view_is_the_environment() {
        let c = env(&[("AWS_PROFILE", "a"), ("AWS_REGION", ""), ("AWS_ACCESS_KEY_ID", "AKIA")]);
        assert_eq!(c.own("AWS_PROFILE"), Some("a"));
        assert_eq!((c.own("AWS_REGION"), c.var("AWS_REGION")), (Some(""), None));
        assert!(c.held().unwrap().is_none());
        assert!(c.own_keys().is_err(), "a half pair");
    }

    #[test]
    fn a_session_hides_itself_and_shows_what_it_replaced() {
        let c = held(&[
            ("ASSUME_ENV_RESTORE", "1,AWS_DEFAULT_REGION=eu,AWS_PROFILE=base"),
            ("ASSUME_ENV_REGION", "session"),
            ("AWS_REGION", "session"),
            ("AWS_DEFAULT_REGION", "session"),
            ("AWS_ACCOUNT_ID", "123456789012"),
        ]);
        assert!(c.held().unwrap().is_some());
        assert_eq!(c.own("AWS_PROFILE"), Some("base"));
        assert_eq!((c.own("AWS_REGION"), c.own("AWS_DEFAULT_REGION")), (None, Some("eu")));
        assert_eq!(c.own("AWS_ACCOUNT_ID"), None);
        assert!(c.own_keys().unwrap().is_none() && !c.has_own_secrets());
    }

    #[test]
    fn a_region_that_the_session_left_alone_stays_the_users() {
        let c = held(&[("AWS_REGION", "mine")]);
        assert_eq!(c.own("AWS_REGION"), Some("mine"));
        assert!(!c.session_set_region("AWS_REGION"));
        // Nor is one that was exported since.
        let c = held(&[("ASSUME_ENV_REGION", "session"), ("AWS_REGION", "mine")]);
        assert_eq!(c.own("AWS_REGION"), Some("mine"));
    }

    #[test]
    fn a_profile_that_was_exported_during_the_session_is_newer_than_the_kept_one() {
        let c = held(&[("ASSUME_ENV_RESTORE", "1,AWS_PROFILE=old"), ("AWS_PROFILE", "new")]);
        assert_eq!(c.own("AWS_PROFILE"), Some("new"));
    }

    #[test]
    fn keys_that_were_changed_by_hand_end_the_session() {
        let c = env(&[
            ("AWS_ACCESS_KEY_ID", "AKIAOTHER"),
            ("AWS_SECRET_ACCESS_KEY", "fake"),
            ("ASSUME_ENV_KEY_ID", "ASIAFAKE"),
            ("ASSUME_ENV_RESTORE", "1,AWS_PROFILE=old"),
        ]);
        assert!(c.held().unwrap().is_none() && c.has_foreign_keys());
        assert_eq!(c.own("AWS_PROFILE"), Some("old"), "what was replaced can still be given back");
        assert_eq!(c.own_keys().unwrap().unwrap().id, "AKIAOTHER");
    }

    #[test]
    fn what_a_session_said_of_its_keys_is_not_said_of_others() {
        let labels = [
            ("AWS_ACCESS_KEY_ID", "AKIAOTHER"),
            ("AWS_SECRET_ACCESS_KEY", "fake"),
            ("ASSUME_ENV_KEY_ID", "ASIAFAKE"),
            ("ASSUME_ENV_ROLE_ARN", "arn:aws:iam::123456789012:role/r"),
            ("ASSUME_ENV_EXPIRES", "1795435994"),
        ];
        let with = |account, expiry| {
            let said = [("AWS_ACCOUNT_ID", account), ("AWS_CREDENTIAL_EXPIRATION", expiry)];
            env(&[&labels[..], &said].concat())
        };
        let stale = with("123456789012", "2026-11-23T12:13:14Z");
        assert_eq!((stale.own("AWS_ACCOUNT_ID"), stale.own("AWS_CREDENTIAL_EXPIRATION")), (None, None));
        let new = with("210987654321", "2027-01-01T00:00:00Z");
        assert!(new.own("AWS_ACCOUNT_ID").is_some() && new.own("AWS_CREDENTIAL_EXPIRATION").is_some());
    }

    #[test]
    fn a_session_of_which_a_part_is_gone_is_no_session() {
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
        assert_eq!(c.own("AWS_PROFILE"), Some("mine"), "it can still be given back");
    }

    #[test]
    fn a_label_that_was_exported_by_hand_is_nobodys_session() {
        let own =
            [("AWS_ACCESS_KEY_ID", "ASIA"), ("AWS_SECRET_ACCESS_KEY", "fake"), ("AWS_SESSION_TOKEN", "fake")];
        let c = env(&[&own[..], &[("ASSUME_ENV_PROFILE", "mine")]].concat());
        assert!(c.held().unwrap().is_none() && c.own_keys().unwrap().is_some());
    }

    /// A derived `Debug` would have shown the keys that stand in the environment.
    #[test]
    fn its_debug_form_shows_nothing() {
        let c = held(&[("AWS_SECURITY_TOKEN", "hunter2"), ("ASSUME_ENV_BASE", "hunter2")]);
        let shown = format!("{c:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("\"fake\""), "{shown}");
    }

    #[test]
    fn restore_round_trips() {
        let c = env(&[("AWS_PROFILE", "a b,=%'é\n"), ("AWS_REGION", "eu-west-1"), ("AWS_ROLE_ARN", "")]);
        let restore = Restore::of(&c, true);
        let text = restore.encode();
        assert_eq!(text, "1,AWS_REGION=eu-west-1,AWS_PROFILE=a%20b%2C%3D%25%27%C3%A9%0A,AWS_ROLE_ARN=");
        assert_eq!(Restore::parse(&text).unwrap(), restore);
        assert_eq!(Restore::of(&env(&[]), false).encode(), "1");
    }

    #[test]
    fn a_restore_that_we_did_not_write_is_refused() {
        for text in [
            "",
            "2,AWS_PROFILE=a",
            "1,PATH=/evil",
            "1,AWS_ACCESS_KEY_ID=x",
            "1,AWS_PROFILE",
            "1,AWS_PROFILE=%",
            "1,AWS_PROFILE=%0",
            "1,AWS_PROFILE=%zz",
            "1,AWS_PROFILE=%00",
            "1,AWS_PROFILE=%FF",
            "1,AWS_PROFILE=%41",
            "1,AWS_PROFILE=$(id)",
            "1,AWS_PROFILE=a,AWS_PROFILE=b",
            "1,",
        ] {
            assert!(Restore::parse(text).is_err(), "{text}");
        }
        assert!(Restore::parse(&format!("1,AWS_PROFILE={}", "a".repeat(1 << 20))).is_err());
    }

    #[test]
    fn the_expiry_of_keys_that_are_lost_is_not_kept() {
        let c = env(&[
            ("AWS_ACCESS_KEY_ID", "ASIA"),
            ("AWS_SECRET_ACCESS_KEY", "fake"),
            ("AWS_CREDENTIAL_EXPIRATION", "2026-01-01T00:00:00Z"),
            ("AWS_PROFILE", "a"),
        ]);
        assert_eq!(Restore::of(&c, false).encode(), "1,AWS_PROFILE=a");
    }
}
