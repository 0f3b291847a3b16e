//! Ctrl-C, SIGTERM and hang-up: the failing statement is written before the process dies of the signal, because a shell takes
//! an empty text for success.
//!
//! The handler does only what POSIX calls async-signal-safe: it writes bytes that were made beforehand and raises the signal
//! again, with its default action. A signal that was ignored from outside (nohup) stays ignored, for us and for the command.

use std::os::fd::AsFd as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, raise, sigaction, sigprocmask,
};

/// The signals that end a program from outside.
const FATAL: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// The failing statement for each of [`FATAL`]; empty where nothing is evaluated.
static TEXTS: OnceLock<[String; 3]> = OnceLock::new();

/// Whether a line that explains a wait stands on the terminal and has to be wiped.
pub static WAIT_LINE: AtomicBool = AtomicBool::new(false);

/// What wipes a line of a terminal.
pub const WIPE: &str = "\r\x1b[K";

/// Installs the handler. `text` gives the failing statement for an exit status (128 + the signal's number).
#[allow(unsafe_code)]
pub fn fail_closed(text: impl Fn(u8) -> String) {
    let texts = FATAL.map(|signal| text(128 + u8::try_from(signal as i32).unwrap_or(0)));
    if TEXTS.set(texts).is_err() {
        return;
    }
    // Opened now: the handler must not be the first to use them.
    let _ = (std::io::stdout(), std::io::stderr());
    let action = SigAction::new(SigHandler::Handler(on_signal), SaFlags::SA_RESETHAND, SigSet::empty());
    for signal in FATAL {
        // SAFETY: the handler is async-signal-safe: it reads statics that are set by now, calls write(2) and raise(3).
        let before = unsafe { sigaction(signal, &action) };
        if before.is_ok_and(|before| matches!(before.handler(), SigHandler::SigIgn)) {
            let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
            // SAFETY: ignoring a signal runs no code of ours.
            let _ = unsafe { sigaction(signal, &ignore) };
        }
    }
}

extern "C" fn on_signal(number: i32) {
    if WAIT_LINE.load(Ordering::Relaxed) {
        let _ = nix::unistd::write(std::io::stderr().as_fd(), WIPE.as_bytes());
    }
    let Ok(signal) = Signal::try_from(number) else { return };
    if let Some(texts) = TEXTS.get()
        && let Some(i) = FATAL.iter().position(|s| *s == signal)
    {
        let _ = nix::unistd::write(std::io::stdout().as_fd(), texts[i].as_bytes());
    }
    // The default action is back (SA_RESETHAND); the signal is delivered once this handler returns.
    let _ = raise(signal);
}

/// Holds the signals back while the one text is written, so that it is never cut in half by a failing statement.
pub fn held_back<T>(write: impl FnOnce() -> T) -> T {
    let fatal: SigSet = FATAL.into_iter().collect();
    let mut before = SigSet::empty();
    let blocked = sigprocmask(SigmaskHow::SIG_BLOCK, Some(&fatal), Some(&mut before)).is_ok();
    let done = write();
    if blocked {
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    }
    done
}
