//! Which installations concern somebody: those on an organization that manages their account, or in one of whose workspaces
//! they are a member; and those on such a workspace.

use crate::core::error::Result;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    prelude::Expr,
};
use steward_entities::{account, app_installation, id::OrganizationId, kinds::InstallationState, membership};

/// The memberships that are a ground, in the words of the partial indexes.
const GROUND: &str = "membership.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')";

/// The states of an installation that isn't over.
pub const LIVE: [InstallationState; 3] =
    [InstallationState::Installing, InstallationState::Installed, InstallationState::Failed];

/// An installation concerns this person: a condition for statements over installations.
#[must_use]
pub fn concerns(person: &account::Model) -> Condition {
    let whole = app_installation::Column::WorkspaceId.is_null();
    let workspace = Expr::col(app_installation::Column::WorkspaceId.as_column_ref());
    let member = membership::Entity::find()
        .select_only()
        .column(membership::Column::Id)
        .filter(membership::Column::AccountId.eq(person.id))
        .filter(
            Expr::col(membership::Column::OrganizationId.as_column_ref())
                .equals(app_installation::Column::OrganizationId.as_column_ref()),
        )
        .filter(Expr::cust(GROUND))
        .filter(whole.clone().or(Expr::col(membership::Column::WorkspaceId.as_column_ref()).eq(workspace)));
    let managed = person.managed_by.map(|by| whole.and(app_installation::Column::OrganizationId.eq(by)));
    Condition::any().add_option(managed).add(Expr::exists(member.into_query()))
}

/// The installations in an organization that concern this person and aren't over, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn concerning(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    person: &account::Model,
) -> Result<Vec<app_installation::Model>> {
    let live = app_installation::Entity::find()
        .filter(app_installation::Column::OrganizationId.eq(organization))
        .filter(app_installation::Column::State.is_in(LIVE))
        .filter(concerns(person))
        .order_by_asc(app_installation::Column::Id);
    Ok(live.all(db).await?)
}
