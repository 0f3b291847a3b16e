//! Secrets in wrong places: in each key of a profile, each variable, each flag, each answer and each output of a program.
//! No message, explanation or JSON document repeats them: as they are, in base64 or URL-encoded.

use std::path::Path;

use super::answers::{STAGES, Stage};
use super::files::{KEYS, VARIABLES};
use super::liar::{Liar, Lie};
use crate::blackbox::harness::{BINARY, CONFIG, CREDENTIALS, Case, KEY_ID, Outcome, SECRET};
use crate::blackbox::proof::leaks::Needles;
use crate::support::proof;

/// A secret access key and a session token, which look like those of AWS and belong to nothing else.
const KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKE";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEHMaCWV1LXdlc3QtMSJHMEUCIQDf5Xn0f0c9Z1x2Zk3a8qVtB7mR4w/6+yPq1uLs5TgHjAIgKx9dFvW3eYbN2cQoM8rZ0iUaJp7XhEw=";
/// Secrets that the process has where they belong.
const BEARER: &str = "TEST//token+bearer";
const CONTAINER_TOKEN: &str = "container-token-of-a-task";
const WEB_TOKEN: &str = "aaaa.bbbb.cccc";
const PASSWORD: &str = "correct-horse";

const ALL: [&str; 7] = [KEY, TOKEN, SECRET, BEARER, CONTAINER_TOKEN, WEB_TOKEN, PASSWORD];

/// Looks for the secrets in all that the program wrote. `text`: standard output is a text for a person or JSON; else it
/// is the one text, which has keys after a success.
#[track_caller]
fn shows_none(outcome: &Outcome, text: bool, planted: &str) {
    let needles = Needles::new(&ALL);
    assert!(!needles.are_in(outcome.stderr.as_bytes()), "{planted}: {}", outcome.stderr);
    let out = String::from_utf8_lossy(&outcome.stdout);
    let is_text = text || !outcome.status.success();
    assert!(!is_text || !needles.are_in(&outcome.stdout), "{planted}: {out}");
    assert!(!outcome.stderr.contains("mistake in assume-env"), "{planted}: {}", outcome.stderr);
}

fn reported(tried: usize, what: &str) {
    proof(format_args!(
        "secrets in messages: {tried} runs with one in {what}: 0 shown, raw, in base64 or URL-encoded"
    ));
}

#[test]
fn a_secret_in_a_key_of_a_profile_is_not_shown() {
    let mut tried = 0;
    for secret in [KEY, TOKEN] {
        for key in
            KEYS.into_iter().chain(["aws_secret_access_key", "aws_session_token", "regoin", "login_session"])
        {
            let mut lines: Vec<&str> = CONFIG.lines().filter(|line| !line.starts_with(key)).collect();
            let line = format!("{key} = {secret}");
            lines.push(&line);
            let case = Case::new().config(lines.join("\n") + "\n");
            for args in [&["--explain", "s3"][..], &["--explain", "--json", "s3"], &["-v", "--whoami", "s3"]]
            {
                shows_none(&case.run(args), true, &format!("{key} {args:?}"));
                tried += 1;
            }
            shows_none(&case.run(["--list", "--json"]), true, key);
        }
    }
    reported(tried, "a key of a profile");
}

/// The keys whose values completion, the table and the picker show, in profiles that can be chosen.
#[test]
fn a_secret_in_a_profile_is_not_shown_where_a_role_is_chosen() {
    let mut tried = 0;
    for secret in [KEY, SECRET] {
        for (key, others) in [
            ("role_arn", "source_profile = base"),
            ("source_profile", "role_arn = arn:aws:iam::123456789012:role/r"),
            ("credential_source", "role_arn = arn:aws:iam::123456789012:role/r"),
            ("sso_role_name", "sso_session = corp\nsso_account_id = 123456789012"),
            ("sso_account_id", "sso_session = corp\nsso_role_name = r"),
            ("sso_session", "sso_account_id = 123456789012\nsso_role_name = r"),
            ("mfa_serial", "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base"),
        ] {
            let case = Case::new().more_config(&format!("[profile wrong]\n{key} = {secret}\n{others}\n"));
            // Shows the list on a terminal as fzf does, and stores it.
            case.program("bin/fzf", "#!/bin/sh\ntee list >/dev/tty; exit 130\n");
            let fzf = case.path("bin");
            let programs = Path::new(BINARY).parent().expect("a folder").display();
            let pick = format!("PATH={programs} assume-env --pick");
            let fzf = format!("PATH={}:$PATH assume-env --pick", fzf.display());
            let outcomes = [
                case.run(["--complete", "fish", "assume", "wr"]),
                case.run(["--complete", "fish", "assume", "--mfa-serial", ""]),
                case.run(["--complete", "fish", "assume", "--expect-account", ""]),
                case.on_terminal("assume-env --list"),
                case.on_terminal(&pick),
                case.on_terminal(&fzf),
            ];
            for (number, outcome) in outcomes.into_iter().enumerate() {
                let out = String::from_utf8_lossy(&outcome.stdout);
                assert!(!Needles::new(&ALL).are_in(&outcome.stdout), "{key} {number}: {out}");
                assert!(out.contains("wrong") || [1, 2].contains(&number), "{key} {number}: {out}");
                tried += 1;
            }
            assert!(
                !Needles::new(&ALL).are_in(&std::fs::read(case.path("list")).expect("fzf has run")),
                "{key}"
            );
        }
    }
    reported(tried, "a profile of completion, the table and the picker");
}

#[test]
fn a_secret_in_the_syntax_of_a_file_is_not_shown() {
    let (half, rest) = TOKEN.split_at(60);
    let (tail, _) = rest.split_at(14);
    let mut tried = 0;
    for credentials in [
        // Exchanged.
        format!("[base]\naws_access_key_id = {KEY}\naws_secret_access_key = {KEY_ID}\n"),
        // An editor wrapped the token.
        format!(
            "[base]\naws_access_key_id = ASIABASE000000000000\naws_secret_access_key = {KEY}\naws_session_token = {half}\n{rest}\n"
        ),
        format!(
            "[base]\naws_access_key_id = ASIABASE000000000000\naws_secret_access_key = {KEY}\naws_session_token = {half}\n{tail}=\n{tail}=\n"
        ),
        format!("{CREDENTIALS}{TOKEN}\n"),
        format!("{CREDENTIALS}{KEY} = x\n{KEY} = x\n"),
        format!("{CREDENTIALS}[{KEY}]\n[{KEY}]\n"),
        format!("{KEY}\n"),
        format!("[{KEY}\n"),
        format!("{CREDENTIALS}aws_secret_access_key = {KEY}\n"),
        format!("[base]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = \"{KEY}\"\n"),
        format!("[base]\naws_access_key_id = {KEY_ID}\naws_secret_access_key =\n  {KEY}\n  {KEY}\n"),
        format!("[base]\ncredential_process = \"/opt/no-such-tool --password {PASSWORD}\"\n"),
        format!("[base]\ncredential_process = /opt/no-such-tool --password {PASSWORD}\n"),
        format!("[base]\ncredential_process = '/opt/no-such-tool --password {PASSWORD}\n"),
    ] {
        let case = Case::new().credentials(&credentials);
        let tail = Needles::new(&[tail, &tail.to_lowercase()]);
        for args in
            [&["--explain", "s3"][..], &["--explain", "--json", "s3"], &["-v", "s3"], &["--explain", "base"]]
        {
            let outcome = case.run(args);
            shows_none(&outcome, args[0] == "--explain", &credentials);
            assert!(!tail.are_in(outcome.stderr.as_bytes()), "{credentials}: {}", outcome.stderr);
            assert!(
                args[0] != "--explain" || !tail.are_in(&outcome.stdout),
                "{credentials}: {}",
                outcome.out()
            );
            tried += 1;
        }
    }
    reported(tried, "the syntax of a file");
}

#[test]
fn a_secret_in_a_variable_is_not_shown() {
    let mut tried = 0;
    let more =
        ["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_VAULT", "AWS_CREDENTIAL_EXPIRATION", "TZ", "USER"];
    for secret in [KEY, TOKEN] {
        for name in VARIABLES.into_iter().chain(more) {
            let case = Case::new().var(name, secret);
            for args in [
                &["--explain", "s3"][..],
                &["--explain", "--json", "s3"],
                &["-v", "--whoami", "s3"],
                &["--status"],
            ] {
                shows_none(&case.run(args), true, &format!("{name} {args:?}"));
                tried += 1;
            }
        }
        let held = Case::new().holding(["s3"]);
        for name in [
            "ASSUME_ENV_PROFILE",
            "ASSUME_ENV_ROLE_ARN",
            "ASSUME_ENV_SESSION",
            "ASSUME_ENV_REGION",
            "ASSUME_ENV_RESTORE",
            "AWS_ACCOUNT_ID",
        ] {
            let value = if name == "ASSUME_ENV_RESTORE" {
                format!("1,AWS_PROFILE={secret}")
            } else {
                secret.to_owned()
            };
            let case = Case::new();
            let case = held
                .aws_vars()
                .into_iter()
                .fold(case, |case, (name, value)| case.var(&name, value))
                .var(name, value);
            for args in [&["--status"][..], &["--status", "--json"], &["--explain", "s3"]] {
                shows_none(&case.run(args), true, &format!("{name} {args:?}"));
                tried += 1;
            }
        }
    }
    // Exchanged, and with a secret that can be an access key id.
    let exchanged = Case::new().var("AWS_ACCESS_KEY_ID", KEY).var("AWS_SECRET_ACCESS_KEY", KEY_ID);
    let outcome = exchanged.run(["arn:aws:iam::123456789012:role/assumeS3Full"]);
    shows_none(&outcome, false, "exchanged");
    outcome.failed(
        1,
        &["the access key id in the variable AWS_ACCESS_KEY_ID is exchanged with the secret access key"],
    );
    exchanged.no_request_was_made();
    reported(tried + 1, "a variable");
}

#[test]
fn a_secret_in_an_argument_is_not_shown() {
    let mut tried = 0;
    for secret in [KEY, TOKEN] {
        for flag in [
            "-d",
            "-n",
            "-r",
            "--external-id",
            "--source-identity",
            "--tag",
            "--policy",
            "--policy-arn",
            "--mfa-serial",
            "--mfa-token",
            "--source-profile",
            "--expect-account",
            "--min-ttl",
            "-f",
            "--init",
            "--no-such-flag",
        ] {
            for args in [vec!["--explain", flag, secret, "s3"], vec![flag, secret, "s3"]] {
                shows_none(&Case::new().run(&args), args[0] == "--explain", flag);
                tried += 1;
            }
        }
        for args in [vec![secret], vec!["s3", secret], vec!["--explain", secret], vec!["s3", "--", secret]] {
            shows_none(&Case::new().run(&args), true, "a word");
            tried += 1;
        }
    }
    reported(tried, "an argument");
}

#[test]
fn a_secret_in_the_output_of_a_program_is_not_shown() {
    let mut tried = 0;
    for secret in [KEY, TOKEN] {
        for output in [
            secret.to_owned(),
            format!(r#"{{"Version":1,"AccessKeyId":"{secret}","SecretAccessKey":"{KEY_ID}"}}"#),
            format!(r#"{{"Version":1,"AccessKeyId":"{secret}","SecretAccessKey":"{secret}"}}"#),
            format!(r#"{{"Version":"{secret}"}}"#),
            format!(
                r#"{{"Version":1,"AccessKeyId":"{KEY_ID}","SecretAccessKey":"{secret}","SessionToken":"{secret}"}}"#
            ),
            format!(
                r#"{{"Version":1,"AccessKeyId":"{KEY_ID}","SecretAccessKey":"{secret}","Expiration":"{secret}"}}"#
            ),
            format!(r#"{{"Version":1,"AccessKeyId":"{KEY_ID}","SecretAccessKey":"{secret}"}}"#),
        ] {
            let case = Case::new().config("[profile s3]\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = p\n[profile p]\ncredential_process = ./printer\n");
            case.program("printer", &format!("#!/bin/sh\necho '{output}'\n"));
            for args in [&["-v", "s3"][..], &["-v", "p"]] {
                shows_none(&case.run(args), false, &output);
                tried += 1;
            }
        }
        let case = Case::new().more_config("mfa_serial = arn:aws:iam::123456789012:mfa/base\n");
        shows_none(&case.run(["--mfa-process", &format!("echo {secret}"), "s3"]), false, "a code");
        tried += 1;
    }
    reported(tried, "the output of a program");
}

/// A form in which a service can repeat a text: its name and how it is made.
type Form = (&'static str, fn(&str) -> String);

const FORMS: [Form; 5] = [
    ("raw", str::to_owned),
    ("URL-encoded", in_url),
    ("base64", |text| base64_simd::STANDARD.encode_to_string(text)),
    ("base64 after two bytes", |text| base64_simd::STANDARD.encode_to_string(format!("x={text}"))),
    ("lines", |text| text.as_bytes().chunks(30).map(|part| String::from_utf8_lossy(part) + "\n ").collect()),
];

fn in_url(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[test]
fn a_secret_that_a_service_repeats_is_not_shown() {
    let mut tried = 0;
    let mut shown = 0;
    for stage in STAGES {
        for (name, form) in FORMS {
            // The service repeats the head of the request, with its tokens, and secrets that this process has elsewhere.
            let own: &[&str] = match stage {
                Stage::Portal | Stage::Refresh => &[BEARER],
                Stage::WebIdentity => &[WEB_TOKEN],
                Stage::Container => &[CONTAINER_TOKEN],
                _ => &[],
            };
            let liar = Liar::new(move |head| {
                let asked = Stage::of(head);
                // The head of a request of STS does not name the action.
                let is_stage =
                    asked == Some(stage) || (asked.is_none() && stage.is_xml() && stage != Stage::Buckets);
                Lie::Bytes(match (is_stage, asked) {
                    (true, _) => {
                        let texts = [head, SECRET, KEY, TOKEN];
                        let repeated = texts.iter().chain(own).map(|text| form(text));
                        let message = repeated.collect::<Vec<String>>().join(" | ");
                        stage.refusal("AccessDenied", &message)
                    }
                    (false, Some(other)) => other.right(),
                    (false, None) => Stage::AssumeRole.right(),
                })
            });
            let case = stage.case(&liar).var("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN);
            let outcome = case.run(stage.args());
            shows_none(&outcome, false, &format!("{stage:?} {name}"));
            shown += usize::from(outcome.stderr.contains("<secret>"));
            tried += 1;
        }
    }
    // Those whose message the program repeats: STS, the portal and S3.
    assert!(shown >= 15, "{shown} of {tried} messages were shown");
    reported(tried, "the answer of a service");
}
