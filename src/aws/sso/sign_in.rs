//! One sign-in: of all processes that want the same login at the same time, one signs in and the others take its
//! token.
//!
//! The lock is on the folder of the token files (flock(2)), because a first sign-in has no file yet; so no other
//! file is needed. One folder serves all logins: a process that has waited for another login goes on with its own.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use aws_sdk_ssooidc::config::SharedHttpClient;
use nix::unistd::{AccessFlags, access};

use crate::aws::providers::sso_token::{NewToken, Token};
use crate::aws::sso::error::Error;
use crate::aws::sso::how::{Flow, How};
use crate::aws::sso::oidc::{Grant, Oidc, Registration};
use crate::aws::sso::{code_flow, device_flow};
use crate::common::clock;
use crate::plan::sso_login::SsoLogin;
use crate::sys::stderr;

/// The longest wait for another process that signs in: longer than any sign-in lasts.
const LONGEST: Duration = Duration::from_secs(11 * 60);
/// The pause between two attempts to get the lock.
const PAUSE: Duration = Duration::from_millis(100);

/// A login that is valid now.
pub(crate) struct SignedIn {
    /// The token.
    pub token: Token,
    /// Whether another process signed in meanwhile.
    pub elsewhere: bool,
}

/// Signs in and stores the token, or takes the token of another process that does. `attempts` is the highest number
/// of tries of a request.
///
/// # Errors
/// A folder that cannot be written; a sign-in that fails, here or in the other process. The stored token is
/// unchanged then.
pub(crate) async fn sign_in(
    login: &SsoLogin,
    how: &How,
    attempts: u32,
    http: &SharedHttpClient,
) -> Result<SignedIn, Error> {
    let not_stored = |why| Error::NotStored { file: login.token_file.clone(), why, again: login.command() };
    let before = stored(login);
    let folder = login.token_file.parent().unwrap_or(Path::new("."));
    prepare(folder).map_err(|why| Error::NoFolder { folder: folder.to_owned(), why })?;
    let _lock = match lock(folder).await {
        Lock::AfterWait(lock, changed) => {
            if let Some(token) = stored(login).filter(|token| is_newer(token, before.as_ref())) {
                return Ok(SignedIn { token, elsewhere: true });
            }
            if !changed {
                return Err(Error::OtherNotFinished { again: login.command() });
            }
            Some(lock)
        }
        Lock::AtOnce(lock) => Some(lock),
        Lock::None => None,
    };
    let token = sign_in_once(login, how, attempts, http).await?;
    // A process that refreshes the old token must not write it over the new one.
    let _refreshing = Token::lock(&login.token_file).await;
    token.write(&login.token_file).map_err(not_stored)?;
    Ok(SignedIn { token, elsewhere: false })
}

/// Signs in and stores nothing: the token serves this process alone.
///
/// # Errors
/// A sign-in that fails.
pub(crate) async fn sign_in_once(
    login: &SsoLogin,
    how: &How,
    attempts: u32,
    http: &SharedHttpClient,
) -> Result<Token, Error> {
    let oidc = Oidc::new(login, attempts, http);
    let (registration, grant) = match how.flow {
        Flow::Code => code_flow::sign_in(&oidc, how).await?,
        Flow::Device => device_flow::sign_in(&oidc, how).await?,
    };
    Ok(token_of(login, &registration, &grant))
}

/// The stored token, if it is valid now.
pub(crate) fn stored(login: &SsoLogin) -> Option<Token> {
    let token = Token::read_once(&login.token_file).ok().flatten();
    token.filter(|token| token.is_valid(clock::now()))
}

/// Whether a token is another one than the token before.
pub(crate) fn is_newer(token: &Token, before: Option<&Token>) -> bool {
    before.is_none_or(|before| before.access() != token.access())
}

fn token_of(login: &SsoLogin, registration: &Registration, grant: &Grant) -> Token {
    Token::new(&NewToken {
        start_url: &login.start_url.value,
        region: &login.region.value,
        access: &grant.access,
        lasts: grant.lasts,
        refresh: grant.refresh.as_ref(),
        client_id: &registration.id,
        client_secret: &registration.secret,
        registered_until: registration.expires,
    })
}

/// Makes the folder, and checks that it can be written before anybody signs in.
fn prepare(folder: &Path) -> std::io::Result<()> {
    if !folder.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    Ok(access(folder, AccessFlags::W_OK | AccessFlags::X_OK)?)
}

/// The lock on the folder.
enum Lock {
    /// No other process had it.
    AtOnce(File),
    /// Another process had it; and whether a file of the folder changed meanwhile.
    AfterWait(File, bool),
    /// The folder cannot be locked, as on some network file systems.
    None,
}

/// Takes the lock, and waits while another process has it.
async fn lock(folder: &Path) -> Lock {
    let Ok(file) = File::open(folder) else { return Lock::None };
    let changed = || -> Option<SystemTime> { fs::metadata(folder).ok()?.modified().ok() };
    let (begin, before) = (Instant::now(), changed());
    let mut waits = false;
    loop {
        match file.try_lock() {
            Ok(()) if waits => return Lock::AfterWait(file, changed() != before),
            Ok(()) => return Lock::AtOnce(file),
            Err(TryLockError::WouldBlock) if begin.elapsed() < LONGEST => {
                if !waits {
                    stderr::print(
                        "assume-env: another terminal is signing in; waiting for it, Ctrl-C ends the wait\n",
                    );
                }
                waits = true;
                tokio::time::sleep(PAUSE).await;
            }
            Err(_) => return Lock::None,
        }
    }
}
