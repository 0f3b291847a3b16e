//! A hop: one STS call that turns credentials into other credentials, with everything that is sent.

use crate::common::arn::RoleArn;
use crate::common::duration::SessionLength;
use crate::common::origin::Located;
use crate::common::session_policy::SessionPolicy;
use crate::mfa::Mfa;

/// One STS call.
#[derive(Clone, Debug)]
pub enum Hop {
    /// To a role: AssumeRole, or AssumeRoleWithWebIdentity.
    Role(Box<RoleHop>),
    /// From a user's long-lived keys to temporary ones of the same user: GetSessionToken.
    Session(GetSessionTokenHop),
}

/// What assumes a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssumeWith {
    /// Keys, which sign the request.
    Keys,
    /// The token of an identity provider, which stands in the request; nothing signs it.
    WebIdentity,
}

/// A role that is assumed.
#[derive(Clone, Debug)]
pub struct RoleHop {
    /// What assumes it.
    pub with: AssumeWith,
    /// The role, and where it is named.
    pub role: Located<RoleArn>,
    /// The session name.
    pub session_name: Located<String>,
    /// The length; absent, STS gives one hour.
    pub duration: Option<Located<SessionLength>>,
    /// The external ID.
    pub external_id: Option<Located<String>>,
    /// What narrows or marks the session.
    pub shape: SessionPolicy,
    /// The MFA device; only the first hop can have one.
    pub mfa: Option<Mfa>,
    /// A device that only the source profile names: it is not asked, and worth a hint when the role is refused.
    pub unasked_mfa: Option<Located<String>>,
    /// The profile that the hop belongs to; a bare ARN has none.
    pub profile: Option<String>,
}

/// A session of the user whose keys the source gives.
#[derive(Clone, Debug)]
pub struct GetSessionTokenHop {
    /// The length; absent, STS gives twelve hours.
    pub duration: Option<Located<SessionLength>>,
    /// The MFA device.
    pub mfa: Option<Mfa>,
    /// Whether the keys of the source may turn out to be temporary, which are used as they are.
    pub only_for_long_lived: bool,
}

/// How long STS lets a session of GetSessionToken last when nobody says, in seconds.
pub const SESSION_TOKEN_LIFE: u32 = 43_200;
/// How long STS lets a role's session last when nobody says, in seconds.
pub const ROLE_LIFE: u32 = 3_600;

impl Hop {
    /// The name of the STS action.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Session(_) => "GetSessionToken",
            Self::Role(hop) => match hop.with {
                AssumeWith::Keys => "AssumeRole",
                AssumeWith::WebIdentity => "AssumeRoleWithWebIdentity",
            },
        }
    }

    /// The role, if it leads to one.
    pub fn role(&self) -> Option<&RoleHop> {
        match self {
            Self::Role(hop) => Some(hop),
            Self::Session(_) => None,
        }
    }

    /// The MFA device whose code it carries.
    pub fn mfa(&self) -> Option<&Mfa> {
        match self {
            Self::Role(hop) => hop.mfa.as_ref(),
            Self::Session(hop) => hop.mfa.as_ref(),
        }
    }

    /// The place of its MFA device.
    pub fn mfa_mut(&mut self) -> &mut Option<Mfa> {
        match self {
            Self::Role(hop) => &mut hop.mfa,
            Self::Session(hop) => &mut hop.mfa,
        }
    }

    /// The length that is asked for.
    pub fn duration(&self) -> Option<&Located<SessionLength>> {
        match self {
            Self::Role(hop) => hop.duration.as_ref(),
            Self::Session(hop) => hop.duration.as_ref(),
        }
    }

    /// How long the session will last, in seconds.
    pub fn life(&self) -> u32 {
        let default = match self {
            Self::Role(_) => ROLE_LIFE,
            Self::Session(_) => SESSION_TOKEN_LIFE,
        };
        self.duration().map_or(default, |length| length.value.seconds())
    }
}
