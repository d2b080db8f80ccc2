//! `objectToApp`: a person doesn't want an app of their organization to see them. From this moment it doesn't; administrators
//! are told, and decide.

use crate::{
    app_objections::{
        stances::{Stance, read::stances},
        told::to_deciders,
    },
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, Error, EventDraft, EventSet, Notices, Refusal, Result,
        Silence, Tx, apps::rules::steady, limit::Limit, not_found, text::Reason,
    },
    notices::content::AppObjected,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;
use std::collections::HashSet;
use steward_entities::{
    account, app, app_installation, app_objection,
    id::{AppInstallationId, AppObjectionId},
    kinds::AppObjectionStatus,
    organization,
};

/// How long a decision to the contrary stands, unless the app may see more before.
pub const STANDS: TimeDelta = TimeDelta::days(180);

/// Objections of one person in a day: each is mail to all administrators of apps. What is refused isn't counted.
const PER_PERSON: Limit = Limit { name: "object_to_app", most: 10, window: TimeDelta::hours(24) };

/// Objects to an app.
pub struct ObjectToApp {
    /// The installation by which it concerns the person.
    pub installation: AppInstallationId,
    /// Why, in the person's words.
    pub reason: Reason,
}

/// Why nobody can object now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectRefusal {
    /// It is over.
    #[error("This app is gone: it sees nothing of you.")]
    IsOver,
    /// The person did already.
    #[error("You have objected to this app already: it sees nothing of you.")]
    Already,
    /// It was decided lately.
    #[error(
        "Your administrators have decided about this a short time ago. You can object again as soon as the app may see \
         more, and in any case {} days after they decided.",
        STANDS.num_days()
    )]
    Decided {
        /// From when on they can again in any case.
        again_at: DateTime<Utc>,
    },
}

impl Refusal for ObjectRefusal {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "installationId"]
    }
}

/// Who objects, locked, and to what.
pub struct Objecting {
    person: account::Model,
    organization: organization::Model,
    app: app::Model,
    stance: Stance,
}

impl Action for ObjectToApp {
    const NAME: ActionName = ActionName::ObjectToApp;
    type Target = Objecting;
    type Output = AppObjectionId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Objecting> {
        let unseen = || not_found(&["input", "installationId"]);
        let select = account::Entity::find_by_id(authority.own()?);
        let person = tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let named = app_installation::Entity::find_by_id(self.installation).one(tx.db()).await?.ok_or_else(unseen)?;
        let organization = organization::Entity::find_by_id(named.organization_id).one(tx.db()).await?;
        let app = steady(tx, named.app_id).await?.ok_or_else(|| Error::internal("an installation is of no app"))?;
        let there = (named.organization_id, app.id);
        let found = stances(tx.db(), &person, &HashSet::from([there]), tx.now()).await?;
        let stance = found.into_values().next().unwrap_or_default();
        // One that is over is told of to those whom it concerned.
        if !stance.is_reached_by(named.id) && !was_told(tx, &named, &person).await? {
            return Err(unseen());
        }
        Ok(Objecting { person, organization: organization.ok_or_else(unseen)?, app, stance })
    }

    fn check(&self, _: &Authority, objecting: &Objecting, _: DateTime<Utc>) -> Result<()> {
        match objecting.stance.refusal(self.installation)? {
            Some(refusal) => Err(refusal.into()),
            None => Ok(()),
        }
    }

    async fn run(&self, objecting: Authorized<Objecting>, tx: &Tx<'_>) -> Result<Done<AppObjectionId>> {
        let Objecting { person, organization, app, stance: Stance { reach, .. } } = objecting.into_inner();
        tx.count(PER_PERSON, &person.id.to_string()).await?;
        let (id, scopes, reason) = (tx.id::<AppObjectionId>(), reach.scopes(), self.reason.as_str().to_owned());
        let row = app_objection::Model {
            id,
            organization_id: organization.id,
            app_id: app.id,
            account_id: person.id,
            installation_id: self.installation,
            scopes: scopes.0,
            reach: serde_json::to_value(&reach)?,
            reason: Some(reason.clone()),
            status: AppObjectionStatus::Open,
            created_at: tx.now(),
            decided_at: None,
            decided_by: None,
            decision: None,
            withdrawn_at: None,
        };
        row.into_active_model().insert(tx.db()).await?;
        let event = EventDraft::within(Some(organization.id))
            .about(person.id)
            .object(AppObjectionId::PREFIX, id.0)
            .details(json!({
                "appId": app.id,
                "app": app.name,
                "installationId": self.installation,
                "scopes": scopes.names(),
                "reason": reason,
            }));
        let content = AppObjected {
            organization: organization.name.clone(),
            person: person.display_name.clone(),
            email: person.email.clone(),
            app: app.name.clone(),
            vendor: app.vendor,
            reason,
        };
        let notices = to_deciders(tx, &organization, &person, None, &content.into()).await?;
        Ok(Done::new(id, EventSet::one(event), Notices::many(notices, Silence::OwnAct)))
    }
}

/// Whether an installation that is over would concern the person if it weren't.
async fn was_told(tx: &Tx<'_>, installation: &app_installation::Model, person: &account::Model) -> Result<bool> {
    let found = app_installation::Entity::find_by_id(installation.id)
        .filter(crate::core::apps::reach::concerns(person))
        .one(tx.db());
    Ok(found.await?.is_some())
}
