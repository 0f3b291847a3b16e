//! Settings of IAM Identity Center with which a login has no effect: the address of the browser in place of the
//! start URL, and two sessions with one start URL.
//!
//! The AWS CLI takes the start URL as it is written, and stores a token for each `sso-session`, or for the start
//! URL of profiles without one (botocore, `SSOTokenLoader`).

use std::fmt;

use crate::common::origin::{Located, Origin};
use crate::config::{Config, Profile};

/// What is probably wrong.
#[derive(Debug)]
pub enum SsoSlip {
    /// The start URL is not one of IAM Identity Center.
    StartUrl {
        /// As it is written.
        written: Located<String>,
        /// Why it is wrong.
        why: &'static str,
        /// The start URL that is probably meant.
        meant: String,
    },
    /// Another `sso-session` has the same start URL, and a token of its own.
    SameStartUrl {
        /// The `sso-session` of this profile, or the profile if it has none, and its line.
        own: Located<String>,
        /// The other `sso-session`, and its line.
        other: Located<String>,
    },
}

impl fmt::Display for SsoSlip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartUrl { written: Located { value, origin }, why, meant } => {
                write!(f, "sso_start_url = {value} ({origin}): {why}; write {meant}, and log in again")
            }
            Self::SameStartUrl { own, other } => write!(
                f,
                "{} ({}) and the sso-session {} ({}) have the same start URL, but each has a token of its own: a \
                 login for one does not log in the other",
                own.value, own.origin, other.value, other.origin
            ),
        }
    }
}

/// All that are found in the settings of a profile, of an `sso-session`, or of both.
pub(super) fn all(
    config: &Config<'_>,
    profile: Option<&Profile<'_>>,
    session: Option<&Profile<'_>>,
    start_url: &Located<&str>,
) -> Vec<SsoSlip> {
    wrong_start_url(start_url)
        .into_iter()
        .chain(same_start_url(config, profile, session, start_url.value))
        .collect()
}

fn wrong_start_url(Located { value: url, origin }: &Located<&str>) -> Option<SsoSlip> {
    let (before, why) = match url.split_once('#') {
        Some((before, _)) => (before, "# and the text after it belong to the browser"),
        None if !url.starts_with("https://") => (*url, "it must begin with https://"),
        None => return None,
    };
    let host = before.split_once("://").map_or(before, |(_, host)| host).trim_end_matches('/');
    let written = Located::new((*url).to_owned(), origin.clone());
    Some(SsoSlip::StartUrl { written, why, meant: format!("https://{host}") })
}

fn same_start_url(
    config: &Config<'_>,
    profile: Option<&Profile<'_>>,
    session: Option<&Profile<'_>>,
    start_url: &str,
) -> Option<SsoSlip> {
    let plain = |url: &str| url.split('#').next().unwrap_or_default().trim_end_matches('/').to_lowercase();
    let own_name = session.map(Profile::name);
    let other = config.sso_sessions().find(|section| {
        Some(section.name()) != own_name
            && section.get("sso_start_url").is_some_and(|url| plain(url.value) == plain(start_url))
    })?;
    let (own, place) = match (session, profile) {
        (Some(section), _) => (format!("the sso-session {}", section.name()), section.place()),
        (None, profile) => {
            let profile = profile?;
            (format!("the profile {}, which has no sso_session,", profile.name()), profile.place())
        }
    };
    Some(SsoSlip::SameStartUrl {
        own: Located::new(own, Origin::File(place)),
        other: Located::new(other.name().to_owned(), Origin::File(other.place())),
    })
}
