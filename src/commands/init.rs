//! Prints the hook of a shell, for `--init`, and its completion alone, for `--completions`. The scripts are in `shell/`, so that a linter can read them, and
//! are compiled in.
//!
//! Three things of a script change. A line `# --- PART: …` begins a part, which ends at the next such line; a
//! part can be left out, except for the text before the first one. The word `assume`, by itself, is the name
//! of the function. Marks are replaced:
//!
//! - `@message.NAME@`: a sentence of [`messages`];
//! - `@renew@`: what the user types to renew the keys.

use std::borrow::Cow;

use crate::shell::HookShell;
use crate::shell::function_name::Parts;
use crate::shell::messages;

/// What the user types where there is no function.
const PROGRAM: &str = "assume-env";

/// The hook of a shell.
pub(super) fn text(shell: HookShell, parts: &Parts) -> String {
    // Nearly always the whole script is wanted, under the usual name.
    let mut script = Cow::Borrowed(shell.script());
    if *parts != Parts::default() {
        script = Cow::Owned(renamed(&only(&script, parts), function(parts)));
    }
    filled(&script, shell, function(parts))
}

/// The completion of a shell as a file that a package can install.
pub(super) fn completion_file(shell: HookShell) -> String {
    let first = shell.completion_file().unwrap_or_default();
    format!("{first}\n{}", filled(&part(shell.script(), "completion"), shell, Parts::FUNCTION))
}

/// One part of the script.
fn part(script: &str, name: &str) -> String {
    let mut wanted = false;
    let mut text = String::new();
    for line in script.lines() {
        if let Some(title) = line.strip_prefix("# --- ") {
            wanted = title.split(':').next() == Some(name);
        }
        if wanted {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The name of the function; without one, the program is what the user types.
fn function(parts: &Parts) -> &str {
    parts.function.as_deref().unwrap_or(PROGRAM)
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
            from.split_once('@').and_then(|(mark, after)| Some((replacement(mark, shell, function)?, after)));
        match found {
            None => {
                text.push('@');
                rest = from;
            }
            Some((words, after)) => {
                text.push_str(&words);
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// What replaces a mark, without its two `@`; `None` for a text that is no mark.
fn replacement(mark: &str, shell: HookShell, function: &str) -> Option<String> {
    if mark == "renew" {
        return match function {
            PROGRAM => shell.format().eval_line(""),
            function => Some(format!("{function} --renew")),
        };
    }
    let sentence = messages::sentence(mark.strip_prefix("message.")?)?;
    Some(if function == Parts::FUNCTION { sentence } else { renamed(&sentence, function) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::flags;
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
        assert!(bash.contains("--hook=1:bash:become:") && bash.contains("'become --renew'"));
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
            assert!(!text.contains("@message.") && !text.contains("@renew@"), "{shell:?}");
        }
    }

    /// Between the quotes of the script, which it must not end.
    #[test]
    fn what_renews_the_keys_is_between_quotes() {
        let none = Parts { function: None, prompt: true, completion: true };
        for shell in HookShell::all().filter(|shell| shell.script().contains("@renew@")) {
            let (before, _) = shell.script().split_once("@renew@").unwrap();
            let quote = before.chars().last().unwrap();
            let line = shell.format().eval_line("").unwrap();
            assert!("'\"".contains(quote) && !line.contains(quote) && !line.contains('\\'), "{shell:?}");
            assert!(text(shell, &none).contains(&format!("{quote}{line}{quote}")), "{shell:?}");
            assert!(text(shell, &all("x")).contains(&format!("{quote}x --renew{quote}")), "{shell:?}");
        }
    }

    /// The program alone knows flags, regions and formats: a script that lists some would miss the next one.
    #[test]
    fn the_completion_of_a_script_lists_no_flag() {
        for shell in HookShell::all().filter(|shell| shell.completion().is_some()) {
            let text = part(shell.script(), "completion");
            assert!(text.contains("--complete") && text.contains(shell.name()), "{shell:?}");
            for flag in flags::for_people().filter(|flag| flag.name.starts_with("--")) {
                assert!(
                    !text.contains(flag.name) || "--complete".starts_with(flag.name),
                    "{shell:?}: {}",
                    flag.name
                );
            }
        }
    }

    #[test]
    fn a_completion_file_is_the_completion_of_the_hook() {
        for name in HookShell::WITH_COMPLETION_FILE {
            let shell = shell(name);
            let file = completion_file(shell);
            let (first, rest) = file.split_once('\n').unwrap();
            assert!(first.starts_with('#') && text(shell, &all("assume")).ends_with(rest), "{name}");
            assert!(!rest.contains("# --- function") && rest.starts_with("# --- completion"), "{name}");
        }
        assert!(completion_file(shell("zsh")).starts_with("#compdef assume-env assume\n"));
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
            let function = function.replace("--hook=", "");
            for flag in flags::for_people() {
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
