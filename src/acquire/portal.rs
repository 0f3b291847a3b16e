//! Asks the portal of IAM Identity Center with a login: the stored one, a new one, or one for this call alone.

use std::time::Duration;

use aws_sdk_sts::config::SharedHttpClient;
use tokio::runtime::Runtime;

use crate::acquire::error::Error;
use crate::acquire::how::how;
use crate::acquire::sign_in::{offer, with_runtime};
use crate::aws::providers::error::{Error as ProviderError, SsoTokenProblem};
use crate::aws::providers::sso_login::{StoredLogin, unusable};
use crate::aws::providers::sso_token::Token;
use crate::aws::sso::portal::{Account, Portal, PortalFailure};
use crate::aws::sso::sign_in::{sign_in, sign_in_once, stored};
use crate::cli::Verbosity;
use crate::cli::session_args::{SessionArgs, Wishes};
use crate::common::suggest;
use crate::env::Environment;
use crate::plan::login_plan::LoginPlan;

/// The longest wait of a user who types.
const LONGEST_COMPLETION: Duration = Duration::from_secs(1);

/// Which login is used.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LoginUse {
    /// The stored one. Without a usable one, the user can be asked to sign in; `printing`: a shell waits for the output
    /// of this program.
    Offered { printing: bool },
    /// The stored one, and no other.
    Stored,
    /// One for this call alone.
    Once(Wishes),
}

impl LoginUse {
    /// The login for a command line. `offers`: the user can be asked to sign in; `printing`: as for
    /// [`LoginUse::Offered`].
    pub(crate) fn of(args: &SessionArgs, offers: bool, printing: bool, verbosity: Verbosity) -> Self {
        match (args.login_once, offers && !verbosity.quiet) {
            (true, _) => Self::Once(args.wishes),
            (false, true) => Self::Offered { printing },
            (false, false) => Self::Stored,
        }
    }
}

/// Asks the portal. Also gives the token, if it is stored nowhere.
///
/// # Errors
/// No login; a portal that gives no usable answer.
pub(crate) fn with_portal<T>(
    plan: &LoginPlan,
    env: &Environment,
    uses: LoginUse,
    work: impl AsyncFn(&Portal) -> Result<T, PortalFailure>,
) -> Result<(T, Option<Token>), Error> {
    let LoginPlan { login, requests } = plan;
    let (attempts, origin) = (requests.attempts, &login.start_url.origin);
    with_runtime(requests, &login.urls(), |runtime, http| {
        let ask = |token: &Token| runtime.block_on(work(&Portal::new(login, token, attempts, http)));
        let refused = |failure| match failure {
            PortalFailure::NotAccepted => unusable(login, origin, SsoTokenProblem::NotAccepted).into(),
            PortalFailure::Service(error) => Error::Service(error),
        };
        if let LoginUse::Once(wishes) = uses {
            let how = how(env, login, wishes);
            let token = runtime.block_on(sign_in_once(login, &how, attempts, http))?;
            return ask(&token).map_err(refused).map(|answer| (answer, Some(token)));
        }
        let stored = StoredLogin { login, origin, attempts, http: http.clone() };
        let token = stored_or_new(&stored, env, uses, runtime, http)?;
        let answer = match ask(&token) {
            Err(PortalFailure::NotAccepted) if stored.can_refresh(&token) => {
                ask(&runtime.block_on(stored.replaced(&token))?)
            }
            answer => answer,
        };
        answer.map_err(refused).map(|answer| (answer, None))
    })
}

/// The stored token; if it cannot be used, the user can sign in.
fn stored_or_new(
    stored: &StoredLogin<'_>,
    env: &Environment,
    uses: LoginUse,
    runtime: &Runtime,
    http: &SharedHttpClient,
) -> Result<Token, Error> {
    let token = || runtime.block_on(stored.token());
    let answer = token();
    let (LoginUse::Offered { printing }, Err(ProviderError::SsoToken { problem, .. })) = (uses, &answer)
    else {
        return Ok(answer?);
    };
    if !problem.needs_login() {
        return Ok(answer?);
    }
    let sign_in = |how: &_| Ok(runtime.block_on(sign_in(stored.login, how, stored.attempts, http))?);
    match offer(stored.login, problem, env, printing, sign_in)? {
        true => Ok(token()?),
        false => Ok(answer?),
    }
}

/// Asks the portal with the stored token, if it is valid now: without a sign-in, a refresh, another try, and within a
/// second. For completion and the list of a picker.
pub(crate) fn with_valid_login<T>(
    plan: &LoginPlan,
    work: impl AsyncFn(&Portal) -> Result<T, PortalFailure>,
) -> Option<T> {
    let LoginPlan { login, requests } = plan;
    let token = stored(login)?;
    let answer = with_runtime(requests, &login.urls(), |runtime, http| {
        let portal = Portal::new(login, &token, 1, http);
        // The timer needs the event loop when it is made.
        Ok(runtime.block_on(async { tokio::time::timeout(LONGEST_COMPLETION, work(&portal)).await }))
    });
    answer.ok()?.ok()?.ok()
}

/// The one account of a name.
///
/// # Errors
/// No account of this name, or several.
pub(crate) fn account_of<'a>(accounts: &'a [Account], name: &str, login: &str) -> Result<&'a Account, Error> {
    let found: Vec<&Account> = accounts.iter().filter(|account| account.name == name).collect();
    match found[..] {
        [only] => Ok(only),
        [] => {
            let mut near = suggest::nearest(name, accounts.iter().map(|account| account.name.as_str()));
            near.dedup();
            Err(Error::NoSuchAccount {
                name: name.to_owned(),
                login: login.to_owned(),
                near: near.into_iter().map(str::to_owned).collect(),
            })
        }
        [..] => Err(Error::SeveralAccounts {
            name: name.to_owned(),
            ids: found.iter().map(|account| account.id.clone()).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_exact_name() {
        let account = |id: &str, name: &str| Account { id: id.into(), name: name.into() };
        let accounts =
            [account("1", "Data"), account("2", "Data: eu"), account("3", "Web"), account("4", "Web")];
        let found =
            |name: &str| account_of(&accounts, name, "the sso-session corp").map(|one| one.id.clone());
        assert_eq!(found("Data").ok().as_deref(), Some("1"));
        assert_eq!(found("Data: eu").ok().as_deref(), Some("2"));
        assert!(matches!(found("Web"), Err(Error::SeveralAccounts { ids, .. }) if ids == ["3", "4"]));
        assert!(matches!(found("web "), Err(Error::NoSuchAccount { near, .. }) if near == ["Web"]));
    }
}
