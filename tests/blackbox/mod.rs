//! The real binary, seen from outside: arguments, environment and files in; text, exit status and requests out.
//! One module a promise; [`harness`] gives each test a home folder, an STS and a clean environment of its own.

mod bad_input;
mod config;
mod fail_closed;
mod guard;
mod harness;
mod network;
mod print;
mod questions;
mod run;
mod sources;
mod sts_errors;
mod variables;
