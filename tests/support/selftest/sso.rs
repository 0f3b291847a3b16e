//! The Identity Center portal, its token service, and the AWS CLI's token file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

const BEARER: &str = "TEST//token+bearer==";
const DEV: &str = "GET /federation/credentials?role_name=Dev&account_id=123456789012";

fn beside(sts: &Sts) -> Sso {
    let sso = Sso::http(sts);
    sso.access_token(BEARER, 3600).assign(ACCOUNT, "Dev");
    sso
}

fn get(sso: &Sso, start: &str, bearer: &str) -> Answer {
    Client::base().plain(sso, start, &[("x-amz-sso_bearer_token", bearer)], "")
}

#[track_caller]
fn refused(answer: &Answer, status: u16, exception: &str, message: &str) {
    let kind = format!("com.amazonaws.switchboard.portal#{exception}");
    assert_eq!((answer.status, answer.json()), (status, json!({"message": message, "__type": kind})));
    assert_eq!(header(&answer.head, "x-amzn-ErrorType"), Some(exception));
}

fn token_request(secret: &str, refresh_token: &str) -> Value {
    json!({
        "clientId": "client",
        "clientSecret": secret,
        "grantType": "refresh_token",
        "refreshToken": refresh_token,
    })
}

fn refresh(sso: &Sso, body: &Value) -> Answer {
    let kind = [("Content-Type", "application/json")];
    Client::base().plain(sso, "POST /token", &kind, &body.to_string())
}

#[track_caller]
fn not_refreshed(answer: &Answer, status: u16, exception: &str, error: &str, description: &str) {
    let body = json!({"error": error, "error_description": description});
    assert_eq!((answer.status, answer.json()), (status, body));
    assert_eq!(header(&answer.head, "x-amzn-ErrorType"), Some(exception));
}

#[test]
fn the_portals_keys_start_a_chain() {
    let arn = Sso::role_arn(ACCOUNT, "Dev");
    let next = Role::new(&role_arn("next")).trusts(&arn).max_duration(43200);
    let sts = Sts::http(world().role(next).role(Role::new(&arn).s3_full()));
    let sso = beside(&sts);
    let answer = get(&sso, DEV, BEARER);
    let body = answer.json();
    let keys = Answer::keys_in(&body["roleCredentials"], ["accessKeyId", "secretAccessKey", "sessionToken"]);
    let session = sts.world(|world| world.session(&keys.key_id).cloned()).expect("issued");
    assert_eq!(body["roleCredentials"]["expiration"], session.expires.unix_timestamp() * 1000);
    assert_eq!(session.grant.duration, 3600);
    let whoami = keys.action(&sts, "GetCallerIdentity", &[]);
    let name = arn.rsplit('/').next().expect("a name");
    assert!(name.starts_with("AWSReservedSSO_Dev_") && name.len() == 35, "{name}");
    let me = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/ann@example.com");
    assert_eq!(whoami.text("Arn"), me);
    assert_eq!(keys.buckets(&sts, "").status, 200);
    keys.assume(&sts, &role_arn("next"), &[]).keys();
    let long = keys.assume(&sts, &role_arn("next"), &[("DurationSeconds", "3601")]);
    long.refused(400, "ValidationError", CHAINED);

    let made = &sso.requests()[0];
    assert_eq!((made.action.as_str(), made.status), ("GetRoleCredentials", 200));
    assert_eq!((made.param("account_id"), made.param("role_name")), (ACCOUNT, "Dev"));
    assert_eq!(made.header("x-amz-sso_bearer_token"), Some(BEARER));
    assert!(!made.has_authorization() && !format!("{made:?}").contains("TEST/"));
}

#[test]
fn the_portal_refuses() {
    let sts = Sts::http(world());
    let sso = beside(&sts);
    let unknown = "Session token not found or invalid";
    refused(&get(&sso, DEV, "wrong"), 401, "UnauthorizedException", unknown);
    refused(&Client::base().plain(&sso, DEV, &[], ""), 401, "UnauthorizedException", unknown);
    sso.access_token("old", 0);
    refused(&get(&sso, DEV, "old"), 401, "UnauthorizedException", unknown);
    for (from, to) in [("Dev", "Admin"), ("123456789012", "999999999999")] {
        refused(&get(&sso, &DEV.replace(from, to), BEARER), 403, "ForbiddenException", "No access");
    }
    let twice = "A parameter is given more than once";
    let needed = "account_id and role_name are required";
    let unknown_name = "There is no such parameter";
    for (start, message) in [
        ("GET /federation/credentials?role_name=Dev".to_owned(), needed),
        ("GET /federation/credentials?role_name=&account_id=1".to_owned(), needed),
        (format!("{DEV}&region=us-east-1"), unknown_name),
        (format!("{DEV}&role_name=Dev"), twice),
    ] {
        refused(&get(&sso, &start, BEARER), 400, "InvalidRequestException", message);
    }
    let nowhere = "There is nothing at this path";
    for start in ["POST /federation/credentials", "POST /assignment/roles", "GET /token"] {
        refused(&get(&sso, start, BEARER), 404, "ResourceNotFoundException", nowhere);
    }
    sso.fault(Fault::portal(429, "TooManyRequestsException", "Rate exceeded"));
    refused(&get(&sso, DEV, BEARER), 429, "TooManyRequestsException", "Rate exceeded");
    let last = sso.requests().pop().expect("recorded");
    assert_eq!((last.status, last.error_code.as_deref()), (429, Some("TooManyRequestsException")));
    assert_eq!(sts.world(|world| world.sessions().len()), 0);

    assert_eq!(get(&sso, DEV, BEARER).status, 200);
    sts.world(|world| world.shift_clock(3601));
    refused(&get(&sso, DEV, BEARER), 401, "UnauthorizedException", unknown);
    sso.access_token(BEARER, 3600).sign_out();
    refused(&get(&sso, DEV, BEARER), 401, "UnauthorizedException", unknown);
}

#[test]
fn the_portal_lists_pages_of_accounts_and_roles() {
    let sts = Sts::http(world());
    let sso = beside(&sts);
    sso.assign("123456789012", "Admin").assign("210987654321", "Dev").account("210987654321", "Web").page(1);
    let list = |start: &str| get(&sso, start, BEARER);
    let first = list("GET /assignment/accounts?max_result=100").json();
    assert_eq!(first, json!({"accountList": [{"accountId": "123456789012"}], "nextToken": "page/from=1"}));
    let second = list("GET /assignment/accounts?max_result=100&next_token=page/from=1").json();
    assert_eq!(
        (&second["accountList"][0]["accountName"], &second["nextToken"]),
        (&json!("Web"), &json!(null))
    );
    sso.page(100);
    let roles = list("GET /assignment/roles?account_id=123456789012").json();
    assert_eq!(roles["roleList"].as_array().map(Vec::len), Some(2), "{roles}");
    for (start, status, exception, message) in [
        ("GET /assignment/roles", 400, "InvalidRequestException", "account_id is required"),
        ("GET /assignment/roles?account_id=333333333333", 403, "ForbiddenException", "No access"),
        (
            "GET /assignment/accounts?max_result=101",
            400,
            "InvalidRequestException",
            "max_result must be between 1 and 100",
        ),
        (
            "GET /assignment/accounts?maxResult=1",
            400,
            "InvalidRequestException",
            "There is no such parameter",
        ),
        ("GET /assignment/accounts?next_token=x", 400, "InvalidRequestException", "The token is not valid"),
    ] {
        refused(&list(start), status, exception, message);
    }
    refused(
        &get(&sso, "GET /assignment/accounts", "wrong"),
        401,
        "UnauthorizedException",
        "Session token not found or invalid",
    );
    // Faster than the service takes it.
    let answers: Vec<u16> = (0..40).map(|_| list("GET /assignment/accounts").status).collect();
    assert!(answers.contains(&429) && answers[0] == 200, "{answers:?}");
}

#[test]
fn answers_of_the_portal_can_be_spoiled() {
    let sts = Sts::http(world());
    let sso = beside(&sts);
    sso.fault(Fault::drop_member("sessionToken"))
        .fault(Fault::replace_member("expiration", "soon"))
        .fault(Fault::html(200))
        .fault(Fault::Cut { after: 200 })
        .fault(Fault::Drip { bytes_per_chunk: 64, pause: Duration::from_millis(1) })
        .fault(Fault::hang());
    let half = get(&sso, DEV, BEARER).json();
    assert!(
        half["roleCredentials"]["sessionToken"].is_null() && half["roleCredentials"]["expiration"].is_i64()
    );
    assert_eq!(get(&sso, DEV, BEARER).json()["roleCredentials"]["expiration"], "soon");
    assert!(get(&sso, DEV, BEARER).body.starts_with("<!DOCTYPE html>"));
    let request = format!("{DEV} HTTP/1.1\r\nx-amz-sso_bearer_token: {BEARER}\r\n\r\n");
    assert!(Client::base().send(&sso, &request).is_err());
    assert_eq!(Client::base().send(&sso, &request).expect("an answer").status, 200);
    let mut waiting = Client::base().connect(&sso).expect("a connection");
    waiting.write_all(request.as_bytes()).expect("sent");
    while sso.requests().len() < 6 {
        std::thread::sleep(Duration::from_millis(2));
    }
    let address = sso.address();
    drop(sso);
    assert!(read_answer(&mut *waiting).is_err());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_refresh_token_works_once() {
    let sts = Sts::http(world());
    let sso = Sso::http(&sts);
    sso.assign(ACCOUNT, "Dev").client("client", "secret", 3600).refresh_token("client", "first");
    let answer = refresh(&sso, &token_request("secret", "first"));
    let expected = json!({
        "accessToken": oidc::access_token(1),
        "expiresIn": 3600,
        "refreshToken": oidc::refresh_token(1),
        "tokenType": "Bearer",
    });
    assert_eq!((answer.status, answer.json()), (200, expected));
    assert_eq!(get(&sso, DEV, &oidc::access_token(1)).status, 200);
    let again = refresh(&sso, &token_request("secret", "first"));
    not_refreshed(&again, 400, "InvalidGrantException", "invalid_grant", "Invalid refresh token provided");
    let second = refresh(&sso, &token_request("secret", &oidc::refresh_token(1))).json();
    assert_eq!(second["accessToken"], oidc::access_token(2));
    let made = &sso.requests()[0];
    assert_eq!((made.action.as_str(), made.member("refreshToken").as_str()), ("CreateToken", "first"));
    assert!(!format!("{made:?}").contains("first"));
    sts.world(|world| world.shift_clock(3600));
    assert_eq!(get(&sso, DEV, &oidc::access_token(2)).status, 401);
}

#[test]
fn the_token_service_refuses() {
    let sts = Sts::http(world());
    let sso = Sso::http(&sts);
    sso.client("client", "secret", 3600).client("other", "secret", 3600).refresh_token("other", "theirs");
    let sound = token_request("secret", "theirs");
    let grant = ["InvalidGrantException", "invalid_grant", "Invalid refresh token provided"];
    let client = ["InvalidClientException", "invalid_client", "Invalid client secret provided"];
    let check = |body: &Value, status: u16, [exception, error, description]: [&str; 3]| {
        not_refreshed(&refresh(&sso, body), status, exception, error, description);
    };
    check(&sound, 400, grant);
    check(&token_request("wrong", "theirs"), 401, client);
    let changed = |name: &str, value: Value| {
        let mut body = sound.clone();
        body[name] = value;
        body
    };
    check(&changed("clientId", "nobody".into()), 401, client);
    let kind = ["UnsupportedGrantTypeException", "unsupported_grant_type", "There is no such grantType"];
    check(&changed("grantType", "password".into()), 400, kind);
    let needs = "The body needs clientId, clientSecret, grantType, refreshToken, and nothing else";
    let invalid = ["InvalidRequestException", "invalid_request", needs];
    check(&changed("scope", "sso:account:access".into()), 400, invalid);
    check(&changed("refreshToken", Value::Null), 400, invalid);
    let form = Client::base().plain(&sso, "POST /token", &[], &sound.to_string());
    let why = "The body is not application/json";
    not_refreshed(&form, 400, "InvalidRequestException", "invalid_request", why);

    sso.fault(Fault::oidc(400, "ExpiredTokenException", "expired_token", "gone"));
    check(&sound, 400, ["ExpiredTokenException", "expired_token", "gone"]);
    sts.world(|world| world.shift_clock(3601));
    let expired = ["InvalidClientException", "invalid_client", "The client registration has expired"];
    check(&sound, 401, expired);
    sso.client("other", "secret", 3600).sign_out();
    check(&changed("clientId", "other".into()), 400, grant);
}

#[test]
fn the_portal_over_https() {
    let (ca, sts) = (Ca::new("Test CA"), Sts::http(world()));
    let sso = Sso::https(&sts, &ca);
    sso.access_token(BEARER, 3600).assign(ACCOUNT, "Dev");
    let client = Client { roots: Some(ca.pem()), ..Client::base() };
    let mut stream = client.connect(&sso).expect("a connection");
    for _ in 0..2 {
        let request = format!("{DEV} HTTP/1.1\r\nx-amz-sso_bearer_token: {BEARER}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        assert_eq!(read_answer(&mut *stream).expect("an answer").status, 200);
    }
    assert_eq!((sso.connections(), sso.handshakes(), sso.requests().len()), (1, 1, 2));
    let expired = Sso::https_with(&sts, &ca, Leaf::Expired);
    let error = client.send(&expired, "GET / HTTP/1.1\r\n\r\n").err().expect("refused");
    assert!(error.to_string().contains("expired"), "{error}");
    assert_eq!((expired.handshakes(), expired.requests().len()), (0, 0));
}

#[test]
fn the_token_file_is_the_aws_clis() {
    let home = std::env::temp_dir().join(format!("assume-env-token-file-{}", std::process::id()));
    let token = TokenFile::new("https://corp.awsapps.com/start", "us-east-1", "a\"b");
    let path = token.clone().member("expiresAt", "2026-11-23T12:13:14Z").write(&home, "corp");
    // The hash is what `printf corp | sha1sum` says.
    assert_eq!(path, home.join(".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"));
    let text = "{\"startUrl\": \"https://corp.awsapps.com/start\", \"region\": \"us-east-1\", \
                \"accessToken\": \"a\\\"b\", \"expiresAt\": \"2026-11-23T12:13:14Z\"}";
    assert_eq!(fs::read_to_string(&path).expect("written"), text);
    assert_eq!(fs::metadata(&path).expect("written").permissions().mode() & 0o777, 0o600);
    let full = token.expires_in(-5).refresh("client", "secret", 3600, "first").without("region");
    full.write(&home, "corp");
    let body: Value = serde_json::from_str(&fs::read_to_string(&path).expect("written")).expect("JSON");
    fs::remove_dir_all(&home).expect("it is ours");
    assert_eq!((&body["clientId"], &body["clientSecret"]), (&json!("client"), &json!("secret")));
    assert!(body["region"].is_null() && body["refreshToken"] == "first");
    let now = clock::extended(OffsetDateTime::now_utc());
    assert!(body["expiresAt"].as_str().expect("a date") < now.as_str());
    assert!(body["registrationExpiresAt"].as_str().expect("a date") > now.as_str());
}
