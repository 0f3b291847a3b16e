//! The search: secrets as they are, in base64 and URL-encoded, in everything that a [`Trace`] shows; and where they may be.

use std::collections::BTreeMap;

use super::trace::{Call, MESSAGES, Trace};
use crate::blackbox::harness::SECRET;

/// What every secret access key and every token of these tests has in it: that of the user, those that the servers make, at
/// their beginning and in the middle.
pub const SECRETS: [&str; 4] = [SECRET, "TEST/secret+", "TEST//token+", "EXAMPLE/Session+Token="];

/// Where a secret was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The standard output of the program: the one text.
    Text,
    /// A pipe between the parts of a shell, or out of a helper program.
    Pipe,
    /// The unlinked file in memory by which ksh93 takes over a program's output.
    KshMemory,
    /// The environment of a command that was started.
    Environment,
    /// A connection to 127.0.0.1 without TLS.
    PlainHttp,
    /// The AWS CLI's token file, or the one that takes its place.
    TokenFile,
    /// Any other file, a name, memory that others share.
    File,
    /// The arguments of a command.
    Argument,
    /// A terminal, or standard error.
    Message,
    /// Anything else.
    Elsewhere,
}

/// How often a secret was seen in which place, and how much was looked through.
#[derive(Default)]
pub struct Hits {
    pub places: BTreeMap<Place, Vec<String>>,
    pub bytes: usize,
}

impl Hits {
    /// Secrets are in these places and in no other.
    #[track_caller]
    pub fn only_in(&self, allowed: &[Place]) -> &Self {
        for (place, hits) in &self.places {
            assert!(allowed.contains(place), "a secret in {place:?}: {hits:#?}");
        }
        self
    }

    /// How often one was seen in a place.
    pub fn count(&self, place: Place) -> usize {
        self.places.get(&place).map_or(0, Vec::len)
    }
}

/// Looks for secrets everywhere in a trace.
pub fn search(trace: &Trace, secrets: &[&str]) -> Hits {
    let needles = Needles::new(secrets);
    let mut hits = Hits::default();
    // A text that was written in pieces is looked through as a whole.
    let mut streams: BTreeMap<(String, bool), Vec<u8>> = BTreeMap::new();
    for call in &trace.calls {
        let bytes = call.texts.concat();
        hits.bytes += bytes.len() + call.environment.iter().map(Vec::len).sum::<usize>();
        if call.writes() {
            let stream = streams.entry((call.target.clone(), is_own(call))).or_default();
            let from = stream.len().saturating_sub(Needles::LONGEST);
            stream.extend_from_slice(&bytes);
            let old = stream.len() - bytes.len();
            let across = needles.are_in(&stream[from..]) && !needles.are_in(&stream[from..old]);
            if needles.are_in(&bytes) || across {
                hits.places.entry(place_of(call)).or_default().push(told(call));
            }
        } else if needles.are_in(&bytes) {
            let place = match &*call.name {
                "execve" | "execveat" => Place::Argument,
                _ => Place::File,
            };
            hits.places.entry(place).or_default().push(told(call));
        }
        if call.environment.iter().any(|variable| needles.are_in(variable)) {
            hits.places.entry(Place::Environment).or_default().push(told(call));
        }
    }
    hits
}

fn is_own(call: &Call) -> bool {
    call.program == "assume-env"
}

fn told(call: &Call) -> String {
    format!("{} of {} (pid {}) on {} {}", call.name, call.program, call.pid, call.target, call.rest)
}

fn place_of(call: &Call) -> Place {
    let to = &*call.target;
    if call.rest.starts_with("2<")
        || to.ends_with(MESSAGES)
        || to.starts_with("/dev/pts/")
        || to.starts_with("/dev/tty")
    {
        Place::Message
    } else if to.starts_with("pipe:") {
        if is_own(call) && call.rest.starts_with("1<") { Place::Text } else { Place::Pipe }
    } else if to.starts_with("TCP:") && to.contains("->127.0.0.1:") {
        Place::PlainHttp
    } else if to.contains("/.aws/sso/cache/") {
        Place::TokenFile
    } else if to.starts_with("/dev/shm/") && is_own(call) && call.rest.starts_with("1<") {
        Place::KshMemory
    } else if to.starts_with('/') {
        Place::File
    } else {
        Place::Elsewhere
    }
}

/// What is looked for.
pub struct Needles {
    raw: Vec<Vec<u8>>,
}

impl Needles {
    /// Longer than any of them is in any form.
    const LONGEST: usize = 256;

    pub fn new(secrets: &[&str]) -> Self {
        let mut raw = Vec::new();
        for secret in secrets {
            raw.push(secret.as_bytes().to_vec());
            raw.extend(in_base64(secret.as_bytes()));
        }
        Self { raw }
    }

    /// Whether one of them stands there, in any form.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        let has = |bytes: &[u8]| self.raw.iter().any(|needle| contains(bytes, needle));
        has(bytes) || (bytes.contains(&b'%') && has(&without_percents(bytes)))
    }
}

pub fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        if rest[at..].starts_with(needle) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// The middle of a text in base64, as it is when none, one or two bytes stand before it.
fn in_base64(text: &[u8]) -> Vec<Vec<u8>> {
    (0..3)
        .flat_map(|before| {
            let padded = [&b"\0\0"[..before], text].concat();
            // Whole groups of three bytes that belong to the text alone.
            let first = before.div_ceil(3) * 4;
            let last = padded.len() / 3 * 4;
            let plain = base64_simd::STANDARD.encode_to_string(&padded).as_bytes()[first..last].to_vec();
            let for_urls = plain.iter().map(|b| match b {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            });
            [for_urls.collect(), plain]
        })
        .collect()
}

/// Undoes `%XX`.
fn without_percents(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, more)) = rest.split_first() {
        let digits = more.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                rest = &more[2..];
            }
            None => {
                plain.push(*first);
                rest = more;
            }
        }
    }
    plain
}

#[test]
fn a_secret_is_found_in_every_form() {
    let needles = Needles::new(&SECRETS);
    let secret = "x TEST/secret+00000000000000000001/KEY+ab=";
    assert!(needles.are_in(secret.as_bytes()));
    for before in ["", "a", "ab", "abc"] {
        let text = format!("{before}{}", &secret[2..]);
        assert!(needles.are_in(base64_simd::STANDARD.encode_to_string(&text).as_bytes()), "{before}");
        assert!(needles.are_in(base64_simd::URL_SAFE.encode_to_string(&text).as_bytes()), "{before}");
    }
    assert!(needles.are_in(b"TOKEN=TEST%2F%2Ftoken%2B") && needles.are_in(b"TEST%2f/token%2b"));
    assert!(!needles.are_in(b"ASIATEST000000000001 %2F% secret"));
}
