//! The token service of IAM Identity Center (SSO OIDC API reference): registers a client, begins the device flow,
//! and gives tokens for a code.
//!
//! A client is registered at each sign-in and kept with its token alone: a stored registration that the service
//! has dropped would make the browser show an error and never come back.

use std::time::Duration;

use aws_sdk_ssooidc::config::{BehaviorVersion, Region, SharedHttpClient};

use crate::aws::providers::sso_token;
use crate::aws::service::{Service, ServiceError};
use crate::aws::sso::error::{Error, RefusedStartUrl};
use crate::aws::sso::pkce::{self, Pkce};
use crate::common::credentials::Secret;
use crate::net::{self, NoPointlessRetry, ServiceFailure};
use crate::plan::sso_login::SsoLogin;

/// The name of this program on the page where the user permits access.
const NAME: &str = "assume-env";

/// The pause between two polls when the service names none (RFC 8628, section 3.2).
const INTERVAL: u64 = 5;

/// Longer than any sign-in, in seconds: a limit for what the service says.
const LONGEST: u64 = 3600;

/// A registered client.
pub(super) struct Registration {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
    /// When it expires, in epoch seconds (UTC).
    pub expires: i64,
}

/// The begin of a device flow.
pub(super) struct Device {
    /// What the service gives tokens for, when the user has approved.
    pub code: Secret,
    /// What the user compares.
    pub user_code: String,
    /// The page on which the user types the code.
    pub page: String,
    /// The page with the code.
    pub page_with_code: String,
    /// How long the user has.
    pub lasts: Duration,
    /// The pause between two polls.
    pub interval: Duration,
}

/// The tokens of a sign-in.
pub(super) struct Grant {
    /// What the portal accepts.
    pub access: Secret,
    /// What gives the next one, if the service gives one.
    pub refresh: Option<Secret>,
    /// How long the access token lasts, in seconds.
    pub lasts: i64,
}

/// Which flow a client is for.
pub(super) enum GrantType {
    /// The authorization code.
    Code,
    /// The device code.
    Device,
}

/// The token service of a login.
pub(super) struct Oidc<'a> {
    pub login: &'a SsoLogin,
    client: aws_sdk_ssooidc::Client,
    /// A client that tries once: a code works once.
    once: aws_sdk_ssooidc::Client,
}

impl<'a> Oidc<'a> {
    /// `attempts` is the highest number of tries of a request that can be repeated.
    pub(super) fn new(login: &'a SsoLogin, attempts: u32, http: &SharedHttpClient) -> Self {
        let client = |attempts| {
            let config = aws_sdk_ssooidc::Config::builder()
                .behavior_version(BehaviorVersion::v2026_01_12())
                .region(Region::new(login.region.value.clone()))
                .endpoint_url(&login.sign_in.value)
                .http_client(http.clone())
                .retry_config(net::retries(attempts))
                .retry_classifier(NoPointlessRetry)
                .timeout_config(net::timeouts());
            aws_sdk_ssooidc::Client::from_conf(config.build())
        };
        Self { login, client: client(attempts), once: client(1) }
    }

    /// Registers a client.
    ///
    /// # Errors
    /// A start URL that the service does not know, a scope that is not valid, no usable answer.
    pub(super) async fn register(&self, grant: GrantType) -> Result<Registration, Error> {
        let mut call = self.client.register_client().client_name(NAME).client_type("public");
        for scope in &self.login.scopes {
            call = call.scopes(scope);
        }
        if matches!(grant, GrantType::Code) {
            call = call
                .grant_types("authorization_code")
                .grant_types("refresh_token")
                .redirect_uris(pkce::REGISTERED)
                .issuer_url(&self.login.start_url.value);
        }
        let answer =
            call.send().await.map_err(|error| self.refused("RegisterClient", net::failure_of(&error)))?;
        let id = answer.client_id.filter(|id| sso_token::is_token(id));
        let secret = answer.client_secret.filter(|secret| sso_token::is_token(secret));
        match (id, secret) {
            (Some(id), Some(secret)) => {
                Ok(Registration { id, secret: Secret::new(secret), expires: answer.client_secret_expires_at })
            }
            _ => Err(self.bad("it has no clientId or clientSecret")),
        }
    }

    /// Begins the device flow.
    ///
    /// # Errors
    /// As for [`Oidc::register`].
    pub(super) async fn begin_device(&self, registration: &Registration) -> Result<Device, Error> {
        let call = self
            .client
            .start_device_authorization()
            .client_id(&registration.id)
            .client_secret(registration.secret.expose())
            .start_url(&self.login.start_url.value);
        let answer = call
            .send()
            .await
            .map_err(|error| self.refused("StartDeviceAuthorization", net::failure_of(&error)))?;
        let code = answer.device_code.filter(|code| sso_token::is_token(code));
        let code = code.ok_or_else(|| self.bad("it has no deviceCode"))?;
        let user_code = answer.user_code.filter(|code| sso_token::is_token(code));
        let user_code = user_code.ok_or_else(|| self.bad("it has no userCode"))?;
        let page = answer.verification_uri.filter(|page| self.is_page(page));
        let page = page.ok_or_else(|| self.bad("its verificationUri is not a web address"))?;
        let page_with_code = answer.verification_uri_complete.filter(|page| self.is_page(page));
        let seconds = |seconds: i32, default| match u64::try_from(seconds) {
            Ok(0) | Err(_) => default,
            Ok(seconds) => seconds.min(LONGEST),
        };
        Ok(Device {
            code: Secret::new(code),
            user_code,
            page_with_code: page_with_code.unwrap_or_else(|| page.clone()),
            page,
            lasts: Duration::from_secs(seconds(answer.expires_in, 600)),
            interval: Duration::from_secs(seconds(answer.interval, INTERVAL)),
        })
    }

    /// Whether a text of the service can be opened in a browser: a web address of one word, with https like the
    /// service itself.
    fn is_page(&self, text: &str) -> bool {
        let has_scheme = text.starts_with("https://")
            || text.starts_with("http://") && net::is_plain(&self.login.sign_in.value);
        has_scheme && sso_token::is_token(text)
    }

    /// Exchanges the code of the browser for tokens.
    ///
    /// # Errors
    /// A refusal, an answer without a token, no answer.
    pub(super) async fn tokens_for_code(
        &self,
        registration: &Registration,
        pkce: &Pkce,
        code: &Secret,
    ) -> Result<Grant, Error> {
        let call = self
            .once
            .create_token()
            .client_id(&registration.id)
            .client_secret(registration.secret.expose())
            .grant_type("authorization_code")
            .code(code.expose())
            .code_verifier(pkce.verifier.expose())
            .redirect_uri(&pkce.redirect);
        match call.send().await {
            Ok(answer) => self.grant(answer),
            Err(error) => Err(self.refused("CreateToken", net::failure_of(&error))),
        }
    }

    /// Asks for the tokens of a device code, once.
    ///
    /// # Errors
    /// The failure of the request; an answer without a token.
    pub(super) async fn tokens_for_device(
        &self,
        registration: &Registration,
        device: &Device,
    ) -> Result<Result<Grant, ServiceFailure>, Error> {
        let call = self
            .once
            .create_token()
            .client_id(&registration.id)
            .client_secret(registration.secret.expose())
            .grant_type("urn:ietf:params:oauth:grant-type:device_code")
            .device_code(device.code.expose());
        match call.send().await {
            Ok(answer) => self.grant(answer).map(Ok),
            Err(error) => Ok(Err(net::failure_of(&error))),
        }
    }

    fn grant(
        &self,
        answer: aws_sdk_ssooidc::operation::create_token::CreateTokenOutput,
    ) -> Result<Grant, Error> {
        let access = answer.access_token.filter(|token| sso_token::is_token(token));
        let access = access
            .ok_or_else(|| self.bad("its accessToken is missing or has characters that no token has"))?;
        if answer.expires_in <= 0 {
            return Err(self.bad("its expiresIn is missing"));
        }
        let refresh = answer.refresh_token.filter(|token| sso_token::is_token(token));
        Ok(Grant {
            access: Secret::new(access),
            refresh: refresh.map(Secret::new),
            lasts: i64::from(answer.expires_in),
        })
    }

    /// The error for a failed request. `action` is the requested one, as the API names it.
    pub(super) fn refused(&self, action: &'static str, failure: ServiceFailure) -> Error {
        let login = self.login;
        if let ServiceFailure::Refused { code, message, reason: None } = &failure {
            let said = format!("{code}: {message}");
            match code.as_str() {
                "InvalidRequestException" if action != "CreateToken" => {
                    return Error::StartUrl(Box::new(RefusedStartUrl {
                        start_url: login.start_url.clone(),
                        region: login.region.clone(),
                        said,
                        slips: login.slips.iter().map(ToString::to_string).collect(),
                    }));
                }
                "InvalidScopeException" => return Error::Scope { scopes: login.scopes.join(", "), said },
                "AccessDeniedException" if action == "CreateToken" => {
                    return Error::Denied { again: login.command() };
                }
                _ => {}
            }
        }
        ServiceError::of(Service::IdentityCenter, &login.sign_in.value, action, failure).into()
    }

    fn bad(&self, what: &'static str) -> Error {
        let url = self.login.sign_in.value.clone();
        ServiceError::BadAnswer { service: Service::IdentityCenter, url, what }.into()
    }
}
