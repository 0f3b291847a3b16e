//! The one table of environment variables that a session sets, unsets and restores.

use crate::common::credentials::Secret;

/// What a variable is to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A part of the keys.
    Key,
    /// Says something about the keys; a session sets its own.
    Described,
    /// A region: set only when a flag or the role's profile names one.
    Region,
    /// One of our own labels (`ASSUME_ENV_*`).
    Label,
    /// Would fight the keys or lie about them: unset while a session is held.
    Conflict,
}

/// A variable of the one list.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is to a session.
    pub group: Group,
    /// Whether the value that a session replaces is kept and given back. Secrets never are.
    pub restored: bool,
    /// Whether its value means nothing without the keys that stood beside it.
    pub dies_with_keys: bool,
}

const fn variable(name: &'static str, group: Group) -> Variable {
    let restored = matches!(group, Group::Described | Group::Region | Group::Conflict);
    Variable { name, group, restored, dies_with_keys: false }
}

const fn secret(name: &'static str, group: Group) -> Variable {
    Variable { name, group, restored: false, dies_with_keys: false }
}

const fn expiry(name: &'static str, group: Group) -> Variable {
    Variable { name, group, restored: true, dies_with_keys: true }
}

/// Every variable that a session touches, in the order in which texts list them.
pub const VARIABLES: &[Variable] = &[
    secret("AWS_ACCESS_KEY_ID", Group::Key),
    secret("AWS_SECRET_ACCESS_KEY", Group::Key),
    secret("AWS_SESSION_TOKEN", Group::Key),
    expiry("AWS_CREDENTIAL_EXPIRATION", Group::Described),
    variable("AWS_ACCOUNT_ID", Group::Described),
    variable("AWS_REGION", Group::Region),
    variable("AWS_DEFAULT_REGION", Group::Region),
    variable("ASSUME_ENV_PROFILE", Group::Label),
    variable("ASSUME_ENV_ROLE_ARN", Group::Label),
    variable("ASSUME_ENV_SESSION", Group::Label),
    variable("ASSUME_ENV_SOURCE", Group::Label),
    variable("ASSUME_ENV_REGION", Group::Label),
    variable("ASSUME_ENV_EXPIRES", Group::Label),
    variable("ASSUME_ENV_KEY_ID", Group::Label),
    variable("ASSUME_ENV_NARROWED", Group::Label),
    variable("ASSUME_ENV_RESTORE", Group::Label),
    variable("AWS_PROFILE", Group::Conflict),
    variable("AWS_DEFAULT_PROFILE", Group::Conflict),
    secret("AWS_SECURITY_TOKEN", Group::Conflict),
    variable("AWS_CREDENTIAL_FILE", Group::Conflict),
    variable("AWS_WEB_IDENTITY_TOKEN_FILE", Group::Conflict),
    variable("AWS_ROLE_ARN", Group::Conflict),
    variable("AWS_ROLE_SESSION_NAME", Group::Conflict),
    expiry("AWS_SESSION_EXPIRATION", Group::Conflict),
];

/// What happens to one variable.
#[derive(Debug)]
pub enum EnvChange {
    /// It gets this value.
    Set(&'static str, Secret),
    /// It goes away.
    Unset(&'static str),
}

impl EnvChange {
    /// The variable's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Set(name, _) | Self::Unset(name) => name,
        }
    }
}
