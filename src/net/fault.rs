//! What went wrong on the way to a service, told apart so that each has its own words.
//!
//! What hyper, rustls and the system say comes as a chain of causes; what is known of it becomes a [`NetFault`], which the SDK
//! hands through as the cause of its own error.

use std::error::Error as Cause;
use std::io::ErrorKind;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetFault {
    /// The host name has no address.
    Dns,
    /// Nobody listens there.
    Refused,
    /// No way leads there.
    Unreachable,
    /// It took too long to connect.
    ConnectTimeout,
    /// It took too long to answer.
    ReadTimeout,
    /// All tries together took too long.
    WholeTimeout,
    /// The proxy would not let the request through.
    Proxy(String),
    /// The certificate is no good.
    Tls(TlsFault),
    /// The connection ended before the answer did.
    Cut,
    /// The answer began, and no more of it came.
    Stalled,
    /// The answer has more bytes than any answer of a service.
    TooLong,
    /// Anything else, in the words of the library.
    Other(String),
}

impl Cause for NetFault {}

/// What is wrong with a certificate or a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// No trusted authority has signed it.
    UnknownIssuer,
    /// It is for another name.
    WrongName,
    /// Its time is over, or has not come.
    OutOfTime,
    /// The other side does not speak TLS.
    NotTls,
    /// Anything else, in the words of the library.
    Other(String),
}

/// What came instead of an answer.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The service refused, in its own words.
    Refused {
        /// The error code, such as `AccessDenied`.
        code: String,
        /// The message.
        message: String,
    },
    /// Something answered, but not the service.
    NotAnAnswer {
        /// The HTTP status.
        status: u16,
    },
    /// Nothing answered.
    Net(NetFault),
}

/// The longest message of a service that is shown, in characters.
const LONGEST: usize = 600;

/// Tells the causes apart.
pub fn trouble<E>(error: &SdkError<E, HttpResponse>) -> Trouble
where
    E: ProvideErrorMetadata + Cause + 'static,
{
    match error {
        SdkError::ServiceError(service) => match (service.err().code(), service.err().message()) {
            (Some(code), message) if is_code(code) => Trouble::Refused {
                code: code.to_owned(),
                message: message.unwrap_or("no message").chars().take(LONGEST).collect(),
            },
            _ => Trouble::NotAnAnswer { status: service.raw().status().as_u16() },
        },
        SdkError::ResponseError(response) => match deepest(error) {
            // The head was there, and then the body broke off or stood still.
            NetFault::Other(_) => Trouble::NotAnAnswer { status: response.raw().status().as_u16() },
            fault => Trouble::Net(fault),
        },
        SdkError::TimeoutError(_) => Trouble::Net(NetFault::WholeTimeout),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) => Trouble::Net(deepest(error)),
            None => Trouble::Net(NetFault::Other("the request could not be sent".into())),
        },
        other => Trouble::Net(deepest(other)),
    }
}

/// Whether a service can have said this; HTML has codes that look like anything.
fn is_code(code: &str) -> bool {
    (1..=128).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
}

/// Whether another try would end the same way.
pub fn is_final(error: &ConnectorError) -> bool {
    !matches!(
        deepest(error),
        NetFault::ConnectTimeout
            | NetFault::ReadTimeout
            | NetFault::WholeTimeout
            | NetFault::Cut
            | NetFault::Stalled
            | NetFault::Other(_)
    )
}

/// Goes down the causes; the deepest that is known says the most.
pub fn deepest(error: &(dyn Cause + 'static)) -> NetFault {
    let mut found = None;
    let mut text = String::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        text = error.to_string();
        found = known(error, &text).or(found);
        cause = error.source();
    }
    found.unwrap_or(NetFault::Other(text))
}

fn known(error: &(dyn Cause + 'static), text: &str) -> Option<NetFault> {
    if let Some(fault) = error.downcast_ref::<NetFault>() {
        return Some(fault.clone());
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(NetFault::Tls(tls(error)));
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return by_hyper(error, text);
    }
    let (innermost, tls_error) = inside(error.downcast_ref::<std::io::Error>()?);
    if let Some(error) = tls_error {
        return Some(NetFault::Tls(tls(error)));
    }
    match innermost.kind() {
        ErrorKind::ConnectionRefused => Some(NetFault::Refused),
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => Some(NetFault::Unreachable),
        ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => Some(NetFault::Cut),
        _ => None,
    }
}

fn by_hyper(error: &hyper::Error, text: &str) -> Option<NetFault> {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(NetFault::Cut)
    } else if error.is_parse() && text.starts_with("invalid HTTP version") {
        Some(NetFault::Tls(TlsFault::NotTls))
    } else {
        None
    }
}

/// An I/O error may hold another, and that one what rustls said; `source()` would skip over both.
fn inside(error: &std::io::Error) -> (&std::io::Error, Option<&rustls::Error>) {
    let Some(inner) = error.get_ref() else { return (error, None) };
    match inner.downcast_ref::<std::io::Error>() {
        Some(deeper) => inside(deeper),
        None => (error, inner.downcast_ref()),
    }
}

fn tls(error: &rustls::Error) -> TlsFault {
    use rustls::CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => TlsFault::UnknownIssuer,
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            TlsFault::WrongName
        }
        rustls::Error::InvalidCertificate(
            Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. },
        ) => TlsFault::OutOfTime,
        rustls::Error::InvalidMessage(_) => TlsFault::NotTls,
        other => TlsFault::Other(other.to_string()),
    }
}
