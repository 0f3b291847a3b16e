//! The certificate authorities that are trusted, and the TLS configuration with them.
//!
//! They come from the CA bundle that a setting names, else from the bundle file of the system, else from the
//! other places in which a system keeps them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::common::origin::Located;
use crate::net::error::{Error, UnusableBundle};
use crate::sys::read_limited;

/// The bundle files of systems: Debian, Fedora, openSUSE, Alpine and the BSDs, macOS.
const SYSTEM: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];

/// The largest bundle that is read, in MiB. The bundle of a system has a quarter of one MiB.
const LARGEST: u64 = 8;

/// The trusted authorities.
///
/// # Errors
/// The bundle that a setting names cannot be read, or has no usable certificate.
pub(crate) fn authorities(bundle: Option<&Located<PathBuf>>) -> Result<RootCertStore, Error> {
    let Some(bundle) = bundle else {
        let usable_file = |path: &&str| usable(&read_limited::read(Path::new(path), LARGEST).ok()?);
        return Ok(SYSTEM.iter().find_map(usable_file).unwrap_or_else(other_authorities));
    };
    let unusable = |why| Error::CaBundle { file: bundle.value.clone(), origin: bundle.origin.clone(), why };
    let pem =
        read_limited::read(&bundle.value, LARGEST).map_err(|e| unusable(UnusableBundle::Unreadable(e)))?;
    usable(&pem).ok_or_else(|| unusable(UnusableBundle::NoCertificate))
}

/// No authorities, for servers with plain http.
pub(crate) fn none() -> RootCertStore {
    RootCertStore::empty()
}

/// The TLS configuration of all connections.
pub(crate) fn tls_config(authorities: RootCertStore) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3");
    let authorities = Arc::new(authorities);
    // Never freed: they are public and needed until the process ends, and to free hundreds of them one by one
    // takes time.
    std::mem::forget(Arc::clone(&authorities));
    let mut config = config.with_root_certificates(authorities).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // The process makes one connection to a server: a TLS session is never resumed.
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

/// The usable certificates of a bundle; `None` without one. Other lines are ignored.
///
/// A bundle has two hundred kilobytes. The decoder of rustls is slow on purpose: it runs in constant time,
/// which protects secret keys. Certificates are public, so a fast decoder is used.
fn usable(pem: &[u8]) -> Option<RootCertStore> {
    let mut store = RootCertStore::empty();
    // One buffer for all certificates: freed memory is wiped, which would cost more with one buffer for each.
    let mut body = Vec::with_capacity(8192);
    let mut is_inside = false;
    for line in lines(pem) {
        if line.ends_with(b"-----BEGIN CERTIFICATE-----") {
            is_inside = true;
            body.clear();
        } else if line.starts_with(b"-----END CERTIFICATE-----") {
            if std::mem::take(&mut is_inside)
                && let Ok(der) = base64_simd::STANDARD.decode_inplace(&mut body)
            {
                // A certificate that is not of an authority is ignored.
                let _ = store.add(CertificateDer::from(&*der));
            }
        } else if is_inside {
            body.extend_from_slice(line);
        }
    }
    (!store.is_empty()).then_some(store)
}

/// The lines, without blanks around them.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (line, after) = match memchr::memchr(b'\n', text) {
            Some(end) => (&text[..end], Some(&text[end + 1..])),
            None => (text, None),
        };
        rest = after;
        Some(line.trim_ascii())
    })
}

/// The authorities of a system that keeps them in many files or in a store.
fn other_authorities() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_a_usable_certificate_give_no_authorities() {
        assert!(usable(b"").is_none());
        assert!(usable(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_none());
        assert!(usable(&[0xff; 64]).is_none());
    }
}
