//! `--sso-roles`: the accounts and roles that a user has in IAM Identity Center: a table, lines for a program, JSON, or
//! profiles.

use serde_json::json;

use crate::acquire::planned::with_config;
use crate::acquire::portal::{LoginUse, with_portal};
use crate::aws::sso::portal::AccountRoles;
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::profile_names::{self, Profiles};
use crate::commands::table;
use crate::common::name_template::NameTemplate;
use crate::common::report::Report;
use crate::common::text;
use crate::env::Environment;
use crate::plan::login_plan::login_plan;
use crate::sys::stderr::{self, Progress};
use crate::sys::stdout;

/// What is printed.
pub(crate) enum Form<'a> {
    /// A table on a terminal, else a line for each role.
    Text,
    /// JSON.
    Json,
    /// Profiles with such names.
    Profiles(&'a NameTemplate),
}

/// Asks for all accounts and roles, and prints them.
///
/// # Errors
/// A login that is not named or cannot be used; a portal that gives no usable answer, in any of its pages; profiles
/// that would have one name. Nothing is printed then.
pub(super) fn run(
    env: &Environment,
    session: &SessionArgs,
    form: &Form<'_>,
    verbosity: Verbosity,
) -> Result<u8, Report> {
    with_config::<_, Report>(env, |config, context| {
        let plan = login_plan(session, env, config, context)?;
        let uses = LoginUse::of(session, !matches!(form, Form::Json), false, verbosity);
        let name = plan.login.name();
        let (found, _) = with_portal(&plan, env, uses, async |portal| {
            let progress = Progress::new(verbosity.quiet);
            progress.say(&format!("the accounts of {name}"));
            let accounts = portal.accounts().await?;
            let say = |done: usize, all: usize| {
                progress.say(&format!("the roles of {name}: {done} of {all} accounts"))
            };
            portal.all_roles(accounts, say).await
        })?;
        match form {
            Form::Json => stdout::print(&json(&found))?,
            Form::Text if stdout::is_terminal() => stdout::print(&table(&found))?,
            Form::Text => stdout::print(&lines(&found))?,
            Form::Profiles(template) => {
                let Profiles { text, new, known } =
                    profile_names::profiles(&found, template, &plan.login, config)?;
                stdout::print(&text)?;
                if !verbosity.quiet {
                    stderr::print(&format!(
                        "assume-env: {new} new profiles; {known} more are in the config file already\n"
                    ));
                }
            }
        }
        if found.iter().all(|account| account.roles.is_empty()) && !verbosity.quiet {
            stderr::print(&format!("assume-env: {name} gives you no role in any account\n"));
        }
        Ok(0)
    })
}

/// A role in a line, which can be typed after `--sso-session`, and the name of its account.
fn lines(found: &[AccountRoles]) -> String {
    let line = |[id, name, role]: [&str; 3]| format!("{id}:{role}\t{}\n", text::clean(name));
    rows(found).map(line).collect()
}

fn table(found: &[AccountRoles]) -> String {
    let mut cells = vec![["ACCOUNT", "NAME", "ROLE"]];
    cells.extend(rows(found));
    table::lines(&cells, stdout::columns()).into_iter().map(|line| line + "\n").collect()
}

fn json(found: &[AccountRoles]) -> String {
    let entry = |[account_id, account_name, role_name]: [&str; 3]| {
        json!({
            "account_id": account_id,
            "account_name": (!account_name.is_empty()).then_some(account_name),
            "role_name": role_name,
        })
    };
    text::json(&rows(found).map(entry).collect::<Vec<_>>())
}

fn rows(found: &[AccountRoles]) -> impl Iterator<Item = [&str; 3]> {
    found.iter().flat_map(|AccountRoles { account, roles }| {
        roles.iter().map(|role| [account.id.as_str(), account.name.as_str(), role.as_str()])
    })
}
