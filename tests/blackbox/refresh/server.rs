//! What the address answers, and to which requests.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::super::harness::{ACCOUNT, Case, FIRST};
use super::{answer_of, raw};

#[test]
fn the_address_gives_the_keys_as_a_container_does() {
    let case = Case::new();
    let command = case.refreshed(&["s3"]);
    let answer = command.get("/credentials");
    assert_eq!(answer.status, 200, "{answer:?}");
    let keys = answer.json();
    assert_eq!((keys["AccessKeyId"].as_str(), keys["AccountId"].as_str()), (Some(FIRST), Some(ACCOUNT)));
    let session = case.sts.world(|world| world.session(FIRST).cloned()).expect("it was issued");
    assert_eq!(keys["SecretAccessKey"], session.secret_access_key.as_str());
    assert_eq!(keys["Token"], session.session_token.as_str());
    assert_eq!(keys["Expiration"], session.expiration().as_str());
    for header in ["Content-Type: application/json", "Cache-Control: no-store", "Connection: close"] {
        assert!(answer.head.lines().any(|line| line == header), "{}", answer.head);
    }
    assert!(!answer.head.contains("Access-Control") && !answer.head.contains("Server:"), "{}", answer.head);
    let out = command.end();
    assert_eq!(out.status.code(), Some(0), "{}", out.stderr);
}

#[test]
fn only_a_request_with_the_token_and_the_own_address_gets_the_keys() {
    let case = Case::new();
    let command = case.refreshed(&["s3"]);
    let (host, token) = (command.host(), command.token().to_owned());
    let port = host.rsplit_once(':').expect("a port").1.to_owned();
    let wrong = format!("{}0", &token[..63]);
    let wrong = if wrong == token { format!("{}1", &token[..63]) } else { wrong };
    let good = format!("Host: {host}\r\nAuthorization: {token}");
    for (first, headers, status) in [
        ("GET /credentials", format!("Host: {host}"), 401),
        ("GET /credentials", format!("Host: {host}\r\nAuthorization: {wrong}"), 401),
        ("GET /credentials", format!("Host: {host}\r\nAuthorization: Bearer {token}"), 401),
        ("GET /credentials", format!("{good}\r\nAuthorization: {token}"), 401),
        ("GET /credentials", format!("Host: localhost:{port}\r\nAuthorization: {token}"), 403),
        ("GET /credentials", format!("Host: evil.example\r\nAuthorization: {token}"), 403),
        ("GET /credentials", format!("Authorization: {token}"), 403),
        ("GET /credentials", format!("{good}\r\nOrigin: http://{host}"), 403),
        ("GET /credentials", format!("{good}\r\nSec-Fetch-Site: same-origin"), 403),
        ("GET /credentials", format!("{good}\r\nX-Forwarded-For: 127.0.0.1"), 403),
        ("POST /credentials", format!("{good}\r\nContent-Length: 0"), 405),
        ("OPTIONS /credentials", good.clone(), 405),
        ("GET /", good.clone(), 404),
        ("GET /role/arn:aws:iam::123456789012:role/other", good.clone(), 404),
        ("POST /renew", format!("{good}\r\nContent-Length: 99999"), 400),
        ("GET /credentials", "no header".to_owned(), 400),
    ] {
        let answer = answer_of(&command.raw(&format!("{first} HTTP/1.1\r\n{headers}\r\n\r\n")));
        assert_eq!(answer.status, status, "{first} {headers}: {answer:?}");
        let body = answer.json();
        let members: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["Code", "Message"], "{answer:?}");
        let message = body["Message"].as_str().expect("a text");
        assert!(message.starts_with("assume-env: ") && !message.contains(&token), "{message}");
        assert!(!answer.body.contains(FIRST), "{answer:?}");
    }
    // A head that does not end, and one that is too long.
    let long = format!("GET /credentials HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(9000));
    assert!(!command.raw(&long).contains("200 OK"));
    let begin = Instant::now();
    assert_eq!(command.raw("GET /credentials HTTP/1.1\r\n"), "", "no answer to half a request");
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    assert_eq!(command.key_id(), FIRST);
    case.was_asked(["AssumeRole"]);
}

#[test]
fn only_this_machine_reaches_the_address() {
    let case = Case::new();
    let command = case.refreshed(&["s3"]);
    assert!(command.host().starts_with("127.0.0.1:"), "{}", command.host());
    let port: u16 = command.host().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    assert!(TcpStream::connect(("127.0.0.2", port)).is_err(), "it listens on one address");
}

#[test]
fn sixty_clients_at_once_get_the_keys() {
    let case = Case::new();
    let command = case.refreshed(&["s3"]);
    let (host, token) = (command.host(), command.token().to_owned());
    let clients: Vec<_> = (0..60)
        .map(|_| {
            let request =
                format!("GET /credentials HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n");
            let host = host.clone();
            thread::spawn(move || raw(&host, &request))
        })
        .collect();
    for client in clients {
        let answer = answer_of(&client.join().expect("no panic"));
        assert_eq!(answer.json()["AccessKeyId"], FIRST);
    }
    case.was_asked(["AssumeRole"]);
}

#[test]
fn idle_connections_do_not_keep_others_out() {
    let case = Case::new();
    let command = case.refreshed(&["s3"]);
    let host = command.host();
    let mut idle: Vec<TcpStream> = (0..400)
        .map(|i| {
            let mut stream = TcpStream::connect(&host).expect("it accepts");
            if i % 2 == 0 {
                let _ = stream.write_all(b"GET /cred");
            }
            stream
        })
        .collect();
    let begin = Instant::now();
    assert_eq!(command.key_id(), FIRST);
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    // All of them are closed after a while.
    for stream in &mut idle {
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time");
        assert!(!matches!(stream.read(&mut [0; 16]), Ok(1..)), "no answer without a request");
    }
}
