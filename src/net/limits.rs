//! The limits in time of a request.

use std::time::Duration;

/// The connection may take this long, its TLS handshake included.
pub const CONNECT: Duration = Duration::from_secs(5);
/// The answer to a request may take this long to begin.
pub const READ: Duration = Duration::from_secs(10);
/// Within an answer, nothing may come for this long.
pub const PAUSE: Duration = Duration::from_secs(5);
/// All tries of a request together may take this long.
pub const WHOLE: Duration = Duration::from_secs(30);
