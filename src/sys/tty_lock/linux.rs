//! The device of the controlling terminal on Linux: its number from `/proc/self/stat` (proc(5)), its name by
//! the rules of the kernel's devices.txt.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};

/// The terminal's own device, opened only for the lock; `None` if it cannot be determined or opened.
pub(super) fn device() -> Option<File> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let number = controlling_terminal(&stat)?;
    let flags = nix::libc::O_NOCTTY | nix::libc::O_NONBLOCK | nix::libc::O_CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path(number)?).ok()?;
    let meta = file.metadata().ok()?;
    // In a container, the name can belong to another terminal.
    let is_terminal = nix::sys::stat::major(meta.rdev()) == u64::from(major(number))
        && nix::sys::stat::minor(meta.rdev()) == u64::from(minor(number));
    (meta.file_type().is_char_device() && is_terminal).then_some(file)
}

/// The process that holds the lock on a file, from `/proc/locks` (proc(5)).
pub(super) fn holder_of(file: &File) -> Option<u32> {
    let meta = file.metadata().ok()?;
    pid_of_lock(&fs::read_to_string("/proc/locks").ok()?, meta.dev(), meta.ino())
}

/// Whether a process runs this program.
pub(super) fn is_same_program(id: u32) -> bool {
    let program = |id: &str| fs::read_link(format!("/proc/{id}/exe")).ok();
    program("self").is_some_and(|own| program(&id.to_string()) == Some(own))
}

/// The name of the program of a process.
pub(super) fn name_of(id: u32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{id}/comm")).ok()?.trim_end().to_owned())
}

/// The process that holds the lock of flock(2) on a file: `1: FLOCK ADVISORY WRITE 708 00:18:5 0 EOF`. A process that
/// waits has a line with `->`.
fn pid_of_lock(locks: &str, device: u64, inode: u64) -> Option<u32> {
    use nix::sys::stat::{major, minor};
    let file = format!("{:02x}:{:02x}:{inode}", major(device), minor(device));
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [_, "FLOCK", _, _, id, of, ..] if of == file => id.parse().ok().filter(|id| *id != 0),
            _ => None,
        }
    })
}

/// The field `tty_nr` of `/proc/PID/stat` (proc(5)). The second field is a name in parentheses, with any
/// characters.
fn controlling_terminal(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let number: i32 = fields.split_whitespace().nth(4)?.parse().ok()?;
    Some(number.cast_unsigned()).filter(|number| *number != 0)
}

fn major(number: u32) -> u32 {
    number >> 8 & 0xfff
}

fn minor(number: u32) -> u32 {
    number & 0xff | number >> 12 & 0xfff00
}

/// The path of a device (devices.txt): pseudo-terminals, consoles, serial lines.
fn path(number: u32) -> Option<String> {
    let minor = minor(number);
    match major(number) {
        major @ 136..=143 => Some(format!("/dev/pts/{}", (major - 136) * 256 + minor)),
        4 if minor < 64 => Some(format!("/dev/tty{minor}")),
        4 => Some(format!("/dev/ttyS{}", minor - 64)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_lock_is_found() {
        let locks = "1: POSIX  ADVISORY  WRITE 1 00:18:5 0 EOF\n2: FLOCK  ADVISORY  WRITE 708 00:18:5 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 709 00:18:5 0 EOF\n3: FLOCK  ADVISORY  WRITE 0 00:18:6 0 EOF\n";
        let device = nix::sys::stat::makedev(0, 0x18);
        assert_eq!(pid_of_lock(locks, device, 5), Some(708));
        assert_eq!((pid_of_lock(locks, device, 6), pid_of_lock(locks, device, 7)), (None, None));
    }

    #[test]
    fn the_path_of_a_terminal_follows_from_its_number() {
        let of = |stat| controlling_terminal(stat).and_then(path);
        assert_eq!(of("1 (a) b) S 1 1 1 34819 1").as_deref(), Some("/dev/pts/3"));
        assert_eq!(of("1 (sh) S 1 1 1 1025 1").as_deref(), Some("/dev/tty1"));
        assert_eq!(of("1 (sh) S 1 1 1 1088 1").as_deref(), Some("/dev/ttyS0"));
        assert_eq!(of("1 (sh) S 1 1 1 0 1"), None);
        assert_eq!(of("nonsense"), None);
    }
}
