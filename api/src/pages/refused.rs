//! What an action refused, as a form shows it: at the field that it is about, in words for people.

use crate::{
    core::{Code, Error, Result, invalid, text::DisplayName},
    pages::views::FieldErrors,
};

/// The fields of actions that stand in forms: their names there, and how people call them.
const FIELDS: [(&str, &str, &str); 18] = [
    ("displayName", "display_name", "Your name"),
    ("locale", "locale", "This language"),
    ("givenName", "given_name", "This name"),
    ("familyName", "family_name", "This name"),
    ("nickname", "nickname", "This name"),
    ("jobTitle", "job_title", "This text"),
    ("department", "department", "This text"),
    ("organizationUnit", "organization_unit", "This text"),
    ("location", "location", "This text"),
    ("timeZone", "time_zone", "This time zone"),
    ("phone", "phone", "This number"),
    ("pictureUrl", "picture_url", "This address"),
    ("graceDays", "grace_days", "This number"),
    ("password", "password", "This password"),
    ("newPassword", "new_password", "This password"),
    ("email", "email", "This address"),
    ("newEmail", "new_email", "This address"),
    ("reason", "reason", "This text"),
];

/// Said of a wrong password, where the address is given and can't be wrong.
const WRONG_PASSWORD: &str = "This isn't the password of this account. Try again, or ask for a new password first.";

/// In the place of a field: somebody else has changed it since the page was shown.
pub const STALE: &str = "version";

/// What is said of that.
const SAID_OF_STALE: &str = "Somebody has changed this since you opened the page, so nothing was saved. What you typed in \
                             is still here; where something else is saved now, you read it there. Save again to replace it.";

/// What is wrong with a form.
///
/// # Errors
/// The error itself, when it isn't about a field of a form.
pub fn at_field(error: Error) -> Result<FieldErrors> {
    let Error::Refused(refusal) = &error else { return Err(error) };
    if refusal.code() == Code::WrongCredentials {
        return Ok(FieldErrors::from([("password", WRONG_PASSWORD.to_owned())]));
    }
    if refusal.code() == Code::Stale {
        return Ok(FieldErrors::from([(STALE, SAID_OF_STALE.to_owned())]));
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
