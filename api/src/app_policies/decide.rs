//! How a decision about one app is written.

use crate::core::{
    Administrator, EventDraft, Result, Tx,
    apps::{
        Scopes,
        rules::{Rules, hold, steady},
    },
    invalid, not_found,
};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde_json::{Value, json};
use steward_entities::{
    app, app_decision,
    id::{AppId, OrganizationId},
    kinds::AppVerdict,
    organization,
};

/// The furthest end of an approval: whoever wants more wants none.
const FURTHEST: TimeDelta = TimeDelta::days(3_660);

/// An app, and the organization that decides about it, which nobody else does meanwhile.
pub struct Deciding {
    /// The organization, locked.
    pub organization: organization::Model,
    /// The app.
    pub app: app::Model,
    /// What holds by now.
    pub rules: Rules,
}

impl Deciding {
    /// Locks the organization, and looks at the app.
    ///
    /// # Errors
    /// `NOT_FOUND` for `organizationId` or `appId`.
    pub async fn begin(tx: &Tx<'_>, organization: OrganizationId, app: AppId) -> Result<Self> {
        let held = hold(tx, organization).await?.ok_or_else(|| not_found(&["input", "organizationId"]))?;
        let app = steady(tx, app).await?.ok_or_else(|| not_found(&["input", "appId"]))?;
        let rules = Rules::of(tx.db(), organization, app.id).await?;
        Ok(Self { organization: held, app, rules })
    }

    /// Writes what is decided now. Gives the event; none where it was so already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write(&self, tx: &Tx<'_>, by: &Administrator, terms: &Terms) -> Result<Option<EventDraft>> {
        let row = app_decision::Model {
            organization_id: self.organization.id,
            app_id: self.app.id,
            verdict: terms.verdict,
            scopes: terms.scopes.map(|scopes| scopes.0),
            reason: terms.reason.clone(),
            expires_at: terms.ends_at(),
            decided_at: tx.now(),
            decided_by: by.account,
        };
        let before = self.rules.decision.as_ref();
        if before.is_some_and(|before| told(before) == told(&row)) {
            return Ok(None);
        }
        let details = json!({ "app": self.app.name, "before": before.map(told), "after": told(&row) });
        match before {
            Some(_) => row.into_active_model().reset_all().update(tx.db()).await?,
            None => row.into_active_model().insert(tx.db()).await?,
        };
        Ok(Some(EventDraft::within(Some(self.organization.id)).object(AppId::PREFIX, self.app.id.0).details(details)))
    }
}

/// What is decided about an app.
pub struct Terms {
    /// Yes or no.
    pub verdict: AppVerdict,
    /// The most that it may get; none for all that it asks for.
    pub scopes: Option<Scopes>,
    /// Why, for the log and other administrators.
    pub reason: Option<String>,
    /// When an approval ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Terms {
    /// When an approval ends, as exactly as it is kept.
    #[must_use]
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at.map(|at| at.trunc_subsecs(6))
    }

    /// Refuses what can't be meant.
    ///
    /// # Errors
    /// `INVALID` at its field.
    pub fn is_valid(&self, app: &app::Model, now: DateTime<Utc>) -> Result<()> {
        let at = &["input", "expiresAt"];
        match (self.scopes, self.expires_at) {
            (Some(scopes), _) if scopes.is_empty() => {
                Err(invalid(&["input", "scopes"], "must name one scope at least"))
            }
            (Some(scopes), _) if !scopes.without(Scopes(app.scopes)).is_empty() => {
                Err(invalid(&["input", "scopes"], "names a scope that the app doesn't ask for"))
            }
            (_, Some(until)) if until <= now => Err(invalid(at, "must lie in the future")),
            (_, Some(until)) if until > now + FURTHEST => {
                Err(invalid(at, "lies more than ten years ahead: leave it out instead"))
            }
            _ => Ok(()),
        }
    }
}

/// For the log.
#[must_use]
pub fn told(decision: &app_decision::Model) -> Value {
    json!({
        "verdict": decision.verdict,
        "scopes": decision.scopes.map(|scopes| Scopes(scopes).names()),
        "reason": decision.reason,
        "expiresAt": decision.expires_at,
    })
}
