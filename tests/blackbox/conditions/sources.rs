//! The source that a profile names is never replaced by another source with other keys.

use super::super::harness::{ACCOUNT, CREDENTIALS, Case, KEY_ID, ROLE, SECRET};

const OWN_KEYS: &str =
    "aws_access_key_id = AKIABASE000000000000\naws_secret_access_key = base/secret+EXAMPLE\n";

/// Every command fails with the line of the configuration, and sends no request.
#[track_caller]
fn is_refused(case: &Case, args: &[&str], line: usize) {
    let place = format!("{}:{line}", case.path(".aws/config").display());
    case.run(args).failed(1, &[&place]);
    case.run([args, &["--", "true"]].concat()).failed_silently(125, &[&place]);
    case.run([&["--explain"], args].concat()).failed_silently(1, &[&place]);
    case.nothing_was_asked();
}

/// Without its role, the profile would give the keys of the user.
#[test]
fn an_empty_role_arn_is_an_error() {
    for more in ["source_profile = base\n", OWN_KEYS, "credential_process = touch ran\n", ""] {
        let case = Case::new().config(format!("[profile e]\nrole_arn =\n{more}"));
        is_refused(&case, &["e"], 2);
        assert!(!case.path("ran").exists(), "{more}");
    }
}

#[test]
fn an_empty_role_arn_of_a_source_without_keys_is_an_error() {
    for more in ["source_profile = base\n", "credential_process = touch ran\n", ""] {
        let case = Case::new().config(format!(
            "[profile e]\nrole_arn =\n{more}\n[profile top]\nrole_arn = {ROLE}\nsource_profile = e\n"
        ));
        is_refused(&case, &["top"], 2);
        is_refused(&case, &["--source-profile", "e", ROLE], 2);
        assert!(!case.path("ran").exists(), "{more}");
    }
}

/// As in the AWS CLI, the keys of a source win over its role, also over an empty one.
#[test]
fn an_empty_role_arn_of_a_source_with_keys_has_no_effect() {
    let case = Case::new().config(format!(
        "[profile e]\nrole_arn =\n{OWN_KEYS}[profile top]\nrole_arn = {ROLE}\nsource_profile = e\n"
    ));
    case.run(["top"]).succeeded();
    case.run(["--source-profile", "e", ROLE]).succeeded();
    assert_eq!(case.signers(), [KEY_ID; 2]);
}

/// Without an access key, such a profile is a circle for the AWS CLI.
#[test]
fn a_profile_is_its_own_source_only_with_an_access_key() {
    let sso = format!(
        "sso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = {ACCOUNT}\nsso_role_name = Dev\n"
    );
    for more in ["credential_process = touch ran\n", "login_session = x\n", &*sso, ""] {
        let case = Case::new()
            .config(format!("[profile self]\nrole_arn = {ROLE}\nsource_profile = self\n{more}"))
            .credentials("");
        is_refused(&case, &["self"], 3);
        // The same as the source of another profile.
        let case = case.more_config(&format!("[profile top]\nrole_arn = {ROLE}\nsource_profile = self\n"));
        is_refused(&case, &["top"], 3);
        assert!(!case.path("ran").exists(), "{more}");
    }
}

#[test]
fn a_profile_with_an_access_key_in_either_file_is_its_own_source() {
    let config = format!("[profile self]\nrole_arn = {ROLE}\nsource_profile = self\n");
    let in_config = Case::new().config(format!("{config}{OWN_KEYS}")).credentials("");
    let in_credentials = Case::new().config(&config).credentials(CREDENTIALS.replace("[base]", "[self]"));
    for case in [in_config, in_credentials] {
        case.run(["self"]).succeeded();
        assert_eq!(case.signers(), [KEY_ID]);
    }
}

/// The AWS CLI asks the program before the keys of the config file, and after those of the credentials file.
#[test]
fn a_program_comes_before_the_keys_of_the_config_file_and_after_those_of_the_credentials_file() {
    let document = format!(r#"{{"Version":1,"AccessKeyId":"{KEY_ID}","SecretAccessKey":"{SECRET}"}}"#);
    for (credentials, asked) in [("", true), (CREDENTIALS, false)] {
        let case = Case::new();
        let ran = case.path("ran").display().to_string();
        let program = case.program("keys", &format!("#!/bin/sh\ntouch {ran}\necho '{document}'\n"));
        let wrong = OWN_KEYS.replace("base/secret", "wrong/secret");
        let case = case
            .config(format!(
                "[profile self]\nrole_arn = {ROLE}\nsource_profile = self\n{wrong}credential_process = {}\n",
                program.display()
            ))
            .credentials(credentials.replace("[base]", "[self]"));
        case.run(["self"]).succeeded();
        assert_eq!((case.signers(), case.path("ran").exists()), (vec![KEY_ID.to_owned()], asked));
    }
}
