//! `--complete`, as the completion of a shell calls it; `--pick`; and the table of `--list`.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::harness::{BINARY, Case, installed, role, world};
use super::terminal::{CTRL_C, CTRL_D, Terminal};

fn profiles() -> Case {
    Case::in_world(world().role(role("prod"))).more_config(
        "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/prod\nsource_profile = base\n\
         [profile far]\nrole_arn = arn:aws:iam::444455556666:role/team/Admin\nsource_profile = base\n\
         [profile \"my role\"]\nregion = eu-west-1\n[profile \"$(touch ran)\"]\nregion = eu-west-1\n\
         [profile \"x`touch ran`\"]\nregion = eu-west-1\n[profile \"'; touch ran; '\"]\nregion = eu-west-1\n\
         [profile -dash]\nregion = eu-west-1\n[profile \"a\tb\"]\nregion = eu-west-1\n",
    )
}

/// What completion answers for fish, whose form is the plainest.
#[track_caller]
fn fits(case: &Case, words: &[&str]) -> String {
    let outcome = case.run([&["--complete", "fish"], words].concat());
    assert_eq!(outcome.stderr, "", "{words:?}");
    outcome.succeeded().to_owned()
}

#[test]
fn what_fits_has_descriptions() {
    let case = profiles();
    assert_eq!(fits(&case, &["assume", "pr"]), "prod\t123456789012 prod\n");
    assert_eq!(fits(&case, &["assume-env", "FAR"]), "far\t444455556666 Admin\n");
    assert_eq!(fits(&case, &["assume", "--expl"]), "--explain\texplain what would be done, and why\n");
    assert_eq!(fits(&case, &["assume", "--region=eu-central-1"]), "--region=eu-central-1\t\n");
    assert_eq!(fits(&case, &["assume", "--source-profile", ":c"]), ":container\t\n");
    assert_eq!(fits(&case, &["assume", "--expect-account", "4"]), "444455556666\tfar\n");
    assert_eq!(fits(&case, &["assume", "prod", "--", "aws", ""]), "");
    let case = case.more_config(
        "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n",
    );
    assert_eq!(
        fits(&case, &["assume", "--login", "--sso-session", ""]),
        "corp\thttps://corp.example/start\n"
    );
    assert_eq!(fits(&case, &["assume", "--login", "pr"]), "prod\t123456789012 prod\n");
    assert_eq!(fits(&case, &["assume", "--console", "--page", "s"]).lines().count(), 7);
    assert_eq!(fits(&case, &["assume", "--console", "--page=r5"]), "--page=r53\t\n");
    assert_eq!(fits(&case, &["assume", "--console", "pr"]), "prod\t123456789012 prod\n");
    assert_eq!(fits(&case, &["assume", "--page", "ec2", "--con"]).lines().count(), 1);
    case.nothing_was_asked();
}

#[test]
fn only_the_flags_that_make_sense_are_offered() {
    let case = profiles();
    let flags = |words: &[&str]| fits(&case, words);
    assert!(flags(&["assume-env", "prod", "--mfa-"]).contains("--mfa-token\t"));
    // The keys of a user take no role's flags.
    assert_eq!(flags(&["assume-env", "base", "--external"]), "");
    assert_eq!(flags(&["assume-env", "base", "--dur"]).lines().count(), 1);
    assert_eq!(flags(&["assume-env", "--list", "--sh"]), "");
}

/// The line of the user is not disturbed, whatever is wrong: no message, and the exit status is 0.
#[test]
fn nothing_that_is_wrong_shows() {
    let broken = || Case::new().config("[profile prod]\nregion = eu-west-1\n[profile broken\n");
    assert_eq!(fits(&broken(), &["assume", "pr"]), "prod\tno credentials\n");
    let unreadable = Case::new();
    fs::remove_file(unreadable.path(".aws/config")).expect("it is there");
    fs::create_dir(unreadable.path(".aws/config")).expect("a folder in place of the file");
    assert_eq!(fits(&unreadable, &["assume", ""]), "base\taccess key\n");
    let forbidden = Case::new();
    let mode = fs::Permissions::from_mode(0o0);
    fs::set_permissions(forbidden.path(".aws/config"), mode).expect("it is ours");
    fits(&forbidden, &["assume", ""]);
    for case in [
        Case::new().config([0xff, 0xfe]),
        Case::new().without("HOME"),
        Case::new().var("HOME", "/nonexistent").var("AWS_CONFIG_FILE", "/nonexistent"),
        Case::new().var("ASSUME_ENV_RESTORE", "damaged").var("ASSUME_ENV_KEY_ID", "x"),
    ] {
        fits(&case, &["assume", "--expl"]);
        fits(&case, &["assume", ""]);
    }
    for wrong in [
        &["--complete"][..],
        &["--complete", "cobol", "a"],
        &["--complete", "bash"],
        &["--complete", "bash", "x", "y", "z", "assume \"'"],
        &["--complete", "fish"],
        &["--complete", "zsh", "wide"],
        &["--complete", "tcsh"],
        &["--complete", "posix", "assume", ""],
    ] {
        let outcome = broken().run(wrong);
        assert_eq!((outcome.succeeded(), outcome.stderr.as_str()), ("", ""), "{wrong:?}");
    }
}

#[test]
fn one_of_ten_thousand_profiles_is_found() {
    let mut config = String::new();
    for number in 0..10_000 {
        let _ = writeln!(
            config,
            "[profile team-{number:05}]\nrole_arn = arn:aws:iam::123456789012:role/r{number}\nsource_profile = base"
        );
    }
    let case = Case::new().config(&config);
    assert_eq!(fits(&case, &["assume", "team-09876"]), "team-09876\t123456789012 r9876\n");
    assert_eq!(fits(&case, &["assume", "team-0"]).lines().count(), 10_000);
    assert_eq!(fits(&case, &["assume", "m-01234"]), "team-01234\t123456789012 r1234\n");
}

/// A line of sh on a terminal with so many columns.
fn narrow(case: &Case, columns: usize, line: &str) -> String {
    installed("stty");
    case.on_terminal(&format!("stty cols {columns}; {line}")).succeeded().to_owned()
}

#[test]
fn on_a_terminal_the_list_is_a_table_that_fits() {
    let case = profiles();
    let piped = case.run(["--list"]);
    assert_eq!(
        piped.succeeded(),
        "$(touch ran)\n'; touch ran; '\n-dash\nbase\nfar\nmy role\nprod\ns3\nx`touch ran`\n"
    );
    let wide = narrow(&case, 120, "assume-env --list");
    assert!(wide.starts_with("NAME             ACCOUNT       ROLE          SOURCE      MFA\n"), "{wide}");
    assert!(wide.contains("far              444455556666  Admin         base\n"), "{wide}");
    assert!(wide.contains("\na\\tb\n"), "{wide}");
    let base = wide.lines().find(|line| line.starts_with("base ")).expect("the row of base");
    assert!(base.ends_with(" access key") && base.find("access") == wide.find("SOURCE"), "{wide}");
    let table = narrow(&case, 40, "assume-env --list");
    assert!(table.lines().all(|line| line.chars().count() <= 40) && table.contains('…'), "{table}");
    assert!(table.contains("far"), "{table}");
    let bold = case.var("TERM", "xterm");
    assert!(narrow(&bold, 120, "assume-env --list").starts_with("\u{1b}[1mNAME"));
    let plain = bold.var("NO_COLOR", "1");
    assert!(!narrow(&plain, 120, "assume-env --list").contains('\u{1b}'));
}

/// A shell on a terminal, which finds fzf or does not.
fn picking(case: Case, with_fzf: bool) -> (Case, Terminal) {
    let case = case.var("TERM", "xterm");
    let mut terminal = case.terminal("/bin/sh", &["-i"]);
    terminal.expect("ready> ");
    if with_fzf {
        installed("fzf");
    } else {
        let programs = std::path::Path::new(BINARY).parent().expect("a folder").display();
        terminal.send(&format!("PATH={programs}\n"));
        terminal.expect("ready> ");
    }
    (case, terminal)
}

const EVALUATE: &str = "eval \"$(assume-env --pick)\"; echo status-$? \"now-$ASSUME_ENV_PROFILE\"\n";

#[test]
fn a_role_is_chosen_with_fzf_by_any_word_of_its_line() {
    let case = profiles().var("SHELL", "/usr/bin/fish").var("FZF_DEFAULT_OPTS", "--multi --print-query");
    let (case, mut terminal) = picking(case, true);
    terminal.send(EVALUATE);
    terminal.expect("role>");
    // Account and role, and the plan of the role as the preview.
    terminal.send("4444 Admin");
    terminal.expect("far leads to");
    terminal.send("\x15");
    terminal.send("'touch");
    terminal.expect("has no credentials");
    terminal.send("\x15");
    terminal.send("prod");
    terminal.expect("prod leads to");
    terminal.send("\r");
    terminal.expect("status-0 now-prod");
    assert!(!case.path("ran").exists());
}

#[test]
fn without_fzf_a_role_is_chosen_by_words_or_a_number() {
    let (case, mut terminal) = picking(profiles(), false);
    terminal.send(EVALUATE);
    terminal.expect("role (a number, or words to search for; Ctrl-C: none)> ");
    let shown = terminal.shown();
    assert!(shown.contains("444455556666") && !shown.contains("-dash"), "{shown}");
    terminal.send("nosuch words\n");
    terminal.expect("no role has these words");
    terminal.expect("none)> ");
    terminal.send("123456789012\n");
    terminal.expect("prod");
    terminal.expect("none)> ");
    terminal.send("1\n");
    terminal.expect("status-0 now-prod");
    case.was_asked(["AssumeRole"]);
}

#[test]
fn a_cancelled_choice_is_130_and_changes_nothing() {
    for (with_fzf, keys) in [(false, CTRL_C), (false, CTRL_D), (true, "\x1b"), (true, CTRL_C)] {
        let (case, mut terminal) = picking(profiles(), with_fzf);
        let shown = if with_fzf { "role>" } else { "none)> " };
        for command in ["assume-env --pick --whoami", "assume-env --pick -- /bin/true"] {
            terminal.send(&format!("{command}\n"));
            terminal.expect(shown);
            terminal.send(keys);
            terminal.expect("ready> ");
            terminal.send("echo status-$?-\n");
            terminal.expect("status-130-");
            terminal.expect("ready> ");
        }
        case.nothing_was_asked();
    }
}

#[test]
fn without_a_terminal_a_line_says_what_to_type() {
    let outcome = profiles().run_without_terminal(["--pick"]);
    outcome.failed(1, &["there is no terminal on which a role can be chosen", "assume-env ROLE", "--list"]);
    let (_case, mut terminal) = picking(Case::new().config("").credentials(""), false);
    terminal.send("assume-env --pick; echo status-$?\n");
    terminal.expect("there is no profile to choose from in ");
    terminal.expect("status-1");
    let (_case, mut terminal) = picking(Case::new().config("[profile broken\n"), false);
    terminal.send("assume-env --pick; echo status-$?\n");
    terminal.expect("the section header has no ]");
    terminal.expect("status-1");
}

#[test]
fn a_chosen_role_takes_the_flags_of_the_line() {
    let (case, mut terminal) = picking(profiles(), false);
    terminal.send("assume-env --pick --explain -r eu-west-3\n");
    terminal.expect("none)> ");
    terminal.send("prod\n");
    terminal.expect("prod leads to");
    terminal.expect("eu-west-3");
    case.nothing_was_asked();
}

#[test]
fn the_role_before_this_one_comes_first() {
    let (_case, mut terminal) = picking(profiles(), false);
    for role in ["s3", "prod"] {
        terminal.send(&format!("eval \"$(assume-env {role})\"; echo now-$ASSUME_ENV_PROFILE-\n"));
        terminal.expect(&format!("now-{role}-"));
    }
    terminal.send(EVALUATE);
    terminal.expect("\n1  s3 ");
    terminal.expect("none)> ");
    terminal.send("1\n");
    terminal.expect("status-0 now-s3");
}
