//! `updateAccountProfile`: administrators change what is known of the people whose accounts they manage.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, EventDraft, NoticeDraft, Result, Tx,
        account::profile::{FieldChange, Profile, ProfileChange, details, difference, put, rows},
        apps::changes::{Touched, tell_of_changes},
        notice::contact,
        powers::{Facts, Ground, PowerRefusal},
        text::Reason,
    },
    notices::content::ProfileChanged,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    account,
    id::{AccountId, OrganizationId},
    organization,
};

/// Changes profiles.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UpdateAccountProfile {
    /// What changes.
    pub change: ProfileChange,
    /// Why, for the log.
    pub reason: Option<Reason>,
    /// The version that was read; only for one account.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

impl AccountAct for UpdateAccountProfile {
    const NAME: ActionName = ActionName::UpdateAccountProfile;

    fn suits(&self, facts: &Facts, _: Ground, _: DateTime<Utc>) -> Result<(), PowerRefusal> {
        match self.expected_version {
            Some(version) if version != facts.account.version => Err(PowerRefusal::Stale),
            _ => Ok(()),
        }
    }

    async fn leaves_out(
        &self,
        _: OrganizationId,
        accounts: &[(Facts, Ground)],
        _: &mut HashSet<String>,
        tx: &Tx<'_>,
    ) -> Result<Vec<(AccountId, PowerRefusal)>> {
        let rows = rows(tx.db(), accounts.iter().map(|(facts, _)| facts.account.id)).await?;
        let is_unchanged = |account: &account::Model| {
            let before = Profile::of(account, rows.get(&account.id));
            difference(&before, &self.change.apply(&before)).is_empty()
        };
        let unchanged = accounts.iter().map(|(facts, _)| &facts.account).filter(|account| is_unchanged(account));
        Ok(unchanged.map(|account| (account.id, PowerRefusal::AlreadySo)).collect())
    }

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let organization = &on.organization;
        let rows = rows(tx.db(), on.ids()).await?;
        let mut effects = Effects::default();
        let (mut changed, mut touched) = (Vec::new(), HashMap::new());
        for (Facts { account, .. }, _) in &on.accounts {
            let before = Profile::of(account, rows.get(&account.id));
            let after = self.change.apply(&before);
            let changes = difference(&before, &after);
            if changes.is_empty() {
                effects.unchanged.push(account.id);
                continue;
            }
            changed.push((account.id, after));
            touched.insert(account.id, Touched::profile(&changes));
            let event = EventDraft::within(Some(organization.id)).about(account.id);
            effects.events.push(event.details(self.details(&changes)));
            effects.notices.push(notice(tx, organization, account, changes));
        }
        put(tx, &self.change, changed).await?;
        Box::pin(tell_of_changes(tx, &touched)).await?;
        Ok(effects)
    }
}

impl UpdateAccountProfile {
    fn details(&self, changes: &[FieldChange]) -> Value {
        let mut details = details(changes);
        if let Some(reason) = &self.reason {
            details["reason"] = json!(reason.as_str());
        }
        details
    }
}

fn notice(
    tx: &Tx<'_>,
    organization: &organization::Model,
    account: &account::Model,
    changes: Vec<FieldChange>,
) -> NoticeDraft {
    let content = ProfileChanged {
        organization: organization.name.clone(),
        email: account.email.clone(),
        contact: contact(organization),
        changes,
    };
    NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id)
}
