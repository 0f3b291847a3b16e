//! A session in another account than the expected one.
//!
//! The plan compares the accounts before any request, as far as it can. STS compares them when the account is
//! known only from an answer. Both errors are this one.

use crate::common::origin::Located;
use crate::common::report::{Diagnostic, Report};

/// A role or a source in another account than `--expect-account` or `expected_account` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnexpectedAccount {
    /// The role or the source.
    pub of: String,
    /// The twelve digits of its account.
    pub account: String,
    /// The twelve digits of the expected account, and where they come from.
    pub expected: Located<String>,
}

impl Diagnostic for UnexpectedAccount {
    fn report(&self) -> Report {
        let Self { of, account, expected: Located { value: expected, origin } } = self;
        Report::new(format!("the account of {of} is {account}, and {expected} is expected ({origin})"))
            .hint("no keys were given out; check which role you meant")
    }
}
