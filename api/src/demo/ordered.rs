//! JSON that keeps the order of its entries: an answer is shown in the order in which it was asked for.

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// A value of JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Answer {
    /// Nothing.
    #[default]
    Null,
    /// A number, true or false, as it is written.
    Plain(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Answer>),
    /// An object.
    Object(Vec<(String, Answer)>),
}

/// What isn't there.
static NOTHING: Answer = Answer::Null;

impl Answer {
    /// What lies at a path such as `claim.counts` or `nodes.0.id`; nothing where there is nothing.
    pub fn at(&self, path: &str) -> &Self {
        path.split('.').fold(self, |value, key| {
            let below = match value {
                Self::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
                Self::List(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => None,
            };
            below.unwrap_or(&NOTHING)
        })
    }

    /// Its text, or its number as it is written; empty for everything else.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Plain(text) => text,
            _ => "",
        }
    }

    /// Its items; none for what is no list.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The same without the entry of this name.
    pub fn without(self, key: &str) -> Self {
        match self {
            Self::Object(entries) => Self::Object(entries.into_iter().filter(|(name, _)| name != key).collect()),
            other => other,
        }
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Answer;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Answer, E> {
        Ok(Answer::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Answer, E> {
        Ok(Answer::Plain(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Answer, E> {
        Ok(Answer::Plain(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Answer, E> {
        Ok(Answer::Plain(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Answer, E> {
        Ok(Answer::Plain(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Answer, E> {
        Ok(Answer::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Answer, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Answer::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answer, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Answer::Object(entries))
    }
}
