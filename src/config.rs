//! The AWS config and credentials files by the AWS CLI's rules, each value with the file and line that it came from.
//!
//! Comes in: where the files are (from [`Caller`]). Goes out: [`Config`], the profiles and `services` sections. Follows the
//! AWS CLI's configuration guide and, where that is silent, botocore's `configloader`: section names are split as a shell
//! would, the credentials file wins key by key. The key pair itself is never mixed from two files. A file that cannot be
//! read whole is an error, because a profile that silently lost a key would lead to another identity.

pub mod ini;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::error::Error;
use crate::secret::{Keys, Secret};

/// A line of a file, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: Arc<Path>,
    line: u32,
}

impl Place {
    /// The file and the line, from 1.
    pub fn parts(&self) -> (&Path, u32) {
        (&self.file, self.line)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Where a value came from, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A line of a configuration file.
    File(Place),
    /// Nobody named it: the program's own default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::File(place) => place.fmt(f),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Located<T> {
    /// Puts a value and its origin together.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// A value of a profile. Any of them may be a secret, so none of them prints.
#[derive(Clone, Debug)]
struct Value {
    text: Secret,
    place: Place,
}

/// A profile: the keys of its sections in both files.
#[derive(Debug)]
pub struct Profile {
    name: String,
    place: Place,
    values: BTreeMap<String, Value>,
    /// The access key as each file has it.
    pairs: Vec<(Kind, BTreeMap<String, Value>)>,
}

/// The keys that make up a credential, and may come from one file only. Of the two names of the token, botocore asks the older
/// one first.
const CREDENTIAL_KEYS: [&str; 4] =
    ["aws_access_key_id", "aws_secret_access_key", "aws_security_token", "aws_session_token"];

impl Profile {
    /// The name by which people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line of its first section header.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The value of a key that is no secret; `None` when it is absent or empty.
    pub fn get(&self, key: &str) -> Option<Located<&str>> {
        let value = self.values.get(key).filter(|v| !v.text.expose().is_empty())?;
        Some(Located::new(value.text.expose(), Origin::File(value.place.clone())))
    }

    /// A key of an indented block, such as `endpoint_url` below `sts =`.
    pub fn nested(&self, block: &str, key: &str) -> Option<Located<&str>> {
        let value = self.values.get(block)?;
        let (_, text) = ini::nested(value.text.expose())?.into_iter().rfind(|(k, _)| *k == key)?;
        let origin = Origin::File(value.place.clone());
        (!text.is_empty()).then(|| Located::new(text, origin))
    }

    /// The names of its keys.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.values.iter().map(|(key, value)| (key.as_str(), &value.place))
    }

    /// Whether it has an access key of its own, or a part of one.
    pub fn has_static_keys(&self) -> bool {
        self.get("aws_access_key_id").is_some() || self.get("aws_secret_access_key").is_some()
    }

    /// Its own access key in one of the files: between the two, the AWS CLI asks other sources.
    ///
    /// # Errors
    /// When a part of the pair is missing in the file that has the other part, or is no key.
    pub fn static_keys(&self, kind: Kind) -> Result<Option<Located<Keys>>, Error> {
        let Some((_, pair)) = self.pairs.iter().find(|(of, _)| *of == kind) else { return Ok(None) };
        let filled = |key: &str| pair.get(key).filter(|v| !v.text.expose().is_empty()).cloned();
        let [id, secret, security_token, session_token] = CREDENTIAL_KEYS;
        let (id, secret) = match (filled(id), filled(secret)) {
            (None, None) => return Ok(None),
            (Some(id), Some(secret)) => (id, secret),
            (Some(half), None) => return Err(self.half(half, secret)),
            (None, Some(half)) => return Err(self.half(half, id)),
        };
        let token = filled(security_token).or_else(|| filled(session_token));
        let keys = Keys {
            id: id.text.expose().to_owned(),
            secret: secret.text,
            token: token.map(|token| token.text),
        };
        let origin = Origin::File(id.place);
        match keys.unusable() {
            Some(what) => Err(Error::BadKeys { what, origin }),
            None => Ok(Some(Located::new(keys, origin))),
        }
    }

    fn half(&self, half: Value, missing: &'static str) -> Error {
        Error::HalfKeys { profile: self.name.clone(), missing, place: half.place }
    }
}

/// Both files, read.
#[derive(Debug, Default)]
pub struct Config {
    profiles: BTreeMap<String, Profile>,
    services: BTreeMap<String, Profile>,
    /// The files that were looked for, whether or not they exist.
    searched: Vec<PathBuf>,
}

impl Config {
    /// Reads the files that the caller's environment names, or those in `~/.aws`.
    ///
    /// # Errors
    /// A file that is named but missing, unreadable, not UTF-8, or not a configuration file.
    pub fn read(caller: &Caller) -> Result<Self, Error> {
        let (config, fault) = Self::read_what_can_be(caller);
        fault.map_or(Ok(config), Err)
    }

    /// Reads what can be read, and says what could not: `--list` shows the one and reports the other.
    pub fn read_what_can_be(caller: &Caller) -> (Self, Option<Error>) {
        let mut config = Self::default();
        let mut fault = None;
        for kind in [Kind::Config, Kind::Credentials] {
            if let Err(error) = config.read_file(caller, kind) {
                fault.get_or_insert(error);
            }
        }
        (config, fault)
    }

    /// A profile by its name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// All profiles, by name.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    /// The `[services NAME]` section.
    pub fn services(&self, name: &str) -> Option<&Profile> {
        self.services.get(name)
    }

    /// The files that were looked for, for the message that says where a profile could stand.
    pub fn searched(&self) -> &[PathBuf] {
        &self.searched
    }

    /// Whether an access key stands in a file.
    pub fn holds_secrets(&self, file: &Path) -> bool {
        let in_file = |keys: &BTreeMap<String, Value>| keys.values().any(|v| *v.place.file == *file);
        self.profiles.values().flat_map(|profile| &profile.pairs).any(|(_, keys)| in_file(keys))
    }

    fn read_file(&mut self, caller: &Caller, kind: Kind) -> Result<(), Error> {
        let Some(wanted) = kind.path(caller) else { return Ok(()) };
        self.searched.push(wanted.value.clone());
        let file: Arc<Path> = wanted.value.into();
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && wanted.origin == Origin::Default => {
                return Ok(());
            }
            Err(e) => {
                return Err(Error::ConfigUnreadable {
                    file: file.to_path_buf(),
                    origin: wanted.origin,
                    why: e.kind(),
                });
            }
        };
        let text = std::str::from_utf8(&bytes).map_err(|e| {
            let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
            Error::ConfigNotUtf8 { place: place(&file, u32::try_from(line).unwrap_or(u32::MAX)) }
        })?;
        let parsed = ini::parse(text);
        for section in parsed.sections {
            self.add(kind, &file, section);
        }
        match parsed.fault {
            Some((line, fault)) => Err(Error::ConfigBroken { place: place(&file, line), fault }),
            None => Ok(()),
        }
    }

    fn add(&mut self, kind: Kind, file: &Arc<Path>, section: ini::Section) {
        let Some((map, name)) = self.room_for(kind, &section.name) else { return };
        let values: BTreeMap<String, Value> = section
            .entries
            .into_iter()
            .map(|e| (e.key, Value { text: e.value, place: place(file, e.line) }))
            .collect();
        let pair: BTreeMap<String, Value> = CREDENTIAL_KEYS
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), values.get(*key)?.clone())))
            .collect();
        let here = place(file, section.line);
        match map.get_mut(&name) {
            Some(known) if kind == Kind::Credentials => {
                known.values.extend(values);
                known.pairs.push((kind, pair));
            }
            // Two spellings of one name in the config file, such as [default] and [profile default]: the later wins.
            _ => {
                let profile = Profile { name: name.clone(), place: here, values, pairs: vec![(kind, pair)] };
                map.insert(name, profile);
            }
        }
    }

    /// Which map a section belongs to, and under which name; `None` for a section that is not ours.
    fn room_for(&mut self, kind: Kind, section: &str) -> Option<(&mut BTreeMap<String, Profile>, String)> {
        if kind == Kind::Credentials || section == "default" {
            return Some((&mut self.profiles, section.to_owned()));
        }
        let map = if section.starts_with("profile") {
            &mut self.profiles
        } else if section.starts_with("services") {
            &mut self.services
        } else {
            return None;
        };
        let words: [String; 2] = shell_words(section)?.try_into().ok()?;
        let [_, name] = words;
        Some((map, name))
    }
}

fn place(file: &Arc<Path>, line: u32) -> Place {
    Place { file: Arc::clone(file), line }
}

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `~/.aws/config`.
    Config,
    /// `~/.aws/credentials`.
    Credentials,
}

impl Kind {
    /// The file to read, and who named it; `None` when nobody did and there is no home folder.
    fn path(self, caller: &Caller) -> Option<Located<PathBuf>> {
        let (variable, name) = match self {
            Self::Config => ("AWS_CONFIG_FILE", "config"),
            Self::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        };
        if let Some(named) = caller.var(variable) {
            return Some(Located::new(expand(named, caller), Origin::Variable(variable)));
        }
        let path = caller.home()?.join(".aws").join(name);
        Some(Located::new(path, Origin::Default))
    }
}

/// `~`, `~/…`, `$NAME` and `${NAME}` as the AWS CLI expands them.
pub fn expand(path: &str, caller: &Caller) -> PathBuf {
    let path = &*with_variables(path, caller);
    match (path.strip_prefix('~'), caller.home()) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}

/// Replaces the variables that are set; any other stays as it is, as in Python's `expandvars`.
fn with_variables(path: &str, caller: &Caller) -> String {
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
        match caller.own(name) {
            Some(value) => text.push_str(value),
            None => text.push_str(&rest[start..rest.len() - after.len()]),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Splits a section name as Python's `shlex.split` does; `None` when a quote is left open.
fn shell_words(text: &str) -> Option<Vec<String>> {
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

    fn config(config: &str, credentials: &str) -> Config {
        let dir = std::env::temp_dir().join(format!(
            "assume-env-config-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        std::fs::create_dir_all(dir.join(".aws")).unwrap();
        std::fs::write(dir.join(".aws/config"), config).unwrap();
        std::fs::write(dir.join(".aws/credentials"), credentials).unwrap();
        let caller = Caller::new([("HOME".into(), dir.clone().into_os_string())].into_iter()).unwrap();
        let config = Config::read(&caller);
        std::fs::remove_dir_all(dir).unwrap();
        config.unwrap()
    }

    #[test]
    fn section_names_are_split_as_a_shell_would() {
        let c = config(
            "[profile plain]\n[profile \"a b\"]\n[profile 'x\"y']\n[profile two words]\n[profile \"open]\n[default]\n[other]\n",
            "[profile kept]\n[bare name]\n",
        );
        let names: Vec<&str> = c.profiles().map(Profile::name).collect();
        assert_eq!(names, ["a b", "bare name", "default", "plain", "profile kept", "x\"y"]);
    }

    #[test]
    fn the_credentials_file_wins_key_by_key() {
        let c = config("[profile a]\nregion = config\noutput = json\n", "[a]\nregion = credentials\n");
        let a = c.profile("a").unwrap();
        assert_eq!(a.get("region").unwrap().value, "credentials");
        assert_eq!(a.get("output").unwrap().value, "json");
        assert!(a.get("output").unwrap().origin.to_string().ends_with("config:3"));
    }

    #[test]
    fn a_key_pair_is_never_mixed_from_two_files() {
        let c = config(
            "[profile a]\naws_access_key_id = CONF\naws_secret_access_key = s1\naws_session_token = stale\n",
            "[a]\naws_access_key_id = CRED\naws_secret_access_key = s2\n",
        );
        let keys = |kind| c.profile("a").unwrap().static_keys(kind).unwrap().unwrap().value;
        assert_eq!((keys(Kind::Credentials).id, keys(Kind::Config).id), ("CRED".into(), "CONF".into()));
        assert!(!keys(Kind::Credentials).temporary() && keys(Kind::Config).temporary());

        let c = config(
            "[profile a]\naws_access_key_id = CONF\naws_secret_access_key = s1\n",
            "[a]\naws_access_key_id = CRED\n",
        );
        assert!(c.profile("a").unwrap().static_keys(Kind::Credentials).is_err());
    }

    #[test]
    fn services_sections_have_blocks() {
        let c = config("[services local]\nsts =\n  endpoint_url = http://127.0.0.1:1\n", "");
        let url = c.services("local").unwrap().nested("sts", "endpoint_url").unwrap();
        assert_eq!(url.value, "http://127.0.0.1:1");
        assert!(c.services("local").unwrap().nested("s3", "endpoint_url").is_none());
    }

    #[test]
    fn paths_are_expanded() {
        let vars = [("HOME", "/h"), ("D", "/d")].map(|(name, value)| (name.into(), value.into()));
        let caller = Caller::new(vars.into_iter()).unwrap();
        for (path, whole) in [
            ("~/x", "/h/x"),
            ("$D/x", "/d/x"),
            ("${D}x", "/dx"),
            ("$HOME", "/h"),
            ("a$", "a$"),
            ("$NO/${NO}/${D", "$NO/${NO}/${D"),
            ("~other/x", "~other/x"),
        ] {
            assert_eq!(expand(path, &caller), PathBuf::from(whole), "{path}");
        }
    }

    #[test]
    fn the_later_spelling_of_a_name_wins() {
        let c = config("[default]\nregion = a\n[profile default]\noutput = b\n", "");
        let default = c.profile("default").unwrap();
        assert!(default.get("region").is_none() && default.get("output").is_some());
    }
}
