//! `decideAppObjection`: administrators decide whether an app may see somebody who objects to it, with a reason that the
//! person reads. Who holds powers that they lack is decided about by others, and so are they themselves.

use crate::{
    app_objections::{
        object_to_app::STANDS,
        told::{closed, to_deciders},
    },
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, Error, EventDraft, EventSet, NoticeDraft, Notices,
        Refusal, Result, Scope, Silence, Tx,
        apps::{closing::settle, data_deletion::to_be_deleted, hidden::Kept},
        not_found,
        notice::contact,
        powers::{self, Facts, PowerRefusal},
        text::Reason,
    },
    notices::content::AppObjectionDecided,
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::json;
use steward_entities::{
    app, app_objection,
    id::{AppObjectionId, OrganizationId},
    kinds::AppObjectionStatus,
    organization,
};

/// Decides about an objection.
pub struct DecideAppObjection {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which objection.
    pub objection: AppObjectionId,
    /// Whether the app doesn't see the person from now on.
    pub upholds: bool,
    /// Why, for the person and the log.
    pub reason: Reason,
}

/// Why somebody can't decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecideRefusal {
    /// It doesn't wait any more.
    #[error("This objection was decided already, or withdrawn.")]
    Decided,
    /// Rank, or oneself.
    #[error("{0}")]
    Power(PowerRefusal),
}

impl Refusal for DecideRefusal {
    fn code(&self) -> Code {
        match self {
            Self::Decided => Code::InvalidState,
            Self::Power(refusal) => refusal.code(),
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "appObjectionId"]
    }
}

/// An objection, and whose it is, locked.
pub struct Objected {
    objection: app_objection::Model,
    facts: Facts,
    organization: organization::Model,
    app: app::Model,
}

impl Action for DecideAppObjection {
    const NAME: ActionName = ActionName::DecideAppObjection;
    type Target = Objected;
    type Output = AppObjectionId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Objected> {
        let unseen = || not_found(&["input", "appObjectionId"]);
        let broken = || Error::internal("an objection is nobody's, or to nothing");
        let own = app_objection::Column::OrganizationId.eq(self.organization);
        let find = || app_objection::Entity::find_by_id(self.objection).filter(own.clone());
        let known = find().one(tx.db()).await?.ok_or_else(unseen)?;
        // An account before anything else: whoever erases it takes this order too.
        let facts = powers::load(tx.db(), self.organization, &[known.account_id], true).await?.pop();
        let objection = tx.lock(find()).one(tx.db()).await?.ok_or_else(unseen)?;
        let organization = organization::Entity::find_by_id(self.organization).one(tx.db()).await?;
        let app = app::Entity::find_by_id(objection.app_id).one(tx.db()).await?;
        Ok(Objected {
            objection,
            facts: facts.ok_or_else(broken)?,
            organization: organization.ok_or_else(broken)?,
            app: app.ok_or_else(broken)?,
        })
    }

    fn check(&self, authority: &Authority, objected: &Objected, _: DateTime<Utc>) -> Result<()> {
        if objected.objection.status != AppObjectionStatus::Open {
            return Err(DecideRefusal::Decided.into());
        }
        Ok(powers::rank(&authority.administrator()?, &objected.facts).map_err(DecideRefusal::Power)?)
    }

    async fn run(&self, objected: Authorized<Objected>, tx: &Tx<'_>) -> Result<Done<AppObjectionId>> {
        let by = objected.authority().administrator()?;
        let Objected { objection, facts, organization, app } = objected.into_inner();
        let person = &facts.account;
        let status = if self.upholds { AppObjectionStatus::Upheld } else { AppObjectionStatus::Dismissed };
        let reason = self.reason.as_str().to_owned();
        let event = EventDraft::within(Some(organization.id))
            .about(person.id)
            .object(AppObjectionId::PREFIX, objection.id.0)
            .details(json!({ "appId": app.id, "app": app.name, "status": status, "reason": reason }));
        let mut row = objection.into_active_model();
        row.status = Set(status);
        row.decided_at = Set(Some(tx.now()));
        row.decided_by = Set(Some(by.account));
        row.decision = Set(Some(reason.clone()));
        row.update(tx.db()).await?;
        let mut deletion_due_at = None;
        if self.upholds {
            Box::pin(settle(tx, &[person.id])).await?;
            deletion_due_at = to_be_deleted(tx, organization.id, app.id, &[person.id]).await?.remove(&person.id);
        }
        let kept = Kept::of(tx.db(), organization.id, &[person.id]).await?;
        let excluded = kept.is_excluded(person.id, app.id);
        let content = closed(&organization, person, &app, status, Some(reason.clone()), excluded);
        let mut notices = to_deciders(tx, &organization, person, Some(by.account), &content).await?;
        // Who has left the organization since isn't its to write to.
        if facts.ground(organization.id).is_some() {
            let content = AppObjectionDecided {
                organization: organization.name.clone(),
                contact: contact(&organization),
                email: person.email.clone(),
                app: app.name.clone(),
                vendor: app.vendor,
                upheld: self.upholds,
                excluded,
                deletion_due_at,
                reason,
                again_at: (!self.upholds).then(|| tx.now() + STANDS),
            };
            notices.push(NoticeDraft::new(tx, person, content.into()).on_behalf_of(organization.id));
        }
        Ok(Done::new(self.objection, EventSet::one(event), Notices::many(notices, Silence::NobodyIsAffected)))
    }
}
