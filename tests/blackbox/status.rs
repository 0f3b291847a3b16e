//! What session the environment holds, from the environment alone; and sessions of which a part was changed or unset by hand, which
//! nobody makes a guess about.

use std::process::Stdio;

use super::harness::{Case, Env, KEY_ID, ROLE, SECRET, aws_only, finish};

/// The session `ann` of the profile `s3`; nothing that is not in the environment can be read or asked any more.
fn held() -> Case {
    let case =
        Case::new().var("AWS_PROFILE", "base").var("AWS_REGION", "eu-west-1").holding(["-n", "ann", "s3"]);
    let case = case.config("nonsense").credentials("nonsense").without("AWS_ENDPOINT_URL");
    case.was_asked(["AssumeRole"]);
    case
}

/// The lines of the answer but for the one on the time.
fn rows(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with("time ")).collect()
}

#[test]
fn status_describes_role_account_session_and_time() {
    let case = held();
    let outcome = case.run(["--status"]);
    let text = outcome.succeeded();
    let role = format!("role       {ROLE}");
    assert_eq!(rows(text), ["profile    s3", &role, "account    123456789012", "session    ann"]);
    let time = text.lines().last().expect("a line");
    assert!(time.starts_with("time       59m ") || time.starts_with("time       1h left"), "{time}");
    assert_eq!(outcome.stderr, "");
    case.was_asked(["AssumeRole"]);
}

#[test]
fn the_end_is_shown_in_the_users_time_zone() {
    for zone in ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata"] {
        let case = held().var("TZ", zone);
        let line = "date -d @$ASSUME_ENV_EXPIRES '+%Y-%m-%d %H:%M:%S %:z'";
        let end = case.shell("dash", line).succeeded().to_owned();
        let outcome = case.run(["--status"]);
        assert!(outcome.succeeded().ends_with(&format!(" left, until {end}")), "{}", outcome.out());
    }
}

#[test]
fn status_in_json_has_everything_too() {
    let case = held().with_seconds_left(1000);
    let outcome = case.run(["--status", "--json"]);
    let mut document = outcome.json();
    let left = document["seconds_left"].take().as_i64().expect("a number");
    assert!((980..=1000).contains(&left), "{left}");
    let expires = document["expires"].take();
    let line = "date -u -d @$ASSUME_ENV_EXPIRES +%Y-%m-%dT%H:%M:%SZ";
    assert_eq!(expires.as_str(), Some(case.shell("dash", line).succeeded().trim()));
    let expected = serde_json::json!({
        "profile": "s3",
        "role_arn": ROLE,
        "account": "123456789012",
        "session_name": "ann",
        "narrowed": null,
        "expires": null,
        "seconds_left": null,
        "warnings": [],
    });
    assert_eq!(document, expected);
}

#[test]
fn status_shows_a_restriction() {
    let case = held().var("ASSUME_ENV_NARROWED", "read-only");
    assert!(case.run(["--status"]).succeeded().ends_with("restricted read-only\n"));
    assert_eq!(case.run(["--status", "--json"]).json()["narrowed"], "read-only");
}

/// Some tools let AWS_PROFILE win over keys: direnv exports one when a folder is entered.
#[test]
fn a_profile_that_was_exported_after_the_session_is_a_warning() {
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        let case = held().var(name, "dev");
        let outcome = case.run(["--status"]);
        assert_eq!(outcome.succeeded().lines().count(), 5);
        outcome.said(&[&format!("{name}=dev was set after this session began"), &format!("unset {name}")]);
        let document = case.run(["--status", "--json"]);
        let warnings = document.json()["warnings"].clone();
        assert_eq!((warnings.as_array().map(Vec::len), &*document.stderr), (Some(1), ""));
        assert!(warnings[0].as_str().is_some_and(|text| text.contains(name)), "{warnings}");
        assert_eq!(case.run(["--status", "-q"]).stderr, "");
        assert_eq!(case.var(name, "").run(["--status"]).stderr, "");
    }
}

#[test]
fn a_profile_with_the_name_of_another_role_is_a_warning() {
    let other = "arn:aws:iam::123456789012:role/other";
    for (name, warns) in [(other, true), ("123456789012:other", true), (ROLE, false), ("s3", false)] {
        let outcome = held().var("ASSUME_ENV_PROFILE", name).run(["--status"]);
        outcome.succeeded();
        let text = format!("{name} is the name of a profile and not the role of that name");
        assert_eq!(outcome.stderr.contains(&text), warns, "{name}: {}", outcome.stderr);
    }
}

#[test]
fn no_key_is_shown() {
    let case = held();
    for args in [&["--status"][..], &["--status", "--json"], &["--status", "-v"]] {
        let outcome = case.run(args);
        for secret in ["ASIA", "TEST/secret", "TEST//token"] {
            assert!(!outcome.succeeded().contains(secret) && !outcome.stderr.contains(secret), "{args:?}");
        }
    }
}

#[test]
fn quiet_answers_by_the_exit_status_alone() {
    let case = held().with_seconds_left(1000);
    for (args, status) in [
        (&["--status", "-q"][..], 0),
        (&["--status", "-q", "--min-ttl", "15m"], 0),
        (&["--status", "--min-ttl", "45m", "-q"], 1),
    ] {
        let outcome = case.run(args);
        assert_eq!(
            (outcome.status.code(), outcome.out(), &*outcome.stderr),
            (Some(status), "", ""),
            "{args:?}"
        );
    }
    assert!(case.run(["--status", "-q", "--json"]).succeeded().contains("\"session_name\": \"ann\""));
    for case in [held().with_seconds_left(-5), Case::new(), held().var("AWS_ACCESS_KEY_ID", KEY_ID)] {
        let outcome = case.run(["--status", "-q"]);
        assert_eq!((outcome.status.code(), outcome.out(), &*outcome.stderr), (Some(1), "", ""));
    }
}

#[test]
fn the_status_is_1_when_less_than_min_ttl_is_left() {
    let case = held().with_seconds_left(1000);
    for (time, status) in [("0", 0), ("900", 0), ("16m", 0), ("17m", 1), ("1h", 1), ("99999999h", 1)] {
        let outcome = case.run(["--status", "--min-ttl", time]);
        assert_eq!(outcome.status.code(), Some(status), "{time}");
        assert!(outcome.out().contains("session    ann"), "the session is described all the same");
    }
    let script = "assume-env --status --min-ttl 45m -q || echo renew";
    assert_eq!(case.shell("dash", script).succeeded(), "renew\n");
}

#[test]
fn an_expired_session_has_status_1_and_its_age() {
    let case = held().with_seconds_left(-90);
    let outcome = case.run(["--status"]);
    assert_eq!(outcome.status.code(), Some(1));
    assert!(outcome.out().contains("time       expired 1m 3"), "{}", outcome.out());
    let document = case.run(["--status", "--json"]);
    assert_eq!(document.status.code(), Some(1));
    assert!(document.out().contains("\"seconds_left\": 0"), "{}", document.out());
    assert_eq!(case.run(["--status", "--min-ttl", "0"]).status.code(), Some(1));
    assert_eq!(case.with_seconds_left(0).run(["--status"]).status.code(), Some(1));
}

#[test]
fn no_session_is_status_1() {
    for case in [Case::new(), Case::new().with_keys_in_environment(), Case::new().without("HOME")] {
        case.run(["--status"]).failed_silently(1, &["assume-env: this environment holds no session\n"]);
        let outcome = case.run(["--status", "--json"]);
        assert_eq!((outcome.status.code(), outcome.out()), (Some(1), "null\n"));
        case.nothing_was_asked();
    }
}

#[test]
fn labels_beside_other_keys_are_no_session() {
    let case = held().var("AWS_ACCESS_KEY_ID", KEY_ID).var("AWS_SECRET_ACCESS_KEY", SECRET);
    case.run(["--status"]).failed_silently(1, &["the keys of this environment are not those of its session"]);
    assert_eq!(case.run(["--status", "--json"]).out(), "null\n");
    case.was_asked(["AssumeRole"]);
}

#[test]
fn labels_cannot_steer_the_terminal() {
    let case =
        held().var("ASSUME_ENV_PROFILE", "s3\x1b[31m\nrole      forged").var("ASSUME_ENV_NARROWED", "\x07");
    let outcome = case.run(["--status"]);
    let text = outcome.succeeded();
    assert!(
        text.starts_with("profile    s3\\u{1b}[31m\\nrole      forged\n") && text.lines().count() == 6,
        "{text}"
    );
    assert_eq!(case.run(["--status", "--json"]).json()["profile"], "s3\x1b[31m\nrole      forged");
}

#[test]
fn a_full_disk_is_a_failure() {
    let case = held();
    for args in [&["--status"][..], &["--status", "--json"]] {
        let mut command = case.assume_env(args);
        command.stdout(std::fs::File::options().write(true).open("/dev/full").expect("it is there"));
        let outcome = finish(command);
        assert_eq!(outcome.status.code(), Some(1));
        outcome.said(&["cannot write to standard output"]);
    }
    let mut command = case.assume_env(["--status"]);
    command.stdout(Stdio::null());
    assert_eq!(finish(command).status.code(), Some(0));
}

/// What can be wrong with a variable of the session: `None` is unset.
const DAMAGES: [(&str, Option<&str>); 36] = [
    ("ASSUME_ENV_KEY_ID", None),
    ("ASSUME_ENV_KEY_ID", Some("")),
    ("AWS_ACCESS_KEY_ID", None),
    ("AWS_ACCESS_KEY_ID", Some("")),
    ("AWS_SECRET_ACCESS_KEY", None),
    ("AWS_SECRET_ACCESS_KEY", Some("")),
    ("AWS_SECRET_ACCESS_KEY", Some("with a blank")),
    ("AWS_SECRET_ACCESS_KEY", Some("with a line\nend")),
    ("AWS_SESSION_TOKEN", None),
    ("AWS_SESSION_TOKEN", Some("")),
    ("AWS_SESSION_TOKEN", Some("tök")),
    ("ASSUME_ENV_PROFILE", None),
    ("ASSUME_ENV_PROFILE", Some("")),
    ("ASSUME_ENV_ROLE_ARN", None),
    ("ASSUME_ENV_ROLE_ARN", Some("")),
    ("ASSUME_ENV_ROLE_ARN", Some("nonsense")),
    ("ASSUME_ENV_ROLE_ARN", Some("arn:aws:iam::123456789012:user/base")),
    ("ASSUME_ENV_ROLE_ARN", Some("arn:aws:iam::123456789012:role/$(touch evil)")),
    ("ASSUME_ENV_SESSION", None),
    ("ASSUME_ENV_SESSION", Some("")),
    ("ASSUME_ENV_SESSION", Some("a")),
    ("ASSUME_ENV_SESSION", Some("a b")),
    ("ASSUME_ENV_SESSION", Some("$(touch evil)")),
    ("ASSUME_ENV_EXPIRES", None),
    ("ASSUME_ENV_EXPIRES", Some("")),
    ("ASSUME_ENV_EXPIRES", Some("soon")),
    ("ASSUME_ENV_EXPIRES", Some("-5")),
    ("ASSUME_ENV_EXPIRES", Some("+5")),
    ("ASSUME_ENV_EXPIRES", Some("1e9")),
    ("ASSUME_ENV_EXPIRES", Some("0x10")),
    ("ASSUME_ENV_EXPIRES", Some("1795435994.5")),
    ("ASSUME_ENV_EXPIRES", Some("1795435994 ")),
    ("ASSUME_ENV_EXPIRES", Some("9999999999999")),
    ("ASSUME_ENV_EXPIRES", Some("99999999999999999999")),
    ("ASSUME_ENV_EXPIRES", Some("x[$(touch evil)]")),
    ("ASSUME_ENV_EXPIRES", Some("１７")),
];

fn damaged(name: &str, value: Option<&str>) -> (Case, Env) {
    let case = Case::new().var("AWS_PROFILE", "base").var("AWS_REGION", "eu-west-1").var("AWS_ROLE_ARN", "");
    let original = case.aws_vars();
    let case = case.holding(["-r", "ap-south-1", "s3"]);
    let case = match value {
        Some(value) => case.var(name, value),
        None => case.without(name),
    };
    (case, original)
}

#[test]
fn a_damaged_session_is_an_error_that_names_what_ends_it() {
    for (name, value) in DAMAGES {
        let (case, _) = damaged(name, value);
        let what = if value.is_some_and(|value| !value.is_empty()) && name.starts_with("AWS_") {
            "one of its keys"
        } else {
            name
        };
        let line = format!("the session of this environment is damaged: {what} is missing or was changed");
        let parts = [&*line, "eval \"$(assume-env --clear)\"", "assume-env --clear -f fish | source"];
        for args in [
            &["--status"][..],
            &["--status", "--json"],
            &["--explain", "s3"],
            &["--whoami", "s3"],
            &["--buckets"],
        ] {
            case.run(args).failed_silently(1, &parts);
        }
        for args in [&["s3"][..], &[], &["--fresh", "s3"], &["--source-profile", "base", ROLE]] {
            case.run(args).failed(1, &parts);
        }
        case.run(["-f", "fish", "s3"]).failed_with(1, "sh -c 'exit 1';\n", &parts);
        case.run(["s3", "--", "true"]).failed_silently(125, &parts);
        case.was_asked(["AssumeRole"]);
        assert!(!case.path("evil").exists());
    }
}

#[test]
fn a_damaged_session_can_be_ended_and_gives_back() {
    for (name, value) in DAMAGES {
        let (case, original) = damaged(name, value);
        let outcome = case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#);
        assert_eq!(aws_only(&outcome.env()), original, "{name} {value:?}");
        let outcome = case.shell("fish", "assume-env --clear -f fish | source; and env -0");
        assert_eq!(aws_only(&outcome.env()), original, "{name} {value:?}");
        assert!(!case.path("evil").exists());
    }
}

/// Without its record nobody knows what it replaced: that is an error, and what ends it can give nothing back.
#[test]
fn without_its_record_a_session_is_damaged() {
    for value in [None, Some("")] {
        let (case, _) = damaged("ASSUME_ENV_RESTORE", value);
        let parts = [
            "the session of this environment is damaged: ASSUME_ENV_RESTORE is missing",
            "assume-env --clear",
        ];
        case.run(["--status"]).failed_silently(1, &parts);
        case.run(["s3"]).failed(1, &parts);
        let after = aws_only(
            &case
                .without("ASSUME_ENV_RESTORE")
                .shell("dash", r#"eval "$(assume-env --clear)" && env -0"#)
                .env(),
        );
        assert_eq!(after.keys().collect::<Vec<_>>(), ["AWS_ENDPOINT_URL"]);
    }
}

/// Without temporary keys there is nothing that the labels could be of.
#[test]
fn labels_that_were_left_alone_are_no_session() {
    let case = Case::new().var("ASSUME_ENV_PROFILE", "s3").var("ASSUME_ENV_RESTORE", "1,AWS_PROFILE=mine");
    case.run(["--status"]).failed_silently(1, &[]);
    case.run(["s3"]).succeeded();
    let after = aws_only(&case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#).env());
    assert!(after.keys().all(|name| !name.starts_with("ASSUME_ENV_")), "{:?}", after.keys());
}

#[test]
fn a_record_of_what_was_replaced_is_read_whole_or_not_at_all() {
    // The longest text that Linux hands to a program as one variable.
    const LONGEST: usize = 131_071 - "ASSUME_ENV_RESTORE=".len();
    let filled = |text: &str, with: &str| text.to_owned() + &with.repeat((LONGEST - text.len()) / with.len());
    for restore in [
        "nonsense".to_owned(),
        "1".to_owned() + ",",
        "1,PATH=/evil".to_owned(),
        "1,HOME=/evil".to_owned(),
        "1,LD_PRELOAD=/evil.so".to_owned(),
        "1,AWS_PROFILE=ok,AWS_SECRET_ACCESS_KEY=x".to_owned(),
        "1,ASSUME_ENV_KEY_ID=x".to_owned(),
        "1,AWS_PROFILE=%4".to_owned(),
        "1,AWS_PROFILE=%zz".to_owned(),
        "1,AWS_PROFILE=%ff".to_owned(),
        "1,AWS_PROFILE=%FF".to_owned(),
        "1,AWS_PROFILE=%00".to_owned(),
        "1,AWS_PROFILE=a b".to_owned(),
        "1,AWS_PROFILE=base\n".to_owned(),
        "1,AWS_PROFILE=$(touch evil)".to_owned(),
        "1,AWS_PROFILE=a=b".to_owned(),
        filled("", "x"),
        filled("1,AWS_PROFILE=", "%"),
        filled("1,", "AWS_PROFILE=a,"),
        filled("1,AWS_PROFILE=a", ","),
    ] {
        let case = held().var("ASSUME_ENV_RESTORE", &restore);
        let parts =
            ["ASSUME_ENV_RESTORE is not a text that assume-env writes", "type: unset ASSUME_ENV_RESTORE"];
        case.run(["--status"]).failed_silently(1, &parts);
        case.run(["--explain", "s3"]).failed_silently(1, &parts);
        case.run(["s3"]).failed(1, &parts);
        let outcome = case.run(["--clear"]);
        outcome.failed(1, &parts);
        assert!(outcome.stderr.len() < 1000, "the text itself is not repeated");
        assert!(!case.path("evil").exists());
        case.was_asked(["AssumeRole"]);
        let case = case.without("ASSUME_ENV_RESTORE");
        let after = case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#).env();
        assert!(aws_only(&after).keys().all(|name| name == "AWS_REGION"), "{:?}", after.keys());
    }
}

#[test]
fn status_needs_no_home_and_reads_no_file() {
    let case =
        held().without("HOME").var("AWS_CONFIG_FILE", "/nonexistent").var("AWS_CA_BUNDLE", "/nonexistent");
    let case = case.var("HTTPS_PROXY", "not a proxy");
    assert_eq!(case.run(["--status"]).succeeded().lines().count(), 5);
}

/// moto gives the id of a long-lived key to the keys of GetSessionToken.
#[test]
fn a_session_of_a_service_that_imitates_aws_is_held_whatever_its_key_id_is() {
    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    let case = Case::new().holding(["s3"]).var("AWS_ACCESS_KEY_ID", ID).var("ASSUME_ENV_KEY_ID", ID);
    case.run(["--status"]).said_on_stdout(&["profile", "s3", "session"]);
    let cleared = case.run(["--clear", "-f", "sh"]);
    assert!(cleared.succeeded().contains("unset AWS_ACCESS_KEY_ID"), "{}", cleared.out());
}
