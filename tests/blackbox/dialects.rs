//! The dialects of tcsh, elvish, nushell and xonsh in the real shells, with the lines that the program
//! suggests (except Debian's xonsh, which loses a part of some texts). PowerShell is not here: the tests do
//! not have it, and its dialect has only unit tests.

use std::fs;

use assume_env::testing::common::source_id::SourceId;
use assume_env::testing::shell::Format;

use super::harness::{
    ACCOUNT, Case, Env, FIRST, KEY_ID, LOSSY, ROLE, SECOND, XONSH_TYPED_AT, aws_only, env_in, finish,
    installed, steady, without_loss,
};
use super::mfa::protected;
use super::settings;
use crate::support::Fault;

/// Each shell as it is started, without its start-up files.
const SHELLS: [(&str, &str); 5] = [
    ("tcsh -f", "csh"),
    ("elvish -norc", "elvish"),
    (NU, "nu"),
    (LOSSY, "xonsh"),
    ("xonsh-0.25 --no-rc", "xonsh"),
];

const NU: &str = "nu --no-config-file";

/// A value that makes a file `ran` when a shell runs a part of it.
const HOSTILE: &str = "it's \"$(touch ran)\" `touch ran`; touch ran; !!  \\ \t *~ é";

/// The line that a shell evaluates: the one that the program suggests.
fn line(shell: &str, args: &str) -> String {
    let format = format_of(shell);
    if shell == LOSSY {
        return without_loss(&format!("assume-env -f xonsh {args}"));
    }
    parsed(format).eval_line(args).expect("a shell evaluates it")
}

fn parsed(format: &str) -> Format {
    Format::parse(format).expect("a format")
}

fn format_of(shell: &str) -> &'static str {
    SHELLS.into_iter().find(|(start, _)| *start == shell).expect("it is in the list").1
}

/// The command that writes the variables that a program gets from the shell into a file.
fn look(file: &str) -> String {
    format!("/bin/cp /proc/self/environ {file}")
}

/// The variables in such a file, without those that the shells change.
fn seen(case: &Case, file: &str) -> Env {
    let mut env = steady(env_in(&case.path(file)));
    // The last one outlives a session.
    for name in ["LAST_EXIT_CODE", "XONSH_CAPTURE_ALWAYS", "ASSUME_ENV_PREVIOUS"] {
        env.remove(name);
    }
    env
}

/// A line whose failure does not end the script.
fn caught(format: &str, line: &str) -> String {
    match format {
        "elvish" => format!("try {{ {line} }} catch e {{ }}"),
        "nu" => format!("try {{ {line} }}"),
        "xonsh" => format!("try:\n    {line}\nexcept Exception:\n    pass"),
        _ => line.to_owned(),
    }
}

/// A command after a line, which runs only when the line succeeds. Every shell except tcsh stops at a
/// failure.
fn then(format: &str, line: &str, command: &str) -> String {
    let and = if format == "csh" { " && " } else { "\n" };
    format!("{line}{and}{command}")
}

#[test]
fn each_shell_gets_exactly_the_documented_variables() {
    for (shell, _) in SHELLS {
        let case = Case::new().var("AWS_PROFILE", "mine").var("AWS_ROLE_ARN", "of-a-pod");
        let script = [look("before"), line(shell, "s3"), look("after")].join("\n");
        case.shell(shell, &script).succeeded();
        let session = case.sts.world(|world| world.sessions()[0].clone());
        let mut expected = seen(&case, "before");
        expected.remove("AWS_PROFILE");
        expected.remove("AWS_ROLE_ARN");
        let expiration = session.expiration();
        let expires = session.expires.unix_timestamp().to_string();
        let name = session.grant.arn.rsplit('/').next().expect("it has a name");
        let source_id = SourceId::new("base".to_owned(), KEY_ID).to_string();
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", FIRST),
            ("AWS_SECRET_ACCESS_KEY", &session.secret_access_key),
            ("AWS_SESSION_TOKEN", &session.session_token),
            ("AWS_CREDENTIAL_EXPIRATION", &expiration),
            ("AWS_ACCOUNT_ID", ACCOUNT),
            ("ASSUME_ENV_PROFILE", "s3"),
            ("ASSUME_ENV_ROLE_ARN", ROLE),
            ("ASSUME_ENV_SESSION", name),
            ("ASSUME_ENV_SOURCE_ID", &source_id),
            ("ASSUME_ENV_EXPIRES", &expires),
            ("ASSUME_ENV_KEY_ID", FIRST),
            ("ASSUME_ENV_RESTORE", "1,AWS_PROFILE=mine,AWS_ROLE_ARN=of-a-pod"),
        ] {
            expected.insert(name.into(), value.into());
        }
        assert_eq!(seen(&case, "after"), expected, "{shell}");
    }
}

#[test]
fn clear_restores_the_replaced_variables() {
    for (shell, _) in SHELLS {
        let case = Case::new()
            .var("AWS_PROFILE", HOSTILE)
            .var("AWS_REGION", "")
            .var("AWS_DEFAULT_REGION", "sa-east-1")
            .var("AWS_CREDENTIAL_FILE", "/with a tab\tand 100% more, really=yes");
        let script = [
            look("before"),
            line(shell, "-r eu-north-1 s3"),
            look("held"),
            line(shell, "--fresh s3"),
            line(shell, "--clear"),
            look("after"),
            line(shell, "--clear"),
            look("again"),
        ]
        .join("\n");
        assert_eq!(case.shell(shell, &script).succeeded(), "", "{shell} shows nothing");
        let held = seen(&case, "held");
        assert_eq!((held.get("AWS_PROFILE"), held["AWS_REGION"].as_str()), (None, "eu-north-1"), "{shell}");
        assert_eq!(seen(&case, "after"), seen(&case, "before"), "{shell}");
        assert_eq!(seen(&case, "again"), seen(&case, "before"), "{shell}");
        assert!(!case.path("ran").exists(), "{shell}");
    }
}

#[test]
fn a_role_with_a_hostile_name_runs_nothing() {
    let name = "$(touch ran) `touch ran`; touch ran; !! \"x\" é *";
    for (shell, _) in SHELLS {
        let case = Case::new()
            .config(format!("[profile '{name}']\nrole_arn = {ROLE}\nsource_profile = base\n"))
            .var("AWS_PROFILE", name);
        let script = [line(shell, ""), look("after")].join("\n");
        case.shell(shell, &script).succeeded();
        let after = env_in(&case.path("after"));
        assert_eq!(after["ASSUME_ENV_PROFILE"], name, "{shell}");
        assert!(after.contains_key("AWS_ACCESS_KEY_ID") && !case.path("ran").exists(), "{shell}");
    }
}

#[test]
fn a_failing_line_ends_with_a_failure_in_each_shell() {
    for (shell, format) in SHELLS {
        let case = Case::new();
        for (args, said) in [("nosuch", "there is no profile nosuch"), ("--nosuch", "no flag --nosuch")] {
            let outcome = case.shell(shell, &then(format, &line(shell, args), &look("reached")));
            outcome.said(&[said]);
            assert_ne!(outcome.status.code(), Some(0), "{shell} {args}");
            assert!(!case.path("reached").exists(), "{shell} {args}");
        }
    }
}

#[test]
fn tcsh_has_the_exit_status_and_stops_with_e() {
    let case = Case::new();
    for (args, status) in [("nosuch", "1\n"), ("--nosuch", "2\n"), ("--clear s3", "2\n")] {
        let line = line("tcsh -f", args);
        assert_eq!(case.shell("tcsh -f", &format!("{line}; echo $status")).succeeded(), status);
        let outcome = case.shell("tcsh -ef", &format!("{line}; echo reached"));
        assert_eq!((outcome.status.code().map(|code| code > 0), outcome.out()), (Some(true), ""));
    }
}

#[test]
fn a_failure_changes_nothing_in_the_shell() {
    for (shell, format) in SHELLS {
        let case = Case::new().var("AWS_PROFILE", "mine").var("AWS_REGION", "");
        case.sts.always(Fault::drop_element("SessionToken"));
        let script = [look("before"), caught(format, &line(shell, "s3")), look("after")].join("\n");
        let outcome = case.shell(shell, &script);
        outcome.succeeded();
        outcome.said(&["assume-env: "]);
        assert_eq!(seen(&case, "after"), seen(&case, "before"), "{shell}");
    }
}

/// A shell that cannot evaluate the text for POSIX shells would show its keys in an error.
#[test]
fn no_shell_gets_a_text_that_it_cannot_evaluate() {
    for (shell, format) in SHELLS {
        let case = Case::new();
        for args in ["s3", "--clear"] {
            let outcome = case.shell(shell, &format!("assume-env {args} | cat"));
            let line = format!(
                "type: {}   (or -f sh, if another program reads the text)",
                parsed(format).eval_line(args).expect("a shell evaluates it")
            );
            outcome.said(&[
                &format!("{format} cannot evaluate the text that assume-env prints without -f"),
                &line,
            ]);
            assert!(!outcome.stderr.contains("ASIA") && !outcome.out().contains("unset"), "{shell}");
        }
        case.nothing_was_asked();
        if shell == LOSSY {
            continue;
        }
        let outcome = case.shell(shell, "assume-env -f sh s3 | cat");
        assert!(outcome.succeeded().starts_with("(unset "), "{shell}");
        assert_eq!(case.shell(shell, "assume-env s3 -- echo ran").succeeded(), "ran\n", "{shell}");
    }
}

#[test]
fn xonsh_is_detected_when_python_runs_it() {
    let python = installed("xonsh-0.25").with_file_name("python3");
    let case = Case::new();
    let mut command = case.command(python);
    command.args(["-m", "xonsh", "--no-rc", "-c", "assume-env s3 | cat"]);
    finish(command)
        .said(&["xonsh cannot evaluate the text", "type: execx($(assume-env -f xonsh s3) or 'raise')"]);
}

/// The suggested line works when it is typed: a name with a blank and a quote is quoted for the shell.
#[test]
fn the_suggested_line_works_in_each_shell() {
    for (shell, format) in SHELLS {
        let case = Case::new()
            .more_config(&format!("[profile \"ann's role\"]\nrole_arn = {ROLE}\nsource_profile = base\n"));
        let (program, options) = shell.split_once(' ').expect("an option");
        let program = installed(program).display().to_string();
        let typed = parsed(format).word("ann's role");
        let script = case.file("typed", format!("assume-env {typed}\n"));
        let outcome = case.on_terminal(&format!("{program} {options} {}", script.display()));
        let text = outcome.out();
        assert!(text.contains("keys are not printed to a terminal"), "{shell}: {text}");
        let suggested = text.lines().find_map(|line| line.trim_start().strip_prefix("this shell:"));
        let suggested = suggested.unwrap_or_else(|| panic!("{shell}: {text}")).trim();
        assert_eq!(Some(suggested), parsed(format).eval_line(&typed).as_deref(), "{shell}");
        case.nothing_was_asked();
        if shell == LOSSY {
            continue;
        }
        case.shell(shell, &[suggested, &look("after")].join("\n")).succeeded();
        assert_eq!(env_in(&case.path("after"))["ASSUME_ENV_PROFILE"], "ann's role", "{shell}");
    }
}

#[test]
fn no_shell_leaves_a_key_in_a_file() {
    for (shell, _) in SHELLS {
        let case = Case::new();
        case.shell(shell, &[&line(shell, "s3"), "/bin/true"].join("\n")).succeeded();
        let secret = case.sts.world(|world| world.sessions()[0].secret_access_key.clone());
        let mut search = case.command("grep");
        search.args(["-rlaF", &secret, "."]);
        let found = finish(search);
        assert_eq!((found.status.code(), found.out()), (Some(1), ""), "{shell}");
    }
}

/// tcsh replaces `!` in typed lines, and must not replace it in an evaluated text.
#[test]
fn an_interactive_tcsh_replaces_no_exclamation_mark() {
    let case =
        Case::new().holding(["s3"]).var("ASSUME_ENV_RESTORE", "1,AWS_PROFILE=%21%21%20%21touch%20%5Ea");
    let mut terminal = case.terminal("tcsh", &["-f"]);
    terminal.send("set prompt='ready> '\r");
    terminal.expect("ready> '");
    terminal.expect("ready> ");
    terminal.send("touch ran\r");
    terminal.expect("ready> ");
    fs::remove_file(case.path("ran")).expect("tcsh made it");
    terminal.send(&format!("{}\r", line("tcsh -f", "--clear")));
    terminal.expect("ready> ");
    terminal.send(&format!("{}\rexit\r", look("after")));
    terminal.end();
    assert_eq!(env_in(&case.path("after"))["AWS_PROFILE"], "!! !touch ^a");
    assert!(!case.path("ran").exists());
}

#[test]
fn the_prompt_for_a_code_works_inside_the_line_of_each_shell() {
    for (shell, format) in SHELLS {
        // Its line editor needs answers that only a real terminal gives.
        if format == "nu" {
            continue;
        }
        let case = protected().var("TERM", "xterm");
        let typed = line(shell, "s3");
        let typed = match format {
            "xonsh" => format!("{typed}; $[{}]; print('rea' 'ched')", look("after")),
            "csh" => format!("{typed} && {} && echo rea''ched", look("after")),
            _ => format!("{typed}; {}; echo rea''ched", look("after")),
        };
        let (program, option) = shell.split_once(' ').expect("an option");
        let program = installed(program).display().to_string();
        let mut terminal = if format == "xonsh" {
            // xonsh drops the keys that are typed before its first prompt.
            let mut terminal = case.terminal(&program, &[&[option], XONSH_TYPED_AT.as_slice()].concat());
            terminal.expect("ready> ");
            terminal
        } else {
            case.terminal(&program, &[option])
        };
        terminal.send(&format!("{typed}\r"));
        terminal.expect("assume-env: MFA code of ");
        assert!(!terminal.echoes(), "{shell}");
        terminal.send("111111\r");
        terminal.expect("reached");
        assert!(!terminal.shown().contains("111111"), "{shell}");
        assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], FIRST, "{shell}");
    }
}

#[test]
fn a_text_without_its_end_sets_nothing_in_xonsh() {
    let case = Case::new();
    let text = case.run(["-f", "xonsh", "s3"]).succeeded().to_owned();
    case.file("text", &text);
    let script = case.file(
        "script.xsh",
        "text = open('text').read()\n\
         for end in range(0, text.index('finally'), 43):\n\
         \x20   try:\n\
         \x20       execx(text[:end] or 'raise')\n\
         \x20   except Exception:\n\
         \x20       pass\n\
         /bin/cp /proc/self/environ after\n",
    );
    for shell in ["xonsh", "xonsh-0.25"] {
        let mut command = case.command(installed(shell));
        command.arg("--no-rc").arg(&script);
        finish(command);
        let after = aws_only(&env_in(&case.path("after")));
        let names: Vec<&str> = after.keys().map(String::as_str).collect();
        assert_eq!(names, ["AWS_ENDPOINT_URL"], "{shell}");
        fs::remove_file(case.path("after")).expect("it is there");
    }
}

#[test]
fn a_value_with_a_line_break_is_refused_for_tcsh() {
    let case = Case::new().var("AWS_CREDENTIAL_FILE", "/with\na line");
    let script = [line("tcsh -f", "s3"), look("held"), line("tcsh -f", "--clear"), "echo $status".into()];
    let outcome = case.shell("tcsh -f", &[&script.join("\n"), "", &look("after")].join("\n"));
    assert_eq!(outcome.succeeded(), "1\n");
    outcome
        .said(&["the value of AWS_CREDENTIAL_FILE contains a line break, which csh cannot take from eval"]);
    assert_eq!(seen(&case, "after"), seen(&case, "held"));
    let case = Case::new().var("AWS_CREDENTIAL_FILE", "/with\na line").holding(["s3"]);
    case.run(["-f", "csh", "--clear"]).failed(1, &["nothing was set or restored; run a command instead (assume-env ROLE -- COMMAND), or use another shell"]);
}

/// A variable that `load-env` sets to null does not exist, neither in nu nor for a program.
#[test]
fn a_variable_that_a_session_unsets_does_not_exist_in_nu() {
    let case = Case::new().var("AWS_PROFILE", "mine");
    let script = format!(
        "{}\nprint ($env.AWS_PROFILE? | default gone)\nnu --no-config-file -c 'print ($env.AWS_PROFILE? | default gone)'\n\
         $env.AWS_PROFILE = 'again'\n^printenv AWS_PROFILE",
        line(NU, "s3")
    );
    let nu = installed("nu");
    let path =
        format!("{}:{}", case.value("PATH").expect("a PATH"), nu.parent().expect("a folder").display());
    let case = case.var("PATH", path);
    assert_eq!(case.shell("nu --no-config-file", &script).succeeded(), "gone\ngone\nagain\n");
}

#[test]
fn a_session_is_renewed_and_switched_in_each_shell() {
    for (shell, _) in SHELLS {
        let case = Case::new().var("AWS_PROFILE", "mine");
        let script = [line(shell, "s3"), line(shell, "--fresh"), look("after")].join("\n");
        let outcome = case.shell(shell, &script);
        outcome.succeeded();
        let after = aws_only(&env_in(&case.path("after")));
        let got = |name| after.get(name).map(String::as_str);
        let seen = (got("AWS_ACCESS_KEY_ID"), got("ASSUME_ENV_PROFILE"));
        assert_eq!(seen, (Some(SECOND), Some("s3")), "{shell}: {}", outcome.stderr);
        assert_eq!(after["ASSUME_ENV_RESTORE"], "1,AWS_PROFILE=mine", "{shell}");
    }
}

/// The settings of a profile in each of these shells and in fish; `settings.rs` has the POSIX shells.
#[test]
fn the_settings_of_a_profile_begin_change_and_end_in_each_shell() {
    let hostile = "it's \"$(touch ran)\" `touch ran`; touch ran; !! \\ *~ é";
    let first = format!(
        "endpoint_url = http://127.0.0.1:4566\nuse_fips_endpoint = true\ncli_pager =\nsdk_ua_app_id = {hostile}\n\
         data_path = /a:/b c\nretry_mode = standard\noutput = text\nservices = x\n\
         [services x]\ndynamodb =\n  endpoint_url = http://127.0.0.1:2\n"
    );
    let second = format!(
        "[profile other]\nrole_arn = {ROLE}\nsource_profile = base\ncli_pager = less -R\nmax_attempts = 2\n"
    );
    for shell in SHELLS.map(|(shell, _)| shell).into_iter().chain(["fish --no-config"]) {
        let case = settings::case(&format!("{first}{second}"))
            .var("AWS_RETRY_MODE", "adaptive")
            .var("AWS_DEFAULT_OUTPUT", "");
        let line = |args: &str| match shell {
            "fish --no-config" => parsed("fish").eval_line(args).expect("fish evaluates it"),
            _ => line(shell, args),
        };
        let script = [
            look("before"),
            line("s3"),
            look("first"),
            line("other"),
            look("second"),
            line("--clear"),
            look("after"),
        ]
        .join("\n");
        assert_eq!(case.shell(shell, &script).succeeded(), "", "{shell} shows nothing");
        let before = seen(&case, "before");
        let settings = |file: &str| -> Env {
            let all = seen(&case, file).into_iter().filter(|pair| before.get(&pair.0) != Some(&pair.1));
            all.filter(|(name, _)| settings::is_setting(name)).collect()
        };
        let pairs = |pairs: &[(&str, &str)]| -> Env {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let wanted = pairs(&[
            ("AWS_DATA_PATH", "/a:/b c"),
            ("AWS_DEFAULT_OUTPUT", "text"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2"),
            ("AWS_PAGER", ""),
            ("AWS_SDK_UA_APP_ID", hostile),
            ("AWS_USE_FIPS_ENDPOINT", "true"),
        ]);
        assert_eq!(settings("first"), wanted, "{shell}");
        let wanted = pairs(&[("AWS_MAX_ATTEMPTS", "2"), ("AWS_PAGER", "less -R")]);
        assert_eq!(settings("second"), wanted, "{shell}");
        assert_eq!(seen(&case, "after"), before, "{shell}");
        assert!(!case.path("ran").exists(), "{shell}");
    }
}
