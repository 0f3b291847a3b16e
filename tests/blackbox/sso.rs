//! IAM Identity Center: a role that the portal hands out, by itself and as the start of a chain; and what is wrong with a profile
//! before a request.

use serde_json::json;

use super::harness::{ACCOUNT, Case, FIRST, ROLE, SECOND, aws_only, role_arn, steady, world};
use crate::support::{Role, Sso, TokenFile, World};

pub const START: &str = "https://corp.awsapps.com/start";
/// A start with which no message may show it.
pub const BEARER: &str = "TEST//token+bearer==";

/// A profile with a session of its own section, one with the older keys, and two roles behind the first.
pub const PROFILES: &str = "[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Dev
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
[profile old]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Dev
[profile s3]
role_arn = arn:aws:iam::123456789012:role/assumeS3Full
source_profile = dev
[profile far]
role_arn = arn:aws:iam::123456789012:role/far
source_profile = s3
";

/// The token that `aws sso login` left.
pub fn token() -> TokenFile {
    TokenFile::new(START, "eu-west-1", BEARER)
}

/// The roles behind the one that the portal hands out.
fn roles() -> World {
    let portal = Sso::role_arn(ACCOUNT, "Dev");
    world()
        .role(Role::new(ROLE).trusts(&portal).s3_full().max_duration(43200))
        .role(Role::new(&role_arn("far")).trusts(ROLE).max_duration(43200))
}

/// Somebody who is logged in, and has no keys in any file.
pub fn corp() -> (Case, Sso) {
    let (case, sso) = without_login();
    sso.access_token(BEARER, 3600);
    token().write(case.path(""), "corp");
    token().write(case.path(""), START);
    (case, sso)
}

/// The same before the login.
pub fn without_login() -> (Case, Sso) {
    let case = Case::in_world(roles()).config(PROFILES).credentials("");
    let sso = Sso::http(&case.sts);
    sso.assign(ACCOUNT, "Dev");
    let url = sso.url();
    (case.var("AWS_ENDPOINT_URL_SSO", &url).var("AWS_ENDPOINT_URL_SSO_OIDC", &url), sso)
}

/// Neither the STS nor the portal was asked.
#[track_caller]
pub fn no_service_was_asked(case: &Case, sso: &Sso) {
    case.nothing_was_asked();
    assert_eq!(sso.connections(), 0, "{:?}", sso.requests());
}

/// A line of the configuration.
pub fn line(case: &Case, number: usize) -> String {
    format!("{}:{number}", case.path(".aws/config").display())
}

#[test]
fn the_keys_of_the_portal_are_used_without_a_call() {
    for (profile, more) in [("dev", 0), ("old", 0), ("dev", 1)] {
        let (case, sso) = corp();
        let case = if more == 1 { case.var("AWS_ACCOUNT_ID", "210987654321") } else { case };
        let before = case.files();
        let env = aws_only(&case.run([profile, "--", "env", "-0"]).env());
        let session = case.sts.world(|world| world.session(FIRST).cloned()).expect("it was issued");
        let expires = session.expires.unix_timestamp().to_string();
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", FIRST),
            ("AWS_SECRET_ACCESS_KEY", &session.secret_access_key),
            ("AWS_SESSION_TOKEN", &session.session_token),
            ("AWS_CREDENTIAL_EXPIRATION", &session.expiration()),
            ("AWS_ACCOUNT_ID", ACCOUNT),
            ("ASSUME_ENV_PROFILE", profile),
            ("ASSUME_ENV_KEY_ID", FIRST),
            ("ASSUME_ENV_EXPIRES", &expires),
        ] {
            assert_eq!(env[name], value, "{name}");
        }
        for name in ["ASSUME_ENV_ROLE_ARN", "ASSUME_ENV_SESSION", "AWS_REGION"] {
            assert!(!env.contains_key(name), "{name}");
        }
        case.nothing_was_asked();
        assert_eq!(sso.actions(), ["GetRoleCredentials"]);
        let made = &sso.requests()[0];
        assert_eq!((made.param("account_id"), made.param("role_name")), (ACCOUNT, "Dev"));
        assert_eq!(made.header("x-amz-sso_bearer_token"), Some(BEARER));
        assert!(!made.has_authorization());
        assert_eq!(case.files(), before, "something was written");
    }
}

#[test]
fn every_shell_gets_the_keys_of_the_portal_and_clear_ends_them() {
    let original = [("AWS_PROFILE", "dev"), ("AWS_ACCOUNT_ID", "210987654321"), ("AWS_REGION", "eu-west-1")];
    for (shell, script) in [
        ("dash", r#"eval "$(assume-env old)" && env -0 >held && eval "$(assume-env --clear)" && env -0"#),
        ("zsh", r#"eval "$(assume-env old)" && env -0 >held && eval "$(assume-env --clear)" && env -0"#),
        (
            "fish",
            "assume-env -f fish old | source; and env -0 >held; and assume-env -f fish --clear | source; and env -0",
        ),
    ] {
        let (case, _sso) = corp();
        let case = original.iter().fold(case, |case, (name, value)| case.var(name, value));
        let before = case.shell(shell, "env -0").env();
        let after = case.shell(shell, script).env();
        assert_eq!(aws_only(&steady(after)), aws_only(&steady(before)), "{shell}");
        let held = aws_only(&super::harness::env_in(&case.path("held")));
        assert_eq!((&*held["AWS_ACCESS_KEY_ID"], held.get("AWS_PROFILE")), (FIRST, None), "{shell}");
    }
}

#[test]
fn the_portals_keys_start_a_chain() {
    for (profile, signers, role) in [("s3", &[FIRST][..], "assumeS3Full"), ("far", &[FIRST, SECOND], "far")] {
        let (case, sso) = corp();
        let before = case.files();
        let env = case.run([profile, "--", "env", "-0"]).env();
        assert_eq!(env["ASSUME_ENV_ROLE_ARN"], role_arn(role));
        assert_eq!(case.signers(), signers);
        assert_eq!(sso.actions(), ["GetRoleCredentials"]);
        assert_eq!(case.files(), before);
    }
}

#[test]
fn a_role_arn_can_start_from_the_portal() {
    let (case, sso) = corp();
    let env = case.run(["--source-profile", "dev", ROLE, "--", "env", "-0"]).env();
    assert_eq!((&*env["ASSUME_ENV_SOURCE"], &*env["ASSUME_ENV_ROLE_ARN"]), ("dev", ROLE));
    let case = case.var("AWS_PROFILE", "old");
    case.run([ROLE]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials"; 2]);
    case.was_asked(["AssumeRole"; 2]);
}

#[test]
fn questions_can_start_from_the_portal() {
    let (case, sso) = corp();
    let who = case.run(["--whoami", "--json", "dev"]).json();
    let arn = who["Arn"].as_str().expect("a text");
    assert!(arn.contains("assumed-role/AWSReservedSSO_Dev_") && who["Account"] == ACCOUNT, "{who}");
    case.was_asked(["GetCallerIdentity"]);
    case.run(["--buckets", "s3"]).said_on_stdout(&["alpha", "gamma"]);
    assert_eq!(sso.actions(), ["GetRoleCredentials"; 2]);
}

#[test]
fn the_portals_session_is_described() {
    let (case, sso) = corp();
    let config = |number| line(&case, number);
    let text = case.run(["--explain", "dev"]);
    text.succeeded();
    text.said_on_stdout(&[
        &format!(
            "dev leads to the role Dev in account {ACCOUNT} of IAM Identity Center, profile dev ({})\n",
            config(4)
        ),
        "Those keys are used without a call of STS.",
        &format!("start URL      {START} ({})", config(6)),
        &format!("portal         {} (the variable AWS_ENDPOINT_URL_SSO)", sso.url()),
        &format!("token          {}", TokenFile::path(case.path(""), "corp").display()),
        "STS is not asked.",
    ]);
    assert!(!text.out().contains("Warnings:") && !text.out().contains(BEARER), "{}", text.out());
    let plan = case.run(["--explain", "--json", "dev"]).json();
    let source = &plan["source"];
    assert_eq!(
        (&source["kind"], &source["profile"], &source["session"], &source["role_name"], &plan["account"]),
        (&json!("sso"), &json!("dev"), &json!("corp"), &json!("Dev"), &json!(ACCOUNT))
    );
    assert_eq!((&plan["role_arn"], &plan["hops"], &plan["warnings"]), (&json!(null), &json!([]), &json!([])));
    let chain = case.run(["--explain", "s3"]);
    chain.said_on_stdout(&[&format!("It starts from the role Dev in account {ACCOUNT}"), "1. AssumeRole"]);

    let list = case.run(["--list", "--json"]).json();
    let list = list.as_array().expect("a list");
    let dev = list.iter().find(|entry| entry["name"] == "dev").expect("it is listed");
    let told = ["kind", "account", "sso_session", "sso_role_name", "role_arn"].map(|name| dev[name].clone());
    assert_eq!(told, [json!("sso"), json!(ACCOUNT), json!("corp"), json!("Dev"), json!(null)]);
    no_service_was_asked(&case, &sso);

    let case = case.holding(["dev"]);
    let status = case.run(["--status"]);
    status.succeeded();
    status.said_on_stdout(&["profile    dev\n", "account    123456789012\n", "left, until"]);
    assert!(!status.out().contains("role ") && !status.out().contains("session "), "{}", status.out());
    let status = case.run(["--status", "--json"]).json();
    assert_eq!(
        (&status["profile"], &status["role_arn"], &status["session_name"]),
        (&json!("dev"), &json!(null), &json!(null))
    );
}

#[test]
fn the_summary_names_the_role_of_the_portal() {
    let (case, _sso) = corp();
    let out = case.on_terminal("assume-env dev -- true");
    out.said_on_stdout(&["assume-env: dev has the role Dev in account 123456789012", "until ", "(in "]);
    let out = case.on_terminal("assume-env far -- true");
    out.said_on_stdout(&["far is arn:aws:sts::123456789012:assumed-role/far/"]);
}

#[test]
fn the_session_is_used_again_while_it_lasts() {
    let (case, sso) = corp();
    let case = case.holding(["dev"]);
    case.run(["dev", "--", "true"]).succeeded();
    case.run(["dev"]).succeeded();
    case.run(["--", "true"]).succeeded();
    assert_eq!(sso.requests().len(), 1);
    // A token that has gone meanwhile is no matter for the session that is held.
    token().expires_in(-10).write(case.path(""), "corp");
    assert_eq!(case.run(["dev", "--", "env", "-0"]).env()["AWS_ACCESS_KEY_ID"], FIRST);
    case.run(["--fresh", "dev"]).failed(1, &["assume-env --login --sso-session corp"]);
    assert_eq!(sso.requests().len(), 1);
    token().write(case.path(""), "corp");
    let renewed: [&[&str]; 4] = [&["--fresh", "dev"], &[], &["--min-ttl", "2h", "dev"], &["old"]];
    for (number, args) in renewed.into_iter().enumerate() {
        case.run(args).succeeded();
        assert_eq!(sso.requests().len(), number + 2, "{args:?}");
    }
    case.with_seconds_left(100).run(["dev"]).succeeded();
    assert_eq!(sso.requests().len(), 6);
    let status = corp().0.holding(["s3"]).run(["--status", "--json"]).json();
    assert_eq!(status["role_arn"], ROLE);
}

#[test]
fn flags_without_an_effect_on_the_portal_are_errors() {
    let (case, sso) = corp();
    for flags in [
        &["-n", "me"][..],
        &["-d", "1h"],
        &["--read-only"],
        &["--policy", "{}"],
        &["--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
        &["--external-id", "xy"],
        &["--tag", "a=b"],
        &["--source-identity", "ann"],
        &["--mfa-serial", "arn:aws:iam::123456789012:mfa/base"],
    ] {
        let flag = flags[0].replace("-n", "--session-name").replace("-d", "--duration");
        let args = [flags, &["dev"]].concat();
        let flag = if flag.starts_with("----") { flags[0] } else { &flag };
        case.run(&args).failed(2, &[flag, "has no effect here", "no STS call is made"]);
        case.run([&args[..], &["--", "true"]].concat()).failed_silently(125, &["has no effect here"]);
    }
    for flag in [&["--mfa-token", "123456"][..], &["--mfa-serial", "arn:aws:iam::123456789012:mfa/base"]] {
        case.run([flag, &["s3"]].concat()).failed(2, &[flag[0], "MFA devices belong to users"]);
    }
    no_service_was_asked(&case, &sso);
    case.run(["-r", "sa-east-1", "dev"]).succeeded();
}

#[test]
fn a_role_after_the_portal_lasts_one_hour_at_most() {
    let (case, sso) = corp();
    let parts = ["2h (--duration) is too long for", ROLE, "the role Dev in account", "ask for 1h or less"];
    case.run(["-d", "2h", "s3"]).failed(1, &parts);
    let case = case
        .config(PROFILES.replace("source_profile = dev", "source_profile = dev\nduration_seconds = 7200"));
    case.run(["s3"]).failed(1, &[&format!("2h ({}) is too long", line(&case, 16))]);
    no_service_was_asked(&case, &sso);
    case.run(["-d", "1h", "s3"]).succeeded();
}

#[test]
fn an_mfa_device_without_a_user_is_an_error() {
    let (case, sso) = corp();
    let device = "mfa_serial = arn:aws:iam::123456789012:mfa/base";
    for (profile, below) in [("s3", "source_profile = dev"), ("far", "source_profile = s3")] {
        let case = Case::in_world(roles())
            .credentials("")
            .config(PROFILES.replace(below, &format!("{below}\n{device}")));
        let number = PROFILES.lines().position(|text| text == below).expect("it is there") + 2;
        let said = format!("an MFA device is named ({}) for", line(&case, number));
        case.run([profile]).failed(1, &[&said]);
    }
    let case =
        case.config(PROFILES.replace("source_profile = dev", &format!("source_profile = dev\n{device}")));
    let parts = [
        &line(&case, 16),
        "which is not assumed with the keys of a user",
        "remove the line",
        "the role Dev in account",
    ];
    case.run(["s3"]).failed(1, &parts);
    case.run(["s3", "--", "true"]).failed_silently(125, &["which is not assumed with the keys of a user"]);
    no_service_was_asked(&case, &sso);
}

#[test]
fn the_expected_account_is_compared_before_any_request() {
    let (case, sso) = corp();
    case.run(["--expect-account", ACCOUNT, "dev"]).succeeded();
    case.run(["--expect-account", "210987654321", "dev"])
        .failed(1, &["is 123456789012, and 210987654321 is expected", "(--expect-account)"]);
    let case = case.config(PROFILES.replacen(
        "sso_role_name = Dev",
        "sso_role_name = Dev\nexpected_account = 210987654321",
        1,
    ));
    let said = format!("is expected ({})", line(&case, 5));
    case.run(["dev"]).failed(1, &[&said, "no keys were given out"]);
    assert_eq!(sso.requests().len(), 1);
    case.nothing_was_asked();
}

#[test]
fn what_is_wrong_with_a_profile_is_named_with_its_line() {
    let half = |text: &str| PROFILES.replacen(text, "", 1);
    for (config, number, parts) in [
        (
            PROFILES.replacen("sso_session = corp", "sso_session = corps", 1),
            2,
            &["there is no section [sso-session corps]", "add a section [sso-session corps]"][..],
        ),
        (
            half("sso_account_id = 123456789012\n"),
            1,
            &["IAM Identity Center, and sso_account_id is missing", "aws configure sso"],
        ),
        (half("sso_role_name = Dev\n"), 1, &["sso_role_name is missing"]),
        (half("sso_region = eu-west-1\n"), 5, &["sso_region is missing"]),
        (half("sso_start_url = https://corp.awsapps.com/start\n"), 5, &["sso_start_url is missing"]),
        (half("sso_session = corp\n"), 1, &["sso_region is missing"]),
        (
            PROFILES.replacen("sso_session = corp", "sso_session = corp\nsso_region = eu-west-2", 1),
            3,
            &[
                "sso_region has one value in the profile",
                "another in its sso-session",
                "remove sso_region from the profile",
            ],
        ),
        (
            PROFILES.replacen(
                "sso_session = corp",
                "sso_session = corp\nsso_start_url = https://x.awsapps.com/start",
                1,
            ),
            3,
            &["sso_start_url has one value in the profile"],
        ),
        (
            PROFILES.replacen("123456789012", "12345678901", 1),
            3,
            &["12345678901 (", "is not an account", "twelve digits"],
        ),
        (
            PROFILES.replacen("eu-west-1", "eu west", 1),
            7,
            &["the region eu west", "is not a valid region name"],
        ),
    ] {
        let (case, sso) = corp();
        let case = case.config(config);
        let place = line(&case, number);
        let parts: Vec<&str> = parts.iter().copied().chain([&*place]).collect();
        case.run(["dev"]).failed(1, &parts);
        case.run(["s3"]).failed(1, &parts);
        case.run(["dev", "--", "true"]).failed_silently(125, &parts);
        case.run(["--explain", "dev"]).failed_silently(1, &parts);
        case.run(["--list", "--json"]).succeeded();
        no_service_was_asked(&case, &sso);
    }
}

#[test]
fn the_same_value_in_two_places_is_accepted() {
    let (case, _sso) = corp();
    let twice = "sso_session = corp\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start";
    case.config(PROFILES.replacen("sso_session = corp", twice, 1)).run(["dev"]).succeeded();
}

#[test]
fn a_setting_that_the_portal_does_not_read_is_a_warning() {
    let (case, _sso) = corp();
    let case = case.config(PROFILES.replacen(
        "sso_session = corp",
        "sso_session = corp\nexternal_id = xy\nrole_session_name = me",
        1,
    ));
    let plan = case.run(["--explain", "dev"]);
    plan.said_on_stdout(&[
        &format!(
            "external_id in profile dev ({}) has no effect: the profile has no role_arn",
            line(&case, 3)
        ),
        &format!("role_session_name in profile dev ({}) has no effect", line(&case, 4)),
    ]);
}

#[test]
fn a_role_can_be_assumed_in_a_session_of_the_portal() {
    let (case, sso) = corp();
    let env = case.run(["dev", "--", "assume-env", "s3", "--", "env", "-0"]).env();
    assert_eq!(env["ASSUME_ENV_ROLE_ARN"], ROLE);
    // The profile names its own source: the session around it is not chained from.
    assert_eq!(sso.actions(), ["GetRoleCredentials"; 2]);
    let env = case.run(["dev", "--", "assume-env", ROLE, "--", "env", "-0"]).env();
    assert_eq!((&*env["ASSUME_ENV_ROLE_ARN"], sso.requests().len()), (ROLE, 3), "chained from the session");
    let env = case.run(["s3", "--", "assume-env", "dev", "--", "env", "-0"]).env();
    assert!(!env.contains_key("ASSUME_ENV_ROLE_ARN") && !env.contains_key("ASSUME_ENV_SESSION"));
}
