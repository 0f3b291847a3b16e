//! Who and what exists: users with their keys and MFA devices, roles with their trust, web identity tokens,
//! buckets, the servers' clock, and every session that was issued. Nothing here knows of HTTP.
//! Built with chained builders before the server starts; changed under its lock afterwards.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use super::role::{Role, unique_id};
use super::session::{Grant, Principal, Session};
use super::web_identity::WebToken;

/// Everything the server knows.
pub struct World {
    users: Vec<User>,
    roles: Vec<Role>,
    buckets: Vec<Bucket>,
    sessions: Vec<Session>,
    web_tokens: Vec<WebToken>,
    disabled_regions: BTreeSet<String>,
    clock_offset: Duration,
    page_size: usize,
    role_life: Option<i64>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// An empty world whose clock is right and whose bucket pages hold 1000 names.
    pub fn new() -> Self {
        Self {
            users: Vec::new(),
            roles: Vec::new(),
            buckets: Vec::new(),
            sessions: Vec::new(),
            web_tokens: Vec::new(),
            disabled_regions: BTreeSet::new(),
            clock_offset: Duration::ZERO,
            page_size: 1000,
            role_life: None,
        }
    }

    /// Adds a user.
    pub fn user(mut self, user: User) -> Self {
        self.put_user(user);
        self
    }

    /// Adds a role.
    pub fn role(mut self, role: Role) -> Self {
        self.put_role(role);
        self
    }

    /// Adds a bucket of us-east-1; `created` is like `2026-01-02T03:04:05Z`.
    pub fn bucket(self, name: &str, created: &str) -> Self {
        self.bucket_in("us-east-1", name, created)
    }

    /// Adds a bucket of another region.
    pub fn bucket_in(mut self, region: &str, name: &str, created: &str) -> Self {
        self.buckets.push(Bucket { name: name.into(), created: created.into(), region: region.into() });
        self.buckets.sort_by(|a, b| a.name.cmp(&b.name));
        self
    }

    /// Adds a token that the OpenID Connect provider has signed for a subject. It is good until
    /// [`World::expire_web_tokens`].
    pub fn web_token(mut self, text: &str, subject: &str) -> Self {
        self.web_tokens.push(WebToken { text: text.into(), subject: subject.into(), expires: None });
        self
    }

    /// Lets the server's clock differ from the real one by so many seconds.
    pub fn clock(mut self, offset_seconds: i64) -> Self {
        self.shift_clock(offset_seconds);
        self
    }

    /// The most buckets that one page of ListBuckets may hold.
    pub fn page_size(mut self, buckets: usize) -> Self {
        self.page_size = buckets;
        self
    }

    /// From now on sessions of roles last so many seconds, whatever is asked for. STS has no sessions that are that short.
    pub fn shorten_roles(&mut self, seconds: i64) {
        self.role_life = Some(seconds);
    }

    /// Switches STS off in a region.
    pub fn disable_region(mut self, region: &str) -> Self {
        self.disabled_regions.insert(region.into());
        self
    }

    /// Adds a user, or replaces the one with the same ARN.
    pub fn put_user(&mut self, user: User) {
        self.users.retain(|known| known.arn() != user.arn());
        self.users.push(user);
    }

    /// Adds a role, or replaces the one with the same ARN.
    pub fn put_role(&mut self, role: Role) {
        self.remove_role(&role.arn);
        self.roles.push(role);
    }

    /// Deletes a role; its sessions live on, as on AWS.
    pub fn remove_role(&mut self, arn: &str) {
        self.roles.retain(|role| role.arn != arn);
    }

    /// Moves the server's clock by so many seconds, on top of earlier moves.
    pub fn shift_clock(&mut self, seconds: i64) {
        self.clock_offset += Duration::seconds(seconds);
    }

    /// The server's time, in whole seconds.
    pub fn now(&self) -> OffsetDateTime {
        let now = OffsetDateTime::now_utc() + self.clock_offset;
        now.replace_nanosecond(0).unwrap_or(now)
    }

    /// Ends every session that was issued so far.
    pub fn expire_sessions(&mut self) {
        let past = self.now() - Duration::SECOND;
        for session in &mut self.sessions {
            session.expires = session.expires.min(past);
        }
    }

    /// Ends every web identity token there is so far.
    pub fn expire_web_tokens(&mut self) {
        let past = self.now() - Duration::SECOND;
        for token in &mut self.web_tokens {
            token.expires = Some(past);
        }
    }

    /// Every session issued, oldest first.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// The session that owns an access key id.
    pub fn session(&self, access_key_id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.access_key_id == access_key_id)
    }

    /// The user who owns a long-lived access key id.
    pub fn key_owner(&self, access_key_id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.access_key_id == access_key_id)
    }

    pub(super) fn find_role(&self, arn: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.arn == arn)
    }

    pub(super) fn find_web_token(&self, text: &str) -> Option<&WebToken> {
        self.web_tokens.iter().find(|token| token.text == text)
    }

    pub(super) fn region_disabled(&self, region: &str) -> bool {
        self.disabled_regions.contains(region)
    }

    pub(super) fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    pub(super) fn bucket_page_size(&self) -> usize {
        self.page_size
    }

    /// Uses up an MFA code of this user, or says why it cannot.
    pub(super) fn spend_mfa_code(
        &mut self,
        user_arn: &str,
        serial: &str,
        code: &str,
    ) -> Result<(), MfaFailure> {
        let device = self
            .users
            .iter_mut()
            .find(|user| user.arn() == user_arn)
            .and_then(|user| user.mfa.as_mut())
            .filter(|device| device.serial == serial)
            .ok_or(MfaFailure::UnknownDevice)?;
        let position =
            device.unused_codes.iter().position(|unused| unused == code).ok_or(MfaFailure::WrongCode)?;
        device.unused_codes.remove(position);
        Ok(())
    }

    /// Makes keys for a grant. They are the same in every run, and obviously not real.
    pub(super) fn issue(&mut self, grant: Grant) -> Session {
        let number = self.sessions.len() + 1;
        let of_role = matches!(grant.principal, Principal::Role(_));
        let duration = self.role_life.filter(|_| of_role).unwrap_or(grant.duration);
        let session = Session {
            access_key_id: format!("ASIATEST{number:0>12}"),
            secret_access_key: format!("TEST/secret+{number:0>20}/KEY+ab="),
            session_token: format!("TEST//token+{number:0>12}+{}==", "EXAMPLE/Session+Token=".repeat(14)),
            expires: self.now() + Duration::seconds(duration),
            grant,
        };
        self.sessions.push(session.clone());
        session
    }
}

/// An IAM user with one long-lived access key.
#[derive(Clone)]
pub struct User {
    partition: String,
    account: String,
    name: String,
    access_key_id: String,
    secret_access_key: String,
    mfa: Option<MfaDevice>,
}

impl User {
    /// A user of the partition `aws`, without an MFA device.
    pub fn new(account: &str, name: &str, access_key_id: &str, secret_access_key: &str) -> Self {
        Self {
            partition: "aws".into(),
            account: account.into(),
            name: name.into(),
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            mfa: None,
        }
    }

    /// Puts the user into another partition, such as `aws-cn`: only its regions know the key.
    pub fn partition(mut self, partition: &str) -> Self {
        self.partition = partition.into();
        self
    }

    /// Gives the user an MFA device. Each code is accepted once.
    pub fn mfa<C: Into<String>>(mut self, serial: &str, codes: impl IntoIterator<Item = C>) -> Self {
        self.mfa = Some(MfaDevice {
            serial: serial.into(),
            unused_codes: codes.into_iter().map(Into::into).collect(),
        });
        self
    }

    /// `arn:aws:iam::123456789012:user/base`
    pub fn arn(&self) -> String {
        let (partition, account, name) = (&self.partition, &self.account, &self.name);
        format!("arn:{partition}:iam::{account}:user/{name}")
    }

    /// The unique id behind the name.
    pub fn id(&self) -> String {
        unique_id("AIDATEST", &self.name)
    }

    pub(super) fn account(&self) -> &str {
        &self.account
    }

    pub(super) fn secret(&self) -> &str {
        &self.secret_access_key
    }
}

#[derive(Clone)]
struct MfaDevice {
    serial: String,
    unused_codes: Vec<String>,
}

pub(super) enum MfaFailure {
    UnknownDevice,
    WrongCode,
}

pub(super) struct Bucket {
    pub name: String,
    pub created: String,
    pub region: String,
}
