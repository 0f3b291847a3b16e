//! Where the credentials of one profile come from. `ORDER` is the one order of the sources: planning uses
//! it to find the source of a profile, and `--list` to say what a profile gives.
//!
//! The order is botocore's (`create_credential_resolver`, whose `AssumeRoleProvider` skips a profile with a
//! web identity): a web identity, the profile's role, IAM Identity Center, keys of the credentials file, the
//! console's login, a program, keys of the config file.

use crate::cli::needs::Needs;
use crate::common::arn::RoleArn;
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::names;
use crate::common::origin::Located;
use crate::config::{FileKind, Profile, SectionKind, shell_words};
use crate::plan::ambient;
use crate::plan::context::Planner;
use crate::plan::error::{Error, KeysNextToRole, Slip};
use crate::plan::hop_of;
use crate::plan::login_of;
use crate::plan::overrides;
use crate::plan::source::{AmbientSource, ReplacedKeys, Source, Sso};

/// How a profile is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedAs {
    /// As the profile to use: by the user or the environment. Its role has priority over its keys.
    Profile,
    /// As the source of another role (`source_profile`). Its keys have priority over
    /// its role.
    Source,
}

/// Where the credentials of a profile come from.
pub(crate) enum Resolved<'a> {
    /// From a role, which other credentials assume.
    Role {
        /// The role.
        role: Located<RoleArn>,
        /// Where the credentials that assume it come from.
        from: RoleSource<'a>,
    },
    /// From a source.
    Source(Source),
}

/// Where the credentials that assume a profile's role come from.
pub(crate) enum RoleSource<'a> {
    /// From another profile.
    Profile(&'a Profile<'a>),
    /// From the same profile, which must have an access key.
    Itself,
    /// From a source that `credential_source` names.
    Source(Source),
}

/// A row of [`ORDER`].
struct SourceRow {
    /// The kind of the profile, as `--list --json` prints it. `--explain --json` prints [`Source::kind`].
    kind: &'static str,
    /// The needs of flags that a profile of this kind does not meet, as far as its settings tell.
    unmet: &'static [Needs],
    /// Whether a profile has the settings. Cheap: `--list` asks it for every profile.
    has: fn(&Profile<'_>, NamedAs) -> bool,
    /// Reads the settings. An error says which of them is missing or invalid.
    resolve: for<'a> fn(&Planner<'a>, &'a Profile<'a>) -> Result<Resolved<'a>, Error>,
}

/// The sources of a profile's credentials. The first row that matches the profile is used.
static ORDER: [SourceRow; 8] = [
    SourceRow {
        kind: "web-identity",
        unmet: overrides::UNMET_BY_WEB_IDENTITY,
        // A role that a web identity token assumes needs no keys, even if the profile has other settings.
        has: |profile, _| profile.text("web_identity_token_file").is_some(),
        resolve: |planner, profile| web_identity(planner, profile).map(Resolved::Source),
    },
    SourceRow { kind: "role", unmet: &[], has: assumes_role, resolve: role },
    SourceRow {
        kind: "sso",
        unmet: overrides::UNMET_BY_SOURCE,
        // As in botocore, one of the two keys is enough.
        has: |profile, _| ["sso_account_id", "sso_role_name"].iter().any(|key| profile.text(key).is_some()),
        resolve: |planner, profile| {
            sso(planner, profile).map(|sso| Resolved::Source(Source::Sso(Box::new(sso))))
        },
    },
    SourceRow {
        kind: "keys",
        unmet: overrides::UNMET_BY_USER,
        has: |profile, _| profile.has_static_keys_in(FileKind::Credentials),
        resolve: |planner, profile| keys(planner, profile, FileKind::Credentials).map(Resolved::Source),
    },
    SourceRow {
        kind: "login",
        unmet: overrides::UNMET_BY_SOURCE,
        has: |profile, _| profile.text("login_session").is_some(),
        resolve: |planner, profile| login(planner, profile).map(Resolved::Source),
    },
    SourceRow {
        kind: "process",
        unmet: overrides::UNMET_BY_SOURCE,
        has: |profile, _| profile.text("credential_process").is_some(),
        resolve: |planner, profile| process(planner, profile).map(Resolved::Source),
    },
    SourceRow {
        kind: "keys",
        unmet: overrides::UNMET_BY_USER,
        has: |profile, _| profile.has_static_keys_in(FileKind::Config),
        resolve: |planner, profile| keys(planner, profile, FileKind::Config).map(Resolved::Source),
    },
    SourceRow {
        kind: "ambient",
        unmet: overrides::UNMET_BY_SOURCE,
        // A profile that is a source must have credentials of its own.
        has: |profile, named_as| named_as == NamedAs::Profile && profile.text("credential_source").is_some(),
        resolve: |planner, profile| credential_source(planner, profile).map(Resolved::Source),
    },
];

fn row(profile: &Profile<'_>, named_as: NamedAs) -> Option<&'static SourceRow> {
    ORDER.iter().find(|row| (row.has)(profile, named_as))
}

/// Where a profile's credentials come from; `None` for a profile without any.
pub(crate) fn of<'a>(
    planner: &Planner<'a>,
    profile: &'a Profile<'a>,
    named_as: NamedAs,
) -> Result<Option<Resolved<'a>>, Error> {
    row(profile, named_as).map(|row| (row.resolve)(planner, profile)).transpose()
}

/// The kind of a profile, as `--list --json` prints it; `settings` for a profile without credentials.
pub(crate) fn kind(profile: &Profile<'_>) -> &'static str {
    row(profile, NamedAs::Profile).map_or("settings", |row| row.kind)
}

/// The needs of flags that the profile does not meet, as far as its settings tell; for completion.
pub(crate) fn unmet(profile: &Profile<'_>) -> &'static [Needs] {
    row(profile, NamedAs::Profile).map_or(&[], |row| row.unmet)
}

/// The error for a profile without credentials.
pub(crate) fn no_credentials(planner: &Planner<'_>, profile: &Profile<'_>) -> Error {
    Error::NoCredentials {
        profile: profile.name().into(),
        place: profile.place(),
        instead: None,
        slips: slips(planner, profile),
    }
}

/// The lines that are probably meant for a profile.
fn slips(planner: &Planner<'_>, profile: &Profile<'_>) -> Vec<Slip> {
    let section = planner.config.misnamed(SectionKind::Profile, profile.name()).map(Slip::Section);
    let keys = profile.misspelt_keys();
    let session = profile.get("sso_session").map(|session| Slip::SsoSession { origin: session.origin });
    section
        .into_iter()
        .chain(session)
        .chain(keys.map(|(written, place, meant)| Slip::Key { written: written.to_owned(), place, meant }))
        .collect()
}

/// A setting that the profile has.
fn setting<'p>(
    planner: &Planner<'_>,
    profile: &'p Profile<'_>,
    key: &str,
) -> Result<Located<&'p str>, Error> {
    profile.get(key).ok_or_else(|| no_credentials(planner, profile))
}

fn web_identity(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<Source, Error> {
    let file = setting(planner, profile, "web_identity_token_file")?;
    match profile.get("role_arn") {
        Some(arn) => ambient::web_identity_of(planner, Some(profile.name()), file, arn),
        None => Err(Error::WebIdentityWithoutRole { origin: file.origin, missing: "role_arn" }),
    }
}

/// Whether the profile's role counts. An empty `role_arn` counts, too: it is an error, and not a profile
/// without a role.
fn assumes_role(profile: &Profile<'_>, named_as: NamedAs) -> bool {
    (named_as == NamedAs::Profile || !profile.has_static_keys())
        && (profile.text("role_arn").is_some() || profile.left_empty("role_arn").is_some())
}

fn role<'a>(planner: &Planner<'a>, profile: &'a Profile<'a>) -> Result<Resolved<'a>, Error> {
    if let Some(origin) = profile.left_empty("role_arn") {
        return Err(Error::EmptyRoleArn { profile: profile.name().into(), origin });
    }
    let role = hop_of::role_arn(setting(planner, profile, "role_arn")?)?;
    Ok(Resolved::Role { role, from: role_source(planner, profile)? })
}

/// The one of `source_profile` and `credential_source` that the profile has.
fn role_source<'a>(planner: &Planner<'a>, profile: &'a Profile<'a>) -> Result<RoleSource<'a>, Error> {
    let name = || profile.name().to_owned();
    match (profile.get("source_profile"), profile.get("credential_source")) {
        (Some(one), Some(other)) => {
            Err(Error::TwoSources { profile: name(), first: one.origin, second: other.origin })
        }
        (None, None) => Err(Error::NoSourceOfProfile {
            profile: name(),
            place: profile.place(),
            keys: keys_next_to_role(profile).map(Box::new),
            keys_in_environment: planner.has_keys_in_environment(),
            slips: slips(planner, profile),
        }),
        (None, Some(_)) => credential_source(planner, profile).map(RoleSource::Source),
        (Some(source), None) if source.value == profile.name() => Ok(RoleSource::Itself),
        (Some(source), None) => planner.source_profile(source).map(RoleSource::Profile),
    }
}

fn keys_next_to_role(profile: &Profile<'_>) -> Option<KeysNextToRole> {
    let files = [FileKind::Credentials, FileKind::Config];
    let keys = files.into_iter().find_map(|file| profile.place_of_keys(file))?;
    Some(KeysNextToRole { keys, role: profile.get("role_arn")?.origin })
}

/// The source that `credential_source` names.
fn credential_source(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<Source, Error> {
    let setting = setting(planner, profile, "credential_source")?;
    match setting.value.to_ascii_lowercase().as_str() {
        "environment" => environment(planner, profile, setting),
        "ec2instancemetadata" => ambient::of(planner, AmbientSource::Instance, setting.origin),
        "ecscontainer" => ambient::of(planner, AmbientSource::Container, setting.origin),
        _ => Err(InvalidValue::new(setting.value, setting.origin, Rule::CredentialSource).into()),
    }
}

fn environment(
    planner: &Planner<'_>,
    profile: &Profile<'_>,
    setting: Located<&str>,
) -> Result<Source, Error> {
    if let Some(keys) = planner.env.own_keys()? {
        return Ok(Source::Environment(keys));
    }
    let (profile, origin) = (profile.name().to_owned(), setting.origin);
    if planner.held.is_some() {
        return Ok(Source::Replaced(ReplacedKeys::Environment { profile, origin }));
    }
    Err(Error::NoKeysInEnvironment { profile, origin })
}

fn keys(planner: &Planner<'_>, profile: &Profile<'_>, file: FileKind) -> Result<Source, Error> {
    let keys = profile.static_keys(file)?.ok_or_else(|| no_credentials(planner, profile))?;
    Ok(Source::Profile { name: profile.name().into(), keys })
}

/// The AWS CLI prints the credentials of the console's login. It keeps them in files of its own; the SDK's
/// provider would write keys into another one.
fn login(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<Source, Error> {
    let Located { origin, .. } = setting(planner, profile, "login_session")?;
    let words =
        ["aws", "configure", "export-credentials", "--profile", profile.name(), "--format", "process"];
    let command = Located::new(words.map(str::to_owned).to_vec(), origin);
    Ok(Source::Login { profile: profile.name().into(), command })
}

fn process(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<Source, Error> {
    let Located { value, origin } = setting(planner, profile, "credential_process")?;
    match shell_words(value) {
        Some(words) => {
            Ok(Source::Process { profile: profile.name().into(), command: Located::new(words, origin) })
        }
        // The program alone: its arguments may hold a password.
        None => Err(Error::OpenQuote {
            program: value.split_whitespace().next().unwrap_or_default().into(),
            origin,
        }),
    }
}

/// The role of IAM Identity Center that a profile names.
fn sso(planner: &Planner<'_>, profile: &Profile<'_>) -> Result<Sso, Error> {
    let login = login_of::profile(planner, profile)?;
    let own = |key| {
        profile.get(key).ok_or_else(|| Error::SsoIncomplete {
            profile: Some(profile.name().into()),
            session: None,
            missing: key,
            place: Some(profile.place()),
        })
    };
    let (account, role) = (own("sso_account_id")?, own("sso_role_name")?);
    if !names::is_account(account.value) {
        return Err(InvalidValue::new(account.value, account.origin, Rule::Account).into());
    }
    let owned = |text: Located<&str>| Located::new(text.value.to_owned(), text.origin);
    Ok(Sso { profile: Some(profile.name().into()), account: owned(account), role: owned(role), login })
}
