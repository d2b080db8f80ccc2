//! Validates an operation once per document, and the variables of every request.
//!
//! The engine validates the whole document for each request, although only the values of variables differ. This
//! extension keeps the outcome with the parsed document and checks each request's variables against their declared
//! types itself, which GraphQL asks for anyway ("Coercing Variable Values") and the engine leaves to the resolvers.
//!
//! Why it is sound: the engine's rules read the document, the name of the operation and the variables. The first two
//! are the key. Variables are read by one rule alone, which tests argument values; where a variable may stand is
//! tested without its value, and its value is tested here against its declared type. Whatever were missed would be
//! met by the resolvers' own reading of arguments, as in the engine's fast mode. Only valid outcomes are kept.
//!
//! It also marks that execution began, which decides the status of the answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextValidation};
use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql::{
    ErrorExtensionValues, Pos, Positioned, Response, SchemaEnv, ServerError, ValidationResult, Value, Variables,
};

use super::limits::ParsedDocument;
use super::request_error::BAD_REQUEST;

/// What travels with a request: which operation it is, and whether it began.
#[derive(Debug, Clone)]
pub struct Travelling(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    document: Arc<ParsedDocument>,
    operation_name: Option<String>,
    executed: AtomicBool,
}

/// The request data with which this extension does its work.
pub(super) struct ToValidate {
    pub(super) travelling: Travelling,
    pub(super) variables: Variables,
}

impl Travelling {
    /// For one request.
    #[must_use]
    pub fn new(document: Arc<ParsedDocument>, operation_name: Option<String>) -> Self {
        Self(Arc::new(Inner { document, operation_name, executed: AtomicBool::new(false) }))
    }

    /// The root field of an operation that is nothing else.
    #[must_use]
    pub fn only_root(&self) -> Option<&Field> {
        let operation = self.0.document.operation(self.0.operation_name.as_deref())?;
        match operation.node.selection_set.node.items.as_slice() {
            [Positioned { node: Selection::Field(field), .. }] => Some(&field.node),
            _ => None,
        }
    }

    /// From here on, errors are part of the answer.
    pub(super) fn begins(&self) {
        self.0.executed.store(true, Ordering::Release);
    }

    /// Whether the engine came as far as execution: from there on, errors are part of the answer.
    #[must_use]
    pub fn executed(&self) -> bool {
        self.0.executed.load(Ordering::Acquire)
    }
}

/// The extension, to be added to the schema's builder. Without [`ToValidate`] in a request's data it does nothing.
#[derive(Clone, Default)]
pub struct ValidationCache {
    /// The schema, known once the first document was validated.
    schema: Arc<OnceLock<SchemaEnv>>,
}

impl ValidationCache {
    /// For an operation that was found valid before: whether this request's variables are right, too. None for one
    /// that is still to be validated.
    pub(super) fn known(&self, travelling: &Travelling, variables: &Variables) -> Option<Result<(), Vec<ServerError>>> {
        let inner = &travelling.0;
        let schema = self.schema.get()?;
        inner.document.remembered_validation(&inner.operation_name)?;
        Some(check_variables(&schema.registry, inner, variables))
    }
}

impl ExtensionFactory for ValidationCache {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Extension for ValidationCache {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let Some(ToValidate { travelling, variables }) = ctx.data_opt() else {
            return next.run(ctx).await;
        };
        let inner = &travelling.0;
        check_variables(&ctx.schema_env.registry, inner, variables)?;
        let result = next.run(ctx).await?;
        self.schema.get_or_init(|| ctx.schema_env.clone());
        // Only operations that exist: their number bounds what is kept.
        if inner.document.operation(inner.operation_name.as_deref()).is_some() {
            inner.document.remember_validation(inner.operation_name.clone(), result);
        }
        Ok(result)
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if let Some(ToValidate { travelling, .. }) = ctx.data_opt() {
            travelling.begins();
        }
        next.run(ctx, operation_name).await
    }
}

/// Every declared variable of the operation that runs has a value of its type; variables that nobody declared are
/// ignored, as GraphQL says.
fn check_variables(registry: &Registry, inner: &Inner, variables: &Variables) -> Result<(), Vec<ServerError>> {
    // The name was checked with the limits; what can't be selected is refused by the engine.
    let Some(operation) = inner.document.operation(inner.operation_name.as_deref()) else {
        return Ok(());
    };
    let mut errors = Vec::new();
    for definition in &operation.node.variable_definitions {
        let (name, declared) = (definition.node.name.node.as_str(), &definition.node.var_type.node);
        let problem = match variables.get(name) {
            None if declared.nullable || definition.node.default_value.is_some() => None,
            None => Some(format!("Variable \"${name}\" of type \"{declared}\" must be given.")),
            Some(value) => mismatch(registry, &declared.to_string(), value, &mut Place::default())
                .map(|problem| format!("Variable \"${name}\" of type \"{declared}\": {problem}")),
        };
        errors.extend(problem.map(|problem| refusal(problem, definition.pos)));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn refusal(message: String, place: Pos) -> ServerError {
    let mut error = ServerError::new(message, Some(place));
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", BAD_REQUEST);
    error.extensions = Some(extensions);
    error
}

/// One step into a variable.
#[derive(Clone, Copy)]
enum Step<'a> {
    At(usize),
    Field(&'a str),
}

/// Where inside a variable the fault lies, as `.first.ids[3]`: put into words only where there is one.
#[derive(Default)]
struct Place<'a>(Vec<Step<'a>>);

impl<'a> Place<'a> {
    fn says(&self, problem: &str) -> String {
        if self.0.is_empty() {
            return format!("{problem}.");
        }
        let step = |step: &Step| match step {
            Step::At(index) => format!("[{index}]"),
            Step::Field(name) => format!(".{name}"),
        };
        format!("at {}, {problem}.", self.0.iter().map(step).collect::<String>())
    }

    fn inside<T>(&mut self, step: Step<'a>, check: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.0.push(step);
        let problem = check(self);
        self.0.pop();
        problem
    }
}

/// Why this isn't a value of the type, which is given as queries and the registry write it: `[ID!]!`.
fn mismatch<'a>(registry: &'a Registry, declared: &str, value: &Value, place: &mut Place<'a>) -> Option<String> {
    let required = declared.strip_suffix('!');
    if matches!(value, Value::Null) {
        return required.map(|_| place.says("null isn't allowed"));
    }
    let base = required.unwrap_or(declared);
    match (base.strip_prefix('[').and_then(|list| list.strip_suffix(']')), value) {
        (None, value) => named_mismatch(registry, base, value, place),
        (Some(item), Value::List(values)) => values
            .iter()
            .enumerate()
            .find_map(|(index, value)| place.inside(Step::At(index), |place| mismatch(registry, item, value, place))),
        // One value stands for a list of one.
        (Some(item), value) => mismatch(registry, item, value, place),
    }
}

fn named_mismatch<'a>(registry: &'a Registry, name: &str, value: &Value, place: &mut Place<'a>) -> Option<String> {
    match registry.types.get(name)? {
        MetaType::Scalar { is_valid: Some(is_valid), .. } => {
            (!is_valid(value)).then(|| place.says(&format!("this isn't a valid {name}")))
        }
        MetaType::Enum { enum_values, .. } => {
            let chosen = match value {
                Value::String(chosen) => chosen.as_str(),
                Value::Enum(chosen) => chosen.as_str(),
                _ => return Some(place.says(&format!("a value of {name} was expected"))),
            };
            (!enum_values.contains_key(chosen)).then(|| {
                let shown: String = chosen.chars().take(100).collect();
                place.says(&format!("{name} has no value \"{shown}\""))
            })
        }
        MetaType::InputObject { input_fields, oneof, .. } => {
            let Value::Object(members) = value else {
                return Some(place.says(&format!("an object of {name} was expected")));
            };
            if *oneof && (members.len() != 1 || members.values().any(|value| matches!(value, Value::Null))) {
                return Some(place.says(&format!("{name} takes exactly one of its fields, and not null")));
            }
            let mut known = 0;
            let problem = input_fields.values().find_map(|field| match members.get(field.name.as_str()) {
                Some(value) => {
                    known += 1;
                    place.inside(Step::Field(&field.name), |place| mismatch(registry, &field.ty, value, place))
                }
                None => (MetaTypeName::create(&field.ty).is_non_null() && field.default_value.is_none())
                    .then(|| place.says(&format!("the field \"{}\" is missing", field.name))),
            });
            if problem.is_none() && known == members.len() {
                return None;
            }
            // A name that isn't known says more than what may follow from it.
            let unknown = members.keys().find(|member| !input_fields.contains_key(member.as_str()));
            unknown.map_or(problem, |unknown| {
                let shown: String = unknown.as_str().chars().take(100).collect();
                Some(place.says(&format!("{name} has no field \"{shown}\"")))
            })
        }
        // Scalars that take anything, and types that validation refuses for variables.
        _ => None,
    }
}

#[cfg(test)]
mod tests;
