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

/// The first lines of a certificate: of RFC 7468, the older one of OpenSSL, and that of OpenSSL's trusted
/// form.
const BEGIN: [(&[u8], Form); 3] = [
    (b"-----BEGIN CERTIFICATE-----", Form::Plain),
    (b"-----BEGIN X509 CERTIFICATE-----", Form::Plain),
    (b"-----BEGIN TRUSTED CERTIFICATE-----", Form::Trusted),
];

/// The form of a certificate in a bundle.
#[derive(Clone, Copy)]
enum Form {
    /// The certificate alone.
    Plain,
    /// The certificate, and what it is trusted for.
    Trusted,
}

/// The usable certificates of a bundle; `None` without one. Other lines are ignored.
///
/// A bundle has two hundred kilobytes. The decoder of rustls is slow on purpose: it runs in constant time,
/// which protects secret keys. Certificates are public, so a fast decoder is used.
fn usable(pem: &[u8]) -> Option<RootCertStore> {
    let mut store = RootCertStore::empty();
    // One buffer for all certificates: freed memory is wiped, which would cost more with one buffer for each.
    let mut body = Vec::with_capacity(8192);
    let mut inside = None;
    for line in lines(pem) {
        if line.starts_with(b"-----END ") {
            if let Some(form) = inside.take()
                && let Ok(der) = base64_simd::STANDARD.decode_inplace(&mut body)
                && let Some(der) = certificate(form, der)
            {
                // A certificate that is not of an authority is ignored.
                let _ = store.add(CertificateDer::from(der));
            }
        } else if line.ends_with(b"-----") {
            inside = BEGIN.iter().find(|(begin, _)| line.ends_with(begin)).map(|(_, form)| *form);
            body.clear();
        } else if inside.is_some() {
            body.extend_from_slice(line);
        }
    }
    (!store.is_empty()).then_some(store)
}

/// The certificate itself; `None` if it is not trusted for servers.
fn certificate(form: Form, der: &[u8]) -> Option<&[u8]> {
    match form {
        Form::Plain => Some(der),
        Form::Trusted => {
            let (_, _, after) = element(der)?;
            trusts_servers(after).then(|| &der[..der.len() - after.len()])
        }
    }
}

/// Whether the data after a certificate trusts it for TLS servers (OpenSSL, `X509_CERT_AUX` and
/// `X509_check_trust`): a list of what it is trusted for, and a list of what it is rejected for.
fn trusts_servers(after: &[u8]) -> bool {
    const TRUST: u8 = 0x30;
    const REJECT: u8 = 0xa0;
    if after.is_empty() {
        return true;
    }
    let Some((TRUST, mut lists, _)) = element(after) else { return false };
    let mut is_trusted = true;
    while let Some((tag, list, rest)) = element(lists) {
        match tag {
            TRUST => is_trusted &= names_servers(list),
            REJECT => is_trusted &= !names_servers(list),
            _ => {}
        }
        lists = rest;
    }
    is_trusted && lists.is_empty()
}

/// Whether a list of purposes has TLS servers or every purpose (RFC 5280, 4.2.1.12).
fn names_servers(mut list: &[u8]) -> bool {
    const SERVER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
    const ANY: &[u8] = &[0x55, 0x1d, 0x25, 0];
    while let Some((_, purpose, rest)) = element(list) {
        if purpose == SERVER || purpose == ANY {
            return true;
        }
        list = rest;
    }
    false
}

/// The tag and the content of the first element of DER, and what follows it (X.690, 8.1).
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
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

    /// `openssl x509 -trustout` writes this form, with `-addtrust` and `-addreject`.
    #[test]
    fn a_trusted_certificate_counts_if_it_is_trusted_for_servers() {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let pem = |label: &str, after: &[u8]| {
            let body = base64_simd::STANDARD.encode_to_string([authority.der(), after].concat());
            format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
        };
        let server = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
        let client = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];
        let any = [0x30, 6, 6, 4, 0x55, 0x1d, 0x25, 0];
        let name = [12, 1, b'x'];
        let rejected = |list: [u8; 12]| [&[0xa0], &list[1..]].concat();
        let aux = |parts: &[&[u8]]| {
            let content = parts.concat();
            [&[0x30, u8::try_from(content.len()).unwrap()], &*content].concat()
        };
        for (after, is_usable) in [
            (vec![], true),
            (aux(&[]), true),
            (aux(&[&name]), true),
            (aux(&[&server]), true),
            (aux(&[&server, &name]), true),
            (aux(&[&any]), true),
            (aux(&[&client]), false),
            (aux(&[&rejected(server)]), false),
            (aux(&[&rejected(client)]), true),
            (aux(&[&server, &rejected(server)]), false),
            (vec![0x30], false),
            (vec![0x30, 5, 1], false),
        ] {
            let bundle = pem("TRUSTED CERTIFICATE", &after);
            assert_eq!(usable(bundle.as_bytes()).is_some(), is_usable, "{after:?}");
        }
        assert!(usable(pem("X509 CERTIFICATE", &[]).as_bytes()).is_some());
        assert!(usable(pem("CERTIFICATE", &[]).as_bytes()).is_some());
        assert!(usable(pem("PRIVATE KEY", &[]).as_bytes()).is_none());
    }
}
