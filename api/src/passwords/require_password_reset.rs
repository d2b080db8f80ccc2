//! `requirePasswordReset`: administrators ask for a new password, with effects that depend on the ground.
//!
//! Managed: the old password is dead, all sessions end, and a fresh link is mailed. Membership: the organization's
//! workspaces are closed to the person until the password is changed; nothing else changes for them.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, EventDraft, NoticeDraft, Result, Tx,
        account::{
            block::{Block, lay},
            credentials::{Kill, forget_passwords, kill},
            link,
        },
        notice::contact,
        powers::{Facts, Ground},
        text::Reason,
    },
    notices::content::{self, PasswordResetRequired},
    passwords::reset_link,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    account,
    id::AccountId,
    kinds::{BlockKind, TokenPurpose},
    organization,
};

/// Requires new passwords.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequirePasswordReset {
    /// Why, for the log and the person.
    pub reason: Reason,
}

impl AccountAct for RequirePasswordReset {
    const NAME: ActionName = ActionName::RequirePasswordReset;

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let organization = &on.organization;
        let block = Block {
            kind: BlockKind::PasswordReset,
            by: Some(organization.id),
            reason: Some(self.reason.as_str()),
            message: None,
            until: None,
        };
        lay(tx, &on.ids(), block).await?;
        let managed: Vec<&account::Model> = on
            .accounts
            .iter()
            .filter(|(_, ground)| *ground == Ground::Managed)
            .map(|(facts, _)| &facts.account)
            .collect();
        let ids: Vec<AccountId> = managed.iter().map(|account| account.id).collect();
        // The old password opens nothing any more, nor does anything that it has opened.
        forget_passwords(tx, &ids).await?;
        kill(tx, &ids, Kill::ALL).await?;
        let links = link::make_all(tx, TokenPurpose::PasswordReset, &managed).await?;
        let mut effects = Effects::default();
        for (Facts { account, .. }, ground) in &on.accounts {
            effects.notices.push(self.notice(tx, organization, account, *ground));
            if let Some(link) = links.get(&account.id) {
                effects.notices.push(reset_link::with(tx, account, *link, Some(&organization.name)));
            }
            let ground = if *ground == Ground::Managed { "MANAGED" } else { "MEMBERSHIP" };
            let details = json!({ "reason": self.reason.as_str(), "ground": ground });
            effects.events.push(EventDraft::within(Some(organization.id)).about(account.id).details(details));
        }
        Ok(effects)
    }
}

impl RequirePasswordReset {
    fn notice(
        &self,
        tx: &Tx<'_>,
        organization: &organization::Model,
        account: &account::Model,
        ground: Ground,
    ) -> NoticeDraft {
        let content = PasswordResetRequired {
            organization: organization.name.clone(),
            email: account.email.clone(),
            contact: contact(organization),
            reason: Some(self.reason.as_str().to_owned()),
            ground: match ground {
                Ground::Managed => content::Ground::Managed,
                Ground::Membership => content::Ground::Membership,
            },
        };
        NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id)
    }
}
