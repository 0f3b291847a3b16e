//! Exchanges the keys of a role for a sign-in token, and makes the address that signs a browser in with it.
//!
//! Follows the IAM User Guide, "Enabling custom identity broker access to the AWS console". The request names no
//! `SessionDuration`: the endpoint refuses it for chained roles, and without it the console lasts as long as the keys. The
//! keys are in the body of a POST. Only an endpoint that has no POST gets them in the query of a GET, as most tools send
//! them always.

use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::aws::federation::error::Error;
use crate::aws::service::{Service, ServiceError};
use crate::common::credentials::{Secret, TemporaryKeys};
use crate::common::url;
use crate::net::limits::{READ, WHOLE};
use crate::net::{Answer, Client, Method, NetError};

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(300);

/// The longest sign-in token, in bytes.
const LONGEST: usize = 16 * 1024;

/// Asks for a sign-in token. `sign_in` is the address of AWS sign-in, `attempts` the largest number of tries.
///
/// # Errors
/// Keys that the endpoint does not accept, something that is not an answer of it, no answer.
pub(crate) async fn sign_in_token(
    client: &Client,
    sign_in: &str,
    keys: &TemporaryKeys,
    attempts: u32,
) -> Result<Secret, Error> {
    let asked = ask(client, sign_in, keys, attempts);
    let answer = tokio::time::timeout(WHOLE, asked).await;
    token(sign_in, answer.unwrap_or(Err(NetError::WholeTimeout)))
}

async fn ask(
    client: &Client,
    sign_in: &str,
    keys: &TemporaryKeys,
    attempts: u32,
) -> Result<Answer, NetError> {
    let form = form(keys);
    let mut posts = true;
    let mut attempt = 1;
    loop {
        let answer = match posts {
            true => client.post_form(&endpoint(sign_in), &form).await,
            false => {
                let with_query = Zeroizing::new([endpoint(sign_in).as_str(), "?", &form].concat());
                client.ask(Method::GET, &with_query, &[("accept", "application/json")], READ).await
            }
        };
        match answer {
            // No POST at this endpoint. 404 is that of a server that looks for method and path together.
            Ok(Answer { status: 404 | 405 | 501, .. }) if posts => posts = false,
            Ok(Answer { status: 429 | 500.., .. }) if attempt < attempts => {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(why) if attempt < attempts && !why.is_final() => {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

fn endpoint(sign_in: &str) -> String {
    format!("{}/federation", sign_in.trim_end_matches('/'))
}

/// The parameters of the request.
fn form(keys: &TemporaryKeys) -> Zeroizing<String> {
    let TemporaryKeys { id, secret, token } = keys;
    let session = serde_json::json!({
        "sessionId": id,
        "sessionKey": secret.expose(),
        "sessionToken": token.expose(),
    });
    Zeroizing::new(format!("Action=getSigninToken&Session={}", url::encode(&session.to_string())))
}

fn token(sign_in: &str, answer: Result<Answer, NetError>) -> Result<Secret, Error> {
    let (service, url) = (Service::SignIn, sign_in.to_owned());
    let Answer { status, body } =
        answer.map_err(|fault| ServiceError::Net { service, url: url.clone(), fault })?;
    match status {
        200 => {}
        400 | 401 | 403 => return Err(Error::KeysRefused { url, status }),
        429 | 503 => return Err(Error::Busy { url, status }),
        status => return Err(ServiceError::NotAnAnswer { service, url, status }.into()),
    }
    let bad = |what| Error::from(ServiceError::BadAnswer { service, url: url.clone(), what });
    let mut document: Value = serde_json::from_slice(&body).map_err(|_| bad("it is not JSON"))?;
    let token = match document.get_mut("SigninToken").map(Value::take) {
        Some(Value::String(token)) => Secret::new(token),
        _ => return Err(bad("it has no SigninToken")),
    };
    let is_token =
        |text: &str| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    match is_token(token.expose()) {
        true => Ok(token),
        false => Err(bad("its SigninToken is empty or has characters that no token has")),
    }
}

/// The address that signs a browser in and leads it to the page. It is a secret, and works for 15 minutes.
pub(crate) fn login_url(sign_in: &str, issuer: Option<&str>, destination: &str, token: &Secret) -> Secret {
    let mut url = format!("{}?Action=login", endpoint(sign_in));
    let issuer = issuer.map(|issuer| ("Issuer", issuer));
    for (name, value) in
        issuer.into_iter().chain([("Destination", destination), ("SigninToken", token.expose())])
    {
        url = [url.as_str(), "&", name, "=", &url::encode(value)].concat();
    }
    // The address as a whole is not one secret: its first part is in messages.
    Secret::wiped(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_address_is_encoded() {
        let token = Secret::new("a+b/c==&d".into());
        let url = login_url(
            "https://eu-west-1.signin.aws.amazon.com/",
            Some("https://corp.awsapps.com/start#/"),
            "https://x/?region=y",
            &token,
        );
        assert_eq!(
            url.expose(),
            "https://eu-west-1.signin.aws.amazon.com/federation?Action=login&Issuer=https%3A%2F%2Fcorp.awsapps.com%2F\
             start%23%2F&Destination=https%3A%2F%2Fx%2F%3Fregion%3Dy&SigninToken=a%2Bb%2Fc%3D%3D%26d"
        );
        assert!(!login_url("https://x", None, "y", &token).expose().contains("Issuer"));
    }

    #[test]
    fn an_answer_without_a_usable_token_is_an_error() {
        let answer = |status: u16, body: &str| {
            let body = Zeroizing::new(body.as_bytes().to_vec());
            token("https://x", Ok(Answer { status, body })).map(|token| token.expose().to_owned())
        };
        assert_eq!(answer(200, "{\"SigninToken\": \"abc\"}").unwrap(), "abc");
        for body in ["", "<html>", "{}", "[]", "{\"SigninToken\": 1}", "{\"SigninToken\": \"\"}"] {
            assert!(
                matches!(answer(200, body), Err(Error::Service(ServiceError::BadAnswer { .. }))),
                "{body}"
            );
        }
        for text in ["a b".to_owned(), "a\\r\\nSet-Cookie: x".to_owned(), "x".repeat(LONGEST + 1)] {
            let body = format!("{{\"SigninToken\": \"{text}\"}}");
            assert!(
                matches!(answer(200, &body), Err(Error::Service(ServiceError::BadAnswer { .. }))),
                "{text}"
            );
        }
        assert!(matches!(answer(400, ""), Err(Error::KeysRefused { status: 400, .. })));
        assert!(matches!(answer(503, ""), Err(Error::Busy { .. })));
        assert!(matches!(
            answer(302, ""),
            Err(Error::Service(ServiceError::NotAnAnswer { status: 302, .. }))
        ));
    }
}
