//! The helper: how it starts, and its main loop.
//!
//! It is forked before any thread, runtime or request, and gets the first keys by a pipe, when they have been acquired with the
//! caller's terminal. It watches the process of the caller, which becomes the command.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::getpid;
use zeroize::Zeroizing;

use crate::acquire::Acquired;
use crate::cli::SessionArgs;
use crate::common::credentials::{Secret, secret_buffer};
use crate::common::mfa_session::MfaSession;
use crate::common::redact;
use crate::env::{Environment, host};
use crate::net;
use crate::refresh::error::Error;
use crate::refresh::holders;
use crate::refresh::keys::{self, FirstKeys};
use crate::refresh::lifetime::Moment;
use crate::refresh::renewal::{self, Job, Renewed};
use crate::refresh::server;
use crate::refresh::state::{Demand, Failure, Phase, Shared};
use crate::refresh::wake::Wake;
use crate::sys::detach::{Side, detach};
use crate::sys::pidfd::Watched;

/// How often the clocks are looked at: a machine may sleep, and its clock may be set.
const LOOK: Duration = Duration::from_secs(5);

/// The longest wait between two attempts to renew, in seconds.
const LONGEST_WAIT: i64 = 60;

/// Where the command gets its keys.
#[derive(Debug)]
pub(crate) struct Address {
    /// `http://127.0.0.1:PORT/credentials`. No SDK accepts any other form of this machine's address.
    pub url: String,
    /// The token that each request must have.
    pub token: Secret,
    /// The process id of the helper.
    pub helper: u32,
}

/// The two processes after the start.
#[derive(Debug)]
pub(crate) enum Started {
    /// The process that becomes the command.
    Caller(Caller),
    /// The helper.
    Helper(Box<Helper>),
}

/// The caller's side.
#[derive(Debug)]
pub(crate) struct Caller {
    /// Where the command gets its keys.
    pub address: Address,
    first_keys: OwnedFd,
}

/// The helper's side.
#[derive(Debug)]
pub(crate) struct Helper {
    listener: TcpListener,
    token: Secret,
    command: Watched,
    first_keys: OwnedFd,
    ready: OwnedFd,
}

/// Starts the helper. This process must have no other thread.
///
/// # Errors
/// The system has no port, process, file or random number left.
pub(crate) fn start() -> Result<Started, Error> {
    let failed = |what| move |why| Error::NoHelper { what, why };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed("a port of 127.0.0.1"))?;
    let port = listener.local_addr().map_err(failed("a port of 127.0.0.1"))?.port();
    let token = random_token()?;
    let command = Watched::process(getpid()).map_err(failed("a way to watch a process"))?;
    // No program that is started gets it.
    let new_pipe = || -> Result<(OwnedFd, OwnedFd), Error> {
        let (reader, writer) = std::io::pipe().map_err(failed("a pipe"))?;
        Ok((reader.into(), writer.into()))
    };
    let (ready_reader, ready) = new_pipe()?;
    let (first_keys, first_keys_writer) = new_pipe()?;
    let side = {
        let keep = [Some(listener.as_fd()), command.file(), Some(first_keys.as_fd()), Some(ready.as_fd())];
        let keep: Vec<_> = keep.into_iter().flatten().collect();
        detach(&keep).map_err(failed("a process"))?
    };
    if side == Side::Detached {
        // They are closed already.
        std::mem::forget((ready_reader, first_keys_writer));
        return Ok(Started::Helper(Box::new(Helper { listener, token, command, first_keys, ready })));
    }
    drop((ready, first_keys, listener));
    // The helper writes its process id when it can serve, or ends.
    let mut id = [0; 4];
    match std::fs::File::from(ready_reader).read_exact(&mut id) {
        Ok(()) => {}
        Err(why) => return Err(Error::NoHelper { what: "a thread or a file", why }),
    }
    let helper = u32::from_ne_bytes(id);
    let address = Address { url: format!("http://127.0.0.1:{port}{}", server::KEYS), token, helper };
    Ok(Started::Caller(Caller { address, first_keys: first_keys_writer }))
}

/// A token of 32 random bytes, as hexadecimal digits.
fn random_token() -> Result<Secret, Error> {
    let mut bytes = Zeroizing::new([0; 32]);
    random(&mut *bytes)?;
    let mut text = secret_buffer(0);
    for byte in bytes.iter() {
        text.push_str(&format!("{byte:02x}"));
    }
    Ok(Secret::from(text))
}

fn random(bytes: &mut [u8]) -> Result<(), Error> {
    net::random::fill(bytes)
        .map_err(|_| Error::NoHelper { what: "a random number", why: io::ErrorKind::Unsupported.into() })
}

/// A random number that makes the renewals of many helpers fall apart.
fn jitter() -> u8 {
    let mut byte = [0];
    let _ = random(&mut byte);
    byte[0]
}

impl Caller {
    /// Gives the helper the first keys.
    ///
    /// # Errors
    /// The helper has ended.
    pub(crate) fn hand_over(self, acquired: &Acquired) -> Result<Address, Error> {
        let mut pipe = std::fs::File::from(self.first_keys);
        match pipe.write_all(&keys::message(acquired)) {
            Ok(()) => Ok(self.address),
            Err(why) => Err(Error::NoHelper { what: "the helper, which has ended", why }),
        }
    }
}

impl Helper {
    /// Serves keys until neither the command nor a process that it left running needs them. `env` and `args` are those of the
    /// caller, and renew the keys. `device` is the MFA device whose code they need.
    pub(crate) fn run(self, env: &Environment, args: &SessionArgs, device: Option<String>) -> ! {
        let Self { listener, token, command, first_keys, ready } = self;
        show(Renewing::Works);
        // The plan is dropped, and the texts of the files that the gate of messages has are not needed any more.
        redact::forget();
        let mut args = args.clone();
        // A code works once.
        args.mfa_token = None;
        let Ok(wake) = Wake::new() else { end() };
        let shared = Arc::new(Shared::new(wake));
        shared.lock().mfa_device = device;
        if server::start(listener, token.clone(), Arc::clone(&shared)).is_err() {
            end();
        }
        let default_name = host::default_session_name(env);
        if std::fs::File::from(ready).write_all(&std::process::id().to_ne_bytes()).is_err() {
            end();
        }
        let Some(FirstKeys { keys, mfa_session }) = read_first(first_keys) else { end() };
        let job = Job { env, args: &args, default_name: &default_name, identity: keys.identity.clone() };
        let is_code_needed = shared.lock().mfa_device.is_some();
        shared.change(|state| {
            state.code_needed_at = is_code_needed.then(|| until_code(mfa_session.as_ref(), &keys));
            state.keys = Some(keys);
            state.is_renewing = false;
        });
        thread::scope(|threads| {
            renew_while_running(&shared, &command, &job, mfa_session, threads);
            serve_the_rest(&shared, token.expose());
            // A renewal may still run.
            end();
        })
    }
}

/// What the name of the helper's process says, for prompts: `/proc/PID/comm` can be read without starting a process.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Renewing {
    Works,
    Fails,
}

/// Gives the process its name. Only the main thread can: the process has the name of that thread.
fn show(renewing: Renewing) {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_name(match renewing {
        Renewing::Works => c"assume-env-keys",
        Renewing::Fails => c"renewal-failed",
    });
    #[cfg(not(target_os = "linux"))]
    let _ = renewing;
}

/// Ends the helper. Its memory is given back without the destructors of the runtime.
fn end() -> ! {
    std::process::exit(0)
}

/// Waits for the first keys; `None` when the caller has none.
fn read_first(pipe: OwnedFd) -> Option<FirstKeys> {
    let mut message = Zeroizing::new(Vec::with_capacity(keys::LARGEST));
    std::fs::File::from(pipe).take(keys::LARGEST as u64).read_to_end(&mut message).ok()?;
    keys::read(&message, jitter())
}

/// When a code is needed: at the end of the MFA session, or without one at the end of the keys.
fn until_code(mfa_session: Option<&MfaSession>, keys: &keys::ServedKeys) -> i64 {
    let of_session = mfa_session.map(|session| session.expires.unix_timestamp());
    of_session.unwrap_or_else(|| keys.lifetime.expires(Moment::now()))
}

/// The outcome of an attempt, and who asked for it.
struct Attempt {
    outcome: Result<Renewed, Failure>,
    demand: Option<Demand>,
}

/// Renews the keys until the command ends.
fn renew_while_running<'scope, 'env>(
    shared: &'env Arc<Shared>,
    command: &Watched,
    job: &'env Job<'env>,
    mut mfa_session: Option<MfaSession>,
    threads: &'scope thread::Scope<'scope, 'env>,
) {
    let (done, attempts) = std::sync::mpsc::channel::<Attempt>();
    let mut failures = 0_u32;
    loop {
        if let Ok(Attempt { outcome, demand }) = attempts.try_recv() {
            let now = Moment::now();
            let failure = shared.change(|state| {
                state.is_renewing = false;
                state.is_hurried = false;
                state.attempted = Some(now);
                match outcome {
                    Ok(Renewed { keys, mfa_session: used }) => {
                        failures = 0;
                        mfa_session = used;
                        if state.mfa_device.is_some() {
                            state.code_needed_at = Some(until_code(mfa_session.as_ref(), &keys));
                        }
                        state.keys = Some(keys);
                        state.failure = None;
                        None
                    }
                    Err(mut failure) => {
                        failures = failures.saturating_add(1);
                        let before = state.failure.as_ref();
                        failure.since = before.map_or(failure.since, |before| before.since);
                        // Expired keys are never served, so they need not stay in memory.
                        if state.live_keys(now).is_none() {
                            state.keys = None;
                        }
                        state.failure = Some(failure.clone());
                        Some(failure)
                    }
                }
            });
            show(if failure.is_some() { Renewing::Fails } else { Renewing::Works });
            if let Some(demand) = demand {
                let _ = demand.answer.send(failure.map_or(Ok(()), Err));
            }
        }
        let now = Moment::now();
        let (attempt, wait) = shared.change(|state| next_attempt(state, now, failures));
        if let Some(mut demand) = attempt {
            let kept = mfa_session.clone();
            let (done, wake) = (done.clone(), Arc::clone(shared));
            let renew = move || {
                let code = demand.as_mut().and_then(|demand| demand.code.take());
                let outcome = renewal::renew(job, kept.as_ref(), code, jitter());
                drop(kept);
                let _ = done.send(Attempt { outcome, demand });
                wake.wake.up();
            };
            if thread::Builder::new().name("renew".into()).spawn_scoped(threads, renew).is_err() {
                // No thread is left: the next look tries again.
                shared.change(|state| state.is_renewing = false);
                failures = failures.saturating_add(1);
            }
        }
        if wait_for_command(command, shared, wait) {
            return;
        }
    }
}

/// The attempt to begin now, if one is due, with the demand that it answers; and how long to wait otherwise.
#[allow(clippy::option_option, reason = "whether an attempt begins, and whether a person asked for it")]
fn next_attempt(
    state: &mut crate::refresh::state::State,
    now: Moment,
    failures: u32,
) -> (Option<Option<Demand>>, Duration) {
    if state.is_renewing {
        return (None, LOOK);
    }
    let demand = state.demand.take();
    let until_due = state.keys.as_ref().map_or(0, |keys| keys.lifetime.until_due(now));
    let pause = match failures {
        0 => 0,
        count => LONGEST_WAIT.min(1_i64.checked_shl(count - 1).unwrap_or(LONGEST_WAIT).max(1)),
    };
    let until_tried = state.attempted.filter(|_| failures > 0).map_or(0, |at| pause - now.since(&at));
    let wait = until_due.max(until_tried);
    if demand.is_some() || state.is_hurried || wait <= 0 {
        state.is_renewing = true;
        return (Some(demand), LOOK);
    }
    (None, LOOK.min(Duration::from_secs(wait.unsigned_abs())))
}

/// Waits for the end of the command, for a wake-up, or for so long; whether the command has ended.
fn wait_for_command(command: &Watched, shared: &Shared, at_most: Duration) -> bool {
    let at_most = match command.file() {
        Some(_) => at_most,
        None => at_most.min(Duration::from_secs(1)),
    };
    let mut files = vec![PollFd::new(shared.wake.as_fd(), PollFlags::POLLIN)];
    files.extend(command.file().map(|file| PollFd::new(file, PollFlags::POLLIN)));
    let _ = poll(&mut files, PollTimeout::try_from(at_most).unwrap_or(PollTimeout::MAX));
    let is_readable = |file: &PollFd<'_>| file.any().unwrap_or(false);
    let has_ended = files.get(1).is_some_and(is_readable) || command.has_ended();
    if files.first().is_some_and(is_readable) {
        shared.wake.clear();
    }
    has_ended
}

/// After the end of the command: what it left running gets the last keys until they expire. Until no process has the token any
/// more, the port must not become free: another user could bind it and give other keys to those processes.
fn serve_the_rest(shared: &Shared, token: &str) {
    /// A pause between two searches, so that processes that end one after the other do not keep the machine busy.
    const PAUSE: Duration = Duration::from_millis(50);
    shared.change(|state| state.phase = Phase::Ended);
    // The folder of the command can be removed, and its file system unmounted.
    let _ = std::env::set_current_dir("/");
    loop {
        let holders = holders::holders_of(token);
        // A process can be missed while it is forked: the second search finds its child.
        if holders.is_empty() && holders::holders_of(token).is_empty() {
            return;
        }
        let left = shared.change(|state| {
            let left = state.live_keys(Moment::now()).map(|keys| keys.lifetime.left(Moment::now()));
            if left.is_none() {
                state.keys = None;
            }
            left
        });
        let at_most = left.map_or(Duration::MAX, |left| Duration::from_secs(left.unsigned_abs()));
        holders::wait_for_end(&holders, at_most);
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_32_random_bytes_and_no_debug_form() {
        let one = random_token().unwrap();
        assert!(one.expose().len() == 64 && one.expose().bytes().all(|b| b.is_ascii_hexdigit()));
        assert_ne!(one, random_token().unwrap());
        let address = Address { url: String::new(), token: one.clone(), helper: 1 };
        assert!(!format!("{address:?}").contains(one.expose()));
    }
}
