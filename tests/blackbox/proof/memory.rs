//! What is left of secrets in the memory of a process that is about to end: of what this program holds itself, nothing. What the SDK,
//! hyper and rustls hold they give back unwiped; how much that is stands in the README, and must not grow.
//!
//! strace holds the process at its last call; its memory is read through /proc/PID/mem, without the pages in which the kernel put
//! the arguments and the environment, which nobody can wipe before they are read.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::thread;
use std::time::{Duration, Instant};

use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::leaks::contains;
use crate::blackbox::harness::{BINARY, Case, KEY_ID, SECRET, installed, start};
use crate::blackbox::mfa::{DEVICE, protected};
use crate::blackbox::sso::{BEARER, corp};
use crate::support::{Ca, Sts};

/// The ends of secrets: memory that was given back loses its beginning to the next owner's book-keeping.
const SOURCE: &str = "secret+EXAMPLE";
const SESSION: &str = "0000000000001/KEY+ab=";
const TOKEN: &str = "Session+Token===";
const CODE: &str = "111111";

/// How often each text stands in memory that is the program's own.
fn left(case: &Case, args: &[&str], texts: &[&str]) -> Vec<usize> {
    let mut command = case.command(installed("strace"));
    let file = case.path("last");
    command.args(["-qq", "-e", "trace=exit_group", "-e", "inject=exit_group:delay_enter=60000000", "-o"]);
    command.arg(&file).arg(BINARY).args(args);
    let running = start(command);
    let pid = last_call_of_child(running.id());
    let memory = own_memory(pid);
    let found = texts.iter().map(|text| memory.iter().map(|part| count_of(part, text)).sum()).collect();
    for id in [pid, running.id()] {
        let _ = kill(Pid::from_raw(id.try_into().expect("process ids are small")), Signal::SIGKILL);
    }
    running.end();
    found
}

/// Waits until the child of a process is in its last call; gives its id.
fn last_call_of_child(parent: u32) -> u32 {
    let begin = Instant::now();
    let wanted = libc::SYS_exit_group.to_string();
    loop {
        let children =
            fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        for child in children.split_whitespace() {
            let call = fs::read_to_string(format!("/proc/{child}/syscall")).unwrap_or_default();
            if call.split_whitespace().next() == Some(&*wanted) {
                return child.parse().expect("a number");
            }
        }
        assert!(begin.elapsed() < Duration::from_secs(50), "it does not end");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Every page that can be written, without the kernel's image of the arguments and the environment.
fn own_memory(pid: u32) -> Vec<Vec<u8>> {
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
fn count_of(bytes: &[u8], text: &str) -> usize {
    text.split('|').map(|part| count(bytes, part.as_bytes())).max().unwrap_or(0)
}

fn count(bytes: &[u8], text: &[u8]) -> usize {
    if !contains(bytes, text) {
        return 0;
    }
    bytes.windows(text.len()).filter(|window| *window == text).count()
}

/// The search sees what is there: a value that stays in use to the end, and the keys while they are in use.
#[test]
fn what_is_in_memory_is_found() {
    let case = Case::new();
    let args = ["-n", "a-session-name-to-find", "--nosuch"];
    assert!(left(&case, &args, &["a-session-name-to-find"])[0] > 0);
}

/// Where no library has them in its hands, none of our own copies is left: not of the keys in a file or in the environment, not of
/// a session, a base session, a token or a code.
#[test]
fn nothing_is_left_of_what_is_ours() {
    let case = Case::new().holding(["s3"]);
    for args in [
        &["s3"][..],
        &["-f", "json", "s3"],
        &["-f", "fish", "s3"],
        &["--status"],
        &["--clear"],
        &["--explain", "s3"],
    ] {
        assert_eq!(left(&case, args, &[SOURCE, SESSION, TOKEN]), [0; 3], "{args:?}");
    }
    let case = Case::new().with_keys_in_environment().var("AWS_SECURITY_TOKEN", "old-Session+Token===");
    for args in
        [&["--explain", "arn:aws:iam::123456789012:role/r"][..], &["--list"], &["--status"], &["nosuch"]]
    {
        assert_eq!(left(&case, args, &[SOURCE, TOKEN]), [0; 2], "{args:?}");
    }
    let base = format!("1 {KEY_ID} {DEVICE} 4039372800 ASIATEST000000000001 TEST/{SESSION} TEST{TOKEN}");
    let case = protected().var("ASSUME_ENV_BASE", base);
    assert_eq!(left(&case, &["--base-session", "--explain", "s3"], &[SESSION, TOKEN]), [0; 2]);
    let (case, _sso) = corp();
    assert_eq!(left(&case, &["--explain", "dev"], &[BEARER]), [0]);
    let case = Case::new().config(format!("[profile p]\ncredential_process = echo {{\"Version\":1}}\n[profile k]\naws_access_key_id = {KEY_ID}\naws_secret_access_key =\n {SECRET}\n"));
    assert_eq!(left(&case, &["--explain", "k"], &[SOURCE]), [0]);
    let case = protected();
    assert_eq!(left(&case, &["--mfa-token", "407315", "--explain", "s3"], &["407315"]), [0]);
}

/// What a program printed for us.
#[test]
fn nothing_is_left_of_what_a_program_printed() {
    let case = Case::new().config("[profile p]\ncredential_process = ./printer\n");
    case.program("printer", &format!(
        "#!/bin/sh\necho '{{\"Version\":1,\"AccessKeyId\":\"ASIATEST000000000001\",\"SecretAccessKey\":\"TEST/{SESSION}\",\"SessionToken\":\"TEST{TOKEN}\"}}'\n"
    ));
    assert_eq!(left(&case, &["p"], &[SESSION, TOKEN]), [0; 2]);
}

/// Secrets that went through the SDK: source secret, session secret, session token, code.
#[test]
fn what_the_libraries_keep_does_not_grow() {
    let plain = protected();
    let ca = Ca::new("memory");
    let world = crate::blackbox::mfa::world_with(&[CODE]);
    let secure = Case::with(Sts::https(world, &ca)).more_config(&format!("mfa_serial = {DEVICE}\n"));
    let bundle = secure.file("ca.pem", ca.pem());
    let secure = secure.var("AWS_CA_BUNDLE", bundle);
    let mut lines = Vec::new();
    for (how, case) in [("http", plain), ("https", secure)] {
        let args = ["--mfa-process", "printf 11111; echo 1", "s3"];
        let found = left(&case, &args, &[SOURCE, SESSION, TOKEN, &format!("TokenCode={CODE}")]);
        lines.push((how, found));
    }
    let (case, _sso) = corp();
    let found = left(&case, &["dev"], &[BEARER, SESSION, TOKEN]);
    let _ = writeln!(
        std::io::stderr(),
        "proof: left in memory at the end (source secret, secret, token, code): {lines:?}; at the portal (bearer, secret, token): {found:?}"
    );
}
