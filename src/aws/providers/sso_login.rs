//! The stored login of IAM Identity Center: its token, refreshed if it must be.
//!
//! Follows botocore (`SSOTokenProvider`): the token of an `sso-session` is refreshed when it has expired and in its
//! last 15 minutes, one of the older configuration without a session is not. A token that the portal does not accept
//! is refreshed once, too. An error that only a new login can repair names the command that signs in. No token may
//! appear in a message.

use aws_sdk_ssooidc::config::{BehaviorVersion, Region, SharedHttpClient};

use crate::aws::providers::error::{Error, NotRefreshed, SsoTokenProblem};
use crate::aws::providers::sso_token::{self, Refresh, Token};
use crate::aws::service::{Service, ServiceError};
use crate::common::clock;
use crate::common::origin::Origin;
use crate::net::{self, ServiceFailure};
use crate::plan::sso_login::SsoLogin;
use crate::sys::stderr;

/// The codes of the token service after which only a new login helps (SSO OIDC API reference, `CreateToken`).
const FINAL_CODES: [&str; 5] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidClientException",
    "InvalidGrantException",
    "UnauthorizedClientException",
];

/// A token with fewer seconds left is refreshed early (botocore, `_REFRESH_WINDOW`).
const REFRESH_WINDOW: i64 = 15 * 60;

/// A login whose token is stored, and how its services are asked.
pub(crate) struct StoredLogin<'a> {
    /// The login.
    pub login: &'a SsoLogin,
    /// What needs it, for a message.
    pub origin: &'a Origin,
    /// The highest number of tries of a request.
    pub attempts: u32,
    /// What sends the requests.
    pub http: SharedHttpClient,
}

/// Checks that the stored token can be used, or refreshed. `origin` is what needs it.
///
/// # Errors
/// A token that is missing, or has expired and cannot be refreshed.
pub(crate) fn check(login: &SsoLogin, origin: &Origin) -> Result<(), Error> {
    stored_token(login, origin).map(drop)
}

/// The stored token; if it must be refreshed, also what refreshes it.
fn stored_token(login: &SsoLogin, origin: &Origin) -> Result<(Token, Option<Refresh>), Error> {
    let now = clock::now();
    let token = Token::read(&login.token_file).map_err(|problem| unusable(login, origin, problem))?;
    if token.is_valid(now + REFRESH_WINDOW) {
        return Ok((token, None));
    }
    match refresh_of(login, &token) {
        None if !token.is_valid(now) => {
            Err(unusable(login, origin, SsoTokenProblem::Expired(token.expired_for(now))))
        }
        refresh => Ok((token, refresh)),
    }
}

/// What refreshes a token. A profile of the older form, without a session, has nothing that does.
fn refresh_of(login: &SsoLogin, token: &Token) -> Option<Refresh> {
    token.refresh(clock::now()).filter(|_| login.session.is_some())
}

/// The error for a token that cannot be used.
pub(crate) fn unusable(login: &SsoLogin, origin: &Origin, problem: SsoTokenProblem) -> Error {
    Error::SsoToken {
        file: login.token_file.clone(),
        origin: origin.clone(),
        problem,
        login: login.command(),
        slips: login.slips.iter().map(ToString::to_string).collect(),
    }
}

/// The error for an answer that lacks a part.
pub(crate) fn bad_answer(url: &str, what: &'static str) -> Error {
    ServiceError::BadAnswer { service: Service::IdentityCenter, url: url.to_owned(), what }.into()
}

impl StoredLogin<'_> {
    /// The token, refreshed if it must be.
    ///
    /// # Errors
    /// A token that is missing, or has expired and cannot be refreshed; no answer.
    pub(crate) async fn token(&self) -> Result<Token, Error> {
        match self.stored()? {
            (token, None) => Ok(token),
            (token, Some(_)) => match self.refreshed_once().await {
                Err(_) if token.is_valid(clock::now()) => Ok(token),
                refreshed => refreshed,
            },
        }
    }

    /// Whether a token can be refreshed.
    pub(crate) fn can_refresh(&self, token: &Token) -> bool {
        refresh_of(self.login, token).is_some()
    }

    fn stored(&self) -> Result<(Token, Option<Refresh>), Error> {
        stored_token(self.login, self.origin)
    }

    fn unusable(&self, problem: SsoTokenProblem) -> Error {
        unusable(self.login, self.origin, problem)
    }

    /// The next token. Of all processes that need it at the same time, one refreshes it and the others read the
    /// result.
    async fn refreshed_once(&self) -> Result<Token, Error> {
        let _lock = Token::lock(&self.login.token_file).await;
        match self.stored()? {
            (token, None) => Ok(token),
            (token, Some(refresh)) => self.refreshed(token, &refresh).await,
        }
    }

    /// The next token after one that the portal does not accept: another process may have stored it already.
    ///
    /// # Errors
    /// No token that can be refreshed; no answer.
    pub(crate) async fn replaced(&self, refused: &Token) -> Result<Token, Error> {
        let _lock = Token::lock(&self.login.token_file).await;
        let token = Token::read(&self.login.token_file).map_err(|problem| self.unusable(problem))?;
        if token.access().expose() != refused.access().expose() && token.is_valid(clock::now()) {
            return Ok(token);
        }
        let Some(refresh) = refresh_of(self.login, &token) else {
            return Err(self.unusable(SsoTokenProblem::NotAccepted));
        };
        match self.refreshed(token, &refresh).await {
            Err(Error::SsoToken { .. }) => Err(self.unusable(SsoTokenProblem::NotAccepted)),
            token => token,
        }
    }

    /// Requests the next token and stores it in the AWS CLI's file, in place of the old one.
    async fn refreshed(&self, token: Token, refresh: &Refresh) -> Result<Token, Error> {
        let config = aws_sdk_ssooidc::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(self.login.region.value.clone()))
            .endpoint_url(&self.login.oidc.value)
            .http_client(self.http.clone())
            // A refresh token works once: after a lost answer, a second try would be refused.
            .retry_config(net::retries(self.attempts).with_max_attempts(1))
            .timeout_config(net::timeouts());
        let client = aws_sdk_ssooidc::Client::from_conf(config.build());
        let call = client
            .create_token()
            .client_id(&refresh.client_id)
            .client_secret(refresh.client_secret.expose())
            .grant_type("refresh_token")
            .refresh_token(refresh.token.expose());
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) => return self.not_refreshed(&token, net::failure_of(&error)),
        };
        let bad = |what| bad_answer(&self.login.oidc.value, what);
        let access = answer.access_token.ok_or_else(|| bad("it has no accessToken"))?;
        if !sso_token::is_token(&access) {
            return Err(bad("its accessToken is empty or has characters that no token has"));
        }
        let next = answer.refresh_token.filter(|token| sso_token::is_token(token));
        let token = token.renewed(access, next, i64::from(answer.expires_in));
        if let Err(why) = token.write(&self.login.token_file) {
            stderr::print(&format!(
                "assume-env: cannot store the refreshed token in {}: {why}\n  it is used now; log in again next \
                 time: {}",
                self.login.token_file.display(),
                self.login.command()
            ));
        }
        Ok(token)
    }

    /// After a failed refresh: a process that ignores the lock, such as the AWS CLI, may have used the refresh
    /// token and stored a new token.
    fn not_refreshed(&self, old: &Token, failure: ServiceFailure) -> Result<Token, Error> {
        if matches!(failure, ServiceFailure::Refused { .. } | ServiceFailure::NotAnAnswer { .. })
            && let Ok(token) = Token::read(&self.login.token_file)
            && token.is_valid(clock::now())
            && token.access().expose() != old.access().expose()
        {
            return Ok(token);
        }
        let is_final = match &failure {
            // A new login cannot change a fault of the service's encryption key.
            ServiceFailure::Refused { code, reason, .. } => {
                FINAL_CODES.contains(&&**code) && reason.is_none()
            }
            ServiceFailure::NotAnAnswer { status } => matches!(status, 400 | 401),
            ServiceFailure::Net(_) => false,
        };
        Err(match is_final {
            true => {
                let why = match failure {
                    ServiceFailure::Refused { code, message, .. } => Some(format!("{code}: {message}")),
                    _ => None,
                };
                self.unusable(SsoTokenProblem::NotRefreshed(Box::new(NotRefreshed {
                    ago: old.expired_for(clock::now()),
                    why,
                })))
            }
            false => {
                ServiceError::of(Service::IdentityCenter, &self.login.oidc.value, "CreateToken", failure)
                    .into()
            }
        })
    }
}
