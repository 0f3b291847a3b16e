//! A role, as its trust policy and its limits make it, and the ARN that names it. Whether a request fulfils
//! the trust is decided where the request is answered.

/// A role and its trust policy, as far as a test may need it. By default it trusts nobody.
#[derive(Clone)]
pub struct Role {
    pub(super) arn: String,
    pub(super) trusted: Vec<String>,
    pub(super) external_id: Option<String>,
    pub(super) requires_mfa: bool,
    pub(super) max_duration: i64,
    pub(super) allows_tags: bool,
    pub(super) allows_source_identity: bool,
    pub(super) s3_full: bool,
    pub(super) web_subjects: Vec<String>,
}

impl Role {
    /// A role that nobody may assume yet, for at most an hour.
    pub fn new(arn: &str) -> Self {
        assert!(RoleArn::parse(arn).is_some(), "the test's role ARN is not one: {arn}");
        Self {
            arn: arn.into(),
            trusted: Vec::new(),
            external_id: None,
            requires_mfa: false,
            max_duration: 3600,
            allows_tags: false,
            allows_source_identity: false,
            s3_full: false,
            web_subjects: Vec::new(),
        }
    }

    /// Trusts a user, a role (that is, its sessions), one assumed-role session, or a whole
    /// account by its root's ARN. May be called again.
    pub fn trusts(mut self, principal_arn: &str) -> Self {
        self.trusted.push(principal_arn.into());
        self
    }

    /// Trusts a subject of the OpenID Connect provider. What else the trust demands is demanded of
    /// AssumeRole alone: its conditions stand in another statement. May be called again.
    pub fn trusts_web_identity(mut self, subject: &str) -> Self {
        self.web_subjects.push(subject.into());
        self
    }

    /// The trust has the condition `sts:ExternalId`.
    pub fn external_id(mut self, external_id: &str) -> Self {
        self.external_id = Some(external_id.into());
        self
    }

    /// The trust has the condition `aws:MultiFactorAuthPresent`.
    pub fn requires_mfa(mut self) -> Self {
        self.requires_mfa = true;
        self
    }

    /// The role's MaxSessionDuration in seconds; 3600 unless told.
    pub fn max_duration(mut self, seconds: i64) -> Self {
        self.max_duration = seconds;
        self
    }

    /// The trust also allows `sts:TagSession`.
    pub fn allows_tags(mut self) -> Self {
        self.allows_tags = true;
        self
    }

    /// The trust also allows `sts:SetSourceIdentity`.
    pub fn allows_source_identity(mut self) -> Self {
        self.allows_source_identity = true;
        self
    }

    /// The role's sessions may list the buckets.
    pub fn s3_full(mut self) -> Self {
        self.s3_full = true;
        self
    }

    /// The unique id behind the name.
    pub fn id(&self) -> String {
        self.parsed().id()
    }

    pub(super) fn parsed(&self) -> RoleArn<'_> {
        RoleArn::parse(&self.arn).expect("Role::new accepts role ARNs only")
    }
}

/// The parts of `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
pub(super) struct RoleArn<'a> {
    pub partition: &'a str,
    pub account: &'a str,
    path_and_name: &'a str,
}

impl<'a> RoleArn<'a> {
    pub fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let head = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let ("arn", partition, "iam", "") = head else {
            return None;
        };
        let account = parts.next()?;
        let path_and_name = parts.next()?.strip_prefix("role/")?;
        let plain = |char: char| char.is_ascii_alphanumeric() || "_+=,.@/-".contains(char);
        let sound = partition.starts_with("aws")
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && !path_and_name.ends_with('/')
            && !path_and_name.is_empty()
            && path_and_name.chars().all(plain);
        sound.then_some(Self { partition, account, path_and_name })
    }

    /// The name without the path: an assumed-role ARN carries only this.
    pub fn name(&self) -> &'a str {
        let path_and_name = self.path_and_name;
        path_and_name.rsplit('/').next().unwrap_or(path_and_name)
    }

    /// The role's unique id, which is made from its name.
    pub fn id(&self) -> String {
        unique_id("AROATEST", self.name())
    }
}

/// AWS's unique ids have 21 characters; this one is made from the name, so that it is the same
/// in every run.
pub(super) fn unique_id(prefix: &str, name: &str) -> String {
    let letters: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|char| char.to_ascii_uppercase())
        .take(13)
        .collect();
    format!("{prefix}{letters:0>13}")
}
