//! The explanation as JSON.

use serde_json::{Map, Value, json};

use crate::acquire::reuse::{NotReusable, Reuse};
use crate::aws::providers;
use crate::commands::explain::model::Explanation;
use crate::common::duration::SessionLength;
use crate::common::origin::Located;
use crate::common::report::Diagnostic as _;
use crate::common::text;
use crate::common::variables::Name;
use crate::plan::source::Source;
use crate::plan::{Hop, RoleHop};

/// The document.
pub fn json(explanation: &Explanation<'_>) -> String {
    let plan = explanation.plan;
    let located = |value: &Located<String>| json!({"value": value.value, "from": value.origin.to_string()});
    let length = |length: &Located<SessionLength>| json!({"value": length.value.seconds(), "from": length.origin.to_string()});
    let role = |action: &str, hop: &RoleHop| {
        json!({
            "action": action,
            "profile": hop.profile,
            "role_arn": {"value": hop.role.value.as_str(), "from": hop.role.origin.to_string()},
            "session_name": located(&hop.session_name),
            "duration_seconds": hop.duration.as_ref().map(length),
            "external_id": hop.external_id.as_ref().map(located),
            "policy": hop.session_policy.policy.as_ref().map(located),
            "policy_arns": hop.session_policy.policy_arns.iter().map(located).collect::<Vec<Value>>(),
            "tags": hop.session_policy.tags.iter().map(|tag| {
                json!({"key": tag.value.key, "value": tag.value.value, "from": tag.origin.to_string()})
            }).collect::<Vec<Value>>(),
            "transitive_tags": hop.session_policy.transitive.iter().map(located).collect::<Vec<Value>>(),
            "source_identity": hop.session_policy.source_identity.as_ref().map(located),
            "narrowed": hop.session_policy.fingerprint(),
            "mfa_serial": hop.mfa.as_ref().map(|mfa| located(&mfa.serial)),
            "mfa_code": hop.mfa.as_ref().map(|mfa| mfa.code.to_string()),
            "region": located(&plan.sts.region),
            "endpoint": located(&plan.sts.url),
        })
    };
    let hop = |hop: &Hop| match hop {
        Hop::Role(of) => role(hop.action(), of),
        Hop::Session(of) => json!({
            "action": hop.action(),
            "only_for_long_lived_keys": of.only_for_long_lived,
            "duration_seconds": of.duration.as_ref().map(length),
            "mfa_serial": of.mfa.as_ref().map(|mfa| located(&mfa.serial)),
            "mfa_code": of.mfa.as_ref().map(|mfa| mfa.code.to_string()),
            "region": located(&plan.sts.region),
            "endpoint": located(&plan.sts.url),
        }),
    };
    let object = |pairs: &[(Name, String)]| -> Map<String, Value> {
        pairs.iter().map(|(name, value)| (name.to_string(), json!(value))).collect()
    };
    let why_not = match explanation.reuse {
        Reuse::Use(_) => None,
        Reuse::No(why) => Some(why),
    };
    let document = json!({
        "role": plan.role_as_typed,
        "role_arn": plan.role().map(|hop| hop.role.value.as_str()),
        "account": plan.account(),
        "expected_account": plan.expected_account.as_ref().map(located),
        "source": source_json(&plan.source),
        "problem": providers::check(&plan.source).err().map(|error| error.report().headline),
        "hops": plan.hops.iter().map(hop).collect::<Vec<Value>>(),
        "session_region": plan.region.as_ref().map(located),
        "reuse": {
            "reused": matches!(explanation.reuse, Reuse::Use(_)),
            "why_not": why_not.map(NotReusable::to_string),
        },
        "set": explanation.sets,
        "unset": explanation.unsets,
        "given_back": object(&explanation.restored),
        "settings": plan.settings.passed.iter().map(|setting| (setting.name.to_string(), located(&setting.value)))
            .collect::<Map<String, Value>>(),
        "restored_by_clear": object(&explanation.saved),
        "refresh": explanation.hidden.as_ref().map(|hidden| json!({
            "hidden": {
                "credentials_file": hidden.credentials.as_ref().map(located),
                "config_file": hidden.config.as_ref().map(located),
            },
            "region_of_default": hidden.region.as_ref().map(located),
        })),
        "warnings": explanation.warnings,
    });
    text::json(&document)
}

fn source_json(source: &Source) -> Value {
    let profile = match source {
        Source::Held { label, .. } => Some(label.as_str()),
        source => source.profile(),
    };
    let mut json = json!({"kind": source.kind(), "profile": profile, "description": source.to_string()});
    match source {
        Source::Sso(sso) => {
            json["account_id"] = json!(sso.account.value);
            json["role_name"] = json!(sso.role.value);
            json["session"] = json!(sso.session);
            json["region"] = json!(sso.region.value);
            json["start_url"] = json!(sso.start_url.value);
            json["endpoint"] = json!(sso.portal.value);
        }
        Source::WebIdentity { token_file, .. } => json["token_file"] = json!(token_file.value),
        Source::Instance(instance) => json["endpoint"] = json!(instance.endpoint.value),
        _ => {}
    }
    json
}
