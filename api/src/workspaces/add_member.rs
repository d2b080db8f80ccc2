//! `addMember`: an administrator offers an address the membership in a workspace.
//!
//! The answer, the row and the event are the same whether or not there is an account: they know the given address
//! alone. Two cases differ, and tell nothing new: who is a member already, under this very address, is listed as one; and
//! who offers it to themselves knows what became of their last membership. What another administrator has closed to them
//! they don't open again.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft, Notices, Recipient,
        Refusal, Result, Scope, Tx,
        account::link::{self, NewLink},
        limit::{Limit, Sender},
        not_found, offer,
        powers::GROUND,
        text::EmailAddress,
    },
    notices::content::MembershipOffered,
    workspaces::offer::needs_another,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward_entities::{
    account,
    id::{AccountId, MembershipId, OrganizationId, WorkspaceId},
    kinds::TokenPurpose,
    membership, organization, workspace,
};

/// Offers a membership. Offering again renews what was offered to the address.
pub struct AddMember {
    /// Whose workspace.
    pub organization: OrganizationId,
    /// Which workspace.
    pub workspace: WorkspaceId,
    /// The address.
    pub email: EmailAddress,
}

/// Why no membership is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOffered {
    /// The address belongs to a member.
    #[error("This address belongs to a member of this workspace already.")]
    MemberAlready,
    /// The address is the caller's own, and another administrator had closed this workspace to them.
    #[error(
        "Your last membership in this workspace was ended or limited by administrators: you can't invite yourself back. \
         Ask another administrator."
    )]
    OnSelf,
}

impl Refusal for NotOffered {
    fn code(&self) -> Code {
        match self {
            Self::MemberAlready => Code::Conflict,
            Self::OnSelf => Code::OnSelf,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "email"]
    }
}

/// What decides about an offer.
pub struct Place {
    workspace: workspace::Model,
    organization: organization::Model,
    open: Option<membership::Model>,
    is_member: bool,
    /// Whether the address is the caller's own, and they can't bring themselves back.
    is_barred: bool,
}

impl Action for AddMember {
    const NAME: ActionName = ActionName::AddMember;
    type Target = Place;
    type Output = MembershipId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        tx.steward().count(Limit::MAIL_OF_ONE_ORGANIZATION, &self.organization.to_string()).await
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Place> {
        // The workspace is locked, so that of two offers at once to one address the second renews the first.
        let workspace = workspace::Entity::find_by_id(self.workspace)
            .filter(workspace::Column::OrganizationId.eq(self.organization));
        let workspace = tx.lock(workspace).one(tx.db()).await?;
        let workspace = workspace.ok_or_else(|| not_found(&["input", "workspaceId"]))?;
        let organization = organization::Entity::find_by_id(self.organization)
            .one(tx.db())
            .await?
            .ok_or_else(|| not_found(&["input", "organizationId"]))?;
        let open = offer::open(tx, &workspace, &self.email).await?;
        let account = account::Entity::find()
            .filter(account::Column::EmailCanonical.eq(self.email.canonical()))
            .one(tx.db())
            .await?
            .map(|account| account.id);
        let own = account.filter(|account| authority.administrator().is_ok_and(|by| by.account == *account));
        let is_barred = match own {
            Some(own) => needs_another(tx, self.workspace, own).await?,
            None => false,
        };
        let is_member = match account {
            Some(account) => self.is_member(tx, account).await?,
            None => false,
        };
        Ok(Place { workspace, organization, open, is_member, is_barred })
    }

    fn check(&self, _: &Authority, place: &Place, _: DateTime<Utc>) -> Result<()> {
        if place.is_member {
            return Err(NotOffered::MemberAlready.into());
        }
        if place.is_barred { Err(NotOffered::OnSelf.into()) } else { Ok(()) }
    }

    async fn run(&self, place: Authorized<Place>, tx: &Tx<'_>) -> Result<Done<MembershipId>> {
        let by = place.authority().administrator()?.account;
        let place = place.into_inner();
        tx.count_mail(Sender::Organization(self.organization), &self.email).await?;
        let id = offer::write(tx, &place.workspace, &self.email, place.open, by).await?;
        let to = Recipient::at(tx, &self.email).await?;
        let new = NewLink {
            purpose: TokenPurpose::Membership,
            account: None,
            address: &EmailAddress::parse(&to.address).unwrap_or_else(|_| self.email.clone()),
            subject: Some(id.0),
            context: json!({}),
        };
        let token = link::make(tx, new).await?;
        let content = MembershipOffered {
            organization: place.organization.name,
            workspace: place.workspace.name.clone(),
            email: self.email.as_str().to_owned(),
            expires_at: tx.now() + link::lifetime(TokenPurpose::Membership),
        };
        let notice = NoticeDraft::new(tx, to, content.into()).on_behalf_of(self.organization).with_link(token);
        let event = EventDraft::within(Some(self.organization)).object(MembershipId::PREFIX, id.0).details(json!({
            "email": self.email.as_str(),
            "workspaceId": self.workspace,
            "workspace": place.workspace.name,
        }));
        Ok(Done::new(id, EventSet::one(event), Notices::one(notice)))
    }
}

impl AddMember {
    /// Whether somebody whose address, as the organization sees it today, is the given one is a member.
    async fn is_member(&self, tx: &Tx<'_>, account: AccountId) -> Result<bool> {
        let member = membership::Entity::find()
            .filter(membership::Column::WorkspaceId.eq(self.workspace))
            .filter(membership::Column::AccountId.eq(account))
            .filter(membership::Column::Status.is_in(GROUND))
            .one(tx.db())
            .await?;
        Ok(member.is_some())
    }
}
