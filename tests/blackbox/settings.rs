//! The settings of a profile go along: a command asks the same addresses by the same rules as with `--profile`.

use super::harness::{Case, Env, POSIX_SHELLS, aws_only};

const LOCAL: &str = "http://127.0.0.1:4566";

/// A role whose profile has settings, and whose STS is the strict one.
pub fn case(settings: &str) -> Case {
    let case = Case::new();
    let sts = case.sts.url();
    case.without("AWS_ENDPOINT_URL").var("AWS_ENDPOINT_URL_STS", sts).more_config(settings)
}

/// The environment of a command.
#[track_caller]
fn env(case: &Case, role: &str) -> Env {
    case.run([role, "--", "env", "-0"]).env()
}

/// Whether a variable is a setting that a session can pass on: no label of the program, and no part of the keys.
pub fn is_setting(name: &str) -> bool {
    const OTHERS: [&str; 6] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_ACCOUNT_ID",
        "AWS_ENDPOINT_URL_STS",
    ];
    !OTHERS.contains(&name) && !name.starts_with("ASSUME_ENV")
}

/// The settings that a command gets.
#[track_caller]
fn settings(case: &Case, role: &str) -> Vec<(String, String)> {
    aws_only(&env(case, role)).into_iter().filter(|(name, _)| is_setting(name)).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn each_setting_becomes_its_variable() {
    for (line, wanted) in [
        ("endpoint_url = http://127.0.0.1:4566", &[("AWS_ENDPOINT_URL", LOCAL)][..]),
        // botocore compares keys in lower case, and so do the SDKs.
        ("Use_FIPS_Endpoint = True", &[("AWS_USE_FIPS_ENDPOINT", "True")]),
        ("use_dualstack_endpoint = true", &[("AWS_USE_DUALSTACK_ENDPOINT", "true")]),
        ("ignore_configured_endpoint_urls = false", &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")]),
        ("sts_regional_endpoints = legacy", &[("AWS_STS_REGIONAL_ENDPOINTS", "legacy")]),
        ("retry_mode = adaptive", &[("AWS_RETRY_MODE", "adaptive")]),
        ("max_attempts = 7", &[("AWS_MAX_ATTEMPTS", "7")]),
        ("defaults_mode = mobile", &[("AWS_DEFAULTS_MODE", "mobile")]),
        ("account_id_endpoint_mode = disabled", &[("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")]),
        ("sdk_ua_app_id = it's mine", &[("AWS_SDK_UA_APP_ID", "it's mine")]),
        (
            "request_checksum_calculation = when_required",
            &[("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")],
        ),
        ("sigv4a_signing_region_set = *", &[("AWS_SIGV4A_SIGNING_REGION_SET", "*")]),
        ("s3_use_arn_region = true", &[("AWS_S3_USE_ARN_REGION", "true")]),
        ("s3 =\n  use_arn_region = true", &[("AWS_S3_USE_ARN_REGION", "true")]),
        (
            "endpoint_discovery_enabled = true",
            &[("AWS_ENABLE_ENDPOINT_DISCOVERY", "true"), ("AWS_ENDPOINT_DISCOVERY_ENABLED", "true")],
        ),
        ("ec2_metadata_v1_disabled = true", &[("AWS_EC2_METADATA_V1_DISABLED", "true")]),
        ("output = text", &[("AWS_DEFAULT_OUTPUT", "text")]),
        ("cli_pager = less -R", &[("AWS_PAGER", "less -R")]),
        // Without a pager, as many profiles have it.
        ("cli_pager =", &[("AWS_PAGER", "")]),
        ("cli_auto_prompt = on-partial", &[("AWS_CLI_AUTO_PROMPT", "on-partial")]),
        ("output =\ncli_history = enabled", &[]),
    ] {
        assert_eq!(settings(&case(&format!("{line}\n")), "s3"), pairs(wanted), "{line}");
    }
}

#[test]
fn each_service_of_a_services_section_has_a_variable() {
    let services = "services = here\n[services here]\ns3 =\n  endpoint_url = http://10.0.0.5:1\n\
                    DynamoDB_Streams =\n  endpoint_url = http://127.0.0.1:2\nec2 =\n  other = 1\n";
    let wanted = [
        ("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "http://127.0.0.1:2"),
        ("AWS_ENDPOINT_URL_S3", "http://10.0.0.5:1"),
    ];
    assert_eq!(settings(&case(services), "s3"), pairs(&wanted));
    // The address of all services in the environment has priority over the section, as in botocore.
    let case = Case::new().more_config(services);
    let own = case.value("AWS_ENDPOINT_URL").unwrap().to_owned();
    assert_eq!(settings(&case, "s3"), pairs(&[("AWS_ENDPOINT_URL", &own)]));
}

#[test]
fn a_services_section_that_is_malformed_is_an_error_with_its_line() {
    for (line, key) in [
        ("s3 = http://127.0.0.1:1", "s3"),
        ("endpoint_url = http://127.0.0.1:1", "endpoint_url"),
        ("s3 =", "s3"),
        (
            "ec2 =\n  endpoint_url = http://127.0.0.1:1\ns3.endpoint_url = http://127.0.0.1:1",
            "s3.endpoint_url",
        ),
    ] {
        let case = Case::new().without("AWS_ENDPOINT_URL");
        let case = case.more_config(&format!("services = x\n[services x]\n{line}\n"));
        let at = 6 + line.matches('\n').count();
        let said = format!("{key} in [services x] ({}:{at})", case.path(".aws/config").display());
        case.run(["s3"]).failed(1, &[&said, "endpoint_url = ADDRESS"]);
        case.nothing_was_asked();
    }
}

#[test]
fn a_variable_of_the_user_has_priority() {
    let config = "cli_pager = less\noutput = text\nendpoint_url = http://127.0.0.1:4566\n";
    // An empty variable counts as absent, except the pager.
    let case =
        case(config).var("AWS_ENDPOINT_URL", "").var("AWS_DEFAULT_OUTPUT", "table").var("AWS_PAGER", "");
    let wanted = [("AWS_DEFAULT_OUTPUT", "table"), ("AWS_ENDPOINT_URL", LOCAL), ("AWS_PAGER", "")];
    assert_eq!(settings(&case, "s3"), pairs(&wanted));
    let before = case.aws_vars();
    let held = case.holding(["s3"]);
    let after = held.shell("dash", "eval \"$(assume-env --clear)\" || exit; env -0").env();
    assert_eq!(aws_only(&after), before);
}

#[test]
fn every_shell_gets_the_same_settings_as_a_command_and_ends_them() {
    let config = "endpoint_url = http://127.0.0.1:4566\ncli_pager =\nsdk_ua_app_id = it's $(mine) é\n";
    for shell in POSIX_SHELLS {
        let case = case(config);
        let script = "eval \"$(assume-env s3)\" || exit; env -0";
        let names = |env: &Env| -> Vec<(String, String)> {
            let keys = ["AWS_ENDPOINT_URL", "AWS_PAGER", "AWS_SDK_UA_APP_ID", "ASSUME_ENV_SETTINGS"];
            let all = env.iter().filter(|(name, _)| keys.contains(&name.as_str()));
            all.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let printed = names(&case.shell(shell, script).env());
        assert_eq!(printed, names(&env(&case, "s3")), "{shell}");
        assert_eq!(printed.len(), 4);
        let script = "eval \"$(assume-env s3)\" || exit; eval \"$(assume-env --clear)\" || exit; env -0";
        let after = case.shell(shell, script).env();
        assert_eq!(aws_only(&after), case.aws_vars(), "{shell}");
    }
    let case = case("endpoint_url = http://127.0.0.1:4566\n");
    assert!(
        case.run(["-f", "dotenv", "s3"]).succeeded().contains("AWS_ENDPOINT_URL=http://127.0.0.1:4566\n")
    );
    let document = case.run(["-f", "json", "s3"]).json();
    assert!(document.as_object().unwrap().keys().all(|key| !key.contains("ENDPOINT")), "{document}");
}

#[test]
fn another_role_starts_from_the_users_own_settings() {
    let more = "endpoint_url = http://127.0.0.1:4566\n[profile plain]\n\
                role_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = base\noutput = text\n";
    let first = case(more).holding(["s3"]);
    assert_eq!(first.value("AWS_ENDPOINT_URL"), Some(LOCAL));
    // A second role is asked at the address of the user, not at that of the first role.
    assert_eq!(settings(&first, "plain"), pairs(&[("AWS_DEFAULT_OUTPUT", "text")]));
    assert_eq!(settings(&first, "s3"), pairs(&[("AWS_ENDPOINT_URL", LOCAL)]));
    let renewed = aws_only(&first.run(["--fresh", "--", "env", "-0"]).env());
    assert_eq!(renewed["AWS_ENDPOINT_URL"], LOCAL);
    let changed = first.var("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let after = changed.shell("dash", "eval \"$(assume-env --clear)\" || exit; env -0").env();
    assert_eq!(after["AWS_ENDPOINT_URL"], "http://127.0.0.1:9", "it is not the session's any more");
}

#[test]
fn the_settings_of_default_are_hidden_from_other_profiles() {
    let default = "[default]\nendpoint_url = http://127.0.0.1:1\nuse_fips_endpoint = true\noutput = text\n\
                   retry_mode = adaptive\n";
    // Keys that need no call of STS, so that no address is named in the environment.
    let keys = "[me]\naws_access_key_id = ASIAME0000000000000\naws_secret_access_key = fake\n\
                aws_session_token = fake\n";
    let case = Case::new().without("AWS_ENDPOINT_URL").credentials(keys).more_config(default);
    // AWS_RETRY_MODE and AWS_DEFAULT_OUTPUT have no value that means the same as none for every tool.
    let wanted = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"), ("AWS_USE_FIPS_ENDPOINT", "false")];
    assert_eq!(settings(&case, "me"), pairs(&wanted));
    let text = case.run(["--explain", "me"]);
    text.succeeded();
    text.said_on_stdout(&["retry_mode in [default] (", "Setting:   AWS_USE_FIPS_ENDPOINT=false ("]);
    // The addresses of the environment would be ignored too, so those of [default] are named only.
    let case = case.var("AWS_ENDPOINT_URL_S3", LOCAL);
    let wanted = [("AWS_ENDPOINT_URL_S3", LOCAL), ("AWS_USE_FIPS_ENDPOINT", "false")];
    assert_eq!(settings(&case, "me"), pairs(&wanted));
    case.run(["--explain", "me"]).said_on_stdout(&["endpoint_url in [default] ("]);
}

/// botocore takes no region from `[default]` with --profile, and a command under assume-env does.
#[test]
fn the_region_of_default_is_named_where_it_applies() {
    let more = "[default]\nregion = eu-north-1\n";
    let said = "region in [default] (";
    let explain =
        |case: &Case, args: &[&str]| case.run(["--explain"].iter().chain(args)).succeeded().contains(said);
    assert!(explain(&case(more), &["s3"]));
    assert!(explain(&case(more).var("AWS_REGION", "eu-west-1"), &["s3"]), "boto3 does not read AWS_REGION");
    let line = "region (";
    case(more).run(["-v", "s3", "--", "true"]).said(&[line, "of [default] applies to commands"]);
    // A region of the profile, of a flag or of both variables has priority over it.
    assert!(!explain(&case(&format!("region = eu-west-1\n{more}")), &["s3"]));
    assert!(!explain(&case(more), &["-r", "eu-west-1", "s3"]));
    let own = case(more).var("AWS_REGION", "eu-west-1").var("AWS_DEFAULT_REGION", "eu-west-1");
    assert!(!explain(&own, &["s3"]));
    assert!(!explain(&case(""), &["s3"]));
}

#[test]
fn a_setting_of_default_that_no_variable_has_is_named() {
    let own = "s3 =\n  addressing_style = path\n  payload_signing_enabled = true\n";
    let default = "[default]\ncli_history = enabled\ns3 =\n  addressing_style = path\n  use_accelerate_endpoint = true\n";
    let case = case(&format!("{own}{default}"));
    let text = case.run(["--explain", "s3"]);
    text.succeeded();
    text.said_on_stdout(&[
        "s3.payload_signing_enabled (",
        "is not passed on",
        "cli_history in [default] (",
        "s3.use_accelerate_endpoint in [default] (",
    ]);
    // The two agree in this one.
    assert!(!text.out().contains("addressing_style"), "{}", text.out());
    let text = case.run(["-v", "s3", "--", "true"]);
    text.said(&["s3.use_accelerate_endpoint (", "of [default] applies to commands"]);
}

#[test]
fn a_setting_without_a_variable_is_named() {
    let case =
        case("s3 =\n  addressing_style = path\n  max_concurrent_requests = 20\ncli_history = enabled\n");
    let text = case.run(["--explain", "s3"]);
    text.succeeded();
    text.said_on_stdout(&["s3.addressing_style (", "s3.max_concurrent_requests (", "cli_history ("]);
    let text = case.run(["-v", "s3", "--", "true"]);
    text.succeeded();
    text.said(&["s3.addressing_style (", "is not passed on"]);
    assert!(!text.stderr.contains("max_concurrent_requests"), "{}", text.stderr);
}

#[test]
fn the_summary_names_what_rules_the_shell() {
    let case = case(
        "endpoint_url = http://127.0.0.1:4566\nuse_dualstack_endpoint = true\noutput = text\nservices = x\n\
         [services x]\ns3 =\n  endpoint_url = http://127.0.0.1:2\n",
    );
    let text = case.run(["-v", "s3"]);
    text.succeeded();
    let said = "until --clear: endpoint http://127.0.0.1:4566, dual-stack endpoints, \
                endpoint of s3 http://127.0.0.1:2";
    text.said(&[said]);
    assert!(!text.stderr.contains("text"), "{}", text.stderr);
    // No shell has these: the document has no settings at all.
    for format in ["json", "dotenv"] {
        let text = case.run(["-v", "-f", format, "s3"]);
        text.succeeded();
        assert!(!text.stderr.contains("--clear"), "{format}: {}", text.stderr);
    }
}

#[test]
fn an_address_with_a_password_is_refused() {
    let case = case("services = x\n[services x]\ns3 =\n  endpoint_url = https://me:hunter2@example.org\n");
    let text = case.run(["s3"]);
    text.failed(1, &["https://…@example.org"]);
    assert!(!text.stderr.contains("hunter2"), "{}", text.stderr);
    case.nothing_was_asked();
}

#[test]
fn the_account_of_a_profile_goes_with_its_own_keys() {
    let keys = "[me]\naws_access_key_id = ASIAME0000000000000\naws_secret_access_key = fake\n\
                aws_session_token = fake\naws_account_id = 210987654321\n";
    let case = Case::new().credentials(keys);
    assert_eq!(env(&case, "me")["AWS_ACCOUNT_ID"], "210987654321");
    // botocore reads the account from the file that has the keys.
    let keys = keys.replace("aws_account_id = 210987654321\n", "");
    let case = Case::new().credentials(keys).more_config("[profile me]\naws_account_id = 210987654321\n");
    assert!(!env(&case, "me").contains_key("AWS_ACCOUNT_ID"));
    let case = Case::new();
    let program = case.program(
        "creds",
        "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"ASIAME0000000000000\",\
                                         \"SecretAccessKey\":\"fake\",\"SessionToken\":\"fake\"}'\n",
    );
    let config =
        format!("[profile me]\naws_account_id = 210987654321\ncredential_process = {}\n", program.display());
    assert_eq!(env(&case.more_config(&config), "me")["AWS_ACCOUNT_ID"], "210987654321");
}

#[test]
fn a_region_named_for_fips_asks_the_fips_endpoint_of_the_region() {
    for (region, url, signed, partition) in [
        ("us-west-2-fips", "https://sts-fips.us-west-2.amazonaws.com", "us-west-2", "aws"),
        ("fips-us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com", "us-gov-west-1", "aws-us-gov"),
        ("fips-aws-global", "https://sts-fips.us-east-1.amazonaws.com", "us-east-1", "aws"),
    ] {
        let role = format!("[profile r]\nrole_arn = arn:{partition}:iam::123456789012:role/r\n");
        let config = format!("{role}source_profile = base\nregion = {region}\n");
        let case = Case::new().without("AWS_ENDPOINT_URL").more_config(&config);
        let text = case.run(["--explain", "r"]);
        text.succeeded();
        text.said_on_stdout(&[
            &format!("STS is asked at {url} ("),
            &format!("signed for the region {signed} ("),
            &format!("The session gets the region {region} ("),
        ]);
    }
}

#[test]
fn fips_is_kept_for_the_global_address_of_sts() {
    let case = Case::new().without("AWS_ENDPOINT_URL").more_config("region = aws-global\n");
    let case = case.var("AWS_USE_FIPS_ENDPOINT", "true");
    case.run(["--explain", "s3"])
        .said_on_stdout(&["STS is asked at https://sts-fips.us-east-1.amazonaws.com ("]);
}

/// A pager with a blank in the profile made `-f dotenv` fail, although the keys have nothing to do with it.
#[test]
fn a_setting_that_a_dotenv_file_cannot_hold_is_left_out_and_named() {
    for value in ["less -R", "it's", "\"less\"", "#1", "$PAGER", "a\\b", "`id`", "größe"] {
        let case = case(&format!("cli_pager = {value}\nsdk_ua_app_id = {value}\noutput = text\n"));
        let outcome = case.run(["-f", "dotenv", "s3"]);
        let names: Vec<&str> =
            outcome.succeeded().lines().filter_map(|line| line.split('=').next()).collect();
        assert!(
            names.contains(&"AWS_SECRET_ACCESS_KEY") && names.contains(&"AWS_DEFAULT_OUTPUT"),
            "{value}: {names:?}"
        );
        assert!(!outcome.out().contains("AWS_PAGER") && !outcome.out().contains("APP_ID"), "{value}");
        let place = format!("({}:4)", case.path(".aws/config").display());
        outcome.said(&[
            &format!(
                "AWS_PAGER is left out: {value:?} {place} has characters that a dotenv file cannot hold"
            ),
            "AWS_SDK_UA_APP_ID is left out: ",
        ]);
        assert_eq!(case.run(["-q", "-f", "dotenv", "s3"]).stderr, "", "{value}");
        // The document has no settings, and the other formats have each value.
        for format in ["json", "sh", "csh", "fish", "elvish", "nu", "xonsh", "pwsh"] {
            let outcome = case.run(["-f", format, "s3"]);
            outcome.succeeded();
            assert_eq!(outcome.stderr, "", "{format} {value}");
            assert_eq!(outcome.out().contains("AWS_PAGER"), format != "json", "{format} {value}");
        }
    }
}

#[test]
fn an_address_that_a_dotenv_file_cannot_hold_is_an_error() {
    let case = case("endpoint_url = http://127.0.0.1:4566/#/a\n");
    let place = format!("{}:4", case.path(".aws/config").display());
    let said = format!("AWS_ENDPOINT_URL=\"http://127.0.0.1:4566/#/a\" ({place}) has characters");
    case.run(["-f", "dotenv", "s3"])
        .failed_silently(1, &[&said, "AWS_ENDPOINT_URL=VALUE assume-env -f dotenv"]);
    case.nothing_was_asked();
    // A value of the user takes its place, as it does everywhere.
    let own = case.var("AWS_ENDPOINT_URL", LOCAL);
    assert!(!own.run(["-f", "dotenv", "s3"]).succeeded().contains("AWS_ENDPOINT_URL"));
}
