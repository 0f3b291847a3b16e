//! The cases: which program is run with which arguments and environment, and what it is compared with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::ground::{ACCOUNT, Ground, KEY_ID, SECRET};
use crate::tools;

/// What the cases of a table have in common. The first case of a table is what the others are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Nothing is asked of the network.
    Alone,
    /// The service speaks plain http.
    Http,
    /// The service speaks https, and its authority is one in a bundle of the system's size.
    Https,
}

/// One program with its arguments and environment.
pub struct Case {
    pub table: Table,
    pub name: String,
    pub program: OsString,
    pub args: Vec<OsString>,
    pub env: BTreeMap<String, String>,
    /// Whether its instructions are counted too.
    pub counted: bool,
    /// Whether it is left out when it does not succeed.
    pub optional: bool,
}

impl Case {
    fn new(table: Table, name: &str, program: &Path, env: &BTreeMap<String, String>) -> Self {
        let (program, env) = (program.into(), env.clone());
        Self { table, name: name.into(), program, args: Vec::new(), env, counted: false, optional: false }
    }

    fn args<S: Into<OsString>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    fn var(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    fn counted(mut self) -> Self {
        self.counted = true;
        self
    }

    fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The command, ready to run.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().envs(&self.env);
        command
    }
}

/// A command with keys in its environment, and one with keys that renew themselves.
pub const RUN: &str = "-q role -- /bin/true";
pub const REFRESH: &str = "-q --refresh role -- /bin/true";

/// Every case, those that this machine cannot run included.
pub fn all(ground: &Ground) -> Result<Vec<Case>> {
    let mut cases = alone(ground)?;
    cases.extend(over_http(ground));
    cases.extend(over_https(ground));
    cases.extend(of_others(ground));
    Ok(cases)
}

/// A case of ours: its name is what is typed.
fn ours(ground: &Ground, table: Table, env: &BTreeMap<String, String>, args: &str) -> Case {
    let name = format!("assume-env {args}");
    Case::new(table, &name, &ground.binary, env).args(args.split(' '))
}

fn alone(ground: &Ground) -> Result<Vec<Case>> {
    let env = ground.env("http://127.0.0.1:1");
    let held = holding(ground)?;
    let ours = |env, args| ours(ground, Table::Alone, env, args);
    let mut cases = vec![
        Case::new(Table::Alone, "/bin/true", Path::new("/bin/true"), &env),
        ours(&env, "--version").counted(),
        ours(&env, "--init bash"),
        ours(&held, "--status").counted(),
        ours(&held, "role").counted(),
    ];
    cases.last_mut().expect("it was put there").name += " (a session is held)";
    for (profiles, amount) in [(10, "10 profiles"), (10_000, "10,000 profiles")] {
        let config = ground.path(&format!("config-{profiles}")).display().to_string();
        for args in ["--list", "--list --json", "--explain team-7-admin", "--complete fish assume team-77"] {
            let mut case = ours(&env, args).var("AWS_CONFIG_FILE", &config);
            case.name += &format!(" ({amount})");
            case.counted = profiles > 10;
            cases.push(case);
        }
    }
    Ok(cases)
}

/// The environment of a shell that holds a session.
fn holding(ground: &Ground) -> Result<BTreeMap<String, String>> {
    let mut case = ours(ground, Table::Http, &ground.env(&ground.plain.url()), "-q role --");
    case.args.extend(["env".into(), "-0".into()]);
    let output = case.command().output()?;
    let text = String::from_utf8(output.stdout)?;
    let pairs = text.split_terminator('\0').filter_map(|entry| entry.split_once('='));
    let env: BTreeMap<_, _> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    match env.contains_key("AWS_SESSION_TOKEN") {
        true => Ok(env),
        false => Err(format!("no session: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

fn over_http(ground: &Ground) -> Vec<Case> {
    let env = ground.env(&ground.plain.url());
    vec![
        Case::new(Table::Http, "the floor program", &ground.floor, &env).args(["role"]),
        ours(ground, Table::Http, &env, "role").counted(),
        ours(ground, Table::Http, &env, RUN),
    ]
}

fn over_https(ground: &Ground) -> Vec<Case> {
    let env = ground.env(&ground.encrypted.url());
    let ours = |args| ours(ground, Table::Https, &env, args);
    let mut three = ours("three");
    three.name += " (three hops)";
    let mut sso = ours("sso");
    sso.name += " (Identity Center)";
    vec![
        Case::new(Table::Https, "the floor program", &ground.floor, &env).args(["role"]).counted(),
        ours("role").counted(),
        ours(RUN),
        ours(REFRESH),
        three,
        sso,
        ours("--buckets role"),
    ]
}

/// Other tools that do the same: one AssumeRole over https with the keys of the same user.
fn of_others(ground: &Ground) -> Vec<Case> {
    let mut env = ground.env(&ground.encrypted.url());
    env.insert("AWS_DEFAULT_REGION".into(), "us-east-1".into());
    let role = format!("arn:aws:iam::{ACCOUNT}:role/one");
    let case = |name: &str, program: &Path| Case::new(Table::Https, name, program, &env).optional();
    let assume = ["sts", "assume-role", "--profile", "base", "--role-session-name", "bench", "--role-arn"];
    let mut cases = Vec::new();
    if let Some(curl) = tools::on_path("curl") {
        let body = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=bench");
        let case = case("curl --aws-sigv4", &curl).args(["-sSf", "-o", "/dev/null", "--cacert"]);
        let case = case.args([ground.path("bundle.pem")]).args(["--aws-sigv4", "aws:amz:us-east-1:sts"]);
        cases.push(case.args(["-u", &format!("{KEY_ID}:{SECRET}"), "-d", &body, &ground.encrypted.url()]));
    }
    for (name, program) in tools::aws_clis() {
        // Versions before 2.13 do not read AWS_ENDPOINT_URL.
        let case = case(&name, &program).args(["--endpoint-url", &ground.encrypted.url()]);
        let case = case.args(assume).args([&role]);
        cases.push(case.var("AWS_EC2_METADATA_DISABLED", "true"));
    }
    if let Some(awsume) = tools::awsume() {
        cases.push(case("awsume", &awsume).args(["role", "-s"]));
    }
    if let Some(granted) = tools::on_path("granted") {
        let case = case("granted", &granted).args(["credential-process", "--profile", "role"]);
        // Otherwise it asks to install an alias of the shell.
        cases.push(case.var("FORCE_NO_ALIAS", "true"));
    }
    if let Some(vault) = tools::on_path("aws-vault") {
        // Its own store is a folder here; the keys get there through the environment.
        let case = case("aws-vault", &vault).args(["exec", "--no-session", "role", "--", "/bin/true"]);
        cases.push(case.var("AWS_VAULT_BACKEND", "file").var("AWS_VAULT_FILE_PASSPHRASE", "bench"));
    }
    if let Some(runas) = tools::on_path("aws-runas") {
        // Otherwise it takes the keys from its cache.
        cases.push(case("aws-runas", &runas).args(["--refresh", "role", "/bin/true"]));
    }
    if let Some(assume) = tools::on_path("assume-role") {
        cases.push(case("assume-role", &assume).args(["role"]));
    }
    if let Some(sso) = tools::on_path("aws-sso") {
        cases.push(case("aws-sso", &sso).args(["process", "--account", ACCOUNT, "--role", "reader"]));
    }
    cases
}
