//! The device code (RFC 8628): the user opens a page in a browser of any machine, and this program asks until access
//! is permitted.

use std::time::{Duration, Instant};

use crate::aws::sso::error::Error;
use crate::aws::sso::how::{How, report};
use crate::aws::sso::oidc::{Device, Grant, GrantType, Oidc, Registration};
use crate::net::ServiceFailure;
use crate::sys::browser::Browser;

/// How much longer the pause becomes when the service asks for that (RFC 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// The largest number of polls in a row without an answer of the service.
const FAULTS: u32 = 5;
/// The time between two looks at the browser.
const TICK: Duration = Duration::from_millis(200);

/// Signs in; gives the tokens and the client that they belong to.
///
/// # Errors
/// A sign-in that is denied or not finished in time; a service that gives no usable answer.
pub(super) async fn sign_in(oidc: &Oidc<'_>, how: &How) -> Result<(Registration, Grant), Error> {
    let registration = oidc.register(GrantType::Device).await?;
    let device = oidc.begin_device(&registration).await?;
    let Device { user_code, page, page_with_code, .. } = &device;
    let mut text = format!("  the page must show this code: {user_code}\n");
    if page != page_with_code {
        text.push_str(&format!("  open this link in any browser, or {page} and type the code:\n"));
    } else {
        text.push_str("  open this link in any browser, and type the code:\n");
    }
    how.show(oidc.login, &text, page_with_code);
    let grant = poll(oidc, &registration, &device, how.open(page_with_code)).await?;
    Ok((registration, grant))
}

/// What an answer without a token means.
#[derive(Debug, PartialEq, Eq)]
enum NoToken {
    /// The user has not approved yet.
    Pending,
    /// The same, and the service wants fewer polls.
    SlowDown,
    /// The code has expired.
    Late,
    /// The next poll can succeed.
    Passing,
    /// Every poll would fail.
    Final,
}

fn meaning(failure: &ServiceFailure) -> NoToken {
    match failure {
        ServiceFailure::Refused { code, .. } => match code.as_str() {
            "AuthorizationPendingException" => NoToken::Pending,
            "SlowDownException" => NoToken::SlowDown,
            "ExpiredTokenException" => NoToken::Late,
            "InternalServerException" | "TooManyRequestsException" | "ThrottlingException" => {
                NoToken::Passing
            }
            _ => NoToken::Final,
        },
        ServiceFailure::NotAnAnswer { status } if *status >= 500 || *status == 429 => NoToken::Passing,
        ServiceFailure::NotAnAnswer { .. } => NoToken::Final,
        ServiceFailure::Net(_) => NoToken::Passing,
    }
}

/// Asks for the tokens until there are some.
async fn poll(
    oidc: &Oidc<'_>,
    registration: &Registration,
    device: &Device,
    mut browser: Option<Browser>,
) -> Result<Grant, Error> {
    let (begin, mut interval, mut faults) = (Instant::now(), device.interval, 0);
    let late = || Error::Late {
        seconds: device.lasts.as_secs() as i64,
        comes_back: false,
        again: oidc.login.command(),
    };
    loop {
        let failure = match oidc.tokens_for_device(registration, device).await? {
            Ok(grant) => return Ok(grant),
            Err(failure) => failure,
        };
        faults = if meaning(&failure) == NoToken::Passing { faults + 1 } else { 0 };
        match meaning(&failure) {
            NoToken::Pending => {}
            NoToken::SlowDown => interval += SLOWER,
            NoToken::Passing if faults < FAULTS => {}
            NoToken::Late => return Err(late()),
            NoToken::Passing | NoToken::Final => return Err(oidc.refused("CreateToken", failure)),
        }
        let asked = Instant::now();
        while asked.elapsed() < interval {
            if begin.elapsed() >= device.lasts {
                return Err(late());
            }
            report(&mut browser);
            tokio::time::sleep(TICK.min(interval)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::NetError;

    #[test]
    fn a_poll_without_a_token_goes_on_unless_it_is_of_no_use() {
        let refused = |code: &str| {
            meaning(&ServiceFailure::Refused { code: code.into(), message: String::new(), reason: None })
        };
        assert_eq!(refused("AuthorizationPendingException"), NoToken::Pending);
        assert_eq!(refused("SlowDownException"), NoToken::SlowDown);
        assert_eq!(refused("ExpiredTokenException"), NoToken::Late);
        assert_eq!(refused("InternalServerException"), NoToken::Passing);
        assert_eq!(refused("AccessDeniedException"), NoToken::Final);
        assert_eq!(meaning(&ServiceFailure::Net(NetError::Cut)), NoToken::Passing);
        assert_eq!(meaning(&ServiceFailure::NotAnAnswer { status: 502 }), NoToken::Passing);
        assert_eq!(meaning(&ServiceFailure::NotAnAnswer { status: 200 }), NoToken::Final);
    }
}
