//! Every dialect, evaluated by its real shell in the very line that people type, gives back each value byte for byte and runs
//! nothing. The texts come from the program's own dialects; a stand-in on PATH hands them to the shell.
//!
//! The values differ from run to run. A failure shows the seed: `TEST_SEED=N cargo test round_trip` has them again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use assume_env::testing::common::credentials::Secret;
use assume_env::testing::common::variables::{EnvChange, VARIABLES};
use assume_env::testing::shell::Format;

use super::harness::{Case, LOSSY, env_in, finish, installed, without_loss};
use crate::support::{Random, proof};

const VALUES: usize = 2600;

/// What shells have a meaning for, alone and together; each command among them would leave a file.
const PIECES: [&str; 60] = [
    "$(touch ran)",
    "`touch ran`",
    "; touch ran;",
    "\ntouch ran\n",
    "&& touch ran",
    "| touch ran",
    "(touch ran)",
    "{ touch ran; }",
    "'; touch ran; '",
    "\"; touch ran; \"",
    "\\'; touch ran; \\'",
    "$HOME",
    "${HOME}",
    "${...}",
    "$'a'",
    "$\"a\"",
    "@(1)",
    "%self",
    "!!",
    "!touch",
    "^a^b",
    "~",
    "~root",
    "=ls",
    "*",
    "?",
    "[a-z]",
    "{a,b}",
    "**",
    "#",
    " # x",
    "<",
    ">",
    ">ran",
    "2>&1",
    "&",
    "'",
    "''",
    "'''",
    "\"",
    "\"\"\"",
    "\\",
    "\\\\",
    "\\n",
    "\\\n",
    "\\x41",
    "\\u0041",
    "%41",
    " ",
    "  ",
    "\t",
    "\r\n",
    "\u{2018}x\u{2019}",
    "é",
    "e\u{301}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{1f600}",
    "\u{10ffff}",
];

/// A piece that some shell could take for its own.
fn piece(random: &mut Random) -> String {
    match random.below(4) {
        0 => char::from(random.below(127) as u8 + 1).to_string(),
        1 => char::from_u32(random.below(0x11_0000) as u32).unwrap_or('ß').to_string().replace('\0', "x"),
        _ => random.pick(&PIECES).to_owned(),
    }
}

/// Every ASCII byte but NUL at start, middle and end, every piece alone, and the rest by chance.
fn values(random: &mut Random) -> Vec<String> {
    let bytes = (1..128).map(char::from);
    let mut values: Vec<String> =
        bytes.flat_map(|c| [format!("{c}ab"), format!("a{c}b"), format!("ab{c}"), format!("{c}")]).collect();
    values.extend(PIECES.map(str::to_owned));
    values.push(String::new());
    while values.len() < VALUES {
        let pieces = random.below(6) + 1;
        values.push((0..pieces).map(|_| piece(random)).collect());
    }
    values
}

/// Which variables have which value after one text; none for one that was unset.
type Batch = BTreeMap<&'static str, Option<String>>;

/// The program's own variables, and enough others that a slow shell has to start few programs.
fn names() -> Vec<&'static str> {
    let others = (0..76).map(|number| &*format!("ROUND_TRIP_{number}").leak());
    VARIABLES.iter().map(|variable| variable.name).chain(others).collect()
}

/// A value for each name at a time, some of them unset in between.
fn batches(format: Format, random: &mut Random) -> Vec<Batch> {
    let holds = |value: &String| format.name() != "csh" || !value.contains('\n');
    let mut values = values(random).into_iter().filter(holds).peekable();
    let names = names();
    let mut batches: Vec<Batch> = Vec::new();
    while values.peek().is_some() {
        let mut value = |_| if random.below(8) == 0 { None } else { values.next() };
        batches.push(names.iter().map(|name| (*name, value(name))).collect());
    }
    let count = batches.iter().flat_map(Batch::values).flatten().count();
    assert!(count >= 2000, "only {count} values");
    batches
}

fn text_of(format: Format, batch: &Batch) -> String {
    let changes: Vec<EnvChange> = batch
        .iter()
        .map(|(name, value)| match value {
            Some(value) => EnvChange::set(*name, Secret::new(value.clone())),
            None => EnvChange::unset(*name),
        })
        .collect();
    format.render(&changes).expect("the shell can hold it").to_string()
}

#[track_caller]
fn round_trip(shell: &str, format: &str) {
    let format = Format::parse(format).expect("a format");
    let case = Case::new();
    let batches = batches(format, &mut Random::new());
    case.program("bin/assume-env", "#!/bin/sh\nfor last; do :; done\nexec cat \"texts/$last\"\n");
    fs::create_dir(case.path("texts")).expect("a folder");
    fs::create_dir(case.path("seen")).expect("a folder");
    let mut script = String::new();
    for (number, batch) in batches.iter().enumerate() {
        case.file(&format!("texts/{number}"), text_of(format, batch));
        let line = match shell {
            LOSSY => without_loss(&format!("assume-env {number}")),
            _ => format.eval_line(&number.to_string()).expect("a shell evaluates it"),
        };
        let _ = writeln!(script, "{line}\n/bin/cp /proc/self/environ seen/{number}");
    }
    let path = format!("{}:/usr/bin:/bin", case.path("bin").display());
    let case = case.var("PATH", path);
    let script = case.file("script", script);
    let before = names_in(&case);

    let mut words = shell.split(' ');
    let mut command = case.command(installed(words.next().expect("a shell's name")));
    command.args(words).arg(script);
    let outcome = finish(command);
    outcome.succeeded();

    assert_eq!(names_in(&case), before, "{shell}: something ran: {}", outcome.stderr);
    for (number, batch) in batches.iter().enumerate() {
        let seen = env_in(&case.path(&format!("seen/{number}")));
        for (name, value) in batch {
            assert_eq!(seen.get(*name), value.as_ref(), "{shell}: {name} in text {number}");
        }
    }
    let count: usize = batches.iter().map(|batch| batch.values().flatten().count()).sum();
    proof(format_args!("round trip in {shell}: {count} values came back byte for byte, 0 commands run"));
}

/// What lies in the home folder, but for the folders of the shells themselves.
fn names_in(case: &Case) -> Vec<String> {
    let entries = fs::read_dir(case.path(".")).expect("it is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("a name").file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !["xdg", ".cache", ".local", ".config"].contains(&name.as_str()));
    names.sort();
    names
}

#[test]
fn every_value_passes_bash() {
    round_trip("bash", "sh");
}

#[test]
fn every_value_passes_zsh() {
    round_trip("zsh -f", "sh");
}

#[test]
fn every_value_passes_dash() {
    round_trip("dash", "sh");
}

#[test]
fn every_value_passes_ksh() {
    round_trip("ksh", "sh");
}

#[test]
fn every_value_passes_mksh() {
    round_trip("mksh", "sh");
}

#[test]
fn every_value_passes_busybox() {
    round_trip("busybox sh", "sh");
}

#[test]
fn every_value_passes_yash() {
    round_trip("yash", "sh");
}

#[test]
fn every_value_passes_fish() {
    round_trip("fish --no-config", "fish");
}

#[test]
fn every_value_that_tcsh_can_hold_passes_tcsh() {
    round_trip("tcsh -f", "csh");
}

#[test]
fn every_value_passes_elvish() {
    round_trip("elvish -norc", "elvish");
}

#[test]
fn every_value_passes_nu() {
    round_trip("nu --no-config-file", "nu");
}

#[test]
fn every_value_passes_the_xonsh_of_debian() {
    round_trip(LOSSY, "xonsh");
}

#[test]
fn every_value_passes_a_newer_xonsh() {
    round_trip("xonsh-0.25 --no-rc", "xonsh");
}
