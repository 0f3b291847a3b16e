//! Profiles for the roles that a user has in IAM Identity Center, as lines for `~/.aws/config`.

use std::collections::BTreeMap;

use crate::aws::sso::portal::AccountRoles;
use crate::commands::error::{Error, TakenName};
use crate::common::name_template::{NameParts, NameTemplate};
use crate::config::{Config, Profile};
use crate::plan::sso_login::SsoLogin;

/// The sections of profiles that the files do not have yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Profiles {
    /// The text; empty if the files have all of them.
    pub text: String,
    /// How many there are.
    pub new: usize,
    /// How many the files have already.
    pub known: usize,
}

/// A role, as one of its profile.
#[derive(Clone, Copy)]
struct Role<'a> {
    account_id: &'a str,
    account_name: &'a str,
    role_name: &'a str,
}

impl Role<'_> {
    fn words(&self) -> String {
        let Self { account_id, account_name, role_name } = self;
        match account_name.is_empty() {
            true => format!("{role_name} in {account_id}"),
            false => format!("{role_name} in {account_id} ({account_name})"),
        }
    }
}

/// Makes the profiles of all roles.
///
/// # Errors
/// Two roles that would have one name; a profile of that name with other settings.
pub(super) fn profiles(
    found: &[AccountRoles],
    template: &NameTemplate,
    login: &SsoLogin,
    config: &Config<'_>,
) -> Result<Profiles, Error> {
    let sso_session = login.session.as_deref().unwrap_or_default();
    let mut names: BTreeMap<String, Role<'_>> = BTreeMap::new();
    let mut profiles = Profiles { text: String::new(), new: 0, known: 0 };
    let roles = found.iter().flat_map(|AccountRoles { account, roles }| {
        roles.iter().map(|role_name| Role { account_id: &account.id, account_name: &account.name, role_name })
    });
    for role in roles {
        let Role { account_id, account_name, role_name } = role;
        let name = template.name(&NameParts { account_name, account_id, role_name, sso_session });
        if let Some(first) = names.get(&name) {
            return Err(Error::NameOfTwoRoles { name, first: first.words(), second: role.words() });
        }
        match config.profile(&name) {
            Some(profile) if is_of(profile, &role, login) => profiles.known += 1,
            Some(profile) => {
                let (place, role) = (profile.place(), role.words());
                return Err(Error::NameIsTaken(Box::new(TakenName { name, place, role })));
            }
            None => {
                profiles.new += 1;
                profiles.text.push_str(&section(&name, &role, login));
            }
        }
        names.insert(name, role);
    }
    Ok(profiles)
}

fn section(name: &str, role: &Role<'_>, login: &SsoLogin) -> String {
    let login = match &login.session {
        Some(session) => format!("sso_session = {session}"),
        None => format!("sso_start_url = {}\nsso_region = {}", login.start_url.value, login.region.value),
    };
    let Role { account_id, role_name, .. } = role;
    format!("[profile {name}]\n{login}\nsso_account_id = {account_id}\nsso_role_name = {role_name}\n\n")
}

/// Whether a profile leads to a role by the same login.
fn is_of(profile: &Profile<'_>, role: &Role<'_>, login: &SsoLogin) -> bool {
    let has = |key, value: &str| profile.get(key).is_some_and(|found| found.value == value);
    let same_login = match &login.session {
        Some(session) => has("sso_session", session),
        None => profile.get("sso_session").is_none() && has("sso_start_url", &login.start_url.value),
    };
    same_login
        && has("sso_account_id", role.account_id)
        && has("sso_role_name", role.role_name)
        && profile.get("role_arn").is_none()
}
