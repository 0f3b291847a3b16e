//! The STS actions AssumeRole, GetCallerIdentity and GetSessionToken, by the STS API reference and
//! by what the real service answers where the reference is silent. Input is a proven caller and
//! the request's parameters; output is a document or a refusal. Permissions are checked before
//! durations and policies, and an MFA code is burnt as soon as it is looked at, as on AWS.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::caller::{Caller, Rejected};
use super::world::{Grant, MfaFailure, Principal, Role, RoleArn, Session, World};
use super::xml::element;

const VERSION: &str = "2011-06-15";
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The most characters of a session policy, and the room for policy, ARNs and tags when packed.
const POLICY_LIMIT: usize = 2048;
const PACKED_LIMIT: usize = 4096;

type Params = BTreeMap<String, String>;

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

    fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
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
    caller: &Caller,
    params: &Params,
    request_id: &str,
) -> Result<String, Refusal> {
    let action = params.get("Action").map_or("", String::as_str);
    let version = params.get("Version").map_or("NO_VERSION_SPECIFIED", String::as_str);
    let result = match (action, version) {
        ("AssumeRole", VERSION) => assume_role(world, caller, params)?,
        ("GetCallerIdentity", VERSION) => get_caller_identity(caller, params)?,
        ("GetSessionToken", VERSION) => get_session_token(world, caller, params)?,
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
    let packed = asked.packed_policy_size(&role, &tags)?;

    let arn = role.parsed();
    let (partition, account, name) = (arn.partition, arn.account, arn.name());
    let session_name = &asked.session_name;
    let session = world.issue(Grant {
        issued_to: caller.key_id.clone(),
        principal: Principal::Role(role.arn.clone()),
        arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session_name}"),
        account: account.into(),
        user_id: format!("{}:{session_name}", role.id()),
        duration: asked.duration,
        mfa: false,
        source_identity: identity,
        tags,
        transitive_keys,
        policy: asked.policy,
        policy_arns: asked.policy_arns,
    });
    let mut result = format!(
        "    <AssumedRoleUser>\n      {}\n      {}\n    </AssumedRoleUser>\n{}",
        element("AssumedRoleId", &session.grant.user_id),
        element("Arn", &session.grant.arn),
        credentials(&session)
    );
    if let Some(identity) = &session.grant.source_identity {
        result.push_str(&format!("    {}\n", element("SourceIdentity", identity)));
    }
    if packed > 0 {
        let percent = packed.to_string();
        result.push_str(&format!("    {}\n", element("PackedPolicySize", &percent)));
    }
    Ok(result)
}

fn credentials(session: &Session) -> String {
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
    policy: Option<String>,
    policy_arns: Vec<String>,
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
        wrong.text(params, "RoleArn", 20, 2048, None);
        wrong.required(params, "RoleArn");
        wrong.text(params, "RoleSessionName", 2, 64, Some("[\\w+=,.@-]*"));
        wrong.required(params, "RoleSessionName");
        wrong.text(params, "ExternalId", 2, 1224, Some("[\\w+=,.@:\\/-]*"));
        wrong.text(params, "SourceIdentity", 2, 64, Some("[\\w+=,.@-]*"));
        wrong.mfa(params);
        let duration = wrong.duration(params, 3600, 43200)?;
        let policy_arns = members(params, "PolicyArns", Some("arn"))?;
        wrong.at_most(10, policy_arns.len(), "policyArns");
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
            policy: given("Policy"),
            policy_arns,
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
            return Err(Refusal::validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        Ok(())
    }

    /// How full the policy space is, in percent. AWS does not tell how it packs; here the policy
    /// has its documented limit and everything together has twice that.
    fn packed_policy_size(&self, role: &Role, tags: &BTreeMap<String, String>) -> Result<usize, Refusal> {
        let policy = self.policy.as_deref().unwrap_or("");
        let arns: usize = self.policy_arns.iter().map(String::len).sum();
        let tags: usize = tags.iter().map(|(key, value)| key.len() + value.len()).sum();
        let alone = (policy.chars().count() * 100).div_ceil(POLICY_LIMIT);
        let together = ((policy.len() + arns + tags) * 100).div_ceil(PACKED_LIMIT);
        let percent = alone.max(together);
        if percent > 100 {
            return Err(Refusal::new(
                400,
                "PackedPolicyTooLarge",
                format!(
                    "Packed policy consumes {percent}% of allotted space, please use smaller \
                     policy."
                ),
            ));
        }
        if let Some(policy) = &self.policy {
            check_policy(policy)?;
        }
        for arn in &self.policy_arns {
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

/// The texts of `LIST.member.1`, `LIST.member.2`, … (or of `LIST.member.1.FIELD`, …). They must
/// be numbered without a gap; `LIST=` alone is how clients write an empty list.
fn members(params: &Params, list: &str, field: Option<&str>) -> Result<Vec<String>, Refusal> {
    let prefix = format!("{list}.member.");
    let suffix = field.map_or(String::new(), |field| format!(".{field}"));
    let texts: Vec<String> =
        (1..).map_while(|number| params.get(&format!("{prefix}{number}{suffix}")).cloned()).collect();
    let ours = |name: &&String| name.starts_with(&prefix) && name.ends_with(&suffix);
    let sent = params.keys().filter(ours).count();
    let empty_list = params.get(list).is_none_or(String::is_empty);
    match texts.len() == sent && empty_list {
        true => Ok(texts),
        false => Err(Refusal::validation(format!("{list} is not a list"))),
    }
}

/// Refuses parameters that the action does not have. AWS overlooks them; a test must not.
fn check_names(params: &Params, known: &[&str]) -> Result<(), Refusal> {
    for name in params.keys() {
        let general = name.split('.').map(|part| match part.parse::<u32>() {
            Ok(_) => "#",
            Err(_) => part,
        });
        let general = general.collect::<Vec<_>>().join(".");
        let always = matches!(general.as_str(), "Action" | "Version");
        if !always && !known.contains(&general.as_str()) {
            return Err(Refusal::validation(format!("unknown parameter: {name}")));
        }
    }
    Ok(())
}

/// Collects what is wrong with parameters, and words it as AWS does: all of it in one message.
#[derive(Default)]
struct Constraints {
    failed: Vec<String>,
}

impl Constraints {
    fn fail(&mut self, value: &str, place: &str, constraint: &str) {
        self.failed.push(format!(
            "Value {value} at '{place}' failed to satisfy constraint: Member must {constraint}"
        ));
    }

    fn required(&mut self, params: &Params, name: &str) {
        if !params.contains_key(name) {
            self.fail("null", &place(name), "not be null");
        }
    }

    /// Length and, if given, the characters of `[\w…]*` patterns.
    fn text(&mut self, params: &Params, name: &str, least: usize, most: usize, pattern: Option<&str>) {
        let Some(value) = params.get(name) else {
            return;
        };
        self.length(value, &place(name), least, most);
        let Some(pattern) = pattern else { return };
        let extra = pattern.trim_start_matches("[\\w").trim_end_matches("]*").replace('\\', "");
        let fits = |char: char| char.is_ascii_alphanumeric() || char == '_' || extra.contains(char);
        if !value.chars().all(fits) {
            let constraint = format!("satisfy regular expression pattern: {pattern}");
            self.fail(&format!("'{value}'"), &place(name), &constraint);
        }
    }

    fn length(&mut self, value: &str, place: &str, least: usize, most: usize) {
        let length = value.chars().count();
        let quoted = format!("'{value}'");
        if length < least {
            let constraint = format!("have length greater than or equal to {least}");
            self.fail(&quoted, place, &constraint);
        }
        if length > most {
            let constraint = format!("have length less than or equal to {most}");
            self.fail(&quoted, place, &constraint);
        }
    }

    fn tag_characters(&mut self, value: &str, place: &str, pattern: &str) {
        let fits = |char: char| {
            char.is_alphanumeric()
                || (char.is_whitespace() && !char.is_control())
                || "_.:/=+-@".contains(char)
        };
        if !value.chars().all(fits) {
            let constraint = format!("satisfy regular expression pattern: {pattern}");
            self.fail(&format!("'{value}'"), place, &constraint);
        }
    }

    fn at_most(&mut self, most: usize, count: usize, place: &str) {
        if count > most {
            let constraint = format!("have length less than or equal to {most}");
            self.fail(&format!("'[{count} members]'"), place, &constraint);
        }
    }

    fn mfa(&mut self, params: &Params) {
        self.text(params, "SerialNumber", 9, 256, Some("[\\w+=/:,.@-]*"));
        let Some(code) = params.get("TokenCode") else {
            return;
        };
        self.length(code, "tokenCode", 6, 6);
        if !code.bytes().all(|byte| byte.is_ascii_digit()) {
            let constraint = "satisfy regular expression pattern: [\\d]*";
            self.fail(&format!("'{code}'"), "tokenCode", constraint);
        }
    }

    /// DurationSeconds in the action's own limits. What is no integer is another error.
    fn duration(&mut self, params: &Params, default: i64, most: i64) -> Result<i64, Refusal> {
        let Some(text) = params.get("DurationSeconds") else {
            return Ok(default);
        };
        let malformed = || {
            let message = format!("For input string: \"{text}\"");
            Refusal::new(400, "MalformedInput", message)
        };
        let seconds: i64 = text.parse().map_err(|_| malformed())?;
        let place = "durationSeconds";
        if seconds < 900 {
            let constraint = "have value greater than or equal to 900";
            self.fail(&format!("'{text}'"), place, constraint);
        }
        if seconds > most {
            let constraint = format!("have value less than or equal to {most}");
            self.fail(&format!("'{text}'"), place, &constraint);
        }
        Ok(seconds)
    }

    fn result(self) -> Result<(), Refusal> {
        let count = self.failed.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        Err(Refusal::validation(format!("{count} validation {errors} detected: {}", self.failed.join("; "))))
    }
}

/// `RoleSessionName` as AWS writes it in messages: `roleSessionName`.
fn place(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|char| char.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}
