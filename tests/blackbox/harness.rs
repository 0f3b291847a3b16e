//! What a black-box test starts from: a [`Case`], which is a home folder in a temporary place, a strict STS with the standard
//! world, and an environment in which nothing stands but what is listed here. What a program did comes back as an [`Outcome`].

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::support::{Fault, Recorded, Role, Sts, User, World};

/// The program under test: that of Cargo, or another one whose full path `ASSUME_ENV_BIN` has when the tests are compiled. The layer
/// `static` of `tests/run` names the static binary so.
pub const BINARY: &str = match option_env!("ASSUME_ENV_BIN") {
    Some(path) => path,
    None => env!("CARGO_BIN_EXE_assume-env"),
};
pub const ACCOUNT: &str = "123456789012";
pub const USER: &str = "arn:aws:iam::123456789012:user/base";
pub const KEY_ID: &str = "AKIABASE000000000000";
pub const SECRET: &str = "base/secret+EXAMPLE";
pub const ROLE: &str = "arn:aws:iam::123456789012:role/assumeS3Full";
/// The key ids that the STS gives out first and second.
pub const FIRST: &str = "ASIATEST000000000001";
pub const SECOND: &str = "ASIATEST000000000002";

/// Every shell whose text is `sh`, as it is started.
pub const POSIX_SHELLS: [&str; 7] = ["bash", "zsh", "dash", "ksh", "mksh", "busybox sh", "yash"];

/// Options of a xonsh that somebody types at, with a prompt that can be waited for. Where prompt_toolkit happens to be installed it
/// would paint its lines instead.
pub const XONSH_TYPED_AT: [&str; 2] = ["--shell-type=readline", "-DPROMPT=ready> "];
/// Debian's xonsh (0.13), whose `$(…)` loses what a program prints now and then when the machine is busy, as it is in tests.
pub const LOSSY: &str = "xonsh --no-rc";

/// Its way to evaluate what a line of sh prints, without a loss.
pub fn without_loss(line: &str) -> String {
    format!(
        "execx(__import__('subprocess').run(\"{line}\", shell=True, stdout=-1, text=True, env=${{...}}.detype()).stdout or 'raise')"
    )
}

/// A call of the program as the function of a hook does it, by sh.
pub const HOOK_CALL: &str = r#"base=${ASSUME_ENV_BASE-}; unset ASSUME_ENV_BASE; { printf %s "$base" | {
    exec assume-env --hook=1:posix:assume:1.1:k "$@" 4<&0 0<&5 3>&1 1>&6 5<&- 6>&-; }; } 5<&0 6>&1"#;

pub const CONFIG: &str = "[profile s3]
role_arn = arn:aws:iam::123456789012:role/assumeS3Full
source_profile = base
";
pub const CREDENTIALS: &str = "[base]
aws_access_key_id = AKIABASE000000000000
aws_secret_access_key = base/secret+EXAMPLE
";

/// A hung program is killed after this time, so that its test fails instead of standing still.
const PATIENCE: Duration = Duration::from_secs(60);

/// The user `base` with one permission, the role that it may assume, and three buckets.
pub fn world() -> World {
    World::new()
        .user(User::new(ACCOUNT, "base", KEY_ID, SECRET))
        .role(role("assumeS3Full").s3_full().max_duration(43200))
        .bucket("alpha", "2026-01-02T03:04:05Z")
        .bucket("beta", "2026-07-08T22:30:00Z")
        .bucket_in("eu-central-1", "gamma", "2025-12-31T23:30:00Z")
}

/// A role of the standard account that trusts the user `base`.
pub fn role(name: &str) -> Role {
    Role::new(&role_arn(name)).trusts(USER)
}

pub fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// An answer of STS that is the same whatever is asked, for comparing two runs byte by byte.
pub fn canned_session() -> Fault {
    let body = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <AssumedRoleUser><AssumedRoleId>AROATEST:me</AssumedRoleId>\
         <Arn>arn:aws:sts::{ACCOUNT}:assumed-role/assumeS3Full/me</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>ASIACANNED0000000000</AccessKeyId>\
         <SecretAccessKey>TEST/secret+canned</SecretAccessKey><SessionToken>TEST//token+canned==</SessionToken>\
         <Expiration>2099-01-02T03:04:05Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    Fault::status(200, &body)
}

/// A folder of its own, gone with this handle.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("assume-env-test-{}-{number}", std::process::id()));
        fs::create_dir_all(path.join(".aws")).expect("a temporary folder");
        // A link on the way there would make the program's own idea of the folder another one.
        Self(path.canonicalize().expect("the folder is there"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        stop_after_a_failure();
    }
}

/// In a mutation run, the first failure is enough: all tests together take minutes, and each mutant needs them.
/// Otherwise this does nothing.
fn stop_after_a_failure() {
    if thread::panicking() && std::env::var_os("TESTS_STOP_AFTER_FAILURE").is_some() {
        let test = thread::current().name().unwrap_or("a test").to_owned();
        // Not `eprintln!`, whose text cargo shows at the end of all tests.
        let _ = writeln!(std::io::stderr(), "stopped after the failure of {test}");
        std::process::exit(101);
    }
}

/// One test's world.
pub struct Case {
    pub sts: Sts,
    home: Folder,
    vars: BTreeMap<OsString, OsString>,
}

/// The programs of the tests inherit no ignored signal: a shell without jobs ignores Ctrl-C for what it runs in the background.
#[allow(unsafe_code)]
fn take_signals() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        for number in [Signal::SIGINT, Signal::SIGQUIT] {
            // SAFETY: a default action runs no code of this program.
            let _ = unsafe { signal(number, SigHandler::SigDfl) };
        }
    });
}

impl Case {
    /// The standard world and files.
    pub fn new() -> Self {
        Self::in_world(world())
    }

    /// Another world, over http.
    pub fn in_world(world: World) -> Self {
        Self::with(Sts::http(world))
    }

    /// The standard files, and a server that is running.
    pub fn with(sts: Sts) -> Self {
        take_signals();
        let home = Folder::new();
        let programs = Path::new(BINARY).parent().expect("the binary lies in a folder").display();
        let path = format!("{programs}:/usr/local/bin:/usr/bin:/bin");
        let url = sts.url();
        let mut case = Self { sts, home, vars: BTreeMap::new() };
        let folder = case.home.0.clone();
        for (name, value) in [
            ("PATH", path.as_ref()),
            ("HOME", folder.as_os_str()),
            ("XDG_CONFIG_HOME", folder.join("xdg").as_os_str()),
            ("XDG_DATA_HOME", folder.join("xdg").as_os_str()),
            ("USER", "ann".as_ref()),
            ("SHELL", "/bin/sh".as_ref()),
            ("TERM", "dumb".as_ref()),
            ("LC_ALL", "C.UTF-8".as_ref()),
            ("TZ", "UTC".as_ref()),
            ("AWS_ENDPOINT_URL", url.as_ref()),
        ] {
            case.vars.insert(name.into(), value.to_owned());
        }
        case.config(CONFIG).credentials(CREDENTIALS)
    }

    /// Replaces `~/.aws/config`.
    pub fn config(self, text: impl AsRef<[u8]>) -> Self {
        self.file(".aws/config", text);
        self
    }

    /// Adds to `~/.aws/config`.
    pub fn more_config(self, text: &str) -> Self {
        let path = self.path(".aws/config");
        let before = fs::read_to_string(&path).expect("the config is there");
        fs::write(path, before + text).expect("the folder can be written");
        self
    }

    /// Replaces `~/.aws/credentials`.
    pub fn credentials(self, text: impl AsRef<[u8]>) -> Self {
        self.file(".aws/credentials", text);
        self
    }

    /// Sets a variable of the environment.
    pub fn var(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.vars.insert(name.into(), value.as_ref().into());
        self
    }

    /// Takes a variable away.
    pub fn without(mut self, name: &str) -> Self {
        self.vars.remove(OsStr::new(name));
        self
    }

    /// The user's own keys in the environment, and no credentials file.
    pub fn with_keys_in_environment(self) -> Self {
        fs::remove_file(self.path(".aws/credentials")).expect("the file is there");
        self.var("AWS_ACCESS_KEY_ID", KEY_ID).var("AWS_SECRET_ACCESS_KEY", SECRET)
    }

    /// From now on the environment holds the session that these arguments lead to. It costs a request.
    #[track_caller]
    pub fn holding<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        let mut command = self.assume_env(args);
        command.args(["--", "env", "-0"]);
        self.vars =
            finish(command).env().into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self
    }

    /// The held session has so many seconds left.
    pub fn with_seconds_left(self, seconds: i64) -> Self {
        self.var("ASSUME_ENV_EXPIRES", (now() + seconds).to_string())
    }

    /// A variable's value here.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.vars.get(OsStr::new(name)).and_then(|value| value.to_str())
    }

    /// The variables of ours and AWS's that stand here.
    pub fn aws_vars(&self) -> Env {
        let text = |name: &OsString| name.to_str().expect("a text").to_owned();
        aws_only(&self.vars.iter().map(|(name, value)| (text(name), text(value))).collect())
    }

    /// A path in the home folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.0.join(name)
    }

    /// Writes a file in the home folder.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("the folder can be written");
        path
    }

    /// Every file in the home folder: its mode, and what it holds.
    pub fn files(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.home.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the folder can be read") {
                let path = entry.expect("the folder can be read").path();
                let meta = fs::symlink_metadata(&path).expect("it is there");
                if meta.is_dir() {
                    folders.push(path);
                } else if meta.is_file() {
                    let text = fs::read(&path).expect("it can be read");
                    found.insert(path, (meta.permissions().mode() & 0o7777, text));
                }
            }
        }
        found
    }

    /// Writes a file that can be executed. Another process does it: an open file that a test thread's child has inherited
    /// for a moment could not be executed.
    pub fn program(&self, name: &str, text: &str) -> PathBuf {
        let source = self.file("program.text", text);
        let path = self.path(name);
        let mut install = self.command("install");
        install.args(["-D", "-m", "755"]).arg(source).arg(&path);
        finish(install).succeeded();
        path
    }

    /// A program in this environment and home folder, its streams caught, its input empty.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.vars).current_dir(&self.home.0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The program under test, ready to start.
    pub fn assume_env<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(BINARY);
        command.args(args);
        command
    }

    /// Runs the program under test to its end.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Outcome {
        finish(self.assume_env(args))
    }

    /// Runs the program as the function of a hook does, with the MFA session of `ASSUME_ENV_BASE`. Its answer is
    /// on standard output.
    #[track_caller]
    pub fn hook_call<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Outcome {
        let mut command = self.command("/bin/sh");
        command.args(["-c", HOOK_CALL, "sh"]).args(words);
        finish(command)
    }

    /// Runs a script in a shell, where `assume-env` is on PATH.
    #[track_caller]
    pub fn shell(&self, shell: &str, script: &str) -> Outcome {
        let mut words = shell.split(' ');
        let program = words.next().expect("a shell's name");
        let mut command = self.command(installed(program));
        command.args(words).args(["-c", script]);
        finish(command)
    }

    /// Runs the program under test in a session of its own, where no terminal can be reached, whatever the tests run in.
    #[track_caller]
    pub fn run_without_terminal<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Outcome {
        let mut command = self.command(installed("setsid"));
        command.args(["--wait", BINARY]).args(args);
        finish(command)
    }

    /// Runs a line of sh on a terminal of its own, where both of its output streams end up in standard output.
    #[track_caller]
    pub fn on_terminal(&self, line: &str) -> Outcome {
        let mut command = self.command(installed("script"));
        command.args(["-q", "-e", "-c", line, "/dev/null"]);
        let mut outcome = finish(command);
        outcome.stdout = outcome.out().replace("\r\n", "\n").into_bytes();
        outcome
    }

    /// Waits until so many requests have come to the STS.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize) {
        let begin = Instant::now();
        while self.sts.requests().len() < count {
            assert!(begin.elapsed() < PATIENCE, "only {:?} came", self.sts.requests());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The only request that came.
    #[track_caller]
    pub fn request(&self) -> Recorded {
        let mut requests = self.sts.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }

    /// Nobody asked anything.
    #[track_caller]
    pub fn nothing_was_asked(&self) {
        assert_eq!(self.sts.connections(), 0, "{:?}", self.sts.requests());
    }

    /// Nobody asked anything, though a connection may have been begun for what was to be asked.
    #[track_caller]
    pub fn no_request_was_made(&self) {
        assert!(self.sts.requests().is_empty(), "{:?}", self.sts.requests());
    }

    /// These actions were asked for, in this order, and no other.
    #[track_caller]
    pub fn was_asked<const COUNT: usize>(&self, actions: [&str; COUNT]) {
        assert_eq!(self.sts.actions(), actions);
    }

    /// Whose keys signed each request.
    pub fn signers(&self) -> Vec<String> {
        self.sts.requests().into_iter().map(|made| made.key_id.unwrap_or_default()).collect()
    }
}

/// The path of a program that the tests need.
#[track_caller]
pub fn installed(program: &str) -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let package = match program {
        "nu" => return built(program, tools.join("nu/nu")),
        "xonsh-0.25" => return built(program, tools.join("xonsh/bin/xonsh")),
        "script" => "bsdutils",
        "setsid" => "util-linux",
        "stty" => "coreutils",
        other => other,
    };
    of_the_system(program)
        .unwrap_or_else(|| panic!("{program} is missing: install the Debian package {package}"))
}

/// The path of a program in the folders of the system.
fn of_the_system(program: &str) -> Option<PathBuf> {
    ["/bin", "/usr/bin"].map(|dir| Path::new(dir).join(program)).into_iter().find(|path| path.exists())
}

/// A script for `ASSUME_ENV_BROWSER` that shows an address in a real Chromium, without a window, and writes the page into the file
/// `page` of the home folder. Without the program chromium, the Chromium is the one in QtWebEngine: Ubuntu has no other package of it.
#[track_caller]
pub fn chromium() -> String {
    let browser = if let Some(path) = of_the_system("chromium") {
        let options =
            "--headless=new --no-sandbox --disable-gpu --user-data-dir=\"$HOME/chromium\" --dump-dom";
        format!("{} {options}", path.display())
    } else {
        let has_engine =
            Command::new("/usr/bin/python3").args(["-c", "import PyQt6.QtWebEngineCore"]).output();
        assert!(
            has_engine.is_ok_and(|outcome| outcome.status.success()),
            "chromium is missing: install the Debian package chromium, or the Ubuntu package python3-pyqt6.qtwebengine"
        );
        concat!("/usr/bin/python3 '", env!("CARGO_MANIFEST_DIR"), "/tests/support/webengine.py'").to_owned()
    };
    format!("#!/bin/sh\nexec timeout 50 {browser} \"$1\" >\"$HOME/page\"\n")
}

/// The options with which `unshare` makes the namespaces that the letters name. A user without rights gets them in a user namespace.
pub fn unshared(letters: &str) -> String {
    let user = if nix::unistd::geteuid().is_root() { "" } else { "r" };
    format!("-{user}{letters}")
}

/// Whether this system lets a test have namespaces of its own and mount in them: a plain container does not. Where it does not, one
/// line says that the test is skipped; `tests/run` counts these lines.
pub fn has_namespaces() -> bool {
    static PROBE: OnceLock<bool> = OnceLock::new();
    let has = *PROBE.get_or_init(|| {
        let mut command = Command::new(installed("unshare"));
        command.arg(unshared("mnpf")).args(["sh", "-c", "mount -t tmpfs tmpfs /mnt"]);
        command.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
    });
    if !has {
        let test = thread::current().name().unwrap_or("a test").to_owned();
        // Not `eprintln!`, whose text cargo does not show for a test that passes.
        let line = format!("skipped: {test}: unshare cannot make namespaces and mount in them here\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    has
}

/// The path of a shell that is no Debian package.
#[track_caller]
fn built(program: &str, path: PathBuf) -> PathBuf {
    assert!(path.exists(), "{program} is missing: tests/shells puts it into target/tools");
    path
}

/// What a program did.
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Outcome {
    /// Standard output as text.
    #[track_caller]
    pub fn out(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("standard output is UTF-8")
    }

    /// Standard output of a success as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.succeeded()).expect("it is JSON")
    }

    /// The exit status was 0; gives standard output.
    #[track_caller]
    pub fn succeeded(&self) -> &str {
        assert_eq!(self.status.code(), Some(0), "{}: {}\n{}", self.status, self.stderr, self.out());
        self.out()
    }

    /// It failed so that an `eval` fails with the same status, and the message has these parts.
    #[track_caller]
    pub fn failed(&self, status: i32, parts: &[&str]) -> &Self {
        self.failed_with(status, &format!("(exit {status});\n"), parts)
    }

    /// It failed with nothing on standard output, as when nobody evaluates that.
    #[track_caller]
    pub fn failed_silently(&self, status: i32, parts: &[&str]) -> &Self {
        self.failed_with(status, "", parts)
    }

    /// It failed while a program spoke on standard error too, whose words may come first.
    #[track_caller]
    pub fn failed_with_words(&self, parts: &[&str]) -> &Self {
        let seen = (self.status.code(), self.out());
        assert_eq!(seen, (Some(1), "(exit 1);\n"), "{}\n{}", self.status, self.stderr);
        self.said(parts)
    }

    /// It failed with exactly this text on standard output.
    #[track_caller]
    pub fn failed_with(&self, status: i32, text: &str, parts: &[&str]) -> &Self {
        let seen = (self.status.code(), self.out());
        assert_eq!(seen, (Some(status), text), "{}\n{}", self.status, self.stderr);
        assert!(self.stderr.starts_with("assume-env: "), "{}", self.stderr);
        self.said(parts)
    }

    /// Standard error has these parts.
    #[track_caller]
    pub fn said(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.stderr.contains(part), "not said: {part}\nbut: {}", self.stderr);
        }
        self
    }

    /// Standard output has these parts.
    #[track_caller]
    pub fn said_on_stdout(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.out().contains(part), "not said: {part}\nbut: {}", self.out());
        }
        self
    }

    /// The number of the signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// Standard output as an environment, as `env -0` prints it.
    #[track_caller]
    pub fn env(&self) -> Env {
        assert_eq!(self.status.code(), Some(0), "{}: {}", self.status, self.stderr);
        env_of(self.out())
    }
}

pub type Env = BTreeMap<String, String>;

/// Reads what `env -0` prints.
#[track_caller]
pub fn env_of(text: &str) -> Env {
    let entries = text.split_terminator('\0').map(|entry| {
        let (name, value) = entry.split_once('=').unwrap_or_else(|| panic!("no variable: {entry:?}"));
        (name.to_owned(), value.to_owned())
    });
    entries.collect()
}

/// Waits for something that another process or thread does.
#[track_caller]
pub fn wait_until(what: &str, done: impl Fn() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < PATIENCE, "not seen: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Now, in epoch seconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
    since.as_secs().try_into().expect("a small number")
}

/// Reads a file that `env -0` wrote.
#[track_caller]
pub fn env_in(path: &Path) -> Env {
    env_of(&fs::read_to_string(path).expect("the script wrote it"))
}

/// Without the variables that shells change by themselves.
pub fn steady(mut env: Env) -> Env {
    for name in ["_", "SHLVL", "PWD", "OLDPWD"] {
        env.remove(name);
    }
    env
}

/// The variables of ours and AWS's alone, without the one that outlives a session.
pub fn aws_only(env: &Env) -> Env {
    let ours = |name: &str| {
        name.starts_with("AWS_") || name.starts_with("ASSUME_ENV_") && name != "ASSUME_ENV_PREVIOUS"
    };
    env.iter().filter(|(name, _)| ours(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Runs a command to its end.
#[track_caller]
pub fn finish(command: Command) -> Outcome {
    start(command).end()
}

/// Runs a command to its end with something to read.
#[track_caller]
pub fn finish_reading(mut command: Command, input: &[u8]) -> Outcome {
    command.stdin(Stdio::piped());
    let mut running = start(command);
    let mut stdin = running.child.stdin.take().expect("it was piped");
    stdin.write_all(input).expect("it reads");
    drop(stdin);
    running.end()
}

/// A program that is running, in a process group of its own.
pub struct Running {
    child: Child,
    /// Dropped when it has ended, which calls the watchdog off.
    ended: mpsc::Sender<()>,
}

/// Starts a command.
#[track_caller]
pub fn start(mut command: Command) -> Running {
    let program = command.get_program().to_owned();
    let child = command.process_group(0).spawn().unwrap_or_else(|why| panic!("{}: {why}", program.display()));
    let (ended, watch) = mpsc::channel();
    let group = pid(&child);
    thread::spawn(move || {
        if watch.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            let _ = killpg(group, Signal::SIGKILL);
        }
    });
    Running { child, ended }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().expect("process ids are small"))
}

impl Running {
    /// Its standard input, which was piped.
    pub fn take_input(&mut self) -> std::process::ChildStdin {
        self.child.stdin.take().expect("it was piped")
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(pid(&self.child), signal).expect("it is still there");
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(self) -> Outcome {
        let output = self.child.wait_with_output().expect("its streams can be read");
        drop(self.ended);
        let stderr = String::from_utf8(output.stderr).expect("messages are UTF-8");
        for secret in [SECRET, "TEST/secret+", "TEST//token+"] {
            assert!(!stderr.contains(secret), "a secret in a message: {stderr}");
        }
        Outcome { status: output.status, stdout: output.stdout, stderr }
    }
}
