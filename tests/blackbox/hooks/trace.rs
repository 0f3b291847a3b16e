//! The system calls of a shell with the hook while a user types: no process for a prompt, no file for a
//! session.

use std::fs;

use super::super::harness::{Case, installed};
use super::{DASH, FISH, RICH, Shell, leave, line};

/// Runs lines in a traced shell, each between two marks; returns the calls of the shell and its children for
/// each.
fn traced(case: &Case, shell: Shell, lines: &[&str]) -> Vec<Vec<String>> {
    let trace = case.path("trace");
    let mut args = vec!["-f", "-qq", "-s", "200", "-o", trace.to_str().expect("a text"), "-e"];
    args.push("trace=chdir,fchdir,clone,clone3,fork,vfork,execve,open,openat,creat,rename,unlink,unlinkat,link,symlink,mkdir");
    args.extend(shell.person);
    let strace = installed("strace");
    let mut terminal = case.terminal(strace.to_str().expect("a text"), &args);
    if shell.is_fish() {
        terminal.send("function fish_prompt; echo -n 'rea''dy> '; end\n");
    } else {
        terminal.send("PS1='rea''dy> '\n");
    }
    terminal.expect("ready> ");
    line(&mut terminal, &format!("{}; echo loa''ded", shell.load("")), "loaded");
    terminal.expect("ready> ");
    for typed in lines {
        line(&mut terminal, "cd .", "ready> ");
        line(&mut terminal, typed, "ready> ");
    }
    line(&mut terminal, "cd .", "ready> ");
    leave(terminal);
    let text = fs::read_to_string(trace).expect("strace wrote it");
    let mut parts: Vec<Vec<String>> = vec![Vec::new()];
    for call in text.lines() {
        if call.contains("chdir(") {
            parts.push(Vec::new());
        }
        parts.last_mut().expect("one is there").push(call.to_owned());
    }
    assert_eq!(parts.len(), lines.len() + 2, "{}: every line is between marks: {text}", shell.script);
    parts[1..=lines.len()].to_vec()
}

/// The calls that start a process; threads are none.
fn processes(calls: &[String]) -> Vec<&String> {
    let starts = |call: &&String| {
        ["clone(", "clone3(", "fork(", "vfork(", "execve("].iter().any(|name| call.contains(name))
            && !call.contains("CLONE_THREAD")
            && !call.contains("resumed")
    };
    calls.iter().filter(starts).collect()
}

/// The calls that make or change a file.
fn written(calls: &[String]) -> Vec<&String> {
    let writes = |call: &&String| {
        let opened = (call.contains("open(") || call.contains("openat("))
            && ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| call.contains(flag))
            && !call.contains("\"/dev/");
        let changed = ["creat(", "rename(", "unlink(", "unlinkat(", "link(", "symlink(", "mkdir("];
        opened || changed.iter().any(|name| call.contains(name))
    };
    calls.iter().filter(writes).collect()
}

#[test]
fn a_prompt_starts_no_process() {
    for shell in RICH {
        let case = Case::new().pretending("s3", 2550);
        let set = shell.set("ASSUME_ENV_EXPIRES", "1");
        let parts = traced(&case, shell, &["", ":", &set, ":", "/bin/true"]);
        for part in &parts[..4] {
            assert!(processes(part).is_empty(), "{}: {part:#?}", shell.script);
        }
        assert!(!processes(&parts[4]).is_empty(), "{}: the trace would show one", shell.script);
    }
}

#[test]
fn the_function_writes_no_file() {
    for shell in [RICH[0], RICH[1], FISH, DASH] {
        let case = Case::new();
        let parts = traced(
            &case,
            shell,
            &["assume s3", "assume --renew", "assume --clear", "assume -", "echo x >here"],
        );
        for part in &parts[..4] {
            assert!(written(part).is_empty(), "{}: {:#?}", shell.script, written(part));
        }
        assert!(!written(&parts[4]).is_empty(), "{}: the trace would show one", shell.script);
        case.was_asked(["AssumeRole"; 3]);
    }
}
