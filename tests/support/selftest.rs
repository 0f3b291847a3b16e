//! Tests of the strict STS itself, so that a black-box test which fails can blame the program.
//! The signer below shares no code with the verifier; both are held to AWS's published example.
//! Every row of what STS answers stands here once, with its wording.

use std::io::{self, Cursor, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::http::{Transport, Wire};
use super::sigv4::Authorization;
use super::{Ca, Fault, Leaf, Principal, Role, Sts, User, World, clock, xml};

const ACCOUNT: &str = "123456789012";
const USER: &str = "arn:aws:iam::123456789012:user/base";
const ROLE: &str = "arn:aws:iam::123456789012:role/assumeS3Full";
const SERIAL: &str = "arn:aws:iam::123456789012:mfa/base";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

const NO_MATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";
const BAD_TOKEN: &str = "The security token included in the request is invalid.";
const CHAINED: &str = "The requested DurationSeconds exceeds the 1 hour session limit for roles \
    assumed by role chaining.";

fn base() -> User {
    User::new(ACCOUNT, "base", "AKIABASE000000000000", "base/secret+EXAMPLE")
}

fn role(name: &str) -> Role {
    Role::new(&role_arn(name)).trusts(USER)
}

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

fn world() -> World {
    World::new()
        .user(base().mfa(SERIAL, ["123456", "654321"]))
        .role(role("assumeS3Full").s3_full())
        .bucket("beta", "2026-02-03T04:05:06Z")
        .bucket("alpha", "2026-01-02T03:04:05Z")
        .bucket_in("eu-central-1", "gamma", "2026-03-04T05:06:07Z")
}

/// A client with its own idea of how to sign.
#[derive(Clone)]
struct Client {
    key_id: String,
    secret: String,
    token: Option<String>,
    region: String,
    service: String,
    at: OffsetDateTime,
    /// Trusted for https.
    roots: Option<String>,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn text(&self, element: &str) -> &str {
        xml::text_of(&self.body, element).unwrap_or("")
    }

    /// The keys in this answer, as a client.
    fn keys(&self) -> Client {
        assert_eq!(self.status, 200, "{}", self.body);
        Client {
            key_id: self.text("AccessKeyId").into(),
            secret: self.text("SecretAccessKey").into(),
            token: Some(self.text("SessionToken").into()),
            ..Client::base()
        }
    }

    #[track_caller]
    fn refused(&self, status: u16, code: &str, message: &str) {
        let seen = (self.status, self.text("Code"), self.text("Message"));
        assert_eq!(seen, (status, code, message));
    }
}

impl Client {
    fn base() -> Self {
        Self {
            key_id: "AKIABASE000000000000".into(),
            secret: "base/secret+EXAMPLE".into(),
            token: None,
            region: "us-east-1".into(),
            service: "sts".into(),
            at: OffsetDateTime::now_utc(),
            roots: None,
        }
    }

    fn authorization(&self, start: &str, signed: &[(&str, &str)], body: &str) -> String {
        let stamp = clock::basic(self.at);
        let scope = format!("{}/{}/{}/aws4_request", &stamp[..8], self.region, self.service);
        let lines: String = signed.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let names = names.join(";");
        let canonical = format!("{start}\n{lines}\n{names}\n{}", sha(body));
        let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", sha(&canonical));
        let secret = format!("AWS4{}", self.secret).into_bytes();
        let key = scope.split('/').fold(secret, |key, part| mac(&key, part));
        let signature = lower_hex(&mac(&key, &text));
        let id = &self.key_id;
        format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, \
             Signature={signature}"
        )
    }

    fn post(&self, sts: &Sts, params: &[(&str, &str)]) -> String {
        let body: Vec<String> =
            params.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let (body, stamp) = (body.join("&"), clock::basic(self.at));
        let (host, form) = (host(sts), "application/x-www-form-urlencoded");
        let mut signed = vec![("content-type", form), ("host", &host), ("x-amz-date", &stamp)];
        if let Some(token) = &self.token {
            signed.push(("x-amz-security-token", token));
        }
        let authorization = self.authorization("POST\n/\n", &signed, &body);
        let headers: String = signed.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let length = body.len();
        format!(
            "POST / HTTP/1.1\r\n{headers}Authorization: {authorization}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    }

    fn buckets(&self, sts: &Sts, query: &str) -> Answer {
        let (host, stamp, empty) = (host(sts), clock::basic(self.at), sha(""));
        let mut signed =
            vec![("host", host.as_str()), ("x-amz-content-sha256", &empty), ("x-amz-date", &stamp)];
        if let Some(token) = &self.token {
            signed.push(("x-amz-security-token", token));
        }
        let client = Self { service: "s3".into(), ..self.clone() };
        let authorization = client.authorization(&format!("GET\n/\n{query}"), &signed, "");
        let headers: String = signed.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let request = format!("GET /?{query} HTTP/1.1\r\n{headers}Authorization: {authorization}\r\n\r\n");
        self.send(sts, &request).expect("an answer")
    }

    fn connect(&self, sts: &Sts) -> io::Result<Box<dyn ReadWrite>> {
        let stream = TcpStream::connect(sts.address())?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let Some(roots) = &self.roots else {
            return Ok(Box::new(stream));
        };
        let mut store = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(roots.as_bytes()).expect("a certificate");
        store.add(root).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(store)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        Ok(Box::new(StreamOwned::new(tls, stream)))
    }

    fn send(&self, sts: &Sts, request: &str) -> io::Result<Answer> {
        let mut stream = self.connect(sts)?;
        stream.write_all(request.as_bytes())?;
        read_answer(&mut *stream)
    }

    fn call(&self, sts: &Sts, params: &[(&str, &str)]) -> Answer {
        self.send(sts, &self.post(sts, params)).expect("an answer")
    }

    fn action(&self, sts: &Sts, action: &str, more: &[(&str, &str)]) -> Answer {
        let mut params = vec![("Action", action), ("Version", "2011-06-15")];
        params.extend(more);
        self.call(sts, &params)
    }

    fn assume(&self, sts: &Sts, role: &str, more: &[(&str, &str)]) -> Answer {
        let mut params = vec![("RoleArn", role)];
        if !more.iter().any(|(name, _)| *name == "RoleSessionName") {
            params.push(("RoleSessionName", "me@host"));
        }
        params.extend(more);
        self.action(sts, "AssumeRole", &params)
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// Reads exactly one answer, so that the connection can be used again.
fn read_answer(stream: &mut dyn ReadWrite) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        bytes.extend(byte);
    }
    let head = String::from_utf8(bytes).expect("a UTF-8 head");
    let length = header(&head, "Content-Length").expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    stream.read_exact(&mut body)?;
    Ok(Answer {
        status: head[9..12].parse().expect("a status"),
        body: String::from_utf8(body).expect("a UTF-8 body"),
        head,
    })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| *known == name).map(|(_, value)| value)
}

fn host(sts: &Sts) -> String {
    let url = sts.url();
    url.split_once("://").expect("a URL").1.into()
}

fn sha(text: &str) -> String {
    lower_hex(&Sha256::digest(text.as_bytes()))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encode(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}

impl Transport for Cursor<Vec<u8>> {
    fn goodbye(&mut self) {}
}

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

#[test]
fn faults_come_in_order_and_end_with_the_server() {
    let sts = Sts::http(world());
    let base = Client::base();
    let ask = || {
        let params = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
        base.send(&sts, &base.post(&sts, &params))
    };
    sts.fault(Fault::throttling())
        .fault(Fault::Pass)
        .fault(Fault::Cut { after: 0 })
        .fault(Fault::Cut { after: 300 })
        .fault(Fault::Reset)
        .fault(Fault::html(200))
        .fault(Fault::drop_element("Account"))
        .fault(Fault::replace_element("Arn", "$(id)"))
        .fault(Fault::Delay(Duration::from_millis(150)))
        .fault(Fault::Drip { bytes_per_chunk: 64, pause: Duration::from_millis(5) });
    ask().expect("an answer").refused(400, "Throttling", "Rate exceeded");
    assert_eq!(ask().expect("an answer").status, 200);
    assert!(ask().is_err());
    assert!(ask().is_err());
    assert!(ask().is_err());
    let html = ask().expect("an answer");
    assert_eq!(html.status, 200);
    assert!(html.body.starts_with("<!DOCTYPE html>"));
    let lie = ask().expect("an answer");
    assert!(lie.text("Account").is_empty() && lie.text("Arn") == USER);
    assert_eq!(ask().expect("an answer").text("Arn"), "$(id)");
    let start = Instant::now();
    assert_eq!(ask().expect("an answer").text("Arn"), USER);
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert_eq!(ask().expect("an answer").text("Arn"), USER);
    assert_eq!(sts.connections(), 10);
    // The reset came before its request was read.
    assert_eq!(sts.requests().len(), 9);
    sts.always(Fault::status(503, "busy"));
    assert_eq!((ask().expect("an answer").status, ask().expect("an answer").status), (503, 503));
    sts.clear_faults();
    assert_eq!(ask().expect("an answer").status, 200);

    // A pause of a minute must not hold up the end, and the port must be free after it.
    sts.fault(Fault::Delay(Duration::from_secs(60)));
    let mut waiting = base.connect(&sts).expect("a connection");
    let mut idle = base.connect(&sts).expect("a connection");
    let request = base.post(&sts, &[("Action", "GetCallerIdentity")]);
    waiting.write_all(request.as_bytes()).expect("sent");
    while sts.requests().len() < 13 {
        std::thread::sleep(Duration::from_millis(2));
    }
    let (address, start) = (sts.address(), Instant::now());
    drop(sts);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(TcpStream::connect(address).is_err());
    assert!(read_answer(&mut *waiting).is_err() && read_answer(&mut *idle).is_err());
}

#[test]
fn one_connection_serves_many_requests() {
    let ca = Ca::new("Test CA");
    for sts in [Sts::http(world()), Sts::https(world(), &ca)] {
        let client = Client { roots: sts.url().starts_with("https").then(|| ca.pem()), ..Client::base() };
        let mut stream = client.connect(&sts).expect("a connection");
        let request = client.post(&sts, &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]);
        for _ in 0..3 {
            stream.write_all(request.as_bytes()).expect("sent");
            assert_eq!(read_answer(&mut *stream).expect("an answer").text("Arn"), USER);
        }
        let closing = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        stream.write_all(closing.as_bytes()).expect("sent");
        let last = read_answer(&mut *stream).expect("an answer");
        assert_eq!(header(&last.head, "Connection"), Some("close"));
        assert_eq!(stream.read(&mut [0]).expect("an orderly end"), 0);
        assert_eq!((sts.connections(), sts.requests().len()), (1, 4));
        assert_eq!(sts.handshakes(), usize::from(client.roots.is_some()));
    }
}

#[test]
fn certificates_are_wrong_where_they_are_meant_to_be() {
    let ca = Ca::new("Test CA");
    let attempt = |leaf: Leaf, roots: &Ca| {
        let sts = Sts::https_with(world(), &ca, leaf);
        let client = Client { roots: Some(roots.pem()), ..Client::base() };
        let request = client.post(&sts, &[("Action", "GetCallerIdentity")]);
        let error = client.send(&sts, &request).err();
        (sts.requests().len(), error.map_or(String::new(), |error| error.to_string()))
    };
    assert_eq!(attempt(Leaf::Valid, &ca), (1, String::new()));
    for (leaf, roots, word) in [
        (Leaf::WrongName, &ca, "not valid for name"),
        (Leaf::Expired, &ca, "expired"),
        (Leaf::Valid, &Ca::new("Other CA"), "UnknownIssuer"),
    ] {
        let (requests, error) = attempt(leaf, roots);
        assert_eq!(requests, 0);
        assert!(error.contains(word), "{error}");
    }
}
