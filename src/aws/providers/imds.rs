//! The credentials of the instance's role, from the instance metadata service of EC2 in its second version
//! (IMDSv2).
//!
//! The SDK's client sends the requests; the document is read here. Follows the EC2 user guide ("Retrieve
//! security credentials from instance metadata") and the AWS SDKs and Tools Reference ("IMDS credential
//! provider").

use std::time::Duration;

use aws_config::imds;
use aws_config::imds::client::error::{ImdsError, TokenError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::aws::providers::error::{Error, InstanceProblem};
use crate::aws::providers::fetched::SourceCredentials;
use crate::aws::providers::metadata::{self, SdkFailure};
use crate::common::clock;
use crate::common::credentials::{Keys, Secret};
use crate::plan::source::Instance;

/// The list of roles; the credentials of a role are below it.
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

/// Fetches the credentials.
///
/// # Errors
/// No answer, a refusal, an instance without a role, an answer without usable keys.
pub async fn credentials(instance: &Instance) -> Result<SourceCredentials, Error> {
    let failed = |problem| Error::Instance { endpoint: instance.endpoint.clone(), problem };
    let timeout = Duration::from_secs(instance.timeout);
    let client = imds::Client::builder()
        .configure(&metadata::provider_config()?)
        .endpoint(&instance.endpoint.value)
        .map_err(|error| failed(InstanceProblem::Other(error.to_string())))?
        .max_attempts(instance.attempts)
        .connect_timeout(timeout)
        .read_timeout(timeout)
        .operation_attempt_timeout(timeout)
        .build();
    let get = async |path: String| match client.get(path).await {
        Ok(text) => Ok(Zeroizing::new(String::from(text))),
        Err(error) => Err(failed(problem_of(&error, instance.timeout))),
    };
    let roles = get(ROLES.to_owned()).await?;
    let role = roles.lines().next().unwrap_or_default().trim();
    if !is_role_name(role) {
        return Err(failed(InstanceProblem::NotARoleName));
    }
    let document = get(format!("{ROLES}{role}")).await?;
    parse(&document).and_then(metadata::checked).map_err(|what| failed(InstanceProblem::Credentials(what)))
}

/// `[\w+=,.@-]+`: the name becomes a part of a path.
fn is_role_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

fn problem_of(error: &ImdsError, seconds: u64) -> InstanceProblem {
    if let ImdsError::ErrorResponse(answer) = error {
        return match answer.response().status().as_u16() {
            404 => InstanceProblem::NoRole,
            status => InstanceProblem::Status(status),
        };
    }
    // The first request asks for a session token of IMDSv2.
    let token_error = metadata::cause_of::<SdkError<TokenError, HttpResponse>>(error);
    if token_error.and_then(SdkError::raw_response).is_some_and(|answer| answer.status().as_u16() == 403) {
        return InstanceProblem::Forbidden;
    }
    match metadata::sdk_failure(error) {
        SdkFailure::Status(status) => InstanceProblem::Status(status),
        SdkFailure::NoAnswer(cause) => InstanceProblem::NoAnswer { seconds, cause },
        SdkFailure::Other(text) => InstanceProblem::Other(text),
    }
}

/// Reads the document of the metadata service. The error repeats nothing of it.
///
/// # Errors
/// A document without keys.
pub fn parse(document: &str) -> Result<SourceCredentials, &'static str> {
    let mut document: Value = serde_json::from_str(document).map_err(|_| "its answer is not JSON")?;
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
    let expires = clock::parse(&expires).ok_or("the Expiration of its answer is not a time")?;
    Ok(SourceCredentials { keys, expires: Some(expires), account: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_of_the_metadata_service_is_read() {
        let document =
            |more: &str| format!(r#"{{"AccessKeyId":"ASIA","SecretAccessKey":"fake","Token":"t"{more}}}"#);
        let good = document(r#","Code":"Success","Expiration":"2099-11-23T12:13:14Z""#);
        assert!(parse(&good).and_then(metadata::checked).is_ok_and(|found| found.keys.temporary()));
        for (more, part) in [
            ("", "no credentials now"),
            (r#","Code":"Failed""#, "no credentials now"),
            (r#","Code":"AssumeRoleUnauthorizedAccess""#, "trust policy"),
            (r#","Code":"Success""#, "no Expiration"),
            (r#","Code":"Success","Expiration":"soon""#, "not a time"),
            (r#","Code":"Success","Expiration":"2001-11-23T12:13:14Z""#, "expired already"),
        ] {
            let why = parse(&document(more)).and_then(metadata::checked).unwrap_err();
            assert!(why.contains(part), "{more}: {why}");
        }
        assert!(parse("<html>").is_err() && parse("[]").is_err());
    }

    #[test]
    fn a_role_name_adds_nothing_to_the_path() {
        assert!(is_role_name("worker") && is_role_name("a+b=c,d.e@f-g_h"));
        for bad in ["", "a b", "../x", "a/b", "a?b", "ü"] {
            assert!(!is_role_name(bad), "{bad}");
        }
    }
}
