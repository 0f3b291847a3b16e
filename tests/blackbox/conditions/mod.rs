//! One condition of the program at a time: each test fails when that condition is removed or inverted, and
//! its name is the rule that the condition enforces.

mod base;
mod environment;
mod flags;
mod lost_answers;
mod output;
mod own_keys;
mod renewal;
mod reuse;
mod sources;
mod token_file;

use super::harness::{Case, ROLE, USER, world};
use crate::support::Role;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;

/// The standard case, with a role that allows tags and a source identity.
fn restrictable() -> Case {
    let role = Role::new(ROLE).trusts(USER).s3_full().max_duration(43200);
    Case::in_world(world().role(role.allows_tags().allows_source_identity()))
}

/// The key id that a command gets with these arguments.
#[track_caller]
fn key_id(case: &Case, args: &[&str]) -> String {
    case.run([args, &["--", "env", "-0"]].concat()).env()["AWS_ACCESS_KEY_ID"].clone()
}
