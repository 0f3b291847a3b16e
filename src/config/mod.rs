//! The AWS config and credentials files by the AWS CLI's rules, each value with the file and line that it came from.
//!
//! Comes in: where the files are (from [`Environment`]). Goes out: [`Config`], the profiles and `services` sections. Follows the
//! AWS CLI's configuration guide and, where that is silent, botocore's `configloader`: section names are split as a shell
//! would, the credentials file wins key by key. The key pair itself is never mixed from two files. A file that cannot be
//! read whole is an error, because a profile that silently lost a key would lead to another identity.

pub mod error;
mod include;
pub mod ini;

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::common::credentials::{KeyPart, Keys, Secret};
use crate::common::invalid_value::{InvalidValue, Rule};
pub use crate::common::origin::{Located, Origin, Place};
use crate::config::error::Error;
use crate::env::Environment;
use crate::sys::read_limited;

/// A profile: its sections in both files.
pub struct Profile<'t> {
    name: Cow<'t, str>,
    /// That of the credentials file first, because its keys win; then that of the config file.
    sections: [Option<(&'t File, ini::Section<'t>)>; 2],
    /// Few profiles include another.
    included: Option<Box<include::Included<'t>>>,
}

impl<'t> Profile<'t> {
    /// The name by which people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line of its section header; in the config file, if it stands there too.
    pub fn place(&self) -> Place {
        let (file, section) = self.sections().last().expect("a profile is made of a section");
        file.place(section.line)
    }

    /// Whether everything that it includes could be found.
    ///
    /// # Errors
    /// A profile that it names in `include_profile` and that is not there, or includes it in turn.
    pub fn check_includes(&self) -> Result<(), Error> {
        let fault = self.included.as_ref().and_then(|included| included.fault.as_ref());
        fault.map_or(Ok(()), |fault| Err(fault.error()))
    }

    fn sections(&self) -> impl Iterator<Item = &(&'t File, ini::Section<'t>)> {
        self.sections.iter().flatten()
    }

    fn value(&self, key: &str) -> Option<(&'t File, &ini::Entry<'t>)> {
        let own = find(self.sections(), key);
        own.or_else(|| {
            let included = self.included.as_ref()?;
            include::inherits(self, key).then(|| find(&included.sections, key))?
        })
    }

    /// The value of a key that is no secret; `None` when it is absent or empty.
    pub fn get(&self, key: &str) -> Option<Located<&str>> {
        self.value(key).and_then(|(file, entry)| filled(file, entry))
    }

    /// The line on which a key stands without a value.
    pub fn left_empty(&self, key: &str) -> Option<Origin> {
        let (file, entry) = self.value(key)?;
        entry.value.expose().is_empty().then(|| Origin::File(file.place(entry.line)))
    }

    /// As [`Profile::get`], without what it includes.
    fn own(&self, key: &str) -> Option<Located<&str>> {
        find(self.sections(), key).and_then(|(file, entry)| filled(file, entry))
    }

    /// A key of an indented block, such as `endpoint_url` below `sts =`.
    pub fn nested(&self, block: &str, key: &str) -> Option<Located<&str>> {
        let (file, entry) = self.value(block)?;
        let (_, text) = ini::nested(entry.value.expose())?.into_iter().rfind(|(k, _)| *k == key)?;
        (!text.is_empty()).then(|| Located::new(text, Origin::File(file.place(entry.line))))
    }

    /// The names of its keys as they are written, and their lines.
    pub fn keys(&self) -> impl Iterator<Item = (&str, Place)> {
        let entries =
            self.sections().flat_map(|(file, section)| section.entries.iter().map(move |e| (file, e)));
        entries.map(|(file, entry)| (entry.key, file.place(entry.line)))
    }

    /// Whether it has an access key of its own, or a part of one.
    pub fn has_static_keys(&self) -> bool {
        self.own("aws_access_key_id").is_some() || self.own("aws_secret_access_key").is_some()
    }

    /// Its own access key in one of the files: between the two, the AWS CLI asks other sources. The parts of a key are never
    /// mixed from two files.
    ///
    /// # Errors
    /// When a part of the pair is missing in the file that has the other part, or is no key.
    pub fn static_keys(&self, kind: FileKind) -> Result<Option<Located<Keys>>, Error> {
        const ID: &str = "aws_access_key_id";
        const SECRET: &str = "aws_secret_access_key";
        let Some((file, section)) = self.sections().find(|(file, _)| file.kind == kind) else {
            return Ok(None);
        };
        let filled = |key: &str| section.entry(key).filter(|entry| !entry.value.expose().is_empty());
        let half = |half: &ini::Entry<'_>, missing| Error::HalfKeys {
            profile: self.name().into(),
            missing,
            place: file.place(half.line),
        };
        let (id, secret) = match (filled(ID), filled(SECRET)) {
            (None, None) => return Ok(None),
            (Some(id), Some(secret)) => (id, secret),
            (Some(id), None) => return Err(half(id, SECRET)),
            (None, Some(secret)) => return Err(half(secret, ID)),
        };
        // Of the two names of the token, botocore asks the older one first.
        let token = filled("aws_security_token").or_else(|| filled("aws_session_token"));
        let owned = |entry: &ini::Entry<'_>| entry.value.expose().to_owned();
        let keys = Keys {
            id: owned(id),
            secret: Secret::new(owned(secret)),
            token: token.map(|token| Secret::new(owned(token))),
        };
        let Some(what) = keys.unusable() else {
            return Ok(Some(Located::new(keys, Origin::File(file.place(id.line)))));
        };
        let line = match what {
            KeyPart::Id => id.line,
            KeyPart::Secret => secret.line,
            KeyPart::Token => token.map_or(id.line, |token| token.line),
        };
        Err(InvalidValue::new("", Origin::File(file.place(line)), Rule::Key(what)).into())
    }
}

fn find<'s, 't: 's>(
    sections: impl IntoIterator<Item = &'s (&'t File, ini::Section<'t>)>,
    key: &str,
) -> Option<(&'t File, &'s ini::Entry<'t>)> {
    sections.into_iter().find_map(|(file, section)| Some((*file, section.entry(key)?)))
}

fn filled<'s>(file: &File, entry: &'s ini::Entry<'_>) -> Option<Located<&'s str>> {
    let text = entry.value.expose();
    (!text.is_empty()).then(|| Located::new(text, Origin::File(file.place(entry.line))))
}

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`.
    Config,
    /// `~/.aws/credentials`.
    Credentials,
}

/// A file that was read. Its text is wiped when it is dropped, and profiles are pieces of it, not copies.
pub struct File {
    kind: FileKind,
    path: Arc<Path>,
    text: Zeroizing<String>,
}

impl File {
    fn place(&self, line: u32) -> Place {
        Place::new(Arc::clone(&self.path), line)
    }
}

/// The texts of both files.
#[derive(Default)]
pub struct Files {
    read: Vec<File>,
    /// The files that were looked for, whether or not they exist.
    searched: Vec<PathBuf>,
}

impl Files {
    /// Reads the files that the caller's environment names, or those in `~/.aws`; what cannot be read is the error beside
    /// those that can.
    pub fn read(env: &Environment) -> (Self, Option<Error>) {
        let mut files = Self::default();
        let mut fault = None;
        for kind in [FileKind::Config, FileKind::Credentials] {
            let Some(wanted) = kind.path(env) else { continue };
            files.searched.push(wanted.value.clone());
            match read_file(kind, wanted) {
                Ok(file) => files.read.extend(file),
                Err(error) => drop(fault.get_or_insert(error)),
            }
        }
        (files, fault)
    }

    /// Files of these texts, wherever they come from.
    pub fn of_texts(config: &str, credentials: &str) -> Self {
        let file = |kind, name: &str, text: &str| File {
            kind,
            path: Path::new(name).into(),
            text: Zeroizing::new(text.to_owned()),
        };
        let read = [
            file(FileKind::Config, "config", config),
            file(FileKind::Credentials, "credentials", credentials),
        ];
        Self { read: read.into(), searched: Vec::new() }
    }
}

/// The largest file that is read, in MiB: twenty thousand profiles.
const LARGEST: u64 = 4;

/// Reads a file; `None` when it is one that need not exist.
fn read_file(kind: FileKind, wanted: Located<PathBuf>) -> Result<Option<File>, Error> {
    let bytes = match read_limited::read(&wanted.value, LARGEST) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && wanted.origin == Origin::Default => {
            return Ok(None);
        }
        Err(why) => {
            return Err(Error::Unreadable { file: wanted.value, origin: wanted.origin, why });
        }
    };
    let path: Arc<Path> = wanted.value.into();
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(File { kind, path, text: Zeroizing::new(text) })),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = Zeroizing::new(error.into_bytes());
            let line = 1 + bytes[..at].iter().filter(|b| **b == b'\n').count();
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            Err(Error::NotUtf8 { place: Place::new(path, line) })
        }
    }
}

/// Sections in the order of the files, and where each of them is by the name that people call it by.
#[derive(Default)]
struct ByName<'t> {
    list: Vec<Profile<'t>>,
    places: HashMap<Cow<'t, str>, usize>,
}

impl<'t> ByName<'t> {
    /// Makes room once: a table that grows is filled anew each time.
    fn reserve(&mut self, more: usize) {
        self.list.reserve(more);
        self.places.reserve(more);
    }

    fn get(&self, name: &str) -> Option<&Profile<'t>> {
        self.places.get(name).map(|at| &self.list[*at])
    }
}

/// Both files, understood.
pub struct Config<'t> {
    profiles: ByName<'t>,
    services: ByName<'t>,
    sso_sessions: ByName<'t>,
    searched: &'t [PathBuf],
}

impl<'t> Config<'t> {
    /// Finds the profiles in the files; what cannot be understood is the error beside those that can.
    pub fn of(files: &'t Files) -> (Self, Option<Error>) {
        let mut config = Self {
            profiles: ByName::default(),
            services: ByName::default(),
            sso_sessions: ByName::default(),
            searched: &files.searched,
        };
        let mut broken = None;
        for file in &files.read {
            let parsed = ini::parse(&file.text);
            config.profiles.reserve(parsed.sections.len());
            for section in parsed.sections {
                config.add(file, section);
            }
            if let Some((line, fault)) = parsed.fault {
                broken.get_or_insert(Error::Broken { place: file.place(line), fault });
            }
        }
        include::link(&mut config.profiles);
        (config, broken)
    }

    /// A profile by its name.
    pub fn profile(&self, name: &str) -> Option<&Profile<'t>> {
        self.profiles.get(name)
    }

    /// All profiles, sorted by name.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile<'t>> {
        let mut sorted: Vec<_> = self.profiles.list.iter().collect();
        sorted.sort_unstable_by_key(|profile| profile.name());
        sorted.into_iter()
    }

    /// The `[services NAME]` section.
    pub fn services(&self, name: &str) -> Option<&Profile<'t>> {
        self.services.get(name)
    }

    /// The `[sso-session NAME]` section.
    pub fn sso_session(&self, name: &str) -> Option<&Profile<'t>> {
        self.sso_sessions.get(name)
    }

    /// The files that were looked for, for the message that says where a profile could stand.
    pub fn searched(&self) -> &[PathBuf] {
        self.searched
    }

    /// Whether an access key stands in a file.
    pub fn holds_secrets(&self, file: &Path) -> bool {
        let has_secret = |section: &ini::Section<'_>| section.entry("aws_secret_access_key").is_some();
        let mut sections = self.profiles.list.iter().flat_map(Profile::sections);
        sections.any(|(of, section)| *of.path == *file && has_secret(section))
    }

    fn add(&mut self, file: &'t File, section: ini::Section<'t>) {
        let Some((map, name)) = self.room_for(file.kind, section.name) else { return };
        let place = match map.places.entry(name) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                map.list.push(Profile { name: place.key().clone(), sections: [None, None], included: None });
                *place.insert(map.list.len() - 1)
            }
        };
        // Of two spellings of one name in a file, such as [default] and [profile default], the later wins.
        map.list[place].sections[usize::from(file.kind == FileKind::Config)] = Some((file, section));
    }

    /// Which map a section belongs to, and under which name; `None` for a section that is not ours.
    fn room_for(&mut self, kind: FileKind, section: &'t str) -> Option<(&mut ByName<'t>, Cow<'t, str>)> {
        if kind == FileKind::Credentials || section == "default" {
            return Some((&mut self.profiles, Cow::Borrowed(section)));
        }
        let map = if section.starts_with("profile") {
            &mut self.profiles
        } else if section.starts_with("services") {
            &mut self.services
        } else if section.starts_with("sso-session") {
            &mut self.sso_sessions
        } else {
            return None;
        };
        Some((map, second_word(section)?))
    }
}

/// The second of exactly two words. A plain name, as nearly all are, is a piece of the file and needs no splitting.
fn second_word(section: &str) -> Option<Cow<'_, str>> {
    if let Some((_, name)) = section.split_once(' ')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./@:+".contains(&b))
        && !name.is_empty()
        && !section.contains(['\'', '"', '\\', '\t'])
    {
        return Some(Cow::Borrowed(name));
    }
    let [_, name]: [String; 2] = shell_words(section)?.try_into().ok()?;
    Some(Cow::Owned(name))
}

impl FileKind {
    /// The file to read, and who named it; `None` when nobody did and there is no home folder.
    fn path(self, env: &Environment) -> Option<Located<PathBuf>> {
        let (variable, name) = match self {
            Self::Config => ("AWS_CONFIG_FILE", "config"),
            Self::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        };
        if let Some(named) = env.var(variable) {
            return Some(Located::new(expand(named, env), Origin::Variable(variable)));
        }
        let path = env.home()?.join(".aws").join(name);
        Some(Located::new(path, Origin::Default))
    }
}

/// `~`, `~/…`, `$NAME` and `${NAME}` as the AWS CLI expands them.
pub fn expand(path: &str, env: &Environment) -> PathBuf {
    let path = &*with_variables(path, env);
    match (path.strip_prefix('~'), env.home()) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}

/// Replaces the variables that are set; any other stays as it is, as in Python's `expandvars`.
fn with_variables(path: &str, env: &Environment) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(start) = rest.find('$') {
        text.push_str(&rest[..start]);
        let behind = &rest[start + 1..];
        let braced = behind.strip_prefix('{').and_then(|b| b.split_once('}'));
        let (name, after) = braced.unwrap_or_else(|| {
            let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
            behind.split_at(end)
        });
        match env.own(name) {
            Some(value) => text.push_str(value),
            None => text.push_str(&rest[start..rest.len() - after.len()]),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Splits a section name as Python's `shlex.split` does; `None` when a quote is left open.
pub fn shell_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => match chars.next()? {
                            c @ ('"' | '\\') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(files: &Files) -> Config<'_> {
        let (config, fault) = Config::of(files);
        assert!(fault.is_none());
        config
    }

    #[test]
    fn section_names_are_split_as_a_shell_would() {
        let read = Files::of_texts(
            "[profile plain]\n[profile \"a b\"]\n[profile 'x\"y']\n[profile two words]\n[profile \"open]\n[default]\n[other]\n",
            "[profile kept]\n[bare name]\n",
        );
        let c = config(&read);
        let names: Vec<&str> = c.profiles().map(Profile::name).collect();
        assert_eq!(names, ["a b", "bare name", "default", "plain", "profile kept", "x\"y"]);
    }

    #[test]
    fn the_credentials_file_wins_key_by_key() {
        let read =
            Files::of_texts("[profile a]\nregion = config\noutput = json\n", "[a]\nregion = credentials\n");
        let c = config(&read);
        let a = c.profile("a").unwrap();
        assert_eq!(a.get("region").unwrap().value, "credentials");
        assert_eq!(a.get("output").unwrap().value, "json");
        assert!(a.get("output").unwrap().origin.to_string().ends_with("config:3"));
    }

    #[test]
    fn a_key_pair_is_never_mixed_from_two_files() {
        let read = Files::of_texts(
            "[profile a]\naws_access_key_id = CONF\naws_secret_access_key = s1\naws_session_token = stale\n",
            "[a]\naws_access_key_id = CRED\naws_secret_access_key = s2\n",
        );
        let c = config(&read);
        let keys = |kind| c.profile("a").unwrap().static_keys(kind).unwrap().unwrap().value;
        assert_eq!(
            (keys(FileKind::Credentials).id, keys(FileKind::Config).id),
            ("CRED".into(), "CONF".into())
        );
        assert!(!keys(FileKind::Credentials).temporary() && keys(FileKind::Config).temporary());

        let read = Files::of_texts(
            "[profile a]\naws_access_key_id = CONF\naws_secret_access_key = s1\n",
            "[a]\naws_access_key_id = CRED\n",
        );
        let c = config(&read);
        assert!(c.profile("a").unwrap().static_keys(FileKind::Credentials).is_err());
    }

    #[test]
    fn services_sections_have_blocks() {
        let read = Files::of_texts("[services local]\nsts =\n  endpoint_url = http://127.0.0.1:1\n", "");
        let c = config(&read);
        let url = c.services("local").unwrap().nested("sts", "endpoint_url").unwrap();
        assert_eq!(url.value, "http://127.0.0.1:1");
        assert!(c.services("local").unwrap().nested("s3", "endpoint_url").is_none());
    }

    #[test]
    fn paths_are_expanded() {
        let vars = [("HOME", "/h"), ("D", "/d")].map(|(name, value)| (name.into(), value.into()));
        let env = Environment::new(vars.into_iter()).unwrap();
        for (path, whole) in [
            ("~/x", "/h/x"),
            ("$D/x", "/d/x"),
            ("${D}x", "/dx"),
            ("$HOME", "/h"),
            ("a$", "a$"),
            ("$NO/${NO}/${D", "$NO/${NO}/${D"),
            ("~other/x", "~other/x"),
        ] {
            assert_eq!(expand(path, &env), PathBuf::from(whole), "{path}");
        }
    }

    #[test]
    fn the_later_spelling_of_a_name_wins() {
        let read = Files::of_texts("[default]\nregion = a\n[profile default]\noutput = b\n", "");
        let c = config(&read);
        let default = c.profile("default").unwrap();
        assert!(default.get("region").is_none() && default.get("output").is_some());
    }
}
