//! JSON to a GraphQL request, strictly: a member that comes twice is refused at any depth, since two readers of such
//! a text may see two different requests; and so is the character U+0000, which no text in the product may hold.

use std::borrow::Cow;
use std::fmt;

use async_graphql::indexmap::{IndexMap, map::Entry};
use async_graphql::{Name, Number, Request, Value, Variables};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::RequestError;

/// Reads one JSON text; `place` names it in messages.
pub(super) fn json(text: &str, place: &'static str) -> Result<Value, RequestError> {
    if text.starts_with('\u{feff}') {
        return Err(invalid(place, "it begins with a byte order mark, which JSON doesn't allow".to_owned(), 1, 1));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    Strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let problem = message.rsplit_once(" at line ").map_or(message.as_str(), |(problem, _)| problem);
        let problem = match problem {
            "recursion limit exceeded" => "it is nested too deeply",
            "trailing characters" => "there is more text after its end",
            problem if problem.starts_with("EOF") => "it ends too early",
            problem => problem,
        };
        invalid(place, problem.to_owned(), line, column)
    })
}

fn invalid(place: &'static str, problem: String, line: usize, column: usize) -> RequestError {
    RequestError::InvalidJson { place: Cow::Borrowed(place), problem, line, column }
}

/// The members of a request; what else the object holds is ignored.
pub(super) fn request(value: Value) -> Result<Request, RequestError> {
    let mut members = match value {
        Value::Object(members) => members,
        Value::List(_) => return Err(RequestError::Batch),
        _ => return Err(refuse("The body must be a JSON object with a member `query`.")),
    };
    let query = match members.swap_remove("query") {
        Some(Value::String(query)) => query,
        None | Some(Value::Null) => return Err(refuse("The member `query` is missing.")),
        Some(_) => return Err(refuse("The member `query` must be a string.")),
    };
    let operation_name = match members.swap_remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(refuse("The member `operationName` must be a string or null.")),
    };
    assemble(query, operation_name, members.swap_remove("variables"), members.swap_remove("extensions"))
}

/// A request of its parts, wherever they came from.
pub(super) fn assemble(
    query: String,
    operation_name: Option<String>,
    variables: Option<Value>,
    extensions: Option<Value>,
) -> Result<Request, RequestError> {
    let variables = match variables {
        None | Some(Value::Null) => Variables::default(),
        Some(value @ Value::Object(_)) => Variables::from_value(value),
        Some(_) => return Err(refuse("`variables` must be an object or null.")),
    };
    match extensions {
        None | Some(Value::Null) => {}
        Some(Value::Object(extensions)) if extensions.contains_key("persistedQuery") => {
            return Err(RequestError::PersistedQuery);
        }
        Some(Value::Object(_)) => {}
        Some(_) => return Err(refuse("`extensions` must be an object or null.")),
    }
    if query.trim().is_empty() {
        return Err(refuse("The member `query` is empty."));
    }
    let mut request = Request::new(query).variables(variables);
    // Some programs send an empty name for none.
    request.operation_name = operation_name.filter(|name| !name.is_empty());
    Ok(request)
}

fn refuse(problem: &'static str) -> RequestError {
    RequestError::NotARequest(Cow::Borrowed(problem))
}

/// Reads any JSON value, refusing what is named at the top of this module.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn plain<E: Error>(text: &str) -> Result<&str, E> {
    if text.contains('\0') { Err(E::custom("it contains the character U+0000")) } else { Ok(text) }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        plain(value).map(|value| Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(Self)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = IndexMap::new();
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            let value = map.next_value_seed(Self)?;
            let name = Name::new(plain(&name)?);
            match members.entry(name) {
                Entry::Vacant(member) => member.insert(value),
                Entry::Occupied(member) => {
                    let shown: String = member.key().as_str().chars().take(100).collect();
                    return Err(A::Error::custom(format!("the member \"{shown}\" comes twice")));
                }
            };
        }
        Ok(Value::Object(members))
    }
}
