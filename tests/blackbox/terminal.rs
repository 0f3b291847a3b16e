//! A real pseudo-terminal with a program on it: what a person would type goes in, what a person would see comes out, and the
//! terminal's settings can be looked at from outside.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, Termios, tcgetattr, tcgetsid};
use nix::unistd::{Pid, tcgetpgrp};

use super::harness::{Case, installed};

/// A person waits no longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// What Ctrl-C, Ctrl-D, Ctrl-\ and Ctrl-Z send.
pub const CTRL_C: &str = "\x03";
pub const CTRL_D: &str = "\x04";
pub const CTRL_BACKSLASH: &str = "\x1c";
pub const CTRL_Z: &str = "\x1a";

/// A program on a terminal of its own, of which it is the controlling one.
pub struct Terminal {
    /// The program that was started on it.
    program: String,
    /// The number of the terminal in `/proc/PID/stat`.
    number: u64,
    keyboard: File,
    child: Child,
    screen: Arc<Screen>,
    /// How much of the screen has been read.
    read: usize,
}

/// Everything that was written to the terminal, and whether more can come.
#[derive(Default)]
struct Screen {
    seen: Mutex<(Vec<u8>, bool)>,
    changed: Condvar,
    /// Whether a program that asks where the cursor is gets an answer.
    answers: AtomicBool,
}

impl Case {
    /// Starts a program on a terminal.
    pub fn terminal(&self, program: &str, args: &[&str]) -> Terminal {
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).expect("a terminal");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it is ours");
        let path = ptsname_r(&master).expect("it has a name");
        let no_controlling_terminal = OFlag::O_NOCTTY.bits();
        let end = File::options().read(true).write(true).custom_flags(no_controlling_terminal).open(path);
        let end = end.expect("its other end");
        let number = end.metadata().expect("it has a number").rdev();
        let keyboard = File::from(master.as_fd().try_clone_to_owned().expect("a handle"));

        // Wide enough that a shell's line editor breaks no line.
        // The tests' own surroundings may ignore signals, as a shell's background does.
        let mut command = self.command("env");
        command
            .arg("--default-signal")
            .arg(installed("setsid"))
            .args(["--ctty", "--wait", "sh", "-c", r#"stty rows 50 cols 1000; exec "$@""#, "sh", program])
            .args(args)
            .env("PS1", "ready> ")
            .stdin(end.try_clone().expect("a handle"))
            .stdout(end.try_clone().expect("a handle"))
            .stderr(end);
        let child = command.spawn().expect("setsid is there");
        drop(command);

        let screen = Arc::new(Screen::default());
        let shown = Arc::clone(&screen);
        let mut answer = keyboard.try_clone().expect("a handle");
        let mut output = File::from(master.as_fd().try_clone_to_owned().expect("a handle"));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // When the last program on the terminal has ended, reading is an error.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().0.extend_from_slice(&bytes[..count]);
                shown.changed.notify_all();
                let asked = bytes[..count].windows(4).any(|part| part == b"\x1b[6n");
                if asked && shown.answers.load(Ordering::Relaxed) {
                    let _ = answer.write_all(b"\x1b[1;1R");
                }
            }
            shown.lock().1 = true;
            shown.changed.notify_all();
        });
        Terminal { program: program.to_owned(), number, keyboard, child, screen, read: 0 }
    }
}

impl Screen {
    fn lock(&self) -> std::sync::MutexGuard<'_, (Vec<u8>, bool)> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Terminal {
    /// Waits until a text is shown behind all that was waited for before; gives what stood before it.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        let begin = Instant::now();
        let mut seen = self.screen.lock();
        loop {
            let new = &seen.0[self.read..];
            let shown = String::from_utf8_lossy(new).into_owned();
            if let Some(at) = new.windows(text.len()).position(|part| part == text.as_bytes()) {
                let before = String::from_utf8_lossy(&new[..at]).into_owned();
                self.read += at + text.len();
                return before;
            }
            let left = PATIENCE.saturating_sub(begin.elapsed());
            let program = &self.program;
            assert!(!seen.1, "{program} has ended and did not show {text:?}\nbut: {shown:?}");
            assert!(!left.is_zero(), "{program} does not show {text:?}\nbut: {shown:?}");
            seen = self.screen.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// From now on it tells a line editor that asks, as nu's does, that the cursor is at the top left.
    pub fn knows_its_cursor(&self) {
        self.screen.answers.store(true, Ordering::Relaxed);
    }

    /// The process id of `setsid`, which waits for the leader of the terminal's session.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Types Ctrl-C and waits for the shell's prompt, and for the end of the program: some shells show their prompt
    /// before the program has handled the same signal, and then it reads the first character that is typed at once.
    #[track_caller]
    pub fn interrupt(&mut self, prompt: &str) {
        self.send(CTRL_C);
        self.expect(prompt);
        let begin = Instant::now();
        while self.has("assume-env") {
            assert!(begin.elapsed() < PATIENCE, "the program goes on: {:?}", self.shown());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether a process of this name has this terminal.
    fn has(&self, name: &str) -> bool {
        let stats = fs::read_dir("/proc").expect("/proc is there").filter_map(Result::ok);
        stats.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok()).any(|stat| {
            let Some((head, tail)) = stat.rsplit_once(')') else { return false };
            let number = tail.split_ascii_whitespace().nth(4).and_then(|number| number.parse().ok());
            head.ends_with(&format!("({name}")) && number == Some(self.number)
        })
    }

    /// Waits until the terminal belongs to a program of this name, so that it gets the signals of what is typed.
    #[track_caller]
    pub fn wait_for_foreground(&self, name: &str) {
        let begin = Instant::now();
        loop {
            let group = tcgetpgrp(&self.keyboard).expect("it is a terminal");
            let leader = fs::read_to_string(format!("/proc/{group}/comm")).unwrap_or_default();
            if leader.trim_end() == name {
                return;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "{name} is not in the foreground, but {leader:?}: {}",
                self.shown()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Types something.
    pub fn send(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("somebody reads");
    }

    /// The settings of the terminal.
    pub fn settings(&self) -> Termios {
        tcgetattr(&self.keyboard).expect("it is a terminal")
    }

    /// Whether what is typed is shown.
    pub fn echoes(&self) -> bool {
        self.settings().local_flags.contains(LocalFlags::ECHO)
    }

    /// Closes the terminal, as a window that is closed does. Nothing more is read from it.
    pub fn hang_up(self) {
        // The leader of the session gets SIGHUP from the system when the last handle is closed. The thread that reads has one
        // of its own, so the signal is sent here to the group in the foreground and to the leader.
        let group = tcgetpgrp(&self.keyboard).expect("it is a terminal");
        let leader = tcgetsid(&self.keyboard).expect("it has a session");
        let _ = nix::sys::signal::killpg(group, Signal::SIGHUP);
        let _ = kill(leader, Signal::SIGHUP);
    }

    /// Waits for the end; gives the exit status and everything that was shown.
    #[track_caller]
    pub fn end(mut self) -> (ExitStatus, String) {
        let begin = Instant::now();
        while self.child.try_wait().expect("it is our child").is_none() {
            assert!(begin.elapsed() < PATIENCE, "it goes on: {:?}", self.shown());
            thread::sleep(Duration::from_millis(5));
        }
        let status = self.child.wait().expect("it has ended");
        let mut seen = self.screen.lock();
        while !seen.1 && begin.elapsed() < PATIENCE {
            seen = self
                .screen
                .changed
                .wait_timeout(seen, Duration::from_millis(100))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        (status, String::from_utf8_lossy(&seen.0).into_owned())
    }

    /// Everything that was shown so far.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().0).into_owned()
    }
}

/// A test that failed leaves no program behind.
impl Drop for Terminal {
    fn drop(&mut self) {
        if let (Ok(None), Ok(id)) = (self.child.try_wait(), self.child.id().try_into()) {
            let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}
