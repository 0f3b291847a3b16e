//! Session policies, session tags and the source identity: they restrict or describe a session. All of them
//! are checked here, before a request.
//!
//! Follows STS's AssumeRole (`Policy`, `PolicyArns`, `Tags`, `TransitiveTagKeys`, `SourceIdentity`) with its
//! limits, and aws-vault's names for the keys of a profile (`session_tags`, `transitive_session_tags`,
//! `source_identity`).

use sha2::{Digest as _, Sha256};

use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::names;
use crate::common::origin::{Located, Origin};
use crate::common::session_policy_rule::{InvalidSessionPolicy, LONGEST_POLICY, MOST_POLICIES, MOST_TAGS};

/// The value of `ASSUME_ENV_NARROWED` for a session that only `--read-only` restricts.
pub(crate) const READ_ONLY: &str = "read-only";

/// A session tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The key: 1 to 128 characters.
    pub key: String,
    /// The value: at most 256 characters.
    pub value: String,
}

/// What a hop asks for in addition to the role. Empty by default.
#[derive(Clone, Debug, Default)]
pub struct SessionPolicy {
    /// The inline policy, JSON.
    pub policy: Option<Located<String>>,
    /// The ARNs of managed policies.
    pub policy_arns: Vec<Located<String>>,
    /// The tags.
    pub tags: Vec<Located<Tag>>,
    /// The keys of the tags that later hops inherit.
    pub transitive: Vec<Located<String>>,
    /// The source identity.
    pub source_identity: Option<Located<String>>,
    /// Whether `policy_arns` comes from `--read-only`.
    pub read_only: bool,
}

impl SessionPolicy {
    /// Checks everything that can be checked without STS. A `chained` hop can inherit tags, so its transitive
    /// keys can name tags that it does not have itself.
    ///
    /// # Errors
    /// The first value that STS would reject, with its origin.
    pub fn check(&self, chained: bool) -> Result<(), InvalidValue> {
        // A new field does not compile here until it is checked.
        let Self { policy, policy_arns, read_only: _, tags, transitive, source_identity } = self;
        let bad = |text: &str, origin: &Origin, why| {
            Err(InvalidValue::new(text, origin.clone(), Rule::SessionPolicy(why)))
        };
        if let Some(extra) = tags.get(MOST_TAGS) {
            return bad(&extra.value.key, &extra.origin, InvalidSessionPolicy::TagCount);
        }
        for (i, Located { value: tag, origin }) in tags.iter().enumerate() {
            if let Some(why) = tag.fault() {
                return bad(&tag.key, origin, why);
            }
            if tags[..i].iter().any(|other| same_key(&other.value.key, &tag.key)) {
                return bad(&tag.key, origin, InvalidSessionPolicy::TagTwice);
            }
        }
        for Located { value: key, origin } in transitive.iter().filter(|_| !chained) {
            if !tags.iter().any(|tag| same_key(&tag.value.key, key)) {
                return bad(key, origin, InvalidSessionPolicy::TransitiveUnknown);
            }
        }
        if let Some(Located { value, origin }) = source_identity
            && (!names::is_session_name(value) || value.to_ascii_lowercase().starts_with("aws:"))
        {
            return bad(value, origin, InvalidSessionPolicy::SourceIdentity);
        }
        if let Some(extra) = policy_arns.get(MOST_POLICIES) {
            return bad(&extra.value, &extra.origin, InvalidSessionPolicy::PolicyCount);
        }
        if let Some(Located { value, origin }) = policy_arns.iter().find(|arn| !is_policy_arn(&arn.value)) {
            return bad(value, origin, InvalidSessionPolicy::PolicyArn);
        }
        match policy {
            Some(Located { value, origin }) => match policy_fault(value) {
                Some(why) => bad("the policy", origin, why),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }

    /// 16 hex digits over what later hops inherit from this one: STS passes on the transitive tags and the
    /// source identity. `None` if they inherit nothing.
    pub fn inherited_fingerprint(&self) -> Option<String> {
        let is_transitive =
            |tag: &&Located<Tag>| self.transitive.iter().any(|key| same_key(&key.value, &tag.value.key));
        let inherited = Self {
            tags: self.tags.iter().filter(is_transitive).cloned().collect(),
            source_identity: self.source_identity.clone(),
            ..Self::default()
        };
        inherited.fingerprint()
    }

    /// The value of `ASSUME_ENV_NARROWED` for this role alone: `None`, `read-only`, or 16 hex digits over all
    /// policies, tags and the source identity. Sessions that differ in these have different values.
    pub fn fingerprint(&self) -> Option<String> {
        // A new field does not compile here until it is part of the fingerprint.
        let Self { policy, policy_arns, read_only, tags, transitive, source_identity } = self;
        let plain = policy.is_none() && tags.is_empty() && source_identity.is_none();
        if plain && policy_arns.is_empty() {
            return None;
        }
        if plain && *read_only && policy_arns.len() == 1 {
            return Some(READ_ONLY.into());
        }
        let mut hash = Sha256::new();
        let mut add = |kind: &str, text: &str| {
            // The length is hashed too, so that two different lists never have the same bytes.
            hash.update(format!("{kind}{}:", text.len()));
            hash.update(text);
        };
        if let Some(policy) = policy {
            add("policy", &policy.value);
        }
        for arn in policy_arns {
            add("arn", &arn.value);
        }
        for tag in tags {
            add("key", &tag.value.key);
            add("value", &tag.value.value);
        }
        for key in transitive {
            add("transitive", &key.value);
        }
        if let Some(identity) = source_identity {
            add("identity", &identity.value);
        }
        Some(hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Tag {
    /// Reads `KEY=VALUE`.
    ///
    /// # Errors
    /// A text without `=`, or with nothing before it.
    pub fn parse(text: &str) -> Result<Self, InvalidSessionPolicy> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self { key: key.into(), value: value.into() }),
            _ => Err(InvalidSessionPolicy::TagForm),
        }
    }

    fn fault(&self) -> Option<InvalidSessionPolicy> {
        let good =
            |c: char| c.is_alphanumeric() || c.is_whitespace() && !c.is_control() || "_.:/=+-@".contains(c);
        let sizes = (1..=128).contains(&self.key.chars().count()) && self.value.chars().count() <= 256;
        if !sizes || !self.key.chars().chain(self.value.chars()).all(good) {
            return Some(InvalidSessionPolicy::TagText);
        }
        self.key.to_lowercase().starts_with("aws:").then_some(InvalidSessionPolicy::TagReserved)
    }
}

/// 16 hex digits of SHA-256.
pub(crate) fn fingerprint_of(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Reads `KEY=VALUE,KEY=VALUE`, the form in a profile.
///
/// # Errors
/// The first part that is not `KEY=VALUE`.
pub(crate) fn tags_of_profile(list: Located<&str>) -> Result<Vec<Located<Tag>>, InvalidValue> {
    items(&list)
        .map(|item| match Tag::parse(item) {
            Ok(Tag { key, value }) => {
                let tag = Tag { key: key.trim().into(), value: value.trim().into() };
                Ok(Located::new(tag, list.origin.clone()))
            }
            Err(why) => Err(InvalidValue::new(item, list.origin.clone(), Rule::SessionPolicy(why))),
        })
        .collect()
}

/// Reads `KEY,KEY`, the form in a profile.
pub(crate) fn keys_of_profile(list: Located<&str>) -> Vec<Located<String>> {
    items(&list).map(|item| Located::new(item.to_owned(), list.origin.clone())).collect()
}

fn items<'a>(list: &Located<&'a str>) -> impl Iterator<Item = &'a str> {
    list.value.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn same_key(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// `arn:PARTITION:iam::(ACCOUNT|aws):policy/[PATH/]NAME`.
fn is_policy_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else { return false };
    partition.starts_with("aws")
        && (account == "aws" || names::is_account(account))
        && resource.strip_prefix("policy/").is_some_and(|name| !name.is_empty())
        && (20..=2048).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic())
}

fn policy_fault(text: &str) -> Option<InvalidSessionPolicy> {
    if text.chars().count() > LONGEST_POLICY {
        return Some(InvalidSessionPolicy::PolicyLength);
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Err(error) => Some(InvalidSessionPolicy::PolicyJson(error.line(), error.column())),
        Ok(policy) if !policy.is_object() => Some(InvalidSessionPolicy::PolicyObject),
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<T>(value: T) -> Located<T> {
        Located::new(value, Origin::Default)
    }

    fn tags(list: &[(&str, &str)]) -> SessionPolicy {
        let tag = |(key, value): &(&str, &str)| at(Tag { key: (*key).into(), value: (*value).into() });
        SessionPolicy { tags: list.iter().map(tag).collect(), ..SessionPolicy::default() }
    }

    fn fault(policy: &SessionPolicy) -> InvalidSessionPolicy {
        match policy.check(false) {
            Err(InvalidValue { rule: Rule::SessionPolicy(why), .. }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn tags_beyond_the_limits_are_rejected() {
        assert!(tags(&[("team", "a b"), ("é", ""), ("a:b/c", "x=y+z-@_.")]).check(false).is_ok());
        assert_eq!(fault(&tags(&[("aws:x", "v")])), InvalidSessionPolicy::TagReserved);
        assert_eq!(fault(&tags(&[("Team", "1"), ("tEAM", "2")])), InvalidSessionPolicy::TagTwice);
        assert_eq!(fault(&tags(&[("a", "$(id)")])), InvalidSessionPolicy::TagText);
        assert_eq!(fault(&tags(&[("a", "x\ny")])), InvalidSessionPolicy::TagText);
        assert_eq!(fault(&tags(&[(&"k".repeat(129), "v")])), InvalidSessionPolicy::TagText);
        assert_eq!(fault(&tags(&[("k", &"v".repeat(257))])), InvalidSessionPolicy::TagText);
        let keys: Vec<String> = (0..51).map(|i| format!("k{i}")).collect();
        let many: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "v")).collect();
        assert_eq!(fault(&tags(&many)), InvalidSessionPolicy::TagCount);
        assert!(tags(&many[..50]).check(false).is_ok());
        assert_eq!(Tag::parse("k=v=w").unwrap(), Tag { key: "k".into(), value: "v=w".into() });
        assert!(Tag::parse("k").is_err() && Tag::parse("=v").is_err());
    }

    #[test]
    fn a_transitive_key_is_a_tag_unless_it_can_be_inherited() {
        let mut policy = tags(&[("team", "a")]);
        policy.transitive = vec![at("TEAM".into())];
        assert!(policy.check(false).is_ok());
        policy.transitive.push(at("other".into()));
        assert_eq!(fault(&policy), InvalidSessionPolicy::TransitiveUnknown);
        assert!(policy.check(true).is_ok());
    }

    #[test]
    fn a_policy_that_is_not_valid_is_rejected() {
        let with =
            |policy: &str| SessionPolicy { policy: Some(at(policy.into())), ..SessionPolicy::default() };
        assert!(with(r#"{"Version":"2012-10-17","Statement":[]}"#).check(false).is_ok());
        assert_eq!(fault(&with("{\n  \"Version\": oops\n}")), InvalidSessionPolicy::PolicyJson(2, 14));
        assert_eq!(fault(&with("[]")), InvalidSessionPolicy::PolicyObject);
        assert_eq!(fault(&with(&" ".repeat(2049))), InvalidSessionPolicy::PolicyLength);
        let arn =
            |text: &str| SessionPolicy { policy_arns: vec![at(text.into())], ..SessionPolicy::default() };
        assert!(arn("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").check(false).is_ok());
        for bad in [
            "ReadOnlyAccess",
            "arn:aws:iam::aws:role/x",
            "arn:aws:iam::12:policy/x",
            "arn:aws:iam::aws:policy/",
        ] {
            assert_eq!(fault(&arn(bad)), InvalidSessionPolicy::PolicyArn, "{bad}");
        }
    }

    #[test]
    fn a_source_identity_that_is_not_valid_is_rejected() {
        let with =
            |text: &str| SessionPolicy { source_identity: Some(at(text.into())), ..SessionPolicy::default() };
        assert!(with("ann@example.org").check(false).is_ok());
        for bad in ["a", "a b", "é1", "aws:x"] {
            assert_eq!(fault(&with(bad)), InvalidSessionPolicy::SourceIdentity, "{bad}");
        }
    }

    #[test]
    fn different_restrictions_have_different_fingerprints() {
        assert_eq!(SessionPolicy::default().fingerprint(), None);
        let arn = at("arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned());
        let read_only = SessionPolicy { policy_arns: vec![arn], read_only: true, ..SessionPolicy::default() };
        assert_eq!(read_only.fingerprint().unwrap(), "read-only");
        let one = tags(&[("a", "bc")]).fingerprint().unwrap();
        let other = tags(&[("ab", "c")]).fingerprint().unwrap();
        assert!(one.len() == 16 && one != other && one == tags(&[("a", "bc")]).fingerprint().unwrap());
    }
}
