//! Runs requests on two engines of one schema: a strict one, which validates documents, and a quick one for operations
//! that are known to be valid.
//!
//! The engine passes each field through its extensions as soon as there is one, and validates the document for every
//! request. On the quick engine there are none, and of the validation only what bounds it.

use super::validation_cache::{ToValidate, Travelling, ValidationCache};
use async_graphql::{ObjectType, Request, Response, Schema, SchemaBuilder, SubscriptionType, ValidationMode};

/// The two engines.
pub struct Executor<Query, Mutation, Subscription> {
    strict: Schema<Query, Mutation, Subscription>,
    quick: Schema<Query, Mutation, Subscription>,
    validation: ValidationCache,
}

impl<Query, Mutation, Subscription> Clone for Executor<Query, Mutation, Subscription> {
    fn clone(&self) -> Self {
        Self { strict: self.strict.clone(), quick: self.quick.clone(), validation: self.validation.clone() }
    }
}

impl<Query, Mutation, Subscription> Executor<Query, Mutation, Subscription>
where
    Query: ObjectType + 'static,
    Mutation: ObjectType + 'static,
    Subscription: SubscriptionType + 'static,
{
    /// For the schema that `build` begins; it is asked twice, and must begin the same one.
    pub fn new(build: impl Fn() -> SchemaBuilder<Query, Mutation, Subscription>) -> Self {
        let validation = ValidationCache::default();
        Self {
            strict: build().extension(validation.clone()).finish(),
            quick: build().validation_mode(ValidationMode::Fast).finish(),
            validation,
        }
    }

    /// Runs a request whose document was parsed and measured before.
    pub async fn execute(&self, request: Request, travelling: &Travelling) -> Response {
        match self.validation.known(travelling, &request.variables) {
            None => {
                let to_validate = ToValidate { travelling: travelling.clone(), variables: request.variables.clone() };
                self.strict.execute(request.data(to_validate)).await
            }
            Some(Err(errors)) => Response::from_errors(errors),
            Some(Ok(())) => {
                travelling.begins();
                self.quick.execute(request).await
            }
        }
    }
}
