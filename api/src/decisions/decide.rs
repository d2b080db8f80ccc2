//! The rules, over what was loaded. Pure, so that each can be tried by itself.

use crate::core::{
    account::access::Access,
    action_name::ActionName,
    edits::{Bound, Edit, Operations},
    powers::{GROUND, standing},
    secret::{hex, sha256},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use steward_entities::{
    id::{AccountId, EditRestrictionId, ItemId, OrganizationId, WorkspaceId},
    kinds::{BlockKind, EditOperation, MembershipStatus},
};
use uuid::Uuid;

/// How long an answer may be kept at most: what administrators change is known to services after this time.
pub const KEPT_FOR: TimeDelta = TimeDelta::seconds(60);

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Entering a workspace, and reading there.
    AccessWorkspace,
    /// An edit.
    Edit(EditOperation),
}

/// What a service asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Of whom.
    pub account: AccountId,
    /// What they want to do.
    pub operation: Operation,
    /// In which workspace; for items none means personal ones.
    pub workspace: Option<WorkspaceId>,
    /// About which item: where it lies decides, and whose it is.
    pub item: Option<ItemId>,
}

/// An item of one of the service's kinds.
#[derive(Clone, Copy, Debug)]
pub struct KnownItem {
    /// Whose it is.
    pub account: AccountId,
    /// In which workspace it lies; none for a personal one.
    pub workspace: Option<WorkspaceId>,
}

/// What a rule does to the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It forbids it.
    Forbids,
    /// It allows it with a limit, which the code names.
    Limits,
    /// It allows it.
    Allows,
}

/// Which rule decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleCode {
    /// The person is a member of the workspace.
    MembershipActive,
    /// A member who only reads.
    MembershipRestricted,
    /// A member to whom the workspace is closed for a time.
    MembershipSuspended,
    /// The membership was ended.
    MembershipTerminated,
    /// No member of this workspace.
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
    /// A new password must be set first.
    PasswordResetRequired,
    /// Administrators restricted this edit.
    EditRestricted,
    /// An organization manages the account, and its administrators decide.
    Managed,
    /// Administrators have to agree first.
    ApprovalRequired,
    /// Somebody else must take over first what the person alone can do: as the last owner of an organization, or for the
    /// platform.
    StillNeeded,
}

/// A rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub code: RuleCode,
    /// What it does.
    pub effect: Effect,
    /// By whom, where the person is a member of that organization's workspaces in this service.
    pub organization: Option<OrganizationId>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
    /// The words that the person reads, too.
    pub reason: Option<String>,
    /// The edit restriction.
    pub restriction: Option<EditRestrictionId>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// By which rules: those that forbid it first.
    pub rules: Vec<Rule>,
    /// Until when the answer may be kept.
    pub valid_until: DateTime<Utc>,
    /// The same while the answer is the same.
    pub version: String,
}

/// A membership in one of the service's workspaces.
#[derive(Clone, Copy, Debug)]
pub struct KnownMembership {
    /// Whose workspace.
    pub organization: OrganizationId,
    /// Which.
    pub workspace: WorkspaceId,
    /// Its state.
    pub status: MembershipStatus,
    /// When a limit of it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// A block on the account that is in force.
#[derive(Clone, Copy, Debug)]
pub struct KnownBlock {
    /// Who set it; none for the person and the platform.
    pub organization: Option<OrganizationId>,
    /// What it is.
    pub kind: BlockKind,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// What is known of somebody of whom the service may be told.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Who manages the account.
    pub managed_by: Option<OrganizationId>,
    /// The memberships in the service's workspaces, those that were ended by administrators included.
    pub memberships: Vec<KnownMembership>,
    /// What limits the account.
    pub blocks: Vec<KnownBlock>,
    /// The edit restrictions in force.
    pub bound: BTreeMap<EditRestrictionId, Bound>,
    /// Whether they are the last owner of an organization, or an operator; looked up where somebody's deletion is asked about.
    pub is_needed: bool,
}

impl Rule {
    fn new(code: RuleCode, effect: Effect) -> Self {
        Self { code, effect, organization: None, until: None, reason: None, restriction: None }
    }
}

impl Known {
    /// Answers a question about this person; about an item, where that lies and whose it is.
    #[must_use]
    pub fn decide(&self, question: &Question, item: Option<&KnownItem>, now: DateTime<Utc>) -> Decision {
        let workspace = item.map_or(question.workspace, |item| item.workspace);
        // What is the person's own is the same wherever they are.
        let workspace = workspace.filter(|_| is_in_workspace(question.operation));
        let question = &Question { workspace, ..*question };
        let mut rules = match question.workspace {
            Some(workspace) => self.in_workspace(workspace, now),
            None if self.is_member() => vec![Rule::new(RuleCode::OwnAccount, Effect::Allows)],
            // What was ended is nobody's ground to be told more.
            None => vec![Rule::new(RuleCode::MembershipTerminated, Effect::Forbids)],
        };
        if self.is_member() {
            rules.extend(self.of_blocks(question));
            rules.extend(self.of_edits(question));
        }
        if item.is_some_and(|item| item.account != question.account) {
            rules.push(Rule::new(RuleCode::NotItsPerson, Effect::Forbids));
        }
        // What decided and ends by itself ends the answer, whether or not it is told.
        let ends = rules.iter().filter_map(|rule| rule.until).filter(|end| *end > now);
        let valid_until = ends.fold(now + KEPT_FOR, DateTime::min);
        let in_force = self.memberships.iter().filter(|membership| GROUND.contains(&membership.status));
        let seen: BTreeSet<OrganizationId> = in_force.map(|membership| membership.organization).collect();
        for rule in &mut rules {
            // Who only reads edits nothing.
            let edits = question.operation != Operation::AccessWorkspace && !even_limited(question.operation);
            if rule.effect == Effect::Limits && edits && is_read_only(rule.code) {
                rule.effect = Effect::Forbids;
            }
            // Of organizations with which this service has nothing to do in the person's case, it learns no more than that
            // there is a rule. What became of a membership in one of its own workspaces is its to know.
            let is_its = rule.code == RuleCode::MembershipTerminated;
            if !is_its && !rule.organization.is_some_and(|organization| seen.contains(&organization)) {
                // Until when the person's own and the platform's last is told.
                rule.until = rule.until.filter(|_| rule.organization.is_none());
                (rule.organization, rule.reason, rule.restriction) = (None, None, None);
            }
        }
        rules.sort_by_key(|rule| (rule.effect, rule.code));
        Decision {
            allowed: rules.iter().all(|rule| rule.effect != Effect::Forbids),
            valid_until,
            version: version(&rules),
            rules,
        }
    }

    fn is_member(&self) -> bool {
        self.memberships.iter().any(|membership| GROUND.contains(&membership.status))
    }

    fn in_workspace(&self, workspace: WorkspaceId, now: DateTime<Utc>) -> Vec<Rule> {
        // The one that is in force, else the one that was ended.
        let here = self.memberships.iter().filter(|membership| membership.workspace == workspace);
        let Some(membership) = here.max_by_key(|membership| GROUND.contains(&membership.status)) else {
            return vec![Rule::new(RuleCode::NotAMember, Effect::Forbids)];
        };
        let (code, effect) = match standing(membership.status, membership.until, now) {
            MembershipStatus::Active => (RuleCode::MembershipActive, Effect::Allows),
            MembershipStatus::Restricted => (RuleCode::MembershipRestricted, Effect::Limits),
            MembershipStatus::Suspended => (RuleCode::MembershipSuspended, Effect::Forbids),
            MembershipStatus::Terminated => (RuleCode::MembershipTerminated, Effect::Forbids),
            MembershipStatus::Invited | MembershipStatus::Declined | MembershipStatus::Left => {
                (RuleCode::NotAMember, Effect::Forbids)
            }
        };
        let until = membership.until.filter(|until| *until > now);
        vec![Rule { organization: Some(membership.organization), until, ..Rule::new(code, effect) }]
    }

    fn of_blocks(&self, question: &Question) -> Vec<Rule> {
        let place = question.workspace.and_then(|workspace| self.place(workspace));
        let closed = if even_limited(question.operation) { Effect::Limits } else { Effect::Forbids };
        let rule = |block: &KnownBlock| {
            let (code, effect) = match (block.kind, Access::from(block.kind)) {
                (BlockKind::PasswordReset, _) => {
                    // One by who manages the account closes it; one by another organization its own workspaces.
                    let by = block.organization.is_some();
                    let closes = by && (block.organization == self.managed_by || block.organization == place);
                    (RuleCode::PasswordResetRequired, closes.then_some(Effect::Forbids)?)
                }
                (_, Access::Full) => return None,
                (_, Access::Restricted) => (RuleCode::AccountRestricted, Effect::Limits),
                (_, Access::Suspended) => (RuleCode::AccountSuspended, closed),
                (_, Access::Deactivated) => (RuleCode::AccountDeactivated, closed),
                // What is about to go is asked for no more.
                (BlockKind::Deletion, _) => (RuleCode::AccountTerminated, Effect::Forbids),
                (_, Access::Terminated) => (RuleCode::AccountTerminated, closed),
            };
            Some(Rule { organization: block.organization, until: block.until, ..Rule::new(code, effect) })
        };
        self.blocks.iter().filter_map(rule).collect()
    }

    fn of_edits(&self, question: &Question) -> Vec<Rule> {
        let Operation::Edit(operation) = question.operation else { return Vec::new() };
        let mut rules = Vec::new();
        if operation == EditOperation::DeleteAccount && self.is_needed {
            rules.push(Rule::new(RuleCode::StillNeeded, Effect::Forbids));
        }
        if self.managed_by.is_some() {
            let by = |code, effect| Rule { organization: self.managed_by, ..Rule::new(code, effect) };
            match operation {
                EditOperation::DeleteAccount => rules.push(by(RuleCode::Managed, Effect::Forbids)),
                EditOperation::ChangeEmail => rules.push(by(RuleCode::ApprovalRequired, Effect::Limits)),
                _ => {}
            }
        }
        let place =
            question.workspace.map(|workspace| self.place(workspace).map(|organization| (organization, workspace)));
        let edit = match place {
            None => Edit::own(operation),
            Some(Some(place)) => Edit { operation, workspace: Some(place) },
            // No member there: that alone decides.
            Some(None) => return rules,
        };
        let covering = self.bound.values().filter(|bound| bound.covers(edit)).map(|bound| Rule {
            organization: Some(bound.organization),
            until: bound.until,
            reason: Some(bound.reason.clone()),
            restriction: Some(bound.restriction),
            ..Rule::new(RuleCode::EditRestricted, Effect::Forbids)
        });
        rules.extend(covering);
        rules
    }

    /// Whose workspace this is, where the person is known there.
    fn place(&self, workspace: WorkspaceId) -> Option<OrganizationId> {
        self.memberships.iter().find(|it| it.workspace == workspace).map(|it| it.organization)
    }
}

/// Whether a workspace decides: for entering one, and for items.
fn is_in_workspace(operation: Operation) -> bool {
    match operation {
        Operation::AccessWorkspace => true,
        Operation::Edit(operation) => Operations::ON_ITEMS.contains(&operation),
    }
}

/// Whether the mutation is open to people who are limited, too, as one of their rights; then what limits them is told, and
/// forbids nothing.
fn even_limited(operation: Operation) -> bool {
    match operation {
        // Whoever only reads enters.
        Operation::AccessWorkspace => false,
        Operation::Edit(edit) => mutation(edit).rule().limited,
    }
}

/// By which mutation people do it.
const fn mutation(edit: EditOperation) -> ActionName {
    match edit {
        EditOperation::EditProfile => ActionName::UpdateMyProfile,
        EditOperation::ChangeEmail => ActionName::RequestEmailChange,
        EditOperation::EditItems => ActionName::UpdateItem,
        EditOperation::ChangeVisibility => ActionName::SetItemVisibility,
        EditOperation::DeleteItems => ActionName::DeleteItem,
        EditOperation::DeleteAccount => ActionName::DeleteMyAccount,
    }
}

const fn is_read_only(code: RuleCode) -> bool {
    matches!(code, RuleCode::MembershipRestricted | RuleCode::AccountRestricted)
}

/// A name for the answer: of the same rules it is the same.
fn version(rules: &[Rule]) -> String {
    // Octets in a fixed order, with the length before what has none of its own.
    let mut text = Vec::with_capacity(64 * rules.len());
    for rule in rules {
        text.extend([rule.code as u8, rule.effect as u8]);
        text.extend(rule.organization.unwrap_or(OrganizationId(Uuid::nil())).0.as_bytes());
        text.extend(rule.restriction.unwrap_or(EditRestrictionId(Uuid::nil())).0.as_bytes());
        text.extend(rule.until.map_or(i64::MAX, |until| until.timestamp_micros()).to_be_bytes());
        let reason = rule.reason.as_deref().unwrap_or_default();
        text.extend(reason.len().to_be_bytes());
        text.extend(reason.as_bytes());
    }
    hex(&sha256(&text)[..8])
}

#[cfg(test)]
mod tests;
