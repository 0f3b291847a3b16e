//! The thread on which connections live. It looks names up, connects, shakes hands and carries bytes, whatever the rest of the
//! program is doing: running a program for credentials, waiting for a person who types a code, building a request.
//!
//! A name is looked up by the C library, which may block for as long as it likes; here it holds up nobody but those who need
//! the answer. Limits in time are kept by those who wait.

use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;

use nix::sys::signal::SigSet;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::error::NetError;

/// The thread. It ends when this is dropped, or after what it is blocked by.
#[derive(Debug)]
pub struct IoThread {
    handle: Handle,
    thread: Mutex<Option<(oneshot::Sender<()>, thread::JoinHandle<()>)>>,
}

impl IoThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread or no descriptor left.
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("net".into()).spawn(move || {
            // Signals are for the main thread, which holds them back while it writes.
            let _ = SigSet::all().thread_block();
            let _ = runtime.block_on(ended);
        })?;
        Ok(Self { handle, thread: Mutex::new(Some((end, thread))) })
    }

    /// Begins some work on the thread.
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Task<T> {
        Task(self.handle.spawn(work))
    }

    /// Ends the thread and what it does, and waits for that: only the last thread of a process may read the time zone.
    pub fn end(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((end, thread)) = thread {
            drop(end);
            let _ = thread.join();
        }
    }
}

/// Something that the thread is doing. It is given up when this is dropped: a request that nobody waits for any longer must not
/// be sent after all.
#[derive(Debug)]
pub struct Task<T>(JoinHandle<T>);

impl<T> Task<T> {
    /// Waits for its end.
    ///
    /// # Errors
    /// When the thread has ended before.
    pub async fn done(&mut self) -> Result<T, NetError> {
        (&mut self.0).await.map_err(|_| NetError::Cut)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
