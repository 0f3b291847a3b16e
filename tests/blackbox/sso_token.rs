//! The AWS CLI's token file: what is wrong with it, which `aws sso login` helps, and how it is refreshed. That one file is the only
//! one that is ever written.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use serde_json::Value;

use super::harness::{ACCOUNT, Case, FIRST, SECOND};
use super::sso::{PROFILES, START, corp, line, no_service_was_asked, token, without_login};
use crate::support::oidc;
use crate::support::{Fault, Sso, TokenFile};

const LOGIN: &str = "log in, then try again: assume-env --login --sso-session corp\n";
const LOGIN_OLD: &str = "log in, then try again: assume-env --login old\n";

#[test]
fn a_token_that_has_expired_names_the_login() {
    let (case, sso) = without_login();
    token().expires_in(-7200).write(case.path(""), "corp");
    token().expires_in(-60).write(case.path(""), START);
    for (profile, login, number) in
        [("dev", LOGIN, 4), ("old", LOGIN_OLD, 12), ("s3", LOGIN, 4), ("far", LOGIN, 4)]
    {
        let place = line(&case, number);
        let parts = [&*place, "the IAM Identity Center token", "expired", "ago", login];
        case.run([profile]).failed(1, &parts);
        case.run([profile, "--", "true"]).failed_silently(125, &parts);
        case.run(["--whoami", profile]).failed_silently(1, &parts);
        // A plan is made all the same; what is wrong with the token is told beside it.
        let login = login.trim_end();
        case.run(["--explain", profile]).said_on_stdout(&["\nWarnings:\n", "expired", login]).succeeded();
    }
    no_service_was_asked(&case, &sso);
}

#[test]
fn a_login_line_is_quoted_for_a_shell() {
    for (name, shown) in [
        ("my corp", "'my corp'"),
        ("it's", r"'it'\''s'"),
        ("$(touch evil)", "'$(touch evil)'"),
        ("a;b", "'a;b'"),
    ] {
        let (case, _sso) = without_login();
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let config = format!(
            "[profile dev]\nsso_session = {name}\nsso_account_id = {ACCOUNT}\nsso_role_name = Dev\n\
             [sso-session \"{quoted}\"]\nsso_start_url = {START}\nsso_region = eu-west-1\n\
             [profile \"{quoted}\"]\nsso_start_url = {START}\nsso_region = eu-west-1\n\
             sso_account_id = {ACCOUNT}\nsso_role_name = Dev\n"
        );
        let case = case.config(config);
        case.run(["dev"])
            .failed(1, &["does not exist", &format!(": assume-env --login --sso-session {shown}\n")]);
        case.run([name]).failed(1, &["does not exist", &format!(": assume-env --login {shown}\n")]);
    }
}

#[test]
fn a_file_without_a_token_is_an_error_with_its_name() {
    let whole = token().text();
    for (content, why) in [
        (None, "does not exist"),
        (Some(Vec::new()), "is not a token file of the AWS CLI"),
        (Some(b"<!DOCTYPE html><html></html>".to_vec()), "is not a token file of the AWS CLI"),
        (Some(b"\xff\xfe\0garbage".to_vec()), "is not a token file of the AWS CLI"),
        (Some(whole.as_bytes()[..whole.len() / 2].to_vec()), "is not a token file of the AWS CLI"),
        (Some(format!("{}{whole}", " ".repeat(20 << 20)).into_bytes()), "is not a token file of the AWS CLI"),
        (Some(token().without("accessToken").text().into_bytes()), "is not a token file of the AWS CLI"),
        (Some(token().without("expiresAt").text().into_bytes()), "is not a token file of the AWS CLI"),
        (
            Some(token().member("expiresAt", "tomorrow").text().into_bytes()),
            "is not a token file of the AWS CLI",
        ),
        (
            Some(token().member("accessToken", "a\r\nX-Evil: 1").text().into_bytes()),
            "is not a token file of the AWS CLI",
        ),
    ] {
        let (case, sso) = without_login();
        let path = TokenFile::path(case.path(""), "corp");
        fs::create_dir_all(path.parent().expect("a folder")).expect("the home folder can be written");
        if let Some(content) = &content {
            fs::write(&path, content).expect("the folder can be written");
        }
        let file = path.display().to_string();
        let place = line(&case, 4);
        let parts = [&*file, &place, why, LOGIN];
        case.run(["dev"]).failed(1, &parts);
        case.run(["s3", "--", "true"]).failed_silently(125, &parts);
        case.run(["--explain", "dev"]).said_on_stdout(&[&file, why]).succeeded();
        no_service_was_asked(&case, &sso);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let (case, sso) = without_login();
    let path = TokenFile::path(case.path(""), "corp");
    fs::create_dir_all(&path).expect("a folder in its place");
    case.run(["dev"]).failed(1, &[&path.display().to_string(), "cannot be read: ", "directory", LOGIN]);
    fs::remove_dir(&path).expect("it is empty");
    symlink(&path, &path).expect("a link to itself");
    case.run(["dev"]).failed(1, &["cannot be read: ", LOGIN]);
    no_service_was_asked(&case, &sso);
}

/// A token that has expired, which the token service would refresh.
pub fn refreshable() -> (Case, Sso, PathBuf) {
    let (case, sso) = without_login();
    sso.client("client-1", "TEST/secret+client", 7200).refresh_token("client-1", "TEST//token+first");
    let path = stale().write(case.path(""), "corp");
    (case, sso, path)
}

pub fn stale() -> TokenFile {
    token().expires_in(-60).refresh("client-1", "TEST/secret+client", 7200, "TEST//token+first")
}

pub fn document(path: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).expect("it is there")).expect("it is JSON")
}

#[test]
fn a_token_is_refreshed_and_stored() {
    let (case, sso, path) = refreshable();
    stale().member("somethingElse", "stays").write(case.path(""), "corp");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let before = case.files();
    let env = case.run(["dev", "--", "env", "-0"]).env();
    assert_eq!(env["AWS_ACCESS_KEY_ID"], FIRST);
    assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials"]);
    let made = &sso.requests()[0];
    for (name, value) in [
        ("clientId", "client-1"),
        ("clientSecret", "TEST/secret+client"),
        ("grantType", "refresh_token"),
        ("refreshToken", "TEST//token+first"),
    ] {
        assert_eq!(made.member(name), value);
    }
    assert!(!made.has_authorization());
    assert_eq!(sso.requests()[1].header("x-amz-sso_bearer_token"), Some(&*oidc::access_token(1)));

    let mut after = case.files();
    let (mode, _) = after.remove(&path).expect("it is still there");
    assert_eq!(mode, 0o600, "readable by its owner alone");
    let mut before = before;
    before.remove(&path);
    assert_eq!(after, before, "nothing else was written");
    let kept = document(&path);
    assert_eq!(kept["accessToken"], oidc::access_token(1));
    assert_eq!(kept["refreshToken"], oidc::refresh_token(1));
    for (name, value) in [
        ("somethingElse", "stays"),
        ("startUrl", START),
        ("region", "eu-west-1"),
        ("clientId", "client-1"),
        ("clientSecret", "TEST/secret+client"),
    ] {
        assert_eq!(kept[name], value);
    }
    assert!(kept["registrationExpiresAt"].is_string());

    case.run(["s3"]).succeeded();
    assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials", "GetRoleCredentials"]);
    // What the first refresh gave is good for a second one.
    let text = fs::read_to_string(&path).expect("it is there");
    let expiry = kept["expiresAt"].as_str().expect("a text");
    fs::write(&path, text.replace(expiry, "2020-01-01T00:00:00Z")).expect("it is ours");
    case.run(["dev"]).succeeded();
    assert_eq!(sso.actions()[3..], ["CreateToken", "GetRoleCredentials"]);
    assert_eq!(document(&path)["accessToken"], oidc::access_token(2));
}

#[test]
fn explain_refreshes_no_token() {
    let (case, sso, _) = refreshable();
    let before = case.files();
    let plan = case.run(["--explain", "dev"]);
    assert!(!plan.succeeded().contains("Warnings:"), "{}", plan.out());
    assert_eq!(case.files(), before);
    no_service_was_asked(&case, &sso);
}

#[test]
fn a_token_of_a_profile_without_a_session_is_never_refreshed() {
    let (case, sso, _) = refreshable();
    stale().write(case.path(""), START);
    case.run(["old"]).failed(1, &["expired", LOGIN_OLD]);
    no_service_was_asked(&case, &sso);
}

#[test]
fn a_token_that_lacks_a_part_for_a_refresh_names_the_login() {
    let registration = |seconds| {
        token().expires_in(-60).refresh("client-1", "TEST/secret+client", seconds, "TEST//token+first")
    };
    for stale in [
        stale().without("refreshToken"),
        stale().without("clientId"),
        stale().without("clientSecret"),
        stale().member("refreshToken", ""),
        registration(-1),
    ] {
        let (case, sso) = without_login();
        stale.write(case.path(""), "corp");
        case.run(["dev"]).failed(1, &["expired", LOGIN]);
        no_service_was_asked(&case, &sso);
    }
}

#[test]
fn a_refresh_that_is_refused_names_the_login() {
    for fault in [
        Fault::oidc(400, "InvalidGrantException", "invalid_grant", "Invalid refresh token provided"),
        Fault::oidc(400, "ExpiredTokenException", "expired_token", "gone"),
        Fault::oidc(401, "InvalidClientException", "invalid_client", "Invalid client secret provided"),
        Fault::oidc(400, "UnauthorizedClientException", "unauthorized_client", "no"),
    ] {
        let (case, sso, _) = refreshable();
        let before = case.files();
        sso.always(fault.clone());
        case.run(["dev"]).failed(1, &["expired", "ago and cannot be refreshed any more", LOGIN]);
        assert_eq!((sso.actions(), case.files()), (vec!["CreateToken".to_owned()], before), "{fault:?}");
    }
}

/// The description was dropped, and every refusal led to a login. A fault of the service's encryption key has a reason of
/// its own, and no login changes it.
#[test]
fn a_refusal_of_the_token_service_says_why() {
    let (case, sso, _) = refreshable();
    sso.always(Fault::oidc(400, "InvalidGrantException", "invalid_grant", "The session has ended"));
    case.run(["dev"])
        .failed(1, &["refreshed any more (InvalidGrantException: The session has ended)\n", LOGIN]);
    for (status, exception) in [(400, "AccessDeniedException"), (400, "InvalidRequestException")] {
        let (case, sso, _) = refreshable();
        sso.always(Fault::Status {
            status,
            headers: vec![("Content-Type".into(), "application/json".into()), ("x-amzn-ErrorType".into(), exception.into())],
            body: "{\"error\":\"x\",\"error_description\":\"the key is disabled\",\"reason\":\"KMS_DisabledException\"}".into(),
        });
        let outcome = case.run(["dev"]);
        outcome.failed(
            1,
            &[
                &format!("IAM Identity Center refused CreateToken: {exception}: the key is disabled (KMS_DisabledException)\n"),
                "a login does not help: the encryption key (AWS KMS) of IAM Identity Center cannot be used",
            ],
        );
        assert!(!outcome.stderr.contains("--login"), "{}", outcome.stderr);
    }
}

#[test]
fn a_token_that_another_process_refreshed_first_is_used() {
    let (case, sso) = without_login();
    stale().write(case.path(""), "corp");
    sso.client("client-1", "TEST/secret+client", 7200).access_token("TEST//token+theirs", 3600);
    let home = case.path("");
    sso.fault(Fault::rewrite(move |body| {
        token().member("accessToken", "TEST//token+theirs").write(&home, "corp");
        body
    }));
    case.run(["dev"]).succeeded();
    assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials"]);
    assert_eq!(sso.requests()[1].header("x-amz-sso_bearer_token"), Some("TEST//token+theirs"));
    assert_eq!(document(&TokenFile::path(case.path(""), "corp"))["accessToken"], "TEST//token+theirs");
}

#[test]
fn a_refresh_without_an_answer_is_an_error_and_not_tried_again() {
    for (fault, parts) in [
        (Fault::html(200), &["is not an answer of IAM Identity Center"][..]),
        (Fault::html(503), &["(status 503) is not an answer of IAM Identity Center"]),
        (Fault::status(200, "{}"), &["is not an answer of IAM Identity Center: it has no accessToken"]),
        (Fault::drop_member("accessToken"), &["it has no accessToken"]),
        (
            Fault::replace_member("accessToken", "a\r\nX-Evil: 1"),
            &["its accessToken is empty or has characters that no token has"],
        ),
        (Fault::replace_member("accessToken", ""), &["its accessToken is empty"]),
        (Fault::Cut { after: 30 }, &["IAM Identity Center did not answer", "the connection was cut off"]),
        (
            Fault::oidc(500, "InternalServerException", "server_error", "oops"),
            &["refused CreateToken: InternalServerException", "try again in a minute"],
        ),
        (
            Fault::oidc(400, "SlowDownException", "slow_down", "wait"),
            &["refused CreateToken: SlowDownException", "assume-env --login"],
        ),
    ] {
        let (case, sso, path) = refreshable();
        let before = case.files();
        sso.fault(fault.clone());
        let outcome = case.run(["dev"]);
        outcome.failed(1, parts);
        assert_eq!(
            (sso.actions(), case.files() == before),
            (vec!["CreateToken".to_owned()], true),
            "{fault:?} {}",
            path.display()
        );
    }
}

#[test]
fn a_token_that_cannot_be_stored_is_used() {
    // Whoever runs the tests may write anywhere, so it is the size of files that is limited.
    let (case, sso, path) = refreshable();
    let before = case.files();
    let outcome = case.shell("bash", "trap '' XFSZ; ulimit -f 0; exec assume-env dev");
    assert!(outcome.succeeded().contains(FIRST));
    outcome.said(&[
        &format!("assume-env: cannot store the refreshed token in {}: ", path.display()),
        "it is used now; log in again next time: assume-env --login --sso-session corp",
    ]);
    assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials"]);
    assert_eq!(case.files(), before, "nothing half written is left");
}

#[test]
fn the_token_file_can_be_a_link() {
    let (case, _sso, path) = refreshable();
    let other = case.path("elsewhere.json");
    fs::rename(&path, &other).expect("the folder can be written");
    symlink(&other, &path).expect("the folder can be written");
    case.run(["dev"]).succeeded();
    case.run(["dev"]).succeeded();
    assert_eq!(document(&path)["accessToken"], oidc::access_token(1));
}

#[test]
fn a_refresh_starts_a_chain_too() {
    let (case, sso, _) = refreshable();
    case.run(["far"]).succeeded();
    assert_eq!(sso.actions(), ["CreateToken", "GetRoleCredentials"]);
    assert_eq!(case.signers(), [FIRST, SECOND]);
}

#[test]
fn the_token_service_has_an_address_of_its_own() {
    let (case, sso, _) = refreshable();
    let other = Sso::http(&case.sts);
    other.client("client-1", "TEST/secret+client", 7200).refresh_token("client-1", "TEST//token+first");
    sso.access_token(&oidc::access_token(1), 3600);
    let case = case.var("AWS_ENDPOINT_URL_SSO_OIDC", other.url());
    case.run(["dev"]).succeeded();
    assert_eq!(
        (sso.actions(), other.actions()),
        (vec!["GetRoleCredentials".to_owned()], vec!["CreateToken".to_owned()])
    );
    let (case, sso) = corp();
    let section = format!(
        "[services local]\nsso =\n  endpoint_url = {0}\nsso_oidc =\n  endpoint_url = {0}\n",
        sso.url()
    );
    let case = case
        .without("AWS_ENDPOINT_URL")
        .without("AWS_ENDPOINT_URL_SSO")
        .without("AWS_ENDPOINT_URL_SSO_OIDC")
        .config(PROFILES.replacen("sso_session = corp", "sso_session = corp\nservices = local", 1))
        .more_config(&section);
    case.run(["dev"]).succeeded();
    sso.client("client-1", "TEST/secret+client", 7200).refresh_token("client-1", "TEST//token+first");
    stale().write(case.path(""), "corp");
    case.run(["dev"]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials", "CreateToken", "GetRoleCredentials"]);
}
