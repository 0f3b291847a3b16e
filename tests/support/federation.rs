//! AWS sign-in: the federation endpoint (`/federation`). It exchanges the keys of a role for a sign-in token, which signs
//! one browser in within 15 minutes. The keys are those that an STS has given.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::endpoint::Sts;
use super::http::{Request, Response};
use super::server::{Server, Service};
use super::session::Principal;
use super::shared::{SharedWorld, lock};
use super::tls::{Ca, Leaf};

/// How long a sign-in token works.
const TOKEN_MINUTES: i64 = 15;

/// A running endpoint.
pub struct Federation {
    server: Server,
    desk: Arc<Mutex<Desk>>,
}

impl Federation {
    /// Starts a plain http server for the sessions of an STS.
    pub fn http(sts: &Sts) -> Self {
        Self::start(sts, None)
    }

    /// Starts an https server with a valid certificate.
    pub fn https(sts: &Sts, ca: &Ca) -> Self {
        Self::start(sts, Some(ca.server_config(Leaf::Valid)))
    }

    fn start(sts: &Sts, tls: Option<Arc<ServerConfig>>) -> Self {
        let desk = Arc::default();
        let service = SignIn { world: sts.shared_world(), desk: Arc::clone(&desk) };
        Self { server: Server::start(service, tls), desk }
    }

    /// From now on a POST gets this status, as of an endpoint that has only GET.
    pub fn refuse_post(&self, status: u16) -> &Self {
        lock(&self.desk).post_status = Some(status);
        self
    }

    /// The destinations and issuers of the browsers that were signed in.
    pub fn signed_in(&self) -> Vec<(String, Option<String>)> {
        lock(&self.desk).signed_in.clone()
    }
}

/// The sign-in token of a number.
pub fn sign_in_token(number: usize) -> String {
    format!("TEST//token+signin{number:06}/+==")
}

impl Deref for Federation {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

#[derive(Default)]
struct Desk {
    /// Unused ones, and when they end.
    tokens: Vec<(String, OffsetDateTime)>,
    issued: usize,
    signed_in: Vec<(String, Option<String>)>,
    post_status: Option<u16>,
}

struct SignIn {
    world: SharedWorld,
    desk: Arc<Mutex<Desk>>,
}

impl Service for SignIn {
    fn action(&self, request: &Request) -> String {
        let action = request.params().ok().and_then(|params| params.get("Action").cloned());
        format!("{} {}", request.method, action.unwrap_or_else(|| request.path.clone()))
    }

    fn answer(&self, request: &Request) -> Response {
        if request.path != "/federation" {
            return Response::text(404, "there is nothing at this path");
        }
        match self.action(request).as_str() {
            "POST getSigninToken" => {
                let refused = lock(&self.desk).post_status;
                refused.map_or_else(|| self.token(request), |status| Response::text(status, "no POST here"))
            }
            "GET getSigninToken" => self.token(request),
            "GET login" => self.login(request),
            _ => Response::text(400, "Invalid action"),
        }
    }

    fn now(&self) -> OffsetDateTime {
        self.world.now()
    }
}

impl SignIn {
    fn token(&self, request: &Request) -> Response {
        match self.checked(request) {
            Ok(()) => {
                let mut desk = lock(&self.desk);
                desk.issued += 1;
                let token = sign_in_token(desk.issued);
                desk.tokens.push((token.clone(), self.now() + Duration::minutes(TOKEN_MINUTES)));
                Response::json(200, &json!({"SigninToken": token}))
            }
            Err(why) => Response::text(400, why),
        }
    }

    /// The keys must be those of a role's session that is valid now. A duration would be refused for a chained role.
    fn checked(&self, request: &Request) -> Result<(), &'static str> {
        let params = request.params().map_err(|_| "a parameter is given twice")?;
        if params.keys().any(|name| !["Action", "Session", "SessionType"].contains(&name.as_str())) {
            return Err("Invalid credentials parameter");
        }
        let session: Value =
            serde_json::from_str(params.get("Session").ok_or("no Session")?).map_err(|_| "no JSON")?;
        let part = |name: &str| session[name].as_str().unwrap_or_default().to_owned();
        let (id, secret, token) = (part("sessionId"), part("sessionKey"), part("sessionToken"));
        let known =
            self.world.with(|world| world.session(&id).cloned()).ok_or("Invalid credentials parameter")?;
        if known.secret_access_key != secret || known.session_token != token || known.expires <= self.now() {
            return Err("Invalid credentials parameter");
        }
        match known.grant.principal {
            Principal::Role(_) => Ok(()),
            Principal::User(_) => {
                Err("Only federation tokens or assume role tokens may be used for federated login")
            }
        }
    }

    fn login(&self, request: &Request) -> Response {
        let params = request.params().unwrap_or_default();
        let param = |name: &str| params.get(name).cloned();
        let (Some(token), Some(destination)) = (param("SigninToken"), param("Destination")) else {
            return Response::text(400, "a parameter is missing");
        };
        let now = self.now();
        let mut desk = lock(&self.desk);
        let Some(at) = desk.tokens.iter().position(|(known, until)| *known == token && *until > now) else {
            return Response::text(400, "The sign-in token is not valid");
        };
        desk.tokens.remove(at);
        desk.signed_in.push((destination, param("Issuer")));
        // The real one leads to the destination, which no test may ask.
        let page = "<!DOCTYPE html><html><body><h1>AWS console</h1></body></html>\n";
        Response::new(200, &[("Content-Type", "text/html; charset=utf-8")], page)
    }
}
