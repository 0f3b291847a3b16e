//! The secrets in the variables of this process, for the gate of messages.

use crate::common::credentials::{SecretBytes, is_issued_key_id};
use crate::common::mfa_session;
use crate::common::redact::learn;
use crate::common::secret_names::is_secret_name;

/// The shortest secret of another program, in bytes: a shorter value can be a word of a message.
const SHORTEST: usize = 16;

/// Learns the secrets of the environment. It reads the process itself, because a message can be printed before an
/// `Environment` exists and after it is dropped.
pub(crate) fn learn_secrets() {
    for (name, value) in std::env::vars_os() {
        let value = SecretBytes::from(value);
        if let (Some(name), Some(value)) = (name.to_str(), value.expose().to_str()) {
            learn_variable(name, value);
        }
    }
}

fn learn_variable(name: &str, value: &str) {
    if name == mfa_session::VARIABLE {
        // Only a user who exported it has it here. The last two of its words: see `MfaSession::encode`.
        value.split(' ').rev().take(2).for_each(learn);
    } else if name == "AWS_ACCESS_KEY_ID" {
        // A secret access key that was exchanged with it.
        if !is_issued_key_id(value) {
            learn(value);
        }
    } else if is_secret_name(name) && (name.starts_with("AWS_") || value.len() >= SHORTEST) {
        learn(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::redact::shown;

    #[test]
    fn the_values_of_secret_variables_are_not_shown() {
        for (name, value, is_shown) in [
            ("AWS_SECRET_ACCESS_KEY", "hunter22", false),
            ("AWS_SESSION_TOKEN", "hunter22", false),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hunter22", false),
            ("AWS_ACCESS_KEY_ID", "a/secret+in/the+wrong/place", false),
            ("AWS_ACCESS_KEY_ID", "AKIABASE000000000000", true),
            ("GITHUB_TOKEN", "a-token-of-github", false),
            ("MY_PASSWORD", "production", true),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/token", true),
            ("AWS_PROFILE", "a-profile-with-a-name", true),
        ] {
            crate::common::redact::forget();
            learn_variable(name, value);
            assert_eq!(shown(value) == value, is_shown, "{name}={value}");
        }
        learn_variable(
            mfa_session::VARIABLE,
            "1 AKIABASE000000000000 arn:mfa 4039372800 ASIATEST000000000001 s/ecret+a t/oken+ab",
        );
        assert_eq!(shown("s/ecret+a t/oken+ab arn:mfa"), "<secret> <secret> arn:mfa");
    }
}
