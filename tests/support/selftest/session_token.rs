//! GetSessionToken and MFA codes, which both it and AssumeRole use up.

use super::*;

#[test]
fn mfa_codes_work_once_and_only_for_their_owner() {
    let sts = Sts::http(world().role(role("admin").requires_mfa().max_duration(43200)));
    let (base, admin) = (Client::base(), role_arn("admin"));
    let with = |serial, code| [("SerialNumber", serial), ("TokenCode", code)];
    let failed = |answer: Answer, rest: &str| {
        let message = format!("MultiFactorAuthentication failed{rest}");
        answer.refused(403, "AccessDenied", &message);
    };
    let plain = format!("User: {USER} is not authorized to perform: sts:AssumeRole on resource: {admin}");
    base.assume(&sts, &admin, &[]).refused(403, "AccessDenied", &plain);
    let half = ", must provide both MFA serial number and one time pass code.";
    failed(base.assume(&sts, &admin, &[("SerialNumber", SERIAL)]), half);
    failed(base.assume(&sts, &admin, &[("TokenCode", "123456")]), half);
    let wrong = " with invalid MFA one time pass code.";
    failed(base.assume(&sts, &admin, &with(SERIAL, "000000")), wrong);
    let stranger = ", unable to validate MFA code.  Please verify your MFA serial number is \
                    valid and associated with this user.";
    let theirs = "arn:aws:iam::123456789012:mfa/other";
    failed(base.assume(&sts, &admin, &with(theirs, "123456")), stranger);
    let short = base.assume(&sts, &admin, &with(SERIAL, "12"));
    assert_eq!((short.status, short.text("Code")), (400, "ValidationError"));

    let mut long = with(SERIAL, "123456").to_vec();
    long.push(("DurationSeconds", "43200"));
    base.assume(&sts, &admin, &long).keys();
    failed(base.assume(&sts, &admin, &with(SERIAL, "123456")), wrong);

    let bare = base.action(&sts, "GetSessionToken", &[]).keys();
    assert_eq!(bare.assume(&sts, &admin, &[]).text("Message"), plain);
    let strong = base.action(&sts, "GetSessionToken", &with(SERIAL, "654321")).keys();
    let granted = sts.world(|world| world.session(&strong.key_id).cloned()).expect("issued");
    assert!(granted.grant.mfa && granted.grant.duration == 43200);
    assert_eq!(strong.action(&sts, "GetCallerIdentity", &[]).text("Arn"), USER);
    strong.assume(&sts, &admin, &[]).keys();
    strong.assume(&sts, &admin, &[("DurationSeconds", "3601")]).refused(400, "ValidationError", CHAINED);
    failed(strong.assume(&sts, &admin, &with(SERIAL, "654321")), stranger);
    strong.action(&sts, "GetSessionToken", &[]).refused(
        403,
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    );
}

#[test]
fn a_session_token_lasts_from_a_quarter_of_an_hour_to_a_day_and_a_half() {
    let sts = Sts::http(world());
    let base = Client::base();
    let ask = |seconds: &str| base.action(&sts, "GetSessionToken", &[("DurationSeconds", seconds)]);
    for seconds in [900, 129_600] {
        let keys = ask(&seconds.to_string()).keys();
        let session = sts.world(|world| world.session(&keys.key_id).cloned()).expect("issued");
        let left = (session.expires - OffsetDateTime::now_utc()).whole_seconds();
        assert!((seconds - 10..=seconds).contains(&left), "{left}");
        assert_eq!(session.grant.principal, Principal::User(USER.into()));
        assert!(!session.grant.mfa);
    }
    for (seconds, rule) in
        [("899", "greater than or equal to 900"), ("129601", "less than or equal to 129600")]
    {
        let message = format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy \
             constraint: Member must have value {rule}"
        );
        ask(seconds).refused(400, "ValidationError", &message);
    }
    let role = base.action(&sts, "GetSessionToken", &[("RoleArn", ROLE)]);
    role.refused(400, "ValidationError", "unknown parameter: RoleArn");
    assert_eq!(sts.world(|world| world.sessions().len()), 2);
}

#[test]
fn a_session_without_mfa_assumes_what_needs_none() {
    let sts =
        Sts::http(world().role(role("long").max_duration(43200)).role(role("outside").external_id("x1")));
    let bare = Client::base().action(&sts, "GetSessionToken", &[]).keys();
    assert_eq!(bare.buckets(&sts, "").status, 403);
    let assumed = bare.assume(&sts, ROLE, &[("DurationSeconds", "3600")]).keys();
    assert_eq!(assumed.buckets(&sts, "").status, 200);
    bare.assume(&sts, &role_arn("outside"), &[("ExternalId", "x1")]).keys();
    let long = [("DurationSeconds", "3601")];
    bare.assume(&sts, &role_arn("long"), &long).refused(400, "ValidationError", CHAINED);
    Client::base().assume(&sts, &role_arn("long"), &long).keys();
    let denied = "Cannot call GetSessionToken with session credentials";
    for session in [&bare, &assumed] {
        session.action(&sts, "GetSessionToken", &[]).refused(403, "AccessDenied", denied);
    }
    sts.world(World::expire_sessions);
    assert_eq!(bare.assume(&sts, ROLE, &[]).text("Code"), "ExpiredToken");
}

#[test]
fn a_code_is_spent_by_either_action() {
    let next = Role::new(&role_arn("next")).trusts(&role_arn("admin")).requires_mfa();
    let sts = Sts::http(world().role(role("admin").requires_mfa()).role(next));
    let (base, admin) = (Client::base(), role_arn("admin"));
    let with = |code| [("SerialNumber", SERIAL), ("TokenCode", code)];
    let spent = "MultiFactorAuthentication failed with invalid MFA one time pass code.";

    let strong = base.action(&sts, "GetSessionToken", &with("123456")).keys();
    base.assume(&sts, &admin, &with("123456")).refused(403, "AccessDenied", spent);
    base.action(&sts, "GetSessionToken", &with("123456")).refused(403, "AccessDenied", spent);
    base.assume(&sts, &admin, &with("654321")).keys();
    base.action(&sts, "GetSessionToken", &with("654321")).refused(403, "AccessDenied", spent);
    let half =
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
    for part in with("123456") {
        base.action(&sts, "GetSessionToken", &[part]).refused(403, "AccessDenied", half);
    }
    let theirs = [("SerialNumber", "arn:aws:iam::123456789012:mfa/other"), ("TokenCode", "123456")];
    let stranger = base.action(&sts, "GetSessionToken", &theirs);
    assert!(stranger.text("Message").contains("unable to validate MFA code.  Please verify"));

    // One code opens any number of roles, but the role's own session has no MFA to show.
    let first = strong.assume(&sts, &admin, &[]).keys();
    strong.assume(&sts, &admin, &[]).keys();
    let denied = first.assume(&sts, &role_arn("next"), &[]);
    assert_eq!((denied.status, denied.text("Code")), (403, "AccessDenied"));
}
