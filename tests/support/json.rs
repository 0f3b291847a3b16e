//! JSON as the portal and its token service write errors, and edits of JSON answers for faults.

use serde_json::{Value, json};

use super::http::Response;

/// An error of the portal: the exception's name stands in a header and, with its namespace, in the body.
pub fn portal_error(status: u16, exception: &str, message: &str) -> Response {
    let kind = format!("com.amazonaws.switchboard.portal#{exception}");
    Response::json(status, &json!({"message": message, "__type": kind}))
        .with_header("x-amzn-ErrorType", exception)
}

/// An error of the token service, in OAuth 2.0's form with the exception's name in a header.
pub fn oidc_error(status: u16, exception: &str, error: &str, description: &str) -> Response {
    let body = json!({"error": error, "error_description": description});
    Response::json(status, &body).with_header("x-amzn-ErrorType", exception)
}

/// A document in which each member of that name has another value, or is gone.
pub fn edit(document: &str, name: &str, by: Option<&Value>) -> String {
    let Ok(mut value) = serde_json::from_str(document) else {
        return document.into();
    };
    edit_value(&mut value, name, by);
    value.to_string()
}

fn edit_value(value: &mut Value, name: &str, by: Option<&Value>) {
    let Value::Object(members) = value else {
        return;
    };
    match (members.contains_key(name), by) {
        (true, Some(by)) => drop(members.insert(name.into(), by.clone())),
        (true, None) => drop(members.remove(name)),
        (false, _) => members.values_mut().for_each(|inner| edit_value(inner, name, by)),
    }
}
