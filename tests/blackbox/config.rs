//! The AWS files, read by the rules of the AWS CLI, and the settings in the environment.

use super::harness::{CONFIG, CREDENTIALS, Case, FIRST, POSIX_SHELLS, ROLE, finish};

/// Names that run a command or end a quote when they are not quoted.
const HOSTILE: [&str; 9] = [
    "a b",
    "it's",
    "say \"hi\"",
    "$(touch evil)",
    "`touch evil`",
    "; touch evil #",
    "back\\slash \\",
    "Jürgen 日本",
    "=ls ~ *",
];

/// The section header of a profile with any name.
fn header(name: &str) -> String {
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("[profile \"{quoted}\"]")
}

fn hostile_case(name: &str) -> Case {
    Case::new().config(format!("{}\nrole_arn = {ROLE}\nsource_profile = base\n", header(name)))
}

#[test]
fn a_profile_name_runs_nothing_in_a_posix_shell() {
    for shell in POSIX_SHELLS {
        for name in HOSTILE {
            let case = hostile_case(name).var("ROLE_NAME", name);
            let env = case.shell(shell, r#"eval "$(assume-env "$ROLE_NAME")" || exit; env -0"#).env();
            assert_eq!((&*env["ASSUME_ENV_PROFILE"], &*env["AWS_ACCESS_KEY_ID"]), (name, FIRST), "{shell}");
            assert!(!case.path("evil").exists(), "{shell} ran {name}");
        }
    }
}

#[test]
fn a_profile_name_runs_nothing_in_fish() {
    for name in HOSTILE {
        let case = hostile_case(name).var("ROLE_NAME", name);
        let env = case.shell("fish", r#"assume-env -f fish "$ROLE_NAME" | source; or exit; env -0"#).env();
        assert_eq!(env["ASSUME_ENV_PROFILE"], name);
        assert!(!case.path("evil").exists(), "fish ran {name}");
    }
}

#[test]
fn the_name_of_a_missing_profile_runs_nothing() {
    for name in HOSTILE {
        let case = Case::new().var("ROLE_NAME", name);
        case.run([name]).failed(1, &["there is no profile"]);
        let outcome = case.shell("bash", r#"eval "$(assume-env "$ROLE_NAME")"; echo $?"#);
        assert_eq!(outcome.succeeded(), "1\n");
        assert!(!case.path("evil").exists(), "{name}");
        case.nothing_was_asked();
    }
}

#[test]
fn quoted_and_bare_section_names_are_the_same() {
    for header in ["[profile s3]", "[profile \"s3\"]", "[profile 's3']", "[profile  s3]", "[profile\ts3]"] {
        let case = Case::new().config(CONFIG.replace("[profile s3]", header));
        case.run(["s3"]).succeeded();
    }
}

#[test]
fn keys_are_read_as_configparser_reads_them() {
    for config in [
        "# a comment\n; another\n[profile s3]\nROLE_ARN: arn:aws:iam::123456789012:role/assumeS3Full\nSource_Profile=base\n",
        "[profile s3]\r\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\r\nsource_profile = base\r\n",
        "[profile s3]\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\ns3 =\n  role_arn = x\nsource_profile = base",
    ] {
        let case = Case::new().config(config);
        case.run(["s3"]).succeeded();
    }
    // A comment after a value is a part of the value.
    let case = Case::new().config(CONFIG.replace("source_profile = base", "source_profile = base # mine"));
    case.run(["s3"]).failed(1, &["there is no profile base # mine"]);
}

#[test]
fn a_profile_of_the_credentials_file_can_have_a_role() {
    let case = Case::new()
        .config("")
        .credentials(format!("{CREDENTIALS}[s3]\nrole_arn = {ROLE}\nsource_profile = base\n"));
    case.run(["s3"]).succeeded();
}

#[test]
fn the_credentials_file_wins_key_by_key() {
    let case = Case::new().credentials(format!("{CREDENTIALS}[s3]\nrole_session_name = of-credentials\n"));
    case.run(["s3"]).succeeded();
    assert_eq!(case.request().param("RoleSessionName"), "of-credentials");
}

#[test]
fn no_profile_inherits_from_the_default_profile() {
    let case = Case::new().more_config(
        "[default]\nrole_session_name = of-default\nexternal_id = of-default\nregion = eu-west-1\n",
    );
    case.run(["s3"]).succeeded();
    let made = case.request();
    assert_eq!((made.param("ExternalId"), made.region.as_deref()), ("", Some("us-east-1")));
    assert_ne!(made.param("RoleSessionName"), "of-default");
}

#[test]
fn a_line_that_the_aws_cli_rejects_is_named() {
    for (config, line, part) in [
        (format!("{CONFIG}[profile s3]\n"), 4, "the section [profile s3] is defined a second time"),
        (format!("{CONFIG}ROLE_ARN = x\n"), 4, "the key role_arn is defined a second time in its section"),
        ("role_arn = x\n".to_owned(), 1, "before the first [section]"),
        (format!("{CONFIG}nonsense\n"), 4, "neither a [section] nor key = value"),
        (format!("{CONFIG}s3 =\n  nonsense\n"), 4, "the indented lines below s3"),
    ] {
        let case = Case::new().config(config);
        let place = format!("{}:{line}: ", case.path(".aws/config").display());
        case.run(["s3"]).failed(1, &[&place, part, "fix this line; the AWS CLI rejects this file too"]);
        case.run(["s3", "--", "true"]).failed_silently(125, &[&place, part]);
        case.nothing_was_asked();
    }
    let case = Case::new().credentials(format!("{CREDENTIALS}{CREDENTIALS}"));
    case.run(["s3"]).failed(1, &[".aws/credentials:4: the section [base] is defined a second time"]);
}

#[test]
fn a_file_that_is_not_utf_8_is_named_with_its_line() {
    let case = Case::new().config(b"[profile s3]\nregion = \xff\n");
    case.run(["s3"]).failed(1, &[".aws/config:2: the file is not UTF-8", "save the file as UTF-8"]);
    case.run(["s3", "--", "true"]).failed_silently(125, &[".aws/config:2: "]);
    let case = Case::new().credentials(b"\xff\xfe[\0b\0");
    case.run(["s3"]).failed(1, &[".aws/credentials:1: the file is not UTF-8"]);
    case.nothing_was_asked();
}

#[test]
fn an_empty_file_has_no_profile() {
    let case = Case::new().config("").credentials("");
    case.run(["s3"]).failed(1, &["there is no profile s3", ".aws/config and ", ".aws/credentials"]);
    case.run(["s3", "--", "true"]).failed_silently(125, &["there is no profile s3"]);
    case.nothing_was_asked();
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    for name in [".aws/config", ".aws/credentials"] {
        let case = Case::new();
        std::fs::remove_file(case.path(name)).expect("it is there");
        std::fs::create_dir(case.path(name)).expect("a folder");
        let path = case.path(name).display().to_string();
        case.run(["s3"])
            .failed(1, &[&format!("cannot read {path}: "), "s a directory", "a file that you can read"]);
        case.run(["s3", "--", "true"]).failed_silently(125, &[&format!("cannot read {path}")]);
        case.nothing_was_asked();
    }
}

#[test]
fn a_missing_config_file_is_not_an_error() {
    let case = Case::new().with_keys_in_environment();
    std::fs::remove_file(case.path(".aws/config")).expect("it is there");
    case.run([ROLE]).succeeded();
}

#[test]
fn a_file_that_a_variable_names_must_exist() {
    for (name, file) in [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")] {
        let missing = format!("/nonexistent/{file}");
        let case = Case::new().var(name, &missing);
        let line = format!("cannot read {missing}, which {name} names: ");
        case.run(["s3"]).failed(1, &[&line, &format!("set {name} to a file that exists")]);
        case.run(["s3", "--", "true"]).failed_silently(125, &[&line]);
        case.nothing_was_asked();
    }
}

#[test]
fn the_files_in_the_variables_are_read() {
    let case = Case::new().config("").credentials("");
    case.file("my config", CONFIG);
    case.file("my credentials", CREDENTIALS);
    let (config, credentials) = (case.path("my config"), case.path("my credentials"));
    let case = case.var("AWS_CONFIG_FILE", config).var("AWS_SHARED_CREDENTIALS_FILE", credentials);
    case.run(["s3"]).succeeded();
    let case =
        case.var("AWS_CONFIG_FILE", "~/my config").var("AWS_SHARED_CREDENTIALS_FILE", "~/my credentials");
    case.run(["s3"]).succeeded();
    let case = case
        .without("HOME")
        .var("AWS_CONFIG_FILE", "my config")
        .var("AWS_SHARED_CREDENTIALS_FILE", "my credentials");
    case.run(["s3"]).succeeded();
}

/// As in the AWS CLI, an empty HOME is the root folder.
#[test]
fn an_empty_home_is_the_root_folder() {
    let case = Case::new().var("HOME", "");
    case.run(["s3"]).failed(1, &["there is no profile s3", "/.aws/config and /.aws/credentials"]);
    case.nothing_was_asked();
    let case = Case::new().with_keys_in_environment().var("HOME", "");
    case.run([ROLE]).succeeded();
}

#[test]
fn every_retry_mode_of_the_aws_cli_is_accepted() {
    for mode in ["legacy", "standard", "adaptive"] {
        let case = Case::new().more_config(&format!("retry_mode = {mode}\n"));
        case.run(["s3"]).succeeded();
        Case::new().var("AWS_RETRY_MODE", mode).run(["s3"]).succeeded();
    }
}

#[test]
fn the_number_of_attempts_must_be_a_whole_number() {
    for text in ["0", "-1", "many", "1.5"] {
        let case = Case::new().var("AWS_MAX_ATTEMPTS", text);
        let line = format!("{text} (the variable AWS_MAX_ATTEMPTS) is not a number of attempts");
        case.run(["s3"]).failed(1, &[&line, "at least 1"]);
        case.run(["s3", "--", "true"]).failed_silently(125, &[&line]);
        case.nothing_was_asked();
        let case = Case::new().more_config(&format!("max_attempts = {text}\n"));
        case.run(["s3"]).failed(1, &[".aws/config:4) is not a number of attempts"]);
    }
}

/// A case in which only the files name the STS.
fn named_by_files(config: impl Fn(&str) -> String) -> Case {
    let case = Case::new().without("AWS_ENDPOINT_URL");
    let config = config(&case.sts.url());
    case.config(config)
}

#[test]
fn a_profile_can_name_the_endpoint() {
    named_by_files(|url| format!("{CONFIG}endpoint_url = {url}\n")).run(["s3"]).succeeded();
}

#[test]
fn a_services_section_can_name_the_endpoint() {
    let config = |url: &str| {
        format!(
            "{CONFIG}services = local\nendpoint_url = https://unused.invalid\n[services local]\nsts =\n  endpoint_url = {url}\n"
        )
    };
    named_by_files(config).run(["s3"]).succeeded();
}

#[test]
fn a_missing_services_section_is_an_error() {
    let case = Case::new().without("AWS_ENDPOINT_URL").more_config("services = locla\n[services local]\n");
    let line = format!("there is no section [services locla] ({}:4)", case.path(".aws/config").display());
    let parts = [&*line, "add a section [services locla], or remove the line"];
    case.run(["s3"]).failed(1, &parts);
    case.run(["s3", "--", "true"]).failed_silently(125, &parts);
    case.run(["--explain", "s3"]).failed_silently(1, &parts);
    case.nothing_was_asked();
}

/// An address can contain a password, and a message must not show it.
#[test]
fn no_password_of_an_address_is_shown() {
    for url in [
        "https://user:hunter2@sts.example.org",
        "http://user:hunter2@127.0.0.1:1",
        "http://user:hunter2@sts.example.org",
        "https://user:hunter2@sts.example.org:99999",
        "https://user:hun ter2@sts.example.org",
        "https://user:p/hunter2@sts.example.org",
        "https://user:p@hunter2@sts.example.org",
        "ftp://user:hunter2@sts.example.org",
        "//user:hunter2@sts.example.org",
        "user:hunter2@sts.example.org",
        "https://user:hunter2@",
    ] {
        let case = Case::new().var("AWS_ENDPOINT_URL", url);
        let outcome = case.run(["-v", "s3"]);
        outcome.failed(1, &["(the variable AWS_ENDPOINT_URL)"]);
        assert!(!outcome.stderr.contains("ter2"), "{}", outcome.stderr);
        let case = Case::new().without("AWS_ENDPOINT_URL").more_config(&format!("endpoint_url = {url}\n"));
        for args in [&["-v", "s3"][..], &["--explain", "s3"], &["--buckets", "s3"]] {
            let outcome = case.run(args);
            assert_eq!(outcome.status.code(), Some(1));
            outcome.said(&[".aws/config:4)"]);
            assert!(
                !outcome.stderr.contains("ter2") && !outcome.out().contains("ter2"),
                "{}",
                outcome.stderr
            );
        }
        case.nothing_was_asked();
    }
}

#[test]
fn the_variable_for_sts_wins_over_the_one_for_all_services() {
    let case = Case::new().var("AWS_ENDPOINT_URL", "https://unused.invalid");
    let url = case.sts.url();
    case.var("AWS_ENDPOINT_URL_STS", url).run(["s3"]).succeeded();
}

#[test]
fn configured_endpoints_can_be_ignored() {
    // No request must leave this machine: no program listens at the port of the proxy.
    let case = Case::new()
        .var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        .var("HTTPS_PROXY", "http://127.0.0.1:1");
    case.run(["s3"]).failed(1, &["https://sts.us-east-1.amazonaws.com"]);
    case.nothing_was_asked();
    let case = Case::new().var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false");
    case.run(["s3"]).succeeded();
    let case = Case::new().var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "maybe");
    case.run(["s3"])
        .failed(1, &["maybe (the variable AWS_IGNORE_CONFIGURED_ENDPOINT_URLS) is neither true nor false"]);
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    for url in [
        "http://sts.example.org",
        "http://10.0.0.1:5000",
        "http://localhost.example.org",
        "HTTP://[2001:db8::1]/",
    ] {
        let line = format!(
            "the endpoint {url} (the variable AWS_ENDPOINT_URL) is plain http and not on this machine"
        );
        let case = Case::new().var("AWS_ENDPOINT_URL", url);
        case.run(["s3"]).failed(1, &[&line, "the answer has the keys in plain text"]);
        case.run(["s3", "--", "true"]).failed_silently(125, &[&line]);
        let case = Case::new().var("AWS_ENDPOINT_URL_S3", url);
        case.run(["--buckets", "s3"])
            .failed_silently(1, &["(the variable AWS_ENDPOINT_URL_S3) is plain http"]);
        case.nothing_was_asked();
    }
}

#[test]
fn an_endpoint_that_is_not_an_address_is_refused() {
    for url in [
        "sts.example.org",
        "ftp://x",
        "https://user:password@x",
        "https://x/?a=b",
        "https://",
        "https://localhost:99999",
    ] {
        let case = Case::new().var("AWS_ENDPOINT_URL", url);
        case.run(["s3"]).failed(1, &["(the variable AWS_ENDPOINT_URL) is not a valid address"]);
    }
}

#[test]
fn every_name_of_loopback_is_accepted() {
    let case = Case::new();
    let port = case.sts.address().port();
    for host in ["localhost", "LOCALHOST", "127.0.0.1"] {
        let mut run = case.assume_env(["s3"]);
        run.env("AWS_ENDPOINT_URL", format!("http://{host}:{port}/"));
        finish(run).succeeded();
    }
}

#[test]
fn a_bad_value_of_a_profile_is_named_with_its_line() {
    for (line, part) in [
        ("duration_seconds = 899", "the duration 899 ("),
        ("duration_seconds = soon", "the duration soon ("),
        ("role_session_name = a b", "the session name a b ("),
        ("external_id = a b", "the external ID a b ("),
        ("region = eu west", "the region eu west ("),
    ] {
        let case = Case::new().more_config(&format!("{line}\n"));
        let place = format!("{}:4", case.path(".aws/config").display());
        case.run(["s3"]).failed(1, &[part, &place]);
        case.run(["s3", "--", "true"]).failed_silently(125, &[part, &place]);
        case.nothing_was_asked();
    }
    let case = Case::new().var("AWS_ROLE_SESSION_NAME", "a b");
    case.run(["s3"]).failed(1, &["the session name a b (the variable AWS_ROLE_SESSION_NAME)"]);
}

#[test]
fn a_region_of_another_partition_is_an_error_only_from_a_flag() {
    let china = "[profile cn]\nrole_arn = arn:aws-cn:iam::123456789012:role/r\nsource_profile = base\n";
    let case = Case::new()
        .without("AWS_ENDPOINT_URL")
        .config(china)
        .var("AWS_REGION", "eu-west-1")
        .var("HTTPS_PROXY", "http://127.0.0.1:1");
    case.run(["-r", "eu-west-1", "cn"])
        .failed(1, &["the region eu-west-1 (--region) is not in the partition of"]);
    case.run(["cn"]).failed(1, &["https://sts.cn-north-1.amazonaws.com.cn"]);
}

#[test]
fn no_command_changes_the_home_folder() {
    let case = Case::new();
    let read = || -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> = [".aws/config", ".aws/credentials"]
            .map(|name| (name.to_owned(), std::fs::read(case.path(name)).expect("it is there")))
            .into();
        let names = std::fs::read_dir(case.path("")).expect("it is there");
        let names = names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        files.extend(names.map(|name| (name, Vec::new())));
        files.sort();
        files
    };
    let before = read();
    for args in [
        &["s3"][..],
        &["--whoami", "s3"],
        &["--buckets", "s3"],
        &["--list"],
        &["--clear"],
        &["s3", "--", "true"],
    ] {
        case.run(args).succeeded();
    }
    assert_eq!(read(), before);
}

/// The profiles of a large organisation. A file of 11 MB is no reason for an error.
#[test]
fn a_hundred_thousand_profiles_are_read() {
    let profile = |i: usize| {
        let account = 100_000_000_000_usize + i;
        format!(
            "[profile team-{i}-admin]\nrole_arn = arn:aws:iam::{account}:role/Admin\nsource_profile = base\nregion = eu-west-1\n"
        )
    };
    let case = Case::new().more_config(&(0..100_000).map(profile).collect::<String>());
    let listed = case.run(["--list"]);
    let listed = listed.succeeded();
    assert_eq!(listed.lines().filter(|name| name.starts_with("team-")).count(), 100_000);
    let explained = case.run(["--explain", "team-99999-admin"]);
    let explained = explained.succeeded();
    assert!(explained.contains("arn:aws:iam::100000099999:role/Admin"), "{explained}");
}
