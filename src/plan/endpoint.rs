//! Where STS, S3 and IAM Identity Center are asked, and how: region, address, CA bundle and number of
//! attempts, from the environment and a profile.
//!
//! Follows the AWS SDKs and Tools Reference ("Service-specific endpoints", "AWS STS Regional endpoints"). The
//! addresses are computed here and not by the SDK, so that messages and requests cannot disagree.

use std::net::IpAddr;
use std::path::PathBuf;

use http::Uri;

use crate::common::arn::RoleArn;
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::origin::{Located, Origin};
use crate::common::partition::{self, ServiceHost};
use crate::config::{Config, Profile, SectionKind, expand};
use crate::env::Environment;
use crate::net::Proxy;
use crate::plan::error::Error;

/// Where STS is asked.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The address, `https://…`, and what names it.
    pub url: Located<String>,
    /// The region that requests are signed for, and what names it.
    pub region: Located<String>,
    /// Whether a setting names the address: it can be that of a service that imitates AWS.
    pub is_configured: bool,
}

/// A service, as a `services` section names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServiceId {
    /// STS.
    Sts,
    /// S3.
    S3,
    /// The portal of IAM Identity Center.
    Sso,
    /// The token service of IAM Identity Center.
    SsoOidc,
    /// AWS sign-in, which leads to the console.
    SignIn,
}

impl ServiceId {
    /// The name of its block in a `services` section.
    fn key(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::S3 => "s3",
            Self::Sso => "sso",
            Self::SsoOidc => "sso_oidc",
            Self::SignIn => "signin",
        }
    }

    /// The variable that names its address.
    fn variable(self) -> &'static str {
        match self {
            Self::Sts => "AWS_ENDPOINT_URL_STS",
            Self::S3 => "AWS_ENDPOINT_URL_S3",
            Self::Sso => "AWS_ENDPOINT_URL_SSO",
            Self::SsoOidc => "AWS_ENDPOINT_URL_SSO_OIDC",
            Self::SignIn => "AWS_ENDPOINT_URL_SIGNIN",
        }
    }
}

/// The places that a setting can come from.
pub(crate) struct ProfileSettings<'a> {
    pub env: &'a Environment,
    pub config: &'a Config<'a>,
    pub profile: Option<&'a Profile<'a>>,
    /// Whether plain http may leave this machine.
    pub allow_http: bool,
}

impl<'a> ProfileSettings<'a> {
    /// A setting: of the environment, else of the profile.
    pub(crate) fn get(&self, variable: &'static str, key: &str) -> Option<Located<&'a str>> {
        self.variable(variable).or_else(|| self.profile?.get(key))
    }

    fn variable(&self, name: &'static str) -> Option<Located<&'a str>> {
        Some(Located::new(self.env.var(name)?, Origin::Variable(name)))
    }

    /// Where to ask STS. `named` is the region that the flag or the role's profile names; `role` is the role
    /// that the last hop assumes, if it assumes one.
    pub(crate) fn sts(
        &self,
        named: Option<&Located<String>>,
        profiles: &[&Profile<'_>],
        role: Option<&RoleArn>,
    ) -> Result<Endpoint, Error> {
        let configured = self.url(ServiceId::Sts)?;
        let region = self.sts_region(named, profiles, role, configured.is_some())?;
        let real = partition::real_region(&region.value);
        let region = Located::new(real.name, region.origin);
        let is_configured = configured.is_some();
        let url = match configured {
            Some(url) => url,
            None => {
                let dual_stack = self.dual_stack()?;
                let fips = self.fips()? || real.is_fips;
                if self.legacy_sts()? && partition::is_legacy_sts(&region.value) && !fips && !dual_stack {
                    return Ok(global_sts(region.origin));
                }
                let url = partition::sts_url(&region.value, fips, dual_stack);
                Located::new(url, region.origin.clone())
            }
        };
        let signed_for = partition::signing_region(&region.value).to_owned();
        Ok(Endpoint { url, region: Located::new(signed_for, region.origin), is_configured })
    }

    /// `--region`, the role profile's, AWS_REGION, AWS_DEFAULT_REGION, the source profiles', the partition's
    /// home. A region of the environment or of a source profile is skipped when it is in another partition
    /// than the role, because it belongs to other work of the user.
    fn sts_region(
        &self,
        named: Option<&Located<String>>,
        profiles: &[&Profile<'_>],
        role: Option<&RoleArn>,
        any_partition: bool,
    ) -> Result<Located<String>, Error> {
        let partition = role.map_or("aws", RoleArn::partition);
        let home = partition::home_region(partition);
        let fits = |region: &str| {
            any_partition
                || home.is_none()
                || role.is_none()
                || partition::partition_of_region(region) == partition
        };
        if let Some(named) = named {
            return match role {
                Some(role) if !fits(&named.value) => Err(Error::RegionOfOtherPartition {
                    region: named.value.clone(),
                    origin: named.origin.clone(),
                    role: role.to_string(),
                }),
                _ => Ok(named.clone()),
            };
        }
        let of_environment =
            ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().filter_map(|name| self.variable(name));
        let of_profiles = profiles.iter().copied().chain(self.profile).filter_map(|p| p.get("region"));
        for region in of_environment.chain(of_profiles) {
            let region = checked_region(region)?;
            if fits(&region.value) {
                return Ok(region);
            }
        }
        match home {
            Some(home) => Ok(Located::new(home.to_owned(), Origin::Default)),
            None => Err(Error::NoRegion {
                role: role.map(RoleArn::to_string).unwrap_or_default(),
                partition: partition.into(),
            }),
        }
    }

    /// Whether `sts_regional_endpoints` asks for the global endpoint of STS.
    fn legacy_sts(&self) -> Result<bool, Error> {
        let Some(setting) = self.get("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints") else {
            return Ok(false);
        };
        match setting.value.to_ascii_lowercase().as_str() {
            "legacy" => Ok(true),
            "regional" => Ok(false),
            _ => Err(invalid(setting, Rule::RegionalEndpoints)),
        }
    }

    /// Where a service of IAM Identity Center is asked.
    pub(crate) fn service(
        &self,
        service: ServiceId,
        region: &Located<String>,
    ) -> Result<Located<String>, Error> {
        if let Some(url) = self.url(service)? {
            return Ok(url);
        }
        let host = if service == ServiceId::Sso { partition::PORTAL } else { partition::OIDC };
        self.host_in(host, region, self.dual_stack()?)
    }

    /// The dual-stack address of the token service of IAM Identity Center.
    pub(super) fn dual_stack_oidc(&self, region: &Located<String>) -> Result<Located<String>, Error> {
        self.host_in(partition::OIDC, region, true)
    }

    fn host_in(
        &self,
        host: ServiceHost,
        region: &Located<String>,
        dual_stack: bool,
    ) -> Result<Located<String>, Error> {
        let real = partition::real_region(&region.value);
        let fips = self.fips()? || real.is_fips;
        let url = partition::service_url(host, &real.name, fips, dual_stack);
        Ok(Located::new(url, region.origin.clone()))
    }

    /// The configured address of a service, if it has one.
    pub(crate) fn url(&self, service: ServiceId) -> Result<Option<Located<String>>, Error> {
        if self.ignores_endpoints()? {
            return Ok(None);
        }
        let of_environment = self.variable(service.variable()).or_else(|| self.variable("AWS_ENDPOINT_URL"));
        if let Some(url) = of_environment {
            return checked_url(url, self.allow_http).map(Some);
        }
        let of_services = self.services()?.and_then(|section| section.nested(service.key(), "endpoint_url"));
        let url = of_services.or_else(|| self.profile?.get("endpoint_url"));
        url.map(|url| checked_url(url, self.allow_http)).transpose()
    }

    /// Whether configured endpoints are ignored.
    pub(super) fn ignores_endpoints(&self) -> Result<bool, Error> {
        self.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
    }

    /// The `services` section that the profile names. A name without a section is an error, and so is a
    /// section with anything but blocks: the request would go elsewhere.
    pub(super) fn services(&self) -> Result<Option<&'a Profile<'a>>, Error> {
        let Some(named) = self.profile.and_then(|profile| profile.get("services")) else { return Ok(None) };
        match self.config.services(named.value) {
            Some(section) => match section.not_a_block() {
                Some(key) => Err(Error::ServicesNotBlocks {
                    name: named.value.into(),
                    key: key.value.into(),
                    origin: key.origin,
                }),
                None => Ok(Some(section)),
            },
            None => Err(Error::NoServices {
                misnamed: self.config.misnamed(SectionKind::Services, named.value),
                name: named.value.into(),
                origin: named.origin,
            }),
        }
    }

    /// The proxy of https requests. As in curl, the first variable that is set counts alone, and an empty one
    /// means no proxy.
    pub(crate) fn proxy(&self) -> Result<Proxy, Error> {
        const PROXY: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        const WITHOUT: [&str; 2] = ["no_proxy", "NO_PROXY"];
        let first = |name: &&'static str| Some((*name, self.env.own(name)?));
        let without = WITHOUT.iter().find_map(first).map_or("", |(_, hosts)| hosts);
        match PROXY.iter().find_map(first) {
            None | Some((_, "")) => Ok(Proxy::none()),
            Some((name, address)) => Proxy::new(address, without).ok_or(Error::BadProxy { name }),
        }
    }

    /// Whether FIPS endpoints are asked.
    pub(crate) fn fips(&self) -> Result<bool, Error> {
        self.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
    }

    /// Whether dual-stack endpoints are asked.
    pub(crate) fn dual_stack(&self) -> Result<bool, Error> {
        self.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
    }

    fn flag(&self, variable: &'static str, key: &str) -> Result<bool, Error> {
        Ok(self.is_on(variable, key)?.is_some())
    }

    /// What switches a setting on, if anything does.
    pub(crate) fn is_on(&self, variable: &'static str, key: &str) -> Result<Option<Origin>, Error> {
        let Some(setting) = self.get(variable, key) else { return Ok(None) };
        match setting.value.to_ascii_lowercase().as_str() {
            "true" => Ok(Some(setting.origin)),
            "false" => Ok(None),
            _ => Err(invalid(setting, Rule::Switch)),
        }
    }

    /// The CA bundle; `None` for the authorities of the system. REQUESTS_CA_BUNDLE follows `ca_bundle`, as in
    /// botocore (`_get_verify_value`).
    pub(crate) fn ca_bundle(&self) -> Option<Located<PathBuf>> {
        let others = ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"];
        let named = self
            .get("AWS_CA_BUNDLE", "ca_bundle")
            .or_else(|| others.into_iter().find_map(|name| self.variable(name)))?;
        Some(Located::new(expand(named.value, self.env), named.origin))
    }

    /// The largest number of attempts of a request. `retry_mode` has no effect: there is one mode.
    pub(crate) fn attempts(&self) -> Result<u32, Error> {
        let Some(setting) = self.get("AWS_MAX_ATTEMPTS", "max_attempts") else { return Ok(3) };
        match setting.value.trim().parse() {
            Ok(attempts) if attempts >= 1 => Ok(attempts),
            _ => Err(invalid(setting, Rule::Attempts)),
        }
    }
}

fn global_sts(origin: Origin) -> Endpoint {
    const GLOBAL: &str = "aws-global";
    Endpoint {
        url: Located::new(partition::sts_url(GLOBAL, false, false), origin.clone()),
        region: Located::new(partition::signing_region(GLOBAL).to_owned(), origin),
        is_configured: false,
    }
}

fn invalid(setting: Located<&str>, rule: Rule) -> Error {
    InvalidValue::new(setting.value, setting.origin, rule).into()
}

/// A region that can become part of a host name.
pub(super) fn checked_region(region: Located<&str>) -> Result<Located<String>, Error> {
    if !partition::is_region(region.value) {
        return Err(invalid(region, Rule::Region));
    }
    Ok(Located::new(region.value.to_owned(), region.origin))
}

/// The address of an instance metadata service, which uses plain http everywhere: on this machine, or at an address
/// that no router passes on. botocore asks any address; the answer holds the keys in clear.
pub(super) fn checked_metadata_url(url: Located<&str>, allow_http: bool) -> Result<Located<String>, Error> {
    let is_on_link = url.value.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(is_link_local));
    checked_url(url, allow_http || is_on_link)
}

/// 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291), and the unique local addresses of the EC2 services, `fd00:ec2::/32`.
fn is_link_local(host: &str) -> bool {
    match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_unicast_link_local() || address.segments()[..2] == [0xfd00, 0x0ec2]
        }
        Err(_) => false,
    }
}

/// An address that may be asked: https, or http on this machine, because the answer holds the keys in clear.
fn checked_url(url: Located<&str>, allow_http: bool) -> Result<Located<String>, Error> {
    let bad = |rule| {
        let text = without_password(url.value);
        Err(InvalidValue::new(text, url.origin.clone(), rule).into())
    };
    let Ok(uri) = url.value.parse::<Uri>() else { return bad(Rule::Url) };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return bad(Rule::Url) };
    // The HTTP client would ignore an invalid port.
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    let bad_port = !port.is_empty() && authority.port_u16().is_none_or(|port| port == 0);
    if bad_port
        || !matches!(scheme, "http" | "https")
        || authority.as_str().contains('@')
        || uri.query().is_some()
    {
        return bad(Rule::Url);
    }
    if scheme == "http" && !allow_http && !is_loopback(authority.host()) {
        return bad(Rule::SecureUrl);
    }
    Ok(Located::new(url.value.to_owned(), url.origin))
}

/// A URL for a message: the part before an `@` may be a password.
pub(super) fn without_password(url: &str) -> String {
    match (url.split_once("//"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}//…@{host}"),
        (None, Some((_, host))) => format!("…@{host}"),
        _ => url.to_owned(),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::is_plain;

    #[test]
    fn instance_metadata_is_asked_over_plain_http_only_on_this_machine_and_its_link() {
        let check = |text, allow_http| checked_metadata_url(Located::new(text, Origin::Default), allow_http);
        for good in [
            "http://169.254.169.254",
            "http://169.254.1.2:1338/",
            "http://[fd00:ec2::254]",
            "http://[fe80::1]",
            "http://127.0.0.1:1338",
            "http://localhost:1338",
            "https://metadata.example.org",
        ] {
            assert!(check(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://10.0.0.1",
            "http://172.17.0.1:1338",
            "http://metadata.example.org",
            "http://169.254.169.254.example.org",
            "http://[fd00:ec3::254]",
            "http://[2001:db8::1]",
        ] {
            let Err(Error::Invalid(InvalidValue { rule, .. })) = check(bad, false) else { panic!("{bad}") };
            assert_eq!(rule, Rule::SecureUrl, "{bad}");
            assert!(check(bad, true).is_ok(), "{bad}");
        }
    }

    #[test]
    fn plain_http_is_accepted_only_on_this_machine() {
        let check = |text| checked_url(Located::new(text, Origin::Default), false);
        let rule = |text| match check(text) {
            Err(Error::Invalid(InvalidValue { rule, .. })) => rule,
            other => panic!("{text}: {other:?}"),
        };
        for good in
            ["http://127.0.0.1:5000", "http://localhost:1/", "http://[::1]:1", "https://sts.example.org"]
        {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "http://sts.example.org",
            "http://127.0.0.1.example.org",
            "http://10.0.0.1",
            "http://localhost.evil",
        ] {
            assert_eq!(rule(bad), Rule::SecureUrl, "{bad}");
        }
        for bad in [
            "",
            "sts.example.org",
            "ftp://x",
            "https://u:p@x",
            "http://",
            "https://x/?a=b",
            "https://x:99999",
            "https://x:",
            "https://x:0",
            "https://a b",
        ] {
            assert_eq!(rule(bad), Rule::Url, "{bad}");
        }
        assert!(is_plain("HTTP://localhost") && !is_plain("https://localhost"));
    }
}
