//! The user and the machine: the default session name, `user@host`, and whether this machine is an EC2
//! instance.

use crate::common::names::session_name_of;
use crate::env::environment::Environment;
use crate::env::passwd;

/// The session name if neither flag, profile nor variable names one.
pub(crate) fn default_session_name(env: &Environment) -> String {
    let user = env
        .var("USER")
        .or_else(|| env.var("LOGNAME"))
        .map(str::to_owned)
        .or_else(passwd::user)
        .unwrap_or_else(|| nix::unistd::getuid().to_string());
    let host = nix::unistd::gethostname().map(|host| host.to_string_lossy().into_owned());
    session_name_of(&user, &host.unwrap_or_default())
}

/// Whether this machine is an EC2 instance (EC2 User Guide, "Detect whether a host is an EC2 instance").
pub(crate) fn on_instance() -> bool {
    let matches = |file: &str, is_ec2: fn(&str) -> bool| {
        std::fs::read_to_string(file).is_ok_and(|text| is_ec2(&text.trim().to_ascii_lowercase()))
    };
    matches("/sys/devices/virtual/dmi/id/sys_vendor", |vendor| vendor == "amazon ec2")
        || matches("/sys/hypervisor/uuid", |uuid| uuid.starts_with("ec2"))
}
