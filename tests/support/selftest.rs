//! Tests of the strict STS and of the stand-ins beside it, so that a black-box test which fails can blame the program.
//! The signer below shares no code with the verifier; both are held to AWS's published example.
//! Every row of what STS answers stands here once, with its wording.

use std::io::{self, Cursor, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::http::{Transport, Wire};
use super::sigv4::Authorization;
use super::{
    Ca, Container, Fault, Federation, Imds, Leaf, Principal, Role, Server, Sso, Sts, TokenFile, User, World,
    clock, oidc, xml,
};

mod assume_role;
mod believing;
mod container;
mod federation;
mod imds;
mod session_token;
mod sso;
mod web_identity;
mod wire;

const ACCOUNT: &str = "123456789012";
const USER: &str = "arn:aws:iam::123456789012:user/base";
const ROLE: &str = "arn:aws:iam::123456789012:role/assumeS3Full";
const SERIAL: &str = "arn:aws:iam::123456789012:mfa/base";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

const NO_MATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";
const BAD_TOKEN: &str = "The security token included in the request is invalid.";
const CHAINED: &str = "The requested DurationSeconds exceeds the 1 hour session limit for roles \
    assumed by role chaining.";

fn base() -> User {
    User::new(ACCOUNT, "base", "AKIABASE000000000000", "base/secret+EXAMPLE")
}

fn role(name: &str) -> Role {
    Role::new(&role_arn(name)).trusts(USER)
}

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

fn world() -> World {
    World::new()
        .user(base().mfa(SERIAL, ["123456", "654321"]))
        .role(role("assumeS3Full").s3_full())
        .bucket("beta", "2026-02-03T04:05:06Z")
        .bucket("alpha", "2026-01-02T03:04:05Z")
        .bucket_in("eu-central-1", "gamma", "2026-03-04T05:06:07Z")
}

/// A client with its own idea of how to sign.
#[derive(Clone)]
struct Client {
    key_id: String,
    secret: String,
    token: Option<String>,
    region: String,
    service: String,
    at: OffsetDateTime,
    /// Trusted for https.
    roots: Option<String>,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn text(&self, element: &str) -> &str {
        xml::text_of(&self.body, element).unwrap_or("")
    }

    /// The keys in this answer, as a client.
    fn keys(&self) -> Client {
        assert_eq!(self.status, 200, "{}", self.body);
        Client {
            key_id: self.text("AccessKeyId").into(),
            secret: self.text("SecretAccessKey").into(),
            token: Some(self.text("SessionToken").into()),
            ..Client::base()
        }
    }

    /// The body as JSON.
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The keys in these members of a JSON document, as a client.
    #[track_caller]
    fn keys_in(document: &Value, names: [&str; 3]) -> Client {
        let [key_id, secret, token] = names.map(|name| document[name].as_str().expect(name).to_owned());
        Client { key_id, secret, token: Some(token), ..Client::base() }
    }

    #[track_caller]
    fn refused(&self, status: u16, code: &str, message: &str) {
        let seen = (self.status, self.text("Code"), self.text("Message"));
        assert_eq!(seen, (status, code, message));
    }
}

impl Client {
    fn base() -> Self {
        Self {
            key_id: "AKIABASE000000000000".into(),
            secret: "base/secret+EXAMPLE".into(),
            token: None,
            region: "us-east-1".into(),
            service: "sts".into(),
            at: OffsetDateTime::now_utc(),
            roots: None,
        }
    }

    fn authorization(&self, start: &str, signed: &[(&str, &str)], body: &str) -> String {
        let stamp = clock::basic(self.at);
        let scope = format!("{}/{}/{}/aws4_request", &stamp[..8], self.region, self.service);
        let lines: String = signed.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let names = names.join(";");
        let canonical = format!("{start}\n{lines}\n{names}\n{}", sha(body));
        let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", sha(&canonical));
        let secret = format!("AWS4{}", self.secret).into_bytes();
        let key = scope.split('/').fold(secret, |key, part| mac(&key, part));
        let signature = lower_hex(&mac(&key, &text));
        let id = &self.key_id;
        format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, \
             Signature={signature}"
        )
    }

    fn post(&self, sts: &Sts, params: &[(&str, &str)]) -> String {
        let body: Vec<String> =
            params.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let (body, stamp) = (body.join("&"), clock::basic(self.at));
        let (host, form) = (host(sts), "application/x-www-form-urlencoded");
        let mut signed = vec![("content-type", form), ("host", &host), ("x-amz-date", &stamp)];
        if let Some(token) = &self.token {
            signed.push(("x-amz-security-token", token));
        }
        let authorization = self.authorization("POST\n/\n", &signed, &body);
        let headers: String = signed.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let length = body.len();
        format!(
            "POST / HTTP/1.1\r\n{headers}Authorization: {authorization}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    }

    fn buckets(&self, sts: &Sts, query: &str) -> Answer {
        let (host, stamp, empty) = (host(sts), clock::basic(self.at), sha(""));
        let mut signed =
            vec![("host", host.as_str()), ("x-amz-content-sha256", &empty), ("x-amz-date", &stamp)];
        if let Some(token) = &self.token {
            signed.push(("x-amz-security-token", token));
        }
        let client = Self { service: "s3".into(), ..self.clone() };
        let authorization = client.authorization(&format!("GET\n/\n{query}"), &signed, "");
        let headers: String = signed.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let request = format!("GET /?{query} HTTP/1.1\r\n{headers}Authorization: {authorization}\r\n\r\n");
        self.send(sts, &request).expect("an answer")
    }

    fn connect(&self, sts: &Server) -> io::Result<Box<dyn ReadWrite>> {
        let stream = TcpStream::connect(sts.address())?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let Some(roots) = &self.roots else {
            return Ok(Box::new(stream));
        };
        let mut store = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(roots.as_bytes()).expect("a certificate");
        store.add(root).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(store)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        Ok(Box::new(StreamOwned::new(tls, stream)))
    }

    fn send(&self, sts: &Server, request: &str) -> io::Result<Answer> {
        let mut stream = self.connect(sts)?;
        stream.write_all(request.as_bytes())?;
        read_answer(&mut *stream)
    }

    /// Sends a request that is not signed.
    fn plain(&self, server: &Server, start: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let lines: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let (host, length) = (host(server), body.len());
        let request =
            format!("{start} HTTP/1.1\r\nHost: {host}\r\n{lines}Content-Length: {length}\r\n\r\n{body}");
        self.send(server, &request).expect("an answer")
    }

    fn call(&self, sts: &Sts, params: &[(&str, &str)]) -> Answer {
        self.send(sts, &self.post(sts, params)).expect("an answer")
    }

    fn action(&self, sts: &Sts, action: &str, more: &[(&str, &str)]) -> Answer {
        let mut params = vec![("Action", action), ("Version", "2011-06-15")];
        params.extend(more);
        self.call(sts, &params)
    }

    fn assume(&self, sts: &Sts, role: &str, more: &[(&str, &str)]) -> Answer {
        let mut params = vec![("RoleArn", role)];
        if !more.iter().any(|(name, _)| *name == "RoleSessionName") {
            params.push(("RoleSessionName", "me@host"));
        }
        params.extend(more);
        self.action(sts, "AssumeRole", &params)
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// Reads exactly one answer, so that the connection can be used again.
fn read_answer(stream: &mut dyn ReadWrite) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        bytes.extend(byte);
    }
    let head = String::from_utf8(bytes).expect("a UTF-8 head");
    let length = header(&head, "Content-Length").expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    stream.read_exact(&mut body)?;
    Ok(Answer {
        status: head[9..12].parse().expect("a status"),
        body: String::from_utf8(body).expect("a UTF-8 body"),
        head,
    })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| *known == name).map(|(_, value)| value)
}

fn host(sts: &Server) -> String {
    let url = sts.url();
    url.split_once("://").expect("a URL").1.into()
}

fn sha(text: &str) -> String {
    lower_hex(&Sha256::digest(text.as_bytes()))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encode(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}

impl Transport for Cursor<Vec<u8>> {
    fn goodbye(&mut self) {}
}
