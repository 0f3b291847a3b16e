//! A role of IAM Identity Center: the AWS CLI's token opens the portal, which hands out the role's keys.
//!
//! Follows the AWS SDKs and Tools Reference ("IAM Identity Center credential provider") and botocore: a token of an
//! `sso-session` is refreshed when it has expired, one of the older keys is not. What only a person can mend names the
//! `aws sso login` to type.

use aws_sdk_sso::config::{BehaviorVersion, Region, SharedHttpClient};
use time::OffsetDateTime;

use super::SourceCredentials;
use super::sso_token::{self, Refresh, Token};
use crate::common::clock;
use crate::common::credentials::{Keys, Secret};
use crate::error::Error;
use crate::net::{self, NoPointlessRetry, ServiceFailure};
use crate::plan::Plan;
use crate::plan::source::Sso;
use crate::sys::stderr;

/// The codes by which the token service says that only a new login helps (SSO OIDC API reference, `CreateToken`).
const FOR_GOOD: [&str; 5] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidClientException",
    "InvalidGrantException",
    "UnauthorizedClientException",
];

/// Whether the token can be used, or refreshed.
pub fn check(sso: &Sso) -> Result<(), Error> {
    token(sso).map(drop)
}

/// The token, and what refreshes it if it has expired.
fn token(sso: &Sso) -> Result<(Token, Option<Refresh>), Error> {
    let now = clock::now();
    let token = Token::read(&sso.token_file).map_err(|why| unusable(sso, why))?;
    if token.is_valid(now) {
        return Ok((token, None));
    }
    match token.refresh(now).filter(|_| sso.session.is_some()) {
        Some(refresh) => Ok((token, Some(refresh))),
        None => Err(unusable(sso, token.expired(now))),
    }
}

fn unusable(sso: &Sso, why: String) -> Error {
    Error::SsoToken { origin: sso.role.origin.clone(), file: sso.token_file.clone(), why, login: sso.login() }
}

/// The role's keys.
///
/// # Errors
/// A token that is missing, has expired for good or is refused; a role that this person has not; what goes wrong on the way.
pub async fn credentials(sso: &Sso, plan: &Plan, http: SharedHttpClient) -> Result<SourceCredentials, Error> {
    let token = match token(sso)? {
        (token, None) => token,
        (_, Some(_)) => fresh(sso, plan, http.clone()).await?,
    };
    let config = aws_sdk_sso::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(sso.region.value.clone()))
        .endpoint_url(&sso.portal.value)
        .http_client(http)
        .retry_config(net::retries(plan.attempts))
        .retry_classifier(NoPointlessRetry)
        .timeout_config(net::timeouts());
    let client = aws_sdk_sso::Client::from_conf(config.build());
    let call = client
        .get_role_credentials()
        .account_id(&sso.account.value)
        .role_name(&sso.role.value)
        .access_token(token.access().expose());
    let answer = call.send().await.map_err(|error| refused(sso, net::trouble(&error)))?;
    let bad = |what| Error::BadAnswer { service: "IAM Identity Center", url: sso.portal.value.clone(), what };
    let found = answer.role_credentials.ok_or_else(|| bad("it has no roleCredentials"))?;
    let keys = Keys {
        id: found.access_key_id.unwrap_or_default(),
        secret: Secret::new(found.secret_access_key.unwrap_or_default()),
        token: found.session_token.filter(|token| !token.is_empty()).map(Secret::new),
    };
    if keys.id.is_empty() || keys.secret.expose().is_empty() || keys.token.is_none() {
        return Err(bad("it has not all of its three keys"));
    }
    if keys.unusable().is_some() {
        return Err(bad("its keys have characters that no key has"));
    }
    // Milliseconds; zero where the answer has none.
    let expires = OffsetDateTime::from_unix_timestamp(found.expiration / 1000)
        .ok()
        .filter(|expires| expires.unix_timestamp() > clock::now())
        .ok_or_else(|| bad("its expiration is missing or in the past"))?;
    Ok(SourceCredentials { keys, expires: Some(expires), account: Some(sso.account.value.clone()) })
}

/// The next token, which one process gets for all that want it at the same time.
async fn fresh(sso: &Sso, plan: &Plan, http: SharedHttpClient) -> Result<Token, Error> {
    let _turn = Token::turn(&sso.token_file).await;
    match token(sso)? {
        (token, None) => Ok(token),
        (token, Some(refresh)) => refreshed(sso, token, &refresh, plan, http).await,
    }
}

/// The next token, which also takes the place of the old one in the AWS CLI's file.
async fn refreshed(
    sso: &Sso,
    token: Token,
    refresh: &Refresh,
    plan: &Plan,
    http: SharedHttpClient,
) -> Result<Token, Error> {
    let config = aws_sdk_ssooidc::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(sso.region.value.clone()))
        .endpoint_url(&sso.oidc.value)
        .http_client(http)
        // A refresh token works once: a second try after a lost answer would be told that it is unknown.
        .retry_config(net::retries(plan.attempts).with_max_attempts(1))
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
        Err(error) => return not_refreshed(sso, &token, net::trouble(&error)),
    };
    let bad = |what| {
        let (service, url) = ("IAM Identity Center", sso.oidc.value.clone());
        Error::BadAnswer { service, url, what }
    };
    let access = answer.access_token.ok_or_else(|| bad("it has no accessToken"))?;
    if !sso_token::is_token(&access) {
        return Err(bad("its accessToken is empty or has characters that no token has"));
    }
    let next = answer.refresh_token.filter(|token| sso_token::is_token(token));
    let token = token.renewed(access, next, i64::from(answer.expires_in));
    if let Err(why) = token.write(&sso.token_file) {
        stderr::say(&format!(
            "assume-env: the refreshed token cannot be kept in {}: {why}\n  it is used now; log in again next time: {}",
            sso.token_file.display(),
            sso.login()
        ));
    }
    Ok(token)
}

/// Another process may have been faster, and the refresh token has been spent on its behalf.
fn not_refreshed(sso: &Sso, old: &Token, trouble: ServiceFailure) -> Result<Token, Error> {
    let service = "IAM Identity Center";
    if matches!(trouble, ServiceFailure::Refused { .. } | ServiceFailure::NotAnAnswer { .. })
        && let Ok(token) = Token::read(&sso.token_file)
        && token.is_valid(clock::now())
    {
        return Ok(token);
    }
    match trouble {
        ServiceFailure::Refused { code, message } if !FOR_GOOD.contains(&&*code) => {
            Err(Error::ActionRefused { service, action: "CreateToken", code, message })
        }
        ServiceFailure::Refused { .. } | ServiceFailure::NotAnAnswer { status: 400 | 401 } => {
            Err(unusable(sso, format!("{}, and is not refreshed any more", old.expired(clock::now()))))
        }
        trouble => Err(Error::no_answer(service, &sso.oidc.value, trouble)),
    }
}

fn refused(sso: &Sso, trouble: ServiceFailure) -> Error {
    match trouble {
        ServiceFailure::Refused { code, .. } if code == "UnauthorizedException" => {
            unusable(sso, "is not accepted any more".into())
        }
        ServiceFailure::Refused { code, message } => Error::SsoRefused {
            role: sso.role.value.clone(),
            origin: sso.role.origin.clone(),
            account: sso.account.value.clone(),
            said: format!("{code}: {message}"),
        },
        trouble => Error::no_answer("IAM Identity Center", &sso.portal.value, trouble),
    }
}
