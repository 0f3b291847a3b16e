//! assume-env turns an AWS role into a process environment.
//!
//! One direction, no back and forth: [`cli`] → [`plan`] → [`source`], [`sts`] → [`session`] → [`dialect`] or [`exec`]. Each
//! room takes the value that the room before it made; all of them see the environment through [`caller`].

#![deny(unsafe_code)]

pub mod base;
pub mod bounded;
pub mod caller;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cores;
pub mod dialect;
pub mod duration;
pub mod error;
pub mod exec;
pub mod explain;
pub mod hook;
pub mod list;
pub mod mfa;
pub mod near;
pub mod net;
pub mod obtain;
pub mod output;
pub mod plan;
pub mod program;
pub mod reuse;
pub mod role;
pub mod s3;
pub mod secret;
pub mod session;
pub mod shape;
pub mod signals;
pub mod source;
pub mod status;
pub mod sts;
pub mod summary;
pub mod tty;
pub mod who;
