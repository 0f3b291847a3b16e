//! Everything that can go wrong, with what its message needs.
//!
//! A message is one line on what failed, with the value and where it came from, and one on what to do next ([`Error::hint`]).
//! Lower case, no full stop; never a secret. What a message holds may come from a hostile file or service: it is cleaned where
//! it is shown ([`crate::sys::stderr::say`]), in one place.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use crate::aws::sts::refusal::Refusal;
use crate::common::arn::InvalidRoleArn;
use crate::common::credentials::KeyPart;
use crate::common::duration::{InvalidDuration, SessionLength, human};
use crate::common::origin::{Origin, Place};
use crate::common::report::Diagnostic;
use crate::common::session_policy_rule::InvalidSessionPolicy;
use crate::common::text::clean;
use crate::config::ini::SyntaxError;
use crate::net::{NetError, ServiceFailure};
use crate::shell::{Format, HookShell};
use crate::sys::stdout::RetainingOutput;

/// What went wrong.
#[derive(Debug)]
#[allow(
    missing_docs,
    reason = "the message of each variant, below, says what it is; fields are what the message names"
)]
pub enum Error {
    /// An error of a layer.
    Layer(Box<dyn Diagnostic>),
    // The command line.
    UnknownFlag {
        flag: String,
        near: Option<String>,
    },
    MissingValue {
        flag: &'static str,
        metavar: &'static str,
    },
    UnexpectedValue {
        flag: String,
    },
    ArgumentNotUtf8 {
        what: &'static str,
    },
    EmptyRole,
    SecondRole {
        role: String,
        second: String,
    },
    TwoModes {
        first: &'static str,
        second: &'static str,
    },
    FlagOfAnotherMode {
        flag: &'static str,
        mode: &'static str,
    },
    RoleWithoutUse {
        role: String,
        mode: &'static str,
    },
    NoCommand,
    NoRole,
    BadFormat {
        text: String,
    },
    BadShell {
        text: String,
    },
    BadFunctionName {
        name: String,
    },
    NameForNothing {
        name: String,
    },
    /// The shell that calls reads another dialect than the one that would be printed.
    CallerReads {
        format: Format,
        args: String,
    },
    ClearNeedsShell {
        format: &'static str,
    },
    BaseNeedsShell {
        format: &'static str,
    },
    SourceProfileNeedsArn {
        role: String,
    },

    // Values, wherever they stand.
    BadDuration {
        text: String,
        why: InvalidDuration,
        origin: Origin,
    },
    BadSessionName {
        text: String,
        origin: Origin,
    },
    BadExternalId {
        text: String,
        origin: Origin,
    },
    BadRegion {
        text: String,
        origin: Origin,
    },
    BadRoleArn {
        text: String,
        why: InvalidRoleArn,
        origin: Origin,
    },
    EmptyRoleArn {
        profile: String,
        origin: Origin,
    },
    InvalidSessionPolicy {
        text: String,
        origin: Origin,
        why: InvalidSessionPolicy,
    },
    BadAccount {
        text: String,
        origin: Origin,
    },
    PolicyFile {
        file: PathBuf,
        why: std::io::Error,
    },
    OtherAccount {
        of: String,
        account: String,
        wanted: String,
        origin: Origin,
    },
    BadSwitch {
        text: String,
        origin: Origin,
    },
    BadAttempts {
        text: String,
        origin: Origin,
    },
    BadSerial {
        text: String,
        origin: Origin,
    },
    SecurityKey {
        serial: String,
        origin: Origin,
    },
    BadTime {
        text: String,
    },
    BadUrl {
        text: String,
        origin: Origin,
    },
    NoServices {
        name: String,
        origin: Origin,
    },
    BadProxy {
        name: &'static str,
    },
    CustomPartitions {
        name: &'static str,
    },
    BadKeys {
        what: KeyPart,
        origin: Origin,
    },
    SourceLost {
        role: String,
    },
    WouldWiden {
        role: String,
        how: String,
    },
    InsecureUrl {
        text: String,
        origin: Origin,
    },

    // The environment and the files.
    VariableNotUtf8 {
        name: String,
    },
    RestoreBroken {
        why: &'static str,
    },
    SessionBroken {
        variable: &'static str,
    },
    HalfKeysInEnvironment {
        missing: &'static str,
    },
    ConfigUnreadable {
        file: PathBuf,
        origin: Origin,
        why: std::io::Error,
    },
    ConfigNotUtf8 {
        place: Place,
    },
    ConfigBroken {
        place: Place,
        fault: SyntaxError,
    },

    // The plan.
    UnknownProfile {
        name: String,
        origin: Option<Origin>,
        near: Vec<String>,
        searched: Vec<PathBuf>,
        no_home: bool,
    },
    IncludeMissing {
        name: String,
        origin: Origin,
    },
    IncludeRing {
        ring: Vec<String>,
        origin: Origin,
    },
    IncludeLong {
        origin: Origin,
    },
    HalfKeys {
        profile: String,
        missing: &'static str,
        place: Place,
    },
    TwoSources {
        profile: String,
        first: Origin,
        second: Origin,
    },
    NoSourceOfProfile {
        profile: String,
        place: Place,
        has_keys: bool,
    },
    BadCredentialSource {
        text: String,
        origin: Origin,
    },
    NoKeysInEnvironment {
        profile: String,
        origin: Origin,
        session_held: bool,
    },
    NoCredentials {
        profile: String,
        place: Place,
    },
    NoSsoSession {
        name: String,
        origin: Origin,
    },
    SsoIncomplete {
        profile: String,
        missing: &'static str,
        place: Place,
    },
    SsoInconsistent {
        key: &'static str,
        first: Origin,
        second: Origin,
    },
    SsoToken {
        origin: Origin,
        file: PathBuf,
        why: String,
        login: String,
    },
    SsoRefused {
        role: String,
        origin: Origin,
        account: String,
        said: String,
    },
    NoHome {
        what: &'static str,
        origin: Origin,
    },
    WebIdentityWithoutRole {
        origin: Origin,
        missing: &'static str,
    },
    NoWebIdentity {
        origin: Origin,
    },
    TokenFile {
        file: PathBuf,
        origin: Origin,
        why: String,
    },
    NoContainer {
        origin: Origin,
    },
    Container {
        variable: &'static str,
        why: String,
    },
    InstanceOff {
        origin: Origin,
        variable: &'static str,
    },
    Instance {
        endpoint: String,
        origin: Origin,
        why: String,
    },
    BadMetadataMode {
        text: String,
        origin: Origin,
    },
    BadMetadataNumber {
        text: String,
        origin: Origin,
    },
    BadRegionalEndpoints {
        text: String,
        origin: Origin,
    },
    BadKeysOfSource {
        source: String,
        what: &'static str,
    },
    FlagWithoutUse {
        flag: &'static str,
        why: String,
    },
    OpenQuote {
        program: String,
        origin: Origin,
    },
    CredentialProcess {
        key: &'static str,
        profile: String,
        origin: Origin,
        why: String,
    },
    CredentialProcessRing {
        key: &'static str,
        profile: String,
        origin: Origin,
    },
    NoSource {
        role: String,
    },
    Loop {
        ring: Vec<String>,
        origins: Vec<Origin>,
    },
    HeldExpired {
        label: String,
        ago: i64,
    },
    TooLongForChain {
        length: SessionLength,
        origin: Origin,
        role: String,
        before: String,
    },
    RegionOfOtherPartition {
        region: String,
        origin: Origin,
        role: String,
    },
    NoRegion {
        role: String,
        partition: String,
    },

    MfaOnLaterHop {
        role: String,
        origin: Origin,
    },
    MfaNotOfUser {
        role: String,
        origin: Origin,
        source: String,
    },
    CodeWithoutDevice {
        flag: &'static str,
    },

    // MFA codes.
    BadCode {
        typed_as_flag: bool,
    },
    NoTerminal {
        serial: String,
    },
    CodeUnreadable {
        why: std::io::Error,
    },
    MfaProcess {
        command: String,
        origin: Origin,
        why: String,
    },

    // The network and the services.
    CaBundle {
        file: PathBuf,
        origin: Origin,
        why: String,
    },
    Net {
        service: &'static str,
        url: String,
        fault: NetError,
    },
    NotAnAnswer {
        service: &'static str,
        url: String,
        status: u16,
    },
    BadAnswer {
        service: &'static str,
        url: String,
        what: &'static str,
    },
    Refused(Box<Refusal>),
    ActionRefused {
        service: &'static str,
        action: &'static str,
        code: String,
        message: String,
    },
    NoRuntime {
        why: std::io::Error,
    },

    // Standard output.
    WouldKeep(Box<Guarded>),
    Stdout {
        why: std::io::Error,
    },
    Unwritable {
        format: &'static str,
    },
    UnsafeInDotenv {
        name: &'static str,
    },
    LineBreakInCsh {
        name: &'static str,
    },

    // The command.
    CommandNotFound {
        command: String,
        role_named: bool,
    },
    CommandNotRunnable {
        command: String,
        path: PathBuf,
        why: &'static str,
    },
    CommandFailed {
        command: String,
        not_found: bool,
        why: String,
    },
}

/// What the guard says instead of printing keys.
#[derive(Debug)]
pub struct Guarded {
    /// Where they would have been kept.
    pub keeps: RetainingOutput,
    /// The role as typed.
    pub label: String,
    /// The role that it leads to, if it leads to one.
    pub role: Option<String>,
    /// The source of the chain.
    pub source: String,
    /// The arguments but for the format, quoted for a shell.
    pub args: String,
    /// The form to suggest: the one that was typed, or that of the shell that called.
    pub format: Format,
}

impl Error {
    /// The error for an answer that did not come, or was none.
    pub fn no_answer(service: &'static str, url: &str, trouble: ServiceFailure) -> Self {
        let url = url.to_owned();
        match trouble {
            ServiceFailure::Net(fault) => Self::Net { service, url, fault },
            ServiceFailure::NotAnAnswer { status } => Self::NotAnAnswer { service, url, status },
            ServiceFailure::Refused { .. } => Self::NotAnAnswer { service, url, status: 0 },
        }
    }

    /// The exit status. With a command to run, 125 for every failure of ours, 126 and 127 as `env(1)` has them; otherwise 2
    /// for usage and 1 for the rest.
    pub fn status(&self, running: bool) -> u8 {
        match self {
            Self::Layer(error) => error.report().exit.status(running),
            Self::CommandNotFound { .. } | Self::CommandFailed { not_found: true, .. } => 127,
            Self::CommandNotRunnable { .. } | Self::CommandFailed { .. } => 126,
            _ if running => 125,
            _ if self.is_usage() => 2,
            _ => 1,
        }
    }

    /// Whether the command line itself is wrong, whatever the files say.
    fn is_usage(&self) -> bool {
        match self {
            Self::UnknownFlag { .. }
            | Self::MissingValue { .. }
            | Self::UnexpectedValue { .. }
            | Self::ArgumentNotUtf8 { .. }
            | Self::EmptyRole
            | Self::SecondRole { .. }
            | Self::TwoModes { .. }
            | Self::FlagOfAnotherMode { .. }
            | Self::RoleWithoutUse { .. }
            | Self::NoCommand
            | Self::NoRole
            | Self::BadFormat { .. }
            | Self::BadShell { .. }
            | Self::BadFunctionName { .. }
            | Self::NameForNothing { .. }
            | Self::ClearNeedsShell { .. }
            | Self::BaseNeedsShell { .. }
            | Self::CallerReads { .. }
            | Self::BadTime { .. }
            | Self::FlagWithoutUse { .. }
            | Self::BadCode { typed_as_flag: true }
            | Self::SourceProfileNeedsArn { .. } => true,
            Self::BadDuration { origin, .. }
            | Self::BadSessionName { origin, .. }
            | Self::BadExternalId { origin, .. }
            | Self::BadRegion { origin, .. }
            | Self::BadSerial { origin, .. }
            | Self::InvalidSessionPolicy { origin, .. }
            | Self::BadAccount { origin, .. }
            | Self::SecurityKey { origin, .. }
            | Self::BadRoleArn { origin, .. } => matches!(origin, Origin::Flag(_)),
            _ => false,
        }
    }

    /// The whole message, as it goes to standard error. What came from outside cannot add a line to it.
    pub fn report(&self) -> String {
        let line = |text: &str| clean(&shortened(text));
        let mut text = format!("assume-env: {}\n", line(&self.to_string()));
        let hints = match self {
            Self::WouldKeep(guarded) => guarded.hints(),
            Self::Layer(error) => error.report().hints,
            _ => self.hint().into_iter().collect(),
        };
        for hint in hints {
            text.push_str(&format!("  {}\n", line(&hint)));
        }
        text
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Layer(error) => return error.report().hints.into_iter().next(),
            Self::UnknownFlag { near: Some(near), .. } => format!("did you mean {near}?  assume-env -h lists the flags"),
            Self::UnknownFlag { near: None, .. } => "assume-env -h lists the flags".into(),
            Self::MissingValue { flag, metavar } => format!("type {flag} {metavar}"),
            Self::UnexpectedValue { flag } => format!("type {flag} alone"),
            Self::ArgumentNotUtf8 { .. } => "names of profiles and roles have to be UTF-8".into(),
            Self::EmptyRole => "a variable may be empty that should hold the role".into(),
            Self::SecondRole { role, second } => {
                let (role, second) = (Format::SH.word(role), Format::SH.word(second));
                format!("to run a command with the role, put -- before it: assume-env {role} -- {second} …")
            }
            Self::TwoModes { .. } => "each of them is a question of its own: ask one at a time".into(),
            Self::FlagOfAnotherMode { .. } | Self::RoleWithoutUse { .. } => "leave it out, or see assume-env --help".into(),
            Self::NoCommand => "for a shell with the role: assume-env ROLE -- \"$SHELL\"".into(),
            Self::NoRole => "name a profile, a role ARN or ACCOUNT:NAME; assume-env --list lists the profiles".into(),
            Self::BadFormat { .. } => format!("there are {}", Format::names().join(", ")),
            Self::BadShell { .. } => format!("there are {}", HookShell::names().join(", ")),
            Self::BadFunctionName { .. } => {
                "it has letters, digits and _ (in bash, zsh and fish - too), and is no word that the shell or the hook needs".into()
            }
            Self::NameForNothing { .. } => "leave one of them out".into(),
            Self::CallerReads { format, args } => {
                let line = format.eval_line(args).unwrap_or_default();
                format!("type: {line}   (or -f sh, if another program reads it)")
            }
            Self::ClearNeedsShell { .. } => "use --format with the name of a shell".into(),
            Self::BaseNeedsShell { .. } => {
                let formats = Format::all().filter(|format| format.keeps_mfa_session());
                format!("use --format with one of {}", formats.map(Format::name).collect::<Vec<_>>().join(", "))
            }
            Self::SourceProfileNeedsArn { .. } => {
                "leave --source-profile out, or give a role ARN instead of the profile's name".into()
            }
            Self::BadDuration { why: InvalidDuration::Unreadable, .. } => "type seconds, or hours and minutes: 900, 15m, 1h30m, 12h".into(),
            Self::BadDuration { .. } => "it has to be between 15m and 12h".into(),
            Self::BadSessionName { .. } => "it has 2 to 64 letters, digits and _ + = , . @ -".into(),
            Self::BadExternalId { .. } => "it has 2 to 1224 letters, digits and _ + = , . @ : / -".into(),
            Self::BadRegion { .. } => "a region is named like eu-central-1".into(),
            Self::BadRoleArn { why, .. } => why.to_string(),
            Self::EmptyRoleArn { .. } => "name the role there, or remove the line: then the profile's own keys are meant".into(),
            Self::InvalidSessionPolicy { why, .. } => why.to_string(),
            Self::BadAccount { .. } => "an account is twelve digits".into(),
            Self::PolicyFile { .. } => "name a file that exists and can be read: --policy @FILE".into(),
            Self::OtherAccount { .. } => "no keys were given out; check which role you meant".into(),
            Self::BadSwitch { .. } => "it has to be true or false".into(),
            Self::BadAttempts { .. } => "it has to be a whole number, at least 1".into(),
            Self::BadSerial { .. } => "it is the ARN of the device (arn:aws:iam::ACCOUNT:mfa/NAME) or its serial number".into(),
            Self::SecurityKey { .. } => {
                "a security key shows no codes, and STS takes nothing else here: register a virtual device too, and name that".into()
            }
            Self::BadTime { .. } => "type seconds, or hours and minutes: 900, 15m, 1h30m, 12h".into(),
            Self::MfaOnLaterHop { .. } => {
                "only the first role of a chain can take a code, since devices belong to users: move mfa_serial there".into()
            }
            Self::MfaNotOfUser { source, .. } => {
                format!("MFA devices belong to users, and the chain starts from {source}: remove the line")
            }
            Self::CodeWithoutDevice { .. } => "name the device, with --mfa-serial or mfa_serial in the profile".into(),
            Self::BadCode { .. } => "type the six digits that the device shows".into(),
            Self::NoTerminal { .. } => {
                "give the code with --mfa-token CODE (or - for standard input), or a command that prints it with --mfa-process".into()
            }
            Self::CodeUnreadable { .. } => "give the code with --mfa-token CODE, or --mfa-process".into(),
            Self::MfaProcess { .. } => "it has to print the six digits and nothing else, and end with status 0".into(),
            Self::BadUrl { .. } => "it has to be https://HOST[:PORT], without user name and without ?".into(),
            Self::NoServices { name, .. } => format!("add a section [services {name}], or remove the line"),
            Self::BadProxy { name } => format!("set {name} to http://HOST:PORT, or unset it"),
            Self::CustomPartitions { name } => format!("type unset {name}"),
            Self::BadKeys { .. } => "copy it again: keys are letters, digits and / + =, without blanks".into(),
            Self::WouldWiden { role, .. } => {
                let role = Format::SH.word(role);
                format!("name the role, and what narrows it: assume-env --policy … {role}, or assume-env {role} for the whole of it")
            }
            Self::SourceLost { role } => {
                format!("name its source again: assume-env --source-profile NAME {role}")
            }
            Self::InsecureUrl { .. } => "the answer holds the keys in clear: use https, or an address of this machine; --allow-http where nobody else can read along".into(),
            Self::VariableNotUtf8 { name } => format!("unset {name}, or give it another value"),
            Self::RestoreBroken { .. } => {
                "nothing was given back or replaced; type: unset ASSUME_ENV_RESTORE, then try again".into()
            }
            Self::SessionBroken { .. } => {
                "end what is left of it, then try again: eval \"$(assume-env --clear)\" (fish: assume-env --clear -f fish | source)"
                    .into()
            }
            Self::HalfKeysInEnvironment { missing } => format!("set {missing} too, or unset its other half"),
            Self::ConfigUnreadable { origin: Origin::Variable(name), .. } => {
                format!("set {name} to a file that exists and can be read, or unset it")
            }
            Self::ConfigUnreadable { .. } => "make it a file that you can read".into(),
            Self::ConfigNotUtf8 { .. } => "save the file as UTF-8".into(),
            Self::ConfigBroken { fault: SyntaxError::LimitExceeded(_), .. } => {
                "name a smaller file with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE".into()
            }
            Self::ConfigBroken { .. } => "mend the line: the AWS CLI does not read such a file either".into(),
            Self::UnknownProfile { near, searched, no_home, .. } => unknown_profile_hint(near, searched, *no_home),
            Self::IncludeMissing { .. } => "name a profile that is there, or remove the line".into(),
            Self::IncludeLong { .. } => "include the last of them directly".into(),
            Self::IncludeRing { .. } => "remove one of their include_profile lines".into(),
            Self::HalfKeys { missing, .. } => format!("add {missing} beside it, in the same file"),
            Self::TwoSources { .. } => "remove one of the two lines".into(),
            Self::NoSourceOfProfile { profile, has_keys: true, .. } => {
                format!("to use the keys of the profile itself, add source_profile = {profile}")
            }
            Self::NoSourceOfProfile { .. } => "add source_profile = NAME, the profile whose keys assume the role".into(),
            Self::BadCredentialSource { .. } => "there are Environment, Ec2InstanceMetadata and EcsContainer".into(),
            Self::NoKeysInEnvironment { profile, session_held: true, .. } => {
                let profile = Format::SH.word(profile);
                format!("a session replaced the keys that stood there: set them again, and run the command alone next time (assume-env {profile} -- COMMAND)")
            }
            Self::NoKeysInEnvironment { .. } => "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".into(),
            Self::NoCredentials { .. } => {
                "add a way to them: an access key, sso_session with sso_account_id and sso_role_name, credential_process, or role_arn and source_profile".into()
            }
            Self::NoSsoSession { name, .. } => {
                format!("add a section [sso-session {name}] with sso_start_url and sso_region, or correct the name")
            }
            Self::SsoIncomplete { missing, .. } => format!("add {missing}, as aws configure sso writes it"),
            Self::SsoInconsistent { key, .. } => format!("remove {key} from the profile: the sso-session has it"),
            Self::SsoToken { login, .. } => format!("log in, then try again: {login}"),
            Self::SsoRefused { said, .. } if said.starts_with("Forbidden") || said.starts_with("ResourceNotFound") => {
                "check sso_account_id and sso_role_name, or ask whoever assigns roles; the start page lists yours".into()
            }
            Self::SsoRefused { .. } => "try again; the start page lists the roles that you have".into(),
            Self::NoHome { .. } => "set HOME to your home folder".into(),
            Self::WebIdentityWithoutRole { missing, .. } => format!("set {missing} to the role that the token is for"),
            Self::NoWebIdentity { .. } => "set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN".into(),
            Self::TokenFile { .. } => "whoever issues the token has to write it there: check the path and who may read it".into(),
            Self::NoContainer { .. } => {
                "in a container of ECS or EKS they are set; elsewhere, name another source".into()
            }
            Self::Container { .. } => "check that the task or the pod has a role, and what the variable says".into(),
            Self::InstanceOff { variable, .. } => format!("type unset {variable}, or name another source"),
            Self::Instance { why, .. } if why.starts_with("no answer") => {
                "this seems to be no EC2 instance, or its metadata is switched off; name another source, or raise AWS_METADATA_SERVICE_TIMEOUT".into()
            }
            Self::Instance { .. } => "check that the instance has a role (an instance profile), and that its metadata is switched on".into(),
            Self::BadMetadataMode { .. } => "there are ipv4 and ipv6".into(),
            Self::BadMetadataNumber { .. } => "it has to be a whole number from 1 to 600".into(),
            Self::BadRegionalEndpoints { .. } => "there are regional and legacy".into(),
            Self::BadKeysOfSource { .. } => "no keys were given out; get new ones there and try again".into(),
            Self::FlagWithoutUse { why, .. } => format!("{why}: leave the flag out, or name a role that is assumed with keys"),
            Self::OpenQuote { .. } => "close the quote".into(),
            Self::CredentialProcess { key: "login_session", profile, .. } => {
                let profile = Format::SH.word(profile);
                format!("the AWS CLI, version 2, is asked for it: log in with aws login --profile {profile}, then try again")
            }
            Self::CredentialProcess { .. } => {
                "its own words, if it had any, stand above; run it by hand: it has to print the document of credential_process".into()
            }
            Self::CredentialProcessRing { .. } => {
                "let it take its credentials from another profile: it asks assume-env for the one that it is the source of".into()
            }
            Self::NoSource { .. } => "name one with --source-profile, set AWS_PROFILE, or put keys into the environment".into(),
            Self::Loop { origins, .. } => {
                let places: Vec<String> = origins.iter().map(Origin::to_string).collect();
                format!("one of these has to name a profile with keys: {}", places.join(", "))
            }
            Self::HeldExpired { label, .. } => {
                let label = Format::SH.word(label);
                format!("renew it first (eval \"$(assume-env {label})\"), or name another source with --source-profile")
            }
            Self::TooLongForChain { .. } => "ask for 1h or less, or assume the role directly with long-lived keys".into(),
            Self::RegionOfOtherPartition { .. } => "name a region of the role's own partition".into(),
            Self::NoRegion { .. } => "name one with --region, or region in the profile".into(),
            Self::CaBundle { origin: Origin::Variable(name), .. } => {
                format!("set {name} to a PEM file with the authorities to trust, or unset it")
            }
            Self::CaBundle { .. } => "it has to be a PEM file with the authorities to trust".into(),
            Self::Net { fault, .. } => fault.hint().into(),
            Self::NotAnAnswer { .. } => crate::net::error::NOT_AWS.into(),
            Self::BadAnswer { .. } => "nothing of it was used; check who answers at this address".into(),
            Self::Refused(refusal) => refusal.advice(),
            Self::ActionRefused { service: "S3", code, .. } if code == "AccessDenied" => "the role itself needs s3:ListAllMyBuckets".into(),
            Self::ActionRefused { service: "IAM Identity Center", .. } => {
                "try again in a minute; a new login helps too: aws sso login".into()
            }
            Self::ActionRefused { .. } => "see the message above".into(),
            Self::Stdout { .. } => "nothing can be evaluated from it: the environment is as it was".into(),
            Self::UnsafeInDotenv { .. } => "use --format json or sh, which quote values".into(),
            Self::LineBreakInCsh { .. } => {
                "nothing was set or given back; a command can have it (assume-env ROLE -- COMMAND), and so can any other shell".into()
            }
            Self::CommandNotFound { role_named: true, .. } => "nothing was asked of AWS; check the name and PATH".into(),
            Self::CommandNotFound { command, .. } => {
                let command = Format::SH.word(command);
                format!("behind -- stands a command; if {command} is the role, type it without --: assume-env {command}")
            }
            Self::CommandNotRunnable { path, .. } => format!("that is {}", path.display()),
            Self::WouldKeep(_) | Self::NoRuntime { .. } | Self::Unwritable { .. } | Self::CommandFailed { .. } => {
                return None;
            }
        })
    }
}

fn unknown_profile_hint(near: &[String], searched: &[PathBuf], no_home: bool) -> String {
    if !near.is_empty() {
        return format!("did you mean {}?  assume-env --list lists the profiles", near.join(" or "));
    }
    let files: Vec<String> = searched.iter().map(|file| file.display().to_string()).collect();
    match (files.is_empty(), no_home) {
        (true, _) => "HOME is not set, so there is no ~/.aws/config; set HOME or AWS_CONFIG_FILE".into(),
        (false, true) => format!("looked in {} only, since HOME is not set", files.join(" and ")),
        (false, false) => format!("looked in {}; assume-env --list lists the profiles", files.join(" and ")),
    }
}

impl Guarded {
    /// Where the role leads, and what to type instead.
    fn hints(&self) -> Vec<String> {
        let Self { label, role, source, args, format, .. } = self;
        let line = |words: &[&str]| -> String {
            let words: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
            words.join(" ")
        };
        let mut hints = vec![match role {
            Some(role) => format!("{label} leads to {role}, with {source}; nothing was asked of AWS"),
            None => format!("{label} leads to {source}; nothing was asked of AWS"),
        }];
        let mut hint = |what: &str, words: String| hints.push(format!("{what:<17} {words}"));
        if let Some(evaluating) = format.eval_line(args) {
            hint("this shell:", evaluating);
            hint("one command:", line(&["assume-env", args, "-- COMMAND"]));
        }
        let flag = if format.is_shell() { String::new() } else { format!("-f {}", format.name()) };
        hint("print them here:", line(&["assume-env --show", &flag, args]));
        hints
    }
}

impl fmt::Display for Error {
    #[allow(clippy::too_many_lines, reason = "one line a variant")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layer(error) => f.write_str(&error.report().headline),
            Self::UnknownFlag { flag, .. } => write!(f, "there is no flag {flag}"),
            Self::MissingValue { flag, .. } => write!(f, "{flag} needs a value"),
            Self::UnexpectedValue { flag } => write!(f, "{flag} takes no value"),
            Self::ArgumentNotUtf8 { what } => write!(f, "the value of {what} is not UTF-8"),
            Self::EmptyRole => f.write_str("the role is empty"),
            Self::SecondRole { role, second } => {
                write!(f, "{second} is a second word behind the role {role}")
            }
            Self::TwoModes { first, second } => write!(f, "{first} and {second} do not go together"),
            Self::FlagOfAnotherMode { flag, mode } => write!(f, "{flag} means nothing for {mode}"),
            Self::RoleWithoutUse { role, mode } => write!(f, "{mode} takes no role, and {role} stands there"),
            Self::NoCommand => f.write_str("there is no command behind --"),
            Self::NoRole => f.write_str("no role is named, no session is held, and AWS_PROFILE is not set"),
            Self::BadFormat { text } => write!(f, "there is no format {text}"),
            Self::BadShell { text } => write!(f, "there is no hook for the shell {text}"),
            Self::BadFunctionName { name } => write!(f, "no function can be named {name} (--cmd)"),
            Self::NameForNothing { name } => {
                write!(f, "--cmd {name} names the function, and --no-cmd leaves it out")
            }
            Self::CallerReads { format, .. } => {
                write!(f, "{} cannot evaluate what assume-env prints without -f", format.name())
            }
            Self::ClearNeedsShell { format } => {
                write!(f, "--clear cannot be written as {format}, which unsets nothing")
            }
            Self::BaseNeedsShell { format } => {
                write!(f, "a base session cannot be written as {format}, which has no variable for it")
            }
            Self::SourceProfileNeedsArn { role } => {
                write!(
                    f,
                    "--source-profile is for a role ARN, and {role} is a profile with a source of its own"
                )
            }
            Self::BadDuration { text, why, origin } => write!(f, "the duration {text} ({origin}) {why}"),
            Self::BadSessionName { text, origin } => {
                write!(f, "the session name {text} ({origin}) is not one that STS takes")
            }
            Self::BadExternalId { text, origin } => {
                write!(f, "the external ID {text} ({origin}) is not one that STS takes")
            }
            Self::BadRegion { text, origin } => write!(f, "the region {text} ({origin}) cannot be one"),
            Self::BadRoleArn { text, origin, .. } => write!(f, "{text} ({origin}) is not a role ARN"),
            Self::EmptyRoleArn { profile, origin } => {
                write!(f, "the role_arn of profile {profile} ({origin}) is empty")
            }
            Self::InvalidSessionPolicy { text, origin, .. } => {
                write!(f, "STS does not take {text} ({origin})")
            }
            Self::BadAccount { text, origin } => write!(f, "{text} ({origin}) is not an account"),
            Self::PolicyFile { file, why } => write!(f, "cannot read the policy {}: {why}", file.display()),
            Self::OtherAccount { of, account, wanted, origin } => {
                write!(f, "{of} is of the account {account}, not of {wanted}, which is expected ({origin})")
            }
            Self::BadSwitch { text, origin } => write!(f, "{text} ({origin}) is neither true nor false"),
            Self::BadAttempts { text, origin } => write!(f, "{text} ({origin}) is not a number of attempts"),
            Self::BadSerial { text, origin } => {
                write!(f, "{text} ({origin}) is not the name of an MFA device")
            }
            Self::SecurityKey { serial, origin } => {
                write!(f, "the MFA device {serial} ({origin}) is a security key")
            }
            Self::BadTime { text } => write!(f, "{text} (--min-ttl) is not a time"),
            Self::MfaOnLaterHop { role, origin } => {
                write!(
                    f,
                    "an MFA device is named ({origin}) for {role}, which is not the first role of its chain"
                )
            }
            Self::MfaNotOfUser { role, origin, .. } => {
                write!(f, "an MFA device is named ({origin}) for {role}, which no user's keys assume")
            }
            Self::CodeWithoutDevice { flag } => write!(f, "{flag} gives a code, and no MFA device is named"),
            Self::BadCode { .. } => f.write_str("that is no MFA code"),
            Self::NoTerminal { serial } => {
                write!(f, "the MFA code of {serial} is needed, and there is no terminal to ask for it")
            }
            Self::CodeUnreadable { why } => write!(f, "cannot read the MFA code: {why}"),
            Self::MfaProcess { command, origin, why } => {
                write!(f, "the command for the MFA code, {command} ({origin}), gave none: {why}")
            }
            Self::BadUrl { text, origin } => {
                write!(f, "the endpoint {text} ({origin}) is not an address that can be asked")
            }
            Self::NoServices { name, origin } => {
                write!(f, "there is no section [services {name}] ({origin})")
            }
            Self::BadProxy { name } => write!(f, "the variable {name} is not the address of a proxy"),
            Self::CustomPartitions { name } => {
                write!(f, "the variable {name} is set, which assume-env cannot honour")
            }
            Self::BadKeys { what, origin } => {
                write!(f, "the {what} in {origin} has characters that no key has")
            }
            Self::WouldWiden { role, how } => {
                write!(
                    f,
                    "the session {role} of this environment is narrowed or marked ({how}), and nothing says how to renew that"
                )
            }
            Self::SourceLost { role } => write!(
                f,
                "{role} was assumed with keys that this environment no longer has, because the session replaced them"
            ),
            Self::InsecureUrl { text, origin } => {
                write!(f, "the endpoint {text} ({origin}) is plain http and not on this machine")
            }
            Self::VariableNotUtf8 { name } => write!(f, "the variable {name} holds bytes that are not UTF-8"),
            Self::RestoreBroken { why } => {
                write!(f, "ASSUME_ENV_RESTORE is not as assume-env wrote it: {why}")
            }
            Self::SessionBroken { variable } => {
                write!(
                    f,
                    "the session of this environment is damaged: {variable} is missing or not as assume-env wrote it"
                )
            }
            Self::HalfKeysInEnvironment { missing } => {
                write!(f, "the environment has half an access key: {missing} is missing")
            }
            Self::ConfigUnreadable { file, origin: Origin::Variable(name), why } => {
                write!(f, "cannot read {}, which {name} names: {why}", file.display())
            }
            Self::ConfigUnreadable { file, why, .. } => write!(f, "cannot read {}: {why}", file.display()),
            Self::ConfigNotUtf8 { place } => write!(f, "{place}: the file is not UTF-8"),
            Self::ConfigBroken { place, fault } => write!(f, "{place}: {fault}"),
            Self::UnknownProfile { name, origin: Some(origin), .. } => {
                write!(f, "there is no profile {name} ({origin})")
            }
            Self::UnknownProfile { name, origin: None, .. } => {
                write!(f, "there is no profile {name}, and it is no role ARN or ACCOUNT:NAME either")
            }
            Self::IncludeMissing { name, origin } => {
                write!(f, "there is no profile {name}, which include_profile names ({origin})")
            }
            Self::IncludeLong { origin } => {
                write!(f, "include_profile leads through more than ten profiles ({origin})")
            }
            Self::IncludeRing { ring, origin } => {
                write!(f, "include_profile goes in a ring ({origin}): {}", ring.join(" → "))
            }
            Self::HalfKeys { profile, missing, place } => {
                write!(f, "the profile {profile} has half an access key ({place}): {missing} is missing")
            }
            Self::TwoSources { profile, first, second } => {
                write!(
                    f,
                    "the profile {profile} has both source_profile ({first}) and credential_source ({second})"
                )
            }
            Self::NoSourceOfProfile { profile, place, .. } => {
                write!(f, "the profile {profile} ({place}) has a role_arn and nothing to assume it with")
            }
            Self::BadCredentialSource { text, origin } => {
                write!(f, "credential_source = {text} ({origin}) is not one that there is")
            }
            Self::NoKeysInEnvironment { profile, origin, .. } => {
                write!(
                    f,
                    "the profile {profile} takes its keys from the environment ({origin}), which has none"
                )
            }
            Self::NoCredentials { profile, place } => {
                write!(f, "the profile {profile} ({place}) has no credentials")
            }
            Self::NoSsoSession { name, origin } => {
                write!(f, "there is no section [sso-session {name}] ({origin})")
            }
            Self::SsoIncomplete { profile, missing, place } => {
                write!(
                    f,
                    "the profile {profile} is for IAM Identity Center, and {missing} is missing ({place})"
                )
            }
            Self::SsoInconsistent { key, first, second } => {
                write!(
                    f,
                    "{key} is one thing in the profile ({first}) and another in its sso-session ({second})"
                )
            }
            Self::SsoToken { origin, file, why, .. } => {
                write!(f, "the IAM Identity Center token {} ({origin}) {why}", file.display())
            }
            Self::SsoRefused { role, origin, account, said } => {
                write!(
                    f,
                    "IAM Identity Center did not give the role {role} in account {account} ({origin}): {said}"
                )
            }
            Self::NoHome { what, origin } => {
                write!(f, "HOME is not set, so {what} ({origin}) cannot be found")
            }
            Self::WebIdentityWithoutRole { origin, missing } => {
                write!(
                    f,
                    "a web identity token is named ({origin}) without a role for it: {missing} is missing"
                )
            }
            Self::NoWebIdentity { origin } => {
                write!(f, "{origin} asks for the web identity of the environment, which has none")
            }
            Self::TokenFile { file, origin, why } => {
                write!(f, "cannot use the web identity token in {} ({origin}): {why}", file.display())
            }
            Self::NoContainer { origin } => write!(
                f,
                "{origin} asks for the container's credentials, and neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"
            ),
            Self::Container { variable, why } => {
                write!(f, "the container gave no credentials (the variable {variable}): {why}")
            }
            Self::InstanceOff { origin, variable } => {
                write!(f, "{origin} asks for the instance's role, and the variable {variable} forbids it")
            }
            Self::Instance { endpoint, origin, why } => {
                write!(f, "the instance metadata at {endpoint} ({origin}) gave no credentials: {why}")
            }
            Self::BadMetadataMode { text, origin } => {
                write!(f, "the endpoint mode {text} ({origin}) is not one that instance metadata has")
            }
            Self::BadMetadataNumber { text, origin } => {
                write!(f, "{text} ({origin}) is no number of seconds or tries")
            }
            Self::BadRegionalEndpoints { text, origin } => {
                write!(f, "sts_regional_endpoints = {text} ({origin}) is not one that there is")
            }
            Self::BadKeysOfSource { source, what } => {
                write!(f, "{source} cannot be used as they are: {what}")
            }
            Self::FlagWithoutUse { flag, .. } => write!(f, "{flag} cannot be honoured here"),
            Self::OpenQuote { program, origin } => {
                write!(f, "the command {program} … ({origin}) has an open quote")
            }
            Self::CredentialProcess { key, profile, origin, why } => {
                write!(f, "the {key} of profile {profile} ({origin}) gave no credentials: {why}")
            }
            Self::CredentialProcessRing { key, profile, origin } => {
                write!(f, "the {key} of profile {profile} ({origin}) calls itself without end")
            }
            Self::NoSource { role } => write!(f, "there are no credentials to assume {role} with"),
            Self::Loop { ring, .. } => write!(f, "source_profile goes in a ring: {}", ring.join(" → ")),
            Self::HeldExpired { label, ago } => {
                write!(f, "the session {label} that this environment holds expired {} ago", human(*ago))
            }
            Self::TooLongForChain { length, origin, role, before } => write!(
                f,
                "{length} ({origin}) is too long for {role}: assumed with {before}, it lasts one hour at most"
            ),
            Self::RegionOfOtherPartition { region, origin, role } => {
                write!(f, "the region {region} ({origin}) is not of the partition of {role}")
            }
            Self::NoRegion { role, partition } => {
                write!(f, "no region is named for {role}, and the partition {partition} has no known one")
            }
            Self::CaBundle { file, origin, why } => {
                write!(f, "cannot use the CA bundle {} ({origin}): {why}", file.display())
            }
            Self::Net { service, url, fault } => write!(f, "{service} did not answer at {url}: {fault}"),
            Self::NotAnAnswer { service, url, status } => {
                write!(
                    f,
                    "the answer from {url} (status {status}) is not {} {service} answer",
                    article(service)
                )
            }
            Self::BadAnswer { service, url, what } => {
                write!(f, "the answer from {url} is not {} {service} answer: {what}", article(service))
            }
            Self::Refused(refusal) => refusal.fmt(f),
            Self::ActionRefused { service, action, code, message } => {
                write!(f, "{service} refused {action}: {code}: {message}")
            }
            Self::NoRuntime { why } => write!(f, "cannot prepare the request: {why}"),
            Self::WouldKeep(guarded) => write!(f, "keys are not printed to {}", guarded.keeps),
            Self::Stdout { why } => write!(f, "cannot write to standard output: {why}"),
            Self::Unwritable { format } => write!(f, "the session cannot be written as {format}"),
            Self::LineBreakInCsh { name } => {
                write!(f, "the value of {name} has a line break, which csh cannot take from eval")
            }
            Self::UnsafeInDotenv { name } => {
                write!(f, "{name} has a value that a dotenv file cannot hold, since nothing is quoted there")
            }
            Self::CommandNotFound { command, .. } => write!(f, "there is no command {command}"),
            Self::CommandNotRunnable { command, why, .. } => write!(f, "cannot run {command}: {why}"),
            Self::CommandFailed { command, why, .. } => write!(f, "cannot run {command}: {why}"),
        }
    }
}

/// A line that somebody can still read, whatever value is a part of it. Long enough for a command line with a policy, to be typed
/// again.
fn shortened(line: &str) -> Cow<'_, str> {
    const LONGEST: usize = 3000;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &line[..end])),
        None => Cow::Borrowed(line),
    }
}

fn article(service: &str) -> &'static str {
    if service.starts_with(['S', 'I']) { "an" } else { "a" }
}

/// Until every layer has its own error type.
impl<E: Diagnostic + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Layer(Box::new(error))
    }
}

impl From<Error> for crate::common::report::Report {
    fn from(error: Error) -> Self {
        let exit = match error.status(false) {
            2 => crate::common::report::Exit::Usage,
            126 => crate::common::report::Exit::NotRunnable,
            127 => crate::common::report::Exit::NotFound,
            _ => crate::common::report::Exit::Failed,
        };
        let hints = match &error {
            Error::Layer(layer) => return layer.report(),
            Error::WouldKeep(guarded) => guarded.hints(),
            _ => error.hint().into_iter().collect(),
        };
        Self { headline: error.to_string(), hints, exit }
    }
}
