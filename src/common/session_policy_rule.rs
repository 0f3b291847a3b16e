//! The rules of STS for session policies, session tags and the source identity (AssumeRole, `Policy`, `PolicyArns`, `Tags`,
//! `TransitiveTagKeys`, `SourceIdentity`), and what to say about a value that breaks one.

use std::fmt;

/// The most tags that a session can have.
pub const MOST_TAGS: usize = 50;
/// The most managed policies that can narrow a session.
pub const MOST_POLICIES: usize = 10;
/// The longest inline policy, in characters.
pub const LONGEST_POLICY: usize = 2048;

/// Why a shape is not one that STS takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidSessionPolicy {
    /// Not `KEY=VALUE`.
    TagForm,
    /// A key or value with characters that no tag has, or of a length that none has.
    TagText,
    /// A key that starts with `aws:`.
    TagReserved,
    /// The same key twice, whatever its case.
    TagTwice,
    /// More than 50 tags.
    TagCount,
    /// A transitive key that is no tag of this session.
    TransitiveUnknown,
    /// Not 2 to 64 of `[\w+=,.@-]`, or `aws:…`.
    SourceIdentity,
    /// Not the ARN of a policy.
    PolicyArn,
    /// More than 10 managed policies.
    PolicyCount,
    /// Longer than 2048 characters.
    PolicyLength,
    /// No JSON; the line and the column where that shows.
    PolicyJson(usize, usize),
    /// JSON, but no object.
    PolicyObject,
}

impl fmt::Display for InvalidSessionPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TagForm => f.write_str("a tag is KEY=VALUE"),
            Self::TagText => f.write_str("a tag has letters, digits, blanks and _ . : / = + - @, at most 128 in the key and 256 in the value"),
            Self::TagReserved => f.write_str("keys that start with aws: belong to AWS"),
            Self::TagTwice => f.write_str("the key stands there twice; STS does not tell keys apart by case"),
            Self::TagCount => write!(f, "a session has at most {MOST_TAGS} tags"),
            Self::TransitiveUnknown => f.write_str("only a tag of the session can be transitive: give it with --tag or session_tags"),
            Self::SourceIdentity => f.write_str("it has 2 to 64 letters, digits and _ + = , . @ -, and does not start with aws:"),
            Self::PolicyArn => f.write_str("it is the ARN of a managed policy, arn:aws:iam::aws:policy/NAME or arn:aws:iam::ACCOUNT:policy/NAME"),
            Self::PolicyCount => write!(f, "a session is narrowed by at most {MOST_POLICIES} managed policies"),
            Self::PolicyLength => write!(f, "an inline policy has at most {LONGEST_POLICY} characters"),
            Self::PolicyJson(line, column) => write!(f, "it is no JSON: see its line {line}, column {column}"),
            Self::PolicyObject => f.write_str("a policy is a JSON object with Version and Statement"),
        }
    }
}
