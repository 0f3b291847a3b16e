//! What must hold for every input, whatever it is: one room a function that takes texts from outside. The fuzz targets give
//! them mutated bytes, `tests/properties` gives them the corpus and inputs made by chance. Each tells whether the input was
//! accepted, so that a test can see that both ends were reached.

#![allow(dead_code, reason = "a fuzz target uses one of these rooms")]

pub mod args;
pub mod base;
pub mod config;
pub mod documents;
pub mod quoting;
pub mod restore;
pub mod sts;
mod unquote;

use assume_env::common::report::Report;

/// Longer than any message that helps somebody.
const LONGEST: usize = 16 * 1024;

/// A message can be shown: it is not without end, and no byte of it steers a terminal.
fn can_be_shown(error: impl Into<Report>) -> String {
    let report = error.into().message();
    assert!(report.len() <= LONGEST, "a message of {} bytes", report.len());
    is_clean(&report);
    report
}

/// No control character but the ends of lines.
fn is_clean(text: &str) {
    if let Some(c) = text.chars().find(|c| c.is_control() && *c != '\n') {
        panic!("{c:?} in {text:?}");
    }
}
