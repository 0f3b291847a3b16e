//! The plan as data: a source, the STS calls after it, and where they are asked. `resolve` makes it; `aws`
//! and `acquire` carry it out; `--explain` shows it. The methods answer questions from the data alone.

use std::path::PathBuf;

use crate::cli::session_args::Wishes;
use crate::common::credentials::Keys;
use crate::common::duration::LONGEST_CHAINED;
use crate::common::mfa_session::MfaSession;
use crate::common::origin::Located;
use crate::common::session_policy;
use crate::common::source_id::SourceId;
use crate::common::variables::Name;
use crate::env::sso_label;
use crate::mfa::Mfa;
use crate::net::Proxy;
use crate::plan::endpoint::Endpoint;
use crate::plan::error::Error;
use crate::plan::hop::{Hop, RoleHop};
use crate::plan::settings::Settings;
use crate::plan::source::Source;
use crate::plan::unexpected_account::UnexpectedAccount;

/// What the program will do to get a session.
#[derive(Debug)]
pub struct Plan {
    /// The role as it was typed.
    pub role_as_typed: String,
    /// The first credentials.
    pub source: Source,
    /// The STS calls, in their order. Without one, the keys of the source are the session's.
    pub hops: Vec<Hop>,
    /// Where STS is asked.
    pub sts: Endpoint,
    /// The configured address of S3, if one is configured and S3 is asked.
    pub s3_url: Option<Located<String>>,
    /// The configured address of AWS sign-in, if one is configured and the console is asked for.
    pub sign_in_url: Option<Located<String>>,
    /// The region of S3 requests.
    pub s3_region: String,
    /// Whether FIPS endpoints are asked.
    pub fips: bool,
    /// Whether dual-stack endpoints are asked.
    pub dual_stack: bool,
    /// The name of the source that a role named by its ARN starts from: a profile, or an
    /// `plan::source::AmbientSource`.
    pub source_name: Option<String>,
    /// The MFA session that signs the first hop, if one is used.
    pub mfa_session: Option<MfaSessionUse>,
    /// The account that the session must have, twelve digits.
    pub expected_account: Option<Located<String>>,
    /// The region that the session gets.
    pub region: Option<Located<String>>,
    /// The CA bundle; `None` for the authorities of the system.
    pub ca_bundle: Option<Located<PathBuf>>,
    /// The proxy of https requests.
    pub proxy: Proxy,
    /// The largest number of attempts of a request.
    pub attempts: u32,
    /// The settings of the profile that the session passes on.
    pub settings: Settings,
    /// The account that the source of the credentials names, twelve digits.
    pub source_account: Option<Located<String>>,
    /// Whether the keys renew themselves while a command runs.
    pub renews_itself: bool,
    /// How the user signs in to IAM Identity Center for this session alone, if the flag asks for that.
    pub login_once: Option<Wishes>,
}

/// The use of one MFA code for several roles.
#[derive(Debug)]
pub struct MfaSessionUse {
    /// The MFA session that the shell keeps, if it belongs to the same keys and device.
    pub kept: Option<MfaSession>,
    /// Whether the shell can keep a new one.
    pub may_make: bool,
}

impl Plan {
    /// The last hop, if it leads to a role.
    pub fn role(&self) -> Option<&RoleHop> {
        self.hops.last()?.role()
    }

    /// The account of the session; `None` when it is not known before the session is made.
    pub fn account(&self) -> Option<&str> {
        match (self.role(), &self.source) {
            (Some(hop), _) => Some(hop.role.value.account()),
            (None, Source::Sso(sso)) => Some(&sso.account.value),
            _ => None,
        }
    }

    /// The account of the session, or the one that a profile names for its keys. The latter is not checked.
    pub fn named_account(&self) -> Option<&str> {
        let of_source = || self.source_account.as_ref().map(|account| account.value.as_str());
        self.account().or_else(of_source)
    }

    /// The settings that the session sets: variables and their values.
    pub fn session_settings(&self) -> Vec<(Name, String)> {
        let passed = self.settings.passed.iter();
        passed.map(|setting| (setting.name.clone(), setting.value.value.clone())).collect()
    }

    /// Compares an account with the expected one.
    ///
    /// # Errors
    /// Another account than the expected one.
    pub fn check_account(&self, account: &str) -> Result<(), UnexpectedAccount> {
        match &self.expected_account {
            Some(expected) if account != expected.value => Err(UnexpectedAccount {
                of: self.role().map_or_else(|| self.source.to_string(), |hop| hop.role.value.to_string()),
                account: account.to_owned(),
                expected: expected.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// The value of `ASSUME_ENV_NARROWED`: a fingerprint of the last role's session policies, tags and source
    /// identity, and of what the session inherits from the roles before it (transitive tags and the source
    /// identity).
    pub fn restriction(&self) -> Option<String> {
        let own = self.role()?.session_policy.fingerprint();
        let earlier = self.hops.iter().rev().skip(1).filter_map(Hop::role);
        let inherited: Vec<String> =
            earlier.filter_map(|hop| hop.session_policy.inherited_fingerprint()).collect();
        if inherited.is_empty() {
            return own;
        }
        let all = format!("{} {}", own.unwrap_or_default(), inherited.join(" "));
        Some(session_policy::fingerprint_of(&all))
    }

    /// The value of `ASSUME_ENV_SOURCE`: the name of the source that a role named by its ARN starts from. For
    /// keys without a role, 16 hex digits that differ for another source or another MFA device; for a role of IAM Identity
    /// Center without a profile, the name of its `sso-session`.
    pub fn source_label(&self) -> Option<String> {
        match self.role() {
            Some(_) => self.source_name.clone(),
            None => {
                if let Source::Sso(sso) = &self.source
                    && let (None, Some(session)) = (&sso.profile, &sso.login.session)
                {
                    return Some(sso_label(session));
                }
                let device = self.mfa().map_or("", |mfa| &mfa.serial.value);
                Some(session_policy::fingerprint_of(&format!("{}\n{device}", self.source.identity())))
            }
        }
    }

    /// The value of `ASSUME_ENV_SOURCE_ID`: the source and the roles before the last one. `None` when the
    /// keys of
    /// the source are not there any more.
    pub fn source_id(&self) -> Option<SourceId> {
        let mut identity = self.source.lasting_identity()?;
        let mut name = self.source.short_name().to_owned();
        for role in self.hops.iter().rev().skip(1).rev().filter_map(Hop::role) {
            let arn = role.role.value.as_str();
            identity.push_str(&format!("\n{arn}"));
            name.push_str(&format!(" > {arn}"));
        }
        Some(SourceId::new(name, &identity))
    }

    /// Checks the session durations: STS gives one hour at most to a role that is assumed with temporary keys
    /// (role chaining). Checked here, so that no MFA code is used for a call that STS refuses. `temporary`
    /// says whether the keys of the source are temporary; `None` when that is not known yet.
    ///
    /// # Errors
    /// A longer duration.
    pub fn check_durations(&self, temporary: Option<bool>) -> Result<(), Error> {
        let mut before = (temporary == Some(true)).then(|| self.source.to_string());
        for hop in &self.hops {
            let Hop::Role(hop) = hop else {
                before = Some("a session of GetSessionToken".into());
                continue;
            };
            if let (Some(before), Some(length)) = (&before, &hop.duration)
                && length.value.seconds() > LONGEST_CHAINED
            {
                return Err(Error::TooLongForChain {
                    length: length.value,
                    origin: length.origin.clone(),
                    role: hop.role.value.to_string(),
                    before: before.clone(),
                });
            }
            before = Some(format!("the role {}", hop.role.value));
        }
        Ok(())
    }

    /// Checks that the keys of the source can belong to AWS, if AWS is asked. A service that imitates it accepts
    /// other ids.
    ///
    /// # Errors
    /// A short access key id.
    pub fn check_keys(&self, keys: &Keys) -> Result<(), Error> {
        match keys.has_short_id() && !self.sts.is_configured {
            true => Err(Error::ShortKeyId { source: self.source.to_string() }),
            false => Ok(()),
        }
    }

    /// The MFA device whose code the first hop sends.
    pub fn mfa(&self) -> Option<&Mfa> {
        self.hops.first()?.mfa()
    }

    /// As [`Plan::mfa`], once it is known whether the keys of the source are temporary: temporary keys of a
    /// user are used without a call.
    pub fn mfa_for(&self, temporary: Option<bool>) -> Option<&Mfa> {
        match self.hops.first()? {
            Hop::Session(hop) if hop.only_for_long_lived && temporary == Some(true) => None,
            hop => hop.mfa(),
        }
    }

    /// Whether STS is certainly asked. A call that is only for long-lived keys does not count.
    pub fn asks_sts(&self) -> bool {
        self.hops.first().is_some_and(|hop| !matches!(hop, Hop::Session(hop) if hop.only_for_long_lived))
    }
}
