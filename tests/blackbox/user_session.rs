//! A profile without a role: long-lived keys never reach a command, they become a session of their user (GetSessionToken); keys that
//! are temporary already are used without a call.

use serde_json::json;

use super::harness::{
    ACCOUNT, CREDENTIALS, Case, FIRST, KEY_ID, ROLE, SECOND, SECRET, aws_only, env_in, finish, steady, world,
};
use super::mfa::{DEVICE, world_with};
use crate::support::{Fault, User};

const REMARK: &str = "without an MFA code: IAM refuses these keys";

/// A user with a device, which the profile of the keys names in line 4.
fn with_device() -> Case {
    Case::in_world(world_with(&["111111", "222222"]))
        .credentials(format!("{CREDENTIALS}mfa_serial = {DEVICE}\n"))
}

#[test]
fn long_lived_keys_become_a_session_of_their_user() {
    let case = Case::new();
    let before = case.files();
    let env = aws_only(&case.run(["base", "--", "env", "-0"]).env());
    let made = case.request();
    assert_eq!(
        (&*made.action, made.key_id.as_deref(), made.params.len()),
        ("GetSessionToken", Some(KEY_ID), 2)
    );
    let session = case.sts.world(|world| world.session(FIRST).cloned()).expect("it was issued");
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", FIRST),
        ("AWS_SECRET_ACCESS_KEY", &session.secret_access_key),
        ("AWS_SESSION_TOKEN", &session.session_token),
        ("AWS_CREDENTIAL_EXPIRATION", &session.expiration()),
        ("ASSUME_ENV_PROFILE", "base"),
        ("ASSUME_ENV_KEY_ID", FIRST),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    for name in ["ASSUME_ENV_ROLE_ARN", "ASSUME_ENV_SESSION", "AWS_ACCOUNT_ID"] {
        assert!(!env.contains_key(name), "{name}");
    }
    assert_eq!(session.grant.duration, 43200);
    assert_eq!(case.files(), before);
}

#[test]
fn long_lived_keys_never_reach_a_command() {
    for case in
        [Case::new(), Case::new().config(format!("[profile base]\n{}", &CREDENTIALS[7..])).credentials("")]
    {
        let outcome = case.run(["base", "--", "env"]);
        assert!(!outcome.succeeded().contains("AKIA") && !outcome.out().contains(SECRET));
        let text = case.run(["base"]);
        assert!(!text.succeeded().contains("AKIA") && !text.out().contains(SECRET));
        case.was_asked(["GetSessionToken"; 2]);
    }
}

#[test]
fn its_length_is_that_of_flag_or_profile() {
    for (flag, seconds) in [("900", "900"), ("1h30m", "5400"), ("12h", "43200")] {
        let case = Case::new();
        case.run(["-d", flag, "base"]).succeeded();
        assert_eq!(case.request().param("DurationSeconds"), seconds);
    }
    let case = Case::new().credentials(format!("{CREDENTIALS}duration_seconds = 1800\n"));
    case.run(["base"]).succeeded();
    assert_eq!(case.request().param("DurationSeconds"), "1800");
    case.run(["-d", "13h", "base"]).failed(2, &["the duration 13h (--duration)", "between 15m and 12h"]);
    let case = Case::new().credentials(format!("{CREDENTIALS}duration_seconds = 1\n"));
    case.run(["base"]).failed(1, &["the duration 1 (", "credentials:4)"]);
    case.nothing_was_asked();
}

#[test]
fn a_code_of_the_device_goes_with_it() {
    let case = with_device();
    let env = case.run(["--mfa-token", "111111", "base", "--", "env", "-0"]).env();
    assert_eq!(env["AWS_ACCESS_KEY_ID"], FIRST);
    let made = case.request();
    assert_eq!((made.param("SerialNumber"), made.param("TokenCode")), (DEVICE, "111111"));
    assert!(case.sts.world(|world| world.session(FIRST).is_some_and(|session| session.grant.mfa)));
    case.run(["--mfa-process", "echo 222222", "--fresh", "base"]).succeeded();
    case.run_without_terminal(["base"]).failed(1, &["the MFA code of", "there is no terminal"]);
    case.was_asked(["GetSessionToken"; 2]);
    let case = Case::in_world(world_with(&["111111"]));
    case.run(["--mfa-serial", DEVICE, "--mfa-token", "111111", "base"]).succeeded();
    assert_eq!(case.request().param("SerialNumber"), DEVICE);
    case.run(["--mfa-token", "111111", "base"])
        .failed(1, &["--mfa-token gives a code, and no MFA device is named"]);
}

#[test]
fn a_code_may_be_typed_at_the_prompt() {
    let case = with_device();
    let mut terminal = case.terminal("sh", &["-c", r#"eval "$(assume-env base)" && env -0 >env"#]);
    terminal.expect("MFA code");
    terminal.send("999999\n");
    terminal.expect("a code works once");
    terminal.expect("MFA code");
    terminal.send("222222\n");
    let (status, shown) = terminal.end();
    assert!(status.success(), "{shown}");
    assert!(!shown.contains(REMARK) && shown.contains("is a session of the keys of profile base"), "{shown}");
    assert_eq!(env_in(&case.path("env"))["AWS_ACCESS_KEY_ID"], FIRST);
    case.was_asked(["GetSessionToken"; 2]);
}

#[test]
fn the_summary_says_what_keys_without_a_code_cannot_do() {
    let case = Case::new();
    case.on_terminal("assume-env base | cat >out").said_on_stdout(&[
        "base is a session of the keys of profile base (",
        "until ",
        REMARK,
    ]);
    let case = case.holding(["base"]);
    let again = case.on_terminal("assume-env base -- true");
    assert!(
        again.out().contains("reused the session that this environment holds")
            && !again.out().contains(REMARK),
        "{}",
        again.out()
    );
    let quiet = case.on_terminal("assume-env -q --fresh base -- true");
    assert_eq!(quiet.succeeded(), "");
    let with_role = Case::new().on_terminal("assume-env s3 -- true");
    assert!(!with_role.out().contains(REMARK), "{}", with_role.out());
}

#[test]
fn it_is_used_again_while_it_lasts() {
    let case = Case::new().holding(["base"]);
    for args in [&["base"][..], &["base", "--", "true"], &["--", "true"], &["--min-ttl", "11h", "base"]] {
        case.run(args).succeeded();
    }
    case.was_asked(["GetSessionToken"]);
    for args in [&["--fresh", "base"][..], &[]] {
        case.run(args).succeeded();
    }
    case.was_asked(["GetSessionToken"; 3]);
    // A role that is assumed within it starts from the user's own keys.
    case.run(["s3"]).succeeded();
    assert_eq!(case.signers(), [KEY_ID; 4]);
    case.with_seconds_left(600).run(["base"]).succeeded();
}

#[test]
fn questions_are_asked_with_it() {
    let case = Case::new();
    let who = case.run(["--whoami", "--json", "base"]).json();
    assert_eq!(
        (&who["Arn"], &who["Account"]),
        (&json!("arn:aws:iam::123456789012:user/base"), &json!(ACCOUNT))
    );
    case.was_asked(["GetSessionToken", "GetCallerIdentity"]);
    assert_eq!(case.signers(), [KEY_ID, FIRST]);
    let held = Case::new().holding(["base"]);
    held.run(["--whoami"]).said_on_stdout(&["user/base"]).succeeded();
    held.was_asked(["GetSessionToken", "GetCallerIdentity"]);
}

#[test]
fn it_is_described() {
    let case = Case::new();
    case.run(["--explain", "base"])
        .said_on_stdout(&[
            "base leads to a session of its user\n",
            "It starts from the keys of profile base (",
            "1. GetSessionToken\n     length         12h (the default of STS)\n",
            "STS is asked at http://127.0.0.1:",
        ])
        .succeeded();
    let plan = case.run(["--explain", "--json", "-d", "1h", "base"]).json();
    assert_eq!(
        (&plan["role_arn"], &plan["account"], &plan["source"]["kind"]),
        (&json!(null), &json!(null), &json!("profile"))
    );
    let hop = &plan["hops"][0];
    assert_eq!(
        (&hop["action"], &hop["duration_seconds"]["value"], &hop["only_for_long_lived_keys"]),
        (&json!("GetSessionToken"), &json!(3600), &json!(false))
    );
    case.nothing_was_asked();
    let list = case.run(["--list", "--json"]).json();
    assert_eq!((&list[0]["name"], &list[0]["kind"]), (&json!("base"), &json!("keys")));
    let case = case.holding(["base"]);
    case.run(["--status"]).said_on_stdout(&["profile    base\n", "left, until"]).succeeded();
    let status = case.run(["--status", "--json"]).json();
    assert_eq!((&status["account"], &status["role_arn"]), (&json!(null), &json!(null)));
    assert!(status["seconds_left"].as_i64().expect("a number") > 11 * 3600);
}

#[test]
fn flags_that_it_cannot_take_are_errors() {
    let case = Case::new();
    for flags in [
        &["-n", "me"][..],
        &["--read-only"],
        &["--policy", "{}"],
        &["--external-id", "xy"],
        &["--tag", "a=b"],
        &["--source-identity", "x"],
    ] {
        case.run([flags, &["base"]].concat()).failed(2, &["has no effect here", "GetSessionToken"]);
    }
    case.nothing_was_asked();
}

#[test]
fn what_sts_refuses_becomes_advice() {
    for (code, message, advice) in [
        (
            "AccessDenied",
            "User is not authorized to perform: sts:GetSessionToken",
            "a policy denies sts:GetSessionToken",
        ),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            "are not known to AWS",
        ),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", "copy both again"),
    ] {
        let case = Case::new();
        case.sts.always(Fault::error(403, code, message));
        case.run(["base"]).failed(
            1,
            &[
                "STS did not give a session for the keys of profile base (",
                &format!("{code}: {message}"),
                advice,
            ],
        );
        case.run(["base", "--", "true"]).failed_silently(125, &[advice]);
    }
    for (fault, part) in [
        (Fault::drop_element("SessionToken"), "SessionToken"),
        (Fault::replace_element("AccessKeyId", "$(touch evil)"), "AccessKeyId"),
        (Fault::drop_element("Expiration"), "Expiration"),
        (Fault::html(200), "is not an answer of STS"),
    ] {
        let case = Case::new();
        case.sts.always(fault);
        case.run(["base"]).failed(1, &[part]);
    }
}

#[test]
fn the_expected_account_is_asked_for_before_anything_is_given_out() {
    for by_profile in [false, true] {
        let wanted = |account: &str| {
            if by_profile {
                format!("{CREDENTIALS}expected_account = {account}\n")
            } else {
                CREDENTIALS.into()
            }
        };
        let flag =
            |account| if by_profile { vec!["base"] } else { vec!["--expect-account", account, "base"] };
        let case = Case::new().credentials(wanted(ACCOUNT));
        let env = case.run([&flag(ACCOUNT)[..], &["--", "env", "-0"]].concat()).env();
        assert_eq!(env["AWS_ACCOUNT_ID"], ACCOUNT);
        case.was_asked(["GetSessionToken", "GetCallerIdentity"]);
        let case = Case::new().credentials(wanted("210987654321"));
        let origin = if by_profile { "credentials:4)" } else { "(--expect-account)" };
        let parts = [
            "the keys of profile base",
            "is 123456789012, and 210987654321 is expected",
            origin,
            "no keys were given out",
        ];
        case.run(flag("210987654321")).failed(1, &parts);
        case.run([&flag("210987654321")[..], &["--", "touch", "ran"]].concat()).failed_silently(125, &parts);
        assert!(!case.path("ran").exists());
    }
    let case = Case::new().holding(["--expect-account", ACCOUNT, "base"]);
    case.run(["--expect-account", ACCOUNT, "base"]).succeeded();
    case.was_asked(["GetSessionToken", "GetCallerIdentity"]);
    case.run(["--expect-account", "210987654321", "base"]).failed(1, &["is 123456789012, and"]);
}

#[test]
fn every_shell_gives_back_what_it_found() {
    for (shell, script) in [
        (
            "dash",
            r#"env -0 >before; eval "$(assume-env base)" && env -0 >held && eval "$(assume-env --clear)" && env -0"#,
        ),
        (
            "zsh",
            r#"env -0 >before; eval "$(assume-env base)" && env -0 >held && eval "$(assume-env --clear)" && env -0"#,
        ),
        (
            "fish",
            "env -0 >before; assume-env -f fish base | source; and env -0 >held; and assume-env -f fish --clear | source; and env -0",
        ),
    ] {
        let case = Case::new()
            .var("AWS_PROFILE", "base")
            .var("AWS_ACCOUNT_ID", "210987654321")
            .var("AWS_ROLE_ARN", "");
        let mut after = steady(case.shell(shell, script).env());
        assert!(after.remove("ASSUME_ENV_PREVIOUS").is_some(), "{shell}: for `assume -`");
        assert_eq!(after, steady(env_in(&case.path("before"))), "{shell}");
        let held = env_in(&case.path("held"));
        assert!(!held.contains_key("AWS_ACCOUNT_ID") && held["AWS_ACCESS_KEY_ID"] == FIRST, "{shell}");
    }
}

/// Without a role, the labels that a session must have are fewer; what is half there is still damaged.
#[test]
fn a_session_of_a_user_may_be_damaged_too() {
    for (name, value) in [
        ("AWS_SECRET_ACCESS_KEY", None),
        ("AWS_SESSION_TOKEN", None),
        ("AWS_ACCESS_KEY_ID", None),
        ("ASSUME_ENV_KEY_ID", None),
        ("ASSUME_ENV_PROFILE", None),
        ("ASSUME_ENV_RESTORE", None),
        ("ASSUME_ENV_EXPIRES", None),
        ("ASSUME_ENV_EXPIRES", Some("soon")),
        ("ASSUME_ENV_SESSION", Some("me")),
        ("ASSUME_ENV_ROLE_ARN", Some(ROLE)),
    ] {
        let case = Case::new().var("AWS_PROFILE", "base");
        let original = case.aws_vars();
        let case = case.holding(["base"]);
        let case = match value {
            Some(value) => case.var(name, value),
            None => case.without(name),
        };
        let parts = ["the session of this environment is damaged: ", "eval \"$(assume-env --clear)\""];
        case.run(["base"]).failed(1, &parts);
        case.run(["--status"]).failed_silently(1, &parts);
        case.run(["s3", "--", "true"]).failed_silently(125, &parts);
        case.was_asked(["GetSessionToken"]);
        if name != "ASSUME_ENV_RESTORE" {
            let after = case.shell("bash", r#"eval "$(assume-env --clear)" && env -0"#).env();
            assert_eq!(aws_only(&after), original, "{name}");
        }
    }
}

#[test]
fn sessions_with_and_without_a_role_nest() {
    let case = Case::new();
    let env = case.run(["base", "--", "assume-env", "s3", "--", "env", "-0"]).env();
    assert_eq!((&*env["ASSUME_ENV_ROLE_ARN"], &*env["AWS_ACCOUNT_ID"]), (ROLE, ACCOUNT));
    let env = case.run(["s3", "--", "assume-env", "base", "--", "env", "-0"]).env();
    for name in ["ASSUME_ENV_ROLE_ARN", "ASSUME_ENV_SESSION", "AWS_ACCOUNT_ID"] {
        assert!(!env.contains_key(name), "{name}");
    }
    case.was_asked(["GetSessionToken", "AssumeRole", "AssumeRole", "GetSessionToken"]);
    assert_eq!(case.signers(), [KEY_ID; 4]);
    // A bare role is chained from the session that is held, with what such a session may do.
    let case = Case::new().holding(["base"]);
    case.run([ROLE]).succeeded();
    case.run(["-d", "2h", ROLE])
        .failed(1, &["2h (--duration) is too long", "the session base of this environment"]);
    assert_eq!(case.signers(), [KEY_ID, FIRST]);
}

/// Temporary keys in a profile: nobody knows when they expire.
#[test]
fn temporary_keys_of_a_profile_are_used_as_they_are() {
    let issued = Case::new();
    let keys = issued.run(["base", "--", "env", "-0"]).env();
    let case = issued.credentials(format!(
        "[temporary]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
        keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], keys["AWS_SESSION_TOKEN"]
    ));
    let case = case.var("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z");
    let env = case.run(["temporary", "--", "env", "-0"]).env();
    assert_eq!(env["AWS_ACCESS_KEY_ID"], FIRST);
    for name in ["AWS_CREDENTIAL_EXPIRATION", "ASSUME_ENV_EXPIRES", "ASSUME_ENV_ROLE_ARN", "AWS_ACCOUNT_ID"] {
        assert!(!env.contains_key(name), "{name}");
    }
    let told = case.on_terminal("assume-env temporary | cat >out");
    told.said_on_stdout(&[
        "temporary has the keys of profile temporary (",
        "expiry unknown: the credential source does not report one",
    ]);
    case.run(["--explain", "temporary"])
        .said_on_stdout(&["Those keys are used without a call of STS.", "STS is not asked."])
        .succeeded();
    case.was_asked(["GetSessionToken"]);
    assert_eq!(case.run(["--whoami", "--json", "temporary"]).json()["Account"], ACCOUNT);

    let case = case.holding(["temporary"]);
    let status = case.run(["--status"]);
    status
        .said_on_stdout(&[
            "profile    temporary\n",
            "unknown: the credential source does not report an expiry",
        ])
        .succeeded();
    let json = case.run(["--status", "--json"]).json();
    assert_eq!((&json["expires"], &json["seconds_left"]), (&json!(null), &json!(null)));
    case.run(["--status", "--min-ttl", "1m"]).said_on_stdout(&["unknown"]);
    assert_eq!(case.run(["--status", "--min-ttl", "1m"]).status.code(), Some(1));
    // Used again they are never: the profile may have newer ones.
    case.run(["-v", "temporary"])
        .said(&["a new session is made: the expiry of the held keys is unknown"])
        .succeeded();
    case.credentials("").run(["temporary"]).failed(1, &["there is no profile temporary"]);
}

#[test]
fn temporary_keys_of_a_profile_that_are_none_are_not_given_out() {
    for (id, token, said) in
        [("SHORT", "token", "the keys of profile t ("), (FIRST, "a$(touch evil)", "the session token in ")]
    {
        let case = Case::new().credentials(format!(
            "[t]\naws_access_key_id = {id}\naws_secret_access_key = x\naws_session_token = {token}\n"
        ));
        case.run(["t"]).failed(1, &[said, "credentials:"]);
        case.shell("bash", r#"eval "$(assume-env t)"; true"#).succeeded();
        assert!(!case.path("evil").exists());
    }
}

fn process(case: Case, document: &str) -> Case {
    let program =
        case.program("keys", &format!("#!/bin/sh\necho asked >>count\ncat <<'END'\n{document}\nEND\n"));
    case.config(format!("[profile p]\ncredential_process = {}\n", program.display())).credentials("")
}

#[test]
fn long_lived_keys_of_a_program_become_a_session_too() {
    let document = format!(r#"{{"Version":1,"AccessKeyId":"{KEY_ID}","SecretAccessKey":"{SECRET}"}}"#);
    let case = process(Case::new(), &document);
    let outcome = case.run(["p", "--", "env"]);
    assert!(
        outcome.succeeded().contains(FIRST)
            && !outcome.out().contains("AKIA")
            && !outcome.out().contains(SECRET)
    );
    case.was_asked(["GetSessionToken"]);
    case.run(["--explain", "p"])
        .said_on_stdout(&["1. GetSessionToken, if the keys are long-lived"])
        .succeeded();
    let asked = std::fs::read_to_string(case.path("count")).expect("it wrote");
    assert_eq!(asked, "asked\n", "a plan runs nothing");
    let told = case.on_terminal("assume-env p -- true");
    told.said_on_stdout(&["p has the credential_process of profile p"]);
}

#[test]
fn temporary_keys_of_a_program_are_used_as_they_are() {
    let document = r#"{"Version":1,"AccessKeyId":"ASIAPROCESS000000000","SecretAccessKey":"x/secret","SessionToken":"x-token","Expiration":"2099-01-02T03:04:05.678Z","AccountId":"210987654321"}"#;
    let case = process(Case::new(), document);
    let env = case.run(["p", "--", "env", "-0"]).env();
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "ASIAPROCESS000000000"),
        ("AWS_SESSION_TOKEN", "x-token"),
        ("AWS_CREDENTIAL_EXPIRATION", "2099-01-02T03:04:05Z"),
        ("AWS_ACCOUNT_ID", "210987654321"),
        ("ASSUME_ENV_PROFILE", "p"),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    case.nothing_was_asked();
    case.run(["--expect-account", ACCOUNT, "p"])
        .failed(1, &["the credential_process of profile p", "is 210987654321, and 123456789012 is expected"]);
    case.nothing_was_asked();
    let case = case.holding(["p"]);
    case.run(["p"]).succeeded();
    assert_eq!(
        std::fs::read_to_string(case.path("count")).expect("it wrote").lines().count(),
        3,
        "the session is used again"
    );
    let without_end = document.replace(r#","Expiration":"2099-01-02T03:04:05.678Z""#, "");
    let env = process(Case::new(), &without_end).run(["p", "--", "env", "-0"]).env();
    assert!(!env.contains_key("AWS_CREDENTIAL_EXPIRATION") && !env.contains_key("ASSUME_ENV_EXPIRES"));
}

#[test]
fn a_device_is_not_asked_for_keys_that_are_temporary() {
    let document = r#"{"Version":1,"AccessKeyId":"ASIAPROCESS000000000","SecretAccessKey":"x/secret","SessionToken":"x-token"}"#;
    let case = process(Case::new(), document).more_config(&format!("mfa_serial = {DEVICE}\n"));
    case.run_without_terminal(["p"]).succeeded();
    case.nothing_was_asked();
}

#[test]
fn keys_in_the_environment_have_no_session_by_themselves() {
    let case =
        Case::in_world(world().user(User::new(ACCOUNT, "base", KEY_ID, SECRET))).with_keys_in_environment();
    case.run([] as [&str; 0]).failed(2, &["no role is named"]);
    case.nothing_was_asked();
}

#[test]
fn what_is_printed_in_json_has_no_role() {
    let case = Case::new();
    let document = finish(case.assume_env(["-f", "json", "base"])).json();
    assert_eq!((&document["Version"], &document["AccessKeyId"]), (&json!(1), &json!(FIRST)));
    assert!(
        document["Expiration"].is_string()
            && document.get("AccountId").is_none_or(serde_json::Value::is_null)
    );
    let dotenv = case.run(["-f", "dotenv", "base"]);
    assert!(
        dotenv.succeeded().contains(&format!("AWS_ACCESS_KEY_ID={SECOND}\n"))
            && !dotenv.out().contains("AWS_ACCOUNT_ID")
    );
}
