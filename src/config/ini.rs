//! The syntax of an AWS config or credentials file: its text becomes sections and settings, each with its
//! line number.
//!
//! The AWS CLI reads these files with Python's `configparser`, which defines the format: this reader follows
//! `RawConfigParser._read` step by step. Keys are case-insensitive; `=` or `:` separates; a line indented
//! deeper than its key continues the value; whole-line comments start with `#` or `;`; ` # text` after a
//! value belongs to the value; a second section or key of the same name is an error; every section inherits
//! from `[DEFAULT]`. The limits keep a hostile file from taking minutes and gigabytes; they are far above the
//! size of real files.

use std::collections::HashSet;

use crate::common::credentials::Secret;

/// The most keys of a section.
const KEYS_OF_SECTION: usize = 1_000;
/// The longest value of more than one line, in bytes.
const LONGEST: usize = 16 * 1024;

/// What a file may have. The limits grow with its length, so that the memory for it does too: a file that sections of a
/// few bytes or keys of `[DEFAULT]` would make many times larger in memory is rejected.
#[derive(Clone, Copy, Default)]
struct Limits {
    /// The most sections.
    sections: usize,
    /// The most keys, with those that sections inherit from `[DEFAULT]`.
    keys: usize,
}

impl Limits {
    /// The limits of a text of so many bytes. The profiles of organisations have about 110 bytes and 4 keys.
    fn of(length: usize) -> Self {
        Self { sections: (length / 64).max(20_000), keys: (length / 16).max(100_000) }
    }

    fn too_many_sections(self) -> SyntaxError {
        SyntaxError::LimitExceeded(format!("more than {} sections", self.sections))
    }

    fn too_many_keys(self) -> SyntaxError {
        SyntaxError::LimitExceeded(format!("more than {} keys", self.keys))
    }
}

/// A value.
#[derive(Clone)]
pub enum Text<'t> {
    /// The text after the key, borrowed from the file.
    Line(&'t str),
    /// A value of more than one line. A block of indented lines starts with a newline, as in botocore. Boxed,
    /// because few values have more than one line, and a large file has forty thousand values.
    Lines(Box<Secret>),
}

impl Text<'_> {
    /// The text. It may be a secret.
    pub fn expose(&self) -> &str {
        match self {
            Self::Line(text) => text,
            Self::Lines(text) => text.expose(),
        }
    }
}

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text(…)")
    }
}

/// A key and its value.
#[derive(Clone)]
pub struct Setting<'t> {
    /// The key, spelled as in the file.
    pub key: &'t str,
    /// The value.
    pub value: Text<'t>,
    /// The line of the key, from 1.
    pub line: u32,
    /// Whether it is a setting of `[DEFAULT]`.
    pub inherited: bool,
}

/// A section.
#[derive(Clone)]
pub struct Section<'t> {
    /// The text between the brackets.
    pub name: &'t str,
    /// The line of the header, from 1.
    pub line: u32,
    /// The settings in the order of the file, then those of `[DEFAULT]` that the section does not have
    /// itself.
    pub settings: Vec<Setting<'t>>,
}

impl<'t> Section<'t> {
    /// The setting of a key, without regard to upper and lower case.
    pub fn setting(&self, key: &str) -> Option<&Setting<'t>> {
        self.settings.iter().find(|setting| is_same_key(setting.key, key))
    }
}

/// Whether two keys differ in upper and lower case only.
#[inline(always)]
fn is_same_key(one: &str, other: &str) -> bool {
    // Most keys differ in their first letter. One that is not ASCII can have an ASCII letter as its lower case.
    if let (Some(one), Some(other)) = (one.as_bytes().first(), other.as_bytes().first())
        && (one | other).is_ascii()
        && (one ^ other) & !CASE != 0
    {
        return false;
    }
    is_same_text(one, other)
}

fn is_same_text(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || (!one.is_ascii() && !other.is_ascii() && one.to_lowercase() == other.to_lowercase())
}

/// The bit in which a small letter differs from its capital letter.
const CASE: u8 = b'a' ^ b'A';

/// A line that is not valid in a config or credentials file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// A key before the first section.
    NoSection,
    /// The line is not a section header, a key or the continuation of a value.
    NotALine,
    /// The line begins as a section header, and has no `]`.
    OpenBracket,
    /// The file has the section already.
    DuplicateSection(String),
    /// The section has the key already.
    DuplicateKey(String),
    /// A line of an indented block has no `=`.
    NotANestedLine(String),
    /// The file exceeds a limit of this reader.
    LimitExceeded(String),
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSection => f.write_str("a key comes before the first [section]"),
            Self::OpenBracket => f.write_str("the section header has no ]"),
            Self::NotALine => f.write_str("the line is neither a [section] nor key = value"),
            Self::DuplicateSection(name) => write!(f, "the section [{name}] is defined a second time"),
            Self::DuplicateKey(key) => write!(f, "the key {key} is defined a second time in its section"),
            Self::NotANestedLine(key) => write!(f, "the indented lines below {key} are not key = value"),
            Self::LimitExceeded(limit) => {
                write!(f, "the file has {limit}, more than is read of a file of its size")
            }
        }
    }
}

/// The result of reading a text.
pub struct Parsed<'t> {
    /// All sections, or those before the error.
    pub sections: Vec<Section<'t>>,
    /// The error that ended the reading, and its line, from 1.
    pub error: Option<(u32, SyntaxError)>,
}

#[derive(Default)]
struct Reader<'t> {
    limits: Limits,
    sections: Vec<Section<'t>>,
    seen: HashSet<&'t str>,
    /// The settings of `[DEFAULT]`.
    defaults: Vec<Setting<'t>>,
    in_defaults: bool,
    /// The number of keys in the file so far.
    keys: usize,
    /// Whether a line that is indented deeper continues the last value.
    open: bool,
    /// Empty lines after the last value. They belong to it if it continues after them.
    blanks: usize,
}

/// Reads the text of a file.
pub fn parse(text: &str) -> Parsed<'_> {
    // An estimate, so that the table need not grow: a table that grows is filled anew at each step.
    let sections = text.len() / 128;
    let limits = Limits::of(text.len());
    let mut reader = Reader {
        limits,
        sections: Vec::with_capacity(sections),
        seen: HashSet::with_capacity(sections),
        ..Reader::default()
    };
    let mut first_error = None;
    let mut indent = 0;
    for (number, line) in (1_u32..).zip(lines(text)) {
        if let Err(error) = reader.line(number, line, &mut indent) {
            first_error = Some((number, error));
            break;
        }
    }
    if let Err(error) = reader.close() {
        first_error.get_or_insert(error);
    }
    let Reader { mut sections, defaults, mut keys, .. } = reader;
    for section in sections.iter_mut().filter(|_| !defaults.is_empty()) {
        let inherited = defaults.iter().filter(|setting| section.setting(setting.key).is_none());
        let inherited: Vec<Setting<'_>> =
            inherited.map(|setting| Setting { inherited: true, ..setting.clone() }).collect();
        keys += inherited.len();
        if keys > limits.keys {
            first_error.get_or_insert((section.line, limits.too_many_keys()));
            break;
        }
        section.settings.extend(inherited);
    }
    Parsed { sections, error: first_error }
}

/// Python's universal newlines: `\n`, `\r\n` and a lone `\r` all end a line.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\n', b'\r', text.as_bytes()) else { return rest.take() };
        let after = &text[end + 1..];
        let is_pair = text.as_bytes()[end] == b'\r' && after.starts_with('\n');
        rest = Some(if is_pair { &after[1..] } else { after });
        Some(&text[..end])
    })
}

/// As `str::trim`, but without decoding characters when both ends are ASCII, as nearly always.
fn trim(text: &str) -> &str {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t'..=b'\r');
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.iter().position(is_text), bytes.iter().rposition(is_text)) else {
        return "";
    };
    match bytes[first].is_ascii() && bytes[last].is_ascii() {
        true => &text[first..=last],
        false => text.trim(),
    }
}

/// The number of characters by which a line is indented.
fn depth(line: &str) -> usize {
    match line.bytes().next() {
        Some(b'!'..=b'~') => 0,
        _ => line.chars().take_while(|c| c.is_whitespace()).count(),
    }
}

impl<'t> Reader<'t> {
    fn line(&mut self, number: u32, line: &'t str, indent: &mut usize) -> Result<(), SyntaxError> {
        let text = trim(line);
        let is_comment = text.starts_with(['#', ';']);
        if text.is_empty() || is_comment {
            // An empty line may belong to the value before it; a comment does not.
            self.blanks += usize::from(!is_comment);
            return Ok(());
        }
        let depth = depth(line);
        if self.open && depth > *indent {
            return self.continue_value(text);
        }
        *indent = depth;
        self.close().map_err(|(_, error)| error)?;
        match section_header(text) {
            Some(name) => self.section(number, name),
            None => self.key(number, text),
        }
    }

    fn section(&mut self, line: u32, name: &'t str) -> Result<(), SyntaxError> {
        self.in_defaults = name == "DEFAULT";
        if self.in_defaults {
            return Ok(());
        }
        if !self.seen.insert(name) {
            return Err(SyntaxError::DuplicateSection(name.into()));
        }
        if self.sections.len() == self.limits.sections {
            return Err(self.limits.too_many_sections());
        }
        self.sections.push(Section { name, line, settings: Vec::new() });
        Ok(())
    }

    fn key(&mut self, line: u32, text: &'t str) -> Result<(), SyntaxError> {
        let settings = self.settings().ok_or(match text.starts_with('[') {
            true => SyntaxError::OpenBracket,
            false => SyntaxError::NoSection,
        })?;
        let not_a_line = || match text.starts_with('[') {
            true => SyntaxError::OpenBracket,
            false => SyntaxError::NotALine,
        };
        let split = memchr::memchr2(b'=', b':', text.as_bytes()).ok_or_else(not_a_line)?;
        let (key, value) = (trim(&text[..split]), &text[split + 1..]);
        if key.is_empty() {
            return Err(SyntaxError::NotALine);
        }
        if settings.iter().any(|setting| is_same_key(setting.key, key)) {
            return Err(SyntaxError::DuplicateKey(key.to_lowercase()));
        }
        if settings.len() == KEYS_OF_SECTION {
            return Err(SyntaxError::LimitExceeded(format!(
                "more than {KEYS_OF_SECTION} keys in one section"
            )));
        }
        settings.push(Setting { key, value: Text::Line(trim(value)), line, inherited: false });
        (self.open, self.blanks) = (true, 0);
        self.keys += 1;
        if self.keys > self.limits.keys { Err(self.limits.too_many_keys()) } else { Ok(()) }
    }

    /// Adds a line to the last value.
    fn continue_value(&mut self, text: &str) -> Result<(), SyntaxError> {
        let blanks = std::mem::take(&mut self.blanks);
        let Some(last) = self.settings().and_then(|settings| settings.last_mut()) else { return Ok(()) };
        let before = last.value.expose();
        if before.len() + blanks + text.len() > LONGEST {
            return Err(SyntaxError::LimitExceeded("a value of more than 16 KiB".into()));
        }
        // A new String for each line, and the old one is wiped: a String that grows leaves copies of a secret
        // in memory.
        let mut whole = String::with_capacity(before.len() + blanks + 1 + text.len());
        whole.push_str(before);
        whole.extend(std::iter::repeat_n('\n', blanks + 1));
        whole.push_str(text);
        last.value = Text::Lines(Box::new(Secret::wiped(whole)));
        Ok(())
    }

    /// The settings to which a key belongs; `None` before the first section.
    fn settings(&mut self) -> Option<&mut Vec<Setting<'t>>> {
        if self.in_defaults {
            return Some(&mut self.defaults);
        }
        self.sections.last_mut().map(|section| &mut section.settings)
    }

    /// Ends the last value. An invalid indented block is an error here, with the line of its key.
    fn close(&mut self) -> Result<(), (u32, SyntaxError)> {
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        let Some(last) = self.settings().and_then(|settings| settings.last()) else { return Ok(()) };
        match &last.value {
            Text::Lines(value) if value.expose().starts_with('\n') && nested(value.expose()).is_none() => {
                Err((last.line, SyntaxError::NotANestedLine(last.key.to_lowercase())))
            }
            _ => Ok(()),
        }
    }
}

/// The name in `[name]`: the text up to the last bracket, as in `configparser`.
fn section_header(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.rfind(']')?;
    (end > 0).then(|| &inner[..end])
}

/// The keys of an indented block; `None` when a line of it has no `=`.
pub fn nested(value: &str) -> Option<Vec<(&str, &str)>> {
    value
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once('=').map(|(key, value)| (key.trim(), value.trim())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, value and line of each setting.
    type Lines = Vec<(String, String, u32)>;

    fn read(text: &str) -> Vec<(String, Lines)> {
        let parsed = parse(text);
        assert_eq!(parsed.error, None, "{text:?}");
        parsed
            .sections
            .into_iter()
            .map(|s| {
                let keys = s.settings.into_iter();
                (s.name.into(), keys.map(|e| (e.key.into(), e.value.expose().to_owned(), e.line)).collect())
            })
            .collect()
    }

    fn one(text: &str) -> Lines {
        read(text).remove(0).1
    }

    fn error(text: &str) -> (u32, SyntaxError) {
        parse(text).error.expect(text)
    }

    #[test]
    fn keys_and_values_are_read_as_configparser_reads_them() {
        assert_eq!(one("[a]\nKey = v # kept\n"), [("Key".into(), "v # kept".into(), 2)]);
        assert_eq!(one("[a]\r\nk: v\r\n"), [("k".into(), "v".into(), 2)]);
        assert_eq!(one("[a]\n# c\n  ; c\nk=a=b:c"), [("k".into(), "a=b:c".into(), 4)]);
        assert_eq!(one("[a] rest\nk =\n"), [("k".into(), String::new(), 2)]);
        assert_eq!(one("[a]\nk = v\n  more\n\n  yet\n"), [("k".into(), "v\nmore\n\nyet".into(), 2)]);
    }

    #[test]
    fn lines_end_as_in_python() {
        let split = |text| lines(text).collect::<Vec<_>>();
        assert_eq!(split("a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(split("\n\r\r\n\n"), ["", "", "", "", ""]);
        assert_eq!(split(""), [""]);
    }

    #[test]
    fn unicode_blanks_are_trimmed() {
        for text in [
            "",
            " ",
            " a b ",
            "\u{b}a\u{c}",
            "\u{a0}a\u{2003}",
            " \u{a0} ",
            "é",
            " é ",
            "\u{85}a = b\u{3000} ",
        ] {
            assert_eq!(trim(text), text.trim(), "{text:?}");
        }
        assert_eq!(one("[a]\n\u{a0}k\u{a0}=\u{3000}v\u{2003}\n"), [("k".into(), "v".into(), 2)]);
        assert_eq!(one("[a]\nk = v\n\u{a0}more\n"), [("k".into(), "v\nmore".into(), 2)]);
    }

    #[test]
    fn indented_blocks_have_keys_and_values() {
        let keys = one("[services x]\nsts =\n  endpoint_url = http://h:1/\n  other=2\n");
        assert_eq!(nested(&keys[0].1).unwrap(), [("endpoint_url", "http://h:1/"), ("other", "2")]);
        assert_eq!(error("[a]\ns3 =\n  nonsense\n[b]\n").1, SyntaxError::NotANestedLine("s3".into()));
        assert_eq!(error("[a]\ns3 =\n  nonsense\n"), (2, SyntaxError::NotANestedLine("s3".into())));
    }

    #[test]
    fn errors_have_the_line_that_causes_them() {
        assert_eq!(error("k = v\n"), (1, SyntaxError::NoSection));
        assert_eq!(error("[a]\nnonsense\n"), (2, SyntaxError::NotALine));
        assert_eq!(error("[a]\n= v\n"), (2, SyntaxError::NotALine));
        assert_eq!(error("[a]\n[b]\n[a]\n"), (3, SyntaxError::DuplicateSection("a".into())));
        assert_eq!(error("[a]\nk=1\nK=2\n"), (3, SyntaxError::DuplicateKey("k".into())));
        assert_eq!(error("\u{feff}[a]\n"), (1, SyntaxError::NoSection));
    }

    #[test]
    fn values_are_not_shown_by_debug() {
        let parsed = parse("[a]\naws_secret_access_key = hunter2\n");
        let value = &parsed.sections[0].settings[0].value;
        assert!(value.expose() == "hunter2" && !format!("{value:?}").contains("hunter2"));
    }

    #[test]
    fn texts_beyond_a_limit_are_rejected() {
        let lines = |line: fn(usize) -> String, count| (0..count).map(line).collect::<String>();
        let sections = |count| lines(|i| format!("[p{i}]\n"), count);
        let keys = |count| format!("[a]\n{}", lines(|i| format!("k{i}=v\n"), count));
        let value = |count| format!("[a]\nk =\n{}", "  a=bcdefg\n".repeat(count));
        let defaults =
            |count| format!("[DEFAULT]\n{}{}", lines(|i| format!("k{i}=v\n"), 1000), sections(count));
        for (most, text) in [
            (20_000, &sections as &dyn Fn(usize) -> String),
            (KEYS_OF_SECTION, &keys),
            (LONGEST / 9, &value),
            (100_000 / 1000 - 1, &defaults),
        ] {
            assert_eq!(parse(&text(most - 1)).error, None);
            assert!(
                matches!(parse(&text(most + 1)).error, Some((_, SyntaxError::LimitExceeded(_)))),
                "{most}"
            );
        }
    }

    #[test]
    fn sections_before_an_error_are_kept() {
        let parsed = parse("[a]\nk=1\nnonsense\n[b]\n");
        assert_eq!(parsed.sections.len(), 1);
        assert_eq!(parsed.sections[0].settings.len(), 1);
    }

    #[test]
    fn sections_inherit_from_the_uppercase_default_section() {
        let sections = read("[DEFAULT]\nregion = r\n[a]\n[b]\nregion = own\n");
        assert_eq!(sections[0].1, [("region".into(), "r".into(), 2)]);
        assert_eq!(sections[1].1, [("region".into(), "own".into(), 5)]);
    }
}
