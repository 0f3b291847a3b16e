//! The function, as a user types it.

use std::thread;
use std::time::{Duration, Instant};

use super::super::super::harness::{Case, FIRST, SECOND, env_in, finish, installed};
use super::super::super::mfa::protected;
use super::super::super::terminal::CTRL_C;
use super::{ALL, Elvish, done, held, prompt_after, two_roles, typed};

/// elvish cannot load the hook without a line editor.
#[test]
fn loading_the_hook_prints_nothing() {
    for shell in ALL.into_iter().filter(|shell| *shell != Elvish) {
        let case = Case::new().pretending("s3", -5);
        case.file("hook", case.run(["--init", shell.name()]).succeeded());
        let (program, args) = shell.command();
        let mut command = case.command(program);
        let script = format!("{}\n{}", shell.load(), shell.mark("loaded"));
        command.args(args).args(["-c", &script]);
        let outcome = finish(command);
        assert_eq!((outcome.succeeded(), outcome.stderr.as_str()), ("loaded\n", ""), "{shell:?}");
    }
}

#[test]
fn the_function_switches_and_goes_back_and_clears() {
    for shell in ALL {
        let case = two_roles().var("AWS_PROFILE", "mine");
        let mut terminal = case.hooked_other(shell, &[]);
        let before = held(&case, &mut terminal, shell);
        prompt_after(&mut terminal, shell, "assume s3", |prompt| prompt.contains("[s3"));
        let first = held(&case, &mut terminal, shell);
        assert_eq!(
            (first["AWS_ACCESS_KEY_ID"].as_str(), first.get("AWS_PROFILE")),
            (FIRST, None),
            "{shell:?}"
        );
        done(&mut terminal, shell, "assume --renew -q");
        assert_eq!(held(&case, &mut terminal, shell)["AWS_ACCESS_KEY_ID"], SECOND, "{shell:?}");
        prompt_after(&mut terminal, shell, "assume prod --read-only", |prompt| prompt.contains("[prod ro"));
        prompt_after(&mut terminal, shell, "assume - -d 15m", |prompt| prompt.contains("[s3"));
        prompt_after(&mut terminal, shell, "assume -", |prompt| prompt.contains("[prod ro"));
        typed(&mut terminal, shell, shell.failing_with_status(), "st-1-");
        assert_eq!(held(&case, &mut terminal, shell)["ASSUME_ENV_PROFILE"], "prod", "{shell:?}");
        prompt_after(&mut terminal, shell, "assume --clear", |prompt| !prompt.contains("[prod"));
        assert_eq!(held(&case, &mut terminal, shell), before, "{shell:?}");
        case.was_asked(["AssumeRole"; 5]);
        assert_eq!(case.sts.requests()[3].param("DurationSeconds"), "900", "{shell:?}");
    }
}

#[test]
fn questions_run_unchanged() {
    for shell in ALL {
        let case = two_roles();
        let mut terminal = case.hooked_other(shell, &["--cmd", "become"]);
        typed(&mut terminal, shell, "become --explain prod", "prod leads to");
        typed(&mut terminal, shell, "become --list", "touch ran");
        typed(&mut terminal, shell, "become s3 -- printenv ASSUME_ENV_PROFILE", "s3");
        assert!(!held(&case, &mut terminal, shell).contains_key("AWS_ACCESS_KEY_ID"), "{shell:?}");
        assert!(!case.path("ran").exists(), "{shell:?}");
    }
}

/// A refused role, and a command that fails, showed lines of three places of the hook.
#[test]
fn an_exception_of_elvish_shows_one_line_of_the_hook() {
    let case = two_roles();
    let mut terminal = case.hooked_other(Elvish, &[]);
    for line in ["assume nosuch", "assume s3 -- sh -c 'exit 3'"] {
        terminal.send(&format!("{line}\r"));
        let before = terminal.expect("assume-env exited with ");
        let traceback = terminal.expect("ready> ");
        assert_eq!(before.matches("Exception").count(), 1, "{line}: {before}");
        assert_eq!(traceback.matches("[eval ").count(), 1, "{line}: {traceback}");
        assert!(traceback.contains("fail $e[reason]"), "{line}: {traceback}");
    }
}

#[test]
fn parts_can_be_left_out() {
    for shell in ALL {
        let case = Case::new().pretending("s3", 2550).var("TERM", "xterm");
        let mut terminal = case.hooked_other(shell, &["--no-cmd", "--no-prompt", "--no-complete"]);
        prompt_after(&mut terminal, shell, "", |prompt| !prompt.contains("[s3"));
        let mut terminal = case.hooked_other(shell, &["--no-cmd"]);
        prompt_after(&mut terminal, shell, "", |prompt| prompt.contains("[s3"));
    }
}

/// The output of another program of that name, and a part of a text, are failures; a failure changes nothing.
#[test]
fn other_output_is_a_failure_and_not_evaluated() {
    for shell in ALL {
        let case = Case::new().holding(["s3"]).var("TERM", "xterm");
        let whole = case.run(["-f", shell.format(), "--fresh", "s3"]).succeeded().to_owned();
        case.file("whole", &whole);
        let half =
            whole.find("AWS_SECRET_ACCESS_KEY").expect("it is set") + "AWS_SECRET_ACCESS_KEY".len() + 9;
        case.file("half", &whole[..half]);
        let mut terminal = case.hooked_other(shell, &[]);
        let before = held(&case, &mut terminal, shell);
        let path = format!("{}:/usr/bin:/bin", case.path("fake").display());
        for script in [
            "",
            "exit 3",
            "cat whole; exit 3",
            "cat whole; kill -9 $$",
            "cat half",
            "true",
            "echo touch ran",
            "echo 'import os; os.mkdir(\"ran\")'",
            "echo e:touch ran",
        ] {
            if !script.is_empty() {
                case.program("fake/assume-env", &format!("#!/bin/sh\necho called >called\n{script}\n"));
            }
            done(&mut terminal, shell, &shell.search(&path));
            for (number, line) in shell.failing("assume x").iter().enumerate() {
                if number > 0 {
                    terminal.expect("ready> ");
                }
                terminal.send(&format!("{line}\r"));
            }
            terminal.expect("has-failed");
            terminal.expect("ready> ");
            assert_eq!(held(&case, &mut terminal, shell), before, "{shell:?}: {script}");
            assert_eq!(case.path("called").exists(), !script.is_empty(), "{shell:?}: {script}");
        }
        assert!(!case.path("ran").exists(), "{shell:?}");
    }
}

#[test]
fn a_code_is_asked_for_and_ctrl_c_changes_nothing() {
    for shell in ALL {
        let case = protected().var("TERM", "xterm");
        let mut terminal = case.hooked_other(shell, &[]);
        // The first keys are those of the MFA session.
        for (typing, keys) in [(CTRL_C, None), ("111111\r", Some(SECOND))] {
            terminal.send("assume s3\r");
            terminal.expect("assume-env: MFA code of ");
            assert!(!terminal.echoes(), "{shell:?}");
            terminal.send(typing);
            terminal.expect("ready> ");
            let held = held(&case, &mut terminal, shell);
            assert_eq!(held.get("AWS_ACCESS_KEY_ID").map(String::as_str), keys, "{shell:?}");
            // The line editors of shells echo by themselves, so an echo at the prompt would prove nothing.
            typed(&mut terminal, shell, "stty -a", " echo ");
        }
        assert!(!terminal.shown().contains("111111"), "{shell:?}");
    }
}

/// The terminal sends Ctrl-C to the command too, and the shell must wait until the command ends.
#[test]
fn a_command_after_the_dashes_can_clean_up_after_ctrl_c() {
    for shell in ALL {
        let case = two_roles();
        case.program(
            "slow",
            "#!/bin/sh\ntrap 'sleep 1; echo cleaned >cleaned; exit 3' INT\necho running\nsleep 20\n",
        );
        let mut terminal = case.hooked_other(shell, &[]);
        terminal.send("assume s3 -- ./slow\r");
        terminal.expect("running");
        terminal.interrupt("ready> ");
        let patience = Instant::now();
        while !case.path("cleaned").exists() {
            assert!(patience.elapsed() < Duration::from_secs(10), "{shell:?}: {}", terminal.shown());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn without_arguments_the_user_picks_a_role() {
    installed("fzf");
    for shell in ALL {
        let case = two_roles().var("SHELL", "/usr/bin/fish");
        let mut terminal = case.hooked_other(shell, &[]);
        terminal.send("assume\r");
        terminal.expect("role>");
        terminal.send("prod");
        terminal.expect("prod leads to");
        terminal.send("\r");
        terminal.expect(" in account ");
        terminal.expect("ready> ");
        assert_eq!(held(&case, &mut terminal, shell)["ASSUME_ENV_PROFILE"], "prod", "{shell:?}");
        terminal.send("assume\r");
        terminal.expect("role>");
        terminal.send("ran");
        terminal.expect("3/");
        terminal.send("\x1b");
        terminal.expect("ready> ");
        assert_eq!(held(&case, &mut terminal, shell)["ASSUME_ENV_PROFILE"], "prod", "{shell:?}");
        assert!(!case.path("ran").exists(), "{shell:?}");
    }
}

/// A value of the user's own stays; the role that another shell has set does not.
#[test]
fn other_names_follow_the_role() {
    for shell in ALL {
        let case = two_roles()
            .var("ASSUME_ENV_ALSO_SET", "AWSUME_PROFILE  AWS_VAULT MY_OWN *_X AWS_PROFILE LD_PRELOAD x_y A=B")
            .var("MY_OWN", "kept");
        let mut terminal = case.hooked_other(shell, &[]);
        let before = held(&case, &mut terminal, shell);
        for (line, role) in
            [("assume s3", Some("s3")), ("assume prod", Some("prod")), ("assume --clear", None)]
        {
            done(&mut terminal, shell, line);
            let held = held(&case, &mut terminal, shell);
            for name in ["AWSUME_PROFILE", "AWS_VAULT"] {
                assert_eq!(
                    env_in(&case.path("seen")).get(name).map(String::as_str),
                    role,
                    "{shell:?}: {line}"
                );
            }
            let seen = env_in(&case.path("seen"));
            assert_eq!(seen["MY_OWN"], "kept", "{shell:?}: {line}");
            assert!(
                !held.contains_key("AWS_PROFILE") && !seen.contains_key("LD_PRELOAD"),
                "{shell:?}: {line}"
            );
        }
        assert_eq!(held(&case, &mut terminal, shell), before, "{shell:?}");
        let shown = terminal.shown();
        assert_eq!(shown.matches("MY_OWN has a value of your own and keeps it").count(), 2, "{shell:?}");
        assert_eq!(shown.matches("contains a name that cannot be set").count(), 2, "{shell:?}");
    }
}
