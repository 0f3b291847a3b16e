//! An MFA session that STS refuses does not stay in the shell.

use super::super::base::{base_in, case};
use super::super::harness::{Case, POSIX_SHELLS};
use crate::support::Fault;

/// A case whose shell keeps an MFA session, and an STS that refuses it once.
fn refused() -> (Case, String) {
    let case = case();
    let base = base_in(case.run(["--base-session", "--mfa-token", "111111", "s3"]).succeeded());
    case.sts.fault(Fault::error(
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    ));
    (case, base)
}

#[test]
fn fish_drops_an_mfa_session_that_sts_refuses() {
    for set in ["set -g", "set -gx"] {
        let (case, base) = refused();
        let script = format!(
            "{set} ASSUME_ENV_BASE '{base}'
            ASSUME_ENV_BASE=$ASSUME_ENV_BASE assume-env -f fish --base-session --mfa-token 222222 two | source; or exit 10
            set -q ASSUME_ENV_BASE; and echo kept; or echo dropped
            printenv ASSUME_ENV_BASE; or echo $ASSUME_ENV_PROFILE"
        );
        assert_eq!(case.shell("fish", &script).succeeded(), "dropped\ntwo\n", "{set}");
    }
}

#[test]
fn posix_shells_drop_an_mfa_session_that_sts_refuses() {
    for shell in POSIX_SHELLS {
        let (case, base) = refused();
        let script = format!(
            "ASSUME_ENV_BASE='{base}'
            eval \"$(ASSUME_ENV_BASE=\"$ASSUME_ENV_BASE\" assume-env --base-session --mfa-token 222222 two)\" || exit 10
            echo \"${{ASSUME_ENV_BASE-dropped}} $ASSUME_ENV_PROFILE\""
        );
        assert_eq!(case.shell(shell, &script).succeeded(), "dropped two\n", "{shell}");
    }
}

/// AccessDenied is about the role, not about the keys: the MFA session works for other roles.
#[test]
fn an_mfa_session_stays_when_only_a_role_is_denied() {
    let (case, base) = refused();
    case.sts.clear_faults().fault(Fault::error(403, "AccessDenied", "no"));
    let script = format!(
        "set -g ASSUME_ENV_BASE '{base}'
        ASSUME_ENV_BASE=$ASSUME_ENV_BASE assume-env -f fish --base-session --mfa-token 222222 two | source; or exit 10
        set -q ASSUME_ENV_BASE; and echo kept; or echo dropped"
    );
    assert_eq!(case.shell("fish", &script).succeeded(), "kept\n");
}
