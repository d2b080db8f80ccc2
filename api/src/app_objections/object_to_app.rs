//! `objectToApp`: a person doesn't want an app of their organization to see them. From this moment it doesn't; administrators
//! are told, and decide.

use crate::{
    app_objections::told::to_deciders,
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, Error, EventDraft, EventSet, Notices, Refusal, Result,
        Silence, Tx,
        apps::{
            hidden::HIDING,
            reach::{Reach, concerning},
            rules::steady,
        },
        limit::Limit,
        not_found,
        text::Reason,
    },
    notices::content::AppObjected,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::json;
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
    Decided,
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
    /// All installations of the app there that concern the person; none where this one is over.
    reaching: Vec<app_installation::Model>,
    /// How far the app reaches them by these, or is about to.
    reach: Reach,
    /// Their objections to the app there that hide them, or were decided lately; oldest first.
    before: Vec<app_objection::Model>,
}

impl Objecting {
    fn is_hidden(&self) -> bool {
        self.before.iter().any(|before| HIDING.contains(&before.status))
    }

    /// How far administrators have decided lately that the app may reach them, after the last time that they agreed to an
    /// objection: whatever was objected to since, and taken back before anybody decided, changes nothing of that.
    fn dismissed(&self) -> Result<Option<Reach>> {
        let mut all = None;
        for before in &self.before {
            let reach: Reach = serde_json::from_value(before.reach.clone())?;
            all = match before.status {
                AppObjectionStatus::Dismissed => Some(reach.or(all.unwrap_or_default())),
                // They agreed, and the person has taken it back.
                _ => None,
            };
        }
        Ok(all)
    }
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
        let mut reaching = concerning(tx.db(), named.organization_id, &person).await?;
        reaching.retain(|installation| installation.app_id == named.app_id);
        if !reaching.iter().any(|installation| installation.id == named.id) {
            // One that is over is told of to those whom it concerned.
            if !was_told(tx, &named, &person).await? {
                return Err(unseen());
            }
            reaching.clear();
        }
        let organization = organization::Entity::find_by_id(named.organization_id).one(tx.db()).await?;
        let app = steady(tx, named.app_id).await?.ok_or_else(|| Error::internal("an installation is of no app"))?;
        let counts = Condition::any()
            .add(app_objection::Column::Status.is_in(HIDING))
            .add(app_objection::Column::DecidedAt.gt(tx.now() - STANDS));
        let before = app_objection::Entity::find()
            .filter(app_objection::Column::AccountId.eq(person.id))
            .filter(app_objection::Column::OrganizationId.eq(named.organization_id))
            .filter(app_objection::Column::AppId.eq(app.id))
            .filter(counts)
            .order_by_asc(app_objection::Column::Id)
            .all(tx.db())
            .await?;
        let reach = Reach::of(tx, named.organization_id, &person, &reaching).await?;
        Ok(Objecting { person, organization: organization.ok_or_else(unseen)?, app, reaching, reach, before })
    }

    fn check(&self, _: &Authority, objecting: &Objecting, _: DateTime<Utc>) -> Result<()> {
        if objecting.is_hidden() {
            return Err(ObjectRefusal::Already.into());
        }
        if objecting.reaching.is_empty() {
            return Err(ObjectRefusal::IsOver.into());
        }
        match objecting.dismissed()? {
            Some(dismissed) if !objecting.reach.exceeds(&dismissed) => Err(ObjectRefusal::Decided.into()),
            _ => Ok(()),
        }
    }

    async fn run(&self, objecting: Authorized<Objecting>, tx: &Tx<'_>) -> Result<Done<AppObjectionId>> {
        let Objecting { person, organization, app, reach, .. } = objecting.into_inner();
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
