//! Who is in a directory, for those who are in it themselves.

use crate::{
    core::{
        Reader, Result,
        account::{access::Access, profile},
        caller::in_force,
        entry,
    },
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, Select,
    prelude::Expr, sea_query::SelectStatement,
};
use steward_entities::{
    account, account_block,
    id::{OrganizationId, WorkspaceId},
    kinds::{BlockKind, MembershipStatus},
    membership,
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
        let Some(person) = self.caller().person() else { return Ok(None) };
        // Whose account is restricted reads on.
        let closed =
            person.limited && entry::access(self.db(), person.account.id, self.now()).await? > Access::Restricted;
        let in_it = !closed
            && match directory {
                Directory::Workspace(id) => {
                    let entry = entry::entry(self.db(), &person.account, id, self.now()).await?;
                    entry.is_some_and(entry::Entry::reads)
                }
                Directory::Organization(id) => person.account.managed_by == Some(id),
            };
        if !in_it {
            return Ok(None);
        }
        let page = match directory {
            Directory::Workspace(id) => {
                by_id(self.db(), self.members_of(id), membership::Column::AccountId, page).await
            }
            Directory::Organization(id) => {
                let managed = account::Entity::find().filter(account::Column::ManagedBy.eq(id));
                by_id(self.db(), self.unhidden(managed), account::Column::Id, page).await
            }
        }?;
        let mut profiles = profile::rows(self.db(), page.rows.iter().map(|account| account.id)).await?;
        Ok(Some(page.map(|account| Listed {
            picture_url: profiles.remove(&account.id).and_then(|profile| profile.picture_url),
            account,
        })))
    }

    /// The members of a workspace to whom it is open, along the index of its members.
    fn members_of(&self, id: WorkspaceId) -> Select<account::Entity> {
        let mut select = account::Entity::find();
        let same = Expr::col(membership::Column::AccountId.as_column_ref()).equals(account::Column::Id.as_column_ref());
        QueryTrait::query(&mut select).join(JoinType::InnerJoin, membership::Entity, same);
        let ended = membership::Column::Until.lte(self.now());
        let open = membership::Column::Status.ne(MembershipStatus::Suspended).or(ended);
        let members = select
            .filter(membership::Column::WorkspaceId.eq(id))
            .filter(Expr::cust("\"membership\".\"status\" IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')"))
            .filter(open);
        self.unhidden(members)
    }

    fn unhidden(&self, select: Select<account::Entity>) -> Select<account::Entity> {
        select.filter(account::Column::VerifiedAt.is_not_null()).filter(Expr::not_exists(self.hiding()))
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
