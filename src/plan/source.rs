//! Where the first credentials come from, as data: one variant for each kind of source, with what the source
//! needs to be asked.
//!
//! The plan makes these values (`source_of`), the messages describe them, and the credential providers
//! (`aws::providers`) get the credentials. Nothing here reads a file, runs a program or opens a connection.

use std::fmt;
use std::path::PathBuf;

use crate::common::arn::RoleArn;
use crate::common::credentials::{Keys, Secret};
use crate::common::origin::{Located, Origin};
use crate::plan::sso_login::SsoLogin;

/// Where the first credentials come from.
#[derive(Debug)]
pub enum Source {
    /// The access key of a profile.
    Profile {
        /// The profile's name.
        name: String,
        /// Its keys and their line.
        keys: Located<Keys>,
    },
    /// A program that prints credentials (`credential_process`).
    Process {
        /// The profile's name.
        profile: String,
        /// The program and its arguments, and the line of `credential_process`.
        command: Located<Vec<String>>,
    },
    /// The login of the AWS console (`login_session`), whose credentials the AWS CLI prints.
    Login {
        /// The profile's name.
        profile: String,
        /// The AWS CLI and its arguments, and the line of `login_session`.
        command: Located<Vec<String>>,
    },
    /// A role of IAM Identity Center.
    Sso(Box<Sso>),
    /// The token of an identity provider, which assumes the first role.
    WebIdentity {
        /// The profile that names the file; without one, the environment does.
        profile: Option<String>,
        /// The file that holds the token.
        token_file: Located<PathBuf>,
        /// The role that the token assumes.
        role: Located<RoleArn>,
    },
    /// The container's credentials (ECS, EKS Pod Identity).
    Container(Container),
    /// The instance's role (EC2).
    Instance(Instance),
    /// The keys in the environment.
    Environment(Keys),
    /// Keys that a session has replaced. The held session can be reused, and not be renewed.
    Replaced(ReplacedKeys),
    /// The session that the environment holds.
    Held {
        /// The role as it was typed then.
        label: String,
        /// The session's keys.
        keys: Keys,
    },
}

/// Which keys a session has replaced.
#[derive(Debug)]
pub enum ReplacedKeys {
    /// The keys that a role named by its ARN was assumed with.
    Role(RoleArn),
    /// The profile by which the role was assumed leads elsewhere now.
    OtherProfile {
        /// The held role.
        role: RoleArn,
        /// The profile's name.
        profile: String,
        /// Where it leads now.
        now: String,
        /// The line of its `role_arn`, or of its section.
        origin: Origin,
    },
    /// The keys that a profile takes from the environment.
    Environment {
        /// The profile's name.
        profile: String,
        /// The line of `credential_source`.
        origin: Origin,
    },
}

/// A role that IAM Identity Center gives credentials of.
#[derive(Debug)]
pub struct Sso {
    /// The profile that names it; `None` if it is named by its account and `--sso-session`.
    pub profile: Option<String>,
    /// The twelve digits of the account.
    pub account: Located<String>,
    /// The role's name in IAM Identity Center.
    pub role: Located<String>,
    /// The login that opens it.
    pub login: SsoLogin,
}

/// The container's credentials, from the address that `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or
/// `…_FULL_URI` names.
#[derive(Debug)]
pub struct Container {
    /// The variable that names the address.
    pub variable: &'static str,
    /// The address.
    pub url: String,
    /// What authorizes a request to it, if the environment names it.
    pub authorization: Option<Authorization>,
    /// What asks for it: the line of `credential_source`, a flag or a variable. [`Origin::Default`] when the
    /// order of sources leads to it.
    pub origin: Origin,
}

/// What authorizes a request for the container's credentials.
#[derive(Debug)]
pub enum Authorization {
    /// The token in `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    Token(Secret),
    /// The file with the token, which `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` names.
    File(PathBuf),
}

/// The instance's role, from the instance metadata service.
#[derive(Debug)]
pub struct Instance {
    /// The address of the service.
    pub endpoint: Located<String>,
    /// How long one attempt may take, in seconds.
    pub timeout: u64,
    /// The largest number of attempts.
    pub attempts: u32,
    /// What forbids requests without a token (IMDSv1), if a setting does.
    pub v1_disabled: Option<Origin>,
    /// What asks for it, as in [`Container::origin`].
    pub origin: Origin,
}

/// A source that is not in a profile and still has a name, for `--source-profile` and
/// `ASSUME_ENV_SOURCE`. The colon keeps the names apart from those of profiles: no profile in the AWS CLI's
/// documentation begins with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmbientSource {
    /// The web identity token that the environment names.
    WebIdentity,
    /// The container's credentials.
    Container,
    /// The instance's role.
    Instance,
}

impl AmbientSource {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::WebIdentity, Self::Container, Self::Instance];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebIdentity => ":web-identity",
            Self::Container => ":container",
            Self::Instance => ":instance",
        }
    }

    /// The ambient source of a name; `None` for any other name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ambient| ambient.name() == name)
    }
}

/// Whether keys are a user's long-lived ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongLived {
    /// They are.
    Yes,
    /// They are temporary, or a token.
    No,
    /// Only the program that prints them can answer that.
    Unknown,
}

impl Source {
    /// Its kind, as `--explain --json` prints it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Profile { .. } => "profile",
            Self::Process { .. } => "process",
            Self::Login { .. } => "login",
            Self::Sso(_) => "sso",
            Self::WebIdentity { .. } => "web-identity",
            Self::Container(_) => "container",
            Self::Instance(_) => "instance",
            Self::Environment(_) => "environment",
            Self::Replaced(_) => "lost",
            Self::Held { .. } => "session",
        }
    }

    /// The name of a source that is not in a profile.
    pub fn ambient(&self) -> Option<AmbientSource> {
        match self {
            Self::WebIdentity { profile: None, .. } => Some(AmbientSource::WebIdentity),
            Self::Container(_) => Some(AmbientSource::Container),
            Self::Instance(_) => Some(AmbientSource::Instance),
            Self::WebIdentity { .. }
            | Self::Profile { .. }
            | Self::Process { .. }
            | Self::Login { .. }
            | Self::Sso(_)
            | Self::Environment(_)
            | Self::Replaced(_)
            | Self::Held { .. } => None,
        }
    }

    /// The keys, if the plan has them already.
    pub fn known_keys(&self) -> Option<&Keys> {
        match self {
            Self::Profile { keys, .. } => Some(&keys.value),
            Self::Environment(keys) | Self::Held { keys, .. } => Some(keys),
            Self::Process { .. }
            | Self::Login { .. }
            | Self::Sso(_)
            | Self::WebIdentity { .. }
            | Self::Container(_)
            | Self::Instance(_)
            | Self::Replaced(_) => None,
        }
    }

    /// Whether the keys are temporary; `None` when only the source can answer that.
    pub fn temporary(&self) -> Option<bool> {
        match self {
            Self::Sso(_) | Self::Container(_) | Self::Instance(_) => Some(true),
            // A token does not sign, so this is no role chaining: the session can last as long as the role
            // allows.
            Self::WebIdentity { .. } => Some(false),
            Self::Profile { .. } | Self::Environment(_) | Self::Held { .. } => {
                self.known_keys().map(Keys::temporary)
            }
            Self::Process { .. } | Self::Login { .. } | Self::Replaced(_) => None,
        }
    }

    /// Whether the keys are a user's long-lived ones.
    pub fn long_lived(&self) -> LongLived {
        match self {
            Self::Process { .. } => LongLived::Unknown,
            Self::Profile { keys: Located { value: keys, .. }, .. } | Self::Environment(keys)
                if !keys.temporary() =>
            {
                LongLived::Yes
            }
            // The keys of the console's login are always temporary.
            Self::Profile { .. }
            | Self::Environment(_)
            | Self::Login { .. }
            | Self::Sso(_)
            | Self::WebIdentity { .. }
            | Self::Container(_)
            | Self::Instance(_)
            | Self::Replaced(_)
            | Self::Held { .. } => LongLived::No,
        }
    }

    /// Whether its credentials are those of a role. The session of a role has no MFA device: devices belong
    /// to users.
    pub fn is_role(&self) -> bool {
        match self {
            Self::Sso(_) | Self::Container(_) | Self::Instance(_) | Self::WebIdentity { .. } => true,
            Self::Profile { .. }
            | Self::Process { .. }
            | Self::Login { .. }
            | Self::Environment(_)
            | Self::Replaced(_)
            | Self::Held { .. } => false,
        }
    }

    /// Whether a program that this program starts gives the credentials.
    pub fn runs_program(&self) -> bool {
        matches!(self, Self::Process { .. } | Self::Login { .. })
    }

    /// The profile that the source belongs to.
    pub fn profile(&self) -> Option<&str> {
        match self {
            Self::Profile { name, .. } => Some(name),
            Self::Process { profile, .. } | Self::Login { profile, .. } => Some(profile),
            Self::Sso(sso) => sso.profile.as_deref(),
            Self::WebIdentity { profile, .. } => profile.as_deref(),
            Self::Container(_)
            | Self::Instance(_)
            | Self::Environment(_)
            | Self::Replaced(_)
            | Self::Held { .. } => None,
        }
    }

    /// A text that differs from that of every other source, even of one with the same name. It holds key ids:
    /// use it for hashing only.
    pub fn identity(&self) -> String {
        let program = |key: &str, command: &[String]| format!("{key} {}", command.join("\0"));
        match self {
            Self::Profile { keys, .. } => keys.value.id.clone(),
            Self::Environment(keys) | Self::Held { keys, .. } => keys.id.clone(),
            Self::Process { command, .. } => program("credential_process", &command.value),
            Self::Login { command, .. } => program("login_session", &command.value),
            Self::Sso(sso) => {
                format!("sso {} {} {}", sso.login.start_url.value, sso.account.value, sso.role.value)
            }
            Self::WebIdentity { token_file, .. } => format!("web {}", token_file.value.display()),
            Self::Container(container) => format!("container {}", container.variable),
            Self::Instance(instance) => format!("instance {}", instance.endpoint.value),
            Self::Replaced(_) => String::new(),
        }
    }

    /// As [`Source::identity`], but the same for the next keys of a source that has new keys now and then;
    /// `None`
    /// for keys that a session replaced. Long-lived keys belong to one user, so their key id counts;
    /// temporary
    /// keys in a file are renewed by another tool.
    pub fn lasting_identity(&self) -> Option<String> {
        match self {
            Self::Profile { name, keys } if keys.value.temporary() => match &keys.origin {
                Origin::File(place) => Some(format!("temporary {name} {}", place.parts().0.display())),
                _ => Some(format!("temporary {name}")),
            },
            Self::Environment(keys) if keys.temporary() => Some("environment".to_owned()),
            Self::Held { label, .. } => Some(format!("session {label}")),
            Self::Replaced(_) => None,
            source => Some(source.identity()),
        }
    }

    /// Its profile or another short name, for a message that names two sources.
    pub fn short_name(&self) -> &str {
        match self {
            Self::Held { label, .. } => label,
            Self::Environment(_) => "the environment",
            Self::Sso(sso) if sso.profile.is_none() => sso.login.session.as_deref().unwrap_or_default(),
            source => source.profile().or_else(|| Some(source.ambient()?.name())).unwrap_or_default(),
        }
    }

    /// The addresses that are asked for the credentials, apart from those of a container or an instance.
    pub fn urls(&self) -> Vec<&str> {
        match self {
            Self::Sso(sso) => sso.login.urls().to_vec(),
            Self::Profile { .. }
            | Self::Process { .. }
            | Self::Login { .. }
            | Self::WebIdentity { .. }
            | Self::Container(_)
            | Self::Instance(_)
            | Self::Environment(_)
            | Self::Replaced(_)
            | Self::Held { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile { name, keys } => write!(f, "the keys of profile {name} ({})", keys.origin),
            Self::Process { profile, command } => {
                write!(f, "the credential_process of profile {profile} ({})", command.origin)
            }
            Self::Login { profile, command } => {
                write!(f, "the login_session of profile {profile} ({})", command.origin)
            }
            Self::Sso(sso) => sso.fmt(f),
            Self::WebIdentity { token_file, .. } => {
                write!(f, "the web identity token {} ({})", token_file.value.display(), token_file.origin)
            }
            Self::Container(container) => container.fmt(f),
            Self::Instance(instance) => instance.fmt(f),
            Self::Replaced(_) => {
                f.write_str("keys that this environment no longer has, because a session replaced them")
            }
            Self::Environment(_) => f.write_str("the keys in the environment"),
            Self::Held { label, .. } => write!(f, "the session {label} of this environment"),
        }
    }
}

impl fmt::Display for Sso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, account, profile, login } = self;
        write!(f, "the role {} in account {} of IAM Identity Center, ", role.value, account.value)?;
        match (profile, &login.session) {
            (Some(profile), _) => write!(f, "profile {profile} ({})", role.origin),
            (None, session) => write!(f, "sso-session {}", session.as_deref().unwrap_or_default()),
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked_by = asked_by(&self.origin);
        write!(f, "the container's credentials, from the address in {}{asked_by}", self.variable)
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the instance's role, from {}{}", self.endpoint.value, asked_by(&self.origin))
    }
}

fn asked_by(origin: &Origin) -> String {
    match origin {
        Origin::Default => String::new(),
        origin => format!(" ({origin})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_ambient_source_is_read_back() {
        for ambient in AmbientSource::ALL {
            assert_eq!(AmbientSource::parse(ambient.name()), Some(ambient));
        }
        assert_eq!(AmbientSource::parse("container"), None);
    }
}
