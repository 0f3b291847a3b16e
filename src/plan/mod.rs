//! Request, caller and profiles in; a [`Plan`] out: a source, the hops after it, and where to ask.
//!
//! Everything that can be known without the network is found out here: loops, missing sources, half keys, bad names and
//! durations. Follows botocore's `AssumeRoleProvider` for chains (`source_profile`, `credential_source`, static keys that
//! win over a later profile's `role_arn`) and STS's limits for chained roles. Pure: no network, no file, no terminal.
//! [`chain`] walks, [`leaf`] finds the first credentials, [`flags`] shapes the last hop, [`endpoint`] says where to ask.

mod chain;
mod endpoint;
mod hop;
mod overrides;
pub mod source;
mod source_of;
pub mod unexpected_account;

use crate::common::partition;
use std::path::PathBuf;

use crate::cli::session_args::SessionArgs;
use crate::common::arn::{self, RoleArn};
use crate::common::duration::{LONGEST_CHAINED, SessionLength};
use crate::common::mfa_session::MfaSession;
use crate::common::origin::{Located, Origin};
use crate::common::session_policy::{self, SessionPolicy};
use crate::common::suggest;
use crate::config::{Config, Profile};
use crate::env::{Environment, Held};
use crate::error::Error;
use crate::mfa::{self, CodeSource, Mfa};
use crate::plan::source::{ReplacedKeys, Source};
use chain::Chain;
pub use chain::NAMED;
pub use endpoint::Endpoint;
pub use hop::{AssumeWith, GetSessionTokenHop, Hop, ROLE_LIFE, RoleHop};

/// What will be done.
#[derive(Debug)]
pub struct Plan {
    /// The role as it was typed.
    pub label: String,
    /// The first credentials.
    pub source: Source,
    /// The STS calls, in their order. Without one, the keys of the source are the session's.
    pub hops: Vec<Hop>,
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
    /// What a bare role starts from: a profile, or one of [`chain::NAMED`].
    pub bare_source: Option<String>,
    /// The base session that the first hop is to be made with, if one is wanted.
    pub base: Option<MfaSessionUse>,
    /// The account that the session must have.
    pub expected_account: Option<Located<String>>,
    /// The region that the session gets.
    pub region: Option<Located<String>>,
    /// The CA bundle that was named; without one, the system's.
    pub ca_bundle: Option<Located<PathBuf>>,
    /// How many times a request is tried at most.
    pub attempts: u32,
}

/// That one MFA code is to serve several roles.
#[derive(Debug)]
pub struct MfaSessionUse {
    /// The session that the shell keeps, if it is of the same keys and device.
    pub kept: Option<MfaSession>,
    /// Whether a new one can be handed to the shell.
    pub may_make: bool,
}

impl Plan {
    /// The last hop, if it leads to a role.
    pub fn role(&self) -> Option<&RoleHop> {
        self.hops.last()?.role()
    }

    /// The account of the session, as far as it is known before it is made.
    pub fn account(&self) -> Option<&str> {
        match (self.role(), &self.source) {
            (Some(hop), _) => Some(hop.role.value.account()),
            (None, Source::Sso(sso)) => Some(&sso.account.value),
            _ => None,
        }
    }

    /// What the session's label `ASSUME_ENV_NARROWED` says: how the last role narrows or marks it, and what the roles before hand
    /// on to it, transitive tags and the source identity.
    pub fn narrowing(&self) -> Option<String> {
        let own = self.role()?.shape.fingerprint();
        let before = self.hops.iter().rev().skip(1).filter_map(Hop::role);
        let inherited_fingerprint: Vec<String> =
            before.filter_map(|hop| hop.shape.inherited_fingerprint()).collect();
        if inherited_fingerprint.is_empty() {
            return own;
        }
        Some(session_policy::fingerprint_of(&format!(
            "{} {}",
            own.unwrap_or_default(),
            inherited_fingerprint.join(" ")
        )))
    }

    /// What the session's label `ASSUME_ENV_SOURCE` says: what a bare role starts from; of keys without a role, 16 hex digits
    /// that are others when the source is another.
    pub fn identity(&self) -> Option<String> {
        match self.role() {
            Some(_) => self.bare_source.clone(),
            None => {
                let device = self.mfa().map_or("", |mfa| &mfa.serial.value);
                Some(session_policy::fingerprint_of(&format!("{}\n{device}", self.source.identity())))
            }
        }
    }

    /// STS caps what is assumed with temporary keys at one hour; better to say so before a code is burnt. `temporary` says
    /// whether the keys of the source are, if that is known yet.
    ///
    /// # Errors
    /// A hop that is to last longer.
    pub fn check_lengths(&self, temporary: Option<bool>) -> Result<(), Error> {
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

    /// The MFA device whose code the first hop carries.
    pub fn mfa(&self) -> Option<&Mfa> {
        self.hops.first()?.mfa()
    }

    /// The same, when it is known whether the keys of the source are temporary: those are used as they are.
    pub fn mfa_for(&self, temporary: Option<bool>) -> Option<&Mfa> {
        match self.hops.first()? {
            Hop::Session(hop) if hop.only_for_long_lived && temporary == Some(true) => None,
            hop => hop.mfa(),
        }
    }

    /// Whether STS is asked on the way to the session, for all that is known before it is begun.
    pub fn asks_sts(&self) -> bool {
        self.hops.first().is_some_and(|hop| !matches!(hop, Hop::Session(hop) if hop.only_for_long_lived))
    }
}

/// The role that was meant, before its source is looked for.
enum Target<'a> {
    Profile(&'a Profile<'a>),
    Arn(Located<RoleArn>),
}

/// A variable of the SDK that replaces its list of partitions, and makes it panic when the file is not as it wants.
const CUSTOM_PARTITIONS: &str = "SMITHY_CLIENT_SDK_CUSTOM_PARTITION";

/// What the plan is made from beside the files.
pub struct PlanContext<'a> {
    /// The session name when nobody names one.
    pub default_name: &'a str,
    /// Now, in epoch seconds (UTC).
    pub now: i64,
    /// Whether this machine is an instance of EC2; asked only when it matters.
    pub on_instance: fn() -> bool,
}

/// Makes the plan.
///
/// # Errors
/// Everything that is wrong with the request, the profiles or the environment, with file and line.
pub fn plan(
    args: &SessionArgs,
    asks_s3: bool,
    env: &Environment,
    config: &Config<'_>,
    around: &PlanContext<'_>,
) -> Result<Plan, Error> {
    let mut planner = Planner {
        args,
        asks_s3,
        env,
        config,
        default_name: around.default_name,
        now: around.now,
        on_instance: around.on_instance,
        held: env.held()?,
        asked: None,
    };
    let label = planner.label()?;
    let target = planner.target(&label)?;
    planner.asked = planner.asked(&target)?;
    planner.plan(label, target)
}

struct Planner<'a> {
    args: &'a SessionArgs,
    /// Whether S3 is asked with the session.
    asks_s3: bool,
    env: &'a Environment,
    config: &'a Config<'a>,
    default_name: &'a str,
    now: i64,
    on_instance: fn() -> bool,
    held: Option<&'a Held>,
    /// The profile whose settings hold: the one that was asked for; for a bare ARN, the one that it starts from.
    asked: Option<&'a Profile<'a>>,
}

impl<'a> Planner<'a> {
    fn plan(&self, label: String, target: Target<'a>) -> Result<Plan, Error> {
        let (chain, bare) = match target {
            Target::Profile(profile) => {
                if self.args.source_profile.is_some() {
                    return Err(Error::SourceProfileNeedsArn { role: label });
                }
                (Chain::of_profile(self, profile)?, None)
            }
            Target::Arn(role) => (self.chain_of_arn(&role.value)?, Some(role)),
        };
        let Chain { source, mut hops, profiles } = chain;
        let bare_source = bare.as_ref().and_then(|_| {
            let profile = profiles.first().map(|profile| profile.name());
            profile.or(chain::name_of(&source)).map(str::to_owned)
        });
        match bare {
            // The role of a web identity, named by its ARN, is reached already.
            Some(role) if profiles.is_empty() && leads_to(&hops, &role.value) => {}
            Some(role) => hops.push(self.hop(role, None, AssumeWith::Keys)?),
            None if hops.is_empty() => hops.extend(self.users_session(&source, profiles[0])?),
            None => {}
        }
        overrides::check(self.args, &source, &hops)?;
        self.place_mfa(&source, &mut hops, &profiles)?;
        if let Some(last) = hops.last_mut() {
            overrides::apply(self, last);
        }
        let own_profile = match hops.last() {
            Some(Hop::Role(last)) => last.profile.as_deref().and_then(|name| self.config.profile(name)),
            _ => profiles.first().copied(),
        };
        let settings = self.settings(None)?;
        let region = self.session_region(own_profile)?;
        let last_role = hops.last().and_then(Hop::role).map(|hop| &hop.role.value);
        let sts = settings.sts(region.as_ref(), &profiles, last_role)?;
        let (fips, dual_stack) = (settings.fips()?, settings.dual_stack()?);
        settings.check_proxies()?;
        if self.env.os(CUSTOM_PARTITIONS).is_some() {
            return Err(Error::CustomPartitions { name: CUSTOM_PARTITIONS });
        }
        let plan = Plan {
            label,
            base: self.base(&source, &hops),
            source,
            bare_source,
            expected_account: self.expected_account(own_profile)?,
            s3_url: if self.asks_s3 { settings.url("s3")? } else { None },
            s3_region: region.as_ref().unwrap_or(&sts.region).value.clone(),
            region,
            sts,
            fips,
            dual_stack,
            ca_bundle: settings.ca_bundle(),
            attempts: settings.attempts()?,
            hops,
        };
        plan.check_lengths(plan.source.temporary())?;
        let from_user = plan.source.known_keys().is_some_and(|keys| !keys.temporary());
        for (i, hop) in plan.hops.iter().enumerate() {
            if let Hop::Role(hop) = hop {
                hop.shape.check(i > 0 || !from_user)?;
            }
        }
        check_account(&plan)?;
        self.check_narrowing(&plan)?;
        Ok(plan)
    }

    /// The profile whose settings hold.
    fn asked(&self, target: &Target<'a>) -> Result<Option<&'a Profile<'a>>, Error> {
        let role = match target {
            Target::Profile(profile) => return Ok(Some(*profile)),
            Target::Arn(role) => &role.value,
        };
        let renewed = self.held.filter(|held| held.assumed.as_ref().is_some_and(|was| was.role == *role));
        let source = self.args.source_profile.as_ref().or(renewed.and_then(|held| held.source.as_ref()));
        match source.and_then(|name| self.config.profile(name)) {
            Some(profile) => Ok(Some(profile)),
            None => self.default_profile(),
        }
    }

    /// Where settings are looked up; `profile` in the place of the one that was asked for.
    fn settings(&self, profile: Option<&'a Profile<'a>>) -> Result<endpoint::Settings<'a>, Error> {
        Ok(endpoint::Settings {
            env: self.env,
            config: self.config,
            profile: profile.or(self.asked),
            allow_http: self.args.allow_http,
        })
    }

    /// A base session serves a first role that wants a code and lasts no longer than STS lets it then.
    fn base(&self, source: &Source, hops: &[Hop]) -> Option<MfaSessionUse> {
        let keys = source.known_keys().filter(|keys| !keys.temporary())?;
        let first = hops.first().filter(|hop| hop.life() <= LONGEST_CHAINED)?.role()?;
        let serial = &first.mfa.as_ref()?.serial.value;
        let kept = self.env.base(self.now).filter(|base| base.is_of(&keys.id, serial));
        let may_make = self.args.base_session;
        (may_make || kept.is_some()).then_some(MfaSessionUse { kept, may_make })
    }

    /// Long-lived keys never reach a child: a profile that has them and no role gives a session of their user.
    fn users_session(&self, source: &Source, profile: &Profile<'_>) -> Result<Option<Hop>, Error> {
        let long_lived = match source {
            Source::Process { key: "credential_process", .. } => None,
            // The console's login gives temporary keys.
            Source::Process { .. } => Some(false),
            source => Some(source.temporary() == Some(false)),
        };
        if long_lived == Some(false) {
            return Ok(None);
        }
        Ok(Some(Hop::Session(GetSessionTokenHop {
            duration: duration(profile.get("duration_seconds"))?,
            mfa: self.mfa(profile.get("mfa_serial"), profile.get("mfa_process"))?,
            only_for_long_lived: long_lived.is_none(),
        })))
    }

    /// The session that is held, when the role is left out: then it is renewed as it was held.
    fn renewed(&self) -> Option<&'a Held> {
        self.held.filter(|_| self.args.role.is_none())
    }

    /// The held role, when it is not named again, must not come back with more power than it was held with.
    fn check_narrowing(&self, plan: &Plan) -> Result<(), Error> {
        let fingerprint = plan.narrowing();
        match self.renewed().and_then(|held| held.narrowed.as_ref()) {
            Some(how) if fingerprint.as_ref() != Some(how) => {
                Err(Error::WouldWiden { role: plan.label.clone(), how: how.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The role as typed, or the one that the environment speaks of.
    fn label(&self) -> Result<String, Error> {
        if let Some(role) = &self.args.role {
            return Ok(role.clone());
        }
        if let Some(held) = self.held {
            return Ok(held.label.clone());
        }
        let from_profile = self.profile_variable().map(|(_, name)| name);
        from_profile.or_else(|| source_of::role_of_environment(self)).map(str::to_owned).ok_or(Error::NoRole)
    }

    /// The variable that names the user's profile, in botocore's order.
    fn profile_variable(&self) -> Option<(&'static str, &'a str)> {
        ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].into_iter().find_map(|name| Some((name, self.env.var(name)?)))
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
        if let Some(region) = &self.args.region {
            return Ok(partition::partition_of_region(region).into());
        }
        let named = match &self.args.source_profile {
            Some(name) => self.config.profile(name),
            None => {
                if let Some(assumed) = self.held.and_then(|held| held.assumed.as_ref()) {
                    return Ok(assumed.role.partition().into());
                }
                self.default_profile()?
            }
        };
        let region = named
            .and_then(|profile| profile.get("region"))
            .map(|region| region.value)
            .or_else(|| self.env.var("AWS_REGION"))
            .or_else(|| self.env.var("AWS_DEFAULT_REGION"));
        Ok(region.map_or("aws", partition::partition_of_region).into())
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

    /// The source of a bare role: the flag, the held session, or what the AWS CLI would take.
    fn chain_of_arn(&self, role: &RoleArn) -> Result<Chain<'a>, Error> {
        if let Some(name) = &self.args.source_profile {
            return self.chain_of_source(name, Origin::Flag("--source-profile"));
        }
        if let Some(held) = self.held {
            // Naming the held role again, or leaving it out, renews it from where it came from.
            let again = held.assumed.as_ref().is_some_and(|assumed| assumed.role == *role);
            return if again { self.renewal(held, role) } else { self.held_source(held) };
        }
        match self.default_chain()? {
            Some(chain) => Ok(chain),
            None => Err(Error::NoSource { role: role.to_string() }),
        }
    }

    /// The AWS CLI's own order: keys in the environment, the profile's role, a web identity in the environment, the profile's
    /// other sources, the container, the instance.
    fn default_chain(&self) -> Result<Option<Chain<'a>>, Error> {
        if let Some(keys) = self.env.own_keys()? {
            return Ok(Some(Chain::from(Source::Environment(keys))));
        }
        let profile = self.default_profile()?;
        if let Some(profile) = profile
            && profile.get("role_arn").is_some()
            && profile.get("web_identity_token_file").is_none()
        {
            return Chain::of_profile(self, profile).map(Some);
        }
        if let Some(found) = source_of::web_identity_of_environment(self)? {
            return Chain::of_web_identity(self, found).map(Some);
        }
        match profile {
            Some(profile) => Chain::of_profile(self, profile).map(Some),
            None => Ok(source_of::ambient(self)?.map(Chain::from)),
        }
    }

    /// The chain of a source by its name: a profile's, or one of [`NAMED`].
    fn chain_of_source(&self, name: &str, origin: Origin) -> Result<Chain<'a>, Error> {
        match self.config.profile(name) {
            Some(profile) => Chain::of_source(self, profile),
            None => match Chain::of_name(self, name, &origin)? {
                Some(chain) => Ok(chain),
                None => Err(self.unknown_profile(name, Some(origin))),
            },
        }
    }

    /// The source of the held session of a bare role. Any other would be another identity, so no other is tried.
    fn renewal(&self, held: &Held, role: &RoleArn) -> Result<Chain<'a>, Error> {
        if let Some(name) = &held.source {
            let default = self.default_profile()?.filter(|default| default.name() == name);
            return match default {
                Some(profile) => Chain::of_profile(self, profile),
                None => self.chain_of_source(name, Origin::Variable("ASSUME_ENV_SOURCE")),
            };
        }
        if let Some(profile) = self.config.profile(&held.label) {
            let mut chain = Chain::of_profile(self, profile)?;
            if leads_to(&chain.hops, role) && chain.hops.pop().is_some() {
                // What is left starts from the profile behind it, unless that is the very same.
                let itself = chain.source.profile() == Some(profile.name());
                if !itself {
                    chain.profiles.remove(0);
                }
                return Ok(chain);
            }
        }
        Ok(Chain::from(Source::ReplacedKeys(ReplacedKeys::OfRole(role.clone()))))
    }

    fn held_source(&self, held: &Held) -> Result<Chain<'a>, Error> {
        let label = held.label.clone();
        if let Some(expires) = held.expires.map(time::OffsetDateTime::unix_timestamp)
            && expires <= self.now
        {
            return Err(Error::HeldExpired { label, ago: self.now - expires });
        }
        Ok(Chain::from(Source::Held { label, keys: held.keys.clone().into() }))
    }

    /// A hop with what its own profile says.
    fn hop(
        &self,
        role: Located<RoleArn>,
        profile: Option<&Profile<'_>>,
        with: AssumeWith,
    ) -> Result<Hop, Error> {
        let get = |key| profile.and_then(|profile| profile.get(key));
        let hop = RoleHop {
            with,
            session_name: self.session_name(get("role_session_name"))?,
            role,
            duration: duration(get("duration_seconds"))?,
            external_id: None,
            shape: SessionPolicy::default(),
            mfa: None,
            unasked_mfa: None,
            profile: profile.map(|profile| profile.name().to_owned()),
        };
        // What only a signed request can carry; the AWS CLI passes over it beside a web identity, too.
        if with == AssumeWith::WebIdentity {
            return Ok(Hop::Role(Box::new(hop)));
        }
        let external_id = get("external_id")
            .map(|id| match arn::is_external_id(id.value) {
                true => Ok(Located::new(id.value.to_owned(), id.origin)),
                false => Err(Error::BadExternalId { text: id.value.into(), origin: id.origin }),
            })
            .transpose()?;
        let tags = get("session_tags").map(session_policy::tags_of_profile).transpose()?;
        let transitive = get("transitive_session_tags").map(session_policy::keys_of_profile);
        let identity = get("source_identity").map(|id| Located::new(id.value.to_owned(), id.origin));
        Ok(Hop::Role(Box::new(RoleHop {
            external_id,
            shape: SessionPolicy {
                tags: tags.unwrap_or_default(),
                transitive: transitive.unwrap_or_default(),
                source_identity: identity,
                ..SessionPolicy::default()
            },
            mfa: self.mfa(get("mfa_serial"), get("mfa_process"))?,
            ..hop
        })))
    }

    fn session_name(&self, of_profile: Option<Located<&str>>) -> Result<Located<String>, Error> {
        const VARIABLE: &str = "AWS_ROLE_SESSION_NAME";
        let named = of_profile.or_else(|| {
            let name = self.env.var(VARIABLE)?;
            Some(Located::new(name, Origin::Variable(VARIABLE)))
        });
        match named {
            None => Ok(Located::new(self.default_name.to_owned(), Origin::Default)),
            Some(name) if arn::is_session_name(name.value) => {
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

    fn code_from(&self, of_profile: Option<Located<String>>) -> CodeSource {
        if let Some(token) = &self.args.mfa_token {
            return token.clone();
        }
        let flag = self.args.mfa_process.as_ref();
        let process = flag.map(|command| Located::new(command.clone(), Origin::Flag("--mfa-process")));
        process.or(of_profile).map_or(CodeSource::Prompt, CodeSource::Process)
    }

    /// A device belongs to a user, so only the hop that a user's keys make can carry a code.
    fn place_mfa(&self, source: &Source, hops: &mut [Hop], profiles: &[&Profile<'_>]) -> Result<(), Error> {
        let users = usize::from(!source.is_role());
        for hop in hops.iter().skip(users) {
            if let (Some(mfa), Some(role)) = (hop.mfa(), hop.role()) {
                let (role, origin) = (role.role.value.to_string(), mfa.serial.origin.clone());
                return Err(match source.is_role() {
                    true => Error::MfaNotOfUser { role, origin, source: source.to_string() },
                    false => Error::MfaOnLaterHop { role, origin },
                });
            }
        }
        if let Some(mfa) = hops.first_mut().map(Hop::mfa_mut) {
            if let Some(serial) = &self.args.mfa_serial {
                let serial = Located::new(serial.clone(), Origin::Flag("--mfa-serial"));
                let code = mfa.take().map_or_else(|| self.code_from(None), |mfa| mfa.code);
                *mfa = Some(Mfa { serial, code });
            }
            if mfa.is_none() {
                for (given, flag) in [
                    (self.args.mfa_token.is_some(), "--mfa-token"),
                    (self.args.mfa_process.is_some(), "--mfa-process"),
                ] {
                    if given {
                        return Err(Error::CodeWithoutDevice { flag });
                    }
                }
            }
        }
        // The device that only the profile of the keys names: a hint, should the role ask for one.
        if let (Some(Hop::Role(first)), Some(last)) = (hops.first_mut(), profiles.last())
            && first.mfa.is_none()
            && users == 1
            && first.profile.as_deref() != Some(last.name())
        {
            first.unasked_mfa = last.get("mfa_serial").map(|m| Located::new(m.value.to_owned(), m.origin));
        }
        Ok(())
    }

    fn session_region(&self, role_profile: Option<&Profile<'_>>) -> Result<Option<Located<String>>, Error> {
        if let Some(region) = &self.args.region {
            return Ok(Some(Located::new(region.clone(), Origin::Flag("--region"))));
        }
        if let Some(region) = self.renewed().and_then(|held| held.region.as_deref()) {
            let origin = Origin::Variable("ASSUME_ENV_REGION");
            return endpoint::checked_region(Located::new(region, origin)).map(Some);
        }
        role_profile.and_then(|profile| profile.get("region")).map(endpoint::checked_region).transpose()
    }

    fn expected_account(&self, own_profile: Option<&Profile<'_>>) -> Result<Option<Located<String>>, Error> {
        let flag = || {
            let account = self.args.expect_account.as_deref()?;
            Some(Located::new(account, Origin::Flag("--expect-account")))
        };
        let wanted = flag().or_else(|| own_profile?.get("expected_account"));
        let Some(Located { value, origin }) = wanted else { return Ok(None) };
        if !arn::is_account(value) {
            return Err(Error::BadAccount { text: value.into(), origin });
        }
        Ok(Some(Located::new(value.to_owned(), origin)))
    }

    fn unknown_profile(&self, name: &str, origin: Option<Origin>) -> Error {
        let names = self.config.profiles().map(Profile::name);
        Error::UnknownProfile {
            name: name.into(),
            origin,
            near: suggest::nearest(name, names).into_iter().map(str::to_owned).collect(),
            searched: self.config.searched().to_vec(),
            no_home: self.env.home().is_none(),
        }
    }
}

fn duration(of_profile: Option<Located<&str>>) -> Result<Option<Located<SessionLength>>, Error> {
    let Some(Located { value, origin }) = of_profile else { return Ok(None) };
    match SessionLength::parse(value) {
        Ok(length) => Ok(Some(Located::new(length, origin))),
        Err(why) => Err(Error::BadDuration { text: value.into(), why, origin }),
    }
}

fn leads_to(hops: &[Hop], role: &RoleArn) -> bool {
    hops.last().and_then(Hop::role).is_some_and(|hop| hop.role.value == *role)
}

/// An account that is known before the network must be the expected one; any other is compared when it is known.
fn check_account(plan: &Plan) -> Result<(), Error> {
    match (&plan.expected_account, plan.account()) {
        (Some(Located { value, origin }), Some(account)) if account != value => Err(Error::OtherAccount {
            of: plan.role().map_or_else(|| plan.source.to_string(), |hop| hop.role.value.to_string()),
            account: account.to_owned(),
            wanted: value.clone(),
            origin: origin.clone(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
