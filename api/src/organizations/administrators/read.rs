//! What a viewer sees of administrators and invitations.

use crate::{
    core::{
        Reader, Result,
        account::link::{self, Held},
    },
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;
use steward_entities::{
    account,
    id::{AccountId, InvitationId, OrganizationId},
    invitation,
    kinds::{RoleName, TokenPurpose},
    organization, role,
};

/// An invitation that waits for its answer, as who holds its link sees it.
#[derive(Clone, Debug)]
pub struct SeenInvitation {
    /// Where the role will count.
    pub organization: String,
    /// The role.
    pub role: RoleName,
    /// What the owner who invites is called; none for the operators.
    pub invited_by: Option<String>,
    /// The account's address, else the one that the link was mailed to.
    pub email: String,
    /// Whether the address has an account.
    pub has_account: bool,
}

impl Reader<'_> {
    /// An organization's administrators with their accounts, for its administrators.
    pub async fn administrators(
        &self,
        organization: OrganizationId,
        page: &Page,
    ) -> Result<Rows<(role::Model, account::Model)>> {
        if !self.reads(organization) {
            return Ok(Rows::none());
        }
        let select = role::Entity::find().filter(role::Column::OrganizationId.eq(organization));
        let page = by_id(self.db(), select, role::Column::Id, page).await?;
        self.with_accounts(page).await
    }

    /// One administrator.
    pub async fn administrator_of(
        &self,
        organization: OrganizationId,
        account: AccountId,
    ) -> Result<Option<(role::Model, account::Model)>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        self.role_of(organization, account).await
    }

    /// The viewer's own role in an organization, awake or asleep, as it is now.
    pub async fn own_role(&self, organization: OrganizationId) -> Result<Option<(role::Model, account::Model)>> {
        match self.own_account() {
            Some(account) => self.role_of(organization, account).await,
            None => Ok(None),
        }
    }

    /// The invitations that nobody has answered, for an organization's administrators; those of owners for operators.
    pub async fn invitations(&self, organization: OrganizationId, page: &Page) -> Result<Rows<invitation::Model>> {
        let Some(select) = self.visible_invitations(organization) else {
            return Ok(Rows::none());
        };
        let open =
            select.filter(invitation::Column::AcceptedAt.is_null()).filter(invitation::Column::CanceledAt.is_null());
        by_id(self.db(), open, invitation::Column::Id, page).await
    }

    /// One invitation, answered or not.
    pub async fn invitation(
        &self,
        organization: OrganizationId,
        id: InvitationId,
    ) -> Result<Option<invitation::Model>> {
        let Some(select) = self.visible_invitations(organization) else {
            return Ok(None);
        };
        let one = select.filter(invitation::Column::Id.eq(id)).one(self.db()).await?;
        Ok(one)
    }

    /// The invitation that a mailed link would accept, while it stands.
    pub async fn invitation_by_link(&self, link: &str) -> Result<Option<SeenInvitation>> {
        let Some(Held { link, account }) = link::held(self, TokenPurpose::Invitation, link).await? else {
            return Ok(None);
        };
        let Some(id) = link.subject_id.map(InvitationId) else {
            return Ok(None);
        };
        let open = invitation::Entity::find_by_id(id)
            .filter(invitation::Column::EmailCanonical.eq(&link.email_canonical))
            .filter(invitation::Column::AcceptedAt.is_null())
            .filter(invitation::Column::CanceledAt.is_null())
            .filter(invitation::Column::ExpiresAt.gt(self.now()));
        let Some(invitation) = open.one(self.db()).await? else {
            return Ok(None);
        };
        let Some(inviting) = organization::Entity::find_by_id(invitation.organization_id).one(self.db()).await? else {
            return Ok(None);
        };
        // Nor does a role come along when another organization took control after it was offered.
        let is_elsewhere = |account: &account::Model| {
            account.managed_by.is_some_and(|by| by != invitation.organization_id)
                && account.managed_at.is_some_and(|at| at > link.created_at)
        };
        if account.as_ref().is_some_and(is_elsewhere) {
            return Ok(None);
        }
        let invited_by = match invitation.invited_by {
            None => None,
            Some(owner) => match self.owner(inviting.id, owner).await? {
                Some(owner) => Some(owner.display_name),
                // What somebody offered before they lost the role isn't offered any more.
                None => return Ok(None),
            },
        };
        Ok(Some(SeenInvitation {
            organization: inviting.name,
            role: invitation.role,
            invited_by,
            has_account: account.is_some(),
            email: account.map_or(link.email, |account| account.email),
        }))
    }

    /// Somebody who owns the organization, awake.
    async fn owner(&self, organization: OrganizationId, account: AccountId) -> Result<Option<account::Model>> {
        let found = self.role_of(organization, account).await?;
        Ok(found
            .filter(|(role, _)| role.role == RoleName::Owner && role.asleep_at.is_none())
            .map(|(_, account)| account))
    }

    fn visible_invitations(&self, organization: OrganizationId) -> Option<sea_orm::Select<invitation::Entity>> {
        let all = invitation::Entity::find().filter(invitation::Column::OrganizationId.eq(organization));
        if self.reads(organization) {
            Some(all)
        } else if self.caller().is_operator() {
            Some(all.filter(invitation::Column::Role.eq(RoleName::Owner)))
        } else {
            None
        }
    }

    async fn role_of(
        &self,
        organization: OrganizationId,
        account: AccountId,
    ) -> Result<Option<(role::Model, account::Model)>> {
        let found = role::Entity::find()
            .filter(role::Column::OrganizationId.eq(organization))
            .filter(role::Column::AccountId.eq(account))
            .one(self.db())
            .await?;
        let Some(role) = found else { return Ok(None) };
        let account = account::Entity::find_by_id(account).one(self.db()).await?;
        Ok(account.map(|account| (role, account)))
    }

    async fn with_accounts(&self, page: Rows<role::Model>) -> Result<Rows<(role::Model, account::Model)>> {
        let ids = page.rows.iter().map(|role| role.account_id);
        let accounts: HashMap<AccountId, account::Model> = account::Entity::find()
            .filter(account::Column::Id.is_in(ids))
            .all(self.db())
            .await?
            .into_iter()
            .map(|account| (account.id, account))
            .collect();
        let Rows { rows, has_previous, has_next, all } = page;
        let rows = rows
            .into_iter()
            .filter_map(|role| {
                let account = accounts.get(&role.account_id)?.clone();
                Some((role, account))
            })
            .collect();
        Ok(Rows { rows, has_previous, has_next, all })
    }
}
