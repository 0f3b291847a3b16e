//! The part that the container's and the instance's credentials have in common: the document with the keys,
//! and their checks.
//!
//! Both services use plain http, never through a proxy, and no plan asks them unless a profile, a flag or the
//! order of sources leads there. Follows the AWS SDKs and Tools Reference ("Container credential provider",
//! "IMDS credential provider").

use serde_json::Value;

use crate::aws::providers::fetched::SourceCredentials;
use crate::common::credentials::Keys;
use crate::common::{clock, names};

/// The words for an answer that is another document.
pub(crate) const NOT_JSON: &str = "its answer is not JSON";

/// Reads the members that both services give. The error repeats nothing of the document.
///
/// # Errors
/// The first member that is missing or not a text; an expiry that is not a time.
pub(crate) fn read(document: &mut Value) -> Result<SourceCredentials, &'static str> {
    let mut take = |name| match document.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let keys = Keys::new(
        take("AccessKeyId").filter(|id| !id.is_empty()).ok_or("its answer has no AccessKeyId")?,
        take("SecretAccessKey").ok_or("its answer has no SecretAccessKey")?,
        Some(take("Token").ok_or("its answer has no Token")?),
    );
    let expires = take("Expiration").ok_or("its answer has no Expiration")?;
    let expires =
        clock::parse(&expires).ok_or("the Expiration of its answer is not a time with a time zone")?;
    let account = take("AccountId").filter(|account| names::is_account(account));
    Ok(SourceCredentials { keys, expires: Some(expires), account })
}

/// Checks keys that are sent to STS or given to a command: they must be temporary and valid now.
///
/// # Errors
/// What is wrong with them, in words that follow a colon.
pub(crate) fn checked(found: SourceCredentials) -> Result<SourceCredentials, &'static str> {
    if found.keys.token.as_ref().is_none_or(|token| token.expose().is_empty()) {
        return Err("its keys have no session token");
    }
    if let Some(fault) = found.keys.fault() {
        return Err(fault.of_answer());
    }
    match found.expires {
        Some(expires) if expires.unix_timestamp() <= clock::now() => Err("its keys have expired already"),
        _ => Ok(found),
    }
}
