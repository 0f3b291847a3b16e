//! Faults that were found in real shells, each with the right outcome.

use std::fs;

use super::super::harness::{Case, FIRST, POSIX_SHELLS, env_in, installed, role, world};
use super::super::mfa::protected;
use super::super::mfa_terminal::wait_for_the_stop;
use super::{ALL, BASH, DASH, FISH, POSIX, RICH, Shell, ZSH, leave, line};

const SECRETS: [&str; 2] = ["TEST/secret", "TEST//token"];

fn two_roles() -> Case {
    let case = Case::in_world(world().role(role("prod")));
    case.more_config(
        "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/prod\nsource_profile = base\n",
    )
}

#[track_caller]
fn has_no_secret(text: &str, at: &str) {
    assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{at}: {text}");
}

/// A value that looks like a flag made the hook run the line unchanged: keys on standard output, then status 0
/// with the old identity.
#[test]
fn a_value_that_looks_like_a_flag_is_a_value() {
    for shell in ALL {
        for words in ["--external-id -f7Kx2", "--session-name=-fx -q", "--source-identity -V1"] {
            let case = two_roles().holding(["prod"]);
            let outcome = case.hooked(shell, &format!("assume s3 {words}\necho STATUS $ASSUME_ENV_PROFILE"));
            let at = format!("{} {words}: {}", shell.script, outcome.stderr);
            has_no_secret(outcome.out(), &at);
            let (status, profile) = outcome.succeeded().trim().split_once(' ').expect("two words");
            assert_eq!(profile, if status == "0" { "s3" } else { "prod" }, "{at}");
        }
    }
}

/// Traps on each command got the keys as the text of the command.
#[test]
fn no_trap_gets_a_key() {
    let debug = "trap 'echo \"$BASH_COMMAND$ZSH_DEBUG_CMD\" >>log' DEBUG";
    let err = "trap 'echo \"$BASH_COMMAND\" >>log' ERR";
    for (shell, trap) in [
        (BASH, format!("set -T; {debug}")),
        (BASH, format!("shopt -s extdebug; {debug}")),
        (BASH, format!("set -E; {err}; readonly AWS_PROFILE=mine")),
        (ZSH, debug.to_owned()),
        (ZSH, "TRAPDEBUG() { echo \"$ZSH_DEBUG_CMD\" >>log }".to_owned()),
        (ZSH, "TRAPZERR() { echo \"$ZSH_DEBUG_CMD\" >>log }; readonly AWS_PROFILE=mine".to_owned()),
        (
            Shell { script: "ksh", person: &["ksh", "-i"], load: POSIX, status: "$?" },
            "trap 'print -r -- \"${.sh.command}\" >>log' DEBUG".to_owned(),
        ),
        (Shell { script: "bash -T", person: &["bash"], load: POSIX, status: "$?" }, debug.to_owned()),
    ] {
        let case = two_roles();
        let script =
            format!("{trap}\nassume s3\nassume nosuch 2>/dev/null\nassume -q prod\necho end; false; true");
        let outcome = case.hooked(shell, &script);
        let at = format!("{} {trap}: {}", shell.script, outcome.stderr);
        let log = fs::read_to_string(case.path("log")).unwrap_or_else(|_| panic!("no trap ran: {at}"));
        has_no_secret(&log, &at);
        has_no_secret(outcome.out(), &at);
        // The trap is there again.
        assert!(trap.contains("ERR") || log.contains("echo end") || log.contains("true"), "{at}: {log}");
    }
}

/// Where /dev/null cannot be opened, the trace was not switched off.
#[test]
fn no_trace_shows_a_key_in_a_restricted_shell() {
    for (script, load) in
        [("bash -r", BASH.load), ("zsh -f -r", ZSH.load), ("ksh -r", POSIX), ("mksh -r", POSIX)]
    {
        let shell = Shell { script, person: &[], load, status: "$?" };
        let outcome = two_roles().hooked(shell, "set -x\nassume s3\necho STATUS $ASSUME_ENV_PROFILE");
        has_no_secret(&outcome.stderr, script);
        assert_eq!(outcome.out(), "0 s3\n", "{script}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("+ ") || outcome.stderr.contains("assume s3"), "{script}: no trace");
    }
}

/// An exported local variable of fish hid the session: status 0 with the old keys.
#[test]
fn a_local_variable_of_fish_that_would_hide_the_session_is_named() {
    for name in ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"] {
        let text = two_roles();
        for ask in ["assume s3", "assume-env -f fish s3 | source"] {
            let script = format!(
                "function f; set -lx {name} old; {ask}; echo STATUS; printenv {name}; end; f; echo \"[$ASSUME_ENV_PROFILE]\""
            );
            let outcome = text.hooked(FISH, &script);
            assert_eq!(outcome.out(), "1\nold\n[]\n", "{name} {ask}: {}", outcome.stderr);
            outcome.said(&[&format!("local variables would hide the session: {name}"), "set -el"]);
        }
    }
}

/// The name of the process of a script is the name of its file.
#[test]
fn the_name_of_a_script_does_not_choose_the_dialect() {
    for name in ["nu", "elvish", "fish", "xonsh"] {
        for shell in ["bash", "dash"] {
            let case = two_roles();
            let script = format!("#!/bin/{shell}\neval \"$(assume-env s3)\" && echo $ASSUME_ENV_PROFILE\n");
            case.program(name, &script);
            let outcome = case.shell("sh", &format!("./{name}"));
            assert_eq!(outcome.succeeded(), "s3\n", "{name} {shell}: {}", outcome.stderr);
        }
    }
}

/// Functions and aliases of the user with the names of commands that the hook uses.
#[test]
fn a_function_of_the_user_does_not_replace_a_command_of_the_hook() {
    const ANY: [&str; 8] = ["printf", "test", "read", "cat", "assume-env", "emulate", "setopt", "print"];
    const SPECIAL: [&str; 7] = ["unset", "export", "local", "set", "eval", "return", "trap"];
    for shell in ALL {
        let is_posix = shell.load == POSIX;
        let names = ANY.iter().chain(SPECIAL.iter().filter(|_| !is_posix && !shell.is_fish()));
        for name in names {
            // dash and ksh cannot have a function with a dash in its name, fish not one of a builtin such as read.
            if is_posix && name.contains('-') || shell.is_fish() && ["test", "read"].contains(name) {
                continue;
            }
            let own = match shell.is_fish() {
                true => format!("function {name}; builtin echo own; end"),
                false => format!("{name}() {{ /bin/echo own; }}"),
            };
            let outcome =
                two_roles().hooked(shell, &format!("{own}\nassume s3\n/bin/echo STATUS $ASSUME_ENV_PROFILE"));
            assert_eq!(outcome.succeeded(), "0 s3\n", "{} {name}: {}", shell.script, outcome.stderr);
        }
    }
}

/// A readonly variable: nothing changes when the text fails. A held session was lost.
#[test]
fn nothing_changes_when_a_variable_is_readonly() {
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "ASSUME_ENV_RESTORE", "AWS_SESSION_EXPIRATION"] {
        for shell in ALL.into_iter().filter(|shell| !shell.is_fish()) {
            for ask in ["assume prod", "eval \"$(assume-env prod)\""] {
                let case = two_roles().holding(["s3"]);
                let script = format!(
                    "readonly {name}\nenv -0 >before\nif {ask}; then echo worked; fi\nenv -0 >after\necho end"
                );
                let outcome = case.hooked(shell, &script);
                let at = format!("{} {name} {ask}: {}", shell.script, outcome.stderr);
                assert_eq!(outcome.out(), "end\n", "{at}");
                let env = |file: &str| super::super::harness::aws_only(&env_in(&case.path(file)));
                assert_eq!(env("before"), env("after"), "{at}");
                assert!(outcome.stderr.contains(name), "{at}");
            }
        }
    }
}

/// In a subshell, the function said that the shell holds the role, and a code was used up.
#[test]
fn a_subshell_is_named_before_a_code_is_asked_for() {
    for shell in [BASH, ZSH, DASH] {
        for ask in ["assume s3 | cat", "x=$(assume s3)", "(assume s3)"] {
            let case = protected();
            let mut terminal = case.at_prompt(shell);
            let before = line(&mut terminal, ask, "MFA code of");
            assert!(before.contains("this is a subshell"), "{} {ask}: {before}", shell.script);
            terminal.interrupt("ready> ");
            leave(terminal);
            case.no_request_was_made();
        }
        let case = protected();
        let mut terminal = case.at_prompt(shell);
        let before = line(&mut terminal, "assume s3", "MFA code of");
        assert!(!before.contains("subshell"), "{}: {before}", shell.script);
        terminal.interrupt("ready> ");
        leave(terminal);
    }
}

/// `assume s3 &` hung the terminal at the code. fish runs a function in the foreground, also with `&`.
#[test]
fn the_function_in_the_background_stops_and_fg_lets_it_ask() {
    for shell in ALL.into_iter().filter(|shell| !shell.is_fish()) {
        for ask in ["assume s3", "{ assume s3; env -0 >after; }"] {
            let case = protected();
            let mut terminal = case.at_prompt(shell);
            line(&mut terminal, &format!("{ask} &"), "ready> ");
            wait_for_the_stop(&mut terminal);
            assert!(!terminal.shown().contains("MFA code of"), "{}: it asks in the background", shell.script);
            line(&mut terminal, "fg", "MFA code of");
            assert!(!terminal.echoes(), "{} {ask}", shell.script);
            line(&mut terminal, "111111", "ready> ");
            let shown = leave(terminal);
            assert!(!shown.contains("111111"), "{} {ask}: {shown}", shell.script);
            if ask.contains("after") {
                assert!(env_in(&case.path("after")).contains_key("AWS_SESSION_TOKEN"), "{}", shell.script);
            }
        }
    }
}

/// ksh93 and yash have a number of their own for each line that Ctrl-C ends, whatever its command.
#[test]
fn ctrl_c_at_a_code_ends_the_line_with_130() {
    for shell in ALL {
        let number = match shell.script {
            "ksh" => 258,
            "yash --norcfile" => 386,
            _ => 130,
        };
        let case = protected();
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "assume s3; touch OPEN", "MFA code of");
        terminal.interrupt("ready> ");
        line(&mut terminal, &format!("echo st-{}-t", shell.status), &format!("st-{number}-t"));
        leave(terminal);
        assert!(!case.path("OPEN").exists(), "{}", shell.script);
    }
}

/// Standard input and output are the user's: a code can come from a pipe, an answer can go into one.
#[test]
fn the_streams_of_the_function_are_the_users() {
    for shell in ALL {
        let case = protected();
        let script = "echo 111111 | assume --mfa-token - --whoami s3 | tr a-z A-Z\nassume --list | head -n 1\n\
                      assume --explain s3 >out\nassume -f json base 2>/dev/null | tr -d ' ' | cut -c 1-12";
        let outcome = case.hooked(shell, script);
        assert!(
            outcome.out().contains("ASSUMES3FULL"),
            "{}: {} {}",
            shell.script,
            outcome.out(),
            outcome.stderr
        );
        assert!(outcome.out().contains("base\n"), "{}: {}", shell.script, outcome.out());
        let out = fs::read_to_string(case.path("out")).expect("it was written");
        assert!(out.contains("leads to"), "{}: {out}", shell.script);
    }
}

/// Without a hook: a bare eval and a command go back to the role before, and set the other names.
#[test]
fn the_role_before_and_the_other_names_need_no_hook() {
    for shell in POSIX_SHELLS {
        let case = two_roles().var("ASSUME_ENV_ALSO_SET", "AWSUME_PROFILE");
        let script = "eval \"$(assume-env s3 -r eu-west-1 -n mine)\"\neval \"$(assume-env prod)\"\necho $AWSUME_PROFILE\n\
                      eval \"$(assume-env -)\"\necho $ASSUME_ENV_PROFILE $AWS_REGION $ASSUME_ENV_SESSION $AWSUME_PROFILE\n\
                      assume-env - -- printenv ASSUME_ENV_PROFILE AWSUME_PROFILE\neval \"$(assume-env --clear)\"\n\
                      echo ${AWSUME_PROFILE-none}\neval \"$(assume-env -)\"\necho $ASSUME_ENV_PROFILE";
        let outcome = case.shell(shell, script);
        let wanted = "prod\ns3 eu-west-1 mine s3\nprod\nprod\nnone\ns3\n";
        assert_eq!(outcome.succeeded(), wanted, "{shell}: {}", outcome.stderr);
    }
}

/// The role before must still lead to where it led.
#[test]
fn going_back_compares_the_role_and_its_source() {
    let case = two_roles().holding(["s3"]);
    let case = case.holding(["prod"]);
    assert_eq!(case.value("AWS_ACCESS_KEY_ID").map(|id| id == FIRST), Some(false));
    let moved =
        case.config("[profile s3]\nrole_arn = arn:aws:iam::123456789012:role/prod\nsource_profile = base\n");
    moved
        .run(["-"])
        .failed(1, &["s3 leads to arn:aws:iam::123456789012:role/prod now", "the role before was"]);
}

#[test]
fn the_end_of_a_session_says_what_it_restores() {
    for shell in RICH {
        let case = two_roles().var("AWS_PROFILE", "of a folder").var("AWS_REGION", "eu-west-1");
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "assume s3 -r us-east-1", "[s3");
        terminal.expect("ready> ");
        line(&mut terminal, "assume --clear", "restored: AWS_REGION=eu-west-1, AWS_PROFILE='of a folder'");
        terminal.expect("ready> ");
        leave(terminal);
    }
}

/// The AWS_PROFILE of a folder came back after the folder was left: the session had unset it, so direnv had nothing to
/// unset. Values that are not of the folder come back.
#[test]
fn a_value_of_a_folder_that_was_left_does_not_come_back() {
    installed("direnv");
    for shell in RICH {
        let look = match shell.is_fish() {
            true => "direnv export fish | source",
            false => "eval \"$(direnv export bash)\"",
        };
        for outer in ["", "outer"] {
            let case = two_roles().var("AWS_ROLE_SESSION_NAME", "mine").var("DIRENV_LOG_FORMAT", "");
            let case = match outer.is_empty() {
                true => case,
                false => case.var("AWS_PROFILE", outer).var("AWS_ACCOUNT_ID", "999900001111"),
            };
            let script = format!(
                "mkdir dev\necho 'export AWS_PROFILE=dev AWS_ACCOUNT_ID=111122223333' >dev/.envrc\ncd dev\n\
                 direnv allow\n{look}\necho before $AWS_PROFILE\nassume s3\n{look}\nassume prod\nassume --clear\n\
                 echo in $AWS_PROFILE $AWS_ACCOUNT_ID $AWS_ROLE_SESSION_NAME\nassume s3\ncd ..\n{look}\n\
                 echo held $ASSUME_ENV_PROFILE $AWS_PROFILE\nassume prod\nassume --clear\n\
                 echo out $AWS_PROFILE $AWS_ACCOUNT_ID $AWS_ROLE_SESSION_NAME"
            );
            let outcome = case.hooked(shell, &script);
            let (held, out) = match outer.is_empty() {
                true => ("s3", "mine"),
                false => ("s3 outer", "outer 999900001111 mine"),
            };
            let wanted = format!("before dev\nin dev 111122223333 mine\nheld {held}\nout {out}\n");
            assert_eq!(outcome.out(), wanted, "{}: {}", shell.script, outcome.stderr);
        }
    }
}

#[test]
fn the_end_of_a_session_says_what_direnv_has_taken_back() {
    installed("direnv");
    let case = two_roles().var("DIRENV_LOG_FORMAT", "");
    let mut terminal = case.at_prompt(BASH);
    for ask in [
        "mkdir dev; echo 'export AWS_PROFILE=\"a b\"' >dev/.envrc; cd dev; direnv allow",
        "eval \"$(direnv export bash)\"",
    ] {
        line(&mut terminal, ask, "ready> ");
    }
    line(&mut terminal, "assume s3", "[s3");
    terminal.expect("ready> ");
    line(&mut terminal, "cd ..; eval \"$(direnv export bash)\"", "ready> ");
    let said = line(
        &mut terminal,
        "assume --clear",
        "AWS_PROFILE='a b' is not restored: direnv set it for a folder",
    );
    assert!(!said.contains("restored:"), "{said}");
    terminal.expect("ready> ");
    leave(terminal);
}
