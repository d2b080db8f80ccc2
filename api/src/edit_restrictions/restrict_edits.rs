//! `restrictEdits`: administrators take the right to edit from everybody in the organization, from the members of a
//! workspace, or from people by name.
//!
//! Over an organization or a workspace it is one row, whatever their size. Whoever edits holds the organization's row
//! shared, and this holds it alone: what isn't done before is refused.

use crate::{
    core::{
        Action, ActionName, Administrator, Authority, Authorized, Common, Concerned, Done, EventDraft, EventSet,
        JobDraft, Notices, Result, Scope, Silence, Tx, Unlogged, Work,
        account_act::{self, Sorted},
        edits::{MOST, TooMany},
        not_found,
        powers::{Facts, PowerRefusal},
    },
    edit_restrictions::{
        affected::{everybody, left_out},
        restrict_accounts::RestrictAccounts,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    prelude::Expr, sea_query::LockType,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use steward_entities::{
    edit_restriction,
    id::{AccountId, EditRestrictionId, OrganizationId, WorkspaceId},
    kinds::EditTarget,
    organization, workspace,
};

/// A restriction over an organization, in the words of the partial index.
const OVER_ALL: &str = "target = 'ORGANIZATION'";

/// How many people one call names.
pub const MOST_IDS: usize = 1_000;

/// From whom the right is taken.
#[derive(Clone, Debug)]
pub enum Whom {
    /// Everybody whom the organization manages, and the members of its workspaces.
    Organization,
    /// The members of a workspace.
    Workspace(WorkspaceId),
    /// These people.
    Accounts(Vec<AccountId>),
}

/// Sets a restriction.
pub struct RestrictEdits {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// From whom.
    pub whom: Whom,
    /// What is done to people by name; of its terms all are.
    pub act: RestrictAccounts,
    /// Only plan.
    pub dry_run: bool,
}

/// What it is about, locked.
pub struct Place {
    organization: organization::Model,
    workspace: Option<workspace::Model>,
    /// About those who are named.
    facts: Vec<Facts>,
    /// How many are in force on the organization, or the workspace.
    in_force: u64,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
pub struct Restricted {
    /// The restriction.
    pub restriction: EditRestrictionId,
    /// From how many people it takes something; over many it is counted only when nothing is done.
    pub affected: Option<i64>,
    /// Those whom it leaves out, with the reason; over many only when nothing is done.
    pub skipped: Vec<(AccountId, PowerRefusal)>,
}

impl RestrictEdits {
    fn sort(&self, administrator: &Administrator, facts: &[Facts], now: DateTime<Utc>) -> Sorted {
        let Whom::Accounts(ids) = &self.whom else { return Sorted { allowed: Vec::new(), refused: Vec::new() } };
        let ids: Vec<AccountId> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        account_act::sort(&self.act, administrator, &ids, facts.to_vec(), now)
    }

    async fn by_name(&self, administrator: Administrator, place: Place, tx: &Tx<'_>) -> Result<Done<Restricted>> {
        let Sorted { allowed, mut refused } = self.sort(&administrator, &place.facts, tx.now());
        let allowed_count = allowed.len();
        let concerned = Concerned { organization: place.organization, administrator, accounts: allowed };
        let effects = account_act::AccountAct::run(&self.act, &concerned, tx).await?;
        match effects.refused.first() {
            Some((_, why)) if effects.refused.len() == allowed_count => return Err((*why).into()),
            _ => {}
        }
        let affected = i64::try_from(allowed_count - effects.refused.len()).ok();
        refused.extend(effects.refused);
        let output = Restricted { restriction: self.act.restriction, affected, skipped: refused };
        let events = match effects.events {
            none if none.is_empty() => EventSet::none(Unlogged::NothingChanged),
            events => EventSet::many(events),
        };
        let done = Done::new(output, events, Notices::many(effects.notices, Silence::NothingChanged));
        Ok(effects.jobs.into_iter().fold(done, Done::then))
    }

    async fn over_many(&self, administrator: Administrator, place: Place, tx: &Tx<'_>) -> Result<Done<Restricted>> {
        let (id, terms) = (self.act.restriction, &self.act.terms);
        let workspace = place.workspace.as_ref().map(|workspace| workspace.id);
        let target = if workspace.is_some() { EditTarget::Workspace } else { EditTarget::Organization };
        let row = terms.row(id, &administrator, workspace, target, tx.now());
        let (mut affected, mut skipped) = (None, Vec::new());
        if self.dry_run {
            // What is counted takes its time for a large organization, so it is only counted when it is asked for.
            let all = everybody(self.organization, workspace, terms.operations, tx.now()).count(tx.db()).await?;
            skipped = left_out(tx, &row).await?;
            affected = Some(all - i64::try_from(skipped.len()).unwrap_or_default());
        }
        row.into_active_model().insert(tx.db()).await?;
        let mut details = terms.details();
        details["target"] = json!(target.as_str());
        details["workspaceId"] = json!(workspace);
        let event = EventDraft::within(Some(self.organization)).object(EditRestrictionId::PREFIX, id.0);
        let job = JobDraft::new(tx, Work::AdvanceEditRestriction { restriction: id }).of(self.organization);
        let output = Restricted { restriction: id, affected, skipped };
        Ok(Done::new(output, EventSet::one(event.details(details)), Notices::None(Silence::JobTells)).then(job))
    }
}

impl Action for RestrictEdits {
    const NAME: ActionName = ActionName::RestrictEdits;
    type Target = Place;
    type Output = Restricted;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        self.act.begin(tx);
        Ok(())
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Place> {
        if let Whom::Accounts(ids) = &self.whom {
            let some = &ids[..ids.len().min(MOST_IDS)];
            let (organization, facts) = account_act::load::<RestrictAccounts>(tx, self.organization, some).await?;
            return Ok(Place { organization, workspace: None, facts, in_force: 0 });
        }
        let held = organization::Entity::find_by_id(self.organization).lock(LockType::NoKeyUpdate);
        let organization = held.one(tx.db()).await?.ok_or_else(|| not_found(&["input", "organizationId"]))?;
        let workspace = match self.whom {
            Whom::Workspace(id) => {
                let own = workspace::Column::OrganizationId.eq(self.organization);
                let found = workspace::Entity::find_by_id(id).filter(own).one(tx.db()).await?;
                Some(found.ok_or_else(|| not_found(&["input", "target", "workspaceId"]))?)
            }
            Whom::Organization | Whom::Accounts(_) => None,
        };
        // Behind the lock: of two at once the second counts the first.
        let until = edit_restriction::Column::Until;
        let on_it = match workspace.as_ref() {
            Some(workspace) => edit_restriction::Column::WorkspaceId.eq(workspace.id),
            None => edit_restriction::Column::OrganizationId.eq(self.organization).and(Expr::cust(OVER_ALL)),
        };
        let in_force = edit_restriction::Entity::find()
            .filter(on_it)
            .filter(edit_restriction::Column::EndedAt.is_null())
            .filter(until.is_null().or(until.gt(tx.now())))
            .count(tx.db())
            .await?;
        Ok(Place { organization, workspace, facts: Vec::new(), in_force })
    }

    fn check(&self, authority: &Authority, place: &Place, now: DateTime<Utc>) -> Result<()> {
        self.act.terms.is_valid(now)?;
        let Whom::Accounts(ids) = &self.whom else {
            return if place.in_force < MOST { Ok(()) } else { Err(TooMany.into()) };
        };
        let field = &["input", "target", "accountIds"];
        if !(1..=MOST_IDS).contains(&ids.len()) {
            let why = format!("Name between 1 and {MOST_IDS} accounts; for more, use bulkAccounts.");
            return Err(Common::Invalid(field, why).into());
        }
        // One account, or several that are all refused, is a refusal; of several some may be skipped.
        let sorted = self.sort(&authority.administrator()?, &place.facts, now);
        match sorted.refused.first() {
            Some((_, why)) if sorted.allowed.is_empty() => Err((*why).into()),
            _ => Ok(()),
        }
    }

    async fn run(&self, place: Authorized<Place>, tx: &Tx<'_>) -> Result<Done<Restricted>> {
        let administrator = place.authority().administrator()?;
        let place = place.into_inner();
        match self.whom {
            Whom::Accounts(_) => self.by_name(administrator, place, tx).await,
            Whom::Organization | Whom::Workspace(_) => self.over_many(administrator, place, tx).await,
        }
    }
}
