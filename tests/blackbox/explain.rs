//! `--explain`: the chain with the origin of each value, the variables that are set, unset, saved and
//! restored, and warnings. It makes no request and shows no secret.

use std::collections::BTreeSet;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::harness::{
    CONFIG, CREDENTIALS, Case, KEY_ID, Outcome, ROLE, SECRET, aws_only, role, role_arn, world,
};
use crate::support::Role;

/// A chain of three roles: a device and a command for its code on the first, an external ID and a length on
/// the second, a name and a region on the third.
const CHAIN: &str = "[profile one]
role_arn = arn:aws:iam::123456789012:role/one
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/base
mfa_process = touch asked
[profile two]
role_arn = arn:aws:iam::123456789012:role/two
source_profile = one
external_id = ext-2
duration_seconds = 1800
[profile three]
role_arn = arn:aws:iam::123456789012:role/three
source_profile = two
role_session_name = ann
region = eu-central-1
";

/// The standard case, whose credentials file only its owner can read, so that there is no warning about it.
fn case() -> Case {
    let case = Case::in_world(world().role(role("other")).role(Role::new(&role_arn("chained")).trusts(ROLE)));
    private(&case);
    case
}

fn private(case: &Case) {
    set_permissions(case.path(".aws/credentials"), Permissions::from_mode(0o600)).expect("the file is ours");
}

/// Explains, and checks that no request was made and that the output has no secret.
#[track_caller]
fn explain(case: &Case, args: &[&str]) -> Outcome {
    let before = (case.sts.connections(), case.sts.requests().len());
    let outcome = case.run(["--explain"].iter().chain(args));
    outcome.succeeded();
    assert_eq!((case.sts.connections(), case.sts.requests().len()), before, "a request was made");
    for secret in [SECRET, "TEST/secret", "TEST//token", KEY_ID, "ASIA", "own/secret", "own-token"] {
        assert!(!outcome.out().contains(secret), "{secret}: {}", outcome.out());
    }
    outcome
}

/// The warnings, which must be the same in the text and in JSON.
#[track_caller]
fn warnings(case: &Case, args: &[&str]) -> Vec<String> {
    let document = explain(case, &[args, &["--json"]].concat()).json();
    let warnings = document["warnings"].as_array().expect("a list");
    let warnings: Vec<String> =
        warnings.iter().map(|warning| warning.as_str().expect("a text").to_owned()).collect();
    let text = explain(case, args).out().to_owned();
    let listed: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  - ")).collect();
    assert_eq!(listed, warnings);
    assert_eq!(text.contains("\nWarnings:\n"), !warnings.is_empty(), "{text}");
    warnings
}

#[test]
fn the_text_explains_a_chain_of_three_roles() {
    let case = case().config(CHAIN).without("AWS_ENDPOINT_URL");
    let case = case.var("AWS_PROFILE", "base").var("AWS_REGION", "eu-west-1").var("AWS_ROLE_ARN", "");
    let (config, credentials) =
        (case.path(".aws/config").display().to_string(), case.path(".aws/credentials").display().to_string());
    let host = nix::unistd::gethostname().expect("a name");
    let name = format!("ann@{}", host.display());
    let text = explain(&case, &["-d", "20m", "three"]).out().to_owned();
    let expected = format!(
        "three leads to arn:aws:iam::123456789012:role/three

It starts from the keys of profile base ({credentials}:2).

1. AssumeRole arn:aws:iam::123456789012:role/one ({config}:2)
     session name   {name} (the default)
     length         1h (the default of STS)
     MFA device     arn:aws:iam::123456789012:mfa/base ({config}:4)
     MFA code       from the command touch … ({config}:5)

2. AssumeRole arn:aws:iam::123456789012:role/two ({config}:7)
     session name   {name} (the default)
     length         30m ({config}:10)
     external ID    ext-2 ({config}:9)

3. AssumeRole arn:aws:iam::123456789012:role/three ({config}:12)
     session name   ann ({config}:14)
     length         20m (--duration)

STS is asked at https://sts.eu-central-1.amazonaws.com ({config}:15), signed for the region eu-central-1 ({config}:15).
The session gets the region eu-central-1 ({config}:15).
A new session is made: this environment holds no session.

Set:       AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_ACCOUNT_ID AWS_REGION AWS_DEFAULT_REGION and the labels ASSUME_ENV_*
Unset:     AWS_PROFILE AWS_ROLE_ARN
Saved:     AWS_REGION=eu-west-1, which --clear restores
Saved:     AWS_PROFILE=base, which --clear restores
Saved:     AWS_ROLE_ARN=, which --clear restores
"
    );
    assert_eq!(text, expected);
    assert!(!case.path("asked").exists(), "the command for the code is not run");
}

#[test]
fn json_has_the_same_values() {
    let case = case().config(CHAIN).without("AWS_ENDPOINT_URL");
    let case = case.var("AWS_PROFILE", "base").var("AWS_REGION", "eu-west-1").var("AWS_ROLE_ARN", "");
    let document = explain(&case, &["--json", "-d", "20m", "three"]).json();
    let config = |line: u32| format!("{}:{line}", case.path(".aws/config").display());
    let at = |value: &str, line: u32| json!({"value": value, "from": config(line)});
    for (member, expected) in [
        ("role", json!("three")),
        ("role_arn", json!("arn:aws:iam::123456789012:role/three")),
        ("session_region", at("eu-central-1", 15)),
        ("reuse", json!({"reused": false, "why_not": "this environment holds no session"})),
        ("unset", json!(["AWS_PROFILE", "AWS_ROLE_ARN"])),
        ("restored_by_clear", json!({"AWS_REGION": "eu-west-1", "AWS_PROFILE": "base", "AWS_ROLE_ARN": ""})),
        ("warnings", json!([])),
    ] {
        assert_eq!(document[member], expected, "{member}");
    }
    let source = &document["source"];
    assert_eq!((&source["kind"], &source["profile"]), (&json!("profile"), &json!("base")));
    assert!(
        source["description"].as_str().is_some_and(|text| text.ends_with("/.aws/credentials:2)")),
        "{source}"
    );
    let hops = document["hops"].as_array().expect("a list");
    assert_eq!(hops.len(), 3);
    for (hop, member, expected) in [
        (0, "action", json!("AssumeRole")),
        (0, "profile", json!("one")),
        (0, "role_arn", at("arn:aws:iam::123456789012:role/one", 2)),
        (0, "mfa_serial", at("arn:aws:iam::123456789012:mfa/base", 4)),
        (0, "mfa_code", json!(format!("the command touch … ({})", config(5)))),
        (0, "duration_seconds", Value::Null),
        (0, "external_id", Value::Null),
        (0, "region", at("eu-central-1", 15)),
        (0, "endpoint", at("https://sts.eu-central-1.amazonaws.com", 15)),
        (1, "external_id", at("ext-2", 9)),
        (1, "duration_seconds", json!({"value": 1800, "from": config(10)})),
        (1, "mfa_serial", Value::Null),
        (2, "profile", json!("three")),
        (2, "session_name", at("ann", 14)),
        (2, "duration_seconds", json!({"value": 1200, "from": "--duration"})),
        (2, "endpoint", at("https://sts.eu-central-1.amazonaws.com", 15)),
    ] {
        assert_eq!(hops[hop][member], expected, "{hop} {member}");
    }
    assert!(!case.path("asked").exists());
}

#[test]
fn each_value_is_shown_with_its_flag_or_variable() {
    let case = case().var("AWS_ROLE_SESSION_NAME", "of-variable").var("AWS_REGION", "eu-west-1");
    let url = case.sts.url();
    let outcome = explain(&case, &["s3"]);
    outcome.said_on_stdout(&[
        "session name   of-variable (the variable AWS_ROLE_SESSION_NAME)",
        &format!("STS is asked at {url} (the variable AWS_ENDPOINT_URL), signed for the region eu-west-1 (the variable AWS_REGION)."),
        "The session gets no region; your own does not change.",
    ]);
    let device = "arn:aws:iam::123456789012:mfa/base";
    let outcome = explain(
        &case,
        &[
            "-n",
            "bob",
            "-r",
            "eu-north-1",
            "--external-id",
            "ext",
            "--mfa-serial",
            device,
            "--mfa-token",
            "111111",
            "s3",
        ],
    );
    outcome.said_on_stdout(&[
        "session name   bob (--session-name)",
        "external ID    ext (--external-id)",
        &format!("MFA device     {device} (--mfa-serial)"),
        "MFA code       from --mfa-token\n",
        "signed for the region eu-north-1 (--region)",
        "The session gets the region eu-north-1 (--region).",
    ]);
    assert!(!outcome.out().contains("111111"));
    for (flags, from) in [
        (&["--mfa-token", "-"][..], "standard input (--mfa-token -)"),
        (&["--mfa-process", "touch asked"], "the command touch … (--mfa-process)"),
        (&[], "a prompt on the terminal"),
    ] {
        let args = [flags, &["--mfa-serial", device, "s3"]].concat();
        explain(&case, &args).said_on_stdout(&[&format!("MFA code       from {from}\n")]);
    }
    assert!(!case.path("asked").exists());
}

#[test]
fn the_endpoint_is_shown_with_its_origin() {
    let config = |case: &Case, line: u32| format!("{}:{line}", case.path(".aws/config").display());
    let plain = case().without("AWS_ENDPOINT_URL");
    explain(&plain, &["s3"]).said_on_stdout(&[
        "STS is asked at https://sts.us-east-1.amazonaws.com (the default), signed for the region us-east-1 (the default).",
    ]);
    let of_variable = case().var("AWS_ENDPOINT_URL_STS", "https://sts.example.org");
    explain(&of_variable, &["s3"])
        .said_on_stdout(&["STS is asked at https://sts.example.org (the variable AWS_ENDPOINT_URL_STS)"]);
    let of_profile = plain.more_config("endpoint_url = https://own.example.org\n");
    let line = format!("STS is asked at https://own.example.org ({})", config(&of_profile, 4));
    explain(&of_profile, &["s3"]).said_on_stdout(&[&line]);
    let china = case()
        .without("AWS_ENDPOINT_URL")
        .more_config("[profile cn]\nrole_arn = arn:aws-cn:iam::123456789012:role/r\nsource_profile = base\n");
    explain(&china, &["cn"]).said_on_stdout(&["https://sts.cn-north-1.amazonaws.com.cn (the default)"]);
}

#[test]
fn each_kind_of_source_is_named() {
    let case = case();
    let document = |case: &Case, args: &[&str]| explain(case, &[args, &["--json"]].concat()).json();
    let source = |case: &Case, args: &[&str]| {
        let source = &document(case, args)["source"];
        (
            source["kind"].clone(),
            source["profile"].clone(),
            source["description"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let (kind, profile, _) = source(&case, &["--source-profile", "base", ROLE]);
    assert_eq!((kind, profile), (json!("profile"), json!("base")));
    let with_keys = Case::new().with_keys_in_environment();
    assert_eq!(
        source(&with_keys, &[ROLE]),
        (json!("environment"), Value::Null, "the keys in the environment".into())
    );
    let holding = case.holding(["s3"]);
    let held = (json!("session"), json!("s3"), "the session s3 of this environment".into());
    assert_eq!(source(&holding, &[&role_arn("chained")]), held);
}

#[test]
fn the_role_can_be_left_out() {
    let case = case().var("AWS_PROFILE", "s3");
    explain(&case, &[]).said_on_stdout(&[&format!("s3 leads to {ROLE}\n")]);
    Case::new().run(["--explain"]).failed_silently(2, &["no role is named"]);
    let held = case.without("AWS_PROFILE").holding(["s3"]);
    explain(&held, &[]).said_on_stdout(&[&format!("s3 leads to {ROLE}\n")]);
}

/// `assume-env` without a role and a command renews the held session, so the explanation must say this.
#[test]
fn a_role_left_out_is_explained_as_a_renewal() {
    let held = case().holding(["s3"]);
    explain(&held, &[])
        .said_on_stdout(&["A new session is made: no role is named, so the held one is renewed."]);
}

#[test]
fn the_reuse_of_the_held_session_is_explained() {
    let case = case().holding(["s3"]);
    let line = "date -d @$ASSUME_ENV_EXPIRES '+%Y-%m-%d %H:%M:%S %:z'";
    let end = case.shell("dash", line).succeeded().trim().to_owned();
    let expected =
        format!("The session that this environment holds is used again until {end}: AWS is not asked.\n");
    explain(&case, &["s3"]).said_on_stdout(&[&expected]);
    let document = explain(&case, &["s3", "--json"]).json();
    assert_eq!(document["reuse"], json!({"reused": true, "why_not": null}));
}

#[test]
fn each_reason_for_a_new_session_is_named() {
    let held = || {
        case()
            .more_config(
                "[profile other]\nrole_arn = arn:aws:iam::123456789012:role/other\nsource_profile = base\n",
            )
            .holding(["-n", "ann", "s3"])
    };
    let same = &["-n", "ann", "s3"][..];
    for (case, args, why) in [
        (case(), same, "this environment holds no session"),
        (
            held().var("AWS_ACCESS_KEY_ID", "AKIAOTHER"),
            same,
            "the keys of this environment are not those of its session",
        ),
        (held(), &["--fresh", "-n", "ann", "s3"], "--fresh"),
        (held(), &["-n", "ann", "other"], &*format!("this environment holds a session of {ROLE}")),
        (held(), &["-n", "bob", "s3"], "the held session is named ann"),
        (
            held().var("ASSUME_ENV_NARROWED", "0123456789abcdef"),
            same,
            "the held session is restricted in another way (0123456789abcdef)",
        ),
        (
            held().var("AWS_ACCOUNT_ID", "210987654321"),
            same,
            "AWS_ACCOUNT_ID is 210987654321, which is not the account of the session",
        ),
        (held().with_seconds_left(630), same, " more, and must last 15m"),
        (held().with_seconds_left(630), &["-n", "ann", "--min-ttl", "11m", "s3"], " more, and must last 11m"),
        (held().with_seconds_left(-100), same, "the held session expired 1m 4"),
    ] {
        let text = explain(&case, args).out().to_owned();
        let line = text.lines().find(|line| line.starts_with("A new session is made: ")).expect("a line");
        assert!(line.contains(why), "{why}: {line}");
        let document = explain(&case, &[args, &["--json"]].concat()).json();
        assert_eq!(document["reuse"]["reused"], false);
        assert!(document["reuse"]["why_not"].as_str().is_some_and(|text| text.contains(why)), "{why}");
    }
}

/// Variables of the user with which a session is explained and then made.
const SETTINGS: [&[(&str, &str)]; 7] = [
    &[],
    &[("AWS_PROFILE", "base"), ("AWS_DEFAULT_PROFILE", ""), ("AWS_REGION", "eu-west-1")],
    &[("AWS_DEFAULT_REGION", "sa-east-1"), ("AWS_ROLE_ARN", ""), ("AWS_CREDENTIAL_FILE", "/it's")],
    &[
        ("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z"),
        ("AWS_ACCOUNT_ID", "1"),
        ("AWS_SESSION_EXPIRATION", "x"),
    ],
    &[
        ("AWS_ACCESS_KEY_ID", "AKIAOWN0000000000000"),
        ("AWS_SECRET_ACCESS_KEY", "own/secret"),
        ("AWS_SESSION_TOKEN", "own-token"),
        ("AWS_CREDENTIAL_EXPIRATION", "2099-01-01T00:00:00Z"),
    ],
    &[("AWS_SECURITY_TOKEN", "own-token"), ("AWS_SESSION_EXPIRATION", "2099-01-01T00:00:00Z")],
    &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/a b"), ("AWS_ROLE_SESSION_NAME", "ann"), ("AWS_REGION", "")],
];

type Names = BTreeSet<String>;

/// Explains a session of `s3` and then makes it. Returns the variables that are set, unset and saved: those
/// of the explanation, then the real ones.
#[track_caller]
fn explained_and_real(vars: &[(&str, &str)], flags: &[&str], held: bool) -> ([Names; 3], [Names; 3]) {
    let case = vars.iter().fold(case(), |case, (name, value)| case.var(name, value));
    let case = if held { case.holding(["-r", "eu-north-1", "-n", "another", "s3"]) } else { case };
    let args = [flags, &["s3"]].concat();
    let document = explain(&case, &[&*args, &["--json"]].concat()).json();
    let before = case.aws_vars();
    let after = aws_only(&case.run(args.iter().copied().chain(["--", "env", "-0"])).env());

    let text = |name: &Value| name.as_str().expect("a name").to_owned();
    let names =
        |member: &str| document[member].as_array().expect("a list").iter().map(text).collect::<Names>();
    let kept = document["restored_by_clear"].as_object().expect("an object").keys().cloned().collect();
    let given_back = document["given_back"].as_object().expect("an object").keys().cloned();
    let said: [Names; 3] = [&names("set") | &given_back.collect(), names("unset"), kept];

    let own = |name: &&String| !name.starts_with("ASSUME_ENV_") && *name != "AWS_ENDPOINT_URL";
    let touched = |name: &&String| said[0].contains(*name) || before.get(*name) != after.get(*name);
    let set = after.keys().filter(own).filter(touched).cloned().collect();
    let unset = before.keys().filter(own).filter(|name| !after.contains_key(*name)).cloned().collect();
    let record = after.get("ASSUME_ENV_RESTORE").map_or("", String::as_str);
    let kept =
        record.split(',').skip(1).filter_map(|entry| entry.split('=').next()).map(str::to_owned).collect();
    (said, [set, unset, kept])
}

#[test]
fn the_explanation_is_what_happens() {
    let mut differences = Vec::new();
    for vars in SETTINGS {
        for flags in [&[][..], &["-r", "ap-south-1"]] {
            for held in [false, true] {
                let (said, done) = explained_and_real(vars, flags, held);
                for (what, said, done) in
                    [("set", &said[0], &done[0]), ("unset", &said[1], &done[1]), ("kept", &said[2], &done[2])]
                {
                    if said != done {
                        differences.push(format!(
                            "{what} with {vars:?} {flags:?} {held}: {said:?}, but really {done:?}"
                        ));
                    }
                }
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn keys_that_are_not_saved_are_named() {
    let lost = "Not saved: the keys in the environment; secrets are never saved\n";
    let case = case().with_own_keys();
    explain(&case, &["s3"]).said_on_stdout(&[lost]);
    assert!(!explain(&self::case(), &["s3"]).out().contains("Not saved:"));
    let held = self::case().holding(["s3"]);
    assert!(
        !explain(&held, &["--fresh", "s3"]).out().contains("Not saved:"),
        "the keys of a session are not the user's own"
    );
}

impl Case {
    /// The user's own keys in the environment, which STS does not know.
    fn with_own_keys(self) -> Self {
        self.var("AWS_ACCESS_KEY_ID", "AKIAOWN0000000000000").var("AWS_SECRET_ACCESS_KEY", "own/secret")
    }
}

#[test]
fn a_plain_case_has_no_warning() {
    assert_eq!(warnings(&case(), &["s3"]), [""; 0]);
    assert_eq!(warnings(&case().var("AWS_PROFILE", "base").holding(["s3"]), &["s3"]), [""; 0]);
}

#[test]
fn keys_that_win_over_a_profile_give_a_warning() {
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        let case = case().with_own_keys().var(name, "s3");
        let found = warnings(&case, &["s3"]);
        assert!(
            found[0].starts_with(&format!("AWS tools use the keys in the environment, and not {name}=s3")),
            "{found:?}"
        );
        assert!(
            found.iter().any(|text| text.contains("the keys in the environment are not used")),
            "{found:?}"
        );
    }
    let found = warnings(&case().with_own_keys(), &["s3"]);
    assert_eq!(found, ["the keys in the environment are not used: the profile names another source"]);
    assert_eq!(warnings(&case().with_own_keys(), &[ROLE]), [""; 0], "here they are the source");
}

#[test]
fn a_leftover_expiry_gives_a_warning() {
    for name in ["AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION"] {
        let found = warnings(&case().var(name, "2020-01-01T00:00:00Z"), &["s3"]);
        assert_eq!(
            found,
            [format!("{name} is left over: the environment has no keys for it; type unset {name}")]
        );
        assert!(warnings(&case().with_own_keys().var(name, "2020-01-01T00:00:00Z"), &[ROLE]).is_empty());
    }
}

#[test]
fn labels_of_other_keys_give_a_warning() {
    let case = case().holding(["s3"]).with_own_keys();
    let found = warnings(&case, &["s3"]);
    assert!(
        found.iter().any(|text| text.starts_with("the ASSUME_ENV_ variables belong to other keys")),
        "{found:?}"
    );
}

#[test]
fn a_credentials_file_that_others_can_read_gives_a_warning() {
    for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)] {
        let case = case();
        let path = case.path(".aws/credentials");
        set_permissions(&path, Permissions::from_mode(mode)).expect("the file is ours");
        let path = path.display();
        let expected = format!("other users can read {path}, which holds access keys; type chmod 600 {path}");
        assert_eq!(warnings(&case, &["s3"]).contains(&expected), warned, "{mode:o}");
    }
    // Other users can read the config file, which gives a warning only when the file has keys.
    let case =
        case().config(format!("{CONFIG}{}", CREDENTIALS.replace("[base]", "[profile base]"))).credentials("");
    let path = case.path(".aws/config").display().to_string();
    assert!(warnings(&case, &["s3"])[0].starts_with(&format!("other users can read {path}, ")));
}

#[test]
fn an_unknown_key_gives_a_warning() {
    let case =
        case().more_config("role_sesion_name = ann\nfrobnicate = 1\n[profile apart]\nalso_unknown = 1\n");
    let config = case.path(".aws/config").display().to_string();
    assert_eq!(
        warnings(&case, &["s3"]),
        [
            format!(
                "role_sesion_name in profile s3 ({config}:4) has no effect: assume-env and the AWS tools do not read it; did you mean role_session_name?"
            ),
            format!(
                "frobnicate in profile s3 ({config}:5) has no effect: assume-env and the AWS tools do not read it"
            ),
        ],
        "and no warning about other profiles"
    );
}

#[test]
fn known_keys_give_no_warning() {
    let case = case().more_config(
        "region = eu-west-1\noutput = json\ncli_pager =\nretry_mode = legacy\nmax_attempts = 2\ns3 =\n  addressing_style = path\n\
         duration_seconds = 900\nsts_regional_endpoints = regional\nuse_fips_endpoint = false\nca_bundle = /nonexistent\n",
    );
    let case = case.credentials(
        format!("{CREDENTIALS}aws_security_token = TEST//token\naws_account_id = 123456789012\n")
            .replace("AKIA", "ASIA"),
    );
    let config = case.path(".aws/config").display().to_string();
    // A session cannot pass this one on.
    let not_passed_on =
        format!("s3.addressing_style ({config}:9) is not passed on: AWS tools have no variable for it");
    assert_eq!(warnings(&case, &["s3"]), [not_passed_on]);
}

#[test]
fn an_access_key_with_a_role_gives_a_warning() {
    let keys = "aws_access_key_id = AKIAOWN0000000000000\naws_secret_access_key = own/secret\n";
    let chmod = |case: Case| {
        set_permissions(case.path(".aws/config"), Permissions::from_mode(0o600)).expect("the file is ours");
        case
    };
    let case = chmod(case().more_config(keys));
    let config = case.path(".aws/config").display().to_string();
    let both = format!("profile s3 has both an access key ({config}:4) and a role_arn ({config}:2)");
    assert_eq!(
        warnings(&case, &["s3"]),
        [format!(
            "{both}: its role is used, not its keys; remove role_arn, if the role is old and the keys are meant"
        )]
    );
    let over = "[profile over]\nrole_arn = arn:aws:iam::123456789012:role/other\nsource_profile = s3\n";
    let case = chmod(case.more_config(over));
    assert_eq!(
        warnings(&case, &["over"]),
        [format!("{both}: its keys are used, not its role; remove the line that is old")]
    );
}

#[test]
fn a_variable_that_another_tool_left_gives_a_warning() {
    for (name, part) in [
        ("AWS_VAULT", "AWS_VAULT=prod was left by aws-vault"),
        ("AWSUME_PROFILE", "AWSUME_PROFILE=prod was left by awsume"),
        ("AWS_BEARER_TOKEN_BEDROCK", "AWS_BEARER_TOKEN_BEDROCK is set: Amazon Bedrock uses it"),
    ] {
        let found = warnings(&case().var(name, "prod"), &["s3"]);
        assert!(found.len() == 1 && found[0].starts_with(part), "{found:?}");
        assert!(warnings(&case().var(name, ""), &["s3"]).is_empty());
    }
    let case = case().var("AWS_BEARER_TOKEN_BEDROCK", "own-token");
    explain(&case, &["s3"]);
}

#[test]
fn an_error_of_the_plan_is_the_same_as_without_explain() {
    let case = case();
    case.run(["--explain", "nosuch"]).failed_silently(1, &["there is no profile nosuch"]);
    case.run(["--explain", "--json", "nosuch"]).failed_silently(1, &["there is no profile nosuch"]);
    let broken = case.more_config("nonsense\n");
    broken.run(["--explain", "s3"]).failed_silently(1, &[".aws/config:4: "]);
    broken.nothing_was_asked();
}

#[test]
fn an_explanation_cannot_steer_the_terminal() {
    let case = case()
        .config(CONFIG.replace("[profile s3]", "[profile \"s\x1b[31m3\"]"))
        .var("AWS_VAULT", "a\x1bb\nWarnings:\n  - forged");
    let outcome = explain(&case, &["s\x1b[31m3"]);
    let text = outcome.out();
    assert!(text.starts_with("s\\u{1b}[31m3 leads to ") && !text.contains('\x1b'), "{text}");
    assert!(!text.contains("\n  - forged"), "{text}");
}

#[test]
fn an_explanation_can_go_into_a_file_and_to_a_terminal() {
    let case = case();
    let outcome = case
        .shell("dash", "assume-env --explain s3 >file && assume-env --explain --json s3 >>file && cat file");
    assert!(outcome.succeeded().starts_with("s3 leads to "));
    let shown = case.on_terminal("assume-env --explain s3");
    assert!(shown.succeeded().starts_with("s3 leads to "), "{}", shown.out());
    case.nothing_was_asked();
}

#[test]
fn ten_thousand_profiles_are_listed_and_explained() {
    let many: String = (0..10_000)
        .map(|n| {
            format!(
                "[profile p{n:05}]\nrole_arn = arn:aws:iam::123456789012:role/r{n}\nsource_profile = base\n"
            )
        })
        .collect();
    let case = case().more_config(&many);
    assert_eq!(case.run(["--list"]).succeeded().lines().count(), 10_002);
    explain(&case, &["p09999"]).said_on_stdout(&["p09999 leads to arn:aws:iam::123456789012:role/r9999\n"]);
    case.run(["--explain", "p0999"]).failed_silently(1, &["there is no profile p0999", "did you mean"]);
}
