//! Describing the session that the environment holds, from the environment alone; and, if it came from IAM Identity
//! Center, its login, from the files of the AWS CLI. Files that cannot be used are no obstacle: the session is described
//! without a login.

use crate::common::text;
use serde_json::json;

use crate::acquire::reuse::NotReusable;
use crate::acquire::sign_in::LoginState;
use crate::cli::Verbosity;
use crate::commands::held_warnings;
use crate::commands::planned::with_config;
use crate::common::clock;
use crate::common::duration::human;
use crate::common::report::Report;
use crate::common::text::clean;
use crate::env::Environment;
use crate::env::HeldSession;
use crate::plan::login_plan::login_of_held;
use crate::sys::{stderr, stdout};

/// Prints the description. The exit status is 0 while time is left, and at least `min_ttl` seconds of it; else 1.
///
/// # Errors
/// A held session that is damaged; a full standard output.
pub(super) fn run(
    env: &Environment,
    min_ttl: Option<i64>,
    json: bool,
    verbosity: Verbosity,
) -> Result<u8, Report> {
    let Some(held) = env.held()? else {
        if json {
            stdout::write(NONE)?;
        }
        if !verbosity.quiet {
            let none = Report::new(NotReusable::none_held(env).to_string());
            return Err(none.hint("to begin one: assume-env ROLE; the profiles: assume-env --list"));
        }
        return Ok(1);
    };
    let status = Status::of(held, clock::now());
    let warnings = held_warnings::of(env, held);
    let login = match json || !verbosity.quiet {
        true => with_config(env, |config, context| Ok(login_of_held(env, config, context)?)).ok().flatten(),
        false => None,
    };
    let login = login.as_ref().map(LoginState::stored);
    match (json, verbosity.quiet) {
        (true, _) => stdout::print(&status.json(login.as_ref(), &warnings))?,
        (false, false) => {
            stdout::print(&status.table(login.as_ref()))?;
            for warning in &warnings {
                stderr::print(&Report::new(warning).message());
            }
        }
        (false, true) => {}
    }
    Ok(u8::from(!status.suffices(min_ttl)))
}

/// The answer of `--status`.
#[derive(Debug)]
struct Status<'a> {
    held: &'a HeldSession,
    /// The seconds that are left, if that is known; negative when the session has expired.
    left: Option<i64>,
}

impl<'a> Status<'a> {
    /// `now` is in epoch seconds (UTC).
    fn of(held: &'a HeldSession, now: i64) -> Self {
        Self { held, left: held.expires.map(|expires| expires.unix_timestamp() - now) }
    }

    /// Whether time is left, and at least `min_ttl` seconds of it. An unknown expiry does not satisfy `min_ttl`.
    fn suffices(&self, min_ttl: Option<i64>) -> bool {
        match self.left {
            Some(left) => left > 0 && left >= min_ttl.unwrap_or(0),
            None => min_ttl.is_none(),
        }
    }

    /// For a person.
    fn table(&self, login: Option<&LoginState<'_>>) -> String {
        let held = self.held;
        let until = || held.expires.map(|e| clock::local_with_offset(e.unix_timestamp())).unwrap_or_default();
        let time = match self.left {
            Some(left) if left > 0 => format!("{} left, until {}", human(left), until()),
            Some(left) => format!("expired {} ago, at {}", human(-left), until()),
            None => "unknown: the credential source does not report an expiry".to_owned(),
        };
        let mut rows = vec![("profile", held.role_as_typed.clone())];
        rows.extend(held.assumed.as_ref().map(|was| ("role", was.role.to_string())));
        rows.extend(held.known_account().map(|account| ("account", account.to_owned())));
        rows.extend(held.assumed.as_ref().map(|was| ("session", was.session_name.clone())));
        rows.push(("time", time));
        if let Some(how) = &held.narrowed {
            rows.push(("restricted", how.clone()));
        }
        rows.extend(login.map(|login| ("login", login.words())));
        rows.into_iter().map(|(name, value)| format!("{name:<11}{}\n", clean(&value))).collect()
    }

    /// For a program.
    fn json(&self, login: Option<&LoginState<'_>>, warnings: &[String]) -> String {
        let held = self.held;
        let status = json!({
            "profile": held.role_as_typed,
            "role_arn": held.assumed.as_ref().map(|was| was.role.as_str()),
            "account": held.known_account(),
            "session_name": held.assumed.as_ref().map(|was| was.session_name.as_str()),
            "narrowed": held.narrowed,
            "expires": held.expires.map(|expires| clock::utc(expires.unix_timestamp())),
            "seconds_left": self.left.map(|left| left.max(0)),
            "login": login.map(LoginState::json),
            "warnings": warnings,
        });
        text::json(&status)
    }
}

/// The JSON document when there is no session.
const NONE: &str = "null\n";
