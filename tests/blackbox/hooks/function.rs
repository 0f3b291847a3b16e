//! The function: it switches, goes back, renews and clears, and keys are in their variables only.

use std::fs;

use super::super::harness::{Case, FIRST, KEY_ID, ROLE, SECOND, env_in, installed, role, role_arn, world};
use super::super::mfa::protected;
use super::{ALL, RICH, leave, line};
use crate::support::Role;

const PROMPT: &str = "assume-env: MFA code of arn:aws:iam::123456789012:mfa/base: ";

fn two_roles() -> Case {
    let case = Case::in_world(world().role(role("prod")));
    case.more_config(
        "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/prod\nsource_profile = base\n",
    )
}

#[test]
fn the_function_switches_and_goes_back_and_clears() {
    for shell in ALL {
        let case = two_roles().var("AWS_PROFILE", "mine");
        let script = "assume s3; or_exit\nassume prod; or_exit\necho $ASSUME_ENV_PROFILE\nassume -; or_exit\necho $ASSUME_ENV_PROFILE\n\
             assume - -d 15m; or_exit\necho $ASSUME_ENV_PROFILE\nassume nosuch 2>/dev/null\necho STATUS $ASSUME_ENV_PROFILE\n\
             assume --nosuch 2>/dev/null\necho STATUS\nassume --clear\necho cleared $AWS_ACCESS_KEY_ID $AWS_PROFILE\nassume -; or_exit\necho $ASSUME_ENV_PROFILE";
        let script = script.replace("; or_exit", if shell.is_fish() { "; or exit 9" } else { " || exit 9" });
        let outcome = case.hooked(shell, &script);
        assert_eq!(
            outcome.succeeded(),
            "prod\ns3\nprod\n1 prod\n2\ncleared mine\nprod\n",
            "{}",
            shell.script
        );
        assert_eq!(outcome.stderr, "", "{}", shell.script);
        assert_eq!(case.sts.requests()[3].param("DurationSeconds"), "900", "{}", shell.script);
    }
}

#[test]
fn going_back_without_a_previous_role_fails() {
    for shell in ALL {
        let case = Case::new();
        let outcome = case.hooked(shell, "assume -\necho STATUS");
        assert_eq!(outcome.succeeded(), "1\n", "{}", shell.script);
        outcome.said(&["this shell has no previous role", "name a role: assume ROLE"]);
        case.nothing_was_asked();
    }
}

/// A bare role is assumed again from its own source, not from the session that is held in between.
#[test]
fn a_bare_role_comes_back_from_its_source() {
    for shell in ALL {
        let case = two_roles();
        let script = format!(
            "assume --source-profile base {ROLE}\nassume prod\nassume -\necho STATUS $ASSUME_ENV_PROFILE $ASSUME_ENV_SOURCE\n\
             assume 123456789012:prod --source-profile base\nassume s3\nassume -\necho STATUS $ASSUME_ENV_PROFILE"
        );
        let outcome = case.hooked(shell, &script);
        let wanted = format!("0 {ROLE} base\n0 123456789012:prod\n");
        assert_eq!(outcome.succeeded(), wanted, "{}: {}", shell.script, outcome.stderr);
        assert!(case.signers().iter().all(|id| id == KEY_ID), "{}", shell.script);
    }
}

#[test]
fn a_chained_role_does_not_come_back() {
    for shell in ALL {
        let case = Case::in_world(
            world().role(role("hub")).role(Role::new(&role_arn("spoke")).trusts(&role_arn("hub"))),
        )
        .more_config("[profile hub]\nrole_arn = arn:aws:iam::123456789012:role/hub\nsource_profile = base\n");
        let spoke = role_arn("spoke");
        let outcome = case.hooked(
            shell,
            &format!("assume hub\nassume {spoke}\nassume s3\nassume -\necho STATUS $ASSUME_ENV_PROFILE"),
        );
        assert_eq!(outcome.succeeded(), "1 s3\n", "{}: {}", shell.script, outcome.stderr);
        outcome.said(&[
            "was assumed from a session or keys that this shell no longer has",
            "assume --source-profile NAME",
        ]);
        case.was_asked(["AssumeRole"; 3]);
    }
}

#[test]
fn a_restricted_session_comes_back_restricted_or_not_at_all() {
    for shell in ALL {
        let case = two_roles();
        let script = "assume s3 --read-only\nassume prod\nassume -\necho STATUS $ASSUME_ENV_PROFILE $ASSUME_ENV_NARROWED\n\
             assume s3 --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\nassume prod\nassume -\necho STATUS $ASSUME_ENV_PROFILE";
        let outcome = case.hooked(shell, script);
        assert_eq!(outcome.succeeded(), "0 s3 read-only\n1 prod\n", "{}: {}", shell.script, outcome.stderr);
        outcome.said(&["the session s3 before this one was restricted or tagged", "assume s3"]);
    }
}

#[test]
fn the_function_renews_a_session_that_has_not_expired() {
    for shell in ALL {
        let case = two_roles();
        let script = "assume s3\nassume s3\nassume --renew\necho STATUS $AWS_ACCESS_KEY_ID\nassume --clear\nassume --renew\necho STATUS";
        let outcome = case.hooked(shell, script);
        assert_eq!(outcome.succeeded(), format!("0 {SECOND}\n1\n"), "{}: {}", shell.script, outcome.stderr);
        outcome.said(&["there is nothing to renew: this environment holds no session"]);
        case.was_asked(["AssumeRole"; 2]);
    }
}

/// Without arguments and without a terminal it says what to type; the answer to a question is never evaluated.
#[test]
fn questions_and_commands_run_unchanged() {
    for shell in ALL {
        let case = Case::new();
        let script = "assume\necho STATUS\nassume s3\nassume\nassume --list\nassume s3 -- sh -c 'exit 7'\necho STATUS\n\
             assume -qV\nassume -- printenv ASSUME_ENV_PROFILE";
        let outcome = case.hooked(shell, script);
        let text = outcome.succeeded();
        assert!(text.starts_with("1\nbase\ns3\n"), "{}: {text}", shell.script);
        outcome.said(&["there is no terminal on which a role can be chosen", "name the role: assume ROLE"]);
        assert!(
            text.ends_with(concat!("base\ns3\n7\nassume-env ", env!("CARGO_PKG_VERSION"), "\ns3\n")),
            "{}: {text}",
            shell.script
        );
    }
}

/// The trace of the shell, and its variables afterwards.
#[test]
fn keys_are_in_their_variables_only() {
    for shell in ALL {
        let (trace, variables) =
            if shell.is_fish() { ("set -g fish_trace 1", "set -L") } else { ("set -xv", "set") };
        let case = Case::new();
        let script = format!("{trace}\nassume s3\necho STATUS\nassume --renew\nassume --clear\nassume -\n");
        let outcome = case.hooked(shell, &script);
        outcome.succeeded();
        for secret in ["TEST/secret", "TEST//token"] {
            assert!(!outcome.stderr.contains(secret), "{}: {}", shell.script, outcome.stderr);
        }
        assert!(outcome.stderr.contains("assume"), "{}: nothing was traced", shell.script);
        let outcome = case.hooked(shell, &format!("assume s3\n{variables}"));
        for secret in ["TEST/secret", "TEST//token"] {
            let lines = outcome.out().lines().filter(|line| line.contains(secret));
            for line in lines {
                let name = line.split(['=', ' ']).next().unwrap_or_default();
                assert!(
                    ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].contains(&name),
                    "{}: {name}",
                    shell.script
                );
            }
        }
    }
}

/// The options that the function switches off for the keys are on again, after Ctrl-C too where the shell can
/// do that.
#[test]
fn options_come_back() {
    for shell in ALL.into_iter().filter(|shell| !shell.is_fish()) {
        let outcome =
            Case::new().hooked(shell, "set -x\nassume s3\nassume nosuch\ncase $- in *x*) echo on;; esac");
        assert!(outcome.succeeded().ends_with("on\n"), "{}", shell.script);
    }
    for shell in RICH.into_iter().filter(|shell| !shell.is_fish()) {
        let case = protected();
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "set -x", "ready> ");
        line(&mut terminal, "assume s3", PROMPT);
        terminal.interrupt("ready> ");
        line(&mut terminal, "case $- in *x*) echo trac''ing;; esac", "tracing");
        leave(terminal);
    }
}

#[test]
fn a_code_is_asked_for_in_the_function() {
    for shell in ALL {
        let case = protected();
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "assume s3", PROMPT);
        assert!(!terminal.echoes(), "{}", shell.script);
        line(&mut terminal, "111111", "[s3 ");
        terminal.expect("ready> ");
        line(&mut terminal, "env -0 >after; echo writ''ten", "written");
        let shown = leave(terminal);
        assert!(!shown.contains("111111"), "{}: {shown}", shell.script);
        // The first keys are those of the MFA session.
        case.was_asked(["GetSessionToken", "AssumeRole"]);
        assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], SECOND, "{}", shell.script);
    }
}

#[test]
fn ctrl_c_at_the_code_changes_nothing() {
    for shell in ALL {
        let case = protected().var("AWS_PROFILE", "mine");
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "assume s3; echo rea''ched", PROMPT);
        terminal.interrupt("ready> ");
        line(&mut terminal, "env -0 >now; echo writ''ten", "written");
        leave(terminal);
        let now = env_in(&case.path("now"));
        assert!(!now.contains_key("AWS_ACCESS_KEY_ID"), "{}", shell.script);
        assert_eq!(now.get("AWS_PROFILE").map(String::as_str), Some("mine"), "{}", shell.script);
        case.no_request_was_made();
    }
}

/// fzf draws on the terminal, also when standard output is a file.
#[test]
fn without_arguments_the_user_picks_a_role() {
    installed("fzf");
    for shell in ALL {
        let case = two_roles()
            .more_config("[profile \"\\\\'; touch ran; #\"]\nregion = eu-west-1\n")
            .var("TERM", "xterm")
            .var("SHELL", "/usr/bin/fish");
        let mut terminal = case.at_prompt(shell);
        terminal.send("assume\n");
        terminal.expect("role>");
        terminal.send("prod");
        terminal.expect("prod leads to");
        terminal.send("\r");
        terminal.expect("[prod ");
        line(&mut terminal, "assume >out", "role>");
        terminal.send("ran");
        terminal.expect("1/");
        terminal.send("\x1b");
        terminal.expect("no role was chosen");
        terminal.expect("ready> ");
        line(&mut terminal, "echo $ASSUME_ENV_PROFILE >held; echo writ''ten", "written");
        leave(terminal);
        assert_eq!(
            fs::read_to_string(case.path("held")).expect("it was written"),
            "prod\n",
            "{}",
            shell.script
        );
        assert_eq!(fs::read_to_string(case.path("out")).expect("it was written"), "", "{}", shell.script);
        assert!(!case.path("ran").exists(), "{}", shell.script);
    }
}

#[test]
fn a_cancelled_pick_has_the_status_of_fzf() {
    for shell in RICH {
        let case = two_roles().var("TERM", "xterm");
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "assume", "role>");
        terminal.send("\x1b");
        terminal.expect("ready> ");
        line(&mut terminal, &format!("echo st-{}-t", shell.status), "st-130-t");
        leave(terminal);
        case.nothing_was_asked();
    }
}

#[test]
fn other_names_follow_the_role() {
    for shell in ALL {
        let case = two_roles().var("ASSUME_ENV_ALSO_SET", "AWSUME_PROFILE  AWS_VAULT");
        let script = "assume s3\nprintenv AWSUME_PROFILE AWS_VAULT\nassume prod\nprintenv AWSUME_PROFILE AWS_VAULT\n\
             assume --clear\nprintenv AWSUME_PROFILE AWS_VAULT\necho STATUS";
        let outcome = case.hooked(shell, script);
        assert_eq!(outcome.succeeded(), "s3\ns3\nprod\nprod\n1\n", "{}: {}", shell.script, outcome.stderr);
        assert_eq!(outcome.stderr, "", "{}", shell.script);
    }
}

/// A value of the user's own stays; the value of a parent shell, which is the role of the held session, does
/// not.
#[test]
fn other_names_with_a_value_keep_it() {
    for shell in ALL {
        let case = two_roles().var("ASSUME_ENV_ALSO_SET", "AWS_VAULT").var("AWS_VAULT", "mine");
        let outcome = case.hooked(shell, "assume s3\nprintenv AWS_VAULT\nassume --clear\nprintenv AWS_VAULT");
        assert_eq!(outcome.succeeded(), "mine\nmine\n", "{}", shell.script);
        outcome.said(&["AWS_VAULT has a value of your own and keeps it"]);
        let case = two_roles().var("ASSUME_ENV_ALSO_SET", "AWS_VAULT").holding(["s3"]);
        assert_eq!(case.value("AWS_VAULT"), Some("s3"));
        assert_eq!(
            case.hooked(shell, "assume prod\nprintenv AWS_VAULT").succeeded(),
            "prod\n",
            "{}",
            shell.script
        );
    }
}

#[test]
fn names_that_a_shell_or_aws_reads_are_never_set() {
    for shell in ALL {
        let names = "PATH IFS AWS_ACCESS_KEY_ID AWS_PROFILE ASSUME_ENV_EXPIRES LD_PRELOAD PROMPT_COMMAND a;touch${IFS}ran $(touch%20ran) X-Y 1A_B * lower_case";
        let case = two_roles().var("ASSUME_ENV_ALSO_SET", names);
        let outcome = case.hooked(shell, "assume s3\nenv -0 >after");
        outcome.succeeded();
        outcome.said(&["ASSUME_ENV_ALSO_SET contains a name that cannot be set"]);
        let env = env_in(&case.path("after"));
        assert!(env["PATH"].contains("/bin") && env["AWS_ACCESS_KEY_ID"] == FIRST, "{}", shell.script);
        for name in ["IFS", "AWS_PROFILE", "LD_PRELOAD", "PROMPT_COMMAND", "lower_case"] {
            assert!(!env.contains_key(name), "{}: {name}", shell.script);
        }
        assert!(!case.path("ran").exists(), "{}", shell.script);
    }
}

#[test]
fn a_hostile_role_follows_sanitised() {
    let name = "$(touch ran)`id`;%n é";
    for shell in ALL {
        let case = Case::new()
            .more_config(&format!("[profile \"{name}\"]\nrole_arn = {ROLE}\nsource_profile = base\n"))
            .var("ASSUME_ENV_ALSO_SET", "AWSUME_PROFILE");
        let outcome = case.hooked(shell, &format!("assume '{name}'\nprintenv AWSUME_PROFILE"));
        let shown = outcome.succeeded();
        assert!(shown.starts_with("??touch?ran??id???n??"), "{}: {shown}", shell.script);
        assert!(!case.path("ran").exists(), "{}", shell.script);
    }
}

/// fish left the function with status 0 when Ctrl-C killed the program in a pipe: the command after `and`
/// ran.
#[test]
fn ctrl_c_at_the_code_stops_the_next_command() {
    for shell in RICH {
        let case = protected();
        let mut terminal = case.at_prompt(shell);
        let then = if shell.is_fish() { "; and" } else { " &&" };
        line(&mut terminal, &format!("assume s3{then} touch OPEN"), PROMPT);
        terminal.interrupt("ready> ");
        leave(terminal);
        assert!(!case.path("OPEN").exists(), "{}", shell.script);
    }
}
