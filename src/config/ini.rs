//! The lines of an AWS configuration file, turned into sections and keys, each with its line number.
//!
//! The AWS CLI reads these files with Python's `configparser`, and its habits are the format: this reader follows
//! `RawConfigParser._read` step by step. Keys are case-insensitive; `=` or `:` separates; a line indented deeper than its key
//! continues the value; whole-line comments start with `#` or `;`; ` # text` behind a value belongs to the value; a second
//! section or key of the same name is an error; `[DEFAULT]` is inherited by every section.
//!
//! What `configparser` would take minutes and gigabytes for is too much here: the limits are far above what a person has.

use std::collections::HashSet;

use crate::common::credentials::Secret;

/// The most sections of a file.
const SECTIONS: usize = 20_000;
/// The most keys of a section.
const KEYS_OF_SECTION: usize = 1_000;
/// The most keys of a file, those that sections inherit included.
const KEYS: usize = 100_000;
/// The longest value of several lines, in bytes.
const LONGEST: usize = 16 * 1024;

/// A value: a piece of the file, or lines of it put together.
#[derive(Clone)]
pub enum Text<'t> {
    /// What stands behind the key.
    Line(&'t str),
    /// A value of several lines. A block of indented lines starts with a newline, as in botocore. Few values are, and a long
    /// file has forty thousand: boxed, they do not make the others larger.
    Lines(Box<Secret>),
}

impl Text<'_> {
    /// The text itself. It may be a secret.
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

/// One key of a section.
#[derive(Clone)]
pub struct Entry<'t> {
    /// The key as it is written.
    pub key: &'t str,
    /// The value.
    pub value: Text<'t>,
    /// The line of the key, from 1.
    pub line: u32,
}

/// One section in the order of the file.
#[derive(Clone)]
pub struct Section<'t> {
    /// What stands between the brackets.
    pub name: &'t str,
    /// The line of the header, from 1.
    pub line: u32,
    /// The keys in the order of the file; those of `[DEFAULT]` that the section does not have itself come last.
    pub entries: Vec<Entry<'t>>,
}

impl<'t> Section<'t> {
    /// The entry of a key, whatever its case.
    pub fn entry(&self, key: &str) -> Option<&Entry<'t>> {
        self.entries.iter().find(|entry| same(entry.key, key))
    }
}

/// Whether two keys are the same but for case.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || (!one.is_ascii() && !other.is_ascii() && one.to_lowercase() == other.to_lowercase())
}

/// Why a text is not a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A key stands before the first section.
    NoSection,
    /// The line is no section header, key or continuation.
    NotALine,
    /// The section stands there a second time.
    DuplicateSection(String),
    /// The key stands in its section a second time.
    DuplicateKey(String),
    /// A line of an indented block has no `=`.
    NotANestedLine(String),
    /// There is more here than a configuration has.
    TooMuch(&'static str),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSection => f.write_str("a key stands before the first [section]"),
            Self::NotALine => f.write_str("the line is neither a [section] nor key = value"),
            Self::DuplicateSection(name) => write!(f, "the section [{name}] stands here a second time"),
            Self::DuplicateKey(key) => write!(f, "the key {key} stands here a second time in its section"),
            Self::NotANestedLine(key) => write!(f, "the indented lines below {key} are not key = value"),
            Self::TooMuch(what) => write!(f, "this is more than a configuration has: {what}"),
        }
    }
}

/// The sections that could be read, and the first fault with its line.
pub struct Parsed<'t> {
    /// The sections up to the fault, or all of them.
    pub sections: Vec<Section<'t>>,
    /// The fault that ended the reading, and its line from 1.
    pub fault: Option<(u32, Fault)>,
}

#[derive(Default)]
struct Reader<'t> {
    sections: Vec<Section<'t>>,
    seen: HashSet<&'t str>,
    defaults: Vec<Entry<'t>>,
    in_defaults: bool,
    keys: usize,
    /// Whether a deeper line would continue the last value.
    open: bool,
    /// Empty lines below the last value, which belong to it when another line follows.
    blanks: usize,
}

const TOO_MANY_KEYS: Fault = Fault::TooMuch("over 100000 keys");

/// Reads a whole file.
pub fn parse(text: &str) -> Parsed<'_> {
    // Room for the sections of a long file: a table that grows is filled anew each time.
    let sections = text.len() / 128;
    let mut reader = Reader {
        sections: Vec::with_capacity(sections),
        seen: HashSet::with_capacity(sections),
        ..Reader::default()
    };
    let mut fault = None;
    let mut indent = 0;
    for (number, line) in (1_u32..).zip(lines(text)) {
        if let Err(what) = reader.line(number, line, &mut indent) {
            fault = Some((number, what));
            break;
        }
    }
    if let Err(late) = reader.close() {
        fault.get_or_insert(late);
    }
    let Reader { mut sections, defaults, mut keys, .. } = reader;
    for section in sections.iter_mut().filter(|_| !defaults.is_empty()) {
        let inherited = defaults.iter().filter(|entry| section.entry(entry.key).is_none());
        let inherited: Vec<Entry<'_>> = inherited.cloned().collect();
        keys += inherited.len();
        if keys > KEYS {
            fault.get_or_insert((section.line, TOO_MANY_KEYS));
            break;
        }
        section.entries.extend(inherited);
    }
    Parsed { sections, fault }
}

/// Python's universal newlines: `\n`, `\r\n` and a lone `\r` all end a line.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\n', b'\r', text.as_bytes()) else { return rest.take() };
        let behind = &text[end + 1..];
        let is_pair = text.as_bytes()[end] == b'\r' && behind.starts_with('\n');
        rest = Some(if is_pair { &behind[1..] } else { behind });
        Some(&text[..end])
    })
}

/// What `str::trim` leaves, without decoding characters where both ends are ASCII, as nearly all are.
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

/// How many characters deep a line is indented.
fn depth(line: &str) -> usize {
    match line.bytes().next() {
        Some(b'!'..=b'~') => 0,
        _ => line.chars().take_while(|c| c.is_whitespace()).count(),
    }
}

impl<'t> Reader<'t> {
    fn line(&mut self, number: u32, line: &'t str, indent: &mut usize) -> Result<(), Fault> {
        let text = trim(line);
        let comment = text.starts_with(['#', ';']);
        if text.is_empty() || comment {
            // An empty line belongs to the value above it; a comment does not.
            self.blanks += usize::from(!comment);
            return Ok(());
        }
        let depth = depth(line);
        if self.open && depth > *indent {
            return self.go_on(text);
        }
        *indent = depth;
        self.close().map_err(|(_, fault)| fault)?;
        match section_header(text) {
            Some(name) => self.section(number, name),
            None => self.key(number, text),
        }
    }

    fn section(&mut self, line: u32, name: &'t str) -> Result<(), Fault> {
        self.in_defaults = name == "DEFAULT";
        if self.in_defaults {
            return Ok(());
        }
        if !self.seen.insert(name) {
            return Err(Fault::DuplicateSection(name.into()));
        }
        if self.sections.len() == SECTIONS {
            return Err(Fault::TooMuch("over 20000 sections"));
        }
        self.sections.push(Section { name, line, entries: Vec::new() });
        Ok(())
    }

    fn key(&mut self, line: u32, text: &'t str) -> Result<(), Fault> {
        let entries = self.entries().ok_or(Fault::NoSection)?;
        let split = memchr::memchr2(b'=', b':', text.as_bytes()).ok_or(Fault::NotALine)?;
        let (key, value) = (trim(&text[..split]), &text[split + 1..]);
        if key.is_empty() {
            return Err(Fault::NotALine);
        }
        if entries.iter().any(|entry| same(entry.key, key)) {
            return Err(Fault::DuplicateKey(key.to_lowercase()));
        }
        if entries.len() == KEYS_OF_SECTION {
            return Err(Fault::TooMuch("over 1000 keys in one section"));
        }
        entries.push(Entry { key, value: Text::Line(trim(value)), line });
        (self.open, self.blanks) = (true, 0);
        self.keys += 1;
        if self.keys > KEYS { Err(TOO_MANY_KEYS) } else { Ok(()) }
    }

    /// A further line of the last value.
    fn go_on(&mut self, text: &str) -> Result<(), Fault> {
        let blanks = std::mem::take(&mut self.blanks);
        let Some(last) = self.entries().and_then(|entries| entries.last_mut()) else { return Ok(()) };
        let before = last.value.expose();
        if before.len() + blanks + text.len() > LONGEST {
            return Err(Fault::TooMuch("a value over 16 KiB"));
        }
        // Made anew for each line, and the old one wiped: a String that grows leaves copies behind.
        let mut whole = String::with_capacity(before.len() + blanks + 1 + text.len());
        whole.push_str(before);
        whole.extend(std::iter::repeat_n('\n', blanks + 1));
        whole.push_str(text);
        last.value = Text::Lines(Box::new(Secret::new(whole)));
        Ok(())
    }

    /// The entries that a key belongs to; `None` before the first section.
    fn entries(&mut self) -> Option<&mut Vec<Entry<'t>>> {
        if self.in_defaults {
            return Some(&mut self.defaults);
        }
        self.sections.last_mut().map(|section| &mut section.entries)
    }

    /// Ends the key that is open. The fault of an indented block is found here, with the line of its key.
    fn close(&mut self) -> Result<(), (u32, Fault)> {
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        let Some(last) = self.entries().and_then(|entries| entries.last()) else { return Ok(()) };
        match &last.value {
            Text::Lines(value) if value.expose().starts_with('\n') && nested(value.expose()).is_none() => {
                Err((last.line, Fault::NotANestedLine(last.key.to_lowercase())))
            }
            _ => Ok(()),
        }
    }
}

/// `[name]`: everything up to the last bracket, as `configparser` has it.
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

    /// Key, value and line of each entry.
    type Entries = Vec<(String, String, u32)>;

    fn read(text: &str) -> Vec<(String, Entries)> {
        let parsed = parse(text);
        assert_eq!(parsed.fault, None, "{text:?}");
        parsed
            .sections
            .into_iter()
            .map(|s| {
                let keys = s.entries.into_iter();
                (s.name.into(), keys.map(|e| (e.key.into(), e.value.expose().to_owned(), e.line)).collect())
            })
            .collect()
    }

    fn one(text: &str) -> Entries {
        read(text).remove(0).1
    }

    fn fault(text: &str) -> (u32, Fault) {
        parse(text).fault.expect(text)
    }

    #[test]
    fn keys_and_values_as_configparser_reads_them() {
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
    fn blanks_of_other_scripts_are_trimmed_too() {
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
    fn indented_blocks() {
        let keys = one("[services x]\nsts =\n  endpoint_url = http://h:1/\n  other=2\n");
        assert_eq!(nested(&keys[0].1).unwrap(), [("endpoint_url", "http://h:1/"), ("other", "2")]);
        assert_eq!(fault("[a]\ns3 =\n  nonsense\n[b]\n").1, Fault::NotANestedLine("s3".into()));
        assert_eq!(fault("[a]\ns3 =\n  nonsense\n"), (2, Fault::NotANestedLine("s3".into())));
    }

    #[test]
    fn faults_name_their_line() {
        assert_eq!(fault("k = v\n"), (1, Fault::NoSection));
        assert_eq!(fault("[a]\nnonsense\n"), (2, Fault::NotALine));
        assert_eq!(fault("[a]\n= v\n"), (2, Fault::NotALine));
        assert_eq!(fault("[a]\n[b]\n[a]\n"), (3, Fault::DuplicateSection("a".into())));
        assert_eq!(fault("[a]\nk=1\nK=2\n"), (3, Fault::DuplicateKey("k".into())));
        assert_eq!(fault("\u{feff}[a]\n"), (1, Fault::NoSection));
    }

    #[test]
    fn a_value_does_not_print() {
        let parsed = parse("[a]\naws_secret_access_key = hunter2\n");
        let value = &parsed.sections[0].entries[0].value;
        assert!(value.expose() == "hunter2" && !format!("{value:?}").contains("hunter2"));
    }

    #[test]
    fn there_are_limits() {
        let lines = |line: fn(usize) -> String, count| (0..count).map(line).collect::<String>();
        let sections = |count| lines(|i| format!("[p{i}]\n"), count);
        let keys = |count| format!("[a]\n{}", lines(|i| format!("k{i}=v\n"), count));
        let value = |count| format!("[a]\nk =\n{}", "  a=bcdefg\n".repeat(count));
        let defaults =
            |count| format!("[DEFAULT]\n{}{}", lines(|i| format!("k{i}=v\n"), 1000), sections(count));
        for (most, text) in [
            (SECTIONS, &sections as &dyn Fn(usize) -> String),
            (KEYS_OF_SECTION, &keys),
            (LONGEST / 9, &value),
            (KEYS / 1000 - 1, &defaults),
        ] {
            assert_eq!(parse(&text(most - 1)).fault, None);
            assert!(matches!(parse(&text(most + 1)).fault, Some((_, Fault::TooMuch(_)))), "{most}");
        }
    }

    #[test]
    fn what_stands_before_a_fault_is_kept() {
        let parsed = parse("[a]\nk=1\nnonsense\n[b]\n");
        assert_eq!(parsed.sections.len(), 1);
        assert_eq!(parsed.sections[0].entries.len(), 1);
    }

    #[test]
    fn the_uppercase_default_section_is_inherited() {
        let sections = read("[DEFAULT]\nregion = r\n[a]\n[b]\nregion = own\n");
        assert_eq!(sections[0].1, [("region".into(), "r".into(), 2)]);
        assert_eq!(sections[1].1, [("region".into(), "own".into(), 5)]);
    }
}
