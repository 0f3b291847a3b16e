//! Why no session can be acquired: the errors of the layers below.

use std::path::PathBuf;

use crate::aws::federation;
use crate::aws::providers;
use crate::aws::service::ServiceError;
use crate::aws::sso;
use crate::aws::sts;
use crate::common::report::{Diagnostic, Report};
use crate::{mfa, net, plan};

/// A session that cannot be acquired, or a question about it without an answer.
#[derive(Debug)]
pub(crate) enum Error {
    /// A session duration is too long for the keys of the source.
    Plan(plan::error::Error),
    /// The source gives no credentials.
    Provider(providers::error::Error),
    /// STS gives no session.
    Sts(sts::error::Error),
    /// Another service gives no usable answer.
    Service(ServiceError),
    /// There is no MFA code.
    Mfa(mfa::error::Error),
    /// No connection can be prepared.
    Net(net::error::Error),
    /// A sign-in to IAM Identity Center gives no token.
    SignIn(sso::error::Error),
    /// AWS sign-in gives no sign-in token.
    Federation(federation::error::Error),
    /// The file of a token cannot be removed.
    NotRemoved {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        why: std::io::Error,
    },
    /// The user has no role in an account of this name.
    NoSuchAccount {
        /// As typed.
        name: String,
        /// The login.
        login: String,
        /// Names that are similar.
        near: Vec<String>,
    },
    /// Several accounts have this name.
    SeveralAccounts {
        /// As typed.
        name: String,
        /// Their twelve digits.
        ids: Vec<String>,
    },
    /// A code is needed, and a person must not be asked.
    CodeNeeded {
        /// The MFA device.
        serial: String,
    },
    /// The system does not allow the event loop of the requests.
    NoRuntime {
        /// The error of the system.
        why: std::io::Error,
    },
}

impl From<sso::error::Error> for Error {
    fn from(error: sso::error::Error) -> Self {
        Self::SignIn(error)
    }
}

impl From<federation::error::Error> for Error {
    fn from(error: federation::error::Error) -> Self {
        Self::Federation(error)
    }
}

impl From<plan::error::Error> for Error {
    fn from(error: plan::error::Error) -> Self {
        Self::Plan(error)
    }
}

impl From<providers::error::Error> for Error {
    fn from(error: providers::error::Error) -> Self {
        Self::Provider(error)
    }
}

impl From<sts::error::Error> for Error {
    fn from(error: sts::error::Error) -> Self {
        Self::Sts(error)
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<mfa::error::Error> for Error {
    fn from(error: mfa::error::Error) -> Self {
        Self::Mfa(error)
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
            Self::Plan(error) => error.report(),
            Self::Provider(error) => error.report(),
            Self::Sts(error) => error.report(),
            Self::Service(error) => error.report(),
            Self::Mfa(error) => error.report(),
            Self::Net(error) => error.report(),
            Self::SignIn(error) => error.report(),
            Self::Federation(error) => error.report(),
            Self::NotRemoved { file, why } => {
                Report::new(format!("cannot remove the token {}: {why}", file.display()))
                    .hint("the login still lasts: check the permissions of the folder, then try again")
            }
            Self::NoSuchAccount { name, login, near } => {
                let report = Report::new(format!("{login} has no account {name} in which you have a role"));
                report.hint(match &near[..] {
                    [] => "assume-env --sso-roles lists your accounts; a name must be exact".to_owned(),
                    near => format!(
                        "did you mean {}?  assume-env --sso-roles lists your accounts",
                        near.join(" or ")
                    ),
                })
            }
            Self::SeveralAccounts { name, ids } => {
                Report::new(format!("{} accounts have the name {name}: {}", ids.len(), ids.join(", ")))
                    .hint("name one of them by its twelve digits")
            }
            Self::CodeNeeded { serial } => {
                Report::new(format!("a code of the MFA device {serial} is needed"))
                    .hint("type assume-env --renew in the shell of that command")
            }
            Self::NoRuntime { why } => Report::new(format!("cannot prepare the request: {why}")).hint(
                "end other programs, or raise the limits of memory and open files (ulimit -v, ulimit -n)",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_loop_that_the_system_does_not_allow_has_a_hint() {
        let why = std::io::Error::other("too many open files");
        assert_eq!(Error::NoRuntime { why }.report().hints.len(), 1);
    }
}
