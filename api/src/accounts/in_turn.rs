//! People in the order of their ids, some at a time: for jobs that tell many of them something.

use crate::{
    accounts::list::AccountList,
    core::{Result, Tx, account::still_there::still_there, database::one_of},
    graphql::page::Window,
};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter};
use steward_entities::{account, id::AccountId};

/// The next people.
pub struct InTurn {
    /// Those of them who haven't left for good, as they are now.
    pub people: Vec<account::Model>,
    /// All who were looked at.
    pub looked_at: Vec<AccountId>,
    /// Whether there are no more.
    pub is_last: bool,
}

impl InTurn {
    /// These ids, which stand for `most` unless they are the last ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(tx: &Tx<'_>, ids: Vec<AccountId>, most: usize) -> Result<Self> {
        let theirs = account::Entity::find().filter(one_of(tx.db(), account::Column::Id, ids.iter().copied()));
        let people = if ids.is_empty() { Vec::new() } else { still_there(tx, theirs).await? };
        Ok(Self { people, is_last: ids.len() < most, looked_at: ids })
    }

    /// Those of a list after this account, `most` of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn after(tx: &Tx<'_>, list: &AccountList, after: Option<AccountId>, most: usize) -> Result<Self> {
        let after = after.map(|after| vec![after.0.to_string()]);
        let window = Window { limit: most as u64 - 1, backwards: false, after, before: None };
        let Some(statement) = list.page(&window)? else { return Self::of(tx, Vec::new(), most).await };
        let rows = tx.db().query_all(&statement).await?;
        let ids = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
        Self::of(tx, ids, most).await
    }

    /// Nobody.
    #[must_use]
    pub const fn nobody() -> Self {
        Self { people: Vec::new(), looked_at: Vec::new(), is_last: true }
    }

    /// Where the next ones begin; none where nobody was looked at.
    #[must_use]
    pub fn last(&self) -> Option<AccountId> {
        self.looked_at.last().copied()
    }
}
