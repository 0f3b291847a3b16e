//! Random bytes that nothing can predict.

use rustls::crypto::ring;

/// The system has no random bytes.
#[derive(Debug)]
pub(crate) struct NoRandom;

/// Fills the buffer.
///
/// # Errors
/// The system gives no random bytes.
pub(crate) fn fill(buffer: &mut [u8]) -> Result<(), NoRandom> {
    ring::default_provider().secure_random.fill(buffer).map_err(|_| NoRandom)
}
