//! `--pick`: the user chooses the role from a list of the profiles, by any word of name, account, role or source.
//! With fzf, if it is installed; else by typing on the terminal.

mod fzf;
mod typed;

use std::fs::{File, OpenOptions};

use crate::commands::error::Error;
use crate::commands::profile_row::{self, ProfileRow};
use crate::common::report::Report;
use crate::config::{Config, Files};
use crate::env::Environment;
use crate::sys::foreground;

/// Asks the user for a role; gives the name of a profile. The role before the held one comes first.
///
/// # Errors
/// No terminal, no profile, a file that cannot be used; the user chooses none.
pub(super) fn pick(env: &Environment) -> Result<String, Report> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let terminal = terminal.map_err(|_| Error::NoTerminalToPick)?;
    foreground::wait(&terminal).map_err(|_| Error::NoTerminalToPick)?;
    let (files, unread) = Files::read(env);
    let (config, broken) = Config::of(&files);
    // A role of such a file is refused later, so the user must not choose one.
    unread.or(broken).map_or_else(|| files.check_found(), Err)?;
    let mut rows: Vec<ProfileRow<'_>> =
        profile_row::typeable(&config).map(|profile| ProfileRow::of(profile, &config)).collect();
    if rows.is_empty() {
        return Err(Error::NothingToPick { searched: config.searched().to_vec() }.into());
    }
    let first = env.previous().map(|was| was.role_as_typed.as_str());
    // Stable: the others stay sorted by name.
    rows.sort_by_key(|row| Some(row.name) != first);
    Ok(choose(&rows, &terminal)?.to_owned())
}

fn choose<'p>(rows: &[ProfileRow<'p>], terminal: &File) -> Result<&'p str, Error> {
    match fzf::choose(rows, terminal)? {
        fzf::Answer::Chosen(name) => Ok(name),
        fzf::Answer::None => Err(Error::NothingPicked),
        fzf::Answer::NotInstalled => typed::choose(rows, terminal)?.ok_or(Error::NothingPicked),
    }
}
