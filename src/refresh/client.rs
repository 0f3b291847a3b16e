//! Asks the helper of this environment, for `--status` and `--renew`.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::common::credentials::{Secret, secret_buffer};
use crate::env::Environment;
use crate::refresh::error::Error;
use crate::refresh::server;

/// How long the helper may take to answer what it has in memory.
const AT_ONCE: Duration = Duration::from_secs(2);
/// How long it may take to renew.
const RENEWAL: Duration = Duration::from_secs(100);
/// The largest answer, in bytes.
const LARGEST: u64 = 64 * 1024;

/// What the helper says of its keys.
///
/// # Errors
/// There is no helper, or it does not answer.
pub(crate) fn status(env: &Environment) -> Result<Value, Error> {
    ask(env, "GET", server::STATUS, None, AT_ONCE)
}

/// Lets the helper renew its keys now, with an MFA code if one is needed. Gives the status after that.
///
/// # Errors
/// There is no helper, it does not answer, or it gets no new keys.
pub(crate) fn renew(env: &Environment, code: Option<&Secret>) -> Result<Value, Error> {
    ask(env, "POST", server::RENEW, Some(code.map_or("", Secret::expose)), RENEWAL)
}

fn ask(
    env: &Environment,
    method: &str,
    path: &str,
    body: Option<&str>,
    limit: Duration,
) -> Result<Value, Error> {
    let (url, token) = env.helper().ok_or(Error::NotRefreshed)?;
    let failed = |why: String| Error::NoAnswer { url: url.to_owned(), why };
    let port = port_of(url).ok_or_else(|| failed("it is not an address of assume-env".into()))?;
    let answer = exchange(port, method, path, token, body, limit).map_err(|why| failed(why.to_string()))?;
    let (head, document) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).unwrap_or_default();
    let document: Value =
        serde_json::from_str(document).map_err(|_| failed("the answer is not one of assume-env".into()))?;
    match status {
        "200" => Ok(document),
        _ => Err(Error::Refused {
            message: document["Message"].as_str().unwrap_or("the helper refuses the request").to_owned(),
        }),
    }
}

/// The port of an address of this program.
fn port_of(url: &str) -> Option<u16> {
    url.strip_prefix("http://127.0.0.1:")?.strip_suffix(server::KEYS)?.parse().ok()
}

fn exchange(
    port: u16,
    method: &str,
    path: &str,
    token: &str,
    body: Option<&str>,
    limit: Duration,
) -> std::io::Result<Zeroizing<String>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, AT_ONCE)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(AT_ONCE))?;
    let mut request = secret_buffer(token.len());
    request.push_str(&format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: "));
    request.push_str(token);
    if let Some(body) = body {
        request.push_str(&format!("\r\nContent-Length: {}", body.len()));
    }
    request.push_str("\r\nConnection: close\r\n\r\n");
    request.push_str(body.unwrap_or_default());
    stream.write_all(request.as_bytes())?;
    let mut answer = Zeroizing::new(String::new());
    stream.take(LARGEST).read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_this_program_is_asked() {
        assert_eq!(port_of("http://127.0.0.1:4000/credentials"), Some(4000));
        for other in [
            "http://169.254.170.2/credentials",
            "http://127.0.0.1:4000/x",
            "http://127.0.0.1:/credentials",
            "",
        ] {
            assert_eq!(port_of(other), None, "{other}");
        }
    }
}
