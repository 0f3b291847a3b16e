//! How a role gets to the AWS console: the partition, the region, the page, and the way in. Pure, like the plan.

use crate::common::console_page::{ConsolePage, Destination};
use crate::common::origin::{Located, Origin};
use crate::common::partition::{self, Console};
use crate::common::url;
use crate::env::Environment;
use crate::plan::error::Error;
use crate::plan::hop::Hop;
use crate::plan::model::Plan;
use crate::plan::source::{Source, Sso};

/// How a role gets to the console.
#[derive(Debug)]
pub(crate) struct ConsolePlan {
    /// The region of the page.
    pub region: String,
    /// The page.
    pub destination: Destination,
    /// The address of AWS sign-in, without a path.
    pub sign_in: Located<String>,
}

impl ConsolePlan {
    /// Finds the console of a plan.
    ///
    /// # Errors
    /// A partition whose console has no known hosts; a region or a page of another partition; keys of a user.
    pub(crate) fn of(plan: &Plan, page: &ConsolePage, env: &Environment) -> Result<Self, Error> {
        let partition = partition_of(plan);
        if let Some(named) = plan.region.as_ref().filter(|named| !is_in(&named.value, partition)) {
            return Err(Error::RegionOfOtherPartition {
                region: named.value.clone(),
                origin: named.origin.clone(),
                role: plan.source.to_string(),
            });
        }
        let unknown = || Error::NoConsole { partition: partition.to_owned() };
        let console = Console::of(partition, &region(plan, partition, env).ok_or_else(unknown)?);
        let console = console.ok_or_else(unknown)?;
        let destination = match (page.destination(&console), page) {
            (Some(destination), _) => destination,
            (None, ConsolePage::Url(url) | ConsolePage::Named(url)) => {
                return Err(Error::PageOutsideConsole { url: url.clone(), domain: console.domain() });
            }
        };
        if plan.is_of_user() {
            return Err(Error::ConsoleOfUser { source: plan.source.to_string() });
        }
        let sign_in = match &plan.sign_in_url {
            Some(configured) => configured.clone(),
            None => Located::new(console.sign_in(), Origin::Default),
        };
        Ok(Self { region: console.region().to_owned(), destination, sign_in })
    }

    /// The portal's own link to the console, if the session is that of a role of IAM Identity Center, not restricted and not
    /// chained. It has no secret: the portal asks the browser's user to sign in.
    pub(crate) fn shortcut(&self, plan: &Plan) -> Option<String> {
        let (Source::Sso(sso), []) = (&plan.source, &plan.hops[..]) else { return None };
        let Sso { account, role, login, .. } = &**sso;
        let start_url = login.start_url.value.split('#').next().unwrap_or_default().trim_end_matches('/');
        Some(format!(
            "{start_url}/#/console?account_id={}&role_name={}&destination={}",
            url::encode(&account.value),
            url::encode(&role.value),
            url::encode(&self.destination.url)
        ))
    }

    /// Who begins the session, for AWS sign-in: where a user can begin another one.
    pub(crate) fn issuer(plan: &Plan) -> Option<&str> {
        match &plan.source {
            Source::Sso(sso) => Some(&sso.login.start_url.value),
            _ => None,
        }
    }
}

impl Plan {
    /// Whether the session is certainly one of a user itself, and not of a role.
    fn is_of_user(&self) -> bool {
        matches!(self.hops.last(), Some(Hop::Session(hop)) if !hop.only_for_long_lived)
    }

    /// Whether the session is certainly one of a role.
    pub(crate) fn is_of_role(&self) -> bool {
        self.role().is_some() || self.hops.is_empty() && self.source.is_role()
    }
}

fn is_in(region: &str, partition: &str) -> bool {
    partition::partition_of_region(region) == partition
}

/// The partition of the role; without one, that of its login or its region.
fn partition_of(plan: &Plan) -> &str {
    let of_region = |region: &str| partition::partition_of_region(region);
    match (plan.role(), &plan.source) {
        (Some(hop), _) => hop.role.value.partition(),
        (None, Source::Sso(sso)) => of_region(&sso.login.region.value),
        (None, _) => of_region(&plan.region.as_ref().unwrap_or(&plan.sts.region).value),
    }
}

/// The region of the session; without one the user's own, as a command would use it, if it is in the partition. The region of
/// STS is not always the user's: a setting can name the global endpoint.
fn region(plan: &Plan, partition: &str, env: &Environment) -> Option<String> {
    let own = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().filter_map(|name| env.var(name));
    let named = plan.region.iter().map(|region| region.value.as_str());
    let all = named.chain(own).chain([plan.sts.region.value.as_str()]);
    let mut fitting = all.filter(|region| partition::is_region(region) && is_in(region, partition));
    fitting.next().or_else(|| partition::home_region(partition)).map(str::to_owned)
}
