//! Keys that renew themselves live in the memory of the helper, and only as long as they are needed: not on a disk, in a name, an
//! argument or a message; no process of the same user can read them there; and keys that can be read again are not kept.

use std::fs;
use std::process::Command;

use super::leaks::{Hits, Place, SECRETS, search};
use super::memory::{PIECE, SESSION, SOURCE, SPILLED, count_of, is_root, own_memory};
use crate::blackbox::harness::{BINARY, Case, FIRST, env_in, finish, installed, wait_until};
use crate::blackbox::mfa::{DEVICE, protected, world_with};
use crate::blackbox::refresh::{end_process, get, helper_of, host_of, runs};
use crate::support::{Ca, Fault, Sts, proof};

/// Asks for the keys as an SDK does, in a shell that keeps the answer to itself.
const ASK: &str = r#"
    ask() {
        host=${AWS_CONTAINER_CREDENTIALS_FULL_URI#http://}; host=${host%/credentials}
        exec 3<>"/dev/tcp/${host%:*}/${host#*:}" || return
        printf 'GET /credentials HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n' "$host" "$AWS_CONTAINER_AUTHORIZATION_TOKEN" >&3
        answer=; while IFS= read -r line <&3 || [[ -n $line ]]; do answer+=$line; line=; done
        exec 3>&-
        [[ $answer == *AccessKeyId* ]]
    }
"#;

/// Runs a script of bash with keys that renew themselves; gives where secrets were seen.
fn traced(case: &Case, args: &[&str], script: &str) -> (i32, String, Hits) {
    let before = case.files();
    let script = format!("{ASK}{script}");
    let line: Vec<&str> = [&["--refresh"], args, &["--", "bash", "-c", &script]].concat();
    let (outcome, trace) = case.traced(BINARY, &line);
    let made = trace.calls.iter().filter(|call| call.program == "assume-env" && call.creates());
    assert_eq!(made.count(), 0, "{args:?}");
    assert_eq!(case.files(), before, "{args:?}");
    let hits = search(&trace, &SECRETS);
    (outcome.status.code().unwrap_or(-1), outcome.stderr, hits)
}

#[test]
fn no_byte_of_it_is_on_a_disk_in_a_name_or_in_a_message() {
    let ca = Ca::new("refresh");
    let (mut bytes, mut count) = (0, 0);
    for secure in [false, true] {
        let of = |codes: &[&str]| match secure {
            true => Case::with(Sts::https(world_with(codes), &ca)),
            false => Case::with(Sts::http(world_with(codes))),
        };
        let case = |codes: &[&str]| {
            let case = of(codes).more_config(&format!("[profile coded]\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = base\nmfa_serial = {DEVICE}\n"));
            let bundle = case.file("ca.pem", ca.pem());
            case.var("AWS_CA_BUNDLE", bundle)
        };
        for (args, script, status) in [
            (&["-v", "coded", "--mfa-token", "407315"][..], "ask && ask", 0),
            (&["-q", "coded", "--mfa-token", "407315"], "sleep 5; ask", 0),
            (&["-v", "coded", "--mfa-token", "000000"], "true", 125),
        ] {
            let case = case(&["407315"]);
            case.sts.world(|world| world.shorten_roles(6));
            let (ended, said, hits) = traced(&case, args, script);
            assert_eq!(ended, status, "{args:?}: {said}");
            // From the caller to the helper, and from the helper to the command, on this machine.
            hits.only_in(&[Place::Pipe, Place::PlainHttp]);
            assert_eq!(hits.count(Place::Pipe) > 0, status == 0, "the first keys went to the helper");
            let actions = case.sts.actions().len();
            assert!(!script.contains("sleep") || actions > 2, "it was renewed: {actions}");
            (bytes, count) = (bytes + hits.bytes, count + 1);
        }
        // A renewal that fails, with the words that it gives to the command.
        let failing = case(&[]);
        failing.sts.fault(Fault::Pass).always(Fault::error(403, "AccessDenied", "no"));
        failing.sts.world(|world| {
            world.put_role(crate::blackbox::harness::role("assumeS3Full"));
            world.shorten_roles(2);
        });
        let (_, _, hits) = traced(&failing, &["-v", "s3"], "sleep 4; ask; true");
        hits.only_in(&[Place::Pipe, Place::PlainHttp]);
        (bytes, count) = (bytes + hits.bytes, count + 1);
    }
    proof(format_args!(
        "keys that renew themselves: {count} runs traced, {bytes} bytes searched, secrets outside of the pipe to the helper and \
         its answers: 0"
    ));
}

/// How often each text is in the memory of a process.
fn in_memory(pid: nix::unistd::Pid, texts: &[&str]) -> Vec<usize> {
    let memory = own_memory(pid.as_raw().unsigned_abs());
    texts.iter().map(|text| memory.iter().map(|part| count_of(part, text)).sum()).collect()
}

#[test]
fn the_helper_keeps_only_what_it_serves_and_nothing_at_the_end() {
    if !is_root() {
        return;
    }
    let case = Case::new();
    case.sts.world(|world| world.shorten_roles(20));
    let command = case.refreshed(&["-q", "s3"]);
    let helper = command.helper();
    let first = "TEST/secret+00000000000000000001/KEY+ab=";
    // The helper has the keys when it serves them. The keys of the file were read, and are read again at the next renewal.
    assert_eq!(command.key_id(), FIRST);
    let [source, session] = in_memory(helper, &[SOURCE, first])[..] else { panic!("two") };
    assert!(source <= SPILLED, "the keys of the file: {source}");
    assert!(session > 0, "the search finds the keys that are served");
    command.wait_for_other_keys(FIRST);
    wait_until("the end of the renewal", || {
        let left = in_memory(helper, &[SOURCE, first]);
        left[0] <= SPILLED && left[1] == 0
    });
    drop(command);

    // With an MFA session, which is kept, and a code, which is not.
    let case = protected();
    let command = case.refreshed(&["-q", "s3", "--mfa-process", "echo 111111"]);
    let [source, base] = in_memory(command.helper(), &[SOURCE, first])[..] else { panic!("two") };
    assert!(source <= SPILLED && base > 0, "{source} {base}");
    drop(command);

    // What is left of all of it when the command has ended and the last keys have expired.
    let case = Case::new();
    case.sts.world(|world| world.shorten_roles(3));
    let script = "env -0 > env; exec > /dev/null 2>&1; sleep 60 & echo $! > left";
    case.run(["--refresh", "-q", "s3", "--", "sh", "-c", script]).succeeded();
    let env = env_in(&case.path("env"));
    wait_until("the end of the keys", || get(&env, "/credentials").status == 400);
    let helper = helper_of(&host_of(&env)).expect("it keeps the port");
    wait_until("an empty memory", || {
        let left = in_memory(helper, &[SOURCE, SESSION, PIECE]);
        left[0] <= SPILLED && left[1..] == [0, 0]
    });
    let left = fs::read_to_string(case.path("left")).expect("it was written");
    end_process(nix::unistd::Pid::from_raw(left.trim().parse().expect("a number")));
    wait_until("its end", || !runs(helper));
    proof("memory of the helper after the last keys: 0 secrets left");
}

#[test]
fn no_process_of_the_same_user_looks_into_the_helper() {
    let case = Case::new();
    let mut command: Command = if nix::unistd::geteuid().is_root() {
        let mut command = case.command(installed("setpriv"));
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        let copy = case.path("assume-env");
        let mut install = case.command(installed("install"));
        install.args(["-m", "755", BINARY]).arg(&copy);
        finish(install).succeeded();
        command.arg(copy);
        command
    } else {
        case.command(BINARY)
    };
    // The command looks for the helper as the one process of this program, and tries to read it.
    let script = r#"
        for at in /proc/[0-9]*; do
            read -r name 2>/dev/null < "$at/comm" || continue
            [[ $name == assume-env* && $(stat -c %u "$at" 2>/dev/null) == 0 || $name == assume-env* ]] || continue
            grep -qa "$PWD_OF_TEST" "$at/environ" 2>/dev/null && echo "environment of $at"
            [[ $(ps -o ppid= -p "${at#/proc/}" | tr -d ' ') == "$$" ]] && echo child
            cat "$at/environ" >/dev/null 2>&1 && [[ $(ps -o user= -p "${at#/proc/}") == "$(id -un)" ]] && echo "read $at/environ"
            (exec 4<"$at/mem") 2>/dev/null && echo "opened $at/mem"
            ls "$at/fd" >/dev/null 2>&1 && echo "listed $at/fd"
            cat "$at/maps" >/dev/null 2>&1 && [[ -n $(cat "$at/maps" 2>/dev/null) ]] && echo "read $at/maps"
            echo "looked at a helper"
        done 2>/dev/null | sort | uniq -c
    "#;
    command.args(["--refresh", "-q", "s3", "--", "bash", "-c", script]);
    let out = finish(command);
    assert_eq!(out.status.code(), Some(0), "{}", out.stderr);
    let lines: Vec<&str> = out.out().lines().collect();
    assert!(
        lines.iter().all(|line| line.ends_with("looked at a helper")) && !lines.is_empty(),
        "{}",
        out.out()
    );
}
