//! Every way in which a connection can fail: the number of tries, the time, the message and the exit status.
//! The test prints the table.
//!
//! Each fault has a time limit; the test fails after twice that time.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::{Backlog, listen};

use crate::blackbox::harness::{Case, Outcome, finish, has_namespaces, installed, unshared, world};
use crate::support::{Ca, Fault, Leaf, Sts, proof};

/// The result of one fault.
struct Row {
    fault: &'static str,
    tries: usize,
    seconds: f64,
    status: Option<i32>,
    message: String,
    warning: bool,
}

/// A fault, the expected result, and how to cause it.
struct Wanted {
    fault: &'static str,
    /// The expected number of connections or requests.
    tries: usize,
    /// The time limit in seconds; the test allows twice as much.
    seconds: u64,
    status: i32,
    /// A part of the message.
    said: &'static str,
    have: fn() -> Had,
}

/// What happened: the outcome and the number of tries.
struct Had {
    outcome: Outcome,
    tries: usize,
    began: Instant,
}

impl Had {
    fn of(case: &Case, tries: impl Fn(&Case) -> usize) -> Self {
        let began = Instant::now();
        let outcome = case.run(["s3"]);
        Self { tries: tries(case), outcome, began }
    }

    /// A plain http server with this fault at every request.
    fn always(fault: Fault) -> Self {
        Self::set(fault, &[])
    }

    fn set(fault: Fault, vars: &[(&str, &str)]) -> Self {
        let case = vars.iter().fold(Case::new(), |case, (name, value)| case.var(name, value));
        case.sts.always(fault);
        Self::of(&case, |case| case.sts.requests().len())
    }

    /// The same over https.
    fn encrypted(leaf: Leaf, fault: Option<Fault>) -> Self {
        let ca = Ca::new("Test CA");
        let case = Case::with(Sts::https_with(world(), &ca, leaf));
        let bundle = case.file("bundle.pem", ca.pem());
        if let Some(fault) = fault {
            case.sts.always(fault);
        }
        Self::of(&case.var("AWS_CA_BUNDLE", bundle), |case| case.sts.connections())
    }

    /// A TCP server that does this with every connection; the program uses https.
    fn raw(serve: fn(TcpStream)) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let url = format!("https://{}", listener.local_addr().expect("it is bound"));
        listener.set_nonblocking(true).expect("a socket");
        let (stop, stopped) = mpsc::channel::<()>();
        let server = thread::spawn(move || {
            let mut count = 0;
            while stopped.recv_timeout(Duration::from_millis(5)) == Err(mpsc::RecvTimeoutError::Timeout) {
                if let Ok((stream, _)) = listener.accept() {
                    count += 1;
                    let _ = stream.set_nonblocking(false);
                    thread::spawn(move || serve(stream));
                }
            }
            count
        });
        let case = Case::new().var("AWS_ENDPOINT_URL", url);
        let began = Instant::now();
        let outcome = case.run(["s3"]);
        drop(stop);
        Self { outcome, tries: server.join().expect("it counts"), began }
    }

    /// The tries never arrive, so there is nothing to count.
    fn uncounted(case: &Case) -> Self {
        Self::of(case, |_| 0)
    }
}

/// Closing a connection with unread bytes is a reset.
fn reset_within_handshake(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 16]);
    let _ = stream.write_all(&[22, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3]);
}

fn wait(mut stream: TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

/// A listener with a full queue does not answer a further connection, not even with a refusal.
fn a_full_queue() -> Had {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listen(&listener, Backlog::new(0).expect("a length")).expect("it listens already");
    let address = listener.local_addr().expect("it is bound");
    let full: Vec<_> =
        (0..8).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(100))).collect();
    assert!(full.iter().any(Result::is_err), "the queue is not full");
    let case = Case::new().var("AWS_ENDPOINT_URL", format!("http://{address}"));
    Had::uncounted(&case)
}

/// Runs the program in its own network namespace, which does not even have loopback.
fn without_network(url: &str) -> Had {
    let case = Case::new().var("AWS_ENDPOINT_URL", url).var("RES_OPTIONS", "attempts:1 timeout:1");
    alone(&case, "exec \"$@\"")
}

/// A name server that reads the question and does not answer.
fn a_silent_name_server() -> Had {
    const SCRIPT: &str = r#"
        busybox ifconfig lo up && echo nameserver 127.0.0.1 >resolv.conf &&
            mount --bind resolv.conf /etc/resolv.conf || exit 9
        perl -MIO::Socket::INET -e '
            $it = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1:53") or exit 9;
            open(F, ">", "ready"); close(F); sleep 100' &
        server=$!
        until [ -e ready ]; do sleep 0.02; done
        "$@"; status=$?
        kill $server
        exit $status"#;
    alone(&Case::new().var("AWS_ENDPOINT_URL", "https://sts.example.com"), SCRIPT)
}

/// Runs a script in its own network and mount namespaces.
fn alone(case: &Case, script: &str) -> Had {
    let mut command = case.command(installed("unshare"));
    command.arg(unshared("mn"));
    command.args(["sh", "-c", script, "sh", crate::blackbox::harness::BINARY, "s3"]);
    let began = Instant::now();
    Had { outcome: finish(command), tries: 0, began }
}

const INSIDE_HEAD: usize = 20;
/// After the end of every head, before the end of every document.
const INSIDE_BODY: usize = 400;

/// The faults that need a network namespace.
const ALONE: [&str; 3] = ["no name server", "a silent name server", "no route"];

fn wanted() -> Vec<Wanted> {
    const CUT: &str = "the connection was cut off";
    let row =
        |fault, tries, seconds, status, said, have| Wanted { fault, tries, seconds, status, said, have };
    vec![
        row("nothing goes wrong", 1, 5, 0, "", || Had::always(Fault::Pass)),
        row("refused", 0, 5, 1, "connection refused", || {
            Had::uncounted(&Case::new().var("AWS_ENDPOINT_URL", "http://127.0.0.1:1"))
        }),
        row("no name server", 0, 5, 1, "its name has no address", || {
            without_network("https://sts.nosuch.invalid")
        }),
        row("a silent name server", 0, 17, 1, "its name has no address", a_silent_name_server),
        row("no route", 0, 5, 1, "the network is unreachable", || without_network("https://192.0.2.1")),
        row("reset before the handshake", 3, 5, 1, CUT, || Had::encrypted(Leaf::Valid, Some(Fault::Reset))),
        row("reset within the handshake", 3, 5, 1, CUT, || Had::raw(reset_within_handshake)),
        row("cut before the head (https)", 3, 5, 1, CUT, || {
            Had::encrypted(Leaf::Valid, Some(Fault::Cut { after: 0 }))
        }),
        row("cut within the head (https)", 3, 5, 1, CUT, || {
            Had::encrypted(Leaf::Valid, Some(Fault::Cut { after: INSIDE_HEAD }))
        }),
        row("cut within the body (https)", 3, 5, 1, CUT, || {
            Had::encrypted(Leaf::Valid, Some(Fault::Cut { after: INSIDE_BODY }))
        }),
        row("cut before the head", 3, 5, 1, CUT, || Had::always(Fault::Cut { after: 0 })),
        row("cut within the head", 3, 5, 1, CUT, || Had::always(Fault::Cut { after: INSIDE_HEAD })),
        row("cut within the body", 3, 5, 1, CUT, || Had::always(Fault::Cut { after: INSIDE_BODY })),
        row("cut after the body", 1, 5, 0, "", || Had::always(Fault::Cut { after: usize::MAX })),
        row("certificate for another name", 1, 5, 1, "for another name", || {
            Had::encrypted(Leaf::WrongName, None)
        }),
        row("certificate that has expired", 1, 5, 1, "has expired", || Had::encrypted(Leaf::Expired, None)),
        row("no connection", 0, 17, 1, "no connection within 5s", a_full_queue),
        row("no handshake", 3, 17, 1, "no connection within 5s", || Had::raw(wait)),
        row("no head", 3, 31, 1, "", || Had::always(Fault::hang())),
        row("no head, one try", 1, 11, 1, "no answer within 10s", || {
            Had::set(Fault::hang(), &[("AWS_MAX_ATTEMPTS", "1")])
        }),
        row("no end of the body", 3, 31, 1, "its answer stopped coming", || {
            Had::always(Fault::Drip { bytes_per_chunk: 400, pause: Duration::from_secs(60) })
        }),
        row("throttled", 3, 5, 1, "Throttling: Rate exceeded", || Had::always(Fault::throttling())),
        row("throttled, five tries", 5, 9, 1, "Throttling: Rate exceeded", || {
            Had::set(Fault::throttling(), &[("AWS_MAX_ATTEMPTS", "5")])
        }),
        row("throttled, one try", 1, 5, 1, "Throttling: Rate exceeded", || {
            Had::set(Fault::throttling(), &[("AWS_MAX_ATTEMPTS", "1")])
        }),
        row("500", 3, 5, 1, "InternalFailure", || Had::always(Fault::error(500, "InternalFailure", "oops"))),
        row("503 of a load balancer", 3, 5, 1, "status 503", || Had::always(Fault::html(503))),
        row("403", 1, 5, 1, "AccessDenied: no", || Had::always(Fault::error(403, "AccessDenied", "no"))),
        // Half a minute more, because a slow answer changes the difference.
        row("clock 20 minutes behind", 2, 5, 0, "is 20m", || skewed(1230)),
        row("clock 20 minutes ahead", 2, 5, 0, "fast, compared with that of STS", || skewed(-1230)),
    ]
}

fn skewed(seconds: i64) -> Had {
    let case = Case::in_world(world().clock(seconds));
    Had::of(&case, |case| case.sts.requests().len())
}

#[test]
fn every_fault_ends_in_time_with_a_message() {
    let alone = has_namespaces();
    let rows = thread::scope(|scope| {
        let running: Vec<_> = wanted()
            .into_iter()
            .filter(|wanted| alone || !ALONE.contains(&wanted.fault))
            .map(|wanted| {
                let row = scope.spawn(move || row(wanted.fault, (wanted.have)()));
                (wanted, row)
            })
            .collect();
        running.into_iter().map(|(wanted, row)| (wanted, row.join().expect("a row"))).collect::<Vec<_>>()
    });
    proof(table(&rows));
    for (wanted, row) in rows {
        let shown = format!("{}: {} tries, {:.1} s: {}", row.fault, row.tries, row.seconds, row.message);
        assert_eq!((row.status, row.tries), (Some(wanted.status), wanted.tries), "{shown}");
        assert!(row.message.contains(wanted.said), "{shown}");
        assert!(row.seconds < 2.0 * wanted.seconds as f64, "{shown}");
        assert_eq!(row.warning, row.fault.starts_with("clock"), "{shown}");
    }
}

fn row(fault: &'static str, had: Had) -> Row {
    let Had { outcome, tries, began } = had;
    let seconds = began.elapsed().as_secs_f64();
    let (out, status) = (outcome.out(), outcome.status.code());
    assert_eq!(out == "(exit 1);\n", status == Some(1), "{fault}: {out}");
    let warning = outcome.stderr.contains("the clock of this machine is ");
    let message = outcome.stderr.lines().next().unwrap_or_default();
    Row { fault, tries, seconds, status, message: message.to_owned(), warning }
}

fn table(rows: &[(Wanted, Row)]) -> String {
    let mut text = format!("{:<30} {:>5} {:>7} {:>6}  message\n", "fault", "tries", "seconds", "status");
    for (_, row) in rows {
        let status = row.status.map_or("?".into(), |status| status.to_string());
        let _ = writeln!(
            text,
            "{:<30} {:>5} {:>7.1} {:>6}  {}",
            row.fault,
            row.tries,
            row.seconds,
            status,
            row.message.trim_start_matches("assume-env: ")
        );
    }
    text
}
