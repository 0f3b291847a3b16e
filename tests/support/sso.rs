//! IAM Identity Center: the access portal (`GET /federation/credentials`) and, at the same address, the token
//! service (`POST /token`, see [`oidc`](super::oidc)). A signed-in user's bearer token is exchanged for keys of
//! an assigned role; the keys are sessions in the world of the STS beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rustls::ServerConfig;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::endpoint::Sts;
use super::http::{Request, Response};
use super::json::portal_error;
use super::oidc::{Consent, Oidc};
use super::server::{Server, Service};
use super::session::Grant;
use super::shared::{SharedWorld, lock};
use super::tls::{Ca, Leaf};

/// The signed-in user, whose name every session carries.
const USER: &str = "ann@example.com";
/// How long a session lasts.
const SESSION_SECONDS: i64 = 3600;

/// A running portal with its token service. Nobody is signed in, and nothing assigned, until told.
pub struct Sso {
    server: Server,
    world: SharedWorld,
    desk: Arc<Mutex<Desk>>,
}

impl Sso {
    /// Starts a plain http server beside an STS.
    pub fn http(sts: &Sts) -> Self {
        Self::start(sts, None)
    }

    /// Starts an https server with a valid certificate.
    pub fn https(sts: &Sts, ca: &Ca) -> Self {
        Self::https_with(sts, ca, Leaf::Valid)
    }

    /// Starts an https server with a certificate that may be wrong.
    pub fn https_with(sts: &Sts, ca: &Ca, leaf: Leaf) -> Self {
        Self::start(sts, Some(ca.server_config(leaf)))
    }

    fn start(sts: &Sts, tls: Option<Arc<ServerConfig>>) -> Self {
        let (world, desk) = (sts.shared_world(), Arc::default());
        let service = Portal { world: world.clone(), desk: Arc::clone(&desk) };
        Self { server: Server::start(service, tls), world, desk }
    }

    /// The ARN of the role behind an assignment, which other roles trust and which the world may give rights.
    pub fn role_arn(account: &str, role_name: &str) -> String {
        let hash: String = Sha256::digest(format!("{account}/{role_name}"))
            .iter()
            .take(8)
            .map(|b| format!("{b:02x}"))
            .collect();
        format!(
            "arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_{role_name}_{hash}"
        )
    }

    /// Assigns a role in an account to the user.
    pub fn assign(&self, account: &str, role_name: &str) -> &Self {
        lock(&self.desk).assigned.insert((account.into(), role_name.into()));
        self
    }

    /// Names an account, which need not be unique.
    pub fn account(&self, account: &str, name: &str) -> &Self {
        lock(&self.desk).names.insert(account.into(), name.into());
        self
    }

    /// How many entries a page of a list has.
    pub fn page(&self, entries: usize) -> &Self {
        lock(&self.desk).page = Some(entries);
        self
    }

    /// The largest number of requests for lists that came within a second.
    pub fn most_in_a_second(&self) -> usize {
        let desk = lock(&self.desk);
        let within = |from: &Instant| {
            desk.listed.iter().filter(|at| *at >= from && at.duration_since(*from).as_millis() < 1000).count()
        };
        desk.listed.iter().map(within).max().unwrap_or(0)
    }

    /// Signs the user in: the portal takes this bearer token for so many seconds.
    pub fn access_token(&self, text: &str, seconds: i64) -> &Self {
        let expires = self.world.now() + Duration::seconds(seconds);
        lock(&self.desk).accept(text.into(), expires);
        self
    }

    /// Signs the user out: no bearer token is taken any more, and none can be refreshed.
    pub fn sign_out(&self) -> &Self {
        let mut desk = lock(&self.desk);
        desk.access_tokens.clear();
        desk.oidc.forget_refresh_tokens();
        self
    }

    /// Registers a client of the token service for so many seconds, which may be negative.
    pub fn client(&self, id: &str, secret: &str, seconds: i64) -> &Self {
        let expires = self.world.now() + Duration::seconds(seconds);
        lock(&self.desk).oidc.register(id, secret, expires);
        self
    }

    /// What the user does in the browser from now on.
    pub fn consent(&self, consent: Consent) -> &Self {
        lock(&self.desk).oidc.consent = consent;
        self
    }

    /// The one start URL that this Identity Center knows.
    pub fn start_url(&self, url: &str) -> &Self {
        lock(&self.desk).oidc.start_url = Some(url.into());
        self
    }

    /// How long a device code lasts, in seconds.
    pub fn device_seconds(&self, seconds: i64) -> &Self {
        lock(&self.desk).oidc.device_seconds = seconds;
        self
    }

    /// Gives a client a refresh token, which works once.
    pub fn refresh_token(&self, client_id: &str, text: &str) -> &Self {
        lock(&self.desk).oidc.give_refresh_token(client_id, text);
        self
    }
}

impl Deref for Sso {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// What the portal and the token service know.
#[derive(Default)]
struct Desk {
    access_tokens: Vec<(String, OffsetDateTime)>,
    assigned: BTreeSet<(String, String)>,
    names: BTreeMap<String, String>,
    page: Option<usize>,
    /// When lists were asked for.
    listed: Vec<Instant>,
    oidc: Oidc,
}

impl Desk {
    fn accept(&mut self, text: String, expires: OffsetDateTime) {
        self.access_tokens.retain(|(known, _)| *known != text);
        self.access_tokens.push((text, expires));
    }

    fn is_signed_in(&self, bearer: Option<&str>, now: OffsetDateTime) -> bool {
        let known = self.access_tokens.iter().find(|(text, _)| Some(text.as_str()) == bearer);
        known.is_some_and(|(_, expires)| *expires > now)
    }
}

struct Portal {
    world: SharedWorld,
    desk: Arc<Mutex<Desk>>,
}

impl Service for Portal {
    fn action(&self, request: &Request) -> String {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/federation/credentials") => "GetRoleCredentials".into(),
            ("GET", "/assignment/accounts") => "ListAccounts".into(),
            ("GET", "/assignment/roles") => "ListAccountRoles".into(),
            ("POST", "/logout") => "Logout".into(),
            ("POST", "/token") => "CreateToken".into(),
            ("POST", "/client/register") => "RegisterClient".into(),
            ("POST", "/device_authorization") => "StartDeviceAuthorization".into(),
            ("GET", "/authorize") => "authorize".into(),
            ("GET", "/device") => "device".into(),
            (method, path) => format!("{method} {path}"),
        }
    }

    fn answer(&self, request: &Request) -> Response {
        match self.action(request).as_str() {
            "GetRoleCredentials" => self.role_credentials(request).unwrap_or_else(|refusal| refusal),
            "ListAccounts" => self.accounts(request).unwrap_or_else(|refusal| refusal),
            "ListAccountRoles" => self.roles(request).unwrap_or_else(|refusal| refusal),
            "Logout" => self.logout(request),
            "CreateToken" => self.create_token(request),
            "RegisterClient" => {
                let mut desk = lock(&self.desk);
                desk.oidc.register_client(request, self.now()).unwrap_or_else(|refusal| refusal)
            }
            "StartDeviceAuthorization" => {
                let host = request.header("host").unwrap_or("localhost");
                // The name of a server with TLS; one without has an address.
                let scheme = if host.starts_with("localhost") { "https" } else { "http" };
                let url = format!("{scheme}://{host}");
                let mut desk = lock(&self.desk);
                desk.oidc.begin_device(request, &url, self.now()).unwrap_or_else(|refusal| refusal)
            }
            "authorize" => lock(&self.desk).oidc.authorize(request),
            "device" => lock(&self.desk).oidc.visit_device(request),
            _ => portal_error(404, "ResourceNotFoundException", "There is nothing at this path"),
        }
    }

    fn now(&self) -> OffsetDateTime {
        self.world.now()
    }
}

impl Portal {
    fn role_credentials(&self, request: &Request) -> Result<Response, Response> {
        let desk = lock(&self.desk);
        if !desk.is_signed_in(request.header("x-amz-sso_bearer_token"), self.now()) {
            return Err(portal_error(401, "UnauthorizedException", "Session token not found or invalid"));
        }
        let (account, role_name) = wanted(request)?;
        if !desk.assigned.contains(&(account.clone(), role_name.clone())) {
            return Err(portal_error(403, "ForbiddenException", "No access"));
        }
        let arn = Sso::role_arn(&account, &role_name);
        let grant = Grant::of_role(&arn, USER, SESSION_SECONDS, "IAM Identity Center");
        let session = self.world.with(|world| world.issue(grant));
        let body = json!({"roleCredentials": {
            "accessKeyId": session.access_key_id,
            "secretAccessKey": session.secret_access_key,
            "sessionToken": session.session_token,
            "expiration": session.expires.unix_timestamp() * 1000,
        }});
        Ok(Response::json(200, &body))
    }

    /// The accounts in which the user has a role.
    fn accounts(&self, request: &Request) -> Result<Response, Response> {
        let mut desk = lock(&self.desk);
        let page = Page::of(&mut desk, request, self.now(), &[])?;
        let ids: BTreeSet<&String> = desk.assigned.iter().map(|(account, _)| account).collect();
        let entries: Vec<Value> = ids
            .into_iter()
            .map(|id| match desk.names.get(id) {
                Some(name) => {
                    json!({"accountId": id, "accountName": name, "emailAddress": "owner@example.com"})
                }
                None => json!({"accountId": id}),
            })
            .collect();
        page.answer("accountList", &entries)
    }

    /// The roles that the user has in an account.
    fn roles(&self, request: &Request) -> Result<Response, Response> {
        let mut desk = lock(&self.desk);
        let page = Page::of(&mut desk, request, self.now(), &["account_id"])?;
        let account = page.params.get("account_id").cloned();
        let account = account.ok_or_else(|| invalid("account_id is required"))?;
        let of_account = desk.assigned.iter().filter(|(id, _)| *id == account);
        let entries: Vec<Value> =
            of_account.map(|(id, role)| json!({"roleName": role, "accountId": id})).collect();
        match entries.is_empty() {
            true => Err(portal_error(403, "ForbiddenException", "No access")),
            false => page.answer("roleList", &entries),
        }
    }

    fn logout(&self, request: &Request) -> Response {
        let mut desk = lock(&self.desk);
        let bearer = request.header("x-amz-sso_bearer_token");
        if !desk.is_signed_in(bearer, self.now()) {
            return portal_error(401, "UnauthorizedException", "Session token not found or invalid");
        }
        desk.access_tokens.retain(|(known, _)| Some(known.as_str()) != bearer);
        Response::text(200, "")
    }

    fn create_token(&self, request: &Request) -> Response {
        let mut desk = lock(&self.desk);
        let issued = match desk.oidc.create_token(request, self.now()) {
            Ok(issued) => issued,
            Err(refusal) => return refusal,
        };
        desk.accept(issued.access_token.clone(), issued.expires);
        issued.response()
    }
}

fn invalid(message: &str) -> Response {
    portal_error(400, "InvalidRequestException", message)
}

/// More requests for lists within a second are throttled. Those of a client that sends 20 can come a little unevenly.
const MOST_LISTS: usize = 22;

/// The page of a list that a request asks for.
struct Page {
    params: BTreeMap<String, String>,
    from: usize,
    most: usize,
}

impl Page {
    /// Reads a request of a user who is signed in, and is not too fast.
    fn of(desk: &mut Desk, request: &Request, now: OffsetDateTime, more: &[&str]) -> Result<Self, Response> {
        desk.listed.push(Instant::now());
        if desk.listed.iter().rev().take_while(|at| at.elapsed().as_millis() < 1000).count() > MOST_LISTS {
            return Err(portal_error(429, "TooManyRequestsException", "HTTP 429 Unknown Code"));
        }
        if !desk.is_signed_in(request.header("x-amz-sso_bearer_token"), now) {
            return Err(portal_error(401, "UnauthorizedException", "Session token not found or invalid"));
        }
        let params = request.params().map_err(|_| invalid("A parameter is given more than once"))?;
        let params: BTreeMap<String, String> = params.into_iter().collect();
        let known =
            |name: &String| ["next_token", "max_result"].contains(&&**name) || more.contains(&&**name);
        if !params.keys().all(known) {
            return Err(invalid("There is no such parameter"));
        }
        let number = |name: &str| params.get(name).map(|text| text.parse::<usize>()).transpose();
        let from = match params.get("next_token") {
            Some(token) => token.strip_prefix("page/from=").and_then(|from| from.parse().ok()),
            None => Some(0),
        };
        let from = from.ok_or_else(|| invalid("The token is not valid"))?;
        let wanted = number("max_result").map_err(|_| invalid("max_result is no number"))?.unwrap_or(20);
        if !(1..=100).contains(&wanted) {
            return Err(invalid("max_result must be between 1 and 100"));
        }
        Ok(Self { params, from, most: desk.page.unwrap_or(100).min(wanted) })
    }

    fn answer(&self, name: &str, entries: &[Value]) -> Result<Response, Response> {
        let end = (self.from + self.most).min(entries.len());
        let page = entries.get(self.from..end).ok_or_else(|| invalid("The token is not valid"))?;
        let next = (end < entries.len()).then(|| format!("page/from={end}"));
        Ok(Response::json(200, &json!({name: page, "nextToken": next})))
    }
}

/// The account and the role that a request names. Any other parameter is refused.
fn wanted(request: &Request) -> Result<(String, String), Response> {
    let mut params = request.params().map_err(|_| invalid("A parameter is given more than once"))?;
    let mut take = |name| params.remove(name).filter(|value: &String| !value.is_empty());
    let (Some(account), Some(role_name)) = (take("account_id"), take("role_name")) else {
        return Err(invalid("account_id and role_name are required"));
    };
    match params.is_empty() {
        true => Ok((account, role_name)),
        false => Err(invalid("There is no such parameter")),
    }
}
