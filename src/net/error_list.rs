//! The error form of EC2's query protocol, `<…><Errors><Error><Code>…`, which moto uses for every query
//! service. The SDK's clients of STS and S3 do not read it.

/// The code and the message of the first error; `None` for any other text.
pub(super) fn refusal(body: &[u8]) -> Option<(String, String)> {
    let text = std::str::from_utf8(body).ok()?.trim_start();
    let root = match text.strip_prefix("<?") {
        Some(prolog) => prolog.split_once("?>")?.1.trim_start(),
        None => text,
    };
    if !["<ErrorResponse", "<Response"].iter().any(|name| root.starts_with(name)) {
        return None;
    }
    let errors = element(root, "Errors")?;
    let error = element(errors, "Error")?;
    let message = element(error, "Message").unwrap_or("no message");
    Some((element(error, "Code")?.trim().to_owned(), unescaped(message.trim())))
}

/// The content of the first element of this name, which has no attributes.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, content) = text.split_once(&format!("<{name}>"))?;
    Some(content.split_once(&format!("</{name}>"))?.0)
}

/// A text without its escapes (XML 1.0, section 4.6).
fn unescaped(text: &str) -> String {
    let escapes =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    escapes.iter().fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_errors_is_read() {
        for root in ["ErrorResponse", "Response"] {
            let text = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"https://sts.amazonaws.com/\">\n\
                 <Errors>\n<Error>\n  <Code>AccessDenied</Code>\n    <Message>no &amp;lt; &lt;b&gt;</Message>\n\
                 </Error>\n</Errors>\n  <RequestID>x</RequestID>\n</{root}>"
            );
            assert_eq!(refusal(text.as_bytes()), Some(("AccessDenied".into(), "no &lt; <b>".into())));
        }
        let bare = "<Response><Errors><Error><Code>X</Code></Error></Errors></Response>";
        assert_eq!(refusal(bare.as_bytes()), Some(("X".into(), "no message".into())));
    }

    #[test]
    fn another_text_is_not_a_list_of_errors() {
        for text in [
            "",
            "<html><Errors><Error><Code>X</Code></Error></Errors></html>",
            "<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>",
            "<ErrorResponse><Errors></Errors></ErrorResponse>",
            "<ErrorResponse><Errors><Error><Message>x</Message></Error></Errors></ErrorResponse>",
            "<ErrorResponse><Errors><Error><Code>X",
            "<?xml",
        ] {
            assert_eq!(refusal(text.as_bytes()), None, "{text}");
        }
        assert_eq!(refusal(b"\xff<Response>"), None);
    }
}
