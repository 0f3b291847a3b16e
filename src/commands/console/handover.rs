//! Hands the address of the console over to the browser: the browser is started with an address of this machine, which
//! answers once with a redirect.
//!
//! The arguments of a process are public, so the address of the console must not be one. The address of this machine has 128
//! random bits, and it is an argument: another user can read it and be faster. So only a socket of this user gets the
//! redirect. The sign-in token is asked for when the browser has come: one that nothing uses would be a secret too.

use std::time::{Duration, Instant};

use crate::acquire::error::Error as AcquireError;
use crate::acquire::how::Browsers;
use crate::commands::error::Error;
use crate::common::credentials::Secret;
use crate::common::report::Report;
use crate::net::loopback::{Loopback, Page, Verdict};
use crate::net::random;
use crate::sys::browser::Browser;
use crate::sys::{peer, stderr};

/// How long the browser still has after every program has failed: one can fail after it opened the page.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long later requests are still answered.
const AFTER_SUCCESS: Duration = Duration::from_millis(300);

const OTHER: Page = Page {
    status: "404 Not Found",
    title: "Not found",
    text: "This address answers only the browser that assume-env has started.",
};
const USED: Page = Page {
    status: "410 Gone",
    title: "This address was used already",
    text: "It works once. Type assume-env --console again.",
};
const FAILED: Page = Page {
    status: "502 Bad Gateway",
    title: "The console cannot be opened",
    text: "The terminal says why. You can close this page.",
};

/// Starts a browser, waits for it, and sends it to the address. `say` is called before it is started; `address` gets the
/// address, when the browser has come. `args` are the arguments of this program, for messages.
///
/// # Errors
/// No browser opened or came in time; the errors of `address`.
pub(super) fn hand_over(
    browsers: &Browsers,
    limit: Duration,
    say: impl FnOnce(),
    address: impl FnOnce() -> Result<Secret, AcquireError>,
    args: &str,
) -> Result<(), Report> {
    let args = || args.to_owned();
    let mut loopback = Loopback::listen().map_err(|why| Error::NoListener { why, args: args() })?;
    let path = path()?;
    say();
    let mut browser =
        Browser::open(&browsers.programs, &format!("http://127.0.0.1:{}{path}", loopback.port()));
    let mut failure: Option<(String, Instant)> = None;
    let go_on = || {
        if let Some(why) = browser.failure() {
            failure = Some((why, Instant::now()));
        }
        failure.as_ref().is_none_or(|(_, since)| since.elapsed() < AFTER_FAILURE)
    };
    let visit = loopback.wait(limit, go_on, |visit| {
        if visit.target != Some(path.as_str()) {
            return Verdict::Refuse(OTHER);
        }
        match peer::check_own(visit.stream, browsers.has_relay) {
            Ok(()) => Verdict::Take(()),
            Err(user) => {
                warn_of_other_user(user);
                Verdict::Refuse(OTHER)
            }
        }
    });
    let Some(((), connection)) = visit else {
        return Err(match failure {
            Some((why, _)) => Error::NoBrowser { why, is_secret: true, args: args() },
            None => Error::BrowserIsLate { seconds: limit.as_secs() as i64, args: args() },
        }
        .into());
    };
    let handed_over = match address() {
        Ok(address) => {
            connection.redirect(address.expose()).map_err(|why| Error::BrowserIsGone { why }.into())
        }
        Err(error) => {
            connection.answer(FAILED);
            Err(error.into())
        }
    };
    loopback.wait(
        AFTER_SUCCESS,
        || true,
        |visit| -> Verdict<()> {
            Verdict::Refuse(if visit.target == Some(path.as_str()) { USED } else { OTHER })
        },
    );
    handed_over
}

/// A path that no other program can guess: 128 random bits.
fn path() -> Result<String, Error> {
    let mut bytes = [0; 16];
    random::fill(&mut bytes).map_err(|_| Error::NoRandom)?;
    Ok(format!("/{}", bytes.map(|byte| format!("{byte:02x}")).concat()))
}

fn warn_of_other_user(user: Option<u32>) {
    let who = user.map_or_else(|| "that is not known".to_owned(), |user| format!("{user}"));
    stderr::print(&format!(
        "assume-env: a program of another user (user id {who}) asked for the address of the console, and did not get it\n"
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed_over(program: &str, limit: Duration) -> String {
        let programs = vec![vec![program.to_owned()]];
        let browsers = Browsers { programs, far: None, has_relay: false };
        let address = || panic!("no token is asked for before the browser has come");
        hand_over(&browsers, limit, || (), address, "--console s3").unwrap_err().message()
    }

    #[test]
    fn a_browser_that_does_not_come_is_waited_for_until_the_limit() {
        let begin = Instant::now();
        let message = handed_over("true", Duration::from_secs(1));
        assert!(begin.elapsed() >= Duration::from_secs(1));
        assert_eq!(
            message,
            "assume-env: the browser did not come within 1s, so no sign-in token was asked for\n  the address can be \
             printed; it signs in everyone who opens it within 15 minutes:\n  to a program:     assume-env --url --console s3 | PROGRAM\n  \
             print it here:    assume-env --url --show --console s3\n"
        );
    }

    #[test]
    fn a_browser_that_fails_is_not_waited_for() {
        let begin = Instant::now();
        let message = handed_over("false", Duration::from_secs(60));
        assert!(begin.elapsed() < Duration::from_secs(20));
        assert!(message.starts_with("assume-env: no browser opened (false: exit status: 1)\n"), "{message}");
    }

    #[test]
    fn each_address_has_128_other_random_bits() {
        let (one, other) = (path().unwrap(), path().unwrap());
        assert!(one != other && one.len() == 33 && one[1..].bytes().all(|b| b.is_ascii_hexdigit()), "{one}");
    }
}
