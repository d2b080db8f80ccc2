//! `revokeSessions`: administrators end sessions of an account that their organization manages.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Result, Scope,
        Silence, Tx, Unlogged,
        account::credentials::end_sessions,
        action_name::Grounds,
        not_found,
        notice::contact,
        powers::{self, Facts},
        text::Reason,
    },
    notices::content::SessionsEnded,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;
use steward_entities::{
    id::{AccountId, OrganizationId, SessionId},
    organization, session,
};

/// On which ground; as its rule says.
const GROUNDS: Grounds = Grounds::Managed;

/// Ends sessions.
pub struct RevokeSessions {
    /// Whose administrators do it.
    pub organization: OrganizationId,
    /// Whose sessions.
    pub account: AccountId,
    /// Which of them; none given means all.
    pub sessions: Option<Vec<SessionId>>,
    /// Why, for the log and the person.
    pub reason: Reason,
    /// Whether nothing is ended, and only told what would be.
    pub dry_run: bool,
}

/// What ended.
#[derive(Serialize, Deserialize)]
pub struct RevokedSessions {
    /// Whose sessions.
    pub account: AccountId,
    /// The sessions that were open until now.
    pub sessions: Vec<SessionId>,
}

/// What is known of the person, and their open sessions.
pub struct Concerned {
    facts: Facts,
    organization: organization::Model,
    open: Vec<SessionId>,
}

impl Action for RevokeSessions {
    const NAME: ActionName = ActionName::RevokeSessions;
    type Target = Concerned;
    type Output = RevokedSessions;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Concerned> {
        let unseen = || not_found(&["input", "accountId"]);
        let facts = powers::load(tx.db(), self.organization, &[self.account], true).await?;
        let facts = facts.into_iter().next().ok_or_else(unseen)?;
        let organization = organization::Entity::find_by_id(self.organization).one(tx.db()).await?;
        let open = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::AccountId.eq(self.account))
            .filter(session::Column::EndedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(tx.now()))
            .order_by_asc(session::Column::Id)
            .into_tuple()
            .all(tx.db())
            .await?;
        Ok(Concerned { facts, organization: organization.ok_or_else(unseen)?, open })
    }

    fn check(&self, authority: &Authority, concerned: &Concerned, _: DateTime<Utc>) -> Result<()> {
        powers::check(GROUNDS, &authority.administrator()?, &concerned.facts)?;
        let open: HashSet<SessionId> = concerned.open.iter().copied().collect();
        let named = self.sessions.as_deref().unwrap_or_default();
        if named.iter().all(|session| open.contains(session)) {
            Ok(())
        } else {
            Err(not_found(&["input", "sessionIds"]))
        }
    }

    async fn run(&self, concerned: Authorized<Concerned>, tx: &Tx<'_>) -> Result<Done<RevokedSessions>> {
        let account = &concerned.facts.account;
        let ended = self.sessions.clone().unwrap_or_else(|| concerned.open.clone());
        end_sessions(tx, account.id, &ended).await?;
        let (events, notices) = if ended.is_empty() {
            (EventSet::none(Unlogged::NothingChanged), Notices::None(Silence::NothingChanged))
        } else {
            let details = json!({ "reason": self.reason.as_str(), "sessionIds": ended });
            let event = EventDraft::within(Some(self.organization)).about(account.id).details(details);
            let content = SessionsEnded {
                organization: concerned.organization.name.clone(),
                email: account.email.clone(),
                contact: contact(&concerned.organization),
                reason: Some(self.reason.as_str().to_owned()),
            };
            let notice = NoticeDraft::new(tx, account, content.into()).on_behalf_of(self.organization);
            (EventSet::one(event), Notices::one(notice))
        };
        let output = RevokedSessions { account: account.id, sessions: ended };
        Ok(Done::new(output, events, notices))
    }
}
