//! Each hook, as `--init` prints it, passes the checker of its shell. `tests/run` checks the scripts before
//! the marks are replaced.

use assume_env::testing::shell::HookShell;

use super::super::harness::{Case, finish, installed};

/// The program that checks a script, and its arguments before the file; none for PowerShell, which the tests
/// do not have.
fn checker(shell: HookShell) -> Option<Vec<&'static str>> {
    Some(match shell.name() {
        "bash" => vec!["shellcheck", "-x", "-s", "bash"],
        "posix" => vec!["shellcheck", "-x", "-s", "sh"],
        "zsh" => vec!["zsh", "-n"],
        "fish" => vec!["fish", "--no-execute"],
        "tcsh" => vec!["tcsh", "-f", "-n"],
        "elvish" => vec!["elvish", "-compileonly"],
        "nu" => vec!["nu", "--no-config-file", "--ide-check", "100"],
        "xonsh" => vec!["python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"],
        "pwsh" => return None,
        other => panic!("no checker for {other}"),
    })
}

#[test]
fn a_printed_hook_passes_the_checker_of_its_shell() {
    for shell in HookShell::all() {
        let Some(words) = checker(shell) else { continue };
        for flags in [&[][..], &["--cmd", "become"], &["--no-cmd", "--no-prompt", "--no-complete"]] {
            let case = Case::new();
            let hook = finish(case.assume_env([&["--init", shell.name()], flags].concat()));
            // The module edit of elvish exists only on a terminal.
            let before = if shell.name() == "elvish" { "var edit: = (ns [&])\n" } else { "" };
            let file = case.file("hook", format!("{before}{}", hook.succeeded()));
            let mut command = case.command(installed(words[0]));
            command.args(&words[1..]).arg(file);
            let outcome = finish(command);
            assert!(outcome.status.success(), "{shell:?} {flags:?}: {}{}", outcome.out(), outcome.stderr);
            // nu reports a fault in its output, and ends with status 0.
            assert!(!outcome.out().contains("\"severity\""), "{shell:?} {flags:?}: {}", outcome.out());
            assert_eq!(outcome.stderr, "", "{shell:?} {flags:?}");
        }
    }
}
