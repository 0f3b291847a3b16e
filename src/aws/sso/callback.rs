//! Receives the browser when it comes back from the sign-in page: a listener on a port of 127.0.0.1, which answers
//! one request and refuses all others.
//!
//! It exists before the browser opens, because a browser that is signed in already comes back at once. Only a GET
//! of the exact path, host and state counts; anything else gets an error page, and the wait goes on: browsers ask
//! for icons and open connections ahead, and another program of this machine can connect too. It has no part in
//! the exchange of the code, so that its page cannot have a secret.

use std::io;
use std::time::Duration;

use crate::aws::sso::pkce::PATH;
use crate::common::credentials::Secret;
use crate::common::url;
use crate::net::loopback::{Loopback, Page, Verdict};

/// The longest error of the sign-in page that is shown, in characters.
const LONGEST_ERROR: usize = 300;

/// What the browser brings back.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The code of the sign-in.
    Code(Secret),
    /// The user did not permit access.
    Denied,
    /// Another error, and its description.
    Failed(String),
}

/// The listener.
pub(super) struct Callback(Loopback);

impl Callback {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// The system gives no port.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self(Loopback::listen()?))
    }

    /// The port.
    pub(super) fn port(&self) -> u16 {
        self.0.port()
    }

    /// Waits for the browser with this state; `None` if it does not come within `limit`. `meanwhile` is called
    /// several times in a second.
    pub(super) fn wait(
        mut self,
        state: &str,
        limit: Duration,
        mut meanwhile: impl FnMut(),
    ) -> Option<Outcome> {
        let go_on = || {
            meanwhile();
            true
        };
        let (outcome, connection) = self.0.wait(limit, go_on, |visit| {
            match visit.target.map_or(Err(OTHER), |target| outcome(target, state)) {
                Ok(outcome) => Verdict::Take(outcome),
                Err(page) => Verdict::Refuse(page),
            }
        })?;
        connection.answer(match outcome {
            Outcome::Code(_) => SUCCESS,
            Outcome::Denied | Outcome::Failed(_) => FAILURE,
        });
        Some(outcome)
    }
}

const SUCCESS: Page = Page {
    status: "200 OK",
    title: "assume-env has the answer",
    text: "The terminal says whether the sign-in succeeded. You can close this page.",
};
const FAILURE: Page = Page {
    status: "400 Bad Request",
    title: "The sign-in failed",
    text: "The terminal says why. You can close this page.",
};
const OTHER_STATE: Page = Page {
    status: "400 Bad Request",
    title: "This is not the sign-in that assume-env waits for",
    text: "Open the link that the terminal shows now.",
};
const OTHER: Page = Page {
    status: "404 Not Found",
    title: "Not found",
    text: "This address answers only the sign-in that assume-env waits for.",
};

/// What the browser brings in the target of a request; the page for a request that is not the one that is waited for.
fn outcome(target: &str, state: &str) -> Result<Outcome, Page> {
    let (path, query) = target.split_once('?').ok_or(OTHER)?;
    if path != PATH {
        return Err(OTHER);
    }
    if url::parameter(query, "state").as_deref() != Some(state) {
        return Err(OTHER_STATE);
    }
    let text = |name| url::parameter(query, name).filter(|text| !text.is_empty());
    if let Some(error) = text("error") {
        let said = match (error.as_str(), text("error_description")) {
            ("access_denied", _) => return Ok(Outcome::Denied),
            (error, None) => error.to_owned(),
            (error, Some(description)) => format!("{error}: {description}"),
        };
        return Ok(Outcome::Failed(said.chars().take(LONGEST_ERROR).collect()));
    }
    let code = text("code").filter(|code| code.bytes().all(|byte| byte.is_ascii_graphic())).ok_or(OTHER)?;
    Ok(Outcome::Code(Secret::new(code)))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{Ipv4Addr, TcpStream};
    use std::time::Instant;

    use super::*;

    const STATE: &str = "0123456789abcdef0123456789abcdef";

    /// Sends each text to a listener, in its order; gives the statuses and the outcome.
    fn exchange(texts: &[&str], limit: Duration) -> (Vec<String>, Option<Outcome>) {
        let callback = Callback::listen().unwrap();
        let port = callback.port();
        std::thread::scope(|scope| {
            let client = scope.spawn(move || {
                texts
                    .iter()
                    .map(|text| {
                        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
                        stream.write_all(text.replace("PORT", &port.to_string()).as_bytes()).unwrap();
                        let mut answer = String::new();
                        let _ = stream.read_to_string(&mut answer);
                        assert!(!answer.contains("<script"), "{answer}");
                        answer.lines().next().unwrap_or_default().to_owned()
                    })
                    .collect::<Vec<String>>()
            });
            let outcome = callback.wait(STATE, limit, || ());
            (client.join().unwrap(), outcome)
        })
    }

    fn get(target: &str) -> String {
        format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n")
    }

    #[test]
    fn only_the_exact_request_is_the_browser() {
        let right = format!("{PATH}?code=a%2Fb&state={STATE}");
        let wrong = [
            get("/favicon.ico"),
            get(&format!("/oauth/callback/?code=x&state={STATE}")),
            get(&format!("{PATH}?code=x&state={STATE}&state={STATE}")),
            get(&format!("{PATH}?code=x&state=other")),
            get(&format!("{PATH}?state={STATE}")),
            get(&right).replace("GET", "POST"),
            get(&right).replace("127.0.0.1:PORT", "evil.example:PORT"),
            "nonsense\r\n\r\n".to_owned(),
        ];
        let mut texts: Vec<&str> = wrong.iter().map(String::as_str).collect();
        let right = get(&right);
        texts.push(&right);
        let (statuses, outcome) = exchange(&texts, Duration::from_secs(20));
        assert!(matches!(&outcome, Some(Outcome::Code(code)) if code.expose() == "a/b"), "{outcome:?}");
        let is_refused = |status: &String| status.contains(" 404 ") || status.contains(" 400 ");
        assert!(statuses[..wrong.len()].iter().all(is_refused), "{statuses:?}");
        assert_eq!(statuses[wrong.len()], "HTTP/1.1 200 OK");
    }

    #[test]
    fn a_denial_and_another_error_are_different_outcomes() {
        let denied = get(&format!("{PATH}?error=access_denied&error_description=no&state={STATE}"));
        let (_, outcome) = exchange(&[&denied], Duration::from_secs(20));
        assert!(matches!(outcome, Some(Outcome::Denied)), "{outcome:?}");
        let failed = get(&format!("{PATH}?error=server_error&error_description=%3Cb%3E+x&state={STATE}"));
        let (_, outcome) = exchange(&[&failed], Duration::from_secs(20));
        assert!(
            matches!(&outcome, Some(Outcome::Failed(said)) if said == "server_error: <b> x"),
            "{outcome:?}"
        );
    }

    #[test]
    fn a_browser_that_does_not_come_is_waited_for_until_the_limit() {
        let (_, outcome) = exchange(&[&get("/")], Duration::from_millis(300));
        assert!(outcome.is_none());
    }

    /// Chromium opens connections ahead and sends nothing on them.
    #[test]
    fn a_silent_connection_does_not_delay_the_browser() {
        let callback = Callback::listen().unwrap();
        let address = (Ipv4Addr::LOCALHOST, callback.port());
        let silent = TcpStream::connect(address).unwrap();
        let mut browser = TcpStream::connect(address).unwrap();
        let text = get(&format!("{PATH}?code=x&state={STATE}")).replace("PORT", &callback.port().to_string());
        browser.write_all(text.as_bytes()).unwrap();
        let begin = Instant::now();
        assert!(matches!(callback.wait(STATE, Duration::from_secs(20), || ()), Some(Outcome::Code(_))));
        assert!(begin.elapsed() < Duration::from_secs(5));
        drop(silent);
    }

    #[test]
    fn a_second_browser_finds_no_listener() {
        let callback = Callback::listen().unwrap();
        let address = (Ipv4Addr::LOCALHOST, callback.port());
        let text = get(&format!("{PATH}?code=x&state={STATE}")).replace("PORT", &callback.port().to_string());
        TcpStream::connect(address).unwrap().write_all(text.as_bytes()).unwrap();
        assert!(callback.wait(STATE, Duration::from_secs(20), || ()).is_some());
        assert!(TcpStream::connect(address).is_err());
    }
}
