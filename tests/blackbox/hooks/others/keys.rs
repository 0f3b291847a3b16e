//! The places where the keys and the MFA session are, and where they are not.

use std::fs;

use super::super::super::harness::{Case, installed, role, role_arn};
use super::super::super::mfa::{DEVICE, world_with};
use super::super::super::terminal::Terminal;
use super::{ALL, OLD_XONSH, Shell, Tcsh, Xonsh, done, held};

/// The keys are in their variables only: no file in the home folder has them, and no history.
#[test]
fn keys_are_in_no_file() {
    for shell in ALL {
        let case = Case::new().var("TERM", "xterm");
        let mut terminal = case.hooked_other(shell, &[]);
        done(&mut terminal, shell, "assume s3");
        done(&mut terminal, shell, "assume --renew");
        terminal.send("exit\r");
        terminal.end();
        let secrets = case.sts.world(|world| {
            world.sessions().iter().map(|session| session.secret_access_key.clone()).collect::<Vec<_>>()
        });
        assert_eq!(secrets.len(), 2, "{shell:?}");
        for (path, (_, text)) in case.files() {
            let text = String::from_utf8_lossy(&text);
            assert!(!secrets.iter().any(|secret| text.contains(secret)), "{shell:?}: {}", path.display());
        }
    }
}

/// Two roles that need an MFA code; each code is valid once.
fn coded() -> Case {
    let world = world_with(&["111111", "222222"]).role(role("two").requires_mfa());
    Case::in_world(world).var("TERM", "xterm").more_config(&format!(
        "mfa_serial = {DEVICE}\n[profile two]\nrole_arn = {}\nsource_profile = base\nmfa_serial = {DEVICE}\n",
        role_arn("two")
    ))
}

/// Types a line that asks for a code, then the code.
#[track_caller]
fn with_code(terminal: &mut Terminal, shell: Shell, line: &str, code: &str) {
    terminal.send(&format!("{line}\r"));
    terminal.expect("assume-env: MFA code of ");
    terminal.send(&format!("{code}\r"));
    terminal.expect(" in account ");
    terminal.expect("ready> ");
    done(terminal, shell, "");
}

#[test]
fn one_code_is_enough_for_all_roles_until_forget() {
    for shell in ALL {
        let case = coded().var("ASSUME_ENV_BASE", "planted");
        let mut terminal = case.hooked_other(shell, &[]);
        let before = held(&case, &mut terminal, shell);
        assert!(!before.contains_key("ASSUME_ENV_BASE"), "{shell:?}");
        with_code(&mut terminal, shell, "assume s3", "111111");
        done(&mut terminal, shell, "assume two");
        assert_eq!(held(&case, &mut terminal, shell)["ASSUME_ENV_PROFILE"], "two", "{shell:?}");
        done(&mut terminal, shell, "assume --clear");
        done(&mut terminal, shell, "assume s3 --read-only");
        case.was_asked(["GetSessionToken", "AssumeRole", "AssumeRole", "AssumeRole"]);
        done(&mut terminal, shell, "assume --forget");
        with_code(&mut terminal, shell, "assume --renew", "222222");
        assert_eq!(case.sts.requests()[4].action, "GetSessionToken", "{shell:?}");
    }
}

/// Seen from outside: every process that was started, with its words and its environment.
#[test]
fn only_the_program_gets_the_mfa_session() {
    let strace = installed("strace");
    for shell in ALL {
        let case = coded();
        let trace = case.path("trace");
        let trace = trace.to_str().expect("a text");
        let (program, args) = shell.command();
        let program = program.to_str().expect("a text");
        let traced = ["-f", "-qq", "-v", "-s", "9999", "-e", "trace=execve", "-o", trace, program];
        let mut terminal =
            case.hooked_as(shell, &[], strace.to_str().expect("a text"), &[&traced[..], &args].concat());
        with_code(&mut terminal, shell, "assume s3", "111111");
        done(&mut terminal, shell, "assume two");
        let held = held(&case, &mut terminal, shell);
        assert!(!held.contains_key("ASSUME_ENV_BASE"), "{shell:?}");
        terminal.send("exit\r");
        terminal.end();
        let secrets = case.sts.world(|world| {
            let base = &world.sessions()[0];
            [base.secret_access_key.clone(), base.session_token.clone()]
        });
        let calls = fs::read_to_string(trace).expect("it was written");
        let has = |call: &&str| secrets.iter().any(|secret| call.contains(secret));
        let with: Vec<&str> = calls.lines().filter(has).collect();
        // The MFA session goes through a pipe: no process has it in its words or its environment.
        assert!(with.is_empty(), "{shell:?}: {with:#?}");
        assert!(calls.contains(":kb\", \"two\""), "{shell:?}: the trace would show it");
        for (path, (_, text)) in case.files() {
            let text = String::from_utf8_lossy(&text).into_owned();
            assert!(path.ends_with("trace") || !has(&text.as_str()), "{shell:?}: {}", path.display());
        }
    }
}

/// tcsh and xonsh can show every command that they run.
#[test]
fn no_trace_shows_a_key() {
    for (shell, trace) in [
        (Tcsh, "set echo; set verbose"),
        (OLD_XONSH, "$XONSH_TRACE_SUBPROC = True"),
        (Xonsh("xonsh-0.25"), "$XONSH_TRACE_SUBPROC = True"),
    ] {
        let case = coded();
        let mut terminal = case.hooked_other(shell, &[]);
        terminal.send(&format!("{trace}\r"));
        terminal.expect("ready> ");
        with_code(&mut terminal, shell, "assume s3", "111111");
        done(&mut terminal, shell, "assume two");
        assert_eq!(held(&case, &mut terminal, shell)["ASSUME_ENV_PROFILE"], "two", "{shell:?}");
        let shown = terminal.shown();
        case.sts.world(|world| {
            for session in world.sessions() {
                assert!(!shown.contains(&session.secret_access_key), "{shell:?}: {shown}");
                assert!(!shown.contains(&session.session_token), "{shell:?}: {shown}");
            }
        });
    }
}
