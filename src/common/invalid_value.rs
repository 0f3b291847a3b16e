//! A value that is not valid, from a flag, a variable or a line of a file.
//!
//! The command line, the profiles and the environment have values of the same kinds, so their messages are
//! here once. An invalid value is a usage error exactly if it comes from a flag.

use crate::common::arn::InvalidRoleArn;
use crate::common::credentials::KeyFault;
use crate::common::duration::InvalidDuration;
use crate::common::origin::Origin;
use crate::common::report::{Diagnostic, Exit, Report};
use crate::common::session_policy_rule::InvalidSessionPolicy;
use crate::common::text::between_quotes;

const QUOTED: &str = "remove the quotation marks: the AWS CLI takes them as a part of the value";

/// A value, its origin, and the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    /// The value; empty if it may be a secret.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The rule that it breaks.
    pub rule: Rule,
}

/// The rule that a value must follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A session duration.
    Duration(InvalidDuration),
    /// A session name (STS, `RoleSessionName`).
    SessionName,
    /// An external ID (STS, `ExternalId`).
    ExternalId,
    /// A region name.
    Region,
    /// An account: twelve digits.
    Account,
    /// A role ARN.
    RoleArn(InvalidRoleArn),
    /// A session policy, session tag or source identity.
    SessionPolicy(InvalidSessionPolicy),
    /// An MFA device (STS, `SerialNumber`).
    MfaSerial,
    /// An MFA device that shows codes, which a security key does not.
    MfaWithCodes,
    /// An access key of AWS.
    Key(KeyFault),
    /// The address of an endpoint.
    Url,
    /// An endpoint that uses https or is on this machine.
    SecureUrl,
    /// `true` or `false`.
    Switch,
    /// A number of attempts.
    Attempts,
    /// `ipv4` or `ipv6`.
    MetadataMode,
    /// A number from 1 to 600.
    MetadataNumber,
    /// `regional` or `legacy`.
    RegionalEndpoints,
    /// `Environment`, `Ec2InstanceMetadata` or `EcsContainer`.
    CredentialSource,
    /// A page of the AWS console.
    ConsolePage,
}

impl InvalidValue {
    /// Joins the value, its origin and the rule.
    pub fn new(text: impl Into<String>, origin: Origin, rule: Rule) -> Self {
        Self { text: text.into(), origin, rule }
    }

    fn texts(&self) -> (String, String) {
        let Self { text, origin, rule } = self;
        let (headline, hint): (String, &str) = match rule {
            Rule::Duration(why) => (
                format!("the duration {text} ({origin}) {why}"),
                match why {
                    InvalidDuration::Unreadable => "give seconds, or hours and minutes: 900, 15m, 1h30m, 12h",
                    InvalidDuration::TooShort | InvalidDuration::TooLong => "it must be between 15m and 12h",
                },
            ),
            Rule::SessionName => (
                format!("the session name {text} ({origin}) is not one that STS accepts"),
                "it must have 2 to 64 letters, digits and _ + = , . @ -",
            ),
            Rule::ExternalId => (
                format!("the external ID {text} ({origin}) is not one that STS accepts"),
                "it must have 2 to 1224 letters, digits and _ + = , . @ : / -",
            ),
            Rule::Region => (
                format!("the region {text} ({origin}) is not a valid region name"),
                "a region has a name like eu-central-1",
            ),
            Rule::Account => {
                (format!("{text} ({origin}) is not an account"), "an account must be twelve digits")
            }
            Rule::RoleArn(why) => {
                return (format!("{text} ({origin}) is not a role ARN"), why.to_string());
            }
            Rule::SessionPolicy(why) => {
                return (format!("STS does not accept {text} ({origin})"), why.to_string());
            }
            Rule::MfaSerial => (
                format!("{text} ({origin}) is not the name of an MFA device"),
                "it must be the ARN of the device (arn:aws:iam::ACCOUNT:mfa/NAME) or its serial number",
            ),
            Rule::MfaWithCodes => (
                format!("the MFA device {text} ({origin}) is a security key"),
                "a security key shows no codes, and STS accepts only codes: register a virtual MFA device too, \
                 and name it here",
            ),
            Rule::Key(KeyFault::Characters(part)) => (
                format!("the {part} in {origin} has characters that no access key has"),
                "copy it again: keys have letters, digits and / + =, without blanks",
            ),
            Rule::Key(KeyFault::Exchanged) => (
                format!("the access key id in {origin} is exchanged with the secret access key"),
                "write the id, which begins with AKIA or ASIA, to aws_access_key_id or AWS_ACCESS_KEY_ID, and the other to \
                 aws_secret_access_key or AWS_SECRET_ACCESS_KEY",
            ),
            Rule::Key(KeyFault::Id) => (
                format!("the access key id in {origin} is not one"),
                "copy it again: an access key id has 16 to 128 letters and digits",
            ),
            Rule::Key(KeyFault::NoToken) => (
                format!("the access key in {origin} is temporary (ASIA…), and its session token is missing"),
                "copy all three parts: aws_session_token or AWS_SESSION_TOKEN is the third",
            ),
            Rule::Key(KeyFault::TokenOfOtherKeys) => (
                format!(
                    "the session token in {origin} is left over: the access key next to it is long-lived (AKIA…)"
                ),
                "remove the token, or unset the variable; or copy all three parts of the temporary key again",
            ),
            Rule::Key(KeyFault::Quoted(part)) => (
                format!("the {part} in {origin} is in quotation marks, which AWS takes as a part of it"),
                QUOTED,
            ),
            Rule::Url => (
                format!("the endpoint {text} ({origin}) is not a valid address"),
                "it must be https://HOST[:PORT], without user name and without ?",
            ),
            Rule::SecureUrl => (
                format!("the endpoint {text} ({origin}) is plain http and not on this machine"),
                "the answer has the keys in plain text: use https or an address of this machine, or --allow-http if \
                 only trusted programs can read the network",
            ),
            Rule::ConsolePage => (
                format!("the page {text} ({origin}) is not one that the console can have"),
                "name a service (ec2, s3, iam, …), a path of letters, digits and - _ . /, or a whole address: \
                 https://…console.aws.amazon.com/…",
            ),
            Rule::Switch => {
                (format!("{text} ({origin}) is neither true nor false"), "it must be true or false")
            }
            Rule::Attempts => (
                format!("{text} ({origin}) is not a number of attempts"),
                "it must be a whole number, at least 1",
            ),
            Rule::MetadataMode => {
                (format!("the endpoint mode {text} ({origin}) is not a known value"), "use ipv4 or ipv6")
            }
            Rule::MetadataNumber => (
                format!("{text} ({origin}) is not a number of seconds or attempts"),
                "it must be a whole number from 1 to 600",
            ),
            Rule::RegionalEndpoints => (
                format!("sts_regional_endpoints = {text} ({origin}) is not a known value"),
                "use regional or legacy",
            ),
            Rule::CredentialSource => (
                format!("credential_source = {text} ({origin}) is not a known value"),
                "use Environment, Ec2InstanceMetadata or EcsContainer",
            ),
        };
        (headline, hint.to_owned())
    }
}

impl Diagnostic for InvalidValue {
    fn report(&self) -> Report {
        let (headline, mut hint) = self.texts();
        if between_quotes(&self.text).is_some() {
            QUOTED.clone_into(&mut hint);
        }
        let exit = if matches!(self.origin, Origin::Flag(_)) { Exit::Usage } else { Exit::Failed };
        Report::new(headline).hint(hint).exit(exit)
    }
}
