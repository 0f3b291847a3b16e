//! The STS actions AssumeRole, GetCallerIdentity and GetSessionToken, by the STS API reference and
//! by what the real service answers where the reference is silent. Input is a proven caller (none for
//! [`web_identity`]) and the request's parameters; output is a document or a refusal. Permissions are checked before
//! durations and policies, and an MFA code is burnt as soon as it is looked at, as on AWS.

use std::collections::{BTreeMap, BTreeSet};

use super::caller::{Caller, Rejected};
use super::params::{Constraints, Params, check_names, members};
use super::policy::SessionPolicy;
use super::role::{Role, RoleArn};
use super::session::{Grant, Session};
use super::web_identity;
use super::world::{MfaFailure, World};
use super::xml::element;

const VERSION: &str = "2011-06-15";
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// An error answer: of STS, or in the same form of S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    pub fn over_the_roles_maximum() -> Self {
        Self::validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    }

    fn parameter(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterValue", message)
    }
}

/// STS's words for a request that is not believed.
pub fn refusal(rejected: Rejected) -> Refusal {
    let no_match = |message: String| Refusal::new(403, "SignatureDoesNotMatch", message);
    match rejected {
        Rejected::Unsigned => {
            Refusal::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        }
        Rejected::Malformed(why) => Refusal::new(403, "IncompleteSignature", why),
        Rejected::Scope(why) | Rejected::Skewed(why) => no_match(why),
        Rejected::Uncovered | Rejected::WrongSignature | Rejected::WrongBodyHash => no_match(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service \
             documentation for details."
                .into(),
        ),
        Rejected::UnknownKey | Rejected::WrongToken => Refusal::new(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ),
        Rejected::Expired => {
            Refusal::new(403, "ExpiredToken", "The security token included in the request is expired")
        }
        Rejected::RegionDisabled(account) => Refusal::new(
            403,
            "RegionDisabledException",
            format!(
                "STS is not activated in this region for account:{account}. Your account \
                 administrator can activate STS in this region using the IAM Console."
            ),
        ),
    }
}

/// Carries out a request. The document lacks nothing but the request id, which is given.
pub fn answer(
    world: &mut World,
    caller: Option<&Caller>,
    params: &Params,
    request_id: &str,
) -> Result<String, Refusal> {
    let action = params.get("Action").map_or("", String::as_str);
    let version = params.get("Version").map_or("NO_VERSION_SPECIFIED", String::as_str);
    let result = match (action, version, caller) {
        ("AssumeRole", VERSION, Some(caller)) => assume_role(world, caller, params)?,
        ("AssumeRoleWithWebIdentity", VERSION, _) => web_identity::assume_role(world, params)?,
        ("GetCallerIdentity", VERSION, Some(caller)) => get_caller_identity(caller, params)?,
        ("GetSessionToken", VERSION, Some(caller)) => get_session_token(world, caller, params)?,
        _ => {
            let message = format!("Could not find operation {action} for version {version}");
            return Err(Refusal::new(400, "InvalidAction", message));
        }
    };
    Ok(format!(
        "<{action}Response xmlns=\"{NAMESPACE}\">\n  <{action}Result>\n{result}  \
         </{action}Result>\n  <ResponseMetadata>\n    {}\n  </ResponseMetadata>\n\
         </{action}Response>\n",
        element("RequestId", request_id)
    ))
}

fn get_caller_identity(caller: &Caller, params: &Params) -> Result<String, Refusal> {
    check_names(params, &[])?;
    Ok(format!(
        "    {}\n    {}\n    {}\n",
        element("Arn", &caller.arn),
        element("UserId", &caller.user_id),
        element("Account", &caller.account)
    ))
}

fn get_session_token(world: &mut World, caller: &Caller, params: &Params) -> Result<String, Refusal> {
    check_names(params, &["DurationSeconds", "SerialNumber", "TokenCode"])?;
    let mut wrong = Constraints::default();
    let duration = wrong.duration(params, 43200, 129_600)?;
    wrong.mfa(params);
    wrong.result()?;
    if caller.session.is_some() {
        return Err(Refusal::denied("Cannot call GetSessionToken with session credentials"));
    }
    let mfa = spend_mfa_code(world, caller, params)?;
    let session = world.issue(Grant {
        issued_to: caller.key_id.clone(),
        principal: caller.principal.clone(),
        arn: caller.arn.clone(),
        account: caller.account.clone(),
        user_id: caller.user_id.clone(),
        duration,
        mfa,
        source_identity: None,
        tags: BTreeMap::new(),
        transitive_keys: BTreeSet::new(),
        policy: None,
        policy_arns: Vec::new(),
    });
    Ok(credentials(&session))
}

fn assume_role(world: &mut World, caller: &Caller, params: &Params) -> Result<String, Refusal> {
    let asked = AssumeRole::read(params)?;
    let code_given = spend_mfa_code(world, caller, params)?;
    let role = asked.authorize(world, caller, code_given)?;
    let identity = asked.source_identity(caller, &role)?;
    let (tags, transitive_keys) = asked.tags(caller, &role)?;
    asked.check_duration(caller, &role)?;
    let tag_bytes = tags.iter().map(|(key, value)| key.len() + value.len()).sum();
    let packed = asked.policy.packed_size(&role, tag_bytes)?;
    let session = world.issue(Grant {
        source_identity: identity,
        tags,
        transitive_keys,
        policy: asked.policy.document,
        policy_arns: asked.policy.arns,
        ..Grant::of_role(&role.arn, &asked.session_name, asked.duration, &caller.key_id)
    });
    let mut result = assumed_role_user(&session) + &credentials(&session);
    if let Some(identity) = &session.grant.source_identity {
        result.push_str(&format!("    {}\n", element("SourceIdentity", identity)));
    }
    Ok(result + &packed_policy_size(packed))
}

/// The element that names a role's session.
pub(super) fn assumed_role_user(session: &Session) -> String {
    format!(
        "    <AssumedRoleUser>\n      {}\n      {}\n    </AssumedRoleUser>\n",
        element("AssumedRoleId", &session.grant.user_id),
        element("Arn", &session.grant.arn)
    )
}

/// The element that says how full the policy space is; nothing when nothing was asked for.
pub(super) fn packed_policy_size(percent: usize) -> String {
    match percent {
        0 => String::new(),
        percent => format!("    {}\n", element("PackedPolicySize", &percent.to_string())),
    }
}

/// The element that holds the keys.
pub(super) fn credentials(session: &Session) -> String {
    format!(
        "    <Credentials>\n      {}\n      {}\n      {}\n      {}\n    </Credentials>\n",
        element("AccessKeyId", &session.access_key_id),
        element("SecretAccessKey", &session.secret_access_key),
        element("SessionToken", &session.session_token),
        element("Expiration", &session.expiration())
    )
}

/// Burns the code that a request carries. False when it carries none.
fn spend_mfa_code(world: &mut World, caller: &Caller, params: &Params) -> Result<bool, Refusal> {
    const UNKNOWN_DEVICE: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  \
        Please verify your MFA serial number is valid and associated with this user.";
    let (serial, code) = match (params.get("SerialNumber"), params.get("TokenCode")) {
        (None, None) => return Ok(false),
        (Some(serial), Some(code)) => (serial, code),
        _ => {
            return Err(Refusal::denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one \
                 time pass code.",
            ));
        }
    };
    if caller.session.is_some() {
        return Err(Refusal::denied(UNKNOWN_DEVICE));
    }
    match world.spend_mfa_code(&caller.arn, serial, code) {
        Ok(()) => Ok(true),
        Err(MfaFailure::UnknownDevice) => Err(Refusal::denied(UNKNOWN_DEVICE)),
        Err(MfaFailure::WrongCode) => {
            Err(Refusal::denied("MultiFactorAuthentication failed with invalid MFA one time pass code."))
        }
    }
}

/// An AssumeRole request whose parameters are sound by themselves.
struct AssumeRole {
    role_arn: String,
    session_name: String,
    duration: i64,
    external_id: Option<String>,
    source_identity: Option<String>,
    policy: SessionPolicy,
    tags: Vec<(String, String)>,
    transitive_keys: Vec<String>,
}

impl AssumeRole {
    fn read(params: &Params) -> Result<Self, Refusal> {
        check_names(
            params,
            &[
                "RoleArn",
                "RoleSessionName",
                "DurationSeconds",
                "ExternalId",
                "SerialNumber",
                "TokenCode",
                "SourceIdentity",
                "Policy",
                "PolicyArns",
                "PolicyArns.member.#.arn",
                "Tags",
                "Tags.member.#.Key",
                "Tags.member.#.Value",
                "TransitiveTagKeys",
                "TransitiveTagKeys.member.#",
            ],
        )?;
        let mut wrong = Constraints::default();
        wrong.role_and_session_name(params);
        wrong.text(params, "ExternalId", 2, 1224, Some("[\\w+=,.@:\\/-]*"));
        wrong.text(params, "SourceIdentity", 2, 64, Some("[\\w+=,.@-]*"));
        wrong.mfa(params);
        let duration = wrong.duration(params, 3600, 43200)?;
        let policy = SessionPolicy::read(params, &mut wrong)?;
        let tags = read_tags(params, &mut wrong)?;
        let transitive_keys = members(params, "TransitiveTagKeys", None)?;
        wrong.at_most(50, transitive_keys.len(), "transitiveTagKeys");
        wrong.result()?;

        let given = |name: &str| params.get(name).cloned();
        let role_arn = given("RoleArn").unwrap_or_default();
        if RoleArn::parse(&role_arn).is_none() {
            return Err(Refusal::validation(format!("{role_arn} is invalid")));
        }
        Ok(Self {
            role_arn,
            session_name: given("RoleSessionName").unwrap_or_default(),
            duration,
            external_id: given("ExternalId"),
            source_identity: given("SourceIdentity"),
            policy,
            tags,
            transitive_keys,
        })
    }

    fn denied(&self, caller: &Caller, action: &str) -> Refusal {
        let (caller, role) = (&caller.arn, &self.role_arn);
        Refusal::denied(format!("User: {caller} is not authorized to perform: {action} on resource: {role}"))
    }

    /// The role, if it exists and its trust lets this caller in. Which of the two failed is not
    /// told, as on AWS.
    fn authorize(&self, world: &World, caller: &Caller, code_given: bool) -> Result<Role, Refusal> {
        let session = caller.session.as_ref();
        let with_mfa = code_given || session.is_some_and(|session| session.grant.mfa);
        world
            .find_role(&self.role_arn)
            .filter(|role| role.trusted.iter().any(|trusted| caller.is(trusted)))
            .filter(|role| role.external_id.is_none() || role.external_id == self.external_id)
            .filter(|role| with_mfa || !role.requires_mfa)
            .cloned()
            .ok_or_else(|| self.denied(caller, "sts:AssumeRole"))
    }

    /// The session's source identity. One that the caller has already stays, and needs the next
    /// role's permission just as a new one does.
    fn source_identity(&self, caller: &Caller, role: &Role) -> Result<Option<String>, Refusal> {
        let held = caller.session.as_ref().and_then(|session| session.grant.source_identity.clone());
        let changed = held.is_some() && self.source_identity.is_some() && held != self.source_identity;
        let identity = held.or_else(|| self.source_identity.clone());
        if changed || (identity.is_some() && !role.allows_source_identity) {
            return Err(self.denied(caller, "sts:SetSourceIdentity"));
        }
        Ok(identity)
    }

    /// The session's tags and which of them go on to the next role: those asked for and those
    /// inherited from the caller's session.
    fn tags(
        &self,
        caller: &Caller,
        role: &Role,
    ) -> Result<(BTreeMap<String, String>, BTreeSet<String>), Refusal> {
        let mut tags = BTreeMap::new();
        let mut transitive = BTreeSet::new();
        if let Some(session) = &caller.session {
            transitive.clone_from(&session.grant.transitive_keys);
            tags.extend(session.grant.tags.clone());
            tags.retain(|key, _| transitive.contains(key));
        }
        let inherited = |key: &str| transitive.iter().any(|held| held.to_lowercase() == key.to_lowercase());
        if self.tags.iter().any(|(key, _)| inherited(key)) {
            return Err(Refusal::parameter(
                "One of the specified transitive tag keys can't be set because it conflicts with \
                 a transitive tag key from the calling session.",
            ));
        }
        tags.extend(self.tags.iter().cloned());
        if self.transitive_keys.iter().any(|key| !tags.contains_key(key)) {
            return Err(Refusal::parameter(
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
        transitive.extend(self.transitive_keys.iter().cloned());
        if !tags.is_empty() && !role.allows_tags {
            return Err(self.denied(caller, "sts:TagSession"));
        }
        Ok((tags, transitive))
    }

    fn check_duration(&self, caller: &Caller, role: &Role) -> Result<(), Refusal> {
        if caller.session.is_some() && self.duration > 3600 {
            return Err(Refusal::validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles \
                 assumed by role chaining.",
            ));
        }
        if self.duration > role.max_duration {
            return Err(Refusal::over_the_roles_maximum());
        }
        Ok(())
    }
}

fn read_tags(params: &Params, wrong: &mut Constraints) -> Result<Vec<(String, String)>, Refusal> {
    let keys = members(params, "Tags", Some("Key"))?;
    let values = members(params, "Tags", Some("Value"))?;
    wrong.at_most(50, keys.len(), "tags");
    for (index, key) in keys.iter().enumerate() {
        let place = format!("tags.{}.member.key", index + 1);
        wrong.length(key, &place, 1, 128);
        wrong.tag_characters(key, &place, "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+");
    }
    for (index, value) in values.iter().enumerate() {
        let place = format!("tags.{}.member.value", index + 1);
        wrong.length(value, &place, 0, 256);
        wrong.tag_characters(value, &place, "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*");
    }
    if keys.len() != values.len() {
        return Err(Refusal::validation("a tag needs a key and a value"));
    }
    let lower = keys.iter().map(|key| key.to_lowercase());
    if lower.clone().any(|key| key.starts_with("aws:")) {
        return Err(Refusal::parameter("Tag keys that begin with aws: are reserved for system use."));
    }
    if lower.collect::<BTreeSet<_>>().len() != keys.len() {
        return Err(Refusal::parameter(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ));
    }
    Ok(keys.into_iter().zip(values).collect())
}
