//! `liftEditRestriction`: administrators give back what one restriction has taken. Others stay as they are.
//!
//! Nobody lifts it from themselves: not while it binds them, nor after they have left the workspaces on whose ground it did.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, JobDraft, Notices, Refusal, Result,
    Scope, Silence, Tx, Work,
    edits::{Bound, in_force},
    not_found,
    permission::outranked,
    text::{Message, Reason},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use serde_json::json;
use steward_entities::{
    edit_restriction, edit_restriction_account,
    id::{AccountId, EditRestrictionId, OrganizationId},
    kinds::{EditTarget, MembershipStatus},
    membership,
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
    #[error(
        "This restriction holds for you too, or did until you left: you can't lift it yourself. Ask another administrator."
    )]
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
        let administrator = authority.administrator()?;
        let caller = administrator.account;
        let bound = in_force(tx.db(), &[caller], tx.now()).await?.remove(&caller).unwrap_or_default();
        let binds = bound.iter().any(|bound| bound.restriction.id == restriction.id && !bound.operations().is_empty());
        // As it would bind them if they hadn't left.
        let role = Some(administrator.role);
        let was = Bound { account: caller, restriction: restriction.clone(), managed: false, role };
        let binds_caller = binds || !was.operations().is_empty() && self.was_left(tx, &restriction, caller).await?;
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
        let named =
            if restriction.target == EditTarget::Accounts { two_of_its_names(tx, id).await? } else { Vec::new() };
        let message = self.message.as_ref().map(Message::as_str);
        let mut row = restriction.into_active_model();
        row.ended_at = Set(Some(tx.now()));
        row.end_message = Set(message.map(ToOwned::to_owned));
        row.update(tx.db()).await?;
        let details = json!({ "reason": self.reason.as_ref().map(Reason::as_str), "message": message });
        let mut event = EventDraft::within(Some(self.organization)).object(EditRestrictionId::PREFIX, id.0);
        if let [only] = named.as_slice() {
            // Where it named one person, the reason for its end tells of them.
            event = event.telling_of(*only);
        }
        let job = JobDraft::new(tx, Work::AdvanceEditRestriction { restriction: id }).of(self.organization);
        Ok(Done::new(id, EventSet::one(event.details(details)), Notices::None(Silence::JobTells)).then(job))
    }
}

impl LiftEditRestriction {
    /// Whether somebody was a member where it holds, and named by it if it names people, until after it was set.
    async fn was_left(&self, tx: &Tx<'_>, restriction: &edit_restriction::Model, account: AccountId) -> Result<bool> {
        if restriction.target == EditTarget::Accounts {
            let named = edit_restriction_account::Entity::find_by_id((restriction.id, account));
            if named.one(tx.db()).await?.is_none() {
                return Ok(false);
            }
        }
        let mut former = membership::Entity::find()
            .filter(membership::Column::OrganizationId.eq(self.organization))
            .filter(membership::Column::AccountId.eq(account))
            .filter(membership::Column::Status.is_in([MembershipStatus::Terminated, MembershipStatus::Left]))
            .filter(membership::Column::EndedAt.gte(restriction.created_at));
        if let Some(workspace) = restriction.workspace_id {
            former = former.filter(membership::Column::WorkspaceId.eq(workspace));
        }
        Ok(former.limit(1).one(tx.db()).await?.is_some())
    }
}

/// The first two of the people whom it names.
async fn two_of_its_names(tx: &Tx<'_>, restriction: EditRestrictionId) -> Result<Vec<AccountId>> {
    let names = edit_restriction_account::Entity::find()
        .select_only()
        .column(edit_restriction_account::Column::AccountId)
        .filter(edit_restriction_account::Column::RestrictionId.eq(restriction))
        .limit(2);
    Ok(names.into_tuple().all(tx.db()).await?)
}
