//! The credentials of the container: a task of ECS, or a pod with EKS Pod Identity.
//!
//! Follows the AWS SDKs and Tools Reference ("Container credential provider") and botocore
//! (`ContainerMetadataFetcher`): which addresses may be asked, and three attempts. No proxy sees the request,
//! and https uses the CA bundle.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use serde_json::Value;

use crate::aws::providers::error::{ContainerProblem, Error};
use crate::aws::providers::fetched::SourceCredentials;
use crate::aws::providers::metadata;
use crate::common::credentials::Secret;
use crate::common::origin::Located;
use crate::net::{Answer, Client, Method};
use crate::plan::source::{Authorization, Container};
use crate::sys::read_limited;

/// The addresses that may be asked over plain http, apart from those of this machine (botocore,
/// `_ALLOWED_HOSTS`).
const ALLOWED: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// The largest token file that is read, in MiB.
const LARGEST: u64 = 1;

/// The time limit of an attempt.
const LIMIT: Duration = Duration::from_secs(5);
/// The number of attempts, and the pause between two.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(300);

/// Fetches the credentials.
///
/// # Errors
/// An address that cannot be a container's, a refusal, no answer, an answer without usable keys.
pub(crate) async fn credentials(
    container: &Container,
    ca_bundle: Option<&Located<PathBuf>>,
) -> Result<SourceCredentials, Error> {
    let failed = |problem| Error::Container { variable: container.variable, problem };
    if !may_be_asked(&container.url) {
        return Err(failed(ContainerProblem::Address));
    }
    let token = container.authorization.as_ref().map(token).transpose().map_err(failed)?;
    let mut headers = vec![("accept", "application/json")];
    headers.extend(token.as_ref().map(|token| ("authorization", token.expose())));
    let client = Client::direct(ca_bundle, &container.url)?;
    let mut attempt = 1;
    loop {
        let problem = match client.ask(Method::GET, &container.url, &headers, LIMIT).await {
            Ok(Answer { status: 200, body }) => match serde_json::from_slice::<Value>(&body) {
                Ok(mut document) => {
                    client.end();
                    let found = metadata::read(&mut document).and_then(metadata::checked);
                    return found.map_err(|what| failed(ContainerProblem::Credentials(what)));
                }
                Err(_) => ContainerProblem::Credentials(metadata::NOT_JSON),
            },
            Ok(Answer { status, .. }) => ContainerProblem::Status(status),
            Err(why) => ContainerProblem::NoAnswer { seconds: LIMIT.as_secs(), why },
        };
        let is_refusal = matches!(problem, ContainerProblem::Status(400..=428 | 430..=499));
        if attempt == ATTEMPTS || is_refusal {
            return Err(failed(problem));
        }
        attempt += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether a request may go to an address: https, this machine, or the services of ECS and EKS.
fn may_be_asked(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let port = authority.as_str().strip_prefix(authority.host());
    // An invalid port would be ignored. A user name is not sent.
    if !port.is_some_and(|port| port.is_empty() || authority.port_u16().is_some_and(|port| port > 0)) {
        return false;
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let is_this_machine =
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match scheme {
        "https" => !host.is_empty(),
        "http" => is_this_machine || ALLOWED.contains(&host),
        _ => false,
    }
}

/// The text that authorizes the request.
fn token(authorization: &Authorization) -> Result<Secret, ContainerProblem> {
    let token = match authorization {
        Authorization::Token(token) => token.clone(),
        Authorization::File(file) => {
            let bytes = read_limited::read(file, LARGEST).map_err(ContainerProblem::TokenFile)?;
            Secret::new(String::from_utf8(bytes).map_err(|_| ContainerProblem::NotAToken)?)
        }
    };
    let is_usable = |text: &str| !text.is_empty() && text.bytes().all(|b| matches!(b, b' '..=b'~'));
    if is_usable(token.expose()) { Ok(token) } else { Err(ContainerProblem::NotAToken) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_this_machine_and_the_services_of_aws_are_asked() {
        for good in [
            "https://agent.example.org/creds",
            "http://127.0.0.1:51679/creds",
            "http://127.9.9.9/",
            "http://[::1]:1/",
            "http://localhost/",
            "http://169.254.170.2/v2/credentials",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
        ] {
            assert!(may_be_asked(good), "{good}");
        }
        for bad in [
            "",
            "/v2/credentials",
            "no address",
            "ftp://127.0.0.1/",
            "http://10.1.2.3/",
            "http://169.254.169.254/",
            "http://localhost.example.org/",
            "http://127.0.0.1:99999/",
            "http://u:p@127.0.0.1/",
            "https:///creds",
        ] {
            assert!(!may_be_asked(bad), "{bad}");
        }
    }

    #[test]
    fn a_token_file_without_an_end_is_an_error() {
        let why = token(&Authorization::File("/dev/zero".into())).unwrap_err();
        assert!(matches!(why, ContainerProblem::TokenFile(_)), "{why}");
        let empty = token(&Authorization::File("/dev/null".into()));
        assert!(matches!(empty, Err(ContainerProblem::NotAToken)));
    }
}
