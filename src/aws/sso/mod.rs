//! Signing in to IAM Identity Center, and signing out.
//!
//! [`sign_in`] gets a token by one of two flows and stores it in the AWS CLI's own file, so that the AWS CLI, boto3
//! and the SDKs share the login. `code_flow` is the authorization code with PKCE (RFC 7636), which `callback`
//! receives on a port of this machine; `device_flow` is the device code (RFC 8628), for which the browser can be
//! on any machine. `oidc` asks the token service. `portal` lists the accounts and roles of a user. Follows the AWS CLI (`aws sso login`).

mod callback;
mod code_flow;
mod device_flow;
pub(crate) mod error;
pub(crate) mod how;
mod oidc;
mod pkce;
pub(crate) mod portal;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
