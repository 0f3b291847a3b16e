//! The container's credentials (ECS, EKS Pod Identity): requested only when the plan names them, over plain
//! http and without a proxy.

use serde_json::json;

use super::harness::{ACCOUNT, Case, FIRST, ROLE, SECOND, aws_only, role_arn, world};
use crate::support::{Container, Fault, Role};

const VARIABLE: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// A role that the container's role assumes, and the container itself. No profile has keys.
const PROFILES: &str = "[profile s3]
role_arn = arn:aws:iam::123456789012:role/assumeS3Full
credential_source = EcsContainer
[profile task]
credential_source = EcsContainer
[profile bare]
region = eu-west-1
";

pub fn task() -> (Case, Container) {
    let trusting = Role::new(ROLE).trusts(&role_arn("task")).s3_full().max_duration(43200);
    let case = Case::in_world(world().role(trusting)).config(PROFILES).credentials("");
    let container = Container::http(&case.sts, &role_arn("task"));
    let uri = container.uri();
    (case.var(VARIABLE, uri), container)
}

fn no_service_was_asked(case: &Case, container: &Container) {
    case.no_request_was_made();
    assert_eq!(container.connections(), 0);
}

#[test]
fn the_containers_keys_are_used_as_they_are() {
    for profile in ["task", "bare"] {
        let (case, container) = task();
        let before = case.files();
        let env = aws_only(&case.run([profile, "--", "env", "-0"]).env());
        let session = case.sts.world(|world| world.session(FIRST).cloned()).expect("it was issued");
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", FIRST),
            ("AWS_SECRET_ACCESS_KEY", &session.secret_access_key),
            ("AWS_SESSION_TOKEN", &session.session_token),
            ("AWS_CREDENTIAL_EXPIRATION", &session.expiration()),
            ("ASSUME_ENV_PROFILE", profile),
        ] {
            assert_eq!(env[name], value, "{name}");
        }
        for name in ["ASSUME_ENV_ROLE_ARN", "ASSUME_ENV_SESSION", "AWS_ACCOUNT_ID"] {
            assert!(!env.contains_key(name), "{name}");
        }
        assert_eq!(container.actions(), ["GET /v1/credentials"]);
        case.no_request_was_made();
        assert_eq!(case.files(), before);
    }
}

#[test]
fn the_containers_keys_start_a_chain() {
    let (case, container) = task();
    let env = case.run(["s3", "--", "env", "-0"]).env();
    assert_eq!((&*env["ASSUME_ENV_ROLE_ARN"], case.signers()), (ROLE, vec![FIRST.to_owned()]));
    assert_eq!(container.requests().len(), 1);
    case.run(["-d", "2h", "s3"]).failed(1, &["2h (--duration) is too long", "the container's credentials"]);
    case.run(["--mfa-token", "123456", "s3"]).failed(2, &["MFA devices belong to users"]);
    assert_eq!(container.requests().len(), 1, "an error before any request");
}

#[test]
fn a_bare_role_takes_the_container_by_default_or_by_name() {
    for args in [&[ROLE][..], &["--source-profile", ":container", ROLE]] {
        let (case, container) = task();
        let case = case.config("");
        let env = case.run([args, &["--", "env", "-0"]].concat()).env();
        assert_eq!((&*env["ASSUME_ENV_SOURCE"], &*env["ASSUME_ENV_ROLE_ARN"]), (":container", ROLE));
        assert_eq!((case.signers(), container.requests().len()), (vec![FIRST.to_owned()], 1));
    }
}

#[test]
fn a_bare_roles_session_is_renewed_from_the_container() {
    let (case, container) = task();
    let case = case.config("").holding(["-n", "one", ROLE]);
    let text = case.run(["-n", "two"]).succeeded().to_owned();
    assert!(text.contains("ASSUME_ENV_SESSION='two'"), "{text}");
    assert_eq!(
        (case.signers(), container.requests().len()),
        (vec![FIRST.to_owned(), "ASIATEST000000000003".to_owned()], 2)
    );
    // The variable that named the container is unset: the program tries no other source.
    let case = case.without(VARIABLE);
    case.run(["-n", "two"]).failed(
        1,
        &["the variable ASSUME_ENV_SOURCE asks for the container's credentials", "name another source"],
    );
}

#[test]
fn the_container_is_not_asked_when_another_source_is_named() {
    let (case, container) = task();
    let case = case.with_keys_in_environment().var("AWS_PROFILE", "bare");
    case.sts.world(|world| world.put_role(super::harness::role("assumeS3Full")));
    case.run([ROLE]).succeeded();
    let case = case.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    let case = case.credentials(super::harness::CREDENTIALS).var("AWS_PROFILE", "base");
    case.run([ROLE]).succeeded();
    case.run(["base"]).succeeded();
    case.run(["--explain", "task"]).succeeded();
    assert_eq!(container.connections(), 0);
}

#[test]
fn the_token_is_sent_from_the_variable_or_the_file() {
    const TOKEN: &str = "Bearer TEST//token+pod==";
    let (case, container) = task();
    container.demand(TOKEN);
    case.run(["task"]).failed(
        1,
        &[
            "the container gave no credentials (the variable AWS_CONTAINER_CREDENTIALS_FULL_URI)",
            "check that the task or the pod has a role",
        ],
    );
    let case = case.var("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN);
    case.run(["task"]).succeeded();
    let case = case.var("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer TEST//token+wrong==");
    case.run(["task", "--", "true"]).failed_silently(125, &["the container gave no credentials", "403"]);
    let file = case.file("pod-token", TOKEN);
    let case = case.var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &file);
    case.run(["s3"]).succeeded();
    // The AWS CLI accepts no token with a line break either.
    case.file("pod-token", format!("{TOKEN}\n"));
    case.run(["task"]).failed(
        1,
        &[
            "the container gave no credentials",
            "the authorization token is empty or has characters that no token has",
        ],
    );
    let case = case.var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nonexistent/token");
    case.run(["task"]).failed(
        1,
        &[
            "the container gave no credentials",
            "cannot read the file that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names: No such file or directory",
        ],
    );
    assert!(!container.requests().is_empty());
}

#[test]
fn the_containers_keys_are_never_requested_through_a_proxy() {
    let (case, _container) = task();
    let case = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"]
        .iter()
        .fold(case, |case, name| case.var(name, "http://127.0.0.1:1"));
    case.run(["task"]).succeeded();
    case.run(["s3"]).succeeded();
}

/// A bad answer of the container is an error, and it reaches neither STS nor a shell.
#[track_caller]
fn is_refused(profile: &str, fault: Fault, part: &str) {
    let (case, container) = task();
    container.always(fault.clone());
    let outcome = case.run([profile]);
    assert_eq!(outcome.status.code(), Some(1), "{fault:?} {}", outcome.out());
    outcome.failed(1, &["the container gave no credentials", part]);
    assert!(
        !outcome.stderr.contains("touch evil") && outcome.stderr.lines().count() == 2,
        "{}",
        outcome.stderr
    );
    case.no_request_was_made();
    assert!(!case.path("evil").exists());
}

#[test]
fn a_refusal_of_the_container_is_an_error() {
    for status in [403, 404, 500] {
        is_refused("task", Fault::status(status, "{}"), &format!("it answered with status {status}"));
    }
    is_refused("s3", Fault::html(503), "it answered with status 503");
    is_refused("task", Fault::Cut { after: 60 }, "the connection was cut off");
}

#[test]
fn what_is_no_answer_of_a_container_is_refused() {
    is_refused("task", Fault::html(200), "its answer is not JSON");
    is_refused("s3", Fault::status(200, ""), "its answer is not JSON");
    is_refused("task", Fault::status(200, "{}"), "its answer has no AccessKeyId");
    let long = |body: String| body.replacen('{', &format!("{{\"more\": \"{}\", ", "x".repeat(10 << 20)), 1);
    is_refused("task", Fault::rewrite(long), "longer than any answer of AWS");
}

#[test]
fn an_answer_of_the_container_without_a_member_is_an_error() {
    for name in ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"] {
        is_refused("task", Fault::drop_member(name), &format!("its answer has no {name}"));
    }
    is_refused(
        "task",
        Fault::replace_member("Expiration", "tomorrow"),
        "the Expiration of its answer is not a time",
    );
}

#[test]
fn a_bad_value_of_the_container_reaches_no_shell() {
    for profile in ["task", "s3"] {
        for (name, value, part) in [
            ("Token", "", "its keys have no session token"),
            ("Token", "x\r\ny", "its keys have characters that no key has"),
            ("AccessKeyId", "$(touch evil) ", "its keys have characters that no key has"),
            ("SecretAccessKey", "a b", "its keys have characters that no key has"),
            ("Expiration", "2020-01-01T00:00:00Z", "its keys have expired already"),
        ] {
            is_refused(profile, Fault::replace_member(name, value), part);
        }
    }
    let (case, container) = task();
    container.always(Fault::replace_member("AccessKeyId", "$(touch${IFS}evil)"));
    case.run(["task"]).failed(1, &["its access key id is not one: an id has 16 to 128 letters and digits"]);
    case.shell("bash", r#"eval "$(assume-env task)"; true"#).succeeded();
    assert!(!case.path("evil").exists());
}

#[test]
fn the_container_is_asked_again_after_a_failure() {
    for fault in [Fault::status(500, ""), Fault::Reset] {
        let (case, container) = task();
        container.fault(fault.clone());
        let outcome = case.run(["task"]);
        assert_eq!(outcome.status.code(), Some(0), "{fault:?}: {}", outcome.stderr);
    }
}

#[test]
fn a_container_that_cannot_be_reached_is_an_error() {
    let (case, _) = task();
    let case = case.var(VARIABLE, "http://127.0.0.1:1/credentials");
    case.run(["task"]).failed(
        1,
        &["the container gave no credentials (the variable AWS_CONTAINER_CREDENTIALS_FULL_URI): "],
    );
    for uri in ["http://10.1.2.3/credentials", "no address", "ftp://127.0.0.1/"] {
        let case = task().0.var(VARIABLE, uri);
        case.run(["task"]).failed(
            1,
            &["the container gave no credentials (the variable AWS_CONTAINER_CREDENTIALS_FULL_URI): "],
        );
    }
}

#[test]
fn a_container_that_does_not_answer_is_an_error() {
    let (case, container) = task();
    container.always(Fault::hang());
    case.run(["task"]).failed(1, &["the container gave no credentials", "no answer within"]);
    case.no_request_was_made();
}

#[test]
fn a_container_without_its_variable_is_an_error() {
    let (case, container) = task();
    let case = case.without(VARIABLE);
    let place = format!("{}:3", case.path(".aws/config").display());
    let parts = [
        &*place,
        "asks for the container's credentials",
        VARIABLE,
        "in a container of ECS or EKS they are set",
    ];
    case.run(["s3"]).failed(1, &parts);
    case.run(["s3", "--", "true"]).failed_silently(125, &parts);
    case.run(["--source-profile", ":container", ROLE])
        .failed(1, &["--source-profile asks for the container's credentials"]);
    case.run(["bare"]).failed(1, &["the profile bare", "has no credentials"]);
    no_service_was_asked(&case, &container);
}

#[test]
fn explain_list_and_status_describe_the_container() {
    let (case, container) = task();
    let config = case.path(".aws/config").display().to_string();
    case.run(["--explain", "s3"])
        .said_on_stdout(&[&format!(
            "It starts from the container's credentials, from the address in {VARIABLE} ({config}:3).\n"
        )])
        .succeeded();
    let plan = case.run(["--explain", "--json", "task"]).json();
    assert_eq!(
        (&plan["source"]["kind"], &plan["hops"], &plan["account"]),
        (&json!("container"), &json!([]), &json!(null))
    );
    assert!(!plan["set"].as_array().expect("a list").contains(&json!("AWS_ACCOUNT_ID")));
    // The address of a task is not on loopback, so no service answers here.
    let relative =
        task().0.without(VARIABLE).var("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials");
    relative
        .run(["--explain", "task"])
        .said_on_stdout(&["from the address in AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"])
        .succeeded();
    let list = case.run(["--list", "--json"]).json();
    let kinds: Vec<_> = list.as_array().expect("a list").iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, [json!("settings"), json!("role"), json!("ambient")]);
    no_service_was_asked(&case, &container);
    let held = case.holding(["task"]);
    held.run(["--status"]).said_on_stdout(&["profile    task\n", "left, until"]).succeeded();
    assert_eq!(held.run(["--status", "--json"]).json()["account"], json!(null));
}

#[test]
fn the_containers_session_is_reused() {
    let (case, container) = task();
    let case = case.holding(["task"]);
    assert_eq!(case.run(["task", "--", "env", "-0"]).env()["AWS_ACCESS_KEY_ID"], FIRST);
    assert_eq!(container.requests().len(), 1);
    assert_eq!(case.run(["--fresh", "task", "--", "env", "-0"]).env()["AWS_ACCESS_KEY_ID"], SECOND);
}

#[test]
fn sts_says_the_account_of_the_containers_keys() {
    let (case, container) = task();
    let env = case.run(["--expect-account", ACCOUNT, "task", "--", "env", "-0"]).env();
    assert_eq!(env["AWS_ACCOUNT_ID"], ACCOUNT);
    case.was_asked(["GetCallerIdentity"]);
    let outcome = case.run(["--expect-account", "210987654321", "task"]);
    outcome.failed(
        1,
        &[
            "the container's credentials",
            "is 123456789012, and 210987654321 is expected",
            "no keys were given out",
        ],
    );
    assert_eq!(container.requests().len(), 2);
    for flags in [&["-n", "me"][..], &["-d", "1h"], &["--read-only"]] {
        case.run([flags, &["task"]].concat()).failed(2, &["has no effect here", "and no STS call is made"]);
    }
    assert_eq!(container.requests().len(), 2);
}
