//! `liftEditRestriction`: administrators give back what one restriction has taken. Others stay as they are.
//!
//! Nobody lifts it from themselves: not while it binds them, nor after they have left the workspaces on whose ground it did.
//! Only where nobody else ever could does an owner: nobody else can act as one, and who set it owns the organization no
//! more. The log says so.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, JobDraft, Notices, Refusal, Result,
    Scope, Silence, Tx, Work,
    administration::owns_alone,
    edits::{Bound, in_force},
    not_found,
    permission::outranked,
    text::{Message, Reason},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use serde_json::json;
use steward_entities::{
    edit_restriction, edit_restriction_account,
    id::{AccountId, EditRestrictionId, OrganizationId},
    kinds::{EditTarget, MembershipStatus, RoleName},
    membership, role,
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
    /// Whether nobody else is left who could.
    nobody_else: bool,
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
        let binds = bound.iter().any(|it| it.bound.restriction == restriction.id && !it.bound.operations().is_empty());
        // As it would bind them if they hadn't left. Of a key it is its maker's role that counts, not the key's.
        let role = role_of(tx, self.organization, caller).await?.map(|held| held.role);
        let was = Bound::by(&restriction, caller, false, role);
        let binds_caller = binds || !was.operations().is_empty() && self.was_left(tx, &restriction, caller).await?;
        let nobody_else = binds_caller
            && owns_alone(tx, self.organization, caller).await?
            && !role_of(tx, self.organization, restriction.set_by)
                .await?
                .is_some_and(|held| held.role == RoleName::Owner && held.asleep_at.is_none());
        Ok(Standing { restriction, binds_caller, nobody_else })
    }

    fn check(&self, authority: &Authority, standing: &Standing, now: DateTime<Utc>) -> Result<()> {
        let Standing { restriction, binds_caller, nobody_else } = standing;
        if restriction.ended_at.is_some() || restriction.until.is_some_and(|until| until <= now) {
            return Err(LiftRefusal::HasEnded.into());
        }
        if outranked(authority.administrator()?.role, restriction.set_by_role) {
            return Err(LiftRefusal::HigherRole.into());
        }
        if *binds_caller && !*nobody_else { Err(LiftRefusal::OnSelf.into()) } else { Ok(()) }
    }

    async fn run(&self, standing: Authorized<Standing>, tx: &Tx<'_>) -> Result<Done<EditRestrictionId>> {
        let Standing { restriction, nobody_else, .. } = standing.into_inner();
        let id = restriction.id;
        let named =
            if restriction.target == EditTarget::Accounts { two_of_its_names(tx, id).await? } else { Vec::new() };
        let message = self.message.as_ref().map(Message::as_str);
        let mut row = restriction.into_active_model();
        row.ended_at = Set(Some(tx.now()));
        row.end_message = Set(message.map(ToOwned::to_owned));
        row.update(tx.db()).await?;
        let mut details = json!({ "reason": self.reason.as_ref().map(Reason::as_str), "message": message });
        if nobody_else {
            details["fromOneselfAsOnlyOwner"] = json!(true);
        }
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

/// Somebody's role in an organization, awake or not.
async fn role_of(tx: &Tx<'_>, organization: OrganizationId, account: AccountId) -> Result<Option<role::Model>> {
    let of = role::Column::OrganizationId.eq(organization).and(role::Column::AccountId.eq(account));
    Ok(role::Entity::find().filter(of).one(tx.db()).await?)
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
