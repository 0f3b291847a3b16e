//! The instance metadata service, version 2, as far as credentials go (EC2 User Guide, "Use the Instance Metadata
//! Service"): a token is asked for with PUT, and every GET must carry one. Version 1 is switched off, as it should
//! be on an instance. The keys are sessions in the world of the STS beside it.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::clock;
use super::endpoint::Sts;
use super::http::{Request, Response};
use super::role::RoleArn;
use super::server::{Server, Service};
use super::session::Grant;
use super::shared::{SharedWorld, lock};

const CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials/";
const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const INSTANCE: &str = "i-0123456789abcdef0";
/// How long a session lasts.
const SESSION_SECONDS: i64 = 6 * 3600;

/// A running metadata service, of an instance without a role until told.
pub struct Imds {
    server: Server,
    desk: Arc<Mutex<Desk>>,
}

impl Imds {
    /// Starts a server beside an STS.
    pub fn http(sts: &Sts) -> Self {
        let desk = Arc::default();
        let service = Metadata { world: sts.shared_world(), desk: Arc::clone(&desk) };
        Self { server: Server::start(service, None), desk }
    }

    /// Attaches a role to the instance, in the place of an earlier one.
    pub fn attach(&self, role_arn: &str) -> &Self {
        assert!(RoleArn::parse(role_arn).is_some(), "the test's role ARN is not one: {role_arn}");
        let mut desk = lock(&self.desk);
        (desk.role_arn, desk.failure) = (Some(role_arn.into()), None);
        self
    }

    /// Takes the role away.
    pub fn detach(&self) -> &Self {
        lock(&self.desk).role_arn = None;
        self
    }

    /// The attached role gives no keys, for a reason such as `AssumeRoleUnauthorizedAccess` or `Failed`.
    pub fn fails_with(&self, code: &str) -> &Self {
        lock(&self.desk).failure = Some(code.into());
        self
    }

    /// From now on, a request without a token is answered too (version 1).
    pub fn allow_version_one(&self) -> &Self {
        lock(&self.desk).allows_version_one = true;
        self
    }

    /// From now on, the request for a token has this status for an answer.
    pub fn refuse_tokens(&self, status: u16) -> &Self {
        lock(&self.desk).token_refusal = Some(status);
        self
    }

    /// No token that was given out so far is taken any more.
    pub fn forget_tokens(&self) -> &Self {
        lock(&self.desk).tokens.clear();
        self
    }
}

impl Deref for Imds {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

#[derive(Default)]
struct Desk {
    role_arn: Option<String>,
    failure: Option<String>,
    tokens: Vec<(String, OffsetDateTime)>,
    issued: usize,
    token_refusal: Option<u16>,
    allows_version_one: bool,
}

struct Metadata {
    world: SharedWorld,
    desk: Arc<Mutex<Desk>>,
}

impl Service for Metadata {
    fn answer(&self, request: &Request) -> Response {
        // A request that a proxy has passed on is refused, so that no proxy gives the instance's keys away.
        if request.header("x-forwarded-for").is_some() {
            return Response::text(403, "Forbidden");
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("PUT", "/latest/api/token") => self.token(request),
            ("GET", path) => self.data(request, path).unwrap_or_else(|refusal| refusal),
            _ => Response::text(405, "Method Not Allowed"),
        }
    }

    fn now(&self) -> OffsetDateTime {
        self.world.now()
    }
}

impl Metadata {
    fn token(&self, request: &Request) -> Response {
        let seconds = request.header(TTL).and_then(|text| text.parse::<i64>().ok());
        let Some(seconds) = seconds.filter(|seconds| (1..=21600).contains(seconds)) else {
            return Response::text(400, "Bad Request");
        };
        let mut desk = lock(&self.desk);
        if let Some(status) = desk.token_refusal {
            return Response::text(status, "no token");
        }
        desk.issued += 1;
        let text = format!("TEST//token+metadata+{:0>6}==", desk.issued);
        desk.tokens.push((text.clone(), self.now() + Duration::seconds(seconds)));
        Response::text(200, &text).with_header("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", &seconds.to_string())
    }

    fn data(&self, request: &Request, path: &str) -> Result<Response, Response> {
        let desk = lock(&self.desk);
        let given = request.header("x-aws-ec2-metadata-token");
        let known = desk.tokens.iter().find(|(text, _)| Some(text.as_str()) == given);
        let is_version_one = given.is_none() && desk.allows_version_one;
        if !is_version_one && known.is_none_or(|(_, expires)| *expires <= self.now()) {
            return Err(Response::text(401, "Unauthorized"));
        }
        let absent = || Response::text(404, "Not Found");
        let wanted = path.strip_prefix(CREDENTIALS).ok_or_else(absent)?;
        let arn = desk.role_arn.as_deref().ok_or_else(absent)?;
        let name = RoleArn::parse(arn).ok_or_else(absent)?.name();
        match wanted {
            "" => Ok(Response::text(200, name)),
            wanted if wanted == name => Ok(self.credentials(arn, desk.failure.as_deref())),
            _ => Err(absent()),
        }
    }

    /// The document about the role's keys. A failure is told in it, with status 200.
    fn credentials(&self, arn: &str, failure: Option<&str>) -> Response {
        let updated = clock::extended(self.now());
        if let Some(code) = failure {
            let message = format!("EC2 cannot assume the role {arn}.");
            return Response::json(200, &json!({"Code": code, "LastUpdated": updated, "Message": message}));
        }
        let grant = Grant::of_role(arn, INSTANCE, SESSION_SECONDS, "instance metadata");
        let session = self.world.with(|world| world.issue(grant));
        let body = json!({
            "Code": "Success",
            "LastUpdated": updated,
            "Type": "AWS-HMAC",
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret_access_key,
            "Token": session.session_token,
            "Expiration": session.expiration(),
        });
        // The real service says text/plain for this document too.
        Response::text(200, &body.to_string())
    }
}
