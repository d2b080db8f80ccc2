//! `updateMyProfile`: a person says who they are.

use crate::core::{
    Action, ActionName, Authority, Authorized, Common, Done, Error, EventDraft, EventSet, Notices, Result, Silence, Tx,
    Unlogged,
    account::profile::{Profile, ProfileChange, details, difference, put, rows},
    apps::changes::{Touched, tell_of_changes},
    edits::Edit,
    guards::allow_edit,
};
use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use std::collections::HashMap;
use steward_entities::{account, id::AccountId, kinds::EditOperation};

/// Changes one's own profile.
pub struct UpdateMyProfile {
    /// What changes.
    pub change: ProfileChange,
    /// The version that was read.
    pub expected_version: Option<i64>,
}

impl Action for UpdateMyProfile {
    const NAME: ActionName = ActionName::UpdateMyProfile;
    type Target = (account::Model, Profile);
    type Output = AccountId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<(account::Model, Profile)> {
        let select = account::Entity::find_by_id(authority.own()?);
        let account = tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let row = rows(tx.db(), [account.id]).await?.remove(&account.id);
        let profile = Profile::of(&account, row.as_ref());
        Ok((account, profile))
    }

    fn check(&self, _: &Authority, (account, _): &(account::Model, Profile), _: DateTime<Utc>) -> Result<()> {
        match self.expected_version {
            Some(version) if version != account.version => Err(Common::Stale.into()),
            _ => Ok(()),
        }
    }

    async fn run(&self, own: Authorized<(account::Model, Profile)>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let (account, before) = own.into_inner();
        let after = self.change.apply(&before);
        let changes = difference(&before, &after);
        if changes.is_empty() {
            let (events, notices) = (EventSet::none(Unlogged::NothingChanged), Notices::None(Silence::NothingChanged));
            return Ok(Done::new(account.id, events, notices));
        }
        allow_edit(tx, &account, Edit::own(EditOperation::EditProfile)).await?;
        put(tx, &self.change, vec![(account.id, after)]).await?;
        Box::pin(tell_of_changes(tx, &HashMap::from([(account.id, Touched::profile(&changes))]))).await?;
        let event = EventDraft::within(account.managed_by).about(account.id).details(details(&changes));
        Ok(Done::new(account.id, EventSet::one(event), Notices::None(Silence::OwnAct)))
    }
}
