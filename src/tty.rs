//! What is said on standard error: messages, the summary, the line that explains a wait. Never a secret, and no byte that
//! would steer a terminal.

use std::fmt::Write as _;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Serialize;

use crate::signals::{WAIT_LINE, WIPE};

/// How long a wait may last before it is explained.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a person reads standard error.
pub fn is_read() -> bool {
    std::io::stderr().is_terminal()
}

/// Writes a message, each of its lines cleaned. A standard error that is gone is nobody's to tell.
pub fn say(message: &str) {
    let _ = std::io::stderr().write_all(clean_text(message).as_bytes());
}

/// Control characters, which a hostile name or answer could steer the terminal with, are shown as `\x1b` and the like; so
/// are the marks that turn the direction of text around.
pub fn clean(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        if steers(c) {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

/// A document for a program that may end up on a terminal all the same: what [`clean`] would show is written by its number, which
/// is the same to whoever reads JSON.
pub fn json(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    if !text.chars().any(|c| c != '\n' && steers(c)) {
        return text;
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && steers(c) {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Whether a character would do something to a terminal instead of being shown.
fn steers(c: char) -> bool {
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A text of several lines, each of them cleaned.
pub fn clean_text(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", clean(line))).collect()
}

/// Awaits something. When it takes longer than a second, says on the terminal what is waited for, and wipes that afterwards.
pub async fn patiently<T>(quiet: bool, waiting_for: &str, work: impl Future<Output = T>) -> T {
    if quiet || !is_read() {
        return work.await;
    }
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    WAIT_LINE.store(true, Ordering::Relaxed);
    let _ = write!(std::io::stderr(), "assume-env: waiting for {} …", clean(waiting_for));
    let done = work.await;
    let _ = write!(std::io::stderr(), "{WIPE}");
    WAIT_LINE.store(false, Ordering::Relaxed);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\rc\u{9b}d\u{202e}e\u{61c}"), r"a\u{1b}[31mb\rc\u{9b}d\u{202e}e\u{61c}");
        assert_eq!(clean("Jürgen's é"), "Jürgen's é");
    }

    #[test]
    fn a_document_steers_no_terminal_and_says_the_same() {
        let text = "a\u{1b}[31m\u{7f}b\r\u{9b}d\u{202e}e\u{2028}é\n";
        let json = json(&[text]);
        assert!(json.chars().all(|c| c == '\n' || !steers(c)), "{json:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}
