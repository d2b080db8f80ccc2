//! `requirePasswordReset`: administrators ask for a new password, with effects that depend on the ground.
//!
//! Managed: the old password is dead, all sessions end, and a fresh link is mailed. Membership: the organization's
//! workspaces are closed to the person until the password is changed; nothing else changes for them.

use crate::{
    core::{
        Action, ActionName, Administrator, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft,
        Notices, Refusal, Result, Scope, Tx,
        account::credentials::{Kill, kill},
        action_name::Grounds,
        not_found,
        notice::contact,
        powers::{self, Facts, Ground},
        text::Reason,
    },
    notices::content::{self, PasswordResetRequired},
    passwords::reset_link,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set, prelude::Expr};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    account, account_block,
    id::{AccountBlockId, AccountId, OrganizationId},
    kinds::BlockKind,
    organization,
};

/// How often an organization may ask a person whose account it doesn't manage.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(24);

/// On which ground; as its rule says.
const GROUNDS: Grounds = Grounds::ManagedOrFreeMember;

/// Requires a new password.
pub struct RequirePasswordReset {
    /// Whose administrators require it.
    pub organization: OrganizationId,
    /// From whom.
    pub account: AccountId,
    /// Why, for the log and the person.
    pub reason: Reason,
}

/// What requiring a reset gives.
#[derive(Serialize, Deserialize)]
pub struct ResetRequired {
    /// From whom.
    pub account: AccountId,
    /// Whether the old password is dead and the sessions are over.
    pub managed: bool,
}

/// It was required from this member in the last 24 hours already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Your organization has required this from the person in the last 24 hours. Please wait until tomorrow.")]
pub struct RequiredAlready;

impl Refusal for RequiredAlready {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "accountId"]
    }
}

/// What is known of the person, the organization, and what it required of them lately.
pub struct Concerned {
    facts: Facts,
    organization: organization::Model,
    recent: bool,
}

impl Action for RequirePasswordReset {
    const NAME: ActionName = ActionName::RequirePasswordReset;
    type Target = Concerned;
    type Output = ResetRequired;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Concerned> {
        let unseen = || not_found(&["input", "accountId"]);
        let facts = powers::load(tx.db(), self.organization, &[self.account], true).await?;
        let facts = facts.into_iter().next().ok_or_else(unseen)?;
        let organization = organization::Entity::find_by_id(self.organization).one(tx.db()).await?;
        let recent = self.blocks().filter(account_block::Column::CreatedAt.gt(tx.now() - AGAIN_AFTER));
        Ok(Concerned {
            facts,
            organization: organization.ok_or_else(unseen)?,
            recent: recent.one(tx.db()).await?.is_some(),
        })
    }

    fn check(&self, authority: &Authority, concerned: &Concerned, _: DateTime<Utc>) -> Result<()> {
        let ground = ground(&authority.administrator()?, concerned)?;
        if ground == Ground::Membership && concerned.recent {
            return Err(RequiredAlready.into());
        }
        Ok(())
    }

    async fn run(&self, concerned: Authorized<Concerned>, tx: &Tx<'_>) -> Result<Done<ResetRequired>> {
        let managed = ground(&concerned.authority().administrator()?, &concerned)? == Ground::Managed;
        let account = &concerned.facts.account;
        self.block(tx).await?;
        let mut notices = vec![self.notice(tx, &concerned, managed)];
        if managed {
            forget_password(tx, account).await?;
            notices.push(reset_link::mail(tx, account, Some(&concerned.organization.name)).await?);
        }
        let ground = if managed { "MANAGED" } else { "MEMBERSHIP" };
        let event = EventDraft::within(Some(self.organization))
            .about(account.id)
            .details(json!({ "reason": self.reason.as_str(), "ground": ground }));
        let output = ResetRequired { account: account.id, managed };
        Ok(Done::new(output, EventSet::one(event), Notices::Send(notices)))
    }
}

fn ground(administrator: &Administrator, concerned: &Concerned) -> Result<Ground> {
    Ok(powers::check(GROUNDS, administrator, &concerned.facts)?)
}

impl RequirePasswordReset {
    /// The resets that this organization has required of this person.
    fn blocks(&self) -> sea_orm::Select<account_block::Entity> {
        account_block::Entity::find()
            .filter(account_block::Column::AccountId.eq(self.account))
            .filter(account_block::Column::OrganizationId.eq(self.organization))
            .filter(account_block::Column::Kind.eq(BlockKind::PasswordReset))
    }

    /// Replaces an older requirement of this organization, so that one is in force.
    async fn block(&self, tx: &Tx<'_>) -> Result<()> {
        account_block::Entity::update_many()
            .col_expr(account_block::Column::LiftedAt, Expr::value(tx.now()))
            .filter(account_block::Column::AccountId.eq(self.account))
            .filter(account_block::Column::OrganizationId.eq(self.organization))
            .filter(account_block::Column::Kind.eq(BlockKind::PasswordReset))
            .filter(account_block::Column::LiftedAt.is_null())
            .exec(tx.db())
            .await?;
        let row = account_block::ActiveModel {
            id: Set(tx.id::<AccountBlockId>()),
            account_id: Set(self.account),
            organization_id: Set(Some(self.organization)),
            kind: Set(BlockKind::PasswordReset),
            reason: Set(Some(self.reason.as_str().to_owned())),
            message: Set(None),
            created_at: Set(tx.now()),
            until: Set(None),
            lifted_at: Set(None),
        };
        row.insert(tx.db()).await?;
        Ok(())
    }

    fn notice(&self, tx: &Tx<'_>, concerned: &Concerned, managed: bool) -> NoticeDraft {
        let content = PasswordResetRequired {
            organization: concerned.organization.name.clone(),
            email: concerned.facts.account.email.clone(),
            contact: contact(&concerned.organization),
            reason: Some(self.reason.as_str().to_owned()),
            ground: if managed { content::Ground::Managed } else { content::Ground::Membership },
        };
        NoticeDraft::new(tx, &concerned.facts.account, content.into()).on_behalf_of(self.organization)
    }
}

/// The old password opens nothing any more, nor does anything that it has opened.
async fn forget_password(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    let row = account::ActiveModel {
        id: Set(account.id),
        password_hash: Set(None),
        // Kept to be refused. Required once more, the one from before is still the one that was used.
        retired_password_hash: Set(account.password_hash.clone().or_else(|| account.retired_password_hash.clone())),
        version: Set(account.version + 1),
        ..Default::default()
    };
    row.update(tx.db()).await?;
    kill(tx, &[account.id], Kill::ALL).await
}
