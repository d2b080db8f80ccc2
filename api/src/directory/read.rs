//! Who is in a directory, for those who are in it themselves.

use crate::{
    core::{
        Reader, Result,
        account::profile,
        caller::in_force,
        powers::{GROUND, standing},
    },
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, prelude::Expr,
    sea_query::SelectStatement,
};
use steward_entities::{
    account, account_block,
    id::{OrganizationId, WorkspaceId},
    kinds::{BlockKind, MembershipStatus},
    membership, workspace,
};

/// Whose directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directory {
    /// That of a workspace: its members.
    Workspace(WorkspaceId),
    /// That of an organization: the people whose accounts it manages by its proved domains.
    Organization(OrganizationId),
}

/// Somebody in a directory.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The account.
    pub account: account::Model,
    /// Where a picture is.
    pub picture_url: Option<String>,
}

/// What hides somebody.
const HIDING: [BlockKind; 4] =
    [BlockKind::Suspension, BlockKind::Deactivation, BlockKind::Termination, BlockKind::Deletion];

impl Reader<'_> {
    /// A page of a directory; none for whoever isn't in it.
    pub async fn directory(&self, directory: Directory, page: &Page) -> Result<Option<Rows<Listed>>> {
        let Some(person) = self.caller().person().filter(|person| !person.limited) else { return Ok(None) };
        let in_it = match directory {
            Directory::Workspace(id) => self.enters(&person.account, id).await?,
            Directory::Organization(id) => person.account.managed_by == Some(id),
        };
        if !in_it {
            return Ok(None);
        }
        let who = match directory {
            Directory::Workspace(id) => account::Column::Id.in_subquery(self.members_of(id)),
            Directory::Organization(id) => account::Column::ManagedBy.eq(id),
        };
        let select = account::Entity::find()
            .filter(who)
            .filter(account::Column::VerifiedAt.is_not_null())
            .filter(Expr::not_exists(self.hiding()));
        let page = by_id(self.db(), select, account::Column::Id, page).await?;
        let mut profiles = profile::rows(self.db(), page.rows.iter().map(|account| account.id)).await?;
        Ok(Some(page.map(|account| Listed {
            picture_url: profiles.remove(&account.id).and_then(|profile| profile.picture_url),
            account,
        })))
    }

    /// Whether the workspace is open to the person: they are a member whom nothing keeps out.
    async fn enters(&self, own: &account::Model, id: WorkspaceId) -> Result<bool> {
        let found = membership::Entity::find()
            .filter(membership::Column::WorkspaceId.eq(id))
            .filter(membership::Column::AccountId.eq(own.id))
            .filter(membership::Column::Status.is_in(GROUND))
            .one(self.db())
            .await?;
        let Some(found) = found else { return Ok(false) };
        if standing(found.status, found.until, self.now()) == MembershipStatus::Suspended {
            return Ok(false);
        }
        let Some(place) = workspace::Entity::find_by_id(id).one(self.db()).await? else { return Ok(false) };
        let closers = [Some(place.organization_id), own.managed_by];
        let reset = account_block::Entity::find()
            .filter(account_block::Column::AccountId.eq(own.id))
            .filter(account_block::Column::Kind.eq(BlockKind::PasswordReset))
            .filter(account_block::Column::OrganizationId.is_in(closers.into_iter().flatten()))
            .filter(in_force(self.now()));
        Ok(reset.one(self.db()).await?.is_none())
    }

    /// The members of a workspace to whom it is open.
    fn members_of(&self, id: WorkspaceId) -> SelectStatement {
        let ended = membership::Column::Until.lte(self.now());
        let open = membership::Column::Status.ne(MembershipStatus::Suspended).or(ended);
        membership::Entity::find()
            .select_only()
            .column(membership::Column::AccountId)
            .filter(membership::Column::WorkspaceId.eq(id))
            .filter(membership::Column::Status.is_in(GROUND))
            .filter(open)
            .into_query()
    }

    /// What hides the account of the statement around it.
    fn hiding(&self) -> SelectStatement {
        let same =
            Expr::col(account_block::Column::AccountId.as_column_ref()).equals(account::Column::Id.as_column_ref());
        account_block::Entity::find()
            .select_only()
            .column(account_block::Column::Id)
            .filter(Condition::all().add(same).add(account_block::Column::Kind.is_in(HIDING)).add(in_force(self.now())))
            .into_query()
    }
}
