//! Keys are printed to no terminal and into no file without `--show`, and the program decides this before any
//! request. The summary for the user goes only to a standard error that is a terminal.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use super::harness::{Case, FIRST, Outcome, ROLE, finish, role, role_arn, world};
use crate::support::{Fault, Role};

/// Runs the program with a file as its standard output; returns also the text of the file.
fn into_file(case: &Case, args: &[&str]) -> (Outcome, String) {
    let path = case.path("output");
    let mut command = case.assume_env(args);
    command.stdout(File::create(&path).expect("a file"));
    let outcome = finish(command);
    (outcome, fs::read_to_string(path).expect("it was written"))
}

#[test]
fn keys_are_not_written_into_a_file() {
    let case = Case::new();
    let (outcome, text) = into_file(&case, &["s3"]);
    assert_eq!((outcome.status.code(), &*text), (Some(1), "(exit 1);\n"));
    let credentials = case.path(".aws/credentials").display().to_string();
    assert_eq!(
        outcome.stderr,
        format!(
            "assume-env: keys are not printed to a file, which keeps them\n\
             \x20 s3 leads to {ROLE}, with the keys of profile base ({credentials}:2); AWS was not asked\n\
             \x20 this shell:       eval \"$(assume-env s3)\"\n\
             \x20 one command:      assume-env s3 -- COMMAND\n\
             \x20 print them here:  assume-env --show s3\n"
        )
    );
    case.nothing_was_asked();
}

#[test]
fn the_suggested_line_has_the_typed_flags() {
    let case = Case::new();
    let (outcome, _) = into_file(&case, &["-n", "ann", "-d", "15m", "s3"]);
    outcome.said(&[r#"eval "$(assume-env -n ann -d 15m s3)""#, "assume-env --show -n ann -d 15m s3\n"]);
    let case = case.config(format!("[profile \"my role\"]\nrole_arn = {ROLE}\nsource_profile = base\n"));
    let (outcome, _) = into_file(&case, &["my role"]);
    outcome.said(&[r#"eval "$(assume-env 'my role')""#, "assume-env 'my role' -- COMMAND"]);
}

#[test]
fn each_format_has_its_own_suggested_line() {
    let case = Case::new();
    let (outcome, text) = into_file(&case, &["-f", "fish", "s3"]);
    assert_eq!(text, "sh -c 'exit 1';\n");
    outcome.said(&[
        "this shell:       assume-env -f fish s3 | source\n",
        "one command:      assume-env s3 -- COMMAND\n",
        "print them here:  assume-env --show s3\n",
    ]);
    for typed in [&["-ffish", "s3"][..], &["--format=fish", "s3"], &["s3", "--format", "fish"]] {
        let (outcome, _) = into_file(&case, typed);
        outcome.said(&["this shell:       assume-env -f fish s3 | source\n", "assume-env s3 -- COMMAND\n"]);
    }
    for format in ["json", "dotenv"] {
        let (outcome, text) = into_file(&case, &["-f", format, "s3"]);
        assert_eq!((outcome.status.code(), &*text), (Some(1), ""));
        outcome.said(&[&format!("print them here:  assume-env --show -f {format} s3\n")]);
        assert!(!outcome.stderr.contains("eval"), "{}", outcome.stderr);
    }
    case.nothing_was_asked();
}

#[test]
fn the_suggested_line_in_fish_is_for_fish() {
    let case = Case::new();
    let outcome = case.on_terminal("fish --no-config -c 'assume-env s3'");
    let text = outcome.out();
    assert!(text.starts_with("assume-env: keys are not printed to a terminal"), "{text}");
    for line in
        ["this shell:       assume-env -f fish s3 | source\n", "one command:      assume-env s3 -- COMMAND\n"]
    {
        assert!(text.contains(line), "{text}");
    }
    case.nothing_was_asked();
}

/// fish cannot evaluate the text for POSIX shells, and would show the line with the keys in its error.
#[test]
fn fish_gets_no_text_that_it_cannot_evaluate() {
    let case = Case::new();
    for line in [
        "assume-env s3 >output",
        "assume-env s3 | source",
        "eval (assume-env s3 | string collect)",
        "assume-env --clear | source",
    ] {
        let outcome = case.shell("fish", &format!("{line}; and echo reached; echo $status"));
        assert_eq!(outcome.out(), "2\n", "{line}");
        outcome.said(&[
            "fish cannot evaluate the text that assume-env prints without -f",
            "type: assume-env -f fish ",
        ]);
        assert!(
            !outcome.stderr.contains("ASIA") && !outcome.stderr.contains("Unknown command"),
            "{}",
            outcome.stderr
        );
    }
    case.nothing_was_asked();
    let outcome = case.shell("fish", "assume-env -f sh s3 | string match -q '(unset *'; and echo as-asked");
    assert_eq!(outcome.succeeded(), "as-asked\n");
    assert_eq!(case.shell("fish", "assume-env s3 -- echo ran").succeeded(), "ran\n");
}

#[test]
fn show_prints_into_a_file() {
    let case = Case::new();
    let (outcome, text) = into_file(&case, &["--show", "s3"]);
    assert_eq!(outcome.status.code(), Some(0), "{}", outcome.stderr);
    assert!(text.contains(FIRST));
}

#[test]
fn an_error_of_the_plan_comes_before_that_of_standard_output() {
    let case = Case::new();
    let (outcome, text) = into_file(&case, &["nosuch"]);
    assert_eq!((outcome.status.code(), &*text), (Some(1), "(exit 1);\n"));
    outcome.said(&["there is no profile nosuch"]);
}

#[test]
fn output_without_keys_can_go_into_a_file() {
    let case = Case::new();
    for args in [&["--whoami", "s3"][..], &["--buckets", "s3"], &["--list"], &["--clear"], &["-h"]] {
        let (outcome, text) = into_file(&case, args);
        assert_eq!(outcome.status.code(), Some(0), "{}", outcome.stderr);
        assert!(!text.is_empty());
    }
}

/// ksh93 uses such a file for `$(…)`. Every other file keeps its bytes.
#[test]
fn a_file_in_memory_without_a_name_can_get_keys() {
    let case = Case::new();
    let path = format!("/dev/shm/assume-env-test-{}", std::process::id());
    let open = || {
        File::options().read(true).write(true).create(true).truncate(true).open(&path).expect("shared memory")
    };
    let named = open();
    let mut command = case.assume_env(["s3"]);
    command.stdout(named.try_clone().expect("a handle"));
    let outcome = finish(command);
    fs::remove_file(&path).expect("it was there");
    assert_eq!(outcome.status.code(), Some(1), "it has a name");
    let unnamed = open();
    fs::remove_file(&path).expect("it was there");
    let mut command = case.assume_env(["s3"]);
    command.stdout(unnamed.try_clone().expect("a handle"));
    let outcome = finish(command);
    assert_eq!(outcome.status.code(), Some(0), "{}", outcome.stderr);
    assert!(unnamed.metadata().expect("it is open").size() > 100);
}

#[test]
fn dev_null_can_get_keys() {
    let case = Case::new();
    assert_eq!(case.shell("dash", "assume-env s3 >/dev/null; echo $?").succeeded(), "0\n");
}

#[test]
fn keys_are_not_printed_to_a_terminal() {
    let case = Case::new();
    let outcome = case.on_terminal("assume-env s3");
    assert_eq!(outcome.status.code(), Some(1));
    let text = outcome.out();
    assert!(
        text.starts_with("assume-env: keys are not printed to a terminal, whose scrollback keeps them\n"),
        "{text}"
    );
    assert!(
        text.contains(&format!("s3 leads to {ROLE}")) && text.contains(r#"eval "$(assume-env s3)""#),
        "{text}"
    );
    assert!(!text.contains("ASIA") && !text.contains("(exit 1)"), "{text}");
    case.nothing_was_asked();
    let outcome = case.on_terminal("assume-env --show s3");
    assert!(outcome.succeeded().contains("AWS_ACCESS_KEY_ID='ASIATEST"));
}

#[test]
fn a_failure_on_a_terminal_prints_only_its_message() {
    let outcome = Case::new().on_terminal("assume-env nosuch");
    assert_eq!(outcome.status.code(), Some(1));
    assert!(outcome.out().starts_with("assume-env: there is no profile nosuch"), "{}", outcome.out());
    assert!(!outcome.out().contains("(exit"), "{}", outcome.out());
}

/// The expiry of the session in a time zone, as `date` prints it.
fn local_end(case: &Case, zone: &str) -> String {
    let expires = case.sts.world(|world| world.sessions()[0].expires.unix_timestamp());
    let line = format!("TZ={zone} date -d @{expires} '+%Y-%m-%d %H:%M:%S %:z'");
    case.shell("dash", &line).succeeded().trim().to_owned()
}

#[test]
fn the_summary_has_the_identity_the_account_and_the_expiry() {
    for zone in ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata"] {
        let case = Case::new().var("TZ", zone);
        let outcome = case.on_terminal("assume-env -n ann -d 1000 s3 | cat >out");
        let arn = "arn:aws:sts::123456789012:assumed-role/assumeS3Full/ann";
        let end = local_end(&case, zone);
        let text = outcome.succeeded();
        let start = format!("assume-env: s3 is {arn} in account 123456789012\n  until {end} (in 16m ");
        assert!(text.starts_with(&start), "{text}\n{start}");
        assert!(!text.contains("ASIA") && text.lines().count() == 2, "{text}");
        assert!(fs::read_to_string(case.path("out")).expect("it was written").contains(FIRST));
    }
}

#[test]
fn the_summary_comes_before_the_command() {
    let case = Case::new();
    let outcome = case.on_terminal("assume-env -n ann s3 -- echo ran");
    let text = outcome.succeeded();
    assert!(text.starts_with("assume-env: s3 is arn:aws:sts::") && text.ends_with("\nran\n"), "{text}");
}

#[test]
fn quiet_omits_the_summary_and_no_error() {
    let case = Case::new();
    assert_eq!(case.on_terminal("assume-env -q s3 | cat >out").succeeded(), "");
    assert_eq!(case.on_terminal("assume-env --quiet s3 -- echo ran").succeeded(), "ran\n");
    assert!(case.on_terminal("assume-env -q nosuch").out().contains("there is no profile nosuch"));
}

#[test]
fn no_summary_is_printed_without_a_terminal() {
    let case = Case::new();
    assert_eq!(case.run(["s3"]).stderr, "");
    assert_eq!(case.run(["s3", "--", "true"]).stderr, "");
}

#[test]
fn the_summary_names_a_chained_session_and_lost_keys() {
    let case = Case::in_world(world().role(Role::new(&role_arn("two")).trusts(ROLE)).role(role("one")));
    let two = role_arn("two");
    let outcome = case.on_terminal(&format!(r#"eval "$(assume-env -q s3)"; assume-env {two} | cat >out"#));
    assert!(
        outcome.succeeded().contains("chained: assumed with the session s3 of this environment"),
        "{}",
        outcome.out()
    );
    let case = Case::new().with_keys_in_environment();
    let outcome = case.on_terminal(&format!("assume-env {ROLE} | cat >out"));
    assert!(
        outcome.succeeded().contains(
            "the keys that were in the environment are replaced, and --clear does not restore them"
        ),
        "{}",
        outcome.out()
    );
}

#[test]
fn a_long_wait_is_shown_and_erased() {
    let case = Case::new();
    case.sts.fault(Fault::Delay(Duration::from_millis(1300)));
    let outcome = case.on_terminal("assume-env s3 | cat >out");
    let wait = format!("assume-env: waiting for {} …\r\x1b[K", case.sts.url());
    assert!(outcome.succeeded().starts_with(&format!("{wait}assume-env: s3 is ")), "{:?}", outcome.out());
    case.sts.fault(Fault::Delay(Duration::from_millis(1300)));
    assert_eq!(case.on_terminal("assume-env -q s3 | cat >out").succeeded(), "");
}

#[test]
fn clear_says_that_other_keys_stay() {
    let case = Case::new().with_keys_in_environment().var("ASSUME_ENV_KEY_ID", FIRST);
    let outcome = case.on_terminal("assume-env --clear | cat >out");
    assert!(outcome.succeeded().contains("are not those of the session, so they stay"), "{}", outcome.out());
    assert_eq!(case.on_terminal("assume-env -q --clear | cat >out").succeeded(), "");
}
