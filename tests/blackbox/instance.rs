//! The instance's role, from the metadata service in its second version: asked only when the plan says so, over plain http that
//! never goes through a proxy, and given up soon without an answer.

use serde_json::json;

use super::harness::{ACCOUNT, Case, FIRST, ROLE, SECOND, aws_only, role_arn, world};
use crate::support::{Fault, Imds, Role};

const VARIABLE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";

const PROFILES: &str = "[profile s3]
role_arn = arn:aws:iam::123456789012:role/assumeS3Full
credential_source = Ec2InstanceMetadata
[profile machine]
credential_source = Ec2InstanceMetadata
[profile bare]
region = eu-west-1
";

pub fn machine() -> (Case, Imds) {
    let trusting = Role::new(ROLE).trusts(&role_arn("worker")).s3_full().max_duration(43200);
    let case = Case::in_world(world().role(trusting)).config(PROFILES).credentials("");
    let imds = Imds::http(&case.sts);
    imds.attach(&role_arn("worker"));
    let url = imds.url();
    (case.var(VARIABLE, url), imds)
}

fn no_service_was_asked(case: &Case, imds: &Imds) {
    case.nothing_was_asked();
    assert_eq!(imds.connections(), 0);
}

#[test]
fn the_keys_of_the_instance_are_used_without_a_call() {
    for profile in ["machine", "bare"] {
        let (case, imds) = machine();
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
        let folder = "GET /latest/meta-data/iam/security-credentials/";
        assert_eq!(imds.actions(), ["PUT /latest/api/token", folder, &format!("{folder}worker")]);
        case.nothing_was_asked();
        assert_eq!(case.files(), before);
    }
}

#[test]
fn the_instances_keys_start_a_chain() {
    let (case, imds) = machine();
    let env = case.run(["s3", "--", "env", "-0"]).env();
    assert_eq!((&*env["ASSUME_ENV_ROLE_ARN"], case.signers()), (ROLE, vec![FIRST.to_owned()]));
    let asked = imds.requests().len();
    case.run(["-d", "2h", "s3"]).failed(1, &["2h (--duration) is too long", "the instance's role"]);
    let case = case.config(PROFILES.replacen(
        "credential_source",
        "mfa_serial = arn:aws:iam::123456789012:mfa/x\ncredential_source",
        1,
    ));
    let place = format!("({}:3)", case.path(".aws/config").display());
    case.run(["s3"])
        .failed(1, &[&place, "which is not assumed with the keys of a user", "the instance's role"]);
    assert_eq!(imds.requests().len(), asked, "known before a request");
}

#[test]
fn a_role_arn_starts_from_the_instance_if_a_setting_names_its_address() {
    for args in [&[ROLE][..], &["--source-profile", ":instance", ROLE]] {
        let (case, _imds) = machine();
        let case = case.config("");
        let env = case.run([args, &["--", "env", "-0"]].concat()).env();
        assert_eq!((&*env["ASSUME_ENV_SOURCE"], &*env["ASSUME_ENV_ROLE_ARN"]), (":instance", ROLE));
        assert_eq!(case.signers(), [FIRST]);
    }
    let (case, imds) = machine();
    let case = case.config("").without(VARIABLE);
    case.run([ROLE]).failed(1, &["there are no credentials to assume"]);
    no_service_was_asked(&case, &imds);
}

#[test]
fn a_bare_roles_session_is_renewed_from_the_instance() {
    let (case, imds) = machine();
    let case = case.config("").holding(["-n", "one", ROLE]);
    let text = case.run(["-n", "two"]).succeeded().to_owned();
    assert!(
        text.contains("ASSUME_ENV_SESSION='two'") && text.contains("ASSUME_ENV_SOURCE=':instance'"),
        "{text}"
    );
    assert_eq!(imds.requests().len(), 6);
    assert_eq!(case.signers(), [FIRST, "ASIATEST000000000003"]);
}

#[test]
fn the_instance_is_not_asked_where_another_source_is_named() {
    let (case, imds) = machine();
    case.sts.world(|world| world.put_role(super::harness::role("assumeS3Full")));
    let case = case
        .config(format!("{PROFILES}{}", super::harness::CONFIG.replace("s3]", "keys]")))
        .credentials(super::harness::CREDENTIALS);
    case.run(["keys"]).succeeded();
    case.run(["base"]).succeeded();
    case.run(["--source-profile", "base", ROLE]).succeeded();
    case.run(["--explain", "machine"]).succeeded();
    case.run(["--list"]).succeeded();
    assert_eq!(imds.connections(), 0);
}

#[test]
fn no_proxy_receives_the_keys_of_the_instance() {
    let (case, _imds) = machine();
    let case = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"]
        .iter()
        .fold(case, |case, name| case.var(name, "http://127.0.0.1:1"));
    case.run(["machine"]).succeeded();
}

#[test]
fn an_instance_without_keys_is_an_error() {
    let gave = "gave no credentials: ";
    let (case, imds) = machine();
    imds.detach();
    let said = format!(
        "the instance metadata at {} (the variable {VARIABLE}) gave no credentials: the instance has no role",
        imds.url()
    );
    case.run(["machine"]).failed(1, &[&said, "check that the instance has a role"]);
    case.run(["s3", "--", "true"]).failed_silently(125, &[&said]);
    for (code, part) in [
        ("Failed", "it has no credentials now"),
        ("AssumeRoleUnauthorizedAccess", "does not let EC2 assume it"),
    ] {
        let (case, imds) = machine();
        imds.fails_with(code);
        case.run(["machine"]).failed(1, &[gave, part]);
    }
    for (fault, part) in [
        (Fault::status(403, "Forbidden"), "403"),
        (Fault::html(200), ""),
        (Fault::status(500, ""), ""),
        (Fault::status(200, ""), ""),
    ] {
        let (case, imds) = machine();
        imds.always(fault.clone());
        let outcome = case.run(["machine"]);
        assert_eq!(outcome.status.code(), Some(1), "{fault:?}: {}", outcome.out());
        outcome.failed(1, &[gave, part]);
        case.nothing_was_asked();
    }
    for (fault, part) in [
        (Fault::html(200), "its answer is not JSON"),
        (Fault::drop_member("AccessKeyId"), "its answer has no AccessKeyId"),
        (Fault::drop_member("Token"), "its answer has no Token"),
        (Fault::drop_member("Expiration"), "its answer has no Expiration"),
        (Fault::replace_member("Expiration", "soon"), "the Expiration of its answer is not a time"),
        (
            Fault::replace_member("SecretAccessKey", "$(touch evil) "),
            "its keys have characters that no key has",
        ),
        (Fault::replace_member("AccessKeyId", "ASIA\nX"), "its keys have characters that no key has"),
    ] {
        let (case, imds) = machine();
        imds.fault(Fault::Pass).fault(Fault::Pass).fault(fault);
        let outcome = case.run(["machine"]);
        outcome.failed(1, &[gave, part]);
        assert!(!outcome.stderr.contains("touch evil"));
        case.nothing_was_asked();
    }
    for name in ["two words", "$(touch evil)", "../../../../latest/user-data", "a?b", "ünicode"] {
        let (case, imds) = machine();
        imds.fault(Fault::Pass).fault(Fault::rewrite(move |_| name.to_owned()));
        case.run(["machine"]).failed(1, &[gave, "its answer is not the name of a role"]);
        assert_eq!(imds.requests().len(), 2);
    }
}

#[test]
fn without_an_answer_of_the_instance_the_program_ends() {
    let (case, _) = machine();
    let case = case.var(VARIABLE, "http://127.0.0.1:1");
    case.run(["machine"]).failed(
        1,
        &["the instance metadata at http://127.0.0.1:1 (the variable AWS_EC2_METADATA_SERVICE_ENDPOINT) gave no credentials: no answer", "this machine seems not to be an EC2 instance"],
    );
    let (case, imds) = machine();
    imds.always(Fault::hang());
    let outcome = case.run(["machine"]);
    outcome.failed(1, &["no answer within 1s", "raise AWS_METADATA_SERVICE_TIMEOUT"]);
    assert_eq!(outcome.stderr.lines().count(), 2, "{}", outcome.stderr);
    case.nothing_was_asked();
}

#[test]
fn the_number_of_attempts_can_be_set() {
    let (case, imds) = machine();
    imds.fault(Fault::status(500, "")).fault(Fault::status(500, ""));
    case.run(["machine"]).failed(1, &["gave no credentials"]);
    assert_eq!(imds.requests().len(), 2, "without a token, the list of roles is asked for all the same");
    imds.clear_faults().fault(Fault::status(500, "")).fault(Fault::status(500, ""));
    let case = case.var("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "3").var("AWS_METADATA_SERVICE_TIMEOUT", "5");
    case.run(["machine"]).succeeded();
    for (name, key, text) in [
        ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", "0"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", "soon"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", "601"),
    ] {
        let (case, imds) = machine();
        let said = format!("{text} (the variable {name}) is not a number of seconds or attempts");
        let case = case.var(name, text);
        case.run(["machine"]).failed(1, &[&said, "from 1 to 600"]);
        let case = case.without(name).config(PROFILES.replacen(
            "credential_source",
            &format!("{key} = {text}\ncredential_source"),
            1,
        ));
        case.run(["s3"]).failed(1, &[&format!("{text} ({}:3)", case.path(".aws/config").display())]);
        no_service_was_asked(&case, &imds);
    }
}

#[test]
fn the_metadata_service_can_be_switched_off() {
    let (case, imds) = machine();
    let case = case.var("AWS_EC2_METADATA_DISABLED", "true");
    let place = format!("{}:3", case.path(".aws/config").display());
    case.run(["s3"]).failed(
        1,
        &[&place, "the variable AWS_EC2_METADATA_DISABLED forbids it", "unset AWS_EC2_METADATA_DISABLED"],
    );
    case.run(["--source-profile", ":instance", ROLE])
        .failed(1, &["--source-profile asks for the instance's role"]);
    case.run(["bare"]).failed(1, &["has no credentials"]);
    let case = case.config("");
    case.run([ROLE]).failed(1, &["there are no credentials to assume"]);
    no_service_was_asked(&case, &imds);
    let case = case.var("AWS_EC2_METADATA_DISABLED", "false");
    case.run([ROLE]).succeeded();
}

#[test]
fn the_instance_is_described() {
    let (case, imds) = machine();
    let config = case.path(".aws/config").display().to_string();
    case.run(["--explain", "s3"])
        .said_on_stdout(&[&format!(
            "It starts from the instance's role, from {} ({config}:3).\n",
            imds.url()
        )])
        .succeeded();
    let endpoint =
        |case: &Case| case.run(["--explain", "--json", "machine"]).json()["source"]["endpoint"].clone();
    assert_eq!(endpoint(&case), json!(imds.url()));
    let case = case.without(VARIABLE);
    assert_eq!(endpoint(&case), json!("http://169.254.169.254"));
    let case = case.var("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6");
    assert_eq!(endpoint(&case), json!("http://[fd00:ec2::254]"));
    let case = case.var("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5");
    case.run(["--explain", "machine"]).failed_silently(
        1,
        &["the endpoint mode IPv5 (the variable AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE)", "use ipv4 or ipv6"],
    );
    let case = case.without("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").var(VARIABLE, "169.254.169.254");
    case.run(["machine"])
        .failed(1, &["(the variable AWS_EC2_METADATA_SERVICE_ENDPOINT) is not a valid address"]);
    // The keys would pass through the network in clear.
    let case = case.var(VARIABLE, "http://192.0.2.1:1338");
    case.run(["machine"]).failed(
        1,
        &["the endpoint http://192.0.2.1:1338 (the variable AWS_EC2_METADATA_SERVICE_ENDPOINT) is plain http and not on this machine"],
    );
    assert_eq!(
        case.run(["--explain", "--json", "--allow-http", "machine"]).json()["source"]["endpoint"],
        json!("http://192.0.2.1:1338")
    );
    let case = case.without(VARIABLE).config(PROFILES.replacen(
        "credential_source",
        &format!("ec2_metadata_service_endpoint = {}\ncredential_source", imds.url()),
        1,
    ));
    assert_eq!(case.run(["--explain", "--json", "s3"]).json()["source"]["endpoint"], json!(imds.url()));
    no_service_was_asked(&case, &imds);
    case.run(["s3"]).succeeded();
}

#[test]
fn the_instances_session_is_used_again() {
    let (case, imds) = machine();
    let case = case.holding(["machine"]);
    assert_eq!(case.run(["machine", "--", "env", "-0"]).env()["AWS_ACCESS_KEY_ID"], FIRST);
    assert_eq!(imds.requests().len(), 3);
    assert_eq!(case.run(["--fresh", "machine", "--", "env", "-0"]).env()["AWS_ACCESS_KEY_ID"], SECOND);
    case.run(["--status"]).said_on_stdout(&["profile    machine\n", "left, until"]).succeeded();
    let who = case.run(["--whoami", "--json", "machine"]).json();
    assert_eq!(who["Account"], ACCOUNT);
    case.run(["--expect-account", "210987654321", "--fresh", "machine"]).failed(1, &["is 123456789012, and"]);
}
