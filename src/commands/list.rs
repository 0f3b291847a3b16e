//! `--list`: the names of the profiles, one a line; on a terminal a table; or an entry for each profile in JSON.
//! From the files alone, without the environment and the network, and fast for ten thousand profiles.

use std::fmt::Write as _;

use crate::commands::profile_row::{ProfileRow, is_shown};
use crate::commands::table;
use crate::common::arn::RoleArnParts;
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
    let mut text = String::from("[");
    let mut profiles = config.profiles();
    if let Some(first) = profiles.next() {
        entry(&mut text, "\n  {", first);
        // A text that grows is copied at each step. The entries are about as long as the first one.
        text.reserve(text.len() * 9 / 8 * profiles.len());
        profiles.for_each(|profile| entry(&mut text, ",\n  {", profile));
        text.push('\n');
    }
    text.push_str("]\n");
    text
}

/// Writes the entry of a profile, its members in the order of their names. Each piece between the values is one constant text:
/// the pieces are many, and a short text whose length is not constant costs as much as a long one.
fn entry(text: &mut String, start: &str, profile: &Profile<'_>) {
    let get = |key| profile.text(key);
    let role = get("role_arn");
    let arn = role.and_then(|arn| RoleArnParts::of(arn).ok());
    let place = profile.place();
    let (file, line) = place.parts();
    text.push_str(start);
    member(text, "\n    \"account\": ", arn.map(|arn| arn.account).or_else(|| get("sso_account_id")));
    member(text, ",\n    \"file\": ", Some(&file.to_string_lossy()));
    member(text, ",\n    \"include_profile\": ", get("include_profile"));
    member(text, ",\n    \"kind\": ", Some(source_of::kind(profile)));
    text.push_str(",\n    \"line\": ");
    let _ = write!(text, "{line}");
    member(text, ",\n    \"mfa_serial\": ", get("mfa_serial"));
    member(text, ",\n    \"name\": ", Some(profile.name()));
    member(text, ",\n    \"region\": ", get("region"));
    member(text, ",\n    \"role_arn\": ", role);
    member(text, ",\n    \"source\": ", get("source_profile").or_else(|| get("credential_source")));
    member(text, ",\n    \"sso_role_name\": ", get("sso_role_name"));
    member(text, ",\n    \"sso_session\": ", get("sso_session"));
    text.push_str("\n  }");
}

#[inline(always)]
fn member(text: &mut String, name: &'static str, value: Option<&str>) {
    text.push_str(name);
    match value {
        Some(value) => text::push_json(text, value),
        None => text.push_str("null"),
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
