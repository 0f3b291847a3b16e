//! Each hook with a program that misbehaves: status 0 means exactly the session that was asked for, and after
//! every other status the environment is unchanged.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::super::harness::{BINARY, Case, aws_only, env_in, role, world};
use super::{ALL, Shell};

/// The program, with the real one for the ways that need its answer. Its answer goes where the shell expects it:
/// to descriptor 3, or to standard output.
const PROGRAM: &str = r#"#!/bin/sh
call=${1#--hook=1:}
mark=${call%:*} mark=${mark##*:}
ask() { case $call in fish*) REAL "$@" ;; *) REAL "$@" 3>&1 >/dev/null ;; esac; }
case $call in fish*) exec 3>&1 ;; esac
case $WAY in
    nothing) exit 0 ;;
    noise-on-output) echo 'mise: using assume-env'; exec REAL "$@" ;;
    noise-before) echo 'mise: using assume-env' >&3; exec REAL "$@" ;;
    noise-after) REAL "$@"; echo 'mise: done' >&3 ;;
    half) answer=$(ask "$@"); printf %s "${answer%AWS_SECRET_ACCESS_KEY*}" >&3 ;;
    no-end) answer=$(ask "$@"); printf %s "${answer%?????}" >&3 ;;
    wrong-mark) ask "$@" | sed "s/$mark/1.1/g" >&3 ;;
    wrong-status) REAL "$@"; exit 3 ;;
    says-that-it-failed) printf %s "failed $mark" >&3; exit 0 ;;
    killed) REAL "$@"; kill -9 $$ ;;
    killed-at-once) kill -9 $$ ;;
    hung-up) kill -1 $$ ;;
    interrupted) kill -2 $$ ;;
    other-version) echo 'assume-env: there is no flag --hook' >&2; exit 2 ;;
    older) echo "unset AWS_PROFILE && export AWS_ACCESS_KEY_ID=A ASSUME_ENV_KEY_ID=A;" ;;
    older-answer) echo "unset AWS_PROFILE && export AWS_ACCESS_KEY_ID=A ASSUME_ENV_KEY_ID=A;" >&3 ;;
    hostile) echo 'touch ran' >&3 ;;
    slow) sleep 1; exec REAL "$@" ;;
esac
"#;

const WAYS: &[&str] = &[
    "nothing",
    "noise-on-output",
    "noise-before",
    "noise-after",
    "half",
    "no-end",
    "wrong-mark",
    "wrong-status",
    "says-that-it-failed",
    "killed",
    "killed-at-once",
    "hung-up",
    "interrupted",
    "other-version",
    "older",
    "older-answer",
    "hostile",
    "missing",
    "not-executable",
    "few-descriptors",
    "slow",
];

fn case() -> Case {
    let case = Case::in_world(world().role(role("prod"))).more_config(
        "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/prod\nsource_profile = base\n",
    );
    case.program("fake/assume-env", &PROGRAM.replace("REAL", BINARY));
    let locked = case.program("locked/assume-env", "#!/bin/sh\nexit 0\n");
    fs::set_permissions(locked, Permissions::from_mode(0o644)).expect("it is ours");
    case
}

/// A script that asks for a role in this way.
fn script(case: &Case, shell: Shell, way: &str) -> String {
    let folder = match way {
        "missing" => "none",
        "not-executable" => "locked",
        _ => "fake",
    };
    let path = format!("{}:/usr/bin:/bin", case.path(folder).display());
    let (few, enough) = match way {
        "few-descriptors" => ("ulimit -S -n 5", "ulimit -S -n 256"),
        _ => (":", ":"),
    };
    if shell.is_fish() {
        let path = path.replace(':', " ");
        format!(
            "function fish_command_not_found; return 0; end\nset -gx WAY {way}\nset -gx PATH {path}\nenv -0 >before\n\
             {few}\nassume prod\nset code $status\n{enough}\nset -e WAY\n/usr/bin/env -0 >after\necho $code >code"
        )
    } else {
        format!(
            "command_not_found_handle() {{ return 0; }}\ncommand_not_found_handler() {{ return 0; }}\n\
             export WAY={way} PATH='{path}'\nenv -0 >before\n{few}\nassume prod\ncode=$?\n{enough}\nenv -0 >after\necho $code >code"
        )
    }
}

#[test]
fn status_0_is_the_session_that_was_asked_for_and_nothing_else_changes_the_environment() {
    for shell in ALL {
        for way in WAYS {
            let case = case().holding(["s3"]);
            let outcome = case.hooked(shell, &script(&case, shell, way));
            let at = format!("{} {way}: {}{}", shell.script, outcome.out(), outcome.stderr);
            // Some shells end a script of which a program was interrupted, and ksh93 one without descriptors.
            let Ok(code) = fs::read_to_string(case.path("code")) else {
                assert!(["interrupted", "few-descriptors"].contains(way), "{at}");
                assert!(!outcome.status.success(), "{at}");
                continue;
            };
            let env = |name: &str| aws_only(&env_in(&case.path(name)));
            let (before, after) = (env("before"), env("after"));
            assert_eq!(before["ASSUME_ENV_PROFILE"], "s3", "{at}");
            match code.trim() {
                "0" => {
                    assert_eq!(after["ASSUME_ENV_PROFILE"], "prod", "{at}");
                    assert_ne!(after["AWS_ACCESS_KEY_ID"], before["AWS_ACCESS_KEY_ID"], "{at}");
                }
                _ => assert_eq!(after, before, "{at}"),
            }
            let works = match *way {
                "slow" => true,
                // The output is the user's where the answer has a descriptor of its own.
                "noise-on-output" => !shell.is_fish(),
                _ => false,
            };
            assert_eq!(code.trim() == "0", works, "{at}");
            // ksh93 and yash have numbers of their own for a program that a signal ended.
            let of_signal = match *way {
                "killed" | "killed-at-once" => "137",
                "hung-up" => "129",
                "interrupted" => "130",
                _ => code.trim(),
            };
            assert_eq!(code.trim(), of_signal, "{at}");
            // With so few descriptors, dash cannot redirect a message to standard error.
            let silent = *way == "few-descriptors";
            assert!(works || silent || outcome.stderr.contains("assume-env"), "{at}");
            assert!(
                !outcome.out().contains("TEST/secret") && !outcome.stderr.contains("TEST/secret"),
                "{at}"
            );
            assert!(!case.path("ran").exists(), "{at}");
        }
    }
}
