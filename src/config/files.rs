//! Reads the config file and the credentials file.
//!
//! Comes in: the environment, which may name other files than those in `~/.aws` (AWS SDKs and Tools
//! Reference, "Location of the shared config and credentials files"). Goes out: the texts, which profiles
//! borrow. A text may hold secrets: it is wiped when it is dropped, and never copied.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::common::origin::{Located, Origin, Place};
use crate::common::redact;
use crate::config::error::Error;
use crate::config::expand::expand;
use crate::config::secrets;
use crate::env::Environment;
use crate::sys::read_limited;

/// The largest file that is read, in MiB. Half a million profiles fit into it.
const LARGEST: u64 = 64;

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`.
    Config,
    /// `~/.aws/credentials`.
    Credentials,
}

impl FileKind {
    /// The file to read, and what names it; `None` without such a variable and without a home folder.
    fn path(self, env: &Environment) -> Option<Located<PathBuf>> {
        let (variable, name) = match self {
            Self::Config => ("AWS_CONFIG_FILE", "config"),
            Self::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        };
        if let Some(path) = env.var(variable) {
            return Some(Located::new(expand(path, env), Origin::Variable(variable)));
        }
        let path = env.home()?.join(".aws").join(name);
        Some(Located::new(path, Origin::Default))
    }
}

/// A file that was read.
pub(crate) struct File {
    kind: FileKind,
    path: Arc<Path>,
    text: Arc<Zeroizing<String>>,
}

impl File {
    /// Which of the two files it is.
    pub(crate) fn kind(&self) -> FileKind {
        self.kind
    }

    /// Its path, as a variable gives it, or the default path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its text, secrets included.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A line of it, from 1.
    pub(crate) fn place(&self, line: u32) -> Place {
        Place::new(Arc::clone(&self.path), line)
    }
}

/// The texts of both files.
#[derive(Default)]
pub struct Files {
    read: Vec<File>,
    searched: Vec<PathBuf>,
}

impl Files {
    /// Reads the files that the environment names, else those in `~/.aws`. A default file need not exist.
    /// With an error, the files that can be read are still returned.
    pub fn read(env: &Environment) -> (Self, Option<Error>) {
        let mut files = Self::default();
        let mut first_error = None;
        for kind in [FileKind::Config, FileKind::Credentials] {
            let Some(path) = kind.path(env) else { continue };
            files.searched.push(path.value.clone());
            match read_file(kind, path) {
                Ok(file) => files.read.extend(file),
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
        (files, first_error)
    }

    /// Files with these texts, for tests.
    pub fn of_texts(config: &str, credentials: &str) -> Self {
        let file = |kind, name: &str, text: &str| File {
            kind,
            path: Path::new(name).into(),
            text: Arc::new(Zeroizing::new(text.to_owned())),
        };
        let read = [
            file(FileKind::Config, "config", config),
            file(FileKind::Credentials, "credentials", credentials),
        ];
        Self { read: read.into(), searched: Vec::new() }
    }

    /// The files that exist, the config file first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &File> {
        self.read.iter()
    }

    /// Checks that at least one of the files exists.
    ///
    /// # Errors
    /// No file was found.
    pub fn check_found(&self) -> Result<(), Error> {
        match self.read.is_empty() {
            true => Err(Error::NoFile { searched: self.searched.clone() }),
            false => Ok(()),
        }
    }

    /// The paths that were tried, whether or not the files exist.
    pub(crate) fn searched(&self) -> &[PathBuf] {
        &self.searched
    }
}

/// Reads a file; `None` when it is a default file and does not exist.
fn read_file(kind: FileKind, path: Located<PathBuf>) -> Result<Option<File>, Error> {
    let Located { value: path, origin } = path;
    let bytes = match read_limited::read(&path, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound && origin == Origin::Default => return Ok(None),
        Err(why) => return Err(Error::Unreadable { file: path, origin, why }),
    };
    let path: Arc<Path> = path.into();
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = Arc::new(Zeroizing::new(text));
            let of_file = Arc::clone(&text);
            redact::learn_later(move || secrets::learn_secrets(&of_file));
            Ok(Some(File { kind, path, text }))
        }
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = Zeroizing::new(error.into_bytes());
            let line = 1 + bytes[..valid].iter().filter(|byte| **byte == b'\n').count();
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            Err(Error::NotUtf8 { place: Place::new(path, line) })
        }
    }
}
