//! Which names of variables and of keys in files are those of secrets.

/// The words in the names of secrets, in lower case.
const SECRET: [&str; 7] = ["secret", "token", "password", "passphrase", "passwd", "api_key", "private_key"];

/// The ends of the names of what only describes a secret, in lower case.
const NO_SECRET: [&str; 6] = ["_file", "_path", "_dir", "_uri", "_url", "_id"];

/// Whether a variable or a key with this name has a secret. Upper and lower case are the same. A name has no blanks.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.as_bytes();
    has_word(name)
        && !NO_SECRET
            .iter()
            .any(|end| name.len().checked_sub(end.len()).is_some_and(|at| starts(&name[at..], end)))
        && !name.iter().any(u8::is_ascii_whitespace)
}

/// Whether the name of a secret can be in a text. It is fast, because most texts have none, and there are long files.
pub(crate) fn has_word(text: &[u8]) -> bool {
    let mut first_letters = text.iter().enumerate().filter(|(_, byte)| FIRST >> (**byte & 31) & 1 != 0);
    first_letters.any(|(at, _)| {
        let Some([first, second, third]) = text[at..].first_chunk() else { return false };
        matches!(&[first | 0x20, second | 0x20, third | 0x20], b"sec" | b"tok" | b"pas" | b"api" | b"pri")
            && SECRET.iter().any(|word| starts(&text[at..], word))
    })
}

/// A bit for the low five bits of each first letter, which are the same in a capital letter.
const FIRST: u32 = 1 << (b's' & 31) | 1 << (b't' & 31) | 1 << (b'p' & 31) | 1 << (b'a' & 31);

fn starts(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_makes_a_name_secret_and_each_end_makes_it_none() {
        for word in SECRET {
            for name in [
                word.to_owned(),
                format!("my_{word}s"),
                word.to_uppercase(),
                format!("X{}{}", &word[..1].to_uppercase(), &word[1..]),
            ] {
                assert!(is_secret_name(&name), "{name}");
                assert!(!is_secret_name(&format!("a {name}")), "{name}");
                for end in NO_SECRET {
                    assert!(
                        !is_secret_name(&format!("{name}{end}"))
                            && !is_secret_name(&format!("{name}{}", end.to_uppercase())),
                        "{name}{end}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_first_letters_of_each_word_are_looked_for() {
        for word in SECRET {
            assert!(has_word(word.as_bytes()) && has_word(format!("é{word}").as_bytes()), "{word}");
        }
    }

    #[test]
    fn other_names_are_no_secret() {
        for name in [
            "",
            "tok",
            "region",
            "role_arn",
            "mfa_serial",
            "AWS_ACCESS_KEY_ID",
            "PASSAGE",
            "PRIVATE",
            "SECRE",
            "aws_access_key_id",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
