//! HTTP/1.1 on the wire: reads one request after another from a connection and writes answers.
//! It follows RFC 9112 as far as the AWS clients use it: bodies have a Content-Length, targets
//! are in origin form. It keeps the request's raw bytes apart enough for a signature check.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use serde_json::Value;

/// A request's head and its body are refused above these sizes, so that no client can make the
/// test process grow without end.
const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 1024 * 1024;

/// One request as it came.
pub struct Request {
    pub method: String,
    /// The target before `?`, still percent-encoded.
    pub path: String,
    /// The target after `?`, still percent-encoded.
    pub query: String,
    /// Names in lower case, values without blanks around them, in the order sent.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    http_1_0: bool,
}

impl Request {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The parameters of the query and, when the body is a form, of the body.
    /// A name that stands twice is an error, and the error is the name.
    pub fn params(&self) -> Result<BTreeMap<String, String>, String> {
        let form = self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let body = if form { self.body.as_slice() } else { b"" };
        let body = String::from_utf8_lossy(body);
        let mut params = BTreeMap::new();
        for pair in self.query.split('&').chain(body.split('&')) {
            if pair.is_empty() {
                continue;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = percent_decode(&name.replace('+', " "));
            let value = percent_decode(&value.replace('+', " "));
            if params.insert(name.clone(), value).is_some() {
                return Err(name);
            }
        }
        Ok(params)
    }

    /// Whether the client wants the connection closed after the answer.
    pub fn wants_close(&self) -> bool {
        let connection = self.header("connection").unwrap_or("");
        let says = |word: &str| connection.split(',').any(|token| token.trim().eq_ignore_ascii_case(word));
        says("close") || (self.http_1_0 && !says("keep-alive"))
    }
}

/// An answer before it is put on the wire.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// [`Response::to_bytes`] adds Date, Content-Length and, at the end, Connection.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    /// An answer with these headers.
    pub fn new(status: u16, headers: &[(&str, &str)], body: impl Into<String>) -> Self {
        let owned = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Self { status, headers: owned.collect(), body: body.into() }
    }

    /// A JSON document.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, &[("Content-Type", "application/json")], body.to_string())
    }

    /// A text without markup.
    pub fn text(status: u16, body: &str) -> Self {
        Self::new(status, &[("Content-Type", "text/plain")], body)
    }

    /// The same answer with another header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }

    /// The bytes to send; `date` is the server's clock.
    pub fn to_bytes(&self, date: &str, close: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        let length = self.body.len().to_string();
        for (name, value) in [("Date", date), ("Content-Length", &length)] {
            // A fault may bring its own, and may lie.
            let given = |(known, _): &(String, String)| known.eq_ignore_ascii_case(name);
            if !self.headers.iter().any(given) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if close {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        head.push_str(&self.body);
        head.into_bytes()
    }
}

/// A connection, plain or TLS.
pub trait Transport: Read + Write {
    /// Says that the end is meant, where the protocol has a word for it.
    fn goodbye(&mut self);
}

/// Reads requests from a connection. What was read past one request starts the next.
pub struct Wire {
    stream: Box<dyn Transport>,
    pending: Vec<u8>,
}

impl Wire {
    pub fn new(stream: Box<dyn Transport>) -> Self {
        Self { stream, pending: Vec::new() }
    }

    /// The next request, or `None` when the client has closed the connection in between.
    /// An `InvalidData` error means that what came is not a request.
    pub fn next_request(&mut self) -> io::Result<Option<Request>> {
        let head_end = loop {
            if let Some(end) = find(&self.pending, b"\r\n\r\n") {
                break end;
            }
            if self.pending.len() > MAX_HEAD {
                return Err(invalid("the head is too long"));
            }
            if !self.fill()? {
                return match self.pending.is_empty() {
                    true => Ok(None),
                    false => Err(invalid("the connection closed within a head")),
                };
            }
        };
        let rest = self.pending.split_off(head_end + 4);
        let head = std::mem::replace(&mut self.pending, rest);
        let head = std::str::from_utf8(&head[..head_end]).map_err(|_| invalid("not UTF-8"))?;
        let mut request = parse_head(head)?;
        let length = content_length(&request)?;
        while self.pending.len() < length {
            if !self.fill()? {
                return Err(invalid("the connection closed within a body"));
            }
        }
        let rest = self.pending.split_off(length);
        request.body = std::mem::replace(&mut self.pending, rest);
        Ok(Some(request))
    }

    /// Sends bytes at once.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Ends the connection in good order. Without it the client sees it break off.
    pub fn close(mut self) {
        self.stream.goodbye();
    }

    fn fill(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 8192];
        let count = self.stream.read(&mut chunk)?;
        self.pending.extend_from_slice(&chunk[..count]);
        Ok(count > 0)
    }
}

fn parse_head(head: &str) -> io::Result<Request> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or("").split(' ');
    let line = (words.next(), words.next(), words.next(), words.next());
    let (Some(method), Some(target), Some(version), None) = line else {
        return Err(invalid("not a request line"));
    };
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") || !target.starts_with('/') {
        return Err(invalid("not HTTP/1.1 in origin form"));
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(|| invalid("not a header"))?;
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(invalid("not a header name"));
        }
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers,
        body: Vec::new(),
        http_1_0: version == "HTTP/1.0",
    })
}

fn content_length(request: &Request) -> io::Result<usize> {
    if request.header("transfer-encoding").is_some() {
        return Err(invalid("a body without Content-Length"));
    }
    match request.header("content-length").map(str::parse) {
        None => Ok(0),
        Some(Ok(length)) if length <= MAX_BODY => Ok(length),
        Some(_) => Err(invalid("a Content-Length that is none, or too large")),
    }
}

/// Decodes `%XX`. What is not a valid escape stays as it is, so that it cannot match anything.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3));
        let decoded = escape
            .flatten()
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(decoded.unwrap_or(bytes[at]));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
