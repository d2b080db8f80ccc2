//! An act of administrators on one membership: what it is about, locked, and the rules that all such acts share.

use crate::core::{
    ActionName, Administrator, Authority, Code, Refusal, Result, Tx, not_found,
    powers::{self, Facts, Ground, PowerRefusal, standing},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use steward_entities::{
    account,
    id::{MembershipId, OrganizationId},
    kinds::MembershipStatus,
    membership, organization, workspace,
};

/// Why a membership is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MembershipRefusal {
    /// Nobody is a member yet.
    #[error("Nobody has accepted this offer yet: there is nothing to limit.")]
    NotAccepted,
    /// The person said no, or left.
    #[error("This membership is over: nothing revives it but a new invitation.")]
    Over,
    /// Administrators ended it.
    #[error("Your organization has ended this membership. Restore it first.")]
    Terminated,
    /// It is so already.
    #[error("This is so already; nothing was changed.")]
    AlreadySo,
    /// Nothing limits it.
    #[error("Nothing limits this membership.")]
    NotLimited,
    /// The person came back by another invitation.
    #[error("This person is a member of this workspace again, by a newer invitation.")]
    MemberAgain,
}

impl Refusal for MembershipRefusal {
    fn code(&self) -> Code {
        match self {
            Self::MemberAgain => Code::Conflict,
            _ => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "membershipId"]
    }
}

/// A membership with its person, locked.
pub struct Member {
    /// The membership.
    pub membership: membership::Model,
    /// What decides about powers over the person; none while nobody has accepted.
    pub facts: Option<Facts>,
    /// Whose workspace.
    pub organization: organization::Model,
    /// Which.
    pub workspace: workspace::Model,
    /// Whether another membership of the person in this workspace is in force.
    pub is_member_again: bool,
}

impl Member {
    /// Locks the person's account, then the membership: the order in which offers are accepted, too.
    ///
    /// # Errors
    /// `NOT_FOUND` where the organization has no such membership.
    pub async fn load(tx: &Tx<'_>, organization: OrganizationId, id: MembershipId) -> Result<Self> {
        let unknown = || not_found(&["input", "membershipId"]);
        let find = || membership::Entity::find_by_id(id).filter(membership::Column::OrganizationId.eq(organization));
        let seen = find().one(tx.db()).await?.ok_or_else(unknown)?;
        let facts = match seen.account_id {
            Some(account) => powers::load(tx.db(), organization, &[account], true).await?.pop(),
            None => None,
        };
        let membership = tx.lock(find()).one(tx.db()).await?.ok_or_else(unknown)?;
        let again = membership::Entity::find()
            .filter(membership::Column::WorkspaceId.eq(membership.workspace_id))
            .filter(membership::Column::AccountId.eq(membership.account_id))
            .filter(membership::Column::Id.ne(id))
            .filter(membership::Column::Status.is_in(powers::GROUND));
        let is_member_again = membership.account_id.is_some() && again.one(tx.db()).await?.is_some();
        let place = organization::Entity::find_by_id(organization).one(tx.db()).await?.ok_or_else(unknown)?;
        let workspace = workspace::Entity::find_by_id(membership.workspace_id).one(tx.db()).await?;
        let workspace = workspace.ok_or_else(unknown)?;
        // Accepted between the two looks: whoever it was is loaded and locked by the next try.
        let facts = facts.filter(|facts| Some(facts.account.id) == membership.account_id);
        Ok(Self { membership, facts, organization: place, workspace, is_member_again })
    }

    /// What the membership is now.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> MembershipStatus {
        standing(self.membership.status, self.membership.until, now)
    }

    /// The person, where somebody has accepted.
    #[must_use]
    pub fn account(&self) -> Option<&account::Model> {
        self.facts.as_ref().map(|facts| &facts.account)
    }

    /// Refuses whoever may not act on this person, and what is no membership.
    ///
    /// # Errors
    /// By rank, by ground, or because the membership is over.
    pub fn check(&self, action: ActionName, authority: &Authority, now: DateTime<Utc>) -> Result<()> {
        let administrator: Administrator = authority.administrator()?;
        let over = match self.membership.status {
            MembershipStatus::Invited => Some(MembershipRefusal::NotAccepted),
            MembershipStatus::Declined | MembershipStatus::Left => Some(MembershipRefusal::Over),
            MembershipStatus::Active
            | MembershipStatus::Restricted
            | MembershipStatus::Suspended
            | MembershipStatus::Terminated => None,
        };
        let Some(facts) = &self.facts else { return Err(over.unwrap_or(MembershipRefusal::NotAccepted).into()) };
        match facts.ground(administrator.organization) {
            Some(_) => {
                let grounds = action.rule().grounds.ok_or(PowerRefusal::NotManaged)?;
                let ground: Ground = powers::check(grounds, &administrator, facts)?;
                powers::state(action, ground, facts, now)?;
            }
            None if over.is_some() => {}
            // A membership that was terminated is no ground, and yet can be restored; by whom, rank decides as ever.
            None => powers::rank(&administrator, facts)?,
        }
        over.map_or(Ok(()), |over| Err(over.into()))
    }
}
