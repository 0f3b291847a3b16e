//! The HTTPS client: which certificate authorities it trusts, through which proxy it connects, and its time
//! limits.
//!
//! Made over hyper and rustls, because the client of the SDK decodes every certificate of the system at
//! start, does not read `AWS_CA_BUNDLE`, tries again what cannot succeed, and cannot connect before the first
//! request exists. All requests of a process share one client and its connections, which live on a thread of
//! their own.

mod connect;
pub mod error;
mod exchange;
mod io_thread;
pub mod limits;
mod pool;
mod retry;
mod roots;

use std::path::PathBuf;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::timeout::TimeoutConfig;
use http::Uri;

pub use crate::net::error::{NetError, ServiceFailure, TlsError, failure_of};
pub use crate::net::retry::{NoPointlessRetry, retries};

use crate::common::origin::Located;
use crate::net::connect::HostPort;
use crate::net::error::Error;
use crate::net::exchange::Connector;
use crate::net::limits::{CONNECT, READ, WHOLE};
use crate::net::pool::ConnectionPool;

/// The time limits of every request.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).operation_timeout(WHOLE).build()
}

/// Whether an address is plain http. Such a server is on this machine, or the user permits it; it needs no
/// proxy.
pub fn is_plain(url: &str) -> bool {
    url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"))
}

/// The client. Its clones share the connections.
#[derive(Clone, Debug)]
pub struct Client(Arc<ConnectionPool>);

impl Client {
    /// A client without certificate authorities: it can begin to connect, and TLS handshakes wait for
    /// [`Client::trust`].
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn new() -> Result<Self, Error> {
        Ok(Self(Arc::new(ConnectionPool::new()?)))
    }

    /// A client for servers with plain http, such as the metadata service of an EC2 instance.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn plain() -> Result<Self, Error> {
        let client = Self::new()?;
        client.0.set_tls(roots::tls_config(roots::none()));
        Ok(client)
    }

    /// Reads the certificate authorities, unless they are known or all addresses are plain http. It must be
    /// called before the first request.
    ///
    /// # Errors
    /// The CA bundle that a setting names cannot be used.
    pub fn trust(&self, ca_bundle: Option<&Located<PathBuf>>, urls: &[&str]) -> Result<(), Error> {
        if self.0.has_tls() {
            return Ok(());
        }
        let authorities = match urls.iter().all(|url| is_plain(url)) {
            true => roots::none(),
            false => roots::authorities(ca_bundle)?,
        };
        self.0.set_tls(roots::tls_config(authorities));
        Ok(())
    }

    /// Starts to connect to a server before the first request to it exists. An error appears with that
    /// request.
    pub fn connect_ahead(&self, url: &str) {
        if let Some(server) = url.parse().ok().and_then(|url: Uri| HostPort::of(&url)) {
            self.0.connect_ahead(server);
        }
    }

    /// Ends all connections and their thread, and waits for the end. A client that is dropped ends them
    /// without waiting.
    pub fn end(&self) {
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
