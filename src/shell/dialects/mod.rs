//! The table of dialects: one file and one row each. `--format`, `--init`, the help, the hints, the detection
//! of the calling shell and the tests of quoting take their names from here.
//!
//! A new dialect is a file in this folder, its row here, and the script of its hook, `shell/assume.*`.

mod csh;
mod dotenv;
mod elvish;
mod fish;
mod json;
mod nu;
mod posix;
mod pwsh;
mod xonsh;

use crate::shell::dialect::Dialect;

/// Every dialect, in the order of the help.
pub(crate) static ALL: &[&Dialect] = &[
    &posix::DIALECT,
    &fish::DIALECT,
    &csh::DIALECT,
    &elvish::DIALECT,
    &nu::DIALECT,
    &xonsh::DIALECT,
    &pwsh::DIALECT,
    &json::DIALECT,
    &dotenv::DIALECT,
];

/// The dialect of a shell that is not recognised.
pub(crate) static DEFAULT: &Dialect = &posix::DIALECT;

/// The names that `--format` takes.
pub(crate) const FORMAT_NAMES: [&str; ALL.len()] = {
    let mut names = [""; ALL.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = ALL[i].name;
        i += 1;
    }
    names
};

/// The names that `--init` takes.
pub(crate) const HOOK_NAMES: [&str; HOOKS] = {
    let mut names = [""; HOOKS];
    let (mut i, mut next) = (0, 0);
    while i < ALL.len() {
        let mut j = 0;
        while j < ALL[i].hooks.len() {
            names[next] = ALL[i].hooks[j].name;
            next += 1;
            j += 1;
        }
        i += 1;
    }
    names
};

/// How many hooks there are.
const HOOKS: usize = {
    let (mut i, mut count) = (0, 0);
    while i < ALL.len() {
        count += ALL[i].hooks.len();
        i += 1;
    }
    count
};
