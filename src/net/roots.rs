//! Which authorities are trusted: the CA bundle that is named, else the one file in which the system keeps them, else what
//! else the system has.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::common::origin::Located;
use crate::net::error::Error;
use crate::sys::read_limited;

/// Where systems keep all authorities in one file: Debian, Fedora, openSUSE, Alpine and the BSDs, macOS.
const SYSTEM: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];

/// The largest bundle that is read, in MiB; that of a system has a quarter of one.
const LARGEST: u64 = 8;

/// The trusted authorities.
///
/// # Errors
/// A bundle that is named but unreadable, or has no certificate that can be used.
pub fn authorities(named: Option<&Located<PathBuf>>) -> Result<RootCertStore, Error> {
    let Some(bundle) = named else {
        let usable_file = |path: &&str| usable(&read_limited::read(Path::new(path), LARGEST).ok()?);
        return Ok(SYSTEM.iter().find_map(usable_file).unwrap_or_else(scattered));
    };
    let unusable =
        |why: String| Error::CaBundle { file: bundle.value.clone(), origin: bundle.origin.clone(), why };
    let pem = read_limited::read(&bundle.value, LARGEST).map_err(|e| unusable(told(&e)))?;
    usable(&pem).ok_or_else(|| unusable("it holds no usable certificate".into()))
}

/// In words of our own where the system has none.
fn told(error: &std::io::Error) -> String {
    error.get_ref().map_or_else(|| error.kind().to_string(), ToString::to_string)
}

/// The certificates of a bundle that can be used; `None` when there are none. Its other lines may be anything.
///
/// Decoded by a fast decoder, because a bundle has two hundred kilobytes and that of rustls takes its time on purpose, to
/// tell nothing about a key by the time that it takes. Certificates are public.
fn usable(pem: &[u8]) -> Option<RootCertStore> {
    let mut store = RootCertStore::empty();
    // One buffer for all: what is given back is wiped, and a buffer for each would be three times the bundle.
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
                // What is no certificate of an authority is passed over.
                let _ = store.add(CertificateDer::from(&*der));
            }
        } else if is_inside {
            body.extend_from_slice(line);
        }
    }
    (!store.is_empty()).then_some(store)
}

/// The lines without the blanks around them.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (line, behind) = match memchr::memchr(b'\n', text) {
            Some(end) => (&text[..end], Some(&text[end + 1..])),
            None => (text, None),
        };
        rest = behind;
        Some(line.trim_ascii())
    })
}

/// The authorities of a system that keeps them in many files or in a store of its own.
fn scattered() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_passed_over() {
        assert!(usable(b"").is_none());
        assert!(usable(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_none());
        assert!(usable(&[0xff; 64]).is_none());
    }
}
