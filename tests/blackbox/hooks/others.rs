//! The hooks of tcsh, elvish, nushell and xonsh on a terminal, as a person uses them: elvish has no line editor, and so no
//! prompt and no completion, anywhere else. PowerShell is not here: nothing could run its hook.

use std::fs;
use std::path::PathBuf;

use super::super::harness::{Case, FIRST, SECOND, aws_only, env_in, finish, installed, role, start, world};
use super::super::mfa::protected;
use super::super::terminal::{CTRL_C, Terminal};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shell {
    Tcsh,
    Elvish,
    Nu,
    Xonsh(&'static str),
}

use Shell::{Elvish, Nu, Tcsh, Xonsh};

const OLD_XONSH: Shell = Xonsh("xonsh");
const ALL: [Shell; 5] = [Tcsh, Elvish, Nu, OLD_XONSH, Xonsh("xonsh-0.25")];

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Tcsh => "tcsh",
            Elvish => "elvish",
            Nu => "nu",
            Xonsh(_) => "xonsh",
        }
    }

    fn command(self) -> (PathBuf, Vec<&'static str>) {
        match self {
            Tcsh => (installed("tcsh"), vec!["-f"]),
            Elvish => (installed("elvish"), vec!["-norc"]),
            Nu => (installed("nu"), vec!["--no-config-file"]),
            Xonsh(version) => (installed(version), vec!["--no-rc", "-DPROMPT=ready> "]),
        }
    }

    fn tells_time(self) -> bool {
        !matches!(self, Tcsh | Elvish)
    }

    /// The line that loads the hook from the file in the home folder; from a pipe old xonsh would lose some of it.
    fn load(self) -> &'static str {
        match self {
            Tcsh | Nu => "source hook",
            Elvish => "eval (slurp < hook)",
            Xonsh(_) => "execx(open('hook').read())",
        }
    }

    /// A line that prints a word, which does not stand in the line itself.
    fn mark(self, word: &str) -> String {
        let (begin, end) = word.split_at(2);
        match self {
            Tcsh | Elvish => format!("echo {begin}''{end}"),
            Nu | Xonsh(_) => format!("print ('{begin}' + '{end}')"),
        }
    }

    fn set(self, name: &str, value: &str) -> String {
        match self {
            Tcsh => format!("setenv {name} '{value}'"),
            Elvish => format!("set-env {name} '{value}'"),
            Nu => format!("$env.{name} = '{value}'"),
            Xonsh(_) => format!("${name} = '{value}'"),
        }
    }

    /// A line that shows `st-1-` when `assume nosuch` fails with that status, or without a status when it only fails.
    fn failing(self) -> &'static str {
        match self {
            Tcsh => "assume nosuch; echo st-$status-",
            Elvish => "try { assume nosuch } catch e { echo st-$e[reason][exit-status]- }",
            Nu => "try { assume nosuch } catch { print $'st-($env.LAST_EXIT_CODE)-' }",
            Xonsh(_) => "assume nosuch || echo @('st-1' + '-')",
        }
    }
}

impl Case {
    /// The shell at its first prompt.
    #[track_caller]
    fn other(&self, shell: Shell, hook: &[&str]) -> Terminal {
        let hook = finish(self.assume_env([&["--init", shell.name()], hook].concat()));
        self.file("hook", hook.succeeded());
        let (program, args) = shell.command();
        let mut terminal = self.terminal(program.to_str().expect("a text"), &args);
        terminal.knows_its_cursor();
        match shell {
            Tcsh => terminal.send("set prompt='rea''dy> '\r"),
            // Else it marks the prompt before as stale.
            Elvish => terminal.send("set edit:prompt-stale-threshold = 30; set edit:rprompt = { }; set edit:prompt = { put rea''dy'> ' }\r"),
            Nu => terminal
                .send("$env.PROMPT_INDICATOR = ''; $env.PROMPT_COMMAND_RIGHT = ''; $env.PROMPT_COMMAND = {|| 'rea' + 'dy> ' }\r"),
            Xonsh(_) => {}
        }
        terminal.expect("ready> ");
        typed(&mut terminal, shell, &shell.mark("started"), "started");
        terminal
    }

    /// The shell behind its hook.
    #[track_caller]
    fn hooked_other(&self, shell: Shell, hook: &[&str]) -> Terminal {
        let mut terminal = self.other(shell, hook);
        // Twice, as when a start-up file is read again.
        for word in ["loaded", "again"] {
            typed(&mut terminal, shell, &format!("{}; {}", shell.load(), shell.mark(word)), word);
        }
        terminal
    }
}

/// Types a line, waits for what it shows and for the prompt behind that; gives the prompt's line.
#[track_caller]
fn typed(terminal: &mut Terminal, shell: Shell, line: &str, shows: &str) -> String {
    terminal.send(&format!("{line}\r"));
    terminal.expect(shows);
    let prompt = terminal.expect("ready> ");
    assert!(!prompt.contains("rror"), "{shell:?}: {line}: {prompt}");
    prompt
}

/// Types a line that shows when it is done; gives the prompt behind it. On one line, because nu and the new xonsh ask where
/// their cursor is before each prompt, and drop what is typed at that moment.
#[track_caller]
fn done(terminal: &mut Terminal, shell: Shell, line: &str) -> String {
    let mark = shell.mark("done");
    let line = if line.is_empty() { mark } else { format!("{line}; {mark}") };
    typed(terminal, shell, &line, "done")
}

/// Types a line; gives the prompt behind it, which has to fit. elvish shows the prompt before until it has computed this one,
/// and nothing tells when it has: so there it may be one of the next prompts.
#[track_caller]
fn prompt_after(terminal: &mut Terminal, shell: Shell, line: &str, fits: impl Fn(&str) -> bool) -> String {
    let mut prompt = done(terminal, shell, line);
    for _ in 0..20 {
        if shell == Elvish && !fits(&prompt) {
            prompt = done(terminal, shell, "");
        }
    }
    assert!(fits(&prompt), "{shell:?}: {line}: {prompt:?}");
    prompt
}

/// Which variables a program gets from the shell.
#[track_caller]
fn held(case: &Case, terminal: &mut Terminal, shell: Shell) -> super::super::harness::Env {
    done(terminal, shell, "/bin/cp /proc/self/environ seen");
    aws_only(&env_in(&case.path("seen")))
}

fn two_roles() -> Case {
    Case::in_world(world().role(role("prod"))).var("TERM", "xterm").more_config(
        "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/prod\nsource_profile = base\n\
         [profile \"my role\"]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n\
         [profile \"$(touch ran)\"]\nregion = eu-west-1\n[profile \"x`touch ran`\"]\nregion = eu-west-1\n\
         [profile \"y;touch ran\"]\nregion = eu-west-1\n",
    )
}

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

#[test]
fn the_prompt_has_the_role_and_where_it_can_the_time() {
    for shell in ALL {
        for (seconds, time, color) in [
            (9010, " 2h30m", ""),
            (2550, " 42m", ""),
            (299, " 4m", "33m"),
            (30, " <1m", "33m"),
            (-5, " expired", "31m"),
        ] {
            let (time, color) = if shell.tells_time() { (time, color) } else { ("", "") };
            // What these two show is the same at any time.
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

/// Once, before the next command, and not to those who renew.
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

/// The lines that TAB makes of what is typed. elvish takes a first return for the choice.
#[test]
fn a_tab_completes() {
    for shell in ALL {
        let case = two_roles();
        let mut terminal = case.hooked_other(shell, &[]);
        let blank = "my role leads to ";
        for (line, shown) in [
            ("assume --explain pro\t", "prod leads to "),
            ("assume-env --explain pro\t", "prod leads to "),
            ("assume --expla\t prod", "prod leads to "),
            ("assume --explain prod --region mx-c\t", "gets the region mx-central-1 "),
            ("assume --explain prod -r il-\t", "gets the region il-central-1 "),
            ("assume --explain my\t", blank),
            ("assume --explain x\t", "x`touch ran`"),
            ("assume --explain y\t", "y;touch ran"),
        ] {
            // tcsh splits a list at blanks, and so does not offer these; readline, which the new xonsh has here, looks for words
            // that begin with what is typed, and a name in need of quotes begins with @.
            let quoted = shown == blank || shown.contains("touch");
            if quoted && matches!(shell, Tcsh | Xonsh("xonsh-0.25")) {
                continue;
            }
            let (before, after) = line.split_once('\t').expect("a TAB");
            terminal.send(&format!("{before}\t"));
            // Menus of line editors come a moment after the key.
            std::thread::sleep(std::time::Duration::from_millis(700));
            terminal.send(&format!("{after}\r"));
            if shell == Elvish {
                terminal.send("\r");
            }
            terminal.expect(shown);
            terminal.expect("ready> ");
        }
        assert!(!case.path("ran").exists(), "{shell:?}");
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
        for (typing, keys) in [(CTRL_C, None), ("111111\r", Some(FIRST))] {
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

/// The keys are in their variables alone: no file in the home folder has them, a history least of all.
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

/// What a prompt costs: nothing is started for one, in a shell with a session.
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
        for _ in 0..100 {
            if read().contains("write(") {
                break;
            }
            done(&mut terminal, shell, "");
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
        // The one write is the program's, into the pipe to the shell.
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
            let plain = |c: char| c.is_ascii_alphanumeric() || "_.,+=@:/-?".contains(c);
            assert!(!label.is_empty() && label.chars().all(plain), "{shell:?} {name:?}: {prompt:?}");
            assert!(!case.path("ran").exists(), "{shell:?}: {name}");
        }
    }
}
