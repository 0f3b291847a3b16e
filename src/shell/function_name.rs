//! The parts of a hook that a user can choose, and the names that its function can have.

use crate::shell::hook_shell::HookShell;

/// Names that no function may have: they are words of a shell, or commands that a hook runs.
const RESERVED: &[&str] = &[
    "alias",
    "and",
    "assume-env",
    "autoload",
    "beepcmd",
    "begin",
    "break",
    "breaksw",
    "builtin",
    "case",
    "cd",
    "class",
    "command",
    "commandline",
    "compadd",
    "compdef",
    "compgen",
    "complete",
    "compopt",
    "const",
    "contains",
    "continue",
    "coproc",
    "count",
    "cwdcmd",
    "date",
    "declare",
    "def",
    "default",
    "defer",
    "del",
    "do",
    "done",
    "each",
    "echo",
    "edit",
    "elif",
    "else",
    "emulate",
    "end",
    "endif",
    "endsw",
    "enum",
    "error",
    "esac",
    "eval",
    "except",
    "exec",
    "exit",
    "export",
    "extern",
    "external",
    "false",
    "fi",
    "filter",
    "finally",
    "fn",
    "for",
    "foreach",
    "from",
    "function",
    "functions",
    "fzf",
    "goto",
    "has-env",
    "helpcommand",
    "hide-env",
    "if",
    "import",
    "in",
    "jobcmd",
    "let",
    "load-env",
    "local",
    "match",
    "math",
    "mut",
    "nocorrect",
    "noglob",
    "nop",
    "not",
    "onintr",
    "or",
    "param",
    "path",
    "periodic",
    "postcmd",
    "pragma",
    "precmd",
    "print",
    "printf",
    "process",
    "prompt",
    "put",
    "raise",
    "read",
    "readonly",
    "rehash",
    "repeat",
    "return",
    "sed",
    "select",
    "set",
    "set_color",
    "setenv",
    "setopt",
    "sh",
    "shift",
    "shopt",
    "slurp",
    "source",
    "status",
    "string",
    "switch",
    "test",
    "then",
    "throw",
    "time",
    "tr",
    "trap",
    "true",
    "try",
    "type",
    "typeset",
    "unalias",
    "unset",
    "unsetenv",
    "unsetopt",
    "until",
    "use",
    "using",
    "var",
    "view",
    "while",
    "with",
    "zmodload",
];

/// The parts of a hook that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The name of the function, `--cmd`; `None` with `--no-cmd`.
    pub function: Option<String>,
    /// False with `--no-prompt`.
    pub prompt: bool,
    /// False with `--no-complete`.
    pub completion: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self { function: Some(Self::FUNCTION.to_owned()), prompt: true, completion: true }
    }
}

impl Parts {
    /// The name of the function without `--cmd`.
    pub const FUNCTION: &str = "assume";

    /// Whether a part of the script is wanted. A part that has no flag always is.
    pub fn has(&self, part: &str) -> bool {
        match part {
            "function" => self.function.is_some(),
            "prompt" => self.prompt,
            "completion" => self.completion,
            _ => true,
        }
    }
}

/// Whether the hook of a shell can define a function of this name without harm.
pub(crate) fn is_function_name(shell: HookShell, name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let dash = shell.function_name_may_have_dash();
    let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' && dash;
    starts && bytes.all(inner) && !RESERVED.contains(&name) && !name.starts_with("__assume_env")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_break_a_shell_is_refused() {
        for name in [
            "",
            "assume-env",
            "if",
            "eval",
            "command",
            "shopt",
            "sh",
            "1a",
            "-a",
            "a b",
            "a;b",
            "é",
            "__assume_env_x",
            "a$",
        ] {
            for shell in HookShell::all() {
                assert!(!is_function_name(shell, name), "{name}");
            }
        }
        for name in ["assume", "a", "_x", "role2", "As_sume"] {
            for shell in HookShell::all() {
                assert!(is_function_name(shell, name), "{name}");
            }
        }
        let dashed = |shell| is_function_name(HookShell::parse(shell).unwrap(), "aws-role");
        assert!(dashed("bash") && !dashed("posix"));
    }
}
