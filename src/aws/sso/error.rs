//! Why a sign-in to IAM Identity Center fails.

use std::io;
use std::path::PathBuf;

use crate::aws::service::ServiceError;
use crate::common::duration::human;
use crate::common::origin::Located;
use crate::common::report::{Diagnostic, Report};
use crate::net;

/// A sign-in that gives no token.
#[derive(Debug)]
pub(crate) enum Error {
    /// IAM Identity Center does not know the start URL in this region.
    StartUrl(Box<RefusedStartUrl>),
    /// A scope is not valid.
    Scope {
        /// The scopes that were asked for.
        scopes: String,
        /// The error code and the description.
        said: String,
    },
    /// The user denied access in the browser.
    Denied {
        /// The command that signs in.
        again: String,
    },
    /// The browser came back with another error than a denial.
    Browser {
        /// The error and its description.
        said: String,
        /// The command that signs in.
        again: String,
    },
    /// The sign-in was not finished in time.
    Late {
        /// How many seconds it had.
        seconds: i64,
        /// Whether the browser must come back to this machine.
        comes_back: bool,
        /// The command that signs in.
        again: String,
    },
    /// No browser can come back to this machine.
    NoListener {
        /// What the system says.
        why: io::Error,
        /// The command that signs in.
        again: String,
    },
    /// Another process was signing in, and ended without a token.
    OtherNotFinished {
        /// The command that signs in.
        again: String,
    },
    /// The folder of the token file cannot be used.
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// The token cannot be stored.
    NotStored {
        /// The file.
        file: PathBuf,
        /// What the system says.
        why: io::Error,
        /// The command that signs in.
        again: String,
    },
    /// The system gives no random bytes.
    NoRandom,
    /// IAM Identity Center gives no usable answer.
    Service(ServiceError),
    /// No connection can be prepared.
    Net(net::error::Error),
}

/// A start URL that IAM Identity Center does not know in a region.
#[derive(Debug)]
pub(crate) struct RefusedStartUrl {
    /// The start URL.
    pub start_url: Located<String>,
    /// The region.
    pub region: Located<String>,
    /// The error code and the description.
    pub said: String,
    /// What is probably wrong with the settings, one a line.
    pub slips: Vec<String>,
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

impl From<net::random::NoRandom> for Error {
    fn from(_: net::random::NoRandom) -> Self {
        Self::NoRandom
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        let again = |report: Report, again: &str| report.hint(format!("to try again: {again}"));
        match self {
            Self::StartUrl(refused) => {
                let RefusedStartUrl { start_url, region, said, slips } = &**refused;
                let report = Report::new(format!(
                    "IAM Identity Center in the region {} ({}) does not accept the start URL {} ({}): {said}",
                    region.value, region.origin, start_url.value, start_url.origin
                ));
                slips.iter().fold(report, |report, slip| report.hint(slip.as_str())).hint(
                    "check sso_region and sso_start_url: the settings page of IAM Identity Center shows both",
                )
            }
            Self::Scope { scopes, said } => {
                Report::new(format!("IAM Identity Center does not accept the scopes {scopes}: {said}"))
                    .hint("check sso_registration_scopes; the usual value is sso:account:access")
            }
            Self::Denied { again: line } => {
                again(Report::new("the sign-in was denied in the browser"), line)
            }
            Self::Browser { said, again: line } => {
                again(Report::new(format!("the sign-in failed in the browser: {said}")), line)
            }
            Self::Late { seconds, comes_back, again: line } => {
                let report = Report::new(format!("the sign-in was not finished within {}", human(*seconds)));
                match comes_back {
                    true => again(report, line).hint(format!(
                        "if no browser of this machine can open the link, use one of another machine: {line} --device-code"
                    )),
                    false => again(report, line),
                }
            }
            Self::NoListener { why, again } => Report::new(format!(
                "no port of this machine (127.0.0.1) can be opened for the answer of the browser: {why}"
            ))
            .hint(format!("sign in without it: {again} --device-code")),
            Self::OtherNotFinished { again: line } => again(
                Report::new("another terminal was signing in, and the sign-in was not finished there"),
                line,
            ),
            Self::NoFolder { folder, why } => Report::new(format!(
                "the folder {} cannot be written, so a token has no place: {why}",
                folder.display()
            ))
            .hint("check the permissions of the folder; the AWS CLI keeps its tokens there too"),
            Self::NotStored { file, why, again: line } => again(
                Report::new(format!("the sign-in succeeded, but the token cannot be stored in {}: {why}", file.display()))
                    .hint("the old token, if any, is unchanged: check the free space and the permissions of the folder"),
                line,
            ),
            Self::NoRandom => Report::new("the system gives no random bytes").hint("check getrandom(2) and /dev/urandom"),
            Self::Service(error) => {
                let mut report = error.report();
                if matches!(error, ServiceError::ActionRefused { reason: None, .. }) {
                    report.hints.clear();
                    report = report.hint("try again in a minute, and check sso_region and sso_start_url");
                }
                report
            }
            Self::Net(error) => error.report(),
        }
    }
}
