//! Which hop sends an MFA code, of which device, and where the code comes from.
//!
//! An MFA device belongs to a user, so only the first hop can send a code, and only when a user's keys make
//! that hop (STS API reference, AssumeRole and GetSessionToken, `SerialNumber`). The profile of the hop names
//! the device; the flags have priority over the profile.

use crate::cli::session_args::SessionArgs;
use crate::common::origin::{Located, Origin};
use crate::config::Profile;
use crate::mfa::{self, CodeSource, Mfa};
use crate::plan::error::Error;
use crate::plan::hop::Hop;
use crate::plan::source::Source;

/// The device that a profile names.
pub(super) fn of_profile(args: &SessionArgs, profile: &Profile<'_>) -> Result<Option<Mfa>, Error> {
    let Some(serial) = profile.get("mfa_serial") else { return Ok(None) };
    let name = mfa::checked_serial(serial.value, serial.origin.clone())?;
    let process = profile.get("mfa_process").map(|p| Located::new(p.value.to_owned(), p.origin));
    Ok(Some(Mfa { serial: Located::new(name, serial.origin), code: code_source(args, process) }))
}

fn code_source(args: &SessionArgs, of_profile: Option<Located<String>>) -> CodeSource {
    if let Some(token) = &args.mfa_token {
        return token.clone();
    }
    let flag = args.mfa_process.as_ref();
    let process = flag.map(|command| Located::new(command.clone(), Origin::Flag("--mfa-process")));
    process.or(of_profile).map_or(CodeSource::Prompt, CodeSource::Process)
}

/// Applies the flags to the first hop, and checks that no other hop has a device. `profiles` are those of the
/// chain, the last one has the source.
pub(super) fn apply(
    args: &SessionArgs,
    source: &Source,
    hops: &mut [Hop],
    profiles: &[&Profile<'_>],
) -> Result<(), Error> {
    let made_by_user = usize::from(!source.is_role());
    for hop in hops.iter().skip(made_by_user) {
        if let (Some(mfa), Some(role)) = (hop.mfa(), hop.role()) {
            let (role, origin) = (role.role.value.to_string(), mfa.serial.origin.clone());
            return Err(match source.is_role() {
                true => Error::MfaNotOfUser { role, origin, source: source.to_string() },
                false => Error::MfaOnLaterHop { role, origin },
            });
        }
    }
    let Some(first) = hops.first_mut() else { return Ok(()) };
    apply_flags(args, first.mfa_mut())?;
    if let (Hop::Role(first), Some(last), false) = (first, profiles.last(), source.is_role())
        && first.mfa.is_none()
        && first.profile.as_deref() != Some(last.name())
    {
        first.unasked_mfa = last.get("mfa_serial").map(|m| Located::new(m.value.to_owned(), m.origin));
    }
    Ok(())
}

fn apply_flags(args: &SessionArgs, mfa: &mut Option<Mfa>) -> Result<(), Error> {
    if let Some(serial) = &args.mfa_serial {
        let serial = Located::new(serial.clone(), Origin::Flag("--mfa-serial"));
        let code = mfa.take().map_or_else(|| code_source(args, None), |mfa| mfa.code);
        *mfa = Some(Mfa { serial, code });
    }
    match mfa {
        Some(_) => Ok(()),
        None if args.mfa_token.is_some() => Err(Error::CodeWithoutDevice { flag: "--mfa-token" }),
        None if args.mfa_process.is_some() => Err(Error::CodeWithoutDevice { flag: "--mfa-process" }),
        None => Ok(()),
    }
}
