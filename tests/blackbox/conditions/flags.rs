//! A flag wins over the profile, and has its effect on the named session only.

use super::super::harness::{ACCOUNT, Case, USER, role_arn, world};
use super::restrictable;
use crate::support::Role;

#[test]
fn the_account_of_the_flag_wins_over_that_of_the_profile() {
    let other = "210987654321";
    let case = Case::new().more_config(&format!("expected_account = {other}\n"));
    case.run(["--expect-account", ACCOUNT, "s3"]).succeeded();
    let case = Case::new().more_config(&format!("expected_account = {ACCOUNT}\n"));
    case.run(["--expect-account", other, "s3"]).failed(1, &[ACCOUNT, other]);
    case.nothing_was_asked();
}

/// STS accepts no two tag keys that differ only in case.
#[test]
fn the_tag_of_the_flag_wins_over_that_of_the_profile_in_any_case() {
    let case = restrictable().more_config("session_tags = team=a, env=x\n");
    case.run(["--tag", "TEAM=b", "s3"]).succeeded();
    let made = case.request();
    let tags = |part: &str| -> Vec<String> {
        (1..=3).map(|number| made.param(&format!("Tags.member.{number}.{part}")).to_owned()).collect()
    };
    assert_eq!(
        (tags("Key"), tags("Value")),
        (vec!["env".into(), "TEAM".into(), String::new()], vec!["x".into(), "b".into(), String::new()])
    );
}

/// The renewal can fail or succeed, but the name of the held session is only for the held role.
#[test]
fn a_session_of_another_role_does_not_get_the_held_session_name() {
    let other = role_arn("other");
    let case = Case::in_world(world().role(Role::new(&other).trusts(USER))).holding(["-n", "ann", "s3"]);
    let case = case.config(format!("[profile s3]\nrole_arn = {other}\nsource_profile = base\n"));
    case.run::<&str>([]);
    for made in case.sts.requests().iter().filter(|made| made.param("RoleArn") == other) {
        assert_ne!(made.param("RoleSessionName"), "ann");
    }
}
