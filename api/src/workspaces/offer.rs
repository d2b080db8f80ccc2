//! An offer of a membership, as the person answers it: by its id, when they are signed in with the address that it was
//! made to and have proved that they read mail there, or by the link that was mailed there.

use crate::core::{
    Error, Result, Tx,
    account::link::{self, LinkInvalid},
    not_found,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, prelude::Expr};
use secrecy::SecretString;
use steward_entities::{
    account,
    id::{AccountId, MembershipId, OrganizationId, TokenId, WorkspaceId},
    kinds::{MembershipStatus, TokenPurpose, VerificationMethod},
    membership, token,
};

/// Which offer is answered.
pub enum Which {
    /// The one with this id.
    Id(MembershipId),
    /// The one whose link has this secret text.
    Link(SecretString),
}

impl Which {
    /// Nothing that this person could answer: a wrong id, a wrong link and somebody else's look alike.
    pub fn unknown(&self) -> Error {
        match self {
            Self::Id(_) => not_found(&["input", "membershipId"]),
            Self::Link(_) => LinkInvalid.into(),
        }
    }
}

/// Whether it waits for an answer.
#[must_use]
pub fn stands(membership: &membership::Model, now: DateTime<Utc>) -> bool {
    membership.status == MembershipStatus::Invited && membership.expires_at.is_some_and(|at| at > now)
}

/// Whose offers a person answers by their ids, without a mailed link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Nobody's: nobody has proved the address.
    Nobody,
    /// Those of the organization that manages the account. Only its domain's proof counts for the address, which its
    /// administrators can choose: that is no word that the person reads mail there.
    Managers(OrganizationId),
    /// Everybody's: the person reads mail at the address.
    Everybody,
}

impl Whose {
    /// As the account's address was proved.
    #[must_use]
    pub const fn of(account: &account::Model) -> Self {
        match (account.verified_at, account.verified_by, account.managed_by) {
            (None, ..) | (_, Some(VerificationMethod::Domain), None) => Self::Nobody,
            (_, Some(VerificationMethod::Domain), Some(manager)) => Self::Managers(manager),
            _ => Self::Everybody,
        }
    }
}

/// Whether it stands and is made to the person's address, as far as they may answer it by its id.
#[must_use]
pub fn is_for(membership: &membership::Model, account: &account::Model, now: DateTime<Utc>) -> bool {
    stands(membership, now) && is_to(membership, account)
}

/// Whether it is, or was, made to the person's address, as far as they may answer it by its id.
#[must_use]
pub fn is_to(membership: &membership::Model, account: &account::Model) -> bool {
    let may = match Whose::of(account) {
        Whose::Nobody => false,
        Whose::Managers(manager) => membership.organization_id == manager,
        Whose::Everybody => true,
    };
    may && membership.email_canonical == account.email_canonical
}

/// Takes the link by which an offer is answered, and kills every other one to it.
pub async fn take_links(tx: &Tx<'_>, offer: MembershipId, used: Option<TokenId>) -> Result<()> {
    if let Some(link) = used {
        link::take(tx, link).await?;
    }
    token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(tx.now()))
        .filter(token::Column::SubjectId.eq(offer.0))
        .filter(token::Column::Purpose.eq(TokenPurpose::Membership))
        .filter(token::Column::UsedAt.is_null())
        .filter(token::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Whether somebody's last membership in a workspace was ended by administrators, or limited by them when the person left
/// it: then it takes another administrator to bring them back. What was left while nothing limited it has no reason.
///
/// # Errors
/// When the database fails.
pub async fn needs_another(tx: &Tx<'_>, workspace: WorkspaceId, account: AccountId) -> Result<bool> {
    let last = membership::Entity::find()
        .filter(membership::Column::WorkspaceId.eq(workspace))
        .filter(membership::Column::AccountId.eq(account))
        .filter(membership::Column::Status.is_in([MembershipStatus::Terminated, MembershipStatus::Left]))
        .order_by_desc(membership::Column::EndedAt)
        .order_by_desc(membership::Column::Id)
        .one(tx.db())
        .await?;
    Ok(last.is_some_and(|last| last.status == MembershipStatus::Terminated || last.reason.is_some()))
}
