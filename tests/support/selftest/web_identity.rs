//! AssumeRoleWithWebIdentity: a token instead of keys, and every refusal with its wording.

use super::*;

const TOKEN: &str = "TEST//token+web==";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn pod() -> Sts {
    let open = Role::new(&role_arn("pod")).trusts_web_identity("pod:one").max_duration(7200).s3_full();
    Sts::http(
        world()
            .role(open.requires_mfa().external_id("not-asked-of-a-token"))
            .role(Role::new(&role_arn("next")).trusts(&role_arn("pod")).max_duration(43200))
            .web_token(TOKEN, "pod:one")
            .web_token("another", "pod:two"),
    )
}

fn body(role: &str, token: &str, more: &[(&str, &str)]) -> String {
    let mut params =
        vec![("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role)];
    params.extend([("RoleSessionName", "me@pod"), ("WebIdentityToken", token)]);
    params.extend(more);
    let pairs: Vec<String> = params.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
    pairs.join("&")
}

fn ask(sts: &Sts, role: &str, token: &str, more: &[(&str, &str)]) -> Answer {
    Client::base().plain(sts, "POST /", &[FORM], &body(&role_arn(role), token, more))
}

#[test]
fn a_token_leads_to_a_session_without_a_signature() {
    let sts = pod();
    let policy = "{\"Version\":\"2012-10-17\",\"Statement\":{}}";
    let more = [("DurationSeconds", "7200"), ("Policy", policy), ("PolicyArns.member.1.arn", READ_ONLY)];
    let answer = ask(&sts, "pod", TOKEN, &more);
    let keys = answer.keys();
    let arn = "arn:aws:sts::123456789012:assumed-role/pod/me@pod";
    assert_eq!(answer.text("Arn"), arn);
    assert_eq!(answer.text("AssumedRoleId"), "AROATEST0000000000POD:me@pod");
    assert_eq!(answer.text("SubjectFromWebIdentityToken"), "pod:one");
    assert_eq!(answer.text("Provider"), "https://oidc.example.test/id");
    assert_eq!(answer.text("Audience"), "sts.amazonaws.com");
    assert!(answer.text("PackedPolicySize").parse::<u32>().is_ok_and(|size| size > 0));
    let session = sts.world(|world| world.session(&keys.key_id).cloned()).expect("issued");
    assert_eq!(answer.text("Expiration"), session.expiration());
    assert_eq!((session.grant.duration, session.grant.issued_to.as_str()), (7200, "pod:one"));
    assert_eq!(session.grant.policy.as_deref(), Some(policy));
    assert_eq!(keys.action(&sts, "GetCallerIdentity", &[]).text("Arn"), arn);
    assert_eq!(keys.buckets(&sts, "").status, 200);

    // From here on it is a role's session like any other.
    let next = role_arn("next");
    keys.assume(&sts, &next, &[("DurationSeconds", "3600")]).keys();
    keys.assume(&sts, &next, &[("DurationSeconds", "3601")]).refused(400, "ValidationError", CHAINED);
    keys.action(&sts, "GetSessionToken", &[]).refused(
        403,
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    );
    assert_eq!(ask(&sts, "pod", TOKEN, &[]).keys().action(&sts, "GetCallerIdentity", &[]).text("Arn"), arn);
}

#[test]
fn a_signature_is_overlooked_and_recorded() {
    let sts = pod();
    ask(&sts, "pod", TOKEN, &[]).keys();
    let wrong = Client { secret: "wrong".into(), ..Client::base() };
    let role = role_arn("pod");
    let params = [("RoleArn", role.as_str()), ("RoleSessionName", "me@pod"), ("WebIdentityToken", TOKEN)];
    wrong.action(&sts, "AssumeRoleWithWebIdentity", &params).keys();
    let requests = sts.requests();
    assert_eq!([&requests[0], &requests[1]].map(|made| made.has_authorization()), [false, true]);
    assert_eq!(requests[0].key_id, None);
    assert_eq!(requests[1].key_id.as_deref(), Some("AKIABASE000000000000"));
    assert_eq!(requests[0].param("WebIdentityToken"), TOKEN);
    assert!(!format!("{requests:?}").contains(TOKEN));
}

#[test]
fn a_token_that_is_not_taken() {
    let sts = pod();
    let not_valid =
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
    ask(&sts, "pod", "garbage", &[]).refused(400, "InvalidIdentityToken", not_valid);
    ask(&sts, "nosuch", "garbage", &[]).refused(400, "InvalidIdentityToken", not_valid);
    let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    for (role, token) in [("nosuch", TOKEN), ("assumeS3Full", TOKEN), ("pod", "another")] {
        ask(&sts, role, token, &[]).refused(403, "AccessDenied", denied);
    }
    sts.world(World::expire_web_tokens);
    let expired = ask(&sts, "pod", TOKEN, &[]);
    assert_eq!((expired.status, expired.text("Code")), (400, "ExpiredTokenException"));
    let message = expired.text("Message");
    assert!(message.starts_with("Token expired: current date/time 1"), "{message}");
    assert!(message.contains(" must be before the expiration date/time 1"), "{message}");
    sts.fault(Fault::idp_communication());
    let down = ask(&sts, "pod", TOKEN, &[]);
    assert_eq!((down.status, down.text("Code")), (400, "IDPCommunicationError"));
    assert_eq!(sts.world(|world| world.sessions().len()), 0);
    // Trust in a token is no trust in a user.
    let role = role_arn("pod");
    let answer = Client::base().assume(&sts, &role, &[("ExternalId", "not-asked-of-a-token")]);
    assert_eq!((answer.status, answer.text("Code")), (403, "AccessDenied"));
}

#[test]
fn parameters_of_another_action_are_refused() {
    let sts = pod();
    for name in [
        "ExternalId",
        "Tags.member.1.Key",
        "TransitiveTagKeys.member.1",
        "SerialNumber",
        "TokenCode",
        "SourceIdentity",
        "ProviderId",
    ] {
        let message = format!("unknown parameter: {name}");
        ask(&sts, "pod", TOKEN, &[(name, "123456")]).refused(400, "ValidationError", &message);
    }
    let under = "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy \
                 constraint: Member must have value greater than or equal to 900";
    ask(&sts, "pod", TOKEN, &[("DurationSeconds", "899")]).refused(400, "ValidationError", under);
    let over = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    ask(&sts, "pod", TOKEN, &[("DurationSeconds", "7201")]).refused(400, "ValidationError", over);
    let json = "The policy is not in the valid JSON format.";
    ask(&sts, "pod", TOKEN, &[("Policy", "{")]).refused(400, "MalformedPolicyDocument", json);
    let empty = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
    let nothing = Client::base().plain(&sts, "POST /", &[FORM], empty);
    assert!(nothing.text("Message").starts_with("3 validation errors detected: "), "{}", nothing.body);
    let old = body(&role_arn("pod"), TOKEN, &[]).replace("2011", "2010");
    let old = Client::base().plain(&sts, "POST /", &[FORM], &old);
    let message = "Could not find operation AssumeRoleWithWebIdentity for version 2010-06-15";
    old.refused(400, "InvalidAction", message);
}
