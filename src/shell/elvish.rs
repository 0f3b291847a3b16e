//! The elvish dialect, for `eval (assume-env -f elvish ROLE | slurp)`. Follows the elvish language reference ("Double-quoted
//! string") and its builtin module (`set-env`, `unset-env`).
//!
//! Double quotes, because their escapes keep the text on one line: so it also works without `slurp`, which gives `eval` one
//! argument a line. A program that fails is an exception there, before `eval` sees a text: the failing text is empty.
//!
//! A variable that a text declares is gone when `eval` returns, but the hook sees it before that: so a base session comes back.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;

pub fn render(changes: &[EnvChange], keep: MfaSessionUpdate<'_>) -> Zeroizing<String> {
    let mut text = super::buffer(changes, keep);
    let (unset, set) = super::split(changes);
    for name in unset {
        text.push_str("unset-env ");
        text.push_str(name);
        text.push_str("; ");
    }
    for (name, value) in set {
        text.push_str("set-env ");
        text.push_str(name);
        text.push(' ');
        quote(&mut text, value);
        text.push_str("; ");
    }
    if let Some(value) = keep.value() {
        text.push_str("var ");
        text.push_str(VARIABLE);
        text.push_str(" = ");
        quote(&mut text, value);
        text.push_str("; ");
    }
    super::end_line(&mut text);
    text
}

/// Inside double quotes only `\` and `"` mean something; control characters get an escape.
pub fn quote(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        if c.is_control() {
            let _ = write!(text, "\\u{:04x}", u32::from(c));
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
    fn one_line_sets_and_unsets() {
        let set = EnvChange::Set("AWS_REGION", Secret::new("e\nu".into()));
        let text = render(&[set, EnvChange::Unset("AWS_PROFILE")], MfaSessionUpdate::Same);
        assert_eq!(&**text, "unset-env AWS_PROFILE; set-env AWS_REGION \"e\\u000au\";\n");
    }

    #[test]
    fn a_base_session_is_a_variable_that_is_not_exported() {
        let base = Secret::new("1 a b".into());
        for (keep, value) in [(MfaSessionUpdate::New(&base), "1 a b"), (MfaSessionUpdate::Drop, "")] {
            let text = render(&[EnvChange::Unset("AWS_PROFILE")], keep);
            assert_eq!(&**text, format!("unset-env AWS_PROFILE; var ASSUME_ENV_BASE = \"{value}\";\n"));
        }
    }

    #[test]
    fn backslash_quote_and_control_characters_are_escaped() {
        let mut text = String::new();
        quote(&mut text, "a\"b\\c'd$(id)é\u{7f}");
        assert_eq!(text, r#""a\"b\\c'd$(id)é\u007f""#);
    }
}
