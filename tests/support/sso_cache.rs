//! The AWS CLI's token file, as `aws sso login` leaves it: `~/.aws/sso/cache/<SHA-1 of a name>.json`, one line of
//! JSON, readable by its owner alone. The name is that of the `sso_session`, or the start URL where there is none.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha1::{Digest, Sha1};
use time::{Duration, OffsetDateTime};

use super::clock;

/// A token file that is being made.
#[derive(Clone)]
pub struct TokenFile {
    /// In the AWS CLI's order.
    members: Vec<(&'static str, String)>,
}

impl TokenFile {
    /// A token that is good for an hour, without the means to refresh it.
    pub fn new(start_url: &str, region: &str, access_token: &str) -> Self {
        let members = vec![
            ("startUrl", start_url.into()),
            ("region", region.into()),
            ("accessToken", access_token.into()),
            ("expiresAt", seconds_from_now(3600)),
        ];
        Self { members }
    }

    /// The token expires in so many seconds, which may be negative.
    pub fn expires_in(self, seconds: i64) -> Self {
        self.member("expiresAt", &seconds_from_now(seconds))
    }

    /// What a refresh needs: a client registration, good for so many seconds, and a refresh token.
    pub fn refresh(self, client_id: &str, client_secret: &str, seconds: i64, refresh_token: &str) -> Self {
        self.member("clientId", client_id)
            .member("clientSecret", client_secret)
            .member("registrationExpiresAt", &seconds_from_now(seconds))
            .member("refreshToken", refresh_token)
    }

    /// Sets a member to any text.
    pub fn member(mut self, name: &'static str, value: &str) -> Self {
        match self.members.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value.into(),
            None => self.members.push((name, value.into())),
        }
        self
    }

    /// Takes a member away.
    pub fn without(mut self, name: &str) -> Self {
        self.members.retain(|(known, _)| *known != name);
        self
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let members =
            self.members.iter().map(|(name, value)| format!("\"{name}\": {}", Value::from(value.as_str())));
        format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
    }

    /// Writes it into a home folder for an `sso_session`'s name or a start URL.
    pub fn write(&self, home: impl AsRef<Path>, name: &str) -> PathBuf {
        let path = Self::path(home, name);
        fs::create_dir_all(path.parent().expect("it lies in a folder"))
            .expect("the home folder can be written");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&path).expect("the folder can be written");
        file.set_permissions(Permissions::from_mode(0o600)).expect("it is ours");
        file.write_all(self.text().as_bytes()).expect("the disk has room");
        path
    }

    /// Where such a file lies.
    pub fn path(home: impl AsRef<Path>, name: &str) -> PathBuf {
        let hash: String = Sha1::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
        home.as_ref().join(format!(".aws/sso/cache/{hash}.json"))
    }
}

fn seconds_from_now(seconds: i64) -> String {
    clock::extended(OffsetDateTime::now_utc() + Duration::seconds(seconds))
}
