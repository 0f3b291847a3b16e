//! A hop: one STS call that exchanges credentials for other credentials, with everything that the call sends.
//!
//! Pure data, with the lifetimes that STS uses when a call names none (STS API reference, AssumeRole and
//! GetSessionToken).

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
    /// From a user's long-lived keys to temporary keys of the same user: GetSessionToken.
    Session(GetSessionTokenHop),
}

/// What assumes a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssumeWith {
    /// Keys, which sign the request.
    Keys,
    /// The token of an identity provider, which is part of the request; the request has no signature.
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
    /// The session duration; without one, STS uses one hour.
    pub duration: Option<Located<SessionLength>>,
    /// The external ID.
    pub external_id: Option<Located<String>>,
    /// The session policies, session tags and source identity.
    pub session_policy: SessionPolicy,
    /// The MFA device; only the first hop can have one.
    pub mfa: Option<Mfa>,
    /// An MFA device that only the profile of the source names. The call sends no code of it, as in the AWS
    /// CLI; the message about a refused role names it.
    pub unasked_mfa: Option<Located<String>>,
    /// The profile that the hop belongs to; a role that is named by its ARN has none.
    pub profile: Option<String>,
}

/// A session of the user whose keys the source gives.
#[derive(Clone, Debug)]
pub struct GetSessionTokenHop {
    /// The session duration; without one, STS uses twelve hours.
    pub duration: Option<Located<SessionLength>>,
    /// The MFA device.
    pub mfa: Option<Mfa>,
    /// Whether the keys of the source may turn out to be temporary. Temporary keys are used without this
    /// call.
    pub only_for_long_lived: bool,
}

/// How long a session of GetSessionToken lasts when the call names no duration, in seconds.
pub(super) const SESSION_TOKEN_LIFE: u32 = 43_200;
/// How long a session of a role lasts when the call names no duration, in seconds.
pub(crate) const ROLE_LIFE: u32 = 3_600;

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

    /// The role, if the hop leads to one.
    pub fn role(&self) -> Option<&RoleHop> {
        match self {
            Self::Role(hop) => Some(hop),
            Self::Session(_) => None,
        }
    }

    /// Whether the hop leads to this role.
    pub fn leads_to(&self, role: &RoleArn) -> bool {
        self.role().is_some_and(|hop| hop.role.value == *role)
    }

    /// The MFA device whose code the call sends.
    pub fn mfa(&self) -> Option<&Mfa> {
        match self {
            Self::Role(hop) => hop.mfa.as_ref(),
            Self::Session(hop) => hop.mfa.as_ref(),
        }
    }

    /// The MFA device, to be set.
    pub fn mfa_mut(&mut self) -> &mut Option<Mfa> {
        match self {
            Self::Role(hop) => &mut hop.mfa,
            Self::Session(hop) => &mut hop.mfa,
        }
    }

    /// The session duration that the call asks for.
    pub fn duration(&self) -> Option<&Located<SessionLength>> {
        match self {
            Self::Role(hop) => hop.duration.as_ref(),
            Self::Session(hop) => hop.duration.as_ref(),
        }
    }

    /// The session duration, to be set.
    pub fn duration_mut(&mut self) -> &mut Option<Located<SessionLength>> {
        match self {
            Self::Role(hop) => &mut hop.duration,
            Self::Session(hop) => &mut hop.duration,
        }
    }

    /// How long the session lasts, in seconds.
    pub fn life(&self) -> u32 {
        let default = match self {
            Self::Role(_) => ROLE_LIFE,
            Self::Session(_) => SESSION_TOKEN_LIFE,
        };
        self.duration().map_or(default, |length| length.value.seconds())
    }
}
