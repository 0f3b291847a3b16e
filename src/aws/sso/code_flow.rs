//! The authorization code with PKCE (RFC 7636): a browser of this machine brings the code.

use std::time::Duration;

use crate::aws::sso::callback::{Callback, Outcome};
use crate::aws::sso::error::Error;
use crate::aws::sso::how::{How, report};
use crate::aws::sso::oidc::{Grant, GrantType, Oidc, Registration};
use crate::aws::sso::pkce::Pkce;

/// How long the browser has.
const LIMIT: Duration = Duration::from_secs(5 * 60);

/// Signs in; gives the tokens and the client that they belong to.
///
/// # Errors
/// A sign-in that is denied, fails or is not finished in time; a service that gives no usable answer.
pub(super) async fn sign_in(oidc: &Oidc<'_>, how: &How) -> Result<(Registration, Grant), Error> {
    let again = || oidc.login.command();
    let callback = Callback::listen().map_err(|why| Error::NoListener { why, again: again() })?;
    let pkce = Pkce::new(callback.port())?;
    let registration = oidc.register(GrantType::Code).await?;
    let link = pkce.link(&oidc.login.sign_in.value, &registration.id, &oidc.login.scopes);
    let opens = if how.browsers.is_empty() {
        "open this link in a browser of this machine"
    } else {
        "if no browser opens, open this link in a browser of this machine"
    };
    how.show(oidc.login, &format!("  {opens}:\n"), &link);
    let mut browser = how.open(&link);
    // This blocks: requests run on the thread of the network, and none is waited for now.
    let outcome = callback.wait(&pkce.state, LIMIT, || report(&mut browser));
    match outcome {
        Some(Outcome::Code(code)) => {
            let grant = oidc.tokens_for_code(&registration, &pkce, &code).await?;
            Ok((registration, grant))
        }
        Some(Outcome::Denied) => Err(Error::Denied { again: again() }),
        Some(Outcome::Failed(said)) => Err(Error::Browser { said, again: again() }),
        None => Err(Error::Late { seconds: LIMIT.as_secs() as i64, comes_back: true, again: again() }),
    }
}
