//! Whether the keys of a plan can be renewed, decided before anything is asked.

use crate::common::duration::LONGEST_CHAINED;
use crate::common::origin::Origin;
use crate::mfa::CodeSource;
use crate::plan::source::Source;
use crate::plan::{Hop, Plan};
use crate::refresh::error::{Error, NotRenewable};
use crate::session::Session;

/// Checks that the source of a plan can be asked again without a person, at least while an MFA session lasts.
///
/// # Errors
/// [`Error::NotRenewable`].
pub(crate) fn check(plan: &Plan) -> Result<(), Error> {
    match reason(plan) {
        Some(why) => Err(Error::NotRenewable { role: plan.role_as_typed.clone(), why }),
        None => Ok(()),
    }
}

/// Checks that new keys say when they expire, because the SDKs need a time.
///
/// # Errors
/// [`Error::NotRenewable`].
pub(crate) fn check_expiry(plan: &Plan, session: &Session) -> Result<(), Error> {
    match session.expires {
        Some(_) => Ok(()),
        None => Err(Error::NotRenewable {
            role: plan.role_as_typed.clone(),
            why: NotRenewable::NoExpiry { source: plan.source.to_string() },
        }),
    }
}

/// The MFA device whose code a person types, if the role needs one.
pub(crate) fn device(plan: &Plan) -> Option<&str> {
    let mfa = plan.mfa().filter(|mfa| !matches!(mfa.code, CodeSource::Process(_)))?;
    Some(&mfa.serial.value)
}

fn reason(plan: &Plan) -> Option<NotRenewable> {
    match &plan.source {
        Source::Environment(keys) if keys.temporary() => {
            return Some(NotRenewable::TemporaryKeysOfEnvironment);
        }
        Source::Held { label, .. } => return Some(NotRenewable::HeldSession { label: label.clone() }),
        Source::Profile { name, keys } if keys.value.temporary() && plan.hops.is_empty() => {
            return Some(NotRenewable::TemporaryKeysOfProfile { profile: name.clone() });
        }
        _ => {}
    }
    // With an MFA session, a role needs no code.
    let _ = device(plan).filter(|_| plan.mfa_session.is_none())?;
    let first = plan.hops.first()?;
    Some(match first {
        Hop::Session(_) => NotRenewable::CodeForUserSession,
        Hop::Role(_) if first.life() > LONGEST_CHAINED => NotRenewable::CodeForLongSession {
            length: first.duration().map(|length| length.value.to_string()).unwrap_or_default(),
            origin: first.duration().map_or(Origin::Default, |length| length.origin.clone()),
        },
        Hop::Role(_) => NotRenewable::CodeForUnknownKeys { source: plan.source.to_string() },
    })
}
