//! Who asks, and where: the default session name, `user@host`, so that CloudTrail says who; and whether this is an EC2 instance.

use crate::common::arn;
use crate::env::Environment;

/// The session name when neither flag, profile nor variable names one.
pub fn default_session_name(env: &Environment) -> String {
    let user = env
        .var("USER")
        .or_else(|| env.var("LOGNAME"))
        .map(str::to_owned)
        .or_else(of_passwd)
        .unwrap_or_else(|| nix::unistd::getuid().to_string());
    let host = nix::unistd::gethostname().map(|host| host.to_string_lossy().into_owned());
    arn::default_session_name(&user, &host.unwrap_or_default())
}

/// Whether this machine says that it is an instance of EC2 (EC2 User Guide, "Detect whether a host is an EC2 instance").
pub fn on_instance() -> bool {
    let says = |file: &str, has: fn(&str) -> bool| {
        std::fs::read_to_string(file).is_ok_and(|text| has(&text.trim().to_ascii_lowercase()))
    };
    says("/sys/devices/virtual/dmi/id/sys_vendor", |vendor| vendor == "amazon ec2")
        || says("/sys/hypervisor/uuid", |uuid| uuid.starts_with("ec2"))
}

/// The user's name in /etc/passwd. The system's own look-up would ask name services over sockets, and users of those have USER set.
fn of_passwd() -> Option<String> {
    let uid = nix::unistd::getuid().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let fields = |line: &str| -> Option<String> {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    };
    passwd.lines().find_map(fields)
}
