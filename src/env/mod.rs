//! The environment that this program was started with. All variables are read through this folder.
//!
//! [`Environment`] is the user's view: while a session of this program is held, its variables count as absent
//! and the values that it replaced count as present. So renewing, switching and nesting start from the user's
//! own settings, and a session never hides its own source. [`HeldSession`] is that session, [`Restore`] the
//! replaced values.

mod environment;
pub(crate) mod error;
mod folder;
mod held;
pub(crate) mod host;
mod passwd;
mod raw;
mod restore;
pub(crate) mod running;
mod secrets;

pub use environment::Environment;
pub(crate) use held::{HeldSession, SessionLabels, sso_label};
pub use restore::Restore;
pub(crate) use secrets::learn_secrets;
