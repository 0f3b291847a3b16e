//! assume-env: a role becomes a process environment. The story, room by room; a failure becomes a message, a failing text and
//! an exit status, here and nowhere else.

use assume_env::common::text;
use assume_env::shell::detect;
use std::alloc::System;
use std::ffi::OsString;

use assume_env::acquire::reuse::{self, NotReusable};
use assume_env::acquire::{Acquired, Acquirer, MfaSessionOutcome};
use assume_env::aws::s3;
use assume_env::aws::sts::Sts;
use assume_env::cli::{self, FailureOutput, Mode, Request, help};
use assume_env::commands::explain::Explanation;
use assume_env::commands::status::{self, Status};
use assume_env::commands::{init, list, run as exec, summary};
use assume_env::common::clock;
use assume_env::common::credentials::SecretBytes;
use assume_env::common::mfa_session::MfaSessionUpdate;
use assume_env::common::report::Report;
use assume_env::config::{Config, Files};
use assume_env::env::Environment;
use assume_env::env::host;
use assume_env::error::{Error, Guarded};
use assume_env::plan;
use assume_env::plan::{Plan, PlanContext};
use assume_env::session::{self, Session};
use assume_env::shell::Format;
use assume_env::sys::{core_dumps, signals, stderr, stdout};
use zeroizing_alloc::ZeroAlloc;

/// Memory that is given back is wiped first. Our own secrets wipe themselves; the copies that the SDK, hyper, rustls and std
/// make on their way would stay.
#[global_allocator]
static WIPING: ZeroAlloc<System> = ZeroAlloc(System);

fn main() {
    // Before the arguments, in which a code may stand.
    core_dumps::forbid();
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let failing = FailureOutput::from_raw_args(&args, detect::detect_format);
    on_panic(failing);
    let evaluated = if stdout::is_terminal() { FailureOutput::Quiet } else { failing };
    signals::fail_closed(move |status| evaluated.text(status));
    let ended = run(&args);
    // A code may stand among them.
    args.into_iter().for_each(|word| drop(SecretBytes::from(word)));
    match ended {
        // The operating system takes back what the runtime holds, faster than its destructors would.
        Ok(status) => std::process::exit(i32::from(status)),
        Err(report) => fail(failing, &report.message(), report.exit.status(failing.is_run())),
    }
}

/// A panic fails closed too: an empty text would make the `eval` succeed.
fn on_panic(failing: FailureOutput) {
    std::panic::set_hook(Box::new(move |panic| {
        // The file's name alone: its folder is that of the machine on which this was built.
        let place = panic.location().map(|at| {
            let file = at.file().rsplit('/').next().unwrap_or_default();
            format!(" ({file}:{})", at.line())
        });
        let place = place.unwrap_or_default();
        let message = format!(
            "assume-env: a mistake in assume-env itself{place}\n  please report it with what you typed\n"
        );
        fail(failing, &message, if failing.is_run() { 125 } else { 1 });
    }));
}

/// Says what failed, and makes an `eval` of standard output fail too.
fn fail(failing: FailureOutput, message: &str, status: u8) -> ! {
    stderr::say(message);
    // A text that is out counts: no failing statement may follow it.
    if !stdout::is_terminal() && !signals::is_written() {
        let _ = stdout::write(&failing.text(status));
    }
    std::process::exit(i32::from(status));
}

/// The whole way; gives the exit status.
fn run(args: &[OsString]) -> Result<u8, Report> {
    let request = cli::parse(args)?;
    let text = match &request.mode {
        Mode::ShortHelp => help::short(),
        Mode::LongHelp => help::long(),
        Mode::Version => concat!("assume-env ", env!("CARGO_PKG_VERSION"), "\n").to_owned(),
        Mode::Init { shell, parts } => init::text(*shell, parts),
        _ => return with_environment(args, request),
    };
    stdout::write(&text)?;
    Ok(0)
}

/// The modes that look at the environment.
fn with_environment(args: &[OsString], request: Request) -> Result<u8, Report> {
    let env = Environment::new(std::env::vars_os())?;
    if !matches!(request.mode, Mode::List { .. }) {
        env.check()?;
    }
    let evaluated = matches!(request.mode, Mode::Print { show: false, .. } | Mode::Clear { .. });
    let format = detect::detect_format();
    if evaluated && !request.format_typed && !stdout::is_terminal() && format != Format::Sh {
        return Err(Error::CallerReads { format, args: command_line(args, format) }.into());
    }
    match request.mode {
        Mode::Clear { format } => clear(&env, format, request.quiet)?,
        Mode::List { json } => list(&env, json)?,
        Mode::Status { json } => return status(&request, &env, json),
        _ => with_role(args, &request.with_policy_read()?, &env)?,
    }
    Ok(0)
}

/// The modes that lead to a role.
fn with_role(args: &[OsString], request: &Request, env: &Environment) -> Result<(), Report> {
    let found = match &request.mode {
        Mode::Run { command, .. } => Some(exec::find(command, request.session.role.is_some(), env)?),
        _ => None,
    };
    let (files, unread) = Files::read(env);
    let (config, broken) = Config::of(&files);
    if let Some(fault) = unread.or(broken) {
        return Err(fault.into());
    }
    let default_name = host::default_session_name(env);
    let around =
        PlanContext { default_name: &default_name, now: clock::now(), on_instance: host::on_instance };
    let asks_s3 = matches!(request.mode, Mode::Buckets { .. });
    let plan = plan::plan(&request.session, asks_s3, env, &config, &around)?;
    if let Mode::Print { show: false, .. } = request.mode
        && let Some(keeps) = stdout::keeps()
    {
        return Err(guard(args, request, &plan, keeps).into());
    }
    let renews = matches!(request.mode, Mode::Print { .. } | Mode::Explain { .. });
    let reuse = reuse::decide(&request.session, renews, &plan, env, clock::now())?;
    let way = Acquirer { request, plan: &plan, env };
    match (&request.mode, found) {
        (Mode::Explain { json }, _) => {
            let explanation = Explanation::of(&plan, env, &config, &reuse);
            Ok(stdout::write(&if *json {
                explanation.json()
            } else {
                text::clean_text(&explanation.text())
            })?)
        }
        (Mode::Print { format, .. }, _) => {
            let got = way.session(reuse)?;
            let base = match &got.base {
                MfaSessionOutcome::New(base) => Some(base.encode()),
                _ => None,
            };
            let keep = match (&base, &got.base) {
                (Some(base), _) => MfaSessionUpdate::New(base),
                (None, MfaSessionOutcome::Dropped) => MfaSessionUpdate::Drop,
                (None, _) => MfaSessionUpdate::Same,
            };
            stdout::write(&format.render_keeping(&got.session.changes(env), keep)?)?;
            summarize(request, &got, &plan, env);
            Ok(())
        }
        (Mode::Run { args, .. }, Some(found)) => {
            let got = way.session(reuse)?;
            summarize(request, &got, &plan, env);
            Err(exec::run(found, args, &got.session.changes(env)).into())
        }
        (Mode::Buckets { json }, _) => {
            let list = async |session: Session, _, http| s3::buckets(&plan, &session, http).await;
            let buckets = way.ask(reuse.ok(), list)?;
            Ok(stdout::write(&if *json { s3::json(&buckets) } else { s3::table(&buckets) })?)
        }
        (Mode::Whoami { json }, _) => {
            let who = async |session: Session, sts: Sts, _| sts.caller_identity(&session.keys).await;
            let who = way.ask(reuse.ok(), who)?;
            Ok(stdout::write(&if *json { who.json() } else { who.table() })?)
        }
        _ => unreachable!("the other modes have no role"),
    }
}

fn summarize(request: &Request, got: &Acquired, plan: &Plan, env: &Environment) {
    if !request.quiet && (request.verbose || stderr::is_read()) {
        let printed = matches!(request.mode, Mode::Print { .. });
        stderr::say(&summary::of(got, plan, env, printed, clock::now()));
    }
}

fn guard(args: &[OsString], request: &Request, plan: &Plan, keeps: stdout::RetainingOutput) -> Error {
    let typed = match request.mode {
        Mode::Print { format, .. } => format,
        _ => Format::Sh,
    };
    let format = if request.format_typed { typed } else { detect::detect_format() };
    Error::WouldKeep(Box::new(Guarded {
        keeps,
        label: plan.label.clone(),
        role: plan.role().map(|hop| hop.role.value.to_string()),
        source: plan.source.to_string(),
        args: command_line(args, format),
        format,
    }))
}

/// The arguments, without a format, as a person would type them.
fn command_line(args: &[OsString], format: Format) -> String {
    let words: Vec<String> = cli::without_format(args).iter().map(|word| format.word(word)).collect();
    words.join(" ")
}

fn clear(env: &Environment, format: Format, quiet: bool) -> Result<(), Report> {
    stdout::write(&format.render(&session::ending(env))?)?;
    if env.has_foreign_keys() && !quiet && stderr::is_read() {
        stderr::say("assume-env: the keys in the environment are not those of the session, so they stay");
    }
    Ok(())
}

fn list(env: &Environment, json: bool) -> Result<(), Report> {
    let (files, unread) = Files::read(env);
    let (config, broken) = Config::of(&files);
    stdout::write(&if json { list::json(&config) } else { list::names(&config) })?;
    unread.or(broken).map_or(Ok(()), |fault| Err(fault.into()))
}

/// Exit status 0 while enough time is left, else 1.
fn status(request: &Request, env: &Environment, json: bool) -> Result<u8, Report> {
    let Some(held) = env.held()? else {
        if json {
            stdout::write(status::NONE)?;
        }
        if !request.quiet {
            stderr::say(&format!("assume-env: {}", NotReusable::none_held(env)));
        }
        return Ok(1);
    };
    let status = Status::of(held, clock::now());
    match (json, request.quiet) {
        (true, _) => stdout::write(&status.json())?,
        (false, false) => stdout::write(&status.table())?,
        (false, true) => {}
    }
    Ok(u8::from(!status.suffices(request.session.min_ttl)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// The child of the next test: a panic with the program's own hook.
    #[test]
    #[ignore = "ends its process; run by a_panic_fails_the_eval"]
    fn panics() {
        let format = std::env::var("FORMAT").unwrap();
        let args: Vec<OsString> = format.split(' ').map(OsString::from).collect();
        on_panic(FailureOutput::from_raw_args(&args, Format::default));
        panic!("not to be shown: it could hold a value");
    }

    #[test]
    fn a_panic_fails_the_eval() {
        for (args, text, status) in
            [("s3", "(exit 1);\n", 1), ("-f fish", "sh -c 'exit 1';\n", 1), ("s3 -- true", "", 125)]
        {
            let out = Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", "tests::panics", "--nocapture"])
                .env("FORMAT", args)
                .output()
                .unwrap();
            let (stdout, stderr) =
                (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
            assert_eq!(out.status.code(), Some(status), "{args}: {stderr}");
            assert!(
                stdout.ends_with(text) && (status == 125) != stdout.contains("exit 1"),
                "{args}: {stdout}"
            );
            assert!(stderr.contains("please report it") && !stderr.contains("not to be shown"), "{stderr}");
        }
    }
}
