//! `--console`: opens the AWS console as a role, or prints its address.
//!
//! A role of IAM Identity Center takes the portal's own link, which has no secret and needs no keys. Any other session is
//! exchanged for a sign-in token, whose address is a secret: it reaches the browser by a redirect, not as an argument.

mod handover;

use std::ffi::OsString;
use std::time::Duration;

use crate::acquire::how::{Browsers, Far, browsers};
use crate::acquire::planned::with_plan;
use crate::acquire::reuse::{self, Reuse};
use crate::acquire::{Acquirer, PromptMode, console};
use crate::aws::providers::sso_token::Token;
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::destination::command_line;
use crate::commands::error::Error;
use crate::commands::planned::{Prepared, prepare};
use crate::common::clock;
use crate::common::console_page::ConsolePage;
use crate::common::duration::human;
use crate::common::report::Report;
use crate::env::Environment;
use crate::plan::Plan;
use crate::plan::console::ConsolePlan;
use crate::plan::source::Source;
use crate::session::Session;
use crate::shell::Format;
use crate::sys::{browser, stderr, stdout};

/// How long the browser has: one that is not running yet takes a while.
const LIMIT: Duration = Duration::from_secs(60);

/// What the flags ask for.
pub(super) struct Wishes {
    /// `--page`.
    pub page: ConsolePage,
    /// `--url`.
    pub url: bool,
    /// `--show`.
    pub show: bool,
}

/// Opens the console, or prints its address.
///
/// # Errors
/// A role whose console cannot be opened, everything that keeps its session from being acquired, a refusal of AWS sign-in,
/// no browser.
pub(super) fn run(
    env: &Environment,
    session: SessionArgs,
    wishes: &Wishes,
    verbosity: Verbosity,
    typed: &[OsString],
) -> Result<u8, Report> {
    let Prepared { args: mut session, login } = prepare(env, session, true, wishes.url, verbosity)?;
    let without_role = session.role.is_none() && !session.back;
    if without_role {
        // The held session itself, as long as it lasts.
        session.min_ttl = session.min_ttl.or(Some(0));
    }
    with_plan(env, &session, false, |plan, _| {
        let console = ConsolePlan::of(plan, &wishes.page, env)?;
        let reuse = reuse::decide(&session, false, plan, env, clock::now())?;
        let is_held = without_role && matches!(reuse, Reuse::Use(_));
        let way = Way { env, plan, console: &console, login: login.as_ref(), wishes, verbosity, typed };
        match console.shortcut(plan).filter(|_| !is_held) {
            Some(_) if session.login_once && login.is_none() => Err(Error::LoginWithoutUse.into()),
            Some(link) => way.open_link(&link),
            None => way.open_with_keys(reuse),
        }
    })
}

/// The way to the console.
struct Way<'a> {
    env: &'a Environment,
    plan: &'a Plan,
    console: &'a ConsolePlan,
    /// The login for this call alone, if the user has signed in for it already.
    login: Option<&'a Token>,
    wishes: &'a Wishes,
    verbosity: Verbosity,
    typed: &'a [OsString],
}

impl Way<'_> {
    /// Opens or prints a link without a secret.
    fn open_link(&self, link: &str) -> Result<u8, Report> {
        self.say_unknown_page();
        if self.wishes.url {
            stdout::write(&format!("{link}\n"))?;
            return Ok(0);
        }
        let Browsers { programs, far, .. } = browsers(self.env);
        if programs.is_empty() {
            let why = far.map_or(NO_PROGRAM, Far::reason);
            self.say(&format!(
                "assume-env: {why}; open this link in a browser, which can be on any machine:\n"
            ));
            stdout::write(&format!("{link}\n"))?;
            return Ok(0);
        }
        if !self.verbosity.quiet {
            let text = format!("{}  if no browser opens, open this link in a browser:\n", self.opening(None));
            stderr::print_link(&text, link);
        }
        browser::open(&programs, link).map_err(|why| Error::NoBrowser {
            why,
            is_secret: false,
            args: self.args(),
        })?;
        Ok(0)
    }

    /// Opens or prints an address that has a sign-in token.
    fn open_with_keys(&self, reuse: Reuse) -> Result<u8, Report> {
        let Wishes { url, show, .. } = *self.wishes;
        if url {
            if let Some(output) = stdout::retains_output().filter(|_| !show) {
                return Err(Error::AddressIsRetained { output, args: self.args() }.into());
            }
            self.say_unknown_page();
            let session = self.session(reuse)?;
            let address = console::login_url(self.plan, self.console, &session.keys, self.verbosity)?;
            let mut line = crate::common::credentials::secret_buffer(address.expose().len());
            line.push_str(address.expose());
            line.push('\n');
            stdout::write(&line)?;
            return Ok(0);
        }
        let browsers = browsers(self.env);
        if browsers.programs.is_empty() {
            let why = browsers.far.map_or(NO_PROGRAM, Far::reason);
            let is_ssh = browsers.far == Some(Far::Ssh);
            return Err(Error::BrowserIsFar { why, is_ssh, args: self.args() }.into());
        }
        self.say_unknown_page();
        let session = self.session(reuse)?;
        let address = || console::login_url(self.plan, self.console, &session.keys, self.verbosity);
        let say = || self.say(&self.opening(Some(&session)));
        handover::hand_over(&browsers, LIMIT, say, address, &self.args())?;
        self.say("assume-env: the browser has the address of the console\n");
        Ok(0)
    }

    fn session(&self, reuse: Reuse) -> Result<Session, Report> {
        let acquirer = Acquirer {
            plan: self.plan,
            env: self.env,
            prompt: PromptMode::Printing,
            login: self.login,
            asks_s3: false,
            offers_sign_in: true,
            verbosity: self.verbosity,
        };
        Ok(console::session(&acquirer, reuse)?)
    }

    /// What is opened, and how long it lasts.
    fn opening(&self, session: Option<&Session>) -> String {
        let Self { plan, console, .. } = self;
        let role = match (plan.role(), &plan.source) {
            (Some(hop), _) => hop.role.value.to_string(),
            (None, Source::Sso(sso)) => {
                format!("the role {} in account {} of IAM Identity Center", sso.role.value, sso.account.value)
            }
            (None, source) => source.to_string(),
        };
        let expires = session.and_then(|session| session.expires).map(time::OffsetDateTime::unix_timestamp);
        let until = expires.map(|expires| {
            let left = human((expires - clock::now()).max(0));
            format!("  it lasts until {} (in {left})\n", clock::local_with_offset(expires))
        });
        let until = until.unwrap_or_default();
        format!("assume-env: opening the console in {} as {role}\n{until}", console.region)
    }

    fn say_unknown_page(&self) {
        if let (false, ConsolePage::Named(name)) = (self.console.destination.is_known, &self.wishes.page) {
            self.say(&format!(
                "assume-env: {name} (--page) is not a short name that assume-env knows, so it is used as a path\n"
            ));
        }
    }

    fn say(&self, text: &str) {
        if !self.verbosity.quiet {
            stderr::print(text);
        }
    }

    /// The arguments as typed, for a line to type.
    fn args(&self) -> String {
        command_line(self.typed, Format::SH)
    }
}

/// Why no browser is opened where nothing speaks against one.
const NO_PROGRAM: &str = "no program that opens a browser is known";
