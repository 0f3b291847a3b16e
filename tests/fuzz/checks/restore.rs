//! `ASSUME_ENV_RESTORE` of an environment: read or refused, and a value that was read is written in the same
//! form.

use assume_env::testing::common::variables::{EnvChange, VARIABLES};
use assume_env::testing::env::{Environment, Restore};
use assume_env::testing::session;

pub fn check(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let restore = Restore::parse(text);
    if let Ok(restore) = &restore {
        assert_eq!(restore.encode(), text);
        for (name, value) in restore.entries() {
            assert!(VARIABLES.iter().any(|known| known.name == name && known.restored), "{name}");
            assert!(!value.contains('\0'));
        }
    }
    if text.contains('\0') {
        return false;
    }
    let vars = [
        ("ASSUME_ENV_RESTORE", text),
        ("ASSUME_ENV_KEY_ID", "ASIAFAKE000000000000"),
        ("ASSUME_ENV_PROFILE", text),
        ("ASSUME_ENV_EXPIRES", text),
        ("AWS_ACCESS_KEY_ID", "ASIAFAKE000000000000"),
        ("AWS_SECRET_ACCESS_KEY", "fake"),
        ("AWS_SESSION_TOKEN", "fake"),
    ];
    let Ok(env) = Environment::new(vars.into_iter().map(|(name, value)| (name.into(), value.into()))) else {
        panic!("the variables are text");
    };
    if let Err(error) = env.check().and_then(|()| env.held().map(drop)) {
        super::can_be_shown(error);
    }
    // The end of a session sets only variables of the list, and restores no secret. The label of the role before
    // is for `assume-env -`.
    for change in session::ending(&env) {
        if let EnvChange::Set(name, value) = change {
            let is_restored = VARIABLES.iter().any(|known| known.name == name && known.restored);
            assert!(is_restored || name == "ASSUME_ENV_PREVIOUS", "{name}");
            assert!(is_restored || !value.expose().contains("fake"), "{name} has a secret");
        }
    }
    restore.is_ok()
}
