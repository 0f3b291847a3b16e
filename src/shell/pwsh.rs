//! The PowerShell dialect, for `assume-env -f pwsh ROLE | Out-String | Invoke-Expression`. Follows about_Quoting_Rules,
//! about_Environment_Variables and about_Throw.
//!
//! PowerShell reads a program's output by lines and takes a lone carriage return for the end of one: control characters are
//! written by number, so that the text is one line. Before version 7.5 an empty value unsets: there is none in its environment.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;

pub fn render(changes: &[EnvChange]) -> Zeroizing<String> {
    let mut text = super::buffer(changes, MfaSessionUpdate::Same);
    let (unset, set) = super::split(changes);
    // Unlike Remove-Item this is no error for a name that is not set, and no command that an alias could replace.
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
    super::end_line(&mut text);
    text
}

pub fn fail() -> String {
    "throw 'assume-env failed';\n".into()
}

/// Inside single quotes only a quote means something, and for PowerShell the typographic ones are quotes too.
pub fn quote(text: &mut String, value: &str) {
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
        let set = EnvChange::Set("AWS_REGION", Secret::new("eu".into()));
        let text = render(&[set, EnvChange::Unset("AWS_PROFILE")]);
        assert_eq!(&**text, "$env:AWS_PROFILE = $null; $env:AWS_REGION = 'eu';\n");
        assert_eq!(fail(), "throw 'assume-env failed';\n");
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
    fn control_characters_have_a_number() {
        assert_eq!(quoted("a\r\nb"), "('a'+[char]13+''+[char]10+'b')");
        assert_eq!(quoted("\u{7f}"), "(''+[char]127+'')");
    }
}
