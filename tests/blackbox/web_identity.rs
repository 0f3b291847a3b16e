//! A web identity: the token of an identity provider, from the file that a profile or the environment names, assumes the first role.
//! Nothing signs that request.

use std::fs;

use serde_json::json;

use super::harness::{ACCOUNT, Case, FIRST, KEY_ID, SECOND, aws_only, env_in, role_arn, steady, world};
use crate::support::{Fault, Role, User, World};

/// A start with which no message may show it.
pub const TOKEN: &str = "TEST//token+web==";

/// A role that trusts the token's subject, and one behind it.
fn pods() -> World {
    world()
        .role(Role::new(&role_arn("pod")).trusts_web_identity("pod:one").max_duration(43200).s3_full())
        .role(Role::new(&role_arn("next")).trusts(&role_arn("pod")).max_duration(43200))
        .web_token(TOKEN, "pod:one")
}

/// Two profiles: the role of the token, and the one behind it. Nobody has keys.
pub fn pod() -> Case {
    let case = Case::in_world(pods()).credentials("");
    let file = case.file("token", TOKEN);
    case.config(format!(
        "[profile web]\nrole_arn = {}\nweb_identity_token_file = {}\n\
         [profile next]\nrole_arn = {}\nsource_profile = web\n",
        role_arn("pod"),
        file.display(),
        role_arn("next")
    ))
}

/// The same, said by the environment alone, as EKS does it.
fn eks() -> Case {
    let case = pod().config("");
    let file = case.path("token");
    case.var("AWS_WEB_IDENTITY_TOKEN_FILE", file).var("AWS_ROLE_ARN", role_arn("pod"))
}

const WITH_TOKEN: &str = "AssumeRoleWithWebIdentity";

#[test]
fn the_token_assumes_the_role_and_nothing_signs() {
    let case = pod();
    let before = case.files();
    let env = aws_only(&case.run(["-n", "me@pod", "web", "--", "env", "-0"]).env());
    let made = case.request();
    for (name, value) in [
        ("Action", WITH_TOKEN),
        ("RoleArn", &role_arn("pod")),
        ("RoleSessionName", "me@pod"),
        ("WebIdentityToken", TOKEN),
        ("DurationSeconds", ""),
        ("ExternalId", ""),
    ] {
        assert_eq!(made.param(name), value, "{name}");
    }
    assert!(!made.has_authorization() && made.key_id.is_none());
    let session = case.sts.world(|world| world.session(FIRST).cloned()).expect("it was issued");
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", FIRST),
        ("AWS_SECRET_ACCESS_KEY", &session.secret_access_key),
        ("AWS_SESSION_TOKEN", &session.session_token),
        ("AWS_CREDENTIAL_EXPIRATION", &session.expiration()),
        ("AWS_ACCOUNT_ID", ACCOUNT),
        ("ASSUME_ENV_PROFILE", "web"),
        ("ASSUME_ENV_ROLE_ARN", &role_arn("pod")),
        ("ASSUME_ENV_SESSION", "me@pod"),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    assert_eq!(case.files(), before, "something was written");
}

#[test]
fn keys_that_lie_around_do_not_sign() {
    let case = pod().var("AWS_ACCESS_KEY_ID", KEY_ID).var("AWS_SECRET_ACCESS_KEY", "base/secret+EXAMPLE");
    case.run(["web"]).succeeded();
    assert!(!case.request().has_authorization());
}

#[test]
fn the_token_starts_a_chain() {
    let case = pod();
    let env = case.run(["next", "--", "env", "-0"]).env();
    assert_eq!(env["ASSUME_ENV_ROLE_ARN"], role_arn("next"));
    case.was_asked([WITH_TOKEN, "AssumeRole"]);
    assert_eq!(case.signers(), ["", FIRST]);
    case.run(["--source-profile", "web", &role_arn("next")]).succeeded();
    case.was_asked([WITH_TOKEN, "AssumeRole", WITH_TOKEN, "AssumeRole"]);
}

#[test]
fn questions_may_start_from_the_token() {
    let case = pod();
    let who = case.run(["--whoami", "--json", "-n", "me", "web"]).json();
    assert_eq!(who["Arn"], "arn:aws:sts::123456789012:assumed-role/pod/me");
    case.run(["--buckets", "web"]).said_on_stdout(&["alpha"]);
    assert_eq!(case.signers(), ["", FIRST, "", SECOND]);
}

#[test]
fn blanks_around_the_token_are_not_sent() {
    for text in [format!("{TOKEN}\n"), format!("{TOKEN}\r\n"), format!(" \n{TOKEN} ")] {
        let case = pod();
        case.file("token", text);
        case.run(["web"]).succeeded();
        assert_eq!(case.request().param("WebIdentityToken"), TOKEN);
    }
}

#[test]
fn the_session_name_is_that_of_flag_profile_or_environment() {
    let name = |case: Case, args: &[&str]| {
        case.run([args, &["web"]].concat()).succeeded();
        case.request().param("RoleSessionName").to_owned()
    };
    let of_profile = || {
        let case = pod();
        let config = fs::read_to_string(case.path(".aws/config")).expect("it is there");
        case.config(config.replacen("role_arn", "role_session_name = of-profile\nrole_arn", 1))
    };
    assert!(name(pod(), &[]).starts_with("ann@"));
    assert_eq!(name(pod().var("AWS_ROLE_SESSION_NAME", "of-variable"), &[]), "of-variable");
    assert_eq!(name(of_profile().var("AWS_ROLE_SESSION_NAME", "of-variable"), &[]), "of-profile");
    assert_eq!(name(of_profile(), &["-n", "of-flag"]), "of-flag");
}

#[test]
fn what_shapes_the_session_is_sent() {
    let case = pod();
    let policy = r#"{"Version":"2012-10-17","Statement":{}}"#;
    let arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let env = case
        .run(["-d", "2h", "--policy", policy, "--policy-arn", arn, "--read-only", "web", "--", "env", "-0"])
        .env();
    let made = case.request();
    assert_eq!((made.param("DurationSeconds"), made.param("Policy")), ("7200", policy));
    assert_eq!(made.param("PolicyArns.member.1.arn"), arn);
    assert_eq!(made.param("PolicyArns.member.2.arn"), "arn:aws:iam::aws:policy/ReadOnlyAccess");
    assert!(env.contains_key("ASSUME_ENV_NARROWED"));
    case.run(["-d", "12h", "web"]).succeeded();
}

#[test]
fn a_role_behind_the_token_lasts_an_hour_at_most() {
    let case = pod();
    case.run(["-d", "2h", "next"])
        .failed(1, &["2h (--duration) is too long", &role_arn("pod"), "ask for 1h or less"]);
    case.nothing_was_asked();
    case.run(["-d", "1h", "next"]).succeeded();
}

#[test]
fn flags_that_a_token_cannot_take_are_errors() {
    for flags in [
        &["--external-id", "xy"][..],
        &["--tag", "a=b"],
        &["--source-identity", "ann"],
        &["--mfa-serial", "arn:aws:iam::123456789012:mfa/base"],
        &["--mfa-token", "123456"],
        &["--mfa-process", "echo 123456"],
    ] {
        for case in [pod(), eks()] {
            let role: &[&str] = if case.value("AWS_ROLE_ARN").is_some() { &[] } else { &["web"] };
            let parts = [flags[0], "has no effect here", "AssumeRoleWithWebIdentity has no such parameter"];
            case.run([flags, role].concat()).failed(2, &parts);
            case.run([flags, role, &["--", "true"]].concat()).failed_silently(125, &parts);
            case.nothing_was_asked();
        }
    }
    let case = pod();
    case.run(["--mfa-token", "123456", "next"]).failed(2, &["MFA devices belong to users"]);
    case.nothing_was_asked();
}

#[test]
fn a_file_without_a_token_is_named_with_its_line() {
    for (content, why) in [
        (None, "No such file or directory"),
        (Some(Vec::new()), "it does not contain a token"),
        (Some(b"\n \n".to_vec()), "it does not contain a token"),
        (Some(b"two words".to_vec()), "it does not contain a token"),
        (Some(b"\xff\xfe\0\x01".to_vec()), "it does not contain a token"),
        (Some(vec![b'x'; 20 << 20]), "it does not contain a token"),
        (Some(vec![b'x'; 20_001]), "it does not contain a token"),
    ] {
        let case = pod();
        let path = case.path("token");
        match &content {
            Some(content) => fs::write(&path, content).expect("the folder can be written"),
            None => fs::remove_file(&path).expect("it is there"),
        }
        let said = format!(
            "cannot use the web identity token in {} ({}:3): {why}",
            path.display(),
            case.path(".aws/config").display()
        );
        let parts = [&*said, "check that the token issuer writes this file"];
        case.run(["web"]).failed(1, &parts);
        case.run(["next", "--", "true"]).failed_silently(125, &parts);
        case.run(["--explain", "web"]).said_on_stdout(&["\nWarnings:\n", &said]).succeeded();
        case.nothing_was_asked();
        let case = eks();
        match &content {
            Some(content) => fs::write(case.path("token"), content).expect("the folder can be written"),
            None => fs::remove_file(case.path("token")).expect("it is there"),
        }
        case.run(["--", "true"]).failed_silently(125, &["(the variable AWS_WEB_IDENTITY_TOKEN_FILE): ", why]);
        case.nothing_was_asked();
    }
    let case = pod();
    fs::remove_file(case.path("token")).expect("it is there");
    fs::create_dir(case.path("token")).expect("a folder in its place");
    case.run(["web"]).failed(1, &["cannot use the web identity token", "directory"]);
}

#[test]
fn a_token_without_a_role_says_what_is_missing() {
    let case = pod().config("[profile web]\nweb_identity_token_file = /token\n");
    let said = format!(
        "a web identity token is named ({}:2) without a role for it: role_arn is missing",
        case.path(".aws/config").display()
    );
    case.run(["web"]).failed(1, &[&said, "set role_arn to the role that the token is for"]);
    let case = eks().without("AWS_ROLE_ARN");
    case.run([role_arn("pod")]).failed(
        1,
        &["(the variable AWS_WEB_IDENTITY_TOKEN_FILE)", "AWS_ROLE_ARN is missing", "set AWS_ROLE_ARN"],
    );
    let case = eks().var("AWS_ROLE_ARN", "pod");
    case.run([role_arn("pod")]).failed(1, &["pod (the variable AWS_ROLE_ARN) is not a role ARN"]);
    case.nothing_was_asked();
}

#[test]
fn what_sts_refuses_becomes_advice() {
    let unknown = pod();
    unknown.file("token", "TEST//token+other");
    unknown.run(["web"]).failed(
        1,
        &[
            "STS did not give the role",
            "InvalidIdentityToken: ",
            "the role's account must have the identity provider in IAM",
        ],
    );
    let expired = pod();
    expired.sts.world(World::expire_web_tokens);
    expired
        .run(["web"])
        .failed(1, &["ExpiredTokenException: ", "its issuer must write a new one to its file"]);
    let denied = pod();
    denied.sts.world(|world| world.put_role(Role::new(&role_arn("pod"))));
    let named = format!("the role must exist ({}:2)", denied.path(".aws/config").display());
    denied.run(["web"]).failed(
        1,
        &[
            "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
            &named,
            "its trust policy must allow sts:AssumeRoleWithWebIdentity",
        ],
    );
    denied.run(["web", "--", "true"]).failed_silently(125, &["AccessDenied"]);
    for case in [unknown, expired] {
        assert_eq!(case.sts.requests().len(), 1, "a refusal is not tried again");
    }
    let long = pod();
    long.sts.world(|world| world.put_role(Role::new(&role_arn("pod")).trusts_web_identity("pod:one")));
    long.run(["-d", "2h", "web"]).failed(1, &["2h (--duration) is longer than the role's own maximum"]);
}

#[test]
fn a_provider_that_cannot_be_reached_is_asked_again() {
    let case = pod();
    case.sts.fault(Fault::idp_communication());
    case.run(["web"]).succeeded();
    case.was_asked([WITH_TOKEN; 2]);
    let case = pod();
    case.sts.always(Fault::idp_communication());
    case.run(["web"]).failed(1, &["IDPCommunicationError: ", "try again in a minute"]);
    case.was_asked([WITH_TOKEN; 3]);
}

#[test]
fn no_lie_about_the_tokens_session_is_believed() {
    for (fault, what) in [
        (
            Fault::replace_element("Arn", "arn:aws:sts::123456789012:assumed-role/admin/x"),
            "is not a session of the role",
        ),
        (Fault::replace_element("AccessKeyId", "$(touch evil)"), "AccessKeyId"),
        (Fault::drop_element("SessionToken"), "SessionToken"),
        (Fault::drop_element("AssumedRoleUser"), "it has no AssumedRoleUser"),
        (Fault::html(200), "is not an answer of STS"),
    ] {
        let case = pod();
        case.sts.always(fault);
        case.run(["web"]).failed(1, &[what]);
        assert!(!case.path("evil").exists());
    }
}

#[test]
fn the_role_of_the_environment_may_be_left_out_or_typed() {
    for args in [
        &[][..],
        &[&*role_arn("pod")],
        &["123456789012:pod"],
        &["--source-profile", ":web-identity", &role_arn("pod")],
    ] {
        let case = eks();
        let env = case.run([args, &["--", "env", "-0"]].concat()).env();
        assert_eq!(
            (&*env["ASSUME_ENV_ROLE_ARN"], &*env["ASSUME_ENV_SOURCE"]),
            (&*role_arn("pod"), ":web-identity")
        );
        assert!(!env.contains_key("AWS_WEB_IDENTITY_TOKEN_FILE") && !env.contains_key("AWS_ROLE_ARN"));
        case.was_asked([WITH_TOKEN]);
        assert!(!case.request().has_authorization(), "{args:?}");
    }
}

#[test]
fn another_role_is_assumed_from_that_of_the_environment() {
    let case = eks();
    let env = case.run(["-n", "me", &role_arn("next"), "--", "env", "-0"]).env();
    assert_eq!(
        (&*env["ASSUME_ENV_ROLE_ARN"], &*env["ASSUME_ENV_SOURCE"]),
        (&*role_arn("next"), ":web-identity")
    );
    case.was_asked([WITH_TOKEN, "AssumeRole"]);
    assert_eq!(case.sts.requests()[1].param("RoleSessionName"), "me");
}

/// botocore's order: keys in the environment, a profile's role, the web identity, a profile's keys.
#[test]
fn the_web_identity_has_its_place_among_the_sources_of_a_bare_role() {
    let config = format!("[profile one]\nrole_arn = {}\nsource_profile = keys\n", role_arn("one"));
    let signers = |vars: &[(&str, &str)]| {
        let world = pods()
            .role(
                Role::new(&role_arn("next"))
                    .trusts(&role_arn("pod"))
                    .trusts(&role_arn("one"))
                    .trusts("arn:aws:iam::123456789012:user/base"),
            )
            .role(super::harness::role("one"))
            .user(User::new(ACCOUNT, "base", KEY_ID, "base/secret+EXAMPLE"));
        let case = Case::in_world(world).config(&config).credentials(format!(
            "[keys]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = base/secret+EXAMPLE\n"
        ));
        let file = case.file("token", TOKEN);
        let case = case.var("AWS_WEB_IDENTITY_TOKEN_FILE", file).var("AWS_ROLE_ARN", role_arn("pod"));
        let case = vars.iter().fold(case, |case, (name, value)| case.var(name, value));
        case.run([role_arn("next")]).succeeded();
        case.signers()
    };
    assert_eq!(signers(&[("AWS_PROFILE", "keys")]), ["", FIRST]);
    assert_eq!(signers(&[("AWS_PROFILE", "one")]), [KEY_ID, FIRST]);
    let keys = [("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", "base/secret+EXAMPLE")];
    assert_eq!(signers(&keys), [KEY_ID]);
}

#[test]
fn a_source_that_the_environment_has_not_is_an_error() {
    let case = eks().without("AWS_WEB_IDENTITY_TOKEN_FILE");
    case.run(["--source-profile", ":web-identity", &role_arn("next")]).failed(
        1,
        &[
            "--source-profile asks for the web identity of the environment, and the environment has none",
            "set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN",
        ],
    );
    case.nothing_was_asked();
}

#[test]
fn a_session_does_not_hide_the_token_that_it_came_from() {
    for (shell, eval, clear) in [
        (
            "bash",
            r#"eval "$(assume-env -n NAME ROLE)" || exit 9"#,
            r#"eval "$(assume-env --clear)" || exit 8"#,
        ),
        (
            "fish",
            "assume-env -f fish -n NAME ROLE | source; or exit 9",
            "assume-env -f fish --clear | source; or exit 8",
        ),
    ] {
        let case = eks().var("AWS_ROLE_SESSION_NAME", "mine");
        let step = |name: &str, role: &str| eval.replace("NAME", name).replace("ROLE", role);
        let script = [
            "env -0 >before",
            &step("one", ""),
            "env -0 >one",
            &step("two", ""),
            &step("three", &role_arn("next")),
            "env -0 >three",
            clear,
            "env -0",
        ]
        .join("\n");
        let outcome = case.shell(shell, &script);
        let (before, after) = (steady(env_in(&case.path("before"))), steady(outcome.env()));
        assert_eq!(aws_only(&after), aws_only(&before), "{shell}");
        let (one, three) = (env_in(&case.path("one")), env_in(&case.path("three")));
        for env in [&one, &three] {
            for name in ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"] {
                assert!(!env.contains_key(name), "{name}");
                assert!(
                    env["ASSUME_ENV_RESTORE"].contains(&format!(",{name}=")),
                    "{}",
                    env["ASSUME_ENV_RESTORE"]
                );
            }
        }
        assert_eq!(three["ASSUME_ENV_ROLE_ARN"], role_arn("next"));
        // Another role than the held one is chained from it; the held one itself is renewed with the token.
        case.was_asked([WITH_TOKEN, WITH_TOKEN, "AssumeRole"]);
        assert_eq!(case.signers(), ["", "", SECOND]);
    }
}

#[test]
fn the_tokens_session_is_used_again() {
    let case = eks().holding(["-n", "me"]);
    let pod = role_arn("pod");
    for args in [&["-n", "me", &*pod][..], &["-n", "me", "--min-ttl", "30m", &pod]] {
        case.run(args).succeeded();
    }
    case.run(["-n", "me", "--", "true"]).succeeded();
    case.was_asked([WITH_TOKEN]);
    // The file may be gone meanwhile.
    fs::remove_file(case.path("token")).expect("it is there");
    case.run(["-n", "me", &pod]).succeeded();
    case.run(["-n", "me", "--fresh", &pod]).failed(1, &["cannot use the web identity token"]);
    let case = pod_held();
    case.run(["-n", "me", "web"]).succeeded();
    case.was_asked([WITH_TOKEN]);
    case.with_seconds_left(100).run(["-n", "me", "web"]).succeeded();
}

fn pod_held() -> Case {
    pod().holding(["-n", "me", "web"])
}

#[test]
fn the_token_is_described_and_never_shown() {
    let case = pod();
    let file = case.path("token").display().to_string();
    let config = case.path(".aws/config").display().to_string();
    let text = case.run(["--explain", "web"]);
    text.succeeded();
    text.said_on_stdout(&[
        &format!("It starts from the web identity token {file} ({config}:3).\n"),
        &format!("1. AssumeRoleWithWebIdentity {} ({config}:2)\n", role_arn("pod")),
    ]);
    let plan = case.run(["--explain", "--json", "next"]).json();
    assert_eq!(
        (&plan["source"]["kind"], &plan["source"]["profile"], &plan["source"]["token_file"]),
        (&json!("web-identity"), &json!("web"), &json!(file))
    );
    let actions: Vec<_> =
        plan["hops"].as_array().expect("a list").iter().map(|hop| hop["action"].clone()).collect();
    assert_eq!(actions, [json!(WITH_TOKEN), json!("AssumeRole")]);
    let list = case.run(["--list", "--json"]).json();
    assert_eq!((&list[1]["name"], &list[1]["kind"]), (&json!("web"), &json!("web-identity")));
    for args in [&["--explain", "web"][..], &["--explain", "--json", "web"], &["-v", "web"]] {
        let outcome = case.run(args);
        assert!(!outcome.stderr.contains(TOKEN) && (args[0] == "-v" || !outcome.out().contains(TOKEN)));
    }
    let eks = eks();
    eks.run(["--explain"])
        .said_on_stdout(&["(the variable AWS_WEB_IDENTITY_TOKEN_FILE)", "(the variable AWS_ROLE_ARN)"])
        .succeeded();
    eks.nothing_was_asked();
}

#[test]
fn keys_of_the_profile_that_a_token_has_no_use_for_surprise() {
    let case = pod();
    let config = fs::read_to_string(case.path(".aws/config")).expect("it is there");
    let case = case.config(config.replacen(
        "role_arn",
        "external_id = xy\nmfa_serial = arn:aws:iam::123456789012:mfa/x\nsource_profile = nosuch\nrole_arn",
        1,
    ));
    let text = case.run(["--explain", "web"]);
    for key in ["external_id", "mfa_serial", "source_profile"] {
        let said = format!("{key} in profile web (");
        text.said_on_stdout(&[&said, "has no effect: the role is assumed with web_identity_token_file"]);
    }
    case.run(["web"]).succeeded();
    assert_eq!(case.request().param("ExternalId"), "");
}

#[test]
fn the_expected_account_is_that_of_the_role() {
    let case = eks();
    case.run(["--expect-account", "210987654321"])
        .failed(1, &["is 123456789012, and 210987654321 is expected"]);
    case.nothing_was_asked();
    case.run(["--expect-account", ACCOUNT]).succeeded();
}
