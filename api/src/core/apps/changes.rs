//! What apps are told when somebody whom they have seen, and still see, isn't what they knew.

use super::{
    Scopes,
    rules::Rules,
    sight::person_through,
    webhooks::{WebhookDraft, tell},
};
use crate::core::{account::profile::FieldChange, database::one_of, error::Result, tx::Tx};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap, HashSet};
use steward_entities::{
    account, app, app_installation, app_sighting,
    id::{AccountId, AppInstallationId, OrganizationId},
    kinds::{AppScope, InstallationState},
};

/// What of somebody has changed, by the scopes that cover it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    always: Scopes,
    /// The same for apps of the organization that manages the account.
    where_managed: Scopes,
}

impl Touched {
    /// Their address.
    #[must_use]
    pub fn address() -> Self {
        let email = Scopes::from_iter([AppScope::ReadEmail]);
        Self { always: email, where_managed: email }
    }

    /// These fields of their profile, as [`super::sight::SeenPerson`] hands them out.
    #[must_use]
    pub fn profile(changes: &[FieldChange]) -> Self {
        let covered = |field: &str| match field {
            "displayName" | "givenName" | "familyName" | "nickname" => (AppScope::ReadName, true),
            "location" | "phone" => (AppScope::ReadProfile, false),
            _ => (AppScope::ReadProfile, true),
        };
        let all = changes.iter().map(|change| covered(&change.field));
        Self {
            always: all.clone().filter(|(_, always)| *always).map(|(scope, _)| scope).collect(),
            where_managed: all.map(|(scope, _)| scope).collect(),
        }
    }
}

/// Tells the vendors of the apps that have seen these people, see them now, and may see what has changed. Nothing of what it
/// is: they read it, if they want to know.
///
/// # Errors
/// When the database fails.
pub async fn tell_of_changes(tx: &Tx<'_>, touched: &HashMap<AccountId, Touched>) -> Result<()> {
    let sightings: Vec<(AppInstallationId, AccountId)> = app_sighting::Entity::find()
        .select_only()
        .columns([app_sighting::Column::InstallationId, app_sighting::Column::AccountId])
        .filter(one_of(tx.db(), app_sighting::Column::AccountId, touched.keys().copied()))
        .into_tuple()
        .all(tx.db())
        .await?;
    // Most have been seen by none.
    if sightings.is_empty() {
        return Ok(());
    }
    let mut seen: BTreeMap<AppInstallationId, HashSet<AccountId>> = BTreeMap::new();
    for (installation, account) in sightings {
        seen.entry(installation).or_default().insert(account);
    }
    let installations = app_installation::Entity::find()
        .filter(one_of(tx.db(), app_installation::Column::Id, seen.keys().copied()))
        .filter(app_installation::Column::State.eq(InstallationState::Installed))
        .order_by_asc(app_installation::Column::Id)
        .all(tx.db())
        .await?;
    let mut drafts = Vec::new();
    for installation in installations {
        let accounts = seen.remove(&installation.id).unwrap_or_default();
        let scopes = effective(tx.db(), &installation, tx.now()).await?;
        if scopes.is_empty() {
            continue;
        }
        let now_seen: Vec<(AccountId, Option<OrganizationId>)> = account::Entity::find()
            .select_only()
            .columns([account::Column::Id, account::Column::ManagedBy])
            .filter(one_of(tx.db(), account::Column::Id, accounts))
            .filter(person_through(&installation, tx.now()))
            .order_by_asc(account::Column::Id)
            .into_tuple()
            .all(tx.db())
            .await?;
        for (account, managed_by) in now_seen {
            let touched = touched.get(&account).copied().unwrap_or_default();
            let is_managed = managed_by == Some(installation.organization_id);
            let changed = scopes.and(if is_managed { touched.where_managed } else { touched.always });
            if !changed.is_empty() {
                drafts.push(WebhookDraft::account_changed(&installation, account, changed));
            }
        }
    }
    tell(tx, drafts).await
}

/// What the app gets right now.
///
/// # Errors
/// When the database fails.
pub async fn effective(
    db: &impl ConnectionTrait,
    installation: &app_installation::Model,
    now: DateTime<Utc>,
) -> Result<Scopes> {
    let Some(app) = app::Entity::find_by_id(installation.app_id).one(db).await? else {
        return Ok(Scopes::default());
    };
    let rules = Rules::of(db, installation.organization_id, app.id).await?;
    Ok(rules.most(&app, now).map_or_else(|_| Scopes::default(), |most| Scopes(installation.scopes).and(most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_touches_the_scopes_that_cover_it() {
        let changed = |fields: &[&str]| {
            let change = |field: &&str| FieldChange { field: (*field).to_owned(), before: None, after: None };
            let touched = Touched::profile(&fields.iter().map(change).collect::<Vec<_>>());
            (touched.always.names(), touched.where_managed.names())
        };
        let named = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<String>>();
        assert_eq!(changed(&["nickname"]), (named(&["READ_NAME"]), named(&["READ_NAME"])));
        assert_eq!(changed(&["phone"]), (named(&[]), named(&["READ_PROFILE"])), "a member's is nobody's business");
        assert_eq!(
            changed(&["displayName", "location", "jobTitle"]),
            (named(&["READ_NAME", "READ_PROFILE"]), named(&["READ_NAME", "READ_PROFILE"]))
        );
        assert_eq!(Touched::address().always.names(), ["READ_EMAIL"]);
    }
}
