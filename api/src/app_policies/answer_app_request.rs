//! `answerAppRequest`: administrators answer somebody who has asked for an app, with a reason that the person reads. Who says
//! yes to an app about which nobody has decided approves it by that. Where an approval is over, a yes would have to say how
//! much is approved, and until when: that is `approveApp`'s to say, first.

use crate::{
    app_policies::decide::{Deciding, Terms},
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft, Notices, Refusal,
        Result, Scope, Silence, Tx, apps::rules::Closed, error::Error, not_found, notice::contact, powers::GROUND,
        text::Reason,
    },
    notices::content::AppRequestAnswered,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set, sea_query::LockType,
};
use serde_json::json;
use steward_entities::{
    account, app_request,
    id::{AppRequestId, OrganizationId},
    kinds::{AppRequestStatus, AppVerdict},
    membership,
};

/// Answers a request.
pub struct AnswerAppRequest {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which request.
    pub request: AppRequestId,
    /// Whether the answer is yes.
    pub approves: bool,
    /// Why, for the person and the log.
    pub reason: Reason,
}

/// The request doesn't wait any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This request was answered already, or nobody waits for it any more.")]
pub struct Answered;

impl Refusal for Answered {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "appRequestId"]
    }
}

/// A request, locked, who asked, and what holds for the app.
pub struct Asked {
    request: app_request::Model,
    /// The person, while the organization has to do with them.
    person: Option<account::Model>,
    deciding: Deciding,
}

impl Action for AnswerAppRequest {
    const NAME: ActionName = ActionName::AnswerAppRequest;
    type Target = Asked;
    type Output = AppRequestId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Asked> {
        let unseen = || not_found(&["input", "appRequestId"]);
        let own = app_request::Column::OrganizationId.eq(self.organization);
        let find = || app_request::Entity::find_by_id(self.request).filter(own.clone());
        let known = find().one(tx.db()).await?.ok_or_else(unseen)?;
        // An account before anything else: whoever erases it takes this order too.
        let account = account::Entity::find_by_id(known.account_id).lock(LockType::KeyShare).one(tx.db()).await?;
        let account = account.ok_or_else(|| Error::internal("a request is nobody's"))?;
        let deciding = Deciding::begin(tx, self.organization, known.app_id).await?;
        let request = tx.lock(find()).one(tx.db()).await?.ok_or_else(unseen)?;
        let is_member = membership::Entity::find()
            .filter(membership::Column::OrganizationId.eq(self.organization))
            .filter(membership::Column::AccountId.eq(account.id))
            .filter(membership::Column::Status.is_in(GROUND))
            .limit(1);
        let is_theirs = account.managed_by == Some(self.organization) || is_member.one(tx.db()).await?.is_some();
        Ok(Asked { request, person: Some(account).filter(|_| is_theirs), deciding })
    }

    fn check(&self, _: &Authority, asked: &Asked, now: DateTime<Utc>) -> Result<()> {
        if asked.request.status != AppRequestStatus::Waiting {
            return Err(Answered.into());
        }
        let Deciding { app, rules, .. } = &asked.deciding;
        match rules.most(app, now) {
            Ok(_) | Err(Closed::NotApproved) => Ok(()),
            // To say yes would promise what isn't so.
            Err(closed) if self.approves => Err(closed.at(&["input", "appRequestId"]).into()),
            Err(_) => Ok(()),
        }
    }

    async fn run(&self, asked: Authorized<Asked>, tx: &Tx<'_>) -> Result<Done<AppRequestId>> {
        let by = asked.authority().administrator()?;
        let Asked { request, person, deciding } = asked.into_inner();
        let (id, about) = (request.id, request.account_id);
        let mut events = Vec::new();
        if self.approves && deciding.rules.most(&deciding.app, tx.now()).is_err() {
            let terms = Terms { verdict: AppVerdict::Approved, scopes: None, reason: None, expires_at: None };
            let approved = deciding.write(tx, &by, &terms).await?;
            events.extend(approved.map(|event| event.named(ActionName::ApproveApp)));
        }
        let status = if self.approves { AppRequestStatus::Approved } else { AppRequestStatus::Declined };
        let mut row = request.into_active_model();
        row.status = Set(status);
        row.answered_at = Set(Some(tx.now()));
        row.answered_by = Set(Some(by.account));
        row.answer = Set(Some(self.reason.as_str().to_owned()));
        row.update(tx.db()).await?;
        let details = json!({ "appId": deciding.app.id, "status": status, "reason": self.reason.as_str() });
        events.push(
            EventDraft::within(Some(self.organization))
                .about(about)
                .object(AppRequestId::PREFIX, id.0)
                .details(details),
        );
        let notice = person.map(|person| {
            let content = AppRequestAnswered {
                organization: deciding.organization.name.clone(),
                contact: contact(&deciding.organization),
                app: deciding.app.name.clone(),
                approved: self.approves,
                reason: self.reason.as_str().to_owned(),
            };
            NoticeDraft::new(tx, &person, content.into()).on_behalf_of(self.organization)
        });
        let notices = Notices::many(notice.into_iter().collect(), Silence::NobodyIsAffected);
        Ok(Done::new(id, EventSet::many(events), notices))
    }
}
