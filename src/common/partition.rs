//! Partitions, regions, and the hosts of services in them.
//!
//! Source: the partitions file and the endpoint rules that the AWS SDKs share.

/// A partition as far as endpoints are concerned.
struct Partition {
    name: &'static str,
    /// What the region names of this partition start with.
    regions: &'static [&'static str],
    /// The region that is asked when nobody names one.
    home: &'static str,
    suffix: &'static str,
    /// The suffix of dual-stack hosts.
    dual_suffix: &'static str,
}

/// The partitions, the commercial one last: its regions have no prefix of their own.
/// Source: the partitions file that the AWS SDKs share.
const PARTITIONS: &[Partition] = &[
    Partition {
        name: "aws-cn",
        regions: &["cn-"],
        home: "cn-north-1",
        suffix: "amazonaws.com.cn",
        dual_suffix: "api.amazonwebservices.com.cn",
    },
    Partition {
        name: "aws-us-gov",
        regions: &["us-gov-"],
        home: "us-gov-west-1",
        suffix: "amazonaws.com",
        dual_suffix: "api.aws",
    },
    Partition {
        name: "aws-eusc",
        regions: &["eusc-"],
        home: "eusc-de-east-1",
        suffix: "amazonaws.eu",
        dual_suffix: "api.amazonwebservices.eu",
    },
    Partition {
        name: "aws-iso",
        regions: &["us-iso-"],
        home: "us-iso-east-1",
        suffix: "c2s.ic.gov",
        dual_suffix: "api.aws.ic.gov",
    },
    Partition {
        name: "aws-iso-b",
        regions: &["us-isob-"],
        home: "us-isob-east-1",
        suffix: "sc2s.sgov.gov",
        dual_suffix: "api.aws.scloud",
    },
    Partition {
        name: "aws-iso-e",
        regions: &["eu-isoe-"],
        home: "eu-isoe-west-1",
        suffix: "cloud.adc-e.uk",
        dual_suffix: "api.cloud-aws.adc-e.uk",
    },
    Partition {
        name: "aws-iso-f",
        regions: &["us-isof-"],
        home: "us-isof-south-1",
        suffix: "csp.hci.ic.gov",
        dual_suffix: "api.aws.hci.ic.gov",
    },
    Partition {
        name: "aws",
        regions: &[""],
        home: "us-east-1",
        suffix: "amazonaws.com",
        dual_suffix: "api.aws",
    },
];

/// The partition that a region belongs to; regions that nobody knows are taken for commercial ones.
pub fn partition_of_region(region: &str) -> &'static str {
    partition_by_region(region).name
}

fn partition_by_region(region: &str) -> &'static Partition {
    PARTITIONS
        .iter()
        .find(|p| p.regions.iter().any(|prefix| region.starts_with(prefix)))
        .expect("the last partition has the empty prefix")
}

/// The region that is asked in `partition` when nobody names one; `None` for a partition that is not known.
pub fn home_region(partition: &str) -> Option<&'static str> {
    PARTITIONS.iter().find(|p| p.name == partition).map(|p| p.home)
}

/// Whether the text can be a region: it becomes part of a host name, so nothing but `[a-z0-9-]` gets in.
pub fn is_region(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// What the host name of a service begins with: ordinarily, and with FIPS.
pub type Host = (&'static str, &'static str);
/// The security token service.
const STS: Host = ("sts", "sts-fips");
/// The portal of IAM Identity Center, which hands out the keys of roles.
pub const PORTAL: Host = ("portal.sso", "portal.sso-fips");
/// The service of IAM Identity Center that refreshes tokens.
pub const OIDC: Host = ("oidc", "oidc-fips");

/// The address of STS in a region, as the SDKs' endpoint rules have it.
pub fn sts_url(region: &str, fips: bool, dual_stack: bool) -> String {
    if region == "aws-global" {
        return "https://sts.amazonaws.com".into();
    }
    service_url(STS, region, fips, dual_stack)
}

/// The address of a service in a region, as the SDKs' endpoint rules have it.
pub fn service_url(host: Host, region: &str, fips: bool, dual_stack: bool) -> String {
    let partition = partition_by_region(region);
    // In GovCloud the ordinary hosts are the FIPS ones.
    let fips = fips && (partition.name != "aws-us-gov" || dual_stack);
    let host = if fips { host.1 } else { host.0 };
    let suffix = if dual_stack { partition.dual_suffix } else { partition.suffix };
    format!("https://{host}.{region}.{suffix}")
}

/// The regions for which `sts_regional_endpoints = legacy` means the one address of all (AWS SDKs and Tools Reference, "AWS STS
/// Regional endpoints").
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

/// Whether the old address of all regions stands for this one.
pub fn is_legacy_sts(region: &str) -> bool {
    LEGACY_STS.contains(&region)
}

/// The region that requests to STS are signed for.
pub fn signing_region(region: &str) -> &str {
    if region == "aws-global" { "us-east-1" } else { region }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_cannot_lead_the_request_elsewhere() {
        for bad in ["", "eu west", "x.example.org", "x/", "EU", "-a", "a-", "é", "a@b", "a:1"] {
            assert!(!is_region(bad), "{bad}");
        }
        assert!(is_region("eu-central-1") && is_region("aws-global"));
    }

    /// The SDK's own endpoint rules are the reference for every host name that we build.
    #[test]
    fn sts_hosts_are_those_of_the_sdk() {
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
                // Where the partition does not offer the variant, the SDK refuses: nothing to compare.
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
