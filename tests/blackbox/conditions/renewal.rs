//! Without a role, the held session is renewed: never with more rights, and never with another restriction.

use super::super::harness::{CONFIG, Case, ROLE, role_arn, world};
use super::{READ_ONLY, restrictable};
use crate::support::Role;

/// Every command that can ask STS refuses the renewal, and sends no request.
#[track_caller]
fn is_refused(case: &Case, flags: &[&str], about: &str) {
    let before = case.sts.requests().len();
    case.run(flags).failed(1, &["s3"]);
    case.run([flags, &["--", "true"]].concat()).failed_silently(125, &["s3"]);
    case.run([flags, &["--whoami"]].concat()).failed_silently(1, &["s3"]);
    case.run([flags, &["--explain"]].concat()).failed_silently(1, &["s3"]);
    assert_eq!(case.sts.requests().len(), before, "{about}");
}

const TAGGED: &str = "session_tags = team=a\n";

#[test]
fn a_session_is_not_renewed_with_another_restriction() {
    for (held, now) in [
        (TAGGED, "session_tags = team=b\n"),
        (TAGGED, "session_tags = other=a\n"),
        (TAGGED, "session_tags = team=a, more=x\n"),
        (TAGGED, "session_tags = team=a\ntransitive_session_tags = team\n"),
        ("session_tags = team=a\ntransitive_session_tags = team\n", TAGGED),
        (TAGGED, "source_identity = ann\n"),
        ("source_identity = ann\n", "source_identity = bob\n"),
        ("source_identity = ann\n", ""),
        (TAGGED, ""),
    ] {
        let case = restrictable().more_config(held).holding(["s3"]);
        case.run::<&str>([]).succeeded();
        let case = case.config(format!("{CONFIG}{now}"));
        is_refused(&case, &[], &format!("{held} then {now}"));
        // With its name, the role is requested with the present restriction of the profile.
        case.run(["s3"]).succeeded();
        case.was_asked(["AssumeRole"; 3]);
    }
}

#[test]
fn a_restriction_of_a_flag_is_not_replaced_by_another() {
    let other = "arn:aws:iam::aws:policy/AdministratorAccess";
    let case = restrictable().holding(["--read-only", "s3"]);
    is_refused(&case, &["--policy-arn", other], "read-only for another policy");
    let case = restrictable().holding(["--policy-arn", READ_ONLY, "s3"]);
    is_refused(&case, &["--policy-arn", other], "a policy for another");
    is_refused(&case, &[], "a policy for none");
    let case = restrictable().holding(["--tag", "a=b", "s3"]);
    is_refused(&case, &["--tag", "a=c"], "a tag for another");
    case.run(["--tag", "a=b"]).succeeded();
    case.was_asked(["AssumeRole"; 2]);
}

/// Transitive tags of an earlier role are a part of the restriction.
#[test]
fn a_session_is_not_renewed_with_other_transitive_tags_of_an_earlier_role() {
    let far = role_arn("far");
    let config = |marks: &str| {
        format!(
            "[profile hub]\nrole_arn = {ROLE}\nsource_profile = base\n{marks}\n\
             [profile s3]\nrole_arn = {far}\nsource_profile = hub\n"
        )
    };
    let transitive = |team: &str| format!("session_tags = team={team}\ntransitive_session_tags = team\n");
    for now in [transitive("b"), String::new()] {
        let hub = Role::new(ROLE).trusts(super::USER).allows_tags().allows_source_identity();
        let marked = Role::new(&far).trusts(ROLE).allows_tags().allows_source_identity();
        let case = Case::in_world(world().role(hub).role(marked)).config(config(&transitive("a")));
        let case = case.holding(["s3"]).config(config(&now));
        is_refused(&case, &[], &now);
    }
}

/// Fewer rights than before are allowed.
#[test]
fn a_session_without_a_restriction_is_renewed_with_that_of_the_profile() {
    let case = restrictable().holding(["s3"]).more_config(TAGGED);
    case.run::<&str>([]).succeeded();
    assert_eq!(case.sts.requests()[1].param("Tags.member.1.Value"), "a");
}

#[test]
fn a_read_only_session_stays_read_only_after_two_renewals() {
    let mut case = restrictable().holding(["--read-only", "s3"]);
    for count in 2..=3 {
        let text = case.run::<&str>([]).succeeded().to_owned();
        case.file("text", text);
        let held = case.shell("dash", ". ./text && env -0").env();
        assert_eq!(held["ASSUME_ENV_NARROWED"], "read-only");
        case = held.iter().fold(case, |case, (name, value)| case.var(name, value));
        assert_eq!(case.sts.requests().len(), count);
        assert_eq!(case.sts.requests()[count - 1].param("PolicyArns.member.1.arn"), READ_ONLY);
    }
}

/// The profile now has another role, so the source of the held role is not known any more.
#[test]
fn a_role_is_not_renewed_when_its_profile_now_has_another_role() {
    let other = role_arn("other");
    let case = Case::new().holding(["s3"]);
    let case = case.config(format!("[profile s3]\nrole_arn = {other}\nsource_profile = base\n"));
    let parts = [
        &*format!("{ROLE} was assumed by way of the profile s3, which leads to {other} now"),
        "config:2",
        "assume-env --source-profile NAME",
        "assume-env s3",
    ];
    case.run(["--fresh", ROLE]).failed(1, &parts);
    case.run(["--fresh", ROLE, "--", "true"]).failed_silently(125, &parts);
    case.run::<&str>([]).failed(1, &[ROLE, &other, "assume-env s3"]);
    case.was_asked(["AssumeRole"]);
    // The session that is held is the one that is named: it needs no source.
    case.run([ROLE, "--", "true"]).succeeded();
    case.was_asked(["AssumeRole"]);
}

/// The renewal uses the endpoint of the source profile, like the first request.
#[test]
fn a_bare_role_is_renewed_with_the_settings_of_its_source() {
    let case = Case::new();
    let near = format!("[profile base]\nendpoint_url = {}\n", case.sts.url());
    // A request to another machine would go through a proxy that does not exist.
    let case = case.more_config(&near).without("AWS_ENDPOINT_URL").var("HTTPS_PROXY", "http://127.0.0.1:1");
    let case = case.holding(["--source-profile", "base", ROLE]);
    case.run::<&str>([]).succeeded();
    case.run(["--fresh", ROLE]).succeeded();
    case.was_asked(["AssumeRole"; 3]);
}
