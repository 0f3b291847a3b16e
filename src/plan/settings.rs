//! The settings of a profile that a session passes on, each as the variable that the AWS SDKs read.
//!
//! Follows botocore's `configprovider` and the AWS SDKs and Tools Reference: a variable that the user has set
//! has priority, and the command reads `[default]` because no variable names its profile.

use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::origin::{Located, Origin};
use crate::common::variables::{
    ENDPOINT_OF_SERVICE, Group, Name, ProfileSetting, SettingKey, VARIABLES, Variable, lookup,
};
use crate::config::known_keys::{KeyReader, PROFILE_KEYS};
use crate::config::{Profile, expand};
use crate::env::Environment;
use crate::plan::context::Planner;
use crate::plan::endpoint::without_password;
use crate::plan::error::Error;

/// The settings of the profile.
#[derive(Debug, Default)]
pub struct Settings {
    /// Those that the session sets.
    pub passed: Vec<PassedSetting>,
    /// Those that the session cannot set.
    pub left_out: Vec<LeftOutSetting>,
}

/// A setting that the session sets.
#[derive(Debug)]
pub struct PassedSetting {
    /// The variable.
    pub name: Name,
    /// Its value.
    pub value: Located<String>,
}

/// A setting that the session cannot set.
#[derive(Debug, PartialEq, Eq)]
pub struct LeftOutSetting {
    /// Its key, as a person reads it, and its line.
    pub key: Located<String>,
    /// Why it cannot be set.
    pub why: LeftOutBecause,
    /// Whether it changes whom a command asks.
    pub changes_whom: bool,
}

/// Why a setting is not what it is with `--profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOutBecause {
    /// No variable has this setting.
    NoVariable,
    /// `[default]` has it, the profile does not, and no value of a variable means the same as none.
    OfDefault,
}

impl PassedSetting {
    /// What the summary says of it; `None` if it changes neither whom a command asks nor whom it trusts.
    pub fn summary(&self) -> Option<String> {
        let words = lookup(&self.name)?.setting?.summary?;
        let value = &self.value.value;
        match (self.name.strip_prefix(ENDPOINT_OF_SERVICE), value.to_ascii_lowercase().as_str()) {
            (Some(service), _) => Some(format!("{words} {} {value}", service.to_ascii_lowercase())),
            (None, "true") => Some(words.to_owned()),
            (None, "false") => None,
            (None, _) => Some(format!("{words} {value}")),
        }
    }
}

/// The keys of an `s3` block that decide which host is asked.
const HOST_OF_S3: [&str; 3] = ["addressing_style", "use_accelerate_endpoint", "use_dualstack_endpoint"];

/// The settings of the profile whose settings apply.
/// `sets_region` says whether the session sets a region.
pub(super) fn of_profile(planner: &Planner<'_>, sets_region: bool) -> Result<Settings, Error> {
    let Some(profile) = planner.settings_profile else { return Ok(Settings::default()) };
    let default = planner.config.profile("default").filter(|default| default.name() != profile.name());
    let mut reader = Reader { planner, profile, default, settings: Settings::default() };
    for variable in VARIABLES.iter().filter(|variable| variable.group == Group::Setting) {
        if let Some(setting) = variable.setting.filter(|_| variable.name != ENDPOINT_OF_SERVICE) {
            reader.plain(variable, setting);
        }
    }
    reader.services()?;
    reader.hide_default_endpoints();
    reader.without_variable();
    if !sets_region {
        reader.region_of_default();
    }
    let settings = reader.settings;
    match settings.passed.iter().find(|passed| has_password(passed)) {
        Some(PassedSetting { value, .. }) => {
            let text = without_password(&value.value);
            Err(InvalidValue::new(text, value.origin.clone(), Rule::Url).into())
        }
        None => Ok(settings),
    }
}

/// Whether a setting is an endpoint with a user name in it.
fn has_password(passed: &PassedSetting) -> bool {
    let is_endpoint = passed.name.starts_with("AWS_ENDPOINT_URL");
    let authority = passed.value.value.split_once("//").map_or("", |(_, rest)| rest);
    is_endpoint && authority.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

struct Reader<'p, 'a> {
    planner: &'p Planner<'a>,
    profile: &'a Profile<'a>,
    /// The profile that the command reads, unless it is this one.
    default: Option<&'a Profile<'a>>,
    settings: Settings,
}

impl<'a> Reader<'_, 'a> {
    /// A setting with one variable.
    fn plain(&mut self, variable: &Variable, setting: ProfileSetting) {
        // Most profiles have few of the settings, so the profile is asked before the environment.
        let of_profile = value_of(self.profile, setting);
        let of_default = match of_profile {
            Some(_) => None,
            None => self.default.and_then(|default| value_of(default, setting)),
        };
        if of_profile.is_none() && of_default.is_none() || user_has(self.planner.env, variable.name) {
            return;
        }
        let name = Name::Borrowed(variable.name);
        if let Some(found) = of_profile {
            let value = match setting.is_path {
                true => expand(found.value, self.planner.env).to_str().unwrap_or(found.value).to_owned(),
                false => found.value.to_owned(),
            };
            self.settings.passed.push(PassedSetting { name, value: Located::new(value, found.origin) });
            return;
        }
        let Some(of_default) = of_default else { return };
        match setting.default {
            Some(none) if of_default.value.eq_ignore_ascii_case(none) => {}
            Some(none) => {
                let value = Located::new(none.to_owned(), of_default.origin);
                self.settings.passed.push(PassedSetting { name, value });
            }
            // An endpoint is hidden in another way.
            None if variable.name == "AWS_ENDPOINT_URL" => {}
            None => self.left_out_of_default(setting.keys, of_default),
        }
    }

    fn left_out_of_default(&mut self, keys: &[SettingKey], found: Located<&str>) {
        let key = Located::new(keys.first().map_or(String::new(), |key| shown(*key)), found.origin);
        // Two variables can have one setting.
        if self.settings.left_out.iter().all(|known| known.key != key) {
            let changes_whom = key.value == "endpoint_url" || key.value == "services";
            let why = LeftOutBecause::OfDefault;
            self.settings.left_out.push(LeftOutSetting { key, why, changes_whom });
        }
    }

    /// The endpoints of the `services` section. The endpoint of all services in the environment has priority
    /// over it.
    fn services(&mut self) -> Result<(), Error> {
        let planner = self.planner;
        let settings = planner.settings();
        if planner.env.var("AWS_ENDPOINT_URL").is_some() || settings.ignores_endpoints()? {
            return Ok(());
        }
        let Some(section) = settings.services()? else { return Ok(()) };
        for (service, url) in section.endpoints() {
            let name = Name::Owned(format!("{ENDPOINT_OF_SERVICE}{}", service.to_ascii_uppercase()));
            if lookup(&name).is_some() && !user_has(planner.env, &name) {
                let value = Located::new(url.value.to_owned(), url.origin);
                self.settings.passed.push(PassedSetting { name, value });
            }
        }
        Ok(())
    }

    /// The command reads the endpoints of `[default]`. They are ignored if no other endpoint is named.
    fn hide_default_endpoints(&mut self) {
        let Some(default) = self.default else { return };
        let keys = ["endpoint_url", "services"];
        let Some((key, found)) = keys.iter().find_map(|key| Some((*key, default.get(key)?))) else { return };
        let is_set = |name: &str| self.settings.passed.iter().any(|passed| passed.name == name);
        let env = self.planner.env;
        if is_set("AWS_ENDPOINT_URL") || env.var("AWS_ENDPOINT_URL").is_some() {
            return;
        }
        const IGNORE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
        let names_one = |name: &str| name.starts_with(ENDPOINT_OF_SERVICE);
        let has_services = self.settings.passed.iter().any(|passed| names_one(&passed.name))
            || env.names().any(|name| names_one(name) && env.var(name).is_some());
        if has_services || env.var(IGNORE).is_some() {
            self.left_out_of_default(&[SettingKey::Plain(key)], found);
            return;
        }
        self.settings.passed.retain(|passed| passed.name != IGNORE);
        let value = Located::new("true".to_owned(), found.origin);
        self.settings.passed.push(PassedSetting { name: IGNORE.into(), value });
    }

    /// The settings that only other programs read, and that have no variable: those of the profile have no
    /// effect, and those of `[default]` have one.
    fn without_variable(&mut self) {
        let own = without_variable(self.profile);
        let of_default = self.default.map(without_variable).unwrap_or_default();
        let is_in = |list: &[NoVariable<'_>], setting: &NoVariable<'_>| {
            list.iter().any(|other| other.key == setting.key && other.value == setting.value)
        };
        let not_passed = own.iter().filter(|setting| !is_in(&of_default, setting));
        let applied = of_default.iter().filter(|setting| !is_in(&own, setting));
        let because = |why| move |setting: &NoVariable<'_>| setting.left_out(why);
        self.settings.left_out.extend(not_passed.map(because(LeftOutBecause::NoVariable)));
        self.settings.left_out.extend(applied.map(because(LeftOutBecause::OfDefault)));
    }

    /// Without a region of the session, the command takes that of `[default]`: an empty variable counts as
    /// absent in most tools.
    fn region_of_default(&mut self) {
        let has = |name: &str| self.planner.env.var(name).is_some();
        // Some tools read only the one, some only the other.
        if has("AWS_REGION") && has("AWS_DEFAULT_REGION") {
            return;
        }
        if let Some(region) = self.default.and_then(|default| default.get("region")) {
            let key = Located::new("region".to_owned(), region.origin);
            let why = LeftOutBecause::OfDefault;
            self.settings.left_out.push(LeftOutSetting { key, why, changes_whom: true });
        }
    }
}

/// A setting in a profile that no variable has.
struct NoVariable<'p> {
    /// Its key, as a person reads it.
    key: String,
    value: &'p str,
    origin: Origin,
    changes_whom: bool,
}

impl NoVariable<'_> {
    fn left_out(&self, why: LeftOutBecause) -> LeftOutSetting {
        let key = Located::new(self.key.clone(), self.origin.clone());
        LeftOutSetting { key, why, changes_whom: self.changes_whom }
    }
}

/// The settings of a profile that only other programs read, and that have no variable.
fn without_variable<'p>(profile: &'p Profile<'_>) -> Vec<NoVariable<'p>> {
    let has_variable = |key: SettingKey| {
        let mut settings = VARIABLES.iter().filter_map(|variable| variable.setting);
        settings.any(|setting| setting.keys.contains(&key))
    };
    let mut found = Vec::new();
    let only_others = PROFILE_KEYS.iter().filter(|key| key.reader == KeyReader::OtherTools);
    for key in only_others.map(|key| key.name) {
        // Most profiles have few of the keys, so the profile is asked before the table of variables.
        let Some(Located { value, origin }) = profile.get(key) else { continue };
        if has_variable(SettingKey::Plain(key)) {
            continue;
        }
        let Some(lines) = profile.block(key) else {
            found.push(NoVariable { key: key.to_owned(), value, origin, changes_whom: false });
            continue;
        };
        for (line, value) in lines {
            let is_line =
                |known: &SettingKey| matches!(known, SettingKey::Nested(b, l) if *b == key && *l == line);
            let mut settings = VARIABLES.iter().filter_map(|variable| variable.setting);
            if !settings.any(|setting| setting.keys.iter().any(is_line)) {
                let is_off = value.eq_ignore_ascii_case("false");
                let changes_whom = key == "s3" && HOST_OF_S3.contains(&line) && !is_off;
                let (key, origin) = (format!("{key}.{line}"), origin.clone());
                found.push(NoVariable { key, value, origin, changes_whom });
            }
        }
    }
    found
}

/// Whether the user has set the variable.
fn user_has(env: &Environment, name: &str) -> bool {
    let setting = lookup(name).and_then(|variable| variable.setting);
    let may_be_empty = setting.is_some_and(|setting| setting.may_be_empty);
    env.own(name).is_some_and(|value| may_be_empty || !value.is_empty())
}

/// The value of a setting in a profile. A block of lines is not a value.
fn value_of<'p>(profile: &'p Profile<'_>, setting: ProfileSetting) -> Option<Located<&'p str>> {
    setting.keys.iter().find_map(|key| match *key {
        SettingKey::Plain(key) => {
            let found = profile.get(key).filter(|found| !found.value.starts_with('\n'));
            let empty = || Some(Located::new("", profile.left_empty(key)?));
            found.or_else(|| if setting.may_be_empty { empty() } else { None })
        }
        SettingKey::Nested(block, key) => profile.nested(block, key),
    })
}

/// A key as a person reads it.
fn shown(key: SettingKey) -> String {
    match key {
        SettingKey::Plain(key) => key.to_owned(),
        SettingKey::Nested(block, key) => format!("{block}.{key}"),
    }
}
