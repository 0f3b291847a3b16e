//! The proxy of https requests, and the hosts that are asked without it.
//!
//! The address is completed as botocore does it (`ProxyConfiguration._fix_proxy_url`), and must be usable: a
//! library that ignores an address that it cannot read would connect without the proxy.

use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

/// The proxy. Its `Debug` shows no password.
#[derive(Clone, Debug)]
pub struct Proxy(Arc<Matcher>);

impl Proxy {
    /// No proxy.
    pub fn none() -> Self {
        Self(Arc::new(Matcher::builder().build()))
    }

    /// The proxy at an address such as `http://user:password@host:port` or `host:port/`; a path has no
    /// effect. `without` is a list of hosts, separated by commas. `None` for a text that is not such an
    /// address.
    pub fn new(address: &str, without: &str) -> Option<Self> {
        let address = completed(address);
        let uri: Uri = address.parse().ok()?;
        let authority = uri.authority()?;
        let (user, server) = authority.as_str().rsplit_once('@').unwrap_or(("", authority.as_str()));
        let port = server.strip_prefix(authority.host())?;
        // An invalid port would be ignored, and port 80 used.
        let is_valid = port.is_empty() || authority.port_u16().is_some_and(|port| port > 0);
        if !is_valid || user.contains('@') || !matches!(uri.scheme_str(), Some("http" | "https")) {
            return None;
        }
        let of_any_host = Matcher::builder().https(address.clone()).build();
        of_any_host.intercept(&Uri::from_static("https://host.invalid/"))?;
        Some(Self(Arc::new(Matcher::builder().https(address).no(without).build())))
    }

    /// The proxy for an address; `None` without one.
    pub(crate) fn of(&self, url: &Uri) -> Option<Intercept> {
        self.0.intercept(url)
    }
}

/// An address without a scheme is one of http.
fn completed(address: &str) -> String {
    let has_scheme =
        |scheme: &str| address.get(..scheme.len()).is_some_and(|text| text.eq_ignore_ascii_case(scheme));
    if address.contains("://") || has_scheme("http:") || has_scheme("https:") {
        address.to_owned()
    } else {
        format!("http://{}", address.trim_start_matches("//"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(address: &str, without: &str) -> Option<String> {
        let found = Proxy::new(address, without)?.of(&Uri::from_static("https://sts.example.org/"));
        Some(found.map_or_else(|| "none".to_owned(), |proxy| proxy.uri().to_string()))
    }

    #[test]
    fn an_address_is_completed_as_the_aws_cli_does_it() {
        for (address, used) in [
            ("127.0.0.1:6501/", "http://127.0.0.1:6501/"),
            ("127.0.0.1:6501", "http://127.0.0.1:6501/"),
            ("host/", "http://host/"),
            ("host", "http://host/"),
            ("//host:1", "http://host:1/"),
            ("http://host:1/a/path?b#c", "http://host:1/"),
            ("HTTPS://host:1", "https://host:1/"),
            ("user:p%40ss@host:1/", "http://host:1/"),
            ("http://[::1]:1", "http://[::1]:1/"),
        ] {
            assert_eq!(proxy(address, "").as_deref(), Some(used), "{address}");
        }
    }

    #[test]
    fn an_address_with_a_mistake_is_no_proxy_and_not_ignored() {
        for bad in [
            "https:/p:1",
            "http:p:1",
            "http://",
            "garbage://",
            ":::",
            "http://user:pw@no such",
            "http://user:p@ss@host:1",
            "socks5://h:1",
            "host:99999",
            "host:0",
            "host:",
            "host:port",
            " host:1",
            "/",
            "ü:1",
        ] {
            assert!(Proxy::new(bad, "").is_none(), "{bad}");
            assert!(Proxy::new(bad, "*").is_none(), "{bad}");
        }
    }

    #[test]
    fn the_listed_hosts_have_no_proxy() {
        for without in ["*", "example.org", ".example.org", "a, sts.example.org"] {
            assert_eq!(proxy("host:1", without).as_deref(), Some("none"), "{without}");
        }
        assert_eq!(proxy("host:1", "ample.org").as_deref(), Some("http://host:1/"));
    }
}
