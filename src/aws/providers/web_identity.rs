//! The token of an identity provider, from the file that a profile or the environment names.
//!
//! Follows the AWS SDKs and Tools Reference ("Assume role credential provider", `web_identity_token_file`).
//! The issuer writes the file again before the token expires, so the file is read immediately before the
//! request.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use zeroize::{Zeroize as _, Zeroizing};

use crate::aws::providers::error::{Error, TokenFileProblem};
use crate::common::credentials::Secret;
use crate::common::origin::Located;

/// The longest token that STS accepts, in characters (AssumeRoleWithWebIdentity, `WebIdentityToken`).
const LONGEST: usize = 20_000;
/// The shortest.
const SHORTEST: usize = 4;

/// Reads the token.
///
/// # Errors
/// A file that cannot be read, or does not contain a token.
pub(crate) fn token(file: &Located<PathBuf>) -> Result<Secret, Error> {
    let failed = |problem| Error::TokenFile { file: file.clone(), problem };
    let text = read(&file.value).map_err(failed)?;
    let token = text.trim();
    if !(SHORTEST..=LONGEST).contains(&token.len()) || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(failed(TokenFileProblem::NotAToken));
    }
    Ok(Secret::new(token.to_owned()))
}

/// The text of a small file. The limit also ends the reading of a device without an end.
fn read(path: &Path) -> Result<Zeroizing<String>, TokenFileProblem> {
    let file = std::fs::File::open(path).map_err(TokenFileProblem::Unreadable)?;
    // Large enough from the start: a buffer that grows leaves copies in memory.
    let mut bytes = Vec::with_capacity(2 * LONGEST);
    file.take(LONGEST as u64 + 2).read_to_end(&mut bytes).map_err(TokenFileProblem::Unreadable)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(TokenFileProblem::NotAToken)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::origin::Origin;

    fn token_of(content: Option<&[u8]>) -> Result<Secret, Error> {
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
        assert_eq!(token_of(Some(b"aaa.bbb.ccc\n")).unwrap().expose(), "aaa.bbb.ccc");
    }

    #[test]
    fn a_file_without_a_token_is_an_error() {
        for content in [&b""[..], b"\n", b"a b c d", b"\xff\xfe\xff\xfe", &[b'a'; LONGEST + 1]] {
            let error = token_of(Some(content)).unwrap_err();
            assert!(matches!(error, Error::TokenFile { problem: TokenFileProblem::NotAToken, .. }));
        }
        let Err(Error::TokenFile { problem: TokenFileProblem::Unreadable(why), .. }) = token_of(None) else {
            panic!("a file that does not exist has no token");
        };
        assert_eq!(why.kind(), std::io::ErrorKind::NotFound);
    }
}
