//! The csh dialect, for ``eval "`assume-env -f csh ROLE`"`` in tcsh. Follows tcsh(1) ("Lexical structure",
//! "Quoting", `setenv`).
//!
//! Backquotes turn a line break into a blank, or into the end of a word: a value with a line break is an
//! error, and nothing is printed. Without the double quotes they also reduce several blanks to one, so the
//! line to type has double quotes.

use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;
use crate::shell::dialect::{Answers, CompletionForm, Dialect, Hook};
use crate::shell::error::{Error, Unfit};
use crate::shell::frame::Frame;
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "csh",
    aliases: &["tcsh"],
    about: "For tcsh",
    process_names: &["tcsh", "csh"],
    python_module: None,
    eval_line: Some(["eval \"`assume-env -f csh", "`\""]),
    keeps_mfa_session: true,
    render,
    unfit,
    fail,
    quote,
    bare_bytes: b"_-./:",
    hooks: &[Hook {
        name: "tcsh",
        aliases: &["csh"],
        load: "The prompt shows the role without the time left. Write the hook into a file, assume-env --init tcsh > \
               ~/.assume-env.tcsh; then, in ~/.tcshrc: source ~/.assume-env.tcsh",
        script: include_str!("../../../shell/assume.tcsh"),
        function_name_may_have_dash: true,
        completion: Some(CompletionForm::CommandLine),
        completion_file: None,
        answers: Answers { answer: None, mfa_session: Some(0), stdin: None, changes: answer, pass_on },
    }],
};

fn render(changes: &[EnvChange], mfa_session: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let mut text = text::buffer(changes, mfa_session);
    let (unset, set) = text::split(changes);
    for name in unset {
        text.push_str("unsetenv ");
        text.push_str(name);
        text.push_str("; ");
    }
    for (name, value) in set {
        if let Some(why) = unfit(value) {
            return Err(Error::Value { name: name.to_owned(), why });
        }
        text.push_str("setenv ");
        text.push_str(name);
        text.push(' ');
        quote(&mut text, value);
        text.push_str("; ");
    }
    if !matches!(mfa_session, MfaSessionUpdate::Same) {
        // tcsh can have a shell variable and an environment variable of one name, and unsetting one leaves
        // the other.
        for statement in ["unsetenv ", VARIABLE, "; unset ", VARIABLE, "; "] {
            text.push_str(statement);
        }
    }
    if let MfaSessionUpdate::New(value) = mfa_session {
        text.push_str("set ");
        text.push_str(VARIABLE);
        text.push('=');
        quote(&mut text, value.expose());
        text.push_str("; ");
    }
    text::end_line(&mut text);
    Ok(text)
}

fn unfit(value: &str) -> Option<Unfit> {
    value.contains('\n').then_some(Unfit {
        reason: "contains a line break, which csh cannot take from eval",
        advice: "nothing was set or restored; run a command instead (assume-env ROLE -- COMMAND), or use another shell",
    })
}

/// One line: backquotes would turn a line break into the end of a word.
fn answer(
    frame: &Frame<'_>,
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
) -> Result<Zeroizing<String>, Error> {
    let mark = frame.mark;
    Ok(text::framed(
        &format!("set __assume_env_mark=begin.{mark}; "),
        render(changes, mfa_session)?.trim_end(),
        &format!(" set __assume_env_mark={mark};"),
    ))
}

fn pass_on(frame: &Frame<'_>) -> String {
    let (mark, flag) = (frame.mark, frame.flag());
    format!(
        "set __assume_env_mark=begin.{mark}; \\assume-env {flag} $__assume_env_args:q; \
         set __assume_env_status = $status; set __assume_env_mark={mark};"
    )
}

fn fail(status: u8) -> String {
    format!("(exit {status});\n")
}

/// A quote ends single quotes, history looks for `!` even inside them, and with `backslash_quote` set a
/// backslash has a meaning there too. So these three characters are written outside the quotes, after a
/// backslash.
fn quote(text: &mut String, value: &str) {
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
        EnvChange::set("AWS_REGION", Secret::new(value.into()))
    }

    #[test]
    fn one_line_sets_and_unsets() {
        let text = render(&[set("eu"), EnvChange::unset("AWS_PROFILE")], MfaSessionUpdate::Same).unwrap();
        assert_eq!(&**text, "unsetenv AWS_PROFILE; setenv AWS_REGION 'eu';\n");
        assert_eq!(fail(2), "(exit 2);\n");
    }

    #[test]
    fn an_mfa_session_is_a_variable_that_is_not_exported() {
        let mfa_session = Secret::new("1 a b".into());
        let drops = "unsetenv AWS_PROFILE; unsetenv ASSUME_ENV_BASE; unset ASSUME_ENV_BASE;";
        for (update, sets) in [
            (MfaSessionUpdate::New(&mfa_session), " set ASSUME_ENV_BASE='1 a b';"),
            (MfaSessionUpdate::Drop, ""),
        ] {
            let text = render(&[EnvChange::unset("AWS_PROFILE")], update).unwrap();
            assert_eq!(&**text, format!("{drops}{sets}\n"));
        }
    }

    #[test]
    fn quote_backslash_and_history_are_outside_the_quotes() {
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
