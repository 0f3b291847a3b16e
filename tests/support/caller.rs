//! Who sent a request, and may the server believe it? The checks that every action shares, in the
//! order of the services: the header's form, its scope, what it covers, the clock, the key, the
//! signature, the session token, the session's end, the region. Each service words them its way.

use time::{Duration, OffsetDateTime};

use super::clock;
use super::http::Request;
use super::session::{Principal, Session};
use super::sigv4::{self, Authorization};
use super::world::World;

/// A request's sender, proven by its signature.
#[derive(Clone)]
pub struct Caller {
    pub key_id: String,
    pub arn: String,
    pub account: String,
    pub user_id: String,
    pub principal: Principal,
    /// The session whose keys signed, unless they were a user's long-lived ones.
    pub session: Option<Session>,
}

impl Caller {
    /// Whether a trust policy's principal means this caller: a user, a role by any of its
    /// sessions, one session, or a whole account.
    pub fn is(&self, trusted: &str) -> bool {
        let (Principal::User(arn) | Principal::Role(arn)) = &self.principal;
        let partition = arn.split(':').nth(1).unwrap_or("aws");
        let root = format!("arn:{partition}:iam::{}:root", self.account);
        trusted == arn || trusted == self.arn || trusted == root
    }
}

/// Why a request is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    Unsigned,
    /// The Authorization header lacks a part.
    Malformed(String),
    /// The credential scope names another day, place or service.
    Scope(String),
    /// Too little is covered by the signature.
    Uncovered,
    /// The client's clock is over 15 minutes off.
    Skewed(String),
    UnknownKey,
    WrongSignature,
    /// The body is not the one that `x-amz-content-sha256` speaks of.
    WrongBodyHash,
    WrongToken,
    Expired,
    /// The region is switched off for this account.
    RegionDisabled(String),
}

/// The scope's region and the key id, as far as they can be read, for the log.
pub fn claimed(request: &Request) -> Option<Authorization> {
    Authorization::parse(request.header("authorization")?).ok()
}

/// Runs all checks for a service (`sts` or `s3`).
pub fn identify(world: &World, request: &Request, service: &str) -> Result<Caller, Rejected> {
    let header = request.header("authorization").ok_or(Rejected::Unsigned)?;
    let claim = Authorization::parse(header).map_err(Rejected::Malformed)?;
    let time = signing_time(request)?;
    check_scope(&claim, time, service)?;
    if !claim.covers(request) {
        return Err(Rejected::Uncovered);
    }
    check_clock(time, world.now())?;
    let key = Key::find(world, &claim)?;
    if !claim.matches(request, key.secret) {
        return Err(Rejected::WrongSignature);
    }
    if service == "s3" {
        check_body_hash(request)?;
    }
    let token = request.header("x-amz-security-token");
    let issued = key.caller.session.as_ref();
    if token != issued.map(|session| session.session_token.as_str()) {
        return Err(Rejected::WrongToken);
    }
    if issued.is_some_and(|session| session.expires <= world.now()) {
        return Err(Rejected::Expired);
    }
    // S3 has no such switch; a region's STS has.
    if service == "sts" && world.region_disabled(&claim.region) {
        return Err(Rejected::RegionDisabled(key.caller.account));
    }
    Ok(key.caller)
}

fn signing_time(request: &Request) -> Result<OffsetDateTime, Rejected> {
    let missing = || Rejected::Malformed("Authorization header requires 'X-Amz-Date'.".into());
    let text = request.header("x-amz-date").ok_or_else(missing)?;
    clock::parse_basic(text).ok_or_else(|| {
        Rejected::Malformed("Date must be in ISO-8601 'basic format', such as YYYYMMDDTHHMMSSZ.".into())
    })
}

fn check_scope(claim: &Authorization, time: OffsetDateTime, service: &str) -> Result<(), Rejected> {
    let stamp = clock::basic(time);
    let day = &stamp[..8];
    if claim.date != day {
        return Err(Rejected::Scope(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{}' != '{day}', from '{stamp}'.",
            claim.date
        )));
    }
    if !is_region(&claim.region) {
        return Err(Rejected::Scope(format!(
            "Credential should be scoped to a valid region, not '{}'.",
            claim.region
        )));
    }
    if claim.service != service {
        return Err(Rejected::Scope(format!("Credential should be scoped to correct service: '{service}'.")));
    }
    Ok(())
}

/// `us-east-1`, `us-gov-west-1`, but not `aws-global`, which is no region to sign for.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else {
        return false;
    };
    words.len() >= 2
        && words.iter().all(|word| !word.is_empty())
        && words.concat().bytes().all(|byte| byte.is_ascii_lowercase())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_clock(signed: OffsetDateTime, now: OffsetDateTime) -> Result<(), Rejected> {
    let allowed = Duration::minutes(15);
    let (then, here) = (clock::basic(signed), clock::basic(now));
    if signed < now - allowed {
        let edge = clock::basic(now - allowed);
        return Err(Rejected::Skewed(format!(
            "Signature expired: {then} is now earlier than {edge} ({here} - 15 min.)"
        )));
    }
    if signed > now + allowed {
        let edge = clock::basic(now + allowed);
        return Err(Rejected::Skewed(format!(
            "Signature not yet current: {then} is still later than {edge} ({here} + 15 min.)"
        )));
    }
    Ok(())
}

fn check_body_hash(request: &Request) -> Result<(), Rejected> {
    let claimed = request.header("x-amz-content-sha256");
    match claimed == Some(sigv4::body_hash(&request.body).as_str()) {
        true => Ok(()),
        false => Err(Rejected::WrongBodyHash),
    }
}

/// The key that a request names, with its owner.
struct Key<'a> {
    secret: &'a str,
    caller: Caller,
}

impl<'a> Key<'a> {
    /// Finds the key; another partition's regions do not know it.
    fn find(world: &'a World, claim: &Authorization) -> Result<Self, Rejected> {
        let key = Self::of_user(world, &claim.key_id)
            .or_else(|| Self::of_session(world, &claim.key_id))
            .ok_or(Rejected::UnknownKey)?;
        let partition = key.caller.arn.split(':').nth(1);
        match partition == Some(partition_of(&claim.region)) {
            true => Ok(key),
            false => Err(Rejected::UnknownKey),
        }
    }

    fn of_user(world: &'a World, key_id: &str) -> Option<Self> {
        let user = world.key_owner(key_id)?;
        Some(Self {
            secret: user.secret(),
            caller: Caller {
                key_id: key_id.into(),
                arn: user.arn(),
                account: user.account().into(),
                user_id: user.id(),
                principal: Principal::User(user.arn()),
                session: None,
            },
        })
    }

    fn of_session(world: &'a World, key_id: &str) -> Option<Self> {
        let session = world.session(key_id)?;
        let grant = &session.grant;
        Some(Self {
            secret: &session.secret_access_key,
            caller: Caller {
                key_id: key_id.into(),
                arn: grant.arn.clone(),
                account: grant.account.clone(),
                user_id: grant.user_id.clone(),
                principal: grant.principal.clone(),
                session: Some(session.clone()),
            },
        })
    }
}

fn partition_of(region: &str) -> &'static str {
    let prefixes = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    prefixes.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}
