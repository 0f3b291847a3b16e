//! Session policies: what may be asked to narrow a session, and how much room it takes. They are checked and
//! kept, not evaluated.

use serde_json::Value;

use super::params::{Constraints, Params, members};
use super::role::{Role, RoleArn};
use super::sts::Refusal;

/// The most characters of a session policy, and the room for policy, ARNs and tags when packed.
const POLICY_LIMIT: usize = 2048;
const PACKED_LIMIT: usize = 4096;

/// What a request asks to narrow its session by.
pub struct SessionPolicy {
    pub document: Option<String>,
    pub arns: Vec<String>,
}

impl SessionPolicy {
    /// Reads `Policy` and `PolicyArns`.
    pub fn read(params: &Params, wrong: &mut Constraints) -> Result<Self, Refusal> {
        let arns = members(params, "PolicyArns", Some("arn"))?;
        wrong.at_most(10, arns.len(), "policyArns");
        Ok(Self { document: params.get("Policy").cloned(), arns })
    }

    /// How full the policy space is, in percent, together with so many bytes of tags. AWS does not tell how
    /// it packs; here the policy has its documented limit and everything together has twice that.
    pub fn packed_size(&self, role: &Role, tags: usize) -> Result<usize, Refusal> {
        let policy = self.document.as_deref().unwrap_or("");
        let arns: usize = self.arns.iter().map(String::len).sum();
        let alone = (policy.chars().count() * 100).div_ceil(POLICY_LIMIT);
        let together = ((policy.len() + arns + tags) * 100).div_ceil(PACKED_LIMIT);
        let percent = alone.max(together);
        if percent > 100 {
            return Err(Refusal::new(
                400,
                "PackedPolicyTooLarge",
                format!("Packed policy consumes {percent}% of allotted space, please use smaller policy."),
            ));
        }
        if let Some(policy) = &self.document {
            check_policy(policy)?;
        }
        for arn in &self.arns {
            check_policy_arn(arn, role)?;
        }
        Ok(percent)
    }
}

/// A session policy must be a JSON object with a known version and statements.
fn check_policy(policy: &str) -> Result<(), Refusal> {
    let malformed = |message: &str| Refusal::new(400, "MalformedPolicyDocument", message);
    let document: Value =
        serde_json::from_str(policy).map_err(|_| malformed("The policy is not in the valid JSON format."))?;
    let version = document.get("Version").and_then(Value::as_str);
    let statements = match document.get("Statement") {
        Some(Value::Array(list)) => !list.is_empty() && list.iter().all(Value::is_object),
        Some(statement) => statement.is_object(),
        None => false,
    };
    match statements && matches!(version, Some("2012-10-17" | "2008-10-17")) {
        true => Ok(()),
        false => Err(malformed("Syntax errors in policy.")),
    }
}

/// A managed policy must be AWS's own or the role's account's, in the role's partition.
fn check_policy_arn(arn: &str, role: &Role) -> Result<(), Refusal> {
    let RoleArn { partition, account, .. } = role.parsed();
    let named = ["aws", account].iter().any(|owner| {
        arn.strip_prefix(&format!("arn:{partition}:iam::{owner}:policy/"))
            .is_some_and(|name| !name.is_empty())
    });
    match named {
        true => Ok(()),
        false => Err(Refusal::validation(format!("ARN {arn} is not valid."))),
    }
}
