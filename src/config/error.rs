//! What can be wrong with the AWS config and credentials files.

use std::path::PathBuf;

use crate::common::invalid_value::InvalidValue;
use crate::common::origin::{Origin, Place};
use crate::common::report::{Diagnostic, Report};
use crate::config::ini::Fault;

/// A file, or a profile in it, that cannot be used.
#[derive(Debug)]
pub enum Error {
    /// A file cannot be read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What names the file.
        origin: Origin,
        /// What the system says.
        why: std::io::Error,
    },
    /// A file is not UTF-8.
    NotUtf8 {
        /// The first line that is not.
        place: Place,
    },
    /// A file is not one that the AWS CLI reads.
    Broken {
        /// The line.
        place: Place,
        /// What is wrong with it.
        fault: Fault,
    },
    /// `include_profile` names a profile that does not exist.
    IncludeMissing {
        /// The name.
        name: String,
        /// The line.
        origin: Origin,
    },
    /// Profiles include each other.
    IncludeRing {
        /// Their names, the first one again at the end.
        ring: Vec<String>,
        /// The line that closes the ring.
        origin: Origin,
    },
    /// `include_profile` leads through too many profiles.
    IncludeLong {
        /// The line that goes too far.
        origin: Origin,
    },
    /// A profile has a key id without a secret, or the other way round.
    HalfKeys {
        /// The profile.
        profile: String,
        /// The key that is missing.
        missing: &'static str,
        /// The line of the other half.
        place: Place,
    },
    /// A value that is not an access key.
    Invalid(InvalidValue),
}

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::Invalid(error)
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::Unreadable { file, origin: Origin::Variable(name), why } => {
                Report::new(format!("cannot read {}, which {name} names: {why}", file.display()))
                    .hint(format!("set {name} to a file that exists and that you can read, or unset it"))
            }
            Self::Unreadable { file, why, .. } => {
                Report::new(format!("cannot read {}: {why}", file.display()))
                    .hint("make it a file that you can read")
            }
            Self::NotUtf8 { place } => {
                Report::new(format!("{place}: the file is not UTF-8")).hint("save the file as UTF-8")
            }
            Self::Broken { place, fault } => Report::new(format!("{place}: {fault}")).hint(match fault {
                Fault::TooMuch(_) => {
                    "name a smaller file with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE"
                }
                _ => "fix this line; the AWS CLI rejects this file too",
            }),
            Self::IncludeMissing { name, origin } => {
                Report::new(format!("there is no profile {name}, which include_profile names ({origin})"))
                    .hint("name a profile that exists, or remove the line")
            }
            Self::IncludeRing { ring, origin } => {
                Report::new(format!("include_profile goes in a ring ({origin}): {}", ring.join(" → ")))
                    .hint("remove one of their include_profile lines")
            }
            Self::IncludeLong { origin } => {
                Report::new(format!("include_profile leads through more than ten profiles ({origin})"))
                    .hint("include the last of them directly")
            }
            Self::HalfKeys { profile, missing, place } => Report::new(format!(
                "the profile {profile} has half an access key ({place}): {missing} is missing"
            ))
            .hint(format!("add {missing} next to it, in the same file")),
            Self::Invalid(error) => error.report(),
        }
    }
}
