//! `declineAccount`: a person says no to the account that an organization has made for them. It ends; what was there
//! before, unused, is nobody's again.
//!
//! The mailed link alone is enough: nobody has to set a password to say no.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Done, Error, EventDraft, EventSet, NoticeDraft,
        Notices, Permission, Result, Silence, Tx,
        account::{
            away::avoid,
            control,
            erase::{erase, forget, resign},
            link::{self, LinkInvalid},
            made::{Made, made},
            still_there::still_there,
        },
        notice::Named,
        offer,
        permission::allows,
    },
    notices::content::{AccountDeclined, AssertionCanceledBecause},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, prelude::Expr};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use steward_entities::{
    account,
    id::AccountId,
    kinds::{ActorKind, TokenPurpose, VerificationMethod},
    membership, organization, role, token,
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
    /// The roles that the account holds, each organization locked with them.
    roles: Vec<role::Model>,
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
    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Bound> {
        let link = link::look(tx, &[TokenPurpose::AccountInvitation], self.link.expose_secret()).await?;
        let id = link.account_id.ok_or(LinkInvalid)?;
        let select = account::Entity::find_by_id(id)
            .filter(account::Column::Email.eq(&link.email))
            // Who has set a password has taken it up.
            .filter(account::Column::PasswordChangedAt.is_null());
        let account = tx.lock_fully(select).one(tx.db()).await?.ok_or(LinkInvalid)?;
        let made = made(tx.db(), id).await?.ok_or(LinkInvalid)?;
        let organization = organization::Entity::find_by_id(made.organization).one(tx.db()).await?;
        let organization = organization.ok_or_else(|| Error::internal("an account made by no organization"))?;
        if account.managed_by != Some(organization.id) {
            // It is somebody's own by now, or another organization's: there is nothing to say no to.
            return Err(LinkInvalid.into());
        }
        let administrations = Administration::of(tx, authority, account.id).await?;
        let roles = administrations.iter().filter_map(|held| held.role_of(account.id)).cloned().collect();
        Ok(Bound { link, account, organization, made, roles })
    }

    async fn run(&self, bound: Authorized<Bound>, tx: &Tx<'_>) -> Result<Done<DeclinedAccount>> {
        let Bound { link, account, organization, made, roles } = bound.into_inner();
        link::take(tx, link.id).await?;
        control::release(tx, organization.id, &[account.id], "declined").await?;
        // Nobody is told, for the person has just said that they want to hear no more.
        let mut events = avoid(tx, &account, AssertionCanceledBecause::MovedAway).await?.events;
        let offered = Condition::all()
            .add(membership::Column::OrganizationId.eq(organization.id))
            .add(membership::Column::EmailCanonical.eq(&account.email_canonical));
        let mut ended = offer::decline_all(tx, offered).await?;
        ended.extend(resign(tx, account.id, roles).await?);
        if made.anew {
            erase(tx, &account).await?;
        } else {
            put_back(tx, &account).await?;
        }
        events.push(EventDraft::within(Some(organization.id)).about(account.id));
        events.extend(ended);
        let notices = tell_administrators(tx, &organization, &account).await?;
        let done = Done::new(DeclinedAccount { account: account.id }, EventSet::many(events), notices);
        Ok(done.by(ActorKind::Link, link.id.0))
    }
}

/// What was there before is as it was. Nobody proves the address any more: the domain's proof counted for the organization's
/// account.
async fn put_back(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    forget(tx, account).await?;
    account::Entity::update_many()
        .col_expr(account::Column::VerifiedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(account::Column::VerifiedBy, Expr::value(None::<VerificationMethod>))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(account::Column::Id.eq(account.id))
        .filter(account::Column::VerifiedBy.eq(VerificationMethod::Domain))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Those who may make accounts.
async fn tell_administrators(
    tx: &Tx<'_>,
    organization: &organization::Model,
    account: &account::Model,
) -> Result<Notices> {
    let roles = role::Entity::find()
        .filter(role::Column::OrganizationId.eq(organization.id))
        .filter(role::Column::AsleepAt.is_null())
        .all(tx.db())
        .await?;
    let concerned = roles.iter().filter(|role| allows(role.role, Permission::Accounts)).map(|role| role.account_id);
    let people = still_there(tx, account::Entity::find().filter(account::Column::Id.is_in(concerned))).await?;
    let content = AccountDeclined { organization: organization.name.clone(), declined_email: account.email.clone() };
    let notices = people
        .iter()
        .map(|person| {
            let notice = NoticeDraft::new(tx, person, content.clone().into()).on_behalf_of(organization.id);
            notice.naming(Named::address(&account.email), &["declined_email"])
        })
        .collect();
    Ok(Notices::many(notices, Silence::NobodyIsAffected))
}
