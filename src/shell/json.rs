//! The document that the AWS setting `credential_process` reads, version 1 (AWS SDKs and Tools Reference, "Process credential
//! provider"). Nothing can be unset by it, so only the keys and what describes them go in.

use serde::ser::{SerializeMap as _, Serializer as _};
use zeroize::Zeroizing;

use crate::common::variables::EnvChange;
use crate::shell::error::Error;

/// Which variable becomes which member.
const MEMBERS: [(&str, &str); 5] = [
    ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
    ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
    ("AWS_SESSION_TOKEN", "SessionToken"),
    ("AWS_CREDENTIAL_EXPIRATION", "Expiration"),
    ("AWS_ACCOUNT_ID", "AccountId"),
];

pub fn render(changes: &[EnvChange]) -> Result<Zeroizing<String>, Error> {
    let (_, set) = super::split(changes);
    written("json", |json| {
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

/// A document and a line break, written into one wiped buffer: a tree of JSON values would keep copies.
pub fn written(
    format: &'static str,
    document: impl FnOnce(&mut serde_json::Serializer<&mut Vec<u8>>) -> serde_json::Result<()>,
) -> Result<Zeroizing<String>, Error> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    document(&mut serde_json::Serializer::new(&mut *bytes)).map_err(|_| Error::Unwritable { format })?;
    bytes.push(b'\n');
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(Zeroizing::new).map_err(|_| Error::Unwritable { format })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::credentials::Secret;

    #[test]
    fn has_the_members_that_the_clients_read() {
        let set = |name, value: &str| EnvChange::Set(name, Secret::new(value.into()));
        let text = render(&[
            set("AWS_ACCESS_KEY_ID", "A\"B"),
            set("AWS_SECRET_ACCESS_KEY", "s"),
            set("AWS_SESSION_TOKEN", "t"),
            set("AWS_CREDENTIAL_EXPIRATION", "2026-11-23T12:13:14Z"),
            set("ASSUME_ENV_PROFILE", "not here"),
            EnvChange::Unset("AWS_PROFILE"),
        ])
        .unwrap();
        let expected = "{\"Version\":1,\"AccessKeyId\":\"A\\\"B\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\
                        \"Expiration\":\"2026-11-23T12:13:14Z\"}\n";
        assert_eq!(&**text, expected);
    }
}
