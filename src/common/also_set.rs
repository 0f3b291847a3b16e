//! `ASSUME_ENV_ALSO_SET`: names of variables that have the role too while a session is held, for other tools
//! that show it in the prompt.

/// The variable that lists the names, separated by blanks.
pub(crate) const VARIABLE: &str = "ASSUME_ENV_ALSO_SET";

/// The longest role that such a variable shows.
const LONGEST: usize = 40;

/// Whether a session may set a variable of this name. A name that AWS tools, this program or a shell read
/// must keep its meaning; `AWS_VAULT` and `AWS_SSO_PROFILE` only show a role.
pub(crate) fn is_allowed(name: &str) -> bool {
    const READ: &[&str] = &[
        "AWS_",
        "ASSUME_ENV_",
        "BASH_",
        "COMP_",
        "DYLD_",
        "ELVISH_",
        "FISH_",
        "HIST_",
        "LC_",
        "LD_",
        "NU_",
        "PROMPT_",
        "XONSH_",
        "ZSH_",
    ];
    if matches!(name, "AWS_VAULT" | "AWS_SSO_PROFILE") {
        return true;
    }
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && name.contains('_')
        && !READ.iter().any(|start| name.starts_with(start))
        && !name.ends_with("_PATH")
        && !name.ends_with("_COMMAND")
}

/// The role as such a variable has it: without characters that could be special in a prompt, and not too
/// long.
pub(crate) fn shown_role(role: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_.,+=@:/-".contains(c) { c } else { '?' };
    let shown: String = role.chars().map(plain).collect();
    if shown.len() <= LONGEST { shown } else { format!("{}...", &shown[..LONGEST - 3]) }
}

/// What becomes of the names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AlsoSet {
    /// These get the role.
    pub set: Vec<String>,
    /// These have a value of the user's own and keep it.
    pub kept: Vec<String>,
    /// These must not be set.
    pub refused: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_something_else_reads_is_not_allowed() {
        for name in ["AWSUME_PROFILE", "AWS_VAULT", "AWS_SSO_PROFILE", "MY_ROLE2"] {
            assert!(is_allowed(name), "{name}");
        }
        for name in [
            "PATH",
            "",
            "A",
            "AWS_PROFILE",
            "ASSUME_ENV_KEY_ID",
            "LD_X",
            "MY_PATH",
            "PROMPT_COMMAND",
            "a_b",
            "A-_B",
            "1_A",
            "É_A",
        ] {
            assert!(!is_allowed(name), "{name}");
        }
    }

    #[test]
    fn a_role_is_shown_without_special_characters() {
        assert_eq!(shown_role("$(id) é"), "??id???");
        assert_eq!(shown_role(&"a".repeat(41)), format!("{}...", "a".repeat(37)));
        assert_eq!(shown_role(&"a".repeat(40)).len(), 40);
    }
}
