//! One HTTPS client: which authorities are trusted, through which proxy, how long at most, and in which words it fails.
//!
//! Made by hand over hyper and rustls, because the SDK's own decodes every certificate of the system in its own time, knows no
//! `AWS_CA_BUNDLE`, has no limit in time, tries again what cannot succeed, and cannot connect before it has something to ask.
//! Hops share the connection, and it comes about on a thread of its own.

mod connect;
pub mod error;
mod io_thread;
pub mod limits;
mod roots;

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use http::header::{HOST, HeaderValue};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::watch;

use crate::common::origin::Located;
use crate::net::error::Error;
use crate::net::limits::{CONNECT, PAUSE, READ, WHOLE};
use connect::{Dialer, Sender, Target};
pub use error::{NetError, ServiceFailure, TlsError, trouble};
use io_thread::{IoThread, Task};

/// The largest answer that is read, in bytes. A page of buckets is a quarter of it at most.
const LARGEST: usize = 1024 * 1024;

/// The limits in time.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).operation_timeout(WHOLE).build()
}

/// How often a request is tried, with short pauses: a person waits.
pub fn retries(attempts: u32) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(200))
}

/// The one client of the process. Its clones share the connections.
#[derive(Clone, Debug)]
pub struct Client(Arc<Connections>);

impl Client {
    /// A client that knows no authorities yet: a connection comes about, and its TLS waits for [`Client::trust`].
    ///
    /// # Errors
    /// A system that has no thread left.
    pub fn new() -> Result<Self, Error> {
        let (trusted, tls) = watch::channel(None);
        let ways = Dialer { tls, proxies: Matcher::from_env() };
        let wire = IoThread::start().map_err(|why| Error::NoThread { why })?;
        Ok(Self(Arc::new(Connections { ways: Arc::new(ways), wire, trusted, idle: Mutex::default() })))
    }

    /// A client for services beside the program, which speak plain http.
    ///
    /// # Errors
    /// A system that has no thread left.
    pub fn plain() -> Result<Self, Error> {
        let client = Self::new()?;
        client.0.trusted.send_replace(Some(tls(RootCertStore::empty())));
        Ok(client)
    }

    /// Reads the authorities, once, and if any address that the plan asks is https. `more` are addresses beside that of STS. It
    /// comes before every request; what has been begun until then goes on in the meantime.
    ///
    /// # Errors
    /// A CA bundle that is named but cannot be used.
    pub fn trust(&self, ca_bundle: Option<&Located<PathBuf>>, urls: &[&str]) -> Result<(), Error> {
        if self.0.trusted.borrow().is_some() {
            return Ok(());
        }
        let authorities = match urls.iter().all(|url| is_plain(url)) {
            true => RootCertStore::empty(),
            false => roots::authorities(ca_bundle)?,
        };
        self.0.trusted.send_replace(Some(tls(authorities)));
        Ok(())
    }

    /// Begins to connect to an address that will be asked, while the request is still in the making. What goes wrong is told
    /// to the request.
    pub fn connect_ahead(&self, url: &str) {
        if let Some(target) = url.parse().ok().and_then(|url: Uri| Target::of(&url)) {
            self.0.connect_ahead(target);
        }
    }

    /// Ends all connections and their thread. A client that is dropped ends them too, and does not wait for it.
    pub fn end(&self) {
        self.0.wire.end();
    }
}

fn tls(authorities: RootCertStore) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has what TLS 1.2 and 1.3 need");
    let authorities = Arc::new(authorities);
    // They are public, and are needed until the process ends: giving hundreds of pieces back one by one would hold it up.
    std::mem::forget(Arc::clone(&authorities));
    let mut config = config.with_root_certificates(authorities).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // The process ends with its connection: there is no second one to resume it.
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { connections: Arc::clone(&self.0), settings: settings.clone() })
    }
}

/// The connections, and how they are made.
#[derive(Debug)]
struct Connections {
    ways: Arc<Dialer>,
    wire: IoThread,
    /// Where the authorities are told, once they are known.
    trusted: watch::Sender<Option<Arc<ClientConfig>>>,
    /// Those that nobody uses at the moment. There are two at most, so that a list is enough.
    idle: Mutex<Vec<(Target, PooledConnection)>>,
}

/// A connection, or the making of it.
#[derive(Debug)]
enum PooledConnection {
    Begun(Task<Result<Sender, NetError>>),
    Open(Sender),
}

impl Connections {
    fn idle(&self) -> MutexGuard<'_, Vec<(Target, PooledConnection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect_ahead(&self, target: Target) {
        let mut idle = self.idle();
        if idle.iter().all(|(of, _)| *of != target) {
            let begun = self.wire.spawn(Arc::clone(&self.ways).connect(target.clone()));
            idle.push((target, PooledConnection::Begun(begun)));
        }
    }

    fn take(&self, target: &Target) -> Option<PooledConnection> {
        let mut idle = self.idle();
        let at = idle.iter().position(|(of, _)| of == target)?;
        Some(idle.swap_remove(at).1)
    }

    /// A connection that takes requests: the one that is there, if it is still alive, or a new one.
    async fn sender(&self, target: &Target) -> Result<Sender, NetError> {
        let known = match self.take(target) {
            Some(PooledConnection::Open(sender)) => Some(sender),
            Some(PooledConnection::Begun(mut begun)) => Some(begun.done().await??),
            None => None,
        };
        if let Some(mut sender) = known
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        Arc::clone(&self.ways).connect(target.clone()).await
    }
}

/// What the SDK hands requests to.
#[derive(Debug)]
struct Connector {
    connections: Arc<Connections>,
    settings: HttpConnectorSettings,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connections, settings) = (Arc::clone(&self.connections), self.settings.clone());
        HttpConnectorFuture::new(async move {
            ask(&connections, &settings, request).await.map_err(|fault| match fault {
                NetError::ConnectTimeout | NetError::ReadTimeout => ConnectorError::timeout(fault.into()),
                fault => ConnectorError::io(fault.into()),
            })
        })
    }
}

/// Has a request answered on the other thread, in one piece: threads that talk to and fro would cost more than the request.
async fn ask(
    connections: &Arc<Connections>,
    settings: &HttpConnectorSettings,
    request: HttpRequest,
) -> Result<HttpResponse, NetError> {
    let unsent = || NetError::Other("the request could not be sent".into());
    let mut request = request.try_into_http1x().map_err(|_| unsent())?;
    let target = Target::of(request.uri()).ok_or_else(unsent)?;
    in_origin_form(&mut request).ok_or_else(unsent)?;
    let is_connected = Arc::new(AtomicBool::new(false));
    let exchange = Exchange {
        connections: Arc::clone(connections),
        target,
        is_connected: Arc::clone(&is_connected),
        limit: settings.read_timeout(),
    };
    let mut work = connections.wire.spawn(exchange.answer(request));
    // That thread may be stuck in the look-up of a name, so the limit of the connection is kept here.
    let answer = match within(settings.connect_timeout(), NetError::ConnectTimeout, work.done()).await {
        Err(_) if is_connected.load(Ordering::SeqCst) => work.done().await??,
        done => done???,
    };
    HttpResponse::try_from(answer).map_err(|_| NetError::Other("its headers cannot be used".into()))
}

/// A request on its way.
struct Exchange {
    connections: Arc<Connections>,
    target: Target,
    is_connected: Arc<AtomicBool>,
    /// How long the answer may take to begin.
    limit: Option<Duration>,
}

impl Exchange {
    /// Sends the request and reads the answer to its end. A connection that had ended before anything of the request was
    /// written is made anew, once.
    async fn answer(self, mut request: Request<SdkBody>) -> Result<Response<SdkBody>, NetError> {
        let mut is_second = false;
        loop {
            let mut sender = self.connections.sender(&self.target).await?;
            self.is_connected.store(true, Ordering::SeqCst);
            let sent = sender.try_send_request(request);
            match within(self.limit, NetError::ReadTimeout, sent).await? {
                Ok(answer) => {
                    let answer = read_body(answer).await?;
                    self.connections.idle().push((self.target, PooledConnection::Open(sender)));
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

/// An answer with its body. One without end must not eat the memory.
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
    fault: NetError,
    work: impl Future<Output = T>,
) -> Result<T, NetError> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.map_err(|_| fault),
        None => Ok(work.await),
    }
}

/// What is sent to a server names the path alone, and the host in a header of its own (RFC 9112, 3.2.1).
fn in_origin_form(request: &mut Request<SdkBody>) -> Option<()> {
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

/// Says of failures that no second try will mend that they need none.
#[derive(Debug)]
pub struct NoPointlessRetry;

impl ClassifyRetry for NoPointlessRetry {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        match error.as_connector_error() {
            Some(error) if error::is_final(error) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "no pointless retry"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Whether an address is plain http. Such an address is on loopback or wanted so, and never behind a proxy.
pub fn is_plain(url: &str) -> bool {
    url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"))
}
