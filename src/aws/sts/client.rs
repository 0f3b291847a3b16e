//! The client of STS: AssumeRole, AssumeRoleWithWebIdentity, GetSessionToken and GetCallerIdentity.
//!
//! Follows the STS API reference. A request with an MFA code is sent once, because a code works once; all
//! others follow the plan's number of attempts. An MFA device is sent with its code, never without.

use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_sts::types::PolicyDescriptorType;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;

use crate::aws::providers::Fetched;
use crate::aws::service::{Service, ServiceError};
use crate::aws::sts::clock_skew::ClockSkew;
use crate::aws::sts::error::Error;
use crate::aws::sts::hop_keys::HopKeys;
use crate::aws::sts::refusal::Refusal;
use crate::aws::sts::response::Answer;
use crate::common::clock;
use crate::common::credentials::{Keys, Secret, TemporaryKeys};
use crate::common::mfa_session::MfaSession;
use crate::common::origin::Located;
use crate::common::session_policy::Tag;
use crate::mfa::Mfa;
use crate::net::{self, NetError, NoPointlessRetry, ServiceFailure};
use crate::plan::{GetSessionTokenHop, Hop, Plan, RoleHop};
use crate::session::Session;

/// The client of STS.
pub struct Sts {
    client: aws_sdk_sts::Client,
    url: String,
    /// The clock of STS, if an expiry is compared with it and not with that of this machine.
    clock: Option<ClockSkew>,
}

/// The identity of a set of keys, from GetCallerIdentity.
#[derive(Debug)]
pub struct Identity {
    /// The twelve digits of the account.
    pub account: String,
    /// The ARN of the caller.
    pub arn: String,
    /// The unique id, `AROA…:session` for a role's session.
    pub user_id: String,
}

impl Sts {
    /// A client for the address and region of the plan. It notes the clock skew of each answer.
    pub fn new(plan: &Plan, http: SharedHttpClient, skew: ClockSkew) -> Self {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(plan.sts.region.value.clone()))
            .endpoint_url(plan.sts.url.value.clone())
            .http_client(http)
            .retry_config(net::retries(plan.attempts))
            .retry_classifier(NoPointlessRetry)
            .timeout_config(net::timeouts())
            .interceptor(skew.clone())
            .build();
        Self {
            client: aws_sdk_sts::Client::from_conf(config),
            url: plan.sts.url.value.clone(),
            clock: plan.renews_itself.then_some(skew),
        }
    }

    /// Now, in epoch seconds (UTC), by the clock with which an expiry is compared.
    fn now(&self) -> i64 {
        clock::now() + self.clock.as_ref().map_or(0, ClockSkew::ahead)
    }

    /// Makes the hops of the plan, from the credentials of its source, and gives the session of the last hop.
    /// The first call sends the MFA code.
    ///
    /// # Errors
    /// A refusal, an answer without usable keys, no answer; credentials of the source that cannot be used;
    /// another account than the expected one.
    pub async fn session(
        &self,
        plan: &Plan,
        fetched: Fetched,
        code: Option<&Secret>,
    ) -> Result<Session, Error> {
        let unusable = |what| Error::BadKeysOfSource { source: plan.source.to_string(), what };
        let mut code = code;
        let mut holder = plan.source.to_string();
        let (mut keys, hops) = match fetched {
            Fetched::Credentials(credentials) => (HopKeys::Source(credentials), &plan.hops[..]),
            Fetched::Token(token) => {
                let Some((hop @ Hop::Role(role), rest)) = plan.hops.split_first() else {
                    return Err(unusable("a token assumes a role first"));
                };
                let answer = self.assume_with_token(&holder, hop, role, &token).await?;
                holder = session_of(role);
                (HopKeys::Sts(answer), rest)
            }
        };
        for hop in hops {
            let (answer, next_holder) = match hop {
                Hop::Session(session) if session.only_for_long_lived && keys.are_temporary_of_source() => {
                    continue;
                }
                Hop::Session(session) => (
                    self.session_token(&keys.keys(), &holder, hop, session, code.take()).await?,
                    format!("the session of {holder}"),
                ),
                Hop::Role(role) => {
                    (self.assume(&keys.keys(), &holder, hop, role, code.take()).await?, session_of(role))
                }
            };
            (keys, holder) = (HopKeys::Sts(answer), next_holder);
        }
        let session = keys.into_session(plan).map_err(unusable)?;
        self.check_account(plan, session).await
    }

    /// Makes an MFA session: a session of the user, with STS's default of twelve hours, that can assume
    /// several roles without another code.
    ///
    /// # Errors
    /// As for [`Sts::session`].
    pub async fn mfa_session(
        &self,
        plan: &Plan,
        keys: &Keys,
        mfa: &Mfa,
        code: &Secret,
    ) -> Result<MfaSession, Error> {
        let session =
            GetSessionTokenHop { duration: None, mfa: Some(mfa.clone()), only_for_long_lived: false };
        let hop = Hop::Session(session.clone());
        let answer = self.session_token(keys, &plan.source.to_string(), &hop, &session, Some(code)).await?;
        let (key_id, serial) = (keys.id.clone(), mfa.serial.value.clone());
        Ok(MfaSession { key_id, serial, expires: answer.expires, keys: answer.keys })
    }

    /// Compares the session's account with the expected one. An account that is not known yet comes from
    /// GetCallerIdentity.
    async fn check_account(&self, plan: &Plan, mut session: Session) -> Result<Session, Error> {
        if plan.expected_account.is_none() {
            return Ok(session);
        }
        if session.account.is_none() {
            let identity = self.caller_identity(&session.keys).await?;
            session.account = Some(identity.account);
            session.arn = session.arn.or(Some(identity.arn));
        }
        if let Some(account) = &session.account {
            plan.check_account(account)?;
        }
        Ok(session)
    }

    async fn assume(
        &self,
        keys: &Keys,
        holder: &str,
        hop: &Hop,
        role: &RoleHop,
        code: Option<&Secret>,
    ) -> Result<Answer, Error> {
        let tag = |tag: &Located<Tag>| {
            aws_sdk_sts::types::Tag::builder().key(&tag.value.key).value(&tag.value.value).build()
        };
        let policy = &role.session_policy;
        let tags: Vec<_> =
            policy.tags.iter().map(tag).collect::<Result<_, _>>().map_err(|_| self.unsent())?;
        let transitive = policy.transitive.iter().map(|key| key.value.clone()).collect();
        let call = self
            .client
            .assume_role()
            .role_arn(role.role.value.as_str())
            .role_session_name(&role.session_name.value)
            .set_external_id(role.external_id.as_ref().map(|id| id.value.clone()))
            .set_policy(policy.policy.as_ref().map(|json| json.value.clone()))
            .set_policy_arns(policy_arns(role))
            .set_tags(non_empty(tags))
            .set_transitive_tag_keys(non_empty(transitive))
            .set_source_identity(policy.source_identity.as_ref().map(|identity| identity.value.clone()))
            .set_serial_number(device(hop, code))
            .set_token_code(code.map(|code| code.expose().to_owned()))
            .set_duration_seconds(seconds(hop));
        let answer = call.customize().config_override(signed_by(keys, code)).send().await;
        match answer {
            Ok(answer) => {
                let arn = answer.assumed_role_user.map(|user| user.arn);
                self.checked(Answer::of_role(answer.credentials, arn, role, self.now()))
            }
            Err(error) => Err(self.hop_failed(&error, holder, hop)),
        }
    }

    async fn assume_with_token(
        &self,
        holder: &str,
        hop: &Hop,
        role: &RoleHop,
        token: &Secret,
    ) -> Result<Answer, Error> {
        let call = self
            .client
            .assume_role_with_web_identity()
            .role_arn(role.role.value.as_str())
            .role_session_name(&role.session_name.value)
            .web_identity_token(token.expose())
            .set_policy(role.session_policy.policy.as_ref().map(|json| json.value.clone()))
            .set_policy_arns(policy_arns(role))
            .set_duration_seconds(seconds(hop));
        match call.send().await {
            Ok(answer) => {
                let arn = answer.assumed_role_user.map(|user| user.arn);
                self.checked(Answer::of_role(answer.credentials, arn, role, self.now()))
            }
            Err(error) => Err(self.hop_failed(&error, holder, hop)),
        }
    }

    async fn session_token(
        &self,
        keys: &Keys,
        holder: &str,
        hop: &Hop,
        session: &GetSessionTokenHop,
        code: Option<&Secret>,
    ) -> Result<Answer, Error> {
        let call = self
            .client
            .get_session_token()
            .set_serial_number(device(hop, code))
            .set_token_code(code.map(|code| code.expose().to_owned()))
            .set_duration_seconds(session.duration.as_ref().map(|d| d.value.seconds().cast_signed()));
        match call.customize().config_override(signed_by(keys, code)).send().await {
            Ok(answer) => self.checked(Answer::of_user(answer.credentials, self.now())),
            Err(error) => Err(self.hop_failed(&error, holder, hop)),
        }
    }

    /// Asks STS for the identity of these keys.
    ///
    /// # Errors
    /// A refusal, an answer that lacks something, no answer.
    pub async fn caller_identity(&self, keys: &TemporaryKeys) -> Result<Identity, Error> {
        let keys = Keys::from(keys.clone());
        let call = self.client.get_caller_identity().customize().config_override(signed_by(&keys, None));
        let answer =
            call.send().await.map_err(|error| self.failed("GetCallerIdentity", net::failure_of(&error)))?;
        let missing = |what| self.bad_answer(what);
        Ok(Identity {
            account: answer.account.ok_or_else(|| missing("it has no Account"))?,
            arn: answer.arn.ok_or_else(|| missing("it has no Arn"))?,
            user_id: answer.user_id.ok_or_else(|| missing("it has no UserId"))?,
        })
    }

    fn checked(&self, answer: Result<Answer, &'static str>) -> Result<Answer, Error> {
        answer.map_err(|what| self.bad_answer(what))
    }

    fn hop_failed<E>(&self, error: &SdkError<E, HttpResponse>, holder: &str, hop: &Hop) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match net::failure_of(error) {
            ServiceFailure::Refused { code, message } => {
                let (holder, hop) = (holder.to_owned(), hop.clone());
                Error::Refused(Box::new(Refusal { code, message, holder, hop }))
            }
            failure => self.failed(hop.action(), failure),
        }
    }

    fn failed(&self, action: &'static str, failure: ServiceFailure) -> Error {
        ServiceError::of(Service::Sts, &self.url, action, failure).into()
    }

    fn unsent(&self) -> Error {
        let fault = NetError::Other("the request could not be built".into());
        ServiceError::Net { service: Service::Sts, url: self.url.clone(), fault }.into()
    }

    fn bad_answer(&self, what: &'static str) -> Error {
        ServiceError::BadAnswer { service: Service::Sts, url: self.url.clone(), what }.into()
    }
}

/// The holder of a role's keys, for messages.
fn session_of(role: &RoleHop) -> String {
    format!("the session of {}", role.role.value)
}

/// A list for a request, which leaves out an empty one.
fn non_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn policy_arns(role: &RoleHop) -> Option<Vec<PolicyDescriptorType>> {
    let policy = |arn: &Located<String>| PolicyDescriptorType::builder().arn(&arn.value).build();
    non_empty(role.session_policy.policy_arns.iter().map(policy).collect())
}

fn seconds(hop: &Hop) -> Option<i32> {
    hop.duration().map(|length| length.value.seconds().cast_signed())
}

/// The MFA device of a request with a code.
fn device(hop: &Hop, code: Option<&Secret>) -> Option<String> {
    code.and_then(|_| hop.mfa()).map(|mfa| mfa.serial.value.clone())
}

/// The settings of one call: the keys that sign it, and the number of attempts.
fn signed_by(keys: &Keys, code: Option<&Secret>) -> aws_sdk_sts::config::Builder {
    let token = keys.token.as_ref().map(|token| token.expose().to_owned());
    let credentials = Credentials::new(&keys.id, keys.secret.expose(), token, None, "assume-env");
    let setting = aws_sdk_sts::config::Builder::new().credentials_provider(credentials);
    match code {
        // A code works once: after a lost answer, STS would refuse a second try as a wrong code.
        Some(_) => setting.retry_config(RetryConfig::standard().with_max_attempts(1)),
        None => setting,
    }
}
