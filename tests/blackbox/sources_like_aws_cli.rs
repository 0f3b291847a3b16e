//! Where a source has its own rules in the AWS CLI, assume-env follows them: tokens of Identity Center, the metadata of
//! instances and containers, programs, certificate authorities, proxies, the home folder, and moto's error form.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::harness::{BINARY, Case, FIRST, ROLE, finish, finish_reading, installed, now, role_arn, world};
use super::sso::{BEARER, START, corp, token, without_login};
use crate::support::{Ca, Container, Fault, Imds, Leaf, Role, Sso, Sts, TokenFile, oidc};

const IMDS: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";

// Tokens of IAM Identity Center (botocore, SSOTokenProvider).

/// A user who is logged in with a token that lasts so many seconds and can be refreshed.
fn logged_in(seconds: i64) -> (Case, Sso, PathBuf) {
    let (case, sso) = without_login();
    sso.access_token(BEARER, seconds);
    sso.client("client-1", "TEST/secret+client", 7200).refresh_token("client-1", "TEST//token+first");
    let path = refreshable(seconds).write(case.path(""), "corp");
    (case, sso, path)
}

fn refreshable(seconds: i64) -> TokenFile {
    token().expires_in(seconds).refresh("client-1", "TEST/secret+client", 7200, "TEST//token+first")
}

#[test]
fn a_token_is_refreshed_in_its_last_15_minutes() {
    let (case, sso, _) = logged_in(16 * 60);
    case.run(["dev"]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials"]);
    let (case, sso, path) = logged_in(14 * 60);
    case.run(["dev"]).succeeded();
    assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials"]);
    assert_eq!(sso.requests()[1].header("x-amz-sso_bearer_token"), Some(&*oidc::access_token(1)));
    assert!(fs::read_to_string(path).expect("it is there").contains(&oidc::access_token(1)));
}

#[test]
fn a_token_that_is_still_valid_is_used_if_its_refresh_fails() {
    for fault in [
        Fault::oidc(400, "InvalidGrantException", "invalid_grant", "Invalid refresh token provided"),
        Fault::oidc(500, "InternalServerException", "server_error", "oops"),
        Fault::html(503),
        Fault::Reset,
    ] {
        let (case, sso, _) = logged_in(14 * 60);
        sso.fault(fault.clone());
        let outcome = case.run(["dev"]);
        assert_eq!(outcome.status.code(), Some(0), "{fault:?}: {}", outcome.stderr);
        let asked = sso.requests();
        let last = asked.last().expect("the portal was asked");
        assert_eq!(last.header("x-amz-sso_bearer_token"), Some(BEARER), "{fault:?}");
    }
    // A token that cannot be refreshed is used to its end.
    let (case, sso) = without_login();
    sso.access_token(BEARER, 600);
    token().expires_in(600).write(case.path(""), "corp");
    token().expires_in(600).write(case.path(""), START);
    case.run(["dev"]).succeeded();
    case.run(["old"]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials", "GetRoleCredentials"]);
}

#[test]
fn a_token_that_the_portal_does_not_accept_is_refreshed_once() {
    let (case, sso, _) = logged_in(3600);
    sso.sign_out().refresh_token("client-1", "TEST//token+first");
    case.run(["dev"]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials", "CreateToken", "GetRoleCredentials"]);

    let (case, sso, _) = logged_in(3600);
    sso.sign_out();
    let login = "assume-env --login --sso-session corp";
    case.run(["dev"]).failed(1, &["is not accepted any more", login]);
    assert_eq!(sso.actions(), ["GetRoleCredentials", "CreateToken"]);

    let (case, sso) = corp();
    sso.sign_out();
    case.run(["dev"]).failed(1, &["is not accepted any more", login]);
    assert_eq!(sso.actions(), ["GetRoleCredentials"], "nothing refreshes it");
}

#[test]
fn a_token_that_another_process_has_replaced_is_read_again() {
    let (case, sso, _) = logged_in(3600);
    sso.sign_out().access_token("TEST//token+theirs", 3600);
    let home = case.path("");
    sso.fault(Fault::rewrite(move |body| {
        token().member("accessToken", "TEST//token+theirs").write(&home, "corp");
        body
    }));
    case.run(["dev"]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials", "GetRoleCredentials"]);
}

#[test]
fn a_token_file_that_is_half_written_is_read_again() {
    for half in [0, 40] {
        let (case, _sso) = corp();
        let path = TokenFile::path(case.path(""), "corp");
        let whole = fs::read(&path).expect("it is there");
        fs::write(&path, &whole[..half]).expect("it is ours");
        let writer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            fs::write(path, whole).expect("it is ours");
        });
        case.run(["dev"]).succeeded();
        writer.join().expect("it wrote");
    }
}

// The metadata of an instance (botocore, InstanceMetadataFetcher).

fn machine() -> (Case, Imds) {
    let trusting = Role::new(ROLE).trusts(&role_arn("worker")).s3_full().max_duration(43200);
    let config = "[profile machine]\ncredential_source = Ec2InstanceMetadata\n";
    let case = Case::in_world(world().role(trusting)).config(config).credentials("");
    let imds = Imds::http(&case.sts);
    imds.attach(&role_arn("worker"));
    let url = imds.url();
    (case.var(IMDS, url), imds)
}

const ROLES: &str = "GET /latest/meta-data/iam/security-credentials/";
const WORKER: &str = "GET /latest/meta-data/iam/security-credentials/worker";

#[test]
fn without_a_token_the_first_version_of_the_metadata_service_is_asked() {
    for status in [403, 404, 405, 500] {
        let (case, imds) = machine();
        imds.refuse_tokens(status).allow_version_one();
        case.run(["machine"]).succeeded();
        assert_eq!(imds.actions(), ["PUT /latest/api/token", ROLES, WORKER], "{status}");
        assert_eq!(imds.requests()[1].header("x-aws-ec2-metadata-token"), None);
    }
    // An answer that a hop limit of 1 drops on its way into a container.
    let (case, imds) = machine();
    imds.allow_version_one().fault(Fault::hang());
    case.run(["machine"]).succeeded();
    let (case, imds) = machine();
    imds.refuse_tokens(400).allow_version_one();
    case.run(["machine"]).failed(1, &["it answered with status 400"]);
    assert_eq!(imds.actions(), ["PUT /latest/api/token"]);
}

#[test]
fn a_setting_forbids_the_first_version() {
    let said = "forbids requests without one (IMDSv1)";
    for status in [Some(403), None] {
        let (case, imds) = machine();
        imds.allow_version_one();
        match status {
            Some(status) => _ = imds.refuse_tokens(status),
            None => _ = imds.fault(Fault::hang()),
        }
        let case = case.var("AWS_EC2_METADATA_V1_DISABLED", "true");
        case.run(["machine"]).failed(1, &["AWS_EC2_METADATA_V1_DISABLED", said, "hop limit of 2"]);
        assert_eq!(imds.actions(), ["PUT /latest/api/token"]);
    }
    let (case, imds) = machine();
    imds.refuse_tokens(403).allow_version_one();
    let case = case.config(
        "[profile machine]\ncredential_source = Ec2InstanceMetadata\nec2_metadata_v1_disabled = TRUE\n",
    );
    case.run(["machine"]).failed(1, &[".aws/config:3", said]);
    let case = case.var("AWS_EC2_METADATA_V1_DISABLED", "false");
    case.run(["machine"]).succeeded();
    case.var("AWS_EC2_METADATA_V1_DISABLED", "perhaps").run(["machine"]).failed(1, &["perhaps"]);
}

#[test]
fn an_instance_that_demands_a_token_that_never_arrives_names_the_hop_limit() {
    let (case, imds) = machine();
    imds.fault(Fault::hang());
    case.run(["machine"])
        .failed(1, &["answers only requests with a token (IMDSv2)", "--http-put-response-hop-limit 2"]);
}

#[test]
fn a_document_without_a_code_is_complete() {
    let (case, imds) = machine();
    imds.fault(Fault::Pass).fault(Fault::Pass).fault(Fault::drop_member("Code"));
    case.run(["machine"]).succeeded();
}

#[test]
fn keys_of_an_instance_that_have_expired_are_used_for_some_minutes() {
    let (case, imds) = machine();
    let expired = Fault::replace_member("Expiration", "2020-01-01T00:00:00Z");
    imds.fault(Fault::Pass).fault(Fault::Pass).fault(expired);
    let outcome = case.run(["machine", "--", "env", "-0"]);
    outcome.said(&["keys that expired at 2020-01-01T00:00:00Z", "used for 15 minutes"]);
    let left = outcome.env()["ASSUME_ENV_EXPIRES"].parse::<i64>().expect("seconds") - now();
    assert!((14 * 60..=15 * 60).contains(&left), "{left}");
}

#[test]
fn a_broken_answer_of_an_instance_is_asked_for_again() {
    for fault in [Fault::html(200), Fault::status(200, ""), Fault::status(404, ""), Fault::Reset] {
        let (case, imds) = machine();
        let case = case.var("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2");
        imds.fault(Fault::Pass).fault(Fault::Pass).fault(fault.clone());
        let outcome = case.run(["machine"]);
        assert_eq!(outcome.status.code(), Some(0), "{fault:?}: {}", outcome.stderr);
    }
}

// The credentials of a container (botocore, ContainerProvider).

fn task(start: impl Fn(&Sts, &str) -> Container) -> (Case, Container) {
    let config = "[profile task]\ncredential_source = EcsContainer\n";
    let case = Case::new().config(config).credentials("");
    let container = start(&case.sts, &role_arn("task"));
    let uri = container.uri();
    (case.var(FULL_URI, uri), container)
}

#[test]
fn variables_of_a_container_that_are_empty_are_absent() {
    let (case, container) = task(Container::http);
    let case = case
        .var(RELATIVE_URI, "")
        .var("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        .var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "");
    case.run(["task"]).succeeded();
    assert_eq!(container.requests()[0].header("authorization"), None);
    container.demand("TEST//token+pod==");
    let case = case.var("AWS_CONTAINER_AUTHORIZATION_TOKEN", "TEST//token+pod==");
    case.run(["task"]).succeeded();
    let case = case.var(FULL_URI, "");
    case.run(["task"]).failed(1, &["the container's credentials", FULL_URI]);
}

#[test]
fn a_container_with_https_is_trusted_by_the_ca_bundle_and_has_no_proxy() {
    let ca = Ca::new("the tests' own authority");
    let (case, container) = task(|sts, arn| Container::https(sts, arn, &ca));
    let case = case.var("HTTPS_PROXY", "http://127.0.0.1:1");
    case.run(["task"]).failed(1, &["the container gave no credentials", "authority that is not trusted"]);
    let bundle = case.file("bundle.pem", ca.pem());
    case.var("AWS_CA_BUNDLE", bundle).run(["task"]).succeeded();
    assert_eq!(container.requests().len(), 1);
}

#[test]
fn a_token_file_of_a_container_without_an_end_is_an_error() {
    let (case, container) = task(Container::http);
    case.var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/dev/zero")
        .run(["task"])
        .failed(1, &["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "larger than 1 MiB"]);
    assert_eq!(container.requests().len(), 0);
}

// Programs (botocore, ProcessProvider).

/// A case whose profile `p` gets its keys from a script, and whose role needs them.
fn script(text: &str) -> Case {
    let case = Case::new().credentials("");
    let program = case.program("keys", &format!("#!/bin/sh\n{text}\n"));
    case.config(format!(
        "[profile s3]\nrole_arn = {ROLE}\nsource_profile = p\n[profile p]\ncredential_process = {}\n",
        program.display()
    ))
}

/// A script that prints a document with this expiry.
fn expiring(expiry: &str) -> String {
    format!(
        "echo '{{\"Version\":1,\"AccessKeyId\":\"AKIABASE000000000000\",\
         \"SecretAccessKey\":\"base/secret+EXAMPLE\",\"Expiration\":{expiry}}}'"
    )
}

#[test]
fn an_expiry_is_read_as_botocore_reads_it() {
    for expiry in [
        "2099-01-01T00:00:00+0000",
        "20990101T000000Z",
        "2099-01-01T00:00:00UTC",
        "2099-01-01 00:00:00 UTC",
        "2099-01-01 00:00:00+00:00",
    ] {
        let outcome = script(&expiring(&format!("\"{expiry}\""))).run(["s3"]);
        assert_eq!(outcome.status.code(), Some(0), "{expiry}: {}", outcome.stderr);
    }
    for expiry in ["4070908800", "\"2099-01-01T00:00:00\"", "\"\""] {
        script(&expiring(expiry)).run(["s3"]).failed(1, &["the Expiration in its output is not a "]);
    }
}

#[test]
fn a_program_gets_a_terminal_as_standard_input_and_nothing_else() {
    let keys = expiring("null");
    let case = script(&format!(
        "test -t 0 || exit 9\necho \"code?\" >\"$(tty)\"\nread -r code\n\
        test \"$code\" = 4711 || exit 8\n{keys}"
    ));
    let line = format!("{BINARY} s3 -- env");
    let mut command = case.command(installed("script"));
    command.args(["-q", "-e", "-c", &line, "/dev/null"]);
    let outcome = finish_reading(command, b"4711\n");
    let shown = outcome.out();
    assert!(shown.contains("code?") && shown.contains(FIRST), "{shown}");
    // What is piped belongs to the command.
    let case = script(&format!("cat >&2\n{keys}"));
    let outcome = finish_reading(case.assume_env(["s3", "--", "cat"]), b"for the command");
    assert_eq!((outcome.out(), &*outcome.stderr), ("for the command", ""));
}

#[test]
fn a_caller_that_ignores_the_end_of_children_breaks_no_program() {
    let keys = expiring("null");
    // The program itself waits for a child, too.
    let case = script(&format!("sh -c 'exit 3'\ntest $? = 3 || exit 9\n{keys}"));
    let line = "trap '' CHLD; exec assume-env s3 -- grep SigIgn /proc/self/status";
    let outcome = case.shell("bash", line);
    let ignored = outcome.succeeded().trim().rsplit('\t').next().map(|mask| u64::from_str_radix(mask, 16));
    // The command inherits what the caller set: bit 16 is SIGCHLD (17).
    assert_eq!(ignored.expect("a line").expect("a mask") >> 16 & 1, 1, "{}", outcome.out());
}

// Certificate authorities and proxies (botocore, endpoint.py and httpsession.py; curl).

fn encrypted() -> (Case, PathBuf) {
    let ca = Ca::new("the tests' own authority");
    let case = Case::with(Sts::https_with(world(), &ca, Leaf::Valid));
    let bundle = case.file("bundle.pem", ca.pem());
    (case, bundle)
}

#[test]
fn requests_ca_bundle_is_read_after_the_settings_of_aws() {
    let (case, bundle) = encrypted();
    let case = case.var("REQUESTS_CA_BUNDLE", &bundle).var("SSL_CERT_FILE", "/nonexistent");
    case.run(["s3"]).succeeded();
    let broken = case.file("broken.pem", "nothing");
    let case = case.var("REQUESTS_CA_BUNDLE", broken);
    case.run(["s3"]).failed(1, &["cannot use the CA bundle", "REQUESTS_CA_BUNDLE"]);
    case.var("AWS_CA_BUNDLE", bundle).run(["s3"]).succeeded();
}

#[test]
fn a_proxy_with_a_path_or_without_a_scheme_is_used() {
    for address in ["127.0.0.1:1/", "127.0.0.1:1", "//127.0.0.1:1", "http://127.0.0.1:1/path", "127.0.0.1/"] {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let (case, bundle) = encrypted();
            let case = case.var("AWS_CA_BUNDLE", bundle).var(name, address);
            case.run(["s3"]).failed(1, &["STS did not answer at ", "the proxy cannot be reached"]);
            case.nothing_was_asked();
        }
    }
}

#[test]
fn a_proxy_with_a_mistake_in_its_address_is_an_error() {
    for address in ["https:/127.0.0.1:1", "http:127.0.0.1:1", "127.0.0.1:99999", "127.0.0.1:port"] {
        let (case, bundle) = encrypted();
        let case = case.var("AWS_CA_BUNDLE", bundle).var("HTTPS_PROXY", address);
        case.run(["s3"]).failed(1, &["the variable HTTPS_PROXY is not the address of a proxy"]);
        case.nothing_was_asked();
    }
    // CGI programs have this variable, which must not switch the proxy off.
    let (case, bundle) = encrypted();
    let case = case.var("AWS_CA_BUNDLE", bundle).var("REQUEST_METHOD", "GET");
    case.var("HTTPS_PROXY", "http://127.0.0.1:1").run(["s3"]).failed(1, &["the proxy cannot be reached"]);
}

#[test]
fn only_the_proxy_variable_that_counts_is_judged() {
    let bad = ":::";
    for (counts, other) in
        [("HTTPS_PROXY", "ALL_PROXY"), ("https_proxy", "HTTPS_PROXY"), ("all_proxy", "ALL_PROXY")]
    {
        let (case, bundle) = encrypted();
        let case = case.var("AWS_CA_BUNDLE", bundle).var(other, bad).var(counts, "http://127.0.0.1:1");
        case.run(["s3"]).failed(1, &["the proxy cannot be reached"]);
        let case = case.var(counts, "");
        case.run(["s3"]).succeeded();
        let case = case.without(counts);
        case.run(["s3"]).failed(1, &[&format!("the variable {other} is not the address of a proxy")]);
    }
}

// The home folder (Python, os.path.expanduser).

/// Runs a line of sh without HOME, where /etc/passwd has another home folder for this user.
fn without_home(case: &Case, home: &str, line: &str) -> super::harness::Outcome {
    let passwd = case.file("passwd", format!("root:x:0:0:root:{home}:/bin/sh\n"));
    let mut command = case.command(installed("unshare"));
    command.arg(super::harness::unshared("m"));
    command.args([
        "sh",
        "-ec",
        &format!("mount --bind {} /etc/passwd\nunset HOME\n{line}", passwd.display()),
    ]);
    command.arg0("unshare");
    finish(command)
}

#[test]
fn without_a_variable_the_home_folder_is_that_of_the_user() {
    if !super::harness::has_namespaces() {
        return;
    }
    let case = Case::new();
    let home = case.path("").display().to_string();
    let outcome = without_home(&case, home.trim_end_matches('/'), "assume-env s3 -- env -0");
    assert_eq!(outcome.env()["AWS_ACCESS_KEY_ID"], FIRST);
    let outcome = without_home(&case, &home, "assume-env --list");
    assert_eq!(outcome.succeeded(), "base\ns3\n");
    let (case, sso) = corp();
    let home = case.path("").display().to_string();
    without_home(&case, &home, "assume-env dev").succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials"]);
}

#[test]
fn a_list_of_nothing_that_could_be_read_is_a_failure() {
    if !super::harness::has_namespaces() {
        return;
    }
    let case = Case::new();
    let outcome = without_home(&case, "/nonexistent", "assume-env --list");
    outcome.failed_with(1, "", &["there are no profiles", "/nonexistent/.aws/config"]);
    let outcome = without_home(&case, "/nonexistent", "assume-env --list --json");
    outcome.failed_with(1, "[]\n", &["there are no profiles"]);
    let outcome = without_home(&case, "/nonexistent", "assume-env s3");
    outcome.failed(1, &["there is no profile s3", "/nonexistent/.aws/config"]);
    // A file without profiles was read.
    assert_eq!(Case::new().config("").credentials("").run(["--list"]).succeeded(), "");
}

// The form in which moto gives errors.

#[test]
fn an_error_in_motos_form_is_the_error_that_it_is() {
    for root in ["ErrorResponse", "Response"] {
        let case = Case::new();
        case.sts.always(Fault::status(
            403,
            &format!(
                "<{root}><Errors><Error><Code>AccessDenied</Code><Message>User: x is not authorized to \
                 perform: sts:AssumeRole &amp; more</Message></Error></Errors><RequestID>1</RequestID></{root}>"
            ),
        ));
        case.run(["s3"]).failed(
            1,
            &["AccessDenied: User: x is not authorized to perform: sts:AssumeRole & more", "trust policy"],
        );
        assert_eq!(case.sts.requests().len(), 1);
    }
    let case = Case::new();
    case.sts.always(Fault::status(400, "<html><Errors><Error><Code>X</Code></Error></Errors></html>"));
    case.run(["s3"]).failed(1, &["is not an answer of STS"]);
}
