//! The MFA session: one MFA code for several roles of the same user and device. Only the
//! printed text has it, as a variable of the shell, and no program that is started inherits it.

use super::harness::{Case, KEY_ID, ROLE, SECRET, now, role, role_arn};
use super::mfa::{DEVICE, world_with};
use crate::support::Fault;

const NAME: &str = "ASSUME_ENV_BASE";

/// Two roles that need a code.
pub fn case() -> Case {
    let world =
        world_with(&["111111", "222222", "333333"]).role(role("two").requires_mfa().max_duration(43200));
    Case::in_world(world).more_config(&format!(
        "mfa_serial = {DEVICE}\n[profile two]\nrole_arn = {}\nsource_profile = base\nmfa_serial = {DEVICE}\n",
        role_arn("two")
    ))
}

/// The MFA session in a printed text.
#[track_caller]
pub fn base_in(text: &str) -> String {
    let (_, base) =
        text.split_once("unset ASSUME_ENV_BASE && ASSUME_ENV_BASE='").expect("an MFA session is printed");
    base.split_once("' &&\n").expect("its value is quoted").0.to_owned()
}

/// A shell that keeps an MFA session, made with the first code.
fn keeping() -> Case {
    let case = case();
    let text = case.hook_call(["--mfa-token", "111111", "s3"]);
    let base = base_in(text.succeeded());
    case.was_asked(["GetSessionToken", "AssumeRole"]);
    case.var(NAME, base)
}

#[test]
fn one_code_serves_several_roles() {
    let case = keeping();
    let made = case.sts.requests();
    assert_eq!((made[0].param("SerialNumber"), made[0].param("TokenCode")), (DEVICE, "111111"));
    assert_eq!((made[1].param("SerialNumber"), made[1].param("RoleArn")), ("", ROLE));
    let text = case.hook_call(["two"]);
    assert!(!text.succeeded().contains(NAME), "the variable does not change");
    case.was_asked(["GetSessionToken", "AssumeRole", "AssumeRole"]);
}

/// The hooks have tests of their own; here is the text of the program.
#[test]
fn the_text_sets_a_variable_that_no_command_inherits() {
    for (set, kept) in [("export ASSUME_ENV_BASE=old", "kept\n"), ("readonly AWS_PROFILE=mine", "")] {
        for shell in ["bash", "dash", "ksh", "mksh", "yash"] {
            let case = case();
            let text = case.hook_call(["--mfa-token", "111111", "s3"]);
            case.file("text", text.succeeded());
            let script = format!(
                "{set}\n. ./text\nprintenv ASSUME_ENV_BASE; test -n \"${{ASSUME_ENV_BASE-}}\" && echo kept; true"
            );
            let out = case.shell(shell, &script);
            let shown = String::from_utf8_lossy(&out.stdout);
            assert_eq!(shown, kept, "{shell} {set}: {}", out.stderr);
        }
    }
}

#[test]
fn no_command_and_no_helper_inherits_the_mfa_session() {
    let case = keeping();
    let seen = case.path("seen");
    let out = case.run(["--mfa-token", "222222", "s3", "--", "env"]);
    assert!(!out.succeeded().contains(NAME));
    let helper = format!("env > {}; echo 333333", seen.display());
    case.run(["--mfa-process", &helper, "-d", "2h", "s3", "--", "true"]).succeeded();
    assert!(!std::fs::read_to_string(&seen).unwrap().contains(NAME), "the helper for the code has it");
    let printer = case.program("printer", &format!(
        "#!/bin/sh\nenv > {}\necho '{{\"Version\":1,\"AccessKeyId\":\"{KEY_ID}\",\"SecretAccessKey\":\"{SECRET}\"}}'\n",
        seen.display()
    ));
    let case = case.more_config(&format!("[profile p]\ncredential_process = {}\n", printer.display()));
    case.run(["p", "--", "true"]).succeeded();
    assert!(!std::fs::read_to_string(&seen).unwrap().contains(NAME), "the program with the keys has it");
}

#[test]
fn an_mfa_session_of_other_keys_or_another_device_is_not_used() {
    let changes: [fn(&str) -> String; 5] = [
        |base| base.replace(KEY_ID, "AKIAOTHER00000000000"),
        |base| base.replace("mfa/base", "mfa/other"),
        |base| base.replacen("1 ", "2 ", 1),
        |base| base[..120].to_owned(),
        |_| "$(touch x)".to_owned(),
    ];
    for change in changes {
        let case = keeping();
        let base = change(case.value(NAME).unwrap());
        let case = case.var(NAME, base);
        let text = case.hook_call(["--mfa-token", "222222", "two"]);
        base_in(text.succeeded());
        case.was_asked(["GetSessionToken", "AssumeRole", "GetSessionToken", "AssumeRole"]);
    }
}

#[test]
fn an_mfa_session_that_expires_soon_is_replaced() {
    let case = keeping();
    let base = case.value(NAME).unwrap().to_owned();
    let mut words: Vec<String> = base.split(' ').map(str::to_owned).collect();
    words[3] = (now() + 30).to_string();
    let case = case.var(NAME, words.join(" "));
    assert_ne!(base_in(case.hook_call(["--mfa-token", "222222", "two"]).succeeded()), base);
}

#[test]
fn the_code_goes_to_the_role_when_sts_refuses_the_mfa_session() {
    for (code, dropped) in [("ExpiredToken", true), ("InvalidClientTokenId", true), ("AccessDenied", false)] {
        let case = keeping();
        case.sts.fault(Fault::error(403, code, "no"));
        let text = case.hook_call(["--mfa-token", "222222", "two"]);
        assert_eq!(text.succeeded().contains("unset ASSUME_ENV_BASE &&\n"), dropped, "{code}");
        case.was_asked(["GetSessionToken", "AssumeRole", "AssumeRole", "AssumeRole"]);
        let last = case.sts.requests().pop().unwrap();
        assert_eq!((last.param("TokenCode"), last.key_id.as_deref()), ("222222", Some(KEY_ID)));
    }
}

#[test]
fn the_code_goes_to_the_role_when_a_policy_denies_an_mfa_session() {
    let case = case();
    case.sts.fault(Fault::error(403, "AccessDenied", "not authorized to perform: sts:GetSessionToken"));
    let text = case.hook_call(["--mfa-token", "111111", "s3"]);
    assert!(!text.succeeded().contains(NAME));
    case.was_asked(["GetSessionToken", "AssumeRole"]);
    assert_eq!(case.sts.requests()[1].param("TokenCode"), "111111");
}

#[test]
fn a_wrong_code_makes_no_mfa_session() {
    let case = case();
    case.hook_call(["--mfa-token", "999999", "s3"]).failed_with(
        1,
        "failed 1.1",
        &["invalid MFA one time pass code"],
    );
    case.was_asked(["GetSessionToken"]);
}

#[test]
fn a_role_that_lasts_too_long_or_needs_no_code_makes_no_mfa_session() {
    let case = case();
    case.hook_call(["--mfa-token", "111111", "-d", "2h", "s3"]).succeeded();
    case.was_asked(["AssumeRole"]);
    // Without a device there is no code.
    let case = Case::new();
    case.hook_call(["s3"]).succeeded();
    case.was_asked(["AssumeRole"]);
}

/// A question and a command get no MFA session: their output is the user's.
#[test]
fn only_a_session_for_the_shell_uses_the_mfa_session() {
    let case = keeping();
    for words in [&["--whoami", "two"][..], &["two", "--", "true"], &["-f", "json", "two"]] {
        let answer = case.hook_call(words);
        assert!(answer.succeeded().contains("assume-env --hook=1:posix:assume \"$@\""), "{}", answer.out());
    }
    case.was_asked(["GetSessionToken", "AssumeRole"]);
}

/// Typed by hand, without what a function hands over, nothing is asked and nothing is printed.
#[test]
fn a_call_without_the_descriptors_of_a_hook_is_refused() {
    for shell in ["bash", "fish"] {
        let case = Case::new();
        let call = format!("--hook=1:{shell}:assume:1.1:kb");
        case.run_without_terminal([&*call, "s3"]).failed_with(
            2,
            "failed 1.1",
            &["is not a pipe of a hook's function"],
        );
        case.nothing_was_asked();
    }
    let case = Case::new();
    case.run(["--hook=2:bash:assume:1.1:k", "s3"]).failed_with(
        2,
        "",
        &["is not of this version of assume-env"],
    );
    case.run(["s3", "--hook=1:bash:assume"]).failed(2, &["--hook is for the function"]);
    case.nothing_was_asked();
}
