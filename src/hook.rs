//! The hooks: one script a shell, compiled in, printed by `--init`. They live in `shell/`, with the same sections in each.

use crate::cli::Shell;

/// The hook of a shell.
pub fn of(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("../shell/assume.bash"),
        Shell::Zsh => include_str!("../shell/assume.zsh"),
        Shell::Fish => include_str!("../shell/assume.fish"),
    }
}
