//! Which keys and addresses win when the environment has several.

use super::super::harness::{Case, Env, KEY_ID, ROLE, SECRET, role, role_arn, world};
use crate::support::{Container, Recorded, Role};

/// Roles: `other`, which the user assumes, and `far`, which `other` assumes.
fn case() -> Case {
    let far = Role::new(&role_arn("far")).trusts(&role_arn("other"));
    Case::in_world(world().role(role("other")).role(far))
        .more_config(&format!("[profile other]\nrole_arn = {}\nsource_profile = base\n", role_arn("other")))
}

const TOKEN_HEADER: &str = "x-amz-security-token";
const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

#[track_caller]
fn last(case: &Case) -> Recorded {
    case.sts.requests().pop().expect("a request was made")
}

/// The temporary keys of the role `other`.
fn of_other(case: &Case) -> Env {
    let mut env = case.run(["other", "--", "env", "-0"]).env();
    env.retain(|name, _| KEYS.contains(&name.as_str()));
    env
}

/// Long-lived keys have no token: a token in the environment is that of an earlier session.
#[test]
fn the_token_of_a_session_is_not_sent_with_the_users_own_keys() {
    let case = case().holding(["s3"]).var("AWS_ACCESS_KEY_ID", KEY_ID).var("AWS_SECRET_ACCESS_KEY", SECRET);
    assert!(case.value("AWS_SESSION_TOKEN").is_some());
    case.run([ROLE]).succeeded();
    let made = last(&case);
    assert_eq!((made.key_id.as_deref(), made.header(TOKEN_HEADER)), (Some(KEY_ID), None));
    assert_eq!(made.status, 200);
    // --clear removes the token with the labels.
    let after = case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#).env();
    assert_eq!((&*after["AWS_ACCESS_KEY_ID"], &*after["AWS_SECRET_ACCESS_KEY"]), (KEY_ID, SECRET));
    assert!(!after.contains_key("AWS_SESSION_TOKEN"));
}

#[test]
fn temporary_keys_that_replaced_those_of_a_session_are_used_with_their_token() {
    let case = case().holding(["s3"]);
    let own = of_other(&case);
    let case = own.iter().fold(case, |case, (name, value)| case.var(name, value));
    case.run([&*role_arn("far")]).succeeded();
    let made = last(&case);
    assert_eq!(made.key_id.as_ref(), own.get("AWS_ACCESS_KEY_ID"));
    assert_eq!(made.header(TOKEN_HEADER), own.get("AWS_SESSION_TOKEN").map(String::as_str));
    let after = case.shell("dash", r#"eval "$(assume-env --clear)" && env -0"#).env();
    for name in KEYS {
        assert_eq!(after.get(name), own.get(name), "{name}");
    }
}

/// As in botocore.
#[test]
fn the_older_name_of_the_token_wins() {
    let case = case();
    let own = of_other(&case);
    let (good, bad) = (&own["AWS_SESSION_TOKEN"], "TEST//token+of+another==");
    let case = own.iter().fold(case, |case, (name, value)| case.var(name, value));
    let far = role_arn("far");
    for (older, newer, sent) in
        [(&**good, bad, &**good), (bad, good, bad), (good, "", good), ("", good, good)]
    {
        let case_vars = [("AWS_SECURITY_TOKEN", older), ("AWS_SESSION_TOKEN", newer)];
        let mut command = case.assume_env([&*far]);
        command.envs(case_vars);
        let outcome = super::super::harness::finish(command);
        assert_eq!(outcome.status.code(), Some(i32::from(sent == bad)), "{}", outcome.stderr);
        assert_eq!(last(&case).header(TOKEN_HEADER), Some(sent));
    }
}

/// As in the SDKs: the address of ECS wins over any other.
#[test]
fn the_relative_address_of_a_container_wins_over_a_full_one() {
    let (relative, full) = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    let case = Case::new().config("[profile task]\ncredential_source = EcsContainer\n").credentials("");
    let container = Container::http(&case.sts, &role_arn("task"));
    let case = case.var(full, container.uri()).var(relative, "/v2/credentials");
    let plan = case.run(["--explain", "task"]);
    assert!(plan.succeeded().contains(relative) && !plan.out().contains(full), "{}", plan.out());
    let plan = case.without(relative).run(["--explain", "task"]).succeeded().to_owned();
    assert!(plan.contains(full), "{plan}");
}

/// aws-global is not a region of AWS: its requests are signed for us-east-1.
#[test]
fn the_global_region_is_signed_for_us_east_1() {
    let by_variable = Case::new().var("AWS_REGION", "aws-global");
    let by_profile = Case::new().more_config("region = aws-global\n");
    let old = Case::new().var("AWS_REGION", "aws-global").var("AWS_STS_REGIONAL_ENDPOINTS", "legacy");
    for (case, args) in [
        (by_variable, &["s3"][..]),
        (by_profile, &["s3"]),
        (old, &["s3"]),
        (Case::new(), &["-r", "aws-global", "s3"]),
    ] {
        case.run(args).succeeded();
        let made = case.request();
        assert_eq!((made.region.as_deref(), made.status), (Some("us-east-1"), 200), "{args:?}");
    }
}
