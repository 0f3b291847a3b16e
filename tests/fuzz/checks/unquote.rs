//! A reader for each dialect, written from the shells' manuals and not from the writers. It accepts the
//! statements that a text may have, in their order, and nothing else; so a value that breaks out of its
//! quotes cannot be read.

use std::collections::BTreeMap;

use assume_env::testing::shell::Format;

/// The value of each name; `None` unsets it.
pub type Read = BTreeMap<String, Option<String>>;

/// Reads a text; `None` when it is not exactly a text of the dialect.
pub fn read(format: Format, text: &str) -> Option<Read> {
    let mut from = Reader { rest: text, read: Read::new() };
    match format.name() {
        "sh" => from.sh(),
        "fish" => from.fish(),
        "csh" => from.statements("unsetenv ", "setenv ", " ", Reader::csh_word),
        "elvish" => from.statements("unset-env ", "set-env ", " ", Reader::elvish_word),
        "xonsh" => from.xonsh(),
        "pwsh" => from.pwsh(),
        "nu" => from.nu(),
        "json" => from.document(),
        "dotenv" => from.lines(),
        other => panic!("this file has no reader for the dialect {other}"),
    }?;
    from.rest.is_empty().then_some(from.read)
}

struct Reader<'t> {
    rest: &'t str,
    read: Read,
}

impl<'t> Reader<'t> {
    fn eat(&mut self, part: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(part)?;
        Some(())
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn name(&mut self) -> Option<&'t str> {
        let is_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let end = self.rest.find(|c: char| !is_of_name(c))?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }

    fn put(&mut self, name: &str, value: Option<String>) -> Option<()> {
        self.read.insert(name.to_owned(), value).is_none().then_some(())
    }

    /// A number of hexadecimal digits.
    fn hex(&mut self, digits: usize) -> Option<char> {
        let (number, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        char::from_u32(u32::from_str_radix(number, 16).ok()?)
    }

    /// `(unset A B) && unset A B && export A='…' B='…';`: every name is unset, some are exported.
    fn sh(&mut self) -> Option<()> {
        self.eat("(")?;
        let (first, rest) = self.rest.split_once(") && ")?;
        self.rest = rest;
        // The subshell tries what the list then does.
        rest.starts_with(first).then_some(())?;
        self.eat("unset")?;
        let mut unset = Vec::new();
        while self.rest.starts_with(' ') && !self.rest.starts_with(" &&") {
            self.eat(" ")?;
            unset.push(self.name()?);
        }
        if self.rest.starts_with(" &&") {
            self.eat(" &&\nexport")?;
            while self.eat(" ").is_some() {
                let name = self.name()?;
                self.eat("=")?;
                let value = self.sh_word()?;
                unset.contains(&name).then_some(())?;
                self.put(name, Some(value))?;
            }
        }
        for name in unset {
            self.read.entry(name.to_owned()).or_default();
        }
        self.eat(";\n")
    }

    /// Single quotes, between which no character has a meaning, and single characters after a backslash.
    fn sh_word(&mut self) -> Option<String> {
        let mut word = String::new();
        self.rest.starts_with('\'').then_some(())?;
        loop {
            if self.eat("'").is_some() {
                let (inside, rest) = self.rest.split_once('\'')?;
                word.push_str(inside);
                self.rest = rest;
            } else if self.eat("\\").is_some() {
                word.push(self.next().filter(|c| *c != '\n')?);
            } else {
                return Some(word);
            }
        }
    }

    fn fish(&mut self) -> Option<()> {
        self.eat(
            "begin; set -l assume_env_u; set -l assume_env_l; set -l assume_env_n; for assume_env_n in",
        )?;
        let mut unset = Vec::new();
        while self.eat(" ").is_some() {
            unset.push(self.name()?);
        }
        let (guard, rest) = self.rest.split_once(" else; set -eg")?;
        guard.ends_with("sh -c 'exit 1';").then_some(())?;
        self.rest = rest;
        for name in unset {
            self.eat(" ")?;
            self.eat(name)?;
            self.put(name, None)?;
        }
        self.eat(";\n")?;
        while self.eat(" set -gx ").is_some() {
            let name = self.name()?;
            self.eat(" ")?;
            let value = self.fish_word()?;
            self.eat(";")?;
            self.put(name, Some(value))?;
        }
        self.eat(" true; end; end;\n")
    }

    /// Single quotes, in which a backslash has a meaning before itself and before a quote.
    fn fish_word(&mut self) -> Option<String> {
        let mut word = String::new();
        self.eat("'")?;
        loop {
            match self.next()? {
                '\'' => return Some(word),
                '\\' => match self.next()? {
                    c @ ('\\' | '\'') => word.push(c),
                    c => word.extend(['\\', c]),
                },
                c => word.push(c),
            }
        }
    }

    /// Statements on one line; those that unset come first.
    fn statements(
        &mut self,
        unset: &str,
        set: &str,
        between: &str,
        word: fn(&mut Self) -> Option<String>,
    ) -> Option<()> {
        let mut first = true;
        while self.rest != "\n" {
            if !first {
                self.eat(" ")?;
            }
            first = false;
            let (name, value) = if self.eat(unset).is_some() {
                (self.name()?, None)
            } else {
                self.eat(set)?;
                let name = self.name()?;
                self.eat(between)?;
                (name, Some(word(self)?))
            };
            self.eat(";")?;
            self.put(name, value)?;
        }
        self.eat("\n")
    }

    /// As in sh, but history looks for `!` between the quotes too, and a line break cannot be there.
    fn csh_word(&mut self) -> Option<String> {
        let quoted = self.rest;
        let word = self.sh_word()?;
        let quoted = &quoted[..quoted.len() - self.rest.len()];
        let history = quoted.match_indices('!').any(|(at, _)| !quoted[..at].ends_with('\\'));
        (!history && !word.contains('\n')).then_some(word)
    }

    fn elvish_word(&mut self) -> Option<String> {
        let mut word = String::new();
        self.eat("\"")?;
        loop {
            match self.next()? {
                '"' => return Some(word),
                '\\' => match self.next()? {
                    c @ ('\\' | '"') => word.push(c),
                    'u' => word.push(self.hex(4)?),
                    _ => return None,
                },
                c if c.is_control() => return None,
                c => word.push(c),
            }
        }
    }

    fn xonsh(&mut self) -> Option<()> {
        self.eat("try: pass;")?;
        while self.eat(" ").is_some() {
            let is_text = self.eat("${...}.register(").map(|()| {
                let name = self.python()?;
                self.eat(", type=\"str\"); ")?;
                Some(name)
            });
            self.eat("$")?;
            let name = self.name()?;
            // xonsh takes other variables of such names as lists of paths.
            let is_path = name.ends_with("PATH") || name.ends_with("DIRS");
            self.eat(" = ")?;
            let value = self.python()?;
            self.eat(";")?;
            let del = format!(" del ${name};");
            if value.is_empty() && self.eat(&del).is_some() {
                self.put(name, None)?;
            } else {
                if is_path && is_text.as_ref()?.as_deref() != Some(name) {
                    return None;
                }
                self.put(name, Some(value))?;
            }
        }
        self.eat("\nfinally: 0\n")
    }

    /// A Python literal of plain ASCII, without the characters that have a meaning for xonsh.
    fn python(&mut self) -> Option<String> {
        let mut word = String::new();
        self.eat("\"")?;
        loop {
            match self.next()? {
                '"' => return Some(word),
                '\\' => {
                    let digits = match self.next()? {
                        'x' => 2,
                        'u' => 4,
                        'U' => 8,
                        _ => return None,
                    };
                    word.push(self.hex(digits)?);
                }
                '$' | '`' | '!' | '\'' => return None,
                c @ ' '..='~' => word.push(c),
                _ => return None,
            }
        }
    }

    fn pwsh(&mut self) -> Option<()> {
        let mut first = true;
        while self.rest != "\n" {
            if !first {
                self.eat(" ")?;
            }
            first = false;
            self.eat("$env:")?;
            let name = self.name()?;
            self.eat(" = ")?;
            let value = match self.eat("$null") {
                Some(()) => None,
                None => Some(self.pwsh_word()?),
            };
            self.eat(";")?;
            self.put(name, value)?;
        }
        self.eat("\n")
    }

    /// `'…'`, or `('…'+[char]N+'…')`; each of the five quotes is written twice.
    fn pwsh_word(&mut self) -> Option<String> {
        let mut word = String::new();
        let sum = self.eat("(").is_some();
        loop {
            self.eat("'")?;
            loop {
                match self.next()? {
                    c @ ('\'' | '\u{2018}'..='\u{201b}') => match self.rest.chars().next() {
                        Some(next) if next == c => {
                            self.next()?;
                            word.push(c);
                        }
                        _ if c == '\'' => break,
                        _ => return None,
                    },
                    c if c.is_control() => return None,
                    c => word.push(c),
                }
            }
            if !sum {
                return Some(word);
            }
            if self.eat(")").is_some() {
                return Some(word);
            }
            self.eat("+[char]")?;
            let (number, rest) = self.rest.split_once('+')?;
            word.push(char::from_u32(number.parse().ok()?)?);
            self.rest = rest;
        }
    }

    fn json(&mut self) -> Option<serde_json::Map<String, serde_json::Value>> {
        let text = self.rest.strip_suffix('\n')?;
        if text.contains('\n') {
            return None;
        }
        self.rest = "";
        match serde_json::from_str(text).ok()? {
            serde_json::Value::Object(map) => Some(map),
            _ => None,
        }
    }

    fn nu(&mut self) -> Option<()> {
        for (name, value) in self.json()? {
            let value = match value {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => Some(text),
                _ => return None,
            };
            self.put(&name, value)?;
        }
        Some(())
    }

    fn document(&mut self) -> Option<()> {
        let mut map = self.json()?;
        (map.remove("Version") == Some(1.into())).then_some(())?;
        for (name, value) in map {
            let variable = match &*name {
                "AccessKeyId" => "AWS_ACCESS_KEY_ID",
                "SecretAccessKey" => "AWS_SECRET_ACCESS_KEY",
                "SessionToken" => "AWS_SESSION_TOKEN",
                "Expiration" => "AWS_CREDENTIAL_EXPIRATION",
                "AccountId" => "AWS_ACCOUNT_ID",
                _ => return None,
            };
            self.put(variable, Some(value.as_str()?.to_owned()))?;
        }
        Some(())
    }

    fn lines(&mut self) -> Option<()> {
        while !self.rest.is_empty() {
            let (line, rest) = self.rest.split_once('\n')?;
            let (name, value) = line.split_once('=')?;
            self.put(name, Some(value.to_owned()))?;
            self.rest = rest;
        }
        Some(())
    }
}
