//! How an app says who it is, and how guessing is slowed: wrong secrets are counted by network, and by network and client, so
//! that an app elsewhere isn't.

use crate::core::{
    error::{Error, Result},
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

/// Refuses to look at a secret, where too many wrong ones came from there.
///
/// # Errors
/// `RateLimited` then.
pub async fn may_try(steward: &Steward, origin: &Origin, id: &str) -> Result<()> {
    let network = origin.network();
    steward.check_limit(PER_NETWORK, &network).await?;
    steward.check_limit(PER_CLIENT, &format!("{network} {id}")).await
}

/// Counts a wrong secret.
///
/// # Errors
/// When the database fails.
pub async fn count_wrong(steward: &Steward, origin: &Origin, id: &str) -> Result<()> {
    let network = origin.network();
    for (limit, whom) in [(PER_NETWORK, network.clone()), (PER_CLIENT, format!("{network} {id}"))] {
        match steward.count(limit, &whom).await {
            Ok(()) | Err(Error::RateLimited { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
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
