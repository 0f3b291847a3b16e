//! What is left of secrets in the memory of a process that is about to end: nothing. What this program holds itself wipes itself;
//! what the SDK, hyper, rustls and std copy on their way is wiped by the allocator when they give it back.
//!
//! strace holds the process at its last call; its memory is read through /proc/PID/mem, without the pages in which the kernel put
//! the arguments and the environment, which nobody can wipe before they are read. Only root may do that.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::thread;
use std::time::{Duration, Instant};

use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::leaks::contains;
use crate::blackbox::harness::{BINARY, Case, KEY_ID, SECRET, installed, start};
use crate::blackbox::mfa::{DEVICE, protected, world_with};
use crate::blackbox::sso::{BEARER, corp};
use crate::support::{Ca, Sts, proof};

/// The two ends of each secret: memory that was given back loses its beginning to the next owner's book-keeping.
pub const SOURCE: &str = "base/secret+|secret+EXAMPLE";
pub const SESSION: &str = "TEST/secret+0000|0000000000001/KEY+ab=";
const TOKEN: &str = "TEST//token+0000|Session+Token===";
/// The middle of a token, of which there are more pieces.
pub const PIECE: &str = "EXAMPLE/Session+Token=EXAMPLE/Session+";
const CODE: &str = "407315";

pub fn is_root() -> bool {
    let is = nix::unistd::geteuid().is_root();
    if !is {
        proof("memory was not looked into: only root may");
    }
    is
}

/// How often each text stands in memory that is the program's own.
fn left(case: &Case, args: &[&str], texts: &[&str]) -> Vec<usize> {
    held_at(case, ("exit_group", libc::SYS_exit_group), args, texts)
}

/// The same at another call.
fn held_at(case: &Case, (call, number): (&str, i64), args: &[&str], texts: &[&str]) -> Vec<usize> {
    let mut command = case.command(installed("strace"));
    let file = case.path("last");
    let inject = format!("inject={call}:delay_enter=60000000");
    if call == "connect" {
        // The connection has a thread of its own.
        command.arg("-f");
    }
    command.args(["-qq", "-e", &format!("trace={call}"), "-e", &inject, "-o"]);
    command.arg(&file).arg(BINARY).args(args);
    let running = start(command);
    let pid = call_of_child(running.id(), number);
    let memory = own_memory(pid);
    let found = texts.iter().map(|text| memory.iter().map(|part| count_of(part, text)).sum()).collect();
    for id in [pid, running.id()] {
        let _ = kill(Pid::from_raw(id.try_into().expect("process ids are small")), Signal::SIGKILL);
    }
    running.end();
    found
}

/// Waits until the child of a process is in a call; gives its id.
fn call_of_child(parent: u32, number: i64) -> u32 {
    let begin = Instant::now();
    let wanted = number.to_string();
    loop {
        let children =
            fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        // strace has short children of its own when it starts.
        let is_ours = |child: &&str| {
            fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name == "assume-env\n")
        };
        for child in children.split_whitespace().filter(is_ours) {
            let threads = fs::read_dir(format!("/proc/{child}/task")).into_iter().flatten().flatten();
            let mut calls = threads.map(|t| fs::read_to_string(t.path().join("syscall")).unwrap_or_default());
            if calls.any(|call| call.split_whitespace().next() == Some(&*wanted)) {
                return child.parse().expect("a number");
            }
        }
        assert!(begin.elapsed() < Duration::from_secs(50), "it does not come to that call");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Every page that can be written, without the kernel's image of the arguments and the environment.
pub fn own_memory(pid: u32) -> Vec<Vec<u8>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it is there");
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name in brackets").1.split_whitespace().collect();
    // arg_start and env_end, fields 48 and 51 of proc(5), of which the first two are cut off here.
    let image = [48, 51].map(|field: usize| fields[field - 3].parse::<u64>().expect("an address"));
    let memory = File::open(format!("/proc/{pid}/mem")).expect("root may read it");
    let mut parts = Vec::new();
    for line in fs::read_to_string(format!("/proc/{pid}/maps")).expect("root may read it").lines() {
        let (range, rest) = line.split_once(' ').expect("a range");
        if !rest.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').expect("two addresses");
        let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).expect("an address"));
        let whole = [(from, to.min(image[0].max(from))), (from.max(image[1].min(to)), to)];
        let pieces = if image[0] >= to || image[1] <= from { vec![(from, to)] } else { whole.to_vec() };
        for (from, to) in pieces {
            let mut bytes = vec![0; usize::try_from(to - from).expect("it fits")];
            if memory.read_exact_at(&mut bytes, from).is_ok() {
                parts.push(bytes);
            }
        }
    }
    assert!(parts.iter().map(Vec::len).sum::<usize>() > 100_000, "nothing could be read");
    parts
}

/// A secret's parts stand in `|`: the one that is there most often counts.
pub fn count_of(bytes: &[u8], text: &str) -> usize {
    text.split('|').map(|part| count(bytes, part.as_bytes())).max().unwrap_or(0)
}

fn count(bytes: &[u8], text: &[u8]) -> usize {
    if !contains(bytes, text) {
        return 0;
    }
    bytes.windows(text.len()).filter(|window| *window == text).count()
}

/// The search sees what is there: the keys while they are in use, and what only the kernel's image holds is left out.
#[test]
fn what_is_in_memory_is_found() {
    if !is_root() {
        return;
    }
    let connecting = ("connect", libc::SYS_connect);
    assert!(held_at(&Case::new(), connecting, &["s3"], &[SOURCE])[0] > 0);
    let case = Case::new().with_keys_in_environment();
    assert!(held_at(&case, connecting, &["arn:aws:iam::123456789012:role/r"], &[SOURCE])[0] > 0);
    let case = case.var("OTHER", "only-in-the-kernel");
    assert_eq!(left(&case, &["--version"], &["only-in-the-kernel", SOURCE]), [0; 2]);
}

/// How many copies of a code or a part of a source key an unoptimised build leaves on the stack: memchr spills the vector register that
/// had a line of a file, and the gate of messages the words of eight bytes that it makes numbers of.
pub const SPILLED: usize = if cfg!(debug_assertions) { 4 } else { 0 };

/// Where no library has them in its hands, none of our own copies is left: not of the keys in a file or in the environment, not of
/// a session, a base session, a token or a code.
#[test]
fn nothing_is_left_of_what_is_ours() {
    if !is_root() {
        return;
    }
    let case = Case::new().holding(["s3"]);
    for args in [
        &["s3"][..],
        &["-f", "json", "s3"],
        &["-f", "fish", "s3"],
        &["--status"],
        &["--clear"],
        &["--explain", "s3"],
    ] {
        let [source, session, token] = left(&case, args, &[SOURCE, SESSION, TOKEN])[..] else {
            panic!("three")
        };
        assert!(source <= SPILLED && session == 0 && token == 0, "{args:?}: {source} {session} {token}");
    }
    let case = Case::new().with_keys_in_environment().var("AWS_SECURITY_TOKEN", "old-Session+Token===");
    for args in
        [&["--explain", "arn:aws:iam::123456789012:role/r"][..], &["--list"], &["--status"], &["nosuch"]]
    {
        assert_eq!(left(&case, args, &[SOURCE, TOKEN]), [0; 2], "{args:?}");
    }
    let base = format!(
        "1 {KEY_ID} {DEVICE} 4039372800 ASIATEST000000000001 TEST/secret+00000000000000000001/KEY+ab= TEST//token+0000Session+Token==="
    );
    let case = protected().var("ASSUME_ENV_BASE", base);
    assert_eq!(left(&case, &["--explain", "s3"], &[SESSION, TOKEN]), [0; 2]);
    let (case, _sso) = corp();
    assert_eq!(left(&case, &["--explain", "dev"], &[BEARER]), [0]);
    let case = Case::new().config(format!("[profile p]\ncredential_process = echo {{\"Version\":1}}\n[profile k]\naws_access_key_id = {KEY_ID}\naws_secret_access_key =\n {SECRET}\n"));
    assert!(left(&case, &["--explain", "k"], &[SOURCE])[0] <= SPILLED);
    let case = protected();
    assert_eq!(left(&case, &["--mfa-token", "407315", "--explain", "s3"], &["407315"]), [0]);
}

/// What a program printed for us.
#[test]
fn nothing_is_left_of_what_a_program_printed() {
    if !is_root() {
        return;
    }
    let case = Case::new().config("[profile p]\ncredential_process = ./printer\n");
    case.program("printer", "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"ASIATEST000000000001\",\"SecretAccessKey\":\"TEST/secret+00000000000000000001/KEY+ab=\",\"SessionToken\":\"TEST//token+0000Session+Token===\"}'\n");
    assert_eq!(left(&case, &["p"], &[SESSION, TOKEN]), [0; 2]);
}

/// Secrets that went through the SDK: the source's, the code, the portal's token, those of the session. Before the allocator wiped,
/// up to 7 copies of a session token and 3 of a secret were left.
#[test]
fn nothing_is_left_of_what_the_libraries_held() {
    if !is_root() {
        return;
    }
    let coded = |case: Case| case.more_config(&format!("mfa_serial = {DEVICE}\n"));
    let ca = Ca::new("memory");
    let plain = coded(Case::in_world(world_with(&[CODE; 9])));
    let secure = coded(Case::with(Sts::https(world_with(&[CODE; 9]), &ca)));
    let bundle = secure.file("ca.pem", ca.pem());
    let secure = secure.var("AWS_CA_BUNDLE", bundle);
    let (portal, _sso) = corp();
    let texts = [SOURCE, CODE, BEARER, SESSION, TOKEN, PIECE];
    let code = format!("echo {CODE}");
    let mut runs = 0;
    for (case, args) in [
        (&plain, &["--mfa-process", &code, "s3"][..]),
        (&plain, &["--mfa-process", &code, "--whoami", "s3"]),
        (&secure, &["--mfa-process", &code, "s3"]),
        (&secure, &["--mfa-process", &code, "--whoami", "s3"]),
        (&secure, &["--mfa-process", &code, "--buckets", "s3"]),
        (&secure, &["--mfa-process", "echo 000000", "s3"]),
        (&secure, &["--mfa-process", "exit 1", "s3"]),
        (&portal, &["dev"]),
    ] {
        let found = left(case, args, &texts);
        assert!(found[..2].iter().all(|copies| *copies <= SPILLED), "{args:?}: {found:?}");
        assert_eq!(found[2..], [0; 4], "{args:?}");
        runs += 1;
    }
    proof(format_args!("memory at the end of {runs} runs: 0 secrets left"));
}
