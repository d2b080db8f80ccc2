//! The engine's errors, as callers read them: each with a code, none with words of the program.

use async_graphql::{Response, ServerError, Value};

use crate::graphql::request_error::{BAD_REQUEST, INTERNAL, INTERNAL_MESSAGE};

/// The most errors in one answer: a query of a thousand unknown fields is wrong for one reason.
const MAX_ERRORS: usize = 50;
/// The longest message, in characters: some repeat what the caller sent.
const MAX_MESSAGE: usize = 300;

/// Whether no resolver ran although execution began: every field at the top failed while its arguments were read.
pub(super) fn nothing_ran(response: &Response) -> bool {
    let unread = |error: &ServerError| is_unread_argument(error) && error.path.len() <= 1;
    let empty = match &response.data {
        Value::Null => true,
        Value::Object(fields) => {
            fields.len() == response.errors.len() && fields.values().all(|value| matches!(value, Value::Null))
        }
        _ => false,
    };
    empty && !response.errors.is_empty() && response.errors.iter().all(unread)
}

/// Gives each error a code, and a message that may be shown.
///
/// Before execution every error is the caller's. While executing, errors with a code were made by the product's own
/// mapping; those that come from reading arguments are the caller's; the rest are faults of ours, whose cause goes
/// into the log under the request id.
pub(super) fn tidy(errors: &mut Vec<ServerError>, executed: bool, request_id: &str) {
    errors.truncate(MAX_ERRORS);
    for error in errors {
        if has_code(error) {
            continue;
        }
        if !executed || is_unread_argument(error) {
            error.message = plain(&error.message);
            set(error, "code", BAD_REQUEST);
        } else {
            tracing::error!(request_id, path = ?error.path, cause = %error.message, "a resolver failed");
            INTERNAL_MESSAGE.clone_into(&mut error.message);
            error.extensions = None;
            set(error, "code", INTERNAL);
            set(error, "requestId", request_id);
        }
        error.source = None;
    }
}

/// Sets one of the error's `extensions`.
pub(super) fn set(error: &mut ServerError, name: &str, value: impl Into<Value>) {
    error.extensions.get_or_insert_default().set(name, value);
}

fn has_code(error: &ServerError) -> bool {
    error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some())
}

/// Errors that the engine makes when it reads arguments inside of execution. It marks them by their text alone; what
/// resolvers pass on with `?` has a source and is none of them.
fn is_unread_argument(error: &ServerError) -> bool {
    const BEGINNINGS: [&str; 4] = ["Failed to parse \"", "Expected input type \"", "Variable ", "Cannot query field "];
    error.source.is_none()
        && !has_code(error)
        && BEGINNINGS.iter().any(|beginning| error.message.starts_with(beginning))
}

/// Messages without the engine's own words, and without values that might be secrets.
fn plain(message: &str) -> String {
    let message = message.split_once(" (occurred while parsing").map_or(message, |(message, _)| message);
    let plain = if let Some((kind, _)) = quoted(message, "Expected input type \"") {
        format!("A value of type \"{kind}\" was expected.")
    } else if let Some((kind, reason)) = quoted(message, "Failed to parse \"") {
        format!("This isn't a valid \"{kind}\"{reason}")
    } else {
        message.to_owned()
    };
    match plain.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}

/// What stands between `beginning`, which ends in a quotation mark, and the next one; and what follows.
fn quoted<'a>(message: &'a str, beginning: &str) -> Option<(&'a str, &'a str)> {
    message.strip_prefix(beginning)?.split_once('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(message: &str, executed: bool) -> ServerError {
        let mut errors = vec![ServerError::new(message, None)];
        tidy(&mut errors, executed, "req-1");
        errors.remove(0)
    }

    #[test]
    fn the_engines_words_become_plain() {
        let cases = [
            ("Expected input type \"Int\", found \"my secret\".", "A value of type \"Int\" was expected."),
            (
                "Failed to parse \"Int\": Only integers. (occurred while parsing \"X\")",
                "This isn't a valid \"Int\": Only integers.",
            ),
            (
                "Invalid value for argument \"x\", expected type \"Y\"",
                "Invalid value for argument \"x\", expected type \"Y\"",
            ),
        ];
        for (before, after) in cases {
            assert_eq!(tidied(before, false).message, after);
        }
        assert_eq!(tidied(&"é".repeat(1_000), false).message.chars().count(), MAX_MESSAGE + 1);
    }

    #[test]
    fn an_unknown_error_of_a_resolver_shows_no_cause() {
        let error = tidied("connection to 10.0.0.7 refused", true);
        assert_eq!(error.message, INTERNAL_MESSAGE);
        let extensions = error.extensions.expect("set");
        assert_eq!(extensions.get("code"), Some(&Value::from(INTERNAL)));
        assert_eq!(extensions.get("requestId"), Some(&Value::from("req-1")));
    }

    #[test]
    fn an_error_with_a_code_stays() {
        let mut error = ServerError::new("You may not.", None);
        set(&mut error, "code", "FORBIDDEN");
        let mut errors = vec![error.clone()];
        tidy(&mut errors, true, "req-1");
        assert_eq!(errors, vec![error]);
    }

    #[test]
    fn what_a_resolver_passes_on_is_not_taken_for_the_callers_fault() {
        let error = async_graphql::Error::new_with_source("Failed to parse \"state\": column missing".to_owned());
        let mut errors = vec![error.into_server_error(async_graphql::Pos::default())];
        tidy(&mut errors, true, "req-1");
        assert_eq!(errors.first().map(|error| error.message.as_str()), Some(INTERNAL_MESSAGE));
    }
}
