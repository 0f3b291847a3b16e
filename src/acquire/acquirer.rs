//! Turns a plan into a session: local checks first, then the source, then the MFA code, then STS, so that a
//! person never types a code for a request that cannot succeed.
//!
//! All requests share one transport, also those that a command sends with the session. A code is sent
//! once. After a wrong code, the prompt asks once more. Follows the STS API reference.

use aws_sdk_sts::config::SharedHttpClient;

use crate::acquire::error::Error;
use crate::acquire::how::how;
use crate::acquire::messages;
use crate::acquire::prompt_mode::PromptMode;
use crate::acquire::reuse::Reuse;
use crate::acquire::sign_in::offer;
use crate::acquire::transport::Transport;
use crate::aws::providers::error::Error as ProviderError;
use crate::aws::providers::sso;
use crate::aws::providers::sso_token::Token;
use crate::aws::providers::{self, Fetched, Provider};
use crate::aws::sso::how::How;
use crate::aws::sso::sign_in;
use crate::aws::sts::Sts;
use crate::aws::sts::error::Error as StsError;
use crate::aws::sts::refusal::Refusal;
use crate::cli::Verbosity;
use crate::cli::session_args::Wishes;
use crate::common::credentials::{Keys, Secret};
use crate::common::mfa_session::MfaSession;
use crate::common::origin::Origin;
use crate::common::report::Diagnostic as _;
use crate::common::variables::EnvChange;
use crate::env::{Environment, running};
use crate::mfa::error::Error as MfaError;
use crate::mfa::{CodeSource, Mfa};
use crate::plan::source::{Source, Sso};
use crate::plan::{Hop, MfaSessionUse, Plan};
use crate::session::{self, Session};
use crate::sys::stderr;

/// The inputs that all steps share.
pub(crate) struct Acquirer<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The environment, for a program that gives the first credentials.
    pub env: &'a Environment,
    /// Whether a shell waits for the output of this program.
    pub prompt: PromptMode,
    /// Which messages are printed.
    pub verbosity: Verbosity,
    /// Whether the session is used for a request to S3.
    pub asks_s3: bool,
    /// The login for this call alone, if the user has signed in for it already.
    pub login: Option<&'a Token>,
    /// Whether the user can be asked to sign in to IAM Identity Center, if the role needs it.
    pub offers_sign_in: bool,
}

/// A session and how it was obtained.
pub(crate) struct Acquired {
    /// The session.
    pub session: Session,
    /// Whether it is the session that the environment holds.
    pub reused: bool,
    /// The change of the MFA session that the shell keeps.
    pub mfa_session: MfaSessionOutcome,
    /// How many seconds the clock of STS is ahead of this machine's, if it was asked.
    pub ahead: i64,
}

/// The change of the MFA session that the shell keeps.
#[derive(Debug)]
pub(crate) enum MfaSessionOutcome {
    /// Nothing.
    None,
    /// The role was assumed with it.
    Used(MfaSession),
    /// The shell gets a new one.
    New(MfaSession),
    /// STS does not accept it any more: the shell drops it.
    Dropped,
}

impl Acquired {
    fn new(session: Session, mfa_session: MfaSessionOutcome) -> Self {
        Self { session, reused: false, mfa_session, ahead: 0 }
    }
}

impl Acquirer<'_> {
    /// The held session, if it can be reused, else a new one.
    ///
    /// # Errors
    /// As for [`Acquirer::with_session`].
    pub(crate) fn session(&self, reuse: Reuse) -> Result<Acquired, Error> {
        let why = match reuse {
            Reuse::Use(session) => {
                return Ok(Acquired { reused: true, ..Acquired::new(*session, MfaSessionOutcome::None) });
            }
            Reuse::No(why) => why,
        };
        messages::step(self.verbosity, || format!("assume-env: a new session is made: {why}"));
        self.with_transport(|transport| {
            let mut acquired = match (&self.plan.mfa_session, self.plan.mfa()) {
                (Some(mfa_session), Some(mfa)) => {
                    self.session_with_mfa_session(transport, mfa_session, mfa)?
                }
                _ => {
                    let session =
                        self.new_session(transport, async |session, _, _| Ok::<_, Error>(session))?;
                    Acquired::new(session, MfaSessionOutcome::None)
                }
            };
            acquired.ahead = transport.ahead();
            Ok(acquired)
        })
    }

    /// Runs a request with the held session, if it can be reused; else with a new session, over the same
    /// connection.
    ///
    /// # Errors
    /// Every error of the source, the MFA code, STS and the request.
    pub(crate) fn with_session<T, E>(
        &self,
        reuse: Reuse,
        request: impl AsyncFn(Session, Sts, SharedHttpClient) -> Result<T, E>,
    ) -> Result<T, Error>
    where
        Error: From<E>,
    {
        self.with_transport(|transport| match reuse {
            Reuse::Use(session) => {
                transport.wait_for_sts(request(*session, transport.sts(), transport.http()))
            }
            Reuse::No(_) => self.new_session(transport, request),
        })
    }

    /// Runs `work` with a transport. After a success, closes the connections and ends their thread, because
    /// the time zone can be read only in a process with one thread. After a failure, does not end that
    /// thread: it can wait for a name server for minutes.
    fn with_transport<T>(&self, work: impl FnOnce(&Transport<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let transport = Transport::new(self.plan, self.verbosity, self.asks_s3)?;
        let answer = work(&transport);
        if answer.is_ok() {
            transport.end();
        }
        answer
    }

    /// Makes a session and runs the request with it. The MFA session of the shell is used instead of a code,
    /// if STS accepts it.
    fn new_session<T, E>(
        &self,
        transport: &Transport<'_>,
        request: impl AsyncFn(Session, Sts, SharedHttpClient) -> Result<T, E>,
    ) -> Result<T, Error>
    where
        Error: From<E>,
    {
        let plan = self.plan;
        messages::step(self.verbosity, || outline(plan));
        let fetched = self.fetch(transport)?;
        let temporary = fetched.keys().map(Keys::temporary);
        let ask = |fetched: Fetched, code: Option<&Secret>| {
            transport.wait_for_sts::<T, Error>(async {
                let session = transport.sts().session(plan, fetched, code).await?;
                Ok(request(session, transport.sts(), transport.http()).await?)
            })
        };
        if let Some(kept) = plan.mfa_session.as_ref().and_then(|mfa_session| mfa_session.kept.as_ref()) {
            match ask(kept.into(), None) {
                Err(Error::Sts(StsError::Refused(refusal))) if self.is_of_mfa_session(&refusal) => {}
                answer => return answer,
            }
        }
        match plan.mfa_for(temporary) {
            None => ask(fetched, None),
            Some(mfa) => self.with_code(mfa, |code| ask(fetched.clone(), Some(code))),
        }
    }

    /// Fetches the credentials of the source. Without a login of IAM Identity Center, the user can sign in now.
    fn fetch(&self, transport: &Transport<'_>) -> Result<Fetched, Error> {
        if let (Source::Sso(sso), Some(wishes)) = (&self.plan.source, self.plan.login_once) {
            return self.fetch_with_login(transport, sso, wishes);
        }
        let answer = self.fetch_once(transport);
        let (Source::Sso(sso), Err(Error::Provider(ProviderError::SsoToken { problem, .. }))) =
            (&self.plan.source, &answer)
        else {
            return answer;
        };
        if !self.offers_sign_in || self.verbosity.quiet || !problem.needs_login() {
            return answer;
        }
        let (login, attempts) = (&sso.login, self.plan.attempts);
        let sign_in =
            |how: &How| transport.wait_silently(sign_in::sign_in(login, how, attempts, &transport.http()));
        let printing = self.prompt == PromptMode::Printing;
        match offer(login, problem, self.env, printing, sign_in)? {
            true => self.fetch_once(transport),
            false => answer,
        }
    }

    /// Fetches the credentials of a role of IAM Identity Center with a login that is not stored.
    fn fetch_with_login(
        &self,
        transport: &Transport<'_>,
        sso: &Sso,
        wishes: Wishes,
    ) -> Result<Fetched, Error> {
        let (login, attempts) = (&sso.login, self.plan.attempts);
        let http = transport.http();
        let new = match self.login {
            Some(_) => None,
            None => {
                let how = how(self.env, login, wishes);
                Some(transport.wait_silently(sign_in::sign_in_once(login, &how, attempts, &http))?)
            }
        };
        transport.prepare()?;
        let answer = sso::credentials(sso, self.login.or(new.as_ref()), attempts, http);
        let fetched = Fetched::Credentials(transport.wait(&self.plan.source.to_string(), answer)?);
        self.plan.check_durations(fetched.keys().map(Keys::temporary))?;
        Ok(fetched)
    }

    /// Fetches the credentials of the source. The connection to STS is made while a slow source is asked or a
    /// person types a code. A fast source is read before the connection is made: its
    /// failure makes the connection unnecessary.
    fn fetch_once(&self, transport: &Transport<'_>) -> Result<Fetched, Error> {
        let plan = self.plan;
        providers::check(&plan.source)?;
        let provider = Provider::from(&plan.source);
        if provider.is_slow() {
            transport.prepare()?;
        }
        let fetched = match provider {
            Provider::Local(local) => local.fetch(self.env)?,
            Provider::Remote(remote) => {
                let answer = remote.fetch(plan, transport.http());
                transport.wait(&plan.source.to_string(), answer)?
            }
        };
        plan.check_durations(fetched.keys().map(Keys::temporary))?;
        fetched.keys().map_or(Ok(()), |keys| plan.check_keys(keys))?;
        transport.prepare()?;
        Ok(fetched)
    }

    /// Runs `work` with an MFA code. After a wrong or used code, the prompt asks once more.
    fn with_code<T>(&self, mfa: &Mfa, work: impl Fn(&Secret) -> Result<T, Error>) -> Result<T, Error> {
        if self.prompt == PromptMode::Never && mfa.asks_a_person() {
            return Err(Error::CodeNeeded { serial: mfa.serial.value.clone() });
        }
        let printing = self.prompt == PromptMode::Printing;
        let mut changes = session::ending(self.env);
        if let CodeSource::Process(command) = &mfa.code {
            changes.push(self.running(&command.origin)?);
        }
        let code = || mfa.code(printing, &changes);
        match work(&code()?) {
            Err(Error::Sts(StsError::Refused(refusal))) if refusal.is_wrong_code() && mfa.asks_a_person() => {
                stderr::print(&refusal.report().message());
                work(&code()?)
            }
            answer => answer,
        }
    }

    /// The change of the environment of the command that prints the MFA code.
    ///
    /// # Errors
    /// The command is running, and has called this program.
    fn running(&self, origin: &Origin) -> Result<EnvChange, MfaError> {
        let profile = match self.plan.hops.first() {
            Some(Hop::Role(hop)) => hop.profile.as_deref(),
            Some(Hop::Session(_)) | None => self.plan.source.profile(),
        };
        let needed_by = match profile {
            Some(profile) => format!("profile {profile}"),
            None => self.plan.role_as_typed.clone(),
        };
        running::running(&running::mfa_code(&needed_by), self.env)
            .ok_or_else(|| MfaError::CallsItself { needed_by, origin: origin.clone() })
    }

    /// Gets the session with the keys of an MFA session: the one that the shell keeps, else a new one.
    fn session_with_mfa_session(
        &self,
        transport: &Transport<'_>,
        mfa_session: &MfaSessionUse,
        mfa: &Mfa,
    ) -> Result<Acquired, Error> {
        let plan = self.plan;
        messages::step(self.verbosity, || outline(plan));
        let fetched = self.fetch(transport)?;
        let session = |fetched: Fetched, code: Option<&Secret>| {
            transport.wait_for_sts(async { transport.sts().session(plan, fetched, code).await })
        };
        let with_code = || self.with_code(mfa, |code| session(fetched.clone(), Some(code)));
        if let Some(kept) = &mfa_session.kept {
            return match session(kept.into(), None) {
                Ok(session) => Ok(Acquired::new(session, MfaSessionOutcome::Used(kept.clone()))),
                Err(Error::Sts(StsError::Refused(refusal))) if self.is_of_mfa_session(&refusal) => {
                    messages::step(self.verbosity, || format!("assume-env: with the MFA session: {refusal}"));
                    let outcome = match refusal.is_of_keys() {
                        true => MfaSessionOutcome::Dropped,
                        false => MfaSessionOutcome::None,
                    };
                    Ok(Acquired::new(with_code()?, outcome))
                }
                Err(error) => Err(error),
            };
        }
        // An MFA session can be made only with keys. A plan that starts with a token has no MFA device.
        let Some(keys) = fetched.keys().filter(|_| mfa_session.may_make) else {
            return Ok(Acquired::new(with_code()?, MfaSessionOutcome::None));
        };
        self.with_code(mfa, |code| {
            match transport.wait_for_sts(async { transport.sts().mfa_session(plan, keys, mfa, code).await }) {
                Ok(new) => {
                    let session = session(Fetched::from(&new), None)?;
                    Ok(Acquired::new(session, MfaSessionOutcome::New(new)))
                }
                // A policy can deny GetSessionToken: then the code is still unused, and is used for this role
                // only.
                Err(Error::Sts(StsError::Refused(refusal))) if !refusal.is_wrong_code() => {
                    messages::step(self.verbosity, || format!("assume-env: no MFA session: {refusal}"));
                    Ok(Acquired::new(session(fetched.clone(), Some(code))?, MfaSessionOutcome::None))
                }
                Err(error) => Err(error),
            }
        })
    }

    /// Whether a refusal is due to the MFA session: STS refuses its keys, or refuses the first role, and
    /// the request can succeed with a code.
    fn is_of_mfa_session(&self, refusal: &Refusal) -> bool {
        let role = |hop: Option<&Hop>| hop.and_then(Hop::role).map(|hop| hop.role.value.clone());
        let is_first = role(Some(&refusal.hop)) == role(self.plan.hops.first());
        is_first && (refusal.is_of_keys() || refusal.is_access_denied())
    }
}

/// The plan in a few lines, for `--verbose`.
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
