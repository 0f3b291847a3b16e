//! A reused session is the same session: it keeps every label, and a session with any difference is not
//! reused.

use std::fs;

use super::super::harness::{
    ACCOUNT, CREDENTIALS, Case, FIRST, KEY_ID, ROLE, SECOND, aws_only, role_arn, world,
};
use super::super::mfa::protected;
use super::super::sso::corp;
use super::{POLICY, READ_ONLY, key_id, restrictable};
use crate::support::{Role, User};

/// Different restrictions and tags of a session. The last three have the same fingerprint if it does not
/// include lengths.
const RESTRICTIONS: [&[&str]; 18] = [
    &[],
    &["--read-only"],
    &["--policy-arn", "arn:aws:iam::aws:policy/ViewOnlyAccess"],
    &["--policy-arn", "arn:aws:iam::aws:policy/SecurityAudit"],
    &[
        "--policy-arn",
        "arn:aws:iam::aws:policy/ViewOnlyAccess",
        "--policy-arn",
        "arn:aws:iam::aws:policy/SecurityAudit",
    ],
    &["--read-only", "--policy-arn", "arn:aws:iam::aws:policy/SecurityAudit"],
    &["--policy", POLICY],
    &[
        "--policy",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
    ],
    &["--policy", POLICY, "--read-only"],
    &["--tag", "a=b"],
    &["--tag", "a=c"],
    &["--tag", "b=b"],
    &["--tag", "a=b", "--transitive-tag", "a"],
    &["--source-identity", "ann"],
    &["--source-identity", "bob"],
    &["--tag", "a=1keybvalue2"],
    &["--tag", "a=1key:bvalue:2"],
    &["--tag", "a=1", "--tag", "b=2"],
];

fn with_role(restriction: &[&'static str]) -> Vec<&'static str> {
    [restriction, &["s3"]].concat()
}

#[test]
fn a_reused_session_keeps_its_read_only_label() {
    let case = restrictable().holding(["--read-only", "s3"]);
    let text = case.run(["--read-only", "s3"]);
    assert!(text.succeeded().contains("ASSUME_ENV_NARROWED='read-only'"), "{}", text.out());
    // A session with the labels of a reused one is still renewed with the restriction.
    let case = case.holding(["--read-only", "s3"]);
    case.was_asked(["AssumeRole"]);
    assert_eq!(case.value("ASSUME_ENV_NARROWED"), Some("read-only"));
    case.run::<&str>([]).succeeded();
    case.was_asked(["AssumeRole"; 2]);
    assert_eq!(case.sts.requests()[1].param("PolicyArns.member.1.arn"), READ_ONLY);
}

#[test]
fn a_reused_session_keeps_every_label() {
    for restriction in RESTRICTIONS {
        let case = restrictable().holding(with_role(restriction));
        let again = case.run([restriction, &["s3", "--", "env", "-0"]].concat()).env();
        assert_eq!(aws_only(&again), case.aws_vars(), "{restriction:?}");
        case.was_asked(["AssumeRole"]);
    }
}

#[test]
fn a_session_with_another_restriction_is_not_reused() {
    for (number, held) in RESTRICTIONS.iter().enumerate() {
        let case = restrictable().holding(with_role(held));
        for asked in &RESTRICTIONS[number + 1..] {
            let before = case.sts.requests().len();
            assert_ne!(key_id(&case, &with_role(asked)), FIRST, "{held:?}, then {asked:?}");
            assert_eq!(case.sts.requests().len(), before + 1, "{held:?}, then {asked:?}");
        }
    }
}

#[test]
fn a_transitive_tag_makes_another_session() {
    let (plain, transitive) = (["--tag", "a=b", "s3"], ["--tag", "a=b", "--transitive-tag", "a", "s3"]);
    for (held, asked) in [(&plain[..], &transitive[..]), (&transitive, &plain)] {
        let case = restrictable().holding(held);
        assert_eq!(key_id(&case, held), FIRST);
        assert_ne!(key_id(&case, asked), FIRST, "{asked:?}");
    }
}

#[test]
fn a_reused_session_has_its_account_after_the_variable_was_unset() {
    let case = Case::new().holding(["s3"]).without("AWS_ACCOUNT_ID");
    let env = case.run(["s3", "--", "env", "-0"]).env();
    assert_eq!((&*env["AWS_ACCESS_KEY_ID"], &*env["AWS_ACCOUNT_ID"]), (FIRST, ACCOUNT));
    case.was_asked(["AssumeRole"]);
    let (case, sso) = corp();
    let case = case.holding(["dev"]);
    assert_eq!(case.run(["dev", "--", "env", "-0"]).env()["AWS_ACCOUNT_ID"], ACCOUNT);
    assert_eq!(sso.requests().len(), 1);
    // Only the variable has the account of keys without a role.
    let case = case.without("AWS_ACCOUNT_ID");
    assert_eq!(case.run(["dev", "--", "env", "-0"]).env()["AWS_ACCOUNT_ID"], ACCOUNT);
    assert_eq!(sso.requests().len(), 2);
}

/// A profile whose program logs each call, and prints temporary keys with these additional members.
fn with_program(members: &str) -> Case {
    let document = format!(
        r#"{{"Version":1,"AccessKeyId":"ASIAPROGRAM000000000","SecretAccessKey":"TEST/secret+program","SessionToken":"TEST//token+program"{members}}}"#
    );
    let case = Case::new();
    let log = case.path("calls").display().to_string();
    let program = case.program("keys", &format!("#!/bin/sh\necho called >>{log}\necho '{document}'\n"));
    case.config(format!("[profile p]\ncredential_process = {}\n", program.display()))
}

fn calls(case: &Case) -> usize {
    fs::read_to_string(case.path("calls")).expect("it was called").lines().count()
}

#[test]
fn reused_keys_of_a_program_keep_the_account_that_it_named() {
    let members = r#","Expiration":"2099-01-02T03:04:05Z","AccountId":"210987654321""#;
    let case = with_program(members).holding(["p"]);
    let env = aws_only(&case.run(["p", "--", "env", "-0"]).env());
    assert_eq!((env["AWS_ACCOUNT_ID"].as_str(), calls(&case)), ("210987654321", 1));
    assert_eq!(env, case.aws_vars());
}

#[test]
fn keys_with_an_unknown_expiry_are_not_reused() {
    let case = with_program("").holding(["p"]);
    assert_eq!(case.value("ASSUME_ENV_EXPIRES"), None);
    case.run(["p", "--", "true"]).succeeded();
    assert_eq!(calls(&case), 2);
}

#[test]
fn a_code_that_is_typed_makes_a_new_session() {
    let case = protected().holding(["--mfa-token", "111111", "s3"]);
    assert_eq!(key_id(&case, &["s3"]), FIRST);
    assert_ne!(key_id(&case, &["--mfa-token", "222222", "s3"]), FIRST);
    let made = case.sts.requests();
    assert_eq!((made.len(), made[1].param("TokenCode")), (2, "222222"));
}

/// With the name typed, the command gets a new session of what the name means now. Without the name, the program fails and says
/// what is held and what the name means now.
#[track_caller]
fn is_not_given_out(case: &Case, name: &str, role: Option<&str>, parts: &[&str]) {
    let requests = case.sts.requests().len();
    for args in [&[][..], &["--fresh"], &["-d", "15m"]] {
        case.run(args).failed(1, parts).said(&[&format!("name it: assume-env {name}")]);
    }
    for args in [&["--", "true"][..], &["--fresh", "--", "true"]] {
        case.run(args).failed_silently(125, parts);
    }
    for args in ["--whoami", "--buckets", "--explain"] {
        case.run([args]).failed_silently(1, parts);
    }
    assert_eq!(case.sts.requests().len(), requests);
    let env = case.run([name, "--", "env", "-0"]).env();
    assert_eq!(env["AWS_ACCESS_KEY_ID"], SECOND);
    assert_eq!(env.get("ASSUME_ENV_ROLE_ARN").map(String::as_str), role);
}

#[test]
fn a_session_of_a_role_and_keys_without_a_role_do_not_replace_each_other() {
    let role = format!("[profile s3]\nrole_arn = {ROLE}\nsource_profile = base\n");
    let keys = CREDENTIALS.replace("[base]", "[profile s3]");
    let case = Case::new().config(&role).holding(["s3"]).config(&keys);
    is_not_given_out(&case, "s3", None, &["s3 leads to the keys of profile s3", &format!("holds {ROLE}")]);
    let case = Case::new().config(&keys).holding(["s3"]).config(&role);
    let parts = [&*format!("s3 leads to {ROLE} now"), "config:2", "holds keys without a role"];
    is_not_given_out(&case, "s3", Some(ROLE), &parts);
}

#[test]
fn a_session_is_not_reused_when_its_name_now_has_another_role() {
    let other = role_arn("other");
    let case = Case::in_world(world().role(Role::new(&other).trusts(super::USER))).holding(["s3"]);
    let case = case.config(format!("[profile s3]\nrole_arn = {other}\nsource_profile = base\n"));
    let parts = [&*format!("s3 leads to {other} now"), "config:2", &format!("holds {ROLE}")];
    is_not_given_out(&case, "s3", Some(&other), &parts);
}

const SECOND_USER: &str =
    "[second]\naws_access_key_id = AKIASECOND0000000000\naws_secret_access_key = second/secret+EXAMPLE\n";

/// The standard world and files, and a second user, whom the role trusts too.
fn with_second_user() -> Case {
    let second = User::new(ACCOUNT, "second", "AKIASECOND0000000000", "second/secret+EXAMPLE");
    let role = Role::new(ROLE).trusts(super::USER).trusts("arn:aws:iam::123456789012:user/second");
    Case::in_world(world().user(second).role(role)).credentials(format!("{CREDENTIALS}{SECOND_USER}"))
}

#[test]
fn a_session_is_not_reused_for_a_profile_with_another_source_now() {
    let case = with_second_user().holding(["s3"]);
    let case = case.config(format!("[profile s3]\nrole_arn = {ROLE}\nsource_profile = second\n"));
    is_not_given_out(&case, "s3", Some(ROLE), &["a session from second now", "holds a session from base"]);
    assert_eq!(case.signers(), [KEY_ID, "AKIASECOND0000000000"]);
}

/// The name of the source is the same, and the keys are another user's: AWS_SHARED_CREDENTIALS_FILE points
/// elsewhere.
#[test]
fn a_session_is_not_renewed_with_the_keys_of_another_user_of_the_same_name() {
    let case = with_second_user().holding(["s3"]);
    case.file("other", SECOND_USER.replace("second]", "base]"));
    let path = case.path("other");
    let case = case.var("AWS_SHARED_CREDENTIALS_FILE", path);
    is_not_given_out(
        &case,
        "s3",
        Some(ROLE),
        &["s3 starts from the keys of profile base (", "was made with other keys", "assume-env s3"],
    );
}

/// direnv: the other config file does not have the profile. The user did not type its name.
#[test]
fn a_held_session_whose_profile_does_not_exist_now_is_named() {
    let case = Case::new().holding(["s3"]);
    let file = case.file("other", "[profile elsewhere]\nregion = eu-west-1\n");
    let case = case.var("AWS_CONFIG_FILE", &file);
    let said = format!("this environment holds {ROLE} from the profile s3, which does not exist now");
    let parts = [&*said, &file.display().to_string(), "assume-env --clear"];
    case.run([""; 0]).failed(1, &parts);
    case.run(["--", "true"]).failed_silently(125, &parts);
    case.run(["--explain"]).failed_silently(1, &parts);
    // A name that the user types is another matter.
    case.run(["s3"])
        .failed(1, &["there is no profile s3, and the name is neither a role ARN nor ACCOUNT:NAME"]);
    let named = Case::new().var("AWS_PROFILE", "nosuch");
    named.run([""; 0]).failed(1, &["there is no profile nosuch (the variable AWS_PROFILE)"]);
}

/// direnv: another config file has a profile of the same name.
#[test]
fn another_config_file_does_not_change_the_held_role() {
    let other = role_arn("other");
    let case = Case::in_world(world().role(Role::new(&other).trusts(super::USER))).holding(["s3"]);
    let file = case.file("other", format!("[profile s3]\nrole_arn = {other}\nsource_profile = base\n"));
    let case = case.var("AWS_CONFIG_FILE", file);
    is_not_given_out(&case, "s3", Some(&other), &[&other, ROLE, "other:2"]);
}

#[test]
fn another_role_on_the_way_is_another_source() {
    let (one, two, far) = (role_arn("one"), role_arn("two"), role_arn("far"));
    let config = |way: &str| {
        format!(
            "[profile way]\nrole_arn = {way}\nsource_profile = base\n\
             [profile s3]\nrole_arn = {far}\nsource_profile = way\n"
        )
    };
    let world =
        [&one, &two].into_iter().fold(world(), |world, arn| world.role(Role::new(arn).trusts(super::USER)));
    let world = world.role(Role::new(&far).trusts(&one).trusts(&two));
    let case = Case::in_world(world).config(config(&one)).holding(["s3"]);
    case.run::<&str>([]).succeeded();
    let case = case.config(config(&two));
    case.run::<&str>([]).failed(1, &[&one, &two]);
}

/// Another tool writes new temporary keys every hour: the source is the same.
#[test]
fn new_temporary_keys_of_the_same_profile_are_the_same_source() {
    let keys = |id: &str| {
        format!("[saml]\naws_access_key_id = {id}\naws_secret_access_key = s\naws_session_token = t\n")
    };
    let case =
        Case::new().config("[profile saml]\n").credentials(keys("ASIAONE0000000000000")).holding(["saml"]);
    let case = case.credentials(keys("ASIATWO0000000000000"));
    assert!(case.run::<&str>([]).succeeded().contains("ASIATWO0000000000000"));
}

/// A session of an older version has no id of its source: only the role can be compared.
#[test]
fn a_session_without_an_id_of_its_source_is_renewed() {
    let case = with_second_user().holding(["s3"]).without("ASSUME_ENV_SOURCE_ID");
    case.run::<&str>([]).succeeded();
}

#[test]
fn a_program_without_a_role_gives_the_same_account_again() {
    let keys = r#","Expiration":"2099-01-02T03:04:05Z","AccountId":"210987654321""#;
    let case = with_program(keys).holding(["p"]);
    case.run::<&str>([]).succeeded();
    let program = case.path("keys");
    let text = fs::read_to_string(&program).expect("it is there").replace("210987654321", ACCOUNT);
    case.program("keys", &text);
    case.run::<&str>([]).failed(1, &[ACCOUNT, "210987654321"]);
    case.run(["--fresh", "p"]).succeeded();
}

/// The name, the source and the region are those of the new command, not those of the first one.
#[test]
fn a_reused_session_has_the_labels_of_the_new_command() {
    let by_arn = ["-r", "eu-north-1", "--source-profile", "base", ROLE];
    let case = Case::new().holding(by_arn);
    let env = case.run(["s3", "--", "env", "-0"]).env();
    assert_eq!((&*env["AWS_ACCESS_KEY_ID"], &*env["ASSUME_ENV_PROFILE"]), (FIRST, "s3"));
    for name in ["ASSUME_ENV_SOURCE", "ASSUME_ENV_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"] {
        assert!(!env.contains_key(name), "{name} belongs to the session of the ARN");
    }
    let case = Case::new().holding(["s3"]);
    let env = case.run([&["-r", "eu-north-1", ROLE][..], &["--", "env", "-0"]].concat()).env();
    assert_eq!((&*env["AWS_ACCESS_KEY_ID"], &*env["ASSUME_ENV_PROFILE"]), (FIRST, ROLE));
    assert_eq!((&*env["ASSUME_ENV_REGION"], &*env["AWS_REGION"]), ("eu-north-1", "eu-north-1"));
}

/// The user can have other settings in the profile with the other name.
#[test]
fn keys_without_a_role_are_not_reused_under_another_name() {
    let second = CREDENTIALS.replace("[base]", "[second]");
    let case = Case::new().credentials(format!("{CREDENTIALS}{second}")).holding(["base"]);
    assert_eq!(key_id(&case, &["base"]), FIRST);
    assert_ne!(key_id(&case, &["second"]), FIRST);
    case.was_asked(["GetSessionToken"; 2]);
}

/// The clock of STS can be up to one minute ahead of the clock of this machine.
#[test]
fn a_session_that_lasts_a_minute_too_long_is_reused() {
    let case = Case::in_world(world().clock(40)).holding(["-d", "15m", "s3"]);
    assert_eq!(key_id(&case, &["-d", "15m", "s3"]), FIRST);
    let case = Case::in_world(world().clock(120)).holding(["-d", "15m", "s3"]);
    assert_ne!(key_id(&case, &["-d", "15m", "s3"]), FIRST);
}
