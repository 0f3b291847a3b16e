//! Credentials that AWS puts beside a program: those of its container (ECS, EKS Pod Identity) and of its instance (EC2).
//!
//! Asked with the SDK's own clients, over plain http that never goes through a proxy. They are asked only when the plan says
//! so. Follows the AWS SDKs and Tools Reference ("Container credential provider", "IMDS credential provider").

use std::error::Error as Cause;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds;
use aws_config::provider_config::ProviderConfig;
use aws_sdk_sts::config::{BehaviorVersion, ProvideCredentials as _, SharedHttpClient};
use aws_smithy_types::retry::RetryConfig;
use serde_json::Value;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::SourceCredentials;
use crate::common::clock;
use crate::common::credentials::{Keys, Secret};
use crate::error::Error;
use crate::net;
use crate::plan::source::{Container, Instance};

/// What both clients of the SDK are set up with.
fn config() -> Result<ProviderConfig, Error> {
    let http = SharedHttpClient::new(net::Client::plain()?);
    Ok(ProviderConfig::without_region()
        .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
        .with_http_client(http)
        .with_retry_config(RetryConfig::standard()))
}

impl Container {
    /// The credentials.
    ///
    /// # Errors
    /// An address that is not a container's, a service that refuses or does not answer, an answer that is none.
    pub async fn credentials(&self) -> Result<SourceCredentials, Error> {
        let provider = EcsCredentialsProvider::builder().configure(&config()?).build();
        let found = provider.provide_credentials().await.map_err(|error| Error::Container {
            variable: self.variable,
            why: container_causes(&causes(&error)),
        })?;
        let keys = Keys {
            id: found.access_key_id().to_owned(),
            secret: Secret::new(found.secret_access_key().to_owned()),
            token: found.session_token().filter(|t| !t.is_empty()).map(|t| Secret::new(t.to_owned())),
        };
        let expires = found.expiry().map(OffsetDateTime::from);
        let account = found.account_id().map(|account| account.as_str().to_owned());
        checked(SourceCredentials { keys, expires, account })
            .map_err(|what| Error::Container { variable: self.variable, why: what.into() })
    }
}

impl Instance {
    const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

    /// The credentials.
    ///
    /// # Errors
    /// A service that does not answer, an instance without a role, an answer that is none.
    pub async fn credentials(&self) -> Result<SourceCredentials, Error> {
        let timeout = Duration::from_secs(self.timeout);
        let client = imds::Client::builder()
            .configure(&config()?)
            .endpoint(&self.endpoint.value)
            .map_err(|error| self.fault(error.to_string()))?
            .max_attempts(self.attempts)
            .connect_timeout(timeout)
            .read_timeout(timeout)
            .operation_attempt_timeout(timeout)
            .build();
        let get = async |path: String| match client.get(path).await {
            Ok(text) => Ok(Zeroizing::new(String::from(text))),
            Err(error) => Err(self.fault(self.cause(&error))),
        };
        let roles = get(Self::ROLES.to_owned()).await?;
        let role = roles.lines().next().unwrap_or_default().trim();
        if !role.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)) || role.is_empty() {
            return Err(self.fault("it names no role".into()));
        }
        let document = get(format!("{}{role}", Self::ROLES)).await?;
        parse(&document).and_then(checked).map_err(|what| self.fault(what.into()))
    }

    fn cause(&self, error: &imds::client::error::ImdsError) -> String {
        use imds::client::error::ImdsError;
        match error {
            ImdsError::ErrorResponse(answer) if answer.response().status().as_u16() == 404 => {
                "the instance has no role".into()
            }
            ImdsError::ErrorResponse(answer) => {
                format!("it answered with status {}", answer.response().status().as_u16())
            }
            _ => match causes(error) {
                causes if causes.contains("request forbidden") => {
                    "it answered with status 403: it is switched off, or not for this program".into()
                }
                causes if causes.contains("dispatch failure") || causes.contains("timeout") => {
                    format!("no answer within {}s ({})", self.timeout, plain(&causes))
                }
                causes => plain(&causes).to_owned(),
            },
        }
    }

    fn fault(&self, why: String) -> Error {
        Error::Instance { endpoint: self.endpoint.value.clone(), origin: self.endpoint.origin.clone(), why }
    }
}

/// Takes the document of the metadata service apart; the error repeats nothing of it.
///
/// # Errors
/// A document that holds no keys now.
pub fn parse(document: &str) -> Result<SourceCredentials, &'static str> {
    let mut document: Value = serde_json::from_str(document).map_err(|_| "its answer is no JSON")?;
    let mut take = |name| match document.get_mut(name).map(Value::take) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    match take("Code").as_deref() {
        Some("Success") => {}
        Some("AssumeRoleUnauthorizedAccess") => {
            return Err("the trust policy of the instance's role does not let EC2 assume it");
        }
        _ => return Err("it has no credentials now"),
    }
    let keys = Keys {
        id: take("AccessKeyId").ok_or("its answer has no AccessKeyId")?,
        secret: Secret::new(take("SecretAccessKey").ok_or("its answer has no SecretAccessKey")?),
        token: Some(Secret::new(take("Token").ok_or("its answer has no Token")?)),
    };
    let expires = take("Expiration").ok_or("its answer has no Expiration")?;
    let expires = clock::parse(&expires).ok_or("the Expiration of its answer is no time")?;
    Ok(SourceCredentials { keys, expires: Some(expires), account: None })
}

fn checked(found: SourceCredentials) -> Result<SourceCredentials, &'static str> {
    if found.keys.unusable().is_some() {
        return Err("its keys have characters that no key has");
    }
    if found.keys.token.is_none() {
        return Err("its keys have no session token");
    }
    match found.expires {
        Some(expires) if expires.unix_timestamp() <= clock::now() => Err("its keys have expired already"),
        _ => Ok(found),
    }
}

/// The causes in one line, without those that only repeat another.
fn causes(error: &dyn Cause) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !words.is_empty() && !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text.chars().take(300).collect()
}

/// What the SDK says of a container's endpoint, in words that go on from "it".
fn container_causes(causes: &str) -> String {
    const STATUS: &str = "Non-success status from HTTP credential provider: StatusCode(";
    let text = plain(causes);
    if let Some(status) = text.strip_prefix(STATUS) {
        return format!("it answered with status {}", status.trim_end_matches(')'));
    }
    // The only file that is read on the way.
    match text.contains("(os error") && !text.contains("connect") {
        true => format!("cannot read what AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names: {text}"),
        false => text.to_owned(),
    }
}

/// Causes without the words by which the SDK's layers call each other.
fn plain(causes: &str) -> &str {
    const NOISE: [&str; 9] = [
        "an error occurred while loading credentials: ",
        "unexpected credentials error: ",
        "the credentials provider was not properly configured: ",
        "failed to load IMDS session token: ",
        "service error: ",
        "dispatch failure: ",
        "io error: ",
        "other: ",
        "timeout: ",
    ];
    NOISE.iter().fold(causes, |text, noise| text.strip_prefix(noise).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_metadata_service_is_taken_apart() {
        let document =
            |more: &str| format!(r#"{{"AccessKeyId":"ASIA","SecretAccessKey":"fake","Token":"t"{more}}}"#);
        let good = document(r#","Code":"Success","Expiration":"2099-11-23T12:13:14Z""#);
        assert!(parse(&good).and_then(checked).is_ok_and(|found| found.keys.temporary()));
        for (more, part) in [
            ("", "no credentials now"),
            (r#","Code":"Failed""#, "no credentials now"),
            (r#","Code":"AssumeRoleUnauthorizedAccess""#, "trust policy"),
            (r#","Code":"Success""#, "no Expiration"),
            (r#","Code":"Success","Expiration":"soon""#, "no time"),
            (r#","Code":"Success","Expiration":"2001-11-23T12:13:14Z""#, "expired already"),
        ] {
            let why = parse(&document(more)).and_then(checked).unwrap_err();
            assert!(why.contains(part), "{more}: {why}");
        }
        assert!(parse("<html>").is_err() && parse("[]").is_err());
    }
}
