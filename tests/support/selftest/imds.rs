//! Instance metadata: the token first, then the role's name, then its keys.

use super::*;

const NAMES: &str = "GET /latest/meta-data/iam/security-credentials/";
const TTL: &str = "X-aws-ec2-metadata-token-ttl-seconds";

fn put(imds: &Imds, headers: &[(&str, &str)]) -> Answer {
    Client::base().plain(imds, "PUT /latest/api/token", headers, "")
}

fn token(imds: &Imds) -> String {
    put(imds, &[(TTL, "21600")]).body
}

fn get(imds: &Imds, start: &str, token: &str) -> (u16, String) {
    let answer = Client::base().plain(imds, start, &[("x-aws-ec2-metadata-token", token)], "");
    (answer.status, answer.body)
}

#[test]
fn the_instances_keys_start_a_chain() {
    let box_role = "arn:aws:iam::123456789012:role/path/box";
    let next = Role::new(&role_arn("next")).trusts(box_role).max_duration(43200);
    let sts = Sts::http(world().role(next));
    let imds = Imds::http(&sts);
    imds.attach(box_role);
    let granted = put(&imds, &[(TTL, "60")]);
    assert_eq!(granted.status, 200);
    assert_eq!(header(&granted.head, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"), Some("60"));
    assert_eq!(get(&imds, NAMES, &granted.body), (200, "box".into()));
    let (status, document) = get(&imds, &format!("{NAMES}box"), &granted.body);
    assert_eq!(status, 200);
    let document: Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!((&document["Code"], &document["Type"]), (&json!("Success"), &json!("AWS-HMAC")));
    let keys = Answer::keys_in(&document, ["AccessKeyId", "SecretAccessKey", "Token"]);
    let session = sts.world(|world| world.session(&keys.key_id).cloned()).expect("issued");
    assert_eq!(document["Expiration"], session.expiration());
    let me = "arn:aws:sts::123456789012:assumed-role/box/i-0123456789abcdef0";
    assert_eq!(keys.action(&sts, "GetCallerIdentity", &[]).text("Arn"), me);
    keys.assume(&sts, &role_arn("next"), &[]).keys();
    let long = keys.assume(&sts, &role_arn("next"), &[("DurationSeconds", "3601")]);
    long.refused(400, "ValidationError", CHAINED);
    let credentials = &NAMES[4..];
    let names =
        ["PUT /latest/api/token".into(), format!("GET {credentials}"), format!("GET {credentials}box")];
    assert_eq!(imds.actions(), names);
}

#[test]
fn the_metadata_service_refuses() {
    let sts = Sts::http(world());
    let imds = Imds::http(&sts);
    for headers in [&[][..], &[(TTL, "0")], &[(TTL, "21601")], &[(TTL, "soon")]] {
        assert_eq!(put(&imds, headers).status, 400);
    }
    let proxied = put(&imds, &[(TTL, "60"), ("X-Forwarded-For", "10.0.0.1")]);
    assert_eq!(proxied.status, 403);
    assert_eq!(Client::base().plain(&imds, "POST /latest/api/token", &[(TTL, "60")], "").status, 405);

    let sound = token(&imds);
    // An instance without a role has nothing there.
    assert_eq!(get(&imds, NAMES, &sound).0, 404);
    imds.attach(&role_arn("box"));
    assert_eq!(get(&imds, NAMES, &sound), (200, "box".into()));
    assert_eq!(get(&imds, NAMES, "wrong").0, 401);
    assert_eq!(Client::base().plain(&imds, NAMES, &[], "").status, 401);
    assert_eq!(get(&imds, "GET /latest/api/token", &sound).0, 404);
    assert_eq!(get(&imds, "GET /latest/meta-data/placement/region", &sound).0, 404);
    assert_eq!(get(&imds, &format!("{NAMES}other"), &sound).0, 404);
    sts.world(|world| world.shift_clock(21600));
    assert_eq!(get(&imds, NAMES, &sound).0, 401);
    let fresh = token(&imds);
    assert_eq!(get(&imds, NAMES, &fresh).0, 200);
    imds.forget_tokens();
    assert_eq!(get(&imds, NAMES, &fresh).0, 401);
    assert_eq!(sts.world(|world| world.sessions().len()), 0);

    let fresh = token(&imds);
    imds.detach();
    assert_eq!(get(&imds, &format!("{NAMES}box"), &fresh).0, 404);
    imds.always(Fault::status(503, "busy"));
    assert_eq!(put(&imds, &[(TTL, "60")]).status, 503);
}

#[test]
fn a_role_that_gives_no_keys_says_so_in_its_document() {
    let sts = Sts::http(world());
    let imds = Imds::http(&sts);
    imds.attach(&role_arn("box")).fails_with("AssumeRoleUnauthorizedAccess");
    let sound = token(&imds);
    assert_eq!(get(&imds, NAMES, &sound), (200, "box".into()));
    let (status, document) = get(&imds, &format!("{NAMES}box"), &sound);
    let document: Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!((status, &document["Code"]), (200, &json!("AssumeRoleUnauthorizedAccess")));
    assert!(document["Message"].is_string() && document.get("AccessKeyId").is_none());
    assert_eq!(sts.world(|world| world.sessions().len()), 0);
    imds.attach(&role_arn("box"));
    assert!(get(&imds, &format!("{NAMES}box"), &sound).1.contains("\"Code\":\"Success\""));
}
