//! How much of an account a viewer sees.

use crate::core::powers::{Facts, Ground};
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
    pub account: account::Model,
    /// How much the viewer sees.
    pub sight: Sight,
    /// What was loaded about all accounts of the same page.
    pub(in crate::accounts) page: Arc<Loaded>,
}

impl AccountView {
    /// Views that were loaded together, so that what is asked of each of them is loaded for all of them at once.
    #[must_use]
    pub fn together(seen: Vec<(account::Model, Sight)>) -> Vec<Self> {
        let page = Arc::new(Loaded::of(seen.iter().map(|(account, _)| account.clone()).collect()));
        seen.into_iter().map(|(account, sight)| Self { account, sight, page: Arc::clone(&page) }).collect()
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
    pub accounts: Vec<account::Model>,
    pub blocks: OnceCell<HashMap<AccountId, Vec<account_block::Model>>>,
    pub sessions: OnceCell<HashMap<AccountId, Vec<session::Model>>>,
    pub roles: OnceCell<HashMap<AccountId, Vec<(role::Model, organization::Model)>>>,
    pub profiles: OnceCell<HashMap<AccountId, profile::Model>>,
    pub managers: OnceCell<HashMap<OrganizationId, organization::Model>>,
    facts: Mutex<HashMap<OrganizationId, FactsCell>>,
}

/// The facts of one organization about the accounts of a page.
pub(in crate::accounts) type FactsCell = Arc<OnceCell<HashMap<AccountId, Facts>>>;

impl Loaded {
    fn of(accounts: Vec<account::Model>) -> Self {
        Self { accounts, ..Self::default() }
    }

    pub fn ids(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.iter().map(|account| account.id)
    }

    pub fn facts(&self, organization: OrganizationId) -> FactsCell {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(facts.entry(organization).or_default())
    }
}
