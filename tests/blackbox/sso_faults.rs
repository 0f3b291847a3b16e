//! What the portal of IAM Identity Center refuses, what comes instead of its answer, and lies in one. Nothing of that reaches a
//! shell, and only what may pass by itself is tried again.

use super::harness::{ACCOUNT, Case, FIRST};
use super::sso::{BEARER, PROFILES, START, corp, no_service_was_asked, token};
use crate::support::{Ca, Fault, Leaf, Sso};

#[test]
fn what_the_portal_refuses_becomes_advice() {
    for (status, code, parts) in [
        (
            401,
            "UnauthorizedException",
            &[
                "the IAM Identity Center token",
                "is not accepted any more",
                "assume-env --login --sso-session corp",
            ][..],
        ),
        (
            403,
            "ForbiddenException",
            &[
                "did not give the role Dev in account 123456789012",
                "ForbiddenException: its words",
                "check sso_account_id and sso_role_name",
            ],
        ),
        (
            404,
            "ResourceNotFoundException",
            &["ResourceNotFoundException: its words", "check sso_account_id and sso_role_name"],
        ),
        (400, "InvalidRequestException", &["InvalidRequestException: its words"]),
    ] {
        let (case, sso) = corp();
        sso.always(Fault::portal(status, code, "its words"));
        let outcome = case.run(["dev"]);
        outcome.failed(1, parts);
        outcome.said(&["config:4"]);
        case.run(["s3", "--", "true"]).failed_silently(125, parts);
        assert_eq!(sso.requests().len(), 2, "{code} is not tried again");
        case.no_request_was_made();
    }
}

#[test]
fn a_role_that_is_not_assigned_is_refused() {
    let (case, _sso) = corp();
    let case = case.config(PROFILES.replace("= Dev", "= Admin"));
    case.run(["dev"]).failed(1, &["the role Admin in account 123456789012", "ForbiddenException: No access"]);
}

#[test]
fn after_a_logout_the_error_names_the_login() {
    let (case, sso) = corp();
    sso.sign_out();
    case.run(["old"]).failed(1, &["is not accepted any more", "assume-env --login old"]);
}

#[test]
fn an_error_that_can_pass_is_tried_again() {
    for fault in [
        Fault::portal(429, "TooManyRequestsException", "slow down"),
        Fault::portal(500, "InternalServerException", "oops"),
        Fault::html(503),
        Fault::Reset,
        Fault::Cut { after: 40 },
    ] {
        let (case, sso) = corp();
        sso.fault(fault.clone());
        assert!(case.run(["dev"]).succeeded().contains("ASIATEST"), "{fault:?}");
    }
    for (fault, parts) in [
        (
            Fault::portal(429, "TooManyRequestsException", "slow down"),
            &["TooManyRequestsException: slow down", "try again"][..],
        ),
        (
            Fault::portal(500, "InternalServerException", "oops"),
            &["InternalServerException: oops", "try again"],
        ),
        (
            Fault::html(500),
            &["(status 500) is not an answer of IAM Identity Center", "a proxy, a login page"],
        ),
        (Fault::Cut { after: 40 }, &["IAM Identity Center did not answer at", "the connection was cut off"]),
    ] {
        let (case, sso) = corp();
        sso.always(fault.clone());
        case.run(["dev"]).failed(1, parts);
        assert_eq!(sso.requests().len(), 3, "{fault:?}");
        case.nothing_was_asked();
    }
}

#[test]
fn a_text_that_is_not_an_answer_is_refused() {
    for (fault, parts) in [
        (
            Fault::html(200),
            &["is not an answer of IAM Identity Center", "something between here and AWS"][..],
        ),
        (Fault::status(200, ""), &["is not an answer of IAM Identity Center"]),
        (Fault::status(200, "{}"), &["is not an answer of IAM Identity Center"]),
        (Fault::status(200, "{\"roleCredentials\": null}"), &["it has no roleCredentials"]),
        (Fault::status(302, ""), &["is not an answer of IAM Identity Center"]),
        (Fault::drop_member("accessKeyId"), &["it does not have all three keys"]),
        (Fault::drop_member("secretAccessKey"), &["it does not have all three keys"]),
        (Fault::drop_member("sessionToken"), &["it does not have all three keys"]),
        (Fault::replace_member("sessionToken", ""), &["it does not have all three keys"]),
        (Fault::drop_member("expiration"), &["its expiration is missing or in the past"]),
        (
            Fault::replace_member("expiration", 1_000_000_000_000_i64),
            &["its expiration is missing or in the past"],
        ),
        (Fault::replace_member("expiration", -1), &["its expiration is missing or in the past"]),
        (Fault::replace_member("expiration", i64::MAX), &["is not an answer of IAM Identity Center"]),
        (Fault::replace_member("expiration", "tomorrow"), &["is not an answer of IAM Identity Center"]),
        (Fault::replace_member("accessKeyId", 5), &["is not an answer of IAM Identity Center"]),
    ] {
        let (case, sso) = corp();
        sso.always(fault.clone());
        let outcome = case.run(["dev"]);
        assert_eq!(outcome.status.code(), Some(1), "{fault:?}: {}", outcome.out());
        outcome.failed(1, parts).said(&[&sso.url()]);
        case.run(["s3", "--", "true"]).failed_silently(125, parts);
        case.no_request_was_made();
    }
}

#[test]
fn no_wrong_value_of_the_portal_reaches_a_shell() {
    for name in ["accessKeyId", "secretAccessKey", "sessionToken"] {
        for lie in
            ["$(touch evil)", "';touch evil;'", "a b", "line\nbreak", "`touch evil`", "ünicode", "nul\0"]
        {
            let (case, sso) = corp();
            sso.always(Fault::replace_member(name, lie));
            let outcome = case.run(["dev"]);
            outcome.failed(1, &["IAM Identity Center"]);
            assert!(!outcome.stderr.contains("touch evil"), "{}", outcome.stderr);
            case.shell("bash", r#"eval "$(assume-env dev)"; true"#).succeeded();
            assert!(!case.path("evil").exists());
        }
    }
}

#[test]
fn an_answer_that_is_too_long_is_an_error() {
    let (case, sso) = corp();
    sso.always(Fault::rewrite(|body| {
        body.replacen('{', &format!("{{\"more\": \"{}\", ", "x".repeat(10 << 20)), 1)
    }));
    case.run(["dev"]).failed(1, &["IAM Identity Center"]);
    case.nothing_was_asked();
}

#[test]
fn a_portal_without_an_answer_is_an_error() {
    let (case, sso) = corp();
    sso.always(Fault::hang());
    let case = case.var("AWS_MAX_ATTEMPTS", "1");
    case.run(["dev"])
        .failed(1, &["IAM Identity Center did not answer at", "no answer within 10s", "a proxy is needed"]);
}

#[test]
fn a_portal_that_does_not_exist_is_an_error() {
    let (case, _sso) = corp();
    let case = case.var("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1");
    case.run(["dev"]).failed(
        1,
        &[
            "IAM Identity Center did not answer at http://127.0.0.1:1: connection refused",
            "no program listens there",
        ],
    );
}

#[test]
fn keys_of_the_portal_that_have_expired_for_sts_are_an_error() {
    let (case, _sso) = corp();
    case.sts.always(Fault::error(
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    ));
    case.run(["s3"]).failed(1, &["ExpiredToken", "the role Dev in account 123456789012"]);
}

#[test]
fn the_portal_is_trusted_by_the_same_rules_as_sts() {
    let ca = Ca::new("Test CA");
    let (case, _) = corp();
    let sso = Sso::https(&case.sts, &ca);
    sso.access_token(BEARER, 3600).assign(ACCOUNT, "Dev");
    let bundle = case.file("bundle.pem", ca.pem());
    let case = case.var("AWS_ENDPOINT_URL_SSO", sso.url());
    let other = case.file("other.pem", Ca::new("Other CA").pem());
    let case = case.var("AWS_CA_BUNDLE", &other);
    case.run(["dev"]).failed(
        1,
        &[
            "IAM Identity Center did not answer at https://localhost:",
            "an authority that is not trusted here",
            "AWS_CA_BUNDLE",
        ],
    );
    assert_eq!(sso.requests().len(), 0);
    let case = case.var("AWS_CA_BUNDLE", &bundle);
    assert!(case.run(["dev"]).succeeded().contains(FIRST));
    case.run(["s3"]).succeeded();
    let case = case.var("AWS_CA_BUNDLE", "/nonexistent.pem");
    case.run(["dev"]).failed(1, &["cannot use the CA bundle /nonexistent.pem"]);
    for (leaf, words) in
        [(Leaf::Expired, "has expired or is not valid yet"), (Leaf::WrongName, "is for another name")]
    {
        let sso = Sso::https_with(&case.sts, &ca, leaf);
        let case = corp().0.var("AWS_ENDPOINT_URL_SSO", sso.url()).var("AWS_CA_BUNDLE", &bundle);
        case.run(["dev"]).failed(1, &["IAM Identity Center did not answer", words]);
    }
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    for (name, url) in [
        ("AWS_ENDPOINT_URL_SSO", "http://10.0.0.1"),
        ("AWS_ENDPOINT_URL_SSO_OIDC", "http://portal.example.org"),
    ] {
        let (case, sso) = corp();
        let case = case.var(name, url);
        let said = format!("the endpoint {url} (the variable {name}) is plain http and not on this machine");
        case.run(["dev"]).failed(1, &[&said, "the answer has the keys in plain text"]);
        case.run(["s3", "--", "true"]).failed_silently(125, &[&said]);
        no_service_was_asked(&case, &sso);
        case.run(["--allow-http", "--explain", "dev"]).succeeded();
    }
}

#[test]
fn the_address_of_the_portal_is_that_of_its_region() {
    let case = corp()
        .0
        .without("AWS_ENDPOINT_URL")
        .without("AWS_ENDPOINT_URL_SSO")
        .without("AWS_ENDPOINT_URL_SSO_OIDC");
    let plain = |case: &Case, address: &str| {
        case.run(["--explain", "dev"]).said_on_stdout(&[&format!("portal         {address} (")]).succeeded();
    };
    plain(&case, "https://portal.sso.eu-west-1.amazonaws.com");
    let case = case.var("AWS_USE_FIPS_ENDPOINT", "true");
    plain(&case, "https://portal.sso-fips.eu-west-1.amazonaws.com");
    let case = case.var("AWS_USE_DUALSTACK_ENDPOINT", "true");
    plain(&case, "https://portal.sso-fips.eu-west-1.api.aws");
    let case = case.without("AWS_USE_FIPS_ENDPOINT");
    plain(&case, "https://portal.sso.eu-west-1.api.aws");
    let case = case.var("AWS_USE_DUALSTACK_ENDPOINT", "maybe");
    case.run(["dev"])
        .failed(1, &["maybe (the variable AWS_USE_DUALSTACK_ENDPOINT) is neither true nor false"]);
    case.nothing_was_asked();
}

/// The region of the session is that of the profile or of the flag, and not the portal's own.
#[test]
fn the_region_of_the_portal_is_not_that_of_the_session() {
    let (case, _sso) = corp();
    let region = |case: &Case, args: &[&str]| {
        case.run([args, &["--", "env", "-0"]].concat()).env().get("AWS_REGION").cloned()
    };
    assert_eq!(region(&case, &["dev"]), None);
    assert_eq!(region(&case, &["-r", "sa-east-1", "dev"]).as_deref(), Some("sa-east-1"));
    let case =
        case.config(PROFILES.replacen("sso_session = corp", "sso_session = corp\nregion = ap-south-1", 1));
    assert_eq!(region(&case, &["dev"]).as_deref(), Some("ap-south-1"));
    token().write(case.path(""), START);
    assert_eq!(region(&case, &["old"]), None);
}
