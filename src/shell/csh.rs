//! The csh dialect, for ``eval "`assume-env -f csh ROLE`"`` in tcsh. Follows tcsh(1) ("Lexical structure", "Quoting", `setenv`).
//!
//! Backquotes turn a line break into a blank, or into the end of a word: a value with one is an error, and nothing is printed.
//! Without the double quotes they also shrink a run of blanks to one, so the line to type has them.

use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;
use crate::shell::error::Error;

pub fn render(changes: &[EnvChange], keep: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let mut text = super::buffer(changes, keep);
    let (unset, set) = super::split(changes);
    for name in unset {
        text.push_str("unsetenv ");
        text.push_str(name);
        text.push_str("; ");
    }
    for (name, value) in set {
        if value.contains('\n') {
            return Err(Error::LineBreakInCsh { name });
        }
        text.push_str("setenv ");
        text.push_str(name);
        text.push(' ');
        quote(&mut text, value);
        text.push_str("; ");
    }
    if !matches!(keep, MfaSessionUpdate::Same) {
        // tcsh has variables of both kinds side by side, and unsetting one leaves the other.
        for statement in ["unsetenv ", VARIABLE, "; unset ", VARIABLE, "; "] {
            text.push_str(statement);
        }
    }
    if let MfaSessionUpdate::New(value) = keep {
        text.push_str("set ");
        text.push_str(VARIABLE);
        text.push('=');
        quote(&mut text, value.expose());
        text.push_str("; ");
    }
    super::end_line(&mut text);
    Ok(text)
}

pub fn fail(status: u8) -> String {
    format!("(exit {status});\n")
}

/// A quote ends single quotes, history looks for `!` even between them, and with `backslash_quote` set a backslash means
/// something there too. So these three stand outside, behind a backslash.
pub fn quote(text: &mut String, value: &str) {
    text.push('\'');
    for c in value.chars() {
        if matches!(c, '\\' | '\'' | '!') {
            text.push_str("'\\");
            text.push(c);
            text.push('\'');
        } else {
            text.push(c);
        }
    }
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::credentials::Secret;
    use crate::common::report::Diagnostic as _;

    fn set(value: &str) -> EnvChange {
        EnvChange::Set("AWS_REGION", Secret::new(value.into()))
    }

    #[test]
    fn one_line_sets_and_unsets() {
        let text = render(&[set("eu"), EnvChange::Unset("AWS_PROFILE")], MfaSessionUpdate::Same).unwrap();
        assert_eq!(&**text, "unsetenv AWS_PROFILE; setenv AWS_REGION 'eu';\n");
        assert_eq!(fail(2), "(exit 2);\n");
    }

    #[test]
    fn a_base_session_is_a_variable_that_is_not_exported() {
        let base = Secret::new("1 a b".into());
        let drops = "unsetenv AWS_PROFILE; unsetenv ASSUME_ENV_BASE; unset ASSUME_ENV_BASE;";
        for (keep, sets) in
            [(MfaSessionUpdate::New(&base), " set ASSUME_ENV_BASE='1 a b';"), (MfaSessionUpdate::Drop, "")]
        {
            let text = render(&[EnvChange::Unset("AWS_PROFILE")], keep).unwrap();
            assert_eq!(&**text, format!("{drops}{sets}\n"));
        }
    }

    #[test]
    fn quote_backslash_and_history_stand_outside_the_quotes() {
        let mut text = String::new();
        quote(&mut text, r"a'b\c!d$(id)");
        assert_eq!(text, r"'a'\''b'\\'c'\!'d$(id)'");
    }

    #[test]
    fn a_line_break_is_an_error_that_names_the_variable() {
        let error = render(&[set("a\nb")], MfaSessionUpdate::Same).unwrap_err();
        assert!(
            error.report().message().contains("AWS_REGION contains a line break"),
            "{}",
            error.report().headline
        );
        assert!(
            !error.report().message().contains("a\nb")
                && render(&[set("a\rb")], MfaSessionUpdate::Same).is_ok()
        );
    }
}
