//! Why no plan can be made from the command line, the environment and the profiles.
//!
//! Everything here is found before a network request and before an MFA code is used. Each arm of
//! [`Error::report`] says the headline, the advice and the exit status of one variant.

use std::fmt;
use std::path::PathBuf;

use crate::cli::other_words;
use crate::common::arn::RoleArn;
use crate::common::duration::{SessionLength, human};
use crate::common::invalid_value::InvalidValue;
use crate::common::origin::{Origin, Place};
use crate::common::report::{Diagnostic, Report};
use crate::common::text::between_quotes;
use crate::config::Misnamed;
use crate::plan::unexpected_account::UnexpectedAccount;
use crate::shell::Format;
use crate::{config, env};

/// A plan that cannot be made.
#[derive(Debug)]
pub enum Error {
    /// The environment cannot be used.
    Env(env::error::Error),
    /// A profile cannot be used.
    Config(config::error::Error),
    /// A value breaks a rule.
    Invalid(InvalidValue),
    /// No role is named.
    NoRole,
    /// `-`, and no earlier session is remembered.
    NoPreviousRole,
    /// `-`, and the role before was assumed with a session or keys that no name leads to.
    PreviousSourceGone {
        /// The role as it was typed.
        role: String,
    },
    /// No role is named, and the keys of this environment renew themselves.
    NoRoleOverRefresh {
        /// Their role as typed.
        role: String,
    },
    /// `--source-profile` for a profile.
    SourceProfileNeedsArn {
        /// The profile.
        role: String,
    },
    /// A flag cannot have an effect on this chain.
    FlagWithoutUse {
        /// The flag.
        flag: &'static str,
        /// Why not, in words that a colon can follow.
        why: String,
    },
    /// `--mfa-token` or `--mfa-process` without an MFA device.
    CodeWithoutDevice {
        /// The flag.
        flag: &'static str,
    },
    /// A profile does not exist.
    UnknownProfile {
        /// The name.
        name: String,
        /// What names it; `None` for the role on the command line.
        origin: Option<Origin>,
        /// Names that are similar.
        near: Vec<String>,
        /// The files that were read or looked for.
        searched: Vec<PathBuf>,
        /// Whether the user has no home folder.
        no_home: bool,
        /// A section that is probably meant.
        misnamed: Option<Box<Misnamed>>,
        /// Whether it is a `source_profile` and the environment has keys, which could be used instead.
        keys_in_environment: bool,
    },
    /// The `services` section that a profile names does not exist.
    NoServices {
        /// The name.
        name: String,
        /// The line.
        origin: Origin,
        /// A section that is probably meant.
        misnamed: Option<Box<Misnamed>>,
    },
    /// A line of a `services` section does not begin a block.
    ServicesNotBlocks {
        /// The name of the section.
        name: String,
        /// The key.
        key: String,
        /// The line.
        origin: Origin,
    },
    /// The `sso-session` section that a profile names does not exist.
    NoSsoSession {
        /// The name.
        name: String,
        /// The line.
        origin: Origin,
        /// A section that is probably meant.
        misnamed: Option<Box<Misnamed>>,
        /// The sessions that exist.
        sessions: Vec<String>,
    },
    /// A role that is not `ACCOUNT:ROLE`, where an `sso-session` is named.
    NotSsoRole {
        /// As typed.
        typed: String,
        /// The session.
        session: String,
    },
    /// The account of a role of IAM Identity Center has no digits, and it must not be asked for.
    SsoAccountName {
        /// As typed.
        account: String,
        /// The session.
        session: String,
    },
    /// A sign-in for one call, for a role that needs none.
    LoginOnceWithoutSso {
        /// The source of the role.
        source: String,
    },
    /// `role_arn` without a value.
    EmptyRoleArn {
        /// The profile.
        profile: String,
        /// The line.
        origin: Origin,
    },
    /// A profile has both `source_profile` and `credential_source`.
    TwoSources {
        /// The profile.
        profile: String,
        /// The line of `source_profile`.
        first: Origin,
        /// The line of `credential_source`.
        second: Origin,
    },
    /// A profile has a `role_arn`, and neither `source_profile` nor `credential_source`.
    NoSourceOfProfile {
        /// The profile.
        profile: String,
        /// Its line.
        place: Place,
        /// Its access key, if it has one.
        keys: Option<Box<KeysNextToRole>>,
        /// Whether the environment has keys.
        keys_in_environment: bool,
        /// What is probably meant.
        slips: Vec<Slip>,
    },
    /// Profiles name each other as their sources.
    Loop {
        /// Their names, the first one again at the end.
        ring: Vec<String>,
        /// The lines of their `source_profile`.
        origins: Vec<Origin>,
    },
    /// A profile has no source of credentials.
    NoCredentials {
        /// The profile.
        profile: String,
        /// Its line.
        place: Place,
        /// The line of the `source_profile` that names it, if the environment has keys, which could be used
        /// instead.
        instead: Option<Origin>,
        /// What is probably meant.
        slips: Vec<Slip>,
    },
    /// A role that is named by its ARN has no source of credentials.
    NoSource {
        /// The role.
        role: String,
        /// A section that is probably meant as the default profile.
        misnamed: Option<Box<Misnamed>>,
    },
    /// `credential_source = Environment`, and the environment has no keys.
    NoKeysInEnvironment {
        /// The profile.
        profile: String,
        /// The line.
        origin: Origin,
    },
    /// The environment has no web identity.
    NoWebIdentity {
        /// What asks for it.
        origin: Origin,
    },
    /// A web identity token without a role.
    WebIdentityWithoutRole {
        /// What names the token.
        origin: Origin,
        /// The key or variable that is missing.
        missing: &'static str,
    },
    /// No variable names the address of a container's credentials.
    NoContainer {
        /// What asks for them.
        origin: Origin,
    },
    /// The instance metadata is switched off.
    InstanceOff {
        /// What asks for the instance's role.
        origin: Origin,
        /// The variable that switches it off.
        variable: &'static str,
    },
    /// A key of IAM Identity Center is missing.
    SsoIncomplete {
        /// The profile; `None` if the `sso-session` itself is named.
        profile: Option<String>,
        /// The `sso-session` that must have the key.
        session: Option<String>,
        /// The key.
        missing: &'static str,
        /// The line of the section that must have it.
        place: Option<Place>,
    },
    /// A profile has nothing to do with IAM Identity Center.
    NoLogin {
        /// The profile.
        profile: String,
        /// Its line.
        place: Origin,
        /// The names of all `sso-session` sections.
        sessions: Vec<String>,
    },
    /// No login is named, and the files do not have exactly one.
    NoLoginNamed {
        /// The names of all `sso-session` sections.
        sessions: Vec<String>,
        /// The files.
        searched: Vec<PathBuf>,
    },
    /// A profile and its `sso-session` do not agree.
    SsoInconsistent {
        /// The key.
        key: &'static str,
        /// Its line in the profile.
        first: Origin,
        /// Its line in the `sso-session`.
        second: Origin,
    },
    /// The user has no home folder, so the token of IAM Identity Center has no place.
    NoHome {
        /// What needs the token.
        origin: Origin,
    },
    /// The command of `credential_process` has a quote that is not closed.
    OpenQuote {
        /// The program, without its arguments, which may hold a password.
        program: String,
        /// The line.
        origin: Origin,
    },
    /// The held session, from which a role is to be assumed, has expired.
    HeldExpired {
        /// The role as it was typed.
        label: String,
        /// How long ago, in seconds.
        ago: i64,
    },
    /// No role is named, and the held one is not what its profile leads to now.
    LeadsElsewhere {
        /// The role as it was typed.
        role: String,
        /// Whether it is the role before the held one.
        back: bool,
        /// What is held.
        held: String,
        /// Where the profile leads now.
        now: String,
        /// The line that leads there.
        origin: Origin,
    },
    /// The profile of the held session does not exist in the files that are read now.
    HeldProfileGone {
        /// The profile.
        profile: String,
        /// The ARN of the held role; `None` for keys without a role.
        held: Option<String>,
        /// The files that were searched.
        searched: Vec<PathBuf>,
    },
    /// The held session was made with other keys than the ones of its source now.
    SourceChanged {
        /// The role as it was typed.
        role: String,
        /// The source now.
        source: String,
    },
    /// The held session was restricted or tagged, and the variables hold only a fingerprint of that.
    RestrictionNotStored {
        /// The role as it was typed.
        role: String,
        /// Whether it is the role before the held one.
        back: bool,
        /// The value of `ASSUME_ENV_NARROWED`.
        fingerprint: String,
    },
    /// A role that is assumed with temporary keys is to last longer than one hour.
    TooLongForChain {
        /// The duration.
        length: SessionLength,
        /// What names it.
        origin: Origin,
        /// The role.
        role: String,
        /// What assumes it.
        before: String,
    },
    /// The access key id of the source is shorter than any of AWS.
    ShortKeyId {
        /// The source.
        source: String,
    },
    /// An MFA device for a role that is not the first of its chain.
    MfaOnLaterHop {
        /// The role.
        role: String,
        /// What names the device.
        origin: Origin,
    },
    /// An MFA device for a role that the credentials of another role assume.
    MfaNotOfUser {
        /// The role.
        role: String,
        /// What names the device.
        origin: Origin,
        /// The source of the chain.
        source: String,
    },
    /// The account is not the expected one.
    UnexpectedAccount(UnexpectedAccount),
    /// The region is in another partition than the role.
    RegionOfOtherPartition {
        /// The region.
        region: String,
        /// What names it.
        origin: Origin,
        /// The role.
        role: String,
    },
    /// No region is named, and the partition has no default region here.
    NoRegion {
        /// The role.
        role: String,
        /// Its partition.
        partition: String,
    },
    /// The hosts of the console of a partition are not published.
    NoConsole {
        /// The partition.
        partition: String,
    },
    /// `--page` is an address that is not of the console.
    PageOutsideConsole {
        /// The address.
        url: String,
        /// The domain of the console.
        domain: &'static str,
    },
    /// The console does not take the keys of a user.
    ConsoleOfUser {
        /// The source of the keys.
        source: String,
    },
    /// A proxy variable is not an address. It may hold a password, so it is not shown.
    BadProxy {
        /// The variable.
        name: &'static str,
    },
    /// The variable that replaces the partitions of the SDK is set.
    CustomPartitions {
        /// The variable.
        name: &'static str,
    },
}

/// The access key of a profile that has a role too.
#[derive(Debug)]
pub struct KeysNextToRole {
    /// The line of the access key.
    pub keys: Place,
    /// The line of `role_arn`.
    pub role: Origin,
}

/// A line that is probably meant in another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The header of a section.
    Section(Box<Misnamed>),
    /// A key that no AWS tool reads.
    Key {
        /// The key as it is written.
        written: String,
        /// The line.
        place: Place,
        /// The key to write.
        meant: &'static str,
    },
    /// `sso_session` alone.
    SsoSession {
        /// The line.
        origin: Origin,
    },
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section(misnamed) => misnamed.fmt(f),
            Self::Key { written, place, meant } => write!(f, "{place} has {written}; write {meant}"),
            Self::SsoSession { origin } => {
                write!(f, "sso_session ({origin}) names no role; add sso_account_id and sso_role_name")
            }
        }
    }
}

impl From<env::error::Error> for Error {
    fn from(error: env::error::Error) -> Self {
        Self::Env(error)
    }
}

impl From<config::error::Error> for Error {
    fn from(error: config::error::Error) -> Self {
        Self::Config(error)
    }
}

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::Invalid(error)
    }
}

impl From<UnexpectedAccount> for Error {
    fn from(error: UnexpectedAccount) -> Self {
        Self::UnexpectedAccount(error)
    }
}

/// The first names, each as a word of a shell.
fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    let mut words: Vec<String> = names.iter().take(MOST).map(|name| Format::SH.word(name)).collect();
    if names.len() > MOST {
        words.push("…".to_owned());
    }
    words.join(" | ")
}

impl Diagnostic for Error {
    #[allow(clippy::too_many_lines, reason = "one arm a variant")]
    fn report(&self) -> Report {
        match self {
            Self::Env(error) => error.report(),
            Self::Config(error) => error.report(),
            Self::Invalid(error) => error.report(),
            Self::NoRoleOverRefresh { role } => Report::usage(format!(
                "no role is named, and the keys of this environment, of {role}, renew themselves"
            ))
            .hint(format!("for keys of their own, name the role: assume-env {}", Format::default().word(role)))
            .hint("when an MFA code is needed: assume-env --renew"),
            Self::NoRole => Report::usage("no role is named, no session is held, and AWS_PROFILE is not set")
                .hint("name a profile, a role ARN or ACCOUNT:NAME; assume-env --list lists the profiles"),
            Self::NoPreviousRole => {
                Report::new("this shell has no previous role").hint("name a role: assume-env ROLE")
            }
            Self::PreviousSourceGone { role } => Report::new(format!(
                "{role} was assumed from a session or keys that this shell no longer has"
            ))
            .hint(format!("name its source: assume-env --source-profile NAME {}", Format::SH.word(role))),
            Self::SourceProfileNeedsArn { role } => Report::usage(format!(
                "--source-profile is for a role ARN, and {role} is a profile with a source of its own"
            ))
            .hint("leave out --source-profile, or give a role ARN instead of the profile's name"),
            Self::FlagWithoutUse { flag, why } => Report::usage(format!("{flag} has no effect here"))
                .hint(format!("{why}: leave out the flag, or name a role that is assumed with keys")),
            Self::CodeWithoutDevice { flag } => {
                Report::new(format!("{flag} gives a code, and no MFA device is named"))
                    .hint("name the device, with --mfa-serial or mfa_serial in the profile")
            }
            Self::UnknownProfile { name, origin, near, searched, no_home, misnamed, keys_in_environment } => {
                let headline = match origin {
                    Some(origin) => format!("there is no profile {name} ({origin})"),
                    None => format!(
                        "there is no profile {name}, and the name is neither a role ARN nor ACCOUNT:NAME"
                    ),
                };
                let mut report = Report::new(headline);
                if let Some(misnamed) = misnamed {
                    report = report.hint(misnamed.to_string());
                } else if let Some(plain) = without_dashes(name) {
                    report = report.hint(format!("write the account without dashes: {plain}"));
                } else if between_quotes(name).is_some() {
                    report =
                        report.hint("leave out the quotation marks, which AWS takes as a part of the name");
                }
                if let (Some(origin), true) = (origin, *keys_in_environment) {
                    report = report.hint(keys_of_environment(name, origin));
                }
                if let (None, Some(hint)) = (origin, other_words::hint(name, None)) {
                    report = report.hint(hint);
                }
                if misnamed.is_some() && near.is_empty() {
                    return report;
                }
                report.hint(unknown_profile_hint(near, searched, *no_home))
            }
            Self::NoServices { name, origin, misnamed } => Report::new(format!(
                "there is no section [services {name}] ({origin})"
            ))
            .hint(match misnamed {
                Some(misnamed) => misnamed.to_string(),
                None => format!("add a section [services {name}], or remove the line"),
            }),
            Self::ServicesNotBlocks { name, key, origin } => Report::new(format!(
                "{key} in [services {name}] ({origin}) does not begin the block of a service"
            ))
            .hint(
                "write the service alone, such as s3 =, and below it, indented: endpoint_url = ADDRESS; the \
                 address of all services belongs into the profile",
            ),
            Self::NoSsoSession { name, origin, misnamed, sessions } => {
                let report = Report::new(format!("there is no section [sso-session {name}] ({origin})"));
                report.hint(match misnamed {
                    Some(misnamed) => misnamed.to_string(),
                    None if !sessions.is_empty() => format!(
                        "correct the name (the config file has {}), or add a section [sso-session {name}] with sso_start_url and sso_region",
                        sessions.iter().take(8).cloned().collect::<Vec<_>>().join(", ")
                    ),
                    None => format!(
                    "add a section [sso-session {name}] with sso_start_url and sso_region, or correct the name"
                    ),
                })
            }
            Self::NotSsoRole { typed, session } => Report::usage(format!(
                "{typed} is not ACCOUNT:ROLE, and the sso-session {session} is named"
            ))
            .hint(format!(
                "name an account, by its twelve digits or its name, and a role: 123456789012:Developer; assume-env \
                 --sso-roles {} lists yours",
                Format::SH.word(session)
            ))
            .hint("for a profile, leave --sso-session out"),
            Self::SsoAccountName { account, session } => Report::new(format!(
                "only IAM Identity Center knows which account has the name {account}, and it is not asked here"
            ))
            .hint(format!(
                "name the account by its twelve digits; assume-env --sso-roles {} lists them",
                Format::SH.word(session)
            )),
            Self::LoginOnceWithoutSso { source } => {
                Report::usage("--login-once signs in to IAM Identity Center, and this role does not need that")
                    .hint(format!("leave it out: the role starts from {source}"))
            }
            Self::EmptyRoleArn { profile, origin } => {
                Report::new(format!("the role_arn of profile {profile} ({origin}) is empty"))
                    .hint("name the role there, or remove the line to use the profile's own keys")
            }
            Self::TwoSources { profile, first, second } => Report::new(format!(
                "the profile {profile} has both source_profile ({first}) and credential_source ({second})"
            ))
            .hint("remove one of the two lines"),
            Self::NoSourceOfProfile { profile, place, keys, keys_in_environment, slips } => {
                let report = Report::new(format!(
                    "the profile {profile} ({place}) has a role_arn and nothing to assume it with"
                ));
                let mut report = with_slips(report, slips);
                if *keys_in_environment {
                    report = report.hint(
                        "the environment has keys: to assume the role with them, add credential_source = \
                         Environment",
                    );
                }
                match keys.as_deref() {
                    Some(KeysNextToRole { keys, role }) => report
                        .hint(format!(
                            "to assume it with the keys of the profile itself ({keys}), add \
                        source_profile = {profile}"
                        ))
                        .hint(format!("to use these keys without a role, remove role_arn ({role})")),
                    None => report.hint("add source_profile = NAME, the profile whose keys assume the role"),
                }
            }
            Self::Loop { ring, origins } => {
                let places: Vec<String> = origins.iter().map(Origin::to_string).collect();
                Report::new(format!("source_profile goes in a ring: {}", ring.join(" → ")))
                    .hint(format!("one of these must name a profile with keys: {}", places.join(", ")))
            }
            Self::NoCredentials { profile, place, instead, slips } => {
                let report = Report::new(format!("the profile {profile} ({place}) has no credentials"));
                let mut report = with_slips(report, slips);
                if let Some(origin) = instead {
                    report = report.hint(keys_of_environment(profile, origin));
                }
                report.hint(
                "add one of these: an access key, sso_session with sso_account_id and sso_role_name, credential_process, or role_arn and source_profile",
                )
            }
            Self::NoSource { role, misnamed } => {
                let mut report = Report::new(format!("there are no credentials to assume {role} with"));
                if let Some(misnamed) = misnamed {
                    report = report.hint(misnamed.to_string());
                }
                report.hint(
                    "name a profile with --source-profile, set AWS_PROFILE, or put keys into the \
                environment",
                )
            }
            Self::NoKeysInEnvironment { profile, origin } => Report::new(format!(
                "the profile {profile} takes its keys from the environment ({origin}), and the environment has no keys"
            ))
            .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
            Self::NoWebIdentity { origin } => Report::new(format!(
                "{origin} asks for the web identity of the environment, and the environment has none"
            ))
            .hint("set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN"),
            Self::WebIdentityWithoutRole { origin, missing } => Report::new(format!(
                "a web identity token is named ({origin}) without a role for it: {missing} is missing"
            ))
            .hint(format!("set {missing} to the role that the token is for")),
            Self::NoContainer { origin } => Report::new(format!(
                "{origin} asks for the container's credentials, and neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"
            ))
            .hint("in a container of ECS or EKS they are set; elsewhere, name another source"),
            Self::InstanceOff { origin, variable } => Report::new(format!(
                "{origin} asks for the instance's role, and the variable {variable} forbids it"
            ))
            .hint(format!("type unset {variable}, or name another source")),
            Self::SsoIncomplete { profile, session, missing, place } => {
                let at = place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
                let report = Report::new(match (profile, session) {
                    (Some(profile), _) => {
                        format!("the profile {profile} is for IAM Identity Center, and {missing} is missing{at}")
                    }
                    (None, session) => {
                        let session = session.as_deref().unwrap_or_default();
                        format!("the sso-session {session} has no {missing}{at}")
                    }
                });
                report.hint(format!("add {missing}, as aws configure sso writes it"))
            }
            Self::NoLogin { profile, place, sessions } => {
                Report::new(format!("the profile {profile} ({place}) does not use IAM Identity Center"))
                    .hint(match &sessions[..] {
                        [] => "name a profile that has sso_session, or sso_start_url".to_owned(),
                        names => format!(
                            "name a profile that does, or one of the sessions: assume-env --login --sso-session {}",
                            listed(names)
                        ),
                    })
            }
            Self::NoLoginNamed { sessions, searched } => match &sessions[..] {
                [] => {
                    let files: Vec<String> = searched.iter().map(|file| file.display().to_string()).collect();
                    Report::new(format!(
                        "no profile is named, and no [sso-session] section is in {}",
                        files.join(" or ")
                    ))
                    .hint("name a profile of IAM Identity Center: assume-env --login PROFILE")
                    .hint("or write a section: [sso-session NAME] with sso_start_url and sso_region")
                }
                names => Report::usage(format!("no profile is named, and there are {} sso-sessions", names.len()))
                    .hint(format!("name one: assume-env --login --sso-session {}", listed(names))),
            },
            Self::SsoInconsistent { key, first, second } => Report::new(format!(
                "{key} has one value in the profile ({first}) and another in its sso-session ({second})"
            ))
            .hint(format!("remove {key} from the profile: the sso-session has it")),
            Self::NoHome { origin } => Report::new(format!(
                "this user has no home folder and HOME is not set, so the token of IAM Identity Center ({origin}) cannot be found"
            ))
            .hint("set HOME to your home folder"),
            Self::OpenQuote { program, origin } => {
                Report::new(format!("the command {program} … ({origin}) has an open quote"))
                    .hint("close the quote")
            }
            Self::HeldExpired { label, ago } => {
                let role = Format::SH.word(label);
                Report::new(format!(
                    "the session {label} that this environment holds expired {} ago",
                    human(*ago)
                ))
                .hint(format!(
                    "renew it first (eval \"$(assume-env {role})\"), or name another source with --source-profile"
                ))
            }
            Self::LeadsElsewhere { role, back, held, now, origin } => {
                let word = Format::SH.word(role);
                let was = if *back { "the role before was" } else { "this environment holds" };
                Report::new(format!("{role} leads to {now} now ({origin}), and {was} {held}"))
                .hint(format!("for what {role} leads to now, name it: assume-env {word}"))
            }
            Self::HeldProfileGone { profile, held, searched } => {
                let held = held.as_deref().unwrap_or("keys without a role");
                let files: Vec<String> = searched.iter().map(|file| file.display().to_string()).collect();
                let read = match files.is_empty() {
                    true => "no config file was found".to_owned(),
                    false => format!("looked in {}", files.join(" and ")),
                };
                Report::new(format!(
                    "this environment holds {held} from the profile {profile}, which does not exist now"
                ))
                .hint(format!("{read}; name another role, or end the session: assume-env --clear"))
            }
            Self::SourceChanged { role, source } => Report::new(format!(
                "{role} starts from {source} now, and the session of this environment was made with other keys"
            ))
            .hint(format!("for a session from its keys now, name it: assume-env {}", Format::SH.word(role))),
            Self::RestrictionNotStored { role, back, fingerprint } => {
                let word = Format::SH.word(role);
                let of = if *back { "before this one" } else { "of this environment" };
                Report::new(format!(
                    "the session {role} {of} was restricted or tagged ({fingerprint}), and the restriction is not stored"
                ))
                .hint(format!(
                    "name the role and the restriction: assume-env --policy … {word}, or assume-env {word} for the unrestricted role"
                ))
            }
            Self::TooLongForChain { length, origin, role, before } => Report::new(format!(
                "{length} ({origin}) is too long for {role}: assumed with {before}, it lasts one hour at most"
            ))
            .hint("ask for 1h or less, or assume the role directly with long-lived keys"),
            Self::ShortKeyId { source } => {
                Report::new(format!("the access key id of {source} is too short to be one of AWS")).hint(
                    "copy it again: an access key id has 16 to 128 letters and digits; the ids of a service that \
                     imitates AWS are sent to its own address only (endpoint_url or AWS_ENDPOINT_URL)",
                )
            }
            Self::MfaOnLaterHop { role, origin } => Report::new(format!(
                "an MFA device is named ({origin}) for {role}, which is not the first role of its chain"
            ))
            .hint(
                "only the first role of a chain can take a code, because devices belong to users: move mfa_serial to the profile of that role",
            ),
            Self::MfaNotOfUser { role, origin, source } => Report::new(format!(
                "an MFA device is named ({origin}) for {role}, which is not assumed with the keys of a user"
            ))
            .hint(format!(
                "MFA devices belong to users, and the chain starts from {source}: remove the \
            line"
            )),
            Self::UnexpectedAccount(error) => error.report(),
            Self::RegionOfOtherPartition { region, origin, role } => {
                Report::new(format!("the region {region} ({origin}) is not in the partition of {role}"))
                    .hint("name a region of the role's own partition")
            }
            Self::NoRegion { role, partition } => Report::new(format!(
                "no region is named for {role}, and the partition {partition} has no known region"
            ))
            .hint("name one with --region, or region in the profile"),
            Self::NoConsole { partition } => {
                Report::new(format!("the console of the partition {partition} cannot be opened: its addresses are not public"))
                    .hint("open it by hand")
            }
            Self::PageOutsideConsole { url, domain } => {
                Report::usage(format!("the page {url} (--page) is not on the domain of the console, {domain}"))
                    .hint("AWS sign-in leads to no other domain; name a page of the role's own partition")
            }
            Self::ConsoleOfUser { source } => {
                Report::new(format!("the console takes a role's keys, not a user's, and these are {source}"))
                    .hint("name a role: assume-env --console ROLE; assume-env --list lists the profiles")
            }
            Self::BadProxy { name } => {
                Report::new(format!("the variable {name} is not the address of a proxy"))
                    .hint(format!("set {name} to http://HOST:PORT, or unset it"))
            }
            Self::CustomPartitions { name } => {
                Report::new(format!("the variable {name} is set, and assume-env does not support it"))
                    .hint(format!("type unset {name}"))
            }
        }
    }
}

/// What to write instead of a `source_profile` without keys.
fn keys_of_environment(profile: &str, origin: &Origin) -> String {
    format!(
        "the environment has keys: to assume the role with them, write credential_source = Environment \
         instead of source_profile = {profile} ({origin})"
    )
}

fn with_slips(report: Report, slips: &[Slip]) -> Report {
    slips.iter().fold(report, |report, slip| report.hint(slip.to_string()))
}

/// `ACCOUNT:NAME` as the AWS console shows an account, without the dashes.
fn without_dashes(name: &str) -> Option<String> {
    let (account, role) = name.split_once(':')?;
    let plain = account.replace('-', "");
    (account.contains('-') && RoleArn::from_shorthand(&format!("{plain}:{role}")).is_some())
        .then(|| format!("{plain}:{role}"))
}

fn unknown_profile_hint(near: &[String], searched: &[PathBuf], no_home: bool) -> String {
    if !near.is_empty() {
        return format!("did you mean {}?  assume-env --list lists the profiles", near.join(" or "));
    }
    let files: Vec<String> = searched.iter().map(|file| file.display().to_string()).collect();
    let files = files.join(" and ");
    match (searched.is_empty(), no_home) {
        (true, _) => {
            "this user has no home folder, so there is no ~/.aws/config; set HOME or AWS_CONFIG_FILE"
                .to_owned()
        }
        (false, true) => {
            format!("looked in {files} only, because this user has no home folder and HOME is not set")
        }
        (false, false) => format!("looked in {files}; assume-env --list lists the profiles"),
    }
}
