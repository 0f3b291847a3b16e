//! The documents that contain keys or tokens in JSON: the output of a `credential_process`, the answer of the
//! instance metadata, the AWS CLI's token file. The first byte of the input chooses the document.

use assume_env::testing::aws::providers::SourceCredentials;
use assume_env::testing::aws::providers::sso_token::Token;
use assume_env::testing::aws::providers::{imds, process};

const NOW: i64 = 1_795_435_994;

pub fn check(input: &[u8]) -> bool {
    let Some((which, document)) = input.split_first() else { return false };
    match which % 3 {
        0 => keys_are_whole(document, process::parse(document, NOW)),
        1 => std::str::from_utf8(document).is_ok_and(|text| keys_are_whole(document, imds::parse(text))),
        _ => token(document),
    }
}

/// An error repeats nothing of the document; keys are complete and their expiry can be written.
fn keys_are_whole(document: &[u8], found: Result<SourceCredentials, &'static str>) -> bool {
    match &found {
        Ok(found) => {
            assert!(!found.keys.id.is_empty() && !found.keys.secret.expose().is_empty());
            assert!(
                serde_json::from_slice::<serde_json::Value>(document).is_ok_and(|value| value.is_object())
            );
            if let Some(expires) = found.expires {
                assert!(expires.unix_timestamp() < 253_402_300_800, "not RFC 3339 in UTC: {expires}");
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
    // Not `read`, which waits for the rest of a document.
    let token = Token::read_once(&path);
    let _ = std::fs::remove_file(path);
    match &token {
        Ok(None) => return false,
        Ok(Some(token)) => {
            let access = token.access();
            assert!(!access.expose().is_empty() && access.expose().bytes().all(|b| b.is_ascii_graphic()));
            let _ = (token.is_valid(NOW), token.expired_for(NOW), token.refresh(NOW));
        }
        Err(problem) => super::is_clean(&problem.to_string()),
    }
    token.is_ok()
}
