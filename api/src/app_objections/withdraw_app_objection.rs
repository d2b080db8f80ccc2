//! `withdrawAppObjection`: a person takes back that they object to an app, whether administrators have agreed or haven't
//! decided. It may see them again from this moment.

use crate::{
    app_objections::told::{closed, to_deciders},
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, Error, EventDraft, EventSet, Notices, Refusal, Result,
        Silence, Tx,
        apps::{closing::settle, hidden::Kept},
        not_found,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::json;
use steward_entities::{account, app, app_objection, id::AppObjectionId, kinds::AppObjectionStatus, organization};

/// Takes an objection back.
pub struct WithdrawAppObjection {
    /// Which.
    pub objection: AppObjectionId,
}

/// It hides nobody any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This objection is over: it was dismissed, or you have withdrawn it already.")]
pub struct IsOver;

impl Refusal for IsOver {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "appObjectionId"]
    }
}

/// An objection, and whose it is, locked.
pub struct Own {
    objection: app_objection::Model,
    person: account::Model,
}

impl Action for WithdrawAppObjection {
    const NAME: ActionName = ActionName::WithdrawAppObjection;
    type Target = Own;
    type Output = AppObjectionId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Own> {
        // An account before anything else: whoever erases it takes this order too.
        let select = account::Entity::find_by_id(authority.own()?);
        let person = tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let own = app_objection::Column::AccountId.eq(person.id);
        let found = tx.lock(app_objection::Entity::find_by_id(self.objection).filter(own)).one(tx.db()).await?;
        Ok(Own { objection: found.ok_or_else(|| not_found(&["input", "appObjectionId"]))?, person })
    }

    fn check(&self, _: &Authority, own: &Own, _: DateTime<Utc>) -> Result<()> {
        match own.objection.status {
            AppObjectionStatus::Open | AppObjectionStatus::Upheld => Ok(()),
            AppObjectionStatus::Dismissed | AppObjectionStatus::Withdrawn => Err(IsOver.into()),
        }
    }

    async fn run(&self, own: Authorized<Own>, tx: &Tx<'_>) -> Result<Done<AppObjectionId>> {
        let Own { objection, person } = own.into_inner();
        let broken = || Error::internal("an objection is to nothing");
        let organization = organization::Entity::find_by_id(objection.organization_id).one(tx.db()).await?;
        let organization = organization.ok_or_else(broken)?;
        let app = app::Entity::find_by_id(objection.app_id).one(tx.db()).await?.ok_or_else(broken)?;
        let event = EventDraft::within(Some(organization.id))
            .about(person.id)
            .object(AppObjectionId::PREFIX, objection.id.0)
            .details(json!({ "appId": app.id, "app": app.name, "before": { "status": objection.status } }));
        let mut row = objection.into_active_model();
        row.status = Set(AppObjectionStatus::Withdrawn);
        row.withdrawn_at = Set(Some(tx.now()));
        row.update(tx.db()).await?;
        Box::pin(settle(tx, &[person.id])).await?;
        let kept = Kept::of(tx.db(), organization.id, &[person.id]).await?;
        let excluded = kept.is_excluded(person.id, app.id);
        let content = closed(&organization, &person, &app, AppObjectionStatus::Withdrawn, None, excluded);
        let notices = to_deciders(tx, &organization, &person, None, &content).await?;
        Ok(Done::new(self.objection, EventSet::one(event), Notices::many(notices, Silence::OwnAct)))
    }
}
