//! A role of IAM Identity Center: the AWS CLI's token opens the portal, which hands out the role's keys.
//!
//! Follows the AWS SDKs and Tools Reference ("IAM Identity Center credential provider") and botocore: a token of an
//! `sso-session` is refreshed when it has expired, one of the older keys is not. What only a person can mend names the
//! `aws sso login` to type.

use std::fmt;
use std::path::PathBuf;

use aws_sdk_sso::config::{BehaviorVersion, Region, SharedHttpClient};
use time::OffsetDateTime;

use super::Credentials;
use super::sso_token::{self, Refresh, Token};
use crate::clock;
use crate::config::Located;
use crate::error::Error;
use crate::net::{self, NoPointlessRetry, Trouble};
use crate::plan::Plan;
use crate::secret::{Keys, Secret};
use crate::tty;

/// The codes by which the token service says that only a new login helps (SSO OIDC API reference, `CreateToken`).
const FOR_GOOD: [&str; 5] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidClientException",
    "InvalidGrantException",
    "UnauthorizedClientException",
];

/// A role that the portal hands out.
#[derive(Debug)]
pub struct Sso {
    /// The profile that names it.
    pub profile: String,
    /// The `sso-session`; profiles of the older kind have none.
    pub session: Option<String>,
    /// Where people log in.
    pub start_url: Located<String>,
    /// The region of the portal.
    pub region: Located<String>,
    /// The twelve digits of the account.
    pub account: Located<String>,
    /// The role's name there.
    pub role: Located<String>,
    /// The address of the portal.
    pub portal: Located<String>,
    /// The address that refreshes tokens.
    pub oidc: Located<String>,
    /// The AWS CLI's file that holds the token.
    pub token_file: PathBuf,
}

impl Sso {
    /// Both addresses.
    pub fn urls(&self) -> [&str; 2] {
        [&self.portal.value, &self.oidc.value]
    }

    /// What a person types to log in.
    pub fn login(&self) -> String {
        use crate::dialect::Format;
        match &self.session {
            Some(session) => format!("aws sso login --sso-session {}", Format::Sh.word(session)),
            None => format!("aws sso login --profile {}", Format::Sh.word(&self.profile)),
        }
    }

    /// Whether the token can be used, or refreshed.
    pub fn check(&self) -> Result<(), Error> {
        self.token().map(drop)
    }

    /// The token, and what refreshes it if it has expired.
    fn token(&self) -> Result<(Token, Option<Refresh>), Error> {
        let now = clock::now();
        let token = Token::read(&self.token_file).map_err(|why| self.unusable(why))?;
        if token.is_valid(now) {
            return Ok((token, None));
        }
        match token.refresh(now).filter(|_| self.session.is_some()) {
            Some(refresh) => Ok((token, Some(refresh))),
            None => Err(self.unusable(token.expired(now))),
        }
    }

    fn unusable(&self, why: String) -> Error {
        Error::SsoToken {
            origin: self.role.origin.clone(),
            file: self.token_file.clone(),
            why,
            login: self.login(),
        }
    }

    /// The role's keys.
    ///
    /// # Errors
    /// A token that is missing, has expired for good or is refused; a role that this person has not; what goes wrong on the way.
    pub async fn credentials(&self, plan: &Plan, http: SharedHttpClient) -> Result<Credentials, Error> {
        let token = match self.token()? {
            (token, None) => token,
            (_, Some(_)) => self.fresh(plan, http.clone()).await?,
        };
        let config = aws_sdk_sso::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(self.region.value.clone()))
            .endpoint_url(&self.portal.value)
            .http_client(http)
            .retry_config(net::retries(plan))
            .retry_classifier(NoPointlessRetry)
            .timeout_config(net::timeouts());
        let client = aws_sdk_sso::Client::from_conf(config.build());
        let call = client
            .get_role_credentials()
            .account_id(&self.account.value)
            .role_name(&self.role.value)
            .access_token(token.access().expose());
        let answer = call.send().await.map_err(|error| self.refused(net::trouble(&error)))?;
        let bad =
            |what| Error::BadAnswer { service: "IAM Identity Center", url: self.portal.value.clone(), what };
        let found = answer.role_credentials.ok_or_else(|| bad("it has no roleCredentials"))?;
        let keys = Keys {
            id: found.access_key_id.unwrap_or_default(),
            secret: Secret::new(found.secret_access_key.unwrap_or_default()),
            token: found.session_token.filter(|token| !token.is_empty()).map(Secret::new),
        };
        if keys.id.is_empty() || keys.secret.expose().is_empty() || keys.token.is_none() {
            return Err(bad("it has not all of its three keys"));
        }
        if keys.unusable().is_some() {
            return Err(bad("its keys have characters that no key has"));
        }
        // Milliseconds; zero where the answer has none.
        let expires = OffsetDateTime::from_unix_timestamp(found.expiration / 1000)
            .ok()
            .filter(|expires| expires.unix_timestamp() > clock::now())
            .ok_or_else(|| bad("its expiration is missing or in the past"))?;
        Ok(Credentials { keys, expires: Some(expires), account: Some(self.account.value.clone()) })
    }

    /// The next token, which one process gets for all that want it at the same time.
    async fn fresh(&self, plan: &Plan, http: SharedHttpClient) -> Result<Token, Error> {
        let _turn = Token::turn(&self.token_file).await;
        match self.token()? {
            (token, None) => Ok(token),
            (token, Some(refresh)) => self.refreshed(token, &refresh, plan, http).await,
        }
    }

    /// The next token, which also takes the place of the old one in the AWS CLI's file.
    async fn refreshed(
        &self,
        token: Token,
        refresh: &Refresh,
        plan: &Plan,
        http: SharedHttpClient,
    ) -> Result<Token, Error> {
        let config = aws_sdk_ssooidc::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(self.region.value.clone()))
            .endpoint_url(&self.oidc.value)
            .http_client(http)
            // A refresh token works once: a second try after a lost answer would be told that it is unknown.
            .retry_config(net::retries(plan).with_max_attempts(1))
            .timeout_config(net::timeouts());
        let client = aws_sdk_ssooidc::Client::from_conf(config.build());
        let call = client
            .create_token()
            .client_id(&refresh.client_id)
            .client_secret(refresh.client_secret.expose())
            .grant_type("refresh_token")
            .refresh_token(refresh.token.expose());
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) => return self.not_refreshed(&token, net::trouble(&error)),
        };
        let bad = |what| {
            let (service, url) = ("IAM Identity Center", self.oidc.value.clone());
            Error::BadAnswer { service, url, what }
        };
        let access = answer.access_token.ok_or_else(|| bad("it has no accessToken"))?;
        if !sso_token::is_token(&access) {
            return Err(bad("its accessToken is empty or has characters that no token has"));
        }
        let next = answer.refresh_token.filter(|token| sso_token::is_token(token));
        let token = token.renewed(access, next, i64::from(answer.expires_in));
        if let Err(why) = token.write(&self.token_file) {
            tty::say(&format!(
                "assume-env: the refreshed token cannot be kept in {}: {why}\n  it is used now; log in again next time: {}",
                self.token_file.display(),
                self.login()
            ));
        }
        Ok(token)
    }

    /// Another process may have been faster, and the refresh token has been spent on its behalf.
    fn not_refreshed(&self, old: &Token, trouble: Trouble) -> Result<Token, Error> {
        let service = "IAM Identity Center";
        if matches!(trouble, Trouble::Refused { .. } | Trouble::NotAnAnswer { .. })
            && let Ok(token) = Token::read(&self.token_file)
            && token.is_valid(clock::now())
        {
            return Ok(token);
        }
        match trouble {
            Trouble::Refused { code, message } if !FOR_GOOD.contains(&&*code) => {
                Err(Error::ActionRefused { service, action: "CreateToken", code, message })
            }
            Trouble::Refused { .. } | Trouble::NotAnAnswer { status: 400 | 401 } => {
                Err(self.unusable(format!("{}, and is not refreshed any more", old.expired(clock::now()))))
            }
            trouble => Err(Error::no_answer(service, &self.oidc.value, trouble)),
        }
    }

    fn refused(&self, trouble: Trouble) -> Error {
        match trouble {
            Trouble::Refused { code, .. } if code == "UnauthorizedException" => {
                self.unusable("is not accepted any more".into())
            }
            Trouble::Refused { code, message } => Error::SsoRefused {
                role: self.role.value.clone(),
                origin: self.role.origin.clone(),
                account: self.account.value.clone(),
                said: format!("{code}: {message}"),
            },
            trouble => Error::no_answer("IAM Identity Center", &self.portal.value, trouble),
        }
    }
}

impl fmt::Display for Sso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, account, profile, .. } = self;
        write!(
            f,
            "the role {} in account {} of IAM Identity Center, profile {profile} ({})",
            role.value, account.value, role.origin
        )
    }
}
