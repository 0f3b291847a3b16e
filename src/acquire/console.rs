//! The session of a role, and the address that signs a browser in to the console with it.

use crate::acquire::acquirer::Acquirer;
use crate::acquire::error::Error;
use crate::acquire::messages;
use crate::acquire::reuse::Reuse;
use crate::acquire::transport::with_connections;
use crate::aws::federation::client;
use crate::aws::federation::error::Error as FederationError;
use crate::aws::sts::Sts;
use crate::aws::sts::error::Error as StsError;
use crate::cli::Verbosity;
use crate::common::credentials::{Secret, TemporaryKeys};
use crate::plan::Plan;
use crate::plan::console::ConsolePlan;
use crate::session::Session;
use crate::sys::stderr;

/// The session, whose keys are certainly not a user's. If the plan does not say whose keys its source gives, STS is asked.
///
/// # Errors
/// Everything that keeps the session from being acquired; keys of a user.
pub(crate) fn session(acquirer: &Acquirer<'_>, reuse: Reuse) -> Result<Session, Error> {
    if acquirer.plan.is_of_role() {
        return Ok(acquirer.session(reuse)?.session);
    }
    let ask = async |session: Session, sts: Sts, _| {
        let arn = sts.caller_identity(&session.keys).await?.arn;
        Ok::<_, StsError>((session, arn))
    };
    let (session, arn) = acquirer.with_session(reuse, ask)?;
    // `arn:PARTITION:iam::ACCOUNT:user/NAME` and `…:root`; a role has `:sts:` and `assumed-role/`.
    match arn.split(':').nth(2) {
        Some("iam") => Err(FederationError::KeysOfUser { arn }.into()),
        _ => Ok(session),
    }
}

/// The address that signs a browser in to the page.
///
/// # Errors
/// AWS sign-in gives no sign-in token; no connection.
pub(crate) fn login_url(
    plan: &Plan,
    console: &ConsolePlan,
    keys: &TemporaryKeys,
    verbosity: Verbosity,
) -> Result<Secret, Error> {
    let (url, origin) = (&console.sign_in.value, &console.sign_in.origin);
    messages::step(verbosity, || format!("assume-env: asking {url} ({origin}) for a sign-in token"));
    let token = with_connections(&plan.proxy, plan.ca_bundle.as_ref(), &[url], |runtime, client| {
        let asked = client::sign_in_token(client, url, keys, plan.attempts);
        Ok(runtime.block_on(stderr::with_wait_notice(verbosity.quiet, url, asked))?)
    })?;
    Ok(client::login_url(url, ConsolePlan::issuer(plan), &console.destination.url, &token))
}
