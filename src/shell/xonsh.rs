//! The xonsh dialect, for `execx($(assume-env -f xonsh ROLE) or 'raise')`. Follows the xonsh tutorial ("Environment variables")
//! and the Python language reference ("String and bytes literals").
//!
//! xonsh is Python and a shell at once, and guesses which of the two a line is. So a literal is plain ASCII, and whatever
//! could mean something to either side has an escape. `$(…)` of version 0.13 does not notice that a program failed, so the
//! failing text raises; and on a busy machine it loses a text, or its end. `or 'raise'` is for the one, and `try` without
//! `finally` for the other: a text that was cut sets nothing.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;

pub fn render(changes: &[EnvChange], keep: MfaSessionUpdate<'_>) -> Zeroizing<String> {
    let mut text = super::buffer(changes, keep);
    let (unset, set) = super::split(changes);
    text.push_str("try: pass; ");
    // Only a variable that is set can be deleted; `${...}.pop` is an expression, whose value xonsh may show.
    for name in unset {
        for part in ["$", name, " = \"\"; del $", name, "; "] {
            text.push_str(part);
        }
    }
    for (name, value) in set {
        text.push('$');
        text.push_str(name);
        text.push_str(" = ");
        literal(&mut text, value);
        text.push_str("; ");
    }
    // A name of Python, which xonsh gives to no program.
    if let Some(value) = keep.value() {
        text.push_str(VARIABLE);
        text.push_str(" = ");
        literal(&mut text, value);
        text.push_str("; ");
    }
    super::end_line(&mut text);
    text.push_str("finally: 0\n");
    text
}

pub fn fail() -> String {
    "raise RuntimeError('assume-env failed');\n".into()
}

/// A word on xonsh's command line. A bare literal would have its `$NAME` and `~` expanded there, an expression has not.
pub fn quote(text: &mut String, word: &str) {
    text.push_str("@(");
    literal(text, word);
    text.push(')');
}

/// A literal of Python.
pub fn text(value: &str) -> String {
    let mut text = String::new();
    literal(&mut text, value);
    text
}

fn literal(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        let _ = match (c, u32::from(c)) {
            ('"' | '\'' | '\\' | '$' | '`' | '!', code) => write!(text, "\\x{code:02x}"),
            (' '..='~', _) => {
                text.push(c);
                Ok(())
            }
            (_, code @ ..=0xff) => write!(text, "\\x{code:02x}"),
            (_, code @ ..=0xffff) => write!(text, "\\u{code:04x}"),
            (_, code) => write!(text, "\\U{code:08x}"),
        };
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::credentials::Secret;

    #[test]
    fn one_block_sets_and_unsets() {
        let set = EnvChange::Set("AWS_REGION", Secret::new("eu".into()));
        let text = render(&[set, EnvChange::Unset("AWS_PROFILE")], MfaSessionUpdate::Same);
        assert_eq!(
            &**text,
            "try: pass; $AWS_PROFILE = \"\"; del $AWS_PROFILE; $AWS_REGION = \"eu\";\nfinally: 0\n"
        );
        assert_eq!(fail(), "raise RuntimeError('assume-env failed');\n");
    }

    #[test]
    fn a_base_session_is_a_variable_that_is_not_exported() {
        let base = Secret::new("1 a b".into());
        let set = [EnvChange::Set("AWS_REGION", Secret::new("eu".into()))];
        for (keep, value) in [(MfaSessionUpdate::New(&base), "1 a b"), (MfaSessionUpdate::Drop, "")] {
            let expected =
                format!("try: pass; $AWS_REGION = \"eu\"; ASSUME_ENV_BASE = \"{value}\";\nfinally: 0\n");
            assert_eq!(*render(&set, keep), expected);
        }
    }

    #[test]
    fn nothing_but_plain_ascii_stands_bare() {
        let mut text = String::new();
        literal(&mut text, "a b\"c'd\\e$f`g!h\ni\u{e9}\u{2019}\u{1f600}");
        assert_eq!(text, r#""a b\x22c\x27d\x5ce\x24f\x60g\x21h\x0ai\xe9\u2019\U0001f600""#);
        let mut word = String::new();
        quote(&mut word, "my role");
        assert_eq!(word, "@(\"my role\")");
    }
}
