//! A refusal of STS, with advice: one line on what failed and one on what to do.
//!
//! The codes are those of the STS API reference. STS gives one code, AccessDenied, to many causes, so the
//! advice also depends on words of its messages, as the service sends them. It names the profile and its
//! line, or the flag, of the refused value.

use std::fmt;

use crate::common::clock;
use crate::common::origin::{Located, Origin};
use crate::common::report::{Diagnostic, Report};
use crate::mfa;
use crate::plan::{AssumeWith, Hop, RoleHop};

/// A refusal of a hop.
#[derive(Debug)]
pub struct Refusal {
    /// The error code.
    pub code: String,
    /// The message.
    pub message: String,
    /// The holder of the keys that signed the request, for messages.
    pub holder: String,
    /// The hop that was refused.
    pub hop: Hop,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message, hop, holder } = self;
        match hop.role() {
            Some(hop) => write!(f, "STS did not give the role {}: {code}: {message}", hop.role.value),
            None => write!(f, "STS did not give a session for {holder}: {code}: {message}"),
        }
    }
}

impl Diagnostic for Refusal {
    fn report(&self) -> Report {
        Report::new(self.to_string()).hint(self.advice())
    }
}

/// The reason of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RefusalReason {
    /// The MFA code is wrong, or was used before.
    WrongCode,
    /// The MFA device is not one of the user's.
    OtherDevice,
    /// No policy allows session tags.
    TagSession,
    /// No policy allows a source identity.
    SourceIdentity,
    /// The role needs an MFA code.
    CodeNeeded,
    /// GetSessionToken does not accept temporary keys.
    TemporaryKeys,
    /// A policy denies the request, or none allows it.
    AccessDenied,
    /// The identity provider or the token is not one that the account accepts.
    IdentityToken,
    /// The identity provider refused the token.
    RejectedClaim,
    /// AWS cannot reach the identity provider.
    ProviderUnreachable,
    /// The session duration is longer than the role's maximum.
    LongerThanRole,
    /// The session duration is longer than that of role chaining.
    LongerThanChain,
    /// A value of the request is not valid.
    InvalidValue,
    /// The keys do not exist or are inactive.
    UnknownKeys,
    /// The keys or the token have expired.
    Expired,
    /// The clock of this machine is wrong.
    WrongClock,
    /// The secret access key is wrong.
    WrongSecret,
    /// STS is not active in the region.
    RegionDisabled,
    /// Too many requests.
    Throttled,
    /// The session policy is too large or not valid.
    SessionPolicy,
    /// Any other code.
    Other,
}

impl Refusal {
    /// Whether the MFA code was wrong, or was used before.
    pub fn is_wrong_code(&self) -> bool {
        self.reason() == RefusalReason::WrongCode
    }

    /// Whether a policy denies the request, or none allows it.
    pub fn is_access_denied(&self) -> bool {
        self.code == "AccessDenied"
    }

    /// Whether there were too many requests, so that another attempt can succeed.
    pub fn is_throttled(&self) -> bool {
        self.reason() == RefusalReason::Throttled
    }

    /// Whether STS refuses every request that these keys sign.
    pub fn is_of_keys(&self) -> bool {
        matches!(
            self.reason(),
            RefusalReason::Expired
                | RefusalReason::UnknownKeys
                | RefusalReason::WrongClock
                | RefusalReason::WrongSecret
        )
    }

    /// The reason, from the code; for a code with several reasons, also from the words of STS. This is the
    /// only place that decides by them.
    fn reason(&self) -> RefusalReason {
        let has = |part: &str| self.message.contains(part);
        match self.code.as_str() {
            "AccessDenied" if has("invalid MFA one time pass code") => RefusalReason::WrongCode,
            "AccessDenied" if has("unable to validate MFA code") => RefusalReason::OtherDevice,
            "AccessDenied" if has("sts:TagSession") => RefusalReason::TagSession,
            "AccessDenied" if has("sts:SetSourceIdentity") => RefusalReason::SourceIdentity,
            "AccessDenied" if has("MultiFactorAuthentication") => RefusalReason::CodeNeeded,
            "AccessDenied" if has("GetSessionToken") && has("session credentials") => {
                RefusalReason::TemporaryKeys
            }
            "AccessDenied" => RefusalReason::AccessDenied,
            "InvalidIdentityToken" => RefusalReason::IdentityToken,
            "IDPRejectedClaim" => RefusalReason::RejectedClaim,
            "IDPCommunicationError" => RefusalReason::ProviderUnreachable,
            "ValidationError" if has("MaxSessionDuration") => RefusalReason::LongerThanRole,
            "ValidationError" if has("role chaining") => RefusalReason::LongerThanChain,
            "ValidationError" => RefusalReason::InvalidValue,
            "InvalidClientTokenId" => RefusalReason::UnknownKeys,
            "ExpiredToken" | "ExpiredTokenException" => RefusalReason::Expired,
            "SignatureDoesNotMatch" if has("Signature expired") || has("not yet current") => {
                RefusalReason::WrongClock
            }
            "SignatureDoesNotMatch" => RefusalReason::WrongSecret,
            "RegionDisabledException" => RefusalReason::RegionDisabled,
            "Throttling" | "ThrottlingException" | "RequestLimitExceeded" => RefusalReason::Throttled,
            "PackedPolicyTooLarge" | "MalformedPolicyDocument" => RefusalReason::SessionPolicy,
            _ => RefusalReason::Other,
        }
    }

    /// What to do.
    fn advice(&self) -> String {
        let holder = &self.holder;
        match self.reason() {
            RefusalReason::WrongCode => format!(
                "a code works once, and the next one starts in {}s: try again with the next one",
                mfa::until_next_code(clock::now())
            ),
            RefusalReason::OtherDevice => {
                "the device must belong to the user of these keys: check mfa_serial or --mfa-serial".into()
            }
            RefusalReason::TagSession => {
                "tags need sts:TagSession, in the role's trust policy and in the caller's own policy; \
                 or leave the tags out"
                    .into()
            }
            RefusalReason::SourceIdentity => {
                "a source identity needs sts:SetSourceIdentity, in the role's trust policy and in the \
                 caller's own policy; or leave it out"
                    .into()
            }
            RefusalReason::CodeNeeded => {
                "the role needs an MFA code: name the device with mfa_serial in the profile, or \
                 --mfa-serial"
                    .into()
            }
            RefusalReason::TemporaryKeys => {
                format!("{holder} are temporary already: name a role, or use them without assume-env")
            }
            RefusalReason::AccessDenied => match &self.hop {
                Hop::Session(_) => {
                    "a policy denies sts:GetSessionToken to this user; name a role instead".into()
                }
                Hop::Role(hop) if hop.with == AssumeWith::WebIdentity => denied_to_token(hop),
                Hop::Role(hop) => self.denied(hop),
            },
            RefusalReason::IdentityToken => {
                "the role's account must have the identity provider in IAM, and the token must be from this \
                 provider, for sts.amazonaws.com"
                    .into()
            }
            RefusalReason::RejectedClaim => {
                "the identity provider refused the token: get a new one and try again".into()
            }
            RefusalReason::ProviderUnreachable => {
                "AWS could not reach the identity provider: try again in a minute".into()
            }
            RefusalReason::LongerThanRole => format!(
                "{} longer than the role's own maximum; --duration 1h is always allowed",
                self.duration()
            ),
            RefusalReason::LongerThanChain => format!(
                "{} longer than one hour, the maximum for role chaining (a role that is assumed with \
                 temporary keys); use --duration 1h",
                self.duration()
            ),
            RefusalReason::InvalidValue => {
                "correct the value that STS names in the line above; --explain shows where each value comes from".into()
            }
            RefusalReason::UnknownKeys => format!(
                "{holder} are not known to AWS: deleted, inactive, mistyped, or of another partition; put \
                 working keys there"
            ),
            RefusalReason::Expired => match &self.hop {
                Hop::Role(hop) if hop.with == AssumeWith::WebIdentity => {
                    "the token has expired: its issuer must write a new one to its file".into()
                }
                _ => format!("{holder} have expired; get new ones there and try again"),
            },
            RefusalReason::WrongClock => {
                "the clock of this machine is off by more than 15 minutes; set it (timedatectl set-ntp \
                 true) and try again"
                    .into()
            }
            RefusalReason::WrongSecret => {
                format!("the secret access key does not belong to the key id in {holder}: copy both again")
            }
            RefusalReason::RegionDisabled => {
                "use a region whose STS is active, with --region or region in the profile, or activate this \
                 one in the account settings of IAM"
                    .into()
            }
            RefusalReason::Throttled => {
                "this account sends too many requests to STS; wait a minute and try again".into()
            }
            RefusalReason::SessionPolicy => {
                "correct the session policy (--policy) or the tags (--tag): STS says in the line above what is wrong".into()
            }
            RefusalReason::Other => {
                format!("the STS API reference lists this code under {}, Errors", self.hop.action())
            }
        }
    }

    fn denied(&self, hop: &RoleHop) -> String {
        // A trust policy that requires MFA refuses with the same words as any other.
        if let Some(Located { value, origin }) = &hop.unasked_mfa {
            let place = match &hop.profile {
                Some(profile) => format!("add mfa_serial = {value} to profile {profile}"),
                None => format!("type --mfa-serial {value}"),
            };
            return format!(
                "if the role needs an MFA code: only the source profile names a device ({origin}); {place}"
            );
        }
        let id = match &hop.external_id {
            Some(Located { origin, .. }) => format!(
                "the external ID must be the one that the trust policy requires; this one is from {origin}"
            ),
            None => {
                let place = match &hop.profile {
                    Some(profile) => format!("external_id in profile {profile}"),
                    None => "--external-id".to_owned(),
                };
                format!("if the trust policy requires an external ID, give it ({place})")
            }
        };
        let named = match &hop.role.origin {
            Origin::File(place) => format!(" (named at {place})"),
            Origin::Flag(_) | Origin::Variable(_) | Origin::Default => String::new(),
        };
        format!(
            "the role must exist{named}, its trust policy must allow {}, and the caller's own policies must \
             allow sts:AssumeRole on it; {id}",
            self.holder
        )
    }

    /// The session duration and its origin, followed by "is".
    fn duration(&self) -> String {
        match self.hop.duration() {
            Some(length) => format!("{} ({}) is", length.value, length.origin),
            None => "the session duration is".to_owned(),
        }
    }
}

fn denied_to_token(hop: &RoleHop) -> String {
    format!(
        "the role must exist ({}), and its trust policy must allow sts:AssumeRoleWithWebIdentity to the \
         provider and the subject of this token",
        hop.role.origin
    )
}
