//! Just enough XML to write answers: elements with escaped text, and the two services' error
//! documents, which differ in shape.

/// `<name>text</name>` with the text escaped.
pub fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// The error document of STS (query protocol).
pub fn sts_error(code: &str, message: &str, request_id: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    \
         <Type>Sender</Type>\n    {}\n    {}\n  </Error>\n  {}\n</ErrorResponse>\n",
        element("Code", code),
        element("Message", message),
        element("RequestId", request_id)
    )
}

/// The error document of S3.
pub fn s3_error(code: &str, message: &str, request_id: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{}{}{}{}</Error>",
        element("Code", code),
        element("Message", message),
        element("RequestId", request_id),
        element("HostId", "TEST/host+id=")
    )
}

/// The text of the first element of that name: what a canned body claims its error code to be.
pub fn text_of<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text)
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(char),
        }
    }
    out
}
