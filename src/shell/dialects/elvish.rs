//! The elvish dialect, for `eval (assume-env -f elvish ROLE | slurp)`. Follows the elvish language reference
//! ("Double-quoted string") and its builtin module (`set-env`, `unset-env`).
//!
//! Values are in double quotes, because their escapes keep the text on one line: so it also works without
//! `slurp`, where `eval` gets one argument per line. A program that fails is an exception in elvish, before
//! `eval` gets a text: the failing text is empty.
//!
//! A variable that a text declares is gone when `eval` returns, but the hook reads it before that: so it gets
//! the MFA session.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;
use crate::shell::dialect::{Answers, CompletionForm, Dialect, Hook};
use crate::shell::error::Error;
use crate::shell::frame::Frame;
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "elvish",
    aliases: &[],
    about: "For elvish",
    process_names: &["elvish"],
    python_module: None,
    eval_line: Some(["eval (assume-env -f elvish", " | slurp)"]),
    keeps_mfa_session: true,
    render,
    unfit: text::always_fits,
    fail: text::no_failure,
    quote,
    bare_bytes: b"_-./:",
    hooks: &[Hook {
        name: "elvish",
        aliases: &[],
        load: "The prompt shows the role without the time left. In ~/.config/elvish/rc.elv: eval (assume-env --init elvish \
               | slurp)",
        script: include_str!("../../../shell/assume.elv"),
        function_name_may_have_dash: true,
        completion: Some(CompletionForm::Words),
        completion_file: None,
        answers: Answers { answer: None, mfa_session: Some(0), stdin: Some(3), changes: answer, pass_on },
    }],
};

fn render(changes: &[EnvChange], mfa_session: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let mut text = text::buffer(changes, mfa_session);
    let (unset, set) = text::split(changes);
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
    if let Some(value) = mfa_session.value() {
        text.push_str("var ");
        text.push_str(VARIABLE);
        text.push_str(" = ");
        quote(&mut text, value);
        text.push_str("; ");
    }
    text::end_line(&mut text);
    Ok(text)
}

/// The hook reads the mark from the names of the text, after it has run to its end.
fn answer(
    frame: &Frame<'_>,
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
) -> Result<Zeroizing<String>, Error> {
    let mark = frame.mark;
    Ok(text::framed(
        &format!("var __assume_env_mark = begin.{mark}; "),
        render(changes, mfa_session)?.trim_end(),
        &format!(" set __assume_env_mark = {mark};"),
    ))
}

/// The hook gives `$args` to the text. A program that fails is an exception, which passes through the function.
fn pass_on(frame: &Frame<'_>) -> String {
    let (mark, flag) = (frame.mark, frame.flag());
    format!(
        "var __assume_env_mark = begin.{mark}; (external assume-env) {flag} $@args; set __assume_env_mark = {mark};"
    )
}

/// Inside double quotes only `\` and `"` have a meaning; control characters get an escape.
fn quote(text: &mut String, value: &str) {
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
        let set = EnvChange::set("AWS_REGION", Secret::new("e\nu".into()));
        let text = render(&[set, EnvChange::unset("AWS_PROFILE")], MfaSessionUpdate::Same).unwrap();
        assert_eq!(&**text, "unset-env AWS_PROFILE; set-env AWS_REGION \"e\\u000au\";\n");
    }

    #[test]
    fn an_mfa_session_is_a_variable_that_is_not_exported() {
        let mfa_session = Secret::new("1 a b".into());
        for (update, value) in [(MfaSessionUpdate::New(&mfa_session), "1 a b"), (MfaSessionUpdate::Drop, "")]
        {
            let text = render(&[EnvChange::unset("AWS_PROFILE")], update).unwrap();
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
