//! The prompt and its cost, and the line when the keys have expired.

use std::fs;

use super::super::super::harness::{Case, installed, start};
use super::{ALL, Elvish, Nu, Tcsh, Xonsh, done, prompt_after};

#[test]
fn the_prompt_has_the_role_and_if_possible_the_time() {
    for shell in ALL {
        for (seconds, time, color) in [
            (9010, " 2h30m", ""),
            (2550, " 42m", ""),
            (299, " 4m", "33m"),
            (30, " <1m", "33m"),
            (-5, " expired", "31m"),
        ] {
            let (time, color) = if shell.tells_time() { (time, color) } else { ("", "") };
            // The prompt of these two is the same at any time.
            if !shell.tells_time() && seconds != 2550 {
                continue;
            }
            for (no_color, color) in [("", color), ("1", "")] {
                if no_color == "1" && color.is_empty() && seconds != 299 {
                    continue;
                }
                let case =
                    Case::new().pretending("s3", seconds).var("TERM", "xterm").var("NO_COLOR", no_color);
                let mut terminal = case.hooked_other(shell, &[]);
                let prompt = prompt_after(&mut terminal, shell, "", |prompt| prompt.contains("[s3"));
                let at =
                    prompt.find(&format!("[s3{time}]")).unwrap_or_else(|| panic!("{shell:?}: {prompt:?}"));
                let before = prompt[..at].trim_end_matches('\x02');
                assert_eq!(
                    before.ends_with("33m") || before.ends_with("31m"),
                    !color.is_empty(),
                    "{shell:?}: {prompt:?}"
                );
                assert!(before.ends_with(color), "{shell:?}: {prompt:?}");
            }
        }
    }
}

/// Another tool sets the prompt after the hook was loaded.
#[test]
fn a_prompt_that_is_set_later_has_the_role() {
    for shell in ALL {
        let case = Case::new().pretending("my dev", 2550).var("TERM", "xterm");
        let mut terminal = case.hooked_other(shell, &[]);
        let later = match shell {
            Tcsh => "set prompt='la''ter rea''dy> '",
            Elvish => "set edit:prompt = { put la'ter 'rea''dy'> ' }",
            Nu => "$env.PROMPT_COMMAND = {|| 'la' + 'ter rea' + 'dy> ' }",
            Xonsh(_) => "$PROMPT = 'la' + 'ter rea' + 'dy> '",
        };
        let time = if shell.tells_time() { " 42m" } else { "" };
        let shown = format!("[my dev{time}] later ");
        prompt_after(&mut terminal, shell, later, |_| true);
        prompt_after(&mut terminal, shell, "", |prompt| prompt.contains(&shown));
    }
}

/// Once, before the next command, and not before a command that renews.
#[test]
fn one_line_says_that_the_keys_have_expired() {
    for shell in ALL {
        let case = Case::new().holding(["s3"]).var("TERM", "xterm");
        let mut terminal = case.hooked_other(shell, &[]);
        done(&mut terminal, shell, &shell.set("ASSUME_ENV_EXPIRES", "1"));
        done(&mut terminal, shell, "/bin/true");
        done(&mut terminal, shell, "/bin/true");
        prompt_after(&mut terminal, shell, "assume --renew -q", |prompt| !prompt.contains("expired"));
        let lines = terminal
            .shown()
            .matches("the keys of s3 have expired; to renew them, type assume --renew")
            .count();
        assert_eq!(lines, usize::from(shell.tells_time()), "{shell:?}");
    }
}

/// The cost of a prompt: no process, in a shell with a session.
#[test]
fn a_prompt_starts_no_process_and_a_switch_writes_no_key() {
    let strace = installed("strace");
    for shell in ALL {
        let case = Case::new().holding(["s3"]).var("TERM", "xterm");
        let trace = case.path("trace");
        let mut terminal = case.hooked_other(shell, &[]);
        done(&mut terminal, shell, "");
        let parent = terminal.id();
        let children =
            fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).expect("a process");
        let pid = children.split_whitespace().next().unwrap_or(&parent.to_string()).to_owned();
        let mut command = case.command(&strace);
        command
            .args(["-f", "-qq", "-s", "4000", "-e", "trace=execve,write,pwrite64", "-o"])
            .arg(&trace)
            .args(["-p", &pid]);
        let strace = start(command);
        let read = || fs::read_to_string(&trace).unwrap_or_default();
        // strace needs a moment to attach.
        let begin = std::time::Instant::now();
        while !read().contains("write(") && begin.elapsed() < std::time::Duration::from_secs(30) {
            done(&mut terminal, shell, "");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        for _ in 0..5 {
            done(&mut terminal, shell, "");
        }
        assert!(read().contains("write(") && !read().contains("execve("), "{shell:?}: {}", read());
        done(&mut terminal, shell, "assume --renew");
        terminal.send("exit\r");
        terminal.end();
        strace.end();
        let secret = case.sts.world(|world| world.sessions()[1].secret_access_key.clone());
        let writes = read();
        // The one write is that of the program, into the pipe to the shell.
        assert_eq!(
            writes.lines().filter(|call| call.contains("write") && call.contains(&secret)).count(),
            1,
            "{shell:?}"
        );
        assert!(writes.contains("execve("), "{shell:?}: the trace would show one");
    }
}

#[test]
fn a_hostile_name_is_shown_sanitised_and_nothing_runs() {
    let names = ["$(touch ran)`touch ran`;touch ran", "%n%{x{RED}{cwd}é!!", "\x1b[31mred", "a\nb", "-n'\"\\"];
    for shell in ALL {
        for name in names {
            let case =
                Case::new().pretending(name, 2550).var("TERM", "xterm").var("ASSUME_ENV_NARROWED", "x");
            let mut terminal = case.hooked_other(shell, &[]);
            let prompt = prompt_after(&mut terminal, shell, "", |prompt| prompt.contains(']'));
            let label = prompt.rsplit('[').next().expect("a text");
            let label = label.split(['*', ']']).next().expect("a text");
            let plain = |c: char| c.is_ascii_alphanumeric() || " _.,+=@:/-?".contains(c);
            assert!(!label.is_empty() && label.chars().all(plain), "{shell:?} {name:?}: {prompt:?}");
            assert!(!case.path("ran").exists(), "{shell:?}: {name}");
        }
    }
}
