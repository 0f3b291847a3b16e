//! `-h`, `--help` and the man page, all from the table of flags and the one list of variables.

use crate::cli::args::Flag;
use crate::cli::command::CommandKind;
use crate::cli::flags::{FLAGS, HEADINGS};
use crate::common::variables::{Group, VARIABLES};
use crate::shell::{Format, HookShell};

const USAGE: [(&str, &str); 2] = [
    ("assume-env [OPTIONS] [ROLE]", "print the variables"),
    ("assume-env [OPTIONS] [ROLE] -- COMMAND [ARG]…", "run COMMAND with them"),
];

/// One screen.
pub fn short() -> String {
    let mut text = String::from("assume-env turns an AWS role into a process environment\n\n");
    for (line, what) in USAGE {
        text.push_str(&format!("  {line:<46} {what}\n"));
    }
    text.push_str("\nROLE is a profile name, a role ARN or ACCOUNT:NAME\n");
    for heading in HEADINGS {
        text.push_str(&format!("\n{heading}:\n"));
        for flag in of(heading).filter(|flag| !shapes_hook(flag)) {
            text.push_str(&format!("  {:<28}{}\n", left(flag), flag.brief));
            if flag.starts == Some(CommandKind::Init) {
                let more: Vec<String> = of(heading).filter(|flag| shapes_hook(flag)).map(left).collect();
                let more: Vec<&str> = more.iter().map(|flag| flag.trim_start()).collect();
                text.push_str(&format!("        {}\n", more.join(", ")));
            }
        }
    }
    text.push_str("\n  eval \"$(assume-env s3)\"        this shell holds the role's temporary keys\n");
    text.push_str("  assume-env s3 -- aws s3 ls    only this command does\n\n--help is the manual\n");
    text
}

/// Whether a flag only says what a hook has: on the one screen, all of them share a line.
fn shapes_hook(flag: &Flag) -> bool {
    flag.commands == [CommandKind::Init] && flag.starts.is_none()
}

fn of(heading: &str) -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(move |flag| flag.heading == heading)
}

/// `-d, --duration TIME`, and `    --show` for a flag without a letter.
fn left(flag: &Flag) -> String {
    match (flag.short, flag.name.starts_with("--")) {
        (Some(_), false) => flag.name.to_owned(),
        (Some(c), true) => format!("-{c}, {} {}", flag.name, flag.metavar()).trim_end().to_owned(),
        (None, _) => format!("    {} {}", flag.name, flag.metavar()).trim_end().to_owned(),
    }
}

/// A part of the manual.
enum Part {
    Heading(&'static str),
    Paragraph(String),
    /// Lines as they stand: commands.
    Code(&'static [&'static str]),
    /// A term and what it means.
    Item(String, String),
}

/// The manual, of which `--help` and the man page are two forms.
fn manual() -> Vec<Part> {
    use Part::{Code, Heading, Item, Paragraph};
    let para = |text: &str| Paragraph(text.to_owned());
    let item = |term: &str, text: &str| Item(term.to_owned(), text.to_owned());
    let mut parts = vec![
        Heading("DESCRIPTION"),
        para(
            "assume-env assumes an AWS role and puts its temporary keys into a process environment: that of the current shell, or \
              that of one command. The keys live there and nowhere else: no file, cache, keychain, log or command line has them.",
        ),
        Code(&[
            "eval \"$(assume-env s3)\"          # this shell now holds the role's keys",
            "assume-env s3 -- aws s3 ls       # only this command holds them",
            "eval \"$(assume-env --clear)\"     # this shell is as it was",
        ]),
        para(
            "ROLE is a profile of the AWS config or credentials file that has a role_arn, a role ARN of any partition, or \
              ACCOUNT:NAME. A profile's name wins. Left out, it is the role of the session that this environment holds, else that of \
              AWS_DEFAULT_PROFILE or AWS_PROFILE.",
        ),
        para(
            "The role's source is what the profile names: source_profile, through any number of profiles, to an access key or a \
              credential_process; or credential_source = Environment. A role ARN is assumed with --source-profile, else with the session that this environment holds (role \
              chaining), else with the keys in the environment, AWS_PROFILE, or the profile default.",
        ),
        para(
            "A session of the very same role and name that this environment holds is used again while enough of it is left: \
              nothing is asked of AWS then, and no code of you. Without ROLE and without a command, the held session is renewed.",
        ),
        para(
            "To a terminal or into a file no key is printed, and nothing is asked of AWS: standard error says where the role leads \
              and what to type instead. When assume-env fails, its standard output is a statement that fails, so that \
              `eval \"$(assume-env prod)\" && terraform apply` stops.",
        ),
    ];
    for heading in HEADINGS {
        parts.push(Heading(match heading {
            "Session" => "SESSION OPTIONS",
            "Output" => "OUTPUT OPTIONS",
            "Modes" => "MODES",
            _ => "GENERAL OPTIONS",
        }));
        parts.extend(of(heading).map(|flag| Item(left(flag).trim_start().to_owned(), flag.text.to_owned())));
    }
    parts.push(Heading("FORMATS"));
    parts.push(para(
        "The values of --format. A shell evaluates the text with the line that follows; --clear instead of ROLE ends the session and \
              restores the variables that it replaced.",
    ));
    parts.extend(Format::all().map(|format| match format.eval_line("ROLE") {
        Some(line) => item(format.name(), &format!("{}: {line}", format.about())),
        None => item(format.name(), &format!("{}.", format.about())),
    }));
    parts.push(Heading("HOOKS"));
    parts.push(para("The values of --init, and how a shell loads its hook when it starts."));
    parts.extend(HookShell::all().map(|shell| item(shell.name(), shell.load())));
    parts.push(Heading("VARIABLES"));
    parts.push(para("A session sets these, and --clear takes them away again:"));
    parts.extend(
        VARIABLES
            .iter()
            .filter(|v| v.group != Group::Conflict)
            .filter_map(|v| Some(item(v.name, about(v.name)?))),
    );
    parts.push(para("A session unsets these, because they would fight the keys or lie about them, and --clear gives them back, save \
                     AWS_SECURITY_TOKEN, which is a secret:"));
    let conflicts: Vec<&str> =
        VARIABLES.iter().filter(|v| v.group == Group::Conflict).map(|v| v.name).collect();
    parts.push(Paragraph(format!("{}.", conflicts.join(", "))));
    parts.extend([
        Heading("ENVIRONMENT"),
        para("AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_REGION, AWS_DEFAULT_REGION, \
              AWS_ROLE_SESSION_NAME, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_S3, \
              AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT, AWS_MAX_ATTEMPTS, \
              AWS_CA_BUNDLE, SSL_CERT_FILE, HTTPS_PROXY, ALL_PROXY and NO_PROXY mean what they mean to the AWS SDKs. Endpoints with \
              plain http are refused unless they are on this machine."),
        para("The hooks read NO_COLOR, and ASSUME_ENV_ALSO_SET: a list of names, separated by blanks, that the function of the hook sets to \
              the role too, for other prompt tools."),
        Heading("EXIT STATUS"),
        item("0", "The text is printed, the question answered."),
        item("1", "Something failed; standard error says what, and what to do."),
        item("2", "The command line is wrong."),
        item("125, 126, 127", "With -- COMMAND: assume-env failed (125), COMMAND cannot be run (126), there is no COMMAND (127). Any \
                               other status is that of COMMAND, which has replaced assume-env."),
        Heading("FILES"),
        item("~/.aws/config, ~/.aws/credentials", "The profiles, read by the AWS CLI's rules. assume-env writes no file at all."),
        Heading("SEE ALSO"),
        para("aws(1), env(1)"),
    ]);
    parts
}

/// What a variable of the list holds.
fn about(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => "The keys.",
        "AWS_CREDENTIAL_EXPIRATION" => "When they expire, RFC 3339 in UTC.",
        "AWS_ACCOUNT_ID" => "The account of the session.",
        "AWS_REGION" | "AWS_DEFAULT_REGION" => {
            "The region, only when --region or the role's profile names one."
        }
        "ASSUME_ENV_PROFILE" => "The role as it was typed.",
        "ASSUME_ENV_ROLE_ARN" => "The assumed role.",
        "ASSUME_ENV_SESSION" => "The session name.",
        "ASSUME_ENV_NARROWED" => {
            "How the session is narrowed or marked, if it is: read-only, or 16 digits over policies, tags and identity."
        }
        "ASSUME_ENV_SOURCE" => {
            "The profile that a bare role was assumed from, only for a role without a profile."
        }
        "ASSUME_ENV_REGION" => "The region that the session set, if it did.",
        "ASSUME_ENV_EXPIRES" => "When the keys expire, in seconds since 1970.",
        "ASSUME_ENV_KEY_ID" => "The key id that these labels belong to.",
        "ASSUME_ENV_RESTORE" => "What the session replaced, never a secret; --clear gives it back.",
        _ => return None,
    })
}

/// The manual as plain text, for `--help`.
pub fn long() -> String {
    let mut text = String::from("assume-env - turn an AWS role into a process environment\n\n");
    for (line, what) in USAGE {
        text.push_str(&format!("  {line:<46} {what}\n"));
    }
    for part in manual() {
        match part {
            Part::Heading(heading) => text.push_str(&format!("\n{heading}\n")),
            Part::Paragraph(words) => text.push_str(&format!("{}\n", wrap(&words, 4))),
            Part::Code(lines) => {
                for line in lines {
                    text.push_str(&format!("        {line}\n"));
                }
                text.push('\n');
            }
            Part::Item(term, words) => text.push_str(&format!("    {term}\n{}", wrap(&words, 10))),
        }
    }
    text
}

fn wrap(words: &str, indent: usize) -> String {
    const WIDTH: usize = 79;
    let margin = " ".repeat(indent);
    let (mut text, mut line) = (String::new(), margin.clone());
    for word in words.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line.trim() != "" {
            text.push_str(line.trim_end());
            text.push('\n');
            line = margin.clone();
        }
        line.push_str(word);
        line.push(' ');
    }
    text.push_str(line.trim_end());
    text.push('\n');
    text
}

/// The man page, for man(7).
pub fn man() -> String {
    let mut text = format!(
        ".TH ASSUME-ENV 1 \"\" \"assume-env {}\" \"User Commands\"\n.SH NAME\nassume-env \\- turn an AWS role into a process environment\n\
         .SH SYNOPSIS\n.B assume-env\n[\\fIOPTIONS\\fR] [\\fIROLE\\fR]\n.br\n.B assume-env\n[\\fIOPTIONS\\fR] [\\fIROLE\\fR] \\-\\- \
         \\fICOMMAND\\fR [\\fIARG\\fR]…\n",
        env!("CARGO_PKG_VERSION")
    );
    for part in manual() {
        match part {
            Part::Heading(heading) => text.push_str(&format!(".SH {heading}\n")),
            Part::Paragraph(words) => text.push_str(&format!(".PP\n{}\n", roff(&words))),
            Part::Code(lines) => {
                text.push_str(".PP\n.nf\n");
                for line in lines {
                    text.push_str(&format!("    {}\n", roff(line)));
                }
                text.push_str(".fi\n");
            }
            Part::Item(term, words) => text.push_str(&format!(".TP\n.B {}\n{}\n", roff(&term), roff(&words))),
        }
    }
    text
}

/// Escapes what roff would take for more than itself.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('~', "\\(ti").replace('"', "\\(dq");
    let text = text.replace('`', "\\(ga");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_and_variable_is_in_the_manual() {
        let (short, long) = (short(), long());
        for flag in FLAGS {
            assert!(short.contains(flag.name) && long.contains(flag.name), "{}", flag.name);
        }
        for variable in VARIABLES {
            assert!(long.contains(variable.name), "{}", variable.name);
        }
        assert!(
            short.lines().count() <= 55 && short.lines().all(|line| line.chars().count() <= 80),
            "{short}"
        );
    }

    /// The page is checked in. `UPDATE_MAN=1 cargo test man_page` writes it anew.
    #[test]
    fn the_man_page_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/man/assume-env.1");
        if std::env::var_os("UPDATE_MAN").is_some() {
            std::fs::write(path, man()).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == man(), "man/assume-env.1 is stale: UPDATE_MAN=1 cargo test man_page");
    }
}
