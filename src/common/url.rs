//! The query of a web address: percent-encoding (RFC 3986) and its parameters.

use std::fmt::Write as _;

/// The text as a part of a query: every byte outside the unreserved characters is `%XX`.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            byte => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

/// The value of a parameter, decoded; `None` if the query does not have it exactly once, or its value is not UTF-8.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let mut values = query.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then_some(value)
    });
    let value = values.next()?;
    if values.next().is_some() { None } else { decode(value) }
}

fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_read_back() {
        let text = "http://127.0.0.1:80/a?b=c&d=é +%~";
        assert_eq!(encode(text), "http%3A%2F%2F127.0.0.1%3A80%2Fa%3Fb%3Dc%26d%3D%C3%A9%20%2B%25~");
        assert_eq!(parameter(&format!("x=1&a={}", encode(text)), "a").as_deref(), Some(text));
    }

    #[test]
    fn a_parameter_that_is_missing_double_or_broken_is_none() {
        for query in ["", "b=1", "a=1&a=2", "a=%", "a=%4", "a=%+1", "a=%ff", "aa=1"] {
            assert_eq!(parameter(query, "a"), None, "{query}");
        }
        assert_eq!(parameter("a", "a").as_deref(), Some(""));
        assert_eq!(parameter("b=&a=x+y", "a").as_deref(), Some("x y"));
    }
}
