//! Why STS gives no session.

use crate::aws::service::ServiceError;
use crate::aws::sts::refusal::Refusal;
use crate::common::report::{Diagnostic, Report};
use crate::plan::unexpected_account::UnexpectedAccount;

/// A session that STS does not give, or that must not be given out.
#[derive(Debug)]
pub enum Error {
    /// STS refuses a hop.
    Refused(Box<Refusal>),
    /// STS gives no usable answer, or refuses a call that is not a hop.
    Service(ServiceError),
    /// The source's credentials would be the session's own, and cannot be.
    BadKeysOfSource {
        /// The source.
        source: String,
        /// What is wrong with them, in words that follow a colon.
        what: &'static str,
    },
    /// The session is not in the expected account.
    UnexpectedAccount(UnexpectedAccount),
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<UnexpectedAccount> for Error {
    fn from(error: UnexpectedAccount) -> Self {
        Self::UnexpectedAccount(error)
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::Refused(refusal) => refusal.report(),
            Self::Service(error) => error.report(),
            Self::BadKeysOfSource { source, what } => {
                Report::new(format!("{source} cannot be used for a session: {what}"))
                    .hint("no keys were given out; get new ones there and try again")
            }
            Self::UnexpectedAccount(error) => error.report(),
        }
    }
}
