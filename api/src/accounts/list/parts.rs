//! The parts of which the statements of a list are made.

use sea_orm::{
    ExprTrait,
    sea_query::{ColumnRef, Expr, IntoColumnRef, LikeExpr, Query, SelectStatement},
};
use steward_entities::account;

/// Sorts after every text that begins with what stands before it.
const AFTER_ALL: char = char::MAX;

/// One of the two statements that are merged, not yet cut to a page.
pub(super) struct Branch {
    pub select: SelectStatement,
    pub id: ColumnRef,
    /// The account's address: its own column, or the member's, which the database keeps equal to it.
    pub email: ColumnRef,
}

/// The value of an expression over one account's row, looked up for each membership. A join would leave it to the
/// planner to walk the accounts of the whole platform; this way the cost is bounded by the organization's members.
pub(super) fn looked_up(value: Expr, own_row: Expr) -> Expr {
    let select = Query::select().expr(value).from(account::Entity).and_where(own_row).take();
    Expr::SubQuery(None, Box::new(select.into()))
}

pub(super) fn managed_by() -> Expr {
    Expr::col((account::Entity, account::Column::ManagedBy))
}

pub(super) fn email_column() -> ColumnRef {
    (account::Entity, account::Column::EmailCanonical).into_column_ref()
}

/// A range and no LIKE: a kept plan for LIKE walks the whole index.
pub(super) fn begins_with(column: &Expr, prefix: &str) -> Expr {
    column.clone().gte(prefix).and(column.clone().lt(format!("{prefix}{AFTER_ALL}")))
}

pub(super) fn containing(text: &str) -> LikeExpr {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}
