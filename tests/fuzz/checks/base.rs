//! `ASSUME_ENV_BASE`, as a shell passes it: read completely or ignored, and a value that was read is written
//! in the same form.

use assume_env::testing::common::mfa_session::MfaSession;

pub fn check(input: &[u8]) -> bool {
    const NOW: i64 = 1_795_435_994;
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Some(base) = MfaSession::parse(text, NOW) else { return false };
    assert!(base.expires.unix_timestamp() > NOW && base.keys.fault().is_none());
    let written = base.encode();
    // A number can have zeros before it.
    let again = MfaSession::parse(written.expose(), NOW).expect("it was read once");
    assert!(again.encode() == written && base.is_of(&again.key_id, &again.serial));
    true
}
