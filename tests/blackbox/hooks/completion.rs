//! Completion: the line that results when the user presses TAB in it, and then runs it.

use std::fmt::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::super::harness::{Case, finish, installed, start};
use super::super::terminal::Terminal;
use super::{BASH, FISH, RICH, Shell, ZSH, leave, line};

/// The key that clears the line: Ctrl-U.
const CLEAR: &str = "\x15";

/// Lines with a TAB in them, and the output when they run.
const LINES: [(&str, &str); 18] = [
    ("assume --explain pro\t", "prod leads to "),
    ("assume-env --explain pro\t", "prod leads to "),
    ("assume --explain a:\t", "a:b=c@d leads to "),
    ("assume --explain a:b=\t", "a:b=c@d leads to "),
    ("assume --explain a:b=c@\t", "a:b=c@d leads to "),
    ("assume --explain my\t", "my role leads to "),
    ("assume --explain 'my\t", "my role leads to "),
    ("assume --explain ROLE\t", "my role leads to "),
    ("assume --explain \"my r\t", "my role leads to "),
    ("assume --explain my\\ r\t", "my role leads to "),
    ("assume --expl\tprod", "prod leads to "),
    ("assume --explain prod --region mx-c\t", "gets the region mx-central-1 "),
    ("assume --explain prod -r il-\t", "gets the region il-central-1 "),
    ("assume --explain -q --duration 15m pro\t", "prod leads to "),
    (
        "assume --explain --source-profile ba\t arn:aws:iam::123456789012:role/x",
        "starts from the keys of profile base ",
    ),
    ("assume-env --init pos\t | head -n 1", "hook for dash, ksh, mksh"),
    ("assume-env --clear --format=fi\t | head -c 5", "begin"),
    ("assume-env --clear -ffi\t | head -c 5", "begin"),
];

fn profiles() -> Case {
    let mut config = String::new();
    for name in ["prod", "a:b=c@d", "my role", "$(touch ran)", "x`touch ran`", "y;touch ran"] {
        let _ = writeln!(
            config,
            "[profile \"{name}\"]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base"
        );
    }
    Case::new().more_config(&config)
}

/// A shell whose start-up file has lines before and after the hook.
fn ready(case: &Case, shell: Shell, before: &str, after: &str) -> Terminal {
    let mut terminal = case.bare_prompt(shell);
    for part in [before, &shell.load(""), after] {
        line(&mut terminal, &format!("{part}\necho don''e"), "done");
        terminal.expect("ready> ");
    }
    terminal
}

const ZSH_SYSTEM: &str = "autoload -Uz compinit; compinit -D";

/// Shells with and without a completion system of their own.
fn setups() -> [(Shell, &'static str, &'static str); 6] {
    let completion = "/usr/share/bash-completion/bash_completion";
    assert!(std::path::Path::new(completion).exists(), "install the Debian package bash-completion");
    [
        (BASH, "", ""),
        (BASH, ". /usr/share/bash-completion/bash_completion", ""),
        (BASH, "set -o posix", ""),
        (ZSH, ZSH_SYSTEM, ""),
        (ZSH, "", ZSH_SYSTEM),
        (FISH, "", ""),
    ]
}

#[test]
fn a_tab_completes() {
    for (shell, before, after) in setups() {
        let case = profiles();
        let mut terminal = ready(&case, shell, before, after);
        for (typed, shown) in LINES {
            terminal.send(&format!("{typed}\n"));
            terminal.expect(shown);
            terminal.expect("ready> ");
        }
        leave(terminal);
        assert!(!case.path("ran").exists(), "{}", shell.script);
    }
}

/// A name that a shell would run is completed to a word that is that name.
#[test]
fn hostile_names_are_quoted() {
    for (shell, before, after) in setups() {
        let case = profiles();
        let mut terminal = ready(&case, shell, before, after);
        for (typed, shown) in [
            ("x\t", "x`touch ran` leads to "),
            ("y\t", "y;touch ran leads to "),
            ("'$\t", "$(touch ran) leads to "),
        ] {
            terminal.send(&format!("assume --explain {typed}\n"));
            terminal.expect(shown);
            terminal.expect("ready> ");
        }
        leave(terminal);
        assert!(!case.path("ran").exists(), "{}", shell.script);
    }
}

#[test]
fn after_the_dashes_the_command_completes_itself() {
    for (shell, before, after) in setups() {
        let case = profiles();
        case.program("bin/mytool", "#!/bin/sh\necho \"got <$*>\"\n");
        let path = format!("{}:{}", case.path("bin").display(), case.value("PATH").expect("a path"));
        let case = case.var("PATH", path);
        let mut terminal = ready(&case, shell, before, after);
        let own = match shell.script {
            "bash" => {
                "_mytool() { COMPREPLY=($(compgen -W 'alpha' -- \"$2\")); }; complete -F _mytool mytool"
            }
            "zsh -f" => "_mytool() { compadd alpha }; compdef _mytool mytool",
            _ => "complete -c mytool -x -a alpha",
        };
        line(&mut terminal, own, "ready> ");
        for typed in ["assume prod -- mytool al\t", "assume-env -q prod -- mytool --x al\t"] {
            terminal.send(&format!("{}\n", typed.replace("prod", "s3")));
            terminal.expect("alpha>");
            terminal.expect("ready> ");
        }
        terminal.send("assume s3 -- myto\tbeta\n");
        terminal.expect("got <beta>");
        leave(terminal);
    }
}

/// `complete -C`, as the AWS CLI uses it, without bash-completion.
#[test]
fn a_completing_program_is_called() {
    let case = profiles();
    let completer = case
        .program("bin/completer", "#!/bin/sh\necho \"$COMP_LINE|$COMP_POINT|$1|$2|$3\" >asked\necho alpha\n");
    let mut terminal = ready(&case, BASH, "", "");
    line(&mut terminal, &format!("complete -C '{}' echo", completer.display()), "ready> ");
    terminal.send("assume s3 -- echo got al\t\n");
    terminal.expect("got alpha");
    leave(terminal);
    assert_eq!(
        std::fs::read_to_string(case.path("asked")).expect("it was asked"),
        "echo got al|11|echo|al|got\n"
    );
}

/// A list says what each candidate is: a flag its purpose, a profile its account and role.
#[test]
fn a_list_has_descriptions() {
    for (shell, before, after) in setups() {
        let case = profiles().var("TERM", "xterm").more_config(
            "[profile prod-eu]\nrole_arn = arn:aws:iam::444455556666:role/Admin\nsource_profile = base\n\
             mfa_serial = arn:aws:iam::123456789012:mfa/ann\n",
        );
        let mut terminal = ready(&case, shell, before, after);
        // bash lists when one more TAB adds nothing.
        terminal.send("assume pro\t\t\t");
        terminal.expect("444455556666 Admin · mfa");
        line(&mut terminal, &format!("{CLEAR}echo do''ne"), "done");
        terminal.expect("ready> ");
        terminal.send("assume prod --mfa-\t\t\t");
        terminal.expect("the MFA device whose code is sent");
        line(&mut terminal, &format!("{CLEAR}echo do''ne"), "done");
        terminal.expect("ready> ");
        leave(terminal);
    }
}

/// With `show-all-if-ambiguous`, bash lists and inserts at once: the line gets no description.
#[test]
fn a_description_is_not_inserted() {
    for setting in ["show-all-if-ambiguous", "show-all-if-unmodified"] {
        let case = profiles().var("TERM", "xterm").more_config("[profile prod-eu]\nregion = eu-west-1\n");
        let mut terminal = ready(&case, BASH, "", "");
        line(&mut terminal, &format!("bind 'set {setting} on'"), "ready> ");
        terminal.send("assume --explain pr\t\t\t");
        terminal.expect("no credentials");
        terminal.send("\n");
        terminal.expect("prod leads to");
        leave(terminal);
    }
}

/// What is wrong with files or the environment does not show in the line that the user types.
#[test]
fn a_broken_config_shows_nothing() {
    for (shell, before, after) in setups() {
        let case = Case::new().config("[profile prod]\nregion = eu-west-1\n[profile broken\n");
        let mut terminal = ready(&case, shell, before, after);
        for typed in ["assume --nos\t", "assume nosuch\t", "assume -q --source-profile nos\t", "assume -d\t"]
        {
            terminal.send(&format!("{typed}{CLEAR}"));
            let shown = line(&mut terminal, "echo do''ne", "done");
            assert!(!shown.contains("assume-env:"), "{}: {shown}", shell.script);
            terminal.expect("ready> ");
        }
        terminal.send("assume -q pro\t-- true\n");
        // The line has the name, so the program refuses the file.
        terminal.expect("the section header has no ]");
        leave(terminal);
    }
}

/// The files that a package installs complete without the hook, and say nothing when they are read.
#[test]
fn a_completion_file_completes_without_the_hook() {
    let place = |shell: Shell| match shell.script {
        "bash" => "assume-env.bash",
        "zsh -f" => "site/_assume-env",
        _ => "assume-env.fish",
    };
    for shell in RICH {
        let case = profiles();
        std::fs::create_dir(case.path("site")).expect("a folder");
        let name = shell.script.split(' ').next().expect("a name");
        let file = finish(case.assume_env(["--completions", name]));
        case.file(place(shell), file.succeeded());
        let mut terminal = case.bare_prompt(shell);
        let read = match shell.script {
            "zsh -f" => "fpath=($HOME/site $fpath); autoload -Uz compinit; compinit -D".to_owned(),
            _ => format!("source ./{}", place(shell)),
        };
        let shown = line(&mut terminal, &format!("{read}\necho don''e"), "done");
        assert!(!shown.contains("assume-env:"), "{shown}");
        terminal.expect("ready> ");
        for typed in ["assume-env --explain pro\t", "assume-env --expl\tprod"] {
            terminal.send(&format!("{typed}\n"));
            terminal.expect("prod leads to");
            terminal.expect("ready> ");
        }
        line(&mut terminal, "type assume || echo no''ne", "none");
        leave(terminal);
    }
}

/// Every answer comes from one call of the program.
#[test]
fn one_process_a_tab() {
    installed("strace");
    for shell in RICH {
        let case = profiles();
        let mut terminal = ready(&case, shell, if shell.script == ZSH.script { ZSH_SYSTEM } else { "" }, "");
        let pid = if shell.is_fish() { "$fish_pid" } else { "$$" };
        line(&mut terminal, &format!("echo {pid} >pid; echo do''ne"), "done");
        terminal.expect("ready> ");
        let pid = std::fs::read_to_string(case.path("pid")).expect("the shell wrote it");
        let trace = case.path("trace");
        let mut strace = case.command(installed("strace"));
        strace.args(["-f", "-e", "trace=execve,chdir,fchdir", "-o"]).arg(&trace).args(["-p", pid.trim()]);
        strace.stderr(Stdio::piped());
        let strace = start(strace);
        // The trace has begun when it shows a mark.
        let begun = || std::fs::read_to_string(&trace).is_ok_and(|text| text.contains("chdir("));
        for _ in 0..100 {
            if !begun() {
                line(&mut terminal, "cd .", "ready> ");
                thread::sleep(Duration::from_millis(20));
            }
        }
        assert!(begun(), "{}: strace traces nothing", shell.script);
        line(&mut terminal, "cd /", "ready> ");
        terminal.send("assume-env --expl\tprod\n");
        terminal.expect("prod leads to");
        terminal.expect("ready> ");
        line(&mut terminal, "cd /usr", "ready> ");
        terminal.send("assume-env --explain pro\t\n");
        terminal.expect("prod leads to");
        terminal.expect("ready> ");
        line(&mut terminal, "cd /", "ready> ");
        leave(terminal);
        strace.end();
        let text = std::fs::read_to_string(trace).expect("strace wrote it");
        let parts: Vec<&str> = text.split("chdir(").collect();
        let started = |part: &str| {
            part.lines().filter(|call| call.contains("execve(") && !call.contains("ENOENT")).count()
        };
        // The last three marks are before a flag, before a name, and after the name.
        let [flag, name, _] = parts[parts.len() - 3..] else { panic!("no marks: {text}") };
        assert_eq!((started(flag), started(name)), (2, 2), "{}: {text}", shell.script);
    }
}

/// A test of size, not of time: the name is found, and the shell continues.
#[test]
fn ten_thousand_profiles_complete() {
    let mut config = String::new();
    for number in 0..10_000 {
        let _ = writeln!(
            config,
            "[profile team-{number:05}]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base"
        );
    }
    for (shell, before, after) in setups() {
        let case = Case::new().config(&config);
        let mut terminal = ready(&case, shell, before, after);
        terminal.send("assume --explain team-0987\t6\n");
        terminal.expect("team-09876 leads to");
        leave(terminal);
    }
}
