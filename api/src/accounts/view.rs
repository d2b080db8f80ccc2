//! How much of an account a viewer sees.

use crate::core::{
    edits::InForce,
    powers::{Facts, Ground},
};
use chrono::{DateTime, Utc};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use steward_entities::{
    account, account_block,
    id::{AccountId, OrganizationId},
    organization, profile, role, session,
};
use tokio::sync::OnceCell;

/// How much of an account a viewer sees, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// The organization could claim it, or is claiming it: id and address.
    Candidate,
    /// The person has a role in the organization: also the name.
    Administrator,
    /// The person is a member of one of the organization's workspaces: also the profile.
    Member,
    /// The organization manages it: also sessions and activity.
    Managed,
    /// The person's own.
    Own,
}

impl Sight {
    /// What these facts let an organization see; none when there is nothing to see.
    #[must_use]
    pub fn of(facts: &Facts, organization: OrganizationId) -> Option<Self> {
        match facts.ground(organization) {
            Some(Ground::Managed) => Some(Self::Managed),
            Some(Ground::Membership) => Some(Self::Member),
            None if facts.role.is_some() => Some(Self::Administrator),
            None => facts.candidate.then_some(Self::Candidate),
        }
    }
}

/// An account, as one viewer sees it.
#[derive(Clone)]
pub struct AccountView {
    /// The row. What of it is shown depends on the sight.
    pub account: Arc<account::Model>,
    /// How much the viewer sees.
    pub sight: Sight,
    /// What was loaded about all accounts of the same page.
    pub(in crate::accounts) page: Arc<Loaded>,
}

impl AccountView {
    /// Views that were loaded together, so that what is asked of each of them is loaded for all of them at once.
    #[must_use]
    pub fn together(seen: Vec<(account::Model, Sight)>) -> Vec<Self> {
        Self::on_page(seen, OnceCell::new())
    }

    /// The same, where the organizations that manage them are known.
    #[must_use]
    pub fn together_with(
        seen: Vec<(account::Model, Sight)>,
        managers: HashMap<OrganizationId, organization::Model>,
    ) -> Vec<Self> {
        Self::on_page(seen, OnceCell::new_with(Some(managers)))
    }

    fn on_page(
        seen: Vec<(account::Model, Sight)>,
        managers: OnceCell<HashMap<OrganizationId, organization::Model>>,
    ) -> Vec<Self> {
        let seen: Vec<_> = seen.into_iter().map(|(account, sight)| (Arc::new(account), sight)).collect();
        let accounts = seen.iter().map(|(account, _)| Arc::clone(account)).collect();
        let page = Arc::new(Loaded { accounts, managers, ..Loaded::default() });
        seen.into_iter().map(|(account, sight)| Self { account, sight, page: Arc::clone(&page) }).collect()
    }

    /// The domain of its address.
    #[must_use]
    pub fn email_domain(&self) -> Option<&str> {
        self.account.email.rsplit_once('@').map(|(_, domain)| domain)
    }

    /// When the address was proved.
    #[must_use]
    pub fn verified_at(&self) -> Option<DateTime<Utc>> {
        self.from(Sight::Member, |account| account.verified_at).flatten()
    }

    /// What others call the person.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        (self.sight >= Sight::Administrator).then_some(self.account.display_name.as_str())
    }

    /// The language of the person's notices.
    #[must_use]
    pub fn locale(&self) -> Option<&str> {
        (self.sight >= Sight::Member).then_some(self.account.locale.as_str())
    }

    /// When the account was made.
    #[must_use]
    pub fn created_at(&self) -> Option<DateTime<Utc>> {
        self.from(Sight::Member, |account| account.created_at)
    }

    /// The last sign-in or use of a session.
    #[must_use]
    pub fn last_active_at(&self) -> Option<DateTime<Utc>> {
        self.from(Sight::Managed, |account| account.last_active_at).flatten()
    }

    /// When the manager's control took effect.
    #[must_use]
    pub fn managed_at(&self) -> Option<DateTime<Utc>> {
        self.from(Sight::Managed, |account| account.managed_at).flatten()
    }

    /// Grows with every change.
    #[must_use]
    pub fn version(&self) -> Option<i64> {
        self.from(Sight::Member, |account| account.version)
    }

    /// The value, if the viewer sees at least as much as `least`.
    #[must_use]
    pub fn from<T>(&self, least: Sight, value: impl FnOnce(&account::Model) -> T) -> Option<T> {
        (self.sight >= least).then(|| value(&self.account))
    }
}

/// What is known about some accounts of one page: loaded when first asked for, once for all of them.
#[derive(Default)]
pub(in crate::accounts) struct Loaded {
    pub accounts: Vec<Arc<account::Model>>,
    pub blocks: OnceCell<HashMap<AccountId, Vec<account_block::Model>>>,
    pub sessions: OnceCell<HashMap<AccountId, Vec<session::Model>>>,
    pub roles: OnceCell<HashMap<AccountId, Vec<(role::Model, organization::Model)>>>,
    pub profiles: OnceCell<HashMap<AccountId, profile::Model>>,
    pub edits: OnceCell<HashMap<AccountId, Vec<InForce>>>,
    pub managers: OnceCell<HashMap<OrganizationId, organization::Model>>,
    facts: Mutex<HashMap<OrganizationId, FactsCell>>,
}

/// The facts of one organization about the accounts of a page.
pub(in crate::accounts) type FactsCell = Arc<OnceCell<HashMap<AccountId, Facts>>>;

impl Loaded {
    pub fn ids(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.iter().map(|account| account.id)
    }

    pub fn facts(&self, organization: OrganizationId) -> FactsCell {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(facts.entry(organization).or_default())
    }
}
