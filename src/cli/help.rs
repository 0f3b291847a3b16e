//! `-h` and `--help`, from the table of flags and the manual.

use crate::cli::args::Flag;
use crate::cli::flags::HEADINGS;
use crate::cli::manual::{Part, USAGE, flags_below, manual, usage_of};

/// What the function of a hook does, after its name.
const OF_FUNCTION: &[(&str, &str)] = &[
    ("ROLE [OPTION]…", "put the role into this shell"),
    ("", "choose a role; without a terminal, the status"),
    ("-", "the role before this one"),
    ("--renew", "new keys for the same role"),
    ("--clear", "end the session"),
    ("--forget", "drop the MFA session of this shell"),
    ("[ROLE] -- COMMAND [ARG]…", "run one command with the role"),
];

/// One screen for the function of a hook.
pub(crate) fn of_function(name: &str) -> String {
    let mut text = format!("{name} puts an AWS role into this shell, with assume-env\n\n");
    for (words, what) in OF_FUNCTION {
        let line = format!("{name} {words}");
        text.push_str(&format!("  {line:<46} {what}\n"));
    }
    text.push_str(&flags());
    text.push_str(&format!("\n{name} --help is the manual\n"));
    text
}

/// One screen.
pub(crate) fn short() -> String {
    let mut text = String::from("assume-env turns an AWS role into a process environment\n\n");
    for (line, what) in USAGE {
        text.push_str(&format!("  {line:<46} {what}\n"));
    }
    text.push_str(&flags());
    text.push_str("\n  eval \"$(assume-env s3)\"        this shell holds the role's temporary keys\n");
    text.push_str("  assume-env s3 -- aws s3 ls    only this command does\n");
    text
}

/// What ROLE is, and every flag in a line.
fn flags() -> String {
    let mut text =
        String::from("\nROLE is a profile name, a role ARN, ACCOUNT:NAME, or - for the role before\n");
    for heading in HEADINGS {
        text.push_str(&format!("\n{heading}:\n"));
        for flag in flags_below(heading).filter(|flag| !is_below_another(flag)) {
            text.push_str(&format!("  {:<28}{}\n", usage_of(flag), flag.brief));
            if let Some((_, names)) = BELOW.iter().find(|(first, _)| *first == flag.name) {
                let more = flags_below(heading).filter(|flag| names.contains(&flag.name)).map(usage_of);
                let more: Vec<String> = more.map(|flag| flag.trim_start().to_owned()).collect();
                text.push_str(&format!("        {}\n", more.join(", ")));
            }
        }
    }
    text
}

/// Flags that share a line of the one screen, below the flag that they belong to.
const BELOW: [(&str, &[&str]); 7] = [
    ("--read-only", &["--policy", "--policy-arn"]),
    ("--tag", &["--transitive-tag", "--source-identity", "--external-id"]),
    ("--mfa-serial", &["--mfa-token", "--mfa-process"]),
    ("--login", &["--logout", "--sso-session", "--device-code", "--no-browser", "--all"]),
    ("--sso-roles", &["--as-profiles", "--login-once"]),
    ("--init", &["--cmd", "--no-cmd", "--no-prompt", "--no-complete", "--completions"]),
    ("-h", &["--help", "--version"]),
];

/// Flags that the line of the flag that they belong to names.
const WITHIN: [&str; 2] = ["--page", "--url"];

fn is_below_another(flag: &Flag) -> bool {
    BELOW.iter().any(|(_, names)| names.contains(&flag.name)) || WITHIN.contains(&flag.name)
}

/// The manual as plain text.
pub(crate) fn long() -> String {
    let mut text = String::from("assume-env - turn an AWS role into a process environment\n\n");
    for (line, what) in USAGE {
        text.push_str(&format!("  {line:<46} {what}\n"));
    }
    for part in manual() {
        match part {
            Part::Heading(heading) => text.push_str(&format!("\n{heading}\n")),
            Part::Paragraph(words) => text.push_str(&format!("{}\n", wrap(&words, 4))),
            Part::Code(lines) => {
                for line in lines {
                    text.push_str(&format!("        {line}\n"));
                }
                text.push('\n');
            }
            Part::Item(term, words) => text.push_str(&format!("    {term}\n{}", wrap(&words, 10))),
        }
    }
    text
}

fn wrap(words: &str, indent: usize) -> String {
    const WIDTH: usize = 79;
    let margin = " ".repeat(indent);
    let (mut text, mut line) = (String::new(), margin.clone());
    for word in words.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line.trim() != "" {
            text.push_str(line.trim_end());
            text.push('\n');
            line = margin.clone();
        }
        line.push_str(word);
        line.push(' ');
    }
    text.push_str(line.trim_end());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::flags;
    use crate::common::variables;
    use crate::config::known_keys::PROFILE_KEYS;

    #[test]
    fn every_flag_is_on_the_one_screen_and_in_the_manual() {
        let (short, long) = (short(), long());
        for flag in flags::for_people() {
            assert!(short.contains(flag.name) && long.contains(flag.name), "{}", flag.name);
        }
        assert!(
            short.lines().count() <= 55 && short.lines().all(|line| line.chars().count() <= 80),
            "{short}"
        );
    }

    #[test]
    fn every_variable_and_every_profile_key_that_is_read_is_in_the_manual() {
        let long = long();
        let tables =
            [variables::set_by_session(), variables::unset_by_session(), variables::read_from_user()];
        for (names, _) in tables.into_iter().flatten() {
            assert!(names.split(", ").all(|name| long.contains(name)), "{names}");
        }
        for key in PROFILE_KEYS.iter().filter(|key| key.about().is_some()) {
            assert!(long.contains(key.name), "{}", key.name);
        }
    }
}
