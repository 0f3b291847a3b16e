//! The variables of the command, what they hide, and assume-env inside.

use super::super::harness::{ACCOUNT, Case, Env, FIRST, ROLE, SECOND, aws_only, finish, role, world};
use super::Refreshed;

#[test]
fn the_command_gets_an_address_and_labels_and_no_keys() {
    let case = Case::new().without("AWS_ENDPOINT_URL");
    let url = case.sts.url();
    let case = case.var("AWS_ENDPOINT_URL_STS", &url);
    let command = case.refreshed(&["-q", "s3", "-r", "eu-west-1", "--read-only"]);
    let env = aws_only(&command.env);
    let names: Vec<&str> = env.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "ASSUME_ENV_HELPER",
            "ASSUME_ENV_NARROWED",
            "ASSUME_ENV_PROFILE",
            "ASSUME_ENV_REFRESH",
            "ASSUME_ENV_REGION",
            "ASSUME_ENV_RESTORE",
            "ASSUME_ENV_ROLE_ARN",
            "ASSUME_ENV_SESSION",
            "ASSUME_ENV_SOURCE_ID",
            "AWS_ACCOUNT_ID",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL_STS",
            "AWS_REGION",
            "AWS_SDK_LOAD_CONFIG",
            "AWS_SHARED_CREDENTIALS_FILE",
        ]
    );
    for (name, value) in [
        ("ASSUME_ENV_PROFILE", "s3"),
        ("ASSUME_ENV_HELPER", &command.helper().to_string()),
        ("ASSUME_ENV_ROLE_ARN", ROLE),
        ("ASSUME_ENV_NARROWED", "read-only"),
        ("AWS_ACCOUNT_ID", ACCOUNT),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_SDK_LOAD_CONFIG", "1"),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    assert!(command.token().len() == 64 && command.token().bytes().all(|b| b.is_ascii_hexdigit()));
    assert!(!env["ASSUME_ENV_REFRESH"].contains(command.token()), "the mark has no secret");
}

/// What has priority over the address in an SDK.
const IN_THE_WAY: [(&str, &str); 10] = [
    ("AWS_PROFILE", "mine"),
    ("AWS_DEFAULT_PROFILE", "base"),
    ("AWS_SECURITY_TOKEN", "old"),
    ("AWS_CREDENTIAL_FILE", "/file"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
    ("AWS_ROLE_ARN", ROLE),
    ("AWS_CREDENTIAL_EXPIRATION", "2099-01-01T00:00:00Z"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/get"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/its"),
    ("AWS_SESSION_EXPIRATION", "2099-01-01T00:00:00Z"),
];

#[test]
fn what_has_priority_over_the_address_is_unset() {
    let case = IN_THE_WAY.iter().fold(Case::new(), |case, (name, value)| case.var(name, value));
    let case = case
        .var("AWS_ACCESS_KEY_ID", super::super::harness::KEY_ID)
        .var("AWS_SECRET_ACCESS_KEY", super::super::harness::SECRET)
        .var("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/own")
        .var("AWS_CONTAINER_AUTHORIZATION_TOKEN", "own-token")
        .more_config("[profile mine]\nregion = eu-west-1\n");
    let command = case.refreshed(&["-q", "s3"]);
    for (name, _) in IN_THE_WAY {
        assert_eq!(command.env.get(name), None, "{name}");
    }
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        assert_eq!(command.env.get(name), None, "{name}");
    }
    assert_ne!(command.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"], "http://127.0.0.1:1/own");
    let restore = &command.env["ASSUME_ENV_RESTORE"];
    assert!(
        !restore.contains("own-token")
            && restore.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/own"),
        "{restore}"
    );
    assert_eq!(command.key_id(), FIRST);
}

/// Each key by which `[default]` names credentials.
const CREDENTIALS_OF_DEFAULT: [&str; 7] = [
    "role_arn = arn:aws:iam::1:role/r",
    "aws_access_key_id = AKIADEFAULT000000000",
    "credential_process = true",
    "sso_session = x",
    "sso_start_url = https://x.example",
    "web_identity_token_file = /token",
    "login_session = x",
];

#[test]
fn a_config_file_whose_default_names_credentials_is_hidden_and_settings_go_along() {
    for line in CREDENTIALS_OF_DEFAULT {
        let case = Case::new().config(format!(
            "[default]\nregion = eu-north-1\n{line}\n[profile s3]\nrole_arn = {ROLE}\nsource_profile = base\noutput = yaml\nretry_mode = adaptive\n"
        ));
        let command = case.refreshed(&["-q", "s3"]);
        assert_eq!(command.env["AWS_CONFIG_FILE"], "/dev/null", "{line}");
        for (name, value) in
            [("AWS_DEFAULT_OUTPUT", "yaml"), ("AWS_RETRY_MODE", "adaptive"), ("AWS_REGION", "eu-north-1")]
        {
            assert_eq!(command.env.get(name).map(String::as_str), Some(value), "{line}: {name}");
        }
        let explained = case.run(["--explain", "--refresh", "s3"]);
        let key = line.split(' ').next().expect("a key");
        explained.said_on_stdout(&[
            "The keys renew themselves while the command runs.",
            &format!("the config file is hidden from the command: {key} of [default] ("),
            "config:3)",
            "the region eu-north-1 of [default] (",
            "AWS_CONFIG_FILE",
        ]);
        let json = case.run(["--explain", "--json", "--refresh", "s3"]).json();
        assert_eq!(json["refresh"]["hidden"]["config_file"]["value"], key, "{json}");
    }
    let case = Case::new().more_config("[default]\nregion = eu-north-1\n");
    let command = case.refreshed(&["-q", "s3"]);
    assert_eq!(command.env.get("AWS_CONFIG_FILE"), None, "without credentials, the file is read");
    assert_eq!(command.env.get("AWS_REGION"), None, "the file has it");
    let json = case.run(["--explain", "--json", "--refresh", "s3"]).json();
    assert!(json["refresh"]["hidden"]["config_file"].is_null(), "{json}");
    assert!(
        json["set"]
            .as_array()
            .expect("a list")
            .iter()
            .all(|name| name != "AWS_CONFIG_FILE" && name != "AWS_ACCESS_KEY_ID"),
        "{json}"
    );
}

#[test]
fn the_summary_says_what_is_hidden_and_how_long_keys_renew_themselves() {
    let case = Case::new().credentials(
        "[base]\naws_access_key_id = AKIABASE000000000000\naws_secret_access_key = base/secret+EXAMPLE\n\
         [default]\naws_access_key_id = AKIADEFAULT000000000\naws_secret_access_key = x\nregion = sa-east-1\n",
    );
    let out = case.on_terminal("assume-env --refresh s3 -- sh -c 'echo region $AWS_REGION'");
    out.said_on_stdout(&[
        "assume-env: s3 is arn:aws:sts::123456789012:assumed-role/assumeS3Full/",
        "  renews itself while the command runs\n",
        "  the credentials file is hidden from the command: aws_access_key_id of [default] (",
        "  the region sa-east-1 of [default] (",
        "region sa-east-1\n",
    ]);
    let case = super::super::mfa::protected();
    let out = case.on_terminal("assume-env --refresh s3 --mfa-token 111111 -- true");
    out.said_on_stdout(&[
        "  renews itself until ",
        "(in 12h",
        "), then an MFA code is needed: assume-env --renew\n",
    ]);
}

/// The environment after a line of sh in that of the command.
fn after(command: &Refreshed<'_>, case: &Case, line: &str) -> Env {
    let mut shell = case.command("sh");
    shell.env_clear().envs(&command.env).args(["-c", &format!("{line}\nexec env -0")]);
    finish(shell).env()
}

#[test]
fn another_session_over_it_ends_with_clear_and_comes_back_to_it() {
    let case = Case::in_world(world().role(role("other"))).var("AWS_REGION", "us-west-2").var("AWS_PROFILE", "base").more_config(
        "region = eu-west-1\nretry_mode = adaptive\n[profile other]\nrole_arn = arn:aws:iam::123456789012:role/other\n\
         source_profile = base\nregion = eu-central-1\noutput = text\n[profile plain]\nrole_arn = arn:aws:iam::123456789012:role/other\nsource_profile = base\n",
    );
    let command = case.refreshed(&["-q", "s3"]);
    let before = super::super::harness::steady(command.env.clone());
    for role in ["other", "plain"] {
        let over = after(&command, &case, &format!("eval \"$(assume-env -q {role})\" || exit"));
        assert_eq!(over["ASSUME_ENV_PROFILE"], role);
        assert!(
            over.contains_key("AWS_ACCESS_KEY_ID")
                && over["ASSUME_ENV_REFRESH"] == before["ASSUME_ENV_REFRESH"]
        );
        assert_eq!(over["AWS_REGION"], if role == "other" { "eu-central-1" } else { "us-west-2" });
        assert_eq!(over.get("AWS_RETRY_MODE"), None, "a setting of the other profile");
        let line = format!("eval \"$(assume-env -q {role})\" && eval \"$(assume-env --clear)\" || exit");
        let mut back = super::super::harness::steady(after(&command, &case, &line));
        // For `assume-env -`. It has no secret, and outlives each session.
        assert!(back.remove("ASSUME_ENV_PREVIOUS").is_some_and(|previous| previous.contains(role)));
        assert_eq!(back, before, "{role}");
    }
    // Cleared once more, the environment is the user's own.
    let own = after(&command, &case, "eval \"$(assume-env --clear)\" || exit");
    let own = aws_only(&own);
    assert_eq!(own, case.aws_vars());
}

#[test]
fn inside_the_sources_are_what_they_were() {
    let case = Case::in_world(world().role(role("other"))).more_config(
        "[default]\nrole_arn = arn:aws:iam::123456789012:role/other\nsource_profile = base\n[profile other]\nrole_arn = arn:aws:iam::123456789012:role/other\nsource_profile = base\n",
    );
    let command = case.refreshed(&["-q", "s3"]);
    assert_eq!(command.env["AWS_CONFIG_FILE"], "/dev/null");
    assert_eq!(command.inside(&["--list"]).succeeded(), "base\ndefault\nother\ns3\n");
    let out = command.inside(&["other", "--", "env", "-0"]);
    assert_eq!(out.env()["AWS_ACCESS_KEY_ID"], SECOND);
    assert_eq!(case.signers(), ["AKIABASE000000000000"; 2], "{:?}", case.sts.requests());
    // A session with --refresh inside of it.
    let out = command.inside(&["--refresh", "-q", "other", "--", "env", "-0"]);
    let inner = out.env();
    assert_ne!(
        inner["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
        command.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    );
    assert_eq!(inner["ASSUME_ENV_PROFILE"], "other");
    // Without a role it is not guessed which one is meant.
    command.inside(&[]).failed(
        2,
        &["no role is named, and the keys of this environment, of s3, renew themselves", "assume-env s3"],
    );
    // The container's own source is what it was, too.
    let explained = command.inside(&["--explain", "other", "--json"]).json();
    assert_eq!(explained["source"]["kind"], "profile");
}

#[test]
fn status_asks_the_helper() {
    let case = Case::new();
    let command = case.refreshed(&["-q", "s3"]);
    let status = command.inside(&["--status"]);
    let text = status.succeeded();
    for part in [
        "profile    s3\n",
        &format!("role       {ROLE}\n"),
        "account    123456789012\n",
        "time       renews itself; the keys of now last until ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = command.inside(&["--status", "--json"]).json();
    assert_eq!((&json["profile"], &json["refresh"]["answers"]), (&"s3".into(), &true.into()));
    assert!(json["seconds_left"].as_i64().is_some_and(|left| left > 3500), "{json}");
    assert!(json["refresh"]["failure"].is_null() && json["refresh"]["code_needed_at"].is_null(), "{json}");
    assert_eq!(
        command.inside(&["--status", "-q", "--min-ttl", "11h"]).status.code(),
        Some(0),
        "they are renewed"
    );
    assert!(!text.contains("ASIA"), "{text}");
    // Another session over it is described from the environment alone.
    let out = after(
        &command,
        &case,
        "eval \"$(assume-env -q s3)\"; assume-env --status > status; assume-env --status -q || exit",
    );
    assert!(out.contains_key("AWS_ACCESS_KEY_ID"));
    let shown = std::fs::read_to_string(case.path("status")).expect("it was written");
    assert!(shown.contains(" left, until "), "{shown}");
}

#[test]
fn a_damaged_mark_is_an_error_and_foreign_keys_are_no_session() {
    let case = Case::new();
    let command = case.refreshed(&["-q", "s3"]);
    let mut env = command.env.clone();
    env.insert("ASSUME_ENV_REFRESH".into(), "1,PATH=/evil".into());
    let mut damaged = case.assume_env(["--status"]);
    damaged.env_clear().envs(&env);
    let out = finish(damaged);
    assert_eq!(out.status.code(), Some(1));
    out.said(&["ASSUME_ENV_REFRESH is not a text that assume-env writes"]);
    let own = after(
        &command,
        &case,
        "export AWS_ACCESS_KEY_ID=AKIAMINE000000000000 AWS_SECRET_ACCESS_KEY=x; assume-env --status 2> said; true",
    );
    assert!(own.contains_key("AWS_ACCESS_KEY_ID"));
    let said = std::fs::read_to_string(case.path("said")).expect("it was written");
    assert!(said.contains("the keys of this environment are not those of its session"), "{said}");
}
