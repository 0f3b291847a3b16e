//! Certificates made on the fly: a CA that only the tests trust, and a leaf for this server that
//! is right or wrong in one chosen way. Keys live in memory; only [`Ca::pem`], which holds no
//! key, is meant to reach a file.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;

/// A certificate authority for tests.
pub struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// The server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// For `localhost` and `127.0.0.1`, valid now.
    Valid,
    /// Valid now, but for another host.
    WrongName,
    /// For the right names, but its time is over.
    Expired,
    /// Valid, but signed by an authority that the CA signed, whose certificate the server sends too.
    Intermediate,
}

impl Ca {
    /// A CA with a fresh key.
    pub fn new(name: &str) -> Self {
        let issuer = CertifiedIssuer::self_signed(authority(name), key());
        Self { issuer: issuer.expect("the CA's parameters hold") }
    }

    /// The CA's certificate, as a file for AWS_CA_BUNDLE holds it.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server configuration with a leaf signed by this CA, for HTTP/1.1 only.
    pub(super) fn server_config(&self, leaf: Leaf) -> Arc<ServerConfig> {
        let names = match leaf {
            Leaf::Valid | Leaf::Expired | Leaf::Intermediate => vec!["localhost".into(), "127.0.0.1".into()],
            Leaf::WrongName => vec!["elsewhere.example".to_owned()],
        };
        let mut params = CertificateParams::new(names).expect("the names are plain");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = match leaf {
            Leaf::Expired => date_time_ymd(2021, 1, 1),
            Leaf::Valid | Leaf::WrongName | Leaf::Intermediate => date_time_ymd(2099, 1, 1),
        };
        let key = key();
        let intermediate = (leaf == Leaf::Intermediate).then(|| {
            CertifiedIssuer::signed_by(authority("between"), self::key(), &self.issuer)
                .expect("the CA signs what this module asks for")
        });
        let certificate = match &intermediate {
            Some(intermediate) => params.signed_by(&key, intermediate),
            None => params.signed_by(&key, &self.issuer),
        };
        let certificate = certificate.expect("the CA signs what this module asks for");
        let mut chain = vec![certificate.der().clone()];
        chain.extend(intermediate.map(|intermediate| intermediate.der().clone()));
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        // The provider is named, because a process with two crypto providers has no default.
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has cipher suites for TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(chain, key.into())
            .expect("the key belongs to the certificate");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

/// The parameters of a certificate of an authority.
fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params
}

fn key() -> KeyPair {
    KeyPair::generate().expect("ring can make a P-256 key")
}
