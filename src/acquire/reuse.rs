//! Whether the session that the environment holds is the very one that the plan leads to, and long enough: then nothing is
//! asked of AWS, and no code of a person.

use std::fmt;

use crate::cli::session_args::SessionArgs;
use crate::common::arn::Assumed;
use crate::common::duration::human;
use crate::env::{Environment, Held};
use crate::error::Error;
use crate::plan::{Hop, Plan, ROLE_LIFE};
use crate::session::Session;

/// The longest rest of a session that is asked for by default, in seconds.
const ENOUGH: i64 = 15 * 60;

/// By how much a session may outlast what is asked for, in seconds: the clock of STS need not be that of this machine.
const CLOCKS_APART: i64 = 60;

/// Why the held session is not used again.
#[derive(Debug, PartialEq, Eq)]
pub enum NotReusable {
    /// The environment holds none.
    NothingHeld,
    /// The labels stand beside other keys.
    OtherKeys,
    /// `--fresh`.
    Fresh,
    /// The role was left out, which means: renew it.
    Renewed,
    /// It is a session of another role, or of none.
    OtherRole(String),
    /// It is of another source, or of one that has changed since.
    OtherSource,
    /// It must be of a certain account, and nobody knows its own.
    UnknownAccount,
    /// A flag asks for something that the held session was not made with.
    Flag(&'static str),
    /// Nobody knows how long it lasts.
    UnknownExpiry,
    /// It has another name.
    OtherName(String),
    /// It is narrowed in another way than was asked for.
    Narrowed(Option<String>),
    /// The account beside its keys is not that of its role.
    OtherAccount(String),
    /// More of it is left than is asked for, in seconds: whoever names a length means no more.
    TooLong { left: i64, wanted: i64 },
    /// Too little of it is left, in seconds.
    TooShort { left: i64, wanted: i64 },
}

impl NotReusable {
    /// Why no session is held where none is.
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
                f.write_str("the keys that are held are of another source, or it has changed since")
            }
            Self::UnknownAccount => f.write_str("nobody knows the account of the keys that are held"),
            Self::Flag(flag) => write!(f, "{flag} asks for a new one"),
            Self::UnknownExpiry => f.write_str("nobody said how long the keys that are held last"),
            Self::OtherName(name) => write!(f, "the session that is held is named {name}"),
            Self::Narrowed(Some(how)) => {
                write!(f, "the session that is held is narrowed in another way ({how})")
            }
            Self::Narrowed(None) => f.write_str("the session that is held is not narrowed"),
            Self::OtherAccount(account) => {
                write!(f, "AWS_ACCOUNT_ID is {account}, which is not the account of the session")
            }
            Self::TooLong { left, wanted } => {
                write!(f, "{} of it are left, and --duration asks for {}", human(*left), human(*wanted))
            }
            Self::TooShort { left, .. } if *left <= 0 => write!(f, "it expired {} ago", human(-left)),
            Self::TooShort { left, wanted } => {
                write!(f, "only {} of it are left, and {} are wanted", human(*left), human(*wanted))
            }
        }
    }
}

/// The held session, when it can be used again. `renews` says that a role that is left out means to renew the held one.
/// `now` is in epoch seconds (UTC).
///
/// # Errors
/// A held session that is damaged.
pub fn decide(
    args: &SessionArgs,
    renews: bool,
    plan: &Plan,
    env: &Environment,
    now: i64,
) -> Result<Result<Session, NotReusable>, Error> {
    let Some(held) = env.held()? else {
        return Ok(Err(NotReusable::none_held(env)));
    };
    Ok(match obstacle(args, renews, plan, held, now) {
        Some(why) => Err(why),
        None => Ok(session(plan, held)),
    })
}

fn obstacle(args: &SessionArgs, renews: bool, plan: &Plan, held: &Held, now: i64) -> Option<NotReusable> {
    if args.fresh {
        return Some(NotReusable::Fresh);
    }
    if renews && args.role.is_none() {
        return Some(NotReusable::Renewed);
    }
    match (plan.role(), &held.assumed) {
        (Some(hop), Some(was)) if was.role != hop.role.value => {
            return Some(NotReusable::OtherRole(was.role.to_string()));
        }
        (Some(hop), Some(was)) if was.session_name != hop.session_name.value => {
            return Some(NotReusable::OtherName(was.session_name.clone()));
        }
        // Whoever names a source means that one.
        (Some(_), Some(_)) if args.source_profile.is_some() && held.source != plan.identity() => {
            return Some(NotReusable::OtherSource);
        }
        (Some(_), Some(_)) => {}
        (None, None) if held.label == plan.label && held.source == plan.identity() => {}
        (None, None) if held.label == plan.label => return Some(NotReusable::OtherSource),
        _ => return Some(NotReusable::OtherRole(held.label.clone())),
    }
    if held.narrowed != plan.narrowing() {
        return Some(NotReusable::Narrowed(held.narrowed.clone()));
    }
    let expected = plan.expected_account.as_ref().map(|account| account.value.as_str());
    match (held.account.as_deref(), plan.account().or(expected)) {
        (Some(account), Some(wanted)) if account != wanted => {
            return Some(NotReusable::OtherAccount(account.to_owned()));
        }
        (None, Some(_)) if held.assumed.is_none() => return Some(NotReusable::UnknownAccount),
        _ => {}
    }
    // A code is typed for something new.
    if args.mfa_token.is_some() {
        return Some(NotReusable::Flag("--mfa-token"));
    }
    let Some(expires) = held.expires else { return Some(NotReusable::UnknownExpiry) };
    let life = plan.hops.last().map_or(ROLE_LIFE, Hop::life);
    let wanted = args.min_ttl.unwrap_or(ENOUGH.min(i64::from(life) / 4));
    let left = expires.unix_timestamp() - now;
    if let Some(length) = args.duration.map(|length| i64::from(length.seconds()))
        && left > length + CLOCKS_APART
    {
        return Some(NotReusable::TooLong { left, wanted: length });
    }
    (left <= 0 || left < wanted).then_some(NotReusable::TooShort { left, wanted })
}

/// The session once more, so that printing gives the whole text and running the whole environment.
fn session(plan: &Plan, held: &Held) -> Session {
    let arn = |was: &Assumed| was.role.session_arn(&was.session_name);
    Session {
        keys: held.keys.clone(),
        expires: held.expires,
        label: plan.label.clone(),
        arn: held.assumed.as_ref().map(arn),
        account: plan.account().map(str::to_owned).or_else(|| held.account.clone()),
        assumed: held.assumed.clone(),
        narrowed: held.narrowed.clone(),
        region: plan.region.as_ref().map(|region| region.value.clone()),
        source: plan.identity(),
    }
}
