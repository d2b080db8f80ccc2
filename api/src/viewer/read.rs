//! What a viewer sees of themselves.

use crate::{
    accounts::view::{AccountView, Sight},
    core::{
        Reader, Result,
        powers::{self, Facts, Ground, told::Act},
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use steward_entities::{id::OrganizationId, kinds::MembershipStatus, membership, organization};

/// Something that administrators of an organization may do to the viewer's account.
pub struct Power {
    /// Whose administrators.
    pub organization: organization::Model,
    /// What they may do.
    pub act: Act,
    /// On which ground.
    pub ground: Ground,
}

impl Reader<'_> {
    /// The signed-in person's own account.
    #[must_use]
    pub fn own_view(&self) -> Option<AccountView> {
        let account = self.caller().person()?.account.clone();
        AccountView::together(vec![(account, Sight::Own)]).pop()
    }

    /// What administrators may do to the viewer's own account, by organization.
    pub async fn administrator_powers(&self, view: &AccountView) -> Result<Vec<Power>> {
        let rows: Vec<(OrganizationId, MembershipStatus, Option<DateTime<Utc>>)> = membership::Entity::find()
            .select_only()
            .columns([membership::Column::OrganizationId, membership::Column::Status, membership::Column::Until])
            .filter(membership::Column::AccountId.eq(view.account.id))
            .filter(membership::Column::Status.is_in(powers::LASTING))
            .into_tuple()
            .all(self.db())
            .await?;
        let mut memberships: BTreeMap<OrganizationId, Vec<_>> = BTreeMap::new();
        for (organization, status, until) in rows {
            memberships.entry(organization).or_default().push((status, until));
        }
        let concerned = memberships.keys().copied().chain(view.account.managed_by);
        let organizations: BTreeMap<OrganizationId, organization::Model> = organization::Entity::find()
            .filter(organization::Column::Id.is_in(concerned))
            .order_by_asc(organization::Column::Id)
            .all(self.db())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let mut powers = Vec::new();
        for (id, organization) in organizations {
            let facts = Facts {
                account: (*view.account).clone(),
                memberships: memberships.remove(&id).unwrap_or_default(),
                role: None,
                candidate: false,
                reset_required_at: None,
                email_change_waits: false,
                blocks: Vec::new(),
                proved: true,
            };
            let Some(ground) = facts.ground(id) else { continue };
            let now = self.now();
            let given = Act::all().filter(|(act, grounds)| match act {
                Act::Run(action) => {
                    Act::is_given(*grounds, Some(ground)) && powers::state(*action, ground, &facts, now).is_ok()
                }
                Act::ReadAccount | Act::ReadPersonal => Act::is_given(*grounds, Some(ground)),
            });
            powers.extend(given.map(|(act, _)| Power { organization: organization.clone(), act, ground }));
        }
        Ok(powers)
    }
}
