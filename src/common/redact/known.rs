//! The secrets of this process, as fingerprints.
//!
//! A fingerprint is a number over 16 characters. Those of a secret begin at every fourth character, and the last
//! one ends with the secret: so a part of 19 characters contains a whole one. A shorter secret has one fingerprint,
//! and is found only as a word, because its characters can be a part of any text. No fingerprint is ever printed.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::common::redact::forms::Form;

/// The length of what a fingerprint covers, in bytes.
const WINDOW: usize = 16;
/// The same in base64. In hexadecimal it is longer, and of the same letters.
const WINDOW_IN_BASE64: usize = (WINDOW * 4).div_ceil(3);
/// The distance between the beginnings of two fingerprints, in bytes.
const STEP: usize = 4;
/// The shortest secret that is searched for, in bytes: an MFA code.
const SHORTEST: usize = 6;

/// Learns secrets when the first message is printed.
type Later = Box<dyn FnOnce() + Send>;

struct Registry {
    /// What is known, from the first secret on. A search keeps what was known when it began.
    known: Option<Arc<Known>>,
    later: Vec<Later>,
}

impl Registry {
    const fn new() -> Self {
        Self { known: None, later: Vec::new() }
    }

    fn known(&mut self) -> &mut Known {
        Arc::make_mut(self.known.get_or_insert_default())
    }
}

#[cfg(not(test))]
static REGISTRY: Mutex<Registry> = Mutex::new(Registry::new());

/// Runs `work` with the registry. `work` must be short and must not panic: a panic prints a message, which needs
/// the registry.
#[cfg(not(test))]
fn with_registry<T>(work: impl FnOnce(MutexGuard<'_, Registry>) -> T) -> T {
    work(REGISTRY.lock().unwrap_or_else(PoisonError::into_inner))
}

// The tests run in one process, and the secrets of one must not change the messages of another.
#[cfg(test)]
fn with_registry<T>(work: impl FnOnce(MutexGuard<'_, Registry>) -> T) -> T {
    thread_local! {
        static REGISTRY: Mutex<Registry> = const { Mutex::new(Registry::new()) };
    }
    REGISTRY.with(|registry| work(registry.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// From now on, no message shows this text. Blanks in it do not count.
pub(crate) fn learn(secret: &str) {
    let bytes = secret.as_bytes();
    if bytes.len() < SHORTEST {
        return;
    }
    match bytes.iter().any(u8::is_ascii_whitespace) {
        true => {
            let mut joined = Zeroizing::new(Vec::with_capacity(bytes.len()));
            joined.extend(bytes.iter().filter(|byte| !byte.is_ascii_whitespace()));
            learn_joined(&joined);
        }
        false => learn_joined(bytes),
    }
}

fn learn_joined(secret: &[u8]) {
    let Some(last) = secret.len().checked_sub(WINDOW) else {
        if secret.len() >= SHORTEST {
            with_registry(|mut registry| registry.known().words.insert((secret.len(), fingerprint(secret))));
        }
        return;
    };
    with_registry(|mut registry| {
        let known = registry.known();
        (0..last).step_by(STEP).for_each(|at| known.add_window(&secret[at..at + WINDOW]));
        known.add_window(&secret[last..]);
    });
}

/// Runs `work`, which must call [`learn`], before the next message is printed. Most runs print none.
pub(crate) fn learn_later(work: impl FnOnce() + Send + 'static) {
    with_registry(|mut registry| registry.later.push(Box::new(work)));
}

/// Drops what is known: the process ends, or becomes another program. The allocator of the program wipes all memory
/// that it gets back.
pub(crate) fn forget() {
    let forgotten =
        with_registry(|mut registry| (registry.known.take(), std::mem::take(&mut registry.later)));
    drop(forgotten);
}

/// Everything that is known now.
pub(super) fn snapshot() -> Arc<Known> {
    for learn in with_registry(|mut registry| std::mem::take(&mut registry.later)) {
        learn();
    }
    with_registry(|registry| registry.known.clone()).unwrap_or_default()
}

/// The number of bits of the filter.
const FILTER: usize = 1 << 16;

/// The place of a fingerprint in the filter.
fn filter_bit(fingerprint: u64) -> (usize, u64) {
    let bit = (fingerprint as usize) % FILTER;
    (bit / 64, 1 << (bit % 64))
}

/// What is known, ready to be searched for.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// The fingerprints of secrets of [`WINDOW`] bytes and more.
    windows: BTreeSet<u64>,
    /// The lengths and fingerprints of shorter secrets.
    words: BTreeSet<(usize, u64)>,
    /// A bit for each fingerprint in `windows`: most texts contain none, and a look here is fast.
    filter: Vec<u64>,
}

impl Known {
    fn add_window(&mut self, window: &[u8]) {
        let fingerprint = fingerprint(window);
        if self.filter.is_empty() {
            self.filter = vec![0; FILTER / 64];
        }
        let (at, bit) = filter_bit(fingerprint);
        self.filter[at] |= bit;
        self.windows.insert(fingerprint);
    }

    /// Adds the ranges of the text that have a secret: plain, in base64, in hexadecimal.
    pub(super) fn search(&self, form: &Form, found: &mut Vec<Range<usize>>) {
        if !self.may_be_in(form.bytes()) {
            return;
        }
        let form = form.without_blanks();
        self.search_plain(&form, found);
        // Sorted, so the first is the shortest.
        let shortest = self.words.first().map_or(WINDOW, |(length, _)| *length);
        form.for_each_in_base64(shortest, |decoded| self.search_plain(decoded, found));
        form.for_each_in_hex(shortest, |decoded| self.search_plain(decoded, found));
    }

    /// Whether a search can find something. A first look without the places of the bytes: most texts are long, and
    /// have neither a secret nor a long run of letters that could be one in base64 or hexadecimal.
    fn may_be_in(&self, text: &[u8]) -> bool {
        if !self.words.is_empty() || self.windows.is_empty() {
            return !self.words.is_empty();
        }
        let mut joined = Vec::with_capacity(text.len());
        joined.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
        let mut run = 0;
        let has_run = joined.iter().any(|byte| {
            run = if is_in_base64(*byte) { run + 1 } else { 0 };
            run == WINDOW_IN_BASE64
        });
        has_run || joined.windows(WINDOW).any(|window| self.has_window(fingerprint(window)))
    }

    fn search_plain(&self, form: &Form, found: &mut Vec<Range<usize>>) {
        let bytes = form.bytes();
        for (at, window) in bytes.windows(WINDOW).enumerate() {
            if self.has_window(fingerprint(window)) {
                found.push(form.range(at..at + WINDOW));
            }
        }
        let mut next = self.words.first().map(|(length, _)| *length);
        while let Some(length) = next {
            for (at, word) in bytes.windows(length).enumerate() {
                if self.words.contains(&(length, fingerprint(word))) && form.is_word(at..at + length) {
                    found.push(form.range(at..at + length));
                }
            }
            next = self.words.range((length + 1, 0)..).next().map(|(length, _)| *length);
        }
    }

    fn has_window(&self, fingerprint: u64) -> bool {
        let (at, bit) = filter_bit(fingerprint);
        self.filter.get(at).is_some_and(|bits| bits & bit != 0) && self.windows.contains(&fingerprint)
    }
}

/// Whether a byte is a letter of base64, of RFC 4648 or for URLs.
fn is_in_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// A number over at most [`WINDOW`] bytes. The constants are large odd numbers, which spread the bits.
fn fingerprint(bytes: &[u8]) -> u64 {
    let half = |bytes: &[u8]| match bytes.try_into() {
        Ok(all) => u64::from_le_bytes(all),
        Err(_) => bytes.iter().fold(bytes.len() as u64, |number, byte| number << 8 | u64::from(*byte)),
    };
    let (first, second) = bytes.split_at(bytes.len().min(WINDOW / 2));
    let number = half(first).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31) ^ half(second);
    let number = number.wrapping_mul(0xd6e8_feb8_6659_fd93);
    number ^ number >> 32
}
