//! A hostile world: services that lie, files and programs full of traps, and every way in which a connection can fail.
//!
//! Whatever they do, no command runs, no byte steers the terminal, memory stays small, and the exit status says failure. Each of
//! these searches first finds what it looks for where it was planted.

mod answers;
mod faults;
mod files;
mod liar;
mod programs;
mod wire;

use std::fs;
use std::process::Command;

use super::harness::{Case, Outcome, finish, installed};
use crate::support::proof;

/// What the program may hold at most, in MiB.
const MEMORY: u64 = 32;

/// Values that mean something to a shell, to a terminal or to a parser; each command among them would leave a file `ran`.
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

/// Runs the program, and holds it to what it promises whatever happens. Gives back what it did.
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

/// As [`run`], and it fails with nothing but a failing statement on standard output.
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

/// Tells how many hostile things were tried; each of them went through [`is_harmless`].
fn harmless(tried: usize, what: &str) {
    proof(format_args!(
        "hostile: {tried} {what}: 0 commands run, 0 bytes that steer a terminal, 0 panics, under {MEMORY} MiB"
    ));
}

/// No control character but the end of a line, nor one that turns text around.
#[track_caller]
fn steers_nothing(text: &str) {
    let steers = |c: char| {
        c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(steers), "{text:?}");
}

/// Runs the program, and tells the most memory that it held, in MiB, as zsh reads it from `wait4`.
#[track_caller]
fn measured(case: &Case, args: &[&str]) -> (Outcome, u64) {
    let mut command = weighed(case, super::harness::BINARY);
    command.args(args);
    weigh(command)
}

/// A program under the scales; [`weigh`] runs it.
fn weighed(case: &Case, program: &str) -> Command {
    // The figure goes to a descriptor that the program itself does not get.
    let script = r#"exec 3>&2 2>&4; TIMEFMT=' %M '; time "$@" 2>&3 3>&- 4>&-"#;
    let mut command = case.command("bash");
    command.args(["-c", r#"exec 4>"$1"; shift; exec "$@""#, "bash"]);
    command.arg(case.path("weight"));
    command.arg(installed("zsh")).args(["-f", "-c", script, "zsh", program]);
    command
}

#[track_caller]
fn weigh(command: Command) -> (Outcome, u64) {
    let at = command.get_args().nth(3).expect("the path of the figure").to_owned();
    let outcome = finish(command);
    let figure = fs::read_to_string(&at).expect("zsh wrote it");
    let memory = figure.trim().parse().unwrap_or_else(|_| panic!("no figure: {figure:?} {}", outcome.stderr));
    (outcome, memory)
}

#[test]
fn the_scales_weigh() {
    let case = Case::new();
    let mut command = weighed(&case, "dd");
    command.args(["if=/dev/zero", "of=/dev/null", "bs=64M", "count=1", "status=none"]);
    let (outcome, memory) = weigh(command);
    outcome.succeeded();
    assert!((64..80).contains(&memory), "{memory}");
}

#[test]
fn what_steers_a_terminal_is_found() {
    for planted in ["a\u{1b}[31m", "a\u{9b}", "a\rb", "a\u{202e}"] {
        assert!(std::panic::catch_unwind(|| steers_nothing(planted)).is_err(), "{planted:?}");
    }
}
