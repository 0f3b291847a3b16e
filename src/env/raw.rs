//! The variables of the process, unchanged: bytes, and text where a value is UTF-8. They may be secrets, so
//! the values are wiped on drop and `Debug` shows none of them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::common::credentials::{Secret, SecretBytes};
use crate::common::variables::must_be_utf8;
use crate::env::error::Error;

/// Names and values.
#[derive(Debug)]
pub(super) struct RawVariables {
    all: BTreeMap<OsString, SecretBytes>,
    text: BTreeMap<String, Secret>,
}

impl RawVariables {
    /// Takes ownership of the variables.
    ///
    /// # Errors
    /// A value that is not UTF-8, of a variable that this program must be able to read.
    pub(super) fn new(vars: impl Iterator<Item = (OsString, OsString)>) -> Result<Self, Error> {
        let all: BTreeMap<OsString, SecretBytes> =
            vars.map(|(name, value)| (name, SecretBytes::from(value))).collect();
        let mut text = BTreeMap::new();
        for (name, value) in &all {
            let Some(name) = name.to_str() else { continue };
            match value.expose().to_str() {
                Some(value) => {
                    text.insert(name.to_owned(), Secret::wiped(value.to_owned()));
                }
                None if must_be_utf8(name) => return Err(Error::VariableNotUtf8 { name: name.to_owned() }),
                None => {}
            }
        }
        Ok(Self { all, text })
    }

    /// The names of the variables whose values are UTF-8.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.text.keys().map(String::as_str)
    }

    /// The value as bytes.
    pub(super) fn os(&self, name: &str) -> Option<&OsStr> {
        self.all.get(OsStr::new(name)).map(SecretBytes::expose)
    }

    /// The value, which may be empty; `None` if it is not UTF-8.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.text.get(name).map(Secret::expose)
    }

    /// The value; an empty one counts as absent.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|value| !value.is_empty())
    }
}
