//! The dialects. The input is a list of values, with NUL between them, for the variables in the order of
//! their list; a `-` unsets. A reader reads back the text that a dialect writes. It has the necessary part of
//! the dialect's grammar and nothing else: any other text is an error.

use std::collections::BTreeMap;

use assume_env::testing::common::credentials::Secret;
use assume_env::testing::common::variables::{EnvChange, VARIABLES};
use assume_env::testing::shell::Format;

use super::unquote;

pub fn check(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let values = text.split('\0');
    let changes: Vec<EnvChange> = VARIABLES
        .iter()
        .zip(values.clone())
        .map(|(variable, value)| match value {
            "-" => EnvChange::unset(variable.name),
            value => EnvChange::set(variable.name, Secret::new(value.to_owned())),
        })
        .collect();
    let wanted: BTreeMap<&str, Option<String>> = VARIABLES
        .iter()
        .zip(values)
        .map(|(variable, value)| (variable.name, Some(value.to_owned()).filter(|value| value != "-")))
        .collect();
    let mut all = true;
    for format in Format::all() {
        let name = format.name();
        let Ok(written) = format.render(&changes) else {
            assert!(may_refuse(format, &wanted), "{name} refuses {wanted:?}");
            all = false;
            continue;
        };
        let read = unquote::read(format, &written).unwrap_or_else(|| panic!("{name}: {:?}", &**written));
        let read: BTreeMap<&str, Option<String>> =
            read.iter().map(|(name, value)| (&**name, value.clone())).collect();
        assert_eq!(read, seen(format, &wanted), "{name}: {:?}", &**written);
    }
    all
}

/// The changes that a format writes.
fn seen<'a>(format: Format, wanted: &BTreeMap<&'a str, Option<String>>) -> BTreeMap<&'a str, Option<String>> {
    const DOCUMENT: [&str; 5] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_ACCOUNT_ID",
    ];
    let has = |name: &str, value: &Option<String>| match format.name() {
        "json" => value.is_some() && DOCUMENT.contains(&name),
        "dotenv" => value.is_some() && name.starts_with("AWS_"),
        _ => true,
    };
    wanted
        .iter()
        .filter(|(name, value)| has(name, value))
        .map(|(name, value)| (*name, value.clone()))
        .collect()
}

fn may_refuse(format: Format, wanted: &BTreeMap<&str, Option<String>>) -> bool {
    let any = |bad: fn(&str) -> bool| wanted.values().flatten().any(|value| bad(value));
    match format.name() {
        "csh" => any(|value| value.contains('\n')),
        "dotenv" => any(|value| !value.bytes().all(|b| b.is_ascii_graphic() && !b"'\"\\$`#".contains(&b))),
        _ => false,
    }
}
