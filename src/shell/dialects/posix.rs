//! The POSIX dialect: bash, zsh, dash, ksh93, mksh, busybox ash, yash. Follows POSIX.1-2017, Shell Command
//! Language, 2.2.
//!
//! Success is one and-list, `unset … && export …;`. Every name is unset first, also those that are set later,
//! so that a readonly variable stops the list before a key is set.

use std::borrow::Cow;
use std::fmt::Write as _;

use zeroize::{Zeroize as _, Zeroizing};

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;
use crate::shell::dialect::{Answers, CompletionForm, Dialect, Hook, RenderAnswer};
use crate::shell::error::Error;
use crate::shell::frame::Frame;
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "sh",
    aliases: &["bash", "zsh", "posix", "dash", "ksh", "ksh93", "mksh", "busybox", "ash", "yash"],
    about: "For bash, zsh, dash, ksh, mksh, busybox and yash (the default)",
    process_names: &[],
    python_module: None,
    eval_line: Some(["eval \"$(assume-env", ")\""]),
    keeps_mfa_session: true,
    render,
    unfit: text::always_fits,
    fail,
    quote,
    bare_bytes: b"_-./:@+,=",
    hooks: &[
        Hook {
            name: "bash",
            aliases: &[],
            load: "In ~/.bashrc: eval \"$(assume-env --init bash)\"",
            script: include_str!("../../../shell/assume.bash"),
            function_name_may_have_dash: true,
            completion: Some(CompletionForm::Readline),
            completion_file: Some(
                "# bash completion of assume-env                                          -*- shell-script -*-",
            ),
            answers: answers(builtin_changes),
        },
        Hook {
            name: "zsh",
            aliases: &[],
            load: "In ~/.zshrc: eval \"$(assume-env --init zsh)\"",
            script: include_str!("../../../shell/assume.zsh"),
            function_name_may_have_dash: true,
            completion: Some(CompletionForm::Zsh),
            completion_file: Some("#compdef assume-env assume"),
            answers: answers(builtin_changes),
        },
        Hook {
            name: "posix",
            aliases: &["sh", "dash", "ksh", "ksh93", "mksh", "busybox", "ash", "yash"],
            load: "For dash, ksh, mksh, busybox and yash, in the file that $ENV names: eval \"$(assume-env --init posix)\"",
            script: include_str!("../../../shell/assume.sh"),
            // dash, ksh and yash do not accept one.
            function_name_may_have_dash: false,
            completion: None,
            completion_file: None,
            answers: answers(command_changes),
        },
    ],
};

/// The answer is on descriptor 3 and the MFA session on descriptor 4: standard input and output are the
/// user's.
const fn answers(changes: RenderAnswer) -> Answers {
    Answers { answer: Some(3), mfa_session: Some(4), stdin: None, changes, pass_on }
}

fn render(changes: &[EnvChange], mfa_session: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let mut text = text::buffer(changes, mfa_session);
    list(&mut text, "", changes, mfa_session);
    text.push_str(";\n");
    Ok(text)
}

/// bash and zsh reach a builtin with `builtin`, also when a function has its name.
fn builtin_changes(
    frame: &Frame<'_>,
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
) -> Result<Zeroizing<String>, Error> {
    Ok(framed(frame, "\\builtin ", changes, mfa_session))
}

/// The other shells reach it with `command`, as POSIX has it.
fn command_changes(
    frame: &Frame<'_>,
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
) -> Result<Zeroizing<String>, Error> {
    Ok(framed(frame, "\\command ", changes, mfa_session))
}

/// The mark is set at the end of the list, so only when every change was made.
fn framed(
    frame: &Frame<'_>,
    run: &str,
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
) -> Zeroizing<String> {
    let mut text = text::buffer(changes, mfa_session);
    let _ = writeln!(text, "__assume_env_mark=begin.{};", frame.mark);
    list(&mut text, run, changes, mfa_session);
    let and = if changes.is_empty() && matches!(mfa_session, MfaSessionUpdate::Same) { "" } else { " &&\n" };
    let _ = write!(text, "{and}__assume_env_mark={};", frame.mark);
    text
}

fn pass_on(frame: &Frame<'_>) -> String {
    let Frame { mark, .. } = frame;
    format!(
        "__assume_env_mark=begin.{mark};\n\\command assume-env {} \"$@\" || __assume_env_status=$?;\n\
         __assume_env_mark={mark};",
        frame.flag()
    )
}

/// The and-list of the changes; `run` is written before the name of a builtin.
fn list(text: &mut String, run: &str, changes: &[EnvChange], mfa_session: MfaSessionUpdate<'_>) {
    let (_, set) = text::split(changes);
    let names = |text: &mut String| {
        text.push_str("unset");
        for change in changes {
            text.push(' ');
            text.push_str(change.name());
        }
    };
    if !changes.is_empty() {
        // First in a subshell: a readonly variable fails there, before anything is changed.
        text.push('(');
        text.push_str(run);
        names(text);
        text.push_str(") && ");
        text.push_str(run);
        names(text);
    }
    if !set.is_empty() {
        // On a line of its own: a shell without `unset`, such as fish, shows the line that it cannot run.
        text.push_str(" &&\n");
        text.push_str(run);
        text.push_str("export");
        for (name, value) in set {
            text.push(' ');
            text.push_str(name);
            text.push('=');
            quote(text, value);
        }
    }
    // In the same list, since the status of the last statement is that of the whole text. Unset first: a
    // variable that was exported before would stay exported.
    if !matches!(mfa_session, MfaSessionUpdate::Same) {
        let and = if changes.is_empty() { "" } else { " &&\n" };
        let _ = write!(text, "{and}{run}unset {VARIABLE}");
    }
    if let MfaSessionUpdate::New(value) = mfa_session {
        let _ = write!(text, " && {VARIABLE}=");
        quote(text, value.expose());
    }
}

fn fail(status: u8) -> String {
    format!("(exit {status});\n")
}

/// Quotes with `shell-escape`, and adds the quotes that it leaves out: zsh expands a bare `=ls`.
pub(super) fn quote(text: &mut String, value: &str) {
    match shell_escape::unix::escape(Cow::Borrowed(value)) {
        Cow::Borrowed(plain) => {
            let _ = write!(text, "'{plain}'");
        }
        Cow::Owned(mut quoted) => {
            text.push_str(&quoted);
            quoted.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::credentials::Secret;

    fn quoted(value: &str) -> String {
        let mut text = String::new();
        quote(&mut text, value);
        text
    }

    #[test]
    fn everything_is_quoted() {
        assert_eq!(quoted("plain"), "'plain'");
        assert_eq!(quoted("=ls"), "'=ls'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a'b"), r"'a'\''b'");
        assert_eq!(quoted("$(id)"), "'$(id)'");
    }

    #[test]
    fn success_is_one_and_list() {
        let changes =
            [EnvChange::set("AWS_ACCESS_KEY_ID", Secret::new("A".into())), EnvChange::unset("AWS_PROFILE")];
        assert_eq!(
            &**render(&changes, MfaSessionUpdate::Same).unwrap(),
            "(unset AWS_ACCESS_KEY_ID AWS_PROFILE) && unset AWS_ACCESS_KEY_ID AWS_PROFILE &&\nexport AWS_ACCESS_KEY_ID='A';\n"
        );
        assert_eq!(
            &**render(&changes[1..], MfaSessionUpdate::Same).unwrap(),
            "(unset AWS_PROFILE) && unset AWS_PROFILE;\n"
        );
        assert_eq!(fail(2), "(exit 2);\n");
        let mfa_session = Secret::new("1 a b".into());
        assert_eq!(
            &**render(&changes[1..], MfaSessionUpdate::New(&mfa_session)).unwrap(),
            "(unset AWS_PROFILE) && unset AWS_PROFILE &&\nunset ASSUME_ENV_BASE && ASSUME_ENV_BASE='1 a b';\n"
        );
        assert_eq!(
            &**render(&changes[1..], MfaSessionUpdate::Drop).unwrap(),
            "(unset AWS_PROFILE) && unset AWS_PROFILE &&\nunset ASSUME_ENV_BASE;\n"
        );
    }
}
