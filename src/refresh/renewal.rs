//! One renewal: the files are read and the plan is made again, as for the first session, and no person is asked.
//!
//! The renewed keys must be of the same identity. The words of a failure go into the answer of the server and into `--status`,
//! never to the terminal, which belongs to the command.

use crate::acquire::planned::with_plan_again;
use crate::acquire::reuse::{NotReusable, Reuse};
use crate::acquire::{self, Acquired, Acquirer, MfaSessionOutcome, PromptMode};
use crate::aws::providers;
use crate::aws::service::ServiceError;
use crate::aws::sts;
use crate::cli::{SessionArgs, Verbosity};
use crate::common::clock;
use crate::common::credentials::Secret;
use crate::common::mfa_session::MfaSession;
use crate::common::redact;
use crate::common::report::{Diagnostic, Report};
use crate::common::text::clean;
use crate::config;
use crate::env::{self, Environment};
use crate::mfa::CodeSource;
use crate::plan::{self, Plan};
use crate::refresh::keys::{Identity, ServedKeys};
use crate::refresh::state::Failure;

/// The messages of a renewal: none.
const SILENT: Verbosity = Verbosity { quiet: true, verbose: false };

/// What a renewal starts from: the same as the first session.
pub(super) struct Job<'a> {
    /// The environment of the caller.
    pub env: &'a Environment,
    /// The command line of the caller, without an MFA code.
    pub args: &'a SessionArgs,
    /// The session name if nothing else names one: the name of the machine can change.
    pub default_name: &'a str,
    /// Whose keys the first ones were.
    pub identity: Identity,
}

/// Renewed keys, and the MFA session that they were made with.
pub(super) struct Renewed {
    /// The keys.
    pub keys: ServedKeys,
    /// The MFA session, if there is one.
    pub mfa_session: Option<MfaSession>,
}

/// Why there are no new keys.
#[derive(Debug)]
enum Error {
    Config(config::error::Error),
    Plan(plan::error::Error),
    Acquire(Box<acquire::error::Error>),
    /// The new keys are of another identity.
    OtherIdentity {
        first: Identity,
        now: Identity,
    },
    /// The new keys have no expiry.
    NoExpiry,
}

impl From<config::error::Error> for Error {
    fn from(error: config::error::Error) -> Self {
        Self::Config(error)
    }
}

impl From<plan::error::Error> for Error {
    fn from(error: plan::error::Error) -> Self {
        Self::Plan(error)
    }
}

impl From<acquire::error::Error> for Error {
    fn from(error: acquire::error::Error) -> Self {
        Self::Acquire(Box::new(error))
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::Config(error) => error.report(),
            Self::Plan(error) => error.report(),
            Self::Acquire(error) => error.report(),
            Self::OtherIdentity { first, now } => Report::new(format!(
                "the renewed keys are of {} and not of {}, so they are not used",
                now.words(),
                first.words()
            ))
            .hint("start the command again, if the role has changed on purpose"),
            Self::NoExpiry => Report::new("the renewed keys have no expiry, so they are not used")
                .hint("start the command again without --refresh"),
        }
    }
}

impl Error {
    /// Whether a person must do something first; otherwise, another attempt can succeed.
    fn needs_person(&self) -> bool {
        use acquire::error::Error as Acquire;
        match self {
            Self::Config(_) | Self::Plan(_) | Self::OtherIdentity { .. } | Self::NoExpiry => true,
            Self::Acquire(error) => match &**error {
                Acquire::Net(_) | Acquire::NoRuntime { .. } => false,
                Acquire::Service(error) => is_refusal(error),
                Acquire::Sts(sts::error::Error::Service(error)) => is_refusal(error),
                Acquire::Sts(sts::error::Error::Refused(refusal)) => !refusal.is_throttled(),
                Acquire::Provider(error) => of_provider(error),
                Acquire::Sts(_)
                | Acquire::Plan(_)
                | Acquire::Mfa(_)
                | Acquire::CodeNeeded { .. }
                | Acquire::SignIn(_)
                | Acquire::NoSuchAccount { .. }
                | Acquire::SeveralAccounts { .. }
                | Acquire::Federation(_)
                | Acquire::NotRemoved { .. } => true,
            },
        }
    }
}

/// Whether the source gives no credentials until a person does something.
fn of_provider(error: &providers::error::Error) -> bool {
    use providers::error::Error as Provider;
    match error {
        Provider::Service(error) => is_refusal(error),
        // A container, an instance or a program can be right again at the next attempt.
        Provider::Net(_)
        | Provider::Container { .. }
        | Provider::Instance { .. }
        | Provider::Process { .. } => false,
        Provider::SsoToken { .. }
        | Provider::SsoRefused(_)
        | Provider::TokenFile { .. }
        | Provider::OldAwsCli { .. }
        | Provider::ProcessCallsItself { .. }
        | Provider::KeysOfRoleReplaced { .. }
        | Provider::ProfileLeadsElsewhere { .. }
        | Provider::KeysOfProfileReplaced { .. } => true,
    }
}

/// Whether a service answers, and refuses.
fn is_refusal(error: &ServiceError) -> bool {
    matches!(error, ServiceError::ActionRefused { .. })
}

/// Makes a new session. `mfa_session` is used instead of a code; with a `code`, a new one is made.
///
/// # Errors
/// The failure, in words for the command and for `--status`.
pub(super) fn renew(
    job: &Job<'_>,
    mfa_session: Option<&MfaSession>,
    code: Option<Secret>,
    jitter: u8,
) -> Result<Renewed, Failure> {
    let kept = mfa_session.filter(|_| code.is_none());
    let with_code = code.map(|code| {
        let mut args = job.args.clone();
        args.mfa_token = Some(CodeSource::Code(code));
        args
    });
    let args = with_code.as_ref().unwrap_or(job.args);
    redact::learn_later(env::learn_secrets);
    let outcome = with_plan_again(job.env, args, job.default_name, kept, |plan| acquire(job, plan))
        .and_then(|acquired| checked(job, acquired, jitter))
        .map_err(|error| {
            let report = error.report();
            let hint = report.hints.first().map(|hint| format!("; {hint}")).unwrap_or_default();
            Failure {
                needs_person: error.needs_person(),
                message: clean(&redact::shown(&format!("assume-env: {}{hint}", report.headline))),
                since: clock::now(),
            }
        });
    // What messages must not show is kept until here, with the texts of the files.
    redact::forget();
    outcome
}

fn acquire(job: &Job<'_>, plan: &Plan) -> Result<Acquired, Error> {
    let acquirer = Acquirer {
        plan,
        env: job.env,
        prompt: PromptMode::Never,
        login: None,
        asks_s3: false,
        offers_sign_in: false,
        verbosity: SILENT,
    };
    Ok(acquirer.session(Reuse::No(NotReusable::Renewed))?)
}

fn checked(job: &Job<'_>, acquired: Acquired, jitter: u8) -> Result<Renewed, Error> {
    let now = Identity::of(&acquired.session);
    if now != job.identity {
        return Err(Error::OtherIdentity { first: job.identity.clone(), now });
    }
    let keys = ServedKeys::of(&acquired.session, acquired.ahead, jitter).ok_or(Error::NoExpiry)?;
    let mfa_session = match acquired.mfa_session {
        MfaSessionOutcome::New(made) | MfaSessionOutcome::Used(made) => Some(made),
        MfaSessionOutcome::None | MfaSessionOutcome::Dropped => None,
    };
    Ok(Renewed { keys, mfa_session })
}
