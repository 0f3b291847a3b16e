//! Hostile files and variables: the AWS files, the token files, the environment.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::{VALUES, fails, harmless, is_harmless, measured, run};
use crate::blackbox::harness::{CONFIG, Case, Outcome};
use crate::support::TokenFile;

/// Evaluates the printed text: as an argument of the shell, which is what `eval` does with it.
#[track_caller]
fn runs_nothing(case: &Case, outcome: &Outcome) {
    let text = String::from_utf8_lossy(&outcome.stdout);
    case.shell("bash", &text);
    assert!(!case.path("ran").exists(), "it ran a command: {text}");
}

/// The control: without it, the other tests would prove nothing.
#[test]
fn a_command_that_runs_is_found() {
    let mut found = 0;
    for value in VALUES {
        let case = Case::new();
        // As a program would print it that does not quote, or that does not escape quotes.
        for text in
            [format!("export A={value};"), format!("export A='{value}';"), format!("export A=\"{value}\";")]
        {
            case.shell("bash", &text);
        }
        found += usize::from(case.path("ran").exists());
    }
    assert_eq!(
        found,
        VALUES.iter().filter(|value| value.contains("touch") && !value.starts_with(['@', '!'])).count()
    );
}

/// The commands that read the files.
const READING: [&[&str]; 2] = [&["p0"], &["--list", "--json"]];

/// How many times its own size a file may take in memory, in addition.
const OF_FILE: u64 = 16;

/// Keys of a profile that the program reads.
pub(super) const KEYS: [&str; 24] = [
    "role_arn",
    "source_profile",
    "credential_source",
    "external_id",
    "role_session_name",
    "duration_seconds",
    "region",
    "mfa_serial",
    "mfa_process",
    "session_tags",
    "transitive_session_tags",
    "source_identity",
    "expected_account",
    "include_profile",
    "services",
    "endpoint_url",
    "ca_bundle",
    "sso_session",
    "sso_account_id",
    "web_identity_token_file",
    "credential_process",
    "sts_regional_endpoints",
    "use_fips_endpoint",
    "aws_access_key_id",
];

#[test]
fn no_value_of_a_profile_runs_or_steers_anything() {
    let mut tried = 0;
    for value in VALUES {
        // A line break would end the value; on an indented line it is a part of the value.
        let value = value.replace('\n', "\n  ");
        for key in KEYS {
            let case = Case::new();
            let mut lines: Vec<&str> = CONFIG.lines().filter(|line| !line.starts_with(key)).collect();
            let line = format!("{key} = {value}");
            lines.push(&line);
            let case = case.config(lines.join("\n") + "\n");
            // Some values are valid, such as an external ID with unusual characters. The checks hold in both
            // cases.
            for args in [&["s3"][..], &["--explain", "s3"]] {
                tried += 1;
                let (outcome, memory) = measured(&case, args);
                is_harmless(&case, args, &outcome, memory);
                if args.len() > 1 {
                    super::steers_nothing(outcome.out());
                } else {
                    runs_nothing(&case, &outcome);
                }
            }
        }
    }
    harmless(tried, "values of keys of a profile");
}

#[test]
fn no_name_of_a_profile_runs_or_steers_anything() {
    for value in VALUES.into_iter().filter(|value| !value.contains(['\n', '\r', '\'', '\\'])) {
        let case = Case::new();
        let case = case.config(CONFIG.replace("[profile s3]", &format!("[profile '{value}']")));
        for args in [&[value][..], &["--list"], &["--explain", value], &["s3"]] {
            let (outcome, memory) = measured(&case, args);
            is_harmless(&case, args, &outcome, memory);
            if args == [value] {
                runs_nothing(&case, &outcome);
            }
        }
    }
}

/// Texts that are not files of the AWS CLI, and files that are far too large.
fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let many = |line: fn(usize) -> String, count| (0..count).map(line).collect::<String>().into_bytes();
    vec![
        ("not UTF-8 in a section", b"[profile \xff]\n".to_vec()),
        ("not UTF-8 in a key", b"[profile s3]\n\xffregion = x\n".to_vec()),
        ("not UTF-8 in a value", b"[profile s3]\nregion = \xff\xfe\n".to_vec()),
        ("NULs", vec![0; 100_000]),
        ("a NUL in a value", b"[profile s3]\nregion = a\0b\n".to_vec()),
        ("UTF-16", CONFIG.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("a byte order mark", format!("\u{feff}{CONFIG}").into_bytes()),
        ("escape sequences", b"\x1b[31m\x1b]0;x\x07[profile \x1b[2J]\n".to_vec()),
        ("an escape sequence as a key", b"[profile s3]\n\x1b[31m\n".to_vec()),
        ("a program", b"\x7fELF\x02\x01\x01".repeat(1000)),
        ("open brackets", b"[".repeat(1 << 20)),
        ("one line", b"a".repeat(3 << 20)),
        ("empty lines", b"\n".repeat(3 << 20)),
        ("a file over the limit", b"a".repeat((64 << 20) + 1)),
        ("profiles without keys", many(|i| format!("[profile p{i}]\n"), 300_000)),
        ("many profiles", many(|i| format!("[profile p{i}]\n"), 100_000)),
        (
            "many keys",
            format!("[profile s3]\n{}", (0..100_000).map(|i| format!("k{i} = v\n")).collect::<String>())
                .into(),
        ),
        ("a long block", format!("[profile s3]\ns3 =\n{}", "  a = b\n".repeat(200_000)).into()),
        ("a long value", format!("[profile s3]\nregion = a\n{}", "  b\n".repeat(200_000)).into()),
        (
            "defaults for all profiles",
            format!(
                "[DEFAULT]\n{}{}",
                (0..2000).map(|i| format!("k{i} = v\n")).collect::<String>(),
                (0..20_000).map(|i| format!("[profile p{i}]\n")).collect::<String>()
            )
            .into(),
        ),
        (
            "a long chain of includes",
            many(|i| format!("[profile p{i}]\ninclude_profile = p{}\n", i + 1), 5000),
        ),
        (
            "a long chain of sources",
            many(
                |i| {
                    format!(
                        "[profile p{i}]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = p{}\n",
                        i + 1
                    )
                },
                5000,
            ),
        ),
    ]
}

#[test]
fn no_file_takes_too_much_memory() {
    let mut tried = 0;
    for (name, text) in texts() {
        for file in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            let case = Case::new();
            let path = case.file("hostile", &text);
            let case = case.var(file, path);
            for args in READING {
                let (outcome, memory) = measured(&case, args);
                let of_file = OF_FILE * (text.len() as u64 >> 20);
                assert!(memory < super::MEMORY + of_file, "{name} {file}: {memory} MiB");
                is_harmless(&case, args, &outcome, memory.saturating_sub(of_file));
                tried += 1;
            }
        }
    }
    harmless(tried, "files that are not valid");
}

#[test]
fn a_file_that_never_ends_is_not_read_to_its_end() {
    for file in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        let case = Case::new().var(file, "/dev/zero");
        fails(&case, &["s3"]).said(&["/dev/zero", "larger than"]);
        case.nothing_was_asked();
    }
    let case =
        Case::new().config(CONFIG.replace("source_profile = base", "web_identity_token_file = /dev/zero"));
    fails(&case, &["s3"]).said(&["/dev/zero"]);
    fails(&Case::new(), &["--policy", "@/dev/zero", "s3"]).said(&["/dev/zero"]);
    let case = Case::new().var("AWS_CA_BUNDLE", "/dev/zero").var("AWS_ENDPOINT_URL", "https://127.0.0.1:1");
    fails(&case, &["s3"]).said(&["/dev/zero", "larger than"]);
}

#[test]
fn no_token_file_runs_or_steers_anything() {
    let long = "a".repeat(10 << 20);
    for value in VALUES.into_iter().chain([&*long, "\u{0}\u{0}\u{0}\u{0}", "é".repeat(8).leak()]) {
        let case =
            Case::new().config(CONFIG.replace("source_profile = base", "web_identity_token_file = token"));
        case.file("token", value);
        let outcome = run(&case, &["s3"]);
        assert_eq!((outcome.status.code(), outcome.out()), (Some(1), "(exit 1);\n"), "{value:.40}");
    }
    let case = Case::new().config(CONFIG.replace("source_profile = base", "web_identity_token_file = token"));
    case.file("token", b"\xff\xfe\xfd\xfc");
    fails(&case, &["s3"]).said(&["it does not contain a token"]);
}

#[test]
fn no_cached_token_runs_or_steers_anything() {
    const SSO: &str = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n\
        [profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n";
    let long = "a".repeat(10 << 20);
    let good = TokenFile::new("https://corp.awsapps.com/start", "us-east-1", "TEST//token+bearer");
    for member in
        ["accessToken", "expiresAt", "clientId", "clientSecret", "refreshToken", "registrationExpiresAt"]
    {
        for value in VALUES.into_iter().chain([&*long, "\u{0}"]) {
            let case = Case::new().config(SSO);
            let token =
                good.clone().expires_in(-60).refresh("c", "TEST/secret+client", 3600, "TEST//token+refresh");
            token.member(member, value).write(case.path(""), "corp");
            fails(&case, &["sso"]);
        }
    }
    for text in [&b""[..], b"\xff", b"[", &b"[".repeat(200_000), &[0x1b; 1000], b"{\"accessToken\":1}"] {
        let case = Case::new().config(SSO);
        good.write(case.path(""), "corp");
        std::fs::write(TokenFile::path(case.path(""), "corp"), text).expect("it can be written");
        fails(&case, &["sso"]).said(&["is not a token file of the AWS CLI"]);
        case.nothing_was_asked();
    }
}

/// The variables that the program reads, and the labels of a session.
pub(super) const VARIABLES: [&str; 28] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ROLE_SESSION_NAME",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
    "AWS_MAX_ATTEMPTS",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "HTTPS_PROXY",
    "NO_PROXY",
    "HOME",
    "USER",
    "TZ",
    "ASSUME_ENV_PROFILE",
    "ASSUME_ENV_ROLE_ARN",
    "ASSUME_ENV_SESSION",
    "ASSUME_ENV_EXPIRES",
    "ASSUME_ENV_KEY_ID",
    "ASSUME_ENV_NARROWED",
    "ASSUME_ENV_RESTORE",
];

/// A held session with one hostile variable: it is renewed, shown and ended, and the printed text is
/// evaluated.
#[test]
fn no_variable_runs_or_steers_anything() {
    let session = Case::new().var("AWS_PROFILE", "mine").holding(["s3"]);
    let mut held: Vec<(String, String)> = session.aws_vars().into_iter().collect();
    held.retain(|(name, _)| name != "AWS_ENDPOINT_URL");
    let long = "a".repeat(120_000);
    let odd: [&[u8]; 3] = [b"\xff\xfe", b"\x1b[31m\xff", long.as_bytes()];
    let modes: [&[&str]; 3] = [&["--fresh", "s3"], &["--status"], &["--clear"]];
    let mut evaluated = std::collections::HashSet::new();
    let mut tried = 0;
    for name in VARIABLES {
        for value in VALUES.iter().map(|value| value.as_bytes()).chain(odd) {
            let case = held.iter().fold(Case::new(), |case, (name, value)| case.var(name, value));
            let case = case.var("AWS_MAX_ATTEMPTS", "1").var("RES_OPTIONS", "attempts:1 timeout:1");
            let case = case.var(name, OsStr::from_bytes(value));
            // Every command reads the labels of a session.
            let all = if name.starts_with("ASSUME_ENV_") { 0..modes.len() } else { tried % 3..tried % 3 + 1 };
            let mut texts = Vec::new();
            for args in &modes[all] {
                let (outcome, memory) = measured(&case, args);
                is_harmless(&case, args, &outcome, memory);
                tried += 1;
                if *args == ["--status"] {
                    super::steers_nothing(&String::from_utf8_lossy(&outcome.stdout));
                } else if outcome.stdout.len() < 100_000 && evaluated.insert(outcome.stdout.clone()) {
                    texts.push(outcome);
                }
            }
            let case = case.without(name);
            texts.iter().for_each(|outcome| runs_nothing(&case, outcome));
        }
    }
    harmless(tried, "variables");
}
