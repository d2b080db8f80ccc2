//! Edit restrictions: rules that take from people the right to edit, hide or delete information. What binds somebody is
//! decided here alone, from today's facts: it is asked by the guard of every edit, shown to people and administrators, and
//! told to services.
//!
//! A restriction binds on the organization's ground. Of somebody whose account it manages it reaches profile, address,
//! personal items and the account itself; of a member only items in its own workspaces. It leaves out whoever set it, for
//! as long as they hold a role there, and whoever holds powers in the organization that they lacked. It never binds administrators who act as such: what they do
//! is their organization's.

use crate::core::{
    database::{in_ids, sql},
    error::{Code, Refusal, Result},
    permission::outranked,
    row::{InOrder, columns},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};
use steward_entities::{
    edit_restriction,
    id::{AccountId, EditRestrictionId, OrganizationId, WorkspaceId},
    kinds::{EditOperation, RoleName},
};

/// A set of operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Operations(pub i64);

impl Operations {
    /// Those that are about items, wherever they are.
    pub const ON_ITEMS: [EditOperation; 3] =
        [EditOperation::EditItems, EditOperation::ChangeVisibility, EditOperation::DeleteItems];

    const fn bit(operation: EditOperation) -> i64 {
        1 << operation as i64
    }

    /// Whether it is one of them.
    #[must_use]
    pub const fn has(self, operation: EditOperation) -> bool {
        self.0 & Self::bit(operation) != 0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of them that are about items: what remains on the ground of membership.
    #[must_use]
    pub fn on_items(self) -> Self {
        Self(self.0 & Self::from_iter(Self::ON_ITEMS).0)
    }

    /// Each of them, in order.
    pub fn iter(self) -> impl Iterator<Item = EditOperation> {
        EditOperation::ALL.iter().copied().filter(move |operation| self.has(*operation))
    }

    /// Their names, as they are stored and shown.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        self.iter().map(|operation| operation.as_str().to_owned()).collect()
    }
}

impl FromIterator<EditOperation> for Operations {
    fn from_iter<I: IntoIterator<Item = EditOperation>>(operations: I) -> Self {
        Self(operations.into_iter().fold(0, |bits, operation| bits | Self::bit(operation)))
    }
}

/// What somebody wants to edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What they want to do.
    pub operation: EditOperation,
    /// For items: in which workspace, and whose that is; none for personal ones.
    pub workspace: Option<(OrganizationId, WorkspaceId)>,
}

impl Edit {
    /// An edit of what is the person's own: profile, address, account, personal items.
    #[must_use]
    pub const fn own(operation: EditOperation) -> Self {
        Self { operation, workspace: None }
    }
}

/// How a restriction in force reaches somebody: all of it that decides.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Whom.
    pub account: AccountId,
    /// Which restriction.
    pub restriction: EditRestrictionId,
    /// Who set it.
    pub organization: OrganizationId,
    /// The one workspace that it is about, where it is about one.
    pub workspace: Option<WorkspaceId>,
    /// What it takes from whoever its organization manages.
    pub takes: Operations,
    /// Who set it, or answers for the key that did.
    pub set_by: AccountId,
    /// Their role then.
    pub set_by_role: RoleName,
    /// Why, for the log and the people.
    pub reason: String,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
    /// Whether its organization manages the account; else the person is a member.
    pub managed: bool,
    /// The person's role in its organization, awake or not.
    pub role: Option<RoleName>,
}

impl Bound {
    /// How this restriction reaches somebody.
    #[must_use]
    pub fn by(
        restriction: &edit_restriction::Model,
        account: AccountId,
        managed: bool,
        role: Option<RoleName>,
    ) -> Self {
        Self {
            account,
            restriction: restriction.id,
            organization: restriction.organization_id,
            workspace: restriction.workspace_id,
            takes: Operations(restriction.operations),
            set_by: restriction.set_by,
            set_by_role: restriction.set_by_role,
            reason: restriction.reason.clone(),
            until: restriction.until,
            managed,
            role,
        }
    }

    /// Whether the person isn't left out: who set it while they hold a role there, and whoever holds powers that they
    /// lacked.
    #[must_use]
    pub fn binds(&self) -> bool {
        !self.role.is_some_and(|role| self.account == self.set_by || outranked(self.set_by_role, role))
    }

    /// What it takes from the person, on the ground that its organization has.
    #[must_use]
    pub fn operations(&self) -> Operations {
        match (self.binds(), self.managed) {
            (false, _) => Operations::default(),
            (true, true) => self.takes,
            (true, false) => self.takes.on_items(),
        }
    }

    /// Whether it takes this edit from the person.
    #[must_use]
    pub fn covers(&self, edit: Edit) -> bool {
        let within = match edit.workspace {
            None => self.managed,
            Some((organization, workspace)) => {
                organization == self.organization && self.workspace.is_none_or(|only| only == workspace)
            }
        };
        within && self.operations().has(edit.operation)
    }
}

/// A restriction in force that reaches somebody.
#[derive(Clone, Debug)]
pub struct InForce {
    /// How it does.
    pub bound: Bound,
    /// The restriction.
    pub restriction: edit_restriction::Model,
}

/// How many restrictions can be in force at once on one target: on an organization, on each of its workspaces, and by the
/// same organization on each account by name. Every edit reads those that reach its person.
pub const MOST: u64 = 100;

/// So many restrictions are in force on an organization, or a workspace, already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MOST} restrictions are in force on this target already: lift those that aren't needed any more first.")]
pub struct TooMany;

impl Refusal for TooMany {
    fn code(&self) -> Code {
        Code::LimitReached
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "target"]
    }
}

/// The memberships that are a ground, in the words of the partial indexes.
const GROUND: &str = "('ACTIVE', 'RESTRICTED', 'SUSPENDED')";

/// Who is named, whom the organization manages, who is a member of any of its workspaces, or of the one: each branch begins
/// at the accounts and walks indexes. What it costs is bounded by what can be in force at once: see [`MOST`].
/// `{accounts}` stands for [`in_ids`] of them, `$1` is the time; each row is an [`InForce`].
pub static IN_FORCE: LazyLock<String> = LazyLock::new(|| {
    let restriction = columns::<edit_restriction::Model>("r");
    let managed = "(a.managed_by IS NOT NULL AND a.managed_by = r.organization_id)";
    let select = format!("SELECT a.id, {restriction}, {managed}, x.role");
    let role = "LEFT JOIN role x ON x.account_id = a.id AND x.organization_id = r.organization_id";
    let lasts = "r.ended_at IS NULL AND (r.until IS NULL OR r.until > $1)";
    format!(
        "{select} FROM edit_restriction_account p \
         JOIN edit_restriction r ON r.id = p.restriction_id JOIN account a ON a.id = p.account_id {role} \
         WHERE p.account_id {{accounts}} AND p.lifted_at IS NULL AND {lasts} AND ({managed} OR EXISTS ( \
         SELECT 1 FROM membership m WHERE m.organization_id = r.organization_id AND m.account_id = a.id \
         AND m.status IN {GROUND})) \
         UNION ALL {select} FROM account a \
         JOIN edit_restriction r ON r.organization_id = a.managed_by {role} \
         WHERE a.id {{accounts}} AND r.target = 'ORGANIZATION' AND {lasts} \
         UNION ALL {select} FROM (SELECT DISTINCT n.account_id, n.organization_id FROM membership n \
         WHERE n.account_id {{accounts}} AND n.status IN {GROUND}) m JOIN account a ON a.id = m.account_id \
         AND (a.managed_by IS NULL OR a.managed_by <> m.organization_id) \
         JOIN edit_restriction r ON r.organization_id = m.organization_id {role} \
         WHERE r.target = 'ORGANIZATION' AND {lasts} \
         UNION ALL {select} FROM membership m \
         JOIN account a ON a.id = m.account_id JOIN edit_restriction r ON r.workspace_id = m.workspace_id {role} \
         WHERE m.account_id {{accounts}} AND m.status IN {GROUND} AND {lasts}"
    )
});

impl InForce {
    fn in_order(row: &QueryResult) -> Result<Self, DbErr> {
        let after = 1 + edit_restriction::Model::COLUMNS.len();
        let restriction = edit_restriction::Model::in_order(row, 1)?;
        let (managed, role) = (row.try_get_by_index(after)?, row.try_get_by_index(after + 1)?);
        Ok(Self { bound: Bound::by(&restriction, row.try_get_by_index(0)?, managed, role), restriction })
    }
}

/// The restrictions in force on these accounts, in one statement however many there are; each once, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn in_force(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
    now: DateTime<Utc>,
) -> Result<HashMap<AccountId, Vec<InForce>>> {
    let (mut found, mut known) = (HashMap::<AccountId, Vec<InForce>>::new(), HashSet::new());
    if accounts.is_empty() {
        return Ok(found);
    }
    let mut values = vec![now.into()];
    let among = in_ids(db, &mut values, accounts.iter().copied());
    let text = IN_FORCE.replace("{accounts}", &among);
    for row in db.query_all_raw(sql(db, &text, values)).await? {
        let reaches = InForce::in_order(&row)?;
        // Somebody may be reached on several ways.
        if known.insert((reaches.bound.account, reaches.restriction.id)) {
            found.entry(reaches.bound.account).or_default().push(reaches);
        }
    }
    for reaching in found.values_mut() {
        reaching.sort_by_key(|it| it.restriction.id);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn bound(managed: bool, workspace: Option<u128>, role: Option<RoleName>) -> Bound {
        Bound {
            account: AccountId(Uuid::from_u128(4)),
            restriction: EditRestrictionId(Uuid::from_u128(1)),
            organization: OrganizationId(Uuid::from_u128(2)),
            workspace: workspace.map(|id| WorkspaceId(Uuid::from_u128(id))),
            takes: EditOperation::ALL.iter().copied().collect(),
            set_by: AccountId(Uuid::from_u128(3)),
            set_by_role: RoleName::UserAdmin,
            reason: String::new(),
            until: None,
            managed,
            role,
        }
    }

    fn within(organization: u128, workspace: u128, operation: EditOperation) -> Edit {
        let place = (OrganizationId(Uuid::from_u128(organization)), WorkspaceId(Uuid::from_u128(workspace)));
        Edit { operation, workspace: Some(place) }
    }

    #[test]
    fn of_members_only_items_in_the_organizations_workspaces_are_reached() {
        let (member, managed) = (bound(false, None, None), bound(true, None, None));
        for &operation in EditOperation::ALL {
            assert!(!member.covers(Edit::own(operation)), "{operation:?}");
            assert!(managed.covers(Edit::own(operation)), "{operation:?}");
            let on_items = Operations::ON_ITEMS.contains(&operation);
            assert_eq!(member.covers(within(2, 9, operation)), on_items);
            assert!(!managed.covers(within(8, 9, operation)), "another organization's workspaces are out of reach");
        }
    }

    #[test]
    fn a_restriction_on_a_workspace_reaches_its_items_alone() {
        let one = bound(true, Some(9), None);
        assert!(one.covers(within(2, 9, EditOperation::EditItems)));
        assert!(!one.covers(within(2, 10, EditOperation::EditItems)));
        assert!(one.covers(Edit::own(EditOperation::EditProfile)), "and what is its managed members' own");
    }

    #[test]
    fn who_set_it_and_whoever_outranks_them_is_left_out() {
        let edit = Edit::own(EditOperation::EditProfile);
        assert!(bound(true, None, Some(RoleName::UserAdmin)).covers(edit));
        assert!(!bound(true, None, Some(RoleName::Owner)).covers(edit));
        let mut own = bound(true, None, Some(RoleName::UserAdmin));
        own.account = own.set_by;
        assert!(!own.covers(edit) && own.operations().is_empty());
        own.role = None;
        assert!(own.covers(edit), "who has no role there any more is one of its people");
    }

    proptest! {
        #[test]
        fn a_set_of_operations_holds_what_was_put_in(chosen in prop::sample::subsequence(EditOperation::ALL.to_vec(), 0..=6)) {
            let set: Operations = chosen.iter().copied().collect();
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), chosen.clone());
            prop_assert_eq!(set.is_empty(), chosen.is_empty());
            prop_assert_eq!(set.names().len(), chosen.len());
        }
    }
}
