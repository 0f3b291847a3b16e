//! The HTTPS client: which certificate authorities it trusts, through which proxy it connects, and its time
//! limits.
//!
//! Made over hyper and rustls, because the client of the SDK decodes every certificate of the system at
//! start, does not read `AWS_CA_BUNDLE`, tries again what cannot succeed, and cannot connect before the first
//! request exists. All requests of a process share one client and its connections, which live on a thread of
//! their own.

mod connect;
pub(crate) mod error;
mod error_list;
mod exchange;
mod io_thread;
pub(crate) mod limits;
pub(crate) mod loopback;
mod pool;
mod proxy;
pub(crate) mod random;
mod retry;
mod roots;
mod trust;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::timeout::TimeoutConfig;
pub(crate) use http::Method;
use http::Uri;

pub(crate) use crate::net::error::{NetError, ServiceFailure, failure_of};
pub(crate) use crate::net::exchange::Answer;
pub(crate) use crate::net::proxy::Proxy;
pub(crate) use crate::net::retry::{NoPointlessRetry, retries};

use crate::common::origin::Located;
use crate::net::connect::HostPort;
use crate::net::error::Error;
use crate::net::exchange::Connector;
use crate::net::limits::{CONNECT, READ, WHOLE};
use crate::net::pool::ConnectionPool;
use crate::net::roots::Authorities;

/// The time limits of every request.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).operation_timeout(WHOLE).build()
}

/// Whether an address is plain http. Such a server is on this machine, or the user permits it; it needs no
/// proxy.
pub(crate) fn is_plain(url: &str) -> bool {
    url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"))
}

/// The client. Its clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct Client(Arc<ConnectionPool>);

impl Client {
    /// A client without certificate authorities: it can begin to connect, and TLS handshakes end after
    /// [`Client::trust`].
    ///
    /// # Errors
    /// The system has no thread left.
    pub(crate) fn new(proxy: Proxy) -> Result<Self, Error> {
        Ok(Self(Arc::new(ConnectionPool::new(proxy)?)))
    }

    /// A client for one address, which it never asks through a proxy: the metadata service of a container or
    /// of an instance.
    ///
    /// # Errors
    /// The system has no thread left; the CA bundle that a setting names cannot be used.
    pub(crate) fn direct(ca_bundle: Option<&Located<PathBuf>>, url: &str) -> Result<Self, Error> {
        let client = Self::new(Proxy::none())?;
        client.trust(ca_bundle, &[url])?;
        Ok(client)
    }

    /// Sends a request without a body and without a signature, and waits for the whole answer. `limit` is the
    /// time limit of the connection, and of the time until the answer begins.
    ///
    /// # Errors
    /// No answer; an address or a header that cannot be sent.
    pub(crate) async fn ask(
        &self,
        method: Method,
        url: &str,
        headers: &[(&'static str, &str)],
        limit: Duration,
    ) -> Result<Answer, NetError> {
        let settings = HttpConnectorSettings::builder().connect_timeout(limit).read_timeout(limit).build();
        exchange::ask(Arc::clone(&self.0), &settings, method, url, headers, "").await
    }

    /// Sends a form without a signature, with the time limits of every request, and waits for the whole answer.
    ///
    /// # Errors
    /// No answer; an address that cannot be asked.
    pub(crate) async fn post_form(&self, url: &str, form: &str) -> Result<Answer, NetError> {
        const FORM: [(&str, &str); 2] =
            [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(READ).build();
        exchange::ask(Arc::clone(&self.0), &settings, Method::POST, url, &FORM, form).await
    }

    /// Reads the certificate authorities, unless they are known or all addresses are plain http. It must be
    /// called before the first request.
    ///
    /// # Errors
    /// The CA bundle that a setting names cannot be used.
    pub(crate) fn trust(&self, ca_bundle: Option<&Located<PathBuf>>, urls: &[&str]) -> Result<(), Error> {
        let trust = self.0.trust();
        if !trust.is_set() {
            trust.set(match urls.iter().all(|url| is_plain(url)) {
                true => Authorities::none(),
                false => Authorities::read(ca_bundle)?,
            });
        }
        Ok(())
    }

    /// Starts to connect to a server before the first request to it exists. An error appears with that
    /// request.
    pub(crate) fn connect_ahead(&self, url: &str) {
        if let Some(server) = url.parse().ok().and_then(|url: Uri| HostPort::of(&url)) {
            self.0.connect_ahead(server);
        }
    }

    /// Ends all connections and their thread, and waits for the end. A client that is dropped ends them
    /// without waiting.
    pub(crate) fn end(&self) {
        self.0.thread.end();
    }
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { pool: Arc::clone(&self.0), settings: settings.clone() })
    }
}
