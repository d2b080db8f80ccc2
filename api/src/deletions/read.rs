//! What a deletion would take, and what it would leave: counted for who may ask for it.

use crate::{
    accounts::view::{AccountView, Sight},
    core::{
        Reader, Result,
        account::erase::{Known, going, invited, known, offered, staying, unanswered},
        powers::LASTING,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use serde::Serialize;
use steward_entities::{
    api_key, event, id::OrganizationId, invitation, item, kinds::MembershipStatus, membership, notice, role, session,
};

/// What a deletion is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Name, address, password, profile.
    Identity,
    /// Where the person is signed in.
    Sessions,
    /// Memberships in workspaces.
    Memberships,
    /// Roles in organizations.
    Roles,
    /// API keys that the person has made.
    ApiKeys,
    /// Memberships that were offered to the person.
    Offers,
    /// Roles that were offered to the person, or by them.
    Invitations,
    /// Personal items, and those in workspaces that nobody else sees.
    Items,
    /// Items that the person has shared in workspaces.
    SharedItems,
    /// What the person was told.
    Notices,
    /// What the log has about the person.
    Events,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is gone.
    Erased,
    /// It is over, and stays as a record.
    Ended,
    /// It stays, without what identifies the person.
    Kept,
}

/// One part of an account, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// What.
    pub part: Part,
    /// How many there are, as far as who asks may know.
    pub count: i64,
}

impl Part {
    /// What becomes of it.
    #[must_use]
    pub const fn fate(self) -> Fate {
        match self {
            Self::Identity | Self::Sessions | Self::Items => Fate::Erased,
            Self::Memberships | Self::Roles | Self::ApiKeys | Self::Offers | Self::Invitations => Fate::Ended,
            Self::SharedItems | Self::Notices | Self::Events => Fate::Kept,
        }
    }

    /// Why, in a sentence.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Identity => {
                "Name, address, password and profile are erased. Where others need a name, it is “Former user”, and the \
                 address is free."
            }
            Self::Sessions => "Sessions end at once. Devices and network addresses are erased with the account.",
            Self::Memberships => "Memberships end with the account. What belongs to a workspace stays there.",
            Self::Roles => "Roles in organizations end with the account.",
            Self::ApiKeys => {
                "API keys that the person has made rest on their role: they work no longer once the deletion is \
                 scheduled, and are revoked with the account. Scripts need keys of another owner."
            }
            Self::Offers => {
                "Memberships that were offered to the person and wait for an answer are declined. The person's address \
                 is erased from them."
            }
            Self::Invitations => {
                "Roles that were offered to the person, or by them to others, and wait for an answer are withdrawn. The \
                 person's address is erased from them."
            }
            Self::Items => "Personal items are erased, and so are those in workspaces that only the person could see.",
            Self::SharedItems => {
                "Items that the person has shared in a workspace stay there, as a former user's: others work with them. \
                 Whoever wants one gone deletes it before."
            }
            Self::Notices => {
                "That something was told stays on record. Addresses and texts about the person are erased from it."
            }
            Self::Events => {
                "The log stays whole, so that nobody can change what has happened. Names, addresses and reasons are \
                 erased from it."
            }
        }
    }
}

impl Reader<'_> {
    /// What a deletion would take and leave. For the person all of it, for the organization that manages the account what
    /// has to do with it; none for anybody else.
    pub async fn deletion_plan(
        &self,
        view: &AccountView,
        within: Option<OrganizationId>,
    ) -> Result<Option<Vec<Consequence>>> {
        let may = match within {
            None => view.sight == Sight::Own,
            Some(organization) => view.account.managed_by == Some(organization) && self.reads(organization),
        };
        if !may {
            return Ok(None);
        }
        let (id, db) = (view.account.id, self.db());
        let mut sessions = session::Entity::find().filter(session::Column::AccountId.eq(id));
        sessions =
            sessions.filter(session::Column::EndedAt.is_null()).filter(session::Column::ExpiresAt.gt(self.now()));
        let mut memberships = membership::Entity::find()
            .filter(membership::Column::AccountId.eq(id))
            .filter(membership::Column::Status.is_in(LASTING));
        let mut roles = role::Entity::find().filter(role::Column::AccountId.eq(id));
        let mut keys = api_key::Entity::find()
            .filter(api_key::Column::MadeBy.eq(id))
            .filter(api_key::Column::RevokedAt.is_null())
            .filter(api_key::Column::ExpiresAt.gt(self.now()));
        // What went to an address from before is the person's alone to know.
        let known = match within {
            None => known(db, &view.account).await?,
            Some(_) => Known::today(&view.account).into_iter().collect(),
        };
        let mut offers = membership::Entity::find()
            .filter(membership::Column::Status.eq(MembershipStatus::Invited))
            .filter(membership::Column::ExpiresAt.gt(self.now()))
            .filter(offered(&known));
        let both = invited(&known).add(invitation::Column::InvitedBy.eq(id));
        let mut invitations =
            invitation::Entity::find().filter(invitation::Column::ExpiresAt.gt(self.now())).filter(unanswered(both));
        let mut items = item::Entity::find().filter(going(id));
        let mut shared = item::Entity::find().filter(staying(id));
        let mut notices = notice::Entity::find().filter(notice::Column::AccountId.eq(id));
        let mut events = event::Entity::find().filter(event::Column::AccountId.eq(id));
        if let Some(organization) = within {
            memberships = memberships.filter(membership::Column::OrganizationId.eq(organization));
            roles = roles.filter(role::Column::OrganizationId.eq(organization));
            keys = keys.filter(api_key::Column::OrganizationId.eq(organization));
            offers = offers.filter(membership::Column::OrganizationId.eq(organization));
            invitations = invitations.filter(invitation::Column::OrganizationId.eq(organization));
            let ours = item::Column::OrganizationId.eq(organization);
            items = items.filter(ours.clone().or(item::Column::OrganizationId.is_null()));
            shared = shared.filter(ours);
            notices = notices.filter(notice::Column::OrganizationId.eq(organization));
            events = events.filter(event::Column::StreamId.eq(organization.0));
        }
        let counts = [
            (Part::Identity, 1),
            (Part::Sessions, sessions.count(db).await?),
            (Part::Memberships, memberships.count(db).await?),
            (Part::Roles, roles.count(db).await?),
            (Part::ApiKeys, keys.count(db).await?),
            (Part::Offers, offers.count(db).await?),
            (Part::Invitations, invitations.count(db).await?),
            (Part::Items, items.count(db).await?),
            (Part::SharedItems, shared.count(db).await?),
            (Part::Notices, notices.count(db).await?),
            (Part::Events, events.count(db).await?),
        ];
        let consequence = |(part, count)| Consequence { part, count: i64::try_from(count).unwrap_or(i64::MAX) };
        Ok(Some(counts.map(consequence).to_vec()))
    }
}
