//! `renewAccountInvitation`: mails a fresh link to somebody who hasn't taken up the account that was made for them. The
//! older one dies.

use crate::{
    account_invitations::invite::invite,
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, Notices, Result, Scope, Tx,
        account::made::{Made, made},
        action_name::Grounds,
        limit::Sender,
        not_found,
        powers::{self, Facts},
        text::EmailAddress,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use steward_entities::{
    domain,
    id::{AccountId, OrganizationId},
    organization,
};

/// On which ground; as its rule says.
const GROUNDS: Grounds = Grounds::Managed;

/// Renews an invitation.
pub struct RenewAccountInvitation {
    /// Whose administrators do it.
    pub organization: OrganizationId,
    /// Whose account.
    pub account: AccountId,
}

impl Action for RenewAccountInvitation {
    const NAME: ActionName = ActionName::RenewAccountInvitation;
    type Target = (organization::Model, Facts);
    type Output = AccountId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        let unseen = || not_found(&["input", "accountId"]);
        let facts = powers::load(tx.db(), self.organization, &[self.account], true).await?;
        let organization = organization::Entity::find_by_id(self.organization).one(tx.db()).await?;
        Ok((organization.ok_or_else(unseen)?, facts.into_iter().next().ok_or_else(unseen)?))
    }

    fn check(&self, authority: &Authority, (_, facts): &Self::Target, now: DateTime<Utc>) -> Result<()> {
        let ground = powers::check(GROUNDS, &authority.administrator()?, facts)?;
        Ok(powers::state(Self::NAME, ground, facts, now)?)
    }

    async fn run(&self, target: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let (organization, Facts { account, .. }) = target.into_inner();
        let address = EmailAddress::parse(&account.email).map_err(Error::internal)?;
        tx.count_mail(Sender::Organization(organization.id), &address).await?;
        let before = made(tx.db(), account.id).await?.filter(|made| made.organization == organization.id);
        let made = match before {
            Some(made) => made,
            None => Made {
                organization: organization.id,
                // Nothing remembers how it came about: a no takes nothing away that may have been there before.
                anew: false,
                domain: domain_name(tx, account.managed_domain_id).await?,
                message: None,
                workspaces: Vec::new(),
                before: None,
            },
        };
        let notices = invite(tx, &organization, &[(&account, made)]).await?;
        let event = EventDraft::within(Some(organization.id)).about(account.id);
        Ok(Done::new(account.id, EventSet::one(event), Notices::Send(notices)))
    }
}

async fn domain_name(tx: &Tx<'_>, id: Option<steward_entities::id::DomainId>) -> Result<String> {
    let Some(id) = id else { return Err(Error::internal("a managed account without a domain")) };
    let found = domain::Entity::find_by_id(id).one(tx.db()).await?;
    Ok(found.ok_or_else(|| Error::internal("an account managed by a domain that isn't there"))?.name)
}
