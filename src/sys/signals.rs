//! Signals. Ctrl-C, SIGTERM, hang-up and others end the process, but first the failing statement is written,
//! because a shell takes an empty text for success.
//!
//! The handlers may do only what POSIX calls async-signal-safe: they write bytes that were made before, and
//! raise the signal again with its default action. If the terminal does not echo, because a code is typed,
//! its settings are restored first; Ctrl-Z does this too, if the program may be stopped. A signal that the
//! caller ignores (nohup) stays ignored, for this program and for the command.

use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use nix::libc;
use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, kill, raise, sigaction, sigprocmask,
};
use nix::sys::termios::Termios;
use nix::unistd::Pid;

use crate::sys::{foreground, handed_over, tty_lock};

/// The signals that end a program. Some come from inside: SIGABRT if there is no memory left, SIGSEGV if the
/// stack is full.
const FATAL: &[Signal] = &[
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGABRT,
    Signal::SIGALRM,
    Signal::SIGVTALRM,
    Signal::SIGPROF,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGXCPU,
    Signal::SIGXFSZ,
    Signal::SIGSEGV,
    Signal::SIGBUS,
    Signal::SIGILL,
    Signal::SIGFPE,
    Signal::SIGSYS,
    Signal::SIGTRAP,
    // On other systems these do not end a program, or do not exist.
    #[cfg(target_os = "linux")]
    Signal::SIGIO,
    #[cfg(target_os = "linux")]
    Signal::SIGPWR,
];

/// The failing statement for each of [`FATAL`]; empty if no shell evaluates the output.
static TEXTS: OnceLock<Vec<String>> = OnceLock::new();

/// Whether the one text was written. It is valid then, and no failing statement may follow it.
static WRITTEN: AtomicBool = AtomicBool::new(false);

/// The process id of the running helper program; 0 if there is none.
static HELPER: AtomicI32 = AtomicI32::new(0);

/// Whether a helper program is being started, and the signal that arrived meanwhile; 0 for none.
static IS_STARTING: AtomicBool = AtomicBool::new(false);
static POSTPONED: AtomicI32 = AtomicI32::new(0);

/// Whether the terminal has a line that explains a wait and must be wiped.
pub(crate) static HAS_WAIT_NOTICE: AtomicBool = AtomicBool::new(false);

/// Wipes the current line of a terminal.
pub(crate) const WIPE: &str = "\r\x1b[K";

/// Installs the handlers. `text` returns the failing statement for an exit status (128 + the signal's
/// number).
#[allow(unsafe_code)]
pub(crate) fn fail_closed(text: impl Fn(u8) -> String) {
    let texts = FATAL.iter().map(|signal| text(128 + u8::try_from(*signal as i32).unwrap_or(0))).collect();
    if TEXTS.set(texts).is_err() {
        return;
    }
    // Initialised here, because a handler must not be the first to use them.
    let _ = (std::io::stdout(), std::io::stderr());
    // On the alternate stack of std, because the normal one can be full.
    let flags = SaFlags::SA_RESETHAND | SaFlags::SA_ONSTACK;
    let action = SigAction::new(SigHandler::Handler(on_signal), flags, SigSet::empty());
    for &signal in FATAL {
        // SAFETY: the handler is async-signal-safe: it reads statics that are set before, and calls write(2)
        // and raise(3).
        let before = unsafe { sigaction(signal, &action) };
        if before.is_ok_and(|before| matches!(before.handler(), SigHandler::SigIgn)) {
            let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
            // SAFETY: an ignored signal runs no code of this program.
            let _ = unsafe { sigaction(signal, &ignore) };
        }
    }
}

/// The terminal on which a code is typed.
struct Terminal {
    fd: OwnedFd,
    before: libc::termios,
    quiet: libc::termios,
    /// The text to show again after a stop; `None` if the program may not be stopped.
    prompt: Option<String>,
}

/// Set once, at the first prompt of the process.
static TERMINAL: OnceLock<Terminal> = OnceLock::new();

/// Whether the terminal does not echo now.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// Whether the caller ignores Ctrl-Z, so that it stays ignored.
static STOP_IS_IGNORED: AtomicBool = AtomicBool::new(false);

/// From now on, a signal restores the settings `before` of the terminal before it has its effect. With a
/// `prompt`, Ctrl-Z stops the program, and the prompt is shown again when the program continues.
#[allow(unsafe_code)]
pub(crate) fn guard_terminal(fd: BorrowedFd<'_>, before: &Termios, quiet: &Termios, prompt: Option<&str>) {
    let Ok(fd) = fd.try_clone_to_owned() else { return };
    let stops = prompt.is_some();
    TERMINAL.get_or_init(|| Terminal {
        fd,
        before: before.clone().into(),
        quiet: quiet.clone().into(),
        prompt: prompt.map(str::to_owned),
    });
    IS_QUIET.store(true, Ordering::SeqCst);
    if stops {
        let action = SigAction::new(SigHandler::Handler(on_stop), SaFlags::SA_RESTART, SigSet::empty());
        // SAFETY: the handler is async-signal-safe; see its comment.
        let before = unsafe { sigaction(Signal::SIGTSTP, &action) };
        if before.is_ok_and(|before| matches!(before.handler(), SigHandler::SigIgn)) {
            set_stop(SigHandler::SigIgn);
            STOP_IS_IGNORED.store(true, Ordering::SeqCst);
        }
    }
}

/// Ends [`guard_terminal`]. The caller must have restored the settings.
pub(crate) fn release_terminal() {
    IS_QUIET.store(false, Ordering::SeqCst);
    tty_lock::unlock();
    let stops = TERMINAL.get().is_some_and(|terminal| terminal.prompt.is_some());
    if stops && !STOP_IS_IGNORED.load(Ordering::SeqCst) {
        set_stop(SigHandler::SigDfl);
    }
}

#[allow(unsafe_code)]
fn set_stop(handler: SigHandler) {
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the default action and an ignored signal run no code of this program, and `on_stop` is
    // async-signal-safe.
    let _ = unsafe { sigaction(Signal::SIGTSTP, &action) };
}

/// Changes the settings of the terminal, if a code is typed now. Async-signal-safe.
#[allow(unsafe_code)]
fn set_terminal(settings: impl Fn(&Terminal) -> &libc::termios) -> Option<&'static Terminal> {
    let terminal = TERMINAL.get().filter(|_| IS_QUIET.load(Ordering::SeqCst))?;
    // In the background, the terminal belongs to another program, and a change of it would stop this one.
    if nix::unistd::tcgetpgrp(&terminal.fd) != Ok(nix::unistd::getpgrp()) {
        return None;
    }
    // SAFETY: the descriptor is open until the process ends, the settings are a complete termios, and
    // tcsetattr(3) is async-signal-safe.
    unsafe { libc::tcsetattr(terminal.fd.as_raw_fd(), libc::TCSANOW, settings(terminal)) };
    Some(terminal)
}

/// Ctrl-Z while a code is typed: restores the settings of the terminal, stops, and shows the prompt again
/// when the program continues. Async-signal-safe: tcsetattr(3), sigaction(2), sigprocmask(2), raise(3),
/// write(2), tcdrain(3), kill(2), poll(2), flock(2) on statics that are set.
extern "C" fn on_stop(_: i32) {
    if let Some(terminal) = set_terminal(|terminal| &terminal.before) {
        let _ = nix::unistd::write(&terminal.fd, b"\r\n");
    }
    // During the stop, the terminal belongs to the shell: a signal that ends the program then must not change
    // it.
    let was_quiet = IS_QUIET.swap(false, Ordering::SeqCst);
    if was_quiet {
        tty_lock::unlock();
    }
    set_stop(SigHandler::SigDfl);
    let stop: SigSet = [Signal::SIGTSTP].into_iter().collect();
    let _ = raise(Signal::SIGTSTP);
    // SIGTSTP was blocked while its own handler ran. Here the program stops, and here it continues.
    let _ = sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&stop), None);
    set_stop(SigHandler::Handler(on_stop));
    // The shell can continue the program in the background (`bg`). Then it stops again until `fg`; without
    // that, its next read would be stopped by the kernel, and go on with the echo of the shell.
    if was_quiet && let Some(terminal) = TERMINAL.get() {
        let _ = foreground::wait_for_turn(&terminal.fd);
    }
    IS_QUIET.store(was_quiet, Ordering::SeqCst);
    if let Some(terminal) = set_terminal(|terminal| &terminal.quiet) {
        let _ = nix::unistd::write(&terminal.fd, terminal.prompt.as_deref().unwrap_or_default().as_bytes());
    }
}

/// Whether the one text was written.
pub(crate) fn is_written() -> bool {
    WRITTEN.load(Ordering::SeqCst)
}

extern "C" fn on_signal(number: i32) {
    if IS_STARTING.load(Ordering::SeqCst) {
        POSTPONED.store(number, Ordering::SeqCst);
        return;
    }
    if let Some(terminal) = set_terminal(|terminal| &terminal.before) {
        let _ = nix::unistd::write(&terminal.fd, b"\r\n");
    }
    if HAS_WAIT_NOTICE.load(Ordering::Relaxed) {
        let _ = nix::unistd::write(std::io::stderr().as_fd(), WIPE.as_bytes());
    }
    let Ok(signal) = Signal::try_from(number) else { return };
    if let Some(texts) = TEXTS.get()
        && !WRITTEN.load(Ordering::SeqCst)
        && let Some(i) = FATAL.iter().position(|s| *s == signal)
    {
        let _ = match handed_over::answer() {
            Some(answer) => nix::unistd::write(answer, texts[i].as_bytes()),
            None => nix::unistd::write(std::io::stdout().as_fd(), texts[i].as_bytes()),
        };
    }
    match HELPER.load(Ordering::SeqCst) {
        0 => {}
        // Signal the helper too; it may still be prompting.
        helper => drop(kill(Pid::from_raw(helper), signal)),
    }
    // The default action is restored (SA_RESETHAND); the signal is delivered when this handler returns.
    let _ = raise(signal);
}

/// Blocks the signals while the one text is written, so that it is neither cut nor followed by a failing
/// statement.
pub(crate) fn block_while_writing<T, E>(write: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    blocked(|| {
        let done = write();
        WRITTEN.store(done.is_ok(), Ordering::SeqCst);
        done
    })
}

/// The action of SIGCHLD that the caller set, to set it again.
pub(crate) struct ChildrenReported(Option<SigAction>);

/// Until the result is dropped, the system reports the end of a child process. It does not if the caller
/// ignores SIGCHLD (`trap '' CHLD`), which execve(2) passes on; the helper program does not get that either.
#[allow(unsafe_code)]
pub(crate) fn report_children() -> ChildrenReported {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default action runs no code of this program.
    ChildrenReported(unsafe { sigaction(Signal::SIGCHLD, &default) }.ok())
}

impl Drop for ChildrenReported {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        if let Some(before) = self.0 {
            // SAFETY: this program sets no handler of SIGCHLD, so `before` runs no code of it.
            let _ = unsafe { sigaction(Signal::SIGCHLD, &before) };
        }
    }
}

/// Starts a helper program. A signal that ends this program is sent to the helper too. A signal that arrives
/// during the start is handled after it, because the helper's process id is not known before. It is not
/// blocked, because the helper would inherit that.
pub(crate) fn start_helper(spawn: impl FnOnce() -> std::io::Result<Child>) -> std::io::Result<Child> {
    IS_STARTING.store(true, Ordering::SeqCst);
    let helper = spawn();
    if let Ok(helper) = &helper {
        HELPER.store(i32::try_from(helper.id()).unwrap_or(0), Ordering::SeqCst);
    }
    IS_STARTING.store(false, Ordering::SeqCst);
    match POSTPONED.swap(0, Ordering::SeqCst) {
        0 => {}
        signal => on_signal(signal),
    }
    helper
}

/// Whether the helper program has ended. If it has, another process can get its process id at any time, so
/// signals are blocked until the id is removed.
pub(crate) fn has_helper_ended(helper: &mut Child) -> std::io::Result<Option<ExitStatus>> {
    blocked(|| {
        let ended = helper.try_wait();
        if !matches!(ended, Ok(None)) {
            HELPER.store(0, Ordering::SeqCst);
        }
        ended
    })
}

/// Ends the helper program.
pub(crate) fn kill_helper(helper: &mut Child) {
    blocked(|| {
        let _ = helper.kill();
        let _ = helper.wait();
        HELPER.store(0, Ordering::SeqCst);
    });
}

fn blocked<T>(work: impl FnOnce() -> T) -> T {
    let fatal: SigSet = FATAL.iter().copied().collect();
    let mut before = SigSet::empty();
    let blocked = sigprocmask(SigmaskHow::SIG_BLOCK, Some(&fatal), Some(&mut before)).is_ok();
    let done = work();
    if blocked {
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    }
    done
}
