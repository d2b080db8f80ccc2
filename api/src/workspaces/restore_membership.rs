//! `restoreMembership`: administrators lift what limits a membership, or take its end back.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Result, Scope,
        Silence, Tx,
        joining::Joining,
        notice::contact,
        powers::LIMITED,
        text::{Message, Reason},
    },
    notices::content::{MembershipRestored, RestoredBecause},
    workspaces::member_act::{Member, MembershipRefusal},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    id::{MembershipId, OrganizationId},
    kinds::MembershipStatus,
};

/// Restores one membership.
pub struct RestoreMembership {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which membership.
    pub membership: MembershipId,
    /// Why, for the log.
    pub reason: Reason,
    /// Words for the person.
    pub message: Option<Message>,
    /// Only plan.
    pub dry_run: bool,
}

impl Action for RestoreMembership {
    const NAME: ActionName = ActionName::RestoreMembership;
    type Target = Member;
    type Output = MembershipId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Member> {
        Member::load(tx, self.organization, self.membership).await
    }

    fn check(&self, authority: &Authority, member: &Member, now: DateTime<Utc>) -> Result<()> {
        member.check(Self::NAME, authority, now)?;
        if !LIMITED.contains(&member.status(now)) {
            return Err(MembershipRefusal::NotLimited.into());
        }
        if member.is_member_again { Err(MembershipRefusal::MemberAgain.into()) } else { Ok(()) }
    }

    async fn run(&self, member: Authorized<Member>, tx: &Tx<'_>) -> Result<Done<MembershipId>> {
        let member = member.into_inner();
        let (id, before) = (member.membership.id, member.status(tx.now()));
        let message = self.message.as_ref().map(Message::as_str);
        let event = EventDraft::within(Some(self.organization))
            .about(member.membership.account_id)
            .object(MembershipId::PREFIX, id.0)
            .details(json!({
                "workspaceId": member.workspace.id,
                "reason": self.reason.as_str(),
                "message": message,
                "status": { "before": before.as_str(), "after": MembershipStatus::Active.as_str() },
            }));
        let person = member.account().cloned();
        // What holds in the workspace reaches them from now on.
        let joining = match &person {
            Some(account) => Joining::begin(tx, self.organization, &[member.workspace.id], &[account.id]).await?,
            None => None,
        };
        let notice = person.as_ref().map(|account| {
            let content = MembershipRestored {
                organization: member.organization.name.clone(),
                workspace: member.workspace.name.clone(),
                email: account.email.clone(),
                contact: contact(&member.organization),
                message: message.map(ToOwned::to_owned),
                because: RestoredBecause::Administrators,
            };
            NoticeDraft::new(tx, account, content.into()).on_behalf_of(self.organization)
        });
        let version = member.membership.version;
        let mut row = member.membership.into_active_model();
        row.status = Set(MembershipStatus::Active);
        row.reason = Set(None);
        row.message = Set(None);
        row.until = Set(None);
        row.ended_at = Set(None);
        row.version = Set(version + 1);
        row.update(tx.db()).await?;
        let mut notices: Vec<NoticeDraft> = notice.into_iter().collect();
        if let Some(joining) = joining {
            notices.extend(joining.tell(tx, &person).await?);
        }
        let notices = Notices::many(notices, Silence::NobodyIsAffected);
        Ok(Done::new(id, EventSet::one(event), notices))
    }
}
