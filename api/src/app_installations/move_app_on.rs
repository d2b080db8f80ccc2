//! What becomes of an app's installations when operators change it: where it is retired, each ends; where it asks for more,
//! the administrators are told that it waits for them.

use crate::{
    app_installations::uninstall_app::end,
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, NoticeDraft, Notices, Progress,
        Result, Silence, Tx, Unlogged,
        apps::{Scopes, administrators::deciders},
    },
    notices::content::{AppAsksForMore, AppRetired},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use serde_json::json;
use std::collections::HashMap;
use steward_entities::{
    account, app, app_installation,
    id::{AppId, AppInstallationId, OrganizationId},
    kinds::{InstallationEnd, InstallationState},
    organization,
};

/// Installations in one change.
const CHUNK: u64 = 50;

/// Goes on with the next installations.
pub struct MoveAppOn {
    /// Of which app.
    pub app: AppId,
    /// What it asked for before.
    pub asked_before: Scopes,
    /// After this installation.
    pub after: Option<AppInstallationId>,
}

impl MoveAppOn {
    /// From where the job's last chunk ended.
    ///
    /// # Errors
    /// `Internal` for what no chunk has written.
    pub fn from_cursor(app: AppId, asked_before: Scopes, cursor: Option<&str>) -> Result<Self> {
        let after = cursor.map(|cursor| cursor.parse().map_err(Error::internal)).transpose()?;
        Ok(Self { app, asked_before, after })
    }
}

/// An app, which stays as it is, and its next installations, locked.
pub struct Next {
    app: app::Model,
    installations: Vec<app_installation::Model>,
    organizations: HashMap<OrganizationId, organization::Model>,
}

impl Action for MoveAppOn {
    const NAME: ActionName = ActionName::EndInstallation;
    type Target = Next;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Next> {
        let broken = || Error::internal("the job of an app has lost what it is about");
        let app = app::Entity::find_by_id(self.app).lock(LockType::Share).one(tx.db()).await?.ok_or_else(broken)?;
        let live = [InstallationState::Installing, InstallationState::Installed, InstallationState::Failed];
        let mut select = app_installation::Entity::find()
            .filter(app_installation::Column::AppId.eq(app.id))
            .filter(app_installation::Column::State.is_in(live));
        if let Some(after) = self.after {
            select = select.filter(app_installation::Column::Id.gt(after));
        }
        let select = select.order_by_asc(app_installation::Column::Id).limit(CHUNK);
        let installations = tx.lock(select).all(tx.db()).await?;
        let organizations = organization::Entity::find()
            .filter(organization::Column::Id.is_in(installations.iter().map(|row| row.organization_id)))
            .all(tx.db())
            .await?;
        let organizations = organizations.into_iter().map(|row| (row.id, row)).collect();
        Ok(Next { app, installations, organizations })
    }

    async fn run(&self, next: Authorized<Next>, tx: &Tx<'_>) -> Result<Done<()>> {
        let Next { app, installations, organizations } = next.into_inner();
        let (mut events, mut notices, mut jobs) = (Vec::new(), Vec::new(), Vec::new());
        let last = installations.last().map(|row| row.id).filter(|_| installations.len() as u64 == CHUNK);
        let done = i64::try_from(installations.len()).unwrap_or_default();
        for installation in installations {
            let Some(organization) = organizations.get(&installation.organization_id) else { continue };
            let administrators = deciders(tx, organization.id, None).await?;
            if app.retired_at.is_some() {
                let content = AppRetired {
                    organization: organization.name.clone(),
                    app: app.name.clone(),
                    vendor: app.vendor.clone(),
                    support_email: app.support_email.clone(),
                };
                notices.extend(to_each(tx, &administrators, organization.id, &content.into()));
                let details = json!({ "appId": app.id, "because": InstallationEnd::Retired });
                let event =
                    EventDraft::within(Some(organization.id)).object(AppInstallationId::PREFIX, installation.id.0);
                events.push(event.named(ActionName::UninstallApp).details(details));
                jobs.extend(end(tx, installation, InstallationEnd::Retired, None, None).await?);
            } else {
                let agreed = Scopes(installation.pending_scopes.unwrap_or(installation.scopes));
                let more = Scopes(app.scopes).without(self.asked_before).without(agreed);
                if !more.is_empty() {
                    let content = AppAsksForMore {
                        organization: organization.name.clone(),
                        app: app.name.clone(),
                        vendor: app.vendor.clone(),
                        scopes: more.names(),
                    };
                    notices.extend(to_each(tx, &administrators, organization.id, &content.into()));
                }
            }
        }
        let events = if events.is_empty() { EventSet::none(Unlogged::LoggedBefore) } else { EventSet::many(events) };
        let ended = Done::new((), events, Notices::many(notices, Silence::NobodyIsAffected));
        let progress = match last {
            Some(last) => Progress::More { cursor: Some(last.to_string()), done },
            None => Progress::Complete { done },
        };
        Ok(jobs.into_iter().fold(ended, Done::then).progress(progress))
    }
}

fn to_each(
    tx: &Tx<'_>,
    people: &[account::Model],
    organization: OrganizationId,
    content: &crate::notices::content::Content,
) -> Vec<NoticeDraft> {
    people.iter().map(|to| NoticeDraft::new(tx, to, content.clone()).on_behalf_of(organization)).collect()
}
