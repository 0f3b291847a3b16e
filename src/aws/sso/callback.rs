//! Receives the browser when it comes back from the sign-in page: a listener on a port of 127.0.0.1, which answers
//! one request and refuses all others.
//!
//! It exists before the browser opens, because a browser that is signed in already comes back at once. Only a GET
//! of the exact path, host and state counts; anything else gets an error page, and the wait goes on: browsers ask
//! for icons and open connections ahead, and another program of this machine can connect too. It has no part in
//! the exchange of the code, so that its page cannot have a secret.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use zeroize::Zeroizing;

use crate::aws::sso::pkce::PATH;
use crate::common::credentials::Secret;
use crate::common::url;

/// The longest head of a request, in bytes.
const LARGEST: usize = 16 * 1024;
/// The largest number of connections at a time. A browser opens some ahead.
const CONNECTIONS: usize = 16;
/// How long a connection may stay silent.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(2);
/// The longest wait without a look at the browser, in milliseconds.
const TICK: u16 = 100;
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
pub(super) struct Callback {
    listener: TcpListener,
    port: u16,
}

impl Callback {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// The system gives no port.
    pub(super) fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// The port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the browser with this state; `None` if it does not come within `limit`. `meanwhile` is called
    /// several times in a second.
    pub(super) fn wait(self, state: &str, limit: Duration, mut meanwhile: impl FnMut()) -> Option<Outcome> {
        let begin = Instant::now();
        let mut open: Vec<Connection> = Vec::new();
        while begin.elapsed() < limit {
            meanwhile();
            if open.len() < CONNECTIONS
                && let Ok((stream, _)) = self.listener.accept()
                && stream.set_nonblocking(true).is_ok()
            {
                open.push(Connection::new(stream));
            }
            open.retain_mut(|connection| connection.read() && connection.since.elapsed() < PATIENCE);
            let complete = open.iter().position(Connection::is_complete);
            if let Some(at) = complete {
                let connection = open.swap_remove(at);
                let request = Request::of(&connection.head, self.port, state);
                connection.answer(request.page());
                if let Request::Sought(outcome) = request {
                    return Some(outcome);
                }
                continue;
            }
            self.sleep(&open);
        }
        None
    }

    /// Sleeps until a connection has something new, or for a moment.
    fn sleep(&self, open: &[Connection]) {
        let mut fds: Vec<PollFd<'_>> =
            open.iter().map(|connection| PollFd::new(connection.stream.as_fd(), PollFlags::POLLIN)).collect();
        if open.len() < CONNECTIONS {
            fds.push(PollFd::new(self.listener.as_fd(), PollFlags::POLLIN));
        }
        let _ = poll(&mut fds, PollTimeout::from(TICK));
    }
}

/// A connection, and what it has sent.
struct Connection {
    stream: TcpStream,
    /// It has the code.
    head: Zeroizing<Vec<u8>>,
    since: Instant,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self { stream, head: Zeroizing::new(Vec::with_capacity(LARGEST)), since: Instant::now() }
    }

    /// Reads what has arrived. Whether the connection can still become a request.
    fn read(&mut self) -> bool {
        let mut part = Zeroizing::new([0; 4096]);
        loop {
            if self.is_complete() {
                return true;
            }
            match self.stream.read(&mut *part) {
                Ok(0) => return false,
                Ok(length) if self.head.len() + length <= LARGEST => {
                    self.head.extend_from_slice(&part[..length])
                }
                Ok(_) => return false,
                Err(why) if why.kind() == ErrorKind::WouldBlock => return true,
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.head.windows(4).any(|end| end == b"\r\n\r\n")
    }

    /// Sends a page and ends the connection. A browser that goes away does not matter.
    fn answer(mut self, page: Page) {
        let Page { status, title, text } = page;
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>assume-env</title></head>\
             <body><h1>{title}</h1><p>{text}</p></body></html>\n"
        );
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\n\
             Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        let _ = self.stream.set_nonblocking(false);
        let _ = self.stream.set_write_timeout(Some(ANSWER));
        let _ = self.stream.write_all(answer.as_bytes());
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }
}

/// A page for the browser. Its texts are constants: nothing that was sent is repeated.
struct Page {
    status: &'static str,
    title: &'static str,
    text: &'static str,
}

/// What a request is.
enum Request {
    /// The one that is waited for.
    Sought(Outcome),
    /// One with the right path and another state.
    OtherState,
    /// Anything else.
    Other,
}

impl Request {
    fn of(head: &[u8], port: u16, state: &str) -> Self {
        Self::sought(head, port, state).unwrap_or(Self::Other)
    }

    fn sought(head: &[u8], port: u16, state: &str) -> Option<Self> {
        let head = std::str::from_utf8(head).ok()?;
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        if method != "GET" || !words.next()?.starts_with("HTTP/1.") {
            return None;
        }
        // A page of another name that leads to 127.0.0.1 (DNS rebinding) sends its own name.
        let mut hosts = lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("host").then(|| value.trim())
        });
        if hosts.next()? != format!("127.0.0.1:{port}") || hosts.next().is_some() {
            return None;
        }
        let (path, query) = target.split_once('?')?;
        if path != PATH {
            return None;
        }
        if url::parameter(query, "state").as_deref() != Some(state) {
            return Some(Self::OtherState);
        }
        let text = |name| url::parameter(query, name).filter(|text| !text.is_empty());
        if let Some(error) = text("error") {
            let outcome = match (error.as_str(), text("error_description")) {
                ("access_denied", _) => Outcome::Denied,
                (error, None) => Outcome::Failed(error.chars().take(LONGEST_ERROR).collect()),
                (error, Some(description)) => {
                    Outcome::Failed(format!("{error}: {description}").chars().take(LONGEST_ERROR).collect())
                }
            };
            return Some(Self::Sought(outcome));
        }
        let code = text("code").filter(|code| code.bytes().all(|byte| byte.is_ascii_graphic()))?;
        Some(Self::Sought(Outcome::Code(Secret::new(code))))
    }

    fn page(&self) -> Page {
        match self {
            Self::Sought(Outcome::Code(_)) => Page {
                status: "200 OK",
                title: "assume-env has the answer",
                text: "The terminal says whether the sign-in succeeded. You can close this page.",
            },
            Self::Sought(Outcome::Denied | Outcome::Failed(_)) => Page {
                status: "400 Bad Request",
                title: "The sign-in failed",
                text: "The terminal says why. You can close this page.",
            },
            Self::OtherState => Page {
                status: "400 Bad Request",
                title: "This is not the sign-in that assume-env waits for",
                text: "Open the link that the terminal shows now.",
            },
            Self::Other => Page {
                status: "404 Not Found",
                title: "Not found",
                text: "This address answers only the sign-in that assume-env waits for.",
            },
        }
    }
}

#[cfg(test)]
mod tests {
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
