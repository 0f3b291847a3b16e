//! A role of IAM Identity Center: the portal gives the role's keys for the token of a login.
//!
//! Follows the AWS SDKs and Tools Reference ("IAM Identity Center credential provider"). No token and no key may
//! appear in a message.

use aws_sdk_sso::config::{BehaviorVersion, Region, SharedHttpClient};
use time::OffsetDateTime;

use crate::aws::providers::error::{Error, SsoRefusal, SsoTokenProblem};
use crate::aws::providers::fetched::SourceCredentials;
use crate::aws::providers::sso_login::{StoredLogin, bad_answer, unusable};
use crate::aws::providers::sso_token::Token;
use crate::aws::service::{Service, ServiceError};
use crate::common::clock;
use crate::common::credentials::Keys;
use crate::net::{self, NoPointlessRetry, ServiceFailure};
use crate::plan::source::Sso;
use crate::plan::sso_login::SsoLogin;

/// Fetches the role's keys, with the token of a login that is stored nowhere, or with the stored one. `attempts` is the
/// highest number of tries of a request.
///
/// # Errors
/// A token that is missing, has expired and cannot be refreshed, or is refused; a role that is not assigned
/// to the user; an answer without usable keys; no answer.
pub(crate) async fn credentials(
    sso: &Sso,
    token: Option<&Token>,
    attempts: u32,
    http: SharedHttpClient,
) -> Result<SourceCredentials, Error> {
    let answer = match token {
        Some(token) => role_credentials(sso, token, attempts, http).await,
        None => {
            let (login, origin) = (&sso.login, &sso.role.origin);
            let stored = StoredLogin { login, origin, attempts, http: http.clone() };
            let token = stored.token().await?;
            match role_credentials(sso, &token, attempts, http.clone()).await {
                Err(RoleFailure::NotAccepted) if stored.can_refresh(&token) => {
                    let token = stored.replaced(&token).await?;
                    role_credentials(sso, &token, attempts, http).await
                }
                answer => answer,
            }
        }
    };
    answer.map_err(|failure| match failure {
        RoleFailure::NotAccepted => unusable(&sso.login, &sso.role.origin, SsoTokenProblem::NotAccepted),
        RoleFailure::Other(error) => error,
    })
}

/// A client of the portal.
pub(crate) fn portal(login: &SsoLogin, attempts: u32, http: SharedHttpClient) -> aws_sdk_sso::Client {
    let config = aws_sdk_sso::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(login.region.value.clone()))
        .endpoint_url(&login.portal.value)
        .http_client(http)
        .retry_config(net::retries(attempts))
        .retry_classifier(NoPointlessRetry)
        .timeout_config(net::timeouts());
    aws_sdk_sso::Client::from_conf(config.build())
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
    let client = portal(&sso.login, attempts, http);
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
