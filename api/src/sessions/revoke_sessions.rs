//! `revokeSessions`: administrators end sessions of an account that their organization manages.

use crate::{
    core::{
        AccountAct, Action, ActionName, Authority, Authorized, Concerned, Done, Effects, EventDraft, EventSet,
        NoticeDraft, Notices, Result, Scope, Silence, Tx, Unlogged,
        account::credentials::{Kill, end_sessions, kill},
        action_name::Grounds,
        database::one_of,
        not_found,
        notice::contact,
        powers::{self, Facts, Ground, PowerRefusal},
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
    account,
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
pub struct InHand {
    facts: Facts,
    organization: organization::Model,
    open: Vec<SessionId>,
}

impl Action for RevokeSessions {
    const NAME: ActionName = ActionName::RevokeSessions;
    type Target = InHand;
    type Output = RevokedSessions;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<InHand> {
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
        Ok(InHand { facts, organization: organization.ok_or_else(unseen)?, open })
    }

    fn check(&self, authority: &Authority, concerned: &InHand, now: DateTime<Utc>) -> Result<()> {
        let ground = powers::check(GROUNDS, &authority.administrator()?, &concerned.facts)?;
        powers::state(Self::NAME, ground, &concerned.facts, now)?;
        let open: HashSet<SessionId> = concerned.open.iter().copied().collect();
        let named = self.sessions.as_deref().unwrap_or_default();
        if named.iter().all(|session| open.contains(session)) {
            Ok(())
        } else {
            Err(not_found(&["input", "sessionIds"]))
        }
    }

    async fn run(&self, concerned: Authorized<InHand>, tx: &Tx<'_>) -> Result<Done<RevokedSessions>> {
        let account = &concerned.facts.account;
        let ended = self.sessions.clone().unwrap_or_else(|| concerned.open.clone());
        end_sessions(tx, account.id, &ended).await?;
        let (events, notices) = if ended.is_empty() {
            (EventSet::none(Unlogged::NothingChanged), Notices::None(Silence::NothingChanged))
        } else {
            let details = json!({ "reason": self.reason.as_str(), "sessionIds": ended });
            let event = EventDraft::within(Some(self.organization)).about(account.id).details(details);
            (EventSet::one(event), Notices::one(notice(tx, &concerned.organization, account, &self.reason)))
        };
        let output = RevokedSessions { account: account.id, sessions: ended };
        Ok(Done::new(output, events, notices))
    }
}

fn notice(tx: &Tx<'_>, organization: &organization::Model, account: &account::Model, reason: &Reason) -> NoticeDraft {
    let content = SessionsEnded {
        organization: organization.name.clone(),
        email: account.email.clone(),
        contact: contact(organization),
        reason: Some(reason.as_str().to_owned()),
    };
    NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id)
}

/// Ends all sessions of accounts; those that have none are left as they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RevokeAllSessions {
    /// Why, for the log and the person.
    pub reason: Reason,
}

impl AccountAct for RevokeAllSessions {
    const NAME: ActionName = ActionName::RevokeSessions;

    async fn leaves_out(
        &self,
        _: OrganizationId,
        accounts: &[(Facts, Ground)],
        _: &mut HashSet<String>,
        tx: &Tx<'_>,
    ) -> Result<Vec<(AccountId, PowerRefusal)>> {
        let ids: Vec<AccountId> = accounts.iter().map(|(facts, _)| facts.account.id).collect();
        let open = signed_in(tx, &ids).await?;
        Ok(ids.into_iter().filter(|id| !open.contains(id)).map(|id| (id, PowerRefusal::AlreadySo)).collect())
    }

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let open = signed_in(tx, &on.ids()).await?;
        let ids: Vec<AccountId> = open.iter().copied().collect();
        kill(tx, &ids, Kill::SESSIONS).await?;
        let mut effects = Effects::default();
        for (Facts { account, .. }, _) in &on.accounts {
            if !open.contains(&account.id) {
                effects.refused.push((account.id, PowerRefusal::AlreadySo));
                continue;
            }
            let event = EventDraft::within(Some(on.organization.id)).about(account.id);
            effects.events.push(event.details(json!({ "reason": self.reason.as_str() })));
            effects.notices.push(notice(tx, &on.organization, account, &self.reason));
        }
        Ok(effects)
    }
}

/// Who of these has a session.
async fn signed_in(tx: &Tx<'_>, accounts: &[AccountId]) -> Result<HashSet<AccountId>> {
    let open = session::Entity::find()
        .select_only()
        .column(session::Column::AccountId)
        .distinct()
        .filter(one_of(tx.db(), session::Column::AccountId, accounts.iter().copied()))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(tx.now()));
    Ok(open.into_tuple::<AccountId>().all(tx.db()).await?.into_iter().collect())
}
