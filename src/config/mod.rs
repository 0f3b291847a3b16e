//! The AWS config and credentials files, read by the rules of the AWS CLI. Each value has the file and line
//! that it comes from.
//!
//! Comes in: the environment, which says where the files are. Goes out: [`Config`], with the profiles and the
//! `services` and `sso-session` sections. Follows the AWS CLI User Guide ("Configuration and credential file
//! settings") and, for details, botocore's `configloader`. A file that cannot be read completely is an error:
//! a profile that lost a key without notice would lead to another identity.

pub(crate) mod error;
mod expand;
mod files;
mod include;
pub(crate) mod ini;
pub(crate) mod known_keys;
mod misnamed;
mod profile;
mod profiles;
mod secrets;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

pub(crate) use crate::config::expand::{expand, shell_words};
pub(crate) use crate::config::files::FileKind;
pub use crate::config::files::Files;
pub(crate) use crate::config::misnamed::{Misnamed, SectionKind};
pub(crate) use crate::config::profile::Profile;

use crate::config::error::Error;
use crate::config::misnamed::Unread;
use crate::config::profile::FileSection;
use crate::config::profiles::Profiles;

/// The profiles of both files.
pub struct Config<'t> {
    profiles: Profiles<'t>,
    services: Profiles<'t>,
    sso_sessions: Profiles<'t>,
    /// The sections of the config file that are none of these.
    unread: Vec<Unread<'t>>,
    searched: &'t [PathBuf],
}

impl<'t> Config<'t> {
    /// Reads the texts of the files. With a syntax error, the sections before it are still returned.
    pub fn of(files: &'t Files) -> (Self, Option<Error>) {
        let mut config = Self {
            profiles: Profiles::default(),
            services: Profiles::default(),
            sso_sessions: Profiles::default(),
            unread: Vec::new(),
            searched: files.searched(),
        };
        let mut first_error = None;
        for file in files.iter() {
            let parsed = ini::parse(file.text());
            config.profiles.reserve(parsed.sections.len());
            for section in parsed.sections {
                config.add(FileSection { file, section });
            }
            if let Some((line, error)) = parsed.error {
                first_error.get_or_insert(Error::Syntax { place: file.place(line), error });
            }
        }
        include::link(&mut config.profiles);
        (config, first_error)
    }

    /// The profile of this name.
    pub fn profile(&self, name: &str) -> Option<&Profile<'t>> {
        self.profiles.get(name)
    }

    /// All profiles, sorted by name.
    pub fn profiles(&self) -> impl ExactSizeIterator<Item = &Profile<'t>> {
        let with_start = |profile| (start_of(Profile::name(profile)), profile);
        let mut sorted: Vec<_> = self.profiles.list.iter().map(with_start).collect();
        sorted.sort_unstable_by_key(|(start, profile)| (*start, profile.name()));
        sorted.into_iter().map(|(_, profile)| profile)
    }

    /// The `[services NAME]` section.
    pub fn services(&self, name: &str) -> Option<&Profile<'t>> {
        self.services.get(name)
    }

    /// The `[sso-session NAME]` section.
    pub fn sso_session(&self, name: &str) -> Option<&Profile<'t>> {
        self.sso_sessions.get(name)
    }

    /// All `sso-session` sections, in the order of the file.
    pub fn sso_sessions(&self) -> impl Iterator<Item = &Profile<'t>> {
        self.sso_sessions.list.iter()
    }

    /// A section that is probably meant as the one of this kind and name, and has another header.
    pub fn misnamed(&self, kind: SectionKind, name: &str) -> Option<Box<Misnamed>> {
        misnamed::find(&self.unread, &self.profiles.list, kind, name)
    }

    /// The paths of the files, whether or not they exist: a message about an unknown profile names them.
    pub fn searched(&self) -> &[PathBuf] {
        self.searched
    }

    /// Whether a profile has a secret access key in this file.
    pub fn holds_secrets(&self, file: &Path) -> bool {
        let mut parts = self.profiles.list.iter().flat_map(Profile::sections);
        parts.any(|part| part.file.path() == file && part.section.setting("aws_secret_access_key").is_some())
    }

    fn add(&mut self, part: FileSection<'t>) {
        match self.group_of(part.file.kind(), part.section.name) {
            Some((group, name)) => group.add(name, part),
            None => self.unread.push(Unread {
                header: part.section.name,
                file: part.file,
                line: part.section.line,
            }),
        }
    }

    /// The group and the name that a section header has; `None` for sections of other tools, such as `[plugins]`.
    fn group_of(&mut self, kind: FileKind, header: &'t str) -> Option<(&mut Profiles<'t>, Cow<'t, str>)> {
        if kind == FileKind::Credentials || header == "default" {
            return Some((&mut self.profiles, Cow::Borrowed(header)));
        }
        let group = if header.starts_with("profile") {
            &mut self.profiles
        } else if header.starts_with("services") {
            &mut self.services
        } else if header.starts_with("sso-session") {
            &mut self.sso_sessions
        } else {
            return None;
        };
        Some((group, second_word(header)?))
    }
}

/// The first bytes of a name as a number, which has the order of the names. Numbers are compared much faster than texts.
fn start_of(name: &str) -> u128 {
    let mut start = [0; size_of::<u128>()];
    let length = name.len().min(start.len());
    start[..length].copy_from_slice(&name.as_bytes()[..length]);
    u128::from_be_bytes(start)
}

/// The second of exactly two words, split as a shell does. A plain name, as nearly all are, is borrowed from
/// the file.
fn second_word(header: &str) -> Option<Cow<'_, str>> {
    if let Some((_, name)) = header.split_once(' ')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./@:+".contains(&byte))
        && !name.is_empty()
        && !header.contains(['\'', '"', '\\', '\t'])
    {
        return Some(Cow::Borrowed(name));
    }
    let [_, name]: [String; 2] = shell_words(header)?.try_into().ok()?;
    Some(Cow::Owned(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(files: &Files) -> Config<'_> {
        let (config, error) = Config::of(files);
        assert!(error.is_none());
        config
    }

    #[test]
    fn section_names_are_split_as_a_shell_splits_them() {
        let files = Files::of_texts(
            "[profile plain]\n[profile \"a b\"]\n[profile 'x\"y']\n[profile two words]\n\
             [profile \"open]\n[default]\n[other]\n",
            "[profile kept]\n[bare name]\n",
        );
        let config = config(&files);
        let names: Vec<&str> = config.profiles().map(Profile::name).collect();
        assert_eq!(names, ["a b", "bare name", "default", "plain", "profile kept", "x\"y"]);
    }

    #[test]
    fn the_credentials_file_wins_key_by_key() {
        let files =
            Files::of_texts("[profile a]\nregion = config\noutput = json\n", "[a]\nregion = credentials\n");
        let config = config(&files);
        let profile = config.profile("a").unwrap();
        assert_eq!(profile.get("region").unwrap().value, "credentials");
        assert_eq!(profile.get("output").unwrap().value, "json");
        assert!(profile.get("output").unwrap().origin.to_string().ends_with("config:3"));
    }

    #[test]
    fn an_access_key_is_never_mixed_from_two_files() {
        let files = Files::of_texts(
            "[profile a]\naws_access_key_id = CONF\naws_secret_access_key = s1\naws_session_token = stale\n",
            "[a]\naws_access_key_id = CRED\naws_secret_access_key = s2\n",
        );
        let both = config(&files);
        let keys = |kind| both.profile("a").unwrap().static_keys(kind).unwrap().unwrap().value;
        assert_eq!(
            (keys(FileKind::Credentials).id, keys(FileKind::Config).id),
            ("CRED".into(), "CONF".into())
        );
        assert!(!keys(FileKind::Credentials).temporary() && keys(FileKind::Config).temporary());

        let files = Files::of_texts(
            "[profile a]\naws_access_key_id = CONF\naws_secret_access_key = s1\n",
            "[a]\naws_access_key_id = CRED\n",
        );
        let half = config(&files);
        assert!(half.profile("a").unwrap().static_keys(FileKind::Credentials).is_err());
    }

    #[test]
    fn services_sections_have_blocks() {
        let files = Files::of_texts("[services local]\nsts =\n  endpoint_url = http://127.0.0.1:1\n", "");
        let config = config(&files);
        let section = config.services("local").unwrap();
        assert_eq!(section.nested("sts", "endpoint_url").unwrap().value, "http://127.0.0.1:1");
        assert!(section.nested("s3", "endpoint_url").is_none());
    }

    #[test]
    fn the_later_spelling_of_a_name_wins() {
        let files = Files::of_texts("[default]\nregion = a\n[profile default]\noutput = b\n", "");
        let config = config(&files);
        let default = config.profile("default").unwrap();
        assert!(default.get("region").is_none() && default.get("output").is_some());
    }

    #[test]
    fn access_keys_and_a_second_source_are_not_inherited() {
        let files = Files::of_texts(
            "[profile common]\nAWS_Session_Token = t\nRegion = r\nSource_Profile = s\nlogin_session = l\n\
             include_profile = more\n[profile more]\noutput = o\n\
             [profile plain]\ninclude_profile = common\n\
             [profile exclusive]\ninclude_profile = common\ncredential_source = Environment\n\
             [profile keys]\ninclude_profile = common\naws_access_key_id = A\n",
            "",
        );
        let config = config(&files);
        let values = |name: &str| {
            let profile = config.profile(name).unwrap();
            ["aws_session_token", "region", "source_profile", "login_session", "output"]
                .map(|key| profile.get(key).map_or("-", |found| found.value))
                .concat()
        };
        assert_eq!(["plain", "exclusive", "keys"].map(values), ["-rslo", "-r-lo", "-r--o"]);
    }

    #[test]
    fn includes_that_lead_to_no_end_are_errors_of_the_profile() {
        use crate::config::error::IncludeError;
        let chain: String =
            (0..11).map(|i| format!("[profile c{i}]\ninclude_profile = c{}\n", i + 1)).collect();
        let text = format!(
            "{chain}[profile c11]\n[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = a\n\
             [profile n]\ninclude_profile = x\n"
        );
        let files = Files::of_texts(&text, "");
        let config = config(&files);
        let check = |name: &str| config.profile(name).unwrap().check_includes();
        assert!(check("c2").is_ok() && check("c11").is_ok());
        assert!(matches!(check("c1"), Err(Error::Include(IncludeError::TooLong { .. }))));
        assert!(matches!(check("n"), Err(Error::Include(IncludeError::UnknownProfile { .. }))));
        let Err(Error::Include(IncludeError::Circular { profiles, .. })) = check("a") else {
            panic!("a and b include each other");
        };
        assert_eq!(profiles, ["a", "b", "a"]);
    }
}
