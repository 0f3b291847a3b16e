//! The nu dialect, for `assume-env -f nu ROLE | from json | load-env`. Follows the nushell book ("Environment") and RFC 8259.
//!
//! One JSON object, whose null means unset: `load-env` cannot hide a variable, but one that is null is nothing to nu
//! (`$env.AWS_PROFILE?`) and no program that nu starts sees it. A program that fails ends the pipeline before `load-env`: the
//! failing text is empty.
//!
//! A base session is a list of one text: no program that nu starts sees a list.

use std::fmt::Write as _;

use serde::ser::{SerializeMap as _, Serializer as _};
use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;
use crate::shell::error::Error;

pub fn render(changes: &[EnvChange], keep: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    super::json::written("nu", |json| {
        let mut map = json.serialize_map(None)?;
        for change in changes {
            match change {
                EnvChange::Set(name, value) => map.serialize_entry(name, value.expose())?,
                EnvChange::Unset(name) => map.serialize_entry(name, &())?,
            }
        }
        match keep {
            MfaSessionUpdate::Same => {}
            MfaSessionUpdate::Drop => map.serialize_entry(VARIABLE, &())?,
            MfaSessionUpdate::New(value) => map.serialize_entry(VARIABLE, &[value.expose()])?,
        }
        map.end()
    })
}

/// A word on nu's command line: inside double quotes `\` and `"` mean something, and nothing is expanded.
pub fn quote(text: &mut String, word: &str) {
    text.push('"');
    for c in word.chars() {
        if c.is_control() {
            let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
            continue;
        }
        if matches!(c, '\\' | '"') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::credentials::Secret;

    #[test]
    fn what_is_unset_is_null() {
        let set = EnvChange::Set("AWS_REGION", Secret::new("e\"\n\u{1}é".into()));
        let text = render(&[set, EnvChange::Unset("AWS_PROFILE")], MfaSessionUpdate::Same).unwrap();
        assert_eq!(&**text, "{\"AWS_REGION\":\"e\\\"\\n\\u0001é\",\"AWS_PROFILE\":null}\n");
    }

    #[test]
    fn a_base_session_is_no_text() {
        let base = Secret::new("1 a b".into());
        for (keep, value) in [(MfaSessionUpdate::New(&base), "[\"1 a b\"]"), (MfaSessionUpdate::Drop, "null")]
        {
            let text = render(&[EnvChange::Unset("AWS_PROFILE")], keep).unwrap();
            assert_eq!(&**text, format!("{{\"AWS_PROFILE\":null,\"ASSUME_ENV_BASE\":{value}}}\n"));
        }
    }

    #[test]
    fn a_word_has_the_escapes_of_nu() {
        let mut text = String::new();
        quote(&mut text, "a\"b\\c'd$(id)\u{1}");
        assert_eq!(text, r#""a\"b\\c'd$(id)\u{1}""#);
    }
}
