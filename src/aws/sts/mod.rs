//! A hop → credentials: our own calls of STS, one after another over one connection.
//!
//! Follows the STS API reference. An answer is checked before any of it is used: a service that lies, or something that is no
//! service at all, must not get a byte into a shell. What it refuses becomes advice in [`advice`].

pub mod clock_skew;
pub mod refusal;

use crate::common::text;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_sts::types::{Credentials as Given, PolicyDescriptorType};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use time::OffsetDateTime;

use crate::aws::providers::Fetched;
use crate::common::arn::Assumed;
use crate::common::clock;
use crate::common::credentials::{Keys, Secret, TemporaryKeys};
use crate::common::mfa_session::MfaSession;
use crate::common::origin::Located;
use crate::common::session_policy::Tag;
use crate::common::text::clean;
use crate::error::Error;
use crate::mfa::Mfa;
use crate::net::{self, NetError, NoPointlessRetry, ServiceFailure};
use crate::plan::{GetSessionTokenHop, Hop, Plan, RoleHop};
use crate::session::Session;
use clock_skew::ClockSkew;
use refusal::Refusal;

/// The client for STS.
pub struct Sts {
    client: aws_sdk_sts::Client,
    url: String,
}

/// Who a set of keys is, as GetCallerIdentity says.
#[derive(Debug)]
pub struct Identity {
    /// The twelve digits of the account.
    pub account: String,
    /// The ARN of the caller.
    pub arn: String,
    /// The unique id, `AROA…:session` for a role's session.
    pub user_id: String,
}

impl Identity {
    /// For a person.
    pub fn table(&self) -> String {
        let Self { account, arn, user_id } = self;
        let rows = [("account", account), ("arn", arn), ("user id", user_id)];
        rows.map(|(name, value)| format!("{name:<9}{}\n", clean(value))).concat()
    }

    /// The members that `aws sts get-caller-identity` has.
    pub fn json(&self) -> String {
        let Self { account, arn, user_id } = self;
        text::json(&serde_json::json!({ "UserId": user_id, "Account": account, "Arn": arn }))
    }
}

impl Sts {
    /// A client for the address and region of the plan, which notes how far off its clock is.
    pub fn new(plan: &Plan, http: SharedHttpClient, skew: ClockSkew) -> Self {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(plan.sts.region.value.clone()))
            .endpoint_url(plan.sts.url.value.clone())
            .http_client(http)
            .retry_config(net::retries(plan.attempts))
            .retry_classifier(NoPointlessRetry)
            .timeout_config(net::timeouts())
            .interceptor(skew)
            .build();
        Self { client: aws_sdk_sts::Client::from_conf(config), url: plan.sts.url.value.clone() }
    }

    /// Makes the hops of the plan, beginning with what its source gave, and the session of the last one. The first hop carries
    /// the MFA code.
    ///
    /// # Errors
    /// What STS refuses, what is no answer, and what goes wrong on the way.
    pub async fn session(
        &self,
        plan: &Plan,
        found: Fetched,
        code: Option<&Secret>,
    ) -> Result<Session, Error> {
        let mut code = code;
        let mut holder = plan.source.to_string();
        let mut state = State::Fetched(found);
        for hop in &plan.hops {
            let answer = match (hop, &state) {
                (Hop::Session(session), State::Fetched(Fetched::Credentials(found)))
                    if session.only_for_long_lived && found.keys.temporary() =>
                {
                    continue;
                }
                (_, State::Fetched(Fetched::Token(token))) => {
                    self.assume_with_token(&holder, hop, token).await?
                }
                (Hop::Session(session), _) => {
                    self.session_token(&state.keys(), &holder, hop, session, code.take()).await?
                }
                (Hop::Role(role), _) => self.assume(&state.keys(), &holder, hop, role, code.take()).await?,
            };
            holder = match hop.role() {
                Some(hop) => format!("the session of {}", hop.role.value),
                None => format!("the session of {holder}"),
            };
            state = State::Answer(answer);
        }
        let session = state
            .session(plan)
            .map_err(|what| Error::BadKeysOfSource { source: plan.source.to_string(), what })?;
        self.check_account(plan, session).await
    }

    /// An MFA-authenticated session of the user, of STS's usual twelve hours, to assume roles from.
    ///
    /// # Errors
    /// As for [`Sts::session`].
    pub async fn base(
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

    /// Where the account was not known before, it is asked for when it has to be a certain one.
    async fn check_account(&self, plan: &Plan, mut session: Session) -> Result<Session, Error> {
        let Some(Located { value: wanted, origin }) = &plan.expected_account else { return Ok(session) };
        if session.account.is_none() {
            let identity = self.caller_identity(&session.keys).await?;
            session.account = Some(identity.account);
            session.arn = session.arn.or(Some(identity.arn));
        }
        match &session.account {
            Some(account) if account != wanted => Err(Error::OtherAccount {
                of: plan.source.to_string(),
                account: account.clone(),
                wanted: wanted.clone(),
                origin: origin.clone(),
            }),
            _ => Ok(session),
        }
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
        let shape = &role.shape;
        let tags: Vec<_> = shape.tags.iter().map(tag).collect::<Result<_, _>>().map_err(|_| self.unsent())?;
        let transitive = shape.transitive.iter().map(|key| key.value.clone()).collect();
        let call = self
            .client
            .assume_role()
            .role_arn(role.role.value.as_str())
            .role_session_name(&role.session_name.value)
            .set_external_id(role.external_id.as_ref().map(|id| id.value.clone()))
            .set_policy(shape.policy.as_ref().map(|policy| policy.value.clone()))
            .set_policy_arns(policy_arns(role))
            .set_tags(some(tags))
            .set_transitive_tag_keys(some(transitive))
            .set_source_identity(shape.source_identity.as_ref().map(|identity| identity.value.clone()))
            .set_serial_number(device(hop, code))
            .set_token_code(code.map(|code| code.expose().to_owned()))
            .set_duration_seconds(seconds(hop));
        let answer = call.customize().config_override(signed_by(keys, code)).send().await;
        match answer {
            Ok(answer) => {
                let arn = answer.assumed_role_user.map(|user| user.arn);
                self.checked(Answer::of_role(answer.credentials, arn, role))
            }
            Err(error) => Err(self.refused(&error, holder, hop)),
        }
    }

    async fn assume_with_token(&self, holder: &str, hop: &Hop, token: &Secret) -> Result<Answer, Error> {
        let Hop::Role(role) = hop else { return Err(self.unsent()) };
        let call = self
            .client
            .assume_role_with_web_identity()
            .role_arn(role.role.value.as_str())
            .role_session_name(&role.session_name.value)
            .web_identity_token(token.expose())
            .set_policy(role.shape.policy.as_ref().map(|policy| policy.value.clone()))
            .set_policy_arns(policy_arns(role))
            .set_duration_seconds(seconds(hop));
        match call.send().await {
            Ok(answer) => {
                let arn = answer.assumed_role_user.map(|user| user.arn);
                self.checked(Answer::of_role(answer.credentials, arn, role))
            }
            Err(error) => Err(self.refused(&error, holder, hop)),
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
            Ok(answer) => self.checked(Answer::of_user(answer.credentials)),
            Err(error) => Err(self.refused(&error, holder, hop)),
        }
    }

    fn checked(&self, answer: Result<Answer, &'static str>) -> Result<Answer, Error> {
        answer.map_err(|what| self.bad_answer(what))
    }

    fn refused<E>(&self, error: &SdkError<E, HttpResponse>, holder: &str, hop: &Hop) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match net::trouble(error) {
            ServiceFailure::Refused { code, message } => {
                let (holder, hop) = (holder.to_owned(), hop.clone());
                Error::Refused(Box::new(Refusal { code, message, holder, hop }))
            }
            trouble => self.no_answer(trouble),
        }
    }

    /// Asks STS whose keys these are.
    ///
    /// # Errors
    /// As for [`Sts::session`].
    pub async fn caller_identity(&self, keys: &TemporaryKeys) -> Result<Identity, Error> {
        let keys = Keys::from(keys.clone());
        let call = self.client.get_caller_identity().customize().config_override(signed_by(&keys, None));
        let answer = call.send().await.map_err(|error| self.failed("GetCallerIdentity", &error))?;
        let missing = |what| self.bad_answer(what);
        Ok(Identity {
            account: answer.account.ok_or_else(|| missing("it has no Account"))?,
            arn: answer.arn.ok_or_else(|| missing("it has no Arn"))?,
            user_id: answer.user_id.ok_or_else(|| missing("it has no UserId"))?,
        })
    }

    fn failed<E>(&self, action: &'static str, error: &SdkError<E, HttpResponse>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match net::trouble(error) {
            ServiceFailure::Refused { code, message } => {
                Error::ActionRefused { service: "STS", action, code, message }
            }
            trouble => self.no_answer(trouble),
        }
    }

    fn no_answer(&self, trouble: ServiceFailure) -> Error {
        Error::no_answer("STS", &self.url, trouble)
    }

    fn unsent(&self) -> Error {
        let fault = NetError::Other("the request could not be built".into());
        Error::Net { service: "STS", url: self.url.clone(), fault }
    }

    fn bad_answer(&self, what: &'static str) -> Error {
        Error::BadAnswer { service: "STS", url: self.url.clone(), what }
    }
}

/// A list that is sent only when it has something in it.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn policy_arns(role: &RoleHop) -> Option<Vec<PolicyDescriptorType>> {
    let policy = |arn: &Located<String>| PolicyDescriptorType::builder().arn(&arn.value).build();
    some(role.shape.policy_arns.iter().map(policy).collect())
}

fn seconds(hop: &Hop) -> Option<i32> {
    hop.duration().map(|length| length.value.seconds().cast_signed())
}

/// The device goes along with its code, never without.
fn device(hop: &Hop, code: Option<&Secret>) -> Option<String> {
    code.and_then(|_| hop.mfa()).map(|mfa| mfa.serial.value.clone())
}

/// What differs from call to call: whose keys sign it, and how often it is tried.
fn signed_by(keys: &Keys, code: Option<&Secret>) -> aws_sdk_sts::config::Builder {
    let token = keys.token.as_ref().map(|token| token.expose().to_owned());
    let credentials = Credentials::new(&keys.id, keys.secret.expose(), token, None, "assume-env");
    let setting = aws_sdk_sts::config::Builder::new().credentials_provider(credentials);
    match code {
        // A code works once: a second try after a lost answer would be told that the code is wrong.
        Some(_) => setting.retry_config(RetryConfig::standard().with_max_attempts(1)),
        None => setting,
    }
}

/// How far the way along the hops is.
enum State {
    /// Nothing was asked of STS yet.
    Fetched(Fetched),
    /// The last hop gave this.
    Answer(Answer),
}

impl State {
    /// The keys that sign the next call. A token signs none: a plan that has one begins with the hop that takes it.
    fn keys(&self) -> Keys {
        match self {
            Self::Fetched(Fetched::Credentials(found)) => found.keys.clone(),
            Self::Answer(answer) => answer.keys.clone().into(),
            Self::Fetched(Fetched::Token(_)) => unreachable!("a token is taken by the first hop"),
        }
    }

    /// The session that stands at the end; the error says what is wrong with keys that are used as they are.
    fn session(self, plan: &Plan) -> Result<Session, &'static str> {
        let (keys, expires, arn, account) = match self {
            Self::Answer(answer) => (answer.keys, Some(answer.expires), answer.arn, None),
            Self::Fetched(Fetched::Token(_)) => return Err("its token is no key"),
            Self::Fetched(Fetched::Credentials(found)) => {
                let Keys { id, secret, token } = found.keys;
                let token = token.ok_or("its keys are long-lived, and those are not given to a command")?;
                let keys = TemporaryKeys { id, secret, token };
                if let Some(what) = keys.fault() {
                    return Err(what);
                }
                (keys, found.expires, None, found.account)
            }
        };
        let role = plan.role();
        Ok(Session {
            keys,
            expires: expires.map(whole_seconds),
            label: plan.label.clone(),
            account: account.or_else(|| plan.account().map(str::to_owned)),
            assumed: role.map(|hop| Assumed {
                role: hop.role.value.clone(),
                session_name: hop.session_name.value.clone(),
            }),
            arn,
            narrowed: plan.narrowing(),
            region: plan.region.as_ref().map(|region| region.value.clone()),
            source: plan.identity(),
        })
    }
}

fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(time.unix_timestamp()).unwrap_or(time)
}

/// What STS gave, checked.
#[derive(Debug)]
struct Answer {
    keys: TemporaryKeys,
    expires: OffsetDateTime,
    /// The ARN of a role's session.
    arn: Option<String>,
}

impl Answer {
    /// Takes the answer apart; the error says what is wrong with it.
    fn of_role(given: Option<Given>, arn: Option<String>, role: &RoleHop) -> Result<Self, &'static str> {
        let answer = Self::of_user(given)?;
        let arn = arn.ok_or("it has no AssumedRoleUser")?;
        if !role.role.value.has_session(&arn) || !arn.chars().all(|c| c.is_ascii_graphic()) {
            return Err("its AssumedRoleUser is not a session of the role that was asked for");
        }
        Ok(Self { arn: Some(arn), ..answer })
    }

    fn of_user(given: Option<Given>) -> Result<Self, &'static str> {
        let given = given.ok_or("it has no Credentials")?;
        // Into wiping hands at once, before anything can fail.
        let keys = TemporaryKeys {
            id: given.access_key_id,
            secret: Secret::new(given.secret_access_key),
            token: Secret::new(given.session_token),
        };
        match keys.fault() {
            Some(what) => Err(what),
            None => Ok(Self { keys, expires: expiry(given.expiration.secs(), clock::now())?, arn: None }),
        }
    }
}

fn expiry(seconds: i64, now: i64) -> Result<OffsetDateTime, &'static str> {
    const BAD: &str = "its Expiration is missing or no time";
    // The SDK gives the epoch for a missing element. Beyond the year 9999 there is no RFC 3339.
    let time = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| BAD)?;
    match seconds {
        ..=0 => Err(BAD),
        gone if gone <= now => {
            Err("its keys have expired already, unless the clock of this machine is wrong")
        }
        _ if time.year() > 9999 => Err(BAD),
        _ => Ok(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_a_time_that_can_be_written() {
        let now = 1_795_435_994;
        assert!(expiry(now + 1, now).is_ok());
        for bad in [0, -1, now, i64::MAX, 253_402_300_800] {
            assert!(expiry(bad, now).is_err(), "{bad}");
        }
    }
}
