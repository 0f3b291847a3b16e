//! What the commands that lead to a role share: the policy file.

use std::path::Path;

use crate::cli::SessionArgs;
use crate::commands::error::Error;
use crate::sys::read_limited;

/// Replaces `--policy @FILE` by the text of the file.
///
/// # Errors
/// A file that cannot be read as text.
pub(super) fn read_policy(mut args: SessionArgs) -> Result<SessionArgs, Error> {
    if let Some(file) = args.policy.as_deref().and_then(|policy| policy.strip_prefix('@')) {
        let unreadable = |why| Error::PolicyFile { file: file.into(), why };
        let bytes = read_limited::read(Path::new(file), 1).map_err(unreadable)?;
        let text = String::from_utf8(bytes);
        args.policy = Some(text.map_err(|_| unreadable(std::io::ErrorKind::InvalidData.into()))?);
    }
    Ok(args)
}
