//! Invalid HTTP, redirects, servers that are not proxies, and answers that never end.

use std::time::{Duration, Instant};

use super::liar::{Liar, Lie, answer};
use super::{fails, harmless, run};
use crate::blackbox::harness::{Case, canned_session};
use crate::support::{Ca, Fault, Leaf, Sts};

fn document() -> String {
    match canned_session() {
        Fault::Status { body, .. } => body,
        _ => unreachable!("it is an answer"),
    }
}

fn asking(liar: &Liar) -> Case {
    Case::new().var("AWS_ENDPOINT_URL", liar.url()).var("AWS_MAX_ATTEMPTS", "1")
}

#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Liar::always(answer(200, "text/xml", document()));
        let head = format!(
            "HTTP/1.1 {status} Moved\r\nLocation: {}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            elsewhere.url()
        );
        let liar = Liar::always(head.into_bytes());
        for args in [&["s3"][..], &["--whoami", "s3"], &["--buckets", "s3"]] {
            fails(&asking(&liar), args).said(&[&format!("(status {status})")]);
        }
        assert_eq!((liar.connections(), elsewhere.connections()), (3, 0), "{status}");
        // The answer of the other address is valid.
        assert!(run(&asking(&elsewhere), &["s3"]).status.success());
    }
}

/// A valid document in different HTTP answers, and whether a client can accept it.
fn wrapped() -> Vec<(&'static str, String, bool)> {
    let body = document();
    let length = body.len();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";
    let chunk = |size: &str| format!("{head}Transfer-Encoding: chunked\r\n\r\n{size}\r\n{body}\r\n0\r\n\r\n");
    vec![
        ("right", format!("{head}Content-Length: {length}\r\n\r\n{body}"), true),
        ("no length", format!("{head}\r\n{body}"), true),
        ("one chunk", chunk(&format!("{length:x}")), true),
        ("a length that is too long", format!("{head}Content-Length: {}\r\n\r\n{body}", length + 1), false),
        ("a length that is too short", format!("{head}Content-Length: {}\r\n\r\n{body}", length / 2), false),
        ("a length of zero", format!("{head}Content-Length: 0\r\n\r\n{body}"), false),
        ("a length below zero", format!("{head}Content-Length: -5\r\n\r\n{body}"), false),
        ("a length that is no number", format!("{head}Content-Length: $(id)\r\n\r\n{body}"), false),
        (
            "a length beyond numbers",
            format!("{head}Content-Length: 99999999999999999999\r\n\r\n{body}"),
            false,
        ),
        ("two lengths", format!("{head}Content-Length: 7\r\nContent-Length: {length}\r\n\r\n{body}"), false),
        ("a chunk without end", chunk("ffffff"), false),
        ("a chunk beyond numbers", chunk("fffffffffffffffffffff"), false),
        ("a chunk of garbage", chunk("$(id)"), false),
        ("a chunk of nothing", chunk("0"), false),
        (
            "packed, it says",
            format!("{head}Content-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n{body}"),
            true,
        ),
        ("no head", body.clone(), false),
        ("half a head", "HTTP/1.1 200 OK\r\nContent-Le".into(), false),
        ("no version", format!("200 OK\r\n\r\n{body}"), false),
        ("a status beyond numbers", format!("HTTP/1.1 99999 OK\r\n\r\n{body}"), false),
        ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n".into(), false),
        ("the next protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), false),
        ("an upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".into(), false),
        ("an answer without a body", "HTTP/1.1 204 No Content\r\n\r\n".into(), false),
        ("go on, a thousand times", "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000), false),
        ("a thousand headers", format!("{head}{}\r\n{body}", "X-A: b\r\n".repeat(1000)), false),
        ("a header without end", format!("{head}X-A: {}", "a".repeat(1 << 20)), false),
        ("a header that steers", format!("{head}X-A: \u{1b}[31m\r\nContent-Length: 0\r\n\r\n"), false),
        (
            "a status that steers",
            "HTTP/1.1 403 \u{1b}[31mForbidden\r\nContent-Length: 0\r\n\r\n".into(),
            false,
        ),
    ]
}

#[test]
fn invalid_http_is_refused() {
    let mut tried = 0;
    for (name, bytes, right) in wrapped() {
        let liar = Liar::always(bytes.into_bytes());
        let outcome = run(&asking(&liar), &["s3"]);
        match right {
            true => {
                let text = outcome.succeeded();
                assert!(text.contains("AWS_ACCESS_KEY_ID='ASIACANNED0000000000'"), "{name}: {text}");
            }
            false => {
                assert_eq!((outcome.status.code(), outcome.out()), (Some(1), "(exit 1);\n"), "{name}");
            }
        }
        tried += 1;
    }
    harmless(tried, "HTTP answers");
}

#[test]
fn an_invalid_date_header_has_no_effect() {
    for date in ["", "soon", "Mon, 99 Nov 99999 99:99:99 GMT", "\u{1b}[31m", "Thu, 01 Jan 1970 00:00:00 GMT"]
    {
        let body = document();
        let bytes = format!(
            "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let liar = Liar::always(bytes.into_bytes());
        let outcome = run(&asking(&liar), &["s3"]);
        let warned = outcome.stderr.contains("the clock of this machine is ");
        assert_eq!(
            warned && outcome.status.success(),
            date.starts_with("Thu"),
            "{date:?}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn a_bad_answer_of_a_proxy_is_an_error() {
    let page = "<html><body>\u{1b}[31mSign in\u{9b}</body></html>";
    for bytes in [
        answer(407, "text/html", page),
        answer(200, "text/html", page),
        answer(302, "text/html", page),
        answer(503, "text/html", "x".repeat(10 << 20)),
        b"HTTP/1.1 407 \x1b[31mforged\r\nProxy-Authenticate: Basic realm=\"\x1b]0;x\x07\"\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\n\r\nno TLS here".to_vec(),
        vec![0x1b; 70_000],
        Vec::new(),
    ] {
        let ca = Ca::new("Test CA");
        let case = Case::with(Sts::https_with(crate::blackbox::harness::world(), &ca, Leaf::Valid));
        let bundle = case.file("bundle.pem", ca.pem());
        let liar = Liar::always(bytes);
        let proxy = liar.url().replace("http://", "http://user:TEST%2Fsecret%2B@");
        let case = case.var("AWS_CA_BUNDLE", bundle).var("HTTPS_PROXY", proxy).var("AWS_MAX_ATTEMPTS", "1");
        let outcome = fails(&case, &["s3"]);
        assert!(!outcome.stderr.contains("TEST%2F"), "{}", outcome.stderr);
        assert!(liar.heads()[0].starts_with("CONNECT localhost:"), "{:?}", liar.heads());
        case.nothing_was_asked();
    }
}

/// The answer comes one byte a second, which would take a quarter of an hour.
#[test]
fn an_answer_that_comes_byte_by_byte_is_an_error() {
    let body = document();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n", body.len());
    let skip = head.len();
    std::thread::scope(|scope| {
        for (from, limit) in [(0, 10), (skip, 30)] {
            let bytes = format!("{head}{body}").into_bytes();
            scope.spawn(move || {
                let bytes_at_once = bytes[..from].to_vec();
                let rest = bytes[from..].to_vec();
                let liar = Liar::new(move |_| {
                    Lie::Drip(bytes_at_once.clone(), rest.clone(), Duration::from_secs(1))
                });
                let began = Instant::now();
                fails(&asking(&liar), &["s3"]).said(&["STS did not answer at ", "answer within"]);
                let taken = began.elapsed();
                assert!(taken < Duration::from_secs(2 * limit), "{taken:?}");
            });
        }
    });
}
