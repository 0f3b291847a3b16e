//! assume-env: a role becomes a process environment. The story, room by room; a failure becomes a message, a failing text and
//! an exit status, here and nowhere else.

use std::alloc::System;
use std::ffi::OsString;

use assume_env::base::Keep;
use assume_env::caller::Caller;
use assume_env::cli::{self, Failing, Mode, Request, help};
use assume_env::config::{Config, Files};
use assume_env::dialect::Format;
use assume_env::error::{Error, Guarded};
use assume_env::explain::Explanation;
use assume_env::obtain::{BaseChange, Got, Way};
use assume_env::plan::{Plan, Surroundings};
use assume_env::reuse::{self, Why};
use assume_env::secret::SecretBytes;
use assume_env::session::{self, Session};
use assume_env::status::{self, Status};
use assume_env::sts::Sts;
use assume_env::{clock, cores, exec, hook, list, output, plan, s3, signals, summary, tty, who};
use zeroizing_alloc::ZeroAlloc;

/// Memory that is given back is wiped first. Our own secrets wipe themselves; the copies that the SDK, hyper, rustls and std
/// make on their way would stay.
#[global_allocator]
static WIPING: ZeroAlloc<System> = ZeroAlloc(System);

fn main() {
    // Before the arguments, in which a code may stand.
    cores::forbid();
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let failing = Failing::scan(&args, output::dialect_of_caller);
    on_panic(failing);
    let evaluated = if output::is_terminal() { Failing::Quiet } else { failing };
    signals::fail_closed(move |status| evaluated.text(status));
    let ended = run(&args);
    // A code may stand among them.
    args.into_iter().for_each(|word| drop(SecretBytes::from(word)));
    match ended {
        // The operating system takes back what the runtime holds, faster than its destructors would.
        Ok(status) => std::process::exit(i32::from(status)),
        Err(error) => fail(failing, &error.report(), error.status(failing.is_run())),
    }
}

/// A panic fails closed too: an empty text would make the `eval` succeed.
fn on_panic(failing: Failing) {
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
fn fail(failing: Failing, message: &str, status: u8) -> ! {
    tty::say(message);
    // A text that is out counts: no failing statement may follow it.
    if !output::is_terminal() && !signals::is_written() {
        let _ = output::write(&failing.text(status));
    }
    std::process::exit(i32::from(status));
}

/// The whole way; gives the exit status.
fn run(args: &[OsString]) -> Result<u8, Error> {
    let request = cli::parse(args)?;
    let text = match &request.mode {
        Mode::ShortHelp => help::short(),
        Mode::LongHelp => help::long(),
        Mode::Version => concat!("assume-env ", env!("CARGO_PKG_VERSION"), "\n").to_owned(),
        Mode::Init { shell, parts } => hook::text(*shell, parts),
        _ => return with_environment(args, request),
    };
    output::write(&text)?;
    Ok(0)
}

/// The modes that look at the environment.
fn with_environment(args: &[OsString], request: Request) -> Result<u8, Error> {
    let caller = Caller::new(std::env::vars_os())?;
    if !matches!(request.mode, Mode::List { .. }) {
        caller.check()?;
    }
    let evaluated = matches!(request.mode, Mode::Print { show: false, .. } | Mode::Clear { .. });
    let format = output::dialect_of_caller();
    if evaluated && !request.format_typed && !output::is_terminal() && format != Format::Sh {
        return Err(Error::CallerReads { format, args: command_line(args, format) });
    }
    match request.mode {
        Mode::Clear { format } => clear(&caller, format, request.quiet)?,
        Mode::List { json } => list(&caller, json)?,
        Mode::Status { json } => return status(&request, &caller, json),
        _ => with_role(args, &request.with_policy_read()?, &caller)?,
    }
    Ok(0)
}

/// The modes that lead to a role.
fn with_role(args: &[OsString], request: &Request, caller: &Caller) -> Result<(), Error> {
    let found = match &request.mode {
        Mode::Run { command, .. } => Some(exec::find(command, request.role.is_some(), caller)?),
        _ => None,
    };
    let (files, unread) = Files::read(caller);
    let (config, broken) = Config::of(&files);
    if let Some(fault) = unread.or(broken) {
        return Err(fault);
    }
    let default_name = who::default_session_name(caller);
    let around =
        Surroundings { default_name: &default_name, now: clock::now(), on_instance: who::on_instance };
    let plan = plan::plan(request, caller, &config, &around)?;
    if let Mode::Print { show: false, .. } = request.mode
        && let Some(keeps) = output::keeps()
    {
        return Err(guard(args, request, &plan, keeps));
    }
    let reuse = reuse::decide(request, &plan, caller, clock::now())?;
    let way = Way { request, plan: &plan, caller };
    match (&request.mode, found) {
        (Mode::Explain { json }, _) => {
            let explanation = Explanation::of(&plan, caller, &config, &reuse);
            output::write(&if *json { explanation.json() } else { tty::clean_text(&explanation.text()) })
        }
        (Mode::Print { format, .. }, _) => {
            let got = way.session(reuse)?;
            let base = match &got.base {
                BaseChange::New(base) => Some(base.encode()),
                _ => None,
            };
            let keep = match (&base, &got.base) {
                (Some(base), _) => Keep::New(base),
                (None, BaseChange::Dropped) => Keep::Drop,
                (None, _) => Keep::Same,
            };
            output::write(&format.render_keeping(&got.session.changes(caller), keep)?)?;
            summarize(request, &got, &plan, caller);
            Ok(())
        }
        (Mode::Run { args, .. }, Some(found)) => {
            let got = way.session(reuse)?;
            summarize(request, &got, &plan, caller);
            Err(exec::run(found, args, &got.session.changes(caller)))
        }
        (Mode::Buckets { json }, _) => {
            let list = async |session: Session, _, http| s3::buckets(&plan, &session, http).await;
            let buckets = way.ask(reuse.ok(), list)?;
            output::write(&if *json { s3::json(&buckets) } else { s3::table(&buckets) })
        }
        (Mode::Whoami { json }, _) => {
            let who = async |session: Session, sts: Sts, _| sts.caller_identity(&session.keys).await;
            let who = way.ask(reuse.ok(), who)?;
            output::write(&if *json { who.json() } else { who.table() })
        }
        _ => unreachable!("the other modes have no role"),
    }
}

fn summarize(request: &Request, got: &Got, plan: &Plan, caller: &Caller) {
    if !request.quiet && (request.verbose || tty::is_read()) {
        let printed = matches!(request.mode, Mode::Print { .. });
        tty::say(&summary::of(got, plan, caller, printed, clock::now()));
    }
}

fn guard(args: &[OsString], request: &Request, plan: &Plan, keeps: output::Keeps) -> Error {
    let typed = match request.mode {
        Mode::Print { format, .. } => format,
        _ => Format::Sh,
    };
    let format = if request.format_typed { typed } else { output::dialect_of_caller() };
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

fn clear(caller: &Caller, format: Format, quiet: bool) -> Result<(), Error> {
    output::write(&format.render(&session::ending(caller))?)?;
    if caller.has_foreign_keys() && !quiet && tty::is_read() {
        tty::say("assume-env: the keys in the environment are not those of the session, so they stay");
    }
    Ok(())
}

fn list(caller: &Caller, json: bool) -> Result<(), Error> {
    let (files, unread) = Files::read(caller);
    let (config, broken) = Config::of(&files);
    output::write(&if json { list::json(&config) } else { list::names(&config) })?;
    unread.or(broken).map_or(Ok(()), Err)
}

/// Exit status 0 while enough time is left, else 1.
fn status(request: &Request, caller: &Caller, json: bool) -> Result<u8, Error> {
    let Some(held) = caller.held()? else {
        if json {
            output::write(status::NONE)?;
        }
        if !request.quiet {
            tty::say(&format!("assume-env: {}", Why::none_held(caller)));
        }
        return Ok(1);
    };
    let status = Status::of(held, clock::now());
    match (json, request.quiet) {
        (true, _) => output::write(&status.json())?,
        (false, false) => output::write(&status.table())?,
        (false, true) => {}
    }
    Ok(u8::from(!status.suffices(request.min_ttl)))
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
        on_panic(Failing::scan(&args, Format::default));
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
