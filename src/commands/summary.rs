//! The summary on standard error when a session begins: identity, account, expiry. Never a key.

use crate::acquire::{Acquired, MfaSessionOutcome};
use crate::cli::Verbosity;
use crate::common::clock;
use crate::common::duration::human;
use crate::common::mfa_session::MfaSession;
use crate::common::origin::Located;
use crate::common::text::clean;
use crate::env::Environment;
use crate::plan::source::Source;
use crate::plan::{Hop, LeftOutBecause, LeftOutSetting, PassedSetting, Plan};
use crate::session::Session;
use crate::sys::stderr;

/// Prints the summary where a person can read it, or when each step is to be printed. `printed` says that the session goes into
/// the calling shell.
pub(super) fn print(
    acquired: &Acquired,
    plan: &Plan,
    env: &Environment,
    printed: bool,
    verbosity: Verbosity,
) {
    if !verbosity.quiet && (verbosity.verbose || stderr::is_terminal()) {
        stderr::print(&text(acquired, plan, env, printed, clock::now()));
    }
}

/// The summary of a session; `now` is in epoch seconds (UTC).
fn text(got: &Acquired, plan: &Plan, env: &Environment, printed: bool, now: i64) -> String {
    let Acquired { session, reused, mfa_session } = got;
    let mut text = format!("assume-env: {} {}", session.role_as_typed, whose(session, plan));
    if let Some(account) = &session.account {
        text.push_str(&format!(" in account {account}"));
    }
    text.push_str(&match session.expires.map(|expires| expires.unix_timestamp()) {
        Some(expires) => {
            let left = match expires - now {
                left if left > 0 => format!("in {}", human(left)),
                gone => format!("{} ago by this clock, which must be wrong", human(-gone)),
            };
            format!("\n  until {} ({left})\n", clock::local_with_offset(expires))
        }
        None => "\n  expiry unknown: the credential source does not report one\n".to_owned(),
    });
    if let (Some(Hop::Session(hop)), false) = (plan.hops.last(), *reused)
        && hop.mfa.is_none()
        && !hop.only_for_long_lived
    {
        text.push_str(
            "  without an MFA code: IAM refuses these keys, and STS accepts them only for AssumeRole and GetCallerIdentity\n",
        );
    }
    if *reused {
        text.push_str("  reused the session that this environment holds; --fresh gets a new one\n");
    } else if let Source::Held { label, .. } = &plan.source {
        text.push_str(&format!("  chained: assumed with the session {label} of this environment\n"));
    }
    let until = |base: &MfaSession| clock::local_with_offset(base.expires.unix_timestamp());
    match mfa_session {
        MfaSessionOutcome::New(base) => text.push_str(&format!(
            "  this shell keeps the MFA session until {}: the next role needs no code\n",
            until(base)
        )),
        MfaSessionOutcome::Used(base) => text.push_str(&format!(
            "  no code was needed: this shell keeps an MFA session until {}\n",
            until(base)
        )),
        MfaSessionOutcome::None | MfaSessionOutcome::Dropped => {}
    }
    let settings: Vec<String> = plan.settings.passed.iter().filter_map(PassedSetting::summary).collect();
    if printed && !settings.is_empty() {
        let settings = clean(&settings.join(", "));
        text.push_str(&format!("  for every AWS tool in this shell, until --clear: {settings}\n"));
    }
    for setting in plan.settings.left_out.iter().filter(|setting| setting.changes_whom) {
        let LeftOutSetting { key: Located { value: key, origin }, why, .. } = setting;
        let words = match why {
            LeftOutBecause::NoVariable => "is not passed on: AWS tools have no variable for it",
            LeftOutBecause::OfDefault => "of [default] applies to commands",
        };
        text.push_str(&clean(&format!("  {key} ({origin}) {words}")));
        text.push('\n');
    }
    if printed && env.has_own_secrets() {
        text.push_str(
            "  the keys that were in the environment are replaced, and --clear does not restore them\n",
        );
    }
    text
}

/// The session's ARN, or where the keys come from that have none.
fn whose(session: &Session, plan: &Plan) -> String {
    match (&session.arn, plan.hops.last()) {
        (Some(arn), _) => format!("is {arn}"),
        (None, Some(Hop::Session(hop))) if !hop.only_for_long_lived => {
            format!("is a session of {}", plan.source)
        }
        (None, _) => format!("has {}", plan.source),
    }
}
