//! The connections of the client, which requests share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ClientConfig;
use tokio::sync::watch;

use crate::net::connect::{Dialer, HostPort, Sender};
use crate::net::error::{Error, NetError};
use crate::net::io_thread::{IoThread, Task};
use crate::net::proxy::Proxy;

/// The connections, and what is needed to make new ones.
#[derive(Debug)]
pub(crate) struct ConnectionPool {
    /// The thread on which the connections live.
    pub(crate) thread: IoThread,
    dialer: Arc<Dialer>,
    /// Sends the TLS configuration to the dialer, as soon as it is known.
    tls: watch::Sender<Option<Arc<ClientConfig>>>,
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
    /// A pool without connections and without a TLS configuration.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(crate) fn new(proxy: Proxy) -> Result<Self, Error> {
        let (tls, receiver) = watch::channel(None);
        let dialer = Dialer { tls: receiver, proxy };
        let thread = IoThread::start().map_err(|why| Error::NoThread { why })?;
        Ok(Self { thread, dialer: Arc::new(dialer), tls, idle: Mutex::default() })
    }

    /// Whether the TLS configuration is set.
    pub(crate) fn has_tls(&self) -> bool {
        self.tls.borrow().is_some()
    }

    /// Sets the TLS configuration. TLS handshakes wait for it.
    pub(crate) fn set_tls(&self, config: Arc<ClientConfig>) {
        self.tls.send_replace(Some(config));
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
