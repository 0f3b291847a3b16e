//! The function, as a person types it.

use super::super::super::harness::{Case, FIRST, SECOND, finish};
use super::super::super::mfa::protected;
use super::super::super::terminal::CTRL_C;
use super::{ALL, Elvish, Nu, Xonsh, done, held, prompt_after, two_roles, typed};

/// elvish cannot load it without a line editor.
#[test]
fn loading_it_says_nothing() {
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
fn it_switches_and_goes_back_and_clears() {
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
        typed(&mut terminal, shell, shell.failing(), "st-1-");
        assert_eq!(held(&case, &mut terminal, shell)["ASSUME_ENV_PROFILE"], "prod", "{shell:?}");
        prompt_after(&mut terminal, shell, "assume --clear", |prompt| !prompt.contains("[prod"));
        assert_eq!(held(&case, &mut terminal, shell), before, "{shell:?}");
        case.was_asked(["AssumeRole"; 5]);
        assert_eq!(case.sts.requests()[3].param("DurationSeconds"), "900", "{shell:?}");
    }
}

#[test]
fn questions_run_as_they_are() {
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

/// Only a text that begins as a success does is evaluated: not the output of something else of that name.
#[test]
fn what_is_no_success_is_not_evaluated() {
    for shell in ALL {
        let case = Case::new().var("TERM", "xterm");
        let mut terminal = case.hooked_other(shell, &[]);
        let path = format!("{}:/usr/bin:/bin", case.path("fake").display());
        for text in ["touch ran", "import os; os.mkdir('ran')", "e:touch ran"] {
            case.program("fake/assume-env", &format!("#!/bin/sh\necho \"{text}\"\necho called >called\n"));
            let set = match shell {
                Nu => format!("$env.PATH = '{path}'"),
                Xonsh(_) => format!("$PATH = '{path}'.split(':')"),
                _ => shell.set("PATH", &path),
            };
            done(&mut terminal, shell, &set);
            done(&mut terminal, shell, if shell == Nu { "try { assume x }" } else { "assume x" });
            assert!(case.path("called").exists() && !case.path("ran").exists(), "{shell:?}: {text}");
        }
    }
}

#[test]
fn a_code_is_asked_for_and_ctrl_c_changes_nothing() {
    for shell in ALL {
        let case = protected().var("TERM", "xterm");
        let mut terminal = case.hooked_other(shell, &[]);
        // The first keys are those of the base session.
        for (typing, keys) in [(CTRL_C, None), ("111111\r", Some(SECOND))] {
            terminal.send("assume s3\r");
            terminal.expect("assume-env: MFA code of ");
            assert!(!terminal.echoes(), "{shell:?}");
            terminal.send(typing);
            terminal.expect("ready> ");
            let held = held(&case, &mut terminal, shell);
            assert_eq!(held.get("AWS_ACCESS_KEY_ID").map(String::as_str), keys, "{shell:?}");
        }
        assert!(!terminal.shown().contains("111111"), "{shell:?}");
    }
}
