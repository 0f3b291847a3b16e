//! The token of an identity provider, from the file that a profile or the environment names.
//!
//! Follows the AWS SDKs and Tools Reference ("Assume role credential provider", `web_identity_token_file`). Whoever issues the
//! token writes the file anew before it expires, so it is read at the last moment.

use std::path::{Path, PathBuf};

use zeroize::{Zeroize as _, Zeroizing};

use crate::common::credentials::Secret;
use crate::common::origin::Located;
use crate::error::Error;

/// The longest token that STS takes, in characters (AssumeRoleWithWebIdentity, `WebIdentityToken`).
const LONGEST: usize = 20_000;
/// The shortest.
const SHORTEST: usize = 4;

/// Reads the token.
///
/// # Errors
/// A file that cannot be read, or holds no token.
pub fn token(file: &Located<PathBuf>) -> Result<Secret, Error> {
    let fault = |why: String| Error::TokenFile { file: file.value.clone(), origin: file.origin.clone(), why };
    let text = read(&file.value).map_err(fault)?;
    let token = text.trim();
    if !(SHORTEST..=LONGEST).contains(&token.len()) || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(fault("it holds no token".into()));
    }
    Ok(Secret::new(token.to_owned()))
}

/// The text of a file that is small; whatever else stands at its name is not read without end.
fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    // Large enough at once: a buffer that grows leaves copies behind.
    let mut bytes = Vec::with_capacity(2 * LONGEST);
    file.take(LONGEST as u64 + 2).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            Err("it holds no token".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::origin::Origin;

    fn of(content: Option<&[u8]>) -> Result<Secret, Error> {
        let name = format!("assume-env-token-{}-{:?}", std::process::id(), std::thread::current().id());
        let path = std::env::temp_dir().join(name);
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let token = token(&Located::new(path.clone(), Origin::Default));
        let _ = std::fs::remove_file(path);
        token
    }

    #[test]
    fn the_blanks_around_a_token_are_not_sent() {
        assert_eq!(of(Some(b"aaa.bbb.ccc\n")).unwrap().expose(), "aaa.bbb.ccc");
    }

    #[test]
    fn what_is_no_token_is_an_error() {
        for content in [&b""[..], b"\n", b"a b c d", b"\xff\xfe\xff\xfe", &[b'a'; LONGEST + 1]] {
            assert!(of(Some(content)).unwrap_err().to_string().contains("it holds no token"));
        }
        assert!(of(None).unwrap_err().to_string().contains("No such file"));
    }
}
