//! Makes a connection that takes requests: name resolution, TCP, the tunnel of a proxy, TLS, HTTP/1.1.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::net::error::{self, NetError, ProxyError};
use crate::net::proxy::Proxy;
use crate::net::trust::Trust;

/// The end of a connection that takes requests.
pub(crate) type Sender = SendRequest<SdkBody>;

/// How long addresses of the first family (IPv6 or IPv4) are tried alone, before the other family is tried
/// too (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(300);

/// The longest answer of a proxy to the request for a tunnel, in bytes.
const LONGEST_ANSWER: usize = 16 * 1024;

/// The server at the end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    secure: bool,
    host: String,
    port: u16,
}

impl HostPort {
    /// Scheme, host and port of an address; `None` when it has no host.
    pub(crate) fn of(url: &Uri) -> Option<Self> {
        let secure = url.scheme_str() != Some("http");
        let host = url.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Some(Self { secure, host, port })
    }

    /// Host and port, as an address has them.
    fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

/// Makes connections.
#[derive(Debug)]
pub(crate) struct Dialer {
    /// The check of the servers' certificates.
    pub(crate) trust: Arc<Trust>,
    /// The TLS configuration, made for the first connection that needs it.
    tls: OnceLock<Arc<ClientConfig>>,
    /// The proxy of https requests.
    proxy: Proxy,
}

impl Dialer {
    /// Makes connections to servers that are trusted, through the proxy if it is for them.
    pub(crate) fn new(proxy: Proxy) -> Self {
        Self { trust: Arc::new(Trust::new()), tls: OnceLock::new(), proxy }
    }

    /// The proxy for a server. Plain http never goes through a proxy: the server is on this machine or is a
    /// metadata service, and the loopback addresses of a proxy are not those of this machine.
    fn proxy(&self, server: &HostPort) -> Option<Intercept> {
        if !server.secure {
            return None;
        }
        self.proxy.of(&format!("https://{}/", server.authority()).parse().ok()?)
    }

    /// Makes a connection that takes requests.
    ///
    /// # Errors
    /// The server or its proxy cannot be reached, or TLS fails.
    pub(crate) async fn connect(self: Arc<Self>, server: HostPort) -> Result<Sender, NetError> {
        let socket = match self.proxy(&server) {
            Some(proxy) => self.tunnel(&proxy, &server).await?,
            None => Box::new(tcp(&server).await?),
        };
        let socket = if server.secure { self.encrypted(socket, &server).await? } else { socket };
        let (sender, connection) =
            http1::handshake(TokioIo::new(socket)).await.map_err(|error| error::root_cause(&error))?;
        // An error of the connection goes to the request that waits for an answer.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn encrypted(&self, socket: Socket, server: &HostPort) -> Result<Socket, NetError> {
        let name = ServerName::try_from(server.host.clone())
            .map_err(|_| NetError::Other(format!("a certificate cannot have the name {}", server.host)))?;
        let tls = Arc::clone(self.tls.get_or_init(|| Arc::new(self.trust.tls_config())));
        let stream = TlsConnector::from(tls).connect(name, socket).await;
        Ok(Box::new(stream.map_err(|error| error::root_cause(&error))?))
    }

    /// Makes a tunnel through the proxy (RFC 9110, CONNECT).
    async fn tunnel(&self, proxy: &Intercept, server: &HostPort) -> Result<Socket, NetError> {
        let proxy_server = HostPort::of(proxy.uri()).ok_or(ProxyError::BadAddress)?;
        let connected = async {
            let socket: Socket = Box::new(tcp(&proxy_server).await?);
            if proxy_server.secure { self.encrypted(socket, &proxy_server).await } else { Ok(socket) }
        };
        let mut socket = connected.await.map_err(|why| ProxyError::Unreachable(Box::new(why)))?;
        let authority = server.authority();
        let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
        if let Some(password) = proxy.basic_auth() {
            request.extend([b"Proxy-Authorization: ", password.as_bytes(), b"\r\n"].concat());
        }
        request.extend_from_slice(b"\r\n");
        let cut = |_| ProxyError::Cut;
        socket.write_all(&request).await.map_err(cut)?;
        socket.flush().await.map_err(cut)?;
        let head = head(&mut socket).await?;
        match status(&head) {
            Some((b'2', _)) => Ok(socket),
            Some((_, status)) => Err(ProxyError::Refused { status }.into()),
            None => Err(ProxyError::NotHttp.into()),
        }
    }
}

/// A connection with or without TLS.
type Socket = Box<dyn Stream>;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Reads the head of an answer up to its empty line. Read byte by byte, because the bytes after it belong to
/// the tunnel.
async fn head(socket: &mut Socket) -> Result<Vec<u8>, ProxyError> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == LONGEST_ANSWER {
            return Err(ProxyError::NotHttp);
        }
        head.push(socket.read_u8().await.map_err(|_| ProxyError::Cut)?);
    }
    Ok(head)
}

/// The first digit of the status, and the status line without the HTTP version.
fn status(head: &[u8]) -> Option<(u8, String)> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let words = line.strip_prefix(b"HTTP/1.1 ").or_else(|| line.strip_prefix(b"HTTP/1.0 "))?;
    let words = String::from_utf8_lossy(words).chars().take(100).collect();
    Some((*line.get(9)?, words))
}

/// Makes a TCP connection to one of the addresses of a host.
async fn tcp(server: &HostPort) -> Result<TcpStream, NetError> {
    let found = (server.host.as_str(), server.port).to_socket_addrs().map_err(|_| NetError::Dns)?;
    let found: Vec<SocketAddr> = found.collect();
    let first = found.first().ok_or(NetError::Dns)?;
    let (preferred, others): (Vec<_>, Vec<_>) =
        found.iter().copied().partition(|address| address.is_ipv6() == first.is_ipv6());
    let stream =
        race(first_of(preferred), first_of(others)).await.map_err(|error| error::root_cause(&error))?;
    // A request is written at once: a delay to collect more bytes would gain nothing.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Tries the addresses one after another.
async fn first_of(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut last = io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The connection that succeeds first. The second starts when the first has failed or has had its head start.
/// If both fail, the error is that of the first.
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

    fn server(url: &str) -> HostPort {
        HostPort::of(&url.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_authority_has_host_and_port() {
        assert_eq!(
            server("https://sts.us-east-1.amazonaws.com").authority(),
            "sts.us-east-1.amazonaws.com:443"
        );
        assert_eq!(server("http://[::1]:80/").authority(), "[::1]:80");
        assert_eq!(server("http://127.0.0.1"), server("HTTP://127.0.0.1:80/x"));
        assert_ne!(server("http://127.0.0.1:1"), server("https://127.0.0.1:1"));
    }

    #[test]
    fn the_status_is_read_from_the_first_line() {
        let read = |head: &str| status(head.as_bytes());
        assert_eq!(read("HTTP/1.1 200 OK\r\n\r\n"), Some((b'2', "200 OK".into())));
        assert_eq!(read("HTTP/1.0 407 No\r\nX: y\r\n\r\n"), Some((b'4', "407 No".into())));
        assert_eq!(read("SSH-2.0-x\r\n\r\n"), None);
        assert_eq!(read("HTTP/1.1 \r\n\r\n"), None);
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work)
    }

    #[test]
    fn the_address_family_that_answers_is_used() {
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
