//! `requestApp`: a person asks the administrators of their organization for an app. They are told, and answer.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, Error, EventDraft, EventSet, NoticeDraft, Notices,
        Refusal, Result, Silence, Tx,
        apps::{
            Scopes,
            administrators::deciders,
            rules::{Closed, Rules, steady},
        },
        entry::belongs_to,
        limit::Limit,
        not_found,
        notice::Named,
        powers::GROUND,
        text::Reason,
    },
    notices::content::AppRequested,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait,
};
use serde_json::json;
use steward_entities::{
    account, app, app_installation, app_request,
    id::{AccountId, AppId, AppRequestId, OrganizationId},
    kinds::{AppRequestStatus, InstallationState},
    membership, organization,
};

/// Requests of one person in a day: each is mail to all administrators of apps. What is refused isn't counted.
const PER_PERSON: Limit = Limit { name: "request_app", most: 10, window: TimeDelta::hours(24) };

/// Asks for an app.
pub struct RequestApp {
    /// Whom: an organization that manages the account, or in one of whose workspaces the person is a member.
    pub organization: OrganizationId,
    /// For which.
    pub app: AppId,
    /// Why, in the person's words.
    pub reason: Option<Reason>,
}

/// The person has asked for it already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("You have asked for this app already. Your administrators haven't answered yet.")]
pub struct AskedAlready;

impl Refusal for AskedAlready {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "appId"]
    }
}

/// Nobody has to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This app is installed where you are, or about to be.")]
pub struct IsThere;

impl Refusal for IsThere {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "appId"]
    }
}

/// Who asks, locked, and for what.
pub struct Asking {
    account: account::Model,
    organization: organization::Model,
    app: app::Model,
    rules: Rules,
    waits: bool,
    is_there: bool,
}

/// Whether somebody who belongs to the organization has the app already, or is about to: on all of it, or on one of their
/// workspaces.
async fn concerns(tx: &Tx<'_>, organization: OrganizationId, app: AppId, account: AccountId) -> Result<bool> {
    let place = app_installation::Column::WorkspaceId;
    let theirs = membership::Entity::find()
        .select_only()
        .column(membership::Column::WorkspaceId)
        .filter(membership::Column::AccountId.eq(account))
        .filter(membership::Column::Status.is_in(GROUND));
    let found = app_installation::Entity::find()
        .filter(app_installation::Column::OrganizationId.eq(organization))
        .filter(app_installation::Column::AppId.eq(app))
        .filter(app_installation::Column::State.is_in([InstallationState::Installing, InstallationState::Installed]))
        .filter(place.is_null().or(place.in_subquery(theirs.into_query())))
        .limit(1);
    Ok(found.one(tx.db()).await?.is_some())
}

impl Action for RequestApp {
    const NAME: ActionName = ActionName::RequestApp;
    type Target = Asking;
    type Output = AppRequestId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Asking> {
        let unseen = || not_found(&["input", "organizationId"]);
        let select = account::Entity::find_by_id(authority.own()?);
        let account = tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        if !belongs_to(tx.db(), self.organization, &account).await? {
            return Err(unseen());
        }
        let organization =
            organization::Entity::find_by_id(self.organization).one(tx.db()).await?.ok_or_else(unseen)?;
        let app = steady(tx, self.app).await?.ok_or_else(|| not_found(&["input", "appId"]))?;
        let rules = Rules::of(tx.db(), organization.id, app.id).await?;
        let waits = app_request::Entity::find()
            .filter(app_request::Column::OrganizationId.eq(organization.id))
            .filter(app_request::Column::AppId.eq(app.id))
            .filter(app_request::Column::AccountId.eq(account.id))
            .filter(app_request::Column::Status.eq(AppRequestStatus::Waiting))
            .one(tx.db())
            .await?
            .is_some();
        let is_there = concerns(tx, organization.id, app.id, account.id).await?;
        Ok(Asking { account, organization, app, rules, waits, is_there })
    }

    fn check(&self, _: &Authority, asking: &Asking, now: DateTime<Utc>) -> Result<()> {
        match asking.rules.most(&asking.app, now) {
            Err(closed @ (Closed::Retired | Closed::Blocked | Closed::AllBlocked)) => {
                Err(closed.at(&["input", "appId"]).into())
            }
            _ if asking.is_there => Err(IsThere.into()),
            _ if asking.waits => Err(AskedAlready.into()),
            Ok(_) | Err(Closed::NotApproved | Closed::ApprovalOver) => Ok(()),
        }
    }

    async fn run(&self, asking: Authorized<Asking>, tx: &Tx<'_>) -> Result<Done<AppRequestId>> {
        let Asking { account, organization, app, .. } = asking.into_inner();
        tx.count(PER_PERSON, &account.id.to_string()).await?;
        let id: AppRequestId = tx.id();
        let reason = self.reason.as_ref().map(|reason| reason.as_str().to_owned());
        let row = app_request::Model {
            id,
            organization_id: organization.id,
            app_id: app.id,
            account_id: account.id,
            reason: reason.clone(),
            status: AppRequestStatus::Waiting,
            created_at: tx.now(),
            answered_at: None,
            answered_by: None,
            answer: None,
        };
        row.into_active_model().insert(tx.db()).await?;
        let event = EventDraft::within(Some(organization.id))
            .about(account.id)
            .object(AppRequestId::PREFIX, id.0)
            .details(json!({ "appId": app.id, "app": app.name, "reason": reason }));
        let content = AppRequested {
            organization: organization.name.clone(),
            person: account.display_name.clone(),
            email: account.email.clone(),
            app: app.name.clone(),
            vendor: app.vendor.clone(),
            scopes: Scopes(app.scopes).names(),
            reason,
            requested_at: tx.now(),
        };
        let notice = |administrator: &account::Model| {
            NoticeDraft::new(tx, administrator, content.clone().into())
                .on_behalf_of(organization.id)
                .naming(Named::from(account.id), &["person", "email", "reason"])
        };
        let administrators = deciders(tx, organization.id, Some(account.id)).await?;
        let notices = administrators.iter().map(notice).collect();
        Ok(Done::new(id, EventSet::one(event), Notices::many(notices, Silence::NobodyIsAffected)))
    }
}
