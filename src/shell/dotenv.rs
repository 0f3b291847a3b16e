//! `NAME=value` lines with the AWS_* variables alone, as `docker run --env-file` reads them: nothing is quoted there, every
//! byte is taken as it stands. So a value with a byte that some reader takes for more than itself is an error.

use zeroize::Zeroizing;

use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::error::Error;

pub fn render(changes: &[EnvChange]) -> Result<Zeroizing<String>, Error> {
    let mut text = super::buffer(changes, MfaSessionUpdate::Same);
    let (_, set) = super::split(changes);
    for (name, value) in set {
        if !name.starts_with("AWS_") {
            continue;
        }
        let safe = |b: u8| b.is_ascii_graphic() && !b"'\"\\$`#".contains(&b);
        if !value.bytes().all(safe) {
            return Err(Error::UnsafeInDotenv { name });
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::credentials::Secret;

    #[test]
    fn only_aws_variables_and_only_safe_bytes() {
        let set = |name, value: &str| EnvChange::Set(name, Secret::new(value.into()));
        let text = render(&[set("AWS_REGION", "eu"), set("ASSUME_ENV_PROFILE", "a b")]).unwrap();
        assert_eq!(&**text, "AWS_REGION=eu\n");
        for bad in ["a b", "a\nb", "a#b", "$x", "é", "a'b"] {
            assert!(render(&[set("AWS_REGION", bad)]).is_err(), "{bad}");
        }
    }
}
