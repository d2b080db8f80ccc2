//! What people leave behind in workspaces. An item says whether whoever made it is a member where it lies, so that a
//! service's lists pass nothing else. The database notes who leaves, and here their items are unmarked, little by little:
//! one person may have very many, and thousands may leave at once. Until then lists pass them, and don't show them.

use crate::core::{database::sql, error::Result, steward::Steward};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use steward_entities::{
    id::{AccountId, ItemId, OrganizationId, WorkspaceId},
    item,
};
use uuid::Uuid;

/// How many items a transaction looks at.
const ITEMS: u64 = 1_000;
/// How many departures a transaction looks at.
const DEPARTURES: u64 = 100;

/// In a stretch of somebody's items; never those of a member, whatever was noted.
const UNMARK: &str = "UPDATE item SET by_member = FALSE WHERE workspace_id = $1 AND account_id = $2 \
    AND organization_id = $3 AND id > $4 AND id <= $5 AND by_member AND NOT EXISTS (SELECT 1 FROM membership m \
    WHERE m.workspace_id = $1 AND m.account_id = $2 AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED'))";

#[derive(FromQueryResult)]
struct Departure {
    workspace_id: WorkspaceId,
    account_id: AccountId,
    organization_id: OrganizationId,
    /// The last item that was looked at.
    reached: Option<ItemId>,
}

impl Steward {
    /// Unmarks the items of all who have left, in chunks, each a transaction of its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unmark_departed(&self) -> Result<()> {
        loop {
            let chunk = self.begin().await?;
            let (mut items, mut departures) = (0, 0);
            while items < ITEMS && departures < DEPARTURES {
                let Some(departure) = self.next_departure(&chunk).await? else { break };
                items += departure.unmark(&chunk, ITEMS - items).await?;
                departures += 1;
            }
            chunk.commit().await?;
            if departures == 0 {
                return Ok(());
            }
        }
    }

    /// Holds it: who comes back waits until it is over, and then marks again what it has unmarked.
    async fn next_departure(&self, chunk: &DatabaseTransaction) -> Result<Option<Departure>> {
        let text = format!(
            "SELECT workspace_id, account_id, organization_id, reached FROM departure \
             ORDER BY workspace_id, account_id LIMIT 1{}",
            self.passing_over_locked()
        );
        Ok(Departure::find_by_statement(sql(chunk, &text, [])).one(chunk).await?)
    }
}

impl Departure {
    /// Looks at up to so many of their items, and tells how many there were.
    async fn unmark(&self, chunk: &DatabaseTransaction, most: u64) -> Result<u64> {
        let theirs: Vec<ItemId> = item::Entity::find()
            .select_only()
            .column(item::Column::Id)
            .filter(item::Column::AccountId.eq(self.account_id))
            .filter(item::Column::OrganizationId.eq(self.organization_id))
            .filter(item::Column::Id.gt(self.reached()))
            .order_by_asc(item::Column::Id)
            .limit(most)
            .into_tuple()
            .all(chunk)
            .await?;
        let place = [self.workspace_id.into(), self.account_id.into()];
        if let Some(&last) = theirs.last() {
            let there = [self.organization_id.into(), self.reached().into(), last.into()];
            chunk.execute_raw(sql(chunk, UNMARK, place.clone().into_iter().chain(there))).await?;
        }
        let count = theirs.len() as u64;
        match theirs.last() {
            Some(&last) if count == most => {
                let text = "UPDATE departure SET reached = $3 WHERE workspace_id = $1 AND account_id = $2";
                chunk.execute_raw(sql(chunk, text, place.into_iter().chain([last.into()]))).await?;
            }
            _ => {
                let text = "DELETE FROM departure WHERE workspace_id = $1 AND account_id = $2";
                chunk.execute_raw(sql(chunk, text, place)).await?;
            }
        }
        Ok(count)
    }

    fn reached(&self) -> ItemId {
        self.reached.unwrap_or(ItemId(Uuid::nil()))
    }
}
