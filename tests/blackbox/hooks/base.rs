//! The MFA session in the shell: a variable that is never exported, and that the program gets through a pipe.
//! The program is a fake here, which logs its arguments, the variable and what it is handed.

use std::fs;

use super::super::harness::{BINARY, Case};
use super::{ALL, DASH, RICH, Shell, leave, line};

const FAKE: &str = r#"#!/bin/sh
case $1 in --init) exec BINARY "$@" ;; esac
call=${1#--hook=1:}
shift
shell=${call%%:*} letters=${call##*:} mark=${call#*:*:}
mark=${mark%:*} base=
case $shell:$letters in
    fish:*b*) base=$(cat) ;;
    fish:*) exec 3>&1 ;;
    *) base=$(cat <&4) ;;
esac
case $shell in fish) exec 3>&1 ;; esac
echo "${ASSUME_ENV_BASE-none} ${base:-none} $letters $*" >>log
case "$*" in
    *--clear*) fish='set -eg AWS_ACCESS_KEY_ID ASSUME_ENV_KEY_ID;' sh='unset AWS_ACCESS_KEY_ID ASSUME_ENV_KEY_ID' ;;
    --forget) fish='set -eg ASSUME_ENV_BASE;' sh='unset ASSUME_ENV_BASE' ;;
    *) fish='set -gx AWS_ACCESS_KEY_ID A; set -gx ASSUME_ENV_KEY_ID A; set -gx ASSUME_ENV_PROFILE s3;'
       sh='export AWS_ACCESS_KEY_ID=A ASSUME_ENV_KEY_ID=A ASSUME_ENV_PROFILE=s3'
       case $letters in
           *k*)
               fish="$fish set -e ASSUME_ENV_BASE; set -gu ASSUME_ENV_BASE 'base-secret';"
               sh="$sh && unset ASSUME_ENV_BASE && ASSUME_ENV_BASE='base-secret'"
               ;;
       esac ;;
esac
case $shell in
    fish) printf '%s' "set -g __assume_env_mark begin.$mark; $fish set -g __assume_env_mark $mark;" >&3 ;;
    *) printf '%s' "__assume_env_mark=begin.$mark; $sh && __assume_env_mark=$mark;" >&3 ;;
esac
"#;

fn faked() -> Case {
    let case = Case::new();
    case.program("fake/assume-env", &FAKE.replace("BINARY", BINARY));
    let path = format!("{}:/usr/bin:/bin", case.path("fake").display());
    case.var("PATH", path)
}

/// The calls of the program, each with the variable, what was handed over, the letters and the words. fish says
/// with a letter whether it hands an MFA session over.
fn calls(case: &Case) -> String {
    fs::read_to_string(case.path("log")).expect("it was called").replace(" kb ", " k ")
}

/// Prints the variable of the shell, and the value that a child process gets.
fn look(shell: Shell) -> &'static str {
    if shell.is_fish() {
        "echo \"[$ASSUME_ENV_BASE]\"; printenv ASSUME_ENV_BASE"
    } else {
        "echo \"[${ASSUME_ENV_BASE-}]\"; printenv ASSUME_ENV_BASE"
    }
}

#[test]
fn only_the_program_gets_the_mfa_session() {
    for shell in ALL {
        let case = faked();
        let script = format!(
            "assume s3\n{0}\nassume prod -q\n{0}\nassume --renew\nassume --clear\nassume --forget\necho STATUS\n{0}\nassume s3",
            look(shell)
        );
        let outcome = case.hooked(shell, &script);
        assert_eq!(
            outcome.out(),
            "[base-secret]\n[base-secret]\n0\n[]\n",
            "{}: {}",
            shell.script,
            outcome.stderr
        );
        let wanted = "none none k s3\nnone base-secret k prod -q\nnone base-secret k --renew\nnone base-secret k --clear\n\
                      none base-secret k --forget\nnone none k s3\n";
        assert_eq!(calls(&case), wanted, "{}", shell.script);
    }
}

#[test]
fn an_inherited_mfa_session_is_removed() {
    for shell in ALL {
        let case = faked().var("ASSUME_ENV_BASE", "planted");
        let outcome = case.hooked(shell, &format!("{0}\nassume s3\n{0}", look(shell)));
        assert_eq!(outcome.out(), "[]\n[base-secret]\n", "{}: {}", shell.script, outcome.stderr);
        assert_eq!(calls(&case), "none none k s3\n", "{}", shell.script);
    }
}

#[test]
fn a_later_export_of_the_mfa_session_is_undone() {
    for shell in ALL {
        let export = if shell.is_fish() {
            "set -gx ASSUME_ENV_BASE $ASSUME_ENV_BASE"
        } else {
            "export ASSUME_ENV_BASE"
        };
        let case = faked();
        let outcome = case.hooked(shell, &format!("assume s3\n{export}\nassume prod\n{}", look(shell)));
        assert_eq!(outcome.out(), "[base-secret]\n", "{}: {}", shell.script, outcome.stderr);
    }
}

/// With `set -a`, every assignment is exported: the shell keeps no MFA session and does not request one.
#[test]
fn no_mfa_session_is_kept_with_set_a() {
    for shell in ALL.into_iter().filter(|shell| !shell.is_fish()) {
        let case = faked();
        let outcome = case.hooked(shell, &format!("assume s3\nset -a\nassume prod\n{}", look(shell)));
        assert_eq!(outcome.out(), "[]\n", "{}: {}", shell.script, outcome.stderr);
        assert_eq!(calls(&case), "none none k s3\nnone none  prod\n", "{}", shell.script);
    }
}

#[test]
fn no_trace_shows_the_mfa_session() {
    for shell in ALL {
        let trace = if shell.is_fish() { "set -g fish_trace 1" } else { "set -xv" };
        let outcome = faked().hooked(shell, &format!("{trace}\nassume s3\nassume prod"));
        outcome.succeeded();
        assert!(!outcome.stderr.contains("base-secret"), "{}: {}", shell.script, outcome.stderr);
    }
}

/// Seen from outside: the environment of a process that the shell has started.
#[test]
fn no_child_of_an_interactive_shell_has_the_mfa_session() {
    for shell in [RICH[0], RICH[1], RICH[2], DASH] {
        let case = faked();
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "assume s3", "[s3");
        terminal.expect("ready> ");
        line(&mut terminal, "assume s3", "ready> ");
        let child = "sh -c 'tr \"\\0\" \"\\n\" </proc/$$/environ >seen; tr \"\\0\" \"\\n\" </proc/$PPID/environ >parent'";
        line(&mut terminal, &format!("{child}; echo loo''ked"), "looked");
        leave(terminal);
        for name in ["seen", "parent"] {
            let environ = fs::read_to_string(case.path(name)).expect("it was written");
            assert!(environ.contains("PATH=") && !environ.contains("base-secret"), "{} {name}", shell.script);
        }
        assert!(calls(&case).contains("none base-secret k s3"), "{}", shell.script);
    }
}
