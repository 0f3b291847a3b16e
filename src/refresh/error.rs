//! Why keys cannot renew themselves.

use crate::common::origin::Origin;
use crate::common::report::{Diagnostic, Report};

/// Keys that cannot renew themselves, or a helper that does not answer.
#[derive(Debug)]
pub(crate) enum Error {
    /// The helper cannot be started.
    NoHelper {
        /// What the system does not give.
        what: &'static str,
        /// What the system says.
        why: std::io::Error,
    },
    /// The source cannot be asked again.
    NotRenewable {
        /// The role as typed.
        role: String,
        /// Why.
        why: NotRenewable,
    },
    /// This environment has no keys that renew themselves.
    NotRefreshed,
    /// The helper does not answer.
    NoAnswer {
        /// Its address.
        url: String,
        /// What went wrong.
        why: String,
    },
    /// The helper refuses, or cannot renew.
    Refused {
        /// Its message.
        message: String,
    },
}

/// Why a source cannot be asked again.
#[derive(Debug)]
pub(crate) enum NotRenewable {
    /// The keys in the environment are temporary.
    TemporaryKeysOfEnvironment,
    /// The source is the session that the environment holds.
    HeldSession {
        /// The role of that session as typed.
        label: String,
    },
    /// The profile has temporary keys, whose expiry is not known.
    TemporaryKeysOfProfile {
        /// The profile.
        profile: String,
    },
    /// The source does not report an expiry.
    NoExpiry {
        /// The source.
        source: String,
    },
    /// A session of a user that needs a code each time.
    CodeForUserSession,
    /// A role that needs a code each time, because it lasts longer than an MFA session can give.
    CodeForLongSession {
        /// The length, as a person reads it.
        length: String,
        /// What asks for it.
        origin: Origin,
    },
    /// A role that needs a code each time, because the keys of the source are not known before.
    CodeForUnknownKeys {
        /// The source.
        source: String,
    },
}

impl NotRenewable {
    /// The reason, and what to do.
    fn words(&self) -> (String, &'static str) {
        const NAME_SOURCE: &str =
            "name a source that can be asked again: --source-profile NAME, or a profile with source_profile";
        const WITHOUT: &str = "leave out --refresh: then the command gets keys that do not renew themselves";
        match self {
            Self::TemporaryKeysOfEnvironment => {
                ("the keys in the environment are temporary, and nothing gives new ones".into(), NAME_SOURCE)
            }
            Self::HeldSession { label } => (
                format!("it would be assumed with the session {label} of this environment, which ends"),
                NAME_SOURCE,
            ),
            Self::TemporaryKeysOfProfile { profile } => (
                format!(
                    "the keys of profile {profile} are temporary, and the file does not say when they expire"
                ),
                WITHOUT,
            ),
            Self::NoExpiry { source } => (format!("{source} does not report when its keys expire"), WITHOUT),
            Self::CodeForUserSession => {
                ("a session of a user with an MFA device needs a code each time".into(), WITHOUT)
            }
            Self::CodeForLongSession { length, origin } => (
                format!(
                    "a session of {length} ({origin}) needs an MFA code each time; one of an hour or less is renewed without"
                ),
                "give --duration 1h: the keys are renewed for as long as the command runs",
            ),
            Self::CodeForUnknownKeys { source } => {
                (format!("the role needs an MFA code each time, because its source is {source}"), WITHOUT)
            }
        }
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::NoHelper { what, why } => {
                Report::new(format!("cannot start the helper that renews the keys: the system does not give {what}: {why}"))
                    .hint("end other programs, or raise the limits (ulimit -u, ulimit -n); without --refresh there is no helper")
            }
            Self::NotRenewable { role, why } => {
                let (why, hint) = why.words();
                Report::new(format!("the keys of {role} cannot renew themselves: {why}")).hint(hint)
            }
            Self::NotRefreshed => Report::new("there is nothing to renew: this environment holds no session")
                .hint("for a session: assume-env ROLE")
                .hint("for keys that renew themselves: assume-env --refresh ROLE -- COMMAND"),
            Self::NoAnswer { url, why } => {
                Report::new(format!("the helper that renews the keys does not answer at {url}: {why}"))
                    .hint("its process has ended: leave this shell and start it again with assume-env --refresh")
            }
            Self::Refused { message } => {
                let (headline, hint) = message.split_once("; ").unwrap_or((message, ""));
                let report = Report::new(headline.strip_prefix("assume-env: ").unwrap_or(headline));
                if hint.is_empty() { report } else { report.hint(hint) }
            }
        }
    }
}
