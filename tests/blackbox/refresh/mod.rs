//! `--refresh`: the command gets an address, and the keys there renew themselves.

mod clients;
mod environment;
mod lifetime;
mod process;
mod refused;
mod renewal;
mod server;
mod sources;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::harness::{Case, Env, Outcome, Running, env_in, start, wait_until};

/// A command that runs with keys that renew themselves, until [`Refreshed::end`].
pub struct Refreshed<'a> {
    case: &'a Case,
    running: Option<Running>,
    input: Option<ChildStdin>,
    /// Its environment.
    pub env: Env,
}

/// An answer of the helper.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
}

/// Writes its environment into the file `env` of its folder, and ends when its input does.
const COMMAND: &str = "env -0 > env.new; mv env.new env; cat > /dev/null";

impl Case {
    /// Starts a command with keys that renew themselves.
    #[track_caller]
    pub fn refreshed(&self, args: &[&str]) -> Refreshed<'_> {
        self.refreshing(args, COMMAND)
    }

    /// Starts a script of sh that does as [`COMMAND`].
    #[track_caller]
    pub fn refreshing(&self, args: &[&str], script: &str) -> Refreshed<'_> {
        let _ = fs::remove_file(self.path("env"));
        let mut command = self.assume_env(["--refresh"].iter().chain(args));
        command.args(["--", "sh", "-c", script]).stdin(Stdio::piped());
        let mut running = start(command);
        let input = running.take_input();
        let file = self.path("env");
        let begin = Instant::now();
        while !file.exists() {
            if begin.elapsed() > Duration::from_secs(30) || running.has_ended() {
                drop(input);
                let outcome = running.end();
                panic!("the command did not start: {} {}", outcome.status, outcome.stderr);
            }
            thread::sleep(Duration::from_millis(2));
        }
        Refreshed { case: self, running: Some(running), input: Some(input), env: env_in(&file) }
    }
}

impl Refreshed<'_> {
    /// The address's host and port, `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        host_of(&self.env)
    }

    pub fn token(&self) -> &str {
        &self.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    }

    /// Sends bytes and reads until the end; empty when the connection is closed without an answer.
    pub fn raw(&self, request: &str) -> String {
        raw(&self.host(), request)
    }

    /// Asks as an SDK does.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        get(&self.env, path)
    }

    /// The key id that is served.
    #[track_caller]
    pub fn key_id(&self) -> String {
        let answer = self.get("/credentials");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["AccessKeyId"].as_str().expect("a text").to_owned()
    }

    /// Runs assume-env in the environment of the command.
    #[track_caller]
    pub fn inside(&self, args: &[&str]) -> Outcome {
        let mut command = self.case.assume_env(args);
        command.env_clear().envs(&self.env);
        super::harness::finish(command)
    }

    /// Waits until other keys are served; gives their id.
    #[track_caller]
    pub fn wait_for_other_keys(&self, than: &str) -> String {
        wait_until("other keys", || self.key_id() != than);
        self.key_id()
    }

    pub fn signal(&self, signal: Signal) {
        self.running.as_ref().expect("it runs").signal(signal);
    }

    /// The helper's process id.
    #[track_caller]
    pub fn helper(&self) -> Pid {
        helper_of(&self.host()).expect("the helper runs")
    }

    /// Ends the command; gives what it did. The helper ends too, if nothing else has the token.
    #[track_caller]
    pub fn end(mut self) -> Outcome {
        drop(self.input.take());
        self.running.take().expect("it runs").end()
    }
}

impl Drop for Refreshed<'_> {
    fn drop(&mut self) {
        drop(self.input.take());
        if let Some(running) = self.running.take() {
            running.signal(Signal::SIGKILL);
            let _ = running.end();
        }
    }
}

pub fn host_of(env: &Env) -> String {
    let url = &env["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    let host = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/credentials"));
    host.unwrap_or_else(|| panic!("an address: {url}")).to_owned()
}

/// Sends bytes and reads until the end.
pub fn raw(host: &str, request: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(host) else { return String::new() };
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time");
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let _ = stream.shutdown(Shutdown::Both);
    String::from_utf8_lossy(&answer).into_owned()
}

#[track_caller]
pub fn get(env: &Env, path: &str) -> Answer {
    let (host, token) = (host_of(env), &env["AWS_CONTAINER_AUTHORIZATION_TOKEN"]);
    answer_of(&raw(&host, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n")))
}

#[track_caller]
pub fn answer_of(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer {
        status: status.unwrap_or_else(|| panic!("no status: {head}")),
        head: head.into(),
        body: body.into(),
    }
}

/// The process that listens on a port of this machine, by its sockets. Zombies have none.
pub fn helper_of(host: &str) -> Option<Pid> {
    let port: u16 = host.rsplit_once(':')?.1.parse().ok()?;
    let wanted = format!("0100007F:{port:04X}");
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let inode = table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields.get(1) == Some(&&*wanted) && fields.get(3) == Some(&"0A")).then(|| fields[9].to_owned())
    })?;
    let socket = format!("socket:[{inode}]");
    let processes =
        fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    processes.map(Pid::from_raw).find(|pid| {
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        files
            .filter_map(Result::ok)
            .any(|file| fs::read_link(file.path()).is_ok_and(|to| to == Path::new(&socket)))
    })
}

/// Whether a process runs; a zombie does not.
pub fn runs(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Ends a process that a test has left running on purpose.
pub fn end_process(pid: Pid) {
    let _ = kill(pid, Signal::SIGKILL);
}
