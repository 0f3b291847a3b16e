//! `--list`: the names of the profiles, one a line; on a terminal a table; or an entry for each profile in JSON.
//! From the files alone, without the environment and the network, and fast for ten thousand profiles.

use crate::commands::profile_row::{ProfileRow, is_shown};
use crate::commands::table;
use crate::common::arn::RoleArnParts;
use crate::common::json_writer::JsonWriter;
use crate::common::report::Report;
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
    /// So many entries show how long the others are.
    const SAMPLE: usize = 64;
    let mut writer = JsonWriter::default();
    let profiles = config.profiles();
    let count = profiles.len();
    writer.syntax("[");
    for (number, profile) in profiles.enumerate() {
        if number == SAMPLE {
            let expected = writer.len() / SAMPLE * (count - SAMPLE);
            writer.reserve(expected + expected / 16);
        }
        writer.syntax(if number == 0 { "\n" } else { ",\n" });
        write_entry(&mut writer, profile);
    }
    writer.syntax(if count == 0 { "]\n" } else { "\n]\n" });
    writer.finish()
}

/// Writes the entry of a profile, its members in the order of their names.
fn write_entry(writer: &mut JsonWriter, profile: &Profile<'_>) {
    let get = |key| profile.text(key);
    let role = get("role_arn");
    let account = role.and_then(|arn| RoleArnParts::of(arn).ok()).map(|arn| arn.account);
    let place = profile.place();
    let (file, line) = place.parts();
    writer.syntax("  {\n    \"account\": ");
    write_value(writer, account.or_else(|| get("sso_account_id")));
    writer.syntax(",\n    \"file\": ");
    writer.string(&file.to_string_lossy());
    writer.syntax(",\n    \"include_profile\": ");
    write_value(writer, get("include_profile"));
    writer.syntax(",\n    \"kind\": ");
    writer.string(source_of::kind(profile));
    writer.syntax(",\n    \"line\": ");
    writer.number(line);
    writer.syntax(",\n    \"mfa_serial\": ");
    write_value(writer, get("mfa_serial"));
    writer.syntax(",\n    \"name\": ");
    writer.string(profile.name());
    writer.syntax(",\n    \"region\": ");
    write_value(writer, get("region"));
    writer.syntax(",\n    \"role_arn\": ");
    write_value(writer, role);
    writer.syntax(",\n    \"source\": ");
    write_value(writer, get("source_profile").or_else(|| get("credential_source")));
    writer.syntax(",\n    \"sso_role_name\": ");
    write_value(writer, get("sso_role_name"));
    writer.syntax(",\n    \"sso_session\": ");
    write_value(writer, get("sso_session"));
    writer.syntax("\n  }");
}

/// Writes the value of a setting, or `null`.
fn write_value(writer: &mut JsonWriter, value: Option<&str>) {
    match value {
        Some(value) => writer.string(value),
        None => writer.syntax("null"),
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
