//! Errors in the AWS config and credentials files.

use std::path::PathBuf;

use crate::common::invalid_value::InvalidValue;
use crate::common::origin::{Origin, Place};
use crate::common::report::{Diagnostic, Report};
use crate::config::ini::SyntaxError;

/// A file that cannot be read, or a profile that cannot be used.
#[derive(Debug)]
pub enum Error {
    /// None of the files exists.
    NoFile {
        /// The files that were looked for; none without a home folder.
        searched: Vec<PathBuf>,
    },
    /// A file cannot be read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The variable that names the file, or the default.
        origin: Origin,
        /// The error of the system.
        why: std::io::Error,
    },
    /// A file is not UTF-8.
    NotUtf8 {
        /// The first line that is not UTF-8.
        place: Place,
    },
    /// A file has a line that the AWS CLI rejects.
    Syntax {
        /// The line.
        place: Place,
        /// The error in it.
        error: SyntaxError,
    },
    /// The `include_profile` lines of a profile cannot be followed.
    Include(IncludeError),
    /// A profile has a key id without a secret, or a secret without a key id.
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

/// An `include_profile` line that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncludeError {
    /// It names a profile that does not exist.
    UnknownProfile {
        /// The name.
        name: String,
        /// The line.
        origin: Origin,
    },
    /// Profiles include each other.
    Circular {
        /// Their names; the last one occurs twice.
        profiles: Vec<String>,
        /// The line that closes the circle.
        origin: Origin,
    },
    /// More than ten profiles include one another in a row.
    TooLong {
        /// The line that leads to one profile too many.
        origin: Origin,
    },
}

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::Invalid(error)
    }
}

impl From<IncludeError> for Error {
    fn from(error: IncludeError) -> Self {
        Self::Include(error)
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::NoFile { searched } => {
                let files: Vec<String> = searched.iter().map(|file| file.display().to_string()).collect();
                Report::new(match files.is_empty() {
                    true => {
                        "there are no profiles: this user has no home folder, and HOME is not set".to_owned()
                    }
                    false => format!("there are no profiles: no file exists at {}", files.join(" or ")),
                })
                .hint("write a profile into such a file, or name another file with AWS_CONFIG_FILE")
            }
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
            Self::Syntax { place, error: error @ SyntaxError::LimitExceeded(_) } => {
                Report::new(format!("{place}: {error}"))
                    .hint("name a smaller file with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE")
            }
            Self::Syntax { place, error } => Report::new(format!("{place}: {error}"))
                .hint("fix this line; the AWS CLI rejects this file too"),
            Self::Include(error) => error.report(),
            Self::HalfKeys { profile, missing, place } => Report::new(format!(
                "the profile {profile} has half an access key ({place}): {missing} is missing"
            ))
            .hint(format!("add {missing} next to it, in the same file")),
            Self::Invalid(error) => error.report(),
        }
    }
}

impl Diagnostic for IncludeError {
    fn report(&self) -> Report {
        match self {
            Self::UnknownProfile { name, origin } => Report::new(format!(
                "include_profile ({origin}) names the profile {name}, which does not exist"
            ))
            .hint("name a profile that exists, or remove the line"),
            Self::Circular { profiles, origin } => {
                Report::new(format!("include_profile is circular ({origin}): {}", profiles.join(" → ")))
                    .hint("remove one of their include_profile lines")
            }
            Self::TooLong { origin } => {
                Report::new(format!("include_profile leads through more than ten profiles ({origin})"))
                    .hint("include the last of them directly")
            }
        }
    }
}
