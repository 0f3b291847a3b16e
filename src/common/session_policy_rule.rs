//! The rules of STS for session policies, session tags and the source identity, and the text for a value that
//! breaks one.
//!
//! Follows STS's AssumeRole (`Policy`, `PolicyArns`, `Tags`, `TransitiveTagKeys`, `SourceIdentity`).

use std::fmt;

/// The largest number of tags of a session.
pub(crate) const MOST_TAGS: usize = 50;
/// The largest number of managed policies that restrict a session.
pub(crate) const MOST_POLICIES: usize = 10;
/// The longest inline policy, in characters.
pub(crate) const LONGEST_POLICY: usize = 2048;

/// The rule of STS that a value breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidSessionPolicy {
    /// Not `KEY=VALUE`.
    TagForm,
    /// A key or value with a character that tags cannot have, or too long.
    TagText,
    /// A key that starts with `aws:`.
    TagReserved,
    /// The same key twice, without regard to case.
    TagTwice,
    /// More than 50 tags.
    TagCount,
    /// A transitive key that is not a tag of this session.
    TransitiveUnknown,
    /// Not 2 to 64 of `[\w+=,.@-]`, or `aws:…`.
    SourceIdentity,
    /// Not the ARN of a policy.
    PolicyArn,
    /// More than 10 managed policies.
    PolicyCount,
    /// Longer than 2048 characters.
    PolicyLength,
    /// Not JSON: the line and the column of the error.
    PolicyJson(usize, usize),
    /// JSON, but not an object.
    PolicyObject,
}

impl fmt::Display for InvalidSessionPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TagForm => f.write_str("a tag must be KEY=VALUE"),
            Self::TagText => f.write_str(
                "a tag can have letters, digits, blanks and _ . : / = + - @, at most 128 characters in the key \
                 and 256 in the value",
            ),
            Self::TagReserved => f.write_str("keys that start with aws: belong to AWS"),
            Self::TagTwice => f.write_str("the key is given twice; STS compares keys without regard to case"),
            Self::TagCount => write!(f, "a session can have at most {MOST_TAGS} tags"),
            Self::TransitiveUnknown => f.write_str(
                "only a tag of the session can be transitive: give it with --tag or session_tags",
            ),
            Self::SourceIdentity => f.write_str(
                "it must have 2 to 64 letters, digits and _ + = , . @ -, and must not start with aws:",
            ),
            Self::PolicyArn => f.write_str(
                "it must be the ARN of a managed policy, arn:aws:iam::aws:policy/NAME or \
                 arn:aws:iam::ACCOUNT:policy/NAME",
            ),
            Self::PolicyCount => write!(f, "at most {MOST_POLICIES} managed policies can restrict a session"),
            Self::PolicyLength => write!(f, "an inline policy can have at most {LONGEST_POLICY} characters"),
            Self::PolicyJson(line, column) => write!(f, "it is not JSON: see its line {line}, column {column}"),
            Self::PolicyObject => f.write_str("a policy must be a JSON object with Version and Statement"),
        }
    }
}
