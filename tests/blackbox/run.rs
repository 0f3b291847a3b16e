//! `assume-env ROLE -- COMMAND`: the command gets the session and is otherwise as if it had been started directly.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::harness::{
    BINARY, Case, Env, FIRST, KEY_ID, POSIX_SHELLS, ROLE, SECOND, SECRET, aws_only, canned_session, env_in,
    finish, finish_reading, start,
};

const WITH_SESSION: [(&str, &str); 12] = [
    ("AWS_ACCESS_KEY_ID", "ASIAHELD000000000000"),
    ("AWS_SECRET_ACCESS_KEY", "TEST/secret+held"),
    ("AWS_SESSION_TOKEN", "TEST//token+held"),
    ("AWS_CREDENTIAL_EXPIRATION", "2098-01-01T00:00:00Z"),
    ("ASSUME_ENV_KEY_ID", "ASIAHELD000000000000"),
    ("ASSUME_ENV_PROFILE", "held"),
    ("ASSUME_ENV_ROLE_ARN", "arn:aws:iam::123456789012:role/held"),
    ("ASSUME_ENV_SESSION", "ann"),
    ("ASSUME_ENV_REGION", "eu-west-1"),
    ("ASSUME_ENV_EXPIRES", "4039372800"),
    ("AWS_REGION", "eu-west-1"),
    ("ASSUME_ENV_RESTORE", "1,AWS_REGION=sa-east-1,AWS_PROFILE=base,AWS_ROLE_ARN="),
];

type Settings = &'static [(&'static str, &'static str)];

/// Settings that may stand in an environment, and the flags of the one command line that both forms get.
const MIXES: &[(Settings, &[&str])] = &[
    (&[], &[]),
    (&[("AWS_PROFILE", "base"), ("AWS_DEFAULT_PROFILE", "")], &[]),
    (&[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "")], &[]),
    (&[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "")], &["-r", "eu-central-1"]),
    (
        &[
            ("AWS_ROLE_ARN", ""),
            ("AWS_ROLE_SESSION_NAME", "of-variable"),
            ("AWS_CREDENTIAL_FILE", "/it's $(here)"),
        ],
        &[],
    ),
    (&[("AWS_SECURITY_TOKEN", "old"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/a\nb")], &["-r", "eu-central-1"]),
    (&[("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_ACCOUNT_ID", "1")], &[]),
    (&[("AWS_CREDENTIAL_EXPIRATION", "2000-01-01T00:00:00Z"), ("ASSUME_ENV_NARROWED", "read-only")], &[]),
    (&WITH_SESSION, &[]),
    (&WITH_SESSION, &["-r", "eu-central-1"]),
];

fn case_of(mix: &[(&str, &str)]) -> Case {
    let case = mix.iter().fold(Case::new(), |case, (name, value)| case.var(name, value));
    case.sts.always(canned_session());
    case
}

#[test]
fn printing_and_running_give_the_identical_environment() {
    for (mix, flags) in MIXES {
        let case = case_of(mix);
        let flags = flags.join(" ");
        let printed =
            case.shell("dash", &format!(r#"eval "$(assume-env {flags} s3)" || exit; env -0"#)).env();
        let ran = case.shell("dash", &format!("assume-env {flags} s3 -- env -0; exit")).env();
        assert_eq!(ran, printed, "{mix:?} {flags}");
        assert_eq!(ran["AWS_ACCESS_KEY_ID"], "ASIACANNED0000000000");
    }
}

#[test]
fn fish_and_running_give_the_identical_environment() {
    for (mix, flags) in MIXES {
        let case = case_of(mix);
        let flags = flags.join(" ");
        let script = format!("assume-env -f fish {flags} s3 | source; or exit; env -0");
        let printed = case.shell("fish", &script).env();
        let ran = case.shell("fish", &format!("assume-env {flags} s3 -- env -0")).env();
        assert_eq!(ran, printed, "{mix:?} {flags}");
    }
}

#[test]
fn the_shell_around_the_command_has_no_keys() {
    let case = Case::new();
    let script = "env -0 >before; assume-env s3 -- env -0 >during && env -0";
    let outcome = case.shell("bash", script);
    assert_eq!(outcome.env(), env_in(&case.path("before")));
    assert_eq!(env_in(&case.path("during"))["AWS_ACCESS_KEY_ID"], FIRST);
}

#[test]
fn the_command_is_the_same_process() {
    let case = Case::new();
    let running = start(case.assume_env(["s3", "--", "sh", "-c", "echo $$"]));
    let id = running.id();
    assert_eq!(running.end().succeeded(), format!("{id}\n"));
}

#[test]
fn standard_input_is_the_commands() {
    let case = Case::new();
    let outcome = finish_reading(case.assume_env(["s3", "--", "cat"]), b"first\n\x00\xfflast");
    assert_eq!(outcome.stdout, b"first\n\x00\xfflast");
}

#[test]
fn arguments_are_untouched() {
    let case = Case::new();
    let words: [&[u8]; 9] =
        [b"a b", b"", b"new\nline", b"\xff\xfe", b"--", b"-d", b"$(id)", b"it's \"so\"\\", b"--help"];
    let args = ["s3", "--", "cat", "--", "/proc/self/cmdline"].map(OsStr::new);
    let outcome = case.run(args.into_iter().chain(["/dev/null"].map(OsStr::new)));
    assert_eq!(outcome.stdout, b"cat\0--\0/proc/self/cmdline\0/dev/null\0");
    let args = ["s3", "--", "sh", "-c", r#"printf '%s\0' "$@""#, "sh"].map(OsStr::new);
    let outcome = case.run(args.into_iter().chain(words.map(OsStr::from_bytes)));
    let mut expected = words.join(&b'\0');
    expected.push(0);
    assert_eq!(outcome.stdout, expected);
}

#[test]
fn bytes_that_are_no_text_stay_in_the_environment() {
    let odd = OsStr::from_bytes(b"\xff\x01=\n");
    let case = Case::new().var("ODD", odd);
    let outcome = case.run(["s3", "--", "sh", "-c", r#"printf %s "$ODD""#]);
    assert_eq!(outcome.stdout, odd.as_bytes());
}

#[test]
fn the_commands_end_is_ours() {
    let case = Case::new();
    for status in [0, 1, 7, 125, 255] {
        let outcome = case.run(["s3", "--", "sh", "-c", &format!("exit {status}")]);
        assert_eq!(outcome.status.code(), Some(status));
    }
    for (name, number) in [("TERM", 15), ("INT", 2), ("KILL", 9)] {
        let mut command = case.command("env");
        command.args(["--default-signal", BINARY, "s3", "--", "sh", "-c", &format!("kill -{name} $$")]);
        let outcome = finish(command);
        assert_eq!(outcome.signal(), Some(number), "{name}");
    }
}

#[test]
fn a_missing_command_is_found_out_before_anything_else() {
    let case = Case::new().config("nonsense that nobody reads");
    for command in ["nosuch-command", "/no/such/command", "./nosuch", ""] {
        let outcome = case.run(["s3", "--", command]);
        outcome.failed_silently(127, &["there is no command", command, "check the name and PATH"]);
    }
    case.nothing_was_asked();
}

#[test]
fn what_cannot_be_executed_is_126() {
    let case = Case::new();
    case.file("data", "no program");
    for (command, part) in [("./data", "not executable"), ("/", "folder"), ("./.aws", "folder")] {
        case.run(["s3", "--", command]).failed_silently(126, &["cannot run", command, part]);
    }
    case.nothing_was_asked();
}

#[test]
fn our_own_failures_are_125_with_nothing_on_standard_output() {
    let case = Case::new();
    for args in [
        &["nosuch", "--", "true"][..],
        &["--", "true"],
        &["-d", "1x", "s3", "--", "true"],
        &["--nosuch", "s3", "--", "true"],
        &["s3", "more", "--", "true"],
        &["--show", "s3", "--", "true"],
        &["-f", "fish", "s3", "--", "true"],
        &["--whoami", "s3", "--", "true"],
    ] {
        case.run(args).failed_silently(125, &[]);
    }
    case.nothing_was_asked();
    case.sts.world(|world| world.remove_role(ROLE));
    case.run(["s3", "--", "echo", "ran"]).failed_silently(125, &["AccessDenied"]);
}

#[test]
fn nothing_behind_the_dashes_names_the_shell() {
    let case = Case::new();
    let parts = ["no command after --", r#"assume-env ROLE -- "$SHELL""#];
    // A shell may be about to evaluate it: there is no command whose output could be in the way.
    case.run(["s3", "--"]).failed(125, &parts);
    case.run(["-f", "fish", "s3", "--"]).failed_with(125, "sh -c 'exit 125';\n", &[]);
    case.nothing_was_asked();
}

#[test]
fn a_script_without_a_first_line_runs_in_sh() {
    let case = Case::new();
    case.program("bin/script", "echo \"$AWS_ACCESS_KEY_ID $1\"\nexit 5\n");
    let outcome = case.run(["s3", "--", "./bin/script", "a b"]);
    assert_eq!(
        (outcome.status.code(), outcome.out()),
        (Some(5), "ASIATEST000000000001 a b\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_script_whose_interpreter_is_missing_is_127() {
    let case = Case::new();
    case.program("script", "#!/no/such/interpreter\n");
    case.run(["s3", "--", "./script"]).failed_silently(127, &["cannot run ./script"]);
}

#[test]
fn commands_are_found_as_the_shell_finds_them() {
    let case = Case::new();
    case.program("bin/tool", "#!/bin/sh\necho found\n");
    case.file("tool", "not executable, and passed over");
    let home = case.path("").display().to_string();
    for (path, command) in [
        (format!("{home}:/usr/bin:{home}/bin"), "tool"),
        ("bin:/usr/bin".to_owned(), "tool"),
        ("/nonexistent".to_owned(), "bin/tool"),
    ] {
        let mut run = case.assume_env(["s3", "--", command]);
        run.env("PATH", &path);
        assert_eq!(finish(run).succeeded(), "found\n", "{path}");
    }
    case.program("here", "#!/bin/sh\necho here\n");
    for path in [":/nonexistent", "/nonexistent:", "/nonexistent::/bin", ""] {
        let mut run = case.assume_env(["s3", "--", "here"]);
        run.env("PATH", path);
        assert_eq!(finish(run).succeeded(), "here\n", "{path:?}");
    }
}

#[test]
fn without_path_the_systems_own_folders_are_searched() {
    let case = Case::new().without("PATH");
    assert_eq!(case.run(["s3", "--", "echo", "ran"]).succeeded(), "ran\n");
}

/// A field of `/proc/PID/status` that is a set of signals, without those that the C library keeps for itself.
fn signals(status: &str, field: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("the field is there");
    let set = u64::from_str_radix(line.trim_start_matches(':').trim(), 16).expect("hexadecimal digits");
    set & 0x7fff_ffff
}

/// What a program prints that is started without us: the tests' own surroundings may ignore signals and leave files open.
fn directly(case: &Case, program: &str, argument: &str) -> String {
    let mut command = case.command(program);
    command.arg(argument);
    finish(command).succeeded().to_owned()
}

#[test]
fn the_command_ignores_and_blocks_no_signal() {
    let case = Case::new();
    let direct = directly(&case, "cat", "/proc/self/status");
    let outcome = case.run(["s3", "--", "cat", "/proc/self/status"]);
    for field in ["SigIgn", "SigBlk"] {
        assert_eq!(signals(outcome.succeeded(), field), signals(&direct, field), "{field}");
    }
    const PIPE: u64 = 1 << 12;
    assert_eq!(signals(outcome.out(), "SigIgn") & PIPE, 0, "a broken pipe ends the command quietly");
}

#[test]
fn a_signal_that_was_ignored_outside_stays_ignored_for_the_command() {
    const HUP: u64 = 1;
    const TERM: u64 = 1 << 14;
    let case = Case::new();
    let direct = directly(&case, "cat", "/proc/self/status");
    let outcome = case.shell("dash", "trap '' HUP TERM; exec assume-env s3 -- cat /proc/self/status");
    assert_eq!(signals(outcome.succeeded(), "SigIgn"), signals(&direct, "SigIgn") | HUP | TERM);
}

#[test]
fn a_signal_that_was_blocked_outside_stays_blocked_for_the_command() {
    const USR1: u64 = 1 << 9;
    let case = Case::new();
    let run = |words: &[&str]| {
        let mut command = case.command("env");
        command.arg("--block-signal=USR1").args(words).args(["cat", "/proc/self/status"]);
        signals(finish(command).succeeded(), "SigBlk")
    };
    let direct = run(&[]);
    assert_ne!(direct & USR1, 0);
    assert_eq!(run(&[BINARY, "s3", "--"]), direct);
}

#[test]
fn the_command_gets_no_open_file_of_ours() {
    let case = Case::new();
    let outcome = case.run(["s3", "--", "ls", "/proc/self/fd"]);
    assert_eq!(outcome.succeeded(), directly(&case, "ls", "/proc/self/fd"));
}

#[test]
fn the_command_stands_where_we_stood() {
    let case = Case::new();
    let outcome = case.run(["s3", "--", "/bin/pwd"]);
    assert_eq!(
        outcome.succeeded(),
        format!("{}\n", case.path("").display().to_string().trim_end_matches('/'))
    );
    let outcome = case.run(["-q", "s3", "--", "sh", "-c", "umask; ulimit -c"]);
    assert_eq!(outcome.succeeded(), case.shell("dash", "umask; ulimit -c").succeeded());
}

#[test]
fn keys_are_in_no_argument_list() {
    let case = Case::new();
    let outcome = case.run(["s3", "--", "sh", "-c", "cat /proc/$$/cmdline | tr '\\0' ' '"]);
    assert!(!outcome.succeeded().contains("ASIA"));
}

#[test]
fn a_command_may_be_assume_env_itself() {
    let case = Case::new();
    let outcome = case.run(["s3", "--", BINARY, "--fresh", "s3", "--", "env", "-0"]);
    let env: Env = aws_only(&outcome.env());
    assert_eq!(env["AWS_ACCESS_KEY_ID"], SECOND);
    assert_eq!(case.signers(), [KEY_ID, KEY_ID], "a session never hides its own source");
}

#[test]
fn the_role_of_a_command_may_be_left_out() {
    let case = Case::new().var("AWS_PROFILE", "s3");
    let env = case.run(["--", "env", "-0"]).env();
    assert_eq!((&*env["AWS_ACCESS_KEY_ID"], &*env["ASSUME_ENV_RESTORE"]), (FIRST, "1,AWS_PROFILE=s3"));
    assert!(!env.contains_key("AWS_PROFILE"));
}

#[test]
fn running_from_any_shell_gives_the_commands_status() {
    for shell in POSIX_SHELLS {
        let case = Case::new();
        let outcome = case.shell(shell, "assume-env s3 -- sh -c 'exit 7'; echo $?");
        assert_eq!(outcome.succeeded(), "7\n", "{shell}");
    }
}
