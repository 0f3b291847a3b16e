//! `--complete`, which the completion of a shell calls: from the line up to the cursor to what fits there.
//!
//! It must not disturb the line that the user types: whatever is wrong with the files, the environment or the
//! line, it prints fewer candidates or none, no message, and its exit status is 0. It starts no process, and asks no
//! network except for a role after `--sso-session` (`sso_role`). The candidates are quoted here or by the shell, so no part of a name is evaluated.

mod line;
mod reply;
mod sso_role;

use std::borrow::Cow;
use std::ffi::OsString;

use crate::cli::Completion;
use crate::cli::completion::{self, Candidate, Place};
use crate::commands::complete::line::Line;
use crate::commands::profile_row::{self, ProfileRow};
use crate::common::redact;
use crate::config::{Config, Files, Profile};
use crate::env::Environment;
use crate::plan::source::AmbientSource;
use crate::plan::source_of;
use crate::shell::HookShell;
use crate::sys::stdout;

/// Answers a shell; gives the exit status, which is always 0.
pub(super) fn run(asked: &[OsString], env: Option<Environment>) -> u8 {
    if let Some(answer) = answer(asked, env.as_ref()) {
        let _ = stdout::write(&answer);
    }
    0
}

/// The text for the shell; `None` if it hands over something else than a line.
fn answer(asked: &[OsString], env: Option<&Environment>) -> Option<String> {
    let asked: Vec<_> = asked.iter().map(|word| word.to_string_lossy()).collect();
    let (shell, rest) = asked.split_first()?;
    let shell = HookShell::parse(shell)?;
    let line = Line::of(shell.completion()?, rest)?;
    let (place, typed) = completion::place(&line.words);
    let candidates: Vec<Candidate> =
        candidates(&place, typed, env).into_iter().filter_map(without_secrets).collect();
    Some(reply::write(shell, &line, place.kind(), &candidates))
}

/// A candidate as it can be shown, because it can come from a file with a secret in a wrong place. A text that would be
/// changed is left out: the shell inserts it.
fn without_secrets(candidate: Candidate) -> Option<Candidate> {
    if let Cow::Owned(_) = redact::shown(&candidate.text) {
        return None;
    }
    let about = redact::shown(&candidate.about).into_owned();
    Some(Candidate { about, ..candidate })
}

/// What fits at a place and to the typed text.
fn candidates(place: &Place, typed: &str, env: Option<&Environment>) -> Vec<Candidate> {
    let files = || env.map(|env| Files::read(env).0).unwrap_or_default();
    let of_values = |values: Vec<Candidate>| matching(&values, typed);
    match place {
        Place::Role => roles(&Config::of(&files()).0, typed, ""),
        Place::SsoRole(session) => {
            env.map(|env| sso_role::candidates(env, session, typed)).unwrap_or_default()
        }
        Place::Flag(place) => {
            let files = if place.role.is_some() { files() } else { Files::default() };
            let (config, _) = Config::of(&files);
            let profile = place.role.as_ref().and_then(|role| config.profile(role));
            let flags = place.flags(profile.map(source_of::unmet).unwrap_or_default());
            flags.into_iter().filter(|flag| flag.text.starts_with(typed)).collect()
        }
        Place::Value { completes: Completion::Choices(values), before } => {
            of_values(completion::of_list(values, before))
        }
        Place::Value { completes: Completion::Source, before } => {
            let mut sources = roles(&Config::of(&files()).0, typed, before);
            sources
                .extend(of_values(completion::of_list(&AmbientSource::ALL.map(AmbientSource::name), before)));
            sources
        }
        Place::Value { completes: Completion::ValueOf(key), before } => {
            let values = |profile: &Profile<'_>| profile.get(key).map(|found| found.value.to_owned());
            of_values(distinct(&Config::of(&files()).0, before, |profile, _| values(profile)))
        }
        Place::Value { completes: Completion::Account, before } => {
            let account = |profile: &Profile<'_>, config: &Config<'_>| {
                Some(ProfileRow::of(profile, config).account.to_owned()).filter(|account| !account.is_empty())
            };
            of_values(distinct(&Config::of(&files()).0, before, account))
        }
        Place::Value { completes: Completion::Login, before } => {
            let files = files();
            let (config, _) = Config::of(&files);
            let candidate = |section: &Profile<'_>| Candidate {
                before: before.clone(),
                text: section.name().into(),
                about: section.get("sso_start_url").map(|url| url.value.to_owned()).unwrap_or_default(),
            };
            let shown = config.sso_sessions().filter(|section| profile_row::is_shown(section.name()));
            of_values(shown.map(candidate).collect())
        }
        Place::Value { completes: Completion::Text, .. } | Place::Other => Vec::new(),
    }
}

/// The profiles that fit the typed text.
fn roles(config: &Config<'_>, typed: &str, before: &str) -> Vec<Candidate> {
    let profiles: Vec<&Profile<'_>> = profile_row::typeable(config).collect();
    let fitting = completion::matching(profiles.into_iter(), typed, |profile| profile.name());
    let candidate = |profile: &Profile<'_>| Candidate {
        before: before.into(),
        text: profile.name().into(),
        about: ProfileRow::of(profile, config).about(),
    };
    fitting.into_iter().map(candidate).collect()
}

fn matching(values: &[Candidate], typed: &str) -> Vec<Candidate> {
    completion::matching(values.iter(), typed, |value| &value.text).into_iter().cloned().collect()
}

/// The values that the profiles have, each once, with the first profile that has it.
fn distinct(
    config: &Config<'_>,
    before: &str,
    value: impl Fn(&Profile<'_>, &Config<'_>) -> Option<String>,
) -> Vec<Candidate> {
    let mut found = std::collections::BTreeMap::new();
    for profile in profile_row::typeable(config) {
        if let Some(value) = value(profile, config).filter(|value| profile_row::is_shown(value)) {
            found.entry(value).or_insert_with(|| profile.name().to_owned());
        }
    }
    let candidate = |(text, about)| Candidate { before: before.into(), text, about };
    found.into_iter().map(candidate).collect()
}
