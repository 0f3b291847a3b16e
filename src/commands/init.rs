//! Prints the hook of a shell, for `--init`. The scripts are in `shell/`, so that a linter can read them, and
//! are compiled in.
//!
//! Three things of a script change. A line `# --- PART: …` begins a part, which ends at the next such line; a
//! part can be left out, except for the text before the first one. The word `assume`, by itself, is the name
//! of the function. Marks are replaced:
//!
//! - `@flags@`: the flags, one word each, `--NAME:LETTER:VALUES:BRIEF`. VALUES is empty for a flag without a
//!   value, else `a,b,c`, `@profile`, `@region` or `@text`. `@regions@`: the names of the regions. `@rules@`:
//!   the flags as rules of tcsh's `complete`. The words are quoted for the shell, with blanks between them,
//!   or with commas where the mark itself is in quotes.
//! - `@message.NAME@`: a sentence of [`messages`].

use std::borrow::Cow;

use crate::cli::flags;
use crate::cli::{Completion, Flag};
use crate::shell::HookShell;
use crate::shell::function_name::Parts;
use crate::shell::messages;

/// The regions that AWS has opened to the public, for completion alone: any other name works as well.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// The hook of a shell.
pub(super) fn text(shell: HookShell, parts: &Parts) -> String {
    // Nearly always the whole script is wanted, under the usual name.
    let mut script = Cow::Borrowed(shell.script());
    if *parts != Parts::default() {
        script = Cow::Owned(renamed(&only(&script, parts), function(parts)));
    }
    filled(&script, shell, function(parts))
}

/// The name of the function; without one, the program is what the user types.
fn function(parts: &Parts) -> &str {
    parts.function.as_deref().unwrap_or("assume-env")
}

/// The script without the parts that are not wanted.
fn only(script: &str, parts: &Parts) -> String {
    let mut wanted = true;
    let mut text = String::with_capacity(script.len());
    for line in script.lines() {
        if let Some(title) = line.strip_prefix("# --- ") {
            wanted = parts.has(title.split(':').next().unwrap_or_default());
        }
        if wanted {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The script with another name for the function.
fn renamed(script: &str, name: &str) -> String {
    let joins = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut text = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(at) = rest.find(Parts::FUNCTION) {
        let (before, found) = rest.split_at(at);
        let after = &found[Parts::FUNCTION.len()..];
        text.push_str(before);
        let alone = !text.ends_with(joins) && !after.starts_with(joins);
        text.push_str(if alone { name } else { Parts::FUNCTION });
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The script with its marks replaced. What is no mark stays.
fn filled(script: &str, shell: HookShell, function: &str) -> String {
    let mut text = String::with_capacity(2 * script.len());
    let mut rest = script;
    while let Some((before, from)) = rest.split_once('@') {
        text.push_str(before);
        let found =
            from.split_once('@').and_then(|(mark, after)| Some((replacement(mark, function)?, after)));
        match found {
            None => {
                text.push('@');
                rest = from;
            }
            Some((Replacement::Text(words), after)) => {
                text.push_str(&words);
                rest = after;
            }
            Some((Replacement::List(words), after)) => {
                let quote =
                    text.chars().next_back().filter(|c| matches!(c, '"' | '\'') && after.starts_with(*c));
                if quote.is_some() {
                    text.pop();
                }
                let words: Vec<String> = words.iter().map(|word| shell.format().literal(word)).collect();
                text.push_str(&words.join(if quote.is_some() { ", " } else { " " }));
                rest = &after[quote.map_or(0, char::len_utf8)..];
            }
        }
    }
    text.push_str(rest);
    text
}

/// What replaces a mark.
enum Replacement {
    /// A text that is right between any quotes.
    Text(String),
    /// Words, not yet quoted.
    List(Vec<String>),
}

/// What replaces a mark, without its two `@`; `None` for a text that is no mark.
fn replacement(mark: &str, function: &str) -> Option<Replacement> {
    Some(match mark {
        "flags" => Replacement::List(flags::for_people().map(entry).collect()),
        "regions" => Replacement::List(REGIONS.iter().map(|&region| region.to_owned()).collect()),
        "rules" => Replacement::List(rules()),
        _ => {
            let sentence = messages::sentence(mark.strip_prefix("message.")?)?;
            Replacement::Text(if function == Parts::FUNCTION {
                sentence
            } else {
                renamed(&sentence, function)
            })
        }
    })
}

/// A line of the table of flags, for completion.
fn entry(flag: &Flag) -> String {
    let letter = flag.short.map(String::from).unwrap_or_default();
    format!("{}:{letter}:{}:{}", flag.name, values(flag), flag.brief)
}

/// The flags as rules of tcsh's `complete`: the values of each, a command after `--`, and the names of all.
/// Of two rules for names tcsh takes one, so there is one.
fn rules() -> Vec<String> {
    let mut rules: Vec<String> = flags::for_people().filter_map(rule).collect();
    let names: Vec<&str> = flags::for_people().map(|flag| flag.name.trim_start_matches('-')).collect();
    rules.push("n/--/c/".into());
    rules.push(format!("c/--/({} renew forget)/", names.join(" ")));
    rules
}

/// The rule for the values of a flag that has a value.
fn rule(flag: &Flag) -> Option<String> {
    let values = match values(flag).as_str() {
        "" => return None,
        "@profile" => "`sh -c $__assume_env_names:q`".to_owned(),
        "@region" => format!("({})", REGIONS.join(" ")),
        "@text" => "x:<value>".to_owned(),
        choices => format!("({})", choices.replace(',', " ")),
    };
    let name = flag.short.map_or(flag.name.to_owned(), |letter| format!("{{{},-{letter}}}", flag.name));
    Some(format!("n/{name}/{values}/"))
}

/// The values that a flag can have.
fn values(flag: &Flag) -> String {
    match flag.value.as_ref().map(|value| value.completes) {
        None => String::new(),
        Some(Completion::Choices(choices)) => choices.join(","),
        Some(Completion::Profile) => "@profile".into(),
        Some(Completion::Region) => "@region".into(),
        Some(Completion::Text) => "@text".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::messages::MESSAGES;

    fn all(name: &str) -> Parts {
        Parts { function: Some(name.into()), prompt: true, completion: true }
    }

    fn shell(name: &str) -> HookShell {
        HookShell::parse(name).unwrap()
    }

    #[test]
    fn every_script_has_the_parts_in_the_same_order() {
        for shell in HookShell::all() {
            let titles = shell.script().lines().filter_map(|line| line.strip_prefix("# --- "));
            let parts: Vec<&str> = titles.map(|title| title.split(':').next().unwrap()).collect();
            assert_eq!(parts, ["function", "prompt", "expiry", "completion"], "{shell:?}");
        }
    }

    #[test]
    fn the_word_by_itself_is_the_name_of_the_function() {
        assert_eq!(renamed("assume", "x"), "x");
        assert_eq!(renamed("assume assume() 'assume --a' $assume;", "x"), "x x() 'x --a' $x;");
        let kept = "assume-env __assume_env_x reassume assumed my-assume assumeassume";
        assert_eq!(renamed(kept, "x"), kept);
        for shell in HookShell::all() {
            let text = renamed(shell.script(), "become");
            assert!(text.contains("become") && renamed(&text, "x") == text, "{shell:?}");
        }
        let bash = text(shell("bash"), &all("become"));
        assert!(bash.contains("--hook=1:bash:become:") && bash.contains("become --renew"));
    }

    #[test]
    fn a_part_can_be_left_out() {
        for shell in HookShell::all() {
            let none = Parts { function: None, prompt: false, completion: false };
            let (full, bare) = (text(shell, &all("assume")), text(shell, &none));
            for part in ["function", "prompt", "completion"] {
                let mark = format!("# --- {part}:");
                assert!(full.contains(&mark) && !bare.contains(&mark), "{shell:?} {part}");
            }
            assert!(bare.contains("# --- expiry:"), "{shell:?}");
            assert!(renamed(&bare, "x") == bare, "{shell:?} names a function that it does not have");
        }
    }

    #[test]
    fn no_mark_is_left() {
        for shell in HookShell::all() {
            let text = text(shell, &all("assume"));
            for mark in ["@flags@", "@regions@", "@rules@", "@message."] {
                assert!(!text.contains(mark), "{shell:?} {mark}");
            }
            let completes = text.contains("eu-central-1") && text.contains("source-profile");
            assert_eq!(completes, shell.name() != "posix", "{shell:?}");
        }
        let bash = text(shell("bash"), &all("assume"));
        for part in ["'--duration:d:@text:", "'--clear:::", "'--format:f:sh,fish,", "'eu-central-1'"] {
            assert!(bash.contains(part), "{part}");
        }
    }

    #[test]
    fn a_list_is_quoted_for_its_shell() {
        let bash = filled("(@regions@) $@ \"@regions\"", shell("bash"), "assume");
        assert!(
            bash.starts_with("('af-south-1' 'ap-east-1' ") && bash.ends_with("'us-west-2') $@ \"@regions\"")
        );
        let pwsh = filled("@('@regions@')", shell("pwsh"), "assume");
        assert!(pwsh.starts_with("@('af-south-1', 'ap-east-1', ") && pwsh.ends_with(", 'us-west-2')"));
        let xonsh = filled("[\"@regions@\"]", shell("xonsh"), "assume");
        assert!(xonsh.starts_with("[\"af-south-1\", ") && xonsh.ends_with(", \"us-west-2\"]"));
    }

    /// Each sentence is in a file of its own so that several hooks share it: a script does not repeat it.
    #[test]
    fn a_shared_sentence_is_in_no_script() {
        for message in MESSAGES {
            let mark = format!("@message.{}", message.name);
            let uses = HookShell::all().filter(|shell| shell.script().contains(&mark)).count();
            assert!(uses > 0, "{}: {uses}", message.name);
            let longest = message.headline.split("{}").max_by_key(|part| part.len()).unwrap();
            for shell in HookShell::all() {
                assert!(!shell.script().contains(longest), "{shell:?}: {longest}");
            }
        }
    }

    /// The program decides what the words of the user mean: no hook names a flag of it in its function.
    #[test]
    fn no_function_names_a_flag() {
        for shell in HookShell::all() {
            let (_, function) = shell.script().split_once("# --- function:").unwrap();
            let (function, _) = function.split_once("# --- prompt:").unwrap();
            // What the line about the expiry says to type, and the names for completion.
            let other = ["--renew", "--list", "-h"];
            for flag in flags::for_people().filter(|flag| !other.contains(&flag.name)) {
                assert!(!function.contains(flag.name), "{shell:?} {}", flag.name);
            }
        }
    }

    /// The tests have no PowerShell that could read its hook. So this test checks strings, here without
    /// escapes, and brackets.
    #[test]
    fn strings_and_brackets_of_powershell_are_closed() {
        let text = text(shell("pwsh"), &all("assume"));
        for (number, line) in text.lines().enumerate() {
            let mut open = None;
            for c in line.chars().take_while(|_| !line.trim_start().starts_with('#')) {
                match open {
                    None if c == '\'' || c == '"' => open = Some(c),
                    Some(quote) if c == quote => open = None,
                    _ => assert!(!matches!(c, '`' | '\u{2018}'..='\u{201f}'), "line {}: {c}", number + 1),
                }
            }
            assert_eq!(open, None, "line {}: {line}", number + 1);
        }
        let code: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        for (opens, closes) in [('{', '}'), ('(', ')')] {
            let count = |what: char| code.iter().map(|line| line.matches(what).count()).sum::<usize>();
            assert_eq!(count(opens), count(closes), "{opens}{closes}");
        }
    }
}
