//! How the AWS CLI's token file is written anew: beside the old one, made by this process and for its owner alone; and by one
//! process of several.

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

/// The program under strace, which writes down these calls as they are made.
fn traced(case: &Case, calls: &[&str]) -> Command {
    let mut command = case.command(installed("strace"));
    command.args(["-f", "-o"]).arg(case.path("trace"));
    for call in calls {
        command.args(["-e", call]);
    }
    command.args([BINARY, "dev"]);
    command
}

/// The lines so far of what strace wrote.
fn lines(case: &Case) -> Vec<String> {
    let text = fs::read_to_string(case.path("trace")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// A file that was there could be another one's: a link, one that others read, or one with more bytes in it.
#[test]
fn every_file_beside_the_token_is_made_anew_and_for_its_owner_alone() {
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

/// Links and files that others could have put where the new token is written first.
#[test]
fn a_token_is_written_into_no_file_that_was_planted() {
    for plant in ["ln -s victim", "cp victim", "ln victim"] {
        let (case, _sso, path) = refreshable();
        let folder = path.parent().expect("a folder").display().to_string();
        let hash = path.file_stem().expect("a name").to_str().expect("hex digits");
        let planted = "v".repeat(10_000);
        fs::write(format!("{folder}/victim"), &planted).expect("the folder can be written");
        let script = format!(
            "cd {folder}; chmod 666 victim; for name in {hash}.$$.new {hash}.json.$$ {hash}.new {hash}.tmp; do {plant} $name; done
            exec assume-env dev"
        );
        let outcome = case.shell("dash", &script);
        assert!(outcome.succeeded().contains(FIRST), "{plant}");
        assert_eq!(fs::read_to_string(format!("{folder}/victim")).expect("it is there"), planted, "{plant}");
        // Whole, the old one or the new one, and nobody else's to read.
        let kept = document(&path)["accessToken"].as_str().expect("a text").to_owned();
        assert!(kept == oidc::access_token(1) || kept.ends_with("token+bearer=="), "{plant}: {kept}");
        let mode = fs::symlink_metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode, 0o100_600, "{plant}: a file, readable by its owner alone");
    }
}

/// Puts a token file in the place of the one that is there, in one step.
fn put(path: &Path, text: &str) -> File {
    let beside = path.with_extension("theirs");
    fs::write(&beside, text).expect("the folder can be written");
    let file = File::open(&beside).expect("it is there");
    file.lock().expect("nobody has it");
    fs::rename(&beside, path).expect("the folder can be written");
    file
}

/// A refresh token works once, and the process before has spent it.
#[test]
fn a_token_is_looked_at_again_when_another_process_had_the_lock() {
    for in_place in [false, true] {
        let (case, sso, path) = refreshable();
        sso.access_token(THEIRS, 3600);
        let lock = File::open(&path).expect("it is there");
        lock.lock().expect("nobody has it");
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

/// The lock on a file that has lost its name keeps nobody else waiting: it counts for nothing.
#[test]
fn a_lock_on_a_file_that_was_replaced_meanwhile_is_no_turn() {
    let (case, sso, path) = refreshable();
    sso.refresh_token("client-1", "TEST//token+second");
    let running = start(traced(&case, &["trace=openat,flock", "inject=flock:delay_enter=3000000:when=1"]));
    let opened = || lines(&case).iter().filter(|line| line.contains("/sso/cache/")).count();
    wait_until("the file is opened", || opened() > 0);
    // The last time, it is opened for the lock, which takes its time.
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
    assert_eq!(sso.actions(), [""; 0], "it has no turn yet");
    drop(lock);
    running.end().succeeded();
    assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials"]);
    assert_eq!(sso.requests()[0].member("refreshToken"), "TEST//token+second");
}

/// An end that is far off would make a token last for ever, and no number may make a time that cannot be written.
#[test]
fn how_long_a_refreshed_token_lasts_has_bounds() {
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

/// The others wait until the new token is written, and not only until it is asked for.
#[test]
fn the_lock_is_held_while_the_token_is_renewed() {
    let (case, sso, path) = refreshable();
    let lock = File::open(&path).expect("it is there");
    sso.fault(Fault::Delay(Duration::from_millis(500)));
    let running = start(case.assume_env(["dev"]));
    wait_until("the request for a new token", || !sso.requests().is_empty());
    assert!(matches!(lock.try_lock(), Err(TryLockError::WouldBlock)), "nobody holds it");
    running.end().succeeded();
    lock.try_lock().expect("it is given back");
}

/// What is no token is not kept: the next refresh would send it.
#[test]
fn a_refresh_token_that_is_none_does_not_take_the_place_of_the_one_that_is_there() {
    for none in ["", "a b", "a\r\nX-Evil: 1"] {
        let (case, sso, path) = refreshable();
        sso.fault(Fault::replace_member("refreshToken", none));
        case.run(["dev"]).succeeded();
        assert_eq!(document(&path)["refreshToken"], "TEST//token+first", "{none:?}");
        assert_eq!(document(&path)["accessToken"], oidc::access_token(1));
    }
}
