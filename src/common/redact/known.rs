//! The secrets of this process, as fingerprints.
//!
//! A fingerprint is a number over 16 characters. Those of a secret begin at every fourth character, and the last
//! one ends with the secret: so a part of 19 characters contains a whole one. A shorter secret has one fingerprint,
//! and is found only as a word, because its characters can be a part of any text. No fingerprint is ever printed.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::{Zeroize as _, Zeroizing};

use crate::common::redact::forms::Form;

/// The length of what a fingerprint covers, in bytes.
const WINDOW: usize = 16;
/// The distance between the beginnings of two fingerprints, in bytes.
const STEP: usize = 4;
/// The shortest secret that is searched for, in bytes: an MFA code.
const SHORTEST: usize = 6;

/// Learns secrets when the first message is printed.
type Later = Box<dyn FnOnce() + Send>;

struct Registry {
    /// The fingerprints of secrets of [`WINDOW`] bytes and more.
    windows: Vec<u64>,
    /// The lengths and fingerprints of shorter secrets.
    words: Vec<(usize, u64)>,
    later: Vec<Later>,
}

impl Registry {
    const fn new() -> Self {
        Self { windows: Vec::new(), words: Vec::new(), later: Vec::new() }
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
            with_registry(|mut registry| registry.words.push((secret.len(), fingerprint(secret))));
        }
        return;
    };
    with_registry(|mut registry| {
        registry.windows.reserve(last / STEP + 2);
        registry.windows.extend((0..last).step_by(STEP).map(|at| fingerprint(&secret[at..at + WINDOW])));
        registry.windows.push(fingerprint(&secret[last..]));
    });
}

/// Runs `work`, which must call [`learn`], before the next message is printed. Most runs print none.
pub(crate) fn learn_later(work: impl FnOnce() + Send + 'static) {
    with_registry(|mut registry| registry.later.push(Box::new(work)));
}

/// Wipes what is known: the process ends, or becomes another program.
pub(crate) fn forget() {
    let later = with_registry(|mut registry| {
        registry.windows.zeroize();
        registry.words.zeroize();
        std::mem::take(&mut registry.later)
    });
    drop(later);
}

/// Everything that is known now, sorted.
pub(super) fn snapshot() -> Known {
    for learn in with_registry(|mut registry| std::mem::take(&mut registry.later)) {
        learn();
    }
    let mut known = with_registry(|registry| Known {
        windows: registry.windows.clone(),
        words: registry.words.clone(),
        filter: Vec::new(),
    });
    known.windows.sort_unstable();
    known.words.sort_unstable();
    known.words.dedup();
    known.filter = vec![0; FILTER / 64];
    for window in &known.windows {
        let (at, bit) = filter_bit(*window);
        known.filter[at] |= bit;
    }
    known
}

/// The number of bits of the filter.
const FILTER: usize = 1 << 16;

/// The place of a fingerprint in the filter.
fn filter_bit(fingerprint: u64) -> (usize, u64) {
    let bit = (fingerprint as usize) % FILTER;
    (bit / 64, 1 << (bit % 64))
}

/// What is known, ready to be searched for.
pub(super) struct Known {
    windows: Vec<u64>,
    words: Vec<(usize, u64)>,
    /// A bit for each fingerprint: most texts contain none, and a look here is fast.
    filter: Vec<u64>,
}

impl Known {
    /// Adds the ranges of the text that have a secret: as it is, in base64, in hexadecimal.
    pub(super) fn search(&self, form: &Form, found: &mut Vec<Range<usize>>) {
        if self.windows.is_empty() && self.words.is_empty() {
            return;
        }
        let form = form.without_blanks();
        self.search_plain(&form, found);
        // Sorted, so the first is the shortest.
        let shortest = self.words.first().map_or(WINDOW, |(length, _)| *length);
        form.for_each_in_base64(shortest, |decoded| self.search_plain(decoded, found));
        form.for_each_in_hex(shortest, |decoded| self.search_plain(decoded, found));
    }

    fn search_plain(&self, form: &Form, found: &mut Vec<Range<usize>>) {
        let bytes = form.bytes();
        for (at, window) in bytes.windows(WINDOW).enumerate() {
            if self.has_window(fingerprint(window)) {
                found.push(form.range(at..at + WINDOW));
            }
        }
        let mut words = &self.words[..];
        while let Some((length, _)) = words.first() {
            let (same, others) = words.split_at(words.partition_point(|(other, _)| other == length));
            for (at, word) in bytes.windows(*length).enumerate() {
                let print = fingerprint(word);
                if same.iter().any(|(_, known)| *known == print) && form.is_word(at..at + length) {
                    found.push(form.range(at..at + length));
                }
            }
            words = others;
        }
    }

    fn has_window(&self, fingerprint: u64) -> bool {
        let (at, bit) = filter_bit(fingerprint);
        self.filter[at] & bit != 0 && self.windows.binary_search(&fingerprint).is_ok()
    }
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
