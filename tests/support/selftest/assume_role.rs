//! AssumeRole and what its sessions may do, every refusal with its wording.

use super::*;

#[test]
fn a_role_is_assumed_and_lists_its_buckets() {
    let sts = Sts::http(world());
    let user = Client::base();
    user.buckets(&sts, "x-id=ListBuckets").refused(
        403,
        "AccessDenied",
        &format!(
            "User: {USER} is not authorized to perform: s3:ListAllMyBuckets because no \
             identity-based policy allows the s3:ListAllMyBuckets action"
        ),
    );
    let answer = user.assume(&sts, ROLE, &[("DurationSeconds", "1000")]);
    let keys = answer.keys();
    assert_eq!(keys.key_id, "ASIATEST000000000001");
    assert_eq!(keys.secret.len(), 40);
    assert!(keys.token.as_ref().is_some_and(|token| token.len() > 300));
    let session_arn = "arn:aws:sts::123456789012:assumed-role/assumeS3Full/me@host";
    assert_eq!(answer.text("Arn"), session_arn);
    assert_eq!(answer.text("AssumedRoleId"), "AROATEST0ASSUMES3FULL:me@host");
    let granted = sts.world(|world| world.session(&keys.key_id).cloned()).expect("issued");
    assert_eq!(answer.text("Expiration"), granted.expiration());
    assert_eq!(granted.grant.principal, Principal::Role(ROLE.into()));
    let left = (granted.expires - OffsetDateTime::now_utc()).whole_seconds();
    assert!((990..=1000).contains(&left), "{left}");

    let whoami = keys.action(&sts, "GetCallerIdentity", &[]);
    assert_eq!(whoami.text("Arn"), session_arn);
    assert_eq!(whoami.text("Account"), ACCOUNT);
    assert_eq!(user.action(&sts, "GetCallerIdentity", &[]).text("Arn"), USER);

    let all = keys.buckets(&sts, "x-id=ListBuckets");
    let place = |name: &str| all.body.find(name).expect("listed");
    assert!(place("<Name>alpha<") < place("<Name>beta<") && place("beta") < place("gamma"));
    assert!(all.body.contains("<CreationDate>2026-01-02T03:04:05.000Z<"));
    assert_eq!(all.text("ContinuationToken"), "");

    let first = keys.buckets(&sts, "max-buckets=2");
    assert!(!first.body.contains("gamma"));
    let token = first.text("ContinuationToken").replace("&amp;", "&");
    let second = keys.buckets(&sts, &format!("continuation-token={}", encode(&token)));
    assert!(second.body.contains("gamma") && !second.body.contains("alpha"));
    assert_eq!(second.text("ContinuationToken"), "");
    keys.buckets(&sts, "max-buckets=0").refused(
        400,
        "InvalidArgument",
        "Argument max-buckets must be an integer between 1 and 10000",
    );

    let requests = sts.requests();
    assert_eq!(requests[1].action, "AssumeRole");
    assert_eq!(requests[1].param("RoleArn"), ROLE);
    assert_eq!(requests[1].key_id.as_deref(), Some("AKIABASE000000000000"));
    assert_eq!(requests[1].region.as_deref(), Some("us-east-1"));
    assert_eq!(requests[0].error_code.as_deref(), Some("AccessDenied"));
    assert!(!format!("{requests:?}").contains("TEST/"));
}

#[test]
fn who_may_assume_what() {
    let other = "arn:aws:iam::999999999999:root";
    let sts = Sts::http(
        world()
            .role(role("outside").external_id("x1"))
            .role(Role::new(&role_arn("closed")).trusts(other))
            .role(Role::new(&role_arn("account")).trusts("arn:aws:iam::123456789012:root"))
            .role(Role::new(&role_arn("next")).trusts(ROLE)),
    );
    let base = Client::base();
    let denied = |client: &Client, who: &str, name: &str, more: &[(&str, &str)]| {
        let arn = role_arn(name);
        client.assume(&sts, &arn, more).refused(
            403,
            "AccessDenied",
            &format!("User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}"),
        );
    };
    denied(&base, USER, "nosuch", &[]);
    denied(&base, USER, "closed", &[]);
    denied(&base, USER, "next", &[]);
    denied(&base, USER, "outside", &[]);
    denied(&base, USER, "outside", &[("ExternalId", "x2")]);
    base.assume(&sts, &role_arn("outside"), &[("ExternalId", "x1")]).keys();
    base.assume(&sts, &role_arn("account"), &[]).keys();
    let session = base.assume(&sts, ROLE, &[]).keys();
    session.assume(&sts, &role_arn("next"), &[]).keys();
    let arn = "arn:aws:sts::123456789012:assumed-role/assumeS3Full/me@host";
    denied(&session, arn, "outside", &[("ExternalId", "x1")]);
    let narrow = base.assume(&sts, &role_arn("account"), &[]).keys();
    assert_eq!(narrow.buckets(&sts, "").status, 403);
}

#[test]
fn parameters_that_do_not_hold() {
    let sts = Sts::http(world().role(role("tagged").allows_tags().allows_source_identity()));
    let base = Client::base();
    let tagged = role_arn("tagged");
    let big = format!("{{\"Version\":\"2012-10-17\",\"Statement\":[],\"x\":\"{}\"}}", "y".repeat(2048));
    let value = "v".repeat(257);
    let arns: Vec<String> = (1..=11).map(|n| format!("PolicyArns.member.{n}.arn")).collect();
    let arns: Vec<(&str, &str)> = arns.iter().map(|name| (name.as_str(), READ_ONLY)).collect();
    let wrong = |value: &str, place: &str, rule: &str| {
        format!(
            "1 validation error detected: Value '{value}' at '{place}' failed to satisfy \
             constraint: Member must {rule}"
        )
    };
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
    let rows: &[Row] = &[
        (
            &[("DurationSeconds", "899")],
            "ValidationError",
            &wrong("899", "durationSeconds", "have value greater than or equal to 900"),
        ),
        (
            &[("DurationSeconds", "43201")],
            "ValidationError",
            &wrong("43201", "durationSeconds", "have value less than or equal to 43200"),
        ),
        (
            &[("DurationSeconds", "3601")],
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
        (&[("DurationSeconds", "1h")], "MalformedInput", "For input string: &quot;1h&quot;"),
        (
            &[("RoleSessionName", "x")],
            "ValidationError",
            &wrong("x", "roleSessionName", "have length greater than or equal to 2"),
        ),
        (
            &[("RoleSessionName", "a b")],
            "ValidationError",
            &wrong("a b", "roleSessionName", "satisfy regular expression pattern: [\\w+=,.@-]*"),
        ),
        (&[("Colour", "red")], "ValidationError", "unknown parameter: Colour"),
        (&[("Policy", "{")], "MalformedPolicyDocument", "The policy is not in the valid JSON format."),
        (&[("Policy", "{\"Statement\":{}}")], "MalformedPolicyDocument", "Syntax errors in policy."),
        (
            &[("Policy", &big)],
            "PackedPolicyTooLarge",
            "Packed policy consumes 103% of allotted space, please use smaller policy.",
        ),
        (
            &arns,
            "ValidationError",
            &wrong("[11 members]", "policyArns", "have length less than or equal to 10"),
        ),
        (
            &[("PolicyArns.member.1.arn", "arn:aws-cn:iam::aws:policy/ReadOnlyAccess")],
            "ValidationError",
            "ARN arn:aws-cn:iam::aws:policy/ReadOnlyAccess is not valid.",
        ),
        (&[("PolicyArns.member.2.arn", READ_ONLY)], "ValidationError", "PolicyArns is not a list"),
        (
            &[
                ("Tags.member.1.Key", "a"),
                ("Tags.member.1.Value", ""),
                ("Tags.member.2.Key", "A"),
                ("Tags.member.2.Value", "2"),
            ],
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            &[("Tags.member.1.Key", "aws:x"), ("Tags.member.1.Value", "1")],
            "InvalidParameterValue",
            "Tag keys that begin with aws: are reserved for system use.",
        ),
        (
            &[("Tags.member.1.Key", "a"), ("Tags.member.1.Value", &value)],
            "ValidationError",
            &wrong(&value, "tags.1.member.value", "have length less than or equal to 256"),
        ),
        (
            &[("TransitiveTagKeys.member.1", "a")],
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags.",
        ),
    ];
    for (params, code, message) in rows {
        base.assume(&sts, &tagged, params).refused(400, code, message);
    }
    let bad_arn = "arn:aws:iam::12345:role/short";
    let answer = base.assume(&sts, bad_arn, &[]);
    answer.refused(400, "ValidationError", &format!("{bad_arn} is invalid"));
    let nothing = base.action(&sts, "AssumeRole", &[]).text("Message").to_owned();
    assert_eq!(
        nothing,
        "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: \
         Member must not be null; Value null at 'roleSessionName' failed to satisfy constraint: \
         Member must not be null"
    );
    for (action, version) in [("AssumeRole", "2011-06-16"), ("GetFederationToken", "2011-06-15")] {
        let answer = base.call(&sts, &[("Action", action), ("Version", version)]);
        let message = format!("Could not find operation {action} for version {version}");
        answer.refused(400, "InvalidAction", &message);
    }
    assert_eq!(sts.world(|world| world.sessions().len()), 0);
}

#[test]
fn tags_and_source_identity_stay_with_a_chain() {
    let next = |name: &str| Role::new(&role_arn(name)).trusts(&role_arn("first"));
    let sts = Sts::http(
        world()
            .role(role("first").allows_tags().allows_source_identity())
            .role(next("second").allows_tags().allows_source_identity().max_duration(43200))
            .role(next("plain")),
    );
    let base = Client::base();
    let denied = |answer: Answer, who: &str, action: &str, role: &str| {
        let message = format!("User: {who} is not authorized to perform: {action} on resource: {role}");
        answer.refused(403, "AccessDenied", &message);
    };
    let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")];
    denied(base.assume(&sts, ROLE, &tag), USER, "sts:TagSession", ROLE);
    let identity = [("SourceIdentity", "alice")];
    denied(base.assume(&sts, ROLE, &identity), USER, "sts:SetSourceIdentity", ROLE);

    let mut params = vec![
        ("Tags.member.2.Key", "cost"),
        ("Tags.member.2.Value", "7"),
        ("TransitiveTagKeys.member.1", "team"),
        ("PolicyArns.member.1.arn", READ_ONLY),
        ("Policy", "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\"}}"),
    ];
    params.extend(tag.iter().chain(&identity));
    let answer = base.assume(&sts, &role_arn("first"), &params);
    assert_eq!(answer.text("SourceIdentity"), "alice");
    assert!(answer.text("PackedPolicySize").parse::<u32>().is_ok_and(|size| size > 0));
    let first = answer.keys();

    let second = first.assume(&sts, &role_arn("second"), &[]);
    assert_eq!(second.text("SourceIdentity"), "alice");
    let second = second.keys();
    let grant = sts.world(|world| world.session(&second.key_id).cloned()).expect("issued").grant;
    assert_eq!(grant.tags, [("team".into(), "blue".into())].into());
    assert_eq!(grant.issued_to, first.key_id);
    let me = "arn:aws:sts::123456789012:assumed-role/first/me@host";
    let to_second = role_arn("second");
    let other = first.assume(&sts, &to_second, &[("SourceIdentity", "bob")]);
    denied(other, me, "sts:SetSourceIdentity", &to_second);
    let plain = role_arn("plain");
    denied(first.assume(&sts, &plain, &[]), me, "sts:SetSourceIdentity", &plain);
    let again = first.assume(&sts, &to_second, &tag);
    assert_eq!(again.text("Code"), "InvalidParameterValue");
    let long = first.assume(&sts, &to_second, &[("DurationSeconds", "3601")]);
    long.refused(400, "ValidationError", CHAINED);
}
