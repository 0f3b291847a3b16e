//! What a server remembers of each request, so that a test can say what a program asked for, with what,
//! and what it was told.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::http::{Request, Response};
use super::{caller, xml};

/// One request that came, and what became of it.
#[derive(Clone)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    /// Names in lower case, in the order sent.
    pub headers: Vec<(String, String)>,
    /// STS's parameter `Action`; the operation's name at S3 and the portal; else method and path.
    pub action: String,
    pub params: BTreeMap<String, String>,
    /// The body, as far as it is text.
    pub body: String,
    /// 0 when the connection was closed instead.
    pub status: u16,
    pub error_code: Option<String>,
    /// As the Authorization header claims, believed or not.
    pub key_id: Option<String>,
    /// The region of the credential scope, as claimed.
    pub region: Option<String>,
}

impl Recorded {
    /// What is kept of a request and of its answer, if it got one.
    pub(super) fn new(action: String, request: &Request, response: Option<&Response>) -> Self {
        let claim = caller::claimed(request);
        let failed = response.filter(|response| response.status >= 400);
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            headers: request.headers.clone(),
            action,
            params: request.params().unwrap_or_default(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            status: response.map_or(0, |response| response.status),
            error_code: failed.and_then(error_code),
            key_id: claim.as_ref().map(|claim| claim.key_id.clone()),
            region: claim.map(|claim| claim.region),
        }
    }

    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    /// A parameter, or the empty text.
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// A text member of the body, which is a JSON object, or the empty text.
    pub fn member(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body[name].as_str().unwrap_or("").into()
    }

    /// Whether it came with an Authorization header, which some requests should not have.
    pub fn has_authorization(&self) -> bool {
        self.header("authorization").is_some()
    }
}

/// Without headers, parameters and body, which hold tokens and codes: a failing test prints this.
impl fmt::Debug for Recorded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Recorded")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("action", &self.action)
            .field("status", &self.status)
            .field("error_code", &self.error_code)
            .field("key_id", &self.key_id)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// The error's name where the services put it: a header, an XML element, a JSON member.
fn error_code(response: &Response) -> Option<String> {
    let header = response.header("x-amzn-ErrorType");
    let named = header.or_else(|| xml::text_of(&response.body, "Code"));
    named.map(Into::into).or_else(|| {
        let body: Value = serde_json::from_str(&response.body).ok()?;
        body.get("code").and_then(Value::as_str).map(Into::into)
    })
}
