//! The way from a plan to a session, in the order in which a person can bear it: what this machine knows, then the source, then
//! the MFA code, then STS. One runtime and one connection serve the whole way, and what the mode asks afterwards.

use std::future::Future;
use std::time::Instant;

use aws_sdk_sts::config::SharedHttpClient;
use tokio::runtime::Runtime;

use crate::caller::Caller;
use crate::cli::{Mode, Request};
use crate::error::Error;
use crate::plan::Plan;
use crate::reuse::Why;
use crate::s3;
use crate::secret::{Keys, Secret};
use crate::session::Session;
use crate::source::Found;
use crate::sts::Sts;
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

impl Way<'_> {
    /// The session: the one that is held, if it can be used again, else a new one. Says which of the two it is.
    ///
    /// # Errors
    /// As for [`Way::ask`].
    pub fn session(&self, reuse: Result<Session, Why>) -> Result<(Session, bool), Error> {
        match reuse {
            Ok(session) => Ok((session, true)),
            Err(why) => {
                self.tell(|| format!("assume-env: a new session is made: {why}"));
                let session = self.ask(None, async |session, _, _| Ok(session))?;
                Ok((session, false))
            }
        }
    }

    /// Gets a session, unless one is held, and does with it what the mode asks for, over the same connection. A person who
    /// mistyped a code, or whose code was used already, is asked once more.
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
        if let Some(session) = held {
            return link.wait(self, &plan.sts.url.value, then(session, link.sts(plan), link.http.clone()));
        }
        self.tell(|| outline(plan));
        let found = match plan.source.is_remote() {
            true => link.wait(self, &plan.source.to_string(), plan.source.ask(plan, link.http.clone()))?,
            false => plan.source.get(self.caller)?,
        };
        let temporary = found.keys().map(Keys::temporary);
        plan.check_lengths(temporary)?;
        let once = |found: Found, code: Option<Secret>| {
            link.wait(self, &plan.sts.url.value, async {
                let sts = link.sts(plan);
                let session = sts.session(plan, found, code.as_ref()).await?;
                then(session, sts, link.http.clone()).await
            })
        };
        let Some(mfa) = plan.mfa_for(temporary) else { return once(found, None) };
        let printing = !matches!(self.request.mode, Mode::Run { .. });
        let code = mfa.code(printing)?;
        match once(found.clone(), Some(code)) {
            Err(Error::Refused(refusal)) if refusal.is_wrong_code() && mfa.asks_a_person() => {
                tty::say(&Error::Refused(refusal).report());
                once(found, Some(mfa.code(printing)?))
            }
            answer => answer,
        }
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
        Ok(Self { http, runtime: Some(runtime.map_err(|why| Error::NoRuntime { why })?) })
    }

    fn sts(&self, plan: &Plan) -> Sts {
        Sts::new(plan, self.http.clone())
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
