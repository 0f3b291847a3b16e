//! How a user signs in: the flow, and what is shown and opened.

use crate::plan::sso_login::SsoLogin;
use crate::sys::browser::Browser;
use crate::sys::stderr;

/// How the browser and this program come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The authorization code: a browser of this machine comes back to a port of it.
    Code,
    /// The device code: a browser of any machine.
    Device,
}

/// How a user signs in.
#[derive(Debug)]
pub(crate) struct How {
    /// The flow.
    pub flow: Flow,
    /// The programs that open a browser; none if the user does it.
    pub browsers: Vec<Vec<String>>,
    /// Why this flow was chosen, for a message.
    pub because: Option<&'static str>,
}

impl How {
    /// Shows where to sign in. The link can look like a secret, but is not one: it has the hash of a secret.
    pub(super) fn show(&self, login: &SsoLogin, text: &str, link: &str) {
        let because =
            self.because.map(|because| format!(" ({because}, so the browser can be on any machine)"));
        let because = because.unwrap_or_default();
        stderr::print_link(
            &format!(
                "assume-env: signing in to {}, {}{because}\n{text}",
                login.name(),
                login.start_url.value
            ),
            link,
        );
    }

    /// Opens a browser, unless the user does it.
    pub(super) fn open(&self, link: &str) -> Option<Browser> {
        (!self.browsers.is_empty()).then(|| Browser::open(&self.browsers, link))
    }
}

/// Says once that no browser could be opened.
pub(super) fn report(browser: &mut Option<Browser>) {
    if let Some(why) = browser.as_mut().and_then(Browser::failure) {
        stderr::print(&format!(
            "assume-env: no browser opened ({why})\n  open the link above by hand, or set ASSUME_ENV_BROWSER\n"
        ));
    }
}
