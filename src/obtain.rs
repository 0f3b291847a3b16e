//! The way from a plan to a session, in the order in which a person can bear it: what this machine knows, then the source, then
//! the MFA code, then STS. One runtime and one connection serve the whole way, and what the mode asks afterwards.

use std::future::Future;
use std::time::Instant;

use aws_sdk_sts::config::SharedHttpClient;
use tokio::runtime::Runtime;

use crate::base::Base;
use crate::caller::Caller;
use crate::cli::{Mode, Request};
use crate::error::Error;
use crate::mfa::Mfa;
use crate::plan::{BaseWish, Plan};
use crate::reuse::Why;
use crate::s3;
use crate::secret::{Keys, Secret};
use crate::session::Session;
use crate::source::Found;
use crate::sts::Sts;
use crate::sts::skew::Skew;
use crate::{net, tty};

/// What the way is walked with.
pub struct Way<'a> {
    /// What was asked for.
    pub request: &'a Request,
    /// The plan.
    pub plan: &'a Plan,
    /// The environment.
    pub caller: &'a Caller,
}

/// A session, and how it was come by.
pub struct Got {
    /// The session.
    pub session: Session,
    /// Whether it is the one that the environment held.
    pub reused: bool,
    /// What happens to the shell's base session.
    pub base: BaseChange,
}

/// What happens to the base session that the shell keeps.
#[derive(Debug)]
pub enum BaseChange {
    /// Nothing: none was wanted.
    None,
    /// The role was assumed with the one that is there.
    Used(Base),
    /// A new one takes its place.
    New(Base),
    /// It is of no use any more.
    Dropped,
}

impl Got {
    fn new(session: Session, base: BaseChange) -> Self {
        Self { session, reused: false, base }
    }
}

impl Way<'_> {
    /// The session: the one that is held, if it can be used again, else a new one.
    ///
    /// # Errors
    /// As for [`Way::ask`].
    pub fn session(&self, reuse: Result<Session, Why>) -> Result<Got, Error> {
        let why = match reuse {
            Ok(session) => return Ok(Got { session, reused: true, base: BaseChange::None }),
            Err(why) => why,
        };
        self.tell(|| format!("assume-env: a new session is made: {why}"));
        match (&self.plan.base, self.plan.mfa()) {
            (Some(wish), Some(mfa)) => self.with_base(wish, mfa),
            _ => {
                let session = self.ask(None, async |session, _, _| Ok(session))?;
                Ok(Got::new(session, BaseChange::None))
            }
        }
    }

    /// Gets a session, unless one is held, and does with it what the mode asks for, over the same connection.
    ///
    /// # Errors
    /// Everything that can go wrong between a plan and an answer.
    pub fn ask<T>(
        &self,
        held: Option<Session>,
        then: impl AsyncFn(Session, Sts, SharedHttpClient) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let plan = self.plan;
        let link = Link::new(self)?;
        let on = async |session| then(session, link.sts(plan), link.http.clone()).await;
        if let Some(session) = held {
            return link.wait(self, &plan.sts.url.value, on(session));
        }
        self.tell(|| outline(plan));
        let found = self.found(&link)?;
        let temporary = found.keys().map(Keys::temporary);
        plan.check_lengths(temporary)?;
        let once = |code: Option<&Secret>| {
            let session = link.sts(plan);
            let found = found.clone();
            link.wait(self, &plan.sts.url.value, async {
                on(session.session(plan, found, code).await?).await
            })
        };
        match plan.mfa_for(temporary) {
            None => once(None),
            Some(mfa) => self.with_code(mfa, |code| once(Some(code))),
        }
    }

    /// What the source gives.
    fn found(&self, link: &Link) -> Result<Found, Error> {
        let source = &self.plan.source;
        match source.is_remote() {
            true => link.wait(self, &source.to_string(), source.ask(self.plan, link.http.clone())),
            false => source.get(self.caller),
        }
    }

    /// Does something with a code. A person who mistyped it, or whose code was used already, is asked once more.
    fn with_code<T>(&self, mfa: &Mfa, work: impl Fn(&Secret) -> Result<T, Error>) -> Result<T, Error> {
        let printing = !matches!(self.request.mode, Mode::Run { .. });
        match work(&mfa.code(printing)?) {
            Err(Error::Refused(refusal)) if refusal.is_wrong_code() && mfa.asks_a_person() => {
                tty::say(&Error::Refused(refusal).report());
                work(&mfa.code(printing)?)
            }
            answer => answer,
        }
    }

    /// The session by way of a base session: the one that the shell keeps, else a new one.
    fn with_base(&self, wish: &BaseWish, mfa: &Mfa) -> Result<Got, Error> {
        let plan = self.plan;
        let link = Link::new(self)?;
        self.tell(|| outline(plan));
        let found = self.found(&link)?;
        let url = &plan.sts.url.value;
        let from = |found: Found, code: Option<&Secret>| {
            link.wait(self, url, async { link.sts(plan).session(plan, found, code).await })
        };
        if let Some(base) = &wish.kept {
            match from(Found::of(base), None) {
                Ok(session) => return Ok(Got::new(session, BaseChange::Used(base.clone()))),
                Err(Error::Refused(refusal)) => {
                    self.tell(|| format!("assume-env: with the base session: {refusal}"));
                    let session = self.with_code(mfa, |code| from(found.clone(), Some(code)))?;
                    let change = if refusal.is_of_keys() { BaseChange::Dropped } else { BaseChange::None };
                    return Ok(Got::new(session, change));
                }
                Err(error) => return Err(error),
            }
        }
        let Some(keys) = found.keys() else { unreachable!("a base session is made with keys") };
        self.with_code(mfa, |code| {
            match link.wait(self, url, async { link.sts(plan).base(plan, keys, mfa, code).await }) {
                Ok(base) => {
                    let session = from(Found::of(&base), None)?;
                    Ok(Got::new(session, BaseChange::New(base)))
                }
                // Where a policy forbids it, the code serves this role alone.
                Err(Error::Refused(refusal)) if !refusal.is_wrong_code() => {
                    self.tell(|| format!("assume-env: no base session: {refusal}"));
                    Ok(Got::new(from(found.clone(), Some(code))?, BaseChange::None))
                }
                Err(error) => Err(error),
            }
        })
    }

    fn tell(&self, text: impl FnOnce() -> String) {
        if self.request.verbose {
            tty::say(&text());
        }
    }
}

/// The runtime and the connections.
struct Link {
    http: SharedHttpClient,
    skew: Skew,
    /// Given up at the end in one of two ways.
    runtime: Option<Runtime>,
}

impl Link {
    fn new(way: &Way<'_>) -> Result<Self, Error> {
        let s3 = s3::url(way.plan);
        let mut urls = way.plan.source.urls();
        if matches!(way.request.mode, Mode::Buckets { .. }) {
            urls.push(&s3);
        }
        let http = SharedHttpClient::new(net::Client::new(way.plan, &urls)?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            http,
            skew: Skew::default(),
            runtime: Some(runtime.map_err(|why| Error::NoRuntime { why })?),
        })
    }

    fn sts(&self, plan: &Plan) -> Sts {
        Sts::new(plan, self.http.clone(), self.skew.clone())
    }

    /// Waits for an answer; a person who waits long is told for what.
    fn wait<T>(
        &self,
        way: &Way<'_>,
        whom: &str,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let Some(runtime) = &self.runtime else { unreachable!("the runtime ends with the link") };
        let started = Instant::now();
        let answer = runtime.block_on(tty::patiently(way.request.quiet, whom, answer));
        way.tell(|| format!("assume-env: answered after {} ms", started.elapsed().as_millis()));
        if let Some(warning) = self.skew.warning().filter(|_| !way.request.quiet) {
            tty::say(&warning);
        }
        answer
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // A thread that looks a name up may still be waiting for a name server, for minutes; one that has done so ends at
        // once, and must: the time zone can be read only by the last thread.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(std::time::Duration::from_millis(50));
        }
    }
}

fn outline(plan: &Plan) -> String {
    let mut text = format!("assume-env: starting from {}\n", plan.source);
    for hop in &plan.hops {
        match hop.role() {
            Some(hop) => text.push_str(&format!(
                "  {} as {} ({})\n",
                hop.role.value, hop.session_name.value, hop.session_name.origin
            )),
            None => text.push_str(&format!("  {}\n", hop.action())),
        }
    }
    text.push_str(&format!("  asking {} ({})\n", plan.sts.url.value, plan.sts.url.origin));
    text
}
