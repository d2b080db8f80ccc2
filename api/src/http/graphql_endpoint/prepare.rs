//! Everything between the wire and the schema that is about GraphQL.

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use http::Method;

use crate::graphql::documents::Documents;
use crate::graphql::limits::Cost;
use crate::graphql::validation_cache::Travelling;

use super::RequestError;

/// A request that may run.
#[derive(Debug)]
pub struct Prepared {
    /// With its parsed document, ready for the schema; viewer, loaders and the like are added to its data.
    pub request: Request,
    /// Query or mutation.
    pub operation: OperationType,
    /// What it costs, to be charged to the caller and told in the answer.
    pub cost: Cost,
    /// Knows afterwards whether the request was executed.
    pub travelling: Travelling,
}

/// Parses (or remembers) the document, applies the limits, selects the operation, and refuses what the method
/// doesn't allow.
///
/// # Errors
/// `Syntax`, `Invalid` and `TooComplex` from the document; `NeedsPost` for anything but a query by GET;
/// `SubscriptionByRequest` for a subscription.
pub fn prepare(documents: &Documents, method: &Method, mut request: Request) -> Result<Prepared, RequestError> {
    let document = documents.get_or_parse(&request.query)?;
    let examined = document.examine(request.operation_name.as_deref(), &request.variables)?;
    match examined.operation {
        OperationType::Query => {}
        OperationType::Mutation if *method == Method::GET => {
            return Err(RequestError::NeedsPost { operation: "mutation" });
        }
        OperationType::Subscription if *method == Method::GET => {
            return Err(RequestError::NeedsPost { operation: "subscription" });
        }
        OperationType::Mutation => {}
        OperationType::Subscription => return Err(RequestError::SubscriptionByRequest),
    }
    request.set_parsed_query(document.document().clone());
    let travelling = Travelling::new(document, request.operation_name.clone());
    Ok(Prepared { request, operation: examined.operation, cost: examined.cost, travelling })
}
