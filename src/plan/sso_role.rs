//! A role of IAM Identity Center without a profile: `ACCOUNT:ROLE` with `--sso-session`, or in a session that was made
//! with both.
//!
//! Without the flag, `ACCOUNT:NAME` is a role that STS assumes (AssumeRole). Which of the two is meant is never
//! guessed: a session keeps the name of its `sso-session` in `ASSUME_ENV_SOURCE`.

use crate::common::names;
use crate::common::origin::{Located, Origin};
use crate::plan::context::Planner;
use crate::plan::error::Error;
use crate::plan::login_of;
use crate::plan::source::Sso;

/// The flag that names the session.
pub(crate) const FLAG: &str = "--sso-session";

/// The two parts of `ACCOUNT:ROLE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SsoRoleName<'a> {
    /// The twelve digits of the account, or its name, which can contain colons and blanks.
    pub account: &'a str,
    /// The name of the role in IAM Identity Center.
    pub role: &'a str,
}

impl<'a> SsoRoleName<'a> {
    /// Reads what was typed.
    ///
    /// # Errors
    /// A text that is not `ACCOUNT:ROLE`.
    pub(crate) fn parse(typed: &'a str, session: &str) -> Result<Self, Error> {
        let parts =
            typed.rsplit_once(':').filter(|(account, role)| !account.is_empty() && is_role_name(role));
        let (account, role) = parts
            .ok_or_else(|| Error::NotSsoRole { typed: typed.to_owned(), session: session.to_owned() })?;
        Ok(Self { account, role })
    }

    /// Whether the account is named by its digits.
    pub(crate) fn has_account_id(&self) -> bool {
        names::is_account(self.account)
    }
}

/// Whether IAM Identity Center accepts the text as the name of a permission set (sso-admin API reference,
/// `PermissionSetName`).
pub(crate) fn is_role_name(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(names::is_name_byte)
}

/// The role of a typed name. `session` is the name of the `sso-session`, and what names it.
///
/// # Errors
/// No such session; a name that is not `ACCOUNT:ROLE`; an account without its digits, which only a request can find.
pub(super) fn of(
    planner: &Planner<'_>,
    typed: &Located<&str>,
    session: &Located<&str>,
) -> Result<Sso, Error> {
    let name = SsoRoleName::parse(typed.value, session.value)?;
    if !name.has_account_id() {
        return Err(Error::SsoAccountName {
            account: name.account.to_owned(),
            session: session.value.to_owned(),
        });
    }
    let login = login_of::session_named(planner, session.clone())?;
    let part = |text: &str| Located::new(text.to_owned(), typed.origin.clone());
    Ok(Sso { profile: None, account: part(name.account), role: part(name.role), login })
}

/// The session that is named for the role: by the flag, or by the labels of the session that is made again.
pub(super) fn session<'a>(planner: &Planner<'a>) -> Option<Located<&'a str>> {
    if let Some(name) = &planner.args.sso_session {
        return Some(Located::new(name, Origin::Flag(FLAG)));
    }
    Some(Located::new(planner.renewed()?.sso_session()?, Origin::Variable("ASSUME_ENV_SOURCE")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_colon_separates_the_account_from_the_role() {
        for (typed, expected) in [
            ("123456789012:Dev", Some(("123456789012", "Dev"))),
            ("Data: Platform/eu:Power.User", Some(("Data: Platform/eu", "Power.User"))),
            ("123456789012:", None),
            (":Dev", None),
            ("Dev", None),
            ("arn:aws:iam::123456789012:role/Dev", None),
            ("a:b c", None),
            ("1:012345678901234567890123456789012", None),
        ] {
            let parts = SsoRoleName::parse(typed, "corp").ok().map(|name| (name.account, name.role));
            assert_eq!(parts, expected, "{typed}");
        }
    }
}
