//! Counts round trips: a relay on loopback between the program and the STS that holds the service's words back for a while, as
//! a long way would.
//!
//! A flight is what a client sends before it waits for an answer, and here it is counted when the answer to it is delivered.
//! With the TCP handshake, which no relay sees, round trips are 1 + flights. The pause keeps what a client sends without
//! waiting apart from what it sends in answer.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::ground::Ground;

/// The way back to the client. Far more than a client needs to think.
const WAY: Duration = Duration::from_millis(50);

/// What one program needed.
pub struct Trips {
    pub name: String,
    pub connections: usize,
    pub round_trips: usize,
}

#[derive(Default)]
struct Count {
    connections: AtomicUsize,
    flights: AtomicUsize,
}

/// The case of three hops.
pub const THREE: &str = "assume-env three (three hops)";

/// The round trips of one hop, of three, of a portal and of S3 behind a hop, without DNS.
pub fn trips(ground: &Ground) -> Result<Vec<Trips>> {
    let (sts, portal) = (ground.encrypted.address(), ground.portal.address());
    let cases: [(&str, &Path, &[&str], _); 5] = [
        ("the floor program", &ground.floor, &["role"], sts),
        ("assume-env role", &ground.binary, &["role"], sts),
        (THREE, &ground.binary, &["three"], sts),
        ("assume-env sso (Identity Center)", &ground.binary, &["sso"], portal),
        ("assume-env --buckets role", &ground.binary, &["--buckets", "role"], sts),
    ];
    let counted = cases.iter().map(|(name, program, args, target)| {
        let (address, count) = start(*target)?;
        let url = format!("https://{address}");
        let mut command = Command::new(program);
        command.args(*args).env_clear().envs(ground.env(&url)).env("AWS_ENDPOINT_URL_SSO", &url);
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
        let connections = count.connections.load(Ordering::SeqCst);
        match status.success() {
            true => Ok(Trips {
                name: (*name).into(),
                connections,
                round_trips: connections + count.flights.load(Ordering::SeqCst),
            }),
            false => Err(format!("{name} through the relay: {status}").into()),
        }
    });
    counted.collect()
}

/// Starts a relay, which lives as long as this process.
fn start(target: SocketAddr) -> Result<(SocketAddr, Arc<Count>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let count = Arc::new(Count::default());
    let shared = Arc::clone(&count);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            let shared = Arc::clone(&shared);
            // A side that goes away ends the connection, and that is all that can go wrong.
            thread::spawn(move || pass_on(client, TcpStream::connect(target)?, &shared));
        }
    });
    Ok((address, count))
}

fn pass_on(client: TcpStream, server: TcpStream, count: &Arc<Count>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let spoke = Arc::new(AtomicBool::new(false));
    let gone = Arc::new(AtomicBool::new(false));
    let back = {
        let (server, client) = (server.try_clone()?, client.try_clone()?);
        let (spoke, gone, count) = (Arc::clone(&spoke), Arc::clone(&gone), Arc::clone(count));
        thread::spawn(move || {
            copy(server, client, || {
                thread::sleep(WAY);
                // The answer to a goodbye is waited for by nobody.
                if spoke.swap(false, Ordering::SeqCst) && !gone.load(Ordering::SeqCst) {
                    count.flights.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
    };
    let end = copy(client, server, || spoke.store(true, Ordering::SeqCst));
    gone.store(true, Ordering::SeqCst);
    let _ = back.join();
    end
}

/// Passes bytes on until their sender has no more, and says so before each piece.
fn copy(mut from: TcpStream, mut to: TcpStream, before: impl Fn()) -> std::io::Result<()> {
    let mut chunk = [0; 65_536];
    loop {
        let length = from.read(&mut chunk)?;
        if length == 0 {
            return to.shutdown(Shutdown::Write);
        }
        before();
        to.write_all(&chunk[..length])?;
    }
}
