//! Sends a request of the SDK over a pooled connection and reads the answer.
//!
//! A whole exchange is one task on the network thread, because switches between threads would cost more than
//! the request. The answer has limits of time and size: a server must not be able to hold the program up or
//! to fill the memory.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::header::{HOST, HeaderValue};
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use zeroize::Zeroizing;

use crate::net::connect::HostPort;
use crate::net::error::{self, NetError};
use crate::net::limits::PAUSE;
use crate::net::pool::ConnectionPool;

/// The largest answer that is read, in bytes. A page of buckets has a quarter of it at most.
const LARGEST: usize = 1024 * 1024;

/// The connector to which the SDK hands requests.
#[derive(Debug)]
pub(crate) struct Connector {
    /// The connections.
    pub(crate) pool: Arc<ConnectionPool>,
    /// The time limits of the request.
    pub(crate) settings: HttpConnectorSettings,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (pool, settings) = (Arc::clone(&self.pool), self.settings.clone());
        HttpConnectorFuture::new(async move {
            send(pool, &settings, request).await.map_err(|error| match error {
                NetError::ConnectTimeout | NetError::ReadTimeout => ConnectorError::timeout(error.into()),
                error => ConnectorError::io(error.into()),
            })
        })
    }
}

/// The status and the body of an answer.
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, which may have keys.
    pub body: Zeroizing<Vec<u8>>,
}

/// Sends a request, and waits for the whole answer.
pub(crate) async fn ask(
    pool: Arc<ConnectionPool>,
    settings: &HttpConnectorSettings,
    method: Method,
    url: &str,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Result<Answer, NetError> {
    const USER_AGENT: &str = concat!("assume-env/", env!("CARGO_PKG_VERSION"));
    let request = Request::builder().method(method).uri(url).header(http::header::USER_AGENT, USER_AGENT);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let body = if body.is_empty() { SdkBody::empty() } else { SdkBody::from(body) };
    let answer = exchange(pool, settings, request.body(body).map_err(|_| unsendable())?).await?;
    let status = answer.status().as_u16();
    let body = answer.body().bytes().unwrap_or_default().to_vec();
    Ok(Answer { status, body: Zeroizing::new(body) })
}

fn unsendable() -> NetError {
    NetError::Other("the request could not be sent".into())
}

/// Sends a request of the SDK and waits for the whole answer.
async fn send(
    pool: Arc<ConnectionPool>,
    settings: &HttpConnectorSettings,
    request: HttpRequest,
) -> Result<HttpResponse, NetError> {
    let answer = exchange(pool, settings, request.try_into_http1x().map_err(|_| unsendable())?).await?;
    HttpResponse::try_from(answer).map_err(|_| NetError::Other("its headers cannot be used".into()))
}

async fn exchange(
    pool: Arc<ConnectionPool>,
    settings: &HttpConnectorSettings,
    mut request: Request<SdkBody>,
) -> Result<Response<SdkBody>, NetError> {
    let server = HostPort::of(request.uri()).ok_or_else(unsendable)?;
    to_origin_form(&mut request).ok_or_else(unsendable)?;
    let is_connected = Arc::new(AtomicBool::new(false));
    let exchange = Exchange {
        pool: Arc::clone(&pool),
        server,
        is_connected: Arc::clone(&is_connected),
        limit: settings.read_timeout(),
    };
    let mut task = pool.thread.spawn(exchange.answer(request));
    // The network thread may be blocked while it resolves a name, so this thread keeps the time limit of the
    // connection.
    match within(settings.connect_timeout(), NetError::ConnectTimeout, task.done()).await {
        Err(_) if is_connected.load(Ordering::SeqCst) => task.done().await?,
        done => done??,
    }
}

/// A request and its answer.
struct Exchange {
    pool: Arc<ConnectionPool>,
    server: HostPort,
    is_connected: Arc<AtomicBool>,
    /// The longest time until the answer begins.
    limit: Option<Duration>,
}

impl Exchange {
    /// Sends the request and reads the whole answer. If the connection had ended before a byte of the request
    /// was written, a new connection is made, once.
    async fn answer(self, mut request: Request<SdkBody>) -> Result<Response<SdkBody>, NetError> {
        let mut is_second = false;
        loop {
            let mut sender = self.pool.sender(&self.server).await?;
            self.is_connected.store(true, Ordering::SeqCst);
            let sent = sender.try_send_request(request);
            match within(self.limit, NetError::ReadTimeout, sent).await? {
                Ok(answer) => {
                    let answer = read_body(answer).await?;
                    self.pool.give_back(self.server, sender);
                    return Ok(answer);
                }
                Err(mut error) => match error.take_message() {
                    Some(unsent) if !is_second => (request, is_second) = (unsent, true),
                    _ => return Err(error::root_cause(error.error())),
                },
            }
        }
    }
}

/// Reads the body of an answer, up to the limits.
async fn read_body(answer: Response<Incoming>) -> Result<Response<SdkBody>, NetError> {
    let (head, body) = answer.into_parts();
    let mut body = Limited::new(body, LARGEST);
    let mut bytes = Vec::new();
    while let Some(frame) = within(Some(PAUSE), NetError::Stalled, body.frame()).await? {
        match frame {
            Ok(frame) => bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
            Err(error) if error.is::<LengthLimitError>() => return Err(NetError::TooLong),
            Err(error) => return Err(error::root_cause(error.as_ref())),
        }
    }
    Ok(Response::from_parts(head, SdkBody::from(bytes)))
}

async fn within<T>(
    limit: Option<Duration>,
    error: NetError,
    work: impl Future<Output = T>,
) -> Result<T, NetError> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.map_err(|_| error),
        None => Ok(work.await),
    }
}

/// Moves the host from the address to the `Host` header, as a request to a server needs it (RFC 9112, 3.2.1).
fn to_origin_form(request: &mut Request<SdkBody>) -> Option<()> {
    let url = request.uri();
    let authority = url.authority()?;
    let host = match (authority.port_u16(), url.scheme_str()) {
        (Some(443), Some("https")) | (Some(80), Some("http")) => authority.host(),
        _ => authority.as_str(),
    };
    let host = HeaderValue::from_str(host).ok()?;
    let path = Uri::from(url.path_and_query()?.clone());
    request.headers_mut().entry(HOST).or_insert(host);
    *request.uri_mut() = path;
    Some(())
}
