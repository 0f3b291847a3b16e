//! The sentences that more than one hook has, each of them once.
//!
//! A script has `@message.NAME@` or `@message.NAME.hint@` inside quotes, and `commands/init.rs` replaces the
//! mark by the sentence. A sentence with `{}` has values: they follow the name, separated by blanks, in the
//! form in which the shell puts the value of a variable into the quotes around the mark (`"@message.expired
//! $name $renew@"`).
//!
//! The sentences have no character that is special in a shell between quotes, so they are right in each of
//! them. The word `assume` by itself is the name of the function.

/// A sentence that a hook prints.
pub(crate) struct Message {
    /// Its name in a mark.
    pub name: &'static str,
    /// The problem or the fact.
    pub headline: &'static str,
    /// What the user can do; empty for a message of one line.
    pub hint: &'static str,
}

/// All messages.
pub(crate) const MESSAGES: &[Message] = &[
    Message { name: "expired", headline: "the keys of {} have expired; to renew them, type {}", hint: "" },
    Message {
        name: "replaced",
        headline: "PROMPT_COMMAND was replaced, so the prompt no longer shows the role",
        hint: "load the hook after the line that replaces it",
    },
    Message {
        name: "no-answer",
        headline: "this shell got no complete answer from the program assume-env, and its environment is unchanged",
        hint: "",
    },
    Message { name: "about-function", headline: "put an AWS role into this shell", hint: "" },
];

/// The sentence of a mark without its `@message.` and `@`; `None` when there is no such sentence, or it has
/// another number of values.
pub(crate) fn sentence(mark: &str) -> Option<String> {
    let mut words = mark.split(' ');
    let name = words.next()?;
    let message = |name| MESSAGES.iter().find(|message| message.name == name);
    let text = match name.strip_suffix(".hint") {
        Some(name) => message(name)?.hint,
        None => message(name)?.headline,
    };
    let mut pieces = text.split("{}");
    let mut sentence = pieces.next()?.to_owned();
    for piece in pieces {
        sentence.push_str(words.next()?);
        sentence.push_str(piece);
    }
    (!text.is_empty() && words.next().is_none()).then_some(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_its_values() {
        assert!(sentence("no-answer").unwrap().starts_with("this shell got no"));
        let expired = "the keys of $name have expired; to renew them, type ($env.renew)";
        assert_eq!(sentence("expired $name ($env.renew)").as_deref(), Some(expired));
        for wrong in ["nosuch", "expired", "expired $name", "expired a b c", "expired.hint", ""] {
            assert_eq!(sentence(wrong), None, "{wrong}");
        }
    }

    /// Between quotes of any shell; `;`, `.` and `:` are special in none of them.
    #[test]
    fn no_character_is_special_between_quotes() {
        let plain = |c: char| c.is_ascii_alphanumeric() || " _-.,:;/".contains(c);
        for Message { name, headline, hint } in MESSAGES {
            for text in [headline, hint] {
                assert!(text.replace("{}", "x").chars().all(plain), "{name}");
                // Such as `$name:h` in zsh and `$name[1]`: what follows a value must not belong to the name
                // of a variable.
                let mut after = text.split("{}").skip(1);
                assert!(after.all(|rest| rest.is_empty() || rest.starts_with(' ')), "{name}");
            }
            assert!(!headline.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
    }
}
