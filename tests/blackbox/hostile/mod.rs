//! Hostile services, files and programs, and every way in which a connection can fail.
//!
//! In every case no command runs, no byte controls the terminal, the program needs little memory, and the
//! exit status is that of a failure. For each of these checks, a control shows that it finds a planted fault.

mod answers;
mod faults;
mod files;
mod liar;
mod programs;
mod secrets;
mod wire;

use std::fs;
use std::process::Command;

use super::harness::{Case, Outcome, finish, installed};
use crate::support::proof;

/// The most memory that the program can use, in MiB.
const MEMORY: u64 = 32;

/// Values with a meaning for a shell, a terminal or a parser. Each command in them makes a file `ran`.
const VALUES: [&str; 14] = [
    "",
    "$(touch${IFS}ran)",
    "`touch${IFS}ran`",
    "';touch${IFS}ran;'",
    "\";touch${IFS}ran;\"",
    "\\';touch${IFS}ran;\\'",
    "a\ntouch ran\nb",
    "a;touch ran;b",
    "\u{1b}]0;forged\u{7}\u{1b}[2J\u{1b}[31mASIAFAKE",
    "\u{9b}31mASIAFAKE0000000",
    "a\r\u{8}\u{8}\u{7f}forged",
    "\u{202e}turned\u{2066}",
    "@(__import__('os').system('touch ran'))",
    "!!^a^touch ran^&&|>ran",
];

/// Runs the program, and checks what must hold in every case.
#[track_caller]
fn run(case: &Case, args: &[&str]) -> Outcome {
    let (outcome, memory) = measured(case, args);
    is_harmless(case, args, &outcome, memory);
    outcome
}

#[track_caller]
fn is_harmless(case: &Case, args: &[&str], outcome: &Outcome, memory: u64) {
    let shown = format!("{args:?}: {}\n{}", outcome.status, outcome.stderr);
    assert!(memory < MEMORY, "{memory} MiB: {shown}");
    assert!(outcome.stderr.len() < 16_000, "a long message: {shown}");
    assert!(!outcome.stderr.contains("mistake in assume-env"), "a panic: {shown}");
    assert!(outcome.signal().is_none(), "{shown}");
    steers_nothing(&outcome.stderr);
    let out = String::from_utf8_lossy(&outcome.stdout);
    if args.contains(&"--buckets") || args.contains(&"--whoami") || args.contains(&"--list") {
        steers_nothing(&out);
    }
    assert!(!case.path("ran").exists(), "a command ran: {shown}");
}

/// Like [`run`], for a program that must fail with only a failing statement on standard output.
#[track_caller]
fn fails(case: &Case, args: &[&str]) -> Outcome {
    let outcome = run(case, args);
    let (status, out) = (outcome.status.code(), outcome.out());
    assert_eq!(status, Some(1), "{args:?}: {out}\n{}", outcome.stderr);
    assert!(failing_text(args) == out, "{args:?}: {out}");
    assert!(outcome.stderr.starts_with("assume-env: "), "{}", outcome.stderr);
    outcome
}

fn failing_text(args: &[&str]) -> &'static str {
    let format = args.iter().position(|arg| *arg == "-f").map(|at| args[at + 1]);
    match format {
        _ if args.contains(&"--buckets") || args.contains(&"--whoami") => "",
        None | Some("sh" | "csh") => "(exit 1);\n",
        Some("fish") => "sh -c 'exit 1';\n",
        Some("xonsh") => "raise RuntimeError('assume-env failed');\n",
        Some("pwsh") => "throw 'assume-env failed';\n",
        Some(_) => "",
    }
}

/// Reports the number of hostile inputs; [`is_harmless`] has checked each of them.
fn harmless(tried: usize, what: &str) {
    proof(format_args!(
        "hostile: {tried} {what}: 0 commands run, 0 bytes that control a terminal, 0 panics, under {MEMORY} MiB"
    ));
}

/// No control character except the line break, and no character that changes the direction of text.
#[track_caller]
fn steers_nothing(text: &str) {
    let steers = |c: char| {
        c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(steers), "{text:?}");
}

/// Runs the program; returns also its highest memory use in MiB, as zsh reads it from `wait4`.
#[track_caller]
fn measured(case: &Case, args: &[&str]) -> (Outcome, u64) {
    let mut command = weighed(case, super::harness::BINARY);
    command.args(args);
    weigh(command)
}

/// The command that measures the memory of a program; [`weigh`] runs it.
fn weighed(case: &Case, program: &str) -> Command {
    // The number goes to a descriptor that the program itself does not get.
    let script = r#"exec 3>&2 2>&4; TIMEFMT=' %M '; time "$@" 2>&3 3>&- 4>&-"#;
    let mut command = case.command("bash");
    command.args(["-c", r#"exec 4>"$1"; shift; exec "$@""#, "bash"]);
    command.arg(case.path("weight"));
    command.arg(installed("zsh")).args(["-f", "-c", script, "zsh", program]);
    command
}

#[track_caller]
fn weigh(command: Command) -> (Outcome, u64) {
    let at = command.get_args().nth(3).expect("the path of the number").to_owned();
    let outcome = finish(command);
    let figure = fs::read_to_string(&at).expect("zsh wrote it");
    let memory = figure.trim().parse().unwrap_or_else(|_| panic!("no number: {figure:?} {}", outcome.stderr));
    (outcome, memory)
}

#[test]
fn the_measured_memory_is_right() {
    let case = Case::new();
    let mut command = weighed(&case, "dd");
    command.args(["if=/dev/zero", "of=/dev/null", "bs=64M", "count=1", "status=none"]);
    let (outcome, memory) = weigh(command);
    outcome.succeeded();
    assert!((64..80).contains(&memory), "{memory}");
}

#[test]
fn the_check_finds_control_characters() {
    for planted in ["a\u{1b}[31m", "a\u{9b}", "a\rb", "a\u{202e}"] {
        assert!(std::panic::catch_unwind(|| steers_nothing(planted)).is_err(), "{planted:?}");
    }
}
