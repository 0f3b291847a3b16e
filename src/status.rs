//! What session this environment holds, from the environment alone.

use serde_json::json;

use crate::caller::Held;
use crate::clock;
use crate::duration::human;
use crate::tty::clean;

/// The answer of `--status`.
#[derive(Debug)]
pub struct Status<'a> {
    held: &'a Held,
    left: i64,
}

impl<'a> Status<'a> {
    /// `now` is in epoch seconds (UTC).
    pub fn of(held: &'a Held, now: i64) -> Self {
        Self { held, left: held.expires.unix_timestamp() - now }
    }

    /// Whether time is left, and at least `min_ttl` seconds of it.
    pub fn suffices(&self, min_ttl: Option<i64>) -> bool {
        self.left > 0 && self.left >= min_ttl.unwrap_or(0)
    }

    /// The seconds that are left; negative when the session has expired.
    pub fn left(&self) -> i64 {
        self.left
    }

    /// For a person.
    pub fn table(&self) -> String {
        let held = self.held;
        let until = clock::local_with_offset(held.expires.unix_timestamp());
        let time = match self.left {
            left if left > 0 => format!("{} left, until {until}", human(left)),
            left => format!("expired {} ago, at {until}", human(-left)),
        };
        let mut rows = vec![
            ("profile", held.label.clone()),
            ("role", held.role.to_string()),
            ("account", held.role.account().to_owned()),
            ("session", held.session_name.clone()),
            ("time", time),
        ];
        if let Some(how) = &held.narrowed {
            rows.push(("narrowed", how.clone()));
        }
        rows.into_iter().map(|(name, value)| format!("{name:<10}{}\n", clean(&value))).collect()
    }

    /// For a program.
    pub fn json(&self) -> String {
        let held = self.held;
        let status = json!({
            "profile": held.label,
            "role_arn": held.role.as_str(),
            "account": held.role.account(),
            "session_name": held.session_name,
            "narrowed": held.narrowed,
            "expires": clock::utc(held.expires.unix_timestamp()),
            "seconds_left": self.left.max(0),
        });
        format!("{status:#}\n")
    }
}

/// What `--status --json` says when there is no session.
pub const NONE: &str = "null\n";
