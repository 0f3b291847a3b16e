//! The text of the manual, of which `--help` and the man page are two forms. Flags, formats, variables and profile keys come from
//! their tables.

use crate::cli::args::Flag;
use crate::cli::flags::{FLAGS, HEADINGS};
use crate::common::console_page;
use crate::common::variables;
use crate::config::known_keys::{PROFILE_KEYS, SOURCES};
use crate::shell::{Format, HookShell};

/// The two forms of the command line, and what each does.
pub(super) const USAGE: [(&str, &str); 2] = [
    ("assume-env [OPTIONS] [ROLE]", "print the variables"),
    ("assume-env [OPTIONS] [ROLE] -- COMMAND [ARG]…", "run COMMAND with them"),
];

/// A part of the manual.
pub(super) enum Part {
    /// The title of a section.
    Heading(&'static str),
    /// Text that can be wrapped.
    Paragraph(String),
    /// Commands, one a line.
    Code(&'static [&'static str]),
    /// A term and its meaning.
    Item(String, String),
}

fn paragraph(text: &str) -> Part {
    Part::Paragraph(text.to_owned())
}

fn item(term: &str, text: &str) -> Part {
    Part::Item(term.to_owned(), text.to_owned())
}

/// The flags below a heading.
pub(super) fn flags_below(heading: &str) -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(move |flag| flag.heading == heading)
}

/// A flag with its letter and its value: `-d, --duration TIME`, and `    --show` for a flag without a letter.
pub(super) fn usage_of(flag: &Flag) -> String {
    match (flag.short, flag.name.starts_with("--")) {
        (Some(_), false) => flag.name.to_owned(),
        (Some(c), true) => format!("-{c}, {} {}", flag.name, flag.metavar()).trim_end().to_owned(),
        (None, _) => format!("    {} {}", flag.name, flag.metavar()).trim_end().to_owned(),
    }
}

/// The whole manual.
pub(super) fn manual() -> Vec<Part> {
    let mut parts = description();
    parts.extend(sources());
    for heading in HEADINGS {
        parts.push(Part::Heading(match heading {
            "Session" => "SESSION OPTIONS",
            "Output" => "OUTPUT OPTIONS",
            "Modes" => "MODES",
            _ => "GENERAL OPTIONS",
        }));
        parts.extend(flags_below(heading).map(|flag| item(usage_of(flag).trim_start(), flag.text)));
    }
    parts.extend(signing_in());
    parts.extend(console());
    parts.extend(formats());
    parts.extend(hooks());
    parts.extend(refresh());
    parts.extend(variables());
    parts.extend(environment());
    parts.extend(profile_keys());
    parts.extend(end());
    parts
}

fn description() -> Vec<Part> {
    vec![
        Part::Heading("DESCRIPTION"),
        paragraph(
            "assume-env assumes an AWS role and puts its temporary keys into a process environment: that of the current shell, or \
             that of one command. The keys are only in that environment: not in a file, cache, keychain, log or command line.",
        ),
        Part::Code(&[
            "eval \"$(assume-env s3)\"          # this shell holds the role's keys",
            "assume-env s3 -- aws s3 ls       # only this command holds them",
            "eval \"$(assume-env --clear)\"     # this shell is as before",
        ]),
        paragraph(
            "ROLE is a profile of the AWS config or credentials file, a role ARN of any partition, or ACCOUNT:NAME. The name of a \
             profile comes first. If ROLE is left out, it is the role of the session that this environment holds, else the profile \
             of AWS_DEFAULT_PROFILE or AWS_PROFILE.",
        ),
        paragraph(
            "A session of the same role and name that this environment holds is used again while enough of it is left: then there \
             is no request to AWS, and no MFA code is needed. Without ROLE and without a command, the held session is renewed.",
        ),
        paragraph(
            "assume-env prints no keys to a terminal or into a file: it sends no request, and standard error has the role, its \
             source and the line to type instead. --show overrides that. When a shell evaluates the output of assume-env and \
             assume-env fails, the output is a statement that fails, so that `eval \"$(assume-env prod)\" && terraform apply` \
             stops; elvish and nushell stop without such a statement.",
        ),
    ]
}

fn sources() -> Vec<Part> {
    let mut parts = vec![
        Part::Heading("SOURCES OF CREDENTIALS"),
        paragraph(
            "The first credentials come from the sources of the AWS CLI, by its rules and in its order. A profile with a role_arn \
             names the source of its role with source_profile, through any number of profiles, or with credential_source. In the \
             profile at the end of that chain these are looked for, in this order:",
        ),
    ];
    parts.extend(SOURCES.iter().map(|source| item(source.title, source.about)));
    parts.extend([
        paragraph(
            "A role ARN is assumed with --source-profile, else with the session that this environment holds (role chaining), else \
             with the keys in the environment, the profile of AWS_DEFAULT_PROFILE or AWS_PROFILE or the profile default, a web \
             identity in the environment, the container, or the instance.",
        ),
        paragraph(
            "A profile without a role gives temporary keys too. Long-lived keys never reach a command: they become a session of \
             their user (GetSessionToken).",
        ),
    ]);
    parts
}

fn signing_in() -> Vec<Part> {
    vec![
        Part::Heading("SIGNING IN"),
        paragraph(
            "A role of IAM Identity Center needs a login. If it has expired, a role that is asked for on a terminal offers to sign in: \
             Enter does it, and the role follows. A script, -q and -f json never ask; their error names the command, assume-env --login.",
        ),
        paragraph(
            "A browser of this machine comes back to a port of 127.0.0.1 that is open for this one sign-in, for five minutes \
             (authorization code with PKCE). Over SSH, in a container and without a display, the device code is used: open the link in \
             a browser of any machine, and compare the code. The link and the code are always printed on standard error.",
        ),
        paragraph(
            "The token is the AWS CLI's own: the AWS CLI, boto3 and the AWS SDKs share the login, and aws sso logout ends it too. \
             Of several terminals that need it at the same time, one signs in and the others take the login. No registration of a client \
             is kept.",
        ),
        Part::Code(&[
            "assume-env --login                       # the only sso-session, or the profile of AWS_PROFILE",
            "assume-env --login prod                  # the login of a profile, or of the source of its role",
            "assume-env --login --sso-session corp    # a session by its name",
            "assume-env --logout --all                # the end of all logins",
        ]),
        paragraph(
            "A role needs no profile: --sso-session NAME ACCOUNT:ROLE names it, and --pick has you choose the account and then the role. \
             A session of such a role is renewed from the same sso-session. Completion proposes the accounts, and after ACCOUNT: its \
             roles, while the login is valid. --sso-roles lists all of them; for every tool, it prints them as profiles.",
        ),
        paragraph(
            "--login-once signs in for one call: nothing is read from the folder of the logins, and nothing is written.",
        ),
        Part::Code(&[
            "assume-env --sso-session corp 123456789012:Developer -- aws s3 ls",
            "assume-env --sso-session corp 'Data Platform:Developer' -- aws s3 ls",
            "assume-env --sso-roles corp              # the accounts and roles that you have",
            "assume-env --sso-roles corp --as-profiles '{account_name}-{role_name}' >>~/.aws/config",
        ]),
    ]
}

fn console() -> Vec<Part> {
    vec![
        Part::Heading("CONSOLE"),
        paragraph(
            "--console opens the AWS console in the browser. A role of IAM Identity Center takes the link of the portal (a shortcut \
             link), which has no secret: no keys are asked for, and the user who is signed in in the browser gets the role. Any other \
             role, and the session that this environment holds, is exchanged for a sign-in token; the console lasts as long as the \
             session. The console does not take the keys of a user.",
        ),
        paragraph(
            "The address with the token is a secret for 15 minutes. It is in no command line: the browser is started with an address of \
             this machine, which sends it on once, within a minute, and only a browser of the same user (Linux). Over SSH, in a container \
             and without a display, the link of the portal is printed; the address with a token is printed only with --url.",
        ),
        Part::Code(&[
            "assume-env --console prod --page ec2        # the console of EC2, as prod",
            "assume-env --console                        # as the session of this shell",
            "assume-env --console --url prod | xclip     # the address, to a program",
        ]),
        paragraph("The short names for --page:"),
        paragraph(&format!("{}.", console_page::NAMES.join(", "))),
    ]
}

fn formats() -> Vec<Part> {
    let mut parts = vec![
        Part::Heading("FORMATS"),
        paragraph(
            "The values of --format. A shell evaluates the text with the line that follows; --clear instead of ROLE ends the session \
             and restores the variables that it replaced.",
        ),
    ];
    parts.extend(Format::all().map(|format| match format.eval_line("ROLE") {
        Some(line) => item(format.name(), &format!("{}: {line}", format.about())),
        None => item(format.name(), &format!("{}.", format.about())),
    }));
    parts
}

fn hooks() -> Vec<Part> {
    let mut parts = vec![
        Part::Heading("HOOKS"),
        paragraph("The values of --init, and how a shell loads its hook when it starts."),
    ];
    parts.extend(HookShell::all().map(|shell| item(shell.name(), shell.load())));
    parts
}

fn refresh() -> Vec<Part> {
    vec![
        Part::Heading("REFRESH"),
        paragraph(
            "A session of a role that another role assumed ends after an hour at most. With --refresh, a command that runs for longer \
             gets an address of this machine instead of keys. The AWS SDKs ask that address for keys, as they do in a container \
             (ECS), before the keys that they have expire. A helper process answers them. It renews the keys in its memory, always \
             from the same source and for the same identity, while the command runs, and ends with it.",
        ),
        Part::Code(&[
            "assume-env --refresh prod -- terraform apply",
            "assume-env --refresh prod -- \"$SHELL\"   # a shell for a working day",
        ]),
        paragraph(
            "A role that needs an MFA code is assumed with an MFA session of 12 hours (GetSessionToken), so that one code is enough until \
             then. After that, assume-env --renew in a shell of the command asks for another code. Other sources are read again at each \
             renewal: files of keys and tokens, IAM Identity Center, credential_process, containers, instances. Temporary keys in \
             the environment, and a session that is held, cannot be renewed and are refused.",
        ),
        paragraph(
            "While a renewal fails, the keys are served until they expire, and the renewal is tried again. After that, SDKs get the \
             reason as an error. assume-env --status in a shell of the command shows it earlier. What the command leaves running \
             (nohup, &) gets the last keys until they expire.",
        ),
        paragraph(
            "The keys of a profile default would have priority over the address. So the command does not read the credentials \
             file, and does not read the config file if its profile default names credentials; --explain --refresh says what is \
             hidden and why. In the environment of the command, assume-env itself reads the files as before.",
        ),
        paragraph(
            "Not served are programs that read AWS_ACCESS_KEY_ID themselves, and containers and other network namespaces, in which \
             127.0.0.1 is another machine. If the command is process 1 of a container, start the container with an init process \
             (docker run --init). --refresh needs Linux.",
        ),
        paragraph("In addition to what a session changes, --refresh sets or unsets these variables:"),
    ]
    .into_iter()
    .chain(items(variables::changed_by_refresh()))
    .collect()
}

fn variables() -> Vec<Part> {
    let mut parts = vec![
        Part::Heading("VARIABLES"),
        paragraph("A session sets these variables, and --clear unsets them:"),
    ];
    parts.extend(items(variables::set_by_session()));
    parts.push(paragraph(
        "A session unsets these variables, because they would override or contradict its keys, and --clear restores them, except \
         AWS_SECURITY_TOKEN, which is a secret:",
    ));
    parts.extend(items(variables::unset_by_session()));
    parts
}

fn environment() -> Vec<Part> {
    let mut parts = vec![
        Part::Heading("ENVIRONMENT"),
        paragraph(
            "assume-env reads these variables. Those of the AWS SDKs have the same meaning as for the SDKs. An endpoint with plain \
             http is refused unless it is on this machine.",
        ),
    ];
    parts.extend(items(variables::read_from_user()));
    parts.push(paragraph(
        "The hooks read NO_COLOR, and ASSUME_ENV_ALSO_SET: names, separated by blanks, of variables that a session \
         also sets to the role, for other prompt tools.",
    ));
    parts
}

fn profile_keys() -> Vec<Part> {
    let mut parts = vec![
        Part::Heading("PROFILE KEYS"),
        paragraph(
            "assume-env reads these keys of a profile, and of the sso-session or services section that it names:",
        ),
    ];
    let read = PROFILE_KEYS.iter().filter_map(|key| Some((key.name.to_owned(), key.about()?)));
    parts.extend(items(read.collect()));
    parts
}

/// Names and what each is for.
fn items(rows: Vec<(String, &'static str)>) -> impl Iterator<Item = Part> {
    rows.into_iter().map(|(names, about)| Part::Item(names, about.to_owned()))
}

fn end() -> Vec<Part> {
    vec![
        Part::Heading("EXIT STATUS"),
        item("0", "Success. With --status: the session has enough time left."),
        item(
            "1",
            "A failure; standard error says what failed, and what to do. With --status: the session has too little time left, or none is held.",
        ),
        item("2", "The command line is wrong."),
        item(
            "125, 126, 127",
            "With -- COMMAND: assume-env failed (125), COMMAND cannot be run (126), COMMAND does not exist (127). Any other status \
             is that of COMMAND, which replaces assume-env.",
        ),
        Part::Heading("FILES"),
        item("~/.aws/config, ~/.aws/credentials", "The profiles, read by the rules of the AWS CLI."),
        item(
            "~/.aws/sso/cache/*.json",
            "The tokens of IAM Identity Center, in the AWS CLI's own form, which `aws sso login` writes too. They hold no AWS \
             keys. --login writes a token there, a refreshed token replaces the old one, and --logout removes it. These are the \
             only files that assume-env writes.",
        ),
        Part::Heading("EXAMPLES"),
        item("eval \"$(assume-env s3)\"", "This shell holds the role of profile s3."),
        item("assume-env s3 -- aws s3 ls", "One command holds it."),
        item("assume-env prod -- \"$SHELL\"", "A new shell holds it, until you leave that shell."),
        item(
            "assume-env --refresh prod -- terraform apply",
            "The keys renew themselves while the command runs.",
        ),
        item(
            "assume-env --source-profile base 123456789012:Audit -- aws sts get-caller-identity",
            "A role without a profile, assumed with the keys of profile base.",
        ),
        item(
            "assume-env --explain prod",
            "The plan for prod, with the origin of each value, without a request to AWS.",
        ),
        item(
            "assume-env --status -q --min-ttl 45m || eval \"$(assume-env prod)\"",
            "In a script: a new session only when less than 45 minutes are left.",
        ),
        item(
            "credential_process = assume-env -f json prod",
            "In a profile of ~/.aws/config: any AWS tool gets the keys of prod through that profile, and gets new keys when they expire.",
        ),
        Part::Heading("SYSTEMS"),
        paragraph(
            "Linux on x86_64 and aarch64. The program of the packages is static: it finds the names of services by /etc/resolv.conf and \
             /etc/hosts, without the modules of /etc/nsswitch.conf. macOS and FreeBSD are not tested.",
        ),
        Part::Heading("SECURITY"),
        paragraph(
            "Every process of the same user, and root, can read the environment of a shell or a command that holds keys. Give a \
             session no more than it needs: --read-only, --policy and --duration. AWS cannot revoke temporary keys one by one.",
        ),
        paragraph(
            "While assume-env itself holds keys, it writes no core file. On Linux, no process of the same user can read its memory. \
             `set -x` prints what a bare eval evaluates; the function of the hook switches it off.",
        ),
        Part::Heading("SEE ALSO"),
        paragraph("aws(1), env(1)"),
    ]
}
