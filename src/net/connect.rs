//! From an address to a connection that takes requests: name, TCP, the proxy's tunnel, TLS, HTTP/1.1.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;

use super::error::{self, NetError};

/// The end of a connection into which requests go.
pub type Sender = SendRequest<SdkBody>;

/// How long the first kind of addresses (IPv6 or IPv4) is tried before the other kind is tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(300);

/// The longest answer of a proxy to the request for a tunnel.
const LONGEST_ANSWER: usize = 16 * 1024;

/// Whom a connection leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    secure: bool,
    host: String,
    port: u16,
}

impl Target {
    /// Scheme, host and port of an address; `None` when it has no host.
    pub fn of(url: &Uri) -> Option<Self> {
        let secure = url.scheme_str() != Some("http");
        let host = url.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Some(Self { secure, host, port })
    }

    /// As it stands in an address.
    fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

/// How connections are made.
#[derive(Debug)]
pub struct Dialer {
    /// Whom TLS trusts, once that is known.
    pub tls: watch::Receiver<Option<Arc<ClientConfig>>>,
    /// Which proxy leads where.
    pub proxies: Matcher,
}

impl Dialer {
    /// The proxy for a target. Plain http is this very machine, or a metadata service beside it: a proxy has a loopback of its
    /// own.
    fn proxy(&self, target: &Target) -> Option<Intercept> {
        if !target.secure {
            return None;
        }
        self.proxies.intercept(&format!("https://{}/", target.authority()).parse().ok()?)
    }

    /// A connection that takes requests.
    ///
    /// # Errors
    /// Whatever stands in the way.
    pub async fn connect(self: Arc<Self>, target: Target) -> Result<Sender, NetError> {
        let socket = match self.proxy(&target) {
            Some(proxy) => self.tunnel(&proxy, &target).await?,
            None => Box::new(tcp(&target).await?),
        };
        let socket = if target.secure { self.encrypted(socket, &target).await? } else { socket };
        let (sender, connection) =
            http1::handshake(TokioIo::new(socket)).await.map_err(|error| error::root_cause(&error))?;
        // What goes wrong there is told to those who wait for an answer.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn encrypted(&self, socket: Socket, target: &Target) -> Result<Socket, NetError> {
        let name = ServerName::try_from(target.host.clone()).map_err(|_| {
            NetError::Other(format!("{} is no name that a certificate can have", target.host))
        })?;
        let mut known = self.tls.clone();
        let tls = known.wait_for(Option::is_some).await.ok().and_then(|tls| tls.clone());
        let stream = TlsConnector::from(tls.ok_or(NetError::Cut)?).connect(name, socket).await;
        Ok(Box::new(stream.map_err(|error| error::root_cause(&error))?))
    }

    /// A way through the proxy (RFC 9110, CONNECT).
    async fn tunnel(&self, proxy: &Intercept, target: &Target) -> Result<Socket, NetError> {
        let unusable = || NetError::Proxy("has an address that cannot be used".into());
        let at = Target::of(proxy.uri()).ok_or_else(unusable)?;
        let reached = async {
            let socket: Socket = Box::new(tcp(&at).await?);
            if at.secure { self.encrypted(socket, &at).await } else { Ok(socket) }
        };
        let mut socket =
            reached.await.map_err(|fault| NetError::Proxy(format!("cannot be reached: {fault}")))?;
        let authority = target.authority();
        let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
        if let Some(password) = proxy.basic_auth() {
            request.extend([b"Proxy-Authorization: ", password.as_bytes(), b"\r\n"].concat());
        }
        request.extend_from_slice(b"\r\n");
        let broken = |_| NetError::Proxy("refused: the connection broke off".into());
        socket.write_all(&request).await.map_err(broken)?;
        socket.flush().await.map_err(broken)?;
        let head = head(&mut socket).await.map_err(broken)?;
        match status(&head) {
            Some((b'2', _)) => Ok(socket),
            Some((_, words)) => Err(NetError::Proxy(format!("refused: {words}"))),
            None => Err(NetError::Proxy("refused: its answer is not HTTP".into())),
        }
    }
}

/// A connection of any kind.
type Socket = Box<dyn Stream>;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The head of an answer, its empty line included. Read byte by byte: what follows belongs to the tunnel.
async fn head(socket: &mut Socket) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == LONGEST_ANSWER {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.push(socket.read_u8().await?);
    }
    Ok(head)
}

/// The first digit of the status, and the status line without its version.
fn status(head: &[u8]) -> Option<(u8, String)> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let words = line.strip_prefix(b"HTTP/1.1 ").or_else(|| line.strip_prefix(b"HTTP/1.0 "))?;
    let words = String::from_utf8_lossy(words).chars().take(100).collect();
    Some((*line.get(9)?, words))
}

/// A TCP connection to any address of a host.
async fn tcp(target: &Target) -> Result<TcpStream, NetError> {
    let found = (target.host.as_str(), target.port).to_socket_addrs().map_err(|_| NetError::Dns)?;
    let found: Vec<SocketAddr> = found.collect();
    let first = found.first().ok_or(NetError::Dns)?;
    let (preferred, others): (Vec<_>, Vec<_>) =
        found.iter().copied().partition(|address| address.is_ipv6() == first.is_ipv6());
    let stream =
        race(in_turn(preferred), in_turn(others)).await.map_err(|error| error::root_cause(&error))?;
    // A request is written in one go: nothing is gained by waiting for more of it.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

async fn in_turn(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut last = io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The connection that comes about first. The second is begun when the first has failed or had its head start; when both fail,
/// the first one's reason is told.
async fn race<T>(
    first: impl Future<Output = io::Result<T>>,
    second: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let why = match tokio::time::timeout(HEAD_START, &mut first).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(why)) => Some(why),
        Err(_) => None,
    };
    let (mut of_first, mut of_second) = (why, None);
    poll_fn(|context| {
        if of_first.is_none()
            && let Poll::Ready(done) = first.as_mut().poll(context)
        {
            match done {
                Ok(done) => return Poll::Ready(Ok(done)),
                Err(why) => of_first = Some(why),
            }
        }
        if of_second.is_none()
            && let Poll::Ready(done) = second.as_mut().poll(context)
        {
            match done {
                Ok(done) => return Poll::Ready(Ok(done)),
                Err(why) => of_second = Some(why),
            }
        }
        match (of_first.take(), of_second.is_some()) {
            (Some(why), true) => Poll::Ready(Err(why)),
            (why, _) => {
                of_first = why;
                Poll::Pending
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::of(&url.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_authority_is_as_in_an_address() {
        assert_eq!(
            target("https://sts.us-east-1.amazonaws.com").authority(),
            "sts.us-east-1.amazonaws.com:443"
        );
        assert_eq!(target("http://[::1]:80/").authority(), "[::1]:80");
        assert_eq!(target("http://127.0.0.1"), target("HTTP://127.0.0.1:80/x"));
        assert_ne!(target("http://127.0.0.1:1"), target("https://127.0.0.1:1"));
    }

    #[test]
    fn the_status_of_an_answer() {
        let told = |head: &str| status(head.as_bytes());
        assert_eq!(told("HTTP/1.1 200 OK\r\n\r\n"), Some((b'2', "200 OK".into())));
        assert_eq!(told("HTTP/1.0 407 No\r\nX: y\r\n\r\n"), Some((b'4', "407 No".into())));
        assert_eq!(told("SSH-2.0-x\r\n\r\n"), None);
        assert_eq!(told("HTTP/1.1 \r\n\r\n"), None);
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work)
    }

    #[test]
    fn the_kind_of_address_that_answers_is_taken() {
        let fails = || async { Err::<u8, _>(io::Error::from(io::ErrorKind::ConnectionRefused)) };
        let hangs = || std::future::pending::<io::Result<u8>>();
        let other = || async { Err::<u8, _>(io::Error::from(io::ErrorKind::AddrNotAvailable)) };
        let works = |number| async move { Ok(number) };
        assert_eq!(block_on(race(works(1), works(2))).unwrap(), 1);
        assert_eq!(block_on(race(fails(), works(2))).unwrap(), 2);
        assert_eq!(block_on(race(hangs(), works(2))).unwrap(), 2);
        assert_eq!(block_on(race(fails(), other())).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
