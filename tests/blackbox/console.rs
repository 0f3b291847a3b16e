//! `--console`: the link of the portal, the federation endpoint, and the address of this machine that sends the browser on.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::harness::{
    ACCOUNT, Case, FIRST, KEY_ID, ROLE, Running, SECOND, SECRET, chromium, installed, start, wait_until,
};
use super::sso::{START, corp, no_service_was_asked, without_login};
use crate::support::federation::sign_in_token;
use crate::support::{Ca, Fault, Federation, Role, Sts, User, World};

/// A program that opens a page, as a browser does: it follows redirects.
const BROWSER: &str = "#!/bin/sh
env >\"$HOME/browser.env\"
printf '%s\\n' \"$@\" >>\"$HOME/browser.words\"
busybox wget -q -O /dev/null \"$1\" 2>/dev/null
exit 0
";

/// A program that leaves the address to the test.
const WAITING: &str = "#!/bin/sh
printf '%s' \"$1\" >\"$HOME/new\" && mv \"$HOME/new\" \"$HOME/address\"
";

/// Adds AWS sign-in and a browser to a case.
fn with_sign_in(case: Case, browser: &str) -> (Case, Federation) {
    let federation = Federation::http(&case.sts);
    let browser = case.program("browser", browser);
    let case = case.var("AWS_ENDPOINT_URL_SIGNIN", federation.url()).var("ASSUME_ENV_BROWSER", browser);
    (case, federation)
}

fn user() -> (Case, Federation) {
    with_sign_in(Case::new(), BROWSER)
}

fn words(case: &Case) -> String {
    fs::read_to_string(case.path("browser.words")).unwrap_or_default()
}

/// The member of the session that the endpoint got.
fn session(federation: &Federation) -> Value {
    serde_json::from_str(federation.requests()[0].param("Session")).expect("it is JSON")
}

/// The program, whose browser waits for the test.
fn waiting(case: &Case, args: &[&str]) -> (Running, Address) {
    let running = start(case.assume_env(args));
    let file = case.path("address");
    wait_until("the address", || file.exists());
    (running, Address::of(&fs::read_to_string(file).expect("it is text")))
}

/// The address that the browser is started with.
struct Address {
    host: String,
    path: String,
}

impl Address {
    #[track_caller]
    fn of(url: &str) -> Self {
        let (host, path) =
            url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
        Self { host: host.into(), path: format!("/{path}") }
    }

    fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.host).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        stream
    }

    fn get(&self) -> TcpStream {
        self.send(&format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.path, self.host))
    }
}

fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn a_role_is_exchanged_for_a_token_and_the_browser_is_sent_on() {
    let (case, federation) = user();
    let outcome = case.run(["--console", "s3", "--page", "ec2", "-r", "eu-central-1", "-d", "15m"]);
    assert_eq!(outcome.succeeded(), "");
    outcome.said(&[
        &format!("assume-env: opening the console in eu-central-1 as {ROLE}\n  it lasts until "),
        " (in 15m)\n",
        "assume-env: the browser has the address of the console\n",
    ]);
    assert_eq!(federation.actions(), ["POST getSigninToken", "GET login"]);
    case.was_asked(["AssumeRole"]);
    // The keys are in the body alone, and the duration is that of the session.
    let made = &federation.requests()[0];
    assert_eq!((made.path.as_str(), made.status), ("/federation", 200));
    assert_eq!(made.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(made.params.keys().collect::<Vec<_>>(), ["Action", "Session"]);
    assert!(made.body.starts_with("Action=getSigninToken&Session=%7B%22session"), "{}", made.body);
    let issued = case.sts.world(|world| world.session(FIRST).cloned()).expect("it was issued");
    let expected = serde_json::json!({
        "sessionId": FIRST, "sessionKey": issued.secret_access_key, "sessionToken": issued.session_token,
    });
    assert_eq!(session(&federation), expected);
    let page = "https://eu-central-1.console.aws.amazon.com/ec2/v2/home?region=eu-central-1".to_owned();
    assert_eq!(federation.signed_in(), [(page, None)]);
    // The browser gets an address of this machine, and no variable of AWS or of this program.
    let address = Address::of(words(&case).trim());
    assert!(address.host.starts_with("127.0.0.1:") && address.path.len() == 33, "{}", words(&case));
    let env = fs::read_to_string(case.path("browser.env")).expect("it ran");
    assert!(!env.contains("AWS_") && !env.contains("ASSUME_ENV_"), "{env}");
}

#[test]
fn flags_of_the_session_shape_the_console_too() {
    let (case, federation) = user();
    case.run(["-q", "--console", "--read-only", "-n", "ann", ROLE, "--source-profile", "base"]).succeeded();
    let request = case.request();
    assert_eq!(request.param("RoleSessionName"), "ann");
    assert!(request.params.values().any(|value| value.ends_with(":policy/ReadOnlyAccess")), "{request:?}");
    assert_eq!(federation.actions().len(), 2);
    let (case, _federation) = user();
    case.run(["--console", "--expect-account", "999999999999", "s3"]).failed_silently(1, &["999999999999"]);
    case.nothing_was_asked();
}

#[test]
fn quiet_means_no_word() {
    let (case, _federation) = user();
    let outcome = case.run(["-q", "--console", "s3"]);
    assert_eq!((outcome.succeeded(), outcome.stderr.as_str()), ("", ""));
}

#[test]
fn the_session_of_this_environment_is_used_as_long_as_it_lasts() {
    for (seconds, key_id) in [(3000, FIRST), (30, FIRST), (-30, SECOND)] {
        let (case, federation) = user();
        let case = case.holding(["s3", "-r", "eu-west-1"]).with_seconds_left(seconds);
        case.run(["--console"]).succeeded();
        assert_eq!(session(&federation)["sessionId"], key_id, "{seconds}");
        let page = "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1".to_owned();
        assert_eq!(federation.signed_in(), [(page, None)]);
    }
    // A restriction that the held session does not have needs another session.
    let (case, federation) = user();
    let case = case.holding(["s3"]);
    case.run(["--console", "--read-only"]).succeeded();
    assert_eq!(session(&federation)["sessionId"], SECOND);
}

#[test]
fn without_a_session_and_a_role_the_error_names_a_role() {
    let (case, federation) = user();
    case.run(["--console"]).failed_silently(2, &["no role is named", "name a profile, a role ARN"]);
    assert_eq!(federation.connections(), 0);
    case.var("AWS_PROFILE", "s3").run(["--console"]).succeeded();
}

#[test]
fn the_address_is_printed_to_a_pipe_and_elsewhere_only_with_show() {
    let (case, federation) = user();
    let address = |number: usize| {
        let token = sign_in_token(number).replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
        format!(
            "{}/federation?Action=login&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fiamv2%2Fhome\
             &SigninToken={token}\n",
            federation.url()
        )
    };
    let outcome = case.run(["--console", "--url", "s3", "--page", "iam"]);
    assert_eq!((outcome.succeeded(), outcome.stderr.as_str()), (address(1).as_str(), ""));
    let requests = federation.connections();
    let asked = case.sts.connections();
    for (line, what) in [
        ("assume-env --console --url s3 --page iam", "to a terminal, whose scrollback keeps them"),
        ("assume-env --console --url s3 --page iam >file", "to a file, which keeps them"),
    ] {
        let outcome = case.on_terminal(line);
        assert_eq!(outcome.status.code(), Some(1));
        outcome.said_on_stdout(&[
            &format!("assume-env: addresses that sign in to the console are not printed {what}\n"),
            "  to a program:     assume-env --console --url s3 --page iam | PROGRAM\n",
            "  print it here:    assume-env --show --console --url s3 --page iam\n",
        ]);
    }
    assert_eq!(
        (federation.connections(), case.sts.connections()),
        (requests, asked),
        "nothing more was asked"
    );
    assert_eq!(case.on_terminal("assume-env --show --console --url s3 --page iam").out(), address(2));
    case.on_terminal("assume-env --show --console --url s3 --page iam >file").succeeded();
    assert_eq!(fs::read_to_string(case.path("file")).expect("it is there"), address(3));
    assert_eq!(words(&case), "", "no browser is opened");
}

/// GovCloud's endpoint is said to have no POST.
#[test]
fn an_endpoint_without_post_gets_the_keys_by_get() {
    for status in [404, 405, 501] {
        let (case, federation) = user();
        federation.refuse_post(status);
        let outcome = case.run(["-v", "--console", "s3"]);
        outcome.succeeded();
        assert_eq!(federation.actions(), ["POST getSigninToken", "GET getSigninToken", "GET login"]);
        let made = &federation.requests()[1];
        assert_eq!((made.body.as_str(), made.status), ("", 200));
        assert!(
            !outcome.stderr.contains("TEST") && !outcome.stderr.contains("Session="),
            "{}",
            outcome.stderr
        );
    }
    let (case, federation) = user();
    federation.refuse_post(405).fault(Fault::Pass).always(Fault::Reset);
    let outcome = case.run(["-v", "--console", "--url", "s3"]);
    outcome.failed_silently(1, &["AWS sign-in did not answer at "]);
    assert!(!outcome.stderr.contains("TEST") && !outcome.stderr.contains("sessionKey"), "{}", outcome.stderr);
}

#[test]
fn a_refusal_is_said_on_the_terminal_and_to_the_browser() {
    let not_aws = "is not an answer of AWS sign-in";
    let cases: [(Fault, &[&str], usize); 8] = [
        (
            Fault::status(400, "Invalid credentials parameter"),
            &[
                "AWS sign-in does not accept these keys (",
                ", status 400)\n  the console takes a role's keys that are valid now, not a user's\n",
                "get new ones with --fresh, or name another role: assume-env --console ROLE\n",
            ],
            1,
        ),
        (Fault::status(503, ""), &["has too much to do (status 503)\n  try again in a minute\n"], 3),
        (Fault::html(200), &[not_aws, ": it is not JSON"], 1),
        (Fault::html(302), &["(status 302)", not_aws], 1),
        (Fault::html(500), &["(status 500)", not_aws], 3),
        (Fault::status(200, "{}"), &[not_aws, ": it has no SigninToken"], 1),
        (
            Fault::status(200, "{\"SigninToken\": \"a\\r\\nSet-Cookie: b\"}"),
            &[not_aws, "its SigninToken is empty or has characters that no token has"],
            1,
        ),
        (Fault::Cut { after: 40 }, &["AWS sign-in did not answer at "], 3),
    ];
    for (fault, parts, tries) in cases {
        let (case, federation) = with_sign_in(Case::new(), WAITING);
        federation.always(fault.clone());
        case.run(["--console", "--url", "s3"]).failed_silently(1, parts);
        assert_eq!(federation.requests().len(), tries, "{parts:?}");
        let (running, address) = waiting(&case, &["-q", "--console", "s3"]);
        let page = answer(address.get());
        assert!(
            page.starts_with("HTTP/1.1 502 Bad Gateway\r\n") && page.contains("The terminal says why"),
            "{page}"
        );
        running.end().failed_silently(1, parts);
    }
}

#[test]
fn a_failure_that_passes_is_tried_again() {
    for fault in [Fault::status(503, ""), Fault::Reset] {
        let (case, federation) = user();
        federation.fault(fault);
        case.run(["--console", "s3"]).succeeded();
        assert_eq!(federation.signed_in().len(), 1);
    }
}

#[test]
fn the_console_of_a_user_is_refused_before_the_endpoint_is_asked() {
    let refused = &[
        "the console takes a role's keys, not a user's, and these are ",
        "  name a role: assume-env --console ROLE; assume-env --list lists the profiles\n",
    ];
    let (case, federation) = user();
    case.run(["--console", "base"]).failed_silently(1, refused).said(&["the keys of profile base ("]);
    case.run(["--console", "--url", "base"]).failed_silently(1, refused);
    case.nothing_was_asked();
    // The held session of a user.
    let case = case.holding(["base"]);
    case.run(["--console"]).failed_silently(1, refused);
    case.was_asked(["GetSessionToken"]);
    assert_eq!(federation.connections(), 0);
    // Keys whose owner only STS can name: those of a program, and temporary keys in a file.
    let (case, federation) = user();
    let printer = format!(
        "#!/bin/sh\necho '{{\"Version\": 1, \"AccessKeyId\": \"{KEY_ID}\", \"SecretAccessKey\": \"{SECRET}\"}}'\n"
    );
    case.program("printer", &printer);
    let case = case.more_config("[profile made]\ncredential_process = ./printer\n");
    let of_user = "and these are of arn:aws:iam::123456789012:user/base\n";
    case.run(["--console", "made"]).failed_silently(1, refused).said(&[of_user]);
    case.was_asked(["GetSessionToken", "GetCallerIdentity"]);
    let user_keys = case.sts.world(|world| world.session(FIRST).cloned()).expect("it was issued");
    case.run(["s3", "--", "true"]).succeeded();
    let role_keys = case.sts.world(|world| world.session(SECOND).cloned()).expect("it was issued");
    let keys = |of: &crate::support::Session| {
        format!(
            "aws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
            of.access_key_id, of.secret_access_key, of.session_token
        )
    };
    let case = case.credentials(format!("[one]\n{}[two]\n{}", keys(&user_keys), keys(&role_keys)));
    case.run(["--console", "one"]).failed_silently(1, refused).said(&[of_user]);
    assert_eq!((federation.connections(), words(&case).as_str()), (0, ""));
    case.run(["--console", "two"]).succeeded();
    assert_eq!(session(&federation)["sessionId"], SECOND);
}

#[test]
fn a_partition_whose_console_is_not_known_is_refused() {
    let (case, federation) = user();
    let case = case.more_config(
        "[profile iso]\nrole_arn = arn:aws-iso:iam::123456789012:role/x\nsource_profile = base\n",
    );
    case.run(["--console", "iso"]).failed_silently(
        1,
        &[
            "the console of the partition aws-iso cannot be opened: its addresses are not public\n",
            "  open it by hand\n",
        ],
    );
    case.nothing_was_asked();
    assert_eq!(federation.connections(), 0);
}

#[test]
fn each_partition_has_its_own_page() {
    for (partition, region, page) in [
        ("aws-cn", "", "https://console.amazonaws.cn/s3/home?region=cn-north-1"),
        ("aws-us-gov", "us-gov-east-1", "https://console.amazonaws-us-gov.com/s3/home?region=us-gov-east-1"),
        ("aws-eusc", "", "https://console.amazonaws-eusc.eu/s3/home?region=eusc-de-east-1"),
        ("aws", "", "https://us-east-1.console.aws.amazon.com/s3/home?region=us-east-1"),
    ] {
        let role = format!("arn:{partition}:iam::123456789012:role/x");
        let base = User::new(ACCOUNT, "base", KEY_ID, SECRET).partition(partition);
        let world = World::new().role(Role::new(&role).trusts(&base.arn())).user(base);
        let (case, federation) = with_sign_in(Case::in_world(world), BROWSER);
        let region = if region.is_empty() { String::new() } else { format!("region = {region}\n") };
        let case =
            case.more_config(&format!("[profile x]\nrole_arn = {role}\nsource_profile = base\n{region}"));
        case.run(["--console", "x", "--page", "s3"]).succeeded();
        assert_eq!(federation.signed_in(), [(page.to_owned(), None)]);
    }
}

/// Without a setting for AWS sign-in, it is that of the region.
#[test]
fn the_endpoint_is_that_of_the_region() {
    let (case, _federation) = user();
    let sts = case.sts.url();
    // The proxy refuses, so that no other machine is asked.
    let case = case
        .var("AWS_ENDPOINT_URL_STS", sts)
        .without("AWS_ENDPOINT_URL")
        .without("AWS_ENDPOINT_URL_SIGNIN")
        .var("HTTPS_PROXY", "http://127.0.0.1:1");
    case.run(["--console", "--url", "s3", "-r", "eu-west-3"]).failed_silently(
        1,
        &["AWS sign-in did not answer at https://eu-west-3.signin.aws.amazon.com: the proxy cannot be reached"],
    );
    let section = "[services local]\nsignin =\n  endpoint_url = http://10.0.0.1\n";
    let case = case.config(format!(
        "[profile s3]\nrole_arn = {ROLE}\nsource_profile = base\nservices = local\n{section}"
    ));
    case.run(["--console", "s3"])
        .failed_silently(1, &["the endpoint http://10.0.0.1 (", "is plain http and not on this machine"]);
    case.run(["--whoami", "s3"]).succeeded();
}

#[test]
fn over_https_the_certificate_is_checked() {
    let ca = Ca::new("console");
    let case = Case::with(Sts::https(super::harness::world(), &ca));
    let federation = Federation::https(&case.sts, &ca);
    let bundle = case.file("ca.pem", ca.pem());
    let case = case.var("AWS_ENDPOINT_URL_SIGNIN", federation.url()).var("AWS_CA_BUNDLE", bundle);
    let outcome = case.run(["--console", "--url", "s3"]);
    assert!(outcome.succeeded().starts_with("https://localhost:"), "{}", outcome.out());
    let other = Federation::https(&case.sts, &Ca::new("another"));
    let case = case.var("AWS_ENDPOINT_URL_SIGNIN", other.url());
    case.run(["--console", "--url", "s3"]).failed_silently(1, &["AWS sign-in did not answer", "TLS failed"]);
    assert!(other.requests().is_empty());
}

#[test]
fn a_page_that_cannot_be_one_is_refused_and_an_unknown_name_is_a_path() {
    let (case, federation) = user();
    for page in ["http://console.aws.amazon.com/", "a b", "../x", "", "javascript:x", "ec2?x=y"] {
        case.run(["--console", "s3", "--page", page]).failed_silently(
            2,
            &["(--page) is not one that the console can have\n", "name a service (ec2, s3, iam"],
        );
    }
    for page in ["https://example.org/", "https://console.amazonaws.cn/", "https://xconsole.aws.amazon.com/"]
    {
        case.run(["--console", "s3", "--page", page]).failed_silently(
            2,
            &[&format!(
                "the page {page} (--page) is not on the domain of the console, console.aws.amazon.com\n"
            )],
        );
    }
    case.nothing_was_asked();
    let note =
        "assume-env: bedrock (--page) is not a short name that assume-env knows, so it is used as a path\n";
    case.run(["--console", "s3", "--page", "bedrock", "-r", "eu-west-1"]).said(&[note]).succeeded();
    let url = "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:x=y";
    case.run(["--console", "s3", "--page", url]).succeeded();
    let pages: Vec<String> = federation.signed_in().into_iter().map(|(page, _)| page).collect();
    assert_eq!(pages, ["https://eu-west-1.console.aws.amazon.com/bedrock/home?region=eu-west-1", url]);
}

#[test]
fn a_page_without_a_region_of_the_session_is_in_the_users_own() {
    for (vars, region) in [
        (&[("AWS_REGION", "eu-north-1")][..], "eu-north-1"),
        (&[("AWS_DEFAULT_REGION", "eu-south-1")], "eu-south-1"),
        (&[("AWS_REGION", "cn-north-1")], "us-east-1"),
        (&[("AWS_REGION", "us-west-2-fips")], "us-west-2"),
        // The global endpoint of STS has another region than the user.
        (&[("AWS_REGION", "eu-west-1"), ("AWS_STS_REGIONAL_ENDPOINTS", "legacy")], "eu-west-1"),
        (&[], "us-east-1"),
    ] {
        let (case, federation) = user();
        // With an address of its own, STS would not be asked at the global one.
        let case = case.holding(["s3"]).without("AWS_ENDPOINT_URL");
        let case = vars.iter().fold(case, |case, (name, value)| case.var(name, value));
        case.run(["--console", "--url"])
            .said_on_stdout(&[&format!("https%3A%2F%2F{region}.console.aws.amazon.com%2Fconsole%2Fhome")]);
        assert_eq!(federation.requests().len(), 1);
    }
}

const LINK: &str = "https://corp.awsapps.com/start/#/console?account_id=123456789012&role_name=Dev&destination=\
                    https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Flambda%2Fhome%3Fregion%3Deu-west-1";

#[test]
fn a_role_of_identity_center_takes_the_link_of_the_portal_without_a_login() {
    let args = ["--console", "dev", "--page", "lambda", "-r", "eu-west-1"];
    let (case, sso) = without_login();
    let (case, federation) =
        with_sign_in(case, "#!/bin/sh\nprintf '%s\\n' \"$@\" >>\"$HOME/browser.words\"\n");
    let outcome = case.run(args);
    assert_eq!(outcome.succeeded(), "");
    outcome.said(&[
        "assume-env: opening the console in eu-west-1 as the role Dev in account 123456789012 of IAM Identity Center",
        &format!("  if no browser opens, open this link in a browser:\n  {LINK}\n"),
    ]);
    assert_eq!(words(&case), format!("{LINK}\n"));
    // It has no secret, so it goes everywhere.
    let case = case.var("SSH_TTY", "x");
    let outcome = case.run(args);
    assert_eq!(outcome.succeeded(), format!("{LINK}\n"));
    outcome.said(&[
        "assume-env: this is an SSH session; open this link in a browser, which can be on any machine:\n",
    ]);
    let line = "assume-env --url --console dev --page lambda -r eu-west-1";
    assert_eq!(case.on_terminal(line).succeeded(), format!("{LINK}\n"));
    assert_eq!(words(&case).lines().count(), 1);
    no_service_was_asked(&case, &sso);
    assert_eq!(federation.connections(), 0);
    // A flag that shapes a session has no use for it, as everywhere.
    case.run(["--console", "dev", "--read-only"]).failed_silently(2, &["--read-only"]);
    case.run(["--console", "dev", "-r", "cn-north-1"])
        .failed_silently(1, &["the region cn-north-1 (--region) is not in the partition of the role Dev"]);
}

#[test]
fn a_role_without_a_profile_and_a_login_for_one_call_lead_to_the_console() {
    let (case, sso) = without_login();
    let (case, federation) = with_sign_in(case, BROWSER);
    let link = ["--console", "--url", "--page", "lambda", "-r", "eu-west-1"];
    let role = ["--sso-session", "corp", "123456789012:Dev"];
    assert_eq!(case.run([&link[..], &role].concat()).succeeded(), format!("{LINK}\n"));
    case.run([&link[..], &["--login-once"], &role].concat()).failed_silently(
        2,
        &["the link of the portal to the console needs no login, and --login-once is given\n"],
    );
    no_service_was_asked(&case, &sso);
    // A role that is assumed with the keys of the portal needs them.
    sso.start_url(START);
    let before = case.files();
    let outcome = case.run(["--console", "--url", "--login-once", "s3"]);
    assert!(
        outcome.succeeded().contains("/federation?Action=login&Issuer=https%3A%2F%2Fcorp"),
        "{}",
        outcome.out()
    );
    assert_eq!(federation.actions(), ["POST getSigninToken"]);
    let new: Vec<_> = case.files().into_keys().filter(|file| !before.contains_key(file)).collect();
    assert!(new.iter().all(|file| file.to_string_lossy().contains("browser.")), "{new:?}");
}

#[test]
fn a_chained_role_and_a_held_session_of_identity_center_have_keys() {
    let (case, sso) = corp();
    let (case, federation) = with_sign_in(case, BROWSER);
    case.run(["--console", "s3"]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials"]);
    case.was_asked(["AssumeRole"]);
    assert_eq!(federation.signed_in()[0].1.as_deref(), Some(START), "the issuer");
    let case = case.holding(["dev"]);
    let held = case.value("AWS_ACCESS_KEY_ID").expect("it is held").to_owned();
    case.run(["--console"]).succeeded();
    let sent: Value = serde_json::from_str(federation.requests()[2].param("Session")).expect("it is JSON");
    assert_eq!(sent["sessionId"], held);
    assert_eq!(sso.actions().len(), 2, "the portal was not asked again");
}

#[test]
fn where_no_browser_can_come_an_address_with_a_token_is_not_made() {
    for (name, value, why, names_browser) in [
        ("SSH_CONNECTION", "x", "this is an SSH session\n", false),
        // The tests can run in a container.
        ("ASSUME_ENV_BROWSER", "", "this ", true),
    ] {
        let (case, federation) = user();
        let case = case.var(name, value);
        let outcome = case.run(["--console", "s3"]);
        assert_eq!(outcome.stderr.contains("ASSUME_ENV_BROWSER"), names_browser, "{}", outcome.stderr);
        outcome.failed_silently(
            1,
            &[
                &format!("no browser can be opened here: {why}"),
                "  to a program:     assume-env --url --console s3 | PROGRAM\n",
                "  print it here:    assume-env --url --show --console s3\n",
            ],
        );
        case.nothing_was_asked();
        assert_eq!(federation.connections(), 0);
        case.run(["--console", "--url", "s3"]).succeeded();
    }
}

#[test]
fn a_browser_that_fails_is_said_and_no_token_is_asked_for() {
    let (case, federation) = user();
    let case = case.var("ASSUME_ENV_BROWSER", "false");
    case.run(["--console", "s3"]).failed_silently(1, &["opening the console"]).said(&[
        "assume-env: no browser opened (false: exit status: 1)\n  ASSUME_ENV_BROWSER names another browser",
        "  print it here:    assume-env --url --show --console s3\n",
    ]);
    assert_eq!(federation.connections(), 0);
    let (case, _sso) = without_login();
    let case = case.var("ASSUME_ENV_BROWSER", "/no/such-browser {url}");
    case.run(["--console", "dev"])
        .failed_silently(1, &["no browser opened (/no/such-browser: entity not found)\n"])
        .said(&["  to print the link instead: assume-env --url --console dev\n"]);
}

#[test]
fn only_the_exact_request_gets_the_address_and_only_once() {
    let (case, federation) = with_sign_in(Case::new(), WAITING);
    federation.fault(Fault::Delay(Duration::from_secs(1)));
    let (running, address) = waiting(&case, &["--console", "s3"]);
    let Address { host, path } = &address;
    for request in [
        format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET {path}/ HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET {path}?x HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", path.to_uppercase().replace("/", "/0")),
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("HEAD {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        "nonsense\r\n\r\n".to_owned(),
    ] {
        let page = answer(address.send(&request));
        assert!(page.starts_with("HTTP/1.1 404 Not Found\r\n"), "{request}: {page}");
    }
    assert_eq!(federation.connections(), 0, "no token was asked for");
    let (first, second) = (address.get(), address.get());
    let redirect = answer(first);
    let (head, body) = redirect.split_once("\r\n\r\n").expect("a head");
    let location = head.lines().find_map(|line| line.strip_prefix("Location: ")).expect("an address");
    assert!(head.starts_with("HTTP/1.1 302 Found\r\n") && body.is_empty(), "{redirect}");
    assert!(location.starts_with(&format!("{}/federation?Action=login&", federation.url())), "{location}");
    assert!(head.contains("\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"), "{head}");
    let again = answer(second);
    assert!(again.starts_with("HTTP/1.1 410 Gone\r\n") && !again.contains("SigninToken"), "{again}");
    running.end().succeeded();
    assert_eq!(federation.actions(), ["POST getSigninToken"]);
    assert!(TcpStream::connect(host).is_err(), "it listens no more");
}

/// Every user can read the address in the arguments of the browser.
#[test]
fn a_program_of_another_user_gets_nothing() {
    assert!(nix::unistd::geteuid().is_root(), "only root can become another user");
    let (case, federation) = with_sign_in(Case::new(), WAITING);
    let (running, address) = waiting(&case, &["--console", "s3"]);
    let other = Command::new(installed("setpriv"))
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "busybox", "wget", "-O", "-"])
        .arg(format!("http://{}{}", address.host, address.path))
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(!other.status.success() && other.stdout.is_empty() && said.contains("404 Not Found"), "{said}");
    assert_eq!(federation.connections(), 0);
    assert!(answer(address.get()).starts_with("HTTP/1.1 302 "), "the own user is still served");
    let outcome = running.end();
    outcome.succeeded();
    outcome.said(&[
        "assume-env: a program of another user (user id 65534) asked for the address of the console, and did not get it\n",
    ]);
}

/// Looks at the arguments of all processes, again and again, until `done`.
fn arguments_until(done: &AtomicBool, secrets: &[String]) -> (Vec<String>, bool) {
    let (mut found, mut has_seen_browser) = (Vec::new(), false);
    while !done.load(Ordering::SeqCst) {
        for entry in fs::read_dir("/proc").expect("Linux").flatten() {
            let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            has_seen_browser |= line.contains("http://127.0.0.1:") && line.contains("wget");
            found.extend(secrets.iter().any(|secret| line.contains(secret)).then_some(line));
        }
    }
    (found, has_seen_browser)
}

/// Ends the look at the arguments, also after a failure.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn no_process_has_the_token_or_a_key_in_its_arguments() {
    let (case, federation) = user();
    federation.fault(Fault::Delay(Duration::from_millis(300)));
    federation.fault(Fault::Delay(Duration::from_millis(300)));
    let case = case.holding(["s3"]);
    let encoded = sign_in_token(1).replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    let held = |name| case.value(name).expect("it is held").to_owned();
    let secrets = [sign_in_token(1), encoded, held("AWS_SECRET_ACCESS_KEY"), held("AWS_SESSION_TOKEN")];
    let done = AtomicBool::new(false);
    let (found, has_seen_browser) = std::thread::scope(|scope| {
        let look = scope.spawn(|| arguments_until(&done, &secrets));
        let ended = Ended(&done);
        case.run(["--console"]).succeeded();
        drop(ended);
        look.join().expect("it looked")
    });
    assert!(has_seen_browser, "it looked too late");
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(federation.signed_in().len(), 1);
}

#[test]
fn a_line_that_cannot_be_meant_is_a_usage_error() {
    let (case, federation) = user();
    for (args, parts) in [
        (&["--console", "s3", "--", "true"][..], "--console and -- COMMAND cannot be combined"),
        (&["--console", "-f", "fish", "s3"], "--format has no meaning for --console"),
        (&["--console", "--json", "s3"], "--json has no meaning for --console"),
        (&["--console", "--whoami", "s3"], "--console and --whoami cannot be combined"),
        (&["--console", "--show", "s3"], "--show has no meaning for --console without --url"),
        (&["--console", "--refresh", "s3"], "--refresh has no meaning for --console"),
        (
            &["--console", "--device-code", "s3"],
            "--device-code has no meaning without --login or --login-once",
        ),
        (&["--console", "s3", "ec2"], "ec2 is a second word after the role s3"),
        (&["--page", "ec2", "s3"], "--page has no meaning for printing the variables"),
        (&["--url", "s3"], "--url has no meaning for printing the variables"),
        (&["--console", "--page"], "--page needs a value"),
    ] {
        let outcome = case.run(args);
        let status = if args.contains(&"--") { 125 } else { 2 };
        assert_eq!(outcome.status.code(), Some(status), "{args:?}: {}", outcome.stderr);
        outcome.said(&[parts]);
        if args.contains(&"--console") {
            assert_eq!(outcome.out(), "", "{args:?}");
        }
    }
    case.nothing_was_asked();
    assert_eq!(federation.connections(), 0);
}

#[test]
fn the_function_of_a_hook_passes_the_words_on() {
    let (case, federation) = user();
    let script = r#"eval "$(assume-env --init posix)"; assume --console s3 && echo "status $?""#;
    assert_eq!(case.shell("dash", script).succeeded(), "status 0\n");
    assert_eq!(federation.signed_in().len(), 1);
}

/// A real browser: it opens connections ahead, asks for icons, and follows the redirect.
#[test]
fn chromium_is_sent_to_the_console() {
    let (case, federation) = with_sign_in(Case::new(), &chromium());
    let outcome = case.run(["--console", "s3", "--page", "s3"]);
    outcome.succeeded();
    let page = || fs::read_to_string(case.path("page")).unwrap_or_default();
    wait_until("the page", || page().contains("</html>"));
    assert!(page().contains("AWS console"), "{}", page());
    let asked = |action: &str| federation.actions().iter().filter(|made| *made == action).count();
    assert_eq!((asked("POST getSigninToken"), federation.signed_in().len()), (1, 1));
    let login = federation.requests().into_iter().find(|made| made.action == "GET login").expect("it came");
    assert_eq!(login.header("referer"), None);
}

#[test]
fn nothing_is_written() {
    for args in [&["--console", "s3"][..], &["--console", "--url", "s3"], &["--console", "--url", "dev"]] {
        let (case, _sso) = corp();
        let case = case.credentials(super::harness::CREDENTIALS);
        let (case, _federation) = with_sign_in(case, "#!/bin/sh\nbusybox wget -q -O /dev/null \"$1\"\n");
        let before = case.files();
        case.run(args).succeeded();
        assert_eq!(case.files(), before);
    }
}
