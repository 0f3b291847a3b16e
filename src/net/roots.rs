//! The certificate authorities that are trusted.
//!
//! They come from the CA bundle that a setting names, else from the bundle file of the system, else from the
//! other places in which a system keeps them.

use std::ops::Range;
use std::path::{Path, PathBuf};

use memchr::memmem;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

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

/// The certificates of authorities. They are decoded and parsed when a server has a certificate of one of them:
/// a bundle has 145, and to parse all takes as long as a handshake.
#[derive(Debug, Default)]
pub(crate) struct Authorities {
    /// The certificates, with other text between them.
    text: Vec<u8>,
    /// Where they are in the text.
    places: Vec<Place>,
}

/// A certificate in a text.
#[derive(Debug)]
struct Place {
    form: Form,
    /// Without its first and last line.
    part: Range<usize>,
}

impl Authorities {
    /// The trusted authorities.
    ///
    /// # Errors
    /// The bundle that a setting names cannot be read, or has no usable certificate.
    pub(crate) fn read(bundle: Option<&Located<PathBuf>>) -> Result<Self, Error> {
        let Some(bundle) = bundle else {
            let usable_file = |path: &&str| Self::of_pem(read_limited::read(Path::new(path), LARGEST).ok()?);
            return Ok(SYSTEM.iter().find_map(usable_file).unwrap_or_else(Self::of_other_places));
        };
        let unusable =
            |why| Error::CaBundle { file: bundle.value.clone(), origin: bundle.origin.clone(), why };
        let pem = read_limited::read(&bundle.value, LARGEST)
            .map_err(|e| unusable(UnusableBundle::Unreadable(e)))?;
        Self::of_pem(pem).ok_or_else(|| unusable(UnusableBundle::NoCertificate))
    }

    /// No authorities, for servers with plain http.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// The authorities of a bundle; `None` if it has no usable certificate. Other lines are ignored.
    fn of_pem(text: Vec<u8>) -> Option<Self> {
        const DASHES: &[u8] = b"-----";
        let dashes = memmem::Finder::new(DASHES);
        let mut places = Vec::new();
        // The form of the certificate that has begun, and where its first line ends.
        let mut begun = None;
        let mut next = 0;
        while let Some(at) = dashes.find(&text[next..]) {
            let at = next + at;
            let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
            let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
            let line = text[start..end].trim_ascii();
            if line.starts_with(b"-----END ") {
                let place = |(form, from)| Place { form, part: from..start };
                places.extend(begun.take().map(place));
            } else if line.ends_with(DASHES) {
                begun = BEGIN.iter().find(|(begin, _)| line.ends_with(begin)).map(|(_, form)| (*form, end));
            }
            next = end;
        }
        let authorities = Self { text, places };
        // A certificate that is not of an authority is ignored.
        let is_usable = |place: &Place| !authorities.store(std::iter::once(place)).is_empty();
        authorities.places.iter().any(is_usable).then_some(authorities)
    }

    /// The authorities of a system that keeps them in many files or in a store.
    fn of_other_places() -> Self {
        let (mut text, mut places) = (Vec::new(), Vec::new());
        for certificate in rustls_native_certs::load_native_certs().certs {
            let start = text.len();
            text.extend_from_slice(&certificate);
            places.push(Place { form: Form::Der, part: start..text.len() });
        }
        Self { text, places }
    }

    /// The authorities that the certificates of a server name as their issuers. No other one can be at the end
    /// of a path from the server's certificate (RFC 5280, 6.1). If none is named, all of them: then the check of
    /// the certificates finds what is wrong.
    pub(crate) fn issuers_of(&self, certificates: &[&CertificateDer<'_>]) -> RootCertStore {
        // Nine of ten certificates have their names in the first 384 bytes, which are 512 characters.
        const HEADS: [usize; 3] = [512, 1024, usize::MAX];
        let issuers: Vec<_> =
            certificates.iter().filter_map(|der| Some(issuer_and_subject(der)?.0)).collect();
        let mut buffer = buffer();
        let is_named = |place: &&Place| {
            HEADS
                .into_iter()
                .find_map(|most| {
                    let (_, subject) = issuer_and_subject(self.decoded(place, most, &mut buffer)?)?;
                    Some(issuers.contains(&subject))
                })
                .unwrap_or_default()
        };
        let named = self.store(self.places.iter().filter(is_named));
        if named.is_empty() { self.store(self.places.iter()) } else { named }
    }

    /// Parses certificates. One that is not of an authority is left out.
    fn store<'a>(&self, places: impl Iterator<Item = &'a Place>) -> RootCertStore {
        let mut store = RootCertStore::empty();
        let mut buffer = buffer();
        for place in places {
            if let Some(der) = self.decoded(place, usize::MAX, &mut buffer)
                && let Some(der) = certificate(place.form, der)
            {
                let _ = store.add(CertificateDer::from(der));
            }
        }
        store
    }

    /// A certificate, decoded from at most so many characters, a multiple of four.
    ///
    /// The decoder of rustls is slow on purpose: it runs in constant time, which protects secret keys.
    /// Certificates are public, so a fast decoder is used.
    fn decoded<'b>(&self, place: &Place, most: usize, buffer: &'b mut Vec<u8>) -> Option<&'b [u8]> {
        let text = &self.text[place.part.clone()];
        buffer.clear();
        if let Form::Der = place.form {
            buffer.extend_from_slice(text);
            return Some(buffer);
        }
        for line in lines(text) {
            buffer.extend_from_slice(line);
            if buffer.len() >= most {
                buffer.truncate(most);
                break;
            }
        }
        base64_simd::STANDARD.decode_inplace(buffer).ok().map(|der| &*der)
    }
}

/// One buffer for many certificates: freed memory is wiped, which would cost more with a buffer for each.
fn buffer() -> Vec<u8> {
    Vec::with_capacity(8192)
}

/// The issuer and the subject of a certificate, as DER (RFC 5280, 4.1). What follows them may be missing.
fn issuer_and_subject(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    const VERSION: u8 = 0xa0;
    let (_, _, certificate) = header(certificate)?;
    let (_, _, mut fields) = header(certificate)?;
    // A certificate of version 1 does not have this field.
    if let (VERSION, _, rest) = element(fields)? {
        fields = rest;
    }
    let (_, _serial_number, fields) = element(fields)?;
    let (_, _algorithm, fields) = element(fields)?;
    let (_, issuer, fields) = element(fields)?;
    let (_, _validity, fields) = element(fields)?;
    let (_, subject, _) = element(fields)?;
    Some((issuer, subject))
}

/// The first lines of a certificate: of RFC 7468, the older one of OpenSSL, and that of OpenSSL's trusted
/// form.
const BEGIN: [(&[u8], Form); 3] = [
    (b"-----BEGIN CERTIFICATE-----", Form::Plain),
    (b"-----BEGIN X509 CERTIFICATE-----", Form::Plain),
    (b"-----BEGIN TRUSTED CERTIFICATE-----", Form::Trusted),
];

/// The form of a certificate in a text.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// PEM: the certificate alone.
    Plain,
    /// PEM: the certificate, and what it is trusted for.
    Trusted,
    /// Not encoded.
    Der,
}

/// The certificate itself; `None` if it is not trusted for servers.
fn certificate(form: Form, der: &[u8]) -> Option<&[u8]> {
    match form {
        Form::Plain | Form::Der => Some(der),
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

/// The tag and the content of the first element of DER, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, length, rest) = header(der)?;
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

/// The tag and the length of the first element of DER, and what follows these two (X.690, 8.1).
fn header(der: &[u8]) -> Option<(u8, usize, &[u8])> {
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
    Some((tag, length, rest))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pem: &[u8]) -> Option<Authorities> {
        Authorities::of_pem(pem.to_vec())
    }

    #[test]
    fn texts_without_a_usable_certificate_give_no_authorities() {
        assert!(of(b"").is_none());
        assert!(of(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_none());
        assert!(of(&[0xff; 64]).is_none());
    }

    /// An authority's certificate.
    fn authority(name: &str) -> rcgen::CertifiedIssuer<'static, rcgen::KeyPair> {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn an_authority_is_found_by_the_name_in_the_servers_certificates() {
        // The last name does not fit into the head of the certificate.
        let roots: Vec<_> = ["one", "two", "two", &"three".repeat(200)].map(authority).into();
        let bundle: String = roots.iter().map(|root| format!("{} -----\n", root.pem())).collect();
        let authorities = of(bundle.as_bytes()).unwrap();
        let found = |certificates: &[&CertificateDer<'_>]| {
            let store = authorities.issuers_of(certificates);
            store.roots.iter().map(|root| root.subject.to_vec()).collect::<Vec<_>>()
        };
        let names: Vec<_> = roots.iter().map(|root| issuer_and_subject(root.der()).unwrap().1).collect();
        assert_eq!(found(&[roots[0].der()]), &names[..1]);
        assert_eq!(found(&[roots[1].der()]), &names[1..3], "both of one name");
        assert_eq!(found(&[roots[3].der(), roots[0].der()]), [names[0], names[3]]);
        // What names none is checked with all.
        for other in [authority("four").der(), &CertificateDer::from(&b"\x30\x01\x30"[..])] {
            assert_eq!(found(&[other]), names);
        }
    }

    /// The trust anchors of rustls have the same names.
    #[test]
    fn every_authority_of_this_system_is_found_by_its_own_name() {
        let Some(pem) = SYSTEM.iter().find_map(|path| std::fs::read(path).ok()) else { return };
        let authorities = of(&pem).unwrap();
        let mut buffer = buffer();
        for place in &authorities.places {
            let [anchor] = &authorities.store(std::iter::once(place)).roots[..] else { continue };
            let certificate = authorities.decoded(place, usize::MAX, &mut buffer).unwrap();
            let (_, subject) = issuer_and_subject(certificate).unwrap();
            assert_eq!(*anchor.subject, *subject);
            // An authority at the end of a path is its own issuer.
            let found = authorities.issuers_of(&[&CertificateDer::from(certificate)]);
            assert!(found.roots.contains(anchor) && found.len() < authorities.places.len());
        }
    }

    /// `openssl x509 -trustout` writes this form, with `-addtrust` and `-addreject`.
    #[test]
    fn a_trusted_certificate_counts_if_it_is_trusted_for_servers() {
        let authority = authority("one");
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
            assert_eq!(of(bundle.as_bytes()).is_some(), is_usable, "{after:?}");
        }
        assert!(of(pem("X509 CERTIFICATE", &[]).as_bytes()).is_some());
        assert!(of(pem("CERTIFICATE", &[]).as_bytes()).is_some());
        assert!(of(pem("PRIVATE KEY", &[]).as_bytes()).is_none());
    }
}
