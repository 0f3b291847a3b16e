//! Keys are printed to no disk, and completely or with a failure.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};

use super::super::harness::{Case, finish, start};
use crate::support::Fault;

/// A folder that is not in memory.
#[track_caller]
fn on_disk() -> PathBuf {
    let folders = [env!("CARGO_TARGET_TMPDIR"), env!("CARGO_MANIFEST_DIR"), "/var/tmp"].map(Path::new);
    let is_disk = |folder: &&Path| statfs(*folder).is_ok_and(|fs| fs.filesystem_type() != TMPFS_MAGIC);
    folders.into_iter().find(is_disk).expect("one of these folders is on a disk").to_owned()
}

/// The bytes stay on the disk, whether or not the file has a name.
#[test]
fn keys_are_not_written_into_an_unnamed_file_on_a_disk() {
    let case = Case::new();
    let path = on_disk().join(format!("assume-env-test-unnamed-{}", std::process::id()));
    let unnamed = File::options().read(true).write(true).create_new(true).open(&path).expect("a file");
    std::fs::remove_file(&path).expect("it was there");
    let mut command = case.assume_env(["s3"]);
    command.stdout(unnamed.try_clone().expect("a handle"));
    let outcome = finish(command);
    assert_eq!(outcome.status.code(), Some(1), "{}", outcome.stderr);
    assert!(unnamed.metadata().expect("it is open").len() < 100, "something longer than a failing text");
    case.nothing_was_asked();
    let mut command = case.assume_env(["--show", "s3"]);
    command.stdout(unnamed.try_clone().expect("a handle"));
    assert_eq!(finish(command).status.code(), Some(0));
}

/// A case whose session token is longer than a small pipe holds.
fn long() -> Case {
    let case = Case::new();
    case.sts.always(Fault::rewrite(|body| {
        body.replace("TEST//token+", &format!("TEST//{}", "t".repeat(12_000)))
    }));
    case
}

/// One write takes only as many bytes as the pipe has room for.
#[test]
fn a_text_that_is_longer_than_a_pipe_is_written_completely() {
    for args in [&["s3"][..], &["-f", "fish", "s3"], &["-f", "json", "s3"], &["-f", "dotenv", "s3"]] {
        let case = long();
        let (reader, writer) = nix::unistd::pipe().expect("a pipe");
        fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096)).expect("a small pipe");
        fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("one that does not wait");
        let mut command = case.assume_env(args);
        command.stdout(writer);
        let running = start(command);
        let mut reader = File::from(reader);
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("it is text");
        let outcome = running.end();
        assert_eq!(outcome.status.code(), Some(0), "{}", outcome.stderr);
        assert!(text.ends_with('\n') && text.contains(&"t".repeat(12_000)), "{args:?}: {} bytes", text.len());
    }
}

/// The disk is full after the first bytes.
#[test]
fn a_text_that_cannot_be_written_completely_is_a_failure() {
    let case = long();
    let outcome = case.shell("bash", "trap '' XFSZ; ulimit -f 4; assume-env --show s3 >out; echo $?");
    assert_eq!(outcome.succeeded(), "1\n", "{}", outcome.stderr);
}
