//! One HTTPS client: which authorities are trusted, through which proxy, how long at most, and in which words it fails.
//!
//! Built by hand, because the SDK's own reads every certificate of the system one by one, knows no `AWS_CA_BUNDLE`, has no
//! limit in time and tries again what cannot succeed. Nothing is built before the first request; hops share the connection.

mod fault;
mod trust;

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::{Connector, proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use http_body_util::Limited;

use crate::error::Error;
use crate::plan::{Plan, is_plain};
pub use fault::{NetFault, TlsFault, Trouble, trouble};

/// The connection may take this long, its TLS handshake included.
const CONNECT: Duration = Duration::from_secs(5);
/// The answer to a request may take this long to begin.
const READ: Duration = Duration::from_secs(10);
/// All tries of a request together may take this long.
pub const WHOLE: Duration = Duration::from_secs(30);

/// The limits in time.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).operation_timeout(WHOLE).build()
}

/// How often a request is tried, with short pauses: a person waits.
pub fn retries(plan: &Plan) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(plan.attempts).with_initial_backoff(Duration::from_millis(200))
}

/// The one client of the process.
#[derive(Debug)]
pub struct Client {
    /// The trusted authorities, PEM; `None` leaves it to the system's own store.
    authorities: Option<Vec<u8>>,
    connectors: OnceLock<SharedHttpConnector>,
}

impl Client {
    /// A client for services beside the program, which speak plain http.
    pub fn plain() -> Self {
        Self { authorities: Some(Vec::new()), connectors: OnceLock::new() }
    }

    /// Reads the authorities, if any address that the plan asks is https. `more` are addresses beside that of STS.
    ///
    /// # Errors
    /// A CA bundle that is named but cannot be used.
    pub fn new(plan: &Plan, more: &[&str]) -> Result<Self, Error> {
        let urls = || [plan.sts.url.value.as_str()].into_iter().chain(more.iter().copied());
        let authorities = if urls().all(is_plain) {
            Some(Vec::new())
        } else {
            trust::authorities(plan.ca_bundle.as_ref())?
        };
        Ok(Self { authorities, connectors: OnceLock::new() })
    }

    fn connectors(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> Connectors {
        let store = match &self.authorities {
            Some(pem) if pem.is_empty() => tls::TrustStore::empty(),
            Some(pem) => tls::TrustStore::empty().with_pem_certificate(pem.clone()),
            None => tls::TrustStore::default(),
        };
        let builder = || {
            let mut builder = Connector::builder().connector_settings(settings.clone());
            builder.set_sleep_impl(components.sleep_impl());
            builder
        };
        let encrypted = self.authorities.as_ref().is_none_or(|pem| !pem.is_empty()).then(|| {
            let context = tls::TlsContext::builder().with_trust_store(store).build();
            let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
            let connector = builder()
                .proxy_config(ProxyConfig::from_env())
                .tls_provider(ring)
                .tls_context(context.expect("a context of a trust store alone is always complete"))
                .build();
            SharedHttpConnector::new(connector)
        });
        // Plain http is loopback, and a proxy could not reach it: it has a loopback of its own.
        let plain = SharedHttpConnector::new(builder().proxy_config(ProxyConfig::disabled()).build_http());
        Connectors { encrypted, plain }
    }
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let make = || SharedHttpConnector::new(self.connectors(settings, components));
        self.connectors.get_or_init(make).clone()
    }
}

/// A connector for each kind of address.
#[derive(Debug)]
struct Connectors {
    encrypted: Option<SharedHttpConnector>,
    plain: SharedHttpConnector,
}

impl HttpConnector for Connectors {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = match &self.encrypted {
            Some(encrypted) if !is_plain(request.uri()) => encrypted.call(request),
            _ => self.plain.call(request),
        };
        HttpConnectorFuture::new(async move { Ok(capped(answer.await?)) })
    }
}

/// The largest answer that is read, in bytes. A page of buckets is a quarter of it at most.
const LARGEST: usize = 1024 * 1024;

/// An answer without end must not eat the memory: past the limit its body is an error.
fn capped(mut answer: HttpResponse) -> HttpResponse {
    let body = Limited::new(answer.take_body(), LARGEST);
    *answer.body_mut() = SdkBody::from_body_1_x(body);
    answer
}

/// Says of failures that no second try will mend that they need none.
#[derive(Debug)]
pub struct NoPointlessRetry;

impl ClassifyRetry for NoPointlessRetry {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        match error.as_connector_error() {
            Some(error) if fault::is_final(error) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "no pointless retry"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
