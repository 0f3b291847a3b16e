//! A login of IAM Identity Center, as data: the settings of an `sso-session`, or of a profile of the older form,
//! which has none. `login_of` reads the settings.

use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

use crate::common::origin::Located;
use crate::plan::sso_slip::SsoSlip;
use crate::shell::Format;

/// A login of IAM Identity Center.
#[derive(Debug)]
pub struct SsoLogin {
    /// The profile that leads to it; `None` if the session itself is named.
    pub profile: Option<String>,
    /// The name of the `sso-session`; profiles of the older form have none.
    pub session: Option<String>,
    /// The address where users sign in.
    pub start_url: Located<String>,
    /// The region of IAM Identity Center.
    pub region: Located<String>,
    /// The address of the portal.
    pub portal: Located<String>,
    /// The address of the token service, which refreshes tokens.
    pub oidc: Located<String>,
    /// The address of the token service for a sign-in. A start URL of the dual-stack portal needs the dual-stack
    /// address: the other one names a page on which no sign-in succeeds (aws-cli issue 10507).
    pub sign_in: Located<String>,
    /// The scopes that a sign-in asks for. None for a profile of the older form: no tool refreshes its token, and
    /// without a scope the token lasts 8 hours.
    pub scopes: Vec<String>,
    /// The AWS CLI's file that holds the token.
    pub token_file: PathBuf,
    /// What is probably wrong with the settings, so that a login has no effect.
    pub slips: Vec<SsoSlip>,
}

impl SsoLogin {
    /// The addresses that are asked.
    pub fn urls(&self) -> [&str; 3] {
        [&self.portal.value, &self.oidc.value, &self.sign_in.value]
    }

    /// The command that signs in.
    pub fn command(&self) -> String {
        match (&self.session, &self.profile) {
            (Some(session), _) => format!("assume-env --login --sso-session {}", Format::SH.word(session)),
            (None, profile) => {
                format!("assume-env --login {}", Format::SH.word(profile.as_deref().unwrap_or_default()))
            }
        }
    }

    /// Its name in messages: the session, or the profile.
    pub fn name(&self) -> String {
        match (&self.session, &self.profile) {
            (Some(session), _) => format!("the sso-session {session}"),
            (None, profile) => format!("the profile {}", profile.as_deref().unwrap_or_default()),
        }
    }
}

/// The folder of the AWS CLI's token files, below the home folder.
pub(super) const CACHE: &str = ".aws/sso/cache";

/// The AWS CLI's token file of an `sso-session`, or of a start URL when the profile has no session. The name
/// of the file is the SHA-1 of that key (botocore, `SSOTokenLoader`).
pub(crate) fn token_file(home: &Path, key: &str) -> PathBuf {
    let name: String = Sha1::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    home.join(CACHE).join(name + ".json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_file_has_the_name_that_the_aws_cli_gives_it() {
        let path = token_file(Path::new("/home/ann"), "corp");
        assert_eq!(
            path.to_str().unwrap(),
            "/home/ann/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"
        );
    }
}
