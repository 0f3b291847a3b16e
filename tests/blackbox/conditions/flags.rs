//! What is typed beats what the profile says, and reaches the session that was meant.

use super::super::harness::{ACCOUNT, Case, USER, role_arn, world};
use super::restrictable;
use crate::support::Role;

#[test]
fn the_account_that_is_typed_beats_that_of_the_profile() {
    let other = "210987654321";
    let case = Case::new().more_config(&format!("expected_account = {other}\n"));
    case.run(["--expect-account", ACCOUNT, "s3"]).succeeded();
    let case = Case::new().more_config(&format!("expected_account = {ACCOUNT}\n"));
    case.run(["--expect-account", other, "s3"]).failed(1, &[ACCOUNT, other]);
    case.nothing_was_asked();
}

/// STS does not tell tag keys apart by case.
#[test]
fn a_tag_that_is_typed_beats_that_of_the_profile_whatever_its_case() {
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

/// Refused or renewed: the held name is that of the held role alone.
#[test]
fn the_name_of_the_held_session_is_not_given_to_one_of_another_role() {
    let other = role_arn("other");
    let case = Case::in_world(world().role(Role::new(&other).trusts(USER))).holding(["-n", "ann", "s3"]);
    let case = case.config(format!("[profile s3]\nrole_arn = {other}\nsource_profile = base\n"));
    case.run::<&str>([]);
    for made in case.sts.requests().iter().filter(|made| made.param("RoleArn") == other) {
        assert_ne!(made.param("RoleSessionName"), "ann");
    }
}
