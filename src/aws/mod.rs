//! Everything that asks AWS, or a program on this machine, for credentials or facts.
//!
//! [`providers`] fetches the first credentials of a plan, [`sts`] turns them into a session, [`s3`] lists
//! buckets, [`federation`] gets the sign-in token of the console. [`service`] has the errors that all services share. A plan comes in; checked credentials, a
//! session or an answer goes out.

pub(crate) mod federation;
pub(crate) mod providers;
pub(crate) mod s3;
pub(crate) mod service;
pub(crate) mod sso;
pub(crate) mod sts;
