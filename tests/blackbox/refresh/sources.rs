//! Sources without long-lived keys: each is asked again at each renewal, and what it says when it has nothing any more.

use std::fs;

use super::super::harness::{Case, wait_until};
use super::super::sso::{BEARER, corp, token};
use super::super::{container, instance, web_identity};
use crate::support::TokenFile;

/// Sessions of roles last so many seconds.
fn short(case: &Case) {
    case.sts.world(|world| world.shorten_roles(5));
}

#[test]
fn the_portal_is_asked_again_and_a_new_login_is_used() {
    let (case, sso) = corp();
    short(&case);
    let command = case.refreshed(&["-q", "s3"]);
    let asked = sso.requests().len();
    let id = command.key_id();
    let id = command.wait_for_other_keys(&id);
    assert!(sso.requests().len() > asked);
    // The login ends: the words name the line to type.
    let path = TokenFile::path(case.path(""), "corp");
    fs::remove_file(&path).expect("it is there");
    fs::remove_file(TokenFile::path(case.path(""), super::super::sso::START)).expect("it is there");
    wait_until("the end of the keys", || command.get("/credentials").status == 400);
    let body = command.get("/credentials").body;
    assert!(body.contains("assume-env --login --sso-session corp"), "{body}");
    assert!(!body.contains(BEARER), "{body}");
    token().write(case.path(""), "corp");
    wait_until("new keys", || command.get("/credentials").status == 200);
    assert_ne!(command.key_id(), id);
}

#[test]
fn the_token_of_a_web_identity_is_read_again() {
    let case = web_identity::pod();
    short(&case);
    let command = case.refreshed(&["-q", "web"]);
    let id = command.key_id();
    let id = command.wait_for_other_keys(&id);
    fs::remove_file(case.path("token")).expect("it is there");
    wait_until("the end of the keys", || command.get("/credentials").status == 400);
    let body = command.get("/credentials").body;
    assert!(body.contains(&case.path("token").display().to_string()), "{body}");
    // EKS has put a new token there.
    case.file("token", web_identity::TOKEN);
    wait_until("new keys", || command.get("/credentials").status == 200);
    assert_ne!(command.key_id(), id);
}

#[test]
fn the_container_is_asked_again_and_its_variables_come_back() {
    let (case, container) = container::task();
    short(&case);
    let command = case.refreshed(&["-q", "s3"]);
    assert_ne!(command.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"], container.uri());
    let asked = container.connections();
    let id = command.key_id();
    command.wait_for_other_keys(&id);
    assert!(container.connections() > asked);
    let cleared = command.inside(&["--clear", "-f", "sh"]);
    assert!(cleared.succeeded().contains(&container.uri()), "{}", cleared.out());
}

#[test]
fn the_instance_is_asked_again() {
    let (case, imds) = instance::machine();
    short(&case);
    let command = case.refreshed(&["-q", "s3"]);
    let asked = imds.connections();
    let id = command.key_id();
    command.wait_for_other_keys(&id);
    assert!(imds.connections() > asked);
    imds.detach();
    wait_until("the end of the keys", || command.get("/credentials").status == 503);
    let body = command.get("/credentials").body;
    assert!(body.contains("role"), "{body}");
}
