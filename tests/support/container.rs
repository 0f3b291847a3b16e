//! The credential endpoint of a container, as ECS's agent and EKS's Pod Identity agent serve it: one GET at any
//! path, with an authorization token where one is demanded. The keys are sessions in the world of the STS beside it.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use serde_json::json;
use time::OffsetDateTime;

use super::endpoint::Sts;
use super::http::{Request, Response};
use super::role::RoleArn;
use super::server::{Server, Service};
use super::session::Grant;
use super::shared::{SharedWorld, lock};
use super::tls::{Ca, Leaf};

const TASK: &str = "0123456789abcdef0123456789abcdef";
/// How long a session lasts.
const SESSION_SECONDS: i64 = 6 * 3600;

/// A running credential endpoint that demands no token until told.
pub struct Container {
    server: Server,
    demanded: Arc<Mutex<Option<String>>>,
}

impl Container {
    /// Starts a server beside an STS, for a task or a pod with this role.
    pub fn http(sts: &Sts, role_arn: &str) -> Self {
        Self::start(sts, role_arn, None)
    }

    /// The same over https, with a valid certificate.
    pub fn https(sts: &Sts, role_arn: &str, ca: &Ca) -> Self {
        Self::start(sts, role_arn, Some(ca.server_config(Leaf::Valid)))
    }

    fn start(sts: &Sts, role_arn: &str, tls: Option<Arc<ServerConfig>>) -> Self {
        assert!(RoleArn::parse(role_arn).is_some(), "the test's role ARN is not one: {role_arn}");
        let demanded = Arc::default();
        let service =
            Agent { world: sts.shared_world(), role_arn: role_arn.into(), demanded: Arc::clone(&demanded) };
        Self { server: Server::start(service, tls), demanded }
    }

    /// From now on this text must stand in the Authorization header.
    pub fn demand(&self, token: &str) -> &Self {
        *lock(&self.demanded) = Some(token.into());
        self
    }

    /// A value for AWS_CONTAINER_CREDENTIALS_FULL_URI.
    pub fn uri(&self) -> String {
        self.url() + "/v1/credentials"
    }
}

impl Deref for Container {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

struct Agent {
    world: SharedWorld,
    role_arn: String,
    demanded: Arc<Mutex<Option<String>>>,
}

impl Service for Agent {
    fn answer(&self, request: &Request) -> Response {
        if request.method != "GET" {
            return Response::json(
                405,
                &json!({"code": "MethodNotAllowed", "message": "only GET is allowed"}),
            );
        }
        let demanded = lock(&self.demanded).clone();
        if demanded.is_some() && demanded.as_deref() != request.header("authorization") {
            let message = "the authorization token is missing or wrong";
            return Response::json(403, &json!({"code": "AccessDenied", "message": message}));
        }
        let grant = Grant::of_role(&self.role_arn, TASK, SESSION_SECONDS, "container credentials");
        let session = self.world.with(|world| world.issue(grant));
        let body = json!({
            "RoleArn": self.role_arn,
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret_access_key,
            "Token": session.session_token,
            "Expiration": session.expiration(),
        });
        Response::json(200, &body)
    }

    fn now(&self) -> OffsetDateTime {
        self.world.now()
    }
}
