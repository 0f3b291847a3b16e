//! What cannot renew itself is refused before anything is asked, and what is wrong is said.

use super::super::harness::{Case, ROLE, SECRET};
use super::super::mfa::protected;

#[test]
fn without_a_command_it_is_a_usage_error_that_says_why() {
    let case = Case::new();
    for line in [&["--refresh", "s3"][..], &["s3", "--refresh", "-f", "json"]] {
        let out = case.run(line);
        assert_eq!(out.status.code(), Some(2), "{}", out.stderr);
        out.said(&[
            "--refresh renews keys while a command runs, and no command is given",
            "assume-env --refresh ROLE -- COMMAND",
            "-- \"$SHELL\"",
        ]);
    }
    case.run(["--refresh", "s3"]).failed(2, &["no command is given"]);
    case.run(["--refresh", "s3", "--whoami"]).failed_silently(2, &["--refresh has no meaning for --whoami"]);
    case.run(["--refresh", "s3", "--"]).failed(125, &["there is no command after --"]);
    case.nothing_was_asked();
}

/// Runs a command, which must not start, and checks the message.
#[track_caller]
fn refused(case: &Case, args: &[&str], parts: &[&str]) {
    let line = ["--refresh"].iter().chain(args).chain(&["--", "touch", "ran"]).copied();
    let out = case.run(line);
    out.failed_silently(125, parts);
    assert!(!case.path("ran").exists());
    // The same for --explain.
    let line = ["--refresh", "--explain"].iter().chain(args).copied();
    case.run(line).failed_silently(1, parts);
    case.nothing_was_asked();
}

#[test]
fn sources_that_cannot_be_asked_again_are_refused() {
    let temporary = Case::new()
        .var("AWS_ACCESS_KEY_ID", "ASIAOTHER00000000000")
        .var("AWS_SECRET_ACCESS_KEY", SECRET)
        .var("AWS_SESSION_TOKEN", "TEST//token");
    refused(
        &temporary,
        &[ROLE],
        &[
            &format!("the keys of {ROLE} cannot renew themselves"),
            "the keys in the environment are temporary",
            "--source-profile",
        ],
    );
    let of_file = Case::new().credentials(
        "[base]\naws_access_key_id = ASIAOTHER00000000000\naws_secret_access_key = a\naws_session_token = b\n",
    );
    refused(&of_file, &["base"], &["the keys of profile base are temporary", "leave out --refresh"]);
}

#[test]
fn a_held_session_is_no_source() {
    let case = Case::in_world(
        super::super::harness::world().role(super::super::harness::role("other").trusts(ROLE)),
    )
    .holding(["s3"]);
    let asked = case.sts.requests().len();
    let out = case.run(["--refresh", "123456789012:other", "--", "touch", "ran"]);
    out.failed_silently(125, &["it would be assumed with the session s3 of this environment, which ends"]);
    assert_eq!(case.sts.requests().len(), asked);
    // The role that is held has its own source: new keys are made, and not those of the session used again.
    case.run(["--refresh", "-q", "s3", "--", "true"]).succeeded();
    assert_eq!(case.sts.requests().len(), asked + 1);
}

#[test]
fn a_code_each_time_is_refused() {
    let case = protected();
    refused(
        &case,
        &["s3", "-d", "4h", "--mfa-token", "111111"],
        &["a session of 4h (--duration) needs an MFA code each time", "give --duration 1h"],
    );
    let user = Case::new().config("[profile base]\nmfa_serial = arn:aws:iam::123456789012:mfa/base\n");
    refused(
        &user,
        &["base", "--mfa-token", "111111"],
        &["a session of a user with an MFA device needs a code each time"],
    );
    let process = Case::new().config(format!(
        "[profile p]\ncredential_process = true\n[profile s3]\nrole_arn = {ROLE}\nsource_profile = p\nmfa_serial = arn:aws:iam::123456789012:mfa/base\n"
    ));
    refused(&process, &["s3"], &["the role needs an MFA code each time, because its source is"]);
}

#[test]
fn keys_without_an_expiry_are_not_given_to_a_command() {
    let case = Case::new().config("[profile p]\ncredential_process = ./keys.sh\n");
    case.program(
        "keys.sh",
        "#!/bin/sh\nprintf '{\"Version\":1,\"AccessKeyId\":\"ASIAOTHER00000000000\",\"SecretAccessKey\":\"a\",\"SessionToken\":\"b\"}'\n",
    );
    let out = case.run(["--refresh", "p", "--", "touch", "ran"]);
    out.failed_silently(125, &["does not report when its keys expire", "leave out --refresh"]);
    assert!(!case.path("ran").exists());
}

#[test]
fn a_refused_role_and_a_missing_program_are_the_usual_errors() {
    let case = Case::new();
    case.run(["--refresh", "s3", "--", "no-such-program"])
        .failed_silently(127, &["there is no command no-such-program"]);
    case.nothing_was_asked();
    case.run(["--refresh", "nope", "--", "true"]).failed_silently(125, &["nope"]);
    case.nothing_was_asked();
    case.sts.fault(crate::support::Fault::error(403, "AccessDenied", "no"));
    case.run(["--refresh", "s3", "--", "touch", "ran"]).failed_silently(125, &["AccessDenied"]);
    assert!(!case.path("ran").exists());
}

#[test]
fn renew_without_such_keys_says_so() {
    let case = Case::new();
    let out = case.run(["--renew"]);
    out.failed(
        1,
        &[
            "there is nothing to renew: this environment holds no session",
            "assume-env --refresh ROLE -- COMMAND",
        ],
    );
    case.run(["--renew", "s3"]).failed(2, &["--renew renews the role that is held, and s3 is given too"]);
    case.nothing_was_asked();
    // A held session is renewed as without the flag.
    let case = case.holding(["s3"]);
    case.run(["--renew"]).succeeded();
    case.was_asked(["AssumeRole", "AssumeRole"]);
}

#[test]
fn a_command_that_is_process_1_is_warned_of() {
    if !super::super::harness::has_namespaces() {
        return;
    }
    let case = Case::new();
    let mut command = case.command(super::super::harness::installed("unshare"));
    command.arg(super::super::harness::unshared("pf"));
    command.args([super::super::harness::BINARY, "--refresh", "s3", "--", "true"]);
    let out = super::super::harness::finish(command);
    assert_eq!(out.status.code(), Some(0), "{}", out.stderr);
    out.said(&["this is process 1", "docker run --init"]);
    assert!(!case.run(["--refresh", "s3", "--", "true"]).stderr.contains("process 1"));
}
