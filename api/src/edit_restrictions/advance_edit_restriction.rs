//! Brings a restriction forward: tells its people that it is there, ends it in time, and tells them that it is over. How
//! far the telling came stands in the restriction, so that its end is told to those who heard of its beginning.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, Notices, Progress, Result,
        Silence, Tx, Unlogged, database::one_of, joining::restricted,
    },
    edit_restrictions::{
        affected::{Chunk, next},
        terms::lifted,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set, prelude::Expr};
use serde_json::json;
use steward_entities::{
    edit_restriction, edit_restriction_account, id::EditRestrictionId, kinds::EditTarget, organization, workspace,
};

/// Takes the next step.
pub struct AdvanceEditRestriction {
    /// Of which restriction.
    pub restriction: EditRestrictionId,
}

/// A restriction, locked, with what its notices name.
pub struct Advancing {
    restriction: edit_restriction::Model,
    organization: organization::Model,
    workspace: Option<workspace::Model>,
}

impl Action for AdvanceEditRestriction {
    const NAME: ActionName = ActionName::EndEditRestriction;
    type Target = Advancing;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Advancing> {
        let broken = || Error::internal("the job of an edit restriction has lost what it is about");
        let select = edit_restriction::Entity::find_by_id(self.restriction);
        let restriction = tx.lock(select).one(tx.db()).await?.ok_or_else(broken)?;
        let organization = organization::Entity::find_by_id(restriction.organization_id).one(tx.db()).await?;
        let workspace = match restriction.workspace_id {
            Some(id) => workspace::Entity::find_by_id(id).one(tx.db()).await?,
            None => None,
        };
        Ok(Advancing { restriction, organization: organization.ok_or_else(broken)?, workspace })
    }

    async fn run(&self, advancing: Authorized<Advancing>, tx: &Tx<'_>) -> Result<Done<()>> {
        let Advancing { mut restriction, organization, workspace } = advancing.into_inner();
        let mut events = EventSet::none(Unlogged::LoggedBefore);
        let ends = |until: &DateTime<Utc>| restriction.ended_at.is_none() && *until <= tx.now();
        if let Some(until) = restriction.until.filter(ends) {
            restriction.ended_at = Some(until);
            let mut row = restriction.clone().into_active_model();
            row.ended_at = Set(Some(until));
            row.update(tx.db()).await?;
            let event = EventDraft::within(Some(organization.id)).object(EditRestrictionId::PREFIX, restriction.id.0);
            events = EventSet::one(event.details(json!({ "until": until })));
        }
        let is_over = restriction.ended_at.is_some();
        let (from, done) = if is_over {
            (restriction.end_told_to, restriction.end_told_at)
        } else {
            (restriction.told_to, restriction.told_at)
        };
        if done.is_some() {
            let progress = match restriction.until.filter(|_| !is_over) {
                Some(until) => Progress::Later { at: until, done: 0 },
                None => Progress::Complete { done: 0 },
            };
            return Ok(Done::new((), events, Notices::None(Silence::NothingChanged)).progress(progress));
        }
        let mut chunk = next(tx, &restriction, from).await?;
        if let (Some(ended_at), EditTarget::Accounts) = (restriction.ended_at, restriction.target) {
            // So that what is over isn't read by every edit of these people.
            let ids = chunk.looked_at.iter().copied();
            edit_restriction_account::Entity::update_many()
                .col_expr(edit_restriction_account::Column::LiftedAt, Expr::value(ended_at))
                .filter(edit_restriction_account::Column::RestrictionId.eq(restriction.id))
                .filter(one_of(tx.db(), edit_restriction_account::Column::AccountId, ids))
                .exec(tx.db())
                .await?;
        }
        if is_over {
            chunk = heard_of_it(&restriction, chunk);
        }
        let (by, within) = (&organization, workspace.as_ref());
        let notice = |(account, operations): &(_, _)| {
            let to = (account, *operations);
            if is_over {
                lifted(tx, &restriction, by, within, to)
            } else {
                restricted(tx, &restriction, by, within, to)
            }
        };
        let notices: Vec<_> = chunk.people.iter().map(notice).collect();
        let told = i64::try_from(notices.len()).unwrap_or_default();
        let all = chunk.is_last.then_some(tx.now());
        let mut row = restriction.clone().into_active_model();
        if is_over {
            row.end_told_to = Set(chunk.last.or(from));
            row.end_told_at = Set(all);
        } else {
            row.told_to = Set(chunk.last.or(from));
            row.told_at = Set(all);
        }
        row.update(tx.db()).await?;
        let done = Done::new((), events, Notices::many(notices, Silence::NobodyIsAffected));
        Ok(done.progress(Progress::More { cursor: None, done: told }))
    }
}

/// Where the beginning wasn't told to everybody, its end is told to those who were reached.
fn heard_of_it(restriction: &edit_restriction::Model, chunk: Chunk) -> Chunk {
    if restriction.told_at.is_some() {
        return chunk;
    }
    let Some(reached) = restriction.told_to else {
        return Chunk { people: Vec::new(), is_last: true, ..chunk };
    };
    let people = chunk.people.into_iter().filter(|(account, _)| account.id <= reached).collect();
    let is_last = chunk.is_last || chunk.last.is_some_and(|last| last >= reached);
    Chunk { people, is_last, ..chunk }
}
