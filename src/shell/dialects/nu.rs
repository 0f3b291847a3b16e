//! The nu dialect, for `assume-env -f nu ROLE | from json | load-env`. Follows the nushell book
//! ("Environment") and RFC 8259.
//!
//! The text is one JSON object, in which null means unset: `load-env` cannot hide a variable, but nu treats
//! one that is null as absent (`$env.AWS_PROFILE?`), and no program that nu starts gets it. A program that
//! fails ends the pipeline before `load-env`: the failing text is empty.
//!
//! An MFA session is a list of one text: no program that nu starts gets a list.

use std::fmt::Write as _;

use serde::ser::{SerializeMap as _, Serializer as _};
use zeroize::Zeroizing;

use crate::common::mfa_session::{MfaSessionUpdate, VARIABLE};
use crate::common::variables::EnvChange;
use crate::shell::dialect::{Answers, CompletionForm, Dialect, Hook};
use crate::shell::dialects::json;
use crate::shell::error::Error;
use crate::shell::frame::Frame;
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "nu",
    aliases: &["nushell"],
    about: "For nushell",
    process_names: &["nu"],
    python_module: None,
    eval_line: Some(["assume-env -f nu", " | from json | load-env"]),
    keeps_mfa_session: true,
    render,
    unfit: text::always_fits,
    fail: text::no_failure,
    quote,
    bare_bytes: b"_-./:",
    hooks: &[Hook {
        name: "nu",
        aliases: &["nushell"],
        load: "Write the hook into a file, assume-env --init nu | save -f ~/.config/nushell/assume.nu; then, in \
               ~/.config/nushell/config.nu: source ~/.config/nushell/assume.nu",
        script: include_str!("../../../shell/assume.nu"),
        function_name_may_have_dash: true,
        completion: Some(CompletionForm::QuotedWords),
        completion_file: None,
        answers: Answers { answer: None, mfa_session: Some(0), stdin: None, changes: answer, pass_on },
    }],
};

/// The member that has the mark, and the one that passes the words of the user on.
const MARK: &str = "__assume_env_mark";
const PASS_ON: &str = "__assume_env_pass_on";

/// A document is whole, or nu does not read it.
fn answer(
    frame: &Frame<'_>,
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
) -> Result<Zeroizing<String>, Error> {
    document(changes, mfa_session, Some(frame.mark))
}

fn pass_on(frame: &Frame<'_>) -> String {
    format!("{}", serde_json::json!({ PASS_ON: frame.flag(), MARK: frame.mark }))
}

fn render(changes: &[EnvChange], mfa_session: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    document(changes, mfa_session, None)
}

fn document(
    changes: &[EnvChange],
    mfa_session: MfaSessionUpdate<'_>,
    mark: Option<&str>,
) -> Result<Zeroizing<String>, Error> {
    json::document("nu", |json| {
        let mut map = json.serialize_map(None)?;
        if let Some(mark) = mark {
            map.serialize_entry(MARK, mark)?;
        }
        for change in changes {
            match change {
                EnvChange::Set(name, value) => map.serialize_entry(name, value.expose())?,
                EnvChange::Unset(name) => map.serialize_entry(name, &())?,
            }
        }
        match mfa_session {
            MfaSessionUpdate::Same => {}
            MfaSessionUpdate::Drop => map.serialize_entry(VARIABLE, &())?,
            MfaSessionUpdate::New(value) => map.serialize_entry(VARIABLE, &[value.expose()])?,
        }
        map.end()
    })
}

/// A word on nu's command line: inside double quotes `\` and `"` have a meaning, and nothing is expanded.
fn quote(text: &mut String, word: &str) {
    text.push('"');
    for c in word.chars() {
        if c.is_control() {
            let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
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
    fn an_unset_variable_is_null() {
        let set = EnvChange::set("AWS_REGION", Secret::new("e\"\n\u{1}é".into()));
        let text = render(&[set, EnvChange::unset("AWS_PROFILE")], MfaSessionUpdate::Same).unwrap();
        assert_eq!(&**text, "{\"AWS_REGION\":\"e\\\"\\n\\u0001é\",\"AWS_PROFILE\":null}\n");
    }

    #[test]
    fn an_mfa_session_is_a_list() {
        let mfa_session = Secret::new("1 a b".into());
        for (update, value) in
            [(MfaSessionUpdate::New(&mfa_session), "[\"1 a b\"]"), (MfaSessionUpdate::Drop, "null")]
        {
            let text = render(&[EnvChange::unset("AWS_PROFILE")], update).unwrap();
            assert_eq!(&**text, format!("{{\"AWS_PROFILE\":null,\"ASSUME_ENV_BASE\":{value}}}\n"));
        }
    }

    #[test]
    fn a_word_has_the_escapes_of_nu() {
        let mut text = String::new();
        quote(&mut text, "a\"b\\c'd$(id)\u{1}");
        assert_eq!(text, r#""a\"b\\c'd$(id)\u{1}""#);
    }
}
