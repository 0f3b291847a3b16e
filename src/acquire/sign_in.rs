//! Signs in to IAM Identity Center, where a role needs a login or the user asks for one, and signs out.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aws_sdk_sts::config::SharedHttpClient;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::acquire::error::Error;
use crate::acquire::how::how;
use crate::acquire::transport::with_connections;
use crate::aws::providers::error::SsoTokenProblem;
use crate::aws::providers::sso_token::Token;
use crate::aws::sso::how::How;
use crate::aws::sso::sign_in::{SignedIn, is_newer, sign_in, stored};
use crate::aws::sso::sign_out::{SignedOut, sign_out};
use crate::cli::Verbosity;
use crate::cli::session_args::Wishes;
use crate::common::clock;
use crate::common::duration::human;
use crate::common::redact;
use crate::common::text::clean;
use crate::env::Environment;
use crate::plan::login_plan::{AllLogins, LoginPlan, Requests};
use crate::plan::sso_login::SsoLogin;
use crate::sys::quiet_terminal::{self, QuietTerminal};
use crate::sys::stderr;

/// Signs in, as the user asked for.
///
/// # Errors
/// No connection, and everything with which a sign-in fails.
pub(crate) fn on_request(
    plan: &LoginPlan,
    env: &Environment,
    wishes: Wishes,
    verbosity: Verbosity,
) -> Result<(), Error> {
    let LoginPlan { login, requests } = plan;
    let signed_in = with_client(requests, &login.urls(), async |http| {
        Ok(sign_in(login, &how(env, login, wishes), requests.attempts, &http).await?)
    })?;
    if !verbosity.quiet {
        say(login, &signed_in);
    }
    Ok(())
}

/// Says until when the login lasts.
fn say(login: &SsoLogin, SignedIn { token, elsewhere }: &SignedIn) {
    let name = login.name();
    let what = match elsewhere {
        true => format!("the other terminal signed in to {name}"),
        false => format!("signed in to {name}"),
    };
    stderr::print(&format!("assume-env: {what}\n  {}\n", LoginState::of(login, token).words()));
}

/// How long a login lasts.
#[derive(Debug)]
pub(crate) struct LoginState<'a> {
    login: &'a SsoLogin,
    /// When the token expires, in epoch seconds (UTC), or why it cannot be used.
    expires: Result<i64, SsoTokenProblem>,
    /// Whether the token is refreshed when it is used.
    is_refreshed: bool,
}

impl<'a> LoginState<'a> {
    /// The state of the stored login.
    pub(crate) fn stored(login: &'a SsoLogin) -> Self {
        match Token::read(&login.token_file) {
            Ok(token) => Self::of(login, &token),
            Err(problem) => Self { login, expires: Err(problem), is_refreshed: false },
        }
    }

    fn of(login: &'a SsoLogin, token: &Token) -> Self {
        let is_refreshed = login.session.is_some() && token.refresh(clock::now()).is_some();
        Self { login, expires: Ok(token.expires()), is_refreshed }
    }

    /// For a person.
    pub(crate) fn words(&self) -> String {
        let to_sign_in = format!("to sign in: {}", self.login.command());
        let expires = match &self.expires {
            Ok(expires) => *expires,
            Err(SsoTokenProblem::Missing) => return format!("none; {to_sign_in}"),
            Err(problem) => return format!("none: the token {problem}; {to_sign_in}"),
        };
        let left = expires - clock::now();
        match (left > 0, self.is_refreshed) {
            (true, true) => format!(
                "until {} (in {}), and refreshed after that while IAM Identity Center permits it",
                clock::local_with_offset(expires),
                human(left)
            ),
            (true, false) => format!("until {} (in {})", clock::local_with_offset(expires), human(left)),
            (false, true) => {
                format!("expired {} ago; it is refreshed when it is used, if that is possible", human(-left))
            }
            (false, false) => format!("expired {} ago; {to_sign_in}", human(-left)),
        }
    }

    /// For a program.
    pub(crate) fn json(&self) -> Value {
        let expires = self.expires.as_ref().ok().copied();
        json!({
            "session": self.login.session,
            "expires": expires.map(clock::utc),
            "seconds_left": expires.map(|expires| (expires - clock::now()).max(0)),
            "refreshed": self.is_refreshed,
            "command": self.login.command(),
        })
    }
}

/// Offers to sign in, where a role needs it: asks on the terminal, and signs in. `false` if there is no terminal, the
/// process is a job in the background, or the user does not want to. `printing`: a shell waits for the output of this program.
///
/// # Errors
/// No connection, and everything with which a sign-in fails.
pub(crate) fn offer(
    login: &SsoLogin,
    problem: &SsoTokenProblem,
    env: &Environment,
    printing: bool,
    wait: impl FnOnce(&How) -> Result<SignedIn, Error>,
) -> Result<bool, Error> {
    if !stderr::is_terminal() || !quiet_terminal::is_at_hand() {
        return Ok(false);
    }
    let before = stored(login);
    let question = format!(
        "assume-env: the login of {} {problem}: Enter signs in (later: {}) ",
        login.name(),
        login.command()
    );
    let question = clean(&redact::shown(&question));
    let Ok(terminal) = QuietTerminal::open(printing, &question) else { return Ok(false) };
    // While this process waited for the terminal, the one before it may have signed in.
    if stored(login).is_some_and(|token| is_newer(&token, before.as_ref())) {
        return Ok(true);
    }
    terminal.write(&question);
    let wants = is_enter(&terminal);
    terminal.write("\n");
    if !wants {
        return Ok(false);
    }
    // In the output of `$(…)`, Ctrl-Z must have no effect until this program ends.
    let _terminal = printing.then_some(terminal);
    let signed_in = wait(&how(env, login, Wishes::default()))?;
    say(login, &signed_in);
    Ok(true)
}

/// Reads a line. Whether it is an empty one: any other text is not a yes.
fn is_enter(terminal: &QuietTerminal) -> bool {
    let mut byte = [0];
    let mut is_empty = true;
    loop {
        match terminal.read(&mut byte) {
            Ok(1) if byte == [b'\n'] => return is_empty,
            Ok(1) => is_empty = false,
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => return false,
        }
    }
}

/// Ends one login.
///
/// # Errors
/// A file that cannot be removed; no event loop.
pub(crate) fn sign_out_of(plan: &LoginPlan) -> Result<SignedOut, Error> {
    let LoginPlan { login, requests } = plan;
    with_client(requests, &login.urls(), async |http| {
        let portal = |_: &str| Some(login.portal.value.clone());
        end(&login.token_file, portal, requests.attempts, &http).await
    })
}

/// Ends all logins in these files.
///
/// # Errors
/// As for [`sign_out_of`].
pub(crate) fn sign_out_of_all(plan: &AllLogins, files: &[PathBuf]) -> Result<Vec<SignedOut>, Error> {
    // Which portals are asked is in the files.
    const ANY: [&str; 1] = ["https:"];
    with_client(&plan.requests, &ANY, async |http| {
        let mut ended = Vec::new();
        for file in files {
            ended.push(end(file, |region| plan.portal(region), plan.requests.attempts, &http).await?);
        }
        Ok(ended)
    })
}

async fn end(
    file: &Path,
    portal: impl Fn(&str) -> Option<String>,
    attempts: u32,
    http: &SharedHttpClient,
) -> Result<SignedOut, Error> {
    sign_out(file, portal, attempts, http)
        .await
        .map_err(|why| Error::NotRemoved { file: file.to_owned(), why })
}

/// Runs `work` with a client for these addresses. After a success, its thread ends: see `Acquirer::with_transport`.
fn with_client<T>(
    requests: &Requests,
    urls: &[&str],
    work: impl AsyncFnOnce(SharedHttpClient) -> Result<T, Error>,
) -> Result<T, Error> {
    with_runtime(requests, urls, |runtime, http| runtime.block_on(work(http.clone())))
}

/// As [`with_client`], for work that waits by itself.
pub(crate) fn with_runtime<T>(
    requests: &Requests,
    urls: &[&str],
    work: impl FnOnce(&Runtime, &SharedHttpClient) -> Result<T, Error>,
) -> Result<T, Error> {
    with_connections(&requests.proxy, requests.ca_bundle.as_ref(), urls, |runtime, client| {
        work(runtime, &SharedHttpClient::new(client.clone()))
    })
}
