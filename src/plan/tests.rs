//! Planning, tested as one function: arguments, variables and a config file in, a plan or an error out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::*;
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::report::{Diagnostic as _, Exit};
use crate::config::{Config, Files};
use crate::env::Environment;
use crate::plan::error::Error;
use crate::plan::source::Source;

const BASE: &str = "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = fake\n";

/// A command line, environment variables and both files.
#[derive(Default)]
struct Given<'a> {
    args: &'a [&'a str],
    vars: &'a [(&'a str, &'a str)],
    config: &'a str,
    credentials: &'a str,
}

fn given<'a>(args: &'a [&'a str], config: &'a str) -> Given<'a> {
    Given { args, config, ..Given::default() }
}

impl Given<'_> {
    fn plan(&self) -> Result<Plan, Error> {
        let vars = self.vars.iter().map(|(name, value)| (name.into(), value.into()));
        let env = Environment::new(vars).unwrap();
        let files = Files::of_texts(self.config, self.credentials);
        let (config, broken) = Config::of(&files);
        assert!(broken.is_none());
        let args: Vec<OsString> = self.args.iter().map(OsString::from).collect();
        let context = PlanContext { default_name: "me@here", now: 1_000, on_instance: || false };
        let asks_s3 = self.args.contains(&"--buckets");
        plan(&crate::cli::parse(&args).unwrap().session, asks_s3, &env, &config, &context)
    }

    fn is(&self) -> Plan {
        self.plan().unwrap_or_else(|error| panic!("{}", error.report().message()))
    }

    fn fails(&self) -> Error {
        self.plan().expect_err("a plan was made")
    }
}

fn role_of(plan: &Plan) -> &str {
    last(plan).role.value.as_str()
}

fn last(plan: &Plan) -> &RoleHop {
    plan.role().expect("the plan leads to a role")
}

fn first(plan: &Plan) -> &RoleHop {
    plan.hops[0].role().expect("the first hop leads to a role")
}

#[test]
fn a_chain_leads_from_the_keys_to_the_role() {
    let config = format!(
        "{BASE}[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n\
         [profile b]\nrole_arn = arn:aws:iam::123456789012:role/b\nsource_profile = a\nexternal_id = xx\n\
         [profile c]\nrole_arn = arn:aws:iam::123456789012:role/c\nsource_profile = b\n\
         role_session_name = cc\n"
    );
    let plan = given(&["c"], &config).is();
    let roles: Vec<&str> = plan.hops.iter().map(|hop| hop.role().unwrap().role.value.name()).collect();
    assert_eq!(roles, ["a", "b", "c"]);
    assert!(matches!(&plan.source, Source::Profile { name, .. } if name == "base"));
    assert_eq!(last(&plan).session_name.value, "cc");
    assert_eq!(plan.hops[1].role().unwrap().external_id.as_ref().unwrap().value, "xx");
    assert_eq!(first(&plan).session_name.value, "me@here");
}

#[test]
fn flags_apply_to_the_last_hop_only() {
    let config = format!(
        "{BASE}[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n\
        role_session_name = aa\n\
         [profile b]\nrole_arn = arn:aws:iam::123456789012:role/b\nsource_profile = a\n"
    );
    let plan = given(&["b", "-n", "me", "-d", "20m", "--external-id", "ext"], &config).is();
    assert_eq!(last(&plan).session_name.value, "me");
    assert_eq!(last(&plan).duration.as_ref().unwrap().value.seconds(), 1200);
    let first = first(&plan);
    assert_eq!(first.session_name.value, "aa");
    assert!(first.duration.is_none() && first.external_id.is_none());
}

#[test]
fn the_keys_of_a_source_profile_beat_its_role() {
    let config = format!(
        "{BASE}role_arn = arn:aws:iam::123456789012:role/never\nsource_profile = base\n\
         [profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n"
    );
    assert_eq!(given(&["a"], &config).is().hops.len(), 1);
    // When the user names it, the same profile assumes its role with its own keys.
    let itself = given(&["base"], &config).is();
    assert!(role_of(&itself).ends_with("never") && itself.hops.len() == 1);
}

#[test]
fn the_message_about_a_ring_shows_the_whole_ring() {
    let link = |name: &str, to: &str| {
        format!("[profile {name}]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = {to}\n")
    };
    let config =
        [link("in", "x"), link("x", "y"), link("y", "z"), link("z", "x"), link("self", "self")].concat();
    for (role, ring) in [("in", "x → y → z → x"), ("self", "self → self")] {
        let message = given(&[role], &config).fails().report().message();
        assert!(message.contains(ring), "{message}");
    }
}

#[test]
fn a_message_names_what_a_profile_lacks_and_the_line() {
    let role = "role_arn = arn:aws:iam::123456789012:role/r\n";
    for (rest, parts) in [
        (format!("{role}source_profile = base\ncredential_source = Environment\n"), ["both", "config:6"]),
        (role.to_owned(), ["nothing to assume it with", "source_profile = NAME"]),
        (
            format!("{role}aws_access_key_id = A\naws_secret_access_key = s\n"),
            ["nothing to assume it with", "source_profile = p"],
        ),
        (format!("{role}source_profile = bsae\n"), ["no profile bsae", "mean base"]),
        (format!("{role}credential_source = Envrionment\n"), ["Envrionment", "Ec2InstanceMetadata"]),
        (format!("{role}source_profile = base\nmfa_serial = m\n"), ["is not the name", "config:7"]),
        ("web_identity_token_file = /t\n".to_owned(), ["role_arn is missing", "config:5"]),
        ("sso_account_id = x\n".to_owned(), ["sso_region is missing", "config:4"]),
        ("credential_process = x 'y\n".to_owned(), ["x …", "config:5"]),
        ("aws_access_key_id = A\n".to_owned(), ["half", "aws_secret_access_key"]),
        ("region = eu-west-1\n".to_owned(), ["no credentials", "config:4"]),
        ("role_arn = nonsense\nsource_profile = base\n".to_owned(), ["nonsense", "six parts"]),
        (format!("{role}source_profile = base\nduration_seconds = 899\n"), ["899", "config:7"]),
        (format!("{role}source_profile = base\nrole_session_name = a b\n"), ["a b", "config:7"]),
        (format!("{role}source_profile = base\nexternal_id = a b\n"), ["a b", "config:7"]),
        (format!("{role}source_profile = base\nregion = x/y\n"), ["x/y", "config:7"]),
        (
            format!("{role}source_profile = base\nendpoint_url = http://example.org\n"),
            ["plain http", "config:7"],
        ),
        (format!("{role}source_profile = base\nmax_attempts = 0\n"), ["attempts", "config:7"]),
    ] {
        let config = format!("{BASE}[profile p]\n{rest}");
        let error = given(&["p"], &config).fails();
        let message = error.report().message();
        for part in parts {
            assert!(message.contains(part), "{rest}: {part}: {message}");
        }
        assert_eq!(error.report().exit, Exit::Failed, "{message}");
    }
}

#[test]
fn a_role_named_by_its_arn_has_a_source() {
    const ARN: &str = "arn:aws:iam::123456789012:role/r";
    let config = format!("{BASE}[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = fake\n");
    let own = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "fake"), ("AWS_PROFILE", "base")];
    let held = [
        ("AWS_ACCESS_KEY_ID", "ASIAHELD"),
        ("AWS_SECRET_ACCESS_KEY", "fake"),
        ("AWS_SESSION_TOKEN", "fake"),
        ("ASSUME_ENV_KEY_ID", "ASIAHELD"),
        ("ASSUME_ENV_PROFILE", ARN),
        ("ASSUME_ENV_ROLE_ARN", ARN),
        ("ASSUME_ENV_RESTORE", "1"),
        ("ASSUME_ENV_SESSION", "me"),
        ("ASSUME_ENV_EXPIRES", "2000"),
    ];
    let other = "arn:aws:iam::123456789012:role/other";
    let source = |args: &[&str], vars: &[(&str, &str)]| {
        Given { args, vars, config: &config, ..Given::default() }.is().source.known_keys().unwrap().id.clone()
    };
    assert_eq!(source(&[ARN], &[]), "AKIADEFAULT");
    assert_eq!(source(&["123456789012:r"], &own[2..]), "AKIABASE");
    assert_eq!(source(&[ARN], &own), "AKIAENV");
    assert_eq!(source(&[ARN, "--source-profile", "base"], &own), "AKIABASE");
    assert_eq!(source(&[other], &held), "ASIAHELD");
    // The held role, named or left out, is renewed from its own source and from no other.
    for args in [&[ARN][..], &[]] {
        let lost = Given { args, vars: &held, config: &config, ..Given::default() }.is().source;
        assert!(matches!(lost, Source::Replaced(_)), "{lost}");
        let labelled = [&held[..], &[("ASSUME_ENV_SOURCE", "base")]].concat();
        assert_eq!(source(args, &labelled), "AKIABASE");
    }

    let mut expired = held;
    expired[8] = ("ASSUME_ENV_EXPIRES", "900");
    let error = Given { args: &[other], vars: &expired, config: &config, ..Given::default() }.fails();
    assert!(error.report().headline.contains("expired 1m 40s ago"), "{error:?}");
    assert!(matches!(given(&[ARN], BASE).fails(), Error::NoSource { .. }));
}

#[test]
fn the_environment_can_name_the_role() {
    let config =
        format!("{BASE}[profile r]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n");
    let plan = Given {
        args: &[],
        vars: &[("AWS_PROFILE", "x"), ("AWS_DEFAULT_PROFILE", "r")],
        config: &config,
        ..Given::default()
    };
    assert_eq!(plan.is().role_as_typed, "r", "botocore asks AWS_DEFAULT_PROFILE first");
    let none = given(&[], &config).fails();
    assert_eq!(none.report().exit, Exit::Usage);
}

#[test]
fn a_role_assumed_with_temporary_keys_lasts_one_hour_at_most() {
    let config = format!(
        "{BASE}[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n\
         [profile b]\nrole_arn = arn:aws:iam::123456789012:role/b\nsource_profile = a\n\
         duration_seconds = 3601\n\
         [profile temporary]\naws_access_key_id = ASIA\naws_secret_access_key = fake\n\
         aws_session_token = fake\n"
    );
    assert!(matches!(given(&["b"], &config).fails(), Error::TooLongForChain { .. }));
    assert!(given(&["b", "-d", "1h"], &config).plan().is_ok(), "a flag beats the profile");
    assert!(given(&["a", "-d", "12h"], &config).plan().is_ok(), "long-lived keys may ask for more");
    let arn = ["123456789012:r", "--source-profile", "temporary", "-d", "2h"];
    assert!(matches!(given(&arn, &config).fails(), Error::TooLongForChain { .. }));
}

#[test]
fn the_region_and_the_address_of_sts() {
    let role = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n";
    let cn = "role_arn = arn:aws-cn:iam::123456789012:role/r\nsource_profile = base\n";
    for (profile, args, vars, url, session) in [
        (role, &["p"][..], &[][..], "https://sts.us-east-1.amazonaws.com", None),
        (role, &["p"], &[("AWS_REGION", "eu-west-1")], "https://sts.eu-west-1.amazonaws.com", None),
        (role, &["p"], &[("AWS_DEFAULT_REGION", "eu-west-2")], "https://sts.eu-west-2.amazonaws.com", None),
        (role, &["p", "-r", "eu-west-3"], &[], "https://sts.eu-west-3.amazonaws.com", Some("eu-west-3")),
        (cn, &["p"], &[], "https://sts.cn-north-1.amazonaws.com.cn", None),
        (cn, &["p"], &[("AWS_REGION", "eu-west-1")], "https://sts.cn-north-1.amazonaws.com.cn", None),
        (
            role,
            &["p"],
            &[("AWS_USE_FIPS_ENDPOINT", "true")],
            "https://sts-fips.us-east-1.amazonaws.com",
            None,
        ),
        (
            role,
            &["p"],
            &[("AWS_ENDPOINT_URL", "https://a"), ("AWS_ENDPOINT_URL_STS", "https://b")],
            "https://b",
            None,
        ),
    ] {
        let config = format!("{BASE}[profile p]\n{profile}");
        let plan = Given { args, vars, config: &config, ..Given::default() }.is();
        assert_eq!(
            (plan.sts.url.value.as_str(), plan.region.as_ref().map(|r| r.value.as_str())),
            (url, session),
            "{args:?} {vars:?}"
        );
    }
    let config = format!("{BASE}[profile p]\n{cn}");
    assert!(matches!(
        given(&["p", "-r", "eu-west-1"], &config).fails(),
        Error::RegionOfOtherPartition { .. }
    ));

    let config =
        format!("{BASE}region = sa-east-1\n[profile p]\n{role}[profile q]\n{role}region = eu-north-1\n");
    let plan = given(&["p"], &config).is();
    assert_eq!(
        (plan.sts.region.value.as_str(), plan.region),
        ("sa-east-1", None),
        "the source's region is for STS alone"
    );
    assert_eq!(given(&["q"], &config).is().region.unwrap().value, "eu-north-1");
}

#[test]
fn services_sections_and_switches_change_the_addresses() {
    let config = format!(
        "{BASE}[services local]\nsts =\n  endpoint_url = http://127.0.0.1:1\n\
         [profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nservices = local\n\
         endpoint_url = https://all\nca_bundle = ~/ca.pem\n"
    );
    let plan =
        Given { args: &["--buckets", "p"], vars: &[("HOME", "/h")], config: &config, ..Given::default() }
            .is();
    assert_eq!(plan.sts.url.value, "http://127.0.0.1:1");
    assert_eq!(plan.s3_url.unwrap().value, "https://all");
    assert_eq!(plan.ca_bundle.unwrap().value, PathBuf::from("/h/ca.pem"));
    let vars = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")];
    let plan = Given { args: &["p"], vars: &vars, config: &config, ..Given::default() }.is();
    assert_eq!(plan.sts.url.value, "https://sts.us-east-1.amazonaws.com");
    let vars = [("AWS_USE_FIPS_ENDPOINT", "perhaps")];
    let error = Given {
        args: &["p"],
        vars: &vars,
        config: &config.replace("services = local\n", ""),
        ..Given::default()
    }
    .fails();
    assert!(matches!(error, Error::Invalid(InvalidValue { rule: Rule::Switch, .. })));
}

#[test]
fn only_the_first_role_of_a_chain_takes_a_code() {
    let device = "mfa_serial = arn:aws:iam::123456789012:mfa/ann\n";
    let chain = |first: &str, second: &str| {
        format!(
            "{BASE}[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n{first}\
             [profile b]\nrole_arn = arn:aws:iam::123456789012:role/b\nsource_profile = a\n{second}"
        )
    };
    let config = chain(device, "");
    let plan = given(&["b"], &config).is();
    assert!(plan.mfa().unwrap().asks_a_person() && last(&plan).mfa.is_none());
    let config = chain("", device);
    assert!(matches!(given(&["b"], &config).fails(), Error::MfaOnLaterHop { .. }));
    let config = chain("", "");
    let serial = ["b", "--mfa-serial", "GAHT12345678", "--mfa-token", "123456"];
    assert_eq!(given(&serial, &config).is().mfa().unwrap().serial.value, "GAHT12345678");
    assert!(matches!(
        given(&["b", "--mfa-token", "123456"], &config).fails(),
        Error::CodeWithoutDevice { .. }
    ));
    let config = chain(&format!("{device}mfa_process = echo 1\n"), "");
    let from = |args: &[&str]| given(args, &config).is().mfa().unwrap().code.to_string();
    assert!(from(&["b"]).starts_with("the command echo … ("));
    assert_eq!(from(&["b", "--mfa-process", "x"]), "the command x (--mfa-process)");
    assert_eq!(from(&["b", "--mfa-token", "123456"]), "--mfa-token");
}

#[test]
fn a_setting_that_would_send_the_request_elsewhere_is_an_error() {
    let profile =
        format!("{BASE}[profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n");
    let error = |vars: &[(&str, &str)], more: &str| {
        Given { args: &["p"], vars, config: &format!("{profile}{more}"), ..Given::default() }.fails()
    };
    assert!(matches!(error(&[], "services = nope\n"), Error::NoServices { .. }));
    for bad in ["garbage://", ":::", "http://user:pw@no such", "socks5://h:1"] {
        let error = error(&[("HTTPS_PROXY", bad)], "");
        assert!(matches!(error, Error::BadProxy { .. }) && !error.report().message().contains("pw"), "{bad}");
    }
    assert!(matches!(
        error(&[("SMITHY_CLIENT_SDK_CUSTOM_PARTITION", "/x")], ""),
        Error::CustomPartitions { .. }
    ));
    let message =
        error(&[("AWS_ENDPOINT_URL", "https://user:hunter2@sts.example.org")], "").report().message();
    assert!(message.contains("…@sts.example.org") && !message.contains("hunter2"), "{message}");
    // The address of S3 is checked only when S3 is asked.
    assert!(
        Given {
            args: &["p"],
            vars: &[("AWS_ENDPOINT_URL_S3", "http://minio:9000")],
            config: &profile,
            ..Given::default()
        }
        .plan()
        .is_ok()
    );
}

#[test]
fn a_source_profile_has_the_order_of_the_aws_cli() {
    let role = "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = s\n";
    let keys = "aws_access_key_id = AKIA\naws_secret_access_key = fake\n";
    let config = |source: &str| format!("{role}[profile s]\n{source}");
    let process = config(&format!("{keys}credential_process = x 'a b'\n"));
    let source = given(&["p"], &process).is().source;
    assert!(matches!(source, Source::Process { command, .. } if command.value == ["x", "a b"]));
    // Only sso_account_id and sso_role_name make a profile one of IAM Identity Center.
    let sso = config(&format!("{keys}sso_start_url = https://x\nsso_region = eu-west-1\n"));
    assert_eq!(given(&["p"], &sso).is().source.known_keys().unwrap().id, "AKIA");
    let sso = config(&format!("{keys}sso_role_name = x\n"));
    assert!(matches!(given(&["p"], &sso).fails(), Error::SsoIncomplete { missing: "sso_region", .. }));
    // The older name of the token counts, too.
    let token = config(&format!("{keys}aws_security_token = fake\n").replace("AKIA", "ASIA"));
    assert!(given(&["p"], &token).is().source.known_keys().unwrap().temporary());
    let broken = config("aws_access_key_id = AK IA\naws_secret_access_key = fake\n");
    assert!(matches!(given(&["p"], &broken).fails(), Error::Config(_)));
}

#[test]
fn an_unknown_role_is_not_blamed_on_aws_profile() {
    let message =
        Given { args: &["nosuch"], vars: &[("AWS_PROFILE", "other")], config: BASE, ..Given::default() }
            .fails()
            .report()
            .message();
    assert!(message.contains("no profile nosuch"), "{message}");
}

#[test]
fn flags_and_profile_restrict_and_tag_the_session() {
    let role = "role_arn = arn:aws-cn:iam::123456789012:role/r\nsource_profile = base\n";
    let config = format!(
        "{BASE}[profile p]\n{role}session_tags = team=a, env = x\ntransitive_session_tags = team\n\
        source_identity = ann\n\
         expected_account = 123456789012\n"
    );
    let plan = given(&["p", "--read-only", "--tag", "TEAM=b"], &config).is();
    let sent = last(&plan).session_policy.clone();
    let tags: Vec<String> =
        sent.tags.iter().map(|tag| format!("{}={}", tag.value.key, tag.value.value)).collect();
    assert_eq!(tags, ["env=x", "TEAM=b"]);
    assert_eq!(sent.policy_arns[0].value, "arn:aws-cn:iam::aws:policy/ReadOnlyAccess");
    assert_eq!(sent.source_identity.unwrap().value, "ann");

    let error = given(&["p", "--expect-account", "210987654321"], &config).fails();
    assert!(matches!(error, Error::UnexpectedAccount(_)), "a flag beats the profile");
    let error = given(&["p", "--tag", "a=1", "--tag", "A=2"], &config).fails();
    assert!(error.report().message().contains("twice") && error.report().exit == Exit::Usage, "{error:?}");
    let error = given(&["p"], &config.replace("team=a", "aws:x=a")).fails();
    assert!(
        error.report().message().contains("config:7") && error.report().exit == Exit::Failed,
        "{error:?}"
    );
}

#[test]
fn a_restricted_session_is_not_renewed_with_more_power() {
    let config =
        format!("{BASE}[profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n");
    let held = |narrowed| {
        [
            ("AWS_ACCESS_KEY_ID", "ASIAHELD"),
            ("AWS_SECRET_ACCESS_KEY", "fake"),
            ("AWS_SESSION_TOKEN", "fake"),
            ("ASSUME_ENV_KEY_ID", "ASIAHELD"),
            ("ASSUME_ENV_PROFILE", "p"),
            ("ASSUME_ENV_ROLE_ARN", "arn:aws:iam::123456789012:role/r"),
            ("ASSUME_ENV_RESTORE", "1"),
            ("ASSUME_ENV_SESSION", "me"),
            ("ASSUME_ENV_EXPIRES", "2000"),
            ("ASSUME_ENV_NARROWED", narrowed),
        ]
    };
    let plan = |args: &[&str], narrowed| {
        Given { args, vars: &held(narrowed), config: &config, ..Given::default() }.plan()
    };
    let narrowed = last(&plan(&[], "read-only").unwrap()).session_policy.fingerprint();
    assert_eq!(narrowed.as_deref(), Some("read-only"), "renewed as it was held");
    assert!(matches!(plan(&[], "0123456789abcdef"), Err(Error::RestrictionNotStored { .. })));
    assert!(matches!(plan(&["--", "true"], "0123456789abcdef"), Err(Error::RestrictionNotStored { .. })));
    // A named role gets only the restrictions of the command line.
    assert_eq!(last(&plan(&["p"], "read-only").unwrap()).session_policy.fingerprint(), None);
}

const SSO: &str = "[sso-session corp]\nsso_start_url = https://corp.example.org/start\n\
                                  sso_region = eu-west-1\n\
                   [profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n";

#[test]
fn identity_center_gives_a_session_or_assumes_a_role() {
    let home = [("HOME", "/home/ann")];
    let alone = Given { args: &["dev"], vars: &home, config: SSO, ..Given::default() }.is();
    let Source::Sso(sso) = &alone.source else { panic!("{:?}", alone.source) };
    assert_eq!(sso.login.portal.value, "https://portal.sso.eu-west-1.amazonaws.com");
    assert_eq!(sso.login.oidc.value, "https://oidc.eu-west-1.amazonaws.com");
    assert_eq!(sso.login.command(), "assume-env --login --sso-session corp");
    assert!(alone.hops.is_empty() && alone.account() == Some("123456789012"));
    let below =
        format!("{SSO}[profile p]\nrole_arn = arn:aws:iam::210987654321:role/r\nsource_profile = dev\n");
    let below = Given { args: &["p"], vars: &home, config: &below, ..Given::default() }.is();
    assert!(matches!(below.source, Source::Sso(_)) && below.hops.len() == 1);
    let old = "[profile dev]\nsso_start_url = https://x\nsso_region = us-gov-west-1\n\
                   sso_account_id = 123456789012\nsso_role_name = D\n";
    let old = Given { args: &["dev"], vars: &home, config: old, ..Given::default() }.is();
    let Source::Sso(sso) = &old.source else { panic!("{:?}", old.source) };
    assert!(sso.login.command().ends_with("--login dev") && sso.login.portal.value.contains("us-gov-west-1"));
}

#[test]
fn a_message_names_what_identity_center_lacks_and_the_line() {
    let home = [("HOME", "/home/ann")];
    for (config, part) in [
        (SSO.replace("[sso-session corp]", "[sso-session other]"), "no section [sso-session corp]"),
        (SSO.replace("sso_region = eu-west-1\n", ""), "sso_region is missing"),
        (SSO.replace("sso_role_name = Dev\n", ""), "sso_role_name is missing"),
        (SSO.replace("sso_account_id = 123456789012", "sso_account_id = 12"), "12"),
        (format!("{SSO}sso_region = us-east-1\n"), "one value in the profile"),
    ] {
        let report = Given { args: &["dev"], vars: &home, config: &config, ..Given::default() }
            .fails()
            .report()
            .message();
        assert!(report.contains(part) && report.contains("config:"), "{report}");
    }
}

#[test]
fn long_lived_keys_without_a_role_give_a_session_of_their_user() {
    let config = format!("{BASE}mfa_serial = arn:aws:iam::123456789012:mfa/ann\n");
    let plan = given(&["base", "-d", "8h"], &config).is();
    let [Hop::Session(hop)] = &plan.hops[..] else { panic!("{:?}", plan.hops) };
    assert!(!hop.only_for_long_lived && hop.mfa.is_some() && plan.hops[0].life() == 8 * 3600);
    let token = given(&["base"], &format!("{BASE}aws_session_token = fake\n").replace("AKIA", "ASIA")).is();
    assert!(token.hops.is_empty(), "temporary keys are used without a call of STS");
    let process = given(&["p"], "[profile p]\ncredential_process = x\n").is();
    assert!(matches!(&process.hops[..], [Hop::Session(hop)] if hop.only_for_long_lived));
}

#[test]
fn a_flag_without_an_effect_is_an_error() {
    let home = [("HOME", "/home/ann"), ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/w")];
    let web = "[profile w]\nrole_arn = arn:aws:iam::123456789012:role/w\nweb_identity_token_file = /t\n";
    let config = format!("{BASE}{SSO}{web}");
    for (args, flag) in [
        (&["dev", "-d", "1h"][..], "--duration"),
        (&["dev", "--read-only"], "--read-only"),
        (&["dev", "--mfa-token", "123456"], "--mfa-token"),
        (&["base", "--tag", "a=b"], "--tag"),
        (&["base", "-n", "me"], "--session-name"),
        (&["w", "--tag", "a=b"], "--tag"),
        (&["w", "--source-identity", "ann"], "--source-identity"),
        (&["w", "--external-id", "xx"], "--external-id"),
        (&["w", "--mfa-serial", "arn:aws:iam::123456789012:mfa/ann"], "--mfa-serial"),
    ] {
        let error = Given { args, vars: &home, config: &config, ..Given::default() }.fails();
        assert!(
            matches!(&error, Error::FlagWithoutUse { flag: named, .. } if *named == flag),
            "{}",
            error.report().message()
        );
    }
    let fine = ["w", "-d", "2h", "-n", "me", "--read-only"];
    assert!(Given { args: &fine, vars: &home, config: &config, ..Given::default() }.plan().is_ok());
}

#[test]
fn a_web_identity_assumes_the_first_role() {
    let web = "[profile w]\nrole_arn = arn:aws:iam::123456789012:role/w\nweb_identity_token_file = /t\n\
                   duration_seconds = 7200\n\
               [profile p]\nrole_arn = arn:aws:iam::123456789012:role/p\nsource_profile = w\n";
    let plan = given(&["p"], web).is();
    assert!(matches!(plan.source, Source::WebIdentity { .. }));
    let actions: Vec<&str> = plan.hops.iter().map(Hop::action).collect();
    assert_eq!(actions, ["AssumeRoleWithWebIdentity", "AssumeRole"]);
    assert_eq!(plan.hops[0].life(), 7200);
    let roleless = "[profile w]\nweb_identity_token_file = /t\n";
    assert!(matches!(given(&["w"], roleless).fails(), Error::WebIdentityWithoutRole { .. }));
}

#[test]
fn the_plan_uses_the_source_that_list_prints() {
    const ROLE_ARN: (&str, &str) = ("role_arn", "arn:aws:iam::123456789012:role/r");
    type Settings<'a> = &'a [(&'a str, &'a str)];
    // The kind that --list prints, the kind of the source that --explain prints, the settings in the config
    // file, and whether the credentials file has keys. In the order of the AWS CLI.
    let kinds: [(&str, &str, Settings<'_>, bool); 8] = [
        ("web-identity", "web-identity", &[("web_identity_token_file", "/t"), ROLE_ARN], false),
        ("role", "container", &[ROLE_ARN, ("credential_source", "EcsContainer")], false),
        (
            "sso",
            "sso",
            &[
                ("sso_account_id", "123456789012"),
                ("sso_role_name", "Dev"),
                ("sso_region", "eu-west-1"),
                ("sso_start_url", "https://corp.example.org/start"),
            ],
            false,
        ),
        ("keys", "profile", &[], true),
        ("login", "login", &[("login_session", "arn:aws:iam::123456789012:user/ann")], false),
        ("process", "process", &[("credential_process", "keys-of-ann")], false),
        ("keys", "profile", &[("aws_access_key_id", "AKIACONFIG"), ("aws_secret_access_key", "fake")], false),
        ("ambient", "container", &[("credential_source", "EcsContainer")], false),
    ];
    let vars = [("HOME", "/home/ann"), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x")];
    for (i, (kind, explained, settings, has_keys)) in kinds.iter().enumerate() {
        for (other, _, more, more_keys) in &kinds[i..] {
            let settings: BTreeMap<_, _> = settings.iter().chain(*more).copied().collect();
            let lines = settings.iter().map(|(key, value)| format!("{key} = {value}\n"));
            let config = format!("[profile p]\n{}", lines.collect::<String>());
            let keys = "[p]\naws_access_key_id = AKIACREDENTIALS\naws_secret_access_key = fake\n";
            let credentials = if *has_keys || *more_keys { keys } else { "" };

            let files = Files::of_texts(&config, credentials);
            let listed = source_of::kind(Config::of(&files).0.profile("p").unwrap());
            assert_eq!(listed, *kind, "{kind} and {other}");

            let plan = Given { args: &["p"], vars: &vars, config: &config, credentials }.is();
            assert_eq!(plan.source.kind(), *explained, "{kind} and {other}");
            let assumes_role = matches!(&plan.hops[..], [Hop::Role(hop)] if hop.with == AssumeWith::Keys);
            assert_eq!(assumes_role, *kind == "role", "{kind} and {other}");
            if let Some(keys) = plan.source.known_keys() {
                assert_eq!(keys.id == "AKIACREDENTIALS", *has_keys, "{kind} and {other}");
            }
        }
    }
}

const EKS: [(&str, &str); 2] =
    [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pod")];

#[test]
fn the_web_identity_of_the_environment_is_a_source_and_a_role() {
    let plan = |args: &[&str]| Given { args, vars: &EKS, config: "", ..Given::default() }.is();
    for args in [&[][..], &["arn:aws:iam::123456789012:role/pod"]] {
        let plan = plan(args);
        assert!(plan.hops.len() == 1 && role_of(&plan).ends_with("pod"));
        assert_eq!(plan.source_name.as_deref(), Some(":web-identity"));
    }
    assert_eq!(plan(&["arn:aws:iam::123456789012:role/other"]).hops.len(), 2);
    // The web identity of the environment has no effect on a profile that the user names.
    let named = Given { args: &["base"], vars: &EKS, config: BASE, ..Given::default() }.is();
    assert!(matches!(named.source, Source::Profile { .. }));
}

#[test]
fn the_container_and_the_instance_are_asked_only_when_a_setting_names_them() {
    let role = "arn:aws:iam::123456789012:role/r";
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x")];
    let plan = Given { args: &[role], vars: &container, config: "", ..Given::default() }.is();
    assert!(matches!(plan.source, Source::Container(_)) && plan.source_name.as_deref() == Some(":container"));
    assert!(matches!(given(&[role], "").fails(), Error::NoSource { .. }));
    let instance = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")];
    let plan = Given { args: &[role], vars: &instance, config: "", ..Given::default() }.is();
    assert!(matches!(plan.source, Source::Instance(_)));
    let off = [instance[0], ("AWS_EC2_METADATA_DISABLED", "true")];
    assert!(matches!(
        Given { args: &[role], vars: &off, config: "", ..Given::default() }.fails(),
        Error::NoSource { .. }
    ));
    let profile = format!("[profile p]\nrole_arn = {role}\ncredential_source = Ec2InstanceMetadata\n");
    assert!(matches!(given(&["p"], &profile).is().source, Source::Instance(_)));
    assert!(matches!(
        Given { args: &["p"], vars: &off, config: &profile, ..Given::default() }.fails(),
        Error::InstanceOff { .. }
    ));
    let ecs = "[profile p]\ncredential_source = EcsContainer\n";
    assert!(matches!(given(&["p"], ecs).fails(), Error::NoContainer { .. }));
    assert!(Given { args: &["p"], vars: &container, config: ecs, ..Given::default() }.is().hops.is_empty());
    let chosen = [container[0], instance[0]];
    let plan = Given {
        args: &["--source-profile", ":instance", role],
        vars: &chosen,
        config: "",
        ..Given::default()
    }
    .is();
    assert!(matches!(plan.source, Source::Instance(_)));
}

#[test]
fn a_role_without_a_user_takes_no_mfa_code() {
    let role =
        "role_arn = arn:aws:iam::123456789012:role/r\nmfa_serial = arn:aws:iam::123456789012:mfa/ann\n";
    let config = format!("{SSO}[profile p]\n{role}source_profile = dev\n");
    let error =
        Given { args: &["p"], vars: &[("HOME", "/home/ann")], config: &config, ..Given::default() }.fails();
    assert!(matches!(error, Error::MfaNotOfUser { .. }), "{}", error.report().message());
    // A device that only the source profile names is not used, as in the AWS CLI; it is kept for a message.
    let config = format!(
        "{BASE}mfa_serial = arn:aws:iam::123456789012:mfa/ann\n\
         [profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n"
    );
    let plan = given(&["p"], &config).is();
    assert!(plan.mfa().is_none() && first(&plan).unasked_mfa.is_some());
}

#[test]
fn an_included_profile_adds_settings() {
    let config = format!(
        "{BASE}region = eu-west-1\nmfa_serial = arn:aws:iam::123456789012:mfa/ann\n\
         [profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n\
         include_profile = common\n\
         [profile common]\ninclude_profile = base\nduration_seconds = 1800\n\
         role_arn = arn:aws:iam::123456789012:role/x\n"
    );
    let plan = given(&["p"], &config).is();
    assert!(role_of(&plan).ends_with("/r") && plan.mfa().is_some() && plan.hops[0].life() == 1800);
    assert_eq!(plan.region.as_ref().unwrap().value, "eu-west-1");
    // Access keys are never included.
    let alone = given(&["c"], &format!("{BASE}[profile c]\ninclude_profile = base\n")).fails();
    assert!(matches!(alone, Error::NoCredentials { .. }), "{}", alone.report().message());
    for (config, part) in [
        ("[profile p]\ninclude_profile = nosuch\n", "the profile nosuch"),
        ("[profile p]\ninclude_profile = q\n[profile q]\ninclude_profile = p\n", "p → q → p"),
    ] {
        let report = given(&["p"], config).fails().report().message();
        assert!(report.contains(part) && report.contains("config:"), "{report}");
    }
}

#[test]
fn the_global_address_of_sts_is_asked_only_for_legacy() {
    let profile = |more: &str| {
        format!(
            "{BASE}[profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n{more}"
        )
    };
    let url = |more: &str| {
        let sts = given(&["p"], &profile(more)).is().sts;
        (sts.url.value, sts.region.value)
    };
    let legacy = "sts_regional_endpoints = legacy\n";
    assert_eq!(
        url(&format!("{legacy}region = eu-west-1\n")),
        ("https://sts.amazonaws.com".into(), "us-east-1".into())
    );
    assert_eq!(url(&format!("{legacy}region = ap-east-1\n")).1, "ap-east-1");
    assert_eq!(url("sts_regional_endpoints = regional\nregion = eu-west-1\n").1, "eu-west-1");
    let error = given(&["p"], &profile("sts_regional_endpoints = old\n")).fails();
    assert!(matches!(error, Error::Invalid(InvalidValue { rule: Rule::RegionalEndpoints, .. })));
}

#[test]
fn a_known_account_is_compared_before_the_network() {
    let vars = [("HOME", "/home/ann")];
    let error = Given {
        args: &["dev", "--expect-account", "210987654321"],
        vars: &vars,
        config: SSO,
        ..Given::default()
    }
    .fails();
    assert!(matches!(error, Error::UnexpectedAccount(_)), "{}", error.report().message());
    let later = given(&["base", "--expect-account", "210987654321"], BASE).is();
    assert!(later.account().is_none() && later.expected_account.is_some());
}

/// `test` is an access key id of services that imitate AWS, and is sent to their own addresses only.
#[test]
fn a_short_access_key_id_is_sent_to_a_configured_address_only() {
    let role = "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = s\n\
                [profile s]\naws_access_key_id = test\naws_secret_access_key = test\n";
    let check = |vars: &[(&str, &str)], config: &str| {
        let plan = Given { args: &["p"], config, vars, ..Given::default() }.is();
        plan.check_keys(plan.source.known_keys().unwrap())
    };
    assert!(matches!(check(&[], role), Err(Error::ShortKeyId { .. })));
    assert!(check(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")], role).is_ok());
    assert!(check(&[], &role.replace("id = test", "id = AKIABASE000000000000")).is_ok());
}
