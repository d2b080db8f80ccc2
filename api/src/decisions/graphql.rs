//! Decisions in the schema.

use crate::{
    core::{Error, Result as CoreResult, edits::Operations},
    decisions::decide::{self, Effect, Operation, Question, RuleCode},
    graphql::{
        Viewer,
        error::read,
        plain::{AllReady, Plain, Ready, node},
    },
};
use async_graphql::{
    Context, Enum, ID, InputObject, InputType, Object, Result, SimpleObject, Value, Variables,
    parser::types::{Field, SelectionSet},
    resolver_utils::enum_value,
};
use async_graphql_value::Value as ParsedValue;
use chrono::{DateTime, Utc};
use steward_entities::{
    id::{AccountId, ItemId, WorkspaceId},
    kinds::EditOperation,
};
use uuid::Uuid;

/// How many questions can be asked at once.
const MOST: usize = 100;

/// What a service asks about. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum DecisionOperation {
    /// Entering a workspace, and reading there. Needs `workspaceId`.
    AccessWorkspace,
    /// Changing one's own profile.
    EditProfile,
    /// Changing one's own address.
    ChangeEmail,
    /// Making and changing items.
    EditItems,
    /// Changing who sees items.
    ChangeVisibility,
    /// Deleting items.
    DeleteItems,
    /// Having one's own account deleted.
    DeleteAccount,
}

impl From<DecisionOperation> for Operation {
    fn from(operation: DecisionOperation) -> Self {
        match operation {
            DecisionOperation::AccessWorkspace => Self::AccessWorkspace,
            DecisionOperation::EditProfile => Self::Edit(EditOperation::EditProfile),
            DecisionOperation::ChangeEmail => Self::Edit(EditOperation::ChangeEmail),
            DecisionOperation::EditItems => Self::Edit(EditOperation::EditItems),
            DecisionOperation::ChangeVisibility => Self::Edit(EditOperation::ChangeVisibility),
            DecisionOperation::DeleteItems => Self::Edit(EditOperation::DeleteItems),
            DecisionOperation::DeleteAccount => Self::Edit(EditOperation::DeleteAccount),
        }
    }
}

/// What a rule does to the answer. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Effect")]
pub enum DecisionEffect {
    /// It forbids it.
    Forbids,
    /// It allows it with a limit, which the code names: only reading, or only after approval.
    Limits,
    /// It allows it.
    Allows,
}

/// Which rule decided. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RuleCode")]
pub enum DecisionCode {
    /// The person is a member of the workspace.
    MembershipActive,
    /// A member who only reads there.
    MembershipRestricted,
    /// A member to whom the workspace is closed for a time.
    MembershipSuspended,
    /// Administrators ended the membership.
    MembershipTerminated,
    /// No member of this workspace, or no workspace of yours.
    NotAMember,
    /// The item is somebody else's.
    NotItsPerson,
    /// It is the person's own.
    OwnAccount,
    /// The account only reads.
    AccountRestricted,
    /// The account is closed for a time.
    AccountSuspended,
    /// The person put the account to rest.
    AccountDeactivated,
    /// The account is closed for good, or about to be deleted.
    AccountTerminated,
    /// The person must set a new password first.
    PasswordResetRequired,
    /// Administrators restricted this edit.
    EditRestricted,
    /// An organization manages the account, and its administrators decide.
    Managed,
    /// Administrators of the organization that manages the account have to agree first.
    ApprovalRequired,
    /// Somebody else must take over first what the person alone can do, such as owning an organization.
    StillNeeded,
}

/// A rule that decided.
#[derive(SimpleObject)]
pub struct DecisionRule {
    /// Which.
    code: DecisionCode,
    /// What it does.
    effect: DecisionEffect,
    /// By whose administrators, where the person is a member of one of their workspaces in your service.
    organization_id: Option<ID>,
    /// When it ends by itself.
    until: Option<DateTime<Utc>>,
    /// Why, in the words that the person reads, too; of an edit restriction by such an organization.
    reason: Option<String>,
    /// The edit restriction by such an organization.
    edit_restriction_id: Option<ID>,
}

/// An answer to a service.
#[derive(SimpleObject)]
pub struct Decision {
    /// Of whom.
    account_id: ID,
    /// What they want to do.
    operation: DecisionOperation,
    /// In which workspace, as you asked.
    workspace_id: Option<ID>,
    /// About which item, as you asked.
    item_id: Option<ID>,
    /// Whether it is allowed.
    allowed: bool,
    /// By which rules: those that forbid it first.
    rules: Vec<DecisionRule>,
    /// Until when you may keep the answer; a minute at most. Ask again then.
    valid_until: DateTime<Utc>,
    /// The same while the answer is the same.
    version: String,
}

impl Plain for DecisionRule {
    fn plain(&self, field: &str) -> Option<Value> {
        Some(match field {
            "code" => enum_value(self.code),
            "effect" => enum_value(self.effect),
            "organizationId" => self.organization_id.to_value(),
            "until" => self.until.to_value(),
            "reason" => self.reason.to_value(),
            "editRestrictionId" => self.edit_restriction_id.to_value(),
            _ => return None,
        })
    }
}

impl Plain for Decision {
    fn plain(&self, field: &str) -> Option<Value> {
        Some(match field {
            "accountId" => InputType::to_value(&self.account_id),
            "operation" => enum_value(self.operation),
            "workspaceId" => self.workspace_id.to_value(),
            "itemId" => self.item_id.to_value(),
            "allowed" => self.allowed.into(),
            "validUntil" => InputType::to_value(&self.valid_until),
            "version" => self.version.as_str().into(),
            _ => return None,
        })
    }

    fn nested(&self, field: &str, below: &SelectionSet) -> Option<Value> {
        let rules = (field == "rules").then_some(&self.rules)?;
        rules.iter().map(|rule| node(rule, below)).collect::<Option<Vec<_>>>().map(Value::List)
    }
}

/// One of several questions.
#[derive(InputObject)]
pub struct DecisionQuestionInput {
    /// Of whom.
    account_id: ID,
    /// What they want to do.
    operation: DecisionOperation,
    /// In which of your workspaces. For items, left out, it is about personal ones; for the rest but entering it means
    /// nothing.
    workspace_id: Option<ID>,
    /// About which item of one of your kinds: where it lies decides, and whose it is. Only for what is about items.
    item_id: Option<ID>,
}

impl DecisionQuestionInput {
    fn read(&self) -> CoreResult<Question> {
        if self.operation == DecisionOperation::AccessWorkspace && self.workspace_id.is_none() {
            return Err(Error::BadRequest("ACCESS_WORKSPACE is about a workspace: name it in workspaceId.".to_owned()));
        }
        let operation = Operation::from(self.operation);
        if self.item_id.is_some() && !matches!(operation, Operation::Edit(edit) if Operations::ON_ITEMS.contains(&edit))
        {
            let why = "itemId is for EDIT_ITEMS, CHANGE_VISIBILITY and DELETE_ITEMS alone.";
            return Err(Error::BadRequest(why.to_owned()));
        }
        // An id that can't be one is that of nobody, and of nothing.
        Ok(Question {
            account: self.account_id.parse().unwrap_or(AccountId(Uuid::nil())),
            operation,
            workspace: self.workspace_id.as_ref().map(|id| id.parse().unwrap_or(WorkspaceId(Uuid::nil()))),
            item: self.item_id.as_ref().map(|id| id.parse().unwrap_or(ItemId(Uuid::nil()))),
        })
    }

    fn answered(self, decision: decide::Decision) -> Decision {
        let rule = |rule: decide::Rule| DecisionRule {
            code: rule.code.into(),
            effect: rule.effect.into(),
            organization_id: rule.organization.map(|id| id.to_string().into()),
            until: rule.until,
            reason: rule.reason,
            edit_restriction_id: rule.restriction.map(|id| id.to_string().into()),
        };
        Decision {
            account_id: self.account_id,
            operation: self.operation,
            workspace_id: self.workspace_id,
            item_id: self.item_id,
            allowed: decision.allowed,
            rules: decision.rules.into_iter().map(rule).collect(),
            valid_until: decision.valid_until,
            version: decision.version,
        }
    }
}

async fn answers(viewer: &Viewer, asked: Vec<DecisionQuestionInput>) -> CoreResult<Vec<Option<Ready<Decision>>>> {
    if asked.len() > MOST {
        return Err(Error::BadRequest(format!("At most {MOST} questions can be asked at once.")));
    }
    let questions = asked.iter().map(DecisionQuestionInput::read).collect::<CoreResult<Vec<_>>>()?;
    let decided = viewer.reader().decisions(&questions).await?;
    Ok(asked.into_iter().zip(decided).map(|(asked, decision)| Some(Ready(asked.answered(decision?)))).collect())
}

/// Of whom an operation with this root field alone asks one decision, as far as that can be told before it runs.
pub fn decision_about(field: &Field, variables: &Variables) -> Option<AccountId> {
    let id = (field.name.node == "decision").then(|| field.get_argument("accountId"))??;
    match &id.node {
        ParsedValue::Variable(name) => match variables.get(name)? {
            Value::String(id) => id.parse().ok(),
            _ => None,
        },
        ParsedValue::String(id) => id.parse().ok(),
        _ => None,
    }
}

/// What services ask.
#[derive(Default)]
pub struct DecisionQuery;

#[Object]
impl DecisionQuery {
    /// Whether a person may do something now, and by which rules: for services of the platform, by their key, about people
    /// who are members of their workspaces. Null for everybody else: take it for a no.
    async fn decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of whom.")] account_id: ID,
        #[graphql(desc = "What they want to do.")] operation: DecisionOperation,
        #[graphql(desc = "In which of your workspaces; for items, left out, it is about personal ones.")]
        workspace_id: Option<ID>,
        #[graphql(desc = "About which item of one of your kinds: where it lies decides, and whose it is.")]
        item_id: Option<ID>,
    ) -> Result<Option<Ready<Decision>>> {
        let asked = vec![DecisionQuestionInput { account_id, operation, workspace_id, item_id }];
        Ok(read(answers(Viewer::of(ctx), asked).await)?.pop().flatten())
    }

    /// The same for up to 100 questions at once, in their order.
    async fn decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The questions, 100 at most.")] questions: Vec<DecisionQuestionInput>,
    ) -> Result<AllReady<Decision>> {
        read(answers(Viewer::of(ctx), questions).await.map(AllReady))
    }
}
