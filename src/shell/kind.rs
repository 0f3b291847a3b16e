//! The shells that have a hook.

/// A shell that has a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// GNU bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// dash, ksh, mksh, busybox, yash.
    Posix,
    /// tcsh.
    Tcsh,
    /// elvish.
    Elvish,
    /// nushell.
    Nu,
    /// xonsh.
    Xonsh,
    /// PowerShell.
    Pwsh,
}

impl Shell {
    /// The names that `--init` takes.
    pub const NAMES: [&str; 9] = ["bash", "zsh", "fish", "posix", "tcsh", "elvish", "nu", "xonsh", "pwsh"];

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "bash" => Self::Bash,
            "zsh" => Self::Zsh,
            "fish" => Self::Fish,
            "posix" => Self::Posix,
            "tcsh" => Self::Tcsh,
            "elvish" => Self::Elvish,
            "nu" => Self::Nu,
            "xonsh" => Self::Xonsh,
            "pwsh" => Self::Pwsh,
            _ => return None,
        })
    }
}
