//! Ends logins: the portal forgets the token, and the AWS CLI's file of it is removed.
//!
//! Follows `aws sso logout`, which ends all logins of a user, also those of other tools: each file of the folder with
//! an access token, and the keys of roles that the AWS CLI keeps in its own folder. The keys that are out already
//! go on working until they expire (API reference of the portal, `Logout`).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_sdk_sso::config::{BehaviorVersion, Region, SharedHttpClient};
use zeroize::Zeroizing;

use crate::aws::providers::error::SsoTokenProblem;
use crate::aws::providers::sso_token::Token;
use crate::net::{self, NoPointlessRetry, ServiceFailure};

/// What became of a login.
#[derive(Debug)]
pub(crate) enum SignedOut {
    /// It has ended.
    Ended,
    /// The token was not valid any more: the file is removed.
    WasOver,
    /// The file is removed, and the portal did not confirm the end.
    NotConfirmed(ServiceFailure),
    /// There was no token.
    None,
}

/// Ends the login of a token file. `portal` gives the portal's address for the region in the file.
///
/// # Errors
/// A file that cannot be removed.
pub(crate) async fn sign_out(
    file: &Path,
    portal: impl Fn(&str) -> Option<String>,
    attempts: u32,
    http: &SharedHttpClient,
) -> io::Result<SignedOut> {
    let _lock = Token::lock(file).await;
    let token = match Token::read(file) {
        Ok(token) => Some(token),
        Err(SsoTokenProblem::Missing) => return Ok(SignedOut::None),
        Err(_) => None,
    };
    // First the file: whatever the portal says, no tool uses the token any more.
    fs::remove_file(file)?;
    let Some(token) = token else { return Ok(SignedOut::WasOver) };
    let Some((region, url)) = token.region().and_then(|region| Some((region, portal(region)?))) else {
        return Ok(SignedOut::WasOver);
    };
    let config = aws_sdk_sso::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.to_owned()))
        .endpoint_url(url)
        .http_client(http.clone())
        .retry_config(net::retries(attempts))
        .retry_classifier(NoPointlessRetry)
        .timeout_config(net::timeouts());
    let client = aws_sdk_sso::Client::from_conf(config.build());
    Ok(match client.logout().access_token(token.access().expose()).send().await {
        Ok(_) => SignedOut::Ended,
        Err(error) => match net::failure_of(&error) {
            ServiceFailure::Refused { code, .. } if code == "UnauthorizedException" => SignedOut::WasOver,
            failure => SignedOut::NotConfirmed(failure),
        },
    })
}

/// The token files of a folder: those with an access token. Registrations of clients stay, as with the AWS CLI.
pub(crate) fn token_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let files = json_files(folder)?;
    Ok(files.into_iter().filter(|file| Token::read_once(file).is_ok_and(|token| token.is_some())).collect())
}

/// Removes the keys of roles of IAM Identity Center that the AWS CLI keeps; gives their number.
///
/// # Errors
/// A file that cannot be removed.
pub(crate) fn remove_cli_keys(folder: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for file in json_files(folder)? {
        if fs::read(&file).is_ok_and(|bytes| is_of_sso(&Zeroizing::new(bytes))) {
            fs::remove_file(file)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Whether a document of the AWS CLI is of a role of IAM Identity Center. It has keys, so it is not parsed: the parts
/// would not be wiped.
fn is_of_sso(document: &[u8]) -> bool {
    const NAME: &[u8] = b"\"ProviderType\"";
    memchr::memmem::find_iter(document, NAME).any(|at| {
        let value = document[at + NAME.len()..].trim_ascii_start();
        value.strip_prefix(b":").is_some_and(|value| value.trim_ascii_start().starts_with(b"\"sso\""))
    })
}

fn json_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(why),
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_identity_center_are_those_of_a_login() {
        assert!(is_of_sso(br#"{"ProviderType": "sso", "Credentials": {}}"#));
        assert!(is_of_sso(b"{\n  \"Credentials\": {},\n  \"ProviderType\" :\"sso\"}"));
        for other in
            [&br#"{"ProviderType": "assume-role"}"#[..], br#"{"Credentials": {}}"#, b"", b"\"ProviderType\""]
        {
            assert!(!is_of_sso(other));
        }
    }
}
