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
use crate::shell::dialect::{CompletionForm, Dialect, Hook};
use crate::shell::error::Error;
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "sh",
    about: "For bash, zsh, dash, ksh, mksh, busybox and yash (the default)",
    process_names: &[],
    python_module: None,
    eval_line: Some(["eval \"$(assume-env", ")\""]),
    keeps_mfa_session: true,
    render,
    fail,
    quote,
    literal: quote,
    bare_bytes: b"_-./:@+,=",
    hooks: &[
        Hook {
            name: "bash",
            load: "In ~/.bashrc: eval \"$(assume-env --init bash)\"",
            script: include_str!("../../../shell/assume.bash"),
            function_name_may_have_dash: true,
            completion: Some(CompletionForm::Readline),
            completion_file: Some(
                "# bash completion of assume-env                                          -*- shell-script -*-",
            ),
        },
        Hook {
            name: "zsh",
            load: "In ~/.zshrc: eval \"$(assume-env --init zsh)\"",
            script: include_str!("../../../shell/assume.zsh"),
            function_name_may_have_dash: true,
            completion: Some(CompletionForm::Zsh),
            completion_file: Some("#compdef assume-env assume"),
        },
        Hook {
            name: "posix",
            load: "For dash, ksh, mksh, busybox and yash, in the file that $ENV names: eval \"$(assume-env --init posix)\"",
            script: include_str!("../../../shell/assume.sh"),
            // dash, ksh and yash do not accept one.
            function_name_may_have_dash: false,
            completion: None,
            completion_file: None,
        },
    ],
};

fn render(changes: &[EnvChange], mfa_session: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let mut text = text::buffer(changes, mfa_session);
    let (_, set) = text::split(changes);
    text.push_str("unset");
    for change in changes {
        text.push(' ');
        text.push_str(change.name());
    }
    if !set.is_empty() {
        // On a line of its own: a shell without `unset`, such as fish, shows the line that it cannot run.
        text.push_str(" &&\nexport");
        for (name, value) in set {
            text.push(' ');
            text.push_str(name);
            text.push('=');
            quote(&mut text, value);
        }
    }
    // In the same list, since the status of the last statement is that of the whole text. Unset first: a
    // variable that was exported before would stay exported.
    if !matches!(mfa_session, MfaSessionUpdate::Same) {
        let _ = write!(text, " &&\nunset {VARIABLE}");
    }
    if let MfaSessionUpdate::New(value) = mfa_session {
        let _ = write!(text, " && {VARIABLE}=");
        quote(&mut text, value.expose());
    }
    text.push_str(";\n");
    Ok(text)
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
            "unset AWS_ACCESS_KEY_ID AWS_PROFILE &&\nexport AWS_ACCESS_KEY_ID='A';\n"
        );
        assert_eq!(&**render(&changes[1..], MfaSessionUpdate::Same).unwrap(), "unset AWS_PROFILE;\n");
        assert_eq!(fail(2), "(exit 2);\n");
        let mfa_session = Secret::new("1 a b".into());
        assert_eq!(
            &**render(&changes[1..], MfaSessionUpdate::New(&mfa_session)).unwrap(),
            "unset AWS_PROFILE &&\nunset ASSUME_ENV_BASE && ASSUME_ENV_BASE='1 a b';\n"
        );
        assert_eq!(
            &**render(&changes[1..], MfaSessionUpdate::Drop).unwrap(),
            "unset AWS_PROFILE &&\nunset ASSUME_ENV_BASE;\n"
        );
    }
}
