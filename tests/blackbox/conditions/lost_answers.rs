//! An MFA code works once, so a request with a code is sent once, also when its answer is lost.

use super::super::harness::{Case, ROLE, role_arn};
use super::super::mfa::{DEVICE, world_with};
use crate::support::{Fault, Role};

/// The first role needs a code and assumes the second one, and the keys of `base` need a code for a session.
fn case() -> Case {
    let world = world_with(&["111111", "222222"]).role(Role::new(&role_arn("two")).trusts(ROLE));
    Case::in_world(world).more_config(&format!(
        "mfa_serial = {DEVICE}\n[profile two]\nrole_arn = {}\nsource_profile = s3\n\
             [profile base]\nmfa_serial = {DEVICE}\n",
        role_arn("two")
    ))
}

/// Ways to lose an answer after the request has arrived.
fn lost() -> [Fault; 4] {
    [
        Fault::Cut { after: 0 },
        Fault::Cut { after: 9 },
        Fault::status(500, ""),
        Fault::error(503, "ServiceUnavailable", "busy"),
    ]
}

#[test]
fn a_request_with_a_code_is_sent_once() {
    for (args, action) in [
        (&["--mfa-token", "111111", "s3"][..], "AssumeRole"),
        (&["--mfa-token", "111111", "two"], "AssumeRole"),
        (&["--mfa-token", "111111", "base"], "GetSessionToken"),
        (&["--mfa-process", "echo 111111", "s3"], "AssumeRole"),
    ] {
        for fault in lost() {
            let case = case().var("AWS_MAX_ATTEMPTS", "5");
            case.sts.fault(fault.clone());
            case.run(args).failed(1, &[]);
            case.was_asked([action]);
            assert_eq!(case.request().param("TokenCode"), "111111", "{args:?} {fault:?}");
        }
    }
}

/// When the answer with the MFA session is lost, the code is not sent for the role either.
#[test]
fn a_request_for_an_mfa_session_is_sent_once() {
    for fault in [Fault::Cut { after: 0 }, Fault::Cut { after: 9 }] {
        let case = case().var("AWS_MAX_ATTEMPTS", "5");
        case.sts.fault(fault);
        case.hook_call(["--mfa-token", "111111", "s3"]).failed_with(1, "failed 1.1", &[]);
        case.was_asked(["GetSessionToken"]);
    }
}

#[test]
fn a_request_without_a_code_is_tried_again_after_one_with_a_code() {
    for fault in lost() {
        let case = case();
        case.sts.fault(Fault::Pass).fault(fault);
        case.run(["--mfa-token", "111111", "two"]).succeeded();
        let codes: Vec<String> =
            case.sts.requests().iter().map(|made| made.param("TokenCode").to_owned()).collect();
        assert_eq!(codes, ["111111", "", ""]);
    }
}
