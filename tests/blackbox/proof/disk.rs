//! Every mode, every source and every kind of failure under the trace: no secret in a file, a name, an argument or a message, nothing
//! created, and the home folder as it was. Over http on loopback the tokens are on the connection; over https nowhere.

use std::collections::BTreeMap;

use super::leaks::{Hits, Place, SECRETS, search};
use super::trace::Trace;
use crate::blackbox::harness::{
    ACCOUNT, BINARY, Case, HOOK_CALL, KEY_ID, POSIX_SHELLS, ROLE, SECRET, installed, role, role_arn,
};
use crate::blackbox::mfa::{DEVICE, world_with};
use crate::blackbox::sso::{BEARER, PROFILES, START};
use crate::support::{
    Ca, Consent, Container, Fault, Federation, Imds, Role, Sso, Sts, TokenFile, World, proof,
};

use Place::{Environment, PlainHttp, Text, TokenFile as InTokenFile};

/// A code that stands in nothing else: what must not show it is looked through for it.
const CODE: &str = "407315";
const WEB_TOKEN: &str = "TEST//token+web==";

/// What all runs of a test found.
#[derive(Default)]
pub struct Report {
    runs: usize,
    bytes: usize,
    places: BTreeMap<Place, usize>,
}

impl Report {
    pub fn add(&mut self, hits: &Hits) {
        self.runs += 1;
        self.bytes += hits.bytes;
        for (place, found) in &hits.places {
            *self.places.entry(*place).or_default() += found.len();
        }
    }

    pub fn print(&self, what: &str) {
        let Self { runs, bytes, places } = self;
        proof(format_args!(
            "{what}: {runs} runs traced, {bytes} bytes searched, secrets seen where they may be: {places:?}, elsewhere: 0"
        ));
    }
}

/// A world in which everything is possible: keys, a device, an identity provider, a portal.
struct Setting {
    secure: bool,
    ca: Ca,
    report: Report,
    /// Whether the keys of the session are sent to AWS sign-in.
    exchanges_keys: bool,
}

fn everything() -> World {
    let portal = Sso::role_arn(ACCOUNT, "Dev");
    world_with(&[CODE])
        .role(role("assumeS3Full").s3_full().max_duration(43200))
        .role(role("coded").requires_mfa().max_duration(43200))
        .role(Role::new(&role_arn("far")).trusts(ROLE).trusts(&portal).max_duration(43200))
        .role(Role::new(&role_arn("pod")).trusts_web_identity("pod:one").max_duration(43200))
        .web_token(WEB_TOKEN, "pod:one")
}

fn config() -> String {
    format!(
        "[profile s3]\nrole_arn = {ROLE}\nsource_profile = base\n\
         [profile coded]\nrole_arn = {}\nsource_profile = base\nmfa_serial = {DEVICE}\n\
         [profile far]\nrole_arn = {}\nsource_profile = s3\n\
         [profile web]\nrole_arn = {}\nweb_identity_token_file = ~/token\n\
         [profile made]\ncredential_process = ./printer\n\
         [profile bad]\ncredential_process = ./printer broken\n\
         [profile no]\nrole_arn = {}\nsource_profile = base\n{PROFILES}",
        role_arn("coded"),
        role_arn("far"),
        role_arn("pod"),
        role_arn("no"),
    )
    // The profile of that name is here already, from another source.
    .replace(
        "[profile s3]\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = dev\n",
        "",
    )
    .replace("[profile far]\nrole_arn = arn:aws:iam::123456789012:role/far\nsource_profile = s3\n", "")
        + "[profile chained]\nrole_arn = arn:aws:iam::123456789012:role/far\nsource_profile = dev\n"
        + "[profile longer]\nrole_arn = arn:aws:iam::123456789012:role/far\nsource_profile = s3\n"
}

/// Prints keys; with an argument, something that is none.
const PRINTER: &str = "#!/bin/sh
case $1 in
    '') echo '{\"Version\":1,\"AccessKeyId\":\"AKIABASE000000000000\",\"SecretAccessKey\":\"base/secret+EXAMPLE\"}' ;;
    *) echo '{\"Version\":1,\"SecretAccessKey\":\"base/secret+EXAMPLE\"}' ;;
esac
";

impl Setting {
    fn new(secure: bool) -> Self {
        Self { secure, ca: Ca::new("proof"), report: Report::default(), exchanges_keys: false }
    }

    /// A world of its own for one run.
    fn case(&self) -> Case {
        let sts = match self.secure {
            true => Sts::https(everything(), &self.ca),
            false => Sts::http(everything()),
        };
        let case = Case::with(sts).config(config());
        let bundle = case.file("ca.pem", self.ca.pem());
        case.program("printer", PRINTER);
        case.file("token", WEB_TOKEN);
        std::fs::create_dir(case.path("tmp")).expect("the folder can be written");
        let temporary = case.path("tmp");
        case.var("AWS_CA_BUNDLE", bundle).var("TMPDIR", temporary)
    }

    /// Somebody who is logged in to the portal, with a token that lasts so many seconds.
    fn at_portal(&self, seconds: i64) -> (Case, Sso) {
        let case = self.case();
        let sso = match self.secure {
            true => Sso::https(&case.sts, &self.ca),
            false => Sso::http(&case.sts),
        };
        sso.assign(ACCOUNT, "Dev").access_token(BEARER, seconds);
        sso.client("client-1", "TEST/secret+client", 7200).refresh_token("client-1", "TEST//token+first");
        TokenFile::new(START, "eu-west-1", BEARER)
            .expires_in(seconds)
            .refresh("client-1", "TEST/secret+client", 7200, "TEST//token+first")
            .write(case.path(""), "corp");
        let url = sso.url();
        (case.var("AWS_ENDPOINT_URL_SSO", &url).var("AWS_ENDPOINT_URL_SSO_OIDC", &url), sso)
    }

    /// Runs the program; secrets are in these places alone, and in the text as often as said.
    #[track_caller]
    fn run(&mut self, case: &Case, args: &[&str], texts: usize, allowed: &[Place]) -> Trace {
        self.run_program(case, BINARY, args, texts, allowed)
    }

    /// The same, called as the function of a hook calls it: the answer goes through a pipe.
    #[track_caller]
    fn run_as_hook(&mut self, case: &Case, words: &[&str], allowed: &[Place]) -> Trace {
        let args = [&["-c", HOOK_CALL, "sh"], words].concat();
        self.run_program(case, "/bin/sh", &args, 0, &[&[Place::Pipe], allowed].concat())
    }

    #[track_caller]
    fn run_program(
        &mut self,
        case: &Case,
        program: &str,
        args: &[&str],
        texts: usize,
        allowed: &[Place],
    ) -> Trace {
        let before = case.files();
        let (outcome, trace) = case.traced(program, args);
        let mut places = vec![Text];
        places.extend(allowed.iter().filter(|place| !self.secure || **place != PlainHttp));
        let hits = search(&trace, &SECRETS);
        hits.only_in(&places);
        let said = format!("{args:?}: {}\n{}", outcome.stderr, outcome.out());
        assert_eq!(hits.count(Text), texts, "{said}");
        // What signs is never sent, TLS or not; AWS sign-in alone gets the keys of a session.
        let signing: &[&str] = if self.exchanges_keys { &[SECRET] } else { &[SECRET, "TEST/secret+0"] };
        let sent = search(&trace, signing);
        assert_eq!(sent.count(PlainHttp), 0, "{said}");
        let created: Vec<_> =
            trace.calls.iter().filter(|call| call.program == "assume-env" && call.creates()).collect();
        if allowed.contains(&InTokenFile) {
            assert!(created.iter().all(|call| {
                call.texts.iter().all(|name| String::from_utf8_lossy(name).contains(".aws/sso/cache/"))
            }));
        } else {
            assert!(created.is_empty(), "{said}\ncreated by {}", created[0].rest);
            assert_eq!(case.files(), before, "{said}");
        }
        is_sealed_first(&trace);
        self.report.add(&hits);
        trace
    }
}

/// No core and no debugger from before the first file is read that can hold a secret, and no way around the trace.
#[track_caller]
fn is_sealed_first(trace: &Trace) {
    let ours = || trace.calls.iter().filter(|call| call.program == "assume-env");
    let sealed = ours()
        .position(|call| call.name == "prctl" && call.rest.contains("PR_SET_DUMPABLE, SUID_DUMP_DISABLE"));
    let sealed = sealed.expect("it forbids cores");
    let reads = |call: &super::trace::Call| {
        call.is(&["connect", "clone", "clone3"])
            || call.is(&["open", "openat"]) && call.texts.iter().any(|path| !is_of_the_system(path))
    };
    assert!(ours().take(sealed).all(|call| !reads(call)), "something was read before");
    assert!(trace.calls.iter().all(|call| call.name != "io_uring_setup"), "calls that strace cannot see");
}

fn is_of_the_system(path: &[u8]) -> bool {
    ["/etc/", "/lib", "/usr/", "/proc/", "/sys/", "/dev/"].iter().any(|at| path.starts_with(at.as_bytes()))
}

fn every_mode(secure: bool) -> Report {
    let mut at = Setting::new(secure);

    // The ways to say it.
    for format in ["sh", "fish", "csh", "elvish", "nu", "xonsh", "pwsh", "json", "dotenv"] {
        at.run(&at.case(), &["-f", format, "s3"], 1, &[]);
    }
    at.run(&at.case(), &["-v", "s3"], 1, &[]);
    at.run(&at.case(), &["s3", "--", "true"], 0, &[Environment]);
    at.run(&at.case(), &["-v", "s3", "--", "sh", "-c", "true; true"], 0, &[Environment]);
    for mode in ["--whoami", "--buckets"] {
        at.run(&at.case(), &[mode, "s3"], 0, &[PlainHttp]);
        at.run(&at.case(), &[mode, "--json", "-v", "s3"], 0, &[PlainHttp]);
    }
    for args in [
        &["--explain", "s3"][..],
        &["--explain", "--json", "coded"],
        &["--list"],
        &["--list", "--json"],
        &["--init", "bash"],
        &["--init", "zsh"],
        &["--init", "fish"],
        &["--status"],
        &["--clear"],
        &["-h"],
        &["--help"],
        &["--version"],
    ] {
        at.run(&at.case(), args, 0, &[]);
    }

    // With a session in the environment, which is that of strace and of the program from the start.
    let held = at.case().holding(["s3"]);
    for (args, texts) in [
        (&["s3"][..], 1),
        (&["--fresh", "s3"], 1),
        (&["-v"], 1),
        (&["--status"], 0),
        (&["--status", "--json"], 0),
        (&["--clear"], 0),
        (&["--explain", "s3"], 0),
        (&["--list"], 0),
        (&["s3", "--", "true"], 0),
    ] {
        at.run(&held, args, texts, &[Environment]);
    }
    at.run(&held, &["--whoami", "s3"], 0, &[Environment, PlainHttp]);
    at.run(&held, &[&role_arn("far")], 1, &[Environment, PlainHttp]);

    // The ways to a code. The first stands in the arguments because somebody put it there.
    at.run(&at.case(), &["--mfa-token", CODE, "coded"], 1, &[]);
    let trace = at.run(&at.case(), &["--mfa-process", &format!("echo {CODE}"), "coded"], 1, &[]);
    is_nowhere_of_ours(&trace, secure);
    let case = at.case();
    let file = case.file("code", format!("{CODE}\n"));
    let line = format!("exec assume-env --mfa-token - coded <{}", file.display());
    let (outcome, trace) = case.traced("/bin/sh", &["-c", &line]);
    assert!(outcome.succeeded().starts_with("(unset "));
    at.report.add(search(&trace, &SECRETS).only_in(&[Text]));
    is_nowhere_of_ours(&trace, secure);

    // A base session.
    let keeping = at.case();
    at.run_as_hook(&keeping, &["--mfa-token", CODE, "coded"], &[PlainHttp]);
    let base = keeping.sts.world(|world| world.sessions()[0].clone());
    let base = format!(
        "1 {KEY_ID} {DEVICE} {} {} {} {}",
        base.expires.unix_timestamp(),
        base.access_key_id,
        base.secret_access_key,
        base.session_token
    );
    let keeping = keeping.var("ASSUME_ENV_BASE", base);
    at.run_as_hook(&keeping, &["coded"], &[Environment, PlainHttp]);
    let trace = at.run(&keeping, &["s3", "--", "true"], 0, &[Environment]);
    let child =
        trace.calls.iter().rfind(|call| call.name == "execve" && call.program == "true").expect("it ran");
    assert!(child.environment.iter().all(|variable| !variable.starts_with(b"ASSUME_ENV_BASE")));

    // The sources.
    at.run(&at.case(), &["longer"], 1, &[PlainHttp]);
    at.run(&at.case(), &["base"], 1, &[]);
    at.run(&at.case().with_keys_in_environment(), &["base"], 0, &[Environment]);
    at.run(&at.case().with_keys_in_environment(), &[ROLE], 1, &[Environment]);
    at.run(&at.case(), &["web"], 1, &[PlainHttp]);
    at.run(&at.case(), &["made"], 1, &[Place::Pipe]);
    let case = at.case();
    let container = Container::http(&case.sts, &role_arn("task"));
    container.demand("Bearer TEST//token+container");
    let case = case
        .config("[profile task]\ncredential_source = EcsContainer\n")
        .var("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.uri())
        .var("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer TEST//token+container");
    at.run_plain(&case, &["task"], &[Environment]);
    let case = at.case();
    let imds = Imds::http(&case.sts);
    imds.attach(&role_arn("machine"));
    let case = case
        .config("[profile machine]\ncredential_source = Ec2InstanceMetadata\n")
        .var("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.url());
    at.run_plain(&case, &["machine"], &[]);
    let (case, _sso) = at.at_portal(3600);
    at.run(&case, &["dev"], 1, &[PlainHttp]);
    at.run(&case, &["chained", "--", "true"], 0, &[Environment, PlainHttp]);
    let (case, _sso) = at.at_portal(3600);
    at.run(&case, &["--sso-session", "corp", "123456789012:Dev"], 1, &[PlainHttp]);
    at.run(&case, &["--sso-roles", "corp"], 0, &[PlainHttp]);
    at.run(&case, &["--sso-roles", "--json"], 0, &[PlainHttp]);
    at.run(&case, &["--sso-roles", "--as-profiles", "{role_name}"], 0, &[PlainHttp]);
    at.run(&case, &["--complete", "fish", "assume", "--sso-session", "corp", ""], 0, &[PlainHttp]);
    let (case, sso) = at.at_portal(-60);
    sso.consent(Consent::Ahead);
    at.run(&case, &["--login-once", "--device-code", "dev"], 1, &[PlainHttp]);
    at.run(&case, &["--login-once", "--device-code", "--sso-roles", "corp"], 0, &[PlainHttp]);
    let (case, sso) = at.at_portal(-60);
    at.run(&case, &["dev"], 1, &[PlainHttp, InTokenFile]);
    assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials"]);
    sign_in(&mut at);
    console(&mut at);

    failures(&mut at);
    at.report
}

/// A sign-in by both flows, and its end: the token is in its file alone, and neither it nor a code or a verifier is an
/// argument of a program. The browser speaks plain http only.
fn sign_in(at: &mut Setting) {
    let (case, sso) = at.at_portal(-60);
    sso.consent(Consent::Ahead);
    at.run(&case, &["--login", "--device-code", "dev"], 0, &[PlainHttp, InTokenFile]);
    at.run(&case, &["dev"], 1, &[PlainHttp]);
    at.run(&case, &["--logout", "dev"], 0, &[PlainHttp, InTokenFile]);
    let actions =
        ["RegisterClient", "StartDeviceAuthorization", "CreateToken", "GetRoleCredentials", "Logout"];
    assert_eq!(sso.actions(), actions);
    if at.secure {
        return;
    }
    let browser = case.program("browser", "#!/bin/sh\nbusybox wget -q -O /dev/null \"$1\"\nexit 0\n");
    let case = case.var("ASSUME_ENV_BROWSER", browser);
    let trace = at.run(&case, &["--login", "dev"], 0, &[PlainHttp, InTokenFile]);
    let sent = sso.requests().into_iter().rev().find(|made| made.action == "CreateToken").expect("a request");
    let sent: serde_json::Value = serde_json::from_str(&sent.body).expect("it is JSON");
    let verifier = sent["codeVerifier"].as_str().expect("a text");
    search(&trace, &[verifier]).only_in(&[PlainHttp]);
    assert!(
        trace.calls.iter().any(|call| call.name == "execve" && call.program == "browser"),
        "it was opened"
    );
}

/// The way to the console: the sign-in token is in no argument, file or message, and in the text only where it is asked for.
fn console(at: &mut Setting) {
    const TOKEN: &str = "TEST//token+signin";
    let (case, _sso) = at.at_portal(3600);
    at.exchanges_keys = true;
    let federation =
        if at.secure { Federation::https(&case.sts, &at.ca) } else { Federation::http(&case.sts) };
    let case = case.var("AWS_ENDPOINT_URL_SIGNIN", federation.url());
    // The link of the portal has no secret.
    at.run(&case, &["--console", "--url", "dev"], 0, &[]);
    let trace = at.run(&case, &["--console", "--url", "s3"], 1, &[PlainHttp]);
    let allowed = if at.secure { &[Text][..] } else { &[Text, PlainHttp] };
    assert!(search(&trace, &[TOKEN]).only_in(allowed).count(Text) == 1);
    at.run(&case, &["--console", "--url", "base"], 0, &[]);
    // The browser speaks plain http only, with the program and with the endpoint.
    let federation = Federation::http(&case.sts);
    let browser = case.program("browser", "#!/bin/sh\nbusybox wget -q -O /dev/null \"$1\"\nexit 0\n");
    let case = case.var("AWS_ENDPOINT_URL_SIGNIN", federation.url()).var("ASSUME_ENV_BROWSER", browser);
    let secure = std::mem::replace(&mut at.secure, false);
    let trace = at.run(&case, &["-v", "--console", "s3"], 0, &[PlainHttp]);
    assert!(search(&trace, &[TOKEN]).only_in(&[PlainHttp]).count(PlainHttp) > 0);
    let held = case.holding(["s3"]);
    at.run(&held, &["--console"], 0, &[Environment, PlainHttp]);
    (at.secure, at.exchanges_keys) = (secure, false);
    let opened = |call: &super::trace::Call| call.name == "execve" && call.program == "browser";
    assert!(trace.calls.iter().any(opened) && federation.signed_in().len() == 2, "it was opened");
}

impl Setting {
    /// As [`Setting::run`], with a service that speaks plain http always.
    #[track_caller]
    fn run_plain(&mut self, case: &Case, args: &[&str], allowed: &[Place]) {
        let secure = std::mem::replace(&mut self.secure, false);
        self.run(case, args, 1, &[allowed, &[PlainHttp]].concat());
        self.secure = secure;
    }
}

/// Failures of every kind; none of them says anything.
fn failures(at: &mut Setting) {
    for args in [
        &["nosuch"][..],
        &["--nosuch", "s3"],
        &["s3", "more"],
        &["-d", "1x", "s3"],
        &["s3", "--", "no-such-command"],
        &["no"],
        &["-v", "--whoami", "no"],
        &["--mfa-token", "000000", "coded"],
        &["--mfa-process", "exit 3", "coded"],
        &["coded"],
        &["dev"],
        &["--expect-account", "210987654321", "s3"],
    ] {
        at.run(&at.case(), args, 0, &[]);
    }
    at.run(&at.case(), &["bad"], 0, &[Place::Pipe]);
    for fault in [
        Fault::drop_element("AccessKeyId"),
        Fault::drop_element("SessionToken"),
        Fault::replace_element("AccessKeyId", "$(id)"),
        Fault::replace_element("SessionToken", "TEST//token+'; id; '"),
        Fault::replace_element("Expiration", "TEST//token+soon"),
        Fault::drop_element("SecretAccessKey"),
        Fault::html(200),
        Fault::Cut { after: 900 },
        Fault::Reset,
        Fault::error(403, "AccessDenied", "no"),
    ] {
        let case = at.case().var("AWS_MAX_ATTEMPTS", "1");
        case.sts.always(fault);
        at.run(&case, &["-v", "s3"], 0, &[]);
    }
    // What is wrong stands beside a secret, or is one.
    for credentials in [
        "[base]\naws_secret_access_key = base/secret+EXAMPLE\n",
        "[base]\naws_access_key_id = AKIABASE000000000000\naws_secret_access_key = base/secret+EXAMPLE é\n",
        "[base]\naws_secret_access_key = base/secret+EXAMPLE\naws_secret_access_key = base/secret+EXAMPLE\n",
        "[base]\nbase/secret+EXAMPLE\n",
        "aws_secret_access_key = base/secret+EXAMPLE\n",
        "[base]\naws_access_key_id = AKIABASE000000000000\naws_secret_access_key =\n  base/secret+EXAMPLE\n",
    ] {
        at.run(&at.case().credentials(credentials), &["-v", "s3"], 0, &[]);
    }
    let (case, sso) = at.at_portal(3600);
    sso.sign_out();
    at.run(&case, &["dev"], 0, &[PlainHttp]);
    let (case, sso) = at.at_portal(-60);
    sso.sign_out();
    at.run(&case, &["dev"], 0, &[PlainHttp]);
    let case = at.case();
    case.program("script", "#!/no/such/interpreter\n");
    at.run(&case, &["s3", "--", "./script"], 0, &[Environment]);
}

/// A code is in no message, file, argument or environment of ours; over plain http it is in the request.
#[track_caller]
fn is_nowhere_of_ours(trace: &Trace, secure: bool) {
    let hits = search(&trace.of("assume-env"), &[CODE]);
    hits.only_in(&[PlainHttp]);
    assert_eq!(hits.count(PlainHttp), usize::from(!secure), "the search finds it where it has to be");
}

#[test]
fn no_mode_leaves_a_secret_anywhere() {
    every_mode(false).print("every mode over http on loopback");
}

#[test]
fn no_mode_leaves_a_secret_anywhere_over_https() {
    let report = every_mode(true);
    report.print("every mode over https");
}

/// The shells around the program, which take its text over and hold the keys from then on.
#[test]
fn no_shell_leaves_a_secret_anywhere() {
    let mut report = Report::default();
    let at = Setting::new(false);
    let posix = r#"eval "$(assume-env s3)" && true && eval "$(assume-env --fresh longer)" && eval "$(assume-env --clear)"; eval "$(assume-env nosuch)"; true"#;
    let posix = POSIX_SHELLS.map(|shell| (shell, posix));
    let others = [
        (
            "fish --no-config",
            "assume-env -f fish s3 | source; and true; and assume-env -f fish --clear | source; true",
        ),
        ("tcsh -f", "eval \"`assume-env -f csh s3`\" && true && eval \"`assume-env -f csh --clear`\""),
        (
            "elvish -norc",
            "eval (assume-env -f elvish s3 | slurp); e:true; eval (assume-env -f elvish --clear | slurp)",
        ),
    ];
    for (shell, script) in posix.into_iter().chain(others) {
        let case = at.case();
        let before = case.files();
        let mut words = shell.split(' ');
        let program = installed(words.next().expect("a name"));
        let args: Vec<&str> = words.chain(["-c", script]).collect();
        let (outcome, trace) = case.traced(program, &args);
        let hits = search(&trace, &SECRETS);
        let memory = if shell == "ksh" { Place::KshMemory } else { Text };
        hits.only_in(&[Text, Place::Pipe, Environment, PlainHttp, memory]);
        assert!(hits.count(memory) > 0 && hits.count(Environment) > 0, "{shell}: {}", outcome.stderr);
        assert!(
            hits.count(Place::Pipe) == 0 || shell.starts_with("fish") || shell.starts_with("elvish"),
            "{shell}"
        );
        assert_eq!(case.files(), before, "{shell}");
        report.add(&hits);
    }
    report.print("the eval of every shell");
}

/// Without these the silence above would prove nothing: each leak is one that a shell or a program could make, and is found.
#[test]
fn every_kind_of_leak_is_found() {
    for (shell, script, place) in [
        ("dash", "printf %s \"$KEY\" >file", Place::File),
        ("zsh", "cat <<E\n$KEY\nE", Place::File),
        ("zsh", "cat <<<$KEY", Place::File),
        ("mksh", "cat <<E\n$KEY\nE", Place::File),
        ("bash", "printf %s \"$KEY\" >file; rm file", Place::File),
        ("bash", "{ printf %s \"${KEY%EXAMPLE}\"; printf EXAMPLE; } >file", Place::File),
        ("bash", "printf %s \"$KEY\" | base64 >file", Place::File),
        ("bash", "printf %s \"x$KEY\" | base64 >file", Place::File),
        ("bash", "printf %s \"${KEY//\\//%2F}\" >file", Place::File),
        ("bash", "ln -s \"$KEY\" name", Place::File),
        ("bash", "/bin/echo \"$KEY\" >/dev/null", Place::Argument),
        ("bash", "echo \"$KEY\" >&2", Place::Message),
        ("bash", "set -x; : \"$KEY\"", Place::Message),
        ("bash", "echo \"$KEY\" | cat >/dev/null", Place::Pipe),
        ("fish", "echo $KEY >file", Place::File),
        ("perl", "open(my $f, '+>', undef); print $f $ENV{KEY}", Place::File),
    ] {
        let flag = if shell == "perl" { "-e" } else { "-c" };
        let (_, trace) = Case::new().var("KEY", SECRET).traced(installed(shell), &[flag, script]);
        let hits = search(&trace, &SECRETS);
        assert!(hits.count(place) > 0, "{shell} {script}: {:?}", hits.places);
    }
    let created = |script| {
        let (_, trace) = Case::new().traced("/bin/bash", &["-c", script]);
        trace.calls.iter().filter(|call| call.creates()).count()
    };
    for script in ["mkdir a", "ln -s a b", "mknod p p", ": >file", "echo >f; mv f g", "echo >f; ln f g"] {
        assert!(created(script) > created("true"), "{script}");
    }
}
