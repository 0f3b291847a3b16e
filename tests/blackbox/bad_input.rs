//! Bad input on the command line: a clear message, exit status 2 (125 with `--`), and no request.
//! `config` has the errors in files and variables, `sources` those in chains.

use super::harness::Case;

/// The arguments are wrong, without a command and before one.
#[track_caller]
fn refused(args: &[&str], parts: &[&str]) {
    let case = Case::new();
    case.run(args).failed(2, parts);
    case.run(args.iter().copied().chain(["--", "true"])).failed_silently(125, parts);
    case.nothing_was_asked();
}

/// The arguments are wrong, and they take no command.
#[track_caller]
fn refused_alone(args: &[&str], parts: &[&str]) {
    let case = Case::new();
    let outcome = case.run(args);
    assert_eq!(outcome.status.code(), Some(2), "{}", outcome.stderr);
    outcome.said(&["assume-env: "]).said(parts);
    case.nothing_was_asked();
}

#[test]
fn a_duration_outside_the_limits_of_sts_is_refused() {
    refused(
        &["-d", "899", "s3"],
        &[
            "the duration 899 (--duration) is shorter than 900 seconds (15m), the minimum of STS",
            "it must be between 15m and 12h",
        ],
    );
    refused(
        &["-d", "43201", "s3"],
        &[
            "the duration 43201 (--duration) is longer than 43200 seconds (12h), the maximum of STS",
            "it must be between 15m and 12h",
        ],
    );
    refused(&["-d", "13h", "s3"], &["the duration 13h (--duration) is longer than"]);
}

#[test]
fn a_duration_that_is_not_a_time_is_refused() {
    for text in ["1x", "-5", "", "h", "30m1h", "1h 30m", "1.5h", "99999999999999999999", "１h"] {
        refused(
            &["-d", text, "s3"],
            &[&format!("the duration {text} (--duration) is not a time"), "900, 15m, 1h30m, 12h"],
        );
    }
    refused(&["--duration=-5", "s3"], &["the duration -5 (--duration)"]);
}

#[test]
fn a_min_ttl_that_is_not_a_time_is_refused() {
    for text in ["1x", "-5", "", "h", "30m1h", "1.5h", "99999999999999999999"] {
        refused(
            &["--min-ttl", text, "s3"],
            &[&format!("{text} (--min-ttl) is not a time"), "900, 15m, 1h30m, 12h"],
        );
    }
    refused_alone(&["--status", "--min-ttl", "soon"], &["soon (--min-ttl) is not a time"]);
}

#[test]
fn a_bad_role_arn_is_refused_with_the_reason() {
    for (arn, why) in [
        ("arn:aws:iam::123456789012", "an ARN has six parts"),
        ("arn:", "an ARN has six parts"),
        ("arn:azure:iam::123456789012:role/x", "its partition is not"),
        ("arn:aws-:iam::123456789012:role/x", "its partition is not"),
        ("arn:aws:sts::123456789012:assumed-role/x/y", "the ARN of a session"),
        ("arn:aws-cn:iam:cn-north-1:123456789012:role/x", "no region"),
        ("arn:aws-us-gov:iam::12345678901:role/x", "twelve digits"),
        ("arn:aws:iam::123456789012:user/x", "does not name a role"),
        ("arn:aws-iso-b:iam::123456789012:role/", "character that IAM does not allow, is empty or too long"),
        ("arn:aws:iam::123456789012:role/a b", "character that IAM does not allow"),
        ("arn:aws:iam::123456789012:role/$(touch x)", "character that IAM does not allow"),
    ] {
        refused(&[arn], &[&format!("{arn} (ROLE) is not a role ARN"), why]);
    }
}

#[test]
fn a_bad_role_arn_of_a_profile_is_named_with_its_line() {
    let case = Case::new()
        .config("[profile s3]\nrole_arn = arn:aws:iam::123456789012:user/x\nsource_profile = base\n");
    let place = format!("({}:2) is not a role ARN", case.path(".aws/config").display());
    case.run(["s3"]).failed(1, &[&place, "does not name a role"]);
    case.run(["s3", "--", "true"]).failed_silently(125, &[&place]);
    case.nothing_was_asked();
}

#[test]
fn a_session_name_that_sts_does_not_accept_is_refused() {
    for name in ["a b", "a", "", "ä-name", "a/b", &"x".repeat(65), "$(id)"] {
        refused(
            &["-n", name, "s3"],
            &[&format!("the session name {name} (--session-name)"), "2 to 64 letters"],
        );
    }
}

#[test]
fn a_bad_external_id_or_region_is_refused() {
    refused(&["--external-id", "a b", "s3"], &["the external ID a b (--external-id)", "2 to 1224"]);
    for region in ["x.example.org", "eu west", "EU-WEST-1", "a/b", "", "-a"] {
        refused(&["-r", region, "s3"], &[&format!("the region {region} (--region)"), "eu-central-1"]);
    }
}

#[test]
fn a_command_without_dashes_is_shown_with_dashes() {
    let case = Case::new();
    case.run(["s3", "aws", "s3", "ls"])
        .failed(2, &["aws is a second word after the role s3", "put -- before it: assume-env s3 -- aws"]);
    case.run(["my role", "a;b"]).failed(2, &["assume-env 'my role' -- 'a;b'"]);
    case.nothing_was_asked();
}

#[test]
fn an_empty_role_is_refused_with_a_hint_about_variables() {
    refused(&[""], &["the role is empty", "a variable that should hold the role may be empty"]);
}

#[test]
fn an_unknown_flag_is_answered_with_a_similar_one() {
    refused(&["--duratoin", "1h", "s3"], &["there is no flag --duratoin", "did you mean --duration?"]);
    refused(&["-x", "s3"], &["there is no flag -x", "assume-env -h lists the flags"]);
    refused(&["--frobnicate", "s3"], &["there is no flag --frobnicate", "assume-env -h lists the flags"]);
    refused_alone(&["--bukets", "s3"], &["did you mean --buckets?"]);
}

#[test]
fn an_unknown_format_or_shell_is_answered_with_the_list() {
    refused_alone(
        &["-f", "cmd", "s3"],
        &["there is no format cmd", "use sh, fish, csh, elvish, nu, xonsh, pwsh, json, dotenv"],
    );
    refused_alone(
        &["--init", "cmd"],
        &["there is no hook for the shell cmd", "use bash, zsh, posix, fish, tcsh, elvish, nu, xonsh, pwsh"],
    );
}

#[test]
fn a_missing_or_superfluous_value_is_refused() {
    for (flag, metavar) in [
        ("-d", "--duration TIME"),
        ("--session-name", "--session-name NAME"),
        ("-r", "--region REGION"),
        ("--source-profile", "--source-profile NAME"),
        ("--external-id", "--external-id ID"),
        ("--mfa-serial", "--mfa-serial ARN"),
        ("--mfa-token", "--mfa-token CODE"),
        ("--mfa-process", "--mfa-process CMD"),
        ("--min-ttl", "--min-ttl TIME"),
    ] {
        refused(&["s3", flag], &["needs a value", &format!("type {metavar}")]);
    }
    refused(&["--quiet=yes", "s3"], &["--quiet takes no value", "type --quiet alone"]);
    refused(&["--fresh=yes", "s3"], &["--fresh takes no value", "type --fresh alone"]);
    refused_alone(&["--explain=s3"], &["--explain takes no value"]);
    refused_alone(&["--init"], &["--init needs a value"]);
}

#[test]
fn commands_and_their_flags_do_not_mix() {
    for (args, part) in [
        (&["--whoami", "--buckets", "s3"][..], "--whoami and --buckets cannot be combined"),
        (&["--clear", "--list"], "--clear and --list cannot be combined"),
        (&["--clear", "s3"], "--clear takes no role, and s3 is given"),
        (&["--list", "s3"], "--list takes no role"),
        (&["--init", "bash", "s3"], "--init takes no role"),
        (&["--clear", "-d", "1h"], "--duration has no meaning for --clear"),
        (&["--list", "--show"], "--show has no meaning for --list"),
        (&["--json", "s3"], "--json has no meaning for printing the variables"),
        (&["--whoami", "-f", "json", "s3"], "--format has no meaning for --whoami"),
        (&["--buckets", "--show", "s3"], "--show has no meaning for --buckets"),
        (&["--clear", "-f", "json"], "--clear cannot be written as json"),
        (&["--explain", "--status"], "--explain and --status cannot be combined"),
        (&["--status", "--list"], "--status and --list cannot be combined"),
        (&["--explain", "--whoami", "s3"], "--explain and --whoami cannot be combined"),
        (&["--status", "s3"], "--status takes no role, and s3 is given"),
        (&["--status", "--fresh"], "--fresh has no meaning for --status"),
        (&["--status", "--mfa-token", "123456"], "--mfa-token has no meaning for --status"),
        (&["--status", "-f", "fish"], "--format has no meaning for --status"),
        (&["--explain", "--show", "s3"], "--show has no meaning for --explain"),
        (&["--list", "--min-ttl", "5m"], "--min-ttl has no meaning for --list"),
        (&["--clear", "--fresh"], "--fresh has no meaning for --clear"),
        (&["--clear", "--json"], "--json has no meaning for --clear"),
        (&["--init", "bash", "--json"], "--json has no meaning for --init"),
    ] {
        refused_alone(args, &[part]);
    }
    let case = Case::new();
    case.run(["--whoami", "s3", "--", "true"])
        .failed_silently(125, &["--whoami and -- COMMAND cannot be combined"]);
    case.run(["--explain", "s3", "--", "true"])
        .failed_silently(125, &["--explain and -- COMMAND cannot be combined"]);
    case.run(["--status", "--", "true"])
        .failed_silently(125, &["--status and -- COMMAND cannot be combined"]);
    case.run(["--show", "s3", "--", "true"])
        .failed_silently(125, &["--show has no meaning for running a command"]);
    case.run(["-f", "fish", "s3", "--", "true"])
        .failed_silently(125, &["--format has no meaning for running a command"]);
    case.nothing_was_asked();
}

#[test]
fn control_characters_are_shown_as_escapes() {
    let case = Case::new();
    for (word, shown) in
        [("a\x1b[31mb", "a\\u{1b}[31mb"), ("a\rb\x07", "a\\rb\\u{7}"), ("a\u{202e}b", "a\\u{202e}b")]
    {
        let outcome = case.run([word]);
        outcome.failed(1, &[&format!("there is no profile {shown}")]);
        assert!(!outcome.stderr.contains(word));
        case.run(["-n", word, "s3"]).failed(2, &[&format!("the session name {shown} ")]);
    }
    let outcome = case.run(["a\nassume-env: forged"]);
    assert_eq!(
        outcome.stderr.lines().filter(|line| line.starts_with("assume-env: ")).count(),
        1,
        "{}",
        outcome.stderr
    );
}
