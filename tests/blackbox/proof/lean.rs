//! A machine on which nothing can be written, or much is missing: a read-only root, a full disk, no /tmp, no /dev, no HOME. All that
//! the program needs is to read its files and to ask. Each is a mount namespace of its own, gone with the process.

use std::fs;
use std::process::Command;

use crate::blackbox::harness::{
    BINARY, Case, FIRST, Outcome, env_of, finish, finish_reading, has_namespaces, installed, unshared,
};
use crate::blackbox::sso::{BEARER, PROFILES, START, corp};
use crate::support::{Sso, TokenFile};

/// Every mount read-only, for this namespace alone.
const READ_ONLY: &str = "awk '{print $2}' /proc/self/mounts | grep -v '^/proc$' | while read -r at; do \
    mount -o remount,bind,ro \"$at\" 2>/dev/null || :; done\n";

/// Nothing is there but what stands in two other folders: the home and the programs.
const NO_TMP: &str = "mount --bind \"$HOME\" /mnt; mount --bind \"$PROGRAMS\" /srv; mount -t tmpfs -o ro tmpfs /tmp\n\
    HOME=/mnt; PATH=/srv:/usr/bin:/bin; cd /; export TMPDIR=/tmp/nosuch\n";

/// A script of sh behind a preparation, in mounts of its own.
fn within(case: &Case, preparation: &str, script: &str) -> Command {
    let mut command = case.command(installed("unshare"));
    command.arg(unshared("m"));
    let programs = std::path::Path::new(BINARY).parent().expect("the binary lies in a folder");
    command.env("PROGRAMS", programs);
    command.args(["sh", "-ec", &format!("{preparation}\nset +e\nunset PROGRAMS\n{script}")]);
    command
}

#[track_caller]
fn run(case: &Case, preparation: &str, script: &str) -> Outcome {
    finish(within(case, preparation, script))
}

/// Every mode once; the lines that it ends with say that nothing failed.
const MODES: &str = r#"
    eval "$(assume-env s3)" && test -n "$AWS_SESSION_TOKEN" && echo printed
    eval "$(assume-env --clear)" && test -z "$AWS_SESSION_TOKEN" && echo cleared
    assume-env s3 -- sh -c 'test -n "$AWS_SESSION_TOKEN"' && echo ran
    assume-env --whoami s3 >/dev/null && echo asked
    assume-env --buckets s3 >/dev/null && echo listed
    assume-env --explain s3 >/dev/null && echo explained
    assume-env --list >/dev/null && echo profiles
    assume-env --init bash >/dev/null && echo hook
    assume-env -h >/dev/null && echo help
    assume-env s3 -- assume-env --status >/dev/null && echo status
    eval "$(assume-env nosuch 2>/dev/null)" || echo failed"#;
const ALL: &str = "printed\ncleared\nran\nasked\nlisted\nexplained\nprofiles\nhook\nhelp\nstatus\nfailed\n";

#[test]
fn a_read_only_root_is_enough() {
    if !has_namespaces() {
        return;
    }
    let case = Case::new();
    let before = case.files();
    let script =
        format!("touch \"$HOME/x\" 2>/dev/null || touch /tmp/x 2>/dev/null || echo 'read-only'\n{MODES}");
    let outcome = run(&case, READ_ONLY, &script);
    assert_eq!(outcome.succeeded(), format!("read-only\n{ALL}"), "{}", outcome.stderr);
    for shell in ["bash", "zsh", "yash", "busybox sh"] {
        let line =
            format!("{shell} -c 'eval \"$(assume-env s3)\" && test -n \"$AWS_SESSION_TOKEN\" && echo held'");
        assert_eq!(run(&case, READ_ONLY, &line).succeeded(), "held\n", "{shell}");
    }
    let line = "fish --no-config -c 'assume-env -f fish s3 | source; and test -n \"$AWS_SESSION_TOKEN\"; and echo held'";
    assert_eq!(run(&case, READ_ONLY, line).out(), "held\n");
    assert_eq!(case.files(), before);
}

#[test]
fn a_code_and_programs_need_no_disk() {
    if !has_namespaces() {
        return;
    }
    let case = crate::blackbox::mfa::protected()
        .more_config("[profile made]\ncredential_process = cat /dev/null\n[profile coded]\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/base\nmfa_process = echo 222222\n");
    let outcome =
        finish_reading(within(&case, READ_ONLY, "assume-env --mfa-token - s3 -- env -0"), b"111111\n");
    assert_eq!(outcome.env()["AWS_ACCESS_KEY_ID"], FIRST);
    run(&case, READ_ONLY, "assume-env coded").succeeded();
    run(&case, READ_ONLY, "assume-env made").failed(1, &["printed nothing"]);
}

#[test]
fn a_home_without_a_place_to_write_and_no_tmp_are_enough() {
    if !has_namespaces() {
        return;
    }
    let case = Case::new();
    let script = format!("test -e /tmp/* || echo 'empty'\n{MODES}");
    let outcome = run(&case, NO_TMP, &script);
    assert_eq!(outcome.succeeded(), format!("empty\n{ALL}"), "{}", outcome.stderr);
}

#[test]
fn without_devices_it_runs_all_the_same() {
    if !has_namespaces() {
        return;
    }
    let case = Case::new();
    let hidden = "mount -t tmpfs -o ro tmpfs /dev";
    let outcome = run(&case, hidden, "test -e /dev/null || assume-env s3 -- env -0");
    assert_eq!(env_of(outcome.succeeded())["AWS_ACCESS_KEY_ID"], FIRST);
    assert!(run(&case, hidden, "assume-env s3").succeeded().starts_with("(unset "));
    let asks = crate::blackbox::mfa::protected();
    run(&asks, hidden, "assume-env s3").failed(1, &["terminal"]);
    run(&asks, "mount --bind /dev/null /dev/tty", "assume-env s3").failed(1, &["terminal"]);
    asks.no_request_was_made();
}

#[test]
fn without_a_home_the_files_that_are_named_are_enough() {
    let case = Case::new();
    let (config, credentials) = (case.path(".aws/config"), case.path(".aws/credentials"));
    let case = case
        .var("AWS_CONFIG_FILE", config)
        .var("AWS_SHARED_CREDENTIALS_FILE", credentials)
        .without("HOME")
        .without("USER");
    let outcome = case.shell("dash", MODES);
    assert_eq!(outcome.succeeded(), ALL, "{}", outcome.stderr);
}

/// Not a byte can be written into a file, by anybody.
#[test]
fn a_limit_of_no_file_at_all_is_enough() {
    let case = Case::new();
    let outcome = case.shell("dash", &format!("ulimit -f 0\n{MODES}"));
    assert_eq!(outcome.succeeded(), ALL, "{}", outcome.stderr);
}

/// A portal at which the token in the file has expired.
fn expired() -> (Case, Sso) {
    let (case, sso) = corp();
    let case = case.config(PROFILES);
    sso.client("client-1", "TEST/secret+client", 7200).refresh_token("client-1", "TEST//token+first");
    TokenFile::new(START, "eu-west-1", BEARER)
        .expires_in(-60)
        .refresh("client-1", "TEST/secret+client", 7200, "TEST//token+first")
        .write(case.path(""), "corp");
    (case, sso)
}

/// The one file that is ever written cannot be: the token is used, the old file stays whole, and it is said.
#[test]
fn a_refreshed_token_that_cannot_be_kept_is_used() {
    if !has_namespaces() {
        return;
    }
    let full = "cp -a \"$HOME\" /mnt/ 2>/dev/null || { mount -t tmpfs -o size=1m tmpfs /mnt; cp -a \"$HOME/.aws\" /mnt/; }\n\
        HOME=/mnt; head -c 2m /dev/zero >/mnt/filler 2>/dev/null || :";
    let full = full.replace("cp -a \"$HOME\" /mnt/ 2>/dev/null || ", "");
    for (preparation, why) in [(READ_ONLY, "Read-only file system"), (&*full, "No space left on device")] {
        let (case, sso) = expired();
        let before = case.files();
        let script = "assume-env dev -- env -0 && ls -A \"$HOME/.aws/sso/cache\" | grep -c . >&2";
        let outcome = run(&case, preparation, script);
        assert_eq!(outcome.env()["AWS_ACCESS_KEY_ID"], FIRST);
        outcome.said(&["cannot store the refreshed token in", why, "assume-env --login"]);
        assert!(outcome.stderr.ends_with("\n2\n"), "a file is left: {}", outcome.stderr);
        assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials"]);
        assert_eq!(case.files(), before);
    }
    assert!(fs::metadata("/mnt/filler").is_err(), "the mounts were the namespace's own");
}
