//! The PowerShell dialect, for `assume-env -f pwsh ROLE | Out-String | Invoke-Expression`. Follows
//! about_Quoting_Rules, about_Environment_Variables and about_Throw.
//!
//! PowerShell reads a program's output by lines, and a single carriage return ends a line: control characters
//! are written by number, so that the text is one line. Before version 7.5 an empty value unsets a variable:
//! its environment has no empty values.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::dialect::{Answers, CompletionForm, Dialect, Hook};
use crate::shell::error::Error;
use crate::shell::frame::Frame;
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "pwsh",
    aliases: &["powershell"],
    about: "For PowerShell",
    process_names: &["pwsh"],
    python_module: None,
    eval_line: Some(["assume-env -f pwsh", " | Out-String | Invoke-Expression"]),
    // PowerShell has such variables, but no test could prove that a text uses them rightly: the tests have no
    // PowerShell.
    keeps_mfa_session: false,
    render,
    unfit: text::always_fits,
    fail,
    quote,
    bare_bytes: b"_-./:",
    hooks: &[Hook {
        name: "pwsh",
        aliases: &["powershell"],
        load: "In the file that $PROFILE names: assume-env --init pwsh | Out-String | Invoke-Expression",
        script: include_str!("../../../shell/assume.ps1"),
        function_name_may_have_dash: true,
        completion: Some(CompletionForm::QuotedWords),
        completion_file: None,
        answers: Answers { answer: None, mfa_session: None, stdin: None, changes: answer, pass_on },
    }],
};

fn render(changes: &[EnvChange], _: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let mut text = text::buffer(changes, MfaSessionUpdate::Same);
    let (unset, set) = text::split(changes);
    // Remove-Item fails for a name that is not set, and an alias could replace it; an assignment does
    // neither.
    for name in unset {
        text.push_str("$env:");
        text.push_str(name);
        text.push_str(" = $null; ");
    }
    for (name, value) in set {
        text.push_str("$env:");
        text.push_str(name);
        text.push_str(" = ");
        quote(&mut text, value);
        text.push_str("; ");
    }
    text::end_line(&mut text);
    Ok(text)
}

fn answer(
    frame: &Frame<'_>,
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
) -> Result<Zeroizing<String>, Error> {
    let mark = frame.mark;
    Ok(text::framed(
        &format!("$global:__assume_env_mark = 'begin.{mark}'; "),
        render(changes, mfa_session)?.trim_end(),
        &format!(" $global:__assume_env_mark = '{mark}';"),
    ))
}

fn pass_on(frame: &Frame<'_>) -> String {
    let (mark, flag) = (frame.mark, frame.flag());
    format!(
        "$global:__assume_env_mark = 'begin.{mark}'; & $program {flag} @words; $global:__assume_env_mark = '{mark}';"
    )
}

fn fail(_status: u8) -> String {
    "throw 'assume-env failed';\n".into()
}

/// Inside single quotes only a quote has a meaning, and PowerShell reads the typographic ones as quotes too.
fn quote(text: &mut String, value: &str) {
    let controls = value.chars().any(char::is_control);
    if controls {
        text.push('(');
    }
    text.push('\'');
    for c in value.chars() {
        if c.is_control() {
            let _ = write!(text, "'+[char]{}+'", u32::from(c));
            continue;
        }
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            text.push(c);
        }
        text.push(c);
    }
    text.push('\'');
    if controls {
        text.push(')');
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
    fn one_line_sets_and_unsets() {
        let set = EnvChange::set("AWS_REGION", Secret::new("eu".into()));
        let text = render(&[set, EnvChange::unset("AWS_PROFILE")], MfaSessionUpdate::Same).unwrap();
        assert_eq!(&**text, "$env:AWS_PROFILE = $null; $env:AWS_REGION = 'eu';\n");
        assert_eq!(fail(2), "throw 'assume-env failed';\n");
    }

    #[test]
    fn every_quote_of_powershell_is_doubled() {
        assert_eq!(quoted("$(id)`x"), "'$(id)`x'");
        assert_eq!(quoted(""), "''");
        for quote in ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'] {
            assert_eq!(quoted(&format!("a{quote}b")), format!("'a{quote}{quote}b'"));
        }
        assert_eq!(quoted("a\u{201c}b\"c"), "'a\u{201c}b\"c'");
    }

    #[test]
    fn control_characters_are_written_by_number() {
        assert_eq!(quoted("a\r\nb"), "('a'+[char]13+''+[char]10+'b')");
        assert_eq!(quoted("\u{7f}"), "(''+[char]127+'')");
    }
}
