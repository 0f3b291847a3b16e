//! AssumeRoleWithWebIdentity, by the STS API reference: a token of an OpenID Connect provider takes the place
//! of keys, so the request needs no signature. As on AWS, one that came all the same is not looked at;
//! [`Recorded::has_authorization`](super::Recorded::has_authorization) tells a test.

use time::OffsetDateTime;

use super::params::{Constraints, Params, check_names};
use super::policy::SessionPolicy;
use super::role::{Role, RoleArn};
use super::session::Grant;
use super::sts::{Refusal, assumed_role_user, credentials, packed_policy_size};
use super::world::World;
use super::xml::element;

/// Who signs the tokens of this world, and for whom.
const PROVIDER: &str = "https://oidc.example.test/id";
const AUDIENCE: &str = "sts.amazonaws.com";

/// A token that the provider has signed.
#[derive(Clone)]
pub struct WebToken {
    pub(super) text: String,
    pub(super) subject: String,
    pub(super) expires: Option<OffsetDateTime>,
}

/// Whether these are the parameters of this action.
pub fn is_asked_for(params: &Params) -> bool {
    params.get("Action").is_some_and(|action| action == "AssumeRoleWithWebIdentity")
}

/// Carries out a request.
pub fn assume_role(world: &mut World, params: &Params) -> Result<String, Refusal> {
    let asked = WebIdentity::read(params)?;
    let token = asked.token(world)?;
    let role = asked.authorize(world, &token)?;
    if asked.duration > role.max_duration {
        return Err(Refusal::over_the_roles_maximum());
    }
    let packed = asked.policy.packed_size(&role, 0)?;
    let session = world.issue(Grant {
        policy: asked.policy.document,
        policy_arns: asked.policy.arns,
        ..Grant::of_role(&role.arn, &asked.session_name, asked.duration, &token.subject)
    });
    Ok(format!(
        "    {}\n    {}\n{}{}    {}\n{}",
        element("SubjectFromWebIdentityToken", &token.subject),
        element("Audience", AUDIENCE),
        assumed_role_user(&session),
        credentials(&session),
        element("Provider", PROVIDER),
        packed_policy_size(packed)
    ))
}

/// A request whose parameters are sound by themselves.
struct WebIdentity {
    role_arn: String,
    session_name: String,
    token: String,
    duration: i64,
    policy: SessionPolicy,
}

impl WebIdentity {
    fn read(params: &Params) -> Result<Self, Refusal> {
        check_names(
            params,
            &[
                "RoleArn",
                "RoleSessionName",
                "WebIdentityToken",
                "DurationSeconds",
                "Policy",
                "PolicyArns",
                "PolicyArns.member.#.arn",
            ],
        )?;
        let mut wrong = Constraints::default();
        wrong.role_and_session_name(params);
        wrong.text(params, "WebIdentityToken", 4, 20_000, None);
        wrong.required(params, "WebIdentityToken");
        let duration = wrong.duration(params, 3600, 43200)?;
        let policy = SessionPolicy::read(params, &mut wrong)?;
        wrong.result()?;
        let given = |name: &str| params.get(name).cloned().unwrap_or_default();
        let role_arn = given("RoleArn");
        if RoleArn::parse(&role_arn).is_none() {
            return Err(Refusal::validation(format!("{role_arn} is invalid")));
        }
        let (session_name, token) = (given("RoleSessionName"), given("WebIdentityToken"));
        Ok(Self { role_arn, session_name, token, duration, policy })
    }

    /// The token, if the provider has signed it and it has not expired.
    fn token(&self, world: &World) -> Result<WebToken, Refusal> {
        let found = world.find_web_token(&self.token).cloned().ok_or_else(|| {
            Refusal::new(
                400,
                "InvalidIdentityToken",
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
            )
        })?;
        let now = world.now();
        match found.expires.filter(|end| *end <= now) {
            None => Ok(found),
            Some(end) => Err(Refusal::new(
                400,
                "ExpiredTokenException",
                format!(
                    "Token expired: current date/time {} must be before the expiration date/time {}",
                    now.unix_timestamp(),
                    end.unix_timestamp()
                ),
            )),
        }
    }

    /// The role, if it exists and trusts the token's subject. Which of the two failed is not told, as on AWS.
    fn authorize(&self, world: &World, token: &WebToken) -> Result<Role, Refusal> {
        let role = world.find_role(&self.role_arn).filter(|role| role.web_subjects.contains(&token.subject));
        role.cloned()
            .ok_or_else(|| Refusal::denied("Not authorized to perform sts:AssumeRoleWithWebIdentity"))
    }
}
