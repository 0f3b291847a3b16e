//! The accounts and roles that a user has, from the portal of IAM Identity Center.
//!
//! Follows the IAM Identity Center Portal API reference (`ListAccounts`, `ListAccountRoles`). The portal gives the roles
//! of one account at a time, and takes about 20 requests a second from all users of an instance together; tools that
//! send more fail for large organizations (granted issue 811, aws-sso-util issue 112). So the requests of a list keep
//! a pace, and one that the portal throttles is sent again, later.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sso::config::SharedHttpClient;
use aws_sdk_sso::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::aws::providers::sso;
use crate::aws::providers::sso_token::Token;
use crate::aws::service::{Service, ServiceError};
use crate::common::credentials::Secret;
use crate::common::names;
use crate::net::{self, ServiceFailure};
use crate::plan::sso_login::SsoLogin;
use crate::plan::sso_role::is_role_name;

/// The pause between the beginnings of two requests: fewer than 20 a second, however uneven the pauses are.
const PACE: Duration = Duration::from_millis(53);
/// The most entries of a page (API reference, `maxResults`).
const PAGE: i32 = 100;
/// The most pages of a list that are read.
const MOST_PAGES: usize = 1000;
/// The most requests that wait for an answer at the same time.
const MOST_AT_ONCE: usize = 32;
/// How often a request that the portal throttles is sent.
const MOST_TRIES: u32 = 12;
/// The first pause after a request that failed; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// An account in which the user has a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// Its twelve digits.
    pub id: String,
    /// Its name, which other accounts can have too; empty if the portal does not give it.
    pub name: String,
}

/// The roles of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountRoles {
    /// The account.
    pub account: Account,
    /// The names of the roles, sorted.
    pub roles: Vec<String>,
}

/// Why the portal gives no list.
#[derive(Debug)]
pub(crate) enum PortalFailure {
    /// It does not accept the token.
    NotAccepted,
    /// It gives no usable answer.
    Service(ServiceError),
}

/// The portal, asked with the token of a login. A clone shares its pace.
#[derive(Clone)]
pub(crate) struct Portal {
    client: aws_sdk_sso::Client,
    token: Secret,
    url: String,
    /// How often a request that gets no answer is sent.
    attempts: u32,
    /// When the next request may begin.
    next: Arc<Mutex<Instant>>,
}

impl Portal {
    /// The portal of a login.
    pub(crate) fn new(login: &SsoLogin, token: &Token, attempts: u32, http: &SharedHttpClient) -> Self {
        Self {
            // Each try waits for its turn, so none is left to the SDK.
            client: sso::portal(login, 1, http.clone()),
            token: Secret::wiped(token.access().expose().to_owned()),
            url: login.portal.value.clone(),
            attempts,
            next: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// The accounts in which the user has a role, sorted by name.
    ///
    /// # Errors
    /// A token that is not accepted; no usable answer.
    pub(crate) async fn accounts(&self) -> Result<Vec<Account>, PortalFailure> {
        let mut accounts = Vec::new();
        let mut pages = Pages::default();
        loop {
            let page = self
                .asked("ListAccounts", || {
                    let call = self.client.list_accounts().access_token(self.token.expose());
                    call.max_results(PAGE).set_next_token(pages.next()).send()
                })
                .await?;
            for found in page.account_list.unwrap_or_default() {
                let id = found.account_id.filter(|id| names::is_account(id));
                let id = id.ok_or_else(|| self.bad("an account has no twelve digits"))?;
                accounts.push(Account { id, name: found.account_name.unwrap_or_default() });
            }
            if !pages.turn(page.next_token).map_err(|what| self.bad(what))? {
                break;
            }
        }
        accounts.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        accounts.dedup_by(|one, other| one.id == other.id);
        Ok(accounts)
    }

    /// The names of the roles that the user has in an account, sorted.
    ///
    /// # Errors
    /// As for [`Portal::accounts`].
    pub(crate) async fn roles(&self, account: &str) -> Result<Vec<String>, PortalFailure> {
        let mut roles = Vec::new();
        let mut pages = Pages::default();
        loop {
            let page = self
                .asked("ListAccountRoles", || {
                    let call = self.client.list_account_roles().access_token(self.token.expose());
                    call.account_id(account).max_results(PAGE).set_next_token(pages.next()).send()
                })
                .await?;
            for found in page.role_list.unwrap_or_default() {
                let name = found.role_name.filter(|name| is_role_name(name));
                roles.push(name.ok_or_else(|| self.bad("a role has no name that a role can have"))?);
            }
            if !pages.turn(page.next_token).map_err(|what| self.bad(what))? {
                break;
            }
        }
        roles.sort();
        roles.dedup();
        Ok(roles)
    }

    /// The roles of all accounts, in the order of the accounts. `progress` gets the number of accounts that are done,
    /// and of all.
    ///
    /// # Errors
    /// As for [`Portal::accounts`]. Then there is no list: a part of it looks like the whole.
    pub(crate) async fn all_roles(
        &self,
        accounts: Vec<Account>,
        progress: impl Fn(usize, usize),
    ) -> Result<Vec<AccountRoles>, PortalFailure> {
        let all = accounts.len();
        let mut found: Vec<Option<AccountRoles>> = accounts.iter().map(|_| None).collect();
        let mut waiting = accounts.into_iter().enumerate();
        let mut asked = JoinSet::new();
        for done in 0..=all {
            while asked.len() < MOST_AT_ONCE
                && let Some((at, account)) = waiting.next()
            {
                let portal = self.clone();
                asked.spawn(async move { (at, portal.roles(&account.id).await, account) });
            }
            progress(done, all);
            match asked.join_next().await {
                None => break,
                Some(Ok((at, roles, account))) => found[at] = Some(AccountRoles { account, roles: roles? }),
                // Only a panic of that request can be the reason.
                Some(Err(_)) => return Err(self.bad("a request ended without an answer")),
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Sends a request at its turn; again later, if the portal throttles it or does not answer.
    async fn asked<T, E, F>(
        &self,
        action: &'static str,
        mut send: impl FnMut() -> F,
    ) -> Result<T, PortalFailure>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: Error + ProvideErrorMetadata + 'static,
    {
        let mut pause = FIRST_PAUSE;
        for tried in 1.. {
            self.turn().await;
            let failure = match send().await {
                Ok(answer) => return Ok(answer),
                Err(error) => net::failure_of(&error),
            };
            let most = match &failure {
                ServiceFailure::Refused { code, .. } if code == "UnauthorizedException" => {
                    return Err(PortalFailure::NotAccepted);
                }
                ServiceFailure::Refused { code, .. } if code == "TooManyRequestsException" => MOST_TRIES,
                ServiceFailure::Refused { .. } => 1,
                ServiceFailure::NotAnAnswer { status } if *status == 429 => MOST_TRIES,
                ServiceFailure::NotAnAnswer { status } if *status < 500 => 1,
                ServiceFailure::NotAnAnswer { .. } | ServiceFailure::Net(_) => self.attempts,
            };
            if tried >= most {
                let error = ServiceError::of(Service::IdentityCenter, &self.url, action, failure);
                return Err(PortalFailure::Service(error));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(self.bad("a request ended without an answer"))
    }

    /// Waits until the next request may begin.
    async fn turn(&self) {
        // The others wait for the lock, so that a process that was stopped sends no burst afterwards.
        let mut next = self.next.lock().await;
        tokio::time::sleep_until(*next).await;
        *next = Instant::now() + PACE;
    }

    fn bad(&self, what: &'static str) -> PortalFailure {
        let (service, url) = (Service::IdentityCenter, self.url.clone());
        PortalFailure::Service(ServiceError::BadAnswer { service, url, what })
    }
}

/// The pages of a list.
#[derive(Default)]
struct Pages {
    token: Option<String>,
    read: usize,
}

impl Pages {
    /// What names the page that is asked for.
    fn next(&self) -> Option<String> {
        self.token.clone()
    }

    /// Whether a page follows the one that named this. The error is what is wrong with it.
    fn turn(&mut self, named: Option<String>) -> Result<bool, &'static str> {
        let named = named.filter(|token| !token.is_empty());
        self.read += 1;
        if named.is_some() && (named == self.token || self.read >= MOST_PAGES) {
            return Err("the list does not end");
        }
        self.token = named;
        Ok(self.token.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_with_the_page_that_names_no_other() {
        let mut pages = Pages::default();
        assert_eq!(pages.next(), None);
        assert_eq!(pages.turn(Some("a".into())), Ok(true));
        assert_eq!(pages.next().as_deref(), Some("a"));
        assert_eq!(pages.turn(Some(String::new())), Ok(false));
    }

    #[test]
    fn a_list_that_does_not_end_is_refused() {
        let mut pages = Pages { token: Some("a".into()), read: 1 };
        assert!(pages.turn(Some("a".into())).is_err());
        let mut pages = Pages { token: Some("a".into()), read: MOST_PAGES - 1 };
        assert!(pages.turn(Some("b".into())).is_err());
    }
}
