//! The server of the helper: it gives the keys only to a request that has the token.
//!
//! A request must have exactly one Host, that of this address, and exactly one Authorization, the token without any other word. A request that a
//! browser or a proxy sends is refused. There is no path that takes a role. The limits keep one user of the machine from
//! keeping the server busy: 256 connections, of which the oldest one without a request is closed first.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener as StdListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::common::clock;
use crate::common::credentials::Secret;
use crate::mfa::checked_code;
use crate::refresh::lifetime::Moment;
use crate::refresh::state::{Demand, Failure, Phase, Shared};

/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 8 * 1024;
/// The largest body of a request, in bytes.
const LARGEST_BODY: usize = 1024;
/// How long a client may take to send a request.
const FOR_REQUEST: Duration = Duration::from_secs(2);
/// How long a request waits for new keys. botocore waits for an answer for two seconds.
const FOR_KEYS: Duration = Duration::from_millis(1800);
/// How long `assume-env --renew` waits for the outcome.
const FOR_RENEWAL: Duration = Duration::from_secs(90);
/// How long a client may take to read an answer and to end the connection.
const FOR_ANSWER: Duration = Duration::from_secs(2);
/// The largest number of connections.
const CONNECTIONS: usize = 256;

/// The path of the keys.
pub(super) const KEYS: &str = "/credentials";
/// The path of what `assume-env --status` shows.
pub(super) const STATUS: &str = "/status";
/// The path by which `assume-env --renew` asks for new keys.
pub(super) const RENEW: &str = "/renew";

/// What is said after the end of the command.
const ENDED: &str = "assume-env: the command has ended, and its keys are not renewed any more";

/// What each connection needs.
struct Server {
    /// The value that the Host header must have.
    host: String,
    token: Secret,
    shared: Arc<Shared>,
    /// The connections without a request, the oldest one first.
    waiting: Mutex<BTreeMap<u64, AbortHandle>>,
}

/// An answer.
struct Answer {
    status: u16,
    body: Zeroizing<String>,
}

impl Answer {
    fn keys(body: Zeroizing<String>) -> Self {
        Self { status: 200, body }
    }

    /// An error in the form that the SDKs show.
    fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({"Code": code, "Message": message}).to_string();
        Self { status, body: Zeroizing::new(body) }
    }

    fn of_bad_request() -> Self {
        Self::error(400, "BadRequest", "assume-env: the request is not one of an AWS SDK")
    }

    /// The answer while a renewal fails and the last keys have expired. SDKs ask again after 503, and stop after 400.
    fn failed(failure: &Failure) -> Self {
        match failure.needs_person {
            true => Self::error(400, "RenewalRefused", &failure.message),
            false => Self::error(503, "RenewalFailed", &failure.message),
        }
    }
}

/// Serves requests on a thread of its own, until the process ends.
///
/// # Errors
/// The system has no thread or file left.
pub(super) fn start(listener: StdListener, token: Secret, shared: Arc<Shared>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let host = listener.local_addr()?.to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener)?
    };
    let server = Arc::new(Server { host, token, shared, waiting: Mutex::default() });
    std::thread::Builder::new()
        .name("serve".into())
        .spawn(move || runtime.block_on(serve(&server, &listener)))?;
    Ok(())
}

async fn serve(server: &Arc<Server>, listener: &TcpListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    for number in 0_u64.. {
        let stream = loop {
            match listener.accept().await {
                Ok((stream, _)) => break stream,
                // No file left: a connection without a request gives one back.
                Err(_) => {
                    server.close_oldest();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
        if places.available_permits() == 0 {
            server.close_oldest();
        }
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (its_server, started) = (Arc::clone(server), oneshot::channel::<()>());
        let (start, may_start) = started;
        let task = tokio::spawn(async move {
            // It begins when it is in the list.
            let _ = may_start.await;
            its_server.connection(number, stream).await;
            drop(place);
        });
        server.waiting().insert(number, task.abort_handle());
        let _ = start.send(());
    }
}

impl Server {
    fn waiting(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, AbortHandle>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close_oldest(&self) {
        if let Some((_, oldest)) = self.waiting().pop_first() {
            oldest.abort();
        }
    }

    /// Reads one request, answers it and ends the connection.
    async fn connection(&self, number: u64, mut stream: TcpStream) {
        let head = timeout(FOR_REQUEST, read_head(&mut stream)).await;
        self.waiting().remove(&number);
        let answer = match head {
            Ok(Ok(Some((head, rest)))) => match Request::parse(&head, &self.host, &self.token) {
                Ok(request) => self.answer(&request, rest, &mut stream).await,
                Err(refused) => refused,
            },
            Ok(Ok(None)) => Answer::of_bad_request(),
            // No request came, or the connection has ended.
            Ok(Err(_)) | Err(_) => return,
        };
        let _ = timeout(FOR_ANSWER, send(&mut stream, &answer)).await;
    }

    async fn answer(&self, request: &Request, rest: Zeroizing<Vec<u8>>, stream: &mut TcpStream) -> Answer {
        match request.wanted {
            Wanted::Keys => self.keys().await,
            Wanted::Status => self.status(),
            Wanted::Renewal { length } => match timeout(FOR_REQUEST, read_body(stream, rest, length)).await {
                Ok(Ok(body)) => self.renewal(&body).await,
                Ok(Err(_)) | Err(_) => {
                    Answer::error(400, "BadRequest", "assume-env: the request is not complete")
                }
            },
        }
    }

    /// The keys; without ones that live, those of a renewal that ends soon, else its failure.
    async fn keys(&self) -> Answer {
        let mut changes = self.shared.changes();
        let waited = timeout(FOR_KEYS, async {
            loop {
                changes.borrow_and_update();
                if let Some(answer) = self.keys_now() {
                    return answer;
                }
                if changes.changed().await.is_err() {
                    return starting();
                }
            }
        });
        match waited.await {
            Ok(answer) => answer,
            Err(_) => self.shared.lock().failure.as_ref().map_or_else(starting, Answer::failed),
        }
    }

    /// The answer, if no renewal can change it soon.
    fn keys_now(&self) -> Option<Answer> {
        let now = Moment::now();
        let mut state = self.shared.lock();
        if let Some(keys) = state.live_keys(now) {
            return Some(Answer::keys(keys.document(now)));
        }
        if state.phase == Phase::Ended {
            return Some(Answer::error(400, "CommandEnded", ENDED));
        }
        if state.is_renewing || state.is_hurried {
            return None;
        }
        if state.may_hurry(now) {
            state.is_hurried = true;
            self.shared.wake.up();
            return None;
        }
        state.failure.as_ref().map(Answer::failed)
    }

    /// What `assume-env --status` shows. No secret.
    fn status(&self) -> Answer {
        let now = Moment::now();
        let state = self.shared.lock();
        let keys = state.live_keys(now);
        let status = json!({
            "runs": state.phase == Phase::Running,
            "arn": state.keys.as_ref().and_then(|keys| keys.identity.arn.clone()),
            "account": state.keys.as_ref().and_then(|keys| keys.identity.account.clone()),
            "expires": keys.map(|keys| clock::utc(keys.lifetime.expires(now))),
            "seconds_left": keys.map_or(0, |keys| keys.lifetime.left(now)),
            "code_needed_at": state.code_needed_at.map(clock::utc),
            "mfa_device": state.mfa_device,
            "failure": state.failure.as_ref().map(|failure| json!({
                "message": failure.message,
                "since": clock::utc(failure.since),
                "needs_person": failure.needs_person,
            })),
        });
        Answer { status: 200, body: Zeroizing::new(status.to_string()) }
    }

    /// A renewal that a person asks for, with the MFA code if the body has one.
    async fn renewal(&self, body: &[u8]) -> Answer {
        let code = match std::str::from_utf8(body).map(str::trim) {
            Ok("") => None,
            text => match text.ok().and_then(|text| checked_code(text).ok()) {
                Some(code) => Some(code),
                None => return Answer::error(400, "BadRequest", "assume-env: the code is not six digits"),
            },
        };
        let (answer, outcome) = oneshot::channel();
        let refused = self.shared.change(|state| match (state.phase, state.demand.is_some()) {
            (Phase::Ended, _) => Some(ENDED),
            (Phase::Running, true) => Some("assume-env: another --renew is not finished"),
            (Phase::Running, false) => {
                state.demand = Some(Demand { code, answer });
                None
            }
        });
        if let Some(message) = refused {
            return Answer::error(400, "RenewalRefused", message);
        }
        self.shared.wake.up();
        match timeout(FOR_RENEWAL, outcome).await {
            Ok(Ok(Ok(()))) => self.status(),
            Ok(Ok(Err(failure))) => Answer::failed(&failure),
            Ok(Err(_)) | Err(_) => {
                Answer::error(503, "RenewalFailed", "assume-env: the renewal has not ended yet")
            }
        }
    }
}

fn starting() -> Answer {
    Answer::error(503, "RenewalFailed", "assume-env: no new keys yet; they are being asked for")
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Keys,
    Status,
    /// The length of the body.
    Renewal {
        length: usize,
    },
}

/// A request with the right token, from a client on this machine.
#[derive(Debug)]
struct Request {
    wanted: Wanted,
}

impl Request {
    /// Reads and checks the head of a request.
    ///
    /// # Errors
    /// The answer to a request that is refused.
    fn parse(head: &str, host: &str, token: &Secret) -> Result<Self, Answer> {
        let bad = Answer::of_bad_request;
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(path), Some("HTTP/1.1" | "HTTP/1.0"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(bad());
        };
        let mut headers = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or_else(bad)?;
            headers.push((name, value.trim()));
        }
        let values = |wanted: &str| -> Vec<&str> {
            let of_name = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            of_name.map(|(_, value)| *value).collect()
        };
        let is_foreign = |name: &str| {
            let name = name.to_ascii_lowercase();
            ["origin", "forwarded", "via"].contains(&&*name)
                || name.starts_with("sec-fetch-")
                || name.starts_with("x-forwarded-")
        };
        if values("host") != [host] || headers.iter().any(|(name, _)| is_foreign(name)) {
            return Err(Answer::error(
                403,
                "Forbidden",
                "assume-env: only programs that the command started get its keys, by the address that they have",
            ));
        }
        match values("authorization")[..] {
            [given] if is_same(given.as_bytes(), token.expose().as_bytes()) => {}
            _ => {
                return Err(Answer::error(
                    401,
                    "Unauthorized",
                    "assume-env: the token is not that of AWS_CONTAINER_AUTHORIZATION_TOKEN",
                ));
            }
        }
        let wanted = match (method, path) {
            ("GET", KEYS) => Wanted::Keys,
            ("GET", STATUS) => Wanted::Status,
            ("POST", RENEW) => {
                let length = values("content-length");
                let length = length.first().and_then(|length| length.parse().ok());
                Wanted::Renewal { length: length.filter(|length| *length <= LARGEST_BODY).ok_or_else(bad)? }
            }
            (_, KEYS | STATUS | RENEW) => {
                let message =
                    format!("assume-env: {path} does not take {}", crate::common::text::clean(method));
                return Err(Answer::error(405, "MethodNotAllowed", &message));
            }
            _ => return Err(Answer::error(404, "NotFound", "assume-env: nothing is at this path")),
        };
        Ok(Self { wanted })
    }
}

/// Compares in a time that does not depend on the content.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).fold(0, |differs, (a, b)| std::hint::black_box(differs | (a ^ b))) == 0
}

/// Reads the head of a request, and what follows it; `None` for a head that is too long or not text.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<(Zeroizing<String>, Zeroizing<Vec<u8>>)>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut bytes = Zeroizing::new(vec![0; LARGEST_HEAD]);
    let mut length = 0;
    loop {
        let read = stream.read(&mut bytes[length..]).await?;
        if read == 0 {
            return match length {
                LARGEST_HEAD => Ok(None),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        // The end can be cut between two reads.
        let from = length.saturating_sub(END.len());
        length += read;
        if let Some(at) = memchr::memmem::find(&bytes[from..length], END) {
            let end = from + at;
            let Ok(head) = std::str::from_utf8(&bytes[..end]) else { return Ok(None) };
            let rest = Zeroizing::new(bytes[end + END.len()..length].to_vec());
            return Ok(Some((Zeroizing::new(head.to_owned()), rest)));
        }
    }
}

/// Reads the body, of which `rest` has come already.
async fn read_body(
    stream: &mut TcpStream,
    rest: Zeroizing<Vec<u8>>,
    length: usize,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut body = Zeroizing::new(vec![0; length]);
    let come = rest.len().min(length);
    body[..come].copy_from_slice(&rest[..come]);
    stream.read_exact(&mut body[come..]).await?;
    Ok(body)
}

/// Sends an answer and ends the connection, without a loss if the client has sent more than was read.
async fn send(stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
    let reason = match answer.status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        _ => "Service Unavailable",
    };
    let head = format!(
        "HTTP/1.1 {} {reason}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n",
        answer.status,
        answer.body.len()
    );
    let mut text = Zeroizing::new(String::with_capacity(head.len() + answer.body.len()));
    text.push_str(&head);
    text.push_str(&answer.body);
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "127.0.0.1:4000";

    fn parse(head: &str) -> Result<Wanted, u16> {
        let token = Secret::new("0123abcd".into());
        Request::parse(head, HOST, &token).map(|request| request.wanted).map_err(|refused| refused.status)
    }

    fn with(first: &str, headers: &[&str]) -> Result<Wanted, u16> {
        parse(&format!("{first}\r\n{}\r\n", headers.join("\r\n")))
    }

    const GOOD: [&str; 2] = ["Host: 127.0.0.1:4000", "Authorization: 0123abcd"];

    #[test]
    fn a_request_with_the_token_is_answered_by_its_path_and_method() {
        assert_eq!(with("GET /credentials HTTP/1.1", &GOOD), Ok(Wanted::Keys));
        assert_eq!(with("GET /credentials HTTP/1.0", &GOOD), Ok(Wanted::Keys));
        assert_eq!(with("GET /status HTTP/1.1", &GOOD), Ok(Wanted::Status));
        let lengths = [("0", Ok(Wanted::Renewal { length: 0 })), ("6", Ok(Wanted::Renewal { length: 6 }))];
        for (length, outcome) in
            lengths.into_iter().chain([("9999", Err(400)), ("x", Err(400)), ("-1", Err(400))])
        {
            let length = format!("Content-Length: {length}");
            assert_eq!(with("POST /renew HTTP/1.1", &[GOOD[0], GOOD[1], &length]), outcome, "{length}");
        }
        for (first, status) in [
            ("POST /credentials HTTP/1.1", 405),
            ("OPTIONS /credentials HTTP/1.1", 405),
            ("HEAD /credentials HTTP/1.1", 405),
            ("GET /renew HTTP/1.1", 405),
            ("GET / HTTP/1.1", 404),
            ("GET /credentials/ HTTP/1.1", 404),
            ("GET /credentials?x HTTP/1.1", 404),
            ("GET http://127.0.0.1:4000/credentials HTTP/1.1", 404),
            ("GET /role/arn HTTP/1.1", 404),
            ("GET /credentials", 400),
            ("GET  /credentials HTTP/1.1", 400),
            ("GET /credentials HTTP/2", 400),
            ("", 400),
        ] {
            assert_eq!(with(first, &GOOD), Err(status), "{first}");
        }
    }

    #[test]
    fn a_request_without_the_token_or_from_elsewhere_is_refused() {
        for (headers, status) in [
            (&["Host: 127.0.0.1:4000"][..], 401),
            (&["Host: 127.0.0.1:4000", "Authorization: "], 401),
            (&["Host: 127.0.0.1:4000", "Authorization: 0123abce"], 401),
            (&["Host: 127.0.0.1:4000", "Authorization: 0123abcd0"], 401),
            (&["Host: 127.0.0.1:4000", "Authorization: Bearer 0123abcd"], 401),
            (&["Host: 127.0.0.1:4000", "Authorization: 0123ABCD"], 401),
            (&["Host: 127.0.0.1:4000", "Authorization: 0123abcd", "authorization: 0123abcd"], 401),
            (&["Authorization: 0123abcd"], 403),
            (&["Host: localhost:4000", "Authorization: 0123abcd"], 403),
            (&["Host: 127.0.0.1", "Authorization: 0123abcd"], 403),
            (&["Host: 127.0.0.1:4001", "Authorization: 0123abcd"], 403),
            (&["Host: 127.0.0.1:4000", "Host: 127.0.0.1:4000", "Authorization: 0123abcd"], 403),
            (&["Host: evil.example", "Authorization: 0123abcd"], 403),
            (&["Host: 127.0.0.1:4000", "Authorization: 0123abcd", "Origin: null"], 403),
            (&["Host: 127.0.0.1:4000", "Authorization: 0123abcd", "Sec-Fetch-Site: none"], 403),
            (&["Host: 127.0.0.1:4000", "Authorization: 0123abcd", "X-Forwarded-For: 1.2.3.4"], 403),
            (&["Host: 127.0.0.1:4000", "Authorization: 0123abcd", "Via: 1.1 x"], 403),
            (&["Host: 127.0.0.1:4000", "Authorization: 0123abcd", "no colon"], 400),
        ] {
            assert_eq!(with("GET /credentials HTTP/1.1", headers), Err(status), "{headers:?}");
        }
    }
}
