//! The document that the AWS setting `credential_process` reads, version 1 (AWS SDKs and Tools Reference,
//! "Process credential provider"). It cannot unset a variable: it has the keys, their expiry and their
//! account.

use serde::ser::{SerializeMap as _, Serializer as _};
use zeroize::Zeroizing;

use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::dialect::Dialect;
use crate::shell::dialects::posix;
use crate::shell::error::Error;
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "json",
    aliases: &[],
    about: "The document that the AWS setting credential_process reads",
    process_names: &[],
    python_module: None,
    eval_line: None,
    keeps_mfa_session: false,
    render,
    unfit: text::always_fits,
    fail: text::no_failure,
    // As for sh, whose command line most likely runs the program.
    quote: posix::quote,
    bare_bytes: b"_-./:@+,=",
    hooks: &[],
};

/// The variables, and the members of the document that have their values.
const MEMBERS: [(&str, &str); 5] = [
    ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
    ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
    ("AWS_SESSION_TOKEN", "SessionToken"),
    ("AWS_CREDENTIAL_EXPIRATION", "Expiration"),
    ("AWS_ACCOUNT_ID", "AccountId"),
];

fn render(changes: &[EnvChange], _: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let (_, set) = text::split(changes);
    document("json", |json| {
        let mut map = json.serialize_map(None)?;
        map.serialize_entry("Version", &1)?;
        for (variable, member) in MEMBERS {
            if let Some((_, value)) = set.iter().find(|(name, _)| *name == variable) {
                map.serialize_entry(member, value)?;
            }
        }
        map.end()
    })
}

/// A document and a line break, written into one buffer that is wiped: a tree of JSON values would keep
/// copies.
pub(super) fn document(
    format: &'static str,
    write: impl FnOnce(&mut serde_json::Serializer<&mut Vec<u8>>) -> serde_json::Result<()>,
) -> Result<Zeroizing<String>, Error> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    write(&mut serde_json::Serializer::new(&mut *bytes)).map_err(|_| Error::Unwritable { format })?;
    bytes.push(b'\n');
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(Zeroizing::new).map_err(|_| Error::Unwritable { format })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::credentials::Secret;

    #[test]
    fn it_has_the_members_that_the_clients_read() {
        let set = |name, value: &str| EnvChange::set(name, Secret::new(value.into()));
        let text = render(
            &[
                set("AWS_ACCESS_KEY_ID", "A\"B"),
                set("AWS_SECRET_ACCESS_KEY", "s"),
                set("AWS_SESSION_TOKEN", "t"),
                set("AWS_CREDENTIAL_EXPIRATION", "2026-11-23T12:13:14Z"),
                set("ASSUME_ENV_PROFILE", "not here"),
                EnvChange::unset("AWS_PROFILE"),
            ],
            MfaSessionUpdate::Same,
        )
        .unwrap();
        let expected = "{\"Version\":1,\"AccessKeyId\":\"A\\\"B\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\
                        \"Expiration\":\"2026-11-23T12:13:14Z\"}\n";
        assert_eq!(&**text, expected);
    }
}
