//! Properties that must hold for every input, tested with thousands of inputs. The checks are those of the
//! fuzz targets (`tests/fuzz/checks`). The inputs are the committed corpus, random changes of it, and random
//! texts from the syntax of each format.
//!
//! A failure shows the seed: `TEST_SEED=N cargo test --test all properties` uses the same inputs again.

#[path = "../fuzz/checks/mod.rs"]
mod checks;

mod architecture;
mod dependencies;
mod writers;

use std::fs;
use std::path::Path;

use crate::support::{Random, proof};

impl Random {
    /// An input that differs from another one in a few places.
    fn changed(&mut self, input: &[u8], pieces: &[&str]) -> Vec<u8> {
        let mut input = input.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(input.len() + 1);
            let to = (at + self.below(12)).min(input.len());
            match self.below(5) {
                0 => drop(input.drain(at..to)),
                1 => drop(input.splice(at..to, self.pick(pieces).bytes())),
                2 => drop(input.splice(at..at, self.pick(pieces).bytes())),
                3 => drop(input.splice(at..at, input[at..to].repeat(2))),
                _ => drop(input.splice(at..at, [self.below(256) as u8])),
            }
        }
        input
    }

    /// Random pieces in a row.
    fn made(&mut self, pieces: &[&str]) -> Vec<u8> {
        (0..self.below(24)).flat_map(|_| self.pick(pieces).bytes()).collect()
    }
}

/// The corpus of a target, in the order of its names.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).expect("every target has a corpus");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("it can be read")).collect()
}

/// Gives a check the corpus, then `count` random inputs; some of the corpus must be accepted, and some
/// refused.
fn holds(target: &str, check: fn(&[u8]) -> bool, count: usize, pieces: &[&str]) {
    let corpus = corpus(target);
    let mut accepted = corpus.iter().filter(|input| check(input)).count();
    assert!((1..corpus.len()).contains(&accepted), "{accepted} of the corpus of {target} are accepted");
    let mut random = Random::new();
    for _ in 0..count {
        let input = match random.below(3) {
            0 => random.made(pieces),
            _ => {
                let at = random.below(corpus.len());
                random.changed(&corpus[at], pieces)
            }
        };
        accepted += usize::from(check(&input));
    }
    proof(format_args!("property {target}: {} inputs, {accepted} accepted, 0 panics", corpus.len() + count));
}

#[test]
fn every_command_line_is_read_or_fails_closed() {
    let pieces = [
        "\0",
        "\0",
        "\0",
        "s3",
        "-",
        "--",
        "-f",
        "fish",
        "sh",
        "json",
        "--format",
        "=",
        "--init",
        "bash",
        "--clear",
        "--list",
        "--whoami",
        "-d",
        "15m",
        "-q",
        "-v",
        "-h",
        "--tag",
        "a=b",
        "--",
        "--show",
        "--json",
        "\u{1b}[31m",
        "é",
        "'",
    ];
    holds("args", checks::args::check, 20_000, &pieces);
}

#[test]
fn every_config_file_has_plans_or_errors_and_shows_no_secret() {
    let pieces = [
        "\n",
        "\n",
        "\r",
        "\r\n",
        "[",
        "]",
        "[profile a]",
        "[a]",
        "[default]",
        "[DEFAULT]",
        "[services x]",
        "=",
        ":",
        " ",
        "  ",
        "\t",
        "#",
        ";",
        "\u{c}",
        "\"",
        "'",
        "\\",
        "region",
        "role_arn = arn:aws:iam::123456789012:role/r",
        "source_profile = a",
        "aws_access_key_id = AKIAFAKE000000000000",
        "aws_secret_access_key = planted/secret+9876",
        "include_profile = a",
        "credential_process = x 'y",
        "sso_session = a",
        "\u{1b}[31m",
        "\u{feff}",
        "\u{85}",
        "\u{202e}",
        "İ",
        "ß",
        "$(id)",
    ];
    holds("config", checks::config::check, 4_000, &pieces);
}

#[test]
fn every_dialect_keeps_every_value() {
    let pieces = [
        "\0",
        "\0",
        "'",
        "\"",
        "\\",
        "$",
        "`",
        "!",
        "\n",
        "\r",
        ";",
        " ",
        "\u{2018}",
        "\u{2019}",
        "\u{201b}",
        "\u{1}",
        "\u{7f}",
        "\u{85}",
        "\u{9b}",
        "\u{2028}",
        "\u{fffe}",
        "\u{10ffff}",
        "(",
        ")",
        "+",
        "[char]10",
        "%",
        "#",
        "~",
        "=",
        "-",
        "é",
    ];
    holds("quoting", checks::quoting::check, 4_000, &pieces);
}

#[test]
fn every_answer_of_sts_is_a_session_or_a_message() {
    let pieces = [
        "\0",
        "\u{5}",
        "\n",
        "<",
        ">",
        "/",
        "&",
        ";",
        "&#27;",
        "&#x0;",
        "&lt;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml?>",
        "<Credentials>",
        "</Credentials>",
        "<Error>",
        "<Code>",
        "</Code>",
        "<Message>",
        "Expiration",
        "2099-01-02T03:04:05Z",
        "<AssumeRoleResult>",
        "$(id)",
        "`id`",
        "'",
        "\u{1b}",
        "\u{9b}",
        "<!DOCTYPE x [<!ENTITY a \"b\">]>",
        "&a;",
    ];
    holds("sts", checks::sts::check, 2_000, &pieces);
}

#[test]
fn every_document_is_keys_or_an_error() {
    let pieces = [
        "\0",
        "\u{1}",
        "\u{2}",
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "null",
        "1",
        "-1e999",
        "true",
        "\\u0000",
        "\\ud800",
        "\n",
        "\"Version\":1",
        "\"Code\":\"Success\"",
        "\"AccessKeyId\":",
        "\"Expiration\":",
        "9999-12-31T23:59:59-23:59",
        "0000-01-01T00:00:00Z",
        "\"expiresAt\":",
        "\"accessToken\":",
        "\u{1b}",
        "é",
    ];
    holds("documents", checks::documents::check, 10_000, &pieces);
}

#[test]
fn every_restore_variable_is_read_or_refused() {
    let pieces = [
        "1",
        ",",
        "=",
        "%",
        "%41",
        "%00",
        "%0a",
        "%FF",
        "%C3%A9",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "PATH",
        "a",
        "$(id)",
        "'",
        " ",
        "\n",
        "é",
        "x[$(id)]",
        "99999999999",
        "-1",
    ];
    holds("restore", checks::restore::check, 20_000, &pieces);
}

#[test]
fn every_mfa_session_is_read_or_ignored() {
    let pieces = [
        "1",
        " ",
        " ",
        "2",
        "AKIAFAKE000000000000",
        "ASIAFAKE000000000000",
        "4102444800",
        "999999999999",
        "000000000000",
        "-",
        "secret",
        "token==",
        "$(id)",
        "`",
        "'",
        "é",
        "\n",
        "\t",
    ];
    holds("base", checks::base::check, 20_000, &pieces);
}
