//! `releaseAccounts`: gives accounts back to their people. All rights are theirs again, and what the organization had
//! laid on the account is lifted.

use crate::core::{
    Action, ActionName, Administrator, Authority, Authorized, Common, Done, EventDraft, EventSet, Notices, Result,
    Scope, Silence, Tx,
    account::control::{release, released},
    action_name::Grounds,
    powers::{self, Facts, PowerRefusal},
    text::Reason,
};
use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use steward_entities::{
    id::{AccountId, OrganizationId},
    organization,
};

/// How many accounts one call releases.
pub const MOST_IDS: usize = 1_000;

/// Releases accounts.
pub struct ReleaseAccounts {
    /// Who releases.
    pub organization: OrganizationId,
    /// Whom.
    pub accounts: Vec<AccountId>,
    /// Why, for the log and the people.
    pub reason: Option<Reason>,
    /// Only plan.
    pub dry_run: bool,
}

/// What came of it, account by account.
#[derive(Serialize, Deserialize)]
pub struct Released {
    /// Those that were released.
    pub released: Vec<AccountId>,
    /// Those that weren't, with the reason.
    pub skipped: Vec<(AccountId, PowerRefusal)>,
}

impl ReleaseAccounts {
    /// Sorts the accounts by what may be done to them.
    fn sort(&self, administrator: &Administrator, facts: &[Facts]) -> (Vec<AccountId>, Vec<(AccountId, PowerRefusal)>) {
        let (mut ready, mut skipped) = (Vec::new(), Vec::new());
        for &id in &self.accounts.iter().copied().collect::<BTreeSet<_>>() {
            let verdict = match facts.iter().find(|facts| facts.account.id == id) {
                Some(facts) => powers::check(Grounds::Managed, administrator, facts).map(|_| ()),
                None => Err(PowerRefusal::NotFound),
            };
            match verdict {
                Ok(()) => ready.push(id),
                Err(refusal) => skipped.push((id, refusal)),
            }
        }
        (ready, skipped)
    }
}

impl Action for ReleaseAccounts {
    const NAME: ActionName = ActionName::ReleaseAccounts;
    type Target = (organization::Model, Vec<Facts>);
    type Output = Released;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        let organization = organization::Entity::find_by_id(self.organization).one(tx.db()).await?;
        let organization = organization.ok_or_else(|| crate::core::not_found(&["input", "organizationId"]))?;
        let some = &self.accounts[..self.accounts.len().min(MOST_IDS)];
        Ok((organization, powers::load(tx.db(), self.organization, some, true).await?))
    }

    fn check(&self, authority: &Authority, (_, facts): &Self::Target, _: DateTime<Utc>) -> Result<()> {
        let field = &["input", "selection", "accountIds"];
        if !(1..=MOST_IDS).contains(&self.accounts.len()) {
            return Err(Common::Invalid(field, format!("Name between 1 and {MOST_IDS} accounts.")).into());
        }
        // One account, or several that are all refused, is a refusal; of several some may be skipped.
        match self.sort(&authority.administrator()?, facts) {
            (ready, skipped) if ready.is_empty() => match skipped.first() {
                Some((_, why)) => Err((*why).into()),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    async fn run(&self, target: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<Released>> {
        let administrator = target.authority().administrator()?;
        let (organization, facts) = target.into_inner();
        let (ready, skipped) = self.sort(&administrator, &facts);
        release(tx, organization.id, &ready, "RELEASED").await?;
        let reason = self.reason.as_ref().map(Reason::as_str);
        let (mut events, mut notices) = (Vec::new(), Vec::new());
        for facts in facts.iter().filter(|facts| ready.contains(&facts.account.id)) {
            let event = EventDraft::within(Some(organization.id)).about(facts.account.id);
            events.push(event.details(json!({ "reason": reason })));
            notices.push(released(tx, &organization, &facts.account, reason));
        }
        let output = Released { released: ready, skipped };
        Ok(Done::new(output, EventSet::many(events), Notices::many(notices, Silence::NothingChanged)))
    }
}
