//! What narrows or marks a session: policies, tags, a source identity, and the account that is expected.

use super::harness::{Case, ROLE, USER};
use crate::support::{Role, User, World};

/// The usual world, with a role that may be tagged.
fn case() -> Case {
    let user = User::new("123456789012", "base", "AKIABASE000000000000", "base/secret+EXAMPLE");
    let role = Role::new(ROLE).trusts(USER).allows_tags().allows_source_identity();
    Case::in_world(World::new().user(user).role(role))
}

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;

#[test]
fn what_is_typed_reaches_the_sts() {
    let case = case();
    let file = case.file("policy.json", POLICY);
    let policy = format!("@{}", file.display());
    let args = ["--policy", &policy, "--policy-arn", READ_ONLY, "--tag", "team=a b", "--tag", "env=x=y"];
    let more = ["--transitive-tag", "team", "--source-identity", "ann", "s3", "--", "env", "-0"];
    let env = case.run(args.into_iter().chain(more)).env();
    let made = case.request();
    for (name, value) in [
        ("Policy", POLICY),
        ("PolicyArns.member.1.arn", READ_ONLY),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "a b"),
        ("Tags.member.2.Value", "x=y"),
        ("TransitiveTagKeys.member.1", "team"),
        ("SourceIdentity", "ann"),
    ] {
        assert_eq!(made.param(name), value, "{name}");
    }
    let narrowed = &env["ASSUME_ENV_NARROWED"];
    assert!(narrowed.len() == 16 && narrowed.bytes().all(|b| b.is_ascii_hexdigit()), "{narrowed}");
}

#[test]
fn read_only_is_the_managed_policy_of_the_partition() {
    let case = case();
    let env = case.run(["--read-only", "s3", "--", "env", "-0"]).env();
    assert_eq!(case.request().param("PolicyArns.member.1.arn"), READ_ONLY);
    assert_eq!(env["ASSUME_ENV_NARROWED"], "read-only");
}

#[test]
fn a_profile_can_mark_its_sessions() {
    let case = case()
        .more_config("session_tags = team=a, env=x\ntransitive_session_tags = team\nsource_identity = ann\n");
    case.run(["--tag", "env=typed", "s3"]).succeeded();
    let made = case.request();
    let sent = ["Tags.member.1.Value", "Tags.member.2.Value", "TransitiveTagKeys.member.1", "SourceIdentity"];
    assert_eq!(sent.map(|name| made.param(name)), ["a", "typed", "team", "ann"]);
}

#[test]
fn a_session_that_is_narrowed_in_another_way_is_not_used_again() {
    let case = case().holding(["--read-only", "s3"]);
    case.run(["--read-only", "s3"]).succeeded();
    case.was_asked(["AssumeRole"]);
    let explained = case.run(["--explain", "s3"]);
    explained.said_on_stdout(&["restricted in another way (read-only)"]);
    case.run(["s3"]).succeeded();
    case.was_asked(["AssumeRole", "AssumeRole"]);
}

#[test]
fn a_narrowed_session_is_renewed_as_it_was_held_or_not_at_all() {
    let held = case().holding(["--read-only", "s3"]);
    held.run(Vec::<&str>::new()).succeeded();
    assert_eq!(held.sts.requests()[1].param("PolicyArns.member.1.arn"), READ_ONLY);
    let held = case().holding(["--tag", "a=b", "s3"]);
    held.run(Vec::<&str>::new()).failed(1, &["was restricted or tagged", "assume-env s3"]);
    held.run(["--", "true"]).failed_silently(125, &["was restricted or tagged"]);
    held.was_asked(["AssumeRole"]);
}

#[test]
fn what_sts_would_not_take_is_not_sent() {
    for (args, parts) in [
        (&["--tag", "aws:x=y"][..], ["aws:x (--tag)", "belong to AWS"]),
        (&["--tag", "a=1", "--tag", "A=2"], ["A (--tag)", "twice"]),
        (&["--tag", "a"], ["a (--tag)", "KEY=VALUE"]),
        (&["--transitive-tag", "b"], ["b (--transitive-tag)", "--tag"]),
        (&["--source-identity", "a b"], ["a b (--source-identity)", "2 to 64"]),
        (&["--policy-arn", "ReadOnlyAccess"], ["ReadOnlyAccess (--policy-arn)", "ARN of a managed policy"]),
        (&["--policy", "{\n \"Version\": oops}"], ["the policy (--policy)", "line 2, column 13"]),
        (&["--policy", "[]"], ["the policy (--policy)", "JSON object"]),
        (&["--expect-account", "12"], ["12 (--expect-account)", "twelve digits"]),
    ] {
        let case = case();
        case.run(args.iter().copied().chain(["s3"])).failed(2, &parts);
        case.nothing_was_asked();
    }
    let case = case();
    case.run(["--policy", "@/nonexistent/policy.json", "s3"])
        .failed(1, &["/nonexistent/policy.json", "--policy @FILE"]);
    case.nothing_was_asked();
}

#[test]
fn another_account_is_refused_before_anything_is_asked() {
    let case = case();
    case.run(["--expect-account", "123456789012", "s3"]).succeeded();
    let parts = ["is 123456789012, and 210987654321 is expected", "no keys were given out"];
    case.run(["--expect-account", "210987654321", "s3"]).failed(1, &parts);
    case.was_asked(["AssumeRole"]);
    let case = self::case().more_config("expected_account = 210987654321\n");
    case.run(["s3", "--", "true"]).failed_silently(125, &["config:", "and 210987654321 is expected"]);
    case.nothing_was_asked();
    // A session that is held is no way around it.
    let held = self::case().holding(["s3"]);
    held.run(["--expect-account", "210987654321", "s3"]).failed(1, &parts);
}

#[test]
fn tags_that_are_not_allowed_are_explained() {
    let user = User::new("123456789012", "base", "AKIABASE000000000000", "base/secret+EXAMPLE");
    let case = Case::in_world(World::new().user(user).role(Role::new(ROLE).trusts(USER)));
    case.run(["--tag", "a=b", "s3"]).failed(1, &["AccessDenied", "sts:TagSession", "leave the tags out"]);
    case.run(["--source-identity", "ann", "s3"]).failed(1, &["sts:SetSourceIdentity", "leave it out"]);
}
