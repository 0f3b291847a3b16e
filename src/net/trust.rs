//! Which authorities are trusted: the CA bundle that is named, else the one file in which the system keeps them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::config::Located;
use crate::error::Error;

/// Where systems keep all authorities in one file: Debian, Fedora, openSUSE, Alpine and the BSDs, macOS.
const SYSTEM: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];

/// The trusted authorities in PEM; `None` when there is no such file, and the system has to be asked another way.
///
/// # Errors
/// A bundle that is named but unreadable, or has no certificate that can be used.
pub fn authorities(named: Option<&Located<PathBuf>>) -> Result<Option<Vec<u8>>, Error> {
    if let Some(bundle) = named {
        let unusable =
            |why: String| Error::CaBundle { file: bundle.value.clone(), origin: bundle.origin.clone(), why };
        let pem = std::fs::read(&bundle.value).map_err(|e| unusable(e.kind().to_string()))?;
        return usable(&pem).map(Some).ok_or_else(|| unusable("it holds no usable certificate".into()));
    }
    Ok(SYSTEM.iter().find_map(|path| usable(&std::fs::read(Path::new(path)).ok()?)))
}

/// The certificates of a bundle that can be used, since the SDK panics on any other. `None` when there are none.
fn usable(pem: &[u8]) -> Option<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    // Much faster than the lossy way, which is for files with other bytes in their comments.
    let text = std::str::from_utf8(pem).map_or_else(|_| String::from_utf8_lossy(pem), Cow::Borrowed);
    let mut store = RootCertStore::empty();
    let mut kept = Vec::with_capacity(pem.len() + pem.len() / 8);
    for block in text.split(END) {
        let Some(start) = block.rfind(BEGIN) else { continue };
        let body = block[start + BEGIN.len()..].bytes().filter(|b| !b.is_ascii_whitespace());
        let body: Vec<u8> = body.collect();
        // Decoded by the fast decoder of the SDK: the one of rustls, which the SDK will use, takes its time on purpose.
        let Ok(der) = base64_simd::STANDARD.decode_to_vec(&body) else { continue };
        if store.add(CertificateDer::from(der)).is_err() {
            continue;
        }
        // Written anew, so that the SDK cannot stumble over anything else that stood in the block.
        for part in [BEGIN.as_bytes(), b"\n", &body, b"\n", END.as_bytes(), b"\n"] {
            kept.extend_from_slice(part);
        }
    }
    (!store.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_passed_over() {
        assert_eq!(usable(b""), None);
        assert_eq!(usable(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), None);
        assert_eq!(usable(&[0xff; 64]), None);
    }
}
