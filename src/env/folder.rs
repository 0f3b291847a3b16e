//! The values that direnv set for a folder and that a session replaced. When the user has left that folder, direnv has taken
//! them back, and they must not be restored.
//!
//! A session unsets `AWS_PROFILE`, so the variable alone does not show that direnv has unset it too. direnv keeps
//! what it changed in `DIRENV_DIFF`: JSON with the members `p` (the values before) and `n` (the new ones), compressed
//! by zlib, in base64 for URLs (direnv 2, `gzenv/gzenv.go`). A session keeps a label (`ASSUME_ENV_FOLDER`): 16 hex
//! digits over that text, and the names whose values came from there.

use serde_json::Value;

use crate::common::session_policy::fingerprint_of;
use crate::env::restore::Restore;

/// The variable in which direnv keeps what it changed.
pub(super) const DIFF: &str = "DIRENV_DIFF";

/// The longest JSON that is read, in bytes: far longer than an environment can be.
const LIMIT: usize = 4 * 1024 * 1024;

/// The label for the replaced values that direnv set; `None` if it set none of them, or if its text is of an unknown form.
pub(super) fn label(diff: Option<&str>, replaced: &Restore) -> Option<String> {
    let diff = diff?;
    let set = read(diff)?;
    let names = replaced.entries().filter(|(name, value)| set[&***name] == *value);
    let names: Vec<&str> = names.map(|(name, _)| &**name).collect();
    (!names.is_empty()).then(|| format!("{},{}", fingerprint_of(diff), names.join(",")))
}

/// The names in a label, if direnv has taken their values back since: what it set now is not what it set then.
pub(super) fn taken_back(label: Option<&str>, diff: Option<&str>) -> Vec<String> {
    let Some((of_label, names)) = label.and_then(|label| label.split_once(',')) else { return Vec::new() };
    if diff.map(fingerprint_of).as_deref() == Some(of_label) {
        return Vec::new();
    }
    names.split(',').map(str::to_owned).collect()
}

/// The variables that direnv set, as an object of JSON.
fn read(diff: &str) -> Option<Value> {
    let packed = base64_simd::URL_SAFE.decode_to_vec(diff).ok()?;
    let json = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&packed, LIMIT).ok()?;
    Some(serde_json::from_slice::<Value>(&json).ok()?.get_mut("n")?.take())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What direnv 2.32.1 sets for `export AWS_PROFILE=dev AWS_REGION=eu-west-3` in /tmp/hx/proj.
    const REAL: &str = "eJxMzMvumkAcxfF3-a2dolguZTfAcAsCBRXjZmIRpSgIM1w1vnvTpon_7fmefF7QgPZ6L6AG7QU4TWgUh5brE9DgnA-w-LfFxHbDADTIezTmvENrWIDpxiTYU9ONQQMkdFUjFJPQsEf5if-lr1H4ltcDyz6fFG8NhyR_dW_ePG9WOCX4Jw4M5ekzaSfjXVP3B6-Xg9-jUxUTk09JmXr8pOQjXtPRHRS6dNasqFNsKl0VosymKyLSObR6gvcSk3tecaNw7t3EvYJdpX0bXbiZiNJFNQdEDuZFT-UqNib5WIn6qXpOoWT5bTC3w3QefxS_-E1B0eM6Z4WymrNHF26DY7uxu6WqI_ta-m6pq1zcpQkTs_u2_Y4oxhhTqg4rsong_f4TAAD__9XEc10=";

    fn replaced(text: &str) -> Restore {
        Restore::parse(text).unwrap()
    }

    #[test]
    fn the_values_of_a_folder_are_taken_back_when_it_is_left() {
        let label = label(Some(REAL), &replaced("1,AWS_PROFILE=dev,AWS_REGION=eu-west-1")).unwrap();
        assert_eq!(label.split_once(',').unwrap().1, "AWS_PROFILE", "the region is of the user");
        assert!(taken_back(Some(&label), Some(REAL)).is_empty());
        for now in [None, Some(""), Some("eJx")] {
            assert_eq!(taken_back(Some(&label), now), ["AWS_PROFILE"], "{now:?}");
        }
        assert!(taken_back(None, Some(REAL)).is_empty());
    }

    #[test]
    fn a_text_of_an_unknown_form_sets_nothing() {
        let stored = replaced("1,AWS_PROFILE=dev");
        let cut = &REAL[..REAL.len() / 2];
        for diff in ["", "x", "eJwDAAAAAAE=", cut, "not base64!"] {
            assert_eq!(label(Some(diff), &stored), None, "{diff}");
        }
        assert_eq!(label(None, &stored), None);
        assert_eq!(label(Some(REAL), &replaced("1")), None);
    }
}
