//! An MFA session that STS refuses does not stay in the shell.

use super::super::base::{base_in, case};
use super::super::harness::Case;
use super::super::hooks::{BASH, DASH, FISH, ZSH};
use crate::support::Fault;

/// A case whose shell keeps an MFA session, and an STS that refuses it once.
fn refused(code: &str) -> Case {
    let case = case();
    let base = base_in(case.hook_call(["--mfa-token", "111111", "s3"]).succeeded());
    case.sts.fault(Fault::error(403, code, "The security token included in the request is expired"));
    case.var("ASSUME_ENV_BASE", base)
}

#[test]
fn an_mfa_session_that_sts_refuses_does_not_stay() {
    for shell in [BASH, ZSH, FISH, DASH] {
        let case = refused("ExpiredToken");
        let base = case.value("ASSUME_ENV_BASE").expect("it is set").to_owned();
        let keep = shell.set("ASSUME_ENV_BASE", &base);
        let look = if shell.is_fish() {
            "set -q ASSUME_ENV_BASE; and echo kept; or echo dropped"
        } else {
            "echo ${ASSUME_ENV_BASE-dropped}"
        };
        let script = format!("{keep}\nassume --mfa-token 222222 two\n{look}\necho $ASSUME_ENV_PROFILE");
        assert_eq!(case.hooked(shell, &script).succeeded(), "dropped\ntwo\n", "{}", shell.script);
    }
}

/// AccessDenied is about the role, not about the keys: the MFA session works for other roles.
#[test]
fn an_mfa_session_stays_when_only_a_role_is_denied() {
    let text = refused("AccessDenied").hook_call(["--mfa-token", "222222", "two"]);
    assert!(!text.succeeded().contains("ASSUME_ENV_BASE"), "{}", text.out());
}
