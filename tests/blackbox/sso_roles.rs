//! Roles of IAM Identity Center without a profile, the list of them, and a login that is stored nowhere.

use std::fs;

use serde_json::json;

use super::harness::{ACCOUNT, Case, FIRST, aws_only, env_in};
use super::sso::{BEARER, START, corp, token, without_login};
use crate::support::{Consent, Fault, Sso, TokenFile};

const DEV: &str = "123456789012:Dev";
const OTHER: &str = "210987654321";

/// A user who is logged in, with roles in three accounts, two of which have one name.
fn user() -> (Case, Sso) {
    let (case, sso) = corp();
    assign(&sso);
    (case, sso)
}

fn assign(sso: &Sso) {
    sso.assign(ACCOUNT, "Admin").account(ACCOUNT, "Data: Platform/eu");
    sso.assign(OTHER, "Dev")
        .account(OTHER, "Web")
        .assign("333333333333", "Dev")
        .account("333333333333", "Web");
}

fn browser(case: Case) -> Case {
    let program = "#!/bin/sh\nbusybox wget -q -O /dev/null \"$1\" 2>/dev/null\nexit 0\n";
    let browser = case.program("browser", program);
    case.var("ASSUME_ENV_BROWSER", browser)
}

#[test]
fn a_role_is_named_by_its_account_and_the_session() {
    let (case, sso) = user();
    let before = case.files();
    let run = case.run(["--sso-session", "corp", DEV, "--", "env", "-0"]);
    let env = aws_only(&run.env());
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", FIRST),
        ("AWS_ACCOUNT_ID", ACCOUNT),
        ("ASSUME_ENV_PROFILE", DEV),
        ("ASSUME_ENV_SOURCE", ":sso:corp"),
    ] {
        assert_eq!(env.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!env.contains_key("ASSUME_ENV_ROLE_ARN") && !env.contains_key("AWS_PROFILE"), "{env:?}");
    assert_eq!(sso.actions(), ["GetRoleCredentials"]);
    case.nothing_was_asked();
    assert_eq!(case.files(), before);
}

#[test]
fn a_role_is_named_by_the_exact_name_of_its_account() {
    let (case, sso) = user();
    let run = case.run(["-v", "--sso-session", "corp", "Data: Platform/eu:Admin", "--", "env", "-0"]);
    run.said(&["has the role Admin in account 123456789012 of IAM Identity Center, sso-session corp\n"]);
    run.said(&["assume-env: the account Data: Platform/eu is 123456789012\n"]);
    assert_eq!(run.env()["ASSUME_ENV_PROFILE"], "123456789012:Admin");
    assert_eq!(sso.actions(), ["ListAccounts", "GetRoleCredentials"]);
    for (typed, parts) in [
        (
            "Web:Dev",
            &["2 accounts have the name Web: 210987654321, 333333333333", "by its twelve digits"][..],
        ),
        (
            "web:Dev",
            &["the sso-session corp has no account web in which you have a role", "did you mean Web"],
        ),
        ("Nothing:Dev", &["has no account Nothing", "--sso-roles lists your accounts"]),
    ] {
        case.run(["--sso-session", "corp", typed]).failed(1, parts);
    }
    assert_eq!(sso.actions()[2..], ["ListAccounts"; 3]);
    // Quiet: the name is not said, and the role is the same.
    let run = case.run(["-q", "--sso-session", "corp", "Data: Platform/eu:Admin", "--", "true"]);
    assert_eq!(run.stderr, "");
}

#[test]
fn without_the_flag_the_same_words_are_a_role_of_sts() {
    let (case, sso) = user();
    let case = case.with_keys_in_environment();
    case.run([DEV]).failed(1, &["arn:aws:iam::123456789012:role/Dev"]);
    assert_eq!(sso.connections(), 0);
    case.was_asked(["AssumeRole"]);
}

#[test]
fn a_session_of_such_a_role_is_renewed_and_reused_as_one() {
    let (case, sso) = user();
    let case = case.holding(["--sso-session", "corp", DEV]);
    // Renewed: the portal again, and no other service.
    case.run(["--", "true"]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials"]);
    case.run([""; 0]).succeeded();
    case.run(["--renew"]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials"; 3]);
    // Named again with the flag, it is reused.
    case.run(["--sso-session", "corp", DEV]).succeeded();
    assert_eq!(sso.actions().len(), 3);
    case.nothing_was_asked();
    // Named without the flag, it is a role of STS, assumed with the session.
    case.run([DEV]).failed(1, &["arn:aws:iam::123456789012:role/Dev"]);
    case.was_asked(["AssumeRole"]);
    // Another role, and back.
    let case = case.holding(["--sso-session", "corp", "123456789012:Admin"]);
    let env = case.run(["-", "--", "env", "-0"]).env();
    assert_eq!((&*env["ASSUME_ENV_PROFILE"], &*env["ASSUME_ENV_SOURCE"]), (DEV, ":sso:corp"));
}

#[test]
fn another_start_url_under_the_same_name_is_another_source() {
    let (case, sso) = user();
    let case = case.holding(["--sso-session", "corp", DEV]);
    let config = fs::read_to_string(case.path(".aws/config")).expect("it is there");
    fs::write(case.path(".aws/config"), config.replace(START, "https://new.awsapps.com/start"))
        .expect("written");
    let asked = sso.actions().len();
    case.run([""; 0]).failed(1, &["starts from", "other keys"]);
    assert_eq!(sso.actions().len(), asked);
    let config = fs::read_to_string(case.path(".aws/config")).expect("it is there");
    fs::write(case.path(".aws/config"), config.replace("[sso-session corp]", "[sso-session co]"))
        .expect("written");
    case.run([""; 0]).failed(1, &["there is no section [sso-session corp] (the variable ASSUME_ENV_SOURCE)"]);
}

#[test]
fn questions_about_such_a_session_are_answered() {
    let (case, _sso) = user();
    let plan = case.run(["--explain", "--sso-session", "corp", DEV]);
    plan.said_on_stdout(&["role Dev in account 123456789012 of IAM Identity Center, sso-session corp"]);
    let json = case.run(["--explain", "--json", "--sso-session", "corp", DEV]).json();
    assert_eq!((&json["source"]["session"], &json["source"]["role_name"]), (&json!("corp"), &json!("Dev")));
    case.run(["--explain", "--sso-session", "corp", "Web:Dev"]).failed_silently(
        1,
        &["only IAM Identity Center knows which account has the name Web", "twelve digits"],
    );
    let case = case.holding(["--sso-session", "corp", DEV]);
    let status = case.run(["--status"]);
    status.said_on_stdout(&[DEV, "123456789012", "login"]);
    assert_eq!(status.stderr, "", "no warning of a profile with the name of a role");
    case.run(["--whoami"]).said_on_stdout(&["arn:aws:sts::123456789012:assumed-role/"]);
}

#[test]
fn keys_of_such_a_role_renew_themselves() {
    let (case, sso) = user();
    let run = case.run(["--refresh", "--sso-session", "corp", "Data: Platform/eu:Dev", "--", "env", "-0"]);
    assert!(run.env().contains_key("AWS_CONTAINER_CREDENTIALS_FULL_URI"), "{}", run.stderr);
    assert_eq!(sso.actions(), ["ListAccounts", "GetRoleCredentials"]);
}

#[test]
fn a_line_that_names_no_role_or_two_sources_is_refused() {
    let (case, sso) = user();
    for (args, parts) in [
        (&["--sso-session", "corp"][..], &["no role is given", "--sso-roles corp lists"][..]),
        (&["--sso-session", "corp", "dev"], &["dev is not ACCOUNT:ROLE", "leave --sso-session out"]),
        (&["--sso-session", "corp", "123456789012:"], &["is not ACCOUNT:ROLE"]),
        (&["--sso-session", "corp", "arn:aws:iam::123456789012:role/Dev"], &["is not ACCOUNT:ROLE"]),
        (&["--sso-session", "corp", "-"], &["--sso-session and - cannot be combined"]),
        (&["--sso-session", "corp", "--renew"], &["--sso-session and --renew"]),
        (&["--sso-session", "corp", "--source-profile", "dev", DEV], &["--sso-session and --source-profile"]),
        (&["--sso-session", "corp", "--duration", "1h", DEV], &["--duration has no effect here"]),
        (&["--sso-session", "corp", "--read-only", DEV], &["--read-only has no effect here"]),
        (&["--device-code", DEV], &["--device-code has no meaning without --login or --login-once"]),
        (&["--login-once", "--refresh", "dev", "--", "true"], &["--login-once and --refresh"]),
        (&["--sso-roles", "corp", "--json", "--as-profiles", "a"], &["--json and --as-profiles"]),
        (&["--sso-roles", "corp", "--as-profiles", "{x}"], &["{x} does not exist", "{account_name}"]),
        (&["--sso-roles", "corp", "--sso-session", "corp"], &["name a login"]),
        (&["--list", "--sso-session", "corp"], &["no meaning for --list"]),
    ] {
        let run = case.run(args);
        assert!(matches!(run.status.code(), Some(2 | 125)), "{args:?}: {}", run.stderr);
        run.said(parts);
    }
    case.run(["--sso-session", "corq", DEV]).failed(1, &["no section [sso-session corq] (--sso-session)"]);
    case.run(["--sso-session", "corp", "333333333333:Nope"])
        .failed(1, &["did not give the role Nope in account 333333333333", "--sso-roles lists yours"]);
    assert_eq!(sso.actions(), ["GetRoleCredentials"]);
}

#[test]
fn the_roles_of_all_accounts_are_listed() {
    for page in [100, 1] {
        let (case, sso) = user();
        sso.page(page).assign("444444444444", "Nameless");
        let lines = "123456789012:Admin\tData: Platform/eu\n123456789012:Dev\tData: Platform/eu\n\
                     210987654321:Dev\tWeb\n333333333333:Dev\tWeb\n";
        let lines = format!("444444444444:Nameless\t\n{lines}");
        for args in
            [&["--sso-roles", "corp"][..], &["--sso-roles"], &["--sso-roles", "--sso-session", "corp"]]
        {
            let run = case.run(args);
            assert_eq!((run.succeeded(), &*run.stderr), (&*lines, ""), "{args:?}");
        }
        let roles = case.run(["--sso-roles", "corp", "--json"]).json();
        assert_eq!(roles.as_array().expect("a list").len(), 5);
        assert_eq!(
            roles[0],
            json!({"account_id": "444444444444", "account_name": null, "role_name": "Nameless"})
        );
        assert_eq!(roles[1]["account_name"], "Data: Platform/eu");
        assert!(!roles.to_string().contains("owner@example.com"));
    }
}

#[test]
fn the_table_of_a_terminal_has_no_byte_that_controls_it() {
    let (case, sso) = user();
    sso.account(OTHER, "W\u{1b}[31m\nb");
    let run = case.on_terminal("assume-env --sso-roles corp");
    let shown = run.out().to_owned();
    assert!(
        shown.contains("ACCOUNT       NAME") && shown.contains("210987654321  W\\u{1b}[31m\\nb"),
        "{shown}"
    );
    let run = case.run(["--sso-roles", "corp"]);
    assert_eq!(run.succeeded().lines().count(), 4);
    assert!(!run.succeeded().contains('\u{1b}'));
}

#[test]
fn many_accounts_are_asked_at_a_pace_that_the_portal_takes() {
    let (case, sso) = user();
    for number in 0..60 {
        sso.assign(&format!("{:012}", 500_000_000_000_u64 + number), "Reader");
    }
    let run = case.run(["--sso-roles", "corp"]);
    assert_eq!(run.succeeded().lines().count(), 64);
    assert!(sso.most_in_a_second() <= 22, "{}", sso.most_in_a_second());
    // Progress is for a terminal.
    assert_eq!(run.stderr, "");
    let run = case.on_terminal("assume-env --sso-roles corp >list; wc -l <list");
    let shown = run.out().to_owned();
    assert!(
        shown.contains("waiting for the roles of the sso-session corp: ") && shown.contains("of 63 accounts"),
        "{shown}"
    );
    assert!(shown.trim_end().ends_with("64"), "{shown}");
}

#[test]
fn a_portal_that_fails_gives_no_list() {
    let throttled = || Fault::portal(429, "TooManyRequestsException", "HTTP 429 Unknown Code");
    // Throttled now and then: the same list.
    let (case, sso) = user();
    for fault in [throttled(), Fault::Pass, throttled(), throttled()] {
        sso.fault(fault);
    }
    assert_eq!(case.run(["--sso-roles", "corp"]).succeeded().lines().count(), 4);
    for (faults, parts) in [
        (
            vec![Fault::Cut { after: 180 }, Fault::Cut { after: 180 }, Fault::Cut { after: 180 }],
            &["IAM Identity Center did not answer at", "the connection was cut off"][..],
        ),
        (
            vec![Fault::rewrite(|body| body.replace("\"210987654321\"", "\"12\""))],
            &["an account has no twelve digits"],
        ),
        (
            vec![Fault::Pass, Fault::rewrite(|body| body.replace("\"Dev\"", "\"a b\""))],
            &["a role has no name that a role can have"],
        ),
        (
            vec![Fault::portal(400, "InvalidRequestException", "no")],
            &["refused ListAccounts", "InvalidRequest"],
        ),
        (vec![Fault::status(200, "<html>")], &["is not an answer of IAM Identity Center"]),
    ] {
        let (case, sso) = user();
        let before = case.files();
        for fault in faults {
            sso.fault(fault);
        }
        case.run(["--sso-roles", "corp"]).failed_silently(1, parts);
        assert_eq!(case.files(), before);
    }
    let (case, sso) = user();
    sso.page(1).always(Fault::replace_member("nextToken", "page/from=1"));
    case.run(["--sso-roles", "corp"]).failed_silently(1, &["the list does not end"]);
    let (case, sso) = user();
    sso.sign_out();
    case.run(["--sso-roles", "corp"])
        .failed_silently(1, &["is not accepted", "assume-env --login --sso-session corp"]);
    let (case, _sso) = without_login();
    case.run(["--sso-roles", "corp"]).failed_silently(1, &["assume-env --login --sso-session corp"]);
}

#[test]
fn the_list_is_printed_as_profiles() {
    let (case, _sso) = user();
    let run = case.run(["--sso-roles", "corp", "--as-profiles", "{account_name}-{account_id}/{role_name}"]);
    run.said(&["assume-env: 4 new profiles; 0 more are in the config file already\n"]);
    assert!(
        run.succeeded().starts_with(
            "[profile Data--Platform-eu-123456789012/Admin]\nsso_session = corp\nsso_account_id = 123456789012\n\
             sso_role_name = Admin\n\n[profile "
        ),
        "{}",
        run.out()
    );
    let case = case.more_config(run.out());
    let again = case.run(["--sso-roles", "corp", "--as-profiles", "{account_name}-{account_id}/{role_name}"]);
    again.said(&["0 new profiles; 4 more are in the config file already"]);
    assert_eq!(again.succeeded(), "");
    case.run(["Data--Platform-eu-123456789012/Admin"]).succeeded();
    // Two roles of one name, and a name that another profile has.
    case.run(["--sso-roles", "corp", "--as-profiles", "{account_name}-{role_name}"]).failed_silently(
        1,
        &["two roles would have the profile Web-Dev: Dev in 210987654321 (Web), and Dev in 333333333333 (Web)"],
    );
    let case = case.more_config("[profile 333333333333-Dev]\nregion = eu-west-1\n");
    case.run(["--sso-roles", "corp", "--as-profiles", "{account_id}-{role_name}"]).failed_silently(
        1,
        &["the profile 333333333333-Dev (", "is not that of Dev in 333333333333 (Web)", "nothing is printed"],
    );
}

#[test]
fn a_login_for_one_call_is_stored_nowhere() {
    let (case, sso) = without_login();
    assign(&sso);
    sso.start_url(START);
    let case = browser(case);
    let before = case.files();
    for (args, actions) in [
        (&["--login-once", "dev", "--", "true"][..], &["GetRoleCredentials"][..]),
        (&["--login-once", "s3", "--", "true"], &["GetRoleCredentials"]),
        (&["--login-once", "--sso-session", "corp", DEV], &["GetRoleCredentials"]),
        // One sign-in for both requests.
        (
            &["--login-once", "--sso-session", "corp", "Data: Platform/eu:Dev"],
            &["ListAccounts", "GetRoleCredentials"],
        ),
        (
            &["--login-once", "--sso-roles"],
            &["ListAccounts", "ListAccountRoles", "ListAccountRoles", "ListAccountRoles"],
        ),
    ] {
        let asked = sso.actions().len();
        let run = case.run(args);
        run.succeeded();
        run.said(&["signing in to the sso-session corp"]);
        let expected = [&["RegisterClient", "authorize", "CreateToken"][..], actions].concat();
        assert_eq!(sso.actions()[asked..], expected, "{args:?}");
    }
    assert_eq!(case.files(), before, "no file of a login");
    // A stored login is neither read nor changed.
    sso.access_token(BEARER, 3600);
    TokenFile::new(START, "eu-west-1", BEARER).write(case.path(""), "corp");
    let before = case.files();
    case.run(["--login-once", "dev", "--", "true"]).said(&["signing in to"]);
    assert_eq!(case.files(), before);
    // The held session is enough, as always.
    let case = case.holding(["dev"]);
    let asked = sso.actions().len();
    case.run(["--login-once", "dev"]).succeeded();
    assert_eq!(sso.actions().len(), asked);
    let case = case.more_config("[profile own]\ncredential_process = false\n");
    case.run(["--login-once", "own"])
        .failed(2, &["this role does not need that", "credential_process of profile own"]);
}

#[test]
fn a_login_for_one_call_that_is_denied_gives_no_role() {
    let (case, sso) = without_login();
    sso.start_url(START).consent(Consent::Deny);
    let case = browser(case);
    case.run(["--login-once", "dev"]).failed(1, &["denied"]);
    assert!(!sso.actions().contains(&"GetRoleCredentials".to_owned()));
    case.nothing_was_asked();
}

/// What is proposed for the last word in fish.
fn proposed(case: &Case, word: &str) -> String {
    case.run(["--complete", "fish", "assume", "--sso-session", "corp", word]).succeeded().to_owned()
}

#[test]
fn completion_goes_from_the_accounts_to_the_roles_of_one() {
    let (case, sso) = user();
    sso.assign("444444444444", "Nameless");
    let before = case.files();
    let all = "444444444444:\t\n123456789012:\tData: Platform/eu\n210987654321:\tWeb\n333333333333:\tWeb\n";
    let (web, data) = (
        "210987654321:Dev\tWeb\n",
        "Data: Platform/eu:Admin\t123456789012\nData: Platform/eu:Dev\t123456789012\n",
    );
    for (word, expected, requests) in [
        ("", all, 1),
        ("2", web, 2),
        ("210987654321:", "210987654321:Dev\t\n", 1),
        ("123456789012:A", "123456789012:Admin\t\n", 1),
        ("123456789012:min", "123456789012:Admin\t\n", 1),
        ("D", data, 2),
        ("plat", data, 2),
        ("Data: Platform/eu:A", "Data: Platform/eu:Admin\t123456789012\n", 2),
        // The name of two accounts leads to none.
        ("W", "", 1),
        ("55", "", 1),
        ("999999999999:", "", 1),
    ] {
        let asked = sso.actions().len();
        assert_eq!(
            (proposed(&case, word).as_str(), sso.actions().len() - asked),
            (expected, requests),
            "{word}"
        );
    }
    let sessions = case.run(["--complete", "fish", "assume-env", "--sso-roles", ""]);
    assert_eq!(sessions.succeeded(), format!("corp\t{START}\n"));
    assert_eq!(case.files(), before);
}

#[test]
fn completion_never_signs_in_refreshes_or_waits_long() {
    let (case, sso) = user();
    sso.always(Fault::hang());
    assert_eq!(proposed(&case, ""), "");
    sso.clear_faults().always(Fault::portal(429, "TooManyRequestsException", "slow"));
    assert_eq!(proposed(&case, ""), "");
    let (case, sso) = user();
    // Expired, and it could be refreshed.
    sso.client("client", "secret", 3600).refresh_token("client", "TEST//refresh");
    token().expires_in(-60).refresh("client", "secret", 3600, "TEST//refresh").write(case.path(""), "corp");
    let before = case.files();
    let run = case.run(["--complete", "bash", "80", "9", "", "assume --sso-session corp "]);
    assert_eq!((run.succeeded(), &*run.stderr), ("", ""));
    assert_eq!((sso.connections(), case.files()), (0, before));
}

#[test]
fn the_picker_asks_for_the_account_and_then_for_the_role() {
    let (case, sso) = user();
    let before = case.files();
    // Without fzf.
    let pick = |command: &str| {
        let program = env!("CARGO_BIN_EXE_assume-env");
        format!("PATH=/nonexistent; {program} --pick --sso-session corp -- {command}")
    };
    let mut terminal = case.terminal("dash", &["-c", &pick("/usr/bin/env -0 >after")]);
    terminal.expect("2  210987654321  Web");
    terminal.expect("account (a number, or words to search for; Ctrl-C: none)> ");
    terminal.send("platform\r");
    terminal.expect("2  Dev");
    terminal.expect("role (a number, or words to search for; Ctrl-C: none)> ");
    terminal.send("2\r");
    let (status, shown) = terminal.end();
    assert!(status.success(), "{shown}");
    assert_eq!(env_in(&case.path("after"))["ASSUME_ENV_PROFILE"], DEV);
    assert_eq!(sso.actions(), ["ListAccounts", "ListAccountRoles", "GetRoleCredentials"]);
    fs::remove_file(case.path("after")).expect("it is there");
    assert_eq!(case.files(), before);
    // The one role of an account is no question. Ctrl-D chooses none.
    for (typed, status) in [("2\r", 0), ("\u{4}", 130)] {
        let mut terminal = case.terminal("dash", &["-c", &pick("/bin/true")]);
        terminal.expect("none)> ");
        terminal.send(typed);
        let (ended, shown) = terminal.end();
        assert_eq!(ended.code(), Some(status), "{shown}");
    }
    sso.sign_out();
    let (case, _sso) = without_login();
    let mut terminal = case.terminal("dash", &["-c", &pick("/bin/true")]);
    terminal.expect("assume-env --login --sso-session corp");
    assert!(!terminal.end().0.success());
}

#[test]
fn the_console_of_such_a_role_is_the_link_of_the_portal() {
    let (case, sso) = user();
    let link = |role: &str| {
        let run = case.run(["--console", "--url", "--sso-session", "corp", role]);
        run.succeeded().to_owned()
    };
    let begin = format!("{START}/#/console?account_id=123456789012&role_name=Dev&destination=https%3A%2F%2F");
    assert!(link(DEV).starts_with(&begin), "{}", link(DEV));
    assert_eq!(sso.connections(), 0, "no login is needed");
    assert!(link("Data: Platform/eu:Dev").starts_with(&begin));
    assert_eq!(sso.actions(), ["ListAccounts"]);
}

#[test]
fn the_login_of_the_held_role_is_the_one_that_is_meant() {
    let (case, sso) = user();
    let case = case.more_config(
        "[sso-session other]\nsso_start_url = https://other.awsapps.com/start\nsso_region = eu-west-1\n",
    );
    case.run(["--sso-roles"]).failed_silently(2, &["there are 2 sso-sessions"]);
    let case = case.holding(["--sso-session", "corp", DEV]);
    assert_eq!(case.run(["--sso-roles"]).succeeded().lines().count(), 4);
    case.run(["--logout"]).said(&["signed out of the sso-session corp"]);
    assert_eq!(sso.actions().last().map(String::as_str), Some("Logout"));
    // A profile that is named is another login.
    case.run(["--logout", "old"]).said(&["profile old"]);
}

#[test]
fn the_name_of_an_account_in_an_answer_for_a_program_is_no_offer_to_sign_in() {
    let (case, sso) = without_login();
    for line in [
        "-f json --sso-session corp Web:Dev",
        "--whoami --json --sso-session corp Web:Dev",
        "--sso-roles corp --json",
    ] {
        let run = case.on_terminal(&format!("assume-env {line} | cat; echo en''ded"));
        assert!(
            run.out().contains("then try again: assume-env --login --sso-session corp"),
            "{line}: {}",
            run.out()
        );
        assert!(
            run.out().contains("ended") && !run.out().contains("Enter signs in"),
            "{line}: {}",
            run.out()
        );
    }
    assert_eq!(sso.connections(), 0);
}
