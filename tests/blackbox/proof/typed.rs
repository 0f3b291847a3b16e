//! Somebody at a terminal, with the hook: the shell, its line editor, its history and every program that it starts are under the
//! trace. The keys and the base session are in variables, the code is in the request, and nothing of them is anywhere else.

use super::disk::Report;
use super::leaks::{Place, SECRETS, search};
use super::trace::{Trace, Tracer};
use crate::blackbox::harness::{Case, installed, role, role_arn};
use crate::blackbox::mfa::{DEVICE, world_with};
use crate::blackbox::terminal::Terminal;

const CODE: &str = "407315";
const PROMPT: &str = "assume-env: MFA code of arn:aws:iam::123456789012:mfa/base: ";

/// A shell, how its hook is loaded, and how tracing is switched on and off in it.
const SHELLS: [(&str, &[&str], &str, [&str; 2]); 3] = [
    ("bash", &["--norc", "-i"], r#"eval "$(assume-env --init bash)""#, ["set -xv", "set +xv"]),
    (
        "zsh",
        &["-f", "-i"],
        r#"eval "$(assume-env --init zsh)""#,
        ["setopt xtrace verbose", "unsetopt xtrace verbose"],
    ),
    (
        "fish",
        &["--no-config", "-i"],
        "assume-env --init fish | source",
        ["set fish_trace 1", "set -e fish_trace"],
    ),
];

/// Two roles that want a code, and one that does not.
fn case() -> Case {
    let world = world_with(&[CODE, "999999"])
        .role(role("assumeS3Full").s3_full().max_duration(43200))
        .role(role("one").requires_mfa().max_duration(43200))
        .role(role("two").requires_mfa().max_duration(43200));
    let coded = |name| {
        format!(
            "[profile {name}]\nrole_arn = {}\nsource_profile = base\nmfa_serial = {DEVICE}\n",
            role_arn(name)
        )
    };
    let case = Case::in_world(world).more_config(&(coded("one") + &coded("two")));
    std::fs::create_dir(case.path("tmp")).expect("the folder can be written");
    let temporary = case.path("tmp");
    case.var("TMPDIR", temporary)
}

/// Types a line, and waits until the shell has done with it.
#[track_caller]
fn line(terminal: &mut Terminal, number: &mut usize, text: &str) -> String {
    *number += 1;
    terminal.send(&format!("{text}\n"));
    terminal.send(&format!("echo line''{number} is do''ne\n"));
    terminal.expect(&format!("line{number} is done"))
}

fn typed(shell: &str, args: &[&str], hook: &str, tracing: [&str; 2]) -> (Case, Trace, String) {
    let case = case();
    let tracer = Tracer::new();
    let strace = installed("strace");
    let mut words: Vec<String> = tracer.args();
    words.push(installed(shell).display().to_string());
    words.extend(args.iter().map(|arg| (*arg).to_owned()));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut terminal = case.terminal(strace.to_str().expect("a plain name"), &words);
    let n = &mut 0;
    if shell == "fish" {
        line(&mut terminal, n, "function fish_prompt; echo -n 'rea''dy> '; end");
    }
    line(&mut terminal, n, "true");
    line(&mut terminal, n, hook);
    line(&mut terminal, n, "assume s3");
    line(&mut terminal, n, "/bin/true; assume --status");
    terminal.send("assume one\n");
    terminal.expect(PROMPT);
    terminal.send(&format!("{CODE}\n"));
    // What is typed before the terminal has its settings back is thrown away.
    terminal.expect("this shell keeps the MFA session");
    line(&mut terminal, n, "/bin/true");
    // The base session serves this one: there is no prompt.
    line(&mut terminal, n, "assume two && /bin/true");
    line(&mut terminal, n, "assume -; assume --renew; assume --whoami s3; assume nosuch");
    line(&mut terminal, n, tracing[0]);
    line(&mut terminal, n, "assume --fresh s3");
    line(&mut terminal, n, tracing[1]);
    line(&mut terminal, n, "assume --forget");
    terminal.send("assume one\n");
    terminal.expect(PROMPT);
    terminal.interrupt("ready> ");
    line(&mut terminal, n, "assume --clear; /bin/true");
    terminal.send("exit\n");
    let (_, shown) = terminal.end();
    (case, tracer.read(), shown)
}

#[test]
fn a_hook_leaves_a_secret_nowhere() {
    let mut report = Report::default();
    for (shell, args, hook, tracing) in SHELLS {
        let (case, trace, shown) = typed(shell, args, hook, tracing);
        let hits = search(&trace, &SECRETS);
        hits.only_in(&[Place::Text, Place::Pipe, Place::Environment, Place::PlainHttp]);
        // The text goes to the function through a pipe, and in fish through standard output.
        assert!(
            hits.count(Place::Text) + hits.count(Place::Pipe) >= 6 && hits.count(Place::Environment) >= 3,
            "{shell}: {:?}\n{shown}",
            hits.places
        );
        assert!(
            SECRETS.iter().all(|secret| !shown.contains(secret)) && !shown.contains(CODE),
            "{shell}: {shown}"
        );
        let of_code = search(&trace, &[CODE]);
        of_code.only_in(&[Place::PlainHttp]);
        assert_eq!(of_code.count(Place::PlainHttp), 1, "{shell}: {shown}");
        base_is_in_no_environment(&trace, shell);
        // The shell's own history is its own: it was searched as it was written.
        let home = case.path("");
        for file in case.files().keys() {
            let name = file.strip_prefix(&home).expect("it lies there").display().to_string();
            let own = ["xdg/fish/", ".bash_history", ".aws/"].iter().any(|own| name.starts_with(own));
            assert!(own, "{shell} left {name}");
        }
        report.add(&hits);
    }
    report.print("hooks at a terminal");
}

/// The MFA session goes through a pipe.
#[track_caller]
fn base_is_in_no_environment(trace: &Trace, shell: &str) {
    let holding = |call: &&super::trace::Call| {
        call.environment.iter().any(|variable| variable.starts_with(b"ASSUME_ENV_BASE="))
    };
    let started: Vec<&str> = trace.calls.iter().filter(holding).map(|call| &*call.program).collect();
    assert!(started.is_empty(), "{shell}: {started:?}");
}
