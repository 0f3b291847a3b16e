//! Loading a hook prints nothing and changes nothing, with any flags of the shell.

use super::super::harness::{BINARY, Case, env_in, finish, installed, steady};
use super::{ALL, BASH, DASH, FISH, POSIX, RICH, ZSH, leave, line};

/// Shells with their strictest and strangest flags, and the hook that is for them.
const STRICT: [(&str, &str); 30] = [
    ("bash -e -u -o pipefail", BASH.load),
    ("bash --posix -e -u -o pipefail", BASH.load),
    ("bash -e -u -O failglob -O extglob -O nocasematch", BASH.load),
    ("bash -e -u -f -C -T -E", BASH.load),
    ("zsh -f -e -u", ZSH.load),
    ("zsh -f -e -u -o pipefail -o err_return", ZSH.load),
    ("zsh -f -e -u -o ksh_arrays -o sh_word_split -o glob_subst", ZSH.load),
    ("zsh -f -e -u -o warn_create_global -o csh_null_glob -o null_glob", ZSH.load),
    ("zsh -f -e -u -o posix_builtins -o posix_aliases -o typeset_silent -o no_function_argzero", ZSH.load),
    ("zsh -f -e -u -o ignore_braces -o sh_glob -o no_bare_glob_qual", ZSH.load),
    ("zsh -f -e -u -o csh_junkie_quotes -o csh_junkie_loops -o no_short_loops", ZSH.load),
    ("zsh -f -e -u -o rc_expand_param -o magic_equal_subst -o bsd_echo -o ksh_typeset", ZSH.load),
    ("zsh --emulate sh -f -e -u", ZSH.load),
    ("zsh --emulate ksh -f -e -u", ZSH.load),
    ("zsh --emulate csh -f -e -u", ZSH.load),
    ("fish --no-config", FISH.load),
    ("dash -e -u", POSIX),
    ("dash -e -u -f -C", POSIX),
    ("ksh -e -u", POSIX),
    ("ksh -o posix -e -u", POSIX),
    ("ksh -e -u -o pipefail -f", POSIX),
    ("mksh -e -u", POSIX),
    ("mksh -o posix -e -u", POSIX),
    ("busybox sh -e -u", POSIX),
    ("busybox sh -e -u -o pipefail", POSIX),
    ("yash --norcfile -e -u", POSIX),
    ("yash --norcfile -o posix -e -u", POSIX),
    ("bash -e -u", POSIX),
    ("bash --posix -e -u", POSIX),
    ("zsh --emulate sh -f -e -u", POSIX),
];

#[test]
fn a_hook_is_silent_under_every_flag() {
    for (shell, load) in STRICT {
        for locale in ["C.UTF-8", "C"] {
            let case = Case::new().var("LC_ALL", locale);
            let load = load.replace(" INIT", "");
            // Twice, as when a start-up file is read again.
            let outcome = case.shell(shell, &format!("{load}\n{load}\necho loaded"));
            assert_eq!(outcome.succeeded(), "loaded\n", "{shell}");
            assert_eq!(outcome.stderr, "", "{shell}");
        }
    }
}

#[test]
fn a_hook_changes_neither_environment_nor_options() {
    for shell in ALL {
        let options = if shell.is_fish() { "set -S fish_prompt PATH" } else { "echo \"$-\"; set -o" };
        let script = format!(
            "env -0 >before; {options} >options; {}; env -0 >after; {options} >then; cmp options then",
            shell.load("")
        );
        let case = Case::new().var("PROMPT_COMMAND", "echo hello").var("PS1", "$ ");
        case.shell(shell.script, &script).succeeded();
        let env = |name: &str| {
            let mut env = steady(env_in(&case.path(name)));
            // ksh93 notes something for itself when it first runs a builtin of its own.
            env.remove("_AST_FEATURES");
            env
        };
        assert_eq!(env("before"), env("after"), "{}", shell.script);
    }
}

/// A shell that is not interactive gets the function and the completion: no prompt, no trap, no function that runs by
/// itself.
#[test]
fn a_script_gets_the_function_and_the_completion_only() {
    let of_completion = ["__assume_env_complete"];
    for (shell, functions, running, also) in [
        (
            BASH,
            "compgen -A function",
            "echo \"$PS1,${PROMPT_COMMAND[*]},$PS0\"; trap; shopt -p; complete -p | grep -v ' assume'",
            &["__assume_env_call", "__assume_env_of_command", "__assume_env_reply"][..],
        ),
        (
            ZSH,
            "print -l ${(k)functions}",
            "print -r \"$PS1,$precmd_functions,$preexec_functions,$chpwd_functions,$psvar\"; trap; zmodload",
            &["__assume_env_register"],
        ),
        (
            FISH,
            "functions -a -n",
            "functions --handlers; functions fish_prompt fish_mode_prompt fish_right_prompt; trap",
            &["__assume_env_ask"],
        ),
    ] {
        // The first time, so that what these commands load themselves is there.
        let (begin, end) = if shell.is_fish() { ("begin", "end") } else { ("{", "}") };
        let look = format!(
            "{begin}; {running}; {end} >/dev/null 2>&1; {functions} >functions; {begin}; {running}; {end} >running"
        );
        let look = look.replace("{;", "{");
        let case = Case::new().pretending("s3", -5);
        let load = shell.load("");
        let script = format!(
            "{look}\nmv functions before; mv running was\n{load}\n{look}\nsort before >a; sort functions >b; comm -13 a b\ncmp was running"
        );
        let outcome = case.shell(shell.script, &script);
        let mut wanted = [&["assume"][..], &of_completion, also].concat();
        wanted.sort_unstable();
        let mut defined: Vec<&str> = outcome.succeeded().lines().collect();
        defined.sort_unstable();
        assert_eq!(defined, wanted, "{}", shell.script);
        assert_eq!(outcome.stderr, "", "{}", shell.script);
    }
}

#[test]
fn an_alias_of_the_same_name_does_no_harm() {
    for shell in ALL {
        let alias = if shell.is_fish() { "alias assume 'echo wrong'" } else { "alias assume='echo wrong'" };
        let expand = if shell.script == "bash" { "shopt -s expand_aliases\n" } else { "" };
        let script = format!("{expand}{alias}\n{}\nassume s3\necho $ASSUME_ENV_PROFILE", shell.load(""));
        let outcome = Case::new().shell(shell.script, &script);
        assert_eq!((outcome.succeeded(), outcome.stderr.as_str()), ("s3\n", ""), "{}", shell.script);
    }
}

#[test]
fn the_name_and_the_parts_can_be_chosen() {
    for shell in ALL {
        let named = format!("{}\nbecome s3\necho $ASSUME_ENV_PROFILE\nbecome -", shell.load(" --cmd become"));
        let outcome = Case::new().shell(shell.script, &named);
        assert_eq!(outcome.out(), "s3\n", "{}", shell.script);
        outcome.said(&["name a role: become ROLE"]);
        let none = format!("{}\ncommand -v assume || echo none", shell.load(" --no-cmd"));
        assert_eq!(Case::new().shell(shell.script, &none).succeeded(), "none\n", "{}", shell.script);
    }
    for shell in RICH {
        let case = Case::new().pretending("s3", 9000);
        let mut terminal = case.bare_prompt(shell);
        line(&mut terminal, &shell.load(" --no-prompt --no-complete"), "ready> ");
        let before = line(&mut terminal, "echo don''e", "done");
        assert!(!before.contains("[s3"), "{}: {before}", shell.script);
        let shown = leave(terminal);
        assert!(!shown.contains("[s3"), "{}: {shown}", shell.script);
    }
}

/// Names of functions in dash and ksh have no dashes, and no function may hide a word of the shell.
#[test]
fn a_name_that_would_break_a_shell_is_refused() {
    let case = Case::new();
    for args in [["bash", "eval"], ["zsh", "assume-env"], ["fish", "if"], ["posix", "a-b"], ["bash", "a;id"]]
    {
        let mut command = case.command(BINARY);
        command.args(["--init", args[0], "--cmd", args[1]]);
        let outcome = finish(command);
        assert_eq!(outcome.status.code(), Some(2), "{args:?}");
        outcome.said(&[&format!("no function can have the name {} (--cmd)", args[1])]);
    }
    case.run(["--init", "bash", "--cmd", "x", "--no-cmd"]).failed(2, &["--no-cmd leaves it out"]);
    case.run(["--no-prompt", "s3"]).failed(2, &["--no-prompt has no meaning for printing the variables"]);
}

/// A shell without the hook that inherits PS1 or PROMPT_COMMAND from a shell with the hook shows and runs
/// nothing of it.
#[test]
fn an_inherited_prompt_is_harmless() {
    for (shell, child) in [(BASH, "bash --norc -i"), (BASH, "dash -i"), (DASH, "dash -i")] {
        let program = child.split(' ').next().expect("a word");
        installed(program);
        let case = Case::new().pretending("s3", 9000).var("PROMPT_COMMAND", ":");
        let mut terminal = case.at_prompt(shell);
        terminal.send(&format!("export PS1 PROMPT_COMMAND; {child}\n"));
        terminal.expect("ready> ");
        let shown = line(&mut terminal, "echo in''side", "inside");
        terminal.expect("ready> ");
        assert!(!shown.contains("[s3") && !shown.contains("not found"), "{child}: {shown}");
        terminal.send("exit\n");
        leave(terminal);
    }
}
