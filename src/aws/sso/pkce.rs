//! The values of the authorization code flow with PKCE (RFC 7636), and the address that the browser opens.

use base64_simd::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::common::credentials::Secret;
use crate::common::url;
use crate::net::random::{self, NoRandom};

/// The path at which the browser comes back. The AWS CLI registers it without a port (RFC 8252, section 7.3).
pub(super) const PATH: &str = "/oauth/callback";

/// The address that is registered.
pub(super) const REGISTERED: &str = "http://127.0.0.1/oauth/callback";

/// The values of one sign-in.
pub(super) struct Pkce {
    /// What proves, with the code, that the same program asks: 64 characters.
    pub verifier: Secret,
    /// What the browser brings back unchanged: 32 hexadecimal digits.
    pub state: String,
    /// The address at which the browser comes back, with the port.
    pub redirect: String,
}

impl Pkce {
    /// New values for a listener on this port.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(super) fn new(port: u16) -> Result<Self, NoRandom> {
        let (mut verifier, mut state) = ([0; 48], [0; 16]);
        random::fill(&mut verifier)?;
        random::fill(&mut state)?;
        Ok(Self {
            verifier: Secret::new(URL_SAFE_NO_PAD.encode_to_string(verifier)),
            state: state.iter().map(|byte| format!("{byte:02x}")).collect(),
            redirect: format!("http://127.0.0.1:{port}{PATH}"),
        })
    }

    /// The address that the browser opens. The AWS CLI names the parameter `scopes`, not `scope`.
    pub(super) fn link(&self, oidc: &str, client_id: &str, scopes: &[String]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode_to_string(Sha256::digest(self.verifier.expose()));
        let mut link = format!("{}/authorize", oidc.trim_end_matches('/'));
        let mut separator = '?';
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", &self.redirect),
            ("state", &self.state),
            ("code_challenge_method", "S256"),
            ("scopes", &scopes.join(" ")),
            ("code_challenge", &challenge),
        ] {
            link.push(separator);
            link.push_str(&format!("{name}={}", url::encode(value)));
            separator = '&';
        }
        link
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_hash_of_the_verifier() {
        let pkce = Pkce {
            verifier: Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into()),
            state: "s".into(),
            redirect: "http://127.0.0.1:80/oauth/callback".into(),
        };
        assert_eq!(
            pkce.link("https://oidc.eu-west-1.amazonaws.com", "c d", &["a:b".into(), "c".into()]),
            "https://oidc.eu-west-1.amazonaws.com/authorize?response_type=code&client_id=c%20d&redirect_uri=\
             http%3A%2F%2F127.0.0.1%3A80%2Foauth%2Fcallback&state=s&code_challenge_method=S256&scopes=a%3Ab%20c&\
             code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn each_sign_in_has_other_values() {
        let (one, other) = (Pkce::new(1).unwrap(), Pkce::new(1).unwrap());
        assert!(one.verifier != other.verifier && one.state != other.state);
        assert_eq!((one.verifier.expose().len(), one.state.len()), (64, 32));
    }
}
