//! The connections of the client, which requests share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::net::connect::{Dialer, HostPort, Sender};
use crate::net::error::{Error, NetError};
use crate::net::io_thread::{IoThread, Task};
use crate::net::proxy::Proxy;
use crate::net::trust::Trust;

/// The connections, and what is needed to make new ones.
#[derive(Debug)]
pub(crate) struct ConnectionPool {
    /// The thread on which the connections live.
    pub(crate) thread: IoThread,
    dialer: Arc<Dialer>,
    /// The connections without a request. There are two at most, so that a list is enough.
    idle: Mutex<Vec<(HostPort, PooledConnection)>>,
}

/// A connection, or the task that makes it.
#[derive(Debug)]
enum PooledConnection {
    Connecting(Task<Result<Sender, NetError>>),
    Open(Sender),
}

impl ConnectionPool {
    /// A pool without connections. TLS handshakes wait for the authorities.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(crate) fn new(proxy: Proxy) -> Result<Self, Error> {
        let thread = IoThread::start().map_err(|why| Error::NoThread { why })?;
        Ok(Self { thread, dialer: Arc::new(Dialer::new(proxy)), idle: Mutex::default() })
    }

    /// The check of the servers' certificates.
    pub(crate) fn trust(&self) -> &Arc<Trust> {
        &self.dialer.trust
    }

    /// Starts to connect, unless a connection to this server exists. The first request to it gets an error of
    /// the connection.
    pub(crate) fn connect_ahead(&self, server: HostPort) {
        let mut idle = self.idle();
        if idle.iter().all(|(of, _)| *of != server) {
            let task = self.thread.spawn(Arc::clone(&self.dialer).connect(server.clone()));
            idle.push((server, PooledConnection::Connecting(task)));
        }
    }

    /// A connection that takes a request: the idle one if it is still open, else a new one.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub(crate) async fn sender(&self, server: &HostPort) -> Result<Sender, NetError> {
        let known = match self.take(server) {
            Some(PooledConnection::Open(sender)) => Some(sender),
            Some(PooledConnection::Connecting(mut task)) => Some(task.done().await??),
            None => None,
        };
        if let Some(mut sender) = known
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        Arc::clone(&self.dialer).connect(server.clone()).await
    }

    /// Keeps a connection for further requests.
    pub(crate) fn give_back(&self, server: HostPort, sender: Sender) {
        self.idle().push((server, PooledConnection::Open(sender)));
    }

    fn take(&self, server: &HostPort) -> Option<PooledConnection> {
        let mut idle = self.idle();
        let at = idle.iter().position(|(of, _)| of == server)?;
        Some(idle.swap_remove(at).1)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(HostPort, PooledConnection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handshake must not wait for authorities that do not come any more.
impl Drop for ConnectionPool {
    fn drop(&mut self) {
        self.trust().give_up();
    }
}

#[cfg(test)]
mod tests {
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

    use super::*;

    #[test]
    fn a_handshake_that_waits_for_the_authorities_ends_with_the_pool() {
        let pool = ConnectionPool::new(Proxy::none()).unwrap();
        let trust = Arc::clone(pool.trust());
        let waiting = std::thread::spawn(move || {
            let certificate = CertificateDer::from(Vec::new());
            let name = ServerName::try_from("localhost").unwrap();
            trust.verify_server_cert(&certificate, &[], &name, &[], UnixTime::now())
        });
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(!waiting.is_finished());
        drop(pool);
        waiting.join().unwrap().unwrap_err();
    }
}
