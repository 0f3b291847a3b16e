//! `include_profile`: what a profile does not say itself, another one says for it, and every value keeps its own file and line.

use serde_json::json;

use super::harness::{CREDENTIALS, Case, KEY_ID, ROLE, SECRET};

const COMMON: &str = "[profile common]
role_session_name = of-common
external_id = of:common
region = eu-west-1
duration_seconds = 1800
[profile s3]
include_profile = common
role_arn = arn:aws:iam::123456789012:role/assumeS3Full
source_profile = base
";

fn place(case: &Case, line: usize) -> String {
    format!("{}:{line}", case.path(".aws/config").display())
}

#[test]
fn what_is_included_is_sent_and_set() {
    let case = Case::new().config(COMMON);
    let env = case.run(["s3", "--", "env", "-0"]).env();
    let made = case.request();
    let sent = ["RoleArn", "RoleSessionName", "ExternalId", "DurationSeconds"]
        .map(|name| made.param(name).to_owned());
    assert_eq!(sent, [ROLE, "of-common", "of:common", "1800"]);
    assert_eq!((&*env["AWS_REGION"], made.region.as_deref()), ("eu-west-1", Some("eu-west-1")));
}

#[test]
fn what_a_profile_says_itself_wins() {
    let case = Case::new().config(format!("{COMMON}role_session_name = my-own\nregion = sa-east-1\n"));
    case.run(["-d", "20m", "s3"]).succeeded();
    let made = case.request();
    assert_eq!(
        (
            made.param("RoleSessionName"),
            made.region.as_deref(),
            made.param("ExternalId"),
            made.param("DurationSeconds")
        ),
        ("my-own", Some("sa-east-1"), "of:common", "1200")
    );
}

#[test]
fn each_value_keeps_its_own_line() {
    let case = Case::new().config(COMMON);
    case.run(["--explain", "s3"])
        .said_on_stdout(&[
            &format!("of-common ({})", place(&case, 2)),
            &format!("of:common ({})", place(&case, 3)),
            &format!("the region eu-west-1 ({})", place(&case, 4)),
            &format!("30m ({})", place(&case, 5)),
            &format!("AssumeRole {ROLE} ({})", place(&case, 8)),
        ])
        .succeeded();
    let case = case.config(COMMON.replace("= 1800", "= soon"));
    case.run(["s3"]).failed(1, &[&format!("the duration soon ({})", place(&case, 5))]);
    let case = case.config(COMMON.replace("of-common", "of common"));
    case.run(["s3", "--", "true"])
        .failed_silently(125, &[&format!("the session name of common ({})", place(&case, 2))]);
    case.nothing_was_asked();
}

#[test]
fn an_included_profile_may_include_another() {
    let case = Case::new().config(
        "[profile far]\nregion = ap-south-1\nrole_session_name = of-far\n[profile common]\ninclude_profile = far\nrole_session_name = of-common\n\
         [profile s3]\ninclude_profile = common\nrole_arn = arn:aws:iam::123456789012:role/assumeS3Full\nsource_profile = base\n",
    );
    case.run(["s3"]).succeeded();
    let made = case.request();
    assert_eq!((made.param("RoleSessionName"), made.region.as_deref()), ("of-common", Some("ap-south-1")));
}

#[test]
fn the_role_and_its_source_may_be_included() {
    let case = Case::new().config(format!(
        "[profile common]\nrole_arn = {ROLE}\nsource_profile = base\n[profile mine]\ninclude_profile = common\nrole_session_name = mine\n"
    ));
    let env = case.run(["mine", "--", "env", "-0"]).env();
    assert_eq!(
        (&*env["ASSUME_ENV_PROFILE"], &*env["ASSUME_ENV_ROLE_ARN"], &*env["ASSUME_ENV_SESSION"]),
        ("mine", ROLE, "mine")
    );
    let list = case.run(["--list", "--json"]).json();
    let mine = list
        .as_array()
        .expect("a list")
        .iter()
        .find(|entry| entry["name"] == "mine")
        .cloned()
        .expect("it is listed");
    assert_eq!(
        (&mine["include_profile"], &mine["kind"], &mine["role_arn"]),
        (&json!("common"), &json!("role"), &json!(ROLE))
    );
}

#[test]
fn what_the_credentials_file_has_may_be_included() {
    let case = Case::new()
        .config(format!("[profile s3]\ninclude_profile = common\nrole_arn = {ROLE}\nsource_profile = base\n"))
        .credentials(format!("{CREDENTIALS}[common]\nexternal_id = a b\n"));
    let place = format!("the external ID a b ({}:5)", case.path(".aws/credentials").display());
    case.run(["s3"]).failed(1, &[&place]);
}

#[test]
fn access_keys_are_never_taken_over() {
    let case = Case::new().config("[profile mine]\ninclude_profile = base\nregion = eu-west-1\n");
    case.run(["mine"]).failed(1, &[&format!("the profile mine ({}) has no credentials", place(&case, 1))]);
    let case = case.config(format!(
        "[profile keys]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\naws_session_token = t\n\
         [profile s3]\nrole_arn = {ROLE}\ninclude_profile = keys\n"
    ));
    case.run(["s3"]).failed(1, &["has a role_arn and nothing to assume it with"]);
    case.nothing_was_asked();
}

#[test]
fn a_second_way_to_credentials_is_not_taken_over() {
    let common = "[profile common]\nsource_profile = nosuch\n";
    let case = Case::new().config(format!(
        "{common}[profile s3]\ninclude_profile = common\nrole_arn = {ROLE}\nsource_profile = base\n"
    ));
    case.run(["s3"]).succeeded();
    let case = Case::new()
        .config(format!("{common}[profile s3]\ninclude_profile = common\nrole_arn = {ROLE}\ncredential_source = Environment\n"))
        .with_keys_in_environment();
    case.run(["s3"]).succeeded();
    assert_eq!(case.signers(), [KEY_ID]);
}

#[test]
fn a_source_profile_may_include_too() {
    let case = Case::new().config(format!(
        "[profile common]\nregion = eu-west-3\n[profile base]\ninclude_profile = common\n[profile s3]\nrole_arn = {ROLE}\nsource_profile = base\n"
    ));
    case.run(["s3"]).succeeded();
    assert_eq!(case.request().region.as_deref(), Some("eu-west-3"));
}

#[test]
fn an_include_that_is_not_there_is_named() {
    let case = Case::new()
        .config(format!("[profile s3]\nrole_arn = {ROLE}\nsource_profile = base\ninclude_profile = comon\n"));
    let said = format!("include_profile ({}) names the profile comon, which does not exist", place(&case, 4));
    let parts = [&*said, "name a profile that exists, or remove the line"];
    case.run(["s3"]).failed(1, &parts);
    case.run(["s3", "--", "true"]).failed_silently(125, &parts);
    case.run(["--explain", "s3"]).failed_silently(1, &parts);
    case.nothing_was_asked();
    // Nobody else is bothered.
    case.run(["base"]).succeeded();
    case.run(["--list"]).succeeded();
    let case = case.more_config(&format!("[profile next]\nrole_arn = {ROLE}\nsource_profile = s3\n"));
    case.run(["next"]).failed(1, &parts);
}

#[test]
fn a_ring_of_includes_is_shown_whole() {
    for (config, ring, line) in [
        ("[profile a]\ninclude_profile = a\n", "a → a", 2),
        (
            "[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = c\n[profile c]\ninclude_profile = b\n",
            "a → b → c → b",
            6,
        ),
    ] {
        let case = Case::new().config(format!("{config}role_arn = {ROLE}\nsource_profile = base\n"));
        let said = format!("include_profile is circular ({}): {ring}\n", place(&case, line));
        case.run(["a"]).failed(1, &[&said, "remove one of their include_profile lines"]);
        case.nothing_was_asked();
    }
}

#[test]
fn the_portals_keys_may_be_included() {
    let (case, sso) = super::sso::corp();
    let case = case.config(super::sso::PROFILES.replacen(
        "[profile dev]\nsso_session = corp\n",
        "[profile common]\nsso_session = corp\n[profile dev]\ninclude_profile = common\n",
        1,
    ));
    case.run(["dev"]).succeeded();
    assert_eq!(sso.actions(), ["GetRoleCredentials"]);
}
