//! Why AWS sign-in gives no sign-in token.

use crate::aws::service::ServiceError;
use crate::common::report::{Diagnostic, Report};

/// What a user can do about keys that are not of a role.
const NAME_A_ROLE: &str = "name a role: assume-env --console ROLE; assume-env --list lists the profiles";

/// No sign-in token.
#[derive(Debug)]
pub(crate) enum Error {
    /// The keys are those of a user.
    KeysOfUser {
        /// The ARN of the user, from STS.
        arn: String,
    },
    /// The endpoint does not accept the keys.
    KeysRefused {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The endpoint has too much to do.
    Busy {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// It gives no usable answer.
    Service(ServiceError),
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::KeysOfUser { arn } => {
                Report::new(format!("the console takes a role's keys, not a user's, and these are of {arn}"))
                    .hint(NAME_A_ROLE)
            }
            Self::KeysRefused { url, status } => {
                Report::new(format!("AWS sign-in does not accept these keys ({url}, status {status})"))
                    .hint("the console takes a role's keys that are valid now, not a user's")
                    .hint("get new ones with --fresh, or name another role: assume-env --console ROLE")
            }
            Self::Busy { url, status } => {
                Report::new(format!("AWS sign-in at {url} has too much to do (status {status})"))
                    .hint("try again in a minute")
            }
            Self::Service(error) => error.report(),
        }
    }
}
