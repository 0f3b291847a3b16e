//! Figures that a passing test tells: how much it looked at, and what it found. The harness shows nothing that a passing test
//! prints, so they go straight to the stream; `tests/run` gathers the lines.

use std::fmt::Display;
use std::io::Write as _;

/// Tells a figure, or a table of them, each line marked.
pub fn proof(text: impl Display) {
    let lines = text.to_string().lines().map(|line| format!("proof: {line}\n")).collect::<String>();
    let _ = std::io::stderr().write_all(lines.as_bytes());
}
