//! The secrets of this process, as fingerprints.
//!
//! A fingerprint is a number over 16 characters. Those of a secret begin at every fourth character, and the last
//! one ends with the secret: so a part of 19 characters contains a whole one. A shorter secret has one fingerprint,
//! and is found only as a word, because its characters can be a part of any text. No fingerprint is ever printed.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::common::redact::bytes::{self, BASE64, HEX, for_each_run};
use crate::common::redact::forms::{Form, LETTERS_OF_EIGHT, can_be_base64, eight_in_base64};

/// The length of what a fingerprint covers, in bytes.
const WINDOW: usize = 16;
/// The same in base64 and in hexadecimal.
const WINDOW_IN_BASE64: usize = (WINDOW * 4).div_ceil(3);
const WINDOW_IN_HEX: usize = WINDOW * 2;
/// The distance between the beginnings of two fingerprints, in bytes.
const STEP: usize = 4;
/// The length of a piece, and the distance between the places of a text where it is looked for, in bytes. A text of
/// [`WINDOW`] bytes has a whole piece at one of these places.
const PIECE: usize = 8;
/// The same distance in base64: three groups of four letters, for each of the four letters with which a group begins.
const PIECE_IN_BASE64: usize = 12;
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
        let windows = (0..last).step_by(STEP).chain([last]).map(|at| &secret[at..at + WINDOW]);
        known.windows.extend(windows.map(fingerprint));
        known.pieces.reserve(secret.len());
        known.pieces.extend(secret.array_windows().map(piece));
        secret.iter().for_each(|byte| known.add_byte(*byte));
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
    let known = with_registry(|mut registry| {
        let known = registry.known.as_mut()?;
        if !known.is_ready() {
            Arc::make_mut(known).make_ready();
        }
        Some(Arc::clone(known))
    });
    known.unwrap_or_default()
}

/// What is known, ready to be searched for.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// The fingerprints of secrets of [`WINDOW`] bytes and more.
    windows: Vec<u64>,
    /// The hashes of all their pieces.
    pieces: Vec<u32>,
    /// A bit for each byte that is in a secret.
    bytes: [u64; 4],
    /// The lengths and fingerprints of shorter secrets.
    words: BTreeSet<(usize, u64)>,
    /// A bit for each hash in `pieces`: most places of a text have none, and a look here is fast.
    filter: Vec<u64>,
    /// How many windows are sorted, and have their pieces in the filter.
    ready: usize,
}

impl Known {
    fn is_ready(&self) -> bool {
        self.ready == self.windows.len()
    }

    /// Sorts what was learnt, for the searches.
    fn make_ready(&mut self) {
        self.windows.sort_unstable();
        self.windows.dedup();
        self.pieces.sort_unstable();
        self.pieces.dedup();
        self.ready = self.windows.len();
        // At most one bit of 32 is set.
        let size = (self.pieces.len() / 2).next_power_of_two().max(1);
        self.filter.clear();
        self.filter.resize(size, 0);
        for piece in &self.pieces {
            let (at, bit) = filter_bit(*piece, size);
            self.filter[at] |= bit;
        }
    }

    /// Adds the ranges of the text that have a secret: plain, in base64, in hexadecimal. `joined` is memory that can be
    /// used again for each text.
    pub(super) fn search(&self, form: &Form<'_>, joined: &mut Vec<u8>, found: &mut Vec<Range<usize>>) {
        if !self.may_be_in(form.bytes(), joined) {
            return;
        }
        let form = form.without_blanks();
        self.search_plain(&form, found);
        // Sorted, so the first is the shortest.
        let shortest = self.words.first().map_or(WINDOW, |(length, _)| *length);
        form.for_each_in_base64(shortest, |decoded| self.search_plain(decoded, found));
        form.for_each_in_hex(shortest, |decoded| self.search_plain(decoded, found));
    }

    /// Whether a search can find something. A first look, without the place of each byte.
    fn may_be_in(&self, text: &[u8], joined: &mut Vec<u8>) -> bool {
        if !self.words.is_empty() || self.windows.is_empty() {
            return !self.words.is_empty();
        }
        // Blanks can be inside a secret only between two bytes of one.
        let can_be = self.has_control() || bytes::has_gap(text, |byte| self.has_byte(byte));
        let joined = match can_be {
            true => {
                bytes::join(text, joined);
                joined
            }
            false => text,
        };
        let (pieces, _) = joined.as_chunks::<PIECE>();
        let mut has = pieces.iter().any(|bytes| self.has_piece(bytes));
        for_each_run(joined, BASE64, WINDOW_IN_BASE64, |run| {
            let run = &joined[run];
            has = has || can_be_base64(run) && self.has_piece_in_base64(run);
            // Few texts have a run of this length.
            for_each_run(run, HEX, WINDOW_IN_HEX, |_| has = true);
        });
        has
    }

    fn add_byte(&mut self, byte: u8) {
        self.bytes[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    /// Whether a secret can have this byte, also one in base64 or hexadecimal.
    fn has_byte(&self, byte: u8) -> bool {
        bytes::kinds(byte) & BASE64 != 0 || self.bytes[usize::from(byte >> 6)] & 1 << (byte & 63) != 0
    }

    /// Whether a secret has a control character.
    fn has_control(&self) -> bool {
        self.bytes[0] & ((1 << b' ') - 1) != 0
    }

    /// Whether a run of base64 has a piece. A window covers nine places where a piece can begin, three of which are
    /// the beginning of a group, for the group that it is encoded with.
    fn has_piece_in_base64(&self, run: &[u8]) -> bool {
        let places = run.array_windows::<LETTERS_OF_EIGHT>().enumerate();
        places
            .filter(|(at, _)| at % PIECE_IN_BASE64 < 4)
            .any(|(_, letters)| self.has_piece(&eight_in_base64(letters)))
    }

    fn has_piece(&self, bytes: &[u8; PIECE]) -> bool {
        let piece = piece(bytes);
        let (at, bit) = filter_bit(piece, self.filter.len());
        self.filter[at] & bit != 0 && self.pieces.binary_search(&piece).is_ok()
    }

    fn search_plain(&self, form: &Form<'_>, found: &mut Vec<Range<usize>>) {
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
        self.windows.binary_search(&fingerprint).is_ok()
    }
}

/// A hash of a piece. It has half the bits, so that it does not tell the piece.
fn piece(bytes: &[u8; PIECE]) -> u32 {
    (u64::from_le_bytes(*bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// The place of a piece in a filter of this length, which is a power of two.
fn filter_bit(piece: u32, length: usize) -> (usize, u64) {
    (piece as usize >> 6 & (length - 1), 1 << (piece & 63))
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
