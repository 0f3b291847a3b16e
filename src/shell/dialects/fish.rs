//! The fish dialect, for `assume-env -f fish ROLE | source`. Follows the fish manual ("Quotes", `set`).
//!
//! When a global variable is erased, an exported universal variable of the same name becomes visible, and a
//! local one hides the global one: an AWS tool would use its value. So the text first looks for such variables
//! among its names; when one exists, the text changes nothing, prints what to type, and fails.

use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;
use crate::shell::dialect::{Answers, CompletionForm, Dialect, Hook};
use crate::shell::error::Error;
use crate::shell::frame::Frame;
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "fish",
    aliases: &[],
    about: "For fish",
    process_names: &["fish"],
    python_module: None,
    eval_line: Some(["assume-env -f fish", " | source"]),
    keeps_mfa_session: true,
    render,
    unfit: text::always_fits,
    fail,
    quote,
    bare_bytes: b"_-./:@+,=",
    hooks: &[Hook {
        name: "fish",
        aliases: &[],
        load: "In ~/.config/fish/config.fish: assume-env --init fish | source",
        script: include_str!("../../../shell/assume.fish"),
        function_name_may_have_dash: true,
        completion: Some(CompletionForm::Words),
        completion_file: Some("# fish completion of assume-env"),
        answers: Answers { answer: None, mfa_session: Some(0), stdin: Some(5), changes: answer, pass_on },
    }],
};

fn render(changes: &[EnvChange], mfa_session: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let mut text = text::buffer(changes, mfa_session);
    let (unset, set) = text::split(changes);
    text.push_str(
        "begin; set -l assume_env_u; set -l assume_env_l; set -l assume_env_n; for assume_env_n in",
    );
    for name in &unset {
        text.push(' ');
        text.push_str(name);
    }
    text.push_str("; if set -qUx $assume_env_n; set assume_env_u $assume_env_u $assume_env_n; end; end; ");
    text.push_str("for assume_env_n in");
    for change in changes {
        text.push(' ');
        text.push_str(change.name());
    }
    text.push_str("; if set -qlx $assume_env_n; set assume_env_l $assume_env_l $assume_env_n; end; end; ");
    text.push_str("if test -n \"$assume_env_l\"; ");
    text.push_str("echo \"assume-env: local variables would hide the session: $assume_env_l\" >&2; ");
    text.push_str("echo \"  erase them, then try again: set -el $assume_env_l\" >&2; ");
    text.push_str(fail(1).trim_end());
    text.push_str(" else if test -n \"$assume_env_u\"; ");
    text.push_str("echo \"assume-env: exported universal variables would stay visible to AWS tools: $assume_env_u\" >&2; ");
    text.push_str("echo \"  erase them, then try again: set -eU $assume_env_u\" >&2; ");
    text.push_str(fail(1).trim_end());
    text.push_str(" else; set -eg");
    for name in &unset {
        text.push(' ');
        text.push_str(name);
    }
    // The keys on a line of their own: a shell that is not fish shows the line that it cannot run.
    text.push_str(";\n");
    for (name, value) in set {
        text.push_str(" set -gx ");
        text.push_str(name);
        text.push(' ');
        quote(&mut text, value);
        text.push(';');
    }
    // Erased first: a variable that was exported before would stay exported.
    if !matches!(mfa_session, MfaSessionUpdate::Same) {
        text.push_str(&format!(" set -eg {VARIABLE};"));
    }
    if let MfaSessionUpdate::New(value) = mfa_session {
        text.push_str(&format!(" set -gu {VARIABLE} "));
        quote(&mut text, value.expose());
        text.push(';');
    }
    text.push_str(" true; end; end;\n");
    Ok(text)
}

/// The mark is set last, and only when every change was made.
fn answer(
    frame: &Frame<'_>,
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
) -> Result<Zeroizing<String>, Error> {
    let mark = frame.mark;
    Ok(text::framed(
        &format!("set -g __assume_env_mark begin.{mark};\n"),
        &render(changes, mfa_session)?,
        &format!("and set -g __assume_env_mark {mark};"),
    ))
}

fn pass_on(frame: &Frame<'_>) -> String {
    let (mark, flag) = (frame.mark, frame.flag());
    format!(
        "set -g __assume_env_mark begin.{mark};\ncommand assume-env {flag} $argv; set -g __assume_env_status $status;\n\
         set -g __assume_env_mark {mark};"
    )
}

fn fail(status: u8) -> String {
    format!("sh -c 'exit {status}';\n")
}

/// Inside single quotes only `\` and `'` have a meaning.
fn quote(text: &mut String, value: &str) {
    text.push('\'');
    for c in value.chars() {
        if matches!(c, '\\' | '\'') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslash_and_quote_are_escaped() {
        let mut text = String::new();
        quote(&mut text, r"a'b\c$(id)");
        assert_eq!(text, r"'a\'b\\c$(id)'");
    }
}
