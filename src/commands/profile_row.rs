//! A profile in one line: what completion, the table of `--list` and the picker show of it.

use crate::common::arn::RoleArnParts;
use crate::common::text;
use crate::config::{Config, Profile};
use crate::plan::source_of;

/// The most profiles that are followed from a role to its source.
const LONGEST_CHAIN: usize = 10;

/// The profiles that a user can type on a command line, sorted by name.
pub(crate) fn typeable<'c, 't>(config: &'c Config<'t>) -> impl Iterator<Item = &'c Profile<'t>> {
    config.profiles().filter(|profile| is_typeable(profile.name()))
}

/// Whether a name can be typed as a role: it is not empty, does not begin as a flag does, and has no character
/// that controls a terminal.
fn is_typeable(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('-') && is_shown(name)
}

/// Whether a terminal shows the name unchanged.
pub(crate) fn is_shown(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b' '..=b'~')) || text::clean(name) == name
}

/// What a profile leads to, from its settings alone. Empty where that is not known. The texts are as in the
/// file: they can have any character, and a secret, so all that is shown of them must pass the gate.
#[derive(Debug)]
pub(crate) struct ProfileRow<'p> {
    /// Its name.
    pub name: &'p str,
    /// The account of the role.
    pub account: &'p str,
    /// The name of the role without its path.
    pub role: &'p str,
    /// Where the credentials come from: the source profile of a role, else the kind of source.
    pub source: &'p str,
    /// Whether an MFA code is needed.
    pub mfa: bool,
    kind: &'static str,
}

impl<'p> ProfileRow<'p> {
    /// The row of a profile.
    pub(crate) fn of(profile: &'p Profile<'_>, config: &Config<'_>) -> Self {
        let get = |key| profile.text(key);
        let kind = source_of::kind(profile);
        let (account, role) = match (kind, get("role_arn")) {
            ("role" | "web-identity", Some(arn)) => match RoleArnParts::of(arn) {
                Ok(arn) => (arn.account, arn.name),
                Err(_) => ("", arn),
            },
            ("sso", _) => {
                let text = |key| get(key).unwrap_or_default();
                (text("sso_account_id"), text("sso_role_name"))
            }
            _ => ("", ""),
        };
        let source = match kind {
            "role" => get("source_profile").or(get("credential_source")).unwrap_or_default(),
            "ambient" => get("credential_source").unwrap_or_default(),
            "sso" => get("sso_session").unwrap_or("Identity Center"),
            "keys" => "access key",
            "process" => "credential_process",
            "login" => "aws login",
            "web-identity" => "web identity",
            _ => "",
        };
        Self { name: profile.name(), account, role, source, mfa: asks_for_code(profile, config), kind }
    }

    /// The titles of [`ProfileRow::cells`].
    pub(crate) const TITLES: [&'static str; 5] = ["NAME", "ACCOUNT", "ROLE", "SOURCE", "MFA"];

    /// Its cells in a table.
    pub(crate) fn cells(&self) -> [&str; 5] {
        [self.name, self.account, self.role, self.source, if self.mfa { "mfa" } else { "" }]
    }

    /// One line about it, such as `444455556666 Admin · mfa`.
    pub(crate) fn about(&self) -> String {
        let role = [self.account, self.role].into_iter().filter(|text| !text.is_empty());
        let role = role.collect::<Vec<_>>().join(" ");
        let source = match self.kind {
            "role" => "",
            "sso" => "sso",
            "settings" => "no credentials",
            _ => self.source,
        };
        let parts = [role.as_str(), source, if self.mfa { "mfa" } else { "" }];
        text::clean(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "))
    }
}

/// Whether the profile, or a profile from which its role is assumed, names an MFA device.
fn asks_for_code(profile: &Profile<'_>, config: &Config<'_>) -> bool {
    let mut current = profile;
    for _ in 0..LONGEST_CHAIN {
        if current.text("mfa_serial").is_some() {
            return true;
        }
        let source = current.text("source_profile").and_then(|name| config.profile(name));
        match source {
            Some(source) if source.name() != current.name() => current = source,
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Files;

    #[test]
    fn a_profile_is_described_by_account_role_source_and_mfa() {
        let files = Files::of_texts(
            "[profile prod]\nrole_arn = arn:aws:iam::444455556666:role/team/Admin\nsource_profile = user\n\
             [profile next]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = prod\n\
             [profile own]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = own\n\
             [profile bad]\nrole_arn = arn:\u{1b}\nsource_profile = user\n\
             [profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n\
             [profile box]\ncredential_source = EcsContainer\n[profile program]\ncredential_process = x\n\
             [profile plain]\nregion = eu-west-1\n[profile user]\nmfa_serial = arn:aws:iam::1:mfa/a\n",
            "[user]\naws_access_key_id = AKIA\naws_secret_access_key = s\n",
        );
        let (config, _) = Config::of(&files);
        let row = |name: &str| ProfileRow::of(config.profile(name).unwrap(), &config);
        for (name, about, source) in [
            ("prod", "444455556666 Admin · mfa", "user"),
            ("next", "111122223333 R · mfa", "prod"),
            ("own", "111122223333 R", "own"),
            ("bad", "arn:\\u{1b} · mfa", "user"),
            ("sso", "123456789012 Reader · sso", "corp"),
            ("box", "EcsContainer", "EcsContainer"),
            ("program", "credential_process", "credential_process"),
            ("plain", "no credentials", ""),
            ("user", "access key · mfa", "access key"),
        ] {
            let row = row(name);
            assert_eq!((row.about().as_str(), row.source), (about, source), "{name}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_typed_is_left_out() {
        let files =
            Files::of_texts("[profile -x]\n[profile \"\"]\n[profile a\u{1b}]\n[profile \"a b\"]\n", "");
        let (config, _) = Config::of(&files);
        assert_eq!(typeable(&config).map(Profile::name).collect::<Vec<_>>(), ["a b"]);
    }
}
