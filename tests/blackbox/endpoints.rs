//! The address of STS for each setting: regional, legacy, FIPS, dual-stack, and plain http with
//! `--allow-http`. The tests read it in the plan, so that no request leaves this machine.

use super::harness::{CONFIG, CREDENTIALS, Case};

/// The standard case without a configured endpoint.
fn without_endpoint() -> Case {
    Case::new().without("AWS_ENDPOINT_URL")
}

#[track_caller]
fn asks(case: &Case, url: &str, region: &str) {
    let text = case.run(["--explain", "s3"]);
    text.succeeded();
    text.said_on_stdout(&[&format!("STS is asked at {url} ("), &format!("signed for the region {region} (")]);
    case.nothing_was_asked();
}

const REGIONAL: &str = "AWS_STS_REGIONAL_ENDPOINTS";

#[test]
fn regional_is_the_default() {
    for case in [
        without_endpoint(),
        without_endpoint().var(REGIONAL, "regional"),
        without_endpoint().var(REGIONAL, "REGIONAL"),
    ] {
        asks(&case, "https://sts.us-east-1.amazonaws.com", "us-east-1");
        asks(&case.var("AWS_REGION", "eu-west-1"), "https://sts.eu-west-1.amazonaws.com", "eu-west-1");
    }
}

#[test]
fn legacy_is_the_global_address_for_the_oldest_regions() {
    for region in ["us-east-1", "eu-west-1", "ap-northeast-1", "sa-east-1", "aws-global"] {
        let case = without_endpoint().var(REGIONAL, "legacy").var("AWS_REGION", region);
        asks(&case, "https://sts.amazonaws.com", "us-east-1");
    }
    for (region, suffix) in [("eu-south-1", "com"), ("af-south-1", "com"), ("cn-north-1", "com.cn")] {
        let case = without_endpoint().var(REGIONAL, "legacy").var("AWS_REGION", region);
        let case = match suffix {
            "com" => case,
            _ => case.config(CONFIG.replace("arn:aws:", "arn:aws-cn:")),
        };
        asks(&case, &format!("https://sts.{region}.amazonaws.{suffix}"), region);
    }
}

#[test]
fn the_profile_can_name_legacy_and_the_variable_wins() {
    let case = without_endpoint().more_config("sts_regional_endpoints = Legacy\n");
    asks(&case, "https://sts.amazonaws.com", "us-east-1");
    asks(&case.var(REGIONAL, "regional"), "https://sts.us-east-1.amazonaws.com", "us-east-1");
    // The setting of the requested profile counts, not that of the profile with its keys.
    let case = without_endpoint().credentials(format!("{CREDENTIALS}sts_regional_endpoints = legacy\n"));
    asks(&case, "https://sts.us-east-1.amazonaws.com", "us-east-1");
}

#[test]
fn fips_and_dual_stack_win_over_legacy() {
    let case = without_endpoint().var(REGIONAL, "legacy").var("AWS_USE_FIPS_ENDPOINT", "true");
    asks(&case, "https://sts-fips.us-east-1.amazonaws.com", "us-east-1");
    let case = without_endpoint().var(REGIONAL, "legacy").var("AWS_USE_DUALSTACK_ENDPOINT", "true");
    asks(&case, "https://sts.us-east-1.api.aws", "us-east-1");
}

#[test]
fn another_value_is_an_error_with_its_place() {
    let case = without_endpoint().var(REGIONAL, "global");
    let said = format!("sts_regional_endpoints = global (the variable {REGIONAL}) is not a known value");
    case.run(["s3"]).failed(1, &[&said, "use regional or legacy"]);
    case.run(["s3", "--", "true"]).failed_silently(125, &[&said]);
    let case = without_endpoint().more_config("sts_regional_endpoints = both\n");
    let said = format!(
        "sts_regional_endpoints = both ({}:4) is not a known value",
        case.path(".aws/config").display()
    );
    case.run(["s3"]).failed(1, &[&said]);
    case.nothing_was_asked();
}

#[test]
fn a_configured_endpoint_wins_over_legacy() {
    let case = Case::new().var(REGIONAL, "legacy").var("AWS_REGION", "eu-west-1");
    case.run(["s3"]).succeeded();
    assert_eq!(case.request().region.as_deref(), Some("eu-west-1"));
}

#[test]
fn plain_http_to_another_machine_needs_allow_http() {
    let url = "http://sts.internal:4566";
    for case in [
        Case::new().var("AWS_ENDPOINT_URL", url),
        without_endpoint().more_config(&format!("endpoint_url = {url}\n")),
    ] {
        let parts = [
            "is plain http and not on this machine",
            "the answer has the keys in plain text: use https or an address of this machine",
            "or --allow-http if only trusted programs can read the network",
        ];
        case.run(["s3"]).failed(1, &parts);
        case.run(["--explain", "s3"]).failed_silently(1, &parts);
        case.run(["--allow-http", "--explain", "s3"])
            .said_on_stdout(&[&format!("STS is asked at {url} (")])
            .succeeded();
    }
    // The request is not sent through a proxy either, which could read the keys.
    let case = Case::new();
    let proxy = case.sts.url();
    let case = case.var("AWS_ENDPOINT_URL", "http://sts.nosuch.invalid").var("AWS_MAX_ATTEMPTS", "1");
    let case = case.var("HTTP_PROXY", proxy).var("RES_OPTIONS", "attempts:1 timeout:1");
    case.run(["--allow-http", "s3"]).failed(1, &["STS did not answer at http://sts.nosuch.invalid: "]);
    case.nothing_was_asked();
}

#[test]
fn allow_http_allows_no_other_address() {
    for url in ["ftp://sts.internal", "http://user:hunter2@sts.internal", "http://"] {
        let case = Case::new().var("AWS_ENDPOINT_URL", url);
        let outcome = case.run(["--allow-http", "s3"]);
        outcome.failed(1, &["is not a valid address"]);
        assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
    }
    Case::new().run(["--allow-http", "s3"]).succeeded();
}
