//! Errors of a request, and of the client itself.
//!
//! hyper, rustls and the system report an error as a chain of causes. The deepest known cause becomes a
//! [`NetError`], which the SDK passes on as the cause of its own error. No decision depends on the text of an
//! error.

use std::error::Error as Cause;
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::common::origin::Origin;
use crate::common::report::{Diagnostic, Report};
use crate::net::error_list;
use crate::net::limits::{CONNECT, READ, WHOLE};

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetError {
    /// The host name has no address.
    Dns,
    /// No program listens at the address.
    Refused,
    /// The network or the host cannot be reached.
    Unreachable,
    /// The time limit of the connection.
    ConnectTimeout,
    /// The time limit of the answer.
    ReadTimeout,
    /// The time limit of all tries together.
    WholeTimeout,
    /// The proxy gives no connection.
    Proxy(ProxyError),
    /// The certificate or the handshake is not valid.
    Tls(TlsError),
    /// The connection ended before the answer was complete.
    Cut,
    /// The answer began, but did not continue within the time limit.
    Stalled,
    /// The answer has more bytes than an answer of a service can have.
    TooLong,
    /// The answer is not HTTP. The text is that of hyper.
    NotHttp(String),
    /// Any other error, with the text of the library.
    Other(String),
}

impl Cause for NetError {}

/// Why a proxy gives no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyError {
    /// The address in the variable has no host.
    BadAddress,
    /// The proxy cannot be reached.
    Unreachable(Box<NetError>),
    /// The proxy ended the connection without an answer.
    Cut,
    /// The proxy refuses the tunnel.
    Refused {
        /// The HTTP status and its text.
        status: String,
    },
    /// The answer of the proxy is not HTTP.
    NotHttp,
}

impl From<ProxyError> for NetError {
    fn from(error: ProxyError) -> Self {
        Self::Proxy(error)
    }
}

/// What is wrong with a certificate or a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsError {
    /// No trusted authority has signed the certificate.
    UnknownIssuer,
    /// The certificate is for another name.
    WrongName,
    /// The certificate has expired or is not valid yet.
    OutOfTime,
    /// The server does not speak TLS.
    NotTls,
    /// Any other error, with the text of rustls.
    Other(String),
}

/// Why a request to a service has no result.
#[derive(Clone, Debug)]
pub enum ServiceFailure {
    /// The service refused.
    Refused {
        /// The error code of the service, such as `AccessDenied`.
        code: String,
        /// The message of the service.
        message: String,
        /// What the refusal is due to, if the service says it apart from the code: IAM Identity Center names a
        /// fault of its encryption key so.
        reason: Option<String>,
    },
    /// The answer is not from the service.
    NotAnAnswer {
        /// The HTTP status.
        status: u16,
    },
    /// No answer.
    Net(NetError),
}

/// The longest message of a service that is shown, in characters.
const LONGEST: usize = 600;

/// The failure in an error of the SDK.
pub(crate) fn failure_of<E>(error: &SdkError<E, HttpResponse>) -> ServiceFailure
where
    E: ProvideErrorMetadata + Cause + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let body = service.raw().body().bytes();
            let known = service.err().code().map(|code| {
                let message = service.err().message().map(str::to_owned);
                let message = message.or_else(|| member(body?, "error_description"));
                (code.to_owned(), message.unwrap_or_else(|| "no message".to_owned()))
            });
            let in_list = || error_list::refusal(body?);
            match known.or_else(in_list).filter(|(code, _)| is_code(code)) {
                Some((code, message)) => ServiceFailure::Refused {
                    code,
                    message: message.chars().take(LONGEST).collect(),
                    reason: body.and_then(|body| member(body, "reason")).filter(|reason| is_code(reason)),
                },
                None => ServiceFailure::NotAnAnswer { status: service.raw().status().as_u16() },
            }
        }
        SdkError::ResponseError(response) => match root_cause(error) {
            // The head is complete, but the body cannot be read.
            NetError::Other(_) => ServiceFailure::NotAnAnswer { status: response.raw().status().as_u16() },
            error => ServiceFailure::Net(error),
        },
        SdkError::TimeoutError(_) => ServiceFailure::Net(NetError::WholeTimeout),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) => ServiceFailure::Net(root_cause(error)),
            None => ServiceFailure::Net(NetError::Other("the request could not be sent".into())),
        },
        other => ServiceFailure::Net(root_cause(other)),
    }
}

/// A text of a JSON object. The token service of IAM Identity Center describes an error in `error_description`, as
/// OAuth 2.0 does (RFC 6749, section 5.2), and not in `message`.
fn member(body: &[u8], name: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    body.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether a text can be an error code of a service. An HTML page can have any text in its place.
fn is_code(code: &str) -> bool {
    (1..=128).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
}

/// Whether another try would fail in the same way.
pub(crate) fn is_final(error: &ConnectorError) -> bool {
    root_cause(error).is_final()
}

/// The deepest known cause, which is the most exact one.
pub(crate) fn root_cause(error: &(dyn Cause + 'static)) -> NetError {
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
    if let Some(error) = error.downcast_ref::<NetError>() {
        return Some(error.clone());
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(NetError::Tls(tls(error)));
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return of_hyper(error, text);
    }
    let (io_error, tls_error) = innermost(error.downcast_ref::<std::io::Error>()?);
    if let Some(error) = tls_error {
        return Some(NetError::Tls(tls(error)));
    }
    match io_error.kind() {
        ErrorKind::ConnectionRefused => Some(NetError::Refused),
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => Some(NetError::Unreachable),
        ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => Some(NetError::Cut),
        _ => None,
    }
}

fn of_hyper(error: &hyper::Error, text: &str) -> Option<NetError> {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(NetError::Cut)
    } else if error.is_parse() {
        Some(NetError::NotHttp(text.to_owned()))
    } else {
        None
    }
}

/// An I/O error may contain another one, and that one an error of rustls. `source()` would skip both.
fn innermost(error: &std::io::Error) -> (&std::io::Error, Option<&rustls::Error>) {
    let Some(inner) = error.get_ref() else { return (error, None) };
    match inner.downcast_ref::<std::io::Error>() {
        Some(deeper) => innermost(deeper),
        None => (error, inner.downcast_ref()),
    }
}

fn tls(error: &rustls::Error) -> TlsError {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(Certificate::UnknownIssuer) => TlsError::UnknownIssuer,
        rustls::Error::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => TlsError::WrongName,
        rustls::Error::InvalidCertificate(
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. },
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
            Self::WholeTimeout => write!(f, "no complete answer within {}s", WHOLE.as_secs()),
            Self::Proxy(error) => write!(f, "the proxy {error}"),
            Self::Tls(error) => write!(f, "TLS failed: {error}"),
            Self::Cut => f.write_str("the connection was cut off"),
            Self::Stalled => f.write_str("its answer stopped coming"),
            Self::TooLong => f.write_str("its answer is longer than any answer of AWS"),
            Self::NotHttp(text) => write!(f, "its answer is not HTTP: {text}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// The end of a sentence that begins with "the proxy".
impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadAddress => f.write_str("has an address that cannot be used"),
            Self::Unreachable(error) => write!(f, "cannot be reached: {error}"),
            Self::Cut => f.write_str("ended the connection without an answer"),
            Self::Refused { status } => write!(f, "refused: {status}"),
            Self::NotHttp => f.write_str("gave an answer that is not HTTP"),
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "its certificate is signed by an authority that is not trusted here",
            Self::WrongName => "its certificate is for another name",
            Self::OutOfTime => "its certificate has expired or is not valid yet",
            Self::NotTls => "the server does not speak TLS",
            Self::Other(text) => text,
        })
    }
}

impl NetError {
    /// Whether another try would fail in the same way.
    pub(crate) fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::ConnectTimeout
                | Self::ReadTimeout
                | Self::WholeTimeout
                | Self::Cut
                | Self::Stalled
                | Self::Other(_)
        )
    }

    /// What the user can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Dns => "check the network, the region and the endpoint settings for a typing error",
            Self::Refused => {
                "no program listens there: check the endpoint settings (AWS_ENDPOINT_URL, endpoint_url) \
                 and that the service is up"
            }
            Self::Unreachable => "check the network connection",
            Self::ConnectTimeout | Self::ReadTimeout | Self::WholeTimeout | Self::Cut | Self::Stalled => {
                "check the network, and whether a proxy is needed (HTTPS_PROXY); then try again"
            }
            Self::TooLong => NOT_AWS,
            Self::Proxy(_) => "check HTTPS_PROXY (address, user name, password) and NO_PROXY",
            Self::Tls(TlsError::UnknownIssuer) => {
                "if your network inspects TLS, name its authority: AWS_CA_BUNDLE=/path/to/bundle.pem, or \
                 ca_bundle in the profile"
            }
            Self::Tls(TlsError::WrongName) => {
                "the address and its certificate do not belong together: check the endpoint settings"
            }
            Self::Tls(TlsError::OutOfTime) => {
                "check the clock of this machine; if it is right, the service must renew its certificate"
            }
            Self::Tls(TlsError::NotTls) | Self::NotHttp(_) => {
                "check scheme and port of the endpoint settings"
            }
            Self::Tls(TlsError::Other(_)) | Self::Other(_) => "try again; -v shows what was asked",
        }
    }
}

/// What the user can do about an answer that is not from AWS.
pub(crate) const NOT_AWS: &str =
    "something between here and AWS answered (a proxy, a login page), or the endpoint is another service";

/// A client that cannot be made.
#[derive(Debug)]
pub(crate) enum Error {
    /// The CA bundle that a setting names cannot be used.
    CaBundle {
        /// The file.
        file: PathBuf,
        /// The setting.
        origin: Origin,
        /// The reason.
        why: UnusableBundle,
    },
    /// The system has no thread or no file descriptor left.
    NoThread {
        /// The error of the system.
        why: std::io::Error,
    },
}

/// Why a CA bundle cannot be used.
#[derive(Debug)]
pub(crate) enum UnusableBundle {
    /// It cannot be read.
    Unreadable(std::io::Error),
    /// It has no certificate of an authority.
    NoCertificate,
}

impl fmt::Display for UnusableBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => match error.get_ref() {
                Some(inner) => write!(f, "{inner}"),
                None => write!(f, "{}", error.kind()),
            },
            Self::NoCertificate => f.write_str("it holds no usable certificate"),
        }
    }
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
            Self::NoThread { why } => Report::new(format!("cannot start the network thread: {why}")).hint(
                "end other programs, or raise the limits of processes and open files (ulimit -u, ulimit -n)",
            ),
        }
    }
}
