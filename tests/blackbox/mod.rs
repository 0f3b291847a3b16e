//! The real binary, seen from outside: arguments, environment and files in; text, exit status and requests out.
//! One module a promise; [`harness`] gives each test a home folder, an STS and a clean environment of its own.

mod bad_input;
mod base;
mod config;
mod dialects;
mod explain;
mod fail_closed;
mod guard;
mod harness;
mod hostile;
mod mfa;
mod mfa_terminal;
mod network;
mod print;
mod programs;
mod questions;
mod reuse;
mod round_trip;
mod run;
mod shape;
mod sources;
mod status;
mod sts_errors;
mod terminal;
mod traced;
mod variables;
