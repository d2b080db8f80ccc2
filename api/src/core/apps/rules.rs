//! What an organization lets apps do: its policy, and what it has decided about single ones. Asked when an app is installed,
//! and whenever one that is installed wants something.

use super::Scopes;
use crate::core::{
    error::{Code, Refusal, Result},
    tx::Tx,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType};
use steward_entities::{
    app, app_decision, app_policy,
    id::{AppId, OrganizationId},
    kinds::{AppClosedBecause, AppPolicyMode, AppVerdict},
    organization,
};

/// Where an organization has decided nothing yet.
pub const USUAL_MODE: AppPolicyMode = AppPolicyMode::AllowApproved;

/// Why an app may do nothing in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The platform has taken it out of use.
    #[error("This app is retired.")]
    Retired,
    /// The organization allows no app.
    #[error("Your organization allows no apps: its policy is BLOCK_ALL.")]
    AllBlocked,
    /// It is blocked there.
    #[error("This app is blocked in your organization.")]
    Blocked,
    /// Nobody there has approved it, and the policy asks for that.
    #[error("This app isn't approved in your organization. Approve it first.")]
    NotApproved,
    /// Its approval is over.
    #[error("The approval of this app in your organization is over. Approve it again.")]
    ApprovalOver,
}

impl From<Closed> for AppClosedBecause {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Retired => Self::Retired,
            Closed::AllBlocked => Self::AllBlocked,
            Closed::Blocked => Self::Blocked,
            Closed::NotApproved => Self::NotApproved,
            Closed::ApprovalOver => Self::ApprovalOver,
        }
    }
}

impl Closed {
    /// The same as a refusal of what this field of the input names: the app, its installation, a request for it.
    #[must_use]
    pub const fn at(self, field: &'static [&'static str]) -> ClosedAt {
        ClosedAt { closed: self, field }
    }
}

/// What is asked for needs an app that may do something in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{closed}")]
pub struct ClosedAt {
    closed: Closed,
    field: &'static [&'static str],
}

impl Refusal for ClosedAt {
    fn code(&self) -> Code {
        match self.closed {
            Closed::Retired => Code::InvalidState,
            Closed::AllBlocked | Closed::Blocked | Closed::NotApproved | Closed::ApprovalOver => Code::AppNotAllowed,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        self.field
    }
}

/// What an organization has decided about one app.
#[derive(Clone, Debug)]
pub struct Rules {
    /// About all apps.
    pub mode: AppPolicyMode,
    /// About this one.
    pub decision: Option<app_decision::Model>,
}

impl Rules {
    /// As they are now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(db: &impl ConnectionTrait, organization: OrganizationId, app: AppId) -> Result<Self> {
        let decision = app_decision::Entity::find()
            .filter(app_decision::Column::OrganizationId.eq(organization))
            .filter(app_decision::Column::AppId.eq(app));
        Ok(Self { mode: mode(db, organization).await?, decision: decision.one(db).await? })
    }

    /// The most that the app may get, of what it asks for. A decision goes before the policy, but for `BLOCK_ALL`; an
    /// approval that is over closes the app rather than leave it to the policy, which may allow more.
    pub fn most(&self, app: &app::Model, now: DateTime<Utc>) -> Result<Scopes, Closed> {
        if app.retired_at.is_some() {
            return Err(Closed::Retired);
        }
        let word = self.decision.as_ref().map(|decision| Word {
            verdict: decision.verdict,
            scopes: decision.scopes.map(Scopes),
            expires_at: decision.expires_at,
        });
        most(self.mode, word, Scopes(app.scopes), now)
    }
}

/// What of a decision counts.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Yes or no.
    pub verdict: AppVerdict,
    /// The most that the app may get; none for all that it asks for.
    pub scopes: Option<Scopes>,
    /// When an approval ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The most that an app in use may get, of what it asks for: see [`Rules::most`].
pub fn most(mode: AppPolicyMode, word: Option<Word>, asked: Scopes, now: DateTime<Utc>) -> Result<Scopes, Closed> {
    match (mode, word) {
        (AppPolicyMode::BlockAll, _) => Err(Closed::AllBlocked),
        (_, Some(word)) if word.verdict == AppVerdict::Blocked => Err(Closed::Blocked),
        (_, Some(word)) if word.expires_at.is_some_and(|at| at <= now) => Err(Closed::ApprovalOver),
        (_, Some(word)) => Ok(word.scopes.map_or(asked, |limit| asked.and(limit))),
        (AppPolicyMode::AllowAll, None) => Ok(asked),
        (AppPolicyMode::AllowApproved, None) => Err(Closed::NotApproved),
    }
}

/// An organization's policy on apps.
///
/// # Errors
/// When the database fails.
pub async fn mode(db: &impl ConnectionTrait, organization: OrganizationId) -> Result<AppPolicyMode> {
    let found = app_policy::Entity::find_by_id(organization).one(db).await?;
    Ok(found.map_or(USUAL_MODE, |policy| policy.mode))
}

/// An organization whose apps are about to be decided on: whoever does so holds its row, one after the other. Taken before
/// any app's.
///
/// # Errors
/// When the database fails.
pub async fn hold(tx: &Tx<'_>, organization: OrganizationId) -> Result<Option<organization::Model>> {
    Ok(organization::Entity::find_by_id(organization).lock(LockType::NoKeyUpdate).one(tx.db()).await?)
}

/// An app that stays as it is until the change is committed.
///
/// # Errors
/// When the database fails.
pub async fn steady(tx: &Tx<'_>, app: AppId) -> Result<Option<app::Model>> {
    Ok(app::Entity::find_by_id(app).lock_shared().one(tx.db()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use steward_entities::{id::AccountId, kinds::AppScope};
    use uuid::Uuid;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn app() -> app::Model {
        app::Model {
            id: AppId(Uuid::nil()),
            name: String::new(),
            name_key: String::new(),
            vendor: String::new(),
            homepage_url: String::new(),
            privacy_policy_url: String::new(),
            support_email: String::new(),
            webhook_url: None,
            scopes: Scopes::from_iter([AppScope::ReadName, AppScope::ReadItems]).0,
            scope_reasons: json!({}),
            created_at: NOW,
            retired_at: None,
            version: 1,
        }
    }

    fn decision(verdict: AppVerdict, scopes: Option<Scopes>, expires_at: Option<DateTime<Utc>>) -> app_decision::Model {
        app_decision::Model {
            organization_id: OrganizationId(Uuid::nil()),
            app_id: AppId(Uuid::nil()),
            verdict,
            scopes: scopes.map(|scopes| scopes.0),
            reason: None,
            expires_at,
            decided_at: NOW,
            decided_by: AccountId(Uuid::nil()),
        }
    }

    #[test]
    fn a_decision_goes_before_the_policy_and_its_end_opens_nothing() {
        use AppPolicyMode::{AllowAll, AllowApproved, BlockAll};
        let most = |mode, decision| Rules { mode, decision }.most(&app(), NOW);
        let asked = Scopes(app().scopes);
        let name = Scopes::from_iter([AppScope::ReadName, AppScope::ReadEmail]);
        let approved = || Some(decision(AppVerdict::Approved, None, None));
        let limited = || Some(decision(AppVerdict::Approved, Some(name), None));
        let over = || Some(decision(AppVerdict::Approved, None, Some(NOW)));
        let blocked = || Some(decision(AppVerdict::Blocked, None, None));
        assert_eq!(most(AllowAll, None), Ok(asked));
        assert_eq!(most(AllowApproved, None), Err(Closed::NotApproved));
        for mode in [AllowAll, AllowApproved] {
            assert_eq!(most(mode, approved()), Ok(asked));
            assert_eq!(most(mode, limited()), Ok(Scopes::from_iter([AppScope::ReadName])), "{mode:?}");
            assert_eq!(most(mode, over()), Err(Closed::ApprovalOver), "{mode:?}");
            assert_eq!(most(mode, blocked()), Err(Closed::Blocked), "{mode:?}");
        }
        for decision in [None, approved(), limited(), over(), blocked()] {
            assert_eq!(most(BlockAll, decision), Err(Closed::AllBlocked));
        }
        let retired = app::Model { retired_at: Some(NOW), ..app() };
        assert_eq!(Rules { mode: AllowAll, decision: approved() }.most(&retired, NOW), Err(Closed::Retired));
    }
}
