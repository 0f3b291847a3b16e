//! AWS sign-in: whose keys it exchanges, and how often a token works.

use super::*;
use crate::support::federation::sign_in_token;

/// The parameter `Session` for these keys, encoded.
fn session(id: &str, secret: &str, token: &str) -> String {
    let text = json!({"sessionId": id, "sessionKey": secret, "sessionToken": token}).to_string();
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn get(federation: &Federation, query: &str) -> Answer {
    Client::base().plain(federation, &format!("GET /federation?{query}"), &[], "")
}

#[test]
fn the_keys_of_a_role_become_a_token_that_works_once() {
    let sts = Sts::http(world());
    let federation = Federation::http(&sts);
    let keys = Client::base().assume(&sts, ROLE, &[]).keys();
    let token = get(
        &federation,
        &format!(
            "Action=getSigninToken&Session={}",
            session(&keys.key_id, &keys.secret, keys.token.as_deref().unwrap_or_default())
        ),
    );
    assert_eq!((token.status, token.json()), (200, json!({"SigninToken": sign_in_token(1)})));
    let encoded: String = sign_in_token(1).bytes().map(|byte| format!("%{byte:02X}")).collect();
    let login = format!("Action=login&Issuer=me&Destination=https%3A%2F%2Fx&SigninToken={encoded}");
    assert_eq!(get(&federation, &login).status, 200);
    assert_eq!(get(&federation, &login).status, 400, "it works once");
    assert_eq!(federation.signed_in(), [("https://x".to_owned(), Some("me".to_owned()))]);
}

#[test]
fn other_keys_and_other_parameters_are_refused() {
    let sts = Sts::http(world());
    let federation = Federation::http(&sts);
    let keys = Client::base().assume(&sts, ROLE, &[]).keys();
    let right = session(&keys.key_id, &keys.secret, keys.token.as_deref().unwrap_or_default());
    let user = Client::base().action(&sts, "GetSessionToken", &[]).keys();
    for query in [
        format!("Action=getSigninToken&Session={}", session(&keys.key_id, "wrong", "wrong")),
        format!(
            "Action=getSigninToken&Session={}",
            session(&user.key_id, &user.secret, user.token.as_deref().unwrap_or_default())
        ),
        format!("Action=getSigninToken&SessionDuration=3600&Session={right}"),
        "Action=getSigninToken&Session=x".to_owned(),
        "Action=login&Destination=x&SigninToken=y".to_owned(),
        "Action=other".to_owned(),
    ] {
        assert_eq!(get(&federation, &query).status, 400, "{query}");
    }
    federation.refuse_post(405);
    let post = Client::base().plain(&federation, "POST /federation?Action=getSigninToken", &[], "");
    assert_eq!(post.status, 405);
}
