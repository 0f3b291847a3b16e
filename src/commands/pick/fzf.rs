//! The list in fzf: the columns of the table, a search over all of them, and the plan of the role as a preview.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::commands::error::Error;
use crate::commands::pick::row::{Choices, Row};
use crate::commands::table;
use crate::common::redact;
use crate::shell::Format;
use crate::sys::subprocess::{self, SubprocessError};

/// What the user did.
pub(super) enum Answer<'p> {
    /// Chose this line.
    Chosen(&'p Row),
    /// Chose none.
    None,
    /// There is no fzf.
    NotInstalled,
}

/// fzf(1), "EXIT STATUS": no line matches; Ctrl-C or Esc.
const NO_MATCH: i32 = 1;
const CANCELLED: i32 = 130;

/// Shows the list.
///
/// # Errors
/// fzf fails.
pub(super) fn choose<'p>(choices: &'p Choices, terminal: &File) -> Result<Answer<'p>, Error> {
    let mut command = Command::new("fzf");
    command
        .args(options(choices))
        .stderr(terminal.try_clone().map_or_else(|_| Stdio::inherit(), Stdio::from));
    // fzf runs the preview with $SHELL, and puts the name into single quotes, which each shell reads in its own
    // way: in sh, no part of a name is evaluated.
    command.env("SHELL", "/bin/sh");
    let (status, printed) = match subprocess::choose(&mut command, &list(choices)) {
        Ok(ended) => ended,
        Err(SubprocessError::CannotRun { why, .. }) if why.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Answer::NotInstalled);
        }
        Err(why) => return Err(Error::PickerFailed { why }),
    };
    match status.code() {
        Some(0) => Ok(chosen(choices, &printed).map_or(Answer::None, Answer::Chosen)),
        Some(NO_MATCH | CANCELLED) => Ok(Answer::None),
        _ => Err(Error::PickerFailed { why: SubprocessError::Status(status) }),
    }
}

fn options(choices: &Choices) -> Vec<String> {
    let program = std::env::current_exe().ok();
    let program = program.as_ref().and_then(|path| path.to_str()).unwrap_or("assume-env");
    let program = Format::SH.word(program);
    let prompt = format!("--prompt={}> ", choices.what);
    let mut options: Vec<String> = [
        "--no-multi",
        "--delimiter=\t",
        // The first field is the name, unchanged; the others are what the user sees and searches.
        "--with-nth=2..",
        "--header-lines=1",
        // The order of the list is that of equally good matches: the previous role first.
        "--tiebreak=index",
        &prompt,
    ]
    .map(str::to_owned)
    .into();
    if choices.can_explain {
        options.push("--preview-window=down:50%:wrap".to_owned());
        options.push(format!("--preview={program} --explain {{1}}"));
    }
    options
}

/// The lines for fzf, the titles first.
fn list(choices: &Choices) -> String {
    let mut cells = vec![choices.titles];
    cells.extend(choices.rows.iter().map(Row::texts));
    let names = std::iter::once("").chain(choices.rows.iter().map(|row| row.key.as_str()));
    names
        .zip(table::lines(&cells, None))
        .map(|(name, line)| format!("{name}\t{}\n", redact::shown(&line)))
        .collect()
}

/// The row of the last line that fzf printed. `--print-query` in `FZF_DEFAULT_OPTS` prints a line before it.
fn chosen<'p>(choices: &'p Choices, printed: &[u8]) -> Option<&'p Row> {
    let text = std::str::from_utf8(printed).ok()?;
    let (name, _) = text.trim_end_matches(['\n', '\0']).rsplit(['\n', '\0']).next()?.split_once('\t')?;
    choices.rows.iter().find(|row| row.key == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::profile_row::ProfileRow;
    use crate::config::{Config, Files};

    #[test]
    fn the_chosen_line_leads_to_the_profile() {
        let files = Files::of_texts(
            "[profile \"my role\"]\nrole_arn = arn:aws:iam::444455556666:role/Admin\nsource_profile = b\n[profile b]\n",
            "",
        );
        let (config, _) = Config::of(&files);
        let rows: Vec<ProfileRow<'_>> =
            config.profiles().map(|profile| ProfileRow::of(profile, &config)).collect();
        let choices = Choices::of_profiles(&rows);
        let list = list(&choices);
        assert!(
            list.starts_with("\tNAME     ACCOUNT       ROLE   SOURCE  MFA\n")
                && list.contains("\nmy role\tmy role  444455556666"),
            "{list}"
        );
        for (printed, name) in [
            ("my role\tmy role  444455556666  Admin\n", Some("my role")),
            ("query\nb\tb\n", Some("b")),
            ("b\tb\0", Some("b")),
            ("other\tother\n", None),
            ("", None),
        ] {
            assert_eq!(chosen(&choices, printed.as_bytes()).map(|row| row.key.as_str()), name, "{printed:?}");
        }
    }
}
