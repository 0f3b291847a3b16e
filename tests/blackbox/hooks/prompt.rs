//! The prompt: the role and the time left before the user's own prompt, and the one line when the keys have
//! expired. No part of a name is run, and the status of the last command does not change.

use std::thread;
use std::time::Duration;

use super::super::harness::Case;
use super::{ALL, BASH, FISH, RICH, ZSH, leave, line};

/// Names that no prompt may run. A name that runs makes a file `ran`.
const HOSTILE: [&str; 12] = [
    "$(touch ran)",
    "`touch ran`",
    "a;touch ran",
    "%n%(!.a.b)",
    "\\u\\h\\$(touch ran)",
    "é",
    "!!",
    "${IFS}",
    "\x1b[31mred",
    "a\nb",
    "-n",
    "'\"\\",
];

#[test]
fn the_role_and_the_time_are_before_the_prompt() {
    for shell in ALL {
        for (seconds, shown) in [
            (9010, "[s3 2h30m] ready> "),
            (43190, "[s3 11h59m] ready> "),
            (3630, "[s3 1h00m] ready> "),
            (2550, "[s3 42m] ready> "),
            (30, "[s3 <1m] ready> "),
            (-5, "[s3 expired] ready> "),
        ] {
            let case = Case::new().pretending("s3", seconds);
            let mut terminal = case.bare_prompt(shell);
            terminal.send(&format!("{}\n", shell.load("")));
            terminal.expect(shown);
            leave(terminal);
        }
    }
}

#[test]
fn a_restricted_session_is_marked() {
    for shell in ALL {
        for (narrowed, shown) in
            [("read-only", "[s3 ro 42m] ready> "), ("0123456789abcdef", "[s3* 42m] ready> ")]
        {
            let case = Case::new().pretending("s3", 2550).var("ASSUME_ENV_NARROWED", narrowed);
            let mut terminal = case.bare_prompt(shell);
            terminal.send(&format!("{}\n", shell.load("")));
            terminal.expect(shown);
            leave(terminal);
        }
    }
}

#[test]
fn a_switch_and_a_clear_show_at_once() {
    for shell in ALL {
        let case = Case::new();
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "assume s3 -q", "[s3 ");
        terminal.expect("ready> ");
        line(&mut terminal, "assume --clear; echo clea''red", "cleared");
        terminal.expect("ready> ");
        let between = line(&mut terminal, "echo do''ne", "done");
        assert!(!between.contains("[s3"), "{}: {between}", shell.script);
        leave(terminal);
    }
}

#[test]
fn without_a_session_nothing_is_shown() {
    for shell in ALL {
        // Keys that the labels do not belong to; then labels that a user has deleted in part.
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "AKIAMINE000000000000"),
            ("ASSUME_ENV_KEY_ID", ""),
            ("AWS_ACCESS_KEY_ID", ""),
        ] {
            let case = Case::new().pretending("s3", 2550).var(name, value);
            let shown = leave(case.at_prompt(shell));
            assert!(!shown.contains("[s3"), "{} {name}: {shown}", shell.script);
        }
    }
}

#[test]
fn a_wrong_time_is_left_out() {
    for shell in ALL {
        for time in [
            "x[$(touch ran)]",
            "abc",
            "",
            "-5",
            "0x10",
            "08",
            "1;touch ran",
            "1234567890123",
            "99999999999999999999",
            "1\n2",
            "²",
        ] {
            let case = Case::new().pretending("s3", 2550).var("ASSUME_ENV_EXPIRES", time);
            let mut terminal = case.at_prompt(shell);
            let shown = line(&mut terminal, "echo do''ne", "done");
            terminal.expect("[s3] ready> ");
            assert!(
                !shown.contains("error") && !shown.contains("assume-env:"),
                "{} {time}: {shown}",
                shell.script
            );
            leave(terminal);
            assert!(!case.path("ran").exists(), "{} {time}", shell.script);
        }
    }
}

#[test]
fn a_hostile_name_is_shown_sanitised_and_nothing_runs() {
    for shell in ALL {
        for name in HOSTILE {
            let case = Case::new().pretending(name, 2550).var("TERM", "xterm");
            let mut terminal = case.at_prompt(shell);
            // Expired, so that the line is shown too.
            line(&mut terminal, &shell.set("ASSUME_ENV_EXPIRES", "1"), " expired]");
            terminal.expect("ready> ");
            line(&mut terminal, "echo do''ne", "done");
            let shown = leave(terminal);
            assert!(!case.path("ran").exists(), "{}: {name}", shell.script);
            let plain = |c: char| c.is_ascii_alphanumeric() || "_.,+=@:/-?".contains(c);
            let at = shown.find(" expired]").expect("it was shown");
            let label = shown[..at].rsplit('[').next().expect("a bracket");
            assert!(!label.is_empty() && label.chars().all(plain), "{}: {label:?}", shell.script);
            assert!(label.len() >= name.chars().count(), "{}: {label:?}", shell.script);
        }
    }
}

/// The prompt changes with the time, also without a change of the variables.
#[test]
fn the_time_goes_on() {
    for shell in ALL {
        for (seconds, shown) in [(63, "[s3 <1m] "), (3, "[s3 expired] ")] {
            let case = Case::new().pretending("s3", seconds);
            let mut terminal = case.at_prompt(shell);
            let mut before = String::new();
            for _ in 0..200 {
                before = line(&mut terminal, "", "ready> ");
                if before.contains(shown) {
                    break;
                }
                thread::sleep(Duration::from_millis(100));
            }
            assert!(before.contains(shown), "{}: {before}", shell.script);
            leave(terminal);
        }
    }
}

/// Other tools use psvar too, and some empty it.
#[test]
fn an_emptied_psvar_is_filled_again() {
    let case = Case::new().pretending("s3", 2550);
    let mut terminal = case.at_prompt(ZSH);
    line(&mut terminal, "psvar=(mine); echo don''e", "done");
    terminal.expect("[s3 42m] ready> ");
    line(&mut terminal, "echo $psvar[1]", "mine");
    leave(terminal);
}

#[test]
fn a_long_name_is_cut() {
    for shell in ALL {
        let case = Case::new().pretending(&"n".repeat(300), 2550);
        let mut terminal = case.at_prompt(shell);
        terminal.send("\n");
        terminal.expect(&format!("[{}... 42m] ready> ", "n".repeat(37)));
        leave(terminal);
    }
}

#[test]
fn the_status_of_the_last_command_stays() {
    for shell in ALL {
        let case = Case::new().pretending("s3", -5);
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "sh -c 'exit 3'", "ready> ");
        line(&mut terminal, &format!("echo st-{}-t", shell.status), "st-3-t");
        leave(terminal);
    }
    for (shell, parts) in [(BASH, "${PIPESTATUS[*]}"), (ZSH, "$pipestatus"), (FISH, "$pipestatus")] {
        let case = Case::new().pretending("s3", 2550);
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "sh -c 'exit 3' | sh -c 'exit 4' | true", "ready> ");
        line(&mut terminal, &format!("echo st {parts} t"), "st 3 4 0 t");
        leave(terminal);
    }
}

/// The user's own prompt gets the status too.
#[test]
fn the_users_prompt_sees_the_status() {
    for (shell, set) in [
        (BASH, r"PS1='<$?> rea''dy> '"),
        (ZSH, "PS1='<%?> rea''dy> '"),
        (FISH, "function fish_prompt; echo -n \"<$status> rea\"dy'> '; end"),
    ] {
        let case = Case::new().pretending("s3", 2550);
        let mut terminal = case.bare_prompt(shell);
        line(&mut terminal, &set.replace("''", "\"\"").replace("rea\"\"dy", "ready"), "ready> ");
        line(&mut terminal, &shell.load(""), "[s3 42m] <0> ready> ");
        line(&mut terminal, "sh -c 'exit 3'", "[s3 42m] <3> ready> ");
        leave(terminal);
    }
}

#[test]
fn a_shell_with_set_e_does_not_end() {
    for shell in ALL.into_iter().filter(|shell| !shell.is_fish()) {
        let case = Case::new().pretending("s3", -5);
        let mut terminal = case.bare_prompt(shell);
        terminal.send("set -u; set -e\n");
        terminal.expect("ready> ");
        line(&mut terminal, &shell.load(""), "[s3 expired] ready> ");
        line(&mut terminal, "false || echo ali''ve", "alive");
        terminal.expect("[s3 expired] ready> ");
        leave(terminal);
    }
}

#[test]
fn a_hook_that_is_loaded_twice_shows_the_role_once() {
    for shell in ALL {
        let case = Case::new().pretending("s3", 2550);
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, &shell.load(""), "ready> ");
        line(&mut terminal, &shell.load(""), "ready> ");
        terminal.send("\n");
        terminal.expect("ready> ");
        terminal.send("\n");
        let shown = terminal.expect("ready> ");
        assert_eq!(shown.matches("[s3 42m]").count(), 1, "{}: {shown}", shell.script);
        leave(terminal);
    }
}

#[test]
fn colours_show_the_urgency() {
    let cases = [(2550, None), (300, Some("33")), (-5, Some("31"))];
    for shell in RICH {
        for (seconds, color) in cases {
            let start = || Case::new().pretending("s3", seconds).var("TERM", "xterm");
            for (case, colored) in
                [(start(), true), (start().var("NO_COLOR", "1"), false), (start().var("TERM", "dumb"), false)]
            {
                let mut terminal = case.at_prompt(shell);
                terminal.send("\n");
                let shown = terminal.expect("[s3");
                let escape = color.map_or(String::new(), |color| format!("\x1b[{color}m"));
                let ends = !escape.is_empty() && shown.ends_with(&escape);
                assert_eq!(ends, colored && color.is_some(), "{} {seconds}: {shown:?}", shell.script);
                leave(terminal);
            }
        }
    }
}

/// As with starship: PROMPT_COMMAND sets PS1 for every prompt.
#[test]
fn a_prompt_that_is_rewritten_every_time_shows_the_role() {
    for command in
        ["PROMPT_COMMAND=starlike", "PROMPT_COMMAND=(starlike); declare -p PROMPT_COMMAND >/dev/null"]
    {
        let case = Case::new().pretending("s3", 2550);
        let mut terminal = case.bare_prompt(BASH);
        line(&mut terminal, "starlike() { PS1=\"<$?> st\"'ar> '; }", "ready> ");
        line(&mut terminal, command, "star> ");
        line(&mut terminal, &BASH.load(""), "[s3 42m] <0> star> ");
        line(&mut terminal, "false", "[s3 42m] <1> star> ");
        leave(terminal);
    }
}

/// The hook changes the prompt at the first prompt, after the rest of the start-up file.
#[test]
fn a_prompt_that_is_set_later_shows_the_role() {
    for (shell, later) in [
        (BASH, "PS1='la'ter'> '"),
        (ZSH, "PS1='la'ter'> '"),
        (FISH, "function fish_prompt; echo -n la'ter> '; end"),
    ] {
        let case = Case::new().pretending("s3", 2550);
        let mut terminal = case.bare_prompt(shell);
        line(&mut terminal, &format!("{}; {later}", shell.load("")), "[s3 42m] later> ");
        leave(terminal);
    }
}

/// powerlevel10k writes PROMPT itself and asks segments for their part.
#[test]
fn powerlevel10k_has_a_segment() {
    let case = Case::new().pretending("a%n", 300);
    let script = "p10k() { print -r -- $@ }\nprompt_assume_env\nASSUME_ENV_EXPIRES=1 prompt_assume_env\nunset AWS_ACCESS_KEY_ID\nprompt_assume_env";
    let outcome = case.hooked(ZSH, script);
    assert!(outcome.succeeded().starts_with("segment -f yellow -t a?n "), "{}", outcome.out());
    assert!(outcome.out().ends_with("segment -f red -t a?n expired\n"), "{}", outcome.out());
}

/// zsh that emulates another shell shows no escapes of a prompt that it does not expand.
#[test]
fn the_prompt_works_in_emulations_of_zsh() {
    for setting in [
        "setopt ksh_arrays sh_word_split glob_subst",
        "setopt prompt_subst",
        "unsetopt prompt_percent",
        "emulate sh",
        "emulate ksh",
    ] {
        let case = Case::new().pretending("$(touch ran)", 2550);
        let mut terminal = case.at_prompt(ZSH);
        line(&mut terminal, &format!("PS1='rea''dy> '; {setting}; echo don''e"), "done");
        terminal.expect("ready> ");
        line(&mut terminal, "assume s3 -q; echo $?-$ASSUME_ENV_PROFILE", "0-s3");
        terminal.expect("ready> ");
        let shown = leave(terminal);
        assert!(!shown.contains("error") && !case.path("ran").exists(), "{setting}: {shown}");
    }
}

/// Before a command in zsh and fish, at the prompt in bash; once a session, and to standard error.
#[test]
fn one_line_says_that_the_keys_have_expired() {
    const LINE: &str = "assume-env: the keys of s3 have expired; to renew them, type assume --renew";
    for shell in RICH {
        let case = Case::new().pretending("s3", -5);
        let mut terminal = case.at_prompt(shell);
        for word in ["one", "two"] {
            line(&mut terminal, &format!("echo go''es {word}"), &format!("goes {word}"));
            terminal.expect("ready> ");
        }
        let shown = leave(terminal);
        assert_eq!(shown.matches(LINE).count(), 1, "{}: {shown}", shell.script);

        let case = Case::new().holding(["s3"]).with_seconds_left(-5);
        let mut terminal = case.bare_prompt(shell);
        line(&mut terminal, &shell.load(" --cmd become"), "[s3 expired] ready> ");
        line(&mut terminal, "echo he''re", "here");
        line(&mut terminal, "become --renew -q", "m] ready> ");
        line(&mut terminal, &shell.set("ASSUME_ENV_EXPIRES", "1"), "[s3 expired] ready> ");
        line(&mut terminal, "echo the''re", "there");
        let shown = leave(terminal);
        assert_eq!(
            shown.matches("have expired; to renew them, type become --renew").count(),
            2,
            "{}: {shown}",
            shell.script
        );
    }
}

#[test]
fn a_command_that_renews_gets_no_such_line() {
    for shell in [ZSH, FISH] {
        let case = Case::new().holding(["s3"]).with_seconds_left(-5);
        let mut terminal = case.bare_prompt(shell);
        line(&mut terminal, &shell.load(""), "[s3 expired] ready> ");
        line(&mut terminal, "assume --renew -q", "m] ready> ");
        let shown = leave(terminal);
        assert!(!shown.contains("have expired"), "{}: {shown}", shell.script);
    }
}
