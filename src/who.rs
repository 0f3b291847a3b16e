//! Who asks: the default session name, `user@host`, so that CloudTrail says who.

use crate::caller::Caller;
use crate::role;

/// The session name when neither flag, profile nor variable names one.
pub fn default_session_name(caller: &Caller) -> String {
    let user = caller
        .var("USER")
        .or_else(|| caller.var("LOGNAME"))
        .map(str::to_owned)
        .or_else(|| nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten().map(|user| user.name))
        .unwrap_or_else(|| nix::unistd::getuid().to_string());
    let host = nix::unistd::gethostname().map(|host| host.to_string_lossy().into_owned());
    role::default_session_name(&user, &host.unwrap_or_default())
}
