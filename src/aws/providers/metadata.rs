//! The part that the container's and the instance's credentials have in common: the set-up of the SDK's
//! clients, the checks of the keys, and the reading of the SDK's errors.
//!
//! Both services use plain http, never through a proxy, and no plan asks them unless a profile, a flag or the
//! order of sources leads there. Follows the AWS SDKs and Tools Reference ("Container credential provider",
//! "IMDS credential provider").

use std::error::Error as Cause;

use aws_config::provider_config::ProviderConfig;
use aws_sdk_sts::config::{BehaviorVersion, SharedHttpClient};
use aws_smithy_types::retry::RetryConfig;

use crate::aws::providers::fetched::SourceCredentials;
use crate::common::clock;
use crate::net;

/// The most of an error's words that a message repeats, in characters.
const LONGEST: usize = 300;

/// The set-up of both clients of the SDK.
///
/// # Errors
/// No thread for the connections.
pub(crate) fn provider_config() -> Result<ProviderConfig, net::error::Error> {
    let http = SharedHttpClient::new(net::Client::plain()?);
    Ok(ProviderConfig::without_region()
        .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
        .with_http_client(http)
        .with_retry_config(RetryConfig::standard()))
}

/// Checks keys that are sent to STS or given to a command: they must be temporary and valid now.
///
/// # Errors
/// What is wrong with them, in words that follow a colon.
pub(crate) fn checked(found: SourceCredentials) -> Result<SourceCredentials, &'static str> {
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

/// A failure of the SDK's clients.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SdkFailure {
    /// The service answered with an error status.
    Status(u16),
    /// The service did not answer; the words of the SDK.
    NoAnswer(String),
    /// Anything else, in the words of the SDK.
    Other(String),
}

/// Reads an error of the SDK whose types are private. This is the only place that decides by the words of an
/// error.
pub(crate) fn sdk_failure(error: &(dyn Cause + 'static)) -> SdkFailure {
    const STATUS: &str = "Non-success status from HTTP credential provider: StatusCode(";
    let all = causes(error);
    let text = without_prefixes(&all);
    let status = text.strip_prefix(STATUS).and_then(|rest| rest.trim_end_matches(')').parse().ok());
    match status {
        Some(status) => SdkFailure::Status(status),
        None if all.contains("dispatch failure") || all.contains("timeout") => {
            SdkFailure::NoAnswer(text.to_owned())
        }
        None => SdkFailure::Other(text.to_owned()),
    }
}

/// The first cause of a type, from the error itself downwards.
pub(crate) fn cause_of<'e, T: Cause + 'static>(error: &'e (dyn Cause + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        next = cause.source();
    }
    None
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
    text.chars().take(LONGEST).collect()
}

/// The causes without the names of the SDK's layers, which help no user.
fn without_prefixes(causes: &str) -> &str {
    const PREFIXES: [&str; 9] = [
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
    PREFIXES.iter().fold(causes, |text, prefix| text.strip_prefix(prefix).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn an_error_status_is_read_from_the_words_of_the_sdk() {
        let error = |text: &str| sdk_failure(&io::Error::other(text.to_owned()));
        let status = "Non-success status from HTTP credential provider: StatusCode(403)";
        assert_eq!(error(status), SdkFailure::Status(403));
        assert_eq!(
            error("dispatch failure: io error: connection refused"),
            SdkFailure::NoAnswer("connection refused".into())
        );
        assert_eq!(error("service error: oops"), SdkFailure::Other("oops".into()));
    }

    #[test]
    fn a_cause_is_found_by_its_type() {
        let inner = net::error::NetError::Dns;
        let error = aws_smithy_runtime_api::client::result::ConnectorError::io(Box::new(inner));
        assert!(cause_of::<net::error::NetError>(&error).is_some());
        assert!(cause_of::<io::Error>(&error).is_none());
    }
}
