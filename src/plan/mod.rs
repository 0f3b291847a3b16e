//! Planning: the command line, the environment and the profiles in; a [`Plan`] out, which says the source of
//! the first credentials, the STS calls after it, and where they are asked.
//!
//! Everything that can be known without the network is found out here, before an MFA code is used. Nothing
//! here may touch the network, a file or the terminal. `resolve` makes the plan, `chain` follows
//! `source_profile`, `source_of` has the one order of the sources, `overrides` applies the flags, `endpoint`
//! finds the addresses, `login_plan` the login of a sign-in, `settings` finds what the session passes on.

mod ambient;
mod chain;
pub(crate) mod console;
mod context;
mod endpoint;
pub(crate) mod error;
mod hop;
mod hop_of;
mod login_of;
pub(crate) mod login_plan;
mod mfa_device;
mod model;
mod overrides;
mod resolve;
mod settings;
pub(crate) mod source;
pub(crate) mod source_of;
pub(crate) mod sso_login;
pub(crate) mod sso_role;
pub(crate) mod sso_slip;
pub(crate) mod unexpected_account;

pub use crate::plan::context::PlanContext;
pub(crate) use crate::plan::hop::{AssumeWith, GetSessionTokenHop, Hop, ROLE_LIFE, RoleHop};
pub(crate) use crate::plan::model::MfaSessionUse;
pub use crate::plan::model::Plan;
pub use crate::plan::resolve::plan;
pub(crate) use crate::plan::settings::{LeftOutBecause, LeftOutSetting, PassedSetting};

#[cfg(test)]
mod tests;
