//! How an app says who it is, and how guessing is slowed: wrong secrets are counted by network, and by network and client. Who
//! has the secret never is.

use crate::core::{
    error::Result,
    event::{EventDraft, EventSet},
    limit::Limit,
    perform::Origin,
    steward::Steward,
};
use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::json;
use steward_entities::id::AppId;

/// Wrong secrets from one network.
const PER_NETWORK: Limit = Limit { name: "app_secret_network", most: 100, window: TimeDelta::minutes(15) };
/// Wrong secrets of one app from one network.
const PER_CLIENT: Limit = Limit { name: "app_secret_client", most: 20, window: TimeDelta::minutes(15) };

/// How a client says who it is.
pub struct Credentials {
    /// The app's id, as given.
    pub id: String,
    /// The secret, as given.
    pub secret: SecretString,
}

/// Counts a wrong secret.
///
/// # Errors
/// `RateLimited` where there were too many.
pub async fn count_wrong(steward: &Steward, origin: &Origin, id: &str) -> Result<()> {
    // The network first: a guesser's many names for clients are bounded by it.
    let network = origin.network();
    steward.count(PER_NETWORK, &network).await?;
    steward.count(PER_CLIENT, &format!("{network} {id}")).await
}

/// The event of somebody who isn't the app that they said.
#[must_use]
pub fn guessed(credentials: &Credentials) -> EventSet {
    let event = EventDraft::within(None).details(json!({ "outcome": "refused" }));
    // Written for an unknown app too, so that both take the same time.
    let named: Option<AppId> = credentials.id.parse().ok();
    EventSet::one(match named {
        Some(app) => event.object(AppId::PREFIX, app.0),
        None => event,
    })
}
