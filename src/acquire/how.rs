//! How a user of this environment signs in: by which flow, and in which browser.
//!
//! The authorization code needs a browser that can reach a port of this machine. Where that cannot be (SSH, a
//! container, no display), the device code is used, and the browser can be anywhere. The AWS CLI has no such choice,
//! and hangs there (aws-cli issues 9098, 9148, 9228).

use std::path::Path;

use crate::aws::sso::how::{Flow, How};
use crate::cli::session_args::Wishes;
use crate::config::shell_words;
use crate::env::Environment;
use crate::plan::sso_login::SsoLogin;

/// The programs of the user's own choice: words with `{url}`.
const OWN: &str = "ASSUME_ENV_BROWSER";

/// The files that a container has.
const OF_CONTAINER: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// Where a browser of the user runs, and how it is started.
#[derive(Debug)]
pub(crate) struct Browsers {
    /// The programs that open an address, in the order in which they are tried: words with `{url}`.
    pub programs: Vec<Vec<String>>,
    /// Why a browser that the user sees cannot reach this machine; then no program is started.
    pub far: Option<Far>,
    /// Whether a process of root passes on the connections of the browser, as in WSL those of one in Windows.
    pub has_relay: bool,
}

/// Why a browser that the user sees cannot reach this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Far {
    /// The user works over SSH.
    Ssh,
    /// This is a container, and no browser of the user's own choice is named.
    Container,
    /// There is no display, and no browser of the user's own choice is named.
    NoDisplay,
}

impl Far {
    /// The reason, as a sentence without an end.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Ssh => "this is an SSH session",
            Self::Container => "this is a container",
            Self::NoDisplay => "this machine has no display",
        }
    }
}

/// The browsers of this environment.
pub(crate) fn browsers(env: &Environment) -> Browsers {
    browsers_of(env, || OF_CONTAINER.iter().any(|file| Path::new(file).exists()))
}

/// How the user signs in to this login.
pub(crate) fn how(env: &Environment, login: &SsoLogin, wishes: Wishes) -> How {
    choose(browsers(env), login.session.is_none(), wishes)
}

/// `is_old`: the login is that of a profile of the older form, for which the AWS CLI uses the device code alone.
fn choose(Browsers { programs, far, .. }: Browsers, is_old: bool, wishes: Wishes) -> How {
    let (flow, because) = match far {
        _ if wishes.device_code || is_old => (Flow::Device, None),
        Some(far) => (Flow::Device, Some(far.reason())),
        None => (Flow::Code, None),
    };
    How { flow, browsers: if wishes.no_browser { Vec::new() } else { programs }, because }
}

fn browsers_of(env: &Environment, is_container: impl Fn() -> bool) -> Browsers {
    let is_set = |name: &&str| is_set(env, name);
    let far = why_far(env, is_container);
    let own = env.var(OWN).map(|line| {
        let words = shell_words(line).unwrap_or_default();
        if words.is_empty() { line.split_whitespace().map(str::to_owned).collect() } else { words }
    });
    let programs = match (far.is_some(), own) {
        (true, _) => Vec::new(),
        (false, Some(own)) => vec![own],
        (false, None) => {
            let browser = env.var("BROWSER").unwrap_or_default();
            let word = |word: &str| word.to_owned();
            let mut programs: Vec<Vec<String>> = browser
                .split(':')
                .map(|line| line.split_whitespace().map(|word| word.replace("%s", "{url}")).collect())
                .filter(|words: &Vec<String>| !words.is_empty())
                .collect();
            if is_set(&"WSL_DISTRO_NAME") {
                programs.push(vec![word("wslview")]);
            }
            if cfg!(target_os = "macos") {
                programs.push(vec![word("/usr/bin/open")]);
            }
            // Without a display, xdg-open starts a browser on the terminal.
            if ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(is_set) {
                programs.push(vec![word("xdg-open")]);
            }
            programs
        }
    };
    Browsers { programs, far, has_relay: is_set(&"WSL_DISTRO_NAME") }
}

/// Whether a variable has a value, of any bytes.
fn is_set(env: &Environment, name: &str) -> bool {
    env.os(name).is_some_and(|value| !value.is_empty())
}

/// Why a browser that the user sees cannot reach this machine.
fn why_far(env: &Environment, is_container: impl Fn() -> bool) -> Option<Far> {
    let is_set = |name: &&str| is_set(env, name);
    if ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].iter().any(is_set) {
        return Some(Far::Ssh);
    }
    // With a browser of the user's own choice, the user knows where it runs.
    if is_set(&OWN) {
        return None;
    }
    if ["CODESPACES", "REMOTE_CONTAINERS"].iter().any(is_set) || is_container() {
        return Some(Far::Container);
    }
    let has_display =
        cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(is_set);
    (!has_display).then_some(Far::NoDisplay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(vars: &[(&str, &str)], wishes: Wishes, container: bool) -> (Flow, String, bool) {
        let env = Environment::new(vars.iter().map(|(name, value)| (name.into(), value.into()))).unwrap();
        let How { flow, browsers, because } = choose(browsers_of(&env, || container), false, wishes);
        let lines: Vec<String> = browsers.iter().map(|words| words.join(" ")).collect();
        (flow, lines.join("; "), because.is_some())
    }

    #[test]
    fn a_browser_that_can_come_back_gets_the_code() {
        let none = Wishes::default();
        let display = ("DISPLAY", ":0");
        assert_eq!(chosen(&[display], none, false), (Flow::Code, "xdg-open".into(), false));
        assert_eq!(
            chosen(&[("WAYLAND_DISPLAY", "w"), ("BROWSER", "firefox:w3m -x %s:")], none, false),
            (Flow::Code, "firefox; w3m -x {url}; xdg-open".into(), false)
        );
        assert_eq!(
            chosen(&[("WSL_DISTRO_NAME", "Debian")], none, false),
            (Flow::Code, "wslview".into(), false)
        );
        assert_eq!(
            chosen(&[display, ("ASSUME_ENV_BROWSER", "a 'b c' {url}"), ("BROWSER", "x")], none, true),
            (Flow::Code, "a b c {url}".into(), false)
        );
        let quiet = Wishes { no_browser: true, ..none };
        assert_eq!(chosen(&[display], quiet, false), (Flow::Code, String::new(), false));
        let device = Wishes { device_code: true, ..none };
        assert_eq!(chosen(&[display], device, false), (Flow::Device, "xdg-open".into(), false));
    }

    #[test]
    fn a_browser_elsewhere_gets_the_device_code_and_none_is_opened() {
        let far = (Flow::Device, String::new(), true);
        let none = Wishes::default();
        assert_eq!(chosen(&[], none, false), far);
        assert_eq!(chosen(&[("DISPLAY", "")], none, false), far);
        assert_eq!(chosen(&[("DISPLAY", ":0")], none, true), far);
        for name in ["SSH_CONNECTION", "SSH_TTY", "CODESPACES"] {
            let vars = [("DISPLAY", ":10"), (name, "x"), ("BROWSER", "firefox")];
            assert_eq!(chosen(&vars, none, false), far, "{name}");
        }
        let vars = [("SSH_TTY", "x"), ("ASSUME_ENV_BROWSER", "firefox")];
        assert_eq!(chosen(&vars, none, false), far);
    }

    #[test]
    fn only_wsl_has_a_process_of_root_that_passes_connections_on() {
        for (name, has_relay) in [("WSL_DISTRO_NAME", true), ("DISPLAY", false)] {
            let env = Environment::new([(name.into(), "x".into())].into_iter()).unwrap();
            assert_eq!(browsers_of(&env, || false).has_relay, has_relay, "{name}");
        }
    }

    #[test]
    fn the_older_form_of_a_profile_gets_the_device_code() {
        let env = Environment::new([("DISPLAY".into(), ":0".into())].into_iter()).unwrap();
        let how = choose(browsers_of(&env, || false), true, Wishes::default());
        assert!(how.flow == Flow::Device && how.browsers == [["xdg-open"]], "{how:?}");
    }
}
