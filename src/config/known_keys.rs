//! The keys of profiles: the one table of all keys that this program, the AWS CLI or the AWS SDKs read.
//!
//! `--explain` warns of a key that is not in the table, and the man page describes those that this program
//! reads. The keys of other tools are those of the AWS CLI (`aws help config-vars`), botocore's
//! `configprovider` and the AWS SDKs and Tools Reference ("Settings reference").

use crate::common::suggest;

/// A key of a profile, or of an `sso-session` section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProfileKey {
    /// Its name, in lower case. Keys are case-insensitive.
    pub name: &'static str,
    /// The program that reads it.
    pub reader: KeyReader,
}

/// The program that reads a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyReader {
    /// This program, with a description of what it does with the value. Most AWS tools read the key too.
    ThisProgram(&'static str),
    /// Only the AWS CLI or the AWS SDKs. If the setting has a variable, a session passes it on.
    OtherTools,
}

impl ProfileKey {
    /// What this program does with the value; `None` for a key that only other tools read.
    pub(crate) fn about(&self) -> Option<&'static str> {
        match self.reader {
            KeyReader::ThisProgram(about) => Some(about),
            KeyReader::OtherTools => None,
        }
    }
}

/// Whether this program, the AWS CLI or an AWS SDK reads a key.
pub(crate) fn is_known(key: &str) -> bool {
    PROFILE_KEYS.iter().any(|known| known.name.eq_ignore_ascii_case(key))
}

/// The known key that is most similar to an unknown one. A quotation mark, `export` as in a shell, or
/// `-` or a blank instead of `_`, is a typing error that no other key is nearer to.
pub(crate) fn nearest(key: &str) -> Option<&'static str> {
    let key = key.strip_prefix("export ").unwrap_or(key);
    let plain = key.trim_matches(['"', '\'']).to_lowercase().replace(['-', ' '], "_");
    let names = PROFILE_KEYS.iter().map(|known| known.name);
    let same = names.clone().find(|name| **name == *plain);
    same.or_else(|| suggest::nearest(key, names).first().copied())
}

const fn read(name: &'static str, about: &'static str) -> ProfileKey {
    ProfileKey { name, reader: KeyReader::ThisProgram(about) }
}

const fn other(name: &'static str) -> ProfileKey {
    ProfileKey { name, reader: KeyReader::OtherTools }
}

/// A source of credentials that a profile can name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProfileSource {
    /// The keys that name the source. A profile with an access key does not inherit them.
    pub keys: &'static [&'static str],
    /// The keys in words, for the man page.
    pub title: &'static str,
    /// What gives the credentials, for the man page.
    pub about: &'static str,
}

/// The sources that a profile can name, in the order of `plan::source_of`.
pub(crate) const SOURCES: &[ProfileSource] = &[
    ProfileSource {
        keys: &["web_identity_token_file"],
        title: "web_identity_token_file",
        about: "With role_arn: the token of an identity provider assumes the role (AssumeRoleWithWebIdentity).",
    },
    ProfileSource {
        keys: &["sso_session", "sso_account_id", "sso_role_name"],
        title: "sso_session, or sso_start_url and sso_region",
        about: "With sso_account_id and sso_role_name: a role of IAM Identity Center. The token is the AWS CLI's own, from \
                --login or `aws sso login`. An expired token is refreshed, if that is possible.",
    },
    ProfileSource {
        // Access keys have a rule of their own: no profile inherits them.
        keys: &[],
        title: "aws_access_key_id with aws_secret_access_key",
        about: "Keys of the credentials file; those of the config file come last, after the next two.",
    },
    ProfileSource {
        keys: &["login_session"],
        title: "login_session",
        about: "The AWS CLI gives the credentials of `aws login`.",
    },
    ProfileSource {
        keys: &["credential_process"],
        title: "credential_process",
        about: "A program that prints the credentials. It is run without a shell.",
    },
    ProfileSource {
        keys: &["credential_source"],
        title: "credential_source",
        about: "Environment: the keys in the environment. EcsContainer: those of the container (ECS, EKS Pod Identity). \
                Ec2InstanceMetadata: those of the instance's role.",
    },
];

/// Whether a key names a source of credentials.
pub(crate) fn names_source(key: &str) -> bool {
    SOURCES.iter().flat_map(|source| source.keys).any(|name| name.eq_ignore_ascii_case(key))
}

/// All keys, in alphabetical order.
pub(crate) const PROFILE_KEYS: &[ProfileKey] = &[
    other("account_id_endpoint_mode"),
    other("adaptive_retry_wait_to_fill"),
    other("api_versions"),
    other("auth_scheme_preference"),
    read("aws_access_key_id", "The key id of a long-lived or temporary access key."),
    other("aws_account_id"),
    read("aws_secret_access_key", "The secret of the access key. It must be in the same file as the key id."),
    read(
        "aws_security_token",
        "An older name of aws_session_token. If a profile has both, this one is used.",
    ),
    read("aws_session_token", "The session token of a temporary access key."),
    read(
        "ca_bundle",
        "A PEM file with the certificate authorities to trust. The variable AWS_CA_BUNDLE has priority.",
    ),
    other("cli_auto_prompt"),
    other("cli_binary_format"),
    other("cli_error_format"),
    other("cli_follow_urlparam"),
    other("cli_history"),
    other("cli_pager"),
    other("cli_timestamp_format"),
    other("connect_timeout"),
    other("correct_clock_skew"),
    read("credential_process", "A command that prints credentials as JSON. It is run without a shell."),
    read(
        "credential_source",
        "The source of the keys that assume role_arn, instead of source_profile: Environment, EcsContainer \
         or Ec2InstanceMetadata.",
    ),
    other("csm_client_id"),
    other("csm_enabled"),
    other("csm_host"),
    other("csm_port"),
    other("data_path"),
    other("defaults_mode"),
    other("disable_clock_skew_correction"),
    other("disable_host_prefix_injection"),
    other("disable_request_compression"),
    read(
        "duration_seconds",
        "The length of the session, from 900 to 43200 seconds. The flag --duration has priority.",
    ),
    other("ec2_instance_profile_name"),
    read("ec2_metadata_service_endpoint", "The address of the metadata service of EC2 instances."),
    read(
        "ec2_metadata_service_endpoint_mode",
        "Which address the metadata service of EC2 instances has by default: ipv4 or ipv6.",
    ),
    read(
        "ec2_metadata_v1_disabled",
        "With true, the metadata service of EC2 instances is not used without a token (IMDSv1).",
    ),
    other("endpoint_discovery_enabled"),
    read(
        "endpoint_url",
        "The address of AWS services. In a block of a services section, the address of one service: sts, \
         s3, sso, sso_oidc or signin.",
    ),
    read(
        "expected_account",
        "The account that the role must belong to. With another account, nothing is asked of AWS.",
    ),
    read("external_id", "The external ID that AssumeRole sends."),
    read(
        "ignore_configured_endpoint_urls",
        "Whether all configured endpoint addresses are ignored: true or false.",
    ),
    other("imds_use_ipv6"),
    read(
        "include_profile",
        "Another profile, from which the settings come that this one lacks. Access keys are not inherited. \
         aws-vault reads this key too.",
    ),
    read(
        "login_session",
        "A console login of the AWS CLI (aws login). The AWS CLI is asked for the credentials.",
    ),
    read("max_attempts", "How often a request is tried at most; 3 by default."),
    read(
        "metadata_service_num_attempts",
        "How often the metadata service of EC2 instances is asked at most, from 1 to 600; 1 by default.",
    ),
    read(
        "metadata_service_timeout",
        "How long the metadata service of EC2 instances may take, from 1 to 600 seconds; 1 by default.",
    ),
    read(
        "mfa_process",
        "A command that prints the MFA code. It is run with sh -c. aws-vault reads this key too.",
    ),
    read(
        "mfa_serial",
        "The MFA device whose code is sent: an ARN, or the serial number of a hardware device.",
    ),
    other("output"),
    other("parameter_validation"),
    other("read_timeout"),
    read("region", "The region of the session. STS is asked in this region too."),
    other("request_checksum_calculation"),
    other("request_min_compression_size_bytes"),
    other("response_checksum_validation"),
    other("retry_mode"),
    read(
        "role_arn",
        "The role to assume. The profile must also say with which keys, or with which web identity token.",
    ),
    read(
        "role_session_name",
        "The name of the session, which CloudTrail shows. The flag --session-name has priority.",
    ),
    other("s3"),
    other("s3_disable_express_session_auth"),
    other("s3_disable_multiregion_access_points"),
    other("s3_us_east_1_regional_endpoint"),
    other("s3_use_arn_region"),
    other("s3api"),
    other("sdk_ua_app_id"),
    read("services", "The name of a [services] section, which has endpoint addresses of single services."),
    read("session_tags", "Session tags, as KEY=VALUE,KEY=VALUE. aws-vault reads this key too."),
    other("sigv4a_signing_region_set"),
    read(
        "source_identity",
        "The source identity, which CloudTrail shows and later sessions inherit. aws-vault reads this key \
         too.",
    ),
    read("source_profile", "The profile whose credentials assume role_arn. It may have a role itself."),
    read("sso_account_id", "The account of a role of IAM Identity Center."),
    read("sso_region", "The region of IAM Identity Center."),
    read(
        "sso_registration_scopes",
        "The scopes that a sign-in asks for, separated by commas [default with sso_session: sso:account:access].",
    ),
    read("sso_role_name", "The name of a role (permission set) of IAM Identity Center."),
    read("sso_session", "The name of an [sso-session] section, which has sso_start_url and sso_region."),
    read(
        "sso_start_url",
        "The start page of IAM Identity Center. Without sso_session, it selects the token of the AWS CLI.",
    ),
    read(
        "sts_regional_endpoints",
        "Whether STS is asked in a region (regional) or, in older regions, at its global address (legacy).",
    ),
    other("tcp_keepalive"),
    read(
        "transitive_session_tags",
        "The session tags that later sessions inherit, as KEY,KEY. aws-vault reads this key too.",
    ),
    read("use_dualstack_endpoint", "Whether endpoints with IPv4 and IPv6 are used: true or false."),
    read("use_fips_endpoint", "Whether endpoints with FIPS 140 cryptography are used: true or false."),
    read(
        "web_identity_token_file",
        "A file with a token of an identity provider. It assumes role_arn without keys.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn the_keys_are_in_alphabetical_order() {
        assert!(PROFILE_KEYS.is_sorted_by(|one, next| one.name < next.name));
    }

    #[test]
    fn every_setting_that_a_session_passes_on_is_in_the_table() {
        use crate::common::variables::{SettingKey, VARIABLES};
        let settings = VARIABLES.iter().filter_map(|variable| variable.setting);
        for key in settings.flat_map(|setting| setting.keys) {
            let (SettingKey::Plain(key) | SettingKey::Nested(key, _)) = key;
            assert!(is_known(key), "{key}");
        }
    }

    #[test]
    fn every_key_of_a_source_is_in_the_table_as_read_by_this_program() {
        for key in SOURCES.iter().flat_map(|source| source.keys) {
            let known = PROFILE_KEYS.iter().find(|known| known.name == *key);
            assert!(known.is_some_and(|known| known.about().is_some()), "{key}");
        }
    }

    #[test]
    fn descriptions_are_sentences() {
        for key in PROFILE_KEYS {
            assert!(key.about().is_none_or(|about| about.ends_with('.') && !about.contains('\n')), "{key:?}");
        }
    }

    #[test]
    fn every_key_that_the_source_code_looks_up_is_in_the_table_as_read_by_this_program() {
        let source = source();
        let looked_up: BTreeSet<&str> = source.iter().flat_map(|text| looked_up(text)).collect();
        assert!(looked_up.contains("role_arn") && looked_up.contains("use_fips_endpoint"), "{looked_up:?}");
        let read: BTreeSet<&str> =
            PROFILE_KEYS.iter().filter(|key| key.about().is_some()).map(|key| key.name).collect();
        let unlisted: Vec<&&str> = looked_up.difference(&read).collect();
        assert!(unlisted.is_empty(), "{unlisted:?} must be in PROFILE_KEYS");
        let unused =
            read.into_iter().filter(|key| !source.iter().any(|text| text.contains(&format!("\"{key}\""))));
        assert_eq!(unused.collect::<Vec<_>>(), [""; 0], "these keys are in PROFILE_KEYS and are never read");
    }

    /// The text of every source file except the two tables, without its unit tests.
    fn source() -> Vec<String> {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut texts = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path: PathBuf = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ext| ext == "rs")
                    && !path.ends_with("config/known_keys.rs")
                    && !path.ends_with("common/variables.rs")
                    && !path.ends_with("tests.rs")
                {
                    let text = fs::read_to_string(path).unwrap();
                    texts.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
                }
            }
        }
        texts
    }

    /// The keys in calls that look a setting up: `get("key")`, `get("VARIABLE", "key")`, `nested(block,
    /// "key")`, …
    fn looked_up(text: &str) -> Vec<&str> {
        const CALLS: [&str; 7] = ["get(", "own(", "left_empty(", "nested(", "setting(", "filled(", "flag("];
        let mut keys = Vec::new();
        for call in CALLS {
            for (at, _) in text.match_indices(call) {
                let (before, arguments) = (&text[..at], &text[at + call.len()..]);
                let is_other_function = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if is_other_function || before.ends_with("headers().") {
                    continue;
                }
                let arguments = arguments.split(')').next().unwrap_or_default();
                let last = arguments.rsplit(',').map(str::trim).find(|argument| !argument.is_empty());
                let key = last.and_then(|last| last.strip_prefix('"')?.strip_suffix('"'));
                keys.extend(key.filter(|key| {
                    key.bytes().all(|b| b.is_ascii_lowercase() || b"_0123456789".contains(&b))
                }));
            }
        }
        keys
    }
}
