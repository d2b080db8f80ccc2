//! `updateApp`: an operator changes what the catalogue says of an app.

use crate::{
    apps::listing::{AppRefusal, Asked, key, lock, told},
    core::{
        Action, ActionName, Authority, Authorized, Change, Common, Done, EventDraft, EventSet, JobDraft, Notices,
        Result, Silence, Tx, Unlogged, Work,
        apps::{
            Scopes,
            webhooks::{WebhookDraft, resume, tell},
        },
        text::{EmailAddress, Label, PublicUrl},
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, SqlErr,
    prelude::Expr,
};
use steward_entities::{app, app_installation, id::AppId, kinds::InstallationState};

/// Changes an app. What is absent stays.
pub struct UpdateApp {
    /// Which.
    pub app: AppId,
    /// What it is called.
    pub name: Option<Label>,
    /// Who makes it.
    pub vendor: Option<Label>,
    /// Where it presents itself.
    pub homepage: Option<PublicUrl>,
    /// Where its vendor says what becomes of what it sees.
    pub privacy_policy: Option<PublicUrl>,
    /// Whom people ask about it.
    pub support_email: Option<EmailAddress>,
    /// Where its vendor is told of what concerns it.
    pub webhook: Change<PublicUrl>,
    /// What it asks for.
    pub asked: Option<Asked>,
    /// The version that was read.
    pub expected_version: Option<i64>,
}

impl Action for UpdateApp {
    const NAME: ActionName = ActionName::UpdateApp;
    type Target = app::Model;
    type Output = AppId;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<app::Model> {
        lock(tx, self.app).await
    }

    fn check(&self, _: &Authority, app: &app::Model, _: DateTime<Utc>) -> Result<()> {
        match self.expected_version {
            Some(version) if version != app.version => Err(Common::Stale.into()),
            _ if app.retired_at.is_some() => Err(AppRefusal::Retired.into()),
            _ => Ok(()),
        }
    }

    async fn run(&self, before: Authorized<app::Model>, tx: &Tx<'_>) -> Result<Done<AppId>> {
        let before = before.into_inner();
        let mut after = self.apply(&before);
        if after == before {
            let (events, notices) = (EventSet::none(Unlogged::NothingChanged), Notices::None(Silence::NothingChanged));
            return Ok(Done::new(before.id, events, notices));
        }
        after.version += 1;
        let event = EventDraft::within(None).object(AppId::PREFIX, before.id.0).changed(told(&before), told(&after));
        let (was, is) = (Scopes(before.scopes), Scopes(after.scopes));
        if after.webhook_url != before.webhook_url {
            // Somebody else listens: they are told what the one before didn't take, and haven't asked for patience.
            resume(tx, before.id).await?;
        }
        let changed = |was: &String, is: &String| Some(was.clone()).filter(|was| was != is);
        let vendor_before = changed(&before.vendor, &after.vendor);
        let policy_before = changed(&before.privacy_policy_url, &after.privacy_policy_url);
        write(tx, after).await?;
        if !was.without(is).is_empty() {
            narrow(tx, before.id, is).await?;
        }
        let done = Done::new(before.id, EventSet::one(event), Notices::None(Silence::NobodyIsAffected));
        if is.without(was).is_empty() && vendor_before.is_none() && policy_before.is_none() {
            return Ok(done);
        }
        // Where it is installed, administrators agree to more, and learn who has their people's information now: a job tells
        // them.
        let work = Work::MoveAppOn { app: before.id, asked_before: was.0, vendor_before, policy_before };
        Ok(done.then(JobDraft::new(tx, work)))
    }
}

/// Where the app is installed it has no more than it asks for; and if it asks again, it has to be agreed to again.
async fn narrow(tx: &Tx<'_>, app: AppId, to: Scopes) -> Result<()> {
    let installed = app_installation::Entity::find()
        .filter(app_installation::Column::AppId.eq(app))
        .filter(app_installation::Column::State.eq(InstallationState::Installed))
        .order_by_asc(app_installation::Column::Id);
    let installed = tx.lock(installed).all(tx.db()).await?;
    let told = installed.iter().filter_map(|installation| {
        let held = Scopes(installation.scopes);
        (held.and(to) != held).then(|| WebhookDraft::scopes_changed(installation, held, held.and(to)))
    });
    tell(tx, told.collect()).await?;
    let (scopes, pending) = (app_installation::Column::Scopes, app_installation::Column::PendingScopes);
    app_installation::Entity::update_many()
        .col_expr(scopes, Expr::col(scopes).bit_and(to.0))
        .col_expr(pending, Expr::col(pending).bit_and(to.0))
        .col_expr(app_installation::Column::Version, Expr::col(app_installation::Column::Version).add(1))
        .filter(app_installation::Column::AppId.eq(app))
        .filter(app_installation::Column::State.ne(InstallationState::Uninstalled))
        .exec(tx.db())
        .await?;
    Ok(())
}

impl UpdateApp {
    fn apply(&self, before: &app::Model) -> app::Model {
        fn to(new: Option<impl AsRef<str>>, old: &str) -> String {
            new.map_or_else(|| old.to_owned(), |new| new.as_ref().to_owned())
        }
        let name = to(self.name.as_ref(), &before.name);
        app::Model {
            name_key: key(&name),
            name,
            vendor: to(self.vendor.as_ref(), &before.vendor),
            homepage_url: to(self.homepage.as_ref(), &before.homepage_url),
            privacy_policy_url: to(self.privacy_policy.as_ref(), &before.privacy_policy_url),
            support_email: to(self.support_email.as_ref(), &before.support_email),
            webhook_url: self.webhook.of(before.webhook_url.as_ref()),
            scopes: self.asked.as_ref().map_or(before.scopes, |asked| asked.scopes().0),
            scope_reasons: self.asked.as_ref().map_or_else(|| before.scope_reasons.clone(), Asked::reasons),
            ..before.clone()
        }
    }
}

async fn write(tx: &Tx<'_>, after: app::Model) -> Result<()> {
    let same_name = app::Entity::find()
        .filter(app::Column::NameKey.eq(&after.name_key))
        .filter(app::Column::RetiredAt.is_null())
        .filter(app::Column::Id.ne(after.id));
    if same_name.one(tx.db()).await?.is_some() {
        return Err(AppRefusal::NameTaken.into());
    }
    match after.into_active_model().reset_all().update(tx.db()).await {
        // Another one has got the name since.
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Err(AppRefusal::NameTaken.into())
        }
        written => Ok(written.map(|_| ())?),
    }
}
