//! Reading inputs: a bad value names its field.

use crate::core::{Change, Common, Result, error::Error, invalid, text::TextError};
use async_graphql::MaybeUndefined;
use std::str::FromStr;
use steward_entities::id::IdError;

/// Where a value stands in the input, from `input` on.
pub type Field = &'static [&'static str];

/// An id. One that can't be an id of this kind names nothing that exists.
pub fn id<T: FromStr<Err = IdError>>(field: Field, text: &str) -> Result<T> {
    text.parse().map_err(|error: IdError| Common::Invalid(field, format!("This {error}.")).into())
}

/// A text that was parsed into its type.
pub fn text<T>(field: Field, parsed: Result<T, TextError>) -> Result<T> {
    parsed.map_err(|error| Error::from(Common::Invalid(field, sentence(&error.to_string()))))
}

/// An optional text; an empty one counts as absent.
pub fn optional<T>(
    field: Field,
    given: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, TextError>,
) -> Result<Option<T>> {
    given.filter(|given| !given.trim().is_empty()).map(|given| text(field, parse(given))).transpose()
}

/// What becomes of a text that may be missing: left out it stays, null takes it away.
pub fn change<T>(
    field: Field,
    given: &MaybeUndefined<String>,
    parse: impl FnOnce(&str) -> Result<T, TextError>,
) -> Result<Change<T>> {
    Ok(match given {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(given) => Change::To(text(field, parse(given))?),
    })
}

/// What becomes of a text that can't be missing: left out it stays, null is refused.
pub fn needed<T>(
    field: Field,
    given: &MaybeUndefined<String>,
    parse: impl FnOnce(&str) -> Result<T, TextError>,
) -> Result<Option<T>> {
    match change(field, given, parse)? {
        Change::Keep => Ok(None),
        Change::Clear => Err(invalid(field, "can't be taken away: give another one, or leave it out")),
        Change::To(value) => Ok(Some(value)),
    }
}

fn sentence(what: &str) -> String {
    let starts_small = what.chars().next().is_some_and(char::is_lowercase);
    let stop = if what.ends_with(['.', '?', '!']) { "" } else { "." };
    if starts_small { format!("This value {what}{stop}") } else { format!("{what}{stop}") }
}
