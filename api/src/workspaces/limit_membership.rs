//! `restrictMembership`, `suspendMembership`, `terminateMembership`: administrators limit what a person can do in one
//! workspace of their organization. The account, and every other workspace, is as it was.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, JobDraft, NoticeDraft, Notices, Result,
        Scope, Silence, Tx, Work,
        apps::{closing::settle, requests::withdraw},
        clock::FURTHEST,
        invalid,
        notice::contact,
        text::{Message, Reason},
    },
    notices::content::{Content, MembershipEnded, MembershipEndedBecause, MembershipRestricted, MembershipSuspended},
    workspaces::member_act::{Member, MembershipRefusal},
};
use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use std::marker::PhantomData;
use steward_entities::{
    id::{MembershipId, OrganizationId},
    kinds::MembershipStatus,
};

/// Which limit.
pub trait Limit: Send + Sync {
    /// The mutation.
    const NAME: ActionName;
    /// What the membership becomes.
    const TO: MembershipStatus;
    /// What the person is told.
    fn notice(told: Told) -> Content;
}

/// What every such notice tells.
pub struct Told {
    /// Whose workspace.
    pub organization: String,
    /// Which.
    pub workspace: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// The person reads in the workspace, and changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Restriction;
/// The workspace is closed to the person for a time.
#[derive(Clone, Copy, Debug)]
pub struct Suspension;
/// The membership ends, and can be restored.
#[derive(Clone, Copy, Debug)]
pub struct Termination;

impl Limit for Restriction {
    const NAME: ActionName = ActionName::RestrictMembership;
    const TO: MembershipStatus = MembershipStatus::Restricted;

    fn notice(told: Told) -> Content {
        let Told { organization, workspace, email, contact, message, until } = told;
        MembershipRestricted { organization, workspace, email, contact, message, until }.into()
    }
}

impl Limit for Suspension {
    const NAME: ActionName = ActionName::SuspendMembership;
    const TO: MembershipStatus = MembershipStatus::Suspended;

    fn notice(told: Told) -> Content {
        let Told { organization, workspace, email, contact, message, until } = told;
        MembershipSuspended { organization, workspace, email, contact, message, until }.into()
    }
}

impl Limit for Termination {
    const NAME: ActionName = ActionName::TerminateMembership;
    const TO: MembershipStatus = MembershipStatus::Terminated;

    fn notice(told: Told) -> Content {
        let Told { organization, workspace, contact, message, .. } = told;
        let because = MembershipEndedBecause::EndedByOrganization;
        MembershipEnded { organization, workspace, contact, because, reason: message }.into()
    }
}

/// Limits one membership.
pub struct LimitMembership<L> {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which membership.
    pub membership: MembershipId,
    /// Why, for the log.
    pub reason: Reason,
    /// Words for the person.
    pub message: Option<Message>,
    /// When it ends by itself; none until it is restored.
    pub until: Option<DateTime<Utc>>,
    /// Only plan.
    pub dry_run: bool,
    /// Which limit.
    pub limit: PhantomData<fn() -> L>,
}

impl<L: Limit> LimitMembership<L> {
    fn message(&self) -> Option<&str> {
        self.message.as_ref().map(Message::as_str)
    }

    fn until(&self) -> Option<DateTime<Utc>> {
        self.until.map(|until| until.trunc_subsecs(6))
    }
}

impl<L: Limit> Action for LimitMembership<L> {
    const NAME: ActionName = L::NAME;
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
        let field = &["input", "until"];
        match self.until {
            Some(until) if until <= now => return Err(invalid(field, "must lie in the future")),
            Some(until) if until > now + FURTHEST => {
                return Err(invalid(field, "lies more than ten years ahead: leave it out instead"));
            }
            _ => {}
        }
        member.check(L::NAME, authority, now)?;
        let (status, row) = (member.status(now), &member.membership);
        if status == MembershipStatus::Terminated {
            let refusal = if L::TO == status { MembershipRefusal::AlreadySo } else { MembershipRefusal::Terminated };
            return Err(refusal.into());
        }
        // The same once more, in the same words and for as long, would only be told twice.
        let same = status == L::TO
            && row.reason.as_deref() == Some(self.reason.as_str())
            && row.message.as_deref() == self.message()
            && row.until == self.until();
        if same { Err(MembershipRefusal::AlreadySo.into()) } else { Ok(()) }
    }

    async fn run(&self, member: Authorized<Member>, tx: &Tx<'_>) -> Result<Done<MembershipId>> {
        let member = member.into_inner();
        let (id, before, until) = (member.membership.id, member.status(tx.now()), self.until());
        let event = EventDraft::within(Some(self.organization))
            .about(member.membership.account_id)
            .object(MembershipId::PREFIX, id.0)
            .details(json!({
                "workspaceId": member.workspace.id,
                "reason": self.reason.as_str(),
                "message": self.message(),
                "until": until,
                "status": { "before": before.as_str(), "after": L::TO.as_str() },
            }));
        let notices = member.account().map(|account| {
            let content = L::notice(Told {
                organization: member.organization.name.clone(),
                workspace: member.workspace.name.clone(),
                email: account.email.clone(),
                contact: contact(&member.organization),
                message: self.message().map(ToOwned::to_owned),
                until,
            });
            NoticeDraft::new(tx, account, content).on_behalf_of(self.organization)
        });
        let version = member.membership.version;
        let mut row = member.membership.into_active_model();
        row.status = Set(L::TO);
        row.reason = Set(Some(self.reason.as_str().to_owned()));
        row.message = Set(self.message().map(ToOwned::to_owned));
        row.until = Set(until);
        row.ended_at = Set((L::TO == MembershipStatus::Terminated).then_some(tx.now()));
        row.version = Set(version + 1);
        let whose = row.update(tx.db()).await?.account_id.filter(|_| L::TO == MembershipStatus::Terminated);
        let whose = Vec::from_iter(whose);
        withdraw(tx, self.organization, &whose).await?;
        Box::pin(settle(tx, &whose)).await?;
        let notices = Notices::many(notices.into_iter().collect(), Silence::NobodyIsAffected);
        let done = Done::new(id, EventSet::one(event), notices);
        let ends = |until| JobDraft::new(tx, Work::EndMembershipLimits).of(self.organization).at(until);
        Ok(until.map(ends).into_iter().fold(done, Done::then))
    }
}
