//! Signing in to IAM Identity Center, by both flows: what the browser gets, what is stored, and what goes wrong. Also signing out.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use serde_json::Value;

use super::harness::{Case, FIRST, Running, env_in, finish, start, wait_until};
use super::sso::{PROFILES, START, corp, token, without_login};
use super::terminal::CTRL_C;
use crate::support::{Consent, Fault, Sso, TokenFile, oidc};

/// A program that opens a page, as a browser does: it follows redirects, and fails as little.
const BROWSER: &str = "#!/bin/sh
# What it was started with, for the tests.
env >\"$HOME/browser.env\"
cat /proc/$$/stat >\"$HOME/browser.stat\"
printf '%s\\n' \"$@\" >>\"$HOME/browser.words\"
busybox wget -q -O /dev/null \"$1\" 2>/dev/null
exit 0
";

const LOGIN: &str = "assume-env --login --sso-session corp";

/// A user without a login, and with a browser.
fn user() -> (Case, Sso) {
    let (case, sso) = without_login();
    sso.start_url(START);
    let browser = case.program("browser", BROWSER);
    let case = case.var("ASSUME_ENV_BROWSER", browser);
    (case, sso)
}

/// Where the token of a session or a start URL is.
fn file(case: &Case, name: &str) -> PathBuf {
    TokenFile::path(case.path(""), name)
}

fn members(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("the file is there")).expect("it is JSON")
}

/// A user of a browser on another machine: opens a page of the service.
fn visit(sso: &Sso, target: &str) {
    let mut stream = TcpStream::connect(sso.address()).expect("it listens");
    let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    stream.read_to_end(&mut Vec::new()).expect("it answers");
}

fn wait_for(sso: &Sso, action: &str, count: usize) {
    wait_until(action, || sso.actions().iter().filter(|made| *made == action).count() >= count);
}

#[test]
fn a_browser_of_this_machine_signs_in_and_every_profile_of_the_session_has_the_login() {
    let (case, sso) = user();
    let case = case
        .var("AWS_ACCESS_KEY_ID", "AKIAOWN0000000000000")
        .var("AWS_SECRET_ACCESS_KEY", "own/secret+EXAMPLE")
        .var("AWS_PROFILE", "dev");
    let outcome = case.run(["--login", "s3"]);
    assert_eq!(outcome.succeeded(), "");
    outcome.said(&[
        &format!("assume-env: signing in to the sso-session corp, {START}\n"),
        "  if no browser opens, open this link in a browser of this machine:\n",
        &format!("  {}/authorize?response_type=code&client_id=", sso.url()),
        "assume-env: signed in to the sso-session corp\n  until ",
        ", and refreshed after that while IAM Identity Center permits it\n",
    ]);
    assert_eq!(sso.actions(), ["RegisterClient", "authorize", "CreateToken"]);
    let path = file(&case, "corp");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o7777;
    assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
    let token = members(&path);
    let names: Vec<&String> = token.as_object().expect("an object").keys().collect();
    assert_eq!(
        names,
        [
            "accessToken",
            "clientId",
            "clientSecret",
            "expiresAt",
            "refreshToken",
            "region",
            "registrationExpiresAt",
            "startUrl"
        ]
    );
    assert_eq!((&token["startUrl"], &token["region"]), (&START.into(), &"eu-west-1".into()));
    for name in ["expiresAt", "registrationExpiresAt"] {
        let text = token[name].as_str().expect("a text");
        assert!(text.len() == 20 && text.ends_with('Z'), "{text}");
    }
    // Nothing but the token is in the folder: no registration, no lock.
    let files = fs::read_dir(path.parent().expect("a folder")).expect("it can be read").count();
    assert_eq!(files, 1);
    for profile in ["dev", "s3", "far"] {
        case.run([profile]).succeeded();
    }
    // The browser has no variable of AWS or of this program, and a session of its own.
    let env = fs::read_to_string(case.path("browser.env")).expect("it ran");
    assert!(!env.contains("AWS_") && !env.contains("ASSUME_ENV_") && env.contains("HOME="), "{env}");
    let stat = fs::read_to_string(case.path("browser.stat")).expect("it ran");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let pid = stat.split(' ').next().expect("a number");
    assert_eq!(fields[3], pid, "the session is the browser's own");
    let words = fs::read_to_string(case.path("browser.words")).expect("it ran");
    assert!(!words.contains("TEST") && words.lines().count() == 1, "{words}");
}

#[test]
fn the_login_is_named_by_a_session_a_profile_the_environment_or_is_the_only_one() {
    for (args, vars) in [
        (&["--login", "--sso-session", "corp"][..], &[][..]),
        (&["--login", "dev"], &[]),
        (&["--login", "far"], &[]),
        (&["--login"], &[("AWS_PROFILE", "s3")]),
        (&["--login"], &[]),
    ] {
        let (case, sso) = user();
        let case = vars.iter().fold(case, |case, (name, value)| case.var(name, value));
        case.run(args).succeeded();
        assert!(file(&case, "corp").exists(), "{args:?} {:?}", sso.actions());
    }
    let (case, sso) = user();
    let section =
        "[sso-session other]\nsso_start_url = https://other.example/start\nsso_region = eu-west-1\n";
    let case = case
        .more_config(section)
        .more_config("[profile static]\naws_access_key_id = AKIAX\naws_secret_access_key = y\n");
    case.run(["--login"]).failed_silently(
        2,
        &[
            "no profile is named, and there are 2 sso-sessions\n",
            ": assume-env --login --sso-session corp | other\n",
        ],
    );
    case.run(["--login", "static"]).failed_silently(
        1,
        &["the profile static (", "does not use IAM Identity Center", "--sso-session corp | other"],
    );
    case.run(["--login", "nosuch"]).failed_silently(1, &["there is no profile nosuch"]);
    case.run(["--login", "--sso-session", "nosuch"])
        .failed_silently(1, &["there is no section [sso-session nosuch] (--sso-session)"]);
    for args in [
        &["--login", "dev", "--sso-session", "corp"][..],
        &["--logout", "dev", "--all"],
        &["--logout", "--all", "--sso-session", "corp"],
        &["--login", "-"],
        &["--device-code", "dev"],
        &["--login", "--all"],
    ] {
        assert_eq!(case.run(args).status.code(), Some(2), "{args:?}");
    }
    let case = case.config("[profile x]\nregion = eu-west-1\n");
    case.run(["--login"]).failed_silently(
        1,
        &[
            "no profile is named, and no [sso-session] section is in ",
            "or write a section: [sso-session NAME]",
        ],
    );
    let case = case.config("[sso-session corp]\nsso_region = eu-west-1\n");
    case.run(["--login"])
        .failed_silently(1, &["the sso-session corp has no sso_start_url (", "add sso_start_url"]);
    assert!(sso.requests().is_empty());
}

#[test]
fn over_ssh_a_browser_of_another_machine_signs_in() {
    let (case, sso) = user();
    let case = case.var("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22").var("DISPLAY", ":10");
    let running = start(case.assume_env(["--login", "dev"]));
    wait_for(&sso, "CreateToken", 1);
    visit(&sso, "/device?user_code=ABCD-0001");
    let outcome = running.end();
    outcome.succeeded();
    outcome.said(&[
        "signing in to the sso-session corp, https://corp.awsapps.com/start (this is an SSH session, so the browser can be on any machine)\n",
        "  the page must show this code: ABCD-0001\n",
        &format!("open this link in any browser, or {}/device and type the code:\n", sso.url()),
        &format!("  {}/device?user_code=ABCD-0001\n", sso.url()),
        "signed in to the sso-session corp\n",
    ]);
    assert!(!case.path("browser.words").exists(), "no browser is opened here");
    let token = members(&file(&case, "corp"));
    assert_eq!(token["refreshToken"], oidc::refresh_token(1), "the scope asks for it");
    case.run(["dev"]).succeeded();
}

#[test]
fn a_profile_without_a_session_signs_in_by_its_start_url() {
    let (case, sso) = user();
    case.run(["--login", "old"]).succeeded();
    assert_eq!(sso.actions()[..2], ["RegisterClient", "StartDeviceAuthorization"]);
    let token = members(&file(&case, START));
    // Without a scope the real service gives a token of eight hours; no tool refreshes it.
    assert!(token.get("refreshToken").is_none(), "{token}");
    assert_eq!(token.as_object().expect("an object").len(), 7);
    case.run(["old"]).succeeded();
    case.run(["dev"]).failed(1, &["does not exist", LOGIN]);
}

#[test]
fn the_scopes_of_the_session_are_asked_for() {
    let (case, sso) = user();
    let case = case.config(PROFILES.replacen(
        "sso_region = eu-west-1",
        "sso_region = eu-west-1\nsso_registration_scopes = sso:account:access, codewhisperer:completions",
        1,
    ));
    case.run(["--login", "dev"]).succeeded();
    let body: Value = serde_json::from_str(&sso.requests()[0].body).expect("it is JSON");
    assert_eq!(body["scopes"], serde_json::json!(["sso:account:access", "codewhisperer:completions"]));
    let case = case.config(PROFILES.replacen(
        "sso_region = eu-west-1",
        "sso_region = eu-west-1\nsso_registration_scopes = all",
        1,
    ));
    case.run(["--login", "dev"]).failed_silently(
        1,
        &[
            "IAM Identity Center does not accept the scopes all: InvalidScopeException: Invalid scope all",
            "check sso_registration_scopes",
        ],
    );
}

#[test]
fn no_browser_is_opened_where_the_user_opens_it() {
    let (case, sso) = user();
    let running = start(case.assume_env(["--login", "--no-browser", "--device-code"]));
    wait_for(&sso, "CreateToken", 1);
    visit(&sso, "/device?user_code=ABCD-0001");
    running.end().succeeded();
    assert!(!case.path("browser.words").exists());
}

/// What goes wrong in the browser or at the service: one message, no token, and the old one as before.
#[test]
fn a_sign_in_that_fails_leaves_the_old_token() {
    let deny =
        "the sign-in was denied in the browser\n  to try again: assume-env --login --sso-session corp\n";
    let failed = Consent::Fail("server_error".into(), "try <later>".into());
    let cases: [(&[&str], Consent, &[&str]); 4] = [
        (&["--login", "dev"], Consent::Deny, &[deny]),
        (&["--login", "dev", "--device-code"], Consent::Deny, &[deny]),
        (&["--login", "dev"], failed, &["the sign-in failed in the browser: server_error: try <later>\n"]),
        (
            &["--login", "dev", "--device-code"],
            Consent::Nothing,
            &["the sign-in was not finished within 2s\n  to try again: "],
        ),
    ];
    for (args, consent, parts) in cases {
        let (case, sso) = user();
        token().expires_in(-100).write(case.path(""), "corp");
        let before = fs::read(file(&case, "corp")).expect("it is there");
        sso.consent(consent).device_seconds(2);
        let outcome = case.run(args);
        assert_eq!((outcome.status.code(), outcome.out()), (Some(1), ""), "{}", outcome.stderr);
        outcome.said(parts);
        assert_eq!(fs::read(file(&case, "corp")).expect("it is there"), before);
        let files =
            fs::read_dir(file(&case, "corp").parent().expect("a folder")).expect("it can be read").count();
        assert_eq!(files, 1, "nothing is left");
    }
}

#[test]
fn a_start_url_that_the_region_does_not_know_is_said_before_a_browser_opens() {
    for args in [&["--login", "dev"][..], &["--login", "dev", "--device-code"]] {
        let (case, sso) = user();
        sso.start_url("https://another.awsapps.com/start");
        case.run(args).failed_silently(
            1,
            &[
                "IAM Identity Center in the region eu-west-1 (",
                "does not accept the start URL https://corp.awsapps.com/start (",
                "InvalidRequestException: Invalid start url provided\n",
                "check sso_region and sso_start_url",
            ],
        );
        assert!(!case.path("browser.words").exists());
    }
}

#[test]
fn a_service_that_fails_for_a_moment_is_asked_again() {
    let (case, sso) = user();
    sso.fault(Fault::oidc(500, "InternalServerException", "server_error", "oops"));
    case.run(["--login", "dev"]).succeeded();
    assert_eq!(sso.actions(), ["RegisterClient", "RegisterClient", "authorize", "CreateToken"]);
    // While the user takes time, a poll can fail.
    let (case, sso) = user();
    for fault in [Fault::Pass, Fault::Pass, Fault::Pass, Fault::Reset, Fault::html(502)] {
        sso.fault(fault);
    }
    sso.consent(Consent::Nothing);
    let running = start(case.assume_env(["--login", "dev", "--device-code"]));
    wait_for(&sso, "CreateToken", 2);
    sso.consent(Consent::Approve);
    visit(&sso, "/device?user_code=ABCD-0001");
    running.end().succeeded();
}

#[test]
fn a_service_that_wants_fewer_polls_gets_them_later() {
    let (case, sso) = user();
    sso.consent(Consent::Ahead).fault(Fault::Pass).fault(Fault::Pass);
    sso.fault(Fault::oidc(400, "SlowDownException", "slow_down", "Slow down"));
    let begin = std::time::Instant::now();
    case.run(["--login", "dev", "--device-code", "--no-browser"]).succeeded();
    let took = begin.elapsed().as_secs();
    // One second of this service, and five more (RFC 8628, section 3.5).
    assert!((6..20).contains(&took), "{took} s");
    assert_eq!(sso.actions()[2..], ["CreateToken", "CreateToken"]);
}

#[test]
fn a_service_that_refuses_says_why() {
    for (fault, parts) in [
        (Fault::html(403), &["(status 403) is not an answer of IAM Identity Center"][..]),
        (Fault::status(200, "{}"), &["it has no clientId or clientSecret"]),
        (
            Fault::oidc(400, "UnauthorizedClientException", "unauthorized_client", "not here"),
            &[
                "IAM Identity Center refused RegisterClient: UnauthorizedClientException: not here\n",
                "  try again in a minute, and check sso_region and sso_start_url\n",
            ],
        ),
        (Fault::Cut { after: 30 }, &["IAM Identity Center did not answer"]),
    ] {
        let (case, sso) = user();
        sso.always(fault);
        case.run(["--login", "dev"]).failed_silently(1, parts);
        assert!(!file(&case, "corp").exists());
    }
}

#[test]
fn a_page_that_is_no_web_address_is_not_opened() {
    for bad in ["file:///etc/passwd", "javascript:alert(1)", "--help", "https://x.example/ --flag", ""] {
        let (case, sso) = user();
        sso.fault(Fault::Pass).fault(Fault::replace_member("verificationUri", bad));
        case.run(["--login", "dev", "--device-code"])
            .failed_silently(1, &["its verificationUri is not a web address"]);
        assert!(!case.path("browser.words").exists());
    }
}

#[test]
fn another_state_is_refused_and_the_right_one_still_counts() {
    let (case, sso) = user();
    sso.consent(Consent::OtherState);
    let twice = BROWSER.replace("exit 0", "sleep 1\nbusybox wget -q -O /dev/null \"$1\"\nexit 0");
    let browser = case.program("browser", &twice);
    let case = case.var("ASSUME_ENV_BROWSER", browser);
    let running = start(case.assume_env(["--login", "dev"]));
    wait_for(&sso, "authorize", 1);
    sso.consent(Consent::Approve);
    running.end().succeeded();
    assert_eq!(sso.actions(), ["RegisterClient", "authorize", "authorize", "CreateToken"]);
}

#[test]
fn a_browser_that_fails_is_said_and_the_link_still_works() {
    let (case, sso) = user();
    let browser = case.program("broken", "#!/bin/sh\necho noise; echo noise >&2; exit 3\n");
    for (program, why) in [
        (browser.display().to_string(), "exit status: 3)"),
        ("/no/such-browser {url}".to_owned(), "/no/such-browser: entity not found)"),
    ] {
        let case = Case::with(crate::support::Sts::http(super::harness::world()))
            .config(PROFILES)
            .var("AWS_ENDPOINT_URL_SSO_OIDC", sso.url())
            .var("ASSUME_ENV_BROWSER", &program);
        let begin = sso.actions().iter().filter(|made| *made == "StartDeviceAuthorization").count();
        let running = start(case.assume_env(["--login", "dev", "--device-code"]));
        wait_for(&sso, "StartDeviceAuthorization", begin + 1);
        std::thread::sleep(std::time::Duration::from_millis(700));
        visit(&sso, &format!("/device?user_code=ABCD-{:0>4}", begin + 1));
        let outcome = running.end();
        outcome.succeeded();
        outcome.said(&[
            "assume-env: no browser opened (",
            why,
            "open the link above by hand, or set ASSUME_ENV_BROWSER",
        ]);
        assert!(!outcome.stderr.contains("noise"), "{}", outcome.stderr);
    }
}

#[test]
fn a_file_that_another_program_left_half_written_is_replaced() {
    for text in ["", "{\"accessToken\": \"x", "[]"] {
        let (case, _sso) = user();
        token().write(case.path(""), "corp");
        fs::write(file(&case, "corp"), text).expect("it can be written");
        case.run(["--login", "dev"]).succeeded();
        assert_eq!(members(&file(&case, "corp"))["accessToken"], oidc::access_token(1));
    }
}

#[test]
fn a_full_disk_leaves_the_old_token() {
    let (case, _sso) = user();
    let browser = case.program("browser", "#!/bin/sh\nbusybox wget -q -O /dev/null \"$1\"\nexit 0\n");
    let case = case.var("ASSUME_ENV_BROWSER", browser);
    token().expires_in(-100).write(case.path(""), "corp");
    let before = case.files();
    // The user of the tests can write anywhere, so the size of files is limited.
    let outcome = case.shell("bash", "trap '' XFSZ; ulimit -f 0; exec assume-env --login dev");
    outcome.failed_silently(
        1,
        &[
            "the sign-in succeeded, but the token cannot be stored in ",
            "the old token, if any, is unchanged: check the free space",
            LOGIN,
        ],
    );
    assert_eq!(case.files(), before);
}

#[test]
fn a_folder_that_cannot_be_written_is_said_before_a_browser_opens() {
    let (case, sso) = user();
    fs::create_dir_all(case.path(".aws/sso")).expect("it can be written");
    fs::write(case.path(".aws/sso/cache"), "a file").expect("it can be written");
    case.run(["--login", "dev"]).failed_silently(1, &["the folder ", ".aws/sso/cache cannot be written"]);
    assert!(sso.requests().is_empty());
}

/// Starts two sign-ins, the second one while the first waits for its user.
fn two(case: &Case, sso: &Sso) -> (Running, Running) {
    sso.consent(Consent::Nothing);
    let first = start(case.assume_env(["--login", "dev", "--device-code"]));
    wait_for(sso, "CreateToken", 1);
    let second = start(case.assume_env(["--login", "s3"]));
    std::thread::sleep(std::time::Duration::from_millis(700));
    (first, second)
}

#[test]
fn of_two_terminals_one_signs_in_and_the_other_takes_the_login() {
    let (case, sso) = user();
    let (first, second) = two(&case, &sso);
    sso.consent(Consent::Approve);
    visit(&sso, "/device?user_code=ABCD-0001");
    first.end().succeeded();
    let second = second.end();
    second.succeeded();
    second.said(&[
        "assume-env: another terminal is signing in; waiting for it, Ctrl-C ends the wait\n",
        "assume-env: the other terminal signed in to the sso-session corp\n",
    ]);
    assert_eq!(sso.actions().iter().filter(|made| *made == "RegisterClient").count(), 1);
    let words = fs::read_to_string(case.path("browser.words")).expect("it ran");
    assert_eq!(words.lines().count(), 1, "one browser: {words}");
}

#[test]
fn a_terminal_that_waited_for_nothing_fails_and_opens_no_browser() {
    let (case, sso) = user();
    let (first, second) = two(&case, &sso);
    first.signal(Signal::SIGTERM);
    assert_eq!(first.end().signal(), Some(15));
    let second = second.end();
    second.failed_silently(1, &["another terminal was signing in"]);
    second.said(&["the sign-in was not finished there\n", &format!("to try again: {LOGIN}\n")]);
    assert_eq!(sso.actions().iter().filter(|made| *made == "RegisterClient").count(), 1);
}

#[test]
fn a_role_without_a_login_offers_it_on_a_terminal() {
    for (old, question) in [
        (None, "assume-env: the login of the sso-session corp does not exist: Enter signs in"),
        (Some(-7200), "assume-env: the login of the sso-session corp expired 2h ago: Enter signs in"),
    ] {
        let (case, sso) = user();
        if let Some(seconds) = old {
            token().expires_in(seconds).write(case.path(""), "corp");
        }
        let mut terminal = case.terminal("dash", &["-c", r#"eval "$(assume-env s3)" && env -0 >after"#]);
        terminal.expect(question);
        terminal.expect(&format!("(later: {LOGIN}) "));
        terminal.send("\r");
        terminal.expect("signed in to the sso-session corp");
        let (status, shown) = terminal.end();
        assert!(status.success(), "{shown}");
        assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], super::harness::SECOND);
        assert_eq!(sso.actions(), ["RegisterClient", "authorize", "CreateToken", "GetRoleCredentials"]);
    }
    // A token that the portal does not accept is found out after a request.
    let (case, _sso) = user();
    token().write(case.path(""), "corp");
    let mut terminal = case.terminal("dash", &["-c", "assume-env dev -- env -0 >after"]);
    terminal.expect("the login of the sso-session corp is not accepted any more: Enter signs in");
    terminal.send("\r");
    assert!(terminal.end().0.success());
    assert_eq!(env_in(&case.path("after"))["AWS_ACCESS_KEY_ID"], FIRST);
}

#[test]
fn a_sign_in_that_is_not_wanted_names_the_command() {
    let command = format!("log in, then try again: {LOGIN}");
    for typed in ["no\r", "\u{4}"] {
        let (case, sso) = user();
        let mut terminal = case.terminal("dash", &["-c", r#"eval "$(assume-env dev)" && echo rea''ched"#]);
        terminal.expect("Enter signs in");
        terminal.send(typed);
        terminal.expect(&command);
        let (status, shown) = terminal.end();
        assert!(!status.success() && !shown.contains("reached"), "{shown}");
        assert!(sso.requests().is_empty());
    }
    // After Ctrl-C, the line of the question names it.
    let (case, sso) = user();
    let mut terminal =
        case.terminal("dash", &["-c", r#"trap : INT; eval "$(assume-env dev)" && echo rea''ched; stty -a"#]);
    terminal.expect(&format!("(later: {LOGIN}) "));
    terminal.send(CTRL_C);
    let (_, shown) = terminal.end();
    assert!(!shown.contains("reached") && shown.contains(" echo "), "{shown}");
    assert!(sso.requests().is_empty());
}

#[test]
fn a_script_is_never_asked_to_sign_in() {
    let (case, sso) = user();
    let line = format!("log in, then try again: {LOGIN}\n");
    case.run_without_terminal(["dev"]).failed(1, &["does not exist", &line]);
    case.run_without_terminal(["dev", "--", "true"]).failed_silently(125, &[&line]);
    for flags in ["-q dev | cat", "-f json dev | cat", "--whoami --json dev", "dev 2>err | cat; cat err"] {
        let out = case.on_terminal(&format!("assume-env {flags}; true"));
        assert!(!out.out().contains("Enter signs in"), "{flags}: {}", out.out());
        out.said_on_stdout(&[line.trim_end()]);
    }
    // A job in the background fails as well, and is not stopped.
    let mut terminal = case.terminal("dash", &["-c", "set -m; assume-env dev -- true & wait; echo en''ded"]);
    let shown = terminal.expect("ended");
    assert!(shown.contains(line.trim_end()) && !shown.contains("Enter signs in"), "{shown}");
    drop(terminal);
    assert!(sso.requests().is_empty());
}

#[test]
fn status_and_explain_say_how_long_the_login_lasts() {
    let (case, _sso) = user();
    let none = case.run(["--explain", "dev"]);
    none.said_on_stdout(&[&format!("     login          none; to sign in: {LOGIN}\n")]);
    case.run(["--login", "dev"]).succeeded();
    let words = ", and refreshed after that while IAM Identity Center permits it\n";
    case.run(["--explain", "s3"]).said_on_stdout(&["     login          until ", " (in ", words]);
    let plan = case.run(["--explain", "--json", "dev"]).json();
    let login = &plan["source"]["login"];
    assert!(login["seconds_left"].as_i64().is_some_and(|left| (3500..=3600).contains(&left)), "{login}");
    assert_eq!((&login["session"], &login["refreshed"]), (&"corp".into(), &true.into()));
    {
        let (case, _sso) = corp();
        let case = case.holding(["dev"]);
        case.run(["--status"]).said_on_stdout(&["login      until ", " (in "]);
        let status = case.run(["--status", "--json"]).json();
        assert_eq!(status["login"]["session"], "corp");
        // A token that cannot be refreshed, and files that cannot be used.
        token().expires_in(-60).write(case.path(""), "corp");
        case.run(["--status"])
            .said_on_stdout(&["login      expired ", &format!(" ago; to sign in: {LOGIN}\n")]);
        let case = case.config("[profile dev\n");
        assert!(!case.run(["--status"]).succeeded().contains("login "));
    }
    let (case, _sso) = corp();
    let static_keys = super::harness::CREDENTIALS.replace("[base]", "[own]");
    let case = case.credentials(static_keys).holding(["own"]);
    assert!(!case.run(["--status"]).succeeded().contains("login "), "the keys are of no login");
}

#[test]
fn a_login_is_ended_by_its_name() {
    let (case, sso) = user();
    case.run(["--logout", "dev"]).said(&["assume-env: there is no login of the sso-session corp\n"]);
    case.run(["--login", "dev"]).succeeded();
    token().write(case.path(""), "another");
    let outcome = case.run(["--logout"]);
    assert_eq!(outcome.succeeded(), "");
    outcome.said(&[
        "assume-env: signed out of the sso-session corp; keys that are out already work until they expire\n",
    ]);
    assert_eq!(sso.actions().last().map(String::as_str), Some("Logout"));
    assert!(!file(&case, "corp").exists() && file(&case, "another").exists());
    case.run(["dev"]).failed(1, &["does not exist", LOGIN]);
    // A login that is over already, and a file that is no token.
    token().write(case.path(""), "corp");
    case.run(["--logout"])
        .said(&["the login of the sso-session corp was over already; its token is removed\n"]);
    fs::write(file(&case, "corp"), "{").expect("it can be written");
    case.run(["--logout"]).said(&["was over already"]);
    assert!(!file(&case, "corp").exists());
}

#[test]
fn a_portal_that_does_not_confirm_the_end_is_said() {
    let (case, sso) = corp();
    sso.always(Fault::portal(500, "InternalServerException", "oops"));
    case.run(["--logout", "dev"]).failed_silently(
        1,
        &["the token is removed from this machine, but IAM Identity Center did not confirm the end of the login: "],
    );
    assert!(!file(&case, "corp").exists());
}

#[test]
fn all_logins_are_ended_as_the_aws_cli_does() {
    let (case, sso) = corp();
    fs::create_dir_all(case.path(".aws/cli/cache")).expect("it can be written");
    case.file(".aws/cli/cache/a.json", "{\"ProviderType\": \"sso\", \"Credentials\": {}}");
    case.file(".aws/cli/cache/b.json", "{\"ProviderType\": \"assume-role\"}");
    case.file(
        ".aws/sso/cache/registration.json",
        "{\"clientId\": \"x\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}",
    );
    let outcome = case.run(["--logout", "--all"]);
    outcome.succeeded();
    outcome.said(&["assume-env: signed out of 2 logins; removed the keys of 1 roles from "]);
    assert_eq!(sso.actions(), ["Logout", "Logout"]);
    let left: Vec<PathBuf> = case.files().into_keys().collect();
    let has = |name: &str| left.iter().any(|path| path.ends_with(name));
    assert!(has("registration.json") && has("b.json") && !has("a.json"), "{left:?}");
    assert!(!file(&case, "corp").exists() && !file(&case, START).exists());
    case.run(["--logout", "--all"]).said(&["assume-env: signed out of 0 logins\n"]);
}

/// A real browser: it opens connections ahead, asks for icons, and follows the redirect.
#[test]
fn chromium_comes_back_and_shows_the_page() {
    let (case, sso) = user();
    let browser = case.program("browser", &super::harness::chromium());
    let case = case.var("ASSUME_ENV_BROWSER", browser);
    let outcome = case.run(["--login", "dev"]);
    outcome.succeeded();
    assert!(!outcome.stderr.contains("no browser opened"), "{}", outcome.stderr);
    let page = || fs::read_to_string(case.path("page")).unwrap_or_default();
    wait_until("the page", || page().contains("</html>"));
    assert!(page().contains("assume-env has the answer"), "{}", page());
    assert_eq!(sso.actions().iter().filter(|made| *made == "CreateToken").count(), 1);
}

/// The AWS CLI and boto3 are the next users of the token: they take it, refresh it, and leave one that assume-env takes.
#[test]
fn the_aws_cli_and_boto3_share_the_login() {
    const BOTO3: &str =
        "import boto3; print(boto3.Session(profile_name='dev').client('sts').get_caller_identity()['Arn'])";
    let clients: [(&str, &[&str]); 2] = [
        ("aws", &["sts", "get-caller-identity", "--profile", "dev", "--query", "Arn", "--output", "text"]),
        ("python3", &["-c", BOTO3]),
    ];
    for (program, args) in clients {
        let (case, sso) = user();
        let case = case.var("AWS_DEFAULT_REGION", "eu-west-1");
        case.run(["--login", "dev"]).succeeded();
        let ask = || {
            let mut command = case.command(of_clients(program));
            command.args(args);
            let outcome = finish(command);
            assert!(outcome.succeeded().contains("assumed-role/AWSReservedSSO_Dev_"), "{}", outcome.out());
        };
        ask();
        assert_eq!(sso.actions()[2..], ["CreateToken", "GetRoleCredentials"], "{program}");
        // In the last 15 minutes of a token, botocore refreshes it, for which it needs all members.
        let path = file(&case, "corp");
        let mut token = members(&path);
        token["expiresAt"] =
            crate::support::clock::extended(time::OffsetDateTime::now_utc() + time::Duration::minutes(10))
                .into();
        fs::write(&path, token.to_string()).expect("it can be written");
        ask();
        assert_eq!(sso.actions()[4..], ["CreateToken", "GetRoleCredentials"], "{program}");
        assert_eq!(members(&path)["accessToken"], oidc::access_token(2), "{program}");
        case.run(["dev"]).succeeded();
        assert_eq!(sso.actions()[6..], ["GetRoleCredentials"], "{program}");
    }
}

/// A program of the Python environment of tests/walk.
fn of_clients(program: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/walk-venv/bin").join(program);
    assert!(path.exists(), "{} is missing: tests/run puts it there", path.display());
    path
}
