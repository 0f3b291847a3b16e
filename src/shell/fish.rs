//! The fish dialect, for `assume-env -f fish ROLE | source`. Follows the fish manual ("Quotes", `set`).
//!
//! An exported universal variable would shine through once its global namesake is erased, and an AWS tool would see it. So the
//! text first looks for one among the names that it unsets; if there is one it changes nothing, says what to type, and fails.

use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;

pub fn render(changes: &[EnvChange], keep: MfaSessionUpdate<'_>) -> Zeroizing<String> {
    let mut text = super::buffer(changes, keep);
    let (unset, set) = super::split(changes);
    text.push_str("begin; set -l assume_env_u; set -l assume_env_n; for assume_env_n in");
    for name in &unset {
        text.push(' ');
        text.push_str(name);
    }
    text.push_str("; if set -qUx $assume_env_n; set assume_env_u $assume_env_u $assume_env_n; end; end; ");
    text.push_str("if test -n \"$assume_env_u\"; ");
    text.push_str("echo \"assume-env: universal variables would stay beside the keys: $assume_env_u\" >&2; ");
    text.push_str("echo \"  erase them, then try again: set -eU $assume_env_u\" >&2; ");
    text.push_str(fail(1).trim_end());
    text.push_str(" else; set -eg");
    for name in &unset {
        text.push(' ');
        text.push_str(name);
    }
    // The keys on a line of their own: a shell that is not fish shows the line that it stumbles over.
    text.push_str(";\n");
    for (name, value) in set {
        text.push_str(" set -gx ");
        text.push_str(name);
        text.push(' ');
        quote(&mut text, value);
        text.push(';');
    }
    // Erased first: a variable that somebody exported would stay exported.
    if !matches!(keep, MfaSessionUpdate::Same) {
        text.push_str(&format!(" set -eg {VARIABLE};"));
    }
    if let MfaSessionUpdate::New(value) = keep {
        text.push_str(&format!(" set -gu {VARIABLE} "));
        quote(&mut text, value.expose());
        text.push(';');
    }
    text.push_str(" true; end; end;\n");
    text
}

pub fn fail(status: u8) -> String {
    format!("sh -c 'exit {status}';\n")
}

/// Inside single quotes only `\` and `'` mean something.
pub fn quote(text: &mut String, value: &str) {
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
