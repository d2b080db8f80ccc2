//! An offer of a membership, as the person answers it: by its id, when they are signed in with the address that it was
//! made to, or by the link that was mailed there.

use crate::core::{
    Error, Result, Tx,
    account::link::{self, LinkInvalid},
    not_found,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};
use secrecy::SecretString;
use steward_entities::{
    account,
    id::{MembershipId, TokenId},
    kinds::{MembershipStatus, TokenPurpose},
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

/// Whether it stands and is made to the person's proved address.
#[must_use]
pub fn is_for(membership: &membership::Model, account: &account::Model, now: DateTime<Utc>) -> bool {
    stands(membership, now) && account.verified_at.is_some() && membership.email_canonical == account.email_canonical
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
