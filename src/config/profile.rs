//! A profile: the sections of one name in both files, and the value, file and line of each key.
//!
//! Follows botocore: the credentials file wins key by key, but the parts of an access key are never mixed
//! from two files. A `services` or `sso-session` section is read in the same way.

use std::borrow::Cow;

use crate::common::credentials::{KeyPart, Keys};
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::origin::{Located, Origin, Place};
use crate::config::error::{Error, IncludeError};
use crate::config::files::{File, FileKind};
use crate::config::ini::{self, Section, Setting};
use crate::config::known_keys;

/// A section, and the file that it is in.
#[derive(Clone)]
pub(crate) struct FileSection<'t> {
    /// The file.
    pub(crate) file: &'t File,
    /// The section.
    pub(crate) section: Section<'t>,
}

/// The settings that a profile takes over by `include_profile`.
#[derive(Default)]
pub(crate) struct Included<'t> {
    /// The sections of the included profiles, the nearest first, without the keys that are not inherited.
    pub(crate) sections: Vec<FileSection<'t>>,
    /// The line that cannot be followed, if there is one. The sections up to it are complete.
    pub(crate) error: Option<IncludeError>,
}

/// A profile.
pub struct Profile<'t> {
    name: Cow<'t, str>,
    /// The section of the credentials file first, because its keys win; then that of the config file.
    sections: [Option<FileSection<'t>>; 2],
    /// Boxed, because few profiles include another one.
    included: Option<Box<Included<'t>>>,
}

impl<'t> Profile<'t> {
    /// A profile without sections.
    pub(crate) fn new(name: Cow<'t, str>) -> Self {
        Self { name, sections: [None, None], included: None }
    }

    /// Sets its section in one of the files. Two spellings of one name, such as `[default]` and `[profile
    /// default]`, may occur in a file: the later one wins.
    pub(crate) fn set_section(&mut self, part: FileSection<'t>) {
        let at = usize::from(part.file.kind() == FileKind::Config);
        self.sections[at] = Some(part);
    }

    /// Sets what it includes.
    pub(crate) fn include(&mut self, included: Included<'t>) {
        self.included = Some(Box::new(included));
    }

    /// Its own sections, that of the credentials file first.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &FileSection<'t>> {
        self.sections.iter().flatten()
    }

    /// Its name, without the word `profile`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line of its section header: in the config file if it has a section there, else in the credentials
    /// file.
    pub fn place(&self) -> Place {
        let FileSection { file, section } = self.sections().last().expect("a profile has a section");
        file.place(section.line)
    }

    /// Checks that its `include_profile` lines lead to an end.
    ///
    /// # Errors
    /// A profile that does not exist, profiles that include each other, or more than ten profiles in a row.
    pub fn check_includes(&self) -> Result<(), Error> {
        match self.included.as_ref().and_then(|included| included.error.as_ref()) {
            Some(error) => Err(error.clone().into()),
            None => Ok(()),
        }
    }

    fn setting(&self, key: &str) -> Option<(&'t File, &Setting<'t>)> {
        find(self.sections(), key).or_else(|| find(&self.included.as_ref()?.sections, key))
    }

    /// The value of a key that is not a secret; `None` when it is absent or empty.
    pub fn get(&self, key: &str) -> Option<Located<&str>> {
        self.setting(key).and_then(|(file, setting)| filled(file, setting))
    }

    /// As [`Profile::get`], without the line: for lists of many profiles.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.setting(key).map(|(_, setting)| setting.value.expose()).filter(|text| !text.is_empty())
    }

    /// The line of a key that has an empty value.
    pub fn left_empty(&self, key: &str) -> Option<Origin> {
        let (file, setting) = self.setting(key)?;
        setting.value.expose().is_empty().then(|| Origin::File(file.place(setting.line)))
    }

    /// As [`Profile::get`], without the settings of included profiles.
    pub(crate) fn own(&self, key: &str) -> Option<Located<&str>> {
        find(self.sections(), key).and_then(|(file, setting)| filled(file, setting))
    }

    /// A key of an indented block, such as `endpoint_url` below `sts =`.
    pub fn nested(&self, block: &str, key: &str) -> Option<Located<&str>> {
        let (file, setting) = self.setting(block)?;
        let (_, text) = ini::nested(setting.value.expose())?.into_iter().rfind(|(name, _)| *name == key)?;
        (!text.is_empty()).then(|| Located::new(text, Origin::File(file.place(setting.line))))
    }

    /// The lines of an indented block; `None` for a value.
    pub fn block(&self, key: &str) -> Option<Vec<(&str, &str)>> {
        let (_, setting) = self.setting(key)?;
        let value = setting.value.expose();
        value.starts_with('\n').then(|| ini::nested(value)).flatten()
    }

    /// A key of a `services` section that has a value, or nothing, instead of a block.
    pub fn not_a_block(&self) -> Option<Located<&str>> {
        self.own_settings().find_map(|(file, setting)| {
            let is_block = setting.value.expose().starts_with('\n');
            (!is_block).then(|| Located::new(setting.key, Origin::File(file.place(setting.line))))
        })
    }

    /// The endpoints of a `services` section: the name of each service in lower case, and its address.
    pub fn endpoints(&self) -> impl Iterator<Item = (String, Located<&str>)> {
        self.own_settings().filter_map(|(_, setting)| {
            let service = setting.key.to_lowercase();
            let url = self.nested(&service, "endpoint_url")?;
            Some((service, url))
        })
    }

    /// The settings of its sections, without those of `[DEFAULT]`.
    fn own_settings(&self) -> impl Iterator<Item = (&'t File, &Setting<'t>)> {
        let all = self.sections().flat_map(|part| part.section.settings.iter().map(|one| (part.file, one)));
        all.filter(|(_, setting)| !setting.inherited)
    }

    /// The value of a key in the file of another line.
    pub fn own_next_to(&self, line: &Origin, key: &str) -> Option<Located<&str>> {
        let Origin::File(place) = line else { return None };
        let part = self.sections().find(|part| part.file.path() == place.parts().0)?;
        filled(part.file, part.section.setting(key)?)
    }

    /// Its own keys, spelled as in the file, and their lines.
    pub fn keys(&self) -> impl Iterator<Item = (&str, Place)> {
        self.sections().flat_map(|FileSection { file, section }| {
            section.settings.iter().map(|setting| (setting.key, file.place(setting.line)))
        })
    }

    /// Whether it has an access key of its own, or one half of it.
    pub fn has_static_keys(&self) -> bool {
        self.own("aws_access_key_id").is_some() || self.own("aws_secret_access_key").is_some()
    }

    /// Whether its section in one of the files has an access key, or one half of it.
    pub fn has_static_keys_in(&self, kind: FileKind) -> bool {
        let mut of_file = self.sections().filter(|part| part.file.kind() == kind);
        of_file.any(|part| {
            let is_filled =
                |key| part.section.setting(key).is_some_and(|setting| !setting.value.expose().is_empty());
            is_filled("aws_access_key_id") || is_filled("aws_secret_access_key")
        })
    }

    /// The line of its own access key in one of the files, or of one half of it.
    pub fn place_of_keys(&self, kind: FileKind) -> Option<Place> {
        let FileSection { file, section } = self.sections().find(|part| part.file.kind() == kind)?;
        let filled =
            |key| section.setting(key).filter(|setting: &&Setting<'_>| !setting.value.expose().is_empty());
        let half = filled("aws_access_key_id").or_else(|| filled("aws_secret_access_key"))?;
        Some(file.place(half.line))
    }

    /// Its own keys that no AWS tool reads and that are similar to one that is read: the key as it is
    /// written,
    /// its line, and the key that is similar.
    pub fn misspelt_keys(&self) -> impl Iterator<Item = (&str, Place, &'static str)> {
        let unknown = self.keys().filter(|(key, _)| !known_keys::is_known(key));
        unknown.filter_map(|(key, place)| Some((key, place, known_keys::nearest(key)?)))
    }

    /// Its own access key in one of the files. The files are separate, because the AWS CLI asks other sources
    /// after the credentials file and before the config file.
    ///
    /// # Errors
    /// One half of the key is missing in the file that has the other half, or a part is not valid.
    pub fn static_keys(&self, kind: FileKind) -> Result<Option<Located<Keys>>, Error> {
        const ID: &str = "aws_access_key_id";
        const SECRET: &str = "aws_secret_access_key";
        let Some(FileSection { file, section }) = self.sections().find(|part| part.file.kind() == kind)
        else {
            return Ok(None);
        };
        let filled = |key: &str| section.setting(key).filter(|setting| !setting.value.expose().is_empty());
        let half = |half: &Setting<'_>, missing| Error::HalfKeys {
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
        // Of the two names of the token, botocore asks for the older one first.
        let token = filled("aws_security_token").or_else(|| filled("aws_session_token"));
        let owned = |setting: &Setting<'_>| setting.value.expose().to_owned();
        let keys = Keys::new(owned(id), owned(secret), token.map(owned));
        let Some(fault) = keys.fault() else {
            return Ok(Some(Located::new(keys, Origin::File(file.place(id.line)))));
        };
        let line = match fault.part() {
            KeyPart::Id => id.line,
            KeyPart::Secret => secret.line,
            KeyPart::Token => token.map_or(id.line, |token| token.line),
        };
        Err(InvalidValue::new("", Origin::File(file.place(line)), Rule::Key(fault)).into())
    }
}

fn find<'s, 't: 's>(
    sections: impl IntoIterator<Item = &'s FileSection<'t>>,
    key: &str,
) -> Option<(&'t File, &'s Setting<'t>)> {
    sections.into_iter().find_map(|part| Some((part.file, part.section.setting(key)?)))
}

fn filled<'s>(file: &File, setting: &'s Setting<'_>) -> Option<Located<&'s str>> {
    let text = setting.value.expose();
    (!text.is_empty()).then(|| Located::new(text, Origin::File(file.place(setting.line))))
}
