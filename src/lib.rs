//! assume-env turns an AWS role into a process environment.

#![deny(unsafe_code)]

pub mod acquire;
pub mod aws;
pub mod cli;
pub mod commands;
pub mod common;
pub mod config;
pub mod env;
pub mod mfa;
pub mod net;
pub mod plan;
pub mod process;
pub mod session;
pub mod shell;
pub mod sys;
