//! `--list`: the names of the profiles, one a line; on a terminal a table; or an entry for each profile in JSON.
//! From the files alone, without the environment and the network, and fast for ten thousand profiles.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::commands::profile_row::{ProfileRow, is_shown};
use crate::commands::table;
use crate::common::arn::RoleArn;
use crate::common::report::Report;
use crate::common::text;
use crate::config::{Config, Files, Profile};
use crate::env::Environment;
use crate::plan::source_of;
use crate::sys::stdout;

/// Prints the list. A file that is broken does not hide the profiles that can be read; it is an error
/// afterwards.
///
/// # Errors
/// A file that cannot be used; no file at all; a full standard output.
pub(crate) fn run(env: &Environment, json_wanted: bool) -> Result<u8, Report> {
    let (files, unread) = Files::read(env);
    let (config, broken) = Config::of(&files);
    match (json_wanted, stdout::is_terminal()) {
        (true, _) => stdout::print(&json(&config))?,
        (false, true) => {
            stdout::print(&table(&config, stdout::columns(), has_styles(env)))?;
        }
        // These are the words that can be typed, for a program: a word with a gap would be another one.
        (false, false) => stdout::write(&names(&config))?,
    }
    unread.or(broken).map_or_else(|| files.check_found(), Err)?;
    Ok(0)
}

/// One name a line. A name with characters that control a terminal is left out, because it cannot be typed.
pub fn names(config: &Config<'_>) -> String {
    let names: Vec<&str> = config.profiles().map(Profile::name).filter(|name| is_shown(name)).collect();
    // Allocated once: ten thousand names are long.
    let mut text = String::with_capacity(names.iter().map(|name| name.len() + 1).sum());
    for name in names {
        text.push_str(name);
        text.push('\n');
    }
    text
}

/// A table for a terminal with so many columns. `styled`: the titles are bold.
fn table(config: &Config<'_>, columns: Option<usize>, styled: bool) -> String {
    let rows: Vec<ProfileRow<'_>> =
        config.profiles().map(|profile| ProfileRow::of(profile, config)).collect();
    let mut cells = vec![ProfileRow::TITLES];
    cells.extend(rows.iter().map(ProfileRow::cells));
    let mut lines = table::lines(&cells, columns);
    if styled {
        lines[0] = format!("\u{1b}[1m{}\u{1b}[0m", lines[0]);
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// Whether the terminal shows styles and the user has not switched them off.
fn has_styles(env: &Environment) -> bool {
    env.var("NO_COLOR").is_none() && env.var("TERM").is_some_and(|terminal| terminal != "dumb")
}

/// An entry for each profile, in JSON.
pub fn json(config: &Config<'_>) -> String {
    text::json(&List(config))
}

/// The entries are written one after the other: a tree of JSON values would be many times as large as the
/// text.
struct List<'a, 't>(&'a Config<'t>);

impl Serialize for List<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.profiles().map(Entry))
    }
}

/// The entry of a profile, its members in the order of their names.
struct Entry<'a, 't>(&'a Profile<'t>);

impl Serialize for Entry<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let profile = self.0;
        let get = |key| profile.text(key);
        let role = get("role_arn");
        let arn = role.and_then(|arn| RoleArn::parse(arn).ok());
        let place = profile.place();
        let (file, line) = place.parts();
        let mut map = serializer.serialize_map(Some(12))?;
        map.serialize_entry("account", &arn.as_ref().map(RoleArn::account).or(get("sso_account_id")))?;
        map.serialize_entry("file", &file.to_string_lossy())?;
        map.serialize_entry("include_profile", &get("include_profile"))?;
        map.serialize_entry("kind", source_of::kind(profile))?;
        map.serialize_entry("line", &line)?;
        map.serialize_entry("mfa_serial", &get("mfa_serial"))?;
        map.serialize_entry("name", profile.name())?;
        map.serialize_entry("region", &get("region"))?;
        map.serialize_entry("role_arn", &role)?;
        map.serialize_entry("source", &get("source_profile").or(get("credential_source")))?;
        map.serialize_entry("sso_role_name", &get("sso_role_name"))?;
        map.serialize_entry("sso_session", &get("sso_session"))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_names_that_are_no_names_of_a_line() {
        let files = Files::of_texts(
            "[profile b]\nrole_arn = arn:aws:iam::444455556666:role/Admin\nsource_profile = user\nmfa_serial = m\n\
             [profile a\u{1b}]\nregion = eu\n",
            "[user]\naws_access_key_id = A\naws_secret_access_key = s\n",
        );
        let (config, _) = Config::of(&files);
        assert_eq!(names(&config), "b\nuser\n");
        assert_eq!(
            table(&config, None, false),
            "NAME     ACCOUNT       ROLE   SOURCE      MFA\n\
             a\\u{1b}\n\
             b        444455556666  Admin  user        mfa\n\
             user                          access key\n"
        );
        let styled = table(&config, Some(20), true);
        assert!(
            styled.starts_with("\u{1b}[1mNAME") && styled.lines().all(|line| !line.ends_with(' ')),
            "{styled}"
        );
    }
}
