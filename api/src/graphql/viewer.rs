//! For whom an operation runs.

use crate::core::{Action, Error, Origin, ReadConnection, Reader, Result, Steward};
use async_graphql::Context;
use std::sync::Arc;

/// The viewer of one request: who calls, and the installation.
#[derive(Clone)]
pub struct Viewer {
    steward: Arc<Steward>,
    origin: Arc<Origin>,
    connection: Arc<ReadConnection>,
}

impl Viewer {
    /// The viewer of a request that was authenticated.
    #[must_use]
    pub fn new(steward: Arc<Steward>, origin: Origin, connection: ReadConnection) -> Self {
        Self { steward, origin: Arc::new(origin), connection: Arc::new(connection) }
    }

    /// The viewer of the request that is being executed.
    pub fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        // Put there by the endpoint before anything runs.
        ctx.data_unchecked::<Self>()
    }

    /// Reads, narrowed to this viewer.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.steward, &self.origin.caller, &self.connection)
    }

    /// The installation.
    #[must_use]
    pub fn steward(&self) -> &Steward {
        &self.steward
    }

    /// Where the request comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Runs an action for this viewer.
    pub async fn perform<A: Action>(&self, action: A) -> Result<A::Output> {
        self.steward.perform(&self.origin, action).await
    }

    /// Refuses whoever isn't signed in.
    pub fn require_sign_in(&self) -> Result<()> {
        match self.origin.caller {
            crate::core::Caller::Nobody => Err(Error::Unauthenticated),
            _ => Ok(()),
        }
    }
}
