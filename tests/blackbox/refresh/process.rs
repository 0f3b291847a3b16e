//! The command is otherwise as if it had been started directly: its process, terminal, signals and exit status; and no helper is
//! left after it.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::super::harness::{BINARY, Case, finish, installed, start, wait_until};
use super::super::hooks::BASH;
use super::super::terminal::{CTRL_C, CTRL_Z};
use super::{helper_of, runs};

#[test]
fn every_exit_status_is_that_of_the_command() {
    let case = Case::new();
    for status in [0, 1, 2, 5, 124, 125, 126, 127, 128, 130, 143, 254, 255] {
        let exit = format!("exit {status}");
        let out = case.run(["--refresh", "-q", "s3", "--", "sh", "-c", &exit]);
        assert_eq!((out.status.code(), &*out.stderr), (Some(status), ""), "{status}");
    }
}

#[test]
fn a_death_by_a_signal_is_that_of_the_command() {
    let case = Case::new();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL, Signal::SIGSEGV, Signal::SIGHUP] {
        let kill = format!("kill -{} $$", signal.as_str().trim_start_matches("SIG"));
        let out = case.run(["--refresh", "-q", "s3", "--", "sh", "-c", &kill]);
        assert_eq!(out.signal(), Some(signal as i32), "{signal}: {}", out.stderr);
    }
}

/// What a process is to its parent and to the system.
const ABOUT: &str = r#"
    echo "parent $PPID"; echo "group $(ps -o pgid= -p $$)"; echo "session $(ps -o sid= -p $$)"
    while read -r line; do case $line in Sig[BIC]*|ShdPnd*) echo "$line" ;; esac; done < /proc/$$/status
    echo /proc/$$/fd/*; umask; ulimit -c; pwd
    read -r children < /proc/$$/task/$$/children; echo "children $children"
"#;

#[test]
fn the_process_of_the_command_is_the_one_that_was_started() {
    let case = Case::new();
    let about = |args: &[&str]| {
        let mut command = case.command(args[0]);
        command.args(&args[1..]).args(["sh", "-c", ABOUT]);
        let running = start(command);
        let id = running.id().to_string();
        let out = running.end();
        out.succeeded().replace(&id, "SELF")
    };
    // As without --refresh.
    let plain = about(&[BINARY, "-q", "s3", "--"]);
    let refreshed = about(&[BINARY, "-q", "--refresh", "s3", "--"]);
    assert_eq!(refreshed, plain);
}

#[test]
fn the_command_has_no_child_that_it_does_not_know() {
    let case = Case::new();
    let script = "wait; read -r children < /proc/$$/task/$$/children; echo \"$? $children\"";
    let out = case.run(["--refresh", "-q", "s3", "--", "bash", "-c", script]);
    assert_eq!(out.succeeded(), "1 \n", "the list is empty");
}

/// Waits until no helper of this port runs any more.
#[track_caller]
fn helper_ends(host: &str, within: Duration) {
    let begin = Instant::now();
    while helper_of(host).is_some_and(runs) {
        assert!(begin.elapsed() < within, "the helper goes on");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_helper_ends_with_the_command() {
    for signal in [None, Some(Signal::SIGTERM), Some(Signal::SIGKILL)] {
        let case = Case::new();
        let command = case.refreshed(&["s3"]);
        let (host, helper) = (command.host(), command.helper());
        assert!(runs(helper));
        if let Some(signal) = signal {
            command.signal(signal);
        }
        // `cat` has the token too: it ends with its input.
        command.end();
        helper_ends(&host, Duration::from_secs(2));
        wait_until("the end of the helper", || !runs(helper));
    }
}

/// The helpers on this machine that have the home folder of the test as their current folder.
fn helpers_in(case: &Case) -> BTreeSet<i32> {
    let folder = case.path("");
    let processes = fs::read_dir("/proc")
        .expect("processes")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    processes
        .filter(|pid| {
            let is_here =
                fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|at| at == folder.components().as_path());
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            is_here && name.starts_with("assume-env") && runs(nix::unistd::Pid::from_raw(*pid))
        })
        .collect()
}

#[test]
fn no_helper_is_left_after_two_hundred_runs() {
    let case = Case::new();
    let script =
        r#"i=0; while [ $i -lt 50 ]; do assume-env -q --refresh s3 -- true || exit; i=$((i+1)); done"#;
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let mut command = case.command("sh");
            command.args(["-c", script]);
            start(command)
        })
        .collect();
    for run in runs {
        run.end().succeeded();
    }
    let begin = Instant::now();
    while !helpers_in(&case).is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", helpers_in(&case));
    }
    assert_eq!(case.sts.requests().len(), 200);
}

#[test]
fn a_pipe_a_lock_and_a_job_server_of_the_caller_are_not_kept() {
    let case = Case::new();
    let begin = Instant::now();
    // The reader of the pipe ends with the command, and the lock is free at once, though a helper runs: it serves `sleep`.
    let script = "exec 9> lock; flock 9
        assume-env -q --refresh s3 -- sh -c 'sleep 20 > /dev/null 2>&1 9>&- & echo a' | cat
        text=$(assume-env -q --refresh s3 -- echo b); echo $text
        exec 9>&-; flock -n lock echo free";
    let out = case.shell("bash", script);
    assert_eq!(out.succeeded(), "a\nb\nfree\n");
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    case.file("Makefile", "all: a b c d\na b c d:\n\t@assume-env -q --refresh s3 -- echo $@\n");
    let mut make = case.command(installed("make"));
    make.args(["-s", "-j4"]);
    let out = finish(make);
    let mut lines: Vec<&str> = out.succeeded().lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["a", "b", "c", "d"]);
    for pid in sleepers(&case) {
        super::end_process(pid);
    }
}

/// The processes `sleep` that are left in the folder of the test.
fn sleepers(case: &Case) -> Vec<nix::unistd::Pid> {
    let folder = case.path("");
    let of_folder = |pid: &i32| {
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|at| at == folder.components().as_path())
            && fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "sleep")
    };
    let processes = fs::read_dir("/proc").expect("processes");
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(of_folder).map(nix::unistd::Pid::from_raw).collect()
}

#[test]
fn an_interrupt_reaches_the_command_once() {
    let case = Case::new();
    let mut terminal = case.bare_prompt(BASH);
    terminal.send(
        "assume-env -q --refresh s3 -- bash -c 'n=0; trap \"n=\\$((n+1))\" INT; echo star''ted; sleep 1; sleep 1; echo got $n; exit 7'\n",
    );
    terminal.expect("\nstarted");
    terminal.send(CTRL_C);
    terminal.expect("got 1");
    terminal.expect("ready> ");
    terminal.send("echo status $?\n");
    terminal.expect("\nstatus 7");
    // And one that dies of it.
    terminal.send("assume-env -q --refresh s3 -- sh -c 'exec sleep 30'\n");
    terminal.wait_for_foreground("sleep");
    terminal.interrupt("ready> ");
    terminal.send("echo status $?\n");
    terminal.expect("\nstatus 130");
    terminal.send("exit\n");
    terminal.end();
}

#[test]
fn the_command_stops_and_goes_on_as_a_job_of_the_shell() {
    let case = Case::new();
    let mut terminal = case.bare_prompt(BASH);
    // One process: while dash starts a program, it waits in vfork(2) and cannot be stopped.
    terminal.send("assume-env -q --refresh s3 -- sh -c 'echo $AWS_CONTAINER_CREDENTIALS_FULL_URI > url; exec sleep 60'\n");
    terminal.wait_for_foreground("sleep");
    terminal.send(CTRL_Z);
    terminal.expect("Stopped");
    terminal.expect("ready> ");
    // The helper goes on while the command is stopped.
    let url = fs::read_to_string(case.path("url")).expect("it was written");
    let host = url.trim().trim_start_matches("http://").trim_end_matches("/credentials").to_owned();
    assert!(helper_of(&host).is_some_and(runs));
    terminal.send("bg\n");
    terminal.expect("ready> ");
    terminal.send("jobs; echo lis''ted\n");
    assert!(terminal.expect("\nlisted").contains("Running"), "{}", terminal.shown());
    terminal.send("fg\n");
    // The shell shows the line before it gives the terminal away.
    terminal.wait_for_foreground("sleep");
    terminal.send(CTRL_Z);
    terminal.expect("Stopped");
    terminal.send("kill %1; kill -CONT %1; wait %1; echo ki''lled $?\n");
    terminal.expect("killed 143");
    helper_ends(&host, Duration::from_secs(2));
    terminal.send("exit\n");
    terminal.end();
}

#[test]
fn a_shell_with_jobs_works_as_the_command() {
    let case = Case::new();
    let mut terminal = case.terminal("assume-env", &["-q", "--refresh", "s3", "--", "bash", "--norc", "-i"]);
    terminal.send("PS1='rea''dy> '\n");
    terminal.expect("ready> ");
    terminal.send("sleep 30\n");
    terminal.wait_for_foreground("sleep");
    terminal.send(CTRL_Z);
    terminal.expect("Stopped");
    terminal.send("bg; jobs; kill %1; wait; (exit 5); echo status $?\n");
    terminal.expect("\nstatus 5");
    terminal.send("exit 9\n");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(9), "{shown}");
}

#[test]
fn a_closed_terminal_ends_the_command_and_the_helper() {
    let case = Case::new();
    let mut terminal = case.bare_prompt(BASH);
    terminal.send("assume-env -q --refresh s3 -- sh -c 'echo $AWS_CONTAINER_CREDENTIALS_FULL_URI > url; echo star''ted; sleep 60'\n");
    terminal.expect("\nstarted");
    let url = fs::read_to_string(case.path("url")).expect("it was written");
    let host = url.trim().trim_start_matches("http://").trim_end_matches("/credentials").to_owned();
    let helper = helper_of(&host).expect("the helper runs");
    terminal.hang_up();
    wait_until("the end of the helper", || !runs(helper));
}

#[test]
fn a_command_that_cannot_be_started_leaves_no_helper() {
    let case = Case::new();
    case.program("bad", "#!/no/such/interpreter\n");
    let out = case.run(["--refresh", "-q", "s3", "--", "./bad"]);
    assert_eq!(out.status.code(), Some(127), "{}", out.stderr);
    case.sts.fault(crate::support::Fault::error(403, "AccessDenied", "no"));
    let out = case.run(["--refresh", "-q", "s3", "--", "true"]);
    assert_eq!(out.status.code(), Some(125), "{}", out.stderr);
    wait_until("the end of the helpers", || helpers_in(&case).is_empty());
}

#[test]
fn without_files_for_the_helper_the_command_does_not_run() {
    // The limit of files, because that of processes does not hold for root.
    let case = Case::new();
    let mut command: Command = case.command("sh");
    let script = "ulimit -n 6; assume-env --refresh s3 -- touch ran";
    command.args(["-c", script]);
    let out = finish(command);
    assert_eq!(out.status.code(), Some(125), "{}", out.stderr);
    assert!(!case.path("ran").exists());
    case.nothing_was_asked();
}
