//! The calls of AWS Security Token Service: credentials and the hops of a plan come in, a session goes out.
//!
//! [`Sts`] makes the calls, one after another over one connection. Each answer is checked before any part of
//! it is used: no unchecked byte may reach a shell. A refusal becomes advice in [`refusal`]. Follows the STS
//! API reference.

mod client;
pub(crate) mod clock_skew;
pub(crate) mod error;
mod hop_keys;
pub(crate) mod refusal;
mod response;

pub(crate) use crate::aws::sts::client::Identity;
pub use crate::aws::sts::client::Sts;
