//! The list on the terminal, without another program: the user types words, which make it shorter, or a number.
//!
//! The terminal reads whole lines, as a shell's `read` does. So no setting of it changes, and Ctrl-C, Ctrl-Z and
//! a signal need no clean-up. A crate that redraws the list at each key would have to restore the terminal in
//! each of these cases, and would be more code than the rest of this command.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};

use crate::commands::error::Error;
use crate::commands::pick::row::{Choices, Row};
use crate::commands::table;
use crate::common::redact;
use crate::sys::terminal;

/// The rows of a terminal that does not say its size.
const ROWS: usize = 24;
/// The longest line that is read, in bytes.
const LONGEST: u64 = 1024;

/// Asks until one line is chosen; `None` at the end of input (Ctrl-D).
///
/// # Errors
/// The terminal cannot be read.
pub(super) fn choose<'p>(choices: &'p Choices, terminal: &File) -> Result<Option<&'p Row>, Error> {
    let (height, columns) = terminal::size(terminal);
    // The titles, the line about the rest, the question, and the line that follows it.
    let most = height.unwrap_or(ROWS).saturating_sub(4).max(3);
    let mut input = BufReader::new(terminal);
    let mut found: Vec<&Row> = choices.rows.iter().collect();
    loop {
        let mut text = list(choices.titles, &found, most, columns);
        text.push_str(&format!("{} (a number, or words to search for; Ctrl-C: none)> ", choices.what));
        let _ = (&mut &*terminal).write_all(redact::shown(&text).as_bytes());
        let mut line = Vec::new();
        let read = std::io::Read::take(&mut input, LONGEST).read_until(b'\n', &mut line);
        if read.map_err(|why| Error::TerminalUnreadable { why })? == 0 {
            return Ok(None);
        }
        match Typed::of(String::from_utf8_lossy(&line).trim(), &choices.rows, &found[..found.len().min(most)])
        {
            Typed::Choice(row) => return Ok(Some(row)),
            Typed::Search(rows) => found = rows,
            Typed::NoMatch => {
                let none = format!("no {} has these words\n", choices.what);
                let _ = (&mut &*terminal).write_all(none.as_bytes());
            }
        }
    }
}

/// The first lines with their numbers, and how many more there are.
fn list(titles: [&str; 5], found: &[&Row], most: usize, columns: Option<usize>) -> String {
    let numbers: Vec<String> = (1..=found.len().min(most)).map(|number| number.to_string()).collect();
    let titles = std::iter::once(("", titles));
    let rows = numbers.iter().map(String::as_str).zip(found.iter().map(|row| row.texts()));
    let cells: Vec<[&str; 6]> =
        titles.chain(rows).map(|(number, [a, b, c, d, e])| [number, a, b, c, d, e]).collect();
    let mut text: String = table::lines(&cells, columns).into_iter().map(|line| line + "\n").collect();
    match found.len().saturating_sub(most) {
        0 => {}
        more => text.push_str(&format!("and {more} more\n")),
    }
    text
}

/// What a typed line means.
#[derive(Debug)]
enum Typed<'r> {
    Choice(&'r Row),
    Search(Vec<&'r Row>),
    NoMatch,
}

impl<'r> Typed<'r> {
    /// `shown` are the rows that have numbers, from 1.
    fn of(line: &str, rows: &'r [Row], shown: &[&'r Row]) -> Self {
        if let Some(row) = rows.iter().find(|row| row.key == line) {
            return Self::Choice(row);
        }
        let number = line.parse().ok().and_then(|number: usize| shown.get(number.checked_sub(1)?));
        if let Some(row) = number {
            return Self::Choice(row);
        }
        let words: Vec<String> = line.split_whitespace().map(str::to_lowercase).collect();
        let has_all = |row: &&Row| {
            let text = row.texts().join(" ").to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let found: Vec<&Row> = rows.iter().filter(has_all).collect();
        match found[..] {
            [] => Self::NoMatch,
            [row] => Self::Choice(row),
            _ => Self::Search(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::profile_row::ProfileRow;
    use crate::config::{Config, Files};

    /// What a line means, in words.
    fn meaning(line: &str) -> String {
        let role = |name: &str, account: u64, role: &str| {
            format!("[profile {name}]\nrole_arn = arn:aws:iam::{account}:role/{role}\nsource_profile = u\n")
        };
        let text = [
            role("prod", 444455556666, "Admin"),
            role("production", 444455556666, "Reader"),
            role("dev", 111122223333, "Admin"),
            role("3", 999988887777, "Other"),
        ];
        let files = Files::of_texts(&text.concat(), "");
        let (config, _) = Config::of(&files);
        let rows: Vec<ProfileRow<'_>> =
            config.profiles().map(|profile| ProfileRow::of(profile, &config)).collect();
        let rows = Choices::of_profiles(&rows).rows;
        let shown: Vec<&Row> = rows.iter().take(2).collect();
        match Typed::of(line, &rows, &shown) {
            Typed::Choice(row) => format!("={}", row.key),
            Typed::Search(rows) => rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>().join(" "),
            Typed::NoMatch => "none".into(),
        }
    }

    #[test]
    fn a_line_is_a_name_a_number_or_words() {
        for (line, expected) in [
            ("prod", "=prod"),
            ("3", "=3"),
            ("2", "=dev"),
            ("4444 admin", "=prod"),
            ("ADMIN", "dev prod"),
            ("reader", "=production"),
            ("pro", "prod production"),
            ("", "3 dev prod production"),
            ("nosuch", "none"),
            ("444455556666", "prod production"),
        ] {
            assert_eq!(meaning(line), expected, "{line:?}");
        }
    }

    #[test]
    fn the_list_ends_with_the_number_of_those_that_are_not_shown() {
        let files = Files::of_texts("[profile a]\n[profile b]\n[profile c]\n", "");
        let (config, _) = Config::of(&files);
        let rows: Vec<ProfileRow<'_>> =
            config.profiles().map(|profile| ProfileRow::of(profile, &config)).collect();
        let rows = Choices::of_profiles(&rows).rows;
        let rows: Vec<&Row> = rows.iter().collect();
        assert_eq!(
            list(ProfileRow::TITLES, &rows, 2, None),
            "   NAME  ACCOUNT  ROLE  SOURCE  MFA\n1  a\n2  b\nand 1 more\n"
        );
        assert_eq!(
            list(ProfileRow::TITLES, &rows[..1], 2, Some(80)),
            "   NAME  ACCOUNT  ROLE  SOURCE  MFA\n1  a\n"
        );
    }
}
