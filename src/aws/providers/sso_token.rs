//! The token of IAM Identity Center, from the AWS CLI's own cache (`~/.aws/sso/cache`), which `aws sso login` writes.
//!
//! Follows botocore's `SSOTokenProvider` and `JSONFileCache`: the file's name is the SHA-1 of the `sso-session`'s name, or of the
//! start URL where there is none. A token holds no AWS keys. Writing back one that was refreshed, as the AWS CLI would, is the
//! only time that this program writes a file.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::{Zeroize as _, Zeroizing};

use crate::common::clock;
use crate::common::credentials::Secret;
use crate::common::duration::human;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// How long another process is waited for that refreshes the same token.
const LONGEST_REFRESH: Duration = Duration::from_secs(15);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Whether a text can be a token: it becomes a header of a request, and has no blank in it.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// A token, with what is needed to get the next one.
pub struct Token {
    document: Document,
    /// When it expires, in epoch seconds (UTC).
    expires: i64,
}

/// What buys the next token. A refresh token works once.
pub struct Refresh {
    pub client_id: String,
    pub client_secret: Secret,
    pub token: Secret,
}

impl Token {
    /// Reads the file; the error says what is wrong with it, and repeats nothing of it.
    pub fn read(path: &Path) -> Result<Self, String> {
        use std::io::Read as _;
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err("is not there".into()),
            Err(error) => return Err(format!("cannot be read: {error}")),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 * 1024));
        let read = file.take(LARGEST).read_to_end(&mut bytes);
        read.map_err(|error| format!("cannot be read: {error}"))?;
        const NONE: &str = "is not what the AWS CLI writes there";
        let document = match serde_json::from_slice(&bytes) {
            Ok(Value::Object(map)) => Document(map),
            _ => return Err(NONE.into()),
        };
        let expires = document.time("expiresAt").ok_or(NONE)?;
        if !document.text("accessToken").is_some_and(is_token) {
            return Err(NONE.into());
        }
        Ok(Self { document, expires })
    }

    /// Waits until no other process is refreshing the token in this file, for a refresh token works once; gives what keeps
    /// the others waiting. The lock (flock(2)) is on the AWS CLI's own file, so that no other is made. Where it cannot be had, or
    /// takes longer than a refresh may, nobody waits.
    pub async fn turn(path: &Path) -> Option<fs::File> {
        let begin = Instant::now();
        while begin.elapsed() < LONGEST_REFRESH {
            let file = fs::File::open(path).ok()?;
            match file.try_lock() {
                // Whoever had it before may have put another file in the place of this one.
                Ok(()) if is_at(&file, path) => return Some(file),
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(BETWEEN_LOOKS).await,
                Err(fs::TryLockError::Error(_)) => return None,
            }
        }
        None
    }

    /// What opens the portal, while [`Token::is_valid`].
    pub fn access(&self) -> Secret {
        Secret::new(self.document.text("accessToken").unwrap_or_default().to_owned())
    }

    /// Whether it opens the portal at a time, in epoch seconds.
    pub fn is_valid(&self, now: i64) -> bool {
        self.expires > now
    }

    /// In words that go on from "the token": "expired 3h ago".
    pub fn expired(&self, now: i64) -> String {
        format!("expired {} ago", human(now - self.expires))
    }

    /// What buys the next token, while the AWS CLI is still registered as the one that may ask.
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

    /// The token that the service gave for it; `lasts` is in seconds.
    pub fn renewed(mut self, access: String, refresh: Option<String>, lasts: i64) -> Self {
        self.expires = clock::now().saturating_add(lasts.clamp(0, 366 * 86_400));
        self.document.set("accessToken", access);
        self.document.set("expiresAt", clock::utc(self.expires));
        if let Some(refresh) = refresh {
            self.document.set("refreshToken", refresh);
        }
        self
    }

    /// Puts it in the place of the old one, in one step, readable by its owner alone.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut text = Zeroizing::new(Vec::with_capacity(64 * 1024));
        serde_json::to_writer(&mut *text, &self.document.0)?;
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        let written = file.write_all(&text).and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

/// Whether this is the file of that name.
fn is_at(file: &fs::File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |meta: fs::Metadata| (meta.dev(), meta.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(one), Ok(other)) => id(one) == id(other),
        _ => false,
    }
}

/// The file's content, whatever else the AWS CLI keeps there. It wipes itself.
struct Document(Map<String, Value>);

impl Document {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// `2026-11-23T12:13:14Z`, or with `UTC` for the `Z` as old versions of the AWS CLI wrote it.
    fn time(&self, name: &str) -> Option<i64> {
        let text = self.text(name)?.replace("UTC", "Z");
        OffsetDateTime::parse(&text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
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

    fn token(more: &str) -> Result<Token, String> {
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
    fn what_is_no_token_is_said() {
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
            assert!(token(content).is_err_and(|why| why.contains("not what")), "{content}");
        }
        assert!(Token::read(Path::new("/nonexistent/x.json")).is_err_and(|why| why == "is not there"));
    }

    #[test]
    fn a_refreshed_token_keeps_what_else_stands_there() {
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
