//! The candidates in the form that a shell takes.

use crate::cli::completion::Candidate;
use crate::commands::complete::line::Line;
use crate::commands::table;
use crate::shell::HookShell;
use crate::shell::dialect::CompletionForm;

/// The answer for a shell. `kind` says what the candidates are.
pub(super) fn write(shell: HookShell, line: &Line, kind: &str, candidates: &[Candidate]) -> String {
    let whole = |one: &Candidate| format!("{}{}", one.before, one.text);
    let lines = |word: &dyn Fn(&Candidate) -> String| {
        candidates.iter().map(|one| format!("{}\t{}\n", word(one), one.about)).collect()
    };
    match shell.completion() {
        None => String::new(),
        Some(CompletionForm::Readline) => of_readline(line, candidates),
        Some(CompletionForm::Zsh) if candidates.is_empty() => String::new(),
        Some(CompletionForm::Zsh) => {
            let words: Vec<String> = candidates.iter().map(whole).collect();
            let shown = described(&words, candidates, line.columns);
            let rows = words.iter().zip(shown).map(|(word, shown)| format!("{word}\t{shown}\n"));
            format!("{kind}\n{}", rows.collect::<String>())
        }
        Some(CompletionForm::Words) => lines(&whole),
        Some(CompletionForm::QuotedWords) => {
            lines(&|one| format!("{}{}", one.before, shell.format().word(&one.text)))
        }
        Some(CompletionForm::CommandLine) => {
            let words = candidates.iter().map(whole).filter(|word| !word.contains([' ', '\t']));
            words.map(|word| format!("{word}\n")).collect()
        }
    }
}

/// For bash, whose candidates are words that replace the last part of the line. When bash lists them, each has
/// its description. bash sets `COMP_TYPE` to `?` for a list, and to `!` or `@` if it lists the candidates and
/// also inserts what all begin with (`show-all-if-ambiguous`, `show-all-if-unmodified`).
fn of_readline(line: &Line, candidates: &[Candidate]) -> String {
    let typed = line.words.last().map_or("", String::as_str);
    let begins = |one: &&Candidate| one.text.starts_with(&typed[one.before.len().min(typed.len())..]);
    // bash would replace the typed text by what all candidates begin with, which can be nothing.
    let fitting: Vec<&Candidate> = match candidates {
        [_] => candidates.iter().collect(),
        _ => candidates.iter().filter(begins).collect(),
    };
    let word = |one: &&Candidate| {
        quoted(format!("{}{}", one.before, one.text).strip_prefix(&line.kept)?, line.quote)
    };
    let (words, about): (Vec<String>, Vec<Candidate>) =
        fitting.iter().filter_map(|one| Some((word(one)?, (*one).clone()))).unzip();
    let mut shown = words.clone();
    if words.len() > 1 && matches!(line.purpose, Some('?' | '!' | '@')) {
        let described = described(&words, &about, line.columns);
        if common_prefix(&described) == common_prefix(&words) || line.purpose == Some('?') {
            shown = described;
            one_per_line(&mut shown, line.columns);
        }
    }
    shown.into_iter().map(|word| word + "\n").collect()
}

/// What all texts begin with.
fn common_prefix(texts: &[String]) -> &str {
    let Some((first, others)) = texts.split_first() else { return "" };
    let same = |other: &String| {
        let pairs = first.char_indices().zip(other.chars());
        pairs
            .take_while(|((_, one), other)| one == other)
            .last()
            .map_or(0, |((at, one), _)| at + one.len_utf8())
    };
    &first[..others.iter().map(same).min().unwrap_or(first.len())]
}

/// Makes one line longer than half of the terminal, so that bash puts each candidate into a line of its own.
fn one_per_line(lines: &mut [String], columns: Option<usize>) {
    let half = columns.unwrap_or(80) / 2;
    if let Some(first) = lines.first_mut() {
        let length = first.chars().count();
        first.extend(std::iter::repeat_n(' ', half.saturating_sub(length)));
    }
}

/// Each word with its description next to it, cut to the width of the terminal.
fn described(words: &[String], candidates: &[Candidate], columns: Option<usize>) -> Vec<String> {
    let rows = words
        .iter()
        .zip(candidates)
        .map(|(word, one)| [word.as_str(), one.about.as_str()])
        .collect::<Vec<_>>();
    // The last column of a terminal wraps.
    table::lines(&rows, columns.map(|columns| columns.saturating_sub(1)))
}

/// The text as a word in bash's line, after the quotation mark that is open; `None` if it cannot be one there.
fn quoted(text: &str, quote: Option<char>) -> Option<String> {
    let escaped = |special: &dyn Fn(char) -> bool| {
        let mut word = String::with_capacity(text.len());
        for c in text.chars() {
            word.extend(special(c).then_some('\\'));
            word.push(c);
        }
        word
    };
    match quote {
        Some('\'') => (!text.contains('\'')).then(|| text.to_owned()),
        // An exclamation mark begins a history expansion there, and a backslash before it would stay.
        Some(_) => (!text.contains('!')).then(|| escaped(&|c| matches!(c, '\\' | '"' | '$' | '`'))),
        None => Some(escaped(&|c| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-./:@%+=,".contains(c))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(list: &[(&str, &str)]) -> Vec<Candidate> {
        let one = |(text, about): &(&str, &str)| Candidate {
            before: String::new(),
            text: (*text).into(),
            about: (*about).into(),
        };
        list.iter().map(one).collect()
    }

    fn bash(line: &Line, list: &[(&str, &str)]) -> String {
        write(HookShell::parse("bash").unwrap(), line, "role", &candidates(list))
    }

    fn line(typed: &str) -> Line {
        Line { words: vec!["assume".into(), typed.into()], ..Line::default() }
    }

    #[test]
    fn a_word_is_quoted_for_the_place_in_the_line_of_bash() {
        for (text, quote, word) in [
            ("a:b=c@d", None, Some("a:b=c@d")),
            ("my role", None, Some("my\\ role")),
            ("$(touch ran)", None, Some("\\$\\(touch\\ ran\\)")),
            ("x`id`;~!{a,b}*'\"\\", None, Some("x\\`id\\`\\;\\~\\!\\{a,b\\}\\*\\'\\\"\\\\")),
            ("é", None, Some("é")),
            ("my role", Some('\''), Some("my role")),
            ("it's", Some('\''), None),
            ("$(id)`\"\\", Some('"'), Some("\\$(id)\\`\\\"\\\\")),
            ("a!b", Some('"'), None),
        ] {
            assert_eq!(quoted(text, quote).as_deref(), word, "{text}");
        }
    }

    #[test]
    fn bash_gets_the_part_of_the_word_that_it_replaces() {
        let kept = Line { kept: "a:".into(), ..line("a:b") };
        assert_eq!(bash(&kept, &[("a:b=c", ""), ("a:b=d", "")]), "b=c\nb=d\n");
    }

    #[test]
    fn bash_gets_descriptions_for_a_list_alone() {
        let two = [("prod", "444455556666 Admin"), ("production", "")];
        let with = |purpose| Line { purpose: Some(purpose), columns: Some(30), ..line("pro") };
        assert_eq!(bash(&with('\t'), &two), "prod\nproduction\n");
        assert_eq!(bash(&with('?'), &two), "prod        444455556666 Adm…\nproduction\n");
        assert_eq!(bash(&with('?'), &two[..1]), "prod\n");
    }

    #[test]
    fn bash_lists_a_candidate_in_a_line_of_its_own() {
        let wide = Line { purpose: Some('?'), columns: Some(100), ..line("") };
        let text = bash(&wide, &[("a", "b"), ("c", "d")]);
        assert!(text.lines().any(|line| line.len() == 50), "{text:?}");
    }

    /// In an open quote, the blanks before a description could become a part of the inserted text.
    #[test]
    fn a_description_never_becomes_a_part_of_the_line() {
        let open = Line { quote: Some('"'), purpose: Some('!'), ..line("a") };
        assert_eq!(bash(&open, &[("a", "x"), ("a  b", "x")]), "a\na  b\n");
        let plain = Line { purpose: Some('!'), columns: Some(20), ..line("a") };
        assert!(bash(&plain, &[("ab", "x"), ("ac", "x")]).starts_with("ab  x"));
    }

    #[test]
    fn bash_replaces_the_typed_text_by_one_candidate_that_contains_it() {
        assert_eq!(bash(&line("min"), &[("prod-admin", "")]), "prod-admin\n");
        assert_eq!(bash(&line("min"), &[("prod-admin", ""), ("dev-admin", "")]), "");
    }

    #[test]
    fn each_shell_gets_words_and_descriptions_in_its_form() {
        let list = [("my role", "1 R"), ("prod", "")];
        let answer =
            |shell: &str| write(HookShell::parse(shell).unwrap(), &line(""), "role", &candidates(&list));
        assert_eq!(answer("fish"), "my role\t1 R\nprod\t\n");
        assert_eq!(answer("elvish"), answer("fish"));
        assert_eq!(answer("zsh"), "role\nmy role\tmy role  1 R\nprod\tprod\n");
        assert_eq!(answer("nu"), "\"my role\"\t1 R\nprod\t\n");
        assert_eq!(answer("xonsh"), "@(\"my role\")\t1 R\nprod\t\n");
        assert_eq!(answer("pwsh"), "'my role'\t1 R\nprod\t\n");
        assert_eq!(answer("tcsh"), "prod\n");
        assert_eq!(answer("posix"), "");
        assert_eq!(write(HookShell::parse("zsh").unwrap(), &line(""), "role", &[]), "");
    }
}
