//! The modes that answer a question instead of printing keys: buckets, identity, profiles, hooks, help.

use super::harness::{ACCOUNT, Case, FIRST, KEY_ID, ROLE, SECRET, role, world};
use crate::support::{Fault, Role, Sts, User, World};

#[test]
fn buckets_are_laid_out_as_by_aws_s3_ls() {
    for (zone, expected) in [
        ("UTC", "2026-01-02 03:04:05 alpha\n2026-07-08 22:30:00 beta\n2025-12-31 23:30:00 gamma\n"),
        ("Europe/Berlin", "2026-01-02 04:04:05 alpha\n2026-07-09 00:30:00 beta\n2026-01-01 00:30:00 gamma\n"),
        (
            "America/St_Johns",
            "2026-01-01 23:34:05 alpha\n2026-07-08 20:00:00 beta\n2025-12-31 20:00:00 gamma\n",
        ),
    ] {
        assert!(
            std::path::Path::new("/usr/share/zoneinfo").join(zone).exists(),
            "install the Debian package tzdata"
        );
        let case = Case::new().var("TZ", zone);
        let outcome = case.run(["--buckets", "s3"]);
        assert_eq!(outcome.succeeded(), expected, "{zone}");
        assert_eq!(outcome.stderr, "");
        assert_eq!(
            (case.sts.actions(), case.signers()),
            (
                vec!["AssumeRole".to_owned(), "ListBuckets".to_owned()],
                vec![KEY_ID.to_owned(), FIRST.to_owned()],
            )
        );
    }
}

#[test]
fn all_pages_of_buckets_are_asked_for() {
    let names: Vec<String> = (0..7).map(|number| format!("bucket-{number}")).collect();
    let world =
        names.iter().fold(world().page_size(2), |world, name| world.bucket(name, "2026-01-02T03:04:05Z"));
    let case = Case::in_world(world);
    let outcome = case.run(["--buckets", "s3"]);
    let listed: Vec<&str> = outcome.succeeded().lines().filter_map(|line| line.rsplit(' ').next()).collect();
    let mut expected = vec!["alpha", "beta"];
    expected.extend(names.iter().map(String::as_str));
    expected.push("gamma");
    assert_eq!(listed, expected);
    assert_eq!(case.sts.requests().len(), 1 + 5);
}

#[test]
fn no_buckets_are_no_lines() {
    let case = Case::in_world(
        World::new().user(User::new(ACCOUNT, "base", KEY_ID, SECRET)).role(role("assumeS3Full").s3_full()),
    );
    assert_eq!(case.run(["--buckets", "s3"]).succeeded(), "");
    let outcome = case.run(["--buckets", "--json", "s3"]);
    let document: serde_json::Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    assert_eq!(document, serde_json::json!({ "Buckets": [] }));
}

#[test]
fn buckets_in_json_have_the_members_of_list_buckets() {
    let case = Case::new().var("TZ", "Europe/Berlin");
    let outcome = case.run(["--buckets", "--json", "s3"]);
    let document: serde_json::Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    let bucket = |name: &str, created: &str, region: &str| serde_json::json!({ "Name": name, "CreationDate": created, "BucketRegion": region });
    let expected = [
        bucket("alpha", "2026-01-02T03:04:05Z", "us-east-1"),
        bucket("beta", "2026-07-08T22:30:00Z", "us-east-1"),
        bucket("gamma", "2025-12-31T23:30:00Z", "eu-central-1"),
    ];
    assert_eq!(document, serde_json::json!({ "Buckets": expected }));
}

#[test]
fn a_bucket_of_the_end_of_time_is_listed() {
    for date in ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"] {
        for zone in ["Asia/Kolkata", "America/St_Johns"] {
            let case = Case::in_world(world().bucket("old", date)).var("TZ", zone);
            assert_eq!(case.run(["--buckets", "s3"]).succeeded().lines().count(), 4, "{date} {zone}");
        }
    }
}

#[test]
fn a_bucket_cannot_steer_the_terminal() {
    let case = Case::new();
    let name = |body: String| body.replace(">alpha<", ">al&#27;[31mpha&#10;forged<");
    case.sts.fault(Fault::Pass).fault(Fault::rewrite(name));
    let outcome = case.run(["--buckets", "s3"]);
    let text = outcome.succeeded();
    assert!(text.starts_with("2026-01-02 03:04:05 al\\u{1b}[31mpha\\nforged\n"), "{text}");
}

#[test]
fn a_role_that_may_not_list_is_told_what_it_needs() {
    let case = Case::in_world(world().role(role("assumeS3Full")));
    case.run(["--buckets", "s3"]).failed_silently(
        1,
        &[
            "S3 refused ListBuckets: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/assumeS3Full/",
            "the role itself needs s3:ListAllMyBuckets",
        ],
    );
    assert_eq!(case.sts.requests().len(), 2);
}

#[test]
fn an_answer_that_is_none_of_s3_is_told() {
    let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
    case.sts.fault(Fault::Pass).fault(Fault::html(200));
    let line = format!("the answer from {} (status 200) is not an answer of S3", case.sts.url());
    case.run(["--buckets", "s3"]).failed_silently(1, &[&line]);
}

#[test]
fn a_page_that_fails_leaves_nothing_of_the_pages_before() {
    let case = Case::in_world(world().page_size(2));
    let refusal = "<Error><Code>AccessDenied</Code><Message>no more</Message></Error>";
    case.sts.fault(Fault::Pass).fault(Fault::Pass).fault(Fault::status(403, refusal));
    case.run(["--buckets", "s3"]).failed_silently(1, &["S3 refused ListBuckets: AccessDenied: no more"]);
}

#[test]
fn s3_may_have_an_address_of_its_own() {
    let case = Case::new();
    let s3 = Sts::http(world());
    let url = s3.url();
    let case = case.var("AWS_ENDPOINT_URL_S3", url);
    case.run(["--buckets", "s3"]).failed_silently(1, &["S3 refused ListBuckets: InvalidAccessKeyId"]);
    assert_eq!(
        (case.sts.actions(), s3.actions()),
        (vec!["AssumeRole".to_owned()], vec!["ListBuckets".to_owned()])
    );
}

#[test]
fn the_region_of_s3_is_the_sessions() {
    let case = Case::new();
    case.run(["--buckets", "-r", "eu-central-1", "s3"]).succeeded();
    let regions: Vec<Option<String>> = case.sts.requests().into_iter().map(|made| made.region).collect();
    assert_eq!(regions, vec![Some("eu-central-1".to_owned()); 2]);
}

#[test]
fn a_bare_role_answers_too() {
    let case = Case::new();
    assert_eq!(case.run(["--buckets", "--source-profile", "base", ROLE]).succeeded().lines().count(), 3);
}

#[test]
fn whoami_is_for_people() {
    let case = Case::new();
    let outcome = case.run(["--whoami", "-n", "ann", "s3"]);
    let expected = format!(
        "account  123456789012\narn      arn:aws:sts::123456789012:assumed-role/assumeS3Full/ann\nuser id  {}:ann\n",
        Role::new(ROLE).id()
    );
    assert_eq!(outcome.succeeded(), expected);
    assert_eq!(case.sts.actions(), ["AssumeRole", "GetCallerIdentity"]);
    assert_eq!(case.signers(), [KEY_ID, FIRST]);
    assert_eq!(case.sts.connections(), 1);
}

#[test]
fn whoami_in_json_has_the_members_of_get_caller_identity() {
    let case = Case::new();
    let outcome = case.run(["--whoami", "--json", "-n", "ann", "s3"]);
    let document: serde_json::Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    let expected = serde_json::json!({
        "UserId": format!("{}:ann", Role::new(ROLE).id()),
        "Account": ACCOUNT,
        "Arn": "arn:aws:sts::123456789012:assumed-role/assumeS3Full/ann",
    });
    assert_eq!(document, expected);
}

#[test]
fn half_an_identity_is_none() {
    for element in ["Arn", "UserId", "Account"] {
        let case = Case::new();
        case.sts.fault(Fault::Pass).fault(Fault::drop_element(element));
        case.run(["--whoami", "s3"]).failed_silently(1, &["is not an answer of STS", element]);
    }
}

#[test]
fn an_identity_cannot_steer_the_terminal() {
    let case = Case::new();
    case.sts.fault(Fault::Pass).fault(Fault::replace_element("Arn", "arn&#27;[31m&#10;user id  forged"));
    let outcome = case.run(["--whoami", "s3"]);
    let text = outcome.succeeded();
    assert!(
        text.contains("arn      arn\\u{1b}[31m\\nuser id  forged\n") && text.lines().count() == 3,
        "{text}"
    );
}

#[test]
fn list_gives_every_profile_once() {
    let case = Case::new().more_config(
        "[default]\n[profile \"a b\"]\n[profile base]\nregion = x\n[services x]\nsts =\n  a = b\n[sso-session corp]\n[plain]\n",
    );
    let outcome = case.run(["--list"]);
    assert_eq!(outcome.succeeded(), "a b\nbase\ndefault\ns3\n");
    case.nothing_was_asked();
}

#[test]
fn list_gives_what_can_be_read_and_reports_the_rest() {
    let case = Case::new().more_config("nonsense\n[profile lost]\n");
    let outcome = case.run(["--list"]);
    outcome.failed_with(1, "base\ns3\n", &[".aws/config:4: "]);
    let case = Case::new().var("AWS_CONFIG_FILE", "/nonexistent");
    case.run(["--list"]).failed_with(1, "base\n", &["cannot read /nonexistent"]);
}

#[test]
fn list_in_json_says_what_each_profile_is() {
    let case = Case::new().config(
        "[default]\nregion = eu-west-1\n\
             [profile s3]\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = base\n\
             mfa_serial = arn:aws:iam::123456789012:mfa/base\nregion = eu-central-1\n\
             [profile env]\nrole_arn = arn:aws-cn:iam::210987654321:role/r\ncredential_source = Environment\n\
             [profile broken]\nrole_arn = nonsense\nsource_profile = nosuch\n\
             [profile web]\nrole_arn = arn:aws:iam::123456789012:role/w\nweb_identity_token_file = /token\n\
             [profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = reader\n\
             [profile login]\nlogin_session = arn:aws:iam::123456789012:user/ann\n\
             [profile process]\ncredential_process = /bin/false\n\
             [services local]\n[sso-session corp]\nsso_region = us-east-1\n",
    );
    let list = case.run(["--list", "--json"]).json();
    let entries = list.as_array().expect("a list");
    let (config, credentials) = (case.path(".aws/config"), case.path(".aws/credentials"));
    let null = serde_json::Value::Null;
    for (name, kind, line, more) in [
        ("default", "settings", 1, &[("region", "eu-west-1")][..]),
        (
            "s3",
            "role",
            3,
            &[
                ("role_arn", ROLE),
                ("account", ACCOUNT),
                ("source", "base"),
                ("mfa_serial", "arn:aws:iam::123456789012:mfa/base"),
                ("region", "eu-central-1"),
            ],
        ),
        (
            "env",
            "role",
            8,
            &[
                ("role_arn", "arn:aws-cn:iam::210987654321:role/r"),
                ("account", "210987654321"),
                ("source", "Environment"),
            ],
        ),
        ("broken", "role", 11, &[("role_arn", "nonsense"), ("source", "nosuch")]),
        (
            "web",
            "web-identity",
            14,
            &[("role_arn", "arn:aws:iam::123456789012:role/w"), ("account", ACCOUNT)],
        ),
        ("sso", "sso", 17, &[("account", "111122223333")]),
        ("login", "login", 21, &[]),
        ("process", "process", 23, &[]),
        ("base", "keys", 1, &[]),
    ] {
        let entry = entries.iter().find(|entry| entry["name"] == name).expect(name);
        assert_eq!(entry["kind"], kind, "{name}");
        let file = if name == "base" { &credentials } else { &config };
        assert_eq!(
            (&entry["file"], &entry["line"]),
            (&file.display().to_string().into(), &line.into()),
            "{name}"
        );
        for member in ["role_arn", "account", "region", "mfa_serial", "source"] {
            let expected = more.iter().find(|(key, _)| *key == member).map(|(_, value)| (*value).into());
            assert_eq!(entry[member], expected.unwrap_or(null.clone()), "{name} {member}");
        }
    }
    assert_eq!(entries.len(), 9);
    let text = case.run(["--list", "--json"]);
    assert!(!text.out().contains(SECRET) && !text.out().contains(KEY_ID), "no key is shown");
    case.nothing_was_asked();
}

#[test]
fn list_in_json_gives_what_can_be_read_and_reports_the_rest() {
    let case = Case::new().more_config("nonsense\n[profile lost]\n");
    let outcome = case.run(["--list", "--json"]);
    assert_eq!(outcome.status.code(), Some(1));
    outcome.said(&[".aws/config:4: "]);
    let list: serde_json::Value = serde_json::from_str(outcome.out()).expect("it is JSON all the same");
    let names: Vec<_> = list.as_array().expect("a list").iter().map(|entry| entry["name"].clone()).collect();
    assert_eq!(names, ["base", "s3"]);
}

#[test]
fn list_reads_the_other_file_when_one_is_no_text() {
    let case = Case::new().config(b"[profile s3]\n\xff\n");
    case.run(["--list"]).failed_with(1, "base\n", &[".aws/config:2: the file is not UTF-8"]);
    let case = Case::new().credentials(b"[base]\nx = 1\nx = 2\n");
    let outcome = case.run(["--list"]);
    assert_eq!(outcome.status.code(), Some(1));
    assert!(outcome.out().contains("s3\n"), "{}", outcome.out());
    outcome.said(&[".aws/credentials:3: "]);
}

#[test]
fn list_cannot_steer_a_terminal() {
    let case = Case::new().config("[profile \"a\x1b[31mb\"]\n").credentials("");
    assert_eq!(case.run(["--list"]).succeeded(), "");
    let case = case.more_config("[profile plain]\n[profile \"turned\u{202e}round\"]\n");
    assert_eq!(case.run(["--list"]).succeeded(), "plain\n", "what cannot be typed is left out");
}

#[test]
fn every_shell_with_a_hook_gets_it() {
    for shell in ["bash", "zsh", "fish"] {
        let case = Case::new().without("HOME");
        let outcome = case.run(["--init", shell]);
        assert!(outcome.succeeded().contains("assume"), "--init {shell}: {:?}", outcome.out());
        case.nothing_was_asked();
    }
}

#[test]
fn a_hook_loads_quietly_and_defines_the_function() {
    for (shell, script) in [
        ("bash", r#"set -eu; eval "$(assume-env --init bash)"; type assume >/dev/null; echo loaded"#),
        (
            "zsh",
            r#"setopt err_exit no_unset; eval "$(assume-env --init zsh)"; whence -w assume; echo loaded"#,
        ),
        ("fish", "assume-env --init fish | source; or exit; functions -q assume; and echo loaded"),
    ] {
        let outcome = Case::new().shell(shell, script);
        assert!(outcome.succeeded().ends_with("loaded\n"), "{shell}");
        assert_eq!(outcome.stderr, "", "{shell}");
    }
}

/// What prints no text for a shell is not evaluated: the hooks hand it through.
#[test]
fn the_function_answers_questions() {
    for (shell, load) in [
        ("bash", r#"eval "$(assume-env --init bash)""#),
        ("zsh", r#"eval "$(assume-env --init zsh)""#),
        ("fish", "assume-env --init fish | source"),
    ] {
        let case = Case::new();
        let script = format!(
            "{load}; assume s3; assume --status; assume --explain s3; assume --list; assume --whoami s3"
        );
        let outcome = case.shell(shell, &script);
        let text = outcome.succeeded();
        for part in ["profile    s3\n", "s3 leads to arn:aws:iam::", "base\ns3\n", "account  123456789012\n"]
        {
            assert!(text.contains(part), "{shell}: {part}: {text}");
        }
        assert_eq!(outcome.stderr, "", "{shell}");
        let outcome = case.shell(shell, &format!("{load}; assume --status"));
        assert_eq!((outcome.status.code(), outcome.out()), (Some(1), ""), "{shell}");
        outcome.said(&["this environment holds no session"]);
    }
}

#[test]
fn the_function_puts_a_role_into_the_shell_and_takes_it_away() {
    for shell in ["bash", "zsh"] {
        let case = Case::new().var("AWS_PROFILE", "mine");
        let script = format!(
            r#"eval "$(assume-env --init {shell})"; assume s3 || exit 10; echo "$AWS_ACCESS_KEY_ID"
               assume nosuch 2>/dev/null; echo $?; assume --clear || exit 11; echo "${{AWS_ACCESS_KEY_ID-none}} $AWS_PROFILE""#
        );
        assert_eq!(case.shell(shell, &script).succeeded(), format!("{FIRST}\n1\nnone mine\n"), "{shell}");
    }
    let case = Case::new().var("AWS_PROFILE", "mine");
    let script = "assume-env --init fish | source; assume s3; or exit 10; echo $AWS_ACCESS_KEY_ID
        assume nosuch 2>/dev/null; echo $status; assume --clear; or exit 11; set -q AWS_ACCESS_KEY_ID; or echo none $AWS_PROFILE";
    assert_eq!(case.shell("fish", script).succeeded(), format!("{FIRST}\n1\nnone mine\n"));
}

#[test]
fn help_needs_no_home_and_no_network() {
    let case = Case::new().without("HOME").var("AWS_PROFILE", "nosuch");
    let short = case.run(["-h"]);
    assert!(short.succeeded().lines().count() <= 55 && short.out().contains("--duration"), "{}", short.out());
    let long = case.run(["--help"]);
    assert!(long.succeeded().contains("EXIT STATUS") && long.out().len() > short.out().len());
    assert_eq!(case.run(["--version"]).succeeded(), concat!("assume-env ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(case.run(["-V"]).out(), case.run(["--version"]).out());
    assert_eq!(case.run(["--clear", "s3", "-h"]).out(), short.out(), "whatever else stands there");
    case.nothing_was_asked();
}
