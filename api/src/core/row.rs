//! Rows that are read by the places of their columns, on the ways that every request takes. By their names, each column
//! of each row is looked up anew, which costs more than reading it.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryResult, QueryTrait, Select, sea_query::Alias};
use steward_entities::{account, edit_restriction, organization, session};

/// A row whose columns stand in a known order.
pub trait InOrder: Sized {
    /// The columns, in the order in which they are read.
    const COLUMNS: &'static [&'static str];

    /// Reads the row whose first column is the `from`-th.
    ///
    /// # Errors
    /// When a column isn't what it should be.
    fn in_order(row: &QueryResult, from: usize) -> Result<Self, DbErr>;
}

macro_rules! in_order {
    ($row:path: $($column:ident),+) => {
        impl $crate::core::row::InOrder for $row {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];

            fn in_order(row: &sea_orm::QueryResult, from: usize) -> Result<Self, sea_orm::DbErr> {
                let mut places = from..;
                Ok(Self { $($column: row.try_get_by_index(places.next().unwrap_or_default())?),+ })
            }
        }
    };
}
pub(crate) use in_order;

in_order!(account::Model: id, email, email_canonical, email_domain_key, verified_at, verified_by, password_hash,
    retired_password_hash, password_changed_at, display_name, locale, operator_at, managed_by, managed_domain_id,
    managed_at, last_active_at, created_at, version);
in_order!(session::Model: id, account_id, token_hash, user_agent, ip_address, created_at, last_used_at, expires_at,
    reauthenticated_at, ended_at);
in_order!(edit_restriction::Model: id, organization_id, target, workspace_id, operations, reason, message, created_at, until,
    set_by, set_by_role, told_to, told_at, ended_at, end_message, end_told_to, end_told_at);
in_order!(organization::Model: id, name, administrative_email, technical_email, billing_email, policy_url, created_at, version);

/// The columns of a row, for a statement in which its table has this name.
#[must_use]
pub fn columns<Row: InOrder>(table: &str) -> String {
    let columns: Vec<String> = Row::COLUMNS.iter().map(|column| format!("{table}.{column}")).collect();
    columns.join(", ")
}

/// The same for a query that is built.
pub fn in_query<Entity: EntityTrait, Row: InOrder>() -> impl Iterator<Item = (Entity, Alias)> {
    Row::COLUMNS.iter().map(|column| (Entity::default(), Alias::new(*column)))
}

/// All rows that a query finds.
///
/// # Errors
/// When the database fails.
pub async fn all<Entity: EntityTrait>(
    db: &impl ConnectionTrait,
    query: Select<Entity>,
) -> Result<Vec<Entity::Model>, DbErr>
where
    Entity::Model: InOrder,
{
    let rows = db.query_all(&query.into_query()).await?;
    rows.iter().map(|row| Entity::Model::in_order(row, 0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::{IdenStatic, Iterable};

    fn has_all<Entity: EntityTrait>()
    where
        Entity::Model: InOrder,
    {
        let all: Vec<String> = Entity::Column::iter().map(|column| column.as_str().to_owned()).collect();
        assert_eq!(Entity::Model::COLUMNS, all);
    }

    #[test]
    fn the_columns_are_those_of_the_tables() {
        has_all::<account::Entity>();
        has_all::<edit_restriction::Entity>();
        has_all::<session::Entity>();
        has_all::<organization::Entity>();
    }
}
