//! What must hold for every input: one module for each function that reads texts from outside. The fuzz
//! targets give the checks mutated bytes, `tests/properties` gives them the corpus and random inputs. Each
//! check returns whether the input was accepted, so that a test can see that it had valid and invalid inputs.

#![allow(dead_code, reason = "a fuzz target uses one of these modules")]

pub mod args;
pub mod base;
pub mod config;
pub mod documents;
pub mod quoting;
pub mod restore;
pub mod sts;
mod unquote;

use assume_env::testing::common::report::Report;

/// Longer than any useful message.
const LONGEST: usize = 16 * 1024;

/// A message can be shown: its length has a limit, and no byte of it controls a terminal.
fn can_be_shown(error: impl Into<Report>) -> String {
    let report = error.into().message();
    assert!(report.len() <= LONGEST, "a message of {} bytes", report.len());
    is_clean(&report);
    report
}

/// No control character except line breaks.
fn is_clean(text: &str) {
    if let Some(c) = text.chars().find(|c| c.is_control() && *c != '\n') {
        panic!("{c:?} in {text:?}");
    }
}
