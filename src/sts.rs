//! A hop → credentials: our own AssumeRole calls, one after another over one connection.
//!
//! Follows the STS API reference. An answer is checked before any of it is used: a service that lies, or something that is no
//! service at all, must not get a byte into a shell. What it refuses becomes advice in [`advice`].

pub mod advice;

use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use aws_sdk_sts::types::PolicyDescriptorType;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use time::OffsetDateTime;

use crate::clock;
use crate::config::Located;
use crate::error::Error;
use crate::net::{self, NetFault, NoPointlessRetry, Trouble};
use crate::plan::{Hop, Plan};
use crate::secret::{Keys, Secret, TemporaryKeys};
use crate::session::Session;
use crate::shape::Tag;
use crate::tty::clean;
use advice::Refusal;

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
        format!("{:#}\n", serde_json::json!({ "UserId": user_id, "Account": account, "Arn": arn }))
    }
}

impl Sts {
    /// A client for the address and region of the plan.
    pub fn new(plan: &Plan, http: SharedHttpClient) -> Self {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(plan.sts.region.value.clone()))
            .endpoint_url(plan.sts.url.value.clone())
            .http_client(http)
            .retry_config(net::retries(plan))
            .retry_classifier(NoPointlessRetry)
            .timeout_config(net::timeouts())
            .build();
        Self { client: aws_sdk_sts::Client::from_conf(config), url: plan.sts.url.value.clone() }
    }

    /// Makes the hops of the plan, beginning with the keys of its source, and the session of the last one. The first hop
    /// carries the MFA code.
    ///
    /// # Errors
    /// What STS refuses, what is no answer, and what goes wrong on the way.
    pub async fn session(&self, plan: &Plan, keys: Keys, code: Option<&Secret>) -> Result<Session, Error> {
        let mut code = code;
        let mut keys = keys;
        let mut holder = plan.source.to_string();
        for hop in &plan.earlier {
            keys = self.assume(&keys, &holder, hop, code.take()).await?.keys.into();
            holder = format!("the session of {}", hop.role.value);
        }
        let answer = self.assume(&keys, &holder, &plan.last, code.take()).await?;
        Ok(Session {
            keys: answer.keys,
            expires: answer.expires,
            label: plan.label.clone(),
            account: plan.last.role.value.account().to_owned(),
            role: plan.last.role.value.clone(),
            session_name: plan.last.session_name.value.clone(),
            arn: answer.arn,
            narrowed: plan.last.shape.fingerprint(),
            region: plan.region.as_ref().map(|region| region.value.clone()),
            source_profile: plan.bare_source.clone(),
        })
    }

    async fn assume(
        &self,
        keys: &Keys,
        holder: &str,
        hop: &Hop,
        code: Option<&Secret>,
    ) -> Result<Answer, Error> {
        let device = hop.mfa.as_ref().map(|mfa| mfa.serial.value.clone()).filter(|_| code.is_some());
        let shape = &hop.shape;
        let policy = |arn: &Located<String>| PolicyDescriptorType::builder().arn(&arn.value).build();
        let policy_arns = some(shape.policy_arns.iter().map(policy).collect());
        let tag = |tag: &Located<Tag>| {
            aws_sdk_sts::types::Tag::builder().key(&tag.value.key).value(&tag.value.value).build()
        };
        let tags: Vec<_> = shape.tags.iter().map(tag).collect::<Result<_, _>>().map_err(|_| self.unsent())?;
        let tags = some(tags);
        let transitive = some(shape.transitive.iter().map(|key| key.value.clone()).collect());
        let call = self
            .client
            .assume_role()
            .role_arn(hop.role.value.as_str())
            .role_session_name(&hop.session_name.value)
            .set_external_id(hop.external_id.as_ref().map(|id| id.value.clone()))
            .set_policy(shape.policy.as_ref().map(|policy| policy.value.clone()))
            .set_policy_arns(policy_arns)
            .set_tags(tags)
            .set_transitive_tag_keys(transitive)
            .set_source_identity(shape.source_identity.as_ref().map(|identity| identity.value.clone()))
            .set_serial_number(device)
            .set_token_code(code.map(|code| code.expose().to_owned()))
            .set_duration_seconds(hop.duration.as_ref().map(|d| d.value.seconds().cast_signed()));
        let mut setting = signed_by(keys);
        if code.is_some() {
            // A code works once: a second try after a lost answer would be told that the code is wrong.
            setting = setting.retry_config(RetryConfig::standard().with_max_attempts(1));
        }
        let answer = call.customize().config_override(setting).send().await;
        match answer {
            Ok(answer) => Answer::check(answer, hop).map_err(|what| self.bad_answer(what)),
            Err(error) => Err(match net::trouble(&error) {
                Trouble::Refused { code, message } => {
                    let (holder, hop) = (holder.to_owned(), hop.clone());
                    Error::Refused(Box::new(Refusal { code, message, holder, hop }))
                }
                trouble => self.no_answer(trouble),
            }),
        }
    }

    /// Asks STS whose keys these are.
    ///
    /// # Errors
    /// As for [`Sts::session`].
    pub async fn caller_identity(&self, keys: &TemporaryKeys) -> Result<Identity, Error> {
        let keys = Keys::from(keys.clone());
        let call = self.client.get_caller_identity().customize().config_override(signed_by(&keys));
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
            Trouble::Refused { code, message } => {
                Error::ActionRefused { service: "STS", action, code, message }
            }
            trouble => self.no_answer(trouble),
        }
    }

    fn no_answer(&self, trouble: Trouble) -> Error {
        Error::no_answer("STS", &self.url, trouble)
    }

    fn unsent(&self) -> Error {
        let fault = NetFault::Other("the request could not be built".into());
        Error::Net { service: "STS", url: self.url.clone(), fault }
    }

    fn bad_answer(&self, what: &'static str) -> Error {
        Error::BadAnswer { url: self.url.clone(), what }
    }
}

/// A list that is sent only when it has something in it.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// The one setting that differs from call to call: whose keys sign it.
fn signed_by(keys: &Keys) -> aws_sdk_sts::config::Builder {
    let token = keys.token.as_ref().map(|token| token.expose().to_owned());
    let credentials = Credentials::new(&keys.id, keys.secret.expose(), token, None, "assume-env");
    aws_sdk_sts::config::Builder::new().credentials_provider(credentials)
}

/// What AssumeRole gave, checked.
#[derive(Debug)]
struct Answer {
    keys: TemporaryKeys,
    expires: OffsetDateTime,
    arn: String,
}

impl Answer {
    /// Takes the answer apart; the error says what is wrong with it.
    fn check(answer: AssumeRoleOutput, hop: &Hop) -> Result<Self, &'static str> {
        let credentials = answer.credentials.ok_or("it has no Credentials")?;
        // Into wiping hands at once, before anything can fail.
        let keys = TemporaryKeys {
            id: credentials.access_key_id,
            secret: Secret::new(credentials.secret_access_key),
            token: Secret::new(credentials.session_token),
        };
        if !is_key_id(&keys.id) {
            return Err("its AccessKeyId is missing or not 16 to 128 letters and digits");
        }
        if !is_plain_secret(keys.secret.expose()) {
            return Err("its SecretAccessKey is missing or has characters that no secret has");
        }
        if !is_plain_secret(keys.token.expose()) {
            return Err("its SessionToken is missing or has characters that no token has");
        }
        let arn = answer.assumed_role_user.map(|user| user.arn).ok_or("it has no AssumedRoleUser")?;
        if !hop.role.value.has_session(&arn) || !arn.chars().all(|c| c.is_ascii_graphic()) {
            return Err("its AssumedRoleUser is not a session of the role that was asked for");
        }
        Ok(Self { keys, arn, expires: expiry(credentials.expiration.secs(), clock::now())? })
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

/// `\w{16,128}`, the STS API reference's pattern of an access key id.
fn is_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Printable ASCII without blanks, quotes, backslash, `$` and backquote, at most 16 KiB: what real secrets are made of, and
/// nothing that any shell would take for more than itself.
fn is_plain_secret(text: &str) -> bool {
    (1..=16 * 1024).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"'\"\\$`".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_could_run_is_no_secret() {
        assert!(is_plain_secret("abc/DEF+123==") && is_key_id("ASIA0000000000000000"));
        for bad in ["", "a b", "a'b", "a\"b", "a\\b", "$(id)", "`id`", "a\nb", "é", "a\0b"] {
            assert!(!is_plain_secret(bad), "{bad:?}");
        }
        assert!(!is_plain_secret(&"a".repeat(16 * 1024 + 1)));
        for bad in ["", "ASIA", "ASIA000000000000000$", "ASIA 000000000000000"] {
            assert!(!is_key_id(bad), "{bad:?}");
        }
        assert!(!is_key_id(&"A".repeat(129)));
    }

    #[test]
    fn an_expiry_is_a_time_that_can_be_written() {
        let now = 1_795_435_994;
        assert!(expiry(now + 1, now).is_ok());
        for bad in [0, -1, now, i64::MAX, 253_402_300_800] {
            assert!(expiry(bad, now).is_err(), "{bad}");
        }
    }
}
