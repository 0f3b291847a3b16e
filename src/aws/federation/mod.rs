//! The federation endpoint of AWS sign-in, which leads the session of a role to the console.

pub(crate) mod client;
pub(crate) mod error;
