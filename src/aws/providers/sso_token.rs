//! The token of IAM Identity Center, from the AWS CLI's own cache (`~/.aws/sso/cache`), which `aws sso login` and a
//! sign-in of this program write.
//!
//! Follows botocore's `SSOTokenProvider` and `JSONFileCache`: the file's name is the SHA-1 of the
//! `sso-session`'s name, or of the start URL without a session. A token contains no AWS keys. A new and a refreshed
//! token are written as the AWS CLI does; the program writes no other file.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use zeroize::{Zeroize as _, Zeroizing};

use crate::aws::providers::error::SsoTokenProblem;
use crate::common::clock;
use crate::common::credentials::Secret;
use crate::common::redact;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// How long a file that another process writes is read again (the AWS CLI writes it in place), and the pause
/// between two attempts.
const HALF_WRITTEN: Duration = Duration::from_millis(200);
const READ_PAUSE: Duration = Duration::from_millis(10);

/// The longest wait for another process that refreshes the same token.
const LONGEST_REFRESH: Duration = Duration::from_secs(15);
/// The pause between two attempts to get the lock.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The longest life of a token that is believed, in seconds.
const LONGEST_LIFE: i64 = 366 * 86_400;

/// Whether a text can be a token. It becomes a header of a request, so it must not contain blanks.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// A token, and the values that request the next one.
pub struct Token {
    document: Document,
    /// When it expires, in epoch seconds (UTC).
    expires: i64,
}

/// The values that request the next token.
pub struct Refresh {
    /// The id of the AWS CLI's registration.
    pub client_id: String,
    /// The secret of the registration.
    pub client_secret: Secret,
    /// The refresh token, which works once.
    pub token: Secret,
}

/// The values of a sign-in.
pub(crate) struct NewToken<'a> {
    /// The configured start URL.
    pub start_url: &'a str,
    /// The region of IAM Identity Center.
    pub region: &'a str,
    /// What the portal accepts.
    pub access: &'a Secret,
    /// How long it lasts, in seconds.
    pub lasts: i64,
    /// What requests the next token, if the service gives it.
    pub refresh: Option<&'a Secret>,
    /// The id of the registered client.
    pub client_id: &'a str,
    /// The secret of the client.
    pub client_secret: &'a Secret,
    /// When the registration expires, in epoch seconds (UTC).
    pub registered_until: i64,
}

impl Token {
    /// The token of a sign-in, with the members that the AWS CLI writes (botocore, `SSOTokenFetcher`): the AWS CLI, boto3
    /// and the SDKs need all of them to refresh it.
    pub(crate) fn new(new: &NewToken<'_>) -> Self {
        let secrets = [Some(new.access), new.refresh, Some(new.client_secret)];
        secrets.into_iter().flatten().for_each(|secret| redact::learn(secret.expose()));
        let expires = clock::now().saturating_add(new.lasts.clamp(0, LONGEST_LIFE));
        let mut document = Document(Map::new());
        document.set("startUrl", new.start_url.to_owned());
        document.set("region", new.region.to_owned());
        document.set("accessToken", new.access.expose().to_owned());
        document.set("expiresAt", clock::utc(expires));
        document.set("clientId", new.client_id.to_owned());
        document.set("clientSecret", new.client_secret.expose().to_owned());
        document.set("registrationExpiresAt", clock::utc(new.registered_until));
        if let Some(refresh) = new.refresh {
            document.set("refreshToken", refresh.expose().to_owned());
        }
        Self { document, expires }
    }

    /// When it expires, in epoch seconds (UTC).
    pub(crate) fn expires(&self) -> i64 {
        self.expires
    }

    /// The region of IAM Identity Center, if the file names it.
    pub(crate) fn region(&self) -> Option<&str> {
        self.document.text("region")
    }

    /// Reads the file, and reads it again if it is not complete. The error repeats nothing of its content.
    ///
    /// # Errors
    /// A file that does not exist, cannot be read, or does not contain a token.
    pub fn read(path: &Path) -> Result<Self, SsoTokenProblem> {
        let begin = Instant::now();
        loop {
            match Self::read_once(path)? {
                Some(token) => return Ok(token),
                None if begin.elapsed() > HALF_WRITTEN => return Err(SsoTokenProblem::NotAToken),
                None => std::thread::sleep(READ_PAUSE),
            }
        }
    }

    /// As [`Token::read`], but only once; `None` if the file is not a whole JSON document.
    ///
    /// # Errors
    /// As for [`Token::read`].
    pub fn read_once(path: &Path) -> Result<Option<Self>, SsoTokenProblem> {
        Document::read(path)?.map(Self::of).transpose()
    }

    fn of(document: Document) -> Result<Self, SsoTokenProblem> {
        let expires = document.time("expiresAt").ok_or(SsoTokenProblem::NotAToken)?;
        if !document.text("accessToken").is_some_and(is_token) {
            return Err(SsoTokenProblem::NotAToken);
        }
        ["accessToken", "refreshToken", "clientSecret"]
            .into_iter()
            .filter_map(|name| document.text(name))
            .for_each(redact::learn);
        Ok(Self { document, expires })
    }

    /// Waits until no other process refreshes the token in this file, because a refresh token works once. The
    /// result is the lock (flock(2)), on the AWS CLI's own file, so that no other file is needed; dropping it
    /// ends the lock. `None` if the file cannot be locked, or the wait is longer than a refresh may take.
    pub async fn lock(path: &Path) -> Option<fs::File> {
        let begin = Instant::now();
        while begin.elapsed() < LONGEST_REFRESH {
            let file = fs::File::open(path).ok()?;
            match file.try_lock() {
                // The process that had the lock before may have put another file in its place.
                Ok(()) if is_at(&file, path) => return Some(file),
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
                Err(fs::TryLockError::Error(_)) => return None,
            }
        }
        None
    }

    /// The text that the portal accepts while [`Token::is_valid`].
    pub fn access(&self) -> Secret {
        Secret::new(self.document.text("accessToken").unwrap_or_default().to_owned())
    }

    /// Whether the portal accepts the token at `now`, in epoch seconds (UTC).
    pub fn is_valid(&self, now: i64) -> bool {
        self.expires > now
    }

    /// How many seconds ago the token expired, at `now`, in epoch seconds (UTC).
    pub fn expired_for(&self, now: i64) -> i64 {
        now.saturating_sub(self.expires)
    }

    /// The values that request the next token. `None` without them, and when the registration of the AWS CLI
    /// has expired at `now`, in epoch seconds (UTC).
    pub fn refresh(&self, now: i64) -> Option<Refresh> {
        let registered = self.document.time("registrationExpiresAt").is_none_or(|until| until > now);
        let text = |name| self.document.text(name).filter(|text| !text.is_empty());
        let (id, secret, token) = (text("clientId")?, text("clientSecret")?, text("refreshToken")?);
        registered.then(|| Refresh {
            client_id: id.to_owned(),
            client_secret: Secret::new(secret.to_owned()),
            token: Secret::new(token.to_owned()),
        })
    }

    /// The next token, with the values of the service's answer. `lasts` is in seconds.
    pub fn renewed(mut self, access: String, refresh: Option<String>, lasts: i64) -> Self {
        [Some(&access), refresh.as_ref()].into_iter().flatten().for_each(|token| redact::learn(token));
        self.expires = clock::now().saturating_add(lasts.clamp(0, LONGEST_LIFE));
        self.document.set("accessToken", access);
        self.document.set("expiresAt", clock::utc(self.expires));
        if let Some(refresh) = refresh {
            self.document.set("refreshToken", refresh);
        }
        self
    }

    /// Replaces the file in one step by this token, which only its owner can read. The token is on the disk when this
    /// returns, because the old one works no more (as botocore's `JSONFileCache` does it). As root, the new file belongs
    /// to the owner of the old one.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut text = Zeroizing::new(Vec::with_capacity(64 * 1024));
        serde_json::to_writer(&mut *text, &self.document.0)?;
        let (mut file, new_path) = new_file(path)?;
        let written = file.write_all(&text).and_then(|()| {
            keep_owner(&file, path);
            file.sync_all()?;
            fs::rename(&new_path, path)
        });
        match written {
            // The new name must be on the disk too. Not every file system can do that for a folder.
            Ok(()) => drop(path.parent().map(|folder| fs::File::open(folder)?.sync_all())),
            Err(_) => drop(fs::remove_file(&new_path)),
        }
        written
    }
}

/// The largest number of names that are tried for a new file.
const NAMES: u32 = 100;

/// A new file next to another one, and its path. A file that a process left can have the first name.
fn new_file(path: &Path) -> std::io::Result<(fs::File, PathBuf)> {
    let mut number = 0;
    loop {
        let new_path = path.with_extension(format!("{}.{number}.tmp", std::process::id()));
        match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new_path) {
            Ok(file) => return Ok((file, new_path)),
            Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists && number < NAMES => number += 1,
            Err(why) => return Err(why),
        }
    }
}

/// Gives the file the owner of another one. Without the right to do so, both have the same owner already, or the file
/// belongs to this user, as botocore leaves it.
fn keep_owner(file: &fs::File, of: &Path) {
    use std::os::unix::fs::MetadataExt as _;
    if let (Ok(new), Ok(old)) = (file.metadata(), fs::symlink_metadata(of))
        && new.uid() != old.uid()
    {
        let _ = std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()));
    }
}

/// Whether the open file is the one with this name.
fn is_at(file: &fs::File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |meta: fs::Metadata| (meta.dev(), meta.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(one), Ok(other)) => id(one) == id(other),
        _ => false,
    }
}

/// The content of the file, with all other members that the AWS CLI stores there. It wipes itself.
struct Document(Map<String, Value>);

impl Document {
    /// Reads the file; `None` if it is not a whole JSON document.
    fn read(path: &Path) -> Result<Option<Self>, SsoTokenProblem> {
        let file = fs::File::open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => SsoTokenProblem::Missing,
            _ => SsoTokenProblem::Unreadable(error),
        })?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 * 1024));
        file.take(LARGEST).read_to_end(&mut bytes).map_err(SsoTokenProblem::Unreadable)?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(map)) => Ok(Some(Self(map))),
            Ok(_) => Err(SsoTokenProblem::NotAToken),
            Err(_) => Ok(None),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// `2026-11-23T12:13:14Z`, or with `UTC` for the `Z` as old versions of the AWS CLI wrote it.
    fn time(&self, name: &str) -> Option<i64> {
        clock::parse(self.text(name)?).map(OffsetDateTime::unix_timestamp)
    }

    fn set(&mut self, name: &str, text: String) {
        if let Some(Value::String(mut old)) = self.0.insert(name.to_owned(), Value::String(text)) {
            old.zeroize();
        }
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        for value in self.0.values_mut() {
            if let Value::String(text) = value {
                text.zeroize();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_435_994;

    fn token(more: &str) -> Result<Token, SsoTokenProblem> {
        let name = format!("assume-env-sso-{}-{:?}.json", std::process::id(), std::thread::current().id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, more).unwrap();
        let token = Token::read(&path);
        fs::remove_file(path).unwrap();
        token
    }

    #[test]
    fn both_forms_of_the_expiry_are_read() {
        for expiry in ["2026-11-23T12:13:15Z", "2026-11-23T12:13:15UTC"] {
            let token = token(&format!(r#"{{"accessToken":"a","expiresAt":"{expiry}"}}"#)).unwrap();
            assert!(token.is_valid(NOW) && !token.is_valid(NOW + 1));
            assert!(token.refresh(NOW).is_none());
        }
    }

    #[test]
    fn a_file_that_is_not_a_token_is_an_error() {
        for content in [
            "",
            "[]",
            "<html>",
            "{}",
            r#"{"accessToken":"a"}"#,
            r#"{"accessToken":"","expiresAt":"2026-11-23T12:13:15Z"}"#,
            r#"{"accessToken":"a b","expiresAt":"2026-11-23T12:13:15Z"}"#,
            r#"{"accessToken":"a","expiresAt":"soon"}"#,
        ] {
            assert!(matches!(token(content), Err(SsoTokenProblem::NotAToken)), "{content}");
        }
        assert!(matches!(Token::read(Path::new("/nonexistent/x.json")), Err(SsoTokenProblem::Missing)));
    }

    #[test]
    fn a_refreshed_token_keeps_the_other_members_of_its_file() {
        let old = r#"{"accessToken":"a","expiresAt":"2026-11-23T12:13:14Z","clientId":"c","clientSecret":"s",
            "registrationExpiresAt":"2027-01-01T00:00:00Z","refreshToken":"r","startUrl":"u","region":"x"}"#;
        let old = token(old).unwrap();
        let refresh = old.refresh(NOW).unwrap();
        assert!(refresh.client_id == "c" && refresh.token.expose() == "r");
        assert!(old.refresh(NOW + 400 * 86_400).is_none(), "the registration has expired");
        let path = std::env::temp_dir().join(format!("assume-env-sso-new-{}.json", std::process::id()));
        old.renewed("b".into(), Some("r2".into()), 3600).write(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let new = Token::read(&path).unwrap();
        fs::remove_file(path).unwrap();
        assert!(new.access().expose() == "b" && new.refresh(NOW).unwrap().token.expose() == "r2");
        assert!(text.contains(r#""startUrl":"u""#) && text.contains(r#""region":"x""#), "{text}");
    }
}
