//! `NAME=value` lines with the AWS_* variables only, as `docker run --env-file` reads them: without quotes,
//! each byte of a value is itself. So a value with a byte that has a meaning for another reader of such files
//! is an error.

use zeroize::Zeroizing;

use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::dialect::Dialect;
use crate::shell::dialects::posix;
use crate::shell::error::{Error, Unfit};
use crate::shell::text;

pub(crate) static DIALECT: Dialect = Dialect {
    name: "dotenv",
    aliases: &[],
    about: "NAME=value lines with the AWS_* variables only, as `docker run --env-file` reads them, without quotes; a setting of \
            the profile with a blank, a quote or another special character is left out, and named on standard error",
    process_names: &[],
    python_module: None,
    eval_line: None,
    keeps_mfa_session: false,
    render,
    unfit,
    fail: text::no_failure,
    quote: posix::quote,
    bare_bytes: b"_-./:@+,=",
    hooks: &[],
};

fn render(changes: &[EnvChange], _: MfaSessionUpdate<'_>) -> Result<Zeroizing<String>, Error> {
    let mut text = text::buffer(changes, MfaSessionUpdate::Same);
    let (_, set) = text::split(changes);
    for (name, value) in set {
        if !name.starts_with("AWS_") {
            continue;
        }
        if let Some(why) = unfit(value) {
            return Err(Error::Value { name: name.to_owned(), why });
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
        text.push('\n');
    }
    Ok(text)
}

/// For docker a quotation mark is a part of the value; compose, direnv and node remove it. All of them read a value alike only if it
/// has no blank and no character with a meaning.
fn unfit(value: &str) -> Option<Unfit> {
    let is_safe = |b: u8| b.is_ascii_graphic() && !b"'\"\\$`#".contains(&b);
    (!value.bytes().all(is_safe)).then_some(Unfit {
        reason: "has characters that a dotenv file cannot hold, since it has no quotes",
        advice: "run the command itself (assume-env ROLE -- COMMAND), or use --format sh, which quotes values",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::credentials::Secret;

    #[test]
    fn only_aws_variables_and_only_safe_bytes() {
        let set = |name, value: &str| EnvChange::set(name, Secret::new(value.into()));
        let text =
            render(&[set("AWS_REGION", "eu"), set("ASSUME_ENV_PROFILE", "a b")], MfaSessionUpdate::Same)
                .unwrap();
        assert_eq!(&**text, "AWS_REGION=eu\n");
        for bad in ["a b", "a\nb", "a#b", "$x", "é", "a'b"] {
            assert!(render(&[set("AWS_REGION", bad)], MfaSessionUpdate::Same).is_err(), "{bad}");
        }
    }
}
