//! Limits of memberships whose end has come: the workspace is open again by itself, and the people are told.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Progress, Result,
        Silence, Tx, Unlogged, database::one_of, notice::contact,
    },
    notices::content::{MembershipRestored, RestoredBecause},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select, prelude::Expr};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use steward_entities::{
    account,
    id::{AccountId, MembershipId, OrganizationId, WorkspaceId},
    kinds::MembershipStatus,
    membership, organization, workspace,
};

/// Memberships in one change.
const CHUNK: u64 = 500;

/// Ends the limits that are over. One job comes for every one that was set; whichever is first does them all.
pub struct EndMembershipLimits;

impl EndMembershipLimits {
    fn over(tx: &Tx<'_>) -> Select<membership::Entity> {
        membership::Entity::find()
            .filter(membership::Column::Until.lte(tx.now()))
            .filter(membership::Column::Status.is_in([MembershipStatus::Restricted, MembershipStatus::Suspended]))
            .order_by_asc(membership::Column::Until)
            .order_by_asc(membership::Column::Id)
            .limit(CHUNK)
    }
}

impl Action for EndMembershipLimits {
    const NAME: ActionName = ActionName::EndMembershipLimit;
    /// The memberships, with their people, locked.
    type Target = Vec<(membership::Model, account::Model)>;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        let found = Self::over(tx).all(tx.db()).await?;
        let ids: BTreeSet<AccountId> = found.iter().filter_map(|membership| membership.account_id).collect();
        let accounts =
            account::Entity::find().filter(one_of(tx.db(), account::Column::Id, ids)).order_by_asc(account::Column::Id);
        let accounts: HashMap<AccountId, account::Model> =
            tx.lock(accounts).all(tx.db()).await?.into_iter().map(|account| (account.id, account)).collect();
        // Again behind the locks: some may have been restored, renewed or left meanwhile.
        let found = tx.lock(Self::over(tx)).all(tx.db()).await?;
        let with = found.into_iter().filter_map(|membership| {
            let account = accounts.get(&membership.account_id?)?.clone();
            Some((membership, account))
        });
        Ok(with.collect())
    }

    async fn run(&self, over: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<()>> {
        let over = over.into_inner();
        if over.is_empty() {
            let nothing = EventSet::none(Unlogged::NothingChanged);
            let done = Done::new((), nothing, Notices::None(Silence::NothingChanged));
            return Ok(done.progress(Progress::Complete { done: 0 }));
        }
        membership::Entity::update_many()
            .col_expr(membership::Column::Status, Expr::value(MembershipStatus::Active))
            .col_expr(membership::Column::Reason, Expr::value(None::<String>))
            .col_expr(membership::Column::Message, Expr::value(None::<String>))
            .col_expr(membership::Column::Until, Expr::value(None::<DateTime<Utc>>))
            .col_expr(membership::Column::Version, Expr::col(membership::Column::Version).add(1))
            .filter(one_of(tx.db(), membership::Column::Id, over.iter().map(|(membership, _)| membership.id)))
            .exec(tx.db())
            .await?;
        let organizations: HashMap<OrganizationId, organization::Model> = organization::Entity::find()
            .filter(organization::Column::Id.is_in(over.iter().map(|(membership, _)| membership.organization_id)))
            .all(tx.db())
            .await?
            .into_iter()
            .map(|organization| (organization.id, organization))
            .collect();
        let workspaces: HashMap<WorkspaceId, workspace::Model> = workspace::Entity::find()
            .filter(workspace::Column::Id.is_in(over.iter().map(|(membership, _)| membership.workspace_id)))
            .all(tx.db())
            .await?
            .into_iter()
            .map(|workspace| (workspace.id, workspace))
            .collect();
        let (mut events, mut notices) = (Vec::new(), Vec::new());
        for (membership, account) in &over {
            let details = json!({
                "workspaceId": membership.workspace_id,
                "until": membership.until,
                "status": { "before": membership.status.as_str(), "after": MembershipStatus::Active.as_str() },
            });
            let event = EventDraft::within(Some(membership.organization_id)).about(account.id);
            events.push(event.object(MembershipId::PREFIX, membership.id.0).details(details));
            let place = organizations.get(&membership.organization_id).zip(workspaces.get(&membership.workspace_id));
            let Some((organization, workspace)) = place else { continue };
            let content = MembershipRestored {
                organization: organization.name.clone(),
                workspace: workspace.name.clone(),
                email: account.email.clone(),
                contact: contact(organization),
                message: None,
                because: RestoredBecause::PeriodOver,
            };
            notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id));
        }
        let done = Done::new((), EventSet::many(events), Notices::many(notices, Silence::NothingChanged));
        Ok(done.progress(Progress::More { cursor: None, done: i64::try_from(over.len()).unwrap_or_default() }))
    }
}
