//! The rules for names and numbers that IAM and STS define: accounts, session names, external IDs.
//!
//! Follows the IAM reference (names) and STS's AssumeRole (`RoleSessionName`, `ExternalId`). Everything here
//! is checked before a request, so that a typing error costs no round trip and no MFA code.

/// Whether the text is an account: twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the byte is one of `[\w+=,.@-]`, the characters of IAM names and STS session names.
pub(crate) fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)
}

/// Whether STS accepts the text as `RoleSessionName`: 2 to 64 of `[\w+=,.@-]`.
pub(crate) fn is_session_name(text: &str) -> bool {
    (2..=64).contains(&text.len()) && text.bytes().all(is_name_byte)
}

/// Whether STS accepts the text as `ExternalId`: 2 to 1224 of `[\w+=,.@:\/-]`.
pub(crate) fn is_external_id(text: &str) -> bool {
    (2..=1224).contains(&text.len()) && text.bytes().all(|b| is_name_byte(b) || b == b':' || b == b'/')
}

/// `user@host` as a session name, so that CloudTrail shows the user. Each character that [`is_session_name`]
/// rejects becomes `-`. Of the host, only the part before the first dot is used.
pub(crate) fn session_name_of(user: &str, host: &str) -> String {
    let clean = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii() && is_name_byte(c as u8) { c } else { '-' }).collect()
    };
    let host = host.split('.').next().unwrap_or_default();
    let mut name = match (clean(user), clean(host)) {
        (user, host) if host.is_empty() => user,
        (user, host) => format!("{user}@{host}"),
    };
    name.truncate(64);
    if is_session_name(&name) { name } else { format!("assume-env-{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_name_of_user_and_host_is_always_valid() {
        for (user, host) in [
            ("ann", "laptop.example.org"),
            ("", ""),
            ("a", ""),
            ("Jürgen Müller", "höst"),
            (&*"u".repeat(80), "h"),
            ("$(id)", "x;y"),
        ] {
            let name = session_name_of(user, host);
            assert!(is_session_name(&name), "{name}");
        }
        assert_eq!(session_name_of("ann", "laptop.example.org"), "ann@laptop");
    }
}
