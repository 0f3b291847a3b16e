//! The way to STS: what is tried again and what is not, whom it trusts, through which proxy, and in which words it fails.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::harness::{Case, FIRST, KEY_ID, SECOND, USER, role, role_arn, start, wait_until, world};
use crate::support::{Ca, Fault, Leaf, Role, Sts};

/// A port of loopback where nobody listens.
const CLOSED: &str = "127.0.0.1:1";

#[test]
fn nobody_listens() {
    let url = format!("http://{CLOSED}");
    let case = Case::new().var("AWS_ENDPOINT_URL", &url);
    let parts = [
        &*format!("STS did not answer at {url}: connection refused"),
        "no program listens there",
        "AWS_ENDPOINT_URL",
    ];
    case.run(["s3"]).failed(1, &parts);
    case.run(["s3", "--", "true"]).failed_silently(125, &parts);
}

#[test]
fn a_name_without_an_address() {
    let case = Case::new().var("AWS_ENDPOINT_URL", "https://sts.nosuch.invalid").var("AWS_MAX_ATTEMPTS", "1");
    // Without a name server at hand, its silence is not waited for.
    let case = case.var("RES_OPTIONS", "attempts:1 timeout:1");
    case.run(["s3"]).failed(
        1,
        &["STS did not answer at https://sts.nosuch.invalid: its name has no address", "check the network"],
    );
}

#[test]
fn a_connection_that_breaks_off() {
    for fault in [Fault::Cut { after: 0 }, Fault::Cut { after: 9 }, Fault::Cut { after: 300 }, Fault::Reset] {
        let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
        case.sts.always(fault.clone());
        let line = format!("STS did not answer at {}: the connection was cut off", case.sts.url());
        let outcome = case.run(["s3"]);
        outcome.failed(1, &[&line, "try again"]);
    }
}

#[test]
fn a_connection_that_breaks_off_once_is_tried_again() {
    for fault in [
        Fault::Cut { after: 9 },
        Fault::Reset,
        Fault::html(503),
        Fault::error(500, "InternalFailure", "oops"),
    ] {
        let case = Case::new();
        case.sts.fault(fault.clone());
        let outcome = case.run(["s3"]);
        assert_eq!(outcome.status.code(), Some(0), "{fault:?}: {}", outcome.stderr);
    }
}

#[test]
fn an_answer_that_trickles_is_waited_for() {
    let case = Case::new();
    case.sts.fault(Fault::Drip { bytes_per_chunk: 100, pause: Duration::from_millis(5) });
    case.run(["s3"]).succeeded();
    case.sts.fault(Fault::Delay(Duration::from_millis(200)));
    case.run(["s3"]).succeeded();
}

/// What a server that never ends did: how many bytes it got rid of, and the most memory that the client ever held, in KiB.
struct Endless {
    sent: usize,
    memory: u64,
}

/// A server that answers every request with this head, and behind it with text without end. It gives up after 256 MiB.
fn endless(
    head: &'static str,
    filler: &'static str,
) -> (String, mpsc::Sender<u32>, thread::JoinHandle<Endless>) {
    const ENOUGH: usize = 256 << 20;
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let (tell, told) = mpsc::channel::<u32>();
    let served = thread::spawn(move || {
        let client: u32 = told.recv().expect("the test tells who comes");
        let (mut stream, _) = listener.accept().expect("somebody comes");
        let _ = stream.read(&mut [0; 8192]);
        let chunk = filler.repeat((64 << 10) / filler.len());
        let mut done = Endless { sent: 0, memory: 0 };
        if stream.write_all(head.as_bytes()).is_err() {
            return done;
        }
        while done.sent < ENOUGH {
            done.memory = most_memory(client).unwrap_or(done.memory);
            if stream.write_all(chunk.as_bytes()).is_err() {
                break;
            }
            done.sent += chunk.len();
        }
        done
    });
    (url, tell, served)
}

/// The most memory that a process has ever held, in KiB; `None` when it is gone.
fn most_memory(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn an_answer_without_end_is_refused_and_fills_no_memory() {
    const BODY: &str = "<AssumeRoleResponse><AssumeRoleResult>";
    for (head, filler) in [
        ("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n", BODY),
        ("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", BODY),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10\r\n<a>aaaaaaaaaa</a\r\n"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n<ErrorResponse><Error><Message>", "no "),
        ("HTTP/1.1 500 Oops\r\n\r\n", " "),
        ("HTTP/1.1 200 OK\r\n", "X-More: and more\r\n"),
        ("HTTP/1.1 200 OK\r\nX-Long: ", "and longer "),
    ] {
        for args in [&["s3"][..], &["--buckets", "s3"]] {
            let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
            let (url, tell, served) = endless(head, filler);
            let questions = args.len() > 1;
            let case = case.holding(["s3"]);
            let name = if questions { "AWS_ENDPOINT_URL_S3" } else { "AWS_ENDPOINT_URL_STS" };
            let case = case.var(name, &url);
            let mut command = case.assume_env(args.iter().copied());
            if !questions {
                command.arg("--fresh");
            }
            let running = start(command);
            tell.send(running.id()).expect("the server waits for it");
            let outcome = running.end();
            let text = if questions { "" } else { "(exit 1);\n" };
            outcome.failed_with(1, text, &[&url]);
            assert!(!outcome.stderr.contains("mistake"), "{}", outcome.stderr);
            assert!(outcome.stderr.len() < 2000, "{}", outcome.stderr);
            let done = served.join().expect("the server did its work");
            assert!(done.sent < 64 << 20, "{head:?} {args:?}: {} bytes were taken", done.sent);
            assert!((1..64 << 10).contains(&done.memory), "{head:?} {args:?}: {} KiB", done.memory);
        }
    }
}

/// Half of the time-out would be too early, and twice of it means that there is none.
#[track_caller]
fn gives_up(case: &Case, after: Duration, message: &str) {
    let begin = Instant::now();
    case.run(["s3"])
        .failed(1, &["STS did not answer at ", message, "whether a proxy is needed (HTTPS_PROXY)"]);
    let taken = begin.elapsed();
    assert!(after / 2 < taken && taken < after * 2, "{taken:?}");
}

#[test]
fn an_answer_that_never_begins_is_given_up() {
    let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
    case.sts.always(Fault::Delay(Duration::from_secs(50)));
    gives_up(&case, Duration::from_secs(10), "no answer within 10s");
}

#[test]
fn a_handshake_that_never_begins_is_given_up() {
    // The STS, which speaks plain http here, waits for the end of a request that never comes.
    let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
    let url = case.sts.url().replace("http://", "https://");
    gives_up(&case.var("AWS_ENDPOINT_URL", url), Duration::from_secs(5), "no connection within 5s");
}

#[test]
fn throttling_is_tried_again() {
    let case = Case::new();
    case.sts.fault(Fault::throttling()).fault(Fault::throttling());
    case.run(["s3"]).succeeded();
    assert_eq!(case.sts.requests().len(), 3);
}

#[test]
fn tries_are_three_or_as_many_as_are_set() {
    for (attempts, count) in [(None, 3), (Some("1"), 1), (Some("2"), 2)] {
        let case = Case::new();
        let case = attempts.into_iter().fold(case, |case, number| case.var("AWS_MAX_ATTEMPTS", number));
        case.sts.always(Fault::throttling());
        case.run(["s3"]).failed(1, &["Throttling: Rate exceeded", "wait a minute"]);
        assert_eq!(case.sts.requests().len(), count);
    }
}

#[test]
fn a_refusal_is_not_tried_again() {
    for (status, code) in [
        (403, "AccessDenied"),
        (400, "ValidationError"),
        (403, "ExpiredToken"),
        (403, "SignatureDoesNotMatch"),
    ] {
        let case = Case::new();
        case.sts.always(Fault::error(status, code, "no"));
        case.run(["s3"]).failed(1, &[code]);
        assert_eq!(case.sts.requests().len(), 1, "{code}");
    }
}

/// A case over https, and the path of its CA bundle in the home folder.
fn encrypted(leaf: Leaf) -> (Case, std::path::PathBuf) {
    let ca = Ca::new("the tests' own authority");
    let world = world()
        .role(role("one"))
        .role(Role::new(&role_arn("two")).trusts(&role_arn("one")))
        .role(Role::new(&role_arn("three")).trusts(&role_arn("two")));
    let case = Case::with(Sts::https_with(world, &ca, leaf));
    let bundle = case.file("bundle.pem", ca.pem());
    (case, bundle)
}

#[test]
fn the_bundle_may_be_named_in_three_places() {
    let (case, bundle) = encrypted(Leaf::Valid);
    case.var("AWS_CA_BUNDLE", &bundle).run(["s3"]).succeeded();
    let (case, bundle) = encrypted(Leaf::Valid);
    case.var("SSL_CERT_FILE", &bundle).run(["s3"]).succeeded();
    let (case, bundle) = encrypted(Leaf::Valid);
    case.more_config(&format!("ca_bundle = {}\n", bundle.display())).run(["s3"]).succeeded();
    let (case, _) = encrypted(Leaf::Valid);
    case.more_config("ca_bundle = ~/bundle.pem\n").run(["s3"]).succeeded();
    let (case, bundle) = encrypted(Leaf::Valid);
    case.var("AWS_CA_BUNDLE", &bundle).var("SSL_CERT_FILE", "/nonexistent").run(["s3"]).succeeded();
}

#[test]
fn an_authority_that_is_not_trusted() {
    let (case, _) = encrypted(Leaf::Valid);
    let other = case.file("other.pem", Ca::new("another authority").pem());
    let parts = ["TLS failed", "an authority that is not trusted here", "AWS_CA_BUNDLE=/path/to/bundle.pem"];
    let case = case.var("AWS_CA_BUNDLE", other);
    case.run(["s3"]).failed(1, &[&format!("STS did not answer at {}: ", case.sts.url())]).said(&parts);
    assert_eq!(
        (case.sts.connections(), case.sts.handshakes()),
        (1, 0),
        "a second try would end the same way"
    );
    // The system's own authorities do not know the tests' one either.
    let (case, _) = encrypted(Leaf::Valid);
    case.run(["s3"]).failed(1, &["TLS failed"]);
}

/// Of the authorities of a bundle, those are used that the server's certificates name.
#[test]
fn an_authority_is_found_among_others_by_its_name() {
    let names = ["first", "the tests' own authority", "last"];
    let others: String = names.iter().map(|name| Ca::new(name).pem()).collect();
    for leaf in [Leaf::Valid, Leaf::Intermediate] {
        let (case, bundle) = encrypted(leaf);
        let own = std::fs::read_to_string(&bundle).expect("it was written");
        std::fs::write(&bundle, format!("{others}{own}{others}")).expect("it can be written");
        let case = case.var("AWS_CA_BUNDLE", &bundle);
        case.run(["s3"]).succeeded();
        // One of the same name, which did not sign it.
        std::fs::write(&bundle, &others).expect("it can be written");
        case.run(["--fresh", "s3"]).failed(1, &["TLS failed"]);
        assert_eq!(case.sts.requests().len(), 1);
    }
}

#[test]
fn a_certificate_for_another_name_or_time() {
    for (leaf, part, advice) in [
        (Leaf::WrongName, "its certificate is for another name", "do not belong together"),
        (Leaf::Expired, "its certificate has expired or is not valid yet", "check the clock"),
    ] {
        let (case, bundle) = encrypted(leaf);
        let case = case.var("AWS_CA_BUNDLE", bundle);
        case.run(["s3"]).failed(1, &[part, advice]);
        assert_eq!((case.sts.connections(), case.sts.requests().len()), (1, 0));
    }
}

#[test]
fn garbage_between_certificates_is_passed_over() {
    let (case, bundle) = encrypted(Leaf::Valid);
    let pem = std::fs::read_to_string(&bundle).expect("it was written");
    let mixed = format!(
        "# a comment\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n\
         -----BEGIN CERTIFICATE-----\n$$$ not base64 $$$\n-----END CERTIFICATE-----\n\
         -----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n\
         -----BEGIN CERTIFICATE-----\n never ends\n{pem}\
         trailing \u{fffd} words -----BEGIN CERTIFICATE-----\n"
    );
    std::fs::write(&bundle, mixed).expect("it can be written");
    case.var("AWS_CA_BUNDLE", &bundle).run(["s3"]).succeeded();
}

#[test]
fn a_bundle_that_holds_nothing_is_an_error_before_anybody_is_asked() {
    let (case, _) = encrypted(Leaf::Valid);
    case.file("empty.pem", "");
    case.file("garbage.pem", b"\xff\xfe-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let mut case = case;
    for (file, why) in [
        ("empty.pem", "it holds no usable certificate"),
        ("garbage.pem", "it holds no usable certificate"),
        ("missing.pem", "not found"),
        (".aws", "is a directory"),
    ] {
        let path = case.path(file);
        let line = format!("cannot use the CA bundle {} (the variable AWS_CA_BUNDLE): ", path.display());
        case = case.var("AWS_CA_BUNDLE", &path);
        case.run(["s3"]).failed(1, &[&line, why, "set AWS_CA_BUNDLE to a PEM file"]);
        case.run(["s3", "--", "true"]).failed_silently(125, &[&line, why]);
    }
    case.no_request_was_made();
    let case = case.without("AWS_CA_BUNDLE").more_config("ca_bundle = missing.pem\n");
    case.run(["s3"]).failed(1, &["cannot use the CA bundle missing.pem", ".aws/config:4"]);
    case.no_request_was_made();
}

#[test]
fn a_bundle_does_not_matter_to_plain_http() {
    Case::new().var("AWS_CA_BUNDLE", "/nonexistent").run(["s3"]).succeeded();
}

#[test]
fn three_hops_share_one_connection_and_one_handshake() {
    let (case, bundle) = encrypted(Leaf::Valid);
    let case = case.var("AWS_CA_BUNDLE", bundle).config(
        "[profile one]\nrole_arn = arn:aws:iam::123456789012:role/one\nsource_profile = base\n\
         [profile two]\nrole_arn = arn:aws:iam::123456789012:role/two\nsource_profile = one\n\
         [profile three]\nrole_arn = arn:aws:iam::123456789012:role/three\nsource_profile = two\n",
    );
    case.run(["three"]).succeeded();
    assert_eq!(case.signers(), [KEY_ID, FIRST, SECOND]);
    assert_eq!((case.sts.connections(), case.sts.handshakes()), (1, 1));
}

/// As web servers do, this one answers a greeting in TLS at once.
#[test]
fn https_to_a_port_that_speaks_plain_http() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    let url = format!("https://{}", listener.local_addr().expect("it is bound"));
    let served = thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("somebody comes");
        let _ = client.read(&mut [0; 4096]);
        let _ =
            client.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    let case = Case::new().var("AWS_ENDPOINT_URL", &url).var("AWS_MAX_ATTEMPTS", "1");
    case.run(["s3"]).failed(
        1,
        &[&format!("STS did not answer at {url}: TLS failed"), "does not speak TLS", "scheme and port"],
    );
    served.join().expect("it answered");
}

#[test]
fn a_connection_that_breaks_off_in_the_handshake() {
    let (case, bundle) = encrypted(Leaf::Valid);
    let case = case.var("AWS_CA_BUNDLE", bundle).var("AWS_MAX_ATTEMPTS", "1");
    case.sts.always(Fault::Reset);
    case.run(["s3"]).failed(1, &["the connection was cut off", "try again"]);
}

#[test]
fn plain_http_to_a_port_that_speaks_https() {
    let (case, _) = encrypted(Leaf::Valid);
    let url = format!("http://{}", case.sts.address());
    let case = case.var("AWS_ENDPOINT_URL", &url).var("AWS_MAX_ATTEMPTS", "1");
    case.run(["s3"]).failed(1, &[&url]);
}

#[test]
fn a_proxy_that_is_not_there() {
    let (case, bundle) = encrypted(Leaf::Valid);
    let case = case.var("AWS_CA_BUNDLE", bundle).var("HTTPS_PROXY", format!("http://{CLOSED}"));
    case.run(["s3"]).failed(1, &["STS did not answer at ", "proxy", "HTTPS_PROXY"]);
    case.nothing_was_asked();
}

#[test]
fn a_proxy_that_is_no_address_is_an_error_and_not_passed_over() {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        for proxy in [
            "not a proxy",
            ":::",
            "http://",
            "://x",
            "socks5://127.0.0.1:1",
            "ftp://user:hunter2@x",
            "http://user:hunter2@",
        ] {
            let (case, bundle) = encrypted(Leaf::Valid);
            let case = case.var("AWS_CA_BUNDLE", bundle).var(name, proxy);
            let parts = [
                &*format!("the variable {name} is not the address of a proxy"),
                &format!("set {name} to http://HOST:PORT, or unset it"),
            ];
            let outcome = case.run(["s3"]);
            outcome.failed(1, &parts);
            assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
            case.run(["s3", "--", "true"]).failed_silently(125, &parts);
            case.nothing_was_asked();
        }
        let (case, bundle) = encrypted(Leaf::Valid);
        let case = case
            .var("AWS_CA_BUNDLE", bundle)
            .var(name, "garbage.invalid")
            .var("RES_OPTIONS", "attempts:1 timeout:1");
        case.var("AWS_MAX_ATTEMPTS", "1").run(["s3"]).failed(1, &["STS did not answer at "]);
    }
    let (case, bundle) = encrypted(Leaf::Valid);
    case.var("AWS_CA_BUNDLE", bundle).var("HTTPS_PROXY", "").run(["s3"]).succeeded();
}

#[test]
fn a_proxy_is_not_used_for_what_no_proxy_names() {
    for no_proxy in ["localhost", "*", "example.org, localhost"] {
        let (case, bundle) = encrypted(Leaf::Valid);
        let case = case.var("AWS_CA_BUNDLE", bundle).var("HTTPS_PROXY", format!("http://{CLOSED}"));
        case.var("NO_PROXY", no_proxy).run(["s3"]).succeeded();
    }
}

#[test]
fn loopback_http_never_goes_through_a_proxy() {
    let proxy = format!("http://{CLOSED}");
    let mut case = Case::new();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        case = case.var(name, &proxy);
    }
    case.run(["s3"]).succeeded();
    case.run(["--buckets", "s3"]).succeeded();
}

/// A proxy that reads one CONNECT and answers it; gives back what it was asked. With a target, it then passes bytes on.
fn proxy(answer: &'static str, target: Option<String>) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    let url = format!("http://user:pass@{}", listener.local_addr().expect("it is bound"));
    let served = thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("somebody comes");
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|count| count == 1) {
            head.push(byte[0]);
        }
        client.write_all(answer.as_bytes()).expect("it listens");
        if let Some(target) = target {
            pass_on(client, TcpStream::connect(target).expect("the STS is there"));
        }
        String::from_utf8(head).expect("a head is text")
    });
    (url, served)
}

fn pass_on(client: TcpStream, server: TcpStream) {
    let (mut from_client, mut to_server) =
        (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
    let up = thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(std::net::Shutdown::Write);
    });
    let (mut server, mut client) = (server, client);
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = up.join();
}

#[test]
fn a_proxy_is_asked_for_a_tunnel() {
    let (case, bundle) = encrypted(Leaf::Valid);
    let (url, served) =
        proxy("HTTP/1.1 200 Connection established\r\n\r\n", Some(case.sts.address().to_string()));
    let case = case.var("AWS_CA_BUNDLE", bundle).var("HTTPS_PROXY", url);
    case.run(["s3"]).succeeded();
    let head = served.join().expect("the proxy did its work");
    let port = case.sts.address().port();
    assert!(head.starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
    assert!(!head.contains(KEY_ID) && !head.contains(USER), "{head}");
    assert_eq!((case.sts.connections(), case.sts.handshakes()), (1, 1));
}

#[test]
fn a_proxy_that_refuses_is_told_and_its_password_is_not() {
    for answer in [
        "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    ] {
        let (case, bundle) = encrypted(Leaf::Valid);
        let (url, served) = proxy(answer, None);
        let case = case.var("AWS_CA_BUNDLE", bundle).var("HTTPS_PROXY", url);
        let outcome = case.run(["s3"]);
        outcome.failed(
            1,
            &[
                "STS did not answer at ",
                "the proxy refused",
                "check HTTPS_PROXY (address, user name, password) and NO_PROXY",
            ],
        );
        assert!(!outcome.stderr.contains("pass@") && !outcome.stderr.contains("user:"), "{}", outcome.stderr);
        served.join().expect("the proxy did its work");
        case.nothing_was_asked();
    }
}

/// What a program for credentials prints.
const KEYS: &str =
    r#"{"Version":1,"AccessKeyId":"AKIABASE000000000000","SecretAccessKey":"base/secret+EXAMPLE"}"#;

#[test]
fn the_connection_is_begun_while_a_program_is_run_for_the_keys() {
    let (case, bundle) = encrypted(Leaf::Valid);
    case.file("keys.json", KEYS);
    let case = case.var("AWS_CA_BUNDLE", bundle).credentials("");
    let program = "sh -c 'touch begun; until [ -e go ]; do sleep 0.01; done; cat keys.json'";
    let case = case.more_config(&format!("[profile base]\ncredential_process = {program}\n"));
    let running = start(case.assume_env(["s3"]));
    // The program waits for a word of ours, and that waits for the handshake.
    wait_until("a handshake while the program runs", || case.sts.handshakes() == 1);
    assert!(case.sts.requests().is_empty(), "the program has not answered yet");
    case.file("go", "");
    running.end().succeeded();
    assert_eq!((case.sts.connections(), case.sts.handshakes()), (1, 1));
}

#[test]
fn a_connection_that_ends_before_the_request_is_made_anew() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let case = Case::new();
    let target = case.sts.address();
    let (closed, is_closed) = mpsc::channel();
    let served = thread::spawn(move || {
        // As servers do with those who say nothing for long.
        drop(listener.accept().expect("it connects ahead"));
        closed.send(()).expect("the test waits for it");
        let (client, _) = listener.accept().expect("it connects again");
        pass_on(client, TcpStream::connect(target).expect("the STS is there"));
    });
    case.file("keys.json", KEYS);
    let program = "sh -c 'until [ -e go ]; do sleep 0.01; done; cat keys.json'";
    let case = case.credentials("").more_config(&format!("[profile base]\ncredential_process = {program}\n"));
    let case = case.var("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")).var("AWS_MAX_ATTEMPTS", "1");
    let running = start(case.assume_env(["s3"]));
    is_closed.recv().expect("it connected ahead");
    case.file("go", "");
    running.end().succeeded();
    served.join().expect("both came");
}
