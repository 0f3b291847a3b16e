//! Partitions, their regions, and the addresses of services in them.
//!
//! Follows the partitions file and the endpoint rules that the AWS SDKs share; a test compares with the SDK.

/// What endpoints depend on in a partition.
struct Partition {
    name: &'static str,
    /// The prefixes of its region names.
    regions: &'static [&'static str],
    /// The region for requests when no setting names one.
    home: &'static str,
    suffix: &'static str,
    /// The suffix of dual-stack hosts.
    dual_suffix: &'static str,
    /// The hosts of the console; `None` where they are not published.
    console: Option<ConsoleHosts>,
}

/// The hosts of the AWS console in a partition.
#[derive(Clone, Copy, Debug)]
struct ConsoleHosts {
    /// What follows `REGION.` in the host of AWS sign-in (the endpoint rules of the service `signin` in botocore).
    sign_in: &'static str,
    /// The host of the console, and the domain of all its pages.
    domain: &'static str,
    /// Whether a page of a region is at `REGION.` and the domain.
    has_regional_hosts: bool,
}

impl ConsoleHosts {
    const fn new(sign_in: &'static str, domain: &'static str) -> Option<Self> {
        Some(Self { sign_in, domain, has_regional_hosts: false })
    }
}

/// The partitions. The commercial one is the last, because its regions have no common prefix.
const PARTITIONS: &[Partition] = &[
    Partition {
        name: "aws-cn",
        regions: &["cn-"],
        home: "cn-north-1",
        suffix: "amazonaws.com.cn",
        dual_suffix: "api.amazonwebservices.com.cn",
        console: ConsoleHosts::new("signin.amazonaws.cn", "console.amazonaws.cn"),
    },
    Partition {
        name: "aws-us-gov",
        regions: &["us-gov-"],
        home: "us-gov-west-1",
        suffix: "amazonaws.com",
        dual_suffix: "api.aws",
        console: ConsoleHosts::new("signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
    },
    Partition {
        name: "aws-eusc",
        regions: &["eusc-"],
        home: "eusc-de-east-1",
        suffix: "amazonaws.eu",
        dual_suffix: "api.amazonwebservices.eu",
        console: ConsoleHosts::new("signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
    },
    Partition {
        name: "aws-iso",
        regions: &["us-iso-"],
        home: "us-iso-east-1",
        suffix: "c2s.ic.gov",
        dual_suffix: "api.aws.ic.gov",
        console: None,
    },
    Partition {
        name: "aws-iso-b",
        regions: &["us-isob-"],
        home: "us-isob-east-1",
        suffix: "sc2s.sgov.gov",
        dual_suffix: "api.aws.scloud",
        console: None,
    },
    Partition {
        name: "aws-iso-e",
        regions: &["eu-isoe-"],
        home: "eu-isoe-west-1",
        suffix: "cloud.adc-e.uk",
        dual_suffix: "api.cloud-aws.adc-e.uk",
        console: None,
    },
    Partition {
        name: "aws-iso-f",
        regions: &["us-isof-"],
        home: "us-isof-south-1",
        suffix: "csp.hci.ic.gov",
        dual_suffix: "api.aws.hci.ic.gov",
        console: None,
    },
    Partition {
        name: "aws",
        regions: &[""],
        home: "us-east-1",
        suffix: "amazonaws.com",
        dual_suffix: "api.aws",
        console: Some(ConsoleHosts {
            sign_in: "signin.aws.amazon.com",
            domain: "console.aws.amazon.com",
            has_regional_hosts: true,
        }),
    },
];

/// A region, and whether its name asks for FIPS endpoints.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RealRegion {
    /// The name of the region itself.
    pub name: String,
    /// Whether FIPS endpoints are asked.
    pub is_fips: bool,
}

/// The region that a name such as `us-west-2-fips` or `fips-us-gov-west-1` means, by the rule of botocore
/// (`_normalize_fips_region`).
pub(crate) fn real_region(region: &str) -> RealRegion {
    let name = region.replace("fips-", "").replace("-fips", "");
    RealRegion { is_fips: name != region, name }
}

/// The partition of a region. An unknown region counts as a commercial one.
pub(crate) fn partition_of_region(region: &str) -> &'static str {
    partition_by_region(&real_region(region).name).name
}

fn partition_by_region(region: &str) -> &'static Partition {
    PARTITIONS
        .iter()
        .find(|p| p.regions.iter().any(|prefix| region.starts_with(prefix)))
        .expect("the last partition has the empty prefix")
}

/// The region for requests in `partition` when no setting names one; `None` for an unknown partition.
pub(crate) fn home_region(partition: &str) -> Option<&'static str> {
    PARTITIONS.iter().find(|p| p.name == partition).map(|p| p.home)
}

/// The console of a partition, seen from a region of it.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    hosts: ConsoleHosts,
    region: String,
}

impl Console {
    /// The console of a partition; `None` if its hosts are not published, as those of the isolated partitions.
    pub(crate) fn of(partition: &str, region: &str) -> Option<Self> {
        let hosts = PARTITIONS.iter().find(|known| known.name == partition)?.console?;
        Some(Self { hosts, region: real_region(signing_region(region)).name })
    }

    /// The region.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The domain of its pages.
    pub(crate) fn domain(&self) -> &'static str {
        self.hosts.domain
    }

    /// The address of AWS sign-in.
    pub(crate) fn sign_in(&self) -> String {
        format!("https://{}.{}", self.region, self.hosts.sign_in)
    }

    /// The address of a page by its path, which is not encoded. A page of a global service names no region.
    pub(crate) fn page(&self, path: &str, is_global: bool) -> String {
        let Self { hosts: ConsoleHosts { domain, has_regional_hosts, .. }, region } = self;
        match (is_global, has_regional_hosts) {
            (true, _) => format!("https://{domain}/{path}/home"),
            (false, true) => format!("https://{region}.{domain}/{path}/home?region={region}"),
            (false, false) => format!("https://{domain}/{path}/home?region={region}"),
        }
    }
}

/// The regions that AWS has opened to the public, for completion alone: any other name works as well.
pub(crate) const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Whether the text can be a region. It becomes part of a host name, so it has only `[a-z0-9-]`.
pub(crate) fn is_region(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The first part of a service's host name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceHost {
    normal: &'static str,
    fips: &'static str,
}

/// The Security Token Service.
const STS: ServiceHost = ServiceHost { normal: "sts", fips: "sts-fips" };
/// The portal of IAM Identity Center, which returns the keys of roles.
pub(crate) const PORTAL: ServiceHost = ServiceHost { normal: "portal.sso", fips: "portal.sso-fips" };
/// The service of IAM Identity Center that refreshes tokens.
pub(crate) const OIDC: ServiceHost = ServiceHost { normal: "oidc", fips: "oidc-fips" };

/// The address of STS in a region, by the endpoint rules of the SDKs.
pub(crate) fn sts_url(region: &str, fips: bool, dual_stack: bool) -> String {
    match region {
        "aws-global" if !fips && !dual_stack => "https://sts.amazonaws.com".into(),
        // botocore asks sts-fips.aws-global.amazonaws.com, a host that does not exist.
        region => service_url(STS, signing_region(region), fips, dual_stack),
    }
}

/// The address of a service in a region, by the endpoint rules of the SDKs.
pub(crate) fn service_url(host: ServiceHost, region: &str, fips: bool, dual_stack: bool) -> String {
    let partition = partition_by_region(region);
    // In GovCloud the normal hosts are the FIPS hosts.
    let fips = fips && (partition.name != "aws-us-gov" || dual_stack);
    let host = if fips { host.fips } else { host.normal };
    let suffix = if dual_stack { partition.dual_suffix } else { partition.suffix };
    format!("https://{host}.{region}.{suffix}")
}

/// The regions for which `sts_regional_endpoints = legacy` means the global endpoint of STS (AWS SDKs and
/// Tools Reference, "AWS STS Regional endpoints").
const LEGACY_STS: [&str; 16] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "aws-global",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether `sts_regional_endpoints = legacy` means the global endpoint of STS for this region.
pub(crate) fn is_legacy_sts(region: &str) -> bool {
    LEGACY_STS.contains(&region)
}

/// The region in the signature of requests to STS.
pub(crate) fn signing_region(region: &str) -> &str {
    if region == "aws-global" { "us-east-1" } else { region }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_cannot_change_the_host_of_a_request() {
        for bad in ["", "eu west", "x.example.org", "x/", "EU", "-a", "a-", "é", "a@b", "a:1"] {
            assert!(!is_region(bad), "{bad}");
        }
        assert!(is_region("eu-central-1") && is_region("aws-global"));
    }

    #[test]
    fn the_global_address_of_sts_is_not_asked_with_fips_or_dual_stack() {
        assert_eq!(sts_url("aws-global", false, false), "https://sts.amazonaws.com");
        assert_eq!(sts_url("aws-global", true, false), "https://sts-fips.us-east-1.amazonaws.com");
        assert_eq!(sts_url("aws-global", false, true), "https://sts.us-east-1.api.aws");
        assert_eq!(sts_url("aws-global", true, true), "https://sts-fips.us-east-1.api.aws");
    }

    /// The hosts are those of botocore's endpoint rules for the service `signin`, and of the console's own pages.
    #[test]
    fn each_partition_has_the_hosts_of_its_console() {
        for (partition, region, sign_in, page, global) in [
            (
                "aws",
                "eu-central-1",
                "https://eu-central-1.signin.aws.amazon.com",
                "https://eu-central-1.console.aws.amazon.com/ec2/v2/home?region=eu-central-1",
                "https://console.aws.amazon.com/iamv2/home",
            ),
            (
                "aws-cn",
                "cn-northwest-1",
                "https://cn-northwest-1.signin.amazonaws.cn",
                "https://console.amazonaws.cn/ec2/v2/home?region=cn-northwest-1",
                "https://console.amazonaws.cn/iamv2/home",
            ),
            (
                "aws-us-gov",
                "us-gov-west-1",
                "https://us-gov-west-1.signin.amazonaws-us-gov.com",
                "https://console.amazonaws-us-gov.com/ec2/v2/home?region=us-gov-west-1",
                "https://console.amazonaws-us-gov.com/iamv2/home",
            ),
            (
                "aws-eusc",
                "eusc-de-east-1",
                "https://eusc-de-east-1.signin.amazonaws-eusc.eu",
                "https://console.amazonaws-eusc.eu/ec2/v2/home?region=eusc-de-east-1",
                "https://console.amazonaws-eusc.eu/iamv2/home",
            ),
        ] {
            let console = Console::of(partition, region).unwrap();
            assert_eq!(console.sign_in(), sign_in);
            assert_eq!(console.page("ec2/v2", false), page);
            assert_eq!(console.page("iamv2", true), global);
        }
        for partition in ["aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-other"] {
            assert!(Console::of(partition, "us-iso-east-1").is_none(), "{partition}");
        }
        assert_eq!(Console::of("aws", "aws-global").unwrap().region(), "us-east-1");
        assert_eq!(Console::of("aws", "us-west-2-fips").unwrap().region(), "us-west-2");
    }

    #[test]
    fn a_region_that_is_named_for_its_fips_endpoints_is_that_region() {
        for (name, region, partition) in [
            ("us-west-2-fips", "us-west-2", "aws"),
            ("fips-us-east-1", "us-east-1", "aws"),
            ("fips-us-gov-west-1", "us-gov-west-1", "aws-us-gov"),
            ("us-gov-west-1-fips", "us-gov-west-1", "aws-us-gov"),
            ("fips-aws-global", "aws-global", "aws"),
        ] {
            assert_eq!(real_region(name), RealRegion { name: region.into(), is_fips: true }, "{name}");
            assert_eq!(partition_of_region(name), partition);
        }
        assert!(!real_region("eu-central-1").is_fips);
    }

    /// The endpoint rules of the SDK are the reference for every host name that this file builds.
    #[test]
    fn sts_hosts_are_equal_to_those_of_the_sdk() {
        use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
        let regions = [
            "us-east-1",
            "eu-central-1",
            "mars-north-7",
            "aws-global",
            "cn-north-1",
            "cn-northwest-1",
            "us-gov-west-1",
            "us-gov-east-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "eu-isoe-west-1",
            "us-isof-south-1",
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut compared = 0;
        for region in regions {
            for (fips, dual) in [(false, false), (true, false), (false, true), (true, true)] {
                if region == "aws-global" && (fips || dual) {
                    continue;
                }
                let params =
                    Params::builder().region(region).use_fips(fips).use_dual_stack(dual).build().unwrap();
                // The SDK returns an error for a variant that the partition does not have.
                let Ok(theirs) =
                    runtime.block_on(async { DefaultResolver::new().resolve_endpoint(&params).await })
                else {
                    continue;
                };
                assert_eq!(sts_url(region, fips, dual), theirs.url(), "{region} {fips} {dual}");
                compared += 1;
            }
        }
        assert!(compared >= 40, "only {compared} compared");
    }
}
