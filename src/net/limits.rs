//! The time limits of a request.

use std::time::Duration;

/// The longest time for a connection, with its TLS handshake.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);
/// The longest time until an answer begins.
pub(crate) const READ: Duration = Duration::from_secs(10);
/// The longest pause within an answer.
pub(crate) const PAUSE: Duration = Duration::from_secs(5);
/// The longest time for all tries of a request together.
pub(crate) const WHOLE: Duration = Duration::from_secs(30);
