//! Two hundred at once, on one configuration and one STS: each gets its own session, and nobody leaves anything behind.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::blackbox::harness::{Case, KEY_ID, Outcome, Running, env_of, start};
use crate::blackbox::sso::{BEARER, START, corp};
use crate::support::{TokenFile, oidc};

const CROWD: usize = 200;

fn together(case: &Case, args: impl Fn(usize) -> Vec<&'static str>) -> Vec<Outcome> {
    let running: Vec<Running> = (0..CROWD).map(|number| start(case.assume_env(args(number)))).collect();
    running.into_iter().map(Running::end).collect()
}

fn key_ids(outcomes: &[Outcome]) -> BTreeSet<String> {
    let id = |outcome: &Outcome| match outcome.succeeded() {
        text if text.starts_with("(unset ") => {
            let (_, rest) = text.split_once("AWS_ACCESS_KEY_ID='").expect("it is set");
            rest.split_once('\'').expect("it is quoted").0.to_owned()
        }
        text => env_of(text)["AWS_ACCESS_KEY_ID"].clone(),
    };
    outcomes.iter().map(id).collect()
}

#[test]
fn two_hundred_at_once_get_a_session_each() {
    let case = Case::new();
    let before = case.files();
    let outcomes = together(&case, |number| match number % 2 {
        0 => vec!["s3"],
        _ => vec!["s3", "--", "env", "-0"],
    });
    assert_eq!(key_ids(&outcomes).len(), CROWD, "no two have the same");
    assert_eq!(case.sts.requests().len(), CROWD);
    assert!(case.signers().iter().all(|signer| signer == KEY_ID));
    assert_eq!(case.files(), before);
}

/// A refresh token works once. The slower ones were told that it was spent, and failed when they were told so before the faster
/// one had written the next.
#[test]
fn two_hundred_at_once_refresh_one_token_once() {
    let (case, sso) = corp();
    sso.client("client-1", "TEST/secret+client", 7200).refresh_token("client-1", "TEST//token+first");
    let path = TokenFile::new(START, "eu-west-1", BEARER)
        .expires_in(-60)
        .refresh("client-1", "TEST/secret+client", 7200, "TEST//token+first")
        .write(case.path(""), "corp");
    let before: Vec<_> = case.files().into_keys().collect();
    let outcomes = together(&case, |_| vec!["dev"]);
    assert_eq!(key_ids(&outcomes).len(), CROWD);
    let refreshes = sso.actions().iter().filter(|action| *action == "CreateToken").count();
    assert_eq!(refreshes, 1);
    let kept: Value = serde_json::from_slice(&fs::read(&path).expect("it is there")).expect("it is JSON");
    assert_eq!(kept["refreshToken"], oidc::refresh_token(1));
    assert_eq!(case.files().into_keys().collect::<Vec<_>>(), before, "no other file is left");
}
