//! What a session was made from: a name for people, and a fingerprint to compare.

use std::fmt;

use crate::common::session_policy;

/// The source of a session, and the roles on the way to its last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceId {
    /// The name of the source, then the roles.
    pub name: String,
    /// 16 hex digits that differ for another source.
    fingerprint: String,
}

impl SourceId {
    /// The id of a source with this name. `identity` is a text that another source does not have; it may hold
    /// key ids, and only its fingerprint is kept.
    pub fn new(name: String, identity: &str) -> Self {
        Self { name, fingerprint: session_policy::fingerprint_of(identity) }
    }

    /// Reads the value of `ASSUME_ENV_SOURCE_ID`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, fingerprint) = text.rsplit_once('#')?;
        Some(Self { name: name.to_owned(), fingerprint: fingerprint.to_owned() })
    }
}

/// The value of `ASSUME_ENV_SOURCE_ID`.
impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.name, self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_text_is_read_back() {
        let id = SourceId::new("a#b".into(), "AKIA");
        assert_eq!(SourceId::parse(&id.to_string()), Some(id.clone()));
        assert_ne!(id, SourceId::new("a#b".into(), "AKIB"));
        assert!(!id.to_string().contains("AKIA"));
        assert_eq!(SourceId::parse("no mark"), None);
    }
}
