//! The variables that the program reads: each must be UTF-8, and a damaged session is an error.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::super::harness::{Case, ROLE};

/// The variables that decide the service, the keys and the session.
const READ: [&str; 50] = [
    "ALL_PROXY",
    "ASSUME_ENV_EXPIRES",
    "ASSUME_ENV_KEY_ID",
    "ASSUME_ENV_NARROWED",
    "ASSUME_ENV_PROFILE",
    "ASSUME_ENV_REGION",
    "ASSUME_ENV_RESTORE",
    "ASSUME_ENV_ROLE_ARN",
    "ASSUME_ENV_RUNNING",
    "ASSUME_ENV_SESSION",
    "ASSUME_ENV_SOURCE",
    "ASSUME_ENV_SOURCE_ID",
    "AWS_ACCESS_KEY_ID",
    "AWS_ACCOUNT_ID",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CREDENTIAL_FILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_MAX_ATTEMPTS",
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    "AWS_METADATA_SERVICE_TIMEOUT",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_EXPIRATION",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "HTTPS_PROXY",
    "SSL_CERT_FILE",
    "https_proxy",
];

/// Variables that the source names and that can have any bytes: the MFA session of the shell, those that only
/// `--explain` or a hook reads, and those that the SDK reads.
const ANY_BYTES: [&str; 8] = [
    "ASSUME_ENV_ALSO_SET",
    "ASSUME_ENV_BASE",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EXECUTION_ENV",
    "AWS_SSO_PROFILE",
    "AWS_VAULT",
];

fn not_utf_8() -> &'static OsStr {
    OsStr::from_bytes(b"x\xff\xfe")
}

#[track_caller]
fn is_refused_and_named(name: &str) {
    let case = Case::new().var(name, not_utf_8());
    case.run(["s3"]).failed(1, &[name]);
    case.run([ROLE, "--", "true"]).failed_silently(125, &[name]);
    case.nothing_was_asked();
}

#[test]
fn every_variable_that_the_program_reads_must_be_utf_8() {
    READ.iter().chain(&["all_proxy"]).for_each(|name| is_refused_and_named(name));
}

/// This test finds a variable that a later change reads, because its name is in the source.
#[test]
fn every_variable_that_the_source_names_must_be_utf_8() {
    let mut names = BTreeSet::new();
    named_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut names);
    assert!(names.len() > 40, "the names are found: {names:?}");
    for name in names.iter().filter(|name| !ANY_BYTES.contains(&name.as_str())) {
        is_refused_and_named(name);
    }
}

/// Every string of the source that is the name of an `AWS_` or `ASSUME_ENV_` variable, without the unit
/// tests.
fn named_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("it can be read") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            named_in(&path, names);
        } else if path.file_name().is_some_and(|name| name != "tests.rs") {
            let text = fs::read_to_string(&path).expect("it is text");
            let program = text.split("#[cfg(test)]").next().unwrap_or_default();
            let is_name = |text: &&str| {
                (text.starts_with("AWS_") || text.starts_with("ASSUME_ENV_"))
                    && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
                    && !text.ends_with('_')
            };
            names.extend(program.split('"').filter(is_name).map(str::to_owned));
        }
    }
}

#[test]
fn a_variable_that_the_program_does_not_read_reaches_the_command_unchanged() {
    for name in ["LS_COLORS", "AWS_SOMETHING_ELSE", "ASSUME_ENV_OTHER"] {
        let case = Case::new().var(name, not_utf_8());
        case.run(["s3"]).succeeded();
        let shown = case.run(["s3", "--", "sh", "-c", &format!("printenv {name} | od -An -tx1")]);
        assert_eq!(shown.succeeded().trim(), "78 ff fe 0a", "{name}");
    }
}

/// Without the label, the region of the session would count as the user's own, and the replaced region would
/// be lost.
#[test]
fn a_session_without_its_region_label_is_an_error() {
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        let case = Case::new().var(name, "eu-west-1").holding(["-r", "eu-north-1", "s3"]);
        let case = case.without("ASSUME_ENV_REGION");
        case.run(["-r", "eu-north-1", "s3"]).failed(1, &["ASSUME_ENV_REGION"]);
        case.run(["s3"]).failed(1, &["ASSUME_ENV_REGION"]);
        case.run(["s3", "--", "true"]).failed_silently(125, &["ASSUME_ENV_REGION"]);
        let case = case.var("ASSUME_ENV_REGION", "");
        case.run(["s3"]).failed(1, &["ASSUME_ENV_REGION"]);
        case.was_asked(["AssumeRole"]);
    }
}

/// Without all three keys there is no session; with one or two of them it is damaged.
#[test]
fn a_session_with_one_of_its_keys_is_damaged() {
    const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    for kept in KEYS {
        let others = KEYS.into_iter().filter(|name| *name != kept);
        let case = others.fold(Case::new().holding(["s3"]), Case::without);
        case.run(["s3"]).failed(1, &["AWS_"]);
        case.run(["--", "true"]).failed_silently(125, &["AWS_"]);
        case.was_asked(["AssumeRole"]);
        let after = case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#).env();
        assert!(!after.contains_key(kept), "{kept} stays after --clear");
        assert!(after.keys().all(|name| !name.starts_with("ASSUME_ENV_")), "{kept}: {:?}", after.keys());
    }
}

/// ASSUME_ENV_KEY_ID, which connects the labels with the keys, is missing: the program does not guess.
#[test]
fn a_session_without_its_key_id_label_is_damaged() {
    for gone in [&["ASSUME_ENV_KEY_ID"][..], &["ASSUME_ENV_KEY_ID", "ASSUME_ENV_RESTORE"]] {
        let case = gone.iter().fold(Case::new().holding(["s3"]), |case, name| case.without(name));
        case.run(["s3"]).failed(1, &["ASSUME_ENV_KEY_ID"]);
        case.run(["--", "true"]).failed_silently(125, &["ASSUME_ENV_KEY_ID"]);
        case.was_asked(["AssumeRole"]);
    }
}

#[test]
fn clear_restores_the_replaced_variables_without_keys_and_key_id_label() {
    let case = Case::new().var("AWS_PROFILE", "mine").holding(["s3"]);
    let gone = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ASSUME_ENV_KEY_ID"];
    let case = gone.into_iter().fold(case, Case::without);
    let after = case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#).env();
    assert_eq!(after.get("AWS_PROFILE").map(String::as_str), Some("mine"));
    assert!(after.keys().all(|name| !name.starts_with("ASSUME_ENV_")), "{:?}", after.keys());
}

#[test]
fn clear_keeps_a_profile_that_was_exported_during_the_session() {
    let case = Case::new().var("AWS_PROFILE", "before").holding(["s3"]).var("AWS_PROFILE", "since");
    let after = case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#).env();
    assert_eq!(after["AWS_PROFILE"], "since");
}

/// A token is not saved, so its expiry is not saved either: it would seem to belong to the user's next keys.
#[test]
fn the_expiry_of_a_replaced_token_is_not_restored() {
    let expiry = ("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z");
    let case = Case::new().var(expiry.0, expiry.1).var("AWS_SECURITY_TOKEN", "token-of-mine").holding(["s3"]);
    assert_eq!(case.value("ASSUME_ENV_RESTORE"), Some("1"));
    let case = Case::new().var(expiry.0, expiry.1).holding(["s3"]);
    let after = case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#).env();
    assert_eq!(after[expiry.0], expiry.1);
}
