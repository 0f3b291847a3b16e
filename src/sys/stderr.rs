//! What is said on standard error: messages, the summary, the line that explains a wait. Never a secret, and no byte that
//! would steer a terminal.

use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::Ordering;
use std::time::Duration;

pub use crate::common::text::{clean, clean_text, json};
use crate::sys::signals::{WAIT_LINE, WIPE};

/// How long a wait may last before it is explained.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a person reads standard error.
pub fn is_read() -> bool {
    std::io::stderr().is_terminal()
}

/// Writes a message, each of its lines cleaned. A standard error that is gone is nobody's to tell.
pub fn say(message: &str) {
    let _ = std::io::stderr().write_all(clean_text(message).as_bytes());
}

/// Awaits something. When it takes longer than a second, says on the terminal what is waited for, and wipes that afterwards.
pub async fn patiently<T>(quiet: bool, waiting_for: &str, work: impl Future<Output = T>) -> T {
    if quiet || !is_read() {
        return work.await;
    }
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    WAIT_LINE.store(true, Ordering::Relaxed);
    let _ = write!(std::io::stderr(), "assume-env: waiting for {} …", clean(waiting_for));
    let done = work.await;
    let _ = write!(std::io::stderr(), "{WIPE}");
    WAIT_LINE.store(false, Ordering::Relaxed);
    done
}
