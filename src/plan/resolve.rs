//! Makes the plan from the command line, the environment and the profiles.
//!
//! Everything that can be known without the network is found out here: rings, missing sources, half keys,
//! invalid names and durations. Follows botocore for the order of sources and STS's limits for role chaining.
//! Pure: no network, no file, no terminal.

use crate::cli::session_args::SessionArgs;
use crate::common::arn::RoleArn;
use crate::common::duration::LONGEST_CHAINED;
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::names;
use crate::common::origin::{Located, Origin};
use crate::common::partition;
use crate::config::{Config, Profile, SectionKind};
use crate::env::{Environment, HeldSession, SessionLabels};
use crate::plan::ambient;
use crate::plan::chain::Chain;
use crate::plan::context::{PlanContext, Planner};
use crate::plan::endpoint::{self, ServiceId};
use crate::plan::error::Error;
use crate::plan::hop::{AssumeWith, Hop};
use crate::plan::hop_of;
use crate::plan::mfa_device;
use crate::plan::model::{MfaSessionUse, Plan};
use crate::plan::overrides;
use crate::plan::settings;
use crate::plan::source::{AmbientSource, ReplacedKeys, Source, Sso};
use crate::plan::source_of::NamedAs;
use crate::plan::sso_role;

/// What the role on the command line, or of the environment, names.
enum NamedRole<'a> {
    Profile(&'a Profile<'a>),
    Arn(Located<RoleArn>),
    Sso(Box<Sso>),
}

/// A variable that replaces the SDK's list of partitions, and makes the SDK panic when its file has another
/// form.
const CUSTOM_PARTITIONS: &str = "SMITHY_CLIENT_SDK_CUSTOM_PARTITION";

/// Makes the plan. `asks_s3` says whether the session is used to ask S3.
///
/// # Errors
/// Everything that is wrong with the command line, the profiles or the environment, with file and line, flag
/// or variable.
pub fn plan(
    args: &SessionArgs,
    asks_s3: bool,
    env: &Environment,
    config: &Config<'_>,
    context: &PlanContext<'_>,
) -> Result<Plan, Error> {
    let mut planner = Planner::new(args, env, config, context)?;
    let label = label(&planner)?;
    if sso_role::session(&planner).is_some() {
        planner.settings_profile = planner.default_profile()?;
    }
    let named = named_role(&planner, label.clone())?;
    planner.settings_profile = profile_of_settings(&planner, &named)?;
    let plan = plan_of(&planner, asks_s3, label.value.to_owned(), named)?;
    check(&planner, &plan)?;
    Ok(plan)
}

/// The role as typed, or the one that the environment names.
fn label<'a>(planner: &Planner<'a>) -> Result<Located<&'a str>, Error> {
    if let Some(role) = &planner.args.role {
        return Ok(Located::new(role, TYPED));
    }
    if planner.args.back {
        let previous = planner.env.previous().ok_or(Error::NoPreviousRole)?;
        return Ok(Located::new(&previous.role_as_typed, Origin::Variable("ASSUME_ENV_PREVIOUS")));
    }
    if let Some(held) = planner.held {
        return Ok(Located::new(&held.role_as_typed, Origin::Variable("ASSUME_ENV_PROFILE")));
    }
    if let Some(refreshed) = planner.env.refreshed() {
        let role = refreshed.value("ASSUME_ENV_PROFILE").unwrap_or_default().to_owned();
        return Err(Error::NoRoleOverRefresh { role });
    }
    let of_environment = planner.profile_variable();
    of_environment.or_else(|| ambient::role_of_web_identity(planner)).ok_or(Error::NoRole)
}

/// The origin of a role on the command line.
const TYPED: Origin = Origin::Flag("ROLE");

fn named_role<'a>(planner: &Planner<'a>, label: Located<&str>) -> Result<NamedRole<'a>, Error> {
    if let Some(session) = sso_role::session(planner) {
        return sso_role::of(planner, &label, &session).map(|sso| NamedRole::Sso(Box::new(sso)));
    }
    if let Some(profile) = planner.config.profile(label.value) {
        return Ok(NamedRole::Profile(profile));
    }
    if label.value.starts_with("arn:") {
        return hop_of::role_arn(label).map(NamedRole::Arn);
    }
    match RoleArn::from_shorthand(label.value) {
        Some(role) => {
            let role = role.in_partition(&partition_of_source(planner)?);
            Ok(NamedRole::Arn(Located::new(role, label.origin)))
        }
        None => Err(not_a_role(planner, label)),
    }
}

/// The error for a name that leads to no role. What names it matters: the user did not type the profile of a
/// held session.
fn not_a_role(planner: &Planner<'_>, label: Located<&str>) -> Error {
    match planner.renewed().filter(|_| !planner.args.back) {
        Some(held) => Error::HeldProfileGone {
            profile: label.value.to_owned(),
            held: held.assumed.as_ref().map(|assumed| assumed.role.to_string()),
            searched: planner.config.searched().to_vec(),
        },
        None => planner.unknown_profile(label.value, (label.origin != TYPED).then_some(label.origin)),
    }
}

/// The partition of the credentials that `ACCOUNT:NAME` starts from, from their region or the held role.
fn partition_of_source(planner: &Planner<'_>) -> Result<String, Error> {
    if let Some(region) = &planner.args.region {
        return Ok(partition::partition_of_region(region).into());
    }
    let profile = match &planner.args.source_profile {
        Some(name) => planner.config.profile(name),
        None => {
            if let Some(assumed) = planner.known().and_then(|known| known.assumed.as_ref()) {
                return Ok(assumed.role.partition().into());
            }
            planner.default_profile()?
        }
    };
    let region = profile
        .and_then(|profile| profile.get("region"))
        .map(|region| region.value)
        .or_else(|| planner.env.var("AWS_REGION"))
        .or_else(|| planner.env.var("AWS_DEFAULT_REGION"));
    Ok(region.map_or("aws", partition::partition_of_region).into())
}

/// The profile whose settings apply.
fn profile_of_settings<'a>(
    planner: &Planner<'a>,
    named: &NamedRole<'a>,
) -> Result<Option<&'a Profile<'a>>, Error> {
    let role = match named {
        NamedRole::Profile(profile) => return Ok(Some(*profile)),
        NamedRole::Arn(role) => &role.value,
        NamedRole::Sso(_) => return planner.default_profile(),
    };
    let of_held_role = || planner.known().filter(|known| is_of_role(known, role))?.source.as_ref();
    let source = planner.args.source_profile.as_ref().or_else(of_held_role);
    match source.and_then(|name| planner.config.profile(name)) {
        Some(profile) => Ok(Some(profile)),
        None => planner.default_profile(),
    }
}

fn is_of_role(session: &SessionLabels, role: &RoleArn) -> bool {
    session.assumed.as_ref().is_some_and(|assumed| assumed.role == *role)
}

fn plan_of<'a>(
    planner: &Planner<'a>,
    asks_s3: bool,
    label: String,
    named: NamedRole<'a>,
) -> Result<Plan, Error> {
    let (mut chain, source_name) = match named {
        NamedRole::Profile(_) if planner.args.source_profile.is_some() => {
            return Err(Error::SourceProfileNeedsArn { role: label });
        }
        NamedRole::Sso(sso) => (Chain::of_source(planner, Source::Sso(sso))?, None),
        NamedRole::Profile(profile) => {
            let mut chain = Chain::of_profile(planner, profile, NamedAs::Profile)?;
            if chain.hops.is_empty() {
                chain.hops.extend(hop_of::user_session(planner, &chain.source, profile)?);
            }
            (chain, None)
        }
        NamedRole::Arn(role) => {
            let mut chain = chain_of_arn(planner, &role.value)?;
            // The environment's web identity reaches its own role already.
            if !(chain.profiles.is_empty() && chain.leads_to(&role.value)) {
                chain.hops.push(hop_of::role(planner, role, None, AssumeWith::Keys)?);
            }
            let source_name = source_name(&chain);
            (chain, source_name)
        }
    };
    overrides::check(planner.args, &chain.source, &chain.hops)?;
    mfa_device::apply(planner.args, &chain.source, &mut chain.hops, &chain.profiles)?;
    if let Some(last) = chain.hops.last_mut() {
        overrides::apply(planner, last);
    }
    let Chain { source, hops, profiles } = chain;
    let last_profile = match hops.last() {
        Some(Hop::Role(last)) => last.profile.as_deref().and_then(|name| planner.config.profile(name)),
        _ => profiles.first().copied(),
    };
    let settings = planner.settings();
    let region = session_region(planner, last_profile)?;
    let last_role = hops.last().and_then(Hop::role).map(|hop| &hop.role.value);
    let sts = settings.sts(region.as_ref(), &profiles, last_role)?;
    let s3_region = partition::real_region(&region.as_ref().unwrap_or(&sts.region).value);
    let fips = settings.fips()? || s3_region.is_fips;
    let dual_stack = settings.dual_stack()?;
    if planner.env.os(CUSTOM_PARTITIONS).is_some() {
        return Err(Error::CustomPartitions { name: CUSTOM_PARTITIONS });
    }
    Ok(Plan {
        role_as_typed: label,
        mfa_session: mfa_session(planner, &source, &hops),
        source_account: source_account(planner, &source)?,
        source_name,
        expected_account: expected_account(planner, last_profile, &source, &hops)?,
        s3_url: if asks_s3 { settings.url(ServiceId::S3)? } else { None },
        sign_in_url: if planner.args.console { settings.url(ServiceId::SignIn)? } else { None },
        s3_region: s3_region.name,
        settings: settings::of_profile(planner, region.is_some())?,
        renews_itself: planner.args.refresh,
        login_once: planner.args.login_once.then_some(planner.args.wishes),
        region,
        sts,
        fips,
        dual_stack,
        ca_bundle: settings.ca_bundle(),
        proxy: settings.proxy()?,
        attempts: settings.attempts()?,
        source,
        hops,
    })
}

/// Checks the finished plan.
fn check(planner: &Planner<'_>, plan: &Plan) -> Result<(), Error> {
    plan.check_durations(plan.source.temporary())?;
    if plan.login_once.is_some() && !matches!(plan.source, Source::Sso(_)) {
        return Err(Error::LoginOnceWithoutSso { source: plan.source.to_string() });
    }
    let from_user = plan.source.known_keys().is_some_and(|keys| !keys.temporary());
    for (i, hop) in plan.hops.iter().enumerate() {
        if let Hop::Role(hop) = hop {
            hop.session_policy.check(i > 0 || !from_user)?;
        }
    }
    if let Some(account) = plan.account() {
        plan.check_account(account)?;
    }
    check_held(planner, plan)?;
    check_restriction(planner, plan)
}

/// When no role is named, the profile must lead to the held role, by way of the same source; with `-`, to the
/// role before.
fn check_held(planner: &Planner<'_>, plan: &Plan) -> Result<(), Error> {
    let Some(held) = planner.renewed() else { return Ok(()) };
    let was = held.assumed.as_ref().map(|assumed| &assumed.role);
    let last = plan.role();
    let error = |held: String, now: String, origin: Origin| Error::LeadsElsewhere {
        role: plan.role_as_typed.clone(),
        back: planner.args.back,
        held,
        now,
        origin,
    };
    let place = || match planner.config.profile(&plan.role_as_typed) {
        Some(profile) => Origin::File(profile.place()),
        None => Origin::Variable("ASSUME_ENV_PROFILE"),
    };
    if last.map(|hop| &hop.role.value) != was {
        let held = was.map_or_else(|| "keys without a role".to_owned(), ToString::to_string);
        return Err(match last {
            Some(hop) => error(held, hop.role.value.to_string(), hop.role.origin.clone()),
            None => error(held, plan.source.to_string(), place()),
        });
    }
    let source = plan.source_id();
    match (&held.source_id, &source) {
        (Some(was), Some(now)) if was.name == now.name && was != now => {
            Err(Error::SourceChanged { role: plan.role_as_typed.clone(), source: plan.source.to_string() })
        }
        (Some(was), Some(now)) if was != now => Err(error(
            format!("a session from {}", was.name),
            format!("a session from {}", now.name),
            place(),
        )),
        _ => Ok(()),
    }
}

/// When no role is named, the renewed session must not have more power than the held one.
fn check_restriction(planner: &Planner<'_>, plan: &Plan) -> Result<(), Error> {
    match planner.renewed().and_then(|held| held.narrowed.as_ref()) {
        Some(held) if plan.restriction().as_ref() != Some(held) => Err(Error::RestrictionNotStored {
            role: plan.role_as_typed.clone(),
            back: planner.args.back,
            fingerprint: held.clone(),
        }),
        _ => Ok(()),
    }
}

/// The source of a role that is named by its ARN: the flag, the held session, or what the AWS CLI would use.
fn chain_of_arn<'a>(planner: &Planner<'a>, role: &RoleArn) -> Result<Chain<'a>, Error> {
    if let Some(name) = &planner.args.source_profile {
        return chain_of_name(planner, name, Origin::Flag("--source-profile"));
    }
    if let Some(known) = planner.known().filter(|known| is_of_role(known, role)) {
        // The held role, named again or left out, is renewed from its own source; so is the one before.
        return renewal(planner, known, role);
    }
    match planner.held {
        Some(held) => chain_of_held(planner, held),
        None => default_chain(planner)?.ok_or_else(|| Error::NoSource {
            role: role.to_string(),
            misnamed: planner.config.misnamed(SectionKind::Profile, "default"),
        }),
    }
}

/// The AWS CLI's own order: keys in the environment, the role of the default profile, a web identity in the
/// environment, the default profile's other sources, the container, the instance.
fn default_chain<'a>(planner: &Planner<'a>) -> Result<Option<Chain<'a>>, Error> {
    if let Some(keys) = planner.env.own_keys()? {
        return Chain::of_source(planner, Source::Environment(keys)).map(Some);
    }
    let profile = planner.default_profile()?;
    if let Some(profile) = profile
        && profile.get("role_arn").is_some()
        && profile.get("web_identity_token_file").is_none()
    {
        return Chain::of_profile(planner, profile, NamedAs::Profile).map(Some);
    }
    if let Some(source) = ambient::web_identity(planner)? {
        return Chain::of_source(planner, source).map(Some);
    }
    match profile {
        Some(profile) => Chain::of_profile(planner, profile, NamedAs::Profile).map(Some),
        None => ambient::of_machine(planner)?.map(|source| Chain::of_source(planner, source)).transpose(),
    }
}

/// The chain of a source by its name: that of a profile, or of an ambient source.
fn chain_of_name<'a>(planner: &Planner<'a>, name: &str, origin: Origin) -> Result<Chain<'a>, Error> {
    match (planner.config.profile(name), AmbientSource::parse(name)) {
        (Some(profile), _) => Chain::of_profile(planner, profile, NamedAs::Source),
        (None, Some(ambient)) => Chain::of_source(planner, ambient::of(planner, ambient, origin)?),
        (None, None) => Err(planner.unknown_profile(name, Some(origin))),
    }
}

/// The name of a chain's source, which [`chain_of_name`] can find again.
fn source_name(chain: &Chain<'_>) -> Option<String> {
    let profile = chain.profiles.first().map(|profile| profile.name());
    let name = profile.or_else(|| Some(chain.source.ambient()?.name()));
    name.map(str::to_owned)
}

/// The source of the held session of a role that is named by its ARN. Another source could be another
/// identity, so no other is tried.
fn renewal<'a>(planner: &Planner<'a>, held: &SessionLabels, role: &RoleArn) -> Result<Chain<'a>, Error> {
    if let Some(name) = &held.source {
        let default = planner.default_profile()?.filter(|default| default.name() == name);
        return match default {
            Some(profile) => Chain::of_profile(planner, profile, NamedAs::Profile),
            None => chain_of_name(planner, name, Origin::Variable("ASSUME_ENV_SOURCE")),
        };
    }
    if let Some(profile) = planner.config.profile(&held.role_as_typed) {
        let mut chain = Chain::of_profile(planner, profile, NamedAs::Profile)?;
        if chain.leads_to(role) && chain.hops.pop().is_some() {
            // The rest of the chain starts from the next profile, unless the profile is its own source.
            let is_own_source = chain.source.profile() == Some(profile.name());
            if !is_own_source {
                chain.profiles.remove(0);
            }
            return Ok(chain);
        }
        let now = chain.hops.last().and_then(Hop::role).map(|hop| hop.role.clone());
        let (now, origin) = match now {
            Some(now) => (now.value.to_string(), now.origin),
            None => (chain.source.to_string(), Origin::File(profile.place())),
        };
        let (role, profile) = (role.clone(), profile.name().to_owned());
        let replaced = ReplacedKeys::OtherProfile { role, profile, now, origin };
        return Chain::of_source(planner, Source::Replaced(replaced));
    }
    if planner.args.back {
        return Err(Error::PreviousSourceGone { role: held.role_as_typed.clone() });
    }
    Chain::of_source(planner, Source::Replaced(ReplacedKeys::Role(role.clone())))
}

/// The held session as the source of another role (role chaining).
fn chain_of_held<'a>(planner: &Planner<'a>, held: &HeldSession) -> Result<Chain<'a>, Error> {
    let (label, now) = (held.role_as_typed.clone(), planner.context.now);
    if let Some(expires) = held.expires.map(time::OffsetDateTime::unix_timestamp)
        && expires <= now
    {
        return Err(Error::HeldExpired { label, ago: now - expires });
    }
    Chain::of_source(planner, Source::Held { label, keys: held.keys.clone().into() })
}

/// An MFA session serves a first role that takes a code and lasts no longer than a role that is assumed with
/// temporary keys can.
fn mfa_session(planner: &Planner<'_>, source: &Source, hops: &[Hop]) -> Option<MfaSessionUse> {
    let keys = source.known_keys().filter(|keys| !keys.temporary())?;
    let first = hops.first().filter(|hop| hop.life() <= LONGEST_CHAINED)?.role()?;
    let serial = &first.mfa.as_ref()?.serial.value;
    let kept = planner.env.mfa_session(planner.context.now).filter(|session| session.is_of(&keys.id, serial));
    let may_make = planner.args.base_session || planner.args.refresh;
    (may_make || kept.is_some()).then_some(MfaSessionUse { kept, may_make })
}

fn session_region(
    planner: &Planner<'_>,
    profile: Option<&Profile<'_>>,
) -> Result<Option<Located<String>>, Error> {
    if let Some(region) = &planner.args.region {
        return Ok(Some(Located::new(region.clone(), Origin::Flag("--region"))));
    }
    let of_held = planner.renewed().and_then(|held| held.region.as_deref());
    let of_held = of_held.map(|region| Located::new(region, Origin::Variable("ASSUME_ENV_REGION")));
    let region = of_held.or_else(|| profile?.get("region"));
    region.map(endpoint::checked_region).transpose()
}

/// The account that goes with keys, as botocore finds it: next to an access key, in the profile of a program,
/// or in the environment.
fn source_account(planner: &Planner<'_>, source: &Source) -> Result<Option<Located<String>>, Error> {
    const KEY: &str = "aws_account_id";
    let account = match source {
        Source::Profile { name, keys } => {
            planner.config.profile(name).and_then(|profile| profile.own_next_to(&keys.origin, KEY))
        }
        Source::Process { profile, .. } => {
            planner.config.profile(profile).and_then(|profile| profile.get(KEY))
        }
        Source::Environment(_) => planner.variable("AWS_ACCOUNT_ID"),
        _ => None,
    };
    let Some(account) = account else { return Ok(None) };
    if !names::is_account(account.value) {
        return Err(InvalidValue::new(account.value, account.origin, Rule::Account).into());
    }
    Ok(Some(Located::new(account.value.to_owned(), account.origin)))
}

/// The account that a flag or the profile names. Only the program of a profile without a role can answer
/// which account its keys are of: when they are renewed, it must be the same account again.
fn expected_account(
    planner: &Planner<'_>,
    profile: Option<&Profile<'_>>,
    source: &Source,
    hops: &[Hop],
) -> Result<Option<Located<String>>, Error> {
    let flag = planner.args.expect_account.as_deref();
    let flag = flag.map(|account| Located::new(account, Origin::Flag("--expect-account")));
    let of_held = || {
        let of_program = source.runs_program() && hops.iter().all(|hop| hop.role().is_none());
        let account = planner.renewed().filter(|_| of_program)?.account.as_deref()?;
        Some(Located::new(account, Origin::Variable("AWS_ACCOUNT_ID")))
    };
    let expected = flag.or_else(|| profile?.get("expected_account")).or_else(of_held);
    let Some(expected) = expected else { return Ok(None) };
    if !names::is_account(expected.value) {
        return Err(InvalidValue::new(expected.value, expected.origin, Rule::Account).into());
    }
    Ok(Some(Located::new(expected.value.to_owned(), expected.origin)))
}
