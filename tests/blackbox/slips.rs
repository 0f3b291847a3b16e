//! Slips that people make in the AWS files and in the environment: each is named with its file and line,
//! and with what to write.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::harness::{CREDENTIALS, Case, KEY_ID, ROLE, SECRET, world};
use super::mfa::{DEVICE, protected};
use crate::support::Sts;

/// The file and line of the config file, and of the credentials file.
fn config(case: &Case, line: u32) -> String {
    format!("{}:{line}", case.path(".aws/config").display())
}

fn credentials(case: &Case, line: u32) -> String {
    format!("{}:{line}", case.path(".aws/credentials").display())
}

/// `--explain` has exactly one warning with each of these parts, and AWS is not asked.
#[track_caller]
fn warns(case: &Case, args: &[&str], parts: &[&str]) {
    set_permissions(case.path(".aws/credentials"), Permissions::from_mode(0o600)).expect("the file is ours");
    let outcome = case.run(["--explain", "--json"].iter().chain(args));
    let warnings = outcome.json()["warnings"].clone();
    let warnings: Vec<&str> =
        warnings.as_array().expect("a list").iter().filter_map(|one| one.as_str()).collect();
    let found = warnings.iter().filter(|one| parts.iter().all(|part| one.contains(part))).count();
    assert_eq!(found, 1, "{parts:?} in {warnings:#?}");
    assert!(!outcome.out().contains(SECRET), "{}", outcome.out());
}

#[track_caller]
fn does_not_warn(case: &Case, args: &[&str], part: &str) {
    let outcome = case.run(["--explain"].iter().chain(args));
    assert!(!outcome.succeeded().contains(part), "{}", outcome.out());
}

const SETTINGS: &str = "\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = base\n";

#[test]
fn a_profile_with_another_header_is_named_with_the_header_to_write() {
    for header in [
        "dev",
        "Profile dev",
        " profile dev ",
        "profile:dev",
        "profil dev",
        "profile-dev",
        "PROFILE dev",
        "profiledev",
    ] {
        let case = Case::new().config(format!("# mine\n[{header}]{SETTINGS}"));
        let line = format!("{} has [{header}]; write [profile dev]", config(&case, 2));
        case.run(["dev"]).failed(1, &["there is no profile dev", &line]);
        case.run(["--explain", "dev"]).failed_silently(1, &[&line]);
        let case = case.var("AWS_PROFILE", "dev");
        case.run([ROLE]).failed(1, &["the variable AWS_PROFILE", &line]);
        case.nothing_was_asked();
    }
    // These are read, by the AWS CLI too.
    for header in ["profiles dev", "profile  dev", "profile dev ", "profile \"dev\""] {
        Case::new().config(format!("[{header}]{SETTINGS}")).run(["dev"]).succeeded();
    }
}

#[test]
fn a_profile_in_the_place_of_an_sso_session_is_named() {
    let profile = "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n";
    let session = "[profile corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";
    let case = Case::new().config(format!("{profile}{session}"));
    let line = format!("{} has [profile corp]; write [sso-session corp]", config(&case, 5));
    case.run(["dev"]).failed(1, &["there is no section [sso-session corp]", &line]);
    // A profile of the older form is another thing than a session.
    let case = Case::new().config(format!("{profile}{session}sso_account_id = 123456789012\n"));
    case.run(["dev"]).failed(1, &["add a section [sso-session corp]"]);
}

#[test]
fn an_sso_session_without_a_role_is_named() {
    let case =
        Case::new().config("[profile dev]\nsso_session = corp\n[sso-session corp]\nsso_region = us-east-1\n");
    let line =
        format!("sso_session ({}) names no role; add sso_account_id and sso_role_name", config(&case, 2));
    case.run(["dev"]).failed(1, &["the profile dev (", "has no credentials", &line]);
}

#[test]
fn a_role_in_the_form_of_another_place_gets_the_form_to_write() {
    let case = Case::new();
    case.run(["1234-5678-9012:Admin"]).failed(1, &["write the account without dashes: 123456789012:Admin"]);
    case.run(["arn:aws:sts::123456789012:assumed-role/Admin/ann"])
        .failed(2, &["is not a role ARN", "it is the ARN of a session", "arn:aws:iam::ACCOUNT:role/NAME"]);
    case.run(["arn:aws:iam::1234-5678-9012:role/Admin"]).failed(2, &["twelve digits, without dashes"]);
    let case = Case::new().config(format!("[profile dev]\nexport role_arn = {ROLE}\n"));
    let line = format!("{} has export role_arn; write role_arn", config(&case, 2));
    case.run(["dev"]).failed(1, &["has no credentials", &line]);
}

#[test]
fn a_source_profile_with_another_header_is_named_too() {
    let case = Case::new().more_config("[base]\nregion = eu-west-1\n").credentials("");
    let line = format!("{} has [base]; write [profile base]", config(&case, 4));
    case.run(["s3"]).failed(1, &["there is no profile base", &config(&case, 3), &line]);
}

#[test]
fn the_default_profile_with_another_header_is_named() {
    for header in ["Default", "profile Default", "default profile"] {
        let case = Case::new().config(format!("[{header}]\nsource_profile = base\n"));
        let outcome = case.run([ROLE]);
        if header != "profile Default" {
            let line = format!("{} has [{header}]; write [default]", config(&case, 1));
            outcome.failed(1, &["there are no credentials", &line]);
        }
    }
}

#[test]
fn a_header_without_its_bracket_is_named() {
    for text in ["[profile dev\nregion = x\n", "[default]\n[profile dev\nregion = x\n"] {
        let case = Case::new().config(text);
        let line = text.lines().position(|line| line == "[profile dev").expect("it is there") + 1;
        let place = config(&case, u32::try_from(line).expect("a small number"));
        case.run(["dev"]).failed(1, &[&format!("{place}: the section header has no ]")]);
    }
}

#[test]
fn a_section_of_the_credentials_file_has_the_name_alone() {
    let text = CREDENTIALS.replace("[base]", "[profile tf]");
    let case = Case::new().config("").credentials(&text);
    let line = format!("{} has [profile tf]; write [tf]", credentials(&case, 1));
    case.run(["tf"]).failed(1, &["there is no profile tf", &line]);
    // The config file has a part of it: then it has no credentials.
    let case = Case::new().config("[profile tf]\nregion = eu-west-1\n").credentials(&text);
    let line = format!("{} has [profile tf]; write [tf]", credentials(&case, 1));
    case.run(["tf"]).failed(1, &["the profile tf", "has no credentials", &line]);
    case.nothing_was_asked();
}

/// The keys are found, and the settings are not.
#[test]
fn a_section_that_is_not_read_is_a_warning_for_the_profile_of_its_name() {
    let case = Case::new().more_config("[base]\nregion = eu-west-1\n");
    let line = format!("{} has [base]; write [profile base]", config(&case, 4));
    warns(&case, &["s3"], &[&line]);
}

#[test]
fn a_section_of_identity_center_or_of_services_with_another_header_is_named() {
    let profile = "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n";
    for header in
        ["sso_session corp", "SSO-Session corp", "corp", "sso session corp", "sso corp", "session corp"]
    {
        let case = Case::new().config(format!("{profile}[{header}]\nsso_region = us-east-1\n"));
        let line = format!("{} has [{header}]; write [sso-session corp]", config(&case, 5));
        case.run(["dev"]).failed(1, &["there is no section [sso-session corp]", &line]);
    }
    let case = Case::new().more_config("services = near\n[service near]\n").without("AWS_ENDPOINT_URL");
    let line = format!("{} has [service near]; write [services near]", config(&case, 5));
    case.run(["s3"]).failed(1, &["there is no section [services near]", &line]);
}

#[test]
fn keys_in_quotation_marks_are_named() {
    let quoted = |mark: &str, end: &str| CREDENTIALS.replace(SECRET, &format!("{mark}{SECRET}{end}"));
    for (text, what, line) in [
        (CREDENTIALS.replace(KEY_ID, &format!("\"{KEY_ID}\"")), "access key id", 2),
        (quoted("\"", "\""), "secret access key", 3),
        (quoted("'", "'"), "secret access key", 3),
        (quoted("“", "”"), "secret access key", 3),
    ] {
        let case = Case::new().credentials(text);
        let headline = format!("the {what} in {} is in quotation marks", credentials(&case, line));
        case.run(["s3"]).failed(1, &[&headline, "remove the quotation marks"]);
        case.nothing_was_asked();
    }
    let case = Case::new().with_keys_in_environment().var("AWS_SECRET_ACCESS_KEY", format!("'{SECRET}'"));
    let headline = "the secret access key in the variable AWS_SECRET_ACCESS_KEY is in quotation marks";
    case.run([ROLE]).failed(1, &[headline, "remove the quotation marks"]);
}

#[test]
fn other_values_in_quotation_marks_are_named() {
    let case = Case::new().config(format!("[profile s3]\nrole_arn = \"{ROLE}\"\nsource_profile = base\n"));
    case.run(["s3"]).failed(1, &[&config(&case, 2), "remove the quotation marks"]);
    let case = Case::new().more_config("region = 'eu-west-1'\n");
    case.run(["s3"]).failed(1, &[&config(&case, 4), "remove the quotation marks"]);
    let case = Case::new().more_config("duration_seconds = \"900\"\n");
    case.run(["s3"]).failed(1, &[&config(&case, 4), "remove the quotation marks"]);
    let case = Case::new().config(format!("[profile s3]\nrole_arn = {ROLE}\nsource_profile = \"base\"\n"));
    case.run(["s3"]).failed(1, &[&config(&case, 3), "leave out the quotation marks"]);
}

#[test]
fn a_source_without_keys_while_the_environment_has_some_gets_an_offer() {
    let offer = |case: &Case, line| {
        format!(
            "write credential_source = Environment instead of source_profile = base ({})",
            config(case, line)
        )
    };
    let settings = "[profile base]\nregion = eu-west-1\n";
    for more in [settings, ""] {
        let case = Case::new().more_config(more).with_keys_in_environment();
        case.run(["s3"]).failed(1, &["the environment has keys", &offer(&case, 3)]);
        let case = case.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
        let outcome = case.run(["s3"]);
        assert!(!outcome.failed(1, &["base"]).stderr.contains("credential_source"), "{}", outcome.stderr);
    }
    let case = Case::new().config(format!("[profile s3]\nrole_arn = {ROLE}\n")).with_keys_in_environment();
    case.run(["s3"]).failed(1, &["nothing to assume it with", "add credential_source = Environment"]);
    // What is offered works.
    let config = format!("[profile s3]\nrole_arn = {ROLE}\ncredential_source = Environment\n");
    Case::new().config(config).with_keys_in_environment().run(["s3"]).succeeded();
}

#[test]
fn a_misspelt_key_of_a_profile_without_credentials_is_named() {
    for (written, meant) in [
        ("role-arn", "role_arn"),
        ("role arn", "role_arn"),
        ("rolearn", "role_arn"),
        ("\"role_arn\"", "role_arn"),
        ("credential-process", "credential_process"),
        ("aws_access_key", "aws_access_key_id"),
        ("sso-session", "sso_session"),
    ] {
        let case = Case::new().config(format!("[profile dev]\n{written} = x\n"));
        let line = format!("{} has {written}; write {meant}", config(&case, 2));
        case.run(["dev"]).failed(1, &["the profile dev", "has no credentials", &line]);
    }
    for written in ["source profile", "source-profile", "sourceprofile"] {
        let case = Case::new().config(format!("[profile dev]\nrole_arn = {ROLE}\n{written} = base\n"));
        let line = format!("{} has {written}; write source_profile", config(&case, 3));
        case.run(["dev"]).failed(1, &["nothing to assume it with", &line]);
    }
}

#[test]
fn old_keys_that_beat_a_program_are_a_warning() {
    let config_text = "[profile base]\ncredential_process = print-keys\n";
    let case = Case::new().more_config(config_text);
    let parts = [
        &*format!("the access key of profile base ({}) is used", credentials(&case, 2)),
        &format!("not its credential_process ({})", config(&case, 5)),
        "remove the key if it is old",
    ];
    warns(&case, &["s3"], &parts);
    warns(&case, &["base"], &parts);
    let case =
        Case::new().more_config("[profile base]\nlogin_session = arn:aws:iam::123456789012:user/ann\n");
    warns(&case, &["s3"], &["the access key of profile base", "not its login_session"]);
    // In the config file, keys come after the program.
    let keys = CREDENTIALS.replace("[base]", "[profile base]");
    let case = Case::new().config(format!("{keys}credential_process = print-keys\n")).credentials("");
    let parts = [&*format!("the access key of profile base ({}) is not used", config(&case, 2)), "config:4"];
    warns(&case, &["base"], &parts);
    does_not_warn(&Case::new(), &["s3"], "access key of profile");
}

#[test]
fn an_old_role_of_the_profile_that_got_keys_is_named_with_both_lines() {
    let keys = CREDENTIALS.replace("[base]", "[s3]");
    let case = Case::new().credentials(format!("{CREDENTIALS}{keys}"));
    let parts = [
        &*format!(
            "profile s3 has both an access key ({}) and a role_arn ({})",
            credentials(&case, 5),
            config(&case, 2)
        ),
        "its role is used, not its keys",
        "remove role_arn, if the role is old and the keys are meant",
    ];
    warns(&case, &["s3"], &parts);
    let case = Case::new().config(format!("[profile s3]\nrole_arn = {ROLE}\n")).credentials(keys);
    case.run(["s3"]).failed(
        1,
        &[
            "nothing to assume it with",
            &format!("({}), add source_profile = s3", credentials(&case, 2)),
            &format!("to use these keys without a role, remove role_arn ({})", config(&case, 2)),
        ],
    );
}

#[test]
fn a_web_identity_next_to_keys_in_the_environment_is_a_warning() {
    const FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
    let case = Case::new().with_keys_in_environment();
    case.file(".aws/credentials", "");
    let case = case.var(FILE, "/nonexistent").var("AWS_ROLE_ARN", ROLE);
    warns(
        &case,
        &[ROLE],
        &["the environment has keys and the web identity of AWS_WEB_IDENTITY_TOKEN_FILE", "unset"],
    );
    case.run([ROLE]).succeeded();
    let case = case.without(FILE);
    warns(&case, &[ROLE], &["AWS_ROLE_ARN=", "has no effect without AWS_WEB_IDENTITY_TOKEN_FILE"]);
    does_not_warn(&case.without("AWS_ROLE_ARN"), &[ROLE], "web identity");
}

#[test]
fn a_code_pasted_with_blanks_is_accepted_from_everywhere() {
    for code in ["111 111", " 111111 ", "11 11 11", "111\u{a0}111"] {
        let case = protected();
        case.run(["--mfa-token", code, "s3"]).succeeded();
        assert_eq!(case.request().param("TokenCode"), "111111", "{code:?}");
        let case = protected();
        case.run(["--mfa-process", &*format!("echo '{code}'"), "s3"]).succeeded();
        assert_eq!(case.request().param("TokenCode"), "111111", "{code:?}");
        let case = protected();
        let script = format!("echo '{code}' | assume-env --mfa-token - s3 >/dev/null");
        case.shell("dash", &script).succeeded();
        assert_eq!(case.request().param("TokenCode"), "111111", "{code:?}");
    }
    let case = protected();
    case.run(["--mfa-token", "111 11", "s3"]).failed(2, &["not an MFA code"]);
    case.run(["--mfa-process", "printf '111\\n111\\n'", "s3"]).failed(1, &["six digits"]);
    assert!(case.sts.requests().is_empty(), "{DEVICE}");
}

fn sso_case(start_url: &str, more: &str) -> Case {
    Case::new().config(format!(
        "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n\
         [sso-session corp]\nsso_start_url = {start_url}\nsso_region = us-east-1\n{more}"
    ))
}

#[test]
fn two_sessions_with_one_start_url_are_a_warning() {
    let url = "https://corp.awsapps.com/start";
    for other in [
        url,
        "https://corp.awsapps.com/start/",
        "https://corp.awsapps.com/start/#/",
        "https://CORP.awsapps.com/start",
    ] {
        let more = format!("[sso-session second]\nsso_start_url = {other}\nsso_region = us-east-1\n");
        let case = sso_case(url, &more);
        let parts = [
            &*format!("the sso-session corp ({})", config(&case, 5)),
            &format!("the sso-session second ({}) have the same start URL", config(&case, 8)),
            "a login for one does not log in the other",
        ];
        warns(&case, &["dev"], &parts);
        // A person who logged in to the other one gets the error of a token that does not exist.
        case.run(["dev"]).failed(
            1,
            &[&["does not exist"][..], &parts, &["assume-env --login --sso-session corp"]].concat(),
        );
    }
    let more =
        "[sso-session second]\nsso_start_url = https://other.awsapps.com/start\nsso_region = us-east-1\n";
    does_not_warn(&sso_case(url, more), &["dev"], "same start URL");
    // A profile without a session has a token of its own, too.
    let legacy = "[profile old]\nsso_account_id = 123456789012\nsso_role_name = Dev\nsso_region = us-east-1\n\
                  sso_start_url = https://corp.awsapps.com/start\n";
    let parts = ["the profile old, which has no sso_session, (", "and the sso-session corp ("];
    let case = sso_case(url, legacy);
    case.run(["old"]).failed(1, &[&["does not exist"][..], &parts, &["assume-env --login old"]].concat());
}

#[test]
fn a_start_url_from_the_address_bar_is_a_warning() {
    for url in [
        "https://d-1.awsapps.com/start/#/",
        "https://d-1.awsapps.com/start#",
        "https://d-1.awsapps.com/start/#/?tab=accounts",
    ] {
        let case = sso_case(url, "");
        let parts = [
            &*format!("sso_start_url = {url} ({})", config(&case, 6)),
            "write https://d-1.awsapps.com/start,",
        ];
        warns(&case, &["dev"], &parts);
        case.run(["dev"]).failed(1, &[&["does not exist"][..], &parts].concat());
    }
    for url in ["d-1.awsapps.com/start", "http://d-1.awsapps.com/start"] {
        let case = sso_case(url, "");
        warns(&case, &["dev"], &["it must begin with https://", "write https://d-1.awsapps.com/start,"]);
    }
    does_not_warn(&sso_case("https://d-1.awsapps.com/start", ""), &["dev"], "sso_start_url =");
}

#[test]
fn an_aws_cli_that_is_too_old_for_a_login_is_named_with_the_version_that_is_needed() {
    let run = |version: &str| {
        let case = Case::new().config("[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/ann\n");
        let text = format!(
            "#!/bin/sh\ncase $1 in --version) echo '{version}' ;; *) echo 'Invalid choice' >&2; exit 252 \
             ;; esac\n"
        );
        case.program("bin/aws", &text);
        let path = format!("{}:/usr/bin:/bin", case.path("bin").display());
        let case = case.var("PATH", path);
        let outcome = case.run(["dev"]);
        case.no_request_was_made();
        outcome
    };
    for (answer, version) in [
        ("aws-cli/1.46.3 Python/3.11.7 Linux/6.1 botocore/1.40", "1.46.3"),
        ("aws-cli/2.9.1 Python/3.11.8 Linux/6.1 exe/x86_64", "2.9.1"),
        ("aws-cli/2.31.9 Python/3.11.8", "2.31.9"),
    ] {
        run(answer).failed_with_words(&[
            &format!(
                "the AWS CLI on PATH is version {version}, which is too old for the login_session of \
            profile dev"
            ),
            "config:2",
            "install version 2.32 or later",
        ]);
    }
    for answer in ["aws-cli/2.32.0 Python/3.11.8", "aws-cli/3.0.0", "something else"] {
        run(answer).failed_with_words(&["gave no credentials", "2.32 or later"]);
    }
}

#[test]
fn a_profile_with_the_name_of_a_role_is_a_warning() {
    let named = "arn:aws:iam::123456789012:role/other";
    let case = Case::with(Sts::http(world())).config(format!("[profile {named}]{SETTINGS}"));
    warns(&case, &[named], &[&format!("the profile {named} ({})", config(&case, 1)), "the profile is used"]);
    let case = case.holding([named]);
    warns(&case, &[named], &["is the name of a profile", &format!("this session holds {ROLE}")]);
    let case = Case::new().holding(["s3"]).var("AWS_PROFILE", "dev");
    warns(&case, &["s3"], &["AWS_PROFILE=dev was set after this session began"]);
}
