//! Ctrl-C, SIGTERM and hang-up: the failing statement is written before the process dies of the signal, because a shell takes
//! an empty text for success.
//!
//! The handler does only what POSIX calls async-signal-safe: it writes bytes that were made beforehand and raises the signal
//! again, with its default action. A terminal that does not echo, because a code is being typed, gets its settings back first;
//! that goes for Ctrl-Z too, where the program may be stopped. A signal that was ignored from outside (nohup) stays ignored, for us and for the command.

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

use crate::sys::tty_lock;

/// The signals that end a program, from outside or from inside: as SIGABRT does when memory runs out, and SIGSEGV when the stack
/// does.
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
    // Elsewhere these end nobody, or are not there.
    #[cfg(target_os = "linux")]
    Signal::SIGIO,
    #[cfg(target_os = "linux")]
    Signal::SIGPWR,
];

/// The failing statement for each of [`FATAL`]; empty where nothing is evaluated.
static TEXTS: OnceLock<Vec<String>> = OnceLock::new();

/// Whether the one text is out: then it counts, and no failing statement may follow it.
static WRITTEN: AtomicBool = AtomicBool::new(false);

/// The process id of the helper program that is running; 0 when there is none.
static HELPER: AtomicI32 = AtomicI32::new(0);

/// Whether a helper program is being started, and the signal that came meanwhile.
static IS_STARTING: AtomicBool = AtomicBool::new(false);
static POSTPONED: AtomicI32 = AtomicI32::new(0);

/// Whether a line that explains a wait stands on the terminal and has to be wiped.
pub static WAIT_LINE: AtomicBool = AtomicBool::new(false);

/// What wipes a line of a terminal.
pub const WIPE: &str = "\r\x1b[K";

/// Installs the handler. `text` gives the failing statement for an exit status (128 + the signal's number).
#[allow(unsafe_code)]
pub fn fail_closed(text: impl Fn(u8) -> String) {
    let texts = FATAL.iter().map(|signal| text(128 + u8::try_from(*signal as i32).unwrap_or(0))).collect();
    if TEXTS.set(texts).is_err() {
        return;
    }
    // Opened now: the handler must not be the first to use them.
    let _ = (std::io::stdout(), std::io::stderr());
    // On the stack that std keeps for the case that the usual one is full.
    let flags = SaFlags::SA_RESETHAND | SaFlags::SA_ONSTACK;
    let action = SigAction::new(SigHandler::Handler(on_signal), flags, SigSet::empty());
    for &signal in FATAL {
        // SAFETY: the handler is async-signal-safe: it reads statics that are set by now, calls write(2) and raise(3).
        let before = unsafe { sigaction(signal, &action) };
        if before.is_ok_and(|before| matches!(before.handler(), SigHandler::SigIgn)) {
            let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
            // SAFETY: ignoring a signal runs no code of ours.
            let _ = unsafe { sigaction(signal, &ignore) };
        }
    }
}

/// The terminal at which a code is typed.
struct Terminal {
    fd: OwnedFd,
    before: libc::termios,
    quiet: libc::termios,
    /// What is shown again after the program was stopped; `None` where it may not be stopped.
    prompt: Option<String>,
}

/// Set once, at the first prompt of the process.
static TERMINAL: OnceLock<Terminal> = OnceLock::new();

/// Whether the terminal does not echo at this moment.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// Whether Ctrl-Z was ignored from outside, and stays so.
static STOP_IS_IGNORED: AtomicBool = AtomicBool::new(false);

/// From now on, a signal gives the terminal its settings back before it does what it does. With a `prompt`, Ctrl-Z stops the
/// program, and when it goes on the prompt is shown again.
#[allow(unsafe_code)]
pub fn guard_terminal(fd: BorrowedFd<'_>, before: &Termios, quiet: &Termios, prompt: Option<&str>) {
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
        // SAFETY: the handler is async-signal-safe: see there.
        let before = unsafe { sigaction(Signal::SIGTSTP, &action) };
        if before.is_ok_and(|before| matches!(before.handler(), SigHandler::SigIgn)) {
            set_stop(SigHandler::SigIgn);
            STOP_IS_IGNORED.store(true, Ordering::SeqCst);
        }
    }
}

/// The terminal has its settings back.
pub fn release_terminal() {
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
    // SAFETY: the default action and ignoring run no code of ours, and `on_stop` is async-signal-safe.
    let _ = unsafe { sigaction(Signal::SIGTSTP, &action) };
}

/// Gives the terminal other settings, if a code is being typed. Async-signal-safe.
#[allow(unsafe_code)]
fn set_terminal(settings: impl Fn(&Terminal) -> &libc::termios) -> Option<&'static Terminal> {
    let terminal = TERMINAL.get().filter(|_| IS_QUIET.load(Ordering::SeqCst))?;
    // From the background the terminal is somebody else's, and touching it would stop us.
    if nix::unistd::tcgetpgrp(&terminal.fd) != Ok(nix::unistd::getpgrp()) {
        return None;
    }
    // SAFETY: the descriptor is open for as long as the process runs, the settings are a whole termios, and tcsetattr(3) is
    // async-signal-safe.
    unsafe { libc::tcsetattr(terminal.fd.as_raw_fd(), libc::TCSANOW, settings(terminal)) };
    Some(terminal)
}

/// Ctrl-Z while a code is typed: the terminal gets its settings back, the program stops, and asks again when it goes on.
/// Async-signal-safe: tcsetattr(3), sigaction(2), sigprocmask(2), raise(3), write(2), flock(2) on statics that are set.
extern "C" fn on_stop(_: i32) {
    if let Some(terminal) = set_terminal(|terminal| &terminal.before) {
        let _ = nix::unistd::write(&terminal.fd, b"\r\n");
    }
    // While it stands still the terminal is the shell's: a signal that ends it then has nothing to give back.
    let was_quiet = IS_QUIET.swap(false, Ordering::SeqCst);
    if was_quiet {
        tty_lock::unlock();
    }
    set_stop(SigHandler::SigDfl);
    let stop: SigSet = [Signal::SIGTSTP].into_iter().collect();
    let _ = raise(Signal::SIGTSTP);
    // It was held back while its own handler ran: here the program stops, and here it goes on.
    let _ = sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&stop), None);
    set_stop(SigHandler::Handler(on_stop));
    if was_quiet {
        tty_lock::lock();
    }
    IS_QUIET.store(was_quiet, Ordering::SeqCst);
    if let Some(terminal) = set_terminal(|terminal| &terminal.quiet) {
        let _ = nix::unistd::write(&terminal.fd, terminal.prompt.as_deref().unwrap_or_default().as_bytes());
    }
}

/// Whether the one text is out.
pub fn is_written() -> bool {
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
    if WAIT_LINE.load(Ordering::Relaxed) {
        let _ = nix::unistd::write(std::io::stderr().as_fd(), WIPE.as_bytes());
    }
    let Ok(signal) = Signal::try_from(number) else { return };
    if let Some(texts) = TEXTS.get()
        && !WRITTEN.load(Ordering::SeqCst)
        && let Some(i) = FATAL.iter().position(|s| *s == signal)
    {
        let _ = nix::unistd::write(std::io::stdout().as_fd(), texts[i].as_bytes());
    }
    match HELPER.load(Ordering::SeqCst) {
        0 => {}
        // It may be asking a person for something that nobody wants to know any more.
        helper => drop(kill(Pid::from_raw(helper), signal)),
    }
    // The default action is back (SA_RESETHAND); the signal is delivered once this handler returns.
    let _ = raise(signal);
}

/// Holds the signals back while the one text is written, so that it is neither cut in half nor followed by a failing statement.
pub fn held_back<T, E>(write: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    blocked(|| {
        let done = write();
        WRITTEN.store(done.is_ok(), Ordering::SeqCst);
        done
    })
}

/// Starts a helper program, to which a signal that ends us goes too. One that comes while it starts is not blocked, because the
/// helper would inherit that, but handled a moment later: or nobody would know yet whom to end.
pub fn start_helper(spawn: impl FnOnce() -> std::io::Result<Child>) -> std::io::Result<Child> {
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

/// Looks whether the helper program has ended. When it has, its process id may be another process's at any time: no signal may
/// come in between.
pub fn has_helper_ended(helper: &mut Child) -> std::io::Result<Option<ExitStatus>> {
    blocked(|| {
        let ended = helper.try_wait();
        if !matches!(ended, Ok(None)) {
            HELPER.store(0, Ordering::SeqCst);
        }
        ended
    })
}

/// Ends the helper program.
pub fn kill_helper(helper: &mut Child) {
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
