//! The xonsh dialect, for `execx($(assume-env -f xonsh ROLE) or 'raise')`. Follows the xonsh tutorial
//! ("Environment variables") and the Python language reference ("String and bytes literals").
//!
//! xonsh is Python and a shell at once, and guesses which of the two a line is. So a literal is plain ASCII,
//! and every character that has a meaning for one of them has an escape. `$(…)` of version 0.13 does not
//! report that a program failed, so the failing text raises; and on a busy machine it loses a text, or the
//! end of it. `or 'raise'` catches a lost text. `try` catches a lost end: without its `finally` the text is a
//! syntax error, and sets nothing.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;
use crate::shell::dialect::{Answers, CompletionForm, Dialect, Hook};
use crate::shell::error::Error;
use crate::shell::frame::Frame;
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "xonsh",
    aliases: &[],
    about: "For xonsh",
    process_names: &["xonsh"],
    python_module: Some("xonsh"),
    eval_line: Some(["execx($(assume-env -f xonsh", ") or 'raise')"]),
    keeps_mfa_session: true,
    render,
    unfit: text::always_fits,
    fail,
    quote,
    bare_bytes: b"_-./:",
    hooks: &[Hook {
        name: "xonsh",
        aliases: &[],
        load: "In ~/.config/xonsh/rc.xsh: execx($(assume-env --init xonsh))",
        script: include_str!("../../../shell/assume.xsh"),
        function_name_may_have_dash: true,
        completion: Some(CompletionForm::QuotedWords),
        completion_file: None,
        answers: Answers { answer: None, mfa_session: Some(0), stdin: None, changes: answer, pass_on },
    }],
};

fn render(changes: &[EnvChange], mfa_session: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let mut text = text::buffer(changes, mfa_session);
    let (unset, set) = text::split(changes);
    text.push_str("try: pass; ");
    // Only a variable that is set can be deleted; `${...}.pop` is an expression, whose value xonsh may show.
    for name in unset {
        for part in ["$", name, " = \"\"; del $", name, "; "] {
            text.push_str(part);
        }
    }
    for (name, value) in set {
        // xonsh takes a variable of such a name as a list of paths, and expands `~` and `$NAME` in them.
        if ["PATH", "DIRS"].iter().any(|ending| name.ends_with(ending)) {
            text.push_str("${...}.register(");
            literal(&mut text, name);
            text.push_str(", type=\"str\"); ");
        }
        text.push('$');
        text.push_str(name);
        text.push_str(" = ");
        literal(&mut text, value);
        text.push_str("; ");
    }
    // A name of Python, which xonsh does not export.
    if let Some(value) = mfa_session.value() {
        text.push_str(VARIABLE);
        text.push_str(" = ");
        literal(&mut text, value);
        text.push_str("; ");
    }
    text::end_line(&mut text);
    text.push_str("finally: 0\n");
    Ok(text)
}

/// The hook reads the mark from the names of the text.
fn answer(
    frame: &Frame<'_>,
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
) -> Result<Zeroizing<String>, Error> {
    let mark = frame.mark;
    Ok(text::framed(
        &format!("__assume_env_mark = 'begin.{mark}'\n"),
        &render(changes, mfa_session)?,
        &format!("__assume_env_mark = '{mark}'\n"),
    ))
}

fn pass_on(frame: &Frame<'_>) -> String {
    let (mark, flag) = (frame.mark, frame.flag());
    format!(
        "__assume_env_mark = 'begin.{mark}'\n__assume_env_pass_on = '{flag}'\n__assume_env_mark = '{mark}'\n"
    )
}

fn fail(_status: u8) -> String {
    "raise RuntimeError('assume-env failed');\n".into()
}

/// A word on xonsh's command line. xonsh expands `$NAME` and `~` in a bare literal there, but not in an
/// expression.
fn quote(text: &mut String, word: &str) {
    text.push_str("@(");
    literal(text, word);
    text.push(')');
}

/// A literal of Python.
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
        let set = EnvChange::set("AWS_REGION", Secret::new("eu".into()));
        let text = render(&[set, EnvChange::unset("AWS_PROFILE")], MfaSessionUpdate::Same).unwrap();
        assert_eq!(
            &**text,
            "try: pass; $AWS_PROFILE = \"\"; del $AWS_PROFILE; $AWS_REGION = \"eu\";\nfinally: 0\n"
        );
        assert_eq!(fail(2), "raise RuntimeError('assume-env failed');\n");
    }

    #[test]
    fn a_variable_that_xonsh_takes_as_paths_is_made_a_text_first() {
        let set = [EnvChange::set("AWS_DATA_PATH", Secret::new("~".into()))];
        assert_eq!(
            *render(&set, MfaSessionUpdate::Same).unwrap(),
            "try: pass; ${...}.register(\"AWS_DATA_PATH\", type=\"str\"); $AWS_DATA_PATH = \"~\";\nfinally: 0\n"
        );
    }

    #[test]
    fn an_mfa_session_is_a_variable_that_is_not_exported() {
        let mfa_session = Secret::new("1 a b".into());
        let set = [EnvChange::set("AWS_REGION", Secret::new("eu".into()))];
        for (update, value) in [(MfaSessionUpdate::New(&mfa_session), "1 a b"), (MfaSessionUpdate::Drop, "")]
        {
            let expected =
                format!("try: pass; $AWS_REGION = \"eu\"; ASSUME_ENV_BASE = \"{value}\";\nfinally: 0\n");
            assert_eq!(*render(&set, update).unwrap(), expected);
        }
    }

    #[test]
    fn only_plain_ascii_has_no_escape() {
        let mut text = String::new();
        literal(&mut text, "a b\"c'd\\e$f`g!h\ni\u{e9}\u{2019}\u{1f600}");
        assert_eq!(text, r#""a b\x22c\x27d\x5ce\x24f\x60g\x21h\x0ai\xe9\u2019\U0001f600""#);
        let mut word = String::new();
        quote(&mut word, "my role");
        assert_eq!(word, "@(\"my role\")");
    }
}
