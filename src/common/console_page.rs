//! The pages of the AWS console that `--page` can name: short names of services, paths, and web addresses.

use crate::common::partition::Console;

/// A page of a service.
#[derive(Debug)]
struct Service {
    name: &'static str,
    path: &'static str,
    /// Whether the service has no region.
    is_global: bool,
}

const fn regional(name: &'static str, path: &'static str) -> Service {
    Service { name, path, is_global: false }
}

const fn global(name: &'static str, path: &'static str) -> Service {
    Service { name, path, is_global: true }
}

/// The services by their short names. The names and paths are those that granted uses too.
const SERVICES: &[Service] = &[
    regional("console", "console"),
    regional("acm", "acm"),
    regional("apigw", "apigateway"),
    regional("athena", "athena"),
    regional("billing", "billing"),
    regional("ce", "cost-management"),
    regional("cf", "cloudfront"),
    regional("cfn", "cloudformation"),
    regional("cloudwatch", "cloudwatch"),
    regional("codepipeline", "codepipeline"),
    regional("ct", "cloudtrail"),
    regional("cw", "cloudwatch"),
    regional("ddb", "dynamodbv2"),
    regional("ec2", "ec2/v2"),
    regional("ecr", "ecr"),
    regional("ecs", "ecs"),
    regional("eks", "eks"),
    regional("events", "events"),
    regional("gd", "guardduty"),
    global("iam", "iamv2"),
    regional("kms", "kms"),
    regional("lambda", "lambda"),
    regional("orgs", "organizations/v2"),
    global("r53", "route53/v2"),
    regional("rds", "rds"),
    regional("redshift", "redshiftv2"),
    regional("param", "systems-manager/parameters"),
    regional("s3", "s3"),
    regional("sfn", "states"),
    regional("sm", "secretsmanager"),
    regional("sns", "sns"),
    regional("sqs", "sqs"),
    regional("ssm", "systems-manager"),
    regional("sso", "singlesignon"),
    regional("vpc", "vpc"),
];

/// The names of [`SERVICES`], for completion and the manual.
pub(crate) const NAMES: [&str; SERVICES.len()] = {
    let mut names = [""; SERVICES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = SERVICES[at].name;
        at += 1;
    }
    names
};

/// The page that a user wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsolePage {
    /// The page of a service, by its short name, or a path as it is typed.
    Named(String),
    /// A web address.
    Url(String),
}

impl Default for ConsolePage {
    /// The home page.
    fn default() -> Self {
        Self::Named(SERVICES[0].name.into())
    }
}

/// Where a page is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The address.
    pub url: String,
    /// Whether the page is one that this program knows, or a whole address.
    pub is_known: bool,
}

impl ConsolePage {
    /// Reads the value of `--page`; `None` if it is neither a name, a path nor a web address with https. A path has only
    /// characters that cannot change the host or the query of the address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.contains(':') {
            return host_of(text).map(|_| Self::Url(text.into()));
        }
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./".contains(&b);
        let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
        let is_path = (1..=128).contains(&text.len()) && text.bytes().all(is_plain);
        (is_path && text.split('/').all(is_part)).then(|| Self::Named(text.into()))
    }

    /// Where the page is; `None` for an address outside the domain of the console.
    pub(crate) fn destination(&self, console: &Console) -> Option<Destination> {
        match self {
            Self::Url(url) => {
                let host = host_of(url)?.to_ascii_lowercase();
                let is_there = host
                    .strip_suffix(console.domain())
                    .is_some_and(|before| before.is_empty() || before.ends_with('.'));
                is_there.then(|| Destination { url: url.clone(), is_known: true })
            }
            Self::Named(name) => {
                let by_name = SERVICES.iter().find(|service| service.name == name);
                let known = by_name.or_else(|| SERVICES.iter().find(|service| service.path == name));
                let (path, is_global) =
                    known.map_or((name.as_str(), false), |service| (service.path, service.is_global));
                Some(Destination { url: console.page(path, is_global), is_known: known.is_some() })
            }
        }
    }
}

/// The host of a web address with https and without a user name or a port. The address has only printable ASCII
/// characters; a browser takes a backslash for a slash, so a backslash is refused.
fn host_of(url: &str) -> Option<&str> {
    let is_text = url.bytes().all(|b| b.is_ascii_graphic() && !b"\\\"<>`'".contains(&b));
    let rest = url.strip_prefix("https://").filter(|_| is_text && url.len() <= 2048)?;
    let host = rest.split(['/', '?', '#']).next()?;
    let is_host = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    (!host.is_empty() && host.bytes().all(is_host)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console() -> Console {
        Console::of("aws", "eu-west-1").unwrap()
    }

    fn destination(page: &str) -> Option<Destination> {
        ConsolePage::parse(page)?.destination(&console())
    }

    #[test]
    fn every_service_has_a_name_of_its_own_and_a_path() {
        for (at, service) in SERVICES.iter().enumerate() {
            assert!(SERVICES[..at].iter().all(|other| other.name != service.name), "{}", service.name);
            assert!(matches!(ConsolePage::parse(service.path), Some(ConsolePage::Named(_))));
            let found = destination(service.name).unwrap();
            assert!(found.is_known && found.url.contains(&format!("/{}/home", service.path)), "{found:?}");
            assert_eq!(found.url.ends_with("?region=eu-west-1"), !service.is_global, "{found:?}");
        }
        assert_eq!(NAMES.len(), 35);
    }

    #[test]
    fn the_page_of_a_service_is_in_the_region() {
        for (page, url) in [
            ("ec2", "https://eu-west-1.console.aws.amazon.com/ec2/v2/home?region=eu-west-1"),
            ("cw", "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"),
            ("iam", "https://console.aws.amazon.com/iamv2/home"),
            ("route53/v2", "https://console.aws.amazon.com/route53/v2/home"),
        ] {
            assert_eq!(destination(page), Some(Destination { url: url.into(), is_known: true }));
        }
        let home = ConsolePage::default().destination(&console()).unwrap();
        assert_eq!(home.url, "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1");
        let typed = destination("my-new_service/v3").unwrap();
        assert_eq!(
            (typed.url.as_str(), typed.is_known),
            ("https://eu-west-1.console.aws.amazon.com/my-new_service/v3/home?region=eu-west-1", false)
        );
    }

    #[test]
    fn an_address_must_be_on_the_domain_of_the_console() {
        for good in [
            "https://console.aws.amazon.com/",
            "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:x=y",
            "https://S3.Console.AWS.amazon.com/s3/buckets/a",
        ] {
            assert_eq!(destination(good).unwrap().url, good);
        }
        for bad in [
            "https://example.org/",
            "https://console.aws.amazon.com.example.org/",
            "https://evilconsole.aws.amazon.com/",
            "https://aws.amazon.com/",
            "https://amazonaws.com/",
            "https://console.amazonaws.cn/",
        ] {
            assert!(ConsolePage::parse(bad).is_some() && destination(bad).is_none(), "{bad}");
        }
        for bad in [
            "",
            "http://console.aws.amazon.com/",
            "https://",
            "https://console.aws.amazon.com@example.org/",
            "https://console.aws.amazon.com:444/",
            "https://example.org\\.console.aws.amazon.com/",
            "https://console.aws.amazon.com/a b",
            "https://console.aws.amazon.com/\u{7}",
            "javascript:alert(1)",
            "//example.org",
            "/ec2",
            "ec2/",
            "../x",
            "a/../b",
            "ec2?x=y",
            "ec2#x",
            "é",
            "@example.org",
        ] {
            assert_eq!(ConsolePage::parse(bad), None, "{bad}");
        }
    }
}
