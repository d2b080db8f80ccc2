//! What administrators do to accounts: each act is written once, for a set of accounts. A mutation on one account is a
//! set of one; a job over many runs the same act chunk by chunk.

use crate::core::{
    action_name::ActionName,
    authority::{Administrator, Authority, Authorized, Scope},
    error::{Error, Result, not_found},
    event::{EventDraft, EventSet, Unlogged},
    job::JobDraft,
    notice::{NoticeDraft, Notices, Silence},
    perform::{Action, Done},
    powers::{self, Facts, Ground, PowerRefusal},
    tx::Tx,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::{HashMap, HashSet},
    future::Future,
};
use steward_entities::{
    id::{AccountId, OrganizationId},
    kinds::RoleName,
    organization, role,
};

/// An act on accounts: what is asked for, with the rules that decide about each account and the statements for all.
///
/// Ground, rank and "not on oneself" are checked before, as the action's rule says; so is the account's state, by
/// [`powers::state`].
pub trait AccountAct: Serialize + DeserializeOwned + Send + Sync {
    /// The name of the mutation on one account, and of each account's event.
    const NAME: ActionName;

    /// Whether it takes access from people. Where that concerns an owner, two owners who do it to each other at once
    /// must not both succeed.
    const CLOSES: bool = false;

    /// Refuses what is asked for as a whole, whatever the accounts.
    ///
    /// # Errors
    /// What is wrong with the input.
    fn is_valid(&self, _now: DateTime<Utc>) -> Result<()> {
        Ok(())
    }

    /// Refuses by what has been tried before, where a mutation on one account tells more than what it does.
    ///
    /// # Errors
    /// `RateLimited`.
    fn may_be_tried(&self, _organization: OrganizationId, _tx: &Tx<'_>) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Refuses an account because of what is asked for, where ground and state would allow it.
    ///
    /// # Errors
    /// Why this account is left as it is.
    fn suits(&self, _facts: &Facts, _ground: Ground, _now: DateTime<Utc>) -> Result<(), PowerRefusal> {
        Ok(())
    }

    /// Refuses some of these accounts, which are allowed otherwise, by what only the database knows. A plan asks it, chunk
    /// after chunk, and locks nothing; [`Self::run`] may ask it where they are locked. What the chunks before would have
    /// taken is in `taken`, for the act to read and to add to.
    fn leaves_out(
        &self,
        _organization: OrganizationId,
        _accounts: &[(Facts, Ground)],
        _taken: &mut HashSet<String>,
        _tx: &Tx<'_>,
    ) -> impl Future<Output = Result<Vec<(AccountId, PowerRefusal)>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Does it to all of them, in a number of statements that doesn't grow with theirs.
    fn run(&self, on: &Concerned, tx: &Tx<'_>) -> impl Future<Output = Result<Effects>> + Send;
}

/// The accounts of one act, locked, each with the ground on which it is allowed.
pub struct Concerned {
    /// The organization whose administrator acts.
    pub organization: organization::Model,
    /// Who acts.
    pub administrator: Administrator,
    /// Whom it concerns, in the order of their ids.
    pub accounts: Vec<(Facts, Ground)>,
}

impl Concerned {
    /// Their ids.
    #[must_use]
    pub fn ids(&self) -> Vec<AccountId> {
        self.accounts.iter().map(|(facts, _)| facts.account.id).collect()
    }
}

/// What an act leaves behind.
#[derive(Default)]
pub struct Effects {
    /// One for each account, in its organization's log.
    pub events: Vec<EventDraft>,
    /// What the people are told.
    pub notices: Vec<NoticeDraft>,
    /// Work that follows.
    pub jobs: Vec<JobDraft>,
    /// Accounts that couldn't be done after all, as one of the statements found out.
    pub refused: Vec<(AccountId, PowerRefusal)>,
    /// Accounts that were as they should be: among many they are told apart, and of one that is no mistake.
    pub unchanged: Vec<AccountId>,
}

/// What came of the checks: whom the act concerns, and who is left out, with the reason.
pub struct Sorted {
    /// Those who are allowed.
    pub allowed: Vec<(Facts, Ground)>,
    /// The others.
    pub refused: Vec<(AccountId, PowerRefusal)>,
}

/// Decides about each account. Ids without a fact aren't there, as far as this organization sees.
pub fn sort<A: AccountAct>(
    act: &A,
    administrator: &Administrator,
    ids: &[AccountId],
    facts: Vec<Facts>,
    now: DateTime<Utc>,
) -> Sorted {
    let mut known: HashMap<AccountId, Facts> = facts.into_iter().map(|facts| (facts.account.id, facts)).collect();
    let mut sorted = Sorted { allowed: Vec::with_capacity(ids.len()), refused: Vec::new() };
    for &id in ids {
        let Some(facts) = known.remove(&id) else {
            sorted.refused.push((id, PowerRefusal::NotFound));
            continue;
        };
        match decide(act, administrator, &facts, now) {
            Ok(ground) => sorted.allowed.push((facts, ground)),
            Err(refusal) => sorted.refused.push((id, refusal)),
        }
    }
    sorted
}

/// The same for a plan, which nothing runs after: with those whom [`AccountAct::run`] would leave out.
///
/// # Errors
/// When the database fails.
pub async fn plan<A: AccountAct>(
    act: &A,
    administrator: &Administrator,
    ids: &[AccountId],
    facts: Vec<Facts>,
    taken: &mut HashSet<String>,
    tx: &Tx<'_>,
) -> Result<Sorted> {
    let mut sorted = sort(act, administrator, ids, facts, tx.now());
    if !sorted.allowed.is_empty() {
        let left_out = act.leaves_out(administrator.organization, &sorted.allowed, taken, tx).await?;
        let out: HashSet<AccountId> = left_out.iter().map(|(id, _)| *id).collect();
        sorted.allowed.retain(|(facts, _)| !out.contains(&facts.account.id));
        sorted.refused.extend(left_out);
    }
    Ok(sorted)
}

/// Whether the act may be done to this account, and on which ground.
fn decide<A: AccountAct>(
    act: &A,
    administrator: &Administrator,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Result<Ground, PowerRefusal> {
    let grounds = A::NAME.rule().grounds.ok_or(PowerRefusal::NotManaged)?;
    let ground = powers::check(grounds, administrator, facts)?;
    powers::state(A::NAME, ground, facts, now)?;
    act.suits(facts, ground, now)?;
    Ok(ground)
}

/// Loads and locks the accounts, in the order of their ids; where the act takes access from an owner, the organization's
/// owners too.
pub async fn load<A: AccountAct>(
    tx: &Tx<'_>,
    organization: OrganizationId,
    ids: &[AccountId],
) -> Result<(organization::Model, Vec<Facts>)> {
    let unseen = || not_found(&["input", "organizationId"]);
    let facts = powers::load(tx.db(), organization, ids, true).await?;
    let mut find = organization::Entity::find_by_id(organization);
    let owners = facts.iter().any(|facts| facts.role == Some(RoleName::Owner));
    if A::CLOSES && owners {
        find = find.lock(LockType::NoKeyUpdate);
    }
    let found = find.one(tx.db()).await?.ok_or_else(unseen)?;
    if A::CLOSES && owners {
        let roles = role::Entity::find()
            .filter(role::Column::OrganizationId.eq(organization))
            .filter(role::Column::Role.eq(RoleName::Owner))
            .order_by_asc(role::Column::Id);
        tx.lock(roles).all(tx.db()).await?;
    }
    Ok((found, facts))
}

/// An act on one account.
pub struct OnOne<A> {
    /// Whose administrator acts.
    pub organization: OrganizationId,
    /// Whom it concerns.
    pub account: AccountId,
    /// What is done.
    pub act: A,
    /// Whether everything is checked, and nothing is done.
    pub dry_run: bool,
}

/// The account that was acted on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Acted {
    /// Whose.
    pub account: AccountId,
    /// Whether the ground was that the organization manages it.
    #[serde(default)]
    pub managed: bool,
}

impl<A: AccountAct> OnOne<A> {
    fn sort(&self, administrator: &Administrator, facts: &[Facts], now: DateTime<Utc>) -> Result<Sorted> {
        let sorted = sort(&self.act, administrator, &[self.account], facts.to_vec(), now);
        match sorted.refused.first() {
            Some((_, refusal)) => Err((*refusal).into()),
            None => Ok(sorted),
        }
    }
}

impl<A: AccountAct> Action for OnOne<A> {
    const NAME: ActionName = A::NAME;
    type Target = (organization::Model, Vec<Facts>);
    type Output = Acted;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        self.act.may_be_tried(self.organization, tx).await
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        load::<A>(tx, self.organization, &[self.account]).await
    }

    fn check(&self, authority: &Authority, (_, facts): &Self::Target, now: DateTime<Utc>) -> Result<()> {
        self.act.is_valid(now)?;
        self.sort(&authority.administrator()?, facts, now).map(|_| ())
    }

    async fn run(&self, target: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<Acted>> {
        let administrator = target.authority().administrator()?;
        let (organization, facts) = target.into_inner();
        let accounts = self.sort(&administrator, &facts, tx.now())?.allowed;
        let managed = accounts.iter().any(|(_, ground)| *ground == Ground::Managed);
        let concerned = Concerned { organization, administrator, accounts };
        let Effects { events, notices, jobs, refused, unchanged: _ } = self.act.run(&concerned, tx).await?;
        if let Some((_, refusal)) = refused.into_iter().next() {
            return Err(Error::from(refusal));
        }
        let events = if events.is_empty() { EventSet::none(Unlogged::NothingChanged) } else { EventSet::many(events) };
        let notices = Notices::many(notices, Silence::NothingChanged);
        let done = Done::new(Acted { account: self.account, managed }, events, notices);
        Ok(jobs.into_iter().fold(done, Done::then))
    }
}
