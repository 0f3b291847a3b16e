//! The part that all requests of one run share: the event loop, the connections, the clock skew, and the
//! waiting.
//!
//! A plan comes in, for its addresses and its CA bundle. No request may start before the authorities are
//! read.

use std::future::Future;
use std::path::PathBuf;
use std::time::Instant;

use aws_sdk_sts::config::SharedHttpClient;
use tokio::runtime::Runtime;

use crate::acquire::error::Error;
use crate::acquire::messages;
use crate::aws::s3;
use crate::aws::sts::Sts;
use crate::aws::sts::clock_skew::ClockSkew;
use crate::cli::Verbosity;
use crate::common::origin::Located;
use crate::net::{self, Proxy};
use crate::plan::Plan;
use crate::sys::stderr;

/// The event loop and the connections for the requests of a plan.
pub(crate) struct Transport<'a> {
    plan: &'a Plan,
    verbosity: Verbosity,
    /// Whether S3 is asked after STS.
    asks_s3: bool,
    client: net::Client,
    http: SharedHttpClient,
    skew: ClockSkew,
    runtime: Runtime,
}

/// An event loop for requests, on this thread.
///
/// # Errors
/// A system without one left.
fn event_loop() -> Result<Runtime, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.map_err(|why| Error::NoRuntime { why })
}

/// Runs `work` with an event loop and a client for these addresses. After a success, the thread of the client ends: see
/// `Acquirer::with_transport`.
///
/// # Errors
/// No event loop, a CA bundle that cannot be used, and the errors of `work`.
pub(super) fn with_connections<T>(
    proxy: &Proxy,
    ca_bundle: Option<&Located<PathBuf>>,
    urls: &[&str],
    work: impl FnOnce(&Runtime, &net::Client) -> Result<T, Error>,
) -> Result<T, Error> {
    let client = net::Client::new(proxy.clone())?;
    client.trust(ca_bundle, urls)?;
    let done = work(&event_loop()?, &client);
    if done.is_ok() {
        client.end();
    }
    done
}

impl<'a> Transport<'a> {
    /// A transport without connections.
    ///
    /// # Errors
    /// A system without a thread or an event loop left.
    pub(crate) fn new(plan: &'a Plan, verbosity: Verbosity, asks_s3: bool) -> Result<Self, Error> {
        let client = net::Client::new(plan.proxy.clone())?;
        let http = SharedHttpClient::new(client.clone());
        Ok(Self {
            plan,
            verbosity,
            asks_s3,
            client,
            http,
            skew: ClockSkew::default(),
            runtime: event_loop()?,
        })
    }

    /// The client for the SDK's other services.
    pub(crate) fn http(&self) -> SharedHttpClient {
        self.http.clone()
    }

    /// A client of STS.
    pub(crate) fn sts(&self) -> Sts {
        Sts::new(self.plan, self.http(), self.skew.clone())
    }

    /// Starts what takes time before a request can be sent: connects to STS, if the plan asks it, and reads
    /// the authorities.
    ///
    /// # Errors
    /// A CA bundle that cannot be used.
    pub(crate) fn prepare(&self) -> Result<(), Error> {
        if self.plan.asks_sts() {
            self.client.connect_ahead(&self.plan.sts.url.value);
        }
        self.read_authorities()
    }

    /// Waits for an answer of STS.
    ///
    /// # Errors
    /// As for [`Transport::wait`].
    pub(crate) fn wait_for_sts<T, E>(&self, answer: impl Future<Output = Result<T, E>>) -> Result<T, Error>
    where
        Error: From<E>,
    {
        self.wait(&self.plan.sts.url.value, answer)
    }

    /// Waits for an answer. After a second, a message names what the program waits for; a wrong clock causes
    /// a warning.
    ///
    /// # Errors
    /// The error of the answer; a CA bundle that cannot be used.
    pub(crate) fn wait<T, E>(
        &self,
        waiting_for: &str,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error>
    where
        Error: From<E>,
    {
        self.read_authorities()?;
        let started = Instant::now();
        let answer =
            self.runtime.block_on(stderr::with_wait_notice(self.verbosity.quiet, waiting_for, answer));
        messages::step(self.verbosity, || {
            format!("assume-env: answered after {} ms", started.elapsed().as_millis())
        });
        if let Some(warning) = self.skew.warning() {
            messages::warning(self.verbosity, &warning);
        }
        Ok(answer?)
    }

    /// Waits for something that explains its waits itself.
    ///
    /// # Errors
    /// The error of the answer; a CA bundle that cannot be used.
    pub(crate) fn wait_silently<T, E>(&self, answer: impl Future<Output = Result<T, E>>) -> Result<T, Error>
    where
        Error: From<E>,
    {
        self.read_authorities()?;
        Ok(self.runtime.block_on(answer)?)
    }

    /// How many seconds the clock of STS is ahead of this machine's.
    pub(crate) fn ahead(&self) -> i64 {
        self.skew.ahead()
    }

    /// Ends the connections and their thread.
    pub(crate) fn end(&self) {
        self.client.end();
    }

    /// Reads the authorities, once, and only if an address uses https.
    fn read_authorities(&self) -> Result<(), Error> {
        let s3 = self.asks_s3.then(|| s3::address(self.plan));
        let mut urls = self.plan.source.urls();
        urls.push(&self.plan.sts.url.value);
        urls.extend(s3.as_deref());
        Ok(self.client.trust(self.plan.ca_bundle.as_ref(), &urls)?)
    }
}
