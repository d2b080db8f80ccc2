//! `releaseAccounts`: gives accounts back to their people. All rights are theirs again, and what the organization had
//! laid on the account is lifted.

use crate::core::{
    AccountAct, Action, ActionName, Administrator, Authority, Authorized, Common, Concerned, Done, Effects, EventDraft,
    EventSet, Notices, Result, Scope, Silence, Tx,
    account::control::{release, released},
    account_act::{self, Sorted},
    powers::{Facts, PowerRefusal},
    text::Reason,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use steward_entities::{
    id::{AccountId, OrganizationId},
    organization,
};

/// How many accounts one call releases.
pub const MOST_IDS: usize = 1_000;

/// Releases accounts: the act itself, which a job runs over any number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Release {
    /// Why, for the log and the people.
    pub reason: Option<Reason>,
}

impl AccountAct for Release {
    const NAME: ActionName = ActionName::ReleaseAccounts;

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        release(tx, on.organization.id, &on.ids(), "RELEASED").await?;
        let reason = self.reason.as_ref().map(Reason::as_str);
        let mut effects = Effects::default();
        for (Facts { account, .. }, _) in &on.accounts {
            let event = EventDraft::within(Some(on.organization.id)).about(account.id);
            effects.events.push(event.details(json!({ "reason": reason })));
            effects.notices.push(released(tx, &on.organization, account, reason));
        }
        Ok(effects)
    }
}

/// Releases the accounts that are named, at once.
pub struct ReleaseAccounts {
    /// Who releases.
    pub organization: OrganizationId,
    /// Whom.
    pub accounts: Vec<AccountId>,
    /// What is done.
    pub act: Release,
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
    fn sort(&self, administrator: &Administrator, facts: &[Facts], now: DateTime<Utc>) -> Sorted {
        let ids: Vec<AccountId> = self.accounts.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        account_act::sort(&self.act, administrator, &ids, facts.to_vec(), now)
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
        let some = &self.accounts[..self.accounts.len().min(MOST_IDS)];
        account_act::load::<Release>(tx, self.organization, some).await
    }

    fn check(&self, authority: &Authority, (_, facts): &Self::Target, now: DateTime<Utc>) -> Result<()> {
        let field = &["input", "selection", "accountIds"];
        if !(1..=MOST_IDS).contains(&self.accounts.len()) {
            return Err(Common::Invalid(field, format!("Name between 1 and {MOST_IDS} accounts.")).into());
        }
        // One account, or several that are all refused, is a refusal; of several some may be skipped.
        let sorted = self.sort(&authority.administrator()?, facts, now);
        match sorted.refused.first() {
            Some((_, why)) if sorted.allowed.is_empty() => Err((*why).into()),
            _ => Ok(()),
        }
    }

    async fn run(&self, target: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<Released>> {
        let administrator = target.authority().administrator()?;
        let (organization, facts) = target.into_inner();
        let Sorted { allowed, refused } = self.sort(&administrator, &facts, tx.now());
        let concerned = Concerned { organization, administrator, accounts: allowed };
        let effects = self.act.run(&concerned, tx).await?;
        let output = Released { released: concerned.ids(), skipped: refused };
        let notices = Notices::many(effects.notices, Silence::NothingChanged);
        Ok(Done::new(output, EventSet::many(effects.events), notices))
    }
}
