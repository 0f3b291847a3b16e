//! The AWS services that this program asks, and the errors of their answers.

use crate::common::report::{Diagnostic, Report};
use crate::net::error::{NOT_AWS, NetError, ServiceFailure};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// AWS Security Token Service.
    Sts,
    /// Amazon S3.
    S3,
    /// IAM Identity Center: its portal and its token service.
    IdentityCenter,
    /// AWS sign-in, which leads to the console.
    SignIn,
}

impl Service {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sts => "STS",
            Self::S3 => "S3",
            Self::IdentityCenter => "IAM Identity Center",
            Self::SignIn => "AWS sign-in",
        }
    }
}

/// A service that gives no usable answer.
#[derive(Debug)]
pub enum ServiceError {
    /// Nothing answers.
    Net {
        /// The service.
        service: Service,
        /// Its address.
        url: String,
        /// What went wrong.
        fault: NetError,
    },
    /// The answer is not from the service.
    NotAnAnswer {
        /// The service.
        service: Service,
        /// Its address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer lacks a part, or has a part that cannot be used.
    BadAnswer {
        /// The service.
        service: Service,
        /// Its address.
        url: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The service refuses an action.
    ActionRefused {
        /// The service.
        service: Service,
        /// The action, as the API names it.
        action: &'static str,
        /// The error code.
        code: String,
        /// The message.
        message: String,
        /// What the refusal is due to, if the service says it apart from the code.
        reason: Option<String>,
    },
}

impl ServiceError {
    /// The error for a failed request. `action` is the requested one, as the API names it.
    pub fn of(service: Service, url: &str, action: &'static str, failure: ServiceFailure) -> Self {
        let url = url.to_owned();
        match failure {
            ServiceFailure::Net(fault) => Self::Net { service, url, fault },
            ServiceFailure::NotAnAnswer { status } => Self::NotAnAnswer { service, url, status },
            ServiceFailure::Refused { code, message, reason } => {
                Self::ActionRefused { service, action, code, message, reason }
            }
        }
    }
}

impl Diagnostic for ServiceError {
    fn report(&self) -> Report {
        match self {
            Self::Net { service, url, fault } => {
                Report::new(format!("{} did not answer at {url}: {fault}", service.name())).hint(fault.hint())
            }
            Self::NotAnAnswer { service, url, status } => Report::new(format!(
                "the answer from {url} (status {status}) is not an answer of {}",
                service.name()
            ))
            .hint(NOT_AWS),
            Self::BadAnswer { service, url, what } => {
                Report::new(format!("the answer from {url} is not an answer of {}: {what}", service.name()))
                    .hint("nothing of it was used; check which program answers at this address")
            }
            Self::ActionRefused { service, action, code, message, reason } => {
                let why = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                let report =
                    Report::new(format!("{} refused {action}: {code}: {message}{why}", service.name()));
                match service {
                    // SSO OIDC API reference, `AccessDeniedExceptionReason`: all reasons are of the key.
                    Service::IdentityCenter if reason.is_some() => report.hint(
                        "a login does not help: the encryption key (AWS KMS) of IAM Identity Center cannot be used; ask its administrator",
                    ),
                    Service::S3 if code == "AccessDenied" => {
                        report.hint("the role itself needs s3:ListAllMyBuckets")
                    }
                    Service::IdentityCenter => {
                        report.hint("try again in a minute; a new login can help too: assume-env --login")
                    }
                    Service::S3 | Service::Sts | Service::SignIn => report
                        .hint(format!("the API reference of {} explains the code {code}", service.name())),
                }
            }
        }
    }
}
