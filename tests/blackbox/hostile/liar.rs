//! A server that sends prepared bytes as the answer to every request, and closes the connection. All services
//! of a test have its one address; the path of a request shows which service is meant.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The bytes of an answer, and how they are sent.
pub enum Lie {
    /// These bytes at once.
    Bytes(Vec<u8>),
    /// The first bytes at once, the others one by one, with a pause before each.
    Drip(Vec<u8>, Vec<u8>, Duration),
}

/// A response whose head is right.
pub fn answer(status: u16, kind: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend(body);
    bytes
}

/// A running liar; it ends with this handle.
pub struct Liar {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
    acceptor: Option<JoinHandle<()>>,
}

impl Liar {
    /// Answers each request by its head.
    pub fn new(lie: impl Fn(&str) -> Lie + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (stopped, counted, kept) = (Arc::clone(&stop), Arc::clone(&count), Arc::clone(&heads));
        let lie = Arc::new(lie);
        let acceptor = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let (lie, stopped, kept) = (Arc::clone(&lie), Arc::clone(&stopped), Arc::clone(&kept));
                if let Ok(stream) = stream {
                    thread::spawn(move || serve(stream, &*lie, &stopped, &kept));
                }
            }
        });
        Self { address, stop, count, heads, acceptor: Some(acceptor) }
    }

    /// Answers every request with the same bytes.
    pub fn always(bytes: Vec<u8>) -> Self {
        Self::new(move |_| Lie::Bytes(bytes.clone()))
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections came.
    pub fn connections(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// The heads of the requests.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no thread panicked with it").clone()
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // The accept loop sleeps; a connection of our own wakes it.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(acceptor) = self.acceptor.take().filter(|_| woken) {
            let _ = acceptor.join();
        }
    }
}

fn serve(mut stream: TcpStream, lie: &dyn Fn(&str) -> Lie, stopped: &AtomicBool, heads: &Mutex<Vec<String>>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    let Some(head) = request(&mut stream) else { return };
    heads.lock().expect("no thread panicked with it").push(head.clone());
    match lie(&head) {
        Lie::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Lie::Drip(head, bytes, pause) => {
            let _ = stream.write_all(&head);
            for byte in bytes {
                thread::sleep(pause);
                if stopped.load(Ordering::SeqCst) || stream.write_all(&[byte]).is_err() {
                    break;
                }
            }
        }
    }
    // Read to the end: closing with unread bytes would be a reset, and the client would lose the answer.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

/// Reads one request; returns its head.
fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                return Some(head);
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend(&chunk[..count]),
        }
    }
}
