//! The values that a session replaced, and their text in `ASSUME_ENV_RESTORE`; the settings that it set, and
//! their text in `ASSUME_ENV_SETTINGS`.

use std::fmt;

use crate::common::variables::{Group, Name, Variable, lookup};

/// Names and values of variables: those that a session replaced, or the settings that it set. As a text,
/// `1,NAME=VALUE,…`. Never a secret.
///
/// Bytes outside `[A-Za-z0-9_./:@-]` are written as `%XX`. `NAME=` was empty; a name that is absent was
/// unset.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Restore(Vec<(Name, String)>);

/// Why a text is not one that [`Restore::encode`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidRestore {
    /// Longer than 256 KiB.
    TooLong,
    /// It does not start with `1,`.
    Version,
    /// A name without a value.
    NoValue,
    /// A variable that no session replaces, or sets from a profile.
    UnknownVariable,
    /// The same variable twice.
    Twice,
    /// A value with a character that must be escaped, or with a wrong escape.
    Escape,
}

impl fmt::Display for InvalidRestore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "it is too long",
            Self::Version => "it does not start with 1,",
            Self::NoValue => "one of its values is missing",
            Self::UnknownVariable => "it names a variable that does not belong into it",
            Self::Twice => "it names a variable twice",
            Self::Escape => "one of its values is damaged",
        })
    }
}

impl Restore {
    /// Joins variables and their values.
    pub fn new(values: Vec<(Name, String)>) -> Self {
        Self(values)
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text; only `1` if there is no value.
    pub fn encode(&self) -> String {
        let mut text = String::from("1");
        for (name, value) in &self.0 {
            text.push(',');
            text.push_str(name);
            text.push('=');
            for byte in value.bytes() {
                if is_bare(byte) {
                    text.push(char::from(byte));
                } else {
                    text.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        text
    }

    /// The names and values.
    pub fn entries(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.0.iter().map(|(name, value)| (name, value.as_str()))
    }

    /// The value of a variable, which may be empty; `None` if it was unset.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.entries().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Reads the text of the values that a session replaced.
    ///
    /// # Errors
    /// Any text that [`Restore::encode`] does not write: a guessed value could do more harm than none.
    pub fn parse(text: &str) -> Result<Self, InvalidRestore> {
        Self::parse_with(text, |name| lookup(name).is_some_and(|variable| variable.restored))
    }

    /// Reads the text of the labels of an earlier session.
    ///
    /// # Errors
    /// Any text that [`Restore::encode`] does not write.
    pub fn parse_labels(text: &str) -> Result<Self, InvalidRestore> {
        Self::parse_with(text, |name| {
            lookup(name).is_some_and(|variable| matches!(variable.group, Group::Label | Group::Described))
        })
    }

    /// Reads the text of the settings that a session set.
    ///
    /// # Errors
    /// Any text that [`Restore::encode`] does not write.
    pub fn parse_settings(text: &str) -> Result<Self, InvalidRestore> {
        Self::parse_with(text, |name| lookup(name).is_some_and(|variable| variable.group == Group::Setting))
    }

    /// Reads the text of what a session with `--refresh` set.
    ///
    /// # Errors
    /// Any text that [`Restore::encode`] does not write.
    pub fn parse_refresh(text: &str) -> Result<Self, InvalidRestore> {
        Self::parse_with(text, |name| lookup(name).is_some_and(Variable::is_in_refresh_mark))
    }

    fn parse_with(text: &str, is_known: fn(&str) -> bool) -> Result<Self, InvalidRestore> {
        // Far longer than the longest values make it, and short enough that a hostile text costs no time.
        const LIMIT: usize = 256 * 1024;
        if text.len() > LIMIT {
            return Err(InvalidRestore::TooLong);
        }
        let mut parts = text.split(',');
        if parts.next() != Some("1") {
            return Err(InvalidRestore::Version);
        }
        let mut values: Vec<(Name, String)> = Vec::new();
        for part in parts {
            let (name, value) = part.split_once('=').ok_or(InvalidRestore::NoValue)?;
            if !is_known(name) {
                return Err(InvalidRestore::UnknownVariable);
            }
            if values.iter().any(|(known, _)| known == name) {
                return Err(InvalidRestore::Twice);
            }
            values.push((name.to_owned().into(), decode(value).ok_or(InvalidRestore::Escape)?));
        }
        Ok(Self(values))
    }
}

/// Whether a byte is written without an escape.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./:@-".contains(&byte)
}

/// Undoes `%XX`. `None` for a wrong escape, for a byte that has an escape without need or needs one and has
/// none, and for a value that is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                let is_upper = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
                let is_escaped = |b: &u8| is_upper && *b != 0 && !is_bare(*b);
                bytes.push(u8::from_str_radix(digits, 16).ok().filter(is_escaped)?);
            }
            b if is_bare(b) => bytes.push(b),
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_encode_does_not_write_is_rejected() {
        for (text, why) in [
            ("", InvalidRestore::Version),
            ("2,AWS_PROFILE=a", InvalidRestore::Version),
            ("1,PATH=/evil", InvalidRestore::UnknownVariable),
            ("1,AWS_ACCESS_KEY_ID=x", InvalidRestore::UnknownVariable),
            ("1,AWS_PROFILE", InvalidRestore::NoValue),
            ("1,AWS_PROFILE=%", InvalidRestore::Escape),
            ("1,AWS_PROFILE=%0", InvalidRestore::Escape),
            ("1,AWS_PROFILE=%zz", InvalidRestore::Escape),
            ("1,AWS_PROFILE=%00", InvalidRestore::Escape),
            ("1,AWS_PROFILE=%FF", InvalidRestore::Escape),
            ("1,AWS_PROFILE=%41", InvalidRestore::Escape),
            ("1,AWS_PROFILE=$(id)", InvalidRestore::Escape),
            ("1,AWS_PROFILE=a,AWS_PROFILE=b", InvalidRestore::Twice),
            ("1,AWS_ENDPOINT_URL_=x", InvalidRestore::UnknownVariable),
            ("1,", InvalidRestore::NoValue),
            (&*format!("1,AWS_PROFILE={}", "a".repeat(1 << 20)), InvalidRestore::TooLong),
        ] {
            assert_eq!(Restore::parse(text), Err(why), "{}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn the_settings_of_a_session_are_settings_only() {
        let text = "1,AWS_ENDPOINT_URL_S3=http://127.0.0.1:1,AWS_PAGER=";
        let settings = Restore::parse_settings(text).unwrap();
        assert_eq!(settings.value("AWS_PAGER"), Some(""));
        assert_eq!(settings.encode(), text);
        for bad in ["1,AWS_PROFILE=a", "1,AWS_ACCESS_KEY_ID=A", "1,AWS_ENDPOINT_URL_a=x", "1,PATH=/evil"] {
            assert_eq!(Restore::parse_settings(bad), Err(InvalidRestore::UnknownVariable), "{bad}");
        }
    }
}
