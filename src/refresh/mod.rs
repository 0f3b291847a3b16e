//! Keys that renew themselves while a command runs (`assume-env --refresh ROLE -- COMMAND`).
//!
//! The process still becomes the command. A detached helper, forked before the first request, serves the keys to it at an address
//! of this machine, as ECS serves those of a container, and renews them in its memory. It ends with the command.
//!
//! [`renewable`] refuses sources that cannot be asked again, [`environment`] makes the command's variables, [`helper`] starts the
//! helper and is its main loop; `server` answers requests, `renewal` makes new sessions, `holders` finds what the command left
//! running. [`client`] asks the helper, for `--status` and `--renew`.

pub(crate) mod client;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod helper;
mod holders;
mod keys;
mod lifetime;
pub(crate) mod renewable;
mod renewal;
mod server;
mod state;
mod wake;
