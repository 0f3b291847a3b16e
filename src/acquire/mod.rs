//! The way from a plan to a session, in the order in which a person can bear it: what this machine knows, then the source, then
//! the MFA code, then STS. One runtime and one connection serve the whole way, and what the mode asks afterwards.

pub mod reuse;

use std::future::Future;
use std::time::Instant;

use aws_sdk_sts::config::SharedHttpClient;
use tokio::runtime::Runtime;

use crate::acquire::reuse::NotReusable;
use crate::aws::providers::{self, Fetched};
use crate::aws::s3;
use crate::aws::sts::Sts;
use crate::aws::sts::clock_skew::ClockSkew;
use crate::aws::sts::refusal::Refusal;
use crate::cli::Verbosity;
use crate::common::credentials::{Keys, Secret};
use crate::common::mfa_session::MfaSession;
use crate::env::Environment;
use crate::error::Error;
use crate::mfa::Mfa;
use crate::net;
use crate::plan::source::Source;
use crate::plan::{Hop, MfaSessionUse, Plan};
use crate::session::Session;
use crate::sys::stderr;

/// What the way is walked with.
pub struct Acquirer<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The environment.
    pub env: &'a Environment,
    /// Whether a shell waits for standard output, so that a prompt must not be stopped by Ctrl-Z.
    pub printing: bool,
    /// Whether S3 is asked with the session.
    pub asks_s3: bool,
    /// How much to say on standard error.
    pub verbosity: Verbosity,
}

/// A session, and how it was come by.
pub struct Acquired {
    /// The session.
    pub session: Session,
    /// Whether it is the one that the environment held.
    pub reused: bool,
    /// What happens to the shell's base session.
    pub base: MfaSessionOutcome,
}

/// What happens to the base session that the shell keeps.
#[derive(Debug)]
pub enum MfaSessionOutcome {
    /// Nothing: none was wanted.
    None,
    /// The role was assumed with the one that is there.
    Used(MfaSession),
    /// A new one takes its place.
    New(MfaSession),
    /// It is of no use any more.
    Dropped,
}

impl Acquired {
    fn new(session: Session, base: MfaSessionOutcome) -> Self {
        Self { session, reused: false, base }
    }
}

impl Acquirer<'_> {
    /// The session: the one that is held, if it can be used again, else a new one.
    ///
    /// # Errors
    /// As for [`Acquirer::ask`].
    pub fn session(&self, reuse: Result<Session, NotReusable>) -> Result<Acquired, Error> {
        let why = match reuse {
            Ok(session) => return Ok(Acquired { session, reused: true, base: MfaSessionOutcome::None }),
            Err(why) => why,
        };
        self.tell(|| format!("assume-env: a new session is made: {why}"));
        match (&self.plan.base, self.plan.mfa()) {
            (Some(wish), Some(mfa)) => self.with_base(wish, mfa),
            _ => {
                let session = self.ask(None, async |session, _, _| Ok(session))?;
                Ok(Acquired::new(session, MfaSessionOutcome::None))
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
        self.over(|link| self.ask_over(link, held, then))
    }

    /// Does something over a connection. Once it is done, the connection ends, and its thread: the time zone can be read only by
    /// the last one. After a failure that thread may still be waiting for a name server, for minutes.
    fn over<T>(&self, work: impl FnOnce(&Transport) -> Result<T, Error>) -> Result<T, Error> {
        let link = Transport::new()?;
        let answer = work(&link);
        if answer.is_ok() {
            link.client.end();
        }
        answer
    }

    fn ask_over<T>(
        &self,
        link: &Transport,
        held: Option<Session>,
        then: impl AsyncFn(Session, Sts, SharedHttpClient) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let plan = self.plan;
        let on = async |session| then(session, link.sts(plan), link.http.clone()).await;
        if let Some(session) = held {
            return link.wait(self, &plan.sts.url.value, on(session));
        }
        self.tell(|| outline(plan));
        let found = self.found(link)?;
        let temporary = found.keys().map(Keys::temporary);
        let once = |code: Option<&Secret>| {
            let session = link.sts(plan);
            let found = found.clone();
            link.wait(self, &plan.sts.url.value, async {
                on(session.session(plan, found, code).await?).await
            })
        };
        if let Some(base) = plan.base.as_ref().and_then(|wish| wish.kept.as_ref()) {
            let session = link.sts(plan);
            let asked = link.wait(self, &plan.sts.url.value, async {
                on(session.session(plan, Fetched::of(base), None).await?).await
            });
            match asked {
                Err(Error::Refused(refusal)) if self.is_of_base(&refusal) => {}
                answer => return answer,
            }
        }
        match plan.mfa_for(temporary) {
            None => once(None),
            Some(mfa) => self.with_code(mfa, |code| once(Some(code))),
        }
    }

    /// What the source gives. The connection to STS comes about while a source is asked that takes its time, and while a code
    /// is typed; where the source may have failed by then, nothing is begun in vain.
    fn found(&self, link: &Transport) -> Result<Fetched, Error> {
        let plan = self.plan;
        let begin = || {
            if plan.asks_sts() {
                link.client.connect_ahead(&plan.sts.url.value);
            }
            link.trust(self)
        };
        providers::check(&plan.source)?;
        if plan.source.is_remote() || matches!(plan.source, Source::Process { .. }) {
            begin()?;
        }
        let found = match plan.source.is_remote() {
            true => link.wait(
                self,
                &plan.source.to_string(),
                providers::ask(&plan.source, plan, link.http.clone()),
            )?,
            false => providers::get(&plan.source, self.env)?,
        };
        plan.check_lengths(found.keys().map(Keys::temporary))?;
        begin()?;
        Ok(found)
    }

    /// Does something with a code. A person who mistyped it, or whose code was used already, is asked once more.
    fn with_code<T>(&self, mfa: &Mfa, work: impl Fn(&Secret) -> Result<T, Error>) -> Result<T, Error> {
        match work(&mfa.code(self.printing)?) {
            Err(Error::Refused(refusal)) if refusal.is_wrong_code() && mfa.asks_a_person() => {
                stderr::say(&Error::Refused(refusal).report());
                work(&mfa.code(self.printing)?)
            }
            answer => answer,
        }
    }

    /// The session by way of a base session: the one that the shell keeps, else a new one.
    fn with_base(&self, wish: &MfaSessionUse, mfa: &Mfa) -> Result<Acquired, Error> {
        self.over(|link| self.with_base_over(link, wish, mfa))
    }

    fn with_base_over(&self, link: &Transport, wish: &MfaSessionUse, mfa: &Mfa) -> Result<Acquired, Error> {
        let plan = self.plan;
        self.tell(|| outline(plan));
        let found = self.found(link)?;
        let url = &plan.sts.url.value;
        let from = |found: Fetched, code: Option<&Secret>| {
            link.wait(self, url, async { link.sts(plan).session(plan, found, code).await })
        };
        if !wish.may_make && wish.kept.is_none() {
            let answer = self.with_code(mfa, |code| from(found.clone(), Some(code)))?;
            return Ok(Acquired::new(answer, MfaSessionOutcome::None));
        }
        if let Some(base) = &wish.kept {
            match from(Fetched::of(base), None) {
                Ok(session) => return Ok(Acquired::new(session, MfaSessionOutcome::Used(base.clone()))),
                Err(Error::Refused(refusal)) if self.is_of_base(&refusal) => {
                    self.tell(|| format!("assume-env: with the base session: {refusal}"));
                    let session = self.with_code(mfa, |code| from(found.clone(), Some(code)))?;
                    let change = if refusal.is_of_keys() {
                        MfaSessionOutcome::Dropped
                    } else {
                        MfaSessionOutcome::None
                    };
                    return Ok(Acquired::new(session, change));
                }
                Err(error) => return Err(error),
            }
        }
        let Some(keys) = found.keys() else { unreachable!("a base session is made with keys") };
        self.with_code(mfa, |code| {
            match link.wait(self, url, async { link.sts(plan).base(plan, keys, mfa, code).await }) {
                Ok(base) => {
                    let session = from(Fetched::of(&base), None)?;
                    Ok(Acquired::new(session, MfaSessionOutcome::New(base)))
                }
                // Where a policy forbids it, the code serves this role alone.
                Err(Error::Refused(refusal)) if !refusal.is_wrong_code() => {
                    self.tell(|| format!("assume-env: no base session: {refusal}"));
                    Ok(Acquired::new(from(found.clone(), Some(code))?, MfaSessionOutcome::None))
                }
                Err(error) => Err(error),
            }
        })
    }

    /// Whether a refusal is the base session's own: of the first role, and such that a code could change it.
    fn is_of_base(&self, refusal: &Refusal) -> bool {
        let role = |hop: Option<&Hop>| hop.and_then(Hop::role).map(|hop| hop.role.value.clone());
        let first = role(Some(&refusal.hop)) == role(self.plan.hops.first());
        first && (refusal.is_of_keys() || refusal.code == "AccessDenied")
    }

    fn tell(&self, text: impl FnOnce() -> String) {
        if self.verbosity.verbose {
            stderr::say(&text());
        }
    }
}

/// The runtime and the connections.
struct Transport {
    client: net::Client,
    http: SharedHttpClient,
    skew: ClockSkew,
    runtime: Runtime,
}

impl Transport {
    fn new() -> Result<Self, Error> {
        let client = net::Client::new()?;
        let http = SharedHttpClient::new(client.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        Ok(Self {
            client,
            http,
            skew: ClockSkew::default(),
            runtime: runtime.map_err(|why| Error::NoRuntime { why })?,
        })
    }

    /// Has the authorities read, before anything is asked.
    fn trust(&self, way: &Acquirer<'_>) -> Result<(), Error> {
        let s3;
        let mut urls = way.plan.source.urls();
        urls.push(&way.plan.sts.url.value);
        if way.asks_s3 {
            s3 = s3::url(way.plan);
            urls.push(&s3);
        }
        Ok(self.client.trust(way.plan.ca_bundle.as_ref(), &urls)?)
    }

    fn sts(&self, plan: &Plan) -> Sts {
        Sts::new(plan, self.http.clone(), self.skew.clone())
    }

    /// Waits for an answer; a person who waits long is told for what.
    fn wait<T>(
        &self,
        way: &Acquirer<'_>,
        whom: &str,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.trust(way)?;
        let started = Instant::now();
        let answer = self.runtime.block_on(stderr::patiently(way.verbosity.quiet, whom, answer));
        way.tell(|| format!("assume-env: answered after {} ms", started.elapsed().as_millis()));
        if let Some(warning) = self.skew.warning().filter(|_| !way.verbosity.quiet) {
            stderr::say(&warning);
        }
        answer
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
