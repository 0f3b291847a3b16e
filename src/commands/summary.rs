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
use crate::refresh::environment::Hidden;
use crate::session::Session;
use crate::sys::stderr;

/// What gets the session.
pub(super) enum Receiver<'a> {
    /// The calling shell.
    Shell,
    /// A command.
    Command,
    /// A command whose keys renew themselves.
    Renewed {
        /// Whether a person types MFA codes.
        with_code: bool,
        /// What the command does not read.
        hidden: &'a Hidden,
    },
}

/// Prints the summary where a person can read it, or when each step is to be printed.
pub(super) fn print(
    acquired: &Acquired,
    plan: &Plan,
    env: &Environment,
    receiver: &Receiver<'_>,
    verbosity: Verbosity,
) {
    if !verbosity.quiet && (verbosity.verbose || stderr::is_terminal()) {
        stderr::print(&text(acquired, plan, env, receiver, clock::now()));
    }
}

/// The summary of a session; `now` is in epoch seconds (UTC).
fn text(got: &Acquired, plan: &Plan, env: &Environment, receiver: &Receiver<'_>, now: i64) -> String {
    let printed = matches!(receiver, Receiver::Shell);
    let Acquired { session, reused, mfa_session, .. } = got;
    let mut text = format!("assume-env: {} {}", session.role_as_typed, whose(session, plan));
    // The words of a role of IAM Identity Center name its account.
    let is_named = session.arn.is_none() && matches!(plan.source, Source::Sso(_));
    if let Some(account) = session.account.as_ref().filter(|_| !is_named) {
        text.push_str(&format!(" in account {account}"));
    }
    text.push_str(&match receiver {
        Receiver::Shell | Receiver::Command => until(session, now),
        Receiver::Renewed { with_code, hidden } => {
            let lines = hidden.lines().into_iter().map(|line| clean(&format!("  {line}")) + "\n");
            renewed_until(got, *with_code, now) + &lines.collect::<String>()
        }
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
        // Not a shell keeps it, but the helper.
        _ if matches!(receiver, Receiver::Renewed { .. }) => {}
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
    let is_config_hidden = matches!(receiver, Receiver::Renewed { hidden, .. } if hidden.config.is_some());
    let applies = |setting: &&LeftOutSetting| {
        setting.changes_whom && !(is_config_hidden && setting.why == LeftOutBecause::OfDefault)
    };
    for setting in plan.settings.left_out.iter().filter(applies) {
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

/// When the keys expire.
fn until(session: &Session, now: i64) -> String {
    match session.expires.map(|expires| expires.unix_timestamp()) {
        Some(expires) => {
            let left = match expires - now {
                left if left > 0 => format!("in {}", human(left)),
                gone => format!("{} ago by this clock, which must be wrong", human(-gone)),
            };
            format!("\n  until {} ({left})\n", clock::local_with_offset(expires))
        }
        None => "\n  expiry unknown: the credential source does not report one\n".to_owned(),
    }
}

/// How long keys renew themselves.
fn renewed_until(got: &Acquired, with_code: bool, now: i64) -> String {
    match &got.mfa_session {
        MfaSessionOutcome::New(base) | MfaSessionOutcome::Used(base) => {
            let until_code = renews_itself(Some(base.expires.unix_timestamp()), now);
            format!("\n{until_code}: assume-env --renew\n")
        }
        _ if with_code => format!(
            "{}  it cannot be renewed without another MFA code (assume-env --renew): STS refused an MFA session (GetSessionToken)\n",
            until(&got.session, now)
        ),
        _ => format!("\n{}\n", renews_itself(None, now)),
    }
}

/// How long keys renew themselves: until a code is needed at this time, in epoch seconds, or while the command runs.
pub(super) fn renews_itself(code_needed_at: Option<i64>, now: i64) -> String {
    match code_needed_at {
        Some(at) => format!(
            "  renews itself until {} (in {}), then an MFA code is needed",
            clock::local_with_offset(at),
            human((at - now).max(0))
        ),
        None => "  renews itself while the command runs".to_owned(),
    }
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
