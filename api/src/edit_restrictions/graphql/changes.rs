//! Changes of edit restrictions in the schema.

use super::{EditOperation, EditRestriction, operations};
use crate::{
    claims::graphql::SkippedAccount,
    core::{
        Result as CoreResult,
        text::{Message, Reason},
    },
    edit_restrictions::{
        lift_edit_restriction::LiftEditRestriction,
        restrict_accounts::RestrictAccounts,
        restrict_edits::{RestrictEdits, Whom},
        terms::Terms,
    },
    graphql::{
        Settled, Viewer,
        input::{id, optional, text},
        settle,
    },
    payload,
};
use async_graphql::{Context, ID, InputObject, Object, OneofObject};
use chrono::{DateTime, Utc};

/// Everybody in the organization.
#[derive(InputObject)]
pub struct WholeOrganizationInput {
    /// Has no meaning yet; leave it out: `{organization: {}}`.
    #[graphql(name = "_", default)]
    nothing: Option<String>,
}

/// From whom the right is taken: exactly one of these.
#[derive(OneofObject)]
pub enum EditTargetInput {
    /// Everybody whom your organization manages, and the members of its workspaces; who comes later included.
    Organization(WholeOrganizationInput),
    /// The members of this workspace, who comes later included: its items, and what is its managed members' own.
    WorkspaceId(ID),
    /// These people: 1 to 1,000 ids. For more, or for a filter, use `bulkAccounts`.
    AccountIds(Vec<ID>),
}

/// What to take, from whom, and until when.
#[derive(InputObject)]
pub struct RestrictEditsInput {
    /// Your organization.
    organization_id: ID,
    /// From whom.
    target: EditTargetInput,
    /// What they can't do meanwhile; at least one. Of people who are only members, what isn't about items stays theirs.
    operations: Vec<EditOperation>,
    /// Why; 1 to 500 characters. People read it, and the log keeps it.
    reason: String,
    /// More words to the people; up to 2,000 characters.
    message: Option<String>,
    /// When it ends by itself; left out, it lasts until somebody lifts it.
    until: Option<DateTime<Utc>>,
    /// Only plan: nothing is changed, nobody is told.
    #[graphql(default)]
    dry_run: bool,
}

payload! {
    /// What came of `restrictEdits`.
    RestrictEditsPayload {
        /// The restriction; null for a dry run.
        edit_restriction: Option<EditRestriction>,
        /// From how many people it takes something, or would. Over an organization or a workspace it is counted for a dry
        /// run alone.
        affected: Option<i64>,
        /// Who is left out, with the reason: you, and whoever holds powers that you lack; of people by name also who isn't
        /// within your reach, and whom too many restrictions name already. Over an organization or a workspace it is
        /// looked up for a dry run alone.
        skipped: Vec<SkippedAccount>,
    }
}

/// Which restriction to lift.
#[derive(InputObject)]
pub struct LiftEditRestrictionInput {
    /// Your organization.
    organization_id: ID,
    /// The restriction.
    edit_restriction_id: ID,
    /// Why, for the log; up to 500 characters. People don't see it.
    reason: Option<String>,
    /// Your words to the people; up to 2,000 characters.
    message: Option<String>,
}

payload! {
    /// What came of `liftEditRestriction`.
    LiftEditRestrictionPayload {
        /// The restriction, which is over.
        edit_restriction: Option<EditRestriction>,
    }
}

/// Changes of edit restrictions.
#[derive(Default)]
pub struct EditRestrictionMutation;

#[Object]
impl EditRestrictionMutation {
    /// Takes from people the right to edit, hide or delete information, at once and until you lift it or its end comes.
    /// The people are told what, why and until when. Whatever their number, it takes effect at once. For administrators of
    /// accounts.
    async fn restrict_edits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, from whom, why, and until when.")] input: RestrictEditsInput,
    ) -> Settled<RestrictEditsPayload> {
        settle(restrict(Viewer::of(ctx), input).await)
    }

    /// Gives back what one restriction has taken. Others stay in force; the people are told. For administrators of
    /// accounts, where it doesn't hold for themselves; the only owner also lifts what nobody else could any more.
    async fn lift_edit_restriction(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which restriction.")] input: LiftEditRestrictionInput,
    ) -> Settled<LiftEditRestrictionPayload> {
        settle(lift(Viewer::of(ctx), input).await)
    }
}

async fn restrict(viewer: &Viewer, input: RestrictEditsInput) -> CoreResult<RestrictEditsPayload> {
    let whom = match input.target {
        EditTargetInput::Organization(_) => Whom::Organization,
        EditTargetInput::WorkspaceId(workspace) => {
            Whom::Workspace(id(&["input", "target", "workspaceId"], &workspace)?)
        }
        EditTargetInput::AccountIds(ids) => {
            let field = &["input", "target", "accountIds"];
            Whom::Accounts(ids.iter().map(|text| id(field, text)).collect::<CoreResult<_>>()?)
        }
    };
    let terms = Terms {
        operations: operations(&input.operations),
        reason: text(&["input", "reason"], Reason::parse(&input.reason))?,
        message: optional(&["input", "message"], input.message.as_deref(), Message::parse)?,
        until: input.until,
    };
    let (organization, dry_run) = (id(&["input", "organizationId"], &input.organization_id)?, input.dry_run);
    let act = RestrictAccounts::new(terms);
    let done = viewer.perform(RestrictEdits { organization, whom, act, dry_run }).await?;
    let seen = if dry_run { None } else { viewer.reader().edit_restriction(done.restriction).await? };
    let skipped = done
        .skipped
        .into_iter()
        .map(|(account, reason)| SkippedAccount { account_id: account.to_string().into(), reason: reason.into() });
    Ok(RestrictEditsPayload {
        edit_restriction: seen.map(EditRestriction),
        affected: done.affected,
        skipped: skipped.collect(),
        ..Default::default()
    })
}

async fn lift(viewer: &Viewer, input: LiftEditRestrictionInput) -> CoreResult<LiftEditRestrictionPayload> {
    let action = LiftEditRestriction {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        restriction: id(&["input", "editRestrictionId"], &input.edit_restriction_id)?,
        reason: optional(&["input", "reason"], input.reason.as_deref(), Reason::parse)?,
        message: optional(&["input", "message"], input.message.as_deref(), Message::parse)?,
    };
    let done = viewer.perform(action).await?;
    let seen = viewer.reader().edit_restriction(done).await?;
    Ok(LiftEditRestrictionPayload { edit_restriction: seen.map(EditRestriction), ..Default::default() })
}
