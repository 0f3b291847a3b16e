//! The hooks: one script a shell, compiled in, printed by `--init`. They live in `shell/` as plain scripts that a linter can
//! read as they stand; a new shell is a file there and an arm in [`script`].
//!
//! What `--init` changes in a script is found by three marks. A line `# --- PART: …` begins a part, which ends at the next
//! such line; what stands before the first one is always kept. The word `assume`, wherever it stands alone, is the name of the
//! function. `@flags@` and `@regions@` stand for words quoted for that shell: the table of flags as `--NAME:LETTER:VALUES:BRIEF`,
//! where VALUES is empty for a flag without a value, `a,b,c`, or `@profile`, `@region`, `@text`; and the names of the regions.
//! Where words have quotes and commas between them, the mark has quotes as well. tcsh gets the rules of its `complete`.

use crate::shell::function_name::Parts;
use std::borrow::Cow;

use crate::cli::flags::FLAGS;
use crate::cli::{Completion, Flag};
use crate::shell::Format;
use crate::shell::kind::Shell;

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
pub fn text(shell: Shell, parts: &Parts) -> String {
    let kept = kept(script(shell), parts);
    let flags = if shell == Shell::Tcsh { rules() } else { FLAGS.iter().map(entry).collect() };
    let flags = words(shell, flags.into_iter());
    let regions = words(shell, REGIONS.iter().map(|&region| region.to_owned()));
    let (of_flags, of_regions) = (mark(shell, "flags"), mark(shell, "regions"));
    // Made once: a shell that starts waits for it.
    let mut text = String::with_capacity(kept.len() + flags.len() + regions.len());
    for (number, part) in kept.split(&of_flags).enumerate() {
        text.push_str(if number > 0 { &flags } else { "" });
        for (number, piece) in part.split(&of_regions).enumerate() {
            text.push_str(if number > 0 { &regions } else { "" });
            text.push_str(piece);
        }
    }
    text
}

/// The script with what is wanted of it. Nearly always that is all, under the usual name.
fn kept(script: &'static str, parts: &Parts) -> Cow<'static, str> {
    if *parts == Parts::default() {
        return Cow::Borrowed(script);
    }
    let name = parts.function.as_deref().unwrap_or("assume-env");
    Cow::Owned(renamed(&only(script, parts), name))
}

/// The quote that words have in a script whose shell wants commas between them too.
fn list_quote(shell: Shell) -> Option<char> {
    match shell {
        Shell::Xonsh => Some('"'),
        Shell::Pwsh => Some('\''),
        _ => None,
    }
}

/// What stands in a script for words.
fn mark(shell: Shell, name: &str) -> String {
    let quote = list_quote(shell).map(String::from).unwrap_or_default();
    format!("{quote}@{name}@{quote}")
}

/// Words, quoted, as a list of that shell.
fn words(shell: Shell, words: impl Iterator<Item = String>) -> String {
    let separator = if list_quote(shell).is_some() { ", " } else { " " };
    let format = Format::of_shell(shell);
    words.map(|word| format.literal(&word)).collect::<Vec<_>>().join(separator)
}

fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("../../shell/assume.bash"),
        Shell::Zsh => include_str!("../../shell/assume.zsh"),
        Shell::Fish => include_str!("../../shell/assume.fish"),
        Shell::Posix => include_str!("../../shell/assume.sh"),
        Shell::Tcsh => include_str!("../../shell/assume.tcsh"),
        Shell::Elvish => include_str!("../../shell/assume.elv"),
        Shell::Nu => include_str!("../../shell/assume.nu"),
        Shell::Xonsh => include_str!("../../shell/assume.xsh"),
        Shell::Pwsh => include_str!("../../shell/assume.ps1"),
    }
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
        let behind = &found[Parts::FUNCTION.len()..];
        text.push_str(before);
        let alone = !text.ends_with(joins) && !behind.starts_with(joins);
        text.push_str(if alone { name } else { Parts::FUNCTION });
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// A line of the table of flags, for completion.
fn entry(flag: &Flag) -> String {
    let letter = flag.short.map(String::from).unwrap_or_default();
    format!("{}:{letter}:{}:{}", flag.name, values(flag), flag.brief)
}

/// The flags as rules of tcsh's `complete`: what comes behind each, a command behind `--`, and all their names. Of two rules for names it takes one.
fn rules() -> Vec<String> {
    let mut rules: Vec<String> = FLAGS.iter().filter_map(rule).collect();
    let names: Vec<&str> = FLAGS.iter().map(|flag| flag.name.trim_start_matches('-')).collect();
    rules.push("n/--/c/".into());
    rules.push(format!("c/--/({} renew forget)/", names.join(" ")));
    rules
}

/// What comes behind a flag that takes a value.
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

/// What the value of a flag can be.
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

    const SHELLS: [Shell; 9] = [
        Shell::Bash,
        Shell::Zsh,
        Shell::Fish,
        Shell::Posix,
        Shell::Tcsh,
        Shell::Elvish,
        Shell::Nu,
        Shell::Xonsh,
        Shell::Pwsh,
    ];

    fn all(name: &str) -> Parts {
        Parts { function: Some(name.into()), prompt: true, completion: true }
    }

    #[test]
    fn every_script_has_the_parts_in_the_same_order() {
        for shell in SHELLS {
            let titles = script(shell).lines().filter_map(|line| line.strip_prefix("# --- "));
            let parts: Vec<&str> = titles.map(|title| title.split(':').next().unwrap()).collect();
            assert_eq!(parts, ["function", "prompt", "expiry", "completion"], "{shell:?}");
        }
    }

    #[test]
    fn the_word_alone_is_the_name() {
        assert_eq!(renamed("assume", "x"), "x");
        assert_eq!(renamed("assume assume() 'assume --a' $assume;", "x"), "x x() 'x --a' $x;");
        let kept = "assume-env __assume_env_x reassume assumed my-assume assumeassume";
        assert_eq!(renamed(kept, "x"), kept);
        for shell in SHELLS {
            let text = renamed(script(shell), "become");
            assert!(text.contains("become") && renamed(&text, "x") == text, "{shell:?}");
        }
    }

    #[test]
    fn a_part_can_be_left_out() {
        for shell in SHELLS {
            let none = Parts { function: None, prompt: false, completion: false };
            let (full, bare) = (text(shell, &all("assume")), text(shell, &none));
            for part in ["function", "prompt", "completion"] {
                let mark = format!("# --- {part}:");
                assert!(full.contains(&mark) && !bare.contains(&mark), "{shell:?} {part}");
            }
            assert!(bare.contains("# --- expiry:"), "{shell:?}");
            assert!(renamed(&bare, "x") == bare, "{shell:?} names a function that is not there");
        }
    }

    #[test]
    fn no_mark_is_left() {
        for shell in SHELLS {
            let text = text(shell, &all("assume"));
            assert!(!text.contains("@flags@") && !text.contains("@regions@"), "{shell:?}");
            let completes = text.contains("eu-central-1") && text.contains("source-profile");
            assert_eq!(completes, shell != Shell::Posix, "{shell:?}");
        }
        let bash = text(Shell::Bash, &all("assume"));
        for part in [
            "'--duration:d:@text:",
            "'--clear:::",
            "'--format:f:sh,fish,csh,elvish,nu,xonsh,pwsh,json,dotenv",
            "'eu-central-1'",
        ] {
            assert!(bash.contains(part), "{part}");
        }
    }

    /// No PowerShell reads its hook here. So at least what opens closes again: strings, here without escapes, and braces.
    #[test]
    fn what_opens_in_powershell_closes() {
        let text = text(Shell::Pwsh, &all("assume"));
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
