//! What the threads of the helper share: the keys, the last failure, and what the server asks of the main thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::common::credentials::Secret;
use crate::refresh::keys::ServedKeys;
use crate::refresh::lifetime::Moment;
use crate::refresh::wake::Wake;

/// The least time between two attempts that requests cause, in seconds.
const BETWEEN_HURRIED: i64 = 5;

/// Why the last renewal failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// Whether a person must do something first. Otherwise another attempt can succeed.
    pub needs_person: bool,
    /// What failed and what to do, without a line break. Never a secret.
    pub message: String,
    /// The first failure since the last success, in epoch seconds.
    pub since: i64,
}

/// Whether the command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The keys are renewed.
    Running,
    /// The command has ended; what it left running gets the last keys until they expire.
    Ended,
}

/// A renewal that `assume-env --renew` asks for.
pub(super) struct Demand {
    /// The MFA code, if one was typed.
    pub code: Option<Secret>,
    /// Gets the outcome.
    pub answer: oneshot::Sender<Result<(), Failure>>,
}

/// The state.
pub(super) struct State {
    /// The keys; `None` before the first and after the last ones.
    pub keys: Option<ServedKeys>,
    /// Whether the command runs.
    pub phase: Phase,
    /// The failure of the last attempt, if it failed.
    pub failure: Option<Failure>,
    /// The end of the last attempt.
    pub attempted: Option<Moment>,
    /// Whether an attempt is running.
    pub is_renewing: bool,
    /// Whether a request waits for keys.
    pub is_hurried: bool,
    /// A renewal that a person asks for.
    pub demand: Option<Demand>,
    /// The MFA device whose code is asked for by `assume-env --renew`, if there is one.
    pub mfa_device: Option<String>,
    /// When a code will be needed, in epoch seconds, if that is known.
    pub code_needed_at: Option<i64>,
}

/// The state and the means to wait for its changes.
pub(super) struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<()>,
    /// Ends the wait of the main thread.
    pub wake: Wake,
}

impl Shared {
    /// The state before the first keys.
    pub(super) fn new(wake: Wake) -> Self {
        let state = State {
            keys: None,
            phase: Phase::Running,
            failure: None,
            attempted: None,
            is_renewing: true,
            is_hurried: false,
            demand: None,
            mfa_device: None,
            code_needed_at: None,
        };
        Self { state: Mutex::new(state), changes: watch::Sender::new(()), wake }
    }

    /// The state, for a short time.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and ends the waits for a change.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.lock());
        self.changes.send_replace(());
        done
    }

    /// A receiver of all changes from now on.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

impl State {
    /// The keys, if they have not expired.
    pub(super) fn live_keys(&self, now: Moment) -> Option<&ServedKeys> {
        self.keys.as_ref().filter(|keys| keys.lifetime.left(now) > 0)
    }

    /// Whether a request may cause an attempt now.
    pub(super) fn may_hurry(&self, now: Moment) -> bool {
        self.attempted.is_none_or(|attempted| now.since(&attempted) >= BETWEEN_HURRIED)
    }
}
