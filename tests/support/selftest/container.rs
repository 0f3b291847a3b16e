//! A container's credential endpoint, with and without a token.

use super::*;

fn get(container: &Container, path: &str, token: Option<&str>) -> Answer {
    let headers: Vec<(&str, &str)> = token.map(|token| ("Authorization", token)).into_iter().collect();
    Client::base().plain(container, &format!("GET {path}"), &headers, "")
}

#[test]
fn the_containers_keys_start_a_chain() {
    let next = Role::new(&role_arn("next")).trusts(&role_arn("task")).max_duration(43200);
    let sts = Sts::http(world().role(next));
    let container = Container::http(&sts, &role_arn("task"));
    assert_eq!(container.uri(), format!("http://{}/v1/credentials", container.address()));
    let document = get(&container, "/v1/credentials", None).json();
    let keys = Answer::keys_in(&document, ["AccessKeyId", "SecretAccessKey", "Token"]);
    let session = sts.world(|world| world.session(&keys.key_id).cloned()).expect("issued");
    assert_eq!(document["Expiration"], session.expiration());
    assert_eq!(document["RoleArn"], role_arn("task"));
    let whoami = keys.action(&sts, "GetCallerIdentity", &[]);
    assert!(whoami.text("Arn").starts_with("arn:aws:sts::123456789012:assumed-role/task/"));
    keys.assume(&sts, &role_arn("next"), &[]).keys();
    let long = keys.assume(&sts, &role_arn("next"), &[("DurationSeconds", "3601")]);
    long.refused(400, "ValidationError", CHAINED);
    assert_eq!(container.actions(), ["GET /v1/credentials"]);
    assert!(!container.requests()[0].has_authorization());
}

#[test]
fn a_container_that_demands_a_token() {
    let sts = Sts::http(world());
    let container = Container::http(&sts, &role_arn("task"));
    container.demand("Bearer TEST//token+pod==");
    for token in [None, Some("Bearer"), Some("Bearer TEST//token+pod=="), Some("bearer TEST//token+pod==")] {
        let answer = get(&container, "/any/path", token);
        if token.is_some_and(|token| token.starts_with("Bearer TEST")) {
            assert_eq!(answer.status, 200);
            continue;
        }
        let message = "the authorization token is missing or wrong";
        assert_eq!(
            (answer.status, answer.json()),
            (403, json!({"code": "AccessDenied", "message": message}))
        );
    }
    let requests = container.requests();
    assert_eq!(requests[1].header("authorization"), Some("Bearer"));
    assert_eq!(requests[1].error_code.as_deref(), Some("AccessDenied"));
    assert!(!format!("{requests:?}").contains("TEST/"));
    let posted = Client::base().plain(&container, "POST /any/path", &[], "");
    assert_eq!((posted.status, posted.json()["code"].as_str()), (405, Some("MethodNotAllowed")));
    assert_eq!(sts.world(|world| world.sessions().len()), 1);
    container.fault(Fault::drop_member("Token")).fault(Fault::status(500, ""));
    let half = get(&container, "/any/path", Some("Bearer TEST//token+pod==")).json();
    assert!(half["Token"].is_null() && half["AccessKeyId"].is_string());
    assert_eq!(get(&container, "/any/path", None).status, 500);
}
