//! Completion: from the words up to the cursor to what fits there, by the table of flags. Pure; the command
//! `--complete` adds the profiles and speaks with the shell.

use std::ffi::{OsStr, OsString};

use crate::cli::args::{Completion, Flag};
use crate::cli::command::CommandKind;
use crate::cli::flags::{self, EXCLUDES, OF_SIGN_IN, SIGNS_IN};
use crate::cli::needs::Needs;

/// The first word of the hidden command.
const MODE: &str = "--complete";

/// What the shell hands over, if these are the arguments of the hidden command.
pub(crate) fn asked(args: &[OsString]) -> Option<&[OsString]> {
    args.split_first().filter(|(first, _)| *first == OsStr::new(MODE)).map(|(_, rest)| rest)
}

/// A text that fits, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The text before the value in the same word, such as `--format=`; else empty.
    pub before: String,
    /// The flag, the name of a profile or the value, not quoted.
    pub text: String,
    /// One line; empty if nothing is to be said.
    pub about: String,
}

/// What fits at the cursor.
#[derive(Debug)]
pub(crate) enum Place {
    /// A role.
    Role,
    /// A role of IAM Identity Center, in the session of this name.
    SsoRole(String),
    /// The value of a flag. `before` is the text before the value in the same word, such as `--format=`.
    Value {
        /// How it completes.
        completes: Completion,
        /// The text before it in the same word.
        before: String,
    },
    /// A flag.
    Flag(FlagPlace),
    /// Nothing that this program knows.
    Other,
}

impl Place {
    /// The word for what fits, for a heading.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Role | Self::SsoRole(_) => "role",
            Self::Value { .. } => "value",
            Self::Flag(_) => "flag",
            Self::Other => "",
        }
    }
}

/// The word for the role before the held one.
const BACK: (&str, &str) = ("-", "the role before this one");

/// Flags that a user of the function does not type: they are for the start-up file.
const NOT_OF_FUNCTION: [&str; 2] = ["--init", "--completions"];

/// Flags in place of a role: none can be typed with them.
const NO_ROLE: [&str; 2] = ["--pick", "--renew"];

/// Flags that name a login in place of a role: one of them at a time.
const LOGINS: [&str; 2] = [SSO_SESSION, "--all"];

/// The flag that names a session.
const SSO_SESSION: &str = "--sso-session";

/// Flags that answer whatever else is on the line.
const ANSWER_ALONE: [&str; 3] = ["-h", "--help", "--version"];

/// A place for a flag: what was typed before it.
#[derive(Debug)]
pub(crate) struct FlagPlace {
    /// The role, if one was typed.
    pub role: Option<String>,
    given: Vec<&'static Flag>,
    is_function: bool,
}

impl FlagPlace {
    /// The flags that make sense here. `unmet` are the needs that the typed role does not meet.
    pub(crate) fn flags(&self, unmet: &[Needs]) -> Vec<Candidate> {
        let is_first = self.given.is_empty() && self.role.is_none();
        let is_in_place = |flag: &&Flag| NO_ROLE.contains(&flag.name) || LOGINS.contains(&flag.name);
        let has_role = self.role.is_some() || self.given.iter().any(is_in_place);
        let mut flags = Vec::new();
        let kinds: Vec<CommandKind> =
            CommandKind::ALL.into_iter().filter(|kind| self.may_mean(*kind)).collect();
        let is_of_login = |kind: &CommandKind| matches!(kind, CommandKind::Login | CommandKind::Logout);
        if !has_role && !kinds.iter().all(is_of_login) {
            flags.push(candidate("", BACK.0, BACK.1));
        }
        let fits = |flag: &&Flag| {
            let hidden = self.is_function && NOT_OF_FUNCTION.contains(&flag.name);
            let again = self.given.iter().any(|given| given.name == flag.name) && !flag.repeats;
            let late = ANSWER_ALONE.contains(&flag.name) && !is_first;
            let names_login = LOGINS.contains(&flag.name) && self.names_login();
            let picks = flag.name == "--pick" && self.role.is_none() && !self.has("--renew");
            let second = has_role && NO_ROLE.contains(&flag.name) && !picks || names_login;
            let excluded = EXCLUDES.iter().any(|(first, second, _)| {
                let other = |one: &str, other: &str| flag.name == one && self.has(other);
                other(first, second) || other(second, first)
            });
            let of_no_sign_in = OF_SIGN_IN.contains(&flag.name) && !self.signs_in();
            let works = kinds.iter().any(|kind| flag.works_with(*kind) && starts(flag, *kind));
            works
                && !(hidden
                    || again
                    || late
                    || second
                    || excluded
                    || of_no_sign_in
                    || unmet.contains(&flag.needs))
        };
        flags.extend(flags::for_people().filter(fits).map(|flag| candidate("", flag.name, flag.brief)));
        if kinds.contains(&CommandKind::Run) && !is_first {
            flags.push(candidate("", "--", "a command that gets the variables"));
        }
        flags
    }

    fn has(&self, name: &str) -> bool {
        self.given.iter().any(|flag| flag.name == name)
    }

    /// Whether a flag that was typed signs in.
    fn signs_in(&self) -> bool {
        SIGNS_IN.iter().any(|name| self.has(name))
    }

    /// Whether a role or a flag names a login.
    fn names_login(&self) -> bool {
        self.role.is_some() || self.given.iter().any(|flag| LOGINS.contains(&flag.name))
    }

    /// Whether the line can still become this command.
    fn may_mean(&self, kind: CommandKind) -> bool {
        let fits = self.given.iter().all(|flag| flag.works_with(kind) && starts(flag, kind));
        // Without a flag that starts a command, only a role and `--` can follow the flags of a session.
        let shapes_sign_in = OF_SIGN_IN.iter().any(|name| self.has(name));
        let signs_in = kind == CommandKind::Login || self.signs_in() || !shapes_sign_in;
        fits && signs_in && (self.role.is_none() || kind.takes_role())
    }
}

/// Whether a flag starts no other command than this one.
fn starts(flag: &Flag, kind: CommandKind) -> bool {
    flag.starts.is_none_or(|started| started == kind)
}

fn candidate(before: &str, text: &str, about: &str) -> Candidate {
    Candidate { before: before.into(), text: text.into(), about: about.into() }
}

/// What fits at the last word, and the text of it that is typed so far. The first word is the command.
pub(crate) fn place(words: &[String]) -> (Place, &str) {
    let [command, before @ .., last] = words else { return (Place::Other, "") };
    let is_function = command.rsplit('/').next() != Some("assume-env");
    let (mut given, mut role, mut waits) = (Vec::new(), None, None::<&Flag>);
    let mut session = None;
    let mut note = |flag: &Flag, value: &str| {
        if flag.name == SSO_SESSION {
            session = Some(value.to_owned());
        }
    };
    for word in before {
        if word == "--" {
            return (Place::Other, last);
        }
        if let Some(flag) = waits.take() {
            note(flag, word);
            continue;
        }
        let read = Read::of(word);
        given.extend(read.flags);
        match read.end {
            End::Waits(flag) => waits = Some(flag),
            End::Word => role = Some(word.clone()),
            End::Value(flag, at) => note(flag, &word[at..]),
            End::Complete => {}
        }
    }
    let value =
        |flag: &Flag, before: &str| Place::Value { completes: completes(flag), before: before.into() };
    if let Some(flag) = waits {
        return (value(flag, ""), last);
    }
    if let End::Value(flag, at) = Read::of(last).end {
        let (before, typed) = last.split_at(at);
        return (value(flag, before), typed);
    }
    let place = match (last.starts_with('-'), &role) {
        (true, _) => Place::Flag(FlagPlace { role, given, is_function }),
        (false, Some(_)) => Place::Other,
        (false, None) => role_place(&given, session),
    };
    (place, last)
}

/// What a word without a flag is.
fn role_place(given: &[&'static Flag], session: Option<String>) -> Place {
    let has = |name: &str| given.iter().any(|flag| flag.name == name);
    let is_of_login =
        |kind: CommandKind| matches!(kind, CommandKind::Login | CommandKind::Logout | CommandKind::SsoRoles);
    match session {
        Some(_) if given.iter().any(|flag| flag.starts.is_some_and(is_of_login)) => Place::Other,
        Some(session) if !given.iter().any(|flag| flag.name != SSO_SESSION && is_without_role(flag)) => {
            Place::SsoRole(session)
        }
        None if has("--sso-roles") => Place::Value { completes: Completion::Login, before: String::new() },
        None if !given.iter().any(|flag| is_without_role(flag)) => Place::Role,
        _ => Place::Other,
    }
}

/// Whether the flag starts a command that takes no role, names a login, or has the user choose a role.
fn is_without_role(flag: &Flag) -> bool {
    NO_ROLE.contains(&flag.name)
        || LOGINS.contains(&flag.name)
        || flag.starts.is_some_and(|kind| !kind.takes_role())
}

fn completes(flag: &Flag) -> Completion {
    flag.value.as_ref().map_or(Completion::Text, |value| value.completes)
}

/// A word as the parser reads it.
struct Read {
    flags: Vec<&'static Flag>,
    end: End,
}

/// What remains of a word after its flags.
enum End {
    /// It is no flag.
    Word,
    /// Nothing.
    Complete,
    /// The next word is the value of this flag.
    Waits(&'static Flag),
    /// The value of this flag begins at this byte.
    Value(&'static Flag, usize),
}

impl Read {
    fn of(word: &str) -> Self {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let flag = flags::by_long(name);
            let end = match (flag.filter(|flag| flag.value.is_some()), value) {
                (Some(flag), Some(value)) => End::Value(flag, word.len() - value.len()),
                (Some(flag), None) => End::Waits(flag),
                (None, _) => End::Complete,
            };
            return Self { flags: flag.into_iter().collect(), end };
        }
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            return Self { flags: Vec::new(), end: End::Word };
        };
        let mut flags = Vec::new();
        for (at, letter) in letters.char_indices() {
            let Some(flag) = flags::by_short(letter) else { continue };
            flags.push(flag);
            if flag.value.is_some() {
                // The parser takes `-f=json` too.
                let after = &letters[at + letter.len_utf8()..];
                let value = after.strip_prefix('=').unwrap_or(after);
                let end = match after {
                    "" => End::Waits(flag),
                    _ => End::Value(flag, word.len() - value.len()),
                };
                return Self { flags, end };
            }
        }
        Self { flags, end: End::Complete }
    }
}

/// The candidates that begin with the typed text; without one, those that contain it in any case.
pub(crate) fn matching<T>(
    all: impl Iterator<Item = T> + Clone,
    typed: &str,
    text: impl Fn(&T) -> &str,
) -> Vec<T> {
    let begin: Vec<T> = all.clone().filter(|one| text(one).starts_with(typed)).collect();
    if !begin.is_empty() || typed.is_empty() || typed.starts_with('-') {
        return begin;
    }
    let typed = typed.to_lowercase();
    all.filter(|one| text(one).to_lowercase().contains(&typed)).collect()
}

/// The candidates of a list, for the value after `before`.
pub(crate) fn of_list(values: &[&str], before: &str) -> Vec<Candidate> {
    values.iter().map(|value| candidate(before, value, "")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    /// The flags that are offered at the end of a line, with the needs of a role that meets none of these.
    fn flags_without(line: &str, unmet: &[Needs]) -> Vec<String> {
        match place(&words(line)).0 {
            Place::Flag(place) => place.flags(unmet).into_iter().map(|flag| flag.text).collect(),
            other => panic!("{line}: {other:?}"),
        }
    }

    fn flags(line: &str) -> Vec<String> {
        flags_without(line, &[])
    }

    /// What is offered at the end of a line.
    fn kind(line: &str) -> &'static str {
        place(&words(line)).0.kind()
    }

    fn offers(line: &str, flag: &str) -> bool {
        flags(line).iter().any(|one| one == flag)
    }

    #[test]
    fn the_first_word_that_is_no_flag_and_no_value_is_the_role() {
        for (line, expected) in [
            ("assume-env ", "role"),
            ("assume-env pr", "role"),
            ("assume-env -q pr", "role"),
            ("assume-env -d 15m pr", "role"),
            ("assume-env --duration=15m pr", "role"),
            ("assume-env -d15m pr", "role"),
            ("assume-env -qd 15m pr", "role"),
            ("assume-env prod x", ""),
            ("assume-env - x", ""),
            ("assume-env --clear x", ""),
            ("assume-env --list x", ""),
            ("assume-env --pick x", ""),
            ("assume-env --sso-session corp x", "role"),
            ("assume-env --sso-session=corp --whoami x", "role"),
            ("assume-env --sso-session corp --pick x", ""),
            ("assume-env --sso-session corp --login x", ""),
            ("assume-env --sso-session corp --sso-roles x", ""),
            ("assume-env --sso-roles x", "value"),
            ("assume-env --whoami x", "role"),
            ("assume-env --nosuch x", "role"),
            ("assume-env prod -- x", ""),
            ("assume-env prod -- -x", ""),
            ("assume-env -d -- x", ""),
            ("assume-env", ""),
        ] {
            assert_eq!(kind(line), expected, "{line}");
        }
    }

    #[test]
    fn a_value_is_known_by_its_flag() {
        for (line, completes, before, typed) in [
            ("assume-env -f fi", Completion::Choices(crate::shell::Format::names()), "", "fi"),
            ("assume-env --format=fi", Completion::Choices(crate::shell::Format::names()), "--format=", "fi"),
            ("assume-env -qffi", Completion::Choices(crate::shell::Format::names()), "-qf", "fi"),
            ("assume-env -f=fi", Completion::Choices(crate::shell::Format::names()), "-f=", "fi"),
            ("assume-env --source-profile -x", Completion::Source, "", "-x"),
            ("assume-env --mfa-serial ", Completion::ValueOf("mfa_serial"), "", ""),
            ("assume-env --external-id x", Completion::Text, "", "x"),
            ("assume-env --tag=a=b", Completion::Text, "--tag=", "a=b"),
        ] {
            let line = words(line);
            let (place, found) = place(&line);
            let Place::Value { completes: kind, before: text } = place else { panic!("{line:?}: {place:?}") };
            assert_eq!((kind, text.as_str(), found), (completes, before, typed), "{line:?}");
        }
    }

    #[test]
    fn a_flag_that_the_parser_would_refuse_is_not_offered() {
        assert!(offers("assume-env -", "--whoami") && offers("assume-env -", "--init"));
        assert!(
            offers("assume-env --init bash -", "--no-prompt")
                && !offers("assume-env --init bash -", "--show")
        );
        assert!(offers("assume-env --json -", "--whoami") && !offers("assume-env --json -", "--clear"));
        assert!(!offers("assume-env --whoami -", "--explain") && !offers("assume-env --whoami -", "--show"));
        assert!(!offers("assume-env prod -", "--clear") && !offers("assume-env prod -", "--init"));
        assert!(
            offers("assume-env prod -", "--duration") && !offers("assume-env prod -d 1h -", "--duration")
        );
        assert!(offers("assume-env prod --tag a=b -", "--tag") && !offers("assume-env prod -", "--pick"));
        assert!(offers("assume-env prod -", "--") && !offers("assume-env --list -", "--"));
        assert!(!offers("assume-env --show prod -", "--"), "--show has no meaning with a command");
        assert!(offers("assume-env --", "--help") && !offers("assume-env prod --", "--help"));
    }

    /// Every flag that is offered after another one makes a line that the parser takes.
    #[test]
    fn every_offered_pair_of_flags_is_accepted() {
        let example = |flag: &Flag| match flag.name {
            "--duration" | "--min-ttl" => "1h",
            "--expect-account" => "123456789012",
            "--mfa-serial" => "arn:aws:iam::123456789012:mfa/ann",
            "--mfa-token" => "123456",
            "--tag" => "a=b",
            "--format" | "--init" | "--completions" => "fish",
            "--cmd" => "become",
            _ => "x1",
        };
        let typed = |flag: &Flag| match &flag.value {
            Some(_) => vec![flag.name.to_owned(), example(flag).to_owned()],
            None => vec![flag.name.to_owned()],
        };
        for first in flags::for_people() {
            let line: Vec<String> =
                [vec!["assume-env".to_owned()], typed(first), vec!["-".to_owned()]].concat();
            let Place::Flag(place) = place(&line).0 else { panic!("{line:?}") };
            for second in place.flags(&[]) {
                let Some(second) = flags::for_people().find(|flag| flag.name == second.text) else {
                    continue;
                };
                // A flag of a mode can be typed before the mode.
                let starter = CommandKind::ALL.into_iter().find_map(|kind| {
                    let works =
                        [first, second].iter().all(|flag| flag.works_with(kind) && starts(flag, kind));
                    let starts = flags::for_people().find(|flag| flag.starts == Some(kind));
                    let names = [first.name, second.name];
                    let of_login = OF_SIGN_IN.iter().any(|name| names.contains(name))
                        && !SIGNS_IN.iter().any(|name| names.contains(name));
                    let works = works && (!of_login || kind == CommandKind::Login);
                    works.then_some((kind, starts))
                });
                let (kind, starter) = starter.unwrap_or_else(|| panic!("{first:?} {second:?}"));
                let mut args = [typed(first), typed(second)].concat();
                let started = [first, second].iter().any(|flag| flag.starts.is_some());
                args.extend(starter.filter(|_| !started).map(typed).unwrap_or_default());
                if kind == CommandKind::Run {
                    args.extend(["--".to_owned(), "true".to_owned()]);
                }
                let of_login = [CommandKind::Login, CommandKind::Logout, CommandKind::SsoRoles];
                let in_place = args.iter().any(|arg| arg == "--pick");
                if args.iter().any(|arg| arg == SSO_SESSION) && !of_login.contains(&kind) && !in_place {
                    args.insert(0, "123456789012:Dev".to_owned());
                }
                let args: Vec<OsString> = args.into_iter().map(OsString::from).collect();
                // The last two need --url as a third flag.
                let known = [
                    ["--cmd", "--no-cmd"],
                    ["--no-cmd", "--cmd"],
                    ["--show", "--console"],
                    ["--console", "--show"],
                    ["--show", "--page"],
                    ["--page", "--show"],
                ];
                if !known.contains(&[first.name, second.name]) {
                    assert!(crate::cli::parse(&args).is_ok(), "{args:?}");
                }
            }
        }
    }

    #[test]
    fn the_role_before_is_offered_where_a_role_can_be() {
        assert!(offers("assume -", "-") && offers("assume-env -q -", "-"));
        assert!(
            !offers("assume prod -", "-") && !offers("assume --renew -", "-") && !offers("assume - -", "-")
        );
        assert!(!offers("assume prod -", "--renew") && !offers("assume --pick -", "--renew"));
    }

    #[test]
    fn the_function_has_no_flags_of_the_start_up_file_and_of_the_hook() {
        for word in NOT_OF_FUNCTION {
            assert!(!offers("assume -", word) && !offers("become -", word), "{word}");
            assert!(offers("assume-env -", word) && offers("/usr/bin/assume-env -", word), "{word}");
        }
        assert!(!offers("assume -", "--hook") && !offers("assume-env -", "--hook"));
    }

    #[test]
    fn a_flag_that_the_role_has_no_use_for_is_not_offered() {
        let unmet = flags_without("assume-env prod -", &[Needs::Mfa, Needs::StsCall]);
        assert!(!unmet.iter().any(|flag| flag == "--mfa-token" || flag == "--duration"));
        assert!(unmet.iter().any(|flag| flag == "--region"));
    }

    #[test]
    fn a_text_inside_a_candidate_counts_when_none_begins_with_it() {
        let all = ["prod-admin", "Prod-Reader", "dev"];
        let found = |typed| matching(all.iter(), typed, |one| one).into_iter().copied().collect::<Vec<_>>();
        assert_eq!(found("prod"), ["prod-admin"]);
        assert_eq!(found("READ"), ["Prod-Reader"]);
        assert_eq!(found(""), all);
        assert_eq!(found("-r"), [""; 0], "a word that begins with a dash is a flag");
    }
}
