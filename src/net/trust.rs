//! Which certificates of servers are trusted, and the TLS configuration of all connections.
//!
//! The certificates are checked by rustls. What differs from its own verifier is only when the authorities are
//! needed: a handshake can begin while they are read, and waits for them when the server's certificates arrive.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};

use crate::net::roots::Authorities;

/// The check of the certificates of servers.
#[derive(Debug)]
pub(crate) struct Trust {
    /// The authorities, as soon as they are known; `None` if they cannot be known any more.
    authorities: OnceLock<Option<Authorities>>,
    provider: Arc<CryptoProvider>,
}

impl Trust {
    /// A check that waits for [`Trust::set`] or [`Trust::give_up`].
    pub(crate) fn new() -> Self {
        Self { authorities: OnceLock::new(), provider: Arc::new(ring::default_provider()) }
    }

    /// Whether the authorities are known.
    pub(crate) fn is_set(&self) -> bool {
        self.authorities.get().is_some()
    }

    /// Sets the authorities, once.
    pub(crate) fn set(&self, authorities: Authorities) {
        let _ = self.authorities.set(Some(authorities));
    }

    /// Ends each handshake that waits for the authorities.
    pub(crate) fn give_up(&self) {
        let _ = self.authorities.set(None);
    }

    fn algorithms(&self) -> &WebPkiSupportedAlgorithms {
        &self.provider.signature_verification_algorithms
    }

    /// The TLS configuration with this check.
    pub(crate) fn tls_config(self: &Arc<Self>) -> ClientConfig {
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .expect("ring supports TLS 1.2 and 1.3");
        let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(self) as _;
        let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // The process makes one connection to a server: a TLS session is never resumed.
        config.resumption = Resumption::disabled();
        config
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(authorities) = self.authorities.wait() else {
            return Err(rustls::Error::General("the authorities are not known".into()));
        };
        let certificates: Vec<_> = std::iter::once(end_entity).chain(intermediates).collect();
        let roots = Arc::new(authorities.issuers_of(&certificates));
        WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&self.provider))
            .build()
            // It fails without an authority.
            .map_err(|_| CertificateError::UnknownIssuer)?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, self.algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, self.algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms().supported_schemes()
    }
}
