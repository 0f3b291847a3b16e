//! What needs no network does not even prepare for one: a trace of the system calls shows no socket, no thread, no certificate file.

use std::fs;
use std::path::PathBuf;

use super::harness::{BINARY, Case, Outcome, finish, installed};

/// Runs the program under strace; gives also the calls that it made.
#[track_caller]
fn traced(case: &Case, args: &[&str]) -> (Outcome, Vec<String>) {
    let file: PathBuf = case.path("trace");
    let mut command = case.command(installed("strace"));
    command.args(["-f", "-s", "300", "-o"]).arg(&file).arg(BINARY).args(args);
    let outcome = finish(command);
    let trace = fs::read_to_string(file).expect("strace wrote it");
    assert!(trace.contains("execve("), "strace can trace nothing here: {}", outcome.stderr);
    (outcome, trace.lines().map(str::to_owned).collect())
}

/// The calls that make a connection, a process or a thread, or that open a file of certificates.
fn heavy(calls: &[String]) -> Vec<&String> {
    const CALLS: [&str; 9] =
        ["socket(", "socketpair(", "connect(", "sendto(", "bind(", "clone(", "clone3(", "fork(", "vfork("];
    const FILES: [&str; 7] = ["ssl", "cert", "pki", ".pem", ".crt", "resolv.conf", "nsswitch"];
    let made =
        |call: &str, name: &str| call.split_whitespace().nth(1).is_some_and(|made| made.starts_with(name));
    let opens = |call: &str| {
        ["open(", "openat(", "access(", "stat(", "readlink("].iter().any(|name| made(call, name))
            && FILES.iter().any(|part| call.contains(part))
    };
    calls.iter().filter(|call| CALLS.iter().any(|name| made(call, name)) || opens(call)).collect()
}

/// A held session, and an address and a trust store that a request would need.
fn held() -> Case {
    let case = Case::new().holding(["s3"]);
    case.file("bundle.pem", "no certificate");
    let bundle = case.path("bundle.pem");
    case.var("AWS_ENDPOINT_URL", "https://sts.example.org").var("AWS_CA_BUNDLE", bundle)
}

#[track_caller]
fn is_light(case: &Case, args: &[&str]) {
    let (outcome, calls) = traced(case, args);
    outcome.succeeded();
    assert!(heavy(&calls).is_empty(), "{args:?}: {:#?}", heavy(&calls));
    assert_eq!(case.sts.requests().len(), 1, "the one that the session cost");
}

#[test]
fn the_trace_would_show_a_request() {
    let case = Case::new();
    let (outcome, calls) = traced(&case, &["s3"]);
    outcome.succeeded();
    assert!(heavy(&calls).iter().any(|call| call.contains("socket(")), "{calls:#?}");
    let (_, calls) = traced(&held(), &["--fresh", "s3"]);
    assert!(heavy(&calls).iter().any(|call| call.contains("bundle.pem")), "{calls:#?}");
}

#[test]
fn listing_is_light() {
    is_light(&held(), &["--list"]);
    is_light(&held(), &["--list", "--json"]);
}

#[test]
fn status_is_light_and_reads_no_configuration() {
    for args in
        [&["--status"][..], &["--status", "--json"], &["--status", "-q", "--min-ttl", "5m"], &["--clear"]]
    {
        is_light(&held(), args);
        let (_, calls) = traced(&held(), args);
        assert!(calls.iter().all(|call| !call.contains("/.aws/")), "{args:?}");
    }
}

#[test]
fn explaining_is_light() {
    is_light(&held(), &["--explain", "s3"]);
    is_light(&held(), &["--explain", "--json", "--fresh", "s3"]);
    is_light(
        &held(),
        &[
            "--explain",
            "--mfa-serial",
            "arn:aws:iam::123456789012:mfa/base",
            "--mfa-process",
            "true",
            "--fresh",
            "s3",
        ],
    );
}

#[test]
fn using_a_session_again_is_light() {
    for format in ["sh", "fish", "json", "dotenv"] {
        is_light(&held(), &["-f", format, "s3"]);
    }
    is_light(&held(), &["s3", "--", "true"]);
    is_light(&held(), &["--", "true"]);
}

#[test]
fn help_is_light() {
    for args in [&["-h"][..], &["--help"], &["--version"], &["--init", "bash"], &["--init", "fish"]] {
        is_light(&held(), args);
    }
}

#[test]
fn what_fails_before_a_request_is_light_too() {
    let case = held();
    for args in [&["nosuch"][..], &["--nosuch"], &["s3", "--", "no-such-command"], &["-d", "1x", "s3"]] {
        let (outcome, calls) = traced(&case, args);
        assert_ne!(outcome.status.code(), Some(0), "{args:?}");
        assert!(heavy(&calls).is_empty(), "{args:?}: {:#?}", heavy(&calls));
    }
}

/// The text is one write, so that no reader sees a part of it.
#[test]
fn the_text_is_one_write() {
    for args in [
        &["s3"][..],
        &["--fresh", "s3"],
        &["-f", "json", "s3"],
        &["--clear"],
        &["--status"],
        &["--explain", "s3"],
    ] {
        let case = Case::new().holding(["s3"]);
        let (outcome, calls) = traced(&case, args);
        outcome.succeeded();
        let writes =
            |call: &&String| call.split_whitespace().nth(1).is_some_and(|made| made.starts_with("write(1,"));
        assert_eq!(calls.iter().filter(writes).count(), 1, "{args:?}");
    }
}
