//! assume-env: a role becomes a process environment. The story, room by room; a failure becomes a message, a failing text and
//! an exit status, here and nowhere else.

use std::ffi::OsString;
use std::future::Future;
use std::time::Instant;

use assume_env::caller::Caller;
use assume_env::cli::{self, Failing, Mode, Request, help};
use assume_env::config::Config;
use assume_env::dialect::Format;
use assume_env::error::{Error, Guarded};
use assume_env::plan::Plan;
use assume_env::session::{self, Session};
use assume_env::sts::Sts;
use assume_env::{clock, exec, hook, net, output, plan, s3, signals, summary, tty, who};
use aws_sdk_sts::config::SharedHttpClient;

fn main() {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let failing = Failing::scan(&args);
    on_panic(failing);
    signals::fail_closed(move |status| failing.text(status));
    forbid_core_dumps();
    match run(&args) {
        // The operating system takes back what the runtime holds, faster than its destructors would.
        Ok(()) => std::process::exit(0),
        Err(error) => fail(failing, &error.report(), error.status(failing == Failing::Run)),
    }
}

/// A panic fails closed too: an empty text would make the `eval` succeed.
fn on_panic(failing: Failing) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|at| format!(" ({at})")).unwrap_or_default();
        let message = format!(
            "assume-env: a mistake in assume-env itself{place}\n  please report it with what you typed\n"
        );
        fail(failing, &message, if failing == Failing::Run { 125 } else { 1 });
    }));
}

/// Says what failed, and makes an `eval` of standard output fail too.
fn fail(failing: Failing, message: &str, status: u8) -> ! {
    tty::say(message);
    if !output::is_terminal() {
        let _ = output::write(&failing.text(status));
    }
    std::process::exit(i32::from(status));
}

/// Keys must not end up in a core file, nor be read by a debugger of the same user. The command that we become is not
/// affected: `execve` resets this.
fn forbid_core_dumps() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
}

fn run(args: &[OsString]) -> Result<(), Error> {
    let request = cli::parse(args)?;
    match request.mode {
        Mode::ShortHelp => return output::write(&help::short()),
        Mode::LongHelp => return output::write(&help::long()),
        Mode::Version => return output::write(concat!("assume-env ", env!("CARGO_PKG_VERSION"), "\n")),
        Mode::Init(shell) => return output::write(hook::of(shell)),
        _ => {}
    }
    let caller = Caller::new(std::env::vars_os())?;
    match request.mode {
        Mode::Clear { format } => clear(&caller, format, request.quiet),
        Mode::List => list(&caller),
        _ => with_session(args, &request, &caller),
    }
}

/// The modes that lead to a role.
fn with_session(args: &[OsString], request: &Request, caller: &Caller) -> Result<(), Error> {
    let found = match &request.mode {
        Mode::Run { command, .. } => Some(exec::find(command, caller)?),
        _ => None,
    };
    let config = Config::read(caller)?;
    let plan = plan::plan(request, caller, &config, &who::default_session_name(caller), clock::now())?;
    if let Mode::Print { show: false, .. } = request.mode
        && let Some(keeps) = output::keeps()
    {
        return Err(guard(args, request, &plan, keeps));
    }
    match (&request.mode, found) {
        (Mode::Print { format, .. }, _) => {
            let session = ask(request, &plan, async |session, _, _| Ok(session))?;
            let text = format.render(&session.changes(caller))?;
            output::write(&text)?;
            summarize(request, &session, &plan, caller);
            Ok(())
        }
        (Mode::Run { args, .. }, Some(found)) => {
            let session = ask(request, &plan, async |session, _, _| Ok(session))?;
            summarize(request, &session, &plan, caller);
            Err(exec::run(found, args, &session.changes(caller)))
        }
        (Mode::Buckets { json }, _) => {
            let buckets =
                ask(request, &plan, async |session, _, http| s3::buckets(&plan, &session, http).await)?;
            output::write(&if *json { s3::json(&buckets) } else { s3::table(&buckets) })
        }
        (Mode::Whoami { json }, _) => {
            let who = ask(request, &plan, async |session, sts, _| sts.caller_identity(&session.keys).await)?;
            output::write(&if *json { who.json() } else { who.table() })
        }
        _ => unreachable!("the other modes have no role"),
    }
}

/// Makes the hops, and then does with the session what the mode asks for, over the same connection.
fn ask<T, F, Fut>(request: &Request, plan: &Plan, then: F) -> Result<T, Error>
where
    F: FnOnce(Session, Sts, SharedHttpClient) -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let s3 = s3::url(plan);
    let more: &[&str] = if matches!(request.mode, Mode::Buckets { .. }) { &[&s3] } else { &[] };
    let http = SharedHttpClient::new(net::Client::new(plan, more)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|why| Error::NoRuntime { why })?;
    let url = &plan.sts.url.value;
    if request.verbose {
        tty::say(&explain(plan));
    }
    let started = Instant::now();
    let answer = runtime.block_on(tty::patiently(request.quiet, url, async {
        let sts = Sts::new(plan, http.clone());
        let session = sts.session(plan).await?;
        then(session, sts, http).await
    }))?;
    if request.verbose {
        tty::say(&format!("assume-env: answered after {} ms", started.elapsed().as_millis()));
    }
    // The thread that looked the name up ends with the runtime: the time zone can be read only by the last thread.
    drop(runtime);
    Ok(answer)
}

fn explain(plan: &Plan) -> String {
    let mut text = format!("assume-env: starting from {}\n", plan.source);
    for hop in plan.hops() {
        text.push_str(&format!(
            "  {} as {} ({})\n",
            hop.role.value, hop.session_name.value, hop.session_name.origin
        ));
    }
    text.push_str(&format!("  asking {} ({})\n", plan.sts.url.value, plan.sts.url.origin));
    text
}

fn summarize(request: &Request, session: &Session, plan: &Plan, caller: &Caller) {
    if !request.quiet && (request.verbose || tty::is_read()) {
        tty::say(&summary::of(session, plan, caller, clock::now()));
    }
}

fn guard(args: &[OsString], request: &Request, plan: &Plan, keeps: output::Keeps) -> Error {
    let typed = match request.mode {
        Mode::Print { format, .. } => format,
        _ => Format::Sh,
    };
    let in_fish = typed == Format::Sh && output::calling_shell().as_deref() == Some("fish");
    let format = if in_fish { Format::Fish } else { typed };
    Error::WouldKeep(Box::new(Guarded {
        keeps,
        label: plan.label.clone(),
        role: plan.last.role.value.to_string(),
        source: plan.source.to_string(),
        args: format.command_line(args),
        to_fish: in_fish,
        format,
    }))
}

fn clear(caller: &Caller, format: Format, quiet: bool) -> Result<(), Error> {
    output::write(&format.render(&session::ending(caller))?)?;
    if caller.has_foreign_keys() && !quiet && tty::is_read() {
        tty::say("assume-env: the keys in the environment are not those of the session, so they stay");
    }
    Ok(())
}

fn list(caller: &Caller) -> Result<(), Error> {
    let (config, fault) = Config::read_what_can_be(caller);
    let mut text = String::new();
    for profile in config.profiles() {
        text.push_str(&tty::clean(profile.name()));
        text.push('\n');
    }
    output::write(&text)?;
    fault.map_or(Ok(()), Err)
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
        on_panic(Failing::scan(&args));
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
