//! The line up to the cursor, from what a shell hands over.

use std::borrow::Cow;

use crate::shell::dialect::CompletionForm;

/// The line up to the cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its words without their quotes; the first is the command, the last is the one that is completed.
    pub words: Vec<String>,
    /// The quotation mark that is open at the cursor.
    pub quote: Option<char>,
    /// The beginning of the last word that bash keeps, without quotes.
    pub kept: String,
    /// What bash does with the candidates: `COMP_TYPE`.
    pub purpose: Option<char>,
    /// The columns of the terminal, if the shell says it.
    pub columns: Option<usize>,
}

impl Line {
    /// The line that these arguments describe; `None` if they do not.
    pub(super) fn of(form: CompletionForm, args: &[Cow<'_, str>]) -> Option<Self> {
        let unquoted = |words: &[Cow<'_, str>]| words.iter().map(|word| unquoted(word)).collect();
        match form {
            CompletionForm::Readline => {
                let [columns, purpose, replaced, line] = args else { return None };
                let mut typed = Self::split(line);
                typed.columns = columns.parse().ok();
                typed.purpose = purpose.parse().ok().and_then(char::from_u32);
                // bash splits words at : and = too, and replaces only the last part.
                let before = line.strip_suffix(replaced.as_ref()).unwrap_or(line);
                typed.kept = Self::split(before).words.pop().unwrap_or_default();
                Some(typed)
            }
            CompletionForm::CommandLine => {
                let line = std::env::var("COMMAND_LINE").ok()?;
                Some(Self::split(&line))
            }
            CompletionForm::Zsh => {
                let (columns, words) = args.split_first()?;
                let words = words.iter().map(|word| word.to_string()).collect();
                Some(Self { words, columns: columns.parse().ok(), ..Self::default() })
            }
            CompletionForm::Words | CompletionForm::QuotedWords => {
                Some(Self { words: unquoted(args), ..Self::default() })
            }
        }
    }

    /// Splits a line into words as a shell does. After `;`, `|` or `&` a new command begins.
    fn split(line: &str) -> Self {
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match (quote, c) {
                (Some(open), _) if c == open => quote = None,
                (Some('"'), '\\') => {
                    let escaped = chars.next_if(|next| matches!(next, '"' | '\\' | '$' | '`'));
                    word.get_or_insert_default().push(escaped.unwrap_or('\\'));
                }
                (None, '\\') => word.get_or_insert_default().extend(chars.next()),
                (None, '\'' | '"') => {
                    word.get_or_insert_default();
                    quote = Some(c);
                }
                (None, ' ' | '\t' | '\n') => words.extend(word.take()),
                (None, ';' | '|' | '&') => {
                    words.clear();
                    word = None;
                }
                _ => word.get_or_insert_default().push(c),
            }
        }
        words.push(word.unwrap_or_default());
        Self { words, quote, ..Self::default() }
    }
}

/// The word without its quotation marks, the last of which may still be missing.
fn unquoted(word: &str) -> String {
    let mut line = Line::split(word);
    match (line.words.len(), line.words.pop()) {
        (1, Some(text)) => text,
        // It has a blank or an operator, so the shell has removed the quotation marks already.
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> (Vec<String>, Option<char>) {
        let line = Line::split(line);
        (line.words, line.quote)
    }

    #[test]
    fn a_line_is_split_as_a_shell_splits_it() {
        for (line, words, quote) in [
            ("assume ", vec!["assume", ""], None),
            ("assume a:b=c@", vec!["assume", "a:b=c@"], None),
            ("assume 'my r", vec!["assume", "my r"], Some('\'')),
            ("assume \"a\\\"b\\c $", vec!["assume", "a\"b\\c $"], Some('"')),
            ("assume my\\ r", vec!["assume", "my r"], None),
            ("assume ''", vec!["assume", ""], None),
            ("echo 'a;b' ; assume\tp", vec!["assume", "p"], None),
            ("a && assume p", vec!["assume", "p"], None),
            ("assume p\\", vec!["assume", "p"], None),
            ("", vec![""], None),
        ] {
            let expected = words.into_iter().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(split(line), (expected, quote), "{line}");
        }
    }

    #[test]
    fn bash_says_which_part_of_the_word_it_replaces() {
        let line = |args: [&str; 4]| {
            Line::of(CompletionForm::Readline, &args.map(Cow::Borrowed)).expect("a line of bash")
        };
        let at_colon = line(["80", "9", "b", "assume a:b"]);
        assert_eq!(
            (at_colon.kept.as_str(), at_colon.columns, at_colon.purpose),
            ("a:", Some(80), Some('\t'))
        );
        let quoted = line(["", "", "my r", "assume 'my r"]);
        assert_eq!(
            (quoted.kept.as_str(), quoted.quote, quoted.columns, quoted.purpose),
            ("", Some('\''), None, None)
        );
        assert_eq!(line(["80", "63", "", "assume --format="]).kept, "--format=");
        assert_eq!(Line::of(CompletionForm::Readline, &[]), None);
    }

    #[test]
    fn a_shell_that_hands_over_words_may_leave_their_quotes() {
        let args = ["assume", "'my role'", "\"a b", "a b", "it's"].map(Cow::Borrowed);
        let line = Line::of(CompletionForm::Words, &args).expect("words");
        assert_eq!(line.words, ["assume", "my role", "a b", "a b", "its"]);
    }
}
