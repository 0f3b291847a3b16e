//! Keys that were issued, and what for: to whom they belong, for how long, and what narrows or marks them.
//! [`World`](super::World) makes the keys; the services say what a session is good for.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::clock;
use super::role::RoleArn;

/// Whose permissions a request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A user, by its ARN.
    User(String),
    /// A role, by its ARN.
    Role(String),
}

/// Keys that the server has issued, and what for.
#[derive(Clone)]
pub struct Session {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    pub expires: OffsetDateTime,
    pub grant: Grant,
}

impl Session {
    /// The expiry as the answer gave it: `2026-11-23T12:13:14Z`.
    pub fn expiration(&self) -> String {
        clock::extended(self.expires)
    }
}

/// What a session was issued for.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The key id that signed the request for it, or what took a signature's place.
    pub issued_to: String,
    pub principal: Principal,
    /// The session's own ARN; a GetSessionToken session has its user's.
    pub arn: String,
    pub account: String,
    pub user_id: String,
    /// Seconds.
    pub duration: i64,
    /// True only for GetSessionToken with a code: AWS does not hand it on to a role's session.
    pub mfa: bool,
    pub source_identity: Option<String>,
    /// The tags asked for and the inherited ones.
    pub tags: BTreeMap<String, String>,
    pub transitive_keys: BTreeSet<String>,
    /// The session policy as sent. It is checked and kept, not evaluated.
    pub policy: Option<String>,
    pub policy_arns: Vec<String>,
}

impl Grant {
    /// A session of a role with nothing special about it.
    pub(super) fn of_role(role_arn: &str, session_name: &str, duration: i64, issued_to: &str) -> Self {
        let role = RoleArn::parse(role_arn).unwrap_or_else(|| panic!("no role ARN: {role_arn}"));
        let (partition, account, name) = (role.partition, role.account, role.name());
        Self {
            issued_to: issued_to.into(),
            principal: Principal::Role(role_arn.into()),
            arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session_name}"),
            account: account.into(),
            user_id: format!("{}:{session_name}", role.id()),
            duration,
            mfa: false,
            source_identity: None,
            tags: BTreeMap::new(),
            transitive_keys: BTreeSet::new(),
            policy: None,
            policy_arns: Vec::new(),
        }
    }
}
