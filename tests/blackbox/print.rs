//! `assume-env ROLE`: the text, what it sets in real shells, and what reaches STS on the way there.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use assume_env::testing::common::source_id::SourceId;
use assume_env::testing::shell::Format;

use super::harness::{
    ACCOUNT, Case, Env, FIRST, KEY_ID, POSIX_SHELLS, ROLE, aws_only, env_in, finish, role, steady, world,
};

/// What a session of the profile s3 sets, when it replaces nothing.
fn promised(case: &Case) -> Env {
    let session = case.sts.world(|world| world.sessions().last().expect("a session was issued").clone());
    let name = session.grant.arn.rsplit('/').next().expect("it has a name").to_owned();
    [
        ("AWS_ACCESS_KEY_ID", session.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", session.secret_access_key.clone()),
        ("AWS_SESSION_TOKEN", session.session_token.clone()),
        ("AWS_CREDENTIAL_EXPIRATION", session.expiration()),
        ("AWS_ACCOUNT_ID", ACCOUNT.into()),
        ("ASSUME_ENV_PROFILE", "s3".into()),
        ("ASSUME_ENV_ROLE_ARN", ROLE.into()),
        ("ASSUME_ENV_SESSION", name),
        ("ASSUME_ENV_SOURCE_ID", SourceId::new("base".to_owned(), KEY_ID).to_string()),
        ("ASSUME_ENV_EXPIRES", session.expires.unix_timestamp().to_string()),
        ("ASSUME_ENV_KEY_ID", session.access_key_id),
        ("ASSUME_ENV_RESTORE", "1".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

#[test]
fn every_posix_shell_gets_exactly_the_promised_variables() {
    for shell in POSIX_SHELLS {
        let case = Case::new();
        let outcome = case.shell(shell, r#"env -0 >before; eval "$(assume-env s3)" || exit; env -0"#);
        let mut expected = steady(env_in(&case.path("before")));
        expected.extend(promised(&case));
        assert_eq!(steady(outcome.env()), expected, "{shell}");
        assert_eq!(outcome.stderr, "", "{shell}");
    }
}

#[test]
fn fish_gets_exactly_the_promised_variables() {
    let case = Case::new();
    let outcome = case.shell("fish", "env -0 >before; assume-env -f fish s3 | source; or exit; env -0");
    let mut expected = steady(env_in(&case.path("before")));
    expected.extend(promised(&case));
    assert_eq!(steady(outcome.env()), expected);
}

#[test]
fn an_eval_without_quotes_sets_the_same() {
    for shell in POSIX_SHELLS.into_iter().filter(|shell| *shell != "zsh") {
        let case = Case::new();
        let env = case.shell(shell, "eval $(assume-env s3) || exit; env -0").env();
        assert_eq!(env.get("AWS_ACCESS_KEY_ID").map(String::as_str), Some(FIRST), "{shell}");
    }
}

#[test]
fn shells_in_their_strictest_mode_take_the_text() {
    for (shell, options) in [
        ("bash", "set -euo pipefail"),
        ("zsh", "setopt err_exit no_unset pipe_fail sh_word_split"),
        ("dash", "set -eu"),
        ("ksh", "set -eu"),
        ("mksh", "set -eu"),
        ("busybox sh", "set -eu"),
        ("yash", "set -eu"),
    ] {
        let case = Case::new();
        let outcome = case.shell(shell, &format!(r#"{options}; eval "$(assume-env s3)"; env -0"#));
        assert_eq!(outcome.env()["AWS_ACCESS_KEY_ID"], FIRST, "{shell}");
    }
}

#[test]
fn success_is_one_and_list() {
    let case = Case::new();
    let outcome = case.run(["s3"]);
    let text = outcome.succeeded();
    assert!(
        text.starts_with("(unset ") && text.contains(" &&\nexport AWS_ACCESS_KEY_ID='ASIATEST"),
        "{text}"
    );
    assert!(text.ends_with("';\n") && text.lines().count() == 2, "{text}");
    for name in
        ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN", "ASSUME_ENV_NARROWED"]
    {
        assert!(text.split(" &&\n").next().is_some_and(|unset| unset.contains(name)), "{name}");
    }
    assert_eq!(outcome.stderr, "", "nobody reads a summary that goes to no terminal");
}

/// Each write to a datagram socket arrives by itself, so that a reader can count them.
#[test]
fn the_text_is_one_write() {
    let formats: Vec<_> = Format::names().iter().map(|name| ["-f", name, "s3"]).collect();
    let formats = formats.iter().map(|args| &args[..]);
    for args in formats.chain([&["nosuch"][..], &["-f", "csh", "nosuch"], &["-f", "xonsh", "nosuch"]]) {
        let case = Case::new();
        let (ours, theirs) = UnixDatagram::pair().expect("a pair of sockets");
        let mut command = case.assume_env(args);
        command.stdout(OwnedFd::from(theirs));
        finish(command);
        ours.set_read_timeout(Some(Duration::from_millis(10))).expect("it can be set");
        let mut buffer = [0; 64 * 1024];
        let length = ours.recv(&mut buffer).expect("one write");
        assert_eq!(buffer.get(length - 1), Some(&b'\n'), "{args:?}");
        assert!(ours.recv(&mut buffer).is_err(), "{args:?}: a second write");
    }
}

#[test]
fn json_is_the_credential_process_document() {
    let case = Case::new();
    let outcome = case.run(["-f", "json", "s3"]);
    let document: serde_json::Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    let env = promised(&case);
    let expected = serde_json::json!({
        "Version": 1,
        "AccessKeyId": env["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": env["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": env["AWS_SESSION_TOKEN"],
        "Expiration": env["AWS_CREDENTIAL_EXPIRATION"],
        "AccountId": ACCOUNT,
    });
    assert_eq!(document, expected);
    assert!(outcome.out().ends_with("}\n"));
}

#[test]
fn dotenv_is_bare_lines_of_aws_variables() {
    let case = Case::new();
    let outcome = case.run(["-f", "dotenv", "-r", "eu-central-1", "s3"]);
    let env = promised(&case);
    let expected: String = [
        ("AWS_ACCESS_KEY_ID", env["AWS_ACCESS_KEY_ID"].as_str()),
        ("AWS_SECRET_ACCESS_KEY", &env["AWS_SECRET_ACCESS_KEY"]),
        ("AWS_SESSION_TOKEN", &env["AWS_SESSION_TOKEN"]),
        ("AWS_CREDENTIAL_EXPIRATION", &env["AWS_CREDENTIAL_EXPIRATION"]),
        ("AWS_ACCOUNT_ID", ACCOUNT),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
    ]
    .iter()
    .map(|(name, value)| format!("{name}={value}\n"))
    .collect();
    assert_eq!(outcome.succeeded(), expected);
}

#[test]
fn a_plain_request_names_role_and_session_and_nothing_else() {
    let case = Case::new();
    case.run(["s3"]).succeeded();
    let made = case.request();
    let names: Vec<&str> = made.params.keys().map(String::as_str).collect();
    assert_eq!(names, ["Action", "RoleArn", "RoleSessionName", "Version"]);
    assert_eq!((made.action.as_str(), made.param("RoleArn")), ("AssumeRole", ROLE));
    assert_eq!((made.key_id.as_deref(), made.region.as_deref()), (Some(KEY_ID), Some("us-east-1")));
}

/// A profile that says everything.
fn full_profile() -> Case {
    let case = Case::in_world(world().role(role("full").max_duration(43200).external_id("of-profile")));
    case.more_config(
        "[profile full]\nrole_arn = arn:aws:iam::123456789012:role/full\nsource_profile = base\n\
         role_session_name = ann@profile\nduration_seconds = 1000\nexternal_id = of-profile\nregion = eu-west-3\n",
    )
}

#[test]
fn what_the_profile_says_reaches_sts() {
    let case = full_profile().var("AWS_ROLE_SESSION_NAME", "of-variable").var("AWS_REGION", "sa-east-1");
    let env = aws_only(&case.shell("dash", r#"eval "$(assume-env full)" && env -0"#).env());
    let made = case.request();
    assert_eq!(made.param("RoleSessionName"), "ann@profile");
    assert_eq!(made.param("DurationSeconds"), "1000");
    assert_eq!(made.param("ExternalId"), "of-profile");
    assert_eq!(made.region.as_deref(), Some("eu-west-3"));
    assert_eq!(env["ASSUME_ENV_SESSION"], "ann@profile");
    assert_eq!((&*env["AWS_REGION"], &*env["AWS_DEFAULT_REGION"]), ("eu-west-3", "eu-west-3"));
    let session = case.sts.world(|world| world.sessions()[0].clone());
    assert_eq!(session.grant.duration, 1000);
    assert_eq!(env["AWS_CREDENTIAL_EXPIRATION"], session.expiration());
}

#[test]
fn flags_beat_the_profile() {
    let case = full_profile();
    case.sts.world(|world| world.put_role(role("full").max_duration(43200).external_id("of:flag/1")));
    let flags = ["-n", "by.flag", "-d", "1h30m", "--external-id", "of:flag/1", "--region=ap-south-1"];
    let outcome = case.run(["full"].into_iter().chain(flags));
    let text = outcome.succeeded();
    let made = case.request();
    assert_eq!(made.param("RoleSessionName"), "by.flag");
    assert_eq!(made.param("DurationSeconds"), "5400");
    assert_eq!(made.param("ExternalId"), "of:flag/1");
    assert_eq!(made.region.as_deref(), Some("ap-south-1"));
    assert!(text.contains("AWS_REGION='ap-south-1' AWS_DEFAULT_REGION='ap-south-1'"), "{text}");
}

#[test]
fn durations_are_written_as_people_write_them() {
    let case = Case::new();
    for (text, seconds) in
        [("900", "900"), ("15m", "900"), ("1h30m", "5400"), ("12h", "43200"), ("20m30s", "1230")]
    {
        case.run(["-d", text, "s3"]).succeeded();
        let requests = case.sts.requests();
        assert_eq!(requests.last().map(|made| made.param("DurationSeconds")), Some(seconds), "{text}");
    }
}

#[test]
fn a_session_is_named_by_the_variable_when_nobody_else_names_it() {
    let case = Case::new().var("AWS_ROLE_SESSION_NAME", "of-variable");
    case.run(["s3"]).succeeded();
    assert_eq!(case.request().param("RoleSessionName"), "of-variable");
}

#[test]
fn a_session_that_nobody_names_says_who_and_where() {
    let host = nix::unistd::gethostname().expect("this machine has a name");
    let host = host.to_string_lossy().into_owned();
    let host = host.split('.').next().expect("a first part");
    for (user, expected) in [("ann", format!("ann@{host}")), ("Jürgen $(id)", format!("J-rgen---id-@{host}"))]
    {
        let case = Case::new().var("USER", user);
        case.run(["s3"]).succeeded();
        assert_eq!(case.request().param("RoleSessionName"), &expected[..expected.len().min(64)]);
    }
}

#[test]
fn without_any_name_of_the_user_the_system_is_asked() {
    let case = Case::new().without("USER");
    case.run(["s3"]).succeeded();
    let name = case.request().param("RoleSessionName").to_owned();
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).expect("the user database can be read");
    let user = user.map_or_else(|| nix::unistd::getuid().to_string(), |user| user.name);
    assert!(name.starts_with(&format!("{user}@")), "{name}");
}

#[test]
fn the_region_of_sts_is_the_first_that_is_named() {
    let base =
        "[base]\naws_access_key_id = AKIABASE000000000000\naws_secret_access_key = base/secret+EXAMPLE\n";
    let of_source = format!("{base}region = eu-south-1\n");
    let cases = [
        (
            &["-r", "eu-north-1", "s3"][..],
            "[profile s3]\nregion = eu-west-3\n",
            "eu-west-1",
            "eu-west-2",
            "eu-north-1",
        ),
        (&["s3"], "[profile s3]\nregion = eu-west-3\n", "eu-west-1", "eu-west-2", "eu-west-3"),
        (&["s3"], "[profile s3]\n", "eu-west-1", "eu-west-2", "eu-west-1"),
        (&["s3"], "[profile s3]\n", "", "eu-west-2", "eu-west-2"),
        (&["s3"], "[profile s3]\n", "", "", "eu-south-1"),
    ];
    for (args, profile, region, default_region, expected) in cases {
        let case = Case::new()
            .config(format!("{profile}role_arn = {ROLE}\nsource_profile = base\n"))
            .credentials(&of_source)
            .var("AWS_REGION", region)
            .var("AWS_DEFAULT_REGION", default_region);
        case.run(args).succeeded();
        assert_eq!(case.request().region.as_deref(), Some(expected), "{args:?} {profile:?}");
    }
}

#[test]
fn a_region_that_nobody_names_for_the_session_is_left_alone() {
    let case = Case::new().var("AWS_REGION", "eu-west-1");
    let env = aws_only(&case.shell("dash", r#"eval "$(assume-env s3)" && env -0"#).env());
    assert_eq!(env["AWS_REGION"], "eu-west-1");
    assert!(!env.contains_key("AWS_DEFAULT_REGION") && env["ASSUME_ENV_RESTORE"] == "1", "{:?}", env.keys());
}

#[test]
fn a_role_that_is_left_out_comes_from_the_environment_in_botocores_order() {
    let both = Case::new().var("AWS_PROFILE", "nosuch").var("AWS_DEFAULT_PROFILE", "s3");
    both.run([""; 0]).succeeded();
    assert_eq!(both.request().param("RoleArn"), ROLE);
    let one = Case::new().var("AWS_PROFILE", "s3").var("AWS_DEFAULT_PROFILE", "");
    one.run(["-f", "json"]).succeeded();
    assert_eq!(one.request().param("RoleArn"), ROLE);
}

#[test]
fn a_role_that_nobody_names_is_a_usage_error() {
    let case = Case::new();
    case.run([""; 0]).failed(2, &["no role is named", "name a profile, a role ARN or ACCOUNT:NAME"]);
    case.nothing_was_asked();
}

#[test]
fn verbose_says_what_is_done_and_no_secret() {
    let case = Case::new();
    let outcome = case.run(["-v", "s3"]);
    outcome.succeeded();
    let credentials = case.path(".aws/credentials").display().to_string();
    let start = format!("assume-env: starting from the keys of profile base ({credentials}:2)\n");
    outcome.said(&[
        &start,
        ROLE,
        "asking http://127.0.0.1:",
        "the variable AWS_ENDPOINT_URL",
        "answered after ",
    ]);
}
