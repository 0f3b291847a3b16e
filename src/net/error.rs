//! What went wrong on the way to a service, told apart so that each has its own words.
//!
//! What hyper, rustls and the system say comes as a chain of causes; what is known of it becomes a [`NetError`], which the SDK
//! hands through as the cause of its own error.

use std::error::Error as Cause;
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::common::origin::Origin;
use crate::common::report::{Diagnostic, Report};
use crate::net::limits::{CONNECT, READ, WHOLE};

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetError {
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
    Tls(TlsError),
    /// The connection ended before the answer did.
    Cut,
    /// The answer began, and no more of it came.
    Stalled,
    /// The answer has more bytes than any answer of a service.
    TooLong,
    /// Anything else, in the words of the library.
    Other(String),
}

impl Cause for NetError {}

/// What is wrong with a certificate or a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsError {
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
pub enum ServiceFailure {
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
    Net(NetError),
}

/// The longest message of a service that is shown, in characters.
const LONGEST: usize = 600;

/// Tells the causes apart.
pub fn trouble<E>(error: &SdkError<E, HttpResponse>) -> ServiceFailure
where
    E: ProvideErrorMetadata + Cause + 'static,
{
    match error {
        SdkError::ServiceError(service) => match (service.err().code(), service.err().message()) {
            (Some(code), message) if is_code(code) => ServiceFailure::Refused {
                code: code.to_owned(),
                message: message.unwrap_or("no message").chars().take(LONGEST).collect(),
            },
            _ => ServiceFailure::NotAnAnswer { status: service.raw().status().as_u16() },
        },
        SdkError::ResponseError(response) => match root_cause(error) {
            // The head was there, and then the body broke off or stood still.
            NetError::Other(_) => ServiceFailure::NotAnAnswer { status: response.raw().status().as_u16() },
            fault => ServiceFailure::Net(fault),
        },
        SdkError::TimeoutError(_) => ServiceFailure::Net(NetError::WholeTimeout),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) => ServiceFailure::Net(root_cause(error)),
            None => ServiceFailure::Net(NetError::Other("the request could not be sent".into())),
        },
        other => ServiceFailure::Net(root_cause(other)),
    }
}

/// Whether a service can have said this; HTML has codes that look like anything.
fn is_code(code: &str) -> bool {
    (1..=128).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
}

/// Whether another try would end the same way.
pub fn is_final(error: &ConnectorError) -> bool {
    !matches!(
        root_cause(error),
        NetError::ConnectTimeout
            | NetError::ReadTimeout
            | NetError::WholeTimeout
            | NetError::Cut
            | NetError::Stalled
            | NetError::Other(_)
    )
}

/// Goes down the causes; the deepest that is known says the most.
pub fn root_cause(error: &(dyn Cause + 'static)) -> NetError {
    let mut found = None;
    let mut text = String::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        text = error.to_string();
        found = known(error, &text).or(found);
        cause = error.source();
    }
    found.unwrap_or(NetError::Other(text))
}

fn known(error: &(dyn Cause + 'static), text: &str) -> Option<NetError> {
    if let Some(fault) = error.downcast_ref::<NetError>() {
        return Some(fault.clone());
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(NetError::Tls(tls(error)));
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return by_hyper(error, text);
    }
    let (innermost, tls_error) = inside(error.downcast_ref::<std::io::Error>()?);
    if let Some(error) = tls_error {
        return Some(NetError::Tls(tls(error)));
    }
    match innermost.kind() {
        ErrorKind::ConnectionRefused => Some(NetError::Refused),
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => Some(NetError::Unreachable),
        ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => Some(NetError::Cut),
        _ => None,
    }
}

fn by_hyper(error: &hyper::Error, text: &str) -> Option<NetError> {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(NetError::Cut)
    } else if error.is_parse() && text.starts_with("invalid HTTP version") {
        Some(NetError::Tls(TlsError::NotTls))
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

fn tls(error: &rustls::Error) -> TlsError {
    use rustls::CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => TlsError::UnknownIssuer,
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            TlsError::WrongName
        }
        rustls::Error::InvalidCertificate(
            Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. },
        ) => TlsError::OutOfTime,
        rustls::Error::InvalidMessage(_) => TlsError::NotTls,
        other => TlsError::Other(other.to_string()),
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns => f.write_str("its name has no address"),
            Self::Refused => f.write_str("connection refused"),
            Self::Unreachable => f.write_str("the network is unreachable"),
            Self::ConnectTimeout => write!(f, "no connection within {}s", CONNECT.as_secs()),
            Self::ReadTimeout => write!(f, "no answer within {}s", READ.as_secs()),
            Self::WholeTimeout => write!(f, "no whole answer within {}s", WHOLE.as_secs()),
            Self::Proxy(text) => write!(f, "the proxy {text}"),
            Self::Tls(fault) => write!(f, "TLS failed: {fault}"),
            Self::Cut => f.write_str("the connection was cut off"),
            Self::Stalled => f.write_str("its answer stopped coming"),
            Self::TooLong => f.write_str("its answer is longer than any answer of AWS"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "its certificate is signed by an authority that is not trusted here",
            Self::WrongName => "its certificate is for another name",
            Self::OutOfTime => "its certificate has expired or is not valid yet",
            Self::NotTls => "the other side does not speak TLS",
            Self::Other(text) => text,
        })
    }
}

impl NetError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Dns => "check the network, the region and the endpoint settings for a typing error",
            Self::Refused => {
                "no program listens there: check the endpoint settings (AWS_ENDPOINT_URL, endpoint_url) and that the service is up"
            }
            Self::Unreachable => "check the network connection",
            Self::ConnectTimeout | Self::ReadTimeout | Self::WholeTimeout | Self::Cut | Self::Stalled => {
                "check the network, and whether a proxy is needed (HTTPS_PROXY); then try again"
            }
            Self::TooLong => NOT_AWS,
            Self::Proxy(_) => "check HTTPS_PROXY (address, user name, password) and NO_PROXY",
            Self::Tls(TlsError::UnknownIssuer) => {
                "if your network inspects TLS, name its authority: AWS_CA_BUNDLE=/path/to/bundle.pem, or ca_bundle in the profile"
            }
            Self::Tls(TlsError::WrongName) => {
                "the address and its certificate do not belong together: check the endpoint settings"
            }
            Self::Tls(TlsError::OutOfTime) => {
                "check the clock of this machine; if it is right, the service must renew its certificate"
            }
            Self::Tls(TlsError::NotTls) => {
                "the other side does not speak TLS: check scheme and port of the endpoint settings"
            }
            Self::Tls(TlsError::Other(_)) | Self::Other(_) => "try again; -v says what was asked",
        }
    }
}

/// What to do about an answer that is not from AWS.
pub const NOT_AWS: &str =
    "something between here and AWS answered (a proxy, a login page), or the endpoint is another service";

/// Why no connection can be prepared.
#[derive(Debug)]
pub enum Error {
    /// The CA bundle cannot be used.
    CaBundle {
        /// The file.
        file: PathBuf,
        /// What names the file.
        origin: Origin,
        /// What is wrong with it.
        why: String,
    },
    /// The system has no thread left.
    NoThread {
        /// What the system says.
        why: std::io::Error,
    },
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::CaBundle { file, origin, why } => {
                Report::new(format!("cannot use the CA bundle {} ({origin}): {why}", file.display())).hint(
                    match origin {
                        Origin::Variable(name) => {
                            format!("set {name} to a PEM file with the authorities to trust, or unset it")
                        }
                        _ => "it must be a PEM file with the authorities to trust".to_owned(),
                    },
                )
            }
            Self::NoThread { why } => Report::new(format!("cannot prepare the request: {why}")),
        }
    }
}
