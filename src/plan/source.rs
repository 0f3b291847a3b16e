//! Where the first credentials come from: specifications, without the work of getting them.

use std::fmt;
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

use crate::common::arn::RoleArn;
use crate::common::credentials::Keys;
use crate::common::origin::{Located, Origin};

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
    /// A program that prints credentials.
    Process {
        /// The profile's name.
        profile: String,
        /// The key of the profile that asks for it: `credential_process`, or `login_session`, for which the AWS CLI is run.
        key: &'static str,
        /// The program and its arguments, and their line.
        command: Located<Vec<String>>,
    },
    /// A role of IAM Identity Center.
    Sso(Box<Sso>),
    /// The token of an identity provider, which assumes the first role.
    WebIdentity {
        /// The profile that names the file; absent, the environment does.
        profile: Option<String>,
        /// The file that holds the token.
        token_file: Located<PathBuf>,
    },
    /// The container's credentials (ECS, EKS Pod Identity).
    Container(Container),
    /// The instance's role (EC2).
    Instance(Instance),
    /// The keys in the caller's environment.
    Environment(Keys),
    /// Keys that a session has replaced since: the session that is held can be used again, and not be renewed.
    ReplacedKeys(ReplacedKeys),
    /// The session that the caller's environment holds.
    Held {
        /// The role as it was typed then.
        label: String,
        /// The session's keys.
        keys: Keys,
    },
}

/// Which keys are lost.
#[derive(Debug)]
pub enum ReplacedKeys {
    /// Those that a bare role was assumed with.
    OfRole(RoleArn),
    /// Those that a profile takes from the environment.
    OfEnvironment {
        /// The profile's name.
        profile: String,
        /// The line that says so.
        origin: Origin,
    },
}

/// A role that the portal hands out.
#[derive(Debug)]
pub struct Sso {
    /// The profile that names it.
    pub profile: String,
    /// The `sso-session`; profiles of the older kind have none.
    pub session: Option<String>,
    /// Where people log in.
    pub start_url: Located<String>,
    /// The region of the portal.
    pub region: Located<String>,
    /// The twelve digits of the account.
    pub account: Located<String>,
    /// The role's name there.
    pub role: Located<String>,
    /// The address of the portal.
    pub portal: Located<String>,
    /// The address that refreshes tokens.
    pub oidc: Located<String>,
    /// The AWS CLI's file that holds the token.
    pub token_file: PathBuf,
}

/// The container's credentials, from the address that `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI` names.
#[derive(Debug)]
pub struct Container {
    /// The variable that names the address.
    pub variable: &'static str,
    /// Who asks for it: the line of `credential_source`, or nobody.
    pub origin: Origin,
}

/// The instance's role, from the metadata service.
#[derive(Debug)]
pub struct Instance {
    /// The address of the service.
    pub endpoint: Located<String>,
    /// How long one try may take, in seconds.
    pub timeout: u64,
    /// How often it is asked at most.
    pub attempts: u32,
    /// Who asks for it: the line of `credential_source`, or nobody.
    pub origin: Origin,
}

impl Source {
    /// The keys, where they are known already.
    pub fn known_keys(&self) -> Option<&Keys> {
        match self {
            Self::Profile { keys, .. } => Some(&keys.value),
            Self::Environment(keys) | Self::Held { keys, .. } => Some(keys),
            _ => None,
        }
    }

    /// Whether the keys are temporary, as far as that is known before they are got.
    pub fn temporary(&self) -> Option<bool> {
        match self {
            Self::Sso(_) | Self::Container(_) | Self::Instance(_) => Some(true),
            // A token signs nothing: what it assumes is as long as the role allows.
            Self::WebIdentity { .. } => Some(false),
            _ => self.known_keys().map(Keys::temporary),
        }
    }

    /// Whether its credentials are a role's, whose sessions have no MFA device: devices belong to users.
    pub fn is_role(&self) -> bool {
        matches!(self, Self::Sso(_) | Self::Container(_) | Self::Instance(_) | Self::WebIdentity { .. })
    }

    /// The profile that it belongs to.
    pub fn profile(&self) -> Option<&str> {
        match self {
            Self::Profile { name, .. } => Some(name),
            Self::Process { profile, .. } => Some(profile),
            Self::Sso(sso) => Some(&sso.profile),
            Self::WebIdentity { profile, .. } => profile.as_deref(),
            _ => None,
        }
    }

    /// What tells it from another source of the same name. It holds key ids: it is for hashing alone.
    pub fn identity(&self) -> String {
        match self {
            Self::Profile { keys, .. } => keys.value.id.clone(),
            Self::Environment(keys) | Self::Held { keys, .. } => keys.id.clone(),
            Self::Process { key, command, .. } => format!("{key} {}", command.value.join("\0")),
            Self::Sso(sso) => {
                format!("sso {} {} {}", sso.start_url.value, sso.account.value, sso.role.value)
            }
            Self::WebIdentity { token_file, .. } => format!("web {}", token_file.value.display()),
            Self::Container(container) => format!("container {}", container.variable),
            Self::Instance(instance) => format!("instance {}", instance.endpoint.value),
            Self::ReplacedKeys(_) => String::new(),
        }
    }

    /// The addresses that are asked for the credentials.
    pub fn urls(&self) -> Vec<&str> {
        match self {
            Self::Sso(sso) => sso.urls().to_vec(),
            _ => Vec::new(),
        }
    }

    /// Whether a service gives the credentials, over the network; otherwise this machine does.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Sso(_) | Self::Container(_) | Self::Instance(_))
    }
}

impl Sso {
    /// Both addresses.
    pub fn urls(&self) -> [&str; 2] {
        [&self.portal.value, &self.oidc.value]
    }

    /// What a person types to log in.
    pub fn login(&self) -> String {
        use crate::shell::Format;
        match &self.session {
            Some(session) => format!("aws sso login --sso-session {}", Format::SH.word(session)),
            None => format!("aws sso login --profile {}", Format::SH.word(&self.profile)),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile { name, keys } => write!(f, "the keys of profile {name} ({})", keys.origin),
            Self::Process { profile, key, command } => {
                write!(f, "the {key} of profile {profile} ({})", command.origin)
            }
            Self::Sso(sso) => sso.fmt(f),
            Self::WebIdentity { token_file, .. } => {
                write!(f, "the web identity token {} ({})", token_file.value.display(), token_file.origin)
            }
            Self::Container(container) => container.fmt(f),
            Self::Instance(instance) => instance.fmt(f),
            Self::ReplacedKeys(_) => {
                f.write_str("keys that this environment no longer has, because a session replaced them")
            }
            Self::Environment(_) => f.write_str("the keys in the environment"),
            Self::Held { label, .. } => write!(f, "the session {label} of this environment"),
        }
    }
}

impl fmt::Display for Sso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, account, profile, .. } = self;
        write!(
            f,
            "the role {} in account {} of IAM Identity Center, profile {profile} ({})",
            role.value, account.value, role.origin
        )
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the container's credentials, as {} says{}", self.variable, asked_by(&self.origin))
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

/// The AWS CLI's token file of an `sso-session`, or of a start URL where there is no session (botocore, `SSOTokenLoader`): its
/// name is the SHA-1 of that key.
pub fn sso_token_file(home: &Path, key: &str) -> PathBuf {
    let name: String = Sha1::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    home.join(".aws/sso/cache").join(name + ".json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_the_aws_cli_names_them() {
        let path = sso_token_file(Path::new("/home/ann"), "corp");
        assert_eq!(
            path.to_str().unwrap(),
            "/home/ann/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"
        );
    }
}
