//! A template for the names of profiles: text with `{account_name}`, `{account_id}`, `{role_name}` and `{sso_session}`.

use std::fmt;

use crate::common::names::is_name_byte;

/// A template for the names of profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTemplate(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    AccountName,
    AccountId,
    RoleName,
    SsoSession,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

const FIELDS: [(&str, Field); 4] = [
    ("account_name", Field::AccountName),
    ("account_id", Field::AccountId),
    ("role_name", Field::RoleName),
    ("sso_session", Field::SsoSession),
];

/// What a name is made from.
#[derive(Clone, Copy, Debug)]
pub struct NameParts<'a> {
    /// The name of the account; if it is empty, the digits take its place.
    pub account_name: &'a str,
    /// The twelve digits of the account.
    pub account_id: &'a str,
    /// The name of the role.
    pub role_name: &'a str,
    /// The name of the `sso-session`.
    pub sso_session: &'a str,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// It is empty.
    Empty,
    /// A `{` without a `}`.
    Open,
    /// A field that does not exist.
    Unknown(String),
    /// A character that the name of a profile cannot have.
    Character(char),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::Open => f.write_str("a { has no }"),
            Self::Unknown(name) => {
                let names = FIELDS.map(|(name, _)| format!("{{{name}}}"));
                write!(f, "{{{name}}} does not exist; there are {}", names.join(", "))
            }
            Self::Character(c) => {
                write!(f, "the name of a profile cannot have {c:?}: use letters, digits and _+=,.@:/-")
            }
        }
    }
}

/// Whether a name can have the character without quotes in the files and in a shell.
fn is_plain(c: char) -> bool {
    c.is_ascii() && (is_name_byte(c as u8) || matches!(c, ':' | '/'))
}

impl NameTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (plain, after) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            if let Some(wrong) = plain.chars().find(|c| !is_plain(*c)) {
                return Err(TemplateError::Character(wrong));
            }
            if !plain.is_empty() {
                parts.push(Part::Text(plain.to_owned()));
            }
            let Some(after) = after.strip_prefix('{') else { break };
            let (name, after) = after.split_once('}').ok_or(TemplateError::Open)?;
            let field = FIELDS.iter().find(|(known, _)| *known == name);
            parts.push(Part::Field(field.ok_or_else(|| TemplateError::Unknown(name.to_owned()))?.1));
            rest = after;
        }
        match parts.first() {
            None => Err(TemplateError::Empty),
            // A word that begins so is a flag.
            Some(Part::Text(text)) if text.starts_with('-') => Err(TemplateError::Character('-')),
            Some(_) => Ok(Self(parts)),
        }
    }

    /// The name of a profile. Each character of a field that a name cannot have becomes `-`, so that no name needs quotes.
    pub fn name(&self, of: &NameParts<'_>) -> String {
        let mut name = String::new();
        for part in &self.0 {
            let field = match part {
                Part::Text(text) => {
                    name.push_str(text);
                    continue;
                }
                Part::Field(Field::AccountName) if of.account_name.is_empty() => of.account_id,
                Part::Field(Field::AccountName) => of.account_name,
                Part::Field(Field::AccountId) => of.account_id,
                Part::Field(Field::RoleName) => of.role_name,
                Part::Field(Field::SsoSession) => of.sso_session,
            };
            let fits = |c: char| c.is_ascii() && is_name_byte(c as u8);
            name.extend(field.chars().map(|c| if fits(c) { c } else { '-' }));
        }
        // A word that begins with it is a flag.
        match name.strip_prefix('-') {
            Some(rest) => format!("_{rest}"),
            None => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: NameParts<'_> = NameParts {
        account_name: "Data: Platform/eu",
        account_id: "123456789012",
        role_name: "Power.User",
        sso_session: "corp",
    };

    #[test]
    fn a_name_is_filled_in() {
        for (template, parts, expected) in [
            ("{account_name}-{role_name}", PARTS, "Data--Platform-eu-Power.User"),
            ("{sso_session}/{account_id}:{role_name}", PARTS, "corp/123456789012:Power.User"),
            ("all", PARTS, "all"),
            ("{account_name}", NameParts { account_name: "", ..PARTS }, "123456789012"),
            ("{account_name}", NameParts { account_name: "]\u{1b}[é", ..PARTS }, "_---"),
        ] {
            assert_eq!(NameTemplate::parse(template).unwrap().name(&parts), expected, "{template}");
        }
    }

    #[test]
    fn a_template_that_gives_no_name_is_refused() {
        for (template, expected) in [
            ("", TemplateError::Empty),
            ("{account_name", TemplateError::Open),
            ("{email}", TemplateError::Unknown("email".into())),
            ("a b", TemplateError::Character(' ')),
            ("a]{role_name}", TemplateError::Character(']')),
            ("-{role_name}", TemplateError::Character('-')),
            ("}", TemplateError::Character('}')),
        ] {
            assert_eq!(NameTemplate::parse(template), Err(expected), "{template}");
        }
    }
}
