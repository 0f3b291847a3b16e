//! The hooks of tcsh, elvish, nushell and xonsh on a terminal, as a user types: without one, elvish has no
//! line editor, and so no prompt and no completion. PowerShell is not here: the tests have no program that
//! runs its hook.

mod completion;
mod function;
mod keys;
mod prompt;

use std::path::PathBuf;

use super::super::harness::{Case, XONSH_TYPED_AT, aws_only, env_in, finish, installed, role, world};
use super::super::terminal::Terminal;

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
            Xonsh(version) => (installed(version), [&["--no-rc"], XONSH_TYPED_AT.as_slice()].concat()),
        }
    }

    fn tells_time(self) -> bool {
        !matches!(self, Tcsh | Elvish)
    }

    /// The line that loads the hook from the file in the home folder; from a pipe, the old xonsh would lose a
    /// part of it.
    fn load(self) -> &'static str {
        match self {
            Tcsh | Nu => "source hook",
            Elvish => "eval (slurp < hook)",
            Xonsh(_) => "execx(open('hook').read())",
        }
    }

    /// A line that prints a word, without the word itself in the line.
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

    fn format(self) -> &'static str {
        if self == Tcsh { "csh" } else { self.name() }
    }

    /// A line that sets the folders in which programs are.
    fn search(self, path: &str) -> String {
        match self {
            Nu => format!("$env.PATH = '{path}'"),
            Xonsh(_) => format!("$PATH = '{path}'.split(':')"),
            _ => self.set("PATH", path),
        }
    }

    /// Lines that show `has-failed` when a command fails. An error ends the line of tcsh that it is on.
    fn failing(self, command: &str) -> Vec<String> {
        match self {
            Tcsh => vec![command.to_owned(), "if ( $status ) echo has''-failed".to_owned()],
            Elvish => vec![format!("try {{ {command} }} catch e {{ echo has''-failed }}")],
            Nu => vec![format!("try {{ {command} }} catch {{ print ('has' + '-failed') }}")],
            Xonsh(_) => vec![format!("{command} || echo @('has' + '-failed')")],
        }
    }

    /// A line that shows `st-1-` when `assume nosuch` fails with that status, or without a status when it
    /// only fails.
    fn failing_with_status(self) -> &'static str {
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
    fn other(&self, shell: Shell, program: &str, args: &[&str]) -> Terminal {
        let mut terminal = self.terminal(program, args);
        terminal.knows_its_cursor();
        match shell {
            Tcsh => terminal.send("set prompt='rea''dy> '\r"),
            // Otherwise it marks the prompt before as stale.
            Elvish => terminal.send("set edit:prompt-stale-threshold = 30; set edit:rprompt = { }; set edit:prompt = { put rea''dy'> ' }\r"),
            Nu => terminal
                .send("$env.PROMPT_INDICATOR = ''; $env.PROMPT_COMMAND_RIGHT = ''; $env.PROMPT_COMMAND = {|| 'rea' + 'dy> ' }\r"),
            Xonsh(_) => {}
        }
        terminal.expect("ready> ");
        typed(&mut terminal, shell, &shell.mark("started"), "started");
        terminal
    }

    /// The shell with its hook loaded.
    #[track_caller]
    fn hooked_other(&self, shell: Shell, hook: &[&str]) -> Terminal {
        let (program, args) = shell.command();
        self.hooked_as(shell, hook, program.to_str().expect("a text"), &args)
    }

    /// The shell with its hook loaded, started by this program with these words.
    #[track_caller]
    fn hooked_as(&self, shell: Shell, hook: &[&str], program: &str, args: &[&str]) -> Terminal {
        let hook = finish(self.assume_env([&["--init", shell.name()], hook].concat()));
        self.file("hook", hook.succeeded());
        let mut terminal = self.other(shell, program, args);
        // Twice, as when a start-up file is read again.
        for word in ["loaded", "again"] {
            typed(&mut terminal, shell, &format!("{}; {}", shell.load(), shell.mark(word)), word);
        }
        terminal
    }
}

/// Types a line, waits for a text and for the prompt after it; returns the line of the prompt.
#[track_caller]
fn typed(terminal: &mut Terminal, shell: Shell, line: &str, shows: &str) -> String {
    terminal.send(&format!("{line}\r"));
    terminal.expect(shows);
    let prompt = terminal.expect("ready> ");
    assert!(!prompt.contains("rror"), "{shell:?}: {line}: {prompt}");
    prompt
}

/// Types a line that shows when it is done; returns the prompt after it. It is one line, because nu and the
/// new xonsh ask the terminal for the position of the cursor before each prompt, and drop the keys that are
/// typed at that moment.
#[track_caller]
fn done(terminal: &mut Terminal, shell: Shell, line: &str) -> String {
    let mark = shell.mark("done");
    let line = if line.is_empty() { mark } else { format!("{line}; {mark}") };
    typed(terminal, shell, &line, "done")
}

/// Types a line; returns the prompt after it, which must fit. elvish shows the prompt before until it has
/// computed this one, and does not show when: so in elvish it can be one of the next prompts.
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

/// The variables that a program gets from the shell.
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
