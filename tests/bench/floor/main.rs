//! The least that one AssumeRole can cost: a blocking socket, aws-sigv4 and rustls, and nothing else.
//!
//! It does what `assume-env ROLE` does for one role over http or https: reads the config file, decodes the CA bundle, signs,
//! verifies the server's certificate, takes the four values from the answer and prints them. It explains no failure, tries
//! nothing twice and knows no second way. Named by the environment: HOME, AWS_ENDPOINT_URL, AWS_CA_BUNDLE.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The allocator of assume-env's static binary: with musl's own, the floor would be too high.
#[cfg(target_env = "musl")]
#[global_allocator]
static MEMORY: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

const FORM: &str = "application/x-www-form-urlencoded";

fn main() -> Result<()> {
    let role = std::env::args().nth(1).ok_or("usage: floor PROFILE")?;
    let home = std::env::var("HOME")?;
    let config = std::fs::read_to_string(format!("{home}/.aws/config"))?;
    let credentials = std::fs::read_to_string(format!("{home}/.aws/credentials"))?;
    let role = section(&config, &format!("[profile {role}]"))?;
    let source = section(&credentials, &format!("[{}]", value(role, "source_profile")?))?;

    let url = std::env::var("AWS_ENDPOINT_URL")?;
    let (scheme, address) = url.split_once("://").ok_or("no URL")?;
    let (host, port) = address.rsplit_once(':').ok_or("no port")?;
    let body = format!(
        "Action=AssumeRole&Version=2011-06-15&RoleArn={}&RoleSessionName={}",
        value(role, "role_arn")?.replace(':', "%3A").replace('/', "%2F"),
        value(role, "role_session_name")?,
    );
    let request = signed(&url, address, &body, source)?;

    let socket = TcpStream::connect((host, port.parse()?))?;
    socket.set_nodelay(true)?;
    let answer = match scheme {
        "http" => exchange(socket, request.as_bytes())?,
        _ => exchange(encrypted(socket, host)?, request.as_bytes())?,
    };
    print(&answer)
}

/// The lines of a section.
fn section<'a>(file: &'a str, header: &str) -> Result<&'a str> {
    let (_, behind) = file.split_once(header).ok_or("no such profile")?;
    Ok(behind.split_once("\n[").map_or(behind, |(section, _)| section))
}

fn value<'a>(section: &'a str, key: &str) -> Result<&'a str> {
    let mut pairs = section.lines().filter_map(|line| line.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim() == key).ok_or("no such key")?;
    Ok(value.trim())
}

/// The request with its head, ready to be sent.
fn signed(url: &str, host: &str, body: &str, source: &str) -> Result<String> {
    let id = value(source, "aws_access_key_id")?;
    let secret = value(source, "aws_secret_access_key")?;
    let identity = Credentials::new(id, secret, None, None, "floor").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("sts")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let headers = [("content-type", FORM)].into_iter();
    let signable = SignableRequest::new("POST", url, headers, SignableBody::Bytes(body.as_bytes()))?;
    let (instructions, _) = sign(signable, &params)?.into_parts();
    let mut request = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-type: {FORM}\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in instructions.headers() {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    Ok(request + "\r\n" + body)
}

/// A connection that trusts the bundle and nobody else.
fn encrypted(socket: TcpStream, host: &str) -> Result<StreamOwned<ClientConnection, TcpStream>> {
    let bundle = std::fs::read(std::env::var("AWS_CA_BUNDLE")?)?;
    let mut store = RootCertStore::empty();
    let mut body = Vec::new();
    let mut rest = bundle.as_slice();
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        match line {
            b"-----BEGIN CERTIFICATE-----" => body.clear(),
            b"-----END CERTIFICATE-----" => {
                store.add(CertificateDer::from(base64_simd::STANDARD.decode_to_vec(&body)?))?;
            }
            _ => body.extend_from_slice(line),
        }
    }
    let config = ClientConfig::builder().with_root_certificates(store).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned())?;
    Ok(StreamOwned::new(ClientConnection::new(Arc::new(config), name)?, socket))
}

/// Sends the request and reads one answer to its end; gives its body.
fn exchange(mut stream: impl Read + Write, request: &[u8]) -> Result<String> {
    stream.write_all(request)?;
    stream.flush()?;
    let mut answer = Vec::with_capacity(8192);
    let mut chunk = [0; 8192];
    loop {
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            return Err("the connection broke off".into());
        }
        answer.extend_from_slice(&chunk[..count]);
        let text = std::str::from_utf8(&answer)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        if !head.starts_with("HTTP/1.1 200 ") {
            return Err(text.into());
        }
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        };
        let length = head.lines().find_map(header).ok_or("no Content-Length")?;
        if body.len() >= length {
            return Ok(body.to_owned());
        }
    }
}

/// The variables, as a POSIX shell evaluates them.
fn print(answer: &str) -> Result<()> {
    let mut text = String::new();
    for (element, variable) in [
        ("AccessKeyId", "AWS_ACCESS_KEY_ID"),
        ("SecretAccessKey", "AWS_SECRET_ACCESS_KEY"),
        ("SessionToken", "AWS_SESSION_TOKEN"),
        ("Expiration", "AWS_CREDENTIAL_EXPIRATION"),
    ] {
        let (_, behind) = answer.split_once(&format!("<{element}>")).ok_or("half a session")?;
        let (value, _) = behind.split_once('<').ok_or("half a session")?;
        text.push_str(&format!("export {variable}='{value}';\n"));
    }
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
