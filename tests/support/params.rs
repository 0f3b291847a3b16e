//! Parameters of a request, checked by themselves before anything is looked up: names, lengths, characters,
//! lists. What is wrong is worded as AWS words it, and parameters that an action does not have are refused.

use std::collections::BTreeMap;

use super::sts::Refusal;

/// A request's parameters by name.
pub type Params = BTreeMap<String, String>;

/// The texts of `LIST.member.1`, `LIST.member.2`, … (or of `LIST.member.1.FIELD`, …). They must
/// be numbered without a gap; `LIST=` alone is how clients write an empty list.
pub fn members(params: &Params, list: &str, field: Option<&str>) -> Result<Vec<String>, Refusal> {
    let prefix = format!("{list}.member.");
    let suffix = field.map_or(String::new(), |field| format!(".{field}"));
    let texts: Vec<String> =
        (1..).map_while(|number| params.get(&format!("{prefix}{number}{suffix}")).cloned()).collect();
    let ours = |name: &&String| name.starts_with(&prefix) && name.ends_with(&suffix);
    let sent = params.keys().filter(ours).count();
    let empty_list = params.get(list).is_none_or(String::is_empty);
    match texts.len() == sent && empty_list {
        true => Ok(texts),
        false => Err(Refusal::validation(format!("{list} is not a list"))),
    }
}

/// Refuses parameters that the action does not have. AWS overlooks them; a test must not.
pub fn check_names(params: &Params, known: &[&str]) -> Result<(), Refusal> {
    for name in params.keys() {
        let general = name.split('.').map(|part| match part.parse::<u32>() {
            Ok(_) => "#",
            Err(_) => part,
        });
        let general = general.collect::<Vec<_>>().join(".");
        let always = matches!(general.as_str(), "Action" | "Version");
        if !always && !known.contains(&general.as_str()) {
            return Err(Refusal::validation(format!("unknown parameter: {name}")));
        }
    }
    Ok(())
}

/// Collects what is wrong with parameters, and words it as AWS does: all of it in one message.
#[derive(Default)]
pub struct Constraints {
    failed: Vec<String>,
}

impl Constraints {
    fn fail(&mut self, value: &str, place: &str, constraint: &str) {
        self.failed.push(format!(
            "Value {value} at '{place}' failed to satisfy constraint: Member must {constraint}"
        ));
    }

    /// A parameter that must be there.
    pub fn required(&mut self, params: &Params, name: &str) {
        if !params.contains_key(name) {
            self.fail("null", &place(name), "not be null");
        }
    }

    /// The two parameters that every way into a role demands.
    pub fn role_and_session_name(&mut self, params: &Params) {
        self.text(params, "RoleArn", 20, 2048, None);
        self.required(params, "RoleArn");
        self.text(params, "RoleSessionName", 2, 64, Some("[\\w+=,.@-]*"));
        self.required(params, "RoleSessionName");
    }

    /// Length and, if given, the characters of `[\w…]*` patterns.
    pub fn text(&mut self, params: &Params, name: &str, least: usize, most: usize, pattern: Option<&str>) {
        let Some(value) = params.get(name) else {
            return;
        };
        self.length(value, &place(name), least, most);
        let Some(pattern) = pattern else { return };
        let extra = pattern.trim_start_matches("[\\w").trim_end_matches("]*").replace('\\', "");
        let fits = |char: char| char.is_ascii_alphanumeric() || char == '_' || extra.contains(char);
        if !value.chars().all(fits) {
            let constraint = format!("satisfy regular expression pattern: {pattern}");
            self.fail(&format!("'{value}'"), &place(name), &constraint);
        }
    }

    /// A value's length in characters.
    pub fn length(&mut self, value: &str, place: &str, least: usize, most: usize) {
        let length = value.chars().count();
        let quoted = format!("'{value}'");
        if length < least {
            let constraint = format!("have length greater than or equal to {least}");
            self.fail(&quoted, place, &constraint);
        }
        if length > most {
            let constraint = format!("have length less than or equal to {most}");
            self.fail(&quoted, place, &constraint);
        }
    }

    /// The characters of a tag's key or value.
    pub fn tag_characters(&mut self, value: &str, place: &str, pattern: &str) {
        let fits = |char: char| {
            char.is_alphanumeric()
                || (char.is_whitespace() && !char.is_control())
                || "_.:/=+-@".contains(char)
        };
        if !value.chars().all(fits) {
            let constraint = format!("satisfy regular expression pattern: {pattern}");
            self.fail(&format!("'{value}'"), place, &constraint);
        }
    }

    /// The length of a list.
    pub fn at_most(&mut self, most: usize, count: usize, place: &str) {
        if count > most {
            let constraint = format!("have length less than or equal to {most}");
            self.fail(&format!("'[{count} members]'"), place, &constraint);
        }
    }

    /// A device's serial and a code, where they stand.
    pub fn mfa(&mut self, params: &Params) {
        self.text(params, "SerialNumber", 9, 256, Some("[\\w+=/:,.@-]*"));
        let Some(code) = params.get("TokenCode") else {
            return;
        };
        self.length(code, "tokenCode", 6, 6);
        if !code.bytes().all(|byte| byte.is_ascii_digit()) {
            let constraint = "satisfy regular expression pattern: [\\d]*";
            self.fail(&format!("'{code}'"), "tokenCode", constraint);
        }
    }

    /// DurationSeconds in the action's own limits. What is no integer is another error.
    pub fn duration(&mut self, params: &Params, default: i64, most: i64) -> Result<i64, Refusal> {
        let Some(text) = params.get("DurationSeconds") else {
            return Ok(default);
        };
        let malformed = || {
            let message = format!("For input string: \"{text}\"");
            Refusal::new(400, "MalformedInput", message)
        };
        let seconds: i64 = text.parse().map_err(|_| malformed())?;
        let place = "durationSeconds";
        if seconds < 900 {
            let constraint = "have value greater than or equal to 900";
            self.fail(&format!("'{text}'"), place, constraint);
        }
        if seconds > most {
            let constraint = format!("have value less than or equal to {most}");
            self.fail(&format!("'{text}'"), place, &constraint);
        }
        Ok(seconds)
    }

    /// All that was wrong, if anything was.
    pub fn result(self) -> Result<(), Refusal> {
        let count = self.failed.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        Err(Refusal::validation(format!("{count} validation {errors} detected: {}", self.failed.join("; "))))
    }
}

/// `RoleSessionName` as AWS writes it in messages: `roleSessionName`.
fn place(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|char| char.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}
