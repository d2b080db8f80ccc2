//! `restrictEdits` on people by name: the act itself, which a job runs over any number. All of them are under one
//! restriction, which is lifted at once.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, EventDraft, JobDraft, Result, Tx, Work,
        database::{in_ids, sql},
        edits::MOST,
        insert::insert_all,
        joining::restricted,
        powers::{Facts, Ground, PowerRefusal},
    },
    edit_restrictions::terms::Terms,
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Set};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use steward_entities::{
    account, edit_restriction, edit_restriction_account,
    id::{AccountId, EditRestrictionId, OrganizationId},
    kinds::EditTarget,
};
use uuid::Uuid;

/// Takes the right to edit from accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RestrictAccounts {
    /// The restriction that they come under; nothing until [`RestrictAccounts::begin`] has chosen its id.
    pub restriction: EditRestrictionId,
    /// What it takes, why, and until when.
    pub terms: Terms,
}

impl RestrictAccounts {
    /// On these terms.
    #[must_use]
    pub const fn new(terms: Terms) -> Self {
        Self { restriction: EditRestrictionId(Uuid::nil()), terms }
    }

    /// Chooses the id of the restriction.
    pub fn begin(&mut self, tx: &Tx<'_>) {
        self.restriction = tx.id();
    }

    /// The restriction, made by the first of its accounts; whether that was now.
    async fn restriction(&self, on: &Concerned, tx: &Tx<'_>) -> Result<(edit_restriction::Model, bool)> {
        let found = tx.lock(edit_restriction::Entity::find_by_id(self.restriction)).one(tx.db()).await?;
        if let Some(found) = found {
            return Ok((found, false));
        }
        let row = self.terms.row(self.restriction, &on.administrator, None, EditTarget::Accounts, tx.now());
        Ok((row.into_active_model().insert(tx.db()).await?, true))
    }
}

impl AccountAct for RestrictAccounts {
    const NAME: ActionName = ActionName::RestrictEdits;

    fn is_valid(&self, now: DateTime<Utc>) -> Result<()> {
        self.terms.is_valid(now)
    }

    /// Of a member only what is about items is the organization's to restrict.
    fn suits(&self, _: &Facts, ground: Ground, _: DateTime<Utc>) -> Result<(), PowerRefusal> {
        let on_items = self.terms.operations == self.terms.operations.on_items();
        if ground == Ground::Managed || on_items { Ok(()) } else { Err(PowerRefusal::NotManaged) }
    }

    async fn leaves_out(
        &self,
        organization: OrganizationId,
        accounts: &[(Facts, Ground)],
        _: &mut HashSet<String>,
        tx: &Tx<'_>,
    ) -> Result<Vec<(AccountId, PowerRefusal)>> {
        let ids: Vec<AccountId> = accounts.iter().map(|(facts, _)| facts.account.id).collect();
        let full = full(tx, organization, &ids).await?;
        Ok(full.into_iter().map(|id| (id, PowerRefusal::TooManyRestrictions)).collect())
    }

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let mut effects = Effects::default();
        if on.accounts.is_empty() {
            return Ok(effects);
        }
        effects.refused = self.leaves_out(on.organization.id, &on.accounts, &mut HashSet::new(), tx).await?;
        let full: HashSet<AccountId> = effects.refused.iter().map(|(id, _)| *id).collect();
        let accounts: Vec<&account::Model> =
            on.accounts.iter().map(|(facts, _)| &facts.account).filter(|account| !full.contains(&account.id)).collect();
        if accounts.is_empty() {
            return Ok(effects);
        }
        let (restriction, is_new) = self.restriction(on, tx).await?;
        if restriction.ended_at.is_some() {
            effects.refused = on.ids().into_iter().map(|id| (id, PowerRefusal::LiftedMeanwhile)).collect();
            return Ok(effects);
        }
        let rows = accounts.iter().map(|account| edit_restriction_account::ActiveModel {
            restriction_id: Set(restriction.id),
            account_id: Set(account.id),
            lifted_at: Set(None),
        });
        insert_all::<edit_restriction_account::Entity>(tx, rows.collect()).await?;
        for account in accounts {
            let event = EventDraft::within(Some(on.organization.id))
                .about(account.id)
                .object(EditRestrictionId::PREFIX, restriction.id.0);
            effects.events.push(event.details(self.terms.details()));
            effects.notices.push(restricted(
                tx,
                &restriction,
                &on.organization,
                None,
                (account, self.terms.operations),
            ));
        }
        if let Some(until) = restriction.until.filter(|_| is_new) {
            let advance = Work::AdvanceEditRestriction { restriction: restriction.id };
            effects.jobs.push(JobDraft::new(tx, advance).of(on.organization.id).at(until));
        }
        Ok(effects)
    }
}

/// Those of these people, in the order of their ids, whom the organization can't name in one restriction more.
async fn full(tx: &Tx<'_>, organization: OrganizationId, ids: &[AccountId]) -> Result<Vec<AccountId>> {
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let mut values = vec![organization.into(), tx.now().into(), most.into()];
    let these = in_ids(tx.db(), &mut values, ids.iter().copied());
    let text = format!(
        "SELECT p.account_id FROM edit_restriction_account p JOIN edit_restriction r ON r.id = p.restriction_id \
         WHERE p.account_id {these} AND p.lifted_at IS NULL AND r.organization_id = $1 AND r.ended_at IS NULL \
         AND (r.until IS NULL OR r.until > $2) GROUP BY p.account_id HAVING count(*) >= $3 ORDER BY p.account_id"
    );
    let rows = tx.db().query_all_raw(sql(tx.db(), &text, values)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
