//! The documents that hold keys in JSON: what a `credential_process` prints, what instance metadata answers, the AWS CLI's
//! token file. The first byte says which.

use assume_env::aws::providers::SourceCredentials;
use assume_env::aws::providers::sso_token::Token;
use assume_env::aws::providers::{metadata, process};

const NOW: i64 = 1_795_435_994;

pub fn check(input: &[u8]) -> bool {
    let Some((which, document)) = input.split_first() else { return false };
    match which % 3 {
        0 => told(document, process::parse(document, NOW)),
        1 => std::str::from_utf8(document).is_ok_and(|text| told(document, metadata::parse(text))),
        _ => token(document),
    }
}

/// An error repeats nothing of the document; keys hold what can be sent.
fn told(document: &[u8], found: Result<SourceCredentials, &'static str>) -> bool {
    match &found {
        Ok(found) => {
            assert!(!found.keys.id.is_empty() && !found.keys.secret.expose().is_empty());
            assert!(
                serde_json::from_slice::<serde_json::Value>(document).is_ok_and(|value| value.is_object())
            );
            if let Some(expires) = found.expires {
                assert!(expires.unix_timestamp() < 253_402_300_800, "no RFC 3339 in UTC: {expires}");
            }
        }
        Err(why) => super::is_clean(why),
    }
    found.is_ok()
}

fn token(document: &[u8]) -> bool {
    let path = std::env::temp_dir().join(format!(
        "assume-env-token-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::write(&path, document).expect("the folder can be written");
    let token = Token::read(&path);
    let _ = std::fs::remove_file(path);
    match &token {
        Ok(token) => {
            let access = token.access();
            assert!(!access.expose().is_empty() && access.expose().bytes().all(|b| b.is_ascii_graphic()));
            let _ = (token.is_valid(NOW), token.expired(NOW), token.refresh(NOW));
        }
        Err(why) => super::is_clean(why),
    }
    token.is_ok()
}
