//! Lets a person choose a role, with fzf.

use std::io::{IsTerminal as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use crate::commands::list;
use crate::common::report::Report;
use crate::config::{Config, Files};
use crate::env::Environment;
use crate::sys::stderr;

/// What comes of a choice.
pub(super) enum Choice {
    /// This role.
    Role(String),
    /// The person gave up: the exit status of fzf.
    GivenUp(u8),
    /// Without fzf, or where no person can choose.
    NotOffered,
}

/// The role that a person chooses.
///
/// # Errors
/// An environment that cannot be read.
pub(super) fn role() -> Result<Choice, Report> {
    if !stderr::is_terminal() || !std::io::stdin().is_terminal() {
        return Ok(Choice::NotOffered);
    }
    let env = Environment::new(std::env::vars_os())?;
    let (files, _) = Files::read(&env);
    let (config, _) = Config::of(&files);
    // fzf quotes the name for sh. Another shell, such as fish, could run a part of the name.
    let started = Command::new("fzf")
        .args(["--no-multi", "--prompt=role> ", "--preview-window=wrap", "--preview=assume-env --explain {}"])
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut fzf) = started else { return Ok(Choice::NotOffered) };
    if let Some(mut stdin) = fzf.stdin.take() {
        // A person can choose before all names are read.
        let _ = stdin.write_all(list::names(&config).as_bytes());
    }
    let Ok(chosen) = fzf.wait_with_output() else { return Ok(Choice::NotOffered) };
    if !chosen.status.success() {
        let signal = chosen.status.signal().map(|signal| 128 + signal);
        let status = chosen.status.code().or(signal).unwrap_or(1);
        return Ok(Choice::GivenUp(u8::try_from(status).unwrap_or(1)));
    }
    Ok(Choice::Role(String::from_utf8_lossy(&chosen.stdout).trim_end_matches('\n').to_owned()))
}
