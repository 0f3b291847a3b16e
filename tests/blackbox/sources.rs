//! Where the first credentials come from, and the chain of roles after them.

use super::harness::{
    ACCOUNT, CREDENTIALS, Case, FIRST, KEY_ID, ROLE, SECOND, SECRET, USER, aws_only, role, role_arn, world,
};
use crate::support::{Role, User, World};

/// Three roles, each of which trusts only the one before it.
fn chain_world() -> World {
    world()
        .role(role("one"))
        .role(Role::new(&role_arn("two")).trusts(&role_arn("one")))
        .role(Role::new(&role_arn("three")).trusts(&role_arn("two")))
}

/// A profile for each of the three.
const CHAIN: &str = "[profile one]\nrole_arn = arn:aws:iam::123456789012:role/one\nsource_profile = base\n\
    role_session_name = first\n\
    [profile two]\nrole_arn = arn:aws:iam::123456789012:role/two\nsource_profile = one\n\
    [profile three]\nrole_arn = arn:aws:iam::123456789012:role/three\nsource_profile = two\n";

#[test]
fn chains_of_one_two_and_three_hops() {
    for (profile, roles, signers) in [
        ("one", &["one"][..], &[KEY_ID][..]),
        ("two", &["one", "two"], &[KEY_ID, FIRST]),
        ("three", &["one", "two", "three"], &[KEY_ID, FIRST, SECOND]),
    ] {
        let case = Case::in_world(chain_world()).config(CHAIN);
        let env = case.run([profile, "--", "env", "-0"]).env();
        let asked: Vec<String> =
            case.sts.requests().iter().map(|made| made.param("RoleArn").to_owned()).collect();
        let roles: Vec<String> = roles.iter().map(|name| role_arn(name)).collect();
        assert_eq!((asked, case.signers()), (roles, signers.iter().map(|id| (*id).to_owned()).collect()));
        assert_eq!(env["ASSUME_ENV_ROLE_ARN"], role_arn(profile));
        assert_eq!(env["ASSUME_ENV_PROFILE"], profile);
    }
}

#[test]
fn flags_shape_the_last_hop_alone() {
    let case = Case::in_world(chain_world()).config(CHAIN);
    case.run(["-n", "by-flag", "-d", "20m", "--external-id", "xy", "two"]).succeeded();
    let requests = case.sts.requests();
    let shapes: Vec<[&str; 3]> = requests
        .iter()
        .map(|made| ["RoleSessionName", "DurationSeconds", "ExternalId"].map(|name| made.param(name)))
        .collect();
    assert_eq!(shapes, [["first", "", ""], ["by-flag", "1200", "xy"]]);
}

#[test]
fn each_hop_has_what_its_own_profile_says() {
    let case = Case::in_world(
        World::new()
            .user(User::new(ACCOUNT, "base", KEY_ID, SECRET))
            .role(role("one").external_id("of:one"))
            .role(Role::new(&role_arn("two")).trusts(&role_arn("one")).external_id("of:two")),
    )
    .config(
        "[profile one]\nrole_arn = arn:aws:iam::123456789012:role/one\nsource_profile = base\nexternal_id = of:one\n\
         duration_seconds = 900\n\
         [profile two]\nrole_arn = arn:aws:iam::123456789012:role/two\nsource_profile = one\nexternal_id = of:two\n",
    );
    case.run(["two"]).succeeded();
    let durations: Vec<i64> =
        case.sts.world(|world| world.sessions().iter().map(|s| s.grant.duration).collect());
    assert_eq!(durations, [900, 3600]);
}

#[test]
fn a_profile_may_be_its_own_source_when_it_has_keys() {
    let case = Case::new().config("").credentials(format!(
        "[self]\nrole_arn = {ROLE}\nsource_profile = self\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
    ));
    case.run(["self"]).succeeded();
    assert_eq!(case.signers(), [KEY_ID]);
}

#[test]
fn a_profile_without_keys_cannot_be_its_own_source() {
    let case = Case::new().config(format!("[profile self]\nrole_arn = {ROLE}\nsource_profile = self\n"));
    let place = format!("{}:3", case.path(".aws/config").display());
    case.run(["self"]).failed(
        1,
        &["source_profile goes in a ring: self → self", &place, "one of these must name a profile with keys"],
    );
    case.nothing_was_asked();
}

/// Profiles with a role each, whose sources are as given.
fn linked(links: &[(&str, &str)]) -> String {
    let section = |(name, source): &(&str, &str)| {
        format!("[profile {name}]\nrole_arn = {ROLE}\nsource_profile = {source}\n")
    };
    links.iter().map(section).collect()
}

#[test]
fn a_ring_is_shown_whole() {
    let case = Case::new().config(linked(&[("a", "b"), ("b", "c"), ("c", "a"), ("start", "b")]));
    let config = case.path(".aws/config").display().to_string();
    case.run(["a"]).failed(
        1,
        &["source_profile goes in a ring: a → b → c → a\n", &format!("{config}:3, {config}:6, {config}:9")],
    );
    case.run(["start"]).failed(1, &["source_profile goes in a ring: b → c → a → b\n"]);
    case.nothing_was_asked();
}

#[test]
fn a_source_that_is_missing_is_named_with_the_nearest_names() {
    let case = Case::new().config(linked(&[("s3", "baes"), ("prod", "elsewhere")]));
    let config = case.path(".aws/config").display().to_string();
    let line = format!("there is no profile baes ({config}:3)");
    case.run(["s3"]).failed(1, &[&line, "did you mean base?", "assume-env --list"]);
    case.run(["prod"]).failed(1, &[&format!("there is no profile elsewhere ({config}:6)"), "looked in "]);
    case.nothing_was_asked();
}

#[test]
fn an_unknown_role_is_answered_with_the_nearest_names() {
    let case = Case::new().more_config("[profile prod-admin]\n[profile prod]\n");
    case.run(["prdo"]).failed(1, &["there is no profile prdo", "did you mean prod?"]);
    case.run(["admin"]).failed(1, &["did you mean prod-admin?"]);
    case.run(["S3"]).failed(1, &["did you mean s3?"]);
    let files = [".aws/config", ".aws/credentials"].map(|name| case.path(name).display().to_string());
    case.run(["billing"])
        .failed(1, &["and the name is neither a role ARN nor ACCOUNT:NAME", &files.join(" and ")]);
    case.nothing_was_asked();
}

#[test]
fn two_sources_are_one_too_many() {
    let case = Case::new().config(format!(
        "[profile s3]\nrole_arn = {ROLE}\nsource_profile = base\ncredential_source = Environment\n"
    ));
    let config = case.path(".aws/config").display().to_string();
    case.run(["s3"]).failed(
        1,
        &[
            &format!("has both source_profile ({config}:3) and credential_source ({config}:4)"),
            "remove one of the two lines",
        ],
    );
    case.nothing_was_asked();
}

#[test]
fn a_role_without_a_source_is_told_what_to_add() {
    let case = Case::new().config(format!("[profile s3]\nrole_arn = {ROLE}\n"));
    let place = format!("{}:1", case.path(".aws/config").display());
    case.run(["s3"]).failed(
        1,
        &[
            &format!("the profile s3 ({place}) has a role_arn and nothing to assume it with"),
            "source_profile = NAME",
        ],
    );
    let case =
        case.credentials(format!("[s3]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"));
    case.run(["s3"]).failed(1, &["add source_profile = s3"]);
    case.nothing_was_asked();
}

#[test]
fn half_an_access_key_is_named_with_its_file_and_line() {
    let whole = format!("aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n");
    for (config, credentials, place, missing) in [
        ("", "[base]\naws_access_key_id = AKIA\n", ".aws/credentials:2", "aws_secret_access_key is missing"),
        ("", "[base]\naws_secret_access_key = x\n", ".aws/credentials:2", "aws_access_key_id is missing"),
        (
            "[profile base]\naws_access_key_id = AKIA\n",
            "",
            ".aws/config:5",
            "aws_secret_access_key is missing",
        ),
        // A pair is never put together from two files.
        (
            "[profile base]\naws_secret_access_key = x\n",
            "[base]\naws_access_key_id = AKIA\n",
            ".aws/credentials:2",
            "aws_secret_access_key is missing",
        ),
        (
            &format!("[profile base]\n{whole}"),
            "[base]\naws_access_key_id = AKIA\naws_secret_access_key =\n",
            ".aws/credentials:2",
            "aws_secret_access_key is missing",
        ),
    ] {
        let case = Case::new().more_config(config).credentials(credentials);
        let place = case.path(place).display().to_string();
        case.run(["s3"])
            .failed(1, &["the profile base has half an access key", &place, missing, "in the same file"]);
        case.nothing_was_asked();
    }
}

#[test]
fn half_an_access_key_in_the_environment_is_an_error() {
    for (name, missing) in
        [("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")]
    {
        let case = Case::new().var(name, "x");
        case.run([ROLE]).failed(
            1,
            &[&format!("half an access key: {missing} is missing"), &format!("set {missing} too")],
        );
        case.nothing_was_asked();
    }
}

/// A stray end of line from a copied file is an everyday case.
#[test]
fn keys_that_can_be_none_are_an_error_and_no_panic() {
    let good = [KEY_ID, SECRET, "token"];
    for position in 0..3 {
        for end in ["\r", "\n", "\nmore", "\x01"] {
            let mut keys = good.map(str::to_owned);
            keys[position] += end;
            let case = Case::new()
                .var("AWS_ACCESS_KEY_ID", &keys[0])
                .var("AWS_SECRET_ACCESS_KEY", &keys[1])
                .var("AWS_SESSION_TOKEN", &keys[2]);
            let outcome = case.run([ROLE]);
            let what = ["access key id", "secret access key", "session token"][position];
            let variable = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"][position];
            outcome.failed(1, &[&format!("the {what} in the variable {variable} has"), "copy it again"]);
            assert!(!outcome.stderr.contains("mistake in assume-env"), "{}", outcome.stderr);
            case.nothing_was_asked();
        }
        let mut keys = good.map(str::to_owned);
        keys[position] += "\n  more";
        let case = Case::new().credentials(format!(
            "[base]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
            keys[0], keys[1], keys[2]
        ));
        let outcome = case.run(["s3"]);
        let what = ["access key id", "secret access key", "session token"][position];
        let line = format!("{}:{}", case.path(".aws/credentials").display(), position + 2);
        outcome.failed(1, &[&format!("the {what} in {line} has"), "copy it again"]);
        assert!(!outcome.stderr.contains("mistake in assume-env"), "{}", outcome.stderr);
        case.nothing_was_asked();
    }
}

#[test]
fn a_source_without_credentials_is_named() {
    let case = Case::new().credentials("").more_config("[profile base]\nregion = eu-west-1\n");
    let place = format!("{}:4", case.path(".aws/config").display());
    case.run(["s3"]).failed(1, &[&format!("the profile base ({place}) has no credentials"), "an access key"]);
    case.nothing_was_asked();
}

#[test]
fn the_keys_of_a_later_profile_win_over_its_role() {
    let case = Case::new().config(format!(
        "[profile s3]\nrole_arn = {ROLE}\nsource_profile = middle\n[profile middle]\n\
         role_arn = arn:aws:iam::123456789012:role/never\nsource_profile = nosuch\n\
         aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
    ));
    case.run(["s3"]).succeeded();
    assert_eq!(case.request().param("RoleArn"), ROLE);
}

#[test]
fn the_role_of_the_profile_that_was_asked_for_wins_over_its_keys() {
    let case =
        Case::new().more_config("aws_access_key_id = AKIAUNUSED0000000000\naws_secret_access_key = unused\n");
    case.run(["s3"]).succeeded();
    assert_eq!(case.signers(), [KEY_ID]);
}

#[test]
fn the_keys_of_the_credentials_file_win() {
    let case = Case::new().more_config(
        "[profile base]\naws_access_key_id = AKIAUNUSED0000000000\naws_secret_access_key = unused\n",
    );
    case.run(["s3"]).succeeded();
    assert_eq!(case.signers(), [KEY_ID]);
}

#[test]
fn credential_source_environment_takes_the_environments_keys() {
    for spelling in ["Environment", "environment", "ENVIRONMENT"] {
        let case = Case::new()
            .config(format!("[profile env]\nrole_arn = {ROLE}\ncredential_source = {spelling}\n"))
            .with_keys_in_environment();
        let env = case.run(["env", "--", "env", "-0"]).env();
        assert_eq!(
            (&*env["AWS_ACCESS_KEY_ID"], case.signers()),
            (FIRST, vec![KEY_ID.to_owned()]),
            "{spelling}"
        );
    }
}

#[test]
fn credential_source_environment_without_keys_says_what_to_set() {
    let case =
        Case::new().config(format!("[profile env]\nrole_arn = {ROLE}\ncredential_source = Environment\n"));
    let place = format!("{}:3", case.path(".aws/config").display());
    case.run(["env"]).failed(
        1,
        &[&place, "and the environment has no keys", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"],
    );
    case.nothing_was_asked();
}

#[test]
fn a_credential_source_that_there_is_not_is_an_error() {
    let case =
        Case::new().config(format!("[profile s3]\nrole_arn = {ROLE}\ncredential_source = Enviroment\n"));
    case.run(["s3"]).failed(
        1,
        &["credential_source = Enviroment", "use Environment, Ec2InstanceMetadata or EcsContainer"],
    );
    case.nothing_was_asked();
}

#[test]
fn a_bare_role_takes_the_profile_that_is_named() {
    let case = Case::new()
        .var("AWS_PROFILE", "nosuch")
        .var("AWS_ACCESS_KEY_ID", "AKIAOTHER")
        .var("AWS_SECRET_ACCESS_KEY", "x");
    let env = case.run(["--source-profile", "base", ROLE, "--", "env", "-0"]).env();
    assert_eq!((&*env["ASSUME_ENV_PROFILE"], case.signers()), (ROLE, vec![KEY_ID.to_owned()]));
}

#[test]
fn a_bare_role_through_a_profile_with_a_role_is_two_hops() {
    let case = Case::in_world(chain_world()).config(CHAIN);
    case.run(["--source-profile=one", &role_arn("two")]).succeeded();
    assert_eq!(case.signers(), [KEY_ID, FIRST]);
    let case = Case::in_world(chain_world()).config(CHAIN).var("AWS_PROFILE", "one");
    case.run([role_arn("two")]).succeeded();
    assert_eq!(case.signers(), [KEY_ID, FIRST]);
}

#[test]
fn a_bare_role_takes_the_environments_keys_before_any_profile() {
    let case = Case::new()
        .config("[default]\naws_access_key_id = AKIAUNUSED\naws_secret_access_key = x\n")
        .with_keys_in_environment();
    case.run([ROLE]).succeeded();
    assert_eq!(case.signers(), [KEY_ID]);
}

#[test]
fn a_bare_role_takes_the_profile_of_the_environment() {
    let case = Case::new().var("AWS_PROFILE", "base");
    case.run([ROLE]).succeeded();
    let case = case.var("AWS_DEFAULT_PROFILE", "base").var("AWS_PROFILE", "nosuch");
    case.run([ROLE]).succeeded();
    assert_eq!(case.signers(), [KEY_ID; 2]);
    let case = case.var("AWS_DEFAULT_PROFILE", "bose");
    case.run([ROLE])
        .failed(1, &["there is no profile bose (the variable AWS_DEFAULT_PROFILE)", "did you mean base?"]);
}

#[test]
fn a_bare_role_takes_the_default_profile_at_last() {
    let case = Case::new().credentials(CREDENTIALS.replace("[base]", "[default]"));
    case.run([ROLE]).succeeded();
    assert_eq!(case.signers(), [KEY_ID]);
}

#[test]
fn a_bare_role_without_any_source_is_told_where_one_could_stand() {
    let case = Case::new();
    case.run([ROLE]).failed(
        1,
        &[&format!("there are no credentials to assume {ROLE} with"), "--source-profile, set AWS_PROFILE"],
    );
    case.nothing_was_asked();
}

#[test]
fn a_bare_role_is_chained_from_the_session_that_is_held() {
    let case = Case::in_world(chain_world()).config(CHAIN);
    let two = role_arn("two");
    let script = format!(r#"eval "$(assume-env one)"; eval "$(assume-env -v {two})" && env -0"#);
    let outcome = case.shell("dash", &script);
    let env = aws_only(&outcome.env());
    assert_eq!(
        (&*env["ASSUME_ENV_ROLE_ARN"], case.signers()),
        (&*two, vec![KEY_ID.to_owned(), FIRST.to_owned()])
    );
    outcome.said(&[
        "starting from the session one of this environment",
        "chained: assumed with the session one",
    ]);
}

#[test]
fn a_profile_is_never_chained_from_the_session_that_is_held() {
    let case = Case::in_world(world().role(role("other"))).more_config(
        "[profile other]\nrole_arn = arn:aws:iam::123456789012:role/other\nsource_profile = base\n",
    );
    let outcome = case.shell("dash", r#"eval "$(assume-env s3)"; assume-env other -- true"#);
    outcome.succeeded();
    assert_eq!(case.signers(), [KEY_ID; 2]);
}

#[test]
fn chaining_from_a_session_that_has_ended_says_how_to_renew_it() {
    let case = Case::in_world(chain_world()).config(CHAIN);
    let two = role_arn("two");
    let script = format!(r#"eval "$(assume-env one)"; ASSUME_ENV_EXPIRES=1000000000 assume-env {two}"#);
    let outcome = case.shell("dash", &script);
    outcome.failed(
        1,
        &[
            "the session one that this environment holds expired",
            r#"renew it first (eval "$(assume-env one)")"#,
        ],
    );
    assert_eq!(case.sts.requests().len(), 1, "only the first role");
}

#[test]
fn a_chained_role_lasts_an_hour_at_most_and_that_is_known_beforehand() {
    let case = Case::in_world(chain_world()).config(CHAIN);
    let place = format!("{}:7", case.path(".aws/config").display());
    case.run(["-d", "61m", "two"]).failed(
        1,
        &["1h 1m (--duration) is too long for", &role_arn("two"), "one hour at most", "ask for 1h or less"],
    );
    let case =
        case.config(CHAIN.replace("source_profile = one", "duration_seconds = 7200\nsource_profile = one"));
    case.run(["two"]).failed(1, &["2h", &place]);
    case.run(["two", "--", "true"]).failed_silently(125, &["2h", &place]);
    case.nothing_was_asked();
    case.run(["-d", "1h", "two"]).succeeded();
}

#[test]
fn temporary_keys_of_a_profile_or_the_environment_chain_too() {
    const TEMPORARY: &str = "ASIATEST000000000001";
    let credentials = CREDENTIALS.replace(KEY_ID, TEMPORARY);
    let case = Case::new().credentials(format!("{credentials}aws_session_token = token\n"));
    case.run(["-d", "2h", "s3"]).failed(1, &["2h (--duration) is too long", "the keys of profile base"]);
    let case = Case::new().with_keys_in_environment().var("AWS_SESSION_TOKEN", "token");
    let case = case.var("AWS_ACCESS_KEY_ID", TEMPORARY);
    case.run(["-d", "2h", ROLE]).failed(1, &["2h (--duration) is too long", "the keys in the environment"]);
    case.nothing_was_asked();
}

#[test]
fn the_first_role_of_a_chain_may_last_longer() {
    let case = Case::new();
    case.run(["-d", "12h", "s3"]).succeeded();
    assert_eq!(case.request().param("DurationSeconds"), "43200");
}

#[test]
fn account_and_name_are_a_role() {
    let case = Case::in_world(world().role(role("path/to/deep"))).var("AWS_PROFILE", "base");
    let env = case.run(["123456789012:assumeS3Full", "--", "env", "-0"]).env();
    assert_eq!(
        (&*env["ASSUME_ENV_ROLE_ARN"], &*env["ASSUME_ENV_PROFILE"]),
        (ROLE, "123456789012:assumeS3Full")
    );
    case.run(["123456789012:path/to/deep"]).succeeded();
    assert_eq!(case.sts.requests()[1].param("RoleArn"), role_arn("path/to/deep"));
    for bad in ["12345678901:name", "12345678901x:name", "123456789012:", "123456789012:a b", ":name"] {
        case.run([bad]).failed(
            1,
            &[&format!("there is no profile {bad}, and the name is neither a role ARN nor ACCOUNT:NAME")],
        );
    }
}

#[test]
fn a_profile_wins_over_an_arn_and_an_account() {
    let case = Case::in_world(world().role(role("named"))).config(format!(
        "[profile 123456789012:named]\nrole_arn = {ROLE}\nsource_profile = base\n\
         [profile {}]\nrole_arn = {ROLE}\nsource_profile = base\n",
        role_arn("named")
    ));
    for name in ["123456789012:named", &role_arn("named")] {
        case.run([name]).succeeded();
    }
    assert!(case.sts.requests().iter().all(|made| made.param("RoleArn") == ROLE));
}

/// A user and a role of another partition.
fn abroad(partition: &str) -> Case {
    let user = User::new(ACCOUNT, "base", KEY_ID, SECRET).partition(partition);
    let role = Role::new(&format!("arn:{partition}:iam::{ACCOUNT}:role/r"))
        .trusts(&USER.replace("arn:aws:", &format!("arn:{partition}:")));
    Case::in_world(World::new().user(user).role(role)).config("")
}

#[test]
fn other_partitions_are_asked_at_home() {
    for (partition, home, region, other) in [
        ("aws-cn", "cn-north-1", "cn-northwest-1", "cn-northwest-1"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-east-1", "us-gov-east-1"),
    ] {
        let arn = format!("arn:{partition}:iam::{ACCOUNT}:role/r");
        for (flags, expected) in [(&[][..], home), (&["-r", region], other)] {
            let case = abroad(partition);
            let args = ["--source-profile", "base", &arn].into_iter().chain(flags.iter().copied());
            let env = case.run(args.chain(["--", "env", "-0"])).env();
            assert_eq!(env["ASSUME_ENV_ROLE_ARN"], arn);
            assert_eq!(case.request().region.as_deref(), Some(expected), "{partition} {flags:?}");
        }
    }
}

#[test]
fn account_and_name_take_the_partition_of_their_source() {
    let case = abroad("aws-cn");
    case.run(["-r", "cn-north-1", "--source-profile", "base", "123456789012:r"]).succeeded();
    let case = abroad("aws-cn").credentials(format!("{CREDENTIALS}region = cn-northwest-1\n"));
    case.run(["--source-profile", "base", "123456789012:r"]).succeeded();
    let made = case.request();
    assert_eq!(
        (made.param("RoleArn"), made.region.as_deref()),
        ("arn:aws-cn:iam::123456789012:role/r", Some("cn-northwest-1"))
    );
    let case = abroad("aws-us-gov").var("AWS_REGION", "us-gov-east-1").var("AWS_PROFILE", "base");
    case.run(["123456789012:r"]).succeeded();
    assert_eq!(case.request().param("RoleArn"), "arn:aws-us-gov:iam::123456789012:role/r");
}

#[test]
fn a_source_profile_is_for_bare_roles() {
    let case = Case::new();
    case.run(["--source-profile", "base", "s3"])
        .failed(2, &["--source-profile is for a role ARN, and s3 is a profile"]);
    case.run(["--source-profile", "bose", ROLE])
        .failed(1, &["there is no profile bose (--source-profile)", "did you mean base?"]);
    case.nothing_was_asked();
}
