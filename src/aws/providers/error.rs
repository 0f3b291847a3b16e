//! Why a source gives no credentials.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::aws::service::ServiceError;
use crate::common::duration::human;
use crate::common::origin::{Located, Origin};
use crate::common::report::{Diagnostic, Report};
use crate::net::{self, NetError};
use crate::shell::Format;

/// A source that gives no credentials.
#[derive(Debug)]
pub(crate) enum Error {
    /// The token of IAM Identity Center cannot be used.
    SsoToken {
        /// The AWS CLI's token file.
        file: PathBuf,
        /// What names the role.
        origin: Origin,
        /// Why the token cannot be used.
        problem: SsoTokenProblem,
        /// The command line that logs in.
        login: String,
        /// Settings with which a login has no effect, one a line.
        slips: Vec<String>,
    },
    /// IAM Identity Center refuses the role.
    SsoRefused(Box<SsoRefusal>),
    /// The file of a web identity token cannot be used.
    TokenFile {
        /// The file.
        file: Located<PathBuf>,
        /// Why it cannot be used.
        problem: TokenFileProblem,
    },
    /// A program gives no credentials.
    Process {
        /// Which key of the profile asks for the program.
        kind: ProcessKind,
        /// The profile.
        profile: String,
        /// The line of the key.
        origin: Origin,
        /// What went wrong, in words that follow a colon.
        why: String,
    },
    /// The AWS CLI is too old for `login_session`.
    OldAwsCli {
        /// The profile.
        profile: String,
        /// The line of `login_session`.
        origin: Origin,
        /// The version that it reports.
        version: String,
    },
    /// A program calls this program for the profile whose credentials it must give.
    ProcessCallsItself {
        /// Which key of the profile asks for the program.
        kind: ProcessKind,
        /// The profile.
        profile: String,
        /// The line of the key.
        origin: Origin,
    },
    /// The held session replaced the keys with which its role was assumed.
    KeysOfRoleReplaced {
        /// The role's ARN.
        role: String,
    },
    /// The profile by which the held role was assumed leads elsewhere now.
    ProfileLeadsElsewhere {
        /// The held role's ARN.
        role: String,
        /// The profile.
        profile: String,
        /// Where it leads now.
        now: String,
        /// The line of its `role_arn`, or of its section.
        origin: Origin,
    },
    /// The held session replaced the keys that a profile takes from the environment.
    KeysOfProfileReplaced {
        /// The profile.
        profile: String,
        /// The line of its `credential_source`.
        origin: Origin,
    },
    /// The container (ECS, EKS Pod Identity) gives no credentials.
    Container {
        /// The variable that names the address.
        variable: &'static str,
        /// Why there are none.
        problem: ContainerProblem,
    },
    /// The instance metadata (EC2) gives no credentials.
    Instance {
        /// The address.
        endpoint: Located<String>,
        /// Why there are none.
        problem: InstanceProblem,
    },
    /// IAM Identity Center gives no usable answer.
    Service(ServiceError),
    /// No connection can be prepared.
    Net(net::error::Error),
}

/// A refusal of IAM Identity Center.
#[derive(Debug)]
pub(crate) struct SsoRefusal {
    /// The role's name.
    pub role: Located<String>,
    /// The twelve digits of the account.
    pub account: String,
    /// The error code.
    pub code: String,
    /// The message.
    pub message: String,
}

/// The key of a profile that asks for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProcessKind {
    /// `credential_process`: a program of the user's own.
    CredentialProcess,
    /// `login_session`: the AWS CLI is run.
    Login,
}

impl ProcessKind {
    /// The name of the key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::CredentialProcess => "credential_process",
            Self::Login => "login_session",
        }
    }
}

/// Why a token of IAM Identity Center cannot be used.
#[derive(Debug)]
pub enum SsoTokenProblem {
    /// The file does not exist.
    Missing,
    /// The file cannot be read.
    Unreadable(io::Error),
    /// The file is not one that the AWS CLI writes.
    NotAToken,
    /// The token has expired, so many seconds ago.
    Expired(i64),
    /// The token has expired, and the service does not refresh it.
    NotRefreshed(Box<NotRefreshed>),
    /// The portal does not accept the token.
    NotAccepted,
}

/// A token that has expired, and that the service does not refresh.
#[derive(Debug)]
pub struct NotRefreshed {
    /// How many seconds ago it expired.
    pub ago: i64,
    /// What the service says: the error code and the description.
    pub why: Option<String>,
}

impl SsoTokenProblem {
    /// Whether a new login gives a token that can be used.
    pub(crate) fn needs_login(&self) -> bool {
        match self {
            Self::Missing | Self::Expired(_) | Self::NotRefreshed(_) | Self::NotAccepted => true,
            // Another program may need what is there.
            Self::Unreadable(_) | Self::NotAToken => false,
        }
    }
}

/// The words follow "the token".
impl fmt::Display for SsoTokenProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("does not exist"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::NotAToken => f.write_str("is not a token file of the AWS CLI"),
            Self::Expired(ago) => write!(f, "expired {} ago", human(*ago)),
            Self::NotRefreshed(refusal) => {
                let NotRefreshed { ago, why } = &**refusal;
                write!(f, "expired {} ago and cannot be refreshed any more", human(*ago))?;
                why.as_ref().map_or(Ok(()), |why| write!(f, " ({why})"))
            }
            Self::NotAccepted => f.write_str("is not accepted any more"),
        }
    }
}

/// Why the file of a web identity token cannot be used.
#[derive(Debug)]
pub(crate) enum TokenFileProblem {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// The file contains something else.
    NotAToken,
}

impl fmt::Display for TokenFileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => why.fmt(f),
            Self::NotAToken => f.write_str("it does not contain a token"),
        }
    }
}

/// Why the container gives no credentials.
#[derive(Debug)]
pub(crate) enum ContainerProblem {
    /// The service answered with an error status.
    Status(u16),
    /// The service did not answer.
    NoAnswer {
        /// The limit of one attempt, in seconds.
        seconds: u64,
        /// Why there is no answer.
        why: NetError,
    },
    /// The address cannot be that of a container's credentials.
    Address,
    /// The file with the authorization token cannot be read.
    TokenFile(io::Error),
    /// The authorization token cannot be a header.
    NotAToken,
    /// The credentials cannot be used.
    Credentials(&'static str),
}

/// The words follow a colon.
impl fmt::Display for ContainerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "it answered with status {status}"),
            Self::TokenFile(why) => {
                write!(f, "cannot read the file that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names: {why}")
            }
            Self::NoAnswer { seconds, why } => no_answer(f, *seconds, why),
            Self::Address => f.write_str(
                "its address is neither https nor that of this machine, of ECS (169.254.170.2) or of EKS \
                 (169.254.170.23)",
            ),
            Self::NotAToken => {
                f.write_str("the authorization token is empty or has characters that no token has")
            }
            Self::Credentials(what) => f.write_str(what),
        }
    }
}

/// The words for a service that did not answer.
fn no_answer(f: &mut fmt::Formatter<'_>, seconds: u64, why: &NetError) -> fmt::Result {
    match why {
        NetError::ConnectTimeout | NetError::ReadTimeout => write!(f, "no answer within {seconds}s"),
        why => write!(f, "no answer: {why}"),
    }
}

/// Why the instance metadata gives no credentials.
#[derive(Debug)]
pub(crate) enum InstanceProblem {
    /// The service did not answer in time.
    NoAnswer {
        /// The limit of one attempt, in seconds.
        seconds: u64,
        /// Why there is no answer.
        why: NetError,
    },
    /// The service answers only requests with a token, and gives no token.
    TokenNeeded,
    /// The service gives no token, and this setting forbids requests without one.
    VersionOneDisabled(Origin),
    /// The instance has no role.
    NoRole,
    /// The answer is not the name of a role.
    NotARoleName,
    /// The service refuses this program, or is switched off.
    Forbidden,
    /// The service answered with another error status.
    Status(u16),
    /// The credentials cannot be used.
    Credentials(&'static str),
}

/// The words follow a colon.
impl fmt::Display for InstanceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer { seconds, why } => no_answer(f, *seconds, why),
            Self::TokenNeeded => {
                f.write_str("it answers only requests with a token (IMDSv2), and no token arrives here")
            }
            Self::VersionOneDisabled(origin) => write!(
                f,
                "no token (IMDSv2) arrives here, and {origin} forbids requests without one (IMDSv1)"
            ),
            Self::NoRole => f.write_str("the instance has no role"),
            Self::NotARoleName => f.write_str("its answer is not the name of a role"),
            Self::Forbidden => {
                f.write_str("it answered with status 403: it is switched off, or this program may not use it")
            }
            Self::Status(status) => write!(f, "it answered with status {status}"),
            Self::Credentials(what) => f.write_str(what),
        }
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<net::error::Error> for Error {
    fn from(error: net::error::Error) -> Self {
        Self::Net(error)
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::SsoToken { file, origin, problem, login, slips } => {
                let token = format!("the IAM Identity Center token {} ({origin}) {problem}", file.display());
                let report = slips.iter().fold(Report::new(token), |report, slip| report.hint(slip.as_str()));
                report.hint(format!("log in, then try again: {login}"))
            }
            Self::SsoRefused(refusal) => {
                let SsoRefusal { role: Located { value: role, origin }, account, code, message } = &**refusal;
                Report::new(format!(
                    "IAM Identity Center did not give the role {role} in account {account} ({origin}): \
                     {code}: {message}"
                ))
                .hint(match code.as_str() {
                    "ForbiddenException" | "ResourceNotFoundException" if matches!(origin, Origin::Flag(_)) => {
                        "check the account and the name of the role, or ask the administrator who assigns roles; \
                         assume-env --sso-roles lists yours"
                    }
                    "ForbiddenException" | "ResourceNotFoundException" => {
                        "check sso_account_id and sso_role_name, or ask the administrator who assigns roles; \
                         the start page lists yours"
                    }
                    _ => "try again; the start page lists the roles that you have",
                })
            }
            Self::TokenFile { file: Located { value: file, origin }, problem } => Report::new(format!(
                "cannot use the web identity token in {} ({origin}): {problem}",
                file.display()
            ))
            .hint("check that the token issuer writes this file and that you can read it"),
            Self::Process { kind, profile, origin, why } => Report::new(format!(
                "the {} of profile {profile} ({origin}) gave no credentials: {why}",
                kind.key()
            ))
            .hint(match kind {
                ProcessKind::CredentialProcess => {
                    "its error output, if any, is above; run it by hand: it must print credential_process \
                     JSON"
                        .to_owned()
                }
                ProcessKind::Login => format!(
                    "the AWS CLI, version 2.32 or later, gives these credentials: log in with aws login \
                     --profile {}, \
                     then try again",
                    Format::SH.word(profile)
                ),
            }),
            Self::OldAwsCli { profile, origin, version } => Report::new(format!(
                "the AWS CLI on PATH is version {version}, which is too old for the login_session of \
                 profile {profile} ({origin})"
            ))
            .hint("install version 2.32 or later of the AWS CLI; type -a aws shows which one is found first"),
            Self::ProcessCallsItself { kind, profile, origin } => Report::new(format!(
                "the {} of profile {profile} ({origin}) calls itself without end",
                kind.key()
            ))
            .hint("it calls assume-env for the same profile; make it use a different profile"),
            Self::KeysOfRoleReplaced { role } => Report::new(format!(
                "{role} was assumed with keys that this environment no longer has, because the session \
                 replaced them"
            ))
            .hint(format!("name its source again: assume-env --source-profile NAME {role}")),
            Self::ProfileLeadsElsewhere { role, profile, now, origin } => Report::new(format!(
                "{role} was assumed by way of the profile {profile}, which leads to {now} now ({origin})"
            ))
            .hint(format!("name its source: assume-env --source-profile NAME {role}"))
            .hint(format!("for what the profile says now: assume-env {}", Format::SH.word(profile))),
            Self::KeysOfProfileReplaced { profile, origin } => Report::new(format!(
                "the profile {profile} takes its keys from the environment ({origin}), and the environment has no keys"
            ))
            .hint(format!(
                "a session replaced these keys: set them again, and next time give the role to one command \
                 only (assume-env {} -- COMMAND)",
                Format::SH.word(profile)
            )),
            Self::Container { variable, problem } => {
                Report::new(format!("the container gave no credentials (the variable {variable}): {problem}"))
                    .hint("check that the task or the pod has a role, and check the value of the variable")
            }
            Self::Instance { endpoint: Located { value: endpoint, origin }, problem } => Report::new(
                format!("the instance metadata at {endpoint} ({origin}) gave no credentials: {problem}"),
            )
            .hint(match problem {
                InstanceProblem::TokenNeeded | InstanceProblem::VersionOneDisabled(_) => {
                    "in a container, the instance needs a hop limit of 2: \
                     aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2"
                }
                InstanceProblem::NoAnswer { .. } => {
                    "this machine seems not to be an EC2 instance, or its metadata is switched off; name \
                     another source, or raise AWS_METADATA_SERVICE_TIMEOUT"
                }
                _ => {
                    "check that the instance has a role (an instance profile), and that its metadata is \
                     switched on"
                }
            }),
            Self::Service(error) => error.report(),
            Self::Net(error) => error.report(),
        }
    }
}
