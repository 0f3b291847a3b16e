//! The one table of flags. Parser, short and long help, man page, completion and "did you mean" all come from it.

use crate::cli::args::{Args, Completion, Flag, Value};
use crate::cli::command::CommandKind;
use crate::cli::error::Error;
use crate::cli::needs::Needs;
use crate::common::console_page::{self, ConsolePage};
use crate::common::duration::{self, SessionLength};
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::name_template::NameTemplate;
use crate::common::names;
use crate::common::origin::Origin;
use crate::common::partition;
use crate::common::session_policy::Tag;
use crate::mfa::{self, CodeSource};
use crate::shell::{Format, HookShell};

/// The flag of a letter.
pub(crate) fn by_short(c: char) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.short == Some(c))
}

/// The flag of a name without its dashes.
pub(crate) fn by_long(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name.strip_prefix("--") == Some(name))
}

/// The value of a flag, if it follows a rule.
fn valid(text: &str, flag: &'static str, is_valid: fn(&str) -> bool, rule: Rule) -> Result<String, Error> {
    match is_valid(text) {
        true => Ok(text.to_owned()),
        false => Err(invalid(text, flag, rule)),
    }
}

fn invalid(text: &str, flag: &'static str, rule: Rule) -> Error {
    InvalidValue::new(text, Origin::Flag(flag), rule).into()
}

fn mfa_token(text: &str) -> Result<CodeSource, Error> {
    if text == "-" {
        return Ok(CodeSource::Stdin);
    }
    let code = mfa::checked_code(text);
    code.map(CodeSource::Code).map_err(|_| Error::Mfa(mfa::error::Error::BadCode { typed_as_flag: true }))
}

type Set = fn(&mut Args, &str) -> Result<(), Error>;

/// A value of which a flag takes any text.
const fn any_text(metavar: &'static str, set: Set) -> Option<Value> {
    value(metavar, Completion::Text, set)
}

const fn value(metavar: &'static str, completes: Completion, set: Set) -> Option<Value> {
    Some(Value { metavar, completes, set })
}

/// The commands that lead to a role.
const ROLE: &[CommandKind] = &[
    CommandKind::Print,
    CommandKind::Run,
    CommandKind::Whoami,
    CommandKind::Buckets,
    CommandKind::Explain,
    CommandKind::Console,
];
/// The commands that have an answer in JSON.
const JSON: &[CommandKind] = &[
    CommandKind::Whoami,
    CommandKind::Buckets,
    CommandKind::Explain,
    CommandKind::List,
    CommandKind::Status,
    CommandKind::SsoRoles,
];
/// The commands that can sign in for themselves alone.
const ONE_CALL: &[CommandKind] = &[
    CommandKind::Print,
    CommandKind::Run,
    CommandKind::Whoami,
    CommandKind::Buckets,
    CommandKind::Console,
    CommandKind::SsoRoles,
];
/// The commands that can sign in as the flags ask.
const SIGN_IN: &[CommandKind] = &[
    CommandKind::Login,
    CommandKind::Print,
    CommandKind::Run,
    CommandKind::Whoami,
    CommandKind::Buckets,
    CommandKind::Console,
    CommandKind::SsoRoles,
];
/// The commands for which an `sso-session` can be named.
const OF_SSO_SESSION: &[CommandKind] = &[
    CommandKind::Print,
    CommandKind::Run,
    CommandKind::Whoami,
    CommandKind::Buckets,
    CommandKind::Console,
    CommandKind::Explain,
    CommandKind::Login,
    CommandKind::Logout,
    CommandKind::SsoRoles,
];

/// Examples of a time, for completion.
const LENGTHS: &[&str] = &["15m", "30m", "1h", "2h", "4h", "8h", "12h"];
/// Examples of a managed policy that restricts a session, for completion: the policies of AWS that many teams
/// use for that (IAM User Guide, "AWS managed policies for job functions").
const POLICY_ARNS: &[&str] = &[
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:iam::aws:policy/SecurityAudit",
    "arn:aws:iam::aws:policy/job-function/Billing",
    "arn:aws:iam::aws:policy/job-function/SupportUser",
    "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
];

const SESSION: &str = "Session";
const OUTPUT: &str = "Output";
const MODES: &str = "Modes";
const GENERAL: &str = "General";
/// The heading of flags that are for programs: no help has it.
const HIDDEN: &str = "Hidden";
/// The headings in the order of the help.
pub(crate) const HEADINGS: [&str; 4] = [SESSION, OUTPUT, MODES, GENERAL];

/// Two flags that exclude each other, and what to do.
pub(crate) const EXCLUDES: [(&str, &str, &str); 4] = [
    ("--sso-session", "--renew", "--renew makes the held session again: leave --sso-session out"),
    ("--sso-session", "--source-profile", "the sso-session is the source of the role: leave one of them out"),
    (
        "--login-once",
        "--refresh",
        "no login is left for a renewal: sign in with assume-env --login, and use --refresh alone",
    ),
    ("--json", "--as-profiles", "profiles are lines of ~/.aws/config: leave one of them out"),
];
/// Flags that shape a sign-in, and the two that begin one.
pub(crate) const OF_SIGN_IN: [&str; 2] = ["--device-code", "--no-browser"];
pub(crate) const SIGNS_IN: [&str; 2] = ["--login", "--login-once"];

/// The flags for people.
pub(crate) fn for_people() -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(|flag| flag.heading != HIDDEN)
}

/// What a row of the table is unless it says otherwise.
const FLAG: Flag = Flag {
    short: None,
    name: "",
    value: None,
    switch: None,
    starts: None,
    commands: &[],
    repeats: false,
    needs: Needs::Nothing,
    heading: GENERAL,
    brief: "",
    text: "",
};
/// A flag that shapes the session.
const OF_SESSION: Flag = Flag { commands: ROLE, heading: SESSION, ..FLAG };
/// A flag that shapes the hook.
const OF_HOOK: Flag = Flag { commands: &[CommandKind::Init], heading: MODES, ..FLAG };
/// A flag that shapes a sign-in or a sign-out.
const OF_LOGIN: Flag = Flag { commands: &[CommandKind::Login], heading: MODES, ..FLAG };
/// A flag that shapes the way to the console.
const OF_CONSOLE: Flag = Flag { commands: &[CommandKind::Console], heading: MODES, ..FLAG };

/// All flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag {
        short: Some('d'),
        name: "--duration",
        value: value("TIME", Completion::Choices(LENGTHS), |args, text| {
            let length = SessionLength::parse(text);
            let length = length.map_err(|why| invalid(text, "--duration", Rule::Duration(why)))?;
            args.session.duration = Some(length);
            Ok(())
        }),
        needs: Needs::StsCall,
        brief: "how long the keys last: 900, 15m, 1h30m, 12h",
        text: "How long the keys last: seconds (900) or hours and minutes (15m, 1h30m, 12h). From 15 minutes to 12 hours, and no \
               more than the role's own maximum; at most 1 hour when the role is assumed with temporary keys (role chaining). \
               Default: the profile's duration_seconds, else one hour.",
        ..OF_SESSION
    },
    Flag {
        short: Some('n'),
        name: "--session-name",
        value: any_text("NAME", |args, text| {
            let name = valid(text, "--session-name", names::is_session_name, Rule::SessionName)?;
            args.session.session_name = Some(name);
            Ok(())
        }),
        needs: Needs::Role,
        brief: "the session's name in CloudTrail",
        text: "The session's name, which CloudTrail shows: 2 to 64 letters, digits and _+=,.@- characters. Default: the profile's \
               role_session_name, $AWS_ROLE_SESSION_NAME, else user@host.",
        ..OF_SESSION
    },
    Flag {
        short: Some('r'),
        name: "--region",
        value: value("REGION", Completion::Choices(partition::REGIONS), |args, text| {
            args.session.region = Some(valid(text, "--region", partition::is_region, Rule::Region)?);
            Ok(())
        }),
        brief: "the session's region",
        text: "The region that the session gets (AWS_REGION and AWS_DEFAULT_REGION), and whose STS is asked. Default: the region of \
               the role's profile; if it has none, your own variables do not change.",
        ..OF_SESSION
    },
    Flag {
        name: "--source-profile",
        value: value("NAME", Completion::Source, |args, text| {
            args.session.source_profile = Some(text.into());
            Ok(())
        }),
        brief: "the profile whose keys assume a bare role ARN",
        text: "The profile whose credentials assume the role, when ROLE is an ARN or ACCOUNT:NAME; or :web-identity (the token that \
               AWS_WEB_IDENTITY_TOKEN_FILE names), :container (ECS, EKS) or :instance (EC2). Default: the session that this \
               environment holds (role chaining), else the same as for the AWS CLI: the keys in the environment, the profile of \
               AWS_PROFILE or default, a web identity, the container, the instance.",
        ..OF_SESSION
    },
    Flag {
        name: "--external-id",
        value: any_text("ID", |args, text| {
            let id = valid(text, "--external-id", names::is_external_id, Rule::ExternalId)?;
            args.session.external_id = Some(id);
            Ok(())
        }),
        needs: Needs::SigningKeys,
        brief: "the external ID that the role asks for",
        text: "The external ID that the role's trust policy asks for. Default: the profile's external_id.",
        ..OF_SESSION
    },
    Flag {
        name: "--policy",
        value: any_text("JSON|@FILE", |args, text| {
            args.session.policy = Some(text.into());
            Ok(())
        }),
        needs: Needs::Role,
        brief: "restrict the session by a policy",
        text: "Restrict the session: it may do what its role may do and this policy also allows. JSON, or @ and the name of a file \
               that has it; at most 2048 characters.",
        ..OF_SESSION
    },
    Flag {
        name: "--policy-arn",
        repeats: true,
        value: value("ARN", Completion::Choices(POLICY_ARNS), |args, text| {
            args.session.policy_arns.push(text.into());
            Ok(())
        }),
        needs: Needs::Role,
        brief: "restrict it by a managed policy (repeatable)",
        text: "Restrict the session by a managed policy: it may do what its role may do and these policies together allow. May be \
               given up to ten times.",
        ..OF_SESSION
    },
    Flag {
        name: "--read-only",
        switch: Some(|session| session.read_only = true),
        needs: Needs::Role,
        brief: "restrict it by the policy ReadOnlyAccess",
        text: "Restrict the session by the AWS-managed policy ReadOnlyAccess. This removes writing and deleting, not reading: \
               secrets, parameters and the contents of buckets that the role may read stay readable, as far as that policy \
               allows.",
        ..OF_SESSION
    },
    Flag {
        name: "--tag",
        repeats: true,
        value: any_text("K=V", |args, text| {
            let tag = Tag::parse(text).map_err(|why| invalid(text, "--tag", Rule::SessionPolicy(why)))?;
            args.session.tags.push(tag);
            Ok(())
        }),
        needs: Needs::SigningKeys,
        brief: "tag the session (repeatable)",
        text: "Tag the session; policies can ask for tags, and CloudTrail shows them. May be given up to fifty times; it replaces a \
               tag of the profile (session_tags) with the same key.",
        ..OF_SESSION
    },
    Flag {
        name: "--transitive-tag",
        repeats: true,
        value: any_text("K", |args, text| {
            args.session.transitive_tags.push(text.into());
            Ok(())
        }),
        needs: Needs::SigningKeys,
        brief: "a tag that later roles of a chain inherit",
        text: "The key of a tag that is inherited by the sessions that are made with this one. May be repeated.",
        ..OF_SESSION
    },
    Flag {
        name: "--source-identity",
        value: any_text("NAME", |args, text| {
            args.session.source_identity = Some(text.into());
            Ok(())
        }),
        needs: Needs::SigningKeys,
        brief: "source identity; in CloudTrail and inherited",
        text: "The source identity: CloudTrail records it, and every session that is made with this one inherits it. Default: the \
               profile's source_identity.",
        ..OF_SESSION
    },
    Flag {
        name: "--expect-account",
        value: value("ID", Completion::Account, |args, text| {
            let account = valid(text, "--expect-account", names::is_account, Rule::Account)?;
            args.session.expect_account = Some(account);
            Ok(())
        }),
        brief: "refuse when the account is another",
        text: "Refuse, before any request, when the role is of another account. Default: the profile's expected_account.",
        ..OF_SESSION
    },
    Flag {
        name: "--mfa-serial",
        value: value("ARN", Completion::ValueOf("mfa_serial"), |args, text| {
            args.session.mfa_serial = Some(mfa::checked_serial(text, Origin::Flag("--mfa-serial"))?);
            Ok(())
        }),
        needs: Needs::Mfa,
        brief: "the MFA device whose code is sent",
        text: "The MFA device whose code is sent with the first AssumeRole: an ARN, or the serial number of a hardware device. Default: \
               the profile's mfa_serial.",
        ..OF_SESSION
    },
    Flag {
        name: "--mfa-token",
        value: any_text("CODE", |args, text| {
            args.session.mfa_token = Some(mfa_token(text)?);
            Ok(())
        }),
        needs: Needs::Mfa,
        brief: "the code itself, or - for standard input",
        text: "The six digits that the MFA device shows, or - to read them from standard input. Default: the profile's mfa_process, else \
               a prompt on the terminal.",
        ..OF_SESSION
    },
    Flag {
        name: "--mfa-process",
        value: any_text("CMD", |args, text| {
            args.session.mfa_process = Some(text.into());
            Ok(())
        }),
        needs: Needs::Mfa,
        brief: "a command that prints the code",
        text: "A command that prints the six digits; it is run with sh -c and may use the terminal. Default: the profile's mfa_process.",
        ..OF_SESSION
    },
    Flag {
        name: "--min-ttl",
        value: value("TIME", Completion::Choices(LENGTHS), |args, text| {
            let seconds = duration::parse_seconds(text).and_then(|s| i64::try_from(s).ok());
            args.session.min_ttl = Some(seconds.ok_or_else(|| Error::BadMinTtl { text: text.into() })?);
            Ok(())
        }),
        commands: &[
            CommandKind::Print,
            CommandKind::Run,
            CommandKind::Whoami,
            CommandKind::Buckets,
            CommandKind::Explain,
            CommandKind::Status,
            CommandKind::Console,
        ],
        brief: "reuse the held session while this much is left",
        text: "Reuse the session that this environment holds, without asking AWS, while at least this much of it is left. It must be \
               the same role with the same session name. Default: a quarter of its length, at most 15m. With --status: exit 1 \
               when less is left.",
        ..OF_SESSION
    },
    Flag {
        name: "--pick",
        switch: Some(|session| session.pick = true),
        brief: "choose ROLE from a list",
        text: "Choose ROLE from a list of the profiles, by any word of name, account, role or source: with fzf, if it is installed, \
               else by typing words or a number on the terminal.",
        ..OF_SESSION
    },
    Flag {
        name: "--fresh",
        switch: Some(|session| session.fresh = true),
        brief: "never reuse the held session",
        text: "Never reuse the session that this environment holds.",
        ..OF_SESSION
    },
    Flag {
        name: "--refresh",
        switch: Some(|session| session.refresh = true),
        commands: &[CommandKind::Run, CommandKind::Explain],
        brief: "with -- COMMAND: keys that renew themselves",
        text: "With -- COMMAND: the command gets an address of this machine instead of keys, and the keys that AWS SDKs get there \
               renew themselves while the command runs; see REFRESH.",
        ..OF_SESSION
    },
    Flag {
        name: "--renew",
        switch: Some(|session| (session.fresh, session.renew) = (true, true)),
        commands: &[CommandKind::Print],
        brief: "new keys for the role that is held",
        text: "New keys for the role that this environment holds, however much time is left: the same role, source, session name, \
               region and restriction. No ROLE can be named with it. In a shell whose keys renew themselves (--refresh), nothing is \
               printed: an MFA code is asked for, if one is needed, and the keys are renewed.",
        ..OF_SESSION
    },
    Flag {
        name: "--allow-http",
        switch: Some(|session| session.allow_http = true),
        brief: "permit plain http beyond this machine",
        text: "Permit a plain http endpoint that is not on this machine, such as a LocalStack in another container. The answer holds \
               the keys in clear: everyone who can read the network has them.",
        ..OF_SESSION
    },
    Flag {
        short: Some('f'),
        name: "--format",
        value: value("FORMAT", Completion::Choices(Format::names()), |args, text| {
            args.format = Format::parse(text).ok_or_else(|| Error::UnknownFormat { text: text.into() })?;
            Ok(())
        }),
        commands: &[CommandKind::Print, CommandKind::Clear, CommandKind::Forget],
        heading: OUTPUT,
        brief: "how the variables are written: sh, fish, json, ...",
        text: "How the variables are written: for a shell that evaluates them, as the document that the AWS setting \
               credential_process reads, or as lines of a dotenv file; see FORMATS. Without this flag they are written for bash and \
               the other shells of sh.",
        ..FLAG
    },
    Flag {
        name: "--show",
        commands: &[CommandKind::Print, CommandKind::Console],
        heading: OUTPUT,
        brief: "print keys even to a terminal or into a file",
        text: "Print the keys although standard output is a terminal or a file. Without this flag they are refused there, because \
               scrollback and files keep them. With --console --url: print the address there.",
        ..FLAG
    },
    Flag {
        name: "--json",
        commands: JSON,
        heading: OUTPUT,
        brief: "answer in JSON (the modes that answer a question)",
        text: "Answer --whoami, --buckets, --explain, --list, --status and --sso-roles in JSON.",
        ..FLAG
    },
    Flag {
        name: "--whoami",
        starts: Some(CommandKind::Whoami),
        commands: &[CommandKind::Whoami],
        heading: MODES,
        brief: "assume the role and ask STS who it is",
        text: "Assume the role, ask STS for its identity (GetCallerIdentity), and print the answer instead of the keys.",
        ..FLAG
    },
    Flag {
        name: "--buckets",
        starts: Some(CommandKind::Buckets),
        commands: &[CommandKind::Buckets],
        heading: MODES,
        brief: "assume the role and list its S3 buckets",
        text: "Assume the role and list the S3 buckets that it sees, in the layout of `aws s3 ls`, in local time.",
        ..FLAG
    },
    Flag {
        name: "--explain",
        starts: Some(CommandKind::Explain),
        commands: &[CommandKind::Explain],
        heading: MODES,
        brief: "explain what would be done, and why",
        text: "Explain what would be done for ROLE, and why: the chain from its source to the session, each value with the file and line, flag \
               or variable that it comes from, what would be set, unset and restored, whether the held session would be reused, and \
               warnings. AWS is not asked, and no secret is shown.",
        ..FLAG
    },
    Flag {
        name: "--status",
        starts: Some(CommandKind::Status),
        commands: &[CommandKind::Status],
        heading: MODES,
        brief: "describe the session that this shell holds",
        text: "Describe the session that this environment holds, from the environment alone; a role of IAM Identity Center also with its \
               login. The exit status is 0 while time is left (with --min-ttl: \
               while that much is left), else 1; -q gives the status alone, for Makefiles and CI.",
        ..FLAG
    },
    Flag {
        name: "--list",
        starts: Some(CommandKind::List),
        commands: &[CommandKind::List],
        heading: MODES,
        brief: "list the profiles",
        text: "List the profiles of the AWS config and credentials files, one a line, without a network. When a file is broken, the \
               profiles that can be read are still listed, and the exit status is 1.",
        ..FLAG
    },
    Flag {
        name: "--login",
        starts: Some(CommandKind::Login),
        commands: &[CommandKind::Login],
        heading: MODES,
        brief: "sign in to IAM Identity Center",
        text: "Sign in to IAM Identity Center, for the profile ROLE or the source of its role; see SIGNING IN. Without ROLE: the profile of \
               the session that this environment holds, of AWS_DEFAULT_PROFILE or AWS_PROFILE, or default; else the only sso-session of \
               the config file. A role that needs a sign-in offers it on a terminal by itself.",
        ..FLAG
    },
    Flag {
        name: "--logout",
        starts: Some(CommandKind::Logout),
        commands: &[CommandKind::Logout],
        brief: "end that login",
        text: "End the login of IAM Identity Center that --login would begin: its token is removed, and the portal accepts it no more. \
               The keys of roles that are out already work until they expire.",
        ..OF_LOGIN
    },
    Flag {
        name: "--sso-session",
        value: value("NAME", Completion::Login, |args, text| {
            args.session.sso_session = Some(text.into());
            Ok(())
        }),
        commands: OF_SSO_SESSION,
        brief: "the sso-session to sign in to, or of a role",
        text: "The sso-session of the config file: with --login or --logout, in place of a profile; with a ROLE ACCOUNT:ROLE, the \
               one in which you have this role, so that it needs no profile. ACCOUNT is its twelve digits or its exact name. Without \
               this flag, ACCOUNT:NAME is always a role that STS assumes.",
        ..OF_LOGIN
    },
    Flag {
        name: "--login-once",
        switch: Some(|session| session.login_once = true),
        commands: ONE_CALL,
        brief: "sign in for one call, and store no login",
        text: "With a role of IAM Identity Center, or --sso-roles: sign in for this call alone. The token is not stored and not read: it \
               is in the memory of this process until the answer is here, and no file of a login changes.",
        ..OF_LOGIN
    },
    Flag {
        name: "--sso-roles",
        starts: Some(CommandKind::SsoRoles),
        commands: &[CommandKind::SsoRoles],
        brief: "list your accounts and roles of Identity Center",
        text: "List the accounts and roles that you have in IAM Identity Center: those of the sso-session ROLE, or of the only one; see \
               SIGNING IN. At most 20 requests a second are sent, one for each account.",
        ..OF_LOGIN
    },
    Flag {
        name: "--as-profiles",
        value: any_text("TEMPLATE", |args, text| {
            let template = NameTemplate::parse(text);
            args.profile_names = Some(template.map_err(|why| Error::BadTemplate { text: text.into(), why })?);
            Ok(())
        }),
        commands: &[CommandKind::SsoRoles],
        brief: "as profiles for ~/.aws/config, with such names",
        text: "With --sso-roles: print profiles, for ~/.aws/config, in place of the table. TEMPLATE is their name, with {account_name}, \
               {account_id}, {role_name} and {sso_session}, such as {account_name}-{role_name}. A profile that the files have already is \
               left out; if two roles would have one name, or a profile with other settings has it, nothing is printed.",
        ..OF_LOGIN
    },
    Flag {
        name: "--device-code",
        switch: Some(|session| session.wishes.device_code = true),
        commands: SIGN_IN,
        brief: "sign in with a browser of another machine",
        text: "With --login or --login-once: sign in with a code that you compare in a browser, which can be on any machine. This is the default over \
               SSH, in a container, without a display, and for a profile without sso_session.",
        ..OF_LOGIN
    },
    Flag {
        name: "--no-browser",
        switch: Some(|session| session.wishes.no_browser = true),
        commands: SIGN_IN,
        brief: "open no browser",
        text: "With --login or --login-once: open no browser; the link is printed, as always.",
        ..OF_LOGIN
    },
    Flag {
        name: "--all",
        commands: &[CommandKind::Logout],
        brief: "end all logins",
        text: "With --logout: end all logins of this user, also those of the AWS CLI and other tools, and remove the keys of Identity \
               Center roles that the AWS CLI keeps in ~/.aws/cli/cache, as aws sso logout does.",
        ..OF_LOGIN
    },
    Flag {
        name: "--console",
        starts: Some(CommandKind::Console),
        brief: "open the AWS console (--page PAGE, --url)",
        text: "Open the AWS console in the browser, as the role; see CONSOLE. Without ROLE: with the session that this environment holds, \
               as long as it lasts.",
        ..OF_CONSOLE
    },
    Flag {
        name: "--page",
        value: value("PAGE", Completion::Choices(&console_page::NAMES), |args, text| {
            let page = ConsolePage::parse(text);
            args.page = Some(page.ok_or_else(|| invalid(text, "--page", Rule::ConsolePage))?);
            Ok(())
        }),
        brief: "the page: ec2, s3, iam, ..., or an address",
        text: "With --console: the page that is opened, in the region of the session. A short name of a service (CONSOLE lists them), a \
               path as it is typed, or a whole address, which must be on the domain of the console. Default: its home page.",
        ..OF_CONSOLE
    },
    Flag {
        name: "--url",
        brief: "print the address and open no browser",
        text: "With --console: print the address on standard output and open no browser. The address of a role of IAM Identity Center has \
               no secret. Any other one signs in everyone who opens it within 15 minutes: it is printed to a pipe, and to a terminal or into a \
               file only with --show.",
        ..OF_CONSOLE
    },
    Flag {
        name: "--clear",
        starts: Some(CommandKind::Clear),
        commands: &[CommandKind::Clear],
        heading: MODES,
        brief: "print what ends the session of this shell",
        text: "Print the text that unsets the session of this shell and restores what it replaced: eval \"$(assume-env --clear)\". Keys \
               that were in the environment before the session are not kept, so they do not come back.",
        ..FLAG
    },
    Flag {
        name: "--forget",
        starts: Some(CommandKind::Forget),
        commands: &[CommandKind::Forget],
        heading: MODES,
        brief: "print what drops the MFA session of this shell",
        text: "Print the text that drops the MFA session, if the hook of this shell keeps one.",
        ..FLAG
    },
    Flag {
        name: "--init",
        value: value("SHELL", Completion::Choices(HookShell::names()), |args, text| {
            let shell = HookShell::parse(text);
            args.init = Some(shell.ok_or_else(|| Error::UnknownShell { text: text.into() })?);
            Ok(())
        }),
        starts: Some(CommandKind::Init),
        brief: "print the hook of a shell: bash, zsh, fish, ...",
        text: "Print the hook of a shell; HOOKS says how each shell loads it. It defines the function assume, \
               which puts a role into the current shell (assume ROLE), picks one (assume), goes back to the one before (assume -), renews \
               (assume --renew) and ends it (assume --clear); it shows the role and the time left in the prompt, prints one line when the keys have \
               expired, and completes.",
        ..OF_HOOK
    },
    Flag {
        name: "--cmd",
        value: any_text("NAME", |args, text| {
            args.function = Some(text.into());
            Ok(())
        }),
        brief: "name of the hook's function [default: assume]",
        text: "With --init: the name of the function. Default: assume.",
        ..OF_HOOK
    },
    Flag {
        name: "--no-cmd",
        brief: "a hook without the function",
        text: "With --init: leave the function out.",
        ..OF_HOOK
    },
    Flag {
        name: "--no-prompt",
        brief: "a hook that does not change the prompt",
        text: "With --init: do not change the prompt.",
        ..OF_HOOK
    },
    Flag {
        name: "--no-complete",
        brief: "a hook without completion",
        text: "With --init: leave the completion out.",
        ..OF_HOOK
    },
    Flag {
        name: "--completions",
        value: value("SHELL", Completion::Choices(HookShell::WITH_COMPLETION_FILE), |args, text| {
            let shell = HookShell::parse(text).filter(|shell| shell.completion_file().is_some());
            args.completions = Some(shell.ok_or_else(|| Error::NoCompletionFile { text: text.into() })?);
            Ok(())
        }),
        starts: Some(CommandKind::Completions),
        commands: &[CommandKind::Completions],
        heading: MODES,
        brief: "print a completion file, for packages",
        text: "Print the completion of bash, zsh or fish as a file for the system's folders, without the rest of the hook: \
               /usr/share/bash-completion/completions/assume-env, /usr/share/zsh/site-functions/_assume-env, \
               /usr/share/fish/vendor_completions.d/assume-env.fish. --init has the same completion.",
        ..FLAG
    },
    Flag {
        short: Some('q'),
        name: "--quiet",
        brief: "print nothing but errors",
        text: "Print nothing but errors on standard error: no summary, no notice about a long wait.",
        ..FLAG
    },
    Flag {
        short: Some('v'),
        name: "--verbose",
        brief: "print each step",
        text: "Print on standard error which source, role and address are used, and how long the answer took. Never a secret.",
        ..FLAG
    },
    Flag {
        name: "--hook",
        value: any_text("CALL", |_, _| Err(Error::HookNotFirst)),
        heading: HIDDEN,
        brief: "for the function of a hook",
        text: "For the function of a hook, which puts it before all other words.",
        ..FLAG
    },
    Flag {
        short: Some('h'),
        name: "-h",
        brief: "this page; the manual; the version",
        text: "One screen of help.",
        ..FLAG
    },
    Flag { name: "--help", brief: "the manual", text: "The manual.", ..FLAG },
    Flag { short: Some('V'), name: "--version", brief: "the version", text: "The version.", ..FLAG },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_letters_are_unique_and_every_row_is_complete() {
        for (i, flag) in FLAGS.iter().enumerate() {
            assert!(FLAGS[i + 1..].iter().all(|f| f.name != flag.name), "{}", flag.name);
            assert!(FLAGS[i + 1..].iter().all(|f| f.short.is_none() || f.short != flag.short));
            assert!(flag.name == "-h" || flag.name.starts_with("--"), "{}", flag.name);
            assert!(flag.heading == HIDDEN || HEADINGS.contains(&flag.heading), "{}", flag.name);
            assert!(!flag.brief.is_empty(), "{}", flag.name);
            assert!(flag.text.ends_with('.'), "{}", flag.text);
        }
    }

    #[test]
    fn a_flag_that_shapes_the_last_call_of_sts_works_with_every_command_that_has_a_role() {
        for flag in FLAGS.iter().filter(|flag| flag.needs != Needs::Nothing) {
            assert_eq!(flag.commands, ROLE, "{}", flag.name);
        }
    }
}
