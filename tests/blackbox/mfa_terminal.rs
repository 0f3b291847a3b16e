//! The prompt for a code, at a real terminal: seen while standard input, output and error are pipes, never echoed, and whatever
//! ends it, the terminal is as it was and no shell takes the end for success.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::harness::{Case, FIRST, KEY_ID, env_in};
use super::mfa::{DEVICE, protected};
use super::terminal::{CTRL_BACKSLASH, CTRL_C, CTRL_D, CTRL_Z, Terminal};

const PROMPT: &str = "assume-env: MFA code of arn:aws:iam::123456789012:mfa/base: ";

/// The shells that people type into, with nothing of their own start-up files, and the line that evaluates a role there.
const SHELLS: [(&str, &[&str], &str); 3] = [
    ("bash", &["--norc", "-i"], r#"eval "$(assume-env s3)" && echo rea''ched; env -0 >after"#),
    ("zsh", &["-f", "-i"], r#"eval "$(assume-env s3)" && echo rea''ched; env -0 >after"#),
    ("fish", &["--no-config", "-i"], "assume-env -f fish s3 | source; and echo rea''ched; env -0 >after"),
];

/// Runs a script of sh on a terminal.
fn script(case: &Case, script: &str) -> Terminal {
    case.terminal("dash", &["-c", script])
}

/// A shell that a person types into, ready for the first line.
fn interactive(case: &Case, shell: &str, args: &[&str]) -> Terminal {
    let mut terminal = case.terminal(shell, args);
    if shell == "fish" {
        terminal.send("function fish_prompt; echo -n 'rea''dy> '; end\n");
    } else {
        // mksh takes no PS1 from the environment when root calls it.
        terminal.send("PS1='rea''dy> '\n");
    }
    terminal.expect("ready> ");
    terminal.send("stty -g >before; echo star''ted\n");
    terminal.expect("started");
    terminal.expect("ready> ");
    terminal
}

/// Leaves such a shell; gives all that was shown.
#[track_caller]
fn leave(mut terminal: Terminal) -> String {
    terminal.send("exit\n");
    terminal.end().1
}

#[test]
fn the_prompt_is_seen_while_everything_is_a_pipe() {
    let case = protected();
    let mut terminal = script(&case, "echo input | assume-env s3 -- sh -c 'cat; echo said >&2' >out 2>err");
    assert_eq!(terminal.expect(PROMPT), "");
    assert!(!terminal.echoes());
    terminal.send("111111\n");
    let (status, shown) = terminal.end();
    assert!(status.success(), "{shown}");
    assert_eq!(shown.replace('\r', ""), format!("{PROMPT}\n"), "nothing else, and not the code");
    assert_eq!(fs::read_to_string(case.path("out")).expect("it was written"), "input\n");
    assert_eq!(fs::read_to_string(case.path("err")).expect("it was written"), "said\n");
    let made = case.request();
    assert_eq!((made.param("SerialNumber"), made.param("TokenCode")), (DEVICE, "111111"));
}

#[test]
fn the_prompt_works_inside_the_eval_of_every_shell() {
    for (shell, args, line) in SHELLS {
        let case = protected();
        let mut terminal = interactive(&case, shell, args);
        terminal.send(&format!("{line}\n"));
        terminal.expect(PROMPT);
        assert!(!terminal.echoes(), "{shell}");
        terminal.send("111111\n");
        terminal.expect("reached");
        let shown = leave(terminal);
        assert!(!shown.contains("111111"), "{shell}: {shown}");
        assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], FIRST, "{shell}");
    }
}

/// As xonsh 0.25 does it: the program has a process group of its own, is not stopped in the background, and comes to the front
/// only after it has started.
#[test]
fn a_shell_may_bring_the_program_to_the_front_late() {
    const SHELL: &str = "use POSIX; $SIG{TTIN} = $SIG{TTOU} = 'IGNORE'; my $child = fork;
        if (!$child) { setpgid(0, 0); exec qw(assume-env s3 -- cp /proc/self/environ after); }
        setpgid($child, $child); select(undef, undef, undef, 0.3); tcsetpgrp(0, $child); waitpid($child, 0);";
    let case = protected();
    let mut terminal = case.terminal("perl", &["-e", SHELL]);
    terminal.expect(PROMPT);
    terminal.send("111111\n");
    terminal.end();
    assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], FIRST);
}

#[test]
fn questions_ask_too() {
    for (mode, answer) in [("--whoami", "account  123456789012"), ("--buckets", "alpha")] {
        let case = protected();
        let mut terminal = script(&case, &format!("assume-env {mode} s3"));
        terminal.expect(PROMPT);
        terminal.send("111111\n");
        terminal.expect(answer);
        assert!(terminal.end().0.success());
    }
}

#[test]
fn a_wrong_code_is_asked_for_once_more() {
    let case = protected();
    let mut terminal = script(&case, r#"eval "$(assume-env s3)"; echo "status $? $AWS_ACCESS_KEY_ID""#);
    terminal.expect(PROMPT);
    terminal.send("999999\n");
    terminal.expect("with invalid MFA one time pass code.");
    terminal.expect("a code works once, and the next one starts in ");
    terminal.expect(PROMPT);
    assert!(!terminal.echoes());
    terminal.send("111111\n");
    terminal.expect(&format!("status 0 {FIRST}"));
    let (_, shown) = terminal.end();
    assert!(!shown.contains("999999") && !shown.contains("111111"), "{shown}");
    case.was_asked(["AssumeRole"; 2]);
    assert_eq!(case.signers(), [KEY_ID; 2]);
}

#[test]
fn two_wrong_codes_are_enough() {
    let case = protected();
    let mut terminal = script(&case, r#"eval "$(assume-env s3)"; echo "status $?""#);
    let before = terminal.settings();
    for _ in 0..2 {
        terminal.expect(PROMPT);
        terminal.send("999999\n");
    }
    terminal.expect("status 1");
    assert_eq!(terminal.settings(), before);
    terminal.end();
    case.was_asked(["AssumeRole"; 2]);
}

#[test]
fn another_refusal_is_no_reason_to_ask_again() {
    let case = protected();
    case.sts.world(|world| world.remove_role(super::harness::ROLE));
    let mut terminal = script(&case, r#"eval "$(assume-env s3)"; echo "status $?""#);
    terminal.expect(PROMPT);
    terminal.send("111111\n");
    let between = terminal.expect("status 1");
    assert!(!between.contains(PROMPT), "{between}");
    case.was_asked(["AssumeRole"]);
}

#[test]
fn what_is_no_code_is_asked_for_again_and_not_sent() {
    let case = protected();
    let mut terminal = script(&case, r#"eval "$(assume-env s3)"; echo "status $?""#);
    for typed in ["12345", "", "abcdef"] {
        terminal.expect(PROMPT);
        terminal.send(&format!("{typed}\n"));
        terminal.expect("a code is six digits");
    }
    terminal.expect("that is not an MFA code");
    terminal.expect("status 1");
    case.no_request_was_made();
    let mut terminal = script(&case, r#"eval "$(assume-env s3)"; echo "status $?""#);
    terminal.expect(PROMPT);
    terminal.send("1111111\n");
    terminal.expect(PROMPT);
    terminal.send("11111x\x7f1\n");
    terminal.expect("status 0");
    case.was_asked(["AssumeRole"]);
}

/// What was typed before the prompt was shown was not meant for it.
#[test]
fn what_was_typed_ahead_is_no_code() {
    let case = protected();
    let mut terminal = script(&case, r#"read go; eval "$(assume-env s3)"; echo "status $?""#);
    terminal.send("go\n111111\n");
    terminal.expect(PROMPT);
    terminal.send("222222\n");
    terminal.expect("status 0");
    assert_eq!(case.request().param("TokenCode"), "222222");
}

#[test]
fn a_device_cannot_steer_the_terminal() {
    let case = protected();
    let mut terminal = script(&case, "assume-env --mfa-serial '\x1b[31m]aaaaaaaaa' s3 | cat");
    terminal.expect("is not the name of an MFA device");
    let (_, shown) = terminal.end();
    assert!(!shown.contains("\x1b[31m"), "{shown:?}");
}

/// In a shell that keeps no settings of the terminal itself, they are as they were because the program gave them back.
#[test]
fn an_end_at_the_prompt_gives_the_settings_back() {
    for (key, text) in
        [(CTRL_C, ""), (CTRL_BACKSLASH, ""), (CTRL_D, "that is not an MFA code"), ("999999\n", PROMPT)]
    {
        for line in ["assume-env s3 -- true", r#"eval "$(assume-env s3)""#, "assume-env --whoami s3"] {
            let case = protected();
            let mut terminal = interactive(&case, "dash", &["-i"]);
            let before = terminal.settings();
            terminal.send(&format!("{line}\n"));
            terminal.expect(PROMPT);
            assert!(!terminal.echoes());
            terminal.send(key);
            if text == PROMPT {
                terminal.expect(PROMPT);
                terminal.send("111111\n");
            }
            let shown = terminal.expect("ready> ");
            assert!(text == PROMPT || shown.contains(text), "{line} {key:?}: {shown}");
            assert_eq!(terminal.settings(), before, "{line} {key:?}");
            leave(terminal);
        }
    }
}

#[test]
fn ctrl_c_at_the_prompt_stops_the_line_in_every_shell() {
    for (shell, args, line) in SHELLS {
        let case = protected().var("AWS_PROFILE", "mine");
        let mut terminal = interactive(&case, shell, args);
        terminal.send(&format!("{line}\n"));
        terminal.expect(PROMPT);
        terminal.interrupt("ready> ");
        terminal.send("stty -g >then; env -0 >now; echo go''ing\n");
        terminal.expect("going");
        let shown = leave(terminal);
        assert!(!shown.contains("reached"), "{shell}: {shown}");
        let settings = |name| fs::read_to_string(case.path(name)).expect("it was written");
        assert_eq!(settings("then"), settings("before"), "{shell}");
        let now = env_in(&case.path("now"));
        assert!(!now.contains_key("AWS_ACCESS_KEY_ID") && now["AWS_PROFILE"] == "mine", "{shell}");
        case.no_request_was_made();
    }
}

#[test]
fn ctrl_c_leaves_the_failing_text_and_kills() {
    let case = protected();
    let line =
        "trap : INT; { trap : INT; assume-env s3; echo $? >status; } | (trap '' INT; cat >text); echo do''ne";
    let mut terminal = script(&case, line);
    terminal.expect(PROMPT);
    terminal.send(CTRL_C);
    terminal.expect("done");
    assert_eq!(fs::read_to_string(case.path("text")).expect("it was written"), "(exit 130);\n");
    assert_eq!(fs::read_to_string(case.path("status")).expect("it was written"), "130\n");
    case.no_request_was_made();
}

#[test]
fn a_signal_from_outside_at_the_prompt_gives_the_settings_back() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGUSR1] {
        let case = protected();
        let line = r#"text=$(sh -c 'echo $$ >pid; exec env --default-signal assume-env s3'); echo "text $text" status $?"#;
        let mut terminal = script(&case, line);
        let before = terminal.settings();
        terminal.expect(PROMPT);
        let id = fs::read_to_string(case.path("pid")).expect("it was written");
        kill(Pid::from_raw(id.trim().parse().expect("a number")), signal).expect("it waits");
        terminal.expect(&format!("text (exit {});", 128 + signal as i32));
        assert_eq!(terminal.settings(), before, "{signal}");
        terminal.end();
        case.no_request_was_made();
    }
}

#[test]
fn ctrl_d_is_no_code() {
    for (shell, args, line) in SHELLS {
        let case = protected();
        let mut terminal = interactive(&case, shell, args);
        terminal.send(&format!("{line}\n"));
        terminal.expect(PROMPT);
        terminal.send(CTRL_D);
        terminal.expect("that is not an MFA code");
        terminal.expect("ready> ");
        terminal.send("echo go''ing\n");
        terminal.expect("going");
        let shown = leave(terminal);
        assert!(!shown.contains("reached"), "{shell}: {shown}");
        case.no_request_was_made();
    }
}

#[test]
fn ctrl_z_while_running_stops_and_asks_again() {
    for (shell, args) in [
        ("dash", &["-i"][..]),
        ("bash", &["--norc", "-i"]),
        ("zsh", &["-f", "-i"]),
        ("fish", &["--no-config", "-i"]),
    ] {
        let case = protected();
        let mut terminal = interactive(&case, shell, args);
        let before = terminal.settings();
        terminal.send("assume-env s3 -- sh -c 'echo ra''n; env -0 >after'\n");
        terminal.expect(PROMPT);
        terminal.send(CTRL_Z);
        terminal.expect("ready> ");
        if shell == "dash" {
            assert_eq!(terminal.settings(), before, "the program gave them back");
        }
        terminal.send("stty -g >then; echo sto''pped\n");
        terminal.expect("stopped");
        terminal.expect("ready> ");
        case.no_request_was_made();
        terminal.send("fg\n");
        terminal.expect(PROMPT);
        assert!(!terminal.echoes(), "{shell}");
        terminal.send("111111\n");
        terminal.expect("ran");
        terminal.expect("ready> ");
        terminal.send("stty -g >last; echo go''ing\n");
        terminal.expect("going");
        let shown = leave(terminal);
        assert!(!shown.contains("111111"), "{shell}: {shown}");
        let settings = |name| fs::read_to_string(case.path(name)).expect("it was written");
        assert_eq!((settings("then"), settings("last")), (settings("before"), settings("before")), "{shell}");
        assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], FIRST, "{shell}");
    }
}

#[test]
fn stopped_twice_it_still_asks() {
    let case = protected();
    let mut terminal = interactive(&case, "dash", &["-i"]);
    let before = terminal.settings();
    terminal.send("assume-env s3 -- echo ra''n\n");
    for _ in 0..3 {
        terminal.expect(PROMPT);
        terminal.send(CTRL_Z);
        terminal.expect("ready> ");
        assert_eq!(terminal.settings(), before);
        terminal.send("fg\n");
    }
    terminal.expect(PROMPT);
    terminal.interrupt("ready> ");
    assert_eq!(terminal.settings(), before);
    leave(terminal);
    case.no_request_was_made();
}

/// Stopped there, the shell around it would hang for good, or the program would not stop at all.
#[test]
fn ctrl_z_while_printing_is_ignored() {
    for (shell, args, line) in SHELLS {
        let case = protected();
        let mut terminal = interactive(&case, shell, args);
        terminal.send(&format!("{line}\n"));
        terminal.expect(PROMPT);
        terminal.send(CTRL_Z);
        terminal.send("111111\n");
        terminal.expect("reached");
        terminal.expect("ready> ");
        terminal.send("stty -g >then; echo go''ing\n");
        terminal.expect("going");
        leave(terminal);
        let settings = |name| fs::read_to_string(case.path(name)).expect("it was written");
        assert_eq!(settings("then"), settings("before"), "{shell}");
        assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], FIRST, "{shell}");
    }
}

/// The shells that have jobs; in zsh and mksh the message names the reason.
const JOBS: [(&str, &[&str]); 8] = [
    ("bash", &["--norc", "-i"]),
    ("zsh", &["-f", "-i"]),
    ("fish", &["--no-config", "-i"]),
    ("dash", &["-i"]),
    ("ksh", &["-i"]),
    ("mksh", &["-i"]),
    ("busybox", &["sh", "-i"]),
    ("yash", &["--norcfile", "-i"]),
];

/// Waits until the shell knows that its job has stopped.
#[track_caller]
pub fn wait_for_the_stop(terminal: &mut Terminal) {
    let mut shown = String::new();
    for round in 0..100 {
        terminal.send(&format!("jobs; echo lis''ted {round}\n"));
        shown = terminal.expect(&format!("listed {round}"));
        if ["topped", "suspended"].iter().any(|word| shown.contains(word)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the job has not stopped: {shown}");
}

/// The program stopped itself alone, so the shell saw a running job and `fg` did not continue it.
#[test]
fn a_script_in_the_background_stops_and_fg_lets_it_ask() {
    for (shell, args) in JOBS {
        for line in [
            "assume-env s3 -- cp /proc/self/environ after",
            r#"eval "$(assume-env s3)"; cp /proc/self/environ after; env -0 >after"#,
        ] {
            let case = protected();
            fs::write(case.path("deploy.sh"), format!("{line}\necho de''ployed\n"))
                .expect("it can be written");
            let mut terminal = interactive(&case, shell, args);
            terminal.send("sh deploy.sh &\n");
            terminal.expect("ready> ");
            wait_for_the_stop(&mut terminal);
            assert!(!terminal.shown().contains(PROMPT), "{shell}: it asks in the background");
            terminal.send("fg\n");
            terminal.expect(PROMPT);
            assert!(!terminal.echoes(), "{shell}");
            terminal.send("111111\n");
            terminal.expect("deployed");
            terminal.expect("ready> ");
            let shown = leave(terminal);
            assert!(!shown.contains("111111"), "{shell}: {shown}");
            assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], FIRST, "{shell} {line}");
        }
    }
}

/// A part of the shell itself is the job: it stops with the program.
#[test]
fn a_subshell_in_the_background_stops_and_fg_lets_it_ask() {
    for (shell, args) in JOBS.into_iter().filter(|(shell, _)| *shell != "fish") {
        let case = protected();
        let mut terminal = interactive(&case, shell, args);
        terminal.send("{ eval \"$(assume-env s3)\"; env -0 >after; echo reac''hed; } &\n");
        terminal.expect("ready> ");
        wait_for_the_stop(&mut terminal);
        terminal.send("fg\n");
        terminal.expect(PROMPT);
        terminal.send("111111\n");
        terminal.expect("reached");
        terminal.expect("ready> ");
        leave(terminal);
        assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], FIRST, "{shell}");
    }
}

/// After `bg`, the terminal belongs to the shell, so the program stops again; before, `fg` then left the echo on.
#[test]
fn stopped_and_sent_to_the_background_it_asks_without_an_echo() {
    for (shell, args) in JOBS {
        let case = protected();
        let mut terminal = interactive(&case, shell, args);
        terminal.send("assume-env s3 -- echo ra''n\n");
        terminal.expect(PROMPT);
        terminal.send(CTRL_Z);
        terminal.expect("ready> ");
        terminal.send("bg\n");
        terminal.expect("ready> ");
        wait_for_the_stop(&mut terminal);
        terminal.send("fg\n");
        terminal.expect(PROMPT);
        assert!(!terminal.echoes(), "{shell}");
        terminal.send("111111\n");
        terminal.expect("ran");
        terminal.expect("ready> ");
        let shown = leave(terminal);
        assert!(!shown.contains("111111"), "{shell}: {shown}");
    }
}

/// Two programs of one pipeline ask on one terminal: the second waits for the first, and each gets its own code.
#[test]
fn two_prompts_on_one_terminal_queue() {
    let case = protected();
    let mut terminal = script(
        &case,
        "assume-env s3 -- echo one 2>/dev/null | assume-env -q s3 -- sh -c 'cat; echo two'; echo over",
    );
    terminal.expect(PROMPT);
    // Time enough for the second to ask as well, if nothing held it back.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(terminal.shown().matches(PROMPT).count(), 1, "both ask at once");
    terminal.send("111111\n");
    // Whatever the first would show of the second's prompt stands before its own line break.
    assert_eq!(terminal.expect(PROMPT).trim(), "");
    terminal.send("222222\n");
    terminal.expect("one");
    terminal.expect("two");
    terminal.expect("over");
    let (_, shown) = terminal.end();
    assert_eq!(shown.matches(PROMPT).count(), 2, "{shown}");
    let mut codes: Vec<String> =
        case.sts.requests().iter().map(|made| made.param("TokenCode").to_owned()).collect();
    codes.sort();
    assert_eq!(codes, ["111111", "222222"]);
}

/// A stopped program does not keep the others from asking.
#[test]
fn a_prompt_that_was_stopped_lets_the_next_one_ask() {
    let case = protected();
    let mut terminal = interactive(&case, "bash", &["--norc", "-i"]);
    terminal.send("assume-env s3 -- echo fi''rst\n");
    terminal.expect(PROMPT);
    terminal.send(CTRL_Z);
    terminal.expect("ready> ");
    terminal.send("assume-env s3 -- echo sec''ond\n");
    terminal.expect(PROMPT);
    terminal.send("111111\n");
    terminal.expect("second");
    terminal.expect("ready> ");
    terminal.send("fg\n");
    terminal.expect(PROMPT);
    terminal.send("222222\n");
    terminal.expect("first");
    terminal.expect("ready> ");
    leave(terminal);
}

/// Another program held a lock on the terminal: the prompt waited for it without a word.
#[test]
fn a_prompt_that_waits_for_another_program_says_so() {
    let case = protected();
    let mut terminal =
        script(&case, "tty=$(tty); flock \"$tty\" sleep 3 & sleep 0.3; assume-env s3 -- echo rea''ched");
    let before = terminal.expect("assume-env: waiting for flock (process ");
    assert_eq!(before.trim(), "");
    terminal.expect("), which has a lock on this terminal; Ctrl-C ends the wait");
    terminal.expect(PROMPT);
    terminal.send("111111\n");
    terminal.expect("reached");
    assert!(terminal.end().0.success());

    // The process that took the lock has ended, and another one still has it.
    let case = protected();
    let mut terminal = script(
        &case,
        "tty=$(tty); (flock 9; exec sleep 5) 9<\"$tty\" & sleep 0.3; trap : INT; \
         { trap : INT; assume-env s3; echo $? >status; } | (trap '' INT; cat >text); echo do''ne",
    );
    terminal.expect("assume-env: waiting for another program, which has a lock on this terminal");
    terminal.send(CTRL_C);
    terminal.expect("done");
    assert_eq!(fs::read_to_string(case.path("text")).expect("it was written"), "(exit 130);\n");
    assert_eq!(fs::read_to_string(case.path("status")).expect("it was written"), "130\n");
    case.no_request_was_made();
}
