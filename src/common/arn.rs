//! Role ARNs, the `ACCOUNT:NAME` shorthand, and the ARNs of sessions.
//!
//! Follows the IAM reference (role names, paths, ARNs) and STS's AssumeRole (`RoleArn`). An ARN is checked
//! before a request, so that a typing error costs no round trip and no MFA code.

use std::fmt;

use crate::common::names::{is_account, is_name_byte};

/// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleArn {
    text: String,
    partition: String,
    account: String,
    name: String,
}

/// A role that was assumed, with the name of its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumedRole {
    /// The role.
    pub role: RoleArn,
    /// The session name.
    pub session_name: String,
}

/// Why a text is not a role ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidRoleArn {
    /// It does not have the six parts of an ARN, or does not start with `arn:`.
    Parts,
    /// The second part is neither `aws` nor `aws-…`.
    Partition,
    /// The third part is not `iam`, or the fourth part, the region, is not empty.
    Service,
    /// It is the ARN of a session of a role (`arn:aws:sts::…:assumed-role/ROLE/SESSION`).
    Session,
    /// The fifth part is not twelve digits.
    Account,
    /// The last part is not `role/…`.
    NotARole,
    /// The path or the name has a character that IAM does not allow, is empty or is too long.
    Name,
}

impl fmt::Display for InvalidRoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parts => "an ARN has six parts, arn:aws:iam::123456789012:role/NAME",
            Self::Partition => "its partition is not aws, aws-cn, aws-us-gov or another aws-…",
            Self::Service => "a role's ARN has the service iam and no region (arn:aws:iam::…)",
            Self::Session => {
                "it is the ARN of a session; the role's is arn:aws:iam::ACCOUNT:role/NAME, with the path of the role, if it has one"
            }
            Self::Account => "its account is not twelve digits, without dashes",
            Self::NotARole => "it does not name a role (…:role/NAME)",
            Self::Name => "its role name has a character that IAM does not allow, is empty or too long",
        })
    }
}

impl RoleArn {
    /// Reads an ARN of any partition.
    ///
    /// # Errors
    /// The first part that is wrong, in reading order.
    pub fn parse(text: &str) -> Result<Self, InvalidRoleArn> {
        let RoleArnParts { partition, account, name } = RoleArnParts::of(text)?;
        Ok(Self {
            partition: partition.into(),
            account: account.into(),
            name: name.into(),
            text: text.into(),
        })
    }

    /// Reads `ACCOUNT:NAME` (or `ACCOUNT:PATH/NAME`) as a role of the commercial partition; see
    /// [`RoleArn::in_partition`]. `None` when the text is not that shorthand.
    pub fn from_shorthand(text: &str) -> Option<Self> {
        let (account, path) = text.split_once(':')?;
        if !is_account(account) {
            return None;
        }
        Self::parse(&format!("arn:aws:iam::{account}:role/{path}")).ok()
    }

    /// The role with the same account and name in another partition.
    pub fn in_partition(self, partition: &str) -> Self {
        let (_, rest) = self.text[4..].split_once(':').expect("an ARN has a partition");
        Self { text: format!("arn:{partition}:{rest}"), partition: partition.into(), ..self }
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition: `aws`, `aws-cn`, `aws-us-gov`, …
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The twelve digits of the account.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The role's name without its path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ARN of a session of this role.
    pub fn session_arn(&self, session_name: &str) -> String {
        let Self { partition, account, name, .. } = self;
        format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session_name}")
    }

    /// Whether `arn` is a session of this role, `arn:PARTITION:sts::ACCOUNT:assumed-role/NAME/SESSION`.
    pub fn has_session(&self, arn: &str) -> bool {
        let start = self.session_arn("");
        // IAM compares names without regard to case, and answers with the case in which the role was created.
        arn.len() > start.len()
            && arn.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(&start))
    }
}

/// The parts of a role's ARN, borrowed from its text: for lists of many roles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoleArnParts<'t> {
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'t str,
    /// The twelve digits of the account.
    pub account: &'t str,
    /// The role's name without its path.
    pub name: &'t str,
}

impl<'t> RoleArnParts<'t> {
    /// Reads an ARN of any partition.
    ///
    /// # Errors
    /// The first part that is wrong, in reading order.
    pub(crate) fn of(text: &'t str) -> Result<Self, InvalidRoleArn> {
        let mut resource = text;
        // The parts are short: a search for more bytes at once would take more time.
        let mut part = || {
            let end = resource.bytes().position(|byte| byte == b':').ok_or(InvalidRoleArn::Parts)?;
            let part = &resource[..end];
            resource = &resource[end + 1..];
            Ok(part)
        };
        let [arn, partition, service, region, account] = [part()?, part()?, part()?, part()?, part()?];
        if arn != "arn" {
            return Err(InvalidRoleArn::Parts);
        }
        if !is_partition(partition) {
            return Err(InvalidRoleArn::Partition);
        }
        if service == "sts" && resource.starts_with("assumed-role/") {
            return Err(InvalidRoleArn::Session);
        }
        if service != "iam" || !region.is_empty() {
            return Err(InvalidRoleArn::Service);
        }
        if !is_account(account) {
            return Err(InvalidRoleArn::Account);
        }
        let path = resource.strip_prefix("role/").ok_or(InvalidRoleArn::NotARole)?;
        let name = role_name(path).ok_or(InvalidRoleArn::Name)?;
        Ok(Self { partition, account, name })
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Checks the path and the name after `role/`, and returns the name.
fn role_name(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    let name_ok = (1..=64).contains(&name.len()) && name.bytes().all(is_name_byte);
    let path_ok = path.len() <= 576 && path.bytes().all(|b| b.is_ascii_graphic()) && !path.starts_with('/');
    (name_ok && path_ok).then_some(name)
}

fn is_partition(text: &str) -> bool {
    text == "aws"
        || text.strip_prefix("aws-").is_some_and(|rest| {
            !rest.is_empty()
                && rest.len() <= 20
                && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_of_any_partition_is_read() {
        for text in [
            "arn:aws:iam::123456789012:role/assumeS3Full",
            "arn:aws-cn:iam::123456789012:role/path/to/name",
            "arn:aws-us-gov:iam::123456789012:role/a+b=c,d.e@f-g_h",
            "arn:aws-iso-f:iam::123456789012:role/x",
            "arn:aws-eusc:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x",
        ] {
            assert_eq!(RoleArn::parse(text).unwrap().as_str(), text);
        }
        let arn = RoleArn::parse("arn:aws-cn:iam::123456789012:role/p/name").unwrap();
        assert_eq!((arn.partition(), arn.account(), arn.name()), ("aws-cn", "123456789012", "name"));
    }

    #[test]
    fn the_error_is_the_first_wrong_part() {
        for (text, why) in [
            ("", InvalidRoleArn::Parts),
            ("arn:aws:iam::123456789012", InvalidRoleArn::Parts),
            ("arn:azure:iam::123456789012:role/x", InvalidRoleArn::Partition),
            ("arn:aws-:iam::123456789012:role/x", InvalidRoleArn::Partition),
            ("arn:aws:sts::123456789012:assumed-role/x/y", InvalidRoleArn::Session),
            ("arn:aws:s3::123456789012:role/x", InvalidRoleArn::Service),
            ("arn:aws:iam:eu-west-1:123456789012:role/x", InvalidRoleArn::Service),
            ("arn:aws:iam::12345678901:role/x", InvalidRoleArn::Account),
            ("arn:aws:iam::123456789012:user/x", InvalidRoleArn::NotARole),
            ("arn:aws:iam::123456789012:role/", InvalidRoleArn::Name),
            ("arn:aws:iam::123456789012:role/a b", InvalidRoleArn::Name),
            ("arn:aws:iam::123456789012:role/$(id)", InvalidRoleArn::Name),
            ("arn:aws:iam::123456789012:role/a:b", InvalidRoleArn::Name),
        ] {
            assert_eq!(RoleArn::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_shorthand_gets_its_partition_from_the_caller() {
        let arn = RoleArn::from_shorthand("123456789012:p/name").unwrap().in_partition("aws-cn");
        assert_eq!(arn.as_str(), "arn:aws-cn:iam::123456789012:role/p/name");
        assert_eq!(arn, RoleArn::parse(arn.as_str()).unwrap());
        assert_eq!(RoleArn::from_shorthand("12345:name"), None);
        assert_eq!(RoleArn::from_shorthand("name"), None);
    }

    #[test]
    fn a_role_has_only_its_own_sessions() {
        let arn = RoleArn::parse("arn:aws:iam::123456789012:role/p/name").unwrap();
        assert!(arn.has_session("arn:aws:sts::123456789012:assumed-role/name/me"));
        assert!(!arn.has_session("arn:aws:sts::123456789012:assumed-role/other/me"));
        assert!(!arn.has_session("arn:aws:sts::210987654321:assumed-role/name/me"));
        assert!(!arn.has_session("arn:aws:sts::123456789012:assumed-role/name/"));
    }
}
