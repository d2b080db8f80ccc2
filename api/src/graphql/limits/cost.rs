//! What an operation costs, with the values of its variables: known before anything runs.

use std::collections::HashMap;

use async_graphql::parser::types::Selection;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, SelectionSet};
use async_graphql::{Name, Value, Variables};
use async_graphql_value::Value as Argument;

/// What a mutation costs besides the fields of its answer: it locks, writes and leaves an event.
const MUTATION: u64 = 10;
/// Rows of a connection whose query names no number; the API's default.
const DEFAULT_ROWS: u64 = 50;
/// The most rows that one field answers; more are refused by the field itself.
const MAX_ROWS: u64 = 100;

/// Points of a selection set: the two parts meet different fates under a connection.
#[derive(Debug, Clone, Copy, Default)]
struct Points {
    /// What lies in `nodes` and `edges`, once per row.
    per_row: u64,
    /// Everything else, once.
    once: u64,
}

/// Counting a list reads all of it.
const TOTAL_COUNT: u64 = 50;

/// What an item says is up to 64 KiB: whoever asks for it by a hundred names is answered in gigabytes.
const BODY: u64 = 50;

/// An item in a list of which more is asked for than is known of it: that is loaded from elsewhere.
const ITEM: u64 = 10;
/// What that is.
const CONTENT: [&str; 3] = ["author", "title", "body"];

fn length(value: &Value) -> usize {
    match value {
        Value::List(items) => items.len(),
        _ => 1,
    }
}

impl Points {
    fn all(self) -> u64 {
        self.per_row.saturating_add(self.once)
    }
}

/// Walks one operation; the document has passed [`super::shape::measure`], so there are no cycles and no great depth.
pub(super) struct CostWalk<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    known: HashMap<&'a Name, Points>,
}

impl<'a> CostWalk<'a> {
    pub(super) fn new(
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
    ) -> Self {
        Self { document, operation, variables, known: HashMap::new() }
    }

    /// The cost in points, saturating.
    pub(super) fn points(mut self) -> u64 {
        let base = if self.operation.ty == OperationType::Mutation { MUTATION } else { 0 };
        self.selection_set(&self.operation.selection_set.node).all().saturating_add(base)
    }

    fn selection_set(&mut self, set: &'a SelectionSet) -> Points {
        let mut sum = Points::default();
        for selection in &set.items {
            let points = match &selection.node {
                Selection::Field(field) => {
                    let points = self.field(&field.node);
                    match field.node.name.node.as_str() {
                        "nodes" | "edges" => Points { per_row: points, once: 0 },
                        _ => Points { per_row: 0, once: points },
                    }
                }
                Selection::InlineFragment(fragment) => self.selection_set(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            };
            sum.per_row = sum.per_row.saturating_add(points.per_row);
            sum.once = sum.once.saturating_add(points.once);
        }
        sum
    }

    fn fragment(&mut self, name: &Name) -> Points {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Points::default();
        };
        if let Some(points) = self.known.get(name) {
            return *points;
        }
        let points = self.selection_set(&fragment.node.selection_set.node);
        self.known.insert(name, points);
        points
    }

    fn field(&mut self, field: &'a Field) -> u64 {
        // The type system is weighed apart, without variables.
        if matches!(field.name.node.as_str(), "__schema" | "__type") {
            return 1;
        }
        if field.name.node.as_str() == "totalCount" {
            return TOTAL_COUNT;
        }
        if field.name.node.as_str() == "body" {
            return BODY;
        }
        let below = self.selection_set(&field.selection_set.node);
        let below = match (self.rows(field), below.per_row) {
            (Some(rows), 0) => rows.saturating_mul(below.once),
            (rows, per_row) => {
                let rows = if per_row == 0 { 0 } else { rows.unwrap_or(DEFAULT_ROWS) };
                let is_loaded = field.name.node.as_str() == "items" && self.asks_content(&field.selection_set.node);
                let row = if is_loaded { per_row.saturating_add(ITEM) } else { per_row };
                below.once.saturating_add(rows.saturating_mul(row))
            }
        };
        below.saturating_add(1)
    }

    /// Whether anything of what items say is asked for below.
    fn asks_content(&self, set: &SelectionSet) -> bool {
        set.items.iter().any(|selection| match &selection.node {
            Selection::Field(field) => {
                CONTENT.contains(&field.node.name.node.as_str()) || self.asks_content(&field.node.selection_set.node)
            }
            Selection::InlineFragment(fragment) => self.asks_content(&fragment.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                fragment.is_some_and(|fragment| self.asks_content(&fragment.node.selection_set.node))
            }
        })
    }

    /// How many rows a field asks for: by `first` or `last`, or by the length of a list that it is given, as in
    /// `nodes(ids: […])`. `None` when it says nothing about rows.
    fn rows(&self, field: &Field) -> Option<u64> {
        if field.name.node.as_str() == "readItems" {
            return Some(self.longest_list(field));
        }
        field
            .arguments
            .iter()
            .filter_map(|(name, value)| match (name.node.as_str(), &value.node) {
                ("first" | "last", value) => Some(self.number(value)),
                (_, Argument::List(items)) => Some(items.len() as u64),
                (_, Argument::Variable(name)) => match self.variable(name) {
                    Some(Value::List(items)) => Some(items.len() as u64),
                    _ => None,
                },
                _ => None,
            })
            .max()
            .map(|rows| rows.min(MAX_ROWS))
    }

    /// The length of the longest list in an input: so many rows its answer has.
    fn longest_list(&self, field: &Field) -> u64 {
        let lengths = field.arguments.iter().map(|(_, value)| match &value.node {
            Argument::Object(input) => input
                .values()
                .map(|value| match value {
                    Argument::List(items) => items.len(),
                    Argument::Variable(name) => self.variable(name).map_or(1, length),
                    _ => 1,
                })
                .max(),
            Argument::Variable(name) => match self.variable(name) {
                Some(Value::Object(input)) => input.values().map(length).max(),
                _ => None,
            },
            _ => None,
        });
        (lengths.flatten().max().unwrap_or(1) as u64).min(MAX_ROWS)
    }

    /// `first` and `last` as the field will read them; what it will refuse counts as much as it could be.
    fn number(&self, value: &Argument) -> u64 {
        let number = match value {
            Argument::Number(number) => Some(number),
            Argument::Variable(name) => match self.variable(name) {
                Some(Value::Number(number)) => Some(number),
                Some(Value::Null) | None => return DEFAULT_ROWS,
                Some(_) => None,
            },
            Argument::Null => return DEFAULT_ROWS,
            _ => None,
        };
        match number.and_then(|number| number.as_i64()) {
            Some(number) => u64::try_from(number).unwrap_or(0),
            None => MAX_ROWS,
        }
    }

    fn variable(&self, name: &Name) -> Option<&'a Value> {
        self.variables.get(name).or_else(|| {
            self.operation
                .variable_definitions
                .iter()
                .find(|definition| definition.node.name.node == *name)
                .and_then(|definition| definition.node.default_value.as_ref())
                .map(|value| &value.node)
        })
    }
}
