//! What a person is told when a session begins: who, which account, until when. Never a key.

use crate::caller::Caller;
use crate::clock;
use crate::duration::human;
use crate::plan::Plan;
use crate::session::Session;
use crate::source::Source;

/// The summary of a new session; `now` is in epoch seconds (UTC).
pub fn of(session: &Session, plan: &Plan, caller: &Caller, reused: bool, printed: bool, now: i64) -> String {
    let expires = session.expires.unix_timestamp();
    let left = match expires - now {
        left if left > 0 => format!("in {}", human(left)),
        gone => format!("{} ago by this clock, which must be off", human(-gone)),
    };
    let mut text = format!(
        "assume-env: {} is {} in account {}\n  until {} ({left})\n",
        session.label,
        session.arn,
        session.account,
        clock::local_with_offset(expires),
    );
    if reused {
        text.push_str("  the session that this environment held already; --fresh gets a new one\n");
    } else if let Source::Held { label, .. } = &plan.source {
        text.push_str(&format!("  chained: assumed with the session {label} that this environment held\n"));
    }
    if printed && caller.has_own_secrets() {
        text.push_str(
            "  the keys that stood in the environment are replaced, and --clear will not bring them back\n",
        );
    }
    text
}
