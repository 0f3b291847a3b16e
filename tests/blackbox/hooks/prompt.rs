//! The prompt: the role and the time left before the user's own prompt, and the one line when the keys have
//! expired. No part of a name is run, and the status of the last command does not change.

use std::fs;
use std::thread;
use std::time::Duration;

use super::super::harness::{Case, now};
use super::{ALL, BASH, DASH, FISH, RICH, ZSH, leave, line};

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
            let plain = |c: char| c.is_ascii_alphanumeric() || " _.,+=@:/-?".contains(c);
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
    let case = Case::new().pretending("a%n", 290).var("TERM", "xterm");
    let script = "p10k() { echo \"seg: $@.\" }; prompt_assume_env; ASSUME_ENV_EXPIRES=1 prompt_assume_env; ASSUME_ENV_EXPIRES= prompt_assume_env; unset AWS_ACCESS_KEY_ID; prompt_assume_env; echo do''ne";
    let mut terminal = case.at_prompt(ZSH);
    let shown = line(&mut terminal, script, "done");
    assert!(shown.contains("seg: segment -f yellow -t a?n 4m."), "{shown}");
    assert!(shown.contains("seg: segment -f red -t a?n expired."), "{shown}");
    assert!(shown.contains("seg: segment -t a?n."), "{shown}");
    assert_eq!(shown.matches("seg: s").count(), 3, "{shown}");
    leave(terminal);
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

/// A name of the environment is no clock: zsh and mksh ran what was in it, and an old time showed expired keys as
/// valid.
#[test]
fn the_clock_is_that_of_the_shell() {
    for shell in ALL {
        for value in ["x[$(touch ran)]", "psvar[$(touch ran)]", "1000000000", "1e9", "08"] {
            let mut case = Case::new().pretending("s3", -5).var("SECONDS", "1000000000");
            for name in ["EPOCHSECONDS", "EPOCHREALTIME", "RANDOM", "__assume_env_until", "__assume_env_now"]
            {
                case = case.var(name, value);
            }
            let mut terminal = case.at_prompt(shell);
            line(&mut terminal, "echo do''ne", "done");
            terminal.expect("[s3 expired] ready> ");
            leave(terminal);
            assert!(!case.path("ran").exists(), "{} {value}", shell.script);
        }
    }
}

/// Nor is a variable that the user sets, or unsets so that it is a variable like any other.
#[test]
fn a_variable_of_the_user_is_no_clock() {
    for shell in ALL.into_iter().filter(|shell| !shell.is_fish()) {
        let case = Case::new().pretending("s3", -5);
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "SECONDS=0; EPOCHSECONDS=1000000000; echo don''e", "done");
        terminal.expect("[s3 expired] ready> ");
        line(&mut terminal, "unset EPOCHSECONDS; EPOCHSECONDS='x[$(touch ran)]'; echo don''e", "done");
        terminal.expect("[s3");
        leave(terminal);
        assert!(!case.path("ran").exists(), "{}", shell.script);
    }
}

/// The role is shown with its blanks.
#[test]
fn a_name_with_blanks_is_shown() {
    for shell in ALL {
        let case = Case::new().pretending("my dev", 2550);
        let mut terminal = case.at_prompt(shell);
        terminal.send("\n");
        terminal.expect("[my dev 42m] ready> ");
        leave(terminal);
    }
}

/// Options that change what a line of the hook means: the prompt stays right, and says nothing.
#[test]
fn the_prompt_works_under_every_option() {
    for (shell, settings) in [
        (
            BASH,
            &[
                "IFS=_",
                "IFS=:; IFS=$IFS[]",
                "IFS=0123456789",
                "set -o posix",
                "set -u",
                "set -f",
                "set -a",
                "set -k",
                "shopt -s nocasematch extglob xpg_echo nullglob failglob",
                "shopt -u sourcepath patsub_replacement",
                "set +B",
                "LC_ALL=C",
                "LC_ALL=C.UTF-8",
            ][..],
        ),
        (
            ZSH,
            &[
                "IFS=_",
                "setopt force_float",
                "setopt ksh_arrays",
                "setopt sh_word_split",
                "setopt no_unset",
                "setopt glob_subst",
                "setopt ksh_glob",
                "setopt csh_null_glob",
                "setopt octal_zeroes",
                "setopt prompt_bang",
                "setopt err_return",
                "setopt extended_glob",
                "setopt warn_create_global",
                "setopt null_glob",
                "setopt rc_expand_param",
                "setopt c_bases",
                "setopt ignore_braces",
                "setopt typeset_silent",
                "setopt posix_identifiers",
                "setopt all_export",
                "LC_ALL=C",
                "alias -g expired=x; alias local=false printf=false",
                "typeset() { false }; printf() { false }",
            ],
        ),
        (
            FISH,
            &[
                "set -g IFS _",
                "set -gx LC_ALL C",
                "function math; end; function path; end",
                "set -g COLUMNS x",
            ],
        ),
        (DASH, &["IFS=_", "IFS=0123456789", "set -u", "set -f", "set -a", "LC_ALL=C"]),
    ] {
        for setting in settings {
            let case = Case::new().pretending("s3", 3990);
            let mut terminal = case.at_prompt(shell);
            let mut shown = line(&mut terminal, &format!("{setting}; echo don''e"), "done");
            shown += &terminal.expect("[s3 1h06m] ready> ");
            shown += &line(
                &mut terminal,
                &shell.set("ASSUME_ENV_EXPIRES", &(now() + 1000).to_string()),
                "[s3 16m] ready> ",
            );
            shown += &line(&mut terminal, "", "[s3 16m] ready> ");
            let shown = shown.to_lowercase();
            let words = ["error", "not found", "unbound", "no match", "not set", "bad ", "__assume_env"];
            let found = words.into_iter().find(|word| shown.contains(word));
            assert_eq!(found, None, "{} {setting}: {shown}", shell.script);
            leave(terminal);
        }
    }
}

/// As virtualenv does it: its prompt calls the one before, and `deactivate` brings that back.
const VIRTUALENV: &str = "functions -c fish_prompt _old_fish_prompt
function fish_prompt
    set -l old_status $status
    printf '(venv) '
    echo \"exit $old_status\" | .
    _old_fish_prompt
end
function deactivate
    functions -e fish_prompt
    functions -c _old_fish_prompt fish_prompt
    functions -e _old_fish_prompt
end
";

/// The hook was loaded with the prompt of virtualenv around its own: each called the other, without an end.
#[test]
fn the_prompt_of_fish_survives_virtualenv() {
    let case = Case::new().pretending("s3", 2550);
    fs::write(case.path("activate.fish"), VIRTUALENV).expect("it can be written");
    let mut terminal = case.at_prompt(FISH);
    line(&mut terminal, "function fish_prompt; echo -n \"<$status> rea\"dy'> '; end", "[s3 42m] <0> ready> ");
    line(&mut terminal, "source activate.fish", "[s3 42m] (venv) <0> ready> ");
    for _ in 0..2 {
        line(&mut terminal, &FISH.load(""), "[s3 42m] (venv) <0> ready> ");
        line(&mut terminal, "false", "[s3 42m] (venv) <1> ready> ");
    }
    line(&mut terminal, "deactivate", "[s3 42m] <0> ready> ");
    line(&mut terminal, &FISH.load(""), "[s3 42m] <0> ready> ");
    line(&mut terminal, "source activate.fish; deactivate; false", "[s3 42m] <1> ready> ");
    let shown = leave(terminal);
    for word in ["rror", "nknown", "stack", "overflow", "functions:"] {
        assert!(!shown.contains(word), "{shown}");
    }
}

/// What others define later, and what they pass on.
#[test]
fn the_prompt_of_fish_finds_its_place_again() {
    let case = Case::new().pretending("s3", 2550);
    let mut terminal = case.at_prompt(FISH);
    line(
        &mut terminal,
        "function fish_prompt; echo -n \"args <$argv> rea\"dy'> '; end",
        "[s3 42m] args <> ready> ",
    );
    // As fish 4.1 calls it for a transient prompt.
    line(&mut terminal, "fish_prompt --final-rendering; echo", "args <--final-rendering> ready> ");
    terminal.expect("[s3 42m] args <> ready> ");
    // As starship and tide do.
    line(&mut terminal, "functions -e fish_mode_prompt", "ready> ");
    line(&mut terminal, "", "[s3 42m] args <> ready> ");
    line(&mut terminal, "function fish_mode_prompt; echo -n mo'de '; end", "mode args <> ready> ");
    line(&mut terminal, "", "[s3 42m] mode args <> ready> ");
    // A function around the one of the hook.
    let around =
        "functions -c fish_mode_prompt inner; function fish_mode_prompt; echo -n ou'ter '; inner; end";
    line(&mut terminal, around, "outer [s3 42m] mode args <> ready> ");
    line(&mut terminal, "read -P 'na''me> ' it", "name> ");
    let shown = line(&mut terminal, "x", "ready> ");
    assert_eq!(shown.matches("[s3").count(), 1, "{shown}");
    line(&mut terminal, "fish_config prompt choose arrow", "[s3 42m] ");
    let shown = leave(terminal);
    assert!(!shown.contains("rror"), "{shown}");
}

/// As tide does it: the first line is as wide as the terminal, and fish_prompt.fish defines the right prompt too.
#[test]
fn a_prompt_as_wide_as_the_terminal_gets_the_role_on_the_right() {
    let case = Case::new().pretending("s3", 2550).var("TERM", "xterm");
    let tide = "function _tide_print_item; end
function fish_mode_prompt; end
function fish_prompt; string repeat -n $COLUMNS .; echo -n 're''ady> '; end
function fish_right_prompt; echo -n right; end
";
    fs::write(case.path("tide.fish"), tide).expect("it can be written");
    let mut terminal = case.bare_prompt(FISH);
    let shown = line(&mut terminal, &format!("source tide.fish; {}", FISH.load("")), "[s3 42m] right");
    assert!(shown.contains(&".".repeat(1000)) && !shown.contains("[s3"), "{shown}");
    line(
        &mut terminal,
        "set -g tide_right_prompt_items assume_env; functions -e fish_right_prompt; echo do''ne",
        "done",
    );
    terminal.expect("ready> ");
    let shown = line(&mut terminal, "", "ready> ");
    assert!(!shown.contains("[s3"), "{shown}");
    leave(terminal);
}

/// As starship, loaded after the hook, and liquidprompt, which switches the expansion of variables off.
#[test]
fn a_prompt_that_is_loaded_later_shows_the_role() {
    const LATER: [&str; 3] = [
        r#"before=$PROMPT_COMMAND; starlike() { eval "$before"; PS1="<$?> st"'ar> '; }; PROMPT_COMMAND=starlike"#,
        r#"before=$PROMPT_COMMAND; starlike() { eval "$before"; PS1="<$?> st"'ar> '; }; PROMPT_COMMAND=starlike; shopt -u promptvars"#,
        r#"starlike() { PS1="<$?> st"'ar> '; }; PROMPT_COMMAND+=(starlike)"#,
    ];
    for later in LATER {
        let case = Case::new().pretending("s3", 2550);
        let mut terminal = case.at_prompt(BASH);
        line(&mut terminal, later, "star> ");
        line(&mut terminal, "", "[s3 42m] <0> star> ");
        line(&mut terminal, "", "[s3 42m] <0> star> ");
        line(&mut terminal, "ASSUME_ENV_EXPIRES=1", "[s3 expired] <0> star> ");
        let shown = line(&mut terminal, "unset ASSUME_ENV_KEY_ID", "star> ");
        assert!(!shown.contains("[s3"), "{later}: {shown}");
        leave(terminal);
    }
    let case = Case::new().pretending("s3", 2550);
    let mut terminal = case.at_prompt(ZSH);
    let later = "starlike() { PS1='<%?> st''ar> '; }; precmd_functions+=(starlike)";
    line(&mut terminal, &later.replace("''", "\"\"").replace("st\"\"ar", "st'a'r"), "[s3 42m] <0> star> ");
    line(&mut terminal, "false", "[s3 42m] <1> star> ");
    leave(terminal);
}

/// Nothing runs at the prompt then: it says so once, and never shows an earlier role.
#[test]
fn a_replaced_prompt_command_is_said_once() {
    const LINE: &str = "assume-env: PROMPT_COMMAND was replaced, so the prompt no longer shows the role";
    for replaced in ["PROMPT_COMMAND=:", "unset PROMPT_COMMAND", "PROMPT_COMMAND=(: :)"] {
        let case = Case::new().pretending("s3", 2550);
        let mut terminal = case.at_prompt(BASH);
        let mut shown = line(&mut terminal, replaced, "ready> ");
        for _ in 0..3 {
            shown += &line(&mut terminal, "export ASSUME_ENV_PROFILE=other", "ready> ");
        }
        assert_eq!(shown.matches(LINE).count(), 1, "{replaced}: {shown}");
        assert!(!shown.contains("[s3 42m] ready> export"), "{replaced}: {shown}");
        line(&mut terminal, &BASH.load(""), "[other 42m] ready> ");
        leave(terminal);
    }
    // Without a session the prompt has no role to show.
    let case = Case::new();
    let mut terminal = case.at_prompt(BASH);
    line(&mut terminal, "PROMPT_COMMAND=:", "ready> ");
    line(&mut terminal, "", "ready> ");
    let shown = leave(terminal);
    assert!(!shown.contains("assume-env: PROMPT"), "{shown}");
}

/// As spaceship does it: a process ends while the user types, and PROMPT is written and drawn again.
#[test]
fn a_theme_that_draws_the_prompt_again_leaves_the_role() {
    let case = Case::new().pretending("s3", 2550);
    let theme = "draw() { zle -F $1; exec {fd}<&-; PROMPT='asy''nc> '; zle .reset-prompt; zle -R }
        start() { PROMPT='fir''st> '; exec {fd}< <(sleep 0.2; echo); zle -F $fd draw }
        autoload -Uz add-zsh-hook; add-zsh-hook precmd start";
    fs::write(case.path("theme"), theme.replace("''", "")).expect("it can be written");
    let mut terminal = case.bare_prompt(ZSH);
    line(&mut terminal, &format!(". ./theme; {}", ZSH.load("")), "[s3 42m] first> ");
    terminal.expect("async> ");
    line(&mut terminal, "echo on''e", "one");
    terminal.expect("first> ");
    terminal.expect("[s3 42m] ");
    terminal.expect("async> ");
    terminal.expect("[s3 42m] ");
    line(&mut terminal, "echo tw''o", "two");
    leave(terminal);
}

/// A theme that has segments and not this one.
#[test]
fn powerlevel10k_without_the_segment_shows_the_role() {
    for (elements, shows) in [("dir", true), ("dir assume_env", false)] {
        let case = Case::new().pretending("s3", 2550);
        let mut terminal = case.bare_prompt(ZSH);
        let theme = format!("p10k() {{ }}; POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=({elements})");
        line(&mut terminal, &format!("{theme}; {}", ZSH.load("")), "ready> ");
        let shown = line(&mut terminal, "echo do''ne", "done");
        assert_eq!(shown.contains("[s3 42m] "), shows, "{shown}");
        leave(terminal);
    }
}

/// The environment of a command whose keys renew themselves. The name of the helper's process says whether they are renewed.
#[test]
fn keys_that_renew_themselves_are_shown_without_a_time() {
    let outside = Case::new();
    let command = outside.refreshed(&["-q", "s3"]);
    let of_session = |name: &str| name.starts_with("AWS_") || name.starts_with("ASSUME_ENV_");
    for shell in RICH.into_iter().chain([DASH]) {
        let mut case = Case::new();
        for (name, value) in command.env.iter().filter(|(name, _)| of_session(name)) {
            case = case.var(name, value);
        }
        let mut terminal = case.at_prompt(shell);
        line(&mut terminal, "true", "[s3] ready> ");
        // Process 1 is another program; and no path is made of anything but digits.
        for other in ["1", "../../dev/stdin"] {
            line(&mut terminal, &shell.set("ASSUME_ENV_HELPER", other), "ready> ");
            let shown = if shell.person == DASH.person { "[s3] ready> " } else { "[s3 not renewed] ready> " };
            line(&mut terminal, "true", shown);
        }
        // Other keys have priority over the address.
        let keys = if shell.is_fish() {
            "set -gx AWS_ACCESS_KEY_ID AKIAMINE"
        } else {
            "export AWS_ACCESS_KEY_ID=AKIAMINE"
        };
        line(&mut terminal, &format!("{keys}; echo chan''ged"), "changed");
        let before = terminal.expect("ready> ");
        assert!(!before.contains("[s3"), "{}: {before}", shell.script);
        leave(terminal);
    }
}
