//! Role ARNs, the `ACCOUNT:NAME` shorthand, session names, and the partitions they live in.
//!
//! Follows the IAM reference (role names, paths, ARNs) and STS's AssumeRole (`RoleArn`, `RoleSessionName`, `ExternalId`).
//! Everything here is checked before the network is touched, so that a typing error costs no round trip and no MFA code.

use std::fmt;

/// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleArn {
    text: String,
    partition: String,
    account: String,
    name: String,
}

/// A role that was assumed, and under which name.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// The role.
    pub role: RoleArn,
    /// The session name.
    pub session_name: String,
}

/// Why a text is not a role ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidRoleArn {
    /// It does not have the six parts of an ARN, or does not start with `arn:`.
    SessionPolicy,
    /// The second part is not `aws` or `aws-…`.
    Partition,
    /// The third part is not `iam`, or a region stands where none may.
    Service,
    /// The fifth part is not twelve digits.
    Account,
    /// The last part is not `role/…`.
    NotARole,
    /// The path or the name has a character that IAM does not allow, is empty or too long.
    Name,
}

impl fmt::Display for InvalidRoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SessionPolicy => "an ARN has six parts, arn:aws:iam::123456789012:role/NAME",
            Self::Partition => "its partition is not aws, aws-cn, aws-us-gov or another aws-…",
            Self::Service => "a role's ARN has the service iam and no region (arn:aws:iam::…)",
            Self::Account => "its account is not twelve digits",
            Self::NotARole => "it does not name a role (…:role/NAME)",
            Self::Name => "its role name has a character that IAM does not allow, is empty or too long",
        })
    }
}

impl RoleArn {
    /// Reads an ARN of any partition.
    ///
    /// # Errors
    /// The first thing that is wrong with it, in reading order.
    pub fn parse(text: &str) -> Result<Self, InvalidRoleArn> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else {
            return Err(InvalidRoleArn::SessionPolicy);
        };
        if !is_partition(partition) {
            return Err(InvalidRoleArn::Partition);
        }
        if service != "iam" || !region.is_empty() {
            return Err(InvalidRoleArn::Service);
        }
        if !is_account(account) {
            return Err(InvalidRoleArn::Account);
        }
        let path = resource.strip_prefix("role/").ok_or(InvalidRoleArn::NotARole)?;
        let name = role_name(path).ok_or(InvalidRoleArn::Name)?;
        Ok(Self {
            partition: partition.into(),
            account: account.into(),
            name: name.into(),
            text: text.into(),
        })
    }

    /// Reads `ACCOUNT:NAME` (or `ACCOUNT:PATH/NAME`) as a role of the commercial partition; see [`RoleArn::in_partition`].
    /// `None` when it is not that shorthand.
    pub fn from_shorthand(text: &str) -> Option<Self> {
        let (account, path) = text.split_once(':')?;
        if !is_account(account) {
            return None;
        }
        Self::parse(&format!("arn:aws:iam::{account}:role/{path}")).ok()
    }

    /// The role of the same account and name in another partition.
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
        // IAM does not tell names apart by case, and answers with the case in which the role was made.
        arn.len() > start.len()
            && arn.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(&start))
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What lies behind `role/`: checks path and name, gives the name.
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

/// Whether the text is an account: twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The bytes of `[\w+=,.@-]`, which IAM names and STS session names are made of.
fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)
}

/// Whether STS takes the text as `RoleSessionName`: 2 to 64 of `[\w+=,.@-]`.
pub fn is_session_name(text: &str) -> bool {
    (2..=64).contains(&text.len()) && text.bytes().all(is_name_byte)
}

/// Whether STS takes the text as `ExternalId`: 2 to 1224 of `[\w+=,.@:\/-]`.
pub fn is_external_id(text: &str) -> bool {
    (2..=1224).contains(&text.len()) && text.bytes().all(|b| is_name_byte(b) || b == b':' || b == b'/')
}

/// `user@host`, cleaned to what [`is_session_name`] accepts, so that CloudTrail says who.
pub fn default_session_name(user: &str, host: &str) -> String {
    let clean = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii() && is_name_byte(c as u8) { c } else { '-' }).collect()
    };
    let host = host.split('.').next().unwrap_or_default();
    let mut name = match (clean(user), clean(host)) {
        (user, host) if host.is_empty() => user,
        (user, host) => format!("{user}@{host}"),
    };
    name.truncate(64);
    if is_session_name(&name) { name } else { format!("assume-env-{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_arns_of_any_partition() {
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
    fn names_the_first_thing_that_is_wrong() {
        for (text, why) in [
            ("", InvalidRoleArn::SessionPolicy),
            ("arn:aws:iam::123456789012", InvalidRoleArn::SessionPolicy),
            ("arn:azure:iam::123456789012:role/x", InvalidRoleArn::Partition),
            ("arn:aws-:iam::123456789012:role/x", InvalidRoleArn::Partition),
            ("arn:aws:sts::123456789012:assumed-role/x/y", InvalidRoleArn::Service),
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
    fn the_shorthand_takes_its_partition_from_outside() {
        let arn = RoleArn::from_shorthand("123456789012:p/name").unwrap().in_partition("aws-cn");
        assert_eq!(arn.as_str(), "arn:aws-cn:iam::123456789012:role/p/name");
        assert_eq!(arn, RoleArn::parse(arn.as_str()).unwrap());
        assert_eq!(RoleArn::from_shorthand("12345:name"), None);
        assert_eq!(RoleArn::from_shorthand("name"), None);
    }

    #[test]
    fn knows_its_own_sessions() {
        let arn = RoleArn::parse("arn:aws:iam::123456789012:role/p/name").unwrap();
        assert!(arn.has_session("arn:aws:sts::123456789012:assumed-role/name/me"));
        assert!(!arn.has_session("arn:aws:sts::123456789012:assumed-role/other/me"));
        assert!(!arn.has_session("arn:aws:sts::210987654321:assumed-role/name/me"));
        assert!(!arn.has_session("arn:aws:sts::123456789012:assumed-role/name/"));
    }

    #[test]
    fn default_names_are_always_acceptable() {
        for (user, host) in [
            ("ann", "laptop.example.org"),
            ("", ""),
            ("a", ""),
            ("Jürgen Müller", "höst"),
            (&*"u".repeat(80), "h"),
            ("$(id)", "x;y"),
        ] {
            let name = default_session_name(user, host);
            assert!(is_session_name(&name), "{name}");
        }
        assert_eq!(default_session_name("ann", "laptop.example.org"), "ann@laptop");
    }
}
