//! How the name of a service becomes an address: by the name servers and search domains of /etc/resolv.conf, and by /etc/hosts. The C
//! library does this, and the static binary has another one (musl) than a binary of `cargo build`.
//!
//! Each test has a network of its own with nothing but loopback. No service listens there: a name that has an address ends in a
//! connection that is refused.

use crate::blackbox::harness::{BINARY, Case, Outcome, finish, has_namespaces, installed, unshared};

/// Name servers, given as `ADDRESS=MODE`: `zone` answers from a small zone, `failing` with SERVFAIL, `silent` does not answer. A file
/// `ready` says that all of them listen.
const SERVERS: &str = r"
import socket, struct, sys, threading

ZONE = {'four.example': {1: '127.0.0.1'}, 'six.example': {28: '::1'}, 'both.example': {1: '127.0.0.1', 28: '::1'}}

def answer(query, mode):
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += query[at] + 1
    kind, = struct.unpack('>H', query[at + 1:at + 3])
    kinds = ZONE.get('.'.join(labels).lower())
    code = 2 if mode == 'failing' else 3 if kinds is None else 0
    record = b''
    if code == 0 and kind in kinds:
        address = socket.inet_pton(socket.AF_INET if kind == 1 else socket.AF_INET6, kinds[kind])
        record = b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 60, len(address)) + address
    head = struct.pack('>HHHHH', 0x8180 | code, 1, 1 if record else 0, 0, 0)
    return query[:2] + head + query[12:at + 5] + record

def serve(server, mode):
    while True:
        query, sender = server.recvfrom(2000)
        if mode != 'silent':
            server.sendto(answer(query, mode), sender)

for argument in sys.argv[1:]:
    address, mode = argument.split('=')
    server = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    threading.Thread(target=serve, args=(server, mode)).start()
open('ready', 'w').close()
";

const SCRIPT: &str = r#"
    busybox ifconfig lo up && mount --bind resolv.conf /etc/resolv.conf && mount --bind hosts /etc/hosts || exit 9
    python3 servers.py $SERVERS &
    servers=$!
    until [ -e ready ]; do kill -0 $servers || exit 9; sleep 0.02; done
    "$@"; status=$?
    kill $servers
    exit $status"#;

/// Asks a service by its name, with these name servers and this /etc/resolv.conf.
fn ask(name: &str, servers: &str, resolv: &str) -> Outcome {
    let case = Case::new().var("AWS_ENDPOINT_URL", format!("https://{name}:1")).var("SERVERS", servers);
    case.file("servers.py", SERVERS);
    case.file("resolv.conf", resolv);
    case.file("hosts", "127.0.0.1 localhost\n127.0.0.3 written.example\n");
    let mut command = case.command(installed("unshare"));
    command.arg(unshared("mn")).args(["sh", "-c", SCRIPT, "sh", BINARY, "s3"]);
    finish(command)
}

#[track_caller]
fn has_an_address(name: &str, servers: &str, resolv: &str) {
    let outcome = ask(name, servers, resolv);
    outcome.failed(1, &[&format!("https://{name}:1: connection refused")]);
}

#[track_caller]
fn has_none(name: &str, servers: &str, resolv: &str) {
    ask(name, servers, resolv).failed(1, &[&format!("https://{name}:1: its name has no address")]);
}

#[test]
fn a_name_has_an_address_of_either_family() {
    if !has_namespaces() {
        return;
    }
    for name in ["four.example", "six.example", "both.example"] {
        has_an_address(name, "127.0.0.1=zone", "nameserver 127.0.0.1\n");
        has_an_address(name, "::1=zone", "nameserver ::1\n");
    }
    // A file without a name server means the one of this machine.
    has_an_address("four.example", "127.0.0.1=zone", "");
}

#[test]
fn a_name_of_the_hosts_file_needs_no_name_server() {
    if !has_namespaces() {
        return;
    }
    for name in ["written.example", "localhost"] {
        has_an_address(name, "127.0.0.1=silent", "nameserver 127.0.0.1\n");
    }
}

#[test]
fn a_name_server_that_does_not_help_is_followed_by_the_next_one() {
    if !has_namespaces() {
        return;
    }
    for first in ["127.0.0.2=silent", "127.0.0.2=failing", ""] {
        has_an_address(
            "four.example",
            &format!("{first} 127.0.0.1=zone"),
            "options timeout:1\nnameserver 127.0.0.2\nnameserver 127.0.0.1\n",
        );
    }
}

#[test]
fn a_short_name_is_looked_for_in_the_search_domains() {
    if !has_namespaces() {
        return;
    }
    has_an_address("four", "127.0.0.1=zone", "search other.example example\nnameserver 127.0.0.1\n");
    has_an_address("four", "127.0.0.1=zone", "domain example\nnameserver 127.0.0.1\n");
}

#[test]
fn a_name_without_an_address_is_said() {
    if !has_namespaces() {
        return;
    }
    has_none("missing.example", "127.0.0.1=zone", "nameserver 127.0.0.1\n");
    has_none("four", "127.0.0.1=zone", "nameserver 127.0.0.1\n");
    for servers in ["127.0.0.1=failing", "127.0.0.1=silent", "127.0.0.2=zone"] {
        has_none("four.example", servers, "options timeout:1 attempts:1\nnameserver 127.0.0.1\n");
    }
}
