//! Programs that print credentials: `credential_process`, and the AWS CLI for `login_session`.

use super::harness::{BINARY, CREDENTIALS, Case, KEY_ID, finish_reading};

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

/// A case whose profile `p` gets its keys from a script.
fn script(text: &str) -> Case {
    let case = Case::new().credentials("");
    let program = case.program("keys", &format!("#!/bin/sh\n{text}\n"));
    case.config(format!("{ROLE_FROM_P}[profile p]\ncredential_process = {}\n", program.display()))
}

#[test]
fn what_is_no_document_is_told_with_its_line_and_never_repeated() {
    let end = r#""SecretAccessKey":"hidden""#;
    for (text, why) in [
        ("true", "it printed nothing"),
        ("echo", "it printed nothing"),
        ("echo '<!DOCTYPE html><html>hidden</html>'", "its output is not JSON"),
        ("printf '{\"Version\":1,\"AccessKeyId\":\"AKIAHIDDEN'", "its output is not JSON"),
        ("printf 'hidden \\377\\376'", "its output is not JSON"),
        ("echo '[\"hidden\"]'", "its output is not a JSON object"),
        (
            &*format!("echo '{{\"Version\":2,\"AccessKeyId\":\"AKIA\",{end}}}'"),
            "the Version in its output is not 1",
        ),
        (
            &*format!("echo '{{\"Version\":\"1\",\"AccessKeyId\":\"AKIA\",{end}}}'"),
            "the Version in its output is not 1",
        ),
        (&*format!("echo '{{\"AccessKeyId\":\"AKIA\",{end}}}'"), "the Version in its output is not 1"),
        (&*format!("echo '{{\"Version\":1,{end}}}'"), "its output has no AccessKeyId"),
        ("echo '{\"Version\":1,\"AccessKeyId\":\"hidden\"}'", "its output has no SecretAccessKey"),
        (
            &*format!("echo '{{\"Version\":1,\"AccessKeyId\":\"a b\",{end}}}'"),
            "its keys have characters that no key has",
        ),
        (
            &*format!("echo '{{\"Version\":1,\"AccessKeyId\":\"AKIA\",{end},\"Expiration\":\"soon\"}}'"),
            "the Expiration in its output is not a time",
        ),
        (
            &*format!(
                "echo '{{\"Version\":1,\"AccessKeyId\":\"AKIA\",{end},\"SessionToken\":\"t\",\"Expiration\":\"2020-01-02T03:04:05Z\"}}'"
            ),
            "the credentials in its output have expired already",
        ),
        ("head -c 300000 /dev/zero", "it printed far too much"),
        ("kill -9 $$", "it ended with signal: 9"),
        ("exit 3", "it ended with exit status: 3"),
        (&*format!("echo '{KEYS}'; exit 3"), "it ended with exit status: 3"),
    ] {
        let case = script(text);
        let said = format!(
            "the credential_process of profile p ({}:5) gave no credentials: {why}",
            case.path(".aws/config").display()
        );
        for profile in ["s3", "p"] {
            let outcome = case.run([profile]);
            outcome.failed(1, &[&said, "run it by hand"]);
            assert!(
                !outcome.stderr.contains("hidden") && !outcome.stderr.contains("HIDDEN"),
                "{}",
                outcome.stderr
            );
        }
        case.run(["s3", "--", "true"]).failed_silently(125, &[&said]);
        case.no_request_was_made();
    }
}

#[test]
fn a_program_that_is_not_there_or_cannot_be_run_is_told() {
    for (command, part) in [
        ("/nonexistent/program", "cannot run /nonexistent/program: No such file or directory"),
        ("/etc/passwd", "cannot run /etc/passwd: Permission denied"),
        ("/tmp", "cannot run /tmp: Permission denied"),
    ] {
        let case = Case::new()
            .credentials("")
            .config(format!("{ROLE_FROM_P}[profile p]\ncredential_process = {command} x\n"));
        case.run(["s3"]).failed(1, &[part, "config:5"]);
    }
    let case = Case::new()
        .credentials("")
        .config(format!("{ROLE_FROM_P}[profile p]\ncredential_process = sh -c \"hunter2\n"));
    let said = format!("the command sh … ({}:5) has an open quote", case.path(".aws/config").display());
    case.run(["s3"]).failed(1, &[&said, "close the quote"]);
    case.run(["--explain", "s3"]).failed_silently(1, &[&said]);
    case.nothing_was_asked();
}

#[test]
fn a_program_speaks_to_the_person_and_leaves_the_input_alone() {
    let case = script(&format!("echo 'touch your key' >&2; cat >/dev/null; echo '{KEYS}'"));
    let told = case.on_terminal("assume-env s3 -- true 2>/dev/tty");
    told.said_on_stdout(&["touch your key"]).succeeded();
    let outcome = finish_reading(case.assume_env(["s3", "--", "cat"]), b"for the command");
    assert_eq!(outcome.succeeded(), "for the command");
    outcome.said(&["touch your key"]);
    assert_eq!(case.signers(), [KEY_ID; 2]);
}

#[test]
fn a_program_is_run_without_a_shell() {
    let case = Case::new().credentials("");
    let program =
        case.program("my keys", &format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >args\necho '{KEYS}'\n"));
    let case = case.config(format!(
        "{ROLE_FROM_P}[profile p]\ncredential_process = \"{}\" $HOME `id` 'a b' ; > x\n",
        program.display()
    ));
    case.run(["s3"]).succeeded();
    let args = std::fs::read_to_string(case.path("args")).expect("it wrote");
    assert_eq!(args, "$HOME\n`id`\na b\n;\n>\nx\n");
}

/// The one test that takes a minute, because the limit is one. The harness itself gives up no later, so it is not asked.
#[test]
fn a_program_that_never_ends_is_given_up() {
    let case = Case::new().credentials("").config("[profile p]\ncredential_process = sleep 1000\n");
    let out = case.assume_env(["p"]).output().expect("it is there");
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert_eq!((out.status.code(), &*out.stdout), (Some(1), &b"(exit 1);\n"[..]), "{stderr}");
    assert!(
        stderr.contains("config:2) gave no credentials: its output did not end within a minute"),
        "{stderr}"
    );
}
