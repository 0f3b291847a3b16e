//! The running server: the accept loop, one thread a connection, TLS when asked for, faults, and
//! the record of what came. It listens on a free port of 127.0.0.1 only. Dropping [`Sts`] closes
//! the listener and every connection, wakes every pause, and joins every thread.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::faults::{Fault, Faults};
use super::http::{Request, Response, Transport, Wire};
use super::sts::Refusal;
use super::tls::{Ca, Leaf};
use super::world::World;
use super::{caller, clock, s3, sts, xml};

/// A running server. It stops when this is dropped.
pub struct Sts {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

/// One request that came, and what became of it.
#[derive(Clone)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    /// Names in lower case, in the order sent.
    pub headers: Vec<(String, String)>,
    /// The parameter `Action`, or `ListBuckets`.
    pub action: String,
    pub params: BTreeMap<String, String>,
    /// 0 when the connection was closed instead.
    pub status: u16,
    pub error_code: Option<String>,
    /// As the Authorization header claims, believed or not.
    pub key_id: Option<String>,
    /// The region of the credential scope, as claimed.
    pub region: Option<String>,
}

impl Recorded {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    /// A parameter, or the empty text.
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }
}

/// Without headers and parameters, which hold tokens and codes: a failing test prints this.
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
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            faults: Mutex::default(),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            handshakes: AtomicUsize::new(0),
            answers: AtomicUsize::new(0),
            open: Mutex::default(),
            tls,
            stop: Stop::default(),
        });
        let for_thread = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &for_thread));
        Self { shared, address, acceptor: Some(acceptor) }
    }

    /// `http://127.0.0.1:PORT`, or `https://localhost:PORT`.
    pub fn url(&self) -> String {
        match self.shared.tls {
            None => format!("http://{}", self.address),
            Some(_) => format!("https://localhost:{}", self.address.port()),
        }
    }

    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far, in the order answered. Recorded before its answer is sent.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared.requests).clone()
    }

    /// The actions of the requests so far: the shortest way to say what a program did.
    pub fn actions(&self) -> Vec<String> {
        let requests = lock(&self.shared.requests);
        requests.iter().map(|made| made.action.clone()).collect()
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many TLS handshakes were completed.
    pub fn handshakes(&self) -> usize {
        self.shared.handshakes.load(Ordering::SeqCst)
    }

    /// Queues a fault for one request.
    pub fn fault(&self, fault: Fault) -> &Self {
        lock(&self.shared.faults).push(fault);
        self
    }

    /// Sets the fault of every request that finds the queue empty.
    pub fn always(&self, fault: Fault) -> &Self {
        lock(&self.shared.faults).stand(fault);
        self
    }

    /// Forgets all faults.
    pub fn clear_faults(&self) -> &Self {
        lock(&self.shared.faults).clear();
        self
    }

    /// Looks at the world, or changes it, while no request is being answered.
    pub fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut lock(&self.shared.world))
    }
}

impl Drop for Sts {
    fn drop(&mut self) {
        self.shared.stop.set();
        // The accept loop sleeps in accept(); a connection of our own wakes it.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(acceptor) = self.acceptor.take().filter(|_| woken) {
            // A panic there has been printed already, and a second one would abort the tests.
            let _ = acceptor.join();
        }
    }
}

struct Shared {
    world: Mutex<World>,
    faults: Mutex<Faults>,
    requests: Mutex<Vec<Recorded>>,
    connections: AtomicUsize,
    handshakes: AtomicUsize,
    answers: AtomicUsize,
    open: Mutex<BTreeMap<usize, TcpStream>>,
    tls: Option<Arc<ServerConfig>>,
    stop: Stop,
}

/// Locks even after a panic elsewhere: a failed assertion under the lock must not hang the rest.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The end of the server, which also ends every pause.
#[derive(Default)]
struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    fn set(&self) {
        *lock(&self.stopped) = true;
        self.changed.notify_all();
    }

    fn is_set(&self) -> bool {
        *lock(&self.stopped)
    }

    /// Waits; an error when the server stopped meanwhile.
    fn pause(&self, time: Duration) -> io::Result<()> {
        let waiting = self.changed.wait_timeout_while(lock(&self.stopped), time, |stopped| !*stopped);
        match *waiting.unwrap_or_else(PoisonError::into_inner).0 {
            true => Err(io::ErrorKind::ConnectionAborted.into()),
            false => Ok(()),
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for stream in listener.incoming() {
        if shared.stop.is_set() {
            break;
        }
        let Ok(stream) = stream else { continue };
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let Ok(open) = Open::register(shared, number, &stream) else {
            continue;
        };
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread::spawn(move || {
            // A client that goes away or does not like our certificate is a test's own doing.
            let _ = serve(stream, &open.shared);
        }));
    }
    for stream in lock(&shared.open).values() {
        let _ = stream.shutdown(Shutdown::Both);
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// A connection's entry among the open ones, through which the server's end reaches a thread that
/// is reading. It goes with its thread: a forgotten handle would keep the socket open.
struct Open {
    shared: Arc<Shared>,
    number: usize,
}

impl Open {
    fn register(shared: &Arc<Shared>, number: usize, stream: &TcpStream) -> io::Result<Self> {
        lock(&shared.open).insert(number, stream.try_clone()?);
        Ok(Self { shared: Arc::clone(shared), number })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        lock(&self.shared.open).remove(&self.number);
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // The first byte shows that the client means it. Closing with that byte unread makes the
    // kernel send a reset instead of an orderly end.
    if stream.peek(&mut [0])? == 0 || lock(&shared.faults).take_reset() {
        return Ok(());
    }
    let Some(config) = &shared.tls else {
        return converse(Wire::new(Box::new(stream)), shared);
    };
    let mut tls = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    while tls.is_handshaking() {
        if let Err(error) = tls.complete_io(&mut stream) {
            // The alert that says why is still to be written.
            let _ = tls.write_tls(&mut stream);
            return Err(error);
        }
    }
    shared.handshakes.fetch_add(1, Ordering::SeqCst);
    converse(Wire::new(Box::new(Tls(StreamOwned::new(tls, stream)))), shared)
}

const NOT_A_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Answers requests until either side has enough.
fn converse(mut wire: Wire, shared: &Shared) -> io::Result<()> {
    loop {
        let request = match wire.next_request() {
            Ok(Some(request)) => request,
            Ok(None) => {
                wire.close();
                return Ok(());
            }
            Err(error) => {
                if error.kind() == io::ErrorKind::InvalidData {
                    let _ = wire.send(NOT_A_REQUEST);
                }
                return Err(error);
            }
        };
        let fault = lock(&shared.faults).take();
        let response = shared.respond(&request, &fault);
        let Some(response) = response else {
            return Ok(());
        };
        let date = clock::http(lock(&shared.world).now());
        let close = request.wants_close();
        send(&mut wire, &response.to_bytes(&date, close), &fault, shared)?;
        if matches!(fault, Fault::Cut { .. }) {
            return Ok(());
        }
        if close {
            wire.close();
            return Ok(());
        }
    }
}

fn send(wire: &mut Wire, bytes: &[u8], fault: &Fault, shared: &Shared) -> io::Result<()> {
    match fault {
        Fault::Delay(time) => {
            shared.stop.pause(*time)?;
            wire.send(bytes)
        }
        Fault::Drip { bytes_per_chunk, pause } => {
            for chunk in bytes.chunks((*bytes_per_chunk).max(1)) {
                wire.send(chunk)?;
                shared.stop.pause(*pause)?;
            }
            Ok(())
        }
        Fault::Cut { after } => wire.send(&bytes[..bytes.len().min(*after)]),
        _ => wire.send(bytes),
    }
}

impl Shared {
    /// Makes and records the answer, with the faults that change what it says. `None` when the
    /// connection is to be closed instead.
    fn respond(&self, request: &Request, fault: &Fault) -> Option<Response> {
        let mut response = match fault {
            Fault::Reset => None,
            Fault::Status { status, headers, body } => {
                Some(Response { status: *status, headers: headers.clone(), body: body.clone() })
            }
            _ => Some(self.answer(request)),
        };
        if let (Some(response), Fault::Rewrite(change)) = (&mut response, fault) {
            response.body = change(std::mem::take(&mut response.body));
        }
        self.record(request, response.as_ref());
        response
    }

    fn answer(&self, request: &Request) -> Response {
        let number = self.answers.fetch_add(1, Ordering::SeqCst) + 1;
        let request_id = format!("00000000-0000-4000-8000-{number:0>12}");
        let mut world = lock(&self.world);
        let world = &mut *world;
        let to_s3 = is_s3(request);
        let outcome = match to_s3 {
            true => answer_s3(world, request),
            false => answer_sts(world, request, &request_id),
        };
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
        let headers = [("Content-Type", kind), (id, request_id.as_str())];
        Response { status, headers: headers.map(|(name, value)| (name.into(), value.into())).into(), body }
    }

    fn record(&self, request: &Request, response: Option<&Response>) {
        let params = request.params().unwrap_or_default();
        let action = match is_s3(request) {
            true => "ListBuckets".into(),
            false => params.get("Action").cloned().unwrap_or_default(),
        };
        let failed = response.filter(|response| response.status >= 400);
        let error_code = failed.and_then(|response| xml::text_of(&response.body, "Code"));
        let claim = caller::claimed(request);
        lock(&self.requests).push(Recorded {
            method: request.method.clone(),
            path: request.path.clone(),
            headers: request.headers.clone(),
            action,
            params,
            status: response.map_or(0, |response| response.status),
            error_code: error_code.map(Into::into),
            key_id: claim.as_ref().map(|claim| claim.key_id.clone()),
            region: claim.map(|claim| claim.region),
        });
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
    let caller = caller::identify(world, request, "sts").map_err(sts::refusal)?;
    let params = request.params().map_err(twice)?;
    if request.path != "/" {
        let message = format!("Could not find operation at {}", request.path);
        return Err(Refusal::new(400, "InvalidAction", message));
    }
    sts::answer(world, &caller, &params, request_id)
}

fn twice(name: String) -> Refusal {
    Refusal::new(400, "MalformedQueryString", format!("{name} is given more than once"))
}

impl Transport for TcpStream {
    fn goodbye(&mut self) {}
}

/// A TLS stream that treats a client's end without goodbye as an end, as plain TCP does.
struct Tls(StreamOwned<ServerConnection, TcpStream>);

impl io::Read for Tls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            other => other,
        }
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Transport for Tls {
    fn goodbye(&mut self) {
        self.0.conn.send_close_notify();
        let _ = self.0.flush();
    }
}
