//! The session that the environment holds, read from its labels (`ASSUME_ENV_*`) and its keys.
//!
//! The labels may be damaged, exported by hand, or belong to keys that were replaced since. A session is held
//! only if every part of it exists and the labels belong to the keys; no missing part is guessed.

use std::ops::Deref;

use time::OffsetDateTime;

use crate::common::arn::{AssumedRole, RoleArn};
use crate::common::credentials::{KeyFault, Keys, Secret, TemporaryKeys};
use crate::common::names::is_session_name;
use crate::common::source_id::SourceId;
use crate::common::variables::{Group, VARIABLES};
use crate::env::raw::RawVariables;

/// What the labels say about a session: enough to make it again, and no secret.
#[derive(Debug, PartialEq, Eq)]
pub struct SessionLabels {
    /// The role as it was typed (`ASSUME_ENV_PROFILE`).
    pub role_as_typed: String,
    /// The role that was assumed; `None` for a profile without a role.
    pub assumed: Option<AssumedRole>,
    /// How the session is restricted or tagged (`ASSUME_ENV_NARROWED`), if it is.
    pub narrowed: Option<String>,
    /// The region that the session set.
    pub region: Option<String>,
    /// The source of a role that was assumed by its ARN (`ASSUME_ENV_SOURCE`).
    pub source: Option<String>,
    /// What it was made from (`ASSUME_ENV_SOURCE_ID`); `None` for a session of an older version.
    pub source_id: Option<SourceId>,
    /// The account in `AWS_ACCOUNT_ID`.
    pub account: Option<String>,
}

/// What the name of an `sso-session` follows in `ASSUME_ENV_SOURCE`. No profile has such a name in the AWS CLI's
/// documentation, and no source that is not in a profile has it either.
const SSO_SESSION: &str = ":sso:";

/// The value of `ASSUME_ENV_SOURCE` for a role of IAM Identity Center that is named by this `sso-session`.
pub(crate) fn sso_label(session: &str) -> String {
    format!("{SSO_SESSION}{session}")
}

/// The session that the environment holds.
#[derive(Debug)]
pub struct HeldSession {
    /// What it is.
    pub labels: SessionLabels,
    /// The expiry of the keys, in whole seconds, UTC; `None` if their source does not report one.
    pub expires: Option<OffsetDateTime>,
    /// The keys.
    pub keys: TemporaryKeys,
}

impl Deref for HeldSession {
    type Target = SessionLabels;

    fn deref(&self) -> &SessionLabels {
        &self.labels
    }
}

impl SessionLabels {
    /// Reads the labels; `value` gives the one of a name. The error is the variable that is missing or wrong.
    pub(super) fn read<'a>(value: impl Fn(&'static str) -> Option<&'a str>) -> Result<Self, &'static str> {
        let role_as_typed = value("ASSUME_ENV_PROFILE").ok_or("ASSUME_ENV_PROFILE")?.to_owned();
        let owned = |name| value(name).map(str::to_owned);
        Ok(Self {
            role_as_typed,
            assumed: read_assumed(value("ASSUME_ENV_ROLE_ARN"), value("ASSUME_ENV_SESSION"))?,
            narrowed: owned("ASSUME_ENV_NARROWED"),
            region: owned("ASSUME_ENV_REGION"),
            source: owned("ASSUME_ENV_SOURCE"),
            source_id: value("ASSUME_ENV_SOURCE_ID").and_then(SourceId::parse),
            account: owned("AWS_ACCOUNT_ID"),
        })
    }

    /// The names and values from which [`SessionLabels::read`] makes these labels.
    pub(super) fn values(&self) -> Vec<(&'static str, String)> {
        let assumed = self.assumed.as_ref();
        let values = [
            ("ASSUME_ENV_PROFILE", Some(self.role_as_typed.clone())),
            ("ASSUME_ENV_ROLE_ARN", assumed.map(|assumed| assumed.role.to_string())),
            ("ASSUME_ENV_SESSION", assumed.map(|assumed| assumed.session_name.clone())),
            ("ASSUME_ENV_NARROWED", self.narrowed.clone()),
            ("ASSUME_ENV_REGION", self.region.clone()),
            ("ASSUME_ENV_SOURCE", self.source.clone()),
            ("ASSUME_ENV_SOURCE_ID", self.source_id.as_ref().map(ToString::to_string)),
            ("AWS_ACCOUNT_ID", self.account.clone()),
        ];
        values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The `sso-session` that the role was named by, if it is a role of IAM Identity Center without a profile.
    pub fn sso_session(&self) -> Option<&str> {
        self.source.as_deref()?.strip_prefix(SSO_SESSION)
    }

    /// Whether it was made from another source than this one, if both are known.
    pub fn is_of_other_source(&self, source: Option<&SourceId>) -> bool {
        matches!((&self.source_id, source), (Some(held), Some(source)) if held != source)
    }

    /// The account of the role; without a role, the one in `AWS_ACCOUNT_ID`.
    pub fn known_account(&self) -> Option<&str> {
        self.assumed.as_ref().map(|assumed| assumed.role.account()).or(self.account.as_deref())
    }
}

/// What the labels say about the keys.
#[derive(Debug)]
pub(super) enum SessionState {
    /// Without labels, everything is the user's own.
    NoLabels,
    /// The labels belong to other keys, or to none. The keys are the user's own.
    OtherKeys,
    /// The environment holds a session.
    Held(Box<HeldSession>),
    /// The environment has no keys, but the address of keys that renew themselves.
    Refreshed,
    /// The rest of a session of which this variable was changed or unset by hand. It can still be cleared.
    Damaged(&'static str),
}

impl SessionState {
    /// Reads the labels and the keys.
    pub(super) fn of(raw: &RawVariables) -> Self {
        let Some(label_id) = raw.filled("ASSUME_ENV_KEY_ID") else { return without_key_id(raw) };
        match raw.filled("AWS_ACCESS_KEY_ID") {
            // All three were unset on purpose: no session, not a damaged one.
            None if ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
                .iter()
                .all(|name| raw.filled(name).is_none()) =>
            {
                Self::OtherKeys
            }
            None => Self::Damaged("AWS_ACCESS_KEY_ID"),
            Some(id) if id == label_id => match read(raw, id) {
                Ok(held) => Self::Held(Box::new(held)),
                Err(damaged) => Self::Damaged(damaged),
            },
            Some(_) => Self::OtherKeys,
        }
    }
}

/// The state of labels without `ASSUME_ENV_KEY_ID`, which names their keys: a damaged session if they name a
/// role and there are temporary keys that they can belong to. A label without keys is not a session.
fn without_key_id(raw: &RawVariables) -> SessionState {
    let mut labels = VARIABLES.iter().filter(|variable| variable.group == Group::Label);
    let has = |name: &str| raw.filled(name).is_some();
    if has("AWS_SESSION_TOKEN") && (has("ASSUME_ENV_ROLE_ARN") || has("ASSUME_ENV_RESTORE")) {
        SessionState::Damaged("ASSUME_ENV_KEY_ID")
    } else if labels.any(|label| has(label.name)) {
        SessionState::OtherKeys
    } else {
        SessionState::NoLabels
    }
}

/// Reads the session. The error is the variable that is missing or was changed.
fn read(raw: &RawVariables, id: &str) -> Result<HeldSession, &'static str> {
    let need = |name: &'static str| raw.filled(name).ok_or(name);
    let secret = |name| need(name).map(|text| Secret::wiped(text.to_owned()));
    need("ASSUME_ENV_RESTORE")?;
    let keys = TemporaryKeys {
        id: id.to_owned(),
        secret: secret("AWS_SECRET_ACCESS_KEY")?,
        token: secret("AWS_SESSION_TOKEN")?,
    };
    match Keys::from(keys.clone()).fault() {
        // The label says that the id and the token are of one session: services that imitate AWS give ids of long-lived keys
        // to temporary ones (moto, for GetSessionToken).
        None | Some(KeyFault::TokenOfOtherKeys) => {}
        Some(_) => return Err("one of its keys"),
    }
    Ok(HeldSession {
        labels: SessionLabels::read(|name| raw.filled(name))?,
        expires: read_expiry(raw)?,
        keys,
    })
}

/// The role and the session name: both, or neither.
fn read_assumed(role: Option<&str>, name: Option<&str>) -> Result<Option<AssumedRole>, &'static str> {
    const ROLE: &str = "ASSUME_ENV_ROLE_ARN";
    const NAME: &str = "ASSUME_ENV_SESSION";
    let (role, name) = match (role, name) {
        (None, None) => return Ok(None),
        (Some(role), Some(name)) => (role, name),
        (Some(_), None) => return Err(NAME),
        (None, Some(_)) => return Err(ROLE),
    };
    let role = RoleArn::parse(role).map_err(|_| ROLE)?;
    if !is_session_name(name) {
        return Err(NAME);
    }
    Ok(Some(AssumedRole { role, session_name: name.to_owned() }))
}

/// The expiry: in both of its variables, or in neither.
fn read_expiry(raw: &RawVariables) -> Result<Option<OffsetDateTime>, &'static str> {
    const LABEL: &str = "ASSUME_ENV_EXPIRES";
    let Some(text) = raw.filled(LABEL) else {
        let is_described = raw.filled("AWS_CREDENTIAL_EXPIRATION").is_some();
        return if is_described || raw.filled("ASSUME_ENV_ROLE_ARN").is_some() {
            Err(LABEL)
        } else {
            Ok(None)
        };
    };
    let is_digits = text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_digits);
    seconds.and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok()).map(Some).ok_or(LABEL)
}
