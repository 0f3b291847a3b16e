//! Standard error: messages, the summary, and the line that explains a wait. Never a secret, and no byte that
//! could control the terminal.

use std::cell::Cell;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::common::redact;
use crate::common::text::{clean, clean_text};
use crate::sys::signals::{HAS_WAIT_NOTICE, WIPE};

/// A wait that is longer than this gets a notice.
const SILENT_WAIT: Duration = Duration::from_secs(1);

/// Whether standard error is a terminal, where the user reads it.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Writes a message without secrets, each of its lines cleaned. Errors writing to standard error are ignored.
pub(crate) fn print(message: &str) {
    let _ = std::io::stderr().write_all(clean_text(&redact::shown(message)).as_bytes());
}

/// Writes a message and, on a line of its own, a link to open. The link may look like a secret, such as the hash in the
/// link of a sign-in, and must not be one: it is not hidden.
pub(crate) fn print_link(message: &str, link: &str) {
    print(message);
    let _ = writeln!(std::io::stderr(), "  {}", clean(link));
}

/// How often the line of a [`Progress`] changes at most.
const SHORTEST: Duration = Duration::from_millis(200);

/// A line on the terminal that says how far a long task is. It appears after a second, and is wiped at the end.
pub(crate) struct Progress {
    is_wanted: bool,
    /// When it may change next.
    next: Cell<Instant>,
}

impl Progress {
    /// A line that has no text yet. `quiet` suppresses it; so does standard error that is no terminal.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { is_wanted: !quiet && is_terminal(), next: Cell::new(Instant::now() + SILENT_WAIT) }
    }

    /// Shows what is being waited for.
    pub(crate) fn say(&self, waiting_for: &str) {
        let now = Instant::now();
        if self.is_wanted && now >= self.next.get() {
            self.next.set(now + SHORTEST);
            HAS_WAIT_NOTICE.store(true, Ordering::Relaxed);
            let text = clean(&redact::shown(waiting_for));
            let _ = write!(std::io::stderr(), "{WIPE}assume-env: waiting for {text} …");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if HAS_WAIT_NOTICE.swap(false, Ordering::Relaxed) {
            let _ = write!(std::io::stderr(), "{WIPE}");
        }
    }
}

/// Awaits `work`. If it takes longer than a second, a line on the terminal names what it waits for; the line
/// is wiped afterwards. `quiet` suppresses the line.
pub(crate) async fn with_wait_notice<T>(quiet: bool, waiting_for: &str, work: impl Future<Output = T>) -> T {
    if quiet || !is_terminal() {
        return work.await;
    }
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(SILENT_WAIT, &mut work).await {
        return done;
    }
    HAS_WAIT_NOTICE.store(true, Ordering::Relaxed);
    let _ = write!(std::io::stderr(), "assume-env: waiting for {} …", clean(&redact::shown(waiting_for)));
    let done = work.await;
    let _ = write!(std::io::stderr(), "{WIPE}");
    HAS_WAIT_NOTICE.store(false, Ordering::Relaxed);
    done
}
