//! After the command: what it left running, the port, and clocks.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::harness::{Case, FIRST, SECOND, env_in, start, wait_until};
use super::{end_process, get, helper_of, host_of, runs};

/// The process id that a script wrote into a file.
fn pid_in(case: &Case, name: &str) -> Pid {
    wait_until("the file", || fs::read_to_string(case.path(name)).is_ok_and(|text| text.ends_with('\n')));
    let text = fs::read_to_string(case.path(name)).expect("it was written");
    Pid::from_raw(text.trim().parse().expect("a process id"))
}

/// The ways in which a command leaves a process running.
const LEAVING: [&str; 5] = [
    "sleep 60 & echo $! > left",
    "nohup sleep 60 > /dev/null 2>&1 & echo $! > left",
    "setsid -f sh -c 'echo $$ > left; exec sleep 60'",
    "bash -c 'sleep 60 & disown; echo $! > left'",
    "python3 -c 'import subprocess; p = subprocess.Popen([\"sleep\", \"60\"], start_new_session=True); print(p.pid, file=open(\"left\", \"w\"))'",
];

#[test]
fn what_the_command_leaves_running_gets_the_last_keys_until_it_ends() {
    for leaving in LEAVING {
        let case = Case::new();
        let script = format!("env -0 > env; exec > /dev/null 2>&1; {leaving}");
        let out = case.run(["--refresh", "-q", "s3", "--", "sh", "-c", &script]);
        assert_eq!(out.status.code(), Some(0), "{leaving}: {}", out.stderr);
        let (env, left) = (env_in(&case.path("env")), pid_in(&case, "left"));
        let helper = helper_of(&host_of(&env)).unwrap_or_else(|| panic!("{leaving}: the helper has ended"));
        let answer = get(&env, "/credentials");
        assert_eq!((answer.status, &answer.json()["AccessKeyId"]), (200, &FIRST.into()), "{leaving}");
        // The keys are not renewed any more: another request asks for nothing.
        let answer = super::raw(&host_of(&env), &renewal(&env));
        assert!(answer.contains("400") && answer.contains("the command has ended"), "{leaving}: {answer}");
        case.was_asked(["AssumeRole"]);
        end_process(left);
        wait_until("the end of the helper", || !runs(helper));
    }
}

fn renewal(env: &super::super::harness::Env) -> String {
    let (host, token) = (host_of(env), &env["AWS_CONTAINER_AUTHORIZATION_TOKEN"]);
    format!("POST /renew HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nContent-Length: 0\r\n\r\n")
}

#[test]
fn the_port_is_kept_after_the_last_keys_expire() {
    let case = Case::new();
    case.sts.world(|world| world.shorten_roles(3));
    let script = "env -0 > env; exec > /dev/null 2>&1; sleep 60 & echo $! > left";
    case.run(["--refresh", "-q", "s3", "--", "sh", "-c", script]).succeeded();
    let (env, left) = (env_in(&case.path("env")), pid_in(&case, "left"));
    wait_until("the end of the keys", || get(&env, "/credentials").status == 400);
    let answer = get(&env, "/credentials");
    assert!(
        answer.body.contains("CommandEnded") && answer.body.contains("the command has ended"),
        "{answer:?}"
    );
    assert!(!answer.body.contains("ASIA"), "{answer:?}");
    let helper = helper_of(&host_of(&env)).expect("the port is kept");
    end_process(left);
    wait_until("the end of the helper", || !runs(helper));
}

#[test]
fn a_process_without_the_token_does_not_keep_the_helper() {
    let case = Case::new();
    let script = "env -0 > env; exec > /dev/null 2>&1; env -i /bin/sleep 60 & echo $! > left";
    case.run(["--refresh", "-q", "s3", "--", "sh", "-c", script]).succeeded();
    let (env, left) = (env_in(&case.path("env")), pid_in(&case, "left"));
    // Between fork and exec, the child has the environment of the shell.
    wait_until("the end of the helper", || helper_of(&host_of(&env)).is_none());
    assert!(runs(left));
    end_process(left);
}

#[test]
fn a_stopped_helper_and_a_stopped_command_go_on() {
    let case = Case::new();
    case.sts.world(|world| world.shorten_roles(4));
    let command = case.refreshed(&["-q", "s3"]);
    assert_eq!(command.key_id(), FIRST);
    // As in sleep: the keys expire meanwhile, and the first request after that gets new ones.
    let helper = command.helper();
    kill(helper, Signal::SIGSTOP).expect("it runs");
    std::thread::sleep(Duration::from_secs(5));
    kill(helper, Signal::SIGCONT).expect("it is stopped");
    let begin = Instant::now();
    assert_eq!(command.key_id(), SECOND);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    command.signal(Signal::SIGSTOP);
    let before = command.key_id();
    command.wait_for_other_keys(&before);
    command.signal(Signal::SIGCONT);
    assert_eq!(command.end().status.code(), Some(0));
}

#[test]
fn signals_of_a_terminal_do_not_end_the_helper() {
    let case = Case::new();
    let command = case.refreshed(&["s3"]);
    let helper = command.helper();
    for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGHUP, Signal::SIGTSTP, Signal::SIGPIPE] {
        kill(helper, signal).expect("it runs");
    }
    assert_eq!(command.key_id(), FIRST);
}

#[test]
fn a_helper_that_was_killed_is_said_and_the_command_goes_on() {
    let case = Case::new();
    let command = case.refreshed(&["s3"]);
    kill(command.helper(), Signal::SIGKILL).expect("it runs");
    wait_until("its end", || helper_of(&command.host()).is_none());
    let out = command.inside(&["--status"]);
    assert_eq!(out.status.code(), Some(1), "{}", out.stderr);
    out.said(&[
        "the helper that renews the keys does not answer at http://127.0.0.1:",
        "assume-env --refresh",
    ]);
    assert!(out.out().contains("the helper that renews the keys has ended"), "{}", out.out());
    assert_eq!(command.inside(&["--renew"]).status.code(), Some(1));
    assert_eq!(command.end().status.code(), Some(0));
}

/// A library that moves the clock of a program.
fn faketime() -> Option<String> {
    let places = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ];
    places.into_iter().find(|place| fs::metadata(place).is_ok()).map(str::to_owned)
}

#[test]
fn a_clock_that_is_set_ahead_renews_at_once_and_one_that_is_set_back_does_not_prolong() {
    let library = faketime().expect("libfaketime is missing: install the Debian package faketime");
    for (offset, life) in [("+1h", 900), ("-1h", 6)] {
        let case = Case::new();
        case.sts.world(|world| world.shorten_roles(life));
        let clock = case.file("clock", "+0");
        let case = case
            .var("LD_PRELOAD", &library)
            .var("FAKETIME_TIMESTAMP_FILE", &clock)
            .var("FAKETIME_NO_CACHE", "1")
            .var("DONT_FAKE_MONOTONIC", "1");
        let command = case
            .refreshing(&["-q", "s3"], "unset LD_PRELOAD; env -0 > env.new; mv env.new env; cat > /dev/null");
        assert_eq!(command.key_id(), FIRST);
        let begin = Instant::now();
        fs::write(&clock, offset).expect("the folder can be written");
        command.wait_for_other_keys(FIRST);
        // With the clock an hour ahead, the keys count as expired: within the five seconds between two looks. With the clock an
        // hour back, the keys still end when they end.
        assert!(begin.elapsed() < Duration::from_secs(8), "{offset}: {:?}", begin.elapsed());
    }
}

#[test]
fn a_clock_that_is_wrong_from_the_start_does_not_matter() {
    let case = Case::new();
    case.sts.world(|world| {
        world.shift_clock(3600);
        world.shorten_roles(900);
    });
    let command = case.refreshed(&["-q", "s3"]);
    let keys = command.get("/credentials").json();
    let expiration = time_of(keys["Expiration"].as_str().expect("a text"));
    let left = expiration - super::super::harness::now();
    assert!((890..=905).contains(&left), "by the clock of this machine: {left}");
}

/// The epoch seconds of a time.
fn time_of(text: &str) -> i64 {
    let mut date = std::process::Command::new("date");
    let out = date.args(["-u", "+%s", "-d", text]).output().expect("date is there");
    String::from_utf8_lossy(&out.stdout).trim().parse().expect("a number")
}

#[test]
fn the_helper_ends_when_its_caller_is_killed_at_the_prompt() {
    let case = Case::new();
    case.sts.fault(crate::support::Fault::hang());
    let mut command = case.assume_env(["--refresh", "-q", "s3", "--", "true"]);
    command.env("MARK", "waiting");
    let running = start(command);
    case.wait_for_requests(1);
    let folder = case.path("");
    let helpers = || {
        fs::read_dir("/proc")
            .expect("processes")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
            .filter(|pid| {
                fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|at| at == folder.components().as_path())
                    && runs(Pid::from_raw(*pid))
            })
            .count()
    };
    assert_eq!(helpers(), 2, "the caller and its helper");
    running.signal(Signal::SIGKILL);
    running.end();
    wait_until("the end of the helper", || helpers() == 0);
}
