//! What other processes of the same user can see, and what a crash leaves: while the program holds keys nobody but root looks into it,
//! and no core file is written. The command that it becomes is the user's own again.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::signal::Signal;

use crate::blackbox::harness::{BINARY, Case, Outcome, Running, SECRET, finish, installed, start};
use crate::support::Fault;

/// Some user who is not root: the tests' own, or nobody.
fn as_user(case: &Case, program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !nix::unistd::geteuid().is_root() {
        return case.command(program);
    }
    let mut command = case.command(installed("setpriv"));
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    command
}

/// Where that user can run it.
fn reachable(case: &Case) -> PathBuf {
    let copy = case.path("assume-env");
    let mut install = case.command(installed("install"));
    install.args(["-m", "755", BINARY]).arg(&copy);
    finish(install).succeeded();
    copy
}

/// What that user sees of a process: its environment, its memory, and by attaching to it.
fn seen(case: &Case, pid: u32) -> [Outcome; 3] {
    let script = |script: String| {
        let mut command = as_user(case, "/bin/sh");
        command.args(["-c", &script]);
        finish(command)
    };
    [
        script(format!("cat /proc/{pid}/environ")),
        script(format!("exec 3</proc/{pid}/mem && echo open")),
        script(format!("timeout -s INT 1 strace -o /dev/null -p {pid} 2>&1")),
    ]
}

fn waiting(case: &Case, mut command: Command) -> Running {
    command.env("AWS_ACCESS_KEY_ID", "AKIABASE000000000000").env("AWS_SECRET_ACCESS_KEY", SECRET);
    let running = start(command);
    case.wait_for_requests(1);
    running
}

#[test]
fn nobody_of_the_same_user_looks_into_it() {
    let case = Case::new();
    case.sts.always(Fault::hang());
    let mut command = as_user(&case, reachable(&case));
    command.arg("s3");
    let running = waiting(&case, command);
    let [environment, memory, attached] = seen(&case, running.id());
    assert!(!environment.status.success() && environment.stdout.is_empty(), "{}", environment.out());
    assert!(!memory.status.success() && memory.stdout.is_empty());
    assert!(attached.out().contains("Operation not permitted"), "{}", attached.out());
    running.signal(Signal::SIGKILL);
    running.end();

    // The same looks at a process that does nothing against it.
    let mut command = as_user(&case, "/bin/sleep");
    command.arg("50").env("AWS_SECRET_ACCESS_KEY", SECRET);
    let running = start(command);
    while fs::read_to_string(format!("/proc/{}/comm", running.id())).is_ok_and(|name| name != "sleep\n") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let [environment, memory, attached] = seen(&case, running.id());
    assert!(environment.succeeded().contains(SECRET));
    assert_eq!(memory.succeeded(), "open\n");
    let restricted =
        fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").is_ok_and(|scope| scope != "0\n");
    assert!(restricted || !attached.out().contains("not permitted"), "{}", attached.out());
    running.signal(Signal::SIGKILL);
    running.end();
}

#[test]
fn the_command_is_the_users_own_again() {
    let case = Case::new();
    let mut command = as_user(&case, reachable(&case));
    command.args([
        "s3",
        "--",
        "sh",
        "-c",
        "tr '\\0' '\\n' </proc/$$/environ | grep -c '^AWS_SE'; exec 3</proc/$$/mem && echo open",
    ]);
    assert_eq!(finish(command).succeeded(), "2\nopen\n");
}

/// Whether a core file is written into the folder is the kernel's setting; that one is written there is what the control shows.
#[test]
fn no_crash_leaves_a_core_file() {
    let crash = |case: &Case, line: &str, signal: Signal| {
        let mut command = case.command("dash");
        command.args(["-c", &format!("ulimit -c unlimited || exit 9; exec env --default-signal {line}")]);
        let running = start(command);
        if line.contains("assume-env") {
            case.wait_for_requests(1);
        } else {
            while fs::read_to_string(format!("/proc/{}/comm", running.id()))
                .is_ok_and(|name| name != "sleep\n")
            {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
        running.signal(signal);
        running.end()
    };
    let case = Case::new();
    let control = crash(&case, "sleep 50", Signal::SIGSEGV);
    assert!(
        control.status.core_dumped(),
        "this machine writes no core files, so nothing can be shown: ulimit -c unlimited"
    );
    for line in ["assume-env s3", "assume-env s3 -- true", "assume-env --whoami s3"] {
        for signal in [
            Signal::SIGSEGV,
            Signal::SIGBUS,
            Signal::SIGILL,
            Signal::SIGFPE,
            Signal::SIGABRT,
            Signal::SIGQUIT,
            Signal::SIGTRAP,
            Signal::SIGSYS,
        ] {
            let case = Case::new();
            case.sts.always(Fault::hang());
            let before = case.files();
            let outcome = crash(&case, line, signal);
            assert_eq!(
                (outcome.signal(), outcome.status.core_dumped()),
                (Some(signal as i32), false),
                "{line}"
            );
            assert_eq!(case.files(), before, "{line} {signal}");
        }
    }
}
