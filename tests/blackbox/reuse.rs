//! A session that the environment holds is used again while enough of it is left: no request, and the same text and environment
//! once more. Whatever is not the very same session, and long enough, is asked for anew, from the user's own source.

use super::harness::{
    BINARY, Case, Env, FIRST, KEY_ID, ROLE, SECOND, USER, aws_only, env_in, role, role_arn, world,
};
use crate::support::{Role, User};

/// Two more roles, each with a profile: `other` with a region, and `chained`, which is reached over `s3`.
fn case() -> Case {
    let world = world()
        .role(role("other"))
        .role(Role::new(&role_arn("chained")).trusts(ROLE))
        .user(User::new("123456789012", "second", "AKIASECOND0000000000", "second/secret+EXAMPLE"));
    Case::in_world(world).more_config(
        "[profile other]\nrole_arn = arn:aws:iam::123456789012:role/other\nsource_profile = base\nregion = ap-south-1\n\
         [profile chained]\nrole_arn = arn:aws:iam::123456789012:role/chained\nsource_profile = s3\n",
    )
}

/// Whether the held session is used again with these arguments. Running and printing must agree.
#[track_caller]
fn reused(case: &Case, args: &[&str]) -> bool {
    let held = case.value("AWS_ACCESS_KEY_ID").expect("a session").to_owned();
    let before = case.sts.requests().len();
    let text = case.run(args).succeeded().to_owned();
    let printed = text.contains(&format!("AWS_ACCESS_KEY_ID='{held}'"));
    assert_eq!(case.sts.requests().len() - before, usize::from(!printed), "{args:?}");
    let command = args.iter().copied().chain(["--", "env", "-0"]);
    let ran = case.run(command).env()["AWS_ACCESS_KEY_ID"] == held;
    assert_eq!(ran, printed, "{args:?}");
    printed
}

#[test]
fn the_same_role_is_no_second_request() {
    let case = case().holding(["s3"]);
    assert!(reused(&case, &["s3"]));
    assert!(reused(&case, &["-q", "s3"]) && reused(&case, &["-v", "s3"]));
    case.was_asked(["AssumeRole"]);
}

#[test]
fn the_whole_text_is_printed_again() {
    for args in [&["s3"][..], &["other"], &["-r", "eu-north-1", "-n", "ann", "s3"], &["chained"]] {
        let case = case().var("AWS_PROFILE", "base").var("AWS_REGION", "eu-west-1").var("AWS_ROLE_ARN", "");
        let first = case.run(args).succeeded().to_owned();
        case.file("text", &first);
        let held = aws_only(&case.shell("dash", ". ./text && env -0").env());
        let requests = case.sts.requests().len();
        let case = ["AWS_PROFILE", "AWS_ROLE_ARN"].into_iter().fold(case, Case::without);
        let case = held.iter().fold(case, |case, (name, value)| case.var(name, value));
        assert_eq!(case.run(args).succeeded(), first, "{args:?}");
        assert_eq!(case.sts.requests().len(), requests, "{args:?}");
    }
}

#[test]
fn the_whole_environment_is_given_again() {
    for args in [&["s3"][..], &["other"], &["-r", "eu-north-1", "s3"], &["--source-profile", "base", ROLE]] {
        let case = case().var("AWS_PROFILE", "base").var("AWS_REGION", "eu-west-1").holding(args);
        let command = args.iter().copied().chain(["--", "env", "-0"]);
        assert_eq!(aws_only(&case.run(command).env()), case.aws_vars(), "{args:?}");
        case.was_asked(["AssumeRole"]);
    }
}

#[test]
fn every_format_can_be_printed_again() {
    let case = case().holding(["s3"]);
    for (format, part) in [
        ("sh", format!("AWS_ACCESS_KEY_ID='{FIRST}'")),
        ("fish", format!("set -gx AWS_ACCESS_KEY_ID '{FIRST}';")),
        ("json", format!("\"AccessKeyId\":\"{FIRST}\"")),
        ("dotenv", format!("AWS_ACCESS_KEY_ID={FIRST}\n")),
    ] {
        let outcome = case.run(["-f", format, "s3"]);
        assert!(outcome.succeeded().contains(&part), "{format}: {}", outcome.out());
    }
    case.was_asked(["AssumeRole"]);
}

#[test]
fn another_role_is_another_session() {
    let case = case().holding(["s3"]);
    assert!(!reused(&case, &["other"]));
    assert_eq!(case.signers(), [KEY_ID; 3]);
}

#[test]
fn another_name_is_another_session() {
    let case = case().holding(["-n", "ann", "s3"]);
    assert!(reused(&case, &["-n", "ann", "s3"]));
    assert!(!reused(&case, &["-n", "bob", "s3"]));
    assert!(!reused(&case, &["s3"]), "without a name it is user@host");
    let case = case.var("AWS_ROLE_SESSION_NAME", "ann");
    assert!(reused(&case, &["s3"]));
}

#[test]
fn fresh_never_reuses() {
    let case = case().holding(["s3"]);
    assert!(!reused(&case, &["--fresh", "s3"]));
    assert!(!reused(&case, &["--fresh", "--min-ttl", "1s", "s3"]));
}

#[test]
fn the_rest_that_is_wanted_is_a_quarter_and_at_most_a_quarter_of_an_hour() {
    for (flags, wanted) in [
        (&[][..], 900),
        (&["-d", "12h"], 900),
        (&["-d", "15m"], 225),
        (&["-d", "30m"], 450),
        (&["-d", "1h"], 900),
    ] {
        let args: Vec<&str> = flags.iter().copied().chain(["s3"]).collect();
        let case = case().holding(&args).with_seconds_left(wanted + 30);
        assert!(reused(&case, &args), "{flags:?}");
        let case = case.with_seconds_left(wanted - 5);
        assert!(!reused(&case, &args), "{flags:?}");
    }
}

#[test]
fn the_length_of_the_profile_counts_too() {
    let case = Case::new().more_config("duration_seconds = 900\n").holding(["s3"]).with_seconds_left(300);
    assert!(reused(&case, &["s3"]));
    assert!(!reused(&case.with_seconds_left(200), &["s3"]));
}

/// `-d 15m` gives a command fifteen minutes, and not what is left of twelve hours.
#[test]
fn a_length_that_is_named_is_not_exceeded() {
    let case = case().holding(["s3"]).with_seconds_left(3000);
    assert!(!reused(&case, &["-d", "15m", "s3"]));
    assert!(reused(&case, &["-d", "1h", "s3"]));
    assert!(reused(&case.with_seconds_left(800), &["-d", "15m", "s3"]));
}

/// STS hands transitive tags and the source identity on to the sessions of later roles: these are marked, too.
#[test]
fn what_an_earlier_role_hands_on_makes_another_session() {
    let hub = |name: &str, more: &str| {
        format!(
            "[profile {name}]\nrole_arn = {ROLE}\nsource_profile = base\n{more}\n\
             [profile by-{name}]\nrole_arn = {}\nsource_profile = {name}\n",
            role_arn("chained")
        )
    };
    let more = [
        hub("plain", ""),
        hub("own", "session_tags = team=a"),
        hub("tagged", "session_tags = team=a\ntransitive_session_tags = team"),
        hub("b", "session_tags = team=b\ntransitive_session_tags = team"),
        hub("named", "source_identity = ann"),
    ];
    let by = |name: &str, held: &str| {
        let marks = |role: Role| role.allows_tags().allows_source_identity();
        let world = world()
            .role(marks(Role::new(ROLE).trusts(USER)))
            .role(marks(Role::new(&role_arn("chained")).trusts(ROLE)));
        let case =
            more.iter().fold(Case::in_world(world), |case, more| case.more_config(more)).holding([held]);
        let before = case.sts.requests().len();
        case.run([name]).succeeded();
        case.sts.requests().len() == before
    };
    for held in ["by-plain", "by-own", "by-tagged", "by-b", "by-named"] {
        for name in ["by-plain", "by-own", "by-tagged", "by-b", "by-named"] {
            let unmarked = |name: &str| name == "by-plain" || name == "by-own";
            assert_eq!(
                by(name, held),
                name == held || unmarked(name) && unmarked(held),
                "{name} with {held}"
            );
        }
    }
}

#[test]
fn min_ttl_says_how_much_is_wanted() {
    let case = case().holding(["s3"]).with_seconds_left(1000);
    assert!(reused(&case, &["--min-ttl", "15m", "s3"]));
    assert!(!reused(&case, &["--min-ttl", "17m", "s3"]));
    let case = case.with_seconds_left(30);
    assert!(reused(&case, &["--min-ttl", "0", "s3"]) && reused(&case, &["--min-ttl", "5s", "s3"]));
    assert!(!reused(&case, &["--min-ttl", "1m", "s3"]));
}

#[test]
fn what_has_expired_is_never_used_again() {
    let case = case().holding(["s3"]).with_seconds_left(-5);
    assert!(!reused(&case, &["s3"]));
    assert!(!reused(&case, &["--min-ttl", "0", "s3"]));
    assert!(!reused(&case.var("ASSUME_ENV_EXPIRES", "0"), &["s3"]));
}

/// The server's clock is behind: its sessions end soon by ours.
#[test]
fn the_end_is_that_of_the_answer() {
    let case = Case::in_world(world().clock(-700)).holding(["-d", "15m", "s3"]);
    assert!(!reused(&case, &["-d", "15m", "s3"]), "200 seconds are left, and 225 are wanted");
    let case = Case::in_world(world().clock(-600)).holding(["-d", "15m", "s3"]);
    assert!(reused(&case, &["-d", "15m", "s3"]), "300 seconds are left");
}

#[test]
fn an_account_that_is_not_the_sessions_is_another_session() {
    let case = case().holding(["s3"]).var("AWS_ACCOUNT_ID", "210987654321");
    assert!(!reused(&case, &["s3"]));
}

#[test]
fn a_narrowed_session_is_another_session() {
    let case = case().holding(["s3"]).var("ASSUME_ENV_NARROWED", "read-only");
    assert!(!reused(&case, &["s3"]));
}

#[test]
fn labels_beside_other_keys_are_no_session() {
    let case = case().holding(["s3"]).var("AWS_ACCESS_KEY_ID", "ASIAOTHER00000000000");
    let env = case.run(["s3", "--", "env", "-0"]).env();
    assert_eq!((&*env["AWS_ACCESS_KEY_ID"], case.signers()), (SECOND, vec![KEY_ID.to_owned(); 2]));
}

#[test]
fn questions_use_the_held_session() {
    let case = case().holding(["s3"]);
    assert_eq!(case.run(["--buckets", "s3"]).succeeded().lines().count(), 3);
    assert!(case.run(["--whoami", "s3"]).succeeded().contains("assumed-role/assumeS3Full/"));
    assert_eq!(case.run(["--buckets"]).succeeded().lines().count(), 3, "the held role may be left out");
    assert!(case.run(["--whoami", "--json"]).succeeded().contains("assumed-role/assumeS3Full/"));
    case.was_asked(["AssumeRole", "ListBuckets", "GetCallerIdentity", "ListBuckets", "GetCallerIdentity"]);
    assert_eq!(case.signers(), [KEY_ID, FIRST, FIRST, FIRST, FIRST]);
    case.run(["--whoami", "--fresh", "s3"]).succeeded();
    assert_eq!(case.sts.actions()[5..], ["AssumeRole", "GetCallerIdentity"]);
}

#[test]
fn a_role_left_out_is_renewed_when_printed_and_kept_when_run() {
    let case = case().holding(["s3"]);
    assert_eq!(case.run(["--", "env", "-0"]).env()["AWS_ACCESS_KEY_ID"], FIRST);
    case.was_asked(["AssumeRole"]);
    assert!(case.run::<&str>([]).succeeded().contains(SECOND));
    assert!(case.run(["-d", "15m"]).succeeded().contains("ASIATEST000000000003"));
    assert_eq!(case.signers(), [KEY_ID; 3]);
}

#[test]
fn why_a_new_session_is_made_is_said_when_asked() {
    let held = case().holding(["-n", "ann", "s3"]);
    for (args, why) in [
        (&["-v", "--fresh", "s3"][..], "--fresh"),
        (&["-v", "other"], &*format!("this environment holds a session of {ROLE}")),
        (&["-v", "-n", "bob", "s3"], "the held session is named ann"),
        (&["-v", "-n", "ann", "--min-ttl", "2h", "s3"], "more, and must last 2h"),
        (&["-v"], "no role is named, so the held one is renewed"),
    ] {
        let outcome = held.run(args);
        outcome.succeeded();
        outcome.said(&["assume-env: a new session is made: ", why]);
    }
    let outcome = case().run(["-v", "s3"]);
    outcome.said(&["a new session is made: this environment holds no session"]);
    let outcome = held.run(["-v", "-n", "ann", "s3"]);
    assert!(!outcome.stderr.contains("new session"), "{}", outcome.stderr);
}

#[test]
fn the_summary_says_that_the_session_is_reused() {
    let case = case().holding(["s3"]);
    let outcome = case.on_terminal("assume-env s3 | cat >out");
    let text = outcome.succeeded();
    assert!(
        text.starts_with("assume-env: s3 is arn:aws:sts::123456789012:assumed-role/assumeS3Full/"),
        "{text}"
    );
    assert!(
        text.contains("reused the session that this environment holds; --fresh gets a new one"),
        "{text}"
    );
    assert_eq!(case.on_terminal("assume-env -q s3 | cat >out").succeeded(), "");
    case.was_asked(["AssumeRole"]);
}

/// The source is gone once the session is there: a renewal could not be made, and none is needed.
#[test]
fn a_held_session_needs_no_source() {
    let case = Case::new().with_keys_in_environment().holding([ROLE]);
    assert!(reused(&case, &[ROLE]));
    case.run(["--whoami"]).succeeded();
}

#[test]
fn a_held_session_of_credential_source_environment_needs_no_source() {
    let config = format!("[profile env]\nrole_arn = {ROLE}\ncredential_source = Environment\n");
    let case = Case::new().config(config).with_keys_in_environment().holding(["env"]);
    assert!(reused(&case, &["env"]));
}

#[test]
fn a_chained_session_needs_no_source() {
    let chained = role_arn("chained");
    let case = case().holding(["s3"]).holding([&*chained]);
    assert_eq!(case.signers(), [KEY_ID, FIRST]);
    assert!(reused(&case, &[&chained]));
    case.run(["--whoami"]).succeeded();
}

#[test]
fn a_bare_role_remembers_its_source() {
    let second =
        "[second]\naws_access_key_id = AKIASECOND0000000000\naws_secret_access_key = second/secret+EXAMPLE\n";
    let case = case().credentials(format!("{}{second}", super::harness::CREDENTIALS));
    let case = case.var("AWS_PROFILE", "base").holding([ROLE]);
    assert_eq!(case.value("ASSUME_ENV_SOURCE"), Some("base"));
    // Another profile that was named since is not where the session came from.
    let case = case.var("AWS_PROFILE", "second");
    case.run::<&str>([]).succeeded();
    case.run(["--fresh", ROLE]).succeeded();
    assert_eq!(case.signers(), [KEY_ID; 3]);
    let case = case.var("ASSUME_ENV_SOURCE", "nosuch");
    case.run::<&str>([]).failed(1, &["there is no profile nosuch (the variable ASSUME_ENV_SOURCE)"]);
    assert_eq!(case.signers().len(), 3);
}

/// Its label would say that the keys come from there, and a renewal would go there.
#[test]
fn another_source_that_is_named_is_another_session() {
    let second =
        "[second]\naws_access_key_id = AKIASECOND0000000000\naws_secret_access_key = second/secret+EXAMPLE\n";
    let case = case().credentials(format!("{}{second}", super::harness::CREDENTIALS));
    let case = case.holding(["--source-profile", "base", ROLE]);
    assert!(reused(&case, &["--source-profile", "base", ROLE]) && reused(&case, &[ROLE]));
    let outcome = case.run(["-v", "--source-profile", "second", ROLE]);
    outcome.said(&["a new session is made: the held keys are from another source"]);
    assert_eq!(case.signers(), [KEY_ID, "AKIASECOND0000000000"]);
}

#[test]
fn a_bare_role_without_a_source_is_not_renewed_from_another() {
    let with_keys = Case::new().with_keys_in_environment().var("AWS_PROFILE", "").holding([ROLE]);
    let chained = role_arn("chained");
    let chained = case().holding(["s3"]).holding([&*chained]);
    for case in [with_keys, chained] {
        let role = case.value("ASSUME_ENV_ROLE_ARN").expect("a label").to_owned();
        assert_eq!(case.value("ASSUME_ENV_SOURCE"), None);
        let line = format!("{role} was assumed with keys that this environment no longer has");
        let advice = format!("name its source again: assume-env --source-profile NAME {role}");
        let requests = case.sts.requests().len();
        case.run::<&str>([]).failed(1, &[&line, &advice]);
        case.run(["--fresh", &*role]).failed(1, &[&line, &advice]);
        case.run(["--fresh", &*role, "--", "true"]).failed_silently(125, &[&line]);
        assert_eq!(case.sts.requests().len(), requests);
    }
}

#[test]
fn a_profiles_role_named_by_its_arn_is_renewed_from_the_profiles_source() {
    let case = Case::new().holding(["s3"]);
    let case = case.holding(["--fresh", ROLE]);
    assert_eq!(case.signers(), [KEY_ID; 2]);
    let case = case.holding(["--fresh", ROLE]);
    case.run::<&str>([]).succeeded();
    assert_eq!(case.signers(), [KEY_ID; 4], "never by way of the role itself");
}

#[test]
fn nested_sessions_start_from_the_users_own_source() {
    let case = case().var("AWS_PROFILE", "base").var("AWS_REGION", "eu-west-1");
    let alone = aws_only(&case.run(["other", "--", "env", "-0"]).env());
    let nested = case.run(["s3", "--", BINARY, "other", "--", "env", "-0"]).env();
    let ours = |env: &Env| {
        let mut env = aws_only(env);
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_CREDENTIAL_EXPIRATION",
            "ASSUME_ENV_KEY_ID",
            "ASSUME_ENV_EXPIRES",
        ] {
            assert!(env.remove(name).is_some(), "{name}");
        }
        env
    };
    assert_eq!(ours(&nested), ours(&alone));
    assert_eq!(case.signers(), [KEY_ID; 3], "not one is chained");
    let deep =
        case.run(["s3", "--", BINARY, "other", "--", BINARY, "s3", "--", BINARY, "other", "--", "env", "-0"]);
    assert_eq!(ours(&deep.env()), ours(&alone));
    assert_eq!(case.signers(), [KEY_ID; 7]);
}

#[test]
fn a_chain_that_passes_the_held_role_starts_from_the_users_own_source() {
    let case = case().holding(["s3"]);
    case.run(["chained", "--", "true"]).succeeded();
    assert_eq!(case.signers(), [KEY_ID, KEY_ID, SECOND]);
}

#[test]
fn there_and_back_again_is_a_request_each() {
    let case = case();
    let script = r#"for role in s3 other s3 s3 other other; do eval "$(assume-env $role)" || exit 10; env -0 >held-$role; done
        eval "$(assume-env --clear)" && env -0"#;
    let after = aws_only(&case.shell("dash", script).env());
    assert_eq!(after.len(), 1, "{:?}", after.keys());
    assert_eq!(case.signers(), [KEY_ID; 4]);
    assert_eq!(env_in(&case.path("held-other"))["AWS_REGION"], "ap-south-1");
    assert!(!env_in(&case.path("held-s3")).contains_key("AWS_REGION"));
}

#[test]
fn the_guard_speaks_before_a_held_session_is_printed() {
    let case = case().holding(["s3"]);
    let outcome = case.on_terminal("assume-env s3");
    assert!(outcome.out().contains("keys are not printed to a terminal") && !outcome.out().contains("ASIA"));
    case.was_asked(["AssumeRole"]);
}

/// Keys without a role were once used again by their name alone: whoever the name meant now.
#[test]
fn keys_without_a_role_are_used_again_only_while_their_source_is_the_same() {
    let case = Case::new().holding(["base"]);
    case.run(["base", "--", "true"]).succeeded();
    case.was_asked(["GetSessionToken"]);
    let other = case.more_config("[profile base]\nmfa_serial = arn:aws:iam::123456789012:mfa/base\n");
    let why = "A new session is made: the held keys are from another source";
    other.run(["--explain", "base"]).said_on_stdout(&[why]);
}

/// An account that nobody knew was once taken for the expected one.
#[test]
fn keys_of_an_unknown_account_are_not_used_where_a_certain_one_is_expected() {
    let case = Case::new().holding(["base"]);
    case.run(["--expect-account", "999999999999", "base", "--", "echo", "ran"])
        .failed_silently(125, &["999999999999 is expected"]);
}

#[test]
fn keys_that_were_dropped_by_hand_are_no_damage() {
    let case = Case::new().holding(["s3"]);
    let case = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        .into_iter()
        .fold(case, |case, name| case.without(name));
    case.run(["s3", "--", "true"]).succeeded();
    assert_eq!(case.run(["--status", "-q"]).status.code(), Some(1));
}

#[test]
fn a_session_is_renewed_with_its_own_name_and_region() {
    let case = Case::new().holding(["-n", "bob", "-r", "eu-west-3", "s3"]);
    let text = case.run(Vec::<&str>::new());
    for part in ["ASSUME_ENV_SESSION='bob'", "AWS_REGION='eu-west-3'"] {
        assert!(text.succeeded().contains(part), "{part}");
    }
}
