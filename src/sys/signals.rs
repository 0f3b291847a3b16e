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
    SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, raise, sigaction, sigprocmask,
};
use nix::sys::termios::Termios;

use crate::sys::{foreground, handed_over, tty_lock};

/// The signals that end a program and have a name. Some come from inside: SIGABRT if there is no memory left, SIGSEGV
/// if the stack is full.
const NAMED: &[i32] = &[
    libc::SIGINT,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGQUIT,
    libc::SIGABRT,
    libc::SIGALRM,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGSYS,
    libc::SIGTRAP,
    // On other systems these do not end a program, or do not exist.
    #[cfg(target_os = "linux")]
    libc::SIGIO,
    #[cfg(target_os = "linux")]
    libc::SIGPWR,
    #[cfg(all(
        target_os = "linux",
        not(any(target_arch = "mips", target_arch = "mips64", target_arch = "sparc64"))
    ))]
    libc::SIGSTKFLT,
];

/// The real-time signals, which have numbers only. On Linux, each of them ends a program (signal(7)). The C library
/// keeps those below for itself, 32 and 33 (musl: 34 too), and gives them to no program.
#[cfg(target_os = "linux")]
fn real_time() -> std::ops::RangeInclusive<i32> {
    libc::SIGRTMIN()..=libc::SIGRTMAX()
}

#[cfg(not(target_os = "linux"))]
fn real_time() -> std::iter::Empty<i32> {
    std::iter::empty()
}

/// Every signal that ends a program and can be handled.
fn fatal() -> impl Iterator<Item = i32> {
    NAMED.iter().copied().chain(real_time())
}

/// The failing statement; empty if no shell evaluates the output.
static TEXT: OnceLock<FailingText> = OnceLock::new();

/// A failing statement, in which a handler can change the exit status.
struct FailingText {
    /// The statement for the status [`Self::STATUS`].
    text: String,
    /// Where the status is, if the statement has one.
    status: Option<usize>,
}

impl FailingText {
    /// A status with three digits, as that of every signal.
    const STATUS: u8 = 255;
    /// Another one, with other digits.
    const OTHER_STATUS: u8 = 111;
    /// The longest statement, in bytes.
    const LONGEST: usize = 512;

    fn new(text: impl Fn(u8) -> String) -> Self {
        // Its place is where the texts of two statuses differ: the digits of a process id can be the same.
        let (other, text) = (text(Self::OTHER_STATUS), text(Self::STATUS));
        let status = other.bytes().zip(text.bytes()).position(|(other, own)| other != own);
        Self { text, status }
    }

    /// Writes the statement with the status of a signal, in one write. Async-signal-safe: write(2).
    fn write(&self, to: BorrowedFd<'_>, signal: i32) {
        let mut statement = [0; Self::LONGEST];
        let length = self.text.len().min(Self::LONGEST);
        statement[..length].copy_from_slice(&self.text.as_bytes()[..length]);
        if let Some(at) = self.status.filter(|at| at + 3 <= length) {
            let status = 128 + signal;
            for (digit, value) in [status / 100, status / 10 % 10, status % 10].into_iter().enumerate() {
                statement[at + digit] = b'0' + value as u8;
            }
        }
        let _ = nix::unistd::write(to, &statement[..length]);
    }
}

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
pub(crate) fn fail_closed(text: impl Fn(u8) -> String) {
    if TEXT.set(FailingText::new(text)).is_err() {
        return;
    }
    // Initialised here, because a handler must not be the first to use them.
    let _ = (std::io::stdout(), std::io::stderr());
    // On the alternate stack of std, because the normal one can be full.
    let flags = libc::SA_RESETHAND | libc::SA_ONSTACK;
    let handler: extern "C" fn(i32) = on_signal;
    for signal in fatal() {
        if set_action(signal, handler as libc::sighandler_t, flags) == Some(libc::SIG_IGN) {
            set_action(signal, libc::SIG_IGN, 0);
        }
    }
}

/// Sets the action of a signal; returns the handler that it had.
#[allow(unsafe_code)]
fn set_action(signal: i32, handler: libc::sighandler_t, flags: i32) -> Option<libc::sighandler_t> {
    // SAFETY: sigaction(2) gets two complete structures, of which zero is a valid value of each member. The handler is
    // SIG_IGN, which runs no code, or `on_signal`, which is async-signal-safe: it reads statics that are set before,
    // and calls write(2), kill(2) and raise(3).
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = flags;
        let mut before: libc::sigaction = std::mem::zeroed();
        (libc::sigaction(signal, &raw const action, &raw mut before) == 0).then_some(before.sa_sigaction)
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
        let _ = foreground::wait_for_turn(&terminal.fd, tty_lock::lock);
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

#[allow(unsafe_code)]
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
    if let Some(text) = TEXT.get()
        && !WRITTEN.load(Ordering::SeqCst)
    {
        match handed_over::answer() {
            Some(answer) => text.write(answer, number),
            None => text.write(std::io::stdout().as_fd(), number),
        }
    }
    let helper = HELPER.load(Ordering::SeqCst);
    // SAFETY: kill(2) and raise(3) have numbers alone as arguments.
    unsafe {
        if helper != 0 {
            // Signal the helper too; it may still be prompting.
            libc::kill(helper, number);
        }
        // The default action is restored (SA_RESETHAND); the signal is delivered when this handler returns.
        libc::raise(number);
    }
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

/// The set of [`fatal`].
static FATAL: OnceLock<SigSet> = OnceLock::new();

#[allow(unsafe_code)]
fn fatal_set() -> SigSet {
    // SAFETY: sigemptyset(3) initialises the set, to which sigaddset(3) adds valid numbers.
    unsafe {
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        for signal in fatal() {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        SigSet::from_sigset_t_unchecked(set.assume_init())
    }
}

fn blocked<T>(work: impl FnOnce() -> T) -> T {
    let fatal = FATAL.get_or_init(fatal_set);
    let mut before = SigSet::empty();
    let blocked = sigprocmask(SigmaskHow::SIG_BLOCK, Some(fatal), Some(&mut before)).is_ok();
    let done = work();
    if blocked {
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    }
    done
}
