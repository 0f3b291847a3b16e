//! Programs that print credentials: `credential_process`, and the AWS CLI for `login_session`.

use super::harness::{BINARY, CREDENTIALS, Case};

const ROLE_FROM_P: &str =
    "[profile s3]\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = p\n";
const KEYS: &str =
    r#"{"Version":1,"AccessKeyId":"AKIABASE000000000000","SecretAccessKey":"base/secret+EXAMPLE"}"#;

#[test]
fn a_program_prints_the_keys() {
    let case = Case::new().credentials("");
    let program = case.program("keys", &format!("#!/bin/sh\necho \"asking $1\" >&2\necho '{KEYS}'\n"));
    let case = case
        .config(format!("{ROLE_FROM_P}[profile p]\ncredential_process = {} 'for me'\n", program.display()));
    let out = case.run(["s3"]);
    out.succeeded();
    out.said(&["asking for me"]);
    case.was_asked(["AssumeRole"]);
}

#[test]
fn a_program_that_fails_is_named_with_its_line_and_its_words() {
    let case = Case::new().credentials("");
    let case = case.config(format!(
        "{ROLE_FROM_P}[profile p]\ncredential_process = sh -c \"echo its words >&2; exit 3\"\n"
    ));
    case.run(["s3"]).failed_with_words(&[
        "its words",
        "credential_process of profile p",
        "config:5",
        "exit status: 3",
    ]);
    case.no_request_was_made();
}

#[test]
fn a_program_that_asks_for_itself_is_stopped() {
    let case = Case::new().credentials("");
    let case = case.config(format!("{ROLE_FROM_P}[profile p]\ncredential_process = {BINARY} -f json s3\n"));
    case.run(["s3"]).failed_with_words(&["calls itself without end", "config:5"]);
    case.no_request_was_made();
}

#[test]
fn a_program_does_not_see_the_session_that_is_held() {
    let case = Case::new().holding(["-n", "held", "s3"]);
    let case = case.credentials(CREDENTIALS);
    let script = format!("#!/bin/sh\nenv | grep -c ASIATEST >&2\necho '{KEYS}'\n");
    let program = case.program("keys", &script);
    let case = case.config(format!("{ROLE_FROM_P}[profile p]\ncredential_process = {}\n", program.display()));
    let out = case.run(["--fresh", "s3"]);
    out.succeeded();
    out.said(&["0"]);
}

#[test]
fn the_aws_cli_is_asked_for_a_console_login() {
    let case = Case::new().credentials("");
    let wanted = "configure export-credentials --profile p --format process";
    case.program("bin/aws", &format!("#!/bin/sh\n[ \"$*\" = '{wanted}' ] || exit 9\necho '{KEYS}'\n"));
    let path = format!("{}:/usr/bin:/bin", case.path("bin").display());
    let config = format!("{ROLE_FROM_P}[profile p]\nlogin_session = arn:aws:iam::123456789012:user/ann\n");
    let case = case.config(config).var("PATH", &path);
    case.run(["s3"]).succeeded();
    case.was_asked(["AssumeRole"]);
    let case = case.var("PATH", "/nonexistent");
    case.run(["--fresh", "s3"])
        .failed(1, &["login_session of profile p", "cannot run aws", "aws login --profile p"]);
}
