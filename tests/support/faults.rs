//! What a network or a bad server can do to an answer, on demand. Faults wait in a queue and each
//! serves one request; a standing fault serves every request that finds the queue empty.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::http::Response;
use super::{json, xml};

/// One thing to go wrong. Except for [`Fault::Status`] and [`Fault::Reset`], the request is
/// carried out first: a session is issued, a code is burnt.
#[derive(Clone)]
pub enum Fault {
    /// Nothing goes wrong: lets one request through before the next fault.
    Pass,
    /// This instead of an answer; the request is not carried out.
    Status { status: u16, headers: Vec<(String, String)>, body: String },
    /// The answer comes late.
    Delay(Duration),
    /// The answer trickles.
    Drip { bytes_per_chunk: usize, pause: Duration },
    /// The connection closes after so many bytes of the answer, its head included.
    Cut { after: usize },
    /// The connection closes without a word: a new one before its request is read (the client
    /// sees a reset), a reused one after it.
    Reset,
    /// The answer's body is turned into another one. Made with [`Fault::rewrite`].
    Rewrite(Arc<Rewriting>),
}

type Rewriting = dyn Fn(String) -> String + Send + Sync;

impl Fault {
    /// An answer without headers of its own (it gets `Content-Type: text/xml`).
    pub fn status(status: u16, body: &str) -> Self {
        Self::Status { status, headers: vec![("Content-Type".into(), "text/xml".into())], body: body.into() }
    }

    /// An STS error document.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::status(status, &xml::sts_error(code, message, "00000000-0000-4000-8000-00000000fa17"))
    }

    /// STS's answer to a client that asks too fast.
    pub fn throttling() -> Self {
        Self::error(400, "Throttling", "Rate exceeded")
    }

    /// STS's answer when it cannot ask whoever signed a web identity token.
    pub fn idp_communication() -> Self {
        Self::error(
            400,
            "IDPCommunicationError",
            "The identity provider could not be reached to verify the incoming identity token.",
        )
    }

    /// An error of the Identity Center portal, such as `429 TooManyRequestsException`.
    pub fn portal(status: u16, exception: &str, message: &str) -> Self {
        Self::instead(json::portal_error(status, exception, message))
    }

    /// An error of the Identity Center's token service, such as `400 SlowDownException slow_down`.
    pub fn oidc(status: u16, exception: &str, error: &str, description: &str) -> Self {
        Self::instead(json::oidc_error(status, exception, error, description))
    }

    /// No answer, until the client gives up or the server ends.
    pub fn hang() -> Self {
        Self::Delay(Duration::from_secs(24 * 60 * 60))
    }

    fn instead(response: Response) -> Self {
        Self::Status { status: response.status, headers: response.headers, body: response.body }
    }

    /// A web page, as a proxy or a captive portal sends it.
    pub fn html(status: u16) -> Self {
        Self::Status {
            status,
            headers: vec![("Content-Type".into(), "text/html; charset=utf-8".into())],
            body: "<!DOCTYPE html>\n<html><body><h1>Sign in to continue</h1></body></html>\n".into(),
        }
    }

    /// The real answer, its body changed by a function.
    pub fn rewrite(change: impl Fn(String) -> String + Send + Sync + 'static) -> Self {
        Self::Rewrite(Arc::new(change))
    }

    /// The real answer with an element's text replaced, as a hostile server would.
    /// The text is put in as it is, so markup must be escaped by the caller.
    pub fn replace_element(name: &'static str, text: &'static str) -> Self {
        Self::rewrite(move |body| replace(&body, name, &format!("<{name}>{text}</{name}>")))
    }

    /// The real answer without an element.
    pub fn drop_element(name: &'static str) -> Self {
        Self::rewrite(move |body| replace(&body, name, ""))
    }

    /// The real JSON answer with a member replaced, at whatever depth it stands.
    pub fn replace_member(name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        Self::rewrite(move |body| json::edit(&body, name, Some(&value)))
    }

    /// The real JSON answer without a member.
    pub fn drop_member(name: &'static str) -> Self {
        Self::rewrite(move |body| json::edit(&body, name, None))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Pass => "Pass",
            Self::Status { status, .. } => return write!(out, "Status({status})"),
            Self::Delay(_) => "Delay",
            Self::Drip { .. } => "Drip",
            Self::Cut { .. } => "Cut",
            Self::Reset => "Reset",
            Self::Rewrite(_) => "Rewrite",
        };
        out.write_str(name)
    }
}

fn replace(body: &str, name: &str, by: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let Some((before, rest)) = body.split_once(&open) else {
        return body.into();
    };
    let Some((_, after)) = rest.split_once(&close) else {
        return body.into();
    };
    format!("{before}{by}{after}")
}

/// The faults that are still to come.
#[derive(Default)]
pub(super) struct Faults {
    queue: VecDeque<Fault>,
    standing: Option<Fault>,
}

impl Faults {
    pub fn push(&mut self, fault: Fault) {
        self.queue.push_back(fault);
    }

    pub fn stand(&mut self, fault: Fault) {
        self.standing = Some(fault);
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault for the next request.
    pub fn take(&mut self) -> Fault {
        let queued = self.queue.pop_front();
        queued.or_else(|| self.standing.clone()).unwrap_or(Fault::Pass)
    }

    /// Takes the next fault if it is a reset.
    pub fn take_reset(&mut self) -> bool {
        let next = self.queue.front().or(self.standing.as_ref());
        let reset = matches!(next, Some(Fault::Reset));
        if reset {
            self.queue.pop_front();
        }
        reset
    }
}
