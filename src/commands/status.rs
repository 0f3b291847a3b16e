//! Describing the session that the environment holds, from the environment alone; and, for a role of IAM Identity
//! Center, its login, from the files of the AWS CLI. Files that cannot be used are no obstacle: the session is described
//! without a login.

use crate::common::text;
use serde_json::{Value, json};

use crate::acquire::planned::with_config;
use crate::acquire::reuse::NotReusable;
use crate::acquire::sign_in::LoginState;
use crate::cli::Verbosity;
use crate::commands::held_warnings;
use crate::common::clock;
use crate::common::duration::human;
use crate::common::report::Report;
use crate::common::text::clean;
use crate::env::Environment;
use crate::env::{HeldSession, Restore};
use crate::plan::login_plan::login_of_held;
use crate::refresh::client;
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
    if let Some(set) = env.refreshed() {
        return refreshed(env, set, min_ttl, json, verbosity);
    }
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
    // A session without a role can be one of IAM Identity Center. For any other, no file is read.
    let login = match held.assumed.is_none() && (json || !verbosity.quiet) {
        true => with_config::<_, Report>(env, |config, context| Ok(login_of_held(env, config, context)?))
            .ok()
            .flatten(),
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

/// Describes keys that renew themselves, which the helper is asked about. `set` is what was set for them.
fn refreshed(
    env: &Environment,
    set: &Restore,
    min_ttl: Option<i64>,
    json: bool,
    verbosity: Verbosity,
) -> Result<u8, Report> {
    let answer = client::status(env);
    let status = RefreshStatus { set, answer: answer.as_ref().ok(), now: clock::now() };
    match (json, verbosity.quiet) {
        (true, _) => stdout::write(&status.json())?,
        (false, false) => stdout::write(&status.table())?,
        (false, true) => {}
    }
    let suffices = status.suffices(min_ttl);
    answer?;
    Ok(u8::from(!suffices))
}

/// The answer of `--status` about keys that renew themselves.
struct RefreshStatus<'a> {
    set: &'a Restore,
    /// What the helper says.
    answer: Option<&'a Value>,
    /// Epoch seconds (UTC).
    now: i64,
}

impl RefreshStatus<'_> {
    /// The seconds until the keys end, or a person must do something; `None` if nothing ends them.
    fn left(&self) -> Option<i64> {
        let Some(answer) = self.answer else { return Some(0) };
        let left = answer["seconds_left"].as_i64().unwrap_or(0);
        if left <= 0 || !answer["failure"].is_null() || answer["runs"] != true {
            return Some(left);
        }
        Some(self.time("code_needed_at")? - self.now)
    }

    fn time(&self, name: &str) -> Option<i64> {
        let text = self.answer?[name].as_str()?;
        clock::parse(text).map(time::OffsetDateTime::unix_timestamp)
    }

    fn suffices(&self, min_ttl: Option<i64>) -> bool {
        self.left().is_none_or(|left| left > 0 && left >= min_ttl.unwrap_or(0))
    }

    /// For a person.
    fn table(&self) -> String {
        let value = |name| self.set.value(name).map(str::to_owned);
        let mut rows: Vec<(&str, String)> = Vec::new();
        for (row, name) in [
            ("profile", "ASSUME_ENV_PROFILE"),
            ("role", "ASSUME_ENV_ROLE_ARN"),
            ("account", "AWS_ACCOUNT_ID"),
            ("session", "ASSUME_ENV_SESSION"),
        ] {
            rows.extend(value(name).map(|value| (row, value)));
        }
        let Some(answer) = self.answer else {
            rows.push(("time", "unknown: the helper that renews the keys has ended".to_owned()));
            return table(rows);
        };
        let until = self.time("expires").map(clock::local_with_offset);
        let keys = match (&until, answer["runs"] == true) {
            (Some(until), true) => format!("renews itself; the keys of now last until {until}"),
            (Some(until), false) => format!("the command has ended: the last keys, until {until}"),
            (None, _) => "expired".to_owned(),
        };
        rows.push(("time", keys));
        if let Some(at) = self.time("code_needed_at") {
            let at = clock::local_with_offset(at);
            rows.push(("code", format!("needed at {at}: assume-env --renew")));
        }
        if let (Some(message), Some(since)) = (
            answer["failure"]["message"].as_str(),
            answer["failure"]["since"].as_str().and_then(clock::parse),
        ) {
            let message = message.strip_prefix("assume-env: ").unwrap_or(message);
            let since = clock::local_with_offset(since.unix_timestamp());
            rows.push(("renewal", format!("fails since {since}: {message}")));
        }
        rows.extend(value("ASSUME_ENV_NARROWED").map(|how| ("restricted", how)));
        table(rows)
    }

    /// For a program.
    fn json(&self) -> String {
        let answer = |name: &str| self.answer.map(|answer| answer[name].clone());
        let status = json!({
            "profile": self.set.value("ASSUME_ENV_PROFILE"),
            "role_arn": self.set.value("ASSUME_ENV_ROLE_ARN"),
            "account": self.set.value("AWS_ACCOUNT_ID"),
            "session_name": self.set.value("ASSUME_ENV_SESSION"),
            "narrowed": self.set.value("ASSUME_ENV_NARROWED"),
            "expires": answer("expires"),
            "seconds_left": answer("seconds_left").unwrap_or(json!(0)),
            "refresh": {
                "answers": self.answer.is_some(),
                "runs": answer("runs"),
                "code_needed_at": answer("code_needed_at"),
                "failure": answer("failure"),
            },
            "warnings": [],
        });
        text::json(&status)
    }
}

fn table(rows: Vec<(&str, String)>) -> String {
    rows.into_iter().map(|(name, value)| format!("{name:<11}{}\n", clean(&value))).collect()
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
        table(rows)
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
