//! What makes a request believable: the signature, the key, the token, the region, the clock.

use super::*;

#[test]
fn the_published_example_verifies() {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let authorization = "AWS4-HMAC-SHA256 \
        Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, \
        Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    let raw = format!(
        "GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\n\
         Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n\
         Host: iam.amazonaws.com\r\nX-Amz-Date: 20150830T123600Z\r\n\
         Authorization: {authorization}\r\n\r\n"
    );
    let mut wire = Wire::new(Box::new(Cursor::new(raw.into_bytes())));
    let request = wire.next_request().expect("sound").expect("a request");
    let claim = Authorization::parse(request.header("authorization").expect("signed"));
    let claim = claim.expect("complete");
    assert!(claim.covers(&request));
    assert!(claim.matches(&request, secret));
    assert!(!claim.matches(&request, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ"));

    let client = Client {
        key_id: "AKIDEXAMPLE".into(),
        secret: secret.into(),
        service: "iam".into(),
        at: clock::parse_basic("20150830T123600Z").expect("a date"),
        ..Client::base()
    };
    let signed = ["content-type", "host", "x-amz-date"];
    let signed = signed.map(|name| (name, request.header(name).expect("sent")));
    let start = "GET\n/\nAction=ListUsers&Version=2010-05-08";
    assert_eq!(client.authorization(start, &signed, ""), authorization);
}

#[test]
fn a_request_that_cannot_be_believed() {
    let world = world().user(User::new(ACCOUNT, "cn", "AKIACN", "cn/secret").partition("aws-cn"));
    let sts = Sts::http(world.disable_region("eu-south-2"));
    let whoami = |client: &Client| client.action(&sts, "GetCallerIdentity", &[]);
    let base = Client::base();

    let unsigned = format!("POST / HTTP/1.1\r\nHost: {}\r\n\r\n", host(&sts));
    let unsigned = base.send(&sts, &unsigned).expect("an answer");
    let missing = "Request is missing Authentication Token";
    unsigned.refused(403, "MissingAuthenticationToken", missing);

    let mut client = base.clone();
    client.secret.push('x');
    whoami(&client).refused(403, "SignatureDoesNotMatch", NO_MATCH);
    let query = client.buckets(&sts, "");
    assert_eq!((query.status, query.text("Code")), (403, "SignatureDoesNotMatch"));

    // One byte of a signed request changed: the body, a signed header, the list of headers.
    let sound = base.post(&sts, &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]);
    for (from, to) in [
        ("GetCallerIdentity", "GetCallerIdentitY"),
        ("x-www-form-urlencoded\r\n", "x-www-form-urlencodeD\r\n"),
        ("SignedHeaders=content-type;", "SignedHeaders="),
        ("\r\nContent-Length", "\r\nX-Amz-Extra: 1\r\nContent-Length"),
    ] {
        let changed = sound.replace(from, to);
        assert_ne!(changed, sound);
        let answer = base.send(&sts, &changed).expect("an answer");
        answer.refused(403, "SignatureDoesNotMatch", NO_MATCH);
    }

    let unknown = Client { key_id: "AKIANOBODY0000000000".into(), ..base.clone() };
    whoami(&unknown).refused(403, "InvalidClientTokenId", BAD_TOKEN);
    let with_token = Client { token: Some("garbage".into()), ..base.clone() };
    whoami(&with_token).refused(403, "InvalidClientTokenId", BAD_TOKEN);

    let session = base.assume(&sts, ROLE, &[]).keys();
    let without_token = Client { token: None, ..session.clone() };
    whoami(&without_token).refused(403, "InvalidClientTokenId", BAD_TOKEN);
    assert_eq!(whoami(&session).status, 200);
    sts.world(World::expire_sessions);
    let expired = "The security token included in the request is expired";
    whoami(&session).refused(403, "ExpiredToken", expired);
    session.buckets(&sts, "").refused(400, "ExpiredToken", "The provided token has expired.");

    let in_region = |region: &str| Client { region: region.into(), ..base.clone() };
    whoami(&in_region("eu-south-2")).refused(
        403,
        "RegionDisabledException",
        "STS is not activated in this region for account:123456789012. Your account \
         administrator can activate STS in this region using the IAM Console.",
    );
    whoami(&in_region("aws-global")).refused(
        403,
        "SignatureDoesNotMatch",
        "Credential should be scoped to a valid region, not 'aws-global'.",
    );
    whoami(&in_region("cn-north-1")).refused(403, "InvalidClientTokenId", BAD_TOKEN);
    let chinese = Client { key_id: "AKIACN".into(), secret: "cn/secret".into(), ..in_region("cn-north-1") };
    let arn = "arn:aws-cn:iam::123456789012:user/cn";
    assert_eq!(whoami(&chinese).text("Arn"), arn);
    let wrong_service = Client { service: "s3".into(), ..base.clone() };
    whoami(&wrong_service).refused(
        403,
        "SignatureDoesNotMatch",
        "Credential should be scoped to correct service: 'sts'.",
    );
}

#[test]
fn a_clock_that_is_off() {
    let sts = Sts::http(world());
    let client = Client::base();
    for (offset, sense, sign) in [(960, "earlier", "-"), (-960, "later", "+")] {
        sts.world(|world| world.shift_clock(offset));
        let answer = client.action(&sts, "GetCallerIdentity", &[]);
        assert_eq!((answer.status, answer.text("Code")), (403, "SignatureDoesNotMatch"));
        let message = answer.text("Message");
        let (start, end) = match sense {
            "earlier" => ("Signature expired: ", " is now earlier than "),
            _ => ("Signature not yet current: ", " is still later than "),
        };
        let asked = format!("{start}{}{end}", clock::basic(client.at));
        assert!(message.starts_with(&asked), "{message}");
        assert!(message.ends_with(&format!("Z {sign} 15 min.)")), "{message}");
        sts.world(|world| world.shift_clock(-offset));
        let date = header(&answer.head, "Date").expect("a date");
        assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    }
    sts.world(|world| world.shift_clock(840));
    assert_eq!(client.action(&sts, "GetCallerIdentity", &[]).status, 200);
    let skewed = Sts::http(world().clock(3600));
    let answer = client.buckets(&skewed, "");
    assert_eq!((answer.status, answer.text("Code")), (403, "RequestTimeTooSkewed"));
}
