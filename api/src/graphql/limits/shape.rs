//! What can be counted in a document without its variables: once per text, kept with the parsed document.
//!
//! Fragments are expanded by counting, not by copying: each fragment is measured once and its measures are added
//! wherever it is spread, so that a document of 22 fragments that each spread the next one twice costs 22 steps.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned};

use crate::graphql::request_error::RequestError;

use super::{
    MAX_ALIASES, MAX_DEPTH, MAX_DIRECTIVES, MAX_DIRECTIVES_IN_ONE_PLACE, MAX_FIELDS, MAX_FRAGMENTS,
    MAX_INTROSPECTION_WEIGHT, MAX_LEVELS, MAX_OPERATIONS, MAX_VARIABLES, bounded,
};

/// Measures of a selection set, with its fragments expanded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Measures {
    /// Fields, fragment spreads and inline fragments, however deep: the steps of any walk that writes fragments out.
    selections: u64,
    /// Fields of this level, those of the type system (`__typename`, `__schema`, `__type`) aside.
    own_fields: u64,
    /// Fields on the longest way down, what lies under `__schema` and `__type` aside.
    depth: u64,
    /// Steps into fields and fragments on the longest way down.
    levels: u64,
    /// About how many values an answer about the type system holds; see [`introspection_factor`].
    weight: u64,
    /// The part of `weight` that lies under `__schema` and `__type`.
    pub(super) introspection: u64,
}

impl Measures {
    /// One step further up: through a field, or into a fragment.
    fn step(self) -> Self {
        Self { selections: self.selections.saturating_add(1), levels: self.levels.saturating_add(1), ..self }
    }

    fn add(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.own_fields = self.own_fields.saturating_add(other.own_fields);
        self.depth = self.depth.max(other.depth);
        self.levels = self.levels.max(other.levels);
        self.weight = self.weight.saturating_add(other.weight);
        self.introspection = self.introspection.saturating_add(other.introspection);
    }
}

/// How many values a list of the type system is taken to hold: `types` is long, the others are short. With them the
/// standard introspection query weighs about what it really answers, and one that walks from fields to types to
/// fields again weighs ten times more with each round.
fn introspection_factor(field: &str) -> u64 {
    match field {
        "types" => 100,
        "fields" | "args" | "inputFields" | "enumValues" | "interfaces" | "possibleTypes" | "directives" => 10,
        _ => 1,
    }
}

/// Measures each operation of a document, by its name, and refuses what passes a limit.
pub(super) fn measure(document: &ExecutableDocument) -> Result<HashMap<Option<Name>, Measures>, RequestError> {
    bounded("its operations number", document.operations.iter().len() as u64, MAX_OPERATIONS)?;
    bounded("its fragments number", document.fragments.len() as u64, MAX_FRAGMENTS)?;
    let mut walk = Walk { document, known: HashMap::new(), aliases: 0, directives: 0 };
    for fragment in document.fragments.values() {
        walk.directives(&fragment.node.directives)?;
    }
    // Every fragment is measured, spread or not: the validation after this pass walks them all. The order is free:
    // what a fragment is refused for doesn't depend on where its measuring began.
    for (name, fragment) in &document.fragments {
        walk.fragment(name, fragment.pos, 0)?;
    }
    let mut operations = HashMap::new();
    let mut selections: u64 = 0;
    for (name, operation) in document.operations.iter() {
        bounded(
            "the variables of an operation number",
            operation.node.variable_definitions.len() as u64,
            MAX_VARIABLES,
        )?;
        walk.directives(&operation.node.directives)?;
        for variable in &operation.node.variable_definitions {
            walk.directives(&variable.node.directives)?;
        }
        let measures = walk.selection_set(&operation.node.selection_set.node, 0)?;
        bounded("its depth is", measures.depth, MAX_DEPTH)?;
        bounded("the weight of its introspection is", measures.introspection, MAX_INTROSPECTION_WEIGHT)?;
        one_root_field(operation, &measures)?;
        selections = selections.saturating_add(measures.selections);
        operations.insert(name.cloned(), measures);
    }
    bounded("its fields, fragments written out, number", selections, MAX_FIELDS)?;
    Ok(operations)
}

/// A mutation changes one thing, so that its answer is one outcome; a subscription follows one stream.
fn one_root_field(operation: &Positioned<OperationDefinition>, measures: &Measures) -> Result<(), RequestError> {
    let kind = match operation.node.ty {
        OperationType::Query => return Ok(()),
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    if measures.own_fields == 1 && measures.introspection == 0 {
        return Ok(());
    }
    Err(RequestError::Invalid {
        problem: format!(
            "A {kind} has exactly one field at its top, and this one has {}: send one request for each.",
            measures.own_fields
        ),
        locations: vec![operation.pos],
    })
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// Measures of fragments; `None` while one is being measured.
    known: HashMap<&'a Name, Option<Measures>>,
    aliases: u64,
    directives: u64,
}

impl<'a> Walk<'a> {
    /// `level` counts the steps of this walk, to bound its stack. A walk that goes too deep has met a selection that
    /// is too deep, so that both checks refuse the same documents.
    fn selection_set(&mut self, set: &'a SelectionSet, level: u64) -> Result<Measures, RequestError> {
        shallow(level)?;
        let mut sum = Measures::default();
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            let measures = match &selection.node {
                Selection::Field(field) => {
                    if field.node.alias.is_some() {
                        self.aliases += 1;
                        bounded("its aliases number at least", self.aliases, MAX_ALIASES)?;
                    }
                    let below = self.selection_set(&field.node.selection_set.node, level + 1)?;
                    field_measures(field.node.name.node.as_str(), below)
                }
                Selection::InlineFragment(fragment) => {
                    self.selection_set(&fragment.node.selection_set.node, level + 1)?
                }
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get_key_value(&spread.node.fragment_name.node) {
                        Some((name, _)) => self.fragment(name, spread.pos, level + 1)?,
                        // Unknown fragments are named by the validation that follows.
                        None => Measures::default(),
                    }
                }
            };
            sum.add(measures.step());
        }
        shallow(sum.levels)?;
        bounded("its fields, fragments written out, number", sum.selections, MAX_FIELDS)?;
        Ok(sum)
    }

    fn fragment(&mut self, name: &'a Name, spread_at: Pos, level: u64) -> Result<Measures, RequestError> {
        match self.known.get(name) {
            Some(Some(measures)) => return Ok(*measures),
            Some(None) => {
                return Err(RequestError::Invalid {
                    problem: format!("The fragment \"{name}\" spreads itself, directly or through others."),
                    locations: vec![spread_at],
                });
            }
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Measures::default());
        };
        self.known.insert(name, None);
        let measures = self.selection_set(&fragment.node.selection_set.node, level)?;
        self.known.insert(name, Some(measures));
        Ok(measures)
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), RequestError> {
        let here = directives.len() as u64;
        self.directives += here;
        bounded("the directives in one place number", here, MAX_DIRECTIVES_IN_ONE_PLACE)?;
        bounded("its directives number at least", self.directives, MAX_DIRECTIVES)
    }
}

fn shallow(levels: u64) -> Result<(), RequestError> {
    bounded("its fields and fragments nest to a depth of at least", levels, MAX_LEVELS)
}

fn field_measures(name: &str, below: Measures) -> Measures {
    let of_type_system = name.starts_with("__");
    let weight = 1u64.saturating_add(introspection_factor(name).saturating_mul(below.weight));
    let introspects = matches!(name, "__schema" | "__type");
    Measures {
        selections: below.selections,
        levels: below.levels,
        own_fields: u64::from(!of_type_system),
        depth: if introspects { 1 } else { below.depth.saturating_add(1) },
        weight,
        introspection: if introspects { weight } else { below.introspection },
    }
}

/// The operation that a request selects: by its name, or the only one.
pub(super) fn select<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<(Option<&'a Name>, &'a Positioned<OperationDefinition>), RequestError> {
    let refuse = |problem| Err(RequestError::Invalid { problem, locations: Vec::new() });
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok((None, operation)),
        (DocumentOperations::Multiple(operations), None) => {
            let mut all = operations.iter();
            match (all.next(), all.next()) {
                (Some((name, operation)), None) => Ok((Some(name), operation)),
                _ => refuse("The query holds several operations: name one in `operationName`.".to_owned()),
            }
        }
        (DocumentOperations::Multiple(operations), Some(name)) => match operations.get_key_value(name) {
            Some((name, operation)) => Ok((Some(name), operation)),
            None => refuse(unknown_operation(name)),
        },
        (DocumentOperations::Single(_), Some(name)) => refuse(unknown_operation(name)),
    }
}

fn unknown_operation(name: &str) -> String {
    format!("The query holds no operation named \"{}\".", name.chars().take(100).collect::<String>())
}
