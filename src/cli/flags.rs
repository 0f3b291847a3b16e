//! The one table of flags. Parser, short and long help, man page and "did you mean" all come from it.

use super::{Args, CommandKind};
use crate::common::arn;
use crate::common::duration::{self, SessionLength};
use crate::common::origin::Origin;
use crate::common::partition;
use crate::common::session_policy::Tag;
use crate::common::session_policy_rule::InvalidSessionPolicy;
use crate::error::Error;
use crate::mfa;
use crate::mfa::MfaToken;
use crate::shell::Format;
use crate::shell::kind::Shell;

/// One flag.
#[derive(Debug)]
pub struct Flag {
    /// The letter, if it has one.
    pub short: Option<char>,
    /// The name with its dashes: `--duration`. Only `-h` has no long one, because `--help` is the manual.
    pub name: &'static str,
    /// Its value, if it takes one.
    pub value: Option<Value>,
    /// The mode that it starts, if it does.
    pub starts: Option<CommandKind>,
    /// The modes that it works in; empty for all.
    pub modes: &'static [CommandKind],
    /// The heading under which the manual has it.
    pub heading: &'static str,
    /// One line for `-h`.
    pub brief: &'static str,
    /// The whole story for `--help` and the man page.
    pub text: &'static str,
}

/// The value of a flag.
pub struct Value {
    /// What the help calls it.
    pub metavar: &'static str,
    /// What it can be, when that is a short list.
    pub choices: &'static [&'static str],
    /// Checks it and puts it in its place.
    pub set: fn(&mut Args, &str) -> Result<(), Error>,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.metavar)
    }
}

impl Flag {
    /// What the help calls its value.
    pub fn metavar(&self) -> &'static str {
        self.value.as_ref().map_or("", |value| value.metavar)
    }

    /// Whether it means something in a mode.
    pub fn works_in(&self, kind: CommandKind) -> bool {
        self.modes.is_empty() || self.modes.contains(&kind)
    }
}

/// The flag of a letter.
pub fn by_short(c: char) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.short == Some(c))
}

/// The flag of a name without its dashes.
pub fn by_long(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name.strip_prefix("--") == Some(name))
}

fn bad_shape(text: &str, flag: &'static str, why: InvalidSessionPolicy) -> Error {
    Error::InvalidSessionPolicy { text: text.into(), origin: Origin::Flag(flag), why }
}

/// The modes that lead to a role.
const ROLE: &[CommandKind] =
    &[CommandKind::Print, CommandKind::Run, CommandKind::Whoami, CommandKind::Buckets, CommandKind::Explain];
/// The modes that have an answer in JSON.
const JSON: &[CommandKind] = &[
    CommandKind::Whoami,
    CommandKind::Buckets,
    CommandKind::Explain,
    CommandKind::List,
    CommandKind::Status,
];

const SESSION: &str = "Session";
const OUTPUT: &str = "Output";
const MODES: &str = "Modes";
const GENERAL: &str = "General";
/// The headings in the order of the help.
pub const HEADINGS: [&str; 4] = [SESSION, OUTPUT, MODES, GENERAL];

/// All flags.
pub const FLAGS: &[Flag] = &[
    Flag {
        short: Some('d'),
        name: "--duration",
        value: Some(Value {
            metavar: "TIME",
            choices: &[],
            set: |typed, text| {
                let length = SessionLength::parse(text).map_err(|why| Error::BadDuration {
                    text: text.into(),
                    why,
                    origin: Origin::Flag("--duration"),
                })?;
                typed.session.duration = Some(length);
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "how long the keys last: 900, 15m, 1h30m, 12h",
        text: "How long the keys last: seconds (900) or hours and minutes (15m, 1h30m, 12h). From 15 minutes to 12 hours, and no \
               more than the role's own maximum; at most 1 hour when the role is assumed with temporary keys (role chaining). \
               Default: the profile's duration_seconds, else one hour.",
    },
    Flag {
        short: Some('n'),
        name: "--session-name",
        value: Some(Value {
            metavar: "NAME",
            choices: &[],
            set: |typed, text| {
                if !arn::is_session_name(text) {
                    return Err(Error::BadSessionName {
                        text: text.into(),
                        origin: Origin::Flag("--session-name"),
                    });
                }
                typed.session.session_name = Some(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "the session's name in CloudTrail",
        text: "The session's name, which CloudTrail shows: 2 to 64 letters, digits and _+=,.@- characters. Default: the profile's \
               role_session_name, $AWS_ROLE_SESSION_NAME, else user@host.",
    },
    Flag {
        short: Some('r'),
        name: "--region",
        value: Some(Value {
            metavar: "REGION",
            choices: &[],
            set: |typed, text| {
                if !partition::is_region(text) {
                    return Err(Error::BadRegion { text: text.into(), origin: Origin::Flag("--region") });
                }
                typed.session.region = Some(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "the session's region",
        text: "The region that the session gets (AWS_REGION and AWS_DEFAULT_REGION), and whose STS is asked. Default: the region of \
               the role's profile; if it has none, your own variables stay as they are.",
    },
    Flag {
        short: None,
        name: "--source-profile",
        value: Some(Value {
            metavar: "NAME",
            choices: &[],
            set: |typed, text| {
                typed.session.source_profile = Some(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "the profile whose keys assume a bare role ARN",
        text: "The profile whose credentials assume the role, when ROLE is an ARN or ACCOUNT:NAME; or :web-identity (the token that \
               AWS_WEB_IDENTITY_TOKEN_FILE names), :container (ECS, EKS) or :instance (EC2). Default: the session that this environment \
               holds (role chaining), else what the AWS CLI would take: the keys in the environment, the profile of AWS_PROFILE or \
               default, a web identity, the container, the instance.",
    },
    Flag {
        short: None,
        name: "--external-id",
        value: Some(Value {
            metavar: "ID",
            choices: &[],
            set: |typed, text| {
                if !arn::is_external_id(text) {
                    return Err(Error::BadExternalId {
                        text: text.into(),
                        origin: Origin::Flag("--external-id"),
                    });
                }
                typed.session.external_id = Some(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "the external ID that the role asks for",
        text: "The external ID that the role's trust policy asks for. Default: the profile's external_id.",
    },
    Flag {
        short: None,
        name: "--policy",
        value: Some(Value {
            metavar: "JSON|@FILE",
            choices: &[],
            set: |typed, text| {
                typed.session.policy = Some(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "narrow the session by a policy",
        text: "Narrow the session: it may do what its role may do and this policy allows too. JSON, or @ and the name of a file that has it; at most 2048 characters.",
    },
    Flag {
        short: None,
        name: "--policy-arn",
        value: Some(Value {
            metavar: "ARN",
            choices: &[],
            set: |typed, text| {
                typed.session.policy_arns.push(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "narrow it by a managed policy (repeatable)",
        text: "Narrow the session by a managed policy: it may do what its role may do and these policies together allow. May be given up to ten times.",
    },
    Flag {
        short: None,
        name: "--read-only",
        value: None,
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "narrow it by the managed policy ReadOnlyAccess",
        text: "Narrow the session by the AWS-managed policy ReadOnlyAccess. It takes away writing and deleting, not reading: secrets, parameters and the contents of buckets that the role may read stay readable, as far as that policy allows.",
    },
    Flag {
        short: None,
        name: "--tag",
        value: Some(Value {
            metavar: "K=V",
            choices: &[],
            set: |typed, text| {
                typed.session.tags.push(Tag::parse(text).map_err(|why| bad_shape(text, "--tag", why))?);
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "tag the session (repeatable)",
        text: "Tag the session; policies can ask for tags, and CloudTrail shows them. May be given up to fifty times; a tag of the profile (session_tags) with the same key gives way.",
    },
    Flag {
        short: None,
        name: "--transitive-tag",
        value: Some(Value {
            metavar: "K",
            choices: &[],
            set: |typed, text| {
                typed.session.transitive_tags.push(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "a tag that later roles of a chain inherit",
        text: "The key of a tag that the sessions inherit which are made with this one. May be repeated.",
    },
    Flag {
        short: None,
        name: "--source-identity",
        value: Some(Value {
            metavar: "NAME",
            choices: &[],
            set: |typed, text| {
                typed.session.source_identity = Some(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "who it is, for good: sessions inherit it",
        text: "Who asks: CloudTrail shows it, and every session that is made with this one inherits it. Default: the profile's source_identity.",
    },
    Flag {
        short: None,
        name: "--expect-account",
        value: Some(Value {
            metavar: "ID",
            choices: &[],
            set: |typed, text| {
                if !arn::is_account(text) {
                    return Err(Error::BadAccount {
                        text: text.into(),
                        origin: Origin::Flag("--expect-account"),
                    });
                }
                typed.session.expect_account = Some(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "refuse when the account is another",
        text: "Refuse, before anything is asked, when the role is of another account. Default: the profile's expected_account.",
    },
    Flag {
        short: None,
        name: "--mfa-serial",
        value: Some(Value {
            metavar: "ARN",
            choices: &[],
            set: |typed, text| {
                typed.session.mfa_serial = Some(mfa::checked_serial(text, Origin::Flag("--mfa-serial"))?);
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "the MFA device whose code is sent",
        text: "The MFA device whose code is sent with the first AssumeRole: an ARN, or the serial number of a hardware device. Default: \
               the profile's mfa_serial.",
    },
    Flag {
        short: None,
        name: "--mfa-token",
        value: Some(Value {
            metavar: "CODE",
            choices: &[],
            set: |typed, text| {
                typed.session.mfa_token = Some(match text {
                    "-" => MfaToken::Stdin,
                    code => MfaToken::Code(
                        mfa::checked_code(code).map_err(|_| Error::BadCode { typed_as_flag: true })?,
                    ),
                });
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "the code itself, or - for standard input",
        text: "The six digits that the MFA device shows, or - to read them from standard input. Default: the profile's mfa_process, else \
               a prompt on the terminal.",
    },
    Flag {
        short: None,
        name: "--mfa-process",
        value: Some(Value {
            metavar: "CMD",
            choices: &[],
            set: |typed, text| {
                typed.session.mfa_process = Some(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "a command that prints the code",
        text: "A command that prints the six digits; it is run with sh -c and may talk on the terminal. Default: the profile's mfa_process.",
    },
    Flag {
        short: None,
        name: "--min-ttl",
        value: Some(Value {
            metavar: "TIME",
            choices: &[],
            set: |typed, text| {
                let seconds = duration::parse_seconds(text).and_then(|s| i64::try_from(s).ok());
                typed.session.min_ttl = Some(seconds.ok_or_else(|| Error::BadTime { text: text.into() })?);
                Ok(())
            },
        }),
        starts: None,
        modes: &[
            CommandKind::Print,
            CommandKind::Run,
            CommandKind::Whoami,
            CommandKind::Buckets,
            CommandKind::Explain,
            CommandKind::Status,
        ],
        heading: SESSION,
        brief: "reuse the held session while this much is left",
        text: "Reuse the session that this environment holds, without asking AWS, while at least this much of it is left. It has to be \
               the same role with the same session name. Default: a quarter of its length, at most 15m. With --status: exit 1 when less is left.",
    },
    Flag {
        short: None,
        name: "--fresh",
        value: None,
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "never reuse the held session",
        text: "Never reuse the session that this environment holds.",
    },
    Flag {
        short: None,
        name: "--base-session",
        value: None,
        starts: None,
        modes: &[CommandKind::Print],
        heading: SESSION,
        brief: "one MFA code for all roles of this shell (hooks)",
        text: "For the shell's hook. When the role wants an MFA code, is assumed with a user's long-lived keys and is wanted for an \
               hour or less, the code goes into a base session of 12 hours (GetSessionToken), from which this and the next roles of \
               the same user and device are assumed without another code. The printed text keeps it in ASSUME_ENV_BASE, a variable of \
               the shell that is not exported; the hook hands it over in the environment of this one call.",
    },
    Flag {
        short: None,
        name: "--allow-http",
        value: None,
        starts: None,
        modes: ROLE,
        heading: SESSION,
        brief: "permit plain http beyond this machine",
        text: "Permit a plain http endpoint that is not on this machine, such as a LocalStack in another container. The answer holds \
               the keys in clear: whoever sees the network has them.",
    },
    Flag {
        short: Some('f'),
        name: "--format",
        value: Some(Value {
            metavar: "FORMAT",
            choices: &Format::NAMES,
            set: |typed, text| {
                typed.format = Format::parse(text).ok_or_else(|| Error::BadFormat { text: text.into() })?;
                Ok(())
            },
        }),
        starts: None,
        modes: &[CommandKind::Print, CommandKind::Clear],
        heading: OUTPUT,
        brief: "sh fish csh elvish nu xonsh pwsh json dotenv",
        text: "How the variables are written. sh: for eval in bash, zsh, dash, ksh, mksh, busybox and yash (the default). fish, csh \
               (tcsh), elvish, nu, xonsh, pwsh (PowerShell): for that shell, see OTHER SHELLS. json: the document that the AWS \
               setting credential_process reads. dotenv: NAME=value lines with the AWS_* variables alone, as `docker run \
               --env-file` reads them.",
    },
    Flag {
        short: None,
        name: "--show",
        value: None,
        starts: None,
        modes: &[CommandKind::Print],
        heading: OUTPUT,
        brief: "print keys even to a terminal or into a file",
        text: "Print the keys although standard output is a terminal or a file. Without this flag they are refused there, because \
               scrollback and files keep them.",
    },
    Flag {
        short: None,
        name: "--json",
        value: None,
        starts: None,
        modes: JSON,
        heading: OUTPUT,
        brief: "answer in JSON (the modes that answer a question)",
        text: "Answer --whoami, --buckets, --explain, --list and --status in JSON.",
    },
    Flag {
        short: None,
        name: "--whoami",
        value: None,
        starts: Some(CommandKind::Whoami),
        modes: &[CommandKind::Whoami],
        heading: MODES,
        brief: "assume the role and ask STS who it is",
        text: "Assume the role, ask STS who that is (GetCallerIdentity), and print the answer instead of the keys.",
    },
    Flag {
        short: None,
        name: "--buckets",
        value: None,
        starts: Some(CommandKind::Buckets),
        modes: &[CommandKind::Buckets],
        heading: MODES,
        brief: "assume the role and list its S3 buckets",
        text: "Assume the role and list the S3 buckets that it sees, laid out as `aws s3 ls` does, in local time.",
    },
    Flag {
        short: None,
        name: "--explain",
        value: None,
        starts: Some(CommandKind::Explain),
        modes: &[CommandKind::Explain],
        heading: MODES,
        brief: "say what would be done, and why",
        text: "Say what would be done for ROLE, and why: the chain from its source to the session, each value with the file and line, flag \
               or variable that it comes from, what would be set, unset and given back, whether the held session would be reused, and what \
               might surprise. Nothing is asked of AWS, and no secret is shown.",
    },
    Flag {
        short: None,
        name: "--status",
        value: None,
        starts: Some(CommandKind::Status),
        modes: &[CommandKind::Status],
        heading: MODES,
        brief: "say what session this shell holds",
        text: "Say what session this environment holds, from the environment alone. The exit status is 0 while time is left (with --min-ttl: \
               while that much is left), else 1; -q asks for the status alone, for Makefiles and CI.",
    },
    Flag {
        short: None,
        name: "--list",
        value: None,
        starts: Some(CommandKind::List),
        modes: &[CommandKind::List],
        heading: MODES,
        brief: "list the profiles",
        text: "List the profiles of the AWS config and credentials files, one a line, without a network. When a file is broken, what \
               can be read is listed all the same and the exit status is 1.",
    },
    Flag {
        short: None,
        name: "--clear",
        value: None,
        starts: Some(CommandKind::Clear),
        modes: &[CommandKind::Clear],
        heading: MODES,
        brief: "print what ends the session of this shell",
        text: "Print what unsets the session of this shell and gives back what it had replaced: eval \"$(assume-env --clear)\". Keys \
               that stood in the environment before the session are not kept, so they do not come back.",
    },
    Flag {
        short: None,
        name: "--init",
        value: Some(Value {
            metavar: "SHELL",
            choices: &Shell::NAMES,
            set: |typed, text| {
                typed.init = Some(Shell::parse(text).ok_or_else(|| Error::BadShell { text: text.into() })?);
                Ok(())
            },
        }),
        starts: Some(CommandKind::Init),
        modes: &[CommandKind::Init],
        heading: MODES,
        brief: "print the hook of a shell: bash, zsh, fish, ...",
        text: "Print the hook of a shell: bash, zsh, fish, posix for dash, ksh, mksh, busybox and yash, tcsh, elvish, nu, xonsh, or pwsh \
               (PowerShell). It brings the function assume, \
               which puts a role into the current shell (assume ROLE), picks one (assume), goes back to the one before (assume -), renews \
               (assume --renew) and ends it (assume --clear); the role and the time left in the prompt; one line when the keys have \
               expired; completion. In ~/.bashrc or ~/.zshrc: eval \"$(assume-env --init bash)\"; in \
               ~/.config/fish/config.fish: assume-env --init fish | source; in ~/.config/elvish/rc.elv: eval (assume-env --init elvish | \
               slurp); in ~/.config/xonsh/rc.xsh: execx($(assume-env --init xonsh)); in PowerShell's $PROFILE: assume-env --init pwsh | \
               Out-String | Invoke-Expression. For tcsh and nu write it into a file, which your start-up file then reads with source: \
               assume-env --init tcsh > ~/.assume-env.tcsh. elvish and tcsh cannot tell the time without a process, so that they show \
               the role alone.",
    },
    Flag {
        short: None,
        name: "--cmd",
        value: Some(Value {
            metavar: "NAME",
            choices: &[],
            set: |typed, text| {
                typed.function = Some(text.into());
                Ok(())
            },
        }),
        starts: None,
        modes: &[CommandKind::Init],
        heading: MODES,
        brief: "name the function of the hook otherwise",
        text: "With --init: the name of the function, which is assume otherwise.",
    },
    Flag {
        short: None,
        name: "--no-cmd",
        value: None,
        starts: None,
        modes: &[CommandKind::Init],
        heading: MODES,
        brief: "a hook without the function",
        text: "With --init: leave the function out.",
    },
    Flag {
        short: None,
        name: "--no-prompt",
        value: None,
        starts: None,
        modes: &[CommandKind::Init],
        heading: MODES,
        brief: "a hook that leaves the prompt alone",
        text: "With --init: leave the prompt alone.",
    },
    Flag {
        short: None,
        name: "--no-complete",
        value: None,
        starts: None,
        modes: &[CommandKind::Init],
        heading: MODES,
        brief: "a hook without completion",
        text: "With --init: leave the completion out.",
    },
    Flag {
        short: Some('q'),
        name: "--quiet",
        value: None,
        starts: None,
        modes: &[],
        heading: GENERAL,
        brief: "say nothing but errors",
        text: "Say nothing but errors: no summary, no word about a long wait.",
    },
    Flag {
        short: Some('v'),
        name: "--verbose",
        value: None,
        starts: None,
        modes: &[],
        heading: GENERAL,
        brief: "say what is done",
        text: "Say on standard error which source, role and address are used, and how long the answer took. Never a secret.",
    },
    Flag {
        short: Some('h'),
        name: "-h",
        value: None,
        starts: None,
        modes: &[],
        heading: GENERAL,
        brief: "this page",
        text: "One screen of help.",
    },
    Flag {
        short: None,
        name: "--help",
        value: None,
        starts: None,
        modes: &[],
        heading: GENERAL,
        brief: "the manual",
        text: "The manual.",
    },
    Flag {
        short: Some('V'),
        name: "--version",
        value: None,
        starts: None,
        modes: &[],
        heading: GENERAL,
        brief: "the version",
        text: "The version.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        for (i, flag) in FLAGS.iter().enumerate() {
            assert!(FLAGS[i + 1..].iter().all(|f| f.name != flag.name), "{}", flag.name);
            assert!(FLAGS[i + 1..].iter().all(|f| f.short.is_none() || f.short != flag.short));
            assert!(flag.name == "-h" || flag.name.starts_with("--"), "{}", flag.name);
            assert!(HEADINGS.contains(&flag.heading) && !flag.brief.is_empty());
            assert!(flag.text.ends_with('.') || flag.text.ends_with("source"), "{}", flag.text);
        }
    }
}
