//! Credentials from a program: the `credential_process` of a profile, or the AWS CLI for its `login_session`.
//!
//! Follows the AWS SDKs and Tools Reference ("Process credential provider") and botocore: the program runs
//! without a shell. It can ask and explain on standard error, which is the user's own. Its standard output is
//! a secret and must not be repeated.

use crate::common::names;
use std::process::Command;

use serde_json::Value;

use crate::aws::providers::error::{Error, ProcessKind};
use crate::aws::providers::fetched::SourceCredentials;
use crate::common::clock;
use crate::common::credentials::Keys;
use crate::common::origin::Located;
use crate::env::Environment;
use crate::env::running::running;
use crate::session;
use crate::sys::subprocess::{self, SubprocessError};

/// Runs the program and reads the credentials that it prints.
///
/// # Errors
/// A program that fails, hangs, calls itself, or prints anything else.
pub(crate) fn credentials(
    kind: ProcessKind,
    profile: &str,
    command: &Located<Vec<String>>,
    env: &Environment,
) -> Result<SourceCredentials, Error> {
    let failed = |why: String| Error::Process {
        kind,
        profile: profile.to_owned(),
        origin: command.origin.clone(),
        why,
    };
    let Some(running) = running(profile, env) else {
        return Err(Error::ProcessCallsItself {
            kind,
            profile: profile.to_owned(),
            origin: command.origin.clone(),
        });
    };
    let [name, args @ ..] = &command.value[..] else { return Err(failed("it is empty".into())) };
    let mut child = Command::new(name);
    child.args(args);
    let mut changes = session::ending(env);
    changes.push(running);
    let output =
        subprocess::output(&mut child, &changes).map_err(|why| match old_aws_cli(kind, name, &why) {
            Some(version) => {
                Error::OldAwsCli { profile: profile.to_owned(), origin: command.origin.clone(), version }
            }
            None => failed(why.to_string()),
        })?;
    parse(&output, clock::now()).map_err(|why| failed(why.to_owned()))
}

/// The first version of the AWS CLI that has `aws login` and reads `login_session` (AWS CLI User Guide,
/// "Login for
/// AWS local development using console credentials").
const FIRST_WITH_LOGIN: (u32, u32) = (2, 32);

/// The version of the AWS CLI that failed, if it is too old for `login_session`. Its error output does not
/// say
/// that: version 1 does not have the command, and an old version 2 finds no credentials.
fn old_aws_cli(kind: ProcessKind, name: &str, why: &SubprocessError) -> Option<String> {
    if kind != ProcessKind::Login || !matches!(why, SubprocessError::Status(_)) {
        return None;
    }
    let printed = subprocess::output(Command::new(name).arg("--version"), &[]).ok()?;
    let version = aws_cli_version(std::str::from_utf8(&printed).ok()?)?;
    let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
    let found = (numbers.next()?, numbers.next()?);
    (found < FIRST_WITH_LOGIN).then(|| version.to_owned())
}

/// The version in the answer of `aws --version`: `aws-cli/2.15.30 Python/3.11.8 …`.
fn aws_cli_version(printed: &str) -> Option<&str> {
    printed.split_whitespace().next()?.strip_prefix("aws-cli/")
}

/// Reads the JSON document that the program prints. The error says what is wrong with it and repeats nothing
/// of it.
///
/// # Errors
/// Anything that is not such a document, and keys that have expired at `now`, in epoch seconds (UTC).
pub fn parse(output: &[u8], now: i64) -> Result<SourceCredentials, &'static str> {
    if output.iter().all(u8::is_ascii_whitespace) {
        return Err("it printed nothing");
    }
    let mut document: Value = serde_json::from_slice(output).map_err(|_| "its output is not JSON")?;
    let document = document.as_object_mut().ok_or("its output is not a JSON object")?;
    if document.get("Version") != Some(&Value::from(1)) {
        return Err("the Version in its output is not 1");
    }
    // As in botocore, null is absent; any other value that is not a text would be lost without notice.
    for (name, what) in [
        ("SessionToken", "the SessionToken in its output is not a text"),
        ("Expiration", "the Expiration in its output is not a text such as \"2099-01-02T03:04:05Z\""),
    ] {
        if document.get(name).is_some_and(|value| !value.is_null() && !value.is_string()) {
            return Err(what);
        }
    }
    let mut take = |name| match document.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let keys = Keys::new(
        take("AccessKeyId").filter(|id| !id.is_empty()).ok_or("its output has no AccessKeyId")?,
        take("SecretAccessKey")
            .filter(|secret| !secret.is_empty())
            .ok_or("its output has no SecretAccessKey")?,
        take("SessionToken").filter(|token| !token.is_empty()),
    );
    let expires = take("Expiration")
        .map(|text| clock::parse(&text).ok_or("the Expiration in its output is not a time with a time zone"))
        .transpose()?;
    if expires.is_some_and(|expires| expires.unix_timestamp() <= now) {
        return Err("the credentials in its output have expired already");
    }
    let account = take("AccountId").filter(|account| names::is_account(account));
    match keys.fault() {
        Some(fault) => Err(fault.of_answer()),
        None => Ok(SourceCredentials { keys, expires, account }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::origin::Origin;
    use crate::common::report::Diagnostic as _;

    fn run(words: &[&str]) -> Result<SourceCredentials, Error> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let env = Environment::new(std::iter::empty()).unwrap();
        credentials(ProcessKind::CredentialProcess, "p", &Located::new(words, Origin::Default), &env)
    }

    #[test]
    fn the_output_of_a_program_is_read() {
        let found = run(&["echo", r#"{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"fake"}"#]).unwrap();
        assert!(found.keys.id == "AKIA" && !found.keys.temporary() && found.expires.is_none());
    }

    #[test]
    fn a_program_without_credentials_is_an_error() {
        for (words, part) in [
            (&["false"][..], "exit status: 1"),
            (&["true"], "printed nothing"),
            (&["echo", "<html>"], "not JSON"),
            (&["echo", "[1]"], "not a JSON object"),
            (&["echo", "{\"Version\":2}"], "Version"),
            (&["no-such-program-here"], "cannot run no-such-program-here"),
            (&["head", "-c", "100000", "/dev/zero"], "too much"),
        ] {
            let message = run(words).unwrap_err().report().headline;
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
        for (expiration, part) in [
            (r#""soon""#, "not a time with a time zone"),
            (r#""""#, "not a time with a time zone"),
            (r#""2099-01-02T03:04:05""#, "not a time with a time zone"),
            ("4070908800", "is not a text"),
            ("4070908800.5", "is not a text"),
            ("true", "is not a text"),
            ("[]", "is not a text"),
        ] {
            let why = why(&format!(r#","AccessKeyId":"A","Expiration":{expiration}"#));
            assert!(why.contains("Expiration") && why.contains(part), "{expiration}: {why}");
        }
        assert!(why(r#","AccessKeyId":"A","SessionToken":5"#).contains("SessionToken"));
        assert!(why(r#","AccessKeyId":"A","Expiration":"2026-11-23T12:13:14Z""#).contains("expired"));
        let good =
            document(r#","AccessKeyId":"A","SessionToken":"t","Expiration":"2026-11-23T12:13:15+00:00""#);
        let found = parse(good.as_bytes(), 1_795_435_994).unwrap();
        assert!(found.keys.temporary() && found.expires.is_some());
        let none = document(r#","AccessKeyId":"A","SessionToken":null,"Expiration":null"#);
        let found = parse(none.as_bytes(), 1_795_435_994).unwrap();
        assert!(!found.keys.temporary() && found.expires.is_none());
    }
}
