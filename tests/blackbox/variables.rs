//! What a session replaces comes back, whatever it was; and a session never hides its own source.

use super::harness::{
    Case, Env, FIRST, KEY_ID, POSIX_SHELLS, ROLE, SECOND, SECRET, aws_only, env_in, env_of, role, role_arn,
    world,
};

/// The variables that a session may replace, each with a value as a user could have it.
const REPLACED: [(&str, &str); 11] = [
    ("AWS_PROFILE", "my profile"),
    ("AWS_DEFAULT_PROFILE", "it's \"$(mine)\" `too` \\ ünd"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_DEFAULT_REGION", "sa-east-1"),
    ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/of-a-pod"),
    ("AWS_ROLE_SESSION_NAME", "of-a-pod"),
    ("AWS_CREDENTIAL_FILE", "/with\na line\tand 100% more, really=yes"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"),
    ("AWS_ACCOUNT_ID", "210987654321"),
    ("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z"),
    ("AWS_SESSION_EXPIRATION", "2020-01-01T00:00:00Z"),
];

/// Two roles with a profile each; the second names a region.
fn two_roles() -> Case {
    Case::in_world(world().role(role("other"))).more_config(
        "[profile other]\nrole_arn = arn:aws:iam::123456789012:role/other\nsource_profile = base\nregion = ap-south-1\n",
    )
}

/// The standard case with one of the many mixes of unset, empty and set.
fn mixed(number: usize) -> Case {
    // A multiplier that is coprime to 3^11 walks through mixes that differ in many variables.
    let mut digits = number * 100_003;
    REPLACED.iter().fold(two_roles(), |case, (name, value)| {
        let state = digits % 3;
        digits /= 3;
        match state {
            0 => case,
            1 => case.var(name, ""),
            _ => case.var(name, value),
        }
    })
}

/// The lines of a script in sh or fish that go through sessions of these roles and then end the last one.
fn through(roles: &[&str], fish: bool) -> String {
    let mut script = String::from("env -0 >before\n");
    for (number, role) in roles.iter().enumerate() {
        script += &match fish {
            false => format!("eval \"$(assume-env {role})\" || exit 10\nenv -0 >held{number}\n"),
            true => format!("assume-env -f fish {role} | source; or exit 10\nenv -0 >held{number}\n"),
        };
    }
    script += match fish {
        false => "eval \"$(assume-env --clear)\" || exit 11\nenv -0\n",
        true => "assume-env -f fish --clear | source; or exit 11\nenv -0\n",
    };
    script
}

const WAYS: [&[&str]; 6] = [
    &["s3"],
    &["other"],
    &["s3", "other"],
    &["other", "s3"],
    &["-r eu-north-1 s3", "--fresh -r eu-north-1 s3"],
    &["s3", "other", "s3"],
];

/// Without the label that outlives a session.
fn forgetful(mut env: Env) -> Env {
    assert!(env.remove("ASSUME_ENV_PREVIOUS").is_some(), "it is there for `assume-env -`");
    env
}

#[test]
fn a_session_gives_back_what_it_found() {
    for number in 0..30 {
        let case = mixed(number);
        let roles = WAYS[number % WAYS.len()];
        let after = forgetful(case.shell("dash", &through(roles, false)).env());
        assert_eq!(after, env_in(&case.path("before")), "mix {number}, {roles:?}");
        assert_eq!(case.signers(), vec![KEY_ID; roles.len()], "mix {number}, {roles:?}");
        let held = env_in(&case.path("held0"));
        assert_eq!(held["AWS_ACCESS_KEY_ID"], FIRST);
        for name in [
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_ROLE_ARN",
            "AWS_CREDENTIAL_FILE",
            "AWS_SESSION_EXPIRATION",
        ] {
            assert!(!held.contains_key(name), "{name} stands beside the keys");
        }
    }
}

#[test]
fn every_posix_shell_gives_back_what_it_found() {
    for shell in POSIX_SHELLS {
        let all = REPLACED.iter().fold(two_roles(), |case, (name, value)| case.var(name, value));
        let after = all.shell(shell, &through(&["s3", "other"], false)).env();
        assert_eq!(aws_only(&after), aws_only(&env_in(&all.path("before"))), "{shell}");
        assert_eq!(aws_only(&after).len(), REPLACED.len() + 1, "{shell}: and the endpoint");
    }
}

#[test]
fn fish_gives_back_what_it_found() {
    for number in [0, 1, 2, 7, 11, 16, 23, 28] {
        let case = mixed(number);
        let roles = WAYS[number % WAYS.len()];
        let after = forgetful(case.shell("fish", &through(roles, true)).env());
        assert_eq!(after, env_in(&case.path("before")), "mix {number}, {roles:?}");
    }
}

#[test]
fn what_was_replaced_is_kept_in_the_order_of_the_list() {
    let case =
        Case::new().var("AWS_PROFILE", "a b").var("AWS_ROLE_ARN", "").var("AWS_ACCOUNT_ID", "210987654321");
    let env = case.shell("dash", r#"eval "$(assume-env s3)" && env -0"#).env();
    assert_eq!(env["ASSUME_ENV_RESTORE"], "1,AWS_ACCOUNT_ID=210987654321,AWS_PROFILE=a%20b,AWS_ROLE_ARN=");
}

#[test]
fn a_second_session_carries_over_what_the_first_replaced() {
    let case = two_roles().var("AWS_PROFILE", "mine").var("AWS_REGION", "eu-west-1");
    for again in ["--fresh other", "other"] {
        case.shell("dash", &through(&["other", again], false)).env();
        let [first, second] = ["held0", "held1"].map(|name| env_in(&case.path(name)));
        assert_eq!(first["ASSUME_ENV_RESTORE"], "1,AWS_REGION=eu-west-1,AWS_PROFILE=mine");
        assert_eq!(first["ASSUME_ENV_RESTORE"], second["ASSUME_ENV_RESTORE"], "{again}");
    }
}

#[test]
fn a_region_of_an_earlier_session_goes_back_to_the_users_own() {
    let case = two_roles().var("AWS_REGION", "eu-west-1");
    case.shell("dash", &through(&["other", "s3"], false)).env();
    let [first, second] = ["held0", "held1"].map(|name| env_in(&case.path(name)));
    assert_eq!((&*first["AWS_REGION"], &*first["AWS_DEFAULT_REGION"]), ("ap-south-1", "ap-south-1"));
    assert_eq!(second["AWS_REGION"], "eu-west-1");
    assert!(!second.contains_key("AWS_DEFAULT_REGION"));
}

#[test]
fn a_region_that_was_changed_during_a_session_without_one_stays() {
    let case = Case::new().var("AWS_REGION", "eu-west-1");
    let script =
        r#"eval "$(assume-env s3)"; export AWS_REGION=sa-east-1; eval "$(assume-env --clear)"; env -0"#;
    assert_eq!(case.shell("dash", script).env()["AWS_REGION"], "sa-east-1");
}

#[test]
fn a_region_that_was_exported_during_a_session_with_one_stays() {
    for (exported, region, default) in [
        (&[("AWS_REGION", "us-west-2")][..], Some("us-west-2"), Some("sa-east-1")),
        (&[("AWS_DEFAULT_REGION", "us-west-2")], Some("eu-west-1"), Some("us-west-2")),
        (
            &[("AWS_REGION", "us-west-2"), ("AWS_DEFAULT_REGION", "us-west-1")],
            Some("us-west-2"),
            Some("us-west-1"),
        ),
        (&[], Some("eu-west-1"), Some("sa-east-1")),
    ] {
        for second in
            ["", "eval \"$(assume-env s3)\";", "eval \"$(assume-env other)\";", "eval \"$(assume-env)\";"]
        {
            let case = two_roles().var("AWS_REGION", "eu-west-1").var("AWS_DEFAULT_REGION", "sa-east-1");
            let exports: String =
                exported.iter().map(|(name, value)| format!("export {name}={value};")).collect();
            let script = format!(
                r#"eval "$(assume-env -r eu-north-1 s3)"; {exports} {second} eval "$(assume-env --clear)"; env -0"#
            );
            let after = case.shell("dash", &script).env();
            let get = |name| after.get(name).map(String::as_str);
            assert_eq!(
                (get("AWS_REGION"), get("AWS_DEFAULT_REGION")),
                (region, default),
                "{exports} {second}"
            );
        }
    }
}

#[test]
fn a_region_that_was_unset_during_a_session_stays_unset() {
    let case = Case::new().var("AWS_REGION", "eu-west-1");
    let script =
        r#"eval "$(assume-env -r eu-north-1 s3)"; unset AWS_REGION; eval "$(assume-env --clear)"; env -0"#;
    let after = case.shell("dash", script).env();
    assert_eq!(after.get("AWS_REGION"), None, "it was unset by hand, as it could have been before");
    assert_eq!(after.get("AWS_DEFAULT_REGION"), None);
}

#[test]
fn the_labels_say_region_and_source_and_go_with_the_session() {
    let case = Case::new().var("AWS_PROFILE", "base").holding(["-r", "eu-north-1", ROLE]);
    assert_eq!(case.value("ASSUME_ENV_REGION"), Some("eu-north-1"));
    assert_eq!(case.value("ASSUME_ENV_SOURCE"), Some("base"));
    let after = aws_only(&case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#).env());
    let names: Vec<&str> = after.keys().map(String::as_str).collect();
    assert_eq!(names, ["AWS_ENDPOINT_URL", "AWS_PROFILE"]);
    // A session without the one and the other leaves neither behind.
    let case = case.holding(["s3"]);
    assert_eq!((case.value("ASSUME_ENV_REGION"), case.value("ASSUME_ENV_SOURCE")), (None, None));
    assert_eq!(case.value("AWS_REGION"), None);
}

/// One that stands there during a session was set since, and is the user's.
#[test]
fn clearing_never_prints_a_security_token() {
    for case in [
        Case::new().var("AWS_SECURITY_TOKEN", "old-token-of-mine"),
        Case::new().holding(["s3"]).var("AWS_SECURITY_TOKEN", "old-token-of-mine"),
        Case::new().holding(["s3"]).var("AWS_SECURITY_TOKEN", ""),
        Case::new()
            .holding(["s3"])
            .var("AWS_ACCESS_KEY_ID", KEY_ID)
            .var("AWS_SECURITY_TOKEN", "old-token-of-mine"),
        Case::new()
            .holding(["s3"])
            .without("AWS_SESSION_TOKEN")
            .var("AWS_SECURITY_TOKEN", "old-token-of-mine"),
    ] {
        for format in ["sh", "fish"] {
            let outcome = case.run(["--clear", "-f", format]);
            let text = outcome.succeeded();
            assert!(!text.contains("AWS_SECURITY_TOKEN") && !text.contains("old-token"), "{text}");
        }
    }
}

#[test]
fn secrets_are_neither_kept_nor_given_back() {
    let case = Case::new()
        .more_config("[profile mine]\nregion = eu-west-1\n")
        .with_keys_in_environment()
        .var("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z")
        .var("AWS_PROFILE", "mine");
    let script = format!(
        "eval \"$(assume-env {ROLE})\" || exit 10; env -0 >held; eval \"$(assume-env --clear)\" || exit 11; env -0"
    );
    let after = aws_only(&case.shell("dash", &script).env());
    let held = env_in(&case.path("held"));
    assert_eq!(held["ASSUME_ENV_RESTORE"], "1,AWS_PROFILE=mine");
    let names: Vec<&str> = after.keys().map(String::as_str).collect();
    assert_eq!(names, ["AWS_ENDPOINT_URL", "AWS_PROFILE"], "and no expiry of keys that are gone");
}

#[test]
fn a_security_token_is_taken_away_and_not_given_back() {
    let case = Case::new().var("AWS_SECURITY_TOKEN", "old-token-of-mine");
    let after = case.shell("dash", &through(&["s3"], false)).env();
    let held = env_in(&case.path("held0"));
    assert!(!held.contains_key("AWS_SECURITY_TOKEN") && !after.contains_key("AWS_SECURITY_TOKEN"));
    assert!(held.values().all(|value| !value.contains("old-token-of-mine")), "kept somewhere");
}

#[test]
fn switching_there_and_back_starts_from_the_users_own_keys() {
    let case = two_roles();
    case.shell("bash", &through(&["s3", "other", "s3"], false)).succeeded();
    assert_eq!(case.signers(), [KEY_ID; 3]);
    let roles: Vec<String> =
        case.sts.requests().iter().map(|made| made.param("RoleArn").to_owned()).collect();
    assert_eq!(roles, [ROLE, &role_arn("other"), ROLE]);
}

#[test]
fn a_session_without_a_role_renews_the_one_that_is_held() {
    let case = two_roles().var("AWS_PROFILE", "other");
    let env = case.shell("dash", r#"eval "$(assume-env s3)"; eval "$(assume-env)" && env -0"#).env();
    assert_eq!((&*env["ASSUME_ENV_PROFILE"], &*env["AWS_ACCESS_KEY_ID"]), ("s3", SECOND));
    assert_eq!(case.signers(), [KEY_ID; 2]);
}

#[test]
fn a_profile_from_the_environment_can_be_assumed_again_and_again() {
    let case = two_roles().var("AWS_PROFILE", "s3");
    let script = r#"eval "$(assume-env)"; eval "$(assume-env)"; eval "$(assume-env --clear)"; eval "$(assume-env)" && env -0"#;
    let env = case.shell("dash", script).env();
    assert_eq!(env["ASSUME_ENV_RESTORE"], "1,AWS_PROFILE=s3");
    assert_eq!(case.signers(), [KEY_ID; 3]);
}

#[test]
fn a_bare_role_is_renewed_from_where_it_came_from() {
    let case = Case::new().var("AWS_PROFILE", "base");
    let script = format!(
        r#"eval "$(assume-env {ROLE})"; eval "$(assume-env --fresh {ROLE})"; eval "$(assume-env)" && env -0"#
    );
    let env = case.shell("dash", &script).env();
    assert_eq!(env["ASSUME_ENV_SOURCE"], "base");
    assert_eq!(case.signers(), [KEY_ID; 3]);
}

#[test]
fn keys_of_the_environment_that_a_session_replaced_are_an_error_that_says_so() {
    let case = Case::new()
        .config(format!("[profile env]\nrole_arn = {ROLE}\ncredential_source = Environment\n"))
        .with_keys_in_environment();
    let outcome = case
        .shell("dash", r#"eval "$(assume-env env)" || exit 10; eval "$(assume-env --fresh env)"; echo $?"#);
    assert_eq!(outcome.succeeded(), "1\n");
    let config = case.path(".aws/config").display().to_string();
    outcome.said(&[
        &format!("the profile env takes its keys from the environment ({config}:3), and the environment has no keys"),
        "a session replaced these keys",
        "assume-env env -- COMMAND",
    ]);
    assert_eq!(case.signers(), [KEY_ID], "the session's own keys are not taken for them");
}

#[test]
fn keys_that_were_changed_by_hand_are_the_users_and_stay() {
    let case = Case::new().more_config("[profile mine]\nregion = eu-west-1\n").var("AWS_PROFILE", "mine");
    let mine = format!(
        "export AWS_ACCESS_KEY_ID={KEY_ID} AWS_SECRET_ACCESS_KEY='{SECRET}'; unset AWS_SESSION_TOKEN"
    );
    let script =
        format!("eval \"$(assume-env s3)\"; {mine}; eval \"$(assume-env --clear)\" || exit 10; env -0");
    let after = aws_only(&case.shell("dash", &script).env());
    assert_eq!((&*after["AWS_ACCESS_KEY_ID"], &*after["AWS_SECRET_ACCESS_KEY"]), (KEY_ID, SECRET));
    assert_eq!(after["AWS_PROFILE"], "mine", "what was kept comes back");
    for stale in ["AWS_ACCOUNT_ID", "AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_TOKEN"] {
        assert!(!after.contains_key(stale), "{stale} is not said of these keys");
    }
    assert!(after.keys().all(|name| !name.starts_with("ASSUME_ENV_")), "{:?}", after.keys());
    let script =
        format!("eval \"$(assume-env s3)\"; {mine}; eval \"$(assume-env {ROLE})\" || exit 10; env -0");
    case.shell("dash", &script).succeeded();
    assert_eq!(
        case.signers().last().map(String::as_str),
        Some(KEY_ID),
        "no chaining from keys that are not a session"
    );
    let outcome =
        case.shell("dash", &format!("eval \"$(assume-env s3)\"; {mine}; eval \"$(assume-env)\"; echo $?"));
    assert_eq!(outcome.succeeded(), "1\n", "there is no session that could be renewed");
    outcome.said(&["the profile mine ("]);
}

#[test]
fn a_session_whose_key_was_unset_by_hand_still_gives_back() {
    let case = Case::new().var("AWS_PROFILE", "mine").var("AWS_REGION", "eu-west-1");
    let script = r#"env -0 >before; eval "$(assume-env -r sa-east-1 s3)"; unset AWS_ACCESS_KEY_ID
        eval "$(assume-env --clear)" || exit 10; env -0"#;
    assert_eq!(case.shell("dash", script).env(), env_in(&case.path("before")));
}

#[test]
fn clearing_without_a_session_changes_nothing() {
    let case = Case::new().with_keys_in_environment().var("AWS_PROFILE", "mine").var("AWS_REGION", "");
    let outcome = case.shell("dash", r#"env -0 >before; eval "$(assume-env --clear)" || exit 10; env -0"#);
    assert_eq!(outcome.env(), env_in(&case.path("before")));
    let outcome = case.shell("fish", "assume-env -f fish --clear | source; or exit 10; env -0");
    assert_eq!(aws_only(&outcome.env()), aws_only(&env_in(&case.path("before"))));
    case.nothing_was_asked();
}

#[test]
fn clearing_twice_is_clearing_once() {
    for shell in POSIX_SHELLS {
        let case = Case::new().var("AWS_PROFILE", "mine");
        let script = r#"eval "$(assume-env s3)"; eval "$(assume-env --clear)" && eval "$(assume-env --clear)" && env -0"#;
        assert_eq!(case.shell(shell, script).env()["AWS_PROFILE"], "mine", "{shell}");
    }
}

/// An environment that holds a session, as far as the labels go.
fn held() -> Case {
    Case::new()
        .var("AWS_ACCESS_KEY_ID", FIRST)
        .var("AWS_SECRET_ACCESS_KEY", "TEST/secret+held")
        .var("AWS_SESSION_TOKEN", "TEST//token+held")
        .var("ASSUME_ENV_KEY_ID", FIRST)
        .var("ASSUME_ENV_PROFILE", "s3")
        .var("ASSUME_ENV_ROLE_ARN", ROLE)
        .var("ASSUME_ENV_SESSION", "ann")
        .var("ASSUME_ENV_EXPIRES", "4039372800")
}

#[test]
fn a_broken_record_of_what_was_replaced_is_an_error() {
    for restore in [
        "nonsense",
        "2,AWS_PROFILE=a",
        "1,PATH=/evil",
        "1,AWS_ACCESS_KEY_ID=AKIA",
        "1,AWS_SECURITY_TOKEN=x",
        "1,AWS_PROFILE",
        "1,AWS_PROFILE=%",
        "1,AWS_PROFILE=%zz",
        "1,AWS_PROFILE=%00",
        "1,AWS_PROFILE=$(touch x)",
        "1,AWS_PROFILE=a,AWS_PROFILE=b",
        "1,AWS_PROFILE=a;touch x",
        "1,",
    ] {
        let case = held().var("ASSUME_ENV_RESTORE", restore);
        let parts = ["ASSUME_ENV_RESTORE is not a text that assume-env writes", "unset ASSUME_ENV_RESTORE"];
        case.run(["s3"]).failed(1, &parts);
        case.run(["--clear"]).failed(1, &parts);
        case.run(["--clear", "-f", "fish"]).failed_with(1, "sh -c 'exit 1';\n", &parts);
        case.run(["s3", "--", "true"]).failed_silently(125, &parts);
        case.nothing_was_asked();
        assert!(!case.path("x").exists());
    }
}

#[test]
fn a_broken_record_beside_other_keys_is_an_error_too() {
    let case = held().var("AWS_ACCESS_KEY_ID", KEY_ID).var("ASSUME_ENV_RESTORE", "nonsense");
    let parts = ["ASSUME_ENV_RESTORE is not a text that assume-env writes", "unset ASSUME_ENV_RESTORE"];
    case.run(["--clear"]).failed(1, &parts);
    case.run(["s3"]).failed(1, &parts);
    let text = case.without("ASSUME_ENV_RESTORE").run(["--clear"]);
    assert!(text.succeeded().starts_with("(unset ") && !text.out().contains("AWS_ACCESS_KEY_ID"));
}

#[test]
fn variables_that_are_no_text_are_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let case = Case::new().var("AWS_PROFILE", OsStr::from_bytes(b"\xff"));
    case.run(["s3"])
        .failed(1, &["the variable AWS_PROFILE holds bytes that are not UTF-8", "unset AWS_PROFILE"]);
    case.nothing_was_asked();
}

/// A readonly variable stops the text before a single key is set. Some shells end there, as POSIX has it for `unset`.
#[test]
fn a_readonly_variable_leaves_nothing_half_set() {
    for shell in POSIX_SHELLS {
        for name in [
            "AWS_PROFILE",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SECURITY_TOKEN",
            "ASSUME_ENV_RESTORE",
            "AWS_ACCOUNT_ID",
        ] {
            let case = Case::new();
            let script = format!(
                "export {name}=mine; readonly {name}; trap 'env -0' EXIT; eval \"$(assume-env s3)\" && echo reached; exit 9"
            );
            let outcome = case.shell(shell, &script);
            assert_ne!(outcome.status.code(), Some(0), "{shell} {name}");
            let env: Env = aws_only(&env_of(outcome.out()));
            let names: Vec<&str> = env.keys().map(String::as_str).collect();
            let mut expected = ["AWS_ENDPOINT_URL", name];
            expected.sort_unstable();
            assert_eq!(names, expected, "{shell} {name}: {}", outcome.stderr);
            assert_eq!(env[name], "mine");
        }
    }
}

#[test]
fn exported_universal_variables_of_fish_stop_the_session() {
    let case = Case::new();
    case.shell("fish", "set -Ux AWS_PROFILE shines-through; set -Ux AWS_ROLE_ARN too").succeeded();
    let outcome = case.shell(
        "fish",
        "assume-env -f fish s3 | source; echo $status; set -q AWS_ACCESS_KEY_ID; echo $status",
    );
    assert_eq!(outcome.succeeded(), "1\n1\n");
    outcome.said(&["universal variables", "set -eU AWS_PROFILE AWS_ROLE_ARN\n"]);
    let script =
        "set -eU AWS_PROFILE AWS_ROLE_ARN; assume-env -f fish s3 | source; and echo $AWS_ACCESS_KEY_ID";
    assert_eq!(case.shell("fish", script).succeeded(), format!("{SECOND}\n"));
}

#[test]
fn a_universal_variable_that_is_not_exported_is_no_matter() {
    let case = Case::new();
    case.shell("fish", "set -U AWS_PROFILE private").succeeded();
    let script = "assume-env -f fish s3 | source; or exit 10; env -0";
    let env = case.shell("fish", script).env();
    assert!(!env.contains_key("AWS_PROFILE"));
    assert_eq!(env["AWS_ACCESS_KEY_ID"], FIRST);
}

#[test]
fn local_and_function_scope_do_not_swallow_the_session_in_fish() {
    let case = Case::new().var("AWS_PROFILE", "mine");
    let script = "function f; assume-env -f fish s3 | source; end; f; or exit 10; env -0";
    let env = case.shell("fish", script).env();
    assert_eq!(env["AWS_ACCESS_KEY_ID"], FIRST);
    assert!(!env.contains_key("AWS_PROFILE"));
}

/// Version 1 of the AWS SDK for Java takes AWS_SECRET_KEY before AWS_SECRET_ACCESS_KEY: the user's long-lived secret
/// reached the command, next to the id of the session.
#[test]
fn the_other_names_of_the_keys_do_not_reach_the_command_and_are_not_given_back() {
    let case = Case::new().var("AWS_ACCESS_KEY", KEY_ID).var("AWS_SECRET_KEY", "a-secret-of-mine");
    let env = case.run(["s3", "--", "env", "-0"]).env();
    assert!(
        env.keys().all(|name| !["AWS_ACCESS_KEY", "AWS_SECRET_KEY"].contains(&&**name)),
        "{:?}",
        env.keys()
    );
    assert!(env.values().all(|value| !value.contains("a-secret-of-mine")), "{:?}", env.keys());
    let script = "eval \"$(assume-env s3)\" || exit 10; env -0 >held; eval \"$(assume-env --clear)\" || exit 11; env -0";
    let after = case.shell("dash", script).env();
    for env in [&env_in(&case.path("held")), &after] {
        assert!(
            !env.contains_key("AWS_ACCESS_KEY") && !env.contains_key("AWS_SECRET_KEY"),
            "{:?}",
            env.keys()
        );
    }
    case.run(["--explain", "s3"]).said_on_stdout(&["Not saved: the keys in the environment"]).succeeded();
}
