//! Which shell called this program.

use std::io::Read as _;
use std::sync::OnceLock;

use crate::shell::Format;

/// The dialect of the shell that called us, as far as the system tells. It is looked up once.
pub fn detect_format() -> Format {
    static DIALECT: OnceLock<Format> = OnceLock::new();
    *DIALECT.get_or_init(|| match of_parent("comm").as_deref().map(str::trim) {
        Some("fish") => Format::Fish,
        Some("tcsh" | "csh") => Format::Csh,
        Some("elvish") => Format::Elvish,
        Some("nu") => Format::Nu,
        Some("xonsh") => Format::Xonsh,
        Some("pwsh") => Format::Pwsh,
        Some(name) if name.starts_with("python") && runs_xonsh() => Format::Xonsh,
        _ => Format::Sh,
    })
}

/// Whether our parent was started as `python3 -m xonsh`.
fn runs_xonsh() -> bool {
    let line = of_parent("cmdline").unwrap_or_default();
    let words: Vec<&str> = line.split('\0').collect();
    words.windows(2).any(|pair| pair == ["-m", "xonsh"])
}

/// What the system tells of our parent. `comm`, the program's name, can be read for processes of other users too; its file
/// cannot.
fn of_parent(what: &str) -> Option<String> {
    let parent = nix::unistd::getppid();
    let mut text = String::new();
    std::fs::File::open(format!("/proc/{parent}/{what}")).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}
