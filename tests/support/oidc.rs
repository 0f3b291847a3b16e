//! Identity Center's token service, as far as a refresh needs it (`CreateToken` of the SSO OIDC API): a registered
//! client gives a refresh token and gets a new pair. A refresh token works once, for its own client.

use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use super::http::{Request, Response};
use super::json::oidc_error;

/// How long an access token lasts that was got by a refresh.
const TOKEN_SECONDS: i64 = 3600;

const MEMBERS: [&str; 4] = ["clientId", "clientSecret", "grantType", "refreshToken"];

/// What the token service knows.
#[derive(Default)]
pub struct Oidc {
    clients: Vec<Client>,
    /// Unused ones, with the client that they belong to.
    refresh_tokens: Vec<(String, String)>,
    issued: usize,
}

struct Client {
    id: String,
    secret: String,
    expires: OffsetDateTime,
}

/// A pair of tokens that a refresh has made.
pub struct Issued {
    pub access_token: String,
    pub expires: OffsetDateTime,
    refresh_token: String,
}

impl Issued {
    /// The answer that hands it out.
    pub fn response(&self) -> Response {
        let body = json!({
            "accessToken": self.access_token,
            "expiresIn": TOKEN_SECONDS,
            "refreshToken": self.refresh_token,
            "tokenType": "Bearer",
        });
        Response::json(200, &body)
    }
}

/// The access token that the service's first, second, … refresh gives. Like every secret that these servers make,
/// it starts in a way that a test can look for in what must not hold it.
pub fn access_token(number: usize) -> String {
    format!("TEST//token+access+{number:0>6}==")
}

/// The refresh token that goes with it.
pub fn refresh_token(number: usize) -> String {
    format!("TEST//token+refresh+{number:0>6}==")
}

impl Oidc {
    /// Adds a client, or replaces the one with the same id.
    pub fn register(&mut self, id: &str, secret: &str, expires: OffsetDateTime) {
        self.clients.retain(|client| client.id != id);
        self.clients.push(Client { id: id.into(), secret: secret.into(), expires });
    }

    /// Adds a refresh token.
    pub fn give_refresh_token(&mut self, client_id: &str, text: &str) {
        self.refresh_tokens.push((client_id.into(), text.into()));
    }

    /// No refresh token works any more.
    pub fn forget_refresh_tokens(&mut self) {
        self.refresh_tokens.clear();
    }

    /// Answers `POST /token`: a new pair, or the refusal.
    pub fn create_token(&mut self, request: &Request, now: OffsetDateTime) -> Result<Issued, Response> {
        let body = members(request)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("");
        if text("grantType") != "refresh_token" {
            let (exception, error) = ("UnsupportedGrantTypeException", "unsupported_grant_type");
            return Err(oidc_error(400, exception, error, "Only refresh_token is supported"));
        }
        self.check_client(text("clientId"), text("clientSecret"), now)?;
        let mine = (text("clientId").to_owned(), text("refreshToken").to_owned());
        let Some(position) = self.refresh_tokens.iter().position(|known| *known == mine) else {
            let description = "Invalid refresh token provided";
            return Err(oidc_error(400, "InvalidGrantException", "invalid_grant", description));
        };
        self.refresh_tokens.remove(position);
        self.issued += 1;
        let issued = Issued {
            access_token: access_token(self.issued),
            expires: now + Duration::seconds(TOKEN_SECONDS),
            refresh_token: refresh_token(self.issued),
        };
        self.refresh_tokens.push((mine.0, issued.refresh_token.clone()));
        Ok(issued)
    }

    fn check_client(&self, id: &str, secret: &str, now: OffsetDateTime) -> Result<(), Response> {
        let client = self.clients.iter().find(|client| client.id == id && client.secret == secret);
        let invalid = |description| oidc_error(401, "InvalidClientException", "invalid_client", description);
        match client {
            None => Err(invalid("Invalid client secret provided")),
            Some(client) if client.expires <= now => Err(invalid("The client registration has expired")),
            Some(_) => Ok(()),
        }
    }
}

/// The request's body: a JSON object of text members, all of them and no other.
fn members(request: &Request) -> Result<Map<String, Value>, Response> {
    let invalid = |why| oidc_error(400, "InvalidRequestException", "invalid_request", why);
    if !request.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(invalid("The body is not application/json"));
    }
    let body: Map<String, Value> =
        serde_json::from_slice(&request.body).map_err(|_| invalid("The body is not a JSON object"))?;
    let given = |name: &&str| body.get(*name).is_some_and(Value::is_string);
    match MEMBERS.iter().all(given) && body.len() == MEMBERS.len() {
        true => Ok(body),
        false => Err(invalid(
            "The body needs clientId, clientSecret, grantType and refreshToken, and nothing else",
        )),
    }
}
