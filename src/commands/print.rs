//! Printing the text that puts a session into a shell. Keys are never printed where they are retained: to a terminal or a file.

use std::ffi::OsString;

use crate::acquire::planned::with_plan;
use crate::acquire::reuse;
use crate::acquire::{Acquirer, MfaSessionOutcome, PromptMode};
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::also_set;
use crate::commands::destination::{Destination, command_line};
use crate::commands::error::{Error, RefusedOutput};
use crate::commands::planned::{Prepared, prepare};
use crate::commands::summary::{self, Receiver};
use crate::common::clock;
use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::origin::Located;
use crate::common::report::Report;
use crate::env::Environment;
use crate::plan::{PassedSetting, Plan};
use crate::shell::Format;
use crate::shell::detect::detect_format;
use crate::sys::retaining::RetainingOutput;
use crate::sys::stderr;
use crate::sys::stdout;

/// Acquires a session and prints the text that sets its variables.
///
/// # Errors
/// A text that the calling shell cannot evaluate, an output that retains keys, and everything that keeps a session from being
/// acquired.
pub(super) fn run(
    env: &Environment,
    wanted: &Destination<'_>,
    session: SessionArgs,
    verbosity: Verbosity,
    typed: &[OsString],
) -> Result<u8, Report> {
    if !wanted.show {
        wanted.check_dialect(typed)?;
    }
    let Prepared { args: session, login } = prepare(env, session, wanted.format.is_shell(), true, verbosity)?;
    with_plan(env, &session, false, |plan, _| {
        if !wanted.show
            && let Some(output) = stdout::retains_output()
        {
            return Err(refused(wanted, plan, output, typed).into());
        }
        let left_out = unfit_settings(wanted.format, plan)?;
        let reuse = reuse::decide(&session, true, plan, env, clock::now())?;
        wanted.warn_of_subshell(verbosity);
        let acquirer = Acquirer {
            plan,
            env,
            prompt: PromptMode::Printing,
            login: login.as_ref(),
            asks_s3: false,
            offers_sign_in: wanted.format.is_shell(),
            verbosity,
        };
        let mut acquired = acquirer.session(reuse)?;
        acquired.session.settings.retain(|(name, _)| left_out.iter().all(|setting| setting.name != *name));
        let encoded = match &acquired.mfa_session {
            MfaSessionOutcome::New(mfa_session) => Some(mfa_session.encode()),
            _ => None,
        };
        let update = match (&encoded, &acquired.mfa_session) {
            (Some(encoded), _) => MfaSessionUpdate::New(encoded),
            (None, MfaSessionOutcome::Dropped) => MfaSessionUpdate::Drop,
            (None, _) => MfaSessionUpdate::Same,
        };
        stdout::answer(&wanted.text(&acquired.session.changes(env), update)?)?;
        also_set::warn(env, verbosity);
        let receiver = if wanted.format.is_shell() { Receiver::Shell } else { Receiver::Command };
        summary::print(&acquired, plan, env, &receiver, verbosity);
        if !verbosity.quiet {
            left_out.into_iter().for_each(|setting| say_left_out(wanted.format, setting));
        }
        Ok(0)
    })
}

/// The settings of the profile that the dialect cannot hold. They are left out, because the keys are of use without them.
///
/// # Errors
/// A setting that changes whom a command asks or trusts: without it, requests would go to another address.
fn unfit_settings(format: Format, plan: &Plan) -> Result<Vec<&PassedSetting>, Error> {
    let unfit = |setting: &&PassedSetting| format.unfit(&setting.value.value).is_some();
    let left_out: Vec<&PassedSetting> = plan.settings.passed.iter().filter(unfit).collect();
    match left_out.iter().find(|setting| setting.summary().is_some()) {
        Some(PassedSetting { name, value }) => {
            Err(Error::SettingDoesNotFit { name: name.to_string(), value: value.clone(), format })
        }
        None => Ok(left_out),
    }
}

fn say_left_out(format: Format, PassedSetting { name, value: Located { value, origin } }: &PassedSetting) {
    let reason = format.unfit(value).map_or("", |unfit| unfit.reason);
    stderr::print(&format!("assume-env: {name} is left out: {value:?} ({origin}) {reason}\n"));
}

fn refused(wanted: &Destination<'_>, plan: &Plan, output: RetainingOutput, typed: &[OsString]) -> Error {
    let format = if wanted.format_typed { wanted.format } else { detect_format() };
    Error::OutputIsRetained(Box::new(RefusedOutput {
        output,
        typed_role: plan.role_as_typed.clone(),
        role: plan.role().map(|hop| hop.role.value.to_string()),
        source: plan.source.to_string(),
        args: command_line(typed, format),
        format,
    }))
}
