//! Real clients, each as one process that runs for several lives of the keys. `tests/refresh/run` installs them and runs these
//! tests, which are ignored otherwise.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::super::harness::{Case, KEY_ID, start};

/// The user's own keys are those of `[default]`, which every client would use before it asks an address.
const CREDENTIALS: &str = "[base]
aws_access_key_id = AKIABASE000000000000
aws_secret_access_key = base/secret+EXAMPLE
[default]
aws_access_key_id = AKIABASE000000000000
aws_secret_access_key = base/secret+EXAMPLE
";

/// A variable of `tests/refresh/run`.
fn given(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Runs a client for a while. Each of its lines is one answer of STS: the ARN of the session.
#[track_caller]
fn run(client: &[&str]) {
    let seconds: u64 = given("REFRESH_SECONDS").and_then(|text| text.parse().ok()).unwrap_or(25);
    let life: i64 = given("REFRESH_LIFE").and_then(|text| text.parse().ok()).unwrap_or(9);
    let case = Case::new().credentials(CREDENTIALS);
    case.sts.world(|world| world.shorten_roles(life));
    let output = case.path("output");
    let mut command: Command =
        case.assume_env(["--refresh", "-q", "s3", "-r", "us-east-1", "--"].iter().chain(client));
    command.env("SECONDS_TO_RUN", seconds.to_string()).env("NODE_NO_WARNINGS", "1");
    let file = std::fs::File::create(&output).expect("the folder can be written");
    command.stdout(file.try_clone().expect("a handle")).stderr(file);
    let begin = Instant::now();
    // The watchdog of the harness ends a program after a minute.
    let status = command.status().expect("it starts");
    let said = std::fs::read_to_string(&output).expect("text");
    assert!(status.success(), "{client:?}: {status}: {said}");
    assert!(begin.elapsed() >= Duration::from_secs(seconds), "{client:?} ended early: {said}");
    let lines: Vec<&str> = said.lines().collect();
    // The AWS CLI takes seconds to start on a busy machine.
    assert!(lines.len() as u64 >= seconds / 10, "{client:?}: {said}");
    let own = "arn:aws:sts::123456789012:assumed-role/assumeS3Full/";
    assert!(lines.iter().all(|line| line.trim_matches('"').starts_with(own)), "{client:?}: {said}");
    let asked: Vec<_> =
        case.sts.requests().into_iter().filter(|made| made.action == "GetCallerIdentity").collect();
    assert!(asked.iter().all(|made| made.status == 200), "{client:?}: {asked:?}");
    assert!(asked.iter().all(|made| made.key_id.as_deref() != Some(KEY_ID)), "{client:?}: as the base user");
    let mut keys: Vec<_> = asked.iter().filter_map(|made| made.key_id.clone()).collect();
    keys.dedup();
    assert!(keys.len() as u64 >= seconds / life.unsigned_abs(), "{client:?}: {keys:?}");
    println!("{}: {} requests, {} sessions, 0 errors", client[0], asked.len(), keys.len());
}

/// A file next to this one.
fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/refresh");
    folder.join(name).display().to_string()
}

#[test]
#[ignore = "needs boto3: tests/refresh/run"]
fn boto3_never_fails_and_is_never_the_base_user() {
    run(&[&given("REFRESH_PYTHON").expect("tests/refresh/run names it"), &file("client.py")]);
}

#[test]
#[ignore = "needs the AWS CLI: tests/refresh/run"]
fn the_aws_cli_never_fails_and_is_never_the_base_user() {
    let aws = given("REFRESH_AWS").expect("tests/refresh/run names it");
    let script = r#"end=$(($(date +%s) + SECONDS_TO_RUN))
        while [ $(date +%s) -le $end ]; do "$0" sts get-caller-identity --query Arn || exit; done"#;
    run(&["sh", "-c", script, &aws]);
}

#[test]
#[ignore = "needs Go: tests/refresh/run"]
fn the_go_sdk_never_fails_and_is_never_the_base_user() {
    run(&[&given("REFRESH_GO").expect("tests/refresh/run names it")]);
}

#[test]
#[ignore = "needs Node: tests/refresh/run"]
fn the_javascript_sdk_never_fails_and_is_never_the_base_user() {
    run(&[
        &given("REFRESH_NODE").expect("tests/refresh/run names it"),
        &given("REFRESH_JS").expect("and this"),
    ]);
}

#[test]
#[ignore = "needs boto3: tests/refresh/run"]
fn sixty_sdk_clients_at_once_get_the_keys() {
    let case = Case::new().credentials(CREDENTIALS);
    let python = given("REFRESH_PYTHON").expect("tests/refresh/run names it");
    let mut command = case.assume_env(["--refresh", "-q", "s3", "-r", "us-east-1", "--"]);
    command.args([&python, &file("many.py")]);
    start(command).end().succeeded();
    let asked = case.sts.requests();
    let own = asked.iter().filter(|made| made.action == "GetCallerIdentity" && made.status == 200);
    assert_eq!(own.count(), 60);
}
