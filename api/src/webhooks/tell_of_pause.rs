//! `pauseWebhooks`: administrators of apps are told that an app's vendor can't be told anything any more, wherever the app is
//! or its vendor still has to delete something.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, NoticeDraft, Notices, Progress,
        Result, Silence, Tx, Unlogged, apps::administrators::deciders,
    },
    notices::content::WebhooksPaused,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use steward_entities::{
    app, app_installation, app_webhook, data_deletion,
    id::{AppId, AppInstallationId},
    kinds::{InstallationState, WebhooksPausedBecause},
    organization,
};

/// Installations in one change.
const CHUNK: u64 = 50;

/// Tells the next administrators.
pub struct TellOfPause {
    /// Of which app.
    pub app: AppId,
    /// After this installation.
    pub after: Option<AppInstallationId>,
}

impl TellOfPause {
    /// From where the job's last chunk ended.
    ///
    /// # Errors
    /// `Internal` for what no chunk has written.
    pub fn from_cursor(app: AppId, cursor: Option<&str>) -> Result<Self> {
        let after = cursor.map(|cursor| cursor.parse().map_err(Error::internal)).transpose()?;
        Ok(Self { app, after })
    }
}

/// An app, how it goes with its receiver, and its next installations.
pub struct Next {
    app: app::Model,
    going: Option<app_webhook::Model>,
    installations: Vec<app_installation::Model>,
}

impl Action for TellOfPause {
    const NAME: ActionName = ActionName::PauseWebhooks;
    type Target = Next;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Next> {
        let broken = || Error::internal("the job of an app's webhooks has lost what it is about");
        let app = app::Entity::find_by_id(self.app).one(tx.db()).await?.ok_or_else(broken)?;
        let going = app_webhook::Entity::find_by_id(app.id).one(tx.db()).await?;
        let unconfirmed = data_deletion::Entity::find()
            .select_only()
            .column(data_deletion::Column::InstallationId)
            .filter(data_deletion::Column::ConfirmedAt.is_null())
            .filter(data_deletion::Column::WithdrawnAt.is_null());
        let matters = Condition::any()
            .add(app_installation::Column::State.ne(InstallationState::Uninstalled))
            .add(app_installation::Column::Id.in_subquery(sea_orm::QueryTrait::into_query(unconfirmed)));
        let mut select =
            app_installation::Entity::find().filter(app_installation::Column::AppId.eq(app.id)).filter(matters);
        if let Some(after) = self.after {
            select = select.filter(app_installation::Column::Id.gt(after));
        }
        let select = select.order_by_asc(app_installation::Column::Id).limit(CHUNK);
        Ok(Next { app, going, installations: select.all(tx.db()).await? })
    }

    async fn run(&self, next: Authorized<Next>, tx: &Tx<'_>) -> Result<Done<()>> {
        let Next { app, going, installations } = next.into_inner();
        let Some(since) = going.as_ref().and_then(|going| going.paused_at) else {
            // Resumed meanwhile: nobody has to do anything.
            let nothing = Notices::None(Silence::NothingChanged);
            let done = Done::new((), EventSet::none(Unlogged::NothingChanged), nothing);
            return Ok(done.progress(Progress::Complete { done: 0 }));
        };
        let because = going.and_then(|going| going.paused_because).unwrap_or(WebhooksPausedBecause::Failing);
        let last = installations.last().map(|row| row.id).filter(|_| installations.len() as u64 == CHUNK);
        let done = i64::try_from(installations.len()).unwrap_or_default();
        let (mut events, mut notices) = (Vec::new(), Vec::new());
        for installation in installations {
            let organization = organization::Entity::find_by_id(installation.organization_id).one(tx.db()).await?;
            let Some(organization) = organization else { continue };
            let content = WebhooksPaused {
                organization: organization.name.clone(),
                app: app.name.clone(),
                vendor: app.vendor.clone(),
                support_email: app.support_email.clone(),
                is_gone: because == WebhooksPausedBecause::Gone,
            };
            for to in deciders(tx, organization.id, None).await? {
                notices.push(NoticeDraft::new(tx, &to, content.clone().into()).on_behalf_of(organization.id));
            }
            let event = EventDraft::within(Some(organization.id))
                .object(AppInstallationId::PREFIX, installation.id.0)
                .details(json!({ "appId": app.id, "because": because, "pausedAt": since }));
            events.push(event);
        }
        let events = if events.is_empty() { EventSet::none(Unlogged::LoggedBefore) } else { EventSet::many(events) };
        let progress = match last {
            Some(last) => Progress::More { cursor: Some(last.to_string()), done },
            None => Progress::Complete { done },
        };
        Ok(Done::new((), events, Notices::many(notices, Silence::NobodyIsAffected)).progress(progress))
    }
}
