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
        limit::Limit,
        not_found,
        notice::Named,
        powers::GROUND,
        text::Reason,
    },
    notices::content::AppRequested,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use serde_json::json;
use steward_entities::{
    account, app, app_request,
    id::{AppId, AppRequestId, OrganizationId},
    kinds::AppRequestStatus,
    membership, organization,
};

/// Requests of one person in a day: each is mail to all administrators of apps.
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

/// Who asks, locked, and for what.
pub struct Asking {
    account: account::Model,
    organization: organization::Model,
    app: app::Model,
    rules: Rules,
    waits: bool,
}

impl Action for RequestApp {
    const NAME: ActionName = ActionName::RequestApp;
    type Target = Asking;
    type Output = AppRequestId;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        let person = tx.caller().person().ok_or(Error::Unauthenticated)?;
        tx.steward().count(PER_PERSON, &person.account.id.to_string()).await
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Asking> {
        let unseen = || not_found(&["input", "organizationId"]);
        let select = account::Entity::find_by_id(authority.own()?);
        let account = tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let is_member = membership::Entity::find()
            .filter(membership::Column::OrganizationId.eq(self.organization))
            .filter(membership::Column::AccountId.eq(account.id))
            .filter(membership::Column::Status.is_in(GROUND))
            .limit(1);
        if account.managed_by != Some(self.organization) && is_member.one(tx.db()).await?.is_none() {
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
        Ok(Asking { account, organization, app, rules, waits })
    }

    fn check(&self, _: &Authority, asking: &Asking, now: DateTime<Utc>) -> Result<()> {
        match asking.rules.most(&asking.app, now) {
            Err(closed @ (Closed::Retired | Closed::Blocked | Closed::AllBlocked)) => {
                Err(closed.at(&["input", "appId"]).into())
            }
            _ if asking.waits => Err(AskedAlready.into()),
            Ok(_) | Err(Closed::NotApproved | Closed::ApprovalOver) => Ok(()),
        }
    }

    async fn run(&self, asking: Authorized<Asking>, tx: &Tx<'_>) -> Result<Done<AppRequestId>> {
        let Asking { account, organization, app, .. } = asking.into_inner();
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
