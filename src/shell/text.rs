//! Pieces of the texts that dialects write.

use zeroize::Zeroizing;

use crate::common::credentials::secret_buffer;
use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::error::Unfit;

/// The names that are unset and the pairs that are set, in the order of the list.
pub(super) fn split(changes: &[EnvChange]) -> (Vec<&str>, Vec<(&str, &str)>) {
    let mut unset = Vec::new();
    let mut set = Vec::new();
    for change in changes {
        match change {
            EnvChange::Unset(name) => unset.push(&**name),
            EnvChange::Set(name, value) => set.push((&**name, value.expose())),
        }
    }
    (unset, set)
}

/// A buffer that is large enough for a text with these changes: a buffer that grows would leave copies of
/// secrets.
pub(super) fn buffer(changes: &[EnvChange], mfa_session: MfaSessionUpdate<'_>) -> Zeroizing<String> {
    let values: usize = split(changes).1.iter().map(|(_, value)| value.len()).sum();
    secret_buffer(values + mfa_session.value().map_or(0, str::len))
}

/// A text between the two marks of an answer, in a buffer that does not grow.
pub(super) fn framed(begin: &str, text: &str, end: &str) -> Zeroizing<String> {
    let mut framed = secret_buffer(begin.len() + text.len() + end.len());
    [begin, text, end].into_iter().for_each(|part| framed.push_str(part));
    framed
}

/// Replaces the blank after the last statement by a line break.
pub(super) fn end_line(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

/// For a dialect that can hold every value.
pub(super) fn always_fits(_value: &str) -> Option<Unfit> {
    None
}

/// The failing statement of a dialect that has none.
pub(super) fn no_failure(_status: u8) -> String {
    String::new()
}
