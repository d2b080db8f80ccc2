//! Blocks whose end has come: access is back by itself, and the people are told.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Progress, Result,
        Silence, Tx, Unlogged, account::block::still_limited, notice::contact, powers::RESTORED,
    },
    notices::content::{AccountRestored, RestoredBecause},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, prelude::Expr};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use steward_entities::{
    account, account_block,
    id::{AccountId, OrganizationId},
    organization,
};

/// Blocks in one change.
const CHUNK: u64 = 500;

/// Ends the blocks that are over. One job comes for every act that has laid some; whichever is first does them all.
pub struct EndBlocks;

impl EndBlocks {
    /// The blocks whose end has come and that nobody has marked yet, longest over first.
    fn over(tx: &Tx<'_>) -> Select<account_block::Entity> {
        account_block::Entity::find()
            .filter(account_block::Column::LiftedAt.is_null())
            .filter(account_block::Column::Until.lte(tx.now()))
            .filter(account_block::Column::Kind.is_in(RESTORED))
            .order_by_asc(account_block::Column::Until)
            .order_by_asc(account_block::Column::Id)
            .limit(CHUNK)
    }
}

impl Action for EndBlocks {
    const NAME: ActionName = ActionName::EndBlock;
    /// The blocks, with their accounts, locked.
    type Target = Vec<(account_block::Model, account::Model)>;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        let found = Self::over(tx).all(tx.db()).await?;
        let ids: BTreeSet<AccountId> = found.iter().map(|block| block.account_id).collect();
        let accounts = account::Entity::find().filter(account::Column::Id.is_in(ids)).order_by_asc(account::Column::Id);
        let accounts: HashMap<AccountId, account::Model> =
            tx.lock(accounts).all(tx.db()).await?.into_iter().map(|account| (account.id, account)).collect();
        // Again behind the locks: some may have been lifted or renewed meanwhile.
        let found = Self::over(tx).all(tx.db()).await?;
        Ok(found
            .into_iter()
            .filter_map(|block| Some((accounts.get(&block.account_id)?.clone(), block)))
            .map(|(account, block)| (block, account))
            .collect())
    }

    async fn run(&self, over: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<()>> {
        let over = over.into_inner();
        if over.is_empty() {
            let nothing = EventSet::none(Unlogged::NothingChanged);
            let done = Done::new((), nothing, Notices::None(Silence::NothingChanged));
            return Ok(done.progress(Progress::Complete { done: 0 }));
        }
        account_block::Entity::update_many()
            .col_expr(account_block::Column::LiftedAt, Expr::value(tx.now()))
            .filter(account_block::Column::Id.is_in(over.iter().map(|(block, _)| block.id)))
            .exec(tx.db())
            .await?;
        let organizations: HashMap<OrganizationId, organization::Model> = organization::Entity::find()
            .filter(organization::Column::Id.is_in(over.iter().filter_map(|(block, _)| block.organization_id)))
            .all(tx.db())
            .await?
            .into_iter()
            .map(|organization| (organization.id, organization))
            .collect();
        let ids: Vec<AccountId> = over.iter().map(|(_, account)| account.id).collect();
        let limited = still_limited(tx, &ids).await?;
        let (mut events, mut notices) = (Vec::new(), Vec::new());
        for (block, account) in &over {
            let details = json!({ "kind": block.kind.as_str(), "until": block.until });
            events.push(EventDraft::within(block.organization_id).about(account.id).details(details));
            let Some(organization) = block.organization_id.and_then(|id| organizations.get(&id)) else { continue };
            let content = AccountRestored {
                organization: organization.name.clone(),
                email: account.email.clone(),
                contact: contact(organization),
                message: None,
                because: RestoredBecause::PeriodOver,
                still_limited: limited.contains(&account.id),
            };
            notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id));
        }
        let done = Done::new((), EventSet::many(events), Notices::many(notices, Silence::NothingChanged));
        Ok(done.progress(Progress::More { cursor: None, done: over.len() as i64 }))
    }
}
