//! What a program and everything that it starts gave away: each byte that was written, sent, mapped or named, each argument
//! and each environment, as strace (`-ff -v -xx -yy`) saw them go.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::blackbox::harness::{Case, Folder, Outcome, finish, installed};

/// By these calls bytes leave a process, files and names come into being, or memory is shared. A `?` lets strace pass over a
/// call that this machine does not have.
const CALLS: &str = "trace=write,pwrite64,writev,pwritev,?pwritev2,sendto,sendmsg,?sendmmsg,splice,tee,vmsplice,?sendfile,\
    ?copy_file_range,mmap,?memfd_create,?memfd_secret,?open,openat,?openat2,?creat,?mkdir,mkdirat,?mknod,mknodat,?rename,\
    ?renameat,renameat2,?link,linkat,?symlink,symlinkat,truncate,ftruncate,fallocate,setxattr,lsetxattr,fsetxattr,?shmget,\
    ?msgsnd,?mq_timedsend,add_key,keyctl,process_vm_writev,ptrace,?io_uring_setup,ioctl,prctl,execve,?execveat,?clone,?clone3,\
    ?fork,?vfork,connect,exit_group";

/// The file that takes the standard error of a run.
pub const MESSAGES: &str = "messages-of-the-run";

/// A call.
#[derive(Clone)]
pub struct Call {
    /// The program that made it: the last part of its path, or `fork` of a shell that became no other.
    pub program: String,
    /// The process.
    pub pid: u32,
    pub name: String,
    /// What the first argument is open on, such as `pipe:[12]`, `TCP:[…]` or a path.
    pub target: String,
    /// The texts among the arguments, one after another.
    pub texts: Vec<Vec<u8>>,
    /// Of an execve: the environment.
    pub environment: Vec<Vec<u8>>,
    /// The line without its texts, for what is said about flags and results.
    pub rest: String,
}

impl Call {
    /// Whether this is one of these calls.
    pub fn is(&self, names: &[&str]) -> bool {
        names.contains(&&*self.name)
    }

    /// Whether it writes to what its first argument is open on.
    pub fn writes(&self) -> bool {
        const WRITES: [&str; 9] = [
            "write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg", "vmsplice",
        ];
        self.is(&WRITES)
    }

    /// Whether it may bring a name, a file or a memory-backed file into being.
    pub fn creates(&self) -> bool {
        const CREATES: [&str; 16] = [
            "creat",
            "mkdir",
            "mkdirat",
            "mknod",
            "mknodat",
            "rename",
            "renameat",
            "renameat2",
            "link",
            "linkat",
            "symlink",
            "symlinkat",
            "memfd_create",
            "memfd_secret",
            "shmget",
            "add_key",
        ];
        let opened = self.is(&["open", "openat", "openat2"])
            && (self.rest.contains("O_CREAT") || self.rest.contains("O_TMPFILE"));
        let shared = self.name == "mmap"
            && self.rest.contains("PROT_WRITE")
            && self.rest.contains("MAP_SHARED")
            && !self.rest.contains("MAP_ANONYMOUS");
        self.is(&CREATES) || opened || shared
    }
}

/// Everything that was seen of one run.
pub struct Trace {
    pub calls: Vec<Call>,
}

/// What strace is started with, up to the program.
pub struct Tracer {
    folder: Folder,
}

impl Tracer {
    pub fn new() -> Self {
        Self { folder: Folder::new() }
    }

    /// The arguments of strace.
    pub fn args(&self) -> Vec<String> {
        let file = self.file();
        let file = file.to_str().expect("a plain name");
        ["-ff", "-q", "-v", "-xx", "-yy", "-s", "1048576", "--seccomp-bpf", "-e", CALLS, "-o", file]
            .map(str::to_owned)
            .to_vec()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("trace")
    }

    /// Reads what strace wrote.
    #[track_caller]
    pub fn read(self) -> Trace {
        let mut processes = BTreeMap::new();
        for entry in fs::read_dir(self.folder.path()).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            let Some(pid) = path.extension().and_then(OsStr::to_str).and_then(|pid| pid.parse().ok()) else {
                continue;
            };
            processes.insert(pid, fs::read_to_string(path).expect("strace writes text"));
        }
        let mut trace = Trace { calls: Vec::new() };
        let mut names: BTreeMap<u32, String> = BTreeMap::new();
        // A child has a larger number than its parent, but for the one time in a while when the numbers start anew.
        for (pid, text) in &processes {
            let mut program = names.get(pid).cloned().unwrap_or_default();
            for line in text.lines() {
                let Some(mut call) = parse(*pid, &program, line) else { continue };
                if call.is(&["execve", "execveat"]) && call.rest.ends_with("= 0") {
                    program = last_part(&call.texts[0]);
                    call.program.clone_from(&program);
                }
                if call.is(&["clone", "clone3", "fork", "vfork"])
                    && let Some(child) = call.rest.rsplit("= ").next().and_then(|id| id.trim().parse().ok())
                {
                    names.insert(child, program.clone());
                }
                trace.calls.push(call);
            }
        }
        assert!(trace.calls.iter().any(|call| call.name == "execve"), "strace can trace nothing here");
        trace
    }
}

impl Trace {
    /// What one program did after it had started.
    pub fn of(&self, program: &str) -> Self {
        let did = |call: &&Call| call.program == program && call.name != "execve";
        Self { calls: self.calls.iter().filter(did).cloned().collect() }
    }
}

impl Case {
    /// Runs a program to its end under the trace.
    #[track_caller]
    pub fn traced(&self, program: impl AsRef<OsStr>, args: &[&str]) -> (Outcome, Trace) {
        let tracer = Tracer::new();
        let messages = tracer.folder.path().join(MESSAGES);
        let mut command: Command = self.command(installed("strace"));
        command.args(tracer.args()).arg(program).args(args);
        // A file of that name, so that what a shell writes there by another descriptor is known for what it is.
        command.stderr(fs::File::create(&messages).expect("the folder can be written"));
        let mut outcome = finish(command);
        outcome.stderr = fs::read_to_string(messages).expect("messages are UTF-8");
        (outcome, tracer.read())
    }
}

fn last_part(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path).into_owned();
    Path::new(&path).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Reads one line; `None` for what is no call, such as the end of the process.
#[track_caller]
fn parse(pid: u32, program: &str, line: &str) -> Option<Call> {
    let (name, args) = line.split_once('(')?;
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    // The name of a thread has 16 bytes, and strace says so by three dots.
    assert!(!args.contains("\"...") || name == "prctl", "strace cut a text short: {}", &line[..80]);
    let (texts, environment) = match name {
        // The path, [arguments], [environment]; between texts in hexadecimal digits, that is the only place of such a bracket.
        "execve" | "execveat" => match args.split_once("], [") {
            Some((before, environment)) => (texts_of(before), texts_of(environment)),
            None => (texts_of(args), Vec::new()),
        },
        _ => (texts_of(args), Vec::new()),
    };
    let target = target_of(args);
    let rest = without_texts(args);
    Some(Call { program: program.into(), pid, name: name.into(), target, texts, environment, rest })
}

/// The quoted texts of a line.
fn texts_of(args: &str) -> Vec<Vec<u8>> {
    args.split('"').skip(1).step_by(2).map(decode).collect()
}

fn without_texts(args: &str) -> String {
    args.split('"').step_by(2).collect()
}

/// Undoes `\xNN`.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut rest = text;
    while let Some(digits) = rest.strip_prefix("\\x").and_then(|rest| rest.get(..2)) {
        bytes.push(u8::from_str_radix(digits, 16).expect("strace writes hexadecimal digits"));
        rest = &rest[4..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// `1<pipe:[12]>` and the like.
fn target_of(args: &str) -> String {
    let digits = args.trim_start_matches(|c: char| c.is_ascii_digit());
    let Some(inner) = digits.strip_prefix('<') else { return String::new() };
    let end = [">,", ">)", ">("].iter().filter_map(|end| inner.find(end)).min().unwrap_or(inner.len());
    // Digits in hexadecimal, then what strace adds in plain letters.
    let inner = &inner[..end];
    let hex = inner.rfind("\\x").map_or(0, |at| at + 4);
    let mut text = String::from_utf8_lossy(&decode(&inner[..hex])).into_owned();
    text.push_str(&inner[hex..]);
    text
}
