//! `removeDomain`: the organization gives a domain up. Control that rests on it ends: a job releases the accounts,
//! cancels what is pending, and tells the people. Nobody gives it up to be rid of an edit restriction on themselves: as
//! with releasing an account, somebody else does.

use super::{read, refusal::DomainRefusal};
use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, JobDraft, Notices, Result, Scope, Silence,
    Tx, Work,
    administration::owns_alone,
    edits::{InForce, in_force},
    not_found,
    powers::PROVED,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    Select, Set,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    account, claim, control_assertion, domain,
    id::{AccountId, DomainId, OrganizationId},
    kinds::{AssertionStatus, ClaimStatus, DomainStatus},
};

/// Removes a domain.
pub struct RemoveDomain {
    /// Whose domain it is.
    pub organization: OrganizationId,
    /// The domain.
    pub domain: DomainId,
    /// Whether only the plan is wanted.
    pub dry_run: bool,
}

/// What ends with a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalPlan {
    /// Accounts under control by this domain and by no other proved one of the organization; they are released.
    pub released_accounts: i64,
    /// Assertions of control that wait, which are canceled.
    pub canceled_assertions: i64,
    /// Claims that aren't ended yet, which are.
    pub open_claims: i64,
}

/// What it removed.
#[derive(Serialize, Deserialize)]
pub struct RemovedDomain {
    /// The domain.
    pub domain: DomainId,
    /// What ends with it, as it was then.
    pub plan: RemovalPlan,
}

impl Action for RemoveDomain {
    const NAME: ActionName = ActionName::RemoveDomain;
    type Target = domain::Model;
    type Output = RemovedDomain;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    /// Removed ones too, so that a repeated request finds its answer.
    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<domain::Model> {
        read::own(tx, authority.administrator()?.organization, self.domain).await
    }

    fn check(&self, _: &Authority, target: &domain::Model, _: DateTime<Utc>) -> Result<()> {
        match target.removed_at {
            Some(_) => Err(not_found(&["input", "domainId"])),
            None => Ok(()),
        }
    }

    async fn run(&self, target: Authorized<domain::Model>, tx: &Tx<'_>) -> Result<Done<RemovedDomain>> {
        let before = &*target;
        let caller = target.authority().administrator()?.account;
        let leaving = Leaving::load(tx, before).await?;
        if leaving.frees(tx, caller).await? {
            return Err(DomainRefusal::FreesYou.into());
        }
        let plan = leaving.plan(tx).await?;
        let mut row = before.clone().into_active_model();
        row.removed_at = Set(Some(tx.now()));
        // Nothing may count as proved any more, whoever forgets to ask for `removed_at`.
        row.status = Set(DomainStatus::Pending);
        row.proved_challenge = Set(None);
        row.next_check_at = Set(None);
        row.version = Set(before.version + 1);
        row.update(tx.db()).await?;
        let details = json!({
            "name": before.name,
            "status": { "before": before.status, "after": null },
            "plan": plan,
        });
        let event =
            EventDraft::within(Some(before.organization_id)).object(DomainId::PREFIX, before.id.0).details(details);
        let job = JobDraft::new(tx, Work::LeaveDomain { domain: before.id })
            .of(before.organization_id)
            .total(plan.released_accounts + plan.canceled_assertions);
        let removed = RemovedDomain { domain: before.id, plan };
        Ok(Done::new(removed, EventSet::one(event), Notices::None(Silence::JobTells)).then(job))
    }
}

/// A domain, with the organization's others that it has proved.
struct Leaving<'a> {
    domain: &'a domain::Model,
    others: Vec<domain::Model>,
}

impl<'a> Leaving<'a> {
    async fn load(tx: &Tx<'_>, domain: &'a domain::Model) -> Result<Self> {
        let others = domain::Entity::find()
            .filter(domain::Column::OrganizationId.eq(domain.organization_id))
            .filter(domain::Column::Id.ne(domain.id))
            .filter(domain::Column::RemovedAt.is_null())
            .filter(domain::Column::Status.is_in(PROVED))
            .all(tx.db())
            .await?;
        Ok(Self { domain, others })
    }

    /// The accounts whose control ends with it.
    fn released(&self) -> Select<account::Entity> {
        let managed = account::Entity::find().filter(account::Column::ManagedDomainId.eq(self.domain.id));
        self.others.iter().fold(managed, |managed, other| managed.filter(covered_by(other).not()))
    }

    /// Whether it releases who removes it from an edit restriction that they couldn't lift from themselves.
    async fn frees(&self, tx: &Tx<'_>, caller: AccountId) -> Result<bool> {
        let organization = self.domain.organization_id;
        if self.released().filter(account::Column::Id.eq(caller)).one(tx.db()).await?.is_none() {
            return Ok(false);
        }
        let reaching = in_force(tx.db(), &[caller], tx.now()).await?.remove(&caller).unwrap_or_default();
        let ours =
            |InForce { bound, .. }: &InForce| bound.organization == organization && !bound.operations().is_empty();
        Ok(reaching.iter().any(ours) && !owns_alone(tx, organization, caller).await?)
    }

    async fn plan(&self, tx: &Tx<'_>) -> Result<RemovalPlan> {
        let pending = control_assertion::Entity::find()
            .filter(control_assertion::Column::DomainId.eq(self.domain.id))
            .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending));
        let open = claim::Entity::find()
            .filter(claim::Column::DomainId.eq(self.domain.id))
            .filter(claim::Column::Status.is_not_in([ClaimStatus::Complete, ClaimStatus::Canceled]));
        Ok(RemovalPlan {
            released_accounts: count(self.released().count(tx.db()).await?),
            canceled_assertions: count(pending.count(tx.db()).await?),
            open_claims: count(open.count(tx.db()).await?),
        })
    }
}

/// The accounts that `core::powers::covers` means, as a condition.
fn covered_by(domain: &domain::Model) -> Condition {
    let exactly = account::Column::EmailDomainKey.eq(domain.name_key.clone());
    let condition = Condition::any().add(exactly);
    if domain.include_subdomains.is_none() {
        return condition;
    }
    // The character after the dot: between the two are the names below the domain, and nothing else.
    let end = format!("{}/", domain.name_key.trim_end_matches('.'));
    condition
        .add(account::Column::EmailDomainKey.gt(domain.name_key.clone()).and(account::Column::EmailDomainKey.lt(end)))
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
