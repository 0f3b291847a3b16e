//! Renewal: when, from what, and what is said when it fails.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::super::harness::{Case, FIRST, SECOND, role_arn, wait_until, world};
use super::super::mfa::{self, DEVICE};
use crate::support::Fault;

/// A case in which sessions of roles last so many seconds.
fn short(seconds: i64) -> Case {
    let case = Case::new();
    case.sts.world(|world| world.shorten_roles(seconds));
    case
}

#[test]
fn keys_are_renewed_before_they_expire_and_without_a_request() {
    let case = Case::in_world(world().role(super::super::harness::role("assumeS3Full").allows_tags()));
    case.sts.world(|world| world.shorten_roles(9));
    let command = case.refreshed(&["-q", "s3", "-d", "1h", "-n", "me", "--tag", "a=b"]);
    assert_eq!(command.key_id(), FIRST);
    case.wait_for_requests(2);
    let requests = case.sts.requests();
    assert_eq!(requests[0].params, requests[1].params, "the same request");
    let left = case.sts.world(|world| world.session(FIRST).expect("it was issued").expires - world.now());
    assert!(left.whole_seconds() >= 1, "before the expiry: {left}");
    wait_until("the new keys", || command.key_id() == SECOND);
    // A session lasts nine seconds, so in eight seconds there are two or three renewals.
    thread::sleep(Duration::from_secs(8));
    let count = case.sts.requests().len();
    assert!((3..=5).contains(&count), "{count}");
}

#[test]
fn long_keys_are_not_renewed_at_once() {
    let case = Case::new();
    let command = case.refreshed(&["-q", "s3"]);
    thread::sleep(Duration::from_secs(6));
    assert_eq!(command.key_id(), FIRST);
    case.was_asked(["AssumeRole"]);
}

#[test]
fn while_a_renewal_fails_the_keys_are_served_until_they_expire_and_never_after() {
    for (fault, status, words) in [
        (Fault::html(503), 503, "is not an answer of STS"),
        (Fault::throttling(), 503, "Rate exceeded"),
        (Fault::error(403, "AccessDenied", "not any more"), 400, "assumeS3Full"),
    ] {
        let case = short(6);
        let command = case.refreshed(&["-q", "s3"]);
        // What a prompt can read without starting a process.
        let name = || {
            fs::read_to_string(format!("/proc/{}/comm", command.env["ASSUME_ENV_HELPER"])).expect("it runs")
        };
        assert_eq!(name(), "assume-env-keys\n");
        case.sts.always(fault);
        case.wait_for_requests(3);
        wait_until("the name", || name() == "renewal-failed\n");
        let begin = Instant::now();
        let last = loop {
            let answer = command.get("/credentials");
            if answer.status != 200 {
                break answer;
            }
            assert_eq!(answer.json()["AccessKeyId"], FIRST);
            assert!(begin.elapsed() < Duration::from_secs(10), "expired keys are served");
            thread::sleep(Duration::from_millis(50));
        };
        let expired =
            case.sts.world(|world| world.session(FIRST).expect("it was issued").expires <= world.now());
        assert!(expired, "not before they expire");
        assert_eq!(last.status, status, "{last:?}");
        let message = last.json()["Message"].as_str().expect("a text").to_owned();
        assert!(message.starts_with("assume-env: ") && message.contains(words), "{message}");
        assert!(!message.contains('\n'), "{message}");
        let shown = command.inside(&["--status"]);
        assert_eq!(shown.status.code(), Some(1), "{}", shown.stderr);
        shown.said_on_stdout(&["expired", "renewal    fails since ", words]);
        // The service answers again: the next request gets new keys.
        case.sts.clear_faults();
        wait_until("new keys", || command.get("/credentials").status == 200);
        assert_ne!(command.key_id(), FIRST);
        assert!(!command.inside(&["--status"]).out().contains("fails since"));
        assert_eq!(name(), "assume-env-keys\n");
    }
}

#[test]
fn a_service_that_fails_is_not_asked_by_every_request() {
    let case = short(2);
    let command = case.refreshed(&["-q", "s3"]);
    case.sts.always(Fault::error(403, "AccessDenied", "no"));
    thread::sleep(Duration::from_secs(3));
    let before = case.sts.requests().len();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(4) {
        assert_eq!(command.get("/credentials").status, 400);
    }
    let asked = case.sts.requests().len() - before;
    assert!(asked <= 3, "{asked} requests in four seconds");
}

#[test]
fn a_request_without_live_keys_waits_for_a_renewal_that_ends_soon() {
    let case = short(2);
    let command = case.refreshed(&["-q", "s3"]);
    case.sts.always(Fault::html(503));
    wait_until("the end of the keys", || command.get("/credentials").status == 503);
    case.sts.clear_faults();
    case.sts.always(Fault::Delay(Duration::from_millis(600)));
    thread::sleep(Duration::from_secs(5));
    let begin = Instant::now();
    wait_until("new keys", || command.get("/credentials").status == 200);
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    // Longer than a client waits: an answer comes before that.
    case.sts.clear_faults();
    case.sts.always(Fault::Delay(Duration::from_secs(20)));
    thread::sleep(Duration::from_secs(3));
    let begin = Instant::now();
    assert_eq!(command.get("/credentials").status, 503);
    assert!(begin.elapsed() < Duration::from_millis(1990), "{:?}", begin.elapsed());
}

#[test]
fn keys_of_the_file_are_read_again() {
    let case = short(4);
    let command = case.refreshed(&["-q", "s3"]);
    assert_eq!(case.signers(), ["AKIABASE000000000000"]);
    // The key was rotated: STS knows only the new one.
    let user = crate::support::User::new(
        super::super::harness::ACCOUNT,
        "base",
        "AKIANEW0000000000000",
        "new/secret",
    );
    case.sts.world(|world| world.put_user(user));
    fs::write(
        case.path(".aws/credentials"),
        "[base]\naws_access_key_id = AKIANEW0000000000000\naws_secret_access_key = new/secret\n",
    )
    .expect("the folder can be written");
    command.wait_for_other_keys(FIRST);
    assert_eq!(case.signers().last().map(String::as_str), Some("AKIANEW0000000000000"));
}

#[test]
fn a_profile_that_leads_elsewhere_now_is_refused() {
    let case = Case::in_world(world().role(super::super::harness::role("other")));
    case.sts.world(|world| world.shorten_roles(3));
    let command = case.refreshed(&["-q", "s3"]);
    let config = fs::read_to_string(case.path(".aws/config")).expect("it exists");
    fs::write(case.path(".aws/config"), config.replace("assumeS3Full", "other")).expect("it can be written");
    wait_until("the end of the keys", || command.get("/credentials").status == 400);
    let answer = command.get("/credentials");
    for part in ["the renewed keys are of arn:aws:sts::123456789012:assumed-role/other/", "and not of"] {
        assert!(answer.body.contains(part), "{answer:?}");
    }
    assert!(case.sts.requests().iter().any(|made| made.params.get("RoleArn") == Some(&role_arn("other"))));
    // A file that cannot be read is said too, and when it is right again, the keys are renewed.
    fs::write(case.path(".aws/config"), "[profile s3\n").expect("it can be written");
    wait_until("the words", || command.get("/credentials").body.contains(".aws/config"));
    fs::write(case.path(".aws/config"), config).expect("it can be written");
    wait_until("new keys", || command.get("/credentials").status == 200);
}

#[test]
fn relative_paths_lead_to_the_same_files_at_each_renewal() {
    let case = short(4);
    fs::rename(case.path(".aws/config"), case.path("my config")).expect("it exists");
    let case = case.var("AWS_CONFIG_FILE", "my config");
    let command = case.refreshed(&["-q", "s3"]);
    command.wait_for_other_keys(FIRST);
}

#[test]
fn a_credential_process_runs_again_without_a_terminal() {
    let case = short(5);
    case.program(
        "keys.sh",
        "#!/bin/sh\necho \"$(ls -l /proc/self/fd/0 /proc/self/fd/2 | grep -c /dev/null) $AWS_PROFILE\" >> ran\n\
         printf '{\"Version\":1,\"AccessKeyId\":\"AKIABASE000000000000\",\"SecretAccessKey\":\"base/secret+EXAMPLE\"}'\n",
    );
    let case = case.config(format!(
        "[profile base]\ncredential_process = ./keys.sh\n[profile s3]\nrole_arn = {}\nsource_profile = base\n",
        super::super::harness::ROLE
    ));
    fs::remove_file(case.path(".aws/credentials")).expect("it exists");
    let case = case.var("AWS_PROFILE", "mine");
    let command = case.refreshed(&["-q", "s3"]);
    command.wait_for_other_keys(FIRST);
    let ran = fs::read_to_string(case.path("ran")).expect("it ran");
    let second = ran.lines().nth(1).expect("it ran again");
    assert_eq!(second, "2 mine", "{ran}");
    // One that fails is said by its words, and is tried again.
    case.program("keys.sh", "#!/bin/sh\nexit 3\n");
    wait_until("the end of the keys", || command.get("/credentials").status == 503);
    assert!(command.get("/credentials").body.contains("exit status: 3"));
}

/// A role that needs a code, and the device's codes.
fn with_codes(codes: &[&str]) -> Case {
    Case::in_world(mfa::world_with(codes)).more_config(&format!("mfa_serial = {DEVICE}\n"))
}

#[test]
fn one_code_is_enough_while_the_mfa_session_lasts() {
    let case = with_codes(&["111111"]);
    case.sts.world(|world| world.shorten_roles(4));
    let command = case.refreshed(&["-q", "s3", "--mfa-token", "111111"]);
    assert_eq!(case.sts.actions(), ["GetSessionToken", "AssumeRole"]);
    let first = command.key_id();
    command.wait_for_other_keys(&first);
    let actions = case.sts.actions();
    assert!(actions[2..].iter().all(|action| action == "AssumeRole") && actions.len() > 2, "{actions:?}");
    assert!(case.sts.requests()[2..].iter().all(|made| !made.params.contains_key("TokenCode")));
    let status = command.inside(&["--status"]);
    status.said_on_stdout(&["renews itself", "code       needed at "]);
}

#[test]
fn when_the_mfa_session_has_ended_a_code_is_asked_for_and_handed_over() {
    let case = with_codes(&["111111", "222222"]);
    case.sts.world(|world| world.shorten_roles(4));
    let command = case.refreshed(&["-q", "s3", "--mfa-token", "111111"]);
    case.sts.world(|world| world.expire_sessions());
    wait_until("the end of the keys", || command.get("/credentials").status == 400);
    let body = command.get("/credentials").body;
    assert!(body.contains(&format!("a code of the MFA device {DEVICE} is needed")), "{body}");
    assert!(body.contains("type assume-env --renew in the shell of that command"), "{body}");
    // In a shell of the command, on its terminal.
    let env: String = command
        .env
        .iter()
        .filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("ASSUME_ENV_"))
        .map(|(name, value)| format!("export {name}='{value}'\n"))
        .collect();
    case.file("its.env", env);
    let mut terminal = case.terminal(
        "bash",
        &[
            "--norc",
            "-c",
            ". ./its.env; assume-env --renew; echo sta''tus $?; assume-env --renew; echo sec''ond $?",
        ],
    );
    terminal.expect(&format!("MFA code of {DEVICE}: "));
    terminal.send("999999\n");
    terminal.expect("status 1");
    terminal.expect(&format!("MFA code of {DEVICE}: "));
    terminal.send("222222\n");
    terminal.expect("the keys of s3 are renewed");
    terminal.expect("renews itself until");
    terminal.expect("second 0");
    let (_, shown) = terminal.end();
    assert!(!shown.contains("222222"), "{shown}");
    let id = command.key_id();
    command.wait_for_other_keys(&id);
}

#[test]
fn without_an_mfa_session_the_code_is_used_for_the_role_and_that_is_said() {
    let case = with_codes(&["111111"]);
    case.sts.fault(Fault::error(403, "AccessDenied", "not GetSessionToken"));
    let mut terminal =
        case.terminal("assume-env", &["--refresh", "s3", "--mfa-token", "111111", "--", "true"]);
    terminal.expect(
        "it cannot be renewed without another MFA code (assume-env --renew): STS refused an MFA session",
    );
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert_eq!(case.sts.actions(), ["GetSessionToken", "AssumeRole"]);
}

#[test]
fn an_mfa_process_runs_again_only_when_a_code_is_needed() {
    let case = with_codes(&["111111", "222222"]);
    case.sts.world(|world| world.shorten_roles(4));
    case.program("code.sh", "#!/bin/sh\necho ran >> ran\nif [ -e second ]; then echo 222222; else touch second; echo 111111; fi\n");
    let command = case.refreshed(&["-q", "s3", "--mfa-process", "./code.sh"]);
    let first = command.key_id();
    let second = command.wait_for_other_keys(&first);
    let ran = || fs::read_to_string(case.path("ran")).expect("it ran").lines().count();
    assert_eq!(ran(), 1);
    case.sts.world(|world| world.expire_sessions());
    command.wait_for_other_keys(&second);
    assert_eq!(ran(), 2);
}
