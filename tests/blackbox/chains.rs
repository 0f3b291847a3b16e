//! Chains of any length: each hop uses the values of its own profile, all hops share one connection, and a
//! chain that cannot work is an error before the first request.

use super::harness::{
    ACCOUNT, CREDENTIALS, Case, FIRST, KEY_ID, ROLE, SECOND, SECRET, USER, finish, role_arn,
};
use super::mfa::DEVICE;
use crate::support::{Ca, Role, Sts, User, World};

const NAMES: [&str; 5] = ["one", "two", "three", "four", "five"];

/// Five roles, each of which trusts only the one before it, and only with its own external ID.
fn world() -> World {
    let user = World::new().user(User::new(ACCOUNT, "base", KEY_ID, SECRET));
    NAMES.iter().enumerate().fold(user, |world, (i, name)| {
        let before = if i == 0 { USER.to_owned() } else { role_arn(NAMES[i - 1]) };
        world.role(
            Role::new(&role_arn(name)).trusts(&before).external_id(&format!("of:{name}")).max_duration(43200),
        )
    })
}

/// A profile for each role, with its own name, length and external ID: a header and five lines.
fn profiles() -> String {
    let profile = |(i, name): (usize, &&str)| {
        let source = if i == 0 { "base" } else { NAMES[i - 1] };
        format!(
            "[profile {name}]\nrole_arn = {}\nsource_profile = {source}\nexternal_id = of:{name}\n\
             role_session_name = ann-{name}\nduration_seconds = {}\n",
            role_arn(name),
            900 + 100 * i
        )
    };
    NAMES.iter().enumerate().map(profile).collect()
}

#[test]
fn each_of_five_hops_uses_the_values_of_its_own_profile() {
    let case = Case::in_world(world()).config(profiles());
    let env = case.run(["five", "--", "env", "-0"]).env();
    let sent: Vec<[String; 4]> = case
        .sts
        .requests()
        .iter()
        .map(|made| {
            ["RoleArn", "ExternalId", "RoleSessionName", "DurationSeconds"]
                .map(|name| made.param(name).to_owned())
        })
        .collect();
    let wanted: Vec<[String; 4]> = NAMES
        .iter()
        .enumerate()
        .map(|(i, name)| {
            [role_arn(name), format!("of:{name}"), format!("ann-{name}"), (900 + 100 * i).to_string()]
        })
        .collect();
    assert_eq!(sent, wanted);
    assert_eq!(case.signers(), [KEY_ID, FIRST, SECOND, "ASIATEST000000000003", "ASIATEST000000000004"]);
    assert_eq!((&*env["ASSUME_ENV_ROLE_ARN"], &*env["ASSUME_ENV_SESSION"]), (&*role_arn("five"), "ann-five"));
    assert_eq!(case.sts.connections(), 1);
}

#[test]
fn a_chain_costs_one_handshake() {
    for (profile, hops) in [("three", 3), ("five", 5)] {
        let ca = Ca::new("Test CA");
        let case = Case::with(Sts::https(world(), &ca)).config(profiles());
        let bundle = case.file("bundle.pem", ca.pem());
        case.var("AWS_CA_BUNDLE", bundle).run([profile]).succeeded();
        let ca = Ca::new("Test CA");
        let case = Case::with(Sts::https(world(), &ca)).config(profiles());
        let bundle = case.file("bundle.pem", ca.pem());
        let case = case.var("AWS_CA_BUNDLE", bundle);
        case.run(["--whoami", profile]).succeeded();
        assert_eq!(case.sts.requests().len(), hops + 1);
        assert_eq!((case.sts.connections(), case.sts.handshakes()), (1, 1));
    }
}

#[test]
fn a_refused_hop_ends_the_chain_and_is_named() {
    let case = Case::in_world(world()).config(profiles().replace("= of:three", "= of:another"));
    let config = case.path(".aws/config").display().to_string();
    case.run(["five"]).failed(
        1,
        &[
            &format!("STS did not give the role {}: AccessDenied", role_arn("three")),
            &format!("(named at {config}:14)"),
            &format!("the session of {}", role_arn("two")),
            &format!(
                "the external ID must be the one that the trust policy requires; this one is from {config}:16"
            ),
        ],
    );
    case.was_asked(["AssumeRole"; 3]);
}

#[test]
fn a_length_over_one_hour_is_refused_for_a_later_hop() {
    let case = Case::in_world(world()).config(profiles().replace("= 1100", "= 7200"));
    let place =
        format!("2h ({}:18) is too long for {}", case.path(".aws/config").display(), role_arn("three"));
    let parts = [&*place, &*format!("assumed with the role {}", role_arn("two")), "ask for 1h or less"];
    case.run(["five"]).failed(1, &parts);
    case.run(["five", "--", "true"]).failed_silently(125, &parts);
    case.run(["--explain", "five"]).failed_silently(1, &parts);
    case.nothing_was_asked();
    // The first one may last longer.
    let case = Case::in_world(world()).config(profiles().replace("= 900", "= 43200"));
    case.run(["two"]).succeeded();
    assert_eq!(case.sts.requests()[0].param("DurationSeconds"), "43200");
}

/// Only the output of the program says that its keys are temporary. The program runs before the first request
/// to STS.
#[test]
fn a_length_over_one_hour_is_refused_for_a_programs_temporary_keys() {
    let document =
        r#"{"Version":1,"AccessKeyId":"ASIAPROCESS000000000","SecretAccessKey":"x","SessionToken":"t"}"#;
    let case = Case::new().credentials("");
    let program = case.program("keys", &format!("#!/bin/sh\necho '{document}'\n"));
    let case = case.config(format!(
        "[profile s3]\nrole_arn = {ROLE}\nsource_profile = p\n[profile p]\ncredential_process = {}\n",
        program.display()
    ));
    case.run(["-d", "2h", "s3"])
        .failed(1, &["2h (--duration) is too long", "the credential_process of profile p"]);
    case.no_request_was_made();
}

#[test]
fn a_refusal_names_the_device_that_only_the_source_profile_has() {
    let world = World::new()
        .user(User::new(ACCOUNT, "base", KEY_ID, SECRET).mfa(DEVICE, ["111111"]))
        .role(Role::new(ROLE).trusts(USER).requires_mfa());
    let case = Case::in_world(world).credentials(format!("{CREDENTIALS}mfa_serial = {DEVICE}\n"));
    let place = format!("{}:4", case.path(".aws/credentials").display());
    // The program asks for no code: the AWS CLI does not use the device of the source profile either.
    case.run_without_terminal(["s3"]).failed(
        1,
        &[
            "AccessDenied",
            &format!("if the role needs an MFA code: only the source profile names a device ({place})"),
            &format!("add mfa_serial = {DEVICE} to profile s3"),
        ],
    );
    case.run(["--source-profile", "base", ROLE]).failed(1, &[&format!("type --mfa-serial {DEVICE}")]);
    assert!(case.sts.requests().iter().all(|made| made.param("SerialNumber").is_empty()));
    case.run(["--mfa-serial", DEVICE, "--mfa-token", "111111", "s3"]).succeeded();
}

#[test]
fn a_chain_is_explained_hop_by_hop() {
    let case = Case::in_world(world()).config(profiles());
    let text = finish(case.assume_env(["--explain", "five"]));
    for (i, name) in NAMES.iter().enumerate() {
        text.said_on_stdout(&[
            &format!("\n{}. AssumeRole {} (", i + 1, role_arn(name)),
            &format!("ann-{name} ("),
        ]);
    }
    let plan = case.run(["--explain", "--json", "five"]).json();
    assert_eq!(plan["hops"].as_array().expect("a list").len(), 5);
    case.nothing_was_asked();
}

#[test]
fn a_chain_of_forty_roles_works() {
    let count = 40;
    let mut world = World::new().user(User::new(ACCOUNT, "base", KEY_ID, SECRET));
    let mut config = String::new();
    for i in 0..count {
        let before = if i == 0 { USER.to_owned() } else { role_arn(&format!("r{}", i - 1)) };
        let source = if i == 0 { "base".to_owned() } else { format!("r{}", i - 1) };
        world = world.role(Role::new(&role_arn(&format!("r{i}"))).trusts(&before));
        config += &format!(
            "[profile r{i}]\nrole_arn = {}\nsource_profile = {source}\n",
            role_arn(&format!("r{i}"))
        );
    }
    let case = Case::in_world(world).config(config);
    let env = case.run(["r39", "--", "env", "-0"]).env();
    assert_eq!(env["ASSUME_ENV_ROLE_ARN"], role_arn("r39"));
    assert_eq!((case.sts.requests().len(), case.sts.connections()), (count, 1));
}
