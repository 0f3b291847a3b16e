//! A role of IAM Identity Center: the portal gives the role's keys for the token that the AWS CLI stored.
//!
//! Follows the AWS SDKs and Tools Reference ("IAM Identity Center credential provider") and botocore
//! (`SSOTokenProvider`): the token of an `sso-session` is refreshed when it has expired and in its last 15
//! minutes, one of the older configuration without a session is not. A token that the portal does not accept
//! is refreshed once, too. An error that only a new login can repair names the command that signs in. No
//! token and no key may appear in a message.

use aws_sdk_sso::config::{BehaviorVersion, Region, SharedHttpClient};
use time::OffsetDateTime;

use crate::aws::providers::error::{Error, NotRefreshed, SsoRefusal, SsoTokenProblem};
use crate::aws::providers::fetched::SourceCredentials;
use crate::aws::providers::sso_token::{self, Refresh, Token};
use crate::aws::service::{Service, ServiceError};
use crate::common::clock;
use crate::common::credentials::Keys;
use crate::net::{self, NoPointlessRetry, ServiceFailure};
use crate::plan::source::Sso;
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

/// Checks that the token can be used, or refreshed.
///
/// # Errors
/// A token that is missing, or has expired and cannot be refreshed.
pub(crate) fn check(sso: &Sso) -> Result<(), Error> {
    stored_token(sso).map(drop)
}

/// The stored token; if it must be refreshed, also what refreshes it.
fn stored_token(sso: &Sso) -> Result<(Token, Option<Refresh>), Error> {
    let now = clock::now();
    let token = Token::read(&sso.login.token_file).map_err(|problem| unusable(sso, problem))?;
    if token.is_valid(now + REFRESH_WINDOW) {
        return Ok((token, None));
    }
    match refresh_of(sso, &token) {
        None if !token.is_valid(now) => Err(unusable(sso, SsoTokenProblem::Expired(token.expired_for(now)))),
        refresh => Ok((token, refresh)),
    }
}

/// What refreshes a token. A profile of the older form, without a session, has nothing that does.
fn refresh_of(sso: &Sso, token: &Token) -> Option<Refresh> {
    token.refresh(clock::now()).filter(|_| sso.login.session.is_some())
}

fn unusable(sso: &Sso, problem: SsoTokenProblem) -> Error {
    Error::SsoToken {
        file: sso.login.token_file.clone(),
        origin: sso.role.origin.clone(),
        problem,
        login: sso.login.command(),
        slips: sso.login.slips.iter().map(ToString::to_string).collect(),
    }
}

/// Fetches the role's keys. `attempts` is the highest number of tries of a request.
///
/// # Errors
/// A token that is missing, has expired and cannot be refreshed, or is refused; a role that is not assigned
/// to the user; an answer without usable keys; no answer.
pub(crate) async fn credentials(
    sso: &Sso,
    attempts: u32,
    http: SharedHttpClient,
) -> Result<SourceCredentials, Error> {
    let token = match stored_token(sso)? {
        (token, None) => token,
        (token, Some(_)) => match refreshed_once(sso, attempts, http.clone()).await {
            Err(_) if token.is_valid(clock::now()) => token,
            refreshed => refreshed?,
        },
    };
    match role_credentials(sso, &token, attempts, http.clone()).await {
        Err(RoleFailure::NotAccepted) if refresh_of(sso, &token).is_some() => {
            let token = replaced(sso, &token, attempts, http.clone()).await?;
            role_credentials(sso, &token, attempts, http).await
        }
        answer => answer,
    }
    .map_err(|failure| match failure {
        RoleFailure::NotAccepted => unusable(sso, SsoTokenProblem::NotAccepted),
        RoleFailure::Other(error) => error,
    })
}

/// Why the portal gives no keys.
enum RoleFailure {
    /// It does not accept the token.
    NotAccepted,
    /// Anything else.
    Other(Error),
}

impl From<Error> for RoleFailure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Asks the portal for the role's keys.
async fn role_credentials(
    sso: &Sso,
    token: &Token,
    attempts: u32,
    http: SharedHttpClient,
) -> Result<SourceCredentials, RoleFailure> {
    let config = aws_sdk_sso::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(sso.login.region.value.clone()))
        .endpoint_url(&sso.login.portal.value)
        .http_client(http)
        .retry_config(net::retries(attempts))
        .retry_classifier(NoPointlessRetry)
        .timeout_config(net::timeouts());
    let client = aws_sdk_sso::Client::from_conf(config.build());
    let call = client
        .get_role_credentials()
        .account_id(&sso.account.value)
        .role_name(&sso.role.value)
        .access_token(token.access().expose());
    let answer = call.send().await.map_err(|error| role_refused(sso, net::failure_of(&error)))?;
    let bad = |what| bad_answer(&sso.login.portal.value, what);
    let found = answer.role_credentials.ok_or_else(|| bad("it has no roleCredentials"))?;
    let keys = Keys::new(
        found.access_key_id.unwrap_or_default(),
        found.secret_access_key.unwrap_or_default(),
        found.session_token.filter(|token| !token.is_empty()),
    );
    if keys.id.is_empty() || keys.secret.expose().is_empty() || keys.token.is_none() {
        return Err(bad("it does not have all three keys").into());
    }
    if let Some(fault) = keys.fault() {
        return Err(bad(fault.of_answer()).into());
    }
    // Milliseconds; zero if the answer has none.
    let expires = OffsetDateTime::from_unix_timestamp(found.expiration / 1000)
        .ok()
        .filter(|expires| expires.unix_timestamp() > clock::now())
        .ok_or_else(|| bad("its expiration is missing or in the past"))?;
    Ok(SourceCredentials { keys, expires: Some(expires), account: Some(sso.account.value.clone()) })
}

/// The next token. Of all processes that need it at the same time, one refreshes it and the others read the
/// result.
async fn refreshed_once(sso: &Sso, attempts: u32, http: SharedHttpClient) -> Result<Token, Error> {
    let _lock = Token::lock(&sso.login.token_file).await;
    match stored_token(sso)? {
        (token, None) => Ok(token),
        (token, Some(refresh)) => refreshed(sso, token, &refresh, attempts, http).await,
    }
}

/// The next token after one that the portal does not accept: another process may have stored it already.
async fn replaced(sso: &Sso, refused: &Token, attempts: u32, http: SharedHttpClient) -> Result<Token, Error> {
    let _lock = Token::lock(&sso.login.token_file).await;
    let token = Token::read(&sso.login.token_file).map_err(|problem| unusable(sso, problem))?;
    if token.access().expose() != refused.access().expose() && token.is_valid(clock::now()) {
        return Ok(token);
    }
    let Some(refresh) = refresh_of(sso, &token) else {
        return Err(unusable(sso, SsoTokenProblem::NotAccepted));
    };
    match refreshed(sso, token, &refresh, attempts, http).await {
        Err(Error::SsoToken { .. }) => Err(unusable(sso, SsoTokenProblem::NotAccepted)),
        token => token,
    }
}

/// Requests the next token and stores it in the AWS CLI's file, in place of the old one.
async fn refreshed(
    sso: &Sso,
    token: Token,
    refresh: &Refresh,
    attempts: u32,
    http: SharedHttpClient,
) -> Result<Token, Error> {
    let config = aws_sdk_ssooidc::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(sso.login.region.value.clone()))
        .endpoint_url(&sso.login.oidc.value)
        .http_client(http)
        // A refresh token works once: after a lost answer, a second try would be refused.
        .retry_config(net::retries(attempts).with_max_attempts(1))
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
        Err(error) => return not_refreshed(sso, &token, net::failure_of(&error)),
    };
    let bad = |what| bad_answer(&sso.login.oidc.value, what);
    let access = answer.access_token.ok_or_else(|| bad("it has no accessToken"))?;
    if !sso_token::is_token(&access) {
        return Err(bad("its accessToken is empty or has characters that no token has"));
    }
    let next = answer.refresh_token.filter(|token| sso_token::is_token(token));
    let token = token.renewed(access, next, i64::from(answer.expires_in));
    if let Err(why) = token.write(&sso.login.token_file) {
        stderr::print(&format!(
            "assume-env: cannot store the refreshed token in {}: {why}\n  it is used now; log in again next \
             time: {}",
            sso.login.token_file.display(),
            sso.login.command()
        ));
    }
    Ok(token)
}

/// After a failed refresh: a process that ignores the lock, such as the AWS CLI, may have used the refresh
/// token and stored a new token.
fn not_refreshed(sso: &Sso, old: &Token, failure: ServiceFailure) -> Result<Token, Error> {
    if matches!(failure, ServiceFailure::Refused { .. } | ServiceFailure::NotAnAnswer { .. })
        && let Ok(token) = Token::read(&sso.login.token_file)
        && token.is_valid(clock::now())
        && token.access().expose() != old.access().expose()
    {
        return Ok(token);
    }
    let is_final = match &failure {
        // A new login cannot change a fault of the service's encryption key.
        ServiceFailure::Refused { code, reason, .. } => FINAL_CODES.contains(&&**code) && reason.is_none(),
        ServiceFailure::NotAnAnswer { status } => matches!(status, 400 | 401),
        ServiceFailure::Net(_) => false,
    };
    Err(match is_final {
        true => {
            let why = match failure {
                ServiceFailure::Refused { code, message, .. } => Some(format!("{code}: {message}")),
                _ => None,
            };
            unusable(
                sso,
                SsoTokenProblem::NotRefreshed(Box::new(NotRefreshed {
                    ago: old.expired_for(clock::now()),
                    why,
                })),
            )
        }
        false => {
            ServiceError::of(Service::IdentityCenter, &sso.login.oidc.value, "CreateToken", failure).into()
        }
    })
}

fn role_refused(sso: &Sso, failure: ServiceFailure) -> RoleFailure {
    let error = match failure {
        ServiceFailure::Refused { code, .. } if code == "UnauthorizedException" => {
            return RoleFailure::NotAccepted;
        }
        ServiceFailure::Refused { code, message, .. } => Error::SsoRefused(Box::new(SsoRefusal {
            role: sso.role.clone(),
            account: sso.account.value.clone(),
            code,
            message,
        })),
        failure => {
            let action = "GetRoleCredentials";
            ServiceError::of(Service::IdentityCenter, &sso.login.portal.value, action, failure).into()
        }
    };
    RoleFailure::Other(error)
}

fn bad_answer(url: &str, what: &'static str) -> Error {
    ServiceError::BadAnswer { service: Service::IdentityCenter, url: url.to_owned(), what }.into()
}
