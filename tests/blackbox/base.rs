//! The MFA session (`--base-session`): one MFA code for several roles of the same user and device. Only the
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
    base.split_once("';\n").expect("its value is quoted").0.to_owned()
}

/// A shell that keeps an MFA session, made with the first code.
fn keeping() -> Case {
    let case = case();
    let text = case.run(["--base-session", "--mfa-token", "111111", "s3"]);
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
    let text = case.run_without_terminal(["--base-session", "two"]);
    assert!(!text.succeeded().contains(NAME), "the variable does not change");
    case.was_asked(["GetSessionToken", "AssumeRole", "AssumeRole"]);
}

#[test]
fn the_text_sets_a_variable_that_no_command_inherits() {
    let case = case();
    let script = "export ASSUME_ENV_BASE=old
        eval \"$(assume-env --base-session --mfa-token 111111 s3)\" &&
        printenv ASSUME_ENV_BASE; test -n \"$ASSUME_ENV_BASE\" && echo kept";
    for shell in super::harness::POSIX_SHELLS {
        let case = self::case();
        assert_eq!(case.shell(shell, script).succeeded(), "kept\n", "{shell}");
    }
    let script = "set -gx ASSUME_ENV_BASE old
        assume-env -f fish --base-session --mfa-token 111111 s3 | source
        printenv ASSUME_ENV_BASE; test -n \"$ASSUME_ENV_BASE\"; and echo kept";
    assert_eq!(case.shell("fish", script).succeeded(), "kept\n");
}

/// The status of the text is that of its last statement. When that statement set the MFA session, a text that
/// failed had status 0.
#[test]
fn a_text_that_fails_sets_no_mfa_session() {
    let script = "readonly AWS_PROFILE=mine
        if eval \"$(assume-env --base-session --mfa-token 111111 s3)\"; then echo succeeded; fi
        echo \"base:${ASSUME_ENV_BASE-} key:${AWS_ACCESS_KEY_ID-}\"";
    for shell in ["bash", "zsh", "ksh", "mksh"] {
        let out = case().shell(shell, script);
        let shown = String::from_utf8_lossy(&out.stdout);
        assert!(!shown.contains("succeeded") && !shown.contains("ASIA"), "{shell}: {shown}");
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
        let text = case.run(["--base-session", "--mfa-token", "222222", "two"]);
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
    assert_ne!(base_in(case.run(["--base-session", "--mfa-token", "222222", "two"]).succeeded()), base);
}

#[test]
fn the_code_goes_to_the_role_when_sts_refuses_the_mfa_session() {
    for (code, dropped) in [("ExpiredToken", true), ("InvalidClientTokenId", true), ("AccessDenied", false)] {
        let case = keeping();
        case.sts.fault(Fault::error(403, code, "no"));
        let text = case.run(["--base-session", "--mfa-token", "222222", "two"]);
        assert_eq!(text.succeeded().ends_with("unset ASSUME_ENV_BASE;\n"), dropped, "{code}");
        case.was_asked(["GetSessionToken", "AssumeRole", "AssumeRole", "AssumeRole"]);
        let last = case.sts.requests().pop().unwrap();
        assert_eq!((last.param("TokenCode"), last.key_id.as_deref()), ("222222", Some(KEY_ID)));
    }
}

#[test]
fn the_code_goes_to_the_role_when_a_policy_denies_an_mfa_session() {
    let case = case();
    case.sts.fault(Fault::error(403, "AccessDenied", "not authorized to perform: sts:GetSessionToken"));
    let text = case.run(["--base-session", "--mfa-token", "111111", "s3"]);
    assert!(!text.succeeded().contains(NAME));
    case.was_asked(["GetSessionToken", "AssumeRole"]);
    assert_eq!(case.sts.requests()[1].param("TokenCode"), "111111");
}

#[test]
fn a_wrong_code_makes_no_mfa_session() {
    let case = case();
    case.run(["--base-session", "--mfa-token", "999999", "s3"])
        .failed(1, &["invalid MFA one time pass code"]);
    case.was_asked(["GetSessionToken"]);
}

#[test]
fn a_role_that_lasts_too_long_or_needs_no_code_makes_no_mfa_session() {
    let case = case();
    case.run(["--base-session", "--mfa-token", "111111", "-d", "2h", "s3"]).succeeded();
    case.was_asked(["AssumeRole"]);
    // Without a device there is no code.
    let case = Case::new();
    case.run(["--base-session", "s3"]).succeeded();
    case.was_asked(["AssumeRole"]);
}

#[test]
fn the_flag_is_for_printing_to_a_shell() {
    let case = case();
    case.run(["--base-session", "s3", "--", "true"])
        .failed_silently(125, &["--base-session has no meaning for running a command"]);
    case.run(["--base-session", "-f", "json", "s3"]).failed_silently(
        2,
        &[
            "an MFA session cannot be written as json, which has no variable for it",
            "use --format with one of sh",
        ],
    );
    case.nothing_was_asked();
}
