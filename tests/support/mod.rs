//! The strict STS: a stand-in for AWS that trusts nothing it is sent, for the black-box tests.
//! It lives in the test process on loopback, speaks http or https, answers with the statuses,
//! codes and wordings of the real service, and is gone when its handle is dropped.
//! Start at [`World`] (who exists) and [`Sts`] (the running server). Beside an [`Sts`] stand the services that
//! hand out a first session: [`Sso`], [`Imds`], [`Container`]. Their keys are known to that STS.

#![allow(dead_code, unused_imports, reason = "a library for many tests: no build needs every builder")]

pub mod caller;
pub mod clock;
pub mod container;
pub mod endpoint;
pub mod faults;
pub mod federation;
pub mod figures;
pub mod http;
pub mod imds;
pub mod json;
pub mod oidc;
pub mod params;
pub mod policy;
pub mod random;
pub mod record;
pub mod role;
pub mod s3;
pub mod server;
pub mod session;
pub mod shared;
pub mod sigv4;
pub mod sso;
pub mod sso_cache;
pub mod sts;
pub mod tls;
pub mod web_identity;
pub mod world;
pub mod xml;

#[cfg(test)]
mod selftest;

pub use container::Container;
pub use endpoint::Sts;
pub use faults::Fault;
pub use federation::Federation;
pub use figures::proof;
pub use imds::Imds;
pub use oidc::Consent;
pub use random::Random;
pub use record::Recorded;
pub use role::Role;
pub use server::Server;
pub use session::{Grant, Principal, Session};
pub use sso::Sso;
pub use sso_cache::TokenFile;
pub use tls::{Ca, Leaf};
pub use world::{User, World};
