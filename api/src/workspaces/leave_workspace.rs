//! `leaveWorkspace`: a person ends a membership of theirs. Nothing but their own choice decides, whatever limits the
//! account.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, Notices, Result, Silence, Tx,
    apps::{closing::settle, requests::withdraw},
    not_found,
    powers::{LASTING, standing},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::json;
use steward_entities::{account, id::MembershipId, kinds::MembershipStatus, membership};

/// Ends a membership of the caller's.
pub struct LeaveWorkspace {
    /// Which one.
    pub membership: MembershipId,
}

impl Action for LeaveWorkspace {
    const NAME: ActionName = ActionName::LeaveWorkspace;
    type Target = membership::Model;
    type Output = MembershipId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<membership::Model> {
        // Their account before the membership, as everybody takes them: so whoever decides by what the person belongs to
        // does it before this, or after it; and no app is just noted to see them.
        let select = account::Entity::find_by_id(authority.own()?);
        let person = tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let own = membership::Column::AccountId.eq(person.id);
        let found = tx.lock(membership::Entity::find_by_id(self.membership).filter(own)).one(tx.db()).await?;
        found.ok_or_else(unknown)
    }

    fn check(&self, _: &Authority, membership: &membership::Model, _: DateTime<Utc>) -> Result<()> {
        // Also what administrators have limited or ended: what was left, they can't restore.
        if LASTING.contains(&membership.status) { Ok(()) } else { Err(unknown()) }
    }

    async fn run(&self, membership: Authorized<membership::Model>, tx: &Tx<'_>) -> Result<Done<MembershipId>> {
        let membership = membership.into_inner();
        let (id, version) = (membership.id, membership.version);
        let event = EventDraft::within(Some(membership.organization_id))
            .about(membership.account_id)
            .object(MembershipId::PREFIX, id.0)
            .details(json!({ "workspaceId": membership.workspace_id }));
        let (organization, account) = (membership.organization_id, membership.account_id);
        let was_open = standing(membership.status, membership.until, tx.now()) == MembershipStatus::Active;
        let mut row = membership.into_active_model();
        row.status = Set(MembershipStatus::Left);
        row.ended_at = Set(Some(tx.now()));
        row.until = Set(None);
        if was_open {
            // A limit that was over; of one that wasn't, the reason stays: who leaves under it can't invite themselves back.
            row.reason = Set(None);
            row.message = Set(None);
        }
        row.version = Set(version + 1);
        row.update(tx.db()).await?;
        let account = Vec::from_iter(account);
        withdraw(tx, organization, &account).await?;
        Box::pin(settle(tx, &account)).await?;
        Ok(Done::new(id, EventSet::one(event), Notices::None(Silence::OwnAct)))
    }
}

fn unknown() -> Error {
    not_found(&["input", "membershipId"])
}
