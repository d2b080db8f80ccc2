//! What an action refused, as a form shows it: at the field that it is about, in words for people.

use crate::{
    core::{Code, Error, Result, invalid, text::DisplayName},
    pages::views::FieldErrors,
};

/// The fields of actions that stand in forms: their names there, and how people call them.
const FIELDS: [(&str, &str, &str); 6] = [
    ("displayName", "display_name", "Your name"),
    ("password", "password", "This password"),
    ("newPassword", "new_password", "This password"),
    ("email", "email", "This address"),
    ("newEmail", "new_email", "This address"),
    ("reason", "reason", "This text"),
];

/// Said of a wrong password, where the address is given and can't be wrong.
const WRONG_PASSWORD: &str = "This isn't the password of this account. Try again, or ask for a new password first.";

/// What is wrong with a form.
///
/// # Errors
/// The error itself, when it isn't about a field of a form.
pub fn at_field(error: Error) -> Result<FieldErrors> {
    let Error::Refused(refusal) = &error else { return Err(error) };
    if refusal.code() == Code::WrongCredentials {
        return Ok(FieldErrors::from([("password", WRONG_PASSWORD.to_owned())]));
    }
    let field = refusal.field().last();
    let at_field = matches!(refusal.code(), Code::Invalid | Code::InvalidState);
    let known = FIELDS.iter().find(|(name, ..)| at_field && Some(name) == field);
    let Some((_, field, words)) = known else { return Err(error) };
    let message = refusal.to_string();
    let message = match message.strip_prefix("This value") {
        Some(rest) => format!("{words}{rest}"),
        None => message,
    };
    Ok(FieldErrors::from([(*field, message)]))
}

/// A name as it was typed in.
///
/// # Errors
/// At its field, when it isn't one.
pub fn display_name(text: &str) -> Result<DisplayName> {
    DisplayName::parse(text).map_err(|error| invalid(&["input", "displayName"], error))
}
