//! `acceptMembership`: a person says yes to the offer of a membership. From now on it is a ground for powers, and the
//! organization sees who they are.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Silence,
        Tx,
        account::{
            email,
            link::{self, LinkInvalid},
        },
        joining::Joining,
        powers::GROUND,
    },
    workspaces::offer::{Which, is_for, needs_another, stands, take_links},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use secrecy::ExposeSecret;
use serde_json::json;
use steward_entities::{
    account,
    id::{MembershipId, TokenId},
    kinds::{MembershipStatus, TokenPurpose},
    membership,
};

/// Accepts an offer.
pub struct AcceptMembership(pub Which);

/// Why an offer can't be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// They are a member already, by an earlier offer to another address.
    #[error("You are a member of this workspace already.")]
    MemberAlready,
    /// They made the offer themselves, under whatever address they had then.
    #[error(
        "Your last membership in this workspace was ended or limited by administrators: you can't invite yourself back. \
         Ask another administrator."
    )]
    OnSelf,
}

impl Refusal for NotAccepted {
    fn code(&self) -> Code {
        match self {
            Self::MemberAlready => Code::Conflict,
            Self::OnSelf => Code::OnSelf,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

/// An offer, and the person to whom it is made.
pub struct Answered {
    /// The offer.
    pub membership: membership::Model,
    /// The person.
    pub account: account::Model,
    /// The link that was used.
    pub link: Option<TokenId>,
    is_member: bool,
    /// Whether they offered it to themselves, and can't bring themselves back.
    is_barred: bool,
}

impl Answered {
    /// Locks the person's account, the link if one was used, and the offer.
    pub async fn lock(tx: &Tx<'_>, authority: &Authority, which: &Which) -> Result<Self> {
        let account = tx.lock(account::Entity::find_by_id(authority.own()?));
        let account = account.one(tx.db()).await?.ok_or_else(|| which.unknown())?;
        let (id, link) = match which {
            Which::Id(id) => (*id, None),
            Which::Link(secret) => {
                let link = link::read(tx, &[TokenPurpose::Membership], secret.expose_secret()).await?;
                if link.email_canonical != account.email_canonical {
                    return Err(LinkInvalid.into());
                }
                (link.subject_id.map(MembershipId).ok_or(LinkInvalid)?, Some(link.id))
            }
        };
        let membership = tx.lock(membership::Entity::find_by_id(id));
        let membership = membership.one(tx.db()).await?.ok_or_else(|| which.unknown())?;
        let in_force = membership::Entity::find()
            .filter(membership::Column::WorkspaceId.eq(membership.workspace_id))
            .filter(membership::Column::AccountId.eq(account.id))
            .filter(membership::Column::Status.is_in(GROUND))
            .one(tx.db())
            .await?;
        let is_barred =
            membership.offered_by == Some(account.id) && needs_another(tx, membership.workspace_id, account.id).await?;
        Ok(Self { is_member: in_force.is_some(), is_barred, membership, account, link })
    }
}

impl Action for AcceptMembership {
    const NAME: ActionName = ActionName::AcceptMembership;
    type Target = Answered;
    type Output = MembershipId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Answered> {
        Answered::lock(tx, authority, &self.0).await
    }

    fn check(&self, _: &Authority, answered: &Answered, now: DateTime<Utc>) -> Result<()> {
        let Answered { membership, account, link, .. } = answered;
        let is_theirs = match link {
            // The link is theirs, and says itself that they read mail there.
            Some(_) => stands(membership, now) && membership.email_canonical == account.email_canonical,
            None => is_for(membership, account, now),
        };
        if !is_theirs {
            return Err(self.0.unknown());
        }
        if answered.is_member {
            return Err(NotAccepted::MemberAlready.into());
        }
        if answered.is_barred { Err(NotAccepted::OnSelf.into()) } else { Ok(()) }
    }

    async fn run(&self, answered: Authorized<Answered>, tx: &Tx<'_>) -> Result<Done<MembershipId>> {
        take_links(tx, answered.membership.id, answered.link).await?;
        let Answered { membership, account, link, .. } = answered.into_inner();
        if link.is_some() {
            email::proved_by_link(tx, account.id).await?;
        }
        let (id, version) = (membership.id, membership.version);
        let within = [membership.workspace_id];
        let joining = Joining::begin(tx, membership.organization_id, &within, &[account.id]).await?;
        let event = EventDraft::within(Some(membership.organization_id))
            .about(account.id)
            .object(MembershipId::PREFIX, id.0)
            .details(json!({ "email": membership.email, "workspaceId": membership.workspace_id }));
        let mut row = membership.into_active_model();
        row.account_id = Set(Some(account.id));
        row.status = Set(MembershipStatus::Active);
        row.accepted_at = Set(Some(tx.now()));
        row.expires_at = Set(None);
        row.version = Set(version + 1);
        row.update(tx.db()).await?;
        let told = match joining {
            Some(joining) => joining.tell(tx, [&account]).await?,
            None => Vec::new(),
        };
        Ok(Done::new(id, EventSet::one(event), Notices::many(told, Silence::OwnAct)))
    }
}
