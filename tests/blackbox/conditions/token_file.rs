//! How the AWS CLI's token file is replaced: by a new file in the same folder, made by this process and
//! readable only for its owner; and by one process of several.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::harness::{BINARY, Case, FIRST, finish, installed, start, wait_until};
use super::super::sso::token;
use super::super::sso_token::{document, refreshable, stale};
use crate::support::{Fault, oidc};

const THEIRS: &str = "TEST//token+theirs";
const BEARER: &str = "x-amz-sso_bearer_token";

/// The program under strace, which logs these system calls.
fn traced(case: &Case, calls: &[&str]) -> Command {
    let mut command = case.command(installed("strace"));
    command.args(["-f", "-o"]).arg(case.path("trace"));
    for call in calls {
        command.args(["-e", call]);
    }
    command.args([BINARY, "dev"]);
    command
}

/// The lines that strace has written so far.
fn lines(case: &Case) -> Vec<String> {
    let text = fs::read_to_string(case.path("trace")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// An existing file could be a link, a file that other users can read, or a file with more bytes.
#[test]
fn every_file_next_to_the_token_is_new_and_readable_only_for_its_owner() {
    let (case, _sso, path) = refreshable();
    finish(traced(&case, &["trace=?open,openat,?openat2,?creat"])).succeeded();
    assert_eq!(document(&path)["accessToken"], oidc::access_token(1));
    let lines = lines(&case);
    let written = |line: &&String| {
        line.contains("/.aws/")
            && ["O_CREAT", "O_WRONLY", "O_RDWR", "creat("].iter().any(|m| line.contains(m))
    };
    let written: Vec<&String> = lines.iter().filter(written).collect();
    assert!(!written.is_empty(), "{lines:#?}");
    for line in written {
        assert!(line.contains("O_EXCL") && line.contains(", 0600)"), "{line}");
    }
}

/// Links and files that another user could have made with the name of the new file.
#[test]
fn a_token_is_not_written_into_an_existing_file() {
    for plant in ["ln -s victim", "cp victim", "ln victim"] {
        let (case, _sso, path) = refreshable();
        let folder = path.parent().expect("a folder").display().to_string();
        let hash = path.file_stem().expect("a name").to_str().expect("hex digits");
        let planted = "v".repeat(10_000);
        fs::write(format!("{folder}/victim"), &planted).expect("the folder can be written");
        let script = format!(
            "cd {folder}; chmod 666 victim; for name in {hash}.$$.0.tmp {hash}.$$.new {hash}.json.$$ {hash}.new {hash}.tmp; do {plant} $name; done
            exec assume-env dev"
        );
        let outcome = case.shell("dash", &script);
        assert!(outcome.succeeded().contains(FIRST), "{plant}");
        assert_eq!(fs::read_to_string(format!("{folder}/victim")).expect("it is there"), planted, "{plant}");
        // A file that a process left with the name of the new one lost the token, which works once.
        assert_eq!(document(&path)["accessToken"], oidc::access_token(1), "{plant}");
        assert_eq!(outcome.stderr, "", "{plant}");
        let mode = fs::symlink_metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode, 0o100_600, "{plant}: a file, readable only for its owner");
    }
}

/// The old refresh token works no more, so the new one must survive a loss of power.
#[test]
fn the_token_and_its_name_are_on_the_disk_before_it_is_used() {
    let (case, _sso, path) = refreshable();
    finish(traced(&case, &["trace=fsync,rename,renameat,renameat2,?openat", "decode-fds=path"])).succeeded();
    let folder = path.parent().expect("a folder").display().to_string();
    let order: Vec<&str> = lines(&case)
        .iter()
        .filter_map(|line| {
            let is = |call: &str, of: &str| line.contains(call) && line.contains(of);
            match () {
                () if is("fsync(", ".tmp>") => Some("the file"),
                () if is("rename", ".tmp\"") => Some("the name"),
                () if is("fsync(", &format!("{folder}>")) => Some("the folder"),
                () => None,
            }
        })
        .collect();
    assert_eq!(order, ["the file", "the name", "the folder"], "{:#?}", lines(&case));
}

/// With sudo, the file belonged to root, and the AWS CLI of the user could not read it.
#[test]
fn the_token_file_keeps_its_owner() {
    use std::os::unix::fs::MetadataExt as _;
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let (case, _sso, path) = refreshable();
    std::os::unix::fs::chown(&path, Some(12_345), Some(12_346)).expect("this is root");
    case.run(["dev"]).succeeded();
    assert_eq!(document(&path)["accessToken"], oidc::access_token(1));
    let meta = fs::metadata(&path).expect("it is there");
    assert_eq!((meta.uid(), meta.gid(), meta.mode()), (12_345, 12_346, 0o100_600));
}

/// All of them get keys, one of them refreshes, and the file is whole.
#[test]
fn processes_that_refresh_at_once_leave_one_good_file() {
    let (case, sso, path) = refreshable();
    let running: Vec<_> = (0..8).map(|_| start(case.assume_env(["dev"]))).collect();
    for one in running {
        one.end().succeeded();
    }
    assert_eq!(sso.actions().iter().filter(|action| *action == "CreateToken").count(), 1);
    assert_eq!(document(&path)["accessToken"], oidc::access_token(1));
    let left = fs::read_dir(path.parent().expect("a folder")).expect("it is there").count();
    assert_eq!(left, 1, "no temporary file is left");
}

/// Replaces the token file in one step.
fn put(path: &Path, text: &str) -> File {
    let new = path.with_extension("theirs");
    fs::write(&new, text).expect("the folder can be written");
    let file = File::open(&new).expect("it is there");
    file.lock().expect("no process has the lock");
    fs::rename(&new, path).expect("the folder can be written");
    file
}

/// A refresh token works once, and the other process has used it.
#[test]
fn a_token_is_read_again_after_another_process_had_the_lock() {
    for in_place in [false, true] {
        let (case, sso, path) = refreshable();
        sso.access_token(THEIRS, 3600);
        let lock = File::open(&path).expect("it is there");
        lock.lock().expect("no process has the lock");
        let running = start(traced(&case, &["trace=flock"]));
        wait_until("a process that waits for its turn", || lines(&case).iter().any(|l| l.contains("EAGAIN")));
        let renewed = token().member("accessToken", THEIRS);
        match in_place {
            true => drop(renewed.write(case.path(""), "corp")),
            false => drop(put(&path, &renewed.text())),
        }
        drop(lock);
        running.end().succeeded();
        assert_eq!(sso.actions(), ["GetRoleCredentials"], "in place: {in_place}");
        assert_eq!(sso.requests()[0].header(BEARER), Some(THEIRS));
        assert_eq!(document(&path)["accessToken"], THEIRS);
    }
}

/// No other process waits for the lock of a file without a name.
#[test]
fn a_lock_on_a_replaced_file_does_not_count() {
    let (case, sso, path) = refreshable();
    sso.refresh_token("client-1", "TEST//token+second");
    let running = start(traced(&case, &["trace=openat,flock", "inject=flock:delay_enter=3000000:when=1"]));
    let opened = || lines(&case).iter().filter(|line| line.contains("/sso/cache/")).count();
    wait_until("the file is opened", || opened() > 0);
    // The last time, the file is opened for the lock, which strace delays.
    loop {
        let before = opened();
        thread::sleep(Duration::from_millis(400));
        if opened() == before {
            break;
        }
    }
    let lock = put(&path, &stale().member("refreshToken", "TEST//token+second").text());
    let tried = |line: &String| line.contains("flock(") && (line.contains("= 0") || line.contains("EAGAIN"));
    wait_until("it has tried to get the lock", || lines(&case).iter().any(tried));
    thread::sleep(Duration::from_millis(300));
    assert_eq!(sso.actions(), [""; 0], "it must wait for the lock of the new file");
    drop(lock);
    running.end().succeeded();
    assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials"]);
    assert_eq!(sso.requests()[0].member("refreshToken"), "TEST//token+second");
}

/// A very late expiry would make a token valid for ever, and some numbers give a time that cannot be written.
#[test]
fn the_lifetime_of_a_refreshed_token_has_limits() {
    for (seconds, least, most) in [
        (i64::from(i32::MAX), 0, 367 * 86_400),
        (400 * 86_400, 0, 367 * 86_400),
        (3600, 3500, 3700),
        (-1_000_000, -60, 60),
        (i64::from(i32::MIN), -60, 60),
    ] {
        let (case, sso, path) = refreshable();
        sso.fault(Fault::replace_member("expiresIn", seconds));
        case.run(["dev"]).succeeded();
        let expires = document(&path)["expiresAt"].as_str().expect("a text").to_owned();
        let expires = OffsetDateTime::parse(&expires, &Rfc3339).expect("a time");
        let left = (expires - OffsetDateTime::now_utc()).whole_seconds();
        assert!((least..=most).contains(&left), "{seconds}: {left}");
    }
}

/// Other processes wait until the new token is written, not only until it is requested.
#[test]
fn the_lock_is_held_while_the_token_is_renewed() {
    let (case, sso, path) = refreshable();
    let lock = File::open(&path).expect("it is there");
    sso.fault(Fault::Delay(Duration::from_millis(500)));
    let running = start(case.assume_env(["dev"]));
    wait_until("the request for a new token", || !sso.requests().is_empty());
    assert!(matches!(lock.try_lock(), Err(TryLockError::WouldBlock)), "no process holds it");
    running.end().succeeded();
    lock.try_lock().expect("it is given back");
}

/// The next refresh would send the saved text.
#[test]
fn an_invalid_refresh_token_does_not_replace_the_old_one() {
    for invalid in ["", "a b", "a\r\nX-Evil: 1"] {
        let (case, sso, path) = refreshable();
        sso.fault(Fault::replace_member("refreshToken", invalid));
        case.run(["dev"]).succeeded();
        assert_eq!(document(&path)["refreshToken"], "TEST//token+first", "{invalid:?}");
        assert_eq!(document(&path)["accessToken"], oidc::access_token(1));
    }
}
