//! The POSIX dialect: bash, zsh, dash, ksh93, mksh, busybox ash, yash. Follows POSIX.1-2017, Shell Command Language, 2.2.
//!
//! Success is one and-list, `unset … && export …;`. Every name is unset first, those to be set as well, so that a readonly
//! variable stops the list before a single key is set.

use std::borrow::Cow;
use std::fmt::Write as _;

use zeroize::{Zeroize as _, Zeroizing};

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;

pub fn render(changes: &[EnvChange], keep: MfaSessionUpdate<'_>) -> Zeroizing<String> {
    let mut text = super::buffer(changes, keep);
    let (_, set) = super::split(changes);
    text.push_str("unset");
    for change in changes {
        text.push(' ');
        text.push_str(change.name());
    }
    if !set.is_empty() {
        // On a line of its own: a shell that does not know `unset`, as fish, shows the line that it stumbles over.
        text.push_str(" &&\nexport");
        for (name, value) in set {
            text.push(' ');
            text.push_str(name);
            text.push('=');
            quote(&mut text, value);
        }
    }
    // In the same list, since the last statement's status is that of the whole. Unset first: a variable that somebody exported
    // would stay exported.
    if !matches!(keep, MfaSessionUpdate::Same) {
        let _ = write!(text, " &&\nunset {VARIABLE}");
    }
    if let MfaSessionUpdate::New(value) = keep {
        let _ = write!(text, " && {VARIABLE}=");
        quote(&mut text, value.expose());
    }
    text.push_str(";\n");
    text
}

pub fn fail(status: u8) -> String {
    format!("(exit {status});\n")
}

/// Quotes with `shell-escape`, and adds the quotes that it leaves out: zsh expands a bare `=ls`.
pub fn quote(text: &mut String, value: &str) {
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
            [EnvChange::Set("AWS_ACCESS_KEY_ID", Secret::new("A".into())), EnvChange::Unset("AWS_PROFILE")];
        assert_eq!(
            &**render(&changes, MfaSessionUpdate::Same),
            "unset AWS_ACCESS_KEY_ID AWS_PROFILE &&\nexport AWS_ACCESS_KEY_ID='A';\n"
        );
        assert_eq!(&**render(&changes[1..], MfaSessionUpdate::Same), "unset AWS_PROFILE;\n");
        assert_eq!(fail(2), "(exit 2);\n");
        let base = Secret::new("1 a b".into());
        assert_eq!(
            &**render(&changes[1..], MfaSessionUpdate::New(&base)),
            "unset AWS_PROFILE &&\nunset ASSUME_ENV_BASE && ASSUME_ENV_BASE='1 a b';\n"
        );
        assert_eq!(
            &**render(&changes[1..], MfaSessionUpdate::Drop),
            "unset AWS_PROFILE &&\nunset ASSUME_ENV_BASE;\n"
        );
    }
}
