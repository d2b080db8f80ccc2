//! `declineAccount`: a person says no to the account that an organization has made for them. It ends; what was there
//! before, unused, is nobody's again.
//!
//! The mailed link alone is enough: nobody has to set a password to say no.

use crate::{
    account_invitations::invite::Made,
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Permission,
        Result, Silence, Tx,
        account::{
            control,
            erase::erase,
            link::{self, LinkInvalid},
        },
        error::Error,
        offer,
        permission::allows,
    },
    notices::content::{AccountDeclined, AssertionCanceledBecause},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use steward_entities::{
    account, control_assertion, domain,
    id::AccountId,
    kinds::{ActorKind, AssertionStatus, TokenPurpose},
    organization, role, token,
};

/// Declines an account.
pub struct DeclineAccount {
    /// The link's token.
    pub link: SecretString,
}

/// Which account was declined.
#[derive(Serialize, Deserialize)]
pub struct DeclinedAccount {
    /// The account.
    pub account: AccountId,
}

/// The link, the account that it is bound to, and who has made that.
pub struct Bound {
    link: token::Model,
    account: account::Model,
    organization: organization::Model,
    made: Made,
}

impl Action for DeclineAccount {
    const NAME: ActionName = ActionName::DeclineAccount;
    type Target = Bound;
    type Output = DeclinedAccount;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        tx.steward().count(link::PER_ADDRESS, &tx.origin().network()).await
    }

    /// The account is locked and the link isn't, because what changes an account locks it first and kills its links
    /// then; `take` decides who has the link.
    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Bound> {
        let link = link::look(tx, &[TokenPurpose::AccountInvitation], self.link.expose_secret()).await?;
        let id = link.account_id.ok_or(LinkInvalid)?;
        let select = account::Entity::find_by_id(id)
            .filter(account::Column::Email.eq(&link.email))
            // Who has set a password has taken it up.
            .filter(account::Column::PasswordChangedAt.is_null());
        let account = tx.lock(select).one(tx.db()).await?.ok_or(LinkInvalid)?;
        let made: Made = serde_json::from_value(link.context.clone())?;
        let organization = organization::Entity::find_by_id(made.organization).one(tx.db()).await?;
        let organization = organization.ok_or_else(|| Error::internal("an account made by no organization"))?;
        if account.managed_by != Some(organization.id) {
            // It is somebody's own by now, or another organization's: there is nothing to say no to.
            return Err(LinkInvalid.into());
        }
        Ok(Bound { link, account, organization, made })
    }

    async fn run(&self, bound: Authorized<Bound>, tx: &Tx<'_>) -> Result<Done<DeclinedAccount>> {
        let Bound { link, account, organization, made } = bound.into_inner();
        link::take(tx, link.id).await?;
        control::release(tx, organization.id, &[account.id], "declined").await?;
        let mut events = end_pending(tx, &account).await?;
        offer::decline_all(tx, organization.id, &account.email_canonical).await?;
        // What was there before, unused, stays: nobody proves its address any more.
        if made.anew {
            erase(tx, &account).await?;
        }
        events.push(EventDraft::within(Some(organization.id)).about(account.id));
        let notices = tell_administrators(tx, &organization, &account, made.anew).await?;
        let done = Done::new(DeclinedAccount { account: account.id }, EventSet::many(events), notices);
        Ok(done.by(ActorKind::Link, link.id.0))
    }
}

/// What others assert over the account is avoided: nobody is there to be managed. Nobody is told, for the person has
/// just said that they want to hear no more.
async fn end_pending(tx: &Tx<'_>, account: &account::Model) -> Result<Vec<EventDraft>> {
    let pending = control_assertion::Entity::find()
        .filter(control_assertion::Column::AccountId.eq(account.id))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
        .all(tx.db())
        .await?;
    let broken = || Error::internal("an assertion without its domain");
    let mut events = Vec::new();
    for assertion in pending {
        let domain = domain::Entity::find_by_id(assertion.domain_id).one(tx.db()).await?.ok_or_else(broken)?;
        let by = organization::Entity::find_by_id(assertion.organization_id).one(tx.db()).await?.ok_or_else(broken)?;
        let pending = [(assertion, account.clone())];
        let (status, because) = (AssertionStatus::Avoided, AssertionCanceledBecause::MovedAway);
        events.extend(control::end_pending(tx, &by, &domain, &pending, status, because).await?.events);
    }
    Ok(events)
}

/// Those who may make accounts.
async fn tell_administrators(
    tx: &Tx<'_>,
    organization: &organization::Model,
    account: &account::Model,
    ended: bool,
) -> Result<Notices> {
    let roles = role::Entity::find()
        .filter(role::Column::OrganizationId.eq(organization.id))
        .filter(role::Column::AsleepAt.is_null())
        .all(tx.db())
        .await?;
    let concerned = roles.iter().filter(|role| allows(role.role, Permission::Accounts)).map(|role| role.account_id);
    let people = account::Entity::find().filter(account::Column::Id.is_in(concerned)).all(tx.db()).await?;
    let content =
        AccountDeclined { organization: organization.name.clone(), declined_email: account.email.clone(), ended };
    let notices = people
        .iter()
        .map(|person| NoticeDraft::new(tx, person, content.clone().into()).on_behalf_of(organization.id))
        .collect();
    Ok(Notices::many(notices, Silence::NobodyIsAffected))
}
