//! The output of `--whoami`: the identity of a session, for a person or as JSON.

use crate::aws::sts::Identity;
use crate::common::text;

/// A table for a person. No value can steer the terminal.
pub fn table(identity: &Identity) -> String {
    let Identity { account, arn, user_id } = identity;
    let rows = [("account", account), ("arn", arn), ("user id", user_id)];
    rows.map(|(name, value)| format!("{name:<9}{}\n", text::clean(value))).concat()
}

/// JSON with the members of `aws sts get-caller-identity`.
pub fn json(identity: &Identity) -> String {
    let Identity { account, arn, user_id } = identity;
    text::json(&serde_json::json!({ "UserId": user_id, "Account": account, "Arn": arn }))
}
