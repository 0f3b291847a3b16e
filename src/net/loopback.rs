//! A listener on a port of 127.0.0.1 for the browser of this user: reads the heads of requests, and answers each with a
//! page or a redirect.
//!
//! Browsers open connections ahead and ask for icons, and another program of this machine can connect too. So several
//! connections are read at the same time, and each request gets an answer without an effect until one is the sought one.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use zeroize::Zeroizing;

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

/// The listener.
pub(crate) struct Loopback {
    listener: TcpListener,
    port: u16,
    open: Vec<Connection>,
}

/// A request that has come.
pub(crate) struct Visit<'a> {
    /// The target of a GET with this address as its only `Host`; `None` for any other request. A page of another name
    /// that leads to 127.0.0.1 (DNS rebinding) sends its own name.
    pub target: Option<&'a str>,
    /// The connection.
    pub stream: &'a TcpStream,
}

/// What to do with a request.
pub(crate) enum Verdict<T> {
    /// It is not the sought one: this page is its answer.
    Refuse(Page),
    /// It is the sought one.
    Take(T),
}

impl Loopback {
    /// Listens on a free port.
    ///
    /// # Errors
    /// The system gives no port.
    pub(crate) fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port, open: Vec::new() })
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the sought request; `None` if it does not come within `limit`. `meanwhile` is called several times in a
    /// second, and ends the wait with `false`.
    pub(crate) fn wait<T>(
        &mut self,
        limit: Duration,
        mut meanwhile: impl FnMut() -> bool,
        mut judge: impl FnMut(Visit<'_>) -> Verdict<T>,
    ) -> Option<(T, Connection)> {
        let begin = Instant::now();
        while begin.elapsed() < limit && meanwhile() {
            if self.open.len() < CONNECTIONS
                && let Ok((stream, _)) = self.listener.accept()
                && stream.set_nonblocking(true).is_ok()
            {
                self.open.push(Connection::new(stream));
            }
            self.open.retain_mut(|connection| connection.read() && connection.since.elapsed() < PATIENCE);
            let complete = self.open.iter().position(Connection::is_complete);
            if let Some(at) = complete {
                let connection = self.open.swap_remove(at);
                let target = target(&connection.head, self.port);
                match judge(Visit { target, stream: &connection.stream }) {
                    Verdict::Refuse(page) => connection.answer(page),
                    Verdict::Take(taken) => return Some((taken, connection)),
                }
                continue;
            }
            self.sleep();
        }
        None
    }

    /// Sleeps until a connection has something new, or for a moment.
    fn sleep(&self) {
        let mut fds: Vec<PollFd<'_>> = self
            .open
            .iter()
            .map(|connection| PollFd::new(connection.stream.as_fd(), PollFlags::POLLIN))
            .collect();
        if self.open.len() < CONNECTIONS {
            fds.push(PollFd::new(self.listener.as_fd(), PollFlags::POLLIN));
        }
        let _ = poll(&mut fds, PollTimeout::from(TICK));
    }
}

/// The target of a GET of this listener's own address.
fn target(head: &[u8], port: u16) -> Option<&str> {
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    if method != "GET" || !words.next()?.starts_with("HTTP/1.") {
        return None;
    }
    let mut hosts = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim())
    });
    let is_own = hosts.next()? == format!("127.0.0.1:{port}") && hosts.next().is_none();
    is_own.then_some(target)
}

/// A connection, and what it has sent.
pub(crate) struct Connection {
    stream: TcpStream,
    /// It can have a secret.
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
    pub(crate) fn answer(self, page: Page) {
        let Page { status, title, text } = page;
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>assume-env</title></head>\
             <body><h1>{title}</h1><p>{text}</p></body></html>\n"
        );
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n\
             X-Frame-Options: DENY\r\n{COMMON}\r\n{body}",
            body.len()
        );
        let _ = self.send(&answer);
    }

    /// Sends the browser to an address, which can be a secret, and ends the connection. A page that refreshes itself would
    /// send this address to the next one as its `Referer`, and make the browser ask for an icon.
    ///
    /// # Errors
    /// The browser has gone away.
    pub(crate) fn redirect(self, address: &str) -> io::Result<()> {
        let mut answer = Zeroizing::new(String::with_capacity(address.len() + 256));
        for part in ["HTTP/1.1 302 Found\r\nLocation: ", address, "\r\nContent-Length: 0\r\n", COMMON, "\r\n"]
        {
            answer.push_str(part);
        }
        self.send(&answer)
    }

    fn send(mut self, answer: &str) -> io::Result<()> {
        self.stream.set_nonblocking(false)?;
        self.stream.set_write_timeout(Some(ANSWER))?;
        self.stream.write_all(answer.as_bytes())?;
        self.stream.shutdown(std::net::Shutdown::Write)
    }
}

/// The headers of every answer.
const COMMON: &str = "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n";

/// A page for the browser. Its texts are constants: nothing that was sent is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    /// The status and its words.
    pub status: &'static str,
    /// The heading.
    pub title: &'static str,
    /// One sentence or two.
    pub text: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_get_of_its_own_address_has_a_target() {
        let head = |method: &str, host: &str| format!("{method} /x HTTP/1.1\r\n{host}\r\n\r\n");
        assert_eq!(target(head("GET", "host: 127.0.0.1:80").as_bytes(), 80), Some("/x"));
        for (method, host) in [
            ("POST", "Host: 127.0.0.1:80"),
            ("HEAD", "Host: 127.0.0.1:80"),
            ("GET", "Host: 127.0.0.1:81"),
            ("GET", "Host: localhost:80"),
            ("GET", "Host: evil.example:80"),
            ("GET", "Host: 127.0.0.1:80\r\nHost: 127.0.0.1:80"),
            ("GET", "X: y"),
        ] {
            assert_eq!(target(head(method, host).as_bytes(), 80), None, "{method} {host}");
        }
    }

    #[test]
    fn a_redirect_has_no_body_and_is_not_kept() {
        let mut loopback = Loopback::listen().unwrap();
        let mut browser = TcpStream::connect((Ipv4Addr::LOCALHOST, loopback.port())).unwrap();
        let text = format!("GET /x HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", loopback.port());
        browser.write_all(text.as_bytes()).unwrap();
        let taken =
            loopback.wait(Duration::from_secs(20), || true, |visit| Verdict::Take(visit.target.is_some()));
        let (is_get, connection) = taken.unwrap();
        assert!(is_get);
        connection.redirect("https://example.org/?a=b").unwrap();
        let mut answer = String::new();
        browser.read_to_string(&mut answer).unwrap();
        assert_eq!(
            answer,
            "HTTP/1.1 302 Found\r\nLocation: https://example.org/?a=b\r\nContent-Length: 0\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
        );
    }
}
