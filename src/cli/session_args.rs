//! What the command line says about the session.

use crate::cli::needs::Needs;
use crate::common::duration::SessionLength;
use crate::common::session_policy::Tag;
use crate::mfa::CodeSource;

/// How a user wants to sign in to IAM Identity Center.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `--device-code`.
    pub device_code: bool,
    /// `--no-browser`.
    pub no_browser: bool,
}

/// The role, and how its session is shaped. Each value that has a rule of its own is a valid one.
#[derive(Clone, Debug, Default)]
pub struct SessionArgs {
    /// The role as typed: a profile name, an ARN or `ACCOUNT:NAME`.
    pub role: Option<String>,
    /// `--pick`: the user chooses the role.
    pub pick: bool,
    /// `-` in place of the role: the role before the held one.
    pub back: bool,
    /// `--source-profile`.
    pub source_profile: Option<String>,
    /// `--sso-session`: the name of a section.
    pub sso_session: Option<String>,
    /// `--login-once`: sign in for this call alone, and store nothing.
    pub login_once: bool,
    /// How the user wants to sign in.
    pub wishes: Wishes,
    /// `--duration`.
    pub duration: Option<SessionLength>,
    /// `--session-name`.
    pub session_name: Option<String>,
    /// `--external-id`.
    pub external_id: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--mfa-serial`.
    pub mfa_serial: Option<String>,
    /// `--mfa-token`.
    pub mfa_token: Option<CodeSource>,
    /// `--mfa-process`.
    pub mfa_process: Option<String>,
    /// `--policy`: the JSON itself, or `@` and the name of a file.
    pub policy: Option<String>,
    /// `--policy-arn`.
    pub policy_arns: Vec<String>,
    /// `--read-only`.
    pub read_only: bool,
    /// `--tag`.
    pub tags: Vec<Tag>,
    /// `--transitive-tag`.
    pub transitive_tags: Vec<String>,
    /// `--source-identity`.
    pub source_identity: Option<String>,
    /// `--expect-account`: twelve digits.
    pub expect_account: Option<String>,
    /// `--allow-http`.
    pub allow_http: bool,
    /// `--base-session`.
    pub base_session: bool,
    /// `--refresh`: the keys renew themselves while the command runs.
    pub refresh: bool,
    /// `--console`: the session opens the AWS console.
    pub console: bool,
    /// `--min-ttl`, in seconds.
    pub min_ttl: Option<i64>,
    /// `--fresh`: never reuse the session that the environment holds.
    pub fresh: bool,
    /// `--renew`: no role can be named.
    pub renew: bool,
    /// The flags that were given and what each of them needs, in their order.
    given: Vec<(&'static str, Needs)>,
}

impl SessionArgs {
    /// A line that names an `sso-session` alone.
    pub fn of_sso_session(name: &str) -> Self {
        Self { sso_session: Some(name.to_owned()), ..Self::default() }
    }

    /// Notes a flag that was given, by its name with dashes.
    pub fn note(&mut self, flag: &'static str, needs: Needs) {
        self.given.push((flag, needs));
    }

    /// The flags that were given and what each of them needs, in their order.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, Needs)> {
        self.given.iter().copied()
    }
}
