//! Whatever goes wrong, `eval` of standard output fails too: an empty text would make it succeed.

use std::fs::{self, File};
use std::io::{PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::harness::{BINARY, Case, Outcome, POSIX_SHELLS, ROLE, Running, env_in, finish, start, steady};
use crate::support::Fault;

#[test]
fn an_eval_of_a_failure_fails_in_every_posix_shell() {
    for shell in POSIX_SHELLS {
        let case = Case::new();
        let outcome = case.shell(shell, r#"eval "$(assume-env nosuch)"; echo $?"#);
        assert_eq!(outcome.succeeded(), "1\n", "{shell}");
        outcome.said(&["there is no profile nosuch"]);
        let outcome = case.shell(shell, r#"eval "$(assume-env --nosuch)"; echo $?"#);
        assert_eq!(outcome.succeeded(), "2\n", "{shell}");
        let outcome = case.shell(shell, r#"eval "$(assume-env nosuch)" && echo reached"#);
        assert_eq!((outcome.status.code(), outcome.out()), (Some(1), ""), "{shell}");
    }
}

#[test]
fn set_e_stops_at_a_failure_in_every_posix_shell() {
    for shell in POSIX_SHELLS {
        let outcome = Case::new().shell(shell, r#"set -e; eval "$(assume-env nosuch)"; echo reached"#);
        assert_eq!((outcome.status.code(), outcome.out()), (Some(1), ""), "{shell}");
    }
}

#[test]
fn an_eval_without_quotes_fails_too() {
    for shell in POSIX_SHELLS {
        let outcome = Case::new().shell(shell, "eval $(assume-env nosuch); echo $?");
        assert_eq!(outcome.succeeded(), "1\n", "{shell}");
    }
}

#[test]
fn a_failure_changes_nothing_in_the_shell() {
    for shell in POSIX_SHELLS {
        let case = Case::new().var("AWS_PROFILE", "mine").var("AWS_REGION", "");
        case.sts.always(Fault::drop_element("SessionToken"));
        let outcome = case.shell(shell, r#"env -0 >before; eval "$(assume-env s3)" || env -0"#);
        assert_eq!(steady(outcome.env()), steady(env_in(&case.path("before"))), "{shell}");
    }
}

#[test]
fn a_failure_fails_in_fish() {
    let case = Case::new();
    for (line, status) in [
        ("assume-env -f fish nosuch", "1"),
        ("assume-env nosuch -f fish", "1"),
        ("assume-env -ffish nosuch", "1"),
        ("assume-env --format=fish --nosuch", "2"),
        ("assume-env -f fish", "2"),
        ("assume-env --clear -f fish s3", "2"),
        ("assume-env --init fish --nosuch", "2"),
    ] {
        let outcome = case.shell("fish", &format!("{line} | source; echo $status"));
        assert_eq!(outcome.succeeded(), format!("{status}\n"), "{line}");
        let outcome = case.shell("fish", &format!("{line} | source; and echo reached"));
        assert_eq!(outcome.out(), "", "{line}");
    }
}

/// The text of one dialect fails in the other's shells too: nobody is served by a failure that looks like success because
/// of a forgotten `-f`.
#[test]
fn a_failure_in_the_wrong_dialect_still_fails() {
    for shell in POSIX_SHELLS {
        let outcome = Case::new().shell(shell, r#"eval "$(assume-env -f fish nosuch)" && echo reached"#);
        assert_eq!((outcome.status.code(), outcome.out()), (Some(1), ""), "{shell}");
    }
    let outcome = Case::new().shell("fish", "assume-env nosuch | source; and echo reached");
    assert_eq!(outcome.out(), "");
    assert_ne!(outcome.status.code(), Some(0));
}

#[test]
fn the_last_format_that_can_be_recognised_decides() {
    const SH: &str = "(exit 2);\n";
    const FISH: &str = "sh -c 'exit 2';\n";
    let case = Case::new();
    for (args, text) in [
        (&["--nosuch", "-f", "fish"][..], FISH),
        (&["-f", "fish", "--nosuch"], FISH),
        (&["-qvf", "fish", "--nosuch"], FISH),
        (&["-qffish", "--nosuch"], FISH),
        (&["-f=fish", "--nosuch"], FISH),
        (&["--format=fish", "-x"], FISH),
        (&["-x", "--format", "fish"], FISH),
        (&["s3", "second", "third", "-f", "fish"], FISH),
        (&["-f", "fish", "-f", "cobol"], FISH),
        (&["-f", "cobol", "-f", "fish"], FISH),
        (&["-f", "sh", "-f", "fish", "--nosuch"], FISH),
        (&["-f", "fish", "-d"], FISH),
        (&["-f", "fish", "-d", "1x", "s3"], FISH),
        (&["-d", "1x", "s3", "-f", "fish"], FISH),
        (&["--quiet=yes", "-f", "fish"], FISH),
        (&["--init", "fish", "more"], FISH),
        (&["--clear", "-f", "fish", "more"], FISH),
        (&["-f", "fish", "-f", "sh", "--nosuch"], SH),
        (&["-f", "cobol"], SH),
        (&["s3", "-f"], SH),
        (&["--nosuch=-f", "fish"], SH),
        (&["--init", "cobol"], SH),
        (&["-f", "csh", "--nosuch"], SH),
        (&["-f", "xonsh", "--nosuch"], "raise RuntimeError('assume-env failed');\n"),
        (&["-f", "pwsh", "--nosuch"], "throw 'assume-env failed';\n"),
        (&["-f", "elvish", "--nosuch"], ""),
        (&["-f", "nu", "--nosuch"], ""),
        (&["-f", "json", "--nosuch"], ""),
        (&["-f", "dotenv", "-d", "1x", "s3"], ""),
    ] {
        case.run(args).failed_with(2, text, &[]);
    }
    case.nothing_was_asked();
}

#[test]
fn formats_that_nobody_evaluates_get_nothing() {
    let case = Case::new();
    case.run(["-f", "json", "nosuch"]).failed_silently(1, &["there is no profile nosuch"]);
    case.run(["-f", "dotenv", "nosuch"]).failed_silently(1, &["there is no profile nosuch"]);
}

#[test]
fn questions_that_fail_print_nothing() {
    let case = Case::new();
    for mode in ["--whoami", "--buckets"] {
        case.run([mode, "nosuch"]).failed_silently(1, &["there is no profile nosuch"]);
        case.run([mode, "s3", "--nosuch"]).failed_silently(2, &["--nosuch"]);
        case.run([mode, "--json", "s3", "-d", "1x"]).failed_silently(2, &["1x"]);
    }
    case.nothing_was_asked();
    case.sts.world(|world| world.remove_role(ROLE));
    for mode in ["--whoami", "--buckets"] {
        case.run([mode, "s3"]).failed_silently(1, &["AccessDenied"]);
        case.run([mode, "--json", "s3"]).failed_silently(1, &["AccessDenied"]);
    }
}

#[test]
fn what_is_no_text_on_the_command_line_fails_closed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let case = Case::new();
    let odd = OsStr::from_bytes(b"\xff\xfe");
    case.run([odd]).failed(2, &["ROLE is not UTF-8"]);
    case.run([OsStr::new("s3"), OsStr::new("-n"), odd]).failed(2, &["--session-name is not UTF-8"]);
    case.run([OsStr::new("-f"), OsStr::new("fish"), odd]).failed_with(2, "sh -c 'exit 2';\n", &["not UTF-8"]);
    case.nothing_was_asked();
}

/// Starts the program with the signals' default actions, whatever the tests' surroundings ignore, and waits until it waits
/// for STS.
fn waiting(case: &Case, args: &[&str]) -> Running {
    case.sts.always(Fault::Delay(Duration::from_secs(50)));
    let mut command = case.command("env");
    command.args(["--default-signal", BINARY]).args(args);
    let running = start(command);
    case.wait_for_requests(1);
    running
}

/// The same, without waiting for anything.
fn started(case: &Case, args: &[&str]) -> Running {
    let mut command = case.command("env");
    command.args(["--default-signal", BINARY]).args(args);
    start(command)
}

/// Waits until something is there.
fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "it does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

const ENDING: [(Signal, u8); 3] = [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)];

#[track_caller]
fn died(running: Running, (signal, status): (Signal, u8)) {
    running.signal(signal);
    let outcome = running.end();
    let seen = (outcome.signal(), outcome.out());
    assert_eq!(seen, (Some(signal as i32), &*format!("(exit {status});\n")), "{}", outcome.stderr);
}

#[test]
fn a_signal_before_anything_was_read_kills() {
    for ending in ENDING {
        let case = Case::new();
        let config = case.path(".aws/config");
        fs::remove_file(&config).expect("it is there");
        nix::unistd::mkfifo(&config, nix::sys::stat::Mode::S_IRWXU).expect("the folder can be written");
        let running = started(&case, &["s3"]);
        // It can be opened once somebody reads there, who then waits for more.
        let mut options = File::options();
        options.write(true).custom_flags(nix::libc::O_NONBLOCK);
        let _writer = until(|| options.open(&config).ok());
        died(running, ending);
        case.nothing_was_asked();
    }
}

/// A helper that waited for a person went on without anybody to answer.
#[test]
fn a_signal_ends_the_helper_program_too() {
    let line = "echo $$ >pid; exec sleep 1000";
    for (profile, args) in [
        (format!("[profile p]\ncredential_process = sh -c '{line}'\n"), &["p"][..]),
        (String::new(), &["--mfa-serial", "arn:aws:iam::123456789012:mfa/base", "--mfa-process", line, "s3"]),
    ] {
        for ending in ENDING {
            let case = Case::new().more_config(&profile);
            let running = started(&case, args);
            let text = || fs::read_to_string(case.path("pid")).ok().filter(|text| text.ends_with('\n'));
            let helper = until(text);
            died(running, ending);
            let stat = format!("/proc/{}/stat", helper.trim());
            until(|| fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z ")).then_some(()));
        }
    }
}

#[test]
fn a_signal_while_connecting_kills() {
    for ending in ENDING {
        let server = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let url = format!("https://{}", server.local_addr().expect("it has an address"));
        let case = Case::new().var("AWS_ENDPOINT_URL", url);
        let running = started(&case, &["s3"]);
        let (mut stream, _) = server.accept().expect("it comes");
        stream.read_exact(&mut [0; 5]).expect("it wants to shake hands");
        died(running, ending);
    }
}

/// A pipe into which nothing fits any more.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().expect("a pipe");
    let size = nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_SETPIPE_SZ(4096)).expect("it is ours");
    writer.write_all(&vec![b'#'; size.unsigned_abs() as usize]).expect("it has just this room");
    (reader, writer)
}

/// Waits until a program is in a call that begins so in `/proc/PID/syscall`.
fn is_in_call(running: &Running, begin: &str) {
    let call = format!("/proc/{}/syscall", running.id());
    until(|| fs::read_to_string(&call).map_or(true, |text| text.starts_with(begin)).then_some(()));
}

/// Reads a full pipe to its end, while the program behind it goes on: the text stands there whole, and alone.
#[track_caller]
fn ends_with_a_whole_text(running: Running, mut reader: PipeReader) -> Outcome {
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).map(|_| text)
    });
    let outcome = running.end();
    let text = reading.join().expect("it reads").expect("it is text");
    let text = text.trim_start_matches('#');
    assert!(text.starts_with("(unset ") && text.ends_with(";\n") && !text.contains("exit"), "{text}");
    outcome
}

/// The text is whole or not there: a signal that comes while it is written waits, and no failing statement follows the text.
#[test]
fn a_signal_while_writing_waits_for_the_whole_text() {
    for (signal, _) in ENDING {
        let case = Case::new();
        let (reader, writer) = full_pipe();
        let mut command = case.command("env");
        command.args(["--default-signal", BINARY, "s3"]).stdout(writer);
        let running = start(command);
        is_in_call(&running, &format!("{} 0x1 ", nix::libc::SYS_write));
        running.signal(signal);
        let outcome = ends_with_a_whole_text(running, reader);
        assert_eq!(outcome.signal(), Some(signal as i32));
    }
}

/// Cause: a pipe that somebody had made non-blocking took the beginning of the text, and the failing statement came behind it.
#[test]
fn a_pipe_that_does_not_block_is_waited_for() {
    let case = Case::new();
    let (reader, writer) = full_pipe();
    let flag = nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK);
    nix::fcntl::fcntl(&writer, flag).expect("it is ours");
    let mut command = case.command(BINARY);
    command.arg("s3").stdout(writer);
    let running = start(command);
    #[cfg(target_arch = "x86_64")]
    let waiting = nix::libc::SYS_poll;
    #[cfg(not(target_arch = "x86_64"))]
    let waiting = nix::libc::SYS_ppoll;
    is_in_call(&running, &format!("{waiting} "));
    let outcome = ends_with_a_whole_text(running, reader);
    assert!(outcome.status.success(), "{}", outcome.stderr);
}

/// A stack that overflows, or an instruction that cannot be, ended with an empty text.
#[test]
fn a_fault_leaves_the_failing_text_too() {
    for signal in
        [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGILL, Signal::SIGFPE, Signal::SIGSYS, Signal::SIGTRAP]
    {
        let outcome = interrupted(&["s3"], signal);
        assert_eq!(outcome.out(), format!("(exit {});\n", 128 + signal as i32));
        assert_eq!(outcome.signal(), Some(signal as i32));
    }
}

/// As with every program that std starts, /dev/null takes its place: no file that is opened later gets the keys as its text.
#[test]
fn a_standard_output_that_is_closed_is_no_file_of_ours() {
    for (line, status) in [("s3", 0), ("--whoami s3", 0), ("--list", 0), ("nosuch", 1), ("nosuch 2>&-", 1)] {
        let case = Case::new();
        let before = case.files();
        let outcome = case.shell("dash", &format!("assume-env {line} >&-"));
        let seen = (outcome.status.code(), outcome.out());
        assert_eq!(seen, (Some(status), ""), "{line}: {}", outcome.stderr);
        assert_eq!(case.files(), before, "{line}");
    }
    let line = "assume-env s3 -- sh -c 'test -n \"$AWS_SESSION_TOKEN\"' <&- >&- 2>&-";
    Case::new().shell("dash", line).succeeded();
}

fn interrupted(args: &[&str], signal: Signal) -> Outcome {
    let case = Case::new();
    let running = waiting(&case, args);
    running.signal(signal);
    running.end()
}

#[test]
fn a_signal_leaves_the_failing_text_and_kills() {
    for (signal, status) in [
        (Signal::SIGINT, 130),
        (Signal::SIGTERM, 143),
        (Signal::SIGHUP, 129),
        (Signal::SIGQUIT, 131),
        (Signal::SIGALRM, 142),
        (Signal::SIGUSR1, 138),
        (Signal::SIGUSR2, 140),
        (Signal::SIGABRT, 134),
        (Signal::SIGVTALRM, 154),
        (Signal::SIGPROF, 155),
        (Signal::SIGIO, 157),
        (Signal::SIGPWR, 158),
        (Signal::SIGXCPU, 152),
    ] {
        let outcome = interrupted(&["s3"], signal);
        assert_eq!(outcome.out(), format!("(exit {status});\n"));
        assert_eq!(outcome.signal(), Some(signal as i32));
        let outcome = interrupted(&["-f", "fish", "s3"], signal);
        assert_eq!(outcome.out(), format!("sh -c 'exit {status}';\n"));
        assert_eq!(outcome.signal(), Some(signal as i32));
    }
}

/// The real-time signals and SIGSTKFLT ended with an empty text, which eval takes for success.
#[test]
fn every_signal_by_number_leaves_the_failing_text() {
    // SIGKILL and SIGSTOP cannot be handled, and the C library keeps 32 and 33 for itself. The others do not end a program.
    let others = [9, 19, 32, 33]
        .into_iter()
        .chain(
            [Signal::SIGPIPE, Signal::SIGCHLD, Signal::SIGCONT, Signal::SIGURG, Signal::SIGWINCH]
                .map(|one| one as i32),
        )
        .chain([Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU].map(|one| one as i32));
    let others: Vec<i32> = others.collect();
    let mut tried = 0;
    for number in (1..=64).filter(|number| !others.contains(number)) {
        let case = Case::new();
        let running = waiting(&case, &["s3"]);
        let sent = std::process::Command::new("/bin/kill")
            .args(["-s", &number.to_string(), &running.id().to_string()])
            .status();
        assert!(sent.expect("kill is installed").success());
        let outcome = running.end();
        assert_eq!(
            (outcome.signal(), outcome.out()),
            (Some(number), &*format!("(exit {});\n", 128 + number)),
            "{number}"
        );
        tried += 1;
    }
    assert_eq!(tried, 52);
    crate::support::proof(format_args!(
        "signals: {tried} of {tried} that end a program leave the failing statement; kill -9 cannot"
    ));
}

#[test]
fn a_signal_leaves_nothing_where_nobody_evaluates() {
    for args in
        [&["s3", "--", "echo", "ran"][..], &["--whoami", "s3"], &["--buckets", "s3"], &["-f", "json", "s3"]]
    {
        for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGABRT] {
            let outcome = interrupted(args, signal);
            assert_eq!((outcome.signal(), outcome.out()), (Some(signal as i32), ""), "{args:?}");
        }
    }
}

#[test]
fn a_signal_makes_the_eval_fail() {
    for shell in POSIX_SHELLS {
        let case = Case::new();
        case.sts.always(Fault::Delay(Duration::from_secs(50)));
        let script = r#"echo 'echo $$ >pid; exec "$@"' >start
            eval "$(env --default-signal=TERM sh start assume-env s3)"; echo $?"#;
        let mut command = case.command("env");
        command.args(shell.split(' ')).args(["-c", script]);
        let running = start(command);
        case.wait_for_requests(1);
        let id = std::fs::read_to_string(case.path("pid")).expect("the shell wrote it");
        let id = nix::unistd::Pid::from_raw(id.trim().parse().expect("a number"));
        nix::sys::signal::kill(id, Signal::SIGTERM).expect("it waits");
        let outcome = running.end();
        assert_eq!(outcome.out(), "143\n", "{shell}");
    }
}

#[test]
fn a_signal_leaves_no_core_file_with_keys() {
    let case = Case::new();
    case.sts.always(Fault::Delay(Duration::from_secs(50)));
    let mut command = case.command("dash");
    command.args(["-c", "ulimit -c unlimited; exec env --default-signal assume-env s3"]);
    let running = start(command);
    case.wait_for_requests(1);
    running.signal(Signal::SIGQUIT);
    let outcome = running.end();
    assert_eq!((outcome.signal(), outcome.status.core_dumped()), (Some(3), false));
}

/// `nohup` and `trap ''` mean it.
#[test]
fn a_signal_that_was_ignored_outside_does_not_stop_us() {
    let case = Case::new();
    case.sts.fault(Fault::Delay(Duration::from_millis(300)));
    let mut command = case.command("dash");
    command.args(["-c", "trap '' TERM; exec assume-env s3"]);
    let running = start(command);
    case.wait_for_requests(1);
    running.signal(Signal::SIGTERM);
    assert!(running.end().succeeded().starts_with("(unset "));
}

#[test]
fn a_full_disk_is_a_failure() {
    let case = Case::new();
    for args in [
        &["s3"][..],
        &["-f", "json", "s3"],
        &["--whoami", "s3"],
        &["--buckets", "s3"],
        &["--list"],
        &["--clear"],
        &["--help"],
        &["-h"],
        &["--version"],
        &["--init", "bash"],
    ] {
        let mut command = case.assume_env(args);
        command.stdout(File::options().write(true).open("/dev/full").expect("it is there"));
        let outcome = finish(command);
        assert_eq!(outcome.status.code(), Some(1), "{args:?}");
        outcome.said(&["assume-env: cannot write to standard output: "]);
    }
}

#[test]
fn a_reader_that_has_gone_is_a_failure_and_no_panic() {
    let case = Case::new();
    for args in [&["s3"][..], &["--buckets", "s3"], &["--help"], &["nosuch"]] {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut command = case.assume_env(args);
        command.stdout(writer);
        let outcome = finish(command);
        assert_eq!((outcome.status.code(), outcome.signal()), (Some(1), None), "{args:?}");
        assert!(
            !outcome.stderr.contains("panic") && !outcome.stderr.contains("mistake"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_standard_error_that_is_gone_changes_nothing() {
    let case = Case::new();
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let mut command = case.assume_env(["-v", "nosuch"]);
    command.stderr(writer);
    let outcome = finish(command);
    assert_eq!((outcome.status.code(), outcome.out()), (Some(1), "(exit 1);\n"));
    let mut command = case.assume_env(["-v", "s3"]);
    command.stderr(File::options().write(true).open("/dev/full").expect("it is there"));
    assert!(finish(command).succeeded().starts_with("(unset "));
}

#[test]
fn no_failure_prints_a_part_of_success() {
    let case = Case::new().var("AWS_MAX_ATTEMPTS", "1");
    let parts = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Credentials"];
    let faults = parts.map(Fault::drop_element).into_iter().chain([
        Fault::Cut { after: 400 },
        Fault::Reset,
        Fault::html(200),
        Fault::error(403, "AccessDenied", "no"),
    ]);
    for fault in faults {
        case.sts.fault(fault.clone());
        let outcome = case.run(["s3"]);
        assert_eq!((outcome.status.code(), outcome.out()), (Some(1), "(exit 1);\n"), "{fault:?}");
    }
}
