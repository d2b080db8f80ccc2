//! What a request may cost, decided before validation and execution.
//!
//! Three passes, each safe because of the one before it:
//! 1. `lexer` walks the text without recursion: tokens and nesting are bounded before the parser recurses.
//! 2. `shape` walks the parsed document: depth, fields, aliases, directives, fragments, variables, root fields. It
//!    needs no variables, so it is done once per text and kept with the parsed document.
//! 3. `cost` walks the selected operation with the request's variables.
//!
//! Every refusal names what was counted, what came out, and what is allowed. Every sum saturates.

mod cost;
mod lexer;
mod shape;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::sync::Mutex;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::parser::{self, parse_query};
use async_graphql::{Name, Positioned, ValidationResult, Variables};

use super::request_error::RequestError;

/// Bytes of the query's text: long values belong into variables, which are read many times faster.
pub const MAX_TEXT: u64 = 64 * 1024;
/// Tokens of the text. The largest queries of admin consoles have about a thousand.
pub const MAX_TOKENS: u64 = 5_000;
/// Nesting of brackets of any kind in the text: below the parser's own limit, and small enough for its stack.
pub const MAX_NESTING: u64 = 40;
/// Fields on the way from the root to the deepest one; what lies under `__schema` and `__type` has its own limit.
pub const MAX_DEPTH: u64 = 15;
/// Fields, spreads and inline fragments of all operations, fragments written out. The standard introspection query has about two hundred.
pub const MAX_FIELDS: u64 = 1_000;
/// Aliases in the text.
pub const MAX_ALIASES: u64 = 100;
/// Directives in the text.
pub const MAX_DIRECTIVES: u64 = 20;
/// Directives on one field, fragment, operation or variable.
pub const MAX_DIRECTIVES_IN_ONE_PLACE: u64 = 5;
/// Fragments in the text.
pub const MAX_FRAGMENTS: u64 = 50;
/// Variables of one operation.
pub const MAX_VARIABLES: u64 = 100;
/// Operations in the text, of which a request runs one.
pub const MAX_OPERATIONS: u64 = 20;
/// Points of the operation that runs: a page of 100 accounts with ten fields and two nested connections of five rows
/// costs about 5,300, one of 100 accounts with ten fields about 1,100.
pub const MAX_COST: u64 = 10_000;
/// Steps into fields and fragments on the way to the deepest one; every later walk over the document recurses as deep.
pub const MAX_LEVELS: u64 = 30;
/// About how many values an answer about the type system may hold; twice what the standard query asks for.
const MAX_INTROSPECTION_WEIGHT: u64 = 500_000;
/// Values of the type system for one point: they come from memory and are the same for everyone.
const INTROSPECTION_VALUES_FOR_ONE_POINT: u64 = 1_000;

fn bounded(what: &'static str, value: u64, limit: u64) -> Result<(), RequestError> {
    if value > limit { Err(RequestError::TooComplex { what, value, limit }) } else { Ok(()) }
}

/// Points: one for each field that the answer may hold, ten more for a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(pub u64);

/// What the caller asked for, after the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// Query, mutation or subscription.
    pub operation: OperationType,
    /// What it costs.
    pub cost: Cost,
}

/// A document that has passed the limits that need no variables.
#[derive(Debug)]
pub struct ParsedDocument {
    document: ExecutableDocument,
    operations: HashMap<Option<Name>, shape::Measures>,
    /// What the schema's validation said about an operation; see [`super::validation_cache`].
    validated: Mutex<HashMap<Option<String>, ValidationResult>>,
}

impl ParsedDocument {
    /// Counts, parses and measures a text.
    ///
    /// # Errors
    /// `TooComplex` names the limit that is passed; `Syntax` and `Invalid` say what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        bounded("the bytes of its query number", text.len() as u64, MAX_TEXT)?;
        lexer::check(text)?;
        let document = parse_query(text).map_err(syntax)?;
        let operations = shape::measure(&document)?;
        Ok(Self { document, operations, validated: Mutex::default() })
    }

    /// The parsed document, as the schema takes it.
    #[must_use]
    pub fn document(&self) -> &ExecutableDocument {
        &self.document
    }

    /// The operation that a request selects, if there is one.
    pub(super) fn operation(&self, name: Option<&str>) -> Option<&Positioned<OperationDefinition>> {
        shape::select(&self.document, name).ok().map(|(_, operation)| operation)
    }

    /// Selects the operation and computes its cost.
    ///
    /// # Errors
    /// `Invalid` when the name selects no operation, `TooComplex` when it costs too much.
    pub fn examine(&self, operation_name: Option<&str>, variables: &Variables) -> Result<Examined, RequestError> {
        let (name, operation) = shape::select(&self.document, operation_name)?;
        let introspection = self.operations.get(&name.cloned()).map_or(0, |measures| measures.introspection);
        let points = cost::CostWalk::new(&self.document, &operation.node, variables)
            .points()
            .saturating_add(introspection.div_ceil(INTROSPECTION_VALUES_FOR_ONE_POINT));
        bounded("its cost is", points, MAX_COST)?;
        Ok(Examined { operation: operation.node.ty, cost: Cost(points) })
    }

    /// What [`Self::remember_validation`] was told for this operation.
    pub(super) fn remembered_validation(&self, operation: &Option<String>) -> Option<ValidationResult> {
        let known = self.validated.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.get(operation).copied()
    }

    /// Keeps that an operation is valid.
    pub(super) fn remember_validation(&self, operation: Option<String>, result: ValidationResult) {
        let mut known = self.validated.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.insert(operation, result);
    }
}

/// The parser's errors as sentences: it draws the line of the text and names rules of its grammar.
fn syntax(error: parser::Error) -> RequestError {
    let locations: Vec<_> = error.positions().collect();
    let problem = match &error {
        parser::Error::Syntax { message, .. } => expectation(message),
        parser::Error::MultipleOperations { .. } => {
            "an operation without a name must be the only one in the query".to_owned()
        }
        parser::Error::OperationDuplicated { operation, .. } => {
            format!("two operations are named \"{operation}\"")
        }
        parser::Error::FragmentDuplicated { fragment, .. } => format!("two fragments are named \"{fragment}\""),
        parser::Error::MissingOperation => "it holds no operation".to_owned(),
        parser::Error::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
        _ => "it can't be read".to_owned(),
    };
    let problem = match locations.first() {
        Some(place) => format!("{problem} (line {}, column {})", place.line, place.column),
        None => problem,
    };
    RequestError::Syntax { problem, locations }
}

/// The last line of the parser's drawing, `= expected selection_set or name`, in plain words.
fn expectation(drawing: &str) -> String {
    let Some((_, expected)) = drawing.rsplit_once("= expected ") else {
        return "something is wrong here".to_owned();
    };
    let words: Vec<&str> = expected
        .trim()
        .split([',', ' '])
        .filter(|word| !word.is_empty() && *word != "or")
        .map(|word| match word {
            "EOI" => "the end of the query",
            "executable_definition" => "an operation or a fragment",
            "selection_set" => "a selection in braces",
            "selection" | "field" => "a field",
            "type_condition" => "a type condition",
            "inline_fragment" | "fragment_spread" => "a fragment",
            "variable_definition" | "variable_definitions" => "a variable's definition",
            "variable" => "a variable",
            "arguments" | "argument" => "an argument",
            "directives" | "directive" => "a directive",
            "name" => "a name",
            "type_" => "a type",
            "value" | "const_value" => "a value",
            "object_field" | "const_object_field" => "a member of an object",
            "string_character" | "string_content" => "the rest of a string",
            "alias" => "an alias",
            "operation_type" => "an operation",
            _ => "something else",
        })
        .collect();
    let mut unique: Vec<&str> = Vec::new();
    for word in words {
        if !unique.contains(&word) && word != "something else" {
            unique.push(word);
        }
    }
    if unique.is_empty() {
        "something else was expected here".to_owned()
    } else {
        format!("expected {}", unique.join(" or "))
    }
}
