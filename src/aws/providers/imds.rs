//! The credentials of the instance's role, from the instance metadata service of EC2.
//!
//! Follows botocore (`InstanceMetadataFetcher`): a token (IMDSv2), and without one plain requests (IMDSv1)
//! unless a setting forbids them; the number of attempts; which answers are asked for again; keys that have
//! expired are used while EC2 gives no others (static stability). Also the EC2 user guide ("Retrieve security
//! credentials from instance metadata").

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use crate::aws::providers::error::{Error, InstanceProblem};
use crate::aws::providers::fetched::SourceCredentials;
use crate::aws::providers::metadata;
use crate::common::clock;
use crate::common::credentials::Secret;
use crate::common::origin::Located;
use crate::net::{Answer, Client, Method, NetError};
use crate::plan::source::Instance;
use crate::sys::stderr;

/// The path that gives a token.
const TOKEN: &str = "/latest/api/token";
/// How long a token lasts, in seconds.
const TOKEN_SECONDS: &str = "21600";
/// The list of roles; the credentials of a role are below it.
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

/// How long expired keys are used, in seconds, before the next question (botocore: from 12 to 20 minutes).
const EXTENSION: i64 = 15 * 60;

/// Fetches the credentials.
///
/// # Errors
/// No answer, a refusal, an instance without a role, an answer without usable keys.
pub(crate) async fn credentials(
    instance: &Instance,
    ca_bundle: Option<&Located<PathBuf>>,
) -> Result<SourceCredentials, Error> {
    let service = Service { client: Client::direct(ca_bundle, &instance.endpoint.value)?, instance };
    let failed = |problem| Error::Instance { endpoint: instance.endpoint.clone(), problem };
    let found = service.credentials().await.map_err(failed)?;
    service.client.end();
    Ok(found)
}

/// The metadata service of the instance.
struct Service<'a> {
    client: Client,
    instance: &'a Instance,
}

impl Service<'_> {
    async fn credentials(&self) -> Result<SourceCredentials, InstanceProblem> {
        let token = self.token().await?;
        let roles = self.get(ROLES, token.as_ref(), |_| true).await?;
        let roles = String::from_utf8_lossy(&roles.body);
        let role = roles.lines().next().unwrap_or_default().trim();
        if !is_role_name(role) {
            return Err(InstanceProblem::NotARoleName);
        }
        let is_json = |body: &[u8]| serde_json::from_slice::<Value>(body).is_ok();
        let document = self.get(&format!("{ROLES}{role}"), token.as_ref(), is_json).await?;
        let document = std::str::from_utf8(&document.body).map_err(|_| metadata::NOT_JSON);
        let found = document.and_then(parse).map_err(InstanceProblem::Credentials)?;
        metadata::checked(extended(found, clock::now())).map_err(InstanceProblem::Credentials)
    }

    /// The token of IMDSv2; `None` if the service gives none, and IMDSv1 may be used.
    async fn token(&self) -> Result<Option<Secret>, InstanceProblem> {
        let mut last = None;
        for _ in 0..self.instance.attempts {
            let header = ("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS);
            match self.ask(Method::PUT, TOKEN, &[header]).await {
                Ok(Answer { status: 200, body }) => return token_of(&body).map(Some),
                Ok(Answer { status: 400, .. }) => return Err(InstanceProblem::Status(400)),
                Ok(Answer { status: 403..=405, .. }) => break,
                Ok(Answer { .. }) => {}
                Err(why) => {
                    let is_silent = why == NetError::ReadTimeout;
                    last = Some(why);
                    // A hop limit of 1 drops the answer on its way into a container.
                    if is_silent {
                        break;
                    }
                }
            }
        }
        match (&self.instance.v1_disabled, last) {
            (None, _) => Ok(None),
            (Some(origin), None | Some(NetError::ReadTimeout)) => {
                Err(InstanceProblem::VersionOneDisabled(origin.clone()))
            }
            (Some(_), Some(why)) => Err(self.no_answer(why)),
        }
    }

    /// Asks for a path until an answer has a body that is accepted.
    async fn get(
        &self,
        path: &str,
        token: Option<&Secret>,
        accepts: impl Fn(&[u8]) -> bool,
    ) -> Result<Answer, InstanceProblem> {
        let header = token.map(|token| ("x-aws-ec2-metadata-token", token.expose()));
        let mut last = InstanceProblem::NotARoleName;
        for _ in 0..self.instance.attempts {
            last = match self.ask(Method::GET, path, header.as_slice()).await {
                Ok(Answer { status: 200, body }) if body.is_empty() => {
                    InstanceProblem::Credentials("its answer is empty")
                }
                Ok(Answer { status: 200, body }) if !accepts(&body) => {
                    InstanceProblem::Credentials(metadata::NOT_JSON)
                }
                Ok(answer @ Answer { status: 200, .. }) => return Ok(answer),
                Ok(Answer { status: 404, .. }) => InstanceProblem::NoRole,
                Ok(Answer { status: 401, .. }) if token.is_none() => InstanceProblem::TokenNeeded,
                Ok(Answer { status: 403, .. }) => InstanceProblem::Forbidden,
                Ok(Answer { status, .. }) => InstanceProblem::Status(status),
                Err(why) => self.no_answer(why),
            };
        }
        Err(last)
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Answer, NetError> {
        let url = format!("{}{path}", self.instance.endpoint.value.trim_end_matches('/'));
        let limit = Duration::from_secs(self.instance.timeout);
        let answer = self.client.ask(method, &url, headers, limit);
        tokio::time::timeout(limit * 2, answer).await.unwrap_or(Err(NetError::ReadTimeout))
    }

    fn no_answer(&self, why: NetError) -> InstanceProblem {
        InstanceProblem::NoAnswer { seconds: self.instance.timeout, why }
    }
}

/// A token becomes a header, so it must not contain blanks.
fn token_of(body: &[u8]) -> Result<Secret, InstanceProblem> {
    match std::str::from_utf8(body) {
        Ok(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()) => {
            Ok(Secret::new(text.to_owned()))
        }
        _ => Err(InstanceProblem::Credentials("the token in its answer is empty or not a token")),
    }
}

/// `[\w+=,.@-]+`: the name becomes a part of a path.
fn is_role_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

/// Keys that have expired are used for some minutes: EC2 gives them while it cannot make new ones, and AWS
/// accepts them.
fn extended(found: SourceCredentials, now: i64) -> SourceCredentials {
    match found.expires {
        Some(expires) if expires.unix_timestamp() <= now => {
            stderr::print(&format!(
                "assume-env: the instance metadata gives keys that expired at {}\n  \
                 they are used for {} minutes, as \
                 the AWS SDKs do",
                clock::utc(expires.unix_timestamp()),
                EXTENSION / 60
            ));
            SourceCredentials { expires: OffsetDateTime::from_unix_timestamp(now + EXTENSION).ok(), ..found }
        }
        _ => found,
    }
}

/// Reads the document of the metadata service. The error repeats nothing of it. As in botocore, a document
/// with all members counts, whatever its `Code` is.
///
/// # Errors
/// A document without keys.
pub fn parse(document: &str) -> Result<SourceCredentials, &'static str> {
    let mut document: Value = serde_json::from_str(document).map_err(|_| metadata::NOT_JSON)?;
    let code = document.get("Code").and_then(Value::as_str).unwrap_or("Success").to_owned();
    metadata::read(&mut document).map_err(|missing| match &*code {
        "Success" => missing,
        "AssumeRoleUnauthorizedAccess" => {
            "the trust policy of the instance's role does not let EC2 assume it"
        }
        _ => "it has no credentials now",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MORE: &str = r#","Expiration":"2099-11-23T12:13:14Z""#;

    fn document(more: &str) -> String {
        format!(r#"{{"AccessKeyId":"ASIA","SecretAccessKey":"fake","Token":"t"{more}}}"#)
    }

    #[test]
    fn the_document_of_the_metadata_service_is_read() {
        for code in ["", r#","Code":"Success""#] {
            let found = parse(&document(&format!("{MORE}{code}"))).and_then(metadata::checked);
            assert!(found.is_ok_and(|found| found.keys.temporary()), "{code}");
        }
        for (more, part) in [
            ("", "no Expiration"),
            (r#","Code":"Failed""#, "no credentials now"),
            (r#","Code":"AssumeRoleUnauthorizedAccess""#, "trust policy"),
            (r#","Code":"Success""#, "no Expiration"),
            (r#","Code":"Success","Expiration":"soon""#, "not a time"),
            (r#","Code":"Success","Expiration":4070908800"#, "no Expiration"),
        ] {
            let why = parse(&document(more)).and_then(metadata::checked).unwrap_err();
            assert!(why.contains(part), "{more}: {why}");
        }
        assert!(parse("<html>").is_err() && parse("[]").is_err());
    }

    #[test]
    fn expired_keys_are_used_for_some_minutes() {
        let found = || parse(&document(MORE)).unwrap();
        let expires = found().expires.unwrap().unix_timestamp();
        let seconds = |now| extended(found(), now).expires.unwrap().unix_timestamp();
        assert_eq!(seconds(expires - 1), expires);
        assert_eq!(seconds(expires), expires + EXTENSION);
        assert_eq!(seconds(expires + 9999), expires + 9999 + EXTENSION);
    }

    #[test]
    fn a_role_name_adds_nothing_to_the_path() {
        assert!(is_role_name("worker") && is_role_name("a+b=c,d.e@f-g_h"));
        for bad in ["", "a b", "../x", "a/b", "a?b", "ü"] {
            assert!(!is_role_name(bad), "{bad}");
        }
    }
}
