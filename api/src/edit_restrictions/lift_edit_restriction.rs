//! `liftEditRestriction`: administrators give back what one restriction has taken. Others stay as they are.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, JobDraft, Notices, Refusal, Result,
    Scope, Silence, Tx, Work,
    edits::in_force,
    not_found,
    permission::outranked,
    text::{Message, Reason},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::json;
use steward_entities::{
    edit_restriction,
    id::{EditRestrictionId, OrganizationId},
};

/// Lifts a restriction.
pub struct LiftEditRestriction {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which.
    pub restriction: EditRestrictionId,
    /// Why, for the log.
    pub reason: Option<Reason>,
    /// Words to the people.
    pub message: Option<Message>,
}

/// Why a restriction can't be lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiftRefusal {
    /// It is over.
    #[error("This restriction has ended already: there is nothing left to lift.")]
    HasEnded,
    /// It was set by more power.
    #[error("This restriction was set by somebody who holds powers in your organization that you lack. Ask an owner.")]
    HigherRole,
    /// It holds for who wants to lift it.
    #[error("This restriction holds for you too: you can't lift it from yourself. Ask another administrator.")]
    OnSelf,
}

impl Refusal for LiftRefusal {
    fn code(&self) -> Code {
        match self {
            Self::HasEnded => Code::InvalidState,
            Self::HigherRole => Code::HigherRole,
            Self::OnSelf => Code::OnSelf,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "editRestrictionId"]
    }
}

/// A restriction, locked.
pub struct Standing {
    restriction: edit_restriction::Model,
    /// Whether it takes something from who wants to lift it.
    binds_caller: bool,
}

impl Action for LiftEditRestriction {
    const NAME: ActionName = ActionName::LiftEditRestriction;
    type Target = Standing;
    type Output = EditRestrictionId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Standing> {
        let own = edit_restriction::Column::OrganizationId.eq(self.organization);
        let found = tx.lock(edit_restriction::Entity::find_by_id(self.restriction).filter(own)).one(tx.db()).await?;
        let restriction = found.ok_or_else(|| not_found(&["input", "editRestrictionId"]))?;
        let caller = authority.administrator()?.account;
        let bound = in_force(tx.db(), &[caller], tx.now()).await?.remove(&caller).unwrap_or_default();
        let binds_caller =
            bound.iter().any(|bound| bound.restriction.id == restriction.id && !bound.operations().is_empty());
        Ok(Standing { restriction, binds_caller })
    }

    fn check(&self, authority: &Authority, standing: &Standing, now: DateTime<Utc>) -> Result<()> {
        let Standing { restriction, binds_caller } = standing;
        if restriction.ended_at.is_some() || restriction.until.is_some_and(|until| until <= now) {
            return Err(LiftRefusal::HasEnded.into());
        }
        if outranked(authority.administrator()?.role, restriction.set_by_role) {
            return Err(LiftRefusal::HigherRole.into());
        }
        if *binds_caller { Err(LiftRefusal::OnSelf.into()) } else { Ok(()) }
    }

    async fn run(&self, standing: Authorized<Standing>, tx: &Tx<'_>) -> Result<Done<EditRestrictionId>> {
        let restriction = standing.into_inner().restriction;
        let id = restriction.id;
        let message = self.message.as_ref().map(Message::as_str);
        let mut row = restriction.into_active_model();
        row.ended_at = Set(Some(tx.now()));
        row.end_message = Set(message.map(ToOwned::to_owned));
        row.update(tx.db()).await?;
        let details = json!({ "reason": self.reason.as_ref().map(Reason::as_str), "message": message });
        let event = EventDraft::within(Some(self.organization)).object(EditRestrictionId::PREFIX, id.0);
        let job = JobDraft::new(tx, Work::AdvanceEditRestriction { restriction: id }).of(self.organization);
        Ok(Done::new(id, EventSet::one(event.details(details)), Notices::None(Silence::JobTells)).then(job))
    }
}
