//! MFA codes where no person is asked: from a flag, from standard input, from a command. A code works once, so none is sent in
//! vain, and none is asked for before everything else is in order.

use std::fs::File;

use super::harness::{
    ACCOUNT, BINARY, Case, KEY_ID, ROLE, SECRET, finish, finish_reading, role, role_arn, world,
};
use crate::support::{Fault, Role, User, World};

/// The device of the user `base`.
pub const DEVICE: &str = "arn:aws:iam::123456789012:mfa/base";

/// The standard world, in which the user has a device with these codes and the role wants one of them.
pub fn world_with(codes: &[&str]) -> World {
    let codes = codes.iter().copied();
    world()
        .user(User::new(ACCOUNT, "base", KEY_ID, SECRET).mfa(DEVICE, codes))
        .role(role("assumeS3Full").s3_full().max_duration(43200).requires_mfa())
}

/// The standard case, whose profile names the device in line 4.
pub fn protected() -> Case {
    Case::in_world(world_with(&["111111", "222222", "333333"]))
        .more_config(&format!("mfa_serial = {DEVICE}\n"))
}

/// The codes that were sent, and to which device.
#[track_caller]
fn sent(case: &Case) -> Vec<(String, String)> {
    let param = |made: &crate::support::Recorded, name: &str| made.param(name).to_owned();
    case.sts.requests().iter().map(|made| (param(made, "SerialNumber"), param(made, "TokenCode"))).collect()
}

fn codes(case: &Case) -> Vec<String> {
    sent(case).into_iter().map(|(_, code)| code).collect()
}

#[test]
fn the_code_of_the_flag_is_sent_with_the_device_of_the_profile() {
    let case = protected();
    case.run(["--mfa-token", "111111", "s3"]).succeeded();
    case.run(["--mfa-token=222222", "s3", "--", "true"]).succeeded();
    assert_eq!(sent(&case), [(DEVICE.into(), "111111".into()), (DEVICE.into(), "222222".into())]);
}

#[test]
fn the_device_may_be_named_by_a_flag() {
    let case = Case::in_world(world_with(&["111111", "222222"]));
    case.run(["--mfa-serial", DEVICE, "--mfa-token", "111111", "s3"]).succeeded();
    let case = case.more_config("mfa_serial = arn:aws:iam::123456789012:mfa/another\n");
    case.run(["--mfa-serial", DEVICE, "--mfa-token", "222222", "s3"]).succeeded();
    assert_eq!(codes(&case), ["111111", "222222"]);
}

#[test]
fn one_code_is_enough_for_a_question() {
    for mode in ["--whoami", "--buckets"] {
        let case = protected();
        case.run([mode, "--mfa-token", "111111", "s3"]).succeeded();
        assert_eq!(case.sts.requests().len(), 2);
    }
}

#[test]
fn a_code_may_come_from_standard_input() {
    for (input, code) in [("111111\n", "111111"), ("222222", "222222"), (" 333333 \r\n", "333333")] {
        let case = protected();
        let outcome = finish_reading(case.assume_env(["--mfa-token", "-", "s3"]), input.as_bytes());
        assert!(outcome.succeeded().starts_with("(unset "));
        assert_eq!(codes(&case), [code]);
    }
}

#[test]
fn what_stands_behind_the_code_on_standard_input_is_the_commands() {
    let case = protected();
    let command = case.assume_env(["--mfa-token", "-", "s3", "--", "cat"]);
    let outcome = finish_reading(command, b"111111\nthe command's own\ninput");
    assert_eq!(outcome.succeeded(), "the command's own\ninput");
}

#[test]
fn what_comes_from_standard_input_and_is_no_code_is_not_sent() {
    for input in [&b""[..], b"\n", b"12345\n", b"1234567\n", b"abcdef\n", b"12 456\n", b"\n111111\n"] {
        let case = protected();
        let outcome = finish_reading(case.assume_env(["--mfa-token", "-", "s3"]), input);
        outcome.failed(1, &["that is not an MFA code", "the six digits that the device shows"]);
        case.no_request_was_made();
    }
    let case = protected();
    let outcome = finish_reading(case.assume_env(["--mfa-token", "-", "s3"]), b"\xff\xfe\n");
    outcome.failed(1, &["MFA code"]);
    case.no_request_was_made();
}

/// With little memory to waste: what never ends is given up before that is full.
#[test]
fn what_never_ends_is_no_code() {
    let case = protected();
    let outcome = case.shell("dash", "ulimit -v 1000000; assume-env --mfa-token - s3 </dev/zero");
    outcome.failed(1, &["that is not an MFA code"]);
    let outcome = case
        .shell("dash", "ulimit -v 1000000; assume-env --mfa-process 'yes 111111' s3 2>err || cat err >&2");
    assert_eq!(outcome.out(), "(exit 1);\n", "{}", outcome.stderr);
    outcome.said(&["the command for the MFA code, yes … (--mfa-process), gave no code"]);
    case.no_request_was_made();
}

#[test]
fn a_flag_that_is_no_code_is_a_usage_error_and_not_repeated() {
    for code in ["12345", "1234567", "abcdef", "", "12 456", "１２３４５６", "-1", "12345x"] {
        let case = protected();
        let outcome = case.run(["--mfa-token", code, "s3"]);
        outcome.failed(2, &["that is not an MFA code", "type the six digits"]);
        assert!(code.is_empty() || !outcome.stderr.contains(code), "{}", outcome.stderr);
        case.run(["--mfa-token", code, "s3", "--", "true"])
            .failed_silently(125, &["that is not an MFA code"]);
        case.nothing_was_asked();
    }
}

#[test]
fn a_command_prints_the_code() {
    let case = protected().more_config("mfa_process = echo 111111\n");
    case.run(["s3"]).succeeded();
    case.run(["--mfa-process", "echo 222222", "s3"]).succeeded();
    case.run(["--mfa-process", "echo 999999", "--mfa-token", "333333", "s3"]).succeeded();
    assert_eq!(codes(&case), ["111111", "222222", "333333"], "the flag wins, and the code itself over both");
}

#[test]
fn the_command_is_run_by_sh_with_the_callers_own_environment() {
    let case = protected().var("SEED", "111").more_config(
        "mfa_process = test -t 0 || { echo \"touch the key\" >&2; printf '%s' \"$SEED\" && printf '%s' \"$(echo 111)\"; }\n",
    );
    let outcome = case.run(["s3"]);
    outcome.succeeded();
    assert_eq!(outcome.stderr, "touch the key\n", "what it says is for the person");
    assert_eq!(codes(&case), ["111111"]);
}

#[test]
fn a_command_that_gives_no_code_is_named_with_its_line() {
    for (command, why) in [
        ("exit 3", "it ended with exit status: 3"),
        ("echo 111111; exit 1", "it ended with exit status: 1"),
        ("kill -9 $$", "it ended with signal: 9"),
        ("no-such-command-here 2>/dev/null", "it ended with exit status: 127"),
        ("true", "its output is not six digits"),
        ("echo hunter2", "its output is not six digits"),
        ("echo 12345", "its output is not six digits"),
        ("echo 111111; echo 222222", "its output is not six digits"),
        ("printf '\\377'", "its output is not text"),
    ] {
        let case = protected().more_config(&format!("mfa_process = {command}\n"));
        // Its arguments may hold a seed.
        let first = command.split(' ').next().expect("a word");
        let first = if first == command { first.to_owned() } else { format!("{first} …") };
        let line = format!(
            "the command for the MFA code, {first} ({}:5), gave no code: {why}",
            case.path(".aws/config").display()
        );
        let parts = [&*line, "it must print the six digits and nothing else, and end with status 0"];
        case.run(["s3"]).failed(1, &parts);
        case.run(["s3", "--", "true"]).failed_silently(125, &parts);
        case.run(["--whoami", "s3"]).failed_silently(1, &parts);
        let flag = format!("the command for the MFA code, {first} (--mfa-process), gave no code: {why}");
        case.run(["--mfa-process", command, "s3"]).failed(1, &[&flag]);
        case.no_request_was_made();
    }
}

/// The command may cost a person a touch of a key: it comes after everything that can be found out without it.
#[test]
fn nobody_is_asked_for_a_code_in_vain() {
    let case = protected().more_config("mfa_process = touch asked; echo 111111\n");
    case.run(["s3", "--", "no-such-command"]).failed_silently(127, &[]);
    case.run(["--explain", "s3"]).succeeded();
    case.run(["-r", "eu west", "s3"]).failed(2, &[]);
    let mut command = case.assume_env(["s3"]);
    command.stdout(File::create(case.path("output")).expect("a file"));
    assert_eq!(finish(command).status.code(), Some(1));
    let mut command = case.assume_env(["s3"]);
    command.env("AWS_ENDPOINT_URL", "http://sts.example.org");
    finish(command).failed(1, &["plain http"]);
    assert!(!case.path("asked").exists());
    case.nothing_was_asked();
    let case = case.holding(["s3"]);
    std::fs::remove_file(case.path("asked")).expect("it was asked once");
    case.run(["s3"]).succeeded();
    case.run(["--buckets", "s3"]).succeeded();
    assert!(!case.path("asked").exists(), "a session that is held needs no code");
    case.was_asked(["AssumeRole", "ListBuckets"]);
}

#[test]
fn without_a_terminal_the_flags_are_named_at_once() {
    let case = protected();
    let parts = [
        &*format!("the MFA code of {DEVICE} is needed, and there is no terminal to ask for it"),
        "--mfa-token CODE (or - for standard input)",
        "--mfa-process",
    ];
    case.run_without_terminal(["s3"]).failed(1, &parts);
    case.run_without_terminal(["-f", "fish", "s3"]).failed_with(1, "sh -c 'exit 1';\n", &parts);
    case.run_without_terminal(["s3", "--", "true"]).failed_silently(125, &parts);
    case.run_without_terminal(["--whoami", "s3"]).failed_silently(1, &parts);
    case.no_request_was_made();
}

#[test]
fn a_wrong_code_is_told_and_without_a_person_not_tried_again() {
    let case = protected();
    let outcome = case.run(["--mfa-token", "999999", "s3"]);
    outcome.failed(
        1,
        &[
            &format!("STS did not give the role {ROLE}: AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code."),
            "a code works once, and the next one starts in ",
        ],
    );
    assert!(!outcome.stderr.contains("999999"));
    case.was_asked(["AssumeRole"]);
}

#[test]
fn a_code_works_once() {
    let case = protected();
    case.run(["--mfa-token", "111111", "s3"]).succeeded();
    let outcome = case.run(["--mfa-token", "111111", "s3"]);
    outcome.failed(1, &["invalid MFA one time pass code", "a code works once, and the next one starts in "]);
    let (_, rest) = outcome.stderr.split_once("starts in ").expect("it is said");
    let seconds: u32 = rest.split('s').next().and_then(|digits| digits.parse().ok()).expect("seconds");
    assert!((1..=30).contains(&seconds), "{}", outcome.stderr);
    case.was_asked(["AssumeRole"; 2]);
}

#[test]
fn a_device_of_somebody_else_is_told() {
    let case = Case::in_world(world_with(&["111111"]))
        .more_config("mfa_serial = arn:aws:iam::123456789012:mfa/somebody\n");
    case.run(["--mfa-token", "111111", "s3"]).failed(
        1,
        &[
            "unable to validate MFA code",
            "the device must belong to the user of these keys: check mfa_serial or --mfa-serial",
        ],
    );
    case.was_asked(["AssumeRole"]);
}

#[test]
fn a_role_that_wants_a_code_and_gets_none_is_refused() {
    let case = Case::in_world(world_with(&["111111"]));
    case.run(["s3"]).failed(1, &["AccessDenied"]);
    case.was_asked(["AssumeRole"]);
}

#[test]
fn only_the_first_role_of_a_chain_gets_the_code() {
    let chain = "[profile two]\nrole_arn = arn:aws:iam::123456789012:role/two\nsource_profile = s3\n";
    let world = || world_with(&["111111", "222222"]).role(Role::new(&role_arn("two")).trusts(ROLE));
    let case = Case::in_world(world()).more_config(&format!("mfa_serial = {DEVICE}\n{chain}"));
    case.run(["--mfa-token", "111111", "two"]).succeeded();
    assert_eq!(sent(&case), [(DEVICE.into(), "111111".into()), (String::new(), String::new())]);
    let case = Case::in_world(world()).more_config(chain);
    case.run(["--mfa-serial", DEVICE, "--mfa-token", "222222", "two"]).succeeded();
    assert_eq!(sent(&case), [(DEVICE.into(), "222222".into()), (String::new(), String::new())]);
}

#[test]
fn a_device_on_a_later_role_is_named_with_its_line() {
    let case = Case::in_world(world().role(Role::new(&role_arn("two")).trusts(ROLE))).more_config(&format!(
        "[profile two]\nrole_arn = arn:aws:iam::123456789012:role/two\nsource_profile = s3\nmfa_serial = {DEVICE}\n"
    ));
    let line = format!(
        "an MFA device is named ({}:7) for {}, which is not the first role of its chain",
        case.path(".aws/config").display(),
        role_arn("two")
    );
    let parts = [&*line, "move mfa_serial to the profile of that role"];
    case.run(["--mfa-token", "111111", "two"]).failed(1, &parts);
    case.run(["two", "--", "true"]).failed_silently(125, &parts);
    case.run(["--explain", "two"]).failed_silently(1, &parts);
    case.nothing_was_asked();
}

#[test]
fn a_security_key_is_refused_with_the_reason() {
    let key = "arn:aws:iam::123456789012:u2f/user/base/key-ABC";
    let case = Case::new().more_config(&format!("mfa_serial = {key}\n"));
    let place = format!("{}:4", case.path(".aws/config").display());
    let reason =
        "a security key shows no codes, and STS accepts only codes: register a virtual MFA device too";
    let line = format!("the MFA device {key} ({place}) is a security key");
    case.run(["s3"]).failed(1, &[&line, reason]);
    case.run(["--mfa-token", "111111", "s3"]).failed(1, &[&line, reason]);
    case.run(["s3", "--", "true"]).failed_silently(125, &[&line]);
    case.run(["--mfa-serial", key, "s3"])
        .failed(2, &[&format!("the MFA device {key} (--mfa-serial) is a security key"), reason]);
    case.nothing_was_asked();
}

#[test]
fn a_device_that_is_none_is_an_error_with_its_place() {
    for serial in ["short", "arn:aws:iam::123456789012:mfa/a b", "$(touch evil)", &"x".repeat(257)] {
        let case = Case::new().more_config(&format!("mfa_serial = {serial}\n"));
        let place = format!("{}:4", case.path(".aws/config").display());
        case.run(["--mfa-token", "111111", "s3"]).failed(
            1,
            &[
                &format!("{serial} ({place}) is not the name of an MFA device"),
                "arn:aws:iam::ACCOUNT:mfa/NAME",
            ],
        );
        case.run(["--mfa-serial", serial, "s3"])
            .failed(2, &[&format!("{serial} (--mfa-serial) is not the name of an MFA device")]);
        case.nothing_was_asked();
    }
    Case::new().run(["--mfa-serial", "", "s3"]).failed(2, &["is not the name of an MFA device"]);
}

#[test]
fn a_code_for_no_device_is_an_error() {
    let case = Case::new();
    for flag in [["--mfa-token", "111111"], ["--mfa-token", "-"], ["--mfa-process", "echo 111111"]] {
        let parts =
            [&*format!("{} gives a code, and no MFA device is named", flag[0]), "--mfa-serial or mfa_serial"];
        case.run([flag[0], flag[1], "s3"]).failed(1, &parts);
        case.run([flag[0], flag[1], "s3", "--", "true"]).failed_silently(125, &parts);
    }
    case.nothing_was_asked();
}

#[test]
fn no_code_is_said_anywhere() {
    let case = protected();
    let outcome = case.run(["-v", "--mfa-token", "111111", "s3"]);
    assert!(
        !outcome.succeeded().contains("111111") && !outcome.stderr.contains("111111"),
        "{}",
        outcome.stderr
    );
    let outcome = case.run(["--explain", "--mfa-token", "222222", "s3"]);
    assert!(!outcome.succeeded().contains("222222"));
    let env = case.run(["--mfa-token", "333333", "s3", "--", "env", "-0"]).env();
    assert!(env.values().all(|value| !value.contains("333333")));
}

/// The code has been taken then, and a second try with it is refused.
#[test]
fn a_lost_answer_fails_closed() {
    let case = protected();
    case.sts.fault(Fault::Cut { after: 9 });
    case.run(["--mfa-token", "111111", "s3"]).failed(1, &[]);
}

#[test]
fn a_bare_role_may_have_a_device_too() {
    let case = Case::in_world(world_with(&["111111"])).with_keys_in_environment();
    case.run(["--mfa-serial", DEVICE, "--mfa-token", "111111", ROLE]).succeeded();
    assert_eq!((sent(&case), case.signers()), (vec![(DEVICE.into(), "111111".into())], vec![KEY_ID.into()]));
}

/// A command that prints the code got the keys of the held session.
#[test]
fn a_program_for_the_code_gets_the_environment_without_the_session() {
    let case = protected().var("AWS_PROFILE", "mine").var("AWS_SECRET_KEY", "a-secret-of-mine");
    let case = case.holding(["--mfa-token", "111111", "s3"]);
    assert!(case.value("AWS_SESSION_TOKEN").is_some() && case.value("AWS_PROFILE").is_none());
    case.run(["--fresh", "--mfa-process", "env -0 >asked; echo 222222", "s3"]);
    let asked = super::harness::env_in(&case.path("asked"));
    let left: Vec<&String> = asked
        .keys()
        .filter(|name| name.starts_with("ASSUME_ENV_") || name.contains("_KEY") || name.contains("TOKEN"))
        // The label of the role before, for `assume -`, and what stops a program that calls itself.
        .filter(|name| !matches!(name.as_str(), "ASSUME_ENV_PREVIOUS" | "ASSUME_ENV_RUNNING"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(asked["AWS_PROFILE"], "mine", "the user's own value is there again");
}

/// A program for the code that called assume-env for the same role started itself again and again, until the system had
/// no processes left.
#[test]
fn a_program_for_the_code_that_needs_a_code_itself_is_stopped() {
    let called = format!("echo called >>calls; {BINARY} -f json s3");
    for args in [&["s3"][..], &["--mfa-process", &called, "s3"]] {
        let case = protected().more_config(&format!("mfa_process = {called}\n"));
        case.run(args).failed_with_words(&[
            "the command for the MFA code of profile s3 (",
            "config:5) calls itself without end",
            "it calls assume-env for profile s3, which needs the code; make it use a profile without an MFA device",
        ]);
        case.no_request_was_made();
        let calls = std::fs::read_to_string(case.path("calls")).expect("it was called");
        assert_eq!(calls, "called\n", "{args:?}");
    }
}

/// It can use another role, also one whose keys a program gives.
#[test]
fn a_program_for_the_code_can_call_for_another_role() {
    let keys =
        r#"{"Version":1,"AccessKeyId":"AKIABASE000000000000","SecretAccessKey":"base/secret+EXAMPLE"}"#;
    let case = Case::in_world(world_with(&["123456"]).role(role("other")));
    let program = case.program("keys", &format!("#!/bin/sh\necho '{keys}'\n"));
    let case = case.more_config(&format!(
        "mfa_serial = {DEVICE}\nmfa_process = {BINARY} other -- sh -c 'echo 123456'\n[profile other]\nrole_arn = {}\nsource_profile = program\n\
         [profile program]\ncredential_process = {}\n",
        role_arn("other"),
        program.display(),
    ));
    case.run(["s3"]).succeeded();
    case.was_asked(["AssumeRole", "AssumeRole"]);
}
