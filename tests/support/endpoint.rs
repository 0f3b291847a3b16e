//! The strict STS behind one address: STS at `POST /` (or `GET /?Action=…`) and S3's ListBuckets at `GET /`.
//! The request's sender is proven first, then the action is carried out on the [`World`].

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::ServerConfig;
use time::OffsetDateTime;

use super::http::{Request, Response};
use super::server::{Server, Service};
use super::shared::SharedWorld;
use super::sts::Refusal;
use super::tls::{Ca, Leaf};
use super::world::World;
use super::{caller, s3, sts, web_identity, xml};

/// A running STS. What every server can do, it does through [`Server`].
pub struct Sts {
    server: Server,
    world: SharedWorld,
}

impl Sts {
    /// Starts a plain http server.
    pub fn http(world: World) -> Self {
        Self::start(world, None)
    }

    /// Starts an https server with a valid certificate.
    pub fn https(world: World, ca: &Ca) -> Self {
        Self::https_with(world, ca, Leaf::Valid)
    }

    /// Starts an https server with a certificate that may be wrong.
    pub fn https_with(world: World, ca: &Ca, leaf: Leaf) -> Self {
        Self::start(world, Some(ca.server_config(leaf)))
    }

    fn start(world: World, tls: Option<Arc<ServerConfig>>) -> Self {
        let world = SharedWorld::new(world);
        let service = Endpoint { world: world.clone(), answers: AtomicUsize::new(0) };
        Self { server: Server::start(service, tls), world }
    }

    /// Looks at the world, or changes it, while no request is being answered.
    pub fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.world.with(act)
    }

    /// The world, for another server that hands out keys in it.
    pub(super) fn shared_world(&self) -> SharedWorld {
        self.world.clone()
    }
}

impl Deref for Sts {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

struct Endpoint {
    world: SharedWorld,
    answers: AtomicUsize,
}

impl Service for Endpoint {
    fn action(&self, request: &Request) -> String {
        match is_s3(request) {
            true => "ListBuckets".into(),
            false => request.params().unwrap_or_default().remove("Action").unwrap_or_default(),
        }
    }

    fn answer(&self, request: &Request) -> Response {
        let number = self.answers.fetch_add(1, Ordering::SeqCst) + 1;
        let request_id = format!("00000000-0000-4000-8000-{number:0>12}");
        let to_s3 = is_s3(request);
        let outcome = self.world.with(|world| match to_s3 {
            true => answer_s3(world, request),
            false => answer_sts(world, request, &request_id),
        });
        let (status, body) = match outcome {
            Ok(body) => (200, body),
            Err(refusal) => {
                let document = if to_s3 { xml::s3_error } else { xml::sts_error };
                let body = document(refusal.code, &refusal.message, &request_id);
                (refusal.status, body)
            }
        };
        let (kind, id) = match to_s3 {
            true => ("application/xml", "x-amz-request-id"),
            false => ("text/xml", "x-amzn-RequestId"),
        };
        Response::new(status, &[("Content-Type", kind), (id, &request_id)], body)
    }

    fn now(&self) -> OffsetDateTime {
        self.world.now()
    }
}

/// A GET of the root without an action is S3's ListBuckets; all else is for STS to judge.
fn is_s3(request: &Request) -> bool {
    let params = request.params().unwrap_or_default();
    request.method == "GET" && request.path == "/" && !params.contains_key("Action")
}

fn answer_s3(world: &World, request: &Request) -> Result<String, Refusal> {
    let caller = caller::identify(world, request, "s3").map_err(s3::refusal)?;
    let params = request.params().map_err(twice)?;
    s3::list_buckets(world, &caller, &params)
}

fn answer_sts(world: &mut World, request: &Request, request_id: &str) -> Result<String, Refusal> {
    let needs_no_signature = request.params().is_ok_and(|params| web_identity::is_asked_for(&params));
    let caller = match needs_no_signature {
        true => None,
        false => Some(caller::identify(world, request, "sts").map_err(sts::refusal)?),
    };
    let params = request.params().map_err(twice)?;
    if request.path != "/" {
        let message = format!("Could not find operation at {}", request.path);
        return Err(Refusal::new(400, "InvalidAction", message));
    }
    sts::answer(world, caller.as_ref(), &params, request_id)
}

fn twice(name: String) -> Refusal {
    Refusal::new(400, "MalformedQueryString", format!("{name} is given more than once"))
}
