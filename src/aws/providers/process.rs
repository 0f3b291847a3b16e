//! The program that a profile names as its `credential_process`.
//!
//! Follows the AWS SDKs and Tools Reference ("Process credential provider") and botocore: the program is run without a shell.
//! Its standard error is the user's own, so that it can ask and explain; its standard output is a secret, and never repeated.

use std::process::Command;

use serde_json::Value;

use super::SourceCredentials;
use crate::common::arn;
use crate::common::clock;
use crate::common::credentials::{Keys, Secret};
use crate::common::origin::Located;
use crate::common::variables::EnvChange;
use crate::env::Environment;
use crate::error::Error;
use crate::session;
use crate::sys::subprocess;

/// The profiles whose programs are running: a program that asks for one of them again would never end.
pub const RUNNING: &str = "ASSUME_ENV_RUNNING";

/// Runs the program and takes the credentials from what it prints.
///
/// # Errors
/// A program that fails, hangs, calls itself, or prints something else.
pub fn credentials(
    profile: &str,
    key: &'static str,
    command: &Located<Vec<String>>,
    env: &Environment,
) -> Result<SourceCredentials, Error> {
    let failed = |why: String| Error::CredentialProcess {
        key,
        profile: profile.to_owned(),
        origin: command.origin.clone(),
        why,
    };
    let running = env.var(RUNNING).unwrap_or_default();
    if running.lines().any(|name| name == profile) {
        return Err(Error::CredentialProcessRing {
            key,
            profile: profile.to_owned(),
            origin: command.origin.clone(),
        });
    }
    let [name, args @ ..] = &command.value[..] else { return Err(failed("it is empty".into())) };
    let mut child = Command::new(name);
    child.args(args).env(RUNNING, format!("{running}{profile}\n"));
    // It gets the environment as the user set it up, without the session that is held now.
    for change in session::ending(env) {
        match change {
            EnvChange::Set(name, value) => child.env(name, value.expose()),
            EnvChange::Unset(name) => child.env_remove(name),
        };
    }
    let printed = subprocess::output(&mut child).map_err(failed)?;
    parse(&printed, clock::now()).map_err(|why| failed(why.to_owned()))
}

/// Takes the document apart; the error says what is wrong with it, and repeats nothing of it.
///
/// # Errors
/// Anything that is not such a document, and keys that have expired at `now`, in epoch seconds.
pub fn parse(printed: &[u8], now: i64) -> Result<SourceCredentials, &'static str> {
    if printed.iter().all(u8::is_ascii_whitespace) {
        return Err("it printed nothing");
    }
    let mut document: Value = serde_json::from_slice(printed).map_err(|_| "what it printed is no JSON")?;
    let document = document.as_object_mut().ok_or("what it printed is no JSON object")?;
    if document.get("Version") != Some(&Value::from(1)) {
        return Err("the Version of what it printed is not 1");
    }
    let mut take = |name| match document.get_mut(name).map(Value::take) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let keys = Keys {
        id: take("AccessKeyId").ok_or("what it printed has no AccessKeyId")?,
        secret: Secret::new(take("SecretAccessKey").ok_or("what it printed has no SecretAccessKey")?),
        token: take("SessionToken").map(Secret::new),
    };
    let expires = take("Expiration")
        .map(|text| clock::parse(&text).ok_or("the Expiration of what it printed is no time"))
        .transpose()?;
    if expires.is_some_and(|expires| expires.unix_timestamp() <= now) {
        return Err("the credentials that it printed have expired already");
    }
    let account = take("AccountId").filter(|account| arn::is_account(account));
    match keys.unusable() {
        Some(_) => Err("the keys that it printed have characters that no key has"),
        None => Ok(SourceCredentials { keys, expires, account }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::origin::Origin;

    fn run(words: &[&str]) -> Result<SourceCredentials, Error> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let env = Environment::new(std::iter::empty()).unwrap();
        credentials("p", "credential_process", &Located::new(words, Origin::Default), &env)
    }

    #[test]
    fn takes_what_a_program_prints() {
        let found = run(&["echo", r#"{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"fake"}"#]).unwrap();
        assert!(found.keys.id == "AKIA" && !found.keys.temporary() && found.expires.is_none());
    }

    #[test]
    fn a_program_that_gives_none_is_an_error() {
        for (words, part) in [
            (&["false"][..], "exit status: 1"),
            (&["true"], "printed nothing"),
            (&["echo", "<html>"], "no JSON"),
            (&["echo", "[1]"], "no JSON object"),
            (&["echo", "{\"Version\":2}"], "Version"),
            (&["no-such-program-here"], "cannot run no-such-program-here"),
            (&["head", "-c", "100000", "/dev/zero"], "far too much"),
        ] {
            let message = run(words).unwrap_err().to_string();
            assert!(message.contains(part), "{words:?}: {message}");
        }
    }

    #[test]
    fn credentials_are_checked() {
        let document = |more: &str| format!(r#"{{"Version":1,"SecretAccessKey":"fake"{more}}}"#);
        let why = |more: &str| parse(document(more).as_bytes(), 1_795_435_994).unwrap_err();
        assert!(why("").contains("AccessKeyId"));
        assert!(why(r#","AccessKeyId":5"#).contains("AccessKeyId"));
        assert!(why(r#","AccessKeyId":"A B""#).contains("characters"));
        assert!(why(r#","AccessKeyId":"A","Expiration":"soon""#).contains("no time"));
        assert!(why(r#","AccessKeyId":"A","Expiration":"2026-11-23T12:13:14Z""#).contains("expired"));
        let good =
            document(r#","AccessKeyId":"A","SessionToken":"t","Expiration":"2026-11-23T12:13:15+00:00""#);
        let found = parse(good.as_bytes(), 1_795_435_994).unwrap();
        assert!(found.keys.temporary() && found.expires.is_some());
    }
}
