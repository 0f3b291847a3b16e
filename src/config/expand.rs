//! Expansion of `~` and variables in paths, and splitting of text into words, as the AWS CLI does both.
//!
//! Follows Python's `expanduser` and `expandvars` (for paths) and `shlex.split` (for section names and
//! commands), which botocore uses. Nothing is ever run.

use std::path::PathBuf;

use crate::env::Environment;

/// Expands `~`, `~/…`, `$NAME` and `${NAME}` in a path.
pub(crate) fn expand(path: &str, env: &Environment) -> PathBuf {
    let path = &*expand_variables(path, env);
    match (path.strip_prefix('~'), env.home()) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}

/// Replaces the variables that are set. The name of a variable that is not set remains, as in Python's
/// `expandvars`.
fn expand_variables(path: &str, env: &Environment) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(start) = rest.find('$') {
        text.push_str(&rest[..start]);
        let after_dollar = &rest[start + 1..];
        let braced = after_dollar.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, after_name) = braced.unwrap_or_else(|| {
            let end = after_dollar.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            after_dollar.split_at(end.unwrap_or(after_dollar.len()))
        });
        match env.own(name) {
            Some(value) => text.push_str(value),
            None => text.push_str(&rest[start..rest.len() - after_name.len()]),
        }
        rest = after_name;
    }
    text.push_str(rest);
    text
}

/// Splits text into words as Python's `shlex.split` does; `None` when a quote is not closed.
pub(crate) fn shell_words(text: &str) -> Option<Vec<String>> {
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

    #[test]
    fn home_and_set_variables_are_expanded_in_paths() {
        let vars = [("HOME", "/h"), ("D", "/d")].map(|(name, value)| (name.into(), value.into()));
        let env = Environment::new(vars.into_iter()).unwrap();
        for (path, expanded) in [
            ("~/x", "/h/x"),
            ("$D/x", "/d/x"),
            ("${D}x", "/dx"),
            ("$HOME", "/h"),
            ("a$", "a$"),
            ("$NO/${NO}/${D", "$NO/${NO}/${D"),
            ("~other/x", "~other/x"),
        ] {
            assert_eq!(expand(path, &env), PathBuf::from(expanded), "{path}");
        }
    }

    #[test]
    fn words_are_split_as_shlex_splits_them() {
        let split = |text: &str| shell_words(text).map(|words| words.join("|"));
        for (text, words) in [
            (" a\tb\nc ", Some("a|b|c")),
            (r#"'a b' "c d""#, Some("a b|c d")),
            (r#"a' 'b"" '' x"#, Some("a b||x")),
            (r#""\"\\\$" \' "#, Some(r#""\\$|'"#)),
            ("", Some("")),
            ("'a", None),
            (r#""a"#, None),
            ("a\\", None),
        ] {
            assert_eq!(split(text).as_deref(), words, "{text}");
        }
    }
}
