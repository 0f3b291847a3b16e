//! Sections whose header is not the one that the AWS CLI reads: `[dev]`, `[Profile dev]` or
//! `[profile:dev]` in
//! the config file, `[profile dev]` in the credentials file.
//!
//! botocore reads a section of the config file as a profile if its header begins with `profile` and has two
//! words (`build_profile_map`), and the whole header of a section of the credentials file as the name. It
//! drops
//! any other section silently. Looked for only when a section is missing.

use std::fmt;

use crate::common::origin::Place;
use crate::common::suggest;
use crate::common::text::between_quotes;
use crate::config::files::{File, FileKind};
use crate::config::profile::Profile;

/// A kind of section of the config file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// `[profile NAME]`, and `[NAME]` in the credentials file.
    Profile,
    /// `[sso-session NAME]`.
    SsoSession,
    /// `[services NAME]`.
    Services,
}

impl SectionKind {
    /// The first word of its header.
    fn word(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::SsoSession => "sso-session",
            Self::Services => "services",
        }
    }

    /// The header of the section with this name in the config file.
    fn header(self, name: &str) -> String {
        let is_plain = |c: char| !c.is_whitespace() && !"\"'\\".contains(c);
        match (self, name) {
            (Self::Profile, "default") => "[default]".to_owned(),
            _ if name.chars().all(is_plain) => format!("[{} {name}]", self.word()),
            _ => format!("[{} \"{}\"]", self.word(), name.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

/// A section of the config file that is neither a profile nor a section of another kind that is read.
#[derive(Clone, Copy)]
pub(crate) struct Unread<'t> {
    /// The text between the brackets.
    pub(crate) header: &'t str,
    /// The file.
    pub(crate) file: &'t File,
    /// The line of the header.
    pub(crate) line: u32,
}

/// A section with a header that is probably not meant so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misnamed {
    /// The text between the brackets.
    pub header: String,
    /// The line of the header.
    pub place: Place,
    /// The header to write there.
    pub write: String,
}

impl fmt::Display for Misnamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has [{}]; write {}", self.place, self.header, self.write)
    }
}

/// The section that is probably meant by a kind and a name.
pub(crate) fn find(
    unread: &[Unread<'_>],
    profiles: &[Profile<'_>],
    kind: SectionKind,
    name: &str,
) -> Option<Box<Misnamed>> {
    if name.is_empty() {
        return None;
    }
    if let Some(found) = unread.iter().find(|section| is_meant(section.header, kind.word(), name)) {
        return Some(Box::new(Misnamed {
            header: found.header.to_owned(),
            place: found.file.place(found.line),
            write: kind.header(name),
        }));
    }
    if kind == SectionKind::SsoSession {
        return session_as_profile(profiles, kind, name);
    }
    if kind != SectionKind::Profile {
        return None;
    }
    // The header in the credentials file is the whole name. One that differs in case only is another name,
    // for
    // which there is "did you mean".
    let parts = profiles.iter().flat_map(Profile::sections);
    let mut of_credentials = parts.filter(|part| part.file.kind() == FileKind::Credentials);
    let found = of_credentials.find(|part| {
        !part.section.name.eq_ignore_ascii_case(name) && is_meant(part.section.name, kind.word(), name)
    })?;
    Some(Box::new(Misnamed {
        header: found.section.name.to_owned(),
        place: found.file.place(found.section.line),
        write: format!("[{name}]"),
    }))
}

/// A profile with this name and the settings of an `sso-session`.
fn session_as_profile(profiles: &[Profile<'_>], kind: SectionKind, name: &str) -> Option<Box<Misnamed>> {
    let is_session = |profile: &&Profile<'_>| {
        profile.name() == name
            && profile.own("sso_start_url").is_some()
            && profile.own("sso_account_id").is_none()
    };
    let parts = profiles.iter().find(is_session)?.sections();
    let found = parts.into_iter().find(|part| part.file.kind() == FileKind::Config)?;
    Some(Box::new(Misnamed {
        header: format!("profile {name}"),
        place: found.file.place(found.section.line),
        write: kind.header(name),
    }))
}

/// Whether a header is the name alone, or the name and a word that is similar to the first word of its kind.
fn is_meant(header: &str, word: &str, name: &str) -> bool {
    const SEPARATORS: [char; 8] = [':', '=', '.', '/', '_', '-', '"', '\''];
    let is_separator = |c: char| c.is_whitespace() || SEPARATORS.contains(&c);
    let header = header.trim().trim_end_matches(':').trim();
    let is_word = |rest: &str| {
        let rest = rest.trim_matches(is_separator);
        let is_part = rest.len() > 2 && word.split('-').any(|part| part == rest);
        rest.is_empty() || is_part || suggest::is_slip_of(&rest.replace(['_', ' '], "-"), word)
    };
    let plain = between_quotes(header).unwrap_or(header);
    let (lower, name) = (plain.to_lowercase(), name.to_lowercase());
    // The rest must be separated from the name: [mydev] is not dev.
    let before = lower.trim_end_matches(['"', '\'']).strip_suffix(&*name);
    let after = lower.strip_prefix(&*name);
    let is_before = |rest: &str| rest.is_empty() || rest == word || rest.ends_with(is_separator);
    before.is_some_and(|rest| is_before(rest) && is_word(rest))
        || after.is_some_and(|rest| rest.starts_with(is_separator) && is_word(rest))
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Files, SectionKind};

    fn found(config: &str, credentials: &str, kind: SectionKind, name: &str) -> Option<String> {
        let files = Files::of_texts(config, credentials);
        let (config, error) = Config::of(&files);
        assert!(error.is_none());
        config.misnamed(kind, name).map(|misnamed| misnamed.to_string())
    }

    #[test]
    fn a_profile_with_another_header_is_found_in_the_config_file() {
        for header in [
            "dev",
            " dev ",
            "Dev",
            "'dev'",
            "\"dev\"",
            "Profile dev",
            "PROFILE dev",
            " profile dev ",
            "profile:dev",
            "profile=dev",
            "profile.dev",
            "profile-dev",
            "profile_dev",
            "profil dev",
            "prfile dev",
            "Profiles dev",
            "Profile \"dev\"",
            "dev profile",
        ] {
            let text = format!("[other]\n[{header}]\nregion = x\n");
            let line = format!("config:2 has [{header}]; write [profile dev]");
            assert_eq!(found(&text, "", SectionKind::Profile, "dev"), Some(line));
        }
    }

    #[test]
    fn the_header_to_write_is_the_one_that_is_read() {
        let config = |header: &str, name: &str| {
            found(&format!("[{header}]\n"), "", SectionKind::Profile, name).expect("it is found")
        };
        assert_eq!(
            config("profile two words", "two words"),
            "config:1 has [profile two words]; write [profile \"two words\"]"
        );
        assert_eq!(config("Default", "default"), "config:1 has [Default]; write [default]");
        assert_eq!(config("default profile", "default"), "config:1 has [default profile]; write [default]");
    }

    #[test]
    fn a_profile_with_another_header_is_found_in_the_credentials_file() {
        for header in ["profile tf", "Profile tf", " tf ", "\"tf\"", "profile \"tf\""] {
            let line = format!("credentials:1 has [{header}]; write [tf]");
            assert_eq!(found("", &format!("[{header}]\n"), SectionKind::Profile, "tf"), Some(line));
        }
        assert_eq!(found("", "[TF]\n", SectionKind::Profile, "tf"), None);
    }

    #[test]
    fn other_sections_are_found_too_and_unrelated_ones_are_not() {
        for header in ["sso_session corp", "SSO-Session corp", "sso session corp", "ssosession corp", "corp"]
        {
            let line = format!("config:1 has [{header}]; write [sso-session corp]");
            let text = format!("[{header}]\n");
            assert_eq!(found(&text, "", SectionKind::SsoSession, "corp"), Some(line));
        }
        assert!(found("[service local]\n", "", SectionKind::Services, "local").is_some());
        for header in ["mydev", "plugins", "preview", "dev2", "prod dev", "sso_session dev"] {
            assert_eq!(found(&format!("[{header}]\n"), "", SectionKind::Profile, "dev"), None, "{header}");
        }
        assert_eq!(found("[dev]\n", "", SectionKind::Profile, ""), None);
    }
}
