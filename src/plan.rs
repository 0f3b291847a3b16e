//! Request, caller and profiles in; a [`Plan`] out: a source, the hops after it, and where to ask.
//!
//! Everything that can be known without the network is found out here: loops, missing sources, half keys, bad names and
//! durations. Follows botocore's `AssumeRoleProvider` for chains (`source_profile`, `credential_source`, static keys that
//! win over a later profile's `role_arn`) and STS's limits for chained roles. Pure: no network, no file, no terminal.

mod chain;
mod endpoint;

use std::path::PathBuf;

use crate::caller::{Caller, Held};
use crate::cli::{Mode, Request};
use crate::config::{Config, Located, Origin, Profile};
use crate::duration::{LONGEST_CHAINED, SessionLength};
use crate::error::Error;
use crate::mfa::{self, CodeFrom, Mfa};
use crate::near;
use crate::role::{self, RoleArn};
use crate::secret::Keys;
use crate::shape::{self, READ_ONLY, Shape};
use crate::source::{Lost, Source};
use chain::Chain;
pub use endpoint::{Endpoint, is_plain};

/// One AssumeRole call.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The role, and where it is named.
    pub role: Located<RoleArn>,
    /// The session name.
    pub session_name: Located<String>,
    /// The length; absent, STS gives one hour.
    pub duration: Option<Located<SessionLength>>,
    /// The external ID.
    pub external_id: Option<Located<String>>,
    /// What narrows or marks the session.
    pub shape: Shape,
    /// The MFA device; only the first hop can have one.
    pub mfa: Option<Mfa>,
    /// The profile that the hop belongs to; a bare ARN has none.
    pub profile: Option<String>,
}

/// What will be done.
#[derive(Debug)]
pub struct Plan {
    /// The role as it was typed.
    pub label: String,
    /// The first credentials.
    pub source: Source,
    /// The hops before the last, in the order of the calls.
    pub earlier: Vec<Hop>,
    /// The hop that gives the session.
    pub last: Hop,
    /// Where STS is asked.
    pub sts: Endpoint,
    /// Where S3 is asked; its own address only when one is configured.
    pub s3_url: Option<Located<String>>,
    /// The region of S3 requests.
    pub s3_region: String,
    /// Whether FIPS endpoints are wanted.
    pub fips: bool,
    /// Whether dual-stack endpoints are wanted.
    pub dual_stack: bool,
    /// The profile that a bare role starts from.
    pub bare_source: Option<String>,
    /// The region that the session gets.
    pub region: Option<Located<String>>,
    /// The CA bundle that was named; without one, the system's.
    pub ca_bundle: Option<Located<PathBuf>>,
    /// How many times a request is tried at most.
    pub attempts: u32,
}

impl Plan {
    /// All hops in the order of the calls.
    pub fn hops(&self) -> impl Iterator<Item = &Hop> {
        self.earlier.iter().chain([&self.last])
    }

    /// STS caps what is assumed with temporary keys at one hour; better to say so before a code is burnt. `keys` are those of
    /// the source, if they are known yet.
    ///
    /// # Errors
    /// A hop that is to last longer.
    pub fn check_lengths(&self, keys: Option<&Keys>) -> Result<(), Error> {
        let mut before = keys.filter(|keys| keys.temporary()).map(|_| self.source.to_string());
        for hop in self.hops() {
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

    /// The MFA device whose code the first hop carries.
    pub fn mfa(&self) -> Option<&Mfa> {
        self.hops().next()?.mfa.as_ref()
    }
}

/// The role that was meant, before its source is looked for.
enum Target<'a> {
    Profile(&'a Profile<'a>),
    Arn(Located<RoleArn>),
}

/// A variable of the SDK that replaces its list of partitions, and makes it panic when the file is not as it wants.
const CUSTOM_PARTITIONS: &str = "SMITHY_CLIENT_SDK_CUSTOM_PARTITION";

/// Makes the plan. `default_name` is the session name when nobody names one; `now` is in epoch seconds (UTC).
///
/// # Errors
/// Everything that is wrong with the request, the profiles or the environment, with file and line.
pub fn plan(
    request: &Request,
    caller: &Caller,
    config: &Config<'_>,
    default_name: &str,
    now: i64,
) -> Result<Plan, Error> {
    let planner = Planner { request, caller, config, default_name, now, held: caller.held()? };
    planner.plan()
}

struct Planner<'a> {
    request: &'a Request,
    caller: &'a Caller,
    config: &'a Config<'a>,
    default_name: &'a str,
    now: i64,
    held: Option<&'a Held>,
}

impl<'a> Planner<'a> {
    fn plan(&self) -> Result<Plan, Error> {
        let label = self.label()?;
        let (chain, last_role) = match self.target(&label)? {
            Target::Profile(profile) => {
                if self.request.source_profile.is_some() {
                    return Err(Error::SourceProfileNeedsArn { role: label });
                }
                (Chain::of_profile(self, profile)?, None)
            }
            Target::Arn(role) => (self.chain_of_arn(&role.value)?, Some(role)),
        };
        let Chain { source, mut hops, profiles } = chain;
        let bare_source = last_role.as_ref().and(profiles.first()).map(|profile| profile.name().to_owned());
        if let Some(role) = last_role {
            hops.push(self.hop(role, None)?);
        }
        self.place_mfa(&mut hops)?;
        let Some(mut last) = hops.pop() else {
            return Err(self.no_role(&label));
        };
        self.shape(&mut last);
        let role_profile = last.profile.as_deref().and_then(|name| self.config.profile(name));
        let settings = endpoint::Settings {
            caller: self.caller,
            config: self.config,
            // The settings of the profile that was asked for; for a bare ARN, of the one that it starts from.
            profile: match profiles.first() {
                Some(profile) => Some(*profile),
                None => self.default_profile()?,
            },
        };
        let region = self.session_region(role_profile)?;
        let sts = settings.sts(region.as_ref(), &profiles, &last.role.value)?;
        let (fips, dual_stack) = (settings.fips()?, settings.dual_stack()?);
        let asks_s3 = matches!(self.request.mode, Mode::Buckets { .. });
        settings.check_proxies()?;
        if self.caller.os(CUSTOM_PARTITIONS).is_some() {
            return Err(Error::CustomPartitions { name: CUSTOM_PARTITIONS });
        }
        let plan = Plan {
            label,
            source,
            bare_source,
            s3_url: if asks_s3 { settings.url("s3")? } else { None },
            s3_region: region.as_ref().unwrap_or(&sts.region).value.clone(),
            region,
            sts,
            fips,
            dual_stack,
            ca_bundle: settings.ca_bundle(),
            attempts: settings.attempts()?,
            earlier: hops,
            last,
        };
        plan.check_lengths(plan.source.known_keys())?;
        let from_user = plan.source.known_keys().is_some_and(|keys| !keys.temporary());
        for (i, hop) in plan.hops().enumerate() {
            hop.shape.check(i > 0 || !from_user)?;
        }
        self.check_account(&plan, role_profile)?;
        self.check_narrowing(&plan)?;
        Ok(plan)
    }

    /// The held role, when it is not named again, must not come back with more power than it was held with.
    fn check_narrowing(&self, plan: &Plan) -> Result<(), Error> {
        let held = self.held.filter(|_| self.request.role.is_none());
        match held.and_then(|held| held.narrowed.as_ref()) {
            Some(how) if plan.last.shape.fingerprint().as_ref() != Some(how) => {
                Err(Error::WouldWiden { role: plan.label.clone(), how: how.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The role as typed, or the one that the environment speaks of.
    fn label(&self) -> Result<String, Error> {
        if let Some(role) = &self.request.role {
            return Ok(role.clone());
        }
        if let Some(held) = self.held {
            return Ok(held.label.clone());
        }
        let from_profile = self.profile_variable().map(|(_, name)| name.to_owned());
        from_profile.ok_or(Error::NoRole)
    }

    /// The variable that names the user's profile, in botocore's order.
    fn profile_variable(&self) -> Option<(&'static str, &'a str)> {
        ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"]
            .into_iter()
            .find_map(|name| Some((name, self.caller.var(name)?)))
    }

    fn target(&self, label: &str) -> Result<Target<'a>, Error> {
        if let Some(profile) = self.config.profile(label) {
            return Ok(Target::Profile(profile));
        }
        let typed = Origin::Flag("ROLE");
        if label.starts_with("arn:") {
            return match RoleArn::parse(label) {
                Ok(role) => Ok(Target::Arn(Located::new(role, typed))),
                Err(why) => Err(Error::BadRoleArn { text: label.into(), why, origin: typed }),
            };
        }
        match RoleArn::from_shorthand(label) {
            Some(role) => {
                Ok(Target::Arn(Located::new(role.in_partition(&self.partition_of_source()?), typed)))
            }
            None => Err(self.unknown_profile(label, None)),
        }
    }

    /// The partition of the credentials that a bare role starts from, as far as its region tells.
    fn partition_of_source(&self) -> Result<String, Error> {
        if let Some(region) = &self.request.region {
            return Ok(role::partition_of_region(region).into());
        }
        let named = match &self.request.source_profile {
            Some(name) => self.config.profile(name),
            None => {
                if let Some(held) = self.held {
                    return Ok(held.role.partition().into());
                }
                self.default_profile()?
            }
        };
        let region = named
            .and_then(|profile| profile.get("region"))
            .map(|region| region.value)
            .or_else(|| self.caller.var("AWS_REGION"))
            .or_else(|| self.caller.var("AWS_DEFAULT_REGION"));
        Ok(region.map_or("aws", role::partition_of_region).into())
    }

    /// The profile that the environment names, else `default` if there is one.
    fn default_profile(&self) -> Result<Option<&'a Profile<'a>>, Error> {
        match self.profile_variable() {
            Some((variable, name)) => match self.config.profile(name) {
                Some(profile) => Ok(Some(profile)),
                None => Err(self.unknown_profile(name, Some(Origin::Variable(variable)))),
            },
            None => Ok(self.config.profile("default")),
        }
    }

    /// The source of a bare role: the flag, the held session, the environment's keys, the environment's profile.
    fn chain_of_arn(&self, role: &RoleArn) -> Result<Chain<'a>, Error> {
        if let Some(name) = &self.request.source_profile {
            let profile = self
                .config
                .profile(name)
                .ok_or_else(|| self.unknown_profile(name, Some(Origin::Flag("--source-profile"))))?;
            return Chain::of_source(self, profile);
        }
        if let Some(held) = self.held {
            // Naming the held role again, or leaving it out, renews it from where it came from.
            return if held.role == *role { self.renewal(held) } else { self.held_source(held) };
        }
        if let Some(keys) = self.caller.own_keys()? {
            return Ok(Chain::from(Source::Environment(keys)));
        }
        match self.default_profile()? {
            Some(profile) => Chain::of_profile(self, profile),
            None => Err(Error::NoSource { role: role.to_string() }),
        }
    }

    /// The source of the held session of a bare role. Any other would be another identity, so no other is tried.
    fn renewal(&self, held: &Held) -> Result<Chain<'a>, Error> {
        if let Some(name) = &held.source {
            let label = Origin::Variable("ASSUME_ENV_SOURCE");
            let found = self.config.profile(name).ok_or_else(|| self.unknown_profile(name, Some(label)))?;
            let default = self.default_profile()?.is_some_and(|default| default.name() == name);
            return if default { Chain::of_profile(self, found) } else { Chain::of_source(self, found) };
        }
        if let Some(profile) = self.config.profile(&held.label) {
            let mut chain = Chain::of_profile(self, profile)?;
            if chain.hops.pop().is_some_and(|hop| hop.role.value == held.role) {
                // What is left starts from the profile behind it, unless that is the very same.
                let itself = matches!(&chain.source, Source::Profile { name, .. } if name == profile.name());
                if !itself {
                    chain.profiles.remove(0);
                }
                return Ok(chain);
            }
        }
        Ok(Chain::from(Source::Lost(Lost::OfRole(held.role.clone()))))
    }

    fn held_source(&self, held: &Held) -> Result<Chain<'a>, Error> {
        let label = held.label.clone();
        if held.expires.unix_timestamp() <= self.now {
            return Err(Error::HeldExpired { label, ago: self.now - held.expires.unix_timestamp() });
        }
        Ok(Chain::from(Source::Held { label, keys: held.keys.clone().into() }))
    }

    /// A hop with what its own profile says.
    fn hop(&self, role: Located<RoleArn>, profile: Option<&Profile<'_>>) -> Result<Hop, Error> {
        let get = |key| profile.and_then(|profile| profile.get(key));
        let duration = get("duration_seconds")
            .map(|text| match SessionLength::parse(text.value) {
                Ok(length) => Ok(Located::new(length, text.origin)),
                Err(why) => Err(Error::BadDuration { text: text.value.into(), why, origin: text.origin }),
            })
            .transpose()?;
        let external_id = get("external_id")
            .map(|id| match role::is_external_id(id.value) {
                true => Ok(Located::new(id.value.to_owned(), id.origin)),
                false => Err(Error::BadExternalId { text: id.value.into(), origin: id.origin }),
            })
            .transpose()?;
        Ok(Hop {
            session_name: self.session_name(get("role_session_name"))?,
            role,
            duration,
            external_id,
            shape: Shape {
                tags: get("session_tags").map(shape::tags_of_profile).transpose()?.unwrap_or_default(),
                transitive: get("transitive_session_tags").map(shape::keys_of_profile).unwrap_or_default(),
                source_identity: get("source_identity")
                    .map(|id| Located::new(id.value.to_owned(), id.origin)),
                ..Shape::default()
            },
            mfa: self.mfa(get("mfa_serial"), get("mfa_process"))?,
            profile: profile.map(|profile| profile.name().to_owned()),
        })
    }

    fn session_name(&self, of_profile: Option<Located<&str>>) -> Result<Located<String>, Error> {
        const VARIABLE: &str = "AWS_ROLE_SESSION_NAME";
        let named = of_profile.or_else(|| {
            let name = self.caller.var(VARIABLE)?;
            Some(Located::new(name, Origin::Variable(VARIABLE)))
        });
        match named {
            None => Ok(Located::new(self.default_name.to_owned(), Origin::Default)),
            Some(name) if role::is_session_name(name.value) => {
                Ok(Located::new(name.value.to_owned(), name.origin))
            }
            Some(name) => Err(Error::BadSessionName { text: name.value.into(), origin: name.origin }),
        }
    }

    /// The device that a profile names, and the flags' word on where its code comes from.
    fn mfa(
        &self,
        serial: Option<Located<&str>>,
        process: Option<Located<&str>>,
    ) -> Result<Option<Mfa>, Error> {
        let Some(serial) = serial else { return Ok(None) };
        let name = mfa::checked_serial(serial.value, serial.origin.clone())?;
        let process = process.map(|p| Located::new(p.value.to_owned(), p.origin));
        Ok(Some(Mfa { serial: Located::new(name, serial.origin), code: self.code_from(process) }))
    }

    fn code_from(&self, of_profile: Option<Located<String>>) -> CodeFrom {
        if let Some(token) = &self.request.mfa_token {
            return CodeFrom::Token(token.clone());
        }
        let flag = self.request.mfa_process.as_ref();
        let process = flag.map(|command| Located::new(command.clone(), Origin::Flag("--mfa-process")));
        process.or(of_profile).map_or(CodeFrom::Prompt, CodeFrom::Process)
    }

    /// A device belongs to a user, so only the hop that a user's keys make can carry a code.
    fn place_mfa(&self, hops: &mut [Hop]) -> Result<(), Error> {
        if let (Some(first), Some(serial)) = (hops.first_mut(), &self.request.mfa_serial) {
            let serial = Located::new(serial.clone(), Origin::Flag("--mfa-serial"));
            let code = match first.mfa.take() {
                Some(mfa) => mfa.code,
                None => self.code_from(None),
            };
            first.mfa = Some(Mfa { serial, code });
        }
        if let Some((hop, mfa)) = hops.iter().skip(1).find_map(|hop| Some((hop, hop.mfa.as_ref()?))) {
            return Err(Error::MfaOnLaterHop {
                role: hop.role.value.to_string(),
                origin: mfa.serial.origin.clone(),
            });
        }
        if hops.first().is_some_and(|first| first.mfa.is_none()) {
            if self.request.mfa_token.is_some() {
                return Err(Error::CodeWithoutDevice { flag: "--mfa-token" });
            }
            if self.request.mfa_process.is_some() {
                return Err(Error::CodeWithoutDevice { flag: "--mfa-process" });
            }
        }
        Ok(())
    }

    /// What the flags say goes to the last hop.
    fn shape(&self, last: &mut Hop) {
        let request = self.request;
        if let Some(duration) = request.duration {
            last.duration = Some(Located::new(duration, Origin::Flag("--duration")));
        }
        if let Some(name) = &request.session_name {
            last.session_name = Located::new(name.clone(), Origin::Flag("--session-name"));
        }
        if let Some(id) = &request.external_id {
            last.external_id = Some(Located::new(id.clone(), Origin::Flag("--external-id")));
        }
        let read_only = format!("arn:{}:iam::aws:policy/ReadOnlyAccess", last.role.value.partition());
        let flag = |name| move |text: &String| Located::new(text.clone(), Origin::Flag(name));
        let shape = &mut last.shape;
        shape.policy = request.policy.as_ref().map(flag("--policy"));
        shape.policy_arns = request.policy_arns.iter().map(flag("--policy-arn")).collect();
        let held_so = self.held.is_some_and(|held| held.narrowed.as_deref() == Some(READ_ONLY));
        if request.read_only || (request.role.is_none() && held_so && shape.policy_arns.is_empty()) {
            shape.read_only = true;
            shape.policy_arns.push(Located::new(read_only, Origin::Flag("--read-only")));
        }
        // A tag that is typed beats that of the profile; one that is typed twice is found by the check.
        shape
            .tags
            .retain(|kept| request.tags.iter().all(|tag| !tag.key.eq_ignore_ascii_case(&kept.value.key)));
        let typed = request.tags.iter().map(|tag| Located::new(tag.clone(), Origin::Flag("--tag")));
        shape.tags.extend(typed);
        shape.transitive.extend(request.transitive_tags.iter().map(flag("--transitive-tag")));
        if let Some(identity) = &request.source_identity {
            shape.source_identity = Some(flag("--source-identity")(identity));
        }
    }

    fn session_region(&self, role_profile: Option<&Profile<'_>>) -> Result<Option<Located<String>>, Error> {
        if let Some(region) = &self.request.region {
            return Ok(Some(Located::new(region.clone(), Origin::Flag("--region"))));
        }
        role_profile.and_then(|profile| profile.get("region")).map(endpoint::checked_region).transpose()
    }

    fn check_account(&self, plan: &Plan, role_profile: Option<&Profile<'_>>) -> Result<(), Error> {
        let flag = || {
            let account = self.request.expect_account.as_deref()?;
            Some(Located::new(account, Origin::Flag("--expect-account")))
        };
        let Some(wanted) = flag().or_else(|| role_profile?.get("expected_account")) else { return Ok(()) };
        let Located { value, origin } = wanted;
        if !role::is_account(value) {
            return Err(Error::BadAccount { text: value.into(), origin });
        }
        let role = &plan.last.role.value;
        if role.account() != value {
            return Err(Error::OtherAccount { role: role.to_string(), wanted: value.into(), origin });
        }
        Ok(())
    }

    fn no_role(&self, label: &str) -> Error {
        let place = self.config.profile(label).map(Profile::place);
        Error::ProfileWithoutRole { profile: label.into(), place }
    }

    fn unknown_profile(&self, name: &str, origin: Option<Origin>) -> Error {
        let names = self.config.profiles().map(Profile::name);
        Error::UnknownProfile {
            name: name.into(),
            origin,
            near: near::nearest(name, names).into_iter().map(str::to_owned).collect(),
            searched: self.config.searched().to_vec(),
            no_home: self.caller.home().is_none(),
        }
    }
}

#[cfg(test)]
mod tests;
