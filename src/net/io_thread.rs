//! The thread on which connections live. It resolves names, connects, does TLS handshakes and transfers bytes
//! while the main thread runs a program for credentials, waits for an MFA code or builds a request.
//!
//! The C library resolves names, and may block this thread for as long as it takes. Therefore time limits
//! must be kept by the thread that waits for a result.

use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;

use nix::sys::signal::SigSet;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::net::error::NetError;

/// The thread. When this is dropped, it ends as soon as nothing blocks it.
#[derive(Debug)]
pub(crate) struct IoThread {
    handle: Handle,
    thread: Mutex<Option<(oneshot::Sender<()>, thread::JoinHandle<()>)>>,
}

impl IoThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread or no file descriptor left.
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("net".into()).spawn(move || {
            // Signals are for the main thread, which blocks them while it writes.
            let _ = SigSet::all().thread_block();
            let _ = runtime.block_on(ended);
        })?;
        Ok(Self { handle, thread: Mutex::new(Some((end, thread))) })
    }

    /// Starts a task on the thread.
    pub(crate) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Task<T> {
        Task(self.handle.spawn(work))
    }

    /// Ends the thread and its tasks, and waits for the end: the time zone must be read only when no other
    /// thread runs.
    pub(crate) fn end(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((end, thread)) = thread {
            drop(end);
            let _ = thread.join();
        }
    }
}

/// A task of the thread. It is cancelled when this is dropped: a request must not be sent after its caller
/// has given it up.
#[derive(Debug)]
pub(crate) struct Task<T>(JoinHandle<T>);

impl<T> Task<T> {
    /// Waits for the result.
    ///
    /// # Errors
    /// The thread has ended before the task.
    pub(crate) async fn done(&mut self) -> Result<T, NetError> {
        (&mut self.0).await.map_err(|_| NetError::Cut)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
