//! What fits in place of a role after `--sso-session`: first the accounts, then the roles of one.
//!
//! The portal is asked with a login that is valid: one request for the accounts, one for the roles of an account. Nothing
//! is kept, so each press of the key asks again. Without a valid login, nothing fits.

use crate::acquire::portal::with_valid_login;
use crate::aws::sso::portal::{Account, Portal, PortalFailure};
use crate::cli::SessionArgs;
use crate::cli::completion::{Candidate, matching};
use crate::commands::planned::login_planned;
use crate::commands::profile_row::is_shown;
use crate::common::names;
use crate::env::Environment;

/// The candidates for the typed text.
pub(super) fn candidates(env: &Environment, session: &str, typed: &str) -> Vec<Candidate> {
    let Ok(plan) = login_planned(env, &SessionArgs::of_sso_session(session)) else { return Vec::new() };
    with_valid_login(&plan, async |portal| asked(portal, typed).await).unwrap_or_default()
}

async fn asked(portal: &Portal, typed: &str) -> Result<Vec<Candidate>, PortalFailure> {
    if let Some((id, _)) = typed.rsplit_once(':').filter(|(id, _)| names::is_account(id)) {
        return Ok(matching_roles(id, "", &portal.roles(id).await?, typed));
    }
    let accounts = portal.accounts().await?;
    let named: Vec<Named<'_>> =
        accounts.iter().filter_map(|account| Named::of(account, &accounts, typed)).collect();
    let named = match typed.rsplit_once(':') {
        Some((name, _)) if named.iter().any(|one| one.word == name) => {
            named.into_iter().filter(|one| one.word == name).collect()
        }
        _ => matching(named.iter().copied(), typed, |one| one.word),
    };
    match named[..] {
        [Named { word, about, id }] => Ok(matching_roles(word, about, &portal.roles(id).await?, typed)),
        _ => Ok(named.iter().map(|one| candidate(format!("{}:", one.word), one.about)).collect()),
    }
}

/// An account by what the user types of it.
#[derive(Clone, Copy)]
struct Named<'a> {
    word: &'a str,
    about: &'a str,
    id: &'a str,
}

impl<'a> Named<'a> {
    /// By its digits; by its name, if the user has begun to type one and no other account has it.
    fn of(account: &'a Account, all: &[Account], typed: &str) -> Option<Self> {
        let Account { id, name } = account;
        if typed.is_empty() || typed.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(Self { word: id, about: name, id });
        }
        let is_only = all.iter().filter(|other| other.name == *name).count() == 1;
        (is_only && !name.is_empty() && is_shown(name)).then_some(Self { word: name, about: id, id })
    }
}

fn matching_roles(account: &str, about: &str, roles: &[String], typed: &str) -> Vec<Candidate> {
    // The account alone, or a part of it, is typed before its roles.
    let typed = typed.strip_prefix(account).and_then(|rest| rest.strip_prefix(':')).unwrap_or_default();
    let fitting = matching(roles.iter(), typed, |role| role);
    fitting.into_iter().map(|role| candidate(format!("{account}:{role}"), about)).collect()
}

fn candidate(text: String, about: &str) -> Candidate {
    let about = if is_shown(about) { about.to_owned() } else { String::new() };
    Candidate { before: String::new(), text, about }
}
