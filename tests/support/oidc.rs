//! Identity Center's token service (SSO OIDC API): it registers clients, signs users in by the authorization code with
//! PKCE and by the device code, and refreshes tokens. A code and a refresh token work once, for their own client. A
//! test says what the user does in the browser.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::http::{Request, Response};
use super::json::oidc_error;

/// How long an access token lasts that was got by a refresh.
const TOKEN_SECONDS: i64 = 3600;

/// How long a device code lasts, unless a test says otherwise.
const DEVICE_SECONDS: i64 = 600;
/// The scope without which the service gives no refresh token.
const ACCOUNT_ACCESS: &str = "sso:account:access";
/// The redirect address that clients register.
const REDIRECT: &str = "http://127.0.0.1/oauth/callback";

/// What the user does on the page of a sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Permits access.
    #[default]
    Approve,
    /// Has permitted it already: a device code gives a token at once.
    Ahead,
    /// Denies it.
    Deny,
    /// Permits it, but the browser comes back with another state first.
    OtherState,
    /// The service fails with an error and a description.
    Fail(String, String),
    /// Nothing.
    Nothing,
}

/// What the token service knows.
pub struct Oidc {
    clients: Vec<Client>,
    /// Unused ones, with the client that they belong to.
    refresh_tokens: Vec<(String, String)>,
    codes: Vec<Code>,
    devices: Vec<Device>,
    issued: usize,
    registered: usize,
    /// The start URL of this Identity Center. Without one, any start URL is accepted.
    pub start_url: Option<String>,
    /// What the user does.
    pub consent: Consent,
    /// How long a device code lasts, in seconds.
    pub device_seconds: i64,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            clients: Vec::new(),
            refresh_tokens: Vec::new(),
            codes: Vec::new(),
            devices: Vec::new(),
            issued: 0,
            registered: 0,
            start_url: None,
            consent: Consent::default(),
            device_seconds: DEVICE_SECONDS,
        }
    }
}

#[derive(Clone, Default)]
struct Client {
    id: String,
    secret: String,
    expires: Option<OffsetDateTime>,
    scopes: Vec<String>,
    /// Whether it may use the authorization code.
    has_code: bool,
}

/// A code of the authorization code flow, which works once.
struct Code {
    text: String,
    client_id: String,
    challenge: String,
    redirect: String,
}

/// A device code, and what the user did with it.
struct Device {
    code: String,
    user_code: String,
    client_id: String,
    expires: OffsetDateTime,
    answer: Option<bool>,
}

/// A pair of tokens that a refresh has made.
pub struct Issued {
    pub access_token: String,
    pub expires: OffsetDateTime,
    refresh_token: Option<String>,
}

impl Issued {
    /// The answer that hands it out.
    pub fn response(&self) -> Response {
        let mut body = json!({
            "accessToken": self.access_token,
            "expiresIn": TOKEN_SECONDS,
            "tokenType": "Bearer",
        });
        if let Some(token) = &self.refresh_token {
            body["refreshToken"] = json!(token);
        }
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
        let (id, secret, scopes) = (id.into(), secret.into(), vec![ACCOUNT_ACCESS.into()]);
        self.clients.push(Client { id, secret, scopes, expires: Some(expires), has_code: false });
    }

    /// Adds a refresh token.
    pub fn give_refresh_token(&mut self, client_id: &str, text: &str) {
        self.refresh_tokens.push((client_id.into(), text.into()));
    }

    /// No refresh token works any more.
    pub fn forget_refresh_tokens(&mut self) {
        self.refresh_tokens.clear();
    }

    /// Answers `POST /client/register`.
    pub fn register_client(&mut self, request: &Request, now: OffsetDateTime) -> Result<Response, Response> {
        let body = object(request)?;
        let list = |name: &str| -> Vec<String> {
            let texts = body.get(name).and_then(Value::as_array).into_iter().flatten();
            texts.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("");
        if text("clientType") != "public" || text("clientName").is_empty() {
            return Err(invalid("clientName and clientType are required"));
        }
        let scopes = list("scopes");
        if let Some(scope) = scopes.iter().find(|scope| !scope.contains(':')) {
            let description = format!("Invalid scope {scope}");
            return Err(oidc_error(400, "InvalidScopeException", "invalid_scope", &description));
        }
        let has_code = !list("grantTypes").is_empty();
        if has_code {
            if list("grantTypes") != ["authorization_code", "refresh_token"]
                || list("redirectUris") != [REDIRECT]
            {
                return Err(invalid("These grantTypes and redirectUris are not those of the AWS CLI"));
            }
            self.check_start_url(text("issuerUrl"))?;
        }
        self.registered += 1;
        let id = format!("client+registered+{:0>4}", self.registered);
        let secret = format!("TEST/secret+registered+{:0>6}", self.registered);
        let expires = now + Duration::days(90);
        let answer = json!({
            "clientId": id,
            "clientSecret": secret,
            "clientIdIssuedAt": now.unix_timestamp(),
            "clientSecretExpiresAt": expires.unix_timestamp(),
        });
        self.clients.push(Client { id, secret, expires: Some(expires), scopes, has_code });
        Ok(Response::json(200, &answer))
    }

    fn check_start_url(&self, url: &str) -> Result<(), Response> {
        match &self.start_url {
            Some(known) if known != url => Err(invalid("Invalid start url provided")),
            _ => Ok(()),
        }
    }

    /// Answers `POST /device_authorization`; `url` is the address of this service.
    pub fn begin_device(
        &mut self,
        request: &Request,
        url: &str,
        now: OffsetDateTime,
    ) -> Result<Response, Response> {
        let body = members(request, &["clientId", "clientSecret", "startUrl"])?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("");
        self.check_client(text("clientId"), text("clientSecret"), now)?;
        self.check_start_url(text("startUrl"))?;
        let number = self.devices.len() + 1;
        let (code, user_code) = (format!("TEST//token+device+{number:0>6}"), format!("ABCD-{number:0>4}"));
        let response = json!({
            "deviceCode": code,
            "userCode": user_code,
            "verificationUri": format!("{url}/device"),
            "verificationUriComplete": format!("{url}/device?user_code={user_code}"),
            "expiresIn": self.device_seconds,
            "interval": 1,
        });
        let expires = now + Duration::seconds(self.device_seconds);
        let client_id = text("clientId").to_owned();
        let answer = (self.consent == Consent::Ahead).then_some(true);
        self.devices.push(Device { code, user_code, client_id, expires, answer });
        Ok(Response::json(200, &response))
    }

    /// Answers `GET /device`: what the user does on the page.
    pub fn visit_device(&mut self, request: &Request) -> Response {
        let params = request.params().unwrap_or_default();
        let answer = match self.consent {
            Consent::Approve | Consent::Ahead => Some(true),
            Consent::Deny => Some(false),
            _ => None,
        };
        let sought = |device: &&mut Device| params.get("user_code") == Some(&device.user_code);
        match self.devices.iter_mut().find(sought) {
            Some(device) => {
                device.answer = answer;
                Response::text(200, "done")
            }
            None => Response::text(404, "there is no such code"),
        }
    }

    /// Answers `GET /authorize`: sends the browser back, as the user wants it.
    pub fn authorize(&mut self, request: &Request) -> Response {
        let params = request.params().unwrap_or_default();
        let text = |name: &str| params.get(name).map(String::as_str).unwrap_or("");
        let is_ours = |client: &&Client| client.id == text("client_id") && client.has_code;
        let Some(client) = self.clients.iter().find(is_ours) else {
            return Response::text(400, "the client is not registered");
        };
        let redirect = text("redirect_uri").to_owned();
        let port =
            redirect.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/oauth/callback"));
        let has_port = port.is_some_and(|port| port.parse::<u16>().is_ok());
        let scopes: Vec<&str> = text("scopes").split(' ').collect();
        let fits = has_port
            && text("response_type") == "code"
            && text("code_challenge_method") == "S256"
            && text("code_challenge").len() == 43
            && text("state").len() >= 16
            && scopes == client.scopes;
        if !fits {
            return Response::text(400, "a parameter is wrong");
        }
        let code = format!("TEST//token+code+{:0>6}", self.codes.len() + 1);
        let state = text("state");
        let target = match &self.consent {
            Consent::Approve | Consent::Ahead => {
                format!("code={}&state={state}", code.replace('/', "%2F").replace('+', "%2B"))
            }
            Consent::Deny => format!("error=access_denied&error_description=User+denied&state={state}"),
            Consent::OtherState => "code=x&state=00000000000000000000000000000000".to_owned(),
            Consent::Fail(error, description) => {
                format!("error={error}&error_description={}&state={state}", description.replace(' ', "+"))
            }
            Consent::Nothing => return Response::text(200, "a page that waits for the user"),
        };
        let code = Code {
            text: code,
            client_id: client.id.clone(),
            challenge: text("code_challenge").to_owned(),
            redirect: redirect.clone(),
        };
        self.codes.push(code);
        Response::new(302, &[("Location", &format!("{redirect}?{target}"))], "")
    }

    /// Answers `POST /token`: a new pair, or the refusal.
    pub fn create_token(&mut self, request: &Request, now: OffsetDateTime) -> Result<Issued, Response> {
        let grant_type = object(request)?.get("grantType").and_then(Value::as_str).unwrap_or("").to_owned();
        let client = match grant_type.as_str() {
            "refresh_token" => self.refreshed(request, now)?,
            "authorization_code" => self.coded(request, now)?,
            "urn:ietf:params:oauth:grant-type:device_code" => self.approved(request, now)?,
            _ => {
                let (exception, error) = ("UnsupportedGrantTypeException", "unsupported_grant_type");
                return Err(oidc_error(400, exception, error, "There is no such grantType"));
            }
        };
        self.issued += 1;
        let refreshes = client.scopes.iter().any(|scope| scope == ACCOUNT_ACCESS);
        let issued = Issued {
            access_token: access_token(self.issued),
            expires: now + Duration::seconds(TOKEN_SECONDS),
            refresh_token: refreshes.then(|| refresh_token(self.issued)),
        };
        self.refresh_tokens.extend(issued.refresh_token.clone().map(|token| (client.id, token)));
        Ok(issued)
    }

    /// The client of a refresh token, which works once.
    fn refreshed(&mut self, request: &Request, now: OffsetDateTime) -> Result<Client, Response> {
        let body = members(request, &["clientId", "clientSecret", "grantType", "refreshToken"])?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("");
        let client = self.check_client(text("clientId"), text("clientSecret"), now)?;
        let mine = (text("clientId").to_owned(), text("refreshToken").to_owned());
        let Some(position) = self.refresh_tokens.iter().position(|known| *known == mine) else {
            let description = "Invalid refresh token provided";
            return Err(oidc_error(400, "InvalidGrantException", "invalid_grant", description));
        };
        self.refresh_tokens.remove(position);
        Ok(client)
    }

    /// The client of a code, whose verifier must be the one that was hashed.
    fn coded(&mut self, request: &Request, now: OffsetDateTime) -> Result<Client, Response> {
        let known = ["clientId", "clientSecret", "grantType", "code", "codeVerifier", "redirectUri"];
        let body = members(request, &known)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("");
        let client = self.check_client(text("clientId"), text("clientSecret"), now)?;
        let challenge = challenge_of(text("codeVerifier"));
        let fits = |code: &Code| {
            code.text == text("code")
                && code.client_id == client.id
                && code.redirect == text("redirectUri")
                && code.challenge == challenge
        };
        let Some(position) = self.codes.iter().position(fits) else {
            return Err(oidc_error(400, "InvalidGrantException", "invalid_grant", "Invalid code provided"));
        };
        self.codes.remove(position);
        Ok(client)
    }

    /// The client of a device code, if the user has approved.
    fn approved(&mut self, request: &Request, now: OffsetDateTime) -> Result<Client, Response> {
        let body = members(request, &["clientId", "clientSecret", "grantType", "deviceCode"])?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("");
        let client = self.check_client(text("clientId"), text("clientSecret"), now)?;
        let mine = |device: &Device| device.code == text("deviceCode") && device.client_id == client.id;
        let refusal = |exception: &str, error: &str, description: &str| {
            Err(oidc_error(400, exception, error, description))
        };
        match self.devices.iter().find(|device| mine(device)) {
            None => refusal("InvalidGrantException", "invalid_grant", "Invalid device code provided"),
            Some(device) if device.expires <= now => {
                refusal("ExpiredTokenException", "expired_token", "Device code has expired")
            }
            Some(device) => match device.answer {
                None => refusal("AuthorizationPendingException", "authorization_pending", "Not approved yet"),
                Some(false) => refusal("AccessDeniedException", "access_denied", "Access denied"),
                Some(true) => Ok(client),
            },
        }
    }

    fn check_client(&self, id: &str, secret: &str, now: OffsetDateTime) -> Result<Client, Response> {
        let client = self.clients.iter().find(|client| client.id == id && client.secret == secret);
        let invalid = |description| oidc_error(401, "InvalidClientException", "invalid_client", description);
        match client {
            None => Err(invalid("Invalid client secret provided")),
            Some(client) if client.expires.is_some_and(|expires| expires <= now) => {
                Err(invalid("The client registration has expired"))
            }
            Some(client) => Ok(client.clone()),
        }
    }
}

/// base64url(SHA-256), as RFC 7636 wants it.
fn challenge_of(verifier: &str) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for part in Sha256::digest(verifier).chunks(3) {
        let bits =
            part.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for place in 0..=part.len() {
            text.push(letters[(bits >> (18 - 6 * place) & 63) as usize].into());
        }
    }
    text
}

fn invalid(why: &str) -> Response {
    oidc_error(400, "InvalidRequestException", "invalid_request", why)
}

/// The request's body: a JSON object.
fn object(request: &Request) -> Result<Map<String, Value>, Response> {
    if !request.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(invalid("The body is not application/json"));
    }
    serde_json::from_slice(&request.body).map_err(|_| invalid("The body is not a JSON object"))
}

/// The request's body: a JSON object of text members, all of them and no other.
fn members(request: &Request, names: &[&str]) -> Result<Map<String, Value>, Response> {
    let body = object(request)?;
    let given = |name: &&str| body.get(*name).is_some_and(Value::is_string);
    match names.iter().all(given) && body.len() == names.len() {
        true => Ok(body),
        false => Err(invalid(&format!("The body needs {}, and nothing else", names.join(", ")))),
    }
}
