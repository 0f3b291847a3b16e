//! `--pick`: the user chooses the role from a list of the profiles, by any word of name, account, role or source.
//! With fzf, if it is installed; else by typing on the terminal.

mod fzf;
mod row;
mod typed;

use std::fs::{File, OpenOptions};

use crate::acquire::portal::{LoginUse, with_portal};
use crate::aws::sso::portal::Account;
use crate::cli::SessionArgs;
use crate::commands::error::Error;
use crate::commands::pick::row::{Choices, Row};
use crate::commands::planned::login_planned;
use crate::commands::profile_row::{self, ProfileRow};
use crate::common::report::Report;
use crate::config::{Config, Files};
use crate::env::Environment;
use crate::plan::login_plan::LoginPlan;
use crate::sys::foreground;

/// Asks the user for a role; gives the name of a profile. The role before the held one comes first.
///
/// # Errors
/// No terminal, no profile, a file that cannot be used; the user chooses none.
pub(super) fn pick(env: &Environment) -> Result<String, Report> {
    let terminal = terminal()?;
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
    Ok(chosen(&Choices::of_profiles(&rows), &terminal)?)
}

/// Asks the user for a role of an `sso-session`: first for the account, then for its role. Gives `ACCOUNT:ROLE`. A sign-in
/// is not part of a choice, so the login must be valid.
///
/// # Errors
/// No terminal, no valid login, a portal that gives no list; the user chooses none.
pub(super) fn pick_sso_role(env: &Environment, session: &str) -> Result<String, Report> {
    let terminal = terminal()?;
    let plan = login_planned(env, &SessionArgs::of_sso_session(session))?;
    let (accounts, _) = with_portal(&plan, env, LoginUse::Stored, async |portal| portal.accounts().await)?;
    let cells = |first: &str, second: &str| [first, second, "", "", ""].map(str::to_owned);
    let row = |account: &Account| Row { key: account.id.clone(), cells: cells(&account.id, &account.name) };
    let titles = ["ACCOUNT", "NAME", "", "", ""];
    let rows = accounts.iter().map(row).collect();
    let account = choose(&Choices { what: "account", titles, rows, can_explain: false }, &terminal, &plan)?;
    let (roles, _) = with_portal(&plan, env, LoginUse::Stored, async |portal| portal.roles(&account).await)?;
    let rows = roles.iter().map(|role| Row { key: role.clone(), cells: cells(role, "") }).collect();
    let titles = ["ROLE", "", "", "", ""];
    let role = choose(&Choices { what: "role", titles, rows, can_explain: false }, &terminal, &plan)?;
    Ok(format!("{account}:{role}"))
}

/// The key of the chosen line. One line alone is chosen without a question.
fn choose(choices: &Choices, terminal: &File, plan: &LoginPlan) -> Result<String, Error> {
    match &choices.rows[..] {
        [] => Err(Error::NoSsoRole { login: plan.login.name() }),
        [only] => Ok(only.key.clone()),
        _ => chosen(choices, terminal),
    }
}

/// The terminal, once this process may use it.
fn terminal() -> Result<File, Error> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let terminal = terminal.map_err(|_| Error::NoTerminalToPick)?;
    foreground::wait(&terminal).map_err(|_| Error::NoTerminalToPick)?;
    Ok(terminal)
}

fn chosen(choices: &Choices, terminal: &File) -> Result<String, Error> {
    let row = match fzf::choose(choices, terminal)? {
        fzf::Answer::Chosen(row) => row,
        fzf::Answer::None => return Err(Error::NothingPicked),
        fzf::Answer::NotInstalled => typed::choose(choices, terminal)?.ok_or(Error::NothingPicked)?,
    };
    Ok(row.key.clone())
}
