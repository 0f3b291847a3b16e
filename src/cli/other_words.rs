//! Words that other tools take as commands, such as `exec` of aws-vault and `login` of the AWS CLI, and what to
//! type instead. A profile of that name is used: only a word that leads to nothing gets here.

use crate::shell::Format;

/// Words, and the line that does what they mean. `{}` is the word after them, or ROLE.
const WORDS: &[(&[&str], &str)] = &[
    (&["init", "hook", "activate"], "the hook of a shell: assume-env --init SHELL"),
    (&["exec", "run"], "a command with the role: assume-env {} -- COMMAND"),
    (&["list", "ls", "profiles"], "the names of the profiles: assume-env --list"),
    (
        &["login", "signin"],
        "a role: assume-env {}; a sign-in to IAM Identity Center: assume-env --login; the AWS console: assume-env --console {}",
    ),
    (&["console", "open"], "the AWS console as a role: assume-env --console {}"),
    (
        &["logout"],
        "the end of the session: assume-env --clear; of a login of IAM Identity Center: assume-env --logout",
    ),
    (&["clear", "unset", "stop"], "the end of the session: assume-env --clear"),
    (&["whoami", "identity"], "who a role is: assume-env --whoami {}"),
    (&["status", "current"], "the session of this shell: assume-env --status"),
    (&["renew", "refresh"], "new keys for the role that is held: assume-env --renew"),
    (&["explain", "show"], "what a role leads to: assume-env --explain {}"),
    (&["assume", "switch", "use", "export", "env", "shell"], "a role: assume-env {}"),
    (&["help"], "the help: assume-env -h"),
    (&["version"], "the version: assume-env --version"),
];

/// What to type in place of a word of another tool; `next` is the word after it.
pub(crate) fn hint(word: &str, next: Option<&str>) -> Option<String> {
    let (_, line) = WORDS.iter().find(|(words, _)| words.contains(&word))?;
    let next = next.map(|next| Format::default().word(next));
    let line = match &next {
        Some(shell) if word == "init" => line.replace("SHELL", shell),
        _ => line.replace("{}", next.as_deref().unwrap_or("ROLE")),
    };
    Some(format!("{word} is a word of other tools; {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_another_tool_leads_to_the_line_to_type() {
        for (word, next, line) in [
            ("init", Some("bash"), "assume-env --init bash"),
            ("exec", Some("my prod"), "assume-env 'my prod' -- COMMAND"),
            ("exec", None, "assume-env ROLE -- COMMAND"),
            ("list", None, "assume-env --list"),
            ("login", Some("dev"), "assume-env dev"),
            ("console", Some("dev"), "assume-env --console dev"),
        ] {
            let hint = hint(word, next).unwrap();
            assert!(hint.contains(line), "{hint}");
        }
        assert_eq!(hint("prod", None), None);
    }
}
