//! `pauseWebhooks`: administrators of apps are told that an app's vendor can't be told anything any more, wherever the app is
//! or its vendor still has to delete something: each once, however many installations there are.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, NoticeDraft, Notices, Progress,
        Result, Silence, Tx, Unlogged,
        apps::{administrators::deciders, hidden::there_is},
    },
    notices::content::WebhooksPaused,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    prelude::Expr,
};
use serde_json::json;
use steward_entities::{
    app, app_installation, app_webhook, data_deletion,
    id::{AppId, OrganizationId},
    kinds::{InstallationState, WebhooksPausedBecause},
    organization,
};

/// Organizations in one change.
const CHUNK: u64 = 50;

/// Tells the next administrators.
pub struct TellOfPause {
    /// Of which app.
    pub app: AppId,
    /// Of which pause: there may be another since.
    pub paused_at: DateTime<Utc>,
    /// After this organization.
    pub after: Option<OrganizationId>,
}

impl TellOfPause {
    /// From where the job's last chunk ended.
    ///
    /// # Errors
    /// `Internal` for what no chunk has written.
    pub fn from_cursor((app, paused_at): (AppId, DateTime<Utc>), cursor: Option<&str>) -> Result<Self> {
        let after = cursor.map(|cursor| cursor.parse().map_err(Error::internal)).transpose()?;
        Ok(Self { app, paused_at, after })
    }

    /// The next organizations in which the app is, or its vendor still has to delete something: along an index, with a row of
    /// another one for each installation that is over.
    #[must_use]
    pub fn places(&self) -> Select<app_installation::Entity> {
        let its_own = Expr::col(data_deletion::Column::InstallationId.as_column_ref())
            .equals(app_installation::Column::Id.as_column_ref());
        let unconfirmed = data_deletion::Entity::find()
            .select_only()
            .column(data_deletion::Column::Id)
            .filter(its_own)
            .filter(data_deletion::Column::ConfirmedAt.is_null())
            .filter(data_deletion::Column::WithdrawnAt.is_null())
            // In the order of the index: so one row is looked for there, however many seem to fit.
            .order_by_asc(data_deletion::Column::Reminders)
            .order_by_asc(data_deletion::Column::Deadline)
            .order_by_asc(data_deletion::Column::Id);
        let matters = Condition::any()
            .add(app_installation::Column::State.ne(InstallationState::Uninstalled))
            .add(there_is(unconfirmed.into_query()));
        let after = self.after.map(|after| app_installation::Column::OrganizationId.gt(after));
        app_installation::Entity::find()
            .select_only()
            .column(app_installation::Column::OrganizationId)
            .distinct()
            .filter(app_installation::Column::AppId.eq(self.app))
            .filter(Condition::all().add_option(after))
            .filter(matters)
            .order_by_asc(app_installation::Column::OrganizationId)
            .limit(CHUNK)
    }
}

/// An app, why it is paused if it still is, and the next organizations.
pub struct Next {
    app: app::Model,
    because: Option<WebhooksPausedBecause>,
    organizations: Vec<organization::Model>,
}

impl Action for TellOfPause {
    const NAME: ActionName = ActionName::PauseWebhooks;
    type Target = Next;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Next> {
        let broken = || Error::internal("the job of an app's webhooks has lost what it is about");
        let app = app::Entity::find_by_id(self.app).one(tx.db()).await?.ok_or_else(broken)?;
        let going = app_webhook::Entity::find_by_id(app.id).one(tx.db()).await?;
        let because = going
            .filter(|going| going.paused_at == Some(self.paused_at))
            .map(|going| going.paused_because.unwrap_or(WebhooksPausedBecause::Failing));
        let places = self.places();
        let organizations = organization::Entity::find()
            .filter(organization::Column::Id.in_subquery(places.into_query()))
            .order_by_asc(organization::Column::Id);
        Ok(Next { app, because, organizations: organizations.all(tx.db()).await? })
    }

    async fn run(&self, next: Authorized<Next>, tx: &Tx<'_>) -> Result<Done<()>> {
        let Next { app, because, organizations } = next.into_inner();
        let Some(because) = because else {
            // Resumed meanwhile: nobody has to do anything. Of the next pause another job tells.
            let nothing = Notices::None(Silence::NothingChanged);
            let done = Done::new((), EventSet::none(Unlogged::NothingChanged), nothing);
            return Ok(done.progress(Progress::Complete { done: 0 }));
        };
        let last = organizations.last().map(|row| row.id).filter(|_| organizations.len() as u64 == CHUNK);
        let done = i64::try_from(organizations.len()).unwrap_or_default();
        let (mut events, mut notices) = (Vec::new(), Vec::new());
        for organization in organizations {
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
                .object(AppId::PREFIX, app.id.0)
                .details(json!({ "appId": app.id, "because": because, "pausedAt": self.paused_at }));
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
