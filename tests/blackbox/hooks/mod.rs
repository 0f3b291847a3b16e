//! The hooks, each in the shells that it is for: loaded, in scripts, and on a terminal as a user types.

mod base;
mod completion;
mod faults;
mod function;
mod load;
mod misbehaving;
mod others;
mod prompt;
mod syntax;
mod trace;

use super::harness::{Case, Outcome, now};
use super::terminal::Terminal;

/// A shell of the POSIX family, or fish, with its hook; the rest are in [`others`].
#[derive(Clone, Copy)]
pub struct Shell {
    /// How it is started for a script: the words before `-c`.
    pub script: &'static str,
    /// How it is started for a user, without start-up files of its own.
    pub person: &'static [&'static str],
    /// The line that loads the hook, without the flags of `--init`.
    pub load: &'static str,
    /// The status of the last command.
    pub status: &'static str,
}

pub const POSIX: &str = r#"eval "$(assume-env --init posix INIT)""#;

pub const BASH: Shell = Shell {
    script: "bash",
    person: &["bash", "--norc", "-i"],
    load: r#"eval "$(assume-env --init bash INIT)""#,
    status: "$?",
};
pub const ZSH: Shell = Shell {
    script: "zsh -f",
    person: &["zsh", "-f", "-i"],
    load: r#"eval "$(assume-env --init zsh INIT)""#,
    status: "$?",
};
pub const FISH: Shell = Shell {
    script: "fish --no-config",
    person: &["fish", "--no-config", "--private", "-i"],
    load: "assume-env --init fish INIT | source",
    status: "$status",
};
pub const DASH: Shell = Shell { script: "dash", person: &["dash", "-i"], load: POSIX, status: "$?" };
const KSH: Shell = Shell { script: "ksh", person: &["ksh", "-i"], load: POSIX, status: "$?" };
const MKSH: Shell = Shell { script: "mksh", person: &["mksh", "-i"], load: POSIX, status: "$?" };
const BUSYBOX: Shell =
    Shell { script: "busybox sh", person: &["busybox", "sh", "-i"], load: POSIX, status: "$?" };
const YASH: Shell =
    Shell { script: "yash --norcfile", person: &["yash", "--norcfile", "-i"], load: POSIX, status: "$?" };

/// The shells that have a prompt hook, preexec and completion.
pub const RICH: [Shell; 3] = [BASH, ZSH, FISH];
pub const ALL: [Shell; 8] = [BASH, ZSH, FISH, DASH, KSH, MKSH, BUSYBOX, YASH];

impl Shell {
    /// The line that loads the hook with these flags of `--init`.
    pub fn load(self, flags: &str) -> String {
        self.load.replace(" INIT", flags)
    }

    pub fn is_fish(self) -> bool {
        self.load == FISH.load
    }

    /// A line that sets a variable of this shell.
    pub fn set(self, name: &str, value: &str) -> String {
        if self.is_fish() { format!("set {name} '{value}'") } else { format!("{name}='{value}'") }
    }
}

impl Case {
    /// Runs a script after the hook. `STATUS` in it is that of the last command.
    #[track_caller]
    pub fn hooked(&self, shell: Shell, script: &str) -> Outcome {
        let script = script.replace("STATUS", shell.status);
        self.shell(shell.script, &format!("{}\n{script}", shell.load("")))
    }

    /// A shell on a terminal with the hook loaded, at its first prompt after that.
    #[track_caller]
    pub fn at_prompt(&self, shell: Shell) -> Terminal {
        let mut terminal = self.bare_prompt(shell);
        terminal.send(&format!("{}; echo loa''ded\n", shell.load("")));
        terminal.expect("loaded");
        terminal.expect("ready> ");
        terminal
    }

    /// A shell on a terminal, at its first prompt.
    #[track_caller]
    pub fn bare_prompt(&self, shell: Shell) -> Terminal {
        let mut terminal = self.terminal(shell.person[0], &shell.person[1..]);
        if shell.is_fish() {
            terminal.send("function fish_prompt; echo -n 'rea''dy> '; end\n");
        } else {
            // mksh takes no PS1 from the environment when root calls it.
            terminal.send("PS1='rea''dy> '\n");
        }
        terminal.expect("ready> ");
        terminal.send("echo star''ted\n");
        terminal.expect("started");
        terminal.expect("ready> ");
        terminal
    }

    /// This environment holds a session that the test made up, which ends in this number of seconds.
    pub fn pretending(self, label: &str, seconds: i64) -> Self {
        let expires = (now() + seconds).to_string();
        self.var("AWS_ACCESS_KEY_ID", "ASIAFAKE000000000000")
            .var("AWS_SECRET_ACCESS_KEY", "fake/secret")
            .var("AWS_SESSION_TOKEN", "fake-token")
            .var("ASSUME_ENV_KEY_ID", "ASIAFAKE000000000000")
            .var("ASSUME_ENV_PROFILE", label)
            .var("ASSUME_ENV_ROLE_ARN", "arn:aws:iam::123456789012:role/assumeS3Full")
            .var("ASSUME_ENV_SESSION", "ann@laptop")
            .var("ASSUME_ENV_EXPIRES", expires)
            .var("ASSUME_ENV_RESTORE", "1")
    }
}

/// Types a line and waits for what it shows; gives what was shown before that.
#[track_caller]
pub fn line(terminal: &mut Terminal, line: &str, shows: &str) -> String {
    terminal.send(&format!("{line}\n"));
    terminal.expect(shows)
}

/// Leaves the shell; gives all that was shown.
#[track_caller]
pub fn leave(mut terminal: Terminal) -> String {
    terminal.send("exit\n");
    terminal.end().1
}
