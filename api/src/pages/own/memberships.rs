//! The workspaces that the person is in, and those that are offered: `acceptMembership` and `declineMembership` by the
//! session, as far as the API allows it without the mailed link, and `leaveWorkspace`.

use crate::{
    core::{ActionName, Error, Result},
    graphql::page::{Page as Range, cursor},
    pages::{
        own::{
            page::{OwnPage, Place, Then},
            said::Said,
            visit::OwnVisit,
        },
        views::Page,
        visit::Form,
    },
    workspaces::{
        accept_membership::AcceptMembership, decline_membership::DeclineMembership, leave_workspace::LeaveWorkspace,
        offer::Which, read::SeenMembership,
    },
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use steward_entities::{id::MembershipId, kinds::MembershipStatus};

/// How many stand on one page.
const ON_ONE_PAGE: i32 = 20;

/// A membership of the person's, an offer to them, or what has become of one.
#[derive(Clone, Debug, Serialize)]
pub struct MembershipShown {
    /// Which.
    pub id: MembershipId,
    /// The workspace.
    pub workspace: String,
    /// Whose workspace.
    pub organization: String,
    /// Whom to ask there.
    pub contact: Option<String>,
    /// How it stands.
    pub status: MembershipStatus,
    /// When it was offered.
    pub offered_at: DateTime<Utc>,
    /// Until when the offer stands.
    pub until: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub since: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// When a limit ends by itself.
    pub limited_until: Option<DateTime<Utc>>,
    /// What the administrators who limited or ended it have written.
    pub message: Option<String>,
}

impl From<SeenMembership> for MembershipShown {
    fn from(seen: SeenMembership) -> Self {
        Self {
            id: seen.membership.id,
            workspace: seen.workspace.name,
            organization: seen.organization.name,
            contact: seen.organization.administrative_email,
            status: seen.status,
            offered_at: seen.membership.created_at,
            until: seen.membership.expires_at,
            since: seen.membership.accepted_at,
            ended_at: seen.membership.ended_at,
            limited_until: seen.membership.until,
            message: seen.membership.message,
        }
    }
}

/// The buttons of the page, each with a membership.
pub enum Button {
    /// Accepts an offer.
    Accept(MembershipId),
    /// Declines it.
    Decline(MembershipId),
    /// Ends a membership.
    Leave(MembershipId),
}

/// The person's memberships. Field: `accept`, `decline` or `leave`, with the membership.
#[derive(Clone, Debug, Serialize)]
pub struct MembershipsPage {
    /// Some of them: offers first, then what is in force, then what is over; among these the newest first.
    pub memberships: Vec<MembershipShown>,
    /// Whether the person can accept an offer.
    pub may_accept: bool,
    /// Whether there are newer ones.
    pub has_newer: bool,
    /// The place of the next page, where there are older ones.
    pub older: Option<String>,
}

impl Page for MembershipsPage {
    const TEMPLATE: &'static str = "memberships";
}

impl OwnPage for MembershipsPage {
    type Button = Button;

    async fn open(own: &OwnVisit, place: &Place) -> Result<Option<Self>> {
        let range = Range { last: Some(ON_ONE_PAGE), before: place.before.clone(), ..Range::default() };
        let page = own.reader().own_memberships(&range).await?;
        let oldest = page.rows.first().map(|seen| cursor(&[seen.membership.id.0.to_string()]));
        let mut memberships: Vec<MembershipShown> = page.rows.into_iter().rev().map(Into::into).collect();
        memberships.sort_by_key(|membership| match membership.status {
            MembershipStatus::Invited => 0,
            MembershipStatus::Active | MembershipStatus::Restricted | MembershipStatus::Suspended => 1,
            MembershipStatus::Declined | MembershipStatus::Left | MembershipStatus::Terminated => 2,
        });
        Ok(Some(Self {
            memberships,
            may_accept: own.may(ActionName::AcceptMembership),
            has_newer: place.before.is_some(),
            older: oldest.filter(|_| page.has_previous),
        }))
    }

    fn pressed(form: &Form) -> Option<(Button, Then)> {
        let named = |button: &str| form.field(button).parse::<MembershipId>().ok();
        let (button, said) = if let Some(id) = named("accept") {
            (Button::Accept(id), Said::MembershipAccepted)
        } else if let Some(id) = named("decline") {
            (Button::Decline(id), Said::MembershipDeclined)
        } else {
            (Button::Leave(named("leave")?), Said::MembershipLeft)
        };
        Some((button, Then::Here(Some(said))))
    }

    async fn press(&self, own: &OwnVisit, button: Button, _: &Form) -> Result<()> {
        match button {
            Button::Accept(id) => own.perform(AcceptMembership(Which::Id(id))).await.map(drop),
            // Of a no no answer is kept that would tell whose it was: what is declined already is done.
            Button::Decline(id) => match own.perform(DeclineMembership(Which::Id(id))).await {
                Err(Error::Refused(_)) if own.reader().is_declined(id).await? => Ok(()),
                declined => declined.map(drop),
            },
            Button::Leave(membership) => own.perform(LeaveWorkspace { membership }).await.map(drop),
        }
    }
}
