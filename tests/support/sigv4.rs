//! Signature Version 4, the server's side, written from "Authenticating Requests (AWS Signature
//! Version 4)": takes the Authorization header apart, rebuilds the canonical request from what
//! came over the wire, and compares. Header signatures only; a presigned URL counts as unsigned.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::http::{Request, percent_decode};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// An Authorization header, taken apart but not yet believed.
pub struct Authorization {
    pub key_id: String,
    /// The scope's date, `20261123`.
    pub date: String,
    pub region: String,
    pub service: String,
    pub signed_headers: Vec<String>,
    signature: String,
}

impl Authorization {
    /// Reads the header's value. The error says what is missing, never what was sent.
    pub fn parse(value: &str) -> Result<Self, String> {
        let rest = value
            .strip_prefix(ALGORITHM)
            .filter(|rest| rest.starts_with(' '))
            .ok_or("Unsupported AWS 'algorithm': only AWS4-HMAC-SHA256 is accepted.")?;
        let field = |name: &str| {
            rest.split(',')
                .filter_map(|part| part.trim().split_once('='))
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value)
                .filter(|value| !value.is_empty())
                .ok_or(format!("Authorization header requires '{name}' parameter."))
        };
        let credential = field("Credential")?;
        let scope: Vec<&str> = credential.split('/').collect();
        let [key_id, date, region, service, "aws4_request"] = scope[..] else {
            return Err("Credential must have exactly 5 slash-delimited elements, \
                        e.g. keyid/date/region/service/term."
                .into());
        };
        Ok(Self {
            key_id: key_id.into(),
            date: date.into(),
            region: region.into(),
            service: service.into(),
            signed_headers: field("SignedHeaders")?.split(';').map(Into::into).collect(),
            signature: field("Signature")?.into(),
        })
    }

    /// Whether the header list is in the form that a signer must give it, sorted and in lower
    /// case, and covers what AWS wants covered: the host and every `x-amz-` header sent.
    pub fn covers(&self, request: &Request) -> bool {
        let names = &self.signed_headers;
        let sorted = names.windows(2).all(|pair| pair[0] < pair[1]);
        let lower = names.iter().all(|name| *name == name.to_ascii_lowercase());
        let signed = |name: &str| names.iter().any(|known| known == name);
        let all_amz = request
            .headers
            .iter()
            .filter(|(name, _)| name.starts_with("x-amz-"))
            .all(|(name, _)| signed(name));
        sorted && lower && signed("host") && signed("x-amz-date") && all_amz
    }

    /// Whether the signature is the one that this secret makes for this request.
    pub fn matches(&self, request: &Request, secret: &str) -> bool {
        let Some(time) = request.header("x-amz-date") else {
            return false;
        };
        let Some(canonical) = self.canonical_request(request) else {
            return false;
        };
        let scope = format!("{}/{}/{}/aws4_request", self.date, self.region, self.service);
        let digest = hex(&Sha256::digest(&canonical));
        let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{digest}");
        let mut key = sign(format!("AWS4{secret}").as_bytes(), &self.date);
        for part in [&self.region, &self.service, "aws4_request"] {
            key = sign(&key, part);
        }
        let ours = hex(&sign(&key, &to_sign));
        ours == self.signature
    }

    fn canonical_request(&self, request: &Request) -> Option<String> {
        let mut headers = String::new();
        for name in &self.signed_headers {
            headers.push_str(&format!("{name}:{}\n", canonical_value(request, name)?));
        }
        Some(format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            request.method,
            canonical_path(&request.path, &self.service),
            canonical_query(&request.query),
            self.signed_headers.join(";"),
            body_hash(&request.body)
        ))
    }
}

/// The SHA-256 of a body in hex.
pub fn body_hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// A header's values joined by commas, with runs of blanks as one; `None` when it was not sent.
fn canonical_value(request: &Request, name: &str) -> Option<String> {
    let values: Vec<String> = request
        .headers
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// The path as sent, encoded once more, except for S3, whose keys may hold anything and are
/// encoded once only.
fn canonical_path(path: &str, service: &str) -> String {
    let segments = path.split('/').map(|segment| match service {
        "s3" => uri_encode(&percent_decode(segment)),
        _ => uri_encode(segment),
    });
    segments.collect::<Vec<_>>().join("/")
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (percent_decode(name), percent_decode(value)))
        .map(|(name, value)| (uri_encode(&name), uri_encode(&value)))
        .collect();
    pairs.sort();
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

fn uri_encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn sign(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
