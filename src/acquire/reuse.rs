//! Decides whether the session that the environment holds can be used again: it must be the session that the
//! plan leads to, and must be valid for long enough. Then AWS is not asked, and no MFA code is needed.

use std::fmt;

use crate::cli::session_args::SessionArgs;
use crate::common::arn::AssumedRole;
use crate::common::duration::human;
use crate::env::{self, Environment, HeldSession};
use crate::plan::{Hop, Plan, ROLE_LIFE};
use crate::session::Session;

/// The default of `--min-ttl` for a long session, in seconds. For a short one it is a quarter of its life.
const DEFAULT_MIN_TTL: i64 = 15 * 60;

/// How much longer a session may last than `--duration` asks for, in seconds: the clock of STS can differ
/// from that of this machine.
const CLOCK_TOLERANCE: i64 = 60;

/// What to do with the held session.
#[derive(Debug)]
pub enum Reuse {
    /// Use it again.
    Use(Box<Session>),
    /// Make a new session, for this reason.
    No(NotReusable),
}

/// Why the held session is not used again.
#[derive(Debug, PartialEq, Eq)]
pub enum NotReusable {
    /// The environment holds no session.
    NothingHeld,
    /// The environment has other keys than the session's.
    OtherKeys,
    /// `--fresh`.
    Fresh,
    /// No role is named, which means that the held one is renewed.
    Renewed,
    /// It is a session of another role, or without a role.
    OtherRole(String),
    /// It is from another source, or its source has changed.
    OtherSource,
    /// An account is expected, and the session's account is not known.
    UnknownAccount,
    /// A flag asks for a new session.
    Flag(&'static str),
    /// Its expiry is not known.
    UnknownExpiry,
    /// It has another session name.
    OtherName(String),
    /// It is restricted in another way: the fingerprint of its restriction, or none.
    OtherRestriction(Option<String>),
    /// `AWS_ACCOUNT_ID` is not the account of its role.
    OtherAccount(String),
    /// It lasts longer than `--duration` asks for; both in seconds.
    TooLong { left: i64, wanted: i64 },
    /// It does not last long enough; both in seconds.
    TooShort { left: i64, wanted: i64 },
}

impl NotReusable {
    /// The reason in an environment without a session.
    pub fn none_held(env: &Environment) -> Self {
        if env.has_foreign_keys() { Self::OtherKeys } else { Self::NothingHeld }
    }
}

impl fmt::Display for NotReusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingHeld => f.write_str("this environment holds no session"),
            Self::OtherKeys => f.write_str("the keys of this environment are not those of its session"),
            Self::Fresh => f.write_str("--fresh"),
            Self::Renewed => f.write_str("no role is named, so the held one is renewed"),
            Self::OtherRole(role) => write!(f, "this environment holds a session of {role}"),
            Self::OtherSource => {
                f.write_str("the held keys are from another source, or their source has changed")
            }
            Self::UnknownAccount => f.write_str("the account of the held keys is unknown"),
            Self::Flag(flag) => write!(f, "{flag} asks for a new one"),
            Self::UnknownExpiry => f.write_str("the expiry of the held keys is unknown"),
            Self::OtherName(name) => write!(f, "the held session is named {name}"),
            Self::OtherRestriction(Some(how)) => {
                write!(f, "the held session is restricted in another way ({how})")
            }
            Self::OtherRestriction(None) => f.write_str("the held session is not restricted"),
            Self::OtherAccount(account) => {
                write!(f, "AWS_ACCOUNT_ID is {account}, which is not the account of the session")
            }
            Self::TooLong { left, wanted } => write!(
                f,
                "the held session lasts {} more, and --duration asks for {}",
                human(*left),
                human(*wanted)
            ),
            Self::TooShort { left, .. } if *left <= 0 => {
                write!(f, "the held session expired {} ago", human(-left))
            }
            Self::TooShort { left, wanted } => write!(
                f,
                "the held session lasts only {} more, and must last {}",
                human(*left),
                human(*wanted)
            ),
        }
    }
}

/// Decides about the held session. `renews`: no named role means that the held one is renewed. `now` is in
/// epoch seconds (UTC).
///
/// # Errors
/// A held session that is damaged.
pub fn decide(
    args: &SessionArgs,
    renews: bool,
    plan: &Plan,
    env: &Environment,
    now: i64,
) -> Result<Reuse, env::error::Error> {
    let Some(held) = env.held()? else {
        return Ok(Reuse::No(NotReusable::none_held(env)));
    };
    Ok(match obstacle(args, renews, plan, held, now) {
        Some(why) => Reuse::No(why),
        None => Reuse::Use(Box::new(session(plan, held))),
    })
}

fn obstacle(
    args: &SessionArgs,
    renews: bool,
    plan: &Plan,
    held: &HeldSession,
    now: i64,
) -> Option<NotReusable> {
    if args.fresh {
        return Some(NotReusable::Fresh);
    }
    if renews && args.role.is_none() && !args.back {
        return Some(NotReusable::Renewed);
    }
    match (plan.role(), &held.assumed) {
        (Some(hop), Some(was)) if was.role != hop.role.value => {
            return Some(NotReusable::OtherRole(was.role.to_string()));
        }
        (Some(hop), Some(was)) if was.session_name != hop.session_name.value => {
            return Some(NotReusable::OtherName(was.session_name.clone()));
        }
        // A named source must be the session's source.
        (Some(_), Some(_)) if args.source_profile.is_some() && held.source != plan.source_label() => {
            return Some(NotReusable::OtherSource);
        }
        (Some(_), Some(_)) if held.is_of_other_source(plan.source_id().as_ref()) => {
            return Some(NotReusable::OtherSource);
        }
        (Some(_), Some(_)) => {}
        (None, None)
            if held.role_as_typed == plan.role_as_typed
                && held.source == plan.source_label()
                && !held.is_of_other_source(plan.source_id().as_ref()) => {}
        (None, None) if held.role_as_typed == plan.role_as_typed => return Some(NotReusable::OtherSource),
        _ => return Some(NotReusable::OtherRole(held.role_as_typed.clone())),
    }
    if held.narrowed != plan.restriction() {
        return Some(NotReusable::OtherRestriction(held.narrowed.clone()));
    }
    let expected = plan.expected_account.as_ref().map(|account| account.value.as_str());
    match (held.account.as_deref(), plan.account().or(expected)) {
        (Some(account), Some(wanted)) if account != wanted => {
            return Some(NotReusable::OtherAccount(account.to_owned()));
        }
        (None, Some(_)) if held.assumed.is_none() => return Some(NotReusable::UnknownAccount),
        _ => {}
    }
    // With --mfa-token, a new session is made.
    if args.mfa_token.is_some() {
        return Some(NotReusable::Flag("--mfa-token"));
    }
    let Some(expires) = held.expires else { return Some(NotReusable::UnknownExpiry) };
    let life = plan.hops.last().map_or(ROLE_LIFE, Hop::life);
    let wanted = args.min_ttl.unwrap_or(DEFAULT_MIN_TTL.min(i64::from(life) / 4));
    let left = expires.unix_timestamp() - now;
    if let Some(length) = args.duration.map(|length| i64::from(length.seconds()))
        && left > length + CLOCK_TOLERANCE
    {
        return Some(NotReusable::TooLong { left, wanted: length });
    }
    (left <= 0 || left < wanted).then_some(NotReusable::TooShort { left, wanted })
}

/// The held session, complete, so that printing and running give all of its variables again.
fn session(plan: &Plan, held: &HeldSession) -> Session {
    let arn = |was: &AssumedRole| was.role.session_arn(&was.session_name);
    Session {
        keys: held.keys.clone(),
        expires: held.expires,
        role_as_typed: plan.role_as_typed.clone(),
        arn: held.assumed.as_ref().map(arn),
        account: plan.named_account().map(str::to_owned).or_else(|| held.account.clone()),
        assumed: held.assumed.clone(),
        narrowed: held.narrowed.clone(),
        region: plan.region.as_ref().map(|region| region.value.clone()),
        source: plan.source_label(),
        source_id: held.source_id.clone(),
        settings: plan.session_settings(),
    }
}
