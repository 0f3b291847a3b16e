//! What happens to connections: faults, reuse, certificates, the end of the server.

use super::*;

#[test]
fn faults_come_in_order_and_end_with_the_server() {
    let sts = Sts::http(world());
    let base = Client::base();
    let ask = || {
        let params = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
        base.send(&sts, &base.post(&sts, &params))
    };
    sts.fault(Fault::throttling())
        .fault(Fault::Pass)
        .fault(Fault::Cut { after: 0 })
        .fault(Fault::Cut { after: 300 })
        .fault(Fault::Reset)
        .fault(Fault::html(200))
        .fault(Fault::drop_element("Account"))
        .fault(Fault::replace_element("Arn", "$(id)"))
        .fault(Fault::Delay(Duration::from_millis(150)))
        .fault(Fault::Drip { bytes_per_chunk: 64, pause: Duration::from_millis(5) });
    ask().expect("an answer").refused(400, "Throttling", "Rate exceeded");
    assert_eq!(ask().expect("an answer").status, 200);
    assert!(ask().is_err());
    assert!(ask().is_err());
    assert!(ask().is_err());
    let html = ask().expect("an answer");
    assert_eq!(html.status, 200);
    assert!(html.body.starts_with("<!DOCTYPE html>"));
    let lie = ask().expect("an answer");
    assert!(lie.text("Account").is_empty() && lie.text("Arn") == USER);
    assert_eq!(ask().expect("an answer").text("Arn"), "$(id)");
    let start = Instant::now();
    assert_eq!(ask().expect("an answer").text("Arn"), USER);
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert_eq!(ask().expect("an answer").text("Arn"), USER);
    assert_eq!(sts.connections(), 10);
    // The reset came before its request was read.
    assert_eq!(sts.requests().len(), 9);
    sts.always(Fault::status(503, "busy"));
    assert_eq!((ask().expect("an answer").status, ask().expect("an answer").status), (503, 503));
    sts.clear_faults();
    assert_eq!(ask().expect("an answer").status, 200);

    // A pause of a minute must not hold up the end, and the port must be free after it.
    sts.fault(Fault::Delay(Duration::from_secs(60)));
    let mut waiting = base.connect(&sts).expect("a connection");
    let mut idle = base.connect(&sts).expect("a connection");
    let request = base.post(&sts, &[("Action", "GetCallerIdentity")]);
    waiting.write_all(request.as_bytes()).expect("sent");
    while sts.requests().len() < 13 {
        std::thread::sleep(Duration::from_millis(2));
    }
    let (address, start) = (sts.address(), Instant::now());
    drop(sts);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(TcpStream::connect(address).is_err());
    assert!(read_answer(&mut *waiting).is_err() && read_answer(&mut *idle).is_err());
}

#[test]
fn one_connection_serves_many_requests() {
    let ca = Ca::new("Test CA");
    for sts in [Sts::http(world()), Sts::https(world(), &ca)] {
        let client = Client { roots: sts.url().starts_with("https").then(|| ca.pem()), ..Client::base() };
        let mut stream = client.connect(&sts).expect("a connection");
        let request = client.post(&sts, &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]);
        for _ in 0..3 {
            stream.write_all(request.as_bytes()).expect("sent");
            assert_eq!(read_answer(&mut *stream).expect("an answer").text("Arn"), USER);
        }
        let closing = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        stream.write_all(closing.as_bytes()).expect("sent");
        let last = read_answer(&mut *stream).expect("an answer");
        assert_eq!(header(&last.head, "Connection"), Some("close"));
        assert_eq!(stream.read(&mut [0]).expect("an orderly end"), 0);
        assert_eq!((sts.connections(), sts.requests().len()), (1, 4));
        assert_eq!(sts.handshakes(), usize::from(client.roots.is_some()));
    }
}

#[test]
fn certificates_are_wrong_where_they_are_meant_to_be() {
    let ca = Ca::new("Test CA");
    let attempt = |leaf: Leaf, roots: &Ca| {
        let sts = Sts::https_with(world(), &ca, leaf);
        let client = Client { roots: Some(roots.pem()), ..Client::base() };
        let request = client.post(&sts, &[("Action", "GetCallerIdentity")]);
        let error = client.send(&sts, &request).err();
        (sts.requests().len(), error.map_or(String::new(), |error| error.to_string()))
    };
    assert_eq!(attempt(Leaf::Valid, &ca), (1, String::new()));
    for (leaf, roots, word) in [
        (Leaf::WrongName, &ca, "not valid for name"),
        (Leaf::Expired, &ca, "expired"),
        (Leaf::Valid, &Ca::new("Other CA"), "UnknownIssuer"),
    ] {
        let (requests, error) = attempt(leaf, roots);
        assert_eq!(requests, 0);
        assert!(error.contains(word), "{error}");
    }
}
