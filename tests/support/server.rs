//! A running server, whatever it serves: the accept loop, one thread a connection, TLS when asked for,
//! faults, and the record of what came. It listens on a free port of 127.0.0.1 only. Dropping
//! [`Server`] closes the listener and every connection, wakes every pause, and joins every thread.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use time::OffsetDateTime;

use super::clock;
use super::faults::{Fault, Faults};
use super::http::{Request, Response, Transport, Wire};
use super::record::Recorded;
use super::shared::lock;

/// What a server serves.
pub trait Service: Send + Sync + 'static {
    /// The name under which a request is recorded.
    fn action(&self, request: &Request) -> String {
        format!("{} {}", request.method, request.path)
    }

    /// Carries out a request.
    fn answer(&self, request: &Request) -> Response;

    /// The server's clock.
    fn now(&self) -> OffsetDateTime;
}

/// A running server. It stops when this is dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts serving; with a TLS configuration over https.
    pub(super) fn start(service: impl Service, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            service: Box::new(service),
            faults: Mutex::default(),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            handshakes: AtomicUsize::new(0),
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
}

impl Drop for Server {
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
    service: Box<dyn Service>,
    faults: Mutex<Faults>,
    requests: Mutex<Vec<Recorded>>,
    connections: AtomicUsize,
    handshakes: AtomicUsize,
    open: Mutex<BTreeMap<usize, TcpStream>>,
    tls: Option<Arc<ServerConfig>>,
    stop: Stop,
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
        let date = clock::http(shared.service.now());
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
            _ => Some(self.service.answer(request)),
        };
        if let (Some(response), Fault::Rewrite(change)) = (&mut response, fault) {
            response.body = change(std::mem::take(&mut response.body));
        }
        let action = self.service.action(request);
        lock(&self.requests).push(Recorded::new(action, request, response.as_ref()));
        response
    }
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
